"""Which time does a segment of a specimen that grows stand for, and what does it make of a window?

What lies `near` to `far` from where the specimen grows was taken so long before the sample: distance over rate, and the
time until what was taken emerges. Both are spreads, and so is how much was left behind at the cut, so that a dose lies
in the segment for sure, or perhaps, or is later or older than all of it. Neither of these excludes a positive alone:
sweat and hands reach what grew before, and what rests carries on for a time what is older.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import evolve, frozen

from ketref.engine.course import START, beyond, fill
from ketref.engine.table import End, Sides, moments
from ketref.errors import UsageError
from ketref.model.kinds import WINDOW
from ketref.model.segments import part
from ketref.model.units import SECONDS, Duration

if TYPE_CHECKING:
    from ketref.book.loading import Book
    from ketref.model.front_matter import Growth

DAY = SECONDS["d"]
FROM_END = beyond(0)  # the clock of the end of an administration, where it took any time
Place = Literal["later", "perhaps", "in", "older"]
"""Where a dose lies: later than all of a segment, perhaps in it, surely in it, older than all of it."""
Days = tuple[int, int]


@frozen(eq=False)
class Segment:
    """A segment of a specimen; its times are whole days since a dose, rounded so that they claim less.

    It stands for doses of `span` ago at most, and for all of those of `surely` ago (which may be none: then the first
    is more than the second); at the `usual` rate, for those of that time ago. Nothing older than `carried` is in it.
    """

    text: str
    growth: Growth
    span: Days
    surely: Days
    usual: Days
    carried: int

    def __str__(self) -> str:
        return self.text

    def place(self, elapsed: tuple[int, int], duration: int) -> Place:
        """Where a dose lies that began from the shortest to the longest of these seconds ago, and took so long."""
        soonest, longest = elapsed[0] - max(duration, 0), elapsed[1]
        if longest < self.span[0] * DAY:
            return "later"
        if soonest > self.span[1] * DAY:
            return "older"
        return "in" if self.surely[0] * DAY <= soonest and longest <= self.surely[1] * DAY else "perhaps"

    def course(self, stated: tuple[Sides, ...]) -> tuple[list[int], tuple[Sides, ...]]:
        """The course of a window of the segment, flat, and the ends behind it, by those of one of the specimen."""
        bounded = self.bounded(stated)
        return fill(moments(bounded), _ENDING), bounded

    def bounded(self, stated: tuple[Sides, ...]) -> tuple[Sides, ...]:
        """The ends of a window of the specimen, as those of a window of the segment.

        It is open for all at no time at which a dose lies in the segment only perhaps. It closes by what the segment
        can hold: ends that rules state are those of a usual length, but for a window that they close as it opens.
        However long the administration took, by which of two ends comes first, each end promises no more than both.
        """
        (opens, sure), (closing, closed) = stated
        if not any((opens, sure, closing, closed)):
            return stated
        if self.surely[0] > self.surely[1]:
            sure = None
        elif sure is not None:
            sure = _later(sure, self._end(self.surely[0], FROM_END))
        if closing is not None:
            closing = _sooner(closing, self._end(self.surely[1], START))
            if opens is not None and (opens.moment[1] != START or opens.moment >= closing.moment):
                closing = None
        if closed is None or closed.moment[0] > 0:
            closed = self._end(self.carried, FROM_END)
        return (opens, sure), (closing, closed)

    def _end(self, days: int, clock: int) -> End:
        return End((days * DAY, clock), Duration(days * DAY, f"{days} d"), (self.growth.id,))


_ENDING = [boundary in WINDOW.ending for boundary in WINDOW.boundaries]


def _later(end: End, from_end: End) -> End:
    """An end that comes before neither of two, of which one counts from the end of administration."""
    found = end if end.moment[0] >= from_end.moment[0] else from_end
    return evolve(found, moment=(found.moment[0], max(end.moment[1], from_end.moment[1], key=_waiting)))


def _sooner(end: End, from_start: End) -> End:
    """An end that comes after neither of two, of which one counts from the start of administration."""
    found = end if end.moment[0] <= from_start.moment[0] else from_start
    return evolve(found, moment=(found.moment[0], START))


def _waiting(clock: int) -> tuple[bool, bool, int]:
    """How long a clock lets wait: that of the start least, then those of long administrations, then that of the end."""
    return clock > START, clock < START, clock


def segment(book: Book, matrix: str, given: object) -> Segment:
    """The segment of a specimen that a text such as "3-6 cm" names. Raises UsageError."""
    if isinstance(given, Segment):
        return given
    growth = book.vocabularies["matrix"].terms[matrix].growth
    if growth is None:
        growing = [f"`{term.id}`" for term in book.terms.matrix if term.growth is not None]
        hint = f"leave it out; the rules know how these grow: {', '.join(growing) or 'none'}"
        raise UsageError(f"{matrix} has no segments", value=given, hint=hint, column="segment")
    near, far = part(given)
    if far > growth.um_longest:
        hint = f"check the unit; at most {growth.um_longest // 10_000} cm, which is a convention of the rule set"
        raise UsageError(f"`{given}` is too long for a segment", value=given, hint=hint, column="segment")
    slowest, fastest = growth.um_per_day
    first, last = growth.emerges[0].seconds // DAY, _up(growth.emerges[1].seconds, DAY)
    oldest = _up(far + growth.um_left, slowest) + last
    return Segment(
        text=str(given).strip(),
        growth=growth,
        span=(near // fastest + first, oldest),
        surely=(_up(near + growth.um_left, slowest) + last, far // fastest + first),
        usual=(round(near / growth.um_per_day_usual), round(far / growth.um_per_day_usual)),
        carried=oldest + _up(growth.carried.seconds, DAY),
    )


def _up(whole: int, by: int) -> int:
    return -(-whole // by)
