"""Which rows are one administration, and what does joining them change?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketref
from conftest import Run
from ketref.engine.course import STATUSES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MATRICES = ("urine", "blood", "hair")


def spray(minutes: float, **more: Any) -> dict[str, Any]:
    return {"substance": "esketamine", "route": "nasal", "dose": "28 mg", "start": NOON + MINUTE * minutes, **more}


def drip(minutes: float, until: float | None, **more: Any) -> dict[str, Any]:
    ends = {} if until is None else {"end": NOON + MINUTE * until}
    return {"substance": "ketamine", "route": "IV", "start": NOON + MINUTE * minutes, **ends, **more}


def asked(*doses: dict[str, Any], at: datetime = NOON + 2 * HOUR, **more: Any) -> ketref.HistoryAnswer:
    return ketref.history(doses, at=at, **{"matrix": "urine", **more})


def joined(answer: ketref.HistoryAnswer) -> list[list[int]]:
    return [form["joined"] for form in answer.doses]


def test_three_devices_are_one_administration():
    """The two hours of observation count from the last of them, of which each is a row."""
    answer = asked(spray(2), spray(7), spray(12), at=NOON + 50 * MINUTE)
    assert joined(answer) == [[1, 2, 3]] * 3
    assert {(form["joined_dose"], form["joined_infusion"]) for form in answer.doses} == {("84 mg", "10 min")}
    assert {form["dose"] for form in answer.doses} == {"28 mg"}
    (observed,) = [caution for caution in answer.cautions if caution["kind"] == "observation"]
    assert observed["not_before"] == "2026-03-01T14:12+00:00"
    assert answer.notes == [
        "doses 1, 2, 3 are one administration of 84 mg over 10 min, as they lie at most 15 min apart (a convention of"
        " this rule set)"
    ]
    lines = [line for line in answer.text(full=True).splitlines() if line.startswith("  dose ")]
    assert len(lines) == 1
    assert "84 mg over 10 min (doses 1," in lines[0]


def test_what_was_joined_is_asked_as_one_of_effects_phases_and_cautions():
    whole = {**spray(2), "dose": "84 mg", "end": NOON + 12 * MINUTE}
    rows, one = (
        ketref.history(doses, at=NOON + 50 * MINUTE, matrix=[]) for doses in ([spray(2), spray(7), spray(12)], [whole])
    )
    assert rows.effects == one.effects
    assert rows.cautions == one.cautions
    assert rows.changes == one.changes
    assert rows.doses[2]["phases"] == one.doses[0]["phases"]


@pytest.mark.parametrize(
    ("rows", "together"),
    [
        ([spray(0), spray(15)], True),
        ([spray(0), spray(15.1)], False),
        ([spray(0, end=NOON + 5 * MINUTE), spray(20)], True),
        ([spray(0, infusion="5 min"), spray(20)], True),
        ([spray(0), spray(5, route="insufflated")], False),
        ([spray(0), spray(5, route=None)], False),
        ([spray(0, route="intranasal"), spray(5)], True),
        ([spray(0, route="nasal-spray"), spray(15, route="nasal spray")], True),
        ([spray(0, route=None), spray(0, route=None)], True),
        ([spray(0, route=None), spray(1, route=None)], False),
        ([spray(0), spray(5, substance="ketamine")], False),
        ([spray(0), spray(5, status="unknown")], False),
        ([spray(0), spray(5, status="missed")], False),
        ([spray(0), spray(5, count=2, interval="1 h")], False),
        ([spray(0), spray(5, start_latest=NOON + 6 * MINUTE)], False),
        ([drip(0, 30), drip(30, 60)], True),
        ([drip(0, 30), drip(31, 60)], True),
        ([drip(0, 30), drip(32, 60)], False),
        ([drip(0, 60), drip(10, 20), drip(60, 90)], True),
        ([drip(30, 60), drip(0, 30)], True),
        ([drip(0, None, route="IV bolus"), drip(0, None, route="IV bolus")], False),
        ([drip(0, 30, route="IM"), drip(30, 40, route="IM")], True),
        ([drip(0, 30, route="IM"), drip(30.1, 40, route="IM")], False),
    ],
)
def test_rows_are_joined_that_abut_or_overlap_by_one_route(rows, together):
    answer = asked(*rows)
    numbers = list(range(1, len(rows) + 1))
    assert (joined(answer)[0] == numbers) == together
    assert any("one administration" in note for note in answer.notes) == together


def test_a_rate_that_was_changed_is_one_infusion():
    answer = asked(drip(0, 30, dose="10 mg"), drip(30, 50, dose="20 mg"), drip(50, 90, dose="5 mg"))
    assert {(form["joined_dose"], form["joined_infusion"]) for form in answer.doses} == {("35 mg", "90 min")}


def test_a_sum_is_known_only_where_every_part_is():
    def amount(*doses: Any, **more: Any) -> str | None:
        rows = [spray(index, dose=dose, **more) for index, dose in enumerate(doses)]
        return asked(*rows).doses[0]["joined_dose"]

    assert amount("28 mg", "0.5 mg/kg") is None
    assert amount("28 mg", None) is None
    assert amount("0.5 mg/kg", "0.25 mg/kg") == "0.75 mg/kg"
    assert amount("28 mg", "0.5 mg/kg", weight=70) == "63 mg"


def test_only_the_rows_by_then_are_joined():
    """A later row neither counts nor ends what began: a moment is answered as if nothing came after it."""
    rows = [spray(0), spray(5), spray(10)]
    for minutes, known in ((4, 1), (5, 2), (7, 2), (10, 3)):
        at = NOON + MINUTE * minutes
        all_rows, by_then = asked(*rows, at=at), asked(*rows[:known], at=at)
        assert all_rows.tests == by_then.tests
        assert all_rows.effects == by_then.effects
        assert all_rows.cautions == by_then.cautions
        assert all_rows.changes == by_then.changes
        assert all_rows.doses[:known] == by_then.doses


def test_what_was_joined_adds_no_dose_and_no_day():
    answer = asked(spray(2), spray(7), spray(12))
    assert [(form["pattern"], form["doses"]) for form in answer.patterns] == [("single", 3)]
    assert "after 3 doses" in str(answer)


def test_results_are_explained_by_what_was_joined():
    result = {"matrix": "urine", "time": NOON + HOUR, "outcome": "positive", "substance": "esketamine"}
    rows = ketref.infer([result], doses=[spray(2), spray(7), spray(12)])
    assert rows.results[0]["verdict"] in {"explained", "possible"}
    assert any("one administration of 84 mg" in note for note in rows.notes)


chain = st.lists(
    st.tuples(st.integers(0, 40), st.none() | st.integers(2, 40), st.sampled_from(["nasal", "oral", None])),
    min_size=1,
    max_size=6,
)


def rows_of(drawn: list[tuple[int, int | None, str | None]]) -> list[dict[str, Any]]:
    rows = []
    minute = 0
    for gap, lasted, route in drawn:
        minute += gap
        row = {"substance": "ketamine", "start": NOON + MINUTE * minute, "route": route, "dose": "40 mg"}
        rows.append(row if lasted is None else {**row, "infusion": f"{lasted} min"})
    return rows


@given(chain, st.integers(0, 24 * 60 * 40))
@settings(max_examples=40)
def test_joined_and_alone_no_row_lowers_a_status(drawn, minutes):
    rows = rows_of(drawn)
    at = NOON + MINUTE * minutes

    def ranks(doses: list[dict[str, Any]]) -> list[int]:
        found = ketref.history(doses, at=at, matrix=MATRICES).tests
        return [-1 if t["status"] == "no_dose" else STATUSES.index(t["status"]) for t in found] or [-1] * len(MATRICES)

    whole = ranks(rows)
    for left in range(len(rows)):
        fewer = ranks([row for index, row in enumerate(rows) if index != left])
        assert all(one <= other for one, other in zip(fewer, whole, strict=True))


@given(st.data(), chain, st.integers(0, 600))
@settings(max_examples=30)
def test_the_order_of_joined_rows_does_not_matter(data, drawn, minutes):
    rows = rows_of(drawn)
    at = NOON + MINUTE * minutes
    mixed = data.draw(st.permutations(rows))
    one, other = (ketref.history(doses, at=at, matrix=MATRICES) for doses in (rows, mixed))
    without = [[{**form, "dose": None} for form in answer.tests] for answer in (one, other)]
    assert without[0] == without[1]
    assert [{**form, "dose": None} for form in one.effects] == [{**form, "dose": None} for form in other.effects]


def test_the_leave_time_is_on_the_command_line(run: Run, tmp_path):
    (tmp_path / "session.csv").write_text(
        "substance,start,route,dose\n"
        + "".join(f"esketamine,2026-05-04T09:{minute}-04:00,nasal,28 mg\n" for minute in ("02", "07", "12"))
    )
    ran = run("history", str(tmp_path / "session.csv"), "--at", "2026-05-04T09:50-04:00")
    assert "not before 2026-05-04T11:12-04:00 (2 h after the last spray)" in " ".join(ran.out.split())
