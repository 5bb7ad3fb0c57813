"""How is a chart drawn by Matplotlib, and what stands in the file of it for those who do not see it?

Sure is solid, possible is hatched: both are told apart without colour, in print and by whoever sees few colours.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol
from xml.sax.saxutils import escape

from ketref.errors import UsageError
from ketref.pictures.axes import limits, ticks
from ketref.pictures.charts import Chart, Lane, Stretch, Thread

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
WIDTH = 4.6  # inches: what can be read at 400 pixels
_ROW, _THREAD, LINE, _GAP = 0.23, 0.062, 0.145, 0.09  # inches: a bar, a thread without a name, a line of a note
SIZE, SMALL = 8, 7.2  # points
INK, BLUE, _PALE, GREY = "#1a1a1a", "#1f4e8c", "#e4ecf7", "#6b6b6b"
_SIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "positive": ("positive", {"marker": "^", "color": BLUE}),
    "negative": ("negative", {"marker": "v", "color": BLUE, "markerfacecolor": "white"}),
    "nothing": ("no finding", {"marker": "x", "color": GREY}),
}
_PAD = 4  # points between the name of a row and the axes
_LETTER = 0.57  # how wide a letter is at most, about, in its size
_LABEL = 19  # letters of a label in a line


def look() -> AbstractContextManager[None]:
    """In it Matplotlib draws as charts are to be drawn: text as text, whatever stands in it, and the same each time."""
    import matplotlib as mpl

    return mpl.rc_context(
        {
            "font.family": "sans-serif",
            "hatch.linewidth": 0.7,
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "ketref",
            "text.parse_math": False,
            "text.usetex": False,
        }
    )


def draw(chart: Chart, ax: Axes) -> Axes:
    """Draw a chart into axes, and return them."""
    low, high = limits(chart)
    if chart.logarithmic:
        ax.set_xscale("log")
    ax.set_xlim(low, high)
    set_ticks(ax, ticks(chart, low, high))
    rows = _Rows(ax, chart, low, high)
    for lane in chart.lanes:
        rows.lane(lane)
    rows.end()
    ax.set_xlabel(chart.axis, fontsize=SMALL + 0.6)
    ax.tick_params(axis="x", labelsize=SMALL + 0.6, length=3)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="x", color="#d9d9d9", linewidth=0.5)
    ax.set_axisbelow(True)
    if chart.now:
        _now(ax, chart, low, high)
    _around(ax, chart, rows)
    return ax


def figure_for(chart: Chart, make: Any) -> Axes:
    """New axes of the size that a chart takes, in a figure that `make` makes."""
    height = sum(_height(chart, lane) for lane in chart.lanes)
    figure = make(figsize=(WIDTH, height + 0.4 + _edges(chart)), layout="constrained")
    axes: Axes = figure.subplots()
    return axes


class Told(Protocol):
    """What a file tells of a picture in words."""

    @property
    def title(self) -> str:
        """Its title."""

    def described(self) -> list[str]:
        """All that it shows."""


def content(chart: Told, figure: Figure, name: str) -> bytes:
    """The file of a figure, its text alternative in it. Raises UsageError where its name ends in no known format."""
    kind = PurePath(name).suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        hint = f"end it in {', '.join(f'.{one}' for one in FORMATS)}"
        raise UsageError(f"`{name}` names no kind of picture", value=name, candidates=FORMATS, hint=hint)
    about = " ".join(chart.described())
    told: dict[str, dict[str, Any]] = {
        "svg": {"Title": chart.title, "Date": None},
        "png": {"Title": chart.title, "Description": about},
        "pdf": {"Title": chart.title, "Subject": about, "CreationDate": None},
    }
    written = BytesIO()
    figure.savefig(written, format=kind, dpi=200, metadata=told[kind])
    return _told(written.getvalue().decode(), chart.title, about).encode() if kind == "svg" else written.getvalue()


def _told(svg: str, title: str, about: str) -> str:
    """An SVG that a screen reader tells: as one picture with a title and a description."""
    begin = svg.index("<svg ")
    end = svg.index(">", begin)
    told = f'<title id="title">{escape(title)}</title>\n <desc id="desc">{escape(about)}</desc>'
    return f'{svg[:end]} role="img" aria-labelledby="title desc">\n {told}{svg[end + 1 :]}'


def _height(chart: Chart, lane: Lane) -> float:
    named = len(lane.threads) if chart.named_threads else 0
    thin = 0 if chart.named_threads else len(lane.threads)
    label = 0 if lane.head else max(len(textwrap.wrap(lane.label, _LABEL)) - 1, 0) * LINE
    below = max(len(_note(lane)) - (not _has_bar(lane)), 0) * LINE
    thick = named * _ROW * 0.72 + thin * _THREAD + below
    return _ROW + max(thick, label) + (_GAP if thick or label else _GAP / 3)


def _has_bar(lane: Lane) -> bool:
    """Whether something is drawn beside the label, so that a note stands below it."""
    return bool(lane.stretches or lane.marks)


def _edges(chart: Chart) -> float:
    return (
        (len(wrapped(chart.title, SIZE + 2)) + len(wrapped(chart.about, SMALL))) * 0.19
        + 0.55
        + sum(len(wrapped(line, SMALL)) for line in chart.foot) * LINE
    )


def wrapped(text: str, size: float, width: float = WIDTH) -> list[str]:
    """The lines of a text; a source stays with its grade, and its name whole."""
    kept = re.sub(r" (?=[A-D](?:[,.;\]]|$))", "\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(kept, int(width * 72 / (size * _LETTER)), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _note(lane: Lane) -> list[str]:
    return wrapped(lane.note, SMALL, WIDTH - 1.35)


class _Rows:
    """The rows of a chart from top to bottom, in inches below its top."""

    def __init__(self, ax: Axes, chart: Chart, low: float, high: float) -> None:
        self._ax, self._chart, self._low, self._high = ax, chart, low, high
        self._at = 0.0
        self.labels: list[tuple[float, str, bool, bool]] = []

    def lane(self, lane: Lane) -> None:
        """Draw one lane below those before it."""
        top = self._at
        middle = self._at + _ROW / 2
        wrapped = lane.label if lane.head else "\n".join(textwrap.wrap(lane.label, _LABEL))
        if lane.head:
            self._ax.text(
                0,
                middle,
                wrapped,
                transform=self._ax.get_yaxis_transform(),
                fontsize=SIZE,
                weight="bold",
                va="center",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )
            self.labels.append((middle, "", True, False))
        else:
            self.labels.append((middle, wrapped, not self._chart.clock and self._chart.logarithmic, False))
        for one in lane.stretches:
            self._stretch(one, middle)
        for mark in lane.marks:
            self._ax.plot([mark.at], [middle], markersize=7, **_SIGNS[mark.sign][1])
        self._at += _ROW
        for thread in lane.threads:
            self._thread(thread)
        self._at -= 0 if _has_bar(lane) else (_ROW + LINE) / 2
        for line in _note(lane):
            self._ax.text(
                0.01,
                self._at + LINE / 2,
                line,
                transform=self._ax.get_yaxis_transform(),
                fontsize=SMALL,
                color=INK,
                va="center",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )
            self._at += LINE
        self._at = top + _height(self._chart, lane)

    def _stretch(self, one: Stretch, middle: float) -> None:
        begin = self._low if one.begin is None else max(one.begin, self._low)
        end = self._high if one.end is None else min(one.end, self._high)
        look: dict[str, Any] = (
            {"facecolor": BLUE, "edgecolor": BLUE}
            if one.sure
            else {"facecolor": _PALE, "edgecolor": BLUE, "hatch": "//////"}
        )
        height = _ROW * 0.72
        self._ax.barh(middle, end - begin, height, left=begin, linewidth=0.6, **look)
        if one.end is None:
            self._ax.plot([end], [middle], marker=">", markersize=6, color=BLUE, clip_on=False, zorder=4)
        if one.begin is None:
            self._ax.plot([begin], [middle], marker="<", markersize=6, color=BLUE, clip_on=False, zorder=4)

    def _thread(self, thread: Thread) -> None:
        high = _ROW * 0.72 if self._chart.named_threads else _THREAD
        middle = self._at + high / 2
        begin = self._low if thread.begin is None else max(thread.begin, self._low)
        end = begin if thread.end is None else thread.end
        style = (0, (3, 1.5)) if thread.other else "solid"
        self._ax.plot([begin, end], [middle, middle], color=INK, linewidth=0.8, linestyle=style)
        self._ax.plot(thread.ends, [middle] * len(thread.ends), "|", color=INK, markersize=4 if high > 0.1 else 2.6)
        if self._chart.named_threads:
            self.labels.append((middle, thread.name, False, True))
        self._at += high

    @property
    def beside(self) -> float:
        """How many points the names of the rows take beside the axes."""
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath

        widths = [
            TextPath((0, 0), line, SMALL if small else SIZE, FontProperties(weight="bold" if bold else "normal"))
            .get_extents()
            .width
            for _, text, bold, small in self.labels
            for line in text.split("\n")
            if line
        ]
        return max(widths) + _PAD if widths else 0

    def end(self) -> None:
        """Name the rows."""
        self._ax.set_ylim(self._at, 0)
        self._ax.set_yticks([at for at, *_ in self.labels], [text for _, text, *_ in self.labels])
        for label, (_, _, bold, small) in zip(self._ax.get_yticklabels(), self.labels, strict=True):
            label.set_fontsize(SMALL if small else SIZE)
            label.set_fontweight("bold" if bold else "normal")


def set_ticks(ax: Axes, named: list[tuple[float, str]]) -> None:
    """Name these moments on the axis of time, and no others."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    ax.xaxis.set_major_locator(FixedLocator([at for at, _ in named]))
    ax.xaxis.set_major_formatter(FixedFormatter([text for _, text in named]))
    ax.xaxis.set_minor_locator(NullLocator())


