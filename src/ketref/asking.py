"""What does each row of a table of many questions ask?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ketref import units
from ketref.amounts import Amounts, CutoffCoder, DoseCoder, written
from ketref.coding import Array, Coder, WordCoder
from ketref.combining import Combinations, Said
from ketref.conditions import Cell
from ketref.elapsing import Durations, Elapsed, InfusionCoder
from ketref.errors import UsageError
from ketref.frames import Column, Frame
from ketref.loading import Book
from ketref.model import TERM_AXES
from ketref.table import Table
from ketref.understanding import understand
from ketref.units import Duration

TEST = ("matrix", "analyte", "method", "cutoff", "cutoff_unit")
DOSE = ("substance", "route", "pattern", "dose", "dose_unit", "weight", "weight_unit", "infusion", "duration")
TIME = ("since", "taken", "at")
_LASTED = Duration(0, "0 s")


def coders(book: Book, columns: Mapping[str, Column], tables: Sequence[Table]) -> dict[str, Coder]:
    """What reads those columns that decide which rules govern; the `tables` tell which amounts are told apart."""
    found: dict[str, Coder] = {}
    if "substance" in columns:
        found["substance"] = WordCoder(columns["substance"], tuple(book.substances), lambda w: book.substance(w).id)
    for axis in TERM_AXES:
        if axis in columns:
            vocabulary = book.vocabularies[axis]
            found[axis] = WordCoder(columns[axis], tuple(vocabulary.terms), vocabulary.resolve)
    if "cutoff" in columns:
        amounts = Amounts(columns["cutoff"], columns.get("cutoff_unit"), (units.FLUID, units.SOLID))
        found["cutoff"] = CutoffCoder(amounts, told_apart(tables, "cutoff"))
    if "dose" in columns or "weight" in columns:
        bases = (units.DOSE, units.DOSE_PER_KG)
        doses = Amounts(columns["dose"], columns.get("dose_unit"), bases) if "dose" in columns else None
        weights = None
        if "weight" in columns:
            weights = Amounts(columns["weight"], columns.get("weight_unit"), (units.WEIGHT,), units.WEIGHT)
        found["dose"] = DoseCoder(doses, weights, told_apart(tables, "dose"), told_apart(tables, "dose_per_kg"))
    if lasting := lasting_column(columns):
        found["infusion"] = InfusionCoder(Durations(lasting))
    return found


def lasting_column(columns: Mapping[str, Column]) -> Column | None:
    """The column that tells how long an administration took."""
    if "infusion" in columns and "duration" in columns:
        raise UsageError("`infusion` and `duration` are two names of one column", hint="keep one of them")
    return columns.get("infusion", columns.get("duration"))


def told_apart(tables: Sequence[Table], axis: str) -> list[int]:
    """The amounts on an axis at which the rules of some tables begin or stop to hold."""
    return sorted({amount for table in tables for amount in table.amounts(axis)})


def cell_of(book: Book, said: Said) -> Cell:
    """What a combination asks of the tables. Raises UsageError where its parts do not go together."""
    words = {axis: said[axis] for axis in (*TERM_AXES, "cutoff") if axis in said}
    lasted = _LASTED if said.get("infusion") else None
    question = understand(book, said["substance"], **words, infusion=lasted)
    dose, dose_per_kg = said.get("dose", (None, None))
    return question.cell._replace(dose=dose, dose_per_kg=dose_per_kg)


class Questions:
    """A table of questions, read in blocks of rows.

    `required` columns must be there and hold no null, besides those that tell the time. Raises UsageError where a
    column is missing or holds what it never can.
    """

    def __init__(
        self, book: Book, frame: Frame, required: Collection[str], tables: Callable[[], Sequence[Table]]
    ) -> None:
        self.book = book
        self.frame = frame
        self._required = required
        columns = frame.columns
        for name in required:
            if name not in columns:
                there = ", ".join(f"`{column}`" for column in columns) or "none that is known"
                raise UsageError(f"the column `{name}` is missing", value=name, hint=f"columns: {there}")
        amounts = {"cutoff", "dose", "weight"} & set(columns)
        found = coders(book, columns, tables() if amounts else ())
        self.combinations = Combinations(found)
        lasting = found.get("infusion")
        self._lasting = lasting.durations if isinstance(lasting, InfusionCoder) else None
        self._elapsed = Elapsed(*(columns.get(name) for name in TIME))

    def cell(self, said: Said | None) -> tuple[Said, Cell] | None:
        """What a combination says and asks of the tables; None where it is refused."""
        if said is None or any(name not in said for name in self._required):
            return None
        try:
            return said, cell_of(self.book, said)
        except UsageError:
            return None

    def elapsed(self, start: int, stop: int) -> tuple[Array, Array]:
        """The shortest and the longest elapsed seconds of each row; the longest is negative where refused."""
        shortest, longest = self._elapsed.read(start, stop)
        whole = _all_rows(longest, stop - start)
        return (whole if shortest is longest else _all_rows(shortest, stop - start)), whole

    def lasted(self, start: int, stop: int) -> Array | None:
        """The seconds that the administration of each row took, `course.UNSAID` where not said; None if none is."""
        if self._lasting is None:
            return None
        return _all_rows(self._lasting.read(start, stop)[0], stop - start)

    def reason(self, row: int) -> str:
        """Why a row is refused, in the words in which the question alone would be."""
        return reason(self.frame, row, self._ask)

    def _ask(self, given: dict[str, Any]) -> None:
        for name in self._required:
            if given[name] is None:
                raise UsageError(f"`{name}` is null")
        if all(given.get(name) is None for name in TIME):
            raise UsageError(f"`{'since' if 'since' in given else 'taken'}` is null")
        understand(self.book, given.pop("substance"), **_alone(given))


def reason(frame: Frame, row: int, ask: Callable[[dict[str, Any]], None]) -> str:
    """Why a row is refused, in the words in which what it says would be where it is asked alone."""
    try:
        given = {name: column.value(0 if column.constant else row) for name, column in frame.columns.items()}
    except (OverflowError, ValueError):  # a time that Python cannot hold
        return "out of range"
    try:
        ask(given)
    except UsageError as error:
        return f"{error}; {error.hint}" if error.hint else str(error)
    return "out of range"


def _alone(given: dict[str, Any]) -> dict[str, Any]:
    """The values of a row as one question says them."""
    for name, default in (("cutoff", None), ("dose", None), ("weight", units.WEIGHT)):
        unit = given.pop(f"{name}_unit", None)
        if given.get(name) is not None:
            given[name] = written(given[name], unit, default)
    if "duration" in given:
        given["infusion"] = given.pop("duration")
    return given


def _all_rows(values: Array, rows: int) -> Array:
    return values if len(values) == rows else np.full(rows, values[0])
