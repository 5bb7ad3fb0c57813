"""What does a JSON text say, a document or one of its lines, and what is wrong with it?"""

from __future__ import annotations

import json
from typing import Any

from ketref.bulk.files.streams import TextError


class LineError(ValueError):
    """A line of JSON lines is not sound; all others may be."""


def value_of(text: bytes, line: int = 0) -> Any:
    """The value that a text says; a `line` of it has a number, from 1. NaN and its kin are no numbers.

    Raises TextError where it is not UTF-8, else LineError of a line and ValueError of a document.
    """
    where, kind = (f"line {line}", LineError) if line else ("it", ValueError)
    try:
        return json.loads(text.decode(), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise TextError(f"{where} is not UTF-8") from None
    except RecursionError:
        raise kind(f"{where} is nested too deeply") from None
    except ValueError as error:
        raise kind(f"{where} is not JSON: {error}" if line else str(error)) from None


def object_of(text: bytes, line: int) -> dict[str, Any]:
    """The object that a line says. Raises TextError and LineError."""
    found = value_of(text, line)
    if not isinstance(found, dict):
        raise LineError(f"line {line} is not one object")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"`{word}` is not a number")
