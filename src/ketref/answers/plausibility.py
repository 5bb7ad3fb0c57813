"""Does a question lie far outside everything that the book speaks of?

Then its answer stays, and warns: a slip of the unit or of the year is likelier than such a dose. What is far is said by
terms.toml (`plausible`, `bounds`, `usual` of a route), what the book speaks of by its rules, facts and studies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from ketref.answers.question import Question
from ketref.book.loading import Book, kept
from ketref.model import units
from ketref.model.axes import TIMES
from ketref.model.kinds import OF_FILE, spans
from ketref.model.rules import When
from ketref.model.units import Duration, Quantity, duration_of

if TYPE_CHECKING:
    from ketref.model.times import Instant

OF_DOSES = {"dose": units.DOSE, "dose_per_kg": units.DOSE_PER_KG}
Named = tuple[str, int, int]
"""The axis of a dose, and its smallest and largest amount, in millionths."""


def implausible(book: Book, question: Question) -> list[str]:
    """What lies far outside in a question, a sentence each."""
    found = [_future(book, question), _dose(book, question), _weight(book, question), _infusion(book, question)]
    if question.elapsed is not None:
        found.append(too_late(book, question.substance, question.elapsed[0], book.terms.plausible.after))
    return [sentence for sentence in found if sentence]


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
    if after is None or seconds <= after.seconds:
        return None
    longest = max(after.seconds, _longest_stated(book, substance))
    if seconds <= longest:
        return None
    days = units.SECONDS["d"]
    waited = duration_of(seconds // days * days)
    return f"{waited} after the dose is later than anything here speaks of, {duration_of(longest)}: check the dates"


@kept
def _longest_stated(book: Book, substance: str) -> int:
    """The longest time after a dose that a rule speaks of, in seconds."""
    rules = [each.rule for file in OF_FILE if book.askable(substance, file) for each in book.ranked(substance, file)]
    ends = (end for rule in rules for span in spans(rule) for end in (span.earliest, span.latest) if end)
    return max((end.seconds for end in ends), default=0)


def _weight(book: Book, question: Question) -> str | None:
    usual = _usual_weights(book)
    if question.weight is None or usual is None or usual[0] <= question.weight.value <= usual[1]:
        return None
    return (
        f"a weight of {_amount(question.weight)} is unusual, {_between(*usual, units.WEIGHT)} are usual: check the unit"
    )


def _usual_weights(book: Book) -> tuple[int, int] | None:
    bounds = book.bounds.get(units.WEIGHT)
    if bounds is None or bounds.usual is None:
        return None
    low, high = (round(end * units.ONE) for end in bounds.usual)
    return low, high


def _infusion(book: Book, question: Question) -> str | None:
    if question.infusion is None or question.route is None:
        return None
    routes = book.vocabularies["route"]
    usual = next((found for route in routes.line(question.route) if (found := routes.terms[route].usual)), None)
    if usual is None or question.infusion.seconds <= usual.seconds:
        return None
    route = question.route.replace("-", " ")
    return f"{question.infusion} is long for one {route} administration, {usual} at most are usual: check its length"


# ---------------------------------------------------------------- the dose


def _dose(book: Book, question: Question) -> str | None:
    times = book.terms.plausible.times
    given = {axis: amount for axis in OF_DOSES if (amount := getattr(question, axis)) is not None}
    if times is None or not given:
        return None
    for route in dict.fromkeys((question.route, None)):  # what is named for no route is held against all
        met: dict[str, tuple[int, int]] = {}
        for axis, low, high in _named(book, question.substance, route):
            if _is_near(given, _usual_weights(book), times, axis, low, high):
                return None
            least, most = met.get(axis, (low, high))
            met[axis] = min(least, low), max(most, high)
        if met:
            asked = next(given[axis] for axis in (*met, *given) if axis in given)
            named = " or ".join(_between(*met[axis], unit) for axis, unit in OF_DOSES.items() if axis in met)
            by = " by this route" if route else ""
            return f"{_amount(asked)} is far outside what any source here describes, {named}{by}: check the unit"
    return None


def _is_near(
    given: dict[str, Quantity], weights: tuple[int, int] | None, times: float, axis: str, low: int, high: int
) -> bool:
    """Whether a dose is not far from what is named; where only the other kind is given, what any usual weight makes."""
    if axis in given:
        return low / times <= given[axis].value <= high * times
    if weights is None:
        return False
    lightest, heaviest = (weight / float(units.ONE) for weight in weights)
    (other,) = given.values()
    if axis == "dose":
        return low / heaviest <= other.value <= high / lightest
    return low * lightest <= other.value <= high * heaviest


def _named(book: Book, substance: str, route: str | None) -> Iterator[Named]:
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


# ---------------------------------------------------------------- in words


def _number(millionths: int) -> str:
    whole, rest = divmod(millionths, units.ONE)
    return f"{whole:,}" + f".{rest:06d}".rstrip("0").rstrip(".")


def _amount(amount: Quantity) -> str:
    return f"{_number(amount.value)} {amount.base}"


def _between(low: int, high: int, unit: str) -> str:
    return f"{_number(low)} {unit}" if low == high else f"{_number(low)} to {_number(high)} {unit}"
