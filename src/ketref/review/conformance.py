"""Which questions, with which answers, should another implementation of these rules be tested with?

They are the golden cases of a book: what their sources demand of the answer, and what ketref answers beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from attrs import asdict

from ketref.answers.answer import identity
from ketref.book.loading import Book
from ketref.model.cases import Case
from ketref.review.asking import answer

DECISIVE: Mapping[str, tuple[str, ...]] = {
    "detect": ("status", "elapsed_s", "detectable_from_s", "detectable_until_s", "next_change", "sources_disagree"),
    "effects": ("elapsed_s", "phases", "next_change"),
    "cautions": (),
}
"""The keys of an answer that another implementation gives alike: what is in its words and order is its own."""
_NOT_DEMANDED = ("ask", "question", "locator", "claims")
_NOTHING: tuple[Any, ...] = ((), {}, None)


def kit(book: Book) -> Iterator[dict[str, Any]]:
    """The lines of the kit: first what it is of, then a question each with what is demanded and what is answered.

    A question that is asked as of now has no place in it: every case says its times. Raises RulesError.
    """
    yield {"schema": "ketref.conformance/1", **identity(book)}
    for substance, case in golden(book):
        yield asked(book, substance, case)


def golden(book: Book) -> Iterator[tuple[str, Case]]:
    """Every golden case, with its substance: those of the book behind it first."""
    for one in filter(None, (book.base, book)):
        yield from ((name.split("/")[0], case) for name, _, case in one.cases())


def asked(book: Book, substance: str, case: Case) -> dict[str, Any]:
    """A golden case as the kit has it."""
    question = {"ask": case.ask, "substance": substance, **case.question}
    found = answer(question, rules=book)
    said: dict[str, Any] = asdict(cast("Any", case))
    demanded = {key: value for key, value in said.items() if key not in _NOT_DEMANDED and value not in _NOTHING}
    return {
        "question": question,
        "demanded": json.loads(json.dumps(demanded)),
        "answer": {key: found[key] for key in DECISIVE[case.ask]},
        "rules": sorted(rule["id"] for rule in found.get("rules", found.get("phase_rules", ()))),
        "locator": case.locator,
    }
