"""Does the reference for lists of doses say what the text says, in cases small enough to work out by hand?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import person_oracle
from support.person_oracle import World, capped, joined, status, written_out

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WINDOW = {
    "id": "W",
    "kind": "window",
    "when": {},
    "ends": {"detectable_from": (0, HOUR), "detectable_until": (DAY, 2 * DAY)},
    "from_end": None,
    "infusion": None,
}
CHRONIC = {
    **WINDOW,
    "id": "C",
    "when": {"pattern": ["repeated"]},
    "ends": {"detectable_until": (10 * DAY, 20 * DAY)},
}
WORLD = World(
    rules={"a": [WINDOW, CHRONIC], "b": [WINDOW]},
    yields={"a": ["a", "m"], "b": ["b", "m"]},
    parents={"intravenous-infusion": "intravenous", "nasal-spray": "nasal"},
    thresholds={"repeated": (2, 14 * DAY)},
    joins_within={"nasal": 15 * MINUTE, "intravenous": MINUTE},
)


def dose(start: int, **said: Any) -> dict[str, Any]:
    return {"subject": 1, "substance": "a", "start": start, **said}


def found(rows: list[dict[str, Any]], time: int, **said: Any) -> str:
    return status(WORLD, rows, {"subject": 1, "time": time, **said})


def administrations(*rows: dict[str, Any]) -> list[tuple[int, int]]:
    """Begin and length of the joined ones."""
    doses = [one for row in rows for one in written_out(row)]
    return [(one["start"], one["duration"]) for one in joined(WORLD, doses)]


def test_no_record_is_not_no_dose() -> None:
    assert found([], 0) == "no_record"
    assert found([dose(0, dose=0)], HOUR) == "no_dose"
    assert found([dose(0, status="not-given")], HOUR) == "no_dose"
    assert found([dose(0) | {"substance": "placebo"}], HOUR) == "no_dose"
    assert found([dose(DAY)], HOUR) == "no_dose"
    assert found([dose(0)], HOUR) == "expected"


def test_a_row_that_lasts_is_excluded_from_its_end_on() -> None:
    drip = [dose(0, end=3 * DAY)]
    assert [found(drip, day * DAY) for day in (1, 2, 5)] == ["expected", "possible", "possible"]
    assert found(drip, 5 * DAY + 1) == "not_expected"
    assert found([dose(0, end=-1)], 2 * DAY + 1) == "not_expected"  # an end that cannot be is unknown
    assert found([dose(0, end=260_000_000_000)], 2 * DAY + 1) == "not_expected"


def test_what_may_have_been_given_is_at_most_possible() -> None:
    assert found([dose(0, status="perhaps-given")], HOUR) == "possible"
    assert found([dose(0, status="perhaps-given")], 3 * DAY) == "not_expected"
    assert capped("unknown") == "unknown"


def test_a_pattern_that_only_a_doubtful_dose_makes_is_capped() -> None:
    assert found([dose(0), dose(2 * DAY)], 8 * DAY) == "expected"
    assert found([dose(0, status="perhaps-given"), dose(2 * DAY)], 8 * DAY) == "possible"
    assert found([dose(2 * DAY)], 8 * DAY) == "not_expected"


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        ([dose(0, route="nasal"), dose(300, route="nasal"), dose(600, route="nasal")], [(0, 600)]),
        ([dose(0, route="nasal-spray"), dose(900, route="nasal-spray")], [(0, 900)]),  # inherited
        ([dose(0, route="nasal"), dose(901, route="nasal")], []),
        ([dose(0, route="nasal"), dose(60)], []),  # the unsaid is a way of its own
        ([dose(0), dose(0)], [(0, 0)]),
        ([dose(0), dose(1)], []),
        ([dose(0, duration=HOUR), dose(HOUR, end=2 * HOUR)], [(0, 2 * HOUR)]),
        ([dose(0, duration=3 * HOUR), dose(HOUR, end=2 * HOUR)], [(0, 3 * HOUR)]),
        ([dose(0, route="intravenous-infusion", end=HOUR), dose(HOUR + 60, route="intravenous-infusion")], [(0, 3660)]),
        ([dose(0, route="intravenous-bolus"), dose(0, route="intravenous-bolus")], []),
        ([dose(0, route="nasal", status="perhaps-given"), dose(60, route="nasal")], []),
        ([dose(0, route="nasal", interval=600, count=9)], []),
    ],
)
def test_rows_that_abut_are_one_administration(rows: list[dict[str, Any]], whole: list[tuple[int, int]]) -> None:
    assert administrations(*rows) == administrations(*reversed(rows)) == whole


def test_a_joined_dose_is_the_sum_of_what_all_say() -> None:
    rows = [dose(0, dose=28, weight=70), dose(0, dose=28, weight=70)]
    (one,) = joined(WORLD, [each for row in rows for each in written_out(row)])
    assert (one["dose"], one["weight"]) == (56, 70)
    (other,) = joined(WORLD, [each for row in [*rows, dose(0, weight=80)] for each in written_out(row)])
    assert (other.get("dose"), other.get("weight")) == (None, None)


def test_a_regimen_is_arithmetic() -> None:
    assert [one["start"] for one in written_out(dose(5, interval=10, count=3))] == [5, 15, 25]
    assert [one["start"] for one in written_out(dose(5, interval=10, end=34))] == [5, 15, 25]
    assert [one["start"] for one in written_out(dose(5, interval=10, end=35))] == [5, 15, 25, 35]


def test_a_test_covers_what_yields_its_analytes_and_is_sure_only_by_its_own() -> None:
    assert found([dose(0)], HOUR, test="a") == "expected"
    assert found([dose(0)], HOUR, test="b") == "possible"  # shares the metabolite alone
    assert found([dose(0)], HOUR, test="m") == "expected"  # a test for that metabolite
    assert found([dose(0)], HOUR, test="b", analyte="b") == "no_dose"
    assert found([dose(0)], HOUR, test="b", analyte="m") == "possible"


mirror = World(
    rules={"a": [WINDOW], "s": [WINDOW]},
    yields={"a": ["a"], "s": ["a"]},
    parents={},
    thresholds={},
    reported_as={"s": "a"},
    chiral=("chiral-lc",),
)


@pytest.mark.parametrize(("test", "taken"), [("a", "s"), ("s", "a"), ("s", "s"), ("a", "a")])
def test_mirror_forms_are_one_to_a_blind_method(test: str, taken: str) -> None:
    sample = {"subject": 1, "time": HOUR, "test": test}
    assert status(mirror, [dose(0) | {"substance": taken}], sample) == "expected"
    seeing = status(mirror, [dose(0) | {"substance": taken}], {**sample, "method": "chiral-lc"})
    assert seeing == ("possible" if (test, taken) == ("s", "a") else "expected")


rows = st.lists(
    st.builds(
        lambda start, lasts, given: dose(start * 300, route="nasal", duration=lasts, status=given),
        st.integers(0, 2000),
        st.sampled_from([None, 0, HOUR]),
        st.sampled_from([None, None, "perhaps-given", "not-given"]),
    ),
    min_size=1,
    max_size=6,
)


@given(rows, rows, st.integers(0, 30 * 24))
def test_adding_a_row_never_lowers_what_the_reference_says(
    listed: list[dict[str, Any]], further: list[dict[str, Any]], hour: int
) -> None:
    order = ("no_record", "no_dose", *person_oracle.oracle.STATUS_ORDER)
    before = order.index(found(listed, hour * HOUR))
    assert order.index(found([*listed, further[0]], hour * HOUR)) >= before
