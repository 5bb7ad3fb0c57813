"""What quantity does a text with a unit name?

Everything becomes a whole number: seconds, and millionths of ng/mL, pg/mg, mg, mg/kg and kg. Nothing is rounded in
silence: a figure finer than that is refused.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

from attrs import field, frozen

from ketref.errors import MOST_CHARACTERS, UsageError, quoted

T = TypeVar("T")
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
LONGEST = 10**11  # seconds, some three thousand years
LARGEST_AMOUNT = 10**15  # millionths of a base unit
MICRO = 6
ONE = 10**MICRO
FLUID, SOLID, DOSE, DOSE_PER_KG, WEIGHT = "ng/mL", "pg/mg", "mg", "mg/kg", "kg"

_MASS = {"pg": -9, "ng": -6, "ug": -3, "mg": 0, "g": 3}
_FLUID = {"pg/mL": -3, "ng/L": -3, "ng/mL": 0, "ug/L": 0, "ug/mL": 3, "mg/L": 3}
_SOLID = {"pg/mg": 0, "ng/g": 0, "ug/kg": 0, "ng/mg": 3, "ug/g": 3, "mg/kg": 3}
_DOSE = {unit: power for unit, power in _MASS.items() if unit not in {"pg", "ng"}}
_DOSE_PER_KG = {f"{unit}/kg": power for unit, power in _DOSE.items()}
_WEIGHT = {"kg": 0, "g": -3}
UNITS = {FLUID: _FLUID, SOLID: _SOLID, DOSE: _DOSE, DOSE_PER_KG: _DOSE_PER_KG, WEIGHT: _WEIGHT}
"""Of each base unit, the units that are turned into it, each with its power of ten of it."""

WRITTEN_DURATION = re.compile(r"(0|[1-9]\d{0,11}) (s|min|h|d|wk)", re.ASCII)
_PART = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))? ?(s|min|h|d|wk)\s*")
_ISO = re.compile(r"P(?:(\d{1,18})W)?(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})S)?)?", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,12})(?:\.(\d{1,12}))? ?([^\d\s.][^\s]*)", re.ASCII)
_DURATION_HINT = 'write a number and one of s, min, h, d, wk, such as "36 h"; months and years have no fixed length'


@frozen(order=True)
class Duration:
    """A length of time: whole `seconds`, and the `text` as its source has it (days stay days)."""

    seconds: int
    text: str = field(eq=False)

    @property
    def unit(self) -> str:
        """The unit that the length of a rule is written in."""
        return self.text.rpartition(" ")[2]

    @property
    def by_the_day(self) -> bool:
        """Whether the length of a rule is written in days or weeks, and so tells no hour."""
        return self.unit in {"d", "wk"}

    def __str__(self) -> str:
        return self.text


@frozen
class Quantity:
    """An amount: `value` in millionths of `base` (a unit), and its `text` as written."""

    value: int
    base: str
    text: str = field(eq=False)

    def __str__(self) -> str:
        return self.text


def readable(text: str, what: str) -> str:
    """The text that is to be read as a time or an amount. Raises UsageError where it is longer than any of these is."""
    if len(text) > MOST_CHARACTERS:
        message = f"`{quoted(text)}` is not {what}: it has {len(text)} characters, more than {MOST_CHARACTERS}"
        raise UsageError(message, value=quoted(text), hint="write it shorter")
    return text


def text_of(value: object) -> str:
    """A value as text. Raises UsageError where it cannot be written."""
    try:
        return str(value)
    except Exception:  # nested too deeply, too many digits, or an object that cannot be written
        raise UsageError(f"`{quoted(value)}` is not text", value=value) from None


def written_duration(text: str) -> Duration:
    """A duration as rule files write it: one number, one space, one unit. Raises UsageError."""
    match = WRITTEN_DURATION.fullmatch(readable(text, "a duration"))
    if not match:
        raise UsageError(f"`{text}` is not a duration", value=text, hint=_DURATION_HINT)
    return Duration(_bounded(int(match[1]) * SECONDS[match[2]], text), text)


@lru_cache(maxsize=4096)
def duration(text: str) -> Duration:
    """A duration as questions write it: "36 h", "1 d 12 h", "1.5 h", ISO 8601 "PT36H". Raises UsageError."""
    given = readable(text, "a duration").strip()
    seconds = _iso_seconds(given)
    if seconds is None:
        seconds, end, seen = 0, 0, set[str]()
        while match := _PART.match(given, end):
            end = match.end()
            whole, decimals, unit = match.groups()
            part, finer = divmod(int(whole + (decimals or "")) * SECONDS[unit], 10 ** len(decimals or ""))
            if finer:
                raise UsageError(f"`{text}` is finer than a second", value=text, hint="time counts in whole seconds")
            if unit in seen:
                raise UsageError(f"`{text}` says `{unit}` twice", value=text, hint="write each unit once: 3 h")
            seen.add(unit)
            seconds += part
        if end < len(given) or not given:
            raise UsageError(f"`{text}` is not a duration", value=text, hint=_DURATION_HINT)
    return Duration(_bounded(seconds, text), given)


def timedelta_duration(value: timedelta) -> Duration:
    """A timedelta, floored to whole seconds. Raises UsageError where it is negative."""
    if value < timedelta(0):
        raise UsageError(f"`{value}` is negative", value=value, hint="time since dose starts at zero")
    return duration_of(value // timedelta(seconds=1))


def duration_of(seconds: int) -> Duration:
    """Whole seconds as a duration, written in the largest unit that is exact (weeks are written as days)."""
    for unit in ("d", "h", "min", "s"):
        if seconds % SECONDS[unit] == 0 and seconds:
            return Duration(seconds, f"{seconds // SECONDS[unit]} {unit}")
    return Duration(seconds, f"{seconds} s")


@lru_cache(maxsize=4096)
def quantity(text: str, *bases: str) -> Quantity:
    """A number with a unit that belongs to one of `bases`. Raises UsageError."""
    match = _QUANTITY.fullmatch(readable(text, "a number with a unit").strip())
    if match:
        whole, decimals, written = match.groups()
        unit = _unit(written)
        for base in bases:
            if unit in UNITS[base]:
                power = MICRO + UNITS[base][unit] - len(decimals or "")
                return Quantity(_exact(int(whole + (decimals or "")), power, text), base, text.strip())
    known = " ".join(sorted({unit for base in bases for unit in UNITS[base]}))
    raise UsageError(f"`{text}` is not a number with a unit", value=text, hint=f"units: {known}")


def per_kilogram(dose: Quantity, weight: Quantity) -> Quantity:
    """A dose in mg as mg/kg, rounded to a millionth."""
    return _derived(divided(dose.value, weight.value), DOSE_PER_KG)


def total(dose_per_kg: Quantity, weight: Quantity) -> Quantity:
    """A dose in mg/kg as mg, rounded to a millionth."""
    return _derived(multiplied(dose_per_kg.value, weight.value), DOSE)


def divided(dose: T, weight: T) -> T:
    """Millionths of mg as millionths of mg/kg, of whole numbers or of arrays of them."""
    found: T = (2 * dose * ONE + weight) // (2 * weight)  # type: ignore[operator]
    return found


def multiplied(dose_per_kg: T, weight: T) -> T:
    """Millionths of mg/kg as millionths of mg, of whole numbers or of arrays of them."""
    found: T = (2 * dose_per_kg * weight + ONE) // (2 * ONE)  # type: ignore[operator]
    return found


def canonical(amount: Quantity) -> Quantity:
    """The same amount, written in its base unit: `20 ug/L` is `20 ng/mL`."""
    return _derived(amount.value, amount.base)


@lru_cache(maxsize=4096)
def _derived(value: int, base: str) -> Quantity:
    whole, millionths = divmod(value, 10**MICRO)
    number = f"{whole}.{millionths:06d}".rstrip("0").rstrip(".")
    return Quantity(value, base, f"{number} {base}")


def _unit(written: str) -> str:
    unit = written.replace("µ", "u").replace("μ", "u").replace("mcg", "ug")
    return re.sub(r"/([mu]?)l$", r"/\1L", unit)


def _exact(digits: int, power: int, text: str) -> int:
    shift: int = 10 ** abs(power)
    value, rest = (digits * shift, 0) if power >= 0 else divmod(digits, shift)
    if rest or value > LARGEST_AMOUNT:
        raise UsageError(f"`{text}` is finer or larger than ketref computes with", value=text)
    return value


def _bounded(seconds: int, text: str) -> int:
    if seconds > LONGEST:
        raise UsageError(f"`{text}` is longer than {LONGEST} s", value=text)
    return seconds


def _iso_seconds(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if not match or not any(match.groups()) or text.endswith("T"):
        return None
    parts = zip(match.groups(), ("wk", "d", "h", "min", "s"), strict=True)
    return sum(int(number) * SECONDS[unit] for number, unit in parts if number)
