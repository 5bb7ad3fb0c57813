"""Does a row among many have the concentration that it has alone?"""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

import pandas as pd
import polars as pl
import pyarrow as pa

from ketref import UsageError, concentration, concentration_many
from ketref.bulk.concentrations import LINEAR_ALONE

ROWS = {
    "substance": ["lsd", "fentanyl", "lsd", "buprenorphine", "lsd", "fentanyl"],
    "route": ["oral", "intravenous", "oral", "sublingual", "oral", "intravenous"],
    "dose": ["100 ug", "100 ug", "100 ug", "16 mg", "200 ug", "75 ug"],
    "since": ["2 h", "1 h", "120 min", "1 d", "2 h", "20 h"],
    "weight": [None, "70 kg", None, "72.4 kg", None, "70 kg"],
    "use-disorder": [None, None, None, "no", None, None],
}


@pytest.mark.parametrize("made", [pl.DataFrame, pd.DataFrame, pa.table])
def test_each_row_is_what_it_is_alone(made) -> None:
    found = concentration_many(made(ROWS))
    assert type(found) is type(made(ROWS))
    rows = pa.table(found if made is not pd.DataFrame else found.to_dict("list")).to_pylist()
    assert [bool(row["models"]) for row in rows] == [True, True, True, True, False, True]
    for number, row in enumerate(rows):
        said = {name: values[number] for name, values in ROWS.items() if values[number] is not None}
        if not row["models"]:
            with pytest.raises(UsageError) as caught:
                concentration(**said)
            assert row["why"] == caught.value.hint
            continue
        alone = concentration(**said).to_dict()
        assert row["models"] == ", ".join(model["id"] for model in alone["models"])
        medians = [model["median"][0] for model in alone["models"]]
        assert (row["median_low"], row["median_high"]) == (min(medians), max(medians))
        ends = [(model["p5"][0], model["p95"][0]) for model in alone["models"] if model["p5"] is not None]
        if ends:
            assert (row["p5"], row["p95"]) == (min(low for low, _ in ends), max(high for _, high in ends))


def test_what_holds_for_all_rows_and_durations_of_a_frame() -> None:
    frame = pl.DataFrame({"since": [2, 4]}).select(since=pl.duration(hours="since"))
    said = {"substance": "lsd", "route": "oral", "dose": "100 ug"}
    found = concentration_many(frame, **said, unit="pg/mL")
    alone = concentration(**said, since="0 h to 4 h", every="2 h", unit="pg/mL").models[0]["median"]
    assert found["median_low"].to_list() == alone[1:]
    assert found["unit"].to_list() == ["pg/mL"] * 2


def test_an_infusion_lasts_in_a_table_too() -> None:
    rows = {"route": ["intravenous"] * 2, "infusion": ["40 min", None]}
    said = {"substance": "ketamine", "dose": "35 mg", "weight": "70 kg", "since": "1 h"}
    found = concentration_many(pd.DataFrame(rows), **said)
    for row, infusion in enumerate(rows["infusion"]):
        alone = concentration(**said, route="intravenous", infusion=infusion).models
        assert found["median_high"][row] == max(model["median"][0] for model in alone)
    assert found["median_high"][0] > found["median_high"][1]


def test_models_without_fixed_rates_are_left_out() -> None:
    said = {"substance": "ethanol", "route": "oral", "dose": "32 g", "weight": "80 kg", "sex": "male"}
    found = concentration_many(pl.DataFrame({"since": ["1 h"]}), **said, age=40, height=180)
    assert found["models"].to_list() == [""]
    assert found["median_low"].to_list() == [None]
    assert LINEAR_ALONE in found["why"][0]


@pytest.mark.parametrize(
    ("frame", "said", "why"),
    [
        ({"since": ["1 h"], "dosis": ["1 mg"]}, {"substance": "lsd"}, "dosis"),
        ({"since": ["soon"]}, {"substance": "lsd"}, "is not a duration"),
        ({"since": [None]}, {"substance": "lsd"}, "no time after its dose"),
        ({"substance": ["lsd"]}, {}, "are needed"),
        ({"since": ["1 h"]}, {"substance": "lsd", "unit": "miles"}, "is not a unit"),
    ],
)
def test_what_is_not_understood(frame: dict, said: dict, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        concentration_many(pl.DataFrame(frame), **said)
