"""Are all mistakes of a book found in one run, those of its text and those that show when it is asked?

`tests/data/mistakes/book` holds thirty of them, each of another kind; `findings.txt` beside it lists them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import test_structuring
import test_validation

import ketref
from ketref.book import loading
from support.faults import SOUND, Fault

HERE = Path(__file__).parents[1] / "data" / "mistakes"
MISTAKES = (HERE / "findings.txt").read_text("utf-8").splitlines()
FAULTS = [*test_structuring.FAULTS, *test_validation.FAULTS]


def listed(findings: object) -> list[str]:
    return [f"{f['file']}:{f['line']} {f['level']} {f['code']}" for f in findings]


def found_in(texts: dict[str, str | bytes]) -> list[tuple[str, int, str]]:
    """What a whole run finds, text and answers."""
    book = loading._book({name: text.encode() if isinstance(text, str) else text for name, text in texts.items()})
    return [(f.file, f.line, f.code) for f in ketref.check_findings(book)]


def test_there_are_thirty_mistakes_of_thirty_kinds():
    assert len(MISTAKES) == len({line.split()[-1] for line in MISTAKES}) == 30


def test_one_run_finds_these_and_no_others(run):
    ran = run("check", HERE / "book", "--format=json")
    assert (ran.code, ran.err) == (1, "")
    assert listed(ran.json["findings"]) == MISTAKES
    in_text = run("check", HERE / "book")
    assert in_text.code == 1
    heads = [line for line in in_text.out.splitlines() if not line.startswith("  ")]
    places = [line.replace(": error[", " error ").replace(": warning[", " warning ").split("]: ")[0] for line in heads]
    assert places == MISTAKES
    with pytest.raises(ketref.RulesError) as refused:  # a book is refused for its text, and not for what is odd
        ketref.load(HERE / "book")
    assert {f.code for f in refused.value.findings} < {line.split()[-1] for line in MISTAKES}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_is_wrong_in_the_text_raises_no_false_alarm_elsewhere(fault):
    assert found_in(fault.texts) == [fault.place]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("wrong-type", "factors.toml", "affects", "n = 1\naffects"),
        Fault("unknown-term", "phases.toml", '"intravenous-infusion"', '"vein"'),
        Fault("missing-source", "cases.toml", '["study"]', '["studies"]'),
    ],
    ids=str,
)
def test_what_another_file_answers_is_found_all_the_same(fault):
    texts = {**fault.texts, "xamine/effects.toml": SOUND["xamine/effects.toml"].replace('"3 h"', '"68 h"')}
    assert {"xamine/effects.toml", fault.name} == {file for file, _, _ in found_in(texts)}
    assert "lost-dash" in {code for _, _, code in found_in(texts)}


def test_a_mistake_of_shape_hides_no_mistake_of_sense_in_the_same_file():
    texts = Fault("", "windows.toml", 'id = "X-W1"', 'id = "X-W1"\nodd = 1').texts
    texts["xamine/windows.toml"] = texts["xamine/windows.toml"].replace('"25 ng/mL" }\ndet', '"25 pg/mg" }\ndet')
    lines = texts["xamine/windows.toml"].splitlines()
    sense = [n for n, line in enumerate(lines, 1) if "25 pg/mg" in line]
    shape = [n for n, line in enumerate(lines, 1) if line == "odd = 1"]
    found = [(line, code) for _, line, code in found_in(texts)]
    assert found == [(shape[0], "unknown-key"), (sense[0], "bad-unit")]


def test_a_rule_that_cannot_be_read_may_be_the_one_that_another_lacks():
    texts = Fault("", "windows.toml", 'id = "X-W3"', 'id = "X-W3"\nodd = 1').texts  # X-W2 leans on it
    assert [code for _, _, code in found_in(texts)] == ["unknown-key"]


def test_a_book_whose_edition_cannot_be_read_is_still_one_that_extends():
    texts = {"edition.toml": 'edition = 5\nformat = 1\nname = "lab"\nextends = "shipped"\n', "sources.toml": ""}
    assert [code for _, _, code in found_in(texts)] == ["wrong-type"]


def test_a_misspelt_citation_does_not_leave_its_source_uncited():
    texts = Fault("", "windows.toml", "", "").texts
    only = (
        texts["sources.toml"]
        + '\n[[source]]\nid = "thesis"\nkind = "study"\ntitle = "T"\ngrade = "A"\nseen = "table"\n'
    )
    factors = texts["xamine/factors.toml"].replace('"study"', '"theses"')
    assert found_in({**texts, "sources.toml": only, "xamine/factors.toml": factors}) == [
        ("xamine/factors.toml", 11, "missing-source")
    ]


def test_a_waiver_is_not_called_unused_where_what_it_waives_was_not_looked_for(tmp_path):
    waived = 'reviewed = 2026-11-23\nwaive = { figure-not-in-text = "it is in a picture" }\n'
    texts = Fault("", "windows.toml", "reviewed = 2026-11-23\n", waived).texts
    book = loading.load_texts(texts)
    assert ketref.check_findings(book) == []
    (tmp_path / "page.txt").write_text("nothing")
    assert ketref.check_findings(book, tmp_path) == []
    (tmp_path / "page.txt").write_text("4 days")
    assert [f.code for f in ketref.check_findings(book, tmp_path)] == ["unused-waiver"]
