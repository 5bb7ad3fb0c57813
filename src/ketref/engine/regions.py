"""Which questions do rules tell apart, and under which conditions, in words, is an answer the same?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Generic, TypeVar

from attrs import frozen

from ketref.engine.conditions import UNBOUNDED, Cell
from ketref.engine.index import Atom
from ketref.engine.table import Table
from ketref.model.axes import AXES, TERM_AXES, UNITS
from ketref.model.kinds import Kind
from ketref.model.units import Quantity, canonical
from ketref.model.vocabulary import UNKNOWN_PATTERN, Term, Vocabulary, Words


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


T = TypeVar("T", bound=Hashable)
Region = tuple[tuple[str, tuple[str, ...]], ...]
"""The axes on which a region has conditions, each with what holds there; without any, it is everything."""
Holding = Sequence[Sequence[Atom]]
"""The rules that can still hold, for each table."""


@frozen(eq=False)
class Survey(Generic[T]):
    """What `answer` makes of every cell of some tables, by region.

    `asked` holds the axes to ask on: of terms those that can be said, None where nothing need be; of amounts nothing.
    Where `concerns` says no to the rules that can still hold, no further question is asked. None is no answer.
    """

    tables: Sequence[Table]
    asked: Mapping[str, Sequence[str | None]]
    concerns: Callable[[Holding], bool]
    answer: Callable[[Cell], T | None]

    def regions(self) -> dict[T, list[Region]]:
        """Every answer, with the regions in which it is given."""
        return self._walk((), [table.atoms for table in self.tables])

    def _walk(self, said: tuple[Any, ...], holding: Holding) -> dict[T, list[Region]]:
        if not self.concerns(holding):
            return {}
        if len(said) == len(AXES):
            answer = self.answer(Cell(*said))
            return {} if answer is None else {answer: [()]}
        axis = AXES[len(said)]
        values, words = self._split(axis, dict(zip(AXES, said, strict=False)), holding)
        found: dict[T, dict[Region, list[Any]]] = {}
        for value in values:
            for answer, regions in self._walk((*said, value), self._still(axis, value, holding)).items():
                for region in regions:
                    found.setdefault(answer, {}).setdefault(region, []).append(value)
        return {
            answer: [
                (() if len(kept) == len(values) else ((axis, words(kept)),)) + region
                for region, kept in regions.items()
            ]
            for answer, regions in found.items()
        }

    def _still(self, axis: str, value: Any, holding: Holding) -> Holding:
        """The rules that can still hold once something is said on one more axis."""
        return [
            [a for a in atoms if can_hold(axis, getattr(a.conditions, axis), value, table.vocabularies)]
            for table, atoms in zip(self.tables, holding, strict=True)
        ]

    def _split(
        self, axis: str, said: Mapping[str, Any], holding: Holding
    ) -> tuple[Sequence[Any], Callable[[list[Any]], Any]]:
        """What to say on an axis, after what is said on those before it, and how some of it reads."""
        if axis not in self.asked:
            return [None], tuple
        named = {c for atoms in holding for atom in atoms if (c := getattr(atom.conditions, axis)) is not None}
        vocabularies = [table.vocabularies[axis] for table in self.tables] if axis in TERM_AXES else []
        if vocabularies:
            terms = _Terms(axis, vocabularies, self.asked[axis], named)
            return terms.values, terms.words
        values = told_apart(axis, named)
        amounts = Amounts(values, _marks(axis, named, _unit(axis, said.get("matrix"), self.tables)))
        return values, amounts.words


def askable(vocabularies: Sequence[Words], kind: Kind) -> dict[str, list[str | None]]:
    """What can be asked of rules of a kind: the terms of every vocabulary, and amounts."""
    asked: dict[str, list[str | None]] = {axis: [] for axis in kind.axes}
    for axis in asked.keys() & set(TERM_AXES):
        terms = dict.fromkeys(term for words in vocabularies for term in words[axis].terms)
        can_be_unsaid = axis not in {"matrix", "analyte"}
        meant_by_unsaid = UNKNOWN_PATTERN if axis == "pattern" else None
        asked[axis] = [*([None] if can_be_unsaid else []), *(term for term in terms if term != meant_by_unsaid)]
    return asked


def told(regions: Sequence[Region]) -> list[dict[str, list[str]]]:
    """Regions for a JSON form, in a fixed order."""
    return [{axis: list(words) for axis, words in region} for region in sorted(regions)]


def in_words(region: Mapping[str, Sequence[str]]) -> str:
    """The conditions of a region in one line."""
    return "; ".join(f"{axis} {', '.join(words)}" for axis, words in region.items()) or "whatever the conditions"


# ---------------------------------------------------------------- terms


class _Terms:
    """The classes of terms that rules tell apart, and what some of them are called."""

    def __init__(
        self, axis: str, vocabularies: Sequence[Vocabulary[Term]], asked: Sequence[str | None], named: set[str]
    ) -> None:
        self.unsaid = UNKNOWN_PATTERN if axis == "pattern" else "not given"
        self.asked = asked
        self._vocabularies = vocabularies
        if len({tuple(vocabulary.line(term) for term in sorted(vocabulary.terms)) for vocabulary in vocabularies}) > 1:
            named = {term for vocabulary in vocabularies for term in vocabulary.terms}  # their trees differ
        self._classes: dict[str | None, list[str | None]] = {}
        for term in asked:
            nearest = next((t for t in self._line(term) if t in named), None)
            self._classes.setdefault(nearest, []).append(term)
        self.values = sorted(self._classes, key=lambda value: value or "")

    def _line(self, term: str | None) -> tuple[str, ...]:
        """A term and what lies above it, by the last vocabulary that knows it."""
        knowing = [vocabulary for vocabulary in self._vocabularies if term in vocabulary]
        return knowing[-1].line(term) if knowing and term is not None else ()

    def words(self, kept: Sequence[str | None]) -> tuple[str, ...]:
        """The terms of some classes, or, where these are fewer, those of the others."""
        terms = [term for value in kept for term in self._classes[value]]
        others = [term for term in self.asked if term not in terms]
        listed, left_out = self._listed(terms), self._listed(others)
        unsaid_aside = None in terms or None not in self.asked
        return (f"all but {', '.join(left_out)}",) if unsaid_aside and len(left_out) < len(listed) else tuple(listed)

    def _listed(self, terms: Sequence[str | None]) -> list[str]:
        """Terms that stand for those below them, each with the exceptions from it."""
        found = [self.unsaid] if None in terms else []
        for term in sorted(term for term in terms if term is not None):
            if not any(above in terms for above in self._line(term)[1:]):
                below = [t for t in self.asked if t not in terms and term in self._line(t)]
                found.append(f"{term} (without {', '.join(self._listed(below))})" if below else term)
        return found


# ---------------------------------------------------------------- amounts


@frozen(eq=False)
class Amounts:
    """Amounts that rules tell apart, one for each and one between, and what a run of them is called."""

    values: Sequence[int | None]
    marks: Mapping[int, str]  # those that rules name, in order, as they are written

    def words(self, kept: Sequence[int | None]) -> tuple[str, ...]:
        """Each run of amounts as a range; None is unsaid."""
        amounts = [value for value in self.values if value is not None]
        runs: list[list[int]] = []
        for value in kept:
            if value is None:
                continue
            if runs and amounts.index(runs[-1][-1]) + 1 == amounts.index(value):
                runs[-1].append(value)
            else:
                runs.append([value])
        return (*(["not given"] if None in kept else []), *(self._range(run[0], run[-1]) for run in runs))

    def _range(self, first: int, last: int) -> str:
        below = max((mark for mark in self.marks if mark < first), default=None)
        above = min((mark for mark in self.marks if mark > last), default=None)
        written = self.marks
        if first in written and written[first] == written.get(last):
            return written[first]
        low = f"from {written[first]}" if first in written else f"above {written[below]}" if below else ""
        high = f"to {written[last]}" if last in written else f"to below {written[above]}" if above else ""
        if low and high:
            return f"{low} {high}"
        if low:
            return f"{written[first]} or more" if first in written else low
        return f"up {high}".replace("up to below", "below") if high else "any that is said"


def _marks(axis: str, named: set[Any], unit: str) -> dict[int, str]:
    """The amounts at which something begins or stops to hold, as they are written in a unit."""
    amounts = named if axis == "cutoff" else edges(named)
    return {amount: str(canonical(Quantity(amount, unit, ""))) for amount in sorted(amounts)}


def edges(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """The amounts at which ranges begin and end."""
    return {edge for low_high in ranges for edge in low_high if 0 < edge < UNBOUNDED}


def _unit(axis: str, matrix: str | None, tables: Sequence[Table]) -> str:
    """The unit in which the amounts of an axis are compared; cutoffs have that of the specimen."""
    if axis != "cutoff":
        return UNITS[axis][0]
    knowing = [terms[matrix] for table in tables if matrix and matrix in (terms := table.vocabularies["matrix"].terms)]
    return str(knowing[-1].concentration) if knowing else ""
