"""Does a question about one person read no more folders than it is about?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import ketref
from ketref.book.contents import described
from ketref.book.loading import Book, shipped_folder

SAMPLE = {"matrix": "urine", "time": "2026-01-02 10:00", "outcome": "positive"}
DOSE = {"substance": "ketamine", "start": "2026-01-01 10:00"}
ASKED: dict[str, Callable[[Book], Any]] = {
    "history": lambda book: ketref.history([DOSE], at="2026-01-02 10:00", matrix="urine", rules=book),
    "a test": lambda book: ketref.infer([{**SAMPLE, "test": "ketamine"}], rules=book),
    "an analyte": lambda book: ketref.infer([{**SAMPLE, "analyte": "norketamine"}], rules=book),
    "a panel": lambda book: ketref.infer([{**SAMPLE, "panel": "federal five", "test": "ketamine"}], rules=book),
    "declared": lambda book: ketref.infer([{**SAMPLE, "test": "ketamine"}], doses=[DOSE], rules=book),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_question_reads_the_folders_that_it_is_about(asked: str) -> None:
    files, contents = described(shipped_folder()) or pytest.fail("the contents are stale")
    book = Book(files, contents=contents)
    assert ASKED[asked](book).to_dict()
    rules = {name.split("/")[0] for name in book._records if "/" in name and not name.endswith("/substance.toml")}
    assert "ketamine" in rules
    assert rules <= {"ketamine", "esketamine"}
