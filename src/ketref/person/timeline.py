"""What do several doses make of a course, and which pattern of use do they show?

Every dose is read as a single one and, where the doses up to it make the use repeated or chronic, as such too; the
highest status of all readings counts, so that from the first dose on no further dose lowers it. Where it is not known
what was taken before a moment, there is one reading more: any dose before it, in any pattern. What is only supposed
never says more than `possible`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from attrs import evolve, frozen

from ketref.answers.detect import DetectAnswer
from ketref.answers.question import Question, understand
from ketref.answers.standing import Course, course_of
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import AFTER_DOSES, NO_DOSE, POSSIBLE, STATUSES
from ketref.engine.table import Row, Table
from ketref.model.axes import DOSE_AXES, TEST_AXES
from ketref.model.times import DAY, SECOND, Instant
from ketref.model.units import LONGEST
from ketref.model.vocabulary import SINGLE, UNKNOWN_PATTERN
from ketref.person.begun import Begun, Span, elapsed
from ketref.person.doses import Dose
from ketref.person.records import one_kind_of_time

_on_dose_axes = attrgetter(*DOSE_AXES)


@frozen(eq=False)
class Reading:
    """A dose, asked as a pattern of use.

    `index` is its place among the doses, None for a dose that nobody knows of; a reading is `supposed` where what is
    known does not show it, and what is not known could.
    """

    index: int | None
    dose: Dose
    pattern: str
    supposed: bool = False

    def elapsed(self, at: Span) -> tuple[int, int]:
        """The shortest and the longest whole seconds since the start of the dose."""
        return elapsed(self.dose.start.span, at)


@frozen(eq=False)
class Placed(Begun):
    """The course of a row of a table, begun with the dose of a reading."""

    reading: Reading
    table: Table
    row: Row

    def status(self, at: Span) -> int:
        """The code of its status; of what is supposed, `possible` at most."""
        found = super().status(at)
        return min(found, POSSIBLE) if self.reading.supposed else found


def _row_of(table: Table, question: Question) -> Row:
    return table.row(question.cell)


class Timeline:
    """Those of the doses of a person that are of one substance, in every reading.

    `numbers` are those of its doses among all, from 1. `known_since`: before it, nothing is known.
    """

    def __init__(self, book: Book, substance: str, doses: Sequence[Dose], known_since: Instant | None = None) -> None:
        self.book = book
        self.substance = substance
        self.numbers = [number for number, dose in enumerate(doses, 1) if dose.substance == substance]
        self.doses = [doses[number - 1] for number in self.numbers]
        self.known_since = known_since
        one_kind_of_time([*(dose.start for dose in self.doses), *([known_since] if known_since else [])])
        self._settled: dict[tuple[object, ...], tuple[Course, Row]] = {}

    @cached_property
    def patterns(self) -> list[list[str]]:
        """For each dose every pattern of use that the doses up to it show, `single` first."""
        return patterns_of_use([dose.start for dose in self.doses], self.book)

    @cached_property
    def readings(self) -> list[Reading]:
        """Every dose in every pattern that it shows, the most frequent first, or, as far as is known, may have."""
        found = [
            Reading(index, dose, pattern)
            for index, (dose, patterns) in enumerate(zip(self.doses, self.patterns, strict=True))
            for pattern in reversed(patterns)
        ]
        if self.known_since is None:
            return found
        before = self.known_since.low
        for index, (dose, patterns) in enumerate(zip(self.doses, self.patterns, strict=True)):
            for pattern, _, within in thresholds(self.book):
                if pattern not in patterns and dose.start.low - within < before:
                    found.append(Reading(index, dose, pattern, supposed=True))
        start = evolve(self.known_since, low=before - LONGEST * SECOND, high=before - 1)
        unseen = Dose(start, understand(self.book, self.substance, pattern=UNKNOWN_PATTERN))
        return [*found, Reading(None, unseen, UNKNOWN_PATTERN, supposed=True)]

    def counting(self, at: Span) -> list[Reading]:
        """The readings of the doses that may have been taken by then."""
        return [reading for reading in self.readings if reading.dose.start.low <= at[1]]

    def placed(
        self, table: Table, at: Span, test: Question | None = None, row_of: Callable[[Table, Question], Row] = _row_of
    ) -> list[Placed]:
        """The course of a table, or of a test, after each dose that counts; `row_of` looks up the row of a question."""
        found = []
        for reading in self.counting(at):
            settled, row = self._course(table, reading, test, row_of)
            found.append(Placed(settled, reading.dose.start.span, reading, table, row))
        return found

    def _course(
        self, table: Table, reading: Reading, test: Question | None, row_of: Callable[[Table, Question], Row]
    ) -> tuple[Course, Row]:
        """The settled course of a reading, and its row; doses alike share them."""
        dose = reading.dose.question
        key = (id(table), id(test), *_on_dose_axes(dose), dose.duration, reading.pattern)
        if key not in self._settled:
            asked = self.asked(reading, test)
            row = row_of(table, asked)
            self._settled[key] = course_of(row, asked), row
        return self._settled[key]

    def asked(self, reading: Reading, test: Question | None, at: Instant | None = None) -> Question:
        """The question that a reading asks of a test, at a moment where one is given."""
        dose = reading.dose.question
        said = dict.fromkeys((*(test.said if test else ()), *dose.said, "pattern"))
        question = evolve(dose, pattern=reading.pattern, said=tuple(said))
        if test:
            question = evolve(question, **{axis: getattr(test, axis) for axis in TEST_AXES})
        if at:
            question = evolve(question, elapsed=reading.elapsed(at.span), taken=reading.dose.start.text, at=at.text)
        return question

    def status_of(self, test: Question, at: Instant) -> Governing:
        """The status of a test at a moment."""
        table = window_table(self.book, self.substance, str(test.matrix))
        return governing(self, self.placed(table, at.span, test), test, at)


# ---------------------------------------------------------------- what counts


@frozen(eq=False)
class Governing:
    """The status after several doses, and the reading that gives it: `dose` is its index, None where it is supposed.

    `status` is `no_dose` and `answer` None where no dose was taken by then. `answer` is that of the dose alone.
    """

    status: str
    answer: DetectAnswer | None
    dose: int | None
    pattern: str | None
    supposed: bool = False
    placed: Placed | None = None


def governing(timeline: Timeline, courses: Sequence[Placed], test: Question, at: Instant) -> Governing:
    """Of the readings with the highest status the one that holds it longest, then the latest dose."""
    statuses = [placed.status(at.span) for placed in courses]
    if not courses:
        return Governing(AFTER_DOSES[NO_DOSE], None, None, None)
    highest = max(statuses)
    best = longest_holding([p for p, status in zip(courses, statuses, strict=True) if status == highest], highest)
    reading = best.reading
    answer = DetectAnswer(timeline.book, timeline.asked(reading, test, at), best.table, best.row)
    return Governing(STATUSES[highest], answer, reading.index, reading.pattern, reading.supposed, best)


def longest_holding(courses: Sequence[Placed], status: int) -> Placed:
    """Of courses with the same status: what is known first, then what holds it longest, then the latest dose."""
    return max(
        courses,
        key=lambda placed: (
            not placed.reading.supposed,
            placed.holds_until(status),
            placed.reading.dose.start.low,
        ),
    )  # of equals the first: doses in their order, the most frequent pattern first


def patterns_of_use(taken: Sequence[Instant], book: Book) -> list[list[str]]:
    """For each dose every pattern of use that the doses up to it show, `single` first.

    A pattern is shown where, in the span that ends with the dose, at least so many days (counted back from it) have a
    dose; how many and how long are thresholds of the book, ketref's own convention. A dose whose time is a range
    counts from the earliest moment that it may be.
    """
    known = thresholds(book)
    starts = sorted(instant.low for instant in taken)
    found = []
    for last in taken:
        shown = [SINGLE]
        for pattern, dose_days, within in known:
            counting = starts[bisect_right(starts, last.low - within) : bisect_right(starts, last.low)]
            if len({(last.low - start) // DAY for start in counting}) >= dose_days:
                shown.append(pattern)
        found.append(shown)
    return found


def thresholds(book: Book) -> list[tuple[str, int, int]]:
    """Every pattern that doses can show: its days with a dose, and the microseconds within which they lie."""
    return [
        (term.id, term.dose_days, term.within.seconds * SECOND)
        for term in book.terms.pattern
        if term.dose_days is not None and term.within is not None
    ]


# ---------------------------------------------------------------- what changes


@frozen(eq=False)
class Turn:
    """A change of what counts over several courses: after how many microseconds, to what, and which courses did it."""

    wait: int
    value: Any
    by: tuple[Placed, ...]


def turns(
    courses: Sequence[Placed], at: Span, value: Callable[[Placed, Span], Any], whole: Callable[[Iterable[Any]], Any]
) -> Iterator[Turn]:
    """Every later moment at which the `whole` of what each course is (its `value`) becomes another, in time order.

    `whole` is given each value once, however many courses have it.
    """
    values = [value(placed, at) for placed in courses]
    if not values:
        return
    count = Counter(values)
    now = whole(count)
    due: dict[int, list[int]] = {}
    for index, placed in enumerate(courses):
        for wait in placed.waits(at):
            due.setdefault(wait, []).append(index)
    for wait in sorted(due):
        then = (at[0] + wait, at[1] + wait)
        turned = []
        for index in due[wait]:
            if (new := value(courses[index], then)) != (old := values[index]):
                values[index] = new
                count[new] += 1
                count[old] -= 1
                if not count[old]:
                    del count[old]
                turned.append(courses[index])
        if turned and (after := whole(count)) != now:
            now = after
            yield Turn(wait, after, tuple(turned))
