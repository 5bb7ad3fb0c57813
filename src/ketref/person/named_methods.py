"""Which method does the name of a test say beside its analyte, as in "Opiates screen" and "Morphine (LC-MS/MS)"?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ketref.book.loading import Book, kept
from ketref.model import units
from ketref.model.vocabulary import fold

_BRACKETED = re.compile(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]")
_JOINING = re.compile(r"(?:\s*[,:-]|\s+by)$", re.IGNORECASE)


def parted(book: Book, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """What a result says, with the method that the name of its analyte tells, and that in words.

    It stays as it is where the book knows the name as it is, or no part of it, or `method` says something else.
    """
    word = units.text_of(given.get("analyte", "")).strip()
    analytes, methods = book.vocabularies["analyte"], book.vocabularies["method"]
    if not word or analytes.knows(word) or book.is_other_drug(word):
        return given, None
    said = methods.resolve(given["method"]) if "method" in given else None
    for name, words in _splits(word):
        method = _method(book, words)
        if method is None or not analytes.knows(name):
            continue
        if said is not None and method not in methods.line(said) and said not in methods.line(method):
            continue
        analyte = analytes.resolve(name)
        told = f"`{word}` is read as {analyte} by {method}" if said is None else f"`{word}` is read as {analyte}"
        return {**given, "analyte": analyte, "method": said or method}, told
    return given, None


def _splits(word: str) -> Iterator[tuple[str, str]]:
    """The ways to part a name in two, the longest analyte first; what is in brackets stays together."""
    if found := _BRACKETED.fullmatch(word):
        yield found[1], found[2]
    words = word.split()
    for size in range(len(words) - 1, 0, -1):
        yield _JOINING.sub("", " ".join(words[:size])), " ".join(words[size:])


def _method(book: Book, words: str) -> str | None:
    """The method that words mean, in a list of methods or after the name of an analyte; None where they mean none."""
    known = book.vocabularies["method"]
    return known.resolve(words) if known.knows(words) else _in_names(book).get(fold(words))


@kept
def _in_names(book: Book) -> Mapping[str, str]:
    return {fold(word): term.id for term in book.terms.method for word in term.in_names}
