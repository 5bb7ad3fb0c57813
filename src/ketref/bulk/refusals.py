"""Why is a row refused, which cell is to blame, and in which line of a file does it stand?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from attrs import frozen

from ketref.bulk.frames import Frame
from ketref.bulk.numbering import WHOLE, Numbering
from ketref.errors import UsageError, quoted

Lines = Callable[[Collection[int]], Mapping[int, int]]
"""Tells of rows, counted from 0, in which line each stands, from 1; nothing of those that stand in none."""


@frozen
class Refusal:
    """Why a row is refused, as a `code` and in words; and, where one cell is to blame, its column and what it holds."""

    reason: str
    column: str = ""
    value: str = ""
    code: str = "not-understood"


class Listing:
    """The rows of some tables that are refused, and in which lines of their files rows stand.

    A table may come in parts: `numbers` are then those of the present one.
    """

    def __init__(
        self, lines: Mapping[str, Lines] | None = None, broken: Mapping[str, Mapping[int, Refusal]] | None = None
    ) -> None:
        """`broken` are the rows of each table that say nothing, as their file cannot be read there."""
        self.refused: dict[tuple[str, int], Refusal] = {}  # by the table and the row, from 0
        self.numbers: Mapping[str, Numbering] = {}
        self._lines = lines or {}
        self._broken = broken or {}

    def numbering(self, table: str) -> Numbering:
        """The numbers, in the whole table, of the rows of its present part."""
        return self.numbers.get(table, WHOLE)

    def add(self, table: str, row: int, refusal: Refusal) -> str:
        """List a row of the whole table, once, and give its reason."""
        return self.refused.setdefault((table, row), self._broken.get(table, {}).get(row, refusal)).reason

    def lines(self, table: str, rows: Collection[int]) -> Mapping[int, int]:
        """The line of each of some rows; of those that are in no file none."""
        return self._lines[table](rows) if table in self._lines and rows else {}


def said_in(frame: Frame, row: int) -> dict[str, Any]:
    """What a row says, by the names of the columns; null is None."""
    return {name: column.value(0 if column.constant else row) for name, column in frame.columns.items()}


def refusal_of(frame: Frame, row: int, ask: Callable[[dict[str, Any]], None]) -> Refusal:
    """Why a row is refused, in the words in which what it says would be where it is asked alone."""
    try:
        given = said_in(frame, row)
    except (OverflowError, ValueError):  # a time that Python cannot hold
        return Refusal("out of range", code="out-of-range")
    try:
        ask(dict(given))
    except UsageError as error:
        column = _column(error, given)
        value = given.get(column)
        reason = "; also: ".join(f"{one}; {one.hint}" if one.hint else str(one) for one in error.slips or [error])
        return Refusal(reason, column, "" if value is None else quoted(_text(value)), error.code)
    return Refusal("out of range", code="out-of-range")


def _column(error: UsageError, given: Mapping[str, Any]) -> str:
    """The column that an error is about: as it says, or the only one that holds what it was raised for."""
    if error.column in given:
        return error.column
    blamed = _text(error.value) if error.value is not None else ""
    found = [name for name, value in given.items() if blamed and blamed in _texts(name, value, given)]
    if len(found) == 1:
        return found[0]
    return next((name for name in given if str(error).startswith(f"`{name}`")), "")


def _texts(name: str, value: Any, given: Mapping[str, Any]) -> list[str]:
    """How a cell may be told: alone, or with its unit in a column of its own."""
    if value is None:
        return []
    unit = given.get(f"{name}_unit")
    return [_text(value), f"{_text(value)} {_text(unit)}"] if unit is not None else [_text(value)]


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # whatever object a caller has
        return quoted(value)
