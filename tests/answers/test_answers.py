"""What does an answer say beside its status: what was used, ignored, assumed, who says so, and what comes next?"""

from __future__ import annotations

from datetime import timedelta

import pytest

import ketref
from ketref import UsageError
from ketref.book.loading import load_texts
from support.faults import SOUND, rule, rules_of

HOUR, DAY = 3_600, 86_400
ANY_URINE = 'matrix = "urine", analyte = "any"'


def detect(**question):
    return ketref.detect("ketamine", **{"matrix": "urine", **question})


def narrower(answer):
    return {entry["axis"]: entry["values"] for entry in answer.narrower}


def governing(answer):
    return [entry["id"] for entry in answer.rules]


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(
    "since", ["36 h", "36h", "1.5 d", "1 d 12 h", "PT36H", "P1DT12H", timedelta(hours=36), ("36 h", "36 h")], ids=str
)
def test_one_time_written_in_any_way_gives_one_answer(since):
    answer = detect(since=since).to_dict()
    assert (answer["elapsed_s"], answer["status"]) == (36 * HOUR, "possible")


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (("3 h", "20 h"), "expected"),
        (("3 h", "25 h"), "possible"),
        (("0 h", "3 h"), "possible"),
        (("31 d", "40 d"), "not_expected"),
        (("3 h", "40 d"), "possible"),
    ],
)
def test_a_range_of_time_is_as_sure_as_its_least_sure_moment(since, status):
    assert detect(since=since).status == status


@pytest.mark.parametrize("since", [("2 h", "1 h"), ("1 h",), ("1 h", "2 h", "3 h"), (), ("1 h", None)], ids=str)
def test_a_range_has_two_ends_the_shorter_first(since):
    with pytest.raises(UsageError):
        detect(since=since)


@pytest.mark.parametrize(
    "since",
    [36, 36.0, float("nan"), float("inf"), True, timedelta(seconds=-1), "", "nan", "inf", "-1 h", {}, b"36 h", object],
    ids=repr,
)
def test_what_is_no_duration_never_reaches_a_status(since):
    with pytest.raises(UsageError):
        detect(since=since)


@pytest.mark.parametrize(
    ("since", "seconds"), [("1 h", HOUR), (("1 h", "1 h"), HOUR), (("1 h", "2 h"), [HOUR, 2 * HOUR]), (None, None)]
)
def test_the_time_is_given_back_in_seconds(since, seconds):
    assert detect(since=since).to_dict()["elapsed_s"] == seconds


def test_without_a_time_the_answer_is_the_window_itself():
    answer = detect()
    assert (answer.status, answer.elapsed, answer.next_change) == (None, None, None)
    assert (str(answer.detectable_from), str(answer.detectable_until)) == ("at most 2 h", "1 d to 30 d")
    assert str(answer).startswith("the window of ketamine in urine")


@pytest.mark.parametrize(
    ("since", "at", "status"),
    [
        ("0 s", 2 * HOUR, "expected"),
        ("7199 s", 2 * HOUR, "expected"),
        ("2 h", DAY + 1, "possible"),
        ("1 d", DAY + 1, "possible"),
        ("86401 s", 30 * DAY + 1, "not_expected"),
        ("30 d", 30 * DAY + 1, "not_expected"),
    ],
)
def test_the_next_change_is_the_first_second_of_another_status(since, at, status):
    answer = detect(since=since)
    assert answer.next_change == {"at_s": at, "in_s": at - answer.elapsed[0], "status": status}
    assert detect(since=f"{at - 1} s").status == answer.status
    assert detect(since=f"{at} s").status == status


def test_after_the_last_change_there_is_none():
    assert detect(since="31 d").next_change is None
    assert detect(matrix="breast-milk", since="1 h").next_change is None


def test_of_a_range_the_next_change_is_when_the_range_as_a_whole_changes():
    answer = detect(since=("22 h", "23 h"))
    assert answer.next_change == {"at_s": 23 * HOUR + 1, "in_s": HOUR + 1, "status": "possible"}
    assert detect(since=("82801 s", "86401 s")).status == "possible"


def test_a_range_changes_only_when_its_shortest_time_has_changed_too():
    answer = detect(since=("0 s", "90 min"))
    assert answer.next_change == {"at_s": 2 * HOUR, "in_s": 2 * HOUR, "status": "expected"}


# ---------------------------------------------------------------- ends that are governed on their own


