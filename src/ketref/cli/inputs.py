"""What does a file, or standard input, hold: bytes, or the records of one person?

Records are the rows of a CSV file (or of one with semicolons or tabs), the list of a JSON file, or the tables of a TOML
file. What they mean is not asked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from ketref import csv_text, nested
from ketref.errors import InputError, UsageError, unknown_option
from ketref.model import mappings
from ketref.model.fitting import Fitted, add_likely, fit_rows, fitted, left_out
from ketref.model.theirs import NUMBERS, Said, constants_of, refuse_unclear
from ketref.places import content

_TOML = re.compile(r"(\s|#[^\n]*\n)*(\[\[\s*[A-Za-z]|[A-Za-z_]+\s*=)")


@frozen(eq=False)
class Wanted:
    """Which records are wanted of a file: `[[one]]` tables of TOML, a JSON list, also as the list `several`, or rows.

    `known` are the columns that are understood, `also` the keys that may stand beside the list; above the header of a
    CSV file `skip` lines are passed over, `sign` stands between its values. `name` is that of the file, `-` for
    standard input. `what` tells which table of a `mapping` is meant, `said` what is said of columns besides.
    """

    name: str
    one: str
    several: str
    known: Collection[str]
    also: tuple[str, ...] = ()
    skip: int = 0
    sign: bytes | None = None
    encoding: str = "utf-8"
    what: str = "doses"
    mapping: mappings.Mapping = field(factory=partial(mappings.Mapping, says=""))
    said: Said = field(factory=Said)

    @property
    def table(self) -> mappings.Table:
        """How the mapping reads such a table."""
        return self.mapping.table(self.what)


@frozen(eq=False)
class Records:
    """The records of a file, what else it says of all of them, and in which `lines` the rows of a CSV file stand."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    said: Mapping[str, Any]
    lines: Callable[[Collection[int]], Mapping[int, int]]
    notes: tuple[str, ...] = ()
    """What a mapping did, in sentences."""
    named: tuple[str, ...] = ()
    """The names of the columns of the file."""
    table: mappings.Table = field(factory=mappings.Table)
    """How a mapping read it."""


@contextmanager
def naming_lines(found: Mapping[str, Records | None]) -> Iterator[None]:
    """Add to what is said of a record, such as "dose 2", the line of the file in which it stands.

    And to what is said of a column that is missing the names of those that perhaps mean it.
    """
    try:
        yield
    except UsageError as error:
        text = str(error)
        for what, records in found.items():
            if records is not None:
                text = _with_lines(text, what, records)
                add_likely(error, records.table, records.named)
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
        raise InputError(f"`{name}` is not valid JSON: {error}"[:300], path=name, hint=hint) from None


def _no_constant(word: str) -> None:
    raise ValueError(f"`{word}` is not a number")


def records(asked: Wanted) -> Records:
    """The records of a file in our words; the kind is told by its name, of standard input by its first characters.

    Raises InputError where it cannot be read or holds no such records, UsageError where what is said of its columns
    cannot be.
    """
    return _in_our_words(_as_written(asked), asked)


def _as_written(asked: Wanted) -> Records:
    name, one = asked.name, asked.one
    hint = f"write a CSV file with a header, a JSON list, one JSON object a line, or a TOML file with [[{one}]] tables"
    kind = Path(name).suffix.lower().removeprefix(".")
    if kind in _OF_BULK:
        return _of_bulk(asked, _OF_BULK[kind])
    text = _decoded(content(name, hint), asked, hint)
    kind = "csv" if kind in csv_text.SUFFIXES else "jsonl" if kind == "ndjson" else kind
    if kind not in {"csv", "json", "jsonl", "toml"}:
        kind = _kind(text)
    if kind == "csv":
        return _rows(text.encode(), asked, hint)
    if kind == "jsonl":
        document: Any = [json_value(line, name, hint) for line in text.splitlines() if line.strip()]
    else:
        document = json_value(text, name, hint) if kind == "json" else _toml(text, name, hint)
    if asked.table.nested:
        table = asked.table
        found = nested.rows_at([document], table.at, table.where, table.paths)
        if not found:
            message = f"`{name}`: {nested.none_of(table.at, table.where)}"
            raise InputError(message, path=name, hint="name another file, or another mapping")
        return Records(name, found, {}, lambda _: {})
    if (rows := nested.dataset(document if kind == "jsonl" else [document])) is not None:
        return Records(name, rows, {}, lambda _: {})
    if isinstance(document, list):
        document = {asked.several: document}
    key = one if kind == "toml" else asked.several
    listed = document.get(key) if isinstance(document, dict) else None
    if not (isinstance(listed, list) and all(isinstance(record, dict) for record in listed)):
        hint += "; of another document say what it is, such as --mapping fhir"
        raise InputError(f"`{name}` holds no list of {asked.several}", path=name, hint=hint)
    for other in document:
        if other not in {key, *asked.also}:
            unknown = unknown_option("key", other, [key, *asked.also])
            raise InputError(f"`{name}`: {unknown}", path=name, hint=unknown.hint)
    return Records(name, listed, {word: value for word, value in document.items() if word != key}, lambda _: {})


