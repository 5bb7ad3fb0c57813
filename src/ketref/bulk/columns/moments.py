"""At which moment does each row of a column stand?"""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import asdict, evolve, frozen

from ketref.bulk.columns import stamps
from ketref.bulk.columns.distinct import (
    BAD,
    Array,
    Meanings,
    extremes,
    is_distinct,
    is_text,
    is_varied,
)
from ketref.bulk.frames import Column
from ketref.errors import Note, UsageError
from ketref.model import dates, times
from ketref.model.times import AHEAD, BEHIND, PLAIN, SECOND, Notation
from ketref.model.units import SECONDS

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
NANO = 10**9
MOST_SECONDS = 10**14  # that a column may count, some three million years
KINDS = ("time", "day", "now")
TIME, DAY, NOW = range(len(KINDS))
"""How a moment is written: only days are wider beside moments with a zone, and only "now" is local beside others."""


@frozen(eq=False)
class Moments:
    """Moments, each known to lie between `low` and `high`: seconds since 1970 and nanoseconds beyond these.

    `naive` tells the local ones from those in UTC, `kind` how they are written, `fine` those that were understood,
    `null` the nulls.
    """

    low: Array
    low_ns: Array
    high: Array
    high_ns: Array
    naive: Array
    kind: Array
    fine: Array
    null: Array


