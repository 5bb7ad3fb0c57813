"""How do the figures of all participants read, and which aims do they hit?"""

from __future__ import annotations

from typing import Any

import machine
import tables
from participants import BY_HAND, KERNEL, KETREF, LIMIT, PEER

Report = dict[str, Any]
TITLES = {
    "L1": "L1: look-ups by code, ns per row",
    "L1-shipped": "L1: the same of the shipped book, ns per row",
    "L2": "L2: look-ups by name, ns per row",
    "T": "T: timelines, sorted, ns per event",
    "T-unsorted": "T: the same rows in no order, ns per event",
    "T-subjects": "T: twice the subjects, ns per event",
    "T-doses": "T: twice the doses of each subject, ns per event",
    "T-shipped": "T: timelines of the shipped book, sorted, ns per event",
    "T2": "T2: timelines in two Parquet files, ns per event",
    "T2-unsorted": "T2: the same rows in no order, ns per event",
    "T2-tenth": "T2: a tenth of the subjects, ns per event",
    "F-parquet": "F: timelines in two Parquet files that fit into memory, ns per event",
    "F-csv": "F: look-ups by name in a CSV file, ns per row",
}
FRAMES = (("polars", "a Polars frame"), ("pandas", "a pandas frame"), ("arrow", "an Arrow table"))
AT_LEAST = (  # workload, participant, what it does, how many times faster than the best peer
    ("L1", "ketref.kernel_on_all_cores", "the kernel, on all cores as the peers are", 4.0),
    *(("L1", f"ketref.{frame}_lookups", said, 4.0) for frame, said in FRAMES),
    *(("L2", f"ketref.{frame}_lookups", said, 3.0) for frame, said in FRAMES),
    *(("T", f"ketref.{frame}_timelines", said, 10.0) for frame, said in FRAMES),
    *(("T-unsorted", f"ketref.{frame}_timelines", said, 8.0) for frame, said in FRAMES),
    ("T2", "ketref.in_files", "two sorted files", 1.0),
)
GROWTH = (  # workload, what doubles, at most so many times the time of T
    ("T-subjects", "twice the subjects", 2.2),
    ("T-doses", "twice the doses of each subject", 2.0),
)
BESIDE = (  # what is compared, by workload and name, with what; at most so many times the CPU time for each row
    ("L1: the kernel / the loop over three columns", ("L1", "ketref.kernel"), ("L1", "numba.loop"), 1.6),
    ("T: the kernel / the loop by hand", ("T", "ketref.timeline_kernel"), ("T", "numba.looking_back"), 1.6),
    ("T: all columns / the status", ("T", "ketref.arrow_timelines_full"), ("T", "ketref.arrow_timelines"), 2.5),
    ("L1: the shipped book / the made one, the kernel", ("L1-shipped", "ketref.kernel"), ("L1", "ketref.kernel"), 1.5),
    (
        "T: the shipped book / the made one, the kernel",
        ("T-shipped", "ketref.timeline_kernel"),
        ("T", "ketref.timeline_kernel"),
        1.5,
    ),
)
PER_BYTES = 8.0  # times the pass over the same bytes
IN_FILES = (  # what is compared of a workload, the name of one and the other; at most so many times the time
    ("F-parquet: files / frames with reading and writing", "ketref.in_files", "ketref.stored_beside", 1.5),
    ("F-csv: a file / the same merge in pandas", "ketref.csv_lookups", "pandas.csv_merge", 0.5),
)
GROWTH_IN_FILES = (("best", "time", 11.0), ("most", "memory", 1.1))  # of T2, times that of a tenth of its subjects
RESIDENT = (("T2", "two sorted files", 400.0), ("T2-unsorted", "two files in no order", 1000.0))  # MB at most, in all
MEMORY = 1.0  # beside input and output, in sizes of the input
FIRST_CALL = 1.5  # seconds


# ------------------------------------------------------------------------ judging


def measured(report: Report, workload: str) -> dict[str, Report]:
    """Those that were done, and rightly."""
    return {one["name"]: one for one in report["workloads"].get(workload, ()) if one.get("right")}


def wrong(report: Report) -> list[str]:
    """Who did not say what the referee says, or failed."""
    return [
        f"{workload}: {one['says']}{': ' + one['failed'] if 'failed' in one else ''}"
        for workload, found in report["workloads"].items()
        for one in found
        if not one.get("right") and not one.get("failed", "").startswith("not done")
    ]


