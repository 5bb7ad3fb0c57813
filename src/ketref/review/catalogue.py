"""How does all that a book holds on a substance read as a page?

`python -m ketref.review.catalogue [FOLDER]` writes the catalogue: a page a substance with every rule, factor and fact
and its sources, and one of the sources (default: the checkout's docs/catalogue).
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ketref.book.export import plain, substance
from ketref.book.loading import Book, shipped

_ASIDE = frozenset({"id", "evidence", "frequency", "claims", "reviewed", "owner", "waive", "synonyms"})
_SECTIONS = {
    "windows": "Detection windows",
    "phases": "Phases of the psychoactive effect",
    "effects": "Effects",
    "cautions": "Cautions",
    "factors": "Factors",
    "facts": "Facts",
    "studies": "Studies",
    "pharmacokinetics": "Pharmacokinetics",
    "cutoffs": "Cutoffs",
}


def pages(book: Book) -> dict[str, str]:
    """The pages of the catalogue by their file names."""
    found = {f"{name}.md": _page(book, name) for name in book.substances}
    return {**found, "sources.md": _sources(book)}


def write(folder: Path, book: Book) -> None:
    """Write the pages into a folder, which is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(book).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _page(book: Book, name: str) -> str:
    held = substance(book, name)
    record = held["substance"]
    lines = [f"# {_text(record.get('label', record['name']))}", "", _made(), "", *_properties(record), ""]
    for section, title in _SECTIONS.items():
        if held[section]:
            lines += [f"## {title}", ""]
            for entry in held[section]:
                lines += _entry(book, entry)
    return "\n".join(lines).rstrip() + "\n"


def _made() -> str:
    return "Made of the rule files by `python -m ketref.review.catalogue`; a reference, not medical or legal advice."


def _entry(book: Book, entry: Mapping[str, Any]) -> Iterator[str]:
    """One rule, factor or fact: what it says, then each source with its grade."""
    yield f"### {_text(entry['id'])}"
    yield ""
    yield from _properties(entry)
    for kind in ("evidence", "frequency"):
        for said in entry.get(kind, ()):
            yield _cited(book, said)
    yield ""


def _properties(record: Mapping[str, Any]) -> Iterator[str]:
    for key, value in record.items():
        if key not in _ASIDE and key not in {"identifier", "formulation"}:
            yield f"- **{key.replace('_', ' ')}:** {_inline(value)}"


def _cited(book: Book, said: Mapping[str, Any]) -> str:
    source = said["source"]
    rest = [f"{key.replace('_', ' ')} {_inline(said[key])}" for key in said if key in _SHOWN]
    words = ". ".join(_text(said[key]).rstrip(".") for key in ("figure", "says") if key in said)
    numbers = f" ({'; '.join(rest)})" if rest else ""
    where = f"[{_text(source)}](sources.md#{quote(source)}) ({book.sources[source].grade}), {_text(said['locator'])}"
    return f"  - {where}{': ' if words else ''}{words}{numbers}"


_SHOWN = frozenset(
    {"when", "reports", "percent", "category", "comparator", "comparator_percent", "n", "population", "dose", "note"}
)


def _sources(book: Book) -> str:
    lines = ["# Sources", "", _made(), ""]
    for name, source in sorted(book.sources.items()):
        record = plain(source)
        lines += [f"## {_text(name)}", ""]
        lines += (f"- **{key}:** {_inline(value)}" for key, value in record.items() if key != "id")
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_text(key.replace('_', ' '))} {_inline(item)}" for key, item in value.items())
    if isinstance(value, list):
        joined = " to " if len(value) == 2 and all(isinstance(v, str) and v[:1].isdigit() for v in value) else ", "
        return joined.join(map(_inline, value))
    return f"{value:g}" if isinstance(value, float) else _text(str(value))


_ADDRESS = re.compile(r"""(https?://[^\s<>"`\\]*[\w/=&#%-])""")


def _text(text: str) -> str:
    """A text of the book as it shows on a page: on one line, and nothing in it is HTML, a heading, a link or a mark.

    Only addresses of the web are links.
    """
    parts = _ADDRESS.split(" ".join(text.split()))
    return "".join(f"<{part}>" if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    shown = re.sub(r"[\\`*_\[\]~]", r"\\\g<0>", html.escape(text, quote=False))
    return re.sub(r"([A-Za-z]):(?=//)", r"\1&#58;", shown)  # other schemes are taken for links without a mark


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[3]
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else checkout / "docs" / "catalogue", shipped())
