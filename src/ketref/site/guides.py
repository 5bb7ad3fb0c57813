"""How do the guides, a folder of Markdown, become pages of a site, with every link between them?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from ketref.book.loading import Book
from ketref.errors import InputError
from ketref.site.frame import page
from ketref.site.markdown import reader, rendered
from ketref.site.markup import Html, listed, tag

INDEX = "guides/index.html"
"""The first page of the guides, which is there without them too."""
_UP = "../"
_PICTURES = frozenset({".png", ".svg"})
_LINKED = re.compile(r"\]\(([^)\s#]+)")
_HINT = "name the folder `docs` of a checkout: it holds index.md"


def without_guides(book: Book) -> tuple[str, bytes]:
    """The page that says why there are none."""
    told = tag("p", "This copy of the site was made without the guides.")
    how = tag("p", "Whoever makes it can add them: ", tag("code", "ketref site OUT --docs DIR"), ".")
    return INDEX, page(book, "Guides", told, how, above=_UP).encode()


def guides(book: Book, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the guides: the documents of a folder, those beside it that they link to, and their pictures.

    Raises InputError where the folder holds no index.md, or a document cannot be read.
    """
    if not (folder / "index.md").is_file():
        raise InputError(f"`{folder}` holds no index.md", path=str(folder), hint=_HINT)
    markdown, texts = reader(comments=True), _texts(folder)
    pictures: dict[str, Path] = {}
    for name, text in texts.items():
        tokens = markdown.parse(text)
        title = "".join(part.content for part in tokens[1].children or []) if tokens[1:] else name
        found, sections = rendered(markdown, tokens[3:], _anchors(), _leading(folder, name, texts, pictures))
        parts = tag("nav", listed(tag("a", words, href=f"#{to}") for words, to in sections), aria_label="On this page")
        yield _place(name), page(book, title, parts if sections[1:] else Html(), found, above=_UP).encode()
    for to, picture in pictures.items():
        yield f"guides/{to}", picture.read_bytes()


def _texts(folder: Path) -> dict[str, str]:
    """The documents by their names within the folder; one beside it is `../NAME.md`."""
    found: dict[str, str] = {}
    waiting = sorted(path.name for path in folder.glob("*.md"))
    for name in waiting:
        try:
            found[name] = (folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read `{folder / name}`: {error}", path=str(folder / name), hint=_HINT) from None
        for linked in _LINKED.findall(found[name]):
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(name), linked))
            if re.fullmatch(r"\.\./[^/]+\.md", beside) and beside not in waiting and (folder / beside).is_file():
                waiting.append(beside)
    return found


def _place(name: str) -> str:
    """The page of a document."""
    return f"guides/{quote(posixpath.basename(name).removesuffix('.md'))}.html"


def _anchors() -> Callable[[str], str]:
    """What makes the anchors of one page, as a forge shows them: of equal headings the later ones are numbered."""
    known: dict[str, int] = {}

    def anchor(heading: str) -> str:
        made = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        known[made] = known.get(made, -1) + 1
        return f"{made}-{known[made]}" if known[made] else made

    return anchor


def _leading(folder: Path, name: str, texts: dict[str, str], pictures: dict[str, Path]) -> Callable[[str], str | None]:
    """What tells where a link of a document leads on the site; pictures that it meets are put into `pictures`."""
    shelf = folder.resolve().name

    def target(href: str) -> str | None:
        path, mark, anchor = href.partition("#")
        if re.match(r"[a-z]+:", href) or not path:
            return href
        to = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
        to = to.removeprefix(f"../{shelf}/")
        if to in texts:
            return f"{posixpath.basename(_place(to))}{mark}{anchor}"
        if catalogue := re.fullmatch(r"catalogue(?:/(.+)\.md)?", to):
            entry = catalogue[1] or "index"
            return f"{_UP}{entry}.html" if entry in {"index", "sources"} else f"{_UP}substances/{quote(entry)}.html"
        if posixpath.splitext(to)[1] in _PICTURES and (folder / to).is_file():
            pictures[posixpath.basename(to)] = folder / to
            return posixpath.basename(to)
        return None

    return target
