"""What does a result say: its outcome in the words of reports, its value and its limits?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref.book.loading import shipped
from ketref.person.outcomes import found

Statements = list[tuple[bool, str | None]]


def urine(outcome: object, **test: Any) -> dict[str, Any]:
    return {"matrix": "urine", "time": "2026-03-10T10:00Z", "outcome": outcome, **test}


def said(**given: Any) -> Statements:
    """What a result in urine says: positive or not, at which cutoff."""
    return [
        (one.positive, None if one.cutoff is None else one.cutoff.text or str(one.cutoff.value))
        for one in found(shipped(), "urine", given).said
    ]


POSITIVE = (
    "Positive, DETECTED, Presumptive Positive, reactive, Positive (A), POSITIVE*, positive H, Detected (abnormal)"
)
NEGATIVE = "negative, None Detected, ND, n.d., Undetectable, not_detected"
NOTHING = "QNS, Invalid, Cancelled, inconclusive, Adulterated, not tested, TNP, Equivocal"


@pytest.mark.parametrize(("value", "outcome"), [(True, "positive"), (False, "negative")])
def test_booleans_are_outcomes(value: bool, outcome: str) -> None:
    assert ketref.infer([urine(value)]).results[0]["outcome"] == outcome


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (f"{POSITIVE}, Presumptive Positive (A), +, 1+, true, non-negative, present", "positive"),
        (f"{NEGATIVE}, -, \u2212, false, Negative (N), Non-Reactive, below cutoff, < LOD, absent", "negative"),
        (f"{NOTHING}, BLQ, <LLOQ, < LOQ, trace, negative dilute", "says_nothing"),
    ],
)
def test_outcomes_are_understood_in_the_words_of_reports(words: str, outcome: str) -> None:
    for word in words.split(", "):
        (form,) = ketref.infer([urine(word)]).results
        assert (word, form["outcome"]) == (word, outcome)


@pytest.mark.parametrize(
    "word", ["perhaps", "see note", "See comment", "Positive (ZZ)", "", 130, "(A)", "positive negative"]
)
def test_a_word_that_no_report_has_is_refused(word: object) -> None:
    with pytest.raises(ketref.UsageError, match="outcome"):
        ketref.infer([urine(word)])


def test_a_result_without_a_finding_stays_and_stops_nothing() -> None:
    """Whatever stands in its other columns: what a laboratory writes beside QNS is no value."""
    quiet = urine("QNS", value="see comment", cutoff="25 ng/mL")
    answer = ketref.infer([quiet, urine("positive")], doses=[], known_since="2026-01-01T00:00Z")
    alone = ketref.infer([urine("positive")], doses=[], known_since="2026-01-01T00:00Z")
    assert [form["verdict"] for form in answer.results] == ["says_nothing", alone.results[0]["verdict"]]
    assert "QNS" in answer.results[0]["says"]
    assert [i["from"] for i in answer.intervals] == [i["from"] for i in alone.intervals]


@pytest.mark.parametrize(
    ("given", "statements"),
    [
        ({"outcome": "positive", "value": "<5 ng/mL", "lod": "1 ng/mL", "loq": "5 ng/mL"}, [(True, "1"), (False, "5")]),
        ({"outcome": "detected", "value": "BLQ", "lod": "1 ng/mL", "loq": "5 ng/mL"}, [(True, "1"), (False, "5")]),
        ({"outcome": "BLQ", "lod": "1 ng/mL", "loq": "5 ng/mL"}, [(True, "1"), (False, "5")]),
        ({"outcome": "BLQ", "lod": "1 ng/mL"}, [(True, "1")]),
        ({"outcome": "BLQ", "loq": "5 ng/mL"}, [(False, "5")]),
        ({"outcome": "BLQ", "value": "<5 ng/mL"}, [(False, "5")]),
        ({"outcome": "BLQ"}, []),
        ({"outcome": "positive", "value": 3, "comparator": "<", "cutoff": 5, "cutoff_unit": "ng/mL", "loq": 5}, "open"),
        ({"outcome": "positive", "value": "3 ng/mL", "lod": "1 ng/mL", "loq": "5 ng/mL"}, [(True, "1"), (False, "5")]),
        ({"outcome": "BLQ", "value": "<1 ng/mL", "lod": "1 ng/mL", "loq": "5 ng/mL"}, [(False, "1")]),
        ({"outcome": "negative", "lod": "1 ng/mL"}, [(False, None), (False, "1")]),
        ({"outcome": "negative", "value": "<500 ng/mL"}, [(False, "500")]),
        ({"outcome": "negative", "value": "<500 ng/mL", "lod": "5 ng/mL"}, [(False, "500")]),
        ({"outcome": "negative", "lod": "1 ng/mL", "cutoff": "25 ng/mL"}, [(False, "25")]),
        ({"outcome": "negative", "value": "ND"}, [(False, None)]),
        ({"outcome": "positive", "value": "7 ng/mL", "loq": "5 ng/mL"}, [(True, None), (True, "7"), (False, None)]),
    ],
)
def test_limits_say_at_which_concentration_a_result_holds(given: dict[str, Any], statements: Any) -> None:
    """What lies below the limit of quantification was found at the limit of detection, where there is one."""
    expected = [(True, None), (False, "5")] if statements == "open" else statements
    shown = [(positive, text and text.split(" ")[0]) for positive, text in said(**given)]
    assert [one[0] for one in shown] == [one[0] for one in expected]
    for (_, text), (_, wanted) in zip(shown, expected, strict=True):
        assert wanted is None or text == wanted


@pytest.mark.parametrize("sign", ["<", "<=", "=", ">=", ">", "\u2264", "\u2265"])
def test_a_comparator_in_its_own_column_is_as_one_in_the_value(sign: str) -> None:
    apart = (
        said(outcome="negative", value="3 ng/mL", comparator=sign, cutoff="25 ng/mL")
        if sign[0] not in ">\u2265"
        else None
    )
    within = said(outcome="negative", value=f"{sign}3 ng/mL", cutoff="25 ng/mL") if apart is not None else None
    assert apart == within
    above = said(outcome="positive", value="30 ng/mL", comparator=sign) if sign[0] not in "<\u2264" else None
    assert above == (said(outcome="positive", value=f"{sign}30 ng/mL") if above is not None else None)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"outcome": "positive", "value": "0 ng/mL"}, "there is nothing of it"),
        ({"outcome": "positive", "value": 0, "cutoff_unit": "ng/mL"}, "there is nothing of it"),
        ({"outcome": "positive", "value": "<3 ng/mL", "comparator": ">"}, "another comparator"),
        ({"outcome": "positive", "value": "3 ng/mL", "comparator": "about"}, "unknown comparator"),
        ({"outcome": "positive", "comparator": "<"}, "compares with no value"),
        ({"outcome": "positive", "value": "not detected"}, "contradicts a positive"),
        ({"outcome": "negative", "value": "positive"}, "contradicts a negative"),
        ({"outcome": "positive", "lod": "5 ng/mL", "loq": "1 ng/mL"}, "more than `loq`"),
        ({"outcome": "positive", "lod": "0 ng/mL"}, "zero"),
        ({"outcome": "positive", "lod": 5}, "needs a unit"),
        ({"outcome": "positive", "value": "<3 ng/mL", "cutoff": "5 ng/mL"}, "contradicts"),
        ({"outcome": "positive", "value": "3 ng/mL", "lod": "5 ng/mL"}, "limit of detection is 5 ng/mL"),
        ({"outcome": "positive", "value": "<5 ng/mL", "lod": "5 ng/mL"}, "limit of detection is 5 ng/mL"),
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any], match: str) -> None:
    with pytest.raises(ketref.UsageError, match=match):
        ketref.infer([urine(**given)])


@pytest.mark.parametrize("value", ["500 ng/mL", ">500 ng/mL", ">=500 ng/mL", "<=500 ng/mL"])
@pytest.mark.parametrize("more", [{}, {"lod": "5 ng/mL"}, {"analyte": "ketamine"}], ids=str)
def test_a_negative_without_a_cutoff_is_one_at_a_cutoff_above_what_was_measured(
    value: str, more: dict[str, Any]
) -> None:
    (one,) = found(shipped(), "urine", {"outcome": "negative", "value": value, **more}).said
    assert not one.positive
    assert one.cutoff is not None
    assert one.cutoff.value == 500_000_001


def test_what_was_measured_and_called_negative_does_not_speak_against_a_dose_by_rules_of_lower_cutoffs() -> None:
    doses = [{"substance": "ketamine", "start": "2026-03-10T04:00Z"}]
    measured, bare = (urine("negative", **more) for more in ({"value": "500 ng/mL"}, {}))
    assert [form["verdict"] for form in ketref.infer([measured, bare], doses=doses).results] == [
        "possible",
        "not_explained",
    ]


@pytest.mark.parametrize("word", ["negative?", "positive ?", "Positive (?)", "POSITIVE? (A)", "ND?", "\u00bfpositive?"])
def test_a_word_with_a_question_mark_says_nothing(word: str) -> None:
    assert found(shipped(), "urine", {"outcome": word}).outcome == "says_nothing"
    assert found(shipped(), "urine", {"value": word}).outcome == "says_nothing"
    with pytest.raises(ketref.UsageError, match="unknown outcome"):
        found(shipped(), "urine", {"outcome": "perhaps?"})


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("25 ng/mL", "positive"),
        (130, "positive"),
        (">25", "positive"),
        (">=25", "positive"),
        ("24.9", "negative"),
        ("<25", "negative"),
        ("0", "negative"),
        ("None Detected", "negative"),
        ("Detected", "positive"),
        ("QNS", "says_nothing"),
    ],
)
def test_a_value_decides_where_no_outcome_is_said(value: object, outcome: str) -> None:
    """And then it says what it says beside that outcome."""
    given = {"value": value, "cutoff": "25 ng/mL"}
    (form,) = ketref.infer([urine(None, **given)]).results
    assert form["outcome"] == outcome
    assert found(shipped(), "urine", given).said == found(shipped(), "urine", {"outcome": outcome, **given}).said


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"value": "130 ng/mL"}, "no cutoff that would decide"),
        ({"value": "<26", "cutoff": "25 ng/mL"}, "on which side of the cutoff"),
        ({"value": ">24", "cutoff": "25 ng/mL"}, "on which side of the cutoff"),
        ({}, "`outcome` is missing"),
        ({"value": "see note", "cutoff": "25 ng/mL"}, "see note"),
    ],
)
def test_a_value_that_does_not_decide_is_refused_with_a_hint(given: dict[str, Any], match: str) -> None:
    with pytest.raises(ketref.UsageError, match=match) as error:
        ketref.infer([urine(None, **given)])
    assert error.value.hint
