"""What do several doses make of a status, and which pattern of use do they show?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
from ketref import times
from ketref.course import STATUSES
from ketref.loading import shipped
from ketref.timeline import patterns_of_use, status_after

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEST = {"matrix": "urine", "method": "lc-ms", "cutoff": "1 ng/mL"}


def at(days: float) -> datetime:
    return NOON + timedelta(seconds=round(days * 86400))


def doses(*days: float) -> list[dict[str, datetime]]:
    return [{"taken": at(day)} for day in days]


def patterns(*days: float) -> list[str]:
    """The most frequent pattern that each dose shows."""
    return [shown[-1] for shown in patterns_of_use([times.instant(at(day)) for day in days], shipped())]


def rank(status: str) -> int:
    return -1 if status == "no_dose" else STATUSES.index(status)


def test_without_a_dose_there_is_no_status() -> None:
    assert status_after("ketamine", [], at(1), **TEST).status == "no_dose"
    assert status_after("ketamine", doses(2), at(1), **TEST).status == "no_dose"


def test_one_dose_is_asked_as_a_single_one() -> None:
    after = status_after("ketamine", doses(0), at(31), **TEST)
    assert (after.status, after.pattern) == ("not_expected", "single")
    assert after.answer is not None
    assert after.answer.status == ketref.detect("ketamine", since="31 d", **TEST).status


def test_a_dose_after_the_sample_does_not_count() -> None:
    assert status_after("ketamine", doses(0, 40), at(31), **TEST).status == "not_expected"


def test_daily_use_is_asked_as_chronic_too() -> None:
    after = status_after("ketamine", doses(*range(25)), at(24 + 14), **TEST)
    assert (after.status, after.pattern) == ("expected", "chronic")


def test_a_small_top_up_does_not_wipe_out_a_history() -> None:
    history = doses(*range(25))
    sample = at(24 + 14)
    assert rank(status_after("ketamine", [*history, *doses(24 + 13.5)], sample, **TEST).status) >= rank(
        status_after("ketamine", history, sample, **TEST).status
    )


def test_an_old_binge_does_not_make_a_later_dose_chronic() -> None:
    assert patterns(*range(25), 300)[-1] == "single"


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ((0,), ["single"]),
        ((0, 0.5), ["single", "single"]),
        ((0, 1), ["single", "repeated"]),
        ((0, 13.99), ["single", "repeated"]),
        ((0, 14), ["single", "single"]),
        (tuple(range(20)), ["single", *["repeated"] * 18, "chronic"]),
    ],
)
def test_a_pattern_is_shown_by_the_days_with_a_dose_in_the_span_before(
    days: tuple[float, ...], shown: list[str]
) -> None:
    assert patterns(*days) == shown


def test_times_with_and_without_a_zone_do_not_mix() -> None:
    with pytest.raises(ketref.UsageError, match="zone"):
        status_after("ketamine", [{"taken": datetime(2026, 3, 1)}], at(1), **TEST)


@given(
    st.lists(st.integers(0, 100 * 24), min_size=1, max_size=12),
    st.integers(0, 100 * 24),
    st.integers(0, 130 * 24),
    st.sampled_from(["urine", "blood", "hair", "oral-fluid"]),
)
def test_from_the_first_dose_on_a_further_dose_never_lowers_the_status(
    hours: list[int], further: int, sample: int, matrix: str
) -> None:
    def status(of: list[int]) -> str:
        return status_after("ketamine", doses(*(hour / 24 for hour in of)), at(sample / 24), matrix=matrix).status

    assert rank(status([*hours, further])) >= rank(status(hours))
