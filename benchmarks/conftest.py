"""The books that every benchmark may ask for."""

from __future__ import annotations

import books
import pytest

from ketref.book.loading import Book


@pytest.fixture(scope="session", params=["shipped", "tenfold"])
def texts(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """The files of the shipped book, and of one with ten times as many rules."""
    return books.shipped_texts() if request.param == "shipped" else books.tenfold_texts()


@pytest.fixture(scope="session")
def book(texts: dict[str, bytes]) -> Book:
    return books.read(texts)
