"""How are rows written as JSON lines, a column at a time?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.bulk.files.cells import by_distinct, converted, plain

_TOGETHER = 1 << 16  # rows that are joined together
_LARGEST = 1 << 27  # bytes of such rows
_NULL = "null"
_QUOTE, _BACKSLASH, _SPACE = b'"\\ '


def json_rows(found: pa.Table) -> Iterator[pa.Buffer]:
    """The rows as JSON, one object a line.

    Moments, days and durations become text, what is not finite null. Raises ValueError, which names the column, where a
    value cannot be written so.
    """
    most = _TOGETHER if found.nbytes < _LARGEST else max(1, found.num_rows * _LARGEST // found.nbytes)
    for batch in found.to_batches(max_chunksize=min(most, _TOGETHER)):
        parts: list[Any] = []
        between = "{"
        for name, (sign, values) in zip(batch.schema.names, converted(batch, _signed), strict=True):
            parts += [f"{between}{json.dumps(name, ensure_ascii=False)}: {sign}", values]
            between = f"{sign}, "
        if parts and batch.num_rows:
            lines = pc.binary_join_element_wise(*parts, f"{between.removesuffix(', ')}}}\n", "")
            yield pa.py_buffer(_bytes(lines))


def _signed(column: pa.Array) -> tuple[str, pa.Array]:
    """What JSON writes for each value, and the sign that is still to be put around it."""
    if pa.types.is_string(column.type) and not column.null_count and not _escaped(column):
        return '"', column
    return "", _values(column)


def _values(column: pa.Array) -> pa.Array:
    """What JSON writes for each value."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        texts = _values(column.dictionary).take(column.indices)
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        texts = column.cast(pa.string())
    elif pa.types.is_floating(kind):
        texts = by_distinct(column, _written)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_temporal(kind):
        texts = _quoted(plain(column))
    else:
        texts = pa.array([None if value is None else _written(value) for value in column.to_pylist()], pa.string())
    return texts.fill_null(_NULL)


def _quoted(texts: pa.Array) -> pa.Array:
    return by_distinct(texts, _written) if _escaped(texts) else pc.binary_join_element_wise('"', texts, '"', "")


def _escaped(texts: pa.Array) -> bool:
    """Whether some of the texts hold what JSON does not write as it is."""
    signs = _bytes(texts)
    return bool(((signs < _SPACE) | (signs == _QUOTE) | (signs == _BACKSLASH)).any())


def _bytes(texts: pa.Array) -> np.ndarray[Any, Any]:
    """All texts, one after another."""
    _, offsets, content = texts.buffers()
    if content is None:
        return np.empty(0, np.uint8)
    begin, end = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return np.frombuffer(content, np.uint8)[begin:end]


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    """The same with null for NaN and infinity, for which JSON has no words."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
