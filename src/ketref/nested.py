"""Which rows does a JSON document hold, and what stands at a path in one of them?

A path such as `dosage.route.text` goes through lists to what says something first. An object that does not have what is
looked for, and says `reference` (as those of FHIR do), stands for the one of that name; a `reference` itself is told by
the type and the id of what it names, whatever it is called there. `^result.subject` is the `subject` of what names the
row as its `result`. One that has nothing but a `start` and an `end` is the time between them, one with a `value` and a
unit that amount.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

_VERSION = "/_history/"
Row = dict[str, Any]
Paths = Mapping[str, Collection[str]]
"""Paths, each with words of which one is looked for there."""


def rows_at(documents: Iterable[Any], at: str | None, where: Mapping[str, str], paths: Paths) -> list[Row]:
    """The rows of some documents: what lies `at` a path, or the document itself where nothing does, and what it holds.

    Of each, what stands at the `paths`, under these names, but for those at which nothing does in any row: where there
    are several values, the first of certain words, or else the first. Only those rows count that hold certain words
    `where` is said.
    """
    listed = [document for given in documents for document in (given if isinstance(given, list) else [given])]
    known = dict(_named(listed))
    found: list[tuple[Row, Mapping[str, Any]]] = []
    for document in listed:
        inside = list(_at(document, at.split("."), {})) if at else []
        for entry in inside or [document]:
            if isinstance(entry, dict):
                contained = [one for one in entry.get("contained", ()) if isinstance(one, dict)]
                around = {**known, **{f"#{one.get('id')}": one for one in contained}}
                found += [(one, around) for one in (entry, *contained)]
    naming = {key: dict(_naming(found, key)) for key in {_named_by(path) for path in paths} if key}
    rows: list[Row] = []
    for entry, near in found:
        if all(_first(entry, path, near, ()) == word for path, word in where.items()):
            row: Row = {}
            for path, words in paths.items():
                key = _named_by(path)
                of, of_near = naming[key].get(id(entry), ({}, near)) if key else (entry, near)
                row[path] = _first(of, path.partition(".")[2] if key else path, of_near, words)
            rows.append(row)
    there = [path for path in paths if any(row[path] is not None for row in rows)]
    return [{path: row[path] for path in there} for row in rows]


def none_of(at: str | None, where: Mapping[str, str]) -> str:
    """That a document has no row, in words."""
    held = " and ".join(f"{path} {word}" for path, word in where.items())
    return "it holds no row" + (f" with {held}" if held else f" at {at}" if at else "")


def rows_of(documents: Sequence[Any]) -> list[Row] | None:
    """The rows of a document that is a list of objects, or has one, or of CDISC Dataset-JSON; None where it is none."""
    if (found := dataset(documents)) is not None:
        return found
    document = documents[0] if len(documents) == 1 else list(documents)
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else None
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        return document
    return None


def dataset(documents: Sequence[Any]) -> list[Row] | None:
    """The rows of CDISC Dataset-JSON, in one document (1.0, 1.1) or one row a line (1.1); None where it is none."""
    objects = [document for document in documents if isinstance(document, dict)]
    rows: Any = documents[len(objects) :]
    if not objects or objects != list(documents[: len(objects)]):
        return None
    whole = {key: value for one in objects for key, value in one.items()}
    if "clinicalData" in whole:
        groups = whole["clinicalData"].get("itemGroupData") if isinstance(whole["clinicalData"], dict) else None
        group = next(iter(groups.values())) if isinstance(groups, dict) and len(groups) == 1 else {}
        whole = {"columns": group.get("items"), "rows": group.get("itemData")} if isinstance(group, dict) else {}
    columns, rows = whole.get("columns"), whole.get("rows", rows)
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    names = [str(column.get("name")) for column in columns if isinstance(column, dict)]
    fits = all(isinstance(row, list) and len(row) == len(names) for row in rows)
    return [dict(zip(names, row, strict=True)) for row in rows] if fits else None


def _named(documents: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """The objects that others may refer to, by each name that they have."""
    for document in documents:
        if not isinstance(document, dict):
            continue
        entries = document.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield from _named([entry["resource"]])
                if "fullUrl" in entry:
                    yield str(entry["fullUrl"]), entry["resource"]
        if "resourceType" in document and "id" in document:
            yield f"{document['resourceType']}/{document['id']}", document


def _named_by(path: str) -> str:
    """Under which key a row is named by that of which the path tells; of the row itself none."""
    return path[1:].partition(".")[0] if path.startswith("^") else ""


def _naming(found: Iterable[tuple[Row, Mapping[str, Any]]], key: str) -> Iterator[tuple[int, tuple[Row, Any]]]:
    """What names others under a key, by the identity of these."""
    for entry, near in found:
        named = entry.get(key)
        for one in named if isinstance(named, list) else [named]:
            meant = _meant(one["reference"], near) if isinstance(one, dict) and "reference" in one else None
            if meant is not None:
                yield id(meant), (entry, near)


def _first(entry: Any, path: str, known: Mapping[str, Any], words: Collection[str]) -> Any:
    """What stands at a path, one of certain words before others; None where nothing does."""
    found = [value for value in map(_plain, _at(entry, path.split("."), known)) if value not in (None, "")]
    return next((value for value in found if value in words), found[0] if found else None)


def _plain(value: Any) -> Any:
    """A value of a row: that of an object is none, but for a span of time and an amount."""
    if isinstance(value, dict) and value.keys() <= {"start", "end"} and "start" in value:
        return "/".join(str(value[end]) for end in ("start", "end") if end in value)
    if isinstance(value, dict) and "value" in value and (unit := value.get("code") or value.get("unit")):
        return f"{value['value']} {unit}"
    return None if isinstance(value, dict | list) else value


def _at(value: Any, path: Sequence[str], known: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path, known)
    elif not path:
        yield value
    elif isinstance(value, dict):
        if path == ["reference"] and isinstance(value.get("reference"), str):
            yield _called(value["reference"], known)
        elif path[0] in value:
            yield from _at(value[path[0]], path[1:], known)
        elif isinstance(value.get("reference"), str) and (meant := _meant(value["reference"], known)) is not None:
            yield from _at({name: of for name, of in meant.items() if name != "reference"}, path, known)


def _meant(reference: str, known: Mapping[str, Any]) -> Any:
    """What a reference names, by its whole text or by its last two parts, in whichever version."""
    name = reference.partition(_VERSION)[0]
    return known.get(name) or known.get("/".join(name.split("/")[-2:]))


def _called(reference: str, known: Mapping[str, Any]) -> str:
    """What is named, by its type and id, else by the reference without a version."""
    meant = _meant(reference, known)
    if isinstance(meant, dict) and {"resourceType", "id"} <= meant.keys():
        return f"{meant['resourceType']}/{meant['id']}"
    return reference.partition(_VERSION)[0]
