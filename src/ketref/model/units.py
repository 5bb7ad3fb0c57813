"""What quantity does a text with a unit name?

Everything becomes a whole number: seconds, and millionths of ng/mL, pg/mg, mg, mg/kg and kg. Nothing is rounded in
silence: a figure finer than that is refused. Rule files write amounts and durations in one way only (`written_...`);
questions may write them as people do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, field, frozen

from ketref.errors import MOST_CHARACTERS, UsageError, quoted
from ketref.model.lengths import ends_of_range, in_days

if TYPE_CHECKING:
    from fractions import Fraction

T = TypeVar("T")
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
LONGEST = 10**11  # seconds, some three thousand years
LARGEST_AMOUNT = 10**15  # millionths of a base unit
MICRO = 6
ONE = 10**MICRO
FLUID, SOLID, DOSE, DOSE_PER_KG, WEIGHT = "ng/mL", "pg/mg", "mg", "mg/kg", "kg"
PER_CREATININE, PER_PATCH, PER_PAD, PER_MILLE = "ng/mg creatinine", "ng/patch", "ng/pad", "g/kg"
PER_BREATH = "g/210L"
MOLAR_FLUID, MOLAR_SOLID = "nmol/L", "pmol/mg"
RATE, RATE_PER_KG = "mg/h", "mg/kg/h"

_MASS = {"pg": -9, "ng": -6, "ug": -3, "mg": 0, "g": 3}
_FLUID = {"pg/mL": -3, "ng/L": -3, "ng/mL": 0, "ug/L": 0, "ug/mL": 3, "mg/L": 3}
_SOLID = {"pg/mg": 0, "ng/g": 0, "ug/kg": 0, "ng/mg": 3, "ug/g": 3, "mg/kg": 3}
_DOSE = {unit: power for unit, power in _MASS.items() if unit not in {"pg", "ng"}}
_DOSE_PER_KG = {f"{unit}/kg": power for unit, power in _DOSE.items()}
_WEIGHT = {"kg": 0, "g": -3}
_FLUID_BESIDES = {"mg/mL": 6, "g/L": 6, "mg/dL": 4, "g/dL": 7, "ug/100mL": 1}
_PER_CREATININE = {"ng/mg creatinine": 0, "ug/g creatinine": 0, "ug/mg creatinine": 3, "mg/g creatinine": 3}
_PER_PATCH, _PER_PAD, _PER_MILLE = {"ng/patch": 0, "ug/patch": 3}, {"ng/pad": 0}, {"g/kg": 0}
_PER_BREATH = {"g/210L": 0, "mg/210L": -3}
UNITS = {
    FLUID: {**_FLUID, **_FLUID_BESIDES},
    SOLID: _SOLID,
    DOSE: _DOSE,
    DOSE_PER_KG: _DOSE_PER_KG,
    WEIGHT: _WEIGHT,
    PER_CREATININE: _PER_CREATININE,
    PER_PATCH: _PER_PATCH,
    PER_PAD: _PER_PAD,
    PER_MILLE: _PER_MILLE,
    PER_BREATH: _PER_BREATH,
}
"""Of each base unit, the units that are turned into it, each with its power of ten of it."""
CONCENTRATIONS = (FLUID, SOLID, PER_CREATININE, PER_PATCH, PER_PAD, PER_MILLE, PER_BREATH)
"""The kinds of concentrations, by their base unit: none of them is compared with another."""

_FLUID_TOO = {**_FLUID_BESIDES, "ng/dL": -2, "ug/dL": 1, "g/mL": 9, "pg/uL": 0, "ng/uL": 3, "ug/uL": 6}
_SOLID_TOO = {"pg/g": -3, "pg/ug": 3, "ng/ug": 6, "ug/mg": 6, "mg/g": 6, "g/kg": 6, "g/g": 9}
_PER_MILLE_TOO = dict.fromkeys(("\u2030", "/mille", "/mil", "permille", "promille"), 0)
_MOLAR_FLUID = {"pmol/L": -3, "nmol/L": 0, "umol/L": 3, "mmol/L": 6, "pmol/mL": 0, "nmol/mL": 3, "umol/mL": 6}
_MOLAR_SOLID = {"pmol/mg": 0, "nmol/g": 0, "umol/kg": 0, "nmol/mg": 3, "umol/g": 3}
_MOLAR = {"pM": -3, "nM": 0, "uM": 3, "mM": 6}  # as written: `nm` and `mm` are lengths
_TIMES = {"h": 1, "hr": 1, "hour": 1, "min": 60, "minute": 60, "s": 3600, "sec": 3600, "second": 3600}
_POUND = (45_359_237, 100)  # millionths of a kilogram, by definition
_SPELLED = {
    "second": "s",
    "seconds": "s",
    "sec": "s",
    "secs": "s",
    "minute": "min",
    "minutes": "min",
    "mins": "min",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "hrs": "h",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "wks": "wk",
    "w": "wk",
}
"""How questions spell the units of time besides."""

WRITTEN_DURATION = re.compile(r"(0|[1-9]\d{0,11}) (s|min|h|d|wk)", re.ASCII)
_PART = re.compile(
    r"([0-9]{1,12})(?:(?:\.|,(?!\d{3}(?!\d)))([0-9]{1,9}))? ?([a-z]+)(?: and (?=\d)|, ?(?=\d)| )?",
    re.ASCII | re.IGNORECASE,
)
"""A number and its unit: a comma before three digits may part thousands, and begins no decimals."""
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_ISO = re.compile(r"P(?:(\d{1,18})W)?(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})S)?)?", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,12})(?:\.(\d{1,12}))? ?([^\d\s.,][^\s]*(?: creatinine)?)", re.ASCII)
_BARE = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:(?:,\d{3}){2,}|(?:,\d{3})+(?=\.\d))(?![\d,])", re.ASCII)
_UNCLEAR = (
    (r"\d+ ?[x\u00d7*] ?\d.*", "it may be one dose, or several", "give the sum of one administration, or each dose"),
    (r"[\d.]+\D{0,12}[-\u2013] ?\d.*", "it is a range", "give one amount"),
    (r"[~\u2248<>\u2264\u2265\u00b1].*|(?:about|ca|approx)\b.*", "it is not exact", "give one amount"),
    (
        r"\d[\d.]* ?(?:ml|l|cc)(?: ?/ ?(?:h|hr|hour|min|s)\w*)?",
        "it is a volume, and the concentration is missing",
        "give the dose in mg, or a rate in mg/h",
    ),
    (
        r"[\d.,]+ ?(?:standard )?(?:drink|beer|glass|shot|pint|can|bottle|tablet|pill|joint|line)(?:e?s)?",
        "what one holds differs, as a standard drink does by country",
        "give the amount of the drug that they held together, such as 40 g",
    ),
    (r"\d.*/ ?(?:d|day|24 ?h)", "an amount a day stands for many doses", "give each dose, or `frequency`"),
    (
        r"[\d.]*\d,\d.*",
        "its comma may be a decimal point or part thousands",
        "write 1000 or 1.5; of a file say which: --decimal comma or --decimal point",
    ),
)
"""Amounts that people write and that could mean several things: what they look like, why, and what to do."""
_DURATION_HINT = 'write a number and one of s, min, h, d, wk, such as "36 h"; months and years have no fixed length'


@frozen(order=True)
class Duration:
    """A length of time: whole `seconds`, and the `text` as its source has it (days stay days).

    It is said as a clinician writes it: of two hours on, minutes are hours, and of two minutes on, seconds are minutes,
    with one decimal at most.
    """

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
        for unit in _SAID_IN.get(self.unit, ()):
            tenths, finer = divmod(10 * self.seconds, SECONDS[unit])
            if tenths >= 20 and not finer:
                return f"{tenths / 10:g} {unit}"
        hours, rest = divmod(self.seconds, SECONDS["h"])
        return f"{hours} h {rest // 60} min" if self.unit == "min" and hours >= 2 else self.text


_SAID_IN = {"min": ("h",), "s": ("h", "min")}
"""The units in which lengths are said that are written in a small one."""


@frozen
class Quantity:
    """An amount: `value` in millionths of `base` (a unit), and its `text` as written.

    `read_as` tells how it was said, where it took something else to turn that into this unit, or rounding.
    """

    value: int
    base: str
    text: str = field(eq=False)
    read_as: str = field(eq=False, default="")

    def __str__(self) -> str:
        return self.text


@frozen
class Limit:
    """A limit as a file writes it: a plain number, or one with its `unit`, as in "15 ng/mg creatinine"."""

    number: float
    unit: str
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def exact(self) -> Fraction:
        """The number as it is written, so that a figure that is the limit is no more and no less."""
        from fractions import Fraction

        return Fraction(self.text.split(" ")[0])


class TooLargeError(UsageError):
    """An amount that is beyond any that can be."""


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
        raise UsageError(f"`{text}` is not a duration", value=text, hint=_as_written(text))
    return Duration(_bounded(int(match[1]) * SECONDS[match[2]], text), text)


def _as_written(text: str) -> str:
    """How a rule file writes what a text says, as a hint."""
    try:
        meant = duration_of(duration(text).seconds).text
        return f'rule files write one whole number, a space and one of s, min, h, d, wk: "{meant}"'
    except UsageError:
        return _DURATION_HINT


@lru_cache(maxsize=4096)
def duration(text: str) -> Duration:
    """A duration as questions write it: "36 h", "1 day 12 hours", "1.5 h", "1,5 h", ISO 8601 "PT36H".

    Raises UsageError.
    """
    given = _spaced(text, "a duration")
    seconds = _iso_seconds(given)
    if seconds is None:
        seconds, end, seen = 0, 0, set[str]()
        while match := _PART.match(given, end):
            end = match.end()
            whole, decimals, spelled = match.groups()
            unit = _SPELLED.get(spelled.lower(), spelled.lower())
            if unit not in SECONDS:
                raise _no_duration(text, given)
            part, finer = divmod(int(whole + (decimals or "")) * SECONDS[unit], 10 ** len(decimals or ""))
            if finer:
                raise UsageError(f"`{text}` is finer than a second", value=text, hint="time counts in whole seconds")
            if unit in seen:
                raise UsageError(f"`{text}` says `{unit}` twice", value=text, hint="write each unit once: 3 h")
            seen.add(unit)
            seconds += part
        if end < len(given) or not given:
            raise _no_duration(text, given)
        given = _DECIMAL_COMMA.sub(".", given)
    return Duration(_bounded(seconds, text), given)


def _no_duration(text: str, given: str) -> UsageError:
    """Why a text is not a duration, with what it looks like."""
    message, hint = f"`{text}` is not a duration", _DURATION_HINT
    if days := in_days(given):
        message, hint = f"{message}: months and years have no fixed length", days
    elif re.fullmatch(r"\d+", given):
        message, hint = f"{message}: it has no unit", f'say which: "{given} h" or "{given} d"'
    elif re.match(r"\d{1,3},\d{3}(?!\d)", given):
        message, hint = f"{message}: its comma may be a decimal point or part thousands", 'write "1000 h" or "1.5 h"'
    elif ends_of_range(given):
        message, hint = f"{message}: it is a range", "give one length"
    return UsageError(message, value=text, hint=hint)


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


def written_quantity(text: str, *bases: str) -> Quantity:
    """An amount as rule files write it, in a unit that belongs to one of `bases`. Raises UsageError."""
    match = _QUANTITY.fullmatch(readable(text, "a number with a unit").strip())
    unit = _unit(match[3]) if match else ""
    if match and (base := next((base for base in bases if unit in UNITS.get(base, {})), None)):
        return Quantity(_exact(match[1], match[2], 10 ** (MICRO + UNITS[base][unit]), text), base, text.strip())
    raise UsageError(f"`{text}` is not a number with a unit", value=text, hint=_known(bases))


@lru_cache(maxsize=4096)
def quantity(text: str, *bases: str) -> Quantity:
    """An amount as questions write it, in a unit that belongs to one of `bases`, in any case. Raises UsageError."""
    given = _spaced(text, "a number with a unit")
    if grouped := _THOUSANDS.match(given):
        given = grouped[0].replace(",", "") + given[grouped.end() :]
    match = _QUANTITY.fullmatch(_joined(given))
    found = None if match is None else factor(match[3], *bases)
    if match is None or found is None:
        raise _no_quantity(text, given, bases)
    (millionths, parts), base = found
    value = _exact(match[1], match[2], millionths, text, parts)
    if parts == 1:
        return Quantity(value, base, text.strip())
    rounded = derived(value, base)
    return Quantity(value, base, text.strip(), f"{given} read as {rounded}")


def factor(unit: str, *bases: str) -> tuple[tuple[int, int], str] | None:
    """How many millionths of one of `bases` a unit of a question is (as numerator and denominator), and of which.

    None where it belongs to none of them.
    """
    for base in bases:
        if found := _FACTORS[base].get(_unit(unit)) or _FACTORS[base].get(_unit(unit.casefold()).casefold()):
            return found, base
    return None


def _no_quantity(text: str, given: str, bases: tuple[str, ...]) -> UsageError:
    """Why a text is no amount."""
    for shape, why, hint in _UNCLEAR:
        if re.fullmatch(shape, given, re.IGNORECASE):
            said = f"`{text}` is not a number with a unit: {why}"
            return UsageError(said, value=text, hint=f"{hint}; {_known(bases)}")
    if _BARE.fullmatch(given):
        said = f"`{text}` is not a number with a unit: {given} of what?"
        return UsageError(said, value=text, hint=f'such as "{given} {bases[0]}"; {_known(bases)}')
    if kind := _other_kind(given, bases):
        meant = " or ".join(f"{_KINDS[base]}: {base}" for base in bases if base in _KINDS)
        return UsageError(f"`{text}` is {kind}, and what is meant here is {meant}", value=text, hint=_known(bases))
    return UsageError(f"`{text}` is not a number with a unit", value=text, hint=_known(bases))


_KINDS = {
    FLUID: "mass per volume, as of a fluid",
    SOLID: "mass per mass, as of hair",
    PER_CREATININE: "mass per mass of creatinine",
    PER_PATCH: "mass per patch",
    PER_PAD: "mass per pad",
    PER_MILLE: "mass per mass of a fluid",
}


def _other_kind(given: str, bases: tuple[str, ...]) -> str | None:
    """Which kind of concentration a text is, where one of another kind is meant."""
    match = _QUANTITY.fullmatch(given)
    kinds = (kind for base, kind in _KINDS.items() if base not in bases and match and factor(match[3], base))
    return next(kinds, None) if _KINDS.keys() & set(bases) else None


def _known(bases: Iterable[str]) -> str:
    kinds = [base for base in bases if base in CONCENTRATIONS]
    told = f"; these are of {len(kinds)} kinds that do not compare: {', '.join(kinds)}" if len(kinds) > 1 else ""
    return f"units: {' '.join(sorted({unit for base in bases for unit in UNITS.get(base, (base,))}))}{told}"


def per_kilogram(dose: Quantity, weight: Quantity) -> Quantity:
    """A dose in mg as mg/kg, rounded to a millionth."""
    return derived(divided(dose.value, weight.value), DOSE_PER_KG)


def total(dose_per_kg: Quantity, weight: Quantity) -> Quantity:
    """A dose in mg/kg as mg, rounded to a millionth."""
    return derived(multiplied(dose_per_kg.value, weight.value), DOSE)


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
    found = derived(amount.value, amount.base)
    return evolve(found, read_as=amount.read_as) if amount.read_as else found


@lru_cache(maxsize=4096)
def derived(value: int, base: str) -> Quantity:
    """An amount of so many millionths, written in its base unit."""
    return Quantity(value, base, f"{figure(value)} {base}")


def well_read(dose: str) -> str:
    """A dose as people read it: one of many mg in g."""
    amount = quantity(dose, DOSE)
    return f"{figure(amount.value // 1000)} g" if amount.value >= 10_000 * ONE else dose


def figure(value: int) -> str:
    """Millionths as a decimal number."""
    whole, millionths = divmod(value, ONE)
    return f"{whole}.{millionths:06d}".rstrip("0").rstrip(".")


def _unit(written: str) -> str:
    unit = written.replace("µ", "u").replace("μ", "u").replace("mcg", "ug")
    return re.sub(r"/([mu]?)l$", r"/\1L", unit)


def _joined(given: str) -> str:
    """An amount whose unit is one word: `g per 210 L` is `g/210L`."""
    return re.sub(r"/(210) (?=l)", r"/\1", given.replace(" per ", "/").replace(" / ", "/"), flags=re.IGNORECASE)


def _spaced(text: str, what: str) -> str:
    """A text with plain single spaces alone, whatever spaces it was written with."""
    return " ".join(readable(text, what).split())


def _exact(whole: str, decimals: str | None, millionths: int, text: str, parts: int = 1) -> int:
    """A decimal number of units as millionths; it is rounded only where the unit itself is no whole number of these."""
    given, divisor = int(whole + (decimals or "")) * millionths, parts * 10 ** len(decimals or "")
    value: int = (2 * given + divisor) // (2 * divisor)
    if given % divisor and parts == 1:
        raise UsageError(f"`{text}` is finer than ketref computes with", value=text, hint="round it")
    if value > LARGEST_AMOUNT:
        hint = "check the number and its unit"
        raise TooLargeError(f"`{text}` is larger than ketref computes with", value=text, hint=hint)
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


def _millionths(*tables: Mapping[str, int], times: int = 1) -> dict[str, tuple[int, int]]:
    """Of units with their powers of ten how many millionths they are, by the unit in small letters."""
    return {unit.casefold(): (times * 10 ** (MICRO + power), 1) for table in tables for unit, power in table.items()}


def _rates(doses: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {
        f"{unit}/{time}": (n * 10 ** (MICRO + power), 1) for unit, power in doses.items() for time, n in _TIMES.items()
    }


_FACTORS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    FLUID: _millionths(_FLUID, _FLUID_TOO),
    SOLID: _millionths(_SOLID, _SOLID_TOO),
    DOSE: _millionths(_DOSE),
    DOSE_PER_KG: _millionths(_DOSE_PER_KG),
    WEIGHT: {**_millionths(_WEIGHT), **dict.fromkeys(("lb", "lbs", "pound", "pounds"), _POUND)},
    MOLAR_FLUID: {**_millionths(_MOLAR_FLUID), **{unit: (10 ** (MICRO + power), 1) for unit, power in _MOLAR.items()}},
    MOLAR_SOLID: _millionths(_MOLAR_SOLID),
    PER_CREATININE: _millionths(_PER_CREATININE),
    PER_PATCH: _millionths(_PER_PATCH),
    PER_PAD: _millionths(_PER_PAD),
    PER_MILLE: _millionths(_PER_MILLE, _PER_MILLE_TOO),
    PER_BREATH: _millionths(_PER_BREATH),
    RATE: _rates(_DOSE),
    RATE_PER_KG: _rates(_DOSE_PER_KG),
}
"""Of each base unit, the units of questions, in small letters, each with the millionths of the base that it is."""
