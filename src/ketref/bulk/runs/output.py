"""Which rows are written to a file of answers, which to the one of refused rows, and how many are there of each?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
from attrs import define, field, frozen

from ketref.bulk.files.batches import File
from ketref.bulk.files.writing import Sink, sink
from ketref.bulk.refusals import Listing, Refusal
from ketref.errors import KetrefError

_REJECTS = pa.schema(
    [
        *(("file", pa.string()), ("line", pa.int64()), ("row", pa.int64()), ("column", pa.string())),
        *(("code", pa.string()), ("message", pa.string()), ("raw", pa.string())),
    ]
)


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

    def __init__(self, place: Place, files: Mapping[str, File], listing: Listing, listed: int) -> None:
        """`files` are those that are read, by what their rows are; of each the first `listed` refusals are kept."""
        self.counts = {what: Counts() for what in files}
        self.written = 0
        self._place, self._files, self._listing, self._listed = place, files, listing, listed
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
        """Write rows beside their answers, of which the column `reject` says why a row was refused."""
        if self._rejects is not None:
            answered = pc.is_null(answers[reject])
            rows, answers = rows.filter(answered), answers.filter(answered).drop_columns(reject)
        for name in answers.column_names:
            rows = rows.append_column(name, _of_one_type(answers[name]))
        self._answers.write(rows)
        self.written += rows.num_rows

    def list_refused(self) -> None:
        """List what was refused since. Raises TooManyError where that is more than may be."""
        refused, self._listing.refused = self._listing.refused, {}
        for what, counts in self.counts.items():
            of = {row: refusal for (table, row), refusal in sorted(refused.items()) if table == what}
            wanted = of if self._rejects is not None else dict(list(of.items())[: self._listed - len(counts.first)])
            lines = self._listing.lines(what, wanted) if wanted else {}
            counts.refused += len(of)
            for row, refusal in wanted.items():
                if len(counts.first) < self._listed:
                    counts.first.append((row, lines.get(row), refusal))
            if self._rejects is not None and of:
                self._rejects.write(_rejected(self._files[what].name, of, lines))
        most, found = self._place.most, sum(counts.refused for counts in self.counts.values())
        if most is not None and found > most:
            if self._rejects is not None:
                self._rejects.commit()
            message = f"more than {most} rows were refused, so that `{self._place.name}` is not written"
            raise TooManyError(message, hint="mend them, or let more of them be: --max-rejects N")

    def commit(self) -> None:
        """Bring all that was written to its place."""
        self._answers.commit()
        if self._rejects is not None:
            self._rejects.commit()


def _rejected(name: str, refused: Mapping[int, Refusal], lines: Mapping[int, int]) -> pa.Table:
    rows = [
        (name, lines.get(row), row, refusal.column or None, refusal.code, refusal.reason, refusal.value or None)
        for row, refusal in refused.items()
    ]
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(values, kind) for values, kind in zip(columns, _REJECTS.types, strict=True)], _REJECTS)


def _of_one_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of answers of the type that it has in every part."""
    return column.cast(pa.dictionary(pa.int32(), pa.string())) if pa.types.is_dictionary(column.type) else column
