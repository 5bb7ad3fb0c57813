"""Is each fact sound, as far as the text alone can tell?"""

from __future__ import annotations

from collections.abc import Iterator

from ketref import facts
from ketref.files import FACT_TABLES
from ketref.references import Context, concentrations, duplicates, fact_evidence, known_terms
from ketref.structuring import Path, Problem


def problems(book: facts.Facts, context: Context) -> Iterator[Problem]:
    """Every problem of the facts of one file."""
    seen: set[str] = set()
    for key in FACT_TABLES:
        entries = getattr(book, key)
        yield from duplicates(key, [entry.id for entry in entries], seen)
        for index, entry in enumerate(entries):
            yield from fact_evidence((key, index), entry, context)
    for index, parameter in enumerate(book.pharmacokinetic):
        route = (parameter.route,) if parameter.route else ()
        yield from known_terms(("pharmacokinetic", index, "route"), "route", route, context)
    for index, cutoff in enumerate(book.cutoff):
        path: Path = ("cutoff", index)
        yield from known_terms((*path, "matrix"), "matrix", (cutoff.matrix,), context)
        yield from known_terms((*path, "analyte"), "analyte", cutoff.analyte, context)
        yield from known_terms((*path, "method"), "method", (cutoff.method,) if cutoff.method else (), context)
        yield from concentrations((*path, "value"), (cutoff.matrix,), (cutoff.value,), context)
