"""How much time lies between two moments?"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

import ketref
from ketref import UsageError
from ketref.model import times
from ketref.model.times import elapsed, instant, notation, written

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
        ("2026-03-01T14", "2026-03-02T11:00Z", "2026-03-01T14"),
        ("2026-03-01T00:00/2026-03-02T00:00", "2026-03-02T11:00Z", "2026-03-01T00:00/2026-03-02T00:00"),
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
        "01.03.2026",
        "20260301",
        "2026-3-1",
        "2026-13-01",
        "2026-02-30",
        "2026-03-01T25:00",
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


# ---------------------------------------------------------------- partial and other forms


def shown(value, **said):
    moment = instant(value, notation(**said))
    zone = None if moment.naive else UTC
    return written(moment.low, zone).removesuffix("+00:00"), written(moment.high, zone).removesuffix("+00:00")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026-03-15T22", "2026-03-15T22:00", "2026-03-15T22:59"),
        ("2026---15", "2026-01-01T00:00", "2026-12-31T23:59"),
        ("2026-03--T10:15", "2026-03-01T00:00", "2026-03-31T23:59"),
        ("2026-03-15T-:15", "2026-03-15T00:00", "2026-03-15T23:59"),
        ("2026-03-15T10:-", "2026-03-15T10:00", "2026-03-15T10:59"),
        ("2026-03-15T10:00/2026-03-15T10:30", "2026-03-15T10:00", "2026-03-15T10:30"),
        ("2026-03/2026-03-10", "2026-03-01T00:00", "2026-03-10T23:59"),
        ("2026-03-15T24:00", "2026-03-16T00:00", "2026-03-16T00:00"),
        ("2026-03-15 24:00:00", "2026-03-16T00:00", "2026-03-16T00:00"),
        ("20260315T143000Z", "2026-03-15T14:30", "2026-03-15T14:30"),
        ("20260315T1430+0100", "2026-03-15T13:30", "2026-03-15T13:30"),
        ("2026-03-15T14:30+01", "2026-03-15T13:30", "2026-03-15T13:30"),
        ("2026-03-15T8:30", "2026-03-15T08:30", "2026-03-15T08:30"),
        ("2026-03-15 2:30 PM", "2026-03-15T14:30", "2026-03-15T14:30"),
        ("2026-03-15 02:30:15 p.m.", "2026-03-15T14:30", "2026-03-15T14:30"),
        ("2026-03-15 12:05 am", "2026-03-15T00:05", "2026-03-15T00:05"),
        ("2026-03-15 12:05 PM Europe/Berlin", "2026-03-15T11:05", "2026-03-15T11:05"),
        ("01-MAR-2026 14:30", "2026-03-01T14:30", "2026-03-01T14:30"),
        ("1 March 2026", "2026-03-01T00:00", "2026-03-01T23:59"),
        ("Mar 1, 2026", "2026-03-01T00:00", "2026-03-01T23:59"),
    ],
)
def test_what_a_form_leaves_out_is_a_range_and_what_it_says_is_a_moment(text, low, high):
    assert shown(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-03-UN", "leave out what is not known"),
        ("46082.604166", "2026-03-01T14:30"),
        (46082.6, "2026-03-01T14:24"),
        (1772375400000, "2026-03-01T14:30Z"),
        ("1772375400", "2026-03-01T14:30Z"),
        ("20260301", "2026-03-01"),
        ("03/01/2026", "--dates"),
        ("01.03.2026 14:30", "--dates"),
        ("2026/03/01", "--dates"),
        ("3/1/26 14:30", "--dates"),
        ("2026-03-10/2026-03-01", "earliest first"),
        ("2026-03-01 13:30 PM", "2026-03-01T14:30"),
        ("2026-03-01T24:30", "2026-03-01T14:30"),
        ("2026-03T10:00", "2026-03-01T14:30"),
        ("01-FOO-2026", "2026-03-01"),
    ],
)
def test_what_nobody_can_tell_is_refused_with_what_to_do(text, hint):
    with pytest.raises(UsageError) as refusal:
        instant(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("01.03.2026 14:30", "dmy", "2026-03-01T14:30"),
        ("1/3/2026 2:30 PM", "dmy", "2026-03-01T14:30"),
        ("03-01-2026T14:30", "mdy", "2026-03-01T14:30"),
        ("2026/3/1 14:30", "ymd", "2026-03-01T14:30"),
        ("2026-03-01T14:30", "dmy", "2026-03-01T14:30"),
    ],
)
def test_dates_are_read_in_the_order_that_is_said(text, order, moment):
    assert shown(text, dates=order) == (moment, moment)
    assert instant(text, notation(dates=order)) == instant(instant(text, notation(dates=order)).text)


@pytest.mark.parametrize(
    ("text", "order"), [("13/01/2026", "mdy"), ("3/1/26", "mdy"), ("2026/03/01", "dmy"), ("01/03/2026", "ymd")]
)
def test_a_date_that_does_not_stand_in_the_order_is_refused(text, order):
    with pytest.raises(UsageError):
        instant(text, notation(dates=order))


# ---------------------------------------------------------------- what is said of times


@pytest.mark.parametrize("tz", ["Europe/Berlin", BERLIN])
def test_a_zone_that_is_said_is_that_of_times_without_one(tz):
    assert shown("2026-07-01T12:00", tz=tz) == shown("2026-07-01T10:00Z")
    assert shown(datetime(2026, 7, 1, 12), tz=tz) == shown("2026-07-01T10:00Z")
    assert shown(date(2026, 7, 1), tz=tz) == shown("2026-07-01[Europe/Berlin]")
    assert shown("2026-07-01T12:00Z", tz=tz) == shown("2026-07-01T12:00Z")
    assert shown("2025-10-26T02:30", tz=tz) == ("2025-10-26T00:30", "2025-10-26T01:30")
    assert shown(datetime(2025, 10, 26, 2, 30), tz=tz) == ("2025-10-26T00:30", "2025-10-26T01:30")
    with pytest.raises(UsageError, match="does not exist"):
        instant("2025-03-30T02:30", notation(tz=tz))


@pytest.mark.parametrize("tz", ["+01:00", "+01", timezone(timedelta(hours=1))])
def test_a_zone_may_be_an_offset(tz):
    assert shown("2026-07-01T12:00", tz=tz) == shown("2026-07-01T11:00Z")


@pytest.mark.parametrize("said", [{"tz": "Mars/Olympus"}, {"tz": 1}, {"dates": "dym"}, {"midnight": "noon"}], ids=str)
def test_what_is_said_of_times_and_not_understood_is_refused(said):
    with pytest.raises(UsageError):
        notation(**said)


@pytest.mark.parametrize(
    "value",
    ["2026-03-01T12:00", "2026-03-01 2:30 PM", "2026-03-01", "2026-03-01T00:00", "2026-03-01/2026-03-02", "03.2026"],
)
def test_the_text_of_a_moment_tells_all_that_was_said_of_it(value):
    for said in ({"tz": "Europe/Berlin"}, {"tz": "-03:30", "midnight": "day"}):
        try:
            moment = instant(value, notation(**said))
        except UsageError:
            continue
        assert instant(moment.text) == moment


def test_midnight_is_a_day_where_that_is_said():
    day = ("2026-03-01T00:00", "2026-03-01T23:59")
    for value in ("2026-03-01T00:00", "2026-03-01 00:00:00.000", datetime(2026, 3, 1), "2026-03-01T00:00Z"):
        assert shown(value, midnight="day") == day
        assert shown(value) == shown(value, midnight="exact") == (day[0], day[0])
    assert shown("2026-03-01T00:00:01", midnight="day")[1] == "2026-03-01T00:00"
    assert shown("2026-03-01T24:00", midnight="day") == ("2026-03-02T00:00", "2026-03-02T00:00")
    assert shown(datetime(2026, 3, 1, tzinfo=BERLIN), midnight="day") == ("2026-02-28T23:00", "2026-03-01T22:59")


# ---------------------------------------------------------------- days of nobody knows where


def test_a_day_without_a_zone_beside_a_moment_with_one_may_be_that_day_anywhere():
    assert between("2026-03-01", "2026-03-03T00:00Z") == (DAY - 12 * 3600, 2 * DAY + 14 * 3600)
    assert between("2026-03-01T00:00Z", date(2026, 3, 2)) == (10 * 3600, 2 * DAY - 1 + 12 * 3600)
    first = datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=14)))
    last = datetime(2026, 3, 1, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12)))
    low, high = between("2026-03-01", "2026-03-03T00:00Z")
    assert (low, high) == (between(last, "2026-03-03T00:00Z")[0] - 1, between(first, "2026-03-03T00:00Z")[1])


def test_beside_days_and_local_times_alone_nothing_is_widened():
    assert between("2026-03-01", "2026-03-03T00:00") == (DAY, 2 * DAY)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_now_beside_local_times_is_the_local_time_of_the_machine(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        hour_ago = datetime.now() - timedelta(hours=1)
        assert between(hour_ago, "now")[0] in range(3590, 3660)
        answer = ketref.detect("ketamine", matrix="urine", taken=hour_ago.isoformat(), at="now")
        assert any("local time of this machine" in one for one in answer.assumes)
        zoned = ketref.detect("ketamine", matrix="urine", taken=hour_ago.isoformat(), at="now", tz=zone)
        assert not any("this machine" in one for one in zoned.assumes)
        assert zoned.elapsed[0] in range(3590, 3660)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_a_time_of_day_is_todays_by_the_clock_of_the_machine(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        today = datetime.now().date()
        for text, day, at in (
            ("09:30", today, "09:30"),
            ("9:30 PM", today, "21:30"),
            ("today 09:30", today, "09:30"),
            ("yesterday at 22:05", today - timedelta(days=1), "22:05"),
        ):
            local = datetime.fromisoformat(f"{day}T{at}")
            found = instant(text)
            assert (found.low, found.naive) == (instant(local.astimezone()).low, False)
            assert f"`{text}` read as {day} {at}" in found.read_as
            assert between(local - timedelta(hours=2), text) == (7200, 7200)  # beside a time without a zone
            assert between(local.astimezone() - timedelta(hours=2), text) == (7200, 7200)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_of_day_is_todays_in_the_zone_that_is_said():
    tokyo = notation("Asia/Tokyo")
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    assert instant("09:30", tokyo).span == instant(f"{today}T09:30+09:00").span
    assert "[Asia/Tokyo]" in instant("09:30", tokyo).read_as


def test_a_time_of_day_that_the_clocks_show_twice_is_both(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        first = instant(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0)).low

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime(2026, 10, 25, 12, tzinfo=tz)

        monkeypatch.setattr(times, "datetime", Clock)
        found = instant("02:30")
        assert found.span == (first, first + 3600 * 10**6)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["25:00", "9:75", "tomorrow 09:30", "yesterday", "13 PM"])
def test_other_words_for_a_day_and_impossible_times_are_refused(text):
    with pytest.raises(UsageError):
        instant(text)


def test_where_an_hour_decides_local_times_say_so():
    def assumed(at, **said):
        answer = ketref.detect("ketamine", matrix="urine", taken="2026-03-01T22:00", at=at, **said)
        return [one for one in answer.assumes if "clocks" in one]

    assert assumed("2026-03-31T22:30")
    assert assumed("2026-03-31T21:30")
    assert not assumed("2026-03-31T22:30", tz="Europe/Berlin")
    assert not assumed("2026-03-12T22:30")


def test_an_hour_decides_only_where_a_night_lies_between():
    def assumed(taken, at):
        answer = ketref.effects("esketamine", route="nasal", taken=taken, at=at)
        return [one for one in answer.assumes if "clocks" in one]

    assert assumed("2026-03-29T01:30", "2026-03-29T03:10")
    assert not assumed("2026-03-29T09:30", "2026-03-29T11:10")
