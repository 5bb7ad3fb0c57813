"""What is said of a class of drugs and of its assays, where nothing better speaks of the one that is asked about?

Such statements govern nothing: none of them has an end, a status or a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketref.answers.question import Question
from ketref.book.loading import Book
from ketref.model.vocabulary import ANY

if TYPE_CHECKING:
    from ketref.model.facts import ClassFact
    from ketref.model.panels import Reactivity
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


def reactivities(book: Book, question: Question, silent: bool) -> list[forms.ReactivityForm]:
    """How assays answer to a substance: to all that may be asked about where rules are `silent`, else of a class."""
    if not (silent or _is_class(book, question.analyte)):
        return []
    after = {question.substance, *book.analytes_after(question.substance)}
    found: tuple[Reactivity, ...] = book.listed_in("reactivities", "reactivity")
    return [
        {
            "id": one.id,
            "assay": one.assay,
            "tests": one.tests,
            "cause": one.cause,
            "result": one.result,
            "at": one.at,
            "says": one.says,
            "sources": _cited(book, one),
        }
        for one in found
        if after.intersection(one.of) and question.analyte in {ANY, one.tests} and _may_be_of(book, one, question)
    ]


def _may_be_of(book: Book, one: Reactivity, question: Question) -> bool:
    """Whether the assay may be the test that is asked about: a method that is not said may be any."""
    return all(
        said is None or named in book.vocabularies[axis].line(said)
        for axis, named, said in (("matrix", one.matrix, question.matrix), ("method", one.method, question.method))
    )


def _cited(book: Book, entry: ClassFact | Reactivity) -> list[dict[str, str]]:
    return [{"source": e.source, "grade": book.sources[e.source].grade, "locator": e.locator} for e in entry.evidence]


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
        "sources": _cited(book, fact),
    }
