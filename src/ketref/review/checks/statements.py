"""Which statements on several results does nothing test, or do their own cases contradict?"""

from __future__ import annotations

from collections.abc import Iterator

from ketref.book.loading import Book
from ketref.book.panels import panels_of
from ketref.model.interpretations import Interpretation
from ketref.review.checks.registry import Checks
from ketref.review.readings import fits, scenes, survivors, swapped

CHECKS = Checks()
check = CHECKS.register


def _own(book: Book) -> Iterator[Interpretation]:
    """The statements of this folder."""
    from ketref.model.interpretations import Interpretations

    yield from book.record("interpretations.toml", Interpretations).interpretation


@check("statement-untested", "name what laboratories report, or add what gives it to `yields` of a substance")
def statement_that_no_panel_tests(book: Book) -> Iterator[tuple[str, str]]:
    """A statement none of whose analytes any panel of the rule set tests for, nor any substance gives.

    Why: no report shows it; its analytes may be misspelt ids of others.
    Example: a statement on `morphine-3-glucuronide`, where panels test for morphine and nothing yields it.
    Instead: name the analytes that laboratories report, or add the panel that tests for these, or what yields them.
    """
    if not (statements := tuple(_own(book))):
        return
    known = book.vocabularies["analyte"]
    tested = {each for panel in panels_of(book) for test in panel.test for each in known.line(test.analyte)}
    tested |= {
        member for panel in panels_of(book) for test in panel.test for member in known.terms[test.analyte].members
    }
    for one in statements if tested else ():
        named = {condition.analyte for condition in one.conditions} - set(book.vocabularies["measure"].terms)
        if named and not named & tested and not any(book.comes_of(analyte) for analyte in named):
            yield one.id, f"no panel tests for, and no substance gives {', '.join(sorted(named))}"


@check("ratio-swapped", "look at the source: which of the two is divided by which")
def ratio_with_swapped_sides(book: Book) -> Iterator[tuple[str, str]]:
    """A ratio that its own cases contradict, and would not with its sides swapped.

    Why: a swapped ratio says the reverse of its source, and looks right.
    Example: codeine over morphine above 2, where the case of its source has more morphine.
    Instead: write the ratio as the source has it, and look at the case.
    """
    for one in _own(book):
        among = scenes(book).get(one.id, ())
        for condition, other in swapped(one) if among and not fits(book, one, among) else ():
            if fits(book, other, among):
                yield one.id, f"its cases fit {condition.over} over {condition.analyte}, not the reverse"


@check("statement-unexercised", "add a [[case]] to interpretation-cases.toml that shows it, and near misses")
def statement_that_no_case_exercises(book: Book) -> Iterator[tuple[str, str]]:
    """A statement that no case demands, or of which a condition could be dropped or turned unnoticed.

    Why: what no case would miss may be wrong without anybody seeing it.
    Example: a statement on morphine without codeine, where no case has both.
    Instead: add a case that shows it, and for each of its conditions one that fails by that alone.
    """
    for one in _own(book):
        among = scenes(book).get(one.id, ())
        if not any(scene.demanded for scene in among):
            yield one.id, "no case demands that it is shown"
        elif fits(book, one, among) and (unseen := list(survivors(book, one))):
            yield one.id, f"no case would be answered otherwise by: {'; '.join(unseen)}"
