"""How is each of our columns made of those that a table has, and what does a value of theirs say in our words?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from ketref.errors import UsageError, quoted, unknown_option
from ketref.model.axes import BESIDES, UNITS
from ketref.model.mappings import UNITS_OF_TIME, Column, LeftOut, Table
from ketref.model.units import SECONDS

NUMBERS = (*UNITS, *BESIDES, "value", "lod", "loq", "since", "interval", "ii", "duration")
"""The columns of numbers, in which a comma or a point may be a decimal one."""
_OF_CUTOFF = ("value", "lod", "loq")  # which are in the unit of the cutoff
DECIMALS = ("point", "comma")
_COMMA = re.compile(r"(?<=\d),(?=\d)", re.ASCII)
_POINT = re.compile(r"(?<=\d)\.(?=\d)", re.ASCII)
_THOUSANDS = {mark: re.compile(rf"(?<=\d)[{mark}](?=\d{{3}}(?!\d))", re.ASCII) for mark in ",."}
GROUPED = r"\d\.\d{3}(\D|$)"
"""Numbers with a point that may part thousands."""


@frozen(kw_only=True)
class Said:
    """What is said of all tables of a run besides a mapping.

    `rename` has their name for ours, `units` the unit of a column, `constants` what a column holds in each row that
    does not say it. `null` are words that say nothing, `decimal` is one of `DECIMALS`, and `zero` the moment from
    which times are counted.
    """

    rename: Mapping[str, str] = field(factory=dict)
    units: Mapping[str, str] = field(factory=dict)
    constants: Mapping[str, str] = field(factory=dict)
    null: tuple[str, ...] = ()
    decimal: str | None = None
    zero: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.decimal not in {None, *DECIMALS}:
            raise unknown_option("decimal mark", self.decimal, DECIMALS)


NOTHING = Said()


CONSTANTS = {"doses": ("substance", "route"), "samples": ("matrix",), "questions": ("substance", "route", "matrix")}
"""What may be said of all rows of a table at once."""


def constants_of(said: Said, what: str) -> Mapping[str, str]:
    """What is said of all rows of a kind of table."""
    return {name: word for name, word in said.constants.items() if name in CONSTANTS[what]}


@frozen(eq=False)
class Source:
    """One of the columns of a table, by its place, that says something; `say` turns a text into what we read."""

    at: int
    over: int | None
    say: Callable[[str | None, str | None], str | None]


@frozen(eq=False)
class Made:
    """One of our columns: the values of its `sources`, the first that says something; then what no word means.

    It is `plain` where it is a column of the table as it stands, under another name or not.
    """

    name: str
    sources: tuple[Source, ...]
    unsaid: str | None = None
    plain: bool = False


@frozen(eq=False)
class Fitted:
    """How a table with some columns becomes ours: what is `made`, which rows are left out, and what is to be `told`."""

    made: tuple[Made, ...]
    left_out: tuple[tuple[int, frozenset[str], LeftOut], ...]
    told: str

    @property
    def read(self) -> frozenset[int]:
        """The places of the columns that ours are made of, which give way to these."""
        of = {place for one in self.made for source in one.sources for place in (source.at, source.over)}
        return frozenset(place for place in (*of, *(at for at, _, _ in self.left_out)) if place is not None)

    def numbers(self, names: Sequence[str]) -> Mapping[str, str]:
        """Our names of the columns of numbers by those that the table has for them."""
        made = {names[source.at]: one.name for one in self.made for source in one.sources if one.name in NUMBERS}
        return {**{name: name for at, name in enumerate(names) if name in NUMBERS and at not in self.read}, **made}

    def columns(self, width: int) -> list[int | Made]:
        """The columns in their order: what is kept of so many, by its place, and ours where the first of theirs was."""
        first: dict[int, list[Made]] = {}
        for one in self.made:
            first.setdefault(one.sources[0].at if one.sources else width, []).append(one)
        found: list[int | Made] = []
        for at in range(width + 1):
            found += first.get(at, ())
            if at < width and at not in self.read:
                found.append(at)
        return found


def fitted(table: Table, said: Said, what: str, names: Sequence[str], known: Collection[str]) -> Fitted | None:
    """How a table of some kind, with columns of these names, becomes one of ours; None where nothing is to be done.

    `known` are the names of our columns. Raises UsageError where that cannot be.
    """
    for theirs, why in table.refused.items():
        if _place(names, [theirs]) is not None:
            hint = "turn such files into columns that the mapping knows, or name these with --rename"
            raise UsageError(f"the {what} have a column `{theirs}`: {why}", value=theirs, hint=hint)
    entries = [*_renamed(said.rename, names, known), *table.column]
    renamed = {entry.name for entry in entries[: len(said.rename)]}
    entries = [entry for at, entry in enumerate(entries) if at < len(renamed) or entry.name not in renamed]
    grouped: dict[str, list[Column]] = {}
    for entry in entries:
        grouped.setdefault(entry.name, []).append(entry)
    made = [found for name, group in grouped.items() if (found := _made(name, group, said, names))]
    there = {one.name for one in made}
    plain = [name for name in names if name in known and name not in there and names.count(name) == 1]
    again = [
        _made(name, [Column(name=name, theirs=(name,))], said, names)
        for name in plain
        if said.null or name in said.units or name in said.constants or (said.decimal and name in NUMBERS)
    ]
    made += [one for one in again if one is not None]
    made += _of_all(said, {*there, *plain}, known)
    made += _units(said, made, plain, known)
    left = tuple(
        (at, frozenset(map(_fold, one.words)), one)
        for one in table.left_out
        if (at := _place(names, [one.theirs])) is not None
    )
    if not (made or left):
        return None
    fit = Fitted(tuple(made), left, _told(made, left, names))
    for at, name in enumerate(names):
        if at not in fit.read and any(one.name == name for one in made):
            hint = "rename that column, or leave it out of the mapping"
            raise UsageError(f"the {what} have a column `{name}`, and the mapping makes another", value=name, hint=hint)
    return fit


def _renamed(rename: Mapping[str, str], names: Sequence[str], known: Collection[str]) -> Iterator[Column]:
    for name, theirs in rename.items():
        if name not in known:
            continue  # of another table
        if theirs in names:
            yield Column(name=name, theirs=(theirs,))


def refuse_unknown(said: Said, tables: Mapping[str, tuple[Sequence[str], Collection[str]]]) -> None:
    """Refuse names that none of the tables, by what each has and reads, can have. Raises UsageError."""
    known = sorted({name for _, reads in tables.values() for name in reads})
    for name, theirs in said.rename.items():
        if name not in known:
            raise unknown_option("column", name, known)
        if not any(theirs in names for names, reads in tables.values() if name in reads):
            found = sorted({column for names, _ in tables.values() for column in names})
            error = unknown_option("column", theirs, found)
            error.args = (f"`{theirs}`, which is to be `{name}`, is no column of the file",)
            raise error
    for name in said.units:
        if name not in known or name not in NUMBERS:
            raise unknown_option("column of numbers", name, [column for column in known if column in NUMBERS])


def _made(name: str, group: Iterable[Column], said: Said, names: Sequence[str]) -> Made | None:
    group = list(group)
    found = [(at, entry) for entry in group if (at := _place(names, entry.theirs)) is not None]
    always = next((entry.unsaid for entry in group if not entry.theirs), None)
    if not found:
        return None if always is None else Made(name, (), always)
    unsaid = next((entry.unsaid for _, entry in found if entry.unsaid is not None), said.constants.get(name, always))
    sources = []
    for at, entry in found:
        over = None if entry.over is None else _place(names, [entry.over])
        if entry.over is None or over is not None:
            sources.append(Source(at, over, _saying(entry, said)))
    if not sources:
        return None
    plain = len(sources) == 1 and unsaid is None and not _changes(found[0][1], said)
    return Made(name, tuple(sources), unsaid, plain)


def _changes(entry: Column, said: Said) -> bool:
    """Whether values are not read as they stand."""
    own = entry.words or entry.listed or entry.missing or entry.counts or entry.over
    written = _suffix(entry, said) or (said.decimal and entry.name in NUMBERS)
    return bool(own or said.null or written)


def _of_all(said: Said, there: Collection[str], known: Collection[str]) -> Iterator[Made]:
    """The columns that hold one word in every row."""
    for name, word in said.constants.items():
        if name in known and name not in there:
            yield Made(name, (), word)


def _units(said: Said, made: Sequence[Made], plain: Collection[str], known: Collection[str]) -> Iterator[Made]:
    """The columns of units of those numbers that have one."""
    there = {one.name for one in made} | set(plain)
    for name, unit in said.units.items():
        beside = f"{name}_unit"
        if name in there and beside in known:
            if beside in there:
                message = f"the unit of `{name}` is in a column already"
                raise UsageError(message, value=unit, hint=f"leave out --unit {name}=...")
            yield Made(beside, (), unit)


def _place(names: Sequence[str], theirs: Iterable[str]) -> int | None:
    """Where the first of some columns stands that a table has, by its name in any case."""
    folded = [name.casefold() for name in names]
    for name in theirs:
        if name in names:
            return list(names).index(name)
        if name.casefold() in folded:
            return folded.index(name.casefold())
    return None


def _told(made: Sequence[Made], left: Sequence[tuple[int, frozenset[str], LeftOut]], names: Sequence[str]) -> str:
    """What is made of what, in words."""
    parts = []
    for one in made:
        of = " or ".join(dict.fromkeys(names[source.at] for source in one.sources))
        if one.sources and of != one.name:
            parts.append(f"{one.name} is {of}")
        elif not one.sources:
            parts.append(f"{one.name} is `{one.unsaid}`")
    if left:
        parts.append(f"rows are left out by {' and '.join(dict.fromkeys(names[at] for at, _, _ in left))}")
    return ", ".join(parts)


# ---------------------------------------------------------------- values


def _saying(entry: Column, said: Said) -> Callable[[str | None, str | None], str | None]:
    missing = frozenset(map(_fold, (*entry.missing, *said.null)))
    words = {_fold(theirs): ours for theirs, ours in entry.words.items()}
    suffix = _suffix(entry, said)
    number = entry.name in NUMBERS
    begin = entry.from_ or said.zero if entry.counts else None
    zero = None if begin is None else _moment(begin)

    def say(text: str | None, over: str | None) -> str | None:
        key = "" if text is None else _fold(text)
        if text is None or not key or key in missing:
            return None
        if key in words:
            return words[key]
        if entry.listed:
            return None
        if number and said.decimal:
            text = as_written(text, said.decimal)
        if entry.counts is not None:
            text = _counted(text, entry.counts, zero)
        if entry.over is not None:
            return _quotient(text, over, entry.unit or "h")
        return f"{text} {suffix}" if suffix and text.strip()[-1:].isdigit() else text

    return say


def _suffix(entry: Column, said: Said) -> str | None:
    """The unit that is put after numbers which have no column of units."""
    beside = entry.name in UNITS and entry.name not in _OF_CUTOFF
    return None if beside else said.units.get(entry.name, entry.unit)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def as_written(text: str, decimal: str) -> str:
    """A number with a point where its decimals begin, and nothing between thousands."""
    if decimal == "point":
        return _THOUSANDS[","].sub("", text)
    found = _THOUSANDS["."].sub("", text)
    if _POINT.search(found):
        return f"{text} (with a point, where decimals follow a comma)"
    return _COMMA.sub(".", found)


def unclear(name: str, comma: str, point: str) -> UsageError:
    """The error for a column of numbers some of which have a comma, and others a point that may part thousands."""
    message = f"the column `{name}` holds `{quoted(comma)}` and `{quoted(point)}`: is the point a decimal one?"
    hint = "say which sign begins the decimals: --decimal comma, or --decimal point"
    return UsageError(message, value=point, hint=hint, column=name)


def refuse_unclear(name: str, values: Iterable[object]) -> None:
    """Refuse a column of numbers in which a point may part thousands. Raises UsageError."""
    texts = [value for value in values if isinstance(value, str)]
    comma = next((text for text in texts if _COMMA.search(text)), None)
    point = None if comma is None else next((text for text in texts if re.search(GROUPED, text, re.ASCII)), None)
    if comma is not None and point is not None:
        raise unclear(name, comma, point)


def _number(text: str | None) -> Fraction | None:
    try:
        return None if text is None else Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        return None


def _quotient(text: str, over: str | None, unit: str) -> str | None:
    """How many units of time a number takes at the rate of another, in seconds; None where that is not more than 0."""
    amount, rate = _number(text), _number(over)
    if amount is None or rate is None or rate <= 0:
        return None
    return f"{round(amount / rate * SECONDS[unit])} s"


def _counted(text: str, unit: str, zero: datetime | None) -> str:
    """A number of units of time as a moment; what is no number stays as it is."""
    count = _number(text)
    if count is None:
        return text
    if zero is None:
        hint = "say from which moment: --time-zero 2026-03-01T08:00Z"
        raise UsageError(f"times such as `{quoted(text)}` are counted in {unit}, and from when is not said", hint=hint)
    try:
        return (zero + timedelta(microseconds=round(count * UNITS_OF_TIME[unit]))).isoformat()
    except OverflowError:
        return text


def _moment(text: str) -> datetime:
    """The moment from which times are counted. Raises UsageError where it is none to the minute."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or len(text.strip()) <= len("2026-03-01"):
        hint = "such as 2026-03-01T08:00Z or 2026-03-01T08:00"
        raise UsageError(f"`{quoted(text)}` is not a moment from which times are counted", value=text, hint=hint)
    return found.astimezone(UTC) if found.tzinfo is not None else found


