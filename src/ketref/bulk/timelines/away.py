"""Which samples were taken years away from the doses of their subjects?"""

from __future__ import annotations

from datetime import UTC

import numpy as np

from ketref.answers.plausibility import latest, too_long
from ketref.bulk.columns.distinct import ROOM, Array, extremes
from ketref.bulk.noted import Told
from ketref.bulk.numbering import Numbering
from ketref.bulk.timelines.rows import DoseRows, Rows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.engine.conditions import UNBOUNDED
from ketref.model.times import SECOND, written
from ketref.person.plausibility import too_early


def tell_years_away(told: Told, doses: DoseRows, samples: SampleRows, subjects: Subjects, number: Numbering) -> None:
    """Tell of the samples long before the first dose of their subject, or long after the last by then.

    Times are compared in whole seconds. A row that stands for many doses goes on until the last of them.
    """
    book = doses.book
    plausible = book.terms.plausible
    before = UNBOUNDED if plausible.before is None else plausible.before.seconds
    after = max((latest(book, name, plausible.apart) for name in doses.named), default=UNBOUNDED)
    if _surely_near(doses, samples, before, after):
        return
    taken = np.flatnonzero(_counts(doses, subjects.of_doses))
    tested = np.flatnonzero(_counts(samples, subjects.of_samples))
    waited = _waited(doses, subjects.of_doses, taken, samples, subjects.of_samples, tested)
    away = (waited > after) | (waited < -before)
    rows, waits = tested[away], waited[away]

    def said(row: int) -> list[str]:
        wait = int(waits[np.searchsorted(rows, row)])
        if wait > 0:
            return [too_long(wait, after)]
        at = int(_last(samples)[row])
        zone = None if samples.zoneless else UTC
        return [too_early(written(at, zone), written(at - wait * SECOND, zone))]

    told.implausible(samples.what, rows, said, number)


def _last(rows: Rows) -> Array:
    return rows.high if len(rows.high) else rows.low


def _counts(rows: Rows, subjects: Array) -> Array:
    found: Array = ~(rows.refused | rows.left) & (subjects >= 0)
    return found


def _surely_near(doses: DoseRows, samples: SampleRows, before: int, after: int) -> bool:
    """Whether all moments of both tables lie too near each other."""
    first, last = extremes(doses.low)[0], extremes(_last(doses))[1]
    early, late = extremes(samples.low)[0], extremes(_last(samples))[1]
    return late - first <= after * SECOND and last - early <= before * SECOND


def _waited(
    doses: DoseRows, of_doses: Array, taken: Array, samples: SampleRows, of_samples: Array, tested: Array
) -> Array:
    """The seconds from the last dose by then to each of some samples; below 0, to the first dose; 0 where none is."""
    if not (len(taken) and len(tested)):
        return np.zeros(len(tested), np.int64)
    begun, ended = doses.low[taken] // SECOND, _last(doses)[taken] // SECOND
    low, high = samples.low[tested] // SECOND, _last(samples)[tested] // SECOND
    if len(doses.every):
        every, many = np.maximum(doses.every[taken] // SECOND, 1), doses.many[taken]
        to_come = np.minimum(many - 1, np.maximum(high.max() - begun, 0) // every)
        ended = ended + every * np.where(doses.every[taken] > 0, to_come, 0)
    least = min(int(begun.min()), int(low.min()))
    span = max(int(ended.max()), int(high.max())) - least + 1
    if (int(max(of_doses.max(), of_samples.max())) + 1) * span >= ROOM:
        return np.zeros(len(tested), np.int64)
    by_dose, by_sample = (
        of_doses[taken].astype(np.int64) * span - least,
        of_samples[tested].astype(np.int64) * span - least,
    )
    begun, ended, low, high = by_dose + begun, by_dose + ended, by_sample + low, by_sample + high
    order = np.argsort(begun)
    starts, ends = begun[order], np.maximum.accumulate(ended[order])
    place = _place(starts, high)
    last, first = ends[np.maximum(place - 1, 0)], starts[np.minimum(place, len(starts) - 1)]
    own = by_sample + least
    taken_by_then = (place > 0) & (last >= own)
    not_yet = (first > high) & (first < own + span)
    found: Array = np.where(taken_by_then, np.maximum(low - last, 0), np.where(not_yet, high - first, 0))
    return found


def _place(starts: Array, moments: Array) -> Array:
    """How many sorted starts there are by each moment: looked up in their order, which is faster by far."""
    order = np.argsort(moments)
    found = np.empty(len(moments), np.int64)
    found[order] = np.searchsorted(starts, moments[order], "right")
    return found
