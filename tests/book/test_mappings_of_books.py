"""Are the mappings of a book read strictly, those behind it too?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.mappings import chosen_mapping, mappings_of
from ketref.errors import RulesError, UsageError
from ketref.model.fitting import fit_rows, fitted
from ketref.model.theirs import Said

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


def test_a_mapping_goes_before_the_one_that_it_extends(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'says = "ours"\nextends = "sdtm"\n[[doses.column]]\nname = "substance"\ntheirs = ["EXTRT"]\n'
        'words = { X1 = "ketamine" }\n'
        '[[samples.column]]\nname = "cutoff"\nunsaid = "25 ng/mL"\n'
    )
    found = chosen_mapping(ketref.load(), own)
    shipped = chosen_mapping(ketref.load(), "sdtm")
    assert found.doses.column[0].words == {"X1": "ketamine"}
    assert found.doses.column[1:] == shipped.doses.column
    assert found.doses.left_out == shipped.doses.left_out
    names = ["USUBJID", "EXTRT", "LBSPEC"]
    fit = fitted(found.doses, Said(), "doses", names, {"subject", "substance"})
    rows, _, _ = fit_rows(fit, [{"USUBJID": "A", "EXTRT": "x1"}, {"USUBJID": "A", "EXTRT": "ESKETAMINE"}], names)
    assert [row["substance"] for row in rows] == ["ketamine", "ESKETAMINE"]
    tested = fitted(found.samples, Said(), "samples", names, {"subject", "matrix", "cutoff"})
    assert fit_rows(tested, [{"LBSPEC": "URINE"}], names)[0][0]["cutoff"] == "25 ng/mL"


def test_what_it_extends_is_one_of_the_book(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('says = "ours"\nextends = "sdmt"\n')
    with pytest.raises(UsageError, match="unknown mapping `sdmt`"):
        chosen_mapping(ketref.load(), own)
