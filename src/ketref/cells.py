"""Which questions do rules tell apart?

A cell stands for every question that no rule tells from it: on an axis of terms a term that a rule names, or none; on
an axis of amounts one that a rule names, or any between two of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ketref.conditions import UNBOUNDED
from ketref.model import TERM_AXES
from ketref.terms import Vocabulary


def told_apart(
    axis: str, named: Iterable[Any], wanted: Sequence[Any], vocabularies: Mapping[str, Vocabulary]
) -> list[Any]:
    """One value for all that rules tell apart on an axis by what they name there; None is unsaid.

    Only those at which every `wanted` condition holds, whichever way the cutoffs carry.
    """
    values = sorted(set(named))
    if axis == "cutoff":
        return [None, *around(values)]
    if axis in TERM_AXES:
        line = vocabularies[axis].line
        unsaid = [] if wanted else [None]
        return unsaid + [value for value in values if all(term in line(value) for term in wanted)]
    amounts = around(sorted({edge for low, high in values for edge in (low, high) if edge < UNBOUNDED}))
    if not wanted:
        return [None, *amounts]
    return [amount for amount in amounts if all(low <= amount <= high for low, high in wanted)] or [wanted[0][0]]


def around(amounts: Sequence[int]) -> list[int]:
    """Each amount, and one between it and its neighbours."""
    between = [(low + high) // 2 for low, high in pairwise(amounts)]
    beyond = [amounts[0] // 2, amounts[-1] * 2] if amounts else []
    return sorted({*amounts, *between, *beyond})


def can_hold(axis: str, wanted: Any, said: Any, vocabularies: Mapping[str, Vocabulary]) -> bool:
    """Whether a condition can hold where this is said, whichever way its cutoff carries."""
    if wanted is None:
        return True
    if said is None:
        return False
    if axis in TERM_AXES:
        return said in vocabularies[axis] and wanted in vocabularies[axis].line(said)
    return axis == "cutoff" or bool(wanted[0] <= said <= wanted[1])
