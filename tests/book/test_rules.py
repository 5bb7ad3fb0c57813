"""Are the shipped rules sound, sourced, and do they answer as the evidence demands?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

import ketref

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.rglob("*.toml"))
SCHEMAS = RULES.parent / "schemas"


def read(file: Path) -> dict[str, Any]:
    return tomli.loads(file.read_text(encoding="utf-8"))


def named(file: Path) -> str:
    return file.relative_to(RULES).as_posix()


CASES = [
    (file.parent.name, case) for file in sorted(RULES.glob("*/cases.toml")) for case in read(file)["case"]
]  # the substance, and a question with what the evidence demands


def described(substance: str, case: dict[str, Any]) -> str:
    return f"{substance}: {case['ask']} {' '.join(case['question'].values())}"


# ---------------------------------------------------------------- the files


def test_check_finds_nothing(run):
    ran = run("check")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_checkout_is_what_is_shipped(book, rules):
    assert set(book.texts) == {named(file) for file in FILES}
    assert book.digest == ketref.load(rules).digest


def test_every_file_begins_with_its_schema():
    for file in FILES:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("#:schema "), file
        schema = (file.parent / first.removeprefix("#:schema ")).resolve()
        stem = "mapping" if file.parent.name == "mappings" else file.stem
        assert schema == SCHEMAS / f"{stem}.schema.json", file
        assert schema.is_file(), file


@pytest.mark.parametrize("stem", ["window", "phase", "effect", "caution", "factor"])
def test_a_figure_is_a_few_characters_and_never_a_sentence(stem):
    entries = [entry for file in RULES.glob("*/*.toml") for entry in read(file).get(stem, [])]
    figures = {
        evidence["figure"] for entry in entries for evidence in entry.get("evidence", []) if "figure" in evidence
    }
    assert figures
    assert [figure for figure in figures if len(figure) > 60 or figure.endswith(".")] == []


def test_every_cited_source_is_there(book):
    def cited(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(cited, value))
        if isinstance(value, dict):
            here = {value["source"]} if isinstance(value.get("source"), str) else set()
            return here.union(*map(cited, value.values()))
        return set()

    missing = {named(file): cited(read(file)) - set(book.sources) for file in FILES if file.stem != "sources"}
    assert {name: sources for name, sources in missing.items() if sources} == {}


# ---------------------------------------------------------------- golden cases


def test_every_window_is_named_by_a_case():
    windows = {rule["id"] for file in RULES.glob("*/windows.toml") for rule in read(file)["window"]}
    assert windows - {rule for _, case in CASES for rule in case.get("rules", [])} == set()


def failures(case: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What the case demands and the JSON form of the answer does not hold."""
    behind: dict[str, set[str]] = {}  # the sources behind each rule
    wrong = []
    if case["ask"] == "detect":
        wrong = [] if answer["status"] in case.get("status", [answer["status"]]) else [str(answer["status"])]
        if case.get("disagree", answer["sources_disagree"]) != answer["sources_disagree"]:
            wrong.append("disagree")
        rules = {rule["id"] for rule in answer["rules"]}
        sources = {evidence["source"] for evidence in answer["evidence"]}
    else:
        for said in answer.get("phase_evidence", ()):
            behind.setdefault(said["rule"], set()).add(said["source"])
        for effect in answer.get("effects", ()):
            for rule in effect["rules"]:
                behind[rule] = {said["source"] for said in (*effect["evidence"], *effect["frequencies"])}
        behind |= {caution["id"]: {said["source"] for said in caution["evidence"]} for caution in answer["cautions"]}
        rules = {*behind, *(rule["id"] for rule in answer.get("phase_rules", ()))}
        sources = {source for rule in case.get("rules", behind) for source in behind.get(rule, ())}
        cautions = [c for c in answer["cautions"] if case["ask"] == "cautions" or c["status"] == "in_force"]
        statuses = {effect["name"]: effect["status"] for effect in answer.get("effects", ())}
        statuses |= {caution["id"]: caution["status"] for caution in answer["cautions"]}
        wrong += [*set(case.get("phases", [])) - set(answer.get("phases", ()))]
        wrong += [*set(case.get("not_phases", [])) & set(answer.get("phases", ()))]
        wrong += [*set(case.get("effects", [])) - statuses.keys()]
        wrong += [*set(case.get("cautions", [])) - {caution["kind"] for caution in cautions}]
        demanded = {**case.get("effect_status", {}), **case.get("caution_status", {})}
        wrong += [name for name, status in demanded.items() if statuses.get(name) != status]
    of_factors = {said["source"] for factor in answer.get("factors", ()) for said in factor["sources"]}
    wrong += [*set(case.get("factor_sources", [])) - of_factors, *set(case.get("not_sources", [])) & sources]
    return [*wrong, *set(case.get("rules", [])) - rules, *set(case.get("sources", [])) - sources]


def test_every_golden_case_carries_a_source_with_a_locator(book):
    for substance, case in CASES:
        cited = [*case.get("sources", []), *case.get("not_sources", []), *case.get("factor_sources", [])]
        assert cited, described(substance, case)
        assert set(cited) <= set(book.sources), described(substance, case)
        assert len(case["locator"]) > 3, described(substance, case)


@pytest.mark.parametrize("ask", [ketref.detect, ketref.effects, ketref.cautions], ids=lambda ask: ask.__name__)
def test_golden_cases_hold_from_the_shell_and_from_python_alike(ask, run, flags):
    asked = [(substance, case) for substance, case in CASES if case["ask"] == ask.__name__]
    assert asked
    failing, typed = {}, set()
    for substance, case in asked:
        answer = ask(substance, **case["question"]).to_dict()
        if wrong := failures(case, answer):
            failing[described(substance, case)] = wrong
        question = dict(case["question"])
        if (substance, *question) in typed:  # its flags were tried
            continue
        typed.add((substance, *question))
        words = [question.pop("condition")] if "condition" in question else []
        ran = run(case["ask"], substance, *words, *flags(question), "--format=json")
        if (ran.code, ran.err) != (0, ""):
            failing[described(substance, case)] = [f"exit {ran.code}: {ran.err}"]
        elif answer != ran.json:
            failing[described(substance, case)] = ["the shell and Python differ"]
    assert failing == {}


def test_a_golden_case_can_fail():
    answer = ketref.detect("ketamine", matrix="urine", since="12 h").to_dict()
    case = {"ask": "detect", "status": ["not_yet"], "rules": ["KET-W027"], "sources": ["none"], "disagree": True}
    assert set(failures(case, answer)) == {"expected", "KET-W027", "none", "disagree"}
    assert failures({"ask": "detect", "not_sources": ["hoffman-pcp", "none"]}, answer) == ["hoffman-pcp"]
    assert failures({"ask": "detect", "factor_sources": ["none"]}, answer) == ["none"]


def test_a_golden_case_of_effects_and_cautions_can_fail():
    answer = ketref.effects("esketamine", route="nasal", since="1 h").to_dict()
    case = {
        "ask": "effects",
        "effect_status": {"nausea": "no"},
        "caution_status": {"ESK-C001": "no"},
        "cautions": ["x"],
    }
    case |= {"phases": ["baseline"], "not_phases": answer["phases"][:1], "rules": ["KET-P001"], "sources": ["none"]}
    wrong = {"nausea", "ESK-C001", "x", "baseline", answer["phases"][0], "KET-P001", "none"}
    assert set(failures(case, answer)) == wrong
    spoken_of = ketref.cautions("esketamine", "driving").to_dict()
    assert failures({"ask": "cautions", "cautions": ["driving", "warning"], "rules": []}, spoken_of) == ["warning"]
