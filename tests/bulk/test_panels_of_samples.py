"""Does a table of samples, or of questions, ask what its panels fill in?"""

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


def test_each_question_is_the_one_that_it_is_alone() -> None:
    """Regression: `panel` and `stage` were left alone, so that a row was asked without any cutoff."""
    rows: list[dict[str, Any]] = [
        {"substance": "cocaine", "panel": "hhs-urine", "stage": None, "matrix": None, "method": None},
        {"substance": "cocaine", "panel": "HHS-urine", "stage": "screen", "matrix": "urine", "method": None},
        {"substance": "cocaine", "panel": "hhs-urine", "stage": "confirmation", "matrix": "urine", "method": "gc-ms"},
        {"substance": "heroin", "panel": None, "stage": None, "matrix": "urine", "method": None},
    ]
    for since in ("24 h", "60 h", "4 d", "20 d"):
        table = {name: [row[name] for row in rows] for name in rows[0]}
        found = ketref.detect_many({**table, "since": since}, ("status", "rule"))
        alone = [ketref.detect(**{k: v for k, v in row.items() if v is not None}, since=since) for row in rows]
        assert [(*one,) for one in zip(found["status"], found["rule"], strict=True)] == [
            (one.status, one.rule) for one in alone
        ]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"panel": "nonsense-panel", "matrix": "urine"}, "unknown panel `nonsense-panel`"),
        ({"panel": "hhs-urine", "stage": "third"}, "unknown stage `third`"),
        ({"panel": "hhs-urine", "matrix": "hair"}, "is a panel of urine, not of hair"),
        ({"stage": "screen", "matrix": "urine"}, "`stage` is of a panel"),
        ({"panel": None}, "`matrix` is null"),
    ],
)
def test_a_panel_that_tells_no_test_refuses_its_row(said: dict[str, Any], reason: str) -> None:
    table = {"substance": ["cocaine"], "since": ["1 d"], **{name: [value] for name, value in said.items()}}
    found = ketref.detect_many(table, ("status", "reject"), on_error="reject")
    assert found["status"].tolist() == ["unknown"]
    assert reason in found["reject"][0]


def test_of_a_test_that_was_changed_the_day_of_the_sample_tells_which() -> None:
    ats = ["2009-05-01T12:00Z", "2010-09-30", "2010-10-01", "2020-01-01T12:00Z", "2010-09"]
    table = {"substance": "cocaine", "panel": "ours", "taken": "2009-04-29", "at": ats}
    found = ketref.detect_many(table, ("status", "rule"), rules=OURS)
    for row, at in enumerate(ats):
        one = ketref.detect("cocaine", panel="ours", taken="2009-04-29", at=at, rules=OURS)
        assert (found["status"][row], found["rule"][row]) == (one.status, one.rule)
    over = {**table, "at": ["2010-09-15 to 2010-10-15", "2010"]}
    refused = ketref.detect_many(over, ("reject",), rules=OURS, on_error="reject")["reject"]
    assert all(refused)
