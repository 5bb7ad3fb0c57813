"""How many seconds does each row of a column last, or lie behind?

Whole seconds, the shortest and the longest: a date is a day, a text may be a range. Differences are taken before
they are floored, whatever the units of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.answers.question import AT_ONCE, length, since_range
from ketref.bulk.columns.distinct import (
    BAD,
    FIRST_DIGIT,
    NONE,
    REFUSED_DIGIT,
    UNSAID_DIGIT,
    Array,
    Meanings,
    extremes,
    is_distinct,
    is_varied,
)
from ketref.bulk.columns.moments import (
    DAY,
    MOST_SECONDS,
    PER_SECOND,
    MomentReader,
    Moments,
    TimeReader,
    Times,
    between,
    floored,
    integers_of,
)
from ketref.bulk.frames import Column
from ketref.errors import UsageError
from ketref.model.times import BEHIND, PLAIN, SECOND, Notation, clocks_may_change
from ketref.model.units import LONGEST, Duration, duration_of
from ketref.person.doses import NO_END


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
        self._varied = is_varied(column)

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """Of each row the shortest and the longest seconds (`NONE`: null, `BAD`: refused), or one for all."""
        if self._varied:
            return self._counted(self._column.part(start, stop)[1])
        if not self._ticks:
            shortest, longest = self._meanings.rows(start, stop)
            return shortest, longest
        rows = self._column.part(start, stop)[1]
        seconds = floored(integers_of(rows), self._ticks)
        low, high = extremes(seconds)
        if low < 0 or high > MOST_SECONDS:
            seconds = np.where((seconds < 0) | (seconds > MOST_SECONDS), BAD, seconds)
        if rows.null_count:
            seconds[rows.is_null().to_numpy(zero_copy_only=False)] = NONE
        return seconds, seconds

    def _counted(self, texts: pa.Array) -> tuple[Array, Array]:
        """The same of texts that nearly all differ: those that are one whole number and its unit need no reading."""
        texts = texts.cast(pa.large_string())
        numbers = pc.ascii_rtrim(texts, _LETTERS)
        plain = pc.and_(pc.ascii_is_decimal(numbers), pc.less_equal(pc.binary_length(numbers), _DIGITS))
        units = pc.ascii_ltrim(texts, "0123456789").dictionary_encode()
        lengths = pa.array([_of_one(unit) for unit in units.dictionary.to_pylist()], pa.int64())
        seconds = pc.multiply(
            pc.if_else(plain, numbers, None).cast(pa.int64()), pc.take(lengths, units.indices)
        ).fill_null(LONGEST + 1)
        shortest = longest = seconds.to_numpy(zero_copy_only=False)
        rest = shortest > LONGEST
        if rest.any():
            asked = texts.filter(pa.array(rest)).dictionary_encode()
            silent, none = self._column.silent, (NONE, NONE)
            meant = [none if silent(text) else self._meant(text) for text in asked.dictionary.to_pylist()]
            found = np.array([*meant, none], np.int64)[asked.indices.fill_null(len(meant)).to_numpy()]
            shortest, longest = shortest.copy(), shortest.copy()
            shortest[rest], longest[rest] = found.T
        return shortest, longest

    def _meant(self, value: Any) -> tuple[int, int]:
        try:
            if self._ranges:
                return since_range(value)
            seconds = length(value, self._column.name).seconds
            return seconds, seconds
        except UsageError:
            return BAD, BAD


_LETTERS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = 9  # of a number whose product with the seconds of any unit is exact


def _of_one(unit: str) -> int | None:
    """The seconds of one such unit; None where a number before it is not one length alone."""
    try:
        return length(f"1{unit}", "unit").seconds if _ONE_UNIT.fullmatch(unit) else None
    except UsageError:
        return None


_ONE_UNIT = re.compile(" ?[A-Za-z]+")


class Lasting(Protocol):
    """What tells how long each administration took."""

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """See `Durations`."""


class InfusionCoder:
    """A column of how long each administration took: as a digit, beyond which of some seconds, in their order."""

    def __init__(self, durations: Lasting, told_apart: Sequence[int]) -> None:
        self._durations = durations
        self._told_apart = np.array(told_apart, np.int64)
        self.radix = FIRST_DIGIT + len(told_apart) + 1

    def codes(self, start: int, stop: int) -> tuple[Array, None]:
        """See `Coder`."""
        seconds = self._durations.read(start, stop)[0]
        return self.digits(seconds), None

    def digits(self, seconds: Array) -> Array:
        """The digit of each length."""
        beyond = FIRST_DIGIT + np.searchsorted(self._told_apart, seconds)
        return np.where(seconds == NONE, UNSAID_DIGIT, np.where(seconds == BAD, REFUSED_DIGIT, beyond))

    def said(self, digit: int) -> Duration:
        """The shortest that it stands for."""
        beyond = digit - FIRST_DIGIT
        return duration_of(int(self._told_apart[beyond - 1]) + 1 if beyond else 0)

    def seconds(self, start: int, stop: int) -> Array:
        """How long each administration took, `NONE` where that is not said, `BAD` where it is refused."""
        return self._durations.read(start, stop)[0]


# ---------------------------------------------------------------- either


class Elapsed:
    """The columns that tell the time since a dose: `since`, or `taken` and `at`."""

    def __init__(
        self, since: Column | None, taken: Column | None, at: Column | None, notation: Notation = PLAIN
    ) -> None:
        if since is None and (taken is None or at is None):
            missing = [name for name, column in (("taken", taken), ("at", at)) if column is None]
            said = "`since`, or `taken` and `at`," if len(missing) == 2 else f"`{missing[0]}`"
            raise UsageError(f"the column {said} is missing: how long ago was the dose?", hint="name it so")
        self._since = None if since is None else Durations(since, ranges=True)
        self._taken = None if taken is None else MomentReader(taken, notation)
        self._at = None if at is None else MomentReader(at, notation)

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

    def by_clocks(self, start: int, stop: int) -> Array:
        """Which rows tell the time by two moments without a zone, between which the clocks may have been changed."""
        taken, at = self._moments(self._taken, start, stop), self._moments(self._at, start, stop)
        local = taken.naive & at.naive & ~taken.null & ~at.null
        found: Array = local & clocks_may_change((taken.low * SECOND, taken.high), (at.low, at.high * SECOND))
        return found

    def _moments(self, reader: MomentReader | None, start: int, stop: int) -> Moments:
        if reader is not None:
            return reader.read(start, stop)
        zero, no = np.zeros(1, np.int64), np.zeros(1, bool)
        return Moments(zero, zero, zero, zero, no, zero, no, ~no)


NEVER = (datetime(NO_END, 1, 1) - datetime(1970, 1, 1)) // timedelta(seconds=1)
"""The second since 1970 from which on an end stands for none: that of what still goes on."""


class Lasted:
    """How long each administration took: said as such, or by when it ended, which of many doses tells nothing."""

    def __init__(
        self,
        said: Column | None,
        end: Column | None,
        start: TimeReader,
        of_many: Callable[[int, int], Array],
        notation: Notation = PLAIN,
    ) -> None:
        self._of_many = of_many
        self._said = None if said is None else Durations(said)
        self._end = None if end is None else TimeReader(end, None, notation)
        self._start = start

    def unknown(self, start: int, stop: int) -> int:
        """How many rows say an end that stands for none."""
        if self._end is None:
            return 0
        begun, end = self._start.read(start, stop), self._end.read(start, stop)
        return int((np.zeros(stop - start, bool) | (~end.null & _never(begun, end))).sum())

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """As `Durations.read`."""
        said = np.full(1, NONE) if self._said is None else self._said.read(start, stop)[0]
        if said.max(initial=0) > LONGEST:
            said = np.where(said > LONGEST, BAD, said)
        if self._end is not None:
            begun, end = self._start.read(start, stop), self._end.read(start, stop)
            seconds, fine = _between(begun, end)
            unknown = end.null | self._of_many(start, stop) | _never(begun, end) | (fine & (seconds == NONE))
            ended = np.where(unknown, NONE, np.where(fine, seconds, BAD))
            said = np.where(ended == NONE, said, np.where((said == NONE) | (said == ended), ended, BAD))
        return said, said


def _between(begun: Times, end: Times) -> tuple[Array, Array]:
    """The seconds that administrations took, and of which rows they can be told; `NONE`: nothing is known of them.

    Where a start or an end is not exact, the end is the latest that it may be, after the latest start: whole minutes.
    """
    exact = (begun.last == begun.low) & (end.last == end.low)
    wide = [~one.naive | (one.kind != DAY) | other.naive for one, other in ((begun, end), (end, begun))]
    first, last = (one.last + np.where(told, 0, BEHIND * SECOND) for one, told in zip((begun, end), wide, strict=True))
    latest = -(-(last - first) // (AT_ONCE * SECOND)) * AT_ONCE
    seconds = np.where(exact, (end.low - begun.low) // SECOND, np.where(latest > AT_ONCE, latest, NONE))
    fine = begun.fine & end.fine & ((begun.naive == end.naive) | ~wide[0] | ~wide[1])
    return seconds, fine & (seconds <= LONGEST)


def _never(begun: Times, end: Times) -> Array:
    """Which ends stand for none: before the start, in a year that never comes, or the day of the start over again."""
    same_day = (end.low == begun.low) & (end.last == begun.last) & (end.last > end.low)
    found: Array = end.fine & ((end.last < begun.low) | (end.low >= NEVER * SECOND) | same_day)
    return found


class Unsaid:
    """How long administrations took of which no row says it."""

    def read(self, start: int, stop: int) -> tuple[Array, Array]:
        """As `Durations.read`."""
        nothing = np.full(stop - start, NONE)
        return nothing, nothing
