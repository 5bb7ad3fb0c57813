"""How is text laid out for a reader?"""

from __future__ import annotations

import itertools
import os
import textwrap
from collections.abc import Sequence

from ketref.visible import shown

NARROWEST, WIDEST = 40, 100
_TABLE = 70  # columns from which on a table of several is read
_ONE_PARAGRAPH = str.maketrans(dict.fromkeys("\t\n\v\f\r", " "))


def _columns() -> int:
    """The columns of the terminal: as COLUMNS says, or as it says itself, or 80."""
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        try:
            return os.get_terminal_size().columns
        except OSError:
            return 80


class Page:
    """Lines, wrapped to the terminal within what can be read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.columns = max(NARROWEST, min(WIDEST, _columns()))

    def say(self, text: str, indent: int = 0, hang: int = 2) -> None:
        """A paragraph, whatever breaks are in its text; lines after the first are indented by `hang` more."""
        pad = " " * indent
        self.lines += textwrap.wrap(
            shown(text.translate(_ONE_PARAGRAPH)),
            self.columns,
            initial_indent=pad,
            subsequent_indent=pad + " " * hang,
            break_on_hyphens=False,
        )

    def quote(self, text: str) -> None:
        """A line of its own that is not wrapped: a name or a command to copy."""
        self.lines.append(f"  {shown(text)}")

    def draw(self, text: str) -> None:
        """A line of its own in which columns count."""
        if text:
            self.lines.append(f"  {shown(text)}".rstrip())

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of cells under their titles, wrapped within their columns; on a narrow page a line for each cell."""
        if self.columns < _TABLE:
            titles = rows[0]
            for row in rows[1:]:
                self.say(row[0], 2)
                for title, cell in zip(titles[1:], row[1:], strict=True):
                    self.say(f"{title}: {cell}", 4)
            return
        first = min(max(len(row[0]) for row in rows), self.columns // 4)
        others = len(rows[0]) - 1
        width = max(8, (self.columns - 2 - first - 2 * others) // others)
        for row in rows:
            cells = [
                textwrap.wrap(shown(cell.translate(_ONE_PARAGRAPH)), size, break_on_hyphens=False)
                for cell, size in zip(row, (first, *[width] * others), strict=True)
            ]
            for line in itertools.zip_longest(*cells, fillvalue=""):
                head, *rest = line
                self.lines.append(f"  {head:{first}}  {'  '.join(f'{one:{width}}' for one in rest)}".rstrip())

    def head(self, title: str) -> None:
        """The title of a section."""
        if self.lines:
            self.lines.append("")
        self.say(title)

    def __str__(self) -> str:
        return "\n".join(self.lines)
