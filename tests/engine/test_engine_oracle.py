"""Does the oracle say what the design text says, in cases small enough to work out by hand?"""

from __future__ import annotations

from typing import Any

import pytest

from support.oracle import (
    OPEN,
    START,
    Course,
    caution_status,
    combined,
    contradictions,
    cutoff_faults,
    equal_conditions,
    filled,
    governing,
    matches,
    narrower,
    next_change,
    own_course,
    patterns_of,
    phases,
    sources_disagree,
    stages,
    status,
    status_after,
    understood,
)
from support.oracle import course as course_or_none

MINUTE, HOUR, DAY = 60, 3_600, 86_400
PARENTS = {
    "whole-blood": "blood",
    "plasma": "blood",
    "serum": "blood",
    "intravenous-bolus": "intravenous",
    "intravenous-infusion": "intravenous",
    "nasal-spray": "nasal",
    "insufflated": "nasal",
    "lc-ms-ms": "lc-ms",
}


def rule(
    name: str,
    when: dict[str, Any],
    kind: str = "window",
    from_end: str | None = None,
    infusion: tuple[int, int] | None = None,
    rank: int = 0,
    evidence: list[dict[str, Any]] | None = None,
    **ends: Any,
) -> dict[str, Any]:
    """A rule, with its ends as keyword arguments."""
    return {
        "id": name,
        "kind": kind,
        "when": when,
        "ends": ends,
        "from_end": from_end,
        "infusion": infusion,
        "rank": rank,
        "evidence": evidence or [],
    }


def course(rules: list[dict[str, Any]], question: dict[str, Any], parents: dict[str, str]) -> Course:
    """The course for a question to which the rules do state something."""
    found = course_or_none(rules, question, parents)
    assert found is not None
    return found


def ids(rules: list[dict[str, Any]], question: dict[str, Any]) -> dict[str, list[str]]:
    """The rules behind each end, keyed "boundary.side"."""
    found = governing(rules, question, PARENTS)
    return {f"{boundary}.{side}": end["rules"] for (boundary, side), end in found.items()}


# ------------------------------------------------------------------------ section 2: the course


def test_window_is_closed_at_both_ends() -> None:
    rules = [rule("A", {}, detectable_from=(HOUR, 2 * HOUR), detectable_until=(DAY, 2 * DAY))]
    expected_at = {
        0: "not_yet",
        HOUR - 1: "not_yet",
        HOUR: "possible",
        2 * HOUR - 1: "possible",
        2 * HOUR: "expected",
        DAY: "expected",
        DAY + 1: "possible",
        2 * DAY: "possible",
        2 * DAY + 1: "not_expected",
    }
    assert {at: status(rules, {}, PARENTS, at) for at in expected_at} == expected_at


def test_missing_ends_are_filled_after_the_second_is_added() -> None:
    assert filled("window", {("detectable_until", "latest"): 30 * DAY}) == [
        (0, 30 * DAY + 1),
        (0, 30 * DAY + 1),
    ]
    assert filled("window", {("detectable_from", "latest"): 5}) == [(0, 5), (0, OPEN)]
    assert filled("window", {("detectable_from", "earliest"): 5}) == [(5, OPEN), (5, OPEN)]
    assert filled("window", {("detectable_until", "earliest"): 5}) == [(0, OPEN), (6, OPEN)]


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        ({"detectable_until": (None, DAY)}, ["possible", "possible", "not_expected"]),
        ({"detectable_from": (None, HOUR)}, ["possible", "possible", "possible"]),
        ({"detectable_until": (DAY, None)}, ["possible", "possible", "possible"]),
        ({"detectable_from": (HOUR, None)}, ["not_yet", "possible", "possible"]),
        ({"detectable_from": (0, 0), "detectable_until": (DAY, None)}, ["expected", "expected", "possible"]),
        ({}, ["unknown", "unknown", "unknown"]),
    ],
)
def test_an_unstated_end_promises_nothing(ends: dict[str, Any], seen: list[str]) -> None:
    rules = [rule("A", {}, **ends)]
    assert [status(rules, {}, PARENTS, at) for at in (0, DAY, DAY + 1)] == seen


