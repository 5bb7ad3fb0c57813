"""Do the records of a person read segments of hair as one question does?"""

from __future__ import annotations

import pytest

import ketref

DOSE = {"substance": "ketamine", "start": "2026-03-01T12:00+00:00"}
RESULT = {"matrix": "hair", "time": "2026-06-01T12:00+00:00", "outcome": "positive", "method": "lc-ms"}


def test_a_history_is_asked_of_a_segment() -> None:
    answer = ketref.history([DOSE], at="2026-06-01T12:00+00:00", matrix="hair", segment="3-6 cm")
    (test,) = answer.tests
    alone = ketref.detect("ketamine", matrix="hair", segment="3-6 cm", since="92 d")
    assert (test["segment"], test["status"]) == ("3-6 cm", alone.status)
    assert test["next_change"] is not None
    assert alone.next_change is not None
    assert test["next_change"]["in_s"] == alone.next_change["in_s"]
    (change,) = [change for change in answer.changes if change["kind"] == "test"]
    assert (change["about"], change["rules"]) == ("hair 3-6 cm", ["HAIR-G001"])
    assert "ketamine in hair 3-6 cm: positive possible" in answer.text(full=True)


def test_a_segment_of_no_specimen_is_refused_in_a_history() -> None:
    with pytest.raises(ketref.UsageError, match="a segment belongs to a specimen"):
        ketref.history([DOSE], at="2026-06-01T12:00+00:00", segment="3-6 cm")


def test_a_positive_segment_dates_a_dose_to_the_time_that_it_can_hold() -> None:
    answer = ketref.infer([{**RESULT, "segment": "3-6 cm"}], substance="ketamine", pattern="single")
    (interval,) = answer.intervals
    assert (interval["from"], interval["from_rule"]) == ("2024-07-06T12:00+00:00", "HAIR-G001")  # 695 d before
    (result,) = answer.results
    assert result["segment"] == "3-6 cm"
    assert {rule["id"] for rule in answer.rules} >= {"HAIR-G001"}
    whole = ketref.infer([RESULT], substance="ketamine", pattern="single").intervals
    assert whole[0]["from"] is None


def test_declared_doses_longer_ago_than_a_segment_can_hold_do_not_explain_it() -> None:
    doses = [{**DOSE, "start": "2024-03-01T12:00+00:00"}]
    said = {"doses": doses, "known_since": "2020-01-01T00:00+00:00", "substance": "ketamine"}
    verdicts = [
        ketref.infer([{**RESULT, "segment": text}], **said).results[0]["verdict"]  # type: ignore[arg-type]
        for text in ("0-3 cm", "12-15 cm")
    ]
    assert verdicts == ["not_explained", "possible"]


def test_segments_of_one_hair_are_no_opposite_results_of_one_test() -> None:
    both = [{**RESULT, "segment": "0-3 cm"}, {**RESULT, "segment": "3-6 cm", "outcome": "negative"}]
    assert not ketref.infer(both, substance="ketamine").conflicts
    assert ketref.infer([{**one, "segment": "0-3 cm"} for one in both], substance="ketamine").conflicts


def test_a_segment_that_is_not_understood_names_its_result() -> None:
    with pytest.raises(ketref.UsageError, match=r"result 1: `6-3 cm` is not a segment"):
        ketref.infer([{**RESULT, "segment": "6-3 cm"}])