def nanoseconds(one: Report, of: str = "best") -> float:
    return float(one[of] / one["units"] * 1e9)


def best(report: Report, workload: str, kind: str) -> Report | None:
    found = [one for one in measured(report, workload).values() if one["kind"] == kind]
    return min(found, key=nanoseconds, default=None)


def aims(report: Report) -> list[Report]:
    speed = [*speeds(report), *beside_others(report), *growth(report)]
    return [*speed, *in_files(report), *memory(report), *first_call(report)]


def judged(what: str, found: float | None, least: float | None = None, most: float | None = None) -> Report:
    """Whether an aim is hit; what could not be measured is not."""
    met = found is not None and (least is None or found >= least) and (most is None or found <= most)
    return {"what": what, "found": found, "at_least": least, "at_most": most, "met": met}


def times_faster(one: Report | None, other: Report | None) -> float | None:
    return nanoseconds(other) / nanoseconds(one) if one and other else None


def speeds(report: Report) -> list[Report]:
    found = [
        judged(
            f"{workload}: best peer / {said}",
            times_faster(measured(report, workload).get(name), best(report, workload, PEER)),
            least,
        )
        for workload, name, said, least in AT_LEAST
        if workload in report["workloads"]
    ]
    if "L1" in report["workloads"]:
        lookups = measured(report, "L1")
        ratio = times_faster(lookups.get("numba.the_bytes"), lookups.get("ketref.kernel"))
        found.append(judged("L1: the kernel / a pass over the same bytes, both on one thread", ratio, most=PER_BYTES))
    return found


def beside_others(report: Report) -> list[Report]:
    """By CPU time, which holds on a busy machine too."""
    found = []
    for what, one, other, most in BESIDE:
        if {one[0], other[0]} <= set(report["workloads"]):
            both = [measured(report, workload).get(name) for workload, name in (one, other)]
            times = [min(each["cpu"]) / each["units"] for each in both if each]
            ratio = times[0] / times[1] if all(both) else None
            found.append(judged(f"{what}, in CPU time", ratio, most=most))
    return found


def growth(report: Report) -> list[Report]:
    found = []
    for workload, what, most in GROWTH:
        if {"T", workload} <= set(report["workloads"]):
            for name, said in (("ketref.timeline_kernel", "the kernel"), ("ketref.polars_timelines", "Polars frames")):
                once, twice = (measured(report, which).get(name) for which in ("T", workload))
                times = twice["best"] / once["best"] if once and twice else None
                found.append(judged(f"T: {what}, {said}: times the time", times, most=most))
    return found


def in_files(report: Report) -> list[Report]:
    """Files against frames and others, and how time and memory grow with them."""
    found = []
    for what, name, other, most in IN_FILES:
        if (workload := what.partition(":")[0]) in report["workloads"]:
            both = (measured(report, workload).get(each) for each in (other, name))
            found.append(judged(f"{what}: times the time", times_faster(*both), most=most))
    once, more = (measured(report, workload).get("ketref.in_files") for workload in ("T2-tenth", "T2"))
    for of, said, most in GROWTH_IN_FILES if {"T2", "T2-tenth"} <= set(report["workloads"]) else ():
        times = more[of] / once[of] if once and more else None
        found.append(judged(f"T2: ten times the subjects: times the {said}", times, most=most))
    for workload, what, most in RESIDENT:
        if workload in report["workloads"]:
            one = measured(report, workload).get("ketref.in_files")
            found.append(judged(f"{workload}: MB in memory, {what}", one and one["most"] / 1e6, most=most))
    return found


def memory(report: Report) -> list[Report]:
    """Beside input and output, as a share of the input."""
    return [
        judged(f"{workload}: memory beside input and output / input: {one['says']}", beside(one), most=MEMORY)
        for workload in report["workloads"]
        for one in measured(report, workload).values()
        if one["kind"] == KETREF and one["input"]  # else the work itself reads files
    ]


def beside(one: Report) -> float:
    return float(max(one["peak"] - one["output"], 0) / one["input"])


def first_call(report: Report) -> list[Report]:
    return [
        judged(f"first call of `{call}` in a fresh process, compiled before, in s", found.get("warm"), most=FIRST_CALL)
        for call, found in report.get("first_call", {}).items()
    ]


# ------------------------------------------------------------------------ writing