# ---------------------------------------------------------------- rows


def text_of(value: Any) -> str | None:
    """A value as text, None where it is none: a whole number has no point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return None if value != value else repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def fit_rows(
    fit: Fitted, rows: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[list[dict[str, Any]], list[int], Mapping[str, int]]:
    """Rows as ours, the number of each, from 0, and how many were left out, by why."""
    found, kept, left = [], [], Counter[str]()
    for number, row in enumerate(rows):
        values = [row.get(name) for name in names]
        why = next((one for at, words, one in fit.left_out if _fold(text_of(values[at]) or "") in words), None)
        if why is not None:
            left[why.says] += 1
            continue
        found.append(dict(_said(fit, values, names)))
        kept.append(number)
    return found, kept, left


def _said(fit: Fitted, values: Sequence[Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for column in fit.columns(len(names)):
        if isinstance(column, int):
            yield names[column], values[column]
        elif column.plain:
            yield column.name, values[column.sources[0].at]
        else:
            said = (
                source.say(text_of(values[source.at]), None if source.over is None else text_of(values[source.over]))
                for source in column.sources
            )
            yield column.name, next((word for word in said if word is not None), column.unsaid)


def left_out(what: str, count: int, why: str) -> str:
    """That so many rows of a kind of table were left out, in a sentence."""
    return f"{count} row{'s' * (count != 1)} of the {what} {'were' if count != 1 else 'was'} left out: {why}"
