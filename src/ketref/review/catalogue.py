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
    found = {f"{name}.md": _page(book, name) for name in book.folders}
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
    lines += [*_yields(record), *_windows(book, held["windows"])]
    for section, title in _SECTIONS.items():
        if held[section]:
            lines += [f"## {title}", ""]
            for entry in held[section]:
                lines += _entry(book, entry)
    return "\n".join(lines).rstrip() + "\n"


def _windows(book: Book, windows: list[Mapping[str, Any]]) -> Iterator[str]:
    """The windows as a table, to be printed: what each rule states, and the grade of its best source."""
    if not windows:
        return
    yield from ("## Windows at a glance", "")
    yield "Empty: the rule does not name it, or states no such end. (Nearly) all by and until, (nearly) none after."
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---" * len(_COLUMNS) + "|"
    for rule in windows:
        when = rule["when"]
        axes = ("matrix", "analyte", "method", "cutoff", "route", "pattern")
        said = [_text(", ".join(_listed(when.get(axis)))) for axis in axes]
        opens, closes = (_ends(rule.get(key)) for key in ("detectable_from", "detectable_until"))
        grade = min(book.sources[entry["source"]].grade for entry in rule["evidence"])
        yield f"| {' | '.join([*said, opens[1], *closes, grade, rule['id']])} |"
    yield ""


_COLUMNS = (
    *("specimen", "measured", "method", "cutoff", "route", "use"),
    *("opens by", "all until", "none after", "best grade", "rule"),
)


def _yields(record: Mapping[str, Any]) -> Iterator[str]:
    """What a substance gives, and what people call it."""
    if record.get("yields"):
        yield from ("## What it yields", "")
    for one in record.get("yields", ()):
        role = f" ({one['role']})" if "role" in one else ""
        said = f": {_text(one['says'])}" if "says" in one else ""
        source = f" [{_text(one['source'])}](sources.md#{quote(one['source'])})" if "source" in one else ""
        yield f"- **{_text(one['analyte'])}**{role}{said}{source}"
    for street in record.get("street", ()):
        region = f" ({_text(street['region'])})" if "region" in street else ""
        yield f"- on the street{region}: {_text(', '.join(street['names']))}"
    yield ""


def _listed(value: Any) -> list[str]:
    return [] if value is None else list(map(str, value)) if isinstance(value, list) else [str(value)]


def _ends(span: Any) -> tuple[str, str]:
    """Both ends of a boundary as text, empty where one is not stated."""
    if isinstance(span, list):
        return str(span[0]), str(span[1])
    return (span.get("earliest", ""), span.get("latest", "")) if span else ("", "")


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
        if key not in _ASIDE and key not in {"identifier", "formulation", "yields", "street"}:
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
