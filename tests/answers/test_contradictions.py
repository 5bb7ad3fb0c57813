"""Where the collected evidence contradicts itself, do answers show both sides?"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from test_coverage import DATA as IDS
from test_coverage import held

import ketref
from ketref.book.loading import shipped
from ketref.model.files import FACT_TABLES

DATA = tomllib.loads((Path(__file__).parents[1] / "data" / "contradictions.toml").read_text("utf-8"))
BOOK = shipped()


def sources_in(answer: Any, key: str = "") -> set[str]:
    """Every source that a JSON form names as one."""
    if isinstance(answer, dict):
        return set().union(*(sources_in(value, name) for name, value in answer.items()))
    if isinstance(answer, list):
        return set().union(*(sources_in(value, key) for value in answer))
    return {answer} if key == "source" else set()


def shown_by_cases(contradiction: str) -> list[set[str]]:
    """The sources in the answer to each golden case that shows a contradiction, with its factors if it is about those.

    Of effects and cautions, those behind the rules that the case names.
    """
    shown = []
    for name, _, case in BOOK.cases():
        if contradiction in case.claims:
            ask = {"detect": ketref.detect, "effects": ketref.effects, "cautions": ketref.cautions}[case.ask]
            answer = ask(name.split("/")[0], **case.question).to_dict()
            parts = [answer.get("evidence", [])]
            parts += [said for said in answer.get("phase_evidence", []) if said["rule"] in case.rules]
            parts += [effect for effect in answer.get("effects", []) if set(effect["rules"]) & set(case.rules)]
            parts += [caution for caution in answer.get("cautions", []) if caution["id"] in case.rules]
            parts += [answer["factors"]] if case.factor_sources else []
            shown.append(sources_in(parts))
    return shown


def shown_by_facts(contradiction: str) -> list[set[str]]:
    """The sources of each fact, study or cutoff that holds a contradiction, and of all parameters that do."""
    entries = [e for name in BOOK.substances for table in FACT_TABLES for e in BOOK.facts(name, table)]
    holding = [e for e in entries if any(contradiction in said.claims for said in e.evidence)]
    alike: dict[object, set[str]] = defaultdict(set)  # parameters stand in one section of `show`, beside each other
    for entry in holding:
        alike[(getattr(entry, "parameter", None) and "parameters") or entry.id] |= {s.source for s in entry.evidence}
    return list(alike.values())


def sides_shown(sides: list[list[str]], shown: list[set[str]]) -> bool:
    """Whether one answer has a source of every side."""
    return any(all(set(side) & sources for side in sides) for sources in shown)


def test_every_contradiction_is_shown_or_left_out_with_a_reason() -> None:
    known = {name for table in ("contradictions", "disagreements") for name in IDS["ids"][table]}
    listed = [*DATA["timed"], *DATA["told"], *DATA["left_out"]]
    assert sorted(listed) == sorted(known)
    assert len(known) == 15 + 20
    assert all(reason.strip() for reason in DATA["left_out"].values())
    assert all(len(sides) > 1 for sides in (*DATA["timed"].values(), *DATA["told"].values()))


@pytest.mark.parametrize("contradiction", DATA["timed"])
def test_a_golden_case_shows_both_sides_in_its_answer(contradiction: str) -> None:
    shown = shown_by_cases(contradiction)
    sides = DATA["timed"][contradiction]
    assert shown
    assert all(sum(bool(set(side) & sources) for side in sides) > 0 for sources in shown)
    assert sides_shown(sides, shown)


@pytest.mark.parametrize("contradiction", DATA["told"])
def test_a_fact_shows_both_sides(contradiction: str) -> None:
    assert sides_shown(DATA["told"][contradiction], shown_by_facts(contradiction))


@pytest.mark.parametrize(("one", "other"), [(one, other) for one, others in DATA["pairs"].items() for other in others])
def test_one_rule_or_fact_holds_both_of_two_claims_that_contradict_each_other(one: str, other: str) -> None:
    where = held()
    left_out = {name for name in (one, other) if name in IDS["left_out"]}
    assert left_out or set(where[one]) & set(where[other])


def test_sides_can_be_missing() -> None:
    assert not sides_shown([["a"], ["b"]], [{"a"}, {"b", "c"}])
    assert sides_shown([["a", "d"], ["b"]], [{"a"}, {"b", "d"}])
    assert sources_in({"evidence": [{"source": "a", "says": "b"}], "rule": {"source": "c"}}) == {"a", "c"}
