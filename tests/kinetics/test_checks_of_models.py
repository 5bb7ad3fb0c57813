"""Do the models say what was computed from their parameters elsewhere, and what was measured?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("scipy")

import numpy as np
from calculating import reckoned

from ketref.book.loading import Book, shipped
from ketref.kinetics.course import concentrations
from ketref.kinetics.persons import drawn, typical
from ketref.kinetics.summary import summarised
from ketref.model import formulas
from ketref.model.kinetics import Check, Model


def _models() -> Iterator[tuple[str, Model]]:
    book = shipped()
    for folder in book.folders:
        for model in book.models(folder):
            yield folder, model


MODELS = [pytest.param(folder, model, id=model.id) for folder, model in _models()]


def test_the_book_has_the_models_of_the_dossier() -> None:
    assert len(MODELS) == 37
    assert sum(len(model.check) for _, model in _models()) > 260
    assert sum(not model.no_spread for _, model in _models()) >= 20


@pytest.mark.parametrize(("folder", "model"), MODELS)
def test_its_checks(book: Book, folder: str, model: Model) -> None:
    off = {}
    known: dict[object, dict[str, np.ndarray]] = {}
    for check in model.check:
        output, dose, person = reckoned(book, folder, model, check)
        who = (check.percent is None, *sorted(person.items()))
        if who not in known:
            known[who] = typical(model, person) if check.percent is None else drawn(model, person)
        hours = np.array([check.after.seconds / 3600])
        persons = concentrations(model, output, known[who], [dose], hours)[:, 0] / formulas.unit(check.unit)[0]
        found = persons[0] if check.percent is None else np.percentile(persons, check.percent)
        if abs(found / check.value - 1) > check.within / 100 and not _in_the_tail(check, persons):
            off[check.id] = (found, check.value)
    assert off == {}


def _in_the_tail(check: Check, persons: np.ndarray) -> bool:
    """Whether of a low end, where few persons lie far apart, as good as the right share of persons is under it."""
    return check.percent == 5 and abs(np.mean(persons < check.value) - 0.05) < 0.012  # as the checks' own draws allow


MEASURED = [
    pytest.param(folder, model, one, id=one.id)
    for folder, model in _models()
    for one in model.measured
    if one.after is not None
]


@pytest.mark.parametrize(("folder", "model", "one"), MEASURED)
def test_what_was_measured_lies_in_the_band_or_is_a_known_misfit(folder: str, model: Model, one, book: Book) -> None:
    output, dose, person = reckoned(book, folder, model, one)
    found = summarised(model, output, [dose], person, [one.after.seconds / 3600], None, 1.0)
    scale = formulas.unit(one.unit)[0]
    middle = found.median[0] / scale
    if found.low is None:
        fits = abs(middle / one.value - 1) < 0.25  # of typical persons alone
    else:
        fits = found.low[0] <= one.value * scale <= found.high[0]
    assert bool(fits) == one.fits, f"{middle} by the model, {one.value} measured"


def test_total_body_water(book: Book) -> None:
    (model,) = [model for model in book.models("ethanol") if model.derive]
    man = typical(model, {"female": 0, "age": 40, "height": 175, "weight": 80})
    woman = typical(model, {"female": 1, "age": 40, "height": 165, "weight": 60})
    assert float(man["body_water"][0]) == pytest.approx(44.3316, rel=1e-4)
    assert float(woman["body_water"][0]) == pytest.approx(30.3375, rel=1e-4)
    assert 0.68 * 80 * 1000 / float(man["volume"][0]) / 10 == pytest.approx(98.169, rel=5e-4)  # mg/dL


def test_the_page_names_every_model(book: Book) -> None:
    from pathlib import Path

    page = (Path(__file__).resolve().parents[2] / "docs" / "calculated.md").read_text("utf-8")
    named = {one.id for folder in book.folders for one in (*book.models(folder), *book.unbuilt(folder))}
    assert {name for name in named if f"`{name}`" not in page} == set()
