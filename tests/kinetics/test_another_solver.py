"""Does another solver, fed with nothing but the TOML, find what the wing finds?"""

from __future__ import annotations

import math
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("scipy")

import numpy as np
from scipy.integrate import solve_ivp

from ketref.book.loading import Book
from ketref.kinetics.course import Given, concentrations
from ketref.kinetics.persons import typical

RULES = Path(__file__).resolve().parents[2] / "rules"
UNITS = {
    "1": 1,
    "L": 1,
    "L/h": 1,
    "1/h": 1,
    "h": 1,
    "L/min": 60,
    "1/min": 60,
    "min": 1 / 60,
    "mL/min": 0.06,
    "L/kg": 1e-6,
}
UNITS |= {"L/h/kg": 1e-6, "mg/h": 1, "mg/L": 1, "ng/mL": 1e-3, "dL": 0.1, "g/h": 1000, "g/dL": 10000, "L/L": 1}
UNITS |= {"mg/(dL*h)": 10}
HOURS = np.array([0.1, 0.5, 1.3, 4.0, 11.0, 30.0])


def _evaluated(formula: str, known: dict[str, float]) -> float:
    scales = {"kg": 1e6, "mg": 1.0, "g": 1e3, "y": 1.0, "h": 1.0, "L": 1.0, "cm": 1.0}
    text = re.sub(r"(\d[\d.]*)\[(\w+)\]", lambda found: f"({float(found[1])}*{scales[found[2]]})", formula)
    text = re.sub(r"(-?\d[\d.]*)\[([^\]]+)\]", lambda found: f"({found[1]}*_({found[2]!r}))", text)
    spelled = {"mg/(dL*h)": 10.0, "L/y": 1.0, "L/cm": 1.0, "L/kg": 1e-6}
    names = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "min": min, "max": max, "_": spelled.__getitem__}
    return eval(text, {"__builtins__": {}}, {**names, **known})  # noqa: S307 - a formula of the book, in a test


def _solved(model: dict, way: dict, output: dict, dose: float) -> np.ndarray:
    known: dict[str, float] = {"dose": dose * way.get("base", 1.0)}
    for covariate in model.get("covariate", ()):
        known[covariate["name"]] = covariate["typical"] * (1e6 if covariate.get("unit") == "kg" else 1)
    for parameter in model["parameter"]:
        times = _evaluated(parameter["times"], known) if "times" in parameter else 1
        known[parameter["name"]] = parameter["value"] * UNITS[parameter["unit"]] * times
    for derived in model.get("derive", ()):
        known[derived["name"]] = _evaluated(derived["formula"], known)
    places = {name: place for place, name in enumerate(model["compartments"])}
    start = np.zeros(len(places))
    evenly: list[tuple[int, float, float, float]] = []
    late: list[tuple[float, int, float]] = []
    for part in way["parts"]:
        mass = _evaluated(part["amount"], known) if "amount" in part else known["dose"]
        mass *= _evaluated(part.get("fraction", "1"), known)
        lag = _evaluated(part["lag"], known) if "lag" in part else 0.0
        if "over" in part:
            over = _evaluated(part["over"], known)
            evenly.append((places[part["into"]], lag, lag + over, mass / over))
        elif lag:
            late.append((lag, places[part["into"]], mass))
        else:
            start[places[part["into"]]] += mass

    def change(hour: float, there: np.ndarray) -> np.ndarray:
        found = np.zeros_like(there)
        for flow in model["flow"]:
            source = places[flow["from"]]
            if "rate" in flow:
                gone = rates[flow["rate"]] * there[source]
            else:
                level = max(there[source], 0.0) / volume
                gone = rates[flow["most"]] * level / (rates[flow["half"]] + level)
            found[source] -= gone
            if "to" in flow:
                found[places[flow["to"]]] += gone
        for place, begins, ends, rate in evenly:
            if begins <= hour < ends:
                found[place] += rate
        return found

    formulas = {flow[key] for flow in model["flow"] for key in ("rate", "most", "half") if key in flow}
    rates = {formula: _evaluated(formula, known) for formula in formulas}
    volume = _evaluated(output["of"][0]["volume"], known)
    breaks = sorted(
        {0.0, HOURS[-1], *(end for _, low, high, _ in evenly for end in (low, high)), *(at for at, *_ in late)}
    )
    there, found = start, {}
    for begin, end in pairwise(breaks):
        there = there + sum((mass * (np.arange(len(there)) == place) for at, place, mass in late if at == begin), 0.0)
        wanted = [hour for hour in HOURS if begin < hour <= end]
        done = solve_ivp(
            change, (begin, end), there, "LSODA", sorted({*wanted, end}), rtol=1e-9, atol=1e-10, max_step=0.5
        )
        found |= {hour: done.y[:, place] for place, hour in enumerate(wanted)}
        there = done.y[:, -1]
    ratio = output.get("mass", 1.0) * _evaluated(output.get("times", "1"), known)
    read = [(places[one["compartment"]], _evaluated(one["volume"], known)) for one in output["of"]]
    return np.array([ratio * sum(found[hour][place] / size for place, size in read) for hour in HOURS])


def _written() -> list:
    files = [(path.parent.name, tomllib.loads(path.read_text("utf-8"))) for path in sorted(RULES.glob("*/models.toml"))]
    models = [(folder, model) for folder, file in files for model in file.get("model", ())]
    fixed = [(folder, model) for folder, model in models if not any("constant" in flow for flow in model["flow"])]
    return [pytest.param(folder, model, id=model["id"]) for folder, model in fixed]


@pytest.mark.parametrize(("folder", "model"), _written())
def test_every_way_and_output_of_a_model(book: Book, folder: str, model: dict) -> None:
    (ours,) = [one for one in book.models(folder) if one.id == model["id"]]
    known = typical(ours, {})
    for way, our_way in zip(model["input"], ours.input, strict=True):
        for output, our_output in zip(model["output"], ours.output, strict=True):
            dose = 14_000.0 if folder == "ethanol" else 10.0
            theirs = _solved(model, way, output, dose)
            found = concentrations(ours, our_output, known, [Given(0.0, dose, our_way)], HOURS)[0]
            least = 1e-6 * max(theirs)
            assert found == pytest.approx(theirs, rel=2e-3, abs=max(least, 1e-4 if folder == "ethanol" else 0)), output
