"""Which effects may be present, and which cautions are in force, after all doses of one person?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ketref.caution_answers import CAUTION_ORDER, caution_form
from ketref.changing import FORCES, next_turn
from ketref.course import EXPECTED, POSSIBLE, STATUSES
from ketref.effect_answers import EffectsAnswer, KnownEffect, prominence
from ketref.person import Person, force
from ketref.questions import caution_tables, effect_tables, phase_table
from ketref.standing import standing
from ketref.timeline import Placed
from ketref.times import SECOND

if TYPE_CHECKING:
    from ketref import history_forms as forms


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
    known = KnownEffect(placed.table, placed.row, standing(placed.row, answer.question))
    form = answer.effect_form(known)
    return {
        "substance": name,
        "id": form["id"],
        "name": form["name"],
        "kind": form["kind"],
        "status": cast("Any", STATUSES[max(statuses)]),
        "dose": cast("int", person.number(name, placed.reading)),
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
    earliest, latest = (
        None if seconds is None else person.written(start.high + seconds * SECOND, placed.reading.dose.by_the_day)
        for seconds in form["until_s"]
    )
    return {
        "substance": name,
        "id": form["id"],
        "kind": form["kind"],
        "condition": form["condition"],
        "instruction": form["instruction"],
        "status": cast("Any", FORCES[max(forces)]),
        "dose": cast("int", person.number(name, placed.reading)),
        "not_before": earliest,
        "lifted_by": latest,
        "until": form["until"],
        "counts_from": form["counts_from"],
        "until_event": form["until_event"],
        "authority": form["authority"],
        "jurisdiction": form["jurisdiction"],
        "source": form["source"],
        "grade": form["grade"],
    }
