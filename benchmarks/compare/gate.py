"""Is bulk still so much faster than the plainest way in pandas that nobody needs a quiet machine to see it?

A few generous ratios on a million rows; `.ci/run` runs it. The figures to quote are those of `run.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))
import comparing
import report
from datasets import SMALL
from participants import REFEREE, Participant, of

RATIOS = (  # workload, who is to be faster, than whom, at least so many times
    ("L1", "ketref.kernel", "pandas.merge", 3.0),
    ("L1", "ketref.arrow_lookups", "pandas.merge", 2.0),
    ("L2", "ketref.arrow_lookups", "pandas.merge", 1.2),
    ("T", "ketref.arrow_timelines", "pandas.asof", 3.0),
)


def main() -> None:
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for workload in dict.fromkeys(workload for workload, *_ in RATIOS):
            wanted = [one for one in of(workload) if one.kind == REFEREE or one.name in named(workload)]
            found = {one["name"]: one for one in measured(Path(folder), workload, wanted)}
            missed += judged(workload, found)
    if missed:
        sys.exit("\n".join(missed))


def named(workload: str) -> set[str]:
    return {name for of_workload, one, other, _ in RATIOS if of_workload == workload for name in (one, other)}


def measured(folder: Path, workload: str, wanted: list[Participant]) -> list[dict[str, Any]]:
    return list(comparing.measured(folder, workload, wanted, SMALL))


def judged(workload: str, found: dict[str, dict[str, Any]]) -> list[str]:
    wrong = {name: one.get("failed", "wrong") for name, one in found.items() if not one.get("right")}
    missed = [f"{workload}: {name}: {why}" for name, why in wrong.items()]
    for of_workload, one, other, least in RATIOS if not missed else ():
        if of_workload == workload:
            ratio = report.nanoseconds(found[other]) / report.nanoseconds(found[one])
            said = f"{workload}: {one} is {ratio:.1f} times faster than {other}, at least {least:g} wanted"
            print(said)
            missed += [said] if ratio < least else []
    return missed


if __name__ == "__main__":
    main()
