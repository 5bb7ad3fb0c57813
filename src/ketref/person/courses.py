"""Which courses run at a moment, after all doses of one person?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import evolve, frozen

from ketref.answers.cautions import row_for
from ketref.answers.question import Question, understand
from ketref.answers.targets import Cover, target
from ketref.book.loading import Book
from ketref.book.tables import caution_tables, effect_tables, phase_table, window_table
from ketref.engine.course import AFTER_DOSES, NO_DOSE, POSSIBLE, STATUSES, UNKNOWN
from ketref.engine.table import Table
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.kinds import PHASE
from ketref.person.administrations import administrations
from ketref.person.begun import Span
from ketref.person.doses import Dose
from ketref.person.timeline import Governing, Placed, Reading, Timeline, governing

Courses = list[tuple[str, list[Placed]]]
"""The courses of each table after known doses, with the substance."""


@frozen(eq=False)
class Tested:
    """A test, as one of any substance that it covers is asked: `covers` tells how, of those taken.

    `name` is what it is for where that was said; it covers one substance where not. Where it is for a drug that no rule
    speaks of it is not `ruled`.
    """

    name: str | None
    test: Question
    covers: Mapping[str, Cover]
    ruled: bool = True


@frozen(eq=False)
class Sharing(Placed):
    """The course of what shares no more than metabolites with what a test is for: it is `possible` at most."""

    def status(self, at: Span) -> int:
        """The code of its status."""
        return min(super().status(at), POSSIBLE)


class Person:
    """The doses of one person, a moment, and the tests that are asked about.

    `rows` are the doses as they were given, numbered from 1, `doses` the administrations that they are by the moment.
    """

    def __init__(
        self,
        book: Book,
        rows: Sequence[Dose],
        at: times.Instant,
        known_since: times.Instant | None,
        tests: Sequence[Mapping[str, Any]],
    ) -> None:
        self.book = book
        self.rows = rows
        self.at = at
        self.now: Span = at.span
        self.doses = administrations(book, rows, [at.high])
        self.substances = list(dict.fromkeys(dose.substance for dose in rows))
        self.timelines = {name: Timeline(book, name, self.doses, known_since) for name in self.substances}
        self._windows: dict[int, list[Placed]] = {}
        self.tests = [test for asked in tests for test in self._named(**asked)]

    def _named(self, test: str | None, **asked: Any) -> Iterator[Tested]:
        """A test that names what it is for, or, where it names nothing, one for each substance that was taken."""
        if test is None:
            for name in self.substances:
                for question in self._tests([name], asked):
                    yield Tested(None, question, {name: Cover(True, str(question.analyte))})
            return
        words = self.book.vocabularies
        said = [None if asked[axis] is None else words[axis].resolve(asked[axis]) for axis in ("analyte", "method")]
        if self.book.is_other_drug(test):
            for question in self._tests(list(self.book.folders), {**asked, "analyte": said[0]}):
                yield Tested(test, question, {}, ruled=False)
            return
        aim = target(self.book, test, *said)
        if not aim.covers:
            raise UsageError(f"`{test}` is not a test for a substance of the rule set", value=test)
        taken = {name: cover for name, cover in aim.covers.items() if name in self.substances}
        for question in self._tests(list(taken or aim.covers), {**asked, "analyte": aim.analyte}):
            yield Tested(test, question, taken)

    def _tests(self, substances: Sequence[str], asked: Mapping[str, Any]) -> Iterator[Question]:
        """A test as asked, or, where it names no matrix, one for every matrix that rules name."""
        if asked["matrix"] is not None:
            yield understand(self.book, substances[0], **asked)
            return
        if asked["cutoff"] is not None:
            raise UsageError("a cutoff belongs to a specimen", value=asked["cutoff"], hint="name the matrix too")
        if asked["segment"] is not None:
            raise UsageError("a segment belongs to a specimen", value=asked["segment"], hint="name the matrix too")
        rules = [ranked for name in substances for ranked in self.book.ranked(name, "windows")]
        for matrix in dict.fromkeys(term for ranked in rules for term in ranked.rule.when.matrix):
            yield understand(self.book, substances[0], **{**asked, "matrix": matrix})

    @cached_property
    def taken(self) -> Mapping[int, Taken]:
        """What each row was by the moment, by its number."""
        found = {row.number or 0: Taken(0, None, None) for row in self.rows}
        for dose in self.doses:
            if not dose.counts(self.at.high, alone=True):
                continue
            for number in dose.rows or (dose.number or 0,):
                one = found[number]
                if dose.rows:
                    found[number] = evolve(one, joined=dose)
                else:
                    found[number] = evolve(one, doses=one.doses + 1, last=dose)
        return found

    @cached_property
    def _readings(self) -> Mapping[int, list[Reading]]:
        """The readings of each dose that counts, supposed ones apart."""
        found: dict[int, list[Reading]] = {}
        for timeline in self.timelines.values():
            for reading in timeline.counting(self.now):
                if not reading.supposed:
                    found.setdefault(id(reading.dose), []).append(reading)
        return found

    def patterns(self, dose: Dose) -> list[str]:
        """The patterns of use that a dose which counts shows, `single` first."""
        return [reading.pattern for reading in reversed(self._readings.get(id(dose), []))]

    def written(self, microseconds: int) -> str:
        """A moment as text, in the zone of the moment asked about."""
        return times.written(microseconds, self.at.zone)

    def started(self, dose: Dose) -> str:
        """When a dose started, as text."""
        return dose.start.text if dose.start.low != dose.start.high else self.written(dose.start.low)

    # ------------------------------------------------------------ courses

    def windows(self, tested: Tested) -> list[Placed]:
        """The courses of a test, after every dose that counts, supposed ones too."""
        if id(tested) not in self._windows:
            found: list[Placed] = []
            for name, cover in tested.covers.items():
                table = window_table(self.book, name, str(tested.test.matrix), tested.test.cutoff)
                test = evolve(tested.test, analyte=cover.analyte)
                courses = self.timelines[name].placed(table, self.now, test)
                found += (
                    courses if cover.full else [Sharing(p.course, p.begun, p.reading, p.table, p.row) for p in courses]
                )
            self._windows[id(tested)] = found
        return self._windows[id(tested)]

    def governing(self, tested: Tested) -> Governing:
        """The status of a test, and what gives it; `no_dose` where nothing that it covers was taken by then."""
        if not tested.ruled:
            return Governing(STATUSES[UNKNOWN], None, None, None)
        courses = self.windows(tested)
        if not courses:
            return Governing(AFTER_DOSES[NO_DOSE], None, None, None)
        return governing(self.timelines[courses[0].reading.dose.substance], courses, tested.test, self.at)

    @property
    def running(self) -> list[Placed]:
        """The courses of phases, effects and cautions that are not over."""
        courses = [*self.phases.values(), *(courses for _, courses in (*self.effects, *self.cautions))]
        return [placed for of_one in courses for placed in of_one if placed.waits(self.now)]

    @cached_property
    def phases(self) -> Mapping[int, list[Placed]]:
        """Of each administration, by its number, the courses of its phases in every pattern of use.

        Of a row that stands for several doses they are those of the last one by the moment.
        """
        last: dict[int, Dose] = {}
        for dose in self.doses:
            if dose.counts(self.at.high, alone=False):
                last[dose.number or 0] = dose
        return {number: self.phases_of(dose) for number, dose in last.items()}

    def phases_of(self, dose: Dose) -> list[Placed]:
        """The courses of the phases of a dose that counts, in every pattern of use."""
        table = phase_table(self.book, dose.substance)
        timeline = self.timelines[dose.substance]
        return [timeline.placed_one(table, reading, row_for) for reading in self._readings.get(id(dose), [])]

    @cached_property
    def effects(self) -> Courses:
        """The courses of every effect of which a rule states a time."""
        return _with_some((name, stated(courses)) for name, courses in self._of(effect_tables))

    @cached_property
    def untimed_effects(self) -> Courses:
        """The courses of the effects of which no rule states a time, after doses that may not be over."""
        untimed = ((name, courses) for name, courses in self._of(effect_tables) if not stated(courses))
        return _with_some(
            (name, [placed for placed in courses if placed.row.matched and self._may_last(placed.reading)])
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

    def _may_last(self, reading: Reading) -> bool:
        """Whether the phases of a dose may not be over."""
        courses = self.phases_of(reading.dose)
        return any(p.course.silent or p.stages(self.now)[0] < len(PHASE.stages) - 1 for p in courses)


@frozen(eq=False)
class Taken:
    """What a row was by a moment: how many `doses`, the `last` of them, and what it was `joined` to."""

    doses: int
    last: Dose | None
    joined: Dose | None


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
    """How far a caution is in force: 2 is fully, 0 is lifted; 1 at most after a dose that was perhaps given."""
    found = 2 - sum(placed.stages(at))
    return min(found, 1) if placed.reading.perhaps else found
