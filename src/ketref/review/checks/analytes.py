"""Where do the analytes of substances, panels and assays not meet?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ketref.book.loading import Book
from ketref.errors import RulesError, UsageError
from ketref.model.kinds import WINDOW
from ketref.model.panels import Panel, Panels
from ketref.review.checks.registry import Checks, given

CHECKS = Checks()
check = CHECKS.register


@check("no-rule-for-analyte", "add a rule from a source, or waive it beside what the substance yields")
def analyte_without_rule(book: Book) -> Iterator[tuple[str, str]]:
    """A substance with windows yields an analyte, as parent or metabolite, that none of them names.

    Why: a laboratory reports that analyte, and asked about it the book answers `unknown`.
    Example: codeine yields morphine, and its rules are on codeine alone.
    Instead: look for a window of it in the sources. Where none gives one, waive it in `[[yields]]`.
    """
    for name, _, one in given(book):
        folder = name.split("/")[0]
        if one.role in ("parent", "metabolite") and book.askable(folder, WINDOW.file):
            named = {analyte for r in book.ranked(folder, WINDOW.file) for analyte in r.rule.when.analyte}
            if named and one.analyte not in named:
                yield name, f"no window of {folder} names {one.analyte}"


@check("no-source-of-analyte", "say in `yields` of which substance it comes, or mend the analyte of the panel")
def analyte_of_no_substance(book: Book) -> Iterator[tuple[str, str]]:
    """A panel tests for an analyte that no substance of the rule set yields.

    Why: what a positive result means is then never told.
    Example: a panel for midazolam, whose folder names its metabolites alone.
    Instead: add what yields it, with a source. Free and total forms count as one, and a class by its members.
    """
    if not (panels := _panels(book)):
        return
    analytes = book.vocabularies["analyte"]
    yielded = {one for folder in book.folders for one in _yields(book, folder)}
    above = {term for one in yielded for term in analytes.line(one)}
    for panel in panels:
        for analyte in dict.fromkeys(test.analyte for test in panel.test):
            meant = {*analytes.line(analyte), *analytes.terms[analyte].members}
            if not meant & yielded and analyte not in above:
                yield panel.id, f"no substance yields {analyte}"


@check("cause-not-named", "name it in `of`, by its id; add to drugs.toml a drug that no rule is about")
def cause_without_its_word(book: Book) -> Iterator[tuple[str, str]]:
    """A cause in reactivities.toml that is a drug of the rules and is not in `of`, or a word in `of` that is nothing.

    Why: `infer` looks there for declared drugs that may be behind a false positive, and would never find this one.
    Example: `cause = "bupropion"` alone.
    Instead: list in `of` the ids of all substances, analytes and drugs that the cause names.
    """
    analytes = book.vocabularies["analyte"].terms
    for one in book.listed_in("reactivities", "reactivity"):
        if unknown := [word for word in one.of if word not in (*book.folders, *analytes, *book.drugs.terms)]:
            yield one.id, f"nothing in the rule set is called {', '.join(unknown)}"
        parts = [part.strip() for part in _PARTS.split(one.cause)]
        named = {word for part in parts if part not in one.of and (word := _drug(book, part))}
        yielded = {analyte for name in one.of if name in book.folders for analyte in book.yields(name)}
        if missing := sorted(named - {*one.of} - yielded):
            yield one.id, f"its cause names {', '.join(missing)}"


_PARTS = re.compile(r"[,();]|\band\b")
"""Between the parts of a cause in words: each whole part may be the name of a drug."""


def _drug(book: Book, word: str) -> str | None:
    """The substance or the other drug that a word means; None where it means none, or several."""
    try:
        return book.named_by(word) or (book.drugs.resolve(word) if book.drugs.knows(word) else None)
    except UsageError:
        return None


@check("no-reactivity", "add to reactivities.toml what its assays answer to")
def screen_without_reactivity(book: Book) -> Iterator[tuple[str, str]]:
    """A class that a panel screens for, without a reactivity of any assay for it or a member.

    Why: members of a class are found from very different concentrations, and some are missed.
    Example: a panel screens for barbiturates, and nothing says what an assay for them answers to.
    Instead: add a `[[reactivity]]` from the maker of an assay or from a study.
    """
    if not (panels := _panels(book)) or not book.sound("reactivities.toml"):
        return
    analytes = book.vocabularies["analyte"].terms
    tested = {one.tests for one in book.listed_in("reactivities", "reactivity")}
    for panel in panels:
        for test in panel.test:
            members = analytes[test.analyte].members
            if test.stage == "screen" and members and not tested & {test.analyte, *members}:
                yield panel.id, f"no reactivity says what an assay for {test.analyte} answers to"


def _yields(book: Book, folder: str) -> tuple[str, ...]:
    try:
        return book.yields(folder)
    except RulesError:
        return ()


def _panels(book: Book) -> tuple[Panel, ...]:
    """The panels of this folder, none where a file that they lean on is unsound."""
    return book.record("panels.toml", Panels).panel if book.sound("terms.toml", "panels.toml") else ()
