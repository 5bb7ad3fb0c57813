"""Is a file of any kind read whole, row by row as it stands, in batches of any size, or refused with its line?"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

from ketref.bulk.files import blocks, streams  # noqa: E402
from ketref.bulk.files.kinds import compression_of, kind_of  # noqa: E402
from ketref.bulk.files.reading import Reading, opened_file  # noqa: E402
from ketref.errors import InputError, UsageError  # noqa: E402

KNOWN = ("subject", "substance", "start")


def read(path: Path, kind: str = "csv", rows: int = 1000, size: int | None = None, **more: Any) -> list[dict[str, Any]]:
    return [row for batch in batches(path, kind, rows, size, **more) for row in batch.rows.to_pylist()]


def batches(path: Path, kind: str, rows: int, size: int | None = None, **more: Any) -> list[Any]:
    """All batches, the text read `size` bytes at a time."""
    found = opened_file(str(path), kind, **more)
    if size is not None:
        found._size = size
    return list(found.batches(rows))


def refusal(path: Path, kind: str = "csv", **more: Any) -> InputError:
    with pytest.raises(InputError) as raised:
        read(path, kind, **more)
    assert raised.value.path == str(path)
    return raised.value


# ---------------------------------------------------------------- blocks


def drawn_text(drawn: random.Random) -> tuple[str, list[list[str]], list[int]]:
    """A CSV text, its rows as Python's csv reads them, and the line in which each begins."""
    values = ["", "x", "é", 'a "b"', "a\nb", "\r\n\n", "a,b", ",", '"', "µg, 5", "  "]
    end = drawn.choice(["\n", "\r\n"])
    text, lines = f"h,k{end}", []
    for _ in range(drawn.randrange(12)):
        row = [drawn.choice(values), drawn.choice(values)]
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end, quoting=drawn.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerow(row)
        if any(map(str.strip, row)):
            lines.append(len(re.findall("\r\n|\r|\n", text)) + 1)
        text += out.getvalue()
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(map(str.strip, row))]
    return text.removesuffix(end) if drawn.random() < 0.3 else text, rows[1:], lines


