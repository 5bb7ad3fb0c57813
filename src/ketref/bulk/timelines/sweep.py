"""What do all doses of each subject make of each of its samples?

One pass over the subjects: the doses of one are taken in time order as its samples come. `leaders` keeps those that
can govern, `governing` finds the one that does.
"""

from __future__ import annotations

from typing import NamedTuple

from ketref.answers.question import AT_ONCE
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer
from ketref.bulk.handing import in_one
from ketref.bulk.timelines.governing import Taken, governing, pattern_of, waits
from ketref.bulk.timelines.law import END, HIGH, Law
from ketref.bulk.timelines.leaders import (
    COMING,
    DOUBT,
    ENDED,
    EVERY,
    GROWING,
    JOINED,
    KIND,
    LASTED,
    LATEST,
    LOW,
    NEXT,
    NTH,
    NUMBER,
    ORDER,
    PLACE,
    ROW,
    SINCE,
    START,
    SUBSTANCE,
    UNTIL,
    WHEN,
    Work,
    classed,
    coordinate,
    give_back,
    list_readings,
    show,
    take,
)
from ketref.bulk.timelines.order import Part, gathered, row_at
from ketref.bulk.timelines.rows import DOUBTFUL, LATER_DOUBTFUL
from ketref.engine.course import AFTER_DOSES, NO_DOSE, NO_RECORD, OPEN
from ketref.model.times import SECOND

WITHHELD = len(AFTER_DOSES)  # instead of a status: something that was taken by then is not understood


@in_one
class Doses(NamedTuple):
    """The doses: the microseconds from which on they count and what they are, those of one group together.

    Of each row the latest start (empty: the earliest) and the seconds that the administration `lasted` (negative:
    unsaid); of each id the kind. A row stands for `many` doses, one `every` so many microseconds (empty: for one), and
    is `doubtful` (1), or its later doses are (2; empty: none is). What several rows were joined to lies after them,
    from the row `joined` on: each began with a row of `first`, at a moment of `begun`, and counts until one of `until`.
    """

    part: Part
    high: Array
    lasted: Array
    kind: Array
    every: Array
    many: Array
    doubtful: Array
    joined: Integer
    first: Array
    begun: Array
    until: Array


@in_one
class Samples(NamedTuple):
    """The samples likewise, by the latest moment at which each can have been drawn.

    Of each row the earliest (empty: the latest) and the place of the `first` answer (empty: the row). Of each id the
    `test`, and whether that is `named`; else it is the first of as many tests as there are substances, and there is an
    answer to each that its subject took.
    """

    part: Part
    low: Array
    first: Array
    test: Array
    named: Array


@in_one
class Groups(NamedTuple):
    """The doses that one subject took, and its samples: from begin to end in their orders.

    From `doubt` on it is not known what was taken; where a subject is not `recorded`, nothing is. `taken` tells which
    substances it took (empty: the only one).
    """

    dose_begin: Array
    dose_end: Array
    sample_begin: Array
    sample_end: Array
    doubt: Array
    recorded: Array
    taken: Array


@in_one
class Found(NamedTuple):
    """The answers; an array that has no room is not wanted. A `pattern` is a number of the patterns of use."""

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
        len(found.substance)
        + len(found.dose)
        + len(found.rule)
        + len(found.pattern)
        + len(found.soonest)
        + len(found.longest)
        + len(found.wait)
        > 0
    )
    waiting = len(found.wait) > 0
    for group in range(first, last):
        begin, end = groups.sample_begin[group], groups.sample_end[group]
        if begin == end:
            continue
        base = samples.part.base
        tests = gathered(samples.part.times, begin - base, end - base, work.sample, work.last, work.spare)
        begin, end = groups.dose_begin[group] - doses.part.base, groups.dose_end[group] - doses.part.base
        count = drawn_up(doses, samples, law, work, begin, end, tests, waiting)
        show(law, work, count)
        readings = list_readings(law, work, count)
        slots = classed(work, readings) if count > work.few else 0
        growing = 0
        for i in range(readings if len(doses.until) and slots else 0):
            if work.read[i, UNTIL] < OPEN:
                work.lists[GROWING, growing] = i
                growing += 1
        taken = 0
        for s in range(tests):
            at, high = work.sample[s], work.last[s]
            row, test = row_at(samples.part, at), samples.part.ids[at]
            low = samples.low[row] if len(samples.low) else high
            place = samples.first[row] if len(samples.first) else row
            while taken < readings and work.read[taken, SINCE] <= high:
                if slots and work.read[taken, UNTIL] == OPEN:
                    take(work, taken)
                taken += 1
            coming = 0
            for i in range(growing):
                reading = work.read[work.lists[GROWING, i]]
                if reading[SINCE] <= high < reading[UNTIL]:
                    take(work, work.lists[GROWING, i])
                    work.lists[COMING, coming] = work.lists[GROWING, i]
                    coming += 1
            asked = 1 if samples.named[test] or not len(groups.taken) else groups.taken.shape[1]
            answered = 0
            for substance in range(asked):
                if asked == 1 or groups.taken[group, substance]:
                    of_one = samples.test[test] + substance
                    if (
                        len(found.substance)
                        and not samples.named[test]
                        and groups.dose_end[group] > groups.dose_begin[group]
                    ):
                        found.substance[place + answered] = substance
                    by_then = Taken(taken, high, slots)
                    answer(groups, law, work, found, group, by_then, of_one, low, high, place + answered, whole)
                    answered += 1
            if not answered:
                found.status[place] = nothing(groups, group, high)
            for i in range(coming):
                give_back(work, work.lists[COMING, i])
        for slot in range(slots):
            work.slot_of[work.slots[slot]] = NONE