def test_a_missing_phase_never_moves_its_neighbours() -> None:
    ends: dict[str, Any] = {"onset": (0, 60), "peak": (120, 300), "offset": (600, 900)}
    whole = [rule("P", {}, "phase", **ends)]
    gap = [rule("P", {}, "phase", onset=ends["onset"], offset=ends["offset"])]
    assert course(whole, {}, PARENTS) == [(0, 60), (120, 300), (600, 900), (600, OPEN), (600, OPEN)]
    assert course(gap, {}, PARENTS) == [(0, 60), (0, 900), (600, 900), (600, OPEN), (600, OPEN)]
    assert phases(whole, {}, PARENTS, 400) == ["peak"]
    assert phases(gap, {}, PARENTS, 400) == ["onset", "peak"]


def test_a_range_of_time_takes_the_earliest_stage_at_its_begin_and_the_latest_at_its_end() -> None:
    rules = [rule("A", {}, detectable_from=(0, 0), detectable_until=(DAY, DAY))]
    of = course(rules, {}, PARENTS)
    assert of == [(0, 0), (DAY + 1, DAY + 1)]
    assert stages(of, DAY, DAY + 1) == (1, 2)
    assert status(rules, {}, PARENTS, DAY - 5, DAY) == "expected"
    assert status(rules, {}, PARENTS, DAY, DAY + 1) == "possible"
    assert status(rules, {}, PARENTS, DAY + 1, 2 * DAY) == "not_expected"


def test_an_effect_is_present_until_the_last_second_of_its_resolving() -> None:
    rules = [rule("E", {}, "effect", appears=(0, 60), resolves=(HOUR, 2 * HOUR))]
    seen = [status(rules, {}, PARENTS, at) for at in (0, 60, HOUR, HOUR + 1, 2 * HOUR, 2 * HOUR + 1)]
    assert seen == ["possible", "expected", "expected", "possible", "possible", "not_expected"]


def test_a_caution_is_lifted_after_its_time_and_never_by_time_where_an_event_lifts_it() -> None:
    of = course([rule("C", {}, "caution", until=(DAY, DAY))], {}, PARENTS)
    assert [caution_status(of, at) for at in (0, DAY, DAY + 1)] == ["in_force", "in_force", "lifted"]
    assert caution_status(of, DAY + 1, until_event=True) == "possible"
    assert caution_status(None, 10**9) == "in_force"


def test_next_change_is_the_first_second_of_another_status() -> None:
    of = course([rule("A", {}, detectable_from=(0, 0), detectable_until=(DAY, 2 * DAY))], {}, PARENTS)
    assert next_change(of, 0) == (DAY + 1, "possible")
    assert next_change(of, DAY + 1) == (2 * DAY + 1, "not_expected")
    assert next_change(of, 2 * DAY + 1) is None
    assert next_change(None, 0) is None


# ------------------------------------------------------------------------ section 2: the clock


DRIP: dict[str, Any] = {
    "onset": (0, 300),
    "peak": (None, 300),
    "offset": (0, 900),
    "after_effects": (900, None),
    "baseline": (900, 4800),
}


def test_a_given_duration_moves_all_ends_on_the_end_clock() -> None:
    rules = [rule("P", {"route": ["intravenous-infusion"]}, "phase", "peak", **DRIP)]
    question = {"route": "intravenous", "duration": 2400}  # a duration makes it an infusion
    assert course(rules, question, PARENTS) == [
        (0, 300),
        (0, 2700),  # peak: no earliest, takes onset's moment, which is not on the end clock
        (2400, 3300),
        (3300, 7200),
        (3300, 7200),
    ]
    assert phases(rules, question, PARENTS, 2700) == ["peak", "offset"]
    assert phases(rules, question, PARENTS, 7200) == ["baseline"]


def test_without_a_duration_the_assumed_one_counts_and_without_that_anything_may_be() -> None:
    question = {"route": "intravenous-infusion"}
    assumed = [rule("P", {}, "phase", "offset", (1800, 3600), onset=(0, 300), offset=(0, 900))]
    assert course(assumed, question, PARENTS)[2] == (1800, 4500)
    unsaid = [rule("P", {}, "phase", "offset", onset=(0, 300), offset=(60, 900))]
    assert course(unsaid, question, PARENTS) == [(0, 300), (0, OPEN), (60, OPEN), (60, OPEN), (60, OPEN)]


