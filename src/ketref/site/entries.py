"""How do the pages of the catalogue, which are Markdown, become parts of the pages of a site?

The catalogue is the one place that says how rules read; here its pages are only rendered, with places to link to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ketref.site.markdown import reader, rendered
from ketref.site.markup import Html

_SKIPPED = 2  # blocks of a catalogue page that a page of the site says itself: its title and by what it was made


def renderer() -> Callable[[str, str], tuple[Html, list[tuple[str, str]]]]:
    """What renders a catalogue page: its HTML, and its sections with their anchors. Raises UsageError without Markdown.

    It takes the page and what stands before the name of another page in its links.
    """
    markdown = reader()
    return lambda page, above: rendered(
        markdown, list(_without_title(markdown.parse(page))), anchor, lambda href: _target(href, above)
    )


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
