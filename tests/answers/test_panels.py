"""What does a panel fill in of a question, and does the answer say so?"""

from __future__ import annotations

import json
from typing import Any

import pytest

import ketref
from ketref.review.verify import verify
from support.panels import OURS


def asked(answer: Any) -> dict[str, Any]:
    return {key: answer.question.to_dict().get(key) for key in ("matrix", "analyte", "method", "cutoff")}


def test_the_confirmation_of_the_panel_is_asked_and_the_answer_says_so() -> None:
    answer = ketref.detect("cocaine", panel="hhs-urine", since="24 h")
    assert asked(answer) == {"matrix": "urine", "analyte": "benzoylecgonine", "method": None, "cutoff": "100 ng/mL"}
    said = ketref.detect("cocaine", matrix="urine", analyte="benzoylecgonine", cutoff="100 ng/mL", since="24 h")
    assert (answer.status, answer.rules) == (said.status, said.rules)
    (told,) = [text for text in answer.assumes if text not in said.assumes]
    assert told == "panel hhs-urine, confirmation: benzoylecgonine at 100 ng/mL (hhs2025)"


def test_the_screen_is_asked_where_that_is_said() -> None:
    answer = ketref.detect("cocaine", panel="HHS: urine", stage="screen", since="24 h")
    assert asked(answer) == {
        "matrix": "urine",
        "analyte": "benzoylecgonine",
        "method": "immunoassay",
        "cutoff": "150 ng/mL",
    }


def test_what_is_said_beside_the_panel_stays() -> None:
    answer = ketref.detect("cocaine", panel="hhs-urine", method="gc-ms", cutoff="50 ng/mL")
    assert asked(answer)["method"] == "gc-ms"
    assert asked(answer)["cutoff"] == "50 ng/mL"


def test_of_several_analytes_what_was_taken_comes_first_and_the_others_are_told() -> None:
    answer = ketref.detect("fentanyl", panel="hhs-urine")
    assert asked(answer)["analyte"] == "fentanyl"
    assert any("it tests for norfentanyl as well" in text for text in answer.assumes)
    assert asked(ketref.detect("fentanyl", panel="hhs-urine", analyte="norfentanyl"))["analyte"] == "norfentanyl"


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"panel": "hhs"}, "unknown panel `hhs`", "`hhs-urine`"),
        ({"panel": "hhs-urine", "stage": "second"}, "unknown stage `second`", "confirmation"),
        ({"stage": "screen", "matrix": "urine"}, "`stage` is of a panel", "name the `panel`"),
        ({"panel": "hhs-urine", "matrix": "hair"}, "is a panel of urine, not of hair", "leave out the matrix"),
        ({"panel": "hhs-urine"}, "has several tests for heroin", "`morphine` or `6-acetylmorphine`"),
        ({"panel": "hhs-urine", "stage": "report"}, "has no report for what heroin gives", "--stage screen"),
        ({"panel": "hhs-urine", "analyte": "ketamine"}, "has no such test for heroin", "`6-acetylmorphine`"),
    ],
)
def test_what_a_panel_does_not_tell_is_refused_with_what_to_say(given: Any, message: str, hint: str) -> None:
    with pytest.raises(ketref.UsageError) as caught:
        ketref.detect("heroin", **given)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_a_substance_that_is_not_on_the_panel_is_told_which_panels_have_it() -> None:
    with pytest.raises(ketref.UsageError, match="no confirmation for what cannabis gives") as caught:
        ketref.detect("cannabis", panel="hhs-urine")
    assert "hhs-federal-workplace-urine" in caught.value.hint


@pytest.mark.parametrize(
    ("times", "cutoff"),
    [
        ({}, "100 ng/mL"),
        ({"taken": "2010-09-01", "at": "2010-09-03"}, "150 ng/mL"),
        ({"taken": "2010-09-30", "at": "2010-10-01"}, "100 ng/mL"),
    ],
)
def test_a_change_counts_from_its_day_on_by_the_time_of_the_sample(times: Any, cutoff: str) -> None:
    answer = ketref.detect("cocaine", panel="house panel", rules=OURS, **times)
    assert asked(answer) == {"matrix": "urine", "analyte": "benzoylecgonine", "method": "gc-ms", "cutoff": cutoff}


def test_the_command_says_it_and_a_kept_answer_verifies(run: Any, tmp_path: Any) -> None:
    words = ["detect", "cocaine", "--panel", "hhs-urine", "--stage", "screen", "--since", "24 h"]
    assert "panel hhs-urine, screen: benzoylecgonine at 150 ng/mL by immunoassay" in " ".join(run(*words).out.split())
    kept = json.loads(run(*words, "--format=json").out)
    assert (kept["question"]["panel"], kept["question"]["stage"]) == ("hhs-urine", "screen")
    assert verify(kept, ketref.load())["same"]
