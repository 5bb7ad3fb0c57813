"""Which further test would decide whether a dose was taken at the times that are left, and until when?"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from ketref.answers.question import Question
from ketref.answers.standing import course_of
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import EXPECTED, OPEN, POSSIBLE, SURE
from ketref.engine.table import End
from ketref.model import units
from ketref.model.times import SECOND
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY
from ketref.person.begun import Begun, Span
from ketref.person.intervals import Interval

OF_USE = {False: 2, True: 1}
"""How many tests of each outcome are of use."""


@frozen(eq=False)
class Decider:
    """A test that decides about an interval where it is sampled from `begin` to `until` (microseconds, None: open).

    A negative excludes the interval; a positive points to a dose after it. `end` is the one behind `until`, or behind
    `begin` where that is open.
    """

    question: Question
    positive: bool
    begin: int
    until: int | None
    end: End

    @property
    def rank(self) -> tuple[int, int, str]:
        """Which is of more use: what decides longer or sooner, then what asks for less."""
        test = [self.question.matrix, self.question.analyte, self.question.method, str(self.question.cutoff or "")]
        said = sum(word not in {None, "", ANY} for word in test)
        return self.begin if self.until is None else -self.until, said, " ".join(str(word) for word in test)


def deciders(book: Book, dose: Question, interval: Interval, at: int) -> list[Decider]:
    """The tests of most use, sampled from a moment on: those whose negative decides, then those whose positive does.

    Of an interval that is open no test says anything: no time of a dose is so long ago, or so late.
    """
    if interval.low is None or interval.high is None:
        return []
    taken = (interval.low.at, interval.high.at)
    found = [one for question in tests(book, dose) for one in _decides(book, question, taken, at)]
    return [
        one for positive, most in OF_USE.items() for one in _best([d for d in found if d.positive == positive])[:most]
    ]


def _best(found: list[Decider]) -> list[Decider]:
    """Those of most use first, one for each time that they give."""
    by_time: dict[tuple[int, int | None], Decider] = {}
    for one in sorted(found, key=lambda one: one.rank):
        by_time.setdefault((one.begin, one.until), one)
    return list(by_time.values())


def tests(book: Book, dose: Question) -> Iterator[Question]:
    """Every test whose specimen, analyte, method and cutoff a rule names together, asked of a dose."""
    rules = book.ranked(dose.substance, "windows")
    for matrix in dict.fromkeys(term for ranked in rules for term in ranked.rule.when.matrix):
        base = str(book.vocabularies["matrix"].terms[matrix].concentration)
        named = (atom.conditions for atom in window_table(book, dose.substance, matrix).atoms)
        for analyte, method, cutoff in dict.fromkeys((c.analyte, c.method, c.cutoff) for c in named):
            asked = None if cutoff is None else units.canonical(Quantity(cutoff, base, ""))
            yield evolve(dose, matrix=matrix, analyte=analyte, method=method, cutoff=asked)


def _decides(book: Book, question: Question, taken: Span, at: int) -> Iterator[Decider]:
    table = window_table(book, question.substance, str(question.matrix), question.cutoff)
    row = table.row(question.cell)
    settled = course_of(row, question)
    after = Begun(settled, taken)
    all_until, none_after = settled.stated[1]
    opened = settled.moments[SURE]
    until = after.holds_until(EXPECTED)
    if all_until and OPEN not in {opened, until} and (begin := max(at, taken[1] + opened * SECOND)) < until:
        yield Decider(question, False, begin, until - 1, all_until)
    over = after.holds_until(POSSIBLE)
    if none_after and over != OPEN:
        yield Decider(question, True, max(at, over), None, none_after)
