"""Do the documents say what the program does?

Every example in them is run: `console` blocks through the command line, `python` blocks as doctests. A line `...` of an
expected output stands for any lines. A block of a data file whose fence names a path is written there first, so that a
tutorial can be followed. `python tests/test_docs.py` puts the program's output into the console blocks: read the
difference.
"""

from __future__ import annotations

import contextlib
import difflib
import doctest
import io
import os
import re
import shlex
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_type_hints, is_typeddict

import attrs
import pytest

import ketref
from ketref.book.structuring import key_of
from ketref.cli.main import main
from ketref.engine.course import STATUSES
from ketref.model.axes import AXES, TERM_AXES
from ketref.model.files import FILES, record_of
from ketref.model.kinds import PHASE, WINDOW, Kind
from ketref.model.rules import SIDES
from ketref.review.schemas import ANSWERS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "ketref"
DOCS = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
COMMANDS = (
    "today",
    "detect",
    "effects",
    "cautions",
    "plot",
    "concentration",
    "history",
    "infer",
    "interpret",
    "answer",
    "detect-many",
    "effects-many",
    "evaluate",
    "show",
    "schema",
    "site",
    "check",
    "new",
    "diff",
    "gaps",
    "verify",
    "warm",
    "export",
    "completion",
)

WRITTEN = ("toml", "csv", "json")
_FENCE = re.compile(r"^(```+)\s*(\S*)[ \t]*(.*?)\s*$")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_KEBAB = re.compile(r"\"([a-z]+(?:-[a-z0-9.]+)+)\"")
_IDENTITY = (  # changes with every edit of a rule, or with every release
    (re.compile(r"Edition [^,]+, digest sha256:\w+, ketref [\d.]+\w*\."), "Edition *"),
    (re.compile(r"edition [^()]+ \(\w{8}\)\."), "edition *"),
    (re.compile(r'"(edition|digest|version)": "[^"]*"'), r'"\1": "*"'),
)


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


# ---------------------------------------------------------------- blocks and examples


@dataclass
class Block:
    """A fenced block of a document; `first` is the index of its first line in the document."""

    language: str
    argument: str
    lines: list[str]
    first: int


@dataclass
class Example:
    """A command of a console block with the lines that it is to print; `first` is the index of the first of them."""

    command: str
    expected: list[str]
    first: int


def blocks(text: str) -> list[Block]:
    found: list[Block] = []
    inside: Block | None = None
    closing = ""
    for index, line in enumerate(text.split("\n")):
        fence = _FENCE.match(line)
        if inside is not None:
            if line.strip() == closing:
                inside = None
            else:
                inside.lines.append(line)
        elif fence:
            closing = fence[1]
            inside = Block(fence[2], fence[3], [], index + 1)
            found.append(inside)
    assert inside is None, "a block is not closed"
    return found


def prose(text: str) -> str:
    """A document without its blocks and its code."""
    kept, closing = [], ""
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if closing:
            closing = "" if line.strip() == closing else closing
        elif fence:
            closing = fence[1]
        else:
            kept.append(line)
    return re.sub(r"`[^`]*`", "code", "\n".join(kept))


def examples(block: Block) -> list[Example]:
    found: list[Example] = []
    lines = iter(enumerate(block.lines, start=block.first))
    for index, line in lines:
        if line.startswith("$ "):
            command, last = line[2:], index
            while command.endswith("\\"):
                last, more = next(lines)
                command = command[:-1] + more.strip().removeprefix("> ")
            found.append(Example(command, [], last + 1))
        else:
            assert found, f"line {index + 1}: output without a command"
            found[-1].expected.append(line)
    for example in found:
        while example.expected and not example.expected[-1].strip():
            example.expected.pop()  # an empty line before the next command
    return found


class Shell:
    """Runs the commands of one document, in order."""

    def __init__(self) -> None:
        self.code = 0

    def run(self, command: str) -> list[str]:
        words = shlex.split(command)
        if words == ["echo", "$?"]:
            return [str(self.code)]
        assert words[0] == "ketref", f"only ketref is run here, not {words[0]}"
        words, kept = (words[:-2], words[-1]) if words[-2] == ">" else (words, None)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            self.code = main(words[1:])
        assert self.code != 70, printed.getvalue()
        if kept:
            Path(kept).write_text(printed.getvalue(), encoding="utf-8")
            return []
        return printed.getvalue().rstrip("\n").split("\n") if printed.getvalue() else []


