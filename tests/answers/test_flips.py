"""Is each flip true, is it the nearest, and is none left out?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine_properties import Drawn, books

import ketref
from ketref.answers.flips import pivotal, withdrawn
from ketref.book.rule_validation import _claims
from ketref.book.tables import window_table
from ketref.model.kinds import WINDOW, spans
from ketref.model.rules import SIDES
from ketref.model.units import quantity
from support import oracle
from support.strategies import (
    ASKED_CUTOFFS,
    CUTOFFS,
    DAY,
    SUBSTANCE,
    Question,
    asked,
    moments_of,
    parents,
    questions,
    times,
)

Data = st.DataObject
TERMS = ("method", "analyte", "pattern", "route")


def status(question: Mapping[str, Any]) -> str | None:
    """The status of a question, None where rules contradict each other."""
    try:
        found = ketref.detect(**question).status
    except ketref.RulesError:
        return None
    assert found is not None
    return found


def turned(question: Mapping[str, Any], flip: Mapping[str, Any]) -> dict[str, Any]:
    """The question with the flipped input."""
    to = flip["to"]
    if flip["axis"] != "elapsed":
        return {**question, flip["axis"]: to}
    ends = to if isinstance(to, list) else [to, to]
    rest = {key: value for key, value in question.items() if key not in {"since", "taken", "at"}}
    return {**rest, "since": tuple(timedelta(seconds=end) for end in ends)}


def of(flips: list[Any], axis: str) -> dict[str | None, Any]:
    """The flips of an axis by their direction."""
    return {flip["direction"]: flip for flip in flips if flip["axis"] == axis}


def prove(question: dict[str, Any]) -> list[Any]:
    """The flips of a question, each of them asked."""
    answer = ketref.detect(**question)
    flips = ketref.flips(question)
    assert flips == ketref.flips(answer)
    for flip in flips:
        assert flip["status"] != answer.status
        if flip["direction"] != "without":
            then = ketref.detect(**turned(question, flip))
            assert then.status == flip["status"], flip
            if flip["axis"] == "elapsed":
                assert flip["rule"] in {rule["id"] for rule in answer.rules}
            else:
                assert then.rule == flip["rule"], flip
    return flips


def beside(amounts: Any) -> set[int]:
    return {amount + step for amount in amounts for step in (-1, 0, 1) if amount + step >= 0}


def nearest(given_value: int, candidates: Any, asking: Any, now: str) -> dict[str, int]:
    """The nearest lower and higher value with another status, found by asking them all."""
    ways = {
        "lower": sorted((c for c in candidates if c < given_value), reverse=True),
        "higher": sorted(c for c in candidates if c > given_value),
    }
    found = {way: next((c for c in values if asking(c) not in {None, now}), None) for way, values in ways.items()}
    return {way: value for way, value in found.items() if value is not None}


# ------------------------------------------------------------------------ any book


def at_a_time(data: Data, drawn: Drawn) -> tuple[int, Question, dict[str, Any]]:
    """A time, a question near the rules of a book, and the keywords that ask it then."""
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    at = data.draw(times(rules, question), "at")
    return at, question, {"substance": SUBSTANCE, "rules": book, "since": timedelta(seconds=at), **asked(question)}


@given(st.data(), books())
def test_flips_of_any_book_are_true_and_nearest(data: Data, drawn: Drawn) -> None:
    at, question, said = at_a_time(data, drawn)
    rules = drawn[1]
    now = ketref.detect(**said).status
    assert now is not None
    flips = prove(said)

    # time: nothing between, and none left out
    wanted = nearest(
        at, beside(moments_of(rules, question)), lambda t: status({**said, "since": timedelta(seconds=t)}), now
    )
    ways = {"earlier": "lower", "later": "higher"}
    assert {ways[str(d)]: flip["to"] for d, flip in of(flips, "elapsed").items()} == wanted
    for to in wanted.values():
        low, high = sorted((at, to))
        for t in data.draw(st.lists(st.integers(low + 1, high - 1), max_size=3) if high - low > 1 else st.just([])):
            assert status({**said, "since": timedelta(seconds=t)}) == now

    # cutoff
    found = {d: flip["to"] for d, flip in of(flips, "cutoff").items()}
    if "cutoff" in question:
        cutoffs = beside(cutoff * 10**6 for cutoff in CUTOFFS)
        wanted = nearest(
            question["cutoff"] * 10**6, cutoffs, lambda c: status({**said, "cutoff": f"{c / 10**6:.6f} ng/mL"}), now
        )
        assert {d: quantity(to, "ng/mL").value for d, to in found.items() if d} == wanted
        unsaid = status({**said, "cutoff": None})
        assert (None in found) == (unsaid not in {None, now})
    else:
        statuses = {status({**said, "cutoff": f"{cutoff} ng/mL"}) for cutoff in ASKED_CUTOFFS} - {None, now}
        assert statuses <= {flip["status"] for flip in flips if flip["axis"] == "cutoff"}


@given(st.data(), books())
def test_no_other_term_is_left_out(data: Data, drawn: Drawn) -> None:
    _, question, said = at_a_time(data, drawn)
    now, flips = status(said), ketref.flips(said)
    specimens = set(oracle.at_or_above(question["matrix"], parents()))
    concerned = [rule["when"] for rule in drawn[1] if specimens & set(rule["when"]["matrix"])]
    for axis in TERMS:
        found = {flip["to"]: flip["status"] for flip in flips if flip["axis"] == axis}
        for term in {None, *(term for when in concerned for term in when.get(axis, ()))}:
            try:
                then = ketref.detect(**{**said, axis: term})
            except ketref.KetrefError:
                continue  # a bolus over an hour
            if then.status != now:
                assert found[getattr(then.question, axis)] == then.status


@given(st.data(), books())
def test_a_range_is_shifted_as_a_whole_to_the_nearest_change(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    low, high = sorted((data.draw(times(rules, question), "one"), data.draw(times(rules, question), "other")))
    said = {"substance": SUBSTANCE, "rules": book, **asked(question)}

    def shifted(by: int) -> str | None:
        return status({**said, "since": (timedelta(seconds=low + by), timedelta(seconds=high + by))})

    now = shifted(0)
    assert now is not None
    flips = prove({**said, "since": (timedelta(seconds=low), timedelta(seconds=high))})
    waits = {moment - end for moment in beside(moments_of(rules, question)) for end in (low, high)}
    wanted = nearest(0, {wait for wait in waits if low + wait >= 0}, shifted, now)
    found = {flip["direction"]: flip["to"] for flip in flips if flip["axis"] == "elapsed"}
    spread = [[low + by, high + by] if low != high else low + by for by in wanted.values()]
    assert list(found.values()) == spread
    assert [direction == "later" for direction in found] == [way == "higher" for way in wanted]


@given(st.data(), books())
def test_without_the_only_source_nothing_is_known(data: Data, drawn: Drawn) -> None:
    _, _, said = at_a_time(data, drawn)
    without = [flip for flip in ketref.flips(said) if flip["direction"] == "without"]
    assert [flip["status"] for flip in without] == ([] if status(said) == "unknown" else ["unknown"])


# ------------------------------------------------------------------------ the shipped book

MATRICES = ["urine", "blood", "plasma", "whole-blood", "hair", "oral-fluid", "sweat", "breast-milk"]
SHIPPED = {
    "substance": ["ketamine", "esketamine"],
    "matrix": MATRICES,
    "method": [None, "immunoassay", "gc-ms", "lc-ms", "lc-ms-ms"],
    "analyte": [None, "ketamine", "norketamine", "dehydronorketamine", "hydroxynorketamine"],
    "pattern": [None, "repeated", "chronic", "unknown"],
    "route": [None, "intravenous", "intravenous-bolus", "nasal", "oral"],
    "dose": [None, "50 mg", "51 mg", "0.5 mg/kg"],
    "weight": [None, "70 kg"],
    "source": [None, None, None, "mayo-ketau", "psilolab-2023"],
}


@cache
def amounts(matrix: str) -> list[str | None]:
    fluid = ["0.03 ng/mL", "0.04 ng/mL", "1 ng/mL", "20 ng/mL", "25 ng/mL", "30 ng/mL", "2000 ng/mL"]
    return [None, *(["100 pg/mg", "0.5 ng/mg"] if matrix == "hair" else fluid)]


@given(st.data())
def test_flips_of_the_shipped_book_are_true_and_nearest(data: Data) -> None:
    question = {axis: data.draw(st.sampled_from(values), axis) for axis, values in SHIPPED.items()}
    question["cutoff"] = data.draw(st.sampled_from(amounts(question["matrix"])), "cutoff")
    hours = st.integers(0, 60 * 24).map(lambda h: timedelta(hours=h))
    question["since"] = data.draw(hours | st.timedeltas(timedelta(0), timedelta(days=400)))
    now = status(question)
    for flip in prove(question):
        given_, to = flip["from"], flip["to"]
        if flip["axis"] == "elapsed" and abs(to - given_) > 1:
            between = data.draw(st.integers(min(given_, to) + 1, max(given_, to) - 1))
            assert status({**question, "since": timedelta(seconds=between)}) == now
        elif flip["axis"] in {"cutoff", "dose"} and flip["direction"]:
            unit = given_.split(" ")[1]
            low, high = sorted(quantity(amount, unit).value for amount in (given_, to))
            if high - low > 1:
                between = data.draw(st.integers(low + 1, high - 1))
                assert status({**question, flip["axis"]: f"{between / 10**6:.6f} {unit}"}) == now


def test_a_time_reads_as_its_source_has_it() -> None:
    flips = of(ketref.flips({"substance": "ketamine", "matrix": "urine", "since": "20 d"}), "elapsed")
    assert [(flip["from"], flip["to"], flip["text"]) for flip in flips.values()] == [
        (20 * DAY, DAY, "1 d"),
        (20 * DAY, 30 * DAY + 1, "just over 30 d"),
    ]
    (earlier, _) = of(ketref.flips({"substance": "ketamine", "matrix": "urine", "since": "5 h"}), "elapsed").values()
    assert (earlier["to"], earlier["text"], earlier["rule"]) == (7199, "just under 2 h", "KET-W001")
    night = {"substance": "ketamine", "matrix": "urine", "taken": "2026-03-01", "at": "2026-03-03T10:00"}
    (later,) = of(ketref.flips(night), "elapsed").values()
    assert later["text"] == "from just over 30 d"


# ------------------------------------------------------------------------ a book of two sources

HEADER = 'edition = "1"\nformat = 1\nname = "own"\n'
SUBSTANCES = 'id = "x"\nname = "X"\nyields = ["ketamine"]\n'


def book_of(window: str, terms: str) -> Any:
    from ketref.book.loading import load_texts

    sources = "".join(
        f'[[source]]\nid = "{name}"\nkind = "study"\ntitle = "T"\nyear = 2026\nurl = "https://example.org"\n'
        f'grade = "A"\nseen = "full text"\n'
        for name in "abc"
    )
    return load_texts(
        {
            "edition.toml": HEADER,
            "sources.toml": sources,
            "terms.toml": terms,
            "x/substance.toml": SUBSTANCES,
            "x/windows.toml": window,
        }
    )


def window(claim: str, when: str = "", **reports: str) -> str:
    entries = "".join(
        f'[[window.evidence]]\nsource = "{source}"\nlocator = "t"\nfigure = "f"\nsays = "s"\nreports = {{ {ends} }}\n'
        for source, ends in reports.items()
    )
    return (
        f'[[window]]\nid = "TST-W00{1 + bool(when)}"\nwhen = {{ matrix = "urine", analyte = "any"{when} }}\n{claim}\n'
        f'confidence = "low"\nreviewed = 2026-11-23\n{entries}'
    )


UNTIL = "detectable_until"


@pytest.fixture
def terms(rules: Any) -> str:
    text: str = (rules / "terms.toml").read_text(encoding="utf-8")
    return text


@pytest.mark.parametrize(
    ("claim", "reports", "since", "expected"),
    [
        # the claim stays where the others carry it
        ('["1 d", "2 d"]', {"a": '["1 d", "2 d"]', "b": '["1 d", "2 d"]'}, "3 d", {}),
        # it moves to the nearest that they report
        ('["1 d", "30 d"]', {"a": '["1 d", "2 d"]', "b": '["1 d", "30 d"]'}, "3 d", {"b": "not_expected"}),
        ('["1 d", "2 d"]', {"a": '["1 d", "2 d"]', "b": '["4 d", "9 d"]'}, "3 d", {"a": "possible"}),
        # it falls where they report none
        ('{ latest = "2 d" }', {"a": '{ latest = "2 d" }', "b": '{ earliest = "1 d" }'}, "3 d", {"a": "unknown"}),
        # two sources can both be needed
        ('["1 d", "2 d"]', {"a": '{ earliest = "1 d" }', "b": '{ latest = "2 d" }'}, "3 d", {"b": "possible"}),
        # what a third saw is not forgotten: somebody was positive after the others' end
        (
            '{ latest = "30 d" }',
            {"a": '{ latest = "2 d" }', "b": '{ latest = "30 d" }', "c": None},
            "40 d",
            {"b": "unknown"},
        ),
    ],
)
def test_only_who_carries_the_answer_turns_it(
    terms: str, claim: str, reports: dict[str, str | None], since: str, expected: dict[str, str]
) -> None:
    said = {source: f"{UNTIL} = {ends}" if ends else 'positive_at = "5 d"' for source, ends in reports.items()}
    text = window(f"{UNTIL} = {claim}", **said)
    question = {"substance": "x", "matrix": "urine", "since": since, "rules": book_of(text, terms)}
    assert {f["to"]: f["status"] for f in ketref.flips(question) if f["direction"] == "without"} == expected


def test_where_a_narrower_rule_falls_the_wider_governs(terms: str) -> None:
    wide = window(f'{UNTIL} = {{ latest = "9 d" }}', a=f'{UNTIL} = {{ latest = "9 d" }}')
    narrow = window(f'{UNTIL} = {{ latest = "2 d" }}', ', route = "oral"', b=f'{UNTIL} = {{ latest = "2 d" }}')
    question = {"substance": "x", "matrix": "urine", "route": "oral", "since": "5 d"}
    flips = ketref.flips({**question, "rules": book_of(wide + narrow, terms)})
    (without,) = (flip for flip in flips if flip["direction"] == "without")
    assert (without["to"], without["status"], without["rule"]) == ("b", "possible", "TST-W001")
    (unsaid,) = (flip for flip in flips if flip["axis"] == "route")
    assert (unsaid["from"], unsaid["to"], unsaid["text"], unsaid["status"]) == ("oral", None, "not given", "possible")


def test_doses_beside_a_weight_read_as_the_rule_has_them(terms: str) -> None:
    wide = window(f'{UNTIL} = {{ latest = "9 d" }}', a=f'{UNTIL} = {{ latest = "9 d" }}')
    low = window(
        f'{UNTIL} = {{ latest = "2 d" }}', ', dose_per_kg = { max = "0.5 mg/kg" }', a=f'{UNTIL} = {{ latest = "2 d" }}'
    )
    question = {"substance": "x", "matrix": "urine", "since": "5 d", "rules": book_of(wide + low, terms)}
    heavy = prove({**question, "dose": "70 mg", "weight": "70 kg"})
    assert [(f["to"], f["text"], f["direction"]) for f in heavy if f["axis"] == "dose"] == [
        ("35.000034 mg", "0.5 mg/kg", "lower")
    ]
    light = prove({**question, "dose": "20 mg", "weight": "70 kg"})
    assert [(f["to"], f["text"], f["direction"]) for f in light if f["axis"] == "dose"] == [
        ("35.000035 mg", "just over 0.5 mg/kg", "higher"),
        (None, "not given", None),
    ]
    unsaid = prove(question)
    assert [(f["to"], f["text"]) for f in unsaid if f["axis"] == "dose"] == [("0.5 mg/kg", "up to 0.5 mg/kg")]


def test_a_source_asked_alone_is_turned_by_others_and_by_all(book: Any) -> None:
    question = {"substance": "ketamine", "matrix": "urine", "since": "20 d", "source": "zoomtesting"}
    flips = [flip for flip in prove(question) if flip["axis"] == "source"]
    assert {flip["from"] for flip in flips} == {"zoomtesting"}
    assert (flips[0]["to"], flips[0]["text"], flips[0]["status"]) == (None, "all sources", "possible")
    assert {flip["direction"] for flip in flips[1:]} == {"alone"}


def test_what_others_carry_is_a_sound_claim(book: Any) -> None:
    """Of every shipped window, whichever source says nothing, and nothing moves where no other end would be."""
    for substance, matrix in {(s, m) for s in ("ketamine", "esketamine") for m in MATRICES}:
        table = window_table(book, substance, matrix)
        for rule in {atom.ranked.rule.id: atom.ranked.rule for atom in table.atoms}.values():
            for source in {entry.source for entry in rule.evidence}:
                left = {atom.ranked.rule.id: atom.ranked.rule for atom in withdrawn(table, source).atoms}[rule.id]
                assert list(_claims((), left, WINDOW)) == []
                assert (spans(left) != spans(rule)) == (source in pivotal(rule))
                for old, new in zip(spans(rule), spans(left), strict=True):
                    assert all(getattr(old, side) or not getattr(new, side) for side in SIDES)


# ------------------------------------------------------------------------ what is no question


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"substance": "ketamine", "matrix": "urine"}, "without a time"),
        ({"substance": "ketamine", "since": "1 d"}, "`matrix` is missing"),
        ({"matrix": "urine", "since": "1 d"}, "`substance` is missing"),
        ({"substance": "ketamine", "matrix": "urine", "since": "1 d", "colour": "blue"}, "colour"),
        ({1: "ketamine"}, "not a question"),
        ("ketamine", "not a question"),
        (None, "not a question"),
    ],
)
def test_what_is_no_question_is_refused(question: Any, says: str) -> None:
    with pytest.raises(ketref.UsageError, match=says) as caught:
        ketref.flips(question)
    assert caught.value.hint


# ------------------------------------------------------------------------ the command

WORDS = ("detect", "ketamine", "--matrix=urine", "--since=20 d")


def test_the_command_shows_them_where_asked(run: Any) -> None:
    flips = ketref.flips({"substance": "ketamine", "matrix": "urine", "since": "20 d"})
    plain, asked_for = run(*WORDS, "--format=json").json, run(*WORDS, "--changes", "--format=json").json
    assert asked_for == {**plain, "flips": flips}
    lines = run(*WORDS, "--flips", "--full").out.splitlines()
    section = lines[lines.index("What would change it:") + 1 :]
    assert section[0] == "  elapsed: 1 d (earlier) -> positive expected [KET-W006]"
    assert section.index("") == len(flips)
    assert "What would change it" not in run(*WORDS).out


def test_an_answer_that_nothing_turns_says_so(run: Any) -> None:
    ran = run("detect", "ketamine", "--matrix=breast-milk", "--since=1 d", "--flips")
    assert "no change of one input alone" in ran.out


def test_the_command_needs_a_time(run: Any) -> None:
    ran = run("detect", "ketamine", "--matrix=urine", "--flips")
    assert (ran.code, ran.out) == (2, "")
    assert "give `since`" in ran.err


def test_an_answer_kept_with_flips_can_be_verified(run: Any, tmp_path: Any) -> None:
    kept = tmp_path / "answer.json"
    kept.write_text(run(*WORDS, "--flips", "--format=json").out, encoding="utf-8")
    ran = run("verify", kept)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("the same answer")


@pytest.mark.parametrize(("more", "loaded"), [([], False), (["--flips"], True)])
def test_only_who_asks_for_flips_waits_for_them(more: list[str], loaded: bool) -> None:
    code = (
        "import sys; from ketref.cli.main import main;"
        f" main({[*WORDS, *more]}); print('ketref.answers.flips' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == str(loaded)
