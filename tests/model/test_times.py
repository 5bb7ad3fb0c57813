"""How much time lies between two moments?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

import ketref
from ketref import UsageError
from ketref.model.times import elapsed, instant

DAY = 86_400
BERLIN = ZoneInfo("Europe/Berlin")


def between(taken, at):
    return elapsed(instant(taken), instant(at))


# ---------------------------------------------------------------- clocks that are put forward and back


@pytest.mark.parametrize(
    ("taken", "at", "hours"),
    [
        ("2025-03-30T01:30", "2025-03-30T03:30", 1),
        ("2025-10-26T01:30", "2025-10-26T03:30", 3),
        ("2025-03-29T12:00", "2025-03-30T12:00", 23),
        ("2025-10-25T12:00", "2025-10-26T12:00", 25),
    ],
)
def test_a_change_of_the_clocks_does_not_change_the_time_that_passed(taken, at, hours):
    assert between(f"{taken}[Europe/Berlin]", f"{at} Europe/Berlin") == (hours * 3600, hours * 3600)
    zoned = [datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (taken, at)]
    assert between(*zoned) == (hours * 3600, hours * 3600)


def test_a_local_time_that_the_clocks_show_twice_is_either():
    assert between("2025-10-26T02:30[Europe/Berlin]", "2025-10-26T04:00[Europe/Berlin]") == (5_400, 9_000)


@pytest.mark.parametrize("offset", ["+02:00", "+01:00"])
def test_an_offset_tells_which_of_the_two_it_is(offset):
    hours = {"+02:00": 9_000, "+01:00": 5_400}[offset]
    assert between(f"2025-10-26T02:30{offset}", "2025-10-26T04:00[Europe/Berlin]") == (hours, hours)


def test_a_datetime_tells_which_of_the_two_it_is_by_its_fold():
    first = datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN)
    assert between(first, first.replace(fold=1)) == (3600, 3600)


@pytest.mark.parametrize(
    "skipped",
    [
        "2025-03-30T02:30[Europe/Berlin]",
        "2025-03-30T02:00:00[Europe/Berlin]",
        datetime(2025, 3, 30, 2, 30, tzinfo=BERLIN),
        datetime(2025, 3, 30, 2, 30, tzinfo=BERLIN, fold=1),
    ],
    ids=str,
)
def test_a_local_time_that_the_clocks_skipped_is_refused_as_a_text_and_as_a_datetime(skipped):
    with pytest.raises(UsageError, match="does not exist"):
        instant(skipped)


@pytest.mark.parametrize("minutes", [119, 180])
def test_the_times_beside_the_hour_that_the_clocks_skipped_are_understood(minutes):
    local = datetime(2025, 3, 30) + timedelta(minutes=minutes)
    assert instant(local.replace(tzinfo=BERLIN)).low == instant(f"{local.isoformat()}[Europe/Berlin]").low


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)])
def test_a_date_is_as_long_as_that_day_was_there(day, hours):
    moment = instant(f"{day}[Europe/Berlin]")
    assert moment.high - moment.low + 1 == hours * 3600 * 10**6


# ---------------------------------------------------------------- midnight and zones


@pytest.mark.parametrize(
    ("taken", "at", "seconds"),
    [
        ("2026-03-01T23:39", "2026-03-01T23:59:59", 1_259),
        ("2026-03-01T23:39", "2026-03-02T00:00", 1_260),
        ("2026-03-01T23:39", "2026-03-02T00:30", 3_060),
        ("2026-03-02T00:00", "2026-03-02T00:00", 0),
        ("2026-02-28T00:30", "2026-03-01T00:30", DAY),
        ("2024-02-28T00:30", "2024-03-01T00:30", 2 * DAY),
        ("2026-12-31T23:59:59", "2027-01-01T00:00:00", 1),
    ],
)
def test_midnight_and_the_end_of_a_month_are_moments_like_others(taken, at, seconds):
    assert between(taken, at) == (seconds, seconds)


SAME = [
    "2026-07-01T12:00Z",
    "2026-07-01T14:00+02:00",
    "2026-07-01T14:00[Europe/Berlin]",
    "2026-07-01T17:45+05:45",
    "2026-07-01 02:00 Pacific/Honolulu",
    datetime(2026, 7, 1, 12, tzinfo=UTC),
    datetime(2026, 7, 2, 1, 45, tzinfo=ZoneInfo("Pacific/Chatham")) - timedelta(hours=1),
]


@pytest.mark.parametrize("taken", SAME, ids=str)
def test_the_same_instant_in_any_zone_gives_the_same_answer(taken):
    answer = ketref.detect("ketamine", matrix="urine", taken=taken, at="2026-07-03T00:00Z").to_dict()
    plain = ketref.detect("ketamine", matrix="urine", since="36 h").to_dict()
    del answer["question"], plain["question"]
    assert answer == plain


def test_now_is_the_present_moment_with_a_zone():
    before = datetime.now(UTC) - timedelta(seconds=1)
    low, high = between(before, "now")
    assert 0 <= low == high <= 60


def test_subtraction_comes_before_the_floor():
    assert between("2026-03-01T10:00:00.900", "2026-03-01T10:00:02.100") == (1, 1)
    assert between("2026-03-01T10:00:00.100", "2026-03-01T10:00:02.100") == (2, 2)


# ---------------------------------------------------------------- partial dates


@pytest.mark.parametrize(
    ("taken", "at", "low", "high"),
    [
        ("2026-03-01", "2026-03-02T12:00", DAY // 2, 3 * DAY // 2),
        ("2026-03-01", "2026-03-01", -DAY, DAY - 1),
        (date(2026, 3, 1), datetime(2026, 3, 2, 12), DAY // 2, 3 * DAY // 2),
        ("2026-02", "2026-03-01T00:00", 0, 28 * DAY),
        ("2024-02", "2024-03-01T00:00", 0, 29 * DAY),
        ("2026", "2027-01-01T00:00", 0, 365 * DAY),
    ],
)
def test_a_partial_date_is_the_range_of_that_day_month_or_year(taken, at, low, high):
    assert between(taken, at) == (low, high)


@pytest.mark.parametrize(
    "value",
    [
        "9999",
        "9999-12-31",
        "0001-01-01T00:00+01:00",
        "0001-01-01[Europe/Berlin]",
        date.max,
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    ],
    ids=str,
)
def test_the_edges_of_the_calendar_are_moments(value):
    moment = instant(value)
    assert elapsed(moment, moment)[1] == (moment.high - moment.low) // 10**6


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("taken", "at", "local"),
    [
        ("2026-03-01T10:00Z", "2026-03-01T11:00", "2026-03-01T11:00"),
        ("2026-03-01T10:00", "2026-03-01T11:00+01:00", "2026-03-01T10:00"),
        (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 11, tzinfo=UTC), "2026-03-01T10:00:00"),
        ("2026-03-01", "2026-03-02T11:00Z", "2026-03-01"),
    ],
)
def test_a_time_with_a_zone_and_one_without_do_not_compare(taken, at, local):
    with pytest.raises(UsageError, match="no time zone") as refusal:
        between(taken, at)
    assert refusal.value.value == local


@pytest.mark.parametrize(
    ("taken", "at"),
    [
        ("2026-03-01T10:00:01", "2026-03-01T10:00:00"),
        ("2026-03-01T10:00:00", "2026-03-01T09:59:59.999999"),
        ("2026-03-01T10:00+01:00", "2026-03-01T10:00+02:00"),
        ("2026-03-02", "2026-03-01"),
    ],
)
def test_a_sample_before_the_dose_is_refused(taken, at):
    with pytest.raises(UsageError, match="is before the dose"):
        between(taken, at)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Now",
        "01.03.2026",
        "20260301",
        "2026-3-1",
        "2026-13-01",
        "2026-02-30",
        "2026-03-01T25:00",
        "2026-03-01T10",
        "2026-03-01T10:60",
        "2026-03-01T10:00+25:00",
        "2026-03-01T10:00+01:99",
        "2026-03-01T10:00 Mars/Olympus",
        "2026-03-01T10:00 Europe",
        "2026-03-01T10:00[Europe/Berlin",
        "2026-03-01T10:00 Europe/Berlin]",
        "0000-01-01",
        1_772_359_200,
        1.5,
        None,
    ],
    ids=repr,
)
def test_what_is_no_moment_is_a_usage_error(value):
    with pytest.raises(UsageError) as refusal:
        instant(value)
    assert str(refusal.value)


def test_an_offset_that_contradicts_its_zone_is_refused():
    with pytest.raises(UsageError):
        instant("2026-03-01T10:00+05:00[Europe/Berlin]")
