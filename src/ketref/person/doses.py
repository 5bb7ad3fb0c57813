"""Which doses did a person take, when, and how: and which rows of a record are no dose?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from attrs import evolve, frozen

from ketref.answers.question import (
    AT_ONCE,
    LONGEST_ADMINISTRATION,
    STILL_GOING_ON,
    Question,
    length,
    may_go_on,
    product_of,
    understand,
    what_is_said,
)
from ketref.book.loading import Book
from ketref.errors import UsageError, quoted, unknown_option
from ketref.model import times
from ketref.model.axes import OF_ONE_DOSE, with_units
from ketref.model.dates import MICROSECOND
from ketref.model.times import PLAIN, SECOND, Instant, Notation, on_one_clock
from ketref.model.units import WEIGHT, duration_of, text_of
from ketref.person import regimens
from ketref.person.others import Others
from ketref.person.records import MOST_TOLD, and_more, of_one_person, span_of, tell_midnights, understood
from ketref.person.regimens import Ongoing, Regimen

KEYS = ("subject", "substance", "status", "start", "start_latest", "end", *with_units(OF_ONE_DOSE), *regimens.KEYS)
ALSO = {"taken": "start", "duration": "infusion"}
NOT_GIVEN, NOTHING_GIVEN = "by their `status` they were not given", "0 is not a dose"
"""Why a row is no dose."""
ROUNDED = "less than a quarter of an interval was left"
"""Why the end of a row is taken as the time of its last dose."""
_OTHER = {"not asked": "`{}` is not among those asked about", "no rule": "`{}` is a drug that no rule is about"}
NO_END = 9999
"""The year in which ends lie that nobody knows."""
_REASON = " - "
_SHOWN = 5
"""How many words of each meaning of a status are told where one is not understood."""
_NOTHING = re.compile(r"[+-]?0+(?:[.,]0*)?\s*(?:[^\W\d].*)?")


@frozen(eq=False)
class Dose:
    """When a dose started, and in `question` what was taken, how, how much and for how long.

    One that is `running` goes on at any moment, and its question takes so long.

    `number` is that of its row, from 1 (None: nobody knows of it), `route` as the row, or the product that it names,
    says it, `end` the microsecond at which it ended, where that is said. A `doubtful` one was perhaps given. A row with
    a `regimen` stands for many doses. What several rows were joined to has their numbers in `rows`, the first of them
    as its own; `since` is then the microsecond at which the last of them started. `until` is the one from which on
    something joined stands for it.
    """

    start: Instant
    question: Question
    number: int | None = None
    route: str | None = None
    end: int | None = None
    doubtful: bool = False
    regimen: Regimen | None = None
    running: bool = False
    rows: tuple[int, ...] = ()
    since: int | None = None
    until: int | None = None

    @property
    def substance(self) -> str:
        """What was taken."""
        return self.question.substance

    @property
    def as_said(self) -> Question:
        """Its question without the length of what is running, which nobody said."""
        return evolve(self.question, infusion=None) if self.running else self.question

    @property
    def by_the_day(self) -> bool:
        """Whether its start is known to the day at best."""
        return self.start.by_the_day

    def counts(self, at: int, *, alone: bool) -> bool:
        """Whether it may have been taken by a microsecond; `alone`: a row that is one of several joined counts too."""
        if (self.start.low if self.since is None else self.since) > at:
            return False
        return self.until is None or at < self.until or (alone and not self.rows)


@frozen(eq=False)
class Taken:
    """The rows that are doses, in their order, and in sentences what was left out or not known of the others.

    `left` are the starts of those that were left out, None where that is not known, `left_named` the substances of the
    book that these name. `others` are those of them that were taken, of drugs that are not asked about.
    """

    rows: Sequence[Dose]
    notes: Sequence[str]
    left: Sequence[Instant | None] = ()
    left_named: Sequence[str] = ()
    others: Sequence[Other] = ()


@frozen
class Other:
    """A dose of another drug, by its name: the number of its row, and when it began, where that is known."""

    name: str
    number: int
    start: Instant | None


def understood_doses(
    book: Book, doses: Iterable[object], only: object = None, ongoing: Ongoing | None = None, notation: Notation = PLAIN
) -> Taken:
    """The doses of one person, in the given order, without the rows that are none.

    A dose is a mapping, or an object with such attributes: `substance` and `start` (also `taken`), and where known
    `start_latest` (alone: it was taken some time before), `end` or `infusion` (also `duration`), `route`, `dose` ("84
    mg", or a number with `dose_unit`), `weight` ("70 kg", a number is kg) and `status`; for many doses `frequency` or
    `interval` with `count` or `end`. None, "", NaN, NaT and NA are unsaid. `only` names the substances that count,
    `ongoing` says what a regimen without a last day means, `notation` how times are written. Raises UsageError, which
    lists every dose that is not understood.
    """
    others = Others(book, only)
    if ongoing not in {None, *get_args(Ongoing)}:
        raise unknown_option("ongoing", ongoing, get_args(Ongoing))
    notes: list[str] = []
    given = of_one_person(book, doses, "doses", KEYS, ALSO, notes)
    tell_midnights(given, ("start", "start_latest"), notation)
    left: dict[str, list[int]] = {}
    left_at: list[Instant | None] = []
    left_named: dict[str, None] = {}
    other_drugs: list[Other] = []
    endless: dict[str, list[int]] = {}

    def meaning(numbered: tuple[int, dict[str, Any]]) -> Dose | None:
        number, row = numbered[0], what_is_said(book, numbered[1])
        if (no_dose := _no_dose(book, row, others)) is not None:
            why, drug = no_dose
            left.setdefault(why, []).append(number)
            left_at.append(_start_of_any(row, notation))
            if drug is not None:
                other_drugs.append(Other(drug, number, left_at[-1]))
            if (name := _named(book, row)) is not None:
                left_named[name] = None
            return None
        unknown = unknown_end(row, notation)
        if unknown:
            endless.setdefault(unknown, []).append(number)
            del row["end"]
        return understood_dose(book, row, number, ongoing, notation)

    found = [dose for dose in understood(enumerate(given, 1), "dose", meaning) if dose is not None]
    found = started(found, on_one_clock([dose.start for dose in found]))
    notes += _told(left, "left out")
    notes += _told(endless, "taken as without a known end")
    notes += still_running([dose.number or 0 for dose in found if dose.running], "dose")
    rounded = [dose.number or 0 for dose in found if dose.regimen and dose.regimen.rounded]
    notes += _told({ROUNDED: rounded} if rounded else {}, "taken to go on to the dose that was nearly due at their end")
    return Taken(found, notes, left_at, list(left_named), other_drugs)


def _named(book: Book, given: Mapping[str, Any]) -> str | None:
    """The substance of the book that a row that is no dose names; None where it names none, or may name several."""
    try:
        return book.named_by(given.get("substance"))
    except UsageError:
        return None


def _start_of_any(given: Mapping[str, Any], notation: Notation) -> Instant | None:
    """When a row that is no dose says that it began; None where it does not, or not so that it is understood."""
    try:
        return span_of(given.get("start"), given.get("start_latest"), "start", notation)
    except UsageError:
        return None


def started(doses: Iterable[Dose], starts: Iterable[Instant]) -> list[Dose]:
    """Doses, with when they started."""
    return [
        dose if dose.start is start else evolve(dose, start=start) for dose, start in zip(doses, starts, strict=True)
    ]


def understood_dose(
    book: Book,
    given: Mapping[str, Any],
    number: int | None = None,
    ongoing: Ongoing | None = None,
    notation: Notation = PLAIN,
) -> Dose:
    """What one row that is a dose means, of which only what is said is given. Raises UsageError."""
    if "start" not in given and "start_latest" not in given:
        raise UsageError("`start` is missing: when was the dose?", hint="give a time or a date", column="start")
    if "substance" not in given:
        hint = f"one of {', '.join(book.folders)}"
        raise UsageError("`substance` is missing: what was taken?", hint=hint, column="substance")
    start = span_of(given.get("start"), given.get("start_latest"), "start", notation)
    regimen = regimens.understood_regimen(book, given, start, ongoing, notation)
    asked = {key: given[key] for key in OF_ONE_DOSE if key in given}
    if "dose_unit" in given and "dose" in given:
        asked["dose"] = with_unit(given["dose"], given["dose_unit"])
        if asked["dose"] is given["dose"]:
            message, unit = f"`{given['dose']}` and `{given['dose_unit']}` are two units", given["dose_unit"]
            raise UsageError(message, value=unit, hint="give one of them", column="dose_unit")
    if "weight" in asked:
        asked["weight"] = with_unit(asked["weight"], WEIGHT)
    lasted = None
    if "end" in given and regimen is None:
        lasted = _lasted(start, times.instant(given["end"], notation))
        if "infusion" in given and length(given["infusion"], "infusion").seconds != lasted:
            message = "`end` and `infusion` are two ways to say the same, and tell two lengths"
            raise UsageError(message, hint="give one of them")
        if lasted is not None:
            asked["infusion"] = duration_of(lasted)
    elif "infusion" in given:
        lasted = length(given["infusion"], "infusion").seconds
    route = _route(book, given)
    status = _status(book, given)
    running = lasted is None and regimen is None and status == "going-on" and may_go_on(book, route)
    if running:
        asked["infusion"] = LONGEST_ADMINISTRATION
    if regimens.goes_on_all_the_time(book, given) and not (may_go_on(book, route) and (running or lasted is not None)):
        hint = "leave `frequency` out; an administration without a break has a route such as an infusion, and an `end`"
        message = f"`{quoted(given['frequency'])}` is not a fixed interval between doses"
        raise UsageError(message, value=given["frequency"], column="frequency", hint=hint)
    exact = start.low == start.high
    try:
        question = understand(book, given["substance"], **asked)
    except UsageError as error:
        if error.column == "substance":
            error.hint += "; doses of other drugs are left out with --only SUBSTANCE,... (in Python `only`)"
        if error.column == "infusion" and "infusion" not in given:
            error.column = "end"
        raise
    return Dose(
        start=start,
        question=evolve(question, infusion=STILL_GOING_ON) if running else question,
        number=number,
        route=route,
        end=None if lasted is None or not exact else start.low + lasted * SECOND,
        doubtful=status == "perhaps-given",
        regimen=regimen,
        running=running,
    )


def _route(book: Book, given: Mapping[str, Any]) -> str | None:
    """The route that a row says, or that of the product that it names. Raises UsageError."""
    if "route" in given:
        return book.vocabularies["route"].resolve(given["route"])
    named = _named(book, given)
    product = None if named is None else product_of(book, named, given["substance"])
    return None if product is None else product.route


def _lasted(start: Instant, end: Instant) -> int | None:
    """How many seconds an administration took, from its start and its end.

    Where one of them is not exact, the end is the latest that it may be, after the latest start, in whole minutes; None
    where that is no length: then nothing is known of it.
    """
    if start.low == start.high and end.low == end.high:
        return times.elapsed(start, end)[1]
    start, end = on_one_clock([start, end])
    found = -(-(end.high - start.high) // (AT_ONCE * SECOND)) * AT_ONCE
    return found if found > AT_ONCE else None


def ongoing_said(rows: Sequence[Dose]) -> list[str]:
    """What is taken for granted of regimens of which no end is known."""
    found = {row.regimen.perhaps for row in rows if row.regimen and row.regimen.count is None}
    said = {
        False: "doses without a last day went on until the time you are asking about",
        True: "of doses without a last day each after the first was perhaps taken",
    }
    return [words for perhaps, words in said.items() if perhaps in found]


# ---------------------------------------------------------------- rows that are no dose


def _no_dose(book: Book, given: Mapping[str, Any], others: Others) -> tuple[str, str | None] | None:
    """Why a row is no dose, and which other drug was taken, if any; None where it is one or cannot be understood.

    Raises UsageError.
    """
    if _status(book, given) == "not-given":
        return NOT_GIVEN, None
    amount = given.get("dose")
    if amount is not None and is_nothing(amount):
        return NOTHING_GIVEN, None
    other = others.why(given.get("substance"))
    return None if other is None else (_OTHER[other[0]].format(other[1]), other[1])


def _status(book: Book, given: Mapping[str, Any]) -> str:
    return status_said(book, given["status"]) if "status" in given else "given"


def status_said(book: Book, word: object) -> str:
    """Whether a row was given, by its status, of one that was not with any reason after it ("held - NPO").

    Raises UsageError with words that are understood, and none of them as what may be meant: that might be the reverse.
    """
    known = book.vocabularies["dose_status"]
    text = text_of(word)
    if known.knows(text):
        return known.resolve(text)
    before, dash, _ = text.partition(_REASON)
    if dash and known.knows(before) and known.resolve(before) != "given":
        return known.resolve(before)
    hint = "; ".join(f"{term.id}: {', '.join(term.synonyms[:_SHOWN])}" for term in known.terms.values())
    raise UsageError(f"unknown status `{quoted(word)}`", value=word, hint=f"known are, {hint}", column="status")


def is_nothing(amount: object) -> bool:
    """Whether an amount is 0 of any unit."""
    return bool(_NOTHING.fullmatch(text_of(amount).strip()))


def unknown_end(given: Mapping[str, Any], notation: Notation) -> str | None:
    """Why nothing is known of an end that a row gives, None where something is. Raises UsageError."""
    if "end" not in given or not ("start" in given or "start_latest" in given):
        return None
    end = times.instant(given["end"], notation)
    if end.low >= _ENDLESS:
        return f"their `end` lies in the year {NO_END}"
    start = span_of(given.get("start"), given.get("start_latest"), "start", notation)
    start, end = on_one_clock([start, end])
    if end.high < start.low:
        return "their `end` lies before their `start`"
    if end.span == start.span and start.low != start.high and not regimens.stated(given):
        return "their `end` repeats a `start` that is known to the day only"
    return None


def still_running(numbers: Sequence[int], noun: str) -> Iterator[str]:
    """What is told of rows that go on by their status."""
    if numbers:
        are = "is" if len(numbers) == 1 else "are"
        yield f"{and_more(numbers, noun)} {are} still running, by the `status`: no end is known, and nothing is over"


_ENDLESS = (datetime(NO_END, 1, 1) - datetime(1970, 1, 1)) // MICROSECOND


def _told(rows: Mapping[str, Sequence[int]], what: str) -> Iterator[str]:
    """A sentence for each reason, with the rows that it is true of; one for those that are too many to be told."""
    reasons = list(rows.items())
    told = reasons[:MOST_TOLD]
    if more := reasons[MOST_TOLD:]:
        told.append((f"for {len(more)} more reasons", [number for _, numbers in more for number in numbers]))
    for why, numbers in told:
        noun = "1 row of the doses is" if len(numbers) == 1 else f"{len(numbers)} rows of the doses are"
        yield f"{noun} {what}: {why} ({and_more(numbers, 'row')})"


# ---------------------------------------------------------------- records of any kind


def with_unit(value: object, unit: object) -> object:
    """A bare number with the unit that belongs to it; what has a unit as it is."""
    number = f"{value:.12g}" if isinstance(value, float) else text_of(value).strip()
    return value if number[-1:].isalpha() else f"{number} {text_of(unit)}"
