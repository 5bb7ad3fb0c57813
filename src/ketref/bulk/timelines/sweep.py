"""What do all doses of each subject make of each of its samples?

One pass over the subjects: the doses of one are taken in time order as its samples come. `leaders` keeps those that
can govern, `governing` finds the one that does.
"""

from __future__ import annotations

from typing import NamedTuple

from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer
from ketref.bulk.timelines.governing import governing, pattern_of, waits
from ketref.bulk.timelines.law import Law
from ketref.bulk.timelines.leaders import Work, classed, show, take
from ketref.bulk.timelines.order import Part, gathered
from ketref.engine.course import AFTER_DOSES, NO_DOSE
from ketref.model.times import SECOND

WITHHELD = len(AFTER_DOSES)  # instead of a status: something that was taken by then is not understood


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
