"""Do questions about some substances read the rules of these alone?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref.book.contents import described
from ketref.book.loading import Book, shipped_folder

pytest.importorskip("numpy")

ASKED = ("ketamine", "lsd")
QUESTIONS = {
    "substance": ["ketamine", "LSD", "nothing known"],
    "dose": ["100 mg", "0.1 mg", "1 mg"],
    "infusion": ["40 min", None, None],
    "since": "12 h",
}
TESTS = {"matrix": "urine", "cutoff": "50 ng/mL"}
DOSES = {"subject": ["a", "b"], "substance": list(ASKED), "start": "2026-01-01 10:00", "dose": ["100 mg", "0.1 mg"]}
SAMPLES = {"subject": ["a", "b"], "time": "2026-01-02 10:00", **TESTS}


@pytest.fixture
def book() -> Book:
    """The shipped book, of which nothing is read yet."""
    files, contents = described(shipped_folder()) or pytest.fail("the contents are stale")
    return Book(files, contents=contents)


def rules_read(book: Book, file: str) -> set[str]:
    """The substances of which one file of rules was read."""
    return {name.split("/")[0] for name in book._records if name.endswith(f"/{file}.toml")}


def test_a_table_reads_the_windows_of_the_substances_that_it_names(book: Book) -> None:
    ketref.detect_many({**QUESTIONS, **TESTS}, ("rule",), rules=book, on_error="reject", notes=print)
    assert rules_read(book, "windows") == set(ASKED)


def test_a_table_reads_the_phases_of_the_substances_that_it_names(book: Book) -> None:
    ketref.effects_many(QUESTIONS, ("rule",), rules=book, on_error="reject", notes=print)
    assert rules_read(book, "phases") == set(ASKED)


@pytest.mark.parametrize(
    "samples", [{}, {"test": list(ASKED)}, {"test": list(ASKED), "outcome": "positive"}], ids=["all", "test", "verdict"]
)
def test_samples_read_the_windows_of_what_was_taken_or_may_be_found(book: Book, samples: dict[str, Any]) -> None:
    ketref.evaluate(DOSES, {**SAMPLES, **samples}, rules=book)
    may_explain = {"esketamine", "1p-lsd"} if "outcome" in samples else set()
    assert set(ASKED) <= rules_read(book, "windows") <= {*ASKED, *may_explain}
