"""Where no rule answers, which axis of the question is it, and what has a rule?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.loading import Book, load_texts
from support.faults import SOUND

BOOK = load_texts(SOUND)
BARE = load_texts({name: text for name, text in SOUND.items() if not name.startswith("xamine/") or "substance" in name})


CALCULATE = "models calculate its concentration: ketref concentration ethanol"


def ask(book: Book = BOOK, **question: str) -> ketref.DetectAnswer:
    return ketref.detect("xamine", rules=book, **{"matrix": "urine", "since": "60 h", **question})


def changes(answer: ketref.DetectAnswer) -> list[tuple[dict[str, str | None], str]]:
    return [(near["changes"], near["rule"]) for near in answer.answerable]


def said(answer: ketref.DetectAnswer) -> str:
    return " ".join(answer.text(full=True).split())


def test_a_cutoff_that_has_a_rule_is_named_where_none_is_given() -> None:
    answer = ask(analyte="xam")
    assert answer.status == "unknown"
    assert ({"cutoff": "25 ng/mL"}, "X-W3") in changes(answer)
    assert "rules answer with one thing changed: give the cutoff: 25 ng/mL [X-W3]" in said(answer)


def test_what_is_said_and_has_no_rule_is_named_with_what_has_one() -> None:
    answer = ask(analyte="xam", cutoff="10 ng/mL")
    assert ({"cutoff": "25 ng/mL"}, "X-W3") in changes(answer)
    assert ({"analyte": "any"}, "X-W1") in changes(answer)
    assert "another cutoff than 10 ng/mL: 25 ng/mL [X-W3]" in said(answer)
    assert "another analyte than xam: the test as a whole [X-W1]" in said(answer)


def test_where_one_change_is_not_enough_two_are_named() -> None:
    windows = SOUND["xamine/windows.toml"].split('[[window]]\nid = "X-W2"')[0]
    windows = windows.replace('analyte = "any" }', 'analyte = "xam", method = "lc-ms", pattern = "chronic" }')
    texts = {name: text for name, text in SOUND.items() if name != "xamine/cases.toml"}
    texts["xamine/windows.toml"] = windows
    answer = ask(load_texts(texts), analyte="xam")
    assert changes(answer) == [({"method": "lc-ms", "pattern": "chronic"}, "X-W1")]
    assert "two things changed: give the method: lc-ms, another pattern than single: chronic [X-W1]" in said(answer)


def test_an_answer_names_no_other_question() -> None:
    assert ask().answerable == []
    assert "changed:" not in said(ask())


@pytest.mark.parametrize("asked", ["detect", "effects"])
def test_of_a_drug_without_any_rule_that_is_said(asked: str) -> None:
    answer = ask(BARE) if asked == "detect" else ketref.effects("xamine", route="intravenous", rules=BARE)
    assert "the rule set has no rule at all on" in said(answer)
    assert "rules cover" not in said(answer)


@pytest.mark.parametrize(("matrix", "known"), [("blood", "whole-blood"), ("serum", "serum"), ("hair", None)])
def test_where_the_dose_decides_the_models_are_named_that_reckon_with_it(matrix: str, known: str | None) -> None:
    answer = ketref.detect("ethanol", matrix=matrix, analyte="ethanol", since="6 h")
    assert answer.status == "unknown"
    assert answer.calculable == (known and {"analyte": "ethanol", "matrix": known})
    told = f"depends on the dose; after one that is said, {CALCULATE} --matrix {known} --analyte ethanol --dose AMOUNT"
    for text in (said(answer), " ".join(str(answer).split())):
        assert (told in text) is (known is not None)
        assert (CALCULATE in text) is (known is not None)


def test_an_answer_by_a_rule_names_no_model() -> None:
    assert ketref.detect("ethanol", matrix="breath", since="6 h").calculable is None
    assert ask(analyte="xam").calculable is None