def test_ends_compose_from_the_rules_that_state_them():
    answer = detect(since="3 h", route="intramuscular")
    ends = {entry["id"]: entry["ends"] for entry in answer.rules}
    assert ends == {
        "KET-W003": ["detectable_from.latest"],
        "KET-W006": ["detectable_until.earliest", "detectable_until.latest"],
    }
    assert answer.rule == "KET-W003"
    assert answer.confidence == "low"


LADDER = rules_of(
    rule("NONE", ANY_URINE, {"detectable_until": '["1 d", "9 d"]'}),
    rule("AT10", f'{ANY_URINE}, cutoff = "10 ng/mL"', {"detectable_until": '["3 d", "5 d"]'}),
    rule("AT50", f'{ANY_URINE}, cutoff = "50 ng/mL"', {"detectable_until": '["2 d", "4 d"]'}),
)


@pytest.mark.parametrize(
    ("cutoff", "earliest", "latest"),
    [
        (None, "1 d", "9 d"),
        ("9 ng/mL", "3 d", "9 d"),
        ("10 ng/mL", "3 d", "5 d"),
        ("11 ng/mL", "2 d", "5 d"),
        ("0.049 mg/L", "2 d", "5 d"),
        ("50 ng/mL", "2 d", "4 d"),
        ("51 ng/mL", None, "4 d"),
    ],
)
def test_promises_carry_to_lower_cutoffs_and_exclusions_to_higher_ones(cutoff, earliest, latest):
    book = load_texts(LADDER)
    answer = ketref.detect("xamine", matrix="urine", cutoff=cutoff, rules=book).to_dict()
    assert answer["detectable_until"] == [earliest, latest]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"cutoff": "1 ng/mL", "method": "lc-ms"}, "expected"),
        ({"cutoff": "1 ng/mL", "method": "lc-ms-ms"}, "expected"),
        ({"cutoff": "1 ng/mL", "method": "gc-ms"}, "possible"),
        ({"cutoff": "1 ng/mL", "method": "immunoassay"}, "possible"),
        ({"cutoff": "1 ng/mL"}, "possible"),
    ],
    ids=str,
)
def test_a_cutoff_carries_within_its_own_method_only(question, status):
    assert detect(since="14 d", pattern="chronic", **question).status == status


@pytest.mark.parametrize("matrix", ["urine", "hair"])
def test_a_cutoff_is_a_concentration_of_its_specimen(matrix):
    other = {"urine": "25 pg/mg", "hair": "25 ng/mL"}[matrix]
    with pytest.raises(UsageError):
        detect(matrix=matrix, cutoff=other)


def test_mg_per_kg_is_a_dose_as_a_dose_and_ng_per_mg_in_hair():
    answer = detect(matrix="hair", dose="0.5 mg/kg", cutoff="0.5 mg/kg", since="30 d").question
    assert (answer.dose_per_kg.base, answer.cutoff.base) == ("mg/kg", "pg/mg")


# ---------------------------------------------------------------- dose, weight, infusion

PLASMA = {"matrix": "plasma", "route": "intravenous-infusion", "since": "3 h"}


def test_a_weight_turns_mg_into_mg_per_kg():
    total, relative = detect(**PLASMA, dose="40 mg", weight="80 kg"), detect(**PLASMA, dose="0.5 mg/kg")
    assert total.status == relative.status == "expected"
    assert governing(total) == governing(relative)
    assert "KET-W022" in governing(total)
    assert detect(**PLASMA, dose="40 mg").status == "possible"


def test_a_weight_turns_mg_per_kg_into_mg():
    question = {"matrix": "hair", "route": "oral", "cutoff": "0.5 ng/mg", "since": "30 d"}
    assert detect(**question, dose="0.1 mg/kg", weight="80 kg").status == "not_expected"
    assert detect(**question, dose="0.1 mg/kg").status != "not_expected"


def test_a_given_weight_is_shown_as_it_was_given():
    shown = {factor["given"] for factor in detect(weight="70.123456 kg").factors if factor["factor"] == "weight"}
    assert shown == {"70.123456 kg"}


@pytest.mark.parametrize("weight", ["0 kg", "0", 0, "80 st", "-80 kg", "nan kg"])
def test_a_weight_has_a_unit_that_is_known_and_is_not_zero(weight):
    with pytest.raises(UsageError):
        detect(dose="40 mg", weight=weight)


def test_a_duration_makes_an_intravenous_dose_an_infusion():
    given = detect(**{**PLASMA, "route": "IV"}, dose="0.5 mg/kg", infusion="40 min")
    assert given.question.route == "intravenous-infusion"
    assert given.status == detect(**PLASMA, dose="0.5 mg/kg").status == "expected"


