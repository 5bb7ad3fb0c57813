"""On which clock do the moments of two tables stand: one with time zones, or one without?"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from ketref.bulk.columns.distinct import Array
from ketref.bulk.columns.moments import DAY, NOW, here
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.rows import Rows
from ketref.errors import UsageError
from ketref.model.times import AHEAD, BEHIND, SAY_TZ, SECOND


@define(eq=False)
class Clock:
    """The clock of all moments of some tables, which may come in parts.

    `zoneless` is whether it has no zone; None: it is that of the first part, which is the only one.
    """

    zoneless: bool | None = None
    _timed: dict[str, int] = field(factory=dict)  # how many rows of each table say a time
    _apart: dict[str, int] = field(factory=dict)  # how many of them are on another clock

    def put(self, tables: Sequence[Rows]) -> None:
        """Let all moments of a part compare; times of day that differ are refused.

        Days and now tell nothing of zones. Where there are zones, days without one are as wide as those of any place,
        else now is local.
        """
        known = [~(rows.untimed | rows.left) for rows in tables]
        if self.zoneless is None:
            self.zoneless = _zoneless(tables, known)
        for rows, read in zip(tables, known, strict=True):
            rows.zoneless = self.zoneless
            _beside(rows, ~rows.untimed & (rows.naive != self.zoneless))
            differ = read & (rows.naive != self.zoneless)
            self._timed[rows.what] = self._timed.get(rows.what, 0) + int(read.sum())
            self._apart[rows.what] = self._apart.get(rows.what, 0) + int(differ.sum())
            rows.refused |= differ

    def close(self) -> None:
        """Raises UsageError where all times of one table, and of it alone, are on another clock."""
        refused = [what for what, count in self._apart.items() if count]
        if len(refused) == 1 and self._apart[refused[0]] == self._timed[refused[0]]:
            other = next(what for what in self._timed if what != refused[0])
            local, zoned = (other, refused[0]) if self.zoneless else (refused[0], other)
            message = f"the times of the {local} have no time zone, those of the {zoned} have one"
            raise UsageError(message, hint=SAY_TZ)


def _zoneless(tables: Sequence[Rows], known: Sequence[Array]) -> bool:
    """Whether times have no zone, as the first sample that is a time of day has it, else the first such dose.

    Where there are none, they have one if any day has.
    """
    for rows, read in zip(reversed(tables), reversed(known), strict=True):
        telling = read & (rows.kind != DAY) & (rows.kind != NOW)
        if telling.any():
            return bool(rows.naive[telling.argmax()])
    return all((rows.naive | ~read | (rows.kind == NOW)).all() for rows, read in zip(tables, known, strict=True))


def _beside(rows: Rows, differ: Array) -> None:
    """Put the days, or the now, among rows that differ on the clock of the others."""
    moved = differ & (rows.kind == (NOW if rows.zoneless else DAY))
    if not moved.any():
        return
    by = here(int(rows.low[moved][0]) // SECOND) * SECOND if rows.zoneless else 0
    low, high = (by, by) if rows.zoneless else (-AHEAD * SECOND, BEHIND * SECOND)
    last = rows.high if len(rows.high) else rows.low
    rows.low, rows.high = sealed(rows.low + moved * low), sealed(last + moved * high)
    rows.naive = rows.naive ^ moved
