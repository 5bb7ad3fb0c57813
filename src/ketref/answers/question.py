"""What does a question mean, in the words of a book?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeGuard

from attrs import evolve, frozen

from ketref.answers.targets import measured_after, reported
from ketref.book.loading import ANY_AMOUNT, Book, kept
from ketref.engine.conditions import Cell
from ketref.engine.course import UNSAID
from ketref.errors import MOST_CHARACTERS, UsageError, quoted, unknown_option
from ketref.model import conversions, units
from ketref.model.axes import (
    ALIASES,
    AXES,
    BARE,
    DOSE_AXES,
    KEYWORDS,
    MAY_BE_UNSAID,
    NOTATION,
    OF_DOSE,
    OF_PANEL,
    OF_SPECIMEN,
    SAID_BY,
    TERM_AXES,
    TEST_AXES,
    TIMES,
    a_field_for,
)
from ketref.model.front_matter import FactorTerm, Formulation
from ketref.model.lengths import ends_of_range
from ketref.model.units import Duration, Quantity
from ketref.model.vocabulary import ANY, SINGLE, UNKNOWN_PATTERN, Vocabulary, fold

if TYPE_CHECKING:
    from ketref.answers.segments import Segment
    from ketref.model.times import Instant, Notation


_ECHOED = ("substance", *dict.fromkeys((*TEST_AXES, *DOSE_AXES, *OF_DOSE)), *TIMES, *OF_PANEL, "source", *OF_SPECIMEN)
_MEANT_BY_UNSAID = {"analyte": ANY, "pattern": SINGLE}
_terms_of = attrgetter(*TERM_AXES)
_amounts_of = attrgetter(*AXES[len(TERM_AXES) :])
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)


@frozen(eq=False)
@a_field_for(AXES, Any)
class Question:
    """A question as understood; None is unsaid. `said` names the axes that the asker gave.

    `moments` are when the dose was taken and the moment asked about, where both are said. `assumes` is what these take
    for granted; `local` tells that they have no zone, and a night lies between them, in which the clocks may have been
    changed.
    `reports` is the analyte that was asked about where its method reports it as another one, which is `analyte` then.
    `panel` and `stage` name the test of a panel that filled in what was not said. `segment` is the part of the specimen
    that is tested, None where that is not said.
    """

    substance: str
    matrix: str | None
    analyte: str | None
    method: str | None
    route: str | None
    pattern: str
    cutoff: Quantity | None
    dose: Quantity | None
    dose_per_kg: Quantity | None
    weight: Quantity | None
    infusion: Duration | None
    elapsed: tuple[int, int] | None
    since: str | None
    taken: str | None
    at: str | None
    source: str | None
    factors: Mapping[str, str]
    said: tuple[str, ...]
    moments: tuple[Instant, ...] = ()
    assumes: tuple[str, ...] = ()
    local: bool = False
    reports: str | None = None
    panel: str | None = None
    stage: str | None = None
    segment: Segment | None = None

    @property
    def cell(self) -> Cell:
        """The question as the tables look it up."""
        amounts = [None if amount is None else amount.value for amount in _amounts_of(self)]
        cell = Cell._make((*_terms_of(self), *amounts))
        return cell._replace(pattern=None) if self.pattern == UNKNOWN_PATTERN else cell

    @property
    def read_as(self) -> list[str]:
        """How amounts were said, where it took something else to turn them into what was understood."""
        amounts = (self.cutoff, self.dose, self.dose_per_kg, self.weight)
        return [amount.read_as for amount in amounts if amount is not None and amount.read_as]

    @property
    def duration(self) -> int:
        """Seconds that the administration took, `UNSAID` where not given."""
        return UNSAID if self.infusion is None else self.infusion.seconds

    def to_dict(self) -> dict[str, Any]:
        """What was understood, without what was not said."""
        found: dict[str, Any] = {key: str(value) for key in _ECHOED if (value := getattr(self, key)) is not None}
        return {**found, "factors": dict(self.factors)} if self.factors else found


def understand(
    book: Book,
    substance: object,
    *,
    since: object = None,
    taken: object = None,
    at: object = None,
    source: object = None,
    notation: Notation | None = None,
    factors: Mapping[str, object] | None = None,
    segment: object = None,
    **said: object,
) -> Question:
    """The question in the words of the book; `said` is what is said of the test and the dose, by `KEYWORDS`.

    `notation` says how its times are written, `segment` which part of the specimen is tested, as "3-6 cm".

    Raises UsageError for a word, unit or time that the book does not know.
    """
    if segment is not None and not book.says_nothing(segment):
        whole: Any = {**said, "since": since, "taken": taken, "at": at, "source": source, "notation": notation}
        return _of_segment(book, understand(book, substance, factors=factors, **whole), segment)
    given = {keyword: value for keyword in KEYWORDS if (value := said.pop(keyword, None)) is not None}
    if said:
        raise TypeError(f"{min(said)!r} is not a keyword of a question")
    moments = _moments(taken, at, notation)
    try:
        return _understood(book, substance, given, since, *moments, source, factors)
    except UsageError:
        spoken = {key: given[key] for key in given if not says_nothing(book, key, given[key]) or _no_number(given[key])}
        if len(spoken) == len(given):
            raise
    return _understood(book, substance, spoken, since, *moments, source, factors)


def slips(book: Book, substance: object, **said: object) -> list[UsageError]:
    """Every mistake in what `understand` is asked that shows in one part of it alone, in the order in which it is said.

    What is wrong only together with something else is not among them.
    """
    notation: Any = said.get("notation")
    factors: Mapping[str, object] = said.pop("factors", None) or {}  # type: ignore[assignment]
    parts: list[Callable[[], object]] = [lambda: book.substance(substance)]
    words = [axis for axis in TERM_AXES if says_something(book, axis, said.get(axis))]
    parts += [partial(book.vocabularies[axis].resolve, said[axis]) for axis in words]
    if says_something(book, "weight", said.get("weight")):
        parts.append(lambda: possible(book, _amount(said["weight"], "weight", units.WEIGHT), "weight"))
    if says_something(book, "dose", said.get("dose")):
        parts.append(lambda: _amount(said["dose"], "dose", units.DOSE, units.DOSE_PER_KG, *conversions.OF_RATE))
    if says_something(book, "cutoff", said.get("cutoff")) and book.vocabularies["matrix"].knows(said.get("matrix")):
        matrix = book.vocabularies["matrix"].resolve(said["matrix"])
        analytes = book.vocabularies["analyte"]
        analyte = analytes.resolve(said["analyte"]) if analytes.knows(said.get("analyte")) else None
        parts.append(lambda: _cutoff(book, matrix, analyte, said["cutoff"]))
    if says_something(book, "infusion", said.get("infusion")):
        parts.append(lambda: length(said["infusion"], "infusion"))
    if said.get("since") is not None:
        parts.append(lambda: _lengths(said["since"]))
    parts += [partial(_moments, said[key], None, notation) for key in ("taken", "at") if said.get(key) is not None]
    if said.get("source") is not None:
        parts.append(lambda: _source(book, said["source"]))
    parts += [partial(_factors, book, {name: value}, None) for name, value in factors.items()]
    return list(_raised(parts))


def _raised(parts: Iterable[Callable[[], object]]) -> Iterator[UsageError]:
    for part in parts:
        try:
            part()
        except UsageError as error:
            yield error


def says_something(book: Book, key: str, value: object) -> bool:
    """Whether a value is given and says something."""
    return value is not None and (not says_nothing(book, key, value) or _no_number(value))


def _of_segment(book: Book, question: Question, given: object) -> Question:
    """The question of a segment. Raises UsageError where the specimen has none."""
    if question.matrix is None:
        raise UsageError("a segment belongs to a specimen", value=given, hint="name the matrix too", column="segment")
    from ketref.answers.segments import segment

    return evolve(question, segment=segment(book, question.matrix, given))


def what_is_said(book: Book, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given under some keys, without what a word says is not known."""
    return {key: value for key, value in given.items() if not says_nothing(book, key, value)}