def test_a_bolus_has_no_duration():
    with pytest.raises(UsageError, match="`intravenous-bolus` has no duration"):
        ketref.effects("ketamine", route="IV bolus", infusion="40 min", since="50 min")


@pytest.mark.parametrize("infusion", ["40", 40, "nan", "-1 min"])
def test_an_infusion_is_a_duration(infusion):
    with pytest.raises(UsageError):
        ketref.effects("ketamine", route="IV", infusion=infusion, since="50 min")


@pytest.mark.parametrize("infusion", ["10 min", "40 min", "2 h"])
def test_offset_after_an_infusion_counts_from_its_end(infusion):
    answer = ketref.effects("ketamine", route="IV", infusion=infusion, since="1 h")
    length = answer.question.infusion.seconds
    boundaries = answer.to_dict()["boundaries_s"]
    assert boundaries["after_effects"] == [length + 15 * 60, length + 80 * 60]
    begun = [0, 15 * 60 if length <= 60 * 60 else length + 15 * 60]  # the rule speaks of up to an hour
    assert boundaries["onset"] == begun
    assert not any("administration" in text for text in answer.assumes)


def test_a_duration_that_was_not_given_is_assumed_and_said():
    answer = ketref.effects("ketamine", route="intravenous-infusion", since="1 h")
    assert answer.assumes == ["40 min to 1 h of administration"]
    assert answer.to_dict()["boundaries_s"]["after_effects"] == [55 * 60, 140 * 60]
    assert "infusion" in narrower(answer)
    assert "assumes 40 min to 1 h of administration" in answer.text(full=True)


def test_observation_after_the_spray_counts_from_the_last_spray_and_time_alone_does_not_end_it():
    def observation(since):
        answer = ketref.effects("esketamine", route="nasal", since=since, infusion="5 min")
        return next(c for c in answer.cautions if c["kind"] == "observation")

    assert observation("1 h")["counts_from"] == "the last spray"
    assert observation("1 h")["until_s"] == [125 * 60, None]
    assert observation("125 min")["status"] == "in_force"
    assert observation("7501 s")["status"] == "possible"
    assert observation("100 d")["status"] == "possible"


def test_driving_is_never_allowed_by_time_alone():
    answer = ketref.effects("esketamine", route="nasal", since="100 d")
    (driving,) = (c for c in answer.cautions if c["kind"] == "driving")
    assert (driving["status"], driving["until_event"]) == ("in_force", "restful sleep")


# ---------------------------------------------------------------- assumes, ignores, narrower, covered


@pytest.mark.parametrize(
    ("pattern", "assumes"), [(None, ["single dose"]), ("single", []), ("chronic", []), ("unknown", [])]
)
def test_a_single_dose_is_assumed_where_no_pattern_is_said(pattern, assumes):
    assert detect(since="3 h", pattern=pattern).assumes == assumes


def test_an_unknown_pattern_spans_what_single_and_chronic_use_would_give():
    unknown, single, chronic = (detect(pattern=p).to_dict() for p in ("unknown", "single", "chronic"))
    assert governing(detect(pattern="unknown")) == ["KET-W001"]
    latest = [answer["detectable_until_s"][1] for answer in (single, chronic, unknown)]
    assert latest[2] >= max(latest[:2])
    assert unknown["detectable_until_s"][0] <= single["detectable_until_s"][0]


@pytest.mark.parametrize(
    ("question", "ignores"),
    [
        ({}, []),
        ({"route": "oral"}, ["route"]),
        ({"route": "intravenous"}, []),
        ({"route": "oral", "dose": "50 mg"}, ["route", "dose"]),
        ({"method": "immunoassay"}, []),
        ({"method": "gc-ms"}, ["method"]),
        ({"method": "gc-ms", "cutoff": "25 ng/mL"}, []),
        ({"cutoff": "25 ng/mL"}, []),
        ({"analyte": "any"}, []),
        ({"pattern": "single"}, []),
        ({"pattern": "unknown"}, []),
        ({"infusion": "40 min"}, []),
        ({"infusion": "40 s"}, ["infusion"]),
        ({"matrix": "plasma", "route": "IV drip", "dose": "0.5 mg/kg"}, []),
        ({"matrix": "plasma", "route": "IV drip", "dose": "0.5 mg/kg", "cutoff": "5 ng/mL"}, ["route", "dose"]),
        ({"matrix": "breast-milk", "route": "oral", "method": "gc-ms"}, ["method", "route"]),
    ],
    ids=str,
)
def test_what_was_said_and_no_rule_used_is_ignored_and_said_so(question, ignores):
    answer = detect(since="3 h", **question)
    assert sorted(answer.ignores) == sorted(ignores)
    text = " ".join(answer.text(full=True).split())
    same = text.partition("the same without: ")[2].partition("Factors")[0]
    assert all(f"{flag} (these rules hold for " in same or (not answer.rule and flag in same) for flag in ignores)


