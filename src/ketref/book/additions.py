"""What do the words of a book add to those of the book behind it?

An entry whose id is known there adds synonyms, codes and classes to it, and says nothing else: what a term is, its own
book says. Any other entry is a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import attrs

from ketref.book.structuring import Problem
from ketref.model.front_matter import VOCABULARIES, Drugs, Terms
from ketref.model.vocabulary import Vocabulary

E = TypeVar("E")
ADDED = ("synonyms", "codes", "classes")
"""What an entry may add to one that is known."""


def terms_together(own: Terms, behind: Terms) -> Terms:
    """The terms of a book with those of the book behind it."""
    lists = {axis: together(getattr(own, axis), getattr(behind, axis)) for axis in VOCABULARIES}
    words = {
        key: tuple(dict.fromkeys((*getattr(behind, key), *getattr(own, key))))
        for key in ("unsaid", "hinting", "outcome_flags")
    }
    return Terms(**lists, **words, bounds=behind.bounds, plausible=behind.plausible)


def together(own: Sequence[Any], behind: Sequence[E]) -> tuple[E, ...]:
    """The entries of a list with those of the book behind it, to which they may add words."""
    adding = {entry.id: entry for entry in own}
    known = {entry.id for entry in behind}  # type: ignore[attr-defined]  # entries have an id
    met = [_added(entry, adding[entry.id]) if entry.id in adding else entry for entry in behind]  # type: ignore[attr-defined]
    return (*met, *(entry for entry in own if entry.id not in known))


def _added(entry: Any, own: Any) -> Any:
    """An entry with what another adds to it."""
    found: dict[str, Any] = {}
    for key in ADDED:
        if more := getattr(own, key, None):
            there = getattr(entry, key)
            found[key] = {**more, **there} if key == "codes" else tuple(dict.fromkeys((*there, *more)))
    return attrs.evolve(entry, **found)


def problems(own: Terms | Drugs, behind: Terms | Drugs) -> Iterator[Problem]:
    """Every entry that would change what the book behind says, and every word that would mean something else."""
    if isinstance(own, Terms):
        for key in [key for key in ("bounds", "plausible") if _said(getattr(own, key))]:
            yield (key,), "redefined-term", f"`{key}` is there already, in the shipped rules", "leave it out"
    for axis in VOCABULARIES if isinstance(own, Terms) else ("drug",):
        entries, known = getattr(own, axis), {entry.id: entry for entry in getattr(behind, axis)}
        for index, entry in enumerate(entries):
            if entry.id in known:
                yield from _redefined((axis, index), entry, known[entry.id])
        met = Vocabulary(axis, together(entries, getattr(behind, axis)))
        for word, first, second in met.clashes:
            yield (axis,), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", "a word has one meaning"


def _redefined(path: tuple[str, int], entry: Any, known: Any) -> Iterator[Problem]:
    plain = type(entry)(id=entry.id)
    for field in attrs.fields(type(entry)):
        if field.name not in ADDED and getattr(entry, field.name) != getattr(plain, field.name):
            words = ", ".join(key for key in ADDED if hasattr(entry, key))
            hint = f"it may add {words}; give a term of your own another id"
            yield (*path, field.name), "redefined-term", f"`{entry.id}` is there already, in the shipped rules", hint
    for scheme, code in entry.codes.items():
        if known.codes.get(scheme, code) != code:
            message = f"`{entry.id}` has the {scheme} code `{known.codes[scheme]}` already, in the shipped rules"
            yield (*path, "codes", scheme), "redefined-term", message, "use another name for the list of codes"


def _said(thresholds: Any) -> bool:
    """Whether a list of entries, or an entry of which nothing must be said, says something."""
    if isinstance(thresholds, tuple):
        return bool(thresholds)
    return any(getattr(thresholds, field.name) is not None for field in attrs.fields(type(thresholds)))
