"""Who says so: which rules, which sources with which verdict, which factors?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ketref.factors import Factor
from ketref.loading import Book, Ranked
from ketref.model import AXES, SIDES
from ketref.standing import Said, Standing, said_by, verdict
from ketref.table import Row, Table
from ketref.terms import ANY
from ketref.understanding import Question

if TYPE_CHECKING:
    from ketref import forms


def rules_of(row: Row) -> list[Ranked]:
    """The rules of a row, narrowest first; those that merely match where none gives an end."""
    return list({a.ranked.rule.id: a.ranked for a in row.atoms or row.matched}.values())


def governing(row: Row, boundaries: Sequence[str]) -> list[forms.GoverningRule]:
    """The rules that give a row its ends, narrowest first."""
    return [
        {
            "id": ranked.rule.id,
            "owner": ranked.owner,
            "ends": [f"{boundaries[b]}.{SIDES[s]}" for b, s, end in row.ends() if ranked.rule.id in end.rules],
        }
        for ranked in rules_of(row)
        if row.atoms
    ]


def least_confident(row: Row) -> str | None:
    """The lowest confidence of the rules that govern a row."""
    order = ("low", "moderate", "high")
    found = [atom.ranked.rule.confidence for atom in row.atoms]
    return min(found, key=order.index) if found else None


def evidence(
    book: Book, table: Table, row: Row, question: Question, status: Callable[[Standing], Any]
) -> list[forms.EvidenceForm]:
    """Each evidence entry behind a row with the verdict of its source, those that speak of the question first."""
    entries = list(said_by(table, row, question))
    verdicts = {
        source: status(verdict(table, row, [s for s in entries if s.entry.source == source], question))
        for source in {s.entry.source for s in entries if s.applies}
    }
    made = [_evidence_form(book, said, verdicts) for said in entries]
    return sorted(made, key=lambda form: (not form["applies"], form["grade"], form["source"], form["rule"]))


def _evidence_form(book: Book, said: Said, verdicts: dict[str, Any]) -> forms.EvidenceForm:
    entry = said.entry
    conditions = {axis: value for axis in AXES if (value := getattr(entry.when, axis))}
    return {
        "source": entry.source,
        "rule": said.rule.id,
        "grade": book.sources[entry.source].grade,
        "locator": entry.locator,
        "figure": entry.figure,
        "says": entry.says,
        "applies": said.applies,
        "status": verdicts[entry.source] if said.applies else None,
        "conditions": {
            axis: ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for axis, value in conditions.items()
        },
    }


def _with_unit(book: Book, factor: str, given: str | None) -> str | None:
    term = book.vocabularies["factor"].terms.get(factor)
    return f"{given} {term.unit}" if given is not None and term and term.unit else given


def factors(book: Book, question: Question) -> list[forms.FactorForm]:
    """What may lengthen or shorten, first what the asker gave; a given factor always has an entry."""
    found = []
    for factor in book.factors(question.substance):
        value = question.factors.get(factor.factor)
        if _concerns(book, factor, question) and (value is None or _applies(factor, value)):
            found.append(_factor_form(book, factor, value))
    answered = {form["factor"] for form in found if form["given"] is not None}
    found += [
        _unsourced(name, _with_unit(book, name, value))
        for name, value in question.factors.items()
        if name not in answered
    ]
    return sorted(found, key=lambda form: form["given"] is None)


def _concerns(book: Book, factor: Factor, question: Question) -> bool:
    if question.matrix is not None and factor.matrix:
        line = book.vocabularies["matrix"].line(question.matrix)
        if not set(factor.matrix) & set(line):
            return False
    return question.analyte in {None, ANY} or not factor.analyte or question.analyte in factor.analyte


def _applies(factor: Factor, given: str) -> bool:
    applies = factor.applies
    if applies.value is not None:
        return applies.value == given
    if applies.min is None and applies.max is None:
        return True
    number = float(given)
    return (applies.min is None or applies.min <= number) and (applies.max is None or number <= applies.max)


def _factor_form(book: Book, factor: Factor, given: str | None) -> forms.FactorForm:
    return {
        "factor": factor.factor,
        "given": _with_unit(book, factor.factor, given),
        "askable": factor.factor in book.vocabularies["factor"],
        "direction": factor.direction,
        "affects": factor.affects,
        "says": factor.says,
        "sources": [
            {"source": e.source, "grade": book.sources[e.source].grade, "locator": e.locator} for e in factor.evidence
        ],
    }


def _unsourced(name: str, value: str | None) -> forms.FactorForm:
    return {
        "factor": name,
        "given": value,
        "askable": True,
        "direction": "unknown",
        "affects": "",
        "says": "No source in this book says what this value does; the answer is the same as without it.",
        "sources": [],
    }
