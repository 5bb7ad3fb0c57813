"""Which test did a panel do when a sample was taken, of many samples at once?

Between two days on which a test of a panel was changed lies an era, in which each panel does what it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from ketref.answers.panels import Days
from ketref.bulk.columns.distinct import Array
from ketref.model.panels import Panel
from ketref.model.times import AHEAD, BEHIND, SECOND

_DAY = timedelta(days=1)


class Eras:
    """The eras of some panels, numbered from 0; the last of `many` numbers is of what may lie in several."""

    def __init__(self, panels: Iterable[Panel | None]) -> None:
        tests = [test for panel in panels if panel is not None for test in panel.test]
        self._changes = sorted({day for test in tests for day in (test.from_, test.until) if day is not None})
        self.many = len(self._changes) + 2

    def __bool__(self) -> bool:
        """Whether any panel was ever changed."""
        return bool(self._changes)

    def of(self, low: Array, high: Array, naive: Array) -> Array:
        """The era of each moment, of which the bounds are known in microseconds, and whether it has no zone.

        Days are those of the place: a column of times keeps no zones, and so a moment may be of either era half a day
        around a change.
        """
        changes = np.array(self._changes, "datetime64[us]").astype(np.int64)
        first = np.searchsorted(changes, np.where(naive, low, low - BEHIND * SECOND), "right")
        last = np.searchsorted(changes, np.where(naive, high, high + AHEAD * SECOND), "right")
        return np.where(first == last, first, self.many - 1)

    def days(self, era: int) -> Days | None:
        """A day of an era, twice, as its first and last; None where it is not known which era it is."""
        if era == self.many - 1:
            return None
        day = self._day(era)
        return day, day

    def _day(self, era: int) -> date:
        if not self._changes:
            return date.max
        return self._changes[era - 1] if era else self._changes[0] - _DAY
