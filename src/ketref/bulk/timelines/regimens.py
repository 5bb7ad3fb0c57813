"""Which rows of doses stand for many doses, how far apart and how many?

The words are understood as in a history (`person.regimens`), each distinct one once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ketref.book.loading import Book
from ketref.bulk.columns.distinct import BAD, NONE, Array, Meanings
from ketref.bulk.columns.durations import NEVER
from ketref.bulk.columns.moments import TimeReader
from ketref.bulk.frames import Column
from ketref.engine.course import OPEN
from ketref.errors import UsageError
from ketref.model.times import SECOND, Notation
from ketref.person import regimens
from ketref.person.regimens import MOST_DOSES, SHORTEST, Ongoing

ALL_THE_TIME = -3  # instead of the microseconds between doses: one is given without a break
HOW_OFTEN, HOW_MANY = ("frequency", "interval", "ii"), ("count", "addl")


class Read(NamedTuple):
    """Of each row the microseconds between its doses (0: it is one dose) and how `many` there are (`OPEN`: no end).

    Whether the later ones were `perhaps` given, whether it goes on to the dose that was nearly due at its end
    (`rounded`); whether it is one that goes on `all_the_time`; and whether it is `refused`.
    """

    every: Array
    many: Array
    perhaps: Array
    rounded: Array
    all_the_time: Array
    refused: Array


class Regimens:
    """The columns of a table of doses that say how often and how many; there are some where it is true."""

    def __init__(
        self,
        book: Book,
        columns: Mapping[str, Column],
        end: Column | None,
        start: TimeReader,
        notation: Notation,
        ongoing: Ongoing | None,
    ) -> None:
        self._ongoing = ongoing
        self._start = start
        self._end = None if end is None else TimeReader(end, None, notation)
        self._often = [_meanings(columns[name], name, _apart(book)) for name in HOW_OFTEN if name in columns]
        self._many = [_meanings(columns[name], name, regimens.doses_said) for name in HOW_MANY if name in columns]

    def __bool__(self) -> bool:
        return bool(self._often or self._many)

    def stand_for_many(self, start: int, stop: int) -> Array:
        """Which rows stand for many doses."""
        return self._every(start, stop) > 0

    def read(self, start: int, stop: int) -> Read:
        """What each row says of how often and how many."""
        every, said = self._every(start, stop), _one_of(self._many, start, stop)
        all_the_time = every == ALL_THE_TIME
        every = np.where(all_the_time, 0, every)
        begun = self._start.read(start, stop)
        count = np.where(said == NONE, OPEN if self._ongoing else BAD, said)
        rounded = np.zeros(stop - start, bool)
        if self._end is not None:
            end = self._end.read(start, stop)
            known = ~end.null & (end.last >= begun.low) & (end.low < NEVER * SECOND)
            since, step = end.last - begun.low, np.maximum(every, 1)
            exact = (end.last == end.low) & (begun.last == begun.low)
            rounded |= known & exact & (said == NONE) & (every > 0) & regimens.is_nearly_due(since, step)
            by_end = since // step + 1 + rounded
            count = np.where(known, np.where(said == NONE, by_end, BAD), count)
        one = every == 0
        refused = (every == BAD) | (said == BAD)
        refused |= np.where(one, (said != NONE) & (said != 1), (count == BAD) | ((count > MOST_DOSES) & (count < OPEN)))
        refused |= ~one & (every < SHORTEST * SECOND)
        perhaps = ~one & (count == OPEN) & (self._ongoing == "unknown")
        every, count = np.where(one | refused, 0, every), np.where(one | refused, 1, count)
        return Read(every, count, perhaps, rounded, all_the_time, refused)

    def _every(self, start: int, stop: int) -> Array:
        found = _one_of(self._often, start, stop)
        return np.where(found == NONE, 0, found) + np.zeros(stop - start, np.int64)


def _one_of(said: list[Meanings], start: int, stop: int) -> Array:
    """What one of several columns says; `BAD` where two of them say something."""
    found = np.full(1, NONE)
    for meanings in said:
        other = meanings.rows(start, stop)[0]
        found = np.where(other == NONE, found, np.where(found == NONE, other, BAD))
    return found


def _meanings(column: Column, name: str, meaning: Callable[[Mapping[str, Any]], int | None]) -> Meanings:
    def number(value: Any) -> list[int]:
        try:
            found = meaning({name: value})
        except UsageError:
            return [BAD]
        return [NONE if found is None else found]

    return Meanings(column, number, [NONE])


def _apart(book: Book) -> Callable[[Mapping[str, Any]], int]:
    def apart(given: Mapping[str, Any]) -> int:
        if regimens.goes_on_all_the_time(book, given):
            return ALL_THE_TIME
        found = regimens.interval_said(book, given)
        return 0 if found is None else found.seconds * SECOND

    return apart
