"""How far is a run over many rows? Told on a terminal, from the second second on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ketref.cli.printing import complain

_FIRST = 1.0  # seconds before anything is told
_EACH = 0.2  # seconds between two lines
_ERASED = "\r\x1b[2K"


class Progress:
    """What is told of rows done, in one line that is written over; `total` is how many there are, where known."""

    def __init__(self, total: int | None) -> None:
        self.refused = 0
        self._total, self._done = total, 0
        self._begun = time.monotonic()
        self._told = self._begun + _FIRST - _EACH
        self._shown = False

    def __call__(self, rows: int) -> None:
        """So many rows more are done."""
        self._done += rows
        now = time.monotonic()
        if now - self._told < _EACH:
            return
        self._told, self._shown = now, True
        sys.stderr.write(f"{_ERASED}ketref: {self._line(now - self._begun)}")
        sys.stderr.flush()

    def _line(self, seconds: float) -> str:
        rate = self._done / max(seconds, _EACH)
        parts = [f"{self._done:,} rows", f"{rate:,.0f} rows/s"]
        if self.refused:
            parts.append(f"{self.refused:,} refused")
        if self._total:
            parts.append(f"{max(self._total - self._done, 0) / max(rate, 1):,.0f} s left")
        return ", ".join(parts)

    def end(self) -> None:
        """Take the line away, until there is more to tell."""
        if self._shown:
            self._shown = False
            sys.stderr.write(_ERASED)
            sys.stderr.flush()


@contextmanager
def progress(total: int | None, quiet: bool) -> Iterator[Progress | None]:
    """What tells of rows done; None where nobody looks at it, or where that is `quiet`."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    found = Progress(total)
    try:
        yield found
    finally:
        found.end()


def tell(text: str, quiet: bool) -> None:
    """Tell what was understood, or done, unless that is to be `quiet`."""
    if not quiet:
        complain(f"ketref: {text}")
