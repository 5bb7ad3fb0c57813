"""A record that lies far outside all that the book speaks of, or in the future, is warned of; the answer stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import ketref


def dose(start="2026-03-01T10:00Z", **given):
    return {"substance": "ketamine", "start": start, "route": "iv", **given}


def positive(time="2026-03-02T10:00Z", **given):
    return {"matrix": "urine", "time": time, "outcome": "positive", **given}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dose": "700 mg/kg", "weight": 70}, "dose 2: 49,000 mg is far outside what any source here describes"),
        ({"dose": "0.5 mg/kg", "weight": 154}, "dose 2: a weight of 154 kg is unusual, 30 to 150 kg are usual"),
        ({"infusion": "20 d"}, "dose 2: 20 d is long for one intravenous infusion administration"),
    ],
)
def test_a_dose_far_outside_is_warned_of_by_its_number(given, said):
    doses = [dose("2026-02-01T10:00Z"), dose(**given)]
    answer = ketref.history(doses, at="2026-04-01T11:00Z", matrix="urine")
    assert [said in warning for warning in answer.warnings] == [True]
    assert answer.to_dict()["warnings"] == answer.warnings
    assert [len(each["warnings"]) for each in answer.doses] == [0, 1]
    assert said in " ".join(answer.text(full=True).split())
    inferred = ketref.infer([positive("2026-04-01T11:00Z")], doses=doses)
    assert inferred.warnings == answer.warnings
    assert said in " ".join(inferred.text(full=True).split())


def test_doses_alike_are_named_together():
    doses = [dose(f"2026-03-{day:02}T10:00Z", dose="84 g") for day in range(1, 9)]
    (warning,) = ketref.history(doses, at="2026-04-01T11:00Z").warnings
    assert warning.startswith("doses 1, 2, 3, 4, 5 and 3 more: 84,000 mg is far outside")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2025-03-02T10:00Z", "lies long before the first dose, of 2026-03-01T10:00Z: check the year"),
        ("2029-03-02T10:00Z", "later than any time in these rules, 731 d: check the dates"),
        ("2026-02-28T10:00Z", None),  # a test before the first dose is common
        ("2027-03-02T10:00Z", None),
    ],
)
def test_a_sample_years_away_is_warned_of(at, said):
    for answer in (
        ketref.history([dose()], at=at, matrix="urine"),
        ketref.infer([positive(at)], doses=[dose()], known_since="2020-01-01T00:00Z"),
    ):
        away = [warning for warning in answer.warnings if "come yet" not in warning and "future" not in warning]
        assert [said in warning for warning in away] == ([True] if said else [])


@pytest.mark.parametrize("time", ["2999-01-01T10:00Z", "2999-01-01T10:00", "2999-01-01"])
def test_a_result_of_the_future_is_warned_of_and_a_plan_is_not(time):
    (warning,) = ketref.infer([positive(time)]).warnings
    assert warning == f"result 1: {time} has not come yet, and no sample can be of then: check the date"
    tomorrow, soon = (datetime.now(UTC) + timedelta(days=days) for days in (1, 60))
    planned = ketref.history([dose(tomorrow)], at=soon, matrix="urine")
    assert planned.warnings == []


def test_what_lies_years_ahead_is_no_plan_and_warned_of():
    answer = ketref.history([dose("2998-12-31T10:00Z"), dose()], at="2999-01-01T10:00", tz="UTC", matrix="urine")
    named = [warning.partition(", ")[0] for warning in answer.warnings]
    assert named == ["dose 1: its start", "the time you are asking about"]
    assert all("lies far in the future, more than 366 d from now: check the year" in said for said in answer.warnings)
    assert [len(form["warnings"]) for form in answer.doses] == [1, 0]
    assert any("its start" in said for said in ketref.infer([positive()], doses=[dose("2998-12-31T10:00Z")]).warnings)


def test_results_after_the_moment_asked_about_are_warned_of():
    (warning,) = ketref.infer([positive()], at="2026-02-01T10:00Z").warnings
    assert (
        warning == "result 1: 2026-03-02T10:00Z lies after the time you are asking about, 2026-02-01T10:00Z: check `at`"
    )


def test_the_one_dose_of_infer_is_warned_of_too():
    (warning,) = ketref.infer([positive()], dose="84 g", substance="ketamine").warnings
    assert "84,000 mg is far outside" in warning
    assert ketref.infer([positive()], dose="84 mg", substance="ketamine").warnings == []


@pytest.mark.parametrize("amount", ["0 ng/mL", "1 g/mL", "30 g/mL", "999999999 ng/mL"])
@pytest.mark.parametrize("key", ["cutoff", "value", "lod", "loq"])
def test_no_result_has_an_impossible_concentration(key, amount):
    with pytest.raises(ketref.UsageError) as error:
        ketref.infer([positive(**{key: amount})])
    assert amount.startswith("0") or f"is not a {key}" in str(error.value)


def test_a_regimen_that_goes_on_is_no_dose_of_years_ago_and_is_named_once():
    daily = dose("2020-01-01T10:00Z", dose="84 g", frequency="QD", end="2026-01-01")
    for answer in (
        ketref.history([daily], at="2026-01-01T12:00Z", matrix="urine"),
        ketref.infer([positive("2026-01-01T12:00Z")], doses=[daily]),
    ):
        (warning,) = answer.warnings
        assert warning.startswith("dose 1: 84,000 mg is far outside")
