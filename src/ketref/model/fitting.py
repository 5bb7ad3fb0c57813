"""How is each of our columns made of those that a table has, and which of its rows are none?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ketref.errors import UsageError, quoted, unknown_option
from ketref.model import mappings
from ketref.model.mappings import Column, LeftOut, Table
from ketref.model.theirs import NUMBERS, Said, folded, saying, suffix_of, text_of


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
    """How a table with some columns becomes ours: what is `made`, which rows are left out, and what is to be `told`.

    `unread` are the places of columns that are told of as such.
    """

    made: tuple[Made, ...]
    left_out: tuple[tuple[int, frozenset[str], LeftOut], ...]
    told: str
    unread: tuple[int, ...] = ()

    @property
    def read(self) -> frozenset[int]:
        """The places of the columns that ours are made of, which give way to these, and of those that are `unread`."""
        of = {place for one in self.made for source in one.sources for place in (source.at, source.over)}
        left = (at for at, _, _ in self.left_out)
        return frozenset(place for place in (*of, *left, *self.unread) if place is not None)

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


def fitted(
    table: Table,
    said: Said,
    what: str,
    names: Sequence[str],
    known: Collection[str],
    as_text: Collection[str] = (),
) -> Fitted | None:
    """How a table of some kind, with columns of these names, becomes one of ours; None where nothing is to be done.

    `known` are the names of our columns; some are made `as_text`, whatever the table holds.
    Raises UsageError where that cannot be.
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
    made = [one for one in made if not (one.plain and names[one.sources[0].at] == one.name)]  # which are ours already
    there = {one.name for one in made}
    plain = [name for name in names if name in known and name not in there and names.count(name) == 1]
    again = [
        _made(name, [Column(name=name, theirs=(name,))], said, names)
        for name in plain
        if said.null
        or name in as_text
        or name in said.units
        or name in said.constants
        or (said.decimal and name in NUMBERS)
    ]
    made += [one for one in again if one is not None]
    made = [evolve(one, plain=False) if one.name in as_text else one for one in made]
    made += _of_all(said, {*there, *plain}, known)
    made += _units(said, made, plain, known)
    left = tuple(
        (at, frozenset(map(folded, one.words)), one)
        for one in table.left_out
        if (at := _place(names, [one.theirs])) is not None
    )
    if not (made or left):
        return None
    places = ((_place(names, [theirs]), why) for theirs, why in table.unread.items())
    unread = {at: f"{names[at]} is not read: {why}" for at, why in places if at is not None}
    told = "; ".join(filter(None, [_told(made, left, names, as_text), *unread.values()]))
    fit = Fitted(tuple(made), left, told, tuple(unread))
    for at, name in enumerate(names):
        if at not in fit.read and any(one.name == name for one in made):
            hint = "rename that column, or leave it out of the mapping"
            raise UsageError(f"the {what} have a column `{name}`, and the mapping makes another", value=name, hint=hint)
    return fit


def add_likely(error: UsageError, table: Table, names: Sequence[str]) -> None:
    """Add to an error about a column that is missing the names of columns that are there and perhaps mean it."""
    found = [
        names[at]
        for entry in table.column
        if entry.name == error.column and entry.name not in names
        for name in entry.perhaps
        if (at := _place(names, [name])) is not None
    ]
    if found:
        flags = " or ".join(f"--rename {error.column}={quoted(name)}" for name in found)
        say = f"if {'one of these columns' if len(found) > 1 else f'the column `{quoted(found[0])}`'} says it: {flags}"
        error.hint = "; ".join(filter(None, [say, error.hint]))


def _renamed(rename: Mapping[str, str], names: Sequence[str], known: Collection[str]) -> Iterator[Column]:
    for name, theirs in rename.items():
        if name not in known:
            continue  # of another table
        if theirs in names:
            yield Column(name=name, theirs=(theirs,))


def refuse_silent(mapping: mappings.Mapping, tables: Iterable[str]) -> None:
    """Refuse a mapping that says nothing of any of the tables. Raises UsageError."""
    wanted = list(tables)
    if mapping.says and not any(mapping.table(what).column for what in wanted):
        told = [what for what in mappings.TABLES if mapping.table(what).column]
        message = f"the mapping says nothing of {' or '.join(wanted)}"
        raise UsageError(message, value=mapping.says, hint=f"it is of {' and '.join(told) or 'nothing'}")


def refuse_unknown(said: Said, tables: Mapping[str, tuple[Sequence[str], Collection[str]]]) -> None:
    """Refuse names that none of the tables, by what each has and reads, can have. Raises UsageError."""
    known = sorted({name for _, reads in tables.values() for name in reads})
    for name, theirs in said.rename.items():
        if name not in known:
            raise unknown_option("column", name, known)
        if not any(theirs in names for names, reads in tables.values() if name in reads):
            found = sorted({column for names, _ in tables.values() for column in names})
            error = unknown_option("column", theirs, found)
            error.args = (f"`{theirs}`, which is to be `{name}`, is not a column of the file",)
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
        over = _place(names, entry.beside)
        if entry.over is None or over is not None:
            sources.append(Source(at, over, saying(entry, said)))
    if not sources:
        return None
    plain = len(sources) == 1 and unsaid is None and not _changes(found[0][1], said)
    return Made(name, tuple(sources), unsaid, plain)


def _changes(entry: Column, said: Said) -> bool:
    """Whether values are not read as they stand."""
    own = entry.words or entry.listed or entry.missing or entry.counts or entry.beside or entry.among
    written = suffix_of(entry, said) or (said.decimal and entry.name in NUMBERS)
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


def _told(
    made: Sequence[Made],
    left: Sequence[tuple[int, frozenset[str], LeftOut]],
    names: Sequence[str],
    as_text: Collection[str],
) -> str:
    """What is made of what, in words."""
    parts = []
    for one in made:
        of = " or ".join(dict.fromkeys(names[source.at] for source in one.sources))
        if one.sources and of != one.name:
            parts.append(f"{one.name} is {of}")
        elif not one.sources:
            parts.append(f"{one.name} is `{one.unsaid}`")
        if one.name in as_text:
            parts.append(f"{one.name} is read as text")
    if left:
        parts.append(f"rows are left out by {' and '.join(dict.fromkeys(names[at] for at, _, _ in left))}")
    return ", ".join(parts)


# ---------------------------------------------------------------- rows


def fit_rows(
    fit: Fitted, rows: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[list[dict[str, Any]], list[int], Mapping[str, int]]:
    """Rows as ours, the number of each, from 0, and how many were left out, by why."""
    found, kept, left = [], [], Counter[str]()
    for number, row in enumerate(rows):
        values = [row.get(name) for name in names]
        why = next(
            (one for at, words, one in fit.left_out if one.leaves(folded(text_of(values[at]) or ""), words)), None
        )
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
