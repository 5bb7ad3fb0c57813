"""Does the page that walks through the house name rooms that are there?"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "ketref"
PAGE = (ROOT / "docs" / "how-an-answer-is-made.md").read_text("utf-8")


def test_every_room_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([a-z]+/(?:[a-z_/]+\.py)?)`", PAGE))
    assert len(named) > 15
    assert {name for name in named if not (HOUSE / name).exists()} == set()


def test_the_page_enters_every_wing() -> None:
    wings = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert {wing for wing in wings if f"`{wing}/" not in PAGE} == set()


def test_the_walk_has_eight_steps() -> None:
    assert re.findall(r"^## (\d)\. ", PAGE, re.MULTILINE) == list("12345678")