@pytest.mark.parametrize("seed", range(4))
def test_blocks_of_any_size_hold_the_rows_that_python_reads(tmp_path, seed):
    drawn = random.Random(seed)  # noqa: S311
    path = tmp_path / "a.csv"
    for _ in range(60):
        text, rows, lines = drawn_text(drawn)
        path.write_bytes(text.encode())
        size = drawn.choice([1, 2, 3, 5, 11, 1000])
        found = batches(path, "csv", drawn.choice([1, 2, 5, 100]), size)
        read_rows = [["" if v is None else v for v in row.values()] for b in found for row in b.rows.to_pylist()]
        assert read_rows == rows, (text, size)
        opened = opened_file(str(path), "csv")
        opened._size = size
        assert list(opened.lines(range(len(rows))).values()) == lines, (text, size)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_batches_cover_every_row_once_and_count_them(tmp_path, kind, rows):
    path = tmp_path / f"a.{kind}"
    table = pa.table({"n": [str(number) for number in range(23)]})
    if kind == "csv":
        path.write_text("n\n" + "".join(f"{value}\n" for value in table["n"].to_pylist()))
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in table.to_pylist()))
    else:
        parquet.write_table(table, path, row_group_size=5)
    opened = opened_file(str(path), kind)
    for _ in range(2):  # as often as one likes
        found = list(opened.batches(rows))
        assert pa.concat_tables([batch.rows for batch in found]).to_pydict() == table.to_pydict()
        assert [batch.first for batch in found] == list(range(0, 23, rows))
    assert opened.names == ["n"]
    assert opened.bytes > 0


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_without_rows_is_one_empty_batch(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        parquet.write_table(pa.table({"a": pa.array([], pa.string())}), path)
    else:
        path.write_text("a,b\n" if kind == "csv" else "")
    (only,) = batches(path, kind, 10)
    assert (only.rows.num_rows, only.first) == (0, 0)
    assert only.rows.column_names == opened_file(str(path), kind).names


def test_ragged_rows_are_broken_ones_where_that_is_asked_for(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("subject,a\n" + "A,1\n" * 3 + "\nB,1,5\n" + "C,2\n" * 3 + "D\n")
    for size in (1, 9, 1000):
        found = batches(path, "csv", 3, size, rejecting=True)
        broken = {row: (refused.reason, refused.value) for batch in found for row, refused in batch.broken.items()}
        assert broken == {
            3: ("3 values, the header names 2", "B,1,5"),
            7: ("1 value, the header names 2", "D"),
        }
        assert [list(batch.broken) for batch in found] == [[], [3], [7]]
        assert [row["subject"] for batch in found for row in batch.rows.to_pylist()] == [*"AAABCCCD"]
    opened = opened_file(str(path), "csv", rejecting=True)
    assert opened.lines([3, 7]) == {3: 6, 7: 10}
    assert "line 6: 3 values, the header names 2" in str(refusal(path))
    assert "--rejects" in refusal(path).hint


def test_a_ragged_row_in_the_midst_of_many_costs_no_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,x\n" * 300_000 + "1\n" + "2,y\n" * 300_000)
    (found,) = batches(path, "csv", 10**6, rejecting=True)
    assert list(found.broken) == [300_000]
    assert found.rows["a"].to_pylist() == ["1"] * 300_000 + [None] + ["2"] * 300_000
    assert "line 300002: 1 value" in str(refusal(path))


def test_a_header_that_no_row_fits_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n2\n")
    assert "line 2: 1 value" in str(refusal(path, rejecting=True))


def test_a_line_that_is_too_long_is_refused_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST", 1 << 20)
    monkeypatch.setattr(streams, "BLOCK", 1 << 16)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n1," + "x" * (3 << 20) + "\n")
    assert "line 3 is longer than 1 MiB" in str(refusal(path))
    path.write_text('a,b\n1,2\n1,"' + "x\n" * (1 << 20))
    assert "line 3: a quote opens a value, and no quote closes it" in str(refusal(path))
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": "' + "x" * (3 << 20) + '"}\n')
    assert "line 2 is longer than 1 MiB" in str(refusal(path, "jsonl"))


# ---------------------------------------------------------------- how a text is written


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "latin-1", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_text_is_read_in_the_encoding_that_is_said(tmp_path, encoding, kind):
    path = tmp_path / f"a.{kind}"
    text = "a,b\né,µg\n" if kind == "csv" else '{"a": "é", "b": "µg"}\n'
    path.write_bytes(text.encode(encoding))
    assert read(path, kind, 10, 3, reading=Reading(encoding=encoding)) == [{"a": "é", "b": "µg"}]


def test_bytes_of_another_encoding_are_told_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,2\n\n3,µg\n".encode("cp1252"))
    error = refusal(path)
    assert "line 4 is not UTF-8" in str(error)
    assert "--encoding cp1252" in error.hint
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))
    assert "--encoding utf-16" in refusal(path).hint
    path.write_bytes(b"a,b\n1,2\n3,\x81\n")
    assert "line 3 is not cp1252" in str(refusal(path, reading=Reading(encoding="cp1252")))
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": "\xb5"}\n')
    assert "line 2 is not UTF-8" in str(refusal(path, "jsonl"))
    with pytest.raises(UsageError, match="unknown encoding `utf-9`"):
        opened_file(str(path), "jsonl", Reading(encoding="utf-9"))


@pytest.mark.parametrize(("said", "sign"), [("|", "|"), ("tab", "\t"), ("\\t", "\t"), (";", ";"), ("^", "^")])
def test_any_sign_that_is_said_is_between_values(tmp_path, said, sign):
    path = tmp_path / "a.csv"
    path.write_text(f'subject{sign}a,b\n"x{sign}y"{sign}1,5\n')
    assert read(path, reading=Reading(delimiter=said)) == [{"subject": f"x{sign}y", "a,b": "1,5"}]


@pytest.mark.parametrize(("sign", "said"), [(";", ","), ("\t", ","), ("|", None), ("|", ";"), (",", "|")])
def test_a_header_that_is_plainly_of_another_sign_is_refused_with_that_hint(tmp_path, sign, said):
    path = tmp_path / "a.csv"
    path.write_text(sign.join(KNOWN) + "\n")
    error = refusal(path, known=KNOWN, reading=Reading(delimiter=said))
    assert f'--delimiter "{"tab" if sign == chr(9) else sign}"' in error.hint
    path.write_text(sign.join(["patient", "drug", "begin"]) + "\n")
    assert refusal(path, reading=Reading(delimiter=said)).hint == error.hint


