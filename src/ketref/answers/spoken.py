"""What does a person leave out who asks one question: the present moment?

It is filled in and echoed. The rows of a table leave nothing to be guessed: there a moment that is missing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from ketref.answers.question import Question, slips, understand
from ketref.book.loading import Book
from ketref.errors import UsageError, together


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
    if not until_now:
        return question
    return evolve(question, assumes=(f"no `at` is given: as of now, {question.at}", *question.assumes))
