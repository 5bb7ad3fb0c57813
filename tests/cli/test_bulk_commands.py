"""Do the commands on files of many questions answer each row, keep every column, and lose nothing?"""

from __future__ import annotations

import gzip
import io
import json
import os
import shlex
import subprocess
import sys
import threading
from csv import DictReader
from pathlib import Path

import pytest

import ketref

pa = pytest.importorskip("pyarrow")
from pyarrow import csv, parquet  # noqa: E402

QUESTIONS = """\
id,substance,matrix,since,cutoff,cutoff_unit,note
001,ketamine,urine,36 h,25,ng/mL,"a, b"
002,Ketamine,Saliva,2 d,,,
003,ketamine,urin,36 h,,,
004,esketamine,hair,P30D,,,2026-03-01
"""
STATUSES = ["possible", "possible", "unknown", "possible"]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.csv"
    path.write_text(QUESTIONS)
    return path


def test_each_row_of_a_csv_file_is_answered_and_every_column_kept(run, questions, tmp_path):
    out = tmp_path / "answers.csv"
    ran = run("detect-many", questions, "-o", out)
    assert ran.code == 1
    assert ran.out == ""
    assert f"{questions}, line 4, row 2, column `matrix`: unknown matrix `urin`; did you mean `urine`" in ran.err
    assert "1 of 4 questions were refused" in ran.err
    texts = csv.ConvertOptions(column_types=dict.fromkeys(("id", "note"), pa.string()))
    found = csv.read_csv(out, convert_options=texts)
    names = QUESTIONS.splitlines()[0].split(",")
    assert found.column_names == [*names, "status", "rule", "reject"]
    assert found["id"].to_pylist() == ["001", "002", "003", "004"]
    assert found["note"].to_pylist()[0] == "a, b"
    assert found["status"].to_pylist() == STATUSES
    alone = ketref.detect("ketamine", matrix="urine", since="36 h", cutoff="25 ng/mL")
    assert found["rule"].to_pylist()[0] == alone.rule


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_files_of_every_kind_get_the_same_answers(run, questions, tmp_path, kind):
    table = csv.read_csv(questions, convert_options=csv.ConvertOptions(strings_can_be_null=True))
    asked = tmp_path / f"asked.{kind}"
    if kind == "csv":
        asked = questions
    elif kind == "parquet":
        parquet.write_table(table, asked)
    else:
        asked.write_text("\n".join(json.dumps(row, default=str) for row in table.to_pylist()))
    out = tmp_path / f"answers.{kind}"
    assert run("detect-many", asked, "-o", out, "--columns", "status").code == 1
    if kind == "parquet":
        found = parquet.read_table(out)["status"].to_pylist()
    elif kind == "csv":
        found = csv.read_csv(out)["status"].to_pylist()
    else:
        found = [json.loads(line)["status"] for line in out.read_text().splitlines()]
    assert found == STATUSES


def test_standard_input_to_standard_output(questions):
    command = [sys.executable, "-m", "ketref", "detect-many", "-", "-o", "-", "--format", "csv"]
    ran = subprocess.run(command, input=QUESTIONS.encode(), capture_output=True)
    assert ran.returncode == 1
    assert csv.read_csv(io.BytesIO(ran.stdout))["status"].to_pylist() == STATUSES


def test_refused_rows_go_to_a_file_of_their_own(run, questions, tmp_path):
    rejects = tmp_path / "rejects.csv"
    ran = run("detect-many", questions, "-o", tmp_path / "out.csv", "--rejects", rejects)
    assert "row 2:" not in ran.err
    assert csv.read_csv(rejects)["row"].to_pylist() == [2]


