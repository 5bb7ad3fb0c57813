"""Which time does a segment of a specimen that grows stand for, and what does it make of a window?

What lies `near` to `far` from where the specimen grows was taken so long before the sample: distance over rate, and the
time until what was taken emerges. Both are spreads, and so is how much was left behind at the cut, so that a dose lies
in the segment for sure, or perhaps, or is later or older than all of it. Neither of these excludes a positive alone:
sweat and hands reach what grew before, and what rests carries on for a time what is older.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

from ketref.engine.course import START, beyond
from ketref.engine.table import End, Sides
from ketref.errors import UsageError
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

    def bounded(self, stated: tuple[Sides, ...], duration: int) -> tuple[Sides, ...]:
        """The ends of a window of the specimen, as those of a window of the segment.

        It is open for all at no time at which a dose lies in the segment only perhaps. It closes by what the segment
        can hold: ends that rules state are those of a usual length, but for a window that they close as it opens.
        """
        (opens, sure), (closing, closed) = stated
        if not any((opens, sure, closing, closed)):
            return stated
        all_from, all_until = self._end(self.surely[0], FROM_END), self._end(self.surely[1], START)
        if self.surely[0] > self.surely[1]:
            sure = None
        elif sure is not None and _before(sure, all_from, duration):
            sure = all_from
        if closing is not None and _before(all_until, closing, duration):
            closing = all_until
        if closing is not None and opens is not None and not _before(opens, closing, duration):
            closing = None
        if closed is None or closed.moment[0] > 0:
            closed = self._end(self.carried, FROM_END)
        return (opens, sure), (closing, closed)

    def _end(self, days: int, clock: int) -> End:
        return End((days * DAY, clock), Duration(days * DAY, f"{days} d"), (self.growth.id,))


def _before(end: End, other: End, duration: int) -> bool:
    """Whether an end lies before another; one that is open lies after any that is not."""
    at, then = end.at(duration), other.at(duration)
    return at is not None and (then is None or at < then)


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