def as_text(report: Report) -> str:
    lines = [
        "# Benchmarks of bulk questions against peers",
        "",
        f"{report['date']}, `{report['command']}`.",
        "",
        *tables.where(report["machine"], report["packages"]),
        f"* sizes: {', '.join(f'{name} {number:,}' for name, number in report['sizes'].items())}",
        *(["", machine.BUSY_NOTE] if report["busy"] else []),
        "",
        "## Against the aims",
        "",
        *aims_table(report["aims"]),
        "",
        *against_by_hand(report),
    ]
    for workload, found in report["workloads"].items():
        lines += [f"## {TITLES[workload]}", "", *workload_table(found), ""]
    if growing := growth_table(report):
        lines += ["## How cost grows", "", "Seconds, and how many times those of T.", "", *growing, ""]
    lines += first_call_lines(report)
    if failures := wrong(report):
        lines += [f"Wrong or failed: {'; '.join(failures)}.", ""]
    return "\n".join(lines)


def aims_table(found: list[Report]) -> list[str]:
    rows = [(aim["what"], shown(aim), asked(aim), "met" if aim["met"] else "missed") for aim in found]
    if not rows:
        return ["None of these workloads has an aim."]
    missed = "; ".join(aim["what"] for aim in found if not aim["met"])
    return [*tables.table(("what", "found", "aim", ""), rows), "", f"Missed: {missed or 'none'}."]


def shown(aim: Report) -> str:
    return "not measured" if aim["found"] is None else f"{aim['found']:.2f}"


def asked(aim: Report) -> str:
    return f"at least {aim['at_least']:g}" if aim["at_least"] is not None else f"at most {aim['at_most']:g}"


def against_by_hand(report: Report) -> list[str]:
    """Where somebody wrote it by hand for this one table, how many times faster than that is ketref?"""
    rows = []
    for workload in report["workloads"]:
        hand = best(report, workload, BY_HAND)
        rows += [
            (workload, one["says"], hand["says"], f"{nanoseconds(hand) / nanoseconds(one):.2f}")
            for one in measured(report, workload).values()
            if hand and one["kind"] in {KETREF, KERNEL}
        ]
    if not rows:
        return []
    head = ("workload", "ketref", "the best written by hand", "times faster")
    said = "Against what a specialist writes by hand for these columns and this one table:"
    return [said, "", *tables.table(head, rows), ""]


def workload_table(found: list[Report]) -> list[str]:
    done = sorted((one for one in found if "best" in one), key=nanoseconds)
    rows = [
        (
            one["says"] if one["right"] else f"{one['says']} (WRONG)",
            one["kind"],
            f"{nanoseconds(one):,.3g}",
            f"{nanoseconds(one, 'median'):,.3g}",
            f"{min(one['cpu']) / one['units'] * 1e9:,.3g}",
            f"{one['peak'] / 1e6:,.0f}" if one["kind"] != LIMIT else "",
            f"{one['output'] / 1e6:,.0f}",
        )
        for one in done
    ]
    rows += [(one["says"], one["kind"], one["failed"], "", "", "", "") for one in found if "failed" in one]
    sizes = [one["input"] / 1e6 for one in found if one.get("input")]
    head = ("how", "as", "best", "median", "CPU", "MB beside the input", "of it output")
    given = [f"Input: {min(sizes):,.0f} to {max(sizes):,.0f} MB, by how it is held.", ""] if sizes else []
    return [*given, *tables.table(head, rows)]


def growth_table(report: Report) -> list[str]:
    once = measured(report, "T")
    rows = []
    for name, one in once.items():
        more = [measured(report, workload).get(name) for workload, _, _ in GROWTH]
        if all(more):
            times = (f"{twice['best']:.3g} ({twice['best'] / one['best']:.2f})" for twice in more if twice)
            rows.append((one["says"], f"{one['best']:.3g}", *times))
    return tables.table(("how", "T", *(what for _, what, _ in GROWTH)), rows) if rows else []


def first_call_lines(report: Report) -> list[str]:
    rows = [
        (f"`{call}`", *((f"{found['warm']:.2f}", f"{found['cold']:.2f}") if "warm" in found else (found["failed"], "")))
        for call, found in report.get("first_call", {}).items()
    ]
    if not rows:
        return []
    head = ("from `import ketref` to the first answers, in a fresh process, s", "compiled before", "nothing compiled")
    return ["## The first call", "", *tables.table(head, rows), ""]
