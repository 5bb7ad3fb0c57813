"""What do several doses make of a status, and which pattern of use do they show?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from ketref import times
from ketref.course import STATUSES
from ketref.detect_answers import DetectAnswer
from ketref.errors import UsageError
from ketref.loading import Book, chosen
from ketref.questions import detect
from ketref.times import Instant

DAY = 86400 * 10**6  # microseconds
SINGLE = "single"


@frozen(eq=False)
class Governing:
    """The status after several doses: `answer` is that of the dose, asked as `pattern`, which gives it.

    `status` is `no_dose` and `answer` None where no dose was taken by then.
    """

    status: str
    answer: DetectAnswer | None
    dose: int | None
    pattern: str | None


def status_after(
    substance: object, doses: Iterable[Mapping[str, Any]], at: object, *, rules: object = None, **test: object
) -> Governing:
    """The status of a test at a moment, over all doses taken by then.

    Each dose is a mapping with `taken` and, where known, `route`, `dose`, `weight` and `infusion`; `test` holds the
    matrix and what else is known of the test, as in `detect`. A dose is asked as a single one and, where the doses up
    to it make the use repeated or chronic, as such too; the highest status counts, so that from the first dose on no
    further dose lowers it. Doses after `at` do not count.
    """
    book = chosen(rules)
    moment = times.instant(at)
    known = list(doses)
    taken = [times.instant(dose.get("taken")) for dose in known]
    if any(instant.naive != moment.naive for instant in taken):
        raise UsageError("some times have a zone and some have none", value=at, hint="give all with a zone, or none")
    counting = [index for index, instant in enumerate(taken) if instant.low <= moment.high]
    patterns = patterns_of_use([taken[index] for index in counting], book)
    best = Governing("no_dose", None, None, None)
    for index, shown in zip(counting, patterns, strict=True):
        for pattern in shown:
            answer = detect(substance, at=at, pattern=pattern, rules=book, **{**test, **known[index]})
            if best.answer is None or _rank(answer) > _rank(best.answer):
                best = Governing(str(answer.status), answer, index, pattern)
    return best


def patterns_of_use(taken: Sequence[Instant], book: Book) -> list[list[str]]:
    """For each dose every pattern of use that the doses up to it show, `single` first.

    A pattern is shown where, in the span that ends with the dose, at least so many days (counted back from it) have a
    dose; how many and how long are thresholds of the book, ketref's own convention.
    """
    thresholds = [
        (term.id, term.dose_days, term.within.seconds * 10**6)
        for term in book.terms.pattern
        if term.dose_days is not None and term.within is not None
    ]
    found = []
    for last in taken:
        shown = [SINGLE]
        for pattern, dose_days, within in thresholds:
            back = [last.low - earlier.low for earlier in taken]
            if len({gap // DAY for gap in back if 0 <= gap < within}) >= dose_days:
                shown.append(pattern)
        found.append(shown)
    return found


def _rank(answer: DetectAnswer) -> int:
    return STATUSES.index(str(answer.status))
