"""Which tests of panels, and which analytes of rules, do not fit what stands beside them?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations

from ketref.book.loading import Book
from ketref.model.panels import Panel, Panels, PanelTest
from ketref.model.rules import Window
from ketref.model.vocabulary import ANY
from ketref.review.checks.registry import Checks, own

CHECKS = Checks()
check = CHECKS.register


@check("screen-below", "compare both with the source; one may be of another analyte or in another unit")
def screen_below_confirmation(book: Book) -> Iterator[tuple[str, str]]:
    """A panel screens for an analyte from a lower cutoff than it confirms it.

    Why: a screen finds several analytes together, so that its cutoff is no lower than that which confirms each.
    Example: benzoylecgonine screened from 15 ng/mL and confirmed from 100 ng/mL: it was 150.
    Instead: look at the source. Where the screen is for a class, name the class as its analyte.
    """
    for panel, one, other in _pairs(book):
        if (one.stage, other.stage) == ("screen", "confirmation") and one.cutoff.value < other.cutoff.value:
            yield panel.id, f"screens for {one.analyte} from {one.cutoff}, and confirms it from {other.cutoff}"


@check("two-tests", "say from when or until when each holds, or by which method")
def two_tests_at_once(book: Book) -> Iterator[tuple[str, str]]:
    """A panel that has two tests of one analyte and stage at the same time.

    Why: nobody can say which of two cutoffs a result of that panel was held against.
    Example: two screens for benzoylecgonine, from 150 and from 300 ng/mL, neither with an end.
    Instead: date the change (`until`, `from`), or name the methods where there are two. Reports may have several.
    """
    for panel, one, other in _pairs(book):
        if one.stage == other.stage != "report" and panel.test.index(one) < panel.test.index(other):
            methods = {one.method, other.method}
            if len(methods) == 1 or None in methods:
                yield panel.id, f"has two tests of {one.analyte} ({one.stage}): {one.cutoff} and {other.cutoff}"


@check("analyte-not-given", "add to `yields` of substance.toml what gives it, or mend the analyte of the rule")
def analyte_that_is_not_given(book: Book) -> Iterator[tuple[str, str]]:
    """A window of an analyte that its substance does not yield.

    Why: a result for that analyte is then not told to come of the substance, and the rule explains none.
    Example: windows of cocaine name benzoylecgonine, and `yields` leaves it out.
    Instead: add it to `yields`, with the source that says so. Forms of an analyte and classes count by their members.
    """
    terms = book.vocabularies["analyte"].terms if book.sound("terms.toml") else {}
    for ranked in own(book):
        if isinstance(ranked.rule, Window):
            given = {ANY, *book.analytes_after(ranked.of)}
            both = {terms[analyte].reported_as for analyte in given if analyte in terms}
            for analyte in ranked.rule.when.analyte:
                if analyte not in given | both:
                    yield ranked.rule.id, f"names {analyte}, which {ranked.of} does not yield"


def _pairs(book: Book) -> Iterator[tuple[Panel, PanelTest, PanelTest]]:
    """Any two tests of one analyte on a panel of this folder that hold at the same time."""
    if not book.sound("terms.toml", "panels.toml"):
        return
    for panel in book.record("panels.toml", Panels).panel:
        for one, other in permutations(panel.test, 2):
            same = one.analyte == other.analyte and one.cutoff.base == other.cutoff.base
            if same and _begin(one) < _end(other) and _begin(other) < _end(one):
                yield panel, one, other


def _begin(test: PanelTest) -> date:
    return test.from_ or date.min


def _end(test: PanelTest) -> date:
    return test.until or date.max
