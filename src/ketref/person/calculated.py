"""Which doses of one person does a pharmacokinetic model reckon with, and what do models say beside a test?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

from attrs import evolve

from ketref.answers.beside import Said, nothing, of_test
from ketref.answers.models import Taken
from ketref.answers.question import Question
from ketref.answers.targets import Cover
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.times import SECOND, Instant
from ketref.person.doses import Dose
from ketref.person.regimens import starts

EXACT = 60 * SECOND
"""How far apart the ends of a moment may lie that is one for a model: a convention."""
NOT_UNDERSTOOD = "nothing is calculated: {}"


def refuse_wide(width: int) -> None:
    """Raises UsageError where the time that is asked about is no moment for a model."""
    if width > EXACT:
        raise UsageError(
            "the time of the test, or the one you are asking about, is a day or a range", hint="give a time"
        )


def doses_by(rows: Sequence[Dose], of: str, moment: Instant, about: Question) -> tuple[Question, list[Taken], int]:
    """What is asked with the weight that doses say, those of one substance by a moment, in seconds, and that moment.

    Both are counted since the first of them. Raises UsageError where there are none, or a time is not known well
    enough.
    """
    refuse_wide(moment.high - moment.low)
    found: list[tuple[int, Question]] = []
    for row in rows:
        if row.substance != of:
            continue
        each = [row.start] if row.regimen is None else starts(row.start, row.regimen, moment.high)
        for start in each:
            if start.low > moment.high:
                continue
            if start.high - start.low > EXACT:
                message = f"when the dose of row {row.number} was taken is known to the day, or as a range"
                raise UsageError(message, hint="no model is so coarse; give the time of each dose")
            if row.running or row.doubtful:
                message = f"the dose of row {row.number} was perhaps not given, or is still going on"
                raise UsageError(message, hint="a model needs doses that are known")
            found.append((start.low, row.question))
    if not found:
        raise UsageError(f"no dose of {of} was taken by then", hint="give `doses` of it, and `at`")
    found.sort(key=itemgetter(0))
    first, _ = found[0]
    about = _weighed(about, [question for _, question in found])
    doses = [Taken((low - first) // SECOND, _with_weight(question, about)) for low, question in found]
    return about, doses, (moment.low - first) // SECOND


def _weighed(about: Question, doses: Sequence[Question]) -> Question:
    """What is asked of a person who weighs what the last dose that tells it says, unless it is said of the person."""
    told = [question for question in doses if question.weight is not None]
    if about.weight is not None or not told:
        return about
    return evolve(about, weight=told[-1].weight, factors={**told[-1].factors, **about.factors})


def _with_weight(question: Question, about: Question) -> Question:
    """A dose in mg and by weight, where the weight is said of the person alone."""
    if question.weight is not None or about.weight is None:
        return question
    if question.dose is None and question.dose_per_kg is not None:
        return evolve(question, dose=units.total(question.dose_per_kg, about.weight), weight=about.weight)
    if question.dose is not None:
        return evolve(question, dose_per_kg=units.per_kilogram(question.dose, about.weight), weight=about.weight)
    return question


def understood(
    rows: Sequence[Dose], at: Instant, test: Question, covers: Mapping[str, Cover]
) -> tuple[Question, list[Taken], int]:
    """A test as models are asked about it: the question, the doses of the one substance that it covers, and the second.

    Raises UsageError where it covers none, or more than one, or a time is not known well enough.
    """
    taken = dict.fromkeys(row.substance for row in rows if row.substance in covers and row.start.low <= at.high)
    if len(taken) != 1:
        found = f"{' and '.join(taken)} were taken, and models reckon with one" if taken else "no dose of it is known"
        raise UsageError(found)
    (of,) = taken
    about = evolve(test, substance=of, analyte=covers[of].analyte)
    return doses_by(rows, of, at, about)


def beside(book: Book, rows: Sequence[Dose], at: Instant, test: Question, covers: Mapping[str, Cover]) -> Said:
    """What models say of a test after all doses of the one substance that it covers, and why others do not."""
    try:
        about, doses, second = understood(rows, at, test, covers)
    except UsageError as error:
        return nothing(NOT_UNDERSTOOD.format(error))
    return of_test(book, about, doses, (second, second))