@pytest.mark.parametrize(
    ("substance", "question", "ignores"),
    [
        ("esketamine", {"route": "nasal"}, []),
        ("esketamine", {"route": "nasal", "dose": "84 mg"}, []),
        ("ketamine", {"route": "oral", "pattern": "chronic"}, ["pattern"]),
        ("ketamine", {"route": "oral", "dose": "1 mg/kg", "infusion": "1 h"}, ["dose"]),
        ("ketamine", {"route": "intravenous", "infusion": "40 min"}, []),
    ],
    ids=str,
)
def test_what_was_said_of_a_dose_and_no_rule_of_effects_used_is_ignored(substance, question, ignores):
    assert sorted(ketref.effects(substance, **question).ignores) == ignores


@pytest.mark.parametrize(
    ("question", "axis", "values"),
    [
        ({}, "analyte", ["dehydronorketamine", "ketamine", "norketamine"]),
        ({}, "method", ["immunoassay"]),
        ({}, "pattern", ["chronic", "repeated"]),
        ({"matrix": "blood"}, "route", ["intravenous"]),
        ({"matrix": "hair", "route": "oral", "cutoff": "0.5 ng/mg"}, "dose", ["up to 10 mg"]),
    ],
    ids=str,
)
def test_what_would_change_the_answer_if_it_were_said_is_named(question, axis, values):
    found = narrower(detect(since="3 h", **question))
    assert found[axis] == values


def test_saying_what_would_change_the_answer_changes_it():
    plain = detect(since="3 h")
    ends = ("detectable_from_s", "detectable_until_s")
    for axis, values in narrower(plain).items():
        for value in values:
            said = detect(since="3 h", **{axis: value}).to_dict()
            assert [said[end] for end in ends] != [plain.to_dict()[end] for end in ends], (axis, value)


@pytest.mark.parametrize("axis", ["analyte", "method", "pattern", "route", "cutoff"])
def test_what_has_been_said_is_not_asked_for_again(axis):
    value = {
        "analyte": "ketamine",
        "method": "gc-ms",
        "pattern": "chronic",
        "route": "intramuscular",
        "cutoff": "25 ng/mL",
    }
    assert axis not in narrower(detect(since="3 h", **{axis: value[axis]}))


@pytest.mark.parametrize(
    ("question", "covered"),
    [
        (
            {"matrix": "breast-milk"},
            {"matrix": ["blood", "hair", "oral-fluid", "plasma", "sweat", "urine", "whole-blood"]},
        ),
        ({"matrix": "sweat", "analyte": "hydroxynorketamine"}, {"matrix": ["sweat"], "analyte": ["any", "ketamine"]}),
        ({}, {}),
    ],
    ids=str,
)
def test_where_no_rule_answers_it_is_said_what_rules_cover(question, covered):
    answer = detect(since="3 h", **question)
    assert answer.covered == covered
    assert (answer.status == "unknown") == bool(covered)
    near = "rules answer with" if answer.answerable else "no rule covers this; rules cover matrix: "
    assert (near in " ".join(answer.text(full=True).split())) == bool(covered)


def test_where_no_rule_tells_the_phase_none_is_guessed():
    answer = ketref.effects("ketamine", route="rectal", since="50 min")
    assert (answer.phases, answer.phase_rule) == ([], None)
    assert "oral" in answer.covered["route"]


# ---------------------------------------------------------------- sources


def verdicts(answer):
    return {entry["source"]: entry["status"] for entry in answer.evidence}


def test_each_source_has_its_own_verdict_under_the_conditions_asked():
    found = verdicts(detect(since="20 d"))
    assert (found["psilolab-2023"], found["zoomtesting"], found["mayo-ketau"]) == ("possible", "not_expected", None)
    assert verdicts(detect(since="20 d", method="gc-ms", cutoff="25 ng/mL"))["mayo-ketau"] == "not_expected"


