"""Which table does a CSV text hold, and in which line is it not sound?

Arrow reads the rows, and is asked only for what it reads right. It takes a quoted field that never ends for one that
ends with the file, and cuts a large file at line breaks unless it is told that quoted fields have some; so where there
are quotes they are looked at first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from ketref.bulk.compiling import Integer, compiled, sealed

_MARK = b"\xef\xbb\xbf"
_QUOTE, _COMMA, _LINE_FEED, _RETURN = b'",\n\r'
_FIELD = re.compile(rb'("(?:[^"]++|"")*+"|[^,\r\n]*+)(,|\r\n|\r|\n|\Z)')
_BREAK = re.compile(rb"\r\n|\r|\n")
_OTHERS = {b";": "semicolons (`;`)", b"\t": "tabs"}
_LARGEST_BLOCK = 2**31 - 1


def table(content: bytes) -> pa.Table:
    """The table of a CSV text with a header, every value as text, what is empty as null; empty lines are none.

    Raises ValueError, which names the line, where it is not sound.
    """
    content = content.removeprefix(_MARK)
    spans = False
    if b'"' in content:
        opened, spans = compiled(unclosed)(sealed(np.frombuffer(content, np.uint8)))
        if opened >= 0:
            reason = "no quote closes it before a comma or the end of a line; double a quote that is text"
            raise ValueError(f"line {_line(content, opened)}: a quote opens a value, and {reason}")
    header = next(_rows(content), None)
    if header is None:
        raise ValueError("it is empty")
    _, end, fields = header
    if len(fields) == 1:
        _refuse_other(fields[0])
    names = [_text(field, 1) for field in fields]
    try:
        return _read(content, end, names, spans, None)
    except pa.ArrowException:
        _refuse_unsound(content, len(names))
        return _read(content, end, names, spans, len(content))  # a row is longer than a block


def _read(content: bytes, start: int, names: list[str], spans: bool, block: int | None) -> pa.Table:
    rows = pa.py_buffer(content)[start:]
    if not rows.size:
        return pa.table([pa.nulls(0, pa.string()) for _ in names], names=names)
    columns = [str(number) for number in range(len(names))]  # two of the names may be equal
    found = csv.read_csv(
        pa.BufferReader(rows),
        csv.ReadOptions(column_names=columns, block_size=min(block, _LARGEST_BLOCK) if block else None),
        csv.ParseOptions(newlines_in_values=spans),
        csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    return found.rename_columns(names)


# ---------------------------------------------------------------- what is not sound


def unclosed(content: Any) -> tuple[int, bool]:
    """Where the first quoted field begins that is not closed at its end, or -1; and whether one has a line break.

    A quote opens a field only where it is the first character of it; elsewhere it is text.
    """
    spans, size, at = False, len(content), 0
    while at < size:
        while at < size and content[at] != _QUOTE:
            at += 1
        if at >= size:
            break
        opened = at
        at += 1
        if opened > 0 and not _parts(content[opened - 1]):
            continue
        while True:
            while at < size and content[at] != _QUOTE:
                at += 1
            if at + 1 < size and content[at + 1] == _QUOTE:
                at += 2
            else:
                break
        at += 1
        if at > size or (at < size and not _parts(content[at])):
            return opened, spans
        if not spans:
            spans = _breaks(content, opened, at)
    return -1, spans


def _parts(byte: Integer) -> Integer:
    return byte in (_COMMA, _LINE_FEED, _RETURN)


def _breaks(content: Any, start: Integer, stop: Integer) -> Integer:
    found = False
    for at in range(start, stop):
        found |= content[at] == _LINE_FEED or content[at] == _RETURN
    return found


def _refuse_other(field: bytes) -> None:
    for sign, called in _OTHERS.items():
        if sign in field:
            raise ValueError(f"it seems to use {called} between values; use commas")


def _refuse_unsound(content: bytes, width: int) -> None:
    for start, _, fields in _rows(content):
        if len(fields) != width:
            reason = f"{_counted(len(fields), 'value')}, the header names {width}"
            hint = 'put quotes around a value with a comma: "1,5 h"'
            raise ValueError(f"line {_line(content, start)}: {reason}; {hint}")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"line {_line(content, error.start)} is not UTF-8") from None


def _rows(content: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
    """Of each row of sound text that is not empty where it begins and ends, and its fields."""
    start, fields = 0, []
    for match in _FIELD.finditer(content):
        fields.append(match[1])
        if match[2] == b",":
            continue
        if fields != [b""]:
            yield start, match.end(), fields
        start, fields = match.end(), []
        if start == len(content):
            return


def _text(field: bytes, line: int) -> str:
    if field.startswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    try:
        return field.decode()
    except UnicodeDecodeError:
        raise ValueError(f"line {line} is not UTF-8") from None


def _line(content: bytes, at: int) -> int:
    """The number of the line, from 1, that holds a byte."""
    return sum(1 for _ in _BREAK.finditer(content, 0, at)) + 1


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
