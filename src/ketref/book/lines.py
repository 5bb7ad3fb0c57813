"""On which line of a TOML text does a key or an element stand?

Neither tomli nor tomllib tells, so the text is scanned once more where there is something to complain about. The
scanner follows the structure only and takes the text to be valid TOML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

Path = tuple[str | int, ...]
DEEPEST = 12  # no path in a rule file has more steps

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_SPACE = re.compile(r"(?:[ \t]|\r?\n|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")


def lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every key, table and element of an array, by its path from the top of the document."""
    return _Scanner(text).scan()


def line_of(known: Mapping[Path, int], path: Path) -> int:
    """The line of a path among known lines, or of the nearest thing around it that has one."""
    while path and path not in known:
        path = path[:-1]
    return known.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        with suppress(RecursionError):  # what was found until then is enough to point at
            self.tables()
        return self.found

    def tables(self) -> None:
        table: Path = ()
        while self.skip(_SPACE) < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self.header(2)
            elif self.text[self.at] == "[":
                table = self.header(1)
            else:
                self.pair(table)

    def skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        end = match.end() if match else self.at + 1  # never stand still
        self.line += self.text.count("\n", self.at, end)
        self.at = end
        return end

    def mark(self, path: Path, line: int) -> None:
        """Keep the line of a path, unless nothing in a rule file lies so deep."""
        if len(path) <= DEEPEST:
            self.found.setdefault(path, line)

    def header(self, brackets: int) -> Path:
        line = self.line
        self.at += brackets
        keys = self.key()
        self.skip(_BLANK)
        self.at += brackets
        path: Path = ()
        for depth, key in enumerate(keys):
            path = (*path, key)
            if depth == len(keys) - 1 and brackets == 2:
                self.counts[path] = self.counts.get(path, -1) + 1
                self.found.setdefault(path, line)
            if path in self.counts:
                self.found.setdefault(path, line)
                path = (*path, self.counts[path])
            self.found.setdefault(path, line)
        return path

    def key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.skip(_BLANK)
            start = self.at
            if self.text[start : start + 1] in {'"', "'"}:
                self.skip(_STRING)
                keys.append(_unquote(self.text[start : self.at]))
            else:
                self.skip(_BARE)
                keys.append(self.text[start : self.at])
            self.skip(_BLANK)
            if self.text[self.at : self.at + 1] != ".":
                return keys
            self.at += 1

    def pair(self, table: Path) -> None:
        line = self.line
        path = table
        for key in self.key():
            path = (*path, key)
            self.mark(path, line)
        self.at += 1  # =
        self.skip(_BLANK)
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        elif first in {'"', "'"}:
            self.skip(_STRING)
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.skip(_SPACE) < len(self.text) and self.text[self.at] != "]":
            self.mark((*path, index), self.line)
            self.value((*path, index))
            index += 1
            self.skip(_SPACE)
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.skip(_SPACE) < len(self.text) and self.text[self.at] != "}":
            self.pair(path)
            self.skip(_SPACE)
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
        self.at += 1


def _unquote(key: str) -> str:
    if key[:1] == "'":
        return key[1:-1]
    import tomli

    return str(tomli.loads(f"key = {key}")["key"])
