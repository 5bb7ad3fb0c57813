"""A part of the shipped book: some of its substances, where a test is on how an answer is made and not on all drugs."""

from __future__ import annotations

from ketref.book.loading import Book, load_texts, shipped
from ketref.model.files import LEANING


def holding(*substances: str) -> Book:
    """The shipped book with these substances alone, and without what the files at the top say of others."""
    texts = {name: text for name, text in shipped().texts.items() if name.split("/")[0] in substances}
    return load_texts({**{name: text for name, text in shipped().texts.items() if _of_all(name)}, **texts})


def _of_all(name: str) -> bool:
    return "/" not in name and name.removesuffix(".toml") not in LEANING
