"""Which concentrations have persons after their doses, by a model?

Doses add up where everything flows at fixed rates. Where one compartment is emptied otherwise, what comes into it is
such a sum still, and what is in it is reckoned from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from ketref.kinetics import linear
from ketref.kinetics.otherwise import emptied_evenly, saturated
from ketref.kinetics.persons import FUNCTIONS, Floats
from ketref.model import formulas
from ketref.model.kinetics import Flow, Input, Model, Output, Part


@frozen(eq=False)
class Given:
    """A dose of `amount` mg that began at `at` hours and took `lasted` hours, and comes in `by` a way of the model."""

    at: float
    amount: float
    by: Input
    lasted: float = 0.0


def concentrations(
    model: Model, output: Output, known: Mapping[str, Floats], doses: Sequence[Given], times: Floats
) -> Floats:
    """The concentrations in mg/L at some hours, by persons (persons, times)."""
    of = linear.system(model, known)
    found = np.zeros((len(of.values), len(times)))
    flow = next((flow for flow in model.flow if flow.rate is None), None)
    for measure in output.of:
        volume = _value(measure.volume, known)[:, None]
        if flow is not None and flow.from_ == measure.compartment:
            found += _emptied(flow, of, known, doses, times, volume)
        else:
            found += amounts(of, known, measure.compartment, doses, times) / volume
    ratio = output.mass if output.times is None else output.mass * _value(output.times, known)[:, None]
    return np.maximum(found * ratio, 0.0)


def amounts(
    of: linear.System, known: Mapping[str, Floats], compartment: str, doses: Sequence[Given], times: Floats
) -> Floats:
    """What is in a compartment at some hours, in mg of what was taken; what comes into one without end stays there."""
    row = np.zeros(of.values.shape)
    row[:, of.places[compartment]] = 1.0
    return _read(of, known, row, doses, times, hourly=False)


def _read(
    of: linear.System, known: Mapping[str, Floats], row: Floats, doses: Sequence[Given], times: Floats, hourly: bool
) -> Floats:
    """What a row reads of the compartments at some hours; `hourly`: by how much that grows in an hour."""
    found = np.zeros((len(of.values), len(times)))
    for dose in doses:
        for part in dose.by.parts:
            factors = linear.weights(of, row, part.into)
            mass, begins, over = comes_in(dose, part, known)
            since = times[None, :] - begins[:, None]
            if over is None:
                at = linear.at_once(of, factors * of.values if hourly else factors, since)
            elif hourly:
                at = (linear.at_once(of, factors, since) - linear.at_once(of, factors, since - over)) / over
            else:
                at = linear.evenly(of, factors, since, over)
            found += mass[:, None] * at
    return found


def comes_in(dose: Given, part: Part, known: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats | None]:
    """How much of a dose comes in by a part, from which hour on, and over how many hours; None: at once."""
    with_dose = {**known, "dose": np.full(len(next(iter(known.values()))), dose.amount * dose.by.base)}
    whole = with_dose["dose"] if part.amount is None else _value(part.amount, with_dose)
    mass = whole * _value(part.fraction, with_dose)
    begins = dose.at + (np.zeros_like(mass) if part.lag is None else _value(part.lag, with_dose))
    if part.over is not None:
        return mass, begins, _value(part.over, with_dose)[:, None]
    return mass, begins, np.full((len(mass), 1), dose.lasted) if dose.by.infused and dose.lasted else None


def _emptied(
    flow: Flow,
    of: linear.System,
    known: Mapping[str, Floats],
    doses: Sequence[Given],
    times: Floats,
    volume: Floats,
) -> Floats:
    """The concentration in a compartment that is emptied at no fixed rate."""

    def came(hours: Floats) -> Floats:
        return amounts(of, known, flow.from_, doses, hours)

    began = sorted({dose.at for dose in doses})
    if flow.constant is not None:
        return emptied_evenly(came, _value(flow.constant, known)[:, None], began, times) / volume
    most, half = _value(str(flow.most), known), _value(str(flow.half), known)
    row = np.zeros(of.values.shape)
    row[:, of.places[flow.from_]] = 1.0

    def comes(hours: Floats) -> Floats:
        return _read(of, known, row, doses, hours, hourly=True)

    whole = sum(dose.amount * dose.by.base for dose in doses)
    return saturated(comes, most, half * volume[:, 0], began[0], times, whole) / volume


def _value(formula: str, known: Mapping[str, Floats]) -> Floats:
    persons = len(next(iter(known.values())))
    return np.broadcast_to(np.asarray(formulas.value(formula, known, FUNCTIONS), dtype=float), (persons,))
