"""What does the history of one person cost, and how does that grow with the doses?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ketref

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)


def doses(count: int) -> list[dict[str, Any]]:
    """A dose every nine hours, by two routes in turn."""
    routes = ("nasal", "oral")
    return [
        {"substance": "ketamine", "start": FIRST + timedelta(hours=9 * n), "route": routes[n % 2]} for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 10, 100])
def test_history_whole(benchmark: BenchmarkFixture, count: int) -> None:
    """Everything that `--format json` prints: tests, phases, effects, cautions, and all changes to come."""
    taken = doses(count)
    at = taken[-1]["start"] + timedelta(hours=2)
    ketref.history(taken, at=at).to_dict()
    assert len(benchmark(lambda: ketref.history(taken, at=at).to_dict())["doses"]) == count


def test_history_tests(benchmark: BenchmarkFixture) -> None:
    """The status of every test after a hundred doses, and until when."""
    taken = doses(100)
    at = taken[-1]["start"] + timedelta(hours=2)
    ketref.history(taken, at=at).to_dict()
    assert benchmark(lambda: ketref.history(taken, at=at).tests)
