"""Does an answer begin with the answer, and is the rest where it says?"""

from __future__ import annotations

import re

import pytest

import ketref
from ketref.output.bar import MAYBE, NOT, NOW, SURE, Axis, axis_of, marks, phase_bar, window_bar
from ketref.output.brief import PLACES
from ketref.output.colour import emphasised, stands_out

H, D = 3600, 86_400
PEOPLE = """subject,substance,start,route,dose,infusion
Anna,Spravato,2026-11-28T09:30,nasal-spray,84 mg,
Ben,ketamine,2026-11-28T10:00,intravenous-infusion,35 mg,40 min
"""


@pytest.mark.parametrize(
    ("substance", "asked"),
    [
        ("ketamine", {"matrix": "urine", "since": "3 d"}),
        ("ketamine", {"matrix": "plasma", "since": "3 d"}),
        ("cocaine", {"matrix": "urine", "since": "3 d"}),
        ("cannabis", {"matrix": "urine"}),
        ("mdma", {"matrix": "urine", "since": "3 d"}),
    ],
)
def test_a_window_takes_eighteen_lines_of_80_columns_and_begins_with_the_status(substance, asked):
    answer = ketref.detect(substance, **asked)
    lines = str(answer).splitlines()
    assert len(lines) <= 18
    assert len(answer.text(full=True).splitlines()) > len(lines)
    assert lines[0].startswith(f"positive {answer.status}".replace("_", " ") if answer.status else "the window of")
    assert max(map(len, lines)) <= 80


def test_sources_and_factors_are_there_where_they_are_wanted():
    answer = ketref.detect("ketamine", matrix="urine", since="3 d")
    source, factor = answer.evidence[0]["source"], "not given: age"
    wanted = [answer.text(), answer.text(sources=True), answer.text(factors=True), answer.text(full=True)]
    assert [f"{source} (grade D) ->" in text for text in wanted] == [False, True, False, True]
    assert [factor in text for text in wanted] == [False, False, True, True]


def test_an_end_that_rests_on_weak_sources_alone_is_said_so_and_one_that_does_not_is_not():
    weak = str(ketref.detect("ketamine", matrix="plasma", since="3 d"))
    strong = str(ketref.detect("ketamine", matrix="urine", since="36 h", method="gc-ms", cutoff="25 ng/mL"))
    assert ("no better source" in weak, "no better source" in strong) == (True, False)


def test_what_may_be_done_after_a_dose_stands_before_its_effects():
    lines = str(ketref.effects("esketamine", route="nasal", dose="84 mg", since="50 min")).splitlines()
    assert [line.split(":")[0].strip() for line in lines if line.split(":")[0].strip() in PLACES] == list(PLACES)
    assert lines[1].startswith("  Leave: not before 2 h after the last spray")
    silent = str(ketref.effects("2c-b", route="oral", since="1 h"))
    assert "no safety text was read" in silent
    assert "this does not mean that it is safe" in silent


def test_a_limit_of_the_law_and_a_finding_are_called_what_they_are_and_give_way_to_an_instruction():
    heroin = str(ketref.effects("heroin", route="intravenous", since="20 min"))
    assert "Drive: no instruction was read, only a legal limit: " in heroin
    ketamine = str(ketref.effects("ketamine", route="intravenous", since="2 h"))
    assert "Drive: not before 24 h" in ketamine
    diazepam = str(ketref.effects("diazepam", route="oral", since="2 h"))
    assert "Drive: no instruction was read, only a finding: " in diazepam


def test_where_no_monitoring_instruction_was_read_the_warnings_are_told():
    ketamine = " ".join(str(ketref.effects("ketamine", route="intravenous", since="2 h")).split())
    assert "Watch: no monitoring instruction was read; warnings: haemodynamic instability; " in ketamine
    assert "respiratory depression" in ketamine
    silent = " ".join(str(ketref.effects("2c-b", route="oral", since="1 h")).split())
    assert "Watch: no caution about it is known for this route" in silent


def test_a_day_is_a_table_of_its_people_from_the_same_engine_as_history(run, tmp_path):
    file = tmp_path / "today.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    ran = run("today", file, "--at", "2026-11-28T10:20")
    assert (ran.code, ran.err) == (0, "")
    assert all(word in ran.out for word in ("Anna", "Ben", "leave", "drive", "watch", "not before 11:40", "ESK-C003"))
    rows = [
        dict(zip(*[line.split(",") for line in (PEOPLE.splitlines()[0], row)], strict=True))
        for row in PEOPLE.splitlines()[1:]
    ]
    form = ketref.today(rows, at="2026-11-28T10:20").to_dict()
    for row, one in zip(rows, form["people"], strict=True):
        alone = {key: value for key, value in row.items() if key != "subject"}
        assert one == {"subject": row["subject"], "history": ketref.history([alone], at="2026-11-28T10:20").to_dict()}


def test_a_dose_of_nobody_and_one_that_is_not_understood_are_refused_with_whose_it_is():
    dose = {"substance": "ketamine", "start": "2026-11-28T10:00"}
    with pytest.raises(ketref.UsageError, match="dose 2: `subject` is missing"):
        ketref.today([{**dose, "subject": "Ben"}, dose])
    with pytest.raises(ketref.UsageError, match=r"Ben: .*ketamin"):
        ketref.today([{**dose, "subject": "Ben", "substance": "ketamin"}])
    with pytest.raises(ketref.UsageError, match="no doses"):
        ketref.today([])


