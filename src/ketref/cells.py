"""Which questions do rules tell apart?

A cell stands for every question that no rule tells from it: on an axis of terms a term that a rule names, or none; on
an axis of amounts one that a rule names, or any between two of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from ketref.conditions import UNBOUNDED
from ketref.model import TERM_AXES
from ketref.terms import Words


def told_apart(axis: str, named: Iterable[Any]) -> list[int | None]:
    """One value for all that rules tell apart on an axis of amounts by what they name there; None is unsaid."""
    values = set(named)
    amounts = values if axis == "cutoff" else {edge for low_high in values for edge in low_high if edge < UNBOUNDED}
    return [None, *around(sorted(amounts))]


def around(amounts: Sequence[int]) -> list[int]:
    """Each amount, and one between it and its neighbours."""
    between = [(low + high) // 2 for low, high in pairwise(amounts)]
    beyond = [amounts[0] // 2, amounts[-1] * 2] if amounts else []
    return sorted({*amounts, *between, *beyond})


def can_hold(axis: str, wanted: Any, said: Any, vocabularies: Words) -> bool:
    """Whether a condition can hold where this is said, whichever way its cutoff carries."""
    if wanted is None:
        return True
    if said is None:
        return False
    if axis in TERM_AXES:
        return said in vocabularies[axis] and wanted in vocabularies[axis].line(said)
    return axis == "cutoff" or bool(wanted[0] <= said <= wanted[1])
