"""At which times could one dose have been taken, for all results to agree with the rules?

Of a dose at a hypothetical time every result has a status. A positive excludes the times at which it is `not_yet` or
`not_expected`, a negative those at which it is `expected`; `possible` and `unknown` exclude nothing. The status changes
at whole seconds before the ends of the sampling alone, so the times fall into stretches, and what each result excludes
is a set of stretches, kept as the bits of a whole number. Times are microseconds, both ends of a stretch belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from itertools import groupby
from operator import or_
from typing import Any

from attrs import evolve, frozen

from ketref.answers.question import Question
from ketref.answers.standing import Course, course_of
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import EXPECTED, NOT_EXPECTED, NOT_YET, POSSIBLE
from ketref.engine.table import End
from ketref.model.axes import OF_SPECIMEN
from ketref.model.times import FIRST, SECOND
from ketref.model.units import Quantity
from ketref.person.begun import Begun, Span
from ketref.person.outcomes import Said
from ketref.person.results import Result

_EXCLUDED = {True: (NOT_YET, NOT_EXPECTED), False: (EXPECTED,)}
"""The statuses that a positive, and those that a negative, exclude."""


@frozen(eq=False)
class Bearing:
    """What a result says, asked of a dose of one substance whose time is not known.

    A test makes no positive expected after what shares no more than metabolites with what it is for: that is `capped`.
    `rule` is the narrowest behind it.
    """

    result: Result
    said: Said
    question: Question
    course: Course
    capped: bool
    rule: str | None
    models: tuple[str, ...] = ()
    """The models that say it, where no rule does."""

    @property
    def positive(self) -> bool:
        """Whether it says that the specimen is positive."""
        return self.said.positive

    @property
    def at(self) -> Span:
        """When the sample was taken."""
        return self.result.time.span

    def after(self, taken: int) -> Begun:
        """The course after a dose at that microsecond."""
        return Begun(self.course, (taken, taken))

    def excludes(self, taken: int) -> bool:
        """Whether a dose at that microsecond does not agree with it; a dose after the sample explains no positive."""
        status = NOT_YET if taken > self.at[1] else self.after(taken).status(self.at)
        if self.capped:
            status = min(status, POSSIBLE)
        return status in _EXCLUDED[self.positive]

    def cuts(self) -> set[int]:
        """Every last microsecond of a dose before what is said of it may change."""
        return {self.at[1], *(at - moment * SECOND for moment in self.course.turning() for at in self.at)}

    def end_at(self, cut: int) -> End | None:
        """The stated end that makes the change there; None where it is the sample's own time."""
        return next(iter(self.after(cut).ends_at(0, self.at)), None)


def bearings(book: Book, result: Result, dose: Question) -> Iterator[Bearing]:
    """What a result says of a dose, of which all but the time is known; nothing of another substance."""
    if dose.substance not in result.covers:
        return
    cover = result.covers[dose.substance]
    for said in result.said:
        question = evolve(tested(dose, result, said.cutoff), analyte=cover.analyte)
        table = window_table(book, dose.substance, result.matrix, said.cutoff)
        row = table.row(question.cell)
        rule = row.atoms[0].ranked.rule.id if row.atoms else None
        yield Bearing(result, said, question, course_of(row, question), not cover.full, rule)


def tested(dose: Question, result: Result, cutoff: Quantity | None) -> Question:
    """The question of a dose that a result answers, at a cutoff."""
    measured: dict[str, Any] = {axis: getattr(result, axis) for axis in ("matrix", "analyte", "method", *OF_SPECIMEN)}
    return evolve(dose, **measured, cutoff=cutoff)


@frozen(eq=False)
class Bound:
    """Where an interval ends: by which result, and by which end of its rules (None: by the sample's own time)."""

    at: int
    bearing: Bearing
    end: End | None


@frozen(eq=False)
class Interval:
    """Times of a dose, `None` where they are open."""

    low: Bound | None
    high: Bound | None

    def __contains__(self, taken: int) -> bool:
        return (self.low is None or self.low.at <= taken) and (self.high is None or taken <= self.high.at)


