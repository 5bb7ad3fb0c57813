"""Do the doses that each subject declared explain what was found in its samples?

As `infer` says of each result (`person.verdicts`). What a result states is a test of its own, and the status of that
counts over the doses of its subject and what else may have been taken.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from ketref.book.loading import Book
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.crossing import crossed
from ketref.bulk.timelines.groups import Layout, keys_of
from ketref.bulk.timelines.law import Composing, Kind, Law
from ketref.bulk.timelines.order import UNDEALT, Lying, lying
from ketref.bulk.timelines.results import Statements
from ketref.bulk.timelines.rows import DoseRows, SampleRows
from ketref.bulk.timelines.shares import answered
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.supposed import supposed, unseen
from ketref.bulk.timelines.sweep import WITHHELD, Doses, Samples
from ketref.engine.course import AFTER_DOSES, NO_DOSE, POSSIBLE, UNKNOWN
from ketref.person.verdicts import BY_STATUS, NOT_EXPLAINED

VERDICTS = ("explained", "possible", NOT_EXPLAINED, "unknown", "says_nothing")
_NOT_KNOWN, _SAYS_NOTHING = VERDICTS.index("unknown"), VERDICTS.index("says_nothing")


def verdicts(
    book: Book,
    composing: Composing,
    statements: Statements,
    doses: Doses,
    layout: Layout,
    kinds: tuple[Kind, ...],
    taken: DoseRows,
    samples: SampleRows,
    subjects: Subjects,
    first: Array,
) -> Array:
    """The place among `VERDICTS` of what is said of each sample, `NONE` of one whose subject is not in the doses.

    Of each subject nothing is known before `first`.
    """
    found = np.full(len(samples.low), _NOT_KNOWN, np.int8)
    row = statements.row
    if len(row):
        asked = _Asked(statements, samples, subjects, layout)
        status = _statuses(book, composing, asked, doses, kinds, first)
        of_statements = _BY_STATUS[statements.positive.astype(np.int8), status]
        against = VERDICTS.index(NOT_EXPLAINED)
        screens = np.flatnonzero((of_statements == against) & statements.positive)
        screens = screens[crossed(book, statements, screens, taken, samples, subjects)]
        of_statements[screens] = VERDICTS.index("possible")
        is_first = np.append(True, row[1:] != row[:-1])
        found[row[is_first]] = of_statements[is_first]
        found[row[of_statements == against]] = against  # a value that does not fit speaks against the outcome
    found[statements.says_nothing] = _SAYS_NOTHING
    found[~np.append(layout.groups.recorded, True)[subjects.of_samples]] = NONE
    found[samples.refused] = _NOT_KNOWN
    return found


def _statuses(
    book: Book, composing: Composing, asked: _Asked, doses: Doses, kinds: tuple[Kind, ...], first: Array
) -> Array:
    """The status of each statement: the highest after what was taken, and what else may have been."""
    tests, names, of_doses = tuple(asked.statements.tests), tuple(book.folders), asked.layout.doses
    further = unseen(book, [name for name in names if any(name in test.covers for test in tests)])
    law = composing((*kinds, *further), tests, names, True).law
    sure = law._replace(classes=np.ascontiguousarray(law.classes[:, : len(law.days) + 1]))
    found = asked.status(doses, of_doses, law if len(doses.doubtful) else sure, slice(None))
    open_still = np.flatnonzero((found < UNKNOWN) | (found == NO_DOSE))  # of an unknown nothing else is supposed
    of_subjects = np.zeros(len(of_doses.begin) + 1, bool)
    of_subjects[asked.subjects.of_samples[asked.statements.row[open_still]]] = True
    status = asked.status(*supposed(doses, of_doses, law, len(kinds), of_subjects[:-1], first), open_still)
    higher = (status <= POSSIBLE) & ((found[open_still] == NO_DOSE) | (status > found[open_still]))
    found[open_still[higher]] = status[higher]
    return found


@frozen(eq=False)
class _Asked:
    """The statements, whose samples they are of, and how the doses of these lie."""

    statements: Statements
    samples: SampleRows
    subjects: Subjects
    layout: Layout

    def status(self, doses: Doses, of_doses: Lying, law: Law, which: slice | Array) -> Array:
        """The status of some of the statements, after these doses."""
        samples, row, tests = self.samples, self.statements.row[which], len(self.statements.tests)
        last = samples.high if len(samples.high) else samples.low
        of_samples = lying(
            keys_of(samples, self.subjects.of_samples)[row], last[row], self.statements.test[which], self.subjects.count
        )
        groups = self.layout.groups._replace(
            dose_begin=of_doses.begin,
            dose_end=of_doses.end,
            sample_begin=of_samples.begin,
            sample_end=of_samples.end,
            taken=np.zeros((0, 0), bool),
        )
        early = sealed(samples.low[row]) if len(samples.high) else samples.high
        nowhere = np.zeros(0, np.int64)
        asked = Samples(UNDEALT, early, nowhere, np.arange(tests), np.ones(tests, bool))
        placed = Layout(of_doses, of_samples, groups, nowhere, nowhere, len(row))
        status = answered(doses, asked, placed, law, ()).status
        return np.where(status == WITHHELD, UNKNOWN, status)


_BY_STATUS = np.array(
    [
        [VERDICTS.index(BY_STATUS[positive].get(status, "unknown")) for status in AFTER_DOSES]
        for positive in (False, True)
    ],
    np.int8,
)
