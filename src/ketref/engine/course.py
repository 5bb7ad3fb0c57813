"""Where is a course, given as boundaries with two uncertain ends each, at a given elapsed time?

Integers only, so that plain Python and a compiler run the same text. A row of a course is flat: for every boundary
`earliest, its clock, latest, its clock`. A clock is `START` (the end counts from the start of administration), or
the duration in seconds that is assumed where the question gives none (the end counts from the end of it; `OPEN`:
nothing is assumed), or `beyond` a duration (the end counts from the start, but from the end of an administration that
is longer). `OPEN` as an end or a duration is compared, never added to.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal, Protocol

OPEN = 1 << 62
START = -1
UNSAID = -1
TIMED = 2  # integers per end: seconds and the clock that they count on
SETTLED = 2  # integers per boundary once the duration is known: its earliest and its latest end
WIDTH = TIMED * SETTLED  # integers per boundary

Status = Literal["not_yet", "possible", "expected", "not_expected", "unknown"]
STATUSES: tuple[Status, ...] = ("not_expected", "not_yet", "unknown", "possible", "expected")
UNSURE: frozenset[Status | None] = frozenset({"unknown", "possible"})
NOT_EXPECTED, NOT_YET, UNKNOWN, POSSIBLE, EXPECTED = range(len(STATUSES))
EXCLUDED: frozenset[Status] = frozenset({"not_yet", "not_expected"})
"""The statuses that exclude a positive."""
AFTER_DOSES = (*STATUSES, "no_dose", "no_record")
"""What can be said after several doses: `no_dose` where none was taken by then, `no_record` where nothing is known."""
NO_DOSE, NO_RECORD = AFTER_DOSES.index("no_dose"), AFTER_DOSES.index("no_record")
OF_STATUS = 2  # boundaries of a course that has a status: before, present, over
OPENS, SURE, CLOSING, CLOSED = range(SETTLED * OF_STATUS)
"""The places of its ends in a settled row: it may begin, has surely begun, may end, is surely over."""


class Integers(Protocol):
    """Whole numbers in a row: a list, a tuple, an array of any library."""

    def __getitem__(self, index: int, /) -> Any:
        """The number at a place."""


class Writable(Protocol):
    """Whole numbers in a row that can be written."""

    def __setitem__(self, index: int, value: int, /) -> None:
        """Write the number at a place."""


Moment = tuple[int, int]  # seconds and the clock they count on
Ends = tuple[Moment | None, Moment | None]


def beyond(duration: int) -> int:
    """The clock of the start, but of the end where the administration takes longer than so many seconds."""
    return START - 1 - duration


def moment(value: int, clock: int, duration: int) -> int:
    """Seconds since the start of administration at which an end lies, `OPEN` where that cannot be said."""
    if value == OPEN or clock == START:
        return value
    if clock < START:
        return value + duration if clock > START - 1 - duration else value
    if duration == UNSAID:
        duration = clock
    if duration == OPEN:
        return OPEN
    return value + duration


def settle(ends: Integers, row: int, boundaries: int, duration: int, moments: Writable) -> None:
    """Write the moments of a course, which then no longer depend on the duration, to the begin of `moments`.

    `ends` holds rows, `row` is the index of the first integer of this one, `duration` the seconds that the
    administration took (`UNSAID`: not given). A settled row is flat too: for every boundary `earliest, latest`, in
    seconds since the start of administration.
    """
    for i in range(SETTLED * boundaries):
        moments[i] = moment(ends[row + TIMED * i], ends[row + TIMED * i + 1], duration)


def stages(moments: Integers, row: int, boundaries: int, soonest: int, longest: int) -> tuple[int, int]:
    """The earliest and the latest stage that the course can be in, `soonest` to `longest` seconds after its start.

    `moments` holds settled rows, `row` is the index of the first integer of this one.
    """
    earliest_stage = 0
    latest_stage = 0
    for boundary in range(boundaries):
        i = row + SETTLED * boundary
        latest_stage += moments[i] <= longest
        earliest_stage += moments[i + 1] <= soonest
    return earliest_stage, latest_stage


def next_change(moments: Integers, row: int, boundaries: int, soonest: int, longest: int, seen: Integers) -> int:
    """Seconds from the asked time until what is seen of a course changes, `OPEN` if it never does.

    What is seen of an earliest and a latest stage is `seen[(boundaries + 1) * earliest + latest]`; the rest as in
    `stages`.
    """
    earliest, latest = stages(moments, row, boundaries, soonest, longest)
    now = seen[(boundaries + 1) * earliest + latest]
    wait = 0
    while True:
        following = OPEN
        for i in range(row, row + SETTLED * boundaries):
            if moments[i] != OPEN:
                for since in (soonest, longest):
                    if wait < moments[i] - since < following:
                        following = moments[i] - since
        if following == OPEN:
            return OPEN
        wait = following
        earliest, latest = stages(moments, row, boundaries, soonest + wait, longest + wait)
        if seen[(boundaries + 1) * earliest + latest] != now:
            return wait


def status(earliest_stage: int, latest_stage: int) -> int:
    """The status of a course of three stages: before, present, over."""
    if earliest_stage != latest_stage:
        return POSSIBLE
    if latest_stage == 0:
        return NOT_YET
    if latest_stage == 1:
        return EXPECTED
    return NOT_EXPECTED


def holds_until(moments: Integers, row: int, found: int, low: int, high: int, unit: int) -> int:
    """When a course of three stages no longer has at least a status that it has, `OPEN` where nothing ends it.

    It began between `low` and `high`; `unit` is how many of their units are one of those of `moments`.
    """
    moment = OPEN
    begun = low
    if found == NOT_YET:
        moment = moments[row + OPENS]
    elif found == EXPECTED:
        moment = moments[row + CLOSING]
    elif found == POSSIBLE:
        moment = moments[row + CLOSED]
        begun = high
    if moment == OPEN:
        return OPEN
    return begun + moment * unit


STATUS_SEEN = tuple(status(*stages) for stages in product(range(OF_STATUS + 1), repeat=2))
"""What is seen of a course of three stages: its status."""


def fill(stated: Sequence[Ends], ending: Sequence[bool]) -> list[int]:
    """The flat row of a course: what no rule states is taken, clock and all, from the neighbouring boundary.

    A missing earliest is the earliest of the boundary before it (none: 0), a missing latest the latest of the boundary
    after it (none: open). `ending` marks boundaries at which something ends: such an end still belongs to the stage
    before it, so the next stage begins one second later.
    """
    earliest: list[Moment] = []
    before: Moment = (0, START)
    for (low, _), ends in zip(stated, ending, strict=True):
        before = _next_stage(low, ends) if low else before
        earliest.append(before)
    latest: list[Moment] = []
    after: Moment = (OPEN, START)
    for (_, high), ends in zip(reversed(stated), reversed(ending), strict=True):
        after = _next_stage(high, ends) if high else after
        latest.append(after)
    return [n for low, high in zip(earliest, reversed(latest), strict=True) for n in (*low, *high)]


def _next_stage(end: Moment, ends: bool) -> Moment:
    return end if end[0] == OPEN else (end[0] + ends, end[1])


def crossing(stated: Sequence[Ends]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The first two stated ends that are out of order, each as (boundary, 0 earliest or 1 latest); None if in order.

    Earliest ends must not decrease along the course, nor latest ends, and an earliest end must not follow a latest end
    of its own or a later boundary: for every duration of the administration, and for those that are assumed.
    """
    ends = [(b, side, stated[b][side]) for b in range(len(stated)) for side in (0, 1)]
    for b, side, first in ends:
        for c, other, second in ends:
            ordered = (b < c and side <= other) or (b == c and side < other)
            if ordered and first and second and not _in_order(first, second):
                return (b, side), (c, other)
    return None


def _in_order(first: Moment, second: Moment) -> bool:
    if first[0] > second[0]:
        return False
    if first[1] == START or second[0] == OPEN:
        return True
    if second[1] == START:  # counts from the start, yet must follow what may count from the end
        return False
    if first[1] < START:
        return second[1] > START or second[1] >= first[1]  # from the end too, for every duration for which the first is
    return second[1] > START and moment(*first, UNSAID) <= moment(*second, UNSAID)