def says_nothing(book: Book, key: str, value: object) -> bool:
    """Whether a value says nothing where it may; a word that the vocabulary of its key knows says that."""
    if key not in MAY_BE_UNSAID or not book.says_nothing(value):
        return False
    return key not in book.vocabularies or not book.vocabularies[key].knows(value)


def _understood(
    book: Book,
    substance: object,
    given: Mapping[str, Any],
    since: object,
    dosed: Instant | None,
    sampled: Instant | None,
    source: object,
    factors: Mapping[str, object] | None,
) -> Question:
    words, of = book.vocabularies, book.substance(substance).id
    product = None if "route" in given else product_of(book, of, substance)
    if product is not None:
        given = {**given, "route": product.route}
    terms: dict[str, Any] = {
        axis: words[axis].resolve(given[axis]) if axis in given else None for axis in ("matrix", "route")
    }
    lasted = length(given["infusion"], "infusion") if "infusion" in given else None
    known = None
    if lasted is not None:
        terms["route"], known = _lasting(book, terms["route"], lasted)
    cutoff, weight = given.get("cutoff"), given.get("weight")
    mass, per_kg, body = _doses(book, given.get("dose"), weight, lasted)
    if terms["matrix"] is None:
        terms["analyte"] = None  # there is no test
    for axis in TERM_AXES:
        if axis not in terms:
            terms[axis] = words[axis].resolve(given[axis]) if axis in given else _MEANT_BY_UNSAID.get(axis)
    meant = terms["analyte"]
    if "analyte" in given and meant is not None:
        terms["analyte"] = measured_after(book, of, meant, terms["method"])
    limit = None if cutoff is None else _cutoff(book, terms["matrix"], meant and reported(book, meant), cutoff)
    elapsed, ago = _elapsed(since, dosed, sampled)
    granted = {} if dosed is None or sampled is None else _granted(dosed, sampled)
    lost = [
        f"`{given[axis]}` read as {term}"
        for axis, term in terms.items()
        if axis in given and given[axis] != term and words[axis].loses(given[axis])
    ]
    if product is not None:
        lost.insert(0, read_as_product(substance, of, product))
    if lost:
        granted["assumes"] = (*lost, *granted.get("assumes", ()))
    return Question(
        substance=of,
        **terms,
        cutoff=limit,
        dose=mass,
        dose_per_kg=per_kg,
        weight=body,
        infusion=known,
        elapsed=elapsed,
        since=ago,
        taken=None if dosed is None else dosed.text,
        at=None if sampled is None else sampled.text,
        source=None if source is None else _source(book, source),
        factors={} if not factors and weight is None else _factors(book, factors or {}, body),
        said=tuple([keyword for keyword in given if keyword != "matrix"]),  # a test always names its specimen
        reports=None if meant == terms["analyte"] else meant,
        **granted,
    )


