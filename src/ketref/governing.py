"""Which dose governs a test of its subject at a moment?

All functions are compiled; those of `course`, which answer a single question too, tell what a course is then.
"""

from __future__ import annotations

from ketref.coding import NONE
from ketref.compiling import Integer
from ketref.course import (
    EXPECTED,
    NOT_EXPECTED,
    OF_STATUS,
    OPEN,
    SETTLED,
    UNKNOWN,
    WIDTH,
    holds_until,
    settle,
    stages,
    status,
)
from ketref.leading import Law, Work, leader


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
                dose = leader(law, work, slot, course, aim, low if aim == EXPECTED else high)
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
        settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, work.lasted[dose], work.own)
        earliest, latest = stages(work.own, 0, OF_STATUS, soonest, longest)
        return status(earliest, latest)
    earliest, latest = stages(law.moments, SETTLED * OF_STATUS * course, OF_STATUS, soonest, longest)
    return status(earliest, latest)


def held(law: Law, work: Work, course: Integer, dose: Integer, code: Integer) -> Integer:
    """Until when a dose keeps at least a status that it gives."""
    if law.silent[course]:
        return OPEN
    settle(law.ends, WIDTH * OF_STATUS * course, OF_STATUS, work.lasted[dose], work.own)
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
