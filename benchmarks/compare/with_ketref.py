"""How does one do it with ketref, from frames of any kind, and how fast is the kernel alone?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import task
from task import Task
from thresholds import KEYS

import ketref
from ketref.book.tables import window_table
from ketref.bulk.compiling import compiled, threads
from ketref.bulk.frames import opened
from ketref.bulk.questions import BLOCK, Questions
from ketref.bulk.refusals import Listing
from ketref.bulk.stages import Courses, translated
from ketref.bulk.timelines import rows
from ketref.bulk.timelines.evaluate import Evaluation
from ketref.bulk.timelines.law import composing
from ketref.bulk.timelines.rows import DoseRows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.engine.course import STATUS_SEEN, UNKNOWN
from ketref.model.kinds import WINDOW

Made = Callable[[pa.Table], Any]
QUESTION = (*KEYS, "since")
LIMIT = 10**9  # bytes of memory that work in files may take, as DuckDB may
DOSES, SAMPLES = ("subject", "substance", "route", "start"), ("subject", "matrix", "time")


def polars_frame(table: pa.Table) -> Any:
    import with_polars

    return with_polars.frame(table)


def pandas_frame(table: pa.Table) -> Any:
    import with_pandas

    return with_pandas.frame(table)


def arrow_frame(table: pa.Table) -> Any:
    return table


def statuses(found: Any) -> np.ndarray:
    return task.codes_of_words(found["status"])


# ------------------------------------------------------------------------ lookups


def lookups(folder: Path, made: Made, *columns: str) -> Task:
    book = task.book(folder)
    asked = made(task.questions(folder, *QUESTION))
    return Task(lambda: ketref.detect_many(asked, columns=columns or ("status",), rules=book), statuses, (asked,))


def polars_lookups(folder: Path, _: int | None) -> Task:
    return lookups(folder, polars_frame)


def pandas_lookups(folder: Path, _: int | None) -> Task:
    return lookups(folder, pandas_frame)


def arrow_lookups(folder: Path, _: int | None) -> Task:
    return lookups(folder, arrow_frame)


def arrow_full(folder: Path, _: int | None) -> Task:
    return lookups(folder, arrow_frame, "status", "rule", "earliest_stage", "latest_stage", "next_change_s")


def kernel(folder: Path, _: int | None, workers: int = 1) -> Task:
    """From codes and whole seconds in arrays to statuses, in blocks, by what `detect_many` runs."""
    table = task.questions(folder, *KEYS, "elapsed")
    seconds = table["elapsed"].to_numpy()
    codes = {**{key: table[key] for key in KEYS}, "since": "0 s"}  # the seconds are in an array of their own
    book = task.book(folder)

    def course(said: Any, cell: Any) -> tuple[Any, Any]:
        row = window_table(book, said["substance"], said["matrix"]).row(cell)
        return row, row.course

    def work() -> np.ndarray:
        frame = opened(codes, {*codes})
        asked = Questions(book, frame, ("substance", "matrix"), WINDOW.file)
        courses = Courses(len(WINDOW.boundaries), asked.cell, course)
        meanings = np.array(STATUS_SEEN, np.int8)
        meanings[[courses.silent, courses.refused]] = UNKNOWN
        found = np.empty(frame.height, np.int8)

        def answer(block: tuple[int, int]) -> None:
            start, stop = block
            ids = asked.combinations.ids(start, stop)
            courses.compose(asked.combinations.said)
            elapsed = seconds[start:stop]
            compiled(translated)(courses.place(ids, elapsed, elapsed, None), meanings, found[start:stop])

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(answer, frame.blocks(BLOCK)))
        return found

    return Task(work, np.asarray, (table,))


def kernel_on_all_cores(folder: Path, _: int | None) -> Task:
    return kernel(folder, None, threads(datasets.rows(folder, "questions")))


# ------------------------------------------------------------------------ timelines


def timelines(folder: Path, made: Made, *columns: str) -> Task:
    book = task.book(folder)
    doses, samples = map(made, task.timeline(folder, DOSES, SAMPLES))
    return Task(partial(evaluated, doses, samples, book, *columns), statuses, (doses, samples))


def evaluated(doses: Any, samples: Any, book: ketref.Book, *columns: str) -> Any:
    return ketref.evaluate(doses, samples, columns=("status", *columns), tz="UTC", rules=book)


def polars_timelines(folder: Path, _: int | None) -> Task:
    return timelines(folder, polars_frame)


def pandas_timelines(folder: Path, _: int | None) -> Task:
    return timelines(folder, pandas_frame)


def arrow_timelines(folder: Path, _: int | None) -> Task:
    return timelines(folder, arrow_frame)


def arrow_timelines_full(folder: Path, _: int | None) -> Task:
    return timelines(folder, arrow_frame, "dose", "rule", "pattern", "elapsed_s", "next_change_s")


def timeline_kernel(folder: Path, _: int | None) -> Task:
    """From times and codes that are read to statuses: what `evaluate` does between frame and frame."""
    book = task.book(folder)
    doses, samples = task.timeline(folder, DOSES, SAMPLES)
    given = DoseRows(book, opened(doses, rows.DOSES))
    read = given, SampleRows(book, opened(samples, rows.SAMPLES), given)
    for each in read:
        each.read(threads(each.frame.height))

    def work() -> Any:
        subjects = Subjects(*read, None)
        return Evaluation(book, composing(book), *read, subjects, ["status"], "raise", Listing()).answers(None)

    return Task(work, statuses, (doses, samples))


# ------------------------------------------------------------------------ in files


def stored(folder: Path, _: int | None) -> Task:
    """What the same work takes from frames: reading, answering, and writing the answers."""
    book = task.book(folder)

    def work() -> Path:
        doses = pq.read_table(folder / "doses.parquet", columns=list(DOSES))
        samples = pq.read_table(folder / "samples.parquet", columns=list(SAMPLES))
        return datasets.store(evaluated(doses, samples, book), folder / "ketref.parquet")

    return Task(work, lambda path: statuses(task.stored(path)))


def stored_beside(folder: Path, _: int | None) -> Task:
    """The same with all columns of the samples, beside which files have their answers."""
    book = task.book(folder)

    def work() -> Path:
        doses = pq.read_table(folder / "doses.parquet", columns=list(DOSES))
        samples = pq.read_table(folder / "samples.parquet")
        found = samples.append_column("status", evaluated(doses, samples, book)["status"])
        return datasets.store(found, folder / "beside.parquet")

    return Task(work, lambda path: statuses(task.stored(path)))


def in_files(folder: Path, _: int | None) -> Task:
    """From files to a file in constant memory: in step where they are sorted, else sorted first."""
    book = task.book(folder)
    doses, samples, output = (folder / f"{name}.parquet" for name in ("doses", "samples", "answers"))
    told: list[str] = []  # that rows are not sorted
    limit = min(LIMIT, 2 * (doses.stat().st_size + samples.stat().st_size))  # less than they would take in memory

    def work() -> Any:
        return ketref.evaluate(
            doses,
            samples,
            ("status",),
            tz="UTC",
            rules=book,
            notes=told.append,
            output=output,
            force=True,
            memory_limit=f"{limit} B",
        )

    return Task(work, lambda _: statuses(task.stored(output)))


def csv_lookups(folder: Path, _: int | None) -> Task:
    book = task.book(folder)
    questions, output = folder / "questions.csv", folder / "answers.csv"
    work = partial(ketref.detect_many, questions, ("status",), output=output, force=True, rules=book)
    return Task(work, lambda _: statuses(task.stored(output)))
