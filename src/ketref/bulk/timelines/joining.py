"""Which rows of doses are one administration, and what is that?

Rows of one subject, substance and route that abut or overlap, or lie apart by less than the route allows, are one
administration, which grows row by row (`person.administrations` says what it is). Each length that it comes to is a
further row, which counts from the start of its last row until the next one starts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from ketref.bulk.columns.combinations import Said, cell_of
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer, compiled
from ketref.bulk.timelines.order import Lying, Part, gathered, row_at
from ketref.bulk.timelines.rows import DoseRows
from ketref.engine.course import OPEN
from ketref.errors import UsageError
from ketref.model.times import SECOND
from ketref.person.administrations import joins_within


@frozen(eq=False)
class Joined:
    """What rows were joined to: the number of its `first` row, and of the `last` by then.

    Its `ids`, like those of rows, the moment at which it began, and those from which and until which it counts (`OPEN`:
    for ever), in microseconds; how many seconds it `lasted`.
    """

    first: Array
    last: Array
    ids: Array
    begun: Array
    since: Array
    until: Array
    lasted: Array

    def after(self, doses: DoseRows) -> tuple[Array, Array, Array, Array]:
        """How long doses and these lasted, how far apart and how many those of each are, and which are doubtful.

        Empty where that is said of none.
        """
        made = len(self.first)
        if not made:
            return doses.lasted, doses.every, doses.many, doses.doubtful
        return (
            np.append(doses.lasted if len(doses.lasted) else np.full(len(doses.low), NONE), self.lasted),
            _followed(doses.every, 0, made),
            _followed(doses.many, 1, made),
            _followed(doses.doubtful, 0, made),
        )

    def rows(self, number: int) -> list[int]:
        """The rows that one is made of, in the order of their starts."""
        place = np.flatnonzero(self.first[: number + 1] != self.first[number])
        begin = int(place[-1]) + 1 if len(place) else 0
        return [int(self.first[number]), *self.last[begin : number + 1].tolist()]


def _followed(said: Array, by: int, count: int) -> Array:
    """What is said of rows, followed by the same number so many times; nothing where nothing is said."""
    return np.append(said, np.full(count, by, said.dtype)) if len(said) else said


def joined(doses: DoseRows, of_doses: Lying) -> Joined:
    """What the rows that lie by their subjects were joined to; new ids are added to those of the doses."""
    within = _within(doses)
    widest = int(within.max())
    if widest < 0 or not len(doses.low):
        return _none()
    height = len(doses.low)
    after = np.zeros(height, np.int64)  # the row before, from 1, and pages that are not written take no memory
    ends = np.zeros(height, np.int64)
    alike = _alike(doses)
    room = int((of_doses.end - of_doses.begin).max(initial=0))
    spare = (np.empty(room, np.int64), np.empty(room, np.int64))
    work = (np.empty(room, np.int64), np.empty(room, np.int64), spare)
    last = np.zeros((2, int(alike.max(initial=0)) + 1), np.int64)
    lasted = doses.lasted if len(doses.lasted) else np.zeros(0, np.int64)
    count = compiled(linked)(
        of_doses.part(0, len(of_doses.begin)),
        of_doses.begin,
        of_doses.end,
        alike,
        within,
        widest,
        _apart(doses),
        lasted,
        last,
        *work,
        after,
        ends,
    )
    return _grown(doses, after, ends) if count else _none()


def _none() -> Joined:
    nothing = np.zeros(0, np.int64)
    return Joined(nothing, nothing, nothing.astype(np.int32), nothing, nothing, nothing, nothing)


def _within(doses: DoseRows) -> Array:
    """Of each id how many microseconds may lie between rows of one administration, -1 where they are never one."""
    return np.array(
        [NONE if meant is None else joins_within(doses.book, meant[0].get("route")) for meant in doses.meant] or [NONE],
        np.int64,
    )


def _alike(doses: DoseRows) -> Array:
    """Of each id a number that it shares with those of the same substance and route."""
    numbers: dict[Any, int] = {}
    keys = [meant and (meant[0]["substance"], meant[0].get("route")) for meant in doses.meant]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys] or [0], np.int64)


def _apart(doses: DoseRows) -> Array:
    """Which rows are never joined: their start is not exact, they were perhaps given, are running, or many doses."""
    apart = doses.high != doses.low if len(doses.high) else np.zeros(0, bool)
    for found in (doses.doubtful > 0, doses.every > 0, doses.running):
        if len(found):
            apart = found if not len(apart) else apart | found
    return apart if apart.any() else np.zeros(0, bool)


def _grown(doses: DoseRows, after: Array, ends: Array) -> Joined:
    """Every length that administrations of several rows come to."""
    rows = np.flatnonzero(after)
    before = after[rows] - 1
    heads = np.setdiff1d(before, rows, assume_unique=False)
    head = np.full(len(after), NONE, np.int64)
    head[heads] = heads
    order = np.argsort(doses.low[rows], kind="stable")
    rows, before = rows[order], before[order]
    for row, previous in zip(rows.tolist(), before.tolist(), strict=True):  # chains are few beside the rows
        head[row] = head[previous]
    first = head[rows]
    order = np.lexsort((rows, doses.low[rows], first))
    rows, first = rows[order], first[order]
    begun, since = doses.low[first], doses.low[rows]
    lasted = (np.maximum(ends[rows], since) - begun) // SECOND
    until = np.append(np.where(first[1:] == first[:-1], since[1:], OPEN), OPEN)
    there = np.unique(np.concatenate([rows, first]))
    mass, per_kg = (_sums((there, amounts), rows, first) for amounts in doses.amounts(there))
    ids = _ids(doses, first, lasted, mass, per_kg, rows)
    return Joined(first, rows, ids, begun, since, until, lasted)


def _sums(amounts: tuple[Array, Array], rows: Array, first: Array) -> Array:
    """The sum of the amounts of the rows that each length is made of, `NONE` where one of them is not known."""
    there, values = amounts
    of_rows, of_first = (values[np.searchsorted(there, found)] for found in (rows, first))
    begins = np.append(True, first[1:] != first[:-1]) if len(first) else np.zeros(0, bool)
    known = np.where(of_rows >= 0, of_rows, 0)
    total = known.cumsum()
    start = np.where(begins, total - known, 0)
    unknown = (of_rows < 0).cumsum()
    unknown_before = np.where(begins, unknown - (of_rows < 0), 0)
    return np.where(
        (of_first < 0) | (unknown - np.maximum.accumulate(unknown_before) > 0),
        NONE,
        total - np.maximum.accumulate(start) + of_first,
    )


def _ids(doses: DoseRows, first: Array, lasted: Array, mass: Array, per_kg: Array, rows: Array) -> Array:
    """The id of each administration; a row that joins to what cannot be is refused."""
    dose, length = doses.digits(mass, per_kg, lasted)
    heads = doses.ids[first].astype(np.int64)
    distinct, places = np.unique(np.stack([heads, dose, length]), axis=1, return_inverse=True)
    known: list[int] = []
    for of, digit, seconds in distinct.T.tolist():
        said: Said = {**_without_amounts(doses.meant[of]), **doses.said(digit, seconds)}
        known.append(len(doses.meant))
        try:
            doses.meant.append((said, cell_of(doses.book, said)))
        except UsageError:
            doses.meant.append(None)
    ids = np.array(known or [0], np.int32)[places.ravel()] if len(known) else np.zeros(0, np.int32)
    refused = np.array([doses.meant[number] is None for number in ids.tolist()], bool)
    doses.refused[rows[refused]] = True
    return ids


def _without_amounts(meant: Any) -> dict[str, Any]:
    return {name: value for name, value in meant[0].items() if name in {"substance", "route"}}


# ---------------------------------------------------------------- compiled


def linked(
    part: Part,
    begin: Array,
    end: Array,
    alike: Array,
    within: Array,
    widest: Integer,
    apart: Array,
    lasted: Array,
    last: Array,
    places: Array,
    times: Array,
    spare: tuple[Array, Array],
    after: Array,
    ends: Array,
) -> Integer:
    """Write of each row that is joined to one before it which that is, from 1, and when all by it ended; how many.

    `within` is at most `widest`. `last` holds of each substance and route the row before, from 1, and when all of its
    administration ended.
    """
    count = 0
    for group in range(len(begin)):
        if end[group] - begin[group] < 2 or lie_apart(part, begin[group], end[group], widest, lasted):
            continue
        rows = gathered(part.times, begin[group] - part.base, end[group] - part.base, places, times, spare)
        for i in range(rows):
            last[0, alike[part.ids[places[i]]]] = 0
        for i in range(rows):
            of = part.ids[places[i]]
            row = row_at(part, places[i])
            if within[of] < 0 or (len(apart) and apart[row]):
                continue
            ended = ends_at(lasted, row, times[i])
            key = alike[of]
            if last[0, key] and times[i] <= last[1, key] + within[of]:
                after[row] = last[0, key]
                ended = max(ended, last[1, key])
                ends[row] = ended
                count += 1
            last[0, key], last[1, key] = row + 1, ended
    return count


def lie_apart(part: Part, begin: Integer, end: Integer, widest: Integer, lasted: Array) -> bool:
    """Whether rows lie in order, and each so far after all that came before that none is joined to any."""
    ended = part.times[begin - part.base] - widest - 1
    for at in range(begin - part.base, end - part.base):
        time = part.times[at]
        if time <= ended + widest:
            return False
        ended = max(ended, ends_at(lasted, row_at(part, at), time))
    return True


def ends_at(lasted: Array, row: Integer, start: Integer) -> Integer:
    """When a row that starts at a moment ends, as far as is said."""
    return start + (lasted[row] * SECOND if len(lasted) and lasted[row] > 0 else 0)
