"""Where does a course stand at the asked time, by the rules that govern and by each source alone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ketref.answers.question import Question
from ketref.engine import course
from ketref.engine.course import OPEN, STATUSES, UNKNOWN
from ketref.engine.table import Row, Sides

if TYPE_CHECKING:
    from ketref.output import forms


@frozen(eq=False)
class Standing:
    """A course, flat, and where it stands at the time of the question."""

    ends: Sequence[int]
    stated: tuple[Sides, ...]
    question: Question

    def moments(self) -> list[int]:
        """The course, settled: see `course`."""
        moments = [OPEN] * (course.SETTLED * len(self.stated))
        course.settle(self.ends, 0, len(self.stated), self.question.duration, moments)
        return moments

    @property
    def silent(self) -> bool:
        """Whether no rule states anything."""
        return all(end is None for sides in self.stated for end in sides)

    def now(self) -> tuple[int, int] | None:
        """The possible stages at the asked time, None without a time."""
        elapsed = self.question.elapsed
        return None if elapsed is None else course.stages(self.moments(), 0, len(self.stated), *elapsed)

    def status(self) -> str | None:
        """The status of a course of three stages at the asked time, None without a time."""
        stages = self.now()
        if stages is None:
            return None
        return STATUSES[UNKNOWN] if self.silent else STATUSES[course.status(*stages)]

    def next_change(self, seen: course.Integers) -> tuple[int, int, tuple[int, int]] | None:
        """The next moment at which what is `seen` of the stages changes, how long until then, and the stages then."""
        elapsed = self.question.elapsed
        if elapsed is None or self.silent:
            return None
        moments, boundaries = self.moments(), len(self.stated)
        wait = course.next_change(moments, 0, boundaries, *elapsed, seen)
        if wait == OPEN:
            return None
        soonest, longest = (since + wait for since in elapsed)
        return soonest, wait, course.stages(moments, 0, boundaries, soonest, longest)

    def last_change(self, seen: Sequence[int]) -> tuple[int, int, tuple[int, int]] | None:
        """The last moment before at which what is `seen` was another, how long to it (below 0), and the stages then.

        A range of times is shifted as a whole, and not to before the dose.
        """
        elapsed = self.question.elapsed
        if elapsed is None or self.silent:
            return None
        soonest, longest = elapsed
        moments, boundaries = self.moments(), len(self.stated)
        waits = {m - 1 - since for m in moments for since in elapsed if m <= since}
        now = None
        for wait in (0, *sorted((w for w in waits if soonest + w >= 0), reverse=True)):
            stages = course.stages(moments, 0, boundaries, soonest + wait, longest + wait)
            then = seen[(boundaries + 1) * stages[0] + stages[1]]
            if then != now and wait:
                return soonest + wait, wait, stages
            now = then
        return None

    def seconds(self, boundary: int) -> forms.Ends:
        """Both ends of a boundary as stated, in seconds since the start of administration."""
        return [end.at(self.question.duration) if end else None for end in self.stated[boundary]]


def standing(row: Row, question: Question) -> Standing:
    """Where the course of a row stands."""
    return Standing(row.course, row.stated, question)
