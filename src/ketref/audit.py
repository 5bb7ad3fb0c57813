"""Does a book contradict itself, or its golden cases, when it is asked?

These checks ask questions; `validation` holds those that the text alone can answer.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations, groupby, product
from pathlib import Path

from ketref import checking, plausibility, rehearsing, slips
from ketref.errors import Finding, RulesError, UsageError, quoted
from ketref.holding import Atom
from ketref.loading import Book, open_folder, shipped
from ketref.meeting import Column, columns
from ketref.model import SIDES, Window
from ketref.reading import newer_toml
from ketref.table import End, Row, Table


def check_folder(folder: Path | None, texts: Path | None = None) -> list[Finding]:
    """Every finding of the book in a folder (None: the shipped one), sorted by place. Raises InputError.

    `texts` is a folder with the texts of sources, in which their figures are looked for.
    """
    return check_findings(shipped() if folder is None else open_folder(folder), texts)


def check_findings(book: Book, texts: Path | None = None) -> list[Finding]:
    """Every finding of a book, sorted by place; none when all is well.

    A file whose text is not sound is not asked, and nothing is asked that leans on it: what the other files answer is
    found in the same run.
    """
    if not isinstance(book, Book):
        raise UsageError(f"`{quoted(book)}` is no book of rules", value=book, hint="give ketref.load(...)")
    found = [*book.findings(), *(newer for name in book.texts if (newer := _newer(book, name)))]
    odd = [finding for table in checking.all_tables(book) for finding in _table_findings(book, table)]
    odd += plausibility.findings(book)
    odd += slips.missing_figures(book, texts) if texts else []
    found += _unwaived(book, set(odd), bool(texts))
    found += rehearsing.findings(book)
    return sorted(set(found), key=Finding.place)


def _newer(book: Book, name: str) -> Finding | None:
    return newer_toml(name, book.texts[name]) if book.sound(name) else None


def _unwaived(book: Book, findings: Iterable[Finding], with_texts: bool) -> Iterator[Finding]:
    """The findings that no rule waives, and the waivers that nothing needs; what was not looked for may be needed."""
    waivers = {(r.rule.id, code) for r in checking.own(book) for code in r.rule.waive}
    needed = set()
    for finding in findings:
        waiving = {(rule, finding.code) for rule in finding.rules} & waivers
        needed |= waiving
        if not waiving or finding.level == "error":
            yield finding
    unseen = set() if with_texts else {"figure-not-in-text"}
    unseen |= set() if book.sound(*(f"{name}/cases.toml" for name in book.folders)) else {"untested-rule"}
    for rule, code in sorted((rule, code) for rule, code in waivers - needed if code not in unseen):
        message = f"`{rule}` waives `{code}`, which nothing finds"
        yield from checking.told(book, (rule,), "unused-waiver", message, "take the waiver out", "error")


# ---------------------------------------------------------------- rules against rules


def _table_findings(book: Book, table: Table) -> Iterator[Finding]:
    """What is wrong or odd where rules meet, at least one of which is of this folder: the others are checked there."""
    owners = book.compiled(("owners",), book.owners)
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
                    yield from checking.told(book, found.rules, found.code, found.message, found.hint, found.level)
        for row in filter(None, rows):
            for boundary, side, end in row.ends():
                if len(end.rules) > 1 and (end.rules, boundary, side) not in tied:
                    tied.add((end.rules, boundary, side))
                    rules = sorted(end.rules, key=order.__getitem__)
                    yield from _ties(book, table, row, rules, boundary, side)
        if table.kind is Window and column.cut and _may_break_cutoff_order(column, owners):
            yield from _cutoff_disorder(book, table, rows[1:])


def _ties(book: Book, table: Table, row: Row, rules: Sequence[str], boundary: int, side: int) -> Iterator[Finding]:
    """Two rules, neither narrower, that give one end differently: the end spans both."""
    given = {atom.ranked.rule.id: atom.ends[boundary][side] for atom in row.atoms}
    for one, two in combinations(rules, 2):
        if given[one] != given[two]:
            name = f"the {SIDES[side]} end of `{table.boundaries[boundary]}`"
            message = f"`{one}` and `{two}` both govern {name}; the answer spans them"
            hint = "if one should govern, make it the narrower one"
            yield from checking.told(book, (one, two), "both-govern", message, hint)


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
            yield from checking.told(book, (one, two), "cutoff-order", message, hint, "error")


def _seeing_less(rising: Iterable[End], closing: bool) -> Iterator[tuple[End, End]]:
    """Every two ends of which the window opens later, or closes earlier, at the lower cutoff."""

    def sees(end: End) -> int:
        return end.moment[0] if closing else -end.moment[0]

    passed: list[End] = []  # sorted by how much a test sees
    for end in rising:
        yield from ((lower, end) for lower in passed[: bisect_left(passed, sees(end), key=sees)])
        insort(passed, end, key=sees)
