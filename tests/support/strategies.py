"""Which rule books and questions are worth asking, and how are they written as files?

Books are drawn as plain data in the oracle's shape. Their rules meet: each generalises or varies one common
occasion, and questions are asked near it. Most books are sound: each end has a span of its own, in the order
of the course, and in it each cutoff has one, in the order in which cutoffs carry. Some books are `unruly`,
without spans; what the engine refuses of them is dropped, rule by rule, until the rest is sound.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from ketref.book.loading import shipped
from support import oracle

Rule = dict[str, Any]
Question = dict[str, Any]

RULES = Path(__file__).parents[2] / "rules"
SUBSTANCE = "x"
SOURCE = "the-source"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = {"wk": 604_800, "d": DAY, "h": HOUR, "min": MINUTE, "s": 1}

MATRICES = ["urine", "blood", "whole-blood", "plasma"]
ANALYTES = ["any", "ketamine", "norketamine"]
METHODS = ["immunoassay", "gc-ms", "lc-ms", "lc-ms-ms"]
ROUTES = [
    "intravenous",
    "intravenous-bolus",
    "intravenous-infusion",
    "nasal",
    "nasal-spray",
    "insufflated",
    "oral",
]
PATTERNS = ["single", "repeated", "chronic"]
CUTOFFS = [5, 10, 25, 50]  # ng/mL, of rules
ASKED_CUTOFFS = [1, 5, 7, 10, 11, 25, 30, 50, 100]
DOSES = [10_000, 28_000, 50_000, 84_000]  # micrograms
DOSES_PER_KG = [300, 500, 1_000, 4_500]  # micrograms per kilogram
RANGES = [("dose", DOSES), ("dose_per_kg", DOSES_PER_KG)]


# ------------------------------------------------------------------------ the vocabulary


@cache
def terms_text() -> str:
    """The project's own terms.toml."""
    return (RULES / "terms.toml").read_text(encoding="utf-8")


@cache
def parents() -> dict[str, str]:
    """Term -> the term above it, of all axes."""
    vocabularies = tomllib.loads(terms_text())
    entries = [entry for axis in vocabularies.values() if isinstance(axis, list) for entry in axis]
    return {entry["id"]: entry["parent"] for entry in entries if "parent" in entry}


def unrelated(chosen: Sequence[str]) -> list[str]:
    """The chosen terms without those that lie below another of them."""
    return [term for term in chosen if not set(oracle.at_or_above(term, parents())[1:]) & set(chosen)]


# ------------------------------------------------------------------------ writing


def duration(seconds: int) -> str:
    """A duration in the largest unit in which it is a whole number."""
    unit = next(unit for unit, size in UNITS.items() if seconds % size == 0)
    return f"{seconds // UNITS[unit]} {unit}" if seconds else "0 s"


def milli(micrograms: int) -> str:
    """Micrograms as a plain decimal number of milligrams."""
    return f"{micrograms // 1000}.{micrograms % 1000:03d}".rstrip("0").rstrip(".")


def amount(axis: str, micrograms: int) -> str:
    """A dose with its unit."""
    return f"{milli(micrograms)} {'mg' if axis == 'dose' else 'mg/kg'}"


