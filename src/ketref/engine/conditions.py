"""Under which conditions does a rule hold: does it match a question, and which of two rules is narrower?

Conditions and cells have one field for each of `AXES`; None is an axis that is not named, or left unsaid. A rule's
term holds for the terms below it, its range for the amounts in it. A cutoff depends on the end: a promise
(latest opening, earliest end) holds at the cutoff of its claim and at lower ones, an exclusion at it and higher ones.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from ketref.model.axes import AXES, TERM_AXES
from ketref.model.rules import Range, When
from ketref.model.vocabulary import Words

UNBOUNDED = 1 << 62
LARGEST_DOSE = 10**12  # millionths: beyond a range without an upper bound, nothing is told apart


if TYPE_CHECKING:

    class _Conditions(NamedTuple):
        matrix: str | None
        analyte: str | None
        method: str | None
        route: str | None
        pattern: str | None
        cutoff: int | None
        dose: tuple[int, int] | None
        dose_per_kg: tuple[int, int] | None

    class _Cell(NamedTuple):
        matrix: str | None
        analyte: str | None
        method: str | None
        route: str | None
        pattern: str | None
        cutoff: int | None
        dose: int | None
        dose_per_kg: int | None

else:  # the fields are the axes that are declared, of whatever number
    _Conditions = namedtuple("_Conditions", AXES)
    _Cell = namedtuple("_Cell", AXES)


class Conditions(_Conditions):
    """What a rule asks for, under one combination of its listed terms; doses are ranges, both ends included."""

    __slots__ = ()

    @property
    def terms(self) -> tuple[str | None, ...]:
        """What is said on the axes of terms."""
        return self[: len(TERM_AXES)]  # type: ignore[return-value]  # which come first


class Cell(_Cell):
    """What a question says, as tables look it up; amounts are millionths of the unit of their axis."""

    __slots__ = ()

    @property
    def terms(self) -> tuple[str | None, ...]:
        """What is said on the axes of terms."""
        return self[: len(TERM_AXES)]  # type: ignore[return-value]  # which come first


def promises(boundary: int, side: int) -> bool:
    """Whether an end of a window promises a positive: the latest opening and the earliest end do."""
    return boundary != side


def expand(when: When) -> Iterator[Conditions]:
    """The conditions of a rule, one for every combination of its listed terms."""
    yield from map(Conditions._make, product(*(_listed(axis, getattr(when, axis)) for axis in AXES)))


def _listed(axis: str, named: Any) -> Sequence[Any]:
    """What a rule names on an axis, one by one; a range is one thing."""
    if not named:
        return (None,)
    if isinstance(named, Range):
        return (_bounds(named),)
    return named if axis in TERM_AXES else [amount.value for amount in named]


def overlay(conditions: Conditions, when: When) -> Iterator[Conditions]:
    """The conditions of an evidence entry: those of its rule, but for the axes that it names itself."""
    for own in expand(when):
        yield Conditions._make(b if b is not None else a for a, b in zip(conditions, own, strict=True))


def own_cell(conditions: Conditions, edge: int = 0) -> Cell:
    """The question that says just what a rule names; of a range of doses its smallest or its largest (`edge` 1)."""
    return Cell._make(
        min(named[edge], named[0] + LARGEST_DOSE) if isinstance(named, tuple) else named for named in conditions
    )


def completed(cell: Cell, conditions: Conditions) -> Cell:
    """A question that also says what a rule names, on the axes that it leaves unsaid itself."""
    return Cell._make(own if said is None else said for said, own in zip(cell, own_cell(conditions), strict=True))


def matches(conditions: Conditions, cell: Cell, vocabularies: Words, promise: bool) -> bool:
    """Whether an end under these conditions holds for a question; `promise` says which way its cutoff carries."""
    for axis, wanted, said in _by_axis(conditions, cell):
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


def within(a: Conditions, b: Conditions, vocabularies: Words, promise: bool) -> bool:
    """Whether every question that `a` matches is matched by `b` too."""
    for axis, inner, outer in _by_axis(a, b):
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


def narrower(a: Conditions, b: Conditions, vocabularies: Words, promise: bool) -> bool:
    """Whether `b` matches everything that `a` matches, and more."""
    return within(a, b, vocabularies, promise) and not within(b, a, vocabularies, promise)


def _by_axis(one: Conditions, other: Conditions | Cell) -> Iterator[tuple[str, Any, Any]]:
    return zip(AXES, one, other, strict=True)


def _bounds(amounts: Range) -> tuple[int, int]:
    return (
        amounts.min.value if amounts.min else 0,
        amounts.max.value if amounts.max else UNBOUNDED,
    )
