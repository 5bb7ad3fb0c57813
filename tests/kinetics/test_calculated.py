"""Do models speak beside a status, only where they are asked, and never in its place?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ketref import UsageError, detect
from ketref.cli.main import main

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
LSD = {"matrix": "plasma", "analyte": "lsd", "route": "oral", "dose": "100 ug"}


def test_who_does_not_ask_gets_nothing() -> None:
    assert "calculated" not in detect("lsd", **LSD, since="4 h", cutoff="0.1 ng/mL").to_dict()


@pytest.mark.parametrize(
    ("since", "cutoff", "status"),
    [("4 h", "0.1 ng/mL", "expected"), ("10 h", "5 ng/mL", "not_expected"), ("9 h", "0.5 ng/mL", "possible")],
)
def test_the_status_by_models(since: str, cutoff: str, status: str) -> None:
    pytest.importorskip("scipy")
    asked = {**LSD, "since": since, "cutoff": cutoff}
    form = detect("lsd", **asked, calculated=True).to_dict()
    found = form["calculated"]
    assert found.keys() == {"status", "share_above", "models", "origin"}
    assert (found["status"], found["models"], found["origin"]) == (status, ["PKM-LSD-01"], "calculated")
    low, high = found["share_above"]
    assert 0 <= low <= high <= 1
    plain = detect("lsd", **asked).to_dict()
    assert {key: form[key] for key in plain if key != "warnings"} == {
        key: plain[key] for key in plain if key != "warnings"
    }
    schema = json.loads((SCHEMAS / "detect.answer.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(form)), schema)


def test_a_range_of_times_is_a_range_of_shares() -> None:
    pytest.importorskip("scipy")
    asked = {**LSD, "cutoff": "0.5 ng/mL", "calculated": True}
    low, high = detect("lsd", **asked, since=("2 h", "9 h")).to_dict()["calculated"]["share_above"]
    ends = [detect("lsd", **asked, since=since).to_dict()["calculated"]["share_above"] for since in ("2 h", "9 h")]
    assert low <= min(end[0] for end in ends)
    assert high >= max(end[1] for end in ends)


@pytest.mark.parametrize(
    ("substance", "said", "why"),
    [
        ("lsd", {"since": "4 h"}, "without a cutoff"),
        ("lsd", {"cutoff": "1 ng/mL"}, "without a time"),
        ("lsd", {"cutoff": "1 ng/mL", "since": "40 h"}, "its samples end"),
        ("lsd", {"matrix": "urine", "cutoff": "1 ng/mL", "since": "4 h"}, "in urine"),
        ("lsd", {"analyte": "any", "cutoff": "1 ng/mL", "since": "4 h"}, "name the analyte"),
        ("lsd", {"pattern": "chronic", "cutoff": "1 ng/mL", "since": "4 h"}, "chronic use leaves more"),
        ("mdma", {"analyte": "mdma", "cutoff": "1 ng/mL", "since": "4 h"}, "no pharmacokinetic model of mdma"),
    ],
)
def test_where_no_model_speaks(substance: str, said: dict, why: str) -> None:
    form = detect(substance, **{**LSD, **said}, calculated=True).to_dict()
    assert form["calculated"] == {"status": "unknown", "share_above": None, "models": [], "origin": "calculated"}
    assert any(why in warning for warning in form["warnings"])


def test_it_is_of_one_specimen() -> None:
    with pytest.raises(UsageError, match="of one specimen"):
        detect("lsd", since="4 h", calculated=True)  # type: ignore[call-overload]


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy")
    words = ["detect", "lsd", "--matrix", "plasma", "--route", "oral", "--dose", "100 ug", "--since", "4 h"]
    words += ["--analyte", "lsd", "--cutoff", "0.1 ng/mL"]
    assert main([*words, "--calculated"]) == 0
    text = capsys.readouterr().out
    assert "of persons at or above the cutoff, by PKM-LSD-01" in " ".join(text.split())
    assert main(words) == 0
    said = "are in the rule set: see `--calculated`"
    unsure = detect("lsd", **LSD, since="4 h", cutoff="0.1 ng/mL").status in {"possible", "unknown"}
    assert (said in capsys.readouterr().out) == unsure
    assert said not in text


def test_beside_the_tests_of_a_history() -> None:
    pytest.importorskip("scipy")
    from ketref import history

    doses = [
        {"substance": "lsd", "start": "2026-03-01T20:00Z", "route": "oral", "dose": "100 ug"},
        {"substance": "lsd", "start": "2026-03-01T22:00Z", "route": "oral", "dose": "100 ug"},
    ]
    asked = {"at": "2026-03-02T02:00Z", "matrix": "plasma", "analyte": "lsd", "cutoff": "1 ng/mL"}
    (test,) = history(doses, **asked, calculated=True).to_dict()["tests"]
    (plain,) = history(doses, **asked).to_dict()["tests"]
    assert "calculated" not in plain
    assert {key: value for key, value in test.items() if key != "calculated"} == plain
    (alone,) = history(doses[1:], **asked, calculated=True).to_dict()["tests"]
    assert test["calculated"]["share_above"][0] > alone["calculated"]["share_above"][1]
    assert "calculated, not measured: " in history(doses, **asked, calculated=True).text(full=True)
    schema = json.loads((SCHEMAS / "history.answer.schema.json").read_text("utf-8"))
    jsonschema.validate(history(doses, **asked, calculated=True).to_dict(), schema)


def test_a_history_whose_times_are_days_has_nothing_calculated() -> None:
    from ketref import history

    doses = [{"substance": "lsd", "start": "2026-03-01", "route": "oral", "dose": "100 ug"}]
    asked = {"at": "2026-03-02T12:00Z", "matrix": "plasma", "analyte": "lsd", "cutoff": "1 ng/mL"}
    found = history(doses, **asked, calculated=True)
    assert found.to_dict()["tests"][0]["calculated"]["status"] == "unknown"
    assert any("known to the day" in said for said in found.warnings)