def test_what_excludes_the_drug_counts_from_the_end_and_what_excludes_its_absence_from_the_start() -> None:
    window = [rule("W", {}, detectable_from=(60, 300), detectable_until=(7200, DAY))]
    assert course(window, {"duration": 3 * DAY}, PARENTS) == [(60, 300), (7201, 4 * DAY + 1)]
    assert course(window, {}, PARENTS) == course(window, {"duration": 60}, PARENTS) == [(60, 300), (7201, DAY + 1)]
    assert status(window, {"duration": 3 * DAY}, PARENTS, 2 * DAY) == "possible"
    effect = [rule("E", {}, "effect", appears=(0, 60), resolves=(600, 1200))]
    assert course(effect, {"duration": HOUR}, PARENTS) == [(0, 60), (601, 1201 + HOUR)]
    caution = [rule("C", {}, "caution", until=(None, DAY))]
    assert course(caution, {"duration": HOUR}, PARENTS) == [(0, DAY + HOUR + 1)]


def test_of_a_phase_the_latest_ends_from_offset_on_count_from_the_end() -> None:
    drip = [rule("P", {}, "phase", onset=(0, 60), peak=(60, 300), offset=(600, 900), baseline=(1200, 4800))]
    assert course(drip, {"duration": HOUR}, PARENTS) == [
        (0, 60),
        (60, 300),
        (600, 900 + HOUR),
        (600, 4800 + HOUR),
        (1200, 4800 + HOUR),
    ]


def test_an_assumed_duration_moves_what_counts_from_the_end_and_a_longer_one_the_opening_too() -> None:
    window = [rule("W", {}, infusion=(1800, 3600), detectable_from=(60, 300), detectable_until=(7200, DAY))]
    assert course(window, {}, PARENTS) == [(60, 300), (7201, DAY + 3601)]
    assert course(window, {"duration": 3600}, PARENTS) == [(60, 300), (7201, DAY + 3601)]
    assert course(window, {"duration": 3601}, PARENTS) == [(60, 3901), (7201, DAY + 3602)]


def test_by_the_old_clock_only_what_a_rule_says_moves() -> None:
    window = [rule("W", {}, detectable_from=(60, 300), detectable_until=(7200, DAY))]
    assert course_or_none(window, {"duration": 3 * DAY}, PARENTS, START) == [(60, 300), (7201, DAY + 1)]


def test_a_filled_end_takes_the_moment_of_its_neighbour_and_not_its_number() -> None:
    rules = [rule("P", {}, "phase", "offset", peak=(None, 60), offset=(0, 900), baseline=(1000, None))]
    assert course(rules, {"duration": 3600}, PARENTS) == [
        (0, 60),
        (0, 60),
        (3600, 4500),
        (3600, OPEN),
        (4600, OPEN),
    ]


# ------------------------------------------------------------------------ section 3: matching


@pytest.mark.parametrize(
    ("when", "question", "holds"),
    [
        ({}, {}, True),
        ({}, {"matrix": "urine", "route": "oral"}, True),
        ({"route": "oral"}, {}, False),  # names an axis: matches only questions that say it
        ({"matrix": "blood"}, {"matrix": "plasma"}, True),
        ({"matrix": "plasma"}, {"matrix": "blood"}, False),
        ({"matrix": "plasma"}, {"matrix": "serum"}, False),
        ({"method": "lc-ms"}, {"method": "lc-ms-ms"}, True),
        ({"route": "intravenous-infusion"}, {"route": "intravenous"}, False),
        ({"route": "intravenous-infusion"}, {"route": "intravenous", "duration": 61}, True),
        ({"route": "intravenous-infusion"}, {"route": "intravenous", "duration": 60}, False),
        ({"route": "intravenous-bolus"}, {"route": "intravenous", "duration": 60}, True),
        ({"route": "intravenous-infusion"}, {"route": "intravenous-infusion", "duration": 0}, True),
        ({"route": "intravenous"}, {"route": "intravenous", "duration": 60}, True),
        ({"analyte": "any"}, {}, True),
        ({"analyte": "any"}, {"analyte": "ketamine"}, False),
        ({"analyte": "ketamine"}, {}, False),
        ({"pattern": "single"}, {}, True),
        ({"pattern": "single"}, {"pattern": "unknown"}, False),
        ({}, {"pattern": "unknown"}, True),
        ({"dose": (28, 84)}, {"dose": 28}, True),
        ({"dose": (28, 84)}, {"dose": 84}, True),
        ({"dose": (28, 84)}, {"dose": 85}, False),
        ({"dose": (28, 84)}, {}, False),
        ({"dose": (None, 84)}, {"dose": 1}, True),
        ({"dose_per_kg": (400, 600)}, {"dose": 35_000, "weight": 70}, True),
        ({"dose_per_kg": (400, 600)}, {"dose": 35_000}, False),
    ],
)
def test_a_rule_matches(when: dict[str, Any], question: dict[str, Any], holds: bool) -> None:
    assert matches(when, question, "plain", PARENTS) is holds


