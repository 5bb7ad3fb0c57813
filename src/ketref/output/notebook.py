"""How does an answer look in a notebook: its status, its windows as bars, its words and its sources?

One piece of HTML, made of the JSON form alone, without a script or another file; every text in it is escaped. Lines and
letters take the colour of the page, so that it reads on a light and on a dark one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ketref.output.bar import Axis, axis_of, begins_of, phase_axis
from ketref.output.reading import read
from ketref.output.text import STATUS_WORDS, elapsed_of, moment, tested_words, why_words
from ketref.output.window_text import Ends, sure, window_line
from ketref.visible import shown, shown_lines

_WIDTH, _LABEL, _ROW, _BAR = 480, 110, 22, 12  # pixels
_EDGE = 24  # beside the bars, for the times at their ends
_LETTER = 8  # the width of a letter of the axis
_STYLE = (
    ".ketref{--sure:#0b5f99;max-width:50em}.ketref pre{white-space:pre-wrap;font-size:90%}.ketref svg{max-width:100%}"
    "@media(prefers-color-scheme:dark){.ketref{--sure:#69b3ea}}"
)
Row = tuple[str, Ends, Ends]
"""A bar: its label, and when what it shows begins and ends, each at the earliest and at the latest."""


def html_of(form: Mapping[str, Any]) -> str:
    """An answer as HTML: at a glance, with its bars, and its sources to unfold."""
    words = read(form)
    head, _, rest = words.partition("\n")
    head = _head(form) or head
    rows, axis = _bars(form)
    parts = [f"<style>{_STYLE}</style>", f"<p><strong>{_text(head)}</strong></p>"]
    parts += [f"<p>{_text(warning)}</p>" for warning in form.get("warnings", ())]
    if axis is not None:
        parts += [_drawn(rows, axis, elapsed_of(form), head), _folded("in words", f"<pre>{_text(words)}</pre>")]
    else:
        parts.append(f"<pre>{_text(rest)}</pre>")
    found = dict.fromkeys(sorted(_sources(form)))
    parts.append(_folded(f"{len(found)} source{'s' * (len(found) != 1)}", _listed(found)) if found else "")
    parts.append(f"<p><small>{_text(form['notice'])} Edition {_text(form['edition'])}.</small></p>")
    return f'<div class="ketref">{"".join(parts)}</div>'


def _head(form: Mapping[str, Any]) -> str:
    """The status in words, and what was asked; empty of answers without one status."""
    if form["schema"] != "ketref.detect/1":
        return ""
    asked: Any = form
    status = f"{STATUS_WORDS[asked['status']]}{why_words(asked)}" if asked["status"] else "the window"
    return f"{status}: {tested_words(asked)}. {window_line(asked)}"


def _bars(form: Mapping[str, Any]) -> tuple[Sequence[Row], Axis | None]:
    """The windows of an answer, or the phases of a dose, and the axis on which they are seen; None without times."""
    elapsed = elapsed_of(form)
    if form["schema"] == "ketref.effects/1":
        boundaries = form["boundaries_s"]
        begins: list[Ends] = [*begins_of(boundaries.values()), (None, None)]
        rows = [(name.replace("_", " "), *begins[place : place + 2]) for place, name in enumerate(boundaries)]
        return rows, phase_axis(boundaries.values(), elapsed, _WIDTH)
    windows = [form] if "detectable_from_s" in form else form.get("specimens", [])
    found = [
        (one.get("matrix") or form["question"]["matrix"], one["detectable_from_s"], one["detectable_until_s"])
        for one in windows
    ]
    return found, axis_of([(opens, closes) for _, opens, closes in found], elapsed, _WIDTH)


def _drawn(rows: Sequence[Row], axis: Axis, elapsed: int | None, title: str) -> str:
    """The bars below each other: solid where it is sure, pale where it is possible, and a line for now."""
    height = _ROW * len(rows) + 18
    parts = [f"<title>{_text(title)}</title>"]
    for place, (label, opens, closes) in enumerate(rows):
        top = place * _ROW + 3
        parts.append(f'<text x="0" y="{top + 10}" fill="currentColor">{_text(label)}</text>')
        parts += _stretches(axis, opens, closes, top)
    free = -_WIDTH
    for end in sorted({end for _, opens, closes in rows for end in (*opens, *closes) if end}):
        text, at = moment(end), axis.column(end)
        half = _LETTER * len(text) // 2
        if at - half >= free:
            parts.append(_times(at, height, text))
            free = at + half
    if elapsed is not None and elapsed >= 0:
        x = _LABEL + axis.column(elapsed)
        parts.append(f'<path d="M{x} 0V{height - 14}" stroke="currentColor" stroke-width="2"><title>now</title></path>')
    wide = _LABEL + _WIDTH + _EDGE
    key = "solid: for sure, pale: possible" + (", upright line: now" if elapsed is not None else "")
    return (
        f'<svg role="img" viewBox="0 0 {wide} {height}" width="{wide}" font-family="sans-serif" font-size="11">'
        f"{''.join(parts)}</svg><p><small>{key}; times after the start of the dose</small></p>"
    )


def _stretches(axis: Axis, opens: Ends, closes: Ends, top: int) -> Iterator[str]:
    """Where it is possible, and in it where it is sure; nothing where no time is known."""
    first, last = opens[0], closes[1]
    if not any((*opens, *closes)):
        return
    begin = axis.column(first) if first else 0
    end = axis.width if last is None else axis.column(last)
    yield _bar(begin, end, top, 'fill-opacity=".2" stroke="var(--sure)" stroke-opacity=".6"')
    if found := sure(opens, closes):
        yield _bar(axis.column(found[0]) if found[0] else 0, axis.column(found[1]), top, "")


def _bar(begin: int, end: int, top: int, more: str) -> str:
    wide = max(end - begin, 1)
    return f'<rect x="{_LABEL + begin}" y="{top}" width="{wide}" height="{_BAR}" style="fill:var(--sure)" {more}/>'


def _times(at: int, height: int, text: str) -> str:
    return f'<text x="{_LABEL + at}" y="{height - 3}" text-anchor="middle" fill="currentColor">{_text(text)}</text>'


def _sources(form: Any) -> Iterator[tuple[str, str, str]]:
    """The grade, the name and the place in it of every source that a form names anywhere."""
    if isinstance(form, Mapping):
        if isinstance(form.get("source"), str) and "grade" in form:
            yield str(form["grade"]), form["source"], str(form.get("locator", ""))
        form = list(form.values())
    if isinstance(form, list):
        for one in form:
            yield from _sources(one)


def _listed(found: Mapping[tuple[str, str, str], None]) -> str:
    lines = (
        f"{_text(source)} (grade {_text(grade)}){', ' if place else ''}{_text(place)}" for grade, source, place in found
    )
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>{content}</details>" if content else ""


def _text(text: str) -> str:
    return escape(shown_lines(text) if "\n" in text else shown(text))
