"""What holds of the reading of any report?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ketref
from ketref.answers.targets import target
from ketref.book.loading import shipped

AT = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
PANEL = {
    "morphine": "100 ng/mL",
    "codeine": "100 ng/mL",
    "6-acetylmorphine": "10 ng/mL",
    "hydrocodone": "50 ng/mL",
    "hydromorphone": "50 ng/mL",
    "oxycodone": "50 ng/mL",
    "benzoylecgonine": "100 ng/mL",
    "nordiazepam": "50 ng/mL",
    "oxazepam": "50 ng/mL",
    "thc-cooh": "15 ng/mL",
}
TAKEN = ["heroin", "morphine", "codeine", "hydrocodone", "oxycodone", "cocaine", "diazepam", "oxazepam", "cannabis"]
few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
"""Each asks a whole book some times: a few draws of many results."""


def row(analyte: str, outcome: str, time: str = AT.isoformat(), method: str = "lc-ms-ms") -> dict[str, Any]:
    return {
        "matrix": "urine",
        "time": time,
        "analyte": analyte,
        "method": method,
        "cutoff": PANEL[analyte],
        "outcome": outcome,
    }


def after(substance: str, hours: int, analyte: str) -> str:
    """The status of an analyte of the panel so long after a dose."""
    if substance not in target(shipped(), None, analyte, "lc-ms-ms").covers:
        return "not_expected"
    test = {"analyte": analyte, "method": "lc-ms-ms", "cutoff": PANEL[analyte], "pattern": "unknown"}
    return ketref.detect(substance, matrix="urine", since=f"{hours} h", **test).status


@st.composite
def reports(draw: st.DrawFn) -> tuple[set[str], list[dict[str, Any]]]:
    """What was taken, and a report that the rules allow after it."""
    taken = draw(st.sets(st.sampled_from(TAKEN), min_size=1, max_size=3))
    since = {name: draw(st.sampled_from([1, 4, 12, 30, 60, 100])) for name in taken}
    rows = []
    for analyte in PANEL:
        found = {after(name, hours, analyte) for name, hours in since.items()}
        if "expected" in found:
            outcome = "positive"
        elif found & {"possible", "unknown"}:
            outcome = draw(st.sampled_from(["positive", "negative"]))
        else:
            outcome = "negative"
        rows.append(row(analyte, outcome))
    return taken, rows


outcomes = st.lists(st.sampled_from(["positive", "negative", "QNS"]), min_size=len(PANEL), max_size=len(PANEL))


def causes(answer: Any) -> dict[str, set[str]]:
    return {one["analyte"]: {cause["substance"] for cause in one["explained_by"]} for one in answer.results}


@given(drawn=reports())
@few
def test_what_was_taken_is_always_among_the_sets_that_agree(drawn: tuple[set[str], list[dict[str, Any]]]) -> None:
    taken, rows = drawn
    answer = ketref.interpret(rows)
    assert answer.unexplained == []
    for one in answer.results:
        if one["outcome"] == "positive":
            assert taken & {cause["substance"] for cause in one["explained_by"]}, one
    if any(one["outcome"] == "positive" for one in answer.results):
        assert any(set(one["substances"]) <= taken for one in answer.sets)


@given(outcomes=outcomes, hours=st.sampled_from([1, 6, 24, 72]), name=st.sampled_from(TAKEN))
@few
def test_a_verdict_is_that_of_infer_and_no_further_dose_takes_an_explanation_away(
    outcomes: Sequence[str], hours: int, name: str
) -> None:
    rows = [row(analyte, outcome) for analyte, outcome in zip(PANEL, outcomes, strict=True)]
    doses = [{"substance": "morphine", "start": (AT - dt.timedelta(hours=5)).isoformat()}]
    more = [*doses, {"substance": name, "start": (AT - dt.timedelta(hours=hours)).isoformat()}]
    before, then = (ketref.interpret(rows, doses=declared).results for declared in (doses, more))
    theirs = ketref.infer(rows, doses=more).results
    assert [one["verdict"] for one in then] == [one["verdict"] for one in theirs]
    for one, other in zip(before, then, strict=True):
        if one["outcome"] == "positive" and one["verdict"] == "explained":
            assert other["verdict"] == "explained"


@given(outcomes=outcomes, order=st.permutations(range(len(PANEL))))
@few
def test_the_order_of_rows_changes_nothing(outcomes: Sequence[str], order: Sequence[int]) -> None:
    rows = [row(analyte, outcome) for analyte, outcome in zip(PANEL, outcomes, strict=True)]
    one, other = (ketref.interpret(each) for each in (rows, [rows[place] for place in order]))
    assert causes(one) == causes(other)
    assert [form["substances"] for form in one.sets] == [form["substances"] for form in other.sets]
    assert {form["id"] for form in one.statements} == {form["id"] for form in other.statements}


@given(outcomes=outcomes, place=st.integers(0, len(PANEL) - 1))
@few
def test_a_result_that_is_left_out_takes_no_explanation_of_another_away(outcomes: Sequence[str], place: int) -> None:
    rows = [row(analyte, outcome) for analyte, outcome in zip(PANEL, outcomes, strict=True)]
    whole, part = causes(ketref.interpret(rows)), causes(ketref.interpret([*rows[:place], *rows[place + 1 :]]))
    for analyte, found in part.items():
        assert whole[analyte] <= found, analyte


@given(outcomes=outcomes)
@few
def test_a_result_on_something_else_changes_nothing(outcomes: Sequence[str]) -> None:
    rows = [row(analyte, outcome) for analyte, outcome in zip(PANEL, outcomes, strict=True)][:6]
    whole = causes(ketref.interpret([*rows, row("benzoylecgonine", "negative")]))
    assert {analyte: whole[analyte] for analyte in list(PANEL)[:6]} == causes(ketref.interpret(rows))


@pytest.mark.parametrize("substance", ["heroin", "morphine"])
def test_where_no_rule_speaks_nothing_is_excluded(substance: str) -> None:
    rows = [row("morphine", "positive"), row("codeine", "negative"), row("hydromorphone", "negative")]
    assert substance in causes(ketref.interpret(rows))["morphine"]
