"""Which table does a CSV text hold?

Arrow reads the rows, and is asked only for what it reads right. It takes a quoted field that never ends for one that
ends with the file, and cuts a large file at line breaks unless it is told that quoted fields have some; so where there
are quotes they are looked at first. What it does not take is read row by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ketref.bulk.compiling import Integer, compiled, sealed
from ketref.csv_text import Text

_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'
_WHOSE = "subject"
_LARGEST_BLOCK = 2**31 - 1
Array = np.ndarray[Any, Any]


Broken = dict[int, tuple[str, str]]
"""Of rows, counted from 0, that have too few or too many values: why they are none, and how they are written."""


def table(text: Text, broken: Broken | None = None) -> pa.Table:
    """The rows of a CSV text that hold a value, every value as text, what is empty as null.

    Raises CsvError, which names the line, where it is not sound. Rows with too few or too many values are not, unless
    they are to be listed as `broken`: then nothing stands in them but whom they are about.
    """
    rows = pa.py_buffer(text.content)[text.begin :]
    spans = False
    if b'"' in text.content:
        opened, spans = compiled(unclosed)(sealed(np.frombuffer(rows, np.uint8)), text.sign[0])
        if opened >= 0:
            return _by_hand(text, broken)  # which tells the line
    found = _by_arrow(rows, text, spans) if rows.size else None
    if found is None or any(not _blank(column).all() for column in found.columns[text.width :]):
        return _by_hand(text, broken)
    return _without_blanks(found.select(range(text.width))).rename_columns(text.names[: text.width])


def _by_arrow(rows: pa.Buffer, text: Text, spans: bool) -> pa.Table | None:
    for block in (None, rows.size):  # a row may be longer than a block
        try:
            return _read(rows, text, spans, block)
        except pa.ArrowException:
            pass
    return None


def _read(rows: pa.Buffer, text: Text, spans: bool, block: int | None) -> pa.Table:
    columns = [str(number) for number in range(len(text.names))]  # two of the names may be equal
    return csv.read_csv(
        pa.BufferReader(rows),
        csv.ReadOptions(column_names=columns, block_size=min(block, _LARGEST_BLOCK) if block else None),
        csv.ParseOptions(delimiter=text.sign.decode(), newlines_in_values=spans),
        csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )


def _by_hand(text: Text, broken: Broken | None) -> pa.Table:
    rows = []
    whose = text.names.index(_WHOSE) if _WHOSE in text.names else text.width
    for number, row in enumerate(text.rows()):
        reason = "" if broken is None else text.unfit(row)
        if broken is not None and reason:
            broken[number] = reason, text.written(row)
            rows.append([*[""] * whose, *row.values[whose : whose + 1], *[""] * text.width][: text.width])
        else:
            rows.append(text.fitting(row))
    if broken and len(broken) == len(rows):
        text.fitting(next(text.rows()))  # then it is the header that is broken
    columns = [[row[at] or None for row in rows] for at in range(text.width)]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=text.names[: text.width])


def _without_blanks(found: pa.Table) -> pa.Table:
    """The rows that hold a value."""
    blank = np.ones(found.num_rows, bool)
    for column in found.columns:
        blank &= _blank(column)
        if not blank.any():
            return found
    return found.filter(pa.array(~blank))


def _blank(column: pa.ChunkedArray) -> Array:
    """Which values are null, or blanks alone."""
    blank: Array = pc.ascii_is_space(column).fill_null(True).to_numpy()
    return blank


# ---------------------------------------------------------------- quotes


def unclosed(content: Any, sign: Integer) -> tuple[int, bool]:
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
        if opened > 0 and not _parts(content[opened - 1], sign):
            continue
        while True:
            while at < size and content[at] != _QUOTE:
                at += 1
            if at + 1 < size and content[at + 1] == _QUOTE:
                at += 2
            else:
                break
        at += 1
        if at > size or (at < size and not _parts(content[at], sign)):
            return opened, spans
        if not spans:
            spans = _breaks(content, opened, at)
    return -1, spans


def _parts(byte: Integer, sign: Integer) -> Integer:
    return byte in (sign, _LINE_FEED, _RETURN)


def _breaks(content: Any, start: Integer, stop: Integer) -> Integer:
    found = False
    for at in range(start, stop):
        found |= content[at] == _LINE_FEED or content[at] == _RETURN
    return found
