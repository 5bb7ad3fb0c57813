"""What do models say beside the status of a test?

The status is what rules say, and nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ketref.answers.calculated import by_volume, in_mg_per_litre, outward, summary
from ketref.answers.models import Speaking, Taken, measured, speaking
from ketref.answers.question import Question
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY

if TYPE_CHECKING:
    from ketref.output import forms

STEPS = 12
"""At how many moments of a range of times it is looked."""
AT_ONCE = 256
"""At how many moments persons are reckoned with at a time."""
SURE, UNLIKELY = 0.95, 0.05
"""The share of persons from which a positive is expected, and under which it is not."""

Said = tuple["forms.CalculatedForm", list[str]]
"""What models say, and why others do not."""


def nothing(why: str) -> Said:
    """What is told where no model speaks, and why."""
    return {"status": "unknown", "share_above": None, "models": [], "origin": "calculated"}, [why]


def of_question(book: Book, question: Question) -> Said:
    """What models say of a test after one dose."""
    if question.elapsed is None:
        return nothing("nothing is calculated without a time")
    return of_test(book, question, [Taken(0, question)], question.elapsed)


def of_test(book: Book, test: Question, doses: Sequence[Taken], elapsed: tuple[int, int]) -> Said:
    """What models say of a test so many seconds after the first dose, at any of the moments that are possible."""
    try:
        analyte, matrix, cutoff = _asked(book, test)
    except UsageError as error:
        return nothing(_reason(error))
    found, silent = speaking(book, doses, analyte, matrix, elapsed, test)
    low, high = elapsed
    at = sorted({low + (high - low) * step // STEPS for step in range(STEPS + 1)})
    return _form(found, [said for moment in _looked(found, at, cutoff) for said in moment]), silent


def at_each(book: Book, test: Question, doses: Sequence[Taken], seconds: Sequence[int]) -> list[Said]:
    """What models say of a test at each of some seconds after the first dose."""
    try:
        analyte, matrix, cutoff = _asked(book, test)
    except UsageError as error:
        return [nothing(_reason(error)) for _ in seconds]
    forms: dict[int, Said] = {}
    for places, found, silent in by_speaking(book, doses, analyte, matrix, seconds, test):
        looked = _looked(found, [seconds[place] for place in places], cutoff)
        forms |= {place: (_form(found, said), silent) for place, said in zip(places, looked, strict=True)}
    return [forms[place] for place in range(len(seconds))]


def by_speaking(
    book: Book, doses: Sequence[Taken], analyte: str, matrix: str, seconds: Sequence[int], about: Question
) -> Iterator[tuple[list[int], list[Speaking], list[str]]]:
    """The places of the seconds of which the same models speak, few enough for the memory; and why others do not."""
    alike: dict[tuple[str, ...], tuple[list[int], list[Speaking], list[str]]] = {}
    for place, second in enumerate(seconds):
        found, silent = speaking(book, doses, analyte, matrix, (second, second), about)
        key = (*(one.model.id for one in found), *silent)
        alike.setdefault(key, ([], found, silent))[0].append(place)
    for places, found, silent in alike.values():
        for begin in range(0, len(places), AT_ONCE):
            yield places[begin : begin + AT_ONCE], found, silent


def _asked(book: Book, test: Question) -> tuple[str, str, Quantity]:
    """The analyte and the specimen of models that a test is of, and its cutoff by volume. Raises UsageError."""
    if test.cutoff is None:
        raise UsageError("nothing is calculated without a cutoff")
    if test.analyte in {None, ANY}:
        raise UsageError("nothing is calculated for the test as a whole: name the analyte")
    analyte, matrix = measured(book, test.substance, test.matrix, test.analyte)
    return analyte, matrix, by_volume(book, matrix, test.cutoff)


def _reason(error: UsageError) -> str:
    return f"{error}: {error.hint}" if error.hint else str(error)


_Looked = tuple[float | None, bool]
"""The share of persons at or above a cutoff by a model, None where it knows no spread, and whether the middle is."""


def _looked(found: Sequence[Speaking], at: Sequence[int], cutoff: Quantity) -> list[list[_Looked]]:
    """What each model says of a cutoff, moment by moment."""
    limit = in_mg_per_litre(cutoff)
    by_model = []
    for one in found:
        said = summary(one, at, cutoff, until=False)
        above = [None] * len(at) if said.above is None else [float(share) for share in said.above]
        by_model.append(list(zip(above, (bool(value >= limit) for value in said.median), strict=True)))
    return [[said[place] for said in by_model] for place in range(len(at))]


def _form(found: Sequence[Speaking], looked: Iterable[_Looked]) -> forms.CalculatedForm:
    """What models say together: one that knows no spread makes no status sure, but may make it doubtful."""
    said = list(looked)
    shares = [share for share, _ in said if share is not None]
    typical = {above for share, above in said if share is None}
    ends = outward(shares) if shares else None
    status: forms.CalculatedStatus = "possible"
    if ends is None:
        status = "unknown"
    elif ends[0] >= SURE and False not in typical:
        status = "expected"
    elif ends[1] < UNLIKELY and True not in typical:
        status = "not_expected"
    models = [one.model.id for one in found]
    return {"status": status, "share_above": ends, "models": models, "origin": "calculated"}
