"""Which rows does a file hold that is read as a whole: a JSON document, or a SAS transport file?"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa

from ketref import nested
from ketref.bulk.files import streams
from ketref.bulk.files.batches import Batch, File, Written, regrouped
from ketref.bulk.files.json_values import value_of
from ketref.bulk.files.streams import Held
from ketref.extras import needing
from ketref.model.mappings import Table


class HeldRows(File):
    """A table that is held in memory; its rows stand in no line."""

    def __init__(self, name: str, kind: str, rows: pa.Table) -> None:
        self.name, self.kind, self.schema = name, kind, rows.schema
        self.bytes, self.rows, self._table = rows.nbytes, rows.num_rows, rows

    def batches(self, rows: int) -> Iterator[Batch]:  # noqa: D102
        return regrouped([Batch(self._table, 0)], rows)

    def written(self, rows: Collection[int]) -> dict[int, Written]:  # noqa: ARG002, D102
        return {}


def json_rows_of(name: str, kind: str, held: Held, compression: str | None, encoding: str, table: Table) -> File:
    """The rows of a JSON document, or of one a line, that a mapping looks for; without one those of a list of objects.

    Raises ValueError where it is not JSON, or holds none.
    """
    content = b"".join(streams.pieces(held, compression, encoding))
    documents = _documents(content, lines=kind == "jsonl")
    if table.nested:
        found: list[nested.Row] | None = nested.rows_at(documents, table.at, table.where, table.paths)
        if not found:
            raise ValueError(nested.none_of(table.at, table.where))
    else:
        found = nested.rows_of(documents)
    if found is None:
        raise ValueError("it holds no list of rows; of a nested document say what it is, such as --mapping fhir")
    names = dict.fromkeys(key for row in found for key in row)
    return HeldRows(name, kind, pa.table({key: _column([row.get(key) for row in found]) for key in names}))


def _documents(content: bytes, lines: bool) -> list[Any]:
    """The documents of a text: one, or one a line, which is looked for where it is not one."""
    if not lines:
        try:
            return [value_of(content)]
        except ValueError:
            if b"\n" not in content.strip():
                raise
            try:
                return _documents(content, lines=True)
            except ValueError:
                pass  # then it is said what is wrong with it as one
            raise
    numbered = [(number, text) for number, text in enumerate(content.split(b"\n"), 1) if text.strip()]
    return [value_of(text, number) for number, text in numbered]


def _column(values: list[Any]) -> pa.Array:
    """Values of one column: as they are where they have one type, else as text; what is nested is its JSON."""
    plain = [json.dumps(value) if isinstance(value, dict | list) else value for value in values]
    if len({type(value) for value in plain if value is not None}) > 1:
        plain = [value if value is None or isinstance(value, str) else json.dumps(value) for value in plain]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError):
        return pa.array([value if value is None else str(value) for value in plain])


def transport_rows(name: str) -> File:
    """The rows of a SAS transport file (XPT v5). Raises UsageError where pyreadstat, an extra, is missing."""
    with needing("sas", f"`{name}`: SAS transport files need", "write the file as CSV"):
        import pyreadstat
    try:
        found, _ = pyreadstat.read_xport(name, disable_datetime_conversion=True)
    except pyreadstat.ReadstatError as error:
        raise ValueError(str(error)) from None
    return HeldRows(name, "xpt", pa.Table.from_pandas(found, preserve_index=False))