def answer(
    groups: Groups,
    law: Law,
    work: Work,
    found: Found,
    group: Integer,
    taken: Taken,
    test: Integer,
    low: Integer,
    high: Integer,
    place: Integer,
    whole: bool,
) -> None:
    """Write the answer to one test of a sample of a group."""
    if high >= groups.doubt[group]:
        found.status[place] = WITHHELD
        return
    code, hold, dose, of = governing(law, work, taken, test, low, high, whole)
    found.status[place] = code if code >= 0 else nothing(groups, group, high)
    if code < 0:
        return
    if whole:
        if len(found.substance):
            found.substance[place] = work.of[dose, SUBSTANCE]
        if len(found.dose):
            found.dose[place] = work.of[dose, ROW]
        pattern = pattern_of(law, work, dose, of)
        if len(found.pattern):
            found.pattern[place] = pattern
        if len(found.rule):
            found.rule[place] = law.rules[test, work.of[dose, KIND], pattern]
        if len(found.soonest):
            found.soonest[place] = (low - work.of[dose, LATEST]) // SECOND
        if len(found.longest):
            found.longest[place] = (high - work.of[dose, LOW]) // SECOND
    if len(found.wait):
        found.wait[place] = waits(law, work, taken, test, low, high, code, hold)


def nothing(groups: Groups, group: Integer, high: Integer) -> Integer:
    """What is said of a sample where no dose that its test covers had been taken by then."""
    if high >= groups.doubt[group]:
        return WITHHELD
    return NO_DOSE if groups.recorded[group] else NO_RECORD


# ---------------------------------------------------------------- the doses of a group


def drawn_up(
    doses: Doses,
    samples: Samples,
    law: Law,
    work: Work,
    begin: Integer,
    end: Integer,
    tests: Integer,
    waiting: bool,
) -> Integer:
    """Draw up the doses of a group in the order in which they come to count; how many.

    Without `waiting` it is not asked when the status changes.
    """
    for substance in range(len(work.rows_of)):
        work.rows_of[substance] = 0
    if not len(doses.every):
        count = gathered(doses.part.times, begin, end, work.lists[NEXT], work.lists[START], work.spare)
        for i in range(count):
            describe(doses, law, work, i, work.lists[NEXT, i], 0)
            work.rows_of[work.of[i, SUBSTANCE]] += 1
        return count
    written = 0
    for at in range(begin, end):
        work.rows_of[law.substances[doses.kind[doses.part.ids[at]]]] += row_at(doses.part, at) < doses.joined
    for at in range(begin, end):
        row = row_at(doses.part, at)
        every = doses.every[row] if len(doses.every) else 0
        if not every:
            written = listed(work, written, at, doses.part.times[at], 0)
        elif work.rows_of[law.substances[doses.kind[doses.part.ids[at]]]] > 1:
            for k in range(min(doses.many[row], by(work, tests - 1, doses.part.times[at], every))):
                written = listed(work, written, at, doses.part.times[at] + k * every, k)
        else:
            last = min(doses.many[row], by(work, tests - 1, doses.part.times[at], every))
            if not waiting and most_leading(law, tests) < last:
                written = leading(doses, samples, law, work, at, tests, written)
            else:
                written = alone(doses, samples, law, work, at, tests, written)
    count = 0
    place_before, number_before = NONE, NONE
    for i in range(gathered(work.lists[WHEN], 0, written, work.lists[NEXT], work.lists[START], work.spare)):
        place, number = work.lists[PLACE, work.lists[NEXT, i]], work.lists[NUMBER, work.lists[NEXT, i]]
        if place != place_before or number != number_before:
            work.lists[START, count] = work.lists[START, i]
            describe(doses, law, work, count, place, number)
            count += 1
            place_before, number_before = place, number
    return count


