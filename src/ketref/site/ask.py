"""How does a reader ask the engine itself, in the browser: which form is there, and which files does that take?

The engine is this package as it is, run by Pyodide; nothing that is asked leaves the browser.
"""

from __future__ import annotations

import importlib.metadata
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

import ketref
from ketref.book.loading import Book, shipped, shipped_folder
from ketref.errors import InputError
from ketref.site.frame import page
from ketref.site.markup import Html, tag
from ketref.site.memory import MEMORY

_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
_SHOWN = ("substance", "matrix", "condition", "since", "taken", "at", "tz", "route", "dose")
"""The flags that stand in the form first; those of a command that are not among them are shown when asked for."""
BOOK = "wheels/book.zip"
"""The rules of the site, where they are not those that ketref ships."""
_HINT = "unpack the npm package pyodide, and name the folder that holds pyodide.mjs"
_COMPILED = frozenset({".so", ".pyd", ".dylib", ".pyc"})
_FIRST = (1980, 1, 1, 0, 0, 0)  # no file of an archive has a time of its own: the same site is the same bytes


@frozen
class Field:
    """A flag of a command as the form offers it; `commands` are those that have it.

    A `word` stands on the command line without its name; a `choice` is a flag that takes no value.
    """

    name: str
    about: str
    commands: tuple[str, ...]
    word: bool = False
    choice: bool = False


def ask_page(book: Book, commands: Sequence[tuple[str, str]], fields: Iterable[Field], files: Sequence[str]) -> str:
    """The page with the form, or, where there are no `files` of the engine, the page that says why there is none."""
    if not files:
        return page(
            book,
            "Ask",
            tag("p", "This copy of the site was made without the engine, so that nothing can be asked here."),
            tag(
                "p",
                "Whoever makes it can add it: ",
                tag("code", "ketref site OUT --pyodide DIR"),
                ". On a command line ",
                tag("code", "ketref detect"),
                " answers the same.",
            ),
        )
    options = [tag("option", f"{name}: {text}", value=name) for name, text in commands]
    known = {field.name: field for field in fields}
    first = [_field(book, known.pop(name)) for name in _SHOWN if name in known]
    more = [_field(book, field) for field in known.values()]
    return page(
        book,
        "Ask",
        tag(
            "p",
            "The engine runs in this browser: nothing that you type leaves it. It answers as the command line does,"
            " byte for byte.",
        ),
        tag("p", "This page alone needs JavaScript. All others read without it.", id="needs"),
        tag(
            "form",
            tag("p", tag("label", "Question", for_="command"), tag("select", *options, id="command"), class_="whole"),
            *first,
            tag("details", tag("summary", "More that can be said"), tag("div", *more, class_="fields"), class_="whole"),
            tag(
                "p",
                tag("button", "Ask", type="submit"),
                " ",
                tag("span", "The engine is loading...", id="state", role="status"),
                class_="whole",
            ),
            id="ask",
            data_wheels=" ".join(wheels(files)),
            data_book=BOOK if BOOK in files else None,
            data_memory=MEMORY if MEMORY in files else None,
            class_="fields",
            hidden=True,
        ),
        tag("h2", "Answer"),
        tag("p", tag("code", "", id="line")),
        tag("pre", "", id="answer", tabindex="0", role="region", aria_label="Answer", aria_live="polite"),
        script="ask.js",
    )


def _field(book: Book, field: Field) -> Html:
    """One line of the form: a label, a field, what may be written there; words of the book are offered."""
    name = f"f-{field.name}"
    of = " ".join(field.commands)
    label = tag("label", field.name.replace("-", " "), for_=name)
    about = tag("small", field.about, id=f"{name}-about")
    if field.choice:
        box = tag("input", id=name, name=field.name, type="checkbox", aria_describedby=f"{name}-about")
        return tag("p", box, " ", label, about, class_="field", data_of=of)
    words = _words(book, field.name)
    lists = tag("datalist", *(tag("option", value=word) for word in words), id=f"{name}-words") if words else None
    written = tag(
        "input",
        id=name,
        name=field.name,
        autocomplete="off",
        list=f"{name}-words" if words else None,
        aria_describedby=f"{name}-about",
        required=field.name == "substance",
        data_word=field.word,
    )
    return tag("p", label, written, about, lists, class_="field", data_of=of)


def _words(book: Book, name: str) -> list[str]:
    """The words of the book that a field takes."""
    if name == "substance":
        return [*book.folders]
    return [*book.vocabularies[name].terms] if name in book.vocabularies else []


# ---------------------------------------------------------------- files


def engine(folder: Path, book: Book) -> Iterator[tuple[str, bytes]]:
    """The files of Pyodide in a folder, and the wheels that ketref needs. Raises InputError where one is missing."""
    where = next((one for one in (folder, folder / "package") if (one / _PYODIDE[0]).is_file()), None)
    if where is None:
        raise InputError(f"`{folder}` holds no {_PYODIDE[0]}", path=str(folder), hint=_HINT)
    for name in _PYODIDE:
        try:
            yield f"pyodide/{name}", (where / name).read_bytes()
        except OSError as error:
            raise InputError(f"cannot read `{where / name}`: {error.strerror}", path=str(where), hint=_HINT) from None
    for name in _needed("ketref"):
        yield f"wheels/{_wheel_name(name)}", _archive(_own_files() if name == "ketref" else _installed(name))
    if book.digest != shipped().digest:
        yield BOOK, _archive((name, bytes(text)) for name, text in book.texts.items())


def wheels(files: Iterable[str]) -> list[str]:
    """Those of the files of the engine that are wheels."""
    return [name for name in files if name.endswith(".whl")]


def _needed(name: str, found: dict[str, None] | None = None) -> list[str]:
    """A distribution and those that it needs, as far as they are here: what an older Python needs is not."""
    found = {} if found is None else found
    found[name] = None
    for line in importlib.metadata.requires(name) or ():
        other = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        if "extra ==" not in line and other not in found and _is_here(other):
            _needed(other, found)
    return list(found)


def _is_here(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _wheel_name(name: str) -> str:
    version = ketref.__version__ if name == "ketref" else importlib.metadata.version(name)
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, _FIRST), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _installed(name: str) -> Iterator[tuple[str, bytes]]:
    for file in importlib.metadata.files(name) or ():
        if file.suffix not in _COMPILED and ".." not in file.parts:
            yield file.as_posix(), file.read_binary()


def _own_files() -> Iterator[tuple[str, bytes]]:
    """This package with the rules that it ships."""
    home, rules = Path(ketref.__file__).parent, shipped_folder()
    for folder, under in ((home, "ketref"), (rules, "ketref/rules")):
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix not in _COMPILED and (folder == rules or rules not in file.parents):
                yield f"{under}/{file.relative_to(folder).as_posix()}", file.read_bytes()
