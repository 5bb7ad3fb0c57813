"""Are answers what their documentation names, equal where their questions are, and no more?"""

from __future__ import annotations

import inspect
import pydoc
import re
from pathlib import Path
from typing import Any

import pytest

import ketref
from ketref.model.said import Factors

DOSES = [{"subject": "A", "substance": "esketamine", "route": "nasal", "start": "2026-03-01T12:00Z"}]
RESULTS = [{"matrix": "urine", "analyte": "ketamine", "time": "2026-03-02T12:00Z", "outcome": "positive"}]
AT = "2026-03-01T14:00Z"
ASK: dict[str, Any] = {
    "detect": lambda: ketref.detect("ketamine", matrix="urine", since="36 h"),
    "specimens": lambda: ketref.detect("ketamine", since="36 h"),
    "effects": lambda: ketref.effects("esketamine", route="nasal", since="50 min"),
    "cautions": lambda: ketref.cautions("esketamine", "aneurysm"),
    "history": lambda: ketref.history(DOSES, at=AT),
    "today": lambda: ketref.today(DOSES, at=AT),
    "infer": lambda: ketref.infer(RESULTS, pattern="single", at=AT),
    "interpret": lambda: ketref.interpret(RESULTS, at=AT),
}
GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`\n]+`", GUIDE))))


@pytest.mark.parametrize("kind", ASK)
def test_an_answer_shows_what_the_guide_names(kind: str) -> None:
    answer = ASK[kind]()
    keys = set(answer.to_dict()) & set(object.__dir__(answer))
    assert keys <= set(dir(answer))
    assert set(dir(answer)) - keys - NAMED - {"calculated"} == set()  # a key where it is asked for
    assert all(hasattr(answer, name) for name in dir(answer))


@pytest.mark.parametrize("kind", ASK)
def test_equal_questions_have_equal_answers(kind: str) -> None:
    first, second = ASK[kind](), ASK[kind]()
    assert first is not second
    assert (first, hash(first)) == (second, hash(second))
    assert first not in [ASK[other]() for other in ASK if other != kind]


def test_another_question_has_another_answer() -> None:
    asked = [ketref.detect("ketamine", matrix="urine", since=since) for since in ("36 h", "37 h")]
    assert asked[0] != asked[1]
    assert asked[0] != "possible"


def test_the_package_shows_public_names_alone_and_points_to_the_nearest() -> None:
    assert dir(ketref) == sorted(ketref.__all__)
    assert all(hasattr(ketref, name) for name in ketref.__all__)
    with pytest.raises(AttributeError, match="no attribute `detct`; did you mean `detect`"):
        ketref.detct  # noqa: B018


def test_the_help_of_the_package_begins_with_an_example() -> None:
    lines = pydoc.render_doc(ketref, renderer=pydoc.plaintext).splitlines()
    assert any(">>> answer = ketref.detect(" in line for line in lines[:12])


@pytest.mark.parametrize("name", [name for name in ketref.__all__ if inspect.isfunction(getattr(ketref, name))])
def test_every_function_says_what_it_does(name: str) -> None:
    assert (inspect.getdoc(getattr(ketref, name)) or "").partition("\n")[0].endswith(("?", ".", ","))


def test_the_factors_of_the_types_are_those_that_can_be_asked() -> None:
    book = ketref.load()
    known = {name.replace("-", "_") for name in book.vocabularies["factor"].terms}
    assert set(Factors.__annotations__) == known - {"weight"}  # which the questions themselves take


@pytest.mark.parametrize("ask", [ketref.detect, ketref.effects])
def test_several_substances_are_pointed_to_tables(ask: Any) -> None:
    with pytest.raises(ketref.UsageError) as caught:
        ask(["ketamine", "esketamine"], since="36 h")
    assert "detect_many" in caught.value.hint
    assert caught.value.value == ["ketamine", "esketamine"]
