"""How are rows written as CSV?"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ketref.bulk.files.cells import converted, plain

_OBEYED = ("=", "+", "@", "-")
"""What begins a cell that a spreadsheet takes for a formula."""
_SAFE = "'"  # before which it takes none for one


def csv_rows(found: pa.Table, header: bool, safe: bool) -> Iterator[pa.Buffer]:
    """The rows as CSV, below their header where that is to be; no cell is a formula where that is to be `safe`.

    Raises ValueError, which names the column, where a value cannot be written so.
    """
    names = [f"{_SAFE * (safe and name.startswith(_OBEYED))}{name}" for name in found.column_names]
    for batch in found.to_batches() or [pa.RecordBatch.from_pylist([], found.schema)]:
        columns = converted(batch, _safe if safe else plain)
        buffer = pa.BufferOutputStream()
        csv.write_csv(pa.RecordBatch.from_arrays(columns, names=names), buffer, csv.WriteOptions(include_header=header))
        header = False
        yield buffer.getvalue()


def _safe(column: pa.Array) -> pa.Array:
    texts = plain(column)
    if not pa.types.is_string(texts.type):
        return texts
    obeyed = pc.match_substring_regex(texts, f"^[{''.join(_OBEYED)}]")
    return pc.if_else(obeyed, pc.binary_join_element_wise(_SAFE, texts, ""), texts)
