"""Which specimens does a report tell of: the results of each, and the measures of the specimen itself?

A row whose analyte is a measure, such as the creatinine, tells of the specimen and of no drug. Results of one kind of
specimen that were taken at one minute are of one specimen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from attrs import evolve, field, frozen

from ketref.answers.question import what_is_said
from ketref.answers.targets import identifies
from ketref.book.loading import Book
from ketref.errors import UsageError, quoted
from ketref.model import times, units
from ketref.model.front_matter import MeasureTerm
from ketref.model.interpretations import Limits
from ketref.model.times import SECOND, Instant, Notation
from ketref.model.units import Limit
from ketref.person.outcomes import NOTHING
from ketref.person.records import of_one_person, span_of, tell_midnights, understood
from ketref.person.results import ALSO, KEYS, Result, result_of

_MINUTE = units.SECONDS["min"] * SECOND
_COMPARED = ("<=", ">=", "<", ">", "\u2264", "\u2265", "=")
Figure = tuple[Fraction | None, Fraction | None]
"""The least and the most that something may be; None where that is not known."""


@frozen(eq=False)
class Measured:
    """A measure of a specimen: a `figure` in the unit of its term, or whether it was `found`; both None: neither."""

    number: int
    measure: str
    matrix: str
    time: Instant
    text: str
    figure: Figure | None = None
    found: bool | None = None


@frozen(eq=False)
class Specimen:
    """What was found in one specimen, in the order of the report."""

    matrix: str
    time: Instant
    results: tuple[Result, ...] = ()
    measures: tuple[Measured, ...] = ()

    @property
    def numbers(self) -> list[int]:
        """The numbers of its rows."""
        return sorted([*(one.number for one in self.results), *(one.number for one in self.measures)])


@frozen(eq=False)
class Report:
    """The results of a report and its measures; `timed` where it says when its specimens were taken."""

    results: list[Result]
    measures: list[Measured]
    timed: bool
    notes: list[str] = field(factory=list)


def understood_report(
    book: Book, rows: Iterable[object], taken: Sequence[str], at: object, notation: Notation
) -> Report:
    """The rows of a report of one person, as `results.understood_results` has them; measures have a value.

    A report in which no row has a time is of specimens taken `at` that moment, or at any. Raises UsageError, which
    lists every row that is not understood.
    """
    notes: list[str] = []
    given = of_one_person(book, rows, "results", KEYS, ALSO, notes)
    tell_midnights(given, ("time", "time_latest"), notation)
    timed = any(key in row for row in given for key in ("time", "time_latest"))
    if not timed:
        given = [{**row, "time": "now" if at is None else at} for row in given]
    names = list(book.folders)

    def meaning(numbered: tuple[int, dict[str, Any]]) -> Result | Measured:
        number, row = numbered
        if (measure := _measure(book, row)) is not None:
            return _measured(book, number, what_is_said(book, row), measure, notation)
        return result_of(book, number, row, names, taken, notation, whole=True)

    found = understood(enumerate(given, 1), "result", meaning)
    notes += _folded(book, given, found)
    moments = times.on_one_clock([one.time for one in found])
    placed: list[Result | Measured] = [evolve(one, time=moment) for one, moment in zip(found, moments, strict=True)]
    return Report(
        [one for one in placed if isinstance(one, Result)],
        [one for one in placed if isinstance(one, Measured)],
        timed or at is not None,
        notes,
    )


def _folded(book: Book, rows: Sequence[Mapping[str, Any]], found: Sequence[Result | Measured]) -> Iterator[str]:
    """Which mirror forms are read as both, as their method is not said to tell them apart."""
    analytes = book.vocabularies["analyte"]
    for row, one in zip(rows, found, strict=True):
        word = row.get("analyte", row.get("test"))
        if isinstance(one, Result) and analytes.knows(word) and analytes.resolve(word) != one.analyte:
            form = analytes.terms.get(analytes.resolve(word))
            if form is not None and form.reported_as == one.analyte:
                yield (
                    f"result {one.number} is on {form.id} and read as {one.analyte}: its method is not said to tell the"
                    " mirror forms apart; if it does, give `method` as a chiral one (chiral-lc-ms-ms, chiral-gc-ms)"
                )


def specimens(results: Sequence[Result], measures: Sequence[Measured]) -> list[Specimen]:
    """The specimens of a report, the earliest first."""
    found: dict[tuple[int, str, str], list[Result | Measured]] = {}
    rows: list[Result | Measured] = [*results, *measures]
    for one in sorted(rows, key=lambda row: row.number):
        part = one.segment.text if isinstance(one, Result) and one.segment else ""
        found.setdefault((one.time.high // _MINUTE, one.matrix, part), []).append(one)
    return [
        Specimen(
            of_one[0].matrix,
            of_one[0].time,
            tuple(one for one in of_one if isinstance(one, Result)),
            tuple(one for one in of_one if isinstance(one, Measured)),
        )
        for _, of_one in sorted(found.items())
    ]


def is_finding(result: Result) -> bool:
    """Whether a test had an outcome that counts."""
    return result.silent not in {"outcome", "limit", "specimen"}


def is_confirmed(book: Book, result: Result) -> bool:
    """Whether a result names an analyte for itself: by a method that identifies, or one that is not said."""
    if identifies(book, result.method):
        return True
    term = book.vocabularies["analyte"].terms.get(result.analyte)
    return result.method is None and term is not None and result.analyte != "any" and not term.members


# ---------------------------------------------------------------- measures


def _measure(book: Book, row: Mapping[str, Any]) -> str | None:
    """The measure that a row is of, None where it is of none."""
    known, word = book.vocabularies["measure"], row.get("analyte", row.get("test"))
    return known.resolve(word) if known.knows(word) else None


def _measured(book: Book, number: int, row: Mapping[str, Any], measure: str, notation: Notation) -> Measured:
    if "matrix" not in row:
        raise UsageError("`matrix` is missing: which specimen was tested?", column="matrix")
    if "time" not in row and "time_latest" not in row:
        raise UsageError("`time` is missing: when was the sample taken?", column="time")
    matrix = book.vocabularies["matrix"].resolve(row["matrix"])
    time = span_of(row.get("time"), row.get("time_latest"), "time", notation)
    term = book.vocabularies["measure"].terms[measure]
    text = units.text_of(row.get("value", row.get("outcome", ""))).strip()
    if not text:
        raise UsageError(f"`value` is missing: what was the {measure}?", hint="a number, or an outcome")
    comparator = units.text_of(row.get("comparator", "")).strip()
    figure = _figure(term, comparator + text)
    found = None
    for word in (row.get("outcome"), None if figure else text):
        if found is None and word is not None:
            found = _found(book, word)
    return Measured(number, measure, matrix, time, text, figure, found)


def _found(book: Book, word: object) -> bool | None:
    """Whether a word says that something was found; None of a word that says neither."""
    known = book.vocabularies["outcome"]
    if not known.knows(units.text_of(word)):
        return None
    term = known.resolve(units.text_of(word))
    return None if term == NOTHING else term != "negative"


def _figure(term: MeasureTerm, text: str) -> Figure | None:
    """What a value says in the unit of its measure; None where it is no number. Raises UsageError for another unit."""
    sign = next((sign for sign in _COMPARED if text.startswith(sign)), "")
    number, _, unit = text[len(sign) :].strip().partition(" ")
    while number and not number[-1].isdigit() and any(letter.isdigit() for letter in number):
        number, unit = number[:-1], f"{number[-1]}{unit}"
    try:
        value = Fraction(number)
    except ValueError:
        return None
    value = _in_own_unit(term, value, unit.strip())
    if sign in {"<", "<=", "\u2264"}:
        return None, value
    return (value, None) if sign in {">", ">=", "\u2265"} else (value, value)


def _in_own_unit(term: MeasureTerm, value: Fraction, unit: str) -> Fraction:
    if unit in {"", term.unit}:
        return value
    for other in term.units:
        if other.unit.casefold() == unit.casefold():
            return (value * Fraction(str(other.times)) + Fraction(str(other.plus))).limit_denominator(10**6)
    if unit.casefold() == term.unit.casefold():
        return value
    known = ", ".join(filter(None, [term.unit, *(other.unit for other in term.units)])) or "none: it is a plain number"
    raise UsageError(f"`{quoted(unit)}` is not a unit of {term.id}", value=unit, hint=f"known: {known}")


def in_unit_of(book: Book, measure: str, limit: Limit) -> Fraction:
    """A limit in the unit of the measure that it limits."""
    return _in_own_unit(book.vocabularies["measure"].terms[measure], limit.exact, limit.unit)


def within(limits: Limits, figure: Figure, number: Callable[[Limit], Fraction]) -> bool:
    """Whether all that a figure may be lies within limits; `number` tells what a limit is in its unit."""
    least, most = figure
    low = (limits.above is None or (least is not None and least > number(limits.above))) and (
        limits.at_least is None or (least is not None and least >= number(limits.at_least))
    )
    high = (limits.below is None or (most is not None and most < number(limits.below))) and (
        limits.at_most is None or (most is not None and most <= number(limits.at_most))
    )
    return low and high
