"""What does each authority call a specimen, by its measures, and what does that do to its negatives?"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import partial

from attrs import evolve, frozen

from ketref.book.loading import Book, kept
from ketref.model.interpretations import ValidityCondition, ValidityRule
from ketref.person.report import Measured, Specimen, in_unit_of, within
from ketref.person.results import Result

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
    """What each rule of which all conditions hold calls each of the specimens.

    What an authority calls anything else, it does not call sound too.
    """
    found = []
    for specimen in specimens:
        of_it = [
            rule
            for rule in _on(book, specimen)
            if all(_holds(book, condition, specimen.measures) for condition in rule.when)
        ]
        spoilt_by = {rule.by for rule in of_it if rule.verdict != _SOUND}
        found += [
            Validated(rule, tuple(specimen.numbers))
            for rule in of_it
            if rule.verdict != _SOUND or rule.by not in spoilt_by
        ]
    return found


def undecided(book: Book, specimens: Sequence[Specimen]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What specimens may be called by measures that lie outside what is sound, were another measure known.

    The verdicts that are open, and the measures that were not measured.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    for specimen in specimens:
        measured = {one.measure for one in specimen.measures}
        sound = {
            condition.measure
            for rule in _on(book, specimen)
            if rule.verdict == _SOUND
            for condition in rule.when
            if _holds(book, condition, specimen.measures)
        }
        for rule in _on(book, specimen):
            known = [each for each in rule.when if each.measure in measured]
            lacking = tuple(sorted({each.measure for each in rule.when} - measured))
            odd = any(each.measure not in sound for each in known)
            if rule.verdict != _SOUND and lacking and odd and all(_holds(book, e, specimen.measures) for e in known):
                found.setdefault(lacking, []).append(rule.verdict)
    return [(tuple(dict.fromkeys(verdicts)), lacking) for lacking, verdicts in found.items()]


def _on(book: Book, specimen: Specimen) -> list[ValidityRule]:
    """The rules on such a specimen, if anything was measured of it."""
    if not specimen.measures:
        return []
    line = book.vocabularies["matrix"].line(specimen.matrix)
    return [rule for rule in _rules(book) if rule.matrix in line]


def _holds(book: Book, condition: ValidityCondition, measures: Sequence[Measured]) -> bool:
    """Whether a condition holds of one of the measures of a specimen; what was not measured holds nowhere."""
    own = [one for one in measures if one.measure == condition.measure]
    if condition.found == "not tested":
        return not own
    if condition.found is not None:
        return any(one.found is (condition.found == "present") for one in own)
    number = partial(in_unit_of, book, condition.measure)
    return any(one.figure is not None and within(condition, one.figure, number) for one in own)


def without_spoilt(results: Iterable[Result], spoilt: Container[int]) -> list[Result]:
    """Results, of which the negatives of spoilt specimens, by their numbers, say nothing."""
    return [
        evolve(one, covers={}, silent="specimen")
        if one.number in spoilt and (one.covers or one.silent == "analyte") and one.outcome == "negative"
        else one
        for one in results
    ]
