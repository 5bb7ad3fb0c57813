"""Which moments does the axis of a chart show, and how are they called?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from typing import Protocol

from ketref.model.units import SECONDS
from ketref.output.text import moment
from ketref.pictures.charts import Chart

_MIN, _H, _D = SECONDS["min"], SECONDS["h"], SECONDS["d"]
_MARKS = (
    *(_MIN, 5 * _MIN, 15 * _MIN, _H, 3 * _H, 8 * _H, _D, 3 * _D, 7 * _D),
    *(30 * _D, 90 * _D, 365 * _D, 3 * 365 * _D, 10 * 365 * _D),
)
"""The moments that a logarithmic axis may show, in seconds."""
_STEPS = (
    *(5 * _MIN, 10 * _MIN, 30 * _MIN, _H, 2 * _H, 6 * _H, 12 * _H, _D, 2 * _D, 7 * _D, 14 * _D),
    *(30 * _D, 91 * _D, 182 * _D, 365 * _D, 2 * 365 * _D, 5 * 365 * _D, 20 * 365 * _D),
)
"""The steps that an even axis may go in, in seconds."""
_MOST = 6  # steps of an even axis
_SHORT = {30 * _D: "30 d", 365 * _D: "1 year", 3 * 365 * _D: "3 years", 10 * 365 * _D: "10 years"}


def limits(chart: Chart) -> tuple[float, float]:
    """The first and the last moment that are shown: beyond what is drawn, for what is open there."""
    times = chart.times()
    if chart.logarithmic:
        positive = [time for time in times if time > 0] or [_H, _D]
        return max(min(positive[0] / 2, _H), 20), max(positive[-1] * 2.5, 4 * _H)
    low, high = (times[0], times[-1]) if times else (0, _H)
    room = max((high - low) / 8, 5 * _MIN)
    return (low - room if chart.clock else min(low, 0)), high + room


class Timed(Protocol):
    """What has an axis of time."""

    @property
    def logarithmic(self) -> bool:
        """Whether it is one."""

    @property
    def clock(self) -> Callable[[float, bool], str] | None:
        """How a moment of the calendar is written, None where times are since the dose."""

    @property
    def written(self) -> Callable[[float], str]:
        """How a moment is written out."""


def ticks(chart: Timed, low: float, high: float) -> list[tuple[float, str]]:
    """The moments that are shown between the first and the last, and their names."""
    if chart.logarithmic:
        return [(mark, _SHORT.get(mark, _name(mark))) for mark in _MARKS if low <= mark <= high]
    step = next((step for step in _STEPS if (high - low) / step <= _MOST), _STEPS[-1])
    if chart.clock is None:
        return [(at, _name(at)) for at in _every(step, 0, low, high)]
    # on a clock steps begin with a day of its own zone
    hour, minute = (int(part) for part in chart.clock(low, False).split(":"))
    day = low - low % _MIN - (hour * 60 + minute) * _MIN
    moments = list(_every(step, day, low, high))
    days = [chart.clock(at, True) for at in moments]
    if step >= _D:
        return [
            (at, f"{day} {chart.written(at)[:4]}" if step > 60 * _D else day)
            for at, day in zip(moments, days, strict=True)
        ]
    new = [True, *(before != after for before, after in pairwise(days))] if days else []
    return [
        (at, f"{chart.clock(at, False)}\n{day}" if first else chart.clock(at, False))
        for at, day, first in zip(moments, days, new, strict=True)
    ]


def _every(step: float, begin: float, low: float, high: float) -> list[float]:
    first = ceil((low - begin) / step)
    return [begin + number * step for number in range(first, int((high - begin) // step) + 1)]


def _name(seconds: float) -> str:
    text = moment(round(seconds))
    return {"24 h": "1 d", "0 s": "0"}.get(text, text)
