"""What do many questions cost at once, and what has the number of rules to do with it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ketref
from ketref.book.loading import Book

ROWS = 100_000
SUBJECTS = 5_000
FIRST = np.datetime64("2026-01-01T12:00:00", "us")
MATRICES, ROUTES = ("urine", "plasma", "oral-fluid", "hair"), ("intravenous", "intramuscular", "nasal", "oral")
RANDOM = np.random.default_rng(20261125)
HOURS = RANDOM.integers(0, 24 * 365, ROWS)


def drawn(words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(RANDOM.integers(0, len(words), ROWS, np.int8)), pa.array(words))


def moments(name: str) -> dict[str, pa.Array]:
    return {"subject": pa.array(RANDOM.integers(0, SUBJECTS, ROWS)), name: pa.array(FIRST + HOURS.astype("m8[h]"))}


ELAPSED = pa.array(RANDOM.exponential(200 * 3600, ROWS).astype("m8[s]"))
TAKEN = pa.table({"substance": drawn(["ketamine"]), "route": drawn(ROUTES), "since": ELAPSED})
TESTED = TAKEN.append_column("matrix", drawn(MATRICES))
DOSES = pa.table({**moments("start"), "substance": drawn(["ketamine"]), "route": drawn(ROUTES)})
SAMPLES = pa.table({**moments("time"), "matrix": drawn(MATRICES)})


def test_detect_many(benchmark: BenchmarkFixture, book: Book) -> None:
    assert benchmark(ketref.detect_many, TESTED, rules=book).num_rows == ROWS


def test_effects_many(benchmark: BenchmarkFixture, book: Book) -> None:
    assert benchmark(ketref.effects_many, TAKEN, rules=book).num_rows == ROWS


@pytest.mark.parametrize("columns", [("status",), ("status", "dose", "rule", "pattern", "elapsed_s", "next_change_s")])
def test_evaluate(benchmark: BenchmarkFixture, book: Book, columns: tuple[str, ...]) -> None:
    """In no order; with the patterns of use that twenty doses a year show."""
    assert benchmark(ketref.evaluate, DOSES, SAMPLES, columns, tz="UTC", rules=book).num_rows >= ROWS
