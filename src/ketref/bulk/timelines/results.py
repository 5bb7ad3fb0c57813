"""What was found in each sample, and which tests does that speak of?

A result is read as `infer` reads it, each distinct one once. It may say several things of the specimen: each is a test
of its own, with a cutoff of its own, that is positive or negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from ketref.book.loading import Book
from ketref.book.tables import all_of
from ketref.bulk.alike import Numbered, distinct_rows
from ketref.bulk.columns.amounts import Bins
from ketref.bulk.columns.combinations import told_apart
from ketref.bulk.columns.distinct import Array
from ketref.bulk.timelines.law import Test
from ketref.bulk.timelines.rows import FINDINGS, SampleRows
from ketref.engine.conditions import Cell
from ketref.errors import UsageError
from ketref.model.axes import AXES
from ketref.model.kinds import WINDOW
from ketref.model.units import Quantity
from ketref.person.outcomes import Said
from ketref.person.results import Finding


@frozen(eq=False)
class Statements:
    """What the results of samples say: of each statement the row of its sample, the number of its test, and what it is.

    Those of one sample follow each other, its outcome first. A sample has none where it `says_nothing` or is `refused`.
    """

    row: Array
    test: Array
    positive: Array
    tests: Sequence[Test]
    says_nothing: Array
    refused: Array


def stated(samples: SampleRows, names: Sequence[str], taken: Array, subjects: Array) -> Statements:
    """What the results of samples say; `taken` tells of each subject which of some substances it took."""
    of_taken, sets = distinct_rows(list(taken.T))
    told = {name: Numbered(column, samples.frame) for name, column in samples.frame.columns.items() if name in FINDINGS}
    eras = [samples.era] if len(samples.era) else []
    columns = [np.append(of_taken, 0)[subjects], *(column.numbers for column in told.values()), *eras]
    ids, firsts = distinct_rows(columns)
    reading = _Reading(samples.book)
    of_names = np.array(names)
    found: list[list[tuple[int, bool]] | None] = []
    for row in firsts.tolist():
        took = of_names[taken[sets[of_taken[subjects[row]]]]].tolist() if subjects[row] >= 0 else ()
        try:
            given = {name: column.values[column.numbers[row]] for name, column in told.items()}
            found.append(reading.statements(samples.finding(given, took, samples.sampled(row))))
        except UsageError:
            found.append(None)
    counts = np.array([len(each or ()) for each in found] or [0], np.int64)
    flat = np.array([one for each in found for one in each or ()], np.int64).reshape(-1, 2)
    of_rows = counts[ids] if len(ids) else np.zeros(0, np.int64)
    row = np.repeat(np.arange(len(ids)), of_rows)
    place = np.arange(len(row)) - (of_rows.cumsum() - of_rows)[row] + (counts.cumsum() - counts)[ids[row]]
    return Statements(
        row=row,
        test=flat[place, 0].astype(np.int32),
        positive=flat[place, 1] > 0,
        tests=reading.tests,
        says_nothing=np.array([each is not None and not each for each in found] or [False])[ids],
        refused=np.array([each is None for each in found] or [False])[ids],
    )


class _Reading:
    """The kinds of tests that results speak of, as they are met."""

    def __init__(self, book: Book) -> None:
        self.tests: list[Test] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._book = book
        self._bins: dict[frozenset[str], Bins] = {}

    def statements(self, finding: Finding) -> list[tuple[int, bool]]:
        """The number of the test of each statement, and whether that is positive; none where a result says nothing."""
        return [] if finding.silent else [(self._test(finding, said), said.positive) for said in finding.found.said]

    def _test(self, finding: Finding, said: Said) -> int:
        part, kind = finding.segment, said.cutoff and said.cutoff.base
        of = (finding.matrix, finding.analyte, finding.method, self._cutoff(finding, said.cutoff))
        number = self._numbers.setdefault((*of, kind, part and part.text, *finding.covers.items()), len(self.tests))
        if number == len(self.tests):
            cell: dict[str, Any] = dict(zip(("matrix", "analyte", "method", "cutoff"), of, strict=True))
            self.tests.append(Test(Cell(**{**dict.fromkeys(AXES), **cell}), finding.covers, said.cutoff, part))
        return number

    def _cutoff(self, finding: Finding, cutoff: Quantity | None) -> int | None:
        """A cutoff that the rules on what a test covers do not tell apart from this one."""
        if cutoff is None:
            return None
        covers = frozenset(finding.covers)
        if covers not in self._bins:
            self._bins[covers] = Bins(told_apart(all_of(self._book, covers, WINDOW.file), "cutoff"))
        bins = self._bins[covers]
        return bins.amount(int(bins.of(np.array(cutoff.value))))
