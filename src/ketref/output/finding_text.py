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
    begin, end = _marked(finding, line)
    number = f"{finding.line:>5}"
    mark = " " * begin + "^" * max(end - begin, 1)
    return "\n".join([what, f"{number} | {line}", f"{' ' * len(number)} | {mark}", *hint])


_WIDEST = 160  # characters of a line that are shown


def _marked(finding: Finding, line: str) -> tuple[int, int]:
    """From where to where in the line: what the message names, or else the value of its key, or all of it."""
    for named in _NAMED.findall(finding.message):
        if (place := line.find(named)) >= 0:
            return place, place + len(named)
    value = _VALUE.fullmatch(line)
    begin = value.start("value") if value else len(line) - len(line.lstrip())
    return begin, len(line)
