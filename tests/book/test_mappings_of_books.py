"""Are the mappings of a book read strictly, those behind it too?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.mappings import chosen_mapping, mappings_of
from ketref.errors import RulesError

EDITION = 'edition = "1"\nformat = 1\nname = "own"\nextends = "shipped"\n'
OWN = 'says = "ours"\n[[doses.column]]\nname = "subject"\ntheirs = ["patient"]\n'


def written(folder, text, name="own"):
    (folder / "mappings").mkdir()
    (folder / "edition.toml").write_text(EDITION)
    (folder / "mappings" / f"{name}.toml").write_text(text)
    return folder


@pytest.mark.parametrize("name", ["own", "terms", "facts", "cases", "windows"])
def test_a_book_has_its_own_and_those_behind_it(tmp_path, name):
    book = ketref.load(written(tmp_path, OWN, name))
    assert {name, "sdtm", "fhir"} <= set(mappings_of(book))
    assert chosen_mapping(book, name).doses.column[0].theirs == ("patient",)
    assert chosen_mapping(book, "sdtm").says.startswith("CDISC SDTM")
    assert ketref.detect("ketamine", matrix="urine", since="36 h", rules=book).status == "possible"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (OWN.replace("theirs", "their"), "unknown-key", 4),
        (OWN.replace('["patient"]', '"patient"'), "wrong-type", 4),
        (OWN.replace('says = "ours"\n', ""), "missing-key", 1),
        (OWN + 'counts = "fortnights"\n', "unknown-term", 5),
        (OWN + "words = { a = 1 }\n", "wrong-type", 5),
        ("says = ", "broken-toml", 1),
    ],
)
def test_what_is_not_sound_is_found_with_its_line(tmp_path, text, code, line, run):
    folder = written(tmp_path, text)
    with pytest.raises(RulesError) as error:
        ketref.load(folder)
    assert [(found.file, found.code, found.line) for found in error.value.findings] == [
        ("mappings/own.toml", code, line)
    ]
    with pytest.raises(RulesError) as alone:
        chosen_mapping(ketref.load(), folder / "mappings" / "own.toml")
    assert [(found.code, found.line) for found in alone.value.findings] == [(code, line)]


def test_a_mapping_that_is_not_sound_keeps_no_question_from_its_answer(tmp_path, run):
    ran = run("history", tmp_path / "d.csv", "--mapping", written(tmp_path, "x = 1\n") / "mappings" / "own.toml")
    assert ran.code == 3
    assert "own.toml:1: error[unknown-key]" in ran.err
