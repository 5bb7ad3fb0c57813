"""Which results did a laboratory report of one person, and what does each say of the specimen?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import evolve, frozen

from ketref.answers.question import concentration, possible, what_is_said
from ketref.book.loading import Book, kept
from ketref.book.tables import window_table
from ketref.errors import UsageError, quoted, unknown_option
from ketref.model import units
from ketref.model.facts import Fact
from ketref.model.times import PLAIN, Instant, Notation, on_one_clock
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY, fold
from ketref.person.doses import with_unit
from ketref.person.records import of_one_person, span_of, tell_midnights, understood

KEYS = (
    *("subject", "id", "substance", "matrix", "analyte", "method", "cutoff", "cutoff_unit"),
    *("time", "time_latest", "outcome", "value", "panel"),
)
_OUTCOMES = {
    **dict.fromkeys(("positive", "pos", "+", "detected"), True),
    **dict.fromkeys(("negative", "neg", "-", "\u2212", "not detected"), False),
}
_VALUE = re.compile(r"(<=|>=|<|>|\u2264|\u2265|)\s*(\S.*)", re.DOTALL)
Silent = Literal["analyte", "panel", "unlisted"]
"""Why a result of a panel says nothing: no substance yields the analyte, the panel leaves it out, or may do so."""
_LEAST = 1  # the step in which concentrations are counted


@frozen
class Said:
    """What a result says: at this cutoff (None: unsaid) the specimen is positive, or it is not."""

    positive: bool
    cutoff: Quantity | None


@frozen(eq=False)
class Result:
    """A result as understood; `number` counts from 1.

    `substances` are those that it speaks of; where it speaks of none, `silent` tells why. `said` begins with its
    outcome; a value says more.
    """

    number: int
    id: str | None
    time: Instant
    positive: bool
    matrix: str
    analyte: str
    method: str | None
    cutoff: Quantity | None
    value: str | None
    panel: str | None
    substances: tuple[str, ...]
    silent: Silent | None
    said: tuple[Said, ...]


def understood_results(
    book: Book,
    results: Iterable[object],
    substance: object = None,
    notes: list[str] | None = None,
    notation: Notation = PLAIN,
) -> list[Result]:
    """The results of one person, in the given order.

    A result is a mapping, or an object with such attributes: `matrix`, `time` and `outcome`, and where known
    `time_latest` (alone: it arrived then, and was taken some time before), `substance`, `analyte`, `method`, `cutoff`
    ("25 ng/mL", or a number with `cutoff_unit`), `value` ("130 ng/mL", ">1000 ng/mL", or a number in the unit of the
    cutoff), `panel` (what was ordered) and `id`. None, "", NaN, NaT and NA are unsaid. `substance` is what may have
    been taken where a result does not say it; unsaid, every substance that yields the analyte. Columns that are not
    read and seem to matter are told in `notes`; `notation` says how times are written. Raises UsageError, which lists
    every result that is not understood.
    """
    given = of_one_person(book, results, "results", KEYS, {}, [] if notes is None else notes)
    asked = None if substance is None else book.substance(substance).id
    tell_midnights(given, ("time", "time_latest"), notation)
    found = understood(enumerate(given, 1), "result", lambda numbered: _result(book, *numbered, asked, notation))
    return sampled(found, on_one_clock([result.time for result in found]))


def sampled(results: Iterable[Result], moments: Iterable[Instant]) -> list[Result]:
    """Results, with when their samples were taken."""
    return [
        result if result.time is moment else evolve(result, time=moment)
        for result, moment in zip(results, moments, strict=True)
    ]


def _result(book: Book, number: int, given: Mapping[str, Any], substance: str | None, notation: Notation) -> Result:
    given = what_is_said(book, given)
    for key, ask in (("matrix", "which specimen was tested?"), ("time", "when was the sample taken?")):
        if key not in given and not (key == "time" and "time_latest" in given):
            raise UsageError(f"`{key}` is missing: {ask}")
    words = book.vocabularies
    matrix = words["matrix"].resolve(given["matrix"])
    positive = _outcome(given.get("outcome"))
    panel = units.text_of(given["panel"]) if "panel" in given else None
    analyte = _analyte(book, given.get("analyte"), panel)
    cutoff = _concentration(book, matrix, analyte, "cutoff", given.get("cutoff"), given.get("cutoff_unit"))
    if "substance" in given:
        substance = book.substance(given["substance"]).id
    able = _able(book, matrix, analyte, [substance] if substance else list(book.substances))
    if not able and panel is None:
        raise UsageError(f"`{analyte}` is no analyte of {substance or 'a substance of the book'}", value=analyte)
    able, silent = _tested(book, able, panel, "analyte" in given)
    return Result(
        number=number,
        id=units.text_of(given["id"]) if "id" in given else None,
        time=span_of(given.get("time"), given.get("time_latest"), "time", notation),
        positive=positive,
        matrix=matrix,
        analyte=analyte,
        method=words["method"].resolve(given["method"]) if "method" in given else None,
        cutoff=cutoff,
        value=units.text_of(given["value"]) if "value" in given else None,
        panel=panel,
        substances=tuple(able),
        silent=silent,
        said=(Said(positive, cutoff), *_said_by_value(book, matrix, analyte, positive, cutoff, given)),
    )


def _outcome(word: object) -> bool:
    if word is None:
        raise UsageError("`outcome` is missing: what did the test find?", hint="positive or negative")
    found = _OUTCOMES.get(" ".join(units.text_of(word).casefold().replace("_", " ").split()))
    if found is None:
        raise unknown_option("outcome", word, _OUTCOMES)
    return found


# ---------------------------------------------------------------- what it speaks of


def _analyte(book: Book, word: object, panel: str | None) -> str:
    """The analyte; one that the book does not know is at home on a panel only."""
    if word is None:
        return ANY
    try:
        return book.vocabularies["analyte"].resolve(word)
    except UsageError:
        if panel is None:
            raise
        return units.text_of(word)


def _able(book: Book, matrix: str, analyte: str, among: list[str]) -> list[str]:
    """The substances of which a dose could make such a test positive.

    They yield the analyte; for a test as a whole they have windows in the specimen, or none has.
    """
    if analyte != ANY:
        return [name for name in among if analyte in book.substances[name].yields]
    return [name for name in among if window_table(book, name, matrix).atoms] or among


def _tested(book: Book, able: list[str], panel: str | None, said: bool) -> tuple[list[str], Silent | None]:
    """Of the substances those of which a panel speaks, and why it speaks of none; `said`: its analyte is."""
    if panel is None:
        return able, None
    if not able:
        return [], "analyte"
    left = [name for name in able if fold(panel) not in panels_without(book, name)]
    if not left:
        return [], "panel"
    return (left, None) if said else ([], "unlisted")


@kept
def panels_without(book: Book, substance: str) -> Mapping[str, str]:
    """The panels that do not test for a substance, by their folded names, each with the fact that says so."""
    return {fold(name): fact.id for fact in facts_on_tests(book, substance, ("panel",)) for name in fact.panels}


def facts_on_tests(book: Book, substance: str, topics: Sequence[str]) -> list[Fact]:
    """The facts of some topics on tests for a substance, and on tests for the one whose windows it borrows."""
    lender = book.substances[substance].windows_of
    found = [fact for name in (substance, lender) if name for fact in book.facts(name, "fact")]
    return [fact for topic in topics for fact in found if fact.topic == topic]


# ---------------------------------------------------------------- concentrations


def _concentration(book: Book, matrix: str, analyte: str, name: str, given: object, unit: object) -> Quantity | None:
    if given is None:
        return None
    base = book.vocabularies["matrix"].terms[matrix].concentration
    text = units.text_of(given if unit is None else with_unit(given, unit))
    if not text.strip()[-1:].isalpha():
        raise UsageError(
            f"`{name}` needs a unit: {quoted(given)}", value=given, hint=f'write "25 {base}", or `cutoff_unit`'
        )
    found = concentration(book, matrix, analyte, text, name)
    return possible(book, found, name) if name == "cutoff" else found


def _said_by_value(
    book: Book, matrix: str, analyte: str, positive: bool, cutoff: Quantity | None, given: Mapping[str, Any]
) -> Iterable[Said]:
    """What a value says beside the outcome.

    A positive of so much is one at that cutoff too, and a negative just above; "more than" and "less than" say but one
    of these. Of a negative no value makes a positive.
    """
    if "value" not in given:
        return ()
    match = _VALUE.fullmatch(units.text_of(given["value"]).strip())
    comparator, amount = match.groups() if match else ("", "")
    unit = given.get("cutoff_unit") or _unit(given.get("cutoff"))
    found = _concentration(book, matrix, analyte, "value", amount, unit)
    if found is None:
        raise UsageError(f"`value` is no concentration: {quoted(given['value'])}", value=given["value"])
    if comparator == "<" and found.value == 0:
        raise UsageError("`value` is less than nothing", value=given["value"], hint="give the limit of the method")
    above = units.canonical(Quantity(found.value + _LEAST, found.base, ""))
    low = None if comparator in _BELOW else found  # the specimen holds at least so much,
    high = {"": above, "<=": above, "\u2264": above, "<": found}.get(comparator)  # and less than so much
    if cutoff is not None:
        too_little = positive and high is not None and high.value <= cutoff.value
        too_much = not positive and low is not None and low.value >= cutoff.value
        if too_little or too_much:
            word = "positive" if positive else "negative"
            message = f"`{given['value']}` contradicts a {word} at a cutoff of {cutoff}"
            raise UsageError(message, value=given["value"], hint="correct the value, the cutoff or the outcome")
    least = (Said(True, low),) if positive and low is not None and low.value else ()
    return (*least, *((Said(False, high),) if high is not None else ()))


_BELOW = ("<", "<=", "\u2264")


def _unit(cutoff: object) -> str | None:
    """The unit in which a cutoff is written."""
    words = units.text_of(cutoff).split() if cutoff is not None else []
    match = re.search(r"[^\W\d].*", words[-1]) if words else None
    return match[0] if match else None
