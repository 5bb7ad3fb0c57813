"""Do all participants of the comparison say the same, on tiny data and untimed?"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import comparing
import datasets
import numpy as np
import page
import pytest
import report
import thresholds
import with_ketref
from measuring import digest
from participants import PARTICIPANTS, REFEREE, ROW_BY_ROW, of
from thresholds import CODES

import ketref
from ketref.bulk.runs import run

OPTIONAL = {"duckdb", "rule_engine", "zen"}
ALL = [(workload, one) for workload in datasets.WORKLOADS for one in of(workload)]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory):
    """The folder of a workload with tiny data, made once."""
    top = tmp_path_factory.mktemp("compare")

    @cache
    def made(workload: str) -> Path:
        datasets.make(top / workload, workload, datasets.TINY)
        return top / workload

    return made


def statuses(folder: Path, participant) -> np.ndarray:
    try:
        task = getattr(import_module(participant.module), participant.function)(
            folder, min(participant.rows, 100) or None
        )
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")
    return task.codes(task.work())


@pytest.mark.parametrize(("workload", "participant"), ALL, ids=[f"{workload}-{one.name}" for workload, one in ALL])
def test_everyone_says_what_the_referee_says(tiny, workload, participant) -> None:
    folder = tiny(workload)
    right = statuses(folder, of(workload)[0])
    found = statuses(folder, participant)
    assert participant.kind == ROW_BY_ROW or len(found) == len(right)
    assert len(found) > 0
    assert found.tolist() == right[: len(found)].tolist()


@pytest.mark.parametrize("workload", datasets.WORKLOADS)
def test_each_workload_has_one_referee_and_a_mix_of_statuses(tiny, workload) -> None:
    participants = of(workload)
    assert [one.kind for one in participants].count(REFEREE) == 1
    assert participants[0].kind == REFEREE
    found = set(statuses(tiny(workload), participants[0]).tolist())
    assert found >= {CODES["not_expected"], CODES["possible"]}
    assert CODES["expected"] in found or workload.endswith("-shipped")  # of which little is sure


def test_names_are_unique() -> None:
    for workload in datasets.WORKLOADS:
        names = [one.name for one in of(workload)]
        assert len(names) == len(set(names)), workload


def test_the_book_is_sound_and_the_plain_table_is_what_it_answers(tmp_path) -> None:
    """At every end and one second before it, by the single question."""
    book = thresholds.write(tmp_path / "book")
    table = thresholds.plain(book)
    assert not [finding for finding in ketref.check_findings(book) if finding.level == "error"]
    for row in zip(*table.values(), strict=True):
        substance, route, matrix, opens, surely, closing, closed = row
        for elapsed in {max(end - before, 0) for end in row[3:] for before in (0, 1)}:
            if elapsed >= closed:
                status = "not_expected"
            elif elapsed < opens:
                status = "not_yet"
            else:
                status = "expected" if surely <= elapsed < closing else "possible"
            answer = ketref.detect(substance, matrix=matrix, route=route, since=f"{elapsed} s", rules=book)
            assert answer.status == status, (row, elapsed)


# ------------------------------------------------------------------------ how it is measured


def test_a_process_reports_time_memory_and_what_it_found(tiny, tmp_path) -> None:
    folder, right = tiny("L1"), tmp_path / "right.npy"
    referee = of("L1")[0]
    found = comparing.process(referee, folder, folder, right)
    assert found["digest"] == digest(np.load(right))
    assert found["rows"] == datasets.TINY.lookups
    assert len(found["wall"]) == len(found["cpu"]) >= referee.repeats
    assert found["input"] > found["output"] > 0
    assert found["most"] > found["peak"] >= 0


def test_a_participant_that_fails_is_reported(tiny, tmp_path) -> None:
    broken = PARTICIPANTS[0].__class__("peer", "with_numba", "nothing_of_this_name", ("L1",), "broken")
    assert "nothing_of_this_name" in comparing.process(broken, tiny("L1"), tiny("L1"), tmp_path / "right.npy")["failed"]


def one(name: str, kind: str, seconds: float, right: bool = True):
    times = {"wall": [seconds], "cpu": [seconds], "best": seconds, "median": seconds}
    sizes = {"peak": 30, "most": 300_000_000, "input": 100, "output": 10, "rows": 1000, "units": 1000}
    return {"name": name, "kind": kind, "says": name, "right": right, **times, **sizes}


def made_report():
    found = {
        "date": "2026-11-25",
        "command": "python benchmarks/compare/run.py",
        "machine": {"cores": "2"},
        "busy": False,
        "packages": {"ketref": "0.1.0"},
        "sizes": {"lookups": 1000},
        "first_call": {"detect_many": {"cold": 9.0, "warm": 2.0}},
        "workloads": {
            "L1": [
                one("ketref.kernel", "ketref's kernel", 1.0),
                one("ketref.kernel_on_all_cores", "ketref's kernel", 0.5),
                one("ketref.arrow_lookups", "ketref", 2.0),
                one("numba.loop", "referee", 0.4),
                one("numba.the_bytes", "limit", 0.5),
                one("polars.join", "peer", 8.0),
                one("pandas.merge", "peer", 0.1, right=False),
                one("polars.gather", "by hand", 1.5),
            ],
            "T": [one("ketref.polars_timelines", "ketref", 1.0)],
            "T-subjects": [one("ketref.polars_timelines", "ketref", 2.0)],
            "T-doses": [one("ketref.polars_timelines", "ketref", 3.0)],
            "T2": [one("ketref.in_files", "ketref", 30.0), one("polars.stored_pairs", "peer", 45.0)],
            "T2-tenth": [one("ketref.in_files", "ketref", 2.0)],
            "F-csv": [one("ketref.csv_lookups", "ketref", 2.0), one("pandas.csv_merge", "peer", 8.0)],
        },
    }
    return {**found, "aims": report.aims(found)}


def test_aims_are_ratios_against_the_best_peer_that_is_right() -> None:
    aims = {aim["what"]: (aim["found"], aim["met"]) for aim in made_report()["aims"]}
    assert aims["L1: best peer / the kernel, on all cores as the peers are"] == (16.0, True)
    assert aims["L1: best peer / an Arrow table"] == (4.0, True)
    assert aims["L1: the kernel / a pass over the same bytes, both on one thread"] == (2.0, True)
    assert aims["T: twice the subjects, Polars frames: times the time"] == (2.0, True)
    assert aims["T: twice the doses of each subject, Polars frames: times the time"] == (3.0, False)
    assert aims["L1: memory beside input and output / input: ketref.arrow_lookups"] == (0.2, True)
    assert aims["L1: the kernel / the loop over three columns, in CPU time"] == (2.5, False)
    assert aims["T: the kernel / the loop by hand, in CPU time"] == (None, False)
    assert aims["first call of `detect_many` in a fresh process, compiled before, in s"] == (2.0, False)


def test_files_are_judged_against_others_and_by_how_they_grow() -> None:
    aims = {aim["what"]: (aim["found"], aim["met"]) for aim in made_report()["aims"]}
    assert aims["T2: best peer / two sorted files"] == (1.5, True)
    assert aims["F-csv: a file / the same merge in pandas: times the time"] == (0.25, True)
    assert aims["T2: ten times the subjects: times the time"] == (15.0, False)
    assert aims["T2: ten times the subjects: times the memory"] == (1.0, True)
    assert aims["T2: MB in memory, two sorted files"] == (300.0, True)


@pytest.mark.parametrize(("workload", "way"), [("T2", run.IN_STEP), ("T2-unsorted", run.SORTED)])
def test_files_are_answered_without_holding_them(tiny, workload, way) -> None:
    pytest.importorskip("duckdb")
    found = with_ketref.in_files(tiny(workload), None).work()
    assert (found.way, found.refused) == (way, 0)


def test_the_report_says_who_is_wrong_and_what_is_missed() -> None:
    found = made_report()
    text = report.as_text(found)
    assert "| pandas.merge (WRONG) | peer |" in text
    assert "Wrong or failed: L1: pandas.merge." in text
    missed = next(line for line in text.splitlines() if line.startswith("Missed: "))
    assert "T: twice the doses of each subject, Polars frames" in missed
    assert "L1: best peer / the kernel, on all cores" not in missed
    assert report.wrong(found) == ["L1: pandas.merge"]


def test_the_page_shows_the_results_and_what_was_faster() -> None:
    shown = page.with_results(page.PAGE.read_text(encoding="utf-8"), made_report())
    assert "| L1 | polars.gather | by hand | 1.33 |" in shown
    assert page.MISSING not in shown
    assert page.with_results(shown, made_report()) == shown


def test_the_page_shows_the_results_that_are_kept() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.with_results(text, page.measured()) == text, "run python benchmarks/compare/page.py"


def test_the_script_says_how_it_is_used() -> None:
    command = [sys.executable, comparing.HERE / "run.py", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "--small" in done.stdout
