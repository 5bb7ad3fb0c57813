"""Is every entry of the dossier of models in the book, and does the engine find what only the dossier has?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

pytest.importorskip("scipy")

import numpy as np

from ketref.book.loading import Book
from ketref.kinetics import linear
from ketref.kinetics.course import Given, amounts, concentrations
from ketref.kinetics.persons import drawn, typical
from ketref.model.kinetics import Covariate, Flow, Input, Measure, Model, Output, Parameter, Part

ROOT = Path(__file__).parents[2]
IDS = tomli.loads((ROOT / "tests" / "data" / "model_ids.toml").read_text("utf-8"))
CAFFEINE = Model(
    id="PKM-CAF-01",
    fitted_to="24 healthy adults",
    source="nlm-csajka2005",
    parameter=(
        Parameter(name="ka", value=0.064, unit="1/min", spread="lognormal", variance=0.223144),
        Parameter(name="CL", value=0.083, unit="L/min", spread="lognormal", variance=0.13488, times="1 - 0.54*pill"),
        Parameter(name="V", value=38.6, unit="L", spread="lognormal", variance=0.039221),
    ),
    covariate=(Covariate(name="pill", factor="comedication", typical=0.0),),
    compartments=("gut", "blood"),
    flow=(Flow(from_="gut", rate="ka", to="blood"), Flow(from_="blood", rate="CL/V")),
    input=(Input(parts=(Part(into="gut"),)),),
    output=(Output(analyte="caffeine", matrix="plasma", of=(Measure(compartment="blood", volume="V"),)),),
)
"""The reference of the engine: one compartment with a closed form, of a substance that is not in the book."""


def test_every_entry_is_in_the_book_or_left_out_with_a_reason() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "rules").glob("*/models.toml")))
    encoded = {found[1] for found in re.finditer(r'id = "(PK[A-Z]-(?:[A-Z]+-)?\d+)', text)}
    listed = {one for kind in ("model", "value", "equation", "check", "spread") for one in IDS[kind]}
    assert listed - encoded == set(IDS["left_out"])
    assert len(IDS["model"]) == 43
    assert all(IDS["left_out"].values())


@pytest.mark.parametrize(
    ("hours", "value"),
    [(0.25, 3.1384), (0.5, 4.2405), (1, 4.5973), (2, 4.1396), (4, 3.2001), (8, 1.91), (12, 1.14), (24, 0.2424)],
)
def test_the_reference_has_its_closed_form(hours: float, value: float) -> None:
    dose = [Given(0.0, 200.0, CAFFEINE.input[0])]
    found = concentrations(CAFFEINE, CAFFEINE.output[0], typical(CAFFEINE, {}), dose, np.array([hours]))
    ka, k = 0.064 * 60, 0.083 * 60 / 38.6
    closed = 200 * ka / (38.6 * (ka - k)) * (np.exp(-k * hours) - np.exp(-ka * hours))
    assert float(found[0, 0]) == pytest.approx(closed, rel=1e-6)
    assert float(found[0, 0]) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("hours", "ends"),
    [
        (1.0, (3.226, 3.914, 4.461, 5.068, 6.054)),
        (8.0, (0.8142, 1.413, 1.862, 2.315, 3.001)),
        (24.0, (0.01418, 0.09234, 0.2328, 0.4696, 0.9787)),
    ],
)
def test_the_spread_of_the_reference(hours: float, ends: tuple[float, ...]) -> None:
    dose = [Given(0.0, 200.0, CAFFEINE.input[0])]
    persons = concentrations(CAFFEINE, CAFFEINE.output[0], drawn(CAFFEINE, {"pill": 0}), dose, np.array([hours]))[:, 0]
    found = np.percentile(persons, (5, 25, 50, 75, 95))
    assert found[1:] == pytest.approx(ends[1:], rel=0.04)
    assert found[0] == pytest.approx(ends[0], rel=0.08 if ends[0] < ends[2] / 10 else 0.04)


def _of(book: Book, folder: str, name: str) -> Model:
    return next(model for model in book.models(folder) if model.id == name)


def test_an_enzyme_that_is_nearly_full_has_the_spread_of_a_full_one(book: Book) -> None:
    model = _of(book, "ethanol", "PKM-ETH-01")
    person = {"female": 0.0, "age": 29.4, "weight": 61.3}
    dose = [Given(0.0, 14_000.0, model.input[0])]
    found = concentrations(model, model.output[0], drawn(model, person), dose, np.array([0.5, 1.0, 1.5])) / 10
    ends = {0.5: (9.513, 13.72, 17.54, 22.75), 1.0: (7.215, 10.17, 12.9, 16.89)}
    for place, expected in enumerate(ends.values()):
        assert np.percentile(found[:, place], (25, 50, 75, 95)) == pytest.approx(expected, rel=0.03)
    assert np.percentile(found[:, 2], (50, 75, 95)) == pytest.approx((3.587, 6.343, 10.15), rel=0.03)
    shares = [float(np.mean(found[:, place] < low)) for place, low in enumerate((3.721, 1.84))]
    assert shares == pytest.approx([0.05, 0.05], abs=0.012)  # few persons lie far apart there, as for other low ends
    assert np.percentile(found[:, 2], 5) < 0.001  # 0 where it is always full
    assert [float(np.mean(found[:, place] >= 10)) for place in range(3)] == pytest.approx(
        [0.7244, 0.5174, 0.0537], abs=0.012
    )
    last = concentrations(model, model.output[0], typical(model, person), dose, np.array([2.0]))
    assert float(last[0, 0]) == pytest.approx(0.001, abs=1e-4)  # mg/L


def test_patch_after_patch_comes_to_the_rate_by_the_clearance(book: Book) -> None:
    model = _of(book, "fentanyl", "PKM-FEN-02")
    way = next(way for way in model.input if "transdermal" in way.when.route)
    patches = [Given(72.0 * number, 72 * 0.025, way) for number in range(30)]
    hours = np.linspace(72.0 * 28, 72.0 * 29, 400)
    found = concentrations(model, model.output[0], typical(model, {}), patches, hours)[0]
    assert float(found[:-1].mean()) * 1000 == pytest.approx(0.50403, rel=5e-3)  # ng/mL


@pytest.mark.parametrize(("hours", "value"), [(1.0, 889.7801), (4.0, 619.9804), (12.0, 79.8266), (24.0, 3.6406)])
def test_codeine_6_glucuronide(book: Book, hours: float, value: float) -> None:
    model = _of(book, "codeine", "PKM-COD-01")
    person = {c.name: c.typical for c in model.covariate}
    known = typical(model, person)
    dose = [Given(0.0, 60.0, model.input[0])]
    held = amounts(linear.system(model, known), known, "glucuronide", dose, np.array([hours]))
    assert float(held[0, 0] / known["Vg"][0]) * 1000 == pytest.approx(value, rel=0.01)  # told as codeine
