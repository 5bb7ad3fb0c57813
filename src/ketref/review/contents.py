"""`rules/contents.json`: what the rules hold, for questions that are not to read all of them.

python -m ketref.review.contents [FOLDER]
"""

from __future__ import annotations

import hashlib
import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path

from ketref.book import reading
from ketref.book.contents import NAME, SOURCES, TERMS
from ketref.book.loading import Book, load_texts, shipped_folder


def contents(book: Book) -> str:
    """The file of a book."""
    texts = {name: bytes(book.texts[name]) for name in sorted(book.texts)}
    said = {
        "digest": reading.digest(texts),
        "files": {name: [len(text), hashlib.sha256(text).hexdigest()] for name, text in texts.items()},
        "names": dict(sorted(book.names.names.items())),
        "codes": dict(sorted(book.names.codes.items())),
        "street": book.names.street,
        "yields": {name: dict(book.record_of(name).roles) for name in book.folders},
        "coverage": {name: vars(book.coverage(name)) for name in book.folders},
        "terms": reading.parse(TERMS, texts[TERMS]),
        "sources": _places(book),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def _places(book: Book) -> dict[str, tuple[int, int]]:
    """The first byte of each source in its file, and the first after it."""
    begins = [0, *accumulate(map(len, book.texts[SOURCES].splitlines(keepends=True)))]
    firsts = [begins[book.line(SOURCES, "source", index) - 1] for index in range(len(book.sources))]
    return dict(zip(book.sources, pairwise((*firsts, begins[-1])), strict=True))


def read(folder: Path) -> Book:
    """The book of a folder, every file of it read."""
    texts, _ = reading.read_folder(folder)
    return load_texts(texts)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else shipped_folder()
    (where / NAME).write_text(contents(read(where)), encoding="utf-8", newline="\n")
