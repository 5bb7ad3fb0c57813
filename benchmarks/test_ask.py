"""What does one question cost, and does it cost more where there are ten times as many rules?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import books
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ketref
from ketref.book.loading import Book

DETECT: dict[str, Any] = {
    "matrix": "urine",
    "since": "36 h",
    "route": "intravenous",
    "method": "gc-ms",
    "cutoff": "25 ng/mL",
}
EFFECTS: dict[str, Any] = {"route": "intravenous", "infusion": "40 min", "since": "50 min"}


def warm(benchmark: BenchmarkFixture, ask: Callable[[], Any]) -> Any:
    """Ask once before the clock runs."""
    ask()
    return benchmark(ask)


def test_detect(benchmark: BenchmarkFixture, book: Book) -> None:
    """The status; the evidence is made when it is asked for."""
    assert warm(benchmark, lambda: ketref.detect("ketamine", rules=book, **DETECT)).status == "possible"


def test_detect_little(benchmark: BenchmarkFixture, book: Book) -> None:
    """The same with nothing but specimen and time said."""
    ask = partial(ketref.detect, "ketamine", rules=book, matrix="urine", since="12 h")
    assert warm(benchmark, ask).status == "expected"


def test_detect_evidence(benchmark: BenchmarkFixture, book: Book) -> None:
    """The status and what each source says."""
    assert warm(benchmark, lambda: ketref.detect("ketamine", rules=book, **DETECT).evidence)


def test_detect_whole(benchmark: BenchmarkFixture, book: Book) -> None:
    """Everything that `--format json` prints."""
    assert warm(benchmark, lambda: ketref.detect("ketamine", rules=book, **DETECT).to_dict())


def test_effects(benchmark: BenchmarkFixture, book: Book) -> None:
    """The phases; effects and cautions are made when they are asked for."""
    assert "offset" in warm(benchmark, lambda: ketref.effects("ketamine", rules=book, **EFFECTS).phases)


def test_effects_whole(benchmark: BenchmarkFixture, book: Book) -> None:
    """Everything that `--format json` prints."""
    assert warm(benchmark, lambda: ketref.effects("ketamine", rules=book, **EFFECTS).to_dict())


def test_first_detect(benchmark: BenchmarkFixture, texts: dict[str, bytes]) -> None:
    """The first question to a book that is read: its rules are compiled, and the cell of the question is filled."""

    def read() -> tuple[tuple[Book], dict[str, Any]]:
        return (books.read(texts),), {}

    benchmark.pedantic(lambda book: ketref.detect("ketamine", rules=book, **DETECT), setup=read, rounds=5)


# ------------------------------------------------------------------------ not timed


@pytest.mark.parametrize("texts", ["tenfold"], indirect=True)
def test_the_tenfold_book_is_ten_times_the_shipped_one(book: Book) -> None:
    assert books.count(book) == books.TIMES * books.count(books.read(books.shipped_texts()))


@pytest.mark.parametrize("texts", ["tenfold"], indirect=True)
@pytest.mark.parametrize("since", ["1 h", "12 h", "36 h", "3 d", "20 d", "31 d"])
@pytest.mark.parametrize("asked", [{}, {key: DETECT[key] for key in ("route", "method", "cutoff")}])
def test_the_tenfold_book_answers_as_the_shipped_one(book: Book, since: str, asked: dict[str, str]) -> None:
    here, there = (ketref.detect("ketamine", matrix="urine", since=since, rules=r, **asked) for r in (None, book))
    assert (here.status, here.rule, here.next_change) == (there.status, there.rule, there.next_change)
    assert here.evidence == there.evidence
