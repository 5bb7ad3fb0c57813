"""What is drawn of a concentration that models expect: a band and a line for each model, and what was measured?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ketref.answers.calculated import in_mg_per_litre, per_mg_in_litre, summary
from ketref.errors import UsageError
from ketref.model.formulas import unit as unit_of
from ketref.model.units import SECONDS, Quantity, well_read, written_quantity
from ketref.output.concentration_text import figure
from ketref.output.text import moment
from ketref.person.earlier import EarlierAnswer
from ketref.pictures.words import edition_line, source_list

if TYPE_CHECKING:
    from ketref.answers.models import Speaking
    from ketref.model.kinetics import Measured
    from ketref.person.modelled import ConcentrationAnswer

POINTS = 160
"""At how many moments a curve is reckoned."""
TOLD = 5
"""At how many of them it is told in words."""
BESIDE = 1.6
"""How many times as long as until the moment asked about is drawn."""


@frozen
class Curve:
    """What one model says at some `times`: the middle, and where persons differ the ends of 90 % of them."""

    name: str
    times: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None


@frozen
class Point:
    """What was measured after such a dose, where a source tells it with its ends; whether the model `fits` it."""

    name: str
    at: float
    value: float
    low: float | None
    high: float | None
    fits: bool


@frozen
class Curves:
    """What a picture of concentrations shows. Times are seconds since the start of the first dose.

    `now` is the one moment asked about, `cutoff` a concentration in the `unit` and its text.
    """

    title: str
    about: str
    axis: str
    unit: str
    curves: tuple[Curve, ...]
    points: tuple[Point, ...]
    cutoff: tuple[float, str] | None
    now: float | None
    foot: tuple[str, ...]
    written: Callable[[float], str]
    clock: None = None
    logarithmic: bool = False

    def described(self) -> list[str]:
        """The picture in words: each model at some of its times, and what was measured."""
        lines = [f"Calculated, not measured: {self.about}."]
        lines += [f"The cutoff: {self.cutoff[1]}."] if self.cutoff else []
        lines += [f"The moment asked about: {self.written(self.now)}."] if self.now is not None else []
        return [*lines, *map(self._told, self.curves), *map(self._measured, self.points)]

    def _told(self, one: Curve) -> str:
        step = max((len(one.times) - 1) // TOLD, 1)
        said = []
        for place in range(0, len(one.times), step):
            ends = ""
            if one.low is not None and one.high is not None:
                ends = f" ({_digits(one.low[place])} to {_digits(one.high[place])} in 90 % of persons)"
            said.append(f"{self.written(one.times[place])} {_digits(one.middle[place])} {self.unit}{ends}")
        return f"{one.name}: {'; '.join(said)}."

    def _measured(self, one: Point) -> str:
        ends = "" if one.low is None or one.high is None else f" ({_digits(one.low)} to {_digits(one.high)})"
        fits = "" if one.fits else ", which the model does not fit"
        return f"Measured: {one.name}, {self.written(one.at)} {_digits(one.value)} {self.unit}{ends}{fits}."


def chart_of_concentration(answer: ConcentrationAnswer) -> Curves:
    """The course of a concentration by each model, around the moment asked about or over the range asked for."""
    said = answer.to_dict()["question"]
    curves, points = (_before(answer), []) if isinstance(answer, EarlierAnswer) else _after(answer)
    sources = dict.fromkeys(f"{form['source']} {form['grade']}" for form in answer.models)
    scale = per_mg_in_litre(answer.book, answer.matrix, answer.unit)
    alone = ("dose", "route", "drinks", "measured", "before", "weight", "infusion", "pattern")
    if "dose" in said:
        said = {**said, "dose": well_read(said["dose"])}
    parts = [f"{key} {said[key]}" for key in alone if key in said and (key != "pattern" or said[key] != "single")]
    dose = "dose" if len({dose.at for one in answer.speaking for dose in one.doses}) < 2 else "first dose"
    earlier = isinstance(answer, EarlierAnswer)
    return Curves(
        title=f"{answer.analyte} in {answer.matrix} after {answer.question.substance}, calculated",
        about=", ".join(parts) or "all doses that were given",
        axis="time before it was measured" if earlier else f"time since the start of the {dose}",
        unit=answer.unit,
        curves=tuple(curves),
        points=tuple(points),
        cutoff=None if answer.cutoff is None else (scale * in_mg_per_litre(answer.cutoff), answer.cutoff.text),
        now=None if earlier or len(answer.moments) > 1 else answer.moments[0],
        foot=(source_list(sources), "Calculated by published models, not measured.", edition_line(answer.book)),
        written=_written,
    )


def _after(answer: ConcentrationAnswer) -> tuple[list[Curve], list[Point]]:
    """The curves after doses, each as long as its model was sampled, and what was measured after such a dose."""
    moments = answer.moments
    first, last = (moments[0], moments[-1]) if len(moments) > 1 else (0, round(BESIDE * moments[0]) or SECONDS["h"])
    curves: list[Curve] = []
    points: list[Point] = []
    scale = per_mg_in_litre(answer.book, answer.matrix, answer.unit)
    for one in answer.speaking:
        until = one.model.valid_until
        end = last if until is None else min(last, max(dose.at for dose in one.doses) + until.seconds)
        begin = max(first, *(dose.at + dose.by.starts.seconds for dose in one.doses if dose.by.starts), first)
        times = sorted({begin + (end - begin) * place // (POINTS - 1) for place in range(POINTS)})
        found = summary(one, times, None)
        middle, low, high = (
            None if values is None else tuple(float(scale * value) for value in values)
            for values in (found.median, found.low, found.high)
        )
        curves.append(Curve(one.model.id, tuple(times), middle or (), low, high))
        points += [_point(measured, scale) for measured in _measured_alike(answer, one)]
    seen = [point for point in points if first <= point.at <= last]
    return curves, seen


def _measured_alike(answer: ConcentrationAnswer, one: Speaking) -> Iterator[Measured]:
    """What was measured after the one dose that is asked about."""
    question = answer.question
    for measured in one.model.measured if len(one.doses) == 1 else ():
        same = measured.analyte == answer.analyte and measured.route in one.doses[0].by.when.route
        amounts = [amount for amount in (question.dose, question.dose_per_kg) if amount is not None]
        if same and measured.after is not None and any(_equal(measured.dose, amount) for amount in amounts):
            yield measured


def _equal(text: str, amount: Quantity) -> bool:
    """Whether a dose of the book is as much as one that is asked about."""
    try:
        return written_quantity(text, amount.base).value == amount.value
    except UsageError:  # by weight, and the other is not
        return False


def _point(measured: Measured, scale: float) -> Point:
    scale *= unit_of(measured.unit)[0]
    value, low, high = (None if one is None else scale * one for one in (measured.value, measured.low, measured.high))
    number = "" if measured.n is None else f", n {measured.n}"
    at = 0 if measured.after is None else measured.after.seconds
    return Point(f"{measured.source}{number}", at, value or 0.0, low, high, measured.fits)


def _before(answer: EarlierAnswer) -> list[Curve]:
    """Lines back from what was measured."""
    times = (-float(answer.before.seconds), 0.0)
    measured = per_mg_in_litre(answer.book, answer.matrix, answer.unit) * in_mg_per_litre(answer.measured)
    curves = []
    for form in answer.models:
        ends = [(values[0], measured) for values in (form["median"], form["p5"] or [], form["p95"] or []) if values]
        middle, low, high = (*ends, None, None)[:3]
        curves.append(Curve(form["id"], times, middle or (), low, high))
    return curves


def _written(seconds: float) -> str:
    return f"-{moment(round(-seconds))}" if seconds < 0 else moment(round(seconds / 60) * 60)


def _digits(value: float) -> str:
    return figure(float(f"{value:.2g}"))


def legend(curves: Sequence[Curve]) -> str:
    """What the lines and bands mean."""
    spread = any(one.low is not None for one in curves)
    return "line: the middle of persons" + ("; band: 90 % of them" if spread else "; how they differ is not known")