def _now(ax: Axes, chart: Chart, low: float, high: float) -> None:
    first, last = (min(max(at, low), high) for at in chart.now or (low, low))
    if last > first:
        ax.axvspan(first, last, color="#000000", alpha=0.12, linewidth=0)
    ax.axvline(first, color="#000000", linewidth=1.1, linestyle=(0, (4, 2)))
    written = " to ".join(dict.fromkeys(chart.written(at) for at in chart.now or ())).replace("T", " ")
    right = first > low + (high - low) * 0.5 if not chart.logarithmic else first**2 > low * high
    ax.annotate(
        f"asked: {written}",
        (first, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(-3 if right else 3, 2),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        fontsize=SMALL,
    )


def _around(ax: Axes, chart: Chart, rows: _Rows) -> None:
    """The title above a chart, and below it what its marks mean, its sources and its edition."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    drawn = {one.sure for lane in chart.lanes for one in lane.stretches}
    signs: list[Any] = []
    if True in drawn:
        signs.append(Patch(facecolor=BLUE, edgecolor=BLUE, label=chart.sure))
    if chart.possible and False in drawn:
        signs.append(Patch(facecolor=_PALE, edgecolor=BLUE, hatch="//////", label=chart.possible))
    if any(lane.threads for lane in chart.lanes):
        signs.append(Line2D([], [], color=INK, linewidth=0.8, label="one source each"))
        if any(thread.other for lane in chart.lanes for thread in lane.threads):
            signs.append(Line2D([], [], color=INK, linewidth=0.8, linestyle=(0, (3, 1.5)), label="of other conditions"))
    marks = {mark.sign for lane in chart.lanes for mark in lane.marks}
    signs += [
        Line2D([], [], linewidth=0, label=words, **look) for sign, (words, look) in _SIGNS.items() if sign in marks
    ]
    down = -44 if any("\n" in text for _, text in ticks(chart, *limits(chart))) else -30
    put_title(ax, chart.title, chart.about, -rows.beside, asked=bool(chart.now))
    put_legend(ax, signs, chart.foot, (-rows.beside, down), wide=1.8)


def put_title(ax: Axes, title: str, about: str, left: float, *, asked: bool) -> None:
    """A title above axes, and what it is about; `left` in points, `asked` whether a moment is named just above them."""
    width = ax.figure.get_figwidth()  # type: ignore[union-attr]
    heading, below = ("\n".join(wrapped(text, size, width)) for text, size in ((title, SIZE + 2), (about, SMALL)))
    up = 12 if asked else 4
    lines = below.count("\n") + 1 if below else 0
    for text, size, weight, more in (
        (below, SMALL, "normal", 0.0),
        (heading, SIZE + 2, "bold", 3 + lines * SMALL * 1.35),
    ):
        ax.annotate(
            text,
            (0, 1),
            xycoords="axes fraction",
            xytext=(left, up + more),
            textcoords="offset points",
            fontsize=size,
            weight=weight,
            va="bottom",
        )


def put_legend(ax: Axes, signs: list[Any], foot: Sequence[str], at: tuple[float, float], wide: float) -> None:
    """What signs mean below axes, begun so many points right and up of their corner, and the lines of a foot below.

    `wide` is how long a sign is, in letters.
    """
    from matplotlib.transforms import offset_copy

    figure: Any = ax.figure
    left, down = at
    ax.legend(
        handles=signs,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=offset_copy(ax.transAxes, figure, left, down, units="points"),
        ncols=2,
        fontsize=SMALL,
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=wide,
        columnspacing=1.2,
    )
    ax.annotate(
        "\n".join("\n".join(wrapped(line, SMALL, figure.get_figwidth())) for line in foot),
        (0, 0),
        xycoords="axes fraction",
        xytext=(left, down - (len(signs) + 1) // 2 * SMALL * 1.75 - 2),
        textcoords="offset points",
        fontsize=SMALL,
        color=INK,
        va="top",
    )
