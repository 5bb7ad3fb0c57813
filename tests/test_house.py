"""Does the page that walks through the house name rooms that are there, and does no room name a drug?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ketref.book.loading import Book
from ketref.model.vocabulary import fold

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "ketref"
PAGE = (ROOT / "docs" / "how-an-answer-is-made.md").read_text("utf-8")


def test_every_room_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([a-z]+/(?:[a-z_/]+\.py)?)`", PAGE))
    assert len(named) > 15
    assert {name for name in named if not (HOUSE / name).exists()} == set()


def test_the_page_enters_every_wing() -> None:
    wings = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert {wing for wing in wings if f"`{wing}/" not in PAGE} == set()


def test_the_walk_has_eight_steps() -> None:
    assert re.findall(r"^## (\d)\. ", PAGE, re.MULTILINE) == list("12345678")


# ---------------------------------------------------------------- another substance is a folder, never code

LEAST = 4  # letters and digits of a name that is looked for: shorter ones are also parts of other words
EXAMPLES = {"cli/examples.py", "review/new.py"}  # of commands, and of one's own rules


def _named(book: Book) -> set[str]:
    """Every id, name and synonym of a substance, an analyte, a drug or a class of drugs; street names are words."""
    terms = [*book.substances.values(), *book.terms.analyte, *book.drugs.terms.values()]
    words = {word for term in terms for word in (term.id, *term.synonyms)}
    words |= {substance.name for substance in book.substances.values()}
    words |= {kind for drug in book.drugs.terms.values() for kind in drug.classes}
    words |= {said.of for said in book.listed_in("classes", "fact")}
    return {fold(word) for word in words if len(fold(word)) >= LEAST}


def _said(code: str) -> Iterator[tuple[int, str]]:
    """Every word of the literals and of the names in a module, with its line, but for docstrings and examples.

    An example is the `help` of an option, or a text that says "such as" before what it names.
    """
    tree = ast.parse(code)
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "help"}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, word) for word in _words(node.value.split("such as")[0]))
        for key in ("id", "attr", "arg", "name"):
            if isinstance(said := getattr(node, key, None), str):
                yield from ((getattr(node, "lineno", 0), part) for part in (said, *said.split("_")))


def _words(text: str) -> Iterator[str]:
    """The words of a text, and each two and three of them that stand side by side."""
    words = re.findall(r"\w[\w-]*", text)
    for many in (1, 2, 3):
        yield from (" ".join(words[begin : begin + many]) for begin in range(len(words) - many + 1))


def _naming(code: str, named: set[str]) -> list[tuple[int, str]]:
    return [(line, word) for line, word in _said(code) if fold(word) in named]


def test_no_module_names_a_substance_an_analyte_or_a_class_of_drugs(book: Book) -> None:
    named = _named(book)
    assert len(named) > 400
    modules = {path.relative_to(HOUSE).as_posix(): path.read_text("utf-8") for path in HOUSE.rglob("*.py")}
    assert modules.keys() >= EXAMPLES
    found = {name: _naming(code, named) for name, code in modules.items() if name not in EXAMPLES}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('if substance == "ketamine":\n    pass', [(1, "ketamine")]),
        ("CLASSES = ['x', 'benzodiazepines']", [(1, "benzodiazepines")]),
        ("\nof_cocaine = {}", [(2, "cocaine")]),
        ('print(f"{x} of ethyl glucuronide")', [(1, "ethyl glucuronide")]),
        ('def asked():\n    """Of ketamine."""\n    add(help="such a drug as ketamine")', []),
        ('raise UsageError("name it, such as ketamine")', []),
        ('raise UsageError("ketamine, such as this")', [(1, "ketamine")]),
        ("since = 'urine'", []),
    ],
)
def test_what_names_one_is_found(code: str, found: list[tuple[int, str]], book: Book) -> None:
    assert _naming(code, _named(book)) == found