def test_phases_of_many_doses(run, tmp_path):
    path, out = tmp_path / "doses.jsonl", tmp_path / "phases.jsonl"
    path.write_text('{"substance": "esketamine", "route": "nasal", "since": "50 min", "dose": 84, "dose_unit": "mg"}\n')
    assert run("effects-many", path, "-o", out).code == 0
    found = json.loads(out.read_text())
    assert (found["phase_earliest"], found["phase_latest"]) == ("peak", "offset")
    assert found["rule"] == ketref.effects("esketamine", route="nasal", since="50 min", dose="84 mg").phase_rule


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["questions.csv"], 2, "`--output` is missing"),
        (["-", "-o", "-"], 2, "`-` has no suffix"),
        (["questions.dat", "-o", "out.csv"], 2, "`questions.dat` has no suffix"),
        (["questions.csv", "-o", "out.tsv"], 2, "`out.tsv` has no suffix"),
        (["none.csv", "-o", "out.csv"], 4, "`none.csv` cannot be read: No such file"),
        (["questions.csv", "-o", "none/out.csv"], 4, "`none/out.csv` cannot be written"),
        (["questions.csv", "-o", "out.csv", "--columns", "statuss"], 2, "unknown column of answers `statuss`"),
        (["questions.csv", "-o", "out.csv", "--columns", "note"], 2, "`note` is there already"),
        (["empty.csv", "-o", "out.csv"], 4, "`empty.csv` is not CSV: it is empty"),
        (["wrong.parquet", "-o", "out.csv"], 4, "`wrong.parquet` is not Parquet"),
        (["wrong.jsonl", "-o", "out.csv"], 4, "`wrong.jsonl` is not JSON lines: line 1 is not one object"),
        (["ragged.csv", "-o", "out.csv"], 4, "`ragged.csv` is not CSV: line 2: 3 values, the header names 2"),
        (["unclosed.csv", "-o", "out.csv"], 4, "`unclosed.csv` is not CSV: line 3: a quote opens a value"),
        (["title.csv", "-o", "out.csv"], 4, "line 2 seems to be the header\nhint: skip what stands above it: --skip-"),
        (["huge.jsonl", "-o", "out.csv"], 4, "line 2: `n`, 36893488147419103232, is a number of more than 64 bits"),
        (["mixed.jsonl", "-o", "out.csv"], 4, "line 3: `n`, `x`, does not go with the values before it"),
        (["deep.jsonl", "-o", "out.csv"], 4, "line 1 is nested too deeply"),
        (["cut.jsonl", "-o", "out.csv"], 4, "line 2 is not JSON"),
        (["bytes.jsonl", "-o", "out.csv"], 4, "line 2 is not UTF-8"),
        (["s3://bucket/questions.parquet", "-o", "out.csv"], 4, "questions.parquet` cannot be read: No such file"),
        (["s3://bucket/questions.csv", "-o", "out.csv"], 4, "questions.csv` cannot be read: No such file"),
        (["twice.csv", "-o", "out.csv"], 2, "the column `matrix` is there twice"),
        (["notes.csv", "-o", "out.jsonl"], 2, "JSON lines cannot hold the column `note` twice"),
        (["other.csv", "-o", "out.csv"], 2, "the column `substance` is missing"),
        (["questions.csv", "-o", "questions.csv"], 2, "are one file"),
        (["questions.csv", "-o", "none/../questions.csv"], 2, "are one file"),
        (["questions.csv", "-o", "link.csv"], 2, "are one file"),
        (["questions.csv", "-o", "out.csv", "--rejects", "out.csv"], 2, "are one file"),
        (["questions.csv", "-o", "out.csv", "--rejects", "./out.csv"], 2, "are one file"),
        (["questions.csv", "-o", "out.csv", "--rejects", "dangling.csv"], 2, "are one file"),
        (["questions.csv", "-o", "out.csv", "--rejects", "questions.csv"], 2, "are one file"),
        (["questions.csv", "-o", "out.csv", "--rejects", "hard.csv"], 2, "are one file"),
        (["questions.csv", "-o", "-", "--rejects", "-"], 2, "are one file"),
    ],
)
def test_a_mistake_is_said_and_writes_nothing(run, questions, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    files = {
        "empty.csv": "",
        "wrong.parquet": "x",
        "wrong.jsonl": "[1]",
        "ragged.csv": "a,b\n1,2,3\n",
        "other.csv": "a\n1\n",
        "unclosed.csv": 'substance,note\nketamine,\nketamine,"see\nketamine,\nketamine,\n',
        "title.csv": "LIS export\nsubstance;matrix;since\nketamine;urine;36 h\n",
        "huge.jsonl": f'{{"n": 1}}\n{{"n": {2**65}}}\n',
        "mixed.jsonl": '{"n": 1}\n\n{"n": "x"}\n{"n": 2}\n',
        "deep.jsonl": f'{{"n": {"[" * 99_999}{"]" * 99_999}}}\n',
        "cut.jsonl": '{"n": 1}\n{"n": \n',
        "bytes.jsonl": '{"n": 1}\n{"n": "\udcb5"}\n',
        "twice.csv": "substance,matrix,since,matrix\nketamine,urine,36 h,hair\n",
        "notes.csv": "substance,matrix,since,note,note\nketamine,urine,36 h,a,b\n",
    }
    for name, text in files.items():
        Path(name).write_text(text, errors="surrogateescape")
    Path("link.csv").symlink_to("questions.csv")
    Path("dangling.csv").symlink_to("out.csv")
    Path("hard.csv").hardlink_to("questions.csv")
    Path("questions.dat").write_text(QUESTIONS)
    ran = run("detect-many", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not Path("out.csv").exists()
    assert questions.read_text() == QUESTIONS
    assert "Traceback" not in ran.err


def test_columns_of_one_name_that_are_not_asked_for_are_kept(run, tmp_path):
    path, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    path.write_text("substance,note,matrix,since,note\nketamine,a,urine,36 h,b\n")
    assert run("detect-many", path, "-o", out, "--columns", "status").code == 0
    assert out.read_text().splitlines() == [
        '"substance","note","matrix","since","note","status","reject"',
        '"ketamine","a","urine","36 h","b","possible",',
    ]


def test_a_header_alone_is_a_table_without_rows(run, tmp_path):
    path, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    path.write_text("substance,matrix,since\n")
    assert run("detect-many", path, "-o", out).code == 0
    assert out.read_text().replace('"', "").strip() == "substance,matrix,since,status,rule,reject"


def asked(path: Path, **more: object) -> None:
    """A Parquet file with one question, and further columns of one value each."""
    said = {"substance": ["ketamine"], "matrix": ["urine"], "since": ["36 h"]}
    parquet.write_table(pa.table({**said, **more}), path)


FAR = {
    "day": (pa.array([10**8], pa.int32()).cast(pa.date32()), "100000000"),
    "moment": (pa.array([10**14], pa.int64()).cast(pa.timestamp("ms")), "5138-11-16 09:46:40"),
    "moment in a far year": (pa.array([10**17], pa.int64()).cast(pa.timestamp("ms")), "100000000000000000"),
    "moment with a zone": (pa.array([2**62], pa.int64()).cast(pa.timestamp("us", "UTC")), "-07-06 14:00:27.387904Z"),
    "duration": (pa.array([2**62], pa.int64()).cast(pa.duration("s")), f"{2**62} s"),
}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("column", FAR)
def test_a_time_that_python_does_not_know_costs_no_answer(run, tmp_path, column, kind):
    path, out = tmp_path / "asked.parquet", tmp_path / f"out.{kind}"
    far, said = FAR[column]
    asked(path, far=far)
    ran = run("detect-many", path, "-o", out, "--quiet")
    assert (ran.code, ran.err) == (0, "")
    text = out.read_text()
    assert "KET-W" in text
    assert said in text


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("unit", "count", "text"),
    [("ms", 1500, "1.5 s"), ("s", 90, "90 s"), ("us", -1, "-0.000001 s"), ("ns", 10**9 + 1, "1.000000001 s")],
)
def test_durations_are_written_whole(run, tmp_path, unit, count, text, kind):
    path, out = tmp_path / "asked.parquet", tmp_path / f"out.{kind}"
    asked(path, lasted=pa.array([count], pa.duration(unit)))
    assert run("detect-many", path, "-o", out).code == 0
    assert f'"{text}"' in out.read_text()


def test_a_column_that_a_format_cannot_hold_is_named(run, tmp_path):
    path, out = tmp_path / "asked.parquet", tmp_path / "out.csv"
    asked(path, peaks=[[1, 2]])
    ran = run("detect-many", path, "-o", out)
    assert (ran.code, "the column `peaks` (list" in ran.err) == (4, True), ran.err
    assert not out.exists()


def test_what_is_not_a_number_is_null_in_json(run, tmp_path):
    path, out = tmp_path / "asked.parquet", tmp_path / "out.jsonl"
    asked(path, value=[float("nan")], values=[[1.5, float("inf"), float("-inf")]], name=["NaN"])
    assert run("detect-many", path, "-o", out).code == 0
    found = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert (found["value"], found["values"], found["name"]) == (None, [1.5, None, None], "NaN")


def test_json_lines_end_at_line_feeds_alone(run, tmp_path):
    path, once, twice = (tmp_path / f"{name}.jsonl" for name in ("asked", "once", "twice"))
    note = "a\u2028b\u2029c\x85d\x0be\x1cf"
    row = {"substance": "ketamine", "matrix": "urine", "since": "36 h", "note": note}
    path.write_text(f"{json.dumps(row, ensure_ascii=False)}\r\n\n" * 2, newline="")
    assert run("detect-many", path, "-o", once, "--columns", "status").code == 0
    assert run("detect-many", once, "-o", twice, "--columns", "rule").code == 2  # its `reject` is there already
    once.write_text(once.read_text().replace('"reject"', '"refused"'))
    assert run("detect-many", once, "-o", twice, "--columns", "rule").code == 0
    assert [json.loads(line)["note"] for line in twice.read_text().split("\n")[:-1]] == [note] * 2


def test_a_long_value_is_quoted_in_short(run, tmp_path):
    path, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    cell = "36 hours " * 100_000
    path.write_text(f"substance,matrix,since\nketamine,{cell},36 h\n{cell},urine,36 h\nketamine,urine,{cell}\n")
    ran = run("detect-many", path, "-o", out)
    assert ran.code == 1
    assert len(ran.err) < 2000
    assert ran.err.count("`36 hours 36 hours") == 3
    assert all(len(reason) < 500 for reason in csv.read_csv(out)["reject"].to_pylist())


# ---------------------------------------------------------------- files and streams


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_pipe_with_a_name_is_read_to_its_end(run, questions, tmp_path, kind):
    table = csv.read_csv(questions, convert_options=csv.ConvertOptions(strings_can_be_null=True))
    found = tmp_path / f"found.{kind}"
    if kind == "csv":
        found = questions
    elif kind == "parquet":
        parquet.write_table(table, found)
    else:
        found.write_text("".join(f"{json.dumps(row, default=str)}\n" for row in table.to_pylist()))
    pipe, out = tmp_path / f"pipe.{kind}", tmp_path / "out.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(found.read_bytes()), daemon=True)
    writer.start()
    assert run("detect-many", pipe, "-o", out).code == 1
    writer.join(30)
    assert csv.read_csv(out)["status"].to_pylist() == STATUSES


def test_a_compressed_file_is_read(run, tmp_path):
    out = tmp_path / "out.csv"
    (tmp_path / "asked.csv.gz").write_bytes(gzip.compress(QUESTIONS.encode()))
    assert run("detect-many", tmp_path / "asked.csv.gz", "-o", out, "--format", "csv").code == 1
    assert csv.read_csv(out)["status"].to_pylist() == STATUSES


def in_a_shell(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = line.replace("ketref", f"{shlex.quote(sys.executable)} -m ketref")
    environment = {**os.environ, **more}
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ketref detect-many - -o x.csv <&-", 4, "ketref: `-` cannot be read: standard input is closed"),
        ("ketref history - <&-", 4, "ketref: `-` cannot be read: standard input is closed"),
        ("ketref detect-many questions.csv -o - >&-", 4, "ketref: cannot write: the output is closed"),
        (
            "ketref detect-many - -o questions.csv < questions.csv",
            2,
            "ketref: `-`, which is read, and `-o questions.csv` are one file",
        ),
    ],
)
def test_a_stream_that_cannot_serve_is_said(questions, line, code, said):
    ran = in_a_shell(line, questions.parent)
    assert questions.read_text() == QUESTIONS
    assert (ran.returncode, ran.stderr.splitlines()[0], ran.stdout) == (code, said, "")


