"""How does Markdown become a part of a page: with places to link to, with links of the site, for a keyboard too?"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ketref.extras import needing
from ketref.site.markup import Html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def reader(comments: bool = False) -> MarkdownIt:
    """What reads Markdown; `comments` of HTML are left out where they are told. Raises UsageError without the extra.

    No HTML is taken over: what looks like it is text.
    """
    with needing("site", "a site needs"):
        from markdown_it import MarkdownIt
    markdown = MarkdownIt("commonmark", {"html": comments}).enable("table")
    for kind in ("html_block", "html_inline"):
        markdown.add_render_rule(kind, _shown)
    return markdown


def _shown(_: object, tokens: Sequence[Any], index: int, *__: object) -> str:
    text = tokens[index].content
    return "" if text.lstrip().startswith("<!--") else html.escape(text)


def rendered(
    markdown: MarkdownIt, tokens: list[Any], anchor: Callable[[str], str], target: Callable[[str], str | None]
) -> tuple[Html, list[tuple[str, str]]]:
    """The HTML of blocks, and their sections with their anchors.

    `anchor` makes the place of a heading, `target` says where a link or picture leads on the site: a link that leads
    nowhere there is left as its words.
    """
    sections: list[tuple[str, str]] = []
    labels: list[str] = []
    heading = ""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = "".join(part.content for part in tokens[index + 1].children or [])
            token.attrSet("id", anchor(heading))
            if token.tag == "h2":
                sections.append((heading, str(token.attrGet("id"))))
        if "style" in token.attrs:  # how a column is set, which is for the style of the site to say
            token.attrSet("class", str(token.attrs.pop("style")).removeprefix("text-align:"))
        if token.type in {"th_open", "th_close"} and not tokens[index + (1 if token.nesting > 0 else -1)].content:
            token.tag = "td"  # a corner heads nothing
        if token.type == "table_open":
            labels.append(f"{heading or 'Table'} ({len(labels) + 1})")
        _link(token.children or (), target)
    made = str(markdown.renderer.render(tokens, markdown.options, {}))
    first, *tables = made.replace("<pre>", '<pre tabindex="0">').split("<table>")
    opened = '<div class="wide" tabindex="0" role="region" aria-label="'
    wide = (f'{opened}{html.escape(label)}"><table>{rest}' for label, rest in zip(labels, tables, strict=True))
    return Html("".join([first, *wide]).replace("</table>", "</table></div>")), sections


def _link(parts: Sequence[Any], target: Callable[[str], str | None]) -> None:
    """Lead the links and pictures of a text where they lead on the site."""
    left = False
    for part in parts:
        if part.type == "link_open":
            to = target(str(part.attrGet("href")))
            left = to is None
            part.hidden = left
            part.attrSet("href", to or "")
        elif part.type == "link_close":
            part.hidden = left
        elif part.type == "image":
            part.attrSet("src", target(str(part.attrGet("src"))) or "")
