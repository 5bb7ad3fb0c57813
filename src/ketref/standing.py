"""Where does a course stand at the asked time, by the rules that govern and by each source alone?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ketref import course
from ketref.conditions import matches, overlay, promises
from ketref.course import OPEN, STATUSES, UNKNOWN
from ketref.holding import Atom
from ketref.model import Entry, Rule, WindowReports, clocks, spans
from ketref.table import End, Row, Sides, Table, moments
from ketref.understanding import Question
from ketref.units import Duration

if TYPE_CHECKING:
    from ketref import forms


@frozen(eq=False)
class Standing:
    """A course, flat, and where it stands at the time of the question."""

    ends: Sequence[int]
    stated: tuple[Sides, ...]
    question: Question

    def moments(self) -> list[int]:
        """The course, settled: see `course`."""
        moments = [OPEN] * (course.SETTLED * len(self.stated))
        course.settle(self.ends, 0, len(self.stated), self.question.duration, moments)
        return moments

    @property
    def silent(self) -> bool:
        """Whether no rule states anything."""
        return all(end is None for sides in self.stated for end in sides)

    def now(self) -> tuple[int, int] | None:
        """The possible stages at the asked time, None without a time."""
        elapsed = self.question.elapsed
        return None if elapsed is None else course.stages(self.moments(), 0, len(self.stated), *elapsed)

    def status(self) -> str | None:
        """The status of a course of three stages at the asked time, None without a time."""
        stages = self.now()
        if stages is None:
            return None
        return STATUSES[UNKNOWN] if self.silent else STATUSES[course.status(*stages)]

    def next_change(self, seen: course.Integers) -> tuple[int, int, tuple[int, int]] | None:
        """The next moment at which what is `seen` of the stages changes, how long until then, and the stages then."""
        elapsed = self.question.elapsed
        if elapsed is None or self.silent:
            return None
        moments, boundaries = self.moments(), len(self.stated)
        wait = course.next_change(moments, 0, boundaries, *elapsed, seen)
        if wait == OPEN:
            return None
        soonest, longest = (since + wait for since in elapsed)
        return soonest, wait, course.stages(moments, 0, boundaries, soonest, longest)

    def last_change(self, seen: Sequence[int]) -> tuple[int, int, tuple[int, int]] | None:
        """The last moment before at which what is `seen` was another, how long to it (below 0), and the stages then.

        A range of times is shifted as a whole, and not to before the dose.
        """
        elapsed = self.question.elapsed
        if elapsed is None or self.silent:
            return None
        soonest, longest = elapsed
        moments, boundaries = self.moments(), len(self.stated)
        waits = {m - 1 - since for m in moments for since in elapsed if m <= since}
        now = None
        for wait in (0, *sorted((w for w in waits if soonest + w >= 0), reverse=True)):
            stages = course.stages(moments, 0, boundaries, soonest + wait, longest + wait)
            then = seen[(boundaries + 1) * stages[0] + stages[1]]
            if then != now and wait:
                return soonest + wait, wait, stages
            now = then
        return None

    def seconds(self, boundary: int) -> forms.Ends:
        """Both ends of a boundary as stated, in seconds since the start of administration."""
        return [end.at(self.question.duration) if end else None for end in self.stated[boundary]]


def standing(row: Row, question: Question) -> Standing:
    """Where the course of a row stands."""
    return Standing(row.course, row.stated, question)


# ---------------------------------------------------------------- evidence


@frozen(eq=False)
class Said:
    """An evidence entry of a rule that governs, and the ends that it reports under the question's conditions."""

    rule: Rule
    entry: Entry
    ends: Mapping[tuple[int, int], Duration]
    applies: bool


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
            seen = isinstance(entry.reports, WindowReports) and entry.reports.positive_at
            applies = bool(ends) or bool(seen and _holds(table, own, entry, question, promise=True))
            yield Said(rule, entry, ends, applies)


def _reported(rule: Rule, entry: Entry) -> dict[tuple[int, int], Duration]:
    return {
        (b, side): end
        for b, span in enumerate(spans(entry.reports, type(rule)))
        for side, end in enumerate((span.earliest, span.latest))
        if end
    }


def _holds(table: Table, atoms: list[Atom], entry: Entry, question: Question, promise: bool) -> bool:
    return any(
        matches(conditions, question.cell, table.vocabularies, promise)
        for atom in atoms
        for conditions in overlay(atom.conditions, entry.when)
    )


def verdict(table: Table, row: Row, said: Iterable[Said], question: Question) -> Standing:
    """The row's course with the ends that one source reports put in their place.

    Where the source reports an end twice, its own span counts; ends of the row that contradict it give way.
    """
    theirs: dict[tuple[int, int], End] = {}
    for entry in said:
        own_clocks = clocks(entry.rule)
        for (b, side), end in entry.ends.items():
            before = theirs.get((b, side))
            pick = min if side == 0 else max
            if before is None or pick(before.moment[0], end.seconds) != before.moment[0]:
                theirs[b, side] = End((end.seconds, own_clocks[b][side]), end, (entry.rule.id,))
    stated = [[theirs.get((b, s)) or row.stated[b][s] for s in range(2)] for b in range(len(row.stated))]
    while crossed := course.crossing(moments([(low, high) for low, high in stated])):
        loser = next((place for place in crossed if place not in theirs), crossed[1])
        stated[loser[0]][loser[1]] = None
    fixed = tuple((sides[0], sides[1]) for sides in stated)
    return Standing(course.fill(moments(fixed), table.ending), fixed, question)
