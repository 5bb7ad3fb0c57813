"""How is text laid out for a reader?"""

from __future__ import annotations

import os
import textwrap

NARROWEST, WIDEST = 40, 100


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
        """A paragraph; lines after the first are indented by `hang` more."""
        pad = " " * indent
        self.lines += textwrap.wrap(
            text, self.columns, initial_indent=pad, subsequent_indent=pad + " " * hang, break_on_hyphens=False
        )

    def head(self, title: str) -> None:
        """The title of a section."""
        if self.lines:
            self.lines.append("")
        self.say(title)

    def __str__(self) -> str:
        return "\n".join(self.lines)
