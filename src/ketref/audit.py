"""Does a book contradict itself, or its golden cases, when it is asked?

These checks ask questions; `validation` holds those that the text alone can answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

from ketref import checking, course, plausibility, rehearsing, slips
from ketref.cells import told_apart
from ketref.conditions import Cell, matches, overlap, promises, within
from ketref.errors import Finding, RulesError, UsageError, quoted
from ketref.loading import Book, open_folder, shipped
from ketref.model import AXES, BOUNDARIES, SIDES, TERM_AXES, Window
from ketref.reading import newer_toml
from ketref.table import Atom, End, Table

MOST_CELLS = 20000  # per pair of rules; beyond it the pair is asked at its own conditions only


def check_folder(folder: Path | None, texts: Path | None = None) -> list[Finding]:
    """Every finding of the book in a folder (None: the shipped one), sorted by place. Raises InputError.

    `texts` is a folder with the texts of sources, in which their figures are looked for.
    """
    return check_findings(shipped() if folder is None else open_folder(folder)[0], texts)


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
    found += _unwaived(book, _placed(book, sorted(set(odd), key=Finding.place)), bool(texts))
    found += rehearsing.findings(book)
    return sorted(set(found), key=Finding.place)


def _newer(book: Book, name: str) -> Finding | None:
    return newer_toml(name, book.texts[name]) if book.sound(name) else None


def _unwaived(book: Book, findings: Iterable[Finding], with_texts: bool) -> Iterator[Finding]:
    """The findings that no rule waives, and the waivers that nothing needs; what was not looked for may be needed."""
    waivers = {(r.rule.id, code) for r in checking.own(book) for code in r.rule.waive}
    needed = set()
    for finding in findings:
        named = {(word, finding.code) for word in finding.message.split("`")[1::2]} & waivers
        needed |= named
        if not named or finding.level == "error":
            yield finding
    unseen = set() if with_texts else {"figure-not-in-text"}
    unseen |= set() if book.sound(*(f"{name}/cases.toml" for name in book.folders)) else {"untested-rule"}
    for rule, code in sorted((rule, code) for rule, code in waivers - needed if code not in unseen):
        message = f"`{rule}` waives `{code}`, which nothing finds"
        yield from _placed(book, [Finding("", 0, "unused-waiver", message, "take the waiver out")])


# ---------------------------------------------------------------- rules against rules


def _table_findings(book: Book, table: Table) -> Iterator[Finding]:
    owners = book.compiled(("owners",), book.owners)
    for a, b in _meeting(table):
        if a.ranked.rule.id not in owners and b.ranked.rule.id not in owners:
            continue  # both shipped: checked there
        if _may_contradict(a, b):
            yield from _contradictions(table, a, b)
        if table.kind is Window and a.ranked.rank == b.ranked.rank and _may_break_cutoff_order(a, b):
            yield from _cutoff_disorder(table, a, b)
        yield from _ties(table, a, b)


def _meeting(table: Table) -> Iterator[tuple[Atom, Atom]]:
    """Every two atoms of different rules that a question can match both.

    They are looked up by the axis on which the rules differ most, so that long lists of terms are no matter.
    """
    axis = max(TERM_AXES, key=lambda axis: len({getattr(atom.conditions, axis) for atom in table.atoms}))
    line = table.vocabularies[axis].line
    places: dict[str | None, list[int]] = {}
    for index, atom in enumerate(table.atoms):
        places.setdefault(getattr(atom.conditions, axis), []).append(index)
    meets = {a: [b for b in places if a is None or b is None or a in line(b) or b in line(a)] for a in places}
    for index, atom in enumerate(table.atoms):
        for other in (o for term in meets[getattr(atom.conditions, axis)] for o in places[term] if o > index):
            second = table.atoms[other]
            same = atom.ranked.rule is second.ranked.rule
            if not same and overlap(atom.conditions, second.conditions, table.vocabularies):
                yield atom, second


def _may_contradict(a: Atom, b: Atom) -> bool:
    """Whether ends of two rules, put together in any way, could be out of order or on two clocks."""
    places = list(product(range(len(a.ends)), range(2)))
    for (boundary, side), (later, other) in product(places, places):
        for one, two in ((a, b), (b, a)):
            first, second = one.ends[boundary][side], two.ends[later][other]
            if first is None or second is None:
                continue
            if (boundary, side) == (later, other):
                if (first[1] == course.START) != (second[1] == course.START):
                    return True
            elif boundary <= later and side <= other and not _ordered(first, second):
                return True
    return False


def _ordered(first: course.Moment, second: course.Moment) -> bool:
    return course.crossing([(first, None), (second, None)]) is None


def _contradictions(table: Table, a: Atom, b: Atom) -> Iterator[Finding]:
    for cell in _shared_cells(table, a, b):
        try:
            table.row(cell)
        except RulesError as error:
            yield from error.findings


def _may_break_cutoff_order(a: Atom, b: Atom) -> bool:
    return a.conditions.cutoff != b.conditions.cutoff and any(
        x and y and x[0] != y[0] for one, two in zip(a.ends, b.ends, strict=True) for x, y in zip(one, two, strict=True)
    )


def _cutoff_disorder(table: Table, a: Atom, b: Atom) -> Iterator[Finding]:
    """Where a lower cutoff would make a window shorter than a higher one."""
    by_rest: dict[Cell, list[Cell]] = {}
    for cell in _shared_cells(table, a, b):
        if cell.cutoff is not None:
            by_rest.setdefault(cell._replace(cutoff=None), []).append(cell)
    for cells in by_rest.values():
        for lower, higher in combinations(sorted(cells, key=lambda cell: cell.cutoff or 0), 2):
            low, high = table.sound_row(lower), table.sound_row(higher)
            if low is None or high is None:
                continue  # reported by _contradictions
            for boundary, side in product(range(2), range(2)):
                first, second = low.stated[boundary][side], high.stated[boundary][side]
                if first and second and first.rules != second.rules and _sees_less(boundary, first, second):
                    yield _cutoff_finding(f"the {SIDES[side]} end of `{table.boundaries[boundary]}`", first, second)


def _sees_less(boundary: int, lower: End, higher: End) -> bool:
    """Whether a window opens later, or closes earlier, at the lower cutoff."""
    gain = higher.moment[0] - lower.moment[0]
    return gain > 0 if boundary == 1 else gain < 0


def _cutoff_finding(end: str, lower: End, higher: End) -> Finding:
    message = (
        f"`{lower.rules[0]}` gives {end} as {lower.text}, and `{higher.rules[0]}`, at a higher cutoff, as"
        f" {higher.text}: a lower cutoff would see less"
    )
    return Finding("", 0, "cutoff-order", message, "correct one, or name the condition that tells them apart")


def _ties(table: Table, a: Atom, b: Atom) -> Iterator[Finding]:
    """Two rules, neither narrower, that give one end differently: the end spans both."""
    if a.ranked.rank != b.ranked.rank:
        return
    for boundary, side in product(range(len(table.boundaries)), range(2)):
        first, second = a.ends[boundary][side], b.ends[boundary][side]
        promise = promises(boundary, side)
        if not first or not second or first == second:
            continue
        pair = (a.conditions, b.conditions)
        if any(within(one, two, table.vocabularies, promise) for one, two in (pair, pair[::-1])):
            continue
        for cell in _shared_cells(table, a, b):
            if not all(matches(c, cell, table.vocabularies, promise) for c in pair):
                continue
            row = table.sound_row(cell)
            end = row and row.stated[boundary][side]
            ids = {a.ranked.rule.id, b.ranked.rule.id}
            if end and ids <= set(end.rules):
                name = f"the {SIDES[side]} end of `{BOUNDARIES[table.kind][boundary]}`"
                message = f"`{a.ranked.rule.id}` and `{b.ranked.rule.id}` both govern {name}; the answer spans them"
                hint = "if one should govern, make it the narrower one"
                yield Finding("", 0, "both-govern", message, hint, level="warning")
                break


def _placed(book: Book, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings at the line of the rule of this book that they name first, unless they have a place."""
    owners = book.compiled(("owners",), book.owners)
    for finding in findings:
        if finding.file:
            yield finding
            continue
        named = [owners[word] for word in finding.message.split("`")[1::2] if word in owners]
        if named:
            (name, line), *_ = named
            yield Finding(name, line, finding.code, finding.message, finding.hint, finding.level)


def _shared_cells(table: Table, a: Atom, b: Atom) -> Iterator[Cell]:
    """Every question, as far as the table tells questions apart, that both rules match, cutoffs aside."""
    axes = [_representatives(table, index, a, b) for index in range(len(AXES))]
    size = 1
    for values in axes:
        size *= len(values)
    if size > MOST_CELLS:
        axes = [values[-1:] if axis != "cutoff" else values for axis, values in zip(AXES, axes, strict=True)]
    yield from map(Cell._make, product(*axes))


def _representatives(table: Table, index: int, a: Atom, b: Atom) -> Sequence[Any]:
    axis = AXES[index]
    wanted = [c for c in (a.conditions[index], b.conditions[index]) if c is not None]
    if not wanted and axis.startswith("dose"):
        return [None]
    return told_apart(axis, (value for value, _ in table.named(axis)), wanted, table.vocabularies)
