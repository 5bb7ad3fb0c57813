"""Do the doses that each subject declared explain what was found in its samples?

As `infer` says of each result (`person.verdicts`). What a result states is a test of its own, and the status of that
counts over the doses of its subject and what else may have been taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ketref.book.loading import Book
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.groups import Layout, keys_of
from ketref.bulk.timelines.law import Kind, composed
from ketref.bulk.timelines.order import UNDEALT, lying
from ketref.bulk.timelines.results import Statements
from ketref.bulk.timelines.rows import SampleRows
from ketref.bulk.timelines.shares import answered
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.supposed import supposed, unseen
from ketref.bulk.timelines.sweep import WITHHELD, Doses, Samples
from ketref.engine.course import AFTER_DOSES, UNKNOWN
from ketref.person.verdicts import BY_STATUS, NOT_EXPLAINED

VERDICTS = ("explained", "possible", NOT_EXPLAINED, "unknown", "says_nothing")
_NOT_KNOWN, _SAYS_NOTHING = VERDICTS.index("unknown"), VERDICTS.index("says_nothing")


def verdicts(
    book: Book,
    statements: Statements,
    doses: Doses,
    layout: Layout,
    kinds: Sequence[Kind],
    samples: SampleRows,
    subjects: Subjects,
    rules: Sequence[str],
) -> Array:
    """The place among `VERDICTS` of what is said of each sample, `NONE` of one whose subject is not in the doses."""
    found = np.full(len(samples.low), _NOT_KNOWN, np.int8)
    of_statements = _of_statements(book, statements, doses, layout, kinds, samples, subjects, rules)
    is_first = np.append(True, statements.row[1:] != statements.row[:-1])[: len(statements.row)]
    found[statements.row[is_first]] = of_statements[is_first]
    against = VERDICTS.index(NOT_EXPLAINED)
    found[statements.row[of_statements == against]] = against  # a value that does not fit speaks against the outcome
    found[statements.says_nothing] = _SAYS_NOTHING
    found[~np.append(layout.groups.recorded, True)[subjects.of_samples]] = NONE
    found[samples.refused] = _NOT_KNOWN
    return found


def _of_statements(
    book: Book,
    statements: Statements,
    doses: Doses,
    layout: Layout,
    kinds: Sequence[Kind],
    samples: SampleRows,
    subjects: Subjects,
    rules: Sequence[str],
) -> Array:
    row, tests = statements.row, statements.tests
    if not len(row):
        return np.zeros(0, np.int8)
    names = list(book.substances)
    further = unseen(book, [name for name in names if any(name in test.covers for test in tests)])
    law = composed(book, [*kinds, *further], tests, names, rules, doubtful=True).law
    taken, of_doses, law = supposed(doses, layout.doses, law, len(kinds))
    last = samples.high if len(samples.high) else samples.low
    early = sealed(samples.low[row]) if len(samples.high) else samples.high
    of_samples = lying(keys_of(samples, subjects.of_samples)[row], last[row], statements.test, subjects.count)
    groups = layout.groups._replace(
        dose_begin=of_doses.begin,
        dose_end=of_doses.end,
        sample_begin=of_samples.begin,
        sample_end=of_samples.end,
        taken=np.zeros((0, 0), bool),
    )
    nowhere = np.zeros(0, np.int64)
    asked = Samples(UNDEALT, early, nowhere, np.arange(len(tests)), np.ones(len(tests), bool))
    placed = Layout(of_doses, of_samples, groups, nowhere, nowhere, len(row))
    status = answered(taken, asked, placed, law, ()).status
    return _BY_STATUS[statements.positive.astype(np.int8), np.where(status == WITHHELD, UNKNOWN, status)]


_BY_STATUS = np.array(
    [
        [VERDICTS.index(BY_STATUS[positive].get(status, "unknown")) for status in AFTER_DOSES]
        for positive in (False, True)
    ],
    np.int8,
)
