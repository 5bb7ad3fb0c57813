"""What may each subject have taken that the table of doses does not show?

As in a history (`person.timeline`): what was taken before the first dose of a subject is not known, so each dose soon
after that may be of any pattern of use, and one of each substance may have been taken at any time before. Each such
reading is a row of its own, of a kind that has one course however it is read: a doubtful one, `possible` at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ketref.book.loading import Book
from ketref.bulk.columns.combinations import cell_of
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.law import ASIDE, Kind, Law
from ketref.bulk.timelines.order import Lying, lying
from ketref.bulk.timelines.sweep import Doses
from ketref.engine.course import OPEN
from ketref.model.times import FIRST, SECOND
from ketref.model.units import LONGEST


def unseen(book: Book, substances: Sequence[str]) -> list[Kind]:
    """A kind of dose of each substance, of which nothing else is known."""
    return [({"substance": name}, cell_of(book, {"substance": name})) for name in substances]


def supposed(doses: Doses, of_doses: Lying, law: Law, seen: int) -> tuple[Doses, Lying, Law]:
    """The doses with what else may have been taken, how all these lie, and the law of both.

    The law given knows doubtful readings; of its kinds of doses the first are `seen`, all others `unseen`.
    """
    kinds, patterns = len(law.classes), len(law.days) + 1
    doubtful = law.classes[:, patterns:]
    kind_of = np.concatenate([doses.kind, np.arange(seen, kinds, dtype=np.int32)])
    begun = np.concatenate([of_doses.times[: doses.joined], doses.begun])
    first = _first(doses, of_doses)
    rows, ids, many = [np.arange(len(begun))], [of_doses.ids], [doses.many]
    for pattern in range(1, patterns):
        says_more = (doubtful[:, pattern] != doubtful[:, 0])[kind_of]  # than the same dose as a single one
        left = np.append(first, -OPEN)[of_doses.keys] + law.within[pattern - 1] - begun
        soon = np.flatnonzero((left > 0) & says_more[of_doses.ids])
        rows.append(soon)
        ids.append(of_doses.ids[soon] + len(kind_of) * (1 + pattern))
        if len(doses.every):
            many.append(np.minimum(doses.many[soon], -(-left[soon] // np.maximum(doses.every[soon], 1))))
    subjects = np.flatnonzero(first < OPEN)
    before = _apart(law, doubtful[seen:])
    unseen_ids = [len(doses.kind) + of + len(kind_of) * (1 + pattern) for of, pattern in before.tolist()]
    found = _Put(np.concatenate(rows), doses.joined, len(subjects) * len(before))
    keys = found.together(of_doses.keys, np.tile(subjects, len(before)))
    last = np.tile(first[subjects], len(before)) - 1
    times = found.together(of_doses.times, last + 1 - LONGEST * SECOND)
    high = doses.high if len(doses.high) else of_doses.times
    every = found.said(doses.every, 0)
    made = found.of_made - doses.joined
    taken = doses._replace(
        high=sealed(np.concatenate([high[found.of_rows], last])),
        lasted=found.said(doses.lasted, NONE),
        kind=_with_supposed(kind_of, kinds, patterns),
        every=every,
        many=found.in_order(np.concatenate(many), 1) if len(every) else every,
        doubtful=found.said(doses.doubtful, 0),
        joined=len(found.of_rows) + found.more,
        first=doses.first[made],
        begun=doses.begun[made],
        until=doses.until[made],
    )
    of_ids = found.in_order(np.concatenate(ids), np.repeat(np.array(unseen_ids, np.int32), len(subjects)))
    return taken, lying(keys, times, of_ids, len(first)), _of_one_course(law, seen, patterns)


def _first(doses: Doses, of_doses: Lying) -> Array:
    """When each subject took its first dose, `OPEN` where it took none: before that nothing is known.

    One of which it is only known until when it was is taken to have been then.
    """
    found = np.full(len(of_doses.begin), OPEN, np.int64)
    keys, start = of_doses.keys[: doses.joined], of_doses.times[: doses.joined]
    if len(doses.high):
        start = np.where(start <= FIRST, doses.high, start)
    there = keys >= 0
    np.minimum.at(found, keys[there], start[there])
    return found


def _apart(law: Law, classes: Array) -> Array:
    """Of unseen doses those kinds and patterns that tests tell apart, a pair of numbers each."""
    _, places = np.unique(classes, return_index=True)
    pairs = np.stack(np.unravel_index(places, classes.shape), axis=1)
    found: Array = pairs[(law.courses[:, classes[pairs[:, 0], pairs[:, 1]]] != ASIDE).any(axis=0)]
    return found


class _Put:
    """Rows in their new order: those of the table, so many `more`, and then what rows were joined to."""

    def __init__(self, rows: Array, joined: int, more: int) -> None:
        self._made = rows >= joined
        self.more = more
        self.of_rows, self.of_made = rows[~self._made], rows[self._made]

    def together(self, values: Array, more: Array) -> Array:
        """The values of rows, and of the further ones."""
        return np.concatenate([values[self.of_rows], more, values[self.of_made]])

    def said(self, values: Array, more: int) -> Array:
        """The same where all of the further ones have one value; nothing where nothing is said."""
        return self.together(values, np.full(self.more, more, values.dtype)) if len(values) else values

    def in_order(self, values: Array, more: Array | int) -> Array:
        """Values that are given for each of the new rows."""
        further = np.broadcast_to(np.asarray(more, values.dtype), self.more)
        return np.concatenate([values[~self._made], further, values[self._made]])


def _with_supposed(kind_of: Array, kinds: int, patterns: int) -> Array:
    """The kind of each id, and then of each as a supposed one of every pattern of use."""
    return np.concatenate([kind_of, *(kind_of + kinds * (1 + pattern) for pattern in range(patterns))])


def _of_one_course(law: Law, seen: int, patterns: int) -> Law:
    """The law, with each kind as a supposed one of every pattern: in any reading it is of the doubtful class of that.

    They count for no pattern of use of what was taken: they are as of other substances.
    """
    readings, kinds = law.classes.shape[1], len(law.classes)
    of = law.substances[:-1]
    many = int(of.max(initial=0)) + 1
    classes, substances = [law.classes], [of]
    for pattern in range(patterns):
        classes.append(np.repeat(law.classes[:, [patterns + pattern]], readings, axis=1))
        substances.append(np.where(np.arange(kinds) < seen, of + many * (1 + pattern), many * (1 + patterns)))
    return law._replace(classes=np.concatenate(classes), substances=np.array([*np.concatenate(substances), 0]))
