"""Which dose governs a test of its subject at a moment, and until when?

Where a subject took few doses, each is asked, from the latest one back; where it took many, only those that lead.
"""

from __future__ import annotations

from typing import NamedTuple

from ketref.bulk.columns.distinct import NONE
from ketref.bulk.compiling import Integer
from ketref.bulk.timelines.law import ASIDE, Law, Numbers
from ketref.bulk.timelines.leaders import (
    CLASS,
    DOSE,
    ENDED,
    KIND,
    LASTED,
    LATEST,
    LOW,
    ORDER,
    SINCE,
    UNTIL,
    Work,
    coordinate,
    leader,
    reached,
)
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
    WIDTH,
    holds_until,
    settle,
    stages,
)


class Taken(NamedTuple):
    """What a subject took until a sample was drawn: the first so many `readings`, of doses that count at this `moment`.

    Those that lead are kept in so many `slots`, none where the doses are few.
    """

    readings: Integer
    moment: Integer
    slots: Integer


def governing(
    law: Law, work: Work, taken: Taken, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """The highest status after the doses taken, until when it holds, and the dose and class that give it.

    `NONE` where the test covers no dose taken. Without `whole` only the status is right.
    """
    if taken.slots:
        return of_many(law, work, test, low, high, whole)
    return of_few(law, work, taken, test, low, high, whole)


def of_few(
    law: Law, work: Work, taken: Taken, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """Which dose governs, of doses that are all asked until no earlier one can."""
    best, until, by_dose, by_class = NONE, 0, NONE, NONE
    longest, highest, courses = law.longest[test], law.highest[test], law.courses[test]
    for i in range(taken.readings - 1, -1, -1):
        known = work.read[i]
        least = NOT_EXPECTED + (whole and known[SINCE] >= work.of[by_dose, LOW])  # what no earlier one is higher than
        if best >= least and low - known[ENDED] >= longest:
            break
        course = courses[known[CLASS]]
        if course == ASIDE or taken.moment >= known[UNTIL]:
            continue
        code = after(law, work, course, known, low, high)
        if not whole:
            best = max(best, code)
            if best == highest:
                break
        elif code >= best:
            hold = held(law, work, course, known, code)
            if code > best or before(law, work, hold, known[DOSE], known[CLASS], until, by_dose, by_class):
                best, until, by_dose, by_class = code, hold, known[DOSE], known[CLASS]
    return best, until, by_dose, by_class


def of_many(
    law: Law, work: Work, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """Which dose governs, of those that lead their class."""
    best, until, by_dose, by_class = NONE, 0, NONE, NONE
    least = NOT_EXPECTED + whole  # what no slot that is over is higher than, nor governs before
    slot = work.older[-1]
    while slot < len(work.ended):
        since = low - work.ended[slot]
        if best >= least and since >= law.longest[test]:
            break
        of = work.slots[slot]
        course = law.courses[test, of]
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
                    tried, code = dose, after(law, work, course, work.of[dose], low, high)
                if code < aim:
                    continue
                if not whole:
                    best = code
                else:
                    hold = held(law, work, course, work.of[dose], code)
                    if code > best or before(law, work, hold, dose, of, until, by_dose, by_class):
                        best, until, by_dose, by_class = code, hold, dose, of
                break
            if best == law.highest[test] and not whole:
                break
        slot = work.older[slot]
    return best, until, by_dose, by_class


def after(law: Law, work: Work, course: Integer, known: Numbers, low: Integer, high: Integer) -> Integer:
    """The status after one dose of which the times are known."""
    soonest, longest = low - known[LATEST], high - known[LOW]
    if law.lasting[course]:
        settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, known[LASTED], work.own)
        earliest, latest = stages(work.own, 0, OF_STATUS, soonest, longest)
    else:
        earliest, latest = stages(law.moments, SETTLED * OF_STATUS * course, OF_STATUS, soonest, longest)
    return law.seen[course, (OF_STATUS + 1) * earliest + latest]


def held(law: Law, work: Work, course: Integer, known: Numbers, code: Integer) -> Integer:
    """Until when such a dose keeps at least a status that it gives."""
    settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, known[LASTED], work.own)
    return holds_until(work.own, 0, code, known[LOW], known[LATEST], 1)


def before(
    law: Law,
    work: Work,
    hold: Integer,
    dose: Integer,
    of: Integer,
    until: Integer,
    by_dose: Integer,
    by_class: Integer,
) -> Integer:
    """Whether a dose governs before another with the same status."""
    if hold != until:
        return hold > until
    if work.of[dose, LOW] != work.of[by_dose, LOW]:
        return work.of[dose, LOW] > work.of[by_dose, LOW]
    if dose != by_dose:
        return work.of[dose, ORDER] < work.of[by_dose, ORDER]
    return pattern_of(law, work, dose, of) > pattern_of(law, work, dose, by_class)


def pattern_of(law: Law, work: Work, dose: Integer, of: Integer) -> Integer:
    """The most frequent pattern that a dose shows and that makes it of a class."""
    most = 0
    for reading in range(law.classes.shape[1]):
        if (work.shown[dose] >> reading) & 1 and law.classes[work.of[dose, KIND], reading] == of:
            most = max(most, reading % (len(law.days) + 1))
    return most


def waits(
    law: Law, work: Work, taken: Taken, test: Integer, low: Integer, high: Integer, now: Integer, hold: Integer
) -> Integer:
    """Microseconds until the highest status is no more what it is `now`, if nothing more is taken; `OPEN`: never."""
    wait, then = 0, now
    while then == now:
        following = OPEN
        if hold != OPEN:
            following = hold - (low if now == POSSIBLE else high)
        wait = min(following, wait + rises(law, work, taken, test, low + wait, high + wait, now))
        if wait >= OPEN:
            return OPEN
        then, hold, _, _ = governing(law, work, taken, test, low + wait, high + wait, True)
    return wait


def rises(law: Law, work: Work, taken: Taken, test: Integer, low: Integer, high: Integer, now: Integer) -> Integer:
    """Microseconds until a dose first has a higher status, `OPEN` if none ever has."""
    soonest = OPEN
    for slot in range(taken.slots):
        course = law.courses[test, work.slots[slot]]
        for aim in range(max(now + 1, POSSIBLE), EXPECTED + 1):
            if opening(law, work, course, aim, high - low):
                soonest = min(soonest, opens(law, work, slot, course, aim, low, high, soonest))
    for i in range(0 if taken.slots else taken.readings):
        known = work.read[i]
        course = law.courses[test, known[CLASS]]
        for aim in range(max(now + 1, POSSIBLE), EXPECTED + 1):
            if taken.moment < known[UNTIL] and opening(law, work, course, aim, high - low):
                soonest = min(soonest, comes(law, work, known, course, aim, low, high, soonest))
    return soonest


def comes(
    law: Law,
    work: Work,
    known: Numbers,
    course: Integer,
    aim: Integer,
    low: Integer,
    high: Integer,
    soonest: Integer,
) -> Integer:
    """Microseconds until one dose first has a status, if that is before `soonest`."""
    now = low if aim == EXPECTED else high
    wait = coordinate(known, law.order[course, aim]) + law.reach[course, aim] - now
    if 0 < wait < soonest and after(law, work, course, known, low + wait, high + wait) >= aim:
        return wait
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
        code = after(law, work, course, work.of[work.members[place, begin + j]], low + wait, high + wait)
        if code >= aim:
            return wait
    return soonest
