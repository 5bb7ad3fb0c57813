"""How do the answers to many rows become columns?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ketref.book.loading import Book
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import unsigned
from ketref.errors import RowsError, UsageError, quoted, unknown_option
from ketref.person.records import list_of

Progress = Callable[[int], object]
REASONS_CARRIED = 1000  # that an error has of refused rows
NULL = 255  # as a signed byte -1


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


def refusal(refused: Array, reason: Callable[[int], str], table: str = "") -> RowsError:
    """The error that lists refused rows, with the reasons of the first of them."""
    shown: dict[str, list[int]] = {}
    for row in refused[:REASONS_CARRIED].tolist():
        shown.setdefault(reason(row), []).append(row)
    return RowsError(refused.tolist(), shown, table)


def picked(columns: Sequence[str], known: Sequence[str], on_error: str) -> list[str]:
    """The columns of the answers, each once. Raises UsageError."""
    if not (isinstance(on_error, str) and on_error in {"raise", "reject"}):
        raise unknown_option("value of `on_error`", on_error, ["raise", "reject"])
    asked = list_of(columns)
    if asked is None:
        hint = f"such as {list(known[:2])}"
        raise UsageError(f"the columns of answers are not a list of names: {quoted(columns)}", value=columns, hint=hint)
    for name in asked:
        if not (isinstance(name, str) and name in known):
            raise unknown_option("column of answers", name, known)
    return list(dict.fromkeys([*asked, "reject"] if on_error == "reject" else asked))


def prefixed(answers: Mapping[str, pa.Array], prefix: str) -> dict[str, pa.Array]:
    """The columns of the answers, each name with something before it. Raises UsageError where that is not text."""
    try:
        prefix.encode()
    except (UnicodeEncodeError, AttributeError):
        message = f"`{quoted(prefix)}` cannot begin the name of a column"
        raise UsageError(message, value=quoted(prefix), hint="give it in plain text, such as ketref_") from None
    return {f"{prefix}{name}": column for name, column in answers.items()}


def rule_ids(book: Book, substances: Iterable[str], file: str) -> list[str]:
    """The ids of all rules of one kind of some substances, sorted."""
    return sorted({ranked.rule.id for name in substances for ranked in book.ranked(name, file)})
