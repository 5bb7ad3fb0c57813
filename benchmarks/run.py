"""What do all the benchmarks say, on which machine, and which aims are missed?

`python benchmarks/run.py [NAME]` runs them and writes `results/NAME.md` and `results/NAME.json` (default: foundation).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import machine
import panels
import processes
import ratios
import tables
import test_substances
from tables import table

from ketref.book.loading import shipped

HERE = Path(__file__).resolve().parent
PACKAGES = ("ketref", "attrs", "cattrs", "tomli", "pytest", "pytest-benchmark")
Figures = dict[str, dict[str, float]]

SAYS = {
    "test_load[shipped]": "load: a new book, every file read and structured",
    "test_load[tenfold]": "load, ten times as many rules",
    "test_load_cold": "load, cold: from the folder, every file read; imports aside",
    "test_load_warm": "load, warm: the shipped book once more",
    "test_load_folder": "`ketref.load`: every file read and validated",
    "test_check": "`ketref check`: all pairs of rules, all golden cases",
    "test_check_tenfold": "`ketref check`, ten times as many rules (once)",
    "test_detect[shipped]": "`detect`, warm: route, method, cutoff said",
    "test_detect[tenfold]": "`detect`, warm, ten times as many rules",
    "test_detect_little[shipped]": "`detect`, warm: specimen and time only",
    "test_detect_little[tenfold]": "`detect`, specimen and time only, ten times as many rules",
    "test_detect_evidence[shipped]": "`detect` with its evidence",
    "test_detect_evidence[tenfold]": "`detect` with its evidence, ten times as many rules",
    "test_detect_whole[shipped]": "`detect` with all of its JSON form",
    "test_detect_whole[tenfold]": "`detect` with all of its JSON form, ten times as many rules",
    "test_effects[shipped]": "`effects`, warm: the phases",
    "test_effects[tenfold]": "`effects`, warm: the phases, ten times as many rules",
    "test_effects_whole[shipped]": "`effects` with all of its JSON form",
    "test_effects_whole[tenfold]": "`effects` with all of its JSON form, ten times as many rules",
    "test_detect_many[shipped]": "`detect_many`, 100,000 rows of an Arrow table",
    "test_detect_many[tenfold]": "`detect_many`, ten times as many rules",
    "test_effects_many[shipped]": "`effects_many`, 100,000 rows",
    "test_effects_many[tenfold]": "`effects_many`, ten times as many rules",
    "test_evaluate[shipped-columns0]": "`evaluate`, 100,000 doses and samples in no order: the status",
    "test_evaluate[tenfold-columns0]": "`evaluate`, ten times as many rules",
    "test_evaluate[shipped-columns1]": "`evaluate` with dose, rule, pattern, elapsed time and next change",
    "test_evaluate[tenfold-columns1]": "`evaluate` with all these, ten times as many rules",
    "test_history_whole[1]": "`history` of one dose with all of its JSON form",
    "test_history_whole[10]": "`history` of ten doses with all of its JSON form",
    "test_history_whole[100]": "`history` of a hundred doses with all of its JSON form",
    "test_infer": "`infer` of 20 results with all of its JSON form",
    "test_infer_declared": "`infer` of 20 results and a hundred declared doses with all of its JSON form",
    "test_history_tests": "`history` of a hundred doses: the tests, and until when",
    "test_first_detect[shipped]": "the first `detect` of a book that is read",
    "test_first_detect[tenfold]": "the first `detect`, ten times as many rules",
    **{
        f"test_{test}_panel[{count}-{panel}]": f"{what} of {count:,} rules by {panel}"
        for test, what in (
            ("check", "`ketref check`"),
            ("first_detect", "the first `detect` with all of its JSON form,"),
        )
        for panel in panels.PANELS
        for count in panels.COUNTS
    },
}
AIMS = (  # what, figure, against which (None: microseconds), at most
    ("process `ketref detect` / bare import", "ketref detect", "bare import", 2.0),
    ("process `python -m ketref detect` / bare import", "python -m ketref detect", "bare import", 2.0),
    ("`detect`, warm, in µs", "test_detect[shipped]", None, 20.0),
)
TENFOLD_AIMS = (  # what, ratio, at most
    ("`detect`, tenfold / shipped", "detect", 1.1),
    ("`detect`, specimen and time only, tenfold / shipped", "detect_little", 1.1),
    ("`detect` with its evidence, tenfold / shipped", "detect_evidence", 1.1),
    ("`effects`, tenfold / shipped", "effects", 1.1),
    ("load, tenfold / shipped", "load", 12.0),
)
NO_AIM = (
    ("process `ketref detect --format json` / bare import", "ketref detect --format json", "bare import"),
    ("process `ketref effects` / bare import", "ketref effects", "bare import"),
    ("first `detect`, tenfold / shipped", "test_first_detect[tenfold]", "test_first_detect[shipped]"),
    ("`ketref check`, tenfold / shipped", "test_check_tenfold", "test_check"),
    *(
        (
            f"`ketref check`, 10,000 / 1,000 rules by {panel}",
            *(f"test_check_panel[{n}-{panel}]" for n in (10_000, 1_000)),
        )
        for panel in panels.PANELS
    ),
)
TENFOLD_NO_AIM = (
    ("`detect` with all of its JSON form, tenfold / shipped", "detect_whole"),
    ("`effects` with all of its JSON form, tenfold / shipped", "effects_whole"),
)


def main(name: str) -> None:
    report = measured()
    text = as_text(report)
    tables.write(name, report, text)
    print(text)


def measured() -> dict[str, Any]:
    load = machine.load()
    figures, extra = by_pytest()
    figures |= by_processes()
    tenfold = {name: middle for name, (_, middle, _) in ratios.measure().items()}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": "python benchmarks/run.py",
        "machine": {**machine.machine(), "load before": f"{load:.1f}"},
        "busy": load > machine.BUSY,
        "packages": machine.versions(*PACKAGES),
        "book": {"edition": shipped().edition, "digest": shipped().digest, "sizes": extra},
        "aims": [
            *(against(what, figure(figures, one, other), most) for what, one, other, most in AIMS),
            *(against(what, tenfold[name], most) for what, name, most in TENFOLD_AIMS),
        ],
        "ratios": [
            {"what": "process `ketref detect` / bare import, time on the CPU", "ratio": cpu_ratio(figures)},
            *({"what": what, "ratio": figure(figures, one, other)} for what, one, other in NO_AIM),
            *({"what": what, "ratio": tenfold[name]} for what, name in TENFOLD_NO_AIM),
            {"what": "`detect_many`: a row among 30 substances / among 2", "ratio": test_substances.measure()[1]},
        ],
        "seconds": figures,
    }


def figure(figures: Figures, one: str, other: str | None) -> float:
    """The ratio of two medians, or one in microseconds."""
    return figures[one]["median"] / (figures[other]["median"] if other else 1e-6)


def cpu_ratio(figures: Figures) -> float:
    return figures["ketref detect"]["cpu"] / figures["bare import"]["cpu"]


def against(what: str, found: float, most: float) -> dict[str, Any]:
    return {"what": what, "found": found, "at_most": most, "met": found <= most}


# ------------------------------------------------------------------------ running


def by_pytest() -> tuple[Figures, dict[str, Any]]:
    """Median and quartiles of every benchmark, in seconds, and the sizes of the books."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        command = [sys.executable, "-m", "pytest", str(HERE), "-q", "-p", "no:cacheprovider", "--benchmark-only"]
        subprocess.run([*command, f"--benchmark-json={found}"], check=True, stdout=sys.stderr, cwd=HERE.parent)
        benchmarks = json.loads(found.read_text())["benchmarks"]
    figures = {
        b["name"]: {"median": b["stats"]["median"], "low": b["stats"]["q1"], "high": b["stats"]["q3"]}
        | {"rounds": b["stats"]["rounds"]}
        for b in benchmarks
    }
    return figures, {b["name"]: b["extra_info"] for b in benchmarks if b["extra_info"]}


