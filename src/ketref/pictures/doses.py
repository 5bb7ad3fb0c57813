"""What is drawn of doses: through which phases does each pass, and what is to be watched until when?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ketref.engine.course import OPEN
from ketref.model.kinds import PHASE
from ketref.model.times import SECOND
from ketref.output.person_text import running
from ketref.output.text import INSTRUCTING, moment
from ketref.person.courses import outermost, stated
from ketref.pictures.charts import Chart, Lane, Stretch, Sure, stretches
from ketref.pictures.clocks import Clock, seconds
from ketref.pictures.words import asked, edition_line, source_list

if TYPE_CHECKING:
    from ketref.answers.effects import EffectsAnswer
    from ketref.person.history import HistoryAnswer
    from ketref.person.timeline import Placed

_SURE, _POSSIBLE = "for sure", "possibly"
_BASELINE = len(PHASE.stages) - 1


def chart_of_effects(answer: EffectsAnswer) -> Chart:
    """The phases of one dose, and the cautions about it that end."""
    question, course = answer.question, answer.phase_standing.course
    begun = question.moments[0].span if question.moments else None
    zero = (begun[0] / SECOND) if begun and begun[0] == begun[1] else 0.0
    lanes: list[Lane] = [Lane("phase", head=True)]
    if course.silent:
        lanes[0] = Lane("phase", note="unknown: no rule tells")
    else:
        turns = [turn + zero for turn in course.turning()]
        lanes += _phases(turns, lambda at: course.stages((int(at - zero), int(at - zero))), zero)
    cautions = [form for form in answer.cautions if form["kind"] in INSTRUCTING]
    lanes += _watched(
        (form, zero, [None if end is None else end + zero for end in form["until_s"]]) for form in cautions
    )
    said = [f"{form['source']} {form['grade']}" for form in (*answer.phase_evidence, *cautions)]
    elapsed = question.elapsed
    clock = Clock(question.moments[0].zone) if zero else None
    return Chart(
        title=f"{question.substance}: phases, and what to watch",
        about=asked(question),
        axis=clock.axis if clock else "time since the start of the dose",
        lanes=tuple(lanes),
        sure=_SURE,
        possible=_POSSIBLE,
        foot=(source_list(said), edition_line(answer.book)),
        written=clock.written if clock else lambda at: moment(round(at)),
        now=None if elapsed is None else (elapsed[0] + zero, elapsed[1] + zero),
        clock=clock.tick if clock else None,
    )


def chart_of_history(answer: HistoryAnswer) -> Chart:
    """The phases of each dose that may not be over (else of the last), and the cautions that are in force."""
    person = answer.person
    clock = Clock(person.at.zone)
    forms = [form for form in answer.doses if not form["planned"] and form["joined"][:1] in ([], [form["number"]])]
    drawn = running(forms)
    lanes: list[Lane] = []
    said: dict[str, None] = {}
    begins = {}
    for form in sorted(drawn, key=lambda form: form["number"]):
        joined = answer.person.taken[form["number"]].joined
        courses = stated(person.phases.get((joined and joined.number) or form["number"], []))
        words = (form["substance"], (form["route"] or "").replace("-", " "), form["joined_dose"] or form["dose"])
        label = f"dose {form['number']}: {' '.join(filter(None, words))}"
        if not courses:
            begins[form["number"]] = seconds(form["start"])
            lanes.append(Lane(label, note="phases unknown: no rule tells"))
            continue
        lanes.append(Lane(label, head=True))
        begins[form["number"]] = first = min(placed.begun[0] for placed in courses) / SECOND
        lanes += _phases(_turns(courses), _stages_of(courses), first)
        rules = {atom.ranked.rule.id: atom.ranked.rule for placed in courses for atom in placed.row.atoms}
        names = {entry.source for rule in rules.values() for entry in rule.evidence}
        said.update(dict.fromkeys(f"{name} {person.book.sources[name].grade}" for name in sorted(names)))
    cautions = [form for form in answer.cautions if form["kind"] in INSTRUCTING]
    said.update(dict.fromkeys(f"{form['source']} {form['grade']}" for form in cautions))
    at = person.at.span
    lanes += _watched((form, begins.get(form["dose"]), _lifts(form)) for form in cautions)
    left = len(forms) - len(drawn)
    return Chart(
        title="Phases of each dose, and what to watch",
        about=f"{len(drawn)} of {len(forms)} doses are drawn; earlier ones are not" if left else "",
        axis=clock.axis,
        lanes=tuple(lanes) or (Lane("no dose by then", note="nothing to draw"),),
        sure=_SURE,
        possible=_POSSIBLE,
        foot=(source_list(said), edition_line(person.book)),
        written=clock.written,
        now=(at[0] / SECOND, at[1] / SECOND),
        clock=clock.tick,
    )


def _phases(turns: Iterable[float], stages: Callable[[float], tuple[int, int]], first: float) -> list[Lane]:
    """A lane for each phase that a dose passes through."""
    edges = sorted(turns)

    def of(phase: int) -> Callable[[float], Sure | None]:
        def seen(at: float) -> Sure | None:
            low, high = stages(at)
            return "sure" if low == high == phase else "possible" if low <= phase <= high else None

        return seen

    named = ((name.replace("_", " "), stretches(edges, of(phase), first)) for phase, name in enumerate(PHASE.stages))
    return [Lane(name, found) for name, found in list(named)[1:]]


def _turns(courses: Sequence[Placed]) -> set[float]:
    return {(begun / SECOND) + turn for p in courses for turn in p.course.turning() if turn < OPEN for begun in p.begun}


def _stages_of(courses: Sequence[Placed]) -> Callable[[float], tuple[int, int]]:
    def stages(at: float) -> tuple[int, int]:
        moment = round(at * SECOND)
        found = outermost(placed.stages((moment, moment)) for placed in courses)
        return found or (0, _BASELINE)

    return stages


def _watched(cautions: Iterable[tuple[Any, float | None, list[float | None]]]) -> list[Lane]:
    """A lane for each caution: from the dose until it is lifted, or, where that takes an event, open."""
    lanes = [_caution(form, begin, *ends) for form, begin, ends in cautions]
    return [Lane("what to watch", head=True), *lanes] if lanes else []


def _caution(form: Any, begin: float | None, low: float | None, high: float | None) -> Lane:
    timed = low is not None and low < OPEN
    parts: list[Stretch] = [Stretch(begin, low if timed else None, sure=True)] if timed or form["until_event"] else []
    if timed and (form["until_event"] or high is None):
        parts.append(Stretch(low, None, sure=False))
    elif high is not None and high != low:
        parts.append(Stretch(low if timed else begin, high, sure=False))
    after = f"only after {form['until_event']}" if form["until_event"] else ""
    least = f"not before {form['until'][0]} after {form['counts_from']}" if timed and form["until"][0] else ""
    by = f"{form['authority']}, {form['source']} {form['grade']}"
    note = "; ".join(filter(None, (least, after))) or "no end is stated"
    return Lane(form["kind"], tuple(parts), note=f"{note} [{by}]")


def _lifts(form: Any) -> list[float | None]:
    return [None if form[key] is None else seconds(form[key]) for key in ("not_before", "lifted_by")]
