"""What is in a book, as plain data?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from ketref.book.loading import Book, kept
from ketref.book.structuring import key_of
from ketref.errors import MOST_SHOWN, UsageError, close, unknown_option
from ketref.model.axes import ALIASES
from ketref.model.front_matter import VOCABULARIES
from ketref.model.kinds import OF_FILE
from ketref.model.rules import Span
from ketref.model.units import Duration, Limit, Quantity

FACT_SECTIONS = {"fact": "facts", "study": "studies", "pharmacokinetic": "pharmacokinetics", "cutoff": "cutoffs"}
KEYS = {
    **{file: kind.key for file, kind in OF_FILE.items()},
    "factors": "factor",
    **{section: table for table, section in FACT_SECTIONS.items()},
    "models": "model",
    "servings": "serving",
    "unbuilt": "unbuilt",
}
"""The sections of a substance that list what has an id, and what each of their entries is called."""
IN_RECORD = {"identifiers": "identifier", "formulations": "formulation", "street": "street", "yields": "yields"}
"""The sections of a substance that its own record lists, and the key of each."""
SECTIONS = (*KEYS, *IN_RECORD)
_TELLING = 3
"""From how many letters on a part of an id tells which are meant."""
OF_ALL = {
    "panels": ("panel", "panel"),
    "reactivities": ("reactivity", "reactivity"),
    "classes": ("fact", "class"),
    "interpretations": ("interpretation", "interpretation"),
    "validity": ("validity", "validity"),
}
"""The files at the top that list what has an id: the key of the list, and what each of its entries is called."""


def plain(value: Any) -> Any:
    """A record as the files write it: no empty keys, durations and amounts as text, dates in ISO 8601.

    A number is written as short as it can be, and a range whose ends are one number as that number.
    """
    if isinstance(value, Duration | Quantity):
        return value.text
    if isinstance(value, Limit):
        return value.text if value.unit else plain(value.number)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span) and value.earliest and value.latest:
        return [value.earliest.text, value.latest.text]
    if attrs.has(type(value)):
        items = ((key_of(a), getattr(value, a.name)) for a in attrs.fields(type(value)))
        made = {name: plain(v) for name, v in items}
        return {name: v for name, v in made.items() if v is not False and v not in (None, "", [], {})}
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, tuple | list):
        listed = [plain(item) for item in value]
        return listed[0] if len(listed) == 2 and isinstance(value[0], float) and listed[0] == listed[1] else listed
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def document(book: Book) -> dict[str, Any]:
    """The whole book, with the shipped one behind it where it extends it."""
    from ketref.version import __version__

    return {
        "schema": "ketref.book/1",
        "edition": book.edition,
        "name": book.header.name,
        "digest": book.digest,
        "version": __version__,
        "terms": plain(book.terms),
        "drugs": {name: plain(drug) for name, drug in sorted(book.drugs.terms.items())},
        "sources": {key: plain(source) for key, source in sorted(book.sources.items())},
        **{file: [plain(entry) for entry in book.listed_in(file, key)] for file, (key, _) in OF_ALL.items()},
        "substances": {name: substance(book, name) for name in book.folders},
    }


def substance(book: Book, name: str) -> dict[str, Any]:
    """Everything that a book holds on a substance, each rule with its owner."""
    found: dict[str, Any] = {"substance": plain(book.record_of(name))}
    for file in OF_FILE:
        rules = [r for r in book.ranked(name, file) if r.of == name]
        found[file] = [{**plain(ranked.rule), "owner": ranked.owner} for ranked in rules]
    found["factors"] = [plain(factor) for factor in book.factors(name)]
    for table, section in FACT_SECTIONS.items():
        found[section] = [plain(entry) for entry in book.facts(name, table)]
    for section, listed in (("models", book.models), ("servings", book.servings), ("unbuilt", book.unbuilt)):
        found[section] = [plain(entry) for entry in listed(name)]
    return found


def item(book: Book, word: str, section: str | None = None) -> tuple[str, Any]:
    """What a word names, a substance (or a section of it), a rule, a factor, a fact or a source, and its kind.

    A specimen that grows, or the id of its growth, names how it grows. The name of an axis names its terms, and a word
    for one of these that term.

    Raises UsageError with the nearest names.
    """
    listed = _listed(book)
    single = listed.get(word.casefold())
    if single is None:
        return _section(book, word, [found[1]["id"] for found in listed.values()], section)
    if section is not None:
        raise UsageError(f"`{word}` has no sections", value=section, hint="a substance has")
    return single


@kept
def _listed(book: Book) -> dict[str, tuple[str, Any]]:
    """Everything that has an id, but for substances, with its kind, by its folded id."""
    entries = {
        entry["id"].casefold(): (KEYS[file], {"substance": name, **entry})
        for name in book.folders
        for file, listed in substance(book, name).items()
        if file != "substance"
        for entry in listed
    }
    of_all = {
        entry.id.casefold(): (name, plain(entry))
        for file, (key, name) in OF_ALL.items()
        for entry in book.listed_in(file, key)
    }
    growing = {
        word.casefold(): ("growth", {"matrix": term.id, **plain(term.growth)})
        for term in book.terms.matrix
        if term.growth is not None
        for word in (term.id, term.growth.id)
    }
    return (
        growing | entries | of_all | {key.casefold(): ("source", plain(source)) for key, source in book.sources.items()}
    )


def _words(book: Book, word: str) -> tuple[str, Any] | None:
    """The terms of the axis that a word names, in the plural too, or the term that it means; None for another word."""
    axis = re.sub("ices$", "ix", word.casefold()).removesuffix("s")
    axis = ALIASES.get(axis, axis)
    if axis in VOCABULARIES:
        return axis, [plain(term) for term in book.vocabularies[axis].terms.values()]
    known = (axis for axis in VOCABULARIES if book.vocabularies[axis].knows(word))
    return next(((axis, _term(book, axis, word)) for axis in known), None)


def _term(book: Book, axis: str, word: str) -> Any:
    vocabulary = book.vocabularies[axis]
    return plain(vocabulary.terms[vocabulary.resolve(word)])


def _section(book: Book, word: str, others: list[str], section: str | None) -> tuple[str, Any]:
    """A section of a substance, all of one, or what else a word names. Raises UsageError with the nearest names."""
    if (named := book.named_by(word)) is None:
        if section is None and (said := _words(book, word)):
            return said
        names = [*book.folders, *others]
        named_so = [one for one in others if word.casefold() in one.casefold()] if len(word) >= _TELLING else []
        near = close(word, names) or named_so[:MOST_SHOWN] or None
        unknown = unknown_option("substance, rule or source", word, names, near=near)
        if not unknown.hint:
            unknown.hint = f"substances: {', '.join(book.folders)}; `ketref show SUBSTANCE` lists the ids of its rules"
        raise unknown
    found = substance(book, named)
    if section is None:
        return "substance", found
    if section not in SECTIONS:
        raise unknown_option("section", section, SECTIONS)
    if section in IN_RECORD:
        return section, found["substance"].get(IN_RECORD[section], [])
    return section, found[section]
