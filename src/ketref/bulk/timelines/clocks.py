"""Of which samples would an hour, by which clocks may have been changed, change the status?

Times without a zone do not tell. The samples are asked once more an hour earlier and an hour later; one whose status is
another then, and that lies a night after the dose that governs it, depends on the clocks.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve

from ketref.answers.caveats import HOUR
from ketref.bulk.columns.distinct import Array
from ketref.bulk.compiling import sealed
from ketref.bulk.timelines.groups import Layout
from ketref.bulk.timelines.law import Law
from ketref.bulk.timelines.shares import answered
from ketref.bulk.timelines.sweep import WITHHELD, Doses, Found, Samples
from ketref.engine.course import NO_DOSE
from ketref.model.times import SECOND, clocks_may_change

LOOKED_AT = 1 << 18  # samples that are asked once more: those of the first subjects, where there are more
_ASKED = ("status", "elapsed_longest_s")


def by_an_hour(doses: Doses, samples: Samples, layout: Layout, law: Law) -> Array:
    """The rows of the samples of which an hour would change the status, in their order."""
    layout = _first(layout)
    row = layout.sample()
    at = layout.samples.times[row] if layout.places else np.zeros(0, np.int64)
    now = answered(doses, samples, layout, law, _ASKED)
    differ = np.zeros(layout.places, bool)
    for by in (-HOUR * SECOND, HOUR * SECOND):
        moved = evolve(layout, samples=evolve(layout.samples, times=layout.samples.times + by))
        early = sealed(samples.low + by) if len(samples.low) else samples.low
        then = answered(doses, samples._replace(low=early), moved, law, _ASKED)
        known = (now.status != WITHHELD) & (then.status != WITHHELD)
        differ |= known & (then.status != now.status) & _nights(now, at, 0) & _nights(then, at, by)
    found: Array = np.unique(row[differ])
    return found


def _nights(found: Found, at: Array, by: int) -> Array:
    """Where a night lies between the dose that governs and the sample, which was moved; true without such a dose."""
    begun = at + by - found.longest * SECOND
    nights: Array = (found.status >= NO_DOSE) | clocks_may_change((begun, begun), (at, at))
    return nights


def _first(layout: Layout) -> Layout:
    """The groups with the first samples."""
    groups = layout.groups
    tests = np.cumsum(groups.sample_end - groups.sample_begin)
    if not len(tests) or tests[-1] <= LOOKED_AT:
        return layout
    last = max(1, int(np.searchsorted(tests, LOOKED_AT)))
    begins = ("dose_begin", "dose_end", "sample_begin", "sample_end", "doubt", "recorded")
    return evolve(layout, groups=groups._replace(**{name: getattr(groups, name)[:last] for name in begins}))
