"""Which book do all participants answer from, and which plain table says the same?

The book is made: every combination of substance, route and specimen has one window with four ends in whole hours,
drawn from a seed; they are figures for a benchmark, of nothing that exists. The plain table is asked of ketref: each
row holds what ketref's own table holds for that question, so that no second truth has to be kept.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import books
import numpy as np

import ketref
from ketref.answers.question import understand
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import STATUSES

SUBSTANCES = ("alfa", "bravo", "charlie-hydrochloride")
ROUTES = ("oral", "nasal", "rectal", "sublingual", "subcutaneous", "intramuscular")
MATRICES = ("urine", "blood", "oral-fluid", "hair")
KEYS = {"substance": SUBSTANCES, "route": ROUTES, "matrix": MATRICES}
SHIPPED = {"substance": (*books.DRUGS, "cocaine"), "route": ROUTES, "matrix": MATRICES}
"""What is asked of the shipped book, by the same words otherwise."""
ENDS = ("from_earliest", "from_latest", "until_earliest", "until_latest")
CODES = {"no_dose": -1, "no_record": -1, **{status: code for code, status in enumerate(STATUSES)}}
"""The number that stands for each status in the outputs that are compared."""

SEED = 20261123
REVIEWED = date(2026, 11, 23)
SLOWER = {"urine": 2, "blood": 1, "oral-fluid": 1, "hair": 6}
"""How much later the windows of a specimen open and close than those of blood."""


def texts(seed: int = SEED) -> dict[str, str]:
    """The files of the book."""
    random = np.random.default_rng(seed)
    files = {
        "edition.toml": EDITION,
        "sources.toml": {"source": [SOURCE]},
        "terms.toml": TERMS,
    }
    number = 0
    for substance in SUBSTANCES:
        windows = []
        for route, matrix in product(ROUTES, MATRICES):
            number += 1
            windows.append(window(f"B{number:03d}", route, matrix, random))
        files[f"{substance}/substance.toml"] = {"id": substance, "name": substance, "yields": ["parent"]}
        files[f"{substance}/windows.toml"] = {"window": windows}
    return {name: books.text_of(document) for name, document in files.items()}


EDITION = {"edition": "2026.11.0", "format": 1, "name": "benchmark"}
SOURCE = {
    "id": "made",
    "kind": "calculation",
    "title": "Drawn by a random generator; of nothing that exists",
    "grade": "D",
    "seen": "calculation",
}
TERMS = {
    "matrix": [{"id": matrix, "concentration": "pg/mg" if matrix == "hair" else "ng/mL"} for matrix in MATRICES],
    "analyte": [{"id": "any"}, {"id": "parent"}],
    "method": [{"id": "immunoassay"}],
    "route": [{"id": route} for route in ROUTES],
    # without thresholds: no number of doses makes the use repeated or chronic, each dose is asked as a single one
    "pattern": [{"id": "single"}, {"id": "repeated"}, {"id": "chronic"}, {"id": "unknown"}],
}


def window(rule: str, route: str, matrix: str, random: np.random.Generator) -> dict[str, Any]:
    """One rule: four ends in whole hours, in order."""
    steps = random.integers((0, 1, 12, 12), (4, 12, 120, 240)) * SLOWER[matrix]
    opens, surely, closing, closed = (f"{hours} h" for hours in np.cumsum(steps))
    ends = {"detectable_from": [opens, surely], "detectable_until": [closing, closed]}
    evidence = {"source": "made", "locator": "drawn", "says": "Drawn by the generator.", "reports": ends}
    return {
        "id": rule,
        "when": {"matrix": matrix, "analyte": "any", "route": route},
        **ends,
        "confidence": "low",
        "reviewed": REVIEWED,
        "evidence": [evidence],
    }


def write(folder: Path) -> Book:
    """The book as a folder, and read."""
    for name, text in texts().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return ketref.load(folder)


def plain(book: Book) -> dict[str, list[Any]]:
    """For every substance, route and specimen, in that order, the seconds since the dose from which each end holds.

    Those at which a window closes are one second past the last second in it, as in ketref's own `course`.
    """
    columns: dict[str, list[Any]] = {name: [] for name in (*KEYS, *ENDS)}
    for words in product(*KEYS.values()):
        substance, route, matrix = words
        table = window_table(book, substance, matrix)
        row = table.row(understand(book, substance, route=route, matrix=matrix).cell)
        ends = [end.moment[0] + table.ending[boundary] for boundary, _, end in row.ends()]
        for name, value in zip(columns, (*words, *ends), strict=True):
            columns[name].append(value)
    return columns
