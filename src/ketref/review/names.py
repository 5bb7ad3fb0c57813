"""What is each public name of Python, on one page?

`python -m ketref.review.names [FILE]` writes the page from the names, their signatures and docstrings (default: the
checkout's docs/python-names.md).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from ketref.answers.answer import Readable

PAGE = "docs/python-names.md"
_HEAD = """# Python, name by name

Generated from the package: every public name of `ketref` with its signature and what it says of itself (`help`). How
they are used, with examples, is in [python.md](python.md); of tables of many rows in [bulk.md](bulk.md).
"""


class _Shown(str):
    """An annotation that is shown as it is written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def page() -> str:
    """The page, in Markdown: the functions, the classes with their public attributes, and what values there are."""
    ketref = import_module("ketref")  # by its name: the names of the whole stand above all wings
    known = {name: getattr(ketref, name) for name in ketref.__all__ if not name.startswith("_")}
    functions = {name: one for name, one in known.items() if inspect.isfunction(one)}
    classes = {name: one for name, one in known.items() if inspect.isclass(one)}
    values = {name: one for name, one in known.items() if get_args(one)}
    assert len(functions) + len(classes) + len(values) == len(known), "a public name is of another kind"  # noqa: S101
    parts = [_HEAD]
    parts += [_section(name, _signature(name, one), _says(one)) for name, one in functions.items()]
    parts += [_section(name, "", "\n\n".join([_says(one), *_attributes(one)])) for name, one in classes.items()]
    for name, one in values.items():
        parts.append(_section(name, "", f"One of {', '.join(f'`{value}`' for value in get_args(one))}."))
    return "\n".join(parts)


def _section(name: str, signature: str, says: str) -> str:
    code = f"```text\n{signature}\n```\n\n" if signature else ""
    return f"## `{name}`\n\n{code}{says}\n"


def _signature(name: str, function: Any) -> str:
    """A function as it is called, a keyword a line."""
    signature = inspect.signature(function)
    lines: list[str] = []
    for each in signature.parameters.values():
        if each.kind is each.KEYWORD_ONLY and "    *," not in lines:
            lines.append("    *,")
        if isinstance(each.annotation, str):  # which is shown without quotes
            each = each.replace(annotation=_Shown(each.annotation))
        lines.append(f"    {each},")
    returned = str(signature.return_annotation).strip("'")
    return "\n".join([f"ketref.{name}(", *lines, f") -> {returned}"])


def _says(one: Any) -> str:
    """What something says of itself; the lists of arguments stay as they are indented."""
    text = inspect.getdoc(one) or ""
    blocks = text.split("\n\n")
    return "\n\n".join(
        f"```text\n{block}\n```" if "\n    " in block or block.startswith(">>>") else block for block in blocks
    )


def _attributes(kind: type) -> Iterator[str]:
    """A list of the public attributes of an answer that say what they are."""
    lines = []
    for name in sorted(_public(kind)):
        said = inspect.getdoc(inspect.getattr_static(kind, name)) or ""
        lines.append(f"- `{name}`: {said.partition(chr(10))[0]}")
    if lines:
        yield "\n".join(lines)


def _public(kind: type) -> Iterator[str]:
    if not issubclass(kind, Readable):
        return
    for name in dir(kind):
        one = inspect.getattr_static(kind, name, None)
        told = isinstance(one, property | cached_property) or inspect.isfunction(one)
        if told and one.__doc__ and not name.startswith("_") and name not in kind._inner:
            yield name


def main() -> None:
    """Write the page."""
    root = Path(__file__).resolve().parents[3]
    if len(sys.argv) == 1 and not (root / "pyproject.toml").is_file():
        sys.exit("this is not a checkout: name the file to write to")
    (Path(sys.argv[1]) if len(sys.argv) > 1 else root / PAGE).write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