@pytest.mark.parametrize(
    ("question", "disagree"),
    [
        ({"since": "3 h"}, False),
        ({"since": "20 d"}, True),
        ({"since": "31 d"}, False),
        ({"since": "36 h", "method": "gc-ms", "cutoff": "25 ng/mL"}, False),
        ({"since": "72 h", "method": "gc-ms", "cutoff": "25 ng/mL"}, True),
        ({"matrix": "blood", "since": "49 h"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_sources_disagree_where_one_excludes_what_another_does_not(question, disagree):
    answer = detect(**question)
    assert answer.sources_disagree == disagree
    assert ("Sources disagree:" in answer.text(full=True)) == disagree


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("psilolab-2023", "possible"),
        ("biologyinsights-b", "possible"),
        ("zoomtesting", "not_expected"),
        ("avesta", "not_expected"),
    ],
)
def test_one_source_alone_answers_as_its_verdict_says(source, status):
    answer = detect(since="20 d", source=source)
    assert answer.status == verdicts(detect(since="20 d"))[source] == status
    assert set(verdicts(answer)) == {source}
    assert not answer.sources_disagree
    assert f"by the source `{source}` alone" in answer.text(full=True)


@pytest.mark.parametrize("source", ["mayo-ketau", "drive-hv"])
def test_a_source_that_does_not_speak_of_the_question_leaves_it_unknown(source):
    answer = detect(since="20 d", source=source)
    assert answer.status == "unknown"
    assert "no rule covers" not in answer.text(full=True)


def test_a_source_that_speaks_of_the_question_under_its_conditions_answers():
    assert detect(since="36 h", method="gc-ms", cutoff="25 ng/mL", source="mayo-ketau").status == "possible"
    assert detect(since="72 h", method="gc-ms", cutoff="25 ng/mL", source="mayo-ketau").status == "not_expected"


@pytest.mark.parametrize("source", ["nobody", "", 5, b"avesta"])
def test_an_unknown_source_is_refused(source):
    with pytest.raises(UsageError, match="unknown source"):
        detect(source=source)


def test_evidence_comes_with_grade_locator_and_figure_the_relevant_and_best_first():
    evidence = detect(since="36 h", method="gc-ms", cutoff="25 ng/mL").evidence
    assert [(e["source"], e["grade"], e["figure"]) for e in evidence][:2] == [
        ("mayo-ketau", "C", "1 to 2 days"),
        ("psilolab-2023", "D", "30 days"),
    ]
    assert all(e["locator"] for e in evidence)
    order = [(e["status"] is None, e["grade"]) for e in detect(since="20 d").evidence]
    assert order == sorted(order)


FACTS = (
    '[[factor]]\nid = "X-F1"\nfactor = "age"\naffects = "time"\ndirection = "varies"\nsays = "Heard."\n'
    'applies = {{ min = 65, max = 80 }}\n{0}\n[[factor.evidence]]\nsource = "study"\nlocator = "page 2"\n'
)


@pytest.mark.parametrize(
    ("about", "question", "heard"),
    [
        ('matrix = ["urine"]', {"matrix": "urine"}, True),
        ('matrix = ["hair"]', {"matrix": "urine"}, False),
        ('analyte = ["xam"]', {"matrix": "urine"}, True),  # the whole test looks for it too
        ('analyte = ["xam"]', {"matrix": "urine", "analyte": "xam"}, True),
        ('analyte = ["any"]', {"matrix": "urine", "analyte": "xam"}, False),
        ("", {"matrix": "urine", "age": 65}, True),
        ("", {"matrix": "urine", "age": 80}, True),
        ("", {"matrix": "urine", "age": 64}, False),
        ("", {"matrix": "urine", "age": 80.5}, False),
    ],
)
def test_a_factor_is_heard_where_it_concerns_the_question(about, question, heard):
    texts = {**SOUND, "xamine/factors.toml": FACTS.format(about)}
    answer = ketref.detect("xamine", rules=load_texts(texts), **question)
    assert ("Heard." in {factor["says"] for factor in answer.factors}) == heard
    if "age" in question:
        assert [f["direction"] for f in answer.factors if f["given"]] == ["varies" if heard else "unknown"]


SEVERAL = FACTS.replace('"age"', '"liver"').replace("min = 65, max = 80", 'value = ["mild", "severe"]')


@pytest.mark.parametrize(
    ("factors", "matrix", "given", "told"),
    [
        (SEVERAL, "urine", {"liver": "mild"}, None),
        (SEVERAL, "urine", {"liver": "severe"}, None),
        (SEVERAL, "urine", {"liver": "normal"}, "Of liver otherwise it says: mild, severe: varies (time)."),
        (FACTS, "urine", {"age": 64}, "Of age otherwise it says: from 65 to 80 years: varies (time)."),
        (
            FACTS.replace("{0}", 'matrix = ["urine"]'),
            "hair",
            {"age": 70},
            "Of age otherwise it says: from 65 to 80 years in urine: varies (time).",
        ),
        (FACTS, "urine", {"liver": "mild"}, ""),
    ],
)
def test_what_is_said_of_other_values_of_a_factor_is_told(factors, matrix, given, told):
    texts = {**SOUND, "xamine/factors.toml": factors.format("")}
    texts["terms.toml"] = texts["terms.toml"].replace('["normal", "severe"]', '["normal", "mild", "severe"]')
    answer = ketref.detect("xamine", matrix=matrix, rules=load_texts(texts), **given)
    (said,) = [factor["says"] for factor in answer.factors if factor["given"]]
    nothing = "No source in this rule set says what this value does; the answer is the same as without it."
    assert said == ("Heard." if told is None else f"{nothing} {told}".strip())


@pytest.mark.parametrize(
    ("drug", "given", "directions"),
    [
        ("pregabalin", {"kidney": "severe"}, ["lengthens"]),
        ("phenobarbital", {"kidney": "severe"}, ["lengthens"]),
        ("phenobarbital", {"kidney": "normal"}, ["unknown"]),
        ("diazepam", {"liver": "severe"}, ["lengthens"]),
        ("tramadol", {"kidney": "severe", "liver": "severe"}, ["lengthens", "lengthens"]),
        ("lsd", {"genetics": "cyp2d6-poor"}, ["lengthens"]),
        ("methadone", {"urine_ph": "alkaline"}, ["lengthens", "varies"]),
        ("lorazepam", {"liver": "severe"}, ["varies"]),
    ],
)
def test_what_is_said_of_a_person_meets_what_the_sources_say(drug, given, directions):
    answer = ketref.detect(drug, matrix="urine", **given)
    assert sorted(factor["direction"] for factor in answer.factors if factor["given"]) == directions


# ---------------------------------------------------------------- esketamine


@pytest.mark.parametrize(
    "question", [{"matrix": "urine", "since": "20 d"}, {"matrix": "hair", "since": "60 d"}], ids=str
)
def test_esketamine_uses_the_windows_of_ketamine_and_says_so(question):
    own, lent = ketref.detect("esketamine", **question), ketref.detect("ketamine", **question)
    assert (own.status, own.rules, own.evidence) == (lent.status, lent.rules, lent.evidence)
    assert set(own.assumes) - set(lent.assumes) == {"esketamine is detectable as ketamine is"}
    assert "esketamine is detectable as ketamine is" in " ".join(str(own).split())


def test_an_own_window_outranks_a_borrowed_one():
    texts = {
        **rules_of(rule("X-W1", ANY_URINE, {"detectable_until": '["1 d", "4 d"]'})),
        "yamine/substance.toml": 'id = "yamine"\nname = "Yamine"\nyields = ["xam"]\nwindows_of = "xamine"\n',
        "yamine/windows.toml": rule("Y-W1", ANY_URINE, {"detectable_until": '{ latest = "9 d" }'}),
    }
    answer = ketref.detect("yamine", matrix="urine", rules=load_texts(texts))
    assert answer.to_dict()["detectable_until"] == ["1 d", "9 d"]
    assert {entry["id"]: entry["ends"] for entry in answer.rules} == {
        "Y-W1": ["detectable_until.latest"],
        "X-W1": ["detectable_until.earliest"],
    }


# ---------------------------------------------------------------- effects


def frequency(source, figure):
    return f'\n[[effect.frequency]]\nsource = "{source}"\nlocator = "table 9"\n{figure}\n'


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([("page", "percent = 7"), ("study", 'category = "common"')], 7),  # a figure before a category
        ([("page", "percent = 7"), ("study", "percent = 5")], 5),  # the better grade
        ([("study", "percent = 7"), ("study", 'percent = 5\ncomparator = "none"\ncomparator_percent = 1')], 5),
        ([("study", "percent = 7\nn = 10"), ("study", "percent = 5\nn = 900")], 5),  # the more people
        ([("study", "percent = [5, 8]")], [5, 8]),
    ],
)
def test_the_frequency_shown_is_the_best_and_all_are_given(rows, shown):
    effects = SOUND["xamine/effects.toml"]
    own = effects[: effects.index("\n[[effect.frequency]]")] + "".join(frequency(*row) for row in rows)
    book = load_texts({**SOUND, "xamine/effects.toml": own})
    (effect,) = ketref.effects("xamine", route="oral", rules=book).effects
    assert effect["percent"] == shown
    assert effect["frequencies"][0]["percent"] == shown
    assert len(effect["frequencies"]) == len(rows)


