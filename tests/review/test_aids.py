"""Do the commands that help to review a book say what is so: new, diff, gaps, verify?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ketref.book.export import SECTIONS, item
from ketref.book.loading import shipped
from ketref.cli.main import main
from ketref.review.new import starting_book
from support.faults import SOUND, Fault

VALIDATION = """\
[[source]]
id = "our-validation"
kind = "laboratory"
title = "Validation"
grade = "C"
seen = "full text"
"""
WINDOW = """\
[[window]]
id = "LAB-W001"
when = { matrix = "urine", analyte = "any", method = "lc-ms-ms", cutoff = "5 ng/mL", pattern = "single" }
detectable_from = { latest = "4 h" }
detectable_until = ["3 d", "8 d"]
confidence = "moderate"
reviewed = 2026-11-23

[[window.evidence]]
source = "our-validation"
locator = "report, table 4"
reports = { detectable_from = { latest = "4 h" }, detectable_until = ["3 d", "8 d"] }
"""
RULES = Path(__file__).parents[2] / "rules"
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


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_an_answer_that_was_kept_without_an_origin_is_one_of_rules(words: list[str], ran: Any, kept: Any) -> None:
    path = kept(*words)
    form = json.loads(path.read_text("utf-8"))
    assert form.pop("origin", None) == (None if words[0] == "cautions" else "rule")
    path.write_text(json.dumps(form), "utf-8")
    assert ran("verify", path)[0] == 0


def test_a_kept_answer_of_an_unknown_origin_is_refused(ran: Any, kept: Any) -> None:
    path = kept(*QUESTIONS[0])
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "origin": "dream"}), "utf-8")
    code, _, err = ran("verify", path)
    assert code == 2
    assert "`origin` is not one of rule" in err


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


# ---------------------------------------------------------------- show


BOOK = shipped()
IDS = [*(entry for entry, _, _, _ in BOOK.entries()), *BOOK.substances]


def test_every_id_of_the_book_names_what_is_shown() -> None:
    assert len(IDS) == len(set(IDS)) > 700
    for word in IDS:
        kind, data = item(BOOK, word.swapcase())
        assert word == (data["substance"]["id"] if kind == "substance" else data["id"])


def test_an_entry_of_every_table_of_the_book_is_shown_as_text_and_as_json(ran: Any) -> None:
    first = {(name.split("/")[-1], table): entry for entry, name, table, _ in BOOK.entries()}
    assert len(first) > 10
    for word in first.values():
        code, out, err = ran("show", word.swapcase(), "--format=json")
        assert (code, err) == (0, ""), word
        held = json.loads(out)
        assert (held["data"]["id"] if "data" in held else held["panel"]) == word
        code, out, err = ran("show", word)
        assert (code, err) == (0, "")
        assert out.split("\n")[0].startswith(f"panel {word}: ") or out.split("\n")[0].endswith(f" {word}")


@pytest.mark.parametrize("substance", ["ketamine", "cannabis", "poppy-seeds"])  # of much, of many kinds, of little
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_shown(ran: Any, substance: str, section: str) -> None:
    code, out, _ = ran("show", substance, section, "--format=json")
    held = json.loads(out)["data"]
    assert code == 0
    code, out, _ = ran("show", substance, section)
    assert (code, out.split("\n")[0]) == (0, f"{section}: {len(held)}")


def test_a_number_is_shown_as_it_was_written(ran: Any) -> None:
    assert "value: 93\n" in ran("show", "KET-K101")[1]
    assert "value: 20, 25\n" in ran("show", "KET-K105")[1]
    assert "comparator_percent: 0\n" in ran("show", "ESK-E001")[1]  # none of those who had the comparator
    assert json.loads(ran("show", "KET-K119", "--format=json")[1])["data"]["value"] == [3.95, 4.54]


@pytest.mark.parametrize(("word", "hint"), [("ketamin", "ketamine"), ("", "ketamine")])
def test_what_is_no_id_is_refused_with_what_is_near_or_what_there_is(ran: Any, word: str, hint: str) -> None:
    code, out, err = ran("show", word)
    assert (code, out) == (2, "")
    assert f"hint: did you mean `{hint}`" in err if word else hint in err


def test_the_list_of_substances_has_all_that_means_each(ran: Any) -> None:
    held = {one["substance"]: one for one in json.loads(ran("show", "--format=json")[1])["substances"]}
    assert {"coke", "crack"} <= set(held["cocaine"]["synonyms"])
    assert "opiates" in held["codeine"]["classes"]
    assert {"scheme", "value"} == set(held["ketamine"]["identifiers"][0])
    assert any("speed" in called["names"] for called in held["amphetamine"]["street"])


@pytest.mark.parametrize("asked", [("cocaine",), ("KET-W001",), ("amphetamine", "street"), ("mayo-ketau",)])
def test_what_is_shown_names_its_schema(ran: Any, asked: tuple[str, ...]) -> None:
    assert json.loads(ran("show", *asked, "--format=json")[1])["schema"] == "ketref.item/1"


@pytest.mark.parametrize("kind", ["analyte", "panel"])
def test_the_plural_lists_the_same(ran: Any, kind: str) -> None:
    assert ran("show", f"{kind}s") == ran("show", kind)


def test_what_is_merely_like_an_id_is_refused_without_a_guess(ran: Any) -> None:
    assert "did you mean" not in ran("show", "nothing")[2]


# ---------------------------------------------------------------- flags, pipes, books of other kinds

BOOK_OF_ONE = "a folder that is made for it"


@pytest.mark.parametrize(
    "words",
    [
        ["show", "ketamine", "windows", "--format", "json"],
        ["cautions", "ketamine", "head injury", "--format", "json"],
        ["cautions", "ketamine", "head", "injury", "--route", "intravenous"],
        ["check", BOOK_OF_ONE, "--format", "json"],
        ["gaps", BOOK_OF_ONE, "--format", "json"],
        ["detect", "ketamine", "--matrix", "urine", "--age", "70", "--since", "-"],
        ["detect", "ketamine", "--flips", "--matrix", "urine", "--since", "36 h"],
    ],
    ids=lambda words: " ".join(str(word) for word in words[:2]),
)
def test_flags_may_stand_anywhere(ran: Any, folder: Any, words: list[str]) -> None:
    words = [str(folder(SOUND)) if word == BOOK_OF_ONE else word for word in words]
    flags = next(n for n, word in enumerate(words) if str(word).startswith("-"))
    turned = [words[0], *words[flags:], *words[1:flags]]
    between = [*words[:2], *words[flags:], *words[2:flags]]
    assert ran(*words) == ran(*turned) == ran(*between)


def test_a_book_without_a_substance_has_no_gaps_to_tell_of(ran: Any, folder: Any) -> None:
    empty = folder({name: text for name, text in SOUND.items() if "/" not in name})
    code, out, _ = ran("gaps", empty)
    assert code == 0
    assert "the rule set has no substance" in out
    assert json.loads(ran("gaps", empty, "--format=json")[1])["substances"] == []


def test_two_books_of_which_one_lacks_a_substance(ran: Any, folder: Any, tmp_path: Path) -> None:
    own = folder(SOUND)
    none = tmp_path / "none"
    shutil.copytree(own, none)
    shutil.rmtree(none / "xamine")
    for pair, said in (((own, none), "no longer answered"), ((none, own), "newly answered")):
        code, out, err = ran("diff", *pair)
        assert (code, err) == (1, "")
        assert f"xamine window: {said}" in out
        assert json.loads(ran("diff", *pair, "--format=json")[1])["same"] is False


@pytest.mark.parametrize("words", [["diff", "BAD", "shipped"], ["diff", "shipped", "BAD"], ["gaps", "BAD"]])
def test_a_book_with_an_error_is_named_with_its_findings(ran: Any, folder: Any, words: list[str]) -> None:
    bad = folder(Fault("unknown-term", "windows.toml", '"any"', '"ani"').texts)
    code, out, err = ran(*(bad if word == "BAD" else word for word in words))
    assert (code, out) == (3, "")
    assert "xamine/windows.toml:3: error[unknown-term]" in err


def test_an_answer_kept_with_a_book_that_is_gone_says_which_rules_are_missing(
    ran: Any, folder: Any, tmp_path: Path
) -> None:
    lab = folder({**starting_book(date(2026, 11, 23)), "ketamine/windows.toml": WINDOW, "sources.toml": VALIDATION})
    asked = ["detect", "ketamine", "--matrix=urine", "--since=36 h", "--method=lc-ms-ms", "--cutoff=5 ng/mL"]
    (tmp_path / "kept.json").write_text(ran(*asked, f"--rules={lab}", "--format=json")[1], "utf-8")
    assert ran("verify", tmp_path / "kept.json", f"--rules={lab}")[0] == 0
    code, out, _ = ran("verify", tmp_path / "kept.json")
    assert code == 1
    assert "no longer in the rules: LAB-W001" in " ".join(out.split())
    assert "--rules DIR" in out


@pytest.mark.parametrize("width", ["40", "120"])
@pytest.mark.parametrize("words", [["gaps"], ["show", "KET-W004"], ["show", "ketamine", "studies"], ["diff"]])
def test_text_keeps_to_the_width_of_the_terminal(
    ran: Any, folder: Any, tmp_path: Path, words: list[str], width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    if words == ["diff"]:
        old = folder(SOUND)
        later = shutil.copytree(old, tmp_path / "later") / "xamine" / "windows.toml"
        later.write_text(later.read_text("utf-8").replace("4 d", "5 d").replace("4 days", "5 days"), "utf-8")
        words = ["diff", str(old), str(tmp_path / "later")]
    code, out, _ = ran(*words)
    assert code == (words[0] == "diff")
    assert max(len(line) for line in out.splitlines()) <= int(width)


def test_drugs_are_in_the_export_and_in_the_differences(run, tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "edition.toml").write_text('edition = "1"\nformat = 1\nname = "lab"\nextends = "shipped"\n')
    (book / "drugs.toml").write_text('[[drug]]\nid = "study-drug-b"\nsynonyms = ["SDB"]\n')
    exported = json.loads(run("export", book).out)["drugs"]
    assert exported["study-drug-b"] == {"id": "study-drug-b", "synonyms": ["SDB"]}
    assert exported["placebo"]["synonyms"] == list(shipped().drugs.terms["placebo"].synonyms)
    differing = json.loads(run("diff", "shipped", book, "--format", "json").out)["records"]
    assert differing == [{"kind": "drug", "id": "study-drug-b", "change": "added", "keys": []}]
