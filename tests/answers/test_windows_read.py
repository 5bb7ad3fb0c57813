"""How does the window of an answer read: as what, until when, by which source?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.loading import Book, load_texts
from ketref.model.units import written_duration
from support.faults import SOUND


def book(*changes: tuple[str, str]) -> Book:
    windows = SOUND["xamine/windows.toml"]
    for old, new in changes:
        assert old in windows
        windows = windows.replace(old, new, 1)
    texts = {name: text for name, text in SOUND.items() if name != "xamine/cases.toml"}
    return load_texts({**texts, "xamine/windows.toml": windows})


def said(answer: object) -> str:
    return " ".join(answer.text(full=True).split())


def ask(rules: Book, since: str = "2 d", **question: str) -> ketref.DetectAnswer:
    return ketref.detect("xamine", matrix="urine", since=since, rules=rules, **question)


def test_the_headline_says_as_what_a_drug_is_found_where_that_was_not_asked() -> None:
    rules = book(('analyte = "any" }', 'analyte = ["any", "xam"] }'))
    answer = ask(rules)
    assert answer.found_as == ["xam"]
    assert "xamine in urine (as xam), 2 d" in said(answer)
    assert "(as xam)" not in said(ask(rules, analyte="xam"))
    assert "urine (as xam): positive" in said(ketref.detect("xamine", since="2 d", rules=rules))


def test_a_source_of_other_conditions_that_sets_an_end_is_told_of() -> None:
    rules = book(('reports = { detectable_until = { latest = "4 d" } }', 'when = { method = "lc-ms" }\n'
                  'reports = { detectable_until = { latest = "4 d" } }'))  # fmt: skip
    answer = ask(rules)
    (page,) = (one for one in answer.evidence if one["source"] == "page")
    assert (page["applies"], page["sets"]) == (False, ["detectable_until.latest"])
    assert "page (grade D) -> sets the end; its conditions differ" in said(answer)
    assert "page (grade D) -> possible" in said(ask(rules, method="lc-ms"))


def test_a_source_of_other_conditions_that_sets_nothing_speaks_of_these() -> None:
    (study,) = (one for one in ask(book()).evidence if one["source"] == "study")
    assert (study["applies"], "detectable_until.latest" in study["sets"]) == (False, False)


def test_when_a_test_turns_positive_is_not_told_as_what_is_said_of_its_end() -> None:
    """Regression: "of just this say, without closing it: a page 1 to 4 hours" was of how soon urine turns positive."""
    figure = 'locator = "page 3"\nfigure = "{}"\nreports = {{ {} }}\n\n[[window.evidence]]\nsource = "page"\n'
    more = figure.format("within 4 h", 'detectable_from = { latest = "4 h" }')
    more += figure.format("around 2 days", 'detectable_until = { latest = "2 d" }')
    ends = 'detectable_until = ["1 d", "4 d"]'
    rules = book((ends, 'detectable_until = { earliest = "1 d" }'), ('source = "page"\n', f'source = "page"\n{more}'))
    answer = ask(rules, since="3 d")
    assert "without closing it: page around 2 days (grade D)" in " ".join(str(answer).split())
    assert "within 4 h" not in str(answer)
    (soon,) = (one for one in answer.evidence if one["figure"] == "within 4 h")
    assert (soon["applies"], soon["speaks_of"]) == (True, ["detectable_from.latest"])


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ("90 min", "positive possible (opening)"),
        ("2 d", "positive possible (closing)"),
        ("5 d", "positive not expected:"),
    ],
)
def test_the_headline_says_in_a_word_why_a_positive_is_no_more_than_possible(since: str, why: str) -> None:
    assert said(ask(book(), since)).startswith(why)


def test_where_no_rule_says_that_all_are_positive_the_headline_says_so_once() -> None:
    rules = book(('detectable_from = ["1 h", "2 h"]', 'detectable_from = { earliest = "1 h" }'),
                 ('detectable_until = ["1 d", "4 d"]', 'detectable_until = { latest = "4 d" }'))  # fmt: skip
    text = said(ask(rules))
    assert text.startswith("positive possible (no rule says that nearly all are positive then): xamine in urine")
    assert "opens: not before 1 h; no rule says from when nearly all are positive" in text
    assert "closes: hardly anyone positive after 4 d; no rule says how long nearly all are" in text


def test_a_window_that_is_never_open_for_all_does_not_say_that_it_is() -> None:
    rules = book(
        ('detectable_from = ["1 h", "2 h"]', 'detectable_from = ["1 h", "2 d"]'),
        ('reports = { detectable_from = ["1 h", "2 h"]', 'reports = { detectable_from = ["1 h", "2 d"]'),
    )
    text = said(ask(rules))
    assert "opens: not before 1 h; the last turn positive by 2 d" in text
    assert "closes: some may be negative again from 1 d on; hardly anyone positive after 4 d" in text
    assert "nearly all" not in text


def test_an_end_that_is_no_time_at_all_is_not_said() -> None:
    rules = book(
        ('detectable_from = ["1 h", "2 h"]', 'detectable_from = { latest = "2 h" }'),
        ('detectable_until = ["1 d", "4 d"]', 'detectable_until = ["0 h", "4 d"]'),
        ('detectable_until = ["1 d", "3 d"]', 'detectable_until = ["0 h", "3 d"]'),
    )
    assert "opens: the last turn positive by 2 h closes: hardly anyone positive after 4 d" in said(ask(rules))


# ---------------------------------------------------------------- what holds a window open


OPEN = (
    ('detectable_until = ["1 d", "4 d"]', 'detectable_until = { earliest = "1 d" }'),
    ('reports = { detectable_until = { latest = "4 d" } }', 'reports = { detectable_until = { earliest = "1 d" } }'),
)


def short(answer: object) -> str:
    return " ".join(str(answer).split())


def test_a_window_that_no_rule_closes_is_called_not_bounded_with_what_sources_of_just_this_say() -> None:
    rules = book(*OPEN)
    text = short(ask(rules, "60 d"))
    assert text.startswith("positive possible (not bounded: no rule states an end)")
    assert "not bounded" not in short(ask(rules, "90 min"))
    assert "not bounded" not in short(ask(book(), "3 d"))
    meth = short(ketref.detect("methamphetamine", matrix="urine", method="lc-ms-ms", cutoff="250 ng/mL", since="60 d"))
    assert "no rule states an end, though sources on exactly this do" in meth
    assert (
        "closes: no rule says when for all; of just this say, without closing it: labce-windows 2-3 (grade C)" in meth
    )
    assert "so no confidence is told" in meth


def test_what_speaks_of_just_the_question_and_excludes_it_is_told_where_another_source_holds_it_open() -> None:
    etg = short(ketref.detect("alcohol", matrix="urine", analyte="EtG", cutoff="500 ng/mL", since="80 h"))
    assert etg.startswith("positive possible (the sources on exactly this exclude it; one on other conditions")
    assert "clinlabetg ~3 days (grade C), mayoetgs 1 to 3 days (grade C)" in etg
    assert "exclude it" not in short(ketref.detect("alcohol", matrix="urine", analyte="EtG", since="20 h"))


def test_what_makes_no_difference_is_told_with_what_the_rules_hold_for() -> None:
    answer = ketref.detect("alcohol", matrix="urine", analyte="EtG", cutoff="500 ng/mL", since="80 h")
    assert answer.ignores == ["analyte", "cutoff"]
    assert answer.indifferent_to == {"analyte": ["ethyl-glucuronide"], "cutoff": []}
    assert "analyte (these rules hold for ethyl-glucuronide), cutoff (these rules hold for any)" in short(answer)


def test_an_end_that_rests_on_other_conditions_alone_is_of_low_confidence() -> None:
    rules = book(('reports = { detectable_until = { latest = "4 d" } }', 'when = { pattern = "chronic" }\n'
                  'reports = { detectable_until = { latest = "4 d" } }'))  # fmt: skip
    (page,) = (one for one in ask(rules).evidence if one["source"] == "page")
    assert (page["sets"], page["differs"]) == (["detectable_until.latest"], ["pattern"])
    assert [ask(rules, since).confidence for since in ("2 d", "5 d", "12 h")] == ["low", "low", "high"]
    assert ask(book()).confidence == "high"
    assert "of other conditions: chronic" in short(ask(rules))


def test_a_window_promises_a_positive_in_its_line_where_it_does_in_its_bar() -> None:
    begins = book(
        ('detectable_until = ["1 d", "4 d"]', 'detectable_until = { latest = "4 d" }'),
        ('detectable_until = ["1 d", "3 d"]', 'detectable_until = { latest = "3 d" }'),
    )
    ends = book(('detectable_from = ["1 h", "2 h"]', 'detectable_from = { earliest = "1 h" }'))
    for rules, whole in ((book(), True), (begins, False), (ends, False)):
        window, bar = str(ask(rules, "3 d")), "=" * 5
        assert (bar in window, "nearly all positive from" in window or "nearly all positive until" in window) == (
            whole,
            whole,
        )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7338 min", "122.3 h"),
        ("3210 min", "53.5 h"),
        ("444 min", "7.4 h"),
        ("3204 s", "53.4 min"),
        ("230 min", "3 h 50 min"),
        ("90 min", "90 min"),
        ("45 s", "45 s"),
        ("48 h", "48 h"),
        ("14 d", "14 d"),
    ],
)
def test_a_length_reads_as_a_clinician_writes_it(written: str, read: str) -> None:
    length = written_duration(written)
    assert (str(length), length.text) == (read, written)


# ---------------------------------------------------------------- effects


def test_many_cautions_of_one_kind_are_told_of_by_where_they_hold_and_each_by_cautions() -> None:
    effects = said(ketref.effects("ethanol", route="oral", since="2 h"))
    assert "cautions about driving, each by `ketref cautions ethanol`: Albania, Algeria, " in effects
    assert "Legal limit for ordinary drivers" not in effects
    assert "Legal limit for ordinary drivers" in said(ketref.cautions("ethanol"))


def test_few_cautions_of_a_kind_are_told_in_full() -> None:
    effects = said(ketref.effects("esketamine", route="nasal", dose="84 mg", since="50 min"))
    assert "driving (" in effects
    assert "cautions about driving" not in effects


def test_where_every_phase_is_possible_the_sources_cannot_say_which() -> None:
    all_of_them = "anywhere from onset to baseline (the sources do not time it)"
    ethanol = {"substance": "ethanol", "route": "oral", "start": "2026-11-28T10:00"}
    answer = ketref.effects("ethanol", route="oral", since="2 h")
    assert (answer.phases[0], answer.phases[-1]) == ("onset", "baseline")
    history = ketref.history([ethanol], at="2026-11-28T12:00")
    today = ketref.today([{**ethanol, "subject": "Ann"}], at="2026-11-28T12:00")
    for text in (said(answer), str(answer), said(history), str(history)):
        assert all_of_them in " ".join(text.split())
    assert "anywhere from" in str(today)
    assert "do not time it" not in said(ketref.effects("esketamine", route="nasal", dose="84 mg", since="50 min"))


def test_where_no_time_is_given_no_source_sets_an_end_and_nothing_is_confident() -> None:
    """Regression: THC in blood had no end, and two studies of other conditions that set it, with confidence high."""
    rules = book(
        (
            'detectable_from = ["1 h", "2 h"]\ndetectable_until = ["1 d", "4 d"]',
            'detectable_until = { earliest = "0 h" }',
        ),
        (
            '["1 h", "2 h"], detectable_until = ["1 d", "3 d"], positive_at = "30 h"',
            '["0 h", "2 h"], detectable_until = ["0 h", "3 d"]',
        ),
    )
    answer = ask(rules)
    assert (answer.status, answer.confidence) == ("possible", None)
    assert not [form["source"] for form in answer.evidence if form["sets"]]
    assert "sets the end" not in said(answer)
    assert "confidence" not in said(answer)
    thc = ketref.detect("cannabis", matrix="blood", since="5 h")
    assert "sets the end" not in said(thc)
    assert thc.confidence is None