@pytest.mark.parametrize(
    ("named", "said", "promises", "excludes"),
    [
        (None, None, True, True),
        (None, 25, False, True),  # no cutoff named: its exclusions, never its promises
        (25, None, False, False),
        (25, 25, True, True),
        (25, 10, True, False),
        (25, 50, False, True),
    ],
)
def test_cutoffs_carry_one_way(named: int | None, said: int | None, promises: bool, excludes: bool) -> None:
    atom = {} if named is None else {"cutoff": named}
    question = {} if said is None else {"cutoff": said}
    assert matches(atom, question, "promise", PARENTS) is promises
    assert matches(atom, question, "exclusion", PARENTS) is excludes


def test_a_weight_turns_mg_into_mg_per_kg_and_back() -> None:
    assert understood({"dose": 35_000, "weight": 70})["dose_per_kg"] == 500
    assert understood({"dose_per_kg": 500, "weight": 70})["dose"] == 35_000


# ------------------------------------------------------------------------ section 3: narrower


@pytest.mark.parametrize(
    ("a", "b", "kind", "is_narrower"),
    [
        ({"route": "oral"}, {}, "plain", True),
        ({}, {"route": "oral"}, "plain", False),
        ({"route": "oral"}, {"route": "oral"}, "plain", False),
        ({"route": "nasal-spray"}, {"route": "nasal"}, "plain", True),
        ({"route": "oral"}, {"method": "gc-ms"}, "plain", False),
        ({"route": "oral", "method": "gc-ms"}, {"method": "gc-ms"}, "plain", True),
        ({"dose": (28, 56)}, {"dose": (28, 84)}, "plain", True),
        ({"dose": (28, 56)}, {"dose": (None, 84)}, "plain", True),
        ({"dose": (28, 56)}, {"dose": (40, 84)}, "plain", False),
        ({"dose": (None, None)}, {}, "plain", True),  # all doses that are said, against the unsaid as well
        ({"cutoff": 25}, {"cutoff": 50}, "promise", True),
        ({"cutoff": 50}, {"cutoff": 25}, "promise", False),
        ({"cutoff": 25}, {"cutoff": 50}, "exclusion", False),
        ({"cutoff": 50}, {"cutoff": 25}, "exclusion", True),
        ({"cutoff": 25}, {}, "exclusion", True),
        ({"cutoff": 25}, {}, "promise", False),  # no question is matched by both
        ({"cutoff": 25, "route": "oral"}, {"cutoff": 50, "method": "gc-ms"}, "promise", False),
    ],
)
def test_narrower(a: dict[str, Any], b: dict[str, Any], kind: str, is_narrower: bool) -> None:
    assert narrower(a, b, kind, PARENTS) is is_narrower


# ------------------------------------------------------------------------ section 3: each end on its own


def test_ends_compose_from_several_rules() -> None:
    rules = [
        rule("A", {"matrix": ["urine"]}, detectable_from=(None, 2 * HOUR), detectable_until=(DAY, 96 * DAY)),
        rule("B", {"matrix": ["urine"], "method": ["gc-ms"]}, detectable_until=(None, 2 * DAY)),
        rule("C", {"matrix": ["urine"], "route": ["oral"]}, detectable_until=(2 * DAY, None)),
    ]
    question = {"matrix": "urine", "method": "gc-ms", "route": "oral"}
    assert course(rules, question, PARENTS) == [(0, 2 * HOUR), (2 * DAY + 1, 2 * DAY + 1)]
    assert ids(rules, question) == {
        "detectable_from.latest": ["A"],
        "detectable_until.earliest": ["C"],
        "detectable_until.latest": ["B"],
    }


def test_where_several_are_narrowest_the_end_spans_them_and_names_all() -> None:
    rules = [
        rule("B", {"method": ["gc-ms"]}, detectable_until=(DAY, 4 * DAY)),
        rule("A", {"route": ["oral"]}, detectable_until=(2 * DAY, 3 * DAY)),
    ]
    question = {"method": "gc-ms", "route": "oral"}
    assert course(rules, question, PARENTS)[1] == (DAY + 1, 4 * DAY + 1)
    assert ids(rules, question)["detectable_until.latest"] == ["A", "B"]


