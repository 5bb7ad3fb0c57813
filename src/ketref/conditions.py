"""Under which conditions does a rule hold: does it match a question, and which of two rules is narrower?

Conditions and questions are tuples in the order of `AXES`; None is an axis that is not named, or left unsaid. A
rule's term holds for the terms below it, its range for the amounts in it. A cutoff depends on the end: a promise
(latest opening, earliest end) holds at the cutoff of its claim and at lower ones, an exclusion at it and higher ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ketref.model import AXES, TERM_AXES, Range, When
from ketref.terms import Vocabulary

Conditions = tuple[Any, ...]  # term axes: str | None; cutoff: int | None; doses: (int, int | None) | None
Cell = tuple[Any, ...]  # a question: term axes: str | None; the others: int | None
CUTOFF = AXES.index("cutoff")
UNBOUNDED = 1 << 62


def promises(boundary: int, side: int) -> bool:
    """Whether an end of a window promises a positive: the latest opening and the earliest end do."""
    return boundary != side


def expand(when: When) -> Iterator[Conditions]:
    """The conditions of a rule, one for every combination of its listed terms."""
    terms = [getattr(when, axis) or (None,) for axis in TERM_AXES]
    cutoffs: list[int | None] = [cutoff.value for cutoff in when.cutoff] or [None]
    doses = (_bounds(when.dose), _bounds(when.dose_per_kg))
    for chosen in product(*terms, cutoffs):
        yield (*chosen, *doses)


def overlay(conditions: Conditions, when: When) -> Iterator[Conditions]:
    """The conditions of an evidence entry: those of its rule, but for the axes that it names itself."""
    for own in expand(when):
        yield tuple(b if b is not None else a for a, b in zip(conditions, own, strict=True))


def matches(conditions: Conditions, cell: Cell, vocabularies: Mapping[str, Vocabulary], promise: bool) -> bool:
    """Whether an end under these conditions holds for a question; `promise` says which way its cutoff carries."""
    for axis, wanted, said in zip(AXES, conditions, cell, strict=True):
        if axis == "cutoff":
            if not _cutoff_matches(wanted, said, promise):
                return False
        elif wanted is None:
            continue
        elif said is None:
            return False
        elif axis in TERM_AXES:
            if wanted not in vocabularies[axis].line(said):
                return False
        elif not wanted[0] <= said <= wanted[1]:
            return False
    return True


def _cutoff_matches(wanted: int | None, said: int | None, promise: bool) -> bool:
    if wanted is None:
        return said is None or not promise
    if said is None:
        return False
    return said <= wanted if promise else said >= wanted


def within(a: Conditions, b: Conditions, vocabularies: Mapping[str, Vocabulary], promise: bool) -> bool:
    """Whether every question that `a` matches is matched by `b` too."""
    for axis, inner, outer in zip(AXES, a, b, strict=True):
        if axis == "cutoff" and promise:
            if inner is None or outer is None:
                if inner is not outer:
                    return False
            elif inner > outer:
                return False
        elif outer is None:
            continue
        elif inner is None:
            return False
        elif axis in TERM_AXES:
            if outer not in vocabularies[axis].line(inner):
                return False
        elif axis == "cutoff":
            if inner < outer:
                return False
        elif not (outer[0] <= inner[0] and inner[1] <= outer[1]):
            return False
    return True


def narrower(a: Conditions, b: Conditions, vocabularies: Mapping[str, Vocabulary], promise: bool) -> bool:
    """Whether `b` matches everything that `a` matches, and more."""
    return within(a, b, vocabularies, promise) and not within(b, a, vocabularies, promise)


def overlap(a: Conditions, b: Conditions, vocabularies: Mapping[str, Vocabulary]) -> bool:
    """Whether a question can match both, cutoffs aside."""
    for axis, first, second in zip(AXES, a, b, strict=True):
        if first is None or second is None or axis == "cutoff":
            continue
        if axis in TERM_AXES:
            line = vocabularies[axis].line
            if first not in line(second) and second not in line(first):
                return False
        elif first[0] > second[1] or second[0] > first[1]:
            return False
    return True


def _bounds(amounts: Range | None) -> tuple[int, int] | None:
    if amounts is None:
        return None
    return (
        amounts.min.value if amounts.min else 0,
        amounts.max.value if amounts.max else UNBOUNDED,
    )