@pytest.mark.parametrize("said", ['"', "ab", "", "\n", "x", "é"])
def test_what_cannot_be_between_values_is_refused(tmp_path, said):
    with pytest.raises(UsageError, match="cannot be the sign"):
        opened_file(str(tmp_path / "a.csv"), "csv", Reading(delimiter=said))


def test_title_lines_and_trailing_empty_columns_are_passed_over(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("LIS export;;\n\nsubject;substance;;\nA;ketamine;;\n;;;\nB;esketamine;;\n")
    assert "--skip-lines 2" in refusal(path, known=KNOWN).hint
    opened = opened_file(str(path), "csv", Reading(skip=2), KNOWN)
    assert opened.names == ["subject", "substance"]
    assert opened.lines([0, 1]) == {0: 4, 1: 6}


def test_a_blank_at_the_end_of_every_row_takes_no_row_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("ketref.csv_text.Text.fitting", pytest.fail)  # which reads row by row
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2,\n3,4,\n")
    assert read(path) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


# ---------------------------------------------------------------- JSON lines


def test_text_stays_text_and_numbers_stay_exact(tmp_path):
    rows = [
        {"t": "2026-03-01", "z": "007", "n": 2**53 + 1, "x": 1, "l": ["2026-03-01"], "s": {"at": "2026-03-01"}},
        {"t": "2026-03-01T10:00Z", "z": "1", "n": -(2**63), "x": 1.5, "l": [], "s": None},
        {"t": None, "z": "x", "n": None, "x": 2, "l": None, "s": {"at": None}},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n\n" for row in rows))
    for size in (1, 50, 10_000):
        assert read(path, "jsonl", 10, size) == rows
    opened = opened_file(str(path), "jsonl")
    assert opened.lines([0, 2]) == {0: 1, 2: 5}
    assert [str(kind) for kind in opened.schema.types[:4]] == ["string", "string", "int64", "double"]


DRAWN = {
    "text": ["", "2026-03-01", "2026-03-01T10:00:00Z", "1", "é\u2028", 'q"\\', "\x00", "null"],
    "whole": [0, -1, 2**53 + 1, 2**62],
    "small": [0, 1, 99],
    "point": [0.5, 1e300, 2.0**60],
    "truth": [True, False],
    "list": [[], ["2026-03-01"], [None]],
    "object": [{"x": 1}, {"y": "2026-03-01"}, {}],
    "nothing": [None],
}


@pytest.mark.parametrize("seed", range(4))
def test_json_is_read_as_python_and_arrow_read_it_whole_or_refused_where_they_do(tmp_path, seed, monkeypatch):
    drawn = random.Random(seed)  # noqa: S311
    path = tmp_path / "a.jsonl"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(80):
        kinds = {name: drawn.sample(list(DRAWN), drawn.choice([1, 1, 2])) for name in "ab"}
        rows = [
            {name: drawn.choice(DRAWN[drawn.choice(kind)]) for name, kind in kinds.items() if drawn.random() < 0.8}
            for _ in range(drawn.randrange(1, 6))
        ]
        text = "".join(json.dumps(row) + drawn.choice(["\n", "\n\n", " \r\n"]) for row in rows)
        if drawn.random() < 0.2:
            at = drawn.randrange(len(text))
            text = text[:at] + drawn.choice('"{},\nx') + text[at + 1 :]
        path.write_text(text, newline="")
        monkeypatch.setattr(streams, "BLOCK", drawn.choice([1, 7, 60, 1 << 22]))
        try:
            found = [json.loads(line) for line in text.split("\n") if line.strip()]
            names = dict.fromkeys(name for row in found for name in row)
            for name in names:  # which Arrow takes for numbers
                assert {type(row.get(name)) for row in found} & {bool, int, float} != {bool, float}
            expected = pa.table({name: pa.array([row.get(name) for row in found]) for name in names}).to_pylist()
        except (ValueError, TypeError, AttributeError, AssertionError, pa.ArrowException):
            refusal(path, "jsonl")
            outcomes["refused"] += 1
        else:
            assert read(path, "jsonl", 2) == expected, text
            outcomes["read"] += 1
    assert min(outcomes.values()) > 5


def test_lists_of_nulls_and_empty_ones_are_read(tmp_path):
    rows = [{"a": [None, None], "b": [], "c": {}}, {"a": None, "b": [], "c": {}}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert read(path, "jsonl") == rows


def test_a_column_that_comes_late_is_one_of_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "BLOCK", 10)
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": null}\n{"a": 1}\n{"b": "x"}\n{"a": 2.5}\n')
    assert read(path, "jsonl") == [
        {"a": None, "b": None},
        {"a": 1.0, "b": None},
        {"a": None, "b": "x"},
        {"a": 2.5, "b": None},
    ]


@pytest.mark.parametrize("size", [4, 1 << 24])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"n": 1}\n\n{"n": "x"}\n{"n": 2}\n', "line 3: `n`, `x`, does not go with the values before it"),
        ('{"n": "x"}\n{"n": 1}\n', "line 2: `n`, 1, does not go with the values before it, which are of type string"),
        ('{"n": true}\n{"n": 1}\n', "line 2: `n`, 1, does not go"),
        ('{"n": 0.5}\n{"n": true}\n', "line 2: `n`, True, does not go"),
        ('{"n": [1]}\n{"n": {"a": 1}}\n', "line 2: `n`, {'a': 1}, does not go"),
        ('{"n": 9007199254740993}\n{"n": 0.5}\n', "does not go with the values before it"),
        (f'{{"n": 1}}\n{{"n": {2**65}}}\n', "line 2: `n`, 36893488147419103232, is a number of more than 64 bits"),
        ('{"n": 1}{"n": 2}\n', "line 1 is not JSON"),
        ('{"n": 1}\n{"n": ' + "[" * 99_999 + "]" * 99_999 + "}\n", "line 2 is nested too deeply"),
        ('{"n": 1}\n' + '{"n": ' * 99_999 + "\n", "line 2 is nested too deeply"),
        ('{"n": 1}\n[1]\n', "line 2 is not one object"),
        ('{"n": 1}\n{"n":\n1}\n', "line 2 is not JSON"),
    ],
)
def test_what_is_not_sound_json_is_told_with_its_line(tmp_path, monkeypatch, text, said, size):
    monkeypatch.setattr(streams, "BLOCK", size)
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert said in str(refusal(path, "jsonl"))


