"""What does the design text say the answer is, worked out in the plainest way there is?

This is the reference that the engine is tested against, written from sections 2 to 4 of the design and from
nothing else: no cache, no table, no shortcut, everything anew for each question. Read it next to that text.

A rule is a plain dict:
    id          its name
    kind        "window", "phase", "effect" or "caution"
    when        {axis: [terms]}; `cutoff`: [numbers]; `dose`, `dose_per_kg`: (min or None, max or None)
    ends        {boundary: (earliest or None, latest or None)} in whole seconds
    from_end    None, or the boundary from which on both ends count from the end of administration
    infusion    None, or (shortest, longest) in seconds: the duration assumed where the question gives none; an
                administration known to be longer than the longest moves an opening latest to its end, too
    rank        0 for the shipped book, 1 for a book that extends it
    evidence    optional: [{"source": ..., "reports": ends, "when": optional}]

A question is a plain dict too: matrix, analyte, method, cutoff, route, pattern, dose, dose_per_kg,
weight (kg), duration (seconds). What it leaves out, or gives as None, is unsaid; a duration of a minute at most
is no known one. The numbers of an axis share one unit, the caller's choice; a weight needs `dose` in the unit that
`dose_per_kg` has above its slash.

What would exclude the drug's presence counts from the end of the administration, what excludes its absence counts
from the start. `clock = START` asks by the rule before that, where only `from_end` moved an end: by it answers to
questions without a duration are compared, which must be the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

Rule = Mapping[str, Any]
Question = Mapping[str, Any]
Atom = Mapping[str, Any]  # conditions in which every axis has one term
Parents = Mapping[str, str]  # term -> the term above it
End = tuple[str, str]  # (boundary, "earliest" or "latest")
Moment = int | float  # whole seconds since the start of administration, or OPEN
Course = list[tuple[Moment, Moment]]

OPEN = math.inf  # compared, never added to

BOUNDARIES: dict[str, tuple[str, ...]] = {
    "window": ("detectable_from", "detectable_until"),
    "phase": ("onset", "peak", "offset", "after_effects", "baseline"),
    "effect": ("appears", "resolves"),
    "caution": ("until",),
}
STAGES: dict[str, tuple[str, ...]] = {
    "window": ("before", "detectable", "cleared"),
    "phase": ("before_onset", "onset", "peak", "offset", "after_effects", "baseline"),
    "effect": ("before", "present", "gone"),
    "caution": ("in_force", "lifted"),
}
ENDING = ("detectable_until", "resolves", "until")  # boundaries at which something ends
CLOSING = (*ENDING, "offset", "after_effects", "baseline")  # from here on the drug, or what it does, is going
MOMENTARY = 60  # seconds: what a record says lasted no longer has no known duration
ADMINISTRATION, START = "administration", "start"  # clocks
TREES = ("matrix", "method", "route")  # axes on which a rule holds at its term and below
RANGES = ("dose", "dose_per_kg")
SIDES = ("earliest", "latest")

STATUS_OF_STAGE = ("not_yet", "expected", "not_expected")
STATUS_ORDER = ("not_expected", "not_yet", "unknown", "possible", "expected")

# What a window rule promises holds at its cutoff and below, what it excludes at its cutoff and above.
PROMISES: tuple[End, ...] = (("detectable_from", "latest"), ("detectable_until", "earliest"))
EXCLUSIONS: tuple[End, ...] = (("detectable_from", "earliest"), ("detectable_until", "latest"))


# ------------------------------------------------------------------------ conditions


def end_kind(end: End) -> str:
    """ "promise" or "exclusion" for the ends of a window, "plain" for all others (they know no cutoff)."""
    if end in PROMISES:
        return "promise"
    if end in EXCLUSIONS:
        return "exclusion"
    return "plain"


def understood(question: Question) -> dict[str, Any]:
    """The question with what the text reads into it: whole test, single dose, bolus or infusion, mg against mg/kg."""
    full = {axis: value for axis, value in question.items() if value is not None}
    if full.get("duration", MOMENTARY + 1) <= MOMENTARY:
        del full["duration"]
        if full.get("route") == "intravenous":
            full["route"] = "intravenous-bolus"
    full.setdefault("analyte", "any")
    full.setdefault("pattern", "single")
    if full.get("route") == "intravenous" and "duration" in full:
        full["route"] = "intravenous-infusion"
    if "weight" in full:
        weight = Fraction(full["weight"])
        if "dose" in full and "dose_per_kg" not in full:
            full["dose_per_kg"] = Fraction(full["dose"]) / weight
        elif "dose_per_kg" in full and "dose" not in full:
            full["dose"] = Fraction(full["dose_per_kg"]) * weight
    return full


def atoms(rule: Rule) -> list[dict[str, Any]]:
    """The conditions of the rule with lists written out: a list is shorthand for one rule per term."""
    axes = list(rule["when"])
    choices = [[rule["when"][axis]] if axis in RANGES else list(rule["when"][axis]) for axis in axes]
    return [dict(zip(axes, chosen, strict=True)) for chosen in product(*choices)]


def at_or_above(term: str, parents: Parents) -> list[str]:
    """The term, the term above it, and so on up."""
    line = [term]
    while line[-1] in parents:
        line.append(parents[line[-1]])
    return line


def matches(atom: Atom, question: Question, kind: str, parents: Parents) -> bool:
    """Do these conditions hold for the question, as far as ends of this kind (`end_kind`) are concerned?"""
    asked = understood(question)
    for axis, term in atom.items():
        if axis == "cutoff":
            continue
        if axis not in asked:  # a rule that names an axis matches only questions that say it
            return False
        said = asked[axis]
        if axis in RANGES:
            least, most = term
            if (least is not None and said < least) or (most is not None and said > most):
                return False
        elif axis == "pattern" and said == "unknown":  # asks the rules that name no pattern
            return False
        elif axis in TREES:
            if term not in at_or_above(said, parents):
                return False
        elif said != term:
            return False
    return cutoff_matches(atom.get("cutoff"), asked.get("cutoff"), kind)


def cutoff_matches(named: Any, said: Any, kind: str) -> bool:
    """Does a rule at this cutoff (None: none) speak, with such ends, to a question that says that one?"""
    if kind == "plain":
        return named is None
    if named is None:  # to a question that names a cutoff: its exclusions, never its promises
        return said is None or kind == "exclusion"
    if said is None:
        return False
    return bool(said <= named) if kind == "promise" else bool(said >= named)


def covers(a: Atom, b: Atom, kind: str, parents: Parents) -> bool:
    """Does A match every question that B matches, as far as ends of this kind are concerned?"""
    for axis in {*a, *b} - {"cutoff"}:
        if axis not in a:  # holds for all of the axis, the unsaid among it
            continue
        if axis not in b:
            return False
        if axis in RANGES:
            (a_least, a_most), (b_least, b_most) = a[axis], b[axis]
            if a_least is not None and (b_least is None or b_least < a_least):
                return False
            if a_most is not None and (b_most is None or b_most > a_most):
                return False
        elif axis in TREES:
            if a[axis] not in at_or_above(b[axis], parents):
                return False
        elif a[axis] != b[axis]:
            return False
    return cutoff_covers(a.get("cutoff"), b.get("cutoff"), kind)


def cutoff_covers(a: Any, b: Any, kind: str) -> bool:
    """Does a rule at cutoff A (None: none) reach every cutoff, or unsaid, that a rule at cutoff B does?"""
    if kind == "plain":
        return True
    if kind == "promise":  # none: only the unsaid; c: all cutoffs up to c
        return (a is None) == (b is None) and (a is None or bool(b <= a))
    if a is None:  # exclusion without a cutoff: every question
        return True
    return b is not None and bool(b >= a)  # exclusion at c: all cutoffs from c up


def narrower(a: Atom, b: Atom, kind: str, parents: Parents) -> bool:
    """Is A narrower than B: B matches every question that A matches, and not conversely?"""
    return covers(b, a, kind, parents) and not covers(a, b, kind, parents)


# ------------------------------------------------------------------------ governing rules


def stated(rule: Rule, end: End) -> int | None:
    """What the rule says of this end; None: nothing."""
    boundary, side = end
    pair = rule["ends"].get(boundary, (None, None))
    value: int | None = pair[SIDES.index(side)]
    return value


def ends_of(kind: str) -> list[End]:
    """All ends of a course of this kind, in order."""
    return [(boundary, side) for boundary in BOUNDARIES[kind] for side in SIDES]


def governing_rules(rules: Iterable[Rule], question: Question, end: End, parents: Parents) -> list[Rule]:
    """The narrowest rules among those that match the question and state this end."""
    kind = end_kind(end)
    candidates = [
        (atom, rule)
        for rule in rules
        if stated(rule, end) is not None
        for atom in atoms(rule)
        if matches(atom, question, kind, parents)
    ]
    if not candidates:
        return []
    # where a laboratory's own rules state the end, only they count
    highest = max(rule.get("rank", 0) for _, rule in candidates)
    candidates = [(atom, rule) for atom, rule in candidates if rule.get("rank", 0) == highest]
    chosen = {}
    for atom, rule in candidates:
        if not any(narrower(other, atom, kind, parents) for other, _ in candidates):
            chosen[rule["id"]] = rule
    return [chosen[name] for name in sorted(chosen)]


def said_from_end(rule: Rule, boundary: str) -> bool:
    """Does the rule itself say that it counts this boundary from the end of administration?"""
    if rule.get("from_end") is None:
        return False
    order = BOUNDARIES[rule["kind"]]
    return order.index(boundary) >= order.index(rule["from_end"])


def counts_from_end(rule: Rule, end: End, duration: int | None, clock: str = ADMINISTRATION) -> bool:
    """Does this end of the rule count from the end of an administration with this duration (None: not known)?"""
    boundary, side = end
    if said_from_end(rule, boundary):
        return True
    if clock == START or side == "earliest":
        return False
    if boundary in CLOSING:
        return True
    return rule.get("infusion") is not None and duration is not None and duration > rule["infusion"][1]


def moment(rule: Rule, end: End, question: Question, clock: str = ADMINISTRATION) -> Moment:
    """When this end of the rule is, counted from the start of administration."""
    boundary, side = end
    value = stated(rule, end)
    assert value is not None
    duration = understood(question).get("duration")
    if not counts_from_end(rule, end, duration, clock):
        return value
    if duration is not None:
        return value + int(duration)
    if rule.get("infusion") is not None:
        shortest, longest = rule["infusion"]
        return value + int(shortest if side == "earliest" else longest)
    if said_from_end(rule, boundary) and side == "latest":
        return OPEN  # a rule that speaks of the end and assumes none: it may have lasted anything from 0 on
    return value  # a point


def governing(
    rules: Iterable[Rule], question: Question, parents: Parents, clock: str = ADMINISTRATION
) -> dict[End, dict[str, Any]]:
    """Per end stated for this question: `value` as the rules have it, `moment`, and the ids of the `rules`.

    Where several rules are narrowest the end spans them: the smallest earliest, the largest latest.
    All rules must be of one kind.
    """
    rules = list(rules)
    found: dict[End, dict[str, Any]] = {}
    for kind in {rule["kind"] for rule in rules}:
        for end in ends_of(kind):
            chosen = governing_rules(rules, question, end, parents)
            if not chosen:
                continue
            widest = min if end[1] == "earliest" else max
            found[end] = {
                "value": widest(stated(rule, end) for rule in chosen),  # type: ignore[type-var]
                "moment": widest(moment(rule, end, question, clock) for rule in chosen),
                "rules": [rule["id"] for rule in chosen],
            }
    return found


# ------------------------------------------------------------------------ the course


def filled(kind: str, moments: Mapping[End, Moment]) -> Course:
    """The course with every end filled: a second onto the ending boundaries, then the neighbours' moments."""
    order = BOUNDARIES[kind]
    shifted: dict[End, Moment] = {}
    for (boundary, side), at in moments.items():
        shifted[boundary, side] = at + 1 if boundary in ENDING and at != OPEN else at
    earliest: list[Moment] = []
    for boundary in order:
        before = earliest[-1] if earliest else 0
        earliest.append(shifted.get((boundary, "earliest"), before))
    latest: list[Moment] = []
    for boundary in reversed(order):
        after = latest[0] if latest else OPEN
        latest.insert(0, shifted.get((boundary, "latest"), after))
    return list(zip(earliest, latest, strict=True))


