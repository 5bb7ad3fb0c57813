"""Which combinations of what is said do the rows of many questions make, and what does each ask?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import prod
from threading import Lock
from typing import Any

import numpy as np

from ketref.answers.question import (
    AT_ONCE,
    longest_of,
    product_of,
    products_of,
    read_as_product,
    understand,
)
from ketref.answers.segments import segment
from ketref.book.loading import Book, kept
from ketref.bulk.columns.amounts import Amounts, CutoffCoder, DoseCoder, Limits
from ketref.bulk.columns.distinct import FIRST_DIGIT, REFUSED_DIGIT, ROOM, Array, Coder, WordCoder
from ketref.bulk.columns.durations import Durations, InfusionCoder, Lasting
from ketref.bulk.compiling import compiled, sealed, unsigned
from ketref.bulk.frames import Column
from ketref.engine.conditions import UNBOUNDED, Cell, expand
from ketref.engine.table import Row, Table
from ketref.errors import RulesError, UsageError
from ketref.model import units
from ketref.model.axes import OF_SPECIMEN, TERM_AXES, UNITS

DENSE = 1 << 20  # numbers up to which a table holds the id of each; beyond, those that occur are sorted
NEVER_MET = -1  # instead of an id
Said = Mapping[str, Any]


class Combinations:
    """The combinations of several coders, by name, in the order in which they are met."""

    def __init__(self, coders: Mapping[str, Coder]) -> None:
        self.said: list[Said | None] = []  # per id; None: something is refused
        self.by_product = False  # whether a row has the route that the product it names brings
        self._coders = coders
        self._strides = dict(zip(coders, _strides([coder.radix for coder in coders.values()]), strict=True))
        self._count = prod(coder.radix for coder in coders.values())
        if self._count >= ROOM:
            raise OverflowError("too many combinations")
        self._ids = np.full(self._count, NEVER_MET, np.int32) if self._count <= DENSE else None
        self._sorted = np.zeros(0, np.int64), np.zeros(0, np.int32)
        self._meeting = Lock()

    def ids(self, start: int, stop: int) -> Array:
        """The id of the combination of each row: an index into `said`, uint32."""
        numbers: Array = np.zeros(stop - start, np.uint32 if self._count <= DENSE else np.int64)
        alike: dict[object, list[tuple[Array, Array]]] = {}  # columns whose codes are of one type are gone through once
        for name, coder in self._coders.items():
            codes, digits = coder.codes(start, stop)
            stride = self._strides[name]
            if len(codes) != len(numbers):
                numbers += numbers.dtype.type(stride * int(codes[0] if digits is None else digits[codes[0]]))
            elif digits is None:
                numbers += (codes * stride).astype(numbers.dtype)
            else:
                alike.setdefault(codes.dtype, []).append((sealed(codes), (digits * stride).astype(numbers.dtype)))
        for columns in alike.values():
            compiled(add)(*zip(*columns, strict=True), numbers)
        ids = np.empty(len(numbers), np.int32)
        if self._look_up(numbers, ids):
            self._meet(self._distinct(numbers[ids == NEVER_MET]))
            self._look_up(numbers, ids)
        return unsigned(ids)

    def _distinct(self, numbers: Array) -> Array:
        if self._ids is None:
            return np.unique(numbers)
        there = np.zeros(self._count, bool)
        there[numbers] = True
        return np.flatnonzero(there)

    def _look_up(self, numbers: Array, ids: Array) -> int:
        """Write the id of each number, `NEVER_MET` where it was never met; how many those are."""
        if self._ids is not None:
            return int(compiled(look_up)(numbers, self._ids, ids))
        known, met = self._sorted
        places = np.searchsorted(known, numbers)
        there = np.append(known, NEVER_MET)[places] == numbers
        ids[:] = np.where(there, np.append(met, NEVER_MET)[places], NEVER_MET)
        return int(len(there) - np.count_nonzero(there))

    def _meet(self, numbers: Array) -> None:
        with self._meeting:
            before_us = np.empty(len(numbers), np.int32)
            self._look_up(numbers, before_us)
            fresh = numbers[before_us == NEVER_MET]
            ids = np.arange(len(self.said), len(self.said) + len(fresh), dtype=np.int32)
            self.said.extend(self._decoded(number) for number in fresh.tolist())
            if self._ids is not None:
                self._ids[fresh] = ids
            else:
                known, before = self._sorted
                known, before = np.concatenate([known, fresh]), np.concatenate([before, ids])
                order = np.argsort(known)
                self._sorted = known[order], before[order]

    def _decoded(self, number: int) -> Said | None:
        said: dict[str, Any] = {}
        product = None
        for name, coder in self._coders.items():
            digit = number // self._strides[name] % coder.radix
            if digit == REFUSED_DIGIT:
                return None
            if digit >= FIRST_DIGIT:
                said[name] = coder.said(digit)
                if isinstance(coder, SubstanceCoder):
                    product = coder.brings(digit)
        if product and "route" not in said:
            said["route"] = product
            self.by_product = True
        return said


def _strides(radices: list[int]) -> list[int]:
    strides = [1]
    for radix in radices[:-1]:
        strides.append(strides[-1] * radix)
    return strides


# ---------------------------------------------------------------- compiled


def add(codes: Sequence[Array], digits: Sequence[Array], numbers: Array) -> None:
    """Add the digits of the codes of some columns to the number of each row."""
    for i in range(len(numbers)):
        number = numbers[i]
        for column in range(len(codes)):
            number += digits[column][codes[column][i]]
        numbers[i] = number


def look_up(numbers: Array, met: Array, ids: Array) -> int:
    """Write the id of each number, by a table of all numbers; how many of them are not known."""
    unknown = 0
    for i in range(len(numbers)):
        ids[i] = met[numbers[i]]
        unknown += ids[i] < 0
    return unknown


def coders(
    book: Book,
    columns: Mapping[str, Column],
    tables: Sequence[Table],
    substance: WordCoder | None = None,
    lasting: Lasting | None = None,
    sources: bool = False,
) -> dict[str, Coder]:
    """What reads those columns that decide which rules govern; the `tables` tell which amounts are told apart.

    `substance` reads that column, where one does; `lasting` tells how long each administration took, where that is not
    just a column. `sources`: amounts that conditions of their sources name are told apart too.
    """
    found: dict[str, Coder] = {}
    said = lasting_column(columns)
    lasting = Durations(said) if said is not None else lasting
    if substance is not None:
        found["substance"] = substance
    for axis in TERM_AXES:
        if axis in columns:
            vocabulary = book.vocabularies[axis]
            found[axis] = WordCoder(columns[axis], tuple(vocabulary.terms), vocabulary.resolve)
    if "cutoff" in columns:
        amounts = Amounts(columns["cutoff"], columns.get("cutoff_unit"), CutoffCoder.bases)
        masses = [*[0] * FIRST_DIGIT, *(round((term.molar_mass or 0) * units.ONE) for term in book.terms.analyte)]
        apart, limits = told_apart(tables, "cutoff", sources), Limits(book, UNITS["cutoff"])
        found["cutoff"] = CutoffCoder(amounts, apart, limits, found.get("analyte"), masses)
    if "dose" in columns or "weight" in columns:
        doses = Amounts(columns["dose"], columns.get("dose_unit"), DoseCoder.bases) if "dose" in columns else None
        weights = None
        if "weight" in columns:
            weights = Amounts(columns["weight"], columns.get("weight_unit"), (units.WEIGHT,), units.WEIGHT)
        named = told_apart(tables, "dose", sources), told_apart(tables, "dose_per_kg", sources)
        possible = Limits(book, (units.DOSE, units.DOSE_PER_KG)), Limits(book, (units.WEIGHT,))
        found["dose"] = DoseCoder(doses, weights, lasting, *named, *possible)
    if lasting is not None:
        found["infusion"] = InfusionCoder(lasting, lengths_told_apart(book, tables))
    return found


class SubstanceCoder(WordCoder):
    """A column of substances: one digit each, and a further one for each route that a product of it brings."""

    def __init__(self, book: Book, column: Column) -> None:
        self._book = book
        self._meant = _substances_and_products(book)
        self._of_product = {meant: digit for digit, meant in enumerate(self._meant, start=FIRST_DIGIT)}
        self._read_as: dict[str, str] = {}
        super().__init__(column, book.folders, lambda word: book.substance(word).id)
        self.radix = FIRST_DIGIT + len(self._meant)

    def said(self, digit: int) -> str:
        """The substance."""
        return self._meant[digit - FIRST_DIGIT][0]

    def brings(self, digit: int) -> str | None:
        """The route that the product brings which a digit from `FIRST_DIGIT` on stands for."""
        return self._meant[digit - FIRST_DIGIT][1]

    def named(self, blocks: Iterable[tuple[int, int]]) -> list[str]:
        """The substances that the rows of some blocks name, in the order of the book."""
        return list(dict.fromkeys(super().named(blocks)))

    def texts(self) -> Iterator[str]:
        """How the products are read that rows name, in a sentence each."""
        yield from (f"where a row says no `route`: {text}" for text in self._read_as.values())

    def _digit(self, word: object) -> list[int]:
        try:
            of = self._book.substance(word).id
        except UsageError:
            return [REFUSED_DIGIT]
        product = product_of(self._book, of, word)
        if product is None:
            return [self._of_product[of, None]]
        self._read_as[str(word)] = read_as_product(word, of, product)
        return [self._of_product[of, product.route]]


@kept
def _substances_and_products(book: Book) -> list[tuple[str, str | None]]:
    """The substances, each followed by itself with each route that a product of it brings."""
    found: dict[tuple[str, str | None], None] = {}
    for name in book.folders:
        found[name, None] = None
        with suppress(RulesError):  # whoever asks about a substance that is not sound is told so then
            found |= dict.fromkeys((name, one.route) for one in products_of(book, name).values())
    return list(found)


def lasting_column(columns: Mapping[str, Column]) -> Column | None:
    """The column that tells how long an administration took."""
    if "infusion" in columns and "duration" in columns:
        raise UsageError("`infusion` and `duration` are two names of one column", hint="keep one of them")
    return columns.get("infusion", columns.get("duration"))


def told_apart(tables: Sequence[Table], axis: str, sources: bool = False) -> list[int]:
    """The amounts on an axis at which the rules of some tables, or their sources too, begin or stop to hold."""
    named = {amount for table in tables for amount in table.amounts(axis)}
    return sorted(named | {n for table in tables for n in of_sources(table, axis)} if sources else named)


def of_sources(table: Table, axis: str) -> Iterator[int]:
    """The amounts on an axis that the conditions of the sources of a table's rules name."""
    for atom in table.atoms:
        for entry in atom.ranked.rule.evidence:
            for conditions in expand(entry.when):
                named = getattr(conditions, axis) or ()
                yield from (n for n in (named if isinstance(named, tuple) else (named,)) if n < UNBOUNDED)


def lengths_told_apart(book: Book, tables: Sequence[Table]) -> list[int]:
    """The seconds of administration beyond which a dose is asked otherwise, or refused."""
    longest = {length.seconds for length in longest_of(book).values()}
    return sorted({AT_ONCE, *longest, *(seconds for table in tables for seconds in table.durations())})


def cell_of(book: Book, said: Said) -> Cell:
    """What a combination asks of the tables. Raises UsageError where its parts do not go together."""
    words = ((axis, said[axis]) for axis in (*TERM_AXES, "cutoff", *OF_SPECIMEN, "infusion") if axis in said)
    dose, dose_per_kg = said.get("dose", (None, None))
    return _undosed(book, said["substance"], tuple(words))._replace(dose=dose, dose_per_kg=dose_per_kg)


@kept
def _undosed(book: Book, substance: str, words: tuple[tuple[str, Any], ...]) -> Cell:
    return understand(book, substance, **dict(words)).cell


def course_of(book: Book, row: Row, said: Said) -> Sequence[int]:
    """The course of a row of a table, in the segment that a combination names."""
    if "segment" not in said:
        return row.course
    return segment(book, said["matrix"], said["segment"]).course(row.stated)[0]
