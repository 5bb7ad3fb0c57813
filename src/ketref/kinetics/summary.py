"""What is to be told of the concentrations of many persons: the middle, the ends, and until when they are high?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from ketref.kinetics.course import Given, concentrations
from ketref.kinetics.persons import FUNCTIONS, Floats, drawn, typical
from ketref.model import formulas
from ketref.model.kinetics import Model, Output

POINTS = 240
"""At how many moments it is looked whether a concentration is still high."""
SOONEST = 0.02
"""The first of them, in hours after the last dose."""
ENDS = (5.0, 50.0, 95.0)


@frozen(eq=False)
class Summary:
    """At each moment the median and the 5th and 95th percentile of persons in mg/L, without a spread the typical one.

    `above` is the share of persons at or over a cutoff at each moment, `until` the hours from which 5, 50 and 95 % of
    persons stay under it (infinite: later than was looked at); None where that is not asked, or no spread is known.
    """

    median: Floats
    low: Floats | None
    high: Floats | None
    above: Floats | None
    until: tuple[float, ...] | None


def summarised(
    model: Model,
    output: Output,
    doses: Sequence[Given],
    person: Mapping[str, float],
    hours: Sequence[float],
    cutoff: float | None,
    longest: float | None,
) -> Summary:
    """What a model says of persons at some hours, and of a cutoff in mg/L.

    From when on persons stay under it is looked for until `longest` hours after the last dose; None: not at all.
    """
    alone = bool(model.no_spread) or not any(parameter.variance for parameter in model.parameter)
    known = typical(model, person) if alone else drawn(model, person)
    found = concentrations(model, output, known, doses, np.asarray(hours, dtype=float))
    until = None if cutoff is None or longest is None else _until(model, output, doses, known, cutoff, longest)
    if alone:
        return Summary(found[0], None, None, None, None if until is None else (np.inf, float(until[0]), np.inf))
    low, median, high = np.percentile(found, ENDS, axis=0)
    above = None if cutoff is None else np.mean(found >= cutoff, axis=0)
    ends = None if until is None else tuple(float(end) for end in np.percentile(until, ENDS, method="nearest"))
    return Summary(median, low, high, above, ends)


def before(
    model: Model,
    output: Output,
    rate: str,
    person: Mapping[str, float],
    measured: float,
    hours: float,
    cutoff: float | None,
) -> Summary:
    """What a concentration in mg/L was some hours before it was measured, where it falls by a `rate` every hour."""
    known = drawn(model, person)
    fallen = hours * np.asarray(formulas.value(rate, known, FUNCTIONS))
    found = measured + fallen * (1.0 if output.times is None else formulas.value(output.times, known, FUNCTIONS))
    low, median, high = np.percentile(found[:, None], ENDS, axis=0)
    return Summary(median, low, high, None if cutoff is None else np.mean(found[:, None] >= cutoff, axis=0), None)


def usual_ratio(model: Model, output: Output, person: Mapping[str, float]) -> float:
    """How many times what its compartments hold an output is, in the person in whom nothing deviates."""
    if output.times is None:
        return 1.0
    return float(np.asarray(formulas.value(output.times, typical(model, person), FUNCTIONS)).item())


def _until(
    model: Model,
    output: Output,
    doses: Sequence[Given],
    known: Mapping[str, Floats],
    cutoff: float,
    longest: float,
) -> Floats:
    """From which hour on each person stays under a cutoff, the last dose being the last."""
    last = max(dose.at + dose.lasted for dose in doses)
    hours = last + np.concatenate([[0.0], np.geomspace(SOONEST, longest, POINTS)])
    found = concentrations(model, output, known, doses, hours)
    over = found >= cutoff
    places = len(hours) - 1 - np.argmax(over[:, ::-1], axis=1)
    persons = np.arange(len(found))
    after = np.minimum(places + 1, len(hours) - 1)
    here, there = found[persons, places], np.maximum(found[persons, after], cutoff * 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.log(here / cutoff) / np.log(here / there)
    crossed = hours[places] + np.clip(np.nan_to_num(part), 0.0, 1.0) * (hours[after] - hours[places])
    crossed[places == len(hours) - 1] = np.inf
    crossed[~over.any(axis=1)] = 0.0
    return np.asarray(crossed)
