"""What does a picture of calculated concentrations show, and what does it tell who does not see it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

import ketref
from ketref.cli.main import main
from ketref.pictures import drawn_curves
from ketref.pictures.plot import chart_of

pytest.importorskip("scipy")
mpl.use("agg")
LSD: dict[str, Any] = {"route": "oral", "dose": "100 ug", "since": "4 h", "cutoff": "0.5 ng/mL"}
IV: dict[str, Any] = {"route": "intravenous", "dose": "0.1 mg", "weight": "70 kg"}
SVG = "{http://www.w3.org/2000/svg}"


def test_it_shows_the_band_what_was_measured_and_the_cutoff() -> None:
    answer = ketref.concentration("lsd", **LSD)
    chart = chart_of(answer)
    (curve,), (point,) = chart.curves, chart.points
    assert chart.cutoff == (pytest.approx(0.5), "0.5 ng/mL")
    assert (point.at, point.value, point.low, point.high) == (102 * 60, *map(pytest.approx, (1.7, 1.0, 2.9)))
    assert point.fits
    at = min(range(len(curve.times)), key=lambda place: abs(curve.times[place] - 4 * 3600))
    (model,) = answer.models
    for values, key in ((curve.middle, "median"), (curve.low, "p5"), (curve.high, "p95")):
        assert values[at] == pytest.approx(model[key][0], rel=0.06)


def test_a_dose_that_was_not_measured_has_no_points() -> None:
    asked = {"route": "oral", "since": "8 h"}
    assert len(chart_of(ketref.concentration("psilocybin", dose="25 mg", **asked)).points) == 1
    assert chart_of(ketref.concentration("psilocybin", dose="24 mg", **asked)).points == ()


def test_no_curve_goes_on_beyond_what_was_sampled() -> None:
    chart = chart_of(ketref.concentration("lsd", **{**LSD, "since": "11 h"}))
    assert max(chart.curves[0].times) == 690 * 60


def test_models_are_told_apart_without_colour() -> None:
    chart = chart_of(ketref.concentration("fentanyl", since="2 h", **IV))
    axes = drawn_curves.draw(chart, Figure().subplots())
    lines = [line for line in axes.get_lines() if line.get_label() in {one.name for one in chart.curves}]
    assert len(lines) == len(chart.curves) > 2
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines)
    assert axes.get_ylim()[1] < max(max(one.middle) for one in chart.curves)  # the first moments after a bolus


def test_what_was_measured_and_reckoned_back() -> None:
    chart = chart_of(ketref.concentration("ethanol", since="5 h", measured="90 mg/dL", before="2 h"))
    (curve,) = chart.curves
    assert curve.times == (-7200.0, 0.0)
    assert curve.middle[1] == curve.low[1] == curve.high[1] == pytest.approx(90)
    assert curve.low[0] < curve.middle[0] < curve.high[0]


def test_the_command_draws_it_and_tells_it_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"--{key}={value}" for key, value in LSD.items()]
    assert main(["concentration", "lsd", *words, "--plot", str(tmp_path / "x.svg")]) == 0
    root = ElementTree.parse(tmp_path / "x.svg").getroot()  # noqa: S314
    title, desc = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert title.text == "lsd in plasma after lsd, calculated"
    assert desc is not None
    for said in ("The cutoff: 0.5 ng/mL", "PKM-LSD-01: 0 s 0 ng/mL", "in 90 % of persons", "Measured: holze2019, n 27"):
        assert said in (desc.text or "")
    shown = " ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))
    for word in ("Edition ", "holze2019 A", "ng/mL", "asked: 4 h", "time since the start of the dose", "not measured"):
        assert word in shown
    assert main(["concentration", "lsd", *words, "--plot", str(tmp_path / "y.svg")]) == 0
    assert (tmp_path / "x.svg").read_bytes() == (tmp_path / "y.svg").read_bytes()


def test_it_is_a_table_too() -> None:
    table = ketref.concentration("lsd", **LSD).to_frame("polars")
    assert table.columns == ["model", "at_s", "median", "p5", "p95", "unit", "source"]
    assert table.rows()[0][:2] == ("PKM-LSD-01", 4 * 3600)
