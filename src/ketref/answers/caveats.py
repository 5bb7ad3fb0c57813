"""What did the question say for nothing, what would have changed the answer, and what was taken for granted?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from ketref.answers.question import Question
from ketref.answers.standing import counts_from_end
from ketref.answers.targets import reported
from ketref.book.loading import Book
from ketref.engine.course import OPEN
from ketref.engine.table import Row, Table, moments
from ketref.model.axes import AXES, SPEAKS_OF, TERM_AXES
from ketref.model.units import SECONDS, duration_of
from ketref.model.vocabulary import ANY, UNKNOWN_PATTERN, Vocabulary

if TYPE_CHECKING:
    from ketref.model.front_matter import RouteTerm
    from ketref.output import forms

HOUR = SECONDS["h"]  # by which clocks are changed


def ignored(tables: Iterable[Table], question: Question) -> list[str]:
    """What the question gave and no rule used: without it, every row is the same."""
    tables = list(tables)
    return [
        flag
        for flag in question.said
        if not _is_used_anyway(flag, question) and not any(_matters(table, question, flag) for table in tables)
    ]


def _is_used_anyway(flag: str, question: Question) -> bool:
    """A weight stands among the factors; the whole test and an unknown pattern are what leaving the axis out is."""
    return (
        (flag == "weight" and "weight" in question.factors)
        or (flag == "analyte" and question.analyte == ANY)
        or (flag == "pattern" and question.pattern == UNKNOWN_PATTERN)
    )


def _matters(table: Table, question: Question, flag: str) -> bool:
    row = table.row(question.cell)
    if flag == "infusion" and any(counts_from_end(end, question) for _, _, end in row.ends()):
        return True
    if flag == "infusion" and question.route:
        without: dict[str, Any] = {"route": table.vocabularies["route"].line(question.route)[-1]}
    else:
        without = {axis: ANY if axis == "analyte" else None for axis in SPEAKS_OF[flag]}
    other = table.row(question.cell._replace(**without))
    if table.kind.listed_when_matched:
        return other.matched != row.matched
    return other.stated != row.stated


def named_of(flags: Iterable[str], row: Row) -> dict[str, list[str]]:
    """Of each flag, what the rules that govern a row name on its axes; nothing where they hold for any."""
    rules = [atom.ranked.rule for atom in row.atoms]
    named: dict[str, list[str]] = {}
    for flag in flags if rules else ():
        values = [getattr(rule.when, axis) for rule in rules for axis in SPEAKS_OF.get(flag, ()) if axis in TERM_AXES]
        terms = dict.fromkeys(term for value in values for term in (value if isinstance(value, tuple) else (value,)))
        named[flag] = [] if None in terms else [term for term in terms if term and term != ANY]
    return named


def narrowing(tables: Iterable[Table], question: Question) -> list[forms.Narrower]:
    """Conditions which, if said, would change the ends of one of the rows."""
    found: dict[str, set[str]] = {}
    for table in tables:
        row = table.row(question.cell)
        for axis in AXES:
            if values := [
                shown for value, shown in _unsaid(table, axis, question) if _differs(table, row, axis, value, question)
            ]:
                found.setdefault(axis, set()).update(values)
        if question.infusion is None and any(end.moment[1] > 0 for _, _, end in row.ends()):
            found["infusion"] = {"how long the administration took"}
    return [{"axis": axis, "values": sorted(values)} for axis, values in found.items()]


def _unsaid(table: Table, axis: str, question: Question) -> Iterator[tuple[Any, str]]:
    """What could still be said on an axis: a narrower term, or, where nothing was said, what the rules name."""
    said = getattr(question.cell, axis)
    open_axis = axis not in question.said and not (axis in SPEAKS_OF["dose"] and "dose" in question.said)
    for value, shown in table.named(axis):
        if axis not in TERM_AXES:
            if open_axis:
                yield (value if axis == "cutoff" else value[0] or value[1]), shown
        elif value != said and (said in table.vocabularies[axis].line(value) or (open_axis and axis != "matrix")):
            yield value, shown


def answerable(table: Table, question: Question) -> list[forms.Answerable]:
    """Where no rule answers: what would have to be said for one to do so, on one axis, or else on two."""
    instead = {axis: _instead(table, axis, question) for axis in AXES if axis != "matrix"}
    for number in (1, 2):
        found = [
            made
            for axes in combinations(instead, number)
            for said in product(*(instead[axis] for axis in axes))
            if (made := _answering(table, question, dict(zip(axes, said, strict=True))))
        ]
        if found:
            return sorted(found, key=lambda form: [axis in question.said for axis in form["changes"]])
    return []


def _instead(table: Table, axis: str, question: Question) -> list[tuple[Any, str | None]]:
    """What may be said on an axis instead of what is said, each with its text; a cutoff may be left out too."""
    said = getattr(question.cell, axis)
    if axis in TERM_AXES:
        return [(value, shown) for value, shown in table.named(axis) if value != said]
    if axis != "cutoff":
        lies = () if said is None else (said,)
        ranges = ((value, shown) for value, shown in table.named(axis) if not any(_in(value, each) for each in lies))
        return [(value[0] or value[1], shown) for value, shown in ranges]
    without: list[tuple[Any, str | None]] = [] if said is None else [(None, None)]
    return [*without, *((value, shown) for value, shown in table.named(axis) if value != said)]


def _in(ends: tuple[int, int], amount: int) -> bool:
    return ends[0] <= amount <= ends[1]


def _answering(table: Table, question: Question, changes: dict[str, tuple[Any, str | None]]) -> forms.Answerable | None:
    """The rule that answers a question with some of what it says changed, None where there is none."""
    row = table.sound_row(question.cell._replace(**{axis: value for axis, (value, _) in changes.items()}))
    if row is None or not row.atoms:
        return None
    return {"changes": {axis: shown for axis, (_, shown) in changes.items()}, "rule": row.atoms[0].ranked.rule.id}


def _differs(table: Table, row: Row, axis: str, value: Any, question: Question) -> bool:
    other = table.sound_row(question.cell._replace(**{axis: value}))
    return other is not None and moments(other.stated) != moments(row.stated)


def assumed(rows: Iterable[Row], question: Question) -> list[str]:
    """What the answer takes for granted."""
    found = [] if question.matrix is None or "pattern" in question.said else ["single dose"]
    clocks = {clock for row in rows for _, _, end in row.ends() if 0 < (clock := end.moment[1]) < OPEN}
    if question.infusion is None and clocks:
        text = " to ".join(dict.fromkeys(str(duration_of(seconds)) for seconds in (min(clocks), max(clocks))))
        found.append(f"{text} of administration")
    if question.reports:
        found.append(f"{question.reports} is reported as {question.analyte} by a method that is not chiral")
    return [*found, *question.read_as]


def of_form(book: Book, question: Question) -> list[str]:
    """That one of two mirror forms is asked about, of which rules on both say nothing."""
    both = question.analyte and reported(book, question.analyte, question.method)
    if both == question.analyte:
        return []
    return [
        f"only a method that is chiral tells {question.analyte} from {both}: rules on {both} do not answer for one form"
    ]


def of_cutoff(book: Book, question: Question) -> list[str]:
    """That a cutoff is not of the usual kind of its specimen, so that no rule at one of that kind answers it."""
    if question.cutoff is None:
        return []
    usual, asked = book.vocabularies["matrix"].terms[str(question.matrix)].concentration, question.cutoff.base
    return (
        [] if asked == usual else [f"{asked} does not compare with {usual}: rules at cutoffs in {usual} do not answer"]
    )


def of_the_body(book: Book, question: Question, analytes: Iterable[str]) -> list[str]:
    """Which of some analytes the body makes itself up to the cutoff of a test, or beyond it, by who says so."""
    words = book.vocabularies
    line = set() if question.matrix is None else set(words["matrix"].line(question.matrix))
    found = []
    for name in analytes:
        limits = [one for one in words["analyte"].terms[name].endogenous if one.matrix in line]
        cutoff = question.cutoff
        if cutoff is not None:
            limits = [one for one in limits if one.limit.base == cutoff.base and one.limit.value >= cutoff.value]
        if limits:
            told = "; ".join(f"{one.limit} {one.says} ({one.source})" for one in limits)
            found.append(f"people who took nothing have {name} in {question.matrix} too, up to {told}")
    return found


def of_unknown_end(rows: Iterable[Row], question: Question, routes: Vocabulary[RouteTerm]) -> list[str]:
    """That an infusion of which no end is known counts from its start, where a rule assumes no duration of it."""
    infusion = question.infusion is None and question.route is not None and routes.terms[question.route].infusion
    return [FROM_START] if infusion and any(end.moment[1] == 0 for row in rows for _, _, end in row.ends()) else []


FROM_START = "counts from the start of the infusion, its end not being known"


def of_times(question: Question, decided: Callable[[tuple[int, int]], object]) -> list[str]:
    """What the times of a question take for granted; `decided` is what the answer says so long after the dose."""
    found = list(question.assumes)
    if question.local and question.elapsed is not None:
        from ketref.model import times

        shortest, longest = question.elapsed
        now = decided(question.elapsed)
        if any(decided((shortest + by, longest + by)) != now for by in (-HOUR, HOUR)):
            what = "the phase" if question.matrix is None else "the status"
            found.append(times.CLOCKS_MATTER.format(what))
    return found


def covered(book: Book, table: Table, question: Question) -> dict[str, list[str]]:
    """The conditions that rules cover: of this table, or, where it has no rule, the specimens of the substance.

    Where there is no rule at all, an axis of which nothing is covered.
    """
    if not table.atoms and question.matrix is None:
        return {"route": []}
    if not table.atoms:
        rules = book.ranked(question.substance, "windows")
        return {"matrix": sorted({term for ranked in rules for term in ranked.rule.when.matrix})}
    return {axis: [shown for _, shown in named] for axis in AXES if (named := table.named(axis))}
