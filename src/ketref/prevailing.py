"""What do all doses of each subject make of each of its samples?

One pass over the subjects: the doses of one are taken in time order as its samples come. `leading` tells which doses
can govern; the functions of `course`, which answer a single question too, tell what their courses are.
"""

from __future__ import annotations

from typing import NamedTuple

from ketref.coding import Array
from ketref.course import (
    EXPECTED,
    NOT_EXPECTED,
    OPEN,
    POSSIBLE,
    UNKNOWN,
    holds_until,
    settle,
    stages,
    status,
)
from ketref.leading import HIGH, Integer, Law, Work, by, classed, leader, reached, show, take

NO_DOSE, WITHHELD = 5, 6  # instead of a status: nothing was taken by then; something that was is not understood
SECOND = 10**6
NONE = -1


class Doses(NamedTuple):
    """The doses: `order` lists the rows, those of one group together, in the order of their starts; empty: as they lie.

    Of each row the earliest and the latest start in microseconds, how many its administration `lasted` (negative:
    unsaid), and its `kind`.
    """

    order: Array
    low: Array
    high: Array
    lasted: Array
    kind: Array


class Samples(NamedTuple):
    """The samples likewise, in the order of their latest moments; `first` is the place of the first answer of each."""

    order: Array
    low: Array
    high: Array
    test: Array
    first: Array


class Groups(NamedTuple):
    """The doses of one substance that one subject took, and its samples: from begin to end in their orders.

    `rank` is added to the place of each answer; from `doubt` on it is not known what was taken.
    """

    dose_begin: Array
    dose_end: Array
    sample_begin: Array
    sample_end: Array
    rank: Array
    doubt: Array


class Found(NamedTuple):
    """The answers; an array that has no room is not wanted. A `pattern` is a number of a column of `Law.classes`."""

    status: Array
    dose: Array
    pattern: Array
    soonest: Array
    longest: Array
    wait: Array


# ---------------------------------------------------------------- compiled


def prevail(
    doses: Doses, samples: Samples, groups: Groups, law: Law, work: Work, found: Found, first: Integer, last: Integer
) -> None:
    """Write the answers of some groups."""
    whole = len(found.dose) > 0 or len(found.pattern) > 0 or len(found.soonest) > 0
    for group in range(first, last):
        begin, end = groups.sample_begin[group], groups.sample_end[group]
        if begin == end:
            continue
        count = gather(doses, work, groups.dose_begin[group], groups.dose_end[group])
        if len(law.days):
            show(law, work, count)
        slots = classed(law, work, count)
        taken = 0
        for s in range(begin, end):
            row = samples.order[s] if len(samples.order) else s
            low, high, test = samples.low[row], samples.high[row], samples.test[row]
            place = (samples.first[row] if len(samples.first) else row) + groups.rank[group]
            while taken < count and work.low[taken] <= high:
                take(law, work, taken)
                taken += 1
            if high >= groups.doubt[group]:
                found.status[place] = WITHHELD
            elif taken == 0:
                found.status[place] = NO_DOSE
            else:
                code, _, dose, slot = governing(law, work, slots, test, low, high, whole)
                found.status[place] = code
                if whole:
                    if len(found.dose):
                        found.dose[place] = work.row[dose]
                    if len(found.pattern):
                        found.pattern[place] = pattern_of(law, work, dose, slot)
                    if len(found.soonest):
                        found.soonest[place] = (low - work.high[dose]) // SECOND
                        found.longest[place] = (high - work.low[dose]) // SECOND
                if len(found.wait):
                    found.wait[place] = waits(law, work, slots, test, low, high)
        for slot in range(slots):
            work.slot_of[work.slots[slot]] = NONE


def gather(doses: Doses, work: Work, begin: Integer, end: Integer) -> Integer:
    """Copy the doses of a group to where they are worked on; how many they are."""
    for i in range(end - begin):
        row = doses.order[begin + i] if len(doses.order) else begin + i
        work.row[i] = row
        work.low[i] = doses.low[row]
        work.high[i] = doses.high[row] if len(doses.high) else doses.low[row]
        work.lasted[i] = doses.lasted[row] if len(doses.lasted) else NONE
        work.kind[i] = doses.kind[row]
    return end - begin