def _quoted(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _ends(ends: Mapping[str, tuple[int | None, int | None]]) -> list[str]:
    """`key = value` for each boundary."""
    lines = []
    for boundary, (earliest, latest) in ends.items():
        if earliest is not None and latest is not None:
            lines.append(f"{boundary} = {_quoted([duration(earliest), duration(latest)])}")
        elif earliest is not None:
            lines.append(f'{boundary} = {{ earliest = "{duration(earliest)}" }}')
        elif latest is not None:
            lines.append(f'{boundary} = {{ latest = "{duration(latest)}" }}')
    return lines


def _when(when: Mapping[str, Any]) -> str:
    parts = []
    for axis, said in when.items():
        if axis in oracle.RANGES:
            bounds = [
                f'{key} = "{amount(axis, bound)}"'
                for key, bound in zip(("min", "max"), said, strict=True)
                if bound is not None
            ]
            parts.append(f"{axis} = {{ {', '.join(bounds)} }}")
            continue
        words = [f"{term} ng/mL" for term in said] if axis == "cutoff" else list(said)
        parts.append(f"{axis} = " + (f'"{words[0]}"' if len(words) == 1 else _quoted(words)))
    return "when = { " + ", ".join(parts) + " }"


def rule_text(rule: Rule) -> str:
    """One rule as it stands in a file, with one piece of evidence that reports what the rule claims."""
    lines = [f"[[{rule['kind']}]]", f'id = "{rule["id"]}"', _when(rule["when"]), *_ends(rule["ends"])]
    if rule["from_end"] is not None:
        lines.append(f'from_end = "{rule["from_end"]}"')
    if rule["infusion"] is not None:
        lines.append(f"infusion = {_quoted([duration(bound) for bound in rule['infusion']])}")
    lines += [
        'confidence = "low"',
        "reviewed = 2026-11-23",
        f"[[{rule['kind']}.evidence]]",
        f'source = "{SOURCE}"',
        'locator = "table 1"',
        'figure = "see there"',
        'says = "Drawn by a test."',
        f"reports = {{ {', '.join(_ends(rule['ends']))} }}",
    ]
    return "\n".join(lines) + "\n"


def texts(rules: Sequence[Rule]) -> dict[str, str]:
    """The files of a book with these rules, in the order in which the rules come."""
    files = {
        "edition.toml": 'edition = "2026.11.0"\nformat = 1\nname = "test"\n',
        "sources.toml": (
            f'[[source]]\nid = "{SOURCE}"\nkind = "study"\ntitle = "A study"\nyear = 2026\n'
            'url = "https://example.org/study"\ngrade = "A"\nseen = "full text"\n'
        ),
        "terms.toml": terms_text(),
        f"{SUBSTANCE}/substance.toml": (
            f'id = "{SUBSTANCE}"\nname = "Substance X"\nyields = ["ketamine", "norketamine"]\n'
        ),
    }
    for kind, name in (("window", "windows"), ("phase", "phases")):
        written = [rule_text(rule) for rule in rules if rule["kind"] == kind]
        if written:
            files[f"{SUBSTANCE}/{name}.toml"] = "\n".join(written)
    return files


# ------------------------------------------------------------------------ the numbers of a book


@dataclass(frozen=True)
class Spans:
    """Where the values of an end may lie: {end: [(low, high) per level]}; a level is a cutoff or none."""

    of: Mapping[oracle.End, Sequence[tuple[int, int]]]
    highest: int


seconds = st.one_of(
    st.sampled_from([0, 1, MINUTE, HOUR, 2 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY]),
    st.integers(0, 48).map(lambda n: n * HOUR),
    st.integers(0, 60 * DAY),
)


def _between(low: int, high: int) -> st.SearchStrategy[int]:
    """A number of seconds from low to high; often one of the two."""
    return st.sampled_from([low, high]) | st.integers(low, high)


@st.composite
def window_spans(draw: st.DrawFn) -> Spans:
    """Spans that make every choice of values a sound book.

    Level 0 is "no cutoff named", levels 1 and up the cutoffs in rising order. With a rising cutoff a test
    opens later and closes earlier; what a rule without one excludes holds at them all, so it excludes least.
    """
    levels = len(CUTOFFS) + 1
    order = draw(
        st.sampled_from(
            [
                ["from.earliest", "from.latest", "until.earliest", "until.latest"],
                ["from.earliest", "until.earliest", "from.latest", "until.latest"],  # nothing is ever certain
            ]
        )
    )
    marks = sorted(draw(st.lists(seconds, min_size=5, max_size=5)))
    if draw(st.booleans()):
        marks[0] = 0
    spans: dict[oracle.End, list[tuple[int, int]]] = {}
    for name, low, high in zip(order, marks, marks[1:], strict=False):
        boundary, side = name.split(".")
        cuts = sorted(draw(st.lists(_between(low, high), min_size=levels - 1, max_size=levels - 1)))
        steps = list(zip([low, *cuts], [*cuts, high], strict=True))
        if boundary == "until":
            steps.reverse()
        end = (f"detectable_{boundary}", side)
        if oracle.end_kind(end) == "promise":
            steps[0] = (low, high)  # no question is answered by a promise with a cutoff and one without
        spans[end] = steps
    return Spans(spans, marks[-1])


@st.composite
def phase_spans(draw: st.DrawFn) -> Spans:
    """Spans for the ends of phases: rising along the course, earliest below latest."""
    names = oracle.BOUNDARIES["phase"]
    marks = sorted(draw(st.lists(st.integers(0, 240), min_size=len(names) + 1, max_size=len(names) + 1)))
    gaps = draw(st.lists(st.integers(0, 120), min_size=len(names) + 1, max_size=len(names) + 1))
    unit = draw(st.sampled_from([1, MINUTE, HOUR]))
    earliest = [mark * unit for mark in marks]
    latest: list[int] = []
    for i, gap in enumerate(gaps):
        lowest = max(earliest[min(i + 1, len(names))], latest[-1] if latest else 0)
        latest.append(lowest + gap * unit)
    spans: dict[oracle.End, list[tuple[int, int]]] = {}
    for i, name in enumerate(names):
        spans[name, "earliest"] = [(earliest[i], earliest[i + 1])]
        spans[name, "latest"] = [(latest[i], latest[i + 1])]
    return Spans(spans, latest[-1])


def _value(draw: st.DrawFn, spans: Spans, end: oracle.End, cutoffs: Sequence[int]) -> int | None:
    """A value for this end that suits all these cutoffs; None if there is none."""
    levels = [CUTOFFS.index(cutoff) + 1 for cutoff in cutoffs] or [0]
    low = max(spans.of[end][level][0] for level in levels)
    high = min(spans.of[end][level][1] for level in levels)
    return draw(_between(low, high)) if low <= high else None


def _drawn_ends(
    draw: st.DrawFn, kind: str, spans: Spans, cutoffs: Sequence[int], unruly: bool
) -> dict[str, tuple[int | None, int | None]]:
    """The ends of one rule, at least one of them stated."""
    every = oracle.ends_of(kind)
    wanted = draw(st.one_of(st.just(set(every)), st.sets(st.sampled_from(every), min_size=1)))
    if unruly:
        rising = list(every)  # in order within the rule, but not with the other rules
        if draw(st.booleans()):
            rising.sort(key=lambda end: oracle.SIDES.index(end[1]))
        stated = [end for end in rising if end in wanted]
        values = sorted(draw(_between(0, spans.highest)) for _ in stated)
        found = dict(zip(stated, values, strict=True))
    else:
        suited = {end: _value(draw, spans, end, cutoffs) for end in sorted(wanted)}
        found = {end: value for end, value in suited.items() if value is not None}
    return {
        boundary: (found.get((boundary, "earliest")), found.get((boundary, "latest")))
        for boundary in oracle.BOUNDARIES[kind]
        if {(boundary, side) for side in oracle.SIDES} & set(found)
    }


# ------------------------------------------------------------------------ the conditions of a rule


@st.composite
def amounts(draw: st.DrawFn, choices: Sequence[int]) -> tuple[int | None, int | None]:
    """A range of doses, open at one end or at none."""
    low, high = sorted((draw(st.sampled_from(choices)), draw(st.sampled_from(choices))))
    return draw(st.sampled_from([(low, high), (low, None), (None, high)]))


TERMS: dict[str, list[str]] = {
    "matrix": MATRICES,
    "analyte": ANALYTES,
    "method": METHODS,
    "route": ROUTES,
    "pattern": PATTERNS,
}
MUST = {"window": ("matrix", "analyte"), "phase": ("route",)}
MAY = {"window": ("method", "route", "pattern", "cutoff", "dose"), "phase": ("dose",)}


@st.composite
def occasions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """One term for every axis of such rules: what the rules of a book have in common."""
    found: dict[str, Any] = {"cutoff": draw(st.sampled_from(CUTOFFS)), "dose": draw(st.sampled_from(RANGES))}
    for axis in (*MUST[kind], *MAY[kind]):
        if axis in TERMS:
            found[axis] = draw(st.sampled_from(TERMS[axis]))
    return found


@st.composite
def conditions(draw: st.DrawFn, kind: str, occasion: Mapping[str, Any]) -> dict[str, Any]:
    """The `when` of a rule: on each axis nothing, the term of the occasion, one above it, or others."""
    when: dict[str, Any] = {}
    for axis in (*MUST[kind], *MAY[kind]):
        if axis in MAY[kind] and draw(st.booleans()):
            continue
        common = occasion[axis]
        if axis == "dose":
            name, choices = common
            when[name] = draw(amounts(choices))
        elif axis == "cutoff":
            near = st.sampled_from([[common], [common], *[[cutoff] for cutoff in CUTOFFS]])
            when[axis] = draw(st.one_of(near, st.sampled_from(list(map(list, pairwise(CUTOFFS))))))
        else:
            line = oracle.at_or_above(common, parents())
            other = draw(st.sampled_from([None, None, *TERMS[axis]]))
            terms = {draw(st.sampled_from(line)), *([other] if other else [])}
            when[axis] = draw(st.permutations(unrelated(sorted(terms))))
    return when


# ------------------------------------------------------------------------ books


def _without_twins(rules: Sequence[Rule]) -> list[Rule]:
    """The rules without the ends that an earlier rule states under equal conditions."""
    kept: list[Rule] = []
    for rule in rules:
        clashes = {fault[2] for other in kept for fault in oracle.equal_conditions([other, rule], parents())}
        trimmed = without_ends(rule, clashes)
        if trimmed["ends"]:
            kept.append(trimmed)
    return kept


def without_ends(rule: Rule, dropped: set[oracle.End]) -> Rule:
    """The rule as if it did not state these ends."""
    ends = {}
    for boundary, (earliest, latest) in rule["ends"].items():
        earliest = None if (boundary, "earliest") in dropped else earliest
        latest = None if (boundary, "latest") in dropped else latest
        if earliest is not None or latest is not None:
            ends[boundary] = (earliest, latest)
    order = oracle.BOUNDARIES[rule["kind"]]
    clock = rule["from_end"]
    if clock is not None and not any(order.index(boundary) >= order.index(clock) for boundary in ends):
        return {**rule, "ends": ends, "from_end": None, "infusion": None}
    return {**rule, "ends": ends}


@st.composite
def rule_lists(
    draw: st.DrawFn,
    kind: str = "window",
    unruly: bool = False,
    clocks: bool = True,
) -> list[Rule]:
    """The rules of a book that is sound by construction, or, if unruly, may be anything.

    `clocks` lets rules count from the end: all rules of a book from the same boundary and with the same
    assumed duration, since ends on different clocks cannot be in order for every duration.
    """
    spans = draw(window_spans() if kind == "window" else phase_spans())
    letter = kind[0].upper()
    occasion = draw(occasions(kind))
    drawn = draw(st.lists(conditions(kind, occasion), min_size=2, max_size=3 if unruly else 6))
    ground: list[dict[str, Any]] = [{"matrix": ["urine", "blood"], "analyte": ANALYTES}]
    if kind == "phase":
        ground = [{"route": [route]} for route in ("intravenous", "nasal", "oral")]
    if any(axis in when for axis in oracle.RANGES for when in drawn) or draw(st.booleans()):
        drawn = ground + drawn  # a rule for a dose needs a rule without one beside it
    from_end, infusion = None, None
    if clocks and draw(st.sampled_from([False, False, False, True] if kind == "window" else [False, True])):
        from_end = draw(st.sampled_from(oracle.BOUNDARIES[kind]))
        shortest = draw(st.integers(0, 90)) * MINUTE
        longest = shortest + draw(st.integers(0, 60)) * MINUTE
        infusion = draw(st.sampled_from([None, (shortest, longest)]))
    rules = []
    for number, when in enumerate(drawn, start=1):
        ends = _drawn_ends(draw, kind, spans, when.get("cutoff", []), unruly)
        rules.append(
            {
                "id": f"TST-{letter}{number:03d}",
                "kind": kind,
                "when": when,
                "ends": ends,
                "from_end": from_end,
                "infusion": infusion,
                "rank": 0,
            }
        )
    rules = [without_ends(rule, set()) for rule in rules if rule["ends"]]
    if not unruly:
        rules = _without_twins(rules)
        if any(rule["infusion"] is None for rule in rules):  # of openings, all move with a long infusion or none does
            rules = [{**rule, "infusion": None} for rule in rules]
    assume(rules)
    return draw(st.permutations(rules))


@st.composite
def on_clocks_of_their_own(draw: st.DrawFn, rules: Sequence[Rule]) -> list[Rule]:
    """These rules, each counting from the begin or the end as it likes; often the book is then unsound."""
    found = []
    for rule in rules:
        stated = [boundary for boundary in oracle.BOUNDARIES[rule["kind"]] if boundary in rule["ends"]]
        from_end = draw(st.sampled_from([None, *stated]))
        infusion = draw(st.sampled_from([None, (10 * MINUTE, 20 * MINUTE), (30 * MINUTE, 2 * HOUR)]))
        found.append({**rule, "from_end": from_end, "infusion": from_end and infusion})
    return found


def named_rules(findings: Sequence[object]) -> list[str]:
    """The ids of the rules that findings name."""
    return sorted({name for finding in findings for name in re.findall(r"TST-[A-Z]\d{3}", str(finding))})


# ------------------------------------------------------------------------ questions


ASKED_TERMS: dict[str, list[str]] = {
    "matrix": [*MATRICES, "serum"],
    "analyte": ANALYTES,
    "method": METHODS,
    "route": ROUTES,
    "pattern": [*PATTERNS, "unknown"],
}


def meeting_point(axis: str, atoms: Sequence[oracle.Atom], choices: Sequence[Any]) -> Any:
    """Where most of the rules meet that name this axis; None where none does."""
    naming = [{axis: atom[axis]} for atom in atoms if axis in atom]
    if not naming:
        return None
    return max(
        choices,
        key=lambda said: sum(oracle.matches(atom, {axis: said}, "plain", parents()) for atom in naming),
    )


@st.composite
def questions(draw: st.DrawFn, rules: Sequence[Rule]) -> Question:
    """A question near the rules: on each axis mostly where most of them meet, else elsewhere or unsaid."""
    atoms = [atom for rule in rules for atom in oracle.atoms(rule)]
    window = rules[0]["kind"] == "window"
    question: Question = {}  # None where the question does not say
    choices: dict[str, Sequence[Any]] = dict(ASKED_TERMS) if window else {"route": ROUTES}
    for axis, doses in RANGES:
        bounds = {bound for atom in atoms for bound in atom.get(axis, ()) if bound is not None}
        choices[axis] = sorted({*doses, *(bound + shift for bound in bounds for shift in (-1, 0, 1))})
    for axis, options in choices.items():
        point = meeting_point(axis, atoms, options)
        below = [term for term in options if point in oracle.at_or_above(term, parents())]
        near = st.sampled_from([point, *below])
        question[axis] = draw(st.one_of(near, near, near, st.sampled_from([None, *options])))
    if question["dose"] is not None:
        question["dose_per_kg"] = None  # a question gives its dose in one way
    weight = draw(st.sampled_from([None, 55, 70]))
    if weight is not None and question["dose_per_kg"] is not None:
        question["dose"], question["dose_per_kg"] = question["dose_per_kg"] * weight, None  # the same, in mg
    if question["dose"] is not None:
        question["weight"] = weight
    if window:
        question["matrix"] = question["matrix"] or "urine"
        question["cutoff"] = draw(st.one_of(st.none(), st.sampled_from(ASKED_CUTOFFS)))
    else:
        question["route"] = question["route"] or "intravenous"
    if question["route"] in ("intravenous", "intravenous-infusion"):
        lasting = st.sampled_from([40 * MINUTE, HOUR, 1, 0, None])
        question["duration"] = draw(lasting | st.integers(0, 6 * HOUR))
    return {axis: said for axis, said in question.items() if said is not None}


def moments_of(rules: Sequence[Rule], question: Question) -> list[int]:
    """The begin, all times at which something may change for this question, and the seconds beside them."""
    of = oracle.course(rules, question, parents())
    ends = {int(end) for pair in of or [] for end in pair if end != oracle.OPEN}
    return sorted({0, *(end + shift for end in ends for shift in (-1, 0, 1) if end + shift >= 0)})


@st.composite
def times(draw: st.DrawFn, rules: Sequence[Rule], question: Question) -> int:
    """An elapsed time, mostly at or beside a moment at which something changes, or between two of them."""
    near = moments_of(rules, question)
    between = [(low + high) // 2 for low, high in pairwise(near)]
    anywhere = st.integers(0, 400 * DAY)
    return draw(st.one_of(st.sampled_from(near), st.sampled_from(between or near), anywhere))


def asked(question: Question) -> dict[str, Any]:
    """The question as keyword arguments of `ketref.detect` and `ketref.effects`."""
    said: dict[str, Any] = {axis: question[axis] for axis in ASKED_TERMS if axis in question}
    if "cutoff" in question:
        said["cutoff"] = f"{question['cutoff']} ng/mL"
    for axis in oracle.RANGES:
        if axis in question:
            said["dose"] = amount(axis, question[axis])
    if "weight" in question:
        said["weight"] = f"{question['weight']} kg"
    if "duration" in question:
        said["infusion"] = duration(question["duration"])
    return said


def since(at: int) -> st.SearchStrategy[Any]:
    """An elapsed time in the ways in which it may be given; parts of a second do not count."""
    parts = [timedelta(seconds=at, microseconds=part) for part in (0, 1, 999_999)]
    return st.sampled_from([duration(at), f"PT{at}S", *parts])


# ------------------------------------------------------------------------ what is no time and no amount

_numbers = ["nan", "NaN", "inf", "-inf", "Infinity", "-1", "-0.5", "1e400", "1e999", "--1", "", "0x10", "१"]
_no_digits = st.text(max_size=12).filter(lambda text: not any(letter.isdigit() for letter in text))

not_durations: st.SearchStrategy[Any] = st.one_of(
    st.builds("{} {}".format, st.sampled_from(_numbers), st.sampled_from(list(UNITS))),
    st.sampled_from(["1 month", "2 mo", "1 y", "P1M", "P1Y", "-PT1H", "PT-1H", "P", "PT", "9" * 40 + " d"]),
    st.sampled_from(["", " ", "h", "36", "36 h 5", "1 h h", "h 1", "one hour", "1,5,5 h", "1 h\x00"]),
    st.sampled_from([object(), [], {}, set(), (), ("1 h",), ("1 h", "2 h", "3 h"), ("2 h", "1 h")]),
    _no_digits,
    st.floats(),
    st.integers(),
    st.booleans(),
    st.binary(max_size=4),
    st.timedeltas(max_value=timedelta(microseconds=-1)),
)

not_amounts: st.SearchStrategy[Any] = st.one_of(
    st.builds("{} {}".format, st.sampled_from(_numbers), st.sampled_from(["mg", "mg/kg", "ng/mL"])),
    st.sampled_from(["25", "ng/mL", "25 ng", "25 ng/mL ng/mL", "25 furlong", "25 s", "mg 5", "5 5 mg"]),
    _no_digits,
    st.floats(),
    st.integers(),
    st.booleans(),
    st.sampled_from([object(), [], {}, b"25 ng/mL", ("25 ng/mL",)]),
).filter(lambda value: not shipped().says_nothing(value))
