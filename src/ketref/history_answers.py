"""What holds after all doses of one person, and what changes next?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ketref import changing, present, times
from ketref.answers import identity, seconds
from ketref.doses import Dose, list_of, one_kind_of_time, understood_doses
from ketref.errors import UsageError
from ketref.history_rendering import history_text
from ketref.loading import chosen
from ketref.model import STAGES
from ketref.person import Person, outermost, stated
from ketref.timeline import Governing, Reading, governing
from ketref.understanding import Question
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref import history_forms as forms


def history(
    doses: Iterable[object],
    *,
    at: object = "now",
    matrix: object = None,
    analyte: object = None,
    method: object = None,
    cutoff: object = None,
    known_since: object = None,
    rules: object = None,
) -> HistoryAnswer:
    """What holds at a moment after all doses of one person: tests, phases, effects, cautions, and the changes to come.

    Each dose is a mapping, or an object with such attributes: `substance` and `start`, and where known `start_latest`,
    `end` or `infusion`, `route`, `dose` (with a unit, or a number and `dose_unit`) and `weight` (with a unit, or in
    kg). Times are as in `detect`; "2026-03-01T22:00+01:00 ± 1 h" is a range. Doses after `at` are listed as planned and
    do not count. `matrix` is a specimen or several (default: every one that rules name), `analyte`, `method` and
    `cutoff` hold for each of them. `known_since`: before that moment nothing is known; default: these are all doses.

    Raises UsageError where something is not understood; it lists every dose that is not.
    """
    book = chosen(rules)
    known = understood_doses(book, doses)
    moment = times.instant(at)
    since = None if known_since is None else times.instant(known_since)
    one_kind_of_time([moment, *([since] if since else []), *(dose.start for dose in known)])
    if since and since.low > moment.high:
        hint = "what is known begins before the moment asked about"
        raise UsageError(f"`known_since` {since.text} lies after `at` {moment.text}", value=since.text, hint=hint)
    several = list_of(matrix)
    asked = [matrix] if several is None else several
    test = {"analyte": analyte, "method": method, "cutoff": cutoff}
    person = Person(book, known, moment, since, [{"matrix": name, **test} for name in asked])
    return HistoryAnswer(person, since)


class HistoryAnswer:
    """What holds at a moment after all doses of one person, and what changes next."""

    def __init__(self, person: Person, known_since: times.Instant | None) -> None:
        self.person = person
        self.known_since = known_since

    @cached_property
    def doses(self) -> list[forms.DoseForm]:
        """Every dose as understood, with the phases that it may be in; those after the moment are planned."""
        return [self._dose(number, dose) for number, dose in enumerate(self.person.doses, 1)]

    def _dose(self, number: int, dose: Dose) -> forms.DoseForm:
        person, question = self.person, dose.question
        planned = dose.start.low > person.at.high
        courses = [] if planned else stated(person.phases[number])
        stages = outermost([placed.stages(person.now) for placed in courses])
        rules = [atom.ranked.rule.id for placed in courses for atom in placed.row.atoms]
        return {
            "number": number,
            "planned": planned,
            "substance": dose.substance,
            "start": person.started(dose),
            "route": question.route,
            "dose": _text(question.dose or question.dose_per_kg),
            "weight": _text(question.weight),
            "infusion": _text(question.infusion),
            "elapsed_s": None if planned else seconds(Reading(None, dose, "").elapsed(person.now)),
            "patterns": person.patterns(number),
            "phases": list(STAGES[stages[0] : stages[1] + 1]) if stages else [],
            "phase_rule": rules[0] if rules else None,
        }

    @cached_property
    def patterns(self) -> list[forms.PatternForm]:
        """Which patterns of use the doses by then show, and why; `single` only where they show no other."""
        found: list[forms.PatternForm] = []
        for name, timeline in self.person.timelines.items():
            counting = [r for r in timeline.counting(self.person.now) if not r.supposed]
            shown = {reading.pattern for reading in counting}
            for term in self.person.book.terms.pattern:
                if term.id not in shown or (term.dose_days is None and len(shown) > 1):
                    continue
                showing = [reading.dose for reading in counting if reading.pattern == term.id]
                why = f"{term.dose_days} or more days with a dose within {term.within}, a convention of this book"
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
        return [self._test(name, test) for name, test in self.person.tests]

    def _test(self, name: str, test: Question) -> forms.TestForm:
        courses = self.person.windows(name, test)
        found = governing(self.person.timelines[name], courses, test, self.person.at)
        answer = found.answer
        return {
            "substance": name,
            "matrix": str(test.matrix),
            "analyte": str(test.analyte),
            "method": test.method,
            "cutoff": _text(test.cutoff),
            "status": cast("Any", found.status),
            "supposed": found.supposed,
            "dose": self.person.number(name, found.placed.reading) if found.placed else None,
            "pattern": found.pattern,
            "rule": answer.rule if answer else None,
            "rules": [rule["id"] for rule in answer.rules] if answer else [],
            "next_change": changing.next_turn(self.person, courses),
            "sources_disagree": bool(answer and answer.sources_disagree),
            "sources": _verdicts(found),
        }

    @cached_property
    def effects(self) -> list[forms.PresentEffectForm]:
        """Every effect that may be present now: by status, the most frequent first."""
        return present.effects(self.person)

    @cached_property
    def cautions(self) -> list[forms.StandingCautionForm]:
        """Every caution that is not lifted, what to do first."""
        return present.cautions(self.person)

    @cached_property
    def changes(self) -> list[forms.ChangeForm]:
        """What changes after the moment, in time order, if no further dose is taken."""
        return changing.changes(self.person)

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        found = []
        if self.known_since is not None:
            found.append(f"nothing is known before {self.known_since.text}: any dose may have been taken before it")
        elif self.person.doses:
            found.append("these are all doses")
        if self.person.at.naive:
            found.append(times.ONE_PLACE)
        return found

    def to_dict(self) -> forms.HistoryForm:
        """The JSON form `ketref.history/1`."""
        at = self.person.at
        return {
            "schema": "ketref.history/1",
            "at": at.text if at.low != at.high else self.person.written(at.low),
            "zoned": not at.naive,
            "known_since": self.known_since.text if self.known_since else None,
            "doses": self.doses,
            "patterns": self.patterns,
            "tests": self.tests,
            "effects": self.effects,
            "cautions": self.cautions,
            "changes": self.changes,
            "assumes": self.assumes,
            **identity(self.person.book),
        }

    def __repr__(self) -> str:
        return shown(f"<HistoryAnswer at {self.person.at.text}: {len(self.person.doses)} doses>")

    def __str__(self) -> str:
        return history_text(self.to_dict())


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _verdicts(found: Governing) -> list[forms.VerdictForm]:
    """What each source says of the governing dose, the best grade first."""
    evidence: list[Any] = found.answer.evidence if found.answer else []
    said = {(form["grade"], form["source"], form["status"]) for form in evidence if form["status"]}
    return [{"source": source, "grade": grade, "status": status} for grade, source, status in sorted(said)]
