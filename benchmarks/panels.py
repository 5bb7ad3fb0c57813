"""Which books show how a cost grows with the number of rules: those of a panel that grows, as plain as can be?

The rules of `cutoff` differ by nothing but their cutoff, so that all of them meet; those of `dose` hold for ranges of
doses beside each other, and one for a dose that is not said; those of `test` stand alone under a specimen, a method,
an analyte and a pattern of use.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

import books

Table = dict[str, Any]
TEST = ("matrix", "method", "analyte", "pattern")
URINE = {"matrix": "urine", "analyte": "any"}
NEEDED = {"method": ["some"], "analyte": ["any"], "pattern": ["single", "unknown"]}


def by_cutoff(count: int) -> Iterator[Table]:
    for n in range(1, count + 1):
        yield rule(n, {**URINE, "cutoff": f"{n} ng/mL"}, 3 * count - 2 * n)


def by_dose(count: int) -> Iterator[Table]:
    yield rule(1, URINE, 1)
    for n in range(2, count + 1):
        yield rule(n, {**URINE, "dose": {"min": f"{n} mg", "max": f"{n}.5 mg"}}, n)


def by_test(count: int) -> Iterator[Table]:
    several = next(n for n in range(1, count + 1) if n ** len(TEST) >= count)
    for n, terms in enumerate(islice(product(*([term(axis, i) for i in range(several)] for axis in TEST)), count), 1):
        yield rule(n, dict(zip(TEST, terms, strict=True)), n)


PANELS = {"cutoff": by_cutoff, "dose": by_dose, "test": by_test}
COUNTS = (100, 1_000, 10_000)


def panel_texts(panel: str, count: int) -> dict[str, bytes]:
    """The files of a book of so many rules."""
    rules = list(PANELS[panel](count))
    terms = {
        axis: [entry(axis, name) for name in dict.fromkeys([*NEEDED.get(axis, ()), *named(rules, axis)])]
        for axis in TEST
    }
    documents: dict[str, Table] = {
        "edition.toml": {"edition": "1", "format": 1, "name": "panel"},
        "sources.toml": {"source": [{"id": "s", "kind": "study", "title": "S", "grade": "A", "seen": "table"}]},
        "terms.toml": {**terms, "route": [{"id": "oral"}]},
        "xamine/substance.toml": {"id": "xamine", "name": "Xamine", "yields": ["any"]},
        "xamine/windows.toml": {"window": rules},
    }
    return {name: books.text_of(document).encode() for name, document in documents.items()}


def rule(number: int, when: Table, hours: int) -> Table:
    ends = {"detectable_from": ["0 s", "1 s"], "detectable_until": [f"{hours} h", f"{hours} h"]}
    evidence = [{"source": "s", "locator": "table 1", "reports": ends}]
    made = {"id": f"P{number}", "when": when, **ends, "confidence": "low", "reviewed": books.date(2026, 11, 23)}
    return {**made, "evidence": evidence}


def named(rules: list[Table], axis: str) -> Iterator[str]:
    yield from (rule["when"][axis] for rule in rules if axis in rule["when"])


def entry(axis: str, name: str) -> Table:
    if axis == "matrix":
        return {"id": name, "concentration": "ng/mL"}
    days = {"dose_days": int(name.split("-")[1]) + 2, "within": "1000 d"} if name.startswith("pattern-") else {}
    return {"id": name, **days}


def term(axis: str, number: int) -> str:
    return f"{axis}-{number}"
