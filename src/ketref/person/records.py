"""What does a record of one person hold: which fields, understood, and of one person alone?"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from attrs import evolve

from ketref.book.loading import Book
from ketref.errors import Note, UsageError, quoted, unknown_option
from ketref.model import times
from ketref.model.times import PLAIN, Instant, Notation
from ketref.model.units import text_of

R = TypeVar("R")
T = TypeVar("T")


MOST_TOLD = 20
MOST_NUMBERS = 5  # of rows that one sentence names
MOST_RECORDS = 5000  # doses of one person, or results
NEARLY = 0.82
"""From which likeness on a key that is not known is a misspelt one."""


def of_one_person(
    book: Book,
    records: Iterable[object],
    what: str,
    keys: Iterable[str],
    also: Mapping[str, str],
    notes: list[str],
) -> list[dict[str, Any]]:
    """What each record says under some keys; all are of one `subject`.

    Other keys are left alone; those that seem to say something of the `what` are told in `notes`. Raises UsageError,
    for a key too that is nearly one of these.
    """
    listed = list_of(records)
    if listed is None:
        hint = "such as [{'substance': 'ketamine', 'start': '2026-03-01T14:30+01:00'}]" if what == "doses" else ""
        raise UsageError(f"the {what} are not a list: {quoted(records)}", value=records, hint=hint)
    if len(listed) > MOST_RECORDS:
        hint = f"give at most {MOST_RECORDS}; samples of many people are a matter for `ketref evaluate`"
        raise UsageError(f"{len(listed)} {what} of one person", value=len(listed), hint=hint)
    known = (*keys, *also)
    named = dict.fromkeys(key for record in listed if isinstance(record, Mapping) for key in record)
    unread = [key for key in named if key not in known]
    for key in unread:
        if misspelt(str(key), known):
            unknown = unknown_option("key", key, known)
            unknown.hint += f"; if the column `{quoted(key)}` says it: --rename {unknown.candidates[0]}={quoted(key)}"
            raise unknown
    notes += [
        f"the column `{quoted(key)}` of the {what} is not read, though its name seems to matter"
        for key in unread
        if hinting(book, str(key))
    ]
    given = [fields(record, keys, also) for record in listed]
    subjects = {text_of(record["subject"]) for record in given if "subject" in record}
    if len(subjects) > 1:
        few = ", ".join(sorted(subjects)[:5])
        many = "many at one moment are answered by `ketref today DOSES`"
        if what != "doses":
            many = "samples or results of many are answered by `ketref evaluate DOSES RESULTS`"
        hint = f"give those of one person; {many}"
        raise UsageError(f"the {what} are of {len(subjects)} subjects: {few}", hint=hint)
    return given


def fields(record: object, keys: Iterable[str], also: Mapping[str, str]) -> dict[str, Any]:
    """What a mapping or an object says under some keys, or under other names of them. Raises UsageError."""
    known = (*keys, *also)
    if isinstance(record, Mapping):
        found = {key: value for key, value in record.items() if key in known}
    else:
        found = {key: getattr(record, key) for key in known if hasattr(record, key)}
    said = {key: value for key, value in found.items() if not unsaid(value)}
    for other, key in also.items():
        if other in said:
            if key in said:
                raise UsageError(f"`{other}` and `{key}` are two words for the same", hint="give one of them")
            said[key] = said.pop(other)
    return said


def misspelt(key: str, known: Iterable[str]) -> bool:
    """Whether a key that is not known is nearly one that is."""
    return bool(get_close_matches(key.strip().casefold(), known, n=1, cutoff=NEARLY))


def hinting(book: Book, key: str) -> bool:
    """Whether the name of a key seems to say something of a dose or a result, by the words of the book."""
    names = [key, *(key[len(domain) :] for domain in book.terms.domains if key.upper().startswith(domain))]
    return any(_hinting(book, name.casefold()) for name in names)


def _hinting(book: Book, name: str) -> bool:
    words = re.findall(r"[^\W_]+", name)
    whole = "".join(words)
    return any(
        word in words or (len(word) >= _PART and (whole.startswith(word) or whole.endswith(word)))
        for word in book.terms.hinting
    )


_PART = 4  # characters from which on a word may begin or end a longer one


def and_more(numbers: Sequence[int], noun: str) -> str:
    """Rows by their numbers, the first of them where they are many: "rows 1, 2, 3, 4, 5 and 7 more"."""
    shown = ", ".join(map(str, numbers[:MOST_NUMBERS]))
    more = f" and {len(numbers) - MOST_NUMBERS} more" if len(numbers) > MOST_NUMBERS else ""
    return f"{noun}{'s' * (len(numbers) != 1)} {shown}{more}"


def list_of(given: object) -> list[Any] | None:
    """What a list or something like it holds; None of what is one thing, as a text or a mapping is."""
    if isinstance(given, str | bytes | Mapping):
        return None
    try:
        return list(cast("Iterable[Any]", given))
    except TypeError:
        return None


def unsaid(value: object) -> bool:
    """Whether a value stands for none: "", None, NA, or what differs from itself, as NaN and NaT do."""
    if value is None or isinstance(value, str):
        return not value
    try:
        return type(value).__name__ == "NAType" or bool(value != value)
    except Exception:  # an array, or whatever else cannot be compared, says something, be it no use
        return False


def understood(records: Iterable[R], what: str, meaning: Callable[[R], T]) -> list[T]:
    """What each record means. Raises UsageError, which lists every one that is not understood, counted from 1."""
    found: list[T] = []
    problems: list[UsageError] = []
    for number, record in enumerate(records, 1):
        try:
            found.append(meaning(record))
        except UsageError as error:
            error.args = (f"{what} {number}: {error}",)
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        columns = {problem.column for problem in problems}
        column = columns.pop() if len(columns) == 1 else ""
        raise UsageError(*_told(problems), value=[problem.value for problem in problems], column=column)
    return found


def _told(problems: list[UsageError]) -> Iterator[str]:
    yield f"{len(problems)} records are not understood:"
    for problem in problems[:MOST_TOLD]:
        yield f"  {problem}" + (f" ({problem.hint})" if problem.hint else "")
    if len(problems) > MOST_TOLD:
        yield f"  and {len(problems) - MOST_TOLD} more"


def span_of(earliest: object, latest: object, name: str, notation: Notation = PLAIN) -> Instant:
    """A moment of which the earliest and the `latest` are given, or one of them; None is unsaid. Raises UsageError.

    Where only the latest is, it was some time before that: nobody knows how long.
    """
    if latest is None:
        return times.instant(earliest, notation)
    last = times.instant(latest, notation)
    if earliest is None:
        return evolve(last, low=times.FIRST, text=f"by {last.text}")
    first, last = times.on_one_clock([times.instant(earliest, notation), last])
    if last.high < first.low:
        raise UsageError(f"`{name}_latest` lies before `{name}`", value=latest, hint="earliest first")
    kind = first.kind if first.kind == last.kind else "time"
    return evolve(first, high=max(first.high, last.high), text=f"{first.text} to {last.text}", kind=kind)


def tell_midnights(records: Iterable[Mapping[str, Any]], keys: Iterable[str], notation: Notation) -> None:
    """Warn where much of what records say under one of the keys is at midnight, and nobody said what that means."""
    listed = list(records)
    for key in keys:
        values = [record[key] for record in listed if key in record]
        if said := times.note_midnights(sum(map(times.is_midnight, values)), len(values), key, notation):
            warnings.warn(said, Note, stacklevel=5)  # where the caller of `history` or `infer` is
