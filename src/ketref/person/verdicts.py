"""Do declared doses explain a test result?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from ketref.answers.caveats import HOUR
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.engine.course import STATUSES, UNKNOWN
from ketref.model.times import SECOND, Instant, clocks_may_change
from ketref.person.administrations import administrations
from ketref.person.cross_reactants import CrossReactant, Declaration, causes_of, declared_causes
from ketref.person.doses import Dose
from ketref.person.intervals import Bearing
from ketref.person.outcomes import Said
from ketref.person.results import Result
from ketref.person.timeline import Governing, Timeline, governing

NOT_EXPLAINED = "not_explained"
_OPEN = {"possible": "possible", "unknown": "unknown"}
_LOW = ("not_expected", "not_yet", "no_dose")
BY_STATUS: Mapping[bool, Mapping[str, str]] = {
    True: {**_OPEN, "expected": "explained", **dict.fromkeys(_LOW, NOT_EXPLAINED)},
    False: {**_OPEN, "expected": NOT_EXPLAINED, **dict.fromkeys(_LOW, "explained")},
}
"""The verdict on a positive, and on a negative, by the status after the declared doses."""


@frozen(eq=False)
class Verdict:
    """What the declared doses of a substance make of a result.

    `governing` is the status after them, of what the result says in `bearing`: its outcome or, where that fits and the
    value does not, the value. `dose` is the number of the dose that governs, None where nobody declared it. Where only
    what is not known of the history gives the status, `known` is the one without it, and `declared` its verdict. Where
    a positive screen is `crossed`, no rule explains it, and a declared drug is known to make such a screen positive.
    """

    verdict: str
    substance: str
    bearing: Bearing
    governing: Governing
    dose: int | None
    known: Governing
    declared: str
    crossed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether rules speak of the declared doses, and none of what may have been taken before."""
        return self.verdict == "unknown" and self.declared != "unknown"

    @property
    def unruled(self) -> bool:
        """Whether a declared dose yields what the test finds, and no rule speaks of its time in such a test."""
        return self.declared == "unknown" and self.dose is not None

    @property
    def rule(self) -> str | None:
        """The narrowest rule behind the status; where no rule speaks of what is not known, behind the known one."""
        placed = (self.known if self.is_open else self.governing).placed
        return placed.row.atoms[0].ranked.rule.id if placed and placed.row.atoms else None


class Declared:
    """The doses that a person declared, as far as they may have been taken by the last of some moments (microseconds).

    What was taken before the first of their rows is not known, be it one that was `left` out, unless `known_since` says
    since when it is. Where there is no row and nothing is said of when that holds from, none are taken for granted.
    What is `prescribed` stands for doses too, and tells nothing of what else was taken.
    """

    def __init__(
        self,
        book: Book,
        substances: Sequence[str],
        rows: Sequence[Dose],
        known_since: Instant | None,
        moments: Sequence[int],
        left: Sequence[Instant] = (),
        others: Sequence[Declaration] = (),
        prescribed: Sequence[Dose] = (),
    ) -> None:
        starts = (*(row.start for row in rows), *left)
        first = min(map(_surely, starts), key=lambda start: start.low, default=None)
        self.rows = rows
        self.doses = administrations(book, (*rows, *prescribed), moments)
        self._prescribed = {dose.number: dose.substance for dose in prescribed}
        self._book = book
        own = (Declaration(row.substance, row.number or 0, row.start.low) for row in (*rows, *prescribed))
        self._declarations = sorted((*own, *others), key=lambda one: one.dose)
        self.known_since = known_since or first
        self.said = known_since is not None
        self._timelines = {name: Timeline(book, name, self.doses, self.known_since) for name in substances}

    def called(self, dose: int) -> str:
        """What a dose of some number is called."""
        return f"the prescribed {self._prescribed[dose]}" if dose in self._prescribed else f"dose {dose}"

    def verdict(self, bearings: Sequence[Bearing]) -> Verdict:
        """The verdict on a result: that on its outcome; but a value that does not fit speaks against it."""
        by_statement: dict[Said, list[Bearing]] = {}
        for bearing in bearings:
            by_statement.setdefault(bearing.said, []).append(bearing)
        outcome, *by_value = (self._on(same) for same in by_statement.values())
        return next((one for one in (outcome, *by_value) if one.verdict == NOT_EXPLAINED), outcome)

    def _on(self, same: Sequence[Bearing]) -> Verdict:
        """That on one statement, asked of each substance: the highest status counts, of equals what is known."""
        bearing, found = self._highest(same)
        known = self._highest(same, known=True)[1] if found.supposed else found
        substance = bearing.question.substance
        if known.status == STATUSES[UNKNOWN]:  # a declared dose may be found too: nothing supposed is put before it
            bearing, found = self._highest(same, known=True)
            substance = bearing.question.substance
        words = BY_STATUS[bearing.positive]
        verdict, declared = words[found.status], words[known.status]
        causes = bearing.positive and NOT_EXPLAINED in {verdict, declared} and self.cross_reactants(bearing.result)
        crossed = bool(causes) and verdict == NOT_EXPLAINED
        if causes:
            verdict, declared = ("possible" if one == NOT_EXPLAINED else one for one in (verdict, declared))
        return Verdict(verdict, substance, bearing, found, found.dose, known, declared, crossed)

    def cross_reactants(self, result: Result) -> Sequence[CrossReactant]:
        """The declared drugs that are known to make a screen positive as a result is."""
        if not result.positive or not self._declarations:
            return ()
        causes = causes_of(self._book, result.covers, result.analyte, result.matrix, result.method)
        return declared_causes(self._book, causes, result.covers, self._declarations, result.time.high)

    def by_the_clocks(self, bearing: Bearing) -> bool:
        """Whether its status would be another if the clocks had been changed since a dose by an hour."""
        timeline, test, at = self._timelines[bearing.question.substance], bearing.question, bearing.result.time.span
        courses = timeline.placed(window_table(self._book, timeline.substance, str(test.matrix)), at, test)
        told = [p for p in courses if not p.reading.supposed and clocks_may_change(p.reading.dose.start.span, at)]
        beside = [(at[0] + by, at[1] + by) for by in (-HOUR * SECOND, HOUR * SECOND)]
        return any(placed.status(then) != placed.status(at) for placed in told for then in beside)

    def _highest(self, same: Sequence[Bearing], known: bool = False) -> tuple[Bearing, Governing]:
        """The highest status of any substance; `known`: without what is only supposed."""
        found = [(one, self._status(one, known)) for one in same]
        return max(found, key=lambda one: (_rank(one[1].status), not one[1].supposed))

    def _status(self, bearing: Bearing, known: bool) -> Governing:
        """The status after the doses of the substance of a statement, `possible` at most where that is capped."""
        timeline, test, at = self._timelines[bearing.question.substance], bearing.question, bearing.result.time
        table = window_table(self._book, timeline.substance, str(test.matrix), test.cutoff)
        courses = timeline.placed(table, at.span, test)
        found = governing(timeline, [p for p in courses if not (known and p.reading.supposed)], test, at)
        return evolve(found, status="possible") if bearing.capped and found.status == "expected" else found


def _surely(start: Instant) -> Instant:
    """A start; of one that is only known until when it was, the latest that it may be."""
    return evolve(start, low=start.high, text=start.text.removeprefix("by ")) if start.open else start


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else -1
