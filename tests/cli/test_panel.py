"""Do questions on drugs of every kind get the answers that their studies demand, as text, as JSON and from Python?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import ketref
from conftest import Run
from ketref.book.loading import Book

Answer = Mapping[str, Any]


def is_of(*statuses: str) -> Callable[[Answer, Book], bool]:
    return lambda answer, book: answer["status"] in statuses


def with_a_controlled_study(answer: Answer, book: Book) -> bool:
    studies = [said for said in answer["evidence"] if book.sources[said["source"]].kind == "study"]
    return answer["status"] in {"expected", "possible"} and any(said["grade"] == "A" for said in studies)


def sources_disagree_and_a_study_says_26_to_61_h(answer: Answer, book: Book) -> bool:
    figures = [said["figure"] or "" for said in answer["evidence"] if said["status"] == "not_expected"]
    return answer["sources_disagree"] and any("26" in figure and "61" in figure for figure in figures)


def with_a_phase_and_effects_against_a_comparator(answer: Answer, book: Book) -> bool:
    compared = [e for e in answer["effects"] if None not in (e["percent"], e["comparator_percent"])]
    return bool(answer["phases"] and compared)


def at_the_peak_or_its_offset(answer: Answer, book: Book) -> bool:
    return bool(answer["phases"]) and set(answer["phases"]) <= {"peak", "offset"}


URINE = {"matrix": "urine"}
SCREEN = {**URINE, "cutoff": "50 ng/mL", "method": "immunoassay", "since": "20 d"}
BENZOYLECGONINE = {**URINE, "analyte": "benzoylecgonine", "method": "gc-ms", "cutoff": "100 ng/mL", "since": "24 h"}
ASKED = [
    ("detect", "cocaine", BENZOYLECGONINE, with_a_controlled_study),
    ("detect", "cannabis", {**SCREEN, "pattern": "chronic"}, is_of("possible")),
    ("detect", "cannabis", SCREEN, is_of("not_expected")),
    (
        "detect",
        "heroin",
        {**URINE, "analyte": "6-acetylmorphine", "cutoff": "10 ng/mL", "since": "3 d"},
        is_of("not_expected"),
    ),
    (
        "detect",
        "diazepam",
        {**URINE, "analyte": "oxazepam", "method": "lc-ms-ms", "since": "8 d"},
        is_of("expected", "possible"),
    ),
    ("detect", "alprazolam", {**URINE, "since": "5 d"}, sources_disagree_and_a_study_says_26_to_61_h),
    (
        "detect",
        "ethanol",
        {**URINE, "analyte": "ethyl-glucuronide", "cutoff": "100 ng/mL", "since": "12 h"},
        is_of("expected", "possible"),
    ),
    ("detect", "ghb", {**URINE, "cutoff": "10 mg/L", "since": "24 h"}, is_of("not_expected")),
    (
        "effects",
        "psilocybin",
        {"route": "oral", "dose": "25 mg", "since": "3 h"},
        with_a_phase_and_effects_against_a_comparator,
    ),
    ("effects", "lsd", {"route": "oral", "since": "4 h"}, at_the_peak_or_its_offset),
]


@pytest.mark.parametrize(("ask", "substance", "question", "holds"), ASKED)
def test_an_answer_is_what_the_studies_demand_in_every_form(
    run: Run,
    flags: Callable[[Mapping[str, str]], list[str]],
    book: Book,
    ask: str,
    substance: str,
    question: dict[str, str],
    holds: Callable[[Answer, Book], bool],
) -> None:
    answer = getattr(ketref, ask)(substance, **question)
    assert holds(answer.to_dict(), book)
    words = [ask, substance, *flags(question)]
    as_json, as_text = run(*words, "--format=json"), run(*words)
    assert (as_json.code, as_text.code) == (0, 0)
    assert as_json.json == json.loads(json.dumps(answer.to_dict()))
    assert as_text.out == f"{answer}\n"
    said = answer.phases if ask == "effects" else [answer.status.replace("_", " ")]
    assert all(word.replace("_", " ") in " ".join(as_text.out.split()) for word in said)
