"""Which figures look like slips of the pen?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from ketref.book.loading import Book
from ketref.errors import Finding, InputError
from ketref.model.kinds import KINDS
from ketref.model.panels import Panels
from ketref.model.rules import SIDES, Rule, Window
from ketref.model.units import SECONDS, Duration, Quantity
from ketref.model.vocabulary import ANY
from ketref.review.checks.registry import Checks, own, told

CHECKS = Checks()
check = CHECKS.register
_ROUND = {
    "s": frozenset(),
    "min": frozenset({12, 15, 25, 35, 45}),
    "h": frozenset({12, 24, 36, 48}),
    "d": frozenset({14, 28, 45}),
    "wk": frozenset({12, 24}),
}


_THOUSAND = 1_000


@check("lone-page", 'leave the latest end out: `detectable_until = { earliest = "0 h" }` keeps the rule')
def closed_by_one_page(book: Book) -> Iterator[tuple[str, str]]:
    """A window that one source of grade D or E alone closes, without a cutoff.

    Why: after that end the answer is `not_expected`, and how long a drug is found depends on the cutoff before all.
    Example: `detectable_until = { latest = "48 h" }` on the word of one health page.
    Instead: leave the latest end out; what the page says is still shown, with its own verdict. A second source, or a
    cutoff, may close the window.
    """
    for ranked in own(book):
        rule = ranked.rule
        if not isinstance(rule, Window) or rule.detectable_until.latest is None or rule.when.cutoff:
            continue
        closing = [
            entry
            for entry in rule.evidence
            if entry.reports.detectable_until.latest is not None and entry.reports.bounds
        ]
        sources = {entry.source for entry in closing}
        if len(sources) == 1 and not any(entry.when.cutoff for entry in closing):
            (source,) = sources
            if (grade := book.sources[source].grade) in _PAGES:
                yield rule.id, f"`{source}` (grade {grade}) alone closes it, without a cutoff"


_PAGES = frozenset("DE")


@check("lost-dash", "look at the source: was it a range?")
def lost_dash(book: Book) -> Iterator[tuple[str, str]]:
    """A figure that looks like a range whose dash was lost: `68 h`, `1824 h`, `35 d`.

    Why: tables lose their dashes when they are copied, and `6-8 hours` becomes 68.
    Example: a report of `{ latest = "1824 h" }` where the source has 18-24 hours.
    Instead: look at the source, and report `["18 h", "24 h"]`. Where the number is right, waive it.
    """
    for ranked in own(book):
        for end in _reported(ranked.rule):
            number, unit = str(end.seconds // SECONDS[end.unit]), end.unit
            if (split := _split(number)) and int(number) not in _ROUND[unit]:
                yield ranked.rule.id, f"`{end.text}` may have been {split[0]}-{split[1]} {unit}"


def _split(number: str) -> tuple[int, int] | None:
    """The range that a number may have been: its halves, ascending and not far apart."""
    half = len(number) // 2
    low, high = int(number[:half] or 0), int(number[half:])
    apart = 3 if len(number) == 2 else low
    return (low, high) if len(number) > 1 and number[half] != "0" and 0 < low < high <= low + apart else None


@check("unit-slip", "one of the two may have the wrong unit")
def unit_slip(book: Book) -> Iterator[tuple[str, str]]:
    """One number in two units that differ by a factor: an end reported as `2 h` and as `2 d`, or two such cutoffs.

    Why: the right number with the wrong unit is the commonest slip, and it hides well.
    Example: one entry reports `{ latest = "4 h" }`, another `{ latest = "4 d" }`; hair has "0.5 ng/mg" and "0.5 pg/mg".
    Instead: look at both sources.
    """
    for rule, named, ends in _ends(book):
        for both in _in_two_units((end.text, end.seconds) for end in ends if end.seconds):
            yield rule, f"{named} is reported as {both}"
    cutoffs: dict[tuple[str, str], list[tuple[str, Quantity]]] = {}
    for matrix, analytes, name, cutoff in _cutoffs(book):
        for analyte in analytes:
            cutoffs.setdefault((matrix, analyte), []).append((name, cutoff))
    for (matrix, analyte), found in cutoffs.items():
        for both in _in_two_units((cutoff.text, cutoff.value) for _, cutoff in found):
            *others, named = dict.fromkeys(name for name, cutoff in found if f"`{cutoff.text}`" in both)
            yield named, f"cutoffs of {analyte} in {matrix} are given as {both}; see {', '.join(others) or named}"


@check("thousandfold", "one of the two may have the wrong unit, or a decimal point in the wrong place")
def thousandfold(book: Book) -> Iterator[tuple[str, str]]:
    """One thing for which sources give figures that lie a thousand times or more apart.

    Why: nanograms for micrograms, or minutes for days, are read without a second look.
    Example: two laboratories' limits of quantification of one analyte in urine, "0.5 ng/mL" and "500 ng/mL"; or
    the cutoffs of two panels.
    Instead: look at both sources.
    """
    for rule, named, ends in _ends(book):
        if far := _apart((end.seconds, end.text, "") for end in ends):
            yield rule, f"{named} is reported as `{far[0][1]}` and `{far[1][1]}`"
    same: dict[tuple[str, ...], list[tuple[float, str, str]]] = {}
    for entry, name, key, _ in book.listed():
        if key == "cutoff":
            for analyte in entry.analyte:
                about = ("a cutoff", entry.kind, entry.matrix, analyte, entry.value.base)
                same.setdefault(about, []).append((entry.value.value, entry.value.text, entry.id))
        elif key == "pharmacokinetic":
            about = (name, entry.parameter, entry.analyte, entry.unit, entry.route or "")
            same.setdefault(about, []).append((max(entry.value), f"{max(entry.value):g} {entry.unit}", entry.id))
    for panel in book.record("panels.toml", Panels).panel if book.sound("terms.toml", "panels.toml") else ():
        for test in panel.test:
            cutoff = (test.cutoff.value, test.cutoff.text, panel.id)
            same.setdefault(("a panel", panel.matrix, test.analyte, test.cutoff.base), []).append(cutoff)
    for found in same.values():
        if far := _apart(found):
            yield far[1][2], f"`{far[1][1]}` stands beside `{far[0][1]}` of {far[0][2]}"


def _ends(book: Book) -> Iterator[tuple[str, str, list[Duration]]]:
    """Each end of each rule of this folder: the id of the rule, the end in words, and what sources report for it."""
    for ranked in own(book):
        kind = KINDS[type(ranked.rule)]
        for index, boundary in enumerate(kind.boundaries):
            for side in SIDES:
                reported = (getattr(kind.spans(entry.reports)[index], side) for entry in ranked.rule.evidence)
                yield ranked.rule.id, f"the {side} end of `{boundary}`", [end for end in reported if end]


def _apart(found: Iterable[tuple[float, str, str]]) -> tuple[tuple[float, str, str], tuple[float, str, str]] | None:
    """The smallest and the largest of some figures, where they lie too far apart."""
    listed = sorted(one for one in found if one[0] > 0)
    return (listed[0], listed[-1]) if listed and listed[-1][0] >= _THOUSAND * listed[0][0] else None


def _in_two_units(written: Iterable[tuple[str, int]]) -> Iterator[str]:
    """The texts that give one number in units of different size."""
    sizes: dict[str, dict[int, str]] = {}
    for text, size in written:
        sizes.setdefault(text.split(" ")[0], {})[size] = text
    for texts in sizes.values():
        if len(texts) > 1:
            yield " and ".join(f"`{text}`" for text in sorted(texts.values()))


def _cutoffs(book: Book) -> Iterator[tuple[str, Sequence[str], str, Quantity]]:
    """Every cutoff of this folder, with its specimen, its analytes and the id of what names it."""
    for entry, _, key, _ in book.listed():
        if key == "window":
            for matrix, cutoff in product(entry.when.matrix, entry.when.cutoff):
                yield matrix, [analyte for analyte in entry.when.analyte if analyte != ANY], entry.id, cutoff
        elif key == "cutoff":
            yield entry.matrix, entry.analyte, entry.id, entry.value


def _reported(rule: Rule) -> Iterator[Duration]:
    for entry in rule.evidence:
        seen = getattr(entry.reports, "positive_at", None)
        ends = [end for span in KINDS[type(rule)].spans(entry.reports) for end in (span.earliest, span.latest)]
        yield from (end for end in (seen, *ends) if end)


def missing_figures(book: Book, texts: Path) -> Iterator[Finding]:
    """With `--texts DIR`, a figure that does not stand in the text of its source, where the folder has it as ID.txt.

    Why: a figure that was typed wrong is found by the source itself.
    Example: `figure = "5 to 10 days"` where the text of the source has 5 to 15 days.
    Instead: compare it with the source, and write it as it is printed there, several with a semicolon between.
    """
    if not texts.is_dir():
        raise InputError(
            f"`{texts}` is not a folder", path=str(texts), hint="it holds the texts of sources, ID.txt each"
        )
    known: dict[str, str | None] = {}
    for entry, *_ in book.listed():
        for said in getattr(entry, "evidence", ()):
            if said.source not in known:
                path = texts / f"{said.source}.txt"
                known[said.source] = _plain(path.read_text("utf-8", "replace")) if path.is_file() else None
            text = known[said.source]
            for figure in said.figure.split(";") if text is not None else ():
                if _plain(figure) not in (text or ""):
                    message = (
                        f"`{entry.id}`: the figure `{figure.strip()}` does not stand in the text of `{said.source}`"
                    )
                    hint = "compare it with the source"
                    yield from told(book, (entry.id,), "figure-not-in-text", message, hint)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\u2010-\u2015\u2212]", "-", text).casefold().split())
