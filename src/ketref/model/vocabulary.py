"""Which term of a vocabulary does a word mean, and which rules' terms hold for it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Generic, Protocol, TypeVar

from ketref.errors import unknown_option

ANY = "any"  # the analyte of a test as a whole
SINGLE, UNKNOWN_PATTERN = "single", "unknown"  # the patterns of use that a question means which names none
ALWAYS_KNOWN: Mapping[str, Sequence[str]] = {"analyte": (ANY,), "pattern": (SINGLE, UNKNOWN_PATTERN)}
"""The terms that an axis has though no rule names them."""


class Term(Protocol):
    """What every entry of a vocabulary has."""

    @property
    def id(self) -> str:
        """The word that rules write."""

    @property
    def synonyms(self) -> tuple[str, ...]:
        """Other words that questions may use."""

    @property
    def loses(self) -> tuple[str, ...]:
        """Those of them that say more than the term."""

    @property
    def codes(self) -> Mapping[str, str]:
        """What code lists call it, by their names."""


def spellings(scheme: str, code: str) -> tuple[str, ...]:
    """How questions may write a code: with its scheme, or a part of that, and, if it is no bare number, alone."""
    words = scheme.replace("-", " ").split()
    named = tuple(f"{' '.join(words[: n + 1])} {code}" for n in range(len(words)))
    return named if code.isdigit() else (code, *named)


def plain(word: str) -> str:
    """A code in small letters, with single spaces, and none but these between it and its scheme."""
    return " ".join(word.replace(":", " ").split()).casefold()


@lru_cache(1 << 12)
def fold(word: str) -> str:
    """A word without case, spaces and punctuation: `LC-MS/MS` and `lcmsms` are one.

    What is less (`<LOQ`) or more than something stays so, and so does every sign of a word without a letter, as `1+`.
    """
    if not any(c.isalpha() for c in word):
        return "".join(word.split())
    return _PUNCTUATION.sub("", word.casefold())


_PUNCTUATION = re.compile(r"[^\w*<>]|_")


_NO_HINTS: Mapping[str, str] = {}
TermT = TypeVar("TermT", bound=Term, covariant=True)


class Vocabulary(Generic[TermT]):
    """The terms of one axis: a shallow tree with synonyms and codes.

    `further` gives more codes, each with its term, and `hints` what is said of words that mean no term, folded.
    """

    def __init__(
        self,
        axis: str,
        terms: Iterable[TermT],
        further: Callable[[], Mapping[str, str]] = dict,
        hints: Mapping[str, str] = _NO_HINTS,
    ) -> None:
        self.axis = axis
        self._hints = hints
        self.terms: Mapping[str, TermT] = {term.id: term for term in terms}
        self._further = further
        self._lines = {term_id: self._ancestors(term_id) for term_id in self.terms}

    @cached_property
    def _words(self) -> tuple[Mapping[str, str], Mapping[str, str], Sequence[tuple[str, str, str]]]:
        """The words and the codes that mean a term, and the `clashes` among them: made for a word that is no id."""
        meaning: dict[str, str] = {}
        clashes = []
        for term in self.terms.values():
            for word in (term.id, *term.synonyms):
                claimed = meaning.setdefault(fold(word), term.id)
                if claimed != term.id:
                    clashes.append((word, claimed, term.id))
        codes: dict[str, str] = {}
        for term in self.terms.values():
            for scheme, code in term.codes.items():
                for word in spellings(scheme, code):
                    claimed = meaning.get(fold(word), term.id)
                    claimed = codes.setdefault(plain(word), claimed)
                    if claimed != term.id:
                        clashes.append((word, claimed, term.id))
        return meaning, codes, clashes

    @property
    def clashes(self) -> Sequence[tuple[str, str, str]]:
        """Each word that two terms claim, with these."""
        return self._words[2]

    def _ancestors(self, term_id: str) -> tuple[str, ...]:
        line = [term_id]
        while (parent := getattr(self.terms.get(line[-1]), "parent", None)) and parent not in line:
            line.append(parent)
        return tuple(line)

    def line(self, term_id: str) -> tuple[str, ...]:
        """The term and everything above it, nearest first: a rule at any of these holds for the term."""
        return self._lines[term_id]

    def __contains__(self, term_id: object) -> bool:
        return term_id in self.terms

    @cached_property
    def _losing(self) -> frozenset[str]:
        return frozenset(fold(word) for term in self.terms.values() for word in term.loses)

    def loses(self, word: object) -> bool:
        """Whether a word says more than the term that it means."""
        return isinstance(word, str) and fold(word) in self._losing

    def knows(self, word: object) -> bool:
        """Whether a word of a question means a term."""
        return isinstance(word, str) and self._means(word) is not None

    def _means(self, word: str) -> str | None:
        return word if word in self.terms else self._words[0].get(fold(word)) or self._coded(word)

    def _coded(self, word: str) -> str | None:
        code = plain(word)
        return self._words[1].get(code) or self._further().get(code)

    def resolve(self, word: object) -> str:
        """The term that a word of a question means. Raises UsageError with the nearest words."""
        if isinstance(word, str):
            if word in self.terms:
                return word
            if meaning := self._means(word):
                return meaning
        hint = self._hints.get(fold(word), "") if isinstance(word, str) else ""
        raise unknown_option(self.axis, word, self.terms, column=self.axis, hint=hint)


Words = Mapping[str, Vocabulary[Term]]
"""The vocabulary of each axis."""
