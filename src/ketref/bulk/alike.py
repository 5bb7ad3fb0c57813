"""Which rows of a table say the same?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ketref.bulk.columns.distinct import ROOM, Array, Meanings
from ketref.bulk.frames import Column, Frame

READ_TOGETHER = 1 << 17  # rows


class Numbered:
    """What each row of a column holds: the number of one of its distinct `values`, of which the first is None."""

    def __init__(self, column: Column, frame: Frame) -> None:
        self.values: list[Any] = [None]
        self.numbers = np.zeros(frame.height, np.int64)
        self._known: dict[Any, int] = {}
        meanings = Meanings(column, self._number, [0])
        for start, stop in frame.blocks(READ_TOGETHER, (column.name,)):
            self.numbers[start:stop] = meanings.rows(start, stop)[0]

    def _number(self, value: Any) -> list[int]:
        try:
            number = self._known.setdefault((type(value), value), len(self.values))
        except TypeError:  # what cannot be hashed is a value of its own
            number = len(self.values)
        if number == len(self.values):
            self.values.append(value)
        return [number]


def numbered(frame: Frame, without: Collection[str]) -> dict[str, Numbered]:
    """What the rows of a table hold in its columns, but for some of these."""
    return {name: Numbered(column, frame) for name, column in frame.columns.items() if name not in without}


def distinct_rows(columns: Sequence[Array]) -> tuple[Array, Array]:
    """A number for what each row holds in some columns of numbers that are not negative, and the first row of each."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        wide = int(column.max(initial=0)) + 1
        if (int(found.max(initial=0)) + 1) * wide >= ROOM:
            found = _numbers(found)
        found = found * wide + column
    found = _numbers(found)
    firsts = np.zeros(int(found.max(initial=-1)) + 1, np.int64)
    firsts[found[::-1]] = np.arange(len(found))[::-1]  # what is written last, the first row of each, stays
    return found, firsts


def _numbers(values: Array) -> Array:
    """The place of each value among the distinct ones."""
    found: Array = pa.array(values).dictionary_encode().indices.to_numpy()
    return found.astype(np.int64)
