"""How does a window, or the phases of a dose, look in one line of characters?

A plain bar for a terminal, a pipe or a printer: one character for each stretch of time, and marks above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ketref.model.units import SECONDS
from ketref.output.text import moment

WIDTH = 60
NOT, MAYBE, SURE, NOW = ".", "-", "=", "*"
WINDOW_KEY = f"{SURE} nearly all positive  {MAYBE} possible  {NOT} not expected"
PHASE_LETTERS = {"onset": "o", "peak": "P", "offset": "w", "after_effects": "a", "baseline": "b"}
_LEAST = SECONDS["min"]  # times below it lie at the left edge of a logarithmic axis
Ends = Sequence[int | None]


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
    (first, whole), (ending, last) = opens, closes
    if (first and time < first) or (last is not None and time > last):
        return NOT
    return SURE if whole is not None and ending and whole <= time <= ending else MAYBE


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
    known = [end for ends in boundaries.values() for end in ends if end]
    if not known:
        return None
    axis = Axis(0, max([*known, elapsed or 0]) * 1.15, width, logarithmic=False)
    bar = [_phase(time, boundaries) for time in axis.times()]
    if elapsed is not None and elapsed >= 0:
        bar[axis.column(elapsed)] = NOW
    return "".join(bar), marks(axis, known)


def _phase(time: float, boundaries: Mapping[str, Ends]) -> str:
    """The letter of the one phase that holds at a time, or the mark of several.

    A phase of which nothing is said when it begins at the earliest may begin with the one before it.
    """
    most = least = -1
    earliest = 0
    names = list(boundaries)
    for place, name in enumerate(names):
        first, last = boundaries[name]
        earliest = max(earliest, first or 0)
        most = place if time >= earliest else most
        least = place if last is not None and time >= last else least
    if most > least:
        return MAYBE
    return PHASE_LETTERS.get(names[least], MAYBE) if least >= 0 else NOT
