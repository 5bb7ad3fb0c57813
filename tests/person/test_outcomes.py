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
        ({"outcome": "negative", "lod": "1 ng/mL"}, [(False, None), (False, "1")]),
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
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any], match: str) -> None:
    with pytest.raises(ketref.UsageError, match=match):
        ketref.infer([urine(**given)])
