"""What is handed over of a file that is read: its rows, some at a time, and which of them are broken?"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
from attrs import frozen

from ketref.bulk.files.json_values import LineError
from ketref.bulk.files.kinds import CALLED, HINT
from ketref.bulk.files.streams import TextError
from ketref.bulk.refusals import Refusal
from ketref.csv_text import CsvError, EncodingError, RaggedError
from ketref.errors import InputError

CANNOT = (pa.ArrowException, ValueError, TypeError, OverflowError, RecursionError)
"""What Arrow and Python raise of values that they cannot convert."""


_ONE_BY_ONE = "; or let such rows be refused one by one: --rejects FILE"


@frozen
class Reading:
    """How a text is written; nothing is sniffed that could be wrong.

    `delimiter` is the sign between the values of CSV (None: as the header tells), `skip` the lines above its header.
    `temp_dir` is where what can be read only once is copied to.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    skip: int = 0
    temp_dir: str | None = None


@frozen(eq=False)
class Batch:
    """Some rows of a file, as it has them: text stays text.

    `first` is the number, from 0, of the first one in the file; `broken` tells of rows, by their numbers in the file,
    that have too few or too many values, or are no JSON.
    """

    rows: pa.Table
    first: int
    broken: Mapping[int, Refusal] = {}


@frozen
class Written:
    """Where in a text a row is written: the `line`, from 1, in which it begins; and its `text` as it stands there."""

    line: int
    text: str


CARRIED = "\x1f"
"""Begins the names of columns of batches that are not read, and only given back."""


class File:
    """A file that is opened, to be read from its beginning as often as one likes."""

    name: str
    kind: str
    schema: pa.Schema
    """Names and types of the columns of every batch; two may have one name."""
    bytes: int
    """About how much memory all rows would take."""
    rows: int | None = None
    """How many rows there are, where that is known before they are read."""

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        found: list[str] = self.schema.names
        return found

    def batches(self, rows: int) -> Iterator[Batch]:
        """All rows, in order, about so many at a time. Raises InputError where they cannot be read."""
        raise NotImplementedError

    def written(self, rows: Collection[int]) -> dict[int, Written]:
        """Where each of some rows, counted from 0, is written; {} of Parquet, which is no text.

        Rows that are asked for in the order in which they stand cost no more than reading the file once more.
        """
        raise NotImplementedError

    def own(self, rows: pa.Table) -> pa.Table:
        """Rows of its batches with the columns and the cells that the file itself has."""
        return rows

    def cell(self, rows: pa.Table, at: int, column: str) -> tuple[str, str] | None:
        """Of which of its own cells a column is, in one of the rows of its batches: its name there, and its text.

        None where it is the cell itself.
        """

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """The line of each of some rows, counted from 0; {} of Parquet."""
        return {row: found.line for row, found in self.written(rows).items()}


@contextmanager
def told(name: str, kind: str, rejecting: bool = False) -> Iterator[None]:
    """Whatever goes wrong with a file, as an InputError that names it."""
    try:
        yield
    except CsvError as error:
        go_on = _ONE_BY_ONE if isinstance(error, RaggedError) and not rejecting else ""
        hint = TextError("").hint if isinstance(error, EncodingError) else f"{error.hint or HINT}{go_on}"
        raise InputError(f"`{name}` is not CSV: {error}"[:300], path=name, hint=hint) from None
    except TextError as error:
        raise InputError(f"`{name}` is not {CALLED[kind]}: {error}"[:300], path=name, hint=error.hint) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"`{name}` cannot be read: {reason}"[:300], path=name, hint=HINT) from None
    except LineError as error:
        hint = f"{HINT}{'' if rejecting else _ONE_BY_ONE}"
        raise InputError(f"`{name}` is not {CALLED[kind]}: {error}"[:300], path=name, hint=hint) from None
    except CANNOT as error:
        raise InputError(f"`{name}` is not {CALLED[kind]}: {error}"[:300], path=name, hint=HINT) from None


def regrouped(batches: Iterable[Batch], rows: int) -> Iterator[Batch]:
    """The same rows, so many at a time; fewer in the last batch, and one batch of none where there are none."""
    waiting: list[Batch] = []
    count, given = 0, False
    for batch in batches:
        waiting.append(batch)
        count += batch.rows.num_rows
        while count >= rows:
            together, rest = _cut(_joined(waiting), rows)
            yield together
            waiting, count, given = [rest], rest.rows.num_rows, True
    if waiting and (count or not given):
        yield _joined(waiting)


def _joined(batches: list[Batch]) -> Batch:
    broken = {row: refusal for batch in batches for row, refusal in batch.broken.items()}
    return Batch(pa.concat_tables([batch.rows for batch in batches]), batches[0].first, broken)


def _cut(batch: Batch, rows: int) -> tuple[Batch, Batch]:
    at = batch.first + rows
    first = {row: refusal for row, refusal in batch.broken.items() if row < at}
    second = {row: refusal for row, refusal in batch.broken.items() if row >= at}
    return Batch(batch.rows.slice(0, rows), batch.first, first), Batch(batch.rows.slice(rows), at, second)
