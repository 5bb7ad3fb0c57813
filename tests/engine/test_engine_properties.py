"""Does the engine keep the laws of the design and answer as the oracle does, for any book and question?"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import assume, event, given, reject, settings
from hypothesis import strategies as st

import ketref
from ketref.book.loading import load_texts
from ketref.model.rules import BOUNDING, Clock, Statistic
from ketref.model.vocabulary import fold
from support import oracle
from support.strategies import (
    ASKED_CUTOFFS,
    DAY,
    HOUR,
    SOURCE,
    SUBSTANCE,
    Question,
    Rule,
    asked,
    duration,
    moments_of,
    named_rules,
    not_amounts,
    not_durations,
    on_clocks_of_their_own,
    parents,
    questions,
    rule_lists,
    rule_text,
    seconds,
    since,
    terms_text,
    texts,
    times,
    without_ends,
)

Data = st.DataObject
Drawn = tuple[Any, list[Rule]]  # a book and its rules

CERTAIN = ("not_yet", "expected", "not_expected")
fewer = settings(max_examples=settings().max_examples // 2)  # for laws that audit whole books


# ------------------------------------------------------------------------ asking


def findings_of(rules: list[Rule]) -> tuple[Any, list[object]]:
    """The book with these rules, or None, and what the engine finds wrong with it; warnings are not wrong."""
    try:
        book = load_texts(texts(rules))
    except ketref.RulesError as error:
        return None, list(error.findings)
    return book, [finding for finding in ketref.check_findings(book) if finding.level == "error"]


def repaired(rules: list[Rule]) -> Drawn:
    """A sound book with as many of these rules as the engine takes, and those rules."""
    left = list(rules)
    while left:
        book, findings = findings_of(left)
        if not findings:
            return book, left
        dropped: set[str] = set()
        for finding in findings:
            offenders = named_rules([finding])
            assert offenders, f"a finding that names no rule: {finding}"
            if not dropped & set(offenders):
                dropped.add(offenders[-1])
        left = [rule for rule in left if rule["id"] not in dropped]
    assume(False)
    raise AssertionError("not reached")


@st.composite
def books(draw: st.DrawFn, kind: str = "window", clocks: bool = True) -> Drawn:
    """A sound book and its rules; one in eight of them drawn without regard for soundness."""
    if draw(st.integers(0, 7)) < 7:
        rules = draw(rule_lists(kind, clocks=clocks))
        return load_texts(texts(rules)), rules  # that these are sound has a test of its own
    rules = draw(rule_lists(kind, unruly=True, clocks=clocks))
    book, left = repaired(rules)
    event(f"unruly, dropped: {len(rules) > len(left)}")
    return book, left


def poorer(rules: list[Rule]) -> Any:
    """The book with these rules, which are a sound book's without some or without some of their ends."""
    try:
        return load_texts(texts(rules))
    except ketref.RulesError:  # a dose rule without one beside it that names no dose
        assume(False)


def detect(book: Any, question: Question, at: Any) -> Any:
    """The engine's answer to a question about a window."""
    return ketref.detect(SUBSTANCE, since=at, rules=book, **asked(question))


def status(book: Any, question: Question, at: int) -> str:
    """The engine's status of a window."""
    answered: str = detect(book, question, timedelta(seconds=at)).status
    return answered


def phases(book: Any, question: Question, at: Any) -> list[str]:
    """The engine's phases; a draw whose rules contradict each other there, for some duration, is another test's."""
    try:
        return list(ketref.effects(SUBSTANCE, since=at, rules=book, **asked(question)).phases)
    except ketref.RulesError:
        reject()


def stated_ends(answer: Any) -> dict[oracle.End, int]:
    """The ends that the answer gives as stated by rules."""
    found = answer.to_dict()
    values = {
        (boundary, side): value
        for boundary in oracle.BOUNDARIES["window"]
        for side, value in zip(oracle.SIDES, found[f"{boundary}_s"] or (None, None), strict=True)
    }
    return {end: value for end, value in values.items() if value is not None}


def rules_per_end(answer: Any) -> dict[oracle.End, list[str]]:
    """The ids of the rules that the answer names behind each end."""
    found: dict[oracle.End, list[str]] = {}
    for entry in answer.to_dict()["rules"]:
        for end in entry["ends"]:
            boundary, side = end.split(".")
            found.setdefault((boundary, side), []).append(entry["id"])
    return {end: sorted(ids) for end, ids in found.items()}


