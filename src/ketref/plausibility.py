"""What in a book is sound, and yet hardly true: which of its claims should be looked at again?

Each check is a small function that is registered under its code; its docstring says what it finds, why that matters,
an example, and what to do instead, and `docs/checks.md` is made of these. What they find are warnings. A rule that is
right all the same says so: `waive = { "parent-longer" = "reason" }`.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ketref.conditions import Cell, Conditions, expand
from ketref.errors import Finding, RulesError
from ketref.loading import RULE_FILES, Book, Ranked
from ketref.model import AXES, BOUNDARIES, SIDES, Effect, Phase, Rule, Window, spans
from ketref.questions import phase_table, tables, window_table
from ketref.table import Row, Table
from ketref.units import Duration

Check = Callable[[Book], Iterator[tuple[str, str]]]  # yields the id of a rule or source, and what is odd about it
LARGEST_DOSE = 10**12  # millionths: beyond a range without an upper bound, nothing is told apart
CHECKS: dict[str, tuple[Check, str]] = {}


def check(code: str, hint: str) -> Callable[[Check], Check]:
    """Register a check under its code, with the hint that its findings carry."""

    def register(function: Check) -> Check:
        CHECKS[code] = (function, hint)
        return function

    return register


def findings(book: Book) -> Iterator[Finding]:
    """What every check finds odd, as warnings whose message names the rule first; they have no place yet."""
    for code, (function, hint) in CHECKS.items():
        for named, odd in function(book):
            yield Finding("", 0, code, f"`{named}`: {odd}", hint, level="warning")


def missing_figures(book: Book, texts: Path) -> Iterator[Finding]:
    """With `--texts DIR`, a figure that does not stand in the text of its source, where the folder has it as ID.txt.

    Why: a figure that was typed wrong is found by the source itself.
    Example: `figure = "5 to 10 days"` where the text of the source has 5 to 15 days.
    Instead: compare it with the source, and write it as it is printed there.
    """
    known: dict[str, str | None] = {}
    for ranked in own(book):
        for entry in ranked.rule.evidence:
            if entry.source not in known:
                path = texts / f"{entry.source}.txt"
                known[entry.source] = _plain(path.read_text("utf-8", "replace")) if path.is_file() else None
            text = known[entry.source]
            if text is not None and entry.figure and _plain(entry.figure) not in text:
                message = (
                    f"`{ranked.rule.id}`: the figure `{entry.figure}` does not stand in the text of `{entry.source}`"
                )
                yield Finding("", 0, "figure-not-in-text", message, "compare it with the source", level="warning")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\u2010-\u2015\u2212]", "-", text).casefold().split())


# ---------------------------------------------------------------- windows


@check("blood-longer", "compare both with their sources; urine sees the drug and its metabolites for longer")
def blood_longer_than_urine(book: Book) -> Iterator[tuple[str, str]]:
    """A window in blood ends later than the window in urine under the same conditions.

    Why: the kidneys put the drug and its metabolites into urine, where they are found for longer than in blood.
    Example: blood until "3 d" beside urine until "2 d", both of the whole test after a single dose.
    Instead: compare both figures with their sources; often a cutoff or a pattern of use is missing.
    """
    for ranked, row, cell in _windows(book):
        if "blood" in book.vocabularies["matrix"].line(cell[0]) and "urine" in book.vocabularies["matrix"]:
            urine = _row(window_table(book, ranked.of, "urine"), ("urine", *cell[1:]))
            if urine and (longer := _ends_later(row, urine)):
                yield ranked.rule.id, f"ends by {longer[0]} in {cell[0]}, and by {longer[1]} in urine"


@check("parent-longer", "compare both with their sources, or waive it with the reason")
def parent_longer_than_metabolite(book: Book) -> Iterator[tuple[str, str]]:
    """The drug itself is found for longer than a metabolite under the same conditions.

    Why: metabolites are made later and leave later. `yields` of substance.toml names the drug first.
    Example: ketamine until "61 d" and norketamine until "40 d", from the same patients.
    Instead: compare both figures with their sources. Where they are right, waive it and say why.
    """
    for ranked, row, cell in _windows(book):
        parent, *metabolites = book.record_of(ranked.of).yields
        if cell[AXES.index("analyte")] != parent:
            continue
        for metabolite in metabolites:
            other = _row(window_table(book, ranked.of, cell[0]), (cell[0], metabolite, *cell[2:]))
            if other and (longer := _ends_later(row, other)):
                yield ranked.rule.id, f"{parent} ends by {longer[0]}, and {metabolite} by {longer[1]}"


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


# ---------------------------------------------------------------- slips of the pen

_ROUND = {
    "s": frozenset(),
    "min": frozenset({12, 15, 25, 35, 45}),
    "h": frozenset({12, 24, 36, 48}),
    "d": frozenset({14, 28, 45}),
    "wk": frozenset({12, 24}),
}


@check("lost-dash", "look at the source: was it a range?")
def lost_dash(book: Book) -> Iterator[tuple[str, str]]:
    """A figure that looks like a range whose dash was lost: `68 h`, `1824 h`, `35 d`.

    Why: tables lose their dashes when they are copied, and `6-8 hours` becomes 68.
    Example: a report of `{ latest = "1824 h" }` where the source has 18-24 hours.
    Instead: look at the source, and report `["18 h", "24 h"]`. Where the number is right, waive it.
    """
    for ranked in own(book):
        for end in _reported(ranked.rule):
            number, unit = end.text.split(" ")
            if (split := _split(number)) and int(number) not in _ROUND[unit]:
                yield ranked.rule.id, f"`{end}` may have been {split[0]}-{split[1]} {unit}"


def _split(number: str) -> tuple[int, int] | None:
    """The range that a number may have been: its halves, ascending and not far apart."""
    half = len(number) // 2
    low, high = int(number[:half] or 0), int(number[half:])
    apart = 3 if len(number) == 2 else low
    return (low, high) if len(number) > 1 and number[half] != "0" and 0 < low < high <= low + apart else None


@check("unit-slip", "one of the two may have the wrong unit")
def unit_slip(book: Book) -> Iterator[tuple[str, str]]:
    """Two sources report one end with the same number in different units: `2 h` and `2 d`.

    Why: the right number with the wrong unit is the commonest slip, and it hides well.
    Example: one entry reports `{ latest = "4 h" }`, another `{ latest = "4 d" }`.
    Instead: look at both sources.
    """
    for ranked in own(book):
        kind = type(ranked.rule)
        for index, boundary in enumerate(BOUNDARIES[kind]):
            for side in SIDES:
                ends = [getattr(spans(entry.reports, kind)[index], side) for entry in ranked.rule.evidence]
                units: dict[str, set[str]] = {}
                for number, unit in (end.text.split(" ") for end in ends if end and end.seconds):
                    units.setdefault(number, set()).add(unit)
                for number, found in units.items():
                    if len(found) > 1:
                        both = " and ".join(f"`{number} {unit}`" for unit in sorted(found))
                        yield ranked.rule.id, f"the {side} end of `{boundary}` is reported as {both}"


# ---------------------------------------------------------------- what nothing uses


@check("uncited-source", "cite it where it belongs, or take it out")
def uncited_source(book: Book) -> Iterator[tuple[str, str]]:
    """A source that no rule, factor or fact cites.

    Why: a list of sources says what an answer rests on; what nothing rests on does not belong there.
    Example: a `[[source]]` left over from a rule that was taken out.
    Instead: cite it, or take it out.
    """
    from difflib import get_close_matches

    cited = {source for name in book.texts for source in _cited(book, name)}
    for misspelt in cited - book.sources.keys() if book.sound("sources.toml") else ():
        cited.update(get_close_matches(misspelt, book.sources, n=1))
    for entry, name, _, _ in book.entries():
        if name == "sources.toml" and entry not in cited:
            yield entry, "nothing cites this source"


@check("idle-rule", "a narrower rule states the same ends everywhere it holds: take it out, or mend the conditions")
def idle_rule(book: Book) -> Iterator[tuple[str, str]]:
    """A rule that governs no end, whatever is asked.

    Why: it was meant to say something, and nothing of it is ever said.
    Example: a rule for 10 to 100 mg beside rules for 10 to 50 mg and for 50 to 100 mg that state the same ends.
    Instead: take it out, or name the conditions under which it should govern.
    """
    for table in all_tables(book):
        idle = {atom.ranked.rule.id for atom in table.atoms} - set(_governing(table))
        yield from ((rule, "a narrower rule governs each of its ends, whatever is asked") for rule in sorted(idle))


@check("untested-rule", "add a case to cases.toml, from the evidence")
def untested_rule(book: Book) -> Iterator[tuple[str, str]]:
    """A rule that no golden case names, in a substance that has golden cases.

    Why: a case from the evidence shows that the rule answers what its sources say, and goes on to do so.
    Example: a new window in `windows.toml` without a `[[case]]` whose `rules` names it.
    Instead: write the question and the answer that the evidence demands.
    """
    cases = list(book.cases())
    named = {rule for _, _, case in cases for rule in case.rules}
    tested = {name.split("/")[0] for name, _, _ in cases}
    for ranked in own(book):
        if ranked.of in tested and ranked.rule.id not in named:
            yield ranked.rule.id, "no golden case names this rule"


# ---------------------------------------------------------------- what the checks look at


def _askable(book: Book) -> Iterator[tuple[str, str]]:
    """Every file of rules that is sound, with all that it leans on; what is wrong with the others is said of these."""
    yield from ((name, file) for name in book.folders() for file in RULE_FILES if book.askable(name, file))


def all_tables(book: Book) -> Iterator[Table]:
    """Every table of a book that can be asked."""
    for name, file in _askable(book):
        yield from tables(book, name, file)


def own(book: Book) -> Iterator[Ranked]:
    """Every rule of this folder that can be asked."""
    for name, file in _askable(book):
        yield from (r for r in book.ranked(name, file) if r.of == name and r.owner == book.header.name)


def _reported(rule: Rule) -> Iterator[Duration]:
    for entry in rule.evidence:
        seen = getattr(entry.reports, "positive_at", None)
        ends = [end for span in spans(entry.reports, type(rule)) for end in (span.earliest, span.latest)]
        yield from (end for end in (seen, *ends) if end)


def _windows(book: Book) -> Iterator[tuple[Ranked, Row, tuple[Any, ...]]]:
    """Every window rule with the row of its own conditions, as far as it governs an end there, and these."""
    for ranked in own(book):
        if not isinstance(ranked.rule, Window):
            continue
        seen = set()
        for conditions in expand(ranked.rule.when):
            cell = _own_cell(conditions)
            row = _row(window_table(book, ranked.of, cell[0]), cell)
            if row and row.at not in seen and any(atom.ranked.rule is ranked.rule for atom in row.atoms):
                seen.add(row.at)
                yield ranked, row, cell


def _phases(book: Book) -> Iterator[tuple[Ranked, Row]]:
    """Every phase rule with the row of its own conditions."""
    for ranked in own(book):
        if isinstance(ranked.rule, Phase):
            cells = map(_own_cell, expand(ranked.rule.when))
            rows = [row for cell in cells if (row := _row(phase_table(book, ranked.of), cell))]
            yield from ((ranked, row) for row in rows[:1])


def _own_cell(conditions: Conditions, edge: int = 0) -> Cell:
    """The question that says just what a rule names; of a range of doses its smallest or its largest."""
    return tuple(
        min(value[edge], value[0] + LARGEST_DOSE) if axis.startswith("dose") and value is not None else value
        for axis, value in zip(AXES, conditions, strict=True)
    )


def _row(table: Table, cell: tuple[Any, ...]) -> Row | None:
    try:
        return table.row(cell)
    except RulesError:
        return None  # the contradiction is a finding of its own


def _ends_later(row: Row, other: Row) -> tuple[Duration | None, Duration | None] | None:
    """The latest ends of two windows, where the first closes after the second."""
    one, two = row.stated[1][1], other.stated[1][1]
    return (one.text, two.text) if one and two and one.moment[0] > two.moment[0] else None


def _governing(table: Table) -> Iterator[str]:
    """The rules of a table that govern an end under their own conditions, or state none."""
    for atom in table.atoms:
        stated = any(end for ends in atom.ends for end in ends)
        for cell in {_own_cell(atom.conditions, 0), _own_cell(atom.conditions, 1)}:
            row = _row(table, cell)
            if not stated or row is None or any(a.ranked.rule is atom.ranked.rule for a in row.atoms):
                yield atom.ranked.rule.id


def _cited(book: Book, name: str) -> Iterator[str]:
    """Every source that a file cites: whatever stands under a key `source`, sound or not."""
    yield from re.findall(r"""\bsource\s*=\s*["']([^"'\n]+)""", book.texts[name].decode("utf-8", "replace"))


_PAGE = """\
# Checks that know pharmacology

`ketref check` also asks whether a sound book is plausible. What it finds here are warnings. A rule that is right all
the same says so with `waive = { "code" = "reason" }`; a waiver that nothing needs is an error (`unused-waiver`).

This page is made of the docstrings in `plausibility.py` (`python -m ketref.plausibility`).
"""


def page() -> str:
    """The documentation of the checks, one section each, made of their docstrings."""
    documented = {**{code: function.__doc__ for code, (function, _) in CHECKS.items()}, **_ELSEWHERE}
    return "\n".join([_PAGE, *(_section(code, text or "") for code, text in sorted(documented.items()))])


_ELSEWHERE = {"figure-not-in-text": missing_figures.__doc__}


def _section(code: str, docstring: str) -> str:
    what, *rest = re.split(r"\n\s*(?=Why:|Example:|Instead:)", docstring.strip())
    parts = [f"**What:** {' '.join(what.split())}"]
    parts += [re.sub(r"^(\w+):", r"**\1:**", " ".join(part.split())) for part in rest]
    wrapped = (textwrap.fill(part, 120, break_on_hyphens=False, break_long_words=False) for part in parts)
    return "\n".join([f"## `{code}`", "", *wrapped, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
