"""Where do the values of a CSV text stand: which sign is between them, under which names, in which lines?

Commas, semicolons or tabs may stand between values, as the header tells, or any other sign that is said. A quote opens
a value only as its first character; elsewhere it is text. Lines and rows without any value are none.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from functools import cache
from itertools import islice

from attrs import frozen

from ketref.errors import UsageError

SIGNS = {b",": "a comma", b";": "a semicolon", b"\t": "a tab"}
SUFFIXES = ("csv", "tsv", "tab")
"""What ends the names of such files."""
_MARK = b"\xef\xbb\xbf"
_BREAK = re.compile(rb"\r\n|\r|\n")
_QUOTED = re.compile(rb'"[^"]*+"')
_BLANKS = " \t\n\r\v\f"
_WRITTEN_OUT = {"tab": b"\t", "\\t": b"\t"}
_EMPTY = b' \t\v\f,;"'  # what a line without a value may hold
_SEARCHED = 40  # lines among which a header is looked for
_FEWEST = 2  # names that tell a header


class CsvError(ValueError):
    """A CSV text that is not sound: its text says what is wrong in which line, `hint` what to do."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


class RaggedError(CsvError):
    """A row has too few or too many values."""


class EncodingError(CsvError):
    """Bytes are no text in the encoding that is expected."""


@frozen(eq=False)
class Row:
    """A row: where it begins, where the next one does, and its values."""

    start: int
    end: int
    values: list[str]


@frozen(eq=False)
class Text:
    """A CSV text: what is between its values, the names of its columns, and where its rows begin."""

    content: bytes
    sign: bytes
    names: list[str]
    begin: int
    before: int = 0
    """How many lines stand before its content, where that is a part of a longer text."""

    @property
    def width(self) -> int:
        """How many columns there are, but for those at the end that have no name."""
        return next((at for at in range(len(self.names), 0, -1) if self.names[at - 1]), 0)

    def rows(self) -> Iterator[Row]:
        """The rows that hold a value. Raises CsvError, which names the line, where one cannot be read."""
        return _rows(self.content, self.sign, self.begin, self.before)

    def fitting(self, row: Row) -> list[str]:
        """The values of a row, one for each column. Raises RaggedError where they are too few or too many."""
        if reason := self.unfit(row):
            hint = "a value that is empty has its place too"
            if len(row.values) > self.width:
                hint = f'put quotes around a value that holds {called(self.sign)}: "1,5 h"'
                hint += "; if what stands first is a title, skip it with --skip-lines"
            raise RaggedError(f"line {self.before + _line(self.content, row.start)}: {reason}", hint)
        return row.values[: self.width]

    def unfit(self, row: Row) -> str:
        """Why the values of a row are not one for each column; empty: they are."""
        width, count = self.width, len(row.values)
        if count >= width and not any(value.strip(_BLANKS) for value in row.values[width:]):
            return ""
        return f"{count} value{'s' * (count != 1)}, the header names {width}"

    def written(self, row: Row) -> str:
        """A row as it stands in the text."""
        return self.content[row.start : row.end].decode().strip(_BLANKS)

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """The line, from 1, in which each of some rows begins; rows are counted from 0."""
        return {number: line for number, (line, _) in self.found(rows).items()}

    def found(self, rows: Collection[int]) -> dict[int, tuple[int, str]]:
        """The same, and each row as it stands in the text."""
        numbered = islice(enumerate(self._starts()), max(rows, default=-1) + 1)
        return {number: (line, row.decode().strip(_BLANKS)) for number, (line, row) in numbered if number in rows}

    def _starts(self) -> Iterator[tuple[int, bytes]]:
        """The line in which each row begins, and the row: those without a quote are not taken apart."""
        blank = _BLANKS.encode() + self.sign
        begun, row = 0, b""  # of a row that goes on over lines
        first = self.before + _line(self.content, self.begin)
        for number, line in enumerate(self.content[self.begin :].splitlines(), first):
            if not begun and b'"' not in line:
                if line.strip(blank):
                    yield number, line
                continue
            begun, row = begun or number, (row + b"\n" + line if begun else line)
            if not _open(self.sign).fullmatch(row):
                if any(_rows(row, self.sign, 0, 0)):
                    yield begun, row
                begun, row = 0, b""


def called(sign: bytes) -> str:
    """What a sign between values is called."""
    return SIGNS.get(sign, f"`{sign.decode()}`")


def sign_of(delimiter: str | None) -> bytes | None:
    """The sign between values, as it is said. Raises UsageError where it can be none."""
    if delimiter is None:
        return None
    sign = _WRITTEN_OUT.get(delimiter, delimiter.encode("utf-8", "replace"))
    if len(sign) != 1 or sign in b'"\r\n' or sign.isalnum():
        hint = 'give one sign, such as "," or ";" or "|", or the word tab'
        raise UsageError(f"`{delimiter}` cannot be the sign between values", value=delimiter, hint=hint)
    return sign