def by_processes() -> Figures:
    figures = {}
    for name, clocks in processes.measure().items():
        low, middle, high = quantiles(clocks["wall"], n=4)
        rounds = {"rounds": len(clocks["wall"]), "cpu": median(clocks["cpu"])}
        figures[name] = {"median": middle, "low": low, "high": high} | rounds
    return figures


# ------------------------------------------------------------------------ writing


def as_text(report: dict[str, Any]) -> str:
    missed = [f"{row['what']}: {row['found']:.2f}, aim {row['at_most']:g}" for row in report["aims"] if not row["met"]]
    sizes = "; ".join(
        f"{name.split('[')[-1].rstrip(']')}: {size['rules']} rules, {size['bytes'] / 1024:.0f} KiB"
        for name, size in report["book"]["sizes"].items()
    )
    edition = f"{report['book']['edition']} ({report['book']['digest'][:19]})"
    lines = [
        "# Benchmarks of the foundation",
        "",
        f"{report['date']}, `{report['command']}`, rules {edition}.",
        f"Books: {sizes}; the tenfold one is made by `benchmarks/books.py`.",
        "",
        *tables.where(report["machine"], report["packages"]),
        *(["", machine.BUSY_NOTE] if report["busy"] else []),
        "",
        "## Against the aims",
        "",
        *table(
            ("what", "found", "at most", ""),
            [
                (row["what"], f"{row['found']:.2f}", f"{row['at_most']:g}", "met" if row["met"] else "missed")
                for row in report["aims"]
            ],
        ),
        "",
        f"Missed: {'; '.join(missed) or 'none'}.",
        "",
        "Tenfold is with ten times as many rules. That these cost a question nothing is taken to be a ratio of at most",
        "1.1; both are asked in turn, batch after batch, by time on the CPU.",
        "",
        "## Other ratios",
        "",
        *table(("what", "found"), [(row["what"], f"{row['ratio']:.2f}") for row in report["ratios"]]),
        "",
        "## Figures",
        "",
        "Medians of wall time; a process is also given with its time on the CPU. The processes ran in turn,",
        "round after round; the bare import is `python -c \"import attrs, cattrs, tomli\"`.",
        "",
        *table(
            ("what", "median", "quartiles", "rounds"),
            [
                (SAYS.get(name, f"process: {name}"), *shown(seconds))
                for name, seconds in report["seconds"].items()
            ],
        ),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def shown(seconds: dict[str, float]) -> tuple[str, str, str]:
    unit, scale = next(
        (u, s) for u, s in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)) if seconds["median"] * s >= 1 or s == 1e6
    )
    middle = f"{seconds['median'] * scale:.3g} {unit}"
    if "cpu" in seconds:
        middle += f" (CPU {seconds['cpu'] * scale:.3g})"
    return middle, f"{seconds['low'] * scale:.3g} to {seconds['high'] * scale:.3g}", f"{seconds['rounds']:.0f}"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "foundation")
