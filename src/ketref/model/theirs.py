"""What does a value of a table say in our words, and what is said of all of its values besides?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from ketref.errors import UsageError, quoted, unknown_option
from ketref.model.axes import BESIDES, UNITS
from ketref.model.mappings import UNITS_OF_TIME, Column
from ketref.model.units import SECONDS

NUMBERS = (*UNITS, *BESIDES, "value", "lod", "loq", "since", "interval", "ii", "duration")
"""The columns of numbers, in which a comma or a point may be a decimal one."""
STUDY_DAY = "study-day"
_OF_CUTOFF = ("value", "lod", "loq")  # which are in the unit of the cutoff
DECIMALS = ("point", "comma")
_COMMA = re.compile(r"(?<=\d),(?=\d)", re.ASCII)
_POINT = re.compile(r"(?<=\d)\.(?=\d)", re.ASCII)
_THOUSANDS = {mark: re.compile(rf"(?<=\d)[{mark}](?=\d{{3}}(?!\d))", re.ASCII) for mark in ",."}
_POWER = re.compile(r"\d{1,12}(?:\.\d{1,12})?[eE][+-]?\d{1,2}", re.ASCII)
GROUPED = r"\d\.\d{3}(\D|$)"
"""Numbers with a point that may part thousands."""


@frozen(kw_only=True)
class Said:
    """What is said of all tables of a run besides a mapping.

    `rename` has their name for ours, `units` the unit of a column, `constants` what a column holds in each row that
    does not say it. `null` are words that say nothing, `decimal` is one of `DECIMALS`, and `zero` the moment from
    which times are counted.
    """

    rename: Mapping[str, str] = field(factory=dict)
    units: Mapping[str, str] = field(factory=dict)
    constants: Mapping[str, str] = field(factory=dict)
    null: tuple[str, ...] = ()
    decimal: str | None = None
    zero: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.decimal not in {None, *DECIMALS}:
            raise unknown_option("decimal mark", self.decimal, DECIMALS)
        for name, word in self.constants.items():
            if any("\ud800" <= sign <= "\udfff" for sign in word):  # what no table can hold
                raise UsageError(f"`{quoted(word)}` is not text", value=word, hint=f"name a {name}", column=name)


CONSTANTS = {"doses": ("substance", "route"), "samples": ("matrix",), "questions": ("substance", "route", "matrix")}
"""What may be said of all rows of a table at once."""


def constants_of(said: Said, what: str) -> Mapping[str, str]:
    """What is said of all rows of a kind of table."""
    return {name: word for name, word in said.constants.items() if name in CONSTANTS[what]}


def saying(entry: Column, said: Said) -> Callable[[str | None, str | None], str | None]:
    """What turns a value of a column, with the rate or the unit beside it, into what we read; None says nothing."""
    missing = frozenset(map(folded, (*entry.missing, *said.null)))
    words = {folded(theirs): ours for theirs, ours in entry.words.items()}
    suffix = suffix_of(entry, said)
    number = entry.name in NUMBERS
    begin = entry.from_ or said.zero if entry.counts else None
    zero = None if begin is None else _moment(begin)

    def say(text: str | None, over: str | None) -> str | None:
        key = "" if text is None else folded(text)
        if text is None or not key or key in missing:
            return None
        if key in words:
            return words[key]
        if entry.listed or (entry.among and (over if entry.unit_in else text.split()[-1]) not in entry.among):
            return None
        if number and said.decimal:
            text = as_written(text, said.decimal)
        if number and _POWER.fullmatch(text):
            text = f"{Decimal(text):f}"
        if entry.counts == STUDY_DAY:
            return None if zero is None else _study_day(text, zero)
        if entry.counts is not None:
            text = _counted(text, entry.counts, zero)
        if entry.over is not None:
            return _quotient(text, over, entry.unit or "h")
        if entry.unit_in and text.strip()[-1:].isdigit():
            return f"{text} {over}" if over and over.strip() else None
        return f"{text} {suffix}" if suffix and text.strip()[-1:].isdigit() else text

    return say


def suffix_of(entry: Column, said: Said) -> str | None:
    """The unit that is put after numbers which have no column of units."""
    beside = entry.name in UNITS and entry.name not in _OF_CUTOFF
    return None if beside else said.units.get(entry.name, entry.unit)


def folded(text: str) -> str:
    """A word as it is compared with others: in any case, with any blanks."""
    return " ".join(text.split()).casefold()


def as_written(text: str, decimal: str) -> str:
    """A number with a point where its decimals begin, and nothing between thousands."""
    if decimal == "point":
        return _THOUSANDS[","].sub("", text)
    found = _THOUSANDS["."].sub("", text)
    if _POINT.search(found):
        return f"{text} (with a point, where decimals follow a comma)"
    return _COMMA.sub(".", found)


def unclear(name: str, comma: str, point: str) -> UsageError:
    """The error for a column of numbers some of which have a comma, and others a point that may part thousands."""
    message = f"the column `{name}` holds `{quoted(comma)}` and `{quoted(point)}`: is the point a decimal one?"
    hint = "say which sign begins the decimals: --decimal comma, or --decimal point"
    return UsageError(message, value=point, hint=hint, column=name)


def refuse_unclear(name: str, values: Iterable[object]) -> None:
    """Refuse a column of numbers in which a point may part thousands. Raises UsageError."""
    texts = [value for value in values if isinstance(value, str)]
    comma = next((text for text in texts if _COMMA.search(text)), None)
    point = None if comma is None else next((text for text in texts if re.search(GROUPED, text, re.ASCII)), None)
    if comma is not None and point is not None:
        raise unclear(name, comma, point)


def _number(text: str | None) -> Fraction | None:
    try:
        return None if text is None else Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        return None


def _quotient(text: str, over: str | None, unit: str) -> str | None:
    """How many units of time a number takes at the rate of another, in seconds; None where that is not more than 0."""
    amount, rate = _number(text), _number(over)
    if amount is None or rate is None or rate <= 0:
        return None
    return f"{round(amount / rate * SECONDS[unit])} s"


def _counted(text: str, unit: str, zero: datetime | None) -> str:
    """A number of units of time as a moment; what is no number stays as it is."""
    count = _number(text)
    if count is None:
        return text
    if zero is None:
        hint = "say from which moment: --time-zero 2026-03-01T08:00Z"
        raise UsageError(f"times such as `{quoted(text)}` are counted in {unit}, and from when is not said", hint=hint)
    try:
        return (zero + timedelta(microseconds=round(count * UNITS_OF_TIME[unit]))).isoformat()
    except OverflowError:
        return text


def _study_day(text: str, zero: datetime) -> str:
    """The date of a day of a study: the first is that of the moment, the one before it is -1; what is none stays."""
    day = _number(text)
    if day is None or day == 0 or day.denominator != 1:
        return text
    try:
        return (zero + timedelta(days=int(day) - (day > 0))).date().isoformat()
    except OverflowError:
        return text


def _moment(text: str) -> datetime:
    """The moment from which times are counted. Raises UsageError where it is none to the minute."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or len(text.strip()) <= len("2026-03-01"):
        hint = "such as 2026-03-01T08:00Z or 2026-03-01T08:00"
        raise UsageError(f"`{quoted(text)}` is not a moment from which times are counted", value=text, hint=hint)
    return found.astimezone(UTC) if found.tzinfo is not None else found


def text_of(value: Any) -> str | None:
    """A value as text, None where it is none: a whole number has no point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return None if value != value else repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
