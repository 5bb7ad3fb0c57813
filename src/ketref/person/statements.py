"""Which statements on several results hold of the specimens of a report?

A statement is shown where all of its conditions hold of one specimen, and none that it excepts. What is not known
holds never: a condition on a
figure asks for what was measured, and what lies on both sides of a limit is on none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial

from attrs import frozen

from ketref.answers.targets import identifies
from ketref.book.loading import Book, kept
from ketref.model import units
from ketref.model.interpretations import Condition, Interpretation
from ketref.model.times import SECOND
from ketref.model.units import ONE
from ketref.model.vocabulary import UNKNOWN_PATTERN
from ketref.person.report import Specimen, in_unit_of, is_finding, within
from ketref.person.results import Result


@frozen(eq=False)
class Statement:
    """A statement that holds, and the numbers of the results by which it does."""

    rule: Interpretation
    results: tuple[int, ...]

    def is_about(self, analyte: str) -> bool:
        """Whether it holds by no amounts, or by how much there is of an analyte."""
        limited = [each.analyte for each in self.rule.when if each.limits]
        return not limited or analyte in limited

    def is_of_much(self, analyte: str) -> bool:
        """Whether it holds by how much there is of an analyte beside another: by a ratio with a lower limit."""
        return any(
            each.analyte == analyte and each.over and not each.earlier and (each.above or each.at_least)
            for each in self.rule.when
        )


@kept
def interpretations(book: Book) -> tuple[Interpretation, ...]:
    """The statements of a book, those behind it too."""
    return book.listed_in("interpretations", "interpretation")


@kept
def order_of(book: Book) -> Mapping[str, int]:
    """The place of each statement, by its id."""
    return {one.id: place for place, one in enumerate(interpretations(book))}


@kept
def _of_analyte(book: Book) -> Mapping[str, tuple[Interpretation, ...]]:
    """The statements by the analyte of one condition that needs a result: without one it cannot hold."""
    found: dict[str, list[Interpretation]] = {}
    for one in interpretations(book):
        needed = next((each.analyte for each in one.when if _asks_of_now(each)), "")
        found.setdefault(needed, []).append(one)
    return {analyte: tuple(listed) for analyte, listed in found.items()}


def _asks_of_now(condition: Condition) -> bool:
    """Whether a condition holds only where a specimen itself has a result on its analyte."""
    return condition.found is None or (condition.found != "not tested" and condition.earlier is None)


def statements(
    book: Book, specimens: Sequence[Specimen], declared: Collection[str], pattern: str = UNKNOWN_PATTERN
) -> list[Statement]:
    """Every statement that holds of one of the specimens, in the order of the book.

    `declared` are the substances that are declared or prescribed. Statements on another `pattern` of use than the one
    that is said are not shown; where none is, they all are.
    """
    held: dict[str, Statement] = {}
    order = order_of(book)
    for place, specimen in enumerate(specimens):
        seen = Seen(book, specimen, specimens[:place])
        for one in on_analytes(book, seen.analytes):
            if not speaks(book, one, specimen, declared, pattern):
                continue
            if (results := holds(one, seen)) is not None:
                before = held[one.id].results if one.id in held else ()
                held[one.id] = Statement(one, tuple(sorted({*before, *results})))
    return sorted(held.values(), key=lambda found: order[found.rule.id])


def speaks(
    book: Book,
    one: Interpretation,
    specimen: Specimen,
    declared: Collection[str],
    pattern: str = UNKNOWN_PATTERN,
) -> bool:
    """Whether a statement is on such a specimen, on what is declared, and on such use."""
    if one.declared and not set(one.declared).intersection(declared):
        return False
    if set(one.undeclared).intersection(declared):
        return False
    if one.matrix and not set(one.matrix).intersection(book.vocabularies["matrix"].line(specimen.matrix)):
        return False
    return pattern == UNKNOWN_PATTERN or not one.pattern or pattern in one.pattern


def on_analytes(book: Book, analytes: Collection[str]) -> Iterator[Interpretation]:
    """The statements that may hold of a specimen with results on some analytes, and measures."""
    known = _of_analyte(book)
    for analyte in ("", *analytes):
        yield from known.get(analyte, ())


class Seen:
    """What of a specimen conditions ask about, with the specimens taken before it."""

    def __init__(self, book: Book, specimen: Specimen, before: Sequence[Specimen]) -> None:
        self.book = book
        self.specimen = specimen
        self.before = [one for one in before if one.matrix == specimen.matrix]
        self._by_analyte: dict[str, list[Result]] = {}
        known = book.vocabularies["analyte"]
        for result in specimen.results:
            if not is_finding(result) and result.silent != "specimen":
                continue
            line = known.line(result.analyte) if result.analyte in known else (result.analyte,)
            for analyte in line:
                self._by_analyte.setdefault(analyte, []).append(result)
        self.analytes = (*self._by_analyte, *(one.measure for one in specimen.measures))

    def results(self, analyte: str, methods: Sequence[str] = ()) -> list[Result]:
        """The results on an analyte that have a finding, by some methods; those that identify it before the others."""
        found = self._by_analyte.get(analyte, [])
        if methods:
            known = self.book.vocabularies["method"]
            found = [one for one in found if one.method is not None and set(methods) & set(known.line(one.method))]
        return [one for one in found if identifies(self.book, one.method)] or found

    def earlier(self, specimen: Specimen) -> Seen:
        """What is asked about of an earlier specimen."""
        return Seen(self.book, specimen, ())


def holds(one: Interpretation, seen: Seen) -> set[int] | None:
    """By which results all conditions of a statement hold of a specimen; None where one does not, or one it excepts."""
    if any(condition_holds(condition, seen) is not None for condition in one.unless):
        return None
    found: set[int] = set()
    for condition in one.when:
        if (results := condition_holds(condition, seen)) is None:
            return None
        found |= results
    return found


def condition_holds(condition: Condition, seen: Seen) -> set[int] | None:
    """By which results a condition holds; None where it does not, or nobody knows."""
    if condition.earlier is None:
        if condition.found is not None:
            return _found(condition, seen)
        figure, results = _figure(condition, seen)
        return results if _within(condition, figure, seen.book) else None
    low, high = (end.seconds * SECOND for end in condition.earlier)
    for before in reversed(seen.before):
        if not low <= seen.specimen.time.low - before.time.high <= seen.specimen.time.high - before.time.low <= high:
            continue
        then = seen.earlier(before)
        by = _changed(condition, seen, then) if condition.found is None else _found(condition, then)
        if by is not None:
            return by
    return None


def _changed(condition: Condition, now: Seen, then: Seen) -> set[int] | None:
    """By which results the figure of now, divided by that of then, lies between the limits."""
    (one, results), (other, others) = (_figure(condition, each) for each in (now, then))
    return results | others if _within(condition, _divided(one, other), now.book) else None


def _found(condition: Condition, seen: Seen) -> set[int] | None:
    measures = [one for one in seen.specimen.measures if one.measure == condition.analyte]
    results = seen.results(condition.analyte, condition.method)
    if condition.found == "not tested":
        return None if results or measures else set()
    said = [(one.positive, one.number) for one in results] or [
        (one.found, one.number) for one in measures if one.found is not None
    ]
    present = {number for found, number in said if found}
    if condition.found == "present":
        return present or None
    return {number for _, number in said} if said and not present else None


# ---------------------------------------------------------------- figures


@frozen
class Amount:
    """What something may be at least and at most; `base` is its kind of concentration, empty for a plain number."""

    base: str
    least: Fraction | None
    most: Fraction | None


def _figure(condition: Condition, seen: Seen) -> tuple[Amount | None, set[int]]:
    """The figure of which a condition speaks, with the results that make it; None where it is not known."""
    own, used = _measured(condition.analyte, condition, seen)
    if own is None:
        return None, used
    if condition.among:
        return _share(condition, own, used, seen)
    measure = seen.book.vocabularies["measure"].terms.get(condition.over or "")
    if condition.over is None or (measure is not None and own.base == measure.normalises):
        return own, used
    other, more = _measured(condition.over, condition, seen)
    if other is None or measure is None:
        return _divided(own, other), used | more
    each = next((Fraction(str(one.times)) for one in measure.units if one.unit == _PER), Fraction(1))
    per = Amount(own.base, *(None if end is None else end / each for end in (other.least, other.most)))
    ratio = _divided(own, per)
    return ratio and Amount(str(measure.normalises), ratio.least, ratio.most), used | more


_PER = "mg/mL"
"""The unit of a measure by which ng/mL are divided to be ng/mg of it."""


def _share(condition: Condition, own: Amount, used: set[int], seen: Seen) -> tuple[Amount | None, set[int]]:
    """The share of an analyte of the sum of several: of those that were not found there is less than the cutoff."""
    least, most = Fraction(0), Fraction(0)
    for analyte in condition.among:
        if analyte == condition.analyte:
            continue
        other, more = _measured(analyte, condition, seen, absent=True)
        used = used | more
        if other is None or other.base != own.base or other.least is None or other.most is None:
            return None, used
        least, most = least + other.least, most + other.most
    if own.least is None or own.most is None or not own.least:
        return None, used
    return Amount("", own.least / (own.least + most), own.most / (own.most + least)), used


def _measured(name: str, condition: Condition, seen: Seen, absent: bool = False) -> tuple[Amount | None, set[int]]:
    """What was measured of an analyte or a measure; `absent`: where it was not found, less than the cutoff will do."""
    for measure in seen.specimen.measures:
        if measure.measure == name and measure.figure is not None:
            return Amount("", *measure.figure), {measure.number}
    for result in sorted(seen.results(name, condition.method), key=lambda one: one.analyte != name):
        low, high = result.found.between
        if result.silent == "specimen":  # what of it was not there, nobody knows
            continue
        if absent and not result.positive:
            low, high = None, high or result.cutoff
        if (known := low or high) is not None:
            least = Fraction(0) if low is None else Fraction(low.value, ONE)
            most = None if high is None else Fraction(high.value - 1, ONE)
            return Amount(known.base, least, most), {result.number}
    return None, set()


def _divided(one: Amount | None, other: Amount | None) -> Amount | None:
    if one is None or other is None or one.base != other.base:
        return None
    least = None if one.least is None or not other.most else one.least / other.most
    most = None if one.most is None or not other.least else one.most / other.least
    return Amount("", least, most)


def _within(condition: Condition, figure: Amount | None, book: Book) -> bool:
    """Whether a figure lies within the limits of a condition, which are of its kind."""
    if figure is None:
        return False
    measured = condition.analyte in book.vocabularies["measure"] and condition.over is None and not condition.among
    if measured and condition.earlier is None:
        return within(condition, (figure.least, figure.most), partial(in_unit_of, book, condition.analyte))
    written = {limit.text: _written(limit.text) for limit in condition.limits.values() if limit.unit}
    if any(base != figure.base for base, _ in written.values()):
        return False
    return within(
        condition,
        (figure.least, figure.most),
        lambda limit: written[limit.text][1] if limit.unit else limit.exact,
    )


@lru_cache(1 << 10)
def _written(text: str) -> tuple[str, Fraction]:
    found = units.written_quantity(text, *units.CONCENTRATIONS)
    return found.base, Fraction(found.value, ONE)
