"""What do two books answer differently, and which of their records differ?

Lines, their order and comments are no matter. Only where a rule differs can an answer: there, every cell that either
book tells apart is asked of both, and what changes alike is told as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs

from ketref.answers.answer import book_form
from ketref.book.export import KEYS, document
from ketref.book.loading import Book, load, shipped
from ketref.book.tables import caution_tables, effect_tables, phase_table
from ketref.engine.conditions import Cell
from ketref.engine.course import OPEN
from ketref.engine.index import Atom
from ketref.engine.regions import Holding, Region, Survey, askable, told
from ketref.engine.table import End, Row, Table
from ketref.errors import RulesError
from ketref.model.axes import TERM_AXES
from ketref.model.front_matter import VOCABULARIES
from ketref.model.kinds import CAUTION, EFFECT, KINDS, PHASE, WINDOW, Kind, subject
from ketref.model.rules import SIDES
from ketref.model.units import duration_of
from ketref.output.review_forms import CHANGES
from ketref.version import __version__

if TYPE_CHECKING:
    from ketref.output import review_forms


EndChange = tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...]]  # end, old and new, old and new rules
Change = tuple[str, tuple[EndChange, ...]]


SHIPPED = "shipped"


def compare_folders(old: str, new: str) -> review_forms.DiffForm:
    """What the books in two folders answer differently; `shipped` names the shipped one.

    Raises InputError where there is none, RulesError, each file with its folder, where one is not sound.
    """
    before, after = _opened(old), _opened(new)
    try:
        return compare(before, after)
    except RulesError as error:
        hint = "rules contradict each other in one of the rule sets: `ketref check` says where"
        raise RulesError(attrs.evolve(finding, hint=hint) for finding in error.findings) from None


def _opened(folder: str) -> Book:
    if folder == SHIPPED:
        return shipped()
    try:
        return load(folder)
    except RulesError as error:
        findings = [attrs.evolve(f, file=(Path(folder) / f.file).as_posix()) for f in error.findings]
        raise RulesError(findings) from None


def compare(old: Book, new: Book) -> review_forms.DiffForm:
    """What two books answer differently, and which of their records differ: the JSON form `ketref.diff/1`."""
    answers = [form for name in _either(old.substances, new.substances) for form in _answers(old, new, name)]
    records = list(_records(old, new))
    return {
        "schema": "ketref.diff/1",
        "same": not (answers or records),
        "old": book_form(old),
        "new": book_form(new),
        "answers": answers,
        "records": records,
        "version": __version__,
    }


def _either(old: Iterable[str], new: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*old, *new]))


# ---------------------------------------------------------------- answers


def _answers(old: Book, new: Book, substance: str) -> Iterator[review_forms.AnswerChange]:
    before, after = _tables(old, substance), _tables(new, substance)
    order = list(KINDS.values())
    for kind, about in sorted({*before, *after}, key=lambda key: (order.index(key[0]), key[1])):
        tables = (
            before.get((kind, about)) or Table(kind, (), old.vocabularies),
            after.get((kind, about)) or Table(kind, (), new.vocabularies),
        )
        changes = _changes(kind, tables)
        for (change, ends), regions in sorted(changes.items(), key=lambda item: list(CHANGES).index(item[0][0])):
            yield {
                "substance": substance,
                "kind": cast("Any", kind.key),
                "about": about,
                "change": cast("Any", change),
                "conditions": told(regions),
                "ends": [_end_form(end) for end in ends],
            }


def _tables(book: Book, substance: str) -> dict[tuple[Kind, str], Table]:
    """The tables of a substance by their kind and by what they are about; windows in one, whatever the specimen."""
    if substance not in book.folders:
        return {}
    windows = Table(WINDOW, book.ranked(substance, "windows"), book.vocabularies)
    found: dict[tuple[Kind, str], Table] = {(WINDOW, ""): windows, (PHASE, ""): phase_table(book, substance)}
    for kind, tables in ((EFFECT, effect_tables(book, substance)), (CAUTION, caution_tables(book, substance))):
        found |= {(kind, subject(table.atoms[0].ranked.rule)): table for table in tables}
    return found


def _changes(kind: Kind, tables: tuple[Table, Table]) -> dict[Change, list[Region]]:
    """Every change between two tables, with the regions in which it happens."""
    old, new = ({_signature(atom) for atom in table.atoms} for table in tables)
    differing = old ^ new
    regrown = _trees(tables[0]) != _trees(tables[1])

    def concerns(holding: Holding) -> bool:
        return any(regrown or _signature(atom) in differing for atoms in holding for atom in atoms)

    def change(cell: Cell) -> Change | None:
        return _change(kind, *(_row(table, cell) for table in tables))

    asked = askable([table.vocabularies for table in tables], kind)
    return Survey(tables, asked, concerns, change).regions()


def _signature(atom: Atom) -> object:
    return atom.ranked.rule.id, atom.conditions, atom.ends, atom.ranked.rank


def _trees(table: Table) -> object:
    words = table.vocabularies
    return [{term: words[axis].line(term) for term in words[axis].terms} for axis in TERM_AXES]


def _row(table: Table, cell: Cell) -> Row | None:
    """The row of a cell, None where the book does not know the words."""
    known = all(said is None or said in table.vocabularies[axis] for axis, said in zip(TERM_AXES, cell, strict=False))
    return table.row(cell) if known else None


def _change(kind: Kind, old: Row | None, new: Row | None) -> Change | None:
    answered = [_answered(kind, row) for row in (old, new)]
    ends = tuple(_end_changes(kind, old, new))
    if answered[0] != answered[1]:
        return "lost" if answered[0] else "won", ends
    if not ends:
        return None
    return "changed" if any(before != after for _, before, after, _, _ in ends) else "rules", ends


def _answered(kind: Kind, row: Row | None) -> bool:
    """Whether a book says something: a time, or, of an effect or a caution, that it is there."""
    return row is not None and bool(row.matched if kind.listed_when_matched else row.atoms)


def _end_changes(kind: Kind, old: Row | None, new: Row | None) -> Iterator[EndChange]:
    for (boundary, name), (side, which) in product(enumerate(kind.boundaries), enumerate(SIDES)):
        before, after = (row.stated[boundary][side] if row else None for row in (old, new))
        moments = [end and end.moment for end in (before, after)]
        rules = [end.rules if end else () for end in (before, after)]
        if moments[0] != moments[1] or rules[0] != rules[1]:
            texts = [_text(before), _text(before if moments[0] == moments[1] else after)]
            yield f"{name}.{which}", texts[0], texts[1], rules[0], rules[1]


def _text(end: End | None) -> str | None:
    if end is None:
        return None
    if end.text is None:
        return "never by time alone"
    clock = end.moment[1]
    assumed = f", taken to last {duration_of(clock)}" if 0 < clock < OPEN else ""
    return str(end.text) if clock <= 0 else f"{end.text} after the end of administration{assumed}"


def _end_form(change: EndChange) -> review_forms.EndChange:
    end, old, new, old_rules, new_rules = change
    return {"end": end, "old": old, "new": new, "old_rules": list(old_rules), "new_rules": list(new_rules)}


# ---------------------------------------------------------------- records


def _records(old: Book, new: Book) -> Iterator[review_forms.RecordChange]:
    """Every record that only one book has, or that the two have differently, by its kind and id."""
    before, after = _by_id(old), _by_id(new)
    for kind, name in sorted({*before, *after}):
        one, two = before.get((kind, name)), after.get((kind, name))
        if one != two:
            keys = [] if one is None or two is None else [k for k in _either(one, two) if one.get(k) != two.get(k)]
            change = "added" if one is None else "removed" if two is None else "changed"
            yield {"kind": kind, "id": name, "change": cast("Any", change), "keys": keys}


def _by_id(book: Book) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Every record of a book, and of the one behind it: terms, drugs, sources, substances, rules, factors and facts."""
    whole = document(book)
    found = {(kind, name): one for kind in ("drug", "source") for name, one in whole[f"{kind}s"].items()}
    terms = whole["terms"]
    found |= {("term", f"{axis} {term['id']}"): term for axis in VOCABULARIES for term in terms.get(axis, ())}
    found |= {("term", key): {key: held} for key, held in terms.items() if key not in VOCABULARIES}
    for name, held in whole["substances"].items():
        found["substance", name] = held["substance"]
        for section, kind in KEYS.items():
            found |= {(kind, entry["id"]): {**entry, "substance": name} for entry in held[section]}
    return found
