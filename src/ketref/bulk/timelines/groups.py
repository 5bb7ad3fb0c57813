"""Which rows of two tables are of one subject, and where does the answer to each sample stand?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.timelines.joining import Joined
from ketref.bulk.timelines.law import Law
from ketref.bulk.timelines.order import Lying, Part, lying
from ketref.bulk.timelines.rows import DoseRows, Rows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.sweep import Doses, Groups, Samples, most_leading
from ketref.engine.course import OPEN
from ketref.model.times import SECOND


@frozen(eq=False)
class Layout:
    """The groups: the doses that one subject took, and its samples.

    Each sample has so many answers as `counts` says, from the place `first` on; where both are empty it has one, in its
    own place.
    """

    doses: Lying
    samples: Lying
    groups: Groups
    counts: Array
    first: Array
    places: int

    @property
    def together(self) -> bool:
        """Whether the rows of both tables lie together."""
        return self.doses.together and self.samples.together

    def sample(self) -> Array:
        """The row of the sample that each answer is about."""
        if not len(self.counts):
            return np.arange(self.places)
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def parts(self, first: int, last: int) -> tuple[Part, Part]:
        """The doses and the samples of the groups from the first to before the last."""
        return self.doses.part(first, last), self.samples.part(first, last)


def dosed(doses: DoseRows, subjects: Subjects) -> Lying:
    """The rows of the doses of each subject, but for those that are refused or left out."""
    return lying(keys_of(doses, subjects.of_doses), doses.low, doses.ids, subjects.count)


def with_joined(of_doses: Lying, doses: DoseRows, subjects: Subjects, joined: Joined) -> Lying:
    """The same, with what several rows were joined to after all rows: it counts from the last of them on."""
    if not len(joined.first):
        return of_doses
    keys = np.concatenate([keys_of(doses, subjects.of_doses), subjects.of_doses[joined.first]])
    ids = np.concatenate([doses.ids, joined.ids])
    return lying(keys, np.concatenate([doses.low, joined.since]), ids, subjects.count)


def grouped(
    of_doses: Lying, doses: DoseRows, samples: SampleRows, subjects: Subjects, substances: Sequence[int], named: Array
) -> Layout:
    """Bring the rows of two tables together; all doses must have a subject.

    `substances` is the number of the substance of each id of the doses, `named` tells whether each id of the samples
    says what its test is for: one that does not is asked about each substance that the subject took.
    """
    last = samples.high if len(samples.high) else samples.low
    of_samples = lying(keys_of(samples, subjects.of_samples), last, samples.ids, subjects.count)
    counts = first = np.zeros(0, np.int64)
    taken = np.zeros((0, 0), bool)
    places = samples.frame.height
    many = max(substances, default=0) + 1
    if many > 1 and not named.all():
        taken = took(doses, subjects, substances, many)
        each = np.append(np.maximum(taken.sum(axis=1), 1), 1)  # a sample without a subject has one answer
        alone = samples.refused | np.append(named, True)[samples.ids]
        counts = np.where(alone, 1, each[subjects.of_samples]).astype(np.int64)
        first = counts.cumsum() - counts
        places = int(counts.sum())
    groups = Groups(
        of_doses.begin,
        of_doses.end,
        of_samples.begin,
        of_samples.end,
        _doubt(doses, subjects),
        _recorded(subjects),
        taken,
    )
    return Layout(of_doses, of_samples, groups, counts, first, places)


def took(doses: DoseRows, subjects: Subjects, substances: Sequence[int], many: int) -> Array:
    """Which of so many substances each subject took by any dose; the numbers are those of the ids of the doses."""
    keys = keys_of(doses, subjects.of_doses)
    there = keys >= 0
    flat = np.zeros(subjects.count * many, bool)
    flat[keys[there] * many + np.array([*substances, 0], np.int64)[doses.ids[there]]] = True
    return flat.reshape(subjects.count, many)


def aimed_at(doses: DoseRows, subjects: Subjects, names: Sequence[str], taken: Array) -> tuple[Sequence[str], Array]:
    """What tests of which nothing is said are for, and which of it for each subject: what it took, by `names`.

    Of one who took nothing that is what the rows name that are left out.
    """
    if not doses.left.any():
        return names, taken
    known = list(doses.book.folders)
    found = np.zeros((subjects.count, len(known)), bool)
    named = doses.left_named(known)
    rows = np.flatnonzero((named > 0) & (subjects.of_doses >= 0))
    found[subjects.of_doses[rows], named[rows] - 1] = True
    found[taken.any(axis=1)] = False
    found[:, [known.index(name) for name in names]] |= taken
    there = np.flatnonzero(found.any(axis=0))
    return ([known[number] for number in there], found[:, there]) if len(there) else (names, taken)


def keys_of(rows: Rows, subjects: Array) -> Array:
    """The number of the subject of each row; `NONE` where that is refused or left out."""
    out = rows.refused | rows.left
    return np.where(out, NONE, subjects) if out.any() else subjects


def _recorded(subjects: Subjects) -> Array:
    """Whether each subject occurs in the doses at all."""
    found = np.zeros(subjects.count + 1, bool)
    found[subjects.of_doses] = True  # a row without a subject is that of the last one, whom nobody is
    return found[:-1]


def _doubt(doses: DoseRows, subjects: Subjects) -> Array:
    """From when on it is not known what each subject took."""
    doubt = np.full(subjects.count, OPEN, np.int64)
    if doses.refused.any():
        since = np.where(doses.on_clock(), doses.low, -OPEN)[doses.refused]
        np.minimum.at(doubt, subjects.of_doses[doses.refused], since)
    return doubt


def rooms(doses: Doses, samples: Samples, layout: Layout, law: Law, waiting: bool) -> Array:
    """How many doses of each group are drawn up at most: of a regimen those that may be asked about.

    Without `waiting` it is not asked when the status changes.
    """
    groups = layout.groups
    found: Array = groups.dose_end - groups.dose_begin
    if not len(doses.every):
        return found
    keys, start = layout.doses.keys[: doses.joined], layout.doses.times[: doses.joined]
    rows = np.flatnonzero((doses.every[: doses.joined] > 0) & (keys >= 0))
    if not len(rows):
        return found
    of, every, start = keys[rows], doses.every[rows], start[rows]
    last = layout.samples.times
    early = samples.low if len(samples.low) else last
    latest = int(last.max(initial=-OPEN))
    taken = np.clip((latest - start) // every + 1, 0, doses.many[rows])
    wide = int((last - early).max(initial=0)) + law.reached
    if len(doses.high):
        wide = wide + (doses.high[rows] - start)
    if len(doses.lasted):
        wide = wide + np.maximum(doses.lasted[rows], 0) * SECOND
    tests = (groups.sample_end - groups.sample_begin)[of]
    alone = np.minimum(taken, tests * (wide // every + 3) if waiting else most_leading(law, tests))
    np.add.at(found, of, np.where(_of_the_same(doses, layout, law, keys)[rows] > 1, taken, alone))
    return found


def _of_the_same(doses: Doses, layout: Layout, law: Law, keys: Array) -> Array:
    """How many rows of its subject there are of the substance of each row."""
    many = int(law.substances.max(initial=0)) + 1
    of = law.substances[doses.kind[layout.doses.ids[: doses.joined]]] + (keys + 1) * many
    found: Array = np.bincount(of)[of]
    return found