def agrees(expected: list[str], got: list[str]) -> bool:
    """Whether an output is as expected, `...` standing for any lines."""
    parts: list[list[str]] = [[]]
    for line in map(_plain, expected):
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    rest = [_plain(line) for line in got]
    if len(parts) == 1:
        return parts[0] == rest
    head, *middle, tail = parts
    if rest[: len(head)] != head:
        return False
    rest = rest[len(head) :]
    for part in middle:
        at = next((i for i in range(len(rest) - len(part) + 1) if rest[i : i + len(part)] == part), None)
        if at is None:
            return False
        rest = rest[at + len(part) :]
    return len(rest) >= len(tail) and rest[len(rest) - len(tail) :] == tail


def _plain(line: str) -> str:
    for pattern, instead in _IDENTITY:
        line = pattern.sub(instead, line)
    return line.rstrip()


# ---------------------------------------------------------------- the examples hold


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_examples_give_what_they_show(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    shell = Shell()
    names: dict[str, Any] = {}
    failures: list[str] = []
    for block in blocks(document.read_text(encoding="utf-8")):
        place = f"{name_of(document)}:{block.first + 1}"
        if block.language in WRITTEN:
            if block.language == "toml":
                tomllib.loads("\n".join(block.lines))
            if block.argument:
                Path(block.argument).parent.mkdir(parents=True, exist_ok=True)
                Path(block.argument).write_text("\n".join(block.lines) + "\n", encoding="utf-8")
        elif block.language == "console":
            for example in examples(block):
                got = shell.run(example.command)
                if not agrees(example.expected, got):
                    shown = "\n".join(difflib.unified_diff(example.expected, got, "document", "program", lineterm=""))
                    failures.append(f"{name_of(document)}:{example.first}: $ {example.command}\n{shown}")
        elif block.language == "python":
            failures += _doctest("\n".join(block.lines) + "\n", names, place)
    assert not failures, "\n\n".join(failures)


def _doctest(text: str, names: dict[str, Any], place: str) -> list[str]:
    test = doctest.DocTestParser().get_doctest(text, names, place, place, 0)
    assert test.examples, f"{place}: no example in a python block"
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    return ["".join(said)] if said else []


def test_every_guide_has_examples() -> None:
    for guide in ("README.md", "docs/concepts.md", "docs/cli.md", "docs/python.md", "docs/limits.md"):
        assert any(block.language in {"console", "python"} for block in blocks(text_of(guide))), guide


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["a", "..."], ["b"], False),
        (["...", "c"], ["a", "b", "c"], True),
        (["a", "...", "c", "...", "e"], ["a", "b", "c", "d", "e"], True),
        (["a", "...", "d", "...", "c"], ["a", "b", "c", "d"], False),
        (["a", "...", "a"], ["a"], False),
    ],
)
def test_dots_stand_for_any_lines(expected: list[str], got: list[str], same: bool) -> None:
    assert agrees(expected, got) is same


# ---------------------------------------------------------------- the documents hold together


def _anchors(document: Path) -> set[str]:
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", document.read_text("utf-8")), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    for target in _LINK.findall(prose(document.read_text("utf-8"))):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), f"{name_of(document)} links to {target}"
        assert there.is_relative_to(ROOT), f"{name_of(document)} links out of the project: {target}"
        if anchor:
            assert anchor in _anchors(there), f"{name_of(document)} links to {target}"


def test_the_picture_of_the_readme_tells_what_is_drawn_today(tmp_path: Path) -> None:
    """`ketref plot ketamine -o docs/ketamine.svg` makes it anew; the edition in it may lag."""
    pytest.importorskip("matplotlib")
    assert "](docs/ketamine.svg)" in text_of("README.md")
    ketref.plot("ketamine", to=tmp_path / "ketamine.svg")
    drawn, kept = (
        re.sub(r"Edition [^,]+, digest sha256:\w+, ketref [\d.]+\w*", "Edition", file.read_text("utf-8"))
        for file in (tmp_path / "ketamine.svg", ROOT / "docs" / "ketamine.svg")
    )
    told = r"<desc id.*?</desc>"
    assert re.findall(told, drawn, re.DOTALL) == re.findall(told, kept, re.DOTALL) != []


