"""How does a column become one that a text can hold?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa

from ketref.bulk.files.batches import CANNOT

Converted = TypeVar("Converted")


def converted(found: pa.RecordBatch, convert: Callable[[pa.Array], Converted]) -> list[Converted]:
    """The columns, each converted. Raises ValueError, which names the column, where one cannot be."""
    columns = []
    for name, column in zip(found.schema.names, found.columns, strict=True):
        try:
            columns.append(convert(column))
        except CANNOT as error:
            raise ValueError(f"the column `{name}` ({column.type}): {error}") from None
    return columns


def plain(column: pa.Array) -> pa.Array:
    """A column as numbers, where it holds such, and else as text."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return column
    if pa.types.is_duration(column.type):
        digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[column.type.unit]
        return by_distinct(column.cast(pa.int64()), lambda count: _seconds(count, digits))
    return column.cast(pa.string())


def by_distinct(column: pa.Array, say: Callable[[Any], str]) -> pa.Array:
    """The text of each value, said once of those that are equal; null stays null."""
    coded = column.dictionary_encode()
    return pa.array([say(value) for value in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _seconds(count: int, digits: int) -> str:
    """A duration in seconds, with as many decimals as it has."""
    whole, rest = divmod(abs(count), 10**digits)
    decimals = f".{rest:0{digits}d}".rstrip("0") if rest else ""
    return f"{'-' * (count < 0)}{whole}{decimals} s"
