"""Which courses run at a moment, after all doses of one person?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ketref.answers.cautions import row_for
from ketref.answers.question import Question, understand
from ketref.book.loading import Book
from ketref.book.tables import caution_tables, effect_tables, phase_table, window_table
from ketref.engine.table import Table
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.kinds import PHASE
from ketref.person.begun import Span
from ketref.person.doses import Dose
from ketref.person.timeline import Placed, Reading, Timeline

Courses = list[tuple[str, list[Placed]]]
"""The courses of each table after known doses, with the substance."""


class Person:
    """The doses of one person, a moment, and the tests that are asked about; doses are numbered from 1."""

    def __init__(
        self,
        book: Book,
        doses: Sequence[Dose],
        at: times.Instant,
        known_since: times.Instant | None,
        tests: Sequence[Mapping[str, Any]],
    ) -> None:
        self.book = book
        self.doses = doses
        self.at = at
        self.now: Span = at.span
        self.substances = list(dict.fromkeys(dose.substance for dose in doses))
        self.timelines = {name: Timeline(book, name, doses, known_since) for name in self.substances}
        self.tests = [(name, test) for name in self.substances for asked in tests for test in self._tests(name, asked)]

    def _tests(self, substance: str, asked: Mapping[str, Any]) -> Iterator[Question]:
        """A test as asked, or, where it names no matrix, one for every matrix that rules name."""
        if asked["matrix"] is not None:
            yield understand(self.book, substance, **asked)
            return
        if asked["cutoff"] is not None:
            raise UsageError("a cutoff belongs to a specimen", value=asked["cutoff"], hint="name the matrix too")
        rules = self.book.ranked(substance, "windows")
        for matrix in dict.fromkeys(term for ranked in rules for term in ranked.rule.when.matrix):
            yield understand(self.book, substance, **{**asked, "matrix": matrix})

    def number(self, substance: str, reading: Reading) -> int | None:
        """The number of the dose of a reading, None for one that nobody knows of."""
        return None if reading.index is None else self.timelines[substance].numbers[reading.index]

    def patterns(self, number: int) -> list[str]:
        """The patterns of use that a dose shows."""
        timeline = self.timelines[self.doses[number - 1].substance]
        return timeline.patterns[timeline.numbers.index(number)]

    def written(self, microseconds: int, day: bool = False) -> str:
        """A moment as text, in the zone of the moment asked about."""
        return times.written(microseconds, self.at.zone, day)

    def started(self, dose: Dose) -> str:
        """When a dose started, as text."""
        return dose.start.text if dose.start.low != dose.start.high else self.written(dose.start.low)

    # ------------------------------------------------------------ courses

    def windows(self, substance: str, test: Question) -> list[Placed]:
        """The courses of a test, after every dose that counts, supposed ones too."""
        table = window_table(self.book, substance, str(test.matrix))
        return self.timelines[substance].placed(table, self.now, test)

    @cached_property
    def phases(self) -> Mapping[int, list[Placed]]:
        """Of each dose that counts, by its number, the course of its phases in every pattern of use."""
        found: dict[int, list[Placed]] = {number: [] for number in range(1, len(self.doses) + 1)}
        for name, courses in self._of(lambda book, name: [phase_table(book, name)]):
            for placed in courses:
                found[self.timelines[name].numbers[placed.reading.index or 0]].append(placed)
        return found

    @cached_property
    def effects(self) -> Courses:
        """The courses of every effect of which a rule states a time."""
        return _with_some((name, stated(courses)) for name, courses in self._of(effect_tables))

    @cached_property
    def untimed_effects(self) -> Courses:
        """The courses of the effects of which no rule states a time, after doses that may not be over."""
        untimed = ((name, courses) for name, courses in self._of(effect_tables) if not stated(courses))
        return _with_some(
            (name, [placed for placed in courses if placed.row.matched and self._may_last(name, placed.reading)])
            for name, courses in untimed
        )

    @cached_property
    def cautions(self) -> Courses:
        """The courses of every caution."""
        return _with_some((name, stated(courses)) for name, courses in self._of(caution_tables))

    def _of(self, tables: Callable[[Book, str], Sequence[Table]]) -> Iterator[tuple[str, list[Placed]]]:
        for name, timeline in self.timelines.items():
            for table in tables(self.book, name):
                courses = timeline.placed(table, self.now, row_of=row_for)
                yield name, [placed for placed in courses if not placed.reading.supposed]

    def _may_last(self, substance: str, reading: Reading) -> bool:
        """Whether the phases of a dose may not be over."""
        courses = self.phases[self.timelines[substance].numbers[reading.index or 0]]
        return any(p.course.silent or p.stages(self.now)[0] < len(PHASE.stages) - 1 for p in courses)


def stated(courses: Sequence[Placed]) -> list[Placed]:
    """The courses of which a rule states something."""
    return [placed for placed in courses if not placed.course.silent]


def _with_some(courses: Iterator[tuple[str, list[Placed]]]) -> Courses:
    return [(name, found) for name, found in courses if found]


def outermost(stages: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """From the earliest to the latest stage that any reading leaves open; None without a reading."""
    found = list(stages)
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def force(placed: Placed, at: Span) -> int:
    """How far a caution is in force: 2 is fully, 0 is lifted."""
    return 2 - sum(placed.stages(at))
