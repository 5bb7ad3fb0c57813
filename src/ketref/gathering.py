"""In which order do the rows of a group come?

Few are put in order one by one; of many, such runs are merged. Rows that lie in order cost one comparison each, and
rows of one time stay as they were.
"""

from __future__ import annotations

from ketref.coding import Array
from ketref.compiling import Integer

RUN = 32  # rows that are put in order one by one
Pair = tuple[Array, Array]


def gathered(when: Array, begin: Integer, end: Integer, places: Array, times: Array, spare: Pair) -> Integer:
    """Write the places from begin to end and their times, in the order of these; how many."""
    count = end - begin
    for first in range(0, count, RUN):
        for i in range(first, min(first + RUN, count)):
            time = when[begin + i]
            at = i
            while at > first and times[at - 1] > time:
                places[at], times[at] = places[at - 1], times[at - 1]
                at -= 1
            places[at], times[at] = begin + i, time
    run = RUN
    while run < count:
        for middle in range(run, count, 2 * run):
            if times[middle - 1] > times[middle]:
                merge(places, times, middle - run, middle, min(middle + run, count), spare)
        run *= 2
    return count


def merge(places: Array, times: Array, begin: Integer, middle: Integer, end: Integer, spare: Pair) -> None:
    """Make one run of two."""
    size = middle - begin
    for i in range(size):
        spare[0][i], spare[1][i] = places[begin + i], times[begin + i]
    left, right = 0, middle
    for at in range(begin, end):
        if left == size:
            break
        if right == end or spare[1][left] <= times[right]:
            places[at], times[at] = spare[0][left], spare[1][left]
            left += 1
        else:
            places[at], times[at] = places[right], times[right]
            right += 1