def product_of(book: Book, substance: str, word: object) -> Formulation | None:
    """The product of a known route that a word for a substance names; None where it names none."""
    return None if word == substance or not isinstance(word, str) else products_of(book, substance).get(fold(word))


@kept
def products_of(book: Book, substance: str) -> dict[str, Formulation]:
    """The products of a substance that have a route, by each word for them, folded."""
    return {fold(word): form for form in book.record_of(substance).formulation if form.route for word in form.words}


def read_as_product(word: object, substance: str, product: Formulation) -> str:
    """How a word for a product was read, in a sentence."""
    return f"`{word}` read as {substance} by the route {product.route} ({product.source})"


def otherwise(book: Book, question: Question, axis: str, value: Any) -> Question:
    """The same question with something else said on an axis, None to leave it out; `dose` takes either kind of dose.

    What belongs together stays so: a weight turns the dose into the other kind, a duration makes the route an infusion.
    Raises UsageError where that cannot be asked.
    """
    if axis == "dose":
        mass, per_kg, _ = _doses(book, value, question.weight, question.infusion)
        return evolve(question, dose=mass, dose_per_kg=per_kg)
    if axis == "route" and question.infusion is not None:
        value = _with_duration(book, value)
    return evolve(question, **{axis: value})


# ---------------------------------------------------------------- time


def _ends_of_range(since: object) -> object:
    """The ends of a range that a text says, "24 h to 36 h" or "2-3 d"; anything else as it is."""
    short = isinstance(since, str) and len(since) <= MOST_CHARACTERS
    return (ends_of_range(str(since)) or since) if short else since


def _lengths(since: object) -> tuple[Duration, ...]:
    """An elapsed time, or the shortest and the longest of a range. Raises UsageError."""
    since = _ends_of_range(since)
    if not isinstance(since, tuple | list):
        return (length(since, "since"),)
    if len(since) != 2:
        raise UsageError(f"`{quoted(since)}` is not a range of two durations", value=since)
    shortest, longest = (length(end, "since") for end in since)
    if shortest.seconds > longest.seconds:
        raise UsageError(f"`{since[0]}` is longer than `{since[1]}`", value=since, hint="shortest first")
    return shortest, longest


