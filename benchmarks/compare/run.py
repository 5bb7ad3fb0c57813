"""What do all participants take, do they all say the same, and which aims are missed?

`python benchmarks/compare/run.py` makes the data, runs every participant in a process of its own, prints the report and
writes `benchmarks/results/bulk.md`, `bulk.json` and the tables of `docs/performance.md`, in the better part of an hour.
`--small` takes a tenth of the data and writes only where `--out NAME` says so; `--only L1 T` runs these workloads.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
import comparing
import datasets
import page
import report
import tables


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the data")
    parser.add_argument("--only", nargs="+", choices=datasets.WORKLOADS, default=datasets.WORKLOADS)
    parser.add_argument("--out", help="the name of the results (default: bulk; with --small or --only none)")
    given = parser.parse_args()
    whole = not given.small and given.only == datasets.WORKLOADS
    found = comparing.compared(given.only, datasets.SMALL if given.small else datasets.FULL)
    found["command"] = " ".join(["python benchmarks/compare/run.py", *sys.argv[1:]])
    text = report.as_text(found)
    print(text)
    if name := given.out or ("bulk" if whole else None):
        tables.write(name, found, text)
    if whole:
        page.main()
    if wrong := report.wrong(found):
        sys.exit(f"not as the referee says: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
