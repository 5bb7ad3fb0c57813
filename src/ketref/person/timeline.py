"""What do several doses make of a course, and which pattern of use do they show?

Every dose is read as a single one and, where the doses up to it make the use repeated or chronic, as such too; the
highest status of all readings counts, so that from the first dose on no further dose lowers it. Where it is not known
what was taken before a moment, there is one reading more for every pattern, any dose before it asked as that pattern,
so that the rules of each bound it. What is only supposed never says more than `possible`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from attrs import evolve, frozen

from ketref.answers.caveats import assumed, of_unknown_end
from ketref.answers.detect import DetectAnswer
from ketref.answers.question import Question, understand
from ketref.answers.standing import Course, course_of
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import AFTER_DOSES, NO_DOSE, POSSIBLE, STATUSES
from ketref.engine.table import Row, Table
from ketref.model.axes import DOSE_AXES, OF_SPECIMEN, TEST_AXES
from ketref.model.times import DAY, HORIZON, SECOND, Instant
from ketref.model.units import LONGEST
from ketref.model.vocabulary import SINGLE, UNKNOWN_PATTERN
from ketref.person.begun import Begun, Span, elapsed
from ketref.person.doses import Dose

_on_dose_axes = attrgetter(*DOSE_AXES)


@frozen(eq=False)
class Reading:
    """A dose, asked as a pattern of use.

    `order` is its place among the readings of a timeline. It is `supposed` where what is known does not show it, and
    what is not known could; `doubtful` where the dose, or one that makes the pattern, was perhaps given.
    """

    dose: Dose
    pattern: str
    order: int = 0
    supposed: bool = False
    doubtful: bool = False

    @property
    def number(self) -> int | None:
        """The number of the row of its dose, None for a dose that nobody knows of."""
        return self.dose.number

    @property
    def perhaps(self) -> bool:
        """Whether it says `possible` at most."""
        return self.supposed or self.doubtful

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
        """The code of its status; of what is supposed or doubtful, `possible` at most."""
        found = super().status(at)
        return min(found, POSSIBLE) if self.reading.perhaps else found


def _row_of(table: Table, question: Question) -> Row:
    return table.row(question.cell)


class Timeline:
    """Those of the administrations of a person that are of one substance, in every reading.

    `known_since`: before it, nothing is known.
    """

    def __init__(self, book: Book, substance: str, doses: Sequence[Dose], known_since: Instant | None = None) -> None:
        self.book = book
        self.substance = substance
        self.doses = [dose for dose in doses if dose.substance == substance]
        self.known_since = known_since
        self._settled: dict[tuple[object, ...], tuple[Course, Row]] = {}
        self._alike: dict[tuple[int, bool], list[tuple[tuple[object, ...], list[Reading]]]] = {}

    @cached_property
    def readings(self) -> list[Reading]:
        """Every dose in every pattern that it shows, the most frequent first, or, as far as is known, may have."""
        rows = [dose for dose in self.doses if not dose.rows]  # what was joined is there by its rows
        taken = [dose.start for dose in self.doses]
        perhaps = patterns_of_use(taken, self.book, [dose.start for dose in rows])
        sure = [dose.start for dose in rows if not dose.doubtful]
        surely = perhaps if len(sure) == len(rows) else patterns_of_use(taken, self.book, sure)
        found: list[Reading] = []
        for dose, shown, known in zip(self.doses, perhaps, surely, strict=True):
            for pattern in reversed(shown):
                found.append(Reading(dose, pattern, len(found), doubtful=dose.doubtful or pattern not in known))
        if self.known_since is None:
            return found
        before = self.known_since.low
        for dose, shown in zip(self.doses, perhaps, strict=True):
            for pattern, _, within in thresholds(self.book):
                if pattern not in shown and dose.start.low - within < before:
                    found.append(Reading(dose, pattern, len(found), supposed=True))
        start = evolve(self.known_since, low=before - LONGEST * SECOND, high=before - 1)
        unseen = Dose(start, understand(self.book, self.substance, pattern=UNKNOWN_PATTERN))
        patterns = [term.id for term in self.book.terms.pattern if term.id != UNKNOWN_PATTERN]
        for pattern in reversed(patterns):
            found.append(Reading(unseen, pattern, len(found), supposed=True))
        return found

    def counting(self, at: Span, *, alone: bool = True) -> list[Reading]:
        """The readings of the doses that may have been taken by then; `alone`: each of the rows joined to one too."""
        return [reading for reading in self.readings if reading.dose.counts(at[1], alone=alone)]

    def placed(
        self,
        table: Table,
        at: Span,
        test: Question | None = None,
        row_of: Callable[[Table, Question], Row] = _row_of,
    ) -> list[Placed]:
        """The course of a table, or of a test, after each dose that counts; `row_of` looks up the row of a question.

        Of readings alike of which the course is over the last stands for all: nothing changes for them any more. A
        test is asked of the rows that were joined alone too.
        """
        found: list[Placed] = []
        for alike, readings in self._of_one_course(at, alone=test is not None):
            course, row = self._course(alike, table, readings[0], test, row_of)
            last = max(course.turning(), default=0) * SECOND
            over = bisect_right(readings, at[0] - last, key=lambda reading: reading.dose.start.high)
            left = readings[max(over - 1, 0) :]
            found += [Placed(course, reading.dose.start.span, reading, table, row) for reading in left]
        return sorted(found, key=lambda placed: placed.reading.order)

    def placed_one(self, table: Table, reading: Reading, row_of: Callable[[Table, Question], Row]) -> Placed:
        """The course of a table after one reading."""
        course, row = self._course(_alike(reading), table, reading, None, row_of)
        return Placed(course, reading.dose.start.span, reading, table, row)

    def _of_one_course(self, at: Span, *, alone: bool) -> list[tuple[tuple[object, ...], list[Reading]]]:
        """The readings that count, by what is alike in them but for their starts, in the order of these."""
        key = (at[1], alone)
        if key not in self._alike:
            groups: dict[tuple[object, ...], list[Reading]] = {}
            for reading in self.counting(at, alone=alone):
                start = reading.dose.start
                groups.setdefault((*_alike(reading), start.high - start.low), []).append(reading)
            for group in groups.values():
                group.sort(key=lambda reading: (reading.dose.start.low, -reading.order))
            self._alike[key] = [(alike[:-1], group) for alike, group in groups.items()]
        return self._alike[key]

    def _course(
        self,
        alike: tuple[object, ...],
        table: Table,
        reading: Reading,
        test: Question | None,
        row_of: Callable[[Table, Question], Row],
    ) -> tuple[Course, Row]:
        """The settled course of a reading, and its row; doses alike share them."""
        key = (id(table), id(test), *alike)
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
            question = evolve(question, **{axis: getattr(test, axis) for axis in (*TEST_AXES, *OF_SPECIMEN)})
        if at:
            question = evolve(question, elapsed=reading.elapsed(at.span), taken=reading.dose.start.text, at=at.text)
        return question

    def status_of(self, test: Question, at: Instant) -> Governing:
        """The status of a test at a moment."""
        table = window_table(self.book, self.substance, str(test.matrix), test.cutoff)
        return governing(self, self.placed(table, at.span, test), test, at)


def _alike(reading: Reading) -> tuple[object, ...]:
    """What two readings have in common that are asked the same."""
    dose = reading.dose.question
    return (*_on_dose_axes(dose), dose.duration, reading.pattern, reading.supposed, reading.doubtful)


# ---------------------------------------------------------------- what counts


@frozen(eq=False)
class Governing:
    """The status after several doses, and the reading that gives it: `dose` is its number, None where it is supposed.

    `status` is `no_dose` and `answer` None where no dose was taken by then. `answer` is that of the dose alone.
    """

    status: str
    answer: DetectAnswer | None
    dose: int | None
    pattern: str | None
    supposed: bool = False
    doubtful: bool = False
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
    return Governing(
        STATUSES[highest], answer, reading.number, reading.pattern, reading.supposed, reading.doubtful, best
    )


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


def lengths_assumed(courses: Iterable[Placed]) -> list[str]:
    """How long administrations are taken to have lasted of which that is not known, where a rule says so."""
    unsaid = [placed for placed in courses if placed.reading.dose.question.infusion is None]
    if not unsaid:
        return []
    unknown = (of_unknown_end([p.row], p.reading.dose.question, p.table.vocabularies["route"]) for p in unsaid)
    found = assumed([placed.row for placed in unsaid], unsaid[0].reading.dose.question)
    return [*found, *dict.fromkeys(text for texts in unknown for text in texts)]


def patterns_of_use(taken: Sequence[Instant], book: Book, counting: Sequence[Instant] | None = None) -> list[list[str]]:
    """For each dose every pattern of use that the `counting` doses (default: these) up to it show, `single` first.

    A pattern is shown where, in the span that ends with the dose, at least so many days (counted back from it) have a
    dose, itself among them; how many and how long are thresholds of the book, ketref's own convention. A dose whose
    time is a range counts from the earliest moment that it may be.
    """
    known = thresholds(book)
    starts = sorted(instant.low for instant in (taken if counting is None else counting))
    return [
        [SINGLE, *(name for name, days, within in known if _days_with_one(starts, one.low, within, days) >= days)]
        for one in taken
    ]


def _days_with_one(starts: Sequence[int], last: int, within: int, enough: int) -> int:
    """On how many days back from a dose, itself among them, there was one: as many as are asked for will do."""
    found = 1
    for back in range(DAY, within, DAY):
        if found >= enough:
            break
        begin = max(last - within, last - back - DAY)
        found += bisect_right(starts, begin) < bisect_right(starts, last - back)
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
            if wait < HORIZON * SECOND:
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
