"""What do the models that speak of a question say of it, in words and numbers no finer than they are?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ketref.answers.models import Speaking, longest, said_until
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.extras import needing
from ketref.model import conversions, units
from ketref.model.units import FLUID, PER_BREATH, PER_MILLE, SECONDS, Quantity

if TYPE_CHECKING:
    from ketref.kinetics.summary import Summary
    from ketref.output.concentration_forms import ModelForm, UntilForm

NEED = "calculated concentrations need"
DIGITS = 2
"""How many digits of a calculated figure are given: no model here is finer."""


def by_volume(book: Book, matrix: str, amount: Quantity) -> Quantity:
    """A concentration in a specimen as one of mass by volume, as models have them. Raises UsageError."""
    if amount.base == FLUID:
        return amount
    specimen = book.vocabularies["matrix"].terms[matrix]
    if amount.base not in specimen.concentrations or (amount.base == PER_MILLE and specimen.density is None):
        known = "per mille is one by mass, of whole blood" if amount.base == PER_MILLE else "give it in ng/mL or mg/L"
        raise UsageError(f"`{amount}` is not a calculated concentration of {matrix}", value=amount.text, hint=known)
    return conversions.by_volume(amount, round((specimen.density or 0) * units.ONE), matrix, specimen.source)


def unit_of(book: Book, matrix: str, unit: str) -> Quantity:
    """One of a unit in which what is calculated in a specimen can be told. Raises UsageError."""
    try:
        one = units.quantity(f"1 {unit}", FLUID, PER_MILLE, PER_BREATH)
    except UsageError:
        known = ", ".join(units.UNITS[FLUID])
        message = f"`{unit}` is not a unit of a calculated concentration"
        hint = f"units: {known}; of whole blood per mille (g/kg), of breath g/210L"
        raise UsageError(message, value=unit, hint=hint) from None
    by_volume(book, matrix, one)
    return one


def per_mg_in_litre(book: Book, matrix: str, unit: str) -> float:
    """How much of a unit of concentration in a specimen 1 mg/L is. Raises UsageError."""
    return float(1000 * units.ONE / by_volume(book, matrix, unit_of(book, matrix, unit)).value)


def in_mg_per_litre(cutoff: Quantity) -> float:
    """A concentration by volume in mg/L."""
    return float(cutoff.value / units.ONE / 1000)


def summary(of: Speaking, at: Sequence[int], cutoff: Quantity | None, until: bool = True) -> Summary:
    """What a model says at some seconds, and `until` when persons are above a cutoff.

    Raises UsageError where the packages that it takes are missing.
    """
    with needing("kinetics", NEED):
        from ketref.kinetics.course import Given
        from ketref.kinetics.summary import summarised
    hour = SECONDS["h"]
    doses = [Given(dose.at / hour, dose.amount, dose.by, dose.lasted / hour) for dose in of.doses]
    model = of.model
    limit = None if cutoff is None else in_mg_per_litre(cutoff)
    hours = [second / hour for second in at]
    last = longest(model) / hour if until else None
    return summarised(model, of.output, doses, of.person, hours, limit, last)


def model_form(book: Book, of: Speaking, found: Summary, unit: str) -> ModelForm:
    """What one model says, in a unit."""
    model, scale = of.model, per_mg_in_litre(book, of.output.matrix, unit)
    low, high = (None if one is None else [rounded(scale * each) for each in one] for one in (found.low, found.high))
    return {
        "id": model.id,
        "median": [rounded(scale * each) for each in found.median],
        "p5": low,
        "p95": high,
        "share_above": None if found.above is None else outward(found.above),
        "until_below_s": _until(found),
        "fitted_to": model.fitted_to if model.n is None else f"{model.fitted_to} (n {model.n})",
        "valid_until": said_until(model),
        "source": model.source,
        "grade": book.sources[model.source].grade,
        "misfits": list(misfits(of)),
    }


def outward(shares: Iterable[float]) -> list[float]:
    """The least and the greatest of some shares, to whole percents outward."""
    found = [float(share) for share in shares]
    return [math.floor(100 * min(found) + 1e-9) / 100, math.ceil(100 * max(found) - 1e-9) / 100]


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
