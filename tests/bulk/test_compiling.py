"""Do compiled functions answer as plain ones do, and never by a text that was edited since?"""

from __future__ import annotations

import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ketref.bulk.cache import FOLDER
from ketref.bulk.compiling import compiled, digest
from ketref.bulk.handing import in_one
from ketref.engine import course
from ketref.engine.course import OPEN, START, UNSAID

pytest.importorskip("numba")
import numpy as np

CALLER = "def ask(x):\n    return answer(x)\n"
CALLEE = "STEP = 1\n\n\ndef answer(x):\n    return x + STEP\n"
ASK = """
from ketref.bulk.compiling import compiled
from ketref.engine.course import next_change
import numpy as np
fast = compiled(next_change)
fast(np.zeros(4, np.int64), 0, 2, 1, 1, np.zeros(4, np.int64))
print(sum(fast.stats.cache_hits.values()), sum(fast.stats.cache_misses.values()))
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, int, int]]:
    """Asks two texts, compiled as in a fresh process: the answer to 1, and what was found and not found kept."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))

    def ask(caller: str = CALLER, callee: str = CALLEE) -> tuple[int, int, int]:
        below: dict[str, Any] = {"__name__": "lab.callee"}
        exec(callee, below)  # noqa: S102
        above: dict[str, Any] = {"__name__": "lab.caller", "answer": below["answer"]}
        exec(caller, above)  # noqa: S102
        fast: Any = compiled(above["ask"])
        return fast(1), sum(fast.stats.cache_hits.values()), sum(fast.stats.cache_misses.values())

    return ask


def test_what_was_compiled_is_found_by_the_next_process(tmp_path):
    environment = {**os.environ, FOLDER: str(tmp_path)}
    told = [subprocess.check_output([sys.executable, "-c", ASK], env=environment, text=True) for _ in range(2)]
    assert told == ["0 1\n", "1 0\n"]


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [("x + STEP", "x - STEP", 0), ("STEP = 1", "STEP = 7", 8), ("x + STEP", "x + STEP + STEP", 3)],
)
def test_an_edited_callee_answers_anew(lab, old, new, answer):
    assert lab() == (2, 0, 1)
    assert lab() == (2, 1, 0)
    assert lab(callee=CALLEE.replace(old, new)) == (answer, 0, 1)
    assert lab() == (2, 1, 0)


def test_an_edited_caller_answers_anew(lab):
    assert lab()[0] == 2
    assert lab(caller=CALLER.replace("answer(x)", "answer(answer(x))")) == (3, 0, 1)


@in_one
class Room(NamedTuple):
    """What a compiled function takes as one."""

    numbers: Any
    more: tuple[Any, ...]
    step: Any
    wide: bool


@in_one
class Rooms(NamedTuple):
    """The same, of which one is a member."""

    inner: Room
    found: Any


def total(rooms: Rooms, place: int) -> Any:
    return added(rooms.inner, place) + rooms.found[place]


def added(room: Room, place: int) -> Any:
    room.numbers[place] += room.step
    return room.numbers[place] + room.more[1][place] if room.wide else room.numbers[place]


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("kinds", [(np.int64, np.int64), (np.int64, np.float64), (np.int8, np.int64)])
def test_what_is_handed_over_as_one_is_read_and_written_as_its_members_are(kinds, wide):
    """Also where it holds another, and where the same callee is compiled once more for another caller's types."""
    asked = []
    for call in (total, compiled(total)):
        numbers, more, found = np.arange(3, dtype=kinds[0]), np.array([10, 20, 30]), np.array([1, 2, 3], kinds[1])
        room = Room(numbers, (more[::-1].copy(), more), 5, wide)
        asked.append((call(Rooms(room, found), 1), numbers.tolist()))
    assert asked[0] == asked[1]


def test_each_function_has_a_digest_of_its_own():
    functions = [course.moment, course.settle, course.stages, course.next_change]
    assert len({digest(function, {}) for function in functions}) == len(functions)
    assert digest(course.stages, {}) == digest(course.stages, {})


def test_what_a_function_is_compiled_with_is_in_its_digest():
    assert digest(course.stages, {"nogil": True}) != digest(course.stages, {"nogil": False})


@pytest.mark.parametrize("duration", [UNSAID, 0, 40])
def test_a_compiled_course_stands_where_the_plain_one_does(duration):
    row = [5, START, 10, START, 20, 30, OPEN, 60]
    plain, fast = array("q", [0] * 4), np.zeros(4, np.int64)
    course.settle(row, 0, 2, duration, plain)
    compiled(course.settle)(np.array(row), 0, 2, duration, fast)
    assert fast.tolist() == list(plain)
    for since in (0, 4, 5, 9, 10, 49, 50, 80, 2**31 + 1, 2**40):
        asked = (0, 2, since, since + 3)
        assert compiled(course.stages)(fast, *asked) == course.stages(plain, *asked)
        assert compiled(course.next_change)(fast, *asked, np.array(course.STATUS_SEEN)) == course.next_change(
            plain, *asked, course.STATUS_SEEN
        )