def listed(work: Work, written: Integer, at: Integer, when: Integer, k: Integer) -> Integer:
    """Write the k-th dose of a row to the list of those of a group; up to where."""
    work.lists[PLACE, written], work.lists[WHEN, written], work.lists[NUMBER, written] = at, when, k
    return written + 1


def by(work: Work, sample: Integer, start: Integer, every: Integer) -> Integer:
    """How many doses that lie so far apart may have been taken by a sample."""
    return (work.last[sample] - start) // every + 1 if work.last[sample] >= start else 0


def alone(
    doses: Doses, samples: Samples, law: Law, work: Work, at: Integer, tests: Integer, written: Integer
) -> Integer:
    """Write those doses of a regimen that may govern a sample, where no other row is of its substance; up to where.

    Those are the last ones that may have been taken: those before one that has come to whatever it comes to never lead.
    """
    row, start = row_at(doses.part, at), doses.part.times[at]
    every, count = doses.every[row], doses.many[row]
    for s in range(tests - 1, -1, -1):
        work.early[s] = samples.low[row_at(samples.part, work.sample[s])] if len(samples.low) else work.last[s]
        if s + 1 < tests:
            work.early[s] = min(work.early[s], work.early[s + 1])
    wide = doses.high[row] - start if len(doses.high) else 0
    lasted: Integer = doses.lasted[row] if len(doses.lasted) else 0
    settled = law.reached + wide + max(lasted, 0) * SECOND
    following = 0
    for s in range(tests):
        stop = min(count, by(work, s, start, every))
        following = max(following, min((work.early[s] - settled - start) // every, stop - 1))
        for k in range(following, stop):
            written = listed(work, written, at, start + k * every, k)
        following = max(following, stop)
    return written


def most_leading(law: Law, tests: Integer) -> Integer:
    """How many doses of a regimen `leading` lists for so many samples at most."""
    return tests * len(law.reaches) + 1


def leading(
    doses: Doses, samples: Samples, law: Law, work: Work, at: Integer, tests: Integer, written: Integer
) -> Integer:
    """Write those doses of a regimen that may lead at a sample, where no other row is of its substance; up to where.

    They come to whatever they come to in the order in which they are taken, and each is of all classes of those before
    it, but for a first one that alone is sure. So the last one that has come to a status leads.
    """
    row, start = row_at(doses.part, at), doses.part.times[at]
    every, count = doses.every[row], doses.many[row]
    wide = doses.high[row] - start if len(doses.high) else 0
    lasted: Integer = doses.lasted[row] if len(doses.lasted) else 0
    if len(doses.doubtful) and doses.doubtful[row] == LATER_DOUBTFUL:
        written = listed(work, written, at, start, 0)
    for s in range(tests):
        high = work.last[s]
        low = samples.low[row_at(samples.part, work.sample[s])] if len(samples.low) else high
        stop, before = min(count, by(work, s, start, every)), NONE
        for j in range(len(law.reaches)):
            reach, order, early = law.reaches[j]
            since = (low if early else high) - reach - start
            if order & HIGH:
                since -= wide
            if order & END and lasted > AT_ONCE:
                since -= lasted * SECOND
            k = min(since // every, stop - 1)
            if k >= 0 and k != before:
                written = listed(work, written, at, start + k * every, k)
                before = k
    return written


def describe(doses: Doses, law: Law, work: Work, i: Integer, at: Integer, k: Integer) -> None:
    """Write what is known of a dose of a group: the row that lies at a place of its part, the k-th dose of it."""
    row = row_at(doses.part, at)
    joined = row >= doses.joined
    since = work.lists[START, i]
    low = doses.begun[row - doses.joined] if joined else since
    latest = low + (doses.high[row] - doses.part.times[at] if len(doses.high) and not joined else 0)
    lasted = doses.lasted[row] if len(doses.lasted) else NONE
    lasted = lasted * SECOND if lasted > AT_ONCE else NONE
    kind = doses.kind[doses.part.ids[at]]
    substance = law.substances[kind]
    doubt = doses.doubtful[row] if len(doses.doubtful) else 0
    every = doses.every[row] if len(doses.every) else 0
    known = work.of[i]
    known[ROW] = row
    known[ORDER] = 2 * doses.first[row - doses.joined] - 1 if joined else 2 * row
    known[SINCE] = since
    known[UNTIL] = doses.until[row - doses.joined] if joined else OPEN
    known[LOW], known[LATEST], known[LASTED] = low, latest, lasted
    ended = coordinate(known, HIGH | END)
    known[ENDED] = max(ended, work.of[i - 1, ENDED]) if i else ended
    known[KIND], known[SUBSTANCE] = kind, substance
    known[DOUBT] = doubt == DOUBTFUL or (doubt == LATER_DOUBTFUL and k > 0)
    known[EVERY] = every
    known[NTH] = JOINED if joined else (k if every and work.rows_of[substance] == 1 else NONE)
