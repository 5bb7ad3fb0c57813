"""Do compiled functions answer as plain ones do, and never by a text that was edited since?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ketref import course
from ketref.compiling import FOLDER, compiled, digest, kept_in
from ketref.course import OPEN, START, UNSAID

pytest.importorskip("numba")
import numpy as np

CALLER = "from lab.callee import answer\n\n\ndef ask(x):\n    return answer(x)\n"
CALLEE = "STEP = 1\n\n\ndef answer(x):\n    return x + STEP\n"
ASK = """
import json, os, sys
from ketref.compiling import compiled
from lab.caller import ask
fast = compiled(ask)
print(json.dumps([fast(1), sum(fast.stats.cache_hits.values()), sum(fast.stats.cache_misses.values())]))
"""


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., tuple[int, int, int]]:
    """Writes a package and asks it, compiled in a fresh process: the answer, and what was found and not found kept."""

    def ask(caller: str = CALLER, callee: str = CALLEE, cache: Path | None = None) -> tuple[int, int, int]:
        package = tmp_path / "lab"
        package.mkdir(exist_ok=True)
        for name, text in {"__init__": "", "caller": caller, "callee": callee}.items():
            (package / f"{name}.py").write_text(text)
        environment = {**os.environ, FOLDER: str(cache or tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        return tuple(json.loads(ran.stdout))

    return ask


def test_what_was_compiled_is_found_by_the_next_process(lab):
    assert lab() == (2, 0, 1)
    assert lab() == (2, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [("x + STEP", "x - STEP", 0), ("STEP = 1", "STEP = 7", 8), ("x + STEP", "x + STEP + STEP", 3)],
)
def test_an_edited_callee_answers_anew(lab, old, new, answer):
    assert lab()[0] == 2
    assert lab(callee=CALLEE.replace(old, new)) == (answer, 0, 1)
    assert lab() == (2, 1, 0)


def test_an_edited_caller_answers_anew(lab):
    assert lab()[0] == 2
    assert lab(caller=CALLER.replace("answer(x)", "answer(answer(x))"))[0] == 3


def test_a_folder_that_cannot_be_written_is_done_without(lab, tmp_path):
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    for _ in range(2):
        assert lab(cache=in_the_way / "below") == (2, 0, 1)
    assert in_the_way.read_text() == ""


def test_a_text_that_is_in_no_file_is_compiled_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    names: dict[str, Any] = {"__name__": "ketref.made_up"}
    exec("def twice(x):\n    return 2 * x\n", names)  # noqa: S102
    assert compiled(names["twice"])(21) == 42


def test_the_folder_is_the_one_that_is_named_else_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert kept_in() == tmp_path
    monkeypatch.delenv(FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    if sys.platform.startswith("linux"):
        assert kept_in() == tmp_path / "caches" / "ketref"


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
