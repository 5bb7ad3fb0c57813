"""What do the models that speak of a question say of it, in words and numbers no finer than they are?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ketref.answers.models import Speaking, Taken, longest, measured, said_until, speaking
from ketref.answers.question import Question
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.extras import needing
from ketref.model import units
from ketref.model.units import FLUID, SECONDS, Quantity
from ketref.model.vocabulary import ANY

if TYPE_CHECKING:
    from ketref.kinetics.summary import Summary
    from ketref.output import forms
    from ketref.output.concentration_forms import ModelForm, UntilForm

STEPS = 12
"""At how many moments of a range of times it is looked."""
SURE, UNLIKELY = 0.95, 0.05
"""The share of persons from which a positive is expected, and under which it is not."""
NEED = "calculated concentrations need"
DIGITS = 2
"""How many digits of a calculated figure are given: no model here is finer."""


def per_mg_in_litre(unit: str) -> float:
    """How much of a unit of concentration 1 mg/L is. Raises UsageError."""
    found = units.factor(unit, FLUID)
    if found is None:
        known = ", ".join(units.UNITS[FLUID])
        raise UsageError(f"`{unit}` is not a unit of a calculated concentration", value=unit, hint=f"units: {known}")
    (millionths, parts), _ = found
    return float(1000 * units.ONE * parts / millionths)


def in_mg_per_litre(cutoff: Quantity) -> float:
    """A concentration of a fluid in mg/L."""
    return float(cutoff.value / units.ONE / 1000)


def summary(of: Speaking, at: Sequence[int], cutoff: Quantity | None) -> Summary:
    """What a model says at some seconds. Raises UsageError where the packages that it takes are missing."""
    with needing("kinetics", NEED):
        from ketref.kinetics.course import Given
        from ketref.kinetics.summary import summarised
    hour = SECONDS["h"]
    doses = [Given(dose.at / hour, dose.amount, dose.by, dose.lasted / hour) for dose in of.doses]
    model = of.model
    limit = None if cutoff is None else in_mg_per_litre(cutoff)
    hours = [second / hour for second in at]
    return summarised(model, of.output, doses, of.person, hours, limit, longest(model) / hour)


def model_form(book: Book, of: Speaking, found: Summary | None, unit: str) -> ModelForm:
    """What one model says, in a unit; None: its figures are put in elsewhere."""
    model, scale = of.model, per_mg_in_litre(unit)
    figures = (None, None, None) if found is None else (found.median, found.low, found.high)
    median, low, high = (None if one is None else [rounded(scale * each) for each in one] for one in figures)
    return {
        "id": model.id,
        "median": median or [],
        "p5": low,
        "p95": high,
        "share_above": None if found is None else share_above(found),
        "until_below_s": None if found is None else _until(found),
        "fitted_to": model.fitted_to if model.n is None else f"{model.fitted_to} (n {model.n})",
        "valid_until": said_until(model),
        "source": model.source,
        "grade": book.sources[model.source].grade,
        "misfits": list(misfits(of)),
    }


def share_above(found: Summary) -> list[float] | None:
    """The least and the greatest share of persons at or over the cutoff, to whole percents outward."""
    if found.above is None:
        return None
    low, high = float(min(found.above)), float(max(found.above))
    return [math.floor(100 * low + 1e-9) / 100, math.ceil(100 * high - 1e-9) / 100]


def misfits(of: Speaking) -> Iterator[str]:
    """What was measured and does not fit the model, of the analyte and the routes that are asked about."""
    routes = {route for dose in of.doses for route in dose.by.when.route}
    for one in of.model.measured:
        if not one.fits and one.analyte == of.output.analyte and one.route in routes:
            when = "" if one.after is None else f" {one.after} after"
            dose = f"{one.dose} ({one.route})"
            yield f"{one.id}: {one.value:g} {one.unit} was measured{when} {dose}, by {one.source}: {one.says}"
    if of.model.derived:
        yield "the model is put together from summaries, and no study fitted it as it is"


def _until(found: Summary) -> UntilForm | None:
    if found.until is None:
        return None
    low, median, high = (None if math.isinf(end) else _seconds(end) for end in found.until)
    return {"median": median, "p5": low, "p95": high}


def _seconds(hours: float) -> int:
    return round(rounded(hours) * SECONDS["h"])


def rounded(number: float) -> float:
    """A number with as many digits as are given of it."""
    return float(f"{number:.{DIGITS}g}")


# ---------------------------------------------------------------- beside a status


def of_question(book: Book, question: Question) -> tuple[forms.CalculatedForm, list[str]]:
    """What models say of a test after one dose, and why others do not."""
    if question.elapsed is None:
        return nothing("nothing is calculated without a time")
    return of_test(book, question, [Taken(0, question)], question.elapsed)


def of_test(
    book: Book, test: Question, doses: Sequence[Taken], elapsed: tuple[int, int]
) -> tuple[forms.CalculatedForm, list[str]]:
    """What models say of a test so many seconds after the first dose, and why others do not."""
    if test.cutoff is None:
        return nothing("nothing is calculated without a cutoff")
    if test.analyte in {None, ANY}:
        return nothing("nothing is calculated for the test as a whole: name the analyte")
    try:
        analyte, matrix = measured(book, test.substance, test.matrix, test.analyte)
    except UsageError as error:
        return nothing(f"{error}: {error.hint}" if error.hint else str(error))
    found, silent = speaking(book, doses, analyte, matrix, elapsed, test)
    low, high = elapsed
    at = sorted({low + (high - low) * step // STEPS for step in range(STEPS + 1)})
    limit = in_mg_per_litre(test.cutoff)
    shares: list[float] = []
    typical: set[bool] = set()
    for one in found:
        said = summary(one, at, test.cutoff)
        share = share_above(said)
        if share is None:
            typical |= {bool(value >= limit) for value in said.median}
        else:
            shares += share
    form: forms.CalculatedForm = {
        "status": _status(shares, typical),
        "share_above": [min(shares), max(shares)] if shares else None,
        "models": [one.model.id for one in found],
        "origin": "calculated",
    }
    return form, silent


def _status(shares: Sequence[float], typical: set[bool]) -> forms.CalculatedStatus:
    """The status by all models: one that knows no spread makes none sure, but may make it doubtful."""
    if not shares:
        return "unknown"
    if min(shares) >= SURE and False not in typical:
        return "expected"
    if max(shares) < UNLIKELY and True not in typical:
        return "not_expected"
    return "possible"


def nothing(why: str) -> tuple[forms.CalculatedForm, list[str]]:
    """What is told where no model speaks, and why."""
    return {"status": "unknown", "share_above": None, "models": [], "origin": "calculated"}, [why]
