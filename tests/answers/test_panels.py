"""What does a panel fill in of a question, and does the answer say so?"""

from __future__ import annotations

import json
from typing import Any

import pytest

import ketref
from ketref.book.panels import panels_of
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
    said_so = "benzoylecgonine at 100 ng/mL, from 2010-10-01 on (hhs2025, hhs2026, panel2017, hhs2010)"
    assert told == f"panel hhs-urine, confirmation: {said_so}"


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
    with pytest.raises(ketref.UsageError, match="no confirmation for what zolpidem gives") as caught:
        ketref.detect("zolpidem", panel="hhs-urine")
    assert "`ketref show panel` lists the panels" in caught.value.hint
    with pytest.raises(ketref.UsageError, match="no confirmation for what tramadol gives") as caught:
        ketref.detect("tramadol", panel="hhs-urine")
    assert "mayo-urine" in caught.value.hint


def test_a_panel_of_one_authority_is_one_and_holds_all_its_drugs() -> None:
    assert asked(ketref.detect("cannabis", panel="hhs-urine"))["cutoff"] == "15 ng/mL"
    owners = [(panel.authority, panel.matrix) for panel in panels_of(ketref.load())]
    twice = {owner for owner in owners if owners.count(owner) > 1}
    # an edition of a standard, or an older text of unknown day, is a panel of its own
    assert twice == {
        ("Society of Hair Testing", "hair"),
        ("AS/NZS 4308", "urine"),
        ("Mayo Clinic Laboratories", "urine"),
        ("ARUP Laboratories", "urine"),
        ("University of Iowa reference laboratory", "meconium"),
    }


def test_two_tests_that_differ_in_the_cutoff_alone_are_told_and_the_cutoff_chooses() -> None:
    with pytest.raises(ketref.UsageError, match="has several tests for ethanol") as caught:
        ketref.detect("ethanol", panel="mayo-blood", stage="report")
    assert "name the cutoff beside it: `10 ng/mL` or `200 ng/mL`" in caught.value.hint
    answer = ketref.detect("ethanol", panel="mayo-blood", stage="report", cutoff="200 ng/mL")
    assert (asked(answer)["analyte"], asked(answer)["method"]) == ("peth-16-0-18-1", "lc-ms-ms")


@pytest.mark.parametrize(
    ("substance", "stage", "day", "analyte", "cutoff"),
    [
        ("cocaine", "screen", "2005-03-02", "benzoylecgonine", "300 ng/mL"),
        ("cocaine", "screen", "2010-09-30", "benzoylecgonine", "300 ng/mL"),
        ("cocaine", "screen", "2010-10-01", "benzoylecgonine", "150 ng/mL"),
        ("cocaine", "screen", "2024-03-02", "benzoylecgonine", "150 ng/mL"),
        ("cocaine", "confirmation", "2005-03-02", "benzoylecgonine", "150 ng/mL"),
        ("cocaine", "confirmation", "2024-03-02", "benzoylecgonine", "100 ng/mL"),
        ("cannabis", "screen", "1993-03-02", "thc-cooh", "100 ng/mL"),
        ("cannabis", "screen", "1995-03-02", "thc-cooh", "50 ng/mL"),
        ("amphetamine", "screen", "2005-03-02", "amphetamines", "1000 ng/mL"),
        ("amphetamine", "confirmation", "2024-03-02", "amphetamine", "250 ng/mL"),
        ("morphine", "confirmation", "1997-03-02", "morphine", "300 ng/mL"),
        ("morphine", "confirmation", "2024-03-02", "morphine", "2000 ng/mL"),
        ("morphine", "confirmation", "2026-03-02", "morphine", "4000 ng/mL"),
        ("fentanyl", "screen", "2025-07-07", "fentanyl", "1 ng/mL"),
    ],
)
def test_the_federal_panel_of_the_day_of_the_sample(
    substance: str, stage: str, day: str, analyte: str, cutoff: str
) -> None:
    for panel in ("hhs-urine", "dot-urine") if substance == "cocaine" else ("hhs-urine",):
        answer = ketref.detect(substance, panel=panel, stage=stage, taken=f"{day}T06:00", at=f"{day}T12:00")
        assert (asked(answer)["analyte"], asked(answer)["cutoff"]) == (analyte, cutoff)


def test_a_drug_that_was_not_yet_on_a_panel_is_told_since_when_it_is() -> None:
    with pytest.raises(ketref.UsageError, match="no screen for what fentanyl gives on 2024-03-02") as caught:
        ketref.detect("fentanyl", panel="hhs-urine", stage="screen", taken="2024-03-02T06:00", at="2024-03-02T12:00")
    assert "fentanyl at 1 ng/mL, from 2025-07-07 on" in caught.value.hint


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
    words = ["detect", "cocaine", "--panel", "hhs-urine", "--stage", "screen"]
    dated = run(*words, "--taken", "2005-03-01T12:00", "--at", "2005-03-02T12:00").out
    assert "benzoylecgonine at 300 ng/mL by immunoassay, before 2010-10-01 (" in " ".join(dated.split())
    words += ["--since", "24 h"]
    assert "panel hhs-urine, screen: benzoylecgonine at 150 ng/mL by immunoassay" in " ".join(run(*words).out.split())
    kept = json.loads(run(*words, "--format=json").out)
    assert (kept["question"]["panel"], kept["question"]["stage"]) == ("hhs-urine", "screen")
    assert verify(kept, ketref.load())["same"]
