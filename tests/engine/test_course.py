"""Where is a course at a given second?"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from ketref.engine import course
from ketref.engine.course import EXPECTED, NOT_EXPECTED, NOT_YET, OPEN, POSSIBLE, START, STATUSES, UNSAID

WINDOW = (False, True)  # the second boundary is one at which something ends
PHASES = (False,) * 5
Stated = Sequence[course.Ends]


def at(second: int, clock: int = START) -> course.Moment:
    """An end on a clock; `clock` is the duration assumed where the end counts from the end of administration."""
    return second, clock


def span(earliest: int | None, latest: int | None) -> course.Ends:
    """A boundary that counts from the start."""
    return (None if earliest is None else at(earliest)), (None if latest is None else at(latest))


def stages(
    stated: Stated, ending: Sequence[bool], soonest: int, longest: int | None = None, duration: int = UNSAID
) -> tuple[int, int]:
    longest = soonest if longest is None else longest
    moments = [0] * (course.SETTLED * len(stated))
    course.settle(course.fill(stated, ending), 0, len(stated), duration, moments)
    return course.stages(moments, 0, len(stated), soonest, longest)


def status(stated: Stated, soonest: int, longest: int | None = None) -> int:
    return course.status(*stages(stated, WINDOW, soonest, longest))


# ---------------------------------------------------------------- one moment


@pytest.mark.parametrize(
    ("end", "duration", "second"),
    [
        (at(100), UNSAID, 100),
        (at(100), 40, 100),
        (at(100, 60), UNSAID, 160),
        (at(100, 60), 40, 140),
        (at(100, 60), 0, 100),
        (at(100, OPEN), 40, 140),
    ],
)
def test_an_end_on_the_end_clock_lies_after_the_given_else_the_assumed_duration(end, duration, second):
    assert course.moment(*end, duration) == second


@pytest.mark.parametrize(
    ("end", "duration"), [(at(OPEN), 40), (at(OPEN, 60), 40), (at(OPEN, OPEN), 40), (at(7, OPEN), UNSAID)]
)
def test_nothing_is_ever_added_to_an_open_end(end, duration):
    assert course.moment(*end, duration) == OPEN


# ---------------------------------------------------------------- closed at both ends


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (0, NOT_YET),
        (9, NOT_YET),
        (10, POSSIBLE),
        (11, POSSIBLE),
        (19, POSSIBLE),
        (20, EXPECTED),
        (21, EXPECTED),
        (29, EXPECTED),
        (30, EXPECTED),
        (31, POSSIBLE),
        (39, POSSIBLE),
        (40, POSSIBLE),
        (41, NOT_EXPECTED),
    ],
)
def test_a_window_opens_on_its_first_and_closes_after_its_last_second(second, expected):
    assert status([span(10, 20), span(30, 40)], second) == expected


@pytest.mark.parametrize(("second", "stage"), [(9, 0), (10, 1), (11, 1), (19, 1), (20, 2), (21, 2)])
def test_a_phase_begins_on_the_second_of_its_boundary(second, stage):
    assert stages([span(10, 10), span(20, 20)], (False, False), second) == (stage, stage)


@pytest.mark.parametrize(
    ("soonest", "longest", "expected"),
    [
        (0, 9, NOT_YET),
        (0, 10, POSSIBLE),
        (20, 30, EXPECTED),
        (20, 31, POSSIBLE),
        (41, 90, NOT_EXPECTED),
        (-5, 5, NOT_YET),
    ],
)
def test_a_range_of_time_takes_the_earliest_stage_at_its_begin_and_the_latest_at_its_end(soonest, longest, expected):
    assert status([span(10, 20), span(30, 40)], soonest, longest) == expected


@pytest.mark.parametrize(
    ("earliest", "latest", "name"),
    [
        (0, 0, "not_yet"),
        (1, 1, "expected"),
        (2, 2, "not_expected"),
        (0, 1, "possible"),
        (1, 2, "possible"),
        (0, 2, "possible"),
    ],
)
def test_more_than_one_possible_stage_is_possible(earliest, latest, name):
    assert STATUSES[course.status(earliest, latest)] == name


def test_statuses_are_numbered_in_the_order_in_which_several_doses_combine():
    assert STATUSES == ("not_expected", "not_yet", "unknown", "possible", "expected")


# ---------------------------------------------------------------- missing ends


@pytest.mark.parametrize(
    ("stated", "timeline"),
    [
        ([span(None, None), span(None, None)], {0: POSSIBLE, 10**12: POSSIBLE}),
        ([span(None, 20), span(None, None)], {0: POSSIBLE, 20: POSSIBLE, 10**12: POSSIBLE}),
        ([span(10, None), span(None, None)], {9: NOT_YET, 10: POSSIBLE, 10**12: POSSIBLE}),
        ([span(None, None), span(30, None)], {0: POSSIBLE, 30: POSSIBLE, 31: POSSIBLE}),
        ([span(None, None), span(None, 40)], {0: POSSIBLE, 40: POSSIBLE, 41: NOT_EXPECTED}),
        ([span(None, 20), span(30, None)], {19: POSSIBLE, 20: EXPECTED, 30: EXPECTED, 31: POSSIBLE, 10**12: POSSIBLE}),
        ([span(10, None), span(None, 40)], {9: NOT_YET, 10: POSSIBLE, 40: POSSIBLE, 41: NOT_EXPECTED}),
    ],
)
def test_a_missing_end_is_neither_for_ever_nor_never(stated, timeline):
    assert {second: status(stated, second) for second in timeline} == timeline


def test_missing_ends_are_filled_from_the_neighbours_after_the_second_is_added():
    assert course.fill([span(10, None), span(None, 40)], WINDOW) == [10, START, 41, START, 10, START, 41, START]


def test_an_open_end_of_a_closing_boundary_stays_exactly_open():
    filled = course.fill([span(10, 20), (at(30), at(OPEN))], WINDOW)
    assert filled == [10, START, 20, START, 31, START, OPEN, START]


def test_a_filled_end_keeps_the_clock_of_its_neighbour():
    filled = course.fill([(at(5, 60), at(9, 90)), (None, None), (at(8, 60), at(20, 90))], (False,) * 3)
    assert filled[course.WIDTH : 2 * course.WIDTH] == [5, 60, 20, 90]


@pytest.mark.parametrize("missing", range(5))
def test_a_missing_phase_never_moves_its_neighbours(missing):
    whole = [span(10 * n, 10 * n + 5) for n in range(1, 6)]
    without = [*whole[:missing], span(None, None), *whole[missing + 1 :]]
    flat, other = course.fill(whole, PHASES), course.fill(without, PHASES)
    kept = [i for i in range(len(flat)) if i // course.WIDTH != missing]
    assert [other[i] for i in kept] == [flat[i] for i in kept]


# ---------------------------------------------------------------- two clocks

DRIP = [span(0, 5), (at(10, 40), at(20, 60))]  # begins at once; ends 10 to 20 s after a drip of 40 to 60 s


@pytest.mark.parametrize(
    ("duration", "first", "last"),
    [(UNSAID, 50, 80), (0, 10, 20), (40, 50, 60), (100, 110, 120)],
)
def test_an_unsaid_duration_is_the_shortest_for_the_earliest_and_the_longest_for_the_latest_end(duration, first, last):
    ending = (False, False)
    assert stages(DRIP, ending, first - 1, duration=duration) == (1, 1)
    assert stages(DRIP, ending, first, duration=duration)[1] == 2
    assert stages(DRIP, ending, last - 1, duration=duration)[0] == 1
    assert stages(DRIP, ending, last, duration=duration) == (2, 2)


def test_without_a_given_or_an_assumed_duration_an_end_after_it_is_never_reached():
    stated = [span(0, 0), (at(10, 0), at(20, OPEN))]
    assert stages(stated, (False, False), 9) == (1, 1)
    assert stages(stated, (False, False), 10**12) == (1, 2)


# ---------------------------------------------------------------- rows


def test_a_row_is_read_from_where_it_begins():
    rows = array("q", course.fill([span(1, 1), span(2, 2)], WINDOW) + course.fill([span(10, 20), span(30, 40)], WINDOW))
    moments = array("q", [0] * 8)
    course.settle(rows, 2 * course.WIDTH, 2, UNSAID, moments)
    assert list(moments) == [10, 20, 31, 41, 0, 0, 0, 0]
    shifted = array("q", [0, 0, 0, 0, *moments[:4]])
    assert course.stages(shifted, 2 * course.SETTLED, 2, 25, 25) == (1, 1)


# ---------------------------------------------------------------- what changes next


@pytest.mark.parametrize(
    ("soonest", "longest", "wait"),
    [
        (0, 0, 10),
        (9, 9, 1),
        (10, 10, 10),
        (20, 20, 11),
        (30, 30, 1),
        (31, 31, 10),
        (41, 41, OPEN),
        (-5, 5, 5),
        (0, 31, 41),
    ],
)
def test_the_next_change_is_the_first_second_at_which_something_else_is_seen(soonest, longest, wait):
    moments = [10, 20, 31, 41]
    assert course.next_change(moments, 0, 2, soonest, longest, course.STATUS_SEEN) == wait


def test_a_change_of_stages_that_is_not_seen_is_passed_over():
    moments = [0, 70, 60, OPEN]
    assert course.next_change(moments, 0, 2, 10, 10, course.STATUS_SEEN) == OPEN  # possible all along
    assert course.next_change(moments, 0, 2, 10, 10, range(9)) == 50


# ---------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("stated", "crossed"),
    [
        ([span(10, 20), span(30, 40)], None),
        ([span(10, 10), span(10, 10)], None),
        ([span(10, 40), span(20, 50)], None),  # boundaries may overlap
        ([span(20, 10), span(None, None)], ((0, 0), (0, 1))),
        ([span(20, None), span(10, None)], ((0, 0), (1, 0))),
        ([span(None, 20), span(None, 10)], ((0, 1), (1, 1))),
        ([span(20, None), span(None, 10)], ((0, 0), (1, 1))),
        ([span(None, 20), span(10, None)], None),  # a late opening and an early end exclude nothing
        ([span(20, None), span(None, None), span(10, None)], ((0, 0), (2, 0))),
        ([(at(5, 40), at(5, 60)), (at(5, 40), at(5, 60))], None),
        ([(at(6, 40), None), (at(5, 40), None)], ((0, 0), (1, 0))),
        ([span(50, None), (at(20, 40), None)], ((0, 0), (1, 0))),  # a short drip would turn them round
        ([span(10, None), (at(10, 40), None)], None),
        ([(at(0, 40), None), span(10**9, None)], ((0, 0), (1, 0))),  # and so would a long one
        ([(at(0, 40), None), (at(OPEN), None)], None),
        ([(at(0, 40), None), (at(0, 30), None)], ((0, 0), (1, 0))),  # in order only if a duration is given
    ],
)
def test_ends_must_not_decrease_along_the_course_whatever_the_duration(stated, crossed):
    assert course.crossing(stated) == crossed
