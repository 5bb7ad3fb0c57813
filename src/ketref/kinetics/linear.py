"""How does what flows at fixed rates go on in time: as which sum of exponentials?

The matrix of the rates of each person is decomposed into its eigenvalues and eigenvectors once. What is in a
compartment after a dose at once, or evenly over some time, is then a sum of exponentials, at any moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ketref.kinetics.persons import FUNCTIONS, Floats
from ketref.model import formulas
from ketref.model.kinetics import Model

Numbers = NDArray[Any]
"""Real where no rates make anything swing, as is usual."""
TOLD_APART = 1e-7
"""By which part rates that are alike are told apart: a matrix with twice the same one has too few eigenvectors."""


@frozen(eq=False)
class System:
    """The decomposed rates of some persons: eigenvalues (persons, n), eigenvectors, and their inverse."""

    values: Numbers
    vectors: Numbers
    inverse: Numbers
    places: Mapping[str, int]


def system(model: Model, known: Mapping[str, Floats]) -> System:
    """The rates of the linear flows of a model, decomposed for each person."""
    places = {name: place for place, name in enumerate(model.compartments)}
    persons = len(next(iter(known.values())))
    rates = np.zeros((persons, len(places), len(places)))
    for flow in model.flow:
        if flow.rate is not None:
            rate = formulas.value(flow.rate, known, FUNCTIONS)
            start = places[flow.from_]
            rates[:, start, start] -= rate
            if flow.to is not None:
                rates[:, places[flow.to], start] += rate
    steps = 1 + TOLD_APART * np.arange(len(places))
    rates *= steps  # by compartment, whose column keeps its sum: no mass is lost
    values, vectors = np.linalg.eig(rates)
    return System(values, vectors, np.linalg.inv(vectors), places)


def weights(of: System, row: Floats, into: str) -> Numbers:
    """The factor of each exponential (persons, n), of what a `row` (persons, n) reads of the compartments."""
    read = np.einsum("pi,pij->pj", row, of.vectors)
    return np.asarray(read * of.inverse[:, :, of.places[into]])


def at_once(of: System, factors: Numbers, since: Floats) -> Floats:
    """What is read after a unit that came in at once, `since` (persons, times) hours ago; nothing before."""
    past = np.maximum(since, 0.0)
    found = np.zeros(np.broadcast_shapes((len(factors), 1), since.shape), dtype=factors.dtype)
    for place in range(factors.shape[1]):
        found += factors[:, place, None] * np.exp(of.values[:, place, None] * past)
    return np.where(since >= 0, found.real, 0.0)


def evenly(of: System, factors: Numbers, since: Floats, over: Floats) -> Floats:
    """What is read after a unit that began to come in evenly `since` hours ago, `over` (persons, 1) hours."""
    during, after = np.clip(since, 0.0, over), np.maximum(since - over, 0.0)
    found = np.zeros(np.broadcast_shapes((len(factors), 1), since.shape), dtype=factors.dtype)
    for place in range(factors.shape[1]):
        value = of.values[:, place, None]
        still = np.abs(value) < 1e-12
        came = np.where(still, during, np.expm1(value * during) / np.where(still, 1, value))
        found += factors[:, place, None] * came * np.exp(value * after)
    return np.asarray(found.real / over)
