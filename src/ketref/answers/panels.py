"""Which test does a panel do for a substance: of which analyte, by which method, from which cutoff?

What is said beside the panel stays as it is said; the panel fills in the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from ketref.answers.question import Question, understand
from ketref.answers.targets import reported
from ketref.book.loading import Book
from ketref.book.panels import known_panel, panels_of
from ketref.errors import UsageError, unknown_option
from ketref.model.front_matter import ROLES
from ketref.model.panels import Panel, PanelTest

if TYPE_CHECKING:
    from ketref.model.times import Notation

STAGES = ("screen", "confirmation", "report")
Days = tuple[date, date]


def asked_by_panel(
    book: Book, substance: str, panel: object, stage: object, asked: Mapping[str, Any], days: Days | None
) -> Question:
    """The question with what the test of a panel fills in, as in `fill`; `asked` are the keywords of `understand`.

    Raises UsageError.
    """
    if panel is None:
        raise UsageError("`stage` is of a panel", value=stage, hint="name the `panel` too, or leave it out")
    filled = fill(book, book.substance(substance).id, panel, stage, asked, days)
    question = understand(book, substance, **{**asked, **filled.given})
    says = (filled.says, *question.assumes)
    return evolve(question, panel=filled.panel, stage=filled.stage, assumes=says)


def sampled_on(at: Any, notation: Notation | None = None) -> Days | None:
    """The first and the last day of the moment asked about, None where it is not said."""
    if at is None:
        return None
    from ketref.model import times

    return times.days(times.instant(at, notation or times.PLAIN))


@frozen(eq=False)
class Filled:
    """What a panel fills in of a question: `given` holds its axes, `says` what the answer takes for granted so."""

    panel: str
    stage: str
    given: Mapping[str, Any]
    says: str


def fill(
    book: Book, substance: str, panel: object, stage: object, given: Mapping[str, Any], days: Days | None = None
) -> Filled:
    """What the test of a panel for a substance fills in beside what is given of the test.

    `days` are the first and the last day on which the sample may have been taken, None where that is not said: then the
    test counts that holds now. Raises UsageError where the panel has no such test, or several.
    """
    found = known_panel(book, panel)
    words = book.vocabularies
    at = known_stage(stage)
    if (matrix := given.get("matrix")) is not None and found.matrix not in kin_of(
        book, words["matrix"].resolve(matrix)
    ):
        message = f"`{found.id}` is a panel of {found.matrix}, not of {matrix}"
        raise UsageError(message, value=matrix, hint="leave out the matrix, or name another panel", column="panel")
    ever = [t for t in found.test if substance in book.comes_of(t.analyte)]
    able = [t for t in ever if in_force(t, days)]
    tests = [t for t in able if t.stage == at]
    if not tests:
        if other := [t for t in ever if t.stage == at]:
            raise _other_days(found, substance, at, other, days)
        raise _no_test(book, found, substance, at, able, days)
    if given.get("analyte") is not None:
        analyte = words["analyte"].resolve(given["analyte"])
        chosen = [test for test in tests if analyte in {test.analyte, reported(book, test.analyte)}]
    else:
        best = min(_rank(book, substance, test.analyte) for test in tests)
        chosen = [test for test in tests if _rank(book, substance, test.analyte) == best]
    said = _said(given)
    fills = [{axis: value for axis, value in values(found, test).items() if axis not in said} for test in chosen]
    if not chosen or any(each != fills[0] for each in fills):
        raise _not_one(found, substance, at, chosen, tests)
    test = chosen[0]
    others = list(dict.fromkeys(other.analyte for other in tests if other.analyte != test.analyte))
    also = f"; it tests for {', '.join(others)} as well, which count for themselves" if others else ""
    by = f" by {test.method}" if test.method else ""
    how = "".join([f"{test.analyte} at {test.cutoff}{by}", *(f", {day}" for day in days_of(test))])
    says = f"panel {found.id}, {at}: {how} ({', '.join(test.sources)}){also}"
    return Filled(found.id, at, {**fills[0], **said}, says)


def values(panel: Panel, test: PanelTest) -> dict[str, Any]:
    """What a test of a panel is, in the words of a question."""
    return _said({"matrix": panel.matrix, "analyte": test.analyte, "method": test.method, "cutoff": test.cutoff.text})


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def kin_of(book: Book, matrix: str) -> Sequence[str]:
    """A specimen and what it is one of."""
    return book.vocabularies["matrix"].line(matrix)


def known_stage(stage: object) -> str:
    """The stage of a panel that a word names, the confirmation where it names none. Raises UsageError."""
    if stage is None:
        return "confirmation"
    if stage not in STAGES:
        raise unknown_option("stage", stage, STAGES, column="stage")
    return str(stage)


def in_force(test: PanelTest, days: Days | None) -> bool:
    """Whether a test was done so on the days of a sample, all of them; unsaid: whether it is still."""
    if days is None:
        return test.until is None
    return (test.from_ is None or test.from_ <= days[0]) and (test.until is None or days[1] < test.until)


def days_of(test: PanelTest) -> list[str]:
    """In words since when a test is done so, and before when it was."""
    said = {"from {} on": test.from_, "before {}": test.until}
    return [text.format(day) for text, day in said.items() if day]


def _rank(book: Book, substance: str, analyte: str) -> int:
    """How closely an analyte belongs to a substance, by the closest of its roles."""
    vocabulary = book.vocabularies["analyte"]
    kin = {analyte, *vocabulary.terms[analyte].members}
    given = book.roles(substance)
    ranks = [ROLES[role] for one, role in given.items() if kin & {*vocabulary.line(one), reported(book, one)}]
    return min(ranks, default=len(ROLES))


def _not_one(
    panel: Panel, substance: str, stage: str, chosen: Sequence[PanelTest], tests: Sequence[PanelTest]
) -> UsageError:
    """The error where no test is the one that is meant, or where several are: what to say of it."""
    message = f"the panel `{panel.id}` has {'several tests' if chosen else 'no such test'} for {substance} ({stage})"
    axis, names = "analyte", list(dict.fromkeys(test.analyte for test in chosen or tests))
    if chosen and len(names) == 1:
        axis, names = "cutoff", [str(test.cutoff) for test in chosen]
    hint = f"name the {axis} beside it: {' or '.join(f'`{name}`' for name in names)}"
    return UsageError(message, value=panel.id, candidates=names, hint=hint, column="panel")


def _other_days(panel: Panel, substance: str, stage: str, other: Iterable[PanelTest], days: Days | None) -> UsageError:
    """The error for a panel that has such a test on other days alone: on which."""
    on = "now" if days is None else f"on {' to '.join(dict.fromkeys(map(str, days)))}"
    told = [f"{test.analyte} at {test.cutoff}, {' and '.join(days_of(test))}" for test in other]
    message = f"the panel `{panel.id}` has no {stage} for what {substance} gives {on}"
    return UsageError(message, value=panel.id, hint=f"it tests for {'; '.join(told)}", column="panel")


def _no_test(
    book: Book, panel: Panel, substance: str, stage: str, able: Iterable[PanelTest], days: Days | None
) -> UsageError:
    """The error for a panel without such a test: what it has instead, or which panels have one."""
    stages = list(dict.fromkeys(test.stage for test in able))
    others = [
        one.id
        for one in panels_of(book)
        if one.matrix == panel.matrix
        and any(t.stage == stage and in_force(t, days) and substance in book.comes_of(t.analyte) for t in one.test)
    ]
    message = f"the panel `{panel.id}` has no {stage} for what {substance} gives"
    if stages:
        hint = f"it has a {' and a '.join(stages)}: `--stage {stages[0]}`"
    else:
        hint = f"these have one: {', '.join(others[:5])}" if others else "`ketref show panel` lists the panels"
    return UsageError(message, value=panel.id, candidates=stages or others, hint=hint, column="panel")
