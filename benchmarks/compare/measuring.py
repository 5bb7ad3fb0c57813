"""What does one participant take, in a process of its own?

`python measuring.py MODULE FUNCTION FOLDER TINY REPEATS ROWS SAVE` prints one JSON object; ROWS is 0 for all, and SAVE
is empty or where the statuses are to be kept. What is imported, compiled and read beforehand does not count: the work
is done once on tiny data, then on the real data, over and over. Memory is the most that was resident in the first of
these runs, beyond what was resident before it.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import task

PEAK = Path("/proc/self/clear_refs")
Prepare = Callable[[Path, int | None], task.Task]
Figures = dict[str, Any]
STATUS = Path("/proc/self/status")
SHORTEST = 0.05  # seconds; less is repeated more often
MOST_REPEATS = 50


def measured(prepare: Prepare, folder: Path, tiny: Path, repeats: int, rows: int | None) -> tuple[np.ndarray, Figures]:
    """The statuses, and what they took."""
    warm = prepare(tiny, rows)
    warm.codes(warm.work())
    del warm
    ready = prepare(folder, rows)
    settle()
    before = resident("VmRSS")
    reset_peak()
    wall, cpu = [], []
    result: Any = None
    while len(wall) < repeats or (repeats > 1 and sum(wall) < SHORTEST * repeats and len(wall) < MOST_REPEATS):
        result = None
        gc.collect()
        begin, began = perf_counter(), process_time()
        result = ready.work()
        cpu.append(process_time() - began)
        wall.append(perf_counter() - begin)
        if len(wall) == 1:
            most = resident("VmHWM")
    found = np.ascontiguousarray(ready.codes(result), dtype=np.int8)
    return found, {
        "wall": wall,
        "cpu": cpu,
        "peak": most - before,
        "most": most,
        "input": task.size(ready.inputs),
        "output": task.size(result),
        "rows": len(found),
        "digest": digest(found),
    }


def digest(statuses: np.ndarray) -> str:
    return hashlib.sha256(statuses.tobytes()).hexdigest()


def settle() -> None:
    """Give back what reading has left, so that it is neither counted nor used again unseen."""
    gc.collect()
    with suppress(ImportError):
        import pyarrow as pa

        pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident(key: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


def reset_peak() -> None:
    PEAK.write_text("5")


if __name__ == "__main__":
    module, function, folder, tiny, repeats, rows, save = sys.argv[1:]
    prepare = getattr(import_module(module), function)
    statuses, figures = measured(prepare, Path(folder), Path(tiny), int(repeats), int(rows) or None)
    if save:
        np.save(save, statuses)
    print(json.dumps(figures))
