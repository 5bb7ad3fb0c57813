"""Which course does a dose of each kind have, in each way of reading it, in each kind of test?

A dose is read in every pattern of use that it shows. Where doses may not have been given at all, there is each reading
twice: as sure, and as doubtful, which says `possible` at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from attrs import field, frozen

from ketref.answers.question import AT_ONCE
from ketref.answers.segments import Segment
from ketref.answers.targets import Cover
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.bulk.answer_columns import rule_ids
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.compiling import Integer
from ketref.bulk.handing import in_one
from ketref.engine.conditions import Cell
from ketref.engine.course import (
    CLOSED,
    CLOSING,
    EXPECTED,
    NOT_EXPECTED,
    NOT_YET,
    OF_STATUS,
    OPEN,
    OPENS,
    POSSIBLE,
    SETTLED,
    START,
    STATUS_SEEN,
    STATUSES,
    SURE,
    TIMED,
    UNKNOWN,
    UNSAID,
    moment,
)
from ketref.model.axes import TEST_AXES
from ketref.model.kinds import WINDOW
from ketref.model.times import SECOND
from ketref.model.units import Quantity
from ketref.model.vocabulary import SINGLE, UNKNOWN_PATTERN
from ketref.person.timeline import thresholds

Numbers = Any  # an array of whole numbers, of which mypy would make more arrays
HIGH, END = 1, 2  # what is added to the number of a coordinate for the latest it may be, and for the end


@in_one
class Law(NamedTuple):
    """What a book says, as numbers; times are microseconds.

    `substances` holds the number of the substance of each kind of dose. `classes` holds the class of each kind in each
    reading: in the patterns of use, and then again in these where the reading is doubtful. `rules` holds the number of
    the rule for each test, kind and pattern (-1: none), `courses` the course of each test and class: `ASIDE` where the
    test does not cover the substance.
    Of a course, `moments` holds the settled row, `ends` the row, whose clock is `START` or the end of the dose;
    `lasting` tells whether any is the latter, `seen` the status of each earliest and latest stage: `unknown` where no
    rule states anything, `possible` at most where it says no more. A course is surely `over` so long after the
    administration. All courses of a test are after the `longest` of these, and come to the `highest` status at most.
    The doses that can have a status are those whose coordinate `order` lies at least so far back as `reach` (`OPEN`:
    none can have it); of these the one whose coordinate `last` is the latest keeps it longest. Each distinct one of
    `reaches` tells how far back, by which coordinate, and whether from the earliest moment of a sample. Doses that lie
    so far back as `reached` have come to whatever they come to. A pattern (but for the first one) is shown by so many
    `days` with a dose `within` some time.
    """

    substances: Numbers
    classes: Numbers
    rules: Numbers
    courses: Numbers
    moments: Numbers
    ends: Numbers
    lasting: Numbers
    seen: Numbers
    over: Numbers
    longest: Numbers
    highest: Numbers
    reach: Numbers
    order: Numbers
    last: Numbers
    reaches: Numbers
    reached: Integer
    days: Numbers
    within: Numbers


OF_THE_END = 0  # the clock of an end that counts from the end of the dose
ASIDE = 0  # the course of a dose that a test does not cover
VALUE, CLOCK = range(TIMED)


class Kind(NamedTuple):
    """A kind of dose: of a substance, `lasted` at least so many seconds, and the `cell` that it asks."""

    substance: str
    lasted: int
    cell: Cell


Course = tuple[tuple[int, ...], bool, bool]
_ASIDE: Course = (tuple([OPEN, START] * SETTLED * OF_STATUS), False, True)


@frozen
class Test:
    """A kind of test: the `cell` that it asks, and how it covers each substance.

    The `cutoff` of the cell is of that kind of concentration. `segment` is the part of the specimen that is tested,
    None: all of it.
    """

    cell: Cell
    covers: Mapping[str, Cover] = field(hash=False)
    cutoff: Quantity | None = None
    segment: Segment | None = None


@frozen(eq=False)
class Composed:
    """What a book says of kinds of doses and of tests, by the numbers of `patterns` of use and of `rules`."""

    law: Law
    patterns: Sequence[str]
    rules: Sequence[str]


def composed(
    book: Book,
    kinds: tuple[Kind, ...],
    tests: tuple[Test, ...],
    substances: tuple[str, ...],
    doubtful: bool,
) -> Composed:
    """Look up every kind of dose in every test. Raises RulesError."""
    known = thresholds(book)
    patterns = [SINGLE, *(pattern for pattern, _, _ in known)]
    ids = rule_ids(book, {kind.substance for kind in kinds}, WINDOW.file)
    codes = {rule: code for code, rule in enumerate(ids)}
    courses: dict[Course, int] = {_ASIDE: ASIDE}
    of = np.full((len(tests), len(kinds), (1 + doubtful) * len(patterns)), ASIDE, np.int32)
    rules = np.full((len(tests), len(kinds), len(patterns)), NONE, np.int32)
    for place in np.ndindex(rules.shape):
        test, kind, pattern = tests[place[0]], kinds[place[1]], patterns[place[2]]
        cover = test.covers.get(kind.substance)
        if cover is None:
            continue
        course, rule = _looked_up(book, test, cover.analyte, kind, pattern)
        rules[place] = NONE if rule is None else codes[rule]
        of[place] = courses.setdefault((*course, not cover.full), len(courses))
        if doubtful:
            of[*place[:2], len(patterns) + place[2]] = courses.setdefault((*course, True), len(courses))
    flat = of.reshape(len(tests), of.shape[1] * of.shape[2])
    alike: dict[bytes, int] = {}
    firsts: list[int] = []
    classes = np.zeros(flat.shape[1], np.int32)
    for column in range(flat.shape[1]):
        classes[column] = alike.setdefault(flat[:, column].tobytes(), len(alike))
        if classes[column] == len(firsts):
            firsts.append(column)
    ends = np.array([ends for ends, _, _ in courses], np.int64).reshape(-1, SETTLED * OF_STATUS, TIMED)
    silent, capped = (np.array([course[place] for course in courses], bool) for place in (1, 2))
    seen = np.minimum(STATUS_SEEN, np.where(capped, POSSIBLE, EXPECTED)[:, None])
    seen[silent] = UNKNOWN
    over = np.where(silent, OPEN, ends[:, CLOSED, VALUE])
    reach, order, last = _leading(ends, silent, capped)
    of_classes = np.ascontiguousarray(flat[:, firsts])
    law = Law(
        substances=np.array([*(substances.index(kind.substance) for kind in kinds), 0], np.int64),
        classes=classes.reshape(of.shape[1:]),
        rules=rules,
        courses=of_classes,
        moments=ends[:, :, VALUE].ravel(),
        ends=ends.ravel(),
        lasting=(ends[:, :, CLOCK] == OF_THE_END).any(axis=1),
        seen=seen,
        over=over,
        longest=np.where(of_classes == ASIDE, 0, over[of_classes]).max(axis=1, initial=0),
        highest=_highest(ends, seen)[of_classes].max(axis=1, initial=NOT_EXPECTED),
        reach=reach,
        order=order,
        last=last,
        reaches=_reaches(reach, order),
        reached=int(reach[reach < OPEN].max(initial=0)),
        days=np.array([days for _, days, _ in known], np.int64),
        within=np.array([within for _, _, within in known], np.int64),
    )
    return Composed(law, patterns, ids)


Composing = Callable[[tuple[Kind, ...], tuple[Test, ...], tuple[str, ...], bool], Composed]


def composing(book: Book) -> Composing:
    """`composed` for the parts of tables: the next one mostly asks what the one before did, here or for verdicts."""
    return lru_cache(2)(partial(composed, book))


def _looked_up(
    book: Book, test: Test, analyte: str, kind: Kind, pattern: str
) -> tuple[tuple[tuple[int, ...], bool], str | None]:
    asked = test.cell._replace(analyte=analyte)
    table = window_table(book, kind.substance, str(asked.matrix), test.cutoff)
    row = table.row(
        kind.cell._replace(
            **{axis: getattr(asked, axis) for axis in TEST_AXES},
            pattern=None if pattern == UNKNOWN_PATTERN else pattern,
        )
    )
    rule = row.atoms[0].ranked.rule.id if row.atoms else None
    flat = row.course if test.segment is None else test.segment.course(row.stated)[0]
    ends = [_settled(flat[i], flat[i + 1], kind.lasted) for i in range(0, len(flat), TIMED)]
    return (tuple(n for end in ends for n in end), not any(True for _ in row.ends())), rule


def _settled(value: int, clock: int, lasted: int) -> tuple[int, int]:
    """An end in microseconds, on the clock of the start unless the duration of the dose is known and counts.

    It `lasted` at least so many seconds, and no longer than what the ends tell apart.
    """
    duration = lasted if lasted > AT_ONCE else UNSAID
    if duration != UNSAID and moment(value, clock, duration) != moment(value, clock, 0):
        return value * SECOND, OF_THE_END
    found = moment(value, clock, duration)
    return (found if found == OPEN else found * SECOND), START


def _highest(ends: Array, seen: Array) -> Array:
    """The highest status that each course comes to."""
    sure, closing = ends[:, SURE], ends[:, CLOSING]
    never = (sure[:, VALUE] == OPEN) | (sure[:, VALUE] >= closing[:, VALUE]) & (sure[:, CLOCK] == closing[:, CLOCK])
    highest: Array = seen.max(axis=1)
    return np.where(never, np.minimum(highest, POSSIBLE), highest)


def _reaches(reach: Array, order: Array) -> Array:
    """How far back what has a status lies, the farthest first, by which coordinate, and from which end of a sample."""
    early = np.broadcast_to(np.arange(len(STATUSES)) == EXPECTED, reach.shape)
    distinct = np.unique(np.stack([reach, order, early], axis=-1)[reach < OPEN], axis=0)
    return np.ascontiguousarray(distinct[::-1])


def _leading(ends: Array, silent: Array, capped: Array) -> tuple[Array, Array, Array]:
    """Of each course and status, how long doses take to come to it, by which coordinate, and by which they keep it."""
    opens, sure, closing, closed = (ends[:, place] for place in (OPENS, SURE, CLOSING, CLOSED))

    def coordinate(end: Array, of_start: int) -> Array:
        return np.where((end[:, VALUE] == OPEN) | (end[:, CLOCK] == START), of_start, of_start + END)

    reach = np.full((len(ends), len(STATUSES)), -OPEN)
    order, last = np.zeros_like(reach), np.zeros_like(reach)
    reach[:, EXPECTED], order[:, EXPECTED] = sure[:, VALUE], coordinate(sure, HIGH)
    reach[:, POSSIBLE], order[:, POSSIBLE] = opens[:, VALUE], coordinate(opens, 0)
    last[:, EXPECTED] = coordinate(closing, 0)
    last[:, POSSIBLE] = np.where(closed[:, VALUE] == OPEN, 0, coordinate(closed, HIGH))
    last[:, NOT_YET] = coordinate(opens, 0)
    reach[:, UNKNOWN] = OPEN
    reach[capped, EXPECTED] = OPEN
    reach[silent], reach[silent, UNKNOWN] = OPEN, -OPEN
    reach[ASIDE] = OPEN
    return reach, order, last
