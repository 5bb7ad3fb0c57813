"""What does each authority call a specimen, by its measures, and what does that do to its negatives?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from ketref.book.loading import Book, kept
from ketref.model.interpretations import ValidityCondition, ValidityRule
from ketref.person.report import Measured, Specimen, in_unit_of, within

_SOUND = "acceptable"


@frozen(eq=False)
class Validated:
    """What a rule calls a specimen, of which the numbers of all rows are told."""

    rule: ValidityRule
    results: tuple[int, ...]

    @property
    def spoils(self) -> bool:
        """Whether a negative of such a specimen excludes nothing."""
        return self.rule.verdict != _SOUND


@kept
def _rules(book: Book) -> tuple[ValidityRule, ...]:
    return book.listed_in("validity", "validity")


def validity(book: Book, specimens: Sequence[Specimen]) -> list[Validated]:
    """What each rule of which all conditions hold calls each of the specimens."""
    return [
        Validated(rule, tuple(specimen.numbers))
        for specimen in specimens
        if specimen.measures
        for rule in _rules(book)
        if rule.matrix in book.vocabularies["matrix"].line(specimen.matrix)
        and all(_holds(book, condition, specimen.measures) for condition in rule.when)
    ]


def _holds(book: Book, condition: ValidityCondition, measures: Sequence[Measured]) -> bool:
    """Whether a condition holds of one of the measures of a specimen; what was not measured holds nowhere."""
    own = [one for one in measures if one.measure == condition.measure]
    if condition.found == "not tested":
        return not own
    if condition.found is not None:
        return any(one.found is (condition.found == "present") for one in own)
    number = partial(in_unit_of, book, condition.measure)
    return any(one.figure is not None and within(condition, one.figure, number) for one in own)
