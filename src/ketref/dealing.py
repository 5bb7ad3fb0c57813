"""Where do the rows of each key lie?

Rows that lie together are left where they are. Others are dealt out, the keys of one part after those of another, so
that what is made of them stays small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import frozen

from ketref.coding import Array
from ketref.compiling import compiled, sealed

SMALL = 1 << 31  # rows that a number of four bytes can count


class Part(NamedTuple):
    """Rows in the order of their keys, from the place `base` of that order on; an empty `order`: as they lie."""

    base: int
    order: Array
    times: Array
    ids: Array


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