# ---------------------------------------------------------------- Parquet


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for name in ("b", "a", "c"):
        parquet.write_table(pa.table({"n": [name] * 2}), tmp_path / f"{name}.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    assert kind_of(str(tmp_path), None) == "parquet"
    found = batches(tmp_path, "parquet", 3)
    assert [(batch.first, batch.rows["n"].to_pylist()) for batch in found] == [(0, [*"aab"]), (3, [*"bcc"])]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"n": [1]}, "its column `n` is int64, and string in"),
        ({"m": ["a"]}, "its column `n` is missing, and string in"),
        ({"n": ["a"], "m": ["a"]}, "its column `m` is string, and missing in"),
    ],
)
def test_a_file_of_other_columns_is_named(tmp_path, other, said):
    parquet.write_table(pa.table({"n": ["a"]}), tmp_path / "a.parquet")
    parquet.write_table(pa.table(other), tmp_path / "b.parquet")
    with pytest.raises(InputError, match=re.escape(said)) as raised:
        opened_file(str(tmp_path), "parquet")
    assert raised.value.path == str(tmp_path / "b.parquet")


def test_what_is_no_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"n": list(range(10_000))}), path)
    whole = path.read_bytes()
    for cut in (0, 3, 1000, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert "is not Parquet" in str(refusal(path, "parquet"))
    damaged = bytearray(whole)
    damaged[4:200] = b"\xff" * 196
    path.write_bytes(damaged)
    refusal(path, "parquet")
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match="holds `x`, which is a folder"):
        opened_file(str(tmp_path), "parquet")
    with pytest.raises(InputError, match="holds no Parquet files"):
        opened_file(str(tmp_path / "x"), "parquet")


