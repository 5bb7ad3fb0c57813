"""Which dose governs a test of its subject at a moment, and until when?"""

from __future__ import annotations

from ketref.bulk.columns.distinct import NONE
from ketref.bulk.compiling import Integer
from ketref.bulk.timelines.law import ASIDE, Law
from ketref.bulk.timelines.leaders import KIND, LASTED, LATEST, LOW, ORDER, Work, leader, reached
from ketref.engine.course import (
    CLOSED,
    CLOSING,
    EXPECTED,
    NOT_EXPECTED,
    OF_STATUS,
    OPEN,
    OPENS,
    POSSIBLE,
    SETTLED,
    SURE,
    TIMED,
    UNKNOWN,
    WIDTH,
    holds_until,
    settle,
    stages,
    status,
)


def governing(
    law: Law, work: Work, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """The highest status after the doses taken, until when it holds, and the dose and slot that give it.

    `NONE` where the test covers no dose taken. Without `whole` only the status is right.
    """
    best, until, by_dose, by_slot = NONE, 0, NONE, NONE
    least = NOT_EXPECTED + whole  # what no slot that is over is higher than, nor governs before
    slot = work.older[-1]
    while slot < len(work.ended):
        since = low - work.ended[slot]
        if best >= least and since >= law.longest[test]:
            break
        course = law.courses[test, work.slots[slot]]
        if course == ASIDE:
            slot = work.older[slot]
            continue
        over = since >= law.over[course]
        if over and not whole:
            best = max(best, NOT_EXPECTED)
        else:
            tried, code = NONE, NONE
            for aim in range(NOT_EXPECTED if over else EXPECTED, max(best - whole, NONE), -1):
                dose = leader(law, work, slot, course, aim, low if aim == EXPECTED else high)
                if dose < 0:
                    continue
                if dose != tried:
                    tried, code = dose, after(law, work, course, dose, low, high)
                if code < aim:
                    continue
                if not whole:
                    best = code
                else:
                    hold = held(law, work, course, dose, code)
                    if code > best or before(law, work, hold, dose, slot, until, by_dose, by_slot):
                        best, until, by_dose, by_slot = code, hold, dose, slot
                break
            if best == EXPECTED and not whole:
                break
        slot = work.older[slot]
    return best, until, by_dose, by_slot


def after(law: Law, work: Work, course: Integer, dose: Integer, low: Integer, high: Integer) -> Integer:
    """The status after one dose."""
    if law.silent[course]:
        return UNKNOWN
    soonest, longest = low - work.of[dose, LATEST], high - work.of[dose, LOW]
    if law.lasting[course]:
        settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, work.of[dose, LASTED], work.own)
        earliest, latest = stages(work.own, 0, OF_STATUS, soonest, longest)
    else:
        earliest, latest = stages(law.moments, SETTLED * OF_STATUS * course, OF_STATUS, soonest, longest)
    code = status(earliest, latest)
    return min(code, POSSIBLE) if law.capped[course] else code


def held(law: Law, work: Work, course: Integer, dose: Integer, code: Integer) -> Integer:
    """Until when a dose keeps at least a status that it gives."""
    if law.silent[course]:
        return OPEN
    settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, work.of[dose, LASTED], work.own)
    return holds_until(work.own, 0, code, work.of[dose, LOW], work.of[dose, LATEST], 1)


def before(
    law: Law,
    work: Work,
    hold: Integer,
    dose: Integer,
    slot: Integer,
    until: Integer,
    by_dose: Integer,
    by_slot: Integer,
) -> Integer:
    """Whether a dose governs before another with the same status."""
    if hold != until:
        return hold > until
    if work.of[dose, LOW] != work.of[by_dose, LOW]:
        return work.of[dose, LOW] > work.of[by_dose, LOW]
    if dose != by_dose:
        return work.of[dose, ORDER] < work.of[by_dose, ORDER]
    return pattern_of(law, work, dose, slot) > pattern_of(law, work, dose, by_slot)


def pattern_of(law: Law, work: Work, dose: Integer, slot: Integer) -> Integer:
    """The most frequent pattern that a dose shows and that makes it of a class."""
    most = 0
    for reading in range(law.classes.shape[1]):
        if (work.shown[dose] >> reading) & 1 and law.classes[work.of[dose, KIND], reading] == work.slots[slot]:
            most = max(most, reading % (len(law.days) + 1))
    return most


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
