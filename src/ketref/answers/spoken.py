"""What does a person leave out who asks one question: the present moment, and the route that a product's name says?

Both are filled in and echoed. The rows of a table leave nothing to be guessed: there a moment that is missing is
refused, and a route that is not said stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from ketref.answers.question import Question, slips, understand
from ketref.book.loading import Book
from ketref.errors import UsageError, together
from ketref.model.front_matter import Formulation
from ketref.model.vocabulary import fold


def spoken(
    book: Book,
    substance: object,
    asked: Mapping[str, Any],
    ask: Callable[[Mapping[str, Any]], Question] | None = None,
) -> Question:
    """The question that a person means; `ask` understands it where `understand` alone does not.

    Raises UsageError, with all mistakes at once.
    """
    try:
        return _spoken(book, substance, asked, ask)
    except UsageError as error:
        found = slips(book, substance, **asked)
        raise (together(found) if len(found) > 1 else error) from None


def _spoken(
    book: Book,
    substance: object,
    asked: Mapping[str, Any],
    ask: Callable[[Mapping[str, Any]], Question] | None,
) -> Question:
    until_now = asked.get("taken") is not None and asked.get("at") is None
    if until_now:
        asked = {**asked, "at": "now"}
    question = understand(book, substance, **asked) if ask is None else ask(asked)
    if not until_now and (question.route is not None or question.substance == substance):
        return question
    told = [f"no `at` is given: as of now, {question.at}"] if until_now else []
    if question.route is None and question.infusion is None and (product := _product(book, question, substance)):
        asked = {**asked, "route": product.route}
        question = understand(book, substance, **asked) if ask is None else ask(asked)
        told.append(f"`{substance}` read as {question.substance} by the route {question.route} ({product.source})")
    return evolve(question, assumes=(*told, *question.assumes)) if told else question


def _product(book: Book, question: Question, word: object) -> Formulation | None:
    """The product of a known route that a word names."""
    if not isinstance(word, str):
        return None
    named = fold(word)
    forms = book.record_of(question.substance).formulation
    return next((form for form in forms if form.route and named in map(fold, form.words)), None)