def test_a_dictionary_stays_one(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"n": pa.array(["x", "y", "x"]).dictionary_encode()})
    parquet.write_table(table, path)
    (found,) = batches(path, "parquet", 10)
    assert found.rows["n"].type == table["n"].type


# ---------------------------------------------------------------- files and what is none


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_what_cannot_be_opened_is_told(tmp_path, kind):
    assert "No such file" in str(refusal(tmp_path / f"none.{kind}", kind))
    if kind != "parquet":
        assert "Is a directory" in str(refusal(tmp_path, kind))
    with pytest.raises(InputError):
        opened_file("a\0b", kind)


@pytest.mark.parametrize("compression", ["gz", "zst", "bz2", "lz4"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_compressed_text_is_read_and_one_that_is_cut_short_refused(tmp_path, compression, kind):
    path = tmp_path / f"a.{kind}.{compression}"
    assert (kind_of(path.name, None), compression_of(path.name, kind) is not None) == (kind, True)
    drawn = random.Random(1)  # noqa: S311
    rows = [{"a": str(drawn.random())} for _ in range(50_000)]
    text = "a\n" + "\n".join(row["a"] for row in rows) if kind == "csv" else "\n".join(map(json.dumps, rows))
    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, {"gz": "gzip", "zst": "zstd"}.get(compression, compression)) as stream:
        stream.write(text.encode())
    packed = buffer.getvalue().to_pybytes()
    path.write_bytes(packed)
    assert read(path, kind, 7000, 100_000) == rows
    path.write_bytes(packed[: len(packed) // 2])
    refusal(path, kind)


def test_several_members_of_gz_are_one_text(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n") + gzip.compress(b"2\n"))
    assert read(path) == [{"a": "1"}, {"a": "2"}]


@pytest.mark.parametrize("kept", [10, 1 << 26])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_pipe_is_read_as_often_as_one_likes(tmp_path, kind, kept, monkeypatch):
    monkeypatch.setattr(streams, "_IN_MEMORY", kept)
    table = pa.table({"a": ["1", "2"]})
    buffer = pa.BufferOutputStream()
    parquet.write_table(table, buffer)
    content = {"csv": b"a\n1\n2\n", "jsonl": b'{"a": "1"}\n{"a": "2"}\n', "parquet": buffer.getvalue().to_pybytes()}[
        kind
    ]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content), daemon=True)
    writer.start()
    opened = opened_file(str(pipe), kind, Reading(temp_dir=str(tmp_path)))
    writer.join(30)
    for _ in range(2):
        assert [row for batch in opened.batches(1) for row in batch.rows.to_pylist()] == table.to_pylist()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n1\n")))
    assert [batch.rows.to_pylist() for batch in opened_file("-", "csv").batches(5)] == [[{"a": "1"}]]
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="standard input is closed"):
        opened_file("-", "csv")


@pytest.mark.parametrize("read_already", [0, 2])
def test_standard_input_may_be_a_file(tmp_path, monkeypatch, read_already):
    path = tmp_path / "a.csv"
    path.write_text("b\na\n1\n")
    with path.open() as file:
        file.buffer.read(read_already)
        monkeypatch.setattr(sys, "stdin", file)
        opened = opened_file("-", "csv")
    for _ in range(2):
        (found,) = opened.batches(5)
        assert found.rows.to_pydict() == ({"a": ["1"]} if read_already else {"b": ["a", "1"]})


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_that_is_changed_while_it_is_read_is_told(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        parquet.write_table(pa.table({"a": ["1"]}), path)
    else:
        path.write_text("a\n1\n" if kind == "csv" else '{"a": 1}\n')
    opened = opened_file(str(path), kind)
    with path.open("ab") as file:
        file.write(b"2\n")
    with pytest.raises(InputError, match="was changed while it was read"):
        list(opened.batches(10))


def test_a_file_that_another_takes_the_name_of_stays_the_one_that_was_opened(tmp_path):
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("a\n1\n")
    other.write_text("b\n2\n")
    opened = opened_file(str(path), "csv")
    other.replace(path)
    assert [batch.rows.to_pylist() for batch in opened.batches(10)] == [[{"a": "1"}]]