def since_range(since: object) -> tuple[int, int]:
    """The shortest and the longest seconds of an elapsed time. Raises UsageError."""
    lengths = _lengths(since)
    return lengths[0].seconds, lengths[-1].seconds


def _elapsed(since: object, taken: Instant | None, at: Instant | None) -> tuple[tuple[int, int] | None, str | None]:
    """The shortest and the longest elapsed seconds, and the text of `since` where that was said."""
    if since is not None:
        if taken is not None or at is not None:
            raise UsageError("`since` and `taken`/`at` are two ways to say the same", hint="give one of them")
        lengths = _lengths(since)
        return (lengths[0].seconds, lengths[-1].seconds), " to ".join([each.text for each in lengths])
    if taken is None and at is None:
        return None, None
    if taken is None or at is None:
        missing = "taken" if taken is None else "at"
        hint = f'give `{missing}` too; "now" is understood'
        raise UsageError(
            f"`{missing}` is missing: when was {'the dose' if missing == 'taken' else 'the sample'}?", hint=hint
        )
    from ketref.model import times

    return times.elapsed(taken, at), None


def written(tz: object, dates: object) -> Notation | None:
    """How the times of a question are written, None where nothing is said of that. Raises UsageError."""
    if tz is None and dates is None:
        return None
    from ketref.model import times

    return times.notation(tz, dates)


def _moments(taken: object, at: object, notation: Notation | None) -> tuple[Instant | None, Instant | None]:
    """When the dose was taken and the moment asked about, as moments that compare. Raises UsageError."""
    if taken is None and at is None:
        return None, None
    from ketref.model import times

    found = [None if value is None else times.instant(value, notation or times.PLAIN) for value in (taken, at)]
    if None in found:
        return found[0], found[1]
    dosed, sampled = times.on_one_clock([moment for moment in found if moment is not None])
    return dosed, sampled


def _granted(taken: Instant, at: Instant) -> dict[str, Any]:
    """What moments on one clock take for granted."""
    from ketref.model import times

    local = taken.naive and times.clocks_may_change(taken.span, at.span)
    return {"moments": (taken, at), "assumes": tuple(times.assumed([taken, at])), "local": local}


