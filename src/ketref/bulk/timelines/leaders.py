"""Which doses of one subject can govern a test at a moment?

Doses of one *class* have the same course in every test. Of a class, the doses whose course has reached a moment are the
first ones in the order of that moment, and of these the one that keeps a status longest *leads*: a running maximum,
kept for every begin of that order. So each class has at most one dose for each status, however many doses there are.

A dose has four coordinates, by which courses count: its start and its end, each the earliest and the latest that it may
be. Where these are all the same, one order is kept for them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer
from ketref.bulk.timelines.law import END, HIGH, Law, Numbers
from ketref.engine.course import OF_STATUS, OPEN, SETTLED
from ketref.model.times import DAY


class Work(NamedTuple):
    """What is known of the doses of one subject, by their places in the order of their starts; to be used again.

    Each is that of a `row`. Its samples lie at the places `sample` of their part, drawn at `last` at the latest.
    `orders` are the coordinates by which doses are ordered, those of the starts alone where these are no ranges, or no
    duration is known. A *slot* is a class that occurs, `among` holds that of each dose and pattern of use, -1 for none:
    its doses that have been taken lie from `begin` on, as many as `filled`, in each order; `leaders` tells for each
    pair of orders which of the first doses in the one lies last in the other. Of each course and status, `order` is the
    number of that order by which doses come to it, `pair` that of the pair. The administrations of a slot had all ended
    by `ended`; by that the slots with any make a chain, from the last index of `older` on, and back along `newer`.
    """

    sample: Numbers
    last: Numbers
    spare: Numbers
    row: Numbers
    low: Numbers
    high: Numbers
    lasted: Numbers
    kind: Numbers
    shown: Numbers
    among: Numbers
    slot_of: Numbers
    slots: Numbers
    begin: Numbers
    filled: Numbers
    ended: Numbers
    older: Numbers
    newer: Numbers
    ranges: Numbers
    orders: Numbers
    order: Numbers
    pair: Numbers
    keys: Numbers
    members: Numbers
    leaders: Numbers
    own: Numbers


def work(law: Law, doses: int, samples: int, ranges: bool, durations: bool) -> Work:
    """Room for so many doses and samples of a subject; starts may be ranges, and durations may be known."""
    patterns, classes = law.classes.shape[1], len(law.courses[0])
    orders = [end * END + high * HIGH for end in range(1 + durations) for high in range(1 + ranges)]
    standing = np.array([high * ranges + end * durations * (1 + ranges) for end in (0, 1) for high in (0, 1)])
    room = doses * patterns
    return Work(
        sample=np.empty(samples, np.int64),
        last=np.empty(samples, np.int64),
        spare=(np.empty(max(doses, samples), np.int64), np.empty(max(doses, samples), np.int64)),
        row=np.empty(doses, np.int64),
        low=np.empty(doses, np.int64),
        high=np.empty(doses, np.int64),
        lasted=np.empty(doses, np.int64),
        kind=np.empty(doses, np.int32),
        shown=np.ones(doses, np.int64),
        among=np.empty((doses, patterns), np.int64),
        slot_of=np.full(classes, NONE, np.int64),
        slots=np.empty(classes, np.int64),
        begin=np.empty(classes + 1, np.int64),
        filled=np.empty(classes, np.int64),
        ended=np.empty(classes, np.int64),
        older=np.empty(classes + 1, np.int64),
        newer=np.empty(classes + 1, np.int64),
        ranges=ranges,
        orders=np.array(orders, np.int64),
        order=standing[law.order],
        pair=standing[law.order] * len(orders) + standing[law.last],
        keys=np.empty((len(orders), room), np.int64),
        members=np.empty((len(orders), room), np.int64),
        leaders=np.empty((len(orders) ** 2, room), np.int64),
        own=np.empty(SETTLED * OF_STATUS, np.int64),
    )


# ---------------------------------------------------------------- compiled


def show(law: Law, work: Work, doses: Integer) -> None:
    """Write which patterns of use each dose shows, as bits; `timeline.patterns_of_use` says what that means."""
    for i in range(doses):
        work.shown[i] = 1
    for pattern in range(len(law.days)):
        begin = 0
        for i in range(doses):
            last = work.low[i]
            while work.low[begin] <= last - law.within[pattern]:
                begin += 1
            days = 1
            at = i
            while days < law.days[pattern] and at - begin >= law.days[pattern] - days:
                day = (last - work.low[at]) // DAY
                at = reached(work.low, begin, at - begin, last - (day + 1) * DAY) + begin - 1
                if at < begin:
                    break
                days += 1
            if days >= law.days[pattern]:
                work.shown[i] |= 1 << (pattern + 1)


def reached(keys: Array, begin: Integer, count: Integer, limit: Integer) -> Integer:
    """How many of so many rising keys are at most a limit: the steps grow with how far it lies from the last."""
    low = count
    step = 1
    while low > 0 and keys[begin + low - 1] > limit:
        low -= step
        step *= 2
    high = min(low + step // 2, count)  # here it is above, or there is no more
    low = max(low, 0)
    while low < high:
        middle = (low + high) >> 1
        if keys[begin + middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return low


def classed(law: Law, work: Work, doses: Integer) -> Integer:
    """Give a slot to each class that occurs, with room for its doses; how many slots there are."""
    slots = 0
    for i in range(doses):
        for pattern in range(law.classes.shape[1]):
            work.among[i, pattern] = NONE
            if shows(law, work, i, pattern):
                of = law.classes[work.kind[i], pattern]
                slot = work.slot_of[of]
                if slot < 0:
                    slot = slots
                    slots += 1
                    work.slot_of[of] = slot
                    work.slots[slot] = of
                    work.filled[slot] = 0
                work.filled[slot] += 1
                work.among[i, pattern] = slot
    room = 0
    for slot in range(slots):
        work.begin[slot] = room
        room += work.filled[slot]
        work.filled[slot] = 0
        work.ended[slot] = -OPEN
    work.older[-1] = work.newer[-1] = len(work.older) - 1
    return slots


def shows(law: Law, work: Work, i: Integer, pattern: Integer) -> bool:
    """Whether a dose shows a pattern, and no earlier one that makes it of the same class."""
    if not (work.shown[i] >> pattern) & 1:
        return False
    kind = work.kind[i]
    for other in range(pattern):
        if (work.shown[i] >> other) & 1 and law.classes[kind, other] == law.classes[kind, pattern]:
            return False
    return True


def coordinate(work: Work, i: Integer, order: Integer) -> Integer:
    """A coordinate of a dose."""
    at = work.high[i] if order & HIGH else work.low[i]
    if order & END and work.lasted[i] > 0:
        at += work.lasted[i]
    return at


def take(law: Law, work: Work, i: Integer) -> None:
    """Put a dose that has been taken into its classes."""
    for pattern in range(law.classes.shape[1]):
        slot = work.among[i, pattern]
        if slot >= 0:
            for place in range(len(work.orders)):
                insert(work, i, work.begin[slot], work.filled[slot], place)
            work.filled[slot] += 1
            advance(work, slot, coordinate(work, i, HIGH | END))


def advance(work: Work, slot: Integer, ended: Integer) -> None:
    """Move a slot forward in the chain, now that one more of its administrations has ended."""
    if ended > work.ended[slot]:
        if work.ended[slot] > -OPEN:
            work.older[work.newer[slot]] = work.older[slot]
            work.newer[work.older[slot]] = work.newer[slot]
        work.ended[slot] = ended
        none = len(work.older) - 1
        at = work.older[none]
        while at != none and work.ended[at] > ended:
            at = work.older[at]
        work.newer[slot], work.older[slot] = work.newer[at], at
        work.older[work.newer[at]] = slot
        work.newer[at] = slot


def insert(work: Work, i: Integer, begin: Integer, count: Integer, place: Integer) -> None:
    """Put a dose into one order of its class, and see who leads from there on."""
    key = coordinate(work, i, work.orders[place])
    at = count
    while at > 0 and work.keys[place, begin + at - 1] > key:
        work.keys[place, begin + at] = work.keys[place, begin + at - 1]
        work.members[place, begin + at] = work.members[place, begin + at - 1]
        at -= 1
    work.keys[place, begin + at] = key
    work.members[place, begin + at] = i
    orders = len(work.orders)
    for other in range(orders):
        pair = place * orders + other
        for j in range(at, count + 1):
            leader = work.members[place, begin + j]
            if j > 0:
                leader = further(work, work.leaders[pair, begin + j - 1], leader, work.orders[other])
            work.leaders[pair, begin + j] = leader


def further(work: Work, one: Integer, two: Integer, order: Integer) -> Integer:
    """Of two doses the one that lies further in an order, then that starts later, then that was given first."""
    first, second = coordinate(work, one, order), coordinate(work, two, order)
    if first == second:
        first, second = work.low[one], work.low[two]
        if first == second:
            return min(one, two)
    return one if first > second else two


def leader(law: Law, work: Work, slot: Integer, course: Integer, aim: Integer, now: Integer) -> Integer:
    """Of a class the dose that keeps a status longest, if any dose of it has that status; or `NONE`."""
    reach = law.reach[course, aim]
    if reach == OPEN:
        return NONE
    begin = work.begin[slot]
    count = reached(work.keys[work.order[course, aim]], begin, work.filled[slot], now - reach)
    if count == 0:
        return NONE
    return work.leaders[work.pair[course, aim], begin + count - 1]
