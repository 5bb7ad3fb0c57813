"""Is a test expected to be positive, and who says so?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, overload

from ketref.answers import caveats
from ketref.answers.answer import Answer, Readable, identity, seconds, written_ends
from ketref.answers.classes import class_facts, reactivities
from ketref.answers.evidence import (
    governing_rules,
    has_times,
    least_confident,
    rests_elsewhere,
    said_by,
    segment_form,
    verdict,
)
from ketref.answers.plausibility import implausible
from ketref.answers.question import Question, written
from ketref.answers.spoken import spoken
from ketref.answers.standing import Standing, course_between, standing
from ketref.book.loading import Book, Rules, chosen
from ketref.book.tables import specimens, window_table
from ketref.engine import course
from ketref.engine.course import EXCLUDED, STATUSES, UNSURE, Status
from ketref.engine.table import Row, Sides, Table, span
from ketref.errors import UsageError
from ketref.model.kinds import WINDOW
from ketref.model.rules import SIDES, Confidence, Span
from ketref.model.said import Amount, Elapsed, Factors, Length, Moment, Order, Zone
from ketref.model.vocabulary import ANY
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output import forms


@overload
def detect(
    substance: str,
    *,
    matrix: str,
    since: Elapsed | None = ...,
    taken: Moment | None = ...,
    at: Moment | None = ...,
    tz: Zone | None = ...,
    dates: Order | None = ...,
    route: str | None = ...,
    dose: Amount | None = ...,
    weight: Amount | None = ...,
    infusion: Length | None = ...,
    analyte: str | None = ...,
    method: str | None = ...,
    cutoff: Amount | None = ...,
    pattern: str | None = ...,
    segment: str | None = ...,
    panel: str | None = ...,
    stage: str | None = ...,
    source: str | None = ...,
    calculated: bool = ...,
    rules: Rules = ...,
    **factors: Unpack[Factors],
) -> DetectAnswer: ...


@overload
def detect(
    substance: str,
    *,
    matrix: None = ...,
    since: Elapsed | None = ...,
    taken: Moment | None = ...,
    at: Moment | None = ...,
    tz: Zone | None = ...,
    dates: Order | None = ...,
    route: str | None = ...,
    dose: Amount | None = ...,
    weight: Amount | None = ...,
    infusion: Length | None = ...,
    analyte: str | None = ...,
    method: str | None = ...,
    cutoff: None = ...,
    pattern: str | None = ...,
    segment: None = ...,
    panel: None = ...,
    stage: None = ...,
    source: str | None = ...,
    calculated: bool = ...,
    rules: Rules = ...,
    **factors: Unpack[Factors],
) -> SpecimensAnswer: ...


@overload
def detect(
    substance: str,
    *,
    matrix: str | None = ...,
    panel: str,
    stage: str | None = ...,
    since: Elapsed | None = ...,
    taken: Moment | None = ...,
    at: Moment | None = ...,
    tz: Zone | None = ...,
    dates: Order | None = ...,
    route: str | None = ...,
    dose: Amount | None = ...,
    weight: Amount | None = ...,
    infusion: Length | None = ...,
    analyte: str | None = ...,
    method: str | None = ...,
    cutoff: Amount | None = ...,
    pattern: str | None = ...,
    segment: str | None = ...,
    source: str | None = ...,
    calculated: bool = ...,
    rules: Rules = ...,
    **factors: Unpack[Factors],
) -> DetectAnswer: ...


def detect(
    substance: str,
    *,
    matrix: str | None = None,
    since: Elapsed | None = None,
    taken: Moment | None = None,
    at: Moment | None = None,
    tz: Zone | None = None,
    dates: Order | None = None,
    route: str | None = None,
    dose: Amount | None = None,
    weight: Amount | None = None,
    infusion: Length | None = None,
    analyte: str | None = None,
    method: str | None = None,
    cutoff: Amount | None = None,
    pattern: str | None = None,
    segment: str | None = None,
    panel: str | None = None,
    stage: str | None = None,
    source: str | None = None,
    calculated: bool = False,
    rules: Rules = None,
    **factors: Unpack[Factors],
) -> DetectAnswer | SpecimensAnswer:
    """Is a test expected to be positive, so long after a dose?

        >>> ketref.detect("ketamine", matrix="urine", since="36 h", method="GC-MS", cutoff="25 ng/mL", age=70).status
        'possible'

    Without a `matrix` the answer is one for every specimen of which the book knows.

    `since` is the time since the start of administration: "36 h", a timedelta, an ISO 8601 duration, or a pair of them
    for a range; or give `taken` and `at` (default: now), datetimes or texts: `tz` is the zone of those without one,
    `dates` the order ("dmy", "mdy", "ymd") of dates such as 01.03.2026. Without a time the answer is the window itself.
    `dose` is "50 mg" or "0.5 mg/kg", `weight` "70 kg", `cutoff` "25 ng/mL" ("pg/mg" in hair). `segment` is the part of
    a specimen that grows, from its newest end on, such as "3-6 cm" of hair from the scalp. `panel` names a panel of the
    book: what is not said of the specimen, analyte, method and cutoff is that of its test for the substance, of the
    `stage` "confirmation" if not said. `source` answers by one source alone. `calculated` tells beside the status what
    pharmacokinetic models say, and takes the extra `kinetics`. `rules` is a book from `ketref.load`, default
    the shipped one. Any further keyword is a factor, such as `age=70` or `liver="moderate"`.

    A word that is not known is refused with the nearest ones; the glossary lists those of `matrix`, `method`, `route`
    and `pattern`. `detect_many` asks many questions.

    Raises UsageError where something is not understood, RulesError where rules contradict each other.
    """
    book = chosen(rules)
    asked: dict[str, Any] = {
        "since": since,
        "taken": taken,
        "at": at,
        "notation": written(tz, dates),
        "route": route,
        "dose": dose,
        "weight": weight,
        "infusion": infusion,
        "analyte": analyte,
        "method": method,
        "cutoff": cutoff,
        "pattern": pattern,
        "source": source,
        "factors": factors,
    }
    if segment is not None:
        asked["segment"] = segment
    if panel is not None or stage is not None:
        from ketref.answers.panels import asked_by_panel, sampled_on

        def by_panel(asked: Mapping[str, Any]) -> Question:
            days = sampled_on(asked["at"], asked["notation"])
            return asked_by_panel(book, substance, panel, stage, dict(asked), days)

        return _answered(book, spoken(book, substance, {**asked, "matrix": matrix}, by_panel), calculated)
    if matrix is not None:
        return _answered(book, spoken(book, substance, {**asked, "matrix": matrix}), calculated)
    if calculated:
        raise UsageError("what is calculated is of one specimen", hint="give `matrix`")
    question = spoken(book, substance, asked)  # refuses what needs a specimen
    each = (spoken(book, substance, {**asked, "matrix": name}) for name in specimens(book, question.substance))
    return SpecimensAnswer(book, question, [_answered(book, one) for one in each])


def _answered(book: Book, question: Question, calculated: bool = False) -> DetectAnswer:
    table = window_table(book, question.substance, str(question.matrix), question.cutoff)
    return DetectAnswer(book, question, table, table.row(question.cell), calculated)


_OPENS, _SURE, _CLOSING, _CLOSED = (f"{boundary}.{side}" for boundary in WINDOW.boundaries for side in SIDES)
_ANSWERING: Mapping[Status | None, Sequence[str]] = {
    "not_yet": (_OPENS,),
    "possible": (_OPENS, _CLOSED),
    "expected": (_SURE, _CLOSING),
    "not_expected": (_CLOSED,),
    "unknown": (),
    None: (_OPENS, _SURE, _CLOSING, _CLOSED),
}
"""The ends of a window by which it has a status; without a time, all."""


class DetectAnswer(Answer):
    """Whether a test is expected to be positive.

    `status` is one of not_yet, possible, expected, not_expected and unknown; None where no time was asked.
    """

    _inner = frozenset({"modelled", "row", "standing", "table"})

    def __init__(self, book: Book, question: Question, table: Table, row: Row, calculated: bool = False) -> None:
        super().__init__(book, question)
        self._calculates = calculated
        self.table = table
        self.row = row
        self.standing = standing(row, question) if question.source is None else self._by_source(question.source)
        self.status: Status | None = self.standing.status()

    def _by_source(self, source: str) -> Standing:
        """The course by one source alone: by its evidence on the rules that govern, else on those that match."""
        for governing in (True, False):
            said = [
                s
                for s in said_by(self.table, self.row, self.question, governing)
                if s.entry.source == source and s.applies
            ]
            if said:
                return verdict(self.table, self.row, said, self.question)
        nothing = tuple((None, None) for _ in self.table.boundaries)
        return Standing(course_between(nothing, self.table.ending, self.question), self.question)

    @property
    def detectable_from(self) -> Span:
        """When the window opens: `earliest` and `latest` as stated, None where no rule states it."""
        return self._span(0)

    @property
    def detectable_until(self) -> Span:
        """When the window closes: `earliest` and `latest` as stated, None where no rule states it."""
        return self._span(1)

    def _span(self, boundary: int) -> Span:
        return span(self.standing.course.stated[boundary])

    @property
    def _written(self) -> Sequence[Sides]:
        """The ends of both boundaries, as rules or the growth of a segment state them."""
        return self.row.stated if self.question.segment is None else self.standing.course.stated

    @cached_property
    def segment(self) -> forms.SegmentForm | None:
        """Which time the segment stands for that is asked about, and where the dose lies; None where none is."""
        found = self.question.segment
        return None if found is None else segment_form(self.book, found, self.question)

    @cached_property
    def next_change(self) -> forms.Change | None:
        """When the status changes next, and to what."""
        found = self.standing.next_change(course.STATUS_SEEN)
        if found is None:
            return None
        at, wait, stages = found
        return {"at_s": at, "in_s": wait, "status": STATUSES[course.status(*stages)]}

    @cached_property
    def rules(self) -> list[forms.GoverningRule]:
        """The rules that govern, narrowest first, with the ends that they give; by one source, those that hold it."""
        rules = governing_rules(self.row, self.table.boundaries)
        if self.question.source is None:
            return rules
        holding = {form["rule"] for form in self.evidence}
        return [rule for rule in rules if rule["id"] in holding]

    @property
    def origin(self) -> forms.Origin:
        """What made the course that answers: the rules of a book."""
        return self.standing.course.origin

    @property
    def rule(self) -> str | None:
        """The narrowest rule that governs, None where none does."""
        if self.question.source is not None:
            return self.rules[0]["id"] if self.rules else None
        return self.row.atoms[0].ranked.rule.id if self.row.atoms else None

    @cached_property
    def found_as(self) -> list[str]:
        """The analytes of which the rules that govern speak, where any may be measured."""
        if self.question.analyte != ANY:
            return []
        named = dict.fromkeys(name for atom in self.row.atoms for name in atom.ranked.rule.when.analyte)
        return [name for name in named if name != ANY]

    @property
    def confidence(self) -> Confidence | None:
        """The lowest confidence of the rules that govern; None where they give no time, or for one source alone.

        It is low where an end that answers rests on sources of other conditions alone.
        """
        if self.question.source is not None or not has_times(self.row):
            return None
        elsewhere = any(rests_elsewhere(self.evidence, end) for end in _ANSWERING[self.status])
        return "low" if elsewhere else least_confident(self.row)

    @cached_property
    def evidence(self) -> list[forms.EvidenceForm]:
        """What each source says, with its own verdict; of one source where one is asked."""
        found = self._evidence(self.table, self.row, Standing.status)
        return [form for form in found if self.question.source in {None, form["source"]}]

    @property
    def sources_disagree(self) -> bool:
        """Whether a source excludes a positive and another, under the same conditions, does not."""
        verdicts = {form["status"] for form in self.evidence} - {None}
        return bool(verdicts & EXCLUDED) and bool(verdicts - EXCLUDED)

    @cached_property
    def reopens(self) -> list[dict[str, str]]:
        """The sources, with their grades, that saw positives again after a negative: one does not end the window."""
        found = dict.fromkeys(
            source for atom in self.row.matched for source in getattr(atom.ranked.rule, "reopens", ())
        )
        graded = [{"source": source, "grade": self.book.sources[source].grade} for source in found]
        return sorted(graded, key=lambda one: (one["grade"], one["source"]))

    @cached_property
    def narrower(self) -> list[forms.Narrower]:
        """Conditions which, if said, would change the answer."""
        return caveats.narrowing([self.table], self.question)

    @cached_property
    def ignores(self) -> list[str]:
        """What the question gave and no rule used."""
        return caveats.ignored([self.table], self.question)

    @cached_property
    def indifferent_to(self) -> dict[str, list[str]]:
        """Of each condition that is ignored, what the rules that govern name of it; nothing where they hold for any."""
        return caveats.named_of(self.ignores, self.row)

    @cached_property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        lent = sorted({atom.ranked.of for atom in self.row.atoms} - {self.question.substance})
        borrowed = [f"{self.question.substance} is detectable as {name} is" for name in lent]
        lengths = caveats.of_unknown_end([self.row], self.question, self.table.vocabularies["route"])
        kinds = [*caveats.of_form(self.book, self.question), *caveats.of_cutoff(self.book, self.question)]
        found = [*caveats.assumed([self.row], self.question), *lengths, *kinds, *borrowed]
        return found + caveats.of_times(self.question, self._decided)

    def _decided(self, elapsed: tuple[int, int]) -> str:
        """What the answer says at another time."""
        return STATUSES[self.standing.course.status(elapsed)]

    @cached_property
    def covered(self) -> dict[str, list[str]]:
        """Where no rule answers: the conditions that rules cover."""
        if self.row.atoms or not self.standing.course.silent:
            return {}
        return caveats.covered(self.book, self.table, self.question)

    @cached_property
    def answerable(self) -> list[forms.Answerable]:
        """Where no rule answers: what would have to be said for one to do so."""
        return caveats.answerable(self.table, self.question) if self.covered else []

    @cached_property
    def calculable(self) -> forms.Calculable | None:
        """Where no rule answers: of what models of the book calculate a concentration after a stated dose."""
        return self._calculable if self.covered else None

    @property
    def modelled(self) -> list[str]:
        """The substance, where a dose is said, what is tested is not sure, and models give a concentration of it."""
        unsure = self.status in UNSURE and self.question.dose is not None
        return [self.question.substance] if unsure and self._calculable else []

    @cached_property
    def _calculable(self) -> forms.Calculable | None:
        question = self.question
        if not self.book.has_models(question.substance):
            return None
        from ketref.answers.models import calculable

        return calculable(self.book, question.substance, question.matrix, question.analyte)

    @cached_property
    def class_facts(self) -> list[forms.ClassFactForm]:
        """What is said of a class of the substance, where no rule answers or that class is what is asked about."""
        silent = self.standing.course.silent and self.question.source is None
        return class_facts(self.book, self.question, silent)

    @property
    def _asked_besides(self) -> forms.Flipped:
        """What is there only where it is asked for."""
        found: forms.Flipped = {} if self.segment is None else {"segment": self.segment}
        if self.calculated is not None:
            found["calculated"] = self.calculated[0]
        return found

    @cached_property
    def calculated(self) -> tuple[forms.CalculatedForm, list[str]] | None:
        """What models say beside the status, and why others do not; None where that is not asked."""
        if not self._calculates:
            return None
        from ketref.answers.beside import of_question

        return of_question(self.book, self.question)

    @cached_property
    def warnings(self) -> list[str]:
        """What is not plausible in the question, what people have who took nothing, and why models do not speak."""
        measured = self.found_as if self.question.analyte == ANY else [str(self.question.analyte)]
        own = caveats.of_the_body(self.book, self.question, measured)
        return implausible(self.book, self.question) + own + ([] if self.calculated is None else self.calculated[1])

    @cached_property
    def reactivities(self) -> list[forms.ReactivityForm]:
        """How assays answer to the substance, where no rule answers or a class is what is asked about."""
        silent = self.standing.course.silent and self.question.source is None
        return reactivities(self.book, self.question, silent)

    def to_dict(self) -> forms.DetectForm:
        """The JSON form `ketref.detect/1`."""
        return {
            "schema": "ketref.detect/1",
            "question": self.question.to_dict(),
            "status": self.status,
            "warnings": self.warnings,
            "elapsed_s": seconds(self.elapsed),
            "detectable_from_s": self.standing.seconds(0),
            "detectable_until_s": self.standing.seconds(1),
            "detectable_from": written_ends(self.book, self.question, self._written[0]),
            "detectable_until": written_ends(self.book, self.question, self._written[1]),
            "next_change": self.next_change,
            "origin": self.origin,
            "rule": self.rule,
            "rules": self.rules,
            "found_as": self.found_as,
            "confidence": self.confidence,
            "sources_disagree": self.sources_disagree,
            "reopens": self.reopens,
            "ignores": self.ignores,
            "indifferent_to": self.indifferent_to,
            "narrower": self.narrower,
            "assumes": self.assumes,
            "covered": self.covered,
            "answerable": self.answerable,
            "calculable": self.calculable,
            "evidence": self.evidence,
            "class_facts": self.class_facts,
            "reactivities": self.reactivities,
            "factors": self.factors,
            **self._asked_besides,
            **self._identity(),
        }

    def __repr__(self) -> str:
        return shown(
            f"<DetectAnswer {self.question.substance} in {self.question.matrix}: {self.status}, rule {self.rule}>"
        )


class SpecimensAnswer(Readable):
    """What one question is answered for every specimen that rules on its substance name: `answers`."""

    def __init__(self, book: Book, question: Question, answers: Sequence[DetectAnswer]) -> None:
        self.book = book
        self.question = question
        self.answers = answers

    def to_dict(self) -> forms.SpecimensForm:
        """The JSON form `ketref.specimens/1`."""
        return {
            "schema": "ketref.specimens/1",
            "question": self.question.to_dict(),
            "elapsed_s": seconds(self.question.elapsed),
            "specimens": [_specimen(answer) for answer in self.answers],
            **identity(self.book),
        }

    def __repr__(self) -> str:
        return shown(f"<SpecimensAnswer {self.question.substance}: {len(self.answers)} specimens>")


def _specimen(answer: DetectAnswer) -> forms.SpecimenForm:
    form = answer.to_dict()
    grades = [said["grade"] for said in form["evidence"] if said["applies"]]
    return {
        "matrix": str(answer.question.matrix),
        "status": form["status"],
        "detectable_from": form["detectable_from"],
        "detectable_until": form["detectable_until"],
        "detectable_from_s": form["detectable_from_s"],
        "detectable_until_s": form["detectable_until_s"],
        "rule": form["rule"],
        "found_as": form["found_as"],
        "confidence": form["confidence"],
        "best_grade": min(grades, default=None),
        "sources_disagree": form["sources_disagree"],
    }