def length(value: object, name: str) -> Duration:
    """A length of time, as text or as a timedelta. Raises UsageError."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        return units.duration(value)
    if isinstance(value, timedelta):
        return units.timedelta_duration(value)
    if type(value).__name__ == "timedelta64" and isinstance(exact := value.item(), timedelta):  # type: ignore[attr-defined]
        return units.timedelta_duration(exact)  # of an array
    hint = 'write a duration such as "36 h", or give a timedelta'
    raise UsageError(f"`{name}` is a bare number or no duration: {quoted(value)}", value=value, hint=hint)


# ---------------------------------------------------------------- amounts


def _doses(
    book: Book, dose: object, weight: object, lasting: Duration | None
) -> tuple[Quantity | None, Quantity | None, Quantity | None]:
    """The dose in mg and in mg/kg; a weight turns the one into the other, a duration a rate into a dose."""
    body = None if weight is None else possible(book, _amount(weight, "weight", units.WEIGHT), "weight")
    if dose is None:
        return None, None, body
    given = _amount(dose, "dose", units.DOSE, units.DOSE_PER_KG, *conversions.OF_RATE)
    if given.base in conversions.OF_RATE:
        if lasting is None:
            hint = f"give `infusion` too (or the end of the dose), or the dose in {conversions.OF_RATE[given.base]}"
            raise UsageError(f"`{dose}` is a rate: how long was it given?", value=dose, hint=hint)
        given = conversions.over(given, lasting)
    given = possible(book, given, "dose")
    if given.base == units.DOSE:
        return given, None if body is None else units.per_kilogram(given, body), body
    return None if body is None else units.total(given, body), given, body


def _cutoff(book: Book, matrix: str | None, analyte: str | None, cutoff: object) -> Quantity:
    if matrix is None:
        raise UsageError("a cutoff belongs to a specimen", value=cutoff, hint="name the matrix too")
    found = concentration(book, matrix, analyte, cutoff, "cutoff")
    return found if isinstance(cutoff, Quantity) else possible(book, found, "cutoff")


def concentration(book: Book, matrix: str, analyte: str | None, given: object, name: str) -> Quantity:
    """A concentration of an analyte in a specimen, in its unit of mass. Raises UsageError."""
    specimen = book.vocabularies["matrix"].terms[matrix]
    base: Any = specimen.concentration
    molar = [conversions.MOLAR_OF[base]] if base in conversions.MOLAR_OF else []
    if isinstance(given, Quantity) and given.base not in specimen.concentrations:
        given = conversions.in_mass(given, specimen.concentrations)
    found = _amount(given, name, *specimen.concentrations, *molar)
    if found.base in specimen.concentrations:
        return found
    term = book.vocabularies["analyte"].terms.get(analyte or ANY)
    if term is None or term.id == ANY:
        message = f"`{given}` is a molar {name}: of which analyte?"
        raise UsageError(message, value=given, hint=f"name the analyte, or give it in {base}")
    if term.molar_mass is None:
        message = f"`{given}` is molar, and no molar mass of {term.id} is known"
        raise UsageError(message, value=given, hint=f"give it in {base}")
    return conversions.by_mass(found, base, round(term.molar_mass * units.ONE), term.id, term.source)


def _amount(value: object, name: str, *bases: str) -> Quantity:
    if isinstance(value, Quantity) and value.base in bases:
        return value
    bare = str(value).strip() if isinstance(value, str) or _few_digits(value) else ""
    if name in BARE and _DECIMAL.fullmatch(bare):
        meant = f"{bare} {BARE[name]}"
        return evolve(_read(meant, *bases), read_as=f"{name} {bare} read as {meant}")
    if not isinstance(value, str):
        such = f"{value:g}" if _few_digits(value) else "25"
        raise UsageError(
            f"`{name}` needs a unit: {quoted(value)}", value=value, hint=f'write it as text, "{such} {bases[0]}"'
        )
    try:
        return _read(value, *bases)
    except units.TooLargeError as error:
        raise UsageError(f"{error.value} is not a {name}", value=error.value, hint=error.hint) from None


def _few_digits(value: object) -> TypeGuard[float]:
    """Whether a value is a number that people would write."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MANY


_MANY = 10**9


@lru_cache(maxsize=4096)
def _read(text: str, *bases: str) -> Quantity:
    """An amount in its base unit; what something else turns into another one is as it was written."""
    found = units.quantity(text, *bases)
    return found if found.base in _CONVERTED else units.canonical(found)


_CONVERTED = {*conversions.OF_RATE, *conversions.MOLAR_OF.values()}


def possible(book: Book, amount: Quantity, name: str, zero: bool = False) -> Quantity:
    """The amount, which may be `zero` only where that is said. Raises UsageError where there can be none of so much."""
    above, most = book.limits.get(amount.base, ANY_AMOUNT)
    if above < amount.value <= most or (zero and not amount.value):
        return amount
    low, high = (units.canonical(Quantity(end, amount.base, "")) for end in (above, most))
    hint = (
        f"check the number and its unit, or leave it out; by the rules a {name} is more than {low} and at most {high}"
    )
    raise UsageError(f"{amount} is not a {name}", value=amount.text, hint=hint, column=name)


AT_ONCE = units.SECONDS["min"]
"""How long an administration takes at most that counts as given at once, its end not being known: a convention."""


def _lasting(book: Book, route: str | None, lasted: Duration) -> tuple[str | None, Duration | None]:
    """The route of a dose that took so long, and how long it is known to have taken.

    Raises UsageError where no administration by that route takes so long.
    """
    if lasted.seconds <= AT_ONCE:
        return _at_once(book).get(route or "", route), None
    route = _with_duration(book, route)
    longest = longest_of(book)[route]
    if lasted.seconds > longest.seconds:
        what = f"one {route} administration" if route else "one administration"
        hint = f"at most {longest}; where it stands for many doses, give `frequency` (QD, BID, ...) or `interval`"
        raise UsageError(f"`{lasted}` is too long for {what}", value=str(lasted), hint=hint, column="infusion")
    return route, lasted


