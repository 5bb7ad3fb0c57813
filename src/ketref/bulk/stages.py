"""In which stages of its course does each of many rows stand, and when will that change?

The loops over rows call the functions of `course`, which answer a single question too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from ketref.bulk.columns.combinations import Said
from ketref.bulk.columns.distinct import Array
from ketref.bulk.compiling import Integer, compiled
from ketref.engine import course
from ketref.engine.conditions import Cell
from ketref.engine.course import OPEN, SETTLED, START, UNSAID, WIDTH, next_change, settle, stages
from ketref.engine.table import Row

LONG_PAST = -OPEN


class Courses:
    """The courses of one kind that combinations of what is said stand for, by the ids of the combinations.

    A row stands in a *place*: `(boundaries + 1) * earliest stage + latest stage`. Of a combination without a course the
    earliest stage lies after the latest: all boundaries after (`silent`: no rule states anything) or the first one
    (`refused`).
    """

    def __init__(
        self,
        boundaries: int,
        cell: Callable[[Said | None], tuple[Said, Cell] | None],
        course: Callable[[Said, Cell], tuple[Row, Sequence[int]]],
    ) -> None:
        """`cell` tells what a combination says and asks, `course` looks that up: a row of a table, and its course."""
        self.boundaries = boundaries
        self.silent = (boundaries + 1) * boundaries
        self.refused = boundaries + 1
        self.places = (boundaries + 1) ** 2
        self.rules: list[str | None] = []
        self._cell = cell
        self._course = course
        self._ends = np.zeros((0, WIDTH * boundaries), np.int64)
        self._moments = np.zeros((0, SETTLED * boundaries), np.int64)
        self._order = tuple(range(boundaries))
        self._composing = Lock()

    def compose(self, said: Sequence[Said | None]) -> None:
        """Look up the course of every combination that has none yet. Raises RulesError."""
        with self._composing:
            fresh = [self._composed(each) for each in said[len(self.rules) :]]
            if fresh:
                ends = np.array([flat for flat, _ in fresh], np.int64)
                moments = np.zeros((len(fresh), SETTLED * self.boundaries), np.int64)
                for flat, settled in zip(ends, moments, strict=True):
                    course.settle(flat, 0, self.boundaries, UNSAID, settled)
                self._ends = np.concatenate([self._ends, ends])
                self._moments = np.concatenate([self._moments, moments])
                self.rules.extend(rule for _, rule in fresh)

    def _composed(self, said: Said | None) -> tuple[Sequence[int], str | None]:
        found = self._cell(said)
        never, always = (OPEN, START), (LONG_PAST, START)
        if found is None:
            return (*never, *always, *(never * 2 * (self.boundaries - 1))), None
        row, ends = self._course(*found)
        rule = row.atoms[0].ranked.rule.id if row.atoms else None
        if not any(True for _ in row.ends()):
            return (*never, *always) * self.boundaries, rule
        return ends, rule

    def place(self, ids: Array, soonest: Array, longest: Array, lasted: Array | None) -> Array:
        """The place of each row, uint8; where `longest` is negative, `refused`."""
        places = np.empty(len(ids), np.uint8)
        soonest, longest = map(np.ascontiguousarray, (soonest, longest))
        if lasted is None:
            compiled(placed)(ids, self._moments.ravel(), self._order, soonest, longest, places)
        else:
            compiled(placed_lasting, allocating=True)(
                ids, self._ends.ravel(), self._order, soonest, longest, lasted, places
            )
        return places

    def change(self, ids: Array, soonest: Array, longest: Array, lasted: Array | None, seen: Sequence[int]) -> Array:
        """Seconds until what is `seen` of each row's place changes, `course.OPEN` if it never does."""
        waits = np.empty(len(ids), np.int64)
        soonest, longest = map(np.ascontiguousarray, (soonest, longest))
        known = np.array(seen, np.int64)
        lasted = np.full(len(ids), UNSAID) if lasted is None else lasted
        compiled(changes, allocating=True)(ids, self._ends.ravel(), self._order, soonest, longest, lasted, known, waits)
        return waits


# ---------------------------------------------------------------- compiled


def placed(ids: Array, moments: Array, order: tuple[int, ...], soonest: Array, longest: Array, places: Array) -> None:
    """Write the place of each row; `moments` are settled rows, by id, of as many boundaries as `order` is long."""
    boundaries = len(order)
    for i in range(len(ids)):
        row = SETTLED * boundaries * ids[i]
        earliest, latest = stages(moments, row, boundaries, soonest[i], longest[i])
        places[i] = placed_at(boundaries, earliest, latest, longest[i])


def placed_lasting(
    ids: Array, ends: Array, order: tuple[int, ...], soonest: Array, longest: Array, lasted: Array, places: Array
) -> None:
    """The same where each administration took its own time; `ends` are rows that are not settled."""
    boundaries = len(order)
    moments = np.empty(SETTLED * boundaries, np.int64)
    for i in range(len(ids)):
        settle(ends, WIDTH * boundaries * ids[i], boundaries, lasted[i], moments)
        earliest, latest = stages(moments, 0, boundaries, soonest[i], longest[i])
        places[i] = placed_at(boundaries, earliest, latest, longest[i])


def placed_at(boundaries: Integer, earliest: Integer, latest: Integer, longest: Integer) -> Integer:
    """The place of two stages; that of what is refused where no time can be so `longest`."""
    return (boundaries + 1) * earliest + latest if longest >= 0 else boundaries + 1


def changes(
    ids: Array,
    ends: Array,
    order: tuple[int, ...],
    soonest: Array,
    longest: Array,
    lasted: Array,
    seen: Array,
    waits: Array,
) -> None:
    """Write the seconds until what is seen of each row's stages changes."""
    boundaries = len(order)
    moments = np.empty(SETTLED * boundaries, np.int64)
    for i in range(len(ids)):
        settle(ends, WIDTH * boundaries * ids[i], boundaries, lasted[i], moments)
        waits[i] = next_change(moments, 0, boundaries, soonest[i], longest[i], seen)


def translated(codes: Array, meanings: Array, found: Array) -> None:
    """Write what each code means."""
    for i in range(len(codes)):
        found[i] = meanings[codes[i]]
