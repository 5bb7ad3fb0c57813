"""Where do the rows of each key lie, and in which order do those of a group come?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import frozen

from ketref.bulk.columns.distinct import Array
from ketref.bulk.compiling import Integer, compiled, sealed
from ketref.bulk.handing import in_one

SMALL = 1 << 31  # rows that a number of four bytes can count


@in_one
class Part(NamedTuple):
    """Rows in the order of their keys, from the place `base` of that order on; an empty `order`: as they lie."""

    base: int
    order: Array
    times: Array
    ids: Array


UNDEALT = Part(0, *(np.zeros(0, np.int64) for _ in range(3)))
"""Before any rows are dealt out."""


@frozen(eq=False)
class Lying:
    """The rows of each key, from `begin` to `end`: of those as they lie, if they are `together`, or when dealt out."""

    keys: Array
    times: Array
    ids: Array
    begin: Array
    end: Array
    together: bool

    def part(self, first: int, last: int) -> Part:
        """The rows of the keys from the first to before the last."""
        number = np.int32 if len(self.keys) < SMALL else np.int64
        if self.together:
            return Part(0, np.zeros(0, number), self.times, self.ids)
        base, stop = int(self.begin[first]), int(self.end[last - 1])
        rows = stop - base
        order, times, ids = np.empty(rows, number), np.empty(rows, np.int64), np.empty(rows, np.int32)
        free = self.begin[first:last] - base
        compiled(deal)(self.keys, self.times, self.ids, first, free, order, times, ids)
        return Part(base, order, sealed(times), sealed(ids))


def lying(keys: Array, times: Array, ids: Array, count: int) -> Lying:
    """The rows of each of so many keys; those whose key is negative are left out."""
    keys, times, ids = sealed(keys), sealed(times), sealed(ids)
    begin, end = np.zeros(count, np.int64), np.zeros(count, np.int64)
    together = compiled(are_together)(keys, begin, end)
    if not together:
        compiled(bounds)(keys, begin, end)
    return Lying(keys, times, ids, begin, end, together)


# ---------------------------------------------------------------- compiled


def are_together(keys: Array, begin: Array, end: Array) -> bool:
    """Whether the rows of each key lie together; from where to where, if so."""
    for i in range(len(keys)):
        key = keys[i]
        if key < 0:
            return False
        if i == 0 or key != keys[i - 1]:
            if end[key] > 0:
                return False
            begin[key] = i
        end[key] = i + 1
    return True


def bounds(keys: Array, begin: Array, end: Array) -> None:
    """Write from where to where the rows of each key are when dealt out."""
    end[:] = 0
    for i in range(len(keys)):
        if keys[i] >= 0:
            end[keys[i]] += 1
    before = 0
    for key in range(len(end)):
        begin[key] = before
        before += end[key]
        end[key] = before


def deal(
    keys: Array, times: Array, ids: Array, first: int, free: Array, order: Array, when: Array, what: Array
) -> None:
    """Write the rows of the keys from the first on, of each to the next `free` place of its own."""
    for i in range(len(keys)):
        key = np.uint64(keys[i] - first)  # of what lies before the first one, a very great number
        if key < np.uint64(len(free)):
            at = free[key]
            order[at], when[at], what[at] = i, times[i], ids[i]
            free[key] = at + 1


def row_at(part: Part, at: Integer) -> Integer:
    """The row at a place of a part."""
    return part.order[at] if len(part.order) else at


RUN = 32  # rows that are put in order one by one
Pair = tuple[Array, Array]


def gathered(when: Array, begin: Integer, end: Integer, places: Array, times: Array, spare: Pair) -> Integer:
    """Write the places from begin to end and their times, in the order of these; how many."""
    count = end - begin
    for first in range(0, count, RUN):
        for i in range(first, min(first + RUN, count)):
            time = when[begin + i]
            at = i
            while at > first and times[at - 1] > time:
                places[at], times[at] = places[at - 1], times[at - 1]
                at -= 1
            places[at], times[at] = begin + i, time
    run = RUN
    while run < count:
        for middle in range(run, count, 2 * run):
            if times[middle - 1] > times[middle]:
                merge(places, times, middle - run, middle, min(middle + run, count), spare)
        run *= 2
    return count


def merge(places: Array, times: Array, begin: Integer, middle: Integer, end: Integer, spare: Pair) -> None:
    """Make one run of two."""
    size = middle - begin
    for i in range(size):
        spare[0][i], spare[1][i] = places[begin + i], times[begin + i]
    left, right = 0, middle
    for at in range(begin, end):
        if left == size:
            break
        if right == end or spare[1][left] <= times[right]:
            places[at], times[at] = spare[0][left], spare[1][left]
            left += 1
        else:
            places[at], times[at] = places[right], times[right]
            right += 1
