"""What is told beside the answers to many rows: which were left out, and which columns were not read?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ketref.book.loading import Book
from ketref.errors import Note, UsageError
from ketref.model.axes import OF_SPECIMEN
from ketref.model.times import CLOCKS_MATTER
from ketref.model.vocabulary import fold
from ketref.person.records import MOST_TOLD, hinting

Notes = Callable[[str], object]
_MOST = 5  # oddities that are told
_LOOKED_AT = 100  # rows that are asked what is odd about them


def warned(text: str) -> None:
    """Tell it as a warning."""
    warnings.warn(text, Note, stacklevel=2)


def left_out(what: str, why: Mapping[str, int]) -> Iterable[str]:
    """How many rows of a table were left out, and why; the most frequent reasons first."""
    if not why:
        return []
    total = sum(why.values())
    often = sorted(why.items(), key=lambda reason: -reason[1])
    told = [f"{count} {reason}" for reason, count in often[:MOST_TOLD]]
    if rest := sum(count for _, count in often[MOST_TOLD:]):
        told.append(f"and {len(often) - MOST_TOLD} more ({rest} {'row' if rest == 1 else 'rows'})")
    return [f"{total} {'row' if total == 1 else 'rows'} of the {what} {_were(total)} left out: {', '.join(told)}"]


def endless(what: str, rows: int) -> Iterable[str]:
    """How many rows of a table say an end that stands for none."""
    if rows:
        told = f"{rows} {'row' if rows == 1 else 'rows'} of the {what} {_were(rows)} taken as without a known end"
        yield f"{told}: it lies before the start or in the year 9999, or is the day of the start"


def running(what: str, rows: Any) -> Iterable[str]:
    """How many rows are still running."""
    if len(rows):
        told = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} of the {what} {'is' if len(rows) == 1 else 'are'}"
        yield f"{told} still running, by the `status`: no end is known, and nothing is over, such as row {rows[0]}"


def clocks(what: str, rows: Any) -> Iterable[str]:
    """Of how many rows an hour, by which the clocks may have been changed, would change the answer."""
    if len(rows):
        told = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} of the {what}: " + CLOCKS_MATTER.format("the answer")
        yield f"{told}; such as row {rows[0]}"


def rounded(what: str, rows: Any) -> Iterable[str]:
    """How many rows stand for many doses, with an end that was taken as the time of the last of them."""
    if len(rows):
        go = "row of the {} goes" if len(rows) == 1 else "rows of the {} go"
        told = f"{len(rows)} {go.format(what)} on to the dose that was nearly due at the `end`"
        yield f"{told}, as less than a quarter of an interval was left, such as row {rows[0]}"


def implausible(what: str, rows: Any, said: Callable[[int], Sequence[str]]) -> Iterable[str]:
    """How many rows of a table lie far outside what the book speaks of, and what is `said` of the first of them."""
    found: dict[str, int] = {}
    for row in rows[:_LOOKED_AT].tolist():
        for sentence in said(row):
            found.setdefault(sentence, row)
    if found:
        told = "; ".join(f"row {row}: {sentence}" for sentence, row in list(found.items())[:_MOST])
        lie = "1 row of the {} lies" if len(rows) == 1 else f"{len(rows)} rows of the {{}} lie"
        yield f"{lie.format(what)} far outside what is known here, such as {told}"


def refuse_segments(what: str, others: Iterable[str]) -> None:
    """Refuse a table of tests that says which segments were tested: as those of whole specimens they would be wrong."""
    for column in others:
        if fold(column) in {fold(name) for name in OF_SPECIMEN}:
            hint = (
                f"leave out these {what} and ask `detect`, `history` or `infer` of them, which read it; or the column"
            )
            raise UsageError(f"the column `{column}` of the {what} is not read", value=column, hint=hint)


def unread(book: Book, what: str, others: Iterable[str]) -> Iterable[str]:
    """Which columns that are not read have a name that seems to matter."""
    found = [name for name in others if hinting(book, name)]
    if not found:
        return []
    names = ", ".join(f"`{name}`" for name in found)
    columns, theirs = ("column", "its name seems") if len(found) == 1 else ("columns", "their names seem")
    return [f"the {columns} {names} of the {what} {_were(len(found))} not read, though {theirs} to matter"]


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
