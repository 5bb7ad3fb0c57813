"""Which data do all participants read?

Arrow and Parquet files in a folder, made from a seed: `make` with the sizes that are wanted. Times are given twice, as
durations and timestamps, which ketref is asked with, and as whole seconds, with which peers are faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import thresholds
from pyarrow import csv
from thresholds import KEYS, SEED, SHIPPED

HOUR = 3600
MEAN_ELAPSED = 200 * HOUR
YEAR = 365 * 24 * HOUR
EPOCH = 1_767_225_600  # 2026-01-01 in UTC
ROW_GROUP = 1_000_000
Columns = dict[str, np.ndarray]
Keys = dict[str, tuple[str, ...]]
"""The words of each column of words."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything: rows of look-ups; subjects, and doses and samples of each, of timelines."""

    lookups: int = 10_000_000
    subjects: int = 200_000
    doses: int = 20
    samples: int = 20
    stored_subjects: int = 2_000_000
    stored_each: int = 10
    filed_subjects: int = 500_000


FULL = Sizes()
SMALL = Sizes(1_000_000, 20_000, 20, 20, 100_000, 10, 50_000)
TINY = Sizes(2_000, 40, 5, 5, 60, 3, 60)

TIMELINES = {
    "T": lambda sizes: sizes,
    "T-unsorted": lambda sizes: sizes,
    "T-subjects": lambda sizes: replace(sizes, subjects=2 * sizes.subjects),
    "T-doses": lambda sizes: replace(sizes, doses=2 * sizes.doses),
    "T-shipped": lambda sizes: sizes,
    "T2": lambda sizes: stored(sizes, sizes.stored_subjects),
    "T2-unsorted": lambda sizes: stored(sizes, sizes.stored_subjects),
    "T2-tenth": lambda sizes: stored(sizes, sizes.stored_subjects // 10),
    "F-parquet": lambda sizes: stored(sizes, sizes.filed_subjects),
}
IN_FILES = ("T2", "T2-unsorted", "T2-tenth", "F-parquet", "F-csv")
"""Those whose work reads files and writes one."""
WORKLOADS = ("L1", "L2", "L1-shipped", *TIMELINES, "F-csv")


def stored(sizes: Sizes, subjects: int) -> Sizes:
    return replace(sizes, subjects=subjects, doses=sizes.stored_each, samples=sizes.stored_each)


def make(folder: Path, workload: str, sizes: Sizes) -> None:
    """The files of one workload, and the book and its plain table beside them, unless it asks the shipped book."""
    folder.mkdir(parents=True, exist_ok=True)
    of_shipped = workload.endswith("-shipped")
    keys = SHIPPED if of_shipped else KEYS
    if not of_shipped:
        table = thresholds.plain(thresholds.write(folder / "book"))
        write(folder / "thresholds.arrow", pa.table(table))
    random = np.random.default_rng(SEED)
    if workload in TIMELINES:
        tables = timelines(TIMELINES[workload](sizes), random, keys, shuffled=workload.endswith("-unsorted"))
        for name, made in tables:
            if workload in IN_FILES:
                pq.write_table(made, folder / f"{name}.parquet", row_group_size=ROW_GROUP)
            else:
                write(folder / f"{name}.arrow", made)
    elif workload in IN_FILES:
        csv.write_csv(as_text(questions(sizes.lookups, random, keys, as_strings=True)), folder / "questions.csv")
    else:
        write(folder / "questions.arrow", questions(sizes.lookups, random, keys, as_strings=workload == "L2"))


def write(path: Path, table: pa.Table) -> None:
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table.combine_chunks())


def read(path: Path, *columns: str) -> pa.Table:
    """Some columns of a file, in memory of their own."""
    options = pa.ipc.IpcReadOptions(included_fields=sorted(map(schema(path).get_field_index, columns)) or None)
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file, options=options).read_all()


def store(found: Any, path: Path) -> Path:
    """A frame of Arrow as a Parquet file."""
    pq.write_table(pa.table(found), path)
    return path


def rows(folder: Path, name: str) -> int:
    """How many rows a file of a workload has, without reading them."""
    path = folder / f"{name}.arrow"
    if not path.exists():
        return int(pq.read_metadata(path.with_suffix(".parquet")).num_rows)
    with pa.memory_map(str(path)) as file:
        return int(pa.ipc.open_file(file).read_all().num_rows)


def schema(path: Path) -> pa.Schema:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).schema


# ------------------------------------------------------------------------ lookups


def questions(rows: int, random: np.random.Generator, keys: Keys, as_strings: bool) -> pa.Table:
    """A substance, a route, a specimen and the time since the dose, row by row."""
    columns = {key: drawn(words, rows, random, as_strings) for key, words in keys.items()}
    elapsed = random.exponential(MEAN_ELAPSED, rows).astype(np.int64)
    return pa.table({**columns, "elapsed": elapsed, "since": pa.array(elapsed * 1_000_000, pa.duration("us"))})


def as_text(questions: pa.Table) -> pa.Table:
    """Questions as CSV holds them: numbered, and the time since the dose in minutes, beside its seconds."""
    minutes = questions["elapsed"].to_numpy() // 60
    since = pc.binary_join_element_wise(pa.array(minutes).cast(pa.string()), "min", " ")
    words = {key: questions[key] for key in KEYS}
    return pa.table({"id": np.arange(len(minutes)), **words, "elapsed": minutes * 60, "since": since})


def drawn(known: tuple[str, ...], rows: int, random: np.random.Generator, as_strings: bool = False) -> pa.Array:
    words = pa.array(known, pa.large_string())
    column = pa.DictionaryArray.from_arrays(pa.array(random.integers(0, len(words), rows, np.int8)), words)
    return column.dictionary_decode() if as_strings else column


# ------------------------------------------------------------------------ timelines


def timelines(sizes: Sizes, random: np.random.Generator, keys: Keys, shuffled: bool) -> Iterator[tuple[str, pa.Table]]:
    """The doses and the samples of every subject, by subject and time, or in no order."""
    for name, time, each, said in (
        ("doses", "start", sizes.doses, ("substance", "route")),
        ("samples", "time", sizes.samples, ("matrix",)),
    ):
        rows = sizes.subjects * each
        moments = EPOCH + np.sort(random.integers(0, YEAR, (sizes.subjects, each)), axis=1).ravel()
        columns = {
            "subject": np.repeat(np.arange(sizes.subjects, dtype=np.int64), each),
            **{key: drawn(keys[key], rows, random) for key in said},
            time: pa.array(moments * 1_000_000, pa.timestamp("us", "UTC")),
            f"{time}_s": moments,
        }
        if "substance" in columns:  # one for all: a row out is a sample
            columns["substance"] = pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(rows, np.int8)), columns["substance"].dictionary
            )
        table = pa.table(columns)
        yield name, table.take(random.permutation(rows)) if shuffled else table
