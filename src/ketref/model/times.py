"""Which moments does a date or time mean, how much time lies between two of them, and how is one written?

A moment is a range in microseconds: a date without a time is the whole day, a local time that the clocks show twice is
both, and "about" a time is as long before and after it as is said. Moments with a zone are kept in UTC; moments without
one only compare with each other, but for days, which beside moments with a zone may be those of any place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Literal

from attrs import evolve, field, frozen

from ketref.errors import UsageError, quoted, unknown_option
from ketref.model import dates
from ketref.model.dates import MICROSECOND, ORDERS
from ketref.model.said import Midnight, Order
from ketref.model.units import SECONDS, duration, readable

ONE_PLACE = "all times are of one place, whose clocks were not changed between them"
"""What moments without a zone take for granted."""
NOW_IS_LOCAL = "now, or a time of today, is the local time of this machine, as the other times have no zone"
CLOCKS_MATTER = (
    "the clocks were not changed between the times, which have no zone: an hour more or less would change {}; say the"
    " zone (`tz`) to be sure"
)
"""What moments without a zone take for granted where it decides."""
_TODAY = re.compile(
    r"(?:(?P<day>today|yesterday),? (?:at )?)?"
    r"(?P<time>\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)",
    re.ASCII | re.IGNORECASE,
)
"""A time of day without a date, or with one that is said by today's."""
_EPOCH = datetime(1970, 1, 1)
_GIVE_OR_TAKE = re.compile(r"±|\+/-|\+-")
_ABOUT = re.compile(r"\Aabout\s+")
_INTERVAL = re.compile(r"(\d{4}(?!\d).*?)/\s*(\d{4}(?!\d).*)", re.ASCII | re.DOTALL)
_OFFSET = re.compile(r"[+-]\d\d(?::?\d\d)?", re.ASCII)
_MIDNIGHT = re.compile(r".*[T ]0?0:00(?::00(?:\.0+)?)?(?![:\d]).*", re.ASCII | re.DOTALL)
SAY_TZ = "give all with a zone or none, or say the zone of those without, `--tz Europe/Berlin` (in Python `tz`)"
SECOND = 10**6  # microseconds
DAY = SECONDS["d"] * SECOND
FIRST, LAST = ((day - _EPOCH) // MICROSECOND for day in (datetime(1, 1, 3), datetime(9999, 12, 29)))
HORIZON = 10**10  # seconds, some three hundred years
"""What lies so far from now lies so because an end is open: nothing is said of when that is."""
AHEAD, BEHIND = 14 * SECONDS["h"], 12 * SECONDS["h"]
"""How many seconds the first place on Earth is before UTC, and the last one behind it."""
NIGHT = 4 * SECONDS["h"]
"""Until when in the morning clocks are changed, in seconds of the day: a convention, as few places do so later."""


@frozen
class Notation:
    """How times are written where they do not tell: in which `zone`, with dates in which `order`.

    `midnights` says what a time at 00:00:00 is: that moment, or the whole "day", as whose it is often stored.
    """

    zone: tzinfo | None = None
    order: Order | None = None
    midnights: Midnight | None = None
    tell: Callable[[str], object] | None = field(default=None, eq=False)
    """What is given a sentence about a table of which nobody says what its midnights are; None: a warning."""

    @property
    def midnight_is_day(self) -> bool:
        """Whether each time at 00:00:00 is that whole day."""
        return self.midnights == "day"

    def mark(self, text: str) -> str:
        """A text of a time without a zone, with that in which it is read."""
        if self.zone is None:
            return text
        key = getattr(self.zone, "key", None)
        return f"{text}[{key}]" if key else f"{text}{_offset_text(self.zone)}"


PLAIN = Notation()
"""Times as they are, of which nothing is said besides."""


def notation(tz: object = None, dates: object = None, midnight: object = None) -> Notation:
    """How times are written, by what a caller says of it. Raises UsageError."""
    if tz is None and dates is None and midnight is None:
        return PLAIN
    if dates is not None and dates not in ORDERS:
        raise unknown_option("order of `dates`", dates, ORDERS)
    if midnight is not None and midnight not in {"day", "exact"}:
        raise unknown_option("value of `midnight`", midnight, ("day", "exact"))
    return Notation(None if tz is None else _said_zone(tz), dates, midnight)


Kind = Literal["time", "day", "now", "anywhere"]
"""A moment is written as a time of day, as days, as "now"; or it is days of which it is not known where."""


@frozen
class Instant:
    """A moment known to lie between `low` and `high`, in microseconds since 1970 (UTC, or local where `naive`).

    `zone` is the one in which it was written, None where `naive`. `text` tells all of it that is known.
    """

    low: int
    high: int
    naive: bool
    text: str
    zone: tzinfo | None = field(default=None, eq=False)
    kind: Kind = field(default="time", eq=False)
    read_as: str = field(default="", eq=False)
    """How it was said, where that was no date."""

    @property
    def span(self) -> tuple[int, int]:
        """The earliest and the latest microsecond that it may be."""
        return self.low, self.high

    @property
    def open(self) -> bool:
        """Whether it is only known until when it was."""
        return self.low <= FIRST

    @property
    def by_the_day(self) -> bool:
        """Whether it is known to the day at best."""
        return self.high - self.low >= DAY - 1


def instant(value: object, notation: Notation = PLAIN) -> Instant:
    """The moment that a datetime, a date or a text means; "now" is now, and "09:30" today's. Raises UsageError."""
    if isinstance(value, datetime):
        return _exact(value, notation)
    if isinstance(value, date):
        begin = datetime(value.year, value.month, value.day)
        return _day(begin, notation.zone, notation.mark(value.isoformat()))
    if not isinstance(value, str):
        raise dates.refusal(value)
    if value.strip().casefold() == "now":
        now = datetime.now(notation.zone or UTC).replace(microsecond=0)
        return evolve(_exact(now if notation.zone else now.astimezone(), PLAIN), kind="now")
    if said := _TODAY.fullmatch(" ".join(readable(value, "a date or time").split())):
        return _today(said["day"], said["time"], value, notation)
    middle, *margin = _GIVE_OR_TAKE.split(readable(value, "a date or time").strip(), maxsplit=1)
    if middle and margin and margin[0]:
        return _about(middle, margin[0], value, notation)
    if ends := _INTERVAL.fullmatch(middle):
        return _from_to(ends[1].rstrip(), ends[2], value, notation)
    return _parsed(value, notation)


def _today(day: str | None, time: str, text: str, notation: Notation) -> Instant:
    """A time of today or yesterday: in the zone that is said, or by the clock of the machine, as "now" is."""
    date = datetime.now(notation.zone).date() - timedelta(days=day is not None and day.casefold() == "yesterday")
    found = _parsed(f"{date.isoformat()} {time}", notation)
    if notation.zone is None:
        low, high = ((_EPOCH + timedelta(microseconds=end)).replace(fold=fold) for fold, end in enumerate(found.span))
        first, last = sorted((low.astimezone(), high.astimezone()))
        at = first.isoformat(sep=" ", timespec="minutes" if not first.second else "seconds")
        found = Instant(_microseconds(first), _microseconds(last), False, at, first.tzinfo, "now")
    return evolve(found, read_as=f"`{text.strip()}` read as {found.text}")


def _exact(value: datetime, notation: Notation) -> Instant:
    """The moment of a datetime; one whose zone tells no offset has none."""
    try:
        zone = None if value.utcoffset() is None else value.tzinfo
    except Exception:  # NaT is a datetime of which nothing is known, and a zone may be anybody's
        raise dates.refusal(value) from None
    text = value.isoformat() if zone is not None else notation.mark(value.replace(tzinfo=None).isoformat())
    if notation.midnight_is_day and is_midnight(value):
        day = value.replace(tzinfo=None, fold=0)
        return _day(day, zone or notation.zone, text.replace(day.isoformat(), day.date().isoformat()))
    if zone is None and notation.zone is not None:
        local = value.replace(tzinfo=None, fold=0)
        return _span(local, local, notation.zone, text)
    if zone is not None:
        _refuse_skipped(value.replace(tzinfo=None), zone, text)
    at = _microseconds(value)
    return Instant(at, at, zone is None, text, zone)


def _about(middle: str, margin: str, text: str, notation: Notation) -> Instant:
    """A moment that is known but for so much before and after it."""
    about = instant(_ABOUT.sub("", middle.strip()), notation)
    within = duration(margin.strip()).seconds * SECOND
    said = text if notation == PLAIN else f"{about.text} ± {margin.strip()}"
    return evolve(about, low=about.low - within, high=about.high + within, text=said)


def _from_to(first: str, last: str, text: str, notation: Notation) -> Instant:
    """A moment from the earliest of one to the latest of another."""
    begin, end = on_one_clock([instant(first, notation), instant(last, notation)])
    if end.high < begin.low:
        raise UsageError(f"`{text}` ends before it begins", value=text, hint="earliest first")
    said = text if notation == PLAIN else f"{begin.text}/{end.text}"
    return evolve(begin, high=end.high, text=said, kind=begin.kind if begin.kind == end.kind else "time")


def _parsed(text: str, notation: Notation) -> Instant:
    found = dates.read(text, notation.order)
    zone = _zone(found.offset, found.zone, text)
    day = notation.midnight_is_day and found.exact and is_midnight(found.begin) and "24:00" not in text
    said = found.begin.date().isoformat() + _zone_text(zone) if day else found.text
    if zone is None:
        zone, said = notation.zone, notation.mark(said)
    try:
        if day:
            return _day(found.begin, zone, said)
        return _span(found.begin, found.last, zone, said, "day" if found.by_day else "time")
    except OverflowError as error:
        raise UsageError(f"`{text}` is not a date or time: {error}", value=text, hint=dates.HINT) from None


def _day(begin: datetime, zone: tzinfo | None, text: str) -> Instant:
    return _span(begin, begin + (timedelta(days=1) - MICROSECOND), zone, text, "day")


def _span(begin: datetime, last: datetime, zone: tzinfo | None, text: str, kind: Kind = "time") -> Instant:
    """The moments from one local time to another, in both readings of each where the clocks go back."""
    low = min(_microseconds(begin.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    high = max(_microseconds(last.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if zone is not None and _skipped(begin, zone) and _skipped(last, zone):
        _refuse_skipped(begin, zone, text)
    return Instant(low, high, zone is None, text, zone, kind)


def _skipped(local: datetime, zone: tzinfo) -> bool:
    """Whether the clocks never show a time: each reading of it lies on the far side of the other."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first < second


def _refuse_skipped(local: datetime, zone: tzinfo, text: str) -> None:
    if _skipped(local, zone):
        raise UsageError(f"`{text}` does not exist: the clocks were put forward", value=text, hint="check the time")


def _microseconds(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta(0)
    return (moment.replace(tzinfo=None) - _EPOCH) // MICROSECOND - offset // MICROSECOND


# ---------------------------------------------------------------- zones


def _said_zone(tz: object) -> tzinfo:
    """The zone that a caller says. Raises UsageError."""
    if isinstance(tz, timezone) or hasattr(tz, "key"):
        return tz  # type: ignore[return-value]
    text = str(tz) if isinstance(tz, str | tzinfo) else ""
    offset = text if _OFFSET.fullmatch(text) or text == "Z" else None
    if not text:
        hint = "a name such as Europe/Berlin, or an offset such as +01:00"
        raise UsageError(f"`{quoted(tz)}` is not a time zone", value=tz, hint=hint)
    found = _zone(offset, None if offset else text, text)
    assert found is not None  # noqa: S101 - either is said
    return found


def _zone(offset: str | None, name: str | None, text: str) -> tzinfo | None:
    if offset and name:
        raise UsageError(f"`{text}` has an offset and a zone", value=text, hint="leave one of them out")
    if offset == "Z":
        return UTC
    if offset:
        hours, minutes = int(offset[1:3]), int(offset[3:].removeprefix(":") or 0)
        if hours > 23 or minutes > 59:
            raise UsageError(f"`{offset}` in `{text}` is not an offset from UTC", value=text, hint=dates.HINT)
        return timezone((-1 if offset[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    if name is None:
        return None
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write an offset such as +01:00 (zone names need the system's or the `tzdata` package's zone files)"
        where = "" if name == text else f" in `{text}`"
        raise UsageError(f"unknown time zone `{name}`{where}", value=name, hint=hint) from None


def _zone_text(zone: tzinfo | None) -> str:
    """A zone as a text of a moment has it."""
    if zone is None:
        return ""
    key = getattr(zone, "key", None)
    return f"[{key}]" if key else _offset_text(zone)


def _offset_text(zone: tzinfo) -> str:
    return datetime(2000, 1, 1, tzinfo=zone).isoformat()[len("2000-01-01T00:00:00") :]


# ---------------------------------------------------------------- several moments


def on_one_clock(moments: Sequence[Instant]) -> list[Instant]:
    """Moments that compare with each other: all with a zone, or all without. Raises UsageError.

    Beside moments with a zone days without one are as wide as those of any place, and a time of day without one is
    refused. Where only "now" has a zone, it is the local time of the machine.
    """
    kinds = {moment.naive for moment in moments}
    if len(kinds) < 2:
        return list(moments)
    if all(moment.naive or moment.kind == "now" for moment in moments):
        return [moment if moment.naive else _local_now(moment) for moment in moments]
    local = next((moment for moment in moments if moment.naive and moment.kind != "day"), None)
    if local is not None:
        zoned = next(moment for moment in moments if not moment.naive)
        hint = f"`{zoned.text}` has one: {SAY_TZ}"
        raise UsageError(f"`{local.text}` has no time zone", value=local.text, hint=hint)
    return [_anywhere(moment) if moment.naive else moment for moment in moments]


def beside(moment: Instant, zoneless: bool) -> Instant | None:
    """A moment on a clock with zones, or on one without; None where it cannot be placed there."""
    if moment.naive == zoneless:
        return moment
    if moment.naive:
        return _anywhere(moment) if moment.kind == "day" else None
    return _local_now(moment) if moment.kind == "now" else None


def _anywhere(day: Instant) -> Instant:
    """Days of which it is not known where."""
    low, high = day.low - AHEAD * SECOND, day.high + BEHIND * SECOND
    return evolve(day, low=low, high=high, naive=False, zone=UTC, kind="anywhere")


def _local_now(now: Instant) -> Instant:
    """A moment of the clock of the machine, such as the present one, as it shows it."""
    low, high = (_microseconds(shown_here(end)) for end in now.span)
    return evolve(now, low=low, high=high, naive=True, zone=None, text=shown_here(now.low).isoformat())


def shown_here(microseconds: int) -> datetime:
    """What the clock of the machine shows at a moment, to the second."""
    return datetime.fromtimestamp(microseconds // SECOND)


def assumed(moments: Iterable[Instant]) -> list[str]:
    """What moments that stand on one clock take for granted."""
    found = []
    moments = list(moments)
    found += [moment.read_as for moment in moments if moment.read_as]
    if any(moment.kind == "now" and moment.naive for moment in moments):
        found.append(NOW_IS_LOCAL)
    days = list(dict.fromkeys(moment.text for moment in moments if moment.kind == "anywhere"))
    if days:
        which = days[0] if len(days) == 1 else f"days without a zone, such as {days[0]},"
        found.append(f"{which} may be of any place on Earth, UTC+14 to UTC-12, as no zone of it is said")
    return found


def elapsed(taken: Instant, at: Instant) -> tuple[int, int]:
    """The shortest and the longest whole seconds between two moments, floored. Raises UsageError."""
    taken, at = on_one_clock([taken, at])
    shortest, longest = (at.low - taken.high) // SECOND, (at.high - taken.low) // SECOND
    if longest < 0:
        raise UsageError(
            f"`{at.text}` is before the dose at `{taken.text}`", value=at.text, hint="a later dose does not count"
        )
    return shortest, longest


def clocks_may_change(begun: tuple[Any, Any], at: tuple[Any, Any]) -> Any:
    """Whether a night, in which clocks are changed, lies between local moments: of arrays of them too."""
    return (begun[0] // DAY != at[1] // DAY) | (begun[0] // SECOND % SECONDS["d"] < NIGHT)


def is_midnight(value: object) -> bool:
    """Whether a datetime, or a text of one, is at 00:00:00 exactly."""
    if isinstance(value, datetime):
        return (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
    return isinstance(value, str) and _MIDNIGHT.fullmatch(value) is not None


def note_midnights(midnights: int, times: int, column: str, notation: Notation) -> str | None:
    """What is to be said of a column where so many of its times are at midnight, and nobody said what that means.

    Nothing where that is one time, or less than a fifth of them: that may be chance (a convention).
    """
    if notation.midnights is not None or midnights < _FEWEST_MIDNIGHTS or midnights * _A_FIFTH < times:
        return None
    count, are = ("each", "is") if midnights == times else (f"{midnights:,}", "are")
    return (
        f"{count} of {times:,} times in `{column}` {are} 00:00:00, as days are often stored; they are taken"
        " as exact moments: if they are days, say `--midnight day`, if not `--midnight exact` (in Python `midnight`)"
    )


_FEWEST_MIDNIGHTS, _A_FIFTH = 2, 5


# ---------------------------------------------------------------- writing


def written(microseconds: int, zone: tzinfo | None) -> str:
    """A moment as ISO 8601 text, to the minute.

    With a zone the text has its offset from UTC; without one (None) it is local time. Beyond the years that a date can
    have, it is the first or the last of them.
    """
    return _local(microseconds, zone).isoformat(timespec="minutes")


def day_of(microseconds: int, zone: tzinfo | None) -> tuple[int, int]:
    """The first and the last minute of the day, in a zone, that a moment lies on."""
    at = _local(microseconds, zone)
    begin, end = (at.replace(hour=hour, minute=minute, second=0, microsecond=0) for hour, minute in ((0, 0), (23, 59)))
    return _microseconds(begin), _microseconds(end)


def days(moment: Instant) -> tuple[date, date]:
    """The first and the last day, in its zone, on which a moment may lie."""
    zone = None if moment.naive else moment.zone
    return _local(moment.low, zone).date(), _local(moment.high, zone).date()


def _local(microseconds: int, zone: tzinfo | None) -> datetime:
    at = _EPOCH + timedelta(microseconds=min(max(microseconds, FIRST), LAST))
    return at if zone is None else at.replace(tzinfo=UTC).astimezone(zone)
