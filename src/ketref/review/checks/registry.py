"""What is a check, and what of a book does it look at?

Each check is a small function under a code of its own; its docstring says what it finds, why that matters, an example,
and what to do instead, and `docs/checks.md` is made of these. `pharmacology.CHECKS` holds all. What they find are
warnings. A rule, or what a substance yields, that is right all the same says so: `waive = { "code" = "reason" }`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ketref.book.loading import Book, kept
from ketref.book.tables import tables
from ketref.engine.table import Table
from ketref.errors import Finding
from ketref.model.front_matter import Yield
from ketref.model.interpretations import Interpretations
from ketref.model.kinds import OF_FILE
from ketref.model.rules import Ranked

Check = Callable[[Book], Iterator[tuple[str, str]]]  # yields the id of a rule or source, and what is odd about it


class Checks(dict[str, tuple[Check, str]]):
    """Checks by their codes, each with the hint that its findings carry."""

    def register(self, code: str, hint: str) -> Callable[[Check], Check]:
        """Add a check under its code."""

        def added(function: Check) -> Check:
            self[code] = (function, hint)
            return function

        return added


def _askable(book: Book) -> Iterator[tuple[str, str]]:
    """Every file of rules that is sound, with all that it leans on; what is wrong with the others is said of these."""
    yield from ((name, file) for name in book.folders for file in OF_FILE if book.askable(name, file))


def all_tables(book: Book) -> Iterator[Table]:
    """Every table of a book that can be asked."""
    for name, file in _askable(book):
        yield from tables(book, name, file)


def own(book: Book) -> Iterator[Ranked]:
    """Every rule of this folder that can be asked."""
    for name, file in _askable(book):
        yield from (r for r in book.ranked(name, file) if r.of == name and r.owner == book.header.name)


def given(book: Book) -> Iterator[tuple[str, tuple[str, str, int], Yield]]:
    """What the substances of this folder give, each as `substance/analyte`, with its file and its place in there."""
    for folder in book.folders:
        name = f"{folder}/substance.toml"
        if name in book.texts and book.sound(name):
            for index, one in enumerate(book.record_of(folder).yields):
                yield f"{folder}/{one.analyte}", (name, "yields", index), one


def waivers(book: Book) -> Iterator[tuple[str, str]]:
    """Every waiver of this folder: the rule or the `substance/analyte` that has it, and the code."""
    yield from ((ranked.rule.id, code) for ranked in own(book) for code in ranked.rule.waive)
    yield from ((name, code) for name, _, one in given(book) for code in one.waive)
    if book.sound("interpretations.toml"):
        file = book.record("interpretations.toml", Interpretations)
        yield from ((one.id, code) for one in file.interpretation for code in one.waive)


@kept
def _places(book: Book) -> Mapping[str, tuple[str, str, int]]:
    """The file of all of this folder that a finding may name, and its place in there, by its id."""
    return {**{name: place for name, place, _ in given(book)}, **book.owners()}


def told(
    book: Book, rules: Sequence[str], code: str, message: str, hint: str, level: str = "warning"
) -> Iterator[Finding]:
    """What is found of some rules or sources, at the first of them that is of this folder.

    Nothing, where all are of the book behind it: they are checked there.
    """
    owners = _places(book)
    if place := next((owners[rule] for rule in rules if rule in owners), None):
        yield Finding(*book.place(*place), code, message, hint, level, tuple(rules))
