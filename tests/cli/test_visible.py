"""Can a rule, a file or a command line make a terminal do anything, or hide a character from who reads?"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import ketref
from conftest import Ran
from ketref.cli.main import _COMMANDS, _parser
from ketref.output.page import Page
from ketref.visible import shown, shown_json, shown_lines
from support.faults import SOUND

OBEYED = "\x1b[31m\x1b]0;title\x07\x1b]8;;http://x\x1b\\\x9b2J\x85\x90\x00\x08\x7f\r\t\v\f"
UNSEEN = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200d\u200e\u200f\u2028\u2029\ufeff\xad\U000e0041"
HOSTILE = f"x{OBEYED}{UNSEEN}\ny"
IN_A_WORD = HOSTILE.replace("\x00", "")  # what an operating system lets through as an argument


def raw(text: str) -> set[str]:
    """The characters of a text that a terminal obeys or nobody sees, line breaks apart."""
    return {char for char in text if char != "\n" and unicodedata.category(char)[0] in "CZ" and char != " "} - {"\xa0"}


# ---------------------------------------------------------------- the border itself


@given(st.text() | st.text(st.sampled_from(HOSTILE)))
@example(HOSTILE)
@example("\ud800")
def test_a_shown_text_is_one_line_without_anything_hidden(text):
    line = shown(text)
    assert not {char for char in line if unicodedata.category(char)[0] == "C" or unicodedata.category(char) in "ZlZp"}
    assert shown(line) == line
    assert "\n".join(map(shown, text.split("\n"))) == shown_lines(text)


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
@example("ü Ж 漢 e\u0301 5\u202fmg \\x1b")
def test_what_can_be_seen_is_shown_as_it_is(text):
    assert shown(text) == text


def test_what_is_hidden_is_written_as_in_python():
    assert shown("a\x1b[0m\u202e\n\x85\U000e0041\udc80") == r"a\x1b[0m\u202e\n\x85\U000e0041\udc80"


@given(st.dictionaries(st.text(st.sampled_from(HOSTILE)), st.text() | st.lists(st.text(st.sampled_from(HOSTILE)))))
@example({HOSTILE: [HOSTILE]})
def test_shown_json_holds_the_same_data(data):
    text = shown_json(json.dumps(data, ensure_ascii=False, indent=2))
    assert json.loads(text) == data
    assert not {char for char in text if char != "\n" and unicodedata.category(char)[0] == "C"}


@pytest.mark.parametrize("error", [ketref.UsageError, lambda text: ketref.InputError(text, path=text)])
def test_what_an_error_quotes_makes_no_line_of_its_own(error):
    assert str(error(f"`{HOSTILE}` is unknown")) == shown(f"`{HOSTILE}` is unknown")


def test_a_finding_is_one_line_and_its_hint_another():
    finding = ketref.Finding(HOSTILE, 1, "code", HOSTILE, HOSTILE)
    assert str(finding) == f"{shown(HOSTILE)}:1: error[code]: {shown(HOSTILE)}\n  hint: {shown(HOSTILE)}"
    assert str(ketref.RulesError([finding])) == str(finding)


def test_a_whole_file_in_one_cell_is_not_printed_back():
    error = ketref.UsageError(f"`{'x' * 900_000}` is not a duration", hint="y" * 900_000)
    assert str(error).startswith("`xxx")
    assert str(error).endswith("xxx` is not a duration")
    assert max(len(str(error)), len(error.hint)) < 2_100


def test_a_paragraph_is_safe_and_still_wrapped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    page = Page()
    page.say(f"first\nsecond {HOSTILE} {'word ' * 20}", 2)
    page.quote(HOSTILE)
    assert not raw(str(page))
    assert page.lines[0].startswith("  first second x\\x1b[31m")
    assert page.lines[-1] == f"  {shown(HOSTILE)}"


# ---------------------------------------------------------------- command lines

DOSES = "substance,start,route,dose\nketamine,2026-03-01T10:00,oral,50 mg\n"
RESULTS = "id,matrix,time,outcome,panel\n1,urine,2026-03-03T10:00,positive,a panel\n"
QUESTIONS = "substance,matrix,since\nketamine,urine,36 h\n"
SUBJECTS = "subject,substance,start\n1,ketamine,2026-03-01T10:00\n"
SAMPLES = "subject,matrix,time\n1,urine,2026-03-02T10:00\n"
FILES = {
    "doses.csv": DOSES,
    "results.csv": RESULTS,
    "questions.csv": QUESTIONS,
    "subjects.csv": SUBJECTS,
    "samples.csv": SAMPLES,
}
BULK = {"detect-many", "effects-many", "evaluate"}
COMMANDS: dict[str, list[str]] = {
    "detect": ["ketamine", "--matrix=urine", "--since=36 h"],
    "effects": ["ketamine", "--route=oral"],
    "cautions": ["ketamine", "epilepsy"],
    "today": ["subjects.csv", "--at=2026-03-03"],
    "plot": ["ketamine", "--output=ketamine.svg"],
    "concentration": ["ketamine", "--route=intravenous", "--dose=10 mg", "--since=1 h"],
    "site": ["site"],
    "history": ["doses.csv", "--at=2026-03-03"],
    "infer": ["results.csv", "--doses=doses.csv"],
    "interpret": ["results.csv", "--doses=doses.csv", "--prescribed=ketamine 25 mg oral daily"],
    "answer": ["--jsonl"],
    "detect-many": ["questions.csv", "--output=out.csv"],
    "effects-many": ["questions.csv", "--output=out.csv"],
    "evaluate": ["subjects.csv", "samples.csv", "--output=out.csv"],
    "show": ["KET-W004"],
    "schema": ["detect.answer"],
    "check": ["book"],
    "export": ["book"],
    "new": ["new"],
    "diff": ["book", "book"],
    "gaps": ["book"],
    "verify": ["kept.json"],
    "warm": [],
    "completion": ["bash"],
}


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A working folder with a sound file of each kind."""
    monkeypatch.chdir(tmp_path)
    for name, text in (FILES | {f"book/{name}": text for name, text in SOUND.items()}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    kept = ketref.detect("ketamine", matrix="urine", since="36 h").to_dict()
    (tmp_path / "kept.json").write_text(json.dumps(kept), encoding="utf-8")
    return tmp_path


def of(commands: dict[str, list[str]] = COMMANDS) -> list[object]:
    """One parameter a command; those on tables of many rows where their packages are."""
    needs = pytest.mark.skipif(not ketref_bulk(), reason="needs ketref[bulk]")
    return [pytest.param(name, marks=needs if name in BULK else ()) for name in commands]


def ketref_bulk() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def safe(ran: Ran) -> str:
    """What a command printed, where nothing of it is hidden and it is no internal error."""
    assert (raw(ran.out), raw(ran.err)) == (set(), set())
    assert ran.code in {0, 1, 2, 3, 4}, ran.err
    return ran.out + ran.err


def test_every_command_is_tried():
    assert set(COMMANDS) == set(_COMMANDS)


def _lines_of(command: str, hostile: str) -> Iterator[list[str]]:
    """The command with a hostile word in the place of each of its words and flags, and as a flag of its own."""
    words = COMMANDS[command]
    subparsers = next(a for a in _parser([command])._actions if isinstance(a, argparse._SubParsersAction))
    for at in range(len(words)):
        if not words[at].startswith("--"):
            yield [*words[:at], hostile, *words[at + 1 :]]
    for action in subparsers.choices[command]._actions:
        if action.option_strings and action.nargs is None:
            yield [*words, f"{action.option_strings[-1]}={hostile}"]
    yield [*words, hostile]
    yield [*words, f"--{hostile}", "x"]
    yield [*words, f"--age={hostile}"]


@pytest.mark.parametrize("hostile", [HOSTILE, f"-{HOSTILE}", f"{IN_A_WORD}/book", "\udcff\x1b"], ids=range(4))
@pytest.mark.parametrize("command", of())
def test_hostile_words_on_a_command_line(command, hostile, run, desk):
    written = [safe(run(command, *line)) for line in _lines_of(command, hostile)]
    assert sum("\\x1b" in text for text in written) >= 2


def test_hostile_words_in_the_place_of_a_command(run):
    assert "\\x1b" in safe(run(HOSTILE))
    assert "\\x1b" in safe(run("detect", "ketamine", "--matrix", "urine", f"--{HOSTILE}"))


@pytest.mark.parametrize("command", ["detect", "effects"])
def test_what_is_printed_in_json_is_the_same_data(command, run):
    ran = run(command, "ketamine", "--matrix=urine" if command == "detect" else "--route=oral", "--format=json")
    assert ran.json


# ---------------------------------------------------------------- books

FREE = "title|name|text|publisher|locator|figure|says|instruction|until_event|set_by|design|population|intervention"
ESCAPED = "".join(f"\\U{ord(char):08x}" for char in IN_A_WORD)


def hostile_book() -> dict[str, str]:
    """The sound book with hostile characters in each of its free texts and in its wording."""
    texts = {name: re.sub(rf'(?m)^((?:{FREE}) = ".*)"$', rf'\1{_literal(ESCAPED)}"', t) for name, t in SOUND.items()}
    del texts["xamine/cases.toml"]
    texts["wording.toml"] = texts["wording.toml"].replace("One dose", f"One{ESCAPED} dose")
    return texts


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")


BOOK_LINES = {
    "detect": [["xamine", "--matrix=urine", "--since=30 h", "--flips"], ["xamine", "--matrix=urine", "--liver=severe"]],
    "effects": [["xamine", "--route=oral", "--since=30 min"]],
    "cautions": [["xamine"]],
    "history": [["x-doses.csv", "--at=2026-03-03"]],
    "infer": [["results.csv", "--doses=x-doses.csv"]],
    "detect-many": [["x-questions.csv", "--output=out.csv"]],
    "effects-many": [["x-questions.csv", "--output=out.csv"]],
    "evaluate": [["x-subjects.csv", "samples.csv", "--output=out.csv"]],
    "show": [["xamine"], ["study"], *(["xamine", section] for section in ("windows", "effects", "cautions", "facts"))],
    "check": [[]],
    "export": [[]],
    "gaps": [[]],
    "verify": [["kept.json"]],
}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", of(BOOK_LINES))
def test_hostile_rules(command, form, run, desk, folder):
    for name, text in FILES.items():
        (desk / f"x-{name}").write_text(text.replace("ketamine", "xamine"), encoding="utf-8")
    rules = folder(hostile_book())
    flags = ["--rules", rules, *([f"--format={form}"] if command not in BULK else [])]
    for line in BOOK_LINES[command]:
        safe(run(command, *line, *flags))


def test_hostile_rules_are_refused_in_words(run, folder):
    rules = folder(hostile_book())
    for words in (["show", "study"], ["cautions", "xamine"], ["detect", "xamine", "--matrix=urine"]):
        ran = run(*words, "--rules", rules)
        assert ran.code == 3
        assert "hidden-character" in safe(ran)


def test_a_book_against_a_hostile_one(run, desk, folder):
    (desk / "plain").mkdir()
    (desk / "book").rename(desk / "plain" / "book")  # `folder` writes where this was
    assert "hidden-character" in safe(run("diff", "plain/book", folder(hostile_book())))


def test_a_text_of_rules_is_safe_in_python(folder):
    with pytest.raises(ketref.RulesError) as refused:
        ketref.load(folder(hostile_book()))
    assert raw(f"{refused.value}") == set()
    assert len(refused.value.findings) > 50


# ---------------------------------------------------------------- files


def _hostile_tables(text: str) -> Iterator[str]:
    """A CSV file with a hostile text in each of its cells, its header too."""
    rows = [line.split(",") for line in text.splitlines()]
    for y, row in enumerate(rows):
        for x in range(len(row)):
            cells = [[*line] for line in rows]
            cells[y][x] = f'"{HOSTILE}"'
            yield "\n".join(map(",".join, cells)) + "\n"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("doses.csv", "history"),
        ("results.csv", "infer"),
        *(
            pytest.param(*pair, marks=pytest.mark.skipif(not ketref_bulk(), reason="needs ketref[bulk]"))
            for pair in (
                ("questions.csv", "detect-many"),
                ("questions.csv", "effects-many"),
                ("subjects.csv", "evaluate"),
                ("samples.csv", "evaluate"),
            )
        ),
    ],
)
def test_hostile_cells(name, command, run, desk):
    written = []
    for text in _hostile_tables(FILES[name]):
        (desk / name).write_text(text, encoding="utf-8", newline="")
        written.append(safe(run(command, *COMMANDS[command])))
    assert name == "subjects.csv" or any("\\x1b" in text for text in written)  # of a bad dose its row alone is told


