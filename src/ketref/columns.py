"""How do the answers to many rows become columns?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from ketref.coding import NONE, Array
from ketref.compiling import unsigned


def of_numbers(values: Array, null: Array) -> pa.Array:
    """A column of numbers; null where that says so."""
    return pa.array(values, mask=null if null.any() else None)


def of_words(codes: Array, words: Sequence[str]) -> pa.Array:
    """A column of categories, by their places among some words; null where negative."""
    null = codes < 0 if codes.min(initial=0) < 0 else None
    places = pa.array(unsigned(codes), mask=null)  # as Polars has them, which else would copy them once more
    return pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()), safe=False)


def of_reasons(height: int, rows: Array, reason: Callable[[int], str]) -> pa.Array:
    """A column that says of some rows why they are refused; what is no text is escaped."""
    known: dict[str, int] = {}
    codes = np.full(height, NONE, np.int32)
    codes[rows] = [known.setdefault(reason(row), len(known)) for row in rows.tolist()]
    return of_words(codes, [text.encode(errors="backslashreplace").decode() for text in known])
