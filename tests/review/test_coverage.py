"""Is all evidence that was collected encoded, or left out with a reason, and where does each statement stand?

`python tests/review/test_coverage.py` writes docs/article.md anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomli

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "article.md"
DATA = tomli.loads((ROOT / "tests" / "data" / "evidence_ids.toml").read_text("utf-8"))
HEAD = """\
# The article, statement by statement

The project starts from one article (`psilolab-2023` in the sources). Each of its statements is held by a rule, a
factor, a fact or a study, or left out with a reason; the verdict says how it fared against the sources. Made of the
rule files by `python tests/review/test_coverage.py`.

| statement | line | what it says | verdict | held by |
|---|--:|---|---|---|
"""


def claims(node: Any, owner: str) -> Iterator[tuple[str, str]]:
    """Every id that an entry encodes, with the rule or fact that the entry belongs to."""
    if isinstance(node, dict):
        owner = node.get("id", owner)
        yield from ((claim, owner) for claim in node.get("claims", ()))
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for item in inside:
        yield from claims(item, owner)


@cache
def held() -> dict[str, list[str]]:
    """Where each id is encoded."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "rules").rglob("*.toml")):
        for claim, owner in claims(tomli.loads(path.read_text("utf-8")), path.parent.name):
            found[claim].add(owner)
    return {claim: sorted(owners) for claim, owners in found.items()}


def page() -> str:
    """docs/article.md as it should be."""
    where = held()
    rows = []
    for said in DATA["article"]:
        holders = ", ".join(where.get(said["id"], ())) or f"left out: {DATA['left_out'][said['id']]}"
        rows.append(f"| {said['id']} | {said['line']} | {said['says']} | {said['verdict']} | {holders} |")
    return HEAD + "\n".join(rows) + "\n"


PANEL = tomli.loads((ROOT / "tests" / "data" / "panel_ids.toml").read_text("utf-8"))
PANEL_IDS = [
    (dossier, [name for names in tables.values() for name in names]) for dossier, tables in PANEL["ids"].items()
]
IDS = [(table, name) for table, names in DATA["ids"].items() for name in names]


def test_the_lists_are_whole() -> None:
    counts = {table: len(names) for table, names in DATA["ids"].items()}
    assert counts["statements of the article"] == len(DATA["article"]) == 76
    assert (counts["phases"], counts["adverse effects"], counts["contraindications"]) == (97, 151, 35)
    assert (counts["detection claims"], counts["studies"], counts["pharmacokinetic parameters"]) == (61, 17, 150)


@pytest.mark.parametrize("table", DATA["ids"])
def test_each_id_is_encoded_or_left_out_with_a_reason_and_never_both(table: str) -> None:
    where = held()
    wrong = [name for name in DATA["ids"][table] if (name in where) == (name in DATA["left_out"])]
    assert wrong == []


def test_nothing_unknown_is_claimed_or_left_out() -> None:
    known = {name for _, name in IDS} | {name for _, names in PANEL_IDS for name in names}
    assert set(held()) | set(DATA["left_out"]) | set(PANEL["left_out"]) <= known
    assert all(reason.strip() for reason in (*DATA["left_out"].values(), *PANEL["left_out"].values()))


def test_the_lists_of_the_panel_are_whole() -> None:
    counts = {table: sum(len(tables[table]) for tables in PANEL["ids"].values()) for table in PANEL["ids"]["opioids"]}
    assert (counts["claim"], counts["cutoff"], counts["yields"], counts["interpretation"]) == (706, 347, 171, 255)
    assert (counts["cross_reactivity"], counts["phase"], counts["effect"], counts["caution"]) == (149, 377, 564, 282)
    assert (counts["pk"], counts["factor"], counts["identifier"], counts["contradiction"]) == (565, 141, 316, 155)


@pytest.mark.parametrize(("dossier", "names"), PANEL_IDS, ids=[dossier for dossier, _ in PANEL_IDS])
def test_each_id_of_the_panel_is_encoded_or_left_out_with_a_reason_and_never_both(
    dossier: str, names: list[str]
) -> None:
    where = held()
    wrong = [name for name in names if (name in where) == (name in PANEL["left_out"])]
    assert wrong == [], dossier


def test_the_page_of_the_article_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "python tests/review/test_coverage.py"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
