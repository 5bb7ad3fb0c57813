"""What do checking a book and its first question cost as the number of its rules grows?"""

from __future__ import annotations

from functools import cache
from typing import Any

import panels
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ketref
from ketref.book import loading

ASKED: dict[str, dict[str, Any]] = {
    "cutoff": {"matrix": "urine", "cutoff": "50 ng/mL"},
    "dose": {"matrix": "urine", "dose": "50 mg"},
    "test": dict.fromkeys(panels.TEST, "") | {axis: panels.term(axis, 0) for axis in panels.TEST},
}
texts = cache(panels.panel_texts)


@pytest.fixture(params=panels.COUNTS)
def count(request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> int:
    """How many rules; the most only where time is taken."""
    if benchmark.disabled and request.param == panels.COUNTS[-1]:
        pytest.skip("for the clock alone")
    found: int = request.param
    return found


@pytest.mark.parametrize("panel", panels.PANELS)
def test_check_panel(benchmark: BenchmarkFixture, panel: str, count: int) -> None:
    """`ketref check` of a book that is not read yet."""
    read = lambda: ((loading.Book(texts(panel, count)),), {})  # noqa: E731
    found = benchmark.pedantic(ketref.check_findings, setup=read, rounds=1)
    assert {finding.level for finding in found} <= {"warning"}


@pytest.mark.parametrize("panel", panels.PANELS)
def test_first_detect_panel(benchmark: BenchmarkFixture, panel: str, count: int) -> None:
    """The first question to a book that is read, and all that its JSON form says."""
    read = lambda: ((loading.load_texts(texts(panel, count)),), {})  # noqa: E731
    ask = lambda book: ketref.detect("xamine", rules=book, since="36 h", **ASKED[panel]).to_dict()  # noqa: E731
    assert benchmark.pedantic(ask, setup=read, rounds=1)["rule"].startswith("P")
