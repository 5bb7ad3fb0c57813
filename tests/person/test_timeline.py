"""What do several doses make of a status, and which pattern of use do they show?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
from ketref.book.loading import shipped
from ketref.engine.course import STATUSES
from ketref.model import times
from ketref.person.timeline import patterns_of_use

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEST = {"matrix": "urine", "method": "lc-ms", "cutoff": "1 ng/mL"}


def at(days: float) -> datetime:
    return NOON + timedelta(seconds=round(days * 86400))


def doses(*days: float) -> list[dict[str, object]]:
    return [{"substance": "ketamine", "start": at(day)} for day in days]


def after(taken: Sequence[Mapping[str, object]], sample: datetime, **test: str) -> tuple[str, str | None]:
    """The status of a test after all doses, and the pattern of use of the dose that governs."""
    (found,) = ketref.history(taken, at=sample, **{**TEST, **test}).tests
    return found["status"], found["pattern"]


def patterns(*days: float) -> list[str]:
    """The most frequent pattern that each dose shows."""
    return [shown[-1] for shown in patterns_of_use([times.instant(at(day)) for day in days], shipped())]


def rank(status: str) -> int:
    return -1 if status == "no_dose" else STATUSES.index(status)


def test_without_a_dose_there_is_no_status() -> None:
    assert not ketref.history([], at=at(1), **TEST).tests
    assert after(doses(2), at(1)) == ("no_dose", None)


def test_one_dose_is_asked_as_a_single_one() -> None:
    assert after(doses(0), at(31)) == ("not_expected", "single")
    assert ketref.detect("ketamine", since="31 d", **TEST).status == "not_expected"


def test_a_dose_after_the_sample_does_not_count() -> None:
    assert after(doses(0, 40), at(31)) == after(doses(0), at(31))


def test_daily_use_is_asked_as_chronic_too() -> None:
    assert after(doses(*range(25)), at(24 + 14)) == ("expected", "chronic")


def test_a_small_top_up_does_not_wipe_out_a_history() -> None:
    history = doses(*range(25))
    sample = at(24 + 14)
    assert rank(after([*history, *doses(24 + 13.5)], sample)[0]) >= rank(after(history, sample)[0])


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
        after([{"substance": "ketamine", "start": datetime(2026, 3, 1)}], at(1))


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
        taken = doses(*(hour / 24 for hour in of))
        (found,) = ketref.history(taken, at=at(sample / 24), matrix=matrix, midnight="exact").tests
        return found["status"]

    assert rank(status([*hours, further])) >= rank(status(hours))
