"""Which rules of a table contradict each other, both govern an end, or see less at a lower cutoff?"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations, groupby, product

from ketref.book.loading import Book
from ketref.engine.index import Atom
from ketref.engine.table import End, Row, Table
from ketref.errors import Finding, RulesError
from ketref.model.rules import SIDES
from ketref.review.checks import registry
from ketref.review.meetings import Column, columns

# ---------------------------------------------------------------- rules against rules


def contradictions(book: Book, table: Table) -> Iterator[Finding]:
    """What is wrong or odd where rules meet, at least one of which is of this folder: the others are checked there."""
    owners = book.owners()
    order = {atom.ranked.rule.id: atom.order for atom in reversed(table.atoms)}
    tied = set()

    def matters(atoms: Sequence[Atom]) -> bool:
        several = any(atom.ranked.rule is not atoms[0].ranked.rule for atom in atoms)
        return several and any(atom.ranked.rule.id in owners for atom in atoms)

    for column in columns(table, matters):
        rows: list[Row | None] = []
        for cell in column.cells():
            try:
                rows.append(table.row(cell))
            except RulesError as error:
                rows.append(None)
                for found in error.findings:
                    yield from registry.told(book, found.rules, found.code, found.message, found.hint, found.level)
        for row in filter(None, rows):
            for boundary, side, end in row.ends():
                if len(end.rules) > 1 and (end.rules, boundary, side) not in tied:
                    tied.add((end.rules, boundary, side))
                    rules = sorted(end.rules, key=order.__getitem__)
                    yield from _ties(book, table, row, rules, boundary, side)
        if "cutoff" in table.kind.axes and column.cut and _may_break_cutoff_order(column, owners):
            yield from _cutoff_disorder(book, table, rows[1:])


def _ties(book: Book, table: Table, row: Row, rules: Sequence[str], boundary: int, side: int) -> Iterator[Finding]:
    """Two rules, neither narrower, that give one end differently: the end spans both."""
    given = {atom.ranked.rule.id: atom.ends[boundary][side] for atom in row.atoms}
    for one, two in combinations(rules, 2):
        if given[one] != given[two]:
            name = f"the {SIDES[side]} end of `{table.boundaries[boundary]}`"
            message = f"`{one}` and `{two}` both apply to {name}; the answer spans them"
            hint = "if only one should apply, make it the narrower one"
            yield from registry.told(book, (one, two), "both-govern", message, hint)


# ---------------------------------------------------------------- cutoffs


def _may_break_cutoff_order(column: Column, owners: Container[str]) -> bool:
    """Whether rules of one rank give an end differently at different cutoffs."""
    given: dict[tuple[int, int, int], tuple[set[int | None], set[int]]] = {}
    for atom in column.atoms:
        if atom.ranked.rule.id in owners:
            for boundary, side in product(range(2), range(2)):
                if end := atom.ends[boundary][side]:
                    cutoffs, moments = given.setdefault((atom.ranked.rank, boundary, side), (set(), set()))
                    cutoffs.add(atom.conditions.cutoff)
                    moments.add(end[0])
    return any(len(cutoffs) > 1 and len(moments) > 1 for cutoffs, moments in given.values())


def _cutoff_disorder(book: Book, table: Table, rising: Sequence[Row | None]) -> Iterator[Finding]:
    """Where a lower cutoff would make a window shorter than a higher one.

    The rows come as their cutoffs rise; where rules contradict each other there is none.
    """
    for boundary, side in product(range(2), range(2)):
        ends = (end for row in rising if row and (end := row.stated[boundary][side]))
        for lower, higher in _seeing_less((end for end, _ in groupby(ends)), closing=boundary == 1):
            name = f"the {SIDES[side]} end of `{table.boundaries[boundary]}`"
            one, two = lower.rules[0], higher.rules[0]
            message = (
                f"`{one}` gives {name} as {lower.text}, and `{two}`, at a higher cutoff, as {higher.text}: a lower"
                " cutoff would see less"
            )
            hint = "correct one, or name the condition that tells them apart"
            yield from registry.told(book, (one, two), "cutoff-order", message, hint, "error")


def _seeing_less(rising: Iterable[End], closing: bool) -> Iterator[tuple[End, End]]:
    """Every two ends of which the window opens later, or closes earlier, at the lower cutoff."""

    def sees(end: End) -> int:
        return end.moment[0] if closing else -end.moment[0]

    passed: list[End] = []  # sorted by how much a test sees
    for end in rising:
        yield from ((lower, end) for lower in passed[: bisect_left(passed, sees(end), key=sees)])
        insort(passed, end, key=sees)
