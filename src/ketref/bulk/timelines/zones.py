"""On which clock do the moments of two tables stand: one with time zones, or one without?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from attrs import define, evolve, field

from ketref.answers.question import says_nothing
from ketref.book.loading import Book
from ketref.bulk.alike import READ_TOGETHER
from ketref.bulk.columns.distinct import Array
from ketref.bulk.columns.moments import DAY, NOW, TimeReader, here
from ketref.bulk.compiling import sealed
from ketref.bulk.frames import opened
from ketref.bulk.timelines.rows import Rows
from ketref.errors import UsageError
from ketref.model.times import AHEAD, BEHIND, SAY_TZ, SECOND, Notation


@define(eq=False)
class Clock:
    """The clock of all moments of some tables, which may come in parts.

    `zoneless` is whether it has no zone; None: it is that of the first part, which is the only one.
    """

    zoneless: bool | None = None
    _timed: dict[str, int] = field(factory=dict)  # how many rows of each table say a time
    _apart: dict[str, int] = field(factory=dict)  # how many of them are on another clock

    def put(self, tables: Sequence[Rows]) -> None:
        """Let all moments of a part compare; times of day that differ are refused.

        Days and now tell nothing of zones. Where there are zones, days without one are as wide as those of any place,
        else now is local.
        """
        known = [~(rows.untimed | rows.left) for rows in tables]
        if self.zoneless is None:
            self.zoneless = _zoneless(tables, known)
        for rows, read in zip(tables, known, strict=True):
            rows.zoneless = self.zoneless
            _beside(rows, ~rows.untimed & (rows.naive != self.zoneless))
            differ = read & (rows.naive != self.zoneless)
            self._timed[rows.what] = self._timed.get(rows.what, 0) + int(read.sum())
            self._apart[rows.what] = self._apart.get(rows.what, 0) + int(differ.sum())
            rows.refused |= differ

    def close(self) -> None:
        """Raises UsageError where all times of one table, and of it alone, are on another clock."""
        refused = [what for what, count in self._apart.items() if count]
        if len(refused) == 1 and self._apart[refused[0]] == self._timed[refused[0]]:
            other = next(what for what in self._timed if what != refused[0])
            raise apart(*((other, refused[0]) if self.zoneless else (refused[0], other)))


def apart(local: str, zoned: str) -> UsageError:
    """The error that the times of one table have no zone, and those of the other have one."""
    return UsageError(f"the times of the {local} have no time zone, those of the {zoned} have one", hint=SAY_TZ)


Timed = tuple[tuple[str, ...], str, Iterable[object]]
"""Under which names a table has its times, under which the latest that each may be, and its batches."""


def clock_of(samples: Timed, doses: Timed, book: Book, notation: Notation) -> Clock:
    """The clock of two tables that come batch by batch; they are read until a time of day tells it.

    Raises UsageError where times cannot be read.
    """
    zoned = False
    for table in (samples, doses):
        zoneless, day = first_told(table, book, notation)
        if zoneless is not None:
            return Clock(zoneless)
        zoned |= day
    return Clock(not zoned)


def first_told(table: Timed, book: Book, notation: Notation) -> tuple[bool | None, bool]:
    """Whether the first time of day of a table has no zone, None where none is; and whether a day before it has one."""
    names, latest, batches = table
    zoned = False
    quiet = evolve(notation, tell=lambda _: None)
    for batch in batches:
        frame = opened(batch, {*names, latest}).heard(partial(says_nothing, book))
        first = next((frame.columns[name] for name in names if name in frame.columns), None)
        if first is None and latest not in frame.columns:
            break
        reader = TimeReader(first, frame.columns.get(latest), quiet)
        for start, stop in frame.blocks(READ_TOGETHER):
            found = reader.read(start, stop)
            telling = found.fine & (found.kind != DAY) & (found.kind != NOW) & ~found.null
            if telling.any():
                return bool(np.broadcast_to(found.naive, telling.shape)[telling.argmax()]), zoned
            zoned |= bool((found.fine & ~found.naive & (found.kind != NOW) & ~found.null).any())
    return None, zoned


def _zoneless(tables: Sequence[Rows], known: Sequence[Array]) -> bool:
    """Whether times have no zone, as the first sample that is a time of day has it, else the first such dose.

    Where there are none, they have one if any day has.
    """
    for rows, read in zip(reversed(tables), reversed(known), strict=True):
        telling = read & (rows.kind != DAY) & (rows.kind != NOW)
        if telling.any():
            return bool(rows.naive[telling.argmax()])
    return all((rows.naive | ~read | (rows.kind == NOW)).all() for rows, read in zip(tables, known, strict=True))


def _beside(rows: Rows, differ: Array) -> None:
    """Put the days, or the now, among rows that differ on the clock of the others."""
    moved = differ & (rows.kind == (NOW if rows.zoneless else DAY))
    if not moved.any():
        return
    by = here(int(rows.low[moved][0]) // SECOND) * SECOND if rows.zoneless else 0
    low, high = (by, by) if rows.zoneless else (-AHEAD * SECOND, BEHIND * SECOND)
    last = rows.high if len(rows.high) else rows.low
    rows.low, rows.high = sealed(rows.low + moved * low), sealed(last + moved * high)
    rows.naive = rows.naive ^ moved