def course(rules: Iterable[Rule], question: Question, parents: Parents, clock: str = ADMINISTRATION) -> Course | None:
    """The composed and filled course for this question; None where nothing is stated."""
    rules = list(rules)
    ends = governing(rules, question, parents, clock)
    if not ends:
        return None
    return filled(rules[0]["kind"], {end: found["moment"] for end, found in ends.items()})


def stages(of: Course, t1: int, t2: int | None = None) -> tuple[int, int]:
    """(earliest stage, latest stage) at elapsed time t1, or at a time that is somewhere in [t1, t2]."""
    t2 = t1 if t2 is None else t2
    if not 0 <= t1 <= t2:
        raise ValueError(f"no such elapsed time: {t1} to {t2}")
    earliest_stage = sum(1 for _, latest in of if latest <= t1)
    latest_stage = sum(1 for earliest, _ in of if earliest <= t2)
    if earliest_stage > latest_stage:
        raise ValueError("the course contradicts itself")
    return earliest_stage, latest_stage


def status_of(of: Course | None, t1: int, t2: int | None = None) -> str:
    """The status of a window or an effect with this course at this time."""
    if of is None:
        return "unknown"
    first, last = stages(of, t1, t2)
    return STATUS_OF_STAGE[first] if first == last else "possible"


