"""Which books are measured: two drugs of the shipped one, and one made from it with ten times as many rules?

Of every rule there are nine copies with ids of their own. Four stand under other substances. Five stand beside the
original, under conditions of their own: a copy of a window under a method of its own, any other under a route of its
own. The terms for that are copies too, tree and all, so a copy stands to the other copies as the originals stand to
each other, and a question that names no such term is to be answered as before, by a table with six times the rules.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ketref.book.loading import Book, shipped
from ketref.model.files import BOOK_FILES, FILES, LEANING, record_in, record_of
from ketref.model.kinds import OF_FILE

DRUGS = ("ketamine", "esketamine")
TIMES = 10
ELSEWHERE = tuple(f"s{number}" for number in range(4))
BESIDE = tuple(f"b{number}" for number in range(5))
KINDS = {stem: record_of(stem) for stem in FILES}
Table = dict[str, Any]


def shipped_texts() -> dict[str, bytes]:
    """The files of the two drugs that have most rules, and those at the top that name no other substance."""
    texts = shipped().texts
    at_top = {f"{stem}.toml" for stem in BOOK_FILES if stem not in LEANING}
    return {name: texts[name] for name in texts if name in at_top or name.partition("/")[0] in DRUGS}


def tenfold_texts() -> dict[str, bytes]:
    texts = shipped_texts()
    parsed = {name: tomllib.loads(text.decode("utf-8")) for name, text in texts.items()}
    texts["terms.toml"] += text_of(own_terms(parsed["terms.toml"])).encode()
    for name, document in parsed.items():
        folder, _, file = name.rpartition("/")
        stem = file.removesuffix(".toml")
        if not folder or stem == "cases":
            continue
        for copy in ELSEWHERE:
            texts[f"{folder}-{copy}/{file}"] = text_of(elsewhere(document, stem, copy)).encode()
        if stem in OF_FILE:
            texts[name] += b"".join(text_of(beside(document, stem, copy)).encode() for copy in BESIDE)
    return texts


def read(texts: Mapping[str, bytes]) -> Book:
    """A new book, every file of it read."""
    book = Book(texts)
    for name in texts:
        book.record(name, record_in(name))
    return book


def count(book: Book) -> int:
    """The rules of a book."""
    return sum(
        len(getattr(book.record(name, KINDS[stem]), kind.key))
        for name in book.texts
        for stem, kind in OF_FILE.items()
        if name.endswith(f"/{stem}.toml")
    )


# ------------------------------------------------------------------------ copies


def elsewhere(document: Table, stem: str, copy: str) -> Table:
    if stem == "substance":
        words = ("id", "name", "windows_of")
        named = {key: f"{value}-{copy}" if key in words else value for key, value in document.items()}
        named.pop("identifier", None)  # a code means one substance
        products = document.get("formulation", ())
        named["formulation"] = [
            {key: value if key != "words" else [f"{word} {copy}" for word in value] for key, value in product.items()}
            for product in products
        ]
        return {**named, "synonyms": [f"{word} {copy}" for word in document.get("synonyms", ())]}
    return {key: [{**entry, "id": f"{entry['id']}-{copy}"} for entry in entries] for key, entries in document.items()}


def beside(document: Table, stem: str, copy: str) -> Table:
    axis = "method" if stem == "windows" else "route"
    copies = []
    for rule in document[OF_FILE[stem].key]:
        made = {**rule, "id": f"{rule['id']}-{copy}", "when": conditions(rule.get("when", {}), axis, copy, copy)}
        for key in ("evidence", "frequency"):
            made[key] = [with_conditions(entry, axis, copy) for entry in rule.get(key, ())]
        copies.append(made)
    return {OF_FILE[stem].key: copies}


def with_conditions(entry: Table, axis: str, copy: str) -> Table:
    return {**entry, "when": conditions(entry["when"], axis, copy)} if "when" in entry else entry


def conditions(when: Table, axis: str, copy: str, unsaid: str | None = None) -> Table:
    given = when.get(axis, unsaid)
    if given is None:
        return when
    if given == unsaid:
        return {**when, axis: unsaid}
    return {**when, axis: [f"{term}-{copy}" for term in (given if isinstance(given, list) else [given])]}


def own_terms(terms: Table) -> Table:
    """The methods and routes of the copies: under one root for each copy, the tree of the originals."""
    made: dict[str, list[Table]] = {"method": [], "route": []}
    for axis, entries in made.items():
        for copy in BESIDE:
            entries.append({"id": copy})
            for term in terms[axis]:
                parent = f"{term['parent']}-{copy}" if "parent" in term else copy
                plain = {key: value for key, value in term.items() if key not in {"synonyms", "codes"}}
                entries.append({**plain, "id": f"{term['id']}-{copy}", "parent": parent})
    return made


# ------------------------------------------------------------------------ TOML


def text_of(document: Table) -> str:
    return "\n".join(["", *lines(document)]) + "\n"


def lines(table: Table, path: str = "") -> Iterator[str]:
    """A table as people write it: what is plain first, then a header for every table of a list."""
    listed = {key: value for key, value in table.items() if isinstance(value, list) and value and tables(value)}
    for key, value in table.items():
        if key not in listed and value != []:
            yield f"{key} = {inline(value)}"
    for key, entries in listed.items():
        for entry in entries:
            yield f"\n[[{path}{key}]]"
            yield from lines(entry, f"{path}{key}.")


def tables(value: list[Any]) -> bool:
    return all(isinstance(entry, dict) for entry in value)


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {inline(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
