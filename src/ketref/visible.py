r"""How is a text shown to people that may hold what a terminal obeys, or what nobody sees?

An escape sequence recolours or rewrites a terminal, a bidirectional control turns the reading round, a character
without width hides in an id. Text from rules, files and command lines is shown with such characters written out, as
`\x1b`, `\u202e` or `\n`: those that Python writes out in a `repr`, but for spaces.
"""

from __future__ import annotations

from collections.abc import Callable


def shown(text: str) -> str:
    """A text in one line, its line breaks written out too."""
    return _written_out(text, lambda hidden: hidden.encode("unicode_escape").decode("ascii"))


def shown_lines(text: str) -> str:
    """A text whose line breaks are meant."""
    return "\n".join(map(shown, text.split("\n")))


def shown_json(text: str) -> str:
    """A JSON text that holds the same data, its hidden characters in the escapes of JSON."""
    return "\n".join(_written_out(line, _json_escape) for line in text.split("\n"))


def _written_out(text: str, escape: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or _is_space(char) else escape(char) for char in text)


def _is_space(char: str) -> bool:
    from unicodedata import category

    return category(char) == "Zs"


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
