"""Where do rules meet: at which questions can several of them hold?

The axes are said one after the other, and each time only the rules are followed that can still hold. Where all terms
and doses are said, what is left to say is the cutoff: such a column is asked at each cutoff that its rules tell apart.
Where no two rules meet, nothing is asked.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from ketref.engine.conditions import Cell
from ketref.engine.index import Atom
from ketref.engine.regions import around, told_apart
from ketref.engine.table import Table
from ketref.model.axes import AXES, TERM_AXES
from ketref.model.vocabulary import Words

_UNSAID = Cell(*(None,) * len(AXES))


@frozen(eq=False)
class Column:
    """Questions that only their cutoff tells apart, and the rules that can hold for some of them."""

    said: Cell
    cutoffs: Sequence[int]
    atoms: Sequence[Atom]
    cut: bool  # whether any of these names a cutoff

    def cells(self) -> Iterator[Cell]:
        """Its questions, first without a cutoff, then as they rise."""
        for cutoff in (None, *self.cutoffs):
            yield self.said._replace(cutoff=cutoff)


def columns(table: Table, matters: Callable[[Sequence[Atom]], bool]) -> Iterator[Column]:
    """Every column in which rules of a table meet, as far as it matters that these do."""
    any_cutoff = table.amounts("cutoff")[:1]  # rules that name none promise nothing at a cutoff

    def walk(said: Cell, atoms: Sequence[Atom], axes: Sequence[str]) -> Iterator[Column]:
        if not matters(atoms):
            return
        axes = [axis for axis in axes if any(getattr(atom.conditions, axis) is not None for atom in atoms)]
        if axes in ([], ["cutoff"]):
            cutoffs = {cutoff for atom in atoms if (cutoff := atom.conditions.cutoff) is not None} if axes else ()
            yield Column(said, around(sorted(cutoffs or any_cutoff)), atoms, bool(cutoffs))
            return
        axis = axes[0] if axes[0] != "cutoff" else axes[1]
        rest = [other for other in axes if other != axis]
        split = _by_term if axis in TERM_AXES else _by_amount
        for value, holding in split(axis, atoms, table.vocabularies):
            yield from walk(said._replace(**{axis: value}), holding, rest)

    yield from walk(_UNSAID, table.atoms, AXES)


Split = Iterator[tuple[Any, Sequence[Atom]]]


def _by_term(axis: str, atoms: Sequence[Atom], vocabularies: Words) -> Split:
    """Each term that rules name, and none, with the rules that hold there."""
    naming: dict[str | None, list[Atom]] = {None: []}
    for atom in atoms:
        naming.setdefault(getattr(atom.conditions, axis), []).append(atom)
    line = vocabularies[axis].line
    for term in naming:
        above = line(term) if term is not None else ()
        yield term, [*naming[None], *(atom for each in above for atom in naming.get(each, ()))]


def _by_amount(axis: str, atoms: Sequence[Atom], _: Words) -> Split:
    """No amount, each at which a range of a rule begins or ends, and those between, with the rules that hold there."""
    free = [atom for atom in atoms if getattr(atom.conditions, axis) is None]

    def low(atom: Atom) -> int:
        return int(getattr(atom.conditions, axis)[0])

    def high(atom: Atom) -> int:
        return int(getattr(atom.conditions, axis)[1])

    waiting = sorted((atom for atom in atoms if getattr(atom.conditions, axis) is not None), key=low)
    begun: list[Atom] = []  # sorted by where they end
    at = 0
    for amount in told_apart(axis, (getattr(atom.conditions, axis) for atom in waiting)):
        if amount is None:
            yield None, free
            continue
        while at < len(waiting) and low(waiting[at]) <= amount:
            insort(begun, waiting[at], key=high)
            at += 1
        del begun[: bisect_left(begun, amount, key=high)]
        yield amount, [*free, *begun]
