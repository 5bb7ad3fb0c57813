"""How do figures stand in the tables of the results?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def write(name: str, report: dict[str, Any], text: str) -> None:
    """A report as figures and as a page."""
    RESULTS.mkdir(exist_ok=True)
    figures = json.dumps(report, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(figures + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def where(machine: dict[str, str], packages: dict[str, str]) -> list[str]:
    """The machine and the packages as a list."""
    return [
        *(f"* {key}: {value}" for key, value in machine.items()),
        f"* packages: {', '.join(f'{name} {number}' for name, number in packages.items())}",
    ]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    rule = ["---"] + ["--:"] * (len(head) - 1)
    return [f"| {' | '.join(row)} |" for row in (head, tuple(rule), *rows)]
