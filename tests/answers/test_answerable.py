"""Is what a reader of the knowledge base asks first answered, by the command line alone?"""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

ASKS = tomllib.loads((Path(__file__).parents[1] / "data" / "answerable.toml").read_text("utf-8"))["ask"]


@pytest.mark.parametrize("asked", ASKS, ids=lambda asked: asked["about"])
def test_it_is_answered(asked: dict[str, Any], run: Any) -> None:
    words = shlex.split(asked["line"])
    ran = run(*words, *([] if words[0] == "show" else ["--full"]))
    said = " ".join(ran.out.split())
    assert (ran.code, ran.err) == (0, "")
    assert [words for words in asked["says"] if words not in said] == []
