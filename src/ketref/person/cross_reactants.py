"""Which drugs are known to make a screen for something else positive, and which of them did a person declare?

Assays answer to more than what they are for: reactivities.toml lists by source what made one falsely positive. No rule
says for how long after a dose: a cause that was taken before the sample may be behind a positive, and never must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from ketref.answers.targets import Cover, reported
from ketref.book.loading import Book, kept
from ketref.model.panels import Reactivity
from ketref.model.vocabulary import ANY

FALSE_POSITIVE = "false positive"


@frozen(eq=False)
class CrossReactant:
    """A declared drug that is known to make such a screen positive: its dose by number, and what sources say."""

    name: str
    dose: int
    said: tuple[Reactivity, ...]


@frozen(eq=False)
class Declaration:
    """A drug by its name in the book, the number of the dose that declares it, and the microsecond at which it began.

    None where that is not known.
    """

    name: str
    dose: int
    since: int | None


@kept
def known_causes(book: Book, analyte: str, matrix: str, method: str | None) -> Mapping[str, tuple[Reactivity, ...]]:
    """What is known to make a screen for an analyte, or for a class of it, falsely positive: each cause by its word.

    A method that is not said may be a screen; one that gives no positive without the analyte has no such cause. A word
    is a substance, an analyte or another drug of the book.
    """
    vocabulary = book.vocabularies["analyte"]
    kin = {analyte, reported(book, analyte), *(vocabulary.line(analyte) if analyte in vocabulary else ())}
    kin |= {term.id for term in vocabulary.terms.values() if kin.intersection(term.members)}
    matrices, methods = book.vocabularies["matrix"], book.vocabularies["method"]
    found: dict[str, tuple[Reactivity, ...]] = {}
    for one in book.listed_in("reactivities", "reactivity"):
        speaks = one.matrix in matrices.line(matrix) and (method is None or one.method in methods.line(method))
        if one.result == FALSE_POSITIVE and one.tests in kin and speaks:
            found |= {word: (*found.get(word, ()), one) for word in one.of}
    return found


def causes_of(
    book: Book, covers: Mapping[str, Cover], analyte: str, matrix: str, method: str | None
) -> Mapping[str, tuple[Reactivity, ...]]:
    """The same of a test as a whole too: of any analyte of what it covers in full."""
    measured = {analyte}
    if analyte == ANY:
        measured = {one for name, cover in covers.items() if cover.full for one in book.pure_after(name)}
    found: dict[str, dict[str, Reactivity]] = {}
    for each in sorted(measured):
        for word, said in known_causes(book, each, matrix, method).items():
            found.setdefault(word, {}).update({one.id: one for one in said})
    return {word: tuple(said.values()) for word, said in found.items()}


def behind(
    book: Book, causes: Mapping[str, tuple[Reactivity, ...]], covers: Mapping[str, Cover], name: str
) -> tuple[Reactivity, ...]:
    """What is said of a declared drug, or of what it yields, as a cause; nothing of one that the test is for."""
    if not causes or (name in covers and covers[name].full):
        return ()
    words = (name, *(one for one in book.yields(name) if one != name)) if name in book.folders else (name,)
    return tuple({one.id: one for word in words for one in causes.get(word, ())}.values())


def declared_causes(
    book: Book,
    causes: Mapping[str, tuple[Reactivity, ...]],
    covers: Mapping[str, Cover],
    declared: Iterable[Declaration],
    by: int,
) -> Sequence[CrossReactant]:
    """The declared drugs that are such causes and that may have been taken by a microsecond, each by its first dose."""
    found: dict[str, CrossReactant] = {}
    for one in declared:
        if one.name not in found and (one.since is None or one.since <= by):
            said = behind(book, causes, covers, one.name)
            if said:
                found[one.name] = CrossReactant(one.name, one.dose, said)
    return list(found.values())
