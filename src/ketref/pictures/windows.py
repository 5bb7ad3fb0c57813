"""What is drawn of a window: when is a test positive in each specimen, and what does each source say?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ketref.answers.evidence import Said, said_by
from ketref.engine.course import OPEN, STATUSES
from ketref.output.text import moment
from ketref.pictures.charts import Chart, Lane, Stretch, Sure, Thread, stretches
from ketref.pictures.words import asked, edition_line, source_list

if TYPE_CHECKING:
    from ketref.answers.detect import DetectAnswer, SpecimensAnswer

_SEEN: dict[str, Sure] = {"expected": "sure", "possible": "possible"}


def chart_of_window(answer: DetectAnswer) -> Chart:
    """The window in one specimen, with every source by name."""
    return _chart(answer, f"{answer.question.substance} in {answer.question.matrix}", [answer], named=True)


def chart_of_specimens(answer: SpecimensAnswer) -> Chart:
    """The windows in every specimen of which rules speak."""
    return _chart(answer, f"{answer.question.substance} by specimen", answer.answers, named=False)


def _chart(answer: DetectAnswer | SpecimensAnswer, title: str, answers: Sequence[DetectAnswer], named: bool) -> Chart:
    lanes = tuple(_lane(one) for one in answers)
    elapsed = answer.question.elapsed
    said = [thread.name for lane in lanes for thread in lane.threads]
    return Chart(
        title=f"{title}: when is a test positive?",
        about=asked(answer.question),
        axis="time since the start of the dose (logarithmic)",
        lanes=lanes,
        sure="positive expected",
        possible="positive possible",
        foot=(*([] if named else [source_list(said)]), edition_line(answer.book)),
        written=lambda seconds: moment(round(seconds)),
        now=None if elapsed is None else (max(elapsed[0], 0), max(elapsed[1], 0)),
        logarithmic=True,
        named_threads=named,
    )


def _lane(answer: DetectAnswer) -> Lane:
    matrix = str(answer.question.matrix)
    found = answer.standing.course
    if found.silent:
        return Lane(matrix, note="unknown: no rule answers this")
    drawn = stretches(found.turning(), lambda at: _SEEN.get(STATUSES[found.status((int(at), int(at)))]), first=0)
    return Lane(matrix, drawn, tuple(_threads(answer)), note=_note(answer, drawn))


def _note(answer: DetectAnswer, drawn: Sequence[Stretch]) -> str:
    parts = ["sources disagree"] if answer.sources_disagree else []
    if drawn and drawn[-1].end is None:
        parts.append("no rule says when it closes")
    return "; ".join(parts)


def _threads(answer: DetectAnswer) -> Iterator[Thread]:
    """What each source reports: of the conditions asked about, or, where it sets an end, of its own."""
    found: dict[tuple[str, bool], dict[tuple[int, int], Any]] = {}
    for said in said_by(answer.table, answer.row, answer.question):
        grade = answer.book.sources[said.entry.source].grade
        for place, seconds in _reported(answer, said).items():
            key = (f"{said.entry.source} {grade}", not said.ends)
            ends = found.setdefault(key, {})
            pick = min if place[1] == 0 else max
            ends[place] = pick(ends.get(place, seconds), seconds)
    order = sorted(found.items(), key=lambda one: (one[0][1], one[0][0].rsplit(" ", 1)[::-1]))
    for (name, other), ends in order:
        opens = [seconds for (boundary, _), seconds in ends.items() if boundary == 0]
        closes = [seconds for (boundary, _), seconds in ends.items() if boundary == 1]
        yield Thread(
            name,
            begin=min(opens) if opens else None,
            end=max(closes) if closes else max(opens),
            ends=tuple(sorted({*opens, *closes})),
            other=other,
        )


def _reported(answer: DetectAnswer, said: Said) -> dict[tuple[int, int], int]:
    """The ends that an entry reports, in seconds; without a time of its own for the question, those that it sets."""
    if said.ends:
        return {place: end.seconds for place, end in said.ends.items() if 0 < end.seconds < OPEN}
    stated = answer.row.stated
    moments = {place: end.moment[0] for place in said.sets if (end := stated[place[0]][place[1]])}
    return {place: seconds for place, seconds in moments.items() if 0 < seconds < OPEN}