@kept
def longest_of(book: Book) -> dict[str | None, Duration]:
    """How long an administration by each route takes at most, that of a route that is not said (None) too."""
    routes = book.vocabularies["route"]
    found: dict[str | None, Duration] = {None: LONGEST_ADMINISTRATION}
    for term in routes.terms:
        said = (routes.terms[above].longest for above in routes.line(term))
        found[term] = next((longest for longest in said if longest is not None), LONGEST_ADMINISTRATION)
    return found


LONGEST_ADMINISTRATION = Duration(366 * units.SECONDS["d"], "366 d")
"""The same where the terms of a book do not say it."""
STILL_GOING_ON = Duration(units.LONGEST, "an open time")
"""How long an administration took of which it is said that it goes on: until any moment that is asked about."""


@kept
def _at_once(book: Book) -> dict[str, str]:
    """What each route is without a duration where it could have had one: what is neither it nor an infusion of it."""
    infusions = _infusions(book)
    terms = book.terms.route
    return {term.parent: term.id for term in reversed(terms) if term.parent in infusions and not term.infusion}


def _with_duration(book: Book, route: str | None) -> str | None:
    """What a route becomes by having a duration: intravenous becomes an infusion, and a bolus has none."""
    if not may_last(book, route):
        parent = book.vocabularies["route"].terms[str(route)].parent
        raise UsageError(f"`{route}` has no duration", value=route, hint=f"leave it out, or ask for `{parent}`")
    return _infusions(book).get(route or "", route)


def may_last(book: Book, route: str | None) -> bool:
    """Whether an administration by a route can have a duration: a bolus, which stands beside an infusion, has none."""
    return route not in _at_once(book).values()


def may_go_on(book: Book, route: str | None) -> bool:
    """Whether an administration by a route may take as long as any: one that is going on may be so at any moment.

    Of a route that is not said that is not known.
    """
    return (
        route is not None
        and may_last(book, route)
        and longest_of(book)[route].seconds >= LONGEST_ADMINISTRATION.seconds
    )


@kept
def _infusions(book: Book) -> dict[str, str]:
    """The infusion that each route becomes by having a duration."""
    return {term.parent: term.id for term in book.terms.route if term.infusion and term.parent is not None}


# ---------------------------------------------------------------- who and what


def _source(book: Book, source: object) -> str:
    if isinstance(source, str) and source in book.sources:
        return source
    raise unknown_option("source", source, book.sources)


def _factors(book: Book, given: Mapping[str, object], weight: Quantity | None) -> dict[str, str]:
    """The factors that the asker gave, each understood or refused."""
    vocabulary = book.vocabularies["factor"]
    found: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        factor = _factor(vocabulary, name)
        text = units.text_of(value).strip().casefold()
        if book.says_nothing(value) and text not in vocabulary.terms[factor].values and not _no_number(value):
            continue
        found[factor] = _factor_value(vocabulary.terms[factor], value)
    if weight is not None and "weight" in vocabulary:
        found["weight"] = weight.text.removesuffix(f" {weight.base}")
    return found


def _no_number(value: object) -> bool:
    """Whether a value is NaN, as text as much as as a float: no word of a person but a slip of a program."""
    return units.text_of(value).strip().casefold() == "nan"


def _factor(vocabulary: Vocabulary[FactorTerm], name: str) -> str:
    """What a further keyword means: a factor, or nothing, and then perhaps a misspelt one of ours."""
    try:
        return vocabulary.resolve(name)
    except UsageError:
        options = [option for option in (*vocabulary.terms, *_OPTIONS) if option != name]
        hint = f"it is `{ALIASES[name]}`" if name in ALIASES else ""
        raise unknown_option("option or factor", name, options, hint=hint) from None


_OPTIONS = (*SAID_BY["detect"], *NOTATION, "rules")


def _factor_value(term: FactorTerm, value: object) -> str:
    text = units.text_of(value).strip()
    if term.values:
        if text.casefold() in term.values:
            return text.casefold()
        raise unknown_option(term.id, value, term.values)
    text = text.removesuffix(term.unit).strip()
    if not _NUMBER.fullmatch(text) or not term.least <= float(text) <= term.most:
        hint = f"a number of {term.unit} from {term.least:g} to {term.most:g}, which are the limits of the rule set"
        raise UsageError(f"`{quoted(value)}` is not the {term.id} of a person in {term.unit}", value=value, hint=hint)
    return text.removesuffix(".0")
