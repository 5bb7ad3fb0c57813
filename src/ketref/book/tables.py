"""Which tables do the rules of a book make?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ketref.book.loading import Book, kept
from ketref.engine.table import Table
from ketref.model.kinds import CAUTION, EFFECT, OF_FILE, PHASE, WINDOW, Kind, subject
from ketref.model.rules import Ranked


def all_of(book: Book, file: str) -> list[Table]:
    """Every table of one file of every substance."""
    return [table for name in book.substances for table in tables(book, name, file)]


# ---------------------------------------------------------------- tables


@kept
def window_table(book: Book, substance: str, matrix: str) -> Table:
    """The windows of a substance in a specimen."""
    line = set(book.vocabularies["matrix"].line(matrix))
    rules = [ranked for ranked in book.ranked(substance, WINDOW.file) if line.intersection(ranked.rule.when.matrix)]
    return Table(WINDOW, rules, book.vocabularies)


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
        yield from (window_table(book, substance, matrix) for matrix in sorted(named))
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
