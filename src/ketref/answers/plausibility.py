"""Does a question lie far outside everything that the book speaks of?

Then its answer stays, and warns: a slip of the unit or of the year is likelier than such a dose. What is far is said by
terms.toml (`plausible`, `bounds`, `usual` of a route), what the book speaks of by its rules, facts and studies, and for
cutoffs by its panels too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from ketref.answers.question import Question
from ketref.book.loading import Book, kept
from ketref.engine.conditions import UNBOUNDED
from ketref.engine.course import UNSAID
from ketref.model import units
from ketref.model.axes import TIMES
from ketref.model.kinds import OF_FILE, spans
from ketref.model.rules import When
from ketref.model.units import Duration, Quantity, duration_of
from ketref.model.vocabulary import ANY

if TYPE_CHECKING:
    from ketref.model.times import Instant

OF_DOSES = {"dose": units.DOSE, "dose_per_kg": units.DOSE_PER_KG}
DOSE, WEIGHT, LENGTH, TIME = 1, 2, 4, 8
"""What lies outside, as bits."""
ENDS = 12
"""How many integers `ends_of` gives."""
Range = tuple[int, int]
Integers = Any
"""A row of integers: of Python, or an array."""
_ANY: Range = (0, UNBOUNDED)
_NONE: Range = (UNBOUNDED, 0)


def implausible(book: Book, question: Question) -> list[str]:
    """What lies far outside in a question, a sentence each."""
    mass, per_kg, weight = map(_millionths, (question.dose, question.dose_per_kg, question.weight))
    elapsed = UNSAID if question.elapsed is None else question.elapsed[0]
    found, given = 0, (mass, per_kg, weight, question.duration)
    if max(given) >= 0 or elapsed > _soonest(book):  # else nothing that the book says of doses needs to be read
        found = outside(ends_of(book, question.substance, question.route), 0, *given, elapsed)
    said = {DOSE: _dose, WEIGHT: _weight, LENGTH: _infusion, TIME: _time}
    once = filter(None, (_future(book, question), _cutoff(book, question)))
    return [*once, *(say(book, question) for bit, say in said.items() if found & bit)]


def _millionths(amount: Quantity | None) -> int:
    return UNSAID if amount is None else amount.value


def outside(ends: Integers, at: int, mass: int, per_kg: int, weight: int, lasted: int, elapsed: int) -> int:
    """What lies outside, in bits, by the ends that stand in a row of integers from `at` on.

    Amounts are in millionths, times in seconds; a negative one is unsaid. Of a dose in mg and in mg/kg one is enough.
    """
    found = 0
    if mass >= 0 and per_kg >= 0:
        if not (ends[at] <= mass <= ends[at + 1] or ends[at + 2] <= per_kg <= ends[at + 3]):
            found |= DOSE
    elif mass >= 0:
        if not ends[at + 4] <= mass <= ends[at + 5]:
            found |= DOSE
    elif per_kg >= 0 and not ends[at + 6] <= per_kg <= ends[at + 7]:
        found |= DOSE
    if weight >= 0 and not ends[at + 8] <= weight <= ends[at + 9]:
        found |= WEIGHT
    if lasted > ends[at + 10]:
        found |= LENGTH
    if elapsed > ends[at + 11]:
        found |= TIME
    return found


def _soonest(book: Book) -> int:
    """The seconds after a dose up to which every question is plausible."""
    after = book.terms.plausible.after
    return UNBOUNDED if after is None else after.seconds


@kept
def ends_of(book: Book, substance: str, route: str | None) -> tuple[int, ...]:
    """Between which ends a question after a dose by a route is plausible, as `outside` takes them.

    A dose in mg and one in mg/kg where both are known, either where it alone is; the weight; the longest duration and
    the longest time.
    """
    usual = _usual_length(book, route)
    return (
        *_ends_of_doses(book, substance, route),
        *(_usual_weights(book) or _ANY),
        UNBOUNDED if usual is None else usual.seconds,
        latest(book, substance, book.terms.plausible.after),
    )


# ---------------------------------------------------------------- the time


def _time(book: Book, question: Question) -> str:
    seconds = question.elapsed[0] if question.elapsed else 0
    return too_long(seconds, latest(book, question.substance, book.terms.plausible.after))


def _future(book: Book, question: Question) -> str | None:
    """What is to be said of the first of its moments that lies far in the future."""
    if not question.moments:
        return None
    from ketref.model import times

    now = times.instant("now")
    found = (far_ahead(book, f"`{name}`", at, now) for name, at in zip(TIMES[1:], question.moments, strict=True))
    return next(filter(None, found), None)


def far_ahead(book: Book, what: str, moment: Instant, now: Instant) -> str | None:
    """What is to be said of a moment that lies so far in the future that no plan is likely."""
    from ketref.model.times import DAY, SECOND

    ahead = book.terms.plausible.ahead
    anywhere = DAY if moment.naive else 0  # where there is no zone, it may be any
    if ahead is None or moment.low <= now.high + ahead.seconds * SECOND + anywhere:
        return None
    return f"{what}, {moment.text}, lies far in the future, more than {ahead} from now: check the year"


def too_late(book: Book, substance: str, seconds: int, after: Duration | None) -> str | None:
    """What is to be said of so long a time after a dose: longer than `after`, and than any rule speaks of."""
    longest = latest(book, substance, after)
    return too_long(seconds, longest) if seconds > longest else None


def latest(book: Book, substance: str, after: Duration | None) -> int:
    """The seconds after a dose from which on nothing is plausible: `after`, or the longest that any rule speaks of."""
    return UNBOUNDED if after is None else max(after.seconds, _longest_stated(book, substance))


def too_long(seconds: int, longest: int) -> str:
    """The same of what is longer than `longest`."""
    days = units.SECONDS["d"]
    waited = duration_of(seconds // days * days)
    return f"{waited} after the dose is later than any time in these rules, {duration_of(longest)}: check the dates"


@kept
def _longest_stated(book: Book, substance: str) -> int:
    """The longest time after a dose that a rule speaks of, in seconds."""
    rules = [each.rule for file in OF_FILE if book.askable(substance, file) for each in book.ranked(substance, file)]
    ends = (end for rule in rules for span in spans(rule) for end in (span.earliest, span.latest) if end)
    return max((end.seconds for end in ends), default=0)


# ---------------------------------------------------------------- the weight and the duration


def _weight(book: Book, question: Question) -> str:
    usual = _between(*(_usual_weights(book) or _ANY), units.WEIGHT)
    return f"a weight of {_amount(question.weight)} is unusual, {usual} are usual: check the unit"


@kept
def _usual_weights(book: Book) -> Range | None:
    bounds = book.bounds.get(units.WEIGHT)
    if bounds is None or bounds.usual is None:
        return None
    low, high = (round(end * units.ONE) for end in bounds.usual)
    return low, high


def _infusion(book: Book, question: Question) -> str:
    route, usual = str(question.route).replace("-", " "), _usual_length(book, question.route)
    return f"{question.infusion} is long for one {route} administration, {usual} at most are usual: check its length"


def _usual_length(book: Book, route: str | None) -> Duration | None:
    routes = book.vocabularies["route"]
    said = (routes.terms[one].usual for one in (routes.line(route) if route else ()))
    return next((usual for usual in said if usual is not None), None)


# ---------------------------------------------------------------- the dose


def _dose(book: Book, question: Question) -> str:
    named, by_route = _described(book, question.substance, question.route)
    asked = next(amount for axis in (*named, *OF_DOSES) if (amount := getattr(question, axis)) is not None)
    described = " or ".join(_between(*named[axis], unit) for axis, unit in OF_DOSES.items() if axis in named)
    by = " by this route" if by_route else ""
    return f"{_amount(asked)} is far outside what any source here describes, {described}{by}: check the unit"


def _ends_of_doses(book: Book, substance: str, route: str | None) -> Iterator[int]:
    """The ends of a plausible dose in mg and in mg/kg, then of one in mg alone and in mg/kg alone.

    Alone a dose is held against what is named of its own kind, and is plausible too where any usual weight makes it one
    of those of the other kind; where none of its own kind is named, it always is.
    """
    times, weights = book.terms.plausible.times, _usual_weights(book)
    named, _ = _described(book, substance, route)
    if times is None or not named:
        return iter(_ANY * 4)
    own = {axis: (low / times, high * times) for axis, (low, high) in named.items()}
    lent = {}
    if weights is not None:
        lightest, heaviest = (weight / units.ONE for weight in weights)
        if "dose_per_kg" in named:
            low, high = named["dose_per_kg"]
            lent["dose"] = low * lightest, high * heaviest
        if "dose" in named:
            low, high = named["dose"]
            lent["dose_per_kg"] = low / heaviest, high / lightest
    alone = {axis: [ends[axis] for ends in (own, lent) if axis in ends] for axis in own}
    wide = {axis: (min(low for low, _ in found), max(high for _, high in found)) for axis, found in alone.items()}
    found = [ends.get(axis, other) for ends, other in ((own, _NONE), (wide, _ANY)) for axis in OF_DOSES]
    return (end for low, high in found for end in (math.ceil(low), math.floor(high)))


@kept
def _described(book: Book, substance: str, route: str | None) -> tuple[dict[str, Range], bool]:
    """The smallest and the largest dose that is named, on each axis, and whether by this route.

    What is named for no route is held against all.
    """
    for by in dict.fromkeys((route, None)):
        found: dict[str, Range] = {}
        for axis, low, high in _named(book, substance, by):
            least, most = found.get(axis, (low, high))
            found[axis] = min(least, low), max(most, high)
        if found:
            return found, by is not None
    return {}, False


def _named(book: Book, substance: str, route: str | None) -> Iterator[tuple[str, int, int]]:
    """Every dose that is named for a route, for any where it is None: by rules first, which are read anyway."""
    line = book.vocabularies["route"].line
    for routes, when in chain(_by_rules(book, substance), _by_facts(book, substance)):
        if route is None or not routes or any(route in line(one) or one in line(route) for one in routes):
            for axis in OF_DOSES:
                ends = getattr(when, axis)
                amounts = [end.value for end in (ends.min, ends.max) if end] if ends else []
                if amounts:
                    yield axis, amounts[0], amounts[-1]


def _by_rules(book: Book, substance: str) -> Iterator[tuple[Sequence[str], When]]:
    """The routes and the conditions of each rule and of its evidence, which has the routes of the rule or its own."""
    for file in OF_FILE:
        for ranked in book.ranked(substance, file) if book.askable(substance, file) else ():
            if ranked.of == substance:
                rule = ranked.rule
                yield rule.when.route, rule.when
                yield from ((entry.when.route or rule.when.route, entry.when) for entry in rule.evidence)


def _by_facts(book: Book, substance: str) -> Iterator[tuple[Sequence[str], When]]:
    if book.sound(f"{substance}/facts.toml"):
        for table in ("fact", "study"):
            yield from ((entry.when.route, entry.when) for entry in book.facts(substance, table))


# ---------------------------------------------------------------- the cutoff


def _cutoff(book: Book, question: Question) -> str | None:
    """What is to be said of a cutoff that lies far from all that are named for such a test, by rules first."""
    asked, times = question.cutoff, book.terms.plausible.cutoff_times
    if asked is None or times is None:
        return None
    named: list[int] = []
    for cutoffs in (_of_rules, _of_facts, _of_panels):
        named += [one.value for one in cutoffs(book, question) if one.base == asked.base]
        if named and min(named) / times <= asked.value <= max(named) * times:
            return None
    if not named:
        return None
    what = question.substance if question.analyte == ANY else question.analyte
    known = _between(min(named), max(named), asked.base)
    test = f"{what} in {question.matrix}, {known}"
    return f"a cutoff of {_amount(asked)} is far from what is named here for {test}: check the unit"


def _of_rules(book: Book, question: Question) -> Iterator[Quantity]:
    for ranked in book.ranked(question.substance, "windows"):
        rule = ranked.rule
        if _of_such(book, question, rule.when.matrix, rule.when.analyte):
            yield from chain(rule.when.cutoff, *(entry.when.cutoff for entry in rule.evidence))


def _of_facts(book: Book, question: Question) -> Iterator[Quantity]:
    for cutoff in book.facts(question.substance, "cutoff") if book.sound(f"{question.substance}/facts.toml") else ():
        if _of_such(book, question, (cutoff.matrix,), cutoff.analyte):
            yield cutoff.value


def _of_panels(book: Book, question: Question) -> Iterator[Quantity]:
    for panel in book.listed_in("panels", "panel"):
        yield from (test.cutoff for test in panel.test if _of_such(book, question, (panel.matrix,), (test.analyte,)))


def _of_such(book: Book, question: Question, matrices: Sequence[str], analytes: Sequence[str]) -> bool:
    """Whether a cutoff is of such a specimen, and of the analyte that is measured, or of any after the substance."""
    line = book.vocabularies["matrix"].line
    if not any(matrix in line(str(question.matrix)) or question.matrix in line(matrix) for matrix in matrices):
        return False
    if question.analyte == ANY:
        return ANY in analytes or bool(book.analytes_after(question.substance).intersection(analytes))
    return question.analyte in analytes


# ---------------------------------------------------------------- in words


def _number(millionths: int) -> str:
    whole, rest = divmod(millionths, units.ONE)
    return f"{whole:,}" + f".{rest:06d}".rstrip("0").rstrip(".")


def _amount(amount: Quantity | None) -> str:
    return "" if amount is None else f"{_number(amount.value)} {amount.base}"


def _between(low: int, high: int, unit: str) -> str:
    return f"{_number(low)} {unit}" if low == high else f"{_number(low)} to {_number(high)} {unit}"
