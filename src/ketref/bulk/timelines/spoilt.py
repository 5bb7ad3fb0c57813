"""Which dose that is not understood makes the answer to a sample unknown?"""

from __future__ import annotations

from typing import Any

import numpy as np

from ketref.bulk.columns.distinct import Array
from ketref.bulk.refusals import Listing
from ketref.bulk.timelines.rows import DoseRows
from ketref.engine.course import OPEN


class Spoilers:
    """The refused doses by their subjects, with their reasons and, where they are in a file, their lines."""

    def __init__(self, doses: DoseRows, of_doses: Array, listing: Listing) -> None:
        rows = np.flatnonzero(doses.refused).tolist()
        numbers = {row: listing.numbering(doses.what)(row) for row in rows}
        lines = listing.lines(doses.what, set(numbers.values()))
        on_clock = doses.on_clock()
        self._of: dict[Any, list[tuple[int, str]]] = {}
        for row, number in numbers.items():
            reason = listing.add(doses.what, number, doses.refusal(row))
            line = f" (line {lines[number]})" if number in lines else ""
            since = int(doses.low[row]) if on_clock[row] else -OPEN
            self._of.setdefault(int(of_doses[row]), []).append((since, f"dose row {number}{line}: {reason}"))

    def reason(self, subject: int, until: int) -> str:
        """The first row of the refused doses of a subject that may lie before a moment, and how many more do."""
        found = [reason for since, reason in self._of[subject] if since <= until]
        more = len(found) - 1
        return f"{found[0]} (and {more} more dose{'s' * (more > 1)})" if more else found[0]
