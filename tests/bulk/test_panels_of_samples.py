"""Does a table of samples ask what its panels fill in?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from support.panels import OURS

DOSES = {"subject": ["S"], "substance": ["cocaine"], "start": ["2026-03-01T12:00Z"]}
TIMES = ("2026-03-01T16:00Z", "2026-03-03T12:00Z", "2026-03-04T13:00Z", "2026-03-09T12:00Z")


def statuses(rules: Any = None, **test: Any) -> list[Any]:
    samples = {"subject": ["S"] * 4, "time": [*TIMES], "matrix": ["urine"] * 4}
    samples |= {name: [value] * 4 for name, value in test.items()}
    found = ketref.evaluate(DOSES, samples, rules=rules)
    return [(status, rule) for status, rule in zip(found["status"].tolist(), found["rule"].tolist(), strict=True)]


@pytest.mark.parametrize(
    ("by_panel", "said"),
    [
        (
            {"panel": "hhs-urine", "test": "cocaine", "method": "gc-ms"},
            {"test": "cocaine", "method": "gc-ms", "analyte": "benzoylecgonine", "cutoff": "100 ng/mL"},
        ),
        (
            {"panel": "hhs-urine", "test": "cocaine", "method": "immunoassay"},
            {"test": "cocaine", "method": "immunoassay", "analyte": "benzoylecgonine", "cutoff": "150 ng/mL"},
        ),
        ({"panel": "some panel", "test": "cocaine"}, {"test": "cocaine"}),
        ({"panel": "hhs-urine", "test": "cocaine"}, {"test": "cocaine"}),
    ],
)
def test_it_is_the_test_that_it_would_be_if_it_were_said(by_panel: Any, said: Any) -> None:
    assert statuses(**by_panel) == statuses(**said)


def test_of_results_the_verdict_is_that_of_the_test_of_the_panel() -> None:
    def verdicts(**test: Any) -> list[Any]:
        samples = {"subject": ["S"] * 4, "time": [*TIMES], "matrix": ["urine"] * 4, "outcome": ["negative"] * 4}
        samples |= {name: [value] * 4 for name, value in test.items()}
        return list(ketref.evaluate(DOSES, samples)["verdict"].tolist())

    said = {"test": "cocaine", "method": "gc-ms", "analyte": "benzoylecgonine", "cutoff": "100 ng/mL"}
    assert verdicts(panel="hhs-urine", test="cocaine", method="gc-ms") == verdicts(**said)


def test_a_test_that_was_once_another_one_is_not_filled_in() -> None:
    assert statuses(OURS, panel="ours", test="cocaine") == statuses(OURS, test="cocaine")
