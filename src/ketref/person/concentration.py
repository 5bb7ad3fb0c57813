"""Which concentration is to be expected after a dose, or after the doses of one person, by published models?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve

from ketref.answers import models
from ketref.answers.calculated import by_volume, unit_of
from ketref.answers.models import Taken
from ketref.answers.question import Question, length, possible, understand, written
from ketref.answers.question import concentration as amount_of
from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.said import Amount, Elapsed, FactorValue, Length, Midnight, Moment, Order, Record, Zone
from ketref.model.units import PER_MILLE
from ketref.person import portions
from ketref.person.calculated import doses_by
from ketref.person.doses import started, understood_doses
from ketref.person.earlier import earlier
from ketref.person.modelled import ConcentrationAnswer
from ketref.person.regimens import Ongoing

MOST_MOMENTS = 1000
"""Of a curve."""


def concentration(
    substance: str,
    *,
    analyte: str | None = None,
    matrix: str | None = None,
    since: Elapsed | None = None,
    every: Length | None = None,
    taken: Moment | None = None,
    at: Moment | None = None,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    doses: Iterable[Record] | None = None,
    ongoing: Ongoing | None = None,
    route: str | None = None,
    dose: Amount | None = None,
    weight: Amount | None = None,
    infusion: Length | None = None,
    formulation: str | None = None,
    drinks: float | None = None,
    country: str | None = None,
    pattern: str | None = None,
    cutoff: Amount | None = None,
    limit: str | None = None,
    measured: Amount | None = None,
    before: Length | None = None,
    unit: str | None = None,
    rules: Rules = None,
    **factors: FactorValue,
) -> ConcentrationAnswer:
    """The concentration of an analyte after a dose of a substance, by every model of the rules that covers it.

    `since` is the time since the start of the dose, or `taken` and `at` are moments, as in `detect`; a pair of times
    with `every` is a curve. `doses` are all doses of one person, as in `history`, and `at` is then the time you
    ask about. `analyte` and `matrix` are what is measured (if omitted: the substance itself, in the specimen of its
    models).
    `formulation` is one that a model knows ("extended release"). `drinks` stand for a dose, as a `country` counts them.

    With a `cutoff` the answer tells which share of persons is at or above it, and from when on they stay under it; a
    legal `limit` of the rules, by its jurisdiction, stands for one. With `measured` and `before` the answer is what the
    concentration was so long before it was measured, `since` the last dose. `unit` is one of mass by volume; of whole
    blood it may be per mille (g/kg), of breath g/210L. What is said of the person (`weight`, age=70, sex="female", ...)
    narrows the answer; `pattern` is the use before.

    Raises UsageError where something is not understood, and where no model speaks of the question, with what they are
    of; concentrations need the extra `kinetics`.
    """
    book = chosen(rules)
    of = book.substance(substance).id
    words = book.vocabularies
    asked = words["analyte"].resolve(analyte) if analyte is not None else None
    specimen = words["matrix"].resolve(matrix) if matrix is not None else None
    found, where = models.measured(book, of, specimen, asked)
    if unit is not None:
        one = unit_of(book, where, unit)  # or it is refused
        unit = one.base if one.base == PER_MILLE else unit
    if drinks is not None or country is not None:
        if dose is not None:
            raise UsageError("`dose` and `drinks` are two ways to say the same", hint="give one of them")
        dose = portions.served(book, of, drinks, country)
    if limit is not None:
        if cutoff is not None:
            raise UsageError("`cutoff` and `limit` are two ways to say the same", hint="give one of them")
        cutoff = portions.legal_limit(book, of, where, limit)
    least = None if cutoff is None else possible(book, amount_of(book, where, found, cutoff, "cutoff"), "cutoff")
    if least is not None:
        text = cutoff.strip() if isinstance(cutoff, str) else least.text  # in the unit in which it was asked
        least = evolve(by_volume(book, where, least), text=text)
    said: dict[str, Any] = {"route": route, "dose": dose, "weight": weight, "infusion": infusion, "pattern": pattern}
    notation = written(tz, dates) if midnight is None else times.notation(tz, dates, midnight)
    ends: Elapsed | None = since
    if every is not None and not isinstance(since, tuple | list | str):
        raise UsageError("a curve has a first and a last time", hint='since=("0 h", "24 h"), every="1 h"')
    if measured is not None or before is not None:
        if doses is not None or dose is not None or every is not None:
            raise UsageError("what was measured stands for the doses", hint="give `measured`, `before` and `since`")
        question = understand(book, of, since=since, weight=weight, pattern=pattern, factors=factors)
        return earlier(book, question, (found, where), measured, before, least, unit)
    if doses is None:
        question = understand(book, of, since=ends, taken=taken, at=at, notation=notation, factors=factors, **said)
        moments = _moments(question.elapsed, every)
        given: Sequence[Taken] = [Taken(0, question, formulation or "")]
        notes: list[str] = []
    else:
        if (
            since is not None
            or taken is not None
            or any(said[key] is not None for key in ("route", "dose", "infusion"))
        ):
            raise UsageError("what is said of one dose stands in `doses`", hint="give `doses` and `at`")
        question = understand(book, of, weight=weight, pattern=pattern, factors=factors)
        question, given, second, notes = _history(book, of, doses, at, ongoing, notation or times.PLAIN, question)
        given = [evolve(one, formulation=formulation or "") for one in given]
        moments = [second]
    speaking, silent = models.speaking(book, given, found, where, (moments[0], moments[-1]), question)
    if not speaking:
        raise models.refuse(of, silent)
    return ConcentrationAnswer(book, question, (found, where), moments, speaking, least, unit, [*notes, *silent])


def _moments(elapsed: tuple[int, int] | None, every: Length | None) -> list[int]:
    """The asked seconds since the start of the dose. Raises UsageError."""
    if elapsed is None:
        raise UsageError("how long after the dose?", hint='give `since` ("4 h"), or `taken` and `at`')
    first, last = elapsed
    if every is None:
        if first != last:
            hint = 'give one time, or `every` ("1 h") for a curve from the first to the last'
            raise UsageError("the time after the dose is a range", value=f"{first} s to {last} s", hint=hint)
        return [first]
    step = length(every, "every").seconds
    if step < 1 or (last - first) // step >= MOST_MOMENTS:
        raise UsageError(f"a curve of more than {MOST_MOMENTS} moments", value=str(every), hint="make `every` longer")
    return list(range(first, last + 1, step))


def _history(
    book: Book,
    of: str,
    doses: Iterable[Record],
    at: Moment | None,
    ongoing: Ongoing | None,
    notation: times.Notation,
    about: Question,
) -> tuple[Question, list[Taken], int, list[str]]:
    """What is asked, the doses of one person, the asked second since the first of them, and what was left out."""
    taken = understood_doses(book, doses, None, ongoing, notation)
    moment, *began = times.on_one_clock(
        [times.instant("now" if at is None else at, notation), *(dose.start for dose in taken.rows)]
    )
    rows = started(taken.rows, began)
    others = sorted({row.substance for row in rows} - {of})
    notes = list(taken.notes)
    if others:
        notes.append(f"doses of {', '.join(others)} are not in it, nor what comes of them")
    return *doses_by(rows, of, moment, about), notes
