"""What does a file, or standard input, hold: bytes, or the records of one person?

Records are the rows of a CSV file (or of one with semicolons or tabs), the list of a JSON file, or the tables of a TOML
file. What they mean is not asked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from ketref import csv_text
from ketref.errors import InputError, UsageError, unknown_option
from ketref.places import content

_TOML = re.compile(r"(\s|#[^\n]*\n)*(\[\[\s*[A-Za-z]|[A-Za-z_]+\s*=)")


@frozen(eq=False)
class Wanted:
    """Which records are wanted of a file: `[[one]]` tables of TOML, a JSON list, also as the list `several`, or rows.

    `known` are the columns that are understood, `also` the keys that may stand beside the list; above the header of a
    CSV file `skip` lines are passed over. `name` is that of the file, `-` for standard input.
    """

    name: str
    one: str
    several: str
    known: Collection[str]
    also: tuple[str, ...] = ()
    skip: int = 0


@frozen(eq=False)
class Records:
    """The records of a file, what else it says of all of them, and in which `lines` the rows of a CSV file stand."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    said: Mapping[str, Any]
    lines: Callable[[Collection[int]], Mapping[int, int]]


@contextmanager
def naming_lines(found: Mapping[str, Records | None]) -> Iterator[None]:
    """Add to what is said of a record, such as "dose 2", the line of the file in which it stands."""
    try:
        yield
    except UsageError as error:
        text = str(error)
        for what, records in found.items():
            if records is not None:
                text = _with_lines(text, what, records)
        error.args = (text,)
        raise


def _with_lines(text: str, what: str, records: Records) -> str:
    told = re.compile(rf"^(\s*{what} )(\d+):", re.MULTILINE)
    lines = records.lines({int(match[2]) - 1 for match in told.finditer(text)})

    def placed(match: re.Match[str]) -> str:
        line = lines.get(int(match[2]) - 1)
        file = "" if records.name == "-" else f"`{records.name}`, "
        return match[0] if line is None else f"{match[1]}{match[2]} ({file}line {line}):"

    return told.sub(placed, text)


def json_value(text: str, name: str, hint: str) -> Any:
    """What a JSON text holds; NaN and its kin are no numbers. Raises InputError."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{name}` is no JSON: {error}"[:300], path=name, hint=hint) from None


def _no_constant(word: str) -> None:
    raise ValueError(f"`{word}` is no number")


def records(asked: Wanted) -> Records:
    """The records of a file; the kind is told by its name, of standard input by its first characters.

    Raises InputError where it cannot be read or holds no such records.
    """
    name, one = asked.name, asked.one
    hint = f"write a CSV file with a header, a JSON list, or a TOML file with [[{one}]] tables"
    found = content(name, hint)
    try:
        text = found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{name}` is not UTF-8: byte {error.start}", path=name, hint=hint) from None
    kind = Path(name).suffix.lower().removeprefix(".")
    kind = "csv" if kind in csv_text.SUFFIXES else kind
    if kind not in {"csv", "json", "toml"}:
        kind = _kind(text)
    if kind == "csv":
        return _rows(found, asked, hint)
    document = json_value(text, name, hint) if kind == "json" else _toml(text, name, hint)
    if isinstance(document, list):
        document = {asked.several: document}
    key = asked.several if kind == "json" else one
    listed = document.get(key) if isinstance(document, dict) else None
    if not (isinstance(listed, list) and all(isinstance(record, dict) for record in listed)):
        raise InputError(f"`{name}` holds no list of {asked.several}", path=name, hint=hint)
    for other in document:
        if other not in {key, *asked.also}:
            unknown = unknown_option("key", other, [key, *asked.also])
            raise InputError(f"`{name}`: {unknown}", path=name, hint=unknown.hint)
    return Records(name, listed, {word: value for word, value in document.items() if word != key}, lambda _: {})


def _kind(text: str) -> str:
    """What a text without a name looks like: TOML has `key =` or `[[` first, JSON one of its brackets."""
    if _TOML.match(text):
        return "toml"
    return "json" if text.lstrip()[:1] in {"[", "{"} else "csv"


def _toml(text: str, name: str, hint: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{name}` is no TOML: {error}"[:300], path=name, hint=hint) from None


def _rows(content: bytes, asked: Wanted, hint: str) -> Records:
    """The rows of a CSV file by the words of its header, without empty ones, and the line of each."""
    try:
        text = csv_text.opened(content, asked.known, asked.skip)
        names = text.names[: text.width]
        twice = sorted({name for name in names if name in asked.known and names.count(name) > 1})
        if twice:
            message = f"`{asked.name}`: the column `{twice[0]}` is there twice"
            raise InputError(message, path=asked.name, hint="name each once")
        rows = [dict(zip(names, map(str.strip, text.fitting(row)), strict=True)) for row in text.rows()]
    except csv_text.CsvError as error:
        raise InputError(f"`{asked.name}`: {error}", path=asked.name, hint=error.hint or hint) from None
    return Records(asked.name, rows, {}, text.lines)
