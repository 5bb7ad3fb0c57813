"""Which phase may a dose be in, which effects are in their window, which cautions are in force?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Unpack, cast

from attrs import frozen

from ketref.answers import caveats
from ketref.answers.answer import (
    Answer,
    best,
    end_of_administration,
    no_verdict,
    seconds,
    written_ends,
)
from ketref.answers.cautions import caution_forms
from ketref.answers.evidence import governing_rules, least_confident
from ketref.answers.question import Question, written
from ketref.answers.spoken import spoken
from ketref.answers.standing import Standing, counts_from_end, standing
from ketref.book.loading import Book, Rules, chosen
from ketref.book.tables import caution_tables, effect_tables, phase_table
from ketref.engine.table import Row, Table, span
from ketref.model.kinds import PHASE
from ketref.model.rules import Confidence, Effect, Frequency, Ranked, Span
from ketref.model.said import Amount, Elapsed, Factors, Length, Moment, Order, Zone
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output import forms


def effects(
    substance: str,
    *,
    route: str | None = None,
    since: Elapsed | None = None,
    taken: Moment | None = None,
    at: Moment | None = None,
    tz: Zone | None = None,
    dates: Order | None = None,
    dose: Amount | None = None,
    weight: Amount | None = None,
    infusion: Length | None = None,
    pattern: str | None = None,
    rules: Rules = None,
    **factors: Unpack[Factors],
) -> EffectsAnswer:
    """Which phase may a dose be in, which effects are in their window, which cautions are in force?

        >>> ketref.effects("esketamine", route="nasal", dose="84 mg", since="50 min").phases
        ['peak', 'offset']

    Arguments as in `detect`; a product such as a nasal spray brings its route.

    Raises UsageError where something is not understood.
    """
    book = chosen(rules)
    asked = {
        "since": since,
        "taken": taken,
        "at": at,
        "notation": written(tz, dates),
        "route": route,
        "dose": dose,
        "weight": weight,
        "infusion": infusion,
        "pattern": pattern,
        "factors": factors,
    }
    question = spoken(book, substance, asked)
    name = question.substance
    return EffectsAnswer(book, question, phase_table(book, name), effect_tables(book, name), caution_tables(book, name))


PHASES_SEEN = range(len(PHASE.stages) ** 2)
"""What is seen of the phases: both stages."""


@frozen(eq=False)
class KnownEffect:
    """An effect: the row of its course, and where it stands."""

    table: Table
    row: Row
    standing: Standing

    @property
    def rules(self) -> list[Effect]:
        """Every rule that holds for it, the narrowest first."""
        return [cast("Effect", ranked.rule) for ranked in _matching(self.row)]


class EffectsAnswer(Answer):
    """Which phase a dose may be in, which effects are in their window, which cautions are in force."""

    _inner = frozenset({"effect_form", "known_effects", "phase_row", "phase_standing", "phase_table"})

    def __init__(
        self, book: Book, question: Question, phases: Table, effects: Sequence[Table], cautions: Sequence[Table]
    ) -> None:
        super().__init__(book, question)
        self.phase_table = phases
        self.phase_row = phases.row(question.cell)
        self.phase_standing = standing(self.phase_row, question)
        self._effects = effects
        self._cautions = cautions

    @property
    def phases(self) -> list[str]:
        """Every phase that is possible, in order; empty where no rule tells, or without a time."""
        stages = self.phase_standing.now()
        return [] if stages is None or self.phase_standing.course.silent else PHASE.passed(*stages)

    def _boundary(self, boundary: int) -> str:
        """When a phase begins, in words."""
        sides = self.phase_standing.course.stated[boundary]
        counted = {counts_from_end(end, self.question) for end in sides if end}
        if counted == {True, False}:
            return " to ".join(filter(None, written_ends(self.book, self.question, sides)))
        text = str(span(sides))
        return f"{text} after {end_of_administration(self.book, self.question)}" if True in counted else text

    @property
    def origin(self) -> forms.Origin:
        """What made the course of the phases: the rules of a book."""
        return self.phase_standing.course.origin

    @property
    def phase_rule(self) -> str | None:
        """The narrowest rule of the phases."""
        return self.phase_row.atoms[0].ranked.rule.id if self.phase_row.atoms else None

    @property
    def confidence(self) -> Confidence | None:
        """The lowest confidence of the rules that govern the phases."""
        return least_confident(self.phase_row)

    @cached_property
    def next_change(self) -> forms.PhaseChange | None:
        """When the possible phases change next, and to what."""
        found = self.phase_standing.next_change(PHASES_SEEN)
        return {"at_s": found[0], "in_s": found[1], "phases": PHASE.passed(*found[2])} if found else None

    @cached_property
    def phase_rules(self) -> list[forms.GoverningRule]:
        """The rules that govern the phases, narrowest first, with the ends that they give."""
        return governing_rules(self.phase_row, self.phase_table.boundaries)

    @cached_property
    def phase_evidence(self) -> list[forms.EvidenceForm]:
        """What each source says of the phases."""
        return self._evidence(self.phase_table, self.phase_row, no_verdict)

    @cached_property
    def effects(self) -> list[forms.EffectForm]:
        """Every effect that a rule knows for the question: those in their window first, the most frequent first."""
        return sorted((self.effect_form(known) for known in self.known_effects), key=_effect_order)

    @cached_property
    def known_effects(self) -> list[KnownEffect]:
        """Every effect that a rule knows for the question, in the order of the files."""
        found = [(table, row) for table in self._effects if (row := table.row(self.question.cell)).matched]
        return [KnownEffect(table, row, standing(row, self.question)) for table, row in found]

    def effect_form(self, known: KnownEffect) -> forms.EffectForm:
        """One effect, with the frequency that is shown and all others."""
        table, row, where = known.table, known.row, known.standing
        rules = known.rules
        first = rules[0]
        frequencies = [f for rule in rules for f in sorted(rule.frequency, key=self._weight)]
        shown = self._frequency(frequencies[0]) if frequencies else None
        peaks = next((str(rule.peaks) for rule in rules if rule.peaks != Span()), None)
        source = shown["source"] if shown else best((e.source for e in first.evidence), self.book)
        return {
            "id": first.id,
            "rules": [rule.id for rule in rules],
            "name": first.name,
            "kind": first.kind,
            "status": where.status(),
            "appears_s": where.seconds(0),
            "resolves_s": where.seconds(1),
            "peaks": peaks,
            "percent": shown["percent"] if shown else None,
            "comparator_percent": shown["comparator_percent"] if shown else None,
            "comparator": shown["comparator"] if shown else "",
            "category": shown["category"] if shown else None,
            "n": shown["n"] if shown else None,
            "source": source,
            "grade": self._grade(source),
            "frequencies": [self._frequency(f) for f in frequencies],
            "evidence": self._evidence(table, row, Standing.status),
        }

    def _weight(self, frequency: Frequency) -> tuple[object, ...]:
        """The frequency to show: a figure before a category, the best grade, with a comparator, the most people."""
        return (
            frequency.percent is None,
            self._grade(frequency.source),
            frequency.comparator_percent is None,
            -(frequency.n or 0),
            frequency.source,
            frequency.locator,
        )

    def _frequency(self, frequency: Frequency) -> forms.FrequencyForm:
        return {
            "source": frequency.source,
            "grade": self._grade(frequency.source),
            "locator": frequency.locator,
            "percent": _percent(frequency.percent),
            "category": frequency.category,
            "comparator": frequency.comparator,
            "comparator_percent": _percent(frequency.comparator_percent),
            "n": frequency.n,
            "comparator_n": frequency.comparator_n,
            "population": frequency.population,
            "dose": frequency.dose,
        }

    @cached_property
    def cautions(self) -> list[forms.CautionForm]:
        """Every caution for the question."""
        return caution_forms(self, self._cautions)

    @cached_property
    def ignores(self) -> list[str]:
        """What the question gave and no rule used."""
        return caveats.ignored([self.phase_table, *self._effects, *self._cautions], self.question)

    @cached_property
    def narrower(self) -> list[forms.Narrower]:
        """Conditions which, if said, would change the phases."""
        return caveats.narrowing([self.phase_table], self.question)

    @cached_property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        rows = [self.phase_row, *(table.row(self.question.cell) for table in (*self._effects, *self._cautions))]
        found = caveats.assumed(rows, self.question)
        found += caveats.of_unknown_end(rows, self.question, self.phase_table.vocabularies["route"])
        return found + caveats.of_times(self.question, self._decided)

    def _decided(self, elapsed: tuple[int, int]) -> object:
        """What the answer says of the phases at another time."""
        return self.phase_standing.course.stages(elapsed)

    @cached_property
    def covered(self) -> dict[str, list[str]]:
        """Where no rule tells the phase: the conditions that rules cover."""
        return caveats.covered(self.book, self.phase_table, self.question) if self.phase_standing.course.silent else {}

    def to_dict(self) -> forms.EffectsForm:
        """The JSON form `ketref.effects/1`."""
        names = self.phase_table.boundaries
        return {
            "schema": "ketref.effects/1",
            "question": self.question.to_dict(),
            "elapsed_s": seconds(self.elapsed),
            "warnings": self.warnings,
            "phases": self.phases,
            "boundaries_s": {name: self.phase_standing.seconds(b) for b, name in enumerate(names)},
            "boundaries": {name: self._boundary(b) for b, name in enumerate(names)},
            "next_change": self.next_change,
            "origin": self.origin,
            "phase_rule": self.phase_rule,
            "phase_rules": self.phase_rules,
            "confidence": self.confidence,
            "phase_evidence": self.phase_evidence,
            "ignores": self.ignores,
            "narrower": self.narrower,
            "assumes": self.assumes,
            "covered": self.covered,
            "effects": self.effects,
            "cautions": self.cautions,
            "factors": self.factors,
            **self._identity(),
        }

    def __repr__(self) -> str:
        phases = " or ".join(self.phases) or "no phase known"
        return shown(f"<EffectsAnswer {self.question.substance}: {phases}, rule {self.phase_rule}>")


def _matching(row: Row) -> list[Ranked]:
    """Every rule that holds for the question, those that give an end first."""
    return list({a.ranked.rule.id: a.ranked for a in (*row.atoms, *row.matched)}.values())


def _percent(value: tuple[float, float] | None) -> forms.Percent:
    if value is None:
        return None
    return value[0] if value[0] == value[1] else list(value)


def _effect_order(form: forms.EffectForm) -> tuple[int, float, str]:
    return *prominence(form["status"], form["percent"]), form["name"]


def prominence(status: str | None, percent: forms.Percent) -> tuple[int, float]:
    """What an effect is sorted by: first what may be present, and of that the most frequent."""
    most = percent[-1] if isinstance(percent, list) else percent
    return _BY_STATUS.index(status), -(most or 0.0)


_BY_STATUS = ("expected", "possible", "unknown", None, "not_yet", "not_expected")
