"""Which rules hold for a question, and which are the nearest to it, without a look at each of them?

Rules lie in places by the terms that they name: what a question says, and the terms above that, name the few places
whose rules can hold. In a place, rules that differ by nothing but their cutoff are a group. Of a group, the rules at
the cutoff nearest to that of a test are narrower than all its others; of groups that state the same, those with the
innermost range around a dose. A bisection finds both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from attrs import frozen

from ketref.engine import course
from ketref.engine.conditions import UNBOUNDED, Cell, Conditions, promises, within
from ketref.model.axes import TERM_AXES
from ketref.model.rules import SIDES, Ranked
from ketref.model.vocabulary import Words

DOSES = ("dose", "dose_per_kg")  # the axes that are looked up by ranges
_UNNAMED = -1  # as a cutoff: below every other


@frozen(eq=False)
class Atom:
    """One rule under one combination of its listed terms; `order` is its place among those of its table.

    Of each end `holds_from` is the lowest cutoff at which what it excludes was measured.
    """

    order: int
    ranked: Ranked
    conditions: Conditions
    ends: tuple[course.Ends, ...]
    holds_from: tuple[tuple[int, int], ...]


def _by_order(atom: Atom) -> int:
    return atom.order


def place_of(amounts: Sequence[int], said: int | None) -> int:
    """Where an amount lies among others: at one of them, or between two; -1 where it is unsaid."""
    return -1 if said is None else bisect_left(amounts, said) + bisect_right(amounts, said)


class Places:
    """All the rules of a table, by the terms that they name."""

    def __init__(self, atoms: Sequence[Atom], vocabularies: Words) -> None:
        self._lines = [vocabularies[axis].line for axis in TERM_AXES]
        self._named = [{getattr(atom.conditions, axis) for atom in atoms} for axis in TERM_AXES]
        self._atoms: dict[tuple[str | None, ...], list[Atom]] = {}
        for atom in atoms:
            self._atoms.setdefault(atom.conditions.terms, []).append(atom)
        self._places: dict[tuple[str | None, ...], _Place] = {}  # each is made when it is first asked

    def holding(self, cell: Cell) -> list[Holding]:
        """Of each place whose rules hold for a question, those groups that can govern it."""
        above = (
            [term for term in (None, *(line(said) if said is not None else ())) if term in named]
            for line, named, said in zip(self._lines, self._named, cell.terms, strict=True)
        )
        found = (self._place(terms).holding(cell) for terms in product(*above) if terms in self._atoms)
        return [each for each in found if each.groups]

    def _place(self, terms: tuple[str | None, ...]) -> _Place:
        return self._places.get(terms) or self._places.setdefault(terms, _Place(self._atoms[terms]))


@frozen(eq=False)
class Holding:
    """The groups of one place that can govern a question; `key` is the same where the same rules hold."""

    key: object
    groups: Sequence[Group]
    place: _Place

    def atoms(self, cell: Cell) -> Iterator[Atom]:
        """All the rules of the place that hold for the question, whichever way their cutoffs carry."""
        for group in self.place.groups:
            if group.holds(cell):
                yield from group.atoms if cell.cutoff is not None else group.cut.get(_UNNAMED, ())


class _Place:
    """Rules that name the same terms."""

    def __init__(self, atoms: Iterable[Atom]) -> None:
        grouped: dict[object, list[Atom]] = {}
        for atom in atoms:
            grouped.setdefault((atom.ranked.rank, *(getattr(atom.conditions, axis) for axis in DOSES)), []).append(atom)
        self.groups = [Group(found) for found in grouped.values()]
        self._free = [group for group in self.groups if group.axis is None]
        named = {axis: [group for group in self.groups if group.axis == axis] for axis in DOSES}
        self._ranges = [_Ranges(axis, groups) for axis, groups in named.items() if groups]

    def holding(self, cell: Cell) -> Holding:
        key: list[int] = [id(self)]
        groups = list(self._free)
        for ranges in self._ranges:
            key.append(place_of(ranges.edges, getattr(cell, ranges.axis)))
            groups += (group for group in ranges.around(getattr(cell, ranges.axis)) if group.holds(cell))
        if cell.cutoff is None:
            groups = [group for group in groups if _UNNAMED in group.cut]
        return Holding(tuple(key), groups, self)


class Group:
    """Rules of one rank that name the same terms and doses: their cutoffs alone tell them apart."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.atoms = atoms
        self.rank = atoms[0].ranked.rank
        self.doses = {axis: doses for axis in DOSES if (doses := getattr(atoms[0].conditions, axis)) is not None}
        self.axis = next(iter(self.doses), None)  # on which it is looked up
        self.cut: dict[int, list[Atom]] = {}
        stated: dict[tuple[int, int], dict[int, list[Atom]]] = {}
        measured: set[tuple[int, ...]] = set()
        for atom in atoms:
            cutoff = _cutoff(atom)
            self.cut.setdefault(cutoff, []).append(atom)
            for boundary, sides in enumerate(atom.ends):
                for side in range(len(SIDES)):
                    if sides[side]:
                        stated.setdefault((boundary, side), {}).setdefault(cutoff, []).append(atom)
                        measured.add((boundary, side, cutoff, atom.holds_from[boundary][side]))
        self._stated = {end: (sorted(found), found) for end, found in stated.items()}
        self.shape = frozenset((end, *cutoffs) for end, (cutoffs, _) in self._stated.items())
        self.shape |= {(self.rank, *sorted(self.cut)), *measured}

    def holds(self, cell: Cell) -> bool:
        """Whether the doses that are said lie in its ranges."""
        return all(
            (said := getattr(cell, axis)) is not None and low <= said <= high
            for axis, (low, high) in self.doses.items()
        )

    def nearest(self, boundary: int, side: int, cutoff: int | None) -> Sequence[Atom]:
        """Its rules that state an end and hold at a cutoff, but for those that another of them is narrower than."""
        cutoffs, found = self._stated.get((boundary, side), ((), {}))
        if cutoff is None:
            return found.get(_UNNAMED, ())
        if promises(boundary, side):  # at the cutoff of the claim, and at lower ones
            at = bisect_left(cutoffs, cutoff)
            return found[cutoffs[at]] if at < len(cutoffs) else ()
        for at in range(bisect_right(cutoffs, cutoff) - 1, -1, -1):
            if near := [atom for atom in found[cutoffs[at]] if atom.holds_from[boundary][side] <= cutoff]:
                return near
        return ()