def status(
    rules: Iterable[Rule],
    question: Question,
    parents: Parents,
    t1: int,
    t2: int | None = None,
) -> str:
    """The status of a window or an effect for this question at elapsed time t1, or somewhere in [t1, t2]."""
    return status_of(course(rules, question, parents), t1, t2)


def phases(
    rules: Iterable[Rule],
    question: Question,
    parents: Parents,
    t1: int,
    t2: int | None = None,
) -> list[str]:
    """All phases that are possible at this time, in order; all of them where nothing is stated."""
    of = course(rules, question, parents)
    first, last = (0, len(STAGES["phase"]) - 1) if of is None else stages(of, t1, t2)
    return list(STAGES["phase"][first : last + 1])


def caution_status(of: Course | None, t1: int, t2: int | None = None, *, until_event: bool = False) -> str:
    """Whether a caution is in force, lifted, or possibly either; an event lifts it, time alone never does."""
    if of is None:
        return "in_force"
    first, last = stages(of, t1, t2)
    if until_event:
        first = 0
    return STAGES["caution"][first] if first == last else "possible"


def next_change(of: Course | None, t: int) -> tuple[int, str] | None:
    """The first second after t at which the status is another, with that status; None: it stays as it is."""
    if of is None:
        return None
    now = status_of(of, t)
    for at in sorted({int(end) for pair in of for end in pair if end != OPEN and end > t}):
        if status_of(of, at) != now:
            return at, status_of(of, at)
    return None


