"""When is the highest status after the doses of a subject another, if nothing more is taken?

All functions are compiled.
"""

from __future__ import annotations

from ketref.compiling import Integer
from ketref.course import CLOSED, CLOSING, EXPECTED, OF_STATUS, OPEN, OPENS, POSSIBLE, SURE, TIMED, WIDTH
from ketref.governing import after, governing
from ketref.leading import Law, Work, reached


def waits(
    law: Law,
    work: Work,
    slots: Integer,
    test: Integer,
    low: Integer,
    high: Integer,
    now: Integer,
    hold: Integer,
) -> Integer:
    """Microseconds until the highest status is no more what it is `now`, if nothing more is taken; `OPEN`: never."""
    wait, then = 0, now
    while then == now:
        following = OPEN
        if hold != OPEN:
            following = hold - (low if now == POSSIBLE else high)
        wait = min(following, wait + rises(law, work, slots, test, low + wait, high + wait, now))
        if wait >= OPEN:
            return OPEN
        then, hold, _, _ = governing(law, work, test, low + wait, high + wait, True)
    return wait


def rises(law: Law, work: Work, slots: Integer, test: Integer, low: Integer, high: Integer, now: Integer) -> Integer:
    """Microseconds until a dose first has a higher status, `OPEN` if none ever has."""
    soonest = OPEN
    for slot in range(slots):
        course = law.courses[test, work.slots[slot]]
        for aim in range(POSSIBLE, EXPECTED + 1):
            if aim > now and opening(law, work, course, aim, high - low):
                soonest = min(soonest, opens(law, work, slot, course, aim, low, high, soonest))
    return soonest


def opening(law: Law, work: Work, course: Integer, aim: Integer, wide: Integer) -> Integer:
    """Whether a course can come to a status at all, as far as its ends tell, in a test so `wide`."""
    first, last = (SURE, CLOSING) if aim == EXPECTED else (OPENS, CLOSED)
    row = WIDTH * OF_STATUS * course
    begin, end = row + TIMED * first, row + TIMED * last
    if law.reach[course, aim] == OPEN:
        return False
    if law.ends[end] == OPEN or law.ends[begin + 1] != law.ends[end + 1]:
        return True
    lasts = law.ends[end] - law.ends[begin]
    if aim == EXPECTED:
        return lasts > wide
    return lasts + wide > 0 or work.ranges


def opens(
    law: Law,
    work: Work,
    slot: Integer,
    course: Integer,
    aim: Integer,
    low: Integer,
    high: Integer,
    soonest: Integer,
) -> Integer:
    """Microseconds until a dose of a class first has a status, if that is before `soonest`."""
    now = low if aim == EXPECTED else high
    reach, place = law.reach[course, aim], work.order[course, aim]
    begin, count = work.begin[slot], work.filled[slot]
    for j in range(reached(work.keys[place], begin, count, now - reach), count):
        wait = work.keys[place, begin + j] + reach - now
        if wait >= soonest:
            break
        code = after(law, work, course, work.members[place, begin + j], low + wait, high + wait)
        if code >= aim:
            return wait
    return soonest