def test_when_an_effect_peaks_is_told():
    peaks = SOUND["xamine/effects.toml"].replace("resolves", 'peaks = ["30 min", "90 min"]\nresolves', 1)
    book = load_texts({**SOUND, "xamine/effects.toml": peaks})
    (effect,) = ketref.effects("xamine", route="oral", rules=book).effects
    assert effect["peaks"] == "30 min to 90 min"


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("0 s", "possible"),
        ("1 h", "expected"),
        ("2 h", "expected"),
        ("7201 s", "possible"),
        ("10801 s", "not_expected"),
    ],
)
def test_an_effect_is_in_its_window_until_the_last_second_of_its_resolving(since, status):
    (effect,) = ketref.effects("xamine", route="oral", since=since, rules=load_texts(SOUND)).effects
    assert effect["status"] == status


# ---------------------------------------------------------------- cautions


def test_cautions_of_a_condition_say_what_each_authority_says():
    answer = ketref.cautions("esketamine", condition="aneurysm")
    (caution,) = answer.cautions
    assert (caution["id"], caution["kind"], caution["authority"]) == ("ESK-C013", "contraindication", "US label")
    assert caution["status"] == "in_force"


@pytest.mark.parametrize("condition", ["aneurysm", "Aortic Aneurysm", "an aneurysm of the aorta", "aneurysm?"])
def test_a_condition_is_found_in_more_or_fewer_words(condition):
    assert "ESK-C013" in {caution["id"] for caution in ketref.cautions("esketamine", condition).cautions}