def weigh(law: Law, work: Work, course: Integer, dose: Integer, low: Integer, high: Integer) -> tuple[Integer, Integer]:
    """The status after one dose, and until when it holds at least that."""
    soonest, longest = low - work.high[dose], high - work.low[dose]
    if law.silent[course]:
        return UNKNOWN, OPEN
    if law.lasting[course]:
        settle(law.ends, 8 * course, 2, work.lasted[dose], work.own)
        earliest, latest = stages(work.own, 0, 2, soonest, longest)
        code = status(earliest, latest)
        return code, holds_until(work.own, 0, code, work.low[dose], work.high[dose], 1)
    earliest, latest = stages(law.moments, 4 * course, 2, soonest, longest)
    code = status(earliest, latest)
    return code, holds_until(law.moments, 4 * course, code, work.low[dose], work.high[dose], 1)


def governing(
    law: Law, work: Work, slots: Integer, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """The highest status after the doses taken, until when it holds, and the dose and slot that give it.

    Without `whole` only the status is right.
    """
    best, until, by_dose, by_slot = -1, 0, -1, -1
    for slot in range(slots):
        if work.filled[slot] == 0:
            continue
        course = law.courses[test, work.slots[slot]]
        for aim in range(EXPECTED, NOT_EXPECTED - 1, -1):
            if best > aim or (best == aim and not whole):
                break
            if (aim == UNKNOWN) != law.silent[course]:
                continue
            dose = leader(law, work, slot, course, aim, low, high)
            if dose < 0:
                continue
            code, hold = weigh(law, work, course, dose, low, high)
            if code < aim:
                continue
            if code > best or before(law, work, hold, dose, slot, until, by_dose, by_slot):
                best, until, by_dose, by_slot = code, hold, dose, slot
            break
        if best == EXPECTED and not whole:
            break
    return best, until, by_dose, by_slot


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
    if work.low[dose] != work.low[by_dose]:
        return work.low[dose] > work.low[by_dose]
    if dose != by_dose:
        return dose < by_dose
    return pattern_of(law, work, dose, slot) > pattern_of(law, work, dose, by_slot)


def pattern_of(law: Law, work: Work, dose: Integer, slot: Integer) -> Integer:
    """The most frequent pattern that a dose shows and that makes it of a class."""
    most = 0
    for pattern in range(law.classes.shape[1]):
        if (work.shown[dose] >> pattern) & 1 and law.classes[work.kind[dose], pattern] == work.slots[slot]:
            most = pattern
    return most


# ---------------------------------------------------------------- what changes next


def waits(law: Law, work: Work, slots: Integer, test: Integer, low: Integer, high: Integer) -> Integer:
    """Microseconds until the highest status is another, if nothing more is taken; `OPEN` if it never is."""
    now, hold, _, _ = governing(law, work, slots, test, low, high, True)
    wait = 0
    while True:
        following = OPEN
        if hold != OPEN:
            following = hold - (low if now == POSSIBLE else high)
        following = min(following, wait + rises(law, work, slots, test, low + wait, high + wait, now))
        if following >= OPEN:
            return OPEN
        wait = following
        then, hold, _, _ = governing(law, work, slots, test, low + wait, high + wait, True)
        if then != now:
            return wait


def rises(law: Law, work: Work, slots: Integer, test: Integer, low: Integer, high: Integer, now: Integer) -> Integer:
    """Microseconds until a dose first has a higher status, `OPEN` if none ever has."""
    soonest = OPEN
    for slot in range(slots):
        course = law.courses[test, work.slots[slot]]
        if law.silent[course]:
            continue
        for aim in range(POSSIBLE, EXPECTED + 1):
            if aim > now and opening(law, work, course, aim, high - low):
                soonest = min(soonest, opens(law, work, slot, course, aim, low, high, soonest))
    return soonest


def opening(law: Law, work: Work, course: Integer, aim: Integer, wide: Integer) -> Integer:
    """Whether a course can come to a status at all, as far as its ends tell, in a test so `wide`."""
    begin, end = (2, 4) if aim == EXPECTED else (0, 6)
    begin, end = 8 * course + begin, 8 * course + end
    if law.ends[begin] == OPEN:
        return False
    if law.ends[end] == OPEN or law.ends[begin + 1] != law.ends[end + 1]:
        return True
    lasts = law.ends[end] - law.ends[begin]
    if aim == EXPECTED:
        return lasts > wide
    return lasts + wide > 0 or work.places[HIGH] > 0


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
    at = 8 * course + (2 if aim == EXPECTED else 0)
    now, order = (low, HIGH) if aim == EXPECTED else (high, 0)
    place = work.places[by(law, at, order)]
    begin, count = work.begin[slot], work.filled[slot]
    for j in range(reached(work.keys[place], begin, count, now - law.ends[at]), count):
        wait = work.keys[place, begin + j] + law.ends[at] - now
        if wait >= soonest:
            break
        code, _ = weigh(law, work, course, work.members[place, begin + j], low + wait, high + wait)
        if code >= aim:
            return wait
    return soonest
