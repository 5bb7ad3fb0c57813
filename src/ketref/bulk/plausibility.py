"""Which rows of a table lie far outside everything that the book speaks of?

Each is held against the ends of what it says, by the function by which a single question is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np

from ketref.answers.plausibility import ENDS, ends_of, outside
from ketref.answers.question import understand
from ketref.book.loading import Book
from ketref.bulk.columns.amounts import Given
from ketref.bulk.columns.combinations import Said
from ketref.bulk.columns.distinct import NONE, Array, extremes
from ketref.bulk.compiling import compiled, sealed
from ketref.engine.conditions import UNBOUNDED
from ketref.errors import UsageError

NOTHING = np.full(1, NONE)
"""Amounts, or times, that no row says."""


class Outside:
    """The rows that were found to lie far outside, block by block."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ends = np.zeros((0, ENDS), np.int64)
        self._known: dict[tuple[Any, ...], Sequence[int]] = {}
        self._meeting = Lock()
        self._found: list[Array] = []

    @property
    def rows(self) -> Array:
        """The rows, in their order."""
        return np.sort(np.concatenate([np.zeros(0, np.int64), *self._found]))

    def look(
        self, said: Sequence[Said | None], ids: Array, start: int, doses: Given | None, lasted: Array, elapsed: Array
    ) -> None:
        """Look at the rows from `start` on: of each the id of what is `said`, and amounts and seconds, or one for all.

        What is negative is not known.
        """
        self._meet(said)
        if doses is None and self._surely_inside(lasted, elapsed):
            return
        mass, per_kg, weight = (NOTHING,) * 3 if doses is None else (doses.mass, doses.per_kg, doses.weight)
        found = np.empty(len(ids), np.uint8)
        said_of_rows = (ids.view(np.uint32), self._ends.ravel(), mass, per_kg, weight, lasted, elapsed)
        given = [sealed(np.ascontiguousarray(each)) for each in said_of_rows]
        if compiled(mark)(*given, found):
            self._found.append(np.flatnonzero(found) + start)

    def _surely_inside(self, lasted: Array, elapsed: Array) -> bool:
        """Whether no time is longer than any row may say."""
        least = self._ends[:, -2:].min(axis=0, initial=UNBOUNDED)
        return bool(extremes(lasted)[1] <= least[0] and extremes(elapsed)[1] <= least[1])

    def _meet(self, said: Sequence[Said | None]) -> None:
        with self._meeting:
            fresh = [self._ends_of(each) for each in said[len(self._ends) :]]
            if fresh:
                self._ends = np.concatenate([self._ends, np.array(fresh, np.int64)])

    def _ends_of(self, said: Said | None) -> Sequence[int]:
        """Between which ends a row is plausible; one that is refused always is."""
        key = tuple(said.get(name) for name in ("substance", "route", "infusion")) if said else ()
        if key not in self._known:
            self._known[key] = self._asked(said or {})
        return self._known[key]

    def _asked(self, said: Mapping[str, Any]) -> Sequence[int]:
        try:
            asked = understand(self._book, said["substance"], route=said.get("route"), infusion=said.get("infusion"))
        except (KeyError, UsageError):
            return (0, UNBOUNDED) * (ENDS // 2 - 1) + (UNBOUNDED,) * 2
        return ends_of(self._book, asked.substance, asked.route)


# ---------------------------------------------------------------- compiled


def mark(
    ids: Array, ends: Array, mass: Array, per_kg: Array, weight: Array, lasted: Array, elapsed: Array, found: Array
) -> int:
    """Write what of each row lies outside; how many rows do. What is said once is said of all rows."""
    count = 0
    by_mass, by_kg, by_weight = len(mass) > 1, len(per_kg) > 1, len(weight) > 1
    by_length, by_time = len(lasted) > 1, len(elapsed) > 1
    for i in range(len(ids)):
        found[i] = outside(
            ends,
            ENDS * ids[i],
            mass[i * by_mass],
            per_kg[i * by_kg],
            weight[i * by_weight],
            lasted[i * by_length],
            elapsed[i * by_time],
        )
        count += found[i] > 0
    return count
