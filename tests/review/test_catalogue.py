"""How does all that a book holds on a substance read as a page?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ketref.book.export import substance
from ketref.book.loading import Book
from ketref.review.catalogue import pages

CATALOGUE = Path(__file__).parents[2] / "docs" / "catalogue"


def test_the_catalogue_is_fresh(book: Book) -> None:
    committed = {path.name: path.read_text("utf-8") for path in CATALOGUE.glob("*.md")}
    assert committed == pages(book), "python -m ketref.pages"


@pytest.mark.parametrize("name", ["ketamine", "esketamine"])
def test_a_page_has_every_rule_and_each_of_its_sources(book: Book, name: str) -> None:
    page = pages(book)[f"{name}.md"]
    entries = {
        entry["id"]: entry for held in substance(book, name).values() if isinstance(held, list) for entry in held
    }
    parts = dict(part.split("\n", 1) for part in re.split(r"^### ", page, flags=re.MULTILINE)[1:])
    assert set(parts) == set(entries)
    for entry_id, entry in entries.items():
        for said in (*entry.get("evidence", ()), *entry.get("frequency", ())):
            assert f"[{said['source']}](sources.md#{said['source']})" in parts[entry_id]


def test_every_source_has_its_place(book: Book) -> None:
    page = pages(book)["sources.md"]
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == sorted(book.sources)
