"""A book of a few substances, each with one window in urine, where a test needs no more than their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ketref.book.loading import Book, load_texts

_SOURCES = """
[[source]]
id = "book"
kind = "review"
title = "A book"
year = 2026
url = "https://example.org/book"
grade = "B"
seen = "full text"
"""
_WINDOW = """
[[window]]
id = "{id}"
confidence = "low"
reviewed = 2026-01-01
when = {{ matrix = "urine", analyte = ["any", "{analyte}"] }}
detectable_from = ["0 h", "2 h"]
detectable_until = ["1 d", "2 d"]
[[window.evidence]]
source = "book"
locator = "p. 1"
figure = "see there"
says = "Written by a test."
reports = {{ detectable_from = ["0 h", "2 h"], detectable_until = ["1 d", "2 d"] }}
"""


def small_book(terms: str, yields: Mapping[str, Sequence[str]], texts: Mapping[str, str] | None = None) -> Book:
    """Substances with what each `yields`, the first of which has a window, and further files."""
    files = {
        "edition.toml": 'edition = "1"\nformat = 1\nname = "test"\n',
        "terms.toml": terms,
        "sources.toml": _SOURCES,
        **(texts or {}),
    }
    for number, (name, analytes) in enumerate(yields.items(), 1):
        files[f"{name}/substance.toml"] = f'id = "{name}"\nname = "{name}"\nyields = {list(analytes)}\n'
        files[f"{name}/windows.toml"] = _WINDOW.format(id=f"T-W{number}", analyte=analytes[0])
    return load_texts(files)
