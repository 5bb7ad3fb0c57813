"""Is every row of a file among the answers or the refused ones, whatever happens to the file, the disk or the run?"""

from __future__ import annotations

import csv
import gzip
import json
import os
import pty
import random
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

OLD = "what was there\n"
ROWS = [
    {
        "id": str(number),
        "substance": ("ketamine", "esketamine", "ketamin", None)[number % 7 % 4],
        "matrix": ("urine", "hair", "urin\x1b[31m")[number % 5 % 3],
        "since": ("36 h", "2 d", "soon")[number % 11 % 3],
    }
    for number in range(300)
]
NAMES = list(ROWS[0])
SOUND = [{**row, "substance": "ketamine", "matrix": "urine", "since": "36 h"} for row in ROWS]
Rows = list[dict[str, Any]]


def text_of(rows: Rows, sign: str = ",") -> str:
    return "".join(f"{sign.join(row)}\n" for row in [NAMES, *([value or "" for value in row.values()] for row in rows)])


def written(folder: Path, kind: str, rows: Rows = ROWS) -> Path:
    """The rows as a file of that kind."""
    path = folder / f"asked.{kind}"
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    if kind == "folder":
        path.mkdir()
        for number in range(3):
            parquet.write_table(pa.Table.from_pylist(rows[number::3]), path / f"{number}.parquet")
    elif kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=7)
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(text_of(rows).encode()))
    elif kind == "jsonl.zst":
        path.write_bytes(pa.compress(lines.encode(), "zstd", asbytes=True))
    else:
        path.write_text(lines if kind == "jsonl" else text_of(rows, "\t" if kind == "tsv" else ","))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def ketref(*words: object, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "ketref", *map(str, words)], capture_output=True, **more)


# ---------------------------------------------------------------- rows in are rows out and refused ones


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "folder", "csv.gz", "jsonl.zst"])
def test_every_row_is_answered_or_refused_and_kept_as_it_stands(run, tmp_path, kind):
    asked, out, rejects = written(tmp_path, kind), tmp_path / "out.csv", tmp_path / "rejects.csv"
    ran = run("detect-many", asked, "-o", out, "--rejects", rejects)
    answered, refused = rows_of(out), rows_of(rejects)
    assert (ran.code, len(answered) + len(refused)) == (1, len(ROWS))
    assert f"300 questions read row by row; {len(answered)} rows written, {len(refused)} refused" in ran.err
    assert "\x1b" not in ran.err
    order = [*range(0, 300, 3), *range(1, 300, 3), *range(2, 300, 3)] if kind == "folder" else range(300)
    ids = [ROWS[number]["id"] for number in order]
    assert sorted([*(row["id"] for row in answered), *(ids[int(row["row"])] for row in refused)]) == sorted(ids)
    for row in refused:
        said = ROWS[order[int(row["row"])]]
        cell = said.get(row["column"])
        assert row["raw"] == cell if cell else said["id"] in row["raw"]
        assert row["line"] == (
            "" if kind in {"parquet", "folder"} else str(int(row["row"]) + 1 + ("jsonl" not in kind))
        )


def test_what_is_read_only_once_loses_nothing_either():
    ran = ketref("detect-many", "-", "-o", "-", "--format", "csv", input=text_of(ROWS).encode())
    assert (ran.returncode, len(ran.stdout.decode().splitlines())) == (1, 301)


@pytest.mark.parametrize("compressed", [False, True])
def test_rows_are_found_again_in_whatever_order_they_are_asked_for(tmp_path, monkeypatch, compressed):
    from ketref.bulk.files import streams
    from ketref.bulk.files.reading import opened_file

    monkeypatch.setattr(streams, "BLOCK", 64)
    text = "\ufeff" + text_of(ROWS).replace("\n7,", '\n"7\n7",').replace("11\n", "11\n\n \n")
    path = tmp_path / f"asked.csv{'.gz' * compressed}"
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    expected = {}
    line, row = 2, 0
    for part in text.replace("7\n7", "7\0007").split("\n")[1:-1]:
        if part.strip():
            expected[row] = line, part.replace("\0", "\n")
            row += 1
        line += 1 + part.count("\0")
    opened = opened_file(str(path), "csv")
    wanted = list(expected)
    for some in (wanted[40:50], wanted[:3], wanted[200::7], wanted):
        assert {row: (found.line, found.text) for row, found in opened.written(some).items()} == {
            row: expected[row] for row in some
        }