_OF_BULK = {"parquet": "parquet", "pq": "parquet", "xpt": "xpt"}
"""The suffixes of files that the commands of many rows read, and what these are."""


def _of_bulk(asked: Wanted, kind: str) -> Records:
    """The rows of a file that is no text; of those that are too many for one person, no more than tells so."""
    from ketref.extras import needing
    from ketref.person.records import MOST_RECORDS

    with needing("bulk"):
        from ketref.bulk.files.reading import opened_file
    batch = next(opened_file(asked.name, kind).batches(MOST_RECORDS + 1))
    return Records(asked.name, batch.rows.to_pylist(), {}, lambda _: {})


def _decoded(found: bytes, asked: Wanted, hint: str) -> str:
    known = csv_text.checked_encoding(asked.encoding)
    encoding = "utf-8-sig" if known == "utf-8" else known
    try:
        return found.decode(encoding)
    except UnicodeDecodeError as error:
        hint = f"say which encoding it has, such as --encoding cp1252; {hint}"
        message = f"`{asked.name}` is not {asked.encoding.upper()}: byte {error.start}"
        raise InputError(message, path=asked.name, hint=hint) from None


def _in_our_words(found: Records, asked: Wanted) -> Records:
    """The records with our names and words, and what was done."""
    names = list(dict.fromkeys(str(key) for row in found.rows for key in row))
    said = evolve(asked.said, constants=constants_of(asked.said, asked.what))
    fit = fitted(asked.table, said, asked.several, names, asked.known)
    if said.decimal is None:
        _refuse_unclear(found, fit, names)
    found = evolve(found, named=tuple(names), table=asked.table)
    if fit is None:
        return found
    rows, kept, left = fit_rows(fit, found.rows, names)
    notes = [f"`{found.name}`: {fit.told}"] if fit.told else []
    notes += [left_out(asked.several, count, why) for why, count in left.items()]

    def lines(wanted: Collection[int]) -> Mapping[int, int]:
        of = {kept[row]: row for row in wanted if row < len(kept)}
        return {of[number]: line for number, line in found.lines(list(of)).items()}

    return evolve(found, rows=rows, lines=lines, notes=tuple(notes))


def _refuse_unclear(found: Records, fit: Fitted | None, names: Sequence[str]) -> None:
    """Refuse columns of numbers in which a point may part thousands."""
    for name in fit.numbers(names) if fit else NUMBERS:
        refuse_unclear(name, (row.get(name) for row in found.rows))


def _kind(text: str) -> str:
    """What a text without a name looks like: TOML has `key =` or `[[` first, JSON one of its brackets."""
    if _TOML.match(text):
        return "toml"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line[0] == "{" and line[-1] == "}" for line in lines):
        return "jsonl"
    return "json" if text.lstrip()[:1] in {"[", "{"} else "csv"


def _toml(text: str, name: str, hint: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{name}` is not valid TOML: {error}"[:300], path=name, hint=hint) from None


def _rows(content: bytes, asked: Wanted, hint: str) -> Records:
    """The rows of a CSV file by the words of its header, without empty ones, and the line of each."""
    try:
        known = (*asked.known, *asked.table.theirs, *asked.said.rename.values())
        text = csv_text.opened(content, known, asked.skip, asked.sign)
        names = text.names[: text.width]
        twice = sorted({name for name in names if name in asked.known and names.count(name) > 1})
        if twice:
            message = f"`{asked.name}`: the column `{twice[0]}` is there twice"
            raise InputError(message, path=asked.name, hint="name each once")
        rows = [dict(zip(names, map(str.strip, text.fitting(row)), strict=True)) for row in text.rows()]
    except csv_text.CsvError as error:
        raise InputError(f"`{asked.name}`: {error}", path=asked.name, hint=error.hint or hint) from None
    return Records(asked.name, rows, {}, text.lines)
