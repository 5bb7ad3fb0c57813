"""What does it cost to go from test results back to the dose?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

import ketref

FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)
DOSES: list[dict[str, Any]] = [
    {
        "substance": "ketamine",
        "route": ("nasal", "oral")[number % 2],
        "dose": "84 mg",
        "start": FIRST + timedelta(hours=37 * number),
    }
    for number in range(100)
]
RESULTS: list[dict[str, Any]] = [
    {
        "matrix": "urine",
        "analyte": "ketamine",
        "method": "lc-ms",
        "cutoff": "1 ng/mL",
        "value": f"{10 + number} ng/mL" if number % 2 else None,
        "time": FIRST + timedelta(hours=200 * number),
        "outcome": "positive" if number % 2 else "negative",
    }
    for number in range(20)
]


def test_infer(benchmark: BenchmarkFixture) -> None:
    """20 results: the times of a dose, no dose, and what would decide; all that `--format json` prints."""
    ketref.infer(RESULTS).to_dict()
    assert benchmark(lambda: ketref.infer(RESULTS).to_dict())["results"]


def test_infer_declared(benchmark: BenchmarkFixture) -> None:
    """The same with 100 declared doses."""
    ketref.infer(RESULTS, doses=DOSES).to_dict()
    assert benchmark(lambda: ketref.infer(RESULTS, doses=DOSES).to_dict())["results"]