def test_a_list_is_one_rule_per_term() -> None:
    rules = [
        rule("A", {"route": ["intravenous", "oral"]}, detectable_until=(None, 3 * DAY)),
        rule("B", {"route": ["intravenous-bolus"]}, detectable_until=(None, DAY)),
    ]
    assert ids(rules, {"route": "intravenous-bolus"}) == {"detectable_until.latest": ["B"]}
    assert ids(rules, {"route": "oral"}) == {"detectable_until.latest": ["A"]}


def test_the_nearest_cutoff_governs() -> None:
    urine = {"matrix": ["urine"]}
    rules = [
        rule("none", urine, detectable_from=(None, HOUR), detectable_until=(2 * DAY, 30 * DAY)),
        rule("25", {**urine, "cutoff": [25]}, detectable_until=(DAY, 20 * DAY)),
        rule("50", {**urine, "cutoff": [50]}, detectable_until=(DAY // 2, 10 * DAY)),
    ]

    def until(cutoff: int | None) -> tuple[list[str] | None, list[str] | None]:
        found = ids(rules, {"matrix": "urine", "cutoff": cutoff})
        return found.get("detectable_until.earliest"), found.get("detectable_until.latest")

    assert until(None) == (["none"], ["none"])
    assert until(10) == (["25"], ["none"])
    assert until(25) == (["25"], ["25"])
    assert until(30) == (["50"], ["25"])
    assert until(50) == (["50"], ["50"])
    assert until(60) == (None, ["50"])
    assert "detectable_from.latest" not in ids(rules, {"matrix": "urine", "cutoff": 25})


def test_an_extending_book_governs_the_ends_that_it_states_even_where_it_is_broader() -> None:
    rules = [
        rule("S", {"method": ["gc-ms"], "route": ["oral"]}, detectable_until=(DAY, 2 * DAY)),
        rule("L", {}, rank=1, detectable_until=(None, 5 * DAY)),
        rule("M", {"route": ["oral"]}, rank=1, detectable_until=(None, 4 * DAY)),
    ]
    question = {"method": "gc-ms", "route": "oral"}
    assert ids(rules, question) == {"detectable_until.earliest": ["S"], "detectable_until.latest": ["M"]}
    assert course(rules, question, PARENTS)[1] == (DAY + 1, 4 * DAY + 1)


def test_the_first_encoding_of_urine() -> None:
    """W001, W002 and W004 of the draft rules: GC-MS at 25 ng/mL, whole test, single dose."""
    urine = {"matrix": ["urine"], "analyte": ["any", "ketamine", "norketamine"]}
    w004 = {
        **urine,
        "method": ["gc-ms", "lc-ms"],
        "cutoff": [25],
        "pattern": ["single", "repeated"],
    }
    rules = [
        rule("W001", urine, detectable_from=(None, 2 * HOUR), detectable_until=(DAY, 96 * DAY)),
        rule("W002", {**urine, "analyte": ["any"], "pattern": ["single"]}, detectable_until=(DAY, 30 * DAY)),
        rule("W004", w004, detectable_until=(DAY, 2 * DAY)),
    ]
    question = {"matrix": "urine", "method": "gc-ms", "cutoff": 25}
    assert ids(rules, question) == {
        "detectable_until.earliest": ["W004"],
        "detectable_until.latest": ["W004"],
    }
    assert status(rules, question, PARENTS, 36 * HOUR) == "possible"
    assert next_change(course(rules, question, PARENTS), 36 * HOUR) == (172_801, "not_expected")
    lower = {**question, "cutoff": 10}  # the promise of W004 carries down, its exclusion does not
    assert ids(rules, lower) == {
        "detectable_until.earliest": ["W004"],
        "detectable_until.latest": ["W002"],
    }
    unknown = {"matrix": "urine", "pattern": "unknown"}
    assert all(found == ["W001"] for found in ids(rules, unknown).values())


# ------------------------------------------------------------------------ several doses


def test_the_status_after_several_doses_is_the_highest_of_theirs() -> None:
    assert combined([]) is None
    assert combined(["not_expected", "not_yet"]) == "not_yet"
    assert combined(["not_yet", "unknown"]) == "unknown"
    assert combined(["unknown", "possible", "not_expected"]) == "possible"
    assert combined(["possible", "expected"]) == "expected"


def test_doses_after_the_sample_do_not_count_and_repetition_is_asked_too() -> None:
    rules = [
        rule("S", {"pattern": ["single"]}, detectable_until=(None, DAY)),
        rule("R", {"pattern": ["repeated"]}, detectable_until=(None, 10 * DAY)),
    ]
    thresholds = {"repeated": (2, 14 * DAY), "chronic": (20, 30 * DAY)}
    doses = [{"at": 0}, {"at": 2 * DAY}]

    def after(days: int) -> str | None:
        return status_after(rules, {}, doses, days * DAY, PARENTS, thresholds)

    assert status_after(rules, {}, doses[1:], DAY, PARENTS, thresholds) is None
    assert after(1) == "possible"  # only the first dose so far, within its day
    assert after(5) == "possible"  # the second belongs to repeated use: 3 of 10 days
    assert after(13) == "not_expected"
    assert patterns_of(2 * DAY, [0, 2 * DAY], thresholds) == ["single", "repeated"]
    assert patterns_of(0, [0, 2 * DAY], thresholds) == ["single"]
    assert patterns_of(100, [50, 100], thresholds) == ["single"]  # two doses, one day


# ------------------------------------------------------------------------ a source's own verdict


def test_a_source_answers_with_its_own_ends_in_the_place_of_the_row_s() -> None:
    evidence = [
        {"source": "a", "reports": {"detectable_until": (DAY, DAY)}},
        {"source": "b", "reports": {"detectable_until": (None, 30 * DAY)}},
        {"source": "c", "reports": {"positive_at": 20 * DAY}},
    ]
    rules = [rule("A", {}, detectable_from=(0, HOUR), detectable_until=(DAY, 30 * DAY), evidence=evidence)]
    assert own_course(rules, {}, "a", PARENTS) == [(0, HOUR), (DAY + 1, DAY + 1)]
    assert own_course(rules, {}, "b", PARENTS) == [(0, HOUR), (DAY + 1, 30 * DAY + 1)]
    assert own_course(rules, {}, "c", PARENTS) is None
    assert sources_disagree(rules, {}, PARENTS, 2 * DAY)  # a excludes, b does not
    assert not sources_disagree(rules, {}, PARENTS, DAY)
    assert not sources_disagree(rules, {}, PARENTS, 31 * DAY)


# ------------------------------------------------------------------------ faults of a book


def test_governing_ends_that_contradict_each_other_are_found() -> None:
    rules = [
        rule("A", {"method": ["gc-ms"]}, detectable_until=(3 * DAY, None)),
        rule("B", {"route": ["oral"]}, detectable_until=(None, 2 * DAY)),
    ]
    assert contradictions(rules, {"method": "gc-ms"}, PARENTS) == []
    assert contradictions(rules, {"method": "gc-ms", "route": "oral"}, PARENTS) == [
        (("detectable_until", "earliest"), ("detectable_until", "latest"))
    ]
    late = [rule("A", {}, detectable_from=(None, DAY), detectable_until=(None, HOUR))]
    [(first, second)] = contradictions(late, {}, PARENTS)
    assert (first, second) == (("detectable_from", "latest"), ("detectable_until", "latest"))


def test_equal_conditions_are_found_after_lists_are_written_out() -> None:
    a = rule("A", {"route": ["oral", "nasal"]}, detectable_until=(None, DAY))
    b = rule("B", {"route": ["rectal", "nasal"]}, detectable_until=(DAY // 2, None))
    c = rule("C", {"route": ["nasal"]}, detectable_until=(None, 2 * DAY))
    assert equal_conditions([a, b], PARENTS) == []
    assert equal_conditions([a, b, c], PARENTS) == [("A", "C", ("detectable_until", "latest"))]
    assert equal_conditions([a, {**c, "rank": 1}], PARENTS) == []


def test_a_lower_cutoff_that_would_be_shorter_is_found() -> None:
    low = rule("L", {"cutoff": [10]}, detectable_until=(DAY, None))
    high = rule("H", {"cutoff": [50]}, detectable_until=(2 * DAY, None))
    end = ("detectable_until", "earliest")
    assert cutoff_faults([low, high], {}, [5, 25], PARENTS) == [(5, 25, end)]
    swapped = [{**low, "ends": high["ends"]}, {**high, "ends": low["ends"]}]
    assert cutoff_faults(swapped, {}, [5, 25], PARENTS) == []
