"""Does a book that several threads ask at once answer each of them as if it asked alone?"""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, product
from types import FrameType
from typing import Any

import pytest
from test_many import as_rows, columns

import ketref
from ketref.answers.question import understand
from ketref.book import loading, tables
from ketref.book.loading import Book, load_texts, shipped
from ketref.book.tables import caution_tables, effect_tables, phase_table, window_table
from ketref.engine import index, table
from support.strategies import DAY, SUBSTANCE, texts

pytest.importorskip("numpy")

ROUNDS = 6
THREADS = 6
FILLED_BY = {loading.__file__, tables.__file__, index.__file__, table.__file__}
"""The modules that fill a book."""
START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TESTS = [
    {"matrix": matrix, "analyte": analyte, "method": method}
    for matrix, analyte, method in product(
        ("urine", "blood"), ("any", "ketamine", "norketamine"), ("gc-ms", "lc-ms", "immunoassay")
    )
]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """A book that gives every test a window of its own."""
    rules = [
        {
            "id": f"W{number:03}",
            "kind": "window",
            "when": {axis: [term] for axis, term in test.items()},
            "ends": {"detectable_from": (60, 120 + number), "detectable_until": ((number + 1) * DAY, 30 * DAY)},
            "from_end": None,
            "infusion": None,
        }
        for number, test in enumerate(TESTS)
    ]
    return texts(rules)


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    """Threads take turns between any two steps, and, where a book is filled, one may rest after any line."""
    lines = count()

    def rest(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in FILLED_BY:
            return None
        if event == "line" and next(lines) % 41 == 0:
            time.sleep(1e-5)
        return rest

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threading.settrace(rest)
    yield
    threading.settrace(None)  # type: ignore[arg-type]
    sys.setswitchinterval(before)


def together(*asks: Callable[[], Any]) -> list[Any]:
    """What functions give that all begin at the same time, each in a thread of its own."""
    barrier = threading.Barrier(len(asks))

    def at_once(ask: Callable[[], Any]) -> Any:
        barrier.wait()
        return ask()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(at_once, asks))


def alone(book: Book, first: int) -> list[Any]:
    """Every test asked by itself, beginning with one of them; in the order of `TESTS`."""
    found = {}
    for number in (*range(first, len(TESTS)), *range(first)):
        answer = ketref.detect(SUBSTANCE, since="3 d", rules=book, **TESTS[number])
        found[number] = answer.status, answer.rule, answer.detectable_until, answer.standing.course.moments
    return [found[number] for number in range(len(TESTS))]


def in_a_table(book: Book) -> Any:
    rows = [{"substance": SUBSTANCE, "since": "3 d", **test} for test in reversed(TESTS)]
    return as_rows(ketref.detect_many(columns(rows), ("status", "rule", "next_change_s"), rules=book))


def of_subjects(book: Book) -> Any:
    doses = [{"subject": subject, "substance": SUBSTANCE, "start": START} for subject in range(3)]
    samples = [
        {"subject": number % 3, "substance": SUBSTANCE, "time": START + dt.timedelta(days=number), **test}
        for number, test in enumerate(TESTS)
    ]
    asked = ("status", "rule", "dose", "next_change_s")
    return as_rows(ketref.evaluate(columns(doses), columns(samples), asked, rules=book, keys="exact"))


def of_a_person(book: Book) -> Any:
    doses = [{"substance": SUBSTANCE, "start": START + dt.timedelta(days=day)} for day in range(3)]
    at = START + dt.timedelta(days=9)
    return [ketref.history(doses, at=at, rules=book, **test).to_dict() for test in TESTS[::3]]


def test_threads_that_share_a_fresh_book_get_the_answers_of_one_that_asks_alone(files):
    single = load_texts(files)
    bulk = (in_a_table, of_subjects, of_a_person)
    answers = alone(single, 0)
    expected = [*[answers] * THREADS, *(ask(load_texts(files)) for ask in bulk)]
    assert len({str(answer) for answer in answers}) == len(TESTS)
    for _ in range(ROUNDS):
        book = load_texts(files)
        asks = [lambda book=book, n=n: alone(book, n * len(TESTS) // THREADS) for n in range(THREADS)]
        assert together(*asks, *(lambda book=book, ask=ask: ask(book) for ask in bulk)) == expected
        assert alone(book, 0) == answers
        assert [ask(book) for ask in bulk] == expected[THREADS:]


def test_what_two_threads_make_of_a_book_at_once_is_one_thing():
    """Rows and rules are told apart by which they are: a second copy of a table would be another book."""
    question = understand(shipped(), "esketamine", matrix="urine")

    def made(book: Book) -> list[Any]:
        window = window_table(book, "esketamine", "urine")
        others = [phase_table(book, "esketamine"), *effect_tables(book, "esketamine")]
        tables = [window, *others, *caution_tables(book, "esketamine")]
        return [*tables, *(table.row(question.cell) for table in tables), *book.sources.values()]

    for _ in range(3):
        book = Book(shipped().texts)
        for same in zip(*together(*[lambda book=book: made(book)] * THREADS), strict=True):
            assert len({id(thing) for thing in same}) == 1


def test_threads_that_first_ask_for_the_shipped_book_get_one(monkeypatch):
    for _ in range(3):
        monkeypatch.setattr(loading, "OPENED", {})
        assert len({id(book) for book in together(*[ketref.load] * THREADS)}) == 1
