"""At which moment does each row of a column stand?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from ketref.bulk.columns.distinct import (
    BAD,
    Array,
    Meanings,
    extremes,
    is_distinct,
    is_text,
)
from ketref.bulk.frames import Column
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.times import SECOND
from ketref.model.units import SECONDS

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
NANO = 10**9
MOST_SECONDS = 10**14  # that a column may count, some three million years
WRITTEN = (  # moments to the minute or the second: without a zone; in UTC or, to the second, with an offset
    (pa.timestamp("us"), pa.array([16, 19], pa.int64())),
    (pa.timestamp("us", "UTC"), pa.array([17, 20, 25], pa.int64())),
)


@frozen(eq=False)
class Moments:
    """Moments, each known to lie between `low` and `high`: seconds since 1970 and nanoseconds beyond these.

    `naive` tells the local ones from those in UTC, `fine` those that were understood, `null` the nulls.
    """

    low: Array
    low_ns: Array
    high: Array
    high_ns: Array
    naive: Array
    fine: Array
    null: Array


class MomentReader:
    """The rows of a column of timestamps, dates or texts, as moments."""

    def __init__(self, column: Column) -> None:
        column = _stamped(column)
        self._column = column
        kind = column.type
        self._stamps = kind is not None and pa.types.is_timestamp(kind)
        self._dates = kind is not None and pa.types.is_date(kind)
        if not (self._stamps or self._dates or is_distinct(column)):
            hint = "give timestamps, dates, or text such as 2026-03-01T14:30+01:00"
            raise UsageError(f"the column `{column.name}` holds {kind}, not moments", value=column.name, hint=hint)
        self._meanings = Meanings(column, _instant, [0, 0, 0, 0, 0, 0, 1])

    def read(self, start: int, stop: int) -> Moments:
        """The moments of the rows, or one for all."""
        if not (self._stamps or self._dates):
            low, low_ns, high, high_ns, naive, fine, null = self._meanings.rows(start, stop)
            return Moments(low, low_ns, high, high_ns, naive == 1, fine == 1, null == 1)
        rows = self._column.part(start, stop)[1]
        null = rows.is_null().to_numpy(zero_copy_only=False) if rows.null_count else np.zeros(1, bool)
        zero = np.zeros(1, np.int64)
        if self._dates:
            days = integers_of(rows.cast(pa.date32()))
            low = days * SECONDS["d"]
            return Moments(low, zero, low + SECONDS["d"] - 1, zero + NANO - 1000, np.ones(1, bool), ~null, null)
        ticks = PER_SECOND[rows.type.unit]
        ticked = integers_of(rows)
        seconds = floored(ticked, ticks)
        beyond = zero if ticks == 1 else (ticked - seconds * ticks) * (NANO // ticks)
        fine = ~null & (np.abs(seconds) <= MOST_SECONDS)
        return Moments(seconds, beyond, seconds, beyond, np.full(1, rows.type.tz is None), fine, null)

    @property
    def rows(self) -> int:
        """How many rows the column has; 1 if it is constant."""
        return sum(map(len, self._column.chunks))

    @property
    def microseconds(self) -> bool:
        """Whether all rows lie together as timestamps in microseconds."""
        column = self._column
        return column.type == pa.timestamp("us", getattr(column.type, "tz", None)) and column.whole

    def ticks(self, start: int, stop: int) -> tuple[Array, int, bool] | None:
        """Timestamps as they lie, how many of their units make a second, and whether they have no zone.

        None where there are nulls, or where the column holds something else.
        """
        rows = self._column.part(start, stop)[1] if self._stamps else None
        if rows is None or rows.null_count:
            return None
        return integers_of(rows), PER_SECOND[rows.type.unit], rows.type.tz is None


def _stamped(column: Column) -> Column:
    """The column as timestamps, if it holds text and all of it is written in one way that Arrow reads as ketref does.

    Such text is nearly all different, and far slower to read as Python objects.
    """
    if is_text(column.type) and not column.constant:
        for kind, lengths in WRITTEN:
            chunks = [_read(chunk, kind, lengths) for chunk in column.chunks]
            if all(chunk is not None for chunk in chunks):
                return evolve(column, chunks=tuple(chunks))
    return column


def _read(texts: pa.Array, kind: pa.DataType, lengths: pa.Array) -> pa.Array | None:
    texts = texts.cast(pa.large_string())
    if not pc.all(pc.is_in(pc.binary_length(texts).drop_null(), lengths)).as_py():
        return None
    try:
        stamps = texts.cast(kind)
    except pa.ArrowInvalid:
        return None
    least, most = extremes(integers_of(stamps.drop_null()))
    return stamps if least >= times.FIRST and most <= times.LAST else None


def _instant(value: Any) -> list[int]:
    try:
        instant = times.instant(value)
    except UsageError:
        return [0, 0, 0, 0, 0, 0, 0]
    (low, low_us), (high, high_us) = divmod(instant.low, times.SECOND), divmod(instant.high, times.SECOND)
    return [low, low_us * 1000, high, high_us * 1000, instant.naive, 1, 0]


def between(taken: Moments, at: Moments) -> tuple[Array, Array]:
    """The shortest and the longest whole seconds between two moments, floored; `BAD` where `at` lies before.

    Both must be fine; a moment with a zone and one without are `BAD`, too.
    """
    shortest = at.low - taken.high - (at.low_ns < taken.high_ns)
    longest = at.high - taken.low - (at.high_ns < taken.low_ns)
    fine = (longest >= 0) & (at.naive == taken.naive) & taken.fine & at.fine
    return np.where(fine, shortest, BAD), np.where(fine, longest, BAD)


def integers_of(rows: pa.Array) -> Array:
    """The integers of an array of times, without a copy; where it is null they are anything."""
    buffer = rows.buffers()[1]
    kind = np.dtype(f"i{rows.type.byte_width}")
    if buffer is None or not len(rows):
        return np.zeros(len(rows), np.int64)
    found = np.frombuffer(buffer, kind)[rows.offset : rows.offset + len(rows)]
    return found if kind == np.int64 else found.astype(np.int64)


def floored(ticked: Array, ticks: int) -> Array:
    """Whole seconds, of which each has so many ticks."""
    return ticked.copy() if ticks == 1 else ticked // ticks


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