@pytest.mark.skipif(not ketref_bulk(), reason="needs ketref[bulk]")
@pytest.mark.parametrize("column", ["substance", "matrix", "since"])
def test_a_reason_in_a_table_is_as_safe_as_one_that_is_printed(column):
    question = {"substance": "ketamine", "matrix": "urine", "since": "36 h"} | {column: [HOSTILE, "\x9b\u202e"]}
    answers = ketref.detect_many(question, on_error="reject")
    assert [raw(reason) for reason in answers["reject"]] == [set(), set()]


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_id_and_a_panel_of_a_result_are_shown(form, run, desk):
    text = RESULTS.replace("\n1,", f'\n"{HOSTILE}",').replace("a panel", f'"{HOSTILE}"')
    (desk / "results.csv").write_text(text, encoding="utf-8", newline="")
    assert "\\u202e" in safe(run("infer", "results.csv", f"--format={form}"))


def _poisoned(value: object) -> Iterator[object]:
    """A JSON value with a hostile text in the place of each of its texts."""
    if isinstance(value, str):
        yield HOSTILE
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in _poisoned(inner))
        yield {**value, HOSTILE: HOSTILE}
    elif isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in _poisoned(value[0]))


def test_a_kept_answer_with_hostile_texts(run, desk):
    kept = json.loads((desk / "kept.json").read_text())
    shown_ones = 0
    for other in _poisoned(kept):
        (desk / "kept.json").write_text(json.dumps(other), encoding="utf-8")
        shown_ones += "\\x1b" in safe(run("verify", "kept.json"))
    assert shown_ones >= 5


# ---------------------------------------------------------------- streams


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["detect nothing --matrix urine", "detect", "nothing"])
@pytest.mark.parametrize("to", ["2>/dev/full", "2>&-"])
def test_who_cannot_be_told_gets_the_exit_code_alone(words, to):
    shell = ["sh", "-c", f'exec "$0" -m ketref {words} {to}', sys.executable]
    ran = subprocess.run(shell, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, b"", b"")
