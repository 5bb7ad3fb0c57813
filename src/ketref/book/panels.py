"""Which panels does a book have, and which one does a word name?"""

from __future__ import annotations

import re

from ketref.book.loading import Book, kept
from ketref.errors import unknown_option
from ketref.model.panels import Panel
from ketref.model.vocabulary import fold


@kept
def panels_of(book: Book) -> tuple[Panel, ...]:
    """The panels of a book, those behind it too."""
    return book.listed_in("panels", "panel")


def find_panel(book: Book, word: object) -> Panel | None:
    """The panel that a word names, None where the book has no such panel."""
    return _by_name(book).get(fold(word)) if isinstance(word, str) else None


@kept
def _by_name(book: Book) -> dict[str, Panel]:
    named = reversed(panels_of(book))  # where two have one name, the first, an own one, is meant
    return {fold(word): panel for panel in named for word in (*panel.synonyms, panel.name, panel.id)}


def known_panel(book: Book, word: object) -> Panel:
    """The panel that a word names. Raises UsageError with the nearest ones."""
    found = find_panel(book, word)
    if found is None:
        near = _near(book, word)[:3] if isinstance(word, str) else None
        refused = unknown_option(
            "panel", word, [panel.id for panel in panels_of(book)], column="panel", near=near or None
        )
        refused.hint = " ".join([*filter(None, [refused.hint]), "`ketref show panel` lists the panels of the rule set"])
        raise refused
    return found


def _near(book: Book, word: str) -> list[str]:
    """The panels in whose names all words of a name stand, else those with the most that are not just the specimen."""
    asked = {fold(part) for part in re.split(r"[\W_]+", word) if fold(part)}
    alike: dict[str, int] = {}
    for panel in panels_of(book):
        named = fold(" ".join([panel.id, panel.name, panel.authority, *panel.synonyms]))
        there = {part for part in asked if part in named}
        if there == asked or any(part not in fold(panel.matrix) for part in there):
            alike[panel.id] = len(there)
    return sorted(alike, key=lambda name: -alike[name])
