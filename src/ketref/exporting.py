"""What is in a book, as plain data?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from ketref.errors import unknown_option
from ketref.loading import RULE_FILES, Book
from ketref.model import Span
from ketref.units import Duration, Quantity

SECTIONS = ("windows", "phases", "effects", "cautions", "factors", "identifiers", "formulations")


def plain(value: Any) -> Any:
    """A record as the files write it: no empty keys, durations and amounts as text, dates in ISO 8601."""
    if isinstance(value, Duration | Quantity):
        return value.text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span) and value.earliest and value.latest:
        return [value.earliest.text, value.latest.text]
    if attrs.has(type(value)):
        items = ((a.name, getattr(value, a.name)) for a in attrs.fields(type(value)))
        return {name: made for name, v in items if (made := plain(v)) not in (None, "", (), [], {}, False)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
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
        "sources": {key: plain(source) for key, source in sorted(book.sources.items())},
        "substances": {name: substance(book, name) for name in book.substances},
    }


def substance(book: Book, name: str) -> dict[str, Any]:
    """Everything that a book holds on a substance, each rule with its owner."""
    found: dict[str, Any] = {"substance": plain(book.substances[name])}
    for file in RULE_FILES:
        rules = [r for r in book.ranked(name, file) if r.of == name]
        found[file] = [{**plain(ranked.rule), "owner": ranked.owner} for ranked in rules]
    found["factors"] = [plain(factor) for factor in book.factors(name)]
    return found


def item(book: Book, word: str, section: str | None = None) -> tuple[str, Any]:
    """What a word names, a substance (or a section of it), a rule, a factor or a source, and its kind.

    Raises UsageError with the nearest names.
    """
    if word in book.sources:
        return "source", plain(book.sources[word])
    for name in book.substances:
        for file in (*RULE_FILES, "factors"):
            for entry in substance(book, name)[file]:
                if entry["id"].casefold() == word.casefold():
                    return file.removesuffix("s"), {"substance": name, **entry}
    names = [*book.substances, *book.sources]
    try:
        found = substance(book, book.substance(word).id)
    except Exception:
        raise unknown_option("substance, rule or source", word, names) from None
    if section is None:
        return "substance", found
    if section in {"identifiers", "formulations"}:
        return section, found["substance"].get(section.removesuffix("s"), [])
    if section not in found:
        raise unknown_option("section", section, SECTIONS)
    return section, found[section]
