"""Are the conditions of a rule and the cell of a question what the axes say they are?"""

from __future__ import annotations

from itertools import product

import attrs
import pytest

import ketref
from conftest import Run
from ketref.book.loading import load_texts
from ketref.engine.conditions import Cell, Conditions, expand, matches, own_cell
from ketref.model.axes import AXES
from ketref.model.rules import When
from support.faults import rule, rules_of

WARNS = 'kind = "warning"\nauthority = "label"\njurisdiction = "US"\ncondition = "high doses"\n'
START = "2026-03-01T12:00Z"


def test_conditions_and_cells_have_a_field_for_each_axis_in_their_order():
    assert Conditions._fields == Cell._fields == AXES == tuple(field.name for field in attrs.fields(When))


def test_every_rule_matches_the_question_that_says_just_what_it_names(book):
    whens = [
        ranked.rule.when
        for name in book.substances
        for file in ("windows", "phases", "effects", "cautions")
        for ranked in book.ranked(name, file)
    ]
    ranges = [
        'dose = { min = "100 mg" }',
        'dose = { max = "100 mg" }, route = ["oral", "intravenous"]',
        'dose_per_kg = { min = "1 mg/kg", max = "2 mg/kg" }, pattern = "chronic"',
    ]
    drawn = load_texts(rules_of(*(warning(f"W{n}", when) for n, when in enumerate(ranges)), file="cautions"))
    whens += [ranked.rule.when for ranked in drawn.ranked("xamine", "cautions")]
    for conditions, edge, promise in product((c for when in whens for c in expand(when)), (0, 1), (False, True)):
        assert matches(conditions, own_cell(conditions, edge), book.vocabularies, promise)


# ---------------------------------------------------------------- cautions for some doses


def warning(name: str, when: str) -> str:
    return rule(name, when, {"until": '["2 h", "4 h"]'}, WARNS, "caution")


@pytest.fixture
def for_some_doses() -> dict[str, str]:
    """A book whose cautions hold for large doses, for large ones by weight, and for some use by some routes."""
    return rules_of(
        warning("LARGE", 'dose = { min = "100 mg" }'),
        warning("HEAVY", 'dose_per_kg = { min = "2 mg/kg" }'),
        warning("LASTING", 'route = ["oral", "intravenous"], pattern = "chronic"'),
        warning("EITHER", 'route = "oral", pattern = ["single", "chronic"]'),
        file="cautions",
    )


def ids(answer: object) -> set[str]:
    return {caution["id"] for caution in answer.cautions}  # type: ignore[attr-defined]


ALL = {"LARGE", "HEAVY", "LASTING", "EITHER"}


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ({}, ALL),
        ({"dose": "100 mg"}, ALL),
        ({"dose": "99 mg"}, {"HEAVY", "LASTING", "EITHER"}),
        ({"dose": "99 mg", "weight": "80 kg"}, {"LASTING", "EITHER"}),
        ({"dose": "1 mg/kg"}, {"LARGE", "LASTING", "EITHER"}),
        ({"pattern": "chronic"}, ALL),
        ({"pattern": "single"}, {"LARGE", "HEAVY", "EITHER"}),
        ({"route": "oral", "pattern": "chronic", "dose": "150 mg"}, {"LARGE", "LASTING", "EITHER"}),
        ({"route": "oral", "dose": "50 mg"}, {"EITHER"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_without_a_route_a_caution_holds_unless_something_that_is_said_speaks_against_it(asked, held, for_some_doses):
    book = load_texts(for_some_doses)
    answer = ketref.effects("xamine", since="1 h", rules=book, **asked)
    assert ids(answer) == held
    assert {caution["status"] for caution in answer.cautions} <= {"in_force"}


def test_all_cautions_of_a_substance_are_told_those_for_some_doses_too(for_some_doses):
    assert ids(ketref.cautions("xamine", rules=load_texts(for_some_doses))) == ALL


@pytest.mark.parametrize(
    ("dose", "held"),
    [
        ({}, {"LARGE", "HEAVY", "EITHER"}),
        ({"dose": "99 mg"}, {"HEAVY", "EITHER"}),
        ({"dose": "100 mg"}, {"LARGE", "HEAVY", "EITHER"}),
    ],
)
def test_a_history_has_the_cautions_that_its_doses_may_call_for(dose, held, for_some_doses):
    doses = [{"substance": "xamine", "start": START, **dose}]
    assert ids(ketref.history(doses, at="2026-03-01T13:00Z", rules=load_texts(for_some_doses))) == held


@pytest.mark.parametrize("command", ["check", "detect", "cautions", "effects", "history"])
def test_a_book_with_cautions_for_some_doses_answers_every_command(command, for_some_doses, run: Run, folder):
    rules = folder(for_some_doses)
    doses = f"substance,start\nxamine,{START}\n"
    words = {
        "check": [rules],
        "detect": ["xamine", "--matrix=urine", "--since=1 h", "--dose=100 mg", f"--rules={rules}"],
        "cautions": ["xamine", f"--rules={rules}"],
        "effects": ["xamine", "--route=oral", "--dose=100 mg", "--since=1 h", f"--rules={rules}"],
        "history": ["-", "--at=2026-03-01T13:00Z", f"--rules={rules}"],
    }
    ran = run(command, *words[command], stdin=doses if command == "history" else "")
    assert ran.code in {0, 1} if command == "check" else ran.code == 0, ran.err
    assert ran.err == ""
    if command in {"cautions", "effects"}:
        assert "high doses" in ran.out
