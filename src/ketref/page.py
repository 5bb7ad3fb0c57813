"""How is text laid out for a reader?"""

from __future__ import annotations

import shutil
import textwrap

NARROWEST, WIDEST = 40, 100


class Page:
    """Lines, wrapped to the terminal within what can be read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.columns = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))

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