def test_the_index_names_every_guide() -> None:
    named = set(_LINK.findall(text_of("docs/index.md")))
    assert {guide.name for guide in DOCS} - {"index.md"} <= named
    assert "docs/index.md" in _LINK.findall(text_of("README.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_wording_is_safe(document: Path) -> None:
    text = " ".join(document.read_text("utf-8").split())
    promise = r"\b(will|would|can|should|to|you) pass (a|an|the|your|any) (drug |urine )?test"
    assert not re.search(promise, text, re.IGNORECASE)
    assert not re.search(r"\b(beat|cheat|fool) (a|the|your|any) (drug |urine )?test", text, re.IGNORECASE)
    assert not re.search(r"(?<![\w.])/(work|tmp|home|root|Users)\b", text), "a path of one machine"


def test_the_readme_says_what_it_is_not() -> None:
    first_screen = "\n".join(text_of("README.md").split("\n")[:50])
    assert "not medical or legal advice" in first_screen
    assert "does not know" in first_screen


def test_the_readme_needs_two_commands() -> None:
    commands = [block.lines for block in blocks(text_of("README.md")) if block.language == "sh"]
    assert [len(lines) for lines in commands] == [1, 1], "each is one line of a shell"
    (first,), (second,) = commands
    assert first.startswith("python3 -m venv ")
    assert "ketref detect " in first
    assert "[test]" in second
    assert " -m pytest " in second


# ---------------------------------------------------------------- nothing is left out


def _codes_in_source() -> set[str]:
    """Every finding code: the hyphenated words of the modules that report findings."""
    modules = [path.read_text("utf-8") for path in SOURCE.rglob("*.py")]
    reporting = [text for text in modules if re.search(r"\b(errors import .*Finding|MismatchError|Problem)\b", text)]
    assert len(reporting) > 4
    found = {code for text in reporting for code in _KEBAB.findall(text)}
    return found - {"utf-8", *FILES, *(term.id for term in _terms("dose_status"))}


def test_every_finding_code_is_explained() -> None:
    explained = re.findall(r"^### `([^`]+)`$", text_of("docs/rules.md"), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) | _checks() == _codes_in_source() | _checks()


def _checks() -> set[str]:
    """The codes that docs/checks.md explains, a page of its own."""
    return set(re.findall(r"^## `([^`]+)`$", text_of("docs/checks.md"), re.MULTILINE))


def test_every_finding_code_says_what_why_and_instead() -> None:
    _, *entries = re.split(r"^### ", text_of("docs/rules.md"), flags=re.MULTILINE)
    for entry in entries:
        code, body = entry.split("\n", 1)
        for part in ("**What:**", "**Why:**", "**Instead:**"):
            assert part in body, f"{code} has no {part}"


def _records(kind: type, seen: set[type]) -> Iterator[type]:
    if kind in seen or not attrs.has(kind):
        return
    seen.add(kind)
    yield kind
    for hint in get_type_hints(kind).values():
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type):
                yield from _records(inner, seen)


def _said_as_code(document: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text_of(document)))


def test_every_key_of_a_rule_file_is_explained() -> None:
    from ketref.model.units import Duration, Limit, Quantity

    seen: set[type] = {Duration, Limit, Quantity}
    records = [record for kind in map(record_of, FILES) for record in _records(kind, seen)]
    keys = {key_of(field) for record in records for field in attrs.fields(record)}
    assert len(keys) > 60
    assert keys - {said.strip("[]").split(".")[-1] for said in _said_as_code("docs/rules.md")} == set()


def test_the_rules_shown_are_those_that_are_shipped() -> None:
    shipped = {line for path in (ROOT / "rules").rglob("*.toml") for line in path.read_text("utf-8").split("\n")}
    shown = [block for block in blocks(text_of("docs/rules.md")) if block.language == "toml"]
    assert shown
    assert {line for block in shown for line in block.lines} <= shipped


_SPOKEN_OF = ("ketamine", "esketamine")
"""The substances whose every end the page of limits goes through; of the others the catalogue shows the grades."""


def _of_grade_d(kind: Kind) -> set[tuple[str, str, str]]:
    """Every end that only sources of grade D report as it is claimed: its rule, boundary and side, and figure."""
    book = ketref.detect("ketamine", matrix="urine").book
    found = set()
    for substance in _SPOKEN_OF:
        for rule in (ranked.rule for ranked in book.ranked(substance, kind.file) if ranked.of == substance):
            for boundary, side in product(kind.boundaries, SIDES):
                claim = getattr(getattr(rule, boundary), side)
                ends = [(getattr(getattr(e.reports, boundary), side), e.source) for e in rule.evidence]
                grades = {book.sources[source].grade for end, source in ends if end is not None and end == claim}
                if grades == {"D"}:
                    found.add((rule.id, f"{boundary}.{side}", str(claim)))
    return found


def test_the_limits_name_every_end_that_rests_on_grade_d() -> None:
    row = re.compile(r"^\| `([A-Z]+-[WP]\d+)` \|[^|]*\| `([\w.]+)` \| ([^|]+) \|$", re.MULTILINE)
    listed = set(row.findall(text_of("docs/limits.md")))
    assert listed == _of_grade_d(WINDOW) | _of_grade_d(PHASE)


