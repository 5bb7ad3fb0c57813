"""Does a stream of rows become a file as it is, all of it or nothing, and does what was there stay until then?"""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
from pyarrow import csv, parquet  # noqa: E402

from ketref.bulk.files.reading import opened_file  # noqa: E402
from ketref.bulk.files.writing import fit, sink  # noqa: E402
from ketref.errors import InputError, UsageError  # noqa: E402

KINDS = ["csv", "jsonl", "parquet"]
ROWS = pa.table({"a": ["x", None, 'q"\n\\'], "n": [1, None, -3]})


def write(path: Path, *tables: pa.Table, kind: str = "", force: bool = False, safe: bool = False) -> bytes:
    kind = kind or path.name.split(".")[1]
    with sink(str(path), kind, force, safe) as out:
        for table in tables:
            out.write(table)
        out.commit()
    return path.read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "csv.gz", "csv.zst", "jsonl.gz", "jsonl.zst"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    kind = suffix.split(".")[0]
    texts = pa.table({"a": ["x", None, 'q"\n\\'], "n": ["1", None, "é"]})
    write(path, texts, texts.slice(0, 0), texts.slice(1))
    found = [row for batch in opened_file(str(path), kind).batches(2) for row in batch.rows.to_pylist()]
    rows = [*texts.to_pylist(), *texts.slice(1).to_pylist()]
    assert found == (
        [row for row in rows if any(row.values())] if kind == "csv" else rows
    )  # of CSV blank rows are none
    assert names(tmp_path) == [path.name]


DRAWN = {
    "text": lambda drawn: drawn.choice(["", "a", 'q"uote', "back\\slash", "\n\t\x00\x1f", "é\u2028\x7f", "😀", "null"]),
    "whole": lambda drawn: drawn.choice([0, -1, 2**63 - 1, -(2**63)]),
    "float": lambda drawn: drawn.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e-7, 1e22, 5e-324, float("nan"), float("-inf")]),
    "truth": lambda drawn: drawn.random() < 0.5,
    "list": lambda drawn: [drawn.choice([None, 1.5, float("inf")])] * drawn.randrange(3),
    "struct": lambda drawn: {"a": drawn.choice([None, 'x"']), "b": 1},
    "bytes": lambda drawn: b"x\xff",
    "decimal": lambda drawn: decimal.Decimal("1.10"),
}


def as_python(row: dict) -> str:
    """A row as Python writes it, what is not finite as null."""

    def finite(value: object) -> object:
        if isinstance(value, float) and (value != value or abs(value) == float("inf")):
            return None
        return [finite(item) for item in value] if isinstance(value, list) else value

    plain = {name: finite(value) for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, default=str, allow_nan=False) + "\n"


@pytest.mark.parametrize("seed", range(4))
def test_json_lines_are_those_that_python_writes(tmp_path, seed):
    drawn = random.Random(seed)  # noqa: S311
    path = tmp_path / "a.jsonl"
    for _ in range(25):
        count = drawn.randrange(1, 9)
        columns = {
            'n"é' + kind: [None if drawn.random() < drawn.choice([0, 0.3]) else draw(drawn) for _ in range(count)]
            for kind, draw in DRAWN.items()
        }
        table = pa.table(columns)
        if drawn.random() < 0.5:
            table = table.append_column("code", pa.array(columns['n"étext'], pa.string()).dictionary_encode())
        cut = drawn.randrange(count)
        expected = "".join(map(as_python, table.to_pylist()))
        assert write(path, table.slice(0, cut), table.slice(cut), force=True).decode() == expected


def test_csv_is_what_arrow_writes_of_plain_columns(tmp_path):
    table = pa.table(
        {
            "text": ["a", None, 'q"'],
            "float": [1.5, None, 1e22],
            "truth": [True, None, False],
            "day": [dt.date(2026, 3, 1), None, dt.date(2026, 3, 2)],
            "lasted": pa.array([1500, None, -1], pa.duration("ms")),
            "code": pa.array(["x", None, "x"]).dictionary_encode(),
        }
    )
    assert write(tmp_path / "a.csv", table.slice(0, 1), table.slice(1)).decode().splitlines() == [
        '"text","float","truth","day","lasted","code"',
        '"a",1.5,"true","2026-03-01","1.5 s","x"',
        ",,,,,",
        '"q""",1e+22,"false","2026-03-02","-0.001 s","x"',
    ]


def test_cells_that_a_spreadsheet_obeys_are_written_as_they_came_unless_safe(tmp_path):
    table = pa.table({"=n": ["=1+1", "+1", "-1", "@x", "a=1", None], "m": [-1, 2, 3, 4, 5, 6]})
    assert b"'" not in write(tmp_path / "a.csv", table)
    safe = csv.read_csv(pa.py_buffer(write(tmp_path / "b.csv", table, safe=True))).to_pydict()
    assert safe == {"'=n": ["'=1+1", "'+1", "'-1", "'@x", "a=1", ""], "m": [-1, 2, 3, 4, 5, 6]}