def opened(content: bytes, known: Collection[str] = (), skip: int = 0, sign: bytes | None = None) -> Text:
    """The text with its header, the first line with a value after `skip` lines.

    No line is skipped where the first one names two `known` columns, and so is the header. Which sign is between values
    is told by the header where it is not said. Raises CsvError where there is no header, where a title seems to stand
    above it, or where another sign plainly stands between its names.
    """
    begin = len(_MARK) if content.startswith(_MARK) else 0
    lines = list(islice(_lines(content, begin), _SEARCHED + skip))
    if lines and _headed(lines[0][2], known, sign):
        skip = 0
    lines = [line for line in lines if line[0] > skip]
    if not lines:
        raise CsvError("it is empty" + (f" after {skip} lines" if skip else ""))
    first, start, text = lines[0]
    if not any(name in known for name in _names(text, sign)):
        number = next((number for number, _, text in lines if _headed(text, known, sign)), None)
        if number is not None:
            message = f"line {first} names no column that is known, and line {number} seems to be the header"
            raise CsvError(message, f"skip what stands above it: --skip-lines {number - 1}")
        _refuse_another(first, text, known, sign)
    sign = sign or _sign(text)
    header = next(_rows(content, sign, start, 0))
    return Text(content, sign, [name.strip() for name in header.values], header.end)


def checked_encoding(encoding: str) -> str:
    """The name by which an encoding of text is known. Raises UsageError where there is none of that name."""
    try:
        found = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        hint = "give one that Python knows, such as utf-8, cp1252 or utf-16"
        raise UsageError(f"unknown encoding `{encoding}`", value=encoding, hint=hint) from None
    return found.name


# ---------------------------------------------------------------- lines


def _lines(content: bytes, begin: int) -> Iterator[tuple[int, int, bytes]]:
    """Of each line that holds a value its number, from 1, where it begins, and its text."""
    number = 1
    while begin < len(content):
        found = _BREAK.search(content, begin)
        stop, after = found.span() if found else (len(content), len(content))
        if content[begin:stop].strip(_EMPTY):
            yield number, begin, content[begin:stop]
        number, begin = number + 1, after


def breaks(content: bytes, stop: int | None = None) -> int:
    """How many lines end in a text, or before some byte of it."""
    returns = content.count(b"\r", 0, stop)
    both = content.count(b"\r\n", 0, stop) if returns else 0  # which takes far longer than to count one byte
    return content.count(b"\n", 0, stop) + returns - both


def _line(content: bytes, at: int) -> int:
    """The number of the line, from 1, that holds a byte."""
    return breaks(content, at) + 1


def _sign(line: bytes) -> bytes:
    """The sign that parts the values of a line: the most frequent one outside of quotes."""
    return max(SIGNS, key=_QUOTED.sub(b"", line).count)


def _names(line: bytes, sign: bytes | None) -> list[str]:
    return [part.strip(b' "').decode(errors="replace") for part in line.split(sign or _sign(line))]


def _headed(line: bytes, known: Collection[str], sign: bytes | None) -> bool:
    """Whether a line names columns that are known."""
    return sum(name in known for name in _names(line, sign)) >= _FEWEST


def _refuse_another(number: int, line: bytes, known: Collection[str], sign: bytes | None) -> None:
    """Refuse a header in which another sign than the one that is said, or than all that are looked for, parts names."""
    used = sign or _sign(line)
    for other in (*SIGNS, b"|"):
        plain = used not in line and line.count(other) >= _FEWEST
        if other != used and (plain or _headed(line, known, other)):
            written = "tab" if other == b"\t" else other.decode()
            message = f"{called(other)}, and not {called(used)}, parts the names in line {number}"
            raise CsvError(message, f'say which sign is between values: --delimiter "{written}"')


# ---------------------------------------------------------------- rows


@cache
def _value(sign: bytes) -> re.Pattern[bytes]:
    """A value, in quotes or plain, and what ends it."""
    return re.compile(rb'(?:"((?:[^"]++|"")*+)"|([^%b\r\n]*+))(%b|\r\n|\r|\n|\Z)' % (re.escape(sign), re.escape(sign)))


@cache
def _open(sign: bytes) -> re.Pattern[bytes]:
    """A row whose last value is in quotes that are not closed yet."""
    return re.compile(
        rb'(?:(?:"(?:[^"]++|"")*+"|(?!")[^%b]*+)%b)*+"(?:[^"]++|"")*+' % (re.escape(sign), re.escape(sign))
    )


def _rows(content: bytes, sign: bytes, begin: int, before: int) -> Iterator[Row]:
    start, values = begin, []
    for match in _value(sign).finditer(content, begin):
        quoted, plain, end = match.groups()
        if quoted is None and plain.startswith(b'"'):
            reason = f"no quote closes it before {called(sign)} or the end of a line; double a quote that is text"
            raise CsvError(f"line {before + _line(content, match.start())}: a quote opens a value, and {reason}")
        try:
            values.append(plain.decode() if quoted is None else quoted.replace(b'""', b'"').decode())
        except UnicodeDecodeError as error:
            line = before + _line(content, match.start() + error.start)
            raise EncodingError(f"line {line} is not UTF-8") from None
        if end == sign:
            continue
        if any(value.strip(_BLANKS) for value in values):
            yield Row(start, match.end(), values)
        start, values = match.end(), []
        if start == len(content):
            return
