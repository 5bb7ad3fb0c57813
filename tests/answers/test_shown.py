"""What the first issue says ketref must show, from the shell and from Python alike."""

from __future__ import annotations

from typing import Any

import pytest

import ketref

BLOOD = {"matrix": "blood", "route": "intravenous"}
URINE = {"matrix": "urine"}
AT_25 = {"matrix": "urine", "method": "gc-ms", "cutoff": "25 ng/mL"}
AT_1 = {"matrix": "urine", "pattern": "chronic", "method": "lc-ms", "cutoff": "1 ng/mL"}
HAIR = {"matrix": "hair"}

DETECT: list[tuple[dict[str, str], set[str]]] = [
    ({**BLOOD, "since": "1 h"}, {"expected"}),
    ({**BLOOD, "since": "24 h"}, {"expected", "possible"}),
    ({**BLOOD, "since": "86401 s"}, {"not_expected"}),
    ({**URINE, "since": "12 h"}, {"expected"}),
    ({**AT_25, "route": "intravenous", "since": "36 h"}, {"possible"}),
    ({**AT_25, "route": "intravenous", "since": "172801 s"}, {"not_expected"}),
    ({**AT_25, "since": "72 h"}, {"not_expected"}),
    ({**URINE, "cutoff": "1000 ng/mL", "since": "12 h"}, {"possible", "unknown"}),
    ({**URINE, "since": "20 d"}, {"possible"}),
    ({**URINE, "since": "31 d"}, {"not_expected"}),
    ({**URINE, "pattern": "unknown", "since": "31 d"}, {"possible", "expected"}),
    ({**URINE, "pattern": "chronic", "since": "31 d"}, {"possible", "expected"}),
    ({**AT_1, "since": "14 d"}, {"expected"}),
    ({**AT_1, "analyte": "norketamine", "since": "30 d"}, {"possible"}),
    ({**AT_1, "analyte": "norketamine", "since": "50 d"}, {"not_expected", "possible"}),
    ({**HAIR, "since": "1 d"}, {"not_yet", "possible"}),
    ({**HAIR, "since": "60 d"}, {"possible", "expected"}),
    ({**HAIR, "since": "200 d"}, {"possible", "expected"}),
]
IN_WORDS = {
    "expected": "positive expected",
    "possible": "positive possible",
    "not_expected": "positive not expected",
    "not_yet": "not yet positive",
    "unknown": "unknown",
}


def sources(answer: Any) -> set[str]:
    return {evidence["source"] for evidence in answer["evidence"]}


@pytest.mark.parametrize(
    ("question", "allowed"),
    DETECT,
    ids=lambda value: " ".join(value.values() if isinstance(value, dict) else sorted(value)),
)
def test_a_window_is_answered_in_text_in_json_and_in_python_alike(question, allowed, run, flags):
    text = run("detect", "ketamine", *flags(question))
    data = run("detect", "ketamine", *flags(question), "--format", "json")
    answer = ketref.detect("ketamine", **question)
    assert (text.code, data.code, text.err, data.err) == (0, 0, "", "")
    assert answer.status in allowed
    assert data.json == answer.to_dict()
    assert text.out == f"{answer}\n"
    assert text.out.startswith(IN_WORDS[answer.status])


def test_the_24_hours_of_the_article_are_among_the_evidence_in_blood():
    answer = ketref.detect("ketamine", **BLOOD, since="24 h")
    (article,) = (e for e in answer.evidence if e["source"] == "psilolab-2023")
    assert (article["figure"], article["locator"]) == ("up to 24 hours", "line 84")


def test_the_page_that_says_48_hours_in_blood_is_shown_as_disagreeing():
    answer = ketref.detect("ketamine", **BLOOD, since="30 h")
    verdicts = {e["source"]: e["status"] for e in answer.evidence}
    assert (answer.status, answer.sources_disagree) == ("not_expected", True)
    assert (verdicts["psilolab-2023"], verdicts["scienceinsights-ket"]) == ("not_expected", "possible")


def test_urine_at_25_ng_per_ml_turns_to_not_expected_one_second_after_two_days():
    answer = ketref.detect("ketamine", **AT_25, route="intravenous", since="36 h")
    assert answer.next_change == {"at_s": 172_801, "in_s": 43_201, "status": "not_expected"}


def test_at_20_days_in_urine_the_sources_disagree_and_the_article_and_two_others_are_shown():
    answer = ketref.detect("ketamine", **URINE, since="20 d")
    assert answer.sources_disagree
    assert "psilolab-2023" in sources(answer.to_dict())
    assert len({e["source"] for e in answer.evidence if e["status"] is not None}) >= 3
    assert "Sources disagree" in answer.text(full=True)


def test_at_31_days_a_single_dose_is_assumed():
    answer = ketref.detect("ketamine", **URINE, since="31 d")
    assert "single dose" in answer.assumes
    assert "assumes single dose" in answer.text(full=True)


def test_a_specimen_that_nobody_knows_is_never_a_no(run):
    ran = run("detect", "ketamine", "--matrix", "tear", "--since", "1 d")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown matrix `tear`" in ran.err
    with pytest.raises(ketref.UsageError):
        ketref.detect("ketamine", matrix="tear", since="1 d")


# ---------------------------------------------------------------- effects

DRIP = {"route": "intravenous", "infusion": "40 min", "since": "50 min"}
SPRAY = {"route": "nasal", "since": "50 min"}


@pytest.mark.parametrize(("substance", "question"), [("ketamine", DRIP), ("esketamine", SPRAY)])
def test_effects_are_answered_in_text_in_json_and_in_python_alike(substance, question, run, flags):
    text = run("effects", substance, *flags(question))
    data = run("effects", substance, *flags(question), "--format", "json")
    answer = ketref.effects(substance, **question)
    assert (text.code, data.code, text.err, data.err) == (0, 0, "", "")
    assert data.json == answer.to_dict()
    assert text.out == f"{answer}\n"


def test_ten_minutes_after_a_drip_of_forty_the_effect_may_be_wearing_off(run, flags):
    answer = ketref.effects("ketamine", **DRIP)
    text = run("effects", "ketamine", *flags(DRIP), "--full").out
    assert "offset" in answer.phases
    assert {"nausea", "dizziness"} <= {effect["name"] for effect in answer.effects}
    assert all(word in text for word in ("offset", "nausea", "dizziness"))


def test_after_nasal_esketamine_dissociation_is_41_against_9_percent_and_observation_and_driving_are_in_force(
    run, flags
):
    answer = ketref.effects("esketamine", **SPRAY)
    text = run("effects", "esketamine", *flags(SPRAY)).out
    (dissociation,) = (effect for effect in answer.effects if effect["name"] == "dissociation")
    assert (dissociation["percent"], dissociation["comparator_percent"]) == (41, 9)
    assert {"observation", "driving"} <= {c["kind"] for c in answer.cautions if c["status"] == "in_force"}
    assert "dissociation 41 % (control 9 %)" in text
    assert "Leave: not before 2 h after the last spray, and only after assessment" in " ".join(text.split())