# ------------------------------------------------------------------------ several doses


def combined(statuses: Iterable[str]) -> str | None:
    """The status after several doses: the highest of theirs; None, a case of its own, without a dose."""
    return max(statuses, key=STATUS_ORDER.index, default=None)


def patterns_of(dose_at: int, all_at: Iterable[int], thresholds: Mapping[str, tuple[int, int]]) -> list[str]:
    """The patterns that a dose is asked as, `single` always.

    `thresholds` says, per pattern, how many days with a dose there must have been, at least, within how many
    seconds that end with this dose. Days are counted back from it, the first second of the span is not in it.
    """
    found = ["single"]
    for pattern, (dose_days, within) in thresholds.items():
        days = {(dose_at - at) // 86_400 for at in all_at if dose_at - within < at <= dose_at}
        if len(days) >= dose_days:
            found.append(pattern)
    return found


def status_after(
    rules: Sequence[Rule],
    question: Question,
    doses: Iterable[Mapping[str, Any]],
    sampled_at: int,
    parents: Parents,
    thresholds: Mapping[str, tuple[int, int]],
) -> str | None:
    """The status of a sample after several doses; None where no dose precedes it.

    A dose is a dict with `at`, in the same seconds as `sampled_at`, and with what it says of a question
    itself (route, dose, duration ...).
    """
    counted = [dose for dose in doses if dose["at"] <= sampled_at]  # doses after the sample do not count
    statuses = []
    for dose in counted:
        said = {axis: value for axis, value in dose.items() if axis != "at"}
        for pattern in patterns_of(dose["at"], [other["at"] for other in counted], thresholds):
            asked = {**question, **said, "pattern": pattern}
            statuses.append(status(rules, asked, parents, sampled_at - dose["at"]))
    return combined(statuses)


# ------------------------------------------------------------------------ a source's own verdict


def own_ends(rules: Iterable[Rule], question: Question, source: str, parents: Parents) -> dict[End, Moment]:
    """The ends that this source reports for the question, in the evidence of the rules that govern it."""
    rules = list(rules)
    behind = {name for found in governing(rules, question, parents).values() for name in found["rules"]}
    reports = []
    for rule in rules:
        for entry in rule.get("evidence", []):
            if rule["id"] not in behind or entry["source"] != source:
                continue
            ends = {name: pair for name, pair in entry["reports"].items() if name != "positive_at"}
            when = {**rule["when"], **entry.get("when", {})}
            reports.append({**rule, "when": when, "ends": ends, "rank": 0})
    return {end: found["moment"] for end, found in governing(reports, question, parents).items()}


def own_course(rules: Sequence[Rule], question: Question, source: str, parents: Parents) -> Course | None:
    """The row's course with the ends that this source reports put in their place; None where it reports none.

    The text does not say what becomes of an end of the row that contradicts the source: here it yields.
    """
    own = own_ends(rules, question, source, parents)
    if not own:
        return None
    kept: dict[End, Moment] = dict(own)
    for end, found in governing(rules, question, parents).items():
        if end not in own and not out_of_order(rules[0]["kind"], {**own, end: found["moment"]}):
            kept[end] = found["moment"]
    return filled(rules[0]["kind"], kept)


def sources_disagree(
    rules: Sequence[Rule], question: Question, parents: Parents, t1: int, t2: int | None = None
) -> bool:
    """Does one source exclude a positive where another, asked under the same conditions, does not?"""
    sources = {entry["source"] for rule in rules for entry in rule.get("evidence", [])}
    courses = [own_course(rules, question, source, parents) for source in sources]
    verdicts = {status_of(of, t1, t2) for of in courses if of is not None}
    excluding = verdicts & {"not_yet", "not_expected"}
    return bool(excluding) and verdicts != excluding


# ------------------------------------------------------------------------ faults of a book


def out_of_order(kind: str, moments: Mapping[End, Moment]) -> list[tuple[End, End]]:
    """Pairs of ends that contradict each other: an earliest after a latest, or a decreasing course."""
    order = BOUNDARIES[kind]
    faults = []
    for first, second in product(moments, moments):
        i, j = order.index(first[0]), order.index(second[0])
        reversed_end = i <= j and (first[1], second[1]) == SIDES
        decreasing = i < j and first[1] == second[1]
        if (reversed_end or decreasing) and moments[first] > moments[second]:
            faults.append((first, second))
    return faults


def contradictions(rules: Sequence[Rule], question: Question, parents: Parents) -> list[tuple[End, End]]:
    """Pairs of ends that govern this question together and contradict each other."""
    ends = governing(rules, question, parents)
    if not ends:
        return []
    return out_of_order(rules[0]["kind"], {end: found["moment"] for end, found in ends.items()})


def equal_conditions(rules: Sequence[Rule], parents: Parents) -> list[tuple[str, str, End]]:
    """Pairs of rules of one rank that state the same end under equal conditions."""
    faults = []
    for i, a in enumerate(rules):
        for b in rules[i + 1 :]:
            if a.get("rank", 0) != b.get("rank", 0) or a["kind"] != b["kind"]:
                continue
            for end in ends_of(a["kind"]):
                if stated(a, end) is None or stated(b, end) is None:
                    continue
                kind = end_kind(end)
                pairs = product(atoms(a), atoms(b))
                if any(covers(x, y, kind, parents) and covers(y, x, kind, parents) for x, y in pairs):
                    faults.append((a["id"], b["id"], end))
    return faults


def cutoff_faults(
    rules: Sequence[Rule], question: Question, cutoffs: Iterable[Any], parents: Parents
) -> list[tuple[Any, Any, End]]:
    """Pairs of cutoffs, lower first, where the lower would be shorter than the higher, with the end at fault.

    A lower cutoff can only see longer: it opens no later, closes no earlier. An unstated end claims nothing.
    """
    at = {cutoff: governing(rules, {**question, "cutoff": cutoff}, parents) for cutoff in cutoffs}
    faults = []
    for low, high in product(at, at):
        if not low < high:
            continue
        for end in ends_of("window"):
            if end not in at[low] or end not in at[high]:
                continue
            lower, higher = at[low][end]["moment"], at[high][end]["moment"]
            shorter = lower > higher if end[0] == "detectable_from" else lower < higher
            if shorter:
                faults.append((low, high, end))
    return faults