# ---------------------------------------------------------------- files that are not sound


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


@pytest.mark.parametrize("kind", ["parquet", "csv.gz", "jsonl.zst"])
def test_a_file_that_is_cut_short_changes_nothing(run, tmp_path, kind):
    asked, out, rejects = written(tmp_path, kind), tmp_path / "out.csv", tmp_path / "rejects.csv"
    cut(asked)
    out.write_text(OLD)
    rejects.write_text(OLD)
    ran = run("detect-many", asked, "-o", out, "--rejects", rejects, "--force")
    assert (ran.code, str(asked) in ran.err, "Traceback" in ran.err) == (4, True, False)
    assert (out.read_text(), rejects.read_text()) == (OLD, OLD)
    assert {path.name for path in tmp_path.iterdir()} == {asked.name, "out.csv", "rejects.csv"}


def test_rows_of_other_columns_half_way_are_refused_one_by_one(run, tmp_path):
    asked, out, rejects = tmp_path / "asked.csv", tmp_path / "out.csv", tmp_path / "rejects.csv"
    asked.write_text(text_of(SOUND) + "id;substance;since\n" + "x;ketamine;36 h\n" * 50 + "1,2,3,4,5\n" * 50)
    assert run("detect-many", asked, "-o", out, "--rejects", rejects).code == 1
    assert (len(rows_of(out)), [row["code"] for row in rows_of(rejects)]) == (300, ["ragged"] * 101)
    assert rows_of(rejects)[1]["raw"] == "x;ketamine;36 h"


@pytest.mark.parametrize(
    "text",
    ['"' * 200_001, '"\n' * 20_001, '""' * 99_999 + ',"\n', '"a' * 50_000],
    ids=["one", "lines", "pairs", "open"],
)
def test_a_file_of_quotes_is_told_or_answered_and_nothing_hangs(run, tmp_path, text):
    asked, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    asked.write_text("id,substance,matrix,since\n1,ketamine,urine,36 h\n" + text)
    ran = run("detect-many", asked, "-o", out)
    assert (ran.code, "Traceback" in ran.err, len(ran.err) < 2000) == (4, False, True)
    assert "is not CSV: " in ran.err
    assert not out.exists()


# ---------------------------------------------------------------- what is written


def test_what_is_there_is_kept_unless_that_is_said(run, tmp_path):
    asked, out, rejects = written(tmp_path, "csv"), tmp_path / "out.csv", tmp_path / "rejects.csv"
    for there, other in ((out, rejects), (rejects, out)):
        there.write_text(OLD)
        ran = run("detect-many", asked, "-o", out, "--rejects", rejects)
        assert (ran.code, f"`{there}` is there already" in ran.err) == (2, True)
        assert (there.read_text(), other.exists()) == (OLD, False)
        there.unlink()


def test_a_dry_run_says_what_was_understood_and_touches_nothing(run, tmp_path):
    asked, out = written(tmp_path, "csv"), tmp_path / "out.csv"
    out.write_text(OLD)
    ran = run("detect-many", asked, "-o", out, "--dry-run", "--force")
    assert (ran.code, ran.out, out.read_text()) == (0, "", OLD)
    assert "CSV; reads substance, matrix, since; keeps id" in ran.err


def test_too_many_refused_rows_leave_the_file_of_them_alone(run, tmp_path):
    asked, out, rejects = written(tmp_path, "csv"), tmp_path / "out.csv", tmp_path / "rejects.csv"
    ran = run("detect-many", asked, "-o", out, "--rejects", rejects, "--max-rejects", "3")
    assert (ran.code, "more than 3 rows were refused" in ran.err) == (1, True)
    assert (out.exists(), len(rows_of(rejects)) > 3) == (False, True)


