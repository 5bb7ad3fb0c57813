"""Which mappings does a book have, and which one is meant: by its name, or as a file?"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from ketref.book import characters, reading, structuring
from ketref.book.loading import Book
from ketref.errors import Finding, InputError, RulesError, UsageError, quoted, unknown_option
from ketref.model.files import MAPPINGS
from ketref.model.mappings import TABLES, Mapping

PLAIN = "plain"
"""The mapping of tables whose columns are called as ours, or nearly so."""
Said = str | PathLike[str] | Mapping | None
"""The name of a mapping of the book, the file of another one, or None."""


def mappings_of(book: Book) -> list[str]:
    """The names of the mappings of a book, those behind it too."""
    own = {name.removeprefix(f"{MAPPINGS}/").removesuffix(".toml") for name in book.texts if name.startswith(MAPPINGS)}
    return sorted(own | set(mappings_of(book.base) if book.base else ()))


def chosen_mapping(book: Book, said: object) -> Mapping:
    """The mapping that is meant; where none is said that of our own columns, or an empty one where the book has none.

    Raises UsageError where the book has none of that name, InputError and RulesError where a file is not sound.
    """
    if said is None:
        return _of_book(book, _known(book, PLAIN)) if PLAIN in mappings_of(book) else Mapping(says="")
    if isinstance(said, Mapping):
        return said
    if not isinstance(said, str | PathLike):
        raise UsageError(f"`{quoted(said)}` is not a mapping", value=said, hint="give its name, or a file")
    found = _named(book, fspath(said))
    if found.extends is None:
        return found
    behind = _of_book(book, _known(book, found.extends))
    doses, samples, questions = (found.table(what).before(behind.table(what)) for what in TABLES)
    return Mapping(says=found.says, doses=doses, samples=samples, questions=questions)


def _named(book: Book, name: str) -> Mapping:
    if name in mappings_of(book):
        return _of_book(book, _known(book, name))
    if not name.lower().endswith(".toml"):
        raise unknown_option("mapping", name, [*mappings_of(book), "FILE.toml"])
    return _of_file(name)


def _known(book: Book, name: str) -> str:
    """The file of a mapping of the book. Raises UsageError."""
    if name not in mappings_of(book):
        raise unknown_option("mapping", name, mappings_of(book))
    return f"{MAPPINGS}/{name}.toml"


def _of_book(book: Book, name: str) -> Mapping:
    return book.record(name, Mapping) if name in book.texts or book.base is None else _of_book(book.base, name)


def _of_file(name: str) -> Mapping:
    try:
        content = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            f"`{name}` cannot be read: {error}"[:300], path=name, hint="name the file of a mapping"
        ) from None
    document = reading.parse(name, content)
    if isinstance(document, Finding):
        raise RulesError([document])
    odd = list(characters.problems(document, content.decode()))
    found = structuring.structure(document, Mapping)
    problems = [*odd, *(found if isinstance(found, list) else ())]
    if problems or isinstance(found, list):
        raise RulesError(Finding(name, _line(content, path), code, text, hint) for path, code, text, hint in problems)
    return found


def _line(content: bytes, path: structuring.Path) -> int:
    from ketref.book.lines import line_of, lines

    return line_of(lines(content.decode()), path)
