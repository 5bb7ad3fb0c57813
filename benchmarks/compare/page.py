"""How do the results come into `docs/performance.md`?

`python benchmarks/compare/page.py` puts what `results/bulk.json` holds between the marks of the page anew; the prose
around them is written by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
import report
import tables
from participants import KERNEL, KETREF, LIMIT

PAGE = HERE.parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- results of {}: put in by benchmarks/compare/page.py -->", "<!-- end of the results -->"
MISSING = "Not measured yet: `python benchmarks/compare/run.py` measures and puts the tables here."


def main() -> None:
    PAGE.write_text(with_results(PAGE.read_text(encoding="utf-8"), measured()), encoding="utf-8")


def measured() -> dict[str, Any] | None:
    path = tables.RESULTS / "bulk.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def with_results(page: str, found: dict[str, Any] | None) -> str:
    for name, part in PARTS.items():
        begin = BEGIN.format(name)
        before, _, rest = page.partition(begin)
        _, mark, after = rest.partition(END)
        if not mark:
            raise ValueError(f"the page has no place for the results of {name}")
        lines = part(found) if found else [MISSING]
        page = "\n".join([f"{before}{begin}", "", *lines, "", f"{END}{after}"])
    return page


def machine(found: dict[str, Any]) -> list[str]:
    where = tables.where(found["machine"], found["packages"])
    return [f"Measured {found['date']} by `{found['command']}`.", "", *where]


def workloads(found: dict[str, Any]) -> list[str]:
    lines = []
    for name, participants in found["workloads"].items():
        lines += ["", f"### {report.TITLES[name]}", "", *report.workload_table(participants)]
    return lines[1:]


def losses(found: dict[str, Any]) -> list[str]:
    """Everything that is faster than what users call, a limit aside."""
    rows = []
    for workload in found["workloads"]:
        ours = report.best(found, workload, KETREF)
        if ours is None:
            continue
        faster = (
            one
            for one in report.measured(found, workload).values()
            if one["kind"] not in {KETREF, KERNEL, LIMIT} and report.nanoseconds(one) < report.nanoseconds(ours)
        )
        rows += [
            (workload, one["says"], one["kind"], f"{report.nanoseconds(ours) / report.nanoseconds(one):.2f}")
            for one in sorted(faster, key=report.nanoseconds)
        ]
    if not rows:
        return ["In no workload was any of them faster than the fastest call of ketref."]
    return tables.table(("workload", "what was faster than the fastest call of ketref", "as", "times"), rows)


PARTS = {
    "the machine": machine,
    "the aims": lambda found: report.aims_table(found["aims"]),
    "the workloads": workloads,
    "growth": report.growth_table,
    "the first call": lambda found: report.first_call_lines(found)[2:-1],
    "losses": losses,
}

if __name__ == "__main__":
    main()
