"""Which small number stands for what each row of a column means?

A coder turns the rows of one column (or of a column and those it belongs with) into digits: 0 is unsaid, 1 refused,
and from 2 on each digit is something that a question can say. What a value means is asked once for each distinct value,
never for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.bulk.columns.texts import Spellings
from ketref.bulk.compiling import at_once, compiled, sealed, threads, unsigned
from ketref.bulk.frames import Column
from ketref.errors import UsageError

Array = np.ndarray[Any, Any]
UNSAID_DIGIT, REFUSED_DIGIT, FIRST_DIGIT = 0, 1, 2
NONE = -1  # instead of the number of anything: it is not said, or there is none
BAD = -2  # instead of the number of what is refused
ROOM = 1 << 62  # integers of eight bytes below it can be added up


def extremes(values: Array) -> tuple[int, int]:
    """The least and the greatest of some integers of eight bytes; both 0 where there are none."""
    return compiled(least_and_greatest)(sealed(np.ascontiguousarray(values))) if len(values) else (0, 0)


class Coder(Protocol):
    """What every column that decides which rules govern is read by."""

    @property
    def radix(self) -> int:
        """One more than the highest digit."""

    def codes(self, start: int, stop: int) -> tuple[Array, Array | None]:
        """Codes of the rows (one for all, if the column is constant), and the digit of each; None: they are digits."""

    def said(self, digit: int) -> Any:
        """What a digit from `FIRST_DIGIT` on stands for."""


class Distinct:
    """The rows of a column as codes into the list of its distinct values, whatever it holds."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self._spellings = Spellings()
        self._of_chunk: dict[int, list[Any]] = {}

    def codes(self, start: int, stop: int) -> tuple[Array, Sequence[Any], object]:
        """Codes of the rows, the values that they count into (None: null), and a name under which these stay the same.

        Values may be added at the end under the same name, as further rows are read.
        """
        number, rows = self.column.part(start, stop)
        if self.column.values is not None:
            return _indices(rows, len(self.column.values)), (*self.column.values, None), 0
        kind = rows.type
        if pa.types.is_dictionary(kind):
            values = self._of_chunk.get(number)
            if values is None:
                values = self._of_chunk[number] = [*rows.dictionary.to_pylist(), None]
            return _indices(rows.indices, len(values) - 1), values, number
        if is_text(kind):
            return unsigned(self._spellings.codes(rows)), self._spellings.values, 0
        found = rows.dictionary_encode()
        values = [*found.dictionary.to_pylist(), None]
        return _indices(found.indices, len(values) - 1), values, (start, stop)


def is_text(kind: pa.DataType | None) -> bool:
    """Whether a column of this type holds text as such."""
    return kind is not None and (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def of_cells(kind: pa.DataType) -> pa.DataType:
    """The type of what a column of this type says: of categories that of their names."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


_LOOKED_AT, _FEW = 1 << 12, 1 << 8  # texts by which it is told whether they nearly all differ


def is_varied(column: Column) -> bool:
    """Whether it holds so many different texts that it is quicker to read each than to know it again."""
    if not is_text(column.type) or column.constant:
        return False
    first = (chunk[:_LOOKED_AT].cast(pa.large_string()) for chunk in column.chunks[:1])
    return any(pc.count_distinct(texts).as_py() > _FEW for texts in first)


def is_distinct(column: Column) -> bool:
    """Whether a column holds text, categories or Python objects: few distinct values, each asked for what it means."""
    kind = column.type
    return kind is None or is_text(kind) or pa.types.is_null(kind) or pa.types.is_dictionary(kind)


def _indices(indices: pa.Array, null: int) -> Array:
    if indices.null_count:
        indices = indices.cast(pa.int32()).fill_null(null)
    found: Array = indices.to_numpy(zero_copy_only=False)
    return unsigned(found)


class Meanings:
    """The rows of a column as codes, and for each code what `meaning` makes of its value: some integers.

    `meaning` is asked once for each distinct value that is not null; `null` is what null means, and what says nothing.
    """

    def __init__(self, column: Column, meaning: Callable[[Any], Sequence[int]], null: Sequence[int]) -> None:
        self._distinct = Distinct(column)
        self._meaning = meaning
        self._silent = column.silent
        self._null = null
        self._known: dict[object, Array] = {}

    def codes(self, start: int, stop: int) -> tuple[Array, Array]:
        """Codes of the rows, and the meaning of each code, one row of integers each."""
        codes, values, name = self._distinct.codes(start, stop)
        known = self._known.get(name)
        begin, size = 0 if known is None else len(known), len(values)
        if begin < size or known is None:
            fresh_values = (values[i] for i in range(begin, size))
            meant = [self._null if v is None or self._silent(v) else self._meaning(v) for v in fresh_values]
            fresh = np.array(meant, np.int64).reshape(-1, len(self._null))
            known = fresh if known is None else np.concatenate([known, fresh])
            if isinstance(name, int):
                self._known[name] = known
        return codes, known

    def rows(self, start: int, stop: int) -> Array:
        """What each row means (one for all, if the column is constant), one column of integers each."""
        codes, known = self.codes(start, stop)
        return known.T[:, codes]


class WordCoder:
    """A column of words of one vocabulary: any case and synonym, one digit a term."""

    def __init__(self, column: Column, terms: Sequence[str], term: Callable[[object], str]) -> None:
        self._terms = terms
        self._term = term
        self._digits = {term: digit for digit, term in enumerate(terms, start=FIRST_DIGIT)}
        self._meanings = Meanings(column, self._digit, [UNSAID_DIGIT])
        if not is_distinct(column) and any(chunk.null_count < len(chunk) for chunk in column.chunks):
            raise UsageError(f"the column `{column.name}` holds {column.type}, not words", value=column.name)
        self.radix = FIRST_DIGIT + len(terms)

    def codes(self, start: int, stop: int) -> tuple[Array, Array]:
        """See `Coder`."""
        codes, digits = self._meanings.codes(start, stop)
        return codes, digits[:, 0]

    def said(self, digit: int) -> str:
        """The term."""
        return self._terms[digit - FIRST_DIGIT]

    def named(self, blocks: Iterable[tuple[int, int]]) -> list[str]:
        """The terms that the rows of some blocks name, in the order of the vocabulary."""
        listed = list(blocks)
        workers = threads(sum(stop - start for start, stop in listed))
        found = at_once(lambda block: self.codes(*block)[1].tolist(), listed, workers)
        return [self.said(digit) for digit in sorted(set().union(*found)) if digit >= FIRST_DIGIT]

    def _digit(self, word: object) -> list[int]:
        try:
            return [self._digits[self._term(word)]]
        except UsageError:
            return [REFUSED_DIGIT]


# ---------------------------------------------------------------- compiled


def least_and_greatest(values: Array) -> tuple[int, int]:
    """Both in one pass."""
    least = greatest = values[0]
    for i in range(1, len(values)):
        least, greatest = min(least, values[i]), max(greatest, values[i])
    return least, greatest
