"""Which course, and which rules behind each end of it, govern a question?

A table belongs to one subject: the windows of a substance in a specimen, its phases, one effect, one caution. Only what
its rules tell apart is told apart: every axis has codes, a cell of codes is filled when it is first asked, and equal
courses share a row. The row that is looked up is the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import getitem
from typing import Any, cast

from attrs import frozen

from ketref.engine import course
from ketref.engine.conditions import UNBOUNDED, Cell, expand, narrower, promises
from ketref.engine.course import OPEN, START, Ends, beyond
from ketref.engine.index import Atom, Holding, Places, narrowest_first, place_of
from ketref.errors import Finding, RulesError
from ketref.model.axes import AXES, TERM_AXES
from ketref.model.front_matter import Vocabularies
from ketref.model.kinds import KINDS, WINDOW, Kind, spans
from ketref.model.rules import SIDES, Range, Ranked, Rule, Span
from ketref.model.units import Duration


def clocks(rule: Rule) -> list[tuple[int, int]]:
    """The clocks on which the earliest and the latest end of each boundary of a rule count.

    From `from_end` on both count from the end of administration. Before it only the latest end of what closes does: it
    excludes that the drug is still at work. By when at the latest something has begun counts from the start, but from
    the end of an administration that is longer than those of which the rule speaks.
    """
    kind = KINDS[type(rule)]
    late = kind.boundaries.index(rule.from_end) if rule.from_end else len(kind.boundaries)
    shortest, longest = (rule.infusion[0].seconds, rule.infusion[1].seconds) if rule.infusion else (0, OPEN)
    assumed = longest if rule.infusion else 0
    begun = beyond(longest) if rule.infusion else START
    return [
        (shortest, longest) if b >= late else (START, assumed if boundary in kind.closing else begun)
        for b, boundary in enumerate(kind.boundaries)
    ]


def stated_ends(rule: Rule) -> list[Ends]:
    """The ends of a rule's boundaries as moments on their clocks; None where it states nothing.

    What lasts without a time does so until something else than time ends it.
    """
    ends: list[Ends] = [
        (
            (span.earliest.seconds, early) if span.earliest else None,
            (span.latest.seconds, late) if span.latest else None,
        )
        for span, (early, late) in zip(spans(rule), clocks(rule), strict=True)
    ]
    if KINDS[type(rule)].lasts and ends == [(None, None)]:
        return [((OPEN, START), None)]
    return ends


def holds_from(rule: Rule, concentration: str | None) -> tuple[tuple[int, int], ...]:
    """Of both ends of each boundary the lowest cutoff at which what the end excludes was measured, 0 where any was.

    A test at a lower cutoff than all sources used may see more than they did. Sources of an end that say no cutoff
    speak of any test; the others of the boundary count too, where all that give the end itself say theirs. What was
    measured in another kind of `concentration` excludes nothing at a cutoff of this one.
    """
    kind = KINDS[type(rule)]
    if kind is not WINDOW:
        return ((0, 0),) * len(kind.boundaries)
    found = [[0, 0] for _ in kind.boundaries]
    for boundary, claimed in enumerate(spans(rule)):
        side = next(side for side in range(len(SIDES)) if not promises(boundary, side))
        if (end := getattr(claimed, SIDES[side])) is not None:
            found[boundary][side] = _measured_from(rule, boundary, SIDES[side], end.seconds, concentration)
    return tuple((low, high) for low, high in found)


def _measured_from(rule: Rule, boundary: int, side: str, claim: int, concentration: str | None) -> int:
    bounding = [entry for entry in rule.evidence if getattr(entry.reports, "bounds", True)]
    said = [(getattr(KINDS[type(rule)].spans(entry.reports)[boundary], side), entry.when.cutoff) for entry in bounding]
    reported = [(end.seconds, cutoffs) for end, cutoffs in said if end is not None]
    giving = [cutoffs for seconds, cutoffs in reported if seconds == claim] or [cutoffs for _, cutoffs in reported]
    if not all(giving):
        return 0
    every = [cutoff for _, cutoffs in reported for cutoff in cutoffs if concentration in {None, cutoff.base}]
    return min((cutoff.value for cutoff in every), default=UNBOUNDED if giving else 0)


@frozen
class End:
    """A stated end of a boundary: its moment, its text, and the rules that give it, by id."""

    moment: course.Moment
    text: Duration | None
    rules: tuple[str, ...]

    def at(self, duration: int) -> int | None:
        """Seconds since the start of administration, None where that depends on what is not known."""
        seconds = course.moment(*self.moment, duration)
        return None if seconds == OPEN else seconds


Sides = tuple[End | None, End | None]


@frozen(eq=False, slots=False)  # what is cached lies in its dictionary
class Row:
    """A course, flat (see `course`), and its trace: `stated` holds per boundary both ends."""

    course: tuple[int, ...]
    stated: tuple[Sides, ...]
    atoms: tuple[Atom, ...]  # that govern an end, narrowest first
    _matching: Callable[[], tuple[Atom, ...]]

    @cached_property
    def matched(self) -> tuple[Atom, ...]:
        """The rules that hold for the question at all, narrowest first."""
        return self._matching()

    def ends(self) -> Iterator[tuple[int, int, End]]:
        """Every stated end with its boundary and side."""
        for boundary, sides in enumerate(self.stated):
            for side, end in enumerate(sides):
                if end:
                    yield boundary, side, end


class Table:
    """The rules of one subject, compiled.

    Threads may share a table. Whoever asks may compose a row; where several compose the same at once, the first that is
    kept is the one that all of them are given.
    """

    def __init__(
        self, kind: Kind, rules: Iterable[Ranked], vocabularies: Vocabularies, concentration: str | None = None
    ) -> None:
        self.kind = kind
        self.concentration = concentration
        self.boundaries = kind.boundaries
        self.ending = tuple(boundary in kind.ending for boundary in self.boundaries)
        self.vocabularies = vocabularies
        rules = tuple(rules)
        named = ((ranked, conditions) for ranked in rules for conditions in expand(ranked.rule.when))
        ends = {id(ranked): self._ends(ranked.rule) for ranked in rules}
        self.atoms = tuple(Atom(i, *pair, *ends[id(pair[0])]) for i, pair in enumerate(named))
        self._places = Places(self.atoms, vocabularies)
        self._cells: dict[tuple[Any, ...], Row] = {}
        self._distinct: dict[object, Row] = {}
        self._codes: Sequence[Any] = [self._code(axis) for axis in TERM_AXES]
        self._amounts = {axis: self._edges(axis) for axis in AXES if axis not in TERM_AXES}

    def _ends(self, rule: Rule) -> tuple[tuple[Ends, ...], tuple[tuple[int, int], ...]]:
        return tuple(stated_ends(rule)), holds_from(rule, self.concentration)

    def _edges(self, axis: str) -> list[int]:
        """The amounts at which rules begin and stop to hold."""
        named: set[Any] = {getattr(atom.conditions, axis) for atom in self.atoms} - {None}
        if axis == "cutoff":
            named |= {n for atom in self.atoms for sides in atom.holds_from for n in sides if 0 < n < UNBOUNDED}
            return sorted(named)
        return sorted({n for low, high in named for n in (low, high) if n < UNBOUNDED})

    def _code(self, axis: str) -> dict[str | None, int]:
        """The code of every term; those that no rule tells apart share one."""
        named = {getattr(atom.conditions, axis) for atom in self.atoms} - {None}
        vocabulary = self.vocabularies[axis]
        codes: dict[str | None, int] = {None: 0}
        for term in vocabulary.terms:
            nearest = next((t for t in vocabulary.line(term) if t in named), None)
            codes[term] = codes.setdefault(f"={nearest}", len(codes)) if nearest else 0
        return codes

    def row(self, cell: Cell) -> Row:
        """The row of a question. Raises RulesError where rules contradict each other there."""
        said: tuple[Any, ...] = cell
        key = (*map(getitem, self._codes, said), *map(place_of, self._amounts.values(), said[len(self._codes) :]))
        row = self._cells.get(key)
        if row is None:
            row = self._cells[key] = self._compose(cell)
        return row

    def sound_row(self, cell: Cell) -> Row | None:
        """The row of a question, None where rules contradict each other there; `ketref check` says so."""
        try:
            return self.row(cell)
        except RulesError:
            return None

    def named(self, axis: str) -> list[tuple[Any, str]]:
        """What the rules name on an axis, sorted, each with its text."""
        named = ((atom, getattr(atom.conditions, axis)) for atom in self.atoms)
        return sorted({(condition, _text(atom, axis, condition)) for atom, condition in named if condition is not None})

    def amounts(self, axis: str) -> Sequence[int]:
        """The amounts at which its rules begin and stop to hold, on an axis of amounts."""
        return self._amounts[axis]

    def durations(self) -> set[int]:
        """The seconds of administration beyond which an end counts from another moment."""
        ends = (end for atom in self.atoms for sides in atom.ends for end in sides if end)
        return {START - 1 - clock for _, clock in ends if clock < START}

    def _compose(self, cell: Cell) -> Row:
        holding = self._places.holding(cell)
        stated: list[Sides] = []
        governing: dict[int, Atom] = {}
        for boundary in range(len(self.boundaries)):
            sides = []
            for side in range(len(SIDES)):
                narrowest = self._narrowest(holding, cell.cutoff, boundary, side)
                governing |= {atom.order: atom for atom in narrowest}
                self._refuse_two_clocks(narrowest, boundary, side)
                sides.append(_span_of(narrowest, boundary, side))
            stated.append((sides[0], sides[1]))
        self._refuse_crossing(stated)
        same = (tuple(stated), tuple(governing), cell.cutoff is None, *(found.key for found in holding))
        if same not in self._distinct:

            def matching() -> tuple[Atom, ...]:
                return narrowest_first((a for found in holding for a in found.atoms(cell)), self.vocabularies)

            first = narrowest_first(governing.values(), self.vocabularies)
            flat = tuple(course.fill(moments(stated), self.ending))
            self._distinct.setdefault(same, Row(flat, tuple(stated), first, matching))
        return self._distinct[same]

    def _narrowest(self, holding: Sequence[Holding], cutoff: int | None, boundary: int, side: int) -> list[Atom]:
        """The rules of the highest rank that state an end and among which none is narrower."""
        groups = [group for found in holding for group in found.groups]
        near = [(group.rank, atoms) for group in groups if (atoms := group.nearest(boundary, side, cutoff))]
        highest = max((rank for rank, _ in near), default=0)
        found = [(atoms[0].conditions, atoms) for rank, atoms in near if rank == highest]
        promise = promises(boundary, side)
        narrowest = (
            atom
            for outer, atoms in found
            if not any(narrower(inner, outer, self.vocabularies, promise) for inner, _ in found)
            for atom in atoms
        )
        return sorted(narrowest, key=lambda atom: atom.order)

    def _refuse_two_clocks(self, atoms: list[Atom], boundary: int, side: int) -> None:
        """Of an end that counts from the start and from the end at once, nobody can say which is the wider."""
        counts_from_start = {end[1] <= START for atom in atoms if (end := atom.ends[boundary][side])}
        if len(counts_from_start) > 1:
            rules = tuple(sorted({atom.ranked.rule.id for atom in atoms}))
            message = f"{_names(rules)} give the {SIDES[side]} end of `{self.boundaries[boundary]}` on two clocks"
            raise self._contradiction(rules, message, "count both from the start, or both from the end")

    def _refuse_crossing(self, stated: Sequence[Sides]) -> None:
        """Rules that contradict each other must not answer."""
        crossed = course.crossing(moments(stated))
        if not crossed:
            return
        (b, side), (c, other) = crossed
        first, second = cast("End", stated[b][side]), cast("End", stated[c][other])
        message = (
            f"{_names(second.rules)} ends before {_names(first.rules)}: the {SIDES[other]} end of"
            f" `{self.boundaries[c]}` ({second.text}) lies before the {SIDES[side]} end of"
            f" `{self.boundaries[b]}` ({first.text}) where both apply"
        )
        hint = "correct one, or name the condition that tells them apart"
        raise self._contradiction((*second.rules, *first.rules), message, hint)

    def _contradiction(self, rules: Sequence[str], message: str, hint: str) -> RulesError:
        """The error where the first of some rules stands, those of a book before those that are behind it."""
        ranked = {atom.ranked.rule.id: atom.ranked for atom in self.atoms}
        file, line = max((ranked[rule] for rule in rules), key=lambda one: one.rank).place()
        return RulesError([Finding(file, line, "contradicting-rules", message, hint, rules=tuple(rules))])


def moments(stated: Sequence[Sides]) -> list[course.Ends]:
    """The stated ends as moments on their clocks."""
    return [(low.moment if low else None, high.moment if high else None) for low, high in stated]


def span(sides: Sides) -> Span:
    """A boundary as its rules write it."""
    earliest, latest = sides
    return Span(earliest.text if earliest else None, latest.text if latest else None)


def _text(atom: Atom, axis: str, condition: Any) -> str:
    given = getattr(atom.ranked.rule.when, axis)
    if axis == "cutoff":
        return next(str(cutoff) for cutoff in given if cutoff.value == condition)
    return str(given) if isinstance(given, Range) else str(condition)


def _names(rules: tuple[str, ...]) -> str:
    return " and ".join(f"`{rule}`" for rule in rules)


def _span_of(atoms: list[Atom], boundary: int, side: int) -> End | None:
    """The end that spans those of several rules: the smallest earliest, the largest latest, on the widest clock."""
    if not atoms:
        return None
    pick = min if side == 0 else max
    moments = [end for atom in atoms if (end := atom.ends[boundary][side])]
    clocks = [clock for _, clock in moments]
    moment = pick(value for value, _ in moments), pick([clock for clock in clocks if clock != START] or clocks)
    widest = atoms[moments.index(next(m for m in moments if m[0] == moment[0]))].ranked.rule
    text: Duration | None = getattr(spans(widest)[boundary], SIDES[side])
    return End(moment, text, tuple(sorted({atom.ranked.rule.id for atom in atoms})))
