"""How much is meant by the rows of a column of cutoffs, doses or weights, as far as rules tell amounts apart?

An amount is text with its unit, or a number (as such or as text) beside a column of units. Amounts are millionths of a
base unit, as in `units`. Numbers that are no decimals are rounded to the nearest millionth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen

from ketref.book.loading import ANY_AMOUNT, Book
from ketref.bulk.columns.distinct import (
    BAD,
    FIRST_DIGIT,
    NONE,
    REFUSED_DIGIT,
    ROOM,
    UNSAID_DIGIT,
    Array,
    Coder,
    Distinct,
    Meanings,
    is_distinct,
)
from ketref.bulk.columns.durations import Lasting
from ketref.bulk.frames import Column
from ketref.errors import UsageError, quoted
from ketref.model import conversions, units
from ketref.model.axes import UNITS
from ketref.model.units import Quantity


class Amounts:
    """The rows of a column as amounts, each in one of some base units.

    `unit` is the column of units, `default` the unit of numbers where there is no such column.
    """

    def __init__(self, column: Column, unit: Column | None, bases: Sequence[str], default: str | None = None) -> None:
        self.bases = bases
        self._column = column
        self._default = default
        kind = column.type
        self._numbers = kind is not None and (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        )
        if not self._numbers and not is_distinct(column):
            raise UsageError(f"the column `{column.name}` holds {kind}, not amounts", value=column.name)
        if self._numbers and unit is None and default is None:
            hint = f'add a column `{column.name}_unit`, or write text such as "25 {bases[0]}"'
            raise UsageError(f"the column `{column.name}` needs a unit", value=column.name, hint=hint)
        if unit is not None and not is_distinct(unit):
            raise UsageError(f"the column `{unit.name}` holds {unit.type}, not units", value=unit.name)
        self._units = None if unit is None else Distinct(unit)
        self._unit_silent = column.silent if unit is None else unit.silent
        self._distinct = Distinct(column)
        self._meanings = Meanings(column, lambda value: self._meant(value, None), [NONE, 0])
        self._pairs: dict[str | Quantity, list[int]] = {}

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """Of each row the amount (`NONE`: unsaid, `BAD`: refused) and the number of its base unit; or one for all."""
        if self._numbers:
            return self._of_numbers(start, stop)
        if self._units is None:
            amounts, bases = self._meanings.rows(start, stop)
            return amounts, bases
        codes, values, _ = self._distinct.codes(start, stop)
        of_units, known, _ = self._units.codes(start, stop)
        pairs, places = np.unique(codes.astype(np.int64) * len(known) + of_units, return_inverse=True)
        meant = [self._pair(values[pair // len(known)], known[pair % len(known)]) for pair in pairs.tolist()]
        amounts, bases = np.array(meant, np.int64).reshape(-1, 2).T[:, places]
        return amounts, bases

    def _pair(self, value: Any, unit: Any) -> list[int]:
        if value is None or self._column.silent(value):
            return [NONE, 0]
        try:
            text = written(value, None if unit is None or self._unit_silent(unit) else unit, self._default)
        except UsageError:
            return [BAD, 0]
        if text not in self._pairs:
            self._pairs[text] = self._meant(text, None)
        return self._pairs[text]

    def _meant(self, value: Any, unit: Any) -> list[int]:
        try:
            text = written(value, unit, self._default)
            amount = text if isinstance(text, Quantity) else units.quantity(text, *self.bases)
            return [amount.value, self.bases.index(amount.base)]
        except UsageError:
            return [BAD, 0]

    def _of_numbers(self, start: int, stop: int) -> tuple[Array, Array]:
        numbers = self._column.part(start, stop)[1].cast(pa.float64(), safe=False)
        null = numbers.is_null().to_numpy(zero_copy_only=False)
        values = numbers.fill_null(0).to_numpy(zero_copy_only=False)
        codes: Array = np.zeros(1, np.int64)
        known: Sequence[Any] = [self._default]
        if self._units is not None:
            codes, known = self._units.codes(start, stop)[:2]
        factors = [self._factor(unit) for unit in known]
        scales = np.array([scale for scale, _ in factors])[codes]
        bases = np.array([base for _, base in factors], np.int64)[codes]
        with np.errstate(all="ignore"):
            exact = values * scales
            rounded = np.rint(exact)
            fine = (scales > 0) & (exact >= 0) & (rounded <= units.LARGEST_AMOUNT) & ((rounded > 0) | (exact == 0))
        amounts = np.where(null, NONE, np.where(fine, rounded, BAD)).astype(np.int64)
        return amounts, bases

    def _factor(self, unit: Any) -> tuple[float, int]:
        """How many millionths of a base unit a unit is, 0 where it is none, and the number of that base."""
        if unit is None or self._unit_silent(unit):
            unit = self._default
        found = units.factor(unit.strip(), *self.bases) if isinstance(unit, str) else None
        if found is None:
            return 0.0, 0
        (millionths, parts), base = found
        return millionths / parts, self.bases.index(base)


def written(value: Any, unit: Any, default: str | None = None) -> str | Quantity:
    """What a question that asks alone would say for a value and its unit. Raises UsageError where it has no unit."""
    if isinstance(value, Quantity):
        return value
    bare = not isinstance(value, str)
    if isinstance(value, bool) or (bare and not isinstance(value, int | float | Decimal)):
        raise UsageError(f"`{quoted(value)}` is not an amount", value=value)
    text = f"{value:f}" if isinstance(value, float | Decimal) else units.text_of(value).strip()
    if isinstance(unit, str) and not unit.strip():
        unit = None
    if unit is None and (bare or text.replace(".", "", 1).isdecimal()):
        unit = default
    if unit is None and bare:
        raise UsageError(f"`{quoted(value)}` needs a unit", value=value)
    return text if unit is None else f"{text} {units.text_of(unit)}"


class Limits:
    """What amounts can be, in each of some base units: more than `above`, at most `most`; all else is refused."""

    def __init__(self, book: Book, bases: Sequence[str]) -> None:
        self._above, self._most = np.array([book.limits.get(base, ANY_AMOUNT) for base in bases], np.int64).T

    def kept(self, amounts: Array, bases: Array) -> tuple[Array, Array]:
        """The amounts, `BAD` where they cannot be, and the numbers of their base units."""
        beyond = (amounts >= 0) & ((amounts <= self._above[bases]) | (amounts > self._most[bases]))
        return (np.where(beyond, BAD, amounts) if beyond.any() else amounts), bases


# ---------------------------------------------------------------- as far as rules tell them apart


class Bins:
    """The amounts that rules tell apart: one bin for each amount that they name, one for all between two of these."""

    def __init__(self, named: Sequence[int]) -> None:
        self._named = np.array(sorted(set(named)), np.int64)
        self.count = 2 * len(self._named) + 1

    def of(self, amounts: Array) -> Array:
        """The bin of each amount."""
        return np.searchsorted(self._named, amounts, "left") + np.searchsorted(self._named, amounts, "right")

    def amount(self, number: int) -> int:
        """An amount of a bin."""
        if number % 2:
            return int(self._named[number // 2])
        return int(self._named[number // 2 - 1]) + 1 if number else 0


class CutoffCoder:
    """A column of cutoffs: one digit for each bin of each base unit.

    Molar ones are turned into mass by the molar mass of the analyte of the row: that of each digit of `analytes`, in
    millionths of g/mol, 0 where none is known.
    """

    bases = (*UNITS["cutoff"], *conversions.MOLAR_OF.values())

    def __init__(
        self, amounts: Amounts, named: Sequence[int], limits: Limits, analytes: Coder | None, masses: Sequence[int]
    ) -> None:
        self._amounts = amounts
        self._limits = limits
        self._bins = Bins(named)
        self._analytes = analytes
        self._masses = np.array(masses, np.int64)
        self.radix = FIRST_DIGIT + len(UNITS["cutoff"]) * self._bins.count

    def codes(self, start: int, stop: int) -> tuple[Array, None]:
        """See `Coder`."""
        amounts, bases = self._weighed(*self._amounts.read(start, stop), start, stop)
        amounts, bases = self._limits.kept(amounts, bases)
        digits = FIRST_DIGIT + bases * self._bins.count + self._bins.of(amounts)
        return np.where(amounts == NONE, UNSAID_DIGIT, np.where(amounts == BAD, REFUSED_DIGIT, digits)), None

    def said(self, digit: int) -> Quantity:
        """A cutoff of the bin."""
        base, number = divmod(digit - FIRST_DIGIT, self._bins.count)
        return Quantity(self._bins.amount(number), UNITS["cutoff"][base], "")

    def _weighed(self, amounts: Array, bases: Array, start: int, stop: int) -> tuple[Array, Array]:
        """The amounts in units of mass."""
        if not (bases >= len(UNITS["cutoff"])).any():
            return amounts, bases
        digits: Array = np.full(1, UNSAID_DIGIT)
        if self._analytes is not None:
            codes, meant = self._analytes.codes(start, stop)
            digits = codes if meant is None else meant[codes]
        amounts, bases, mass = np.broadcast_arrays(amounts, bases, self._masses[digits])
        for number, base in enumerate(conversions.MOLAR_OF):
            molar = bases == len(UNITS["cutoff"]) + number
            made = _exact(partial(conversions.weighed, base=base), amounts, mass)
            amounts = np.where(molar & (amounts >= 0), np.where(mass > 0, made, BAD), amounts)
        return amounts, bases % len(UNITS["cutoff"])


@frozen(eq=False)
class Given:
    """Doses in mg and in mg/kg and weights, in millionths (`NONE`: not known); which are refused; or one for all."""

    mass: Array
    per_kg: Array
    weight: Array
    refused: Array


class DoseCoder:
    """Columns of doses and weights: one digit for each pair of a bin in mg and one in mg/kg, either perhaps unsaid.

    A rate is a dose where the row tells how long it was given.
    """

    bases = (units.DOSE, units.DOSE_PER_KG, *conversions.OF_RATE)

    def __init__(
        self,
        doses: Amounts | None,
        weights: Amounts | None,
        lasting: Lasting | None,
        named: Sequence[int],
        named_per_kg: Sequence[int],
        limits: Limits,
        weight_limits: Limits,
    ) -> None:
        self._limits, self._weight_limits = limits, weight_limits
        self._doses = doses
        self._weights = weights
        self._lasting = lasting
        self._mass, self._per_kg = Bins(named), Bins(named_per_kg)
        self._wide = FIRST_DIGIT + self._per_kg.count
        self.radix = (FIRST_DIGIT + self._mass.count) * self._wide
        self._coded: dict[tuple[int, int], Given] = {}

    def codes(self, start: int, stop: int) -> tuple[Array, None]:
        """See `Coder`."""
        given = self._coded[start, stop] = self.read(start, stop)
        return np.where(given.refused, REFUSED_DIGIT, self.digits(given.mass, given.per_kg)), None

    def coded(self, start: int, stop: int) -> Given:
        """What was read of rows that were coded, once."""
        return self._coded.pop((start, stop))

    def read(self, start: int, stop: int) -> Given:
        """What the rows say."""
        unsaid = np.full(1, NONE), np.zeros(1, np.int64)
        dose, base = self._doses.read(start, stop) if self._doses else unsaid
        dose, base = self._limits.kept(*self._given(dose, base, start, stop))
        weight, _ = self._weight_limits.kept(*(self._weights.read(start, stop) if self._weights else unsaid))
        dose, base, body = np.broadcast_arrays(dose, base, weight)
        both = (dose >= 0) & (body > 0)
        by_weight = np.where(base == 0, _exact(units.divided, dose, body), _exact(units.multiplied, dose, body))
        other = np.where(both, by_weight, NONE)
        mass, per_kg = np.where(base == 0, dose, other), np.where(base == 0, other, dose)
        return Given(mass, per_kg, weight, (dose == BAD) | (weight == BAD))

    def digits(self, mass: Array, per_kg: Array) -> Array:
        """The digit of each dose in mg and mg/kg, in millionths."""
        return self._digits(self._mass, mass) * self._wide + self._digits(self._per_kg, per_kg)

    def said(self, digit: int) -> tuple[int | None, int | None]:
        """An amount in mg and one in mg/kg, in millionths."""
        mass, per_kg = divmod(digit, self._wide)
        return (
            self._mass.amount(mass - FIRST_DIGIT) if mass >= FIRST_DIGIT else None,
            self._per_kg.amount(per_kg - FIRST_DIGIT) if per_kg >= FIRST_DIGIT else None,
        )

    def _given(self, dose: Array, base: Array, start: int, stop: int) -> tuple[Array, Array]:
        """The doses, of which those that are rates were given for as long as the administration took."""
        rate = base >= len(conversions.OF_RATE)
        if not rate.any():
            return dose, base
        seconds = self._lasting.read(start, stop)[0] if self._lasting else np.full(1, NONE)
        dose, rate, seconds = np.broadcast_arrays(dose, rate, seconds)
        made = np.where(seconds > 0, _exact(conversions.lasting, dose, seconds), 0)
        given = np.where(rate & (dose >= 0), np.where(seconds >= 0, made, BAD), dose)
        return given, base % len(conversions.OF_RATE)

    def _digits(self, bins: Bins, amounts: Array) -> Array:
        return np.where(amounts < 0, UNSAID_DIGIT, FIRST_DIGIT + bins.of(amounts))


def _exact(formula: Callable[[Array, Array], Array], dose: Array, weight: Array) -> Array:
    """A formula of `units` or `conversions` on whole numbers, in Python's where those of the machine are too short."""
    dose, weight = np.maximum(dose, 0), np.maximum(weight, 1)
    if dose.size and 2 * int(dose.max()) * max(int(weight.max()), units.ONE) >= ROOM:
        found = formula(dose.astype(object), weight.astype(object))
        return np.minimum(found, ROOM).astype(np.int64)
    return formula(dose, weight)