class MomentReader:
    """The rows of a column of timestamps, dates or texts, as moments; `notation` says how they are written."""

    def __init__(self, column: Column, notation: Notation = PLAIN) -> None:
        given, column = column, _stamped(column, notation)
        _tell_midnights(given, column, notation)
        self._column = column
        kind = column.type
        self._stamps = kind is not None and pa.types.is_timestamp(kind)
        self._dates = kind is not None and pa.types.is_date(kind)
        if not (self._stamps or self._dates or is_distinct(column)):
            first = next((value for chunk in column.chunks for value in chunk.drop_null()[:1].to_pylist()), None)
            hint = "give timestamps, dates, or text such as 2026-03-01T14:30+01:00"
            if isinstance(first, int | float):
                hint = f"{hint}; `{first}` is {dates.refusal(first).hint}"
            raise UsageError(f"the column `{column.name}` holds {kind}, not moments", value=column.name, hint=hint)
        self._notation = notation
        self._meanings = Meanings(column, self._meaning, _NULL)
        self._varied = is_varied(column)
        naive = self._dates or (self._stamps and getattr(kind, "tz", None) is None)
        self._local = naive and notation.zone is not None
        self._by_the_clock = self._local or (self._stamps and notation.midnight_is_day)

    def _meaning(self, value: Any) -> list[int]:
        try:
            instant = times.instant(value, self._notation)
        except UsageError:
            return _REFUSED
        (low, low_us), (high, high_us) = divmod(instant.low, SECOND), divmod(instant.high, SECOND)
        return [low, low_us * 1000, high, high_us * 1000, instant.naive, KINDS.index(instant.kind), 1, 0]

    def read(self, start: int, stop: int) -> Moments:
        """The moments of the rows, or one for all."""
        if self._varied:
            return _moments(self._mostly(self._column.part(start, stop)[1]))
        if not (self._stamps or self._dates):
            return _moments(self._meanings.rows(start, stop))
        rows = self._column.part(start, stop)[1]
        null = rows.is_null().to_numpy(zero_copy_only=False) if rows.null_count else np.zeros(1, bool)
        zero = np.zeros(1, np.int64)
        if self._dates and self._local:
            return _moments(self._each(rows))
        if self._dates:
            days = integers_of(rows.cast(pa.date32()))
            low = days * SECONDS["d"]
            return Moments(
                low, zero, low + SECONDS["d"] - 1, zero + NANO - 1000, np.ones(1, bool), np.full(1, DAY), ~null, null
            )
        ticks = PER_SECOND[rows.type.unit]
        ticked = integers_of(rows)
        seconds = floored(ticked, ticks)
        beyond = zero if ticks == 1 else (ticked - seconds * ticks) * (NANO // ticks)
        fine = ~null & (np.abs(seconds) <= MOST_SECONDS)
        if self._by_the_clock:
            return self._read_by_the_clock(rows, seconds, beyond, fine, null)
        return Moments(seconds, beyond, seconds, beyond, np.full(1, rows.type.tz is None), np.full(1, TIME), fine, null)

    def _read_by_the_clock(self, rows: pa.Array, seconds: Array, beyond: Array, fine: Array, null: Array) -> Moments:
        """Timestamps of a zone that is said besides, or of which midnights are days.

        Where a day has one offset from UTC all of it is moved by that; what is left is asked one by one, each distinct
        value once.
        """
        held = (seconds >= times.FIRST // SECOND) & (seconds <= times.LAST // SECOND)  # what Python can hold
        fine = fine & (held | (not self._local))
        beyond = np.broadcast_to(beyond, seconds.shape)
        asked = np.zeros(len(seconds), bool)
        shift = np.zeros(1, np.int64)
        if self._local:
            assert self._notation.zone is not None  # noqa: S101 - it is local
            shift, asked = _offsets(np.where(fine, seconds, 0), self._notation.zone)
        if self._notation.midnight_is_day:
            shown = rows if rows.type.tz is None else pc.local_timestamp(rows)
            local = seconds if rows.type.tz is None else floored(integers_of(shown), PER_SECOND[rows.type.unit])
            asked = asked | ((local % SECONDS["d"] == 0) & (beyond == 0))
        asked = asked & fine & held
        zoneless = rows.type.tz is None and not self._local
        found = np.empty((len(_NULL), len(seconds)), np.int64)
        found[:] = np.array([[0], [0], [0], [0], [zoneless], [TIME], [1], [0]])
        found[0] = found[2] = seconds - shift
        found[1] = found[3] = beyond
        found[6], found[7] = fine, null
        if asked.any():
            chosen = rows.filter(pa.array(asked)).cast(pa.timestamp("us", rows.type.tz), safe=False)
            each = self._each(chosen)
            each[1] += beyond[asked] % 1000
            each[3] = np.where(each[5] == DAY, each[3], each[3] + beyond[asked] % 1000)
            found[:, asked] = each
        return _moments(found)

    def _mostly(self, texts: pa.Array) -> Array:
        """What each text means, where most of them are such as become no Python objects."""
        found = stamps.most_of(texts, self._notation)
        if found is None:
            return self._each(texts)
        read = MomentReader(Column(self._column.name, (found,)), evolve(self._notation, tell=_unheard))
        of_all = asdict(read.read(0, len(found))).values()
        meant = np.array([np.broadcast_to(values, len(found)) for values in of_all], np.int64)
        rest = found.is_null()
        meant[:, rest.to_numpy(zero_copy_only=False)] = self._each(texts.filter(rest))
        return meant

    def _each(self, rows: pa.Array) -> Array:
        """What each row means, each distinct value asked once."""
        encoded = rows.cast(pa.large_string()).dictionary_encode() if is_text(rows.type) else rows.dictionary_encode()
        silent = self._column.silent
        meant = [_NULL if silent(value) else self._meaning(value) for value in encoded.dictionary.to_pylist()]
        meant.append(_NULL)
        codes = encoded.indices.fill_null(len(meant) - 1).to_numpy(zero_copy_only=False)
        return np.array(meant, np.int64).T[:, codes]

    @property
    def rows(self) -> int:
        """How many rows the column has; 1 if it is constant."""
        return sum(map(len, self._column.chunks))

    @property
    def microseconds(self) -> bool:
        """Whether all rows lie together as timestamps in microseconds."""
        column = self._column
        kind = pa.timestamp("us", getattr(column.type, "tz", None))
        return column.type == kind and column.whole and not self._by_the_clock

    def ticks(self, start: int, stop: int) -> tuple[Array, int, bool] | None:
        """Timestamps as they lie, how many of their units make a second, and whether they have no zone.

        None where there are nulls, or where the column holds something else.
        """
        rows = self._column.part(start, stop)[1] if self._stamps and not self._by_the_clock else None
        if rows is None or rows.null_count:
            return None
        return integers_of(rows), PER_SECOND[rows.type.unit], rows.type.tz is None


def _unheard(_: str) -> None:
    """What is told of a part of a column was told of all of it."""


_NULL = [0, 0, 0, 0, 0, TIME, 0, 1]
_REFUSED = [0, 0, 0, 0, 0, TIME, 0, 0]
"""What null means, and what is refused; by the fields of `Moments`."""


def _moments(found: Array) -> Moments:
    low, low_ns, high, high_ns, naive, kind, fine, null = found
    return Moments(low, low_ns, high, high_ns, naive == 1, kind, fine == 1, null == 1)


def _offsets(local: Array, zone: tzinfo) -> tuple[Array, Array]:
    """Of local seconds the offset from UTC of their day there, and whether that day has more than one."""
    encoded = pa.array(local // SECONDS["d"]).dictionary_encode()
    found = [_offsets_of(day, zone) for day in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()
    first = np.array([min(offsets) for offsets in found] or [0], np.int64)[codes]
    return first, np.array([len(offsets) > 1 for offsets in found] or [False], bool)[codes]


def _offsets_of(day: int, zone: tzinfo) -> set[int]:
    """The offsets from UTC that a day has at its begin and its end, in seconds."""
    begin = datetime(1970, 1, 1) + timedelta(days=day)
    ends = (begin, begin + timedelta(hours=12), begin + timedelta(days=1, seconds=-1))
    offsets = [end.replace(tzinfo=zone, fold=fold).utcoffset() for end in ends for fold in (0, 1)]
    return {(offset or timedelta(0)) // timedelta(seconds=1) for offset in offsets}


def _tell_midnights(column: Column, stamped: Column, notation: Notation) -> None:
    """Tell where many rows of a column, which may be text that is read as timestamps, are at midnight.

    Nothing where it is said what that means.
    """
    if notation.midnights is not None or column.constant:
        return
    rows = sum(len(chunk) - chunk.null_count for chunk in column.chunks)
    found = sum(_midnights(column, *chunks) for chunks in zip(column.chunks, stamped.chunks, strict=True))
    text = times.note_midnights(found, rows, column.name, notation)
    if text is not None and notation.tell is not None:
        notation.tell(text)
    elif text is not None:
        warnings.warn(text, Note, stacklevel=2)


def _midnights(column: Column, rows: pa.Array, read: pa.Array) -> int:
    """How many rows of a chunk are at midnight as they are written; `read` is the chunk as it is read."""
    if pa.types.is_timestamp(rows.type):
        return _whole_days(rows)
    if column.values is None and is_text(rows.type):
        rows = rows.cast(pa.large_string())
        if not pa.types.is_timestamp(read.type):
            rows = rows.filter(pc.match_substring_regex(rows, _LIKE_MIDNIGHT))
        elif not pc.any(pc.equal(pc.binary_length(rows), stamps.OFFSET)).as_py():
            return _whole_days(read)
        else:  # of which the date takes ten characters
            clocks = pc.binary_slice(rows.cast(pa.large_binary()), 11, 19)
            return int(pc.sum(pc.is_in(clocks, _MIDNIGHTS)).as_py() or 0)
    elif column.values is None and not pa.types.is_dictionary(rows.type):
        return 0
    counted = rows.drop_null().value_counts()
    values = counted.field("values").to_pylist()
    if column.values is not None:
        values = [column.values[code] for code in values]
    return sum(
        n for n, value in zip(counted.field("counts").to_pylist(), values, strict=True) if times.is_midnight(value)
    )


_LIKE_MIDNIGHT = "[T ]0?0:00"
_MIDNIGHTS = pa.array([b"00:00", b"00:00Z", b"00:00:00"], pa.large_binary())
_QUARTER = SECONDS["h"] // 4
"""By multiples of how many seconds the clocks of all zones differ."""


def _whole_days(stamps: pa.Array) -> int:
    """How many timestamps are at midnight in their zone."""
    shown = stamps.drop_null()
    ticks = PER_SECOND[shown.type.unit]
    if shown.type.tz not in {None, "UTC"}:
        near = integers_of(shown) % (_QUARTER * ticks) == 0
        shown = pc.local_timestamp(shown.filter(pa.array(near)))
    return int(np.count_nonzero(integers_of(shown) % (SECONDS["d"] * ticks) == 0))


def _stamped(column: Column, notation: Notation) -> Column:
    """The column as timestamps, if it holds text that can be read as such."""
    if is_text(column.type) and not column.constant:
        read = [stamps.all_of(chunk, notation) for chunk in column.chunks]
        chunks = tuple(chunk for chunk in read if chunk is not None)
        if len(chunks) == len(read) and len({chunk.type for chunk in chunks}) <= 1:
            return evolve(column, chunks=chunks)
    return column


def between(taken: Moments, at: Moments) -> tuple[Array, Array]:
    """The shortest and the longest whole seconds between two moments, floored; `BAD` where `at` lies before.

    Both must be fine; a moment with a zone and one without are `BAD` too, but for days and "now": see
    `times.on_one_clock`.
    """
    if (taken.naive != at.naive).any():
        taken, at = _beside(taken, at), _beside(at, taken)
    shortest = at.low - taken.high - (at.low_ns < taken.high_ns)
    longest = at.high - taken.low - (at.high_ns < taken.low_ns)
    fine = (longest >= 0) & (at.naive == taken.naive) & taken.fine & at.fine
    return np.where(fine, shortest, BAD), np.where(fine, longest, BAD)


def _beside(one: Moments, other: Moments) -> Moments:
    """Moments on the clock of those beside which they stand, where they are days without a zone, or now."""
    now = (one.kind == NOW) & ~one.naive & other.naive
    days = (one.kind == DAY) & one.naive & ~other.naive & (other.kind != NOW)
    by = here(one.low[0] if len(one.low) == 1 else one.low[now][0]) if now.any() else 0
    low = one.low - days * AHEAD + now * by
    high = one.high + days * BEHIND + now * by
    return Moments(low, one.low_ns, high, one.high_ns, (one.naive | now) & ~days, one.kind, one.fine, one.null)


def here(seconds: int) -> int:
    """By how many seconds the clock of the machine differs from UTC at a moment."""
    local = times.instant(times.shown_here(int(seconds) * SECOND))
    return local.low // SECOND - int(seconds)


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

    `naive` tells the local ones from those in UTC, `kind` how they are written. Where `high` is None, all are exact.
    Arrays may hold one for all.
    """

    low: Array
    high: Array | None
    fine: Array
    naive: Array
    kind: Array
    null: Array

    @property
    def last(self) -> Array:
        """The latest that each may be."""
        return self.low if self.high is None else self.high

    def zoned(self, among: Array) -> Times:
        """The same with the days without a zone, of some rows, as wide as those of any place."""
        days = among & self.naive & (self.kind == DAY)
        low, high = self.low - days * (AHEAD * SECOND), self.last + days * (BEHIND * SECOND)
        return Times(low, high, self.fine, self.naive & ~days, self.kind, self.null)

    def local(self, among: Array) -> Times:
        """The same with "now", of some rows, as the clock of the machine shows it."""
        now = among & ~self.naive & (self.kind == NOW)
        if not now.any():
            return self
        by = here(self.low[np.broadcast_to(now, self.low.shape)][0] // SECOND) * SECOND
        return Times(self.low + now * by, self.last + now * by, self.fine, self.naive | now, self.kind, self.null)


class TimeReader:
    """A column of moments, and that of the latest that each may be, where there is one; one of them may be missing.

    Of a row that says only the latest nobody knows how long before that it was.
    """

    def __init__(self, first: Column | None, latest: Column | None, notation: Notation = PLAIN) -> None:
        self._first = None if first is None else MomentReader(first, notation)
        self._latest = None if latest is None else MomentReader(latest, notation)

    def whole(self) -> Times | None:
        """The moments of all rows as they lie there, None where they have to be read block by block."""
        if self._first is not None and self._latest is None and self._first.microseconds:
            return _exact(self._first, 0, self._first.rows)
        return None

    def read(self, start: int, stop: int) -> Times:
        """The moments of the rows."""
        first = _UNSAID if self._first is None else _times(self._first, start, stop)
        if self._latest is None:
            return first
        latest = _times(self._latest, start, stop)
        first, latest = _side_by_side(first, latest)
        alone = first.null & ~latest.null
        ordered = (latest.last >= first.last) | (latest.last >= first.low)
        fine = np.where(
            alone, latest.fine, first.fine & (latest.null | (latest.fine & ordered & (latest.naive == first.naive)))
        )
        high = np.where(latest.null, first.last, np.maximum(first.last, latest.last))
        kind = np.where(latest.null | (latest.kind == first.kind), first.kind, TIME)
        return Times(
            low=np.where(alone, times.FIRST, first.low),
            high=np.where(alone, latest.last, high),
            fine=fine,
            naive=np.where(alone, latest.naive, first.naive),
            kind=np.where(alone, latest.kind, kind),
            null=first.null & latest.null,
        )


_UNSAID = Times(
    *(np.zeros(1, np.int64), None, np.zeros(1, bool), np.zeros(1, bool), np.full(1, TIME), np.ones(1, bool))
)


def _side_by_side(first: Times, latest: Times) -> tuple[Times, Times]:
    """The earliest and the latest of rows, on one clock where both are said; see `times.on_one_clock`."""
    differ = (first.naive != latest.naive) & ~first.null & ~latest.null
    if not differ.any():
        return first, latest
    first, latest = first.local(differ), latest.local(differ)
    differ = differ & (first.naive != latest.naive)
    return first.zoned(differ), latest.zoned(differ)


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
    return Times(low, high, fine, found.naive, found.kind, found.null)


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
    return Times(ticked, None, np.ones(1, bool), np.full(1, naive), np.full(1, TIME), np.zeros(1, bool))
