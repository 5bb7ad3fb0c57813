"""Which panels does a book have, and which one does a word name?"""

from __future__ import annotations

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
        known = [panel.id for panel in panels_of(book)]
        near = [name for name in known if isinstance(word, str) and fold(word) in fold(name)][:3] or None
        refused = unknown_option("panel", word, known, column="panel", near=near)
        refused.hint = refused.hint or "`ketref show panel` lists the panels of the book"
        raise refused
    return found
