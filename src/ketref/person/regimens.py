"""Which rows stand for many doses, and when was each of these?

The doses of a regimen lie an interval apart, from its start on: until a number of them, or a last day, is reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Literal

from attrs import evolve, frozen

from ketref.answers.question import length
from ketref.book.loading import Book
from ketref.errors import UsageError, quoted
from ketref.model import times
from ketref.model.front_matter import FrequencyTerm
from ketref.model.times import SECOND, Instant, Notation
from ketref.model.units import SECONDS, Duration, duration, text_of
from ketref.output.text import dated

_SPACING = ("frequency", "interval", "ii")
KEYS = (*_SPACING, "count", "addl")
_WHOLE = re.compile(r"[0-9]{1,9}")
SHORTEST = SECONDS["min"]
MOST_DOSES = 100_000  # of one row
NEARLY = 4
"""A dose is nearly due where less than such a part of the interval is left: a convention."""
Ongoing = Literal["now", "unknown"]
"""What a regimen without a last day means: it goes on until the moment asked about, or nobody knows how long."""


@frozen
class Regimen:
    """A dose every `interval`: `count` of them, or (None) no end is known, and then the later ones are `perhaps`.

    It is `rounded` where its end lies a little before the last dose, and was taken as the time of that.
    """

    interval: Duration
    count: int | None
    perhaps: bool = False
    rounded: bool = False

    def by(self, start: Instant, until: int) -> int:
        """How many doses may have been taken by a microsecond. Raises UsageError where they are too many."""
        step = self.interval.seconds * SECOND
        found = max(0, (until - start.low) // step + 1)
        return _counted(found) if self.count is None else min(found, self.count)


def stated(given: Mapping[str, Any]) -> bool:
    """Whether a row says how often."""
    return any(key in given for key in _SPACING)


def understood_regimen(
    book: Book, given: Mapping[str, Any], start: Instant, ongoing: Ongoing | None, notation: Notation
) -> Regimen | None:
    """The regimen of a row, None where it is one dose. Raises UsageError."""
    interval = interval_said(book, given)
    count = doses_said(given)
    if interval is None:
        if count not in {None, 1}:
            raise UsageError(f"{count} doses, and not how often", hint="give `frequency` (QD, BID ...) or `interval`")
        return None
    if interval.seconds < SHORTEST:
        raise UsageError(f"an interval of {interval} is shorter than a minute", hint="an infusion has an `end`")
    if count is not None:
        if "end" in given:
            raise UsageError("the number of doses and `end` are two ways to say the same", hint="give one of them")
        return Regimen(interval, count)
    if "end" in given:
        end, step = times.instant(given["end"], notation), interval.seconds * SECOND
        exact = start.low == start.high and end.low == end.high
        rounded = exact and is_nearly_due(end.high - start.low, step)
        return Regimen(interval, _counted((end.high - start.low) // step + 1 + rounded), rounded=rounded)
    if ongoing is None:
        hint = (
            'give `end` or `count`, or say ongoing="now" (until the time you are asking about) or "unknown" (--ongoing)'
        )
        column = next(key for key in _SPACING if key in given)
        raise UsageError(f"a dose every {interval}, and not until when", value=given[column], hint=hint, column=column)
    return Regimen(interval, None, perhaps=ongoing == "unknown")


def is_nearly_due(since: Any, every: Any) -> Any:
    """Whether the next dose is less than a quarter of the interval away, so long after the first: of arrays too.

    A moment that is said of the last dose, and is no whole number of intervals, is nearly that of a dose.
    """
    return (since % every > 0) & (NEARLY * (every - since % every) < every)


def starts(start: Instant, regimen: Regimen, until: int) -> Iterator[Instant]:
    """When each of the doses was that may have been taken by a microsecond: the first as given, the others moved."""
    yield from _starts(start, (start.zone, start.kind, start.read_as), regimen, regimen.by(start, until))


@lru_cache(1 << 5)
def _starts(start: Instant, _also: tuple[object, ...], regimen: Regimen, count: int) -> tuple[Instant, ...]:
    """So many starts; what of a start does not count where two are compared, stands beside it."""
    found = []
    for k in range(count):
        moved = k * regimen.interval.seconds * SECOND
        low, high = start.low + moved, start.high + moved
        text = _text(low, high, start.zone, start.by_the_day)
        found.append(evolve(start, low=low, high=high, text=text) if k else start)
    return tuple(found)


def _text(low: int, high: int, zone: tzinfo | None, day: bool) -> str:
    first, last = (dated(times.written(end, zone), "day" if day else "minute") for end in (low, high))
    return first if first == last else f"{first} to {last}"


# ---------------------------------------------------------------- what a row says


def interval_said(book: Book, given: Mapping[str, Any]) -> Duration | None:
    """How long it is from one dose to the next, None where there is one dose. Raises UsageError."""
    said = [key for key in _SPACING if key in given]
    if len(said) > 1:
        raise UsageError(f"`{said[0]}` and `{said[1]}` are two ways to say the same", hint="give one of them")
    if not said:
        return None
    value = given[said[0]]
    if said == ["frequency"]:
        term = _how_often(book, value)
        if not term.fixed:
            hint = "give a row for each dose, or `interval` where the doses were evenly spaced"
            raise UsageError(f"`{quoted(value)}` is not a fixed interval between doses", value=value, hint=hint)
        return term.interval
    if said == ["interval"]:
        return length(value, "interval")
    hours = text_of(value).strip()
    found = duration(hours if hours[-1:].isalpha() else f"{hours} h")
    return found if found.seconds else None  # an interval of 0 is how NONMEM writes one dose


def goes_on_all_the_time(book: Book, given: Mapping[str, Any]) -> bool:
    """Whether a row says that it was given without a break: then it is one administration. Raises UsageError."""
    return "frequency" in given and _how_often(book, given["frequency"]).continuous


def _how_often(book: Book, word: object) -> FrequencyTerm:
    known = book.vocabularies["frequency"]
    return known.terms[known.resolve(text_of(word))]


def doses_said(given: Mapping[str, Any]) -> int | None:
    """How many doses a row says, None where it says no number. Raises UsageError."""
    if "count" in given and "addl" in given:
        raise UsageError("`count` and `addl` are two ways to say the same", hint="give one of them")
    for key, before in (("count", 0), ("addl", 1)):
        if key in given:
            text = text_of(given[key]).strip()
            whole = text.removesuffix(".0")
            if not _WHOLE.fullmatch(whole) or int(whole) + before < 1:
                raise UsageError(f"`{key}` is not a number of doses: {quoted(given[key])}", value=given[key])
            return _counted(int(whole) + before)
    return None


def _counted(doses: int) -> int:
    if doses > MOST_DOSES:
        message = f"a row that stands for {doses} doses, more than {MOST_DOSES}"
        raise UsageError(message, value=doses, hint="correct the interval or the end")
    return doses
