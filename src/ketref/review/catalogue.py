"""How does all that a book holds on a substance read as a page?

`python -m ketref.review.catalogue [FOLDER]` writes the catalogue: a page a substance with every rule, factor and fact
and its sources, one of the sources, and a list of the pages (default: the checkout's docs/catalogue).
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ketref.book.export import plain, substance
from ketref.book.loading import Book, shipped
from ketref.engine.index import DOSES
from ketref.model.units import WRITTEN_DURATION, Duration, written_duration

if TYPE_CHECKING:
    from ketref.model.rules import Window

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
    return {**found, "index.md": _index(book), "sources.md": _sources(book)}


def write(folder: Path, book: Book) -> None:
    """Write the pages into a folder, which is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(book).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _index(book: Book) -> str:
    """Every page, with how many rules its substance has on windows in each specimen, and on which grades."""
    lines = ["# Catalogue", "", _made(), "", "All sources: [sources.md](sources.md).", ""]
    lines += ["| substance | kind | rules on windows | grades |", "|---|---|---|---|"]
    for name in book.folders:
        held = book.coverage(name)
        windows = ", ".join(f"{matrix} {count}" for matrix, count in held.windows.items())
        grades = " to ".join(dict.fromkeys(filter(None, (held.best, held.worst))))
        lines.append(f"| [{_cell(held.name)}]({quote(name)}.md) | {held.kind} | {_cell(windows)} | {grades} |")
    return "\n".join(lines) + "\n"


def _page(book: Book, name: str) -> str:
    held = substance(book, name)
    record = held["substance"]
    lines = [f"# {_text(record.get('label', record['name']))}", "", _made(), "", *_properties(record), ""]
    lines += [*_yields(record), *_windows(book, name)]
    for section, title in _SECTIONS.items():
        if held[section]:
            lines += [f"## {title}", ""]
            for entry in held[section]:
                lines += _entry(book, entry)
    return "\n".join(lines).rstrip() + "\n"


def _windows(book: Book, name: str) -> Iterator[str]:
    """The windows as a table, to be printed: when a rule holds, what it states, on which grade, and its note."""
    rules = [cast("Window", ranked.rule) for ranked in book.ranked(name, "windows") if ranked.of == name]
    if not rules:
        return
    yield from ("## Windows at a glance", "")
    yield "(Nearly) all positive from and until, (nearly) none after; behind each the grade of the source that sets it."
    yield "Empty: the rule does not name it, or states no such end. A dash: it promises no time."
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---" * len(_COLUMNS) + "|"
    for rule in rules:
        named = [", ".join(map(str, getattr(rule.when, axis))) for axis in _NAMED]
        doses = "; ".join(str(given) for axis in DOSES if (given := getattr(rule.when, axis)))
        ends = [_end(book, rule, *place) for place in _PLACES]
        yield f"| {' | '.join(map(_cell, [*named, doses, *ends, rule.id, rule.note]))} |"
    yield ""


_NAMED = ("matrix", "analyte", "method", "cutoff", "route", "pattern")
_COLUMNS = (
    *("specimen", "measured", "method", "cutoff", "route", "use", "dose"),
    *("all from", "all until", "none after", "rule", "note"),
)
_PLACES = (("detectable_from", "latest"), ("detectable_until", "earliest"), ("detectable_until", "latest"))
"""The ends of a window that are shown: a boundary, and which of its two ends."""


def _end(book: Book, rule: Window, boundary: str, side: str) -> str:
    """An end of a rule with the best grade that sets it, or, where none does just so, the worst that speaks of it."""
    end = getattr(getattr(rule, boundary), side)
    if end is None:
        return ""
    opened = rule.detectable_from.latest
    if not end.seconds or (side == "earliest" and opened is not None and end <= opened):
        return "\u2013"
    said: dict[Duration, list[str]] = {}
    for entry in rule.evidence:
        if entry.reports.bounds and (reported := getattr(getattr(entry.reports, boundary), side)):
            said.setdefault(reported, []).append(book.sources[entry.source].grade)
    return f"{end} ({min(said[end]) if end in said else max(chain(*said.values()), default='none')})"


def _cell(text: str) -> str:
    """A text in a cell of a table."""
    return _text(text).replace("|", "\\|")


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
    if isinstance(value, str) and WRITTEN_DURATION.fullmatch(value):
        return str(written_duration(value))
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
