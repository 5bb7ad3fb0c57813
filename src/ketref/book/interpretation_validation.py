"""Is each statement on several results, and each rule on the validity of a specimen, sound as far as its text tells?"""

from __future__ import annotations

from collections.abc import Iterator

from ketref.book.references import Context, duplicates, fact_evidence, known_source, known_terms
from ketref.book.structuring import Path, Problem
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.interpretations import (
    Condition,
    Interpretation,
    InterpretationCases,
    Interpretations,
    Limits,
    Validity,
)
from ketref.model.units import Limit

_SUBSTANCES = ("declared", "undeclared", "supports", "against")
_AXES = ("matrix", "pattern")


def interpretation_problems(file: Interpretations, context: Context) -> Iterator[Problem]:
    """Every problem of the statements of a file."""
    yield from duplicates("interpretation", [one.id for one in file.interpretation])
    known = {one.id: one for one in file.interpretation}
    for index, one in enumerate(file.interpretation):
        path: Path = ("interpretation", index)
        yield from fact_evidence(path, one, context)
        for axis in _AXES:
            yield from known_terms((*path, axis), axis, getattr(one, axis), context)
        for key in _SUBSTANCES:
            for place, name in enumerate(getattr(one, key)):
                if context.substances and name not in context.substances:
                    yield (*path, key, place), "unknown-term", f"no substance `{name}`", ""
        for place, name in enumerate(one.contradicts):
            if one.id not in getattr(known.get(name), "contradicts", (one.id,)):
                hint = f'there: contradicts = ["{one.id}"]'
                yield (*path, "contradicts", place), "missing-key", f"`{name}` does not say so of `{one.id}`", hint
            elif name not in known:
                yield (*path, "contradicts", place), "unknown-term", f"no statement has the id `{name}`", ""
        if not one.when:
            yield path, "missing-key", f"`{one.id}` has no condition", "write [[interpretation.when]]"
        for key in ("when", "unless"):
            for number, condition in enumerate(getattr(one, key)):
                yield from _condition((*path, key, number), one, condition, context)


def _condition(path: Path, one: Interpretation, condition: Condition, context: Context) -> Iterator[Problem]:
    yield from _measured((*path, "analyte"), condition.analyte, context)
    if condition.over:
        yield from _measured((*path, "over"), condition.over, context)
    yield from known_terms((*path, "among"), "analyte", condition.among, context)
    yield from known_terms((*path, "method"), "method", condition.method, context)
    yield from _one_thing(path, condition, condition.found)
    if condition.found and (condition.over or condition.among):
        yield path, "unknown-key", "`found` is about one analyte alone", "leave out `over` and `among`"
    if condition.over and condition.among:
        yield path, "unknown-key", "a figure is a ratio or a share, not both", "leave out `over` or `among`"
    if condition.among and condition.analyte not in condition.among:
        yield (*path, "among"), "missing-key", f"`{condition.analyte}` is not a part of the sum", "add it"
    if condition.earlier and condition.earlier[0] > condition.earlier[1]:
        yield (*path, "earlier"), "reversed-range", "the second time is before the first", "write the shorter one first"
    for name, limit in condition.limits.items():
        if said := _odd(condition, limit, one.matrix, context):
            yield (*path, name), "bad-unit", *said


def _measured(path: Path, name: str, context: Context) -> Iterator[Problem]:
    """An analyte, or a measure."""
    if name not in context.vocabularies["measure"]:
        for problem in known_terms((), "analyte", (name,), context):
            yield path, *problem[1:]


def _odd(condition: Condition, limit: Limit, matrices: tuple[str, ...], context: Context) -> tuple[str, str] | None:
    """Why a limit is none of what it limits, and what would be one."""
    measures = context.vocabularies["measure"].terms
    if condition.earlier or condition.among or (condition.over and condition.over not in measures):
        return (f"`{limit}` has a unit", "a ratio or a share is a plain number") if limit.unit else None
    if condition.over:
        normalised = measures[condition.over].normalises
        if normalised is None:
            return f"nothing is divided by {condition.over}", "`normalises` in terms.toml says by which"
        return _no_quantity(limit, (normalised,))
    if condition.analyte in measures:
        return _no_value(condition.analyte, limit, context)
    known = context.vocabularies["matrix"].terms
    kinds = {unit for name in matrices if name in known for unit in known[name].concentrations}
    return _no_quantity(limit, tuple(sorted(kinds)) or units.CONCENTRATIONS)


def _no_quantity(limit: Limit, bases: tuple[str, ...]) -> tuple[str, str] | None:
    try:
        units.written_quantity(limit.text, *bases)
    except UsageError as error:
        return str(error), error.hint or ""
    return None


def _no_value(measure: str, limit: Limit, context: Context) -> tuple[str, str] | None:
    term = context.vocabularies["measure"].terms[measure]
    if limit.unit in (term.unit, *(unit.unit for unit in term.units)):
        return None
    return f"`{limit}` is not a value of {measure}", f"it is in {term.unit}" if term.unit else "it is a plain number"


def _one_thing(path: Path, condition: Limits, found: str | None) -> Iterator[Problem]:
    """A condition says one thing, and its limits are in order."""
    limits = condition.limits
    if bool(found) == bool(limits):
        yield path, "missing-key", "a condition is `found` or has limits", "above, at_least, at_most, below"
    for first, second in (("above", "at_least"), ("at_most", "below")):
        if first in limits and second in limits:
            yield path, "unknown-key", f"`{first}` and `{second}` are two limits of one side", "keep one"
    low = condition.above or condition.at_least
    high = condition.below or condition.at_most
    if low and high and low.unit == high.unit and low.number > high.number:
        yield path, "reversed-range", f"`{low}` is more than `{high}`", "the lower limit is the smaller one"


def validity_problems(file: Validity, context: Context) -> Iterator[Problem]:
    """Every problem of the rules on validity of a file."""
    yield from duplicates("validity", [one.id for one in file.validity])
    for index, one in enumerate(file.validity):
        path: Path = ("validity", index)
        yield from fact_evidence(path, one, context)
        for problem in known_terms((), "matrix", (one.matrix,), context):
            yield (*path, "matrix"), *problem[1:]
        if not one.when:
            yield path, "missing-key", f"`{one.id}` has no condition", "write [[validity.when]]"
        for number, condition in enumerate(one.when):
            place: Path = (*path, "when", number)
            yield from _one_thing(place, condition, condition.found)
            if condition.measure not in context.vocabularies["measure"]:
                for problem in known_terms((), "measure", (condition.measure,), context):
                    yield (*place, "measure"), *problem[1:]
                continue
            for name, limit in condition.limits.items():
                if said := _no_value(condition.measure, limit, context):
                    yield (*place, name), "bad-unit", *said


def interpretation_case_problems(file: InterpretationCases, context: Context) -> Iterator[Problem]:
    """Every problem of the cases of a file: whether the book answers them is another question."""
    for index, case in enumerate(file.case):
        path: Path = ("case", index)
        yield from known_source((*path, "source"), case.source, context)
        if not case.results:
            yield path, "missing-key", "a case has results", "write results = [{ analyte = ..., outcome = ... }]"
        if not any((case.statements, case.not_statements, case.verdicts, case.validity, case.sets)):
            yield (
                path,
                "missing-key",
                "the case demands nothing",
                "statements, not_statements, verdicts, validity, sets",
            )
        for number, members in enumerate(case.sets):
            for name in members:
                if context.substances and name not in context.substances:
                    yield (*path, "sets", number), "unknown-term", f"no substance `{name}`", ""
