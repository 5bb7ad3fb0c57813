"""Which rows of two tables are of one subject and substance, and where does the answer to each sample stand?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.timelines.order import Lying, Part, lying
from ketref.bulk.timelines.rows import DoseRows, Rows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.sweep import Groups
from ketref.engine.course import OPEN


@frozen(eq=False)
class Layout:
    """The groups: the doses of one substance that one subject took, and its samples.

    The rows of each lie by its keys, which rise. Each sample has so many answers as `counts` says, from the place
    `first` on; where both are empty it has one, in its own place.
    """

    doses: Lying
    samples: Lying
    dose_keys: Array
    sample_keys: Array
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
        doses, samples = self.dose_keys[[first, last - 1]], self.sample_keys[[first, last - 1]]
        return self.doses.part(doses[0], doses[1] + 1), self.samples.part(samples[0], samples[1] + 1)


def grouped(doses: DoseRows, samples: SampleRows, subjects: Subjects, substances: Sequence[str]) -> Layout:
    """Bring the rows of two tables together, but for those that are refused; all doses must have a subject."""
    count, named = subjects.count, "substance" in samples.frame.columns
    taken_of, tested_of = doses.substances(substances), samples.substances(substances) if named else []
    many = len(substances) if len(set(taken_of)) > 1 or named else 1
    apart = many if named else 1
    of_doses = lying(_keys(doses, subjects.of_doses, taken_of, many), doses.low, doses.ids, count * many)
    last = samples.high if len(samples.high) else samples.low
    of_samples = lying(_keys(samples, subjects.of_samples, tested_of, apart), last, samples.ids, count * apart)
    doubt = _doubt(doses, subjects)
    dose_keys = sample_keys = np.arange(count * many)
    rank = np.zeros(count * many, np.int64)
    counts = first = np.zeros(0, np.int64)
    places = samples.frame.height
    if many > 1 and not named:
        taken = (of_doses.end > of_doses.begin).reshape(count, many)
        taken[:, 0] |= ~taken.any(axis=1)
        dose_keys = np.flatnonzero(taken)
        sample_keys = dose_keys // many
        rank = (taken.cumsum(axis=1) - 1).ravel()[dose_keys]
        each = np.append(taken.sum(axis=1), 1)  # a sample without a subject has one answer
        counts = np.where(samples.refused, 1, each[subjects.of_samples]).astype(np.int64)
        first = counts.cumsum() - counts
        places = int(counts.sum())
    begin, end = of_doses.begin[dose_keys], of_doses.end[dose_keys]
    substance = dose_keys % many if many > 1 else np.full(count, min(taken_of, default=0))
    substance = np.where(end > begin, substance, NONE).astype(np.int32)
    groups = Groups(
        begin,
        end,
        of_samples.begin[sample_keys],
        of_samples.end[sample_keys],
        substance,
        rank,
        doubt[dose_keys // many],
    )
    return Layout(of_doses, of_samples, dose_keys, sample_keys, groups, counts, first, places)


def _keys(rows: Rows, subjects: Array, of: Sequence[int], many: int) -> Array:
    """A number for the subject and, where they are many, the substance of each row; `NONE` where refused."""
    keys = subjects if many == 1 else subjects * many + np.array([*of, 0], np.int64)[rows.ids]
    out = rows.refused | rows.left
    return np.where(out, NONE, keys) if out.any() else keys


def _doubt(doses: DoseRows, subjects: Subjects) -> Array:
    """From when on it is not known what each subject took."""
    doubt = np.full(subjects.count, OPEN, np.int64)
    if doses.refused.any():
        since = np.where(doses.untimed, -OPEN, doses.low)[doses.refused]
        np.minimum.at(doubt, subjects.of_doses[doses.refused], since)
    return doubt
