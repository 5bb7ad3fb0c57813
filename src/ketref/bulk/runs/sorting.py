"""In which order are rows that do not fit into memory, once they are sorted?

DuckDB sorts them, on the disk where memory does not hold them. It gets texts, numbers and truth values alone: what has
another type, such as a duration, goes there as the integers that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from ketref.bulk.columns.distinct import of_cells
from ketref.errors import InputError, UsageError
from ketref.extras import installing

_HINT = f'{installing("files")}; or sort both files by subject, or allow more memory, as with --memory-limit "8 GB"'


def sorted_rows(
    batches: Iterable[pa.Table], by: Sequence[str], rows: int, memory: int, temp_dir: str | None
) -> Iterator[pa.Table]:
    """All rows, of at least one batch, sorted by some columns, null first; about so many at a time.

    At most so many bytes of `memory` are used. Raises UsageError where DuckDB is not installed, InputError where the
    disk does not hold the rows.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        message = "rows that are not sorted by subject and do not fit into memory are sorted by DuckDB"
        raise UsageError(f"{message}, which is not installed", hint=_HINT) from None
    rest = iter(batches)
    first = next(rest)
    schema, plain = _decoded(first.schema), _plain(first.schema)
    failed: list[BaseException] = []  # DuckDB wraps what is raised where it reads
    given = _reading((table.cast(schema).cast(plain) for table in chain([first], rest)), failed)
    options: dict[str, Any] = {"memory_limit": f"{memory}B", "preserve_insertion_order": False}
    if temp_dir is not None:
        options["temp_directory"] = temp_dir
    with duckdb.connect(config=options) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("given", pa.RecordBatchReader.from_batches(plain, given))
        order = ", ".join(f"{_name(name)} NULLS FIRST" for name in by)
        try:
            found = connection.sql(f"SELECT * FROM given ORDER BY {order}").to_arrow_reader(rows)  # noqa: S608
            for batch in found:
                yield pa.table(batch).cast(plain).cast(schema)
        except duckdb.Error as error:
            if failed:
                raise failed[0] from None
            message = f"the rows cannot be sorted: {error}"[:300]
            path = temp_dir or "the folder of temporary files"
            raise InputError(message, path=path, hint="name a folder with more room: --temp-dir FOLDER") from None


def _reading(tables: Iterator[pa.Table], failed: list[BaseException]) -> Iterator[pa.RecordBatch]:
    try:
        for table in tables:
            yield from table.to_batches()
    except BaseException as error:
        failed.append(error)
        raise


def _name(column: str) -> str:
    quoted = column.replace('"', '""')
    return f'"{quoted}"'


def _decoded(schema: pa.Schema) -> pa.Schema:
    """The same columns, of which none is of codes."""
    kinds = map(of_cells, schema.types)
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same columns as DuckDB gets them."""
    return pa.schema([(name, _of_plain(kind)) for name, kind in zip(schema.names, _decoded(schema).types, strict=True)])


def _of_plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_temporal(kind):
        return pa.int32() if kind.bit_width == pa.int32().bit_width else pa.int64()
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind
