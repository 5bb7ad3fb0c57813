"""How does a file of many rows become a table, and a table a file: CSV, JSON lines or Parquet?

Of CSV every value stays the text that it is: what it means is asked where a question is understood.
"""

from __future__ import annotations

import json
import math
import os
import stat
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from attrs import frozen
from pyarrow import csv, fs, parquet

from ketref import csv_text
from ketref.bulk.refusals import Lines, Refusal
from ketref.bulk.separated import Broken
from ketref.bulk.separated import table as separated
from ketref.csv_text import CsvError, RaggedError
from ketref.errors import InputError, UsageError, quoted
from ketref.places import content, put

FORMATS = ("csv", "jsonl", "parquet")
_READ_AS = {**dict.fromkeys((*csv_text.SUFFIXES, "txt"), "csv"), "ndjson": "jsonl"}
_CALLED = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
_HINT = "write CSV with a header, one JSON object a line, or Parquet; the kind is told by the suffix or by --format"
_TOGETHER = 1 << 14  # rows that are written as JSON together
_CANNOT = (pa.ArrowException, ValueError, TypeError, OverflowError, RecursionError)
"""What Arrow and Python raise of values that they cannot convert."""


@frozen(eq=False)
class Source:
    """What was read of a file: its rows, in which `lines` they stand, and which are `broken`."""

    rows: pa.Table
    lines: Lines
    broken: Mapping[int, Refusal] = {}


def kind_of(name: str, said: str | None, written: bool = False) -> str:
    """The format of a file that is read or `written`: what is said, else its suffix. Raises UsageError."""
    suffix = Path(name).suffix.lower().removeprefix(".")
    kind = said or ("jsonl" if suffix == "ndjson" else suffix if written else _READ_AS.get(suffix, suffix))
    if kind not in FORMATS:
        raise UsageError(
            f"`{name}` has no suffix that tells its kind", value=name, hint=f"--format {'|'.join(FORMATS)}"
        )
    return kind


def source(name: str, kind: str, known: Collection[str], skip: int = 0, rejecting: bool = False) -> Source:
    """What a file holds, `-` for standard input. Raises InputError where there is no table.

    The name is that of a local file; a CSV or JSON file may be compressed, as a further suffix tells. Above the header
    of a CSV file, which has some `known` columns, `skip` lines are passed over. A row of it with too few or too many
    values is one `broken` row where that is `rejecting`.
    """
    try:
        if kind == "parquet":
            return Source(_parquet(name), lambda _: {})
        found = _plain_bytes(name, content(name, _HINT, largest=None))
        if kind == "csv":
            text = csv_text.opened(found, known, skip)
            broken: Broken = {}
            rows = separated(text, broken if rejecting else None)
            refused = {row: Refusal(reason, value=quoted(written)) for row, (reason, written) in broken.items()}
            return Source(rows, text.lines, refused)
        return _lines(found)
    except CsvError as error:
        message = f"`{name}` is not CSV: {error}"[:300]
        ragged = isinstance(error, RaggedError) and not rejecting
        go_on = "; or let such rows be refused one by one: --rejects FILE" if ragged else ""
        raise InputError(message, path=name, hint=f"{error.hint or _HINT}{go_on}") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"`{name}` cannot be read: {reason}", path=name, hint=_HINT) from None
    except _CANNOT as error:
        raise InputError(f"`{name}` is not {_CALLED[kind]}: {error}"[:300], path=name, hint=_HINT) from None


def _plain_bytes(name: str, found: bytes) -> bytes:
    """What a file holds, decompressed where its last suffix says that it is compressed."""
    try:
        compression = pa.Codec.detect(name).name
    except (TypeError, ValueError):  # not compressed; and by nothing that is known
        return found
    with pa.input_stream(pa.BufferReader(found), compression=compression) as stream:
        plain: bytes = stream.read()
    return plain


def _parquet(name: str) -> pa.Table:
    mode = 0 if name == "-" else os.stat(name).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe cannot be sought in
        return parquet.read_table(pa.BufferReader(content(name, _HINT, largest=None)))
    return parquet.read_table(os.path.abspath(name), filesystem=fs.LocalFileSystem())


# ---------------------------------------------------------------- JSON lines


def _lines(found: bytes) -> Source:
    lines = found.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    numbers = [number for number, line in enumerate(lines, 1) if line.strip()]
    rows = [_object(number, lines[number - 1]) for number in numbers]
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: _column(name, [row.get(name) for row in rows], numbers) for name in names})
    return Source(table, lambda rows: {row: numbers[row] for row in rows})


