"""How are the times of a dose told, and what bounds them?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from ketref.book.loading import Book
from ketref.engine.table import End
from ketref.model import times
from ketref.model.units import SECONDS
from ketref.output.text import dated
from ketref.person.intervals import Bound, Interval

if TYPE_CHECKING:
    from ketref.output import person_forms as forms


Merged = list[tuple[list[str], Interval]]
"""Intervals with the substances that share them."""
_MINUTE = SECONDS["min"] * times.SECOND


class Dating:
    """Tells moments in a zone (None: of no zone), in the words of a book."""

    def __init__(self, book: Book, zone: tzinfo | None) -> None:
        self.book = book
        self.zone = zone

    def interval(self, substances: list[str], interval: Interval) -> forms.IntervalForm:
        """The form of an interval."""
        low, high = interval.low, interval.high
        begin, end = _ends(low, high)
        return {
            "substances": substances,
            "from": None if begin is None else self.written(begin),
            "from_unit": _unit(low),
            "until": None if end is None else self.written(end),
            "until_unit": _unit(high),
            "from_rule": _rule(low),
            "until_rule": _rule(high),
            "from_result": low.bearing.result.number if low else None,
            "until_result": high.bearing.result.number if high else None,
            "from_says": self._why(low, "bound_no_more") if low else None,
            "until_says": self._why(high, "bound_not_yet") if high else None,
        }

    def written(self, microseconds: int) -> str:
        """A moment as text, to the minute."""
        return times.written(microseconds, self.zone)

    def _why(self, bound: Bound, of_positive: str) -> str:
        result = str(bound.bearing.result.number)
        if bound.bearing.models:
            return self.say("bound_calculated", result=result, models=", ".join(bound.bearing.models))
        if bound.end is None:
            return self.say("bound_sample", result=result)
        template = of_positive if bound.bearing.positive else "bound_expected"
        return self.say(template, result=result, rule=bound.end.rules[0])

    def sampled(self, begin: int, until: int | None, day: bool) -> tuple[int, int | None]:
        """From when until when to take a sample, within what is known: rounded inwards, to minutes or to days.

        A `day` is that of the end, or of the begin where there is none.
        """
        if until is None and day:
            return times.day_of(begin + times.DAY - 1, self.zone)[0], None
        first = -(-begin // _MINUTE) * _MINUTE
        if until is None:
            return first, None
        last = times.day_of(until - times.DAY + 1, self.zone)[1] if day else (until + 1) // _MINUTE * _MINUTE - _MINUTE
        return first, last

    def phrase(self, intervals: Sequence[forms.IntervalForm]) -> str:
        """Intervals as a part of a sentence."""
        phrases = []
        for form in intervals:
            ends = {}
            if form["from"]:
                ends["begin"] = dated(form["from"], form["from_unit"])
            if form["until"]:
                ends["end"] = dated(form["until"], form["until_unit"])
            template = {2: "between", 0: "whenever"}.get(len(ends), "from_then" if "begin" in ends else "until_then")
            phrases.append(self.say(template, **ends))
        return either(list(dict.fromkeys(phrases)))

    def say(self, template: str, **values: str) -> str:
        """A sentence of `infer`, from its template in the book."""
        text: str = getattr(self.book.wording, template)
        return text.format(**values)


def merged(found: Iterable[tuple[str, Interval]]) -> Merged:
    """Intervals in the order of their begin; those that several substances share stand there once."""
    alike: dict[tuple[object, ...], tuple[list[str], Interval]] = {}
    for name, interval in found:
        key = tuple(None if end is None else _told_apart(end) for end in (interval.low, interval.high))
        alike.setdefault(key, ([], interval))[0].append(name)
    return sorted(alike.values(), key=lambda one: (one[1].low is not None, one[1].low.at if one[1].low else 0, one[0]))


def _told_apart(end: Bound) -> tuple[object, ...]:
    return end.at, end.bearing.result.number, _rule(end), end.bearing.models


def _ends(low: Bound | None, high: Bound | None) -> tuple[int | None, int | None]:
    """The first and the last minute of an interval, rounded outwards, so that it is never empty or a single minute."""
    begin = None if low is None else (low.at + times.SECOND - 1) // _MINUTE * _MINUTE
    up = 0 if _by_the_day(high) else _MINUTE - 1  # the minute after the last one of a day is of another day
    end = None if high is None else (high.at + up) // _MINUTE * _MINUTE
    if begin is not None and end is not None and begin >= end:
        begin = end - _MINUTE
    return begin, end


def _unit(bound: Bound | None) -> forms.Unit | None:
    if bound is None:
        return None
    return "day" if _by_the_day(bound) else "minute"


def _rule(bound: Bound | None) -> str | None:
    return bound.end.rules[0] if bound and bound.end else None


def _by_the_day(bound: Bound | None) -> bool:
    """Whether an end is known to the day only: by the time of the result, or by the rule."""
    if bound is None:
        return False
    return bound.bearing.result.time.by_the_day or (bound.end is not None and of_days(bound.end))


def of_days(end: End) -> bool:
    """Whether the rule states an end in days or weeks, and so tells no hour of it."""
    return end.text is not None and end.text.by_the_day


def either(words: Sequence[str]) -> str:
    """One or another of these."""
    return " or ".join(words)


def numbered(numbers: Sequence[int]) -> str:
    """Results by their numbers."""
    if len(numbers) == 1:
        return f"result {numbers[0]}"
    return f"results {', '.join(str(number) for number in numbers[:-1])} and {numbers[-1]}"


def said_sources(book: Book, evidence: Iterable[Any]) -> list[forms.SaidSourceForm]:
    """The sources of some evidence with their grades, the best first."""
    grades = {entry.source: book.sources[entry.source].grade for entry in evidence}
    return [{"source": source, "grade": grade} for source, grade in sorted(grades.items(), key=lambda s: s[::-1])]


def rule_forms(book: Book, named: Iterable[str], known: Mapping[str, Any]) -> list[forms.RuleForm]:
    """The rules that an answer names, with their sources; what has no confidence of its own has a low one."""
    return [
        {
            "id": rule,
            "confidence": getattr(known[rule], "confidence", "low"),
            "sources": said_sources(book, known[rule].evidence),
        }
        for rule in sorted(named)
    ]
