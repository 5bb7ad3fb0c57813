"""What does a file, or standard input, hold: bytes, or the records of one person?

Records are the rows of a CSV file (or of one with semicolons or tabs), the list of a JSON file, or the tables of a TOML
file. What they mean is not asked here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ketref.errors import InputError, unknown_option
from ketref.places import content

_TOML = re.compile(r"(\s|#[^\n]*\n)*(\[\[\s*[A-Za-z]|[A-Za-z_]+\s*=)")
Records = tuple[list[Mapping[str, Any]], Mapping[str, Any]]
"""The records, and what else the file says of all of them."""


def json_value(text: str, name: str, hint: str) -> Any:
    """What a JSON text holds; NaN and its kin are no numbers. Raises InputError."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{name}` is no JSON: {error}"[:300], path=name, hint=hint) from None


def _no_constant(word: str) -> None:
    raise ValueError(f"`{word}` is no number")


def records(name: str, one: str, several: str, also: tuple[str, ...] = ()) -> Records:
    """The records of a file: `[[one]]` tables of TOML, a JSON list (also as the list `several`), or the rows of a CSV.

    The kind is told by the name, of standard input by its first characters. `also` are keys that may stand beside the
    list. Raises InputError where the file cannot be read or is of no such kind.
    """
    hint = f"write a CSV file with a header, a JSON list, or a TOML file with [[{one}]] tables"
    try:
        text = content(name, hint).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{name}` is not UTF-8: byte {error.start}", path=name, hint=hint) from None
    kind = Path(name).suffix.lower().removeprefix(".")
    if kind not in {"csv", "json", "toml"}:
        kind = _kind(text)
    if kind == "csv":
        return _rows(text, name, hint), {}
    document = json_value(text, name, hint) if kind == "json" else _toml(text, name, hint)
    if isinstance(document, list):
        document = {several: document}
    key = several if kind == "json" else one
    found = document.get(key) if isinstance(document, dict) else None
    if not (isinstance(found, list) and all(isinstance(record, dict) for record in found)):
        raise InputError(f"`{name}` holds no list of {several}", path=name, hint=hint)
    for other in document:
        if other not in {key, *also}:
            unknown = unknown_option("key", other, [key, *also])
            raise InputError(f"`{name}`: {unknown}", path=name, hint=unknown.hint)
    return found, {word: value for word, value in document.items() if word != key}


def _kind(text: str) -> str:
    """What a text without a name looks like: TOML has `key =` or `[[` first, JSON one of its brackets."""
    if _TOML.match(text):
        return "toml"
    return "json" if text.lstrip()[:1] in {"[", "{"} else "csv"


def _toml(text: str, name: str, hint: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{name}` is no TOML: {error}"[:300], path=name, hint=hint) from None


def _rows(text: str, name: str, hint: str) -> list[Mapping[str, Any]]:
    """The rows of a CSV file by the words of its header, without empty ones."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    found: list[Mapping[str, Any]] = []
    try:
        header = [word.strip() for word in next(reader, [])]
        if not any(header):
            raise InputError(f"`{name}` is empty", path=name, hint=hint)
        twice = sorted({word for word in header if header.count(word) > 1})
        if twice:
            raise InputError(f"`{name}`: the column `{twice[0]}` is there twice", path=name, hint="name each once")
        for row in reader:
            if not any(value.strip() for value in row):
                continue
            if len(row) != len(header):
                message = f"`{name}`, line {reader.line_num}: {len(row)} values under {len(header)} columns"
                raise InputError(message, path=name, hint='put quotes around a value with a comma: "1,5 h"')
            found.append({word: value.strip() for word, value in zip(header, row, strict=True)})
    except csv.Error as error:
        raise InputError(f"`{name}`, line {reader.line_num}: {error}", path=name, hint=hint) from None
    return found
