"""Do the commands that help to review a book say what is so: new, diff, gaps, verify?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ketref.cli import main

RULES = Path(__file__).parents[1] / "rules"
QUESTIONS = [
    ["detect", "ketamine", "--matrix=urine", "--since=36 h", "--method=gc-ms", "--cutoff=25 ng/mL"],
    ["detect", "ketamine", "--matrix=urine", "--taken=2026-03-01", "--at=2026-03-04", "--age=70"],
    ["detect", "esketamine", "--matrix=hair", "--pattern=unknown"],
    ["effects", "esketamine", "--route=nasal", "--since=50 min", "--dose=84 mg", "--weight=70 kg"],
    ["effects", "ketamine", "--route=iv", "--infusion=40 min", "--since=50 min"],
    ["cautions", "ketamine", "head injury"],
]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def kept(ran: Any, tmp_path: Path) -> Callable[..., Path]:
    def keep(*words: str) -> Path:
        path = tmp_path / "answer.json"
        path.write_text(ran(*words, "--format=json")[1], "utf-8")
        return path

    return keep


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The shipped rules with one end changed: KET-W004 closes at the latest after 3 days."""
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    windows = folder / "ketamine" / "windows.toml"
    text = windows.read_text("utf-8")
    start = text.index('id = "KET-W004"')
    changed = text[start:].replace('detectable_until = ["1 d", "2 d"]', 'detectable_until = ["1 d", "3 d"]', 1)
    windows.write_text(text[:start] + changed, "utf-8")
    return folder


def test_a_new_book_is_sound_and_answers(ran: Any, tmp_path: Path) -> None:
    code, out, _ = ran("new", tmp_path / "lab")
    assert code == 0
    assert "edition.toml" in out
    assert ran("check", tmp_path / "lab") == (0, "", "")
    assert ran("detect", "ketamine", "--matrix=urine", "--since=36 h", "--rules", tmp_path / "lab")[0] == 0


def test_a_new_book_overwrites_nothing(ran: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    code, out, err = ran("new", tmp_path)
    assert code in {2, 4}
    assert out == ""
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_book_is_the_same_as_itself(ran: Any) -> None:
    code, out, _ = ran("diff", "shipped", RULES, "--format=json")
    form = json.loads(out)
    assert (code, form["same"], form["answers"], form["records"]) == (0, True, [], [])


def test_a_changed_end_is_found_with_its_conditions_and_rules(ran: Any, other: Path) -> None:
    code, out, _ = ran("diff", "shipped", other, "--format=json")
    assert code == 1
    changed = [a for a in json.loads(out)["answers"] if a["change"] == "changed" and a["substance"] == "ketamine"]
    assert changed
    for answer in changed:
        assert all("25 ng/mL" in " ".join(condition.get("cutoff", ())) for condition in answer["conditions"])
        assert {end["end"] for end in answer["ends"]} == {"detectable_until.latest"}
        assert all((end["old"], end["new"]) == ("2 d", "3 d") for end in answer["ends"])
        assert all("KET-W004" in end["old_rules"] + end["new_rules"] for end in answer["ends"])


def test_gaps_name_what_no_rule_covers(ran: Any) -> None:
    code, out, _ = ran("gaps", "--format=json")
    gaps = json.loads(out)["gaps"]
    assert code == 0
    uncovered = [c for gap in gaps if gap["gap"] == "no rule" and gap["kind"] == "window" for c in gap["conditions"]]
    assert any("breast-milk" in condition.get("matrix", ()) for condition in uncovered)


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_a_fresh_answer_is_given_again(words: list[str], ran: Any, kept: Any) -> None:
    code, out, _ = ran("verify", kept(*words), "--format=json")
    assert (code, json.loads(out)["same"]) == (0, True)


def test_another_answer_names_what_changed_and_the_rule(ran: Any, kept: Any, other: Path) -> None:
    code, out, _ = ran("verify", kept(*QUESTIONS[0]), "--rules", other, "--format=json")
    form = json.loads(out)
    assert (code, form["same"]) == (1, False)
    assert any("KET-W004" in difference["rules"] for difference in form["differences"])


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"schema": "ketref.detect/1"}'])
def test_what_is_no_answer_is_refused(text: str, ran: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(text)
    code, out, err = ran("verify", path)
    assert code in {2, 4}
    assert out == ""
    assert "Traceback" not in err
    assert ran("verify", tmp_path / "nowhere.json")[0] == 4
