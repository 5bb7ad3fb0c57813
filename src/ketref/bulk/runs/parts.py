"""Which rows of two tables that are sorted by subject belong together: part by part, each of whole subjects?

Texts are sorted by their characters, or as the whole numbers that they write. What is held is never more than some
batches and the rows of one subject.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from ketref.bulk.columns.distinct import is_text, of_cells
from ketref.bulk.numbering import Numbering
from ketref.bulk.timelines.subjects import HINT
from ketref.errors import UsageError, quoted

SUBJECT = "subject"
ROW = "ketref row"
"""The column that tells the number of a row, where rows do not come in their order."""


class UnsortedError(Exception):
    """A table is not sorted by subject: `row`, from 0, is the first that stands in the way."""

    def __init__(self, what: str, row: int, before: object, after: object) -> None:
        super().__init__(f"`{quoted(str(after))}` comes after `{quoted(str(before))}`")
        self.what, self.row = what, row


@frozen(eq=False)
class Part:
    """Rows of two tables, with all rows of each of their subjects, and the numbers that they have in their tables."""

    doses: pa.Table
    samples: pa.Table
    of_doses: Numbering
    of_samples: Numbering


def as_written(subjects: pa.ChunkedArray) -> pa.Array:
    """Subjects as they are sorted by their characters, or as the numbers that they are."""
    if pa.types.is_dictionary(subjects.type):
        subjects = subjects.cast(subjects.type.value_type)
    if is_text(subjects.type):
        subjects = subjects.cast(pa.large_string())
    elif pa.types.is_integer(subjects.type) and subjects.type != pa.uint64():
        subjects = subjects.cast(pa.int64())
    return pa.concat_arrays(subjects.chunks) if subjects.num_chunks else pa.array([], subjects.type)


def as_numbers(subjects: pa.ChunkedArray) -> pa.Array | None:
    """Texts that write whole numbers, as these; None where one does not."""
    texts = as_written(subjects)
    if not (is_text(texts.type) and pc.all(pc.match_substring_regex(texts, _WHOLE)).as_py() in {True, None}):
        return None
    return texts.cast(pa.int64())


_WHOLE = "^(0|[1-9][0-9]{0,17})$"
Order = Callable[[pa.ChunkedArray], pa.Array | None]
ORDERS: tuple[Order, ...] = (as_written, as_numbers)
"""In which orders the subjects of sorted tables may be."""


def in_step(doses: Iterable[pa.Table], samples: Iterable[pa.Table], order: Order) -> Iterator[Part]:
    """The parts of two tables that come batch by batch, at least one of each.

    The rows of a table that has a column `ROW` have these numbers, else they are counted. Raises UnsortedError where a
    table is not sorted by subject in that order.
    """
    sides = _Side("doses", doses, order), _Side("samples", samples, order)
    while not all(side.ended for side in sides) or any(side.rows for side in sides):
        for side in sides:
            if not side.rows:
                side.read()
        bound = min((side.last for side in sides if not side.ended), default=None)
        (doses_of, of_doses), (samples_of, of_samples) = (side.take(bound) for side in sides)
        if len(doses_of) or len(samples_of):
            yield Part(doses_of, samples_of, of_doses, of_samples)
            continue
        for side in sides:  # one subject has all rows that were read
            if not side.ended and side.last == bound:
                side.read()


def in_one(batches: Iterable[pa.RecordBatch], rows: int, key: Callable[[pa.Table], pa.Array]) -> Iterator[pa.Table]:
    """The same rows, of one table that comes sorted by its `key`, in parts that hold all rows of each of their keys.

    A part has about so many `rows`, or as many as one key has.
    """
    waiting: list[pa.Table] = []
    held, enough = 0, rows
    for batch in batches:
        waiting.append(pa.table(batch))
        held += batch.num_rows
        if held < enough:
            continue
        table = pa.concat_tables(waiting)
        keys = key(table)
        stop = max(pc.index(keys, keys[-1]).as_py(), 0)
        if stop:
            yield table[:stop]
        waiting, held = [table[stop:]], held - stop
        enough = max(rows, 2 * held)
    if held:
        yield pa.concat_tables(waiting)


def refuse_two_kinds(doses: pa.Schema, samples: pa.Schema) -> None:
    """Raises UsageError where subjects are texts in one table and numbers in the other."""
    kinds = [of_cells(schema.field(SUBJECT).type) for schema in (doses, samples)]
    texts = [is_text(kind) for kind in kinds if not pa.types.is_null(kind)]
    if len(set(texts)) > 1:
        raise UsageError("the column `subject` holds numbers and texts", value=SUBJECT, hint=HINT)


class _Side:
    """One of two tables: what was read of it, and not taken yet."""

    def __init__(self, what: str, batches: Iterable[pa.Table], order: Order) -> None:
        self._what, self._batches, self._order = what, iter(batches), order
        first = next(self._batches)
        self._waiting, self._keys = first[:0], as_written(first[:0][SUBJECT])[:0]
        self._taken = 0
        self._next: pa.Table | None = first
        self.last: Any = None
        """The last subject that was read."""

    @property
    def rows(self) -> int:
        """How many rows wait to be taken."""
        return len(self._keys)

    @property
    def ended(self) -> bool:
        """Whether there is no further batch."""
        return self._next is None

    def read(self) -> None:
        """Read a further batch that has rows, if there is one."""
        while self._next is not None:
            batch, self._next = self._next, next(self._batches, None)
            if len(batch):
                self._add(batch)
                return

    def _add(self, batch: pa.Table) -> None:
        begin = self._taken + self.rows
        keys = self._order(batch[SUBJECT])
        if keys is None:
            raise UnsortedError(self._what, begin, self.last, batch[SUBJECT][0].as_py())
        keys = _without_nulls(keys, self.last)
        before = pa.concat_arrays([pa.array([keys[0].as_py() if self.last is None else self.last], keys.type), keys])
        falling = pc.less(keys, before[:-1])
        if pc.any(falling).as_py():  # a tenth of what it takes to look for where
            wrong = pc.index(falling, True).as_py()
            raise UnsortedError(self._what, begin + wrong, before[wrong].as_py(), keys[wrong].as_py())
        self._waiting = pa.concat_tables([self._waiting, batch]) if self.rows else batch
        self._keys = pa.concat_arrays([self._keys, keys]) if self.rows else keys
        self.last = keys[-1].as_py()

    def take(self, bound: Any) -> tuple[pa.Table, Numbering]:
        """The rows of the subjects before a bound, of all where it is None, and their numbers."""
        stop = self.rows
        if bound is not None:
            stop = bisect_left(range(self.rows), bound, key=lambda row: self._keys[row].as_py())
        found, self._waiting = self._waiting[:stop], self._waiting[stop:]
        self._keys = self._keys[stop:]
        if ROW in found.column_names:
            numbers: np.ndarray[Any, Any] = found[ROW].to_numpy()
            return found.drop_columns(ROW), Numbering(given=numbers)
        begin, self._taken = self._taken, self._taken + stop
        return found, Numbering(begin)


def _without_nulls(keys: pa.Array, last: Any) -> pa.Array:
    """Subjects of rows, where those of which none is said stand with the ones before them."""
    if not keys.null_count:
        return keys
    filled = pc.fill_null_forward(keys)
    return filled.fill_null("" if is_text(keys.type) else -(2**63)) if last is None else filled.fill_null(last)
