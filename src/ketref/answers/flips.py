"""Which change of one input would turn an answer, and which source carries it alone?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from ketref.answers.answer import seconds
from ketref.answers.detect import DetectAnswer, detect
from ketref.answers.question import otherwise
from ketref.book.loading import Book, kept
from ketref.engine import course
from ketref.engine.regions import Amounts, around, edges
from ketref.engine.table import End, Table
from ketref.errors import UsageError, quoted
from ketref.model.kinds import KINDS, spans
from ketref.model.rules import SIDES, Ranked, Rule, Span
from ketref.model.units import (
    DOSE,
    DOSE_PER_KG,
    LARGEST_AMOUNT,
    MICRO,
    Duration,
    Quantity,
    canonical,
    per_kilogram,
    total,
)
from ketref.model.vocabulary import ALWAYS_KNOWN
from ketref.output.text import moment

if TYPE_CHECKING:
    from ketref.output import forms


def flips(question: DetectAnswer | Mapping[str, object]) -> list[forms.Flip]:
    """The changes of one input at a time that turn the status of an answer, the nearest of each input.

    `question` is an answer of `detect`, or a mapping of its keywords, `substance` included. Each flip has the `axis`,
    what is asked (`from`) and what to ask instead (`to`; of `elapsed` whole seconds, a pair where the time is a range;
    None is unsaid), that in words (`text`), the `direction`, the `status` then, and the `rule` behind it.

    Raises UsageError where the question is not understood or names no time, RulesError where rules contradict each
    other.
    """
    answer = question if isinstance(question, DetectAnswer) else _answered(question)
    if answer.status is None:
        hint = 'give `since`, such as since="36 h", or `taken` and `at`'
        raise UsageError("without a time there is no status that could change", hint=hint)
    return [
        *_times(answer),
        *_cutoffs(answer),
        *(flip for axis in ("method", "analyte", "pattern", "route") for flip in _terms(answer, axis)),
        *_doses(answer),
        *_sources(answer),
        *_withheld(answer),
    ]


def _answered(question: Any) -> DetectAnswer:
    if not isinstance(question, Mapping) or not all(isinstance(key, str) for key in question):
        hint = 'give an answer of `detect`, or its keywords, such as {"substance": "ketamine", "matrix": "urine", ...}'
        raise UsageError(f"`{quoted(question)}` is not a question about a test", value=question, hint=hint)
    given: dict[str, Any] = {"matrix": None, **question}
    if given.get("substance") is None:
        raise UsageError("`substance` is missing: what was taken?", hint='such as "ketamine"')
    if given["matrix"] is None:
        raise UsageError("`matrix` is missing: which specimen is tested?", hint='such as matrix="urine"')
    answer: DetectAnswer = detect(given.pop("substance"), **given)
    return answer


def _instead(answer: DetectAnswer, axis: str, value: Any) -> DetectAnswer | None:
    """The answer with something else said on an axis, None where there is none."""
    try:
        question = otherwise(answer.book, answer.question, axis, value)
    except UsageError:
        return None  # a bolus has no duration
    row = answer.table.sound_row(question.cell)
    return None if row is None else DetectAnswer(answer.book, question, answer.table, row)


def _flip(
    axis: str, from_: Any, to: Any, status: str | None, rule: str | None, text: str = "", direction: str | None = None
) -> forms.Flip:
    return {
        "axis": cast("Any", axis),
        "from": from_,
        "to": to,
        "text": text or ("not given" if to is None else str(to)),
        "direction": cast("Any", direction),
        "status": cast("Any", status),
        "rule": rule,
    }


# ---------------------------------------------------------------- time


def _times(answer: DetectAnswer) -> Iterator[forms.Flip]:
    """The nearest earlier and the nearest later time; a range is shifted as a whole."""
    settled = answer.standing.course
    elapsed = soonest, longest = cast("tuple[int, int]", answer.elapsed)
    for direction, changed in (("earlier", settled.last_change), ("later", settled.next_change)):
        change = changed(elapsed, course.STATUS_SEEN)
        if change is not None:
            _, wait, stages = change
            to = soonest + wait, longest + wait
            end, text = _crossed(answer, to, direction)
            status = course.STATUSES[course.status(*stages)]
            yield _flip("elapsed", seconds(elapsed), seconds(to), status, end.rules[0], text, direction)


def _crossed(answer: DetectAnswer, to: tuple[int, int], direction: str) -> tuple[End, str]:
    """The stated end that a time has just passed on its way, and how the time reads beside it, no finer than it.

    Of a range the longest time reaches earliest ends, the soonest latest ones.
    """
    ways = ("up to ", "from ") if to[0] != to[1] else ("", "")
    duration, ending = answer.question.duration, answer.table.ending
    for boundary, sides in enumerate(answer.standing.course.stated):
        for end, reached, way in zip(sides, reversed(to), ways, strict=True):
            at = end.at(duration) if end else None
            if end and at is not None and at + ending[boundary] == reached + (direction == "earlier"):
                stated = str(end.text) if at == end.moment[0] else moment(at)
                return end, f"{way}{('', 'just over ', 'just under ')[reached - at]}{stated}"
    raise AssertionError("a status changes at a stated end only")


# ---------------------------------------------------------------- terms


def _terms(answer: DetectAnswer, axis: str) -> Iterator[forms.Flip]:
    """Each other term that rules tell apart, and leaving it unsaid."""
    said = getattr(answer.question, axis)
    always: Sequence[str | None] = ALWAYS_KNOWN.get(axis, (None,))  # any other axis can be left unsaid
    terms = dict.fromkeys([*always, *(term for term, _ in answer.table.named(axis))])
    others = (_instead(answer, axis, term) for term in terms if term != said)
    found = {getattr(then.question, axis): then for then in others if then is not None and then.status != answer.status}
    for term, then in found.items():
        yield _flip(axis, said, term, then.status, then.rule)


# ---------------------------------------------------------------- amounts


def _cutoffs(answer: DetectAnswer) -> Iterator[forms.Flip]:
    table, given = answer.table, answer.question.cutoff
    specimen = answer.book.vocabularies["matrix"].terms[str(answer.question.matrix)]
    unit = given.base if given is not None else str(specimen.concentration)
    yield from _amounts(answer, "cutoff", given, unit, dict(table.named("cutoff")))


def _doses(answer: DetectAnswer) -> Iterator[forms.Flip]:
    """Other doses, in the unit that was asked; where none was, in each in which rules have some."""
    question = answer.question
    given = question.dose or question.dose_per_kg
    if question.dose and question.dose_per_kg and question.weight:
        derived = per_kilogram(question.dose, question.weight)
        given = question.dose if derived == question.dose_per_kg else question.dose_per_kg
    units = [given.base] if given else [DOSE] if question.weight else [DOSE, DOSE_PER_KG]
    for unit in units:
        yield from _amounts(answer, "dose", given, unit, _dose_marks(answer.table, unit, question.weight))


def _dose_marks(table: Table, unit: str, weight: Quantity | None) -> dict[int, str]:
    """The doses at which rules begin or stop to hold, in one unit; with a weight those in the other unit too."""
    own, other, convert = ("dose", "dose_per_kg", per_kilogram) if unit == DOSE else ("dose_per_kg", "dose", total)
    marks = {edge: _amount(edge, unit).text for edge in edges(dose for dose, _ in table.named(own))}
    for edge in edges(dose for dose, _ in table.named(other)) if weight else ():
        doses = range(LARGEST_AMOUNT)

        def made(dose: int) -> int:
            return convert(Quantity(dose, unit, ""), cast("Quantity", weight)).value

        first, after = (bisect_left(doses, amount, key=made) for amount in (edge, edge + 1))
        text = _amount(edge, DOSE_PER_KG if unit == DOSE else DOSE).text
        marks |= {dose: text for dose in (first, max(first, after - 1)) if dose < LARGEST_AMOUNT and dose not in marks}
    return marks


def _amount(value: int, unit: str) -> Quantity:
    return canonical(Quantity(value, unit, ""))


def _amounts(
    answer: DetectAnswer, axis: str, given: Quantity | None, unit: str, marks: Mapping[int, str]
) -> Iterator[forms.Flip]:
    """Of an amount that was asked the nearest lower and higher, and none; else each stretch of amounts."""
    marks = dict(sorted(marks.items()))
    if given is None:
        yield from _stretches(answer, axis, unit, marks)
        return
    beside = {mark + step for mark in marks for step in (-1, 0, 1) if mark + step >= 0}
    ways: dict[str, Sequence[int]] = {
        "lower": sorted((n for n in beside if n < given.value), reverse=True),
        "higher": sorted(n for n in beside if n > given.value),
    }
    for direction, values in ways.items():
        for value in values:
            then = _instead(answer, axis, _amount(value, unit))
            if then is not None and then.status != answer.status:
                text = _near(value, marks)
                yield _flip(axis, str(given), str(_amount(value, unit)), then.status, then.rule, text, direction)
                break
    unsaid = _instead(answer, axis, None)
    if unsaid is not None and unsaid.status != answer.status:
        yield _flip(axis, str(given), None, unsaid.status, unsaid.rule)


def _near(value: int, marks: Mapping[int, str]) -> str:
    """An amount that rules name, or the one beside it."""
    steps = ((0, ""), (1, "just under "), (-1, "just over "))
    return next(f"{words}{marks[value + step]}" for step, words in steps if value + step in marks)


def _stretches(answer: DetectAnswer, axis: str, unit: str, marks: Mapping[int, str]) -> Iterator[forms.Flip]:
    """Each stretch of amounts at which the status is one and another than that without an amount."""
    values = around(list(marks)) or [10**MICRO]  # a promise that names no cutoff holds at none that is said
    asked = [(value, _instead(answer, axis, _amount(value, unit))) for value in values]
    for status, stretch in groupby(asked, key=lambda pair: pair[1] and pair[1].status):
        found = [(value, then) for value, then in stretch if then is not None]
        if not found or status == answer.status:
            continue
        value, then = next((pair for pair in found if pair[0] in marks), found[0])
        (text,) = Amounts(values, marks).words([n for n, _ in found])
        yield _flip(axis, None, str(_amount(value, unit)), then.status, then.rule, text)


# ---------------------------------------------------------------- sources


def _sources(answer: DetectAnswer) -> Iterator[forms.Flip]:
    """Each source whose own verdict is another; where one is asked, all of them together too."""
    asked = answer.question.source
    whole = answer if asked is None else _instead(answer, "source", None)
    if whole is None:
        return
    if whole.status != answer.status:
        yield _flip("source", asked, None, whole.status, whole.rule, "all sources")
    verdicts = {form["source"]: form["status"] for form in whole.evidence if form["applies"]}
    for source, status in verdicts.items():
        if status is not None and status != answer.status:
            held = {form["rule"] for form in whole.evidence if form["source"] == source}
            rule = next((rule["id"] for rule in whole.rules if rule["id"] in held), None)
            yield _flip("source", asked, source, status, rule, direction="alone")


def _withheld(answer: DetectAnswer) -> Iterator[forms.Flip]:
    """Each source without which all the others together say something else."""
    book, question = answer.book, answer.question
    if question.source is not None:
        return
    rules = {atom.ranked.rule.id: atom.ranked.rule for atom in answer.row.atoms}
    sources = [s for rule in rules.values() for s in _pivotal(book, rule)]
    for source in dict.fromkeys(sources):
        table = _without(book, source, answer.table)
        row = table.sound_row(question.cell)
        then = None if row is None else DetectAnswer(book, question, table, row)
        if then is not None and then.status != answer.status:
            yield _flip("source", None, source, then.status, then.rule, direction="without")


@kept
def _without(_: Book, source: str, table: Table) -> Table:
    return withdrawn(table, source)


def withdrawn(table: Table, source: str) -> Table:
    """The rules of a table as all the other sources carry them."""
    ranked = {id(atom.ranked): atom.ranked for atom in table.atoms}.values()
    return Table(table.kind, [_ranked_without(r, source) for r in ranked], table.vocabularies, table.concentration)


def pivotal(rule: Rule) -> tuple[str, ...]:
    """The sources without which some end of a rule would be another or none."""
    sources = dict.fromkeys(entry.source for entry in rule.evidence)
    return tuple(source for source in sources if _carried(rule, source) != spans(rule))


@kept
def _pivotal(_: Book, rule: Rule) -> tuple[str, ...]:
    return pivotal(rule)


def _carried(rule: Rule, without: str) -> tuple[Span, ...]:
    """The boundaries of a rule as all sources but one carry them."""
    return tuple(Span(*(_end(rule, b, side, without) for side in SIDES)) for b in range(len(spans(rule))))


def _ranked_without(ranked: Ranked, source: str) -> Ranked:
    rule: Any = ranked.rule
    if all(entry.source != source for entry in rule.evidence):
        return ranked
    left = tuple(entry for entry in rule.evidence if entry.source != source)
    ends = dict(zip(KINDS[type(rule)].boundaries, _carried(rule, source), strict=True))
    return evolve(ranked, rule=evolve(rule, evidence=left, **ends))


def _end(rule: Rule, boundary: int, side: str, without: str) -> Duration | None:
    """An end of a rule's boundary, by the evidence of the other sources; None where it falls."""
    claim: Duration | None = getattr(spans(rule)[boundary], side)
    others = [entry.reports for entry in rule.evidence if entry.source != without]
    bounding = (other for other in others if getattr(other, "bounds", True))
    reports = (KINDS[type(rule)].spans(other)[boundary] for other in bounding)
    reported: list[Duration] = [said for span in reports if (said := getattr(span, side))]
    if claim is None or not reported:
        return None
    lowest, highest = min(reported, key=_seconds), max(reported, key=_seconds)
    end = max(lowest, min(claim, highest, key=_seconds), key=_seconds)
    if KINDS[type(rule)].boundaries[boundary] == "detectable_until" and side == "latest":
        seen = (getattr(other, "seen", None) for other in others)
        if any(at and at.seconds > end.seconds for at in seen):
            return None  # somebody was still positive then: the others leave it open
    return end


def _seconds(duration: Duration) -> int:
    return duration.seconds
