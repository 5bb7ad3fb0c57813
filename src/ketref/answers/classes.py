"""What is said of a class of drugs, where nothing better speaks of the one that is asked about?

Such statements govern nothing: none of them has an end, a status or a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketref.answers.question import Question
from ketref.book.loading import Book

if TYPE_CHECKING:
    from ketref.model.facts import ClassFact
    from ketref.output import forms


def class_facts(book: Book, question: Question, silent: bool) -> list[forms.ClassFactForm]:
    """What is said of the classes of a substance: of all where rules are `silent`, else of one that is asked about."""
    if not (silent or _is_class(book, question.analyte)):
        return []
    return [
        _form(book, fact)
        for fact in book.class_facts()
        if (silent or fact.of == question.analyte)
        and _is_of(book, fact, question.substance)
        and _speaks_of(book, fact, question)
    ]


def _is_class(book: Book, analyte: str | None) -> bool:
    term = book.vocabularies["analyte"].terms.get(str(analyte))
    return term is not None and bool(term.members)


def _is_of(book: Book, fact: ClassFact, substance: str) -> bool:
    return substance in fact.substances or fact.of in book.analytes_after(substance)


def _speaks_of(book: Book, fact: ClassFact, question: Question) -> bool:
    """Whether it may be of such a test: a specimen is always named, a method that is not said may be any."""
    for axis, said in (("matrix", question.matrix), ("method", question.method)):
        named = getattr(fact, axis)
        if named and said is not None and not set(named).intersection(book.vocabularies[axis].line(said)):
            return False
    return True


def _form(book: Book, fact: ClassFact) -> forms.ClassFactForm:
    return {
        "id": fact.id,
        "of": fact.of,
        "label": fact.label or fact.of.replace("-", " "),
        "figure": fact.figure,
        "says": fact.says,
        "sources": [
            {"source": e.source, "grade": book.sources[e.source].grade, "locator": e.locator} for e in fact.evidence
        ],
    }
