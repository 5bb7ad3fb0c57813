"""Do the rows of a group come in the order of their times?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketref.bulk.timelines import order


@given(st.lists(st.integers(0, 40), max_size=200), st.integers(0, 5))
def test_rows_come_by_time_and_those_of_one_time_as_they_lie(times, skipped):
    when = np.array(times, np.int64)
    begin = min(skipped, len(when))
    room = [np.zeros(len(when), np.int64) for _ in range(4)]
    count = order.gathered(when, begin, len(when), room[0], room[1], (room[2], room[3]))
    expected = sorted(range(begin, len(when)), key=times.__getitem__)
    assert room[0][:count].tolist() == expected
    assert room[1][:count].tolist() == [times[place] for place in expected]


@pytest.mark.parametrize("small", [1 << 31, 0])
@given(st.data())
@settings(deadline=None)
def test_each_part_holds_the_rows_of_its_keys(small, data):
    keys = data.draw(st.lists(st.integers(-1, 9), max_size=60))
    rows = np.array(keys, np.int64)
    lying = order.lying(rows, rows * 100, np.arange(len(keys), dtype=np.int32), 10)
    first, last = sorted(data.draw(st.lists(st.integers(0, 10), min_size=2, max_size=2, unique=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "SMALL", small)
        part = lying.part(first, last)
    for key in range(first, last):
        places = range(lying.begin[key] - part.base, lying.end[key] - part.base)
        found = [int(part.order[place]) if len(part.order) else place for place in places]
        assert found == [row for row, other in enumerate(keys) if other == key]
        assert [int(part.ids[place]) for place in places] == found
        assert [int(part.times[place]) for place in places] == [100 * key] * len(found)