def same(a: Any, b: Any) -> None:
    """Two answers are equal in everything but the digest of the files."""
    a, b = a.to_dict(), b.to_dict()
    del a["digest"], b["digest"]
    assert a == b


# ------------------------------------------------------------------------ engine and oracle


@given(st.data(), books())
def test_a_window_is_answered_as_the_oracle_answers(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    for _ in range(4):
        question = data.draw(questions(rules), "question")
        at = data.draw(times(rules, question), "at")
        answer = detect(book, question, data.draw(since(at)))
        governing = oracle.governing(rules, question, parents())
        of = oracle.course(rules, question, parents())
        event(f"status: {oracle.status_of(of, at)}")
        assert answer.status == oracle.status_of(of, at)
        assert answer.to_dict()["elapsed_s"] == at
        assert rules_per_end(answer) == {end: found["rules"] for end, found in governing.items()}
        if all(rule["from_end"] is None for rule in rules):
            assert stated_ends(answer) == {end: found["moment"] for end, found in governing.items()}
        change = answer.to_dict()["next_change"]
        assert (change and (change["at_s"], change["status"])) == oracle.next_change(of, at)


@given(st.data(), books())
def test_a_range_of_time_is_answered_as_the_oracle_answers(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    t1, t2 = sorted((data.draw(times(rules, question), "one"), data.draw(times(rules, question), "other")))
    answer = detect(book, question, (duration(t1), duration(t2)))
    assert answer.status == oracle.status(rules, question, parents(), t1, t2)


@given(st.data(), books("phase"))
def test_phases_are_those_of_the_oracle(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    for _ in range(4):
        question = data.draw(questions(rules), "question")
        at = data.draw(times(rules, question), "at")
        found = phases(book, question, data.draw(since(at)))
        if oracle.course(rules, question, parents()) is None:
            assert found in ([], list(oracle.STAGES["phase"]))
        else:
            assert found == oracle.phases(rules, question, parents(), at)


@given(st.data(), books("phase"))
def test_phases_in_a_range_of_time_are_those_of_the_oracle(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    assume(oracle.course(rules, question, parents()) is not None)
    t1, t2 = sorted((data.draw(times(rules, question), "one"), data.draw(times(rules, question), "other")))
    found = phases(book, question, (duration(t1), duration(t2)))
    assert found == oracle.phases(rules, question, parents(), t1, t2)


@fewer
@given(st.data(), rule_lists("phase", clocks=False))
def test_rules_on_clocks_of_their_own_are_refused_or_answered_as_the_oracle_answers(
    data: Data, drawn: list[Rule]
) -> None:
    rules = data.draw(on_clocks_of_their_own(drawn))
    book, findings = findings_of(rules)
    event(f"refused: {bool(findings)}")
    assume(not findings)
    for _ in range(4):
        question = data.draw(questions(rules), "question")
        assert oracle.contradictions(rules, question, parents()) == []
        at = data.draw(times(rules, question), "at")
        if oracle.course(rules, question, parents()) is not None:
            found = phases(book, question, timedelta(seconds=at))
            assert found == oracle.phases(rules, question, parents(), at)


# ------------------------------------------------------------------------ which books are sound


@fewer
@given(st.data(), st.sampled_from(["window", "phase"]))
def test_a_book_that_is_sound_by_construction_is_accepted(data: Data, kind: str) -> None:
    rules = data.draw(rule_lists(kind))
    _, findings = findings_of(rules)
    assert findings == []


@fewer
@given(st.data(), st.sampled_from(["window", "phase"]))
def test_an_accepted_book_has_no_fault_that_the_oracle_sees(data: Data, kind: str) -> None:
    rules = data.draw(rule_lists(kind, unruly=True))
    _, findings = findings_of(rules)
    event(f"refused: {bool(findings)}")
    if findings:
        return
    assert oracle.equal_conditions(rules, parents()) == []
    for _ in range(8):
        question = data.draw(questions(rules), "question")
        assert oracle.contradictions(rules, question, parents()) == []
        assert oracle.cutoff_faults(rules, question, ASKED_CUTOFFS, parents()) == []


@fewer
@given(st.data(), st.sampled_from(["window", "phase"]))
def test_a_fault_that_the_oracle_sees_is_refused_and_its_rules_named(data: Data, kind: str) -> None:
    rules = data.draw(rule_lists(kind, unruly=True))
    twins = oracle.equal_conditions(rules, parents())
    question = data.draw(questions(rules), "question")
    clashes = oracle.contradictions(rules, question, parents())
    assume(twins or clashes)
    _, findings = findings_of(rules)
    named = set(named_rules(findings))
    for a, b, _ in twins:
        assert {a, b} <= named
    if not twins:  # they may keep a book from being asked at all
        ends = oracle.governing(rules, question, parents())
        behind = [(set(ends[first]["rules"]), set(ends[second]["rules"])) for first, second in clashes]
        assert any(named & one and named & other for one, other in behind)


# ------------------------------------------------------------------------ what must not matter


@given(st.data(), st.sampled_from(["window", "phase"]))
def test_the_order_of_rules_and_of_files_does_not_matter(data: Data, kind: str) -> None:
    book, rules = data.draw(books(kind))
    shuffled = texts(data.draw(st.permutations(rules)))
    other = load_texts({name: shuffled[name] for name in data.draw(st.permutations(sorted(shuffled)))})
    question = data.draw(questions(rules), "question")
    at = timedelta(seconds=data.draw(times(rules, question), "at"))
    if kind == "window":
        same(detect(book, question, at), detect(other, question, at))
    else:
        assert phases(book, question, at) == phases(other, question, at)


@given(st.data(), books())
def test_rules_on_an_axis_that_the_question_leaves_unsaid_do_not_matter(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    unsaid = {"method", "route", "cutoff", "dose", "dose_per_kg"} - set(oracle.understood(question))
    speaking = [rule for rule in rules if not unsaid & set(rule["when"])]
    assume(0 < len(speaking) < len(rules))
    other = poorer(speaking)
    at = data.draw(times(rules, question), "at")
    assert status(other, question, at) == status(book, question, at)


@given(st.data(), books(clocks=False))
def test_a_pattern_left_unsaid_is_a_single_dose(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    at = timedelta(seconds=data.draw(times(rules, question), "at"))
    unsaid = {axis: said for axis, said in question.items() if axis != "pattern"}
    implied, said = detect(book, unsaid, at), detect(book, {**question, "pattern": "single"}, at)
    assert implied.status == said.status
    assert stated_ends(implied) == stated_ends(said)
    assert rules_per_end(implied) == rules_per_end(said)


@given(st.data(), books())
def test_an_intravenous_dose_with_a_duration_is_an_infusion(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = {**data.draw(questions(rules), "question"), "duration": data.draw(st.integers(61, 6 * HOUR))}
    at = data.draw(times(rules, question), "at")
    plain, infusion = ({**question, "route": route} for route in ("intravenous", "intravenous-infusion"))
    assert status(book, plain, at) == status(book, infusion, at)


# ------------------------------------------------------------------------ along time


@given(st.data(), books())
def test_a_window_opens_and_closes_and_never_goes_back(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    others = data.draw(st.sets(st.integers(0, 400 * DAY), max_size=4), "at")
    seen = [status(book, question, at) for at in sorted({*moments_of(rules, question), *others})]
    course = [now for before, now in zip([None, *seen], seen, strict=False) if now != before]
    if "unknown" in course:
        assert course == ["unknown"]
    else:
        order = iter(["not_yet", "possible", "expected", "possible", "not_expected"])
        assert all(any(now == step for step in order) for now in course), course


@given(st.data(), books(clocks=False))
def test_every_stated_end_is_a_boundary_to_the_second(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    for (boundary, side), end in stated_ends(detect(book, question, "0 s")).items():
        before, on, after = (status(book, question, at) for at in (max(end - 1, 0), end, end + 1))
        match boundary, side:
            case "detectable_from", "earliest":  # all were still before it, until then
                assert before == "not_yet" or end == 0
                assert on != "not_yet"
            case "detectable_from", "latest":  # none was before it any more
                assert before in ("not_yet", "possible") or end == 0
                assert on != "not_yet"
            case "detectable_until", "earliest":  # this second is the last of the stage before
                assert on != "not_expected"
                assert after in ("possible", "not_expected")
            case "detectable_until", "latest":
                assert on != "not_expected"
                assert after == "not_expected"
        assert before != "not_expected" or end == 0


@given(st.data(), books())
def test_the_status_of_a_range_covers_every_time_inside_it(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    t1, t2 = sorted((data.draw(times(rules, question), "one"), data.draw(times(rules, question), "other")))
    whole = detect(book, question, (timedelta(seconds=t1), timedelta(seconds=t2))).status
    inside = data.draw(st.lists(st.integers(t1, t2), max_size=4), "inside")
    moments = [moment for moment in moments_of(rules, question) if t1 <= moment <= t2]
    seen = {status(book, question, at) for at in {t1, t2, *inside, *moments}}
    if len(seen) > 1:
        assert whole == "possible"
    elif whole in CERTAIN or whole == "unknown":
        assert seen == {whole}
    else:
        assert seen == {"possible"}


# ------------------------------------------------------------------------ what is not stated


@given(st.data(), books())
def test_leaving_out_an_end_never_makes_a_window_more_certain(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    governing = oracle.governing(rules, question, parents())
    assume(governing)
    dropped = data.draw(st.sets(st.sampled_from(sorted(governing)), min_size=1), "dropped")
    left = [rule for rule in (without_ends(rule, dropped) for rule in rules) if rule["ends"]]
    assume(left)
    other = poorer(left)
    at = data.draw(times(rules, question), "at")
    full, less = detect(book, question, duration(at)), detect(other, question, duration(at))
    if less.status in CERTAIN:
        assert less.status == full.status
    kept = {end: ids for end, ids in rules_per_end(full).items() if end not in dropped}
    assert rules_per_end(less) == kept
    if all(rule["from_end"] is None for rule in rules):
        assert stated_ends(less) == {end: value for end, value in stated_ends(full).items() if end in kept}


@given(st.data(), books("phase"))
def test_leaving_out_a_phase_never_moves_its_neighbours(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    governing = oracle.governing(rules, question, parents())
    assume(governing)
    boundary = data.draw(st.sampled_from(sorted({end[0] for end in governing})), "dropped")
    dropped = {(boundary, side) for side in oracle.SIDES}
    left = [rule for rule in (without_ends(rule, dropped) for rule in rules) if rule["ends"]]
    assume(left)
    other = poorer(left)
    assume(oracle.course(left, question, parents()) is not None)
    at = timedelta(seconds=data.draw(times(rules, question), "at"))
    full, less = phases(book, question, at), phases(other, question, at)
    assert set(full) <= set(less)
    # what more may be possible now touches the boundary that is missing, or what it in turn held apart
    before = oracle.BOUNDARIES["phase"].index(boundary)
    stages = oracle.STAGES["phase"]
    if stages[before] not in full and stages[before + 1] not in full:
        assert less == full


# ------------------------------------------------------------------------ figures that set no end


def _beside(rules: list[Rule], reports: list[str]) -> Any:
    """The book with these rules, and with more evidence of each: what a second source reports."""
    said = "".join(
        f'[[window.evidence]]\nsource = "another"\nlocator = "page 1"\nreports = {{ {one} }}\n' for one in reports
    )
    files = texts(rules)
    files["sources.toml"] += files["sources.toml"].replace(SOURCE, "another")
    files[f"{SUBSTANCE}/windows.toml"] = "\n".join(rule_text(rule) + said for rule in rules)
    return load_texts(files)


@st.composite
def loose_reports(draw: st.DrawFn) -> str:
    """A report of a window that sets no end: of a kind that does not, or on another clock than the last use."""
    bounding = draw(st.booleans())
    statistic = draw(st.sampled_from(sorted(BOUNDING if bounding else {*get_args(Statistic)} - BOUNDING)))
    other_clocks = st.sampled_from([clock for clock in get_args(Clock) if clock != "last use"])
    clock = draw(other_clocks if bounding else st.just("last use") | other_clocks)
    boundary = draw(st.sampled_from(oracle.BOUNDARIES["window"]))
    ends = ", ".join(f'"{duration(end)}"' for end in sorted(draw(st.lists(seconds, min_size=2, max_size=2))))
    return f'{boundary} = [{ends}], statistic = "{statistic}", clock = "{clock}"'


@given(st.data(), books(), st.lists(loose_reports(), min_size=1, max_size=3))
def test_a_report_that_bounds_nothing_never_changes_a_status(data: Data, drawn: Drawn, reports: list[str]) -> None:
    book, rules = drawn
    other = _beside(rules, reports)
    for _ in range(4):
        question = data.draw(questions(rules), "question")
        at = data.draw(times(rules, question), "at")
        plain, more = detect(book, question, duration(at)), detect(other, question, duration(at))
        assert more.status == plain.status
        assert rules_per_end(more) == rules_per_end(plain)
        verdicts = {form["status"] for form in more.evidence if form["source"] == "another"} - {None}
        event(f"its own verdict: {verdicts}")
        assert verdicts <= {plain.status, "possible"}  # as alone it is no surer than the rules


# ------------------------------------------------------------------------ cutoffs


@given(st.data(), books())
def test_a_lower_cutoff_never_shortens_and_a_higher_never_lengthens(data: Data, drawn: Drawn) -> None:
    book, rules = drawn
    question = data.draw(questions(rules), "question")
    low, high = sorted(data.draw(st.sets(st.sampled_from(ASKED_CUTOFFS), min_size=2, max_size=2), "cutoffs"))
    at_low, at_high = {**question, "cutoff": low}, {**question, "cutoff": high}
    for at in sorted({*moments_of(rules, at_low), *moments_of(rules, at_high)}):
        lower, higher = status(book, at_low, at), status(book, at_high, at)
        event(f"{lower} at the lower, {higher} at the higher")
        if higher == "expected":
            assert lower == "expected"
        if lower in ("not_expected", "not_yet"):
            assert higher == lower


# ------------------------------------------------------------------------ no status by accident


@cache
def plain_book() -> Any:
    """A book with one rule for all of urine and one for a cutoff and a dose."""
    ends = {"detectable_from": (0, HOUR), "detectable_until": (DAY, 2 * DAY)}
    ground = {"kind": "window", "ends": ends, "from_end": None, "infusion": None, "rank": 0}
    when = {"matrix": ["urine"], "analyte": ["any"]}
    narrow = {**when, "cutoff": [25], "dose": (10_000, 50_000)}
    book, findings = findings_of(
        [{**ground, "id": "TST-W001", "when": when}, {**ground, "id": "TST-W002", "when": narrow}]
    )
    assert findings == []
    return book


@given(not_durations)
def test_what_is_no_elapsed_time_is_refused(given_since: Any) -> None:
    with pytest.raises(ketref.KetrefError):
        ketref.detect(SUBSTANCE, matrix="urine", since=given_since, rules=plain_book())


@given(st.text("0123456789.,-+eE _ :/PTDHMSWpdhmsw\u0661\u00b5\u2212", max_size=10))
def test_a_text_is_a_duration_or_refused(text: str) -> None:
    try:
        answer = ketref.detect(SUBSTANCE, matrix="urine", since=text, rules=plain_book())
    except ketref.KetrefError:
        return
    elapsed = answer.to_dict()["elapsed_s"]
    assert isinstance(elapsed, int)
    assert elapsed >= 0
    plain = r"\s*([0-9]+([.,][0-9]*)?\s*[A-Za-z]+\s*)+"
    iso = r"\s*[Pp]([0-9]+([.,][0-9]+)?[WwDdTtHhMmSs]|[Tt])+\s*"
    assert re.fullmatch(f"{plain}|{iso}", text), text


@given(not_durations.filter(lambda value: value is not None))
def test_what_is_no_duration_of_an_infusion_is_refused(given_duration: Any) -> None:
    with pytest.raises(ketref.KetrefError):
        ketref.detect(
            SUBSTANCE,
            matrix="urine",
            since="1 h",
            route="intravenous",
            infusion=given_duration,
            rules=plain_book(),
        )


@given(st.sampled_from(["cutoff", "dose"]), not_amounts)
def test_what_is_no_amount_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ketref.KetrefError):
        ketref.detect(SUBSTANCE, matrix="urine", since="1 h", rules=plain_book(), **{name: value})


@given(st.sampled_from(["matrix", "analyte", "method", "route", "pattern"]), st.data())
def test_what_is_no_term_is_refused(axis: str, data: Data) -> None:
    known = {fold(word) for word in re.findall(r'"([^"]+)"', terms_text())}
    words = st.text(max_size=8).filter(lambda word: fold(word) not in known)
    value = data.draw(words | st.floats() | st.binary(max_size=3) | st.sampled_from([object(), [], {}, True]))
    with pytest.raises(ketref.KetrefError):
        ketref.detect(SUBSTANCE, since="1 h", rules=plain_book(), **{"matrix": "urine", axis: value})


@given(st.integers(0, 10**30))
def test_a_huge_time_is_refused_or_answered_as_any_other(days: int) -> None:
    try:
        answer = ketref.detect(SUBSTANCE, matrix="urine", since=f"{days} d", rules=plain_book())
    except ketref.KetrefError:
        assert days > 365 * 1000
        return
    assert answer.to_dict()["elapsed_s"] == days * DAY
    assert answer.status == ("not_expected" if days > 2 else "possible" if days in (0, 2) else "expected")
