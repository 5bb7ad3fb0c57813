"""Is a calculated concentration the same in every unit in which it is asked for, and said?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref import UsageError
from ketref.answers.calculated import by_volume, per_mg_in_litre, unit_of
from ketref.book.loading import Book
from ketref.model import units

pytest.importorskip("scipy")
DENSITY = 1.055  # g/mL of whole blood
PERSON: dict[str, Any] = {"sex": "male", "age": 30, "height": 180, "weight": "80 kg"}
DRUNK: dict[str, Any] = {**PERSON, "route": "oral", "dose": "40 g", "since": "2 h"}
MEASURED: dict[str, Any] = {"since": "5 h", "before": "2 h"}


@pytest.mark.parametrize(
    ("matrix", "unit", "of_mg_in_litre"),
    [
        ("whole-blood", "mg/L", 1),
        ("whole-blood", "g/L", 1e-3),
        ("whole-blood", "mg/dL", 0.1),
        ("whole-blood", "g/dL", 1e-4),
        ("whole-blood", "per mille", 1e-3 / DENSITY),
        ("whole-blood", "\u2030", 1e-3 / DENSITY),
        ("whole-blood", "g/kg", 1e-3 / DENSITY),
        ("breath", "mg/L", 1),
        ("breath", "g/210L", 0.21),
    ],
)
def test_a_unit_is_so_much_of_a_milligram_in_a_litre(book: Book, matrix: str, unit: str, of_mg_in_litre: float) -> None:
    scale = per_mg_in_litre(book, matrix, unit)
    assert scale == pytest.approx(of_mg_in_litre, rel=1e-9)
    there = by_volume(book, matrix, units.quantity(f"0.5 {unit}", units.FLUID, units.PER_MILLE, units.PER_BREATH))
    assert there.value / units.ONE / 1000 * scale == pytest.approx(0.5, rel=1e-5)  # and back


@pytest.mark.parametrize(("unit", "scale"), [("g/L", 1), ("mg/dL", 100), ("g/dL", 0.1), ("per mille", 1 / DENSITY)])
def test_an_answer_is_the_same_in_every_unit(unit: str, scale: float) -> None:
    (plain,) = ketref.concentration("ethanol", **DRUNK, unit="mg/L").models
    (model,) = ketref.concentration("ethanol", **DRUNK, unit=unit).models
    for key in ("median", "p5", "p95"):
        assert model[key][0] == pytest.approx(plain[key][0] / 1000 * scale, rel=0.06)  # of two digits


@pytest.mark.parametrize("cutoff", ["0.5 per mille", "0.5 g/kg", "0.5275 g/L", "52.75 mg/dL", "0.05275 g/dL"])
def test_a_cutoff_is_the_same_in_every_unit(cutoff: str) -> None:
    answer = ketref.concentration("ethanol", **DRUNK, cutoff=cutoff)
    known = ketref.concentration("ethanol", **DRUNK, cutoff="527.5 mg/L")
    assert answer.models[0]["share_above"] == known.models[0]["share_above"]
    assert answer.to_dict()["question"]["cutoff"] == cutoff
    told = [one for one in answer.assumes if "density 1.055 g/mL, jones2024units" in one]
    assert bool(told) == ("kg" in cutoff or "mille" in cutoff)


def test_beside_a_status_it_is_too() -> None:
    asked = {**DRUNK, "matrix": "whole-blood", "analyte": "ethanol", "calculated": True}
    forms = [ketref.detect("ethanol", **asked, cutoff=c).to_dict()["calculated"] for c in ("0.5 g/kg", "527.5 mg/L")]
    assert forms[0] == forms[1]
    assert forms[0]["models"] == ["PKM-ETH-03"]


def test_what_was_measured_may_be_per_mille() -> None:
    (by_mass,) = ketref.concentration("ethanol", **MEASURED, measured="0.9 per mille", unit="mg/dL").models
    (by_volume,) = ketref.concentration("ethanol", **MEASURED, measured="94.95 mg/dL", unit="mg/dL").models
    assert by_mass["median"] == by_volume["median"]


def test_the_unit_is_told_as_what_it_is() -> None:
    assert ketref.concentration("ethanol", **DRUNK, unit="per mille").to_dict()["unit"] == "g/kg"


@pytest.mark.parametrize(
    ("matrix", "unit"),
    [("serum", "per mille"), ("breath", "g/kg"), ("whole-blood", "g/210L"), ("whole-blood", "pg/mg")],
)
def test_a_unit_that_its_specimen_does_not_have_is_refused(book: Book, matrix: str, unit: str) -> None:
    with pytest.raises(UsageError, match="calculated concentration"):
        unit_of(book, matrix, unit)


@pytest.mark.parametrize(
    ("matrix", "limit", "cutoff"), [("breath", "Japan", "0.15 mg/L"), (None, "Germany", "50 mg/dL")]
)
def test_limits_of_law_are_data(matrix: str | None, limit: str, cutoff: str) -> None:
    answer = ketref.concentration("ethanol", **DRUNK, matrix=matrix, limit=limit)
    known = ketref.concentration("ethanol", **DRUNK, matrix=matrix, cutoff=cutoff)
    assert answer.models[0]["share_above"] == known.models[0]["share_above"]
