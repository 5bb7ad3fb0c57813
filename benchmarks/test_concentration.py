"""What do calculated concentrations cost: one question, and a million rows of one dose?"""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

import numpy as np
import pyarrow as pa
from pytest_benchmark.fixture import BenchmarkFixture

import ketref

ROWS = 1_000_000
RANDOM = np.random.default_rng(1)
SAID = {"substance": "fentanyl", "route": "intravenous", "weight": "70 kg"}
TAKEN = pa.table(
    {
        "dose": RANDOM.choice(["75 ug", "100 ug", "200 ug", "350 ug"], ROWS),
        "since": RANDOM.choice([f"{15 * quarter} min" for quarter in range(1, 25)], ROWS),
    }
)


def test_concentration(benchmark: BenchmarkFixture) -> None:
    asked = {**SAID, "dose": "100 ug", "since": "2 h", "cutoff": "0.1 ng/mL"}
    assert benchmark(lambda: ketref.concentration(**asked).to_dict())["models"]


def test_concentration_many(benchmark: BenchmarkFixture) -> None:
    """Four doses at 24 times: what is alike is reckoned once."""
    assert benchmark(ketref.concentration_many, TAKEN, **SAID).num_rows == ROWS
