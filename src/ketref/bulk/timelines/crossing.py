"""Which positive screens may be due to a drug that the subject declared, which is known to make them positive?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ketref.book.loading import Book
from ketref.bulk.columns.distinct import Array
from ketref.bulk.timelines.results import Statements
from ketref.bulk.timelines.rows import DoseRows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.engine.course import OPEN
from ketref.person.cross_reactants import behind, causes_of


def crossed(
    book: Book, statements: Statements, which: Array, doses: DoseRows, samples: SampleRows, subjects: Subjects
) -> Array:
    """Of some positive statements those before which their subject took a known cause of false positives."""
    found = np.zeros(len(which), bool)
    if not len(which):
        return found
    declared = list(_declared(doses))
    start = np.where(doses.on_clock(), doses.low, -OPEN)
    last = samples.high if len(samples.high) else samples.low
    of_tests, row = statements.test[which], statements.row[which]
    for number in np.unique(of_tests).tolist():
        test = statements.tests[number]
        cell = test.cell
        causes = causes_of(book, test.covers, str(cell.analyte), str(cell.matrix), cell.method)
        first = np.full(subjects.count + 1, OPEN, np.int64)
        for name, rows in declared:
            if behind(book, causes, test.covers, name):
                np.minimum.at(first, subjects.of_doses[rows], start[rows])
        first[-1] = OPEN  # of nobody
        own = of_tests == number
        found[own] = first[subjects.of_samples[row[own]]] <= last[row[own]]
    return found


def _declared(doses: DoseRows) -> Iterator[tuple[str, Array]]:
    """The drugs that rows are doses of, those of which no rule speaks too, each with its rows."""
    counts = ~(doses.left | doses.refused)
    of_ids = np.array([*doses.substances(doses.named), 0], np.int64)[doses.ids]
    for number, name in enumerate(doses.named):
        yield name, np.flatnonzero(counts & (of_ids == number))
    for number, name in enumerate(doses.other_drugs, 1):
        yield name, np.flatnonzero(doses.others == number)
