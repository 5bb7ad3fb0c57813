"""Which rows are written to a file of answers, which to the one of refused rows, and how many are there of each?"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from itertools import islice
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define, evolve, field, frozen

from ketref.bulk.answer_columns import Progress
from ketref.bulk.files.batches import File
from ketref.bulk.files.writing import Sink, sink
from ketref.bulk.numbering import Numbering
from ketref.bulk.refusals import Listing, Refusal
from ketref.errors import KetrefError, quoted

_REJECTS = pa.schema(
    [
        *(("file", pa.string()), ("line", pa.int64()), ("row", pa.int64()), ("column", pa.string())),
        *(("code", pa.string()), ("message", pa.string()), ("raw", pa.string())),
    ]
)
_TOGETHER = 1 << 14  # refused rows that are listed together


@runtime_checkable
class Counting(Protocol):
    """Progress that tells of refused rows too."""

    refused: int
    """How many there are so far."""

    def __call__(self, rows: int, /) -> object:
        """So many rows more are done."""


class TooManyError(KetrefError):
    """More rows were refused than may be."""


@frozen(kw_only=True)
class Place:
    """Where answers are written: the file `name` of a `kind`, and that of `rejects`.

    With it, refused rows stand there and not among the answers; after more than `most` of them nothing is written. A
    file that is there already is written over by `force` alone; a `safe` one has no cell that looks like a formula.
    """

    name: str
    kind: str
    rejects: str | None = None
    rejects_kind: str = "csv"
    most: int | None = None
    force: bool = False
    safe: bool = False


@define(eq=False)
class Counts:
    """How many rows of a table were read and refused, and which were refused first."""

    read: int = 0
    refused: int = 0
    first: list[tuple[int, int | None, Refusal]] = field(factory=list)
    """Of some, the row, the line where it is in one, and why."""


class Output:
    """The files that are written: a context that leaves what was there as it was, unless all is committed."""

    def __init__(
        self, place: Place, files: Mapping[str, File], listing: Listing, listed: int, progress: Progress | None = None
    ) -> None:
        """`files` are those that are read, by what their rows are; those of the last one are answered.

        Of each the first `listed` refusals are kept.
        """
        self._progress = progress
        self.counts = {what: Counts() for what in files}
        self.written = 0
        self._place, self._files, self._listing, self._listed = place, files, listing, listed
        self._own = list(files.values())[-1].own
        self._held: dict[str, list[pa.Table]] = {what: [] for what in files}  # refused rows, by what their rows are
        self._open = ExitStack()
        self._answers: Sink
        self._rejects: Sink | None = None

    def __enter__(self) -> Self:
        place = self._place
        with ExitStack() as opening:
            self._answers = opening.enter_context(sink(place.name, place.kind, place.force, place.safe))
            if place.rejects is not None:
                rejects = sink(place.rejects, place.rejects_kind, place.force, place.safe)
                self._rejects = opening.enter_context(rejects)
                self._rejects.write(_REJECTS.empty_table())
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def write(self, rows: pa.Table, answers: pa.Table, reject: str) -> None:
        """Write rows, in the cells of their file, beside their answers; `reject` says why a row was refused."""
        rows = self._own(rows)
        if self._rejects is not None:
            answered = pc.is_null(answers[reject])
            rows, answers = rows.filter(answered), answers.filter(answered).drop_columns(reject)
        for name in answers.column_names:
            rows = rows.append_column(name, _of_one_type(answers[name]))
        self._answers.write(rows)
        self.written += rows.num_rows

    def list_refused(self, parts: Mapping[str, tuple[pa.Table, Numbering]]) -> None:
        """List what was refused since, among some rows of each table, which have these numbers.

        Raises TooManyError where more was refused than may be.
        """
        refused, self._listing.refused = self._listing.refused, {}
        for what, counts in self.counts.items():
            here = {row: refusal for (table, row), refusal in sorted(refused.items()) if table == what}
            of = _in_own_cells(self._files[what], here, *parts[what])
            counts.refused += len(of)
            new = [(row, None, refusal) for row, refusal in islice(of.items(), self._listed)]
            counts.first = sorted([*counts.first, *new], key=lambda told: told[0])[: self._listed]
            if self._rejects is not None:
                rows = iter(of.items())
                while some := dict(islice(rows, _TOGETHER)):
                    self._reject(what, _rejected(self._files[what], some, *parts[what]))
        if isinstance(self._progress, Counting):
            self._progress.refused = sum(counts.refused for counts in self.counts.values())
        most, found = self._place.most, sum(counts.refused for counts in self.counts.values())
        if most is not None and found > most:
            self._finish_rejects()
            message = f"more than {most} rows were refused, so that `{self._place.name}` is not written"
            raise TooManyError(message, hint="mend them, or let more of them be: --max-rejects N")

    def commit(self) -> None:
        """Bring all that was written to its place."""
        self._answers.commit()
        self._finish_rejects()

    def _reject(self, what: str, rows: pa.Table) -> None:
        """Write refused rows, of one table alone at once: those of several stand one table after the other."""
        if len(self._files) > 1:
            self._held[what].append(rows)
        elif self._rejects is not None:
            self._rejects.write(rows)

    def _finish_rejects(self) -> None:
        """Tell the lines of the refused rows that are listed, and bring all of them to their place, in their order."""
        for what, counts in self.counts.items():
            lines = self._listing.lines(what, [row for row, _, _ in counts.first])
            counts.first = [(row, lines.get(row), refusal) for row, _, refusal in counts.first]
        if self._rejects is not None:
            for held in self._held.values():
                if held:
                    self._rejects.write(pa.concat_tables(held).sort_by("row"))
            self._rejects.commit()


def _in_own_cells(file: File, refused: dict[int, Refusal], table: pa.Table, numbering: Numbering) -> dict[int, Refusal]:
    """Refusals, by the numbers of rows of a table, that blame the cells as the file has them."""
    numbers = numbering.of(np.arange(len(table)))
    places = np.flatnonzero(np.isin(numbers, list(refused))) if refused else ()
    found = dict(refused)
    for at, row in zip(places, numbers[places] if refused else (), strict=True):
        refusal = refused[row]
        cell = file.cell(table, int(at), refusal.column) if refusal.column else None
        if cell is not None:
            name, text = cell
            found[row] = evolve(refusal, column=name, value=quoted(text))
    return found


def _rejected(file: File, refused: Mapping[int, Refusal], table: pa.Table, numbering: Numbering) -> pa.Table:
    """The rows that are refused, among those of a table, each with the cell that is to blame or else whole."""
    written = file.written(refused)
    of_none = {row for row, refusal in refused.items() if not (refusal.column and refusal.value)}
    table = file.own(table) if table.schema.names == file.schema.names else table  # where it was sorted, it lacks some
    texts = {row: written[row].text for row in of_none} if written else _values(table, numbering, of_none)
    rows = [
        (
            *(file.name, written[row].line if written else None, row, refusal.column or None),
            *(refusal.code, refusal.reason, texts.get(row, refusal.value)),
        )
        for row, refusal in refused.items()
    ]
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(values, kind) for values, kind in zip(columns, _REJECTS.types, strict=True)], _REJECTS)


def _values(table: pa.Table, numbering: Numbering, rows: Collection[int]) -> dict[int, str]:
    """The values of some rows of a table, by their numbers, as JSON."""
    numbers = numbering.of(np.arange(len(table)))
    places = np.flatnonzero(np.isin(numbers, list(rows)))
    found = table.take(places).to_pylist()
    return {
        row: json.dumps(values, ensure_ascii=False, default=str)
        for row, values in zip(numbers[places].tolist(), found, strict=True)
    }


def _of_one_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of answers of the type that it has in every part."""
    return column.cast(pa.dictionary(pa.int32(), pa.string())) if pa.types.is_dictionary(column.type) else column