def test_no_cell_is_a_formula_where_that_is_asked_for(run, tmp_path):
    asked, out, rejects = tmp_path / "asked.csv", tmp_path / "out.csv", tmp_path / "rejects.csv"
    asked.write_text("id,substance,matrix,since\n=1+1,ketamine,urine,36 h\n1,=cmd,urine,36 h\n")
    run("detect-many", asked, "-o", out, "--rejects", rejects, "--safe-csv")
    assert (rows_of(out)[0]["id"], rows_of(rejects)[0]["raw"]) == ("'=1+1", "'=cmd")
    run("detect-many", asked, "-o", out, "--rejects", rejects, "--force")
    assert (rows_of(out)[0]["id"], rows_of(rejects)[0]["raw"]) == ("=1+1", "=cmd")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_reader_who_goes_ends_a_run_in_silence(tmp_path, kind):
    asked = written(tmp_path, "csv", SOUND * 300)
    line = (
        f"{sys.executable} -m ketref detect-many {asked} -o - --format {kind} --input-format csv --quiet | head -c 100"
    )
    ran = subprocess.run(["bash", "-c", line], capture_output=True)
    assert (len(ran.stdout), ran.stderr) == (100, b"")


def test_the_kind_of_standard_input_is_not_that_of_the_file_beside_it(tmp_path):
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"subject": "A", "matrix": "urine", "time": "2026-03-02T08:00Z"}\n')
    line = f"{sys.executable} -m ketref evaluate - {samples} --input-format csv -o - --format csv --columns status"
    doses = b"subject,substance,start\nA,ketamine,2026-03-01T08:00Z\n"
    ran = subprocess.run(["bash", "-c", line], input=doses, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[1:] == [b'"A","urine","2026-03-02T08:00Z","expected",']


def test_samples_that_are_not_sorted_reach_a_pipe_once(tmp_path):
    pytest.importorskip("duckdb")
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text("subject,substance,start\n" + "".join(f"S{one},ketamine,2026-03-01T08:00Z\n" for one in range(99)))
    lines = [f"S{one * 7 % 99},urine,2026-03-02T08:00Z\n" for one in range(300)]
    samples.write_text("subject,matrix,time\n" + "".join(lines))
    ran = ketref("evaluate", doses, samples, "-o", "-", "--format", "csv", "--memory-limit", "1 kB")
    assert b"DuckDB sorts both files" in ran.stderr
    found = list(csv.DictReader(ran.stdout.decode().splitlines()))
    assert [row["subject"] for row in found] == [line.split(",")[0] for line in lines]


# ---------------------------------------------------------------- how far it is


def on_a_terminal(*words: object) -> str:
    """What a command tells on a terminal."""
    ours, theirs = pty.openpty()
    ran = subprocess.Popen([sys.executable, "-m", "ketref", *map(str, words)], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    found = b""
    while select.select([ours], [], [], 120)[0]:
        try:
            found += os.read(ours, 1 << 16)
        except OSError:  # so Linux tells that it is over
            break
    ran.wait()
    os.close(ours)
    return found.decode()


@pytest.mark.heavy
def test_how_far_a_run_is_is_told_on_a_terminal_alone(tmp_path, monkeypatch):
    asked = written(tmp_path, "csv", ROWS + SOUND * 2000)
    out = ("-o", tmp_path / "out.csv", "--force")
    told = on_a_terminal("detect-many", asked, *out)
    assert " rows/s, 2" in told
    assert " refused" in told[: told.rindex(" rows/s, 2") + 30]
    assert told.rindex(" rows/s") < told.rindex("\r\x1b[2K") < told.rindex("rows written")
    assert " rows/s" not in on_a_terminal("detect-many", asked, *out, "--no-progress")
    assert on_a_terminal("detect-many", written(tmp_path, "jsonl", ROWS[:1]), *out, "--quiet") == ""
    assert b" rows/s" not in ketref("detect-many", asked, *out).stderr


# ---------------------------------------------------------------- what takes minutes, or gigabytes

# A run that prints the most memory that it held, in MiB. Not `ru_maxrss`, which begins with the memory of the tests.
MEASURED = """
import re, sys
from ketref.cli.main import main
code = main(sys.argv[1:])
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10)
sys.exit(code)
"""


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_runs_that_are_killed_at_random_moments_leave_the_old_file_or_the_new_one(tmp_path, kind):
    asked, out, rejects = (
        written(tmp_path, kind, SOUND * 500 + ROWS),
        tmp_path / f"out.{kind}",
        tmp_path / "rejects.csv",
    )
    words = [sys.executable, "-m", "ketref", "detect-many", asked, "-o", out, "--rejects", rejects, "--force", "-q"]
    begun = time.monotonic()
    assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 1
    took = time.monotonic() - begun
    new = out.read_bytes(), rejects.read_bytes()
    of = random.Random(13)  # noqa: S311
    for _ in range(25):
        out.write_text(OLD)
        rejects.write_text(OLD)
        stop = of.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        ran = subprocess.Popen(words, stderr=subprocess.PIPE)
        time.sleep(of.uniform(0, took))
        ran.send_signal(stop)
        told = ran.communicate()[1].decode()
        assert ran.returncode in {1, -stop, 128 + stop}
        for path, whole in zip((out, rejects), new, strict=True):
            assert path.read_bytes() in {OLD.encode(), whole}
        left = {path.name for path in tmp_path.glob(f".*.{ran.pid}.*")}  # a killed run's own go at the next whole run
        if stop != signal.SIGKILL:
            early = "KeyboardInterrupt" in told  # Python had not come to ketref yet
            assert (left, early or "Traceback" not in told) == (set(), True), told
    assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 1
    assert (out.read_bytes(), rejects.read_bytes()) == new
    assert {path.name for path in tmp_path.iterdir()} == {asked.name, out.name, rejects.name}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None] | None]]:
    """A folder that holds little, and what limits a process to that where no small file system can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        yield folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    else:
        yield folder, None
        subprocess.run(["umount", folder], check=True)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst"])
def test_a_full_disk_is_told_and_leaves_all_as_it_was(tmp_path, small_disk, kind):
    folder, limit = small_disk
    of = random.Random(7)  # noqa: S311
    rows = [{**SOUND[number % 300], "id": f"{of.getrandbits(200):x}"} for number in range(90_000)]
    asked, out, rejects = written(tmp_path, "csv", rows), folder / f"out.{kind}", folder / "rejects.csv"
    for path in (out, rejects):
        path.write_text(OLD)
    ran = ketref("detect-many", asked, "-o", out, "--rejects", rejects, "--force", preexec_fn=limit)
    said = ran.stderr.decode()
    assert (ran.returncode, "cannot be written: " in said, "Traceback" in said) == (4, True, False), said
    assert (out.read_text(), rejects.read_text()) == (OLD, OLD)
    assert {path.name for path in folder.iterdir()} == {out.name, rejects.name}


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("rejecting", [False, True])
def test_a_line_of_a_gigabyte_is_refused_and_not_held(tmp_path, kind, rejecting):
    asked, out = written(tmp_path, kind), tmp_path / "out.csv"
    with asked.open("ab") as file:
        for _ in range(1024):
            file.write(b"x" * 2**20)
    more = ["--rejects", tmp_path / "rejects.csv"] if rejecting else []
    words = [sys.executable, "-c", MEASURED, "detect-many", asked, "-o", out, *more]
    ran = subprocess.run(list(map(str, words)), capture_output=True)
    assert (ran.returncode, b"is longer than 64 MiB" in ran.stderr) == (4, True), ran.stderr
    assert int(ran.stdout) < 600
    assert not out.exists()
    asked.unlink()


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["csv", "csv.gz"])
def test_hundreds_of_thousands_of_refused_rows_take_no_more_memory(tmp_path, kind):
    took = []
    for times in (100, 500):
        asked = written(tmp_path, kind, [{**row, "matrix": "urin"} for row in ROWS] * times)
        words = [
            "detect-many",
            asked,
            "-o",
            tmp_path / "out.csv",
            "--rejects",
            tmp_path / "rejects.csv",
            "--force",
            "-q",
        ]
        ran = subprocess.run([sys.executable, "-c", MEASURED, *map(str, words)], capture_output=True)
        took.append(int(ran.stdout))
        assert len(rows_of(tmp_path / "rejects.csv")) == 300 * times
    assert took[1] < took[0] * 1.35
