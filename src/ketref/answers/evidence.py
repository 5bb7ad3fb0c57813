"""Who says so: which rules, which sources with which verdict, which factors?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from ketref.answers.question import Question
from ketref.answers.standing import Standing, course_between
from ketref.book.loading import Book
from ketref.engine import course
from ketref.engine.conditions import matches, overlay, promises
from ketref.engine.index import Atom
from ketref.engine.table import End, Row, Table, clocks, moments
from ketref.model.axes import AXES, TERM_AXES
from ketref.model.factors import Factor
from ketref.model.kinds import KINDS
from ketref.model.rules import SIDES, Confidence, Entry, Ranked, Rule, Share
from ketref.model.units import SECONDS, Duration
from ketref.model.vocabulary import ANY, SINGLE

if TYPE_CHECKING:
    from ketref.answers.segments import Segment
    from ketref.output import forms

DAY = SECONDS["d"]


def rules_of(row: Row) -> list[Ranked]:
    """The rules of a row, narrowest first; those that merely match where none gives an end."""
    return list({a.ranked.rule.id: a.ranked for a in row.atoms or row.matched}.values())


def governing_rules(row: Row, boundaries: Sequence[str]) -> list[forms.GoverningRule]:
    """The rules that give a row its ends, narrowest first."""
    return [
        {
            "id": ranked.rule.id,
            "owner": ranked.owner,
            "ends": [f"{boundaries[b]}.{SIDES[s]}" for b, s, end in row.ends() if ranked.rule.id in end.rules],
        }
        for ranked in rules_of(row)
        if row.atoms
    ]


def has_times(row: Row) -> bool:
    """Whether the rules of a row give any time: an end after no time at all is written to say nothing."""
    return any(end.moment[0] for _, _, end in row.ends())


def least_confident(row: Row) -> Confidence | None:
    """The lowest confidence of the rules that govern a row."""
    order = ("low", "moderate", "high")
    found = [atom.ranked.rule.confidence for atom in row.atoms]
    return min(found, key=order.index) if found else None


def rests_elsewhere(evidence: Iterable[forms.EvidenceForm], end: str) -> bool:
    """Whether all that sets an end speaks of other conditions than those asked about."""
    setting = [form for form in evidence if end in form["sets"]]
    return bool(setting) and all(form["differs"] for form in setting)


def evidence_forms(
    book: Book, table: Table, row: Row, question: Question, status: Callable[[Standing], Any]
) -> list[forms.EvidenceForm]:
    """Each evidence entry behind a row with the verdict of its source, those that speak of the question first."""
    entries = [*said_by(table, row, question), *_counted_besides(table, row, question)]
    verdicts = {
        source: status(verdict(table, row, [s for s in entries if s.entry.source == source], question))
        for source in {s.entry.source for s in entries if s.applies}
    }
    made = [_evidence_form(book, table, said, question, verdicts) for said in entries]
    return sorted(made, key=lambda form: (not form["applies"], form["grade"], form["source"], form["rule"]))


def _evidence_form(
    book: Book, table: Table, said: Said, question: Question, verdicts: dict[str, Any]
) -> forms.EvidenceForm:
    entry = said.entry
    conditions = {axis: value for axis in AXES if (value := getattr(entry.when, axis))}
    return {
        "source": entry.source,
        "rule": said.rule.id,
        "grade": book.sources[entry.source].grade,
        "locator": entry.locator,
        "figure": entry.figure,
        "says": entry.says,
        "applies": said.applies or bool(said.shares),
        "status": verdicts[entry.source] if said.applies else None,
        "conditions": {
            axis: ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for axis, value in conditions.items()
        },
        "differs": [axis for axis in conditions if _differs(table, axis, conditions[axis], question)],
        "statistic": getattr(entry.reports, "statistic", None),
        "clock": getattr(entry.reports, "clock", None),
        "bounds": getattr(entry.reports, "bounds", True),
        "speaks_of": [f"{table.boundaries[boundary]}.{SIDES[side]}" for boundary, side in said.ends],
        "sets": [f"{table.boundaries[boundary]}.{SIDES[side]}" for boundary, side in said.sets],
        "share": [_share_form(share) for share in said.shares],
    }


def _differs(table: Table, axis: str, named: Any, question: Question) -> bool:
    """Whether a source names another term, or another cutoff, than the question; what is not said may be any."""
    said = getattr(question.cell, axis)
    if said in {None, ANY} or (axis not in TERM_AXES and axis != "cutoff"):
        return False
    if axis == "cutoff":
        return question.cutoff not in named
    words = table.vocabularies[axis]
    values = named if isinstance(named, tuple) else (named,)
    return not any(value == ANY or said in words.line(value) or value in words.line(said) for value in values)


def segment_form(book: Book, segment: Segment, question: Question) -> forms.SegmentForm:
    """Which time a segment stands for, where the dose lies, and who says how the specimen grows."""
    place = None if question.elapsed is None else segment.place(question.elapsed, question.duration)
    if place == "later" and question.pattern != SINGLE:
        place = "perhaps"  # the last dose is later, and earlier ones may lie in it
    growth = segment.growth
    return {
        "segment": segment.text,
        "stands_for_s": [days * DAY for days in segment.span],
        "usual_s": [days * DAY for days in segment.usual],
        "carried_until_s": segment.carried * DAY,
        "dose": place,
        "says": {"later": growth.later, "older": growth.older}.get(place or "", ""),
        "rule": growth.id,
        "sources": [
            {
                "source": entry.source,
                "grade": book.sources[entry.source].grade,
                "locator": entry.locator,
                "figure": entry.figure,
                "says": entry.says,
            }
            for entry in growth.evidence
        ],
    }


def _share_form(share: Share) -> forms.ShareForm:
    return {
        "percent": share.percent,
        "n": share.n,
        "of": share.of,
        "from": None if share.from_ is None else str(share.from_),
        "until": None if share.until is None else str(share.until),
    }


def _with_unit(book: Book, factor: str, given: str | None) -> str | None:
    term = book.vocabularies["factor"].terms.get(factor)
    return f"{given} {term.unit}" if given is not None and term and term.unit else given


def factors(book: Book, question: Question) -> list[forms.FactorForm]:
    """What may lengthen or shorten, first what the asker gave; a given factor always has an entry."""
    found = []
    for factor in book.factors(question.substance):
        value = question.factors.get(factor.factor)
        if _concerns(book, factor, question) and (value is None or _applies(factor, value)):
            found.append(_factor_form(book, factor, value))
    answered = {form["factor"] for form in found if form["given"] is not None}
    found += [
        _unsourced(book, question, name, value) for name, value in question.factors.items() if name not in answered
    ]
    return sorted(found, key=lambda form: form["given"] is None)


def _concerns(book: Book, factor: Factor, question: Question) -> bool:
    if question.matrix is not None and factor.matrix:
        line = book.vocabularies["matrix"].line(question.matrix)
        if not set(factor.matrix) & set(line):
            return False
    return question.analyte in {None, ANY} or not factor.analyte or question.analyte in factor.analyte


def _applies(factor: Factor, given: str) -> bool:
    applies = factor.applies
    if applies.value:
        return given in applies.value
    if applies.min is None and applies.max is None:
        return True
    number = float(given)
    return (applies.min is None or applies.min <= number) and (applies.max is None or number <= applies.max)


def _factor_form(book: Book, factor: Factor, given: str | None) -> forms.FactorForm:
    return {
        "factor": factor.factor,
        "given": _with_unit(book, factor.factor, given),
        "askable": factor.factor in book.vocabularies["factor"],
        "direction": factor.direction,
        "affects": factor.affects,
        "says": factor.says,
        "sources": [
            {"source": e.source, "grade": book.sources[e.source].grade, "locator": e.locator} for e in factor.evidence
        ],
    }


def _unsourced(book: Book, question: Question, name: str, given: str) -> forms.FactorForm:
    """A given factor of which no statement applies, with what is said of it for other values and specimens."""
    others = dict.fromkeys(
        f"{_spoken_of(book, factor)}: {factor.direction} ({factor.affects})"
        for factor in book.factors(question.substance)
        if factor.factor == name
    )
    nothing = "No source in this rule set says what this value does; the answer is the same as without it."
    return {
        "factor": name,
        "given": _with_unit(book, name, given),
        "askable": True,
        "direction": "unknown",
        "affects": "",
        "says": f"{nothing} Of {name} otherwise it says: {'; '.join(others)}." if others else nothing,
        "sources": [],
    }


def _spoken_of(book: Book, factor: Factor) -> str:
    """For which values, and in which specimens or of which analytes, a statement speaks."""
    applies = factor.applies
    ends = [f"{word} {end:g}" for word, end in (("from", applies.min), ("to", applies.max)) if end is not None]
    values = ", ".join(applies.value) or _with_unit(book, factor.factor, " ".join(ends) or None) or "any value"
    only = ", ".join((*factor.matrix, *factor.analyte))
    return f"{values} in {only}" if only else values


# ---------------------------------------------------------------- evidence


@frozen(eq=False)
class Said:
    """An evidence entry of a rule that governs, and what it reports under the question's conditions.

    `ends` are those of its course; `shares` tell how many were positive, of just such tests. It `applies` where it has
    a verdict: where it reports an end, or a positive. `sets` are the ends of the answer that are its figures, be it
    under the conditions of the question or others.
    """

    rule: Rule
    entry: Entry
    ends: Mapping[tuple[int, int], Duration]
    shares: tuple[Share, ...]
    applies: bool
    sets: tuple[tuple[int, int], ...]


def said_by(table: Table, row: Row, question: Question, governing: bool = True) -> Iterator[Said]:
    """Every evidence entry behind a row, once, with what it reports for the question.

    An entry speaks for the ends that its own rule governs; with `governing` false, every rule that matches is heard,
    on every end.
    """
    by_rule: dict[str, list[Atom]] = {}
    for atom in row.atoms if governing and row.atoms else row.matched:
        by_rule.setdefault(atom.ranked.rule.id, []).append(atom)
    for rule_id, own in by_rule.items():
        rule = own[0].ranked.rule
        heard = {
            (b, side)
            for b, sides in enumerate(row.stated)
            for side, end in enumerate(sides)
            if end is None or rule_id in end.rules or not governing
        }
        for entry in rule.evidence:
            reported = _reported(rule, entry)
            if reported and not reported.keys() & heard:
                continue
            ends = {
                place: end
                for place, end in reported.items()
                if place in heard and _holds(table, own, entry, question, promises(*place))
            }
            seen = getattr(entry.reports, "seen", None)
            applies = bool(ends) or bool(seen and _holds(table, own, entry, question, promise=True))
            sets = tuple(place for place, end in reported.items() if _is_set(row, rule_id, entry, place, end))
            yield Said(rule, entry, ends, _shares(table, own, entry, question), applies, sets)


def _counted_besides(table: Table, row: Row, question: Question) -> Iterator[Said]:
    """How many were positive of just such tests, by rules that hold for the question and give none of its ends."""
    if not row.atoms:
        return  # those that merely match are all heard
    governing = {atom.ranked.rule.id for atom in row.atoms}
    entries = (entry for atom in row.matched for entry in atom.ranked.rule.evidence)
    counted = any(getattr(entry.reports, "share", ()) for entry in entries)
    for said in said_by(table, row, question, governing=False) if counted else ():
        if said.shares and said.rule.id not in governing:
            yield evolve(said, applies=False)


def _is_set(row: Row, rule: str, entry: Entry, place: tuple[int, int], reported: Duration) -> bool:
    """Whether an end of the answer is what an entry of its rule reports for it; no time at all is none."""
    end = row.stated[place[0]][place[1]]
    bounds = getattr(entry.reports, "bounds", True)
    return end is not None and rule in end.rules and 0 < end.moment[0] == reported.seconds and bounds


def _shares(table: Table, atoms: list[Atom], entry: Entry, question: Question) -> tuple[Share, ...]:
    """How many were positive by tests as the one asked about: at another cutoff it would not be so many."""
    shares: tuple[Share, ...] = getattr(entry.reports, "share", ())
    meets = shares and all(_holds(table, atoms, entry, question, promise) for promise in (True, False))
    return shares if meets else ()


def _reported(rule: Rule, entry: Entry) -> dict[tuple[int, int], Duration]:
    if getattr(entry.reports, "clock", "last use") != "last use":
        return {}
    return {
        (b, side): end
        for b, span in enumerate(KINDS[type(rule)].spans(entry.reports))
        for side, end in enumerate((span.earliest, span.latest))
        if end
    }


def _holds(table: Table, atoms: list[Atom], entry: Entry, question: Question, promise: bool) -> bool:
    if question.cutoff is not None and not {c.base for c in entry.when.cutoff} <= {question.cutoff.base}:
        return False  # the numbers are of another kind
    return any(
        matches(conditions, question.cell, table.vocabularies, promise)
        for atom in atoms
        for conditions in overlay(atom.conditions, entry.when)
    )


def verdict(table: Table, row: Row, said: Iterable[Said], question: Question) -> Standing:
    """The row's course with the ends that one source reports put in their place.

    Where the source reports an end twice, its own span counts; ends of the row that contradict it give way. What bounds
    nothing, as a mean, lies between the ends: it widens the course to hold it, and closes nothing.
    """
    theirs: dict[tuple[int, int], End] = {}
    for entry in sorted(said, key=_widens):
        own_clocks = clocks(entry.rule)
        for (b, side), end in entry.ends.items():
            before = theirs.get((b, side)) or (row.stated[b][side] if _widens(entry) else None)
            if before is None and _widens(entry):
                continue  # it is open, and so as wide as can be
            pick = min if side == 0 else max
            if before is None or pick(before.moment[0], end.seconds) != before.moment[0]:
                theirs[b, side] = End((end.seconds, own_clocks[b][side]), end, (entry.rule.id,))
    stated = [[theirs.get((b, s)) or row.stated[b][s] for s in range(2)] for b in range(len(row.stated))]
    while crossed := course.crossing(moments([(low, high) for low, high in stated])):
        loser = next((place for place in crossed if place not in theirs), crossed[1])
        stated[loser[0]][loser[1]] = None
    fixed = tuple((sides[0], sides[1]) for sides in stated)
    return Standing(course_between(fixed, table.ending, question), question)


def _widens(said: Said) -> bool:
    """Whether its figures lie between the ends, and bound nothing."""
    return not getattr(said.entry.reports, "bounds", True)