def test_with_a_route_only_the_cautions_for_it_are_told_and_without_one_all():
    own = SOUND["xamine/cautions.toml"].replace("until =", 'when = { route = "oral" }\nuntil =', 1)
    book = load_texts({**SOUND, "xamine/cautions.toml": own})
    told = {
        r: [c["id"] for c in ketref.cautions("xamine", route=r, rules=book).cautions]
        for r in (None, "oral", "intravenous")
    }
    assert told == {None: ["X-C1"], "oral": ["X-C1"], "intravenous": []}


def test_a_word_of_what_a_caution_tells_to_do_finds_it():
    assert {"KET-C001"} == {form["id"] for form in ketref.cautions("ketamine", "leave").cautions}
    assert {"KET-C003", "KET-C031"} == {form["id"] for form in ketref.cautions("ketamine", "driving").cautions}


def test_after_ketamine_nobody_drives_within_a_day():
    driving = {
        hours: [
            form["status"]
            for form in ketref.effects("ketamine", route="im", since=f"{hours} h").cautions
            if form["id"] == "KET-C031"
        ]
        for hours in (1, 23, 25)
    }
    assert driving == {1: ["in_force"], 23: ["in_force"], 25: ["possible"]}


@pytest.mark.parametrize("condition", ["left-handedness", "!!!", "the"])
def test_a_condition_that_no_caution_names_is_no_clearance(condition):
    answer = ketref.cautions("ketamine", condition)
    assert (answer.found, answer.cautions) == (False, [])
    assert "does not mean that it is safe" in " ".join(answer.text(full=True).split())
    assert "schizophrenia" in answer.conditions


def test_no_calm_sentence_hides_a_boxed_warning_or_that_no_safety_text_was_read():
    boxed = " ".join(ketref.effects("oxycodone", route="oral", since="1 h").text(full=True).split())
    assert "known for this route (boxed warnings stand below); this does not mean that it is safe" in boxed
    silent = " ".join(ketref.effects("2c-b", route="oral", since="1 h").text(full=True).split())
    assert "known for this route: no safety text was read; this does not mean that it is safe" in silent
    assert "no safety text was read; this does not mean that it is safe" in ketref.cautions("2c-b").text(full=True)


@pytest.mark.parametrize("condition", ["", " ", 5, b"head"])
def test_a_condition_is_words(condition):
    with pytest.raises(UsageError):
        ketref.cautions("ketamine", condition)


