"""Do tables understand rates, molar cutoffs and words that say nothing as one question does?"""

from __future__ import annotations

import numpy as np
import pytest

import ketref

ROWS = [
    {"analyte": "ketamine", "cutoff": "100 nmol/L"},
    {"analyte": "norketamine", "cutoff": "0.5 uM"},
    {"analyte": "NK", "cutoff": "25 NG/ML"},
    {"analyte": None, "cutoff": "100 nmol/L"},
    {"analyte": "UNK", "cutoff": "N/A"},
    {"analyte": "ketamine", "cutoff": "1,000 ng/mL"},
    {"analyte": "ketamine", "cutoff": "100 pmol/mg"},
    {"analyte": "ketamine", "cutoff": "0.5 mg/mL"},
    {"analyte": "ketamine", "cutoff": "1 g/mL"},
    {"analyte": "ketamine", "cutoff": "30 g/mL"},
]


def test_cutoffs_of_a_table_are_read_as_alone():
    table = {key: np.array([row[key] for row in ROWS], object) for key in ("analyte", "cutoff")}
    asked = {"substance": "ketamine", "matrix": "urine", "since": "36 h", "route": "UNKNOWN", **table}
    found = ketref.detect_many(asked, ("status", "rule", "reject"), on_error="reject")
    for row, status, rule, reject in zip(ROWS, found["status"], found["rule"], found["reject"], strict=True):
        refused, answer = alone(row)
        assert (reject or "").startswith(refused)
        assert (status, rule) == answer


def alone(row):
    """Why a question is refused (""), and its answer."""
    try:
        found = ketref.detect("ketamine", matrix="urine", since="36 h", route="UNKNOWN", **row)
    except ketref.UsageError as error:
        return str(error), ("unknown", None)
    return "", (found.status, found.rule)


def test_a_column_of_numbers_takes_its_units_row_by_row():
    doses, units = np.array([12.5, 0.75, 0.5, 35.0]), ["MCG/KG/MIN", "mg/kg/h", "mg/kg", "mg"]
    asked = {"substance": "ketamine", "since": "50 min", "route": "iv", "infusion": "40 min", "weight": "70 kg"}
    found = ketref.effects_many({**asked, "dose": doses, "dose_unit": units}, ("rule", "phase_latest"))
    alone = ketref.effects("ketamine", since="50 min", route="iv", infusion="40 min", dose="0.5 mg/kg", weight="70 kg")
    assert set(found["rule"]) == {alone.phase_rule}
    assert set(found["phase_latest"]) == {alone.phases[-1]}


@pytest.mark.parametrize("end", [None, "NA", "2026-03-01T10:40Z"])
def test_a_rate_in_a_table_of_doses_needs_the_length_of_its_row(end):
    doses = {"subject": ["a"], "substance": ["ketamine"], "start": ["2026-03-01T10:00Z"], "end": [end]}
    samples = {"subject": ["a"], "matrix": ["urine"], "time": ["2026-03-02T10:00Z"]}
    found = ketref.evaluate(
        {**doses, "dose": ["0.75 mg/kg/h"], "weight": ["unknown"]},
        samples,
        ("status", "rule", "reject"),
        on_error="reject",
    )
    if end in {None, "NA"}:
        assert found["status"][0] == "unknown"
    else:
        plain = ketref.evaluate({**doses, "dose": ["0.5 mg/kg"]}, samples, ("status", "rule"))
        assert (found["status"][0], found["rule"][0]) == (plain["status"][0], plain["rule"][0])
