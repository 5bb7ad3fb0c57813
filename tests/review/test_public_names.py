"""Does the page of public names say what they are today?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ketref
from ketref.review import names

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_fresh(tmp_path):
    made = tmp_path / "names.md"
    subprocess.run([sys.executable, "-m", "ketref.review.names", made], check=True)
    assert (ROOT / names.PAGE).read_text("utf-8") == made.read_text("utf-8"), "run python -m ketref.review.names"


def test_every_public_name_has_one_heading():
    headings = [line[4:-1] for line in names.page().splitlines() if line.startswith("## ")]
    assert sorted(headings) == sorted(name for name in ketref.__all__ if not name.startswith("_"))


def test_a_signature_is_shown_as_it_is_written_and_what_is_inner_is_not_shown():
    page = names.page()
    assert "    since: Elapsed | None = None,\n" in page
    assert "    unit: str = 'ng/mL',\n" in page
    answer = page.partition("## `DetectAnswer`")[2].partition("\n## ")[0]
    assert "- `confidence`: " in answer
    assert "`standing`" not in answer