def _object(number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ValueError(f"line {number} is not UTF-8") from None
    except RecursionError:
        raise ValueError(f"line {number} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"line {number} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"line {number} is not one object")
    return found


def _column(name: str, values: Sequence[Any], lines: Sequence[int]) -> pa.Array:
    found = _array(values)
    if found is not None:
        return found
    at = bisect_left(range(len(values)), True, key=lambda last: _array(values[: last + 1]) is None)
    value = values[at]
    if isinstance(value, int) and _array([value]) is None:
        what = "is a number of more than 64 bits: write it as text"
    elif _array([value]) is None:
        what = "cannot be held by a table"
    else:
        what = f"does not go with the values before it, which are of type {_array(values[:at]).type}"
    raise ValueError(f"line {lines[at]}: `{name}`, {_in_short(value)}, {what}")


def _array(values: Sequence[Any]) -> Any:
    """The values as an array of one type, None where there is none for all of them."""
    try:
        return pa.array(values)
    except _CANNOT:
        return None


def _in_short(value: Any) -> str:
    return f"`{quoted(value)}`" if isinstance(value, str) else quoted(value)


# ---------------------------------------------------------------- writing


def fit(names: Sequence[str], kind: str) -> None:
    """Whether a file of that kind can have these columns. Raises UsageError."""
    if kind == "jsonl":
        for name, count in Counter(names).items():
            if count > 1:
                hint = "give each a name of its own, or write CSV"
                raise UsageError(f"JSON lines cannot hold the column `{name}` twice", value=name, hint=hint)


def write(found: pa.Table, name: str, kind: str) -> None:
    """Write a table to a file, all of it or nothing; `-` is standard output. Raises InputError where that cannot be."""
    try:
        put(name, _bytes(found, kind))
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"`{name}` cannot be written: {reason}", path=name, hint="name another file") from None
    except _CANNOT as error:
        hint = "leave out what it cannot hold, or write Parquet"
        message = f"`{name}` cannot be written as {_CALLED[kind]}: {error}"[:300]
        raise InputError(message, path=name, hint=hint) from None


def _bytes(found: pa.Table, kind: str) -> pa.Buffer:
    buffer = pa.BufferOutputStream()
    if kind == "parquet":
        parquet.write_table(found, buffer)
    elif kind == "csv":
        csv.write_csv(_converted(found, _for_csv), buffer)
    else:
        plain = _converted(found, _for_json)
        for batch in plain.to_batches(max_chunksize=_TOGETHER):
            columns = [_objects(batch.schema.names[at], column) for at, column in enumerate(batch.columns)]
            rows = zip(*columns, strict=True) if columns else ()
            for row in rows:
                buffer.write(_json(dict(zip(batch.schema.names, row, strict=True))))
    return buffer.getvalue()


def _converted(found: pa.Table, convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.Table:
    columns = []
    for name, column in zip(found.column_names, found.columns, strict=True):
        try:
            columns.append(convert(column))
        except _CANNOT as error:
            raise _unwritable(name, column.type, error) from None
    return pa.table(columns, names=found.column_names)


def _for_csv(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as CSV can hold it: what is not a number becomes text."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return column
    return _duration_texts(column) if pa.types.is_duration(column.type) else column.cast(pa.string())


def _for_json(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as JSON can hold it: moments, days and durations, of which Python knows not all, become text."""
    return _for_csv(column) if pa.types.is_temporal(column.type) else column


def _duration_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Durations in seconds, with as many decimals as they have."""
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[column.type.unit]
    texts = [None if count is None else _seconds(count, digits) for count in column.cast(pa.int64()).to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _seconds(count: int, digits: int) -> str:
    whole, rest = divmod(abs(count), 10**digits)
    decimals = f".{rest:0{digits}d}".rstrip("0") if rest else ""
    return f"{'-' * (count < 0)}{whole}{decimals} s"


def _objects(name: str, column: pa.Array) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except _CANNOT as error:
        raise _unwritable(name, column.type, error) from None
    return values


def _json(row: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(row), ensure_ascii=False, default=str, allow_nan=False)
    return f"{text}\n".encode()


def _finite(value: Any) -> Any:
    """The same with null for NaN and infinity, for which JSON has no words."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _unwritable(name: str, kind: pa.DataType, error: BaseException) -> ValueError:
    return ValueError(f"the column `{name}` ({kind}): {error}")
