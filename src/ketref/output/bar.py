"""How does a window, or the phases of a dose, look in one line of characters?

A plain bar for a terminal, a pipe or a printer: one character for each stretch of time, and marks above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from ketref.model.units import SECONDS
from ketref.output.text import moment
from ketref.output.window_text import Ends, sure

WIDTH = 60
NOT, MAYBE, SURE, NOW = ".", "-", "=", "*"
WINDOW_KEY = f"{SURE} nearly all positive  {MAYBE} possible  {NOT} not expected"
PHASE_LETTERS = {"onset": "o", "peak": "P", "offset": "w", "after_effects": "a", "baseline": "b"}
_LEAST = SECONDS["min"]  # times below it lie at the left edge of a logarithmic axis


class Axis:
    """The times from `first` to `last` in columns; logarithmic where they reach over several orders."""

    def __init__(self, first: float, last: float, width: int = WIDTH, logarithmic: bool = True) -> None:
        self.width = width
        self._of: Callable[[float], float] = (lambda s: math.log(max(s, _LEAST))) if logarithmic else float
        self._back: Callable[[float], float] = math.exp if logarithmic else float
        self._first, self._last = self._of(first), self._of(last)

    def column(self, seconds: float) -> int:
        """The column in which a time lies."""
        share = (self._of(seconds) - self._first) / (self._last - self._first or 1)
        return max(0, min(self.width - 1, round(share * (self.width - 1))))

    def times(self) -> list[float]:
        """The time in the middle of each column."""
        step = (self._last - self._first) / (self.width - 1)
        return [self._back(self._first + step * column) for column in range(self.width)]


def axis_of(windows: Iterable[tuple[Ends, Ends]], elapsed: int | None, width: int = WIDTH) -> Axis | None:
    """The axis on which some windows and a time are seen; None where no end of any is known."""
    ends = [end for window in windows for side in window for end in side if end]
    if not ends:
        return None
    seen = [*ends, elapsed] if elapsed and elapsed > 0 else ends
    return Axis(max(_LEAST, min(seen) / 3), max(seen) * 2, width)


def window_bar(axis: Axis, opens: Ends, closes: Ends, elapsed: int | None = None) -> str:
    """A window from the earliest and latest of its opening and its closing, in seconds, and a mark for the time."""
    bar = [_in_window(time, opens, closes) for time in axis.times()]
    if elapsed is not None and elapsed >= 0:
        bar[axis.column(elapsed)] = NOW
    return "".join(bar)


def _in_window(time: float, opens: Ends, closes: Ends) -> str:
    first, last = opens[0], closes[1]
    if (first and time < first) or (last is not None and time > last):
        return NOT
    found = sure(opens, closes)
    return SURE if found and found[0] <= time <= found[1] else MAYBE


def marks(axis: Axis, ends: Iterable[int | None]) -> str:
    """The times of some ends, each above its column; what has no room is left out."""
    line = ""
    for end in sorted({end for end in ends if end}):
        column = axis.column(end)
        text = moment(end)
        column = max(min(column, axis.width - len(text)), 0)
        if not line or column > len(line):
            line = line.ljust(column) + text
    return line


def phase_bar(boundaries: Mapping[str, Ends], elapsed: int | None, width: int = WIDTH) -> tuple[str, str] | None:
    """The phases of a dose on the clock since its start, and the times above them; None where they are not known.

    A letter is a phase that holds for sure, `-` one of two; `boundaries` are the earliest and latest begin of each.
    """
    axis = phase_axis(boundaries.values(), elapsed, width)
    if axis is None:
        return None
    begins, names = begins_of(boundaries.values()), list(boundaries)
    bar = [_phase(time, names, begins) for time in axis.times()]
    if elapsed is not None and elapsed >= 0:
        bar[axis.column(elapsed)] = NOW
    return "".join(bar), marks(axis, (end for ends in boundaries.values() for end in ends))


def phase_axis(boundaries: Iterable[Ends], elapsed: int | None, width: int) -> Axis | None:
    """The axis on which phases and a time are seen; None where no time of any is known."""
    known = [end for ends in boundaries for end in ends if end]
    return Axis(0, max([*known, elapsed or 0]) * 1.15, width, logarithmic=False) if known else None


def begins_of(boundaries: Iterable[Ends]) -> list[tuple[int, int | None]]:
    """When each phase begins, at the earliest and at the latest.

    One of which nothing is said when it begins at the earliest may begin with the one before it.
    """
    ends = list(boundaries)
    return list(zip(accumulate((first or 0 for first, _ in ends), max), (last for _, last in ends), strict=True))


def _phase(time: float, names: Sequence[str], begins: Sequence[tuple[int, int | None]]) -> str:
    """The letter of the one phase that holds at a time, or the mark of several."""
    most = sum(time >= first for first, _ in begins) - 1
    least = max((place for place, (_, last) in enumerate(begins) if last is not None and time >= last), default=-1)
    if most > least:
        return MAYBE
    return PHASE_LETTERS.get(names[least], MAYBE) if least >= 0 else NOT
