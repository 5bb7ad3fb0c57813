"""Are the shipped rules sound, sourced, and do they answer as the evidence demands?"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import ketref

RULES = Path(__file__).parent.parent / "rules"
FILES = sorted(RULES.rglob("*.toml"))
SCHEMAS = RULES.parent / "schemas"


def read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def named(file: Path) -> str:
    return file.relative_to(RULES).as_posix()


CASES = [
    (file.parent.name, case) for file in sorted(RULES.glob("*/cases.toml")) for case in read(file)["case"]
]  # the substance, and a question with what the evidence demands


def described(value: object) -> str:
    return " ".join(value["question"].values()) if isinstance(value, dict) else str(value)


# ---------------------------------------------------------------- the files


def test_check_finds_nothing(run):
    ran = run("check")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_checkout_is_what_is_shipped(book, rules):
    assert set(book.texts) == {named(file) for file in FILES}
    assert book.digest == ketref.load(rules).digest


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_begins_with_its_schema(file):
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("#:schema ")
    schema = (file.parent / first.removeprefix("#:schema ")).resolve()
    assert schema == SCHEMAS / f"{file.stem}.schema.json"
    assert schema.is_file()


@pytest.mark.parametrize("stem", ["window", "phase", "effect", "caution", "factor"])
def test_a_figure_is_a_few_characters_and_never_a_sentence(stem):
    entries = [entry for file in RULES.glob("*/*.toml") for entry in read(file).get(stem, [])]
    figures = {
        evidence["figure"] for entry in entries for evidence in entry.get("evidence", []) if "figure" in evidence
    }
    assert figures
    assert [figure for figure in figures if len(figure) > 60 or figure.endswith(".")] == []


@pytest.mark.parametrize("file", [file for file in FILES if file.stem != "sources"], ids=named)
def test_every_cited_source_is_there(file, book):
    def cited(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(cited, value))
        if isinstance(value, dict):
            here = {value["source"]} if isinstance(value.get("source"), str) else set()
            return here.union(*map(cited, value.values()))
        return set()

    assert cited(read(file)) <= set(book.sources)


# ---------------------------------------------------------------- golden cases


def test_every_window_is_named_by_a_case():
    windows = {rule["id"] for file in RULES.glob("*/windows.toml") for rule in read(file)["window"]}
    assert windows - {rule for _, case in CASES for rule in case.get("rules", [])} == set()


def failures(case: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What the case demands and the JSON form of the answer does not hold."""
    if case["ask"] == "detect":
        wrong = [] if answer["status"] in case.get("status", [answer["status"]]) else [str(answer["status"])]
        if case.get("disagree", answer["sources_disagree"]) != answer["sources_disagree"]:
            wrong.append("disagree")
        rules = {rule["id"] for rule in answer["rules"]}
        sources = {evidence["source"] for evidence in answer["evidence"]}
    else:
        rules = {entry["id"] for key in ("phase_rules", "cautions") for entry in answer[key]}
        rules |= {rule for effect in answer["effects"] for rule in effect["rules"]}
        sources = {evidence["source"] for evidence in answer["phase_evidence"]}
        in_force = {caution["kind"] for caution in answer["cautions"] if caution["status"] == "in_force"}
        effects = {effect["name"] for effect in answer["effects"]}
        wrong = [*set(case.get("phases", [])) - set(answer["phases"])]
        wrong += [*set(case.get("effects", [])) - effects, *set(case.get("cautions", [])) - in_force]
    return [*wrong, *set(case.get("rules", [])) - rules, *set(case.get("sources", [])) - sources]


@pytest.mark.parametrize(("substance", "case"), CASES, ids=described)
def test_a_golden_case_holds_from_the_shell_and_from_python_alike(substance, case, run, flags):
    ran = run(case["ask"], substance, *flags(case["question"]), "--format=json")
    assert (ran.code, ran.err) == (0, "")
    assert failures(case, ran.json) == []
    ask = {"detect": ketref.detect, "effects": ketref.effects}[case["ask"]]
    assert ask(substance, **case["question"]).to_dict() == ran.json


def test_a_golden_case_can_fail():
    answer = ketref.detect("ketamine", matrix="urine", since="12 h").to_dict()
    case = {"ask": "detect", "status": ["not_yet"], "rules": ["KET-W027"], "sources": ["none"], "disagree": True}
    assert set(failures(case, answer)) == {"expected", "KET-W027", "none", "disagree"}
