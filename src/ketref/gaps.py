"""Which conditions does no rule of a book cover, or only one end of a window?

Asked is what can be said of a test, specimen, analyte, method and pattern of use, and of a dose its route; cutoffs and
amounts are left unsaid. A gap is no mistake of a book: it says what nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from ketref.answers import book_form
from ketref.cells import can_hold
from ketref.conditions import Cell, Conditions
from ketref.loading import Book
from ketref.model import AXES, SIDES, Window
from ketref.page import Page
from ketref.questions import phase_table
from ketref.regions import Survey, askable, in_words, told
from ketref.table import Row, Table
from ketref.terms import ANY
from ketref.version import __version__

if TYPE_CHECKING:
    from ketref import forms

Gap = tuple[str, tuple[str, ...], tuple[str, ...]]  # which, the missing ends, what to say
Asked = Mapping[str, Sequence[str | None]]
GAPS = {
    "no rule": "no rule at all",
    "more must be said": "no rule, unless more is said",
    "no closing": "when it closes, no rule states",
    "one end": "only one end of when it closes is stated",
    "no opening": "when it opens, no rule states",
}


def gaps(book: Book) -> forms.GapsForm:
    """What no rule of a book covers: the JSON form `ketref.gaps/1`. Raises RulesError where rules contradict."""
    found = [gap for name in book.substances for gap in _of_substance(book, name)]
    return {
        "schema": "ketref.gaps/1",
        "book": book_form(book),
        "substances": list(book.substances),
        "gaps": found,
        "version": __version__,
    }


def _of_substance(book: Book, substance: str) -> list[forms.GapForm]:
    """Every specimen, analyte, method and pattern, then every route."""
    windows = Table(Window, book.ranked(substance, "windows"), book.vocabularies)
    can_be_asked = askable([book.vocabularies], Window)
    tests: Asked = {
        **{axis: can_be_asked[axis] for axis in ("matrix", "method", "pattern")},
        "analyte": [ANY, *book.substances[substance].yields],
    }
    doses: Asked = {"route": [route for route in can_be_asked["route"] if route], "pattern": can_be_asked["pattern"]}
    return [*_gaps(substance, windows, tests), *_gaps(substance, phase_table(book, substance), doses)]


def _gaps(substance: str, table: Table, asked: Asked) -> list[forms.GapForm]:
    found = Survey([table], asked, lambda _: True, lambda cell: _gap(table, asked, cell)).regions()
    kind: Any = table.kind.__name__.lower()
    return [
        {
            "substance": substance,
            "kind": kind,
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
    if table.kind is not Window or (all(row.stated[1]) and any(row.stated[0])):
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


def gaps_text(form: forms.GapsForm) -> str:
    """The gaps of each substance, first where there is no rule at all."""
    page = Page()
    book = form["book"]
    page.say(f"{book['name']}, edition {book['edition']}: what no rule covers")
    if not form["substances"]:
        page.say("the book knows no substance: a folder with a substance.toml is one", 2)
    elif not form["gaps"]:
        page.say("nothing: every condition has a rule", 2)
    for substance, kind in dict.fromkeys((gap["substance"], gap["kind"]) for gap in form["gaps"]):
        page.head(f"{substance}, {kind}s")
        for gap in (g for g in form["gaps"] if (g["substance"], g["kind"]) == (substance, kind)):
            page.say(f"{GAPS[gap['gap']]}{_detail(gap)}:", 2)
            for region in gap["conditions"]:
                page.say(f"- {in_words(region)}", 4)
    return str(page)


def _detail(gap: forms.GapForm) -> str:
    if gap["say"]:
        return f" ({', '.join(gap['say'])})"
    named = [end.replace("_", " ").replace(".", ", ") for end in gap["missing"]]
    return f" (missing: {'; '.join(named)})" if gap["gap"] in {"one end", "no closing"} else ""
