"""How would one do it in pandas?

Lookups: a left merge with the plain table, then `numpy.select`. Timelines: the running maxima of the ends by groups,
found by `merge_asof`; by hand with subject, specimen and time packed into one sorted number, so that it needs no
groups.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import task
from task import Task
from thresholds import CODES, ENDS, KEYS, MATRICES

SPAN = 1 << 26  # seconds: more than the year of the data and the longest window
DOSES, SAMPLES = ("subject", "substance", "route", "start_s"), ("subject", "matrix", "time_s")
BOUNDS = (("from_latest", "until_earliest"), ("from_earliest", "until_latest"), ("start_s", "from_earliest"))
"""`merge_asof` finds the doses whose first is past; the highest second of these tells whether one is still to come."""


def code(status: str) -> np.int8:
    return np.int8(CODES[status])


def frame(table: Any) -> pd.DataFrame:
    made = table.to_pandas()
    for key, words in KEYS.items():
        if key in made and isinstance(made[key].dtype, pd.CategoricalDtype):
            made[key] = made[key].cat.set_categories(words)
    return made


def plain(folder: Path, like: pd.DataFrame) -> pd.DataFrame:
    """The plain table, with the words in the type in which the data have them."""
    made = task.thresholds(folder).to_pandas()
    return made.astype({key: like[key].dtype if key in like else pd.CategoricalDtype(KEYS[key]) for key in KEYS})


# ------------------------------------------------------------------------ lookups


def merge(folder: Path, rows: int | None) -> Task:
    asked = frame(task.questions(folder, rows=rows))
    return Task(partial(merged, asked, plain(folder, asked)), np.asarray, (asked,))


def merged(asked: pd.DataFrame, ends: pd.DataFrame) -> np.ndarray:
    together = asked.merge(ends, on=list(KEYS), how="left")
    elapsed = together["elapsed"].to_numpy()
    opens, surely, closing, closed = (together[end].to_numpy() for end in ENDS)
    return np.select(
        [elapsed >= closed, elapsed < opens, (elapsed >= surely) & (elapsed < closing)],
        [code("not_expected"), code("not_yet"), code("expected")],
        code("possible"),
    )


def csv_merge(folder: Path, _: int | None) -> Task:
    """Arrow reads the file for pandas, which is the fastest way."""
    path = folder / "pandas.csv"
    ends = task.thresholds(folder).to_pandas()

    def work() -> Path:
        asked = pd.read_csv(folder / "questions.csv", engine="pyarrow")
        asked["status"] = merged(asked, ends)
        asked.to_csv(path, index=False)
        return path

    return Task(work, lambda path: task.stored(path)["status"].to_numpy())


# ------------------------------------------------------------------------ timelines


def timeline(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    doses, samples = map(frame, task.timeline(folder, DOSES, SAMPLES))
    return doses, samples, plain(folder, doses)


def meant(doses: pd.DataFrame, ends: pd.DataFrame) -> pd.DataFrame:
    """A row for every dose and specimen, with the moments at which the ends lie."""
    made = doses.merge(ends, on=["substance", "route"])
    for end in ENDS:
        made[end] += made["start_s"]
    return made


def asof(folder: Path, _: int | None) -> Task:
    doses, samples, ends = timeline(folder)
    return Task(partial(by_groups, doses, samples, ends), np.asarray, (doses, samples))


def by_groups(doses: pd.DataFrame, samples: pd.DataFrame, ends: pd.DataFrame) -> np.ndarray:
    group = ["subject", "matrix"]
    made = meant(doses, ends)
    found = samples.reset_index(names="row").sort_values("time_s")
    for first, second in BOUNDS:
        running = made[[*group, first, second]].sort_values(first)
        running[f"after_{first}"] = running.groupby(group, observed=True, sort=False)[second].cummax()
        running = running[[*group, first, f"after_{first}"]].rename(columns={first: "time_s"})
        found = pd.merge_asof(found, running, on="time_s", by=group)
    time = found["time_s"].to_numpy()
    bounds = [found[f"after_{first}"].fillna(-1).to_numpy(np.int64) for first, _ in BOUNDS]
    return task.in_order(found["row"], highest(time, *bounds))


def asof_packed(folder: Path, _: int | None) -> Task:
    doses, samples, ends = timeline(folder)
    return Task(partial(by_one_number, doses, samples, ends), np.asarray, (doses, samples))


def by_one_number(doses: pd.DataFrame, samples: pd.DataFrame, ends: pd.DataFrame) -> np.ndarray:
    made = meant(doses, ends)
    before = packed(made)
    keys = packed(samples) + samples["time_s"].to_numpy()
    order = np.argsort(keys, kind="stable")
    found = pd.DataFrame({"time_s": keys[order]})
    for first, second in BOUNDS:
        running = pd.DataFrame({"time_s": made[first] + before, f"after_{first}": made[second] + before})
        running = running.sort_values("time_s").cummax()
        found = pd.merge_asof(found, running, on="time_s")
    time = found["time_s"].to_numpy()
    own = time // SPAN
    bounds = (found[f"after_{first}"].fillna(-1).to_numpy(np.int64) for first, _ in BOUNDS)
    return task.in_order(order, highest(time, *(np.where(bound // SPAN == own, bound, -1) for bound in bounds)))


def packed(made: pd.DataFrame) -> np.ndarray:
    """What turns a moment of a row into a number that is sorted by subject, specimen and time."""
    group = made["subject"].to_numpy() * len(MATRICES) + made["matrix"].cat.codes.to_numpy(np.int64)
    return group * SPAN - datasets.EPOCH


def highest(time: np.ndarray, expected: np.ndarray, possible: np.ndarray, not_yet: np.ndarray) -> np.ndarray:
    """The highest status; a bound that was not found is -1, and not after anything."""
    return np.select(
        [expected > time, possible > time, not_yet > time, not_yet >= 0],
        [code("expected"), code("possible"), code("not_yet"), code("not_expected")],
        code("no_dose"),
    )
