"""What has every page of a site: its head, its way around, its foot?"""

from __future__ import annotations

from ketref.answers.answer import identity
from ketref.book.loading import Book
from ketref.site.drawn import HATCH
from ketref.site.markup import Content, Html, joined, tag

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self';"
    " connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: of its own site alone."""
_LICENCE = "The rules are under CC BY 4.0, the program under the MIT licence."


def page(book: Book, title: str, *content: Content, above: str = "", script: str = "") -> str:
    """A whole page; `above` leads to the folder of the site, `script` names one of its scripts."""
    known = identity(book)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} - ketref"),
        tag("link", rel="icon", href="data:,"),
        tag("link", rel="stylesheet", href=f"{above}style.css"),
        tag("script", src=f"{above}{script}", defer=True) if script else None,
    )
    ways = [("Search", "index.html"), ("Ask", "ask.html"), ("Guides", "guides/index.html"), ("Sources", "sources.html")]
    links = [tag("a", name, href=f"{above}{to}") for name, to in ways]
    made = f"Edition {known['edition']}, digest {known['digest'][:19]}, ketref {known['version']}."
    foot = f"{made} {known['notice']} {_LICENCE}"
    body = tag(
        "body",
        tag("a", "To the content", href="#content", class_="skip"),
        HATCH,
        tag("header", tag("p", tag("strong", "ketref")), tag("nav", *links, aria_label="Site")),
        tag("main", tag("h1", title), *content, id="content"),
        tag("footer", tag("p", foot)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def section(title: str, *content: Content, anchor: str | None = None) -> Html:
    """A part of a page with its heading; nothing where it has no content."""
    inner = joined(content)
    return tag("section", tag("h2", title, id=anchor), inner) if inner else Html()
