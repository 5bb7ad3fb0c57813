"""How do people write a length of time that is not one number and its units: a range, or calendar months?

What is said here is text alone: what the parts of it mean, `units.duration` knows.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_RANGE = re.compile(
    r"(?P<between>between )?(?P<first>\d.*?)(?: to | ?[-\u2013\u2014] ?|(?P<and> and ))(?P<last>\d.*)", re.IGNORECASE
)
_UNIT = re.compile(r"[\d.,\s]*(?P<unit>[a-z]+)", re.ASCII | re.IGNORECASE)
_CALENDAR = re.compile(r"(?P<many>[1-9]\d{0,2}) ?(?P<unit>months?|mos?|mths?|years?|yrs?|y)", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=4096)
def ends_of_range(text: str) -> tuple[str, str] | None:
    """The two lengths of a range as people write it: "2-3 d", "2 to 3 days", "between 24 and 36 h"; None for another.

    An end without a unit has that of the other.
    """
    match = _RANGE.fullmatch(" ".join(text.split()))
    if match is None or bool(match["between"]) != bool(match["and"]):
        return None
    first, last = match["first"], match["last"]
    if first.replace(".", "").replace(",", "").isdigit() and (unit := _UNIT.fullmatch(last)):
        first = f"{first} {unit['unit']}"
    return first, last


def in_days(text: str) -> str:
    """What calendar months or years are in days, as a hint; empty where a text says no such length."""
    match = _CALENDAR.fullmatch(" ".join(text.split()))
    if match is None:
        return ""
    months = int(match["many"]) * (12 if match["unit"].lower().startswith("y") else 1)
    starts = [(2000 + year, month) for year in range(8) for month in range(1, 13)]
    days = [(_later(*start, months) - date(*start, 1)).days for start in starts]
    verb = "has" if match["many"] == "1" else "have"
    return f'{match[0]} {verb} {min(days)} to {max(days)} days: write "{min(days)} d to {max(days)} d", or the days'


def _later(year: int, month: int, months: int) -> date:
    years, month = divmod(month - 1 + months, 12)
    return date(year + years, month + 1, 1)