class _Ranges:
    """Groups by their ranges on one axis of doses.

    The ranges lie in a tree above the places among all their edges: each in the few nodes that make it up, so that
    those around an amount are found on the way from its place to the root.
    """

    def __init__(self, axis: str, groups: Sequence[Group]) -> None:
        self.axis = axis
        self.edges = sorted({edge for group in groups for edge in group.doses[axis] if edge < UNBOUNDED})
        self._size = 2 * len(self.edges) + 1
        nodes: dict[int, list[Group]] = {}
        for group in groups:
            for node in self._nodes(*group.doses[axis]):
                nodes.setdefault(node, []).append(group)
        self._innermost = {node: self._without_wider(found) for node, found in nodes.items()}

    def around(self, amount: int | None) -> list[Group]:
        """The groups whose range holds an amount, but for those around another that states the same."""
        found: list[Group] = []
        node = 0 if amount is None else place_of(self.edges, amount) + self._size
        while node:
            found += self._innermost.get(node, ())
            node //= 2
        return self._without_wider(found)

    def _nodes(self, low: int, high: int) -> Iterator[int]:
        first, last = place_of(self.edges, low) + self._size, place_of(self.edges, high) + self._size + 1
        while first < last:
            if first % 2:
                yield first
                first += 1
            if last % 2:
                last -= 1
                yield last
            first //= 2
            last //= 2

    def _without_wider(self, groups: Sequence[Group]) -> list[Group]:
        """Of groups around one amount those, for each shape, that are around none of the others."""
        if len(groups) < 2:
            return list(groups)
        kept: list[Group] = []
        innermost: dict[object, int] = {}
        for group in sorted(groups, key=lambda g: (-g.doses[self.axis][0], g.doses[self.axis][1])):
            same = (group.shape, *(doses for axis, doses in group.doses.items() if axis != self.axis))
            if group.doses[self.axis][1] < innermost.get(same, UNBOUNDED + 1):
                innermost[same] = group.doses[self.axis][1]
                kept.append(group)
        return kept


def narrowest_first(atoms: Iterable[Atom], vocabularies: Words) -> tuple[Atom, ...]:
    """Own rules first, then those that fewer others narrow, then by id."""
    atoms = sorted(atoms, key=_by_order)
    cutoffs: dict[Conditions, list[int]] = {}
    for atom in atoms:
        cutoffs.setdefault(_but_for_cutoff(atom.conditions), []).append(_cutoff(atom))
    for found in cutoffs.values():
        found.sort()
    inner = {
        outer: [found for inner, found in cutoffs.items() if within(inner, outer, vocabularies, promise=False)]
        for outer in cutoffs
    }

    def breadth(atom: Atom) -> int:
        own, cutoff = cutoffs[_but_for_cutoff(atom.conditions)], _cutoff(atom)
        equal = bisect_right(own, cutoff) - bisect_left(own, cutoff)
        within_it = inner[_but_for_cutoff(atom.conditions)]
        return sum(len(found) - bisect_left(found, cutoff) for found in within_it) - equal

    return tuple(sorted(atoms, key=lambda a: (-a.ranked.rank, breadth(a), a.ranked.rule.id)))


def _but_for_cutoff(conditions: Conditions) -> Conditions:
    return conditions._replace(cutoff=None)


def _cutoff(atom: Atom) -> int:
    return _UNNAMED if atom.conditions.cutoff is None else atom.conditions.cutoff
