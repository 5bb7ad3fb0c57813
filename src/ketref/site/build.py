"""Which files make the site of a book, and how do they come into a folder?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ketref import places
from ketref.book.loading import Book
from ketref.errors import InputError, quoted
from ketref.site.ask import BOOK, Field, ask_page, engine, wheels
from ketref.site.guides import guides, without_guides
from ketref.site.memory import MEMORY, remembered
from ketref.site.pages import pages

_STATIC = Path(__file__).parent / "static"


def write(
    book: Book,
    folder: Path,
    commands: Sequence[tuple[str, str]],
    fields: Sequence[Field],
    pyodide: Path | None = None,
    docs: Path | None = None,
) -> int:
    """Write the site of a book into a folder, which is made where there is none; how many files that took.

    `commands` are those that can be asked, each with what it answers, and `fields` their flags; `pyodide` is the
    folder of the engine for browsers, without which nothing can be asked there, and `docs` that of the guides. What
    else lies in the folder stays.

    Raises InputError where the engine or the guides are not whole, or nothing can be written there.
    """
    count = 0
    try:
        for name, content in _files(book, commands, fields, pyodide, docs):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            places.put(str(place), content)
            count += 1
    except (OSError, ValueError) as error:  # a name with a null byte is no name
        hint = "name a folder that can be written"
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write `{quoted(folder)}`: {why}", path=str(folder), hint=hint) from None
    return count


def _files(
    book: Book,
    commands: Sequence[tuple[str, str]],
    fields: Sequence[Field],
    pyodide: Path | None,
    docs: Path | None,
) -> Iterator[tuple[str, bytes]]:
    """Every file of a site, by its name in the folder; what may be refused comes first."""
    told = dict(guides(book, docs) if docs else [without_guides(book)])
    needed = dict(engine(pyodide, book)) if pyodide else {}
    if needed and (memory := remembered(needed, wheels(needed), BOOK if BOOK in needed else "")):
        needed[MEMORY] = memory
    yield "ask.html", ask_page(book, commands, fields, [*needed]).encode()
    yield from needed.items()
    yield from told.items()
    for name, text in pages(book):
        yield name, text.encode()
    for file in sorted(_STATIC.iterdir()):
        yield file.name, file.read_bytes()