def test_refusals_never_come_among_the_answers(questions):
    ran = in_a_shell("ketref detect-many questions.csv -o - --format csv 2>&-", questions.parent)
    assert ran.returncode == 1
    assert len(ran.stdout.splitlines()) == 5


@pytest.mark.parametrize(("name", "unbuffered"), [("-", "1"), ("stdout", "")])
def test_answers_that_are_cut_short_are_an_error(questions, unbuffered, name):
    (questions.parent / "stdout").symlink_to("/dev/fd/1")  # never /dev/stdout, which a fault would replace
    rows = QUESTIONS + "005,ketamine,urine,36 h,,,\n" * 5000
    questions.write_text(rows)
    line = f"ulimit -f 64; ketref detect-many questions.csv -o {name} --format csv > out.csv"
    ran = in_a_shell(line, questions.parent, PYTHONUNBUFFERED=unbuffered)
    assert (ran.returncode, f"`{name}` cannot be written: File too large" in ran.stderr) == (4, True), ran.stderr


def test_a_device_that_is_full_is_an_error(run, questions, device):
    full = device(7)
    ran = run("detect-many", questions, "-o", full)
    assert (ran.code, f"`{full}` cannot be written: No space left" in ran.err) == (4, True), ran.err
    assert full.is_char_device()


