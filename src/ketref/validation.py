"""Is each record of a file sound in itself and among its neighbours, as far as the text alone can tell?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from ketref import catalogue, course, facts, model
from ketref.conditions import expand, within
from ketref.model import (
    AXES,
    BOUNDARIES,
    CONFIDENCE_NEEDS,
    SIDES,
    TERM_AXES,
    Rule,
    spans,
    stated_ends,
)
from ketref.structuring import Path, Problem
from ketref.terms import Vocabulary
from ketref.units import Quantity

OF_WHAT_IS_MISSING = frozenset({"dose-without-fallback"})
"""Codes of what an entry lacks among its neighbours: untold where some of these are not to be read."""
MEASURED_AXES = frozenset({"matrix", "analyte", "method", "cutoff"})  # of windows alone


@frozen
class Context:
    """What the records of a file may refer to."""

    vocabularies: Mapping[str, Vocabulary]
    sources: Mapping[str, catalogue.Source] | None  # None: not known, so not looked at
    substances: frozenset[str]


def problems(record: Any, folder: str, context: Context) -> Iterator[Problem]:
    """Every problem of the record of one file; `folder` is the substance that the file belongs to."""
    check = _CHECKS.get(type(record))
    if check:
        yield from check(record, folder, context)


# ---------------------------------------------------------------- files of the book


_NEEDED = {"analyte": {"any"}, "pattern": {"single", "unknown"}}


def _terms(terms: catalogue.Terms, _: str, __: Context) -> Iterator[Problem]:
    for axis in (*TERM_AXES, "factor"):
        entries = getattr(terms, axis)
        yield from _duplicates(axis, [entry.id for entry in entries])
        known = {entry.id for entry in entries}
        cycle = next((entry for entry in entries if _is_own_ancestor(entry.id, entries)), None)
        for index, entry in enumerate(entries):
            parent = getattr(entry, "parent", None)
            if parent is not None and parent not in known:
                yield (axis, index, "parent"), "unknown-term", f"no {axis} has the id `{parent}`", ""
            elif cycle is not None and entry.id == cycle.id:
                yield (axis, index, "parent"), "unknown-term", f"`{entry.id}` is its own parent, or above it", ""
        for needed in sorted(_NEEDED.get(axis, set()) - known):
            yield (axis,), "missing-key", f"no {axis} has the id `{needed}`", "questions that leave it out mean it"
        for word, first, second in Vocabulary(axis, entries).clashes:
            yield (axis,), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", "a word has one meaning"


def _is_own_ancestor(term: str, entries: Any) -> bool:
    parents = {entry.id: getattr(entry, "parent", None) for entry in entries}
    above, seen = parents[term], set()
    while above is not None and above != term and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == term


def _sources(sources: catalogue.Sources, _: str, __: Context) -> Iterator[Problem]:
    yield from _duplicates("source", [source.id for source in sources.source])


def _substance(substance: catalogue.Substance, folder: str, context: Context) -> Iterator[Problem]:
    if substance.id != folder:
        yield ("id",), "wrong-folder", f"`{substance.id}` lies in the folder `{folder}`", "name the folder by the id"
    yield from _known_terms(("yields",), "analyte", substance.yields, context)
    if substance.windows_of and substance.windows_of not in context.substances:
        yield ("windows_of",), "unknown-term", f"no substance `{substance.windows_of}`", ""
    for key in ("identifier", "formulation"):
        for index, entry in enumerate(getattr(substance, key)):
            yield from _known_source((key, index, "source"), entry.source, context)


def _factors(factors: facts.Factors, _: str, context: Context) -> Iterator[Problem]:
    yield from _duplicates("factor", [factor.id for factor in factors.factor])
    for index, factor in enumerate(factors.factor):
        path: Path = ("factor", index)
        yield from _known_terms((*path, "analyte"), "analyte", factor.analyte, context)
        yield from _known_terms((*path, "matrix"), "matrix", factor.matrix, context)
        yield from _fact_evidence(path, factor, context)
        term = context.vocabularies["factor"].terms.get(factor.factor)
        values = getattr(term, "values", ())
        applies = factor.applies
        if applies.value is not None and applies.value not in values:
            allowed = f"one of {', '.join(values)}" if values else "terms.toml lists the values of a factor"
            yield (*path, "applies"), "unknown-term", f"`{applies.value}` is no value of it", allowed
        if values and (applies.min is not None or applies.max is not None):
            yield (*path, "applies"), "wrong-type", f"`{factor.factor}` is no number", f"one of {', '.join(values)}"


def _facts(book: facts.Facts, _: str, context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for key in ("fact", "study", "pharmacokinetic", "cutoff"):
        entries = getattr(book, key)
        yield from _duplicates(key, [entry.id for entry in entries], seen)
        for index, entry in enumerate(entries):
            yield from _fact_evidence((key, index), entry, context)
    for index, parameter in enumerate(book.pharmacokinetic):
        route = (parameter.route,) if parameter.route else ()
        yield from _known_terms(("pharmacokinetic", index, "route"), "route", route, context)
    for index, cutoff in enumerate(book.cutoff):
        path: Path = ("cutoff", index)
        yield from _known_terms((*path, "matrix"), "matrix", (cutoff.matrix,), context)
        yield from _known_terms((*path, "analyte"), "analyte", cutoff.analyte, context)
        yield from _known_terms((*path, "method"), "method", (cutoff.method,) if cutoff.method else (), context)
        yield from _concentrations((*path, "value"), (cutoff.matrix,), (cutoff.value,), context)


def _fact_evidence(path: Path, entry: Any, context: Context) -> Iterator[Problem]:
    if not entry.evidence:
        yield path, "no-evidence", f"`{entry.id}` has no evidence", "name who says so"
    for number, evidence in enumerate(entry.evidence):
        yield from _known_source((*path, "evidence", number, "source"), evidence.source, context)


def _cases(cases: catalogue.Cases, _: str, context: Context) -> Iterator[Problem]:
    for index, case in enumerate(cases.case):
        for key in _NAMED_SOURCES:
            for source in getattr(case, key):
                yield from _known_source(("case", index, key), source, context)
        for status in case.status:
            if status not in course.STATUSES:
                yield ("case", index, "status"), "unknown-term", f"`{status}` is no status", ", ".join(course.STATUSES)
        asked, demanded = _CASE_KEYS[case.ask]
        factors = context.vocabularies["factor"] if case.ask != "cautions" else ()
        for key in case.question:
            if key not in asked and key not in factors:
                hint = f"keys: {', '.join(asked)}{', and factors' if factors else ''}"
                yield ("case", index, "question", key), "unknown-key", f"unknown key `{key}`", hint
        if case.ask == "detect" and "matrix" not in case.question:
            yield ("case", index, "question"), "missing-key", "a test has a `matrix`", ""
        given = [key for key in _DEMANDS if getattr(case, key) not in ((), None, {})]
        if not given:
            yield ("case", index), "missing-key", "the case demands nothing", f"one of {', '.join(demanded)}"
        elif not any(getattr(case, key) for key in _NAMED_SOURCES):
            yield ("case", index), "missing-key", "the case names no source", f"one of {', '.join(_NAMED_SOURCES)}"
        for key in given:
            if key not in demanded:
                yield ("case", index, key), "unknown-key", f"`{case.ask}` answers no `{key}`", ""


_DOSE_KEYS = ("since", "taken", "at", "route", "dose", "weight", "infusion", "pattern")
_TEST_KEYS = (*_DOSE_KEYS, "matrix", "analyte", "method", "cutoff", "source")
_NAMED_SOURCES = ("sources", "not_sources", "factor_sources")
_BEHIND = ("rules", *_NAMED_SOURCES)
_EFFECT_DEMANDS = ("phases", "not_phases", "effects", "effect_status")
_CAUTION_DEMANDS = ("cautions", "caution_status")
_CASE_KEYS = {
    "detect": (_TEST_KEYS, ("status", "disagree", *_BEHIND)),
    "effects": (_DOSE_KEYS, (*_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND)),
    "cautions": (("condition", "route"), (*_CAUTION_DEMANDS, "rules", "sources", "not_sources")),
}
_DEMANDS = ("status", "disagree", *_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND)


# ---------------------------------------------------------------- rules


def _rules(key: str) -> Callable[[Any, str, Context], Iterator[Problem]]:
    def check(file: Any, _: str, context: Context) -> Iterator[Problem]:
        rules: tuple[Rule, ...] = getattr(file, key)
        yield from _duplicates(key, [rule.id for rule in rules])
        sound = []
        for index, rule in enumerate(rules):
            found = list(_rule((key, index), rule, context))
            yield from found
            if not found:
                sound.append((index, rule))
        yield from _same_end_twice(key, sound)
        yield from _dose_alone(key, sound, context)

    return check


def subject(rule: Rule) -> str:
    """What a rule speaks of, within its kind: rules of one subject govern one course together."""
    return rule.name if isinstance(rule, model.Effect) else rule.id if isinstance(rule, model.Caution) else ""


def _rule(path: Path, rule: Rule, context: Context) -> Iterator[Problem]:
    kind = type(rule)
    yield from _conditions((*path, "when"), rule.when, kind, context)
    yield from _evidence(path, rule, context)
    boundaries = BOUNDARIES[kind]
    if rule.from_end is not None and rule.from_end not in boundaries:
        hint = f"one of {', '.join(boundaries)}"
        yield (*path, "from_end"), "unknown-term", f"`{rule.from_end}` is no boundary of a {path[0]}", hint
        return
    stated = stated_ends(rule)
    if isinstance(rule, model.Window | model.Phase) and not any(end for ends in stated for end in ends):
        yield path, "no-time", f"`{rule.id}` states no time at all", f"state one of {', '.join(boundaries)}"
    else:
        yield from _clock(path, rule)
    if isinstance(rule, model.Window):
        for axis in ("matrix", "analyte"):
            if not getattr(rule.when, axis):
                hint = 'write analyte = "any" where the rule speaks of the test as a whole' if axis == "analyte" else ""
                yield (*path, "when"), "missing-key", f"a window names its {axis}", hint
    if isinstance(rule, model.Caution):
        if not (rule.condition or rule.instruction):
            yield path, "missing-key", f"`{rule.id}` has neither `condition` nor `instruction`", ""
        if rule.until_event and rule.until.latest:
            hint = "an event, not time, lifts it: leave the latest end out"
            yield (*path, "until"), "until-event", f"`{rule.id}` has an event and a latest end", hint
    if crossed := course.crossing(stated):
        (b, side), (c, other) = crossed
        yield (
            (*path, boundaries[c]),
            "decreasing-course",
            f"the {SIDES[other]} end of `{boundaries[c]}` lies before the {SIDES[side]} end of `{boundaries[b]}`",
            "ends must not decrease along the course, whatever the duration of the administration",
        )
    yield from _claims(path, rule)


def _clock(path: Path, rule: Rule) -> Iterator[Problem]:
    """What moves or measures the clock of an end has an end to do it to."""
    boundaries = BOUNDARIES[type(rule)]
    late = boundaries[boundaries.index(rule.from_end) :] if rule.from_end else ()
    moved = any(getattr(getattr(rule, boundary), side) for boundary in late for side in SIDES)
    if rule.from_end and not moved:
        message = f"`{rule.id}` states no end from `{rule.from_end}` on, so nothing counts from the end"
        yield (*path, "from_end"), "idle-clock", message, "state an end there, or take `from_end` out"
    elif rule.infusion and not moved:
        message = f"`{rule.id}` assumes a duration, and none of its ends counts from the end of the administration"
        yield (*path, "infusion"), "idle-clock", message, "say from which boundary on they do: `from_end`"


def _conditions(path: Path, when: model.When, kind: type, context: Context) -> Iterator[Problem]:
    for axis in AXES:
        given = getattr(when, axis)
        if given and axis in MEASURED_AXES and kind is not model.Window:
            yield (*path, axis), "unknown-key", f"`{axis}` is a condition of windows only", ""
        elif axis in TERM_AXES:
            yield from _known_terms((*path, axis), axis, given, context)
            if axis == "pattern" and "unknown" in given:
                yield (*path, axis), "unknown-term", "a rule cannot name the pattern `unknown`", "leave the axis out"
    yield from _concentrations((*path, "cutoff"), when.matrix, when.cutoff, context)


def _concentrations(
    path: Path, matrices: tuple[str, ...], cutoffs: tuple[Quantity, ...], context: Context
) -> Iterator[Problem]:
    """Cutoffs are concentrations of the specimens that they belong to."""
    units = {getattr(context.vocabularies["matrix"].terms.get(m), "concentration", None) for m in matrices}
    for cutoff in cutoffs:
        if units and units != {cutoff.base}:
            known = " and ".join(sorted(str(unit) for unit in units))
            yield path, "bad-unit", f"`{cutoff}` is no concentration in {', '.join(matrices)}", known


def _evidence(path: Path, rule: Rule, context: Context) -> Iterator[Problem]:
    frequencies = rule.frequency if isinstance(rule, model.Effect) else ()
    for index, entry in enumerate(rule.evidence):
        yield from _known_source((*path, "evidence", index, "source"), entry.source, context)
        yield from _conditions((*path, "evidence", index, "when"), entry.when, type(rule), context)
    for index, frequency in enumerate(frequencies):
        yield from _known_source((*path, "frequency", index, "source"), frequency.source, context)
        yield from _frequency((*path, "frequency", index), frequency)
    sources = [entry.source for entry in (*rule.evidence, *frequencies)]
    known = context.sources or {}
    grades = [known[source].grade for source in sources if source in known]
    if not sources:
        yield path, "no-evidence", f"`{rule.id}` has no evidence", "name who says so"
    elif grades and min(grades) > CONFIDENCE_NEEDS[rule.confidence]:
        yield (
            (*path, "confidence"),
            "confidence-above-grade",
            f"`{rule.confidence}` needs grade {CONFIDENCE_NEEDS[rule.confidence]}, the best evidence has {min(grades)}",
            "lower the confidence or add better evidence",
        )


def _frequency(path: Path, frequency: model.Frequency) -> Iterator[Problem]:
    if frequency.percent is None and frequency.category is None:
        yield path, "missing-key", "a frequency has `percent` or `category`", ""
    for key in ("percent", "comparator_percent"):
        share = getattr(frequency, key)
        if share is not None and not 0 <= share[0] <= share[1] <= 100:
            yield (*path, key), "bad-number", f"`{key}` lies outside 0 to 100", "write it in percent"
    for key in ("n", "comparator_n"):
        people = getattr(frequency, key)
        if people is not None and people < 1:
            yield (*path, key), "bad-number", f"`{key}` counts people: {people} is too few", ""


def _claims(path: Path, rule: Rule) -> Iterator[Problem]:
    """Each end lies between the smallest and the largest value that the evidence reports for it."""
    for index, boundary in enumerate(BOUNDARIES[type(rule)]):
        for side in SIDES:
            claim = getattr(getattr(rule, boundary), side)
            if claim is None:
                continue
            reports = [getattr(spans(entry.reports, type(rule))[index], side) for entry in rule.evidence]
            values = sorted((r for r in reports if r is not None), key=lambda r: r.seconds)
            where = f"the {side} end of `{boundary}`"
            if not values:
                hint = "let the evidence report it, or leave the end out"
                yield (*path, boundary), "claim-without-evidence", f"no evidence reports {where}", hint
            elif not values[0].seconds <= claim.seconds <= values[-1].seconds:
                message = f"{where} is `{claim}`, its evidence reports `{values[0]}` to `{values[-1]}`"
                yield (*path, boundary), "claim-outside-evidence", message, "a claim lies within what was reported"
    if isinstance(rule, model.Window) and rule.detectable_until.latest:
        latest = rule.detectable_until.latest
        for entry in rule.evidence:
            seen = entry.reports.positive_at
            if seen and seen.seconds > latest.seconds:
                message = f"the window ends by `{latest}`, but `{entry.source}` saw a positive at `{seen}`"
                yield (*path, "detectable_until"), "claim-outside-evidence", message, "leave the latest end out"


def _same_end_twice(key: str, rules: list[tuple[int, Rule]]) -> Iterator[Problem]:
    owners: dict[tuple[Any, ...], str] = {}
    for index, rule in rules:
        ends = stated_ends(rule)
        doubled = set()
        for conditions in expand(rule.when):
            for b, sides in enumerate(ends):
                for side, end in enumerate(sides):
                    place = (subject(rule), conditions, b, side)
                    if end and (owner := owners.setdefault(place, rule.id)) != rule.id:
                        doubled.add((owner, f"the {SIDES[side]} end of `{BOUNDARIES[type(rule)][b]}`"))
        for owner, end_name in sorted(doubled):
            message = f"`{rule.id}` and `{owner}` state {end_name} under equal conditions"
            yield (key, index), "same-end-twice", message, "join the two rules, or name what tells them apart"


def _dose_alone(key: str, rules: list[tuple[int, Rule]], context: Context) -> Iterator[Problem]:
    """A rule for some doses needs one for a dose that is not said."""
    free = [
        (subject(rule), conditions)
        for _, rule in rules
        for conditions in expand(rule.when)
        if not (rule.when.dose or rule.when.dose_per_kg)
    ]
    for index, rule in rules:
        if not (rule.when.dose or rule.when.dose_per_kg) or isinstance(rule, model.Caution):
            continue
        for conditions in expand(rule.when):
            without = (*conditions[:-2], None, None)
            if not any(
                about == subject(rule) and within(without, other, context.vocabularies, promise=False)
                for about, other in free
            ):
                message = f"`{rule.id}` holds for some doses, and no rule for a dose that is not said"
                hint = "add a rule without the dose that matches its other conditions"
                yield (key, index), "dose-without-fallback", message, hint
                break


# ---------------------------------------------------------------- references


def _duplicates(key: str, ids: list[str], seen: set[str] | None = None) -> Iterator[Problem]:
    seen = set() if seen is None else seen
    for index, name in enumerate(ids):
        if name in seen:
            yield (key, index, "id"), "duplicate-id", f"`{name}` is there already", "ids are never reused"
        seen.add(name)


def _known_terms(path: Path, axis: str, given: tuple[str, ...], context: Context) -> Iterator[Problem]:
    vocabulary = context.vocabularies[axis]
    for index, term in enumerate(given):
        if term not in vocabulary:
            try:
                hint = f"rule files write `{vocabulary.resolve(term)}`"
            except Exception as error:
                hint = getattr(error, "hint", "")
            yield (*path, index), "unknown-term", f"unknown {axis} `{term}`", hint


def _known_source(path: Path, source: str, context: Context) -> Iterator[Problem]:
    if context.sources is not None and source not in context.sources:
        from difflib import get_close_matches

        near = get_close_matches(source, context.sources, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "add it to sources.toml"
        yield path, "missing-source", f"no source has the id `{source}`", hint


_CHECKS: Mapping[type, Callable[[Any, str, Context], Iterator[Problem]]] = {
    catalogue.Terms: _terms,
    catalogue.Sources: _sources,
    catalogue.Substance: _substance,
    catalogue.Windows: _rules("window"),
    catalogue.Phases: _rules("phase"),
    catalogue.Effects: _rules("effect"),
    catalogue.Cautions: _rules("caution"),
    facts.Factors: _factors,
    facts.Facts: _facts,
    catalogue.Cases: _cases,
}
