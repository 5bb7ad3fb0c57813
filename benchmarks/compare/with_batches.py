"""How would a specialist answer files of any size by hand: batches of Arrow, a loop for numba, and a file again?

Of files of questions the plainest loop, over all that was read at once, is the referee of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import task
from pyarrow import csv
from task import Task
from thresholds import KEYS
from with_numba import DOSES, SAMPLES, from_the_latest, looked_up, of_doses, of_samples
from with_numpy import codes

BATCH = 1 << 18  # rows
Arrays = tuple[np.ndarray, ...]
WORDS = csv.ConvertOptions(column_types={key: pa.dictionary(pa.int32(), pa.string()) for key in KEYS})
STATUS = pa.schema([("status", pa.int8())])

# ------------------------------------------------------------------------ lookups


def looked_up_in(table: pa.Table, ends: list[np.ndarray]) -> np.ndarray:
    words = (codes(table[key], known).astype(np.int8) for key, known in KEYS.items())
    return looked_up(*words, table["elapsed"].to_numpy(), *ends)


def csv_whole(folder: Path, _: int | None) -> Task:
    ends = task.ends(folder)

    def work() -> np.ndarray:
        return looked_up_in(csv.read_csv(folder / "questions.csv", convert_options=WORDS), ends)

    return Task(work, np.asarray)


def csv_in_batches(folder: Path, _: int | None) -> Task:
    path, ends = folder / "batches.csv", task.ends(folder)

    def work() -> Path:
        given = csv.open_csv(folder / "questions.csv", convert_options=WORDS)
        schema = given.schema.append(pa.field("status", pa.int8()))
        with csv.CSVWriter(path, schema) as writer:
            for batch in given:
                table = pa.table(batch)
                found = pa.array(looked_up_in(table, ends))
                writer.write_table(table.append_column("status", found))
        return path

    return Task(work, statuses)


def statuses(path: Path) -> np.ndarray:
    return task.stored(path)["status"].to_numpy()


# ------------------------------------------------------------------------ timelines


def in_step(folder: Path, _: int | None) -> Task:
    """Two files that are sorted by subject and time, side by side."""
    path, ends = folder / "batches.parquet", task.ends(folder)

    def work() -> Path:
        doses = read(folder / "doses.parquet", DOSES, of_doses)
        samples = read(folder / "samples.parquet", SAMPLES, of_samples)
        with pq.ParquetWriter(path, STATUS) as writer:
            for part in parts(doses, samples):
                found = from_the_latest(*part, *ends)
                writer.write_table(pa.table([found], schema=STATUS))
        return path

    return Task(work, statuses)


def read(path: Path, columns: tuple[str, ...], arrays: Callable[[pa.Table], Arrays]) -> Iterator[Arrays]:
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=list(columns)):
        yield arrays(pa.table(batch))


def parts(*sides: Iterator[Arrays]) -> Iterator[Arrays]:
    """The rows of whole subjects of both sides; the first column of each tells the subject."""
    waiting = [next(side) for side in sides]
    ended = [False for _ in sides]
    while not all(ended):
        least = min(rows[0][-1] for rows, end in zip(waiting, ended, strict=True) if not end)
        stops = [int(np.searchsorted(rows[0], least)) for rows in waiting]
        if any(stops):
            yield tuple(column[:stop] for rows, stop in zip(waiting, stops, strict=True) for column in rows)
        waiting = [tuple(column[stop:] for column in rows) for rows, stop in zip(waiting, stops, strict=True)]
        for at, side in enumerate(sides):
            if not ended[at] and waiting[at][0][-1] == least:
                more = next(side, None)
                ended[at] = more is None
                if more is not None:
                    waiting[at] = tuple(map(np.concatenate, zip(waiting[at], more, strict=True)))
    yield tuple(column for rows in waiting for column in rows)
