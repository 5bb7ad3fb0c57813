"""Does a formula of a model tell what it gives, and in which unit, and is anything else refused?"""

from __future__ import annotations

import math

import pytest

from ketref.model import formulas
from ketref.model.formulas import MASS, PURE, TIME, VOLUME, FormulaError, dimension, times, unit, value

FUNCTIONS = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "min": min, "max": max}
KNOWN = {"CL": times(VOLUME, TIME, -1), "V": VOLUME, "weight": MASS, "share": PURE}


@pytest.mark.parametrize(
    ("written", "scale", "kind"),
    [
        ("1", 1.0, PURE),
        ("L/h", 1.0, times(VOLUME, TIME, -1)),
        ("1/min", 60.0, times(PURE, TIME, -1)),
        ("mL/min", 0.06, times(VOLUME, TIME, -1)),
        ("mg/(dL*h)", 10.0, times(times(MASS, VOLUME, -1), TIME, -1)),
        ("g/dL", 10_000.0, times(MASS, VOLUME, -1)),
    ],
)
def test_units(written: str, scale: float, kind: formulas.Dimension) -> None:
    assert unit(written) == (pytest.approx(scale), kind)


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("CL/V", 0.5),
        ("(weight/70[kg])**0.75", 1.0),
        ("1/(1 + share)", 0.8),
        ("-share + max(share, 1)", 0.75),
        ("sqrt(V**2)/1[L]", 20.0),
        ("exp(-CL/V*2[h])", math.exp(-1)),
        ("70[kg]/1[mg]", 70e6),
    ],
)
def test_what_comes_out(formula: str, found: float) -> None:
    values = {"CL": 10.0, "V": 20.0, "weight": 70e6, "share": 0.25}
    dimension(formula, KNOWN)
    assert value(formula, values, FUNCTIONS) == pytest.approx(found)


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("CL + V", "joins different units"),
        ("exp(CL)", "joins different units"),
        ("2**weight", "has a unit"),
        ("V**share", "is not a number"),
        ("clearance", "is not a parameter"),
        ("__import__('os')", "is not a number"),
        ("V.real", "nothing that a formula may hold"),
        ("open(V)", "nothing that a formula may hold"),
        ("(lambda: V)()", "nothing that a formula may hold"),
        ("V if share else CL", "nothing that a formula may hold"),
        ("V // CL", "nothing that a formula may hold"),
        ("V[0]", "nothing that a formula may hold"),
        ("70[stone]", "not a unit"),
        ("min(V)", "has 1 values"),
        ("V +", "is not a formula"),
        ("True", "is not a number"),
        ("V" * 400, "characters"),
    ],
)
def test_what_is_refused(formula: str, why: str) -> None:
    with pytest.raises(FormulaError, match=why):
        dimension(formula, KNOWN)


def test_names() -> None:
    assert formulas.names("max(CL, 2[L/h])/V*exp(share)") == {"CL", "V", "share"}