def test_a_killed_run_leaves_nothing(questions):
    folder = questions.parent
    os.mkfifo(folder / "pipe.csv")
    line = "ketref detect-many pipe.csv -o out.csv & sleep 2; kill -TERM $!; wait $!"
    ran = in_a_shell(f"exec 3<>pipe.csv; {line}", folder)
    assert (ran.returncode, ran.stderr) == (143, "")
    assert {path.name for path in folder.iterdir()} == {"questions.csv", "pipe.csv"}


def test_without_the_packages_it_says_what_to_install():
    program = (
        "import sys\nfor name in ('numpy', 'numba', 'narwhals', 'pyarrow'): sys.modules[name] = None\n"
        "from ketref import *\nfrom ketref.cli.main import main\n"
        "sys.exit(main(['detect-many', 'a.csv', '-o', 'b.csv']))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 2
    assert 'pip install ".[bulk]"' in ran.stderr


# ---------------------------------------------------------------- doses and samples

DOSES = """\
subject,substance,start,route,end
S1,ketamine,2026-03-02T09:00Z,oral,
S1,esketamine,2026-03-05T09:00Z,nasal,
S2,ketamine,2026-03-02T10:00Z,intravenous,2026-03-02T10:40Z
"""
SAMPLES = """\
id,subject,matrix,time
a,S1,urine,2026-03-06T12:00Z
b,S2,urin,2026-03-03T12:00Z
c,S3,blood,2026-03-02T12:00Z
d,S2,blood,2026-03-02T12:00Z
"""


@pytest.fixture
def trial(tmp_path: Path) -> tuple[Path, Path]:
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text(DOSES)
    samples.write_text(SAMPLES)
    return doses, samples


def test_each_sample_is_answered_for_each_substance_that_its_subject_took(run, trial, tmp_path):
    out = tmp_path / "answers.csv"
    ran = run("evaluate", *trial, "-o", out, "--columns", "sample,substance,status,dose")
    assert (ran.code, ran.out) == (1, "")
    assert "samples.csv, line 3, row 1, column `matrix`: unknown matrix `urin`" in ran.err
    assert "1 of 4 samples were refused" in ran.err
    found = csv.read_csv(out).to_pydict()
    assert found["id"] == ["a", "a", "b", "c", "d"]
    assert found["sample"] == [0, 0, 1, 2, 3]
    assert found["substance"] == ["esketamine", "ketamine", "", "", "ketamine"]
    assert found["status"][2:4] == ["unknown", "no_record"]
    assert found["dose"] == [1, 0, None, None, 2]
    doses = [
        dict(zip(DOSES.splitlines()[0].split(","), line.split(","), strict=True)) for line in DOSES.splitlines()[1:]
    ]
    history = ketref.history(doses[:2], at="2026-03-06T12:00Z", matrix="urine")
    assert {t["substance"]: t["status"] for t in history.tests} == dict(
        zip(found["substance"][:2], found["status"][:2], strict=True)
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-", "-", "-o", "out.csv", "--format", "csv"], 2, "standard input holds one table"),
        (["samples.csv", "doses.csv", "-o", "out.csv"], 2, "column `substance` of the doses is missing"),
        (["none.csv", "samples.csv", "-o", "out.csv"], 4, "`none.csv` cannot be read"),
        (["doses.csv", "samples.csv", "-o", "doses.csv"], 2, "`doses.csv`, which is read, and `-o doses.csv` are one"),
        (["doses.csv", "samples.csv", "-o", "./samples.csv"], 2, "`samples.csv`, which is read, and `-o"),
        (["doses.csv", "samples.csv", "-o", "out.csv", "--columns", "matrix"], 2, "`matrix` is there already"),
        (["doses.csv", "samples.csv", "-o", "out.csv", "--columns", "verdicts"], 2, "unknown column of answers"),
    ],
)
def test_a_mistake_with_doses_and_samples_writes_nothing(run, trial, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    ran = run("evaluate", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not Path("out.csv").exists()
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------- files as others keep them

KEPT = """\
LIS export of 2 March;;;;
;;;;
subject;substance;start;route;;
"A";ketamine;2026-03-01T10:00Z;iv;;

A;cefazolin;2026-03-01T10:05Z;iv;;
;;;;
B;ketamine;2026-03-01T10:00Z;"sniffed
twice";;
C;esketamine;2026-03-01T10:00Z;nasal;;
"""
TESTED = "subject\tmatrix\ttime\tstatus\nA\turine\t2026-03-01T14:00Z\tfinal\nB\turine\t2026-03-01T14:00Z\tfinal\n"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path]:
    doses, samples = tmp_path / "kept.txt", tmp_path / "tested.tsv"
    doses.write_text(KEPT)
    samples.write_text(TESTED)
    return doses, samples


ASKED = ("-o", "-", "--format", "csv", "--skip-lines", "2", "--prefix", "k_", "--columns", "status")


def test_a_refusal_names_its_file_line_row_and_cell(run, kept, tmp_path):
    rejects = tmp_path / "rejects.csv"
    ran = run("evaluate", *kept, *ASKED, "--rejects", rejects)
    assert ran.code == 1
    listed = csv.read_csv(rejects, parse_options=csv.ParseOptions(newlines_in_values=True)).to_pylist()
    cells = [(row["file"], row["line"], row["row"], row["column"], row["raw"]) for row in listed]
    lines = kept[1].read_text().splitlines()
    assert cells == [
        (str(kept[0]), 6, 1, "substance", "cefazolin"),
        (str(kept[0]), 8, 2, "route", "sniffed\ntwice"),
        (str(kept[1]), 2, 0, "", lines[1]),
        (str(kept[1]), 3, 1, "", lines[2]),
    ]
    assert [row["code"] for row in listed] == ["unknown-word", "unknown-word", "dose-refused", "dose-refused"]
    assert listed[0]["message"].startswith("unknown substance `cefazolin`")
    assert listed[2]["message"].startswith("dose row 1 (line 6): unknown substance `cefazolin`")
    assert "2 of 4 doses and 2 of 2 samples were refused" in ran.err
    assert "--only" in ran.err


def test_other_drugs_are_left_out_when_that_is_said(run, kept):
    ran = run("evaluate", *kept, *ASKED, "--only", "ketamine,esketamine")
    assert "1 row of the doses was left out: 1 of `cefazolin`" in ran.err
    assert f"{kept[0]}, line 8, row 2, column `route`: unknown route" in ran.err
    assert "the column `status` of the samples was not read" in ran.err
    found = csv.read_csv(io.BytesIO(ran.out.encode()), parse_options=csv.ParseOptions(newlines_in_values=True))
    assert found.column_names == ["subject", "matrix", "time", "status", "k_status", "k_reject"]
    assert found["k_status"].to_pylist() == ["expected", "unknown"]


def test_a_name_that_an_answer_has_is_refused_until_it_has_a_prefix(run, kept):
    ran = run("evaluate", *kept, *ASKED, "--prefix", "")
    assert (ran.code, "the column `status` is there already" in ran.err, "--prefix" in ran.err) == (2, True, True)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_every_kind_of_file_tells_the_row_and_those_with_lines_the_line(run, tmp_path, kind):
    rows = [{"substance": "ketamine", "matrix": word, "since": "36 h"} for word in ("urine", "urin")]
    asked = tmp_path / f"asked.{kind}"
    if kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), asked)
    elif kind == "csv":
        asked.write_text("\n\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]))
    else:
        asked.write_text("\n\n".join(map(json.dumps, rows)))
    ran = run("detect-many", asked, "-o", tmp_path / f"out.{kind}")
    line = {"csv": ", line 5", "jsonl": ", line 3", "parquet": ""}[kind]
    assert f"{asked}{line}, row 1, column `matrix`: unknown matrix `urin`" in ran.err


def test_subjects_spelt_in_two_ways_are_refused_until_that_is_said(run, kept, tmp_path):
    kept[1].write_text(TESTED.replace("B", "b "))
    ran = run("evaluate", *kept, *ASKED)
    assert (ran.code, "`b ` of the samples" in ran.err, "--keys exact" in ran.err) == (2, True, True), ran.err
    assert run("evaluate", *kept, *ASKED, "--keys", "exact").code == 1


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_one_file_is_read_alike_by_all_commands(run, tmp_path, sign):
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text("export\nsubstance,start,subject,,\n\nketamine,2026-03-01T10:00Z,A,,\n,,,,\n".replace(",", sign))
    samples.write_text("subject,matrix,time,outcome,,\nA,urine,2026-03-01T14:00Z,positive,,\n".replace(",", sign))
    results = tmp_path / "results.csv"
    results.write_text("by hand\n\nmatrix,time,outcome,\nurine,2026-03-01T14:00Z,positive\n".replace(",", sign))
    assert run("history", doses, "--at", "2026-03-01T14:00Z").code == 4
    assert run("history", doses, "--at", "2026-03-01T14:00Z", "--skip-lines", "1").code == 0
    assert run("infer", results, "--doses", doses, "--skip-lines", "2").code == 0
    ran = run("evaluate", doses, samples, "-o", "-", "--skip-lines", "1")
    assert (ran.code, "expected" in ran.out) == (0, True), ran.err


def test_a_dose_that_history_refuses_is_named_by_its_line(run, tmp_path):
    doses = tmp_path / "doses.csv"
    doses.write_text("substance,start\n\nketamine,2026-03-01\nketamin,2026-03-02\n,,,\nketamine,yesterday\n")
    ran = run("history", doses, "--at", "2026-03-03")
    assert ran.code == 2
    assert f"dose 2 (`{doses}`, line 4): unknown substance `ketamin`" in ran.err
    assert f"dose 3 (`{doses}`, line 6): `yesterday`" in ran.err


# ---------------------------------------------------------------- rows with too few or too many values

ONE_DOSE = "subject,substance,start,dose\nA,ketamine,2026-03-01T10:00Z,50 mg\n"
TWO_SAMPLES = "subject,matrix,time\nA,urine,2026-03-02T10:00Z\n\nB,urine,2026-03-02T10:00Z\n"


def test_a_ragged_question_is_one_refused_row_where_rejects_are_asked_for(run, tmp_path):
    questions, out, rejects = (tmp_path / name for name in ("q.csv", "out.csv", "rejects.csv"))
    questions.write_text("substance,matrix,since\nketamine,urine,1,5 h\n\nketamine,urine,4 h\nketamine,urine\n")
    refused = run("detect-many", questions, "-o", out)
    assert refused.code == 4
    assert "line 2: 4 values, the header names 3" in refused.err
    assert "--rejects FILE" in refused.err
    assert run("detect-many", questions, "-o", out, "--rejects", rejects).code == 1
    assert [row["status"] for row in rows_of(out)] == ["expected"]
    assert [[row[name] for name in ("line", "row", "code", "message", "raw")] for row in rows_of(rejects)] == [
        ["2", "0", "ragged", "4 values, the header names 3", "ketamine,urine,1,5 h"],
        ["5", "2", "ragged", "2 values, the header names 3", "ketamine,urine"],
    ]


BROKEN = ["{", "[1]", '{"since": NaN}', '{"since": ' + "[" * 99_999]


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_json_line_is_one_refused_row_where_rejects_are_asked_for(run, tmp_path, line):
    """Regression: it refused the whole file."""
    sound = '{"substance": "ketamine", "matrix": "urine", "since": "%s"}\n'
    (tmp_path / "q.jsonl").write_text(sound % "5 h" + "\n" + line + "\n" + sound % "x" + sound % "9 h")
    asked = ["detect-many", tmp_path / "q.jsonl", "-o", tmp_path / "out.jsonl", "--force"]
    whole = run(*asked)
    assert (whole.code, "line 3" in whole.err, "--rejects" in whole.err) == (4, True, True)
    ran = run(*asked, "--rejects", tmp_path / "rejects.csv")
    assert ran.code == 1, ran.err
    rows = rows_of(tmp_path / "rejects.csv")
    assert [(row["line"], row["row"], row["code"]) for row in rows] == [
        ("3", "1", "broken-line"),
        ("4", "2", "not-understood"),
    ]
    assert line.startswith(rows[0]["raw"][:20])
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


def test_a_file_of_broken_json_lines_alone_is_refused(run, tmp_path):
    (tmp_path / "q.jsonl").write_text("{\n[1]\n")
    ran = run("detect-many", tmp_path / "q.jsonl", "-o", tmp_path / "out.csv", "--rejects", tmp_path / "rejects.csv")
    assert (ran.code, "line 1 is not JSON" in ran.err) == (4, True)


def test_a_ragged_dose_spoils_the_samples_of_its_subject_alone(run, tmp_path):
    doses, samples, out, rejects = (tmp_path / name for name in ("d.csv", "s.csv", "out.csv", "rejects.csv"))
    doses.write_text(ONE_DOSE + "B,ketamine,2026-03-01T10:00Z,1,5 mg\n")
    samples.write_text(TWO_SAMPLES + "A,urine\n")
    assert run("evaluate", doses, samples, "-o", out, "--rejects", rejects).code == 1
    assert [row["status"] for row in rows_of(out)] == ["expected"]
    named = [(row["file"], row["line"], row["message"]) for row in rows_of(rejects)]
    assert named == [
        (str(doses), "3", "5 values, the header names 4"),
        (str(samples), "4", "dose row 1 (line 3): 5 values, the header names 4"),
        (str(samples), "5", "2 values, the header names 3"),
    ]


@pytest.mark.parametrize("subject", ['"Doe, John"', "C"])
def test_a_ragged_dose_that_may_be_anyones_is_refused(run, tmp_path, subject):
    doses, samples, out = (tmp_path / name for name in ("d.csv", "s.csv", "out.csv"))
    doses.write_text(ONE_DOSE + "Doe, John,ketamine,2026-03-01T10:00Z,50 mg\n")
    samples.write_text(TWO_SAMPLES + f"{subject},urine,2026-03-02T10:00Z\n")
    refused = run("evaluate", doses, samples, "-o", out, "--rejects", tmp_path / "rejects.csv")
    assert refused.code == 4
    assert "line 3: 5 values, the header names 4, and whose dose it is cannot be told" in refused.err
    assert not out.exists()


def test_a_file_of_ragged_rows_alone_is_refused(run, tmp_path):
    questions = tmp_path / "q.csv"
    questions.write_text("substance,matrix,since\nketamine,urine,1,5 h\n")
    refused = run("detect-many", questions, "-o", tmp_path / "out.csv", "--rejects", tmp_path / "rejects.csv")
    assert refused.code == 4
    assert "line 2: 4 values" in refused.err


def rows_of(path):
    with path.open(newline="") as file:
        return list(DictReader(file))


# ---------------------------------------------------------------- compiled beforehand


DOSED = (
    "subject,substance,route,start,dose\n1,ketamine,nasal,2026-03-01T10:00Z,50 mg\n2,ketamine,oral,2026-03-01T11:00Z,\n"
)
SAMPLED = (
    "subject,matrix,time,note\n2,urine,2026-03-02T10:00Z,\n1,urine,2026-03-02T10:00Z,x\n2,blood,2026-03-09T10:00Z,\n"
)


@pytest.mark.heavy
def test_what_is_compiled_is_told_of_once_and_nothing_more_after_it_was_done_beforehand(tmp_path, questions):
    """In processes of their own, which have compiled nothing yet."""
    environment = {**os.environ, "KETREF_CACHE": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}

    def told(*words: object) -> str:
        command = [sys.executable, "-m", "ketref", *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True).stderr

    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text(DOSED)
    samples.write_text(SAMPLED)
    first = told("effects-many", questions, "-o", tmp_path / "phases.csv")
    assert first.count("compiling once for this machine, which takes some seconds (`ketref warm`") == 1
    assert told("warm") == "ketref: compiling once for this machine, which takes some seconds\n"
    assert told("warm") == ""
    assert "compiling" not in told("evaluate", doses, samples, "-o", tmp_path / "answers.csv")
    assert "compiling" not in told("detect-many", questions, "-o", tmp_path / "statuses.csv")


def test_where_compiled_code_cannot_be_kept_nothing_is_compiled_beforehand(run, monkeypatch):
    monkeypatch.setenv("KETREF_CACHE", "not/whole")
    ran = run("warm")
    assert ran.code == 4
    assert "ketref: compiled code cannot be kept in `not/whole`\nhint: name a folder in KETREF_CACHE" in ran.err


def test_columns_may_be_given_again(run, tmp_path):
    """Regression: the last `--columns` alone counted, without a word."""
    asked = tmp_path / "asked.csv"
    asked.write_text("drug,matrix,since\nketamine,urine,36 h\n")
    ran = run("detect-many", asked, "-o", "-", "--columns", "status,substance=drug", "--columns", "rule")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0] == '"substance","matrix","since","status","rule","reject"'


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (".", "point")])
def test_the_sign_of_decimals_may_be_said_by_itself(run, tmp_path, sign, name):
    asked = tmp_path / "asked.csv"
    asked.write_text(f"substance;matrix;method;cutoff;since\nketamine;urine;lc-ms-ms;2{sign}5 ng/mL;36 h\n")
    found = [run("detect-many", asked, "-o", "-", "--decimal", said) for said in (sign, name)]
    assert [ran.code for ran in found] == [0, 0], found[0].err
    assert found[0].out == found[1].out


def test_what_is_written_in_another_format_is_read_by_its_suffix(run, tmp_path):
    """Regression: with --format csv a Parquet file was read as CSV."""
    import pyarrow as pa
    from pyarrow import parquet

    asked = tmp_path / "asked.parquet"
    parquet.write_table(pa.table({"substance": ["ketamine"], "matrix": ["urine"], "since": ["36 h"]}), asked)
    ran = run("detect-many", asked, "-o", "-", "--format", "csv", "--columns", "status")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0] == '"substance","matrix","since","status","reject"'
