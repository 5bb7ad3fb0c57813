"""Do the commands on files of many questions answer each row, keep every column, and lose nothing?"""

from __future__ import annotations

import io
import json
import subprocess
import sys
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
    assert "row 2: unknown matrix `urin`; did you mean `urine`" in ran.err
    assert "1 of 4 rows were refused" in ran.err
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
        (["questions.csv"], 2, "required: -o"),
        (["-", "-o", "-"], 2, "`-` has no suffix"),
        (["questions.txt", "-o", "out.csv"], 2, "`questions.txt` has no suffix"),
        (["none.csv", "-o", "out.csv"], 4, "`none.csv` cannot be read: No such file"),
        (["questions.csv", "-o", "none/out.csv"], 4, "`none/out.csv` cannot be written"),
        (["questions.csv", "-o", "out.csv", "--columns", "statuss"], 2, "unknown column of answers `statuss`"),
        (["questions.csv", "-o", "out.csv", "--columns", "note"], 2, "`note` is there already"),
        (["empty.csv", "-o", "out.csv"], 4, "`empty.csv` is no csv"),
        (["wrong.parquet", "-o", "out.csv"], 4, "`wrong.parquet` is no parquet"),
        (["wrong.jsonl", "-o", "out.csv"], 4, "`wrong.jsonl` is no jsonl"),
        (["ragged.csv", "-o", "out.csv"], 4, "`ragged.csv` is no csv"),
        (["other.csv", "-o", "out.csv"], 2, "the column `substance` is missing"),
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
    }
    for name, text in files.items():
        Path(name).write_text(text)
    Path("questions.txt").write_text(QUESTIONS)
    ran = run("detect-many", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not Path("out.csv").exists()
    assert "Traceback" not in ran.err


def test_a_header_alone_is_a_table_without_rows(run, tmp_path):
    path, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    path.write_text("substance,matrix,since\n")
    assert run("detect-many", path, "-o", out).code == 0
    assert out.read_text().replace('"', "").strip() == "substance,matrix,since,status,rule,reject"


def test_without_the_packages_it_says_what_to_install():
    program = (
        "import sys\nfor name in ('numpy', 'numba', 'narwhals', 'pyarrow'): sys.modules[name] = None\n"
        "from ketref import *\nfrom ketref.cli import main\n"
        "sys.exit(main(['detect-many', 'a.csv', '-o', 'b.csv']))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 2
    assert 'pip install "ketref[bulk]"' in ran.stderr


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
    assert "row 1: unknown matrix `urin`" in ran.err
    assert "1 of 4 rows were refused" in ran.err
    found = csv.read_csv(out).to_pydict()
    assert found["id"] == ["a", "a", "b", "c", "d"]
    assert found["sample"] == [0, 0, 1, 2, 3]
    assert found["substance"] == ["esketamine", "ketamine", "", "", "ketamine"]
    assert found["status"][2:4] == ["unknown", "no_dose"]
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
        (["doses.csv", "samples.csv", "-o", "out.csv", "--columns", "matrix"], 2, "`matrix` is there already"),
        (["doses.csv", "samples.csv", "-o", "out.csv", "--columns", "verdict"], 2, "unknown column of answers"),
    ],
)
def test_a_mistake_with_doses_and_samples_writes_nothing(run, trial, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    ran = run("evaluate", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not Path("out.csv").exists()
    assert "Traceback" not in ran.err
