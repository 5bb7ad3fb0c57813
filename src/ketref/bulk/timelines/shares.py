"""Which groups are answered together, on every core?"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ketref.bulk.answer_columns import Progress
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import at_once, compiled, threads
from ketref.bulk.timelines.groups import Layout, rooms
from ketref.bulk.timelines.law import Law
from ketref.bulk.timelines.leaders import work
from ketref.bulk.timelines.sweep import WITHHELD, Doses, Found, Samples, prevail
from ketref.engine.course import OPEN

SHARE = 1 << 16  # events that are answered together
FEW = 48  # doses of a subject that are each asked, rather than those that lead alone
PARTS = 2  # for each thread, where rows do not lie together: all of them are gone through for each part


def answered(
    doses: Doses, samples: Samples, layout: Layout, law: Law, columns: Collection[str], progress: Progress | None = None
) -> Found:
    """The status of every sample, and of the other answers those from which some columns are made."""
    found = _room(layout.places, columns)
    groups = layout.groups
    tests = groups.sample_end - groups.sample_begin
    taken = rooms(doses, samples, layout, law, len(found.wait) > 0)
    events = np.cumsum(taken + tests)
    if not len(events) or not events[-1]:
        return found
    workers = threads(int(events[-1]))
    least = 0 if layout.together else -(-events[-1] // (PARTS * workers))
    shares = np.unique(np.searchsorted(events, np.arange(0, events[-1], max(SHARE, least))))
    bounds = list(zip(shares.tolist(), [*shares[1:].tolist(), len(events)], strict=True))
    ranges, durations = len(doses.high) > 0, len(doses.lasted) > 0

    def share(bound: tuple[int, int]) -> int:
        first, last = bound
        parts = layout.parts(first, last)
        most, many = (int(sizes[first:last].max(initial=0)) for sizes in (taken, tests))
        room = work(law, most, many, ranges, durations, FEW)
        given = doses._replace(part=parts[0]), samples._replace(part=parts[1])
        compiled(prevail)(*given, groups, law, room, found, first, last)
        return int(tests[first:last].sum())

    for done in at_once(share, bounds, workers):
        _ = progress and progress(done)
    return found


def _room(places: int, columns: Collection[str]) -> Found:
    """Room for what is asked."""

    def room(kind: type, fill: int, *names: str) -> Array:
        return np.full(places if {*names} & {*columns} else 0, fill, kind)

    return Found(
        status=np.full(places, WITHHELD, np.uint8),
        substance=room(np.int32, NONE, "substance"),
        dose=room(np.int64, NONE, "dose", "joined"),
        rule=room(np.int32, NONE, "rule"),
        pattern=room(np.int8, NONE, "pattern"),
        soonest=room(np.int64, NONE, "elapsed_s"),
        longest=room(np.int64, NONE, "elapsed_longest_s"),
        wait=room(np.int64, OPEN, "next_change_s"),
    )
