"""What does a participant hand over to be measured?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from thresholds import CODES, ENDS, KEYS

import ketref

COLUMNS = (*KEYS, "elapsed")


@dataclass(frozen=True)
class Task:
    """Work that is timed, over inputs that are read; `codes` gives the statuses of its result as numbers, in order.

    `inputs` are what the work reads, by which memory is judged; there are none where the work itself reads files.
    """

    work: Callable[[], Any]
    codes: Callable[[Any], np.ndarray]
    inputs: tuple[Any, ...] = ()


def questions(folder: Path, *columns: str, rows: int | None = None) -> pa.Table:
    """The questions, or the first of them, in memory of their own."""
    table = datasets.read(folder / "questions.arrow", *(columns or COLUMNS))
    return table if rows is None else table.slice(0, rows)


def timeline(folder: Path, doses: tuple[str, ...], samples: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    return datasets.read(folder / "doses.arrow", *doses), datasets.read(folder / "samples.arrow", *samples)


def book(folder: Path) -> ketref.Book:
    """The book that a workload is asked of: the one beside it, else the shipped one."""
    return ketref.load(folder / "book") if (folder / "book").exists() else ketref.load()


def thresholds(folder: Path) -> pa.Table:
    return datasets.read(folder / "thresholds.arrow")


def ends(folder: Path) -> list[np.ndarray]:
    """The four ends by the packed number of substance, route and specimen."""
    table = thresholds(folder)
    return [table[end].to_numpy() for end in ENDS]


def in_order(numbers: Any, statuses: Any) -> np.ndarray:
    """Statuses that came in any order, each with the number of its row."""
    ordered = np.empty(len(numbers), np.int8)
    ordered[np.asarray(numbers)] = np.asarray(statuses)
    return ordered


def codes_of_words(column: Any) -> np.ndarray:
    """The number of each status of a column of words, of any frame."""
    array = column.to_arrow() if hasattr(column, "to_arrow") else pa.array(column)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    meaning = np.array([CODES[word] for word in array.dictionary.to_pylist()], np.int8)
    return meaning[array.indices.to_numpy(zero_copy_only=False)]


def stored(path: Path) -> pa.Table:
    """The answers that were written to a file of Parquet or CSV."""
    return pq.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)


def size(made: Any) -> int:
    """Bytes of an array, a column or a frame of any kind."""
    if isinstance(made, tuple | list):
        return sum(map(size, made))
    if isinstance(made, dict):
        return sum(map(size, made.values()))
    for attribute in ("estimated_size", "nbytes", "memory_usage"):
        found = getattr(made, attribute, None)
        if found is not None:
            used = found() if callable(found) else found
            return int(used.sum() if hasattr(used, "sum") else used)
    return 0
