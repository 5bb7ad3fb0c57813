"""Is what models say beside the status of each of many rows what they say of it alone?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ketref
from ketref.cli.main import main
from ketref.model.kinds import CALCULATED

pytest.importorskip("scipy")
pl = pytest.importorskip("polars")

LSD = {"substance": "lsd", "matrix": "plasma", "analyte": "lsd", "route": "oral"}
ROWS: list[dict[str, Any]] = [
    {**LSD, "dose": dose, "cutoff": cutoff, "since": since}
    for dose, cutoff, since in [
        ("100 ug", "0.1 ng/mL", "4 h"),
        ("100 ug", "0.1 ng/mL", "9 h"),
        ("101 ug", "0.1 ng/mL", "9 h"),
        ("100 ug", "0.5 ng/mL", "9 h"),
        ("100 ug", "0.5 ng/mL", "2 h to 9 h"),
        ("100 ug", "0.5 ng/mL", "40 h"),
        ("100 ug", None, "4 h"),
        (None, "0.1 ng/mL", "4 h"),
        ("100 ug", "0.1 ng/mL", "4 h"),
    ]
]
ROWS += [{**ROWS[0], "matrix": "urine"}, {**ROWS[0], "analyte": None}, {**ROWS[0], "pattern": "chronic"}]
ROWS += [{**ROWS[0], "substance": "esketamine", "analyte": "esketamine", "route": "intravenous", "dose": "20 mg"}]


DOSES = [
    {"subject": "a", "substance": "lsd", "start": "2026-03-01T20:00Z", "route": "oral", "dose": "100 ug"},
    {"subject": "a", "substance": "lsd", "start": "2026-03-01T22:00Z", "route": "oral", "dose": "100 ug"},
    {"subject": "a", "substance": "cocaine", "start": "2026-03-01T22:00Z", "route": "nasal", "dose": "96 mg"},
    {"subject": "b", "substance": "lsd", "start": "2026-03-05T20:00Z", "route": "oral", "dose": "100 ug"},
    {"subject": "c", "substance": "lsd", "start": "2026-03-05", "route": "oral", "dose": "100 ug"},
    {"subject": "d", "substance": "heroin", "start": "2026-03-05T20:00Z", "route": "nasal", "dose": "10 mg"},
    {"subject": "d", "substance": "codeine", "start": "2026-03-05T20:00Z", "route": "oral", "dose": "30 mg"},
]
SAMPLES = [
    {"subject": subject, "time": time, "matrix": "plasma", "test": test, "analyte": analyte, "cutoff": cutoff}
    for subject, time, test, analyte, cutoff in [
        ("a", "2026-03-02T02:00Z", "lsd", "lsd", "1 ng/mL"),
        ("a", "2026-03-02T03:30Z", "lsd", "lsd", "1 ng/mL"),
        ("a", "2026-03-01T21:00Z", "lsd", "lsd", "1 ng/mL"),
        ("a", "2026-03-01T19:00Z", "lsd", "lsd", "1 ng/mL"),
        ("a", "2026-03-02T02:00Z", "cocaine", "cocaine", "10 ng/mL"),
        ("b", "2026-03-06T00:00Z", "lsd", "lsd", "0.1 ng/mL"),
        ("b", "2026-03-06T05:00Z", "lsd", "lsd", "0.1 ng/mL"),
        ("b", "2026-03-06", "lsd", "lsd", "0.1 ng/mL"),
        ("b", "2026-03-06T05:00Z", "lsd", "lsd", None),
        ("c", "2026-03-06T05:00Z", "lsd", "lsd", "0.1 ng/mL"),
        ("d", "2026-03-05T22:00Z", "morphine", "morphine", "5 ng/mL"),
        ("b", "2026-03-06T00:00Z", "lsd", "lsd", "0.1 ng/mL"),
    ]
]
TAKEN, SAMPLED = ({key: [row[key] for row in rows] for key in rows[0]} for rows in (DOSES, SAMPLES))


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}


def alone(said: tuple[Any, list[str]]) -> tuple[Any, ...]:
    form, why = said
    low, high = form["share_above"] or (None, None)
    return form["status"], low, high, ", ".join(form["models"]) or None, "; ".join(why) or None


def told(found: Any) -> list[tuple[Any, ...]]:
    return found.select(CALCULATED).cast(dict.fromkeys((CALCULATED[0], *CALCULATED[3:]), pl.String)).rows()


def test_each_row_says_what_it_says_alone() -> None:
    found = ketref.detect_many(pl.DataFrame(columns(ROWS)), calculated=True)
    said = [ketref.detect(**{k: v for k, v in row.items() if v is not None}, calculated=True) for row in ROWS]
    assert told(found) == [alone(one.calculated) for one in said]
    assert found["status"].to_list() == [one.status for one in said]
    assert set(found["calculated"]) == {"expected", "possible", "unknown"}


def test_only_where_it_is_asked() -> None:
    found = ketref.detect_many(pl.DataFrame(columns(ROWS)))
    assert not set(CALCULATED) & set(found.columns)
    found = ketref.detect_many(pl.DataFrame(columns(ROWS)), ["status", "calculated"])
    assert found.columns == ["status", "calculated"]


def test_refused_rows_have_none() -> None:
    table = pl.DataFrame(columns([ROWS[0], {**ROWS[0], "cutoff": "5 bananas"}]))
    found = ketref.detect_many(table, calculated=True, on_error="reject")
    assert told(found)[1] == (None,) * len(CALCULATED)
    assert told(found)[0][0] == "expected"


def test_many_rows_are_reckoned_with_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from ketref.kinetics import summary

    asked = []
    real = summary.summarised
    monkeypatch.setattr(summary, "summarised", lambda *args: asked.append(args) or real(*args))
    rows = [{**ROWS[0], "since": f"{60 + n % 60} min"} for n in range(2000)]
    found = ketref.detect_many(pl.DataFrame(columns(rows)), calculated=True)
    assert len(asked) == 1
    assert len(found) == 2000


def _history(sample: dict[str, Any], **said: Any) -> Any:
    doses = [
        {k: v for k, v in dose.items() if k != "subject"} for dose in DOSES if dose["subject"] == sample["subject"]
    ]
    asked = {k: v for k, v in sample.items() if k not in {"subject", "time"}} | said
    return ketref.history(doses, at=sample["time"], calculated=True, **asked)


def test_each_sample_says_what_its_history_says() -> None:
    found = ketref.evaluate(pl.DataFrame(TAKEN), pl.DataFrame(SAMPLED), calculated=True)
    answers = [_history(sample) for sample in SAMPLES]
    forms = [answer.to_dict()["tests"][0]["calculated"] for answer in answers]
    assert [row[:4] for row in told(found)] == [alone((form, []))[:4] for form in forms]
    for row, answer in zip(told(found), answers, strict=True):
        assert all(why in answer.warnings for why in (row[4] or "").split("; ") if why)
    assert {row[0] for row in told(found)} == {"expected", "possible", "unknown"}


def test_a_sample_that_names_no_test_says_it_of_each_substance() -> None:
    samples = [{k: v for k, v in SAMPLES[number].items() if k != "test"} for number in (0, 5)]
    found = ketref.evaluate(
        pl.DataFrame(TAKEN), pl.DataFrame(columns(samples)), ["sample", "substance"], calculated=True
    )
    for sample, substance, row in zip(found["sample"], found["substance"].cast(pl.String), told(found), strict=True):
        answer = _history(samples[sample])
        tests = {test.test.substance: form for test, form in zip(answer.person.tests, answer.tests, strict=True)}
        assert row[:4] == alone((tests[substance]["calculated"], []))[:4]


def test_without_the_flag_nothing_is_imported() -> None:
    code = (
        "import sys, ketref\n"
        f"ketref.detect_many({columns(ROWS)!r})\n"
        f"ketref.evaluate({TAKEN!r}, {SAMPLED!r})\n"
        "found = [name for name in sys.modules if name.startswith(('ketref.kinetics', 'ketref.answers.beside',"
        " 'ketref.bulk.modelled', 'ketref.bulk.timelines.modelled'))]\n"  # scipy comes with numba
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, answers = tmp_path / "asked.csv", tmp_path / "answers.csv"
    pl.DataFrame(columns(ROWS[:2])).write_csv(asked)
    assert main(["detect-many", str(asked), "-o", str(answers), "--calculated", "--quiet"]) == 0
    assert pl.read_csv(answers)["calculated_models"].to_list() == ["PKM-LSD-01"] * 2
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    pl.DataFrame(TAKEN).write_csv(doses)
    pl.DataFrame(SAMPLED).head(2).write_csv(samples)
    words = [str(doses), str(samples), "-o", str(answers), "--calculated", "--quiet", "--force"]
    assert main(["evaluate", *words]) == 0
    assert pl.read_csv(answers)["calculated_models"].to_list() == ["PKM-LSD-01"] * 2
