"""Which rows of a whole table are those of a part of it?"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

Array = np.ndarray[Any, Any]


@frozen(eq=False)
class Numbering:
    """The numbers, in a whole table, of the rows of a part: they follow the `first`, or are given for each."""

    first: int = 0
    given: Array | None = None

    def __call__(self, row: int) -> int:
        """The number of one row."""
        return self.first + row if self.given is None else int(self.given[row])

    def of(self, rows: Array) -> Array:
        """The numbers of some rows; -1, which is none, has whatever number."""
        if self.given is not None:
            return np.append(self.given, -1)[rows]
        return rows + self.first if self.first else rows


WHOLE = Numbering()
