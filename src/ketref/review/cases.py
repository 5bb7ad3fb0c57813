"""Does a book answer its golden cases as their evidence demands?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ketref.answers import detect, effects
from ketref.answers.cautions import cautions
from ketref.book.loading import Book
from ketref.errors import Finding, KetrefError
from ketref.model.cases import Case
from ketref.model.rules import cited

_LEANS_ON = {"detect": ("windows",), "effects": ("phases", "effects", "cautions"), "cautions": ("cautions",)}


def findings(book: Book) -> Iterator[Finding]:
    """Every golden case whose answer is not what it demands; a case that leans on an unsound file is not asked."""
    for name, index, case in book.cases():
        substance = name.split("/")[0]
        if not (book.sound("sources.toml") and all(book.askable(substance, file) for file in _LEANS_ON[case.ask])):
            continue
        if failures := case_failures(book, substance, case):
            yield Finding(name, book.line(name, "case", index), "case-fails", "; ".join(failures), case.locator)


def case_failures(book: Book, substance: str, case: Case) -> list[str]:
    """In which ways a book's answer is not what a golden case demands."""
    try:
        heard = _ASK[case.ask](book, substance, case)
        sources = {source for rule in heard.sources for source in heard.sources[rule] if _concerns(case, rule)}
        return [
            *heard.failures,
            *_missing("rule", case.rules, heard.sources),
            *_missing("source", case.sources, sources),
            *_missing("source of a factor", case.factor_sources, _factor_sources(heard) if case.factor_sources else ()),
            *(f"the source `{source}` is in the answer" for source in case.not_sources if source in sources),
        ]
    except KetrefError as error:
        return [str(error)]


@frozen
class Heard:
    """What an answer holds for a case: where it fails it, and the sources behind each of its rules."""

    answer: Any
    failures: list[str]
    sources: Mapping[str, set[str]]


def _concerns(case: Case, rule: str) -> bool:
    """Whether a rule's sources are those of a case: its effects and cautions are many, the case is about some."""
    return case.ask == "detect" or not case.rules or rule in case.rules


def _detect(book: Book, substance: str, case: Case) -> Heard:
    asked: dict[str, Any] = dict(case.question)
    answer = detect.detect(substance, rules=book, **asked)
    failures = _unlike("status", answer.status, case.status)
    if case.disagree is not None and answer.sources_disagree != case.disagree:
        failures.append(f"sources {'do not ' if case.disagree else ''}disagree")
    sources: dict[str, set[str]] = {rule["id"]: set() for rule in answer.rules}
    if case.sources or case.not_sources:
        sources[""] = {evidence["source"] for evidence in answer.evidence}
    return Heard(answer, failures, sources)


def _effects(book: Book, substance: str, case: Case) -> Heard:
    asked: dict[str, Any] = dict(case.question)
    answer = effects.effects(substance, rules=book, **asked)
    sources: dict[str, set[str]] = {rule["id"]: set() for rule in answer.phase_rules}
    for evidence in answer.phase_evidence:
        sources.setdefault(evidence["rule"], set()).add(evidence["source"])
    for known in answer.known_effects:
        sources |= {rule.id: set(cited(rule)) for rule in known.rules}
    failures = _missing("phase", case.phases, answer.phases)
    failures += [f"the phase `{phase}` is possible" for phase in case.not_phases if phase in answer.phases]
    found = {known.rules[0].name: known.standing.status() for known in answer.known_effects}
    failures += _missing("effect", case.effects, found)
    failures += _differing("effect", case.effect_status, found)
    if case.cautions or case.caution_status or not sources.keys() >= set(case.rules) or not case.rules:
        failures += _cautioned(answer.cautions, case, sources)
    return Heard(answer, failures, sources)


def _cautions(book: Book, substance: str, case: Case) -> Heard:
    asked: dict[str, Any] = dict(case.question)
    answer = cautions(substance, rules=book, **asked)
    sources: dict[str, set[str]] = {}
    return Heard(answer, _cautioned(answer.cautions, case, sources), sources)


_ASK = {"detect": _detect, "effects": _effects, "cautions": _cautions}


def _cautioned(cautions: Iterable[Any], case: Case, sources: dict[str, set[str]]) -> list[str]:
    """Where the cautions of an answer fail a case; their sources join the others."""
    known = list(cautions)
    sources |= {caution["id"]: {evidence["source"] for evidence in caution["evidence"]} for caution in known}
    in_force = {caution["kind"] for caution in known if case.ask == "cautions" or caution["status"] == "in_force"}
    failures = _missing("caution in force" if case.ask == "effects" else "caution", case.cautions, in_force)
    return failures + _differing("caution", case.caution_status, {c["id"]: c["status"] for c in known})


def _factor_sources(heard: Heard) -> set[str]:
    return {said["source"] for factor in heard.answer.factors for said in factor["sources"]}


def _unlike(what: str, got: object, allowed: Sequence[str]) -> list[str]:
    return [] if not allowed or got in allowed else [f"the {what} is `{got}`, not {' or '.join(allowed)}"]


def _differing(what: str, wanted: Mapping[str, str], got: Mapping[str, str | None]) -> list[str]:
    return [
        f"the {what} `{name}` is `{got.get(name, 'not in the answer')}`, not {status}"
        for name, status in wanted.items()
        if got.get(name) != status
    ]


def _missing(what: str, wanted: Iterable[str], got: Iterable[str]) -> list[str]:
    found = list(got)
    return [f"the {what} `{name}` is not in the answer" for name in wanted if name not in found]
