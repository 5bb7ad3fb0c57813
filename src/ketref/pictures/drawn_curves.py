"""How are curves of concentrations drawn by Matplotlib, so that models are told apart without colour?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ketref.pictures.axes import ticks
from ketref.pictures.curves import Curve, Curves, Point, legend
from ketref.pictures.drawing import BLUE, INK, LINE, SIZE, SMALL, WIDTH, put_legend, put_title, set_ticks, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 2.7  # inches of the axes
_STYLES: tuple[Any, ...] = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (2.5, 1)))
_MARKS = ("", "o", "s", "^", "D", "v", "x", "P")
_HATCHES = ("", "////", "\\\\\\\\", "....", "||||", "----", "xxxx", "++++")
_SHADES = (BLUE, "#b4531d", "#3d7a3d", "#7a4a8c", "#8c6d1f", "#1f7a8c", "#a03050", INK)
"""Each model has a line, a mark, a hatch and a colour of its own, as far as they go."""
_EVERY = 20
_LEFT = -36  # points: where the title, the legend and the foot begin


def figure_for(chart: Curves, make: Any) -> Axes:
    """New axes of the size that a chart takes, in a figure that `make` makes."""
    lines = sum(len(wrapped(line, SMALL)) for line in chart.foot) + _rows(chart) + 2
    above = len(wrapped(chart.title, SIZE + 2)) + len(wrapped(chart.about, SMALL))
    figure = make(figsize=(WIDTH, _HEIGHT + 0.55 + lines * LINE + above * 0.19), layout="constrained")
    axes: Axes = figure.subplots()
    return axes


def draw(chart: Curves, ax: Axes) -> Axes:
    """Draw curves into axes, and return them."""
    times = [time for one in chart.curves for time in one.times]
    low, high = min(times, default=0), max(times, default=1)
    handles = [handle for place, one in enumerate(chart.curves) for handle in [_curve(ax, one, place)]]
    handles += [_point(ax, one) for one in chart.points]
    if chart.cutoff:
        value, text = chart.cutoff
        handles.append(ax.axhline(value, color=INK, linewidth=1.1, linestyle=(0, (8, 2)), label=f"cutoff {text}"))
    if chart.now is not None:
        ax.axvline(chart.now, color="#000000", linewidth=1.1, linestyle=(0, (4, 2)))
        ax.annotate(
            f"asked: {chart.written(chart.now)}",
            (chart.now, 1),
            xycoords=ax.get_xaxis_transform(),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=SMALL,
            va="bottom",
        )
    ax.set_xlim(low, max(high, low + 1))
    ax.set_ylim(0, _top(chart, low, high))
    set_ticks(ax, ticks(chart, low, high))
    ax.set_xlabel(chart.axis, fontsize=SMALL + 0.6)
    ax.set_ylabel(chart.unit, fontsize=SMALL + 0.6)
    ax.tick_params(labelsize=SMALL + 0.6, length=3)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.grid(color="#d9d9d9", linewidth=0.5)
    ax.set_axisbelow(True)
    put_title(ax, chart.title, chart.about, _LEFT, asked=chart.now is not None)
    put_legend(ax, handles, [legend(chart.curves), *chart.foot], (_LEFT, -30), wide=3.2)
    return ax


def _top(chart: Curves, low: float, high: float) -> float | None:
    """How high the axes go: not as high as the first moments after what came in at once; None: as high as all."""
    later = low + (high - low) * 0.03
    heights = [(time, value) for one in chart.curves for time, value in _heights(one)]
    shown = [value for one in chart.points for value in (one.value, one.high or 0)]
    shown += [chart.cutoff[0]] if chart.cutoff else []
    top = 1.6 * max([value for time, value in heights if time >= later] + shown, default=0)
    return top if max((value for _, value in heights), default=0) > 2 * top else None


def _heights(one: Curve) -> Iterator[tuple[float, float]]:
    return zip(one.times, one.high or one.middle, strict=True)


def _curve(ax: Axes, one: Curve, place: int) -> Any:
    """One model: a line with its marks, and a hatched band with thin edges."""
    shade, style = _SHADES[place % len(_SHADES)], _STYLES[place % len(_STYLES)]
    if one.low is not None and one.high is not None:
        hatch = _HATCHES[place % len(_HATCHES)]
        ax.fill_between(
            one.times, one.low, one.high, facecolor=(shade, 0.13), edgecolor=(shade, 0.45), hatch=hatch, linewidth=0
        )
        for end in (one.low, one.high):
            ax.plot(one.times, end, color=shade, linewidth=0.6, linestyle=style)
    every = (place * 3 % _EVERY, _EVERY)
    mark = _MARKS[place % len(_MARKS)]
    (line,) = ax.plot(
        *(one.times, one.middle),
        color=shade,
        linewidth=1.6,
        linestyle=style,
        marker=mark,
        markersize=4,
        markevery=every,
        label=one.name,
    )
    return line


def _point(ax: Axes, one: Point) -> Any:
    """What was measured: full where the model fits it, else empty."""
    ends = None if one.low is None or one.high is None else [[one.value - one.low], [one.high - one.value]]
    fits = "" if one.fits else ", does not fit"
    return ax.errorbar(
        *([one.at], [one.value]),
        yerr=ends,
        fmt="D",
        color=INK,
        markerfacecolor=INK if one.fits else "white",
        markersize=5,
        capsize=3,
        linewidth=1,
        zorder=5,
        label=f"measured: {one.name}{fits}",
    )


def _rows(chart: Curves) -> int:
    """How many lines the legend takes, two columns side by side."""
    return (len(chart.curves) + len(chart.points) + bool(chart.cutoff) + 1) // 2 + 1
