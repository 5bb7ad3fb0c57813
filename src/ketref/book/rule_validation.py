"""Is each rule sound in itself and among its neighbours, as far as the text alone can tell?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

from ketref.book.references import Context, concentrations, duplicates, known_source, known_terms
from ketref.book.structuring import Path, Problem
from ketref.engine import course
from ketref.engine.conditions import UNBOUNDED, Conditions, expand
from ketref.engine.table import stated_ends
from ketref.model.axes import AXES, TERM_AXES
from ketref.model.kinds import Kind, subject
from ketref.model.rules import (
    CONFIDENCE_NEEDS,
    SIDES,
    Caution,
    Effect,
    Frequency,
    Rule,
    When,
    Window,
    cited,
)
from ketref.model.vocabulary import UNKNOWN_PATTERN

OF_WHAT_IS_MISSING = frozenset({"dose-without-fallback"})
"""Codes of what an entry lacks among its neighbours: untold where some of these are not to be read."""
MOST_COMBINATIONS = 500  # of the listed terms of a rule; those written by hand have a dozen


def rule_problems(file: Any, kind: Kind, context: Context) -> Iterator[Problem]:
    """Every problem of the rules of one kind that a file lists."""
    key = kind.key
    rules: tuple[Rule, ...] = getattr(file, key)
    yield from duplicates(key, [rule.id for rule in rules])
    sound = []
    for index, rule in enumerate(rules):
        found = list(_rule((key, index), rule, kind, context))
        yield from found
        if not found:
            sound.append((index, rule))
    yield from _same_end_twice(kind, sound)
    if not kind.holds_unless_denied:
        yield from _dose_alone(key, sound, context)


def _rule(path: Path, rule: Rule, kind: Kind, context: Context) -> Iterator[Problem]:
    yield from _conditions((*path, "when"), rule.when, kind, context)
    yield from _combinations((*path, "when"), rule, rule.when)
    yield from _evidence(path, rule, kind, context)
    boundaries = kind.boundaries
    if rule.from_end is not None and rule.from_end not in boundaries:
        hint = f"one of {', '.join(boundaries)}"
        yield (*path, "from_end"), "unknown-term", f"`{rule.from_end}` is not a boundary of a {kind.key}", hint
        return
    stated = stated_ends(rule)
    if not kind.listed_when_matched and not any(end for ends in stated for end in ends):
        yield path, "no-time", f"`{rule.id}` states no time at all", f"state one of {', '.join(boundaries)}"
    else:
        yield from _clock(path, rule, boundaries)
    for axis in kind.must_name:
        if not getattr(rule.when, axis):
            hint = 'write analyte = "any" where the rule speaks of the test as a whole' if axis == "analyte" else ""
            yield (*path, "when"), "missing-key", f"a {kind.key} names its {axis}", hint
    if isinstance(rule, Caution):
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
    yield from _claims(path, rule, kind)


def _clock(path: Path, rule: Rule, boundaries: tuple[str, ...]) -> Iterator[Problem]:
    """What moves or measures the clock of an end has an end to do it to."""
    late = boundaries[boundaries.index(rule.from_end) :] if rule.from_end else ()
    moved = any(getattr(getattr(rule, boundary), side) for boundary in late for side in SIDES)
    if rule.from_end and not moved:
        message = f"`{rule.id}` states no end from `{rule.from_end}` on, so nothing counts from the end"
        yield (*path, "from_end"), "idle-clock", message, "state an end there, or take `from_end` out"
    elif rule.infusion and not moved:
        message = f"`{rule.id}` assumes a duration, and none of its ends counts from the end of the administration"
        yield (*path, "infusion"), "idle-clock", message, "say from which boundary on they do: `from_end`"


def _conditions(path: Path, when: When, kind: Kind, context: Context) -> Iterator[Problem]:
    for axis in AXES:
        given = getattr(when, axis)
        if given and axis not in kind.axes:
            yield (*path, axis), "unknown-key", f"`{axis}` is a condition of windows only", ""
        elif axis in TERM_AXES:
            yield from known_terms((*path, axis), axis, given, context)
            if axis == "pattern" and UNKNOWN_PATTERN in given:
                yield (*path, axis), "unknown-term", "a rule cannot name the pattern `unknown`", "leave the axis out"
    yield from concentrations((*path, "cutoff"), when.matrix, when.cutoff, context)


def _combinations(path: Path, rule: Rule, when: When) -> Iterator[Problem]:
    """Lists stand for one rule for each combination of what they list, and so for no more than can be looked at."""
    listed = {axis: len(terms) for axis in (*TERM_AXES, "cutoff") if len(terms := getattr(when, axis)) > 1}
    if (combinations := prod(listed.values())) > MOST_COMBINATIONS:
        lists = " x ".join(f"{length} of `{axis}`" for axis, length in listed.items())
        message = f"`{rule.id}` lists {lists}: {combinations} combinations, and {MOST_COMBINATIONS} is the most"
        hint = "name a broader term, or leave an axis out: a rule that does not name it holds for all of it"
        yield path, "too-many-combinations", message, hint


def _evidence(path: Path, rule: Rule, kind: Kind, context: Context) -> Iterator[Problem]:
    for index, entry in enumerate(rule.evidence):
        yield from known_source((*path, "evidence", index, "source"), entry.source, context)
        yield from _conditions((*path, "evidence", index, "when"), entry.when, kind, context)
        yield from _combinations((*path, "evidence", index, "when"), rule, entry.when)
    for index, source in enumerate(rule.reopens if isinstance(rule, Window) else ()):
        yield from known_source((*path, "reopens", index), source, context)
    for index, frequency in enumerate(rule.frequency if isinstance(rule, Effect) else ()):
        yield from known_source((*path, "frequency", index, "source"), frequency.source, context)
        yield from _frequency((*path, "frequency", index), frequency)
    sources = cited(rule)
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


def _frequency(path: Path, frequency: Frequency) -> Iterator[Problem]:
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


def _claims(path: Path, rule: Rule, kind: Kind) -> Iterator[Problem]:
    """Each end lies between the smallest and the largest value that the evidence reports for it.

    That nearly all are positive for no time at all promises nothing: it needs no evidence.
    """
    until = rule.detectable_until.earliest if isinstance(rule, Window) else None
    nothing = until if until is not None and until.seconds == 0 else None
    for index, boundary in enumerate(kind.boundaries):
        for side in SIDES:
            claim = getattr(getattr(rule, boundary), side)
            if claim is None or claim is nothing:
                continue
            bounding = [entry.reports for entry in rule.evidence if getattr(entry.reports, "bounds", True)]
            reports = [getattr(kind.spans(reported)[index], side) for reported in bounding]
            values = sorted((r for r in reports if r is not None), key=lambda r: r.seconds)
            where = f"the {side} end of `{boundary}`"
            if not values:
                hint = "let the evidence report it, from the last use on and as no mean, or leave the end out"
                yield (*path, boundary), "claim-without-evidence", f"no evidence bounds {where}", hint
            elif not values[0].seconds <= claim.seconds <= values[-1].seconds:
                message = f"{where} is `{claim}`, its evidence reports `{values[0]}` to `{values[-1]}`"
                yield (*path, boundary), "claim-outside-evidence", message, "a claim lies within what was reported"
    if isinstance(rule, Window) and rule.detectable_until.latest:
        latest = rule.detectable_until.latest
        for entry in rule.evidence:
            seen = entry.reports.seen
            if seen and seen.seconds > latest.seconds:
                message = f"the window ends by `{latest}`, but `{entry.source}` saw a positive at `{seen}`"
                yield (*path, "detectable_until"), "claim-outside-evidence", message, "leave the latest end out"


def _same_end_twice(kind: Kind, rules: list[tuple[int, Rule]]) -> Iterator[Problem]:
    owners: dict[tuple[Any, ...], str] = {}
    for index, rule in rules:
        ends = stated_ends(rule)
        doubled = set()
        cutoffs = tuple(sorted({cutoff.base for cutoff in rule.when.cutoff}))
        for conditions in expand(rule.when):
            for b, sides in enumerate(ends):
                for side, end in enumerate(sides):
                    place = (subject(rule), cutoffs, conditions, b, side)
                    if end and (owner := owners.setdefault(place, rule.id)) != rule.id:
                        doubled.add((owner, f"the {SIDES[side]} end of `{kind.boundaries[b]}`"))
        for owner, end_name in sorted(doubled):
            message = f"`{rule.id}` and `{owner}` state {end_name} under equal conditions"
            yield (kind.key, index), "same-end-twice", message, "join the two rules, or name what tells them apart"


def _dose_alone(key: str, rules: list[tuple[int, Rule]], context: Context) -> Iterator[Problem]:
    """A rule for some doses needs one for a dose that is not said."""
    lowest: dict[tuple[Any, ...], int] = {}  # the cutoff from which on rules for any dose hold, by their terms
    for _, rule in rules:
        for conditions in expand(rule.when) if not (rule.when.dose or rule.when.dose_per_kg) else ():
            terms = (subject(rule), *conditions.terms)
            lowest[terms] = min(lowest.get(terms, UNBOUNDED), _lowest(conditions))

    def has_fallback(rule: Rule, conditions: Conditions) -> bool:
        lines = (
            (None, *context.vocabularies[axis].line(term)) if term is not None else (None,)
            for axis, term in zip(TERM_AXES, conditions.terms, strict=True)
        )
        return any(lowest.get((subject(rule), *terms), UNBOUNDED) <= _lowest(conditions) for terms in product(*lines))

    for index, rule in rules:
        if not (rule.when.dose or rule.when.dose_per_kg):
            continue
        if not all(has_fallback(rule, conditions) for conditions in expand(rule.when)):
            message = f"`{rule.id}` holds for some doses, and no rule for a dose that is not said"
            hint = "add a rule without the dose that matches its other conditions"
            yield (key, index), "dose-without-fallback", message, hint


def _lowest(conditions: Conditions) -> int:
    """The lowest cutoff at which an exclusion under these conditions holds; below all others where none is named."""
    return -1 if conditions.cutoff is None else conditions.cutoff
