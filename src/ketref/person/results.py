"""Which results did a laboratory report of one person, and what does each say of the specimen?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import evolve, frozen

from ketref.answers.panels import Days
from ketref.answers.question import what_is_said
from ketref.answers.segments import Segment, segment
from ketref.answers.targets import Cover, Target, target, yielding
from ketref.book.loading import Book, kept
from ketref.book.tables import window_table
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.axes import OF_SPECIMEN
from ketref.model.facts import Fact
from ketref.model.times import PLAIN, SECOND, Instant, Notation, days, on_one_clock
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY, fold
from ketref.person import outcomes
from ketref.person.named_methods import parted
from ketref.person.outcomes import Found, Outcome, Said
from ketref.person.panels import by_panel
from ketref.person.records import of_one_person, span_of, tell_midnights, understood

_OF_TEST = ("test", "matrix", *OF_SPECIMEN, "analyte", "method", "panel")
KEYS = ("subject", "id", *_OF_TEST, "time", "time_latest", *outcomes.KEYS)
ALSO = {"substance": "test"}
_MINUTE = units.SECONDS["min"] * SECOND
Silent = outcomes.Silent | Literal["analyte", "panel", "unlisted", "other", "specimen"]
"""Why a result says nothing of a dose.

Of its outcome: it is no finding, or below a limit that is not said. Of a panel: no substance yields the analyte, the
panel leaves it out, or may do so. Or it is of an `other` drug than any that may have been taken. Or the specimen is
none whose negatives say something.
"""


@frozen(eq=False)
class Finding:
    """What a result says, as in `Result`, whenever it was."""

    matrix: str
    segment: Segment | None
    analyte: str
    method: str | None
    found: Found
    covers: Mapping[str, Cover]
    silent: Silent | None
    fact: str | None


@frozen(eq=False)
class Result:
    """A result as understood; `number` counts from 1.

    `test` is what it is for, as written. `substances` are those that it speaks of, `covers` tells how; where it
    speaks of none, `silent` tells why, and `fact` who says that a panel leaves them out.
    """

    number: int
    id: str | None
    time: Instant
    matrix: str
    segment: Segment | None
    test: str | None
    analyte: str
    method: str | None
    panel: str | None
    reported: str
    found: Found
    covers: Mapping[str, Cover]
    silent: Silent | None
    fact: str | None

    @property
    def about(self) -> str:
        """The analyte that was measured; of a test as a whole, what it is for."""
        return (self.test or self.analyte) if self.analyte == ANY else self.analyte

    @property
    def substances(self) -> tuple[str, ...]:
        """The substances that it speaks of."""
        return tuple(self.covers)

    @property
    def outcome(self) -> Outcome:
        """What the test found."""
        return self.found.outcome

    @property
    def positive(self) -> bool:
        """Whether the test found something."""
        return self.outcome == "positive"

    @property
    def said(self) -> tuple[Said, ...]:
        """What it says of the specimen: its outcome first; a value or a limit says more."""
        return self.found.said

    @property
    def cutoff(self) -> Quantity | None:
        """The cutoff of the test."""
        return self.found.cutoff


def understood_results(
    book: Book,
    results: Iterable[object],
    substance: object = None,
    taken: Collection[str] = (),
    notes: list[str] | None = None,
    notation: Notation = PLAIN,
) -> list[Result]:
    """The results of one person, in the given order.

    A result is a mapping, or an object with such attributes: `matrix`, `time` and `outcome` (or a deciding `value`),
    and where known `time_latest` (alone: it arrived then, and was taken some time before), `test` (what it is for, a
    substance or an analyte; also `substance`), `analyte`, `method`, `cutoff` ("25 ng/mL", or a number with
    `cutoff_unit`), `value` ("130 ng/mL", ">1000 ng/mL", or a number in the unit of the cutoff), `comparator`, `lod` and
    `loq` (limits of detection and of quantification), `segment` (of hair, "3-6 cm"), `panel` (what was ordered; one of
    the book fills in what is not said of the test, where it does only one such) and `id`. None, "", NaN, NaT and NA are
    unsaid.
    `substance` is what may have been taken besides what is known to be `taken`; unsaid, every substance that yields the
    analyte, or what yields one that was taken where a result does not say what its test is for. Columns that
    are not read and seem to matter are told in `notes`; `notation` says how times are written.
    Raises UsageError, which lists every result that is not understood.
    """
    given = of_one_person(book, results, "results", KEYS, ALSO, [] if notes is None else notes)
    among = list(book.folders) if substance is None else [book.substance(substance).id]
    among = [name for name in book.folders if name in {*among, *taken}]
    tell_midnights(given, ("time", "time_latest"), notation)
    found = understood(enumerate(given, 1), "result", lambda each: result_of(book, *each, among, taken, notation))
    return sampled(found, on_one_clock([result.time for result in found]))


def sampled(results: Iterable[Result], moments: Iterable[Instant]) -> list[Result]:
    """Results, with when their samples were taken."""
    return [
        result if result.time is moment else evolve(result, time=moment)
        for result, moment in zip(results, moments, strict=True)
    ]


def result_of(
    book: Book,
    number: int,
    given: Mapping[str, Any],
    among: Sequence[str],
    taken: Collection[str],
    notation: Notation,
    whole: bool = False,
) -> Result:
    """One result; of a `whole` report one that no substance of the book gives stays, and says nothing."""
    given = what_is_said(book, given)
    if "time" not in given and "time_latest" not in given:
        raise UsageError("`time` is missing: when was the sample taken?", column="time")
    time = span_of(given.get("time"), given.get("time_latest"), "time", notation)
    finding = finding_of(book, given, among, taken, days(time), whole)
    return Result(
        number=number,
        id=units.text_of(given["id"]) if "id" in given else None,
        time=time,
        matrix=finding.matrix,
        segment=finding.segment,
        test=units.text_of(given["test"]) if "test" in given else None,
        analyte=finding.analyte,
        method=finding.method,
        panel=units.text_of(given["panel"]) if "panel" in given else None,
        reported=units.text_of(given.get("outcome", given.get("value"))),
        found=finding.found,
        covers=finding.covers,
        silent=finding.silent,
        fact=finding.fact,
    )


def finding_of(
    book: Book,
    given: Mapping[str, Any],
    among: Sequence[str],
    taken: Collection[str],
    sampled: Days | None = None,
    whole: bool = False,
) -> Finding:
    """What a result says, of which only what is said is given; the rest as in `understood_results`.

    A panel of the book fills in what it does not say of the test. `sampled` are the first and the last day on which the
    sample may have been taken, None where no day is told: then no test that was once another one is filled in.
    """
    if "matrix" not in given:
        raise UsageError("`matrix` is missing: which specimen was tested?", column="matrix")
    given, parting = parted(book, given) if whole else (given, None)
    given, filled = by_panel(book, given, sampled)
    words = book.vocabularies
    matrix = words["matrix"].resolve(given["matrix"])
    part = segment(book, matrix, given["segment"]) if "segment" in given else None
    method = words["method"].resolve(given["method"]) if "method" in given else None
    panel = units.text_of(given["panel"]) if "panel" in given else None
    test = units.text_of(given["test"]) if "test" in given else None
    unlisted = whole or panel is not None
    analyte = _analyte(book, given.get("analyte"), unlisted)
    aim = _target(book, test, analyte, method, unlisted)
    found = outcomes.found(book, matrix, given, aim.analyte)
    if aim.analyte == ANY and test is None and len(among) == len(book.folders):
        among = _tested_of(book, taken, method) or among
    covers = {name: cover for name, cover in aim.covers.items() if name in among}
    silent: Silent | None = "analyte" if not aim.covers and unlisted else None if covers else "other"
    fact: str | None = None
    if covers:
        able = _able(book, matrix, aim.analyte, list(covers), taken)
        able, silent, fact = _tested(book, able, panel, bool(test) or "analyte" in given)
        covers = {name: covers[name] for name in able}
    if found.silent:
        covers, silent = {}, found.silent
    if told := tuple(filter(None, (parting, filled))):
        found = evolve(found, read_as=(*found.read_as, *told))
    return Finding(matrix, part, aim.analyte, method, found, covers, silent, fact)


def opposites(results: Iterable[Result]) -> Iterator[tuple[list[str], list[int]]]:
    """The results of one test at one minute that say opposite things: their substances, and their numbers."""
    same: dict[tuple[object, ...], list[Result]] = {}
    for one in results:
        low, high = one.time.span
        if one.said and one.covers and high - low < _MINUTE:
            test = (
                one.matrix,
                one.segment and one.segment.text,
                one.analyte,
                one.method,
                one.cutoff,
                *one.covers.items(),
            )
            same.setdefault((low // _MINUTE, *test), []).append(one)
    for found in same.values():
        if len({one.positive for one in found}) > 1:
            yield list(found[0].substances), [one.number for one in found]


# ---------------------------------------------------------------- what it speaks of


def _analyte(book: Book, word: object, unlisted: bool) -> str:
    """The analyte; one that the book does not know is at home on a panel, or in a whole report, only."""
    if word is None:
        return ANY
    try:
        return book.vocabularies["analyte"].resolve(word)
    except UsageError:
        if not unlisted:
            raise
        return units.text_of(word)


def _target(book: Book, test: str | None, analyte: str, method: str | None, unlisted: bool) -> Target:
    """What a result is for; nothing of the book where that is a drug of which no rule speaks. Raises UsageError."""
    if (test is not None and book.is_other_drug(test)) or analyte not in book.vocabularies["analyte"]:
        return Target(analyte, {})
    aim = target(book, test, analyte, method)
    if not aim.covers and not unlisted:
        raise UsageError(f"`{aim.analyte}` is not an analyte of a substance of the rule set", value=aim.analyte)
    return aim


def _tested_of(book: Book, taken: Collection[str], method: str | None) -> list[str]:
    """What yields the substances taken: a test of which nothing is said is meant for one of these."""
    found = {name for one in taken for name in yielding(book, one, method)}
    return [name for name in book.folders if name in found]


def _able(book: Book, matrix: str, analyte: str, among: list[str], taken: Collection[str]) -> list[str]:
    """The substances of which a dose could make such a test positive.

    They yield the analyte; for a test as a whole they have windows in the specimen, or were taken, or none has.
    """
    if analyte != ANY:
        return among
    return [name for name in among if name in taken or window_table(book, name, matrix).atoms] or among


def _tested(book: Book, able: list[str], panel: str | None, said: bool) -> tuple[list[str], Silent | None, str | None]:
    """Of the substances those of which a panel speaks; why it speaks of none, and the fact by which it leaves them out.

    `said`: what it tests for is.
    """
    if panel is None:
        return able, None, None
    facts = {name: panels_without(book, name).get(fold(panel)) for name in able}
    left = [name for name, fact in facts.items() if fact is None]
    if not left:
        return [], "panel", min(filter(None, facts.values()))
    return (left, None, None) if said else ([], "unlisted", None)


@kept
def panels_without(book: Book, substance: str) -> Mapping[str, str]:
    """The panels that do not test for a substance, by their folded names, each with the fact that says so."""
    return {fold(name): fact.id for fact in facts_on_tests(book, substance, ("panel",)) for name in fact.panels}


def facts_on_tests(book: Book, substance: str, topics: Sequence[str]) -> list[Fact]:
    """The facts of some topics on tests for a substance, and on tests for the one whose windows it borrows."""
    lender = book.record_of(substance).windows_of
    found = [fact for name in (substance, lender) if name for fact in book.facts(name, "fact")]
    return [fact for topic in topics for fact in found if fact.topic == topic]
