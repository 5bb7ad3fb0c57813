"""What holds after all doses of one person, and what changes next?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from ketref.answers.answer import Readable, identity, seconds
from ketref.answers.cautions import CAUTION_ORDER, about_both, caution_form
from ketref.answers.effects import EffectsAnswer, KnownEffect, prominence
from ketref.answers.standing import Standing
from ketref.book.loading import Rules, chosen
from ketref.book.tables import caution_tables, effect_tables, phase_table
from ketref.engine.course import EXPECTED, POSSIBLE, STATUSES, UNSURE
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.kinds import PHASE
from ketref.model.said import Amount, Midnight, Moment, Order, Record, Zone
from ketref.model.times import HORIZON, SECOND
from ketref.model.units import SECONDS, text_of
from ketref.person import changes
from ketref.person.administrations import joined_notes
from ketref.person.begun import Span, elapsed
from ketref.person.changes import FORCES, next_turn
from ketref.person.courses import Person, Taken, Tested, force, outermost, stated
from ketref.person.doses import Dose, ongoing_said, started, understood_doses
from ketref.person.plausibility import of_doses, of_each, of_moment
from ketref.person.records import list_of
from ketref.person.regimens import Ongoing
from ketref.person.timeline import Governing, Placed, lengths_assumed
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output import person_forms as forms
    from ketref.output.forms import CalculatedForm


def history(
    doses: Iterable[Record],
    *,
    at: Moment = "now",
    matrix: str | Iterable[str] | None = None,
    test: str | None = None,
    analyte: str | None = None,
    method: str | None = None,
    cutoff: Amount | None = None,
    segment: str | None = None,
    known_since: Moment | None = None,
    only: str | Iterable[str] | None = None,
    ongoing: Ongoing | None = None,
    calculated: bool = False,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
) -> HistoryAnswer:
    """What holds at a moment after all doses of one person: tests, phases, effects, cautions, and the changes to come.

    Each dose is a mapping, or an object with such attributes: `substance` and `start`, and where known `start_latest`,
    `end` or `infusion`, `route`, `dose` (with a unit, or a number and `dose_unit`), `weight` (with a unit, or in kg)
    and `status`. `frequency` or `interval` with `count` or `end` stand for many doses; where they give no end,
    `ongoing` says whether these went on until `at` ("now") or nobody knows how long ("unknown"). `only` names the
    substances that count, and with them what yields them itself. Times are as in `detect`; "2026-03-01T22:00+01:00 ± 1
    h" is a range. Doses after `at` are listed as planned and do not count. `matrix` is a specimen or several (default:
    every one that rules name), `analyte`, `method`, `cutoff` and `segment` hold for each of them. `test` is what they
    are for, a substance or an analyte: one answer after all that it finds; default: one for each substance that was
    taken. `known_since`: before that moment nothing is known; default: these are all doses. `tz` is the zone of times
    without one, `dates` the order ("dmy", "mdy", "ymd") of dates such as 01.03.2026; `midnight="day"`: each time at
    00:00:00 is that whole day. `calculated` tells beside each status what pharmacokinetic models say.

    Raises UsageError where something is not understood; it lists every dose that is not.
    """
    book = chosen(rules)
    notation = times.notation(tz, dates, midnight)
    taken = understood_doses(book, doses, only, ongoing, notation)
    asked_of = [times.instant(one, notation) for one in (at, *([] if known_since is None else [known_since]))]
    moment, *began = times.on_one_clock([*asked_of, *(dose.start for dose in taken.rows)])
    since = None if known_since is None else began.pop(0)
    taken = evolve(taken, rows=started(taken.rows, began))
    if since and since.low > moment.high:
        hint = "what is known begins before the time you are asking about"
        raise UsageError(f"`known_since` {since.text} lies after `at` {moment.text}", value=since.text, hint=hint)
    several = list_of(matrix)
    asked = [matrix] if several is None else several
    said = {"test": None if test is None else text_of(test), "analyte": analyte, "method": method, "cutoff": cutoff}
    said["segment"] = segment
    person = Person(book, taken.rows, moment, since, [{"matrix": name, **said} for name in asked])
    return HistoryAnswer(person, since, taken.notes, calculated)


class HistoryAnswer(Readable):
    """What holds at a moment after all doses of one person, and what changes next."""

    _inner = frozenset({"modelled", "person"})

    def __init__(
        self,
        person: Person,
        known_since: times.Instant | None,
        notes: Sequence[str] = (),
        calculated: bool = False,
    ) -> None:
        self.person = person
        self._calculates = calculated
        self.known_since = known_since
        self.notes = [*notes, *joined_notes(person.book, person.doses, person.at.high)]
        """What was left out, not read, not known or joined, in sentences."""

    @cached_property
    def doses(self) -> list[forms.DoseForm]:
        """Every row that is a dose, with the phases that it may be in; those after the moment are planned."""
        warnings = of_each(self.person.rows, self.person.book)
        return [self._dose(*one) for one in zip(self.person.rows, self._taken, warnings, strict=True)]

    @property
    def _taken(self) -> list[Taken]:
        return [self.person.taken[row.number or 0] for row in self.person.rows]

    def _dose(self, row: Dose, taken: Taken, warnings: list[str]) -> forms.DoseForm:
        person, question, joined, last = self.person, row.question, taken.joined, taken.last
        courses = [] if last is None else stated(person.phases[(joined or last).number or 0])
        stages = outermost([placed.stages(person.now) for placed in courses])
        rules = [atom.ranked.rule.id for placed in courses for atom in placed.row.atoms]
        return {
            "number": row.number or 0,
            "planned": last is None,
            "doubtful": row.doubtful,
            "substance": row.substance,
            "start": person.started(row),
            "route": question.route,
            "dose": _text(question.dose or question.dose_per_kg),
            "weight": _text(question.weight),
            "infusion": _text(row.as_said.infusion),
            "interval": _text(row.regimen and row.regimen.interval),
            "doses": taken.doses,
            "last": None if last is None else person.started(last),
            "elapsed_s": None if last is None else seconds(elapsed(last.start.span, person.now)),
            "patterns": [] if last is None else person.patterns(last),
            "joined": list(joined.rows) if joined else [],
            "joined_dose": _text(joined and (joined.question.dose or joined.question.dose_per_kg)),
            "joined_infusion": _text(joined and joined.question.infusion),
            "phases": PHASE.passed(*stages) if stages else [],
            "phase_rule": rules[0] if rules else None,
            "warnings": warnings,
        }

    @cached_property
    def patterns(self) -> list[forms.PatternForm]:
        """Which patterns of use the doses by then show, and why; `single` only where they show no other."""
        found: list[forms.PatternForm] = []
        for name, timeline in self.person.timelines.items():
            counting = [r for r in timeline.counting(self.person.now) if not (r.perhaps or r.dose.rows)]
            shown = {reading.pattern for reading in counting}
            for term in self.person.book.terms.pattern:
                if term.id not in shown or (term.dose_days is None and len(shown) > 1):
                    continue
                showing = [reading.dose for reading in counting if reading.pattern == term.id]
                why = f"{term.dose_days} or more days with a dose within {term.within}, a convention of this rule set"
                found.append(
                    {
                        "substance": name,
                        "pattern": term.id,
                        "doses": len(showing),
                        "last": self.person.started(max(showing, key=lambda dose: dose.start.low)),
                        "why": why if term.dose_days else "no pattern of more doses",
                    }
                )
        return found

    @cached_property
    def tests(self) -> list[forms.TestForm]:
        """The status of each test, and until when."""
        found = [self._test(tested, found) for tested, found in zip(self.person.tests, self._governing, strict=True)]
        for form, calculated in zip(found, self._calculated, strict=bool(self._calculated)):
            form["calculated"] = calculated[0]
        return found

    @cached_property
    def _calculated(self) -> list[tuple[CalculatedForm, list[str]]]:
        """What models say beside each test, and why others do not; nothing where that is not asked."""
        if not self._calculates:
            return []
        from ketref.person.calculated import beside

        person = self.person
        return [beside(person.book, person.rows, person.at, one.test, one.covers) for one in person.tests]

    @property
    def modelled(self) -> list[str]:
        """The substances of which models give a concentration of a test with a cutoff that is not sure."""
        from ketref.answers.models import modelled

        person = self.person
        tests = [
            (str(tested.test.matrix), tested.covers)
            for tested, form in zip(person.tests, self.tests, strict=True)
            if tested.test.cutoff is not None and form["status"] in UNSURE
        ]
        return modelled(person.book, [row.question for row in person.rows], tests)

    @cached_property
    def _governing(self) -> list[Governing]:
        """What governs each test."""
        return [self.person.governing(tested) for tested in self.person.tests]

    def _test(self, tested: Tested, found: Governing) -> forms.TestForm:
        test = tested.test
        answer = found.answer
        return {
            "test": tested.name,
            "substance": found.placed.reading.dose.substance if found.placed else self._asked_of(tested),
            "matrix": str(test.matrix),
            "segment": _text(test.segment),
            "analyte": str(test.analyte),
            "method": test.method,
            "cutoff": _text(test.cutoff),
            "status": cast("Any", found.status),
            "supposed": found.supposed,
            "doubtful": found.doubtful,
            "dose": found.dose,
            "pattern": found.pattern,
            "rule": answer.rule if answer else None,
            "rules": [rule["id"] for rule in answer.rules] if answer else [],
            "next_change": changes.next_turn(self.person, self.person.windows(tested)),
            "sources_disagree": bool(answer and answer.sources_disagree),
            "sources": _verdicts(found),
        }

    def _asked_of(self, tested: Tested) -> str | None:
        """The substance that a test is asked of which no dose governs: one that was taken, or is what it is for."""
        if tested.covers or tested.name is None:
            return tested.test.substance
        return self.person.book.named_by(tested.name) if tested.ruled else None

    @cached_property
    def effects(self) -> list[forms.PresentEffectForm]:
        """Every effect that may be present now: by status, the most frequent first."""
        return effects(self.person)

    @cached_property
    def cautions(self) -> list[forms.StandingCautionForm]:
        """Every caution that is not lifted, what to do first."""
        return cautions(self.person)

    @cached_property
    def interactions(self) -> list[forms.InteractionForm]:
        """What cautions say of a drug beside another that was taken too."""
        return interactions(self.person)

    @cached_property
    def changes(self) -> list[forms.ChangeForm]:
        """What changes after the moment, in time order, if no further dose is taken."""
        return changes.changes(self.person)

    @cached_property
    def warnings(self) -> list[str]:
        """What in the doses, and in the moment asked about, lies far outside all that the book speaks of."""
        person = self.person
        moment = of_moment("the time you are asking about", person.at, person.doses, person.book)
        silent = dict.fromkeys(why for _, whys in self._calculated for why in whys)
        return [*of_doses(person.rows, person.book), *moment, *silent]

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        found = []
        if self.known_since is not None:
            found.append(f"nothing is known before {self.known_since.text}: any dose may have been taken before it")
        elif self.person.rows:
            found.append("these are all doses")
        found += ongoing_said(self.person.rows)
        found += lengths_assumed([*(found.placed for found in self._governing if found.placed), *self.person.running])
        if self.person.at.naive:
            found.append(times.ONE_PLACE)
            if decided := self._by_the_clocks():
                found.append(times.CLOCKS_MATTER.format(", ".join(decided)))
        moments = [self.person.at, *([self.known_since] if self.known_since else [])]
        amounts = [*(one.test for one in self.person.tests), *(dose.question for dose in self.person.doses)]
        found += dict.fromkeys(text for one in amounts for text in one.read_as)
        found += dict.fromkeys(text for row in self.person.rows for text in row.question.assumes)
        return [*found, *times.assumed([*moments, *(dose.start for dose in self.person.doses)])]

    def _by_the_clocks(self) -> list[str]:
        """What would be another if the clocks had been changed since a dose by an hour."""
        person = self.person
        hour = SECONDS["h"] * SECOND
        beside = [(person.now[0] + by, person.now[1] + by) for by in (-hour, hour)]

        def turns(courses: Sequence[Placed], value: Callable[[Placed, Span], Any]) -> bool:
            told = [p for p in courses if times.clocks_may_change(p.reading.dose.start.span, person.now)]
            return any(value(placed, then) != value(placed, person.now) for placed in told for then in beside)

        tests = [
            (f"{one.name or one.test.substance} in {one.test.matrix}", person.windows(one)) for one in person.tests
        ]
        found = [what for what, courses in tests if turns(courses, lambda placed, at: placed.status(at))]
        phases = [number for number, courses in person.phases.items() if turns(stated(courses), Placed.stages)]
        return [*found, *(f"the phase of dose {number}" for number in phases)]

    def to_dict(self) -> forms.HistoryForm:
        """The JSON form `ketref.history/1`."""
        at = self.person.at
        return {
            "schema": "ketref.history/1",
            "at": at.text if at.low != at.high else self.person.written(at.low),
            "zoned": not at.naive,
            "warnings": self.warnings,
            "known_since": self.known_since.text if self.known_since else None,
            "doses": self.doses,
            "patterns": self.patterns,
            "tests": self.tests,
            "effects": self.effects,
            "cautions": self.cautions,
            "interactions": self.interactions,
            "changes": self.changes,
            "notes": self.notes,
            "assumes": self.assumes,
            **identity(self.person.book),
        }

    def __repr__(self) -> str:
        count = sum(taken.doses for taken in self._taken)
        return shown(f"<HistoryAnswer at {self.person.at.text}: {count} dose{'s' * (count != 1)}>")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _verdicts(found: Governing) -> list[forms.VerdictForm]:
    """What each source says of the governing dose, the best grade first."""
    evidence: list[Any] = found.answer.evidence if found.answer else []
    said = {(form["grade"], form["source"], form["status"]) for form in evidence if form["status"]}
    return [{"source": source, "grade": grade, "status": status} for grade, source, status in sorted(said)]


def effects(person: Person) -> list[forms.PresentEffectForm]:
    """Every effect that may be present: by status, the most frequent first."""
    timed = [
        (name, courses)
        for name, courses in person.effects
        if max(placed.status(person.now) for placed in courses) in {POSSIBLE, EXPECTED}
    ]
    return sorted((_effect(person, name, courses) for name, courses in (*timed, *person.untimed_effects)), key=_order)


def _effect(person: Person, name: str, courses: Sequence[Placed]) -> forms.PresentEffectForm:
    statuses = [placed.status(person.now) for placed in courses]
    placed = _last([p for p, status in zip(courses, statuses, strict=True) if status == max(statuses)])
    answer = _answer(person, name, placed)
    known = KnownEffect(placed.table, placed.row, Standing(placed.course, answer.question))
    form = answer.effect_form(known)
    return {
        "substance": name,
        "id": form["id"],
        "name": form["name"],
        "kind": form["kind"],
        "status": STATUSES[max(statuses)],
        "dose": cast("int", placed.reading.number),
        "until": next_turn(person, courses),
        "percent": form["percent"],
        "comparator_percent": form["comparator_percent"],
        "comparator": form["comparator"],
        "category": form["category"],
        "n": form["n"],
        "source": form["source"],
        "grade": form["grade"],
    }


def _answer(person: Person, name: str, placed: Placed) -> EffectsAnswer:
    """What `effects` answers to the reading of a dose."""
    book = person.book
    question = person.timelines[name].asked(placed.reading, None, person.at)
    return EffectsAnswer(book, question, phase_table(book, name), effect_tables(book, name), caution_tables(book, name))


def _last(courses: Sequence[Placed]) -> Placed:
    """The course after the latest dose."""
    return max(courses, key=lambda placed: placed.reading.dose.start.low)


def _order(form: forms.PresentEffectForm) -> tuple[int, float, str, str]:
    return *prominence(form["status"], form["percent"]), form["substance"], form["name"]


def cautions(person: Person) -> list[forms.StandingCautionForm]:
    """Every caution that is not lifted, what to do first."""
    found = [_caution(person, name, courses) for name, courses in person.cautions]
    standing = [form for form in found if form["status"] != "lifted"]
    return sorted(standing, key=lambda form: (CAUTION_ORDER.index(form["kind"]), form["id"]))


def _caution(person: Person, name: str, courses: Sequence[Placed]) -> forms.StandingCautionForm:
    forces = [force(placed, person.now) for placed in courses]
    placed = _last([p for p, found in zip(courses, forces, strict=True) if found == max(forces)])
    form = caution_form(_answer(person, name, placed), placed.table, placed.row)
    start = placed.reading.dose.start
    unit: forms.Unit = "day" if placed.reading.dose.by_the_day else "minute"
    earliest, latest = (
        None if seconds is None or seconds >= HORIZON else person.written(start.high + seconds * SECOND)
        for seconds in form["until_s"]
    )
    return {
        "substance": name,
        "id": form["id"],
        "kind": form["kind"],
        "condition": form["condition"],
        "instruction": form["instruction"],
        "tells": form["tells"],
        "status": cast("Any", FORCES[max(forces)]),
        "dose": cast("int", placed.reading.number),
        "not_before": earliest,
        "not_before_unit": None if earliest is None else unit,
        "lifted_by": latest,
        "lifted_by_unit": None if latest is None else unit,
        "until": form["until"],
        "counts_from": form["counts_from"],
        "until_event": form["until_event"],
        "authority": form["authority"],
        "jurisdiction": form["jurisdiction"],
        "source": form["source"],
        "grade": form["grade"],
    }


def interactions(person: Person) -> list[forms.InteractionForm]:
    """What cautions say of each drug beside each other one that was taken by then."""
    taken = list(dict.fromkeys(dose.substance for dose in person.doses))
    found: dict[tuple[str, str], forms.InteractionForm] = {}
    for name in taken:
        for other in taken:
            for one in about_both(person.book, name, other) if other != name else ():
                found.setdefault(
                    (one["id"], other), cast("forms.InteractionForm", {"substance": name, "beside": other, **one})
                )
    return list(found.values())
