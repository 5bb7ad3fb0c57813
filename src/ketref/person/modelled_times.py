"""At which times of a dose do models and a result not agree?

Only who asks for what is calculated gets this, and no verdict is made of it. A positive does not agree with the times
after which under 5 % of persons are at or above its cutoff by every model, a negative with those after which 95 % are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from attrs import frozen

from ketref.answers.beside import at_each
from ketref.answers.models import Taken, longest
from ketref.answers.targets import identifies
from ketref.book.loading import Book
from ketref.model.times import SECOND
from ketref.model.vocabulary import SINGLE
from ketref.person.intervals import Bearing

POINTS = 120
"""At how many times after a dose it is looked; between two of which models say different things nothing is excluded."""
SOONEST = 60
"""The first of them, in seconds after the dose."""
_NOT_SINGLE = "by a positive models exclude no time unless the pattern of use is single: it may be of more doses"
_SCREEN = "by a screen that is positive models exclude no time: it may answer to more than one analyte"


@frozen(eq=False)
class ByModels(Bearing):
    """The same result by `models`, which do not agree with it these `stretches` of seconds after a dose."""

    stretches: tuple[tuple[int, int], ...] = ()

    def excludes(self, taken: int) -> bool:
        """Whether a dose at that microsecond does not agree with it, whenever in its time the sample was taken."""
        soonest, latest = (at - taken for at in self.at)
        return any(low * SECOND <= soonest and latest <= high * SECOND for low, high in self.stretches)

    def cuts(self) -> set[int]:
        """Every last microsecond of a dose before what is said of it may change."""
        first, last = self.at
        return {end for low, high in self.stretches for end in (last - high * SECOND - 1, first - low * SECOND)}

    def end_at(self, cut: int) -> None:  # noqa: ARG002 - no rule sets an end of it
        """No stated end makes a change."""
        return


def by_models(book: Book, bearings: Sequence[Bearing]) -> tuple[list[ByModels], list[str]]:
    """The results as models have them, where these exclude any time of a dose; and why others do not."""
    found: list[ByModels] = []
    silent: list[str] = []
    for bearing in bearings:
        if bearing.positive and bearing.question.pattern != SINGLE:
            silent.append(_NOT_SINGLE)
        elif bearing.positive and bearing.result.method and not identifies(book, bearing.result.method):
            silent.append(_SCREEN)
        elif bearing.positive or not bearing.capped:
            stretches, models, whys = _stretches(book, bearing)
            silent += whys
            if stretches:
                question, course = bearing.question, bearing.course
                found.append(
                    ByModels(bearing.result, bearing.said, question, course, bearing.capped, None, models, stretches)
                )
    return found, silent


def _stretches(book: Book, bearing: Bearing) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...], list[str]]:
    """How long after a dose models and a result do not agree, by which models; and why others do not speak at all."""
    seconds = list(_looked_at(book, bearing.question.substance))
    said = at_each(book, bearing.question, [Taken(0, bearing.question)], seconds)
    against = "not_expected" if bearing.positive else "expected"
    found: list[tuple[int, int]] = []
    models: dict[str, None] = {}
    for excluded, group in groupby(range(len(said)), key=lambda place: said[place][0]["status"] == against):
        places = list(group)
        if excluded and len(places) > 1:
            found.append((seconds[places[0]], seconds[places[-1]]))
            models |= dict.fromkeys(model for place in places for model in said[place][0]["models"])
    speaks = any(form["models"] for form, _ in said)
    return tuple(found), tuple(models), [] if speaks else list(dict.fromkeys(said[0][1]))


def _looked_at(book: Book, substance: str) -> Iterator[int]:
    """Times after a dose, closer to each other the sooner they are."""
    last = max((longest(model) for model in book.models(substance)), default=SOONEST)
    yield 0
    for place in range(POINTS):
        yield round(SOONEST * (last / SOONEST) ** (place / (POINTS - 1)))
