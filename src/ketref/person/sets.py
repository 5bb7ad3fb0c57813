"""Which smallest sets of substances explain every positive, and which of them come first?

A set explains all positives where it holds, of each, one that can explain it, with all that this needs beside it.
Smallest is a set of which no member can be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

MOST_SETS = 50
"""How many sets are told at most."""
MOST_TRIED = 20_000
"""How many partial sets are tried at most: no report of a laboratory needs as many."""


def one_of_each(ways: Iterable[Sequence[frozenset[str]]]) -> list[frozenset[str]]:
    """Sets such that what has a member of each of them holds, of each list of ways, all of one; and the reverse."""
    return [frozenset(chosen) for of_one in ways for chosen in product(*of_one)]


def smallest_sets(
    among: Sequence[frozenset[str]], rank: Callable[[frozenset[str]], Any]
) -> tuple[list[frozenset[str]], bool]:
    """The smallest sets with a member of each of some sets, the first by `rank` first, and whether these are all.

    None where one of the sets is empty, or there are none.
    """
    wanted = [one for one in dict.fromkeys(among) if not any(other < one for other in among)]
    if not wanted or not all(wanted):
        return [], True
    wanted.sort(key=lambda one: (len(one), sorted(one)))
    tried = 0
    found: set[frozenset[str]] = set()
    for chosen in _hitting(wanted, frozenset(), frozenset()):
        tried += 1
        if _is_smallest(chosen, wanted):
            found.add(chosen)
        if tried >= MOST_TRIED:
            break
    ranked = sorted(found, key=rank)
    return ranked[:MOST_SETS], tried < MOST_TRIED and len(ranked) <= MOST_SETS


def _hitting(
    wanted: Sequence[frozenset[str]], chosen: frozenset[str], left_out: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Every set that is chosen by taking one member of each set that has none yet: each of them once."""
    open_ = next((one for one in wanted if not one & chosen), None)
    if open_ is None:
        yield chosen
        return
    for name in sorted(open_ - left_out):
        yield from _hitting(wanted, chosen | {name}, left_out)
        left_out = left_out | {name}


def _is_smallest(chosen: frozenset[str], wanted: Sequence[frozenset[str]]) -> bool:
    return all(any(one & chosen == {name} for one in wanted) for name in chosen)
