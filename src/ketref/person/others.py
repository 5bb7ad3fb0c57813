"""Which words among doses name something else than what is asked about?"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Literal

from ketref.answers.targets import yielding
from ketref.book.loading import Book
from ketref.errors import UsageError, quoted
from ketref.model.vocabulary import fold
from ketref.person.records import list_of

Why = Literal["not asked", "no rule"]
_ALIKE = 0.8  # of two words from which on one may be the other, misspelt


class Others:
    """The words that are left out: of other substances than `only`, if there are some, and of known other drugs.

    `only` is a list, or a text with commas; what yields one of these substances itself counts with it, as it does in a
    test for it. Raises UsageError where it names no substance.
    """

    def __init__(self, book: Book, only: object) -> None:
        self._book = book
        self._only = frozenset() if only is None else _wanted(book, only)
        named = (book.record_of(name) for name in self._only)
        self._names = {fold(name) for one in named for name in (one.id, one.name, *one.synonyms)}
        self._analytes = {analyte for name in self._only for analyte in book.yields(name)}

    def why(self, word: object) -> tuple[Why, str] | None:
        """Why a word is left out, and its name; None where it is not.

        A word that is not understood but looks like one that is asked for, or means what is found after it, is not
        left out: it may be one, misspelt or by another name. Nor is a street name that may mean one.
        """
        try:
            known = self._book.named_by(word)
        except UsageError as several:
            return ("not asked", quoted(word)) if self._only and not self._only & {*several.candidates} else None
        if known is not None:
            return ("not asked", known) if self._only and known not in self._only else None
        if self._book.drugs.knows(word):
            return "no rule", self._book.drugs.resolve(word)
        if not self._only or not isinstance(word, str) or self._looks_like_one(fold(word)) or self._is_found(word):
            return None
        return "not asked", quoted(word)

    def _looks_like_one(self, word: str) -> bool:
        """Whether a word that is not known holds the name of a substance that is asked for, or nearly is one."""
        return any(name in word or SequenceMatcher(None, name, word).ratio() >= _ALIKE for name in self._names)

    def _is_found(self, word: str) -> bool:
        """Whether a word means an analyte of a substance that is asked for."""
        analytes = self._book.vocabularies["analyte"]
        return analytes.knows(word) and analytes.resolve(word) in self._analytes


def _wanted(book: Book, only: object) -> frozenset[str]:
    """The substances that count: those named, and what yields one of them. Raises UsageError where there are none."""
    names = list_of(only.split(",") if isinstance(only, str) else only)
    if not names:
        raise UsageError("`only` names no substance", value=only, hint="leave it out, or name one or several")
    asked = [book.substance(name.strip() if isinstance(name, str) else name).id for name in names]
    return frozenset(each for name in asked for each in yielding(book, name))
