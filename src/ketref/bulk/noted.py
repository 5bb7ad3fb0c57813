"""What is told beside the answers to many rows: which were left out, and which columns were not read?

Tables may come in parts: what is told of one kind is told once, of all parts together, and names rows by their numbers
in the whole table.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from ketref.book.loading import Book
from ketref.bulk.numbering import Numbering
from ketref.errors import Note
from ketref.model.times import CLOCKS_MATTER
from ketref.person.records import MOST_TOLD, hinting

Notes = Callable[[str], object]
_MOST = 5  # oddities that are told
_LOOKED_AT = 100  # rows that are asked what is odd about them


def warned(text: str) -> None:
    """Tell it as a warning."""
    warnings.warn(text, Note, stacklevel=2)


@define(eq=False)
class _Counted:
    """How many rows are alike in something, and the number of the first of them."""

    count: int = 0
    first: int = 0


@define(eq=False)
class _Odd:
    """How many rows are odd, and what is said of some of them, with the number of the first that it is said of."""

    count: int = 0
    said: dict[str, int] = field(factory=dict)


@define(eq=False)
class Told:
    """What is to be told of some tables, gathered over their parts."""

    _said: dict[str, str] = field(factory=dict)
    _counted: dict[tuple[str, str], _Counted] = field(factory=dict)
    _odd: dict[str, _Odd] = field(factory=dict)
    _left: dict[str, dict[str, int]] = field(factory=dict)

    # ------------------------------------------------------------ gathering

    def say(self, text: str) -> None:
        """Tell something that may be said of several parts in other numbers; the first of these is told."""
        self._said.setdefault(re.sub(r"[0-9]+", "0", text), text)

    def products(self, texts: Iterable[str]) -> None:
        """Products are read by the route that they bring, as some sentences say."""
        self._said.update((text, text) for text in texts)

    def leave_out(self, what: str, why: Mapping[str, int]) -> None:
        """Rows of a table were left out; how many for each reason."""
        known = self._left.setdefault(what, {})
        for reason, count in why.items():
            known[reason] = known.get(reason, 0) + count

    def endless(self, what: str, rows: int) -> None:
        """So many rows of a table say an end that stands for none."""
        self._count(_ENDLESS, what, rows, 0)

    def running(self, what: str, rows: Any, number: Numbering) -> None:
        """Rows of a table are still running."""
        self._count_rows(_RUNNING, what, rows, number)

    def rounded(self, what: str, rows: Any, number: Numbering) -> None:
        """Rows of a table stand for many doses, with an end that was taken as the time of the last of them."""
        self._count_rows(_ROUNDED, what, rows, number)

    def unrouted(self, what: str, rows: Any, number: Numbering) -> None:
        """Rows of a table say no route, and get no phase."""
        self._count_rows(_UNROUTED, what, rows, number)

    def clocks(self, what: str, rows: Any, number: Numbering) -> None:
        """An hour, by which the clocks may have been changed, would change the answer to rows of a table."""
        self._count_rows(_CLOCKS, what, rows, number)

    def implausible(self, what: str, rows: Any, said: Callable[[int], Sequence[str]], number: Numbering) -> None:
        """Rows of a table lie far outside what the book speaks of, as is `said` of each."""
        odd = self._odd.setdefault(what, _Odd())
        odd.count += len(rows)
        numbers = number.of(rows)
        for at in numbers.argsort(kind="stable")[:_LOOKED_AT].tolist():
            first = int(numbers[at])
            if len(odd.said) >= _MOST and first > max(odd.said.values()):
                break
            for sentence in said(int(rows[at])):
                odd.said[sentence] = min(first, odd.said.get(sentence, first))
            odd.said = dict(sorted(odd.said.items(), key=lambda told: told[1])[:_MOST])

    def unread(self, book: Book, what: str, others: Iterable[str]) -> None:
        """Columns of a table are not read; those are told of that have a name that seems to matter."""
        found = [name for name in others if hinting(book, name)]
        if found:
            names = ", ".join(f"`{name}`" for name in found)
            columns, theirs = ("column", "its name seems") if len(found) == 1 else ("columns", "their names seem")
            self.say(f"the {columns} {names} of the {what} {_were(len(found))} not read, though {theirs} to matter")

    def _count_rows(self, kind: str, what: str, rows: Any, number: Numbering) -> None:
        if len(rows):
            self._count(kind, what, len(rows), int(number.of(rows).min()))

    def _count(self, kind: str, what: str, count: int, first: int) -> None:
        if count:
            counted = self._counted.setdefault((kind, what), _Counted(first=first))
            counted.count += count
            counted.first = min(counted.first, first)

    # ------------------------------------------------------------ telling

    def texts(self) -> Iterator[str]:
        """All of it, in a sentence each."""
        yield from self._said.values()
        for (kind, what), rows in self._counted.items():
            if kind != _CLOCKS:
                yield _counted(kind, what, rows)
        for what, odd in self._odd.items():
            if odd.said:
                told = "; ".join(f"row {row}: {sentence}" for sentence, row in list(odd.said.items())[:_MOST])
                lie = f"1 row of the {what} lies" if odd.count == 1 else f"{odd.count} rows of the {what} lie"
                yield f"{lie} far outside what is known here, such as {told}"
        for what, why in self._left.items():
            if why:
                yield _left_out(what, why)
        for (kind, what), rows in self._counted.items():
            if kind == _CLOCKS:
                yield _counted(kind, what, rows)


_ENDLESS, _RUNNING, _ROUNDED, _UNROUTED, _CLOCKS = "endless", "running", "rounded", "unrouted", "clocks"


def _counted(kind: str, what: str, rows: _Counted) -> str:
    one = rows.count == 1
    told = f"{rows.count} {'row' if one else 'rows'} of the {what}"
    if kind == _ENDLESS:
        why = "it lies before the start or in the year 9999, or is the day of the start"
        return f"{told} {_were(rows.count)} taken as without a known end: {why}"
    if kind == _RUNNING:
        told = f"{told} {'is' if one else 'are'} still running, by the `status`: no end is known, and nothing is over"
    elif kind == _ROUNDED:
        go = "goes" if one else "go"
        why = "as less than a quarter of an interval was left"
        told = f"{told} {go} on to the dose that was nearly due at the `end`, {why}"
    elif kind == _UNROUTED:
        told = f"{told} {'says' if one else 'say'} no `route`: without one no phase is known"
    else:
        return f"{told}: {CLOCKS_MATTER.format('the answer')}; such as row {rows.first}"
    return f"{told}, such as row {rows.first}"


def _left_out(what: str, why: Mapping[str, int]) -> str:
    """How many rows of a table were left out, and why; the most frequent reasons first."""
    total = sum(why.values())
    often = sorted(why.items(), key=lambda reason: -reason[1])
    told = [f"{count} {reason}" for reason, count in often[:MOST_TOLD]]
    if rest := sum(count for _, count in often[MOST_TOLD:]):
        told.append(f"and {len(often) - MOST_TOLD} more ({rest} {'row' if rest == 1 else 'rows'})")
    return f"{total} {'row' if total == 1 else 'rows'} of the {what} {_were(total)} left out: {', '.join(told)}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