def day(*doses):
    """The short answer for one person with (substance, start, route, dose)."""
    keys = ("substance", "start", "route", "dose")
    return str(
        ketref.today(
            [{"subject": "Jones", **dict(zip(keys, dose, strict=True))} for dose in doses], at="2026-11-28 19:00"
        )
    )


@pytest.fixture
def narrow(monkeypatch):
    """A terminal on which a person is told line by line, so that words that belong together stand together."""
    monkeypatch.setenv("COLUMNS", "60")


SPRAY = ("esketamine", "2026-11-28 17:50", "nasal", "84 mg")


@pytest.mark.parametrize(
    "other",
    [
        ("diazepam", "2026-11-28 08:00", "oral", "5 mg"),
        ("cannabis", "2026-11-28 08:00", "smoked", "20 mg"),
        ("ethanol", "2026-11-28 08:00", "oral", "40 g"),
    ],
)
def test_another_drug_hides_nothing_that_has_to_be_waited_for_whatever_the_order_of_rows(narrow, other):
    texts = {" ".join(day(*doses).split()) for doses in ((SPRAY, other), (other, SPRAY))}
    for text in texts:
        assert all(
            found in text for found in ("not before 20:00", "[ESK-C003]", "ESK-C004", "1 h 10 min after esketamine")
        )


def test_what_was_taken_together_is_told():
    text = " ".join(day(SPRAY, ("diazepam", "2026-11-28 08:00", "oral", "5 mg")).split())
    assert "esketamine beside diazepam: More sedation: monitor it closely. [ESK-C029" in text
    assert "beside" not in day(SPRAY)


def test_a_limit_of_the_law_is_not_said_as_what_to_do(narrow):
    heroin = ("heroin", "2026-11-28 18:30", "intravenous", "10 mg")
    history = [dict(zip(("substance", "start", "route", "dose"), heroin, strict=True))]
    alone = " ".join(str(ketref.history(history, at="2026-11-28 19:00")).split())
    assert "Drive: no instruction was read, only a legal limit: Blood limit" in alone
    assert "legal limit" not in day(SPRAY, heroin)


def test_a_dose_of_weeks_ago_holds_nobody_back(narrow):
    old = ("esketamine", "2026-11-08 09:10", "nasal", "84 mg")
    assert "ESK-C003" not in day(old)
    assert "nothing of the last 2 d" in " ".join(day(old).split())


def test_a_narrow_terminal_gets_lines_and_no_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    lines = day(SPRAY).splitlines()
    assert "  Jones" in lines
    assert max(map(len, lines)) <= 40
    assert any(line.startswith("    drive: Do not drive") for line in lines)


# ---------------------------------------------------------------- bars


def test_a_bar_shows_each_stretch_of_a_window_and_the_time():
    opens, closes = [H, 4 * H], [2 * D, 10 * D]
    axis = axis_of([(opens, closes)], 3 * D)
    assert axis is not None
    bar = window_bar(axis, opens, closes, 3 * D)
    assert len(bar) == axis.width
    assert [bar[axis.column(time)] for time in (H // 2, 2 * H, D, 3 * D, 5 * D, 19 * D)] == [
        NOT,
        MAYBE,
        SURE,
        NOW,
        MAYBE,
        NOT,
    ]
    above = marks(axis, [*opens, *closes])
    assert above.index("10 d") == axis.column(10 * D)
    assert len(above) <= axis.width


def test_an_end_that_no_source_states_leaves_the_bar_open():
    axis = Axis(H, 10 * D)
    assert set(window_bar(axis, [None, None], [None, None])) == {MAYBE}
    assert set(window_bar(axis, [None, None], [None, D])) == {MAYBE, NOT}
    assert set(window_bar(axis, [None, 2 * H], [D, None])) == {MAYBE, SURE}
    assert axis_of([([None, None], [None, None])], D) is None


def test_phases_are_drawn_where_one_alone_can_hold():
    bar, above = phase_bar({"onset": [0, 10], "peak": [20, 30], "offset": [None, None], "baseline": [60, 60]}, 25) or (
        "",
        "",
    )
    assert {"o", "b", MAYBE, NOW} == set(bar)
    assert above
    assert phase_bar({"onset": [None, None]}, 25) is None


# ---------------------------------------------------------------- weight and colour


class Terminal:
    """A stream that says that it is a terminal, or not."""

    def __init__(self, is_terminal: bool) -> None:
        self.isatty = lambda: is_terminal


@pytest.mark.parametrize(
    ("environment", "is_terminal", "shown"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
    ],
)
def test_words_stand_out_on_a_terminal_that_can_show_it_alone(monkeypatch, environment, is_terminal, shown):
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert stands_out(Terminal(is_terminal)) == shown


def test_colours_add_nothing_to_the_words():
    text = ketref.detect("ketamine", matrix="plasma", since="3 d").text()
    coloured = emphasised(text)
    assert coloured.startswith("\x1b[1;36mpositive not expected\x1b[0m")
    assert "\x1b[2mgrade D\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text
