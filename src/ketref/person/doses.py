"""Which doses did a person take, when, and how?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from ketref.answers.question import Question, understand
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.axes import OF_ONE_DOSE, with_units
from ketref.model.times import Instant
from ketref.model.units import WEIGHT, Duration, duration_of, text_of
from ketref.person.records import of_one_person, one_kind_of_time, span_of, understood

KEYS = ("subject", "substance", "start", "start_latest", "end", *with_units(OF_ONE_DOSE))
ALSO = {"taken": "start"}


@frozen(eq=False)
class Dose:
    """One administration: when it started, and in `question` what was taken, how, how much and for how long."""

    start: Instant
    question: Question

    @property
    def substance(self) -> str:
        """What was taken."""
        return self.question.substance

    @property
    def by_the_day(self) -> bool:
        """Whether its start is known to the day at best."""
        return self.start.by_the_day


def understood_doses(book: Book, doses: Iterable[object]) -> list[Dose]:
    """The doses of one person, in the given order.

    A dose is a mapping, or an object with such attributes: `substance` and `start` (also `taken`), and where known
    `start_latest`, `end` or `infusion`, `route`, `dose` ("84 mg", or a number with `dose_unit`) and `weight` ("70 kg",
    a number is kg). None, "", NaN, NaT and NA are unsaid. Raises UsageError, which lists every dose that is not
    understood.
    """
    given = of_one_person(doses, "doses", KEYS, ALSO)
    found = understood(given, "dose", lambda dose: understood_dose(book, dose))
    one_kind_of_time(dose.start for dose in found)
    return found


def understood_dose(book: Book, given: Mapping[str, Any]) -> Dose:
    """What one dose means, of which only what is said is given. Raises UsageError."""
    if "start" not in given:
        raise UsageError("`start` is missing: when was the dose?", hint="give a time or a date")
    if "substance" not in given:
        raise UsageError("`substance` is missing: what was taken?", hint=f"one of {', '.join(book.substances)}")
    start = span_of(given["start"], given.get("start_latest"), "start")
    asked = {key: given[key] for key in OF_ONE_DOSE if key in given}
    if "dose_unit" in given:
        asked["dose"] = with_unit(given.get("dose", ""), given["dose_unit"])
        if asked["dose"] is given.get("dose"):
            raise UsageError(f"`{given['dose']}` and `{given['dose_unit']}` are two units", hint="give one of them")
    if "weight" in asked:
        asked["weight"] = with_unit(asked["weight"], WEIGHT)
    if "end" in given:
        if "infusion" in given:
            raise UsageError("`end` and `infusion` are two ways to say the same", hint="give one of them")
        asked["infusion"] = _duration(start, times.instant(given["end"]))
    return Dose(start, understand(book, given["substance"], **asked))


def _duration(start: Instant, end: Instant) -> Duration:
    """How long an administration took, from its start and its end."""
    if start.low != start.high or end.low != end.high:
        hint = "give exact times, or `infusion` with a duration"
        raise UsageError(f"`{start.text}` to `{end.text}` has no exact duration", value=end.text, hint=hint)
    _, seconds = times.elapsed(start, end)
    return duration_of(seconds)


# ---------------------------------------------------------------- records of any kind


def with_unit(value: object, unit: object) -> object:
    """A bare number with the unit that belongs to it; what has a unit as it is."""
    number = f"{value:.12g}" if isinstance(value, float) else text_of(value).strip()
    return value if number[-1:].isalpha() else f"{number} {text_of(unit)}"
