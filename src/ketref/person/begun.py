"""Where does a settled course stand that began in a span of microseconds?"""

from __future__ import annotations

from attrs import frozen

from ketref.answers.standing import Course
from ketref.engine.table import End
from ketref.model.times import SECOND

Span = tuple[int, int]
"""The earliest and the latest microsecond that a moment may be."""


def elapsed(begun: Span, at: Span) -> tuple[int, int]:
    """The shortest and the longest whole seconds from one moment to another."""
    return (at[0] - begun[1]) // SECOND, (at[1] - begun[0]) // SECOND


@frozen(eq=False)
class Begun:
    """A course, and the span in which it began."""

    course: Course
    begun: Span

    def stages(self, at: Span) -> tuple[int, int]:
        """The earliest and the latest stage that it can be in."""
        return self.course.stages(elapsed(self.begun, at))

    def status(self, at: Span) -> int:
        """The code of its status."""
        return self.course.status(elapsed(self.begun, at))

    def holds_until(self, status: int) -> int:
        """The microsecond until which it keeps at least a status that it has, `OPEN` where nothing ends it."""
        return self.course.holds_until(status, *self.begun, SECOND)

    def waits(self, at: Span) -> set[int]:
        """After how many microseconds from now its stages may be others."""
        low, high = self.begun
        pairs = ((high, at[0]), (low, at[1]))
        return {
            wait
            for moment in self.course.turning()
            for begun, now in pairs
            if (wait := begun + moment * SECOND - now) > 0
        }

    def ends_at(self, wait: int, at: Span) -> list[End]:
        """The stated ends that lie where its stages may change, so many microseconds from now."""
        low, high = self.begun
        since = (at[0] + wait - high, at[1] + wait - low)
        return self.course.ends_at({one // SECOND for one in since if one % SECOND == 0})
