"""What does the panel of a result fill in of its test?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from support.panels import OURS

ROW = {"time": "2026-03-02T12:00Z", "matrix": "urine", "outcome": "negative", "panel": "hhs-urine"}


def read(**given: Any) -> Any:
    """The result as understood, and what the answer takes for granted."""
    rules = given.pop("rules", None)
    answer = ketref.infer([{**ROW, **given}], at="2026-03-03Z", rules=rules).to_dict()
    (result,) = answer["results"]
    told = [text for text in answer["assumes"] if text.startswith("panel ")]
    return {key: result[key] for key in ("analyte", "method", "cutoff")}, told


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"test": "cocaine", "method": "gc-ms"}, ("benzoylecgonine", "gc-ms", "100 ng/mL")),
        ({"test": "cocaine", "method": "immunoassay"}, ("benzoylecgonine", "immunoassay", "150 ng/mL")),
        ({"test": "opiates"}, ("opiates", "immunoassay", "2000 ng/mL")),
        ({"analyte": "norfentanyl"}, ("norfentanyl", "mass-spectrometry", "1 ng/mL")),
        ({"analyte": "fentanyl", "cutoff": "1 ng/mL", "method": "lc-ms-ms"}, ("fentanyl", "lc-ms-ms", "1 ng/mL")),
        ({"analyte": "norfentanyl", "method": "lc-ms-ms"}, ("norfentanyl", "lc-ms-ms", "1 ng/mL")),
        ({"test": "cannabis", "method": "gc-ms"}, ("thc-cooh", "gc-ms", "15 ng/mL")),
        ({"test": "cocaine", "cutoff": 150, "cutoff_unit": "ng/mL"}, ("benzoylecgonine", "immunoassay", "150 ng/mL")),
    ],
)
def test_what_one_test_alone_can_be_is_filled_in(given: Any, expected: tuple[str, ...]) -> None:
    assert read(**given)[0] == dict(zip(("analyte", "method", "cutoff"), expected, strict=True))


def test_what_was_filled_in_is_said() -> None:
    told = read(test="cocaine", method="gc-ms")[1]
    assert told == ["panel hhs-urine: analyte benzoylecgonine, cutoff 100 ng/mL"]


@pytest.mark.parametrize(
    "given",
    [
        {"test": "cocaine"},  # its screen or its confirmation
        {"analyte": "benzoylecgonine", "cutoff": "50 ng/mL"},  # neither
        {"test": "ketamine", "method": "gc-ms"},  # no test of the panel
        {"test": "cocaine", "method": "gc-ms", "panel": "drug panel 9"},  # no panel of the book
        {"test": "cocaine", "method": "gc-ms", "matrix": "hair"},  # a panel of urine
    ],
)
def test_what_is_not_one_test_is_left_as_it_is(given: Any) -> None:
    found, told = read(**given)
    assert found["cutoff"] == given.get("cutoff")
    assert not told


def test_a_panel_does_not_tell_the_unit_of_a_number() -> None:
    with pytest.raises(ketref.UsageError, match="needs a unit"):
        read(test="cocaine", method="gc-ms", value=40)
    assert read(test="cocaine", method="gc-ms", value="40 ng/mL")[0]["cutoff"] == "100 ng/mL"


@pytest.mark.parametrize(
    ("time", "cutoff"),
    [
        ("2010-09-30T12:00Z", "150 ng/mL"),
        ("2010-10-01T12:00Z", "100 ng/mL"),
        ("2010-09-30T12:00Z/2010-10-02T12:00Z", None),
    ],
)
def test_a_change_counts_by_the_day_of_the_sample(time: str, cutoff: str | None) -> None:
    assert read(test="cocaine", panel="ours", time=time, rules=OURS)[0]["cutoff"] == cutoff
