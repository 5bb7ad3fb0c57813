"""Which time does a segment of hair stand for, and what does it make of an answer?"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
from conftest import Run
from ketref.answers.segments import DAY, Segment, segment
from ketref.book.loading import Book, load_texts
from ketref.engine import course
from ketref.engine.course import EXPECTED, NOT_EXPECTED, OPEN, POSSIBLE, SETTLED, START
from ketref.engine.table import End, Sides, moments
from ketref.errors import UsageError
from ketref.model.segments import part
from ketref.model.units import Duration

DISTANCES = st.tuples(st.integers(0, 300), st.integers(1, 300)).map(lambda d: (d[0], d[0] + d[1]))  # mm


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize(
    "text",
    ["3-6 cm", "3 cm - 6 cm", "3 to 6 cm", "30-60 mm", "3.0\u20136.00 cm", "3cm to 60mm", " 3 CM-6 ", "30000-60000 um"],
)
def test_a_segment_is_read_as_people_write_it(text: str) -> None:
    assert part(text) == (30_000, 60_000)


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("3-6", "has no unit", "cm"),
        ("6-3 cm", "ends before it begins", "nearer end first"),
        ("3-3 cm", "has no length", "nearer end first"),
        ("3 cm", "does not name two distances", '"3-6 cm"'),
        ("proximal", "does not name two distances", '"3-6 cm"'),
        ("1-3 inch", "`inch` is not a unit", "cm or mm"),
        ("0.00005-1 cm", "does not name two distances", '"3-6 cm"'),
        ("0.0005-1 mm", "finer than a micrometre", "round it"),
        (3, "is not text", '"3-6 cm"'),
    ],
)
def test_what_is_no_segment_is_refused_in_words(text: object, says: str, hint: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        part(text)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"matrix": "urine"}, "urine has no segments"),
        ({}, "a segment belongs to a specimen"),
        ({"matrix": "hair", "segment": "0-300 cm"}, "too long for a segment"),
    ],
)
def test_a_segment_is_one_of_a_specimen_that_grows(asked: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        ketref.detect("ketamine", **{"segment": "3-6 cm", **asked}, since="7 d")  # type: ignore[call-overload]


def test_a_word_that_says_nothing_names_no_segment() -> None:
    answer = ketref.detect("ketamine", matrix="hair", segment="unknown", since="7 d")
    assert answer.segment is None
    assert "segment" not in answer.to_dict()
    assert answer.to_dict() == ketref.detect("ketamine", matrix="hair", since="7 d").to_dict()


# ---------------------------------------------------------------- the time


def placed_one_by_one(near: int, far: int, ago: int, book: Book) -> set[str]:
    """Where a dose some days ago may lie: at each end of each spread on its own, in fractions of days."""
    growth = book.vocabularies["matrix"].terms["hair"].growth
    assert growth is not None
    found = set()
    for rate in growth.um_per_day:
        for emerges in growth.emerges:
            for left in (0, growth.um_left):
                at = (ago - Fraction(emerges.seconds, DAY)) * rate - left  # how far it has grown beyond the cut
                found.add("later" if at < near else "older" if at > far else "in")
    return found


@given(DISTANCES, st.integers(0, 6000))
def test_a_dose_lies_surely_where_each_spread_puts_it(book: Book, ends: tuple[int, int], ago: int) -> None:
    near, far = ends
    found = segment(book, "hair", f"{near}-{far} mm")
    place = found.place((ago * DAY, ago * DAY), course.UNSAID)
    may = placed_one_by_one(near * 1000, far * 1000, ago, book)
    if place != "perhaps":
        assert may == {place}
    else:  # whole days may be too coarse to be sure, by a day
        beside = [placed_one_by_one(near * 1000, far * 1000, ago + by, book) for by in (-1, 0, 1)]
        assert len(set().union(*beside)) > 1


@given(DISTANCES)
def test_the_older_the_dose_the_farther_it_lies(book: Book, ends: tuple[int, int]) -> None:
    found = segment(book, "hair", "{}-{} mm".format(*ends))
    order = [found.place((days * DAY, days * DAY), course.UNSAID) for days in range(0, found.carried, 7)]
    beyond = [{"later": 0, "perhaps": 1, "in": 1, "older": 2}[place] for place in order]
    assert beyond == sorted(beyond)
    surely = [number for number, place in enumerate(order) if place == "in"]
    assert surely == list(range(surely[0], surely[-1] + 1)) if surely else True
    assert found.span[0] <= found.surely[0]
    assert found.surely[1] <= found.span[1] < found.carried


def end(days: int | None) -> End | None:
    return None if days is None else End((days * DAY, START), Duration(days * DAY, f"{days} d"), ("W",))


def settled(stated: tuple[Sides, ...]) -> list[int]:
    found = [OPEN] * (SETTLED * 2)
    course.settle(course.fill(moments(stated), (False, True)), 0, 2, course.UNSAID, found)
    return found


def status(stated: tuple[Sides, ...], ago: int) -> int:
    if not any(map(any, stated)):
        return course.UNKNOWN
    return course.status(*course.stages(settled(stated), 0, 2, ago, ago))


def in_order(days: tuple[int | None, ...]) -> tuple[int | None, ...]:
    given = iter(sorted(day for day in days if day is not None))
    return tuple(None if day is None else next(given) for day in days)


WINDOWS = st.tuples(*[st.none() | st.integers(0, 400)] * 4).map(in_order)


@given(DISTANCES, WINDOWS, st.integers(0, 3000), st.integers(0, DAY - 1))
def test_a_segment_makes_of_a_window_what_the_place_of_the_dose_allows(
    book: Book, ends: tuple[int, int], days: tuple[int | None, ...], ago: int, seconds: int
) -> None:
    whole: tuple[Sides, ...] = ((end(days[0]), end(days[1])), (end(days[2]), end(days[3])))
    part_of = segment(book, "hair", "{}-{} mm".format(*ends))
    at = ago * DAY + seconds
    before, after = status(whole, at), status(part_of.bounded(whole), at)
    place = part_of.place((at, at), course.UNSAID)
    never = days[3] == 0
    if before == course.UNKNOWN:
        assert after == course.UNKNOWN  # no rule, no answer
    elif never:
        assert after == before or at == 0
    elif at > part_of.carried * DAY:
        assert after in {NOT_EXPECTED, POSSIBLE}
        assert after == NOT_EXPECTED or (days[1] or 0) > part_of.carried
    elif place == "in":
        assert after == before or (before == NOT_EXPECTED and after == POSSIBLE)  # it is not cut where rules think
    else:
        assert after in {POSSIBLE, course.NOT_YET}
        assert (after == course.NOT_YET) == (before == course.NOT_YET)
    assert after != EXPECTED or (place == "in" and before == EXPECTED)


# ---------------------------------------------------------------- the answer


def asked(since: str, **more: str) -> ketref.DetectAnswer:
    return ketref.detect("ketamine", matrix="hair", segment="3-6 cm", since=since, **more)


@pytest.mark.parametrize(
    ("since", "place", "found"),
    [
        ("7 d", "later", "possible"),
        ("120 d", "perhaps", "possible"),
        ("500 d", "older", "possible"),
        ("695 d", "older", "possible"),
        ("696 d", "older", "not_expected"),
    ],
)
def test_a_dose_in_before_and_after_a_segment_gets_its_own_answer(since: str, place: str, found: str) -> None:
    answer = asked(since)
    assert answer.segment is not None
    assert (answer.segment["dose"], answer.status) == (place, found)


def test_the_time_of_a_segment_and_its_sources_are_in_the_answer(book: Book) -> None:
    form = asked("7 d").segment
    assert form is not None
    assert [s // DAY for s in form["stands_for_s"]] == [28, 481]  # 3 cm at 1.2 mm a day and 3 d; 6.9 at 0.15, 21 d
    assert [s // DAY for s in form["usual_s"]] == [90, 180]
    assert form["carried_until_s"] == (481 + 214) * DAY
    assert {said["source"] for said in form["sources"]} <= set(book.sources)
    assert "sweat" in form["says"]


def test_of_a_pattern_of_use_earlier_doses_may_lie_in_a_segment_that_the_last_is_later_than() -> None:
    form = asked("7 d", pattern="chronic").segment
    assert form is not None
    assert form["dose"] == "perhaps"


def test_a_window_of_a_usual_length_does_not_close_a_segment_that_lies_farther() -> None:
    whole = ketref.detect("cocaine", matrix="hair", since="200 d")
    farther = ketref.detect("cocaine", matrix="hair", segment="3-6 cm", since="200 d")
    assert (whole.status, farther.status) == ("not_expected", "possible")


def test_what_never_reaches_the_cutoff_does_so_in_no_segment() -> None:
    said = {"cutoff": "0.5 ng/mg", "route": "oral", "dose": "10 mg"}
    assert asked("120 d", **said).status == "not_expected"


def test_where_no_rule_speaks_of_hair_nothing_is_known_of_a_segment() -> None:
    answer = ketref.detect("alprazolam", matrix="hair", segment="3-6 cm", since="7 d")
    assert answer.status == "unknown"
    assert answer.segment is not None


def test_a_flip_of_the_time_names_the_growth() -> None:
    (flip,) = [one for one in ketref.flips(asked("120 d")) if one["axis"] == "elapsed"]
    assert (flip["status"], flip["rule"], flip["to"]) == ("not_expected", "HAIR-G001", 695 * DAY + 1)


def test_an_infusion_lies_in_a_segment_as_a_whole(book: Book) -> None:
    found: Segment = segment(book, "hair", "3-6 cm")
    long = 5 * DAY
    assert found.place((482 * DAY, 482 * DAY), course.UNSAID) == "older"
    assert found.place((482 * DAY, 482 * DAY), long) == "perhaps"
    closed = found.bounded(((end(1), None), (None, None)))[1][1]
    assert closed is not None
    assert closed.at(long) == found.carried * DAY + long


def test_the_command_line_says_the_same(run: Run) -> None:
    words = ("detect", "ketamine", *("--matrix", "hair"), *("--segment", "3-6 cm"), *("--since", "7 d"))
    form = json.loads(run(*words, "--format", "json").out)
    assert form["question"]["segment"] == "3-6 cm"
    assert form["segment"] == asked("7 d").segment
    text = " ".join(run(*words, "--full").out.split())
    assert "positive possible (the dose is later than all of the segment): ketamine in hair 3-6 cm, 7 d after" in text
    assert "stands for what was taken 28 d to 481 d before the sample" in text
    assert "at the usual rate of growth for 90 d to 180 d before it" in text
    assert "HAIR-G001: loussouarn2001 A, 150 to 363 um a day" in text


def test_how_hair_grows_is_shown(run: Run) -> None:
    assert run("show", "hair").out == run("show", "HAIR-G001").out
    assert "um_per_day: 150, 1200" in run("show", "hair").out


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ("um_per_day = [150, 300]", "the usual rate lies between"),
        ('emerges = ["21 d", "3 d"]', "`21 d` comes after `3 d`"),
        ("um_left = -1", "is 0 or more"),
    ],
)
def test_a_growth_that_cannot_be_is_refused(odd: str, says: str, book: Book) -> None:
    key = odd.split()[0]
    terms = bytes(book.texts["terms.toml"]).decode()
    (line,) = [line for line in terms.splitlines() if line.startswith(f"{key} = ")]
    texts = {**book.texts, "terms.toml": terms.replace(line, odd).encode()}
    with pytest.raises(ketref.RulesError, match=says):
        _ = load_texts(texts).terms
