"""Which words stand around a picture: what was asked, by which sources and which edition it is answered?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ketref.answers.answer import identity
from ketref.model.vocabulary import ANY

if TYPE_CHECKING:
    from ketref.answers.question import Question
    from ketref.book.loading import Book

_IN_TITLE = ("substance", "matrix", "since", "taken", "at", "factors")


def asked(question: Question) -> str:
    """What a question says, but for its substance, its specimen and its times."""
    said = {key: value for key, value in question.to_dict().items() if key not in _IN_TITLE and value != ANY}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in said.items())


def source_list(sources: Iterable[str]) -> str:
    """Sources as one line."""
    return f"Sources: {', '.join(dict.fromkeys(sources)) or 'none'}."


def edition_line(book: Book) -> str:
    """With which knowledge a picture was made, and what it is not."""
    known = identity(book)
    return (
        f"Edition {known['edition']}, digest {known['digest'][:19]}, ketref {known['version']}."
        " A reference, not medical or legal advice; individuals differ."
    )