def test_without_a_condition_all_are_told_what_to_do_first():
    kinds = [caution["kind"] for caution in ketref.cautions("esketamine").cautions]
    assert kinds[0] == "observation"
    assert kinds.index("driving") < kinds.index("contraindication")


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    "answer",
    [
        lambda: detect(since="3 h"),
        lambda: ketref.effects("ketamine", route="oral"),
        lambda: ketref.cautions("ketamine"),
    ],
    ids=["detect", "effects", "cautions"],
)
def test_every_answer_says_with_which_knowledge_it_was_made(answer, book):
    data = answer().to_dict()
    assert (data["edition"], data["digest"], data["version"]) == (book.edition, book.digest, ketref.__version__)
    assert "not medical or legal advice" in data["notice"]


def test_the_question_is_given_back_as_it_was_understood():
    asked = detect(
        matrix="Saliva", route="i.v.", method="LC-MS/MS", cutoff="5 ng/ml", dose="0.05 g", since="PT3H", age=70
    )
    assert asked.to_dict()["question"] == {
        "substance": "ketamine",
        "matrix": "oral-fluid",
        "analyte": "any",
        "method": "lc-ms-ms",
        "cutoff": "5 ng/mL",
        "route": "intravenous",
        "pattern": "single",
        "dose": "50 mg",
        "since": "PT3H",
        "factors": {"age": "70"},
    }


@pytest.mark.parametrize("rules", [5, "nowhere", b"rules", object], ids=repr)
def test_what_is_no_book_is_an_error_of_ketref(rules):
    with pytest.raises(ketref.KetrefError):
        detect(rules=rules)


def test_a_book_of_ones_own_is_asked_in_the_same_way():
    answer = ketref.detect("X", matrix="urine", since="12 h", rules=load_texts(SOUND))
    assert (answer.status, answer.rule) == ("expected", "X-W1")


@pytest.mark.parametrize(
    ("substance", "question", "by"),
    [
        ("cannabis", {"pattern": "chronic", "method": "immunoassay", "cutoff": "50 ng/mL"}, ["ellis1985"]),
        ("cannabis", {"method": "gc-ms", "cutoff": "15 ng/mL", "analyte": "thc-cooh"}, ["huestis2005hep"]),
        ("cannabis", {"method": "immunoassay", "cutoff": "50 ng/mL"}, []),
        ("cocaine", {"pattern": "chronic", "analyte": "benzoylecgonine"}, ["droracle-chronic"]),
        ("cocaine", {"analyte": "benzoylecgonine"}, []),
    ],
)
def test_a_window_that_reopens_is_not_ended_by_a_negative(substance, question, by):
    answer = ketref.detect(substance, matrix="urine", since="5 d", **question)
    assert [one["source"] for one in answer.reopens] == by
    assert answer.to_dict()["reopens"] == answer.reopens
    for text in (str(answer), answer.text(full=True)):
        assert ("a negative does not end it" in text) == bool(by)
        assert all(source in text for source in by)


def test_who_saw_a_window_reopen_is_a_source_of_the_book(book):
    texts = dict(book.texts)
    windows = bytes(texts["cocaine/windows.toml"]).decode()
    texts["cocaine/windows.toml"] = windows.replace('reopens = ["droracle-chronic"]', 'reopens = ["nobody"]').encode()
    with pytest.raises(ketref.RulesError, match="nobody"):
        load_texts(texts).ranked("cocaine", "windows")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"cutoff": "10 mg/L"}, []),
        ({"cutoff": "5 mg/L"}, ["7 mg/L"]),
        ({"cutoff": "1 mg/L"}, ["1.46 mg/L", "7 mg/L"]),
        ({"analyte": "ghb"}, ["1.46 mg/L", "7 mg/L"]),
        ({"cutoff": "5 mg/g creatinine"}, []),
        ({"matrix": "hair", "analyte": "ghb"}, ["12 ng/mg"]),
        ({"matrix": "blood"}, []),
    ],
)
def test_a_test_that_may_find_what_the_body_makes_itself_is_warned_of(question, told):
    answer = ketref.detect("ghb", **{"matrix": "urine", "since": "24 h", **question})
    warned = [text for text in answer.warnings if "people who took nothing have ghb" in text]
    assert len(warned) == bool(told)
    assert all(limit in warned[0] for limit in told)
    assert ("1.46" in "".join(warned)) == ("1.46 mg/L" in told)


def test_of_what_the_body_does_not_make_nothing_is_warned_of():
    assert ketref.detect("ketamine", matrix="urine", since="24 h").warnings == []
