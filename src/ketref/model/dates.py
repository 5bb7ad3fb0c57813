"""Which date and time of day does a text write, and of which zone does it say that they are?

ISO 8601, also where its parts are missing (`2026-03`, `2026---15`, `2026-03-15T-:15`: what stands before the first
missing part is known, and nothing else) and in its basic form; months by their English names; 2:30 PM. A date whose
order nobody can tell, such as 03/01/2026, is read in the order that is said, and never by guess.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from attrs import frozen

from ketref.errors import UsageError, quoted
from ketref.model.said import Order

ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")
HINT = (
    "write 2026-03-01T14:30+01:00, 2026-03-01T14:30[Europe/Berlin], or a date: 2026-03-01, 2026-03,"
    " 2026-03-01[Europe/Berlin]; what is not known exactly with ± 1 h, or as 2026-03-01/2026-03-03"
)
MICROSECOND = timedelta(microseconds=1)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = {"january", "february", "march", "april", "june", "july", "august", "sept", "september", "october"}
_NAMES |= {"november", "december", *MONTHS}

_DATE = (
    r"(?P<y>\d{4})(?:-(?P<m>\d\d|-)(?:-(?P<d>\d\d|-))?)?(?![\d/.])"  # 2026-03-01, 2026-03, 2026---15
    r"|(?P<by>\d{4})(?P<bm>\d\d)(?P<bd>\d\d)(?=T\d)"  # 20260301T...
    r"|(?P<nd>\d{1,2})(?P<ns>[-/. ]?)(?P<nm>[A-Za-z]{3,9})(?P=ns)(?P<ny>\d{4})"  # 01-MAR-2026, 1 March 2026
    r"|(?P<mm>[A-Za-z]{3,9})\.? (?P<md>\d{1,2}),? (?P<my>\d{4})"  # Mar 1, 2026
    r"|(?P<o1>\d{1,4})(?P<os>[-/.])(?P<o2>\d{1,2})(?P=os)(?P<o3>\d{1,4})"  # 03/01/2026, 1.3.2026
)
_TIME = (
    r"(?P<hour>\d{1,2}|-)(?::(?P<minute>\d\d|-)(?::(?P<second>\d\d|-)(?:[.,](?P<fraction>\d{1,6})\d*)?)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?"
    r"|(?P<bh>\d\d)(?P<bi>\d\d)(?:(?P<bs>\d\d)(?:[.,](?P<bf>\d{1,6})\d*)?)?"
)
_ZONE = r"([A-Za-z][\w+-]*(?:/[\w+-]+){0,3})"
_TEXT = re.compile(
    rf"(?P<date>{_DATE})(?:(?P<sep>T|\s+)(?:{_TIME}))?"
    rf"(?:\s*(?P<offset>Z|[+-]\d\d(?::?\d\d)?))?(?:\s*\[{_ZONE}\]|\s+{_ZONE})?",
    re.ASCII,
)
_NUMBER = re.compile(r"\d{4,20}(?:\.\d{1,20})?", re.ASCII)
_UNKNOWN = re.compile(r"\b(?:UN|UNK|XX|\?\?)\b", re.IGNORECASE)


@frozen
class Written:
    """The local times from `begin` to `last`, both included, and of which zone the text says that they are.

    `by_day`: no time of day is said. `text` is how ISO 8601 writes it, where the order of its date had to be said.
    """

    begin: datetime
    last: datetime
    offset: str | None
    zone: str | None
    by_day: bool
    text: str

    @property
    def exact(self) -> bool:
        """Whether it is one moment."""
        return self.begin == self.last


def read(text: str, order: Order | None) -> Written:
    """What a text writes; `order` is that of dates which do not tell it. Raises UsageError."""
    match = _TEXT.fullmatch(text.strip())
    if not match:
        raise refusal(text)
    part = match.groupdict()
    zone = next((name for name in match.groups()[-2:] if name), None)
    try:
        year, month, day = _date(text, part, order)
        begin, last, by_day = _span(text, part, year, month, day)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"`{text}` is not a date or time: {error}", value=text, hint=HINT) from None
    if by_day and part["offset"] not in {None, "Z"} and len(part["offset"]) < len("+0000"):
        raise refusal(text)
    iso = f"{year:04d}-{month:02d}-{day:02d}{text.strip()[match.end('date') :]}" if part["o1"] else text
    return Written(begin, last, part["offset"], zone, by_day, iso)


def _date(text: str, part: dict[str, str | None], order: Order | None) -> tuple[int, int | None, int | None]:
    """The year, the month and the day; None from the first one on that is not known."""
    if part["o1"]:
        return _in_order(text, part, order)
    name = part["nm"] or part["mm"]
    if name:
        if name.casefold() not in _NAMES:
            raise refusal(text)
        return (
            int(part["ny"] or part["my"] or 0),
            MONTHS.index(name[:3].casefold()) + 1,
            int(part["nd"] or part["md"] or 0),
        )
    month, day = part["m"] or part["bm"], part["d"] or part["bd"]
    known = month is not None and month != "-"
    month_and_day = (int(month or 0), int(day) if day and day != "-" else None) if known else (None, None)
    return int(part["y"] or part["by"] or 0), *month_and_day


def _in_order(text: str, part: dict[str, str | None], order: Order | None) -> tuple[int, int, int]:
    written = [part["o1"] or "", part["o2"] or "", part["o3"] or ""]
    if order is None:
        hint = (
            "say in which order its parts stand, `--dates dmy`, `mdy` or `ymd` (in Python `dates`), or write 2026-03-01"
        )
        raise UsageError(f"`{text}` does not tell which part is the day, the month and the year", value=text, hint=hint)
    found = dict(zip(order, written, strict=True))
    if max(map(len, written)) <= 2:
        hint = "write the year with four digits"
        raise UsageError(f"the year of `{text}` has two digits", value=text, hint=hint)
    if len(found["y"]) != 4 or max(len(found["m"]), len(found["d"])) > 2:
        names = {"d": "day", "m": "month", "y": "year"}
        said = ", ".join(names[one] for one in order)
        raise UsageError(
            f"`{text}` is not written as {said}, as `dates` says", value=text, hint="correct it, or `dates`"
        )
    return int(found["y"]), int(found["m"]), int(found["d"])


def _span(
    text: str, part: dict[str, str | None], year: int, month: int | None, day: int | None
) -> tuple[datetime, datetime, bool]:
    """The first and the last local time, and whether no time of day is said."""
    hour, minute, second = (
        part[name] or part[basic] for name, basic in (("hour", "bh"), ("minute", "bi"), ("second", "bs"))
    )
    if (part["by"] is None) != (part["bh"] is None) and hour is not None and not (part["by"] and minute is None):
        raise refusal(text)
    if hour is not None and part["y"] and part["d"] is None:  # a time of a month
        raise refusal(text)
    begin = datetime(year, month or 1, day or 1)
    if month is None:
        return begin, begin + (timedelta(days=(date(year, 12, 31) - date(year, 1, 1)).days + 1) - MICROSECOND), True
    if day is None:
        return begin, begin + (timedelta(days=monthrange(year, month)[1]) - MICROSECOND), True
    if hour is None or hour == "-":
        return begin, begin + (timedelta(days=1) - MICROSECOND), True
    if minute is None and part["sep"] != "T" and not part["half"]:
        raise refusal(text)
    clock = _hours(int(hour), part["half"])
    if clock == 24 and not (minute and int(f"{minute}{second or 0}".replace("-", "1")) == 0):
        raise ValueError("hour must be in 0..23")
    begin += timedelta(days=clock // 24)
    begin = begin.replace(hour=clock % 24)
    if minute is None or minute == "-":
        return begin, begin + (timedelta(hours=1) - MICROSECOND), False
    begin = begin.replace(minute=int(minute))
    if second == "-":
        return begin, begin + (timedelta(minutes=1) - MICROSECOND), False
    fraction = part["fraction"] or part["bf"] or ""
    begin = begin.replace(second=int(second or 0), microsecond=int(fraction.ljust(6, "0") or 0))
    return begin, begin, False


def _hours(hour: int, half: str | None) -> int:
    """The hour of the day, of twelve in each half where that is said."""
    if half is None:
        if hour > 24:
            raise ValueError("hour must be in 0..23")
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("hour must be in 1..12 before AM or PM")
    return hour % 12 + (12 if half in "Pp" else 0)


# ---------------------------------------------------------------- what is no date


def refusal(value: object) -> UsageError:
    """The error for what is no date or time, with what it looks like."""
    text = quoted(value).strip()
    hint = HINT
    if re.fullmatch(r"[01]?\d|2[0-3]", text):
        hour = f"{int(text):02d}:00"
        hint = f"a bare number; if it is an hour, write {hour} (today) or 2026-03-01T{hour}"
    elif _NUMBER.fullmatch(text):
        hint = _of_number(text)
    elif _UNKNOWN.search(text):
        hint = "leave out what is not known: 2026-03 is a day in that month, 2026 one in that year"
    return UsageError(f"`{quoted(value)}` is not a date or time", value=value, hint=hint)


def _of_number(text: str) -> str:
    """What a bare number may stand for, converted."""
    number = float(text)
    for least, most, what, seconds, since in _COUNTS:
        if least <= number < most:
            found = since + timedelta(seconds=round(number * seconds / 60) * 60)
            zone = "" if since != _EPOCH else "Z"
            return f"a bare number; if it is {what}, write {found:%Y-%m-%dT%H:%M}{zone}"
    if re.fullmatch(r"(19|20)\d{6}", text):
        return f"a bare number; if it is a date, write {text[:4]}-{text[4:6]}-{text[6:]}"
    return f"a bare number is not a date; {HINT}"


_EPOCH, _SERIAL = datetime(1970, 1, 1), datetime(1899, 12, 30)
_COUNTS = (
    (20_000, 80_000, "a spreadsheet's serial day", 86_400, _SERIAL),
    (5e8, 5e9, "seconds since 1970 (UTC)", 1, _EPOCH),
    (5e11, 5e12, "milliseconds since 1970 (UTC)", 1e-3, _EPOCH),
    (5e14, 5e15, "microseconds since 1970 (UTC)", 1e-6, _EPOCH),
    (5e17, 5e18, "nanoseconds since 1970 (UTC)", 1e-9, _EPOCH),
)
"""Numbers from one to another, what they may count, how many seconds that is, and from when on."""
