"""Which words among doses name something else than what is asked about?"""

from __future__ import annotations

from ketref.book.loading import Book
from ketref.errors import UsageError, quoted
from ketref.person.doses import may_be_wanted, names_of, wanted


class Others:
    """The words that are left out: of other substances than `only`, if there are some, and of known other drugs.

    `only` is a list, or a text with commas. `reasons` holds why, each with its number, from 1. Raises UsageError where
    `only` names no substance.
    """

    def __init__(self, book: Book, only: object) -> None:
        self.reasons: dict[str, int] = {}
        self._book = book
        self._only = frozenset() if only is None else wanted(book, only)
        self._names = names_of(book, self._only)

    def number(self, word: object) -> list[int]:
        """The number of the reason to leave a word out, from 1; 0: none."""
        why = self._why(word)
        return [self.reasons.setdefault(why, len(self.reasons) + 1) if why else 0]

    def _why(self, word: object) -> str:
        try:
            known = self._book.substance(word)
        except UsageError:
            known = None
        if known is not None:
            return f"of `{known.id}`, which is not asked for" if self._only and known.id not in self._only else ""
        if self._book.drugs.knows(word):
            return f"of `{quoted(word)}`, a drug that no rule speaks of"
        if not self._only or not isinstance(word, str) or may_be_wanted(self._names, word):
            return ""
        return f"of `{quoted(word)}`, which is not asked for"
