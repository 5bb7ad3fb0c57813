"""Is a text of a book, a key or an id that deceives its reader found wherever it stands?"""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
from ketref.book import characters
from ketref.book.loading import load_texts
from ketref.review.check import check_folder
from support.faults import SOUND, Fault

FAULTS = [
    Fault("bad-id", "windows.toml", '"X-W1"', '"\u041a-W1"'),  # a Cyrillic letter that looks like K
    Fault("hidden-character", "windows.toml", '"table 1"', '"table \u202e1"'),
]
HIDDEN = [
    "\x1b[31m",
    "\x07",
    "\x7f",
    "\x9b",
    "\t",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u200e",
    "\u200f",
    "\u061c",
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\xad",
    "\u2028",
    "\u2029",
    "\x85",
    "\u3164",
    "\ufe0f",
    "\U000e0041",
]


def written(text: str) -> str:
    """A text as a basic string of TOML, each character by its number."""
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every text of a document."""
    if isinstance(document, str):
        return [path]
    children = document.items() if isinstance(document, dict) else enumerate(document)
    return [p for key, child in children if isinstance(child, str | dict | list) for p in places(child, (*path, key))]


def with_text(document: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A document with one of its texts changed."""
    if not path:
        return change(document)
    children = dict(document) if isinstance(document, dict) else list(document)
    children[path[0]] = with_text(children[path[0]], path[1:], change)
    return children


EVERY_TEXT = [(name, path) for name, text in SOUND.items() for path in places(tomllib.loads(text)) if path[-1] != "id"]


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "escaped"])
def test_what_a_reader_does_not_see_is_named_where_it_stands(folder, hidden, raw):
    if raw and (hidden[0] < " " or hidden == "\x7f") and hidden != "\t":
        pytest.skip("such a file is not valid TOML")
    text = f'"table{hidden}1"' if raw else written(f"table{hidden}1")
    fault = Fault("hidden-character", "windows.toml", '"table 1"', text)
    found = [f for f in check_folder(folder(fault.texts)) if f.code == "hidden-character"]
    assert [(f.file, f.line) for f in found] == [fault.place[:2]]
    assert f"U+{ord(hidden[0]):04X}" in found[0].message
    assert found[0].message.isprintable()
    with pytest.raises(ketref.RulesError, match="hidden-character"):
        load_texts(fault.texts)


@pytest.mark.parametrize(("name", "path"), EVERY_TEXT, ids=str)
def test_every_text_is_looked_through(name, path):
    document = with_text(tomllib.loads(SOUND[name]), path, lambda text: f"{text}\u202e")
    assert [found[:2] for found in characters.problems(document, "\u202e")] == [(path, "hidden-character")]


def test_keys_are_looked_through(folder):
    fault = Fault("hidden-character", "windows.toml", "no-opening =", '"no-opening\\u200b" =')
    assert fault.place in [(f.file, f.line, f.code) for f in check_folder(folder(fault.texts))]


@pytest.mark.parametrize(
    "named",
    [
        "\u041aET-W004",
        "=cmd|x",
        "--rules",
        "-W1",
        "W1-",
        "A B",
        "a\nb",
        "a\u200bb",
        "A_1",
        "W1!",
        "Ä",
        "٣",
        "a--b",
        "<b>",
    ],
)
@pytest.mark.parametrize(
    ("file", "old"),
    [
        ("windows.toml", '"X-W1"'),
        ("sources.toml", '"study"'),
        ("terms.toml", '"oral"'),
        ("substance.toml", '"xamine"'),
        ("factors.toml", '"X-F1"'),
        ("facts.toml", '"X-K1"'),
    ],
)
def test_an_id_has_the_shape_of_ids(folder, file, old, named):
    fault = Fault("bad-id", file, f"id = {old}", f"id = {written(named)}")
    found = [f for f in check_folder(folder(fault.texts)) if f.code in {"bad-id", "hidden-character"}]
    assert [(f.file, f.line, f.code) for f in found] == [fault.place]
    assert found[0].message.isascii()


@pytest.mark.parametrize(
    "text", ["5\u202fmg", "µg", "Müller – 1999", "a\u00a0b", "β-hydroxy", "日本", "C:\\\\x", "\\\\u202e"]
)
def test_other_letters_signs_and_spaces_are_texts(folder, text):
    assert check_folder(folder(Fault("", "windows.toml", '"table 1"', f'"{text}"').texts)) == []


@pytest.mark.parametrize(("key", "found"), [("note", []), ("says", []), ("figure", ["hidden-character"])])
def test_only_prose_has_several_lines(folder, key, found):
    line = f'{key} = """one\ntwo"""\n'
    old = 'locator = "table 1"\n' if key != "note" else 'confidence = "high"\n'
    assert [f.code for f in check_folder(folder(Fault("", "windows.toml", old, old + line).texts))] == found


def test_line_ends_of_windows_hide_nothing(folder):
    texts = {name: text.replace("\n", "\r\n") for name, text in SOUND.items()}
    assert check_folder(folder(texts)) == []


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_where_the_file_can_be_seen_so_can_its_texts(text):
    """The quick look through a whole file and the look at each of its texts agree."""
    raw = "a = '" + text.replace("'", "") + "'"
    try:
        document = tomllib.loads(raw)
    except tomllib.TOMLDecodeError:
        return
    assert list(characters.problems(document, raw)) == list(characters.problems(document, "\x00"))
