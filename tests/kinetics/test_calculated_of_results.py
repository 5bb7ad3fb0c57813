"""Do models speak beside the results of `infer` and `interpret`, only where they are asked, and in no verdict?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from ketref import infer, interpret
from ketref.cli.main import main

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
DOSES = [{"substance": "lsd", "start": "2026-03-01T20:00Z", "route": "oral", "dose": "100 ug"}]
TEST = {"matrix": "plasma", "analyte": "lsd", "method": "lc-ms-ms"}
HIGH = {**TEST, "time": "2026-03-02T00:00Z", "outcome": "positive", "cutoff": "0.1 ng/mL"}
LATE = {**TEST, "time": "2026-03-02T06:00Z", "outcome": "positive", "cutoff": "5 ng/mL"}
DOSE = {"substance": "lsd", "pattern": "single", "route": "oral", "dose": "100 ug"}


def _without(form: dict) -> dict:
    results = [{key: value for key, value in one.items() if key != "calculated"} for one in form["results"]]
    return {**form, "results": results, "warnings": None}


def test_who_does_not_ask_gets_nothing() -> None:
    assert all("calculated" not in one for one in infer([HIGH], doses=DOSES).results)
    assert all("calculated" not in one for one in interpret([HIGH], doses=DOSES).results)


@pytest.mark.parametrize(("asked", "schema"), [(infer, "infer"), (interpret, "interpret")])
def test_beside_each_result_and_in_no_verdict(asked, schema: str) -> None:
    pytest.importorskip("scipy")
    plain, form = (asked([HIGH, LATE], doses=DOSES, calculated=said).to_dict() for said in (False, True))
    found = [one["calculated"] for one in form["results"]]
    assert [one["status"] for one in found] == ["expected", "not_expected"]
    assert all(one["models"] == ["PKM-LSD-01"] and one["origin"] == "calculated" for one in found)
    assert [one["verdict"] for one in form["results"]] == [one["verdict"] for one in plain["results"]]
    if asked is interpret:
        assert _without(form) == _without(plain)
    jsonschema.validate(form, json.loads((SCHEMAS / f"{schema}.answer.schema.json").read_text("utf-8")))


def test_it_is_what_a_history_says_of_the_same() -> None:
    pytest.importorskip("scipy")
    from ketref import history

    asked = {"at": HIGH["time"], "matrix": "plasma", "analyte": "lsd", "cutoff": "0.1 ng/mL"}
    (test,) = history(DOSES, **asked, calculated=True).to_dict()["tests"]
    assert infer([HIGH], doses=DOSES, calculated=True).results[0]["calculated"] == test["calculated"]


def test_intervals_leave_out_what_models_do_not_agree_with_and_say_so() -> None:
    pytest.importorskip("scipy")
    plain, found = (infer([LATE], **DOSE, calculated=said) for said in (False, True))
    assert found.intervals != plain.intervals
    assert len(found.times_of["lsd"].intervals()) == len(plain.intervals)  # what verdicts are made of stays
    (before,) = [form for form in found.intervals if form["until_says"] and "PKM-LSD-01" in form["until_says"]]
    assert before["until_rule"] is None
    assert any("calculated, not measured" in one for one in found.conclusions)
    assert [one["verdict"] for one in found.results] == [one["verdict"] for one in plain.results]


def test_the_picture_of_results_tells_which_end_models_set() -> None:
    pytest.importorskip("scipy")
    from ketref.pictures.plot import chart_of

    told = " ".join(chart_of(infer([LATE], **DOSE, calculated=True)).described())
    assert "result 1, models, calculated" in told
    assert "models, calculated" not in " ".join(chart_of(infer([LATE], **DOSE)).described())


def test_a_negative_excludes_what_nearly_all_would_have() -> None:
    pytest.importorskip("scipy")
    negative = {**HIGH, "outcome": "negative"}
    plain, found = (infer([negative], **DOSE, calculated=said) for said in (False, True))
    assert len(found.intervals) > len(plain.intervals)
    taken = "2026-03-01T20:00Z"  # 4 h before, when 95 % are above 0.1 ng/mL
    assert not any((one["from"] or "") <= taken <= (one["until"] or "9") for one in found.intervals)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"pattern": "unknown"}, "unless the pattern of use is single"),
        ({"dose": None}, "it needs the dose"),
        ({"route": "intravenous"}, "it is of doses oral"),
    ],
)
def test_where_models_do_not_speak_intervals_stay_as_they_are(said: dict, why: str) -> None:
    plain, found = (infer([LATE], **{**DOSE, **said}, calculated=asked) for asked in (False, True))
    assert found.intervals == plain.intervals
    assert any(why in one for one in found.warnings)
    assert not any("calculated" in one for one in found.conclusions)


def test_a_screen_excludes_nothing_by_models() -> None:
    screen = {**LATE, "method": "immunoassay"}
    plain, found = (infer([screen], **DOSE, calculated=asked) for asked in (False, True))
    assert found.intervals == plain.intervals


def test_a_model_speaks_of_one_substance() -> None:
    doses = [
        {"substance": "heroin", "start": "2026-03-01T20:00Z", "route": "nasal", "dose": "10 mg"},
        {"substance": "codeine", "start": "2026-03-01T20:00Z", "route": "oral", "dose": "30 mg"},
    ]
    result = {"matrix": "plasma", "analyte": "morphine", "time": "2026-03-01T22:00Z", "outcome": "positive"}
    answer = infer([{**result, "cutoff": "5 ng/mL"}], doses=doses, calculated=True)
    assert answer.results[0]["calculated"]["status"] == "unknown"
    assert any("models reckon with one" in one for one in answer.warnings)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy")
    results, doses = tmp_path / "results.json", tmp_path / "doses.json"
    results.write_text(json.dumps([HIGH]), "utf-8")
    doses.write_text(json.dumps(DOSES), "utf-8")
    for command in ("infer", "interpret"):
        words = [command, str(results), "--doses", str(doses)]
        assert main([*words, "--calculated"]) == 0
        assert "of persons at or above the cutoff, by PKM-LSD-01" in " ".join(capsys.readouterr().out.split())
        assert main(words) == 0
        said = capsys.readouterr().out
        assert "PKM-LSD-01" not in said
        assert said.endswith("models of lsd are in the rule set: see `--calculated`.\n")
        results.write_text(json.dumps([{**HIGH, "matrix": "urine"}]), "utf-8")
        assert main(words) == 0
        assert "--calculated" not in capsys.readouterr().out
        results.write_text(json.dumps([HIGH]), "utf-8")


@pytest.mark.parametrize("matrix", ["plasma", "urine"])
def test_a_history_names_models_where_they_speak(
    matrix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doses = tmp_path / "doses.json"
    doses.write_text(json.dumps(DOSES), "utf-8")
    words = ["history", str(doses), "--at", "2026-03-02T00:00Z", "--matrix", matrix, "--analyte", "lsd"]
    for cutoff, named in ((["--cutoff", "0.1 ng/mL"], matrix == "plasma"), ([], False)):
        assert main([*words, *cutoff]) == 0
        assert ("see `--calculated`" in capsys.readouterr().out) == named


def test_a_test_of_another_specimen_names_no_models(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["detect", "ketamine", "--route", "intravenous", "--dose", "35 mg", "--since", "4 h", "--matrix"]
    for matrix in ("plasma", "urine"):
        assert main([*words, matrix]) == 0
        assert ("see `--calculated`" in capsys.readouterr().out) == (matrix == "plasma")


def test_a_question_that_does_not_ask_imports_no_model() -> None:
    code = (
        "import sys, ketref\n"
        f"ketref.infer([{HIGH!r}], doses={DOSES!r}).to_dict()\n"
        f"ketref.interpret([{HIGH!r}], doses={DOSES!r}).to_dict()\n"
        f"assert ketref.infer([{HIGH!r}], doses={DOSES!r}).modelled\n"
        "found = [name for name in sys.modules if name.split('.')[0] in ('numpy', 'scipy')"
        " or name in ('ketref.answers.beside', 'ketref.answers.calculated', 'ketref.kinetics')]\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
