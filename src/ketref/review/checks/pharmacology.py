"""What in a book is sound, and yet hardly true: which of its claims should be looked at again?"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence

from ketref.book.loading import Book
from ketref.book.tables import phase_table, window_table
from ketref.engine.conditions import Cell, Conditions, expand, own_cell
from ketref.engine.index import Atom
from ketref.engine.table import Row, Table
from ketref.errors import Finding, RulesError
from ketref.model.front_matter import Substance
from ketref.model.kinds import KINDS
from ketref.model.rules import SIDES, Effect, Phase, Ranked, Window
from ketref.model.units import Duration
from ketref.model.vocabulary import ANY, SINGLE
from ketref.review.checks import analytes, panels, slips, statements, unused
from ketref.review.checks.registry import Checks, all_tables, own, told
from ketref.review.meetings import columns

CHECKS = Checks({**unused.CHECKS, **slips.CHECKS, **analytes.CHECKS, **panels.CHECKS, **statements.CHECKS})
"""Every check; those below are added."""
check = CHECKS.register


def findings(book: Book) -> Iterator[Finding]:
    """What every check finds odd, as warnings whose message names the rule first."""
    for code, (function, hint) in CHECKS.items():
        try:
            found = list(function(book))
        except RulesError:
            if not book.findings():  # else it leans on a file that is not sound, which is told by itself
                raise
            continue
        for named, odd in found:
            yield from told(book, (named,), code, f"`{named}`: {odd}", hint)


# ---------------------------------------------------------------- windows


@check("blood-longer", "compare both with their sources; urine sees the drug and its metabolites for longer")
def blood_longer_than_urine(book: Book) -> Iterator[tuple[str, str]]:
    """A window in blood ends later than the window in urine under the same conditions.

    Why: the kidneys put the drug and its metabolites into urine, where they are found for longer than in blood.
    Example: blood until "3 d" beside urine until "2 d", both of the whole test after a single dose.
    Instead: compare both figures with their sources; often a cutoff or a pattern of use is missing.
    """
    for ranked, row, cell in _windows(book):
        if "blood" in book.vocabularies["matrix"].line(str(cell.matrix)) and "urine" in book.vocabularies["matrix"]:
            urine = window_table(book, ranked.of, "urine").sound_row(cell._replace(matrix="urine"))
            if urine and (longer := _ends_later(row, urine)):
                yield ranked.rule.id, f"ends by {longer[0]} in {cell.matrix}, and by {longer[1]} in urine"


@check("parent-longer", "compare both with their sources, or waive it with the reason")
def parent_longer_than_metabolite(book: Book) -> Iterator[tuple[str, str]]:
    """The drug itself is found for longer than a metabolite under the same conditions.

    Why: metabolites are made later and leave later. `yields` of substance.toml says which is which; where it gives no
    roles, it names the drug first.
    Example: ketamine until "61 d" and norketamine until "40 d", from the same patients.
    Instead: compare both figures with their sources. Where they are right, waive it and say why.
    """
    for ranked, row, cell in _windows(book):
        parents, metabolites = _parents_and_metabolites(book.record_of(ranked.of))
        for metabolite in metabolites if cell.analyte in parents else ():
            other = window_table(book, ranked.of, str(cell.matrix)).sound_row(cell._replace(analyte=metabolite))
            if other and (longer := _ends_later(row, other)):
                yield ranked.rule.id, f"{cell.analyte} ends by {longer[0]}, and {metabolite} by {longer[1]}"


@check("chronic-shorter", "compare both with their sources; what is stored in the body is found for longer")
def chronic_shorter_than_single(book: Book) -> Iterator[tuple[str, str]]:
    """After repeated or chronic use a window ends before that of a single dose under the same conditions.

    Why: what repeated doses leave in the body adds up, and a single dose is part of chronic use.
    Example: chronic use until "3 d" beside a single dose until "5 d", both of the whole test in urine.
    Instead: compare both figures with their sources; often a cutoff or a population is missing.
    """
    for ranked, row, cell in _windows(book):
        if cell.pattern and any(term.id == cell.pattern and term.dose_days for term in book.terms.pattern):
            single = window_table(book, ranked.of, str(cell.matrix)).sound_row(cell._replace(pattern=SINGLE))
            if single and (longer := _ends_later(single, row)):
                yield (
                    ranked.rule.id,
                    f"ends by {longer[1]} after {cell.pattern} use, and by {longer[0]} after a single dose",
                )


@check("part-longer", "widen the test as a whole, or waive it: the rules speak of other doses, methods or limits")
def part_longer_than_whole(book: Book) -> Iterator[tuple[str, str]]:
    """A test as a whole, or for a class, is closed before one of the analytes that it covers.

    Why: what is found of an analyte makes the whole test positive, so that this is open for no less long.
    Example: `any` until "5 d" by a rule for one kit, and a carboxylic acid until "7 d" by a rule for every method.
    Instead: let the rule for the whole test have the later end, with the source of it; or name the analytes alone.
    """
    terms = book.vocabularies["analyte"].terms if book.sound("terms.toml") else {}
    for ranked in own(book):
        if isinstance(ranked.rule, Window):
            given = [one for one in sorted(book.analytes_after(ranked.of)) if not terms[one].members]
            for conditions in expand(ranked.rule.when):
                if conditions.analyte == ANY:
                    parts = given
                else:
                    parts = [one for one in terms[str(conditions.analyte)].members if one in given]
                yield from _closed_before(book, ranked, conditions, parts)


def _closed_before(
    book: Book, ranked: Ranked, conditions: Conditions, parts: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """What is found of a whole test by a rule that closes it before some of its parts, in any pattern of use."""
    cell = own_cell(conditions)
    cutoffs = ranked.rule.when.cutoff
    table = window_table(book, ranked.of, str(cell.matrix), cutoffs[0] if cutoffs else None)
    for pattern in [cell.pattern] if cell.pattern else [SINGLE, *_patterns(book)]:
        asked = cell._replace(pattern=pattern)
        whole = table.sound_row(asked) if parts else None
        closed = whole.stated[1][1] if whole else None
        if closed is None or ranked.rule.id not in closed.rules:
            continue
        for part in parts:
            row = table.sound_row(asked._replace(analyte=part))
            if not row or all(atom.ranked.rank != ranked.rank for atom in row.atoms):
                continue  # what a book of one's own outranks is not held against it
            last = row.stated[1][1]
            if last is None or last.moment[0] > closed.moment[0]:
                until = f"by {last.text}" if last else "no rule says when"
                yield (
                    ranked.rule.id,
                    f"ends by {closed.text} for {cell.analyte} after {pattern} use, and for {part} {until}",
                )
                return


def _patterns(book: Book) -> list[str]:
    return [term.id for term in book.terms.pattern if term.dose_days]


@check("unknown-narrower", "let the rule that names no pattern of use span what is found after each of them")
def unknown_narrower_than_a_pattern(book: Book) -> Iterator[tuple[str, str]]:
    """Where the pattern of use is not known, a window is narrower than after one of the patterns.

    Why: who does not know the pattern may have any of them before him, and must not exclude more than that one would.
    Example: a rule that names no pattern ends by "14 d", one for chronic use under the same conditions by "30 d".
    Instead: give the rule that names no pattern the evidence of the wider one, or name the pattern that it speaks of.
    """
    told = set()
    for table in all_tables(book):
        for unknown, known, pattern in _patterns_beside_none(table):
            for boundary, side, end in unknown.ends():
                other = known.stated[boundary][side]
                wider = max if side else min
                if other and wider(end.moment[0], other.moment[0]) != end.moment[0]:
                    name = f"the {SIDES[side]} end of `{table.boundaries[boundary]}`"
                    odd = f"{name} is {end.text}, and {other.text} after {pattern} use by `{other.rules[0]}`"
                    if (end.rules, odd) not in told:
                        told.add((end.rules, odd))
                        yield end.rules[0], odd


@check("no-opening", "add a rule that says when it opens, or waive it: no source says so")
def window_without_opening(book: Book) -> Iterator[tuple[str, str]]:
    """A window that says when it closes, and no rule says when it opens under its conditions.

    Why: until something says by when a window is open, a test is never `expected` to be positive.
    Example: `detectable_until = ["1 d", "2 d"]` at a cutoff for which no opening is known.
    Instead: look for the first positive sample in the source. Where none is given, waive it.
    """
    for ranked, row, _ in _windows(book):
        if any(row.stated[1]) and not any(row.stated[0]):
            yield ranked.rule.id, "no rule says when the window opens under its conditions"


# ---------------------------------------------------------------- phases and effects


@check("no-baseline", "add when the effect is over, or waive it: no source says so")
def phase_without_baseline(book: Book) -> Iterator[tuple[str, str]]:
    """A course of phases that no rule brings back to baseline under its conditions.

    Why: without a baseline the effect never ends, and a person is never told when it is over.
    Example: a rule for subcutaneous doses that states the onset alone.
    Instead: look for recovery times in the source. Where none is given, waive it.
    """
    for ranked, row in _phases(book):
        if not any(row.stated[-1]):
            yield ranked.rule.id, "no rule says when the baseline is reached under its conditions"


@check("peak-outside", "the peak lies between the time it appears and the time it resolves")
def peak_outside_the_effect(book: Book) -> Iterator[tuple[str, str]]:
    """An effect that peaks before it may appear, or after it has resolved.

    Why: onset comes before the peak, and the peak before the end; one of the three figures is wrong.
    Example: `appears = ["15 min", "30 min"]` with `peaks = "10 min"`.
    Instead: compare the three with their sources. (For phases, `decreasing-course` is an error.)
    """
    for ranked in own(book):
        rule = ranked.rule
        if isinstance(rule, Effect) and not rule.from_end:
            first, last = rule.peaks.earliest, rule.peaks.latest
            if last and rule.appears.earliest and last < rule.appears.earliest:
                yield rule.id, f"peaks by {last}, and appears from {rule.appears.earliest}"
            if first and rule.resolves.latest and first > rule.resolves.latest:
                yield rule.id, f"peaks from {first}, and has resolved by {rule.resolves.latest}"


# ---------------------------------------------------------------- what the checks look at


def _windows(book: Book) -> Iterator[tuple[Ranked, Row, Cell]]:
    """Every window rule with the row of its own conditions, as far as it governs an end there, and these."""
    for ranked in own(book):
        if not isinstance(ranked.rule, Window):
            continue
        seen = set()
        for conditions in expand(ranked.rule.when):
            cell = own_cell(conditions)
            row = window_table(book, ranked.of, str(cell.matrix)).sound_row(cell)
            if row and row not in seen and any(atom.ranked.rule is ranked.rule for atom in row.atoms):
                seen.add(row)
                yield ranked, row, cell


def _patterns_beside_none(table: Table) -> Iterator[tuple[Row, Row, str]]:
    """The rows of an unknown and of a named pattern, and this, wherever rules of both can hold for windows."""

    def matters(atoms: Sequence[Atom]) -> bool:
        return len({atom.conditions.pattern is None for atom in atoms}) == 2

    for column in columns(table, matters) if table.kind is KINDS[Window] else ():
        for cell in column.cells() if column.said.pattern else ():
            unknown, known = table.sound_row(cell._replace(pattern=None)), table.sound_row(cell)
            if unknown and known and unknown is not known:
                yield unknown, known, str(cell.pattern)


def _parents_and_metabolites(substance: Substance) -> tuple[Sequence[str], Sequence[str]]:
    """The analytes that are the drug itself, and those that the body makes of it; minor ones aside."""
    if not any(one.role for one in substance.yields):
        analytes = tuple(substance.roles)
        return analytes[:1], analytes[1:]
    of_role = {role: [one.analyte for one in substance.yields if one.role == role] for role in ("parent", "metabolite")}
    return of_role["parent"], of_role["metabolite"]


def _phases(book: Book) -> Iterator[tuple[Ranked, Row]]:
    """Every phase rule with the row of its own conditions."""
    for ranked in own(book):
        if isinstance(ranked.rule, Phase):
            cells = map(own_cell, expand(ranked.rule.when))
            rows = [row for cell in cells if (row := phase_table(book, ranked.of).sound_row(cell))]
            yield from ((ranked, row) for row in rows[:1])


def _ends_later(row: Row, other: Row) -> tuple[Duration | None, Duration | None] | None:
    """The latest ends of two windows, where the first closes after the second."""
    one, two = row.stated[1][1], other.stated[1][1]
    return (one.text, two.text) if one and two and one.moment[0] > two.moment[0] else None


_PAGE = """\
# Checks that know pharmacology

`ketref check` also asks whether a valid rule set is plausible. What it finds here are warnings. A rule that is right
all the same says so with `waive = { "code" = "reason" }`; a waiver that nothing needs is an error (`unused-waiver`).

This page is made of the docstrings of the checks (`python -m ketref.review.checks.pharmacology`).
"""


def page() -> str:
    """The documentation of the checks, one section each, made of their docstrings."""
    documented = {**{code: function.__doc__ for code, (function, _) in CHECKS.items()}, **_ELSEWHERE}
    return "\n".join([_PAGE, *(_section(code, text or "") for code, text in sorted(documented.items()))])


_ELSEWHERE = {"figure-not-in-text": slips.missing_figures.__doc__}


def _section(code: str, docstring: str) -> str:
    what, *rest = re.split(r"\n\s*(?=Why:|Example:|Instead:)", docstring.strip())
    parts = [f"**What:** {' '.join(what.split())}"]
    parts += [re.sub(r"^(\w+):", r"**\1:**", " ".join(part.split())) for part in rest]
    wrapped = (textwrap.fill(part, 120, break_on_hyphens=False, break_long_words=False) for part in parts)
    return "\n".join([f"## `{code}`", "", *wrapped, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
