"""Which administrations do the rows of one person make?

Rows of one substance and route that abut or overlap, or lie apart by less than the route allows, are one
administration: a rate that was changed, three sprays in ten minutes. As it grows row by row, it is known as far as it
had come by a moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from ketref.answers.question import may_last, understand
from ketref.book.loading import Book, kept
from ketref.errors import UsageError
from ketref.model.times import SECOND
from ketref.model.units import Quantity, canonical, duration_of
from ketref.person.doses import Dose
from ketref.person.records import and_more
from ketref.person.regimens import starts


def administrations(book: Book, rows: Sequence[Dose], moments: Sequence[int]) -> list[Dose]:
    """What was given, in the order of the rows, as far as it may have been by the last of some microseconds.

    Those are the doses of a regimen one by one, and before the first of them what several rows were joined to, as far
    as it had come by each of the microseconds. Raises UsageError.
    """
    joined: dict[int | None, list[Dose]] = {}
    until: dict[int | None, int] = {}
    for chain in _chains(book, rows):
        joined[chain[0].number] = list(_growing(book, chain, moments))
        until.update((row.number, chain[max(place, 1)].start.low) for place, row in enumerate(chain))
    return [
        dose
        for row in rows
        for dose in (
            *joined.get(row.number, ()),
            *_one_by_one(evolve(row, until=until.get(row.number)), max(moments)),
        )
    ]


def _one_by_one(row: Dose, until: int) -> Iterator[Dose]:
    """The doses that a row stands for; its first one is there though it lies later."""
    if row.regimen is None:
        yield row
        return
    for k, start in enumerate(starts(row.start, row.regimen, max(until, row.start.low))):
        yield evolve(row, start=start, regimen=None, doubtful=row.doubtful or (k > 0 and row.regimen.perhaps))


# ---------------------------------------------------------------- joining


def _chains(book: Book, rows: Sequence[Dose]) -> Iterator[list[Dose]]:
    """Rows that are one administration, two or more, in the order of their starts."""
    alike: dict[tuple[str, str | None], list[Dose]] = {}
    for row in rows:
        exact = row.start.low == row.start.high
        if not (row.doubtful or row.running) and row.regimen is None and exact and joins_within(book, row.route) >= 0:
            alike.setdefault((row.substance, row.route), []).append(row)
    for (_, route), found in alike.items():
        within = joins_within(book, route)
        chain: list[Dose] = []
        latest = 0
        for row in sorted(found, key=lambda row: row.start.low):
            if chain and row.start.low > latest + within:
                if len(chain) > 1:
                    yield chain
                chain = []
            latest = max(latest, _latest(row)) if chain else _latest(row)
            chain.append(row)
        if len(chain) > 1:
            yield chain


def _latest(row: Dose) -> int:
    """The microsecond at which a row ends, as far as that is known."""
    return row.start.low if row.end is None else row.end


@kept
def joins_within(book: Book, route: str | None) -> int:
    """How many microseconds may lie between rows of one administration: those of the route, or of one above it.

    Below 0 where an administration by the route has no duration, so that no rows are one.
    """
    if not may_last(book, route):
        return -1
    routes = book.vocabularies["route"]
    line = [] if route is None else [routes.terms[name].joins_within for name in routes.line(route)]
    return next((within.seconds * SECOND for within in line if within is not None), 0)


def _growing(book: Book, chain: Sequence[Dose], moments: Sequence[int]) -> Iterator[Dose]:
    """The administration of a chain as far as it had come by each of some moments, where it had more than one row."""
    started = [row.start.low for row in chain]
    for known in sorted({bisect_right(started, moment) for moment in moments} - {0, 1}):
        yield evolve(_whole(book, chain[:known]), until=started[known] if known < len(chain) else None)


def _whole(book: Book, rows: Sequence[Dose]) -> Dose:
    """The one administration that rows are. Raises UsageError where no such one can be."""
    first, since = rows[0], rows[-1].start.low
    end = max(since, *(_latest(row) for row in rows))
    questions = [row.question for row in rows]
    masses, per_kg = ([getattr(question, axis) for question in questions] for axis in ("dose", "dose_per_kg"))
    weights = {question.weight for question in questions}
    sums = {"dose": _sum(masses), "dose_per_kg": _sum(per_kg)}
    said: dict[str, Any] = {
        "route": first.route,
        "dose": sums["dose"] or sums["dose_per_kg"],
        "weight": weights.pop() if len(weights) == 1 else None,
        "infusion": duration_of((end - first.start.low) // SECOND),
    }
    try:
        question = understand(book, first.substance, **said)
    except UsageError as error:
        error.args = (f"{and_more([row.number or 0 for row in rows], 'dose')}, joined to one: {error}",)
        raise
    return Dose(
        start=first.start,
        question=evolve(question, dose=sums["dose"], dose_per_kg=sums["dose_per_kg"]),
        number=first.number,
        route=first.route,
        end=end,
        rows=tuple(sorted(row.number or 0 for row in rows)),
        since=since,
    )


def _sum(amounts: Sequence[Quantity | None]) -> Quantity | None:
    """The sum of amounts, None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return canonical(Quantity(sum(a.value for a in known), known[0].base, "")) if len(known) == len(amounts) else None


def joined_notes(book: Book, doses: Sequence[Dose], at: int) -> Iterator[str]:
    """What was joined by a moment, in sentences."""
    for dose in doses:
        if dose.rows and dose.counts(at, alone=False):
            of = f" of {dose.question.dose}" if dose.question.dose else ""
            over = f" over {dose.question.infusion}" if dose.question.infusion else ""
            within = duration_of(joins_within(book, dose.route) // SECOND)
            gap = f", as they lie at most {within} apart" if within.seconds else ", as one follows the other"
            yield f"{and_more(dose.rows, 'dose')} are one administration{of}{over}{gap} (a convention of this rule set)"
