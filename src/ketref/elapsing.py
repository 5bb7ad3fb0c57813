"""How many seconds lie behind each row, and at which moments do its columns stand?

Whole seconds, the shortest and the longest: a date is a day, a text may be a range. Differences are taken before
they are floored, whatever the units of the columns.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from ketref import times
from ketref.coding import (
    BAD,
    FIRST_DIGIT,
    NONE,
    REFUSED_DIGIT,
    UNSAID_DIGIT,
    Array,
    Meanings,
    extremes,
    is_distinct,
    is_text,
)
from ketref.errors import UsageError
from ketref.frames import Column
from ketref.understanding import length, since_range
from ketref.units import SECONDS

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
NANO = 10**9
MOST_SECONDS = 10**14  # that a column may count, some three million years
WRITTEN = (  # moments to the minute or the second: without a zone; in UTC or, to the second, with an offset
    (pa.timestamp("us"), pa.array([16, 19], pa.int64())),
    (pa.timestamp("us", "UTC"), pa.array([17, 20, 25], pa.int64())),
)


class Durations:
    """The rows of a column of durations, as whole seconds. With `ranges`, text may say two: "24 h to 36 h"."""

    def __init__(self, column: Column, ranges: bool = False) -> None:
        self._column = column
        self._ranges = ranges
        kind = column.type
        self._ticks = PER_SECOND[kind.unit] if kind is not None and pa.types.is_duration(kind) else 0
        if not self._ticks and not is_distinct(column):
            hint = 'give a duration, or text such as "36 h"; a number has no unit'
            raise UsageError(f"the column `{column.name}` holds {kind}, not durations", value=column.name, hint=hint)
        self._meanings = Meanings(column, self._meant, [NONE, NONE])

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """Of each row the shortest and the longest seconds (`NONE`: null, `BAD`: refused), or one for all."""
        if not self._ticks:
            shortest, longest = self._meanings.rows(start, stop)
            return shortest, longest
        rows = self._column.part(start, stop)[1]
        seconds = _floored(_integers(rows), self._ticks)
        low, high = extremes(seconds)
        if low < 0 or high > MOST_SECONDS:
            seconds = np.where((seconds < 0) | (seconds > MOST_SECONDS), BAD, seconds)
        if rows.null_count:
            seconds[rows.is_null().to_numpy(zero_copy_only=False)] = NONE
        return seconds, seconds

    def _meant(self, value: Any) -> tuple[int, int]:
        try:
            if self._ranges:
                return since_range(value)
            seconds = length(value, self._column.name).seconds
            return seconds, seconds
        except UsageError:
            return BAD, BAD


class Lasting(Protocol):
    """What tells how long each administration took."""

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """See `Durations`."""


class InfusionCoder:
    """A column of how long each administration took: as a digit, only whether that is known."""

    radix = FIRST_DIGIT + 1

    def __init__(self, durations: Lasting) -> None:
        self.durations = durations

    def codes(self, start: int, stop: int) -> tuple[Array, None]:
        """See `Coder`."""
        seconds = self.durations.read(start, stop)[0]
        return np.where(seconds == NONE, UNSAID_DIGIT, np.where(seconds == BAD, REFUSED_DIGIT, FIRST_DIGIT)), None

    def said(self, digit: int) -> bool:  # noqa: ARG002
        """Whether it is known."""
        return True


# ---------------------------------------------------------------- moments


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
            days = _integers(rows.cast(pa.date32()))
            low = days * SECONDS["d"]
            return Moments(low, zero, low + SECONDS["d"] - 1, zero + NANO - 1000, np.ones(1, bool), ~null, null)
        ticks = PER_SECOND[rows.type.unit]
        ticked = _integers(rows)
        seconds = _floored(ticked, ticks)
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
        return _integers(rows), PER_SECOND[rows.type.unit], rows.type.tz is None


def _stamped(column: Column) -> Column:
    """The column as timestamps, if it holds text and all of it is written in one way that Arrow reads as ketref does.

    Such text is nearly all different, and far slower to read as Python objects.
    """
    if is_text(column.type) and not column.constant:
        for kind, lengths in WRITTEN:
            chunks = [_read(chunk, kind, lengths) for chunk in column.chunks]
            if all(chunk is not None for chunk in chunks):
                return Column(column.name, tuple(chunks))
    return column


def _read(texts: pa.Array, kind: pa.DataType, lengths: pa.Array) -> pa.Array | None:
    texts = texts.cast(pa.large_string())
    if not pc.all(pc.is_in(pc.binary_length(texts).drop_null(), lengths)).as_py():
        return None
    try:
        stamps = texts.cast(kind)
    except pa.ArrowInvalid:
        return None
    least, most = extremes(_integers(stamps.drop_null()))
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


# ---------------------------------------------------------------- either


class Elapsed:
    """The columns that tell the time since a dose: `since`, or `taken` and `at`."""

    def __init__(self, since: Column | None, taken: Column | None, at: Column | None) -> None:
        if since is None and (taken is None or at is None):
            missing = [name for name, column in (("taken", taken), ("at", at)) if column is None]
            said = "`since`, or `taken` and `at`," if len(missing) == 2 else f"`{missing[0]}`"
            raise UsageError(f"the column {said} is missing: how long ago was the dose?", hint="name it so")
        self._since = None if since is None else Durations(since, ranges=True)
        self._taken = None if taken is None else MomentReader(taken)
        self._at = None if at is None else MomentReader(at)

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """Of each row the shortest and the longest seconds, or one for all; the longest is negative where refused."""
        if self._since is None:
            return between(self._moments(self._taken, start, stop), self._moments(self._at, start, stop))
        since = self._since.read(start, stop)
        if self._taken is None and self._at is None:
            return since
        taken, at = self._moments(self._taken, start, stop), self._moments(self._at, start, stop)
        other = taken.null & at.null
        shortest, longest = (
            np.where(span == NONE, where, np.where(other, span, BAD))
            for span, where in zip(since, between(taken, at), strict=True)
        )
        return shortest, longest

    def _moments(self, reader: MomentReader | None, start: int, stop: int) -> Moments:
        if reader is not None:
            return reader.read(start, stop)
        zero, no = np.zeros(1, np.int64), np.zeros(1, bool)
        return Moments(zero, zero, zero, zero, no, no, ~no)


def _integers(rows: pa.Array) -> Array:
    """The integers of an array of times, without a copy; where it is null they are anything."""
    buffer = rows.buffers()[1]
    kind = np.dtype(f"i{rows.type.byte_width}")
    if buffer is None or not len(rows):
        return np.zeros(len(rows), np.int64)
    found = np.frombuffer(buffer, kind)[rows.offset : rows.offset + len(rows)]
    return found if kind == np.int64 else found.astype(np.int64)


def _floored(ticked: Array, ticks: int) -> Array:
    return ticked.copy() if ticks == 1 else ticked // ticks
