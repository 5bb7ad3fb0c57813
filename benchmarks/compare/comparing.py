"""What does each participant take in a process of its own, and does it say what the referee says?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import datasets
import machine
import numpy as np
import report
from datasets import Sizes
from measuring import digest
from participants import REFEREE, ROW_BY_ROW, Participant, of

HERE = Path(__file__).resolve().parent
LONGEST = 900  # seconds for one participant; who needs more is reported as too slow
PACKAGES = (
    *("ketref", "numpy", "numba", "narwhals", "pyarrow", "polars", "duckdb", "pandas", "zen-engine", "rule-engine"),
)
Figures = dict[str, Any]


def compared(workloads: Sequence[str], sizes: Sizes) -> Figures:
    load = machine.load()
    found: Figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {**machine.machine(), "load before": f"{load:.1f}"},
        "busy": load > machine.BUSY,
        "packages": machine.versions(*PACKAGES),
        "sizes": vars(sizes),
        "workloads": {},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for workload in workloads:
            found["workloads"][workload] = list(measured(folder, workload, of(workload), sizes))
        found["first_call"] = {
            call: first_calls(call, folder / f"{workload}-tiny")
            for workload, call in (("L1", "detect_many"), ("T", "evaluate"))
            if workload in workloads
        }
    found["aims"] = report.aims(found)
    return found


def measured(folder: Path, workload: str, participants: list[Participant], sizes: Sizes) -> Iterator[Figures]:
    """The figures of each participant in a workload; what the referee says comes first."""
    full, tiny = folder / workload, folder / f"{workload}-tiny"
    datasets.make(full, workload, sizes)
    datasets.make(tiny, workload, datasets.TINY)
    right = full / "statuses.npy"
    for participant in participants:
        print(f"{workload}: {participant.says}", file=sys.stderr, flush=True)
        found = process(participant, full, tiny, right)
        if "wall" in found:
            expected = digest(np.load(right, mmap_mode="r")[: found["rows"]])
            complete = participant.kind == ROW_BY_ROW or found["rows"] == len(np.load(right, mmap_mode="r"))
            found["right"] = complete and found.pop("digest") == expected
            found["units"] = units(workload, full, found["rows"])
            found["best"], found["median"] = min(found["wall"]), median(found["wall"])
        yield {"kind": participant.kind, "name": participant.name, "says": participant.says, **found}


def units(workload: str, folder: Path, rows: int) -> int:
    """By how many rows or events time is divided: of a timeline, each dose is an event beside each sample."""
    if workload not in datasets.TIMELINES:
        return rows
    doses, samples = (datasets.rows(folder, name) for name in ("doses", "samples"))
    return rows + rows * doses // samples


def process(participant: Participant, full: Path, tiny: Path, right: Path) -> Figures:
    save = str(right) if participant.kind == REFEREE else ""
    words = [participant.module, participant.function, full, tiny, participant.repeats, participant.rows, save]
    try:
        done = subprocess.run(
            [sys.executable, str(HERE / "measuring.py"), *map(str, words)],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env=environment(),
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done within {LONGEST} s"}
    if done.returncode:
        if "Out of Memory" in done.stderr:
            return {"failed": "not done in the memory that it was given"}
        return {"failed": (done.stderr.strip().splitlines() or ["died"])[-1]}
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE.parent), **more}


def first_calls(call: str, tiny: Path) -> Figures:
    """Seconds from `import ketref` to the first answers in a fresh process, with nothing compiled and with all."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, str(HERE / "first_call.py"), call, str(tiny)]
        times = []
        for _ in range(6):
            done = subprocess.run(command, capture_output=True, text=True, env=environment(KETREF_CACHE=cache))
            if done.returncode:
                return {"failed": (done.stderr.strip().splitlines() or ["died"])[-1]}
            times.append(float(done.stdout))
    return {"cold": times[0], "warm": median(times[1:])}
