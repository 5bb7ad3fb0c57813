"""Which conditions does no rule of a book cover, or only one end of a window?

Asked is what can be said of a test, specimen, analyte, method and pattern of use, and of a dose its route; cutoffs and
amounts are left unsaid. A gap is no mistake of a book: it says what nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from ketref.answers.answer import book_form
from ketref.answers.targets import reported
from ketref.book.loading import Book
from ketref.book.tables import phase_table
from ketref.engine.conditions import Cell, Conditions
from ketref.engine.regions import Survey, askable, can_hold, told
from ketref.engine.table import Row, Table
from ketref.model.axes import AXES
from ketref.model.kinds import WINDOW
from ketref.model.rules import SIDES
from ketref.model.vocabulary import ANY
from ketref.output.review_forms import GAPS
from ketref.version import __version__

if TYPE_CHECKING:
    from ketref.output import review_forms


Gap = tuple[str, tuple[str, ...], tuple[str, ...]]  # which, the missing ends, what to say
Asked = Mapping[str, Sequence[str | None]]


def gaps(book: Book) -> review_forms.GapsForm:
    """What no rule of a book covers: the JSON form `ketref.gaps/1`. Raises RulesError where rules contradict."""
    found = [gap for name in book.folders for gap in _of_substance(book, name)]
    return {
        "schema": "ketref.gaps/1",
        "book": book_form(book),
        "substances": list(book.folders),
        "gaps": found,
        "version": __version__,
    }


def _of_substance(book: Book, substance: str) -> list[review_forms.GapForm]:
    """Every specimen, analyte, method and pattern, then every route."""
    windows = Table(WINDOW, book.ranked(substance, "windows"), book.vocabularies)
    can_be_asked = askable([book.vocabularies], WINDOW)
    tests: Asked = {
        **{axis: can_be_asked[axis] for axis in ("matrix", "method", "pattern")},
        "analyte": [ANY, *dict.fromkeys(reported(book, analyte) for analyte in book.yields(substance))],
    }
    doses: Asked = {"route": [route for route in can_be_asked["route"] if route], "pattern": can_be_asked["pattern"]}
    return [*_gaps(substance, windows, tests), *_gaps(substance, phase_table(book, substance), doses)]


def _gaps(substance: str, table: Table, asked: Asked) -> list[review_forms.GapForm]:
    found = Survey([table], asked, lambda _: True, lambda cell: _gap(table, asked, cell)).regions()
    return [
        {
            "substance": substance,
            "kind": cast("Any", table.kind.key),
            "gap": cast("Any", gap),
            "missing": list(missing),
            "say": list(say),
            "conditions": told(regions),
        }
        for (gap, missing, say), regions in sorted(found.items(), key=lambda item: (list(GAPS).index(item[0][0]), item))
    ]


def _gap(table: Table, asked: Asked, cell: Cell) -> Gap | None:
    """What is missing where this is said, None where nothing is."""
    row = table.row(cell)
    if not row.atoms:
        say = _left_unsaid(table, asked, cell)
        return "more must be said" if say else "no rule", _missing(table, row), say
    if table.kind is not WINDOW or (all(row.stated[1]) and any(row.stated[0])):
        return None
    closing = sum(end is not None for end in row.stated[1])
    return ("no closing", "one end", "no opening")[closing], _missing(table, row), ()


def _missing(table: Table, row: Row) -> tuple[str, ...]:
    """The ends that no rule states."""
    places = product(enumerate(table.boundaries), enumerate(SIDES))
    return tuple(f"{name}.{side}" for (b, name), (s, side) in places if row.stated[b][s] is None)


def _left_unsaid(table: Table, asked: Asked, cell: Cell) -> tuple[str, ...]:
    """The axes on which rules have conditions that hold here but for what is not asked."""

    def holds(conditions: Conditions, axis: str) -> bool:
        return can_hold(axis, getattr(conditions, axis), getattr(cell, axis), table.vocabularies)

    holding = [atom.conditions for atom in table.atoms if all(holds(atom.conditions, axis) for axis in asked)]
    unasked = [axis for axis in AXES if axis not in asked]
    return tuple(axis for axis in unasked if any(getattr(conditions, axis) is not None for conditions in holding))
