"""How would one do it by hand in NumPy, in whole columns or in blocks, and of strings with pyarrow before?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import task
from task import Task
from thresholds import CODES, KEYS

BLOCK = 32_768
BY_STAGE = np.array([CODES["not_yet"], CODES["expected"], CODES["not_expected"]], np.int8)


def columns(folder: Path, rows: int | None) -> tuple[list[np.ndarray], np.ndarray]:
    """The codes of each column, in the order of the plain table's words, and the seconds."""
    table = task.questions(folder, rows=rows)
    return [codes(table[key], words) for key, words in KEYS.items()], table["elapsed"].to_numpy()


def codes(column: pa.ChunkedArray, known: tuple[str, ...]) -> np.ndarray:
    """A column of a dictionary as the places of its words among the known ones."""
    found = column.combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = found.unify_dictionaries().combine_chunks()
    words = tuple(found.dictionary.to_pylist())
    numbers = found.indices.to_numpy()
    return numbers if words == known else np.array([known.index(word) for word in words], np.int8).take(numbers)


def whole(folder: Path, rows: int | None) -> Task:
    words, elapsed = columns(folder, rows)
    return Task(partial(statuses, words, elapsed, task.ends(folder)), np.asarray, (*words, elapsed))


def blocks(folder: Path, rows: int | None) -> Task:
    words, elapsed = columns(folder, rows)
    return Task(partial(by_blocks, words, elapsed, task.ends(folder)), np.asarray, (*words, elapsed))


def statuses(words: list[np.ndarray], elapsed: np.ndarray, ends: list[np.ndarray]) -> np.ndarray:
    """By the earliest and the latest stage: where they are one it tells the status, elsewhere it is possible."""
    substance, route, matrix = words
    packed = substance * np.int8(len(KEYS["route"])) + route
    packed *= np.int8(len(KEYS["matrix"]))
    packed += matrix
    opens, surely, closing, closed = (elapsed >= end.take(packed) for end in ends)
    earliest = surely.view(np.int8) + closed.view(np.int8)
    latest = opens.view(np.int8) + closing.view(np.int8)
    return np.where(earliest == latest, BY_STAGE.take(earliest), np.int8(CODES["possible"]))


def by_blocks(words: list[np.ndarray], elapsed: np.ndarray, ends: list[np.ndarray]) -> np.ndarray:
    found = np.empty(len(elapsed), np.int8)
    for start in range(0, len(elapsed), BLOCK):
        block = slice(start, start + BLOCK)
        found[block] = statuses([column[block] for column in words], elapsed[block], ends)
    return found


def encoded(folder: Path, rows: int | None) -> Task:
    """Strings: pyarrow makes dictionaries of the three columns, NumPy does the rest."""
    table = task.questions(folder, rows=rows)
    ends = task.ends(folder)

    def work() -> np.ndarray:
        words = [codes(table[key].dictionary_encode(), known) for key, known in KEYS.items()]
        return by_blocks(words, table["elapsed"].to_numpy(), ends)

    return Task(work, np.asarray, (table,))
