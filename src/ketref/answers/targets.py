"""What is a test for: which substances does it cover, and as which analyte does its method report what it finds?

A test for a substance covers every substance that yields one of its analytes: in full what yields the substance itself,
its parent or one of its markers, and not as an impurity; what shares less with it makes a positive possible at most. A
method that identifies names no class, and what yields the substance itself without being it is found by that analyte.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from attrs import frozen

from ketref.book.loading import Book, kept
from ketref.errors import UsageError, unknown_option
from ketref.model.kinds import WINDOW
from ketref.model.vocabulary import ANY


@frozen
class Cover:
    """How a test covers a substance: in `full`, else it is `possible` at most; and as which `analyte` it is found.

    Where it is not covered in full, `lesser` are the analytes that the test may find of it.
    """

    full: bool
    analyte: str = ANY
    lesser: tuple[str, ...] = ()


@frozen
class Target:
    """What a test is for: `covers` tells of each substance that it finds how it does.

    `analyte` is what the laboratory measures, as its method reports it; `any` is the test as a whole.
    """

    analyte: str
    covers: Mapping[str, Cover]


@kept
def target(book: Book, test: str | None, analyte: str | None, method: str | None) -> Target:
    """What a test is for.

    `test` is a word for a substance or for an analyte, as laboratories name tests; `analyte` and `method` are terms of
    the book, None where they are not said. Without a `test`, every substance that yields the analyte counts in full.
    Raises UsageError where the book does not know the test, or where it is one analyte and another is said.
    """
    measured = None if analyte in {None, ANY} else reported(book, str(analyte), method)
    named = book.named_by(test)
    if test is not None and named is None:
        analyte = _analyte(book, test) if measured is None else analyte
        own = reported(book, _analyte(book, test), method)
        if measured not in {None, own}:
            message = f"`{test}` and `{analyte}` are two analytes"
            raise UsageError(message, value=test, hint="give `test` or `analyte`, or the same in both")
        measured = own
    if measured is not None:
        among = [name for name in book.folders if measured in _found(book, name, method)]
        full = {name for name in among if measured in _found(book, name, method, pure=True)}
        if named is not None:
            full &= _showing(book, named, method)
    elif named is not None:
        return Target(ANY, _by_name(book, named, method))
    else:
        among = list(book.folders)
        full = set(among)
    said = str(analyte) if measured else ANY
    found = {name: measured_after(book, name, said, method) for name in among}
    finds = {measured or ANY}
    return Target(measured or ANY, {name: _cover(book, name, name in full, by, finds) for name, by in found.items()})


def _cover(book: Book, name: str, full: bool, analyte: str, finds: Set[str]) -> Cover:
    """How a test that finds some analytes covers a substance."""
    if full:
        return Cover(True, analyte)
    line = book.vocabularies["analyte"].line
    shared = [one for one in book.yields(name) if not finds.isdisjoint(line(one))]
    return Cover(False, analyte, tuple(one for one in shared if not set(shared).intersection(line(one)[1:])))


def _by_name(book: Book, named: str, method: str | None) -> dict[str, Cover]:
    """What a test covers of which only the substance is said that it is for.

    A method that identifies names no class; what is neither that substance nor its mirror form and yields the analyte
    of its name is found by that analyte.
    """
    finds, full = _found(book, named, method), _showing(book, named, method)
    names_analytes = identifies(book, method)
    if names_analytes:
        finds -= {term.id for term in book.vocabularies["analyte"].terms.values() if term.members}
    among = [name for name in book.folders if finds & _found(book, name, method)]
    own = _name(book, named, method)
    others = {name for name in yielding(book, named, method) if name != named and _name(book, name, method) != own}
    found_as = {name: own if names_analytes and name in others else ANY for name in among}
    return {name: _cover(book, name, name in full, by, finds) for name, by in found_as.items()}


def _showing(book: Book, named: str, method: str | None) -> set[str]:
    """What a test for a substance covers in full: it, and what yields it, its parent or one of its markers.

    What another substance yields otherwise than as a marker is none; and an impurity shows nothing.
    """
    roles = {name: book.roles(name) for name in book.folders}
    shows = {analyte for analyte, role in roles[named].items() if role == "parent"}
    for analyte, role in roles[named].items():
        if role == "marker" and all(given.get(analyte, role) == role for given in roles.values()):
            shows.add(analyte)
    shows = {_name(book, named, method), *(reported(book, analyte, method) for analyte in shows)}
    return {named} | {name for name in book.folders if shows & _found(book, name, method, pure=True)}


def _name(book: Book, substance: str, method: str | None) -> str:
    """As what a method reports the substance itself."""
    return reported(book, substance, method) if substance in book.vocabularies["analyte"] else substance


def identifies(book: Book, method: str | None) -> bool:
    """Whether a method, or one above it, gives no positive without the analyte that it names."""
    methods = book.vocabularies["method"]
    return method is not None and any(methods.terms[each].identifies for each in methods.line(method))


def reported(book: Book, analyte: str, method: str | None = None) -> str:
    """As what a method reports an analyte: a mirror form under the name of both, but by a method that tells them apart.

    A method that is not said is taken for one that does not.
    """
    term = book.vocabularies["analyte"].terms.get(analyte)
    if term is None or term.reported_as is None:
        return analyte
    methods = book.vocabularies["method"]
    is_chiral = method is not None and any(methods.terms[each].chiral for each in methods.line(method))
    return analyte if is_chiral else term.reported_as


@kept
def measured_after(book: Book, substance: str, analyte: str, method: str | None = None) -> str:
    """As which analyte a method measures another one after a substance: a mirror form as both where it gives that form.

    After what gives both the form stays itself, of which rules on both say nothing; and where rules name it.
    """
    both = reported(book, analyte, method)
    if both == analyte or analyte not in book.yields(substance):
        return analyte
    named = (ranked.rule.when.analyte for ranked in book.ranked(substance, WINDOW.file))
    return analyte if any(analyte in each for each in named) else both


def _found(book: Book, substance: str, method: str | None, pure: bool = False) -> set[str]:
    """The analytes that a method finds after a substance; `pure`: without those of its impurities."""
    return {
        reported(book, analyte, method) for analyte in (book.pure_after if pure else book.analytes_after)(substance)
    }


def yielding(book: Book, substance: str, method: str | None = None) -> set[str]:
    """What yields a substance itself: it, and each one whose `yields` hold the analyte of its name."""
    if substance not in book.vocabularies["analyte"]:
        return {substance}
    own = reported(book, substance, method)
    return {substance} | {name for name in book.folders if own in _found(book, name, method)}


def _analyte(book: Book, test: str) -> str:
    try:
        return book.vocabularies["analyte"].resolve(test)
    except UsageError:
        raise unknown_option("test", test, (*book.folders, *book.vocabularies["analyte"].terms)) from None


def test_meant(book: Book, word: object) -> str:
    """The substance, or else the analyte, that the name of a test means. Raises UsageError."""
    return book.named_by(word) or _analyte(book, str(word))
