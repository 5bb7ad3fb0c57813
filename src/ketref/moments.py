"""At which microsecond does each row of a table of doses or samples stand, and how long did an administration take?"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from ketref.coding import BAD, NONE, Array, extremes
from ketref.elapsing import Durations, MomentReader
from ketref.frames import Column
from ketref.times import SECOND
from ketref.units import LONGEST

FARTHEST = 4 * 10**12  # seconds from 1970: what a course adds to it in microseconds is still less than `course.OPEN`


@frozen(eq=False)
class Times:
    """The moments of rows, in microseconds since 1970: each lies between `low` and `high`; where `fine`.

    `naive` tells the local ones from those in UTC. Where `high` is None, all are exact. Arrays may hold one for all.
    """

    low: Array
    high: Array | None
    fine: Array
    naive: Array
    null: Array

    @property
    def last(self) -> Array:
        """The latest that each may be."""
        return self.low if self.high is None else self.high


class TimeReader:
    """A column of moments, and that of the latest that each may be, where there is one."""

    def __init__(self, first: Column, latest: Column | None) -> None:
        self._first = MomentReader(first)
        self._latest = None if latest is None else MomentReader(latest)

    def whole(self) -> Times | None:
        """The moments of all rows as they lie there, None where they have to be read block by block."""
        if self._latest is None and self._first.microseconds:
            return _exact(self._first, 0, self._first.rows)
        return None

    def read(self, start: int, stop: int) -> Times:
        """The moments of the rows."""
        first = _times(self._first, start, stop)
        if self._latest is None:
            return first
        latest = _times(self._latest, start, stop)
        ordered = (latest.last >= first.last) | (latest.last >= first.low)
        fine = first.fine & (latest.null | (latest.fine & ordered & (latest.naive == first.naive)))
        high = np.where(latest.null, first.last, np.maximum(first.last, latest.last))
        return Times(first.low, high, fine, first.naive, first.null)


def _times(reader: MomentReader, start: int, stop: int) -> Times:
    exact = _exact(reader, start, stop)
    if exact is not None:
        return exact
    found = reader.read(start, stop)
    fine = found.fine & (np.abs(found.low) <= FARTHEST) & (np.abs(found.high) <= FARTHEST)
    low = np.where(fine, found.low, 0) * SECOND + found.low_ns // 1000
    high = None
    if found.high is not found.low or found.high_ns is not found.low_ns:
        high = np.where(fine, found.high, 0) * SECOND + found.high_ns // 1000
        if np.array_equal(high, low):
            high = None
    return Times(low, high, fine, found.naive, found.null)


def _exact(reader: MomentReader, start: int, stop: int) -> Times | None:
    """Timestamps that are all fine, with as few steps as can be; None where there is more to be seen to."""
    found = reader.ticks(start, stop)
    if found is None or not len(found[0]):
        return None
    ticked, each, naive = found
    least, most = extremes(ticked)
    if max(-least, most) > FARTHEST * each:
        return None
    if each != SECOND:
        ticked = ticked // (each // SECOND) if each > SECOND else ticked * (SECOND // each)
    return Times(ticked, None, np.ones(1, bool), np.full(1, naive), np.zeros(1, bool))


class Lasted:
    """How long each administration took: said as such, or by when it ended."""

    def __init__(self, said: Column | None, end: Column | None, start: TimeReader) -> None:
        self._said = None if said is None else Durations(said)
        self._end = None if end is None else TimeReader(end, None)
        self._start = start

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """As `Durations.read`."""
        said = np.full(1, NONE) if self._said is None else self._said.read(start, stop)[0]
        if said.max(initial=0) > LONGEST:
            said = np.where(said > LONGEST, BAD, said)
        if self._end is not None:
            begun, end = self._start.read(start, stop), self._end.read(start, stop)
            exact = (begun.last == begun.low) & (end.last == end.low) & begun.fine & end.fine
            seconds = (end.low - begun.low) // SECOND
            fine = exact & (begun.naive == end.naive) & (seconds >= 0) & (seconds <= LONGEST)
            ended = np.where(end.null, NONE, np.where(fine, seconds, BAD))
            said = np.where(ended == NONE, said, np.where(said == NONE, ended, BAD))
        return said, said
