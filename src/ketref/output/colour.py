"""Which words of an answer stand out on a terminal?

Weight and colour only repeat what the words say; nothing is said by them alone.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

from ketref.output.text import STATUS_WORDS

_BOLD, _DIM, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS = {"expected": "\x1b[1;32m", "possible": "\x1b[1;33m", "not_expected": "\x1b[1;36m", "not_yet": "\x1b[1;36m"}
_STATUS = re.compile(rf"^({'|'.join(sorted(map(re.escape, STATUS_WORDS.values()), key=len, reverse=True))})\b")
_HEADS = re.compile(r"^(  )?((?:[A-Z][a-z]+ ){0,4}[A-Za-z]+:)", re.MULTILINE)
_WEAK = re.compile(r"\bgrade [DE]\b")


def stands_out(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours, and its reader has not declined them (NO_COLOR)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in {"dumb", None}:
        return False
    return stream.isatty()


def emphasised(text: str) -> str:
    """A text with its status, the heads of its lines and its weak grades standing out."""
    names = {words: name for name, words in STATUS_WORDS.items()}
    text = _HEADS.sub(lambda found: f"{found[1] or ''}{_BOLD}{found[2]}{_OFF}", text)
    text = _STATUS.sub(lambda found: f"{_COLOURS.get(names[found[1]], _BOLD)}{found[1]}{_OFF}", text, count=1)
    return _WEAK.sub(lambda found: f"{_DIM}{found[0]}{_OFF}", text)
