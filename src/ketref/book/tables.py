"""Which tables do the rules of a book make?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ketref.book.loading import Book, kept
from ketref.engine.table import Table
from ketref.model.kinds import CAUTION, EFFECT, OF_FILE, PHASE, WINDOW, Kind, subject
from ketref.model.rules import Ranked
from ketref.model.units import Quantity


def specimens(book: Book, substance: str) -> list[str]:
    """The specimens that rules on a substance name, in the order of the terms."""
    named = {matrix for ranked in book.ranked(substance, WINDOW.file) for matrix in ranked.rule.when.matrix}
    return [matrix for matrix in book.vocabularies["matrix"].terms if matrix in named]


def all_of(book: Book, substances: Iterable[str], file: str) -> list[Table]:
    """Every table of one file of some substances."""
    return [table for name in substances for table in tables(book, name, file)]


# ---------------------------------------------------------------- tables


def window_table(book: Book, substance: str, matrix: str, cutoff: Quantity | None = None) -> Table:
    """The windows of a substance in a specimen.

    A rule at a cutoff of another kind of concentration than that asked about (if none: than the usual one) is not among
    them.
    """
    usual = str(book.vocabularies["matrix"].terms[matrix].concentration)
    return _windows(book, substance, matrix, usual if cutoff is None else cutoff.base)


@kept
def _windows(book: Book, substance: str, matrix: str, concentration: str) -> Table:
    line = set(book.vocabularies["matrix"].line(matrix))
    rules = [
        ranked
        for ranked in book.ranked(substance, WINDOW.file)
        if line.intersection(ranked.rule.when.matrix) and {c.base for c in ranked.rule.when.cutoff} <= {concentration}
    ]
    return Table(WINDOW, rules, book.vocabularies, concentration)


@kept
def phase_table(book: Book, substance: str) -> Table:
    """The phases of a substance."""
    return Table(PHASE, book.ranked(substance, PHASE.file), book.vocabularies)


def effect_tables(book: Book, substance: str) -> Sequence[Table]:
    """The effects of a substance, one table each."""
    return _by_subject(book, substance, EFFECT)


def caution_tables(book: Book, substance: str) -> Sequence[Table]:
    """The cautions of a substance, one table each."""
    return _by_subject(book, substance, CAUTION)


def tables(book: Book, substance: str, file: str) -> Iterator[Table]:
    """Every table that the rules of one file make: each specimen that they name, the phases, each effect or caution."""
    kind = OF_FILE[file]
    if kind is WINDOW:
        named = {term for ranked in book.ranked(substance, file) for term in ranked.rule.when.matrix}
        for matrix in sorted(named):
            concentrations = book.vocabularies["matrix"].terms[matrix].concentrations
            yield from (_windows(book, substance, matrix, concentration) for concentration in concentrations)
    elif kind.told_apart_by:
        yield from _by_subject(book, substance, kind)
    else:
        yield phase_table(book, substance)


@kept
def _by_subject(book: Book, substance: str, kind: Kind) -> Sequence[Table]:
    grouped: dict[str, list[Ranked]] = {}
    for ranked in book.ranked(substance, kind.file):
        grouped.setdefault(subject(ranked.rule), []).append(ranked)
    return [Table(kind, rules, book.vocabularies) for rules in grouped.values()]