class Times:
    """The times at which one dose of a substance may have been taken, as each of several results has it."""

    def __init__(self, bearings: Sequence[Bearing]) -> None:
        self.bearings = bearings
        self.cuts = sorted({cut for bearing in bearings for cut in bearing.cuts()})
        self._place = {cut: index for index, cut in enumerate(self.cuts)}
        self._all = (1 << len(self.cuts) + 1) - 1  # a stretch up to each cut, and one after the last

    @cached_property
    def excluded(self) -> dict[int, int]:
        """The stretches that each result excludes, by its number."""
        found: dict[int, int] = {}
        for bearing in self.bearings:
            number = bearing.result.number
            found[number] = found.get(number, 0) | self._excluded_by(bearing)
        return found

    def _excluded_by(self, bearing: Bearing) -> int:
        cuts = sorted(bearing.cuts())
        found = first = 0
        for cut in cuts:
            after = self._place[cut] + 1
            if bearing.excludes(cut):
                found |= (1 << after) - (1 << first)
            first = after
        return found | (self._all + 1 - (1 << first) if bearing.excludes(cuts[-1] + 1) else 0)

    def moments(self, results: Sequence[int]) -> Iterator[int]:
        """A microsecond of each stretch that none of these results excludes, the latest first."""
        gone = reduce(or_, (self.excluded.get(number, 0) for number in results), 0)
        for stretch in reversed(range(len(self.cuts) + 1)):
            if not gone >> stretch & 1:
                yield self.cuts[stretch] if stretch < len(self.cuts) else self.cuts[-1] + 1

    def intervals(self, results: Sequence[int] | None = None) -> list[Interval]:
        """The times that none of these results (default: all) excludes, in their order."""
        excluded = self.excluded if results is None else {n: self.excluded[n] for n in results if n in self.excluded}
        gone = reduce(or_, excluded.values(), 0)
        found = []
        for free, group in groupby(range(len(self.cuts) + 1), key=lambda stretch: not gone >> stretch & 1):
            stretches = list(group)
            if free:
                found.append(
                    Interval(
                        self._bound(excluded, stretches[0] - 1, stretches[0] - 1),
                        self._bound(excluded, stretches[-1] + 1, stretches[-1]),
                    )
                )
        return found

    def _bound(self, excluded: dict[int, int], beyond: int, cut: int) -> Bound | None:
        """What keeps an interval from going on into the stretch beyond it, at the cut between them."""
        if not 0 <= beyond <= len(self.cuts):
            return None
        at = self.cuts[cut]
        if at <= FIRST:  # by a sample of which it is only known until when it was taken
            return None
        inside = at + (beyond == cut)  # the nearest microsecond of the interval
        by = next(
            bearing
            for bearing in self.bearings
            if excluded.get(bearing.result.number, 0) >> beyond & 1 and bearing.excludes(at + (beyond != cut))
        )
        return Bound(inside, by, by.end_at(at))

    @cached_property
    def conflict(self) -> list[int]:
        """The smallest set of results that leave no time at all, by their numbers; empty where they all agree."""
        if reduce(or_, self.excluded.values(), 0) != self._all:
            return []
        by_stretch = {
            frozenset(number for number, stretches in self.excluded.items() if stretches >> stretch & 1)
            for stretch in range(len(self.cuts) + 1)
        }
        least = [one for one in by_stretch if not any(other < one for other in by_stretch)]
        sets = sorted(least, key=lambda one: (len(one), sorted(one)))
        return next(found for size in range(1, len(self.excluded) + 1) if (found := _hitting(sets, [], size)))


def _hitting(sets: Sequence[frozenset[int]], chosen: list[int], size: int) -> list[int]:
    """So many numbers at most of which every set has one; empty where there are none."""
    left = next((one for one in sets if not one.intersection(chosen)), None)
    if left is None:
        return sorted(chosen)
    if len(chosen) < size:
        for number in sorted(left):
            if found := _hitting(sets, [*chosen, number], size):
                return found
    return []