def _keys(form: Any) -> Iterator[str]:
    for name, hint in get_type_hints(form).items():
        yield name
        for inner in (hint, *get_args(hint)):
            if is_typeddict(inner):
                yield from _keys(inner)


@pytest.mark.parametrize("command", ANSWERS)
def test_every_json_key_is_explained(command: str) -> None:
    assert set(_keys(ANSWERS[command])) - _said_as_code("docs/cli.md") == set()


def _help_of(command: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([*command.split(), "--help"]) == 0
    return printed.getvalue()


def test_every_flag_is_explained_and_no_other() -> None:
    flags = {flag for command in ("", *COMMANDS) for flag in re.findall(r"--[a-z][a-z-]*", _help_of(command))}
    factors = {f"--{term.id}" for term in _terms("factor")}
    named = {flag for said in _said_as_code("docs/cli.md") for flag in re.findall(r"(?<!\S)--[a-z][a-z-]*", said)}
    assert flags - factors - named == set()
    assert named - factors - flags == set()


def test_every_command_has_its_section() -> None:
    assert set(re.findall(r"^    ([\w-]+)(?: {2,}|$)", _help_of(""), re.MULTILINE)) == set(COMMANDS)
    assert {f"ketref-{command}" for command in COMMANDS} <= _anchors(ROOT / "docs" / "cli.md")


def test_the_table_of_commands_lists_every_command_once_and_leads_to_its_section() -> None:
    rows = re.findall(r"^\| \[`ketref ([\w-]+)`\]\(#ketref-([\w-]+)\) \|", text_of("docs/cli.md"), re.MULTILINE)
    assert sorted(rows) == sorted((command, command) for command in COMMANDS)


def test_every_public_name_is_explained() -> None:
    said = _said_as_code("docs/python.md") | set(re.findall(r"ketref\.(\w+)", text_of("docs/python.md")))
    assert {name for name in ketref.__all__ if name not in said} == set()


def test_every_wing_has_its_row_and_every_session_its_line() -> None:
    said = _said_as_code("CONTRIBUTING.md")
    rows = re.findall(r"^\| `(\w+)` \|", text_of("CONTRIBUTING.md"), re.MULTILINE)
    assert sorted(rows) == sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
    sessions = re.findall(r"^@nox.session\ndef (\w+)", text_of("noxfile.py"), re.MULTILINE)
    assert {f"nox -s {session}" for session in sessions} - said == set()


def _terms(axis: str) -> Any:
    terms = ketref.detect("ketamine", matrix="urine").book.terms
    return getattr(terms, axis)


def test_the_glossary_has_every_word() -> None:
    axes = set(TERM_AXES) - {"analyte"}  # whose words are those of the substances, in the catalogue
    words = {*STATUSES, *PHASE.stages, *AXES} | {term.id for axis in axes for term in _terms(axis)}
    assert words - _said_as_code("docs/glossary.md") == set()


# ---------------------------------------------------------------- putting the output in


def _refreshed(expected: list[str], got: list[str]) -> list[str]:
    """The new output with the same lines left out, as far as they can still be told."""
    new: list[str] = []
    parts: list[list[str]] = [[]]
    for line in expected:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    begin = 0
    for number, part in enumerate(parts):
        if number:
            new.append("...")
        if not part:
            continue
        first = begin if number == 0 else _like(part[0], got, begin)
        end = len(got) if number == len(parts) - 1 else _like(part[-1], got, first) + 1
        new += got[first:end]
        begin = end
    return new


def _like(line: str, lines: list[str], begin: int) -> int:
    likeness = [difflib.SequenceMatcher(None, line, other).ratio() for other in lines[begin:]]
    return begin + likeness.index(max(likeness))


def _refresh(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    lines = text.split("\n")
    shell = Shell()
    changes: list[tuple[Example, list[str]]] = []
    for block in blocks(text):
        if block.language in WRITTEN and block.argument:
            Path(block.argument).parent.mkdir(parents=True, exist_ok=True)
            Path(block.argument).write_text("\n".join(block.lines) + "\n", encoding="utf-8")
        elif block.language == "console":
            for example in examples(block):
                got = shell.run(example.command)
                if not agrees(example.expected, got):
                    changes.append((example, _refreshed(example.expected, got)))
    for example, new in reversed(changes):
        lines[example.first : example.first + len(example.expected)] = new
    document.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    for chosen in [Path(name).resolve() for name in sys.argv[1:]] or DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            _refresh(chosen)
