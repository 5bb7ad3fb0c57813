"""Far outside everything that the book speaks of an answer warns; what cannot be is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import ketref
from ketref.answers.plausibility import implausible

URINE = {"matrix": "urine", "since": "4 h"}


def detect(**given):
    return ketref.detect("ketamine", **{**URINE, **given})


# ---------------------------------------------------------------- warnings


@pytest.mark.parametrize(
    ("substance", "given", "said"),
    [
        (
            "esketamine",
            {"route": "nasal", "dose": "84 g"},
            "84,000 mg is far outside what any source here describes, 28",
        ),
        ("esketamine", {"route": "nasal", "dose": "560 mg"}, "560 mg is far outside"),
        ("esketamine", {"route": "nasal", "dose": "84 ug"}, "0.084 mg is far outside"),
        ("ketamine", {"dose": "84000 mg"}, "84,000 mg is far outside what any source here describes, 10 to 500 mg"),
        ("ketamine", {"route": "iv", "dose": "700 mg/kg"}, "700 mg/kg is far outside"),
        ("ketamine", {"route": "im", "dose": "700 mg/kg", "weight": "70 kg"}, "0.1 to 13 mg/kg by this route"),
        ("ketamine", {"weight": "154 kg"}, "a weight of 154 kg is unusual"),
        ("ketamine", {"weight": "7 kg"}, "a weight of 7 kg is unusual"),
        ("ketamine", {"route": "iv", "infusion": "20 d"}, "20 d is long for one intravenous infusion administration"),
        ("ketamine", {"route": "nasal", "infusion": "3 h"}, "3 h is long for one nasal administration, 2 h at most"),
        ("ketamine", {"since": "10000 d"}, "10000 d after the dose is later than any time in these rules"),
        ("ketamine", {"since": None, "taken": "1926-03-01", "at": "2026-03-01"}, "check the dates"),
    ],
)
def test_what_lies_far_outside_is_warned_of_and_answered_all_the_same(substance, given, said):
    asked = {**URINE, **given}
    answer = ketref.detect(substance, **asked)
    assert any(said in warning for warning in answer.warnings), answer.warnings
    assert answer.to_dict()["warnings"] == answer.warnings
    assert f"warning: {answer.warnings[0]}" in " ".join(answer.text(full=True).split())
    asked.pop("matrix")
    effects = ketref.effects(substance, **asked)
    assert effects.warnings == answer.warnings == effects.to_dict()["warnings"]


@pytest.mark.parametrize(
    ("substance", "given"),
    [
        ("esketamine", {"route": "nasal", "dose": "84 mg"}),
        ("esketamine", {"route": "nasal", "dose": "112 mg", "weight": "120 kg"}),
        ("ketamine", {"route": "im", "dose": "1000 mg"}),  # some 14 mg/kg for 70 kg
        ("ketamine", {"route": "oral", "dose": "300 mg"}),
        ("ketamine", {"route": "subcutaneous", "dose": "500 mg", "infusion": "24 h"}),
        ("ketamine", {"route": "iv", "dose": "0.5 mg/kg", "weight": "70 kg", "infusion": "5 d"}),
        ("ketamine", {"since": "365 d"}),
        ("ketamine", {}),
    ],
)
def test_what_lies_inside_is_not(substance, given):
    assert ketref.detect(substance, **{**URINE, **given}).warnings == []


@pytest.mark.parametrize(
    ("cutoff", "said"),
    [
        ("100 mg/L", "a cutoff of 100,000 ng/mL is far from what is named here for norketamine in urine, "),
        ("0.000001 ng/mL", "a cutoff of 0.000001 ng/mL is far from what is named here for norketamine in urine, "),
        ("25 ng/mL", None),
        ("10 ng/mL", None),
    ],
)
def test_a_cutoff_in_the_wrong_unit_is_warned_of(cutoff: str, said: str | None) -> None:
    answer = detect(analyte="norketamine", cutoff=cutoff)
    assert [warning.startswith(said or "") and warning.endswith("check the unit") for warning in answer.warnings] == (
        [True] if said else []
    )


@pytest.mark.parametrize("dose", ["5 g", "20 g", "300 g"])
def test_a_dose_is_not_held_against_those_by_weight_where_no_weight_is_said(dose: str) -> None:
    assert ketref.detect("ethanol", matrix="urine", dose=dose, route="oral").warnings == []
    assert ketref.detect("ethanol", matrix="urine", dose="9 g/kg", route="oral").warnings != []


@pytest.mark.parametrize(
    ("matrix", "cutoff", "said"),
    [
        ("hair", "0.05 ng/mL", "is mass per volume, as of a fluid, and what is meant here is mass per mass"),
        ("blood", "20 pg/mg", "is mass per mass, as of hair, and what is meant here is mass per volume"),
        ("blood", "20 things", "is not a number with a unit"),
    ],
)
def test_a_cutoff_of_another_kind_is_refused_with_the_kind_that_is_meant(matrix: str, cutoff: str, said: str) -> None:
    with pytest.raises(ketref.UsageError) as refused:
        ketref.detect("ketamine", matrix=matrix, cutoff=cutoff)
    assert f"`{cutoff}` {said}" in str(refused.value)


@pytest.mark.parametrize("zone", ["", "Z"])
@pytest.mark.parametrize(
    ("taken", "at", "named"),
    [("2126-03-01", "2226-03-02", "`taken`, 2126-03-01"), ("2026-03-01", "2226-03-02", "`at`, 2226-03-02")],
)
def test_a_moment_in_the_future_is_warned_of_first_and_a_plan_is_not(taken, at, named, zone):
    given = {"taken": f"{taken}T10:00{zone}", "at": f"{at}T10:00{zone}"}
    answer = ketref.detect("ketamine", matrix="urine", **given)
    assert answer.warnings[0].startswith(named)
    assert "lies far in the future" in answer.warnings[0]
    assert ketref.effects("ketamine", **given).warnings == answer.warnings
    soon = datetime.now(UTC) + timedelta(days=90)
    assert ketref.detect("ketamine", matrix="urine", taken=soon - timedelta(days=3), at=soon).warnings == []


def test_no_golden_case_is_warned_of():
    """The rules' own cases ask nothing that lies outside of what the rules speak of."""
    ask = {"detect": ketref.detect, "effects": ketref.effects}
    asked = 0
    for name, _, case in ketref.load().cases():
        if case.ask in ask:
            answer = ask[case.ask](name.split("/")[0], **case.question)
            assert implausible(answer.book, answer.question) == [], (name, case.question)
            asked += 1
    assert asked > 100


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dose": "0 mg"}, "0 mg is not a dose"),
        ({"dose": "0 mg/kg", "weight": "70 kg"}, "0 mg/kg is not a dose"),
        ({"dose": "1000000 g"}, "1000000000 mg is not a dose"),
        ({"dose": "999999999 mg/kg"}, "999999999 mg/kg is not a dose"),
        ({"cutoff": "0 ng/mL"}, "0 ng/mL is not a cutoff"),
        ({"cutoff": "999999999 ng/mL"}, "999999999 ng/mL is not a cutoff"),
        ({"cutoff": "1 g/mL"}, "1000000000 ng/mL is not a cutoff"),
        ({"cutoff": "25 g/mL"}, "25 g/mL is not a cutoff"),
        ({"cutoff": "125 mg/mL"}, "125000000 ng/mL is not a cutoff"),
        ({"cutoff": "200 g/L"}, "200000000 ng/mL is not a cutoff"),
        ({"matrix": "hair", "cutoff": "25 mg/g"}, "25000000 pg/mg is not a cutoff"),
        ({"matrix": "hair", "cutoff": "25 g/g"}, "25 g/g is not a cutoff"),
        ({"dose": "999999999999 g"}, "999999999999 g is not a dose"),
        ({"weight": "0 kg"}, "0 kg is not a weight"),
        ({"weight": "1 mg"}, "not a number with a unit"),
        ({"weight": "0.000001 kg"}, "0.000001 kg is not a weight"),
        ({"weight": "999999 kg"}, "999999 kg is not a weight"),
        ({"age": 1000}, "`1000` is not the age of a person in years"),
        ({"age": "131"}, "`131` is not the age"),
        ({"bmi": 0}, "`0` is not the bmi"),
        ({"bmi": 1000}, "`1000` is not the bmi"),
        ({"since": "1 h 1 h 1 h"}, "`1 h 1 h 1 h` says `h` twice"),
        ({"since": "1 d 2 h 1 d"}, "says `d` twice"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(given, said):
    with pytest.raises(ketref.UsageError) as error:
        detect(**given)
    assert said in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(
    "given",
    [{"age": 0}, {"age": 130}, {"bmi": 5}, {"weight": "700 kg"}, {"cutoff": "0.01 ng/mL"}, {"since": "1 d 2 h 3 min"}],
)
def test_what_can_be_is_answered(given):
    assert detect(**given).status
