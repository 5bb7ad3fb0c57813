"""Does a book read the reports of its cases as their evidence demands, and would cases miss any of its conditions?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ketref.book.loading import Book, kept
from ketref.errors import Finding, KetrefError
from ketref.model import times
from ketref.model.files import record_of
from ketref.model.interpretations import LIMITS, Condition, Interpretation, InterpretationCase
from ketref.person.interpret import interpret
from ketref.person.prescribed import understood_prescriptions
from ketref.person.report import Specimen, specimens, understood_report
from ketref.person.statements import Seen, holds, speaks

CASES = "interpretation-cases"


def findings(book: Book) -> Iterator[Finding]:
    """Every case whose report is not read as it demands; none is asked where a file that it leans on is not sound."""
    name = f"{CASES}.toml"
    if name not in book.texts or not book.sound(name, "sources.toml", "interpretations.toml", "validity.toml"):
        return
    if not all(book.askable(folder, "windows") for folder in book.folders):
        return
    for index, case in enumerate(book.record(name, record_of(CASES)).case):
        if failures := case_failures(book, case):
            yield Finding(name, book.line(name, "case", index), "case-fails", "; ".join(failures), case.locator)


def case_failures(book: Book, case: InterpretationCase) -> list[str]:
    """In which ways a report is not read as its case demands."""
    try:
        answer = interpret(rules=book, results=case.results, **_asked(case))
        shown = [one["id"] for one in answer.statements]
        verdicts = [one["verdict"] for one in answer.results]
        called = {one["verdict"] for one in answer.validity}
        sets = [sorted(one["substances"]) for one in answer.sets]
    except KetrefError as error:
        return [str(error)]
    failures = [f"the statement `{one}` is not shown" for one in case.statements if one not in shown]
    failures += [f"the statement `{one}` is shown" for one in case.not_statements if one in shown]
    if case.verdicts and list(case.verdicts) != verdicts:
        failures.append(f"the verdicts are {', '.join(verdicts)}, not {', '.join(case.verdicts)}")
    if case.validity and case.validity not in called:
        failures.append(f"the specimen is called {' and '.join(sorted(called)) or 'nothing'}, not {case.validity}")
    return failures + [f"no set is {' and '.join(one)}" for one in case.sets if sorted(one) not in sets]


def _asked(case: InterpretationCase) -> dict[str, Any]:
    said = {"doses": case.doses, "prescribed": case.prescribed, "pattern": case.pattern}
    return {key: value for key, value in said.items() if value}


# ---------------------------------------------------------------- conditions that no case would miss


@frozen(eq=False)
class Scene:
    """What a case shows of a statement: whether it demands it, and of which specimens."""

    demanded: bool
    specimens: Sequence[Specimen]
    declared: frozenset[str]


@kept
def scenes(book: Book) -> Mapping[str, tuple[Scene, ...]]:
    """What cases show of each statement that they name, by its id; a case that is not understood shows nothing."""
    found: dict[str, list[Scene]] = {}
    for case in book.listed_in(CASES, "case"):
        try:
            taken = understood_prescriptions(book, case.prescribed, times.PLAIN)
            report = understood_report(book, case.results, (), None, times.PLAIN)
        except KetrefError:
            continue
        declared = frozenset((*(one.name for one in taken), *(row.get("substance", "") for row in case.doses)))
        of_case = specimens(report.results, report.measures)
        for demanded, named in ((True, case.statements), (False, case.not_statements)):
            for one in named:
                found.setdefault(one, []).append(Scene(demanded, of_case, declared))
    return {name: tuple(listed) for name, listed in found.items()}


def fits(book: Book, one: Interpretation, among: Sequence[Scene]) -> bool:
    """Whether a statement is shown where cases demand it, and is not where they demand that."""
    return all(_shown(book, one, scene) == scene.demanded for scene in among)


def _shown(book: Book, one: Interpretation, scene: Scene) -> bool:
    return any(
        speaks(book, one, specimen, scene.declared)
        and holds(one, Seen(book, specimen, scene.specimens[:place])) is not None
        for place, specimen in enumerate(scene.specimens)
    )


def survivors(book: Book, one: Interpretation) -> Iterator[str]:
    """What could be dropped from a statement, or turned in it, and no case would be answered otherwise: in words."""
    among = scenes(book).get(one.id, ())
    for said, changed in mutants(one):
        if fits(book, changed, among):
            yield said


def mutants(one: Interpretation) -> Iterator[tuple[str, Interpretation]]:
    """A statement with each of its conditions dropped, and with each turned, in words."""
    for key, named in (("when", "condition"), ("unless", "exception")):
        conditions: tuple[Condition, ...] = getattr(one, key)
        for place, condition in enumerate(conditions):
            before, after = conditions[:place], conditions[place + 1 :]
            if before or after or key == "unless":
                yield f"{named} {place + 1} dropped", _changed(one, **{key: (*before, *after)})
            for said, turned in _turned(condition):
                yield f"{named} {place + 1} with {said}", _changed(one, **{key: (*before, turned, *after)})
    for key in ("declared", "undeclared"):
        if getattr(one, key):
            yield f"`{key}` dropped", _changed(one, **{key: ()})


_OTHER = {"present": "absent", "absent": "present", "not tested": "present"}
_BEYOND = {"above": "at_most", "at_least": "below", "at_most": "above", "below": "at_least"}


def _turned(condition: Condition) -> Iterator[tuple[str, Condition]]:
    if condition.found is not None:
        other: Any = _OTHER[condition.found]
        yield f"`{other}` for `{condition.found}`", _changed(condition, found=other)
        if condition.earlier is not None:
            yield "`earlier` dropped", _changed(condition, earlier=None)
    for name, limit in condition.limits.items():
        changed: dict[str, Any] = {**dict.fromkeys(LIMITS), _BEYOND[name]: limit}
        yield f"`{_BEYOND[name]}` for `{name}`", _changed(condition, **changed)
        if len(condition.limits) > 1:
            yield f"`{name}` dropped", _changed(condition, **{name: None})


def swapped(one: Interpretation) -> Iterator[tuple[Condition, Interpretation]]:
    """A statement with the sides of each of its ratios swapped, where both are analytes."""
    for place, condition in enumerate(one.when):
        if condition.over is not None:
            other = _changed(condition, analyte=condition.over, over=condition.analyte)
            yield condition, _changed(one, when=(*one.when[:place], other, *one.when[place + 1 :]))


def _changed(record: Any, **changes: Any) -> Any:
    return evolve(record, **changes)
