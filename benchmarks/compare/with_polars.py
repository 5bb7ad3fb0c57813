"""How would one do it in Polars?

Lookups: a join on the three columns with the plain table, then when/then. The streaming engine is the fastest, but only
where the rows may come in any order, so each carries its number; in order, the engine in memory is faster. By hand: the
physical codes of the Enums, packed, gather the four ends.

Timelines: all pairs of a subject, or the running maxima of the ends, found by as-of joins; by hand with subject,
specimen and time packed into one sorted number, so that no join needs groups.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import polars as pl
import task
from task import Task
from thresholds import CODES, ENDS, KEYS, MATRICES

ENUMS = {key: pl.Enum(words) for key, words in KEYS.items()}
TIME = pl.col("time_s")
SPAN = 1 << 26  # seconds: more than the year of the data and the longest window
BOUNDS = (("from_latest", "until_earliest"), ("from_earliest", "until_latest"), ("start_s", "from_earliest"))
"""An as-of join finds the doses whose first is past; the highest second of these tells whether one is still to come."""


def code(status: str) -> pl.Expr:
    return pl.lit(CODES[status], dtype=pl.Int8)


def status(time: pl.Expr, opens: pl.Expr, surely: pl.Expr, closing: pl.Expr, closed: pl.Expr) -> pl.Expr:
    return (
        pl.when(time >= closed)
        .then(code("not_expected"))
        .when(time < opens)
        .then(code("not_yet"))
        .when((time >= surely) & (time < closing))
        .then(code("expected"))
        .otherwise(code("possible"))
        .alias("status")
    )


def frame(table: Any) -> pl.DataFrame:
    made = pl.from_arrow(table)
    return made.with_columns(
        pl.col(key).cast(enum) for key, enum in ENUMS.items() if key in made.columns and made[key].dtype != pl.String
    )


def plain(folder: Path, like: pl.DataFrame) -> pl.LazyFrame:
    """The plain table, with the words in the type in which the data have them."""
    made = pl.from_arrow(task.thresholds(folder))
    return made.with_columns(pl.col(key).cast(like.schema.get(key, ENUMS[key])) for key in KEYS).lazy()


# ------------------------------------------------------------------------ lookups

BY_ELAPSED = status(pl.col("elapsed"), *map(pl.col, ENDS))


def join(folder: Path, rows: int | None) -> Task:
    asked = frame(task.questions(folder, rows=rows)).with_row_index("row")
    ends = plain(folder, asked)
    query = asked.lazy().join(ends, on=list(KEYS)).select("row", BY_ELAPSED)
    return Task(lambda: query.collect(engine="streaming"), numbered, (asked.drop("row"),))


def join_in_order(folder: Path, rows: int | None) -> Task:
    asked = frame(task.questions(folder, rows=rows))
    ends = plain(folder, asked)
    query = asked.lazy().join(ends, on=list(KEYS), how="left", maintain_order="left").select(BY_ELAPSED)
    return Task(lambda: query.collect(engine="in-memory"), plainly, (asked,))


def gather(folder: Path, rows: int | None) -> Task:
    asked = frame(task.questions(folder, rows=rows))
    route, matrix = (pl.col(key).to_physical() for key in ("route", "matrix"))
    substance = pl.col("substance").to_physical().cast(pl.UInt32)
    packed = (substance * len(KEYS["route"]) + route) * len(MATRICES) + matrix
    ends = [pl.lit(pl.Series(values)).gather(packed) for values in task.ends(folder)]
    query = asked.lazy().select(status(pl.col("elapsed"), *ends))
    return Task(lambda: query.collect(engine="streaming"), plainly, (asked,))


def csv_join(folder: Path, _: int | None) -> Task:
    path = folder / "polars.csv"
    asked = pl.scan_csv(folder / "questions.csv")
    ends = pl.from_arrow(task.thresholds(folder)).lazy()
    query = asked.join(ends, on=list(KEYS)).select("id", *KEYS, "elapsed", "since", BY_ELAPSED)

    def work() -> Path:
        query.sink_csv(path, engine="streaming")
        return path

    return Task(work, lambda path: task.in_order(*map(task.stored(path).column, ("id", "status"))))


def numbered(found: pl.DataFrame) -> np.ndarray:
    return task.in_order(found["row"], found["status"])


def plainly(found: pl.DataFrame) -> np.ndarray:
    return found["status"].to_numpy()


# ------------------------------------------------------------------------ timelines

DOSES = ("subject", "substance", "route", "start_s")
SAMPLES = ("subject", "matrix", "time_s")


def read(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    doses, samples = map(frame, task.timeline(folder, DOSES, SAMPLES))
    return doses, samples.with_row_index("row")


def all_pairs(folder: Path, _: int | None) -> Task:
    doses, samples = read(folder)
    query = by_pairs(doses.lazy(), samples.lazy(), plain(folder, doses))
    return Task(partial(query.collect, engine="streaming"), partial(those_without, len(samples)), (doses, samples))


def by_pairs(doses: pl.LazyFrame, samples: pl.LazyFrame, ends: pl.LazyFrame) -> pl.LazyFrame:
    elapsed = TIME - pl.col("start_s")
    pairs = samples.join(doses, on="subject").filter(elapsed >= 0).join(ends, on=list(KEYS))
    return pairs.select("row", status(elapsed, *map(pl.col, ENDS))).group_by("row").agg(pl.col("status").max())


def those_without(rows: int, found: pl.DataFrame) -> np.ndarray:
    """A sample without an earlier dose is in no pair."""
    statuses = np.full(rows, CODES["no_dose"], np.int8)
    statuses[found["row"].to_numpy()] = found["status"].to_numpy()
    return statuses


def asof(folder: Path, _: int | None) -> Task:
    doses, samples = read(folder)
    query = by_groups(doses.lazy(), samples.lazy(), plain(folder, doses))
    return Task(partial(query.collect, engine="streaming"), numbered, (doses, samples))


def by_groups(doses: pl.LazyFrame, samples: pl.LazyFrame, ends: pl.LazyFrame) -> pl.LazyFrame:
    group = ["subject", "matrix"]
    meant = doses.join(ends, on=["substance", "route"]).with_columns(pl.col(end) + pl.col("start_s") for end in ENDS)
    found = samples.sort("time_s")
    for first, second in BOUNDS:
        running = (
            meant.select(*group, pl.col(first).alias("time_s"), pl.col(second).alias(f"after_{first}"))
            .sort("time_s")
            .with_columns(pl.col(f"after_{first}").cum_max().over(group))
        )
        found = found.join_asof(running, on="time_s", by=group, strategy="backward", check_sortedness=False)
    return found.select("row", highest(*(pl.col(f"after_{first}") for first, _ in BOUNDS)))


def highest(expected: pl.Expr, possible: pl.Expr, not_yet: pl.Expr) -> pl.Expr:
    """The highest status; a bound that was not found is null, and not after anything."""
    return (
        pl.when(expected > TIME)
        .then(code("expected"))
        .when(possible > TIME)
        .then(code("possible"))
        .when(not_yet > TIME)
        .then(code("not_yet"))
        .when(not_yet.is_not_null())
        .then(code("not_expected"))
        .otherwise(code("no_dose"))
        .alias("status")
    )


def asof_packed(folder: Path, _: int | None) -> Task:
    doses, samples = read(folder)
    query = by_one_number(doses.lazy(), samples.lazy(), plain(folder, doses))
    return Task(partial(query.collect, engine="streaming"), numbered, (doses, samples))


def by_one_number(doses: pl.LazyFrame, samples: pl.LazyFrame, ends: pl.LazyFrame) -> pl.LazyFrame:
    group = pl.col("subject") * len(MATRICES) + pl.col("matrix").to_physical()
    packed = group * SPAN - datasets.EPOCH
    meant = doses.join(ends, on=["substance", "route"]).select(
        pl.col("start_s") + packed, *(pl.col(end) + pl.col("start_s") + packed for end in ENDS)
    )
    found = samples.select("row", TIME + packed).sort("time_s")
    own = TIME // SPAN
    for first, second in BOUNDS:
        running = (
            meant.select(pl.col(first).alias("time_s"), pl.col(second).alias(f"after_{first}"))
            .sort("time_s")
            .with_columns(pl.col(f"after_{first}").cum_max())
        )
        found = found.join_asof(running, on="time_s", strategy="backward", check_sortedness=False)
    after = [pl.col(f"after_{first}") for first, _ in BOUNDS]
    return found.select("row", highest(*(pl.when(bound // SPAN == own).then(bound) for bound in after)))


# ------------------------------------------------------------------------ timelines in files


def scanned(folder: Path) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    doses = pl.scan_parquet(folder / "doses.parquet").select(DOSES)
    samples = pl.scan_parquet(folder / "samples.parquet").select(SAMPLES)
    words = {key: pl.col(key).cast(enum) for key, enum in ENUMS.items()}
    doses = doses.with_columns(words["substance"], words["route"])
    return doses, samples.with_columns(words["matrix"]).with_row_index("row")


def plain_enums(folder: Path) -> pl.LazyFrame:
    return plain(folder, pl.DataFrame(schema=ENUMS))


def sunk(query: pl.LazyFrame, folder: Path) -> Task:
    path = folder / "polars.parquet"
    rows = pl.scan_parquet(folder / "samples.parquet").select(pl.len()).collect().item()

    def work() -> Path:
        query.sink_parquet(path, engine="streaming")
        return path

    return Task(work, lambda path: those_without(rows, pl.read_parquet(path)))


def stored_pairs(folder: Path, _: int | None) -> Task:
    return sunk(by_pairs(*scanned(folder), plain_enums(folder)), folder)


def stored_asof(folder: Path, _: int | None) -> Task:
    return sunk(by_one_number(*scanned(folder), plain_enums(folder)), folder)
