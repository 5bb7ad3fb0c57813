"""Which moments does a date or time mean, how much time lies between two of them, and how is one written?

A moment is a range in microseconds: a date without a time is the whole day, a local time that the clocks show twice is
both, and "about" a time is as long before and after it as is said. Moments with a zone are kept in UTC; moments without
one only compare with each other.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from attrs import field, frozen

from ketref.errors import UsageError, quoted
from ketref.model.units import SECONDS, duration, readable

_ZONE = r"([A-Za-z][\w+-]*(?:/[\w+-]+){0,3})"
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?"
    rf"(?:\s*(Z|[+-]\d\d:?\d\d))?(?:\s*\[{_ZONE}\]|\s+{_ZONE})?",
    re.ASCII,
)
ONE_PLACE = "all times are of one place, whose clocks were not changed between them"
"""What moments without a zone take for granted."""
_EPOCH = datetime(1970, 1, 1)
_GIVE_OR_TAKE = re.compile(r"±|\+/-|\+-")
_ABOUT = re.compile(r"\Aabout\s+")
_HINT = (
    "write 2026-03-01T14:30+01:00, 2026-03-01T14:30[Europe/Berlin], or a date: 2026-03-01, 2026-03,"
    " 2026-03-01[Europe/Berlin]; what is not known exactly with ± 1 h"
)
MICROSECOND = timedelta(microseconds=1)
SECOND = 10**6  # microseconds
DAY = SECONDS["d"] * SECOND
FIRST, LAST = ((day - _EPOCH) // MICROSECOND for day in (datetime(1, 1, 3), datetime(9999, 12, 29)))


@frozen
class Instant:
    """A moment known to lie between `low` and `high`, in microseconds since 1970 (UTC, or local where `naive`).

    `zone` is the one in which it was written, None where `naive`.
    """

    low: int
    high: int
    naive: bool
    text: str
    zone: tzinfo | None = field(default=None, eq=False)

    @property
    def span(self) -> tuple[int, int]:
        """The earliest and the latest microsecond that it may be."""
        return self.low, self.high

    @property
    def by_the_day(self) -> bool:
        """Whether it is known to the day at best."""
        return self.high - self.low >= DAY - 1


def instant(value: object) -> Instant:
    """The moment that a datetime, a date or an ISO 8601 text means; "now" is now. Raises UsageError."""
    if isinstance(value, datetime):
        return _exact(value)
    if isinstance(value, date):
        return _span(datetime(value.year, value.month, value.day), timedelta(days=1), None, value.isoformat())
    if not isinstance(value, str):
        raise UsageError(f"`{quoted(value)}` is not a date or time", value=value, hint=_HINT)
    if value == "now":
        now = datetime.now(UTC).replace(microsecond=0)
        return instant(now.astimezone())
    middle, *margin = _GIVE_OR_TAKE.split(readable(value, "a date or time").strip(), maxsplit=1)
    return _about(middle, margin[0], value) if middle and margin and margin[0] else _parsed(value)


def _exact(value: datetime) -> Instant:
    """The moment of a datetime; one whose zone tells no offset has none."""
    try:
        zone = None if value.utcoffset() is None else value.tzinfo
    except Exception:  # NaT is a datetime of which nothing is known, and a zone may be anybody's
        raise UsageError(f"`{quoted(value)}` is not a date or time", value=value, hint=_HINT) from None
    if zone is not None:
        _refuse_skipped(value.replace(tzinfo=None), zone, value.isoformat())
    at = _microseconds(value)
    return Instant(at, at, zone is None, value.isoformat(), zone)


def _about(middle: str, margin: str, text: str) -> Instant:
    """A moment that is known but for so much before and after it."""
    about = instant(_ABOUT.sub("", middle.strip()))
    within = duration(margin.strip()).seconds * SECOND
    return Instant(about.low - within, about.high + within, about.naive, text, about.zone)


def elapsed(taken: Instant, at: Instant) -> tuple[int, int]:
    """The shortest and the longest whole seconds between two moments, floored. Raises UsageError."""
    if taken.naive != at.naive:
        zoned, local = (at, taken) if taken.naive else (taken, at)
        hint = f"give both with a zone or both without; `{zoned.text}` has one. {_HINT}"
        raise UsageError(f"`{local.text}` has no time zone", value=local.text, hint=hint)
    shortest, longest = (at.low - taken.high) // SECOND, (at.high - taken.low) // SECOND
    if longest < 0:
        raise UsageError(
            f"`{at.text}` is before the dose at `{taken.text}`", value=at.text, hint="a later dose does not count"
        )
    return shortest, longest


def _parsed(text: str) -> Instant:
    match = _ISO.fullmatch(text.strip())
    if not match:
        raise UsageError(f"`{text}` is not a date or time", value=text, hint=_HINT)
    year, month, day, hour, minute, second, fraction, offset, bracketed, spaced = match.groups()
    try:
        zone = _zone(offset, bracketed or spaced, text)
        begin = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
        if hour is not None:
            begin = begin.replace(microsecond=int((fraction or "").ljust(6, "0") or 0))
            return _span(begin, MICROSECOND, zone, text)
        days = 1 if day else monthrange(begin.year, begin.month)[1] if month else _year_days(begin.year)
        return _span(begin, timedelta(days=days), zone, text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"`{text}` is not a date or time: {error}", value=text, hint=_HINT) from None


def _year_days(year: int) -> int:
    return (date(year, 12, 31) - date(year, 1, 1)).days + 1


def _span(begin: datetime, length: timedelta, zone: tzinfo | None, text: str) -> Instant:
    """The moments from a local time on, both readings of it where the clocks go back."""
    last = begin + (length - MICROSECOND)
    low = min(_microseconds(begin.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    high = max(_microseconds(last.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if zone is not None and length == MICROSECOND:
        _refuse_skipped(begin, zone, text)
    return Instant(low, high, zone is None, text, zone)


def _refuse_skipped(local: datetime, zone: tzinfo, text: str) -> None:
    """Raise UsageError for a time that the clocks never show: each reading of it lies on the far side of the other."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is not None and second is not None and first < second:
        raise UsageError(f"`{text}` does not exist: the clocks were put forward", value=text, hint="check the time")


