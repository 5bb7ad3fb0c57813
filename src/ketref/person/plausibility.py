"""Does a record of a person lie far outside everything that the book speaks of, or in the future?"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from ketref.answers.plausibility import far_ahead, implausible, too_late
from ketref.book.loading import Book
from ketref.model import times
from ketref.model.times import DAY, SECOND, Instant
from ketref.person.doses import Dose
from ketref.person.records import and_more
from ketref.person.results import Result

_amounts = attrgetter("substance", "route", "dose", "dose_per_kg", "weight", "infusion")


def of_each(doses: Sequence[Dose], book: Book) -> list[list[str]]:
    """Of each dose, what lies far outside, or in the future; doses alike share it."""
    known: dict[tuple[object, ...], list[str]] = {}
    now = times.instant("now")
    found = []
    for dose in doses:
        key = _amounts(dose.as_said)
        if key not in known:
            known[key] = implausible(book, dose.as_said)
        ahead = far_ahead(book, "its start", dose.start, now)
        found.append([ahead, *known[key]] if ahead else known[key])
    return found


def of_doses(doses: Sequence[Dose], book: Book) -> list[str]:
    """What lies far outside in doses, each sentence with the numbers of its doses."""
    numbers: dict[str, list[int]] = {}
    for dose, sentences in zip(doses, of_each(doses, book), strict=True):
        for sentence in sentences:
            numbers.setdefault(sentence, []).append(dose.number or 0)
    return [f"{and_more(found, 'dose')}: {sentence}" for sentence, found in numbers.items()]


def of_moment(what: str, at: Instant, doses: Sequence[Dose], book: Book) -> list[str]:
    """What is to be said of a moment that lies far in the future, or years away from the doses."""
    ahead = far_ahead(book, what, at, times.instant("now"))
    return [*([ahead] if ahead else []), *_beside(what, at, doses, book)]


def _beside(what: str, at: Instant, doses: Sequence[Dose], book: Book) -> list[str]:
    """What is to be said of a moment that lies long before the first dose, or long after the last by then."""
    plausible = book.terms.plausible
    by_then = [dose for dose in doses if dose.start.low <= at.high]
    if by_then:
        last = max(by_then, key=lambda dose: dose.start.high)
        late = too_late(book, last.substance, (at.low - last.start.high) // SECOND, plausible.apart)
        return [f"{what}: {late}"] if late else []
    first = min(doses, key=lambda dose: dose.start.low, default=None)
    before = plausible.before
    if before is None or first is None or first.start.low - at.high <= before.seconds * SECOND:
        return []
    return [f"{what}: {too_early(at.text, first.start.text)}"]


def too_early(at: str, first: str) -> str:
    """What is to be said of a moment that lies long before the first dose."""
    return f"{at} lies long before the first dose, of {first}: check the year"


def of_results(results: Sequence[Result], doses: Sequence[Dose], at: Instant, book: Book) -> list[str]:
    """What is to be said of the times of results: beside the doses, now, and beside the moment asked about."""
    now = times.instant("now").high
    found = []
    for result in results:
        name = f"result {result.number}"
        found += _beside(name, result.time, doses, book)
        if result.time.low > now + (DAY if result.time.naive else 0):  # where there is no zone, it may be any
            found.append(f"{name}: {result.time.text} has not come yet, and no sample can be of then: check the date")
        if result.time.low > at.high:
            found.append(f"{name}: {result.time.text} lies after the time you are asking about, {at.text}: check `at`")
    return found
