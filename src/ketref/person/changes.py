"""What changes after a moment, if one person takes nothing more?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ketref.engine.course import STATUSES
from ketref.model.kinds import PHASE
from ketref.model.rules import Effect
from ketref.model.times import SECOND
from ketref.output.text import tested
from ketref.person.begun import Span
from ketref.person.courses import Person, force, outermost, stated
from ketref.person.timeline import Placed, Turn, turns

if TYPE_CHECKING:
    from ketref.output import person_forms as forms


FORCES = ("lifted", "possible", "in_force")
"""What `force` counts."""
_ORDER = ("test", "phase", "effect", "caution")


def changes(person: Person) -> list[forms.ChangeForm]:
    """Every change to come of a test, a phase, an effect or a caution, in time order."""
    found = [change for of_one in (_tests, _phases, _effects, _cautions) for change in of_one(person)]
    return sorted(found, key=lambda form: (form["in_s"], _ORDER.index(form["kind"]), form["substance"], form["about"]))


def next_turn(person: Person, courses: Sequence[Placed]) -> forms.TurnForm | None:
    """The next change of the highest status of several courses."""
    turn = next(turns(courses, person.now, _status_of, max), None)
    if turn is None:
        return None
    at, unit = _moment(person, turn)
    return {"at": at, "at_unit": unit, "in_s": turn.wait // SECOND, "status": STATUSES[turn.value]}


def _tests(person: Person) -> Iterator[forms.ChangeForm]:
    for one in person.tests:
        about = tested(one.test.to_dict(), matrix="{}", segment=" {}", analyte=" {}", method=" {}", cutoff=" {}")
        name = one.name or one.test.substance
        yield from _turning(person, "test", name, about, person.windows(one), _status_of, max, _status)


def _phases(person: Person) -> Iterator[forms.ChangeForm]:
    for number, courses in person.phases.items():
        name = courses[0].reading.dose.substance if courses else ""
        about = f"dose {number}"
        yield from _turning(person, "phase", name, about, stated(courses), Placed.stages, outermost, _stages)


def _effects(person: Person) -> Iterator[forms.ChangeForm]:
    for name, courses in person.effects:
        about = cast("Effect", courses[0].table.atoms[0].ranked.rule).name
        yield from _turning(person, "effect", name, about, courses, _status_of, max, _status)


def _cautions(person: Person) -> Iterator[forms.ChangeForm]:
    for name, courses in person.cautions:
        about = courses[0].row.atoms[0].ranked.rule.id
        yield from _turning(person, "caution", name, about, courses, force, max, lambda value: [FORCES[value]])


def _turning(
    person: Person,
    kind: Any,
    substance: str,
    about: str,
    courses: Sequence[Placed],
    value: Callable[[Placed, Span], Any],
    whole: Callable[[Iterable[Any]], Any],
    words: Callable[[Any], list[str]],
) -> Iterator[forms.ChangeForm]:
    """The changes of the `whole` that is made of the `value` of several courses, in `words`."""
    if not courses:
        return
    before = whole([value(placed, person.now) for placed in courses])
    for turn in turns(courses, person.now, value, whole):
        at, unit = _moment(person, turn)
        numbers = {placed.reading.number for placed in turn.by}
        ends = [end for placed in turn.by for end in placed.ends_at(turn.wait, person.now)]
        yield {
            "at": at,
            "at_unit": unit,
            "in_s": turn.wait // SECOND,
            "kind": kind,
            "substance": substance,
            "about": about,
            "dose": numbers.pop() if len(numbers) == 1 else None,
            "before": words(before),
            "after": words(turn.value),
            "rules": sorted({rule for end in ends for rule in end.rules}),
        }
        before = turn.value


def _moment(person: Person, turn: Turn) -> tuple[str, forms.Unit]:
    """When it turns, and whether that is known to the minute or the day: by the time of the dose, or by the rules."""
    texts = [end.text for placed in turn.by for end in placed.ends_at(turn.wait, person.now) if end.text]
    by_rules = bool(texts) and all(text.by_the_day for text in texts)
    day = by_rules or any(placed.reading.dose.by_the_day for placed in turn.by)
    return person.written(person.at.low + turn.wait), "day" if day else "minute"


def _status_of(placed: Placed, at: Span) -> int:
    return placed.status(at)


def _status(code: int) -> list[str]:
    return [STATUSES[code]]


def _stages(stages: tuple[int, int]) -> list[str]:
    return PHASE.passed(*stages)
