"""What is drawn of any answer: which lanes lie on an axis of time, and how does that read in words?

A chart knows nothing of a drawing library: the pictures of Matplotlib and those of the site are both made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal

from attrs import frozen

from ketref.engine.course import OPEN

Sure = Literal["sure", "possible"]


@frozen
class Stretch:
    """A stretch of time, None where it is open: in it something is so for sure, or possibly."""

    begin: float | None
    end: float | None
    sure: bool


@frozen
class Thread:
    """What one source says: `ends` are the times that it reports, `begin` and `end` those between which it is so.

    Where it speaks of `other` conditions than those asked about, it is drawn broken.
    """

    name: str
    begin: float | None
    end: float | None
    ends: tuple[float, ...]
    other: bool = False


@frozen
class Mark:
    """Something at one moment, such as a result: a sign and what it is called."""

    at: float
    sign: Literal["positive", "negative", "nothing"]


@frozen
class Lane:
    """One row of a chart; a `head` names the rows below it, a `note` stands under its bar."""

    label: str
    stretches: tuple[Stretch, ...] = ()
    threads: tuple[Thread, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: str = ""
    head: bool = False


@frozen
class Chart:
    """What a picture shows. Times are seconds: since the start of the dose, or, on a `clock`, since 1970.

    `about` says what was asked. `written` writes a time out,
    `clock` writes it short for a tick of the axis, its day or its hour (None: the axis is
    one of time since the dose). `now` is the moment asked about, or the first and the last one that it may be.
    """

    title: str
    about: str
    axis: str
    lanes: tuple[Lane, ...]
    sure: str
    possible: str
    foot: tuple[str, ...]
    written: Callable[[float], str]
    now: tuple[float, float] | None = None
    clock: Callable[[float, bool], str] | None = None
    logarithmic: bool = False
    named_threads: bool = False

    def described(self) -> list[str]:
        """The chart in words, a line a lane."""
        at = "" if self.now is None else " to ".join(dict.fromkeys(map(self.written, self.now)))
        lines = [f"Asked: {self.about}."] if self.about else []
        lines += [f"The time you are asking about: {at}."] if at else []
        return [*lines, *(text for lane in self.lanes if (text := self._lane(lane)))]

    def _lane(self, lane: Lane) -> str:
        label = " ".join(lane.label.split())
        if lane.head:
            return f"{label}:"
        parts = [f"{self.sure if one.sure else self.possible} {self._when(one)}" for one in lane.stretches]
        parts += [f"{mark.sign} at {self.written(mark.at)}" for mark in lane.marks]
        if not parts and not lane.note:
            return f"{label}: nothing is known."
        note = lane.note and f" ({' '.join(lane.note.split())})"
        said = [f"{one.name} {' and '.join(map(self.written, one.ends))}" for one in lane.threads]
        sources = f" Reported by sources: {', '.join(said)}." if said else ""
        return f"{label}: {'; '.join(parts) or 'no time is stated'}{note}.{sources}"

    def _when(self, one: Stretch) -> str:
        begin = "" if one.begin is None else f"from {self.written(one.begin)}"
        end = "with no stated end" if one.end is None else f"until {self.written(one.end)}"
        return f"{begin} {end}".strip()

    def times(self) -> list[float]:
        """Every time at which something is drawn, in order."""
        found: set[float] = set(self.now or ())
        for lane in self.lanes:
            found |= {mark.at for mark in lane.marks}
            found |= {end for one in lane.stretches for end in (one.begin, one.end) if end is not None}
            found |= {end for thread in lane.threads for end in thread.ends}
        return sorted(found)


def stretches(
    turns: Iterable[float], seen: Callable[[float], Sure | None], first: float | None = None
) -> tuple[Stretch, ...]:
    """The stretches between the moments at which something may turn, by what is `seen` inside each.

    Before the first moment, and after the last, a stretch is open; with `first`, nothing is before that.
    """
    moments = sorted({turn for turn in turns if abs(turn) < OPEN and (first is None or turn > first)})
    begin = [] if first is None else [first]
    edges: list[float | None] = [*begin, *moments, None] if begin else [None, *moments, None]
    found: list[Stretch] = []
    for low, high in pairwise(edges):
        kind = seen(_inside(low, high))
        if kind is None:
            continue
        sure = kind == "sure"
        if found and found[-1].end == low and found[-1].sure is sure:
            found[-1] = Stretch(found[-1].begin, high, sure)
        else:
            found.append(Stretch(low, high, sure))
    return tuple(found)


def _inside(low: float | None, high: float | None) -> float:
    if low is None:
        return (high or 0) - 1
    return low + 1 if high is None else (low + high) / 2
