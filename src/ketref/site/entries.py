"""How do the pages of the catalogue, which are Markdown, become parts of the pages of a site?

The catalogue is the one place that says how rules read; here its pages are only rendered, with places to link to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ketref.extras import needing
from ketref.site.markup import Html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SKIPPED = 2  # blocks of a catalogue page that a page of the site says itself: its title and by what it was made


def renderer() -> Callable[[str, str], tuple[Html, list[tuple[str, str]]]]:
    """What renders a catalogue page: its HTML, and its sections with their anchors. Raises UsageError without Markdown.

    It takes the page and what stands before the name of another page in its links.
    """
    with needing("site", "a site needs"):
        from markdown_it import MarkdownIt
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return lambda page, above: _rendered(markdown, page, above)


def _rendered(markdown: MarkdownIt, page: str, above: str) -> tuple[Html, list[tuple[str, str]]]:
    tokens = list(_without_title(markdown.parse(page)))
    sections: list[tuple[str, str]] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            text = tokens[index + 1].children or []
            name = "".join(part.content for part in text)
            token.attrSet("id", anchor(name))
            if token.tag == "h2":
                sections.append((name, anchor(name)))
        if token.type == "table_open":
            token.meta["wide"] = True
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _target(str(child.attrGet("href")), above))
    made = markdown.renderer.render(tokens, markdown.options, {})
    made = made.replace(
        "<table>", '<div class="wide" tabindex="0" role="region" aria-label="Windows at a glance"><table>'
    )
    return Html(made.replace("</table>", "</table></div>")), sections


def _without_title(tokens: Sequence[Any]) -> Iterator[Any]:
    """The blocks after the title and the note on how the page was made."""
    ended = 0
    for token in tokens:
        if ended >= _SKIPPED:
            yield token
        elif token.type in {"heading_close", "paragraph_close"}:
            ended += 1


def anchor(name: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w.-]+", "-", name.strip())


def _target(href: str, above: str) -> str:
    """Where a link of the catalogue leads on the site."""
    found = re.fullmatch(r"sources\.md#(.+)", href)
    return f"{above}sources.html#{quote(anchor(found[1]))}" if found else href
