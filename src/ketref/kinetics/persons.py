"""Which values have the parameters of a model in many persons?

The same persons for every call: each parameter is drawn from as many equally likely parts of its distribution as there
are persons, in an order that a fixed seed gives, so that same questions have same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from ketref.model import formulas
from ketref.model.kinetics import OF_LOGIT, Model, Parameter

Floats = NDArray[np.float64]
PERSONS, SOLVED = 2**13, 2**11
"""How many persons are drawn, and how many where a solver has to follow each."""
SEED = 20_260_301
FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "min": np.minimum,
    "max": np.maximum,
}


def typical(model: Model, covariates: Mapping[str, float]) -> dict[str, Floats]:
    """The values of the one person in whom nothing deviates, in base units, each an array of one."""
    return _values(model, covariates, np.zeros((1, len(_spread(model)))), 1)


def drawn(model: Model, covariates: Mapping[str, float], persons: int | None = None) -> dict[str, Floats]:
    """The values of many persons in base units; covariates that are not said and have shares are drawn too."""
    if persons is None:
        persons = SOLVED if any(flow.most is not None for flow in model.flow) else PERSONS
    return _values(model, covariates, _deviations(model, persons), persons)


def _values(model: Model, covariates: Mapping[str, float], deviations: Floats, persons: int) -> dict[str, Floats]:
    found: dict[str, Floats] = dict(_people(model, covariates, persons))
    spread = {parameter.name: index for index, parameter in enumerate(_spread(model))}
    for parameter in model.parameter:
        deviation = deviations[:, spread[parameter.name]] if parameter.name in spread else np.zeros(persons)
        value = _deviating(parameter, deviation) * formulas.unit(parameter.unit)[0]
        if parameter.times is not None:
            value = value * formulas.value(parameter.times, found, FUNCTIONS)
        found[parameter.name] = value
    for derived in model.derive:
        found[derived.name] = np.broadcast_to(formulas.value(derived.formula, found, FUNCTIONS), (persons,))
    return found


def _deviating(parameter: Parameter, deviation: Floats) -> Floats:
    if parameter.spread == OF_LOGIT:
        return np.asarray(expit(logit(parameter.value) + deviation))
    if parameter.spread == "normal":
        return np.clip(parameter.value + deviation, parameter.least, parameter.most)
    return np.asarray(parameter.value * np.exp(deviation))


def _people(model: Model, covariates: Mapping[str, float], persons: int) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for number, covariate in enumerate(model.covariate):
        scale = formulas.unit(covariate.unit)[0]
        shares = [level.share for level in covariate.levels if level.share is not None]
        if covariate.name in covariates or not shares or persons == 1:
            found[covariate.name] = np.full(persons, scale * covariates.get(covariate.name, covariate.typical))
            continue
        levels = [level for level in covariate.levels if level.share is not None]
        upto = np.cumsum(shares) / sum(shares)
        random = np.random.RandomState(SEED + 1000 + number)
        parts = (random.permutation(persons) + 0.5) / persons
        found[covariate.name] = np.array([level.number for level in levels])[np.searchsorted(upto, parts)]
    return found


def _spread(model: Model) -> list[Parameter]:
    return [parameter for parameter in model.parameter if parameter.variance]


def _deviations(model: Model, persons: int) -> Floats:
    """Normal deviations that go together as the model says, one column for each parameter that has a spread."""
    spread = _spread(model)
    index = {parameter.name: place for place, parameter in enumerate(spread)}
    together = np.diag([parameter.variance or 0.0 for parameter in spread])
    for each in model.covariance:
        one, other = (index[name] for name in each.between)
        together[one, other] = together[other, one] = each.covariance
    if not spread:
        return np.zeros((persons, 0))
    return np.asarray(ndtri(_evenly_spread(len(spread), persons)) @ np.linalg.cholesky(together).T)


@lru_cache(maxsize=16)
def _evenly_spread(columns: int, persons: int) -> Floats:
    """Points of a cube that lie more evenly than random ones (scrambled Sobol), the same for every call."""
    from scipy.stats import qmc

    points: Floats = qmc.Sobol(columns, rng=np.random.Generator(np.random.PCG64(SEED))).random(persons)
    return np.clip(points, 1e-9, 1 - 1e-9)
