"""How does all that a book holds on a substance read as a page?"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from test_characters import written

from ketref.book.export import substance
from ketref.book.loading import Book, load_texts
from ketref.review.catalogue import pages
from support.faults import SOUND

CATALOGUE = Path(__file__).parents[2] / "docs" / "catalogue"


@pytest.fixture(scope="module")
def shown(book: Book) -> dict[str, str]:
    """The pages of the shipped book."""
    return pages(book)


@pytest.fixture(scope="module")
def sound() -> dict[str, str]:
    """The pages of the sound book."""
    return pages(load_texts(SOUND))


def test_the_catalogue_is_fresh(shown: dict[str, str]) -> None:
    committed = {path.name: path.read_text("utf-8") for path in CATALOGUE.glob("*.md")}
    assert committed == shown, "python -m ketref.review.catalogue"


@pytest.mark.parametrize("name", ["ketamine", "esketamine"])
def test_a_page_has_every_rule_and_each_of_its_sources(book: Book, shown: dict[str, str], name: str) -> None:
    page = shown[f"{name}.md"]
    of_models = {"models", "servings", "unbuilt"}  # which docs/calculated.md tells of
    sections = {key: held for key, held in substance(book, name).items() if key not in of_models}
    entries = {entry["id"]: entry for held in sections.values() if isinstance(held, list) for entry in held}
    parts = dict(part.split("\n", 1) for part in re.split(r"^### ", page, flags=re.MULTILINE)[1:])
    assert set(parts) == set(entries)
    for entry_id, entry in entries.items():
        for said in (*entry.get("evidence", ()), *entry.get("frequency", ())):
            assert f"[{said['source']}](sources.md#{said['source']})" in parts[entry_id]


def test_every_source_has_its_place(book: Book, shown: dict[str, str]) -> None:
    page = shown["sources.md"]
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == sorted(book.sources)


# ---------------------------------------------------------------- texts that would be more than text

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- gone",
    "[here](javascript:alert(1))",
    "![here](data:text/html,x)",
    "<javascript:alert(1)>",
    "javascript://x.org/%0aalert(1)",
    "[a]: javascript:alert(1)",
    "[study](https://evil.example)",
    "**bold** _thin_ `code` ~~gone~~",
    "&lt;script&gt; &amp; \\<b>",
    "# Heading",
    "a\n# Heading\n\n## More\n\n---\n- item\n\n    code",
    "a\n===\nb",
    "https://x.org/?a=1&b_c_d=<script>",
    "ftp://x.org",
]


def tokens(page: str) -> list[Token]:
    """Every token of a page as CommonMark reads it, HTML and all."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).parse(page):
        found += [token, *(token.children or ())]
    return found


def marks(page: str) -> Counter[str]:
    """How often each kind of mark stands on a page, links and texts aside."""
    aside = {"link_open", "link_close", "text", "text_special", "softbreak"}
    return Counter(token.type for token in tokens(page) if token.type not in aside)


def read(page: str) -> str:
    """What a reader of a page sees, on one line."""
    shown = "".join(token.content if not token.children else "\n" for token in tokens(page) if token.type != "inline")
    return " ".join(shown.split())


def spoilt(text: str) -> Book:
    """The sound book with a text at the end of each of its own where any text may stand."""
    files = dict(SOUND)
    for name in (
        "sources.toml",
        "xamine/windows.toml",
        "xamine/facts.toml",
        "xamine/factors.toml",
        "xamine/substance.toml",
    ):
        for key in ("title", "says", "locator", "figure", "note", "label", "result", "population"):
            if "\n" not in text or key in {"says", "note"}:
                files[name] = re.sub(
                    rf'^({key} = "[^"]*)"$',
                    lambda said: f"{said[1]} {written(text)[1:]}",
                    files[name],
                    flags=re.MULTILINE,
                )
        assert "\n" in text or files[name] != SOUND[name] or name.endswith("substance.toml")
    return load_texts(files)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_shows_as_it_is_and_is_nothing_but_text(sound: dict[str, str], text: str) -> None:
    hostile = pages(spoilt(text))
    assert any(" ".join(text.split()) in read(page) for page in hostile.values())
    for name, page in hostile.items():
        assert marks(page) == marks(sound[name])
        links = [token.attrs["href"] for token in tokens(page) if token.type == "link_open"]
        assert [link for link in links if not re.match(r"https?://|(sources|xamine)\.md(#[a-z-]+)?$", str(link))] == []


def test_addresses_of_the_web_are_links_and_no_others() -> None:
    texts = dict(SOUND)
    for url in ("https://x.org/a_b?c=1&d=2", "javascript:alert(1)", "HTTPS://x.org", "//x.org", "https://x.org/<b>"):
        texts["sources.toml"] = SOUND["sources.toml"].replace(
            'seen = "full text"', f'seen = "full text"\nurl = "{url}"', 1
        )
        found = [t.attrs["href"] for t in tokens(pages(load_texts(texts))["sources.md"]) if t.type == "link_open"]
        assert found == {
            "https://x.org/a_b?c=1&d=2": ["https://x.org/a_b?c=1&d=2"],
            "https://x.org/<b>": ["https://x.org/"],
        }.get(url, [])
