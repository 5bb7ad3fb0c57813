"""How is a chart drawn into a page: as SVG in its text, that takes the colours of the page and is told in words?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from math import log

from ketref.pictures.axes import limits, ticks
from ketref.pictures.charts import Chart, Lane, Stretch, Thread
from ketref.site.markup import Html, joined, tag

_WIDTH, _LEFT, _RIGHT = 360.0, 4.0, 346.0  # what can be read on a narrow telephone
_LABEL, _BAR, _THREAD, _LINE, _GAP = 14.0, 12.0, 3.5, 11.0, 7.0
_LETTERS = 66  # of a note in a line
_MARKS = {"positive": "M-5 4H5L0 -5Z", "negative": "M-5 -4H5L0 5Z", "nothing": "M-4 -4L4 4M-4 4L4 -4"}

HATCH = tag(
    "svg",
    tag(
        "defs",
        tag(
            "pattern",
            tag("rect", width="6", height="6", class_="pale"),
            tag("path", d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5", class_="stroke"),
            id="hatch",
            width="6",
            height="6",
            patternUnits="userSpaceOnUse",
        ),
    ),
    class_="defs",
    width="0",
    height="0",
    aria_hidden="true",
)
"""The hatching of all charts of a page, which stands on it once."""


def drawn(chart: Chart, name: str) -> Html:
    """A chart as a figure; `name` tells it from the others of its page."""
    low, high = limits(chart)
    scale = _Scale(low, high, chart.logarithmic)
    at, parts = 2.0, []
    if chart.now:
        at += _LINE
    rows: list[Html] = []
    for lane in chart.lanes:
        rows += _lane(chart, lane, scale, at)
        at += _height(chart, lane)
    parts += [*_grid(chart, scale, low, high, at), *rows]
    if chart.now:
        parts += _now(chart, scale, at)
    height = at + 3 * _LINE + 2
    title, desc = f"{name}-title", f"{name}-desc"
    picture = tag(
        "svg",
        tag("title", chart.title, id=title),
        tag("desc", " ".join(chart.described()), id=desc),
        *parts,
        viewBox=f"0 0 {_WIDTH:g} {height:g}",
        role="img",
        aria_labelledby=f"{title} {desc}",
    )
    return tag("figure", picture, tag("figcaption", _caption(chart)), class_="chart")


def _caption(chart: Chart) -> Html:
    """What the marks mean."""
    threads = any(lane.threads for lane in chart.lanes)
    words = [
        f"Solid: {chart.sure}. Hatched: {chart.possible or 'possible'}. An arrow: no rule states an end.",
        "Thin lines: one source each, broken where the conditions differ." if threads else "",
        *chart.foot[:-1],
    ]
    return joined([" ".join(filter(None, words))])


class _Scale:
    """From times to places across."""

    def __init__(self, low: float, high: float, logarithmic: bool) -> None:
        self._low, self._high, self._log = low, high, logarithmic

    def __call__(self, time: float | None, otherwise: float) -> float:
        """Where a time lies, at the edge where it lies beyond; `otherwise` where it is open."""
        if time is None:
            return otherwise
        time = min(max(time, self._low), self._high)
        if self._log:
            share = log(time / self._low) / log(self._high / self._low)
        else:
            share = (time - self._low) / (self._high - self._low)
        return _LEFT + share * (_RIGHT - _LEFT)


def _height(chart: Chart, lane: Lane) -> float:
    bar = 0.0 if lane.head or not (lane.stretches or lane.marks) else _BAR
    each = _LINE if chart.named_threads else _THREAD
    return _LABEL + bar + len(lane.threads) * each + len(_note(lane)) * _LINE + _GAP


def _note(lane: Lane) -> list[str]:
    return textwrap.wrap(lane.note, _LETTERS)


def _lane(chart: Chart, lane: Lane, scale: _Scale, top: float) -> Iterator[Html]:
    yield tag("text", lane.label, x=f"{_LEFT:g}", y=f"{top + 10:.1f}", class_="head" if lane.head else "label")
    at = top + _LABEL
    for one in lane.stretches:
        yield from _stretch(one, scale, at)
    for mark in lane.marks:
        place = f"translate({scale(mark.at, _LEFT):.1f} {at + _BAR / 2:.1f})"
        yield tag("path", d=_MARKS[mark.sign], transform=place, class_=f"mark {mark.sign}")
    if lane.stretches or lane.marks:
        at += _BAR
    for thread in lane.threads:
        each = _LINE if chart.named_threads else _THREAD
        yield from _thread(thread, scale, at + each / 2, chart.named_threads)
        at += each
    for line in _note(lane):
        yield tag("text", line, x=f"{_LEFT:g}", y=f"{at + 9:.1f}", class_="note")
        at += _LINE


def _stretch(one: Stretch, scale: _Scale, top: float) -> Iterator[Html]:
    begin, end = scale(one.begin, _LEFT), scale(one.end, _RIGHT)
    kind = "sure" if one.sure else "possible"
    yield tag(
        "rect",
        x=f"{begin:.1f}",
        y=f"{top:.1f}",
        width=f"{max(end - begin, 0.5):.1f}",
        height=f"{_BAR:g}",
        class_=kind,
    )
    middle = top + _BAR / 2
    if one.end is None:
        yield tag(
            "path", d=f"M{end:.1f} {top:.1f}L{end + 9:.1f} {middle:.1f}L{end:.1f} {top + _BAR:.1f}Z", class_="sure"
        )
    if one.begin is None:
        yield tag(
            "path",
            d=f"M{begin + 6:.1f} {top:.1f}L{begin - 4:.1f} {middle:.1f}L{begin + 6:.1f} {top + _BAR:.1f}Z",
            class_="sure",
        )


def _thread(thread: Thread, scale: _Scale, middle: float, named: bool) -> Iterator[Html]:
    begin = scale(thread.begin, _LEFT)
    end = scale(thread.end, begin)
    yield tag("path", d=f"M{begin:.1f} {middle:.1f}H{end:.1f}", class_="thread other" if thread.other else "thread")
    ends = "".join(f"M{scale(at, _LEFT):.1f} {middle - 1.6:.1f}v3.2" for at in thread.ends)
    yield tag("path", d=ends, class_="thread")
    if named:
        yield tag("text", thread.name, x=f"{end + 4:.1f}", y=f"{middle + 3:.1f}", class_="note")


def _grid(chart: Chart, scale: _Scale, low: float, high: float, bottom: float) -> Iterator[Html]:
    """The axis: a line for each moment that it names."""
    yield tag("path", d=f"M{_LEFT:g} {bottom:.1f}H{_RIGHT:g}", class_="axis")
    last = -99.0
    for at, text in ticks(chart, low, high):
        x = scale(at, _LEFT)
        yield tag("path", d=f"M{x:.1f} 2V{bottom:.1f}", class_="grid")
        if x - last < 7.0 * len(text.split("\n")[0]):
            continue
        last = x
        for line, words in enumerate(text.split("\n")):
            anchor = "end" if x > _RIGHT - 12 else "start" if x < _LEFT + 8 else "middle"
            yield tag(
                "text", words, x=f"{x:.1f}", y=f"{bottom + _LINE * (line + 1):.1f}", class_="tick", text_anchor=anchor
            )
    yield tag("text", chart.axis, x=f"{_RIGHT:g}", y=f"{bottom + 3 * _LINE:.1f}", class_="note", text_anchor="end")


def _now(chart: Chart, scale: _Scale, bottom: float) -> Iterator[Html]:
    first, last = chart.now or (0.0, 0.0)
    x = scale(first, _LEFT)
    if last > first:
        yield tag(
            "rect", x=f"{x:.1f}", y="2", width=f"{scale(last, x) - x:.1f}", height=f"{bottom - 2:.1f}", class_="range"
        )
    yield tag("path", d=f"M{x:.1f} 2V{bottom:.1f}", class_="now")
    words = " to ".join(dict.fromkeys(map(chart.written, (first, last)))).replace("T", " ")
    anchor = "end" if x > _WIDTH / 2 else "start"
    yield tag(
        "text",
        f"asked: {words}",
        x=f"{x + (-3 if anchor == 'end' else 3):.1f}",
        y="10",
        class_="note",
        text_anchor=anchor,
    )