def test_parquet_keeps_types_and_large_groups(tmp_path, monkeypatch):
    monkeypatch.setattr("ketref.bulk.files.writing._GROUP", 5)
    path = tmp_path / "a.parquet"
    table = ROWS.append_column("code", pa.array(["x", None, "y"]).dictionary_encode())
    write(path, *[table] * 4)
    assert parquet.read_table(path).equals(pa.concat_tables([table] * 4))
    metadata = parquet.ParquetFile(path).metadata
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [5, 1, 5, 1]
    write(path, table.slice(0, 0), force=True)
    assert parquet.read_table(path).schema == table.schema


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_there_is_written_over_by_force_alone(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with pytest.raises(UsageError, match="is there already") as raised:
        sink(str(path), kind, False)
    assert "--force" in raised.value.hint
    assert (path.read_bytes(), names(tmp_path)) == (b"old", [path.name])
    write(path, ROWS, force=True)
    assert path.read_bytes() != b"old"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("kind", [*KINDS, "csv.gz", "csv.zst"])
@pytest.mark.parametrize("there", [True, False])
def test_what_is_not_committed_leaves_all_as_it_was(tmp_path, kind, there):
    path = tmp_path / f"a.{kind}"
    if there:
        path.write_bytes(b"old")

    def interrupted() -> None:
        with sink(str(path), kind.split(".")[0], True) as out:
            out.write(ROWS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == [path.name] * there
    assert not there or path.read_bytes() == b"old"


@pytest.mark.parametrize("kind", [*KINDS, "csv.gz", "csv.zst"])
def test_a_disk_that_is_full_is_told_and_leaves_all_as_it_was(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")
    drawn = random.Random(1)  # noqa: S311
    rows = pa.table({"a": [drawn.random() for _ in range(100_000)]})
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit[1]))
    try:
        with pytest.raises(InputError, match="cannot be written: File too large") as raised:
            write(path, rows, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert raised.value.path == str(path)
    assert (path.read_bytes(), names(tmp_path)) == (b"old", [path.name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_where_nothing_can_be_written_is_told_before_any_work(tmp_path, kind):
    with pytest.raises(InputError, match="No such file"):
        sink(str(tmp_path / "none" / f"a.{kind}"), kind, False)
    with pytest.raises(InputError, match="Is a directory"):
        sink(str(tmp_path), kind, True)


def test_a_column_that_a_text_cannot_hold_is_named(tmp_path):
    with pytest.raises(InputError, match=r"the column `l` \(list"):
        write(tmp_path / "a.csv", pa.table({"l": [[1]]}))
    assert names(tmp_path) == []
    with pytest.raises(UsageError, match="cannot hold the column `a` twice"):
        fit(["a", "a"], "jsonl")


def test_a_link_stays_and_a_device_stays(tmp_path, device):
    (tmp_path / "link.csv").symlink_to("far.csv")
    write(tmp_path / "link.csv", ROWS, kind="csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert names(tmp_path)[0] == "far.csv"
    null = device(3)
    with sink(str(null), "csv", False) as out:
        out.write(ROWS)
        out.commit()
    assert null.is_char_device()


WRITER = """
import sys, time, pyarrow as pa
from ketref.bulk.files.writing import sink
rows = pa.table({"a": ["x" * 50] * 20_000})
with sink(sys.argv[1], sys.argv[2], True) as out:
    print("begun", flush=True)
    for _ in range(10_000):
        out.write(rows)
        time.sleep(0.001)
    out.commit()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_killed_run_leaves_is_gone_after_the_next(tmp_path, kind, number):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")
    with subprocess.Popen([sys.executable, "-c", WRITER, path, kind], stdout=subprocess.PIPE, stderr=-1) as ran:
        assert ran.stdout.readline() == b"begun\n"
        time.sleep(0.05)
        os.kill(ran.pid, number)
        ran.communicate()
    assert path.read_bytes() == b"old"
    assert len(names(tmp_path)) == (2 if number == signal.SIGKILL else 1)
    write(path, ROWS, force=True)
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", ["csv", "jsonl.gz"])
def test_standard_output_gets_it_as_it_comes(suffix, capfdbinary):
    with sink("-", suffix.split(".")[0], False) as out:
        out.write(ROWS)
        out.commit()
    assert capfdbinary.readouterr().out.startswith(b'"a","n"\n"x",1' if suffix == "csv" else b'{"a": "x", "n": 1}\n')


def test_gz_is_the_same_bytes_each_time(tmp_path):
    first = write(tmp_path / "a.csv.gz", ROWS)
    assert write(tmp_path / "b.csv.gz", ROWS) == first
    assert gzip.decompress(first).startswith(b'"a","n"\n')
