"""How does a finding read: with the line of the file that it is about, and a mark below what is wrong?"""

from __future__ import annotations

import re

from ketref.errors import Finding
from ketref.visible import shown

_NAMED = re.compile(r"`([^`]+)`")
_VALUE = re.compile(r"[^=]*?=\s*(?P<value>\S.*)")


def finding_text(finding: Finding, line: str) -> str:
    """The text of a finding; `line` is the line of its file, empty where there is none."""
    what, *hint = finding.lines()
    if not line.strip():
        return "\n".join([what, *hint])
    line = shown(line.rstrip().expandtabs(4))[:_WIDEST]
    marked = _marked(finding, line)
    if marked is None:
        return "\n".join([what, *hint])
    begin, end = marked
    number = f"{finding.line:>5}"
    mark = " " * begin + "^" * max(end - begin, 1)
    return "\n".join([what, f"{number} | {line}", f"{' ' * len(number)} | {mark}", *hint])


_WIDEST = 160  # characters of a line that are shown


def _marked(finding: Finding, line: str) -> tuple[int, int] | None:
    """From where to where in the line: what the message names, or else the value of its key, or all of it.

    None where that is not in the line: what is found of a whole file stands on its first one.
    """
    value = _VALUE.fullmatch(line)
    begin = value.start("value") if value else len(line) - len(line.lstrip())
    for after in (begin, 0):
        for named in _NAMED.findall(finding.message):
            if (place := line.find(named, after)) >= 0:
                return place, place + len(named)
    return (begin, len(line)) if value or finding.line > 1 else None
