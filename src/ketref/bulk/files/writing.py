"""How does a stream of rows become a file: all of it, or nothing?"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self, cast

import pyarrow as pa
from pyarrow import parquet

from ketref.bulk.files.batches import CANNOT
from ketref.bulk.files.csv_rows import csv_rows
from ketref.bulk.files.json_rows import json_rows
from ketref.bulk.files.kinds import CALLED, compression_of
from ketref.errors import InputError, UsageError
from ketref.places import Outlet, outlet, replaced

_GROUP = 1 << 17  # rows that Parquet keeps together
_LARGEST = 1 << 26  # bytes of such rows
_LEVEL = 6  # of gz: what Arrow takes, 9, costs several times as much for little


def fit(names: Sequence[str], kind: str) -> None:
    """Whether a file of that kind can have these columns. Raises UsageError."""
    if kind == "jsonl":
        for name, count in Counter(names).items():
            if count > 1:
                hint = "give each a name of its own, or write CSV"
                raise UsageError(f"JSON lines cannot hold the column `{name}` twice", value=name, hint=hint)


def sink(name: str, kind: str, force: bool, safe: bool = False) -> Sink:
    """What writes rows into a file of that kind, `-` for standard output; a further suffix tells a compression.

    No cell of a `safe` CSV file is one that a spreadsheet takes for a formula. Raises UsageError where there is a file
    of that name already, unless by `force`, and InputError where nothing can be written there.
    """
    with _told(name, kind):
        out = outlet(name)
    if out.kept and not force:
        out.close()
        hint = "name another file, or write over it: --force"
        raise UsageError(f"`{name}` is there already", value=name, hint=hint)
    if kind == "parquet":
        return _Parquet(name, kind, out)
    return _Text(name, kind, out, safe)


class Sink:
    """A file that is written: a context that leaves what was there as it was, unless all is committed.

    Into a file rows are written while the next ones are worked on; what takes them at once, such as a pipe, may let its
    writer wait for ever, which only the main thread can be called away from.
    """

    def __init__(self, name: str, kind: str, out: Outlet) -> None:
        self.name, self.kind = name, kind
        self._stream = _Stream(out)
        self._behind = ThreadPoolExecutor(1) if replaced(name) else None
        self._written: Future[None] | None = None

    def write(self, rows: pa.Table) -> None:
        """Write further rows, of the columns of the first ones. Raises InputError where these or others cannot be."""
        with _told(self.name, self.kind):
            if self._behind is None:
                self._write(rows)
            else:
                self._settle()
                self._written = self._behind.submit(self._write, rows)

    def commit(self) -> None:
        """Bring all rows to their place, synced to the disk. Raises InputError where that cannot be."""
        with _told(self.name, self.kind):
            self._settle()
            self._end()
            self._stream.out.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._behind is not None:
                self._behind.shutdown()
        finally:
            self._stream.end()

    def _settle(self) -> None:
        """Wait until what was given last is written."""
        if self._written is not None:
            self._written.result()

    def _write(self, rows: pa.Table) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError


class _Text(Sink):
    """CSV or JSON lines, compressed or not."""

    def __init__(self, name: str, kind: str, out: Outlet, safe: bool) -> None:
        super().__init__(name, kind, out)
        self._safe, self._begun = safe, False
        self._to = _compressed(self._stream, compression_of(name, kind))

    def _write(self, rows: pa.Table) -> None:
        parts = json_rows(rows) if self.kind == "jsonl" else csv_rows(rows, not self._begun, self._safe)
        self._begun = True
        for part in parts:
            self._to.write(part)

    def _end(self) -> None:
        self._to.close()


class _Parquet(Sink):
    """Parquet, in groups of rows."""

    def __init__(self, name: str, kind: str, out: Outlet) -> None:
        super().__init__(name, kind, out)
        self._writer: parquet.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._waiting: list[pa.Table] = []

    def _write(self, rows: pa.Table) -> None:
        self._schema = self._schema or rows.schema
        self._waiting.append(rows if rows.schema == self._schema else rows.cast(self._schema))
        count, size = (sum(getattr(table, of) for table in self._waiting) for of in ("num_rows", "nbytes"))
        if count >= _GROUP or size >= _LARGEST:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            stream = pa.PythonFile(self._stream, "w")
            self._writer = parquet.ParquetWriter(stream, self._schema, **_encoded(self._schema))
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), _GROUP)
        self._waiting = []
        pa.default_memory_pool().release_unused()  # which each thread has to ask for what it held itself

    def _end(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()


def _encoded(schema: pa.Schema) -> dict[str, Any]:
    """How columns are written: numbers and times by what they differ from the one before, texts and codes by number.

    It takes half the time and half the bytes of what Arrow does where nothing is said. Of columns of one name, or of
    one that Parquet takes for a path, nothing is said.
    """
    names = Counter(schema.names)
    counted = [
        column.name
        for column in schema
        if (pa.types.is_integer(column.type) or pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type))
        and names[column.name] == 1
        and "." not in column.name
    ]
    if not counted:
        return {}
    return {
        "use_dictionary": [name for name in schema.names if name not in counted],
        "column_encoding": dict.fromkeys(counted, "DELTA_BINARY_PACKED"),
    }


class _Stream:
    """The outlet as a file of Python's, for what goes on to write at its end, even when all is over."""

    closed = False

    def __init__(self, out: Outlet) -> None:
        self.out, self._at, self._ended = out, 0, False

    def write(self, content: Any) -> int:
        if not self._ended:
            self._at += self.out.write(content)
        return len(content)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """The outlet is closed by whom it belongs to."""

    def end(self) -> None:
        """Close the outlet; what is written from now on is nothing."""
        self._ended = True
        self.out.close()


def _compressed(stream: _Stream, compression: str | None) -> Any:
    if compression == "gzip":
        return gzip.GzipFile("", "wb", _LEVEL, cast("Any", stream), mtime=0)
    return pa.CompressedOutputStream(pa.PythonFile(stream, "w"), compression) if compression else stream


@contextmanager
def _told(name: str, kind: str) -> Iterator[None]:
    """Whatever goes wrong with a file that is written, as an InputError that names it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"`{name}` cannot be written: {reason}", path=name, hint="name another file") from None
    except CANNOT as error:
        hint = "leave out what it cannot hold, or write Parquet"
        message = f"`{name}` cannot be written as {CALLED[kind]}: {error}"[:300]
        raise InputError(message, path=name, hint=hint) from None
