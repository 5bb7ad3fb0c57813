"""Which doses of one subject can govern a test at a moment?

Doses of one *class* have the same course in every test. Of a class, the doses whose course has reached a moment are the
first ones in the order of that moment, and of these the one that keeps a status longest *leads*: a running maximum,
kept for every begin of that order. So each class has at most one dose for each status, however many doses there are.
Where there are few, keeping this costs more than asking each dose, and it is not kept.

A dose has four coordinates, by which courses count: its start and its end, each the earliest and the latest that it may
be. Where these are all the same, one order is kept for them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer
from ketref.bulk.handing import in_one
from ketref.bulk.timelines.law import END, HIGH, Law, Numbers
from ketref.engine.course import OF_STATUS, OPEN, SETTLED
from ketref.model.times import DAY

TIMES_OF_A_DOSE = SINCE, UNTIL, ENDED, LOW, LATEST, LASTED = tuple(range(6))
OF_A_DOSE = *_, ROW, KIND, SUBSTANCE, DOUBT, NTH, EVERY, ORDER = tuple(range(13))
"""What is known of each dose: see `Work`."""
OF_A_READING = *_, DOSE, CLASS, SLOT = tuple(range(9))
"""What is known of each way of reading a dose: its times too."""
LISTS = PLACE, WHEN, NUMBER, NEXT, START, TIMES, COMING, GROWING = tuple(range(8))
"""What is listed of the doses of a group while they are drawn up, counted and taken."""
JOINED = -2  # instead of a number in a regimen: of what several rows were joined to


@in_one
class Work(NamedTuple):
    """What is known of the doses of one subject, by their places in the order of their starts; to be used again.

    Each is that of a `row`, and counts for samples drawn `since` a moment and before `until` another: those that are
    `growing` do not count for ever. It and all before it had ended by `ended`. It has the `substance` and the `kind` of
    its row, and may be in `doubt`; `nth` is its number in a regimen that is alone (-1: in none, `JOINED`: it is what
    several rows were joined to), a dose `every` so many microseconds, and stands in an `order` among those with the
    same start; all this is held by `of`. `rows_of` counts the rows of each substance.
    Its samples lie at the places `sample` of their part, drawn at `last` at the latest; none that lies further on was
    drawn before `early`. Of the doses that count for a pattern of use, `times` are the starts. Each dose is `read` once
    for each class that it is of.
    Doses that are more than `few` are kept by what leads. `orders` are the coordinates by which they are ordered, those
    of the starts alone where these are exact, or no duration is known. A *slot* is a class that occurs: its doses that
    have been taken lie from `begin` on, as many as `filled`, in each order; `leaders` tells for each pair of orders
    which of the first doses in the one lies last in the other. Of each course and status, `order` is the number of that
    order by which doses come to it, `pair` that of the pair. The administrations of a slot had all ended by `ended`; by
    that the slots with any make a chain, from the last index of `older` on, and back along `newer`.
    """

    sample: Numbers
    last: Numbers
    early: Numbers
    spare: Numbers
    of: Numbers
    lists: Numbers
    rows_of: Numbers
    shown: Numbers
    few: Integer
    read: Numbers
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


def work(law: Law, doses: int, samples: int, ranges: bool, durations: bool, few: int) -> Work:
    """Room for so many doses and samples of a subject; starts may be ranges, and durations may be known."""
    readings, classes = law.classes.shape[1], law.courses.shape[1]
    orders = [end * END + high * HIGH for end in range(1 + durations) for high in range(1 + ranges)]
    standing = np.array([high * ranges + end * durations * (1 + ranges) for end in (0, 1) for high in (0, 1)])
    room = doses * readings
    return Work(
        sample=np.empty(samples, np.int64),
        last=np.empty(samples, np.int64),
        early=np.empty(samples, np.int64),
        spare=(np.empty(max(doses, samples), np.int64), np.empty(max(doses, samples), np.int64)),
        of=np.empty((doses, len(OF_A_DOSE)), np.int64),
        lists=np.empty((len(LISTS), doses), np.int64),
        rows_of=np.zeros(int(law.substances.max()) + 1, np.int64),
        shown=np.ones(doses, np.int64),
        few=few,
        read=np.empty((room, len(OF_A_READING)), np.int64),
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
    """Write which readings each dose has, as bits: the patterns of use that sure doses show, and then what may be.

    `timeline.patterns_of_use` says what a pattern is. What several rows were joined to is counted by its rows.
    """
    if law.classes.shape[1] == 1:
        for i in range(doses):
            work.shown[i] = 1
        return
    sure = (1 << (len(law.days) + 1)) - 1
    for i in range(doses):
        work.shown[i] = 0
    readings = len(law.days) + 1
    for bit in range(0, law.classes.shape[1], readings):
        for substance in range(len(work.rows_of)):
            if not work.rows_of[substance]:
                continue
            counted = 0
            for i in range(doses):
                if work.of[i, SUBSTANCE] == substance and work.of[i, NTH] != JOINED and (bit or not work.of[i, DOUBT]):
                    work.lists[TIMES, counted] = work.of[i, LOW]
                    counted += 1
            mark(law, work, substance, doses, counted, bit)
    for i in range(doses):
        work.shown[i] &= ~((work.shown[i] & sure) << (len(law.days) + 1))


def mark(law: Law, work: Work, substance: Integer, doses: Integer, counted: Integer, bit: Integer) -> None:
    """Write the patterns that some starts show each dose of a substance to have, from a bit on.

    From the first bit on those of sure doses, by sure ones, else those of all by all.
    """
    by_then = 0
    for i in range(doses):
        if work.of[i, SUBSTANCE] != substance or (work.of[i, DOUBT] and not bit):
            continue
        work.shown[i] |= 1 << bit
        joined = work.of[i, NTH] == JOINED  # which began before its place in the order
        by_then += not joined
        for pattern in range(len(law.days)):
            if shows_days(law, work, i, counted if joined else by_then, pattern):
                work.shown[i] |= 1 << (bit + pattern + 1)


def shows_days(law: Law, work: Work, i: Integer, counted: Integer, pattern: Integer) -> Integer:
    """Whether so many days back from a dose had one, itself among them, as make a pattern of use.

    So many starts are `counted`: all that lie before it, and none or some of the others.
    """
    needed, within = law.days[pattern], law.within[pattern]
    if work.of[i, NTH] >= 0:
        before = min(work.of[i, NTH], (within - 1) // work.of[i, EVERY])
        return (before if work.of[i, EVERY] >= DAY else before * work.of[i, EVERY] // DAY) + 1 >= needed
    last = work.of[i, LOW]
    if counted < needed or work.lists[TIMES, counted - needed] <= last - within:
        return False
    end, days, day = counted, 1, 0
    while days < needed:
        end = reached(work.lists[TIMES], 0, end, last - (day + 1) * DAY)
        if end == 0 or work.lists[TIMES, end - 1] <= last - within:
            return False
        day = (last - work.lists[TIMES, end - 1]) // DAY
        days += 1
    return True


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


def list_readings(law: Law, work: Work, doses: Integer) -> Integer:
    """List every dose once for each class that it is of; how many there are."""
    count = 0
    for i in range(doses):
        for reading in range(law.classes.shape[1]):
            if reads(law, work, i, reading):
                known, listed = work.of[i], work.read[count]
                for time in range(len(TIMES_OF_A_DOSE)):
                    listed[time] = known[time]
                listed[DOSE], listed[CLASS] = i, law.classes[known[KIND], reading]
                count += 1
    return count


def classed(work: Work, readings: Integer) -> Integer:
    """Give a slot to each class that occurs, with room for its doses; how many slots there are."""
    slots = 0
    for i in range(readings):
        of = work.read[i, CLASS]
        slot = work.slot_of[of]
        if slot < 0:
            slot = slots
            slots += 1
            work.slot_of[of] = slot
            work.slots[slot] = of
            work.filled[slot] = 0
        work.filled[slot] += 1
        work.read[i, SLOT] = slot
    room = 0
    for slot in range(slots):
        work.begin[slot] = room
        room += work.filled[slot]
        work.filled[slot] = 0
        work.ended[slot] = -OPEN
    work.older[-1] = work.newer[-1] = len(work.older) - 1
    return slots


def reads(law: Law, work: Work, i: Integer, reading: Integer) -> bool:
    """Whether a dose has a reading, and no earlier one that makes it of the same class."""
    if not (work.shown[i] >> reading) & 1:
        return False
    kind = work.of[i, KIND]
    for other in range(reading):
        if (work.shown[i] >> other) & 1 and law.classes[kind, other] == law.classes[kind, reading]:
            return False
    return True


def coordinate(known: Numbers, order: Integer) -> Integer:
    """A coordinate of a dose of which the times are known."""
    at = known[LATEST] if order & HIGH else known[LOW]
    if order & END and known[LASTED] > 0:
        at += known[LASTED]
    return at


def take(work: Work, reading: Integer) -> None:
    """Put a dose that has been taken into one of its classes."""
    i, slot = work.read[reading, DOSE], work.read[reading, SLOT]
    for place in range(len(work.orders)):
        insert(work, i, work.begin[slot], work.filled[slot], place)
    work.filled[slot] += 1
    advance(work, slot, coordinate(work.of[i], HIGH | END))


def give_back(work: Work, reading: Integer) -> None:
    """Take a dose out of one of its classes again; that it had ended by then is still taken for granted."""
    i, slot = work.read[reading, DOSE], work.read[reading, SLOT]
    work.filled[slot] -= 1
    for place in range(len(work.orders)):
        remove(work, i, work.begin[slot], work.filled[slot], place)


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
    key = coordinate(work.of[i], work.orders[place])
    at = count
    while at > 0 and work.keys[place, begin + at - 1] > key:
        work.keys[place, begin + at] = work.keys[place, begin + at - 1]
        work.members[place, begin + at] = work.members[place, begin + at - 1]
        at -= 1
    work.keys[place, begin + at] = key
    work.members[place, begin + at] = i
    lead(work, begin, at, count + 1, place)


def remove(work: Work, i: Integer, begin: Integer, count: Integer, place: Integer) -> None:
    """Take a dose out of one order of its class, of which so many are left, and see who leads from there on."""
    at = count
    while work.members[place, begin + at] != i:
        at -= 1
    for j in range(begin + at, begin + count):
        work.keys[place, j] = work.keys[place, j + 1]
        work.members[place, j] = work.members[place, j + 1]
    lead(work, begin, at, count, place)


def lead(work: Work, begin: Integer, at: Integer, count: Integer, place: Integer) -> None:
    """Write who leads in one order of a class, from a place on.

    In that order itself it is the last one, unless that lies where the one before it does.
    """
    orders = len(work.orders)
    for other in range(orders):
        pair = place * orders + other
        for j in range(at, count):
            leader = work.members[place, begin + j]
            if j > 0 and (other != place or work.keys[place, begin + j - 1] == work.keys[place, begin + j]):
                leader = further(work, work.leaders[pair, begin + j - 1], leader, work.orders[other])
            work.leaders[pair, begin + j] = leader


def further(work: Work, one: Integer, two: Integer, order: Integer) -> Integer:
    """Of two doses the one that lies further in an order, then that starts later, then that stands first."""
    first, second = coordinate(work.of[one], order), coordinate(work.of[two], order)
    if first == second:
        first, second = work.of[one, LOW], work.of[two, LOW]
        if first == second:
            first, second = work.of[two, ORDER], work.of[one, ORDER]
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
