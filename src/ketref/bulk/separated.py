"""Which table does a CSV text hold?

Arrow reads the rows, and is asked only for what it reads right. It takes a quoted field that never ends for one that
ends with the file, and cuts a large file at line breaks unless it is told that quoted fields have some; so where there
are quotes they are looked at first. What it does not take is halved until it does, or read row by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve
from pyarrow import csv

from ketref.bulk.compiling import Integer, compiled, sealed
from ketref.csv_text import Text, breaks

_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'
_WHOSE = "subject"
_LARGEST_BLOCK = 2**31 - 1
_SMALL = 1 << 18  # bytes of half a text that is not taken apart further, where Arrow does not read it
Array = np.ndarray[Any, Any]


Ends = tuple[int, int, bool]
Broken = dict[int, tuple[str, str]]
"""Of rows, counted from 0, that have too few or too many values: why they are none, and how they are written."""


def table(text: Text, broken: Broken | None = None) -> pa.Table:
    """The rows of a CSV text that hold a value, every value as text, what is empty as null.

    Raises CsvError, which names the line, where it is not sound. Rows with too few or too many values are not, unless
    they are to be listed as `broken`: then nothing stands in them but whom they are about. Where all are so, it is the
    header that is not sound.
    """
    found = part(text, broken)
    if broken and len(broken) == found.num_rows:
        text.fitting(next(text.rows()))
    return found


def part(text: Text, broken: Broken | None = None, ended: Ends | None = None) -> pa.Table:
    """The same of a text whose header is sound even where none of these rows is, and of which `row_ends` are known."""
    content = text.content[text.begin :]
    _, unclosed, spans = ended or row_ends(content, text.sign)
    found = None
    if content and unclosed < 0:
        found = _by_arrow(content, text, len(text.names), spans)
        if found is None and (width := _first_width(text)) > len(text.names):  # there may be blanks in all rows
            found = _by_arrow(content, text, width, spans)
    if found is None or any(not _blank(column).all() for column in found.columns[text.width :]):
        return _apart(text, broken)
    return _without_blanks(found.select(range(text.width))).rename_columns(text.names[: text.width])


def _apart(text: Text, broken: Broken | None) -> pa.Table:
    """The rows of a text that Arrow does not read as a whole: of one half of it, and of the other, or by hand."""
    middle = (len(text.content) + text.begin) // 2
    end = row_ends(text.content[text.begin : middle], text.sign)[0] if middle - text.begin > _SMALL else 0
    if not end:
        return _by_hand(text, broken)
    end += text.begin
    first = part(evolve(text, content=text.content[:end]), broken)
    begun = evolve(text, content=text.content[end:], begin=0, before=text.before + breaks(text.content, end))
    further: Broken | None = None if broken is None else {}
    second = part(begun, further)
    if broken is not None and further:
        broken.update({first.num_rows + row: why for row, why in further.items()})
    return pa.concat_tables([first, second])


def _first_width(text: Text) -> int:
    """How many values the first row has."""
    return next((len(row.values) for row in text.rows()), 0)


def _by_arrow(content: bytes, text: Text, width: int, spans: bool) -> pa.Table | None:
    for block in (None, len(content)):  # a row may be longer than a block
        try:
            return _read(content, text, width, spans, block)
        except pa.ArrowException:
            pass
    return None


def _read(content: bytes, text: Text, width: int, spans: bool, block: int | None) -> pa.Table:
    columns = [str(number) for number in range(width)]  # two of the names may be equal
    return csv.read_csv(
        pa.BufferReader(content),
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


def row_ends(content: bytes, sign: bytes) -> Ends:
    """Where the last row that has an end ends; where the first quoted field without one begins; are there line breaks?

    The text begins with a row. The row end is one before that field, 0 where there is none; without such a field, it is
    -1. Line breaks are those in quoted fields.
    """
    if b'"' in content:
        end, unclosed, spans = compiled(ends)(sealed(np.frombuffer(content, np.uint8)), sign[0])
        return int(end), int(unclosed), bool(spans)
    end = content.rfind(b"\n") + 1 or content.rfind(b"\r", 0, max(len(content) - 1, 0)) + 1
    return end, -1, False


def ends(content: Any, sign: Integer) -> tuple[int, int, bool]:
    """The same of a text with quotes, of which one opens a field only where it is the first character of it."""
    end, spans, size, at = 0, False, len(content), 0
    while True:
        while at < size:
            byte = content[at]
            if byte == _QUOTE:
                break
            at += 1
            if byte == _LINE_FEED or (byte == _RETURN and at < size and content[at] != _LINE_FEED):
                end = at
        if at >= size:
            return end, -1, spans
        opened = at
        at += 1
        if opened > 0 and not _parts(content[opened - 1], sign):
            continue
        while True:
            while at < size:
                byte = content[at]
                if byte == _QUOTE:
                    break
                at += 1
                spans |= byte in (_LINE_FEED, _RETURN)
            if at + 1 < size and content[at + 1] == _QUOTE:
                at += 2
            else:
                break
        at += 1
        if at > size or (at < size and not _parts(content[at], sign)):
            return end, opened, spans


def _parts(byte: Integer, sign: Integer) -> Integer:
    return byte in (sign, _LINE_FEED, _RETURN)
