"""What do all doses of each subject make of each of its samples?

One pass over the subjects: the doses of one are taken in time order as its samples come. `leading` tells which doses
can govern; the functions of `course`, which answer a single question too, tell what their courses are.
"""

from __future__ import annotations

from typing import NamedTuple

from ketref.coding import Array
from ketref.compiling import Integer
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
from ketref.dealing import Part
from ketref.gathering import gathered
from ketref.leading import Law, Work, classed, leader, reached, show, take
from ketref.timeline import SECOND

NO_DOSE, WITHHELD = 5, 6  # instead of a status: nothing was taken by then; something that was is not understood
NONE = -1


class Doses(NamedTuple):
    """The doses: their earliest starts in microseconds and what they are, those of one group together.

    Of each row the latest start (empty: the earliest) and the seconds that the administration `lasted` (negative:
    unsaid); of each id the kind.
    """

    part: Part
    high: Array
    lasted: Array
    kind: Array


class Samples(NamedTuple):
    """The samples likewise, by the latest moment at which each can have been drawn.

    Of each row the earliest (empty: the latest) and the place of the `first` answer (empty: the row); of each id the
    test.
    """

    part: Part
    low: Array
    test: Array
    first: Array


class Groups(NamedTuple):
    """The doses of one substance that one subject took, and its samples: from begin to end in their orders.

    The number of the substance is -1 where there are no doses; `rank` is added to the place of each answer; from
    `doubt` on it is not known what was taken.
    """

    dose_begin: Array
    dose_end: Array
    sample_begin: Array
    sample_end: Array
    substance: Array
    rank: Array
    doubt: Array


class Found(NamedTuple):
    """The answers; an array that has no room is not wanted. A `pattern` is a number of a column of `Law.classes`."""

    status: Array
    substance: Array
    dose: Array
    rule: Array
    pattern: Array
    soonest: Array
    longest: Array
    wait: Array


# ---------------------------------------------------------------- compiled


def prevail(
    doses: Doses, samples: Samples, groups: Groups, law: Law, work: Work, found: Found, first: Integer, last: Integer
) -> None:
    """Write the answers of some groups."""
    whole = (
        len(found.dose)
        + len(found.rule)
        + len(found.pattern)
        + len(found.soonest)
        + len(found.longest)
        + len(found.wait)
        > 0
    )
    for group in range(first, last):
        begin, end = groups.sample_begin[group], groups.sample_end[group]
        if begin == end:
            continue
        base = samples.part.base
        tests = gathered(samples.part.times, begin - base, end - base, work.sample, work.last, work.spare)
        begin, end = groups.dose_begin[group] - doses.part.base, groups.dose_end[group] - doses.part.base
        count = gathered(doses.part.times, begin, end, work.row, work.low, work.spare)
        describe(doses, work, count)
        if len(law.days):
            show(law, work, count)
        slots = classed(law, work, count)
        taken = 0
        for s in range(tests):
            at, high = work.sample[s], work.last[s]
            row, test = row_at(samples.part, at), samples.test[samples.part.ids[at]]
            low = samples.low[row] if len(samples.low) else high
            place = (samples.first[row] if len(samples.first) else row) + groups.rank[group]
            if len(found.substance):
                found.substance[place] = groups.substance[group]
            while taken < count and work.low[taken] <= high:
                take(law, work, taken)
                taken += 1
            if high >= groups.doubt[group]:
                found.status[place] = WITHHELD
            elif taken == 0:
                found.status[place] = NO_DOSE
            else:
                code, hold, dose, slot = governing(law, work, test, low, high, whole)
                found.status[place] = code
                if whole:
                    if len(found.dose):
                        found.dose[place] = work.row[dose]
                    pattern = pattern_of(law, work, dose, slot)
                    if len(found.pattern):
                        found.pattern[place] = pattern
                    if len(found.rule):
                        found.rule[place] = law.rules[test, work.kind[dose], pattern]
                    if len(found.soonest):
                        found.soonest[place] = (low - work.high[dose]) // SECOND
                    if len(found.longest):
                        found.longest[place] = (high - work.low[dose]) // SECOND
                if len(found.wait):
                    found.wait[place] = waits(law, work, slots, test, low, high, code, hold)
        for slot in range(slots):
            work.slot_of[work.slots[slot]] = NONE


def describe(doses: Doses, work: Work, count: Integer) -> None:
    """Copy what else there is of the doses of a group to where they are worked on, by their places in their part."""
    for i in range(count):
        at = work.row[i]
        row = row_at(doses.part, at)
        work.row[i] = row
        work.high[i] = doses.high[row] if len(doses.high) else work.low[i]
        lasted = doses.lasted[row] if len(doses.lasted) else NONE
        work.lasted[i] = lasted * SECOND if lasted >= 0 else NONE
        work.kind[i] = doses.kind[doses.part.ids[at]]


def row_at(part: Part, at: Integer) -> Integer:
    """The row at a place of a part."""
    return part.order[at] if len(part.order) else at


def governing(
    law: Law, work: Work, test: Integer, low: Integer, high: Integer, whole: bool
) -> tuple[Integer, Integer, Integer, Integer]:
    """The highest status after the doses taken, until when it holds, and the dose and slot that give it.

    Without `whole` only the status is right.
    """
    best, until, by_dose, by_slot = NONE, 0, NONE, NONE
    least = NOT_EXPECTED + whole  # what no slot that is over is higher than, nor governs before
    slot = work.older[-1]
    while slot < len(work.ended):
        since = low - work.ended[slot]
        if best >= least and since >= law.longest[test]:
            break
        course = law.courses[test, work.slots[slot]]
        over = since >= law.over[course]
        if over and not whole:
            best = max(best, NOT_EXPECTED)
        else:
            for aim in range(NOT_EXPECTED if over else EXPECTED, max(best - whole, NONE), -1):
                dose = leader(work, slot, course, aim, low if aim == EXPECTED else high)
                if dose < 0:
                    continue
                code = after(law, work, course, dose, low, high)
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
    soonest, longest = low - work.high[dose], high - work.low[dose]
    if law.lasting[course]:
        settle(law.ends, 8 * course, 2, work.lasted[dose], work.own)
        earliest, latest = stages(work.own, 0, 2, soonest, longest)
        return status(earliest, latest)
    earliest, latest = stages(law.moments, 4 * course, 2, soonest, longest)
    return status(earliest, latest)


def held(law: Law, work: Work, course: Integer, dose: Integer, code: Integer) -> Integer:
    """Until when a dose keeps at least a status that it gives."""
    if law.silent[course]:
        return OPEN
    settle(law.ends, 8 * course, 2, work.lasted[dose], work.own)
    return holds_until(work.own, 0, code, work.low[dose], work.high[dose], 1)


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
    begin, end = (2, 4) if aim == EXPECTED else (0, 6)
    begin, end = 8 * course + begin, 8 * course + end
    if work.reach[course, aim] == OPEN:
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
    reach, place = work.reach[course, aim], work.order[course, aim]
    begin, count = work.begin[slot], work.filled[slot]
    for j in range(reached(work.keys[place], begin, count, now - reach), count):
        wait = work.keys[place, begin + j] + reach - now
        if wait >= soonest:
            break
        code = after(law, work, course, work.members[place, begin + j], low + wait, high + wait)
        if code >= aim:
            return wait
    return soonest
