"""What does `infer` say to those who read test results?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ketref
from conftest import Run
from ketref.review import schemas
from support.shipped import holding

LC_MS = {"matrix": "urine", "method": "lc-ms", "cutoff": "1 ng/mL"}
DAILY = [{"substance": "ketamine", "start": f"2026-01-{day:02d}T20:00Z"} for day in range(1, 31)]
Answer = Any
TWO = holding("ketamine", "esketamine")
infer = partial(ketref.infer, rules=TWO)
"""A result that names no analyte speaks of every drug that a test may find: here of two."""


def result(outcome: str, time: str, **test: Any) -> dict[str, Any]:
    return {"matrix": "urine", "time": time, "outcome": outcome, **test}


def positive(time: str = "2026-03-10T10:00+01:00", **test: Any) -> dict[str, Any]:
    return result("positive", time, **test)


def negative(time: str = "2026-03-10T10:00+01:00", **test: Any) -> dict[str, Any]:
    return result("negative", time, **test)


def verdicts(answer: Answer) -> list[str | None]:
    return [form["verdict"] for form in answer.results]


def said(answer: Answer) -> str:
    return " ".join(answer.text(full=True).split())


# ------------------------------------------------------------------------ one dose


def test_a_positive_dates_a_single_dose() -> None:
    (found,) = infer([positive()], pattern="single").intervals
    assert (found["from"], found["from_unit"], found["from_rule"]) == ("2026-02-08T10:00+01:00", "day", "KET-W006")
    assert (found["until"], found["until_unit"], found["until_rule"]) == ("2026-03-10T10:00+01:00", "minute", None)
    assert found["from_result"] == found["until_result"] == 1
    assert found["substances"] == ["esketamine", "ketamine"]
    assert "after the sample" in found["until_says"]


def test_hours_stay_hours_and_days_stay_days() -> None:
    (found,) = infer([positive(matrix="blood")], pattern="single").intervals
    assert (found["from"], found["from_unit"]) == ("2026-03-09T10:00+01:00", "minute")
    (found,) = infer([positive("2026-03-10", matrix="blood")], pattern="single").intervals
    assert (found["from"], found["until"], found["until_unit"]) == ("2026-03-09T00:00", "2026-03-10T23:59", "day")


def test_a_negative_takes_the_times_of_a_certain_positive_away() -> None:
    answer = infer([positive("2026-03-10T10:00Z"), negative("2026-03-09T10:00Z")], pattern="single")
    assert [(i["from"], i["until"]) for i in answer.intervals] == [
        ("2026-02-08T10:00+00:00", "2026-03-08T09:59+00:00"),
        ("2026-03-09T08:00+00:00", "2026-03-10T10:00+00:00"),
    ]
    assert answer.intervals[0]["until_result"] == 2


def test_the_pattern_that_is_not_said_spans_chronic_use() -> None:
    (unsaid,) = infer([positive()]).intervals
    (single,) = infer([positive()], pattern="single").intervals
    assert unsaid["from"] < single["from"]
    assert "pattern of use" in infer([positive()]).assumes[0]


def test_esketamine_is_found_as_ketamine() -> None:
    answer = infer([positive(analyte="ketamine")], substance="esketamine")
    assert answer.to_dict()["substances"] == ["esketamine"]
    assert "esketamine is detectable as ketamine is" in answer.assumes
    doses = [{"substance": "esketamine", "route": "nasal", "start": "2026-03-10T04:00+01:00"}]
    assert verdicts(infer([positive(analyte="ketamine")], doses=doses)) == ["explained"]


def test_where_no_single_dose_agrees_the_results_that_conflict_are_named() -> None:
    times = ["2026-01-01T10:00Z", "2026-01-20T10:00Z", "2026-03-20T10:00Z"]
    answer = infer([positive(time, method="gc-ms") for time in times], pattern="single")
    assert answer.intervals == []
    (conflict,) = answer.conflicts
    assert conflict["results"] in ([1, 3], [2, 3])
    assert conflict["says"] in answer.conclusions
    assert "More than one dose" in conflict["says"]


def test_what_no_rule_speaks_of_excludes_nothing() -> None:
    answer = infer([negative(matrix="breast-milk")])
    (found,) = answer.intervals
    assert found["from"] is found["until"] is None
    assert not answer.results[0]["excludes"]
    assert "exclude no time" in said(answer)


# ------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("outcome", "value", "kept"),
    [
        ("positive", "130 ng/mL", True),
        ("positive", ">1000 ng/mL", True),
        ("positive", "25 ng/mL", True),
        ("positive", "24.9 ng/mL", False),
        ("positive", "<25 ng/mL", False),
        ("negative", "24.9 ng/mL", True),
        ("negative", "<25 ng/mL", True),
        ("negative", "25 ng/mL", False),
        ("negative", ">25 ng/mL", False),
        ("negative", "<= 24 ng/mL", True),
        ("positive", 130, True),
        ("positive", 3, False),
        ("positive", "lots", False),
        ("negative", "<0 ng/mL", False),
    ],
)
def test_a_value_that_contradicts_the_outcome_is_refused(outcome: str, value: object, kept: bool) -> None:
    record = result(outcome, "2026-03-10T10:00Z", method="gc-ms", cutoff="25 ng/mL", value=value)
    if kept:
        assert infer([record]).results[0]["value"] == str(value)
    else:
        with pytest.raises(ketref.UsageError, match="result 1"):
            infer([record])


def test_a_value_narrows_as_a_cutoff_of_so_much_does() -> None:
    """A positive at 25 ng/mL ends after 2 d, one at 1 ng/mL does not; nor does a value of 30 ng/mL at 1 ng/mL."""
    low = positive(method="gc-ms", cutoff="1 ng/mL")
    (wide,) = infer([low], pattern="single").intervals
    (narrow,) = infer([{**low, "value": "30 ng/mL"}], pattern="single").intervals
    assert (wide["from"], narrow["from"], narrow["from_rule"]) == (
        "2026-02-08T10:00+01:00",
        "2026-03-08T10:00+01:00",
        "KET-W004",
    )


def test_a_value_below_what_is_certain_speaks_against_the_doses() -> None:
    """Eight days after daily use nearly all are above 1 ng/mL: a positive of 0.5 ng/mL does not fit."""
    low = positive("2026-02-07T20:00Z", matrix="urine", method="lc-ms", cutoff="0.1 ng/mL")
    assert verdicts(infer([low], doses=DAILY)) == ["explained"]
    answer = infer([{**low, "value": "0.5 ng/mL"}], doses=DAILY)
    assert verdicts(answer) == ["not_explained"]
    assert "the value does not" in answer.results[0]["says"]


# ------------------------------------------------------------------------ no dose


def test_negatives_alone_leave_no_dose_standing() -> None:
    answer = infer([negative(), negative("2026-03-12T10:00+01:00")])
    assert answer.no_dose["consistent"]
    assert answer.conclusions[0] == answer.no_dose["why"][0]
    assert "No result about a dose is positive" in answer.conclusions[0]
    assert "show no dose" in said(answer)
    assert answer.no_dose["false_positives"] == []


@pytest.mark.parametrize("method", ["immunoassay", None])
def test_a_screen_alone_leaves_no_dose_standing_and_names_what_turns_it_positive(method: str | None) -> None:
    answer = infer([positive(analyte="ketamine", method=method)])
    assert answer.no_dose["consistent"]
    assert "falsely positive" in answer.no_dose["why"][0]
    first = answer.no_dose["false_positives"][0]
    assert (first["id"], first["topic"]) == ("KET-F185", "false-positive")
    assert {"source": "lee-quetiapine", "grade": "B"} in first["sources"]
    assert "Quetiapine" in answer.text(full=True)


@pytest.mark.parametrize("method", ["gc-ms", "lc-ms", "lc-ms-ms"])
def test_a_method_that_identifies_the_analyte_leaves_no_room_for_no_dose(method: str) -> None:
    screen, confirmed = positive(method="immunoassay"), positive(method=method)
    no_dose = infer([screen, confirmed]).no_dose
    assert not no_dose["consistent"]
    assert "result 2" in no_dose["why"][0]
    assert no_dose["false_positives"] == []


# ------------------------------------------------------------------------ panels


@pytest.mark.parametrize(
    ("test", "word"),
    [
        ({"panel": "SAMHSA-5"}, "KET-F169"),
        ({"panel": "federal five", "analyte": "ketamine"}, "does not test for it"),
        ({"panel": "our ten", "analyte": "amphetamine"}, "amphetamine"),
        ({"panel": "our ten"}, "not known"),
    ],
)
@pytest.mark.parametrize("outcome", ["positive", "negative"])
def test_a_panel_without_the_analyte_says_nothing(test: Mapping[str, str], word: str, outcome: str) -> None:
    answer = infer([result(outcome, "2026-03-10T10:00Z", **test), positive("2026-03-11T10:00Z")])
    alone = infer([positive("2026-03-11T10:00Z")])
    assert answer.results[0]["verdict"] == "says_nothing"
    assert word in answer.results[0]["says"]
    assert [i["from"] for i in answer.intervals] == [i["from"] for i in alone.intervals]


def test_panels_alone_say_nothing_at_all() -> None:
    answer = infer([negative(panel="SAMHSA-5")])
    assert (answer.intervals, answer.conflicts, answer.deciders) == ([], [], [])
    assert answer.no_dose["consistent"]
    assert "None of the results says anything of a dose" in said(answer)


def test_a_panel_that_names_the_analyte_is_a_test_of_it() -> None:
    assert infer([positive(panel="our ten", analyte="K")]).results[0]["substances"] == ["esketamine", "ketamine"]


def test_an_analyte_that_nobody_knows_is_an_error_without_a_panel() -> None:
    with pytest.raises(ketref.UsageError, match="unknown analyte `ketamin`") as error:
        infer([positive(analyte="ketamin")])
    assert "ketamine" in error.value.candidates


# ------------------------------------------------------------------------ declared doses


def test_residual_excretion_after_daily_use_is_no_new_use() -> None:
    """Day 25 of abstinence after daily use: possible still, so nothing of new use."""
    answer = infer([positive("2026-02-24T20:00Z", **LC_MS)], doses=DAILY)
    form = answer.results[0]
    assert form["verdict"] == "possible"
    assert form["pattern"] == "chronic"
    assert "no further dose" in form["says"]
    assert form["undeclared"] == []


def test_what_was_taken_before_the_first_declared_dose_is_not_known() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-01T10:00Z"}]
    test = positive("2026-03-10T10:00Z", analyte="ketamine", **LC_MS)
    assert verdicts(infer([test], doses=dose)) == ["possible"]
    known = infer([test], doses=dose, known_since="2025-06-01T00:00Z")
    assert verdicts(known) == ["not_explained"]
    assert "residual" in infer([test], doses=dose).results[0]["says"]


def test_an_undeclared_dose_that_would_explain_a_positive_is_dated_and_contradicts_no_negative() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-01T10:00Z"}]
    results = [positive("2026-03-10T10:00Z", analyte="ketamine"), negative("2026-03-09T10:00Z", analyte="ketamine")]
    answer = infer(results, doses=dose, known_since="2020-01-01T00:00Z", pattern="single")
    assert verdicts(answer) == ["not_explained", "explained"]
    assert [(i["from"][:10], i["until"][:10]) for i in answer.results[0]["undeclared"]] == [
        ("2026-03-05", "2026-03-08"),
        ("2026-03-09", "2026-03-10"),
    ]
    assert answer.results[0]["undeclared"] == answer.intervals


def test_a_negative_that_the_doses_make_unlikely_is_not_explained() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-10T01:00+01:00"}]
    answer = infer([negative()], doses=dose)
    assert verdicts(answer) == ["not_explained"]
    assert (answer.results[0]["dose"], answer.results[0]["undeclared"]) == (1, [])


def test_a_dose_after_the_sample_explains_nothing() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-11T01:00+01:00"}]
    answer = infer([positive()], doses=dose, known_since="2020-01-01T00:00Z")
    assert verdicts(answer) == ["not_explained"]


def test_the_substance_that_explains_a_result_best_counts() -> None:
    doses = [
        {"substance": "esketamine", "route": "nasal", "start": "2026-03-10T02:00+01:00"},
        {"substance": "ketamine", "start": "2025-01-10T02:00+01:00"},
    ]
    form = infer([positive()], doses=doses, known_since="2020-01-01T00:00Z").results[0]
    assert (form["verdict"], form["substance"], form["dose"]) == ("explained", "esketamine", 1)


def test_where_no_rule_tells_a_verdict_is_unknown() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-10T01:00+01:00"}]
    answer = infer([positive(matrix="breast-milk")], doses=dose)
    assert verdicts(answer) == ["unknown"]
    assert "no rule gives its time" in answer.results[0]["says"]


def test_none_declared_and_nothing_known_is_not_called_clean() -> None:
    """Declared abstinence explains no positive, and the times of an undeclared dose reach back as far as the rules."""
    answer = infer([positive()], doses=[])
    assert verdicts(answer) == ["not_explained"]
    assert answer.results[0]["undeclared"][0]["from"] == "2025-12-04T10:00+01:00"
    since = infer([positive()], known_since="2026-03-01T00:00+01:00")
    assert verdicts(since) == ["possible"]


def test_where_rules_speak_of_the_declared_doses_and_of_nothing_earlier_the_answer_says_so() -> None:
    """Plasma is closed after one dose by KET-W019, and no rule closes it after chronic use that nobody knows of."""
    dose = [{"substance": "esketamine", "start": "2026-03-01T10:00Z"}]
    test = positive("2026-03-03T10:00Z", matrix="plasma", analyte="ketamine")
    (form,) = infer([test], doses=dose, known_since="2025-01-01T00:00Z").results
    assert (form["verdict"], form["declared"], form["rule"]) == ("unknown", "not_explained", "KET-W019")
    assert form["says"] == (
        "Not explained by the declared doses (KET-W019); whether use before 2025-01-01T00:00Z could explain it, no rule"
        " says."
    )
    (form,) = infer([{**test, "outcome": "negative"}], doses=dose, known_since="2025-01-01T00:00Z").results
    assert (form["verdict"], form["declared"]) == ("unknown", "explained")
    assert "It fits the declared doses (KET-W019)" in form["says"]
    none = infer([test], doses=[], known_since="2025-01-01T00:00Z").results[0]
    assert "(none by then)" in none["says"]


def test_the_rules_of_every_pattern_bound_what_was_taken_before(folder: Callable[[Mapping[str, str]], Path]) -> None:
    """With a rule that closes plasma after chronic use, no pattern of use of 14 months ago explains a positive."""
    own = folder(
        {
            "edition.toml": 'edition = "1"\nformat = 1\nname = "ours"\nextends = "shipped"\n',
            "ketamine/windows.toml": (
                '[[window]]\nid = "OUR-W1"\nwhen = { matrix = "plasma", analyte = "ketamine", pattern = "chronic" }\n'
                'detectable_until = { latest = "20 d" }\nconfidence = "low"\nreviewed = 2026-11-23\n'
                '[[window.evidence]]\nsource = "hoffman-pcp"\nlocator = "abstract"\nfigure = "see there"\n'
                'says = "Written by a test."\nreports = { detectable_until = { latest = "20 d" } }\n'
            ),
        }
    )
    dose = [{"substance": "ketamine", "start": "2026-03-01T10:00Z"}]
    test = positive("2026-03-03T10:00Z", matrix="plasma", analyte="ketamine")
    for since, verdict in (("2025-01-01T00:00Z", "not_explained"), ("2026-02-20T00:00Z", "possible")):
        (form,) = ketref.infer([test], doses=dose, known_since=since, rules=own).results
        assert (form["verdict"], form["declared"]) == (verdict, "not_explained")


def test_what_the_declared_doses_alone_make_of_a_result_stands_beside_the_verdict() -> None:
    dose = [{"substance": "ketamine", "start": "2026-03-01T10:00Z"}]
    test = positive("2026-03-10T10:00Z", analyte="ketamine", **LC_MS)
    (form,) = infer([test], doses=dose).results
    assert (form["verdict"], form["declared"], form["supposed"]) == ("possible", "not_explained", True)


def test_opposite_results_of_one_test_at_one_minute_are_named_as_a_conflict() -> None:
    pair = [positive("2026-03-10T10:00:05Z", method="gc-ms"), negative("2026-03-10T10:00:40Z", method="gc-ms")]
    answer = infer([negative("2026-03-09T10:00Z"), *pair])
    assert answer.conflicts[0]["results"] == [2, 3]
    assert "conflict" in answer.conflicts[0]["says"]
    assert answer.conflicts[0]["says"] in answer.conclusions
    apart = [pair[0], {**pair[1], "time": "2026-03-10T10:01Z"}]
    others = [pair[0], {**pair[1], "method": "immunoassay"}]
    days = [positive("2026-03-10Z"), negative("2026-03-10Z")]
    for several in (apart, others, days):
        assert not any("conflict" in form["says"] for form in infer(several).conflicts)


# ------------------------------------------------------------------------ what would decide


def test_no_further_test_is_named_that_leaves_no_time_to_sample() -> None:
    """A day after a dose in the last day sweat would have to be sampled in the one second that is left."""
    test = positive("2026-03-03T10:00Z", matrix="plasma", analyte="ketamine")
    found = infer([test], pattern="single").deciders
    assert [(form["matrix"], form["end"]) for form in found] == [("blood", None)]


def test_further_tests_are_named_with_their_hours() -> None:
    """A dose within four hours: urine is positive in nearly all from 2 h to 1 d after it."""
    results = [positive("2026-03-10T10:00Z"), negative("2026-03-10T08:00Z")]
    answer = infer(results, pattern="single")
    urine = next(form for form in answer.deciders if form["matrix"] == "urine" and form["interval"] == 2)
    assert (urine["outcome"], urine["begin"], urine["end"]) == (
        "negative",
        "2026-03-10T12:00+00:00",
        "2026-03-10T23:59+00:00",
    )
    assert urine["says"] in said(answer)
    later = infer(results, pattern="single", at="2026-03-10T20:00Z")
    assert all(form["begin"] >= "2026-03-10T20:00" for form in later.deciders)


def test_where_nothing_decides_it_is_said() -> None:
    answer = infer([positive(matrix="hair")])
    assert answer.deciders == []
    assert "no further test decides" in said(answer)


# ------------------------------------------------------------------------ input


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        *((word, "positive") for word in ("positive", "Pos", "+", "detected", "DETECTED")),
        *((word, "negative") for word in ("negative", "neg", "-", "not detected", "not_detected")),
    ],
)
def test_outcomes_have_synonyms(outcome: str, found: str) -> None:
    assert infer([result(outcome, "2026-03-10")]).results[0]["outcome"] == found


@pytest.mark.parametrize(
    ("record", "match"),
    [
        ({"time": "2026-03-10", "outcome": "positive"}, "`matrix` is missing"),
        ({"matrix": "urine", "outcome": "positive"}, "`time` is missing"),
        ({"matrix": "urine", "time": "2026-03-10"}, "`outcome` is missing"),
        (result("perhaps", "2026-03-10"), "unknown outcome `perhaps`"),
        (positive(cutoff=25), "`cutoff` needs a unit"),
        (positive(cutoff="25 mg"), "25 mg"),
        (positive(method="nose"), "unknown method `nose`"),
        (positive(substance="water"), "unknown test `water`"),
        (positive(matrx="urine"), "unknown key `matrx`"),
        (positive(time_latest="2026-03-09T10:00+01:00"), "lies before"),
        (positive(time_latest="2026-03-11T10:00"), "no time zone"),
    ],
)
def test_a_record_that_is_not_understood_is_refused_with_its_number(record: dict[str, Any], match: str) -> None:
    with pytest.raises(ketref.UsageError, match=match):
        infer([record])


def test_every_record_that_is_not_understood_is_listed() -> None:
    with pytest.raises(ketref.UsageError) as error:
        infer([{}, positive(), positive(method="nose")])
    assert "result 1" in str(error.value)
    assert "result 3" in str(error.value)


@pytest.mark.parametrize(
    ("results", "asked", "match"),
    [
        ([], {}, "there are no results"),
        ("urine", {}, "not a list"),
        ([positive(subject="a"), positive(subject="b")], {}, "2 subjects"),
        ([positive(), positive("2026-03-10T10:00")], {}, "no time zone"),
        ([positive()], {"at": "2026-03-10T10:00"}, "no time zone"),
        ([positive()], {"doses": [{"substance": "ketamine", "start": "2026-03-01T10:00"}]}, "no time zone"),
        ([positive()], {"pattern": "sometimes"}, "unknown pattern"),
        ([positive()], {"substance": "water"}, "unknown substance"),
    ],
)
def test_what_does_not_go_together_is_refused(results: Any, asked: dict[str, Any], match: str) -> None:
    with pytest.raises(ketref.UsageError, match=match):
        infer(results, **asked)


def test_results_of_many_are_pointed_to_where_they_are_answered(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("subject,matrix,time,outcome\nA,urine,2026-03-01,positive\nB,urine,2026-03-01,ND\n")
    ran = run("infer", tmp_path / "r.csv")
    assert (ran.code, ran.out) == (2, "")
    assert "`ketref evaluate DOSES RESULTS`" in ran.err


def test_objects_and_numbers_with_units_are_records_too() -> None:
    @dataclass
    class Reported:
        matrix: str = "urine"
        time: str = "2026-03-10T10:00+01:00"
        outcome: str = "positive"
        method: str = "gc-ms"
        cutoff: float = 25.0
        cutoff_unit: str = "ng/mL"
        value: float = 130.5

    form = infer([Reported()]).results[0]
    assert (form["cutoff"], form["value"]) == ("25 ng/mL", "130.5")


# ------------------------------------------------------------------------ forms and words


MIXED = [
    positive(analyte="ketamine", method="gc-ms", cutoff="25 ng/mL", value=">100 ng/mL", id="A-1"),
    negative("2026-03-01T10:00+01:00"),
    negative("2026-03-05", panel="SAMHSA-5"),
]


def mixed() -> Answer:
    records = [*MIXED[:2], negative("2026-03-05T00:00+01:00", panel="SAMHSA-5")]
    return infer(records, doses=[{"substance": "esketamine", "start": "2026-03-02T09:00+01:00"}])


def test_the_form_keeps_its_schema() -> None:
    form = mixed().to_dict()
    jsonschema.validate(form, schemas.schemas()["infer.answer.schema.json"])
    assert json.loads(json.dumps(form)) == form
    assert mixed().to_dict() == form


def test_every_rule_and_source_that_is_named_is_listed() -> None:
    form = mixed().to_dict()
    listed = {rule["id"] for rule in form["rules"]}
    assert {interval["from_rule"] for interval in form["intervals"]} <= listed
    assert all(rule["sources"] for rule in form["rules"])


@pytest.mark.parametrize("word", ["new use", "guilty", "will pass", "will test"])
def test_no_template_says_what_no_result_can_say(word: str) -> None:
    words = ketref.load().wording
    assert all(word not in getattr(words, name).casefold() for name in vars(words))
    assert all(getattr(words, name) for name in vars(words))  # and none is empty


def test_a_book_may_use_words_of_its_own(folder: Callable[[Mapping[str, str]], Path]) -> None:
    own = folder(
        {
            "edition.toml": 'edition = "1"\nformat = 1\nname = "ours"\nextends = "shipped"\n',
            "wording.toml": '[infer]\nno_positive = "All clear of positives."\n',
        }
    )
    answer = ketref.infer([negative()], rules=own)
    assert answer.conclusions[0] == "All clear of positives."
    assert "show no dose" in said(answer)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ('one_dose = "taken {when}"', r"\{when\}"),
        ('one_dose = "taken {times"', "braces"),
        ('one_dose = "taken {times!r}"', r"\{times\}"),
        ('one_dose = "taken {times.x}"', r"\{times.x\}"),
        ('no_positive = "{results}"', "no placeholders"),
        ('two_doses = "both"', "unknown key"),
    ],
)
def test_a_template_with_a_wrong_placeholder_is_an_error(
    folder: Callable[[Mapping[str, str]], Path], line: str, match: str
) -> None:
    own = folder(
        {
            "edition.toml": 'edition = "1"\nformat = 1\nname = "ours"\nextends = "shipped"\n',
            "wording.toml": f"[infer]\n{line}\n",
        }
    )
    with pytest.raises(ketref.RulesError, match=match) as error:
        ketref.load(own)
    assert "wording.toml:2" in str(error.value)


# ------------------------------------------------------------------------ the command


CSV = "matrix,time,outcome,analyte,method,cutoff\nurine,2026-03-10T10:00+01:00,positive,ketamine,gc-ms,25 ng/mL\n"
TOML = '[[result]]\nmatrix = "urine"\ntime = "2026-03-10T10:00+01:00"\noutcome = "positive"\nanalyte = "ketamine"\n'
JSON = json.dumps([positive(analyte="ketamine", method="gc-ms", cutoff=25, cutoff_unit="ng/mL")])


@pytest.mark.parametrize(("name", "text"), [("r.csv", CSV), ("r.toml", TOML), ("r.json", JSON)])
def test_the_command_reads_every_kind_of_file(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = run("infer", tmp_path / name, "--format", "json")
    assert (ran.code, ran.json["schema"]) == (0, "ketref.infer/1")
    assert run("infer", tmp_path / name, "--full").out.startswith("1 result of one person")


def test_the_command_takes_doses_and_since_when_they_are_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(CSV, encoding="utf-8")
    doses = 'known_since = "2020-01-01T00:00Z"\n[[dose]]\nsubstance = "ketamine"\nstart = "2026-03-01T10:00Z"\n'
    (tmp_path / "d.toml").write_text(doses, encoding="utf-8")
    asked = ("infer", tmp_path / "r.csv", "--doses", tmp_path / "d.toml")
    assert run(*asked, "--format", "json").json["results"][0]["verdict"] == "not_explained"
    assert run(*asked, "--known-since", "2026-01-01").code == 2


def test_a_mistake_shows_no_traceback(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(CSV.replace("urine", "tears"), encoding="utf-8")
    ran = run("infer", tmp_path / "r.csv")
    assert (ran.code, ran.out) == (2, "")
    assert "line 2): unknown matrix `tears`" in ran.err
    assert run("infer", tmp_path / "none.csv").code == 4


def test_conversions_are_shown_as_one_question_shows_them():
    result = {"matrix": "urine", "time": "2026-03-02T10:00Z", "outcome": "positive", "analyte": "ketamine"}
    doses = [{"substance": "ketamine", "start": "2026-03-01T10:00Z", "dose": "0.5 mg/kg/h", "infusion": "2 h"}]
    amounts = {"cutoff": "100 nmol/L", "value": "<= 500 nmol/L", "lod": "10 nmol/L"}
    shown = infer([{**result, **amounts}], doses=doses, dose="30 mg/h", infusion="1 h").assumes
    assert [text for text in shown if "read as" in text] == [
        "100 nmol/L of ketamine read as 23.77 ng/mL (molar mass 237.7 g/mol, swgdrug-ketamine)",
        "500 nmol/L of ketamine read as 118.85 ng/mL (molar mass 237.7 g/mol, swgdrug-ketamine)",
        "10 nmol/L of ketamine read as 2.377 ng/mL (molar mass 237.7 g/mol, swgdrug-ketamine)",
        "30 mg/h over 1 h read as 30 mg",
        "0.5 mg/kg/h over 2 h read as 1 mg/kg",
    ]
    test = {"matrix": "urine", "analyte": "ketamine", "cutoff": "100 nmol/L"}
    history = ketref.history(doses, at="2026-03-02T10:00Z", **test).assumes
    asked = ketref.detect("ketamine", **test, since="1 d", dose="0.5 mg/kg/h", infusion="2 h").assumes
    of_one = [text for text in asked if "read as" in text]
    assert len(of_one) == 2
    assert [text for text in history if "read as" in text] == of_one


@pytest.mark.parametrize(
    ("taken", "test"),
    [
        ("hemp-products", {"analyte": "thc-cooh", "method": "gc-ms", "cutoff": "15 ng/mL"}),
        ("dronabinol", {"test": "cannabinoids", "method": "immunoassay"}),
    ],
)
def test_a_declared_dose_that_yields_the_analyte_is_named_though_no_rule_times_it(
    taken: str, test: dict[str, str]
) -> None:
    """Regression: the positive was said to be of use that the declared doses do not cover."""
    result = {"matrix": "urine", "time": "2026-03-02T10:00Z", "outcome": "positive", **test}
    doses = {"substance": taken, "start": "2026-03-01T10:00Z"}
    (found,) = ketref.infer([result], doses=[doses]).results
    assert (found["verdict"], found["substance"], found["dose"], found["supposed"]) == ("unknown", taken, 1, False)
    assert taken in str(found["says"])
    many = ketref.evaluate(
        {name: [value] for name, value in {**doses, "subject": 1}.items()},
        {name: [value] for name, value in {**result, "subject": 1}.items()},
        ["verdict"],
    )
    assert list(many["verdict"]) == ["unknown"]
