"""What is a settled course, and where does it stand at the asked time?

A course is settled where one administration is known: its boundaries then lie at moments of their own. Whatever made
it, an answer to one question, a dose of a person and a test result read the same thing from it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ketref.answers.question import Question
from ketref.engine import course
from ketref.engine.course import OPEN, STATUSES, UNKNOWN, Integers, Status
from ketref.engine.table import End, Row, Sides, moments

if TYPE_CHECKING:
    from ketref.output import forms

Elapsed = tuple[int, int]
"""The shortest and the longest time since the start of administration, in seconds."""
Change = tuple[int, int, tuple[int, int]]
"""The shortest time since the start at a change, how many seconds until then (below 0: ago), and the stages then."""


@frozen(eq=False)
class Course:
    """Stages between uncertain boundaries, settled for one administration.

    `moments` holds for every boundary its earliest and its latest second since the start of administration, flat (see
    `course`), `OPEN` where it is open; `stated` holds the ends behind them, None where a moment is taken from a
    neighbour. It is `silent` where nothing is known of it at all. `origin` names what made it.
    """

    moments: Sequence[int]
    stated: tuple[Sides, ...]
    silent: bool
    origin: forms.Origin = "rule"

    def stages(self, elapsed: Elapsed) -> tuple[int, int]:
        """The earliest and the latest stage that it can be in."""
        return course.stages(self.moments, 0, len(self.stated), *elapsed)

    def status(self, elapsed: Elapsed) -> int:
        """The code of the status of a course of three stages."""
        return UNKNOWN if self.silent else course.status(*self.stages(elapsed))

    def turning(self) -> set[int]:
        """The seconds since its start at which its stages may become others."""
        return set() if self.silent else set(self.moments) - {OPEN}

    def ends_at(self, seconds: Container[int]) -> list[End]:
        """The stated ends that make its stages others at any of these seconds since its start."""
        ends = (end for sides in self.stated for end in sides)
        return [end for end, moment in zip(ends, self.moments, strict=True) if end and moment in seconds]

    def holds_until(self, status: int, low: int, high: int, unit: int) -> int:
        """When one of three stages that began from `low` to `high` no longer has at least a status: see `course`."""
        return course.holds_until(self.moments, 0, status, low, high, unit)

    def next_change(self, elapsed: Elapsed, seen: Integers) -> Change | None:
        """The next change of what is `seen` of the stages, None where there is none."""
        if self.silent:
            return None
        wait = course.next_change(self.moments, 0, len(self.stated), *elapsed, seen)
        return None if wait == OPEN else self._change(elapsed, wait)

    def last_change(self, elapsed: Elapsed, seen: Sequence[int]) -> Change | None:
        """The last time before at which what is `seen` of the stages was another, None where there is none.

        A range of times is shifted as a whole, and not to before the dose.
        """
        waits = {m - 1 - since for m in self.turning() for since in elapsed if m <= since and elapsed[0] + m > since}
        now = None
        for wait in (0, *sorted(waits, reverse=True)):
            change = self._change(elapsed, wait)
            earliest, latest = change[2]
            then = seen[(len(self.stated) + 1) * earliest + latest]
            if then != now and wait:
                return change
            now = then
        return None

    def _change(self, elapsed: Elapsed, wait: int) -> Change:
        soonest, longest = elapsed
        return soonest + wait, wait, self.stages((soonest + wait, longest + wait))


def course_of(row: Row, question: Question) -> Course:
    """The course of a row, settled for the administration of a question."""
    return _settled(row.course, row.stated, question)


def course_between(stated: tuple[Sides, ...], ending: Sequence[bool], question: Question) -> Course:
    """The course between some ends, settled for the administration of a question; `ending` as in `course.fill`."""
    return _settled(course.fill(moments(stated), ending), stated, question)


def _settled(ends: Sequence[int], stated: tuple[Sides, ...], question: Question) -> Course:
    if question.segment is not None:
        ends, stated = question.segment.course(stated)
    settled = [OPEN] * (course.SETTLED * len(stated))
    course.settle(ends, 0, len(stated), question.duration, settled)
    return Course(settled, stated, silent=not any(map(any, stated)))


@frozen(eq=False)
class Standing:
    """A course, and where it stands at the time of a question."""

    course: Course
    question: Question

    def now(self) -> tuple[int, int] | None:
        """The possible stages at the asked time, None without a time."""
        elapsed = self.question.elapsed
        return None if elapsed is None else self.course.stages(elapsed)

    def status(self) -> Status | None:
        """The status of a course of three stages at the asked time, None without a time."""
        elapsed = self.question.elapsed
        return None if elapsed is None else STATUSES[self.course.status(elapsed)]

    def next_change(self, seen: Integers) -> Change | None:
        """The next change of what is `seen` of the stages, None without a time too."""
        elapsed = self.question.elapsed
        return None if elapsed is None else self.course.next_change(elapsed, seen)

    def seconds(self, boundary: int) -> forms.Ends:
        """Both ends of a boundary as stated, in seconds since the start of administration."""
        return [end.at(self.question.duration) if end else None for end in self.course.stated[boundary]]


def standing(row: Row, question: Question) -> Standing:
    """Where the course of a row stands."""
    return Standing(course_of(row, question), question)


def counts_from_end(end: End, question: Question) -> bool:
    """Whether an end counts from the end of the administration, where that is another moment than its start."""
    return end.moment[1] > 0 or end.at(question.duration) != end.at(0)
