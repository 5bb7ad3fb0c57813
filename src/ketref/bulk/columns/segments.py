"""Which segments of specimens does a column name?"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ketref.bulk.columns.distinct import Meanings, WordCoder
from ketref.bulk.frames import Column
from ketref.errors import UsageError
from ketref.model.segments import part


def segment_coder(column: Column, blocks: Iterable[tuple[int, int]]) -> WordCoder:
    """What reads a column of segments, of which it stands in the rows of some blocks which there are.

    A digit stands for the segment between two distances, however these are written. Whether the specimen of a row has
    segments, and such long ones, its combination tells.
    """
    met: dict[str, None] = {}

    def meet(text: object) -> tuple[int]:
        with suppress(UsageError):  # such rows are refused
            met.setdefault(_written(text))
        return (0,)

    meeting = Meanings(column, meet, (0,))
    for block in blocks:
        meeting.codes(*block)
    return WordCoder(column, tuple(met), _written)


def _written(text: object) -> str:
    """A segment as a text that is the same for the same distances. Raises UsageError."""
    near, far = part(text)
    return f"{near}-{far} um"
