"""How is HTML written so that no text of a book is ever taken for a part of it?

What is not `Html` is text, and is escaped; `Html` comes of `tag` alone, and of what was made of escaped text.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"br", "input", "link", "meta"})
Content = str | None


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *content: Content, **attributes: str | bool | None) -> Html:
    """An element with its content; an attribute that is None or False is left out.

    `class_` is the attribute class, and another `_` in a name is `-`.
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    if name in _VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(content)}</{name}>")


def joined(content: Iterable[Content]) -> Html:
    """Several pieces in a row, text escaped."""
    return Html("".join(one if isinstance(one, Html) else html.escape(one, quote=False) for one in content if one))


def listed(items: Iterable[Content], name: str = "ul", **attributes: str) -> Html:
    """A list; nothing of no items."""
    found = [tag("li", item) for item in items if item]
    return tag(name, *found, **attributes) if found else Html()


def table(head: Iterable[str], rows: Iterable[Iterable[Content]], caption: str) -> Html:
    """A table that can be scrolled sideways, by keyboard too."""
    made = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *(tag("th", text, scope="col") for text in head))),
        tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)),
    )
    return tag("div", made, class_="wide", tabindex="0", role="region", aria_label=caption)


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
