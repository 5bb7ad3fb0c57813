"""What do reading and checking a book cost?"""

from __future__ import annotations

from pathlib import Path

import books
from pytest_benchmark.fixture import BenchmarkFixture

from ketref.book import loading
from ketref.review import check


def test_load(benchmark: BenchmarkFixture, texts: dict[str, bytes]) -> None:
    """A new book and every file of it read; what reads files is there already."""
    books.read(texts)
    book = benchmark.pedantic(books.read, args=(texts,), rounds=10)
    benchmark.extra_info.update(rules=books.count(book), bytes=sum(map(len, texts.values())))


def test_load_cold(benchmark: BenchmarkFixture) -> None:
    """The shipped book from its folder, as the first question of a process has it read, and then all of it."""
    benchmark.pedantic(lambda: books.read(loading.shipped().texts), setup=loading.OPENED.clear, rounds=20)


def test_load_warm(benchmark: BenchmarkFixture) -> None:
    """The shipped book once more."""
    assert benchmark(loading.chosen, None) is loading.shipped()


def test_load_folder(benchmark: BenchmarkFixture) -> None:
    """`ketref.load`: every file read, and everything said about it that its text shows."""
    benchmark.pedantic(loading.load, args=(loading.shipped_folder(),), rounds=10)


def test_check(benchmark: BenchmarkFixture) -> None:
    """`ketref check`: that, every pair of rules that meet, and every golden case."""
    found = benchmark.pedantic(check.check_folder, args=(loading.shipped_folder(),), rounds=5)
    assert not [finding for finding in found if finding.level == "error"]


def test_check_tenfold(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The same of the book with ten times as many rules."""
    for name, text in books.tenfold_texts().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text)
    found = benchmark.pedantic(check.check_folder, args=(tmp_path,), rounds=1)
    assert not [finding for finding in found if finding.level == "error"]
