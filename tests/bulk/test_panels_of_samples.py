"""Does a table of samples, or of questions, ask what its panels fill in?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from support.panels import OURS

DOSES = {"subject": ["S"], "substance": ["cocaine"], "start": ["2026-03-01T12:00Z"]}
TIMES = ("2026-03-01T16:00Z", "2026-03-03T12:00Z", "2026-03-04T13:00Z", "2026-03-09T12:00Z")


def statuses(**test: Any) -> list[Any]:
    samples = {"subject": ["S"] * 4, "time": [*TIMES], "matrix": ["urine"] * 4}
    samples |= {name: [value] * 4 for name, value in test.items()}
    found = ketref.evaluate(DOSES, samples)
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


UNSAID = "unsaid"


@pytest.mark.parametrize(
    ("taken", "cutoff"),
    [
        ("2010-09-30T23:00", "300 ng/mL"),
        ("2010-10-01T00:00", "150 ng/mL"),
        ("2005-03-02T12:00Z", "300 ng/mL"),
        ("2024-03-02T12:00Z", "150 ng/mL"),
        ("2010-10-01T06:00Z", UNSAID),  # the day of the place, which a column of times does not keep
        ("2010-09-30T23:00/2010-10-01T01:00", UNSAID),
    ],
)
def test_a_test_that_was_changed_counts_by_the_day_of_the_sample(taken: str, cutoff: str) -> None:
    zone = "Z" if taken.endswith("Z") else ""
    doses = {"subject": ["S"], "substance": ["cocaine"], "start": [f"{taken[:4]}-{taken[5:7]}-01T00:00{zone}"]}
    if taken[5:7] == "10":
        doses["start"] = [f"2010-09-30T00:00{zone}"]
    test = {"time": [taken], "matrix": ["urine"], "test": ["cocaine"], "method": ["immunoassay"], "subject": ["S"]}
    of_panel = ketref.evaluate(doses, {**test, "panel": ["hhs-urine"]})
    told = {} if cutoff == UNSAID else {"analyte": ["benzoylecgonine"], "cutoff": [cutoff]}
    assert of_panel["rule"].tolist() == ketref.evaluate(doses, {**test, **told})["rule"].tolist()


def test_the_cutoffs_of_both_times_are_of_other_rules() -> None:
    test = {"method": ["immunoassay"], "matrix": ["urine"], "analyte": ["benzoylecgonine"], "subject": ["S"]}
    test |= {"time": [TIMES[1]], "test": ["cocaine"]}
    said = [ketref.evaluate(DOSES, {**test, "cutoff": [each]})["rule"].tolist() for each in ("300 ng/mL", "150 ng/mL")]
    assert said[0] != said[1]


def test_rows_that_say_the_same_on_other_days_are_of_other_tests() -> None:
    times = ["2005-03-02T12:00", "2024-03-02T12:00", "2005-03-03T12:00"]
    doses = {"subject": ["S"] * 2, "substance": ["cocaine"] * 2, "start": ["2005-03-01T12:00", "2024-03-01T12:00"]}
    test = {"subject": ["S"] * 3, "time": times, "matrix": ["urine"] * 3, "outcome": ["negative"] * 3}
    test |= {"test": ["cocaine"] * 3, "method": ["immunoassay"] * 3}
    found = ketref.evaluate(doses, {**test, "panel": ["hhs-urine"] * 3})
    told = {"analyte": ["benzoylecgonine"] * 3, "cutoff": ["300 ng/mL", "150 ng/mL", "300 ng/mL"]}
    said = ketref.evaluate(doses, {**test, **told})
    for name in ("status", "rule", "verdict"):
        assert found[name].tolist() == said[name].tolist(), name
    assert len(set(found["rule"].tolist())) == 2


def test_a_value_is_a_result_by_the_cutoff_of_its_day_alone() -> None:
    times = ["2024-03-02T12:00", "2026-03-02T12:00"]
    doses = {"subject": ["S"] * 2, "substance": ["fentanyl"] * 2, "start": ["2024-03-02T06:00", "2026-03-02T06:00"]}
    test = {"subject": ["S"] * 2, "time": times, "matrix": ["urine"] * 2, "value": ["0.5 ng/mL"] * 2}
    test |= {"analyte": ["fentanyl"] * 2, "method": ["mass-spectrometry"] * 2, "panel": ["hhs-urine"] * 2}
    with pytest.raises(ketref.RowsError, match="has no outcome, and no cutoff") as caught:
        ketref.evaluate(doses, test, columns=["verdict"])
    assert list(caught.value.rows) == [0]


def test_a_value_around_the_change_of_a_cutoff_is_refused_with_its_reason() -> None:
    doses = {"subject": ["S"], "substance": ["cocaine"], "start": ["2010-09-30T00:00Z"]}
    test = {"subject": ["S"], "time": ["2010-10-01T06:00Z"], "matrix": ["urine"], "value": ["120 ng/mL"]}
    test |= {"analyte": ["benzoylecgonine"], "method": ["gc-ms"], "panel": ["hhs-urine"]}
    with pytest.raises(ketref.RowsError, match="has no outcome, and no cutoff"):
        ketref.evaluate(doses, test, columns=["verdict"])


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
