"""Do the times of a dose that results leave keep the laws of inference, for any book?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import ketref
from ketref.answers.question import understand
from ketref.book.loading import Book, load_texts, shipped
from ketref.engine.course import EXPECTED, NOT_EXPECTED, NOT_YET, STATUSES
from ketref.model.times import instant
from ketref.person.deciders import deciders
from ketref.person.intervals import Times, bearings
from ketref.person.results import understood_results
from support.strategies import SUBSTANCE, Question, asked, moments_of, questions, rule_lists, texts

Data = st.DataObject
Record = dict[str, Any]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOSE_KEYS = ("route", "dose", "weight", "infusion")
TEST_KEYS = ("matrix", "analyte", "method", "cutoff")
ZONES = [timezone(timedelta(minutes=offset)) for offset in (0, 60, -210, 345, 840)]

few = settings(max_examples=max(1, settings().max_examples // 3))
"""For what costs much: a third of the examples of the profile."""


def micro(moment: datetime) -> int:
    return instant(moment).low


def dated(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def times_of(book: Book, substance: str, records: Iterable[Mapping[str, Any]], dose: Mapping[str, Any]) -> Times:
    question = understand(book, substance, **dose)
    found = understood_results(book, records)
    return Times([bearing for result in found for bearing in bearings(book, result, question)])


def allows(times: Times, taken: int) -> bool:
    return any(taken in interval for interval in times.intervals())


def status(book: Book, substance: str, record: Record, taken: datetime, dose: Mapping[str, Any]) -> str:
    """What `detect` says of a result after a dose: another path than the one that is tested."""
    ends = (record["time"], record.get("time_latest", record["time"]))
    if ends[1] < taken:
        return STATUSES[NOT_YET]
    test = {key: record[key] for key in TEST_KEYS if key in record}
    since = [max(timedelta(0), end - taken) for end in ends]
    return str(ketref.detect(substance, since=tuple(since), rules=book, **test, **dose).status)


def agrees(found: str, outcome: str) -> bool:
    if outcome == "positive":
        return found not in {STATUSES[NOT_YET], STATUSES[NOT_EXPECTED]}
    return found != STATUSES[EXPECTED]


# ------------------------------------------------------------------------ drawing


@st.composite
def told(draw: st.DrawFn, shipped_too: bool = True) -> tuple[Book, str, list[Record], dict[str, Any]]:
    """A book, a substance, results that follow by its rules from one dose at NOON, and how that dose was taken."""
    if shipped_too and draw(st.booleans()):
        book, substance = shipped(), "ketamine"
        hours = [0, 1, 2, 24, 25, 48, 49, 72, 96, 120, 121, 300, 720, 721, 2304, 2305]
        near = [3600 * hour for hour in hours]
        matrices = ["urine", "blood", "plasma", "hair", "oral-fluid", "sweat", "breast-milk"]
        tests = [
            {
                "matrix": draw(st.sampled_from(matrices)),
                "analyte": draw(st.sampled_from(["any", "ketamine", "norketamine"])),
                **({"method": draw(st.sampled_from(["gc-ms", "lc-ms", "immunoassay"]))} if draw(st.booleans()) else {}),
            }
            for _ in range(draw(st.integers(1, 5)))
        ]
        dose = {"pattern": draw(st.sampled_from(["single", "unknown", "chronic"]))}
        of_each = [(test, near) for test in tests]
    else:
        rules = draw(rule_lists())
        book, substance = load_texts(texts(rules)), SUBSTANCE
        first: Question = draw(questions(rules))
        shared = asked(first)
        dose = {"pattern": "unknown", **{key: shared[key] for key in (*DOSE_KEYS, "pattern") if key in shared}}
        of_each = []
        for _ in range(draw(st.integers(1, 5))):
            question = draw(questions(rules))
            said = asked(question)
            of_each.append(({key: said[key] for key in TEST_KEYS if key in said}, moments_of(rules, question)))
    records = []
    for test, near in of_each:
        early = timedelta(seconds=draw(st.sampled_from(near))) + timedelta(
            microseconds=draw(st.sampled_from([0, 1, 999_999]))
        )
        record: Record = {**test, "time": NOON + draw(st.sampled_from([early, early, early, -early]))}
        if record["time"] >= NOON and draw(st.booleans()):
            record["time_latest"] = record["time"] + timedelta(seconds=draw(st.integers(0, 7200)))
        found = status(book, substance, record, NOON, dose)
        certain = {"expected": ["positive"], "not_yet": ["negative"], "not_expected": ["negative"]}
        record["outcome"] = draw(st.sampled_from(certain.get(found, ["positive", "negative"])))
        records.append(record)
    return book, substance, records, dose


@st.composite
def any_outcome(draw: st.DrawFn) -> tuple[Book, str, list[Record], dict[str, Any]]:
    """The same with outcomes that need not follow from any dose."""
    book, substance, records, dose = draw(told())
    return book, substance, [{**r, "outcome": draw(st.sampled_from(["positive", "negative"]))} for r in records], dose


# ------------------------------------------------------------------------ laws


@few
@given(told())
def test_the_true_time_lies_in_the_inferred_set(drawn: Any) -> None:
    book, substance, records, dose = drawn
    times = times_of(book, substance, records, dose)
    assert allows(times, micro(NOON))
    assert not times.conflict


@few
@given(any_outcome(), st.data())
def test_a_time_is_left_where_every_result_agrees_with_it_and_nowhere_else(drawn: Any, data: Data) -> None:
    book, substance, records, dose = drawn
    times = times_of(book, substance, records, dose)
    near = [cut + shift for cut in times.cuts for shift in (0, 1)]
    for taken in data.draw(st.lists(st.sampled_from(near), min_size=1, max_size=6)):
        within = any(r["time"] < dated(taken) <= r.get("time_latest", r["time"]) for r in records)
        assume(not within)  # `detect` has no elapsed time below zero
        expected = all(agrees(status(book, substance, r, dated(taken), dose), r["outcome"]) for r in records)
        assert allows(times, taken) == expected


@few
@given(any_outcome(), st.data())
def test_removing_a_result_never_shrinks_the_set(drawn: Any, data: Data) -> None:
    book, substance, records, dose = drawn
    removed = data.draw(st.integers(0, len(records) - 1))
    every = times_of(book, substance, records, dose)
    fewer = times_of(book, substance, records[:removed] + records[removed + 1 :], dose)
    for cut in every.cuts:
        for taken in (cut, cut + 1):
            assert allows(fewer, taken) or not allows(every, taken)


@few
@given(any_outcome(), st.data())
def test_the_order_of_results_does_not_matter(drawn: Any, data: Data) -> None:
    book, substance, records, dose = drawn

    def found(of: list[Record]) -> list[tuple[int | None, ...]]:
        times = times_of(book, substance, of, dose)
        return [tuple(end and end.at for end in (one.low, one.high)) for one in times.intervals()]

    assert found(records) == found(data.draw(st.permutations(records)))


@few
@given(any_outcome(), st.lists(st.sampled_from(ZONES), min_size=10, max_size=10))
def test_zones_do_not_matter(drawn: Any, zones: list[timezone]) -> None:
    book, _, records, dose = drawn
    there = [
        {key: value.astimezone(zone) if isinstance(value, datetime) else value for key, value in record.items()}
        for record, zone in zip(records, zones, strict=False)
    ]
    at = max(record["time"] for record in records)
    here, moved = (ketref.infer(of, at=at, rules=book, **dose) for of in (records, there))
    assert here.intervals == moved.intervals
    assert here.conclusions == moved.conclusions


@few
@given(any_outcome())
def test_the_results_that_conflict_do_so_and_no_fewer_do(drawn: Any) -> None:
    book, substance, records, dose = drawn
    times = times_of(book, substance, records, dose)
    assert bool(times.conflict) == (not times.intervals())
    for size in range(1, len(times.conflict)):
        for few in combinations(range(1, len(records) + 1), size):
            assert times.intervals(few)
    if times.conflict:
        assert not times.intervals(times.conflict)


@few
@given(any_outcome())
def test_an_end_is_set_by_a_result_that_excludes_what_lies_beyond(drawn: Any) -> None:
    book, substance, records, dose = drawn
    for interval in times_of(book, substance, records, dose).intervals():
        for bound, beyond in ((interval.low, -1), (interval.high, 1)):
            if bound:
                assert bound.bearing.excludes(bound.at + beyond)
                assert not bound.bearing.excludes(bound.at)


@few
@given(
    any_outcome(), st.sampled_from(ZONES), st.integers(0, 40 * 86400), st.sampled_from([0, 1, 30_000_000, 59_999_999])
)
def test_no_interval_of_an_answer_is_empty_reversed_or_a_single_instant(
    drawn: Any, zone: timezone, wait: int, shift: int
) -> None:
    """Those that are left, those of an undeclared dose and those to sample in, as instants that Python reads."""
    book, substance, records, dose = drawn
    moved = [
        {
            key: (v + timedelta(microseconds=shift)).astimezone(zone) if isinstance(v, datetime) else v
            for key, v in r.items()
        }
        for r in records
    ]
    at = max(record["time"] for record in moved) + timedelta(seconds=wait)
    answer = ketref.infer(moved, doses=[], at=at, substance=substance, rules=book, **dose)
    intervals = [*answer.intervals, *(one for form in answer.results for one in form["undeclared"])]
    pairs = [(one["from"], one["from_unit"], one["until"], one["until_unit"]) for one in intervals]
    pairs += [(one["begin"], one["begin_unit"], one["end"], one["end_unit"]) for one in answer.deciders]
    for begin, begin_unit, end, end_unit in pairs:
        assert (begin is None, end is None) == (begin_unit is None, end_unit is None)
        assert {begin_unit, end_unit} <= {"minute", "day", None}
        first, last = (None if text is None else datetime.fromisoformat(text) for text in (begin, end))
        assert first is None or last is None or first < last


@few
@given(any_outcome(), st.integers(0, 40 * 86400))
def test_a_further_test_decides_about_every_time_that_is_left(drawn: Any, wait: int) -> None:
    book, substance, records, dose = drawn
    question = understand(book, substance, **dose)
    at = micro(max(record["time"] for record in records) + timedelta(seconds=wait))
    for interval in times_of(book, substance, records, dose).intervals():
        for one in deciders(book, question, interval, at):
            test = {key: str(value) for key in TEST_KEYS if (value := getattr(one.question, key))}
            assert at <= one.begin <= (one.until or one.begin)
            assert interval.low
            assert interval.high
            for taken in (interval.low.at, interval.high.at):
                for sampled in {one.begin, one.until or one.begin + 10**12}:
                    record = {**test, "time": dated(sampled)}
                    expected = STATUSES[NOT_EXPECTED if one.positive else EXPECTED]
                    assert status(book, substance, record, dated(taken), dose) == expected


# ------------------------------------------------------------------------ by hand


def urine(outcome: str, days: float, **test: Any) -> Record:
    return {"matrix": "urine", "time": NOON + timedelta(days=days), "outcome": outcome, **test}


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(30 * 86400, True), (30 * 86400 + 1, False), (0, True), (-1, False)],
)
def test_a_positive_leaves_the_window_to_the_second(seconds: int, left: bool) -> None:
    times = times_of(shipped(), "ketamine", [urine("positive", 0)], {"pattern": "single"})
    assert allows(times, micro(NOON - timedelta(seconds=seconds))) == left


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(2 * 3600 - 1, True), (2 * 3600, False), (86400, False), (86401, True), (-1, True)],
)
def test_a_negative_excludes_the_times_at_which_a_positive_is_expected(seconds: int, left: bool) -> None:
    times = times_of(shipped(), "ketamine", [urine("negative", 0)], {"pattern": "single"})
    assert allows(times, micro(NOON - timedelta(seconds=seconds))) == left


def test_the_smallest_set_of_results_that_conflict() -> None:
    records = [urine("positive", 0), urine("positive", 20), urine("positive", 60)]
    times = times_of(shipped(), "ketamine", records, {"pattern": "single"})
    assert times.intervals() == []
    assert times.conflict in ([1, 3], [2, 3])
    assert times.intervals([1, 2]) != []
