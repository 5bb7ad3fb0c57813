"""What do the words of a book add to those of the book behind it?

An entry whose id is known there adds synonyms, codes and classes to it, and may say again what that says of it: what a
term is, its own book says. A parent it may add where there is none and no rule there names the term. Any other entry is
a new one; a word that was a synonym of a known term may be its own, where all that rules say of the word holds still.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import attrs

from ketref.book.structuring import Problem
from ketref.model.front_matter import VOCABULARIES, Drugs, Terms
from ketref.model.vocabulary import Vocabulary, fold

E = TypeVar("E")
ADDED = ("synonyms", "loses", "codes", "classes")
"""What an entry may add to one that is known."""
Named = Callable[[str], Container[str]]
"""Which terms of an axis the rules of the book behind name."""


def terms_together(own: Terms, behind: Terms, named: Named) -> Terms:
    """The terms of a book with those of the book behind it."""
    lists = {axis: together(getattr(own, axis), getattr(behind, axis), partial(named, axis)) for axis in VOCABULARIES}
    words = {
        key: tuple(dict.fromkeys((*getattr(behind, key), *getattr(own, key))))
        for key in ("unsaid", "hinting", "domains", "outcome_flags", "outcome_doubts", "forms", "hint")
    }
    return Terms(**lists, **words, bounds=behind.bounds, plausible=behind.plausible)


def together(own: Sequence[Any], behind: Sequence[E], named: Callable[[], Container[str]] = frozenset) -> tuple[E, ...]:
    """The entries of a list with those of the book behind it, to which they may add words; `named`: see `Named`."""
    adding = {entry.id: entry for entry in own}
    known = {entry.id for entry in behind}  # type: ignore[attr-defined]  # entries have an id
    met = [_added(entry, adding[entry.id], named) if entry.id in adding else entry for entry in behind]  # type: ignore[attr-defined]
    new = [entry for entry in own if entry.id not in known]
    taken = _taken_over(new, met, named)
    return (*(_without(entry, taken) for entry in met), *new)


def _added(entry: Any, own: Any, named: Callable[[], Container[str]]) -> Any:
    """An entry with what another adds to it."""
    found: dict[str, Any] = {}
    for key in ADDED:
        if more := getattr(own, key, None):
            there = getattr(entry, key)
            found[key] = {**more, **there} if key == "codes" else tuple(dict.fromkeys((*there, *more)))
    if _gains_parent(entry, own, named):
        found["parent"] = own.parent
    return attrs.evolve(entry, **found)


def _gains_parent(entry: Any, own: Any, named: Callable[[], Container[str]]) -> bool:
    """Whether a parent is added to a term that has none and of which no rule speaks."""
    added = getattr(own, "parent", None) is not None and entry.parent is None
    return added and entry.id not in named()


def _taken_over(new: Sequence[Any], behind: Sequence[Any], named: Callable[[], Container[str]]) -> set[tuple[str, str]]:
    """The synonyms of known terms that new ones may have as their own, each with its term."""
    taken: set[tuple[str, str]] = set()
    if not behind or not any(hasattr(entry, "parent") for entry in new):
        return taken
    line = Vocabulary("", (*behind, *new)).line
    meant = {fold(word): entry.id for entry in behind for word in entry.synonyms}
    for entry in new:
        for word in map(fold, (entry.id, *entry.synonyms)):
            if word in meant and all(term in line(entry.id) or term not in named() for term in line(meant[word])):
                taken.add((meant[word], word))
    return taken


def _without(entry: Any, taken: Container[tuple[str, str]]) -> Any:
    """An entry without the synonyms that another has taken over."""
    kept = tuple(word for word in entry.synonyms if (entry.id, fold(word)) not in taken)
    return entry if kept == entry.synonyms else attrs.evolve(entry, synonyms=kept)


def problems(own: Terms | Drugs, behind: Terms | Drugs, named: Named) -> Iterator[Problem]:
    """Every entry that would change what the book behind says, and every word that would mean something else."""
    if isinstance(own, Terms):
        for key in [key for key in ("bounds", "plausible") if _said(getattr(own, key))]:
            yield (key,), "redefined-term", f"`{key}` is there already, in the shipped rules", "leave it out"
    for axis in VOCABULARIES if isinstance(own, Terms) else ("drug",):
        entries, known = getattr(own, axis), {entry.id: entry for entry in getattr(behind, axis)}
        for index, entry in enumerate(entries):
            if entry.id in known:
                yield from _redefined((axis, index), entry, known[entry.id], partial(named, axis))
        met = Vocabulary(axis, together(entries, getattr(behind, axis), partial(named, axis)))
        for word, first, second in met.clashes:
            hint = "a word has one meaning"
            if fold(first) == fold(second):
                hint += f"; its id is `{first}`"
            elif first in known and hasattr(known[first], "parent"):
                hint += f"; a term of your own with the parent `{first}` may have a synonym of that"
            yield (axis,), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", hint


def _redefined(path: tuple[str, int], entry: Any, known: Any, named: Callable[[], Container[str]]) -> Iterator[Problem]:
    """What an entry says otherwise than the known one of its id does."""
    plain = type(entry)(id=entry.id)
    for field in attrs.fields(type(entry)):
        said = getattr(entry, field.name)
        if field.name in ADDED or said in (getattr(plain, field.name), getattr(known, field.name)):
            continue
        if field.name != "parent" or not _gains_parent(known, entry, named):
            words = ", ".join(key for key in ADDED if hasattr(entry, key))
            hint = f"it may add {words}, and repeat what is there; give a term of your own another id"
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
