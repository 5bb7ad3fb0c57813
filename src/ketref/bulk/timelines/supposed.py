"""What may each subject have taken that the table of doses does not show?

As in a history (`person.timeline`): what was taken before the record of a subject begins is not known, so each dose
soon after that may be of any pattern of use, and one of each substance may have been taken at any time before. A record
begins with its first row, be it left out or not understood. Each such reading is a row of its own, of a kind that has
one course however it is read: a doubtful one, `possible` at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ketref.book.loading import Book
from ketref.bulk.columns.combinations import cell_of
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.law import ASIDE, Kind, Law
from ketref.bulk.timelines.order import Lying, lying
from ketref.bulk.timelines.rows import DoseRows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.sweep import Doses
from ketref.engine.course import OPEN
from ketref.model.times import FIRST, SECOND
from ketref.model.units import LONGEST


def unseen(book: Book, substances: Sequence[str]) -> list[Kind]:
    """A kind of dose of each substance, of which nothing else is known."""
    return [Kind(name, 0, cell_of(book, {"substance": name})) for name in substances]


def supposed(
    doses: Doses, of_doses: Lying, law: Law, seen: int, asked: Array, first: Array
) -> tuple[Doses, Lying, Law]:
    """What else those subjects that are `asked` about may have taken, how all these rows lie, and the law of them.

    Of each subject nothing is known before `first`; `OPEN` of one that is not in the doses. The law given knows
    doubtful readings; of its kinds of doses the first are `seen`, all others `unseen`.
    """
    kinds, patterns = len(law.classes), len(law.days) + 1
    doubtful = law.classes[:, patterns:]
    kind_of = np.concatenate([doses.kind, np.arange(seen, kinds, dtype=np.int32)])
    begun = np.concatenate([of_doses.times[: doses.joined], doses.begun])
    known_since = np.append(np.where(asked, first, -OPEN), -OPEN)[of_doses.keys]
    found = [_soon(np.zeros(0, np.int64), 0, known_since)]
    for pattern in range(1, patterns):
        says_more = (doubtful[:, pattern] != doubtful[:, 0])[kind_of]  # than the same dose as a single one
        left = known_since + law.within[pattern - 1] - begun
        found.append(_soon(np.flatnonzero((left > 0) & says_more[of_doses.ids]), pattern, left))
    row, of_pattern, left = (np.concatenate(values) for values in zip(*found, strict=True))
    order = np.argsort(row >= doses.joined, kind="stable")
    row, of_pattern, left = row[order], of_pattern[order], left[order]
    made = row[int((row < doses.joined).sum()) :] - doses.joined
    subjects = np.flatnonzero(asked & (first < OPEN))
    unseen_ids = [len(doses.kind) + of + len(kind_of) * pattern for of, pattern in _apart(law, doubtful[seen:])]
    last = np.tile(first[subjects], len(unseen_ids)) - 1

    def placed(values: Array, further: Array | int) -> Array:
        """Values of the rows that are like those of the table, of the unseen ones, and of what rows were joined to."""
        cut = len(values) - len(made)
        further = np.broadcast_to(np.asarray(further, values.dtype), last.shape)
        return np.concatenate([values[:cut], further, values[cut:]])

    def said(values: Array, further: int) -> Array:
        return placed(values[row], further) if len(values) else values

    every = said(doses.every, 0)
    within = -(-left // np.maximum(doses.every[row], 1)) if len(every) else left
    taken = doses._replace(
        high=sealed(np.append((doses.high if len(doses.high) else of_doses.times)[row[: len(row) - len(made)]], last)),
        lasted=said(doses.lasted, NONE),
        kind=np.concatenate([kind_of + kinds * pattern for pattern in range(patterns)]),
        every=every,
        many=placed(np.minimum(doses.many[row], within), 1) if len(every) else every,
        doubtful=said(doses.doubtful, 0),
        joined=len(row) - len(made) + len(last),
        first=doses.first[made],
        begun=doses.begun[made],
        until=doses.until[made],
    )
    keys = placed(of_doses.keys[row], np.tile(subjects, len(unseen_ids)))
    times = placed(of_doses.times[row], last + 1 - LONGEST * SECOND)
    ids = placed(of_doses.ids[row] + len(kind_of) * of_pattern, np.repeat(unseen_ids, len(subjects)))
    return taken, lying(keys, times, ids.astype(np.int32), len(first)), _of_one_course(law, seen, patterns)


def _soon(rows: Array, pattern: int, left: Array) -> tuple[Array, Array, Array]:
    """Rows, as what pattern they are read, and for how long from their start on."""
    return rows, np.full(len(rows), pattern), left[rows]


def begun(doses: DoseRows, samples: SampleRows, subjects: Subjects) -> Array:
    """When the record of each subject begins, `OPEN` of one that is not in the doses: before that nothing is known.

    A row of which it is only known until when it was is taken to have been then. Where no row says a time, that of its
    last sample stands for it.
    """
    found = np.full(subjects.count, OPEN, np.int64)
    start = doses.low
    if len(doses.high):
        start = np.where(start <= FIRST, doses.high, start)
    there = subjects.of_doses >= 0
    timed = doses.on_clock() & there
    np.minimum.at(found, subjects.of_doses[timed], start[timed])
    untold = np.zeros(subjects.count + 1, bool)
    untold[subjects.of_doses[there & ~timed]] = True
    untold[:-1] &= found == OPEN
    if untold.any():
        found[untold[:-1]] = -OPEN
        last = samples.high if len(samples.high) else samples.low
        rows = np.flatnonzero(untold[subjects.of_samples] & ~samples.refused)
        np.maximum.at(found, subjects.of_samples[rows], last[rows])
        found[found == -OPEN] = OPEN
    return found


def _apart(law: Law, classes: Array) -> Iterator[tuple[int, int]]:
    """Of unseen doses those kinds, each in those patterns, that tests tell apart."""
    _, places = np.unique(classes, return_index=True)
    for place in places.tolist():
        of, pattern = divmod(place, classes.shape[1])
        if (law.courses[:, classes[of, pattern]] != ASIDE).any():
            yield of, pattern


def _of_one_course(law: Law, seen: int, patterns: int) -> Law:
    """The law of each kind as a supposed one of every pattern: in any reading it is of the doubtful class of that.

    None of them shows a pattern of others: they are as of other substances.
    """
    readings, of = law.classes.shape[1], law.substances[:-1]
    many = int(of.max(initial=0)) + 1
    classes, substances = [], []
    for pattern in range(patterns):
        classes.append(np.repeat(law.classes[:, [patterns + pattern]], readings, axis=1))
        substances.append(np.where(np.arange(len(of)) < seen, of + many * pattern, many * patterns))
    return law._replace(classes=np.concatenate(classes), substances=np.array([*np.concatenate(substances), 0]))