def _microseconds(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta(0)
    return (moment.replace(tzinfo=None) - _EPOCH) // MICROSECOND - offset // MICROSECOND


def _zone(offset: str | None, name: str | None, text: str) -> tzinfo | None:
    if offset and name:
        raise UsageError(f"`{text}` has an offset and a zone", value=text, hint="leave one of them out")
    if offset == "Z":
        return UTC
    if offset:
        hours, minutes = int(offset[1:3]), int(offset[-2:])
        if hours > 23 or minutes > 59:
            raise UsageError(f"`{offset}` in `{text}` is no offset from UTC", value=text, hint=_HINT)
        return timezone((-1 if offset[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    if name is None:
        return None
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write an offset such as +01:00 (zone names need the system's or the `tzdata` package's zone files)"
        raise UsageError(f"unknown time zone `{name}` in `{text}`", value=name, hint=hint) from None


# ---------------------------------------------------------------- writing


def written(microseconds: int, zone: tzinfo | None, day: bool = False) -> str:
    """A moment as ISO 8601 text, to the minute or, where it is known no better, its `day`.

    With a zone the text has its offset from UTC; without one (None) it is local time. Beyond the years that a date can
    have, it is the first or the last of them.
    """
    at = _EPOCH + timedelta(microseconds=min(max(microseconds, FIRST), LAST))
    if zone is not None:
        at = at.replace(tzinfo=UTC).astimezone(zone)
    text = at.isoformat(timespec="minutes")
    return text[:10] + text.partition("T")[2].lstrip("0123456789:") if day else text
