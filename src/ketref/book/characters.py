"""Does a reader see of every text of a file what it holds?

Characters that control a terminal, turn the direction of writing or cannot be seen make a text look like another.
Whatever stands in a file is looked through before any of it is understood: texts and keys alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from ketref.book.structuring import Path, Problem

PROSE = frozenset({"note", "says"})  # these texts may have several lines
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
"""Fillers and selectors, which count as letters and marks and yet show nothing."""


def problems(document: Mapping[str, Any], text: str) -> Iterator[Problem]:
    """Every text and key of a document that a reader cannot take at its face; of ids, `structuring` knows more.

    `text` is what the file holds: where all of it can be seen, so can what it says.
    """
    if not _is_seen(text.replace("\r\n", "").replace("\n", "")) or any(sign in text for sign in _ESCAPES):
        yield from _hidden((), document)


_ESCAPES = ("\\", '"""', "'''")
"""What is needed to write in a text of TOML what the file does not show."""


def _hidden(path: Path, found: Any) -> Iterator[Problem]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _unseen((*path, key), "the key", key)
            yield from _hidden((*path, key), value)
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from _hidden((*path, index), value)
    elif isinstance(found, str) and path[-1] != "id":
        name = next(step for step in reversed(path) if isinstance(step, str))
        yield from _unseen(path, f"`{name}`", found.replace("\n", "") if name in PROSE else found)


def _unseen(path: Path, what: str, text: str) -> Iterator[Problem]:
    """What a text or a key holds that is not seen; `what` says which of them it is."""
    if "\n" in text:
        hint = f"write it on one line; {' and '.join(f'`{key}`' for key in sorted(PROSE))} may have several"
        yield path, "hidden-character", f"{what} has a line break", hint
    if not _is_seen(whole := text.replace("\n", "")):
        unseen = [char for char in dict.fromkeys(whole) if not _is_seen(char)]
        named = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in unseen)
        yield path, "hidden-character", f"{what} holds {named}", "take out what a reader does not see"


def _is_seen(text: str) -> bool:
    """Whether a reader sees all of a text: nothing in it controls, turns or joins what is shown, or shows nothing."""
    if not text.isprintable():  # nor are spaces of another width than that of ASCII
        text = "".join(char for char in text if unicodedata.category(char) != "Zs")
    return text.isprintable() and (text.isascii() or not _BLANK.search(text))
