"""How does a file of many rows become a table, and a table a file: CSV, JSON lines or Parquet?

Of CSV every value stays the text that it is: what it means is asked where a question is understood.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

from ketref.errors import InputError, UsageError

FORMATS = ("csv", "jsonl", "parquet")
_HINT = "write CSV with a header, one JSON object a line, or Parquet; the kind is told by the suffix or by --format"


def kind_of(name: str, said: str | None) -> str:
    """The format of a file: what is said, else its suffix. Raises UsageError."""
    kind = said or Path(name).suffix.lower().removeprefix(".").replace("ndjson", "jsonl")
    if kind not in FORMATS:
        raise UsageError(
            f"`{name}` has no suffix that tells its kind", value=name, hint=f"--format {'|'.join(FORMATS)}"
        )
    return kind


def table(name: str, kind: str) -> pa.Table:
    """The table in a file, `-` for standard input. Raises InputError where there is none."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else None
        source: Any = name if content is None else pa.BufferReader(content)
        if kind == "parquet":
            return parquet.read_table(source)
        if kind == "csv":
            return _csv(source)
        return _lines(Path(name).read_bytes() if content is None else content)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"`{name}` cannot be read: {reason}", path=name, hint=_HINT) from None
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise InputError(f"`{name}` is no {kind}: {error}"[:300], path=name, hint=_HINT) from None


def _csv(source: Any) -> pa.Table:
    with csv.open_csv(source) as reader:
        names = reader.schema.names
    if hasattr(source, "seek"):
        source.seek(0)
    texts = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    return csv.read_csv(source, convert_options=texts)


def _lines(content: bytes) -> pa.Table:
    rows = [json.loads(line) for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("each line holds one object")
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def write(found: pa.Table, name: str, kind: str) -> None:
    """Write a table to a file, all of it or nothing; `-` is standard output. Raises InputError where that cannot be."""
    buffer = pa.BufferOutputStream()
    try:
        if kind == "parquet":
            parquet.write_table(found, buffer)
        elif kind == "csv":
            csv.write_csv(_plain(found), buffer)
        else:
            for row in found.to_pylist():
                buffer.write((json.dumps(row, ensure_ascii=False, default=_text) + "\n").encode())
        content = buffer.getvalue()
        if name == "-":
            sys.stdout.flush()
            if hasattr(sys.stdout, "buffer"):
                sys.stdout.buffer.write(content)
            else:  # captured as text
                sys.stdout.write(content.to_pybytes().decode())
        else:
            _replace(Path(name), content)
    except BrokenPipeError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"`{name}` cannot be written: {error}"[:300], path=name, hint="name another file") from None


def _plain(found: pa.Table) -> pa.Table:
    """Every column as CSV can hold it: what is no number becomes text."""
    columns: Mapping[str, Any] = dict(zip(found.column_names, found.columns, strict=True))
    plain = {}
    for name, column in columns.items():
        number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if pa.types.is_duration(column.type):
            plain[name] = pa.array(
                [None if value is None else _text(value) for value in column.to_pylist()], pa.string()
            )
        else:
            plain[name] = column if number else column.cast(pa.string())
    return pa.table(plain)


def _text(value: Any) -> str:
    return f"{value // timedelta(seconds=1)} s" if isinstance(value, timedelta) else str(value)


def _replace(path: Path, content: Any) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o666 & ~_mask())
    Path(file.name).replace(path)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
