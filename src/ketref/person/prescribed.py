"""What is a person prescribed, and for which doses before a specimen does that stand?

A prescription tells how often, and not when. It is taken to be in force until the specimen: the doses of the last day,
two of them at least, as taken, and those before, back to the longest time by which a pattern of use is known, as
perhaps taken, unless it is said since when it is in force. Each lies within its interval: nobody knows where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from ketref.answers.question import Question, understand
from ketref.book.loading import Book, kept
from ketref.errors import UsageError, close, quoted
from ketref.model import times, units
from ketref.model.times import DAY, SECOND, Instant, Notation
from ketref.model.units import SECONDS, Duration, duration_of
from ketref.model.vocabulary import fold
from ketref.person.doses import Dose
from ketref.person.records import fields, list_of
from ketref.person.regimens import Regimen, interval_said
from ketref.person.timeline import thresholds

KEYS = ("substance", "dose", "route", "frequency", "interval", "last", "since")
_SURE = DAY
"""How long before the specimen a regimen is taken to have been taken as it is prescribed: a convention."""
_PERHAPS_EVERY = duration_of(SECONDS["d"])
"""How often what is taken as needed may have been taken: a convention."""
_TOLD = re.compile(r"[,;]?\s*\b(last|since)\b\s*(?:dose|taken|on|at|:)*\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"[;\n]+(?!\s*(?:last|since)\b)", re.IGNORECASE)
_UNIT = "(?:mg|g|ug|mcg|\u00b5g|\u03bcg)"
_STRENGTHS = re.compile(
    rf"(?<![\w.])((?:\d[\d.,]*\s?{_UNIT}?\s?[/-]\s?)*\d[\d.,]*\s?{_UNIT}(?:/kg)?)(?![\w/])", re.IGNORECASE
)
"""How much of a drug is taken at once; of a combination how much of each part, as in 5/325 mg."""
_RATE = re.compile(rf"(?<![\w.])\d[\d.,]*\s?{_UNIT}\s?/\s?(?:\d*\s?(?:hr?s?|hours?|d|days?|ml))\b", re.IGNORECASE)
"""How much of a drug is given off in a time, or is in a volume: no dose that is taken at once."""
_OF_ONE = re.compile(rf"(\d[\d.,]*)\s?({_UNIT}(?:/kg)?)?", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:\bw/|[/+-]|\band\b|\bwith\b)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})?")
_RANGE = re.compile(rf"{_NUMBER.pattern}\s?-\s?{_NUMBER.pattern}")


@frozen(eq=False)
class Prescription:
    """A regimen without exact times: of what (`substance` is None where the book has no rule on it), how, how often.

    Without an `interval` it is taken as needed, or nobody said how often. `last` is when it was last taken, `since`
    from when on it is in force. It is not `understood` where the book does not know the drug at all.
    """

    text: str
    name: str
    substance: str | None
    question: Question | None
    route: str | None
    interval: Duration | None
    last: Instant | None = None
    since: Instant | None = None
    unread: tuple[str, ...] = field(default=())
    understood: bool = True

    @property
    def has_no_dose(self) -> bool:
        """Whether something of it was not read that may be its dose, of which nothing else is known."""
        dose = self.question.dose if self.question else None
        return dose is None and any(character.isdigit() for word in self.unread for character in word)

    @property
    def moments(self) -> tuple[Instant, ...]:
        """The moments that it names."""
        return tuple(moment for moment in (self.last, self.since) if moment is not None)


def understood_prescriptions(book: Book, prescribed: Iterable[object], notation: Notation) -> list[Prescription]:
    """What is prescribed: texts such as "oxycodone 10 mg oral QID, last taken 2026-11-27 08:00", or mappings.

    A mapping has `substance`, and where known `dose`, `route`, `frequency` or `interval`, `last` and `since`. A text
    may hold several, with `;` or the end of a line between them; a combination stands for each of its parts. Raises
    UsageError where one of them is not understood, a substance above all: a drug that the book has no rule on is named.
    """
    listed = [prescribed] if isinstance(prescribed, str | Mapping) else list_of(prescribed)
    if listed is None:
        hint = 'such as ["oxycodone 10 mg oral QID"]'
        raise UsageError(f"what is prescribed is not a list: {quoted(prescribed)}", value=prescribed, hint=hint)
    found: list[Prescription] = []
    for number, one in enumerate((part for text in listed for part in _separate(text)), 1):
        try:
            if not book.says_nothing(one):
                found += _understood(book, one, notation)
        except UsageError as error:
            error.args = (f"prescription {number}: {error}",)
            raise
    return found


def _separate(one: object) -> Iterator[object]:
    """The prescriptions of a text; anything else is one."""
    if not isinstance(one, str):
        yield one
        return
    yield from [part.strip() for part in _BETWEEN.split(one) if part.strip()] or [one]


def _understood(book: Book, one: object, notation: Notation) -> Iterator[Prescription]:
    """A prescription; of a combination that of each of its parts."""
    text = one.strip() if isinstance(one, str) else ""
    said = _said_in(book, text) if isinstance(one, str) else fields(one, KEYS, {})
    if "substance" not in said:
        raise UsageError(f"no substance is named: {quoted(one)}", value=one, hint='such as "oxycodone 10 mg oral QID"')
    moments = {key: times.instant(said[key], notation) for key in ("last", "since") if key in said}
    route = book.vocabularies["route"].resolve(said["route"]) if "route" in said else None
    interval = _interval(book, said)
    word = str(said["substance"])
    parts = _parts_of(book, word)
    if not parts:
        _refuse_slips(book, word)
    doses = _doses_of_parts(said.get("dose"), len(parts or (word,)))
    unread = list(said.get("unread", ()))
    if "dose" in said and not any(doses):
        unread.append(str(said["dose"]))
    for part, dose in zip(parts or (word.casefold(),), doses, strict=True):
        named = part if part in book.folders else None
        asked: dict[str, Any] = {"dose": dose, "route": said.get("route")}
        asked = {key: value for key, value in asked.items() if value is not None}
        yield Prescription(
            text=text or ", ".join(f"{key} {value}" for key, value in said.items()),
            name=part,
            substance=named,
            question=None if named is None else understand(book, named, **asked),
            route=route,
            interval=interval,
            unread=tuple(unread),
            understood=bool(parts),
            **moments,
        )


def _parts_of(book: Book, word: str) -> tuple[str, ...]:
    """The substances and other drugs that a word means, several for a combination; none where it means none."""
    if word in book.folders:
        return (word,)
    drug = book.drugs.resolve(word) if book.drugs.knows(word) else None
    if drug and (contains := book.drugs.terms[drug].contains):
        return contains
    if (named := book.named_by(word) or drug) is not None:
        return (named,)
    pieces = [piece for piece in _JOINED.split(word) if piece]
    found = [_parts_of(book, piece) for piece in pieces] if len(pieces) > 1 else []
    return tuple(dict.fromkeys(part for parts in found for part in parts)) if all(found) else ()


def _refuse_slips(book: Book, word: str) -> None:
    """Raises UsageError where a word that is no drug of the book looks like a slip for one."""
    drugs = [known for drug in book.drugs.terms.values() for known in (drug.id, *drug.synonyms)]
    if near := book.names.near(word) or close(word, drugs):
        hint = f"did you mean {' or '.join(f'`{name}`' for name in near)}?"
        raise UsageError(f"unknown substance `{quoted(word)}`", value=word, hint=hint, candidates=near)


def _doses_of_parts(dose: object, parts: int) -> list[object]:
    """How much of each part is taken at once; nothing where as many amounts are not said, as of a range."""
    said = _OF_ONE.findall(dose) if isinstance(dose, str) and _STRENGTHS.fullmatch(dose.strip()) else []
    if len(said) < 2:
        return [dose] if parts == 1 else [None] * parts
    unit = said[-1][1]
    return [f"{number} {own or unit}" for number, own in said] if len(said) == parts else [None] * parts


def _interval(book: Book, said: Mapping[str, Any]) -> Duration | None:
    """How often; None as needed, and where nobody said so."""
    if "frequency" in said:
        known = book.vocabularies["frequency"]
        term = known.terms[known.resolve(units.text_of(said["frequency"]))]
        return term.interval if term.fixed else None
    return interval_said(book, said)


# ---------------------------------------------------------------- a line of text


def _said_in(book: Book, text: str) -> dict[str, Any]:
    """What a line says, by the words that the book knows; of others the first name the drug. Raises UsageError."""
    head, *told = _TOLD.split(text)
    said: dict[str, Any] = {
        word.casefold(): value.strip(" ,;.") for word, value in zip(told[::2], told[1::2], strict=True)
    }
    rates = [amount[0] for amount in _RATE.finditer(head)]
    head = _RATE.sub(" | ", head)
    if amount := _STRENGTHS.search(head):
        said["dose"] = amount[0]
        head = f"{head[: amount.start()]} | {head[amount.end() :]}"
    words = [word.strip("()") for word in re.split(r"[\s,;]+", head) if word.strip("().")]
    unread: list[str] = []
    for key, part in _parts(book, words):
        if key == "form":
            if unread and _NUMBER.fullmatch(unread[-1]):
                said["dose"] = _times(said.get("dose"), unread.pop())
            elif unread and _RANGE.fullmatch(unread[-1]):
                said["dose"] = None  # one or two of them
        elif key and (key not in said or _supersedes(book, key, said[key], part)):
            said[key] = part
        elif not key and part != "|":
            unread.append(part)
    if "substance" not in said and unread:
        until = words.index("|") if "|" in words else len(words)
        first = [word for word in words[:until] if word in unread] or unread
        said["substance"] = " ".join(first)
        unread = [word for word in unread if word not in first]
    return {name: value for name, value in said.items() if value is not None} | {"unread": [*unread, *rates]}


def _times(dose: object, count: str) -> object:
    """So many of a dose; None where that is not said, or is of several parts."""
    one = _OF_ONE.fullmatch(dose) if isinstance(dose, str) else None
    if one is None or Decimal(count) == 1:
        return dose
    return f"{(Decimal(one[1].replace(',', '')) * Decimal(count)).normalize():f} {one[2]}"


def _supersedes(book: Book, key: str, before: str, part: str) -> bool:
    """Whether a further word says more than one before it: as needed, beside how often at most. Raises UsageError."""
    if key == "substance":
        one, other = (set(_parts_of(book, word)) for word in (before, part))
        if not (one <= other or other <= one):
            hint = "write each on its own, or `;` between them"
            raise UsageError(f"two drugs in one prescription: {before} and {part}", value=part, hint=hint)
        return len(other) > len(one)
    known = book.vocabularies["frequency" if key == "frequency" else "route"]
    one_term, other_term = known.resolve(before), known.resolve(part)
    if one_term == other_term:
        return False
    fixed = [getattr(known.terms[term], "fixed", True) for term in (one_term, other_term)]
    if all(fixed):
        raise UsageError(f"two words for the {key}: {before} and {part}", value=part, hint="give one of them")
    return not fixed[1]


def _parts(book: Book, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The words of a line, as many together as the book knows as one, each with what it is."""
    at = 0
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            part = " ".join(words[at : at + size])
            if size > 1 and "|" in words[at : at + size]:
                continue
            if key := _is(book, part):
                yield key, part
                break
        else:
            size = 1
            yield "", words[at]
        at += size


_MOST_WORDS = 6


@kept
def _forms(book: Book) -> frozenset[str]:
    return frozenset(map(fold, book.terms.forms))


def _is(book: Book, part: str) -> str:
    """What words are: the name of a drug, a route, a frequency or a form; empty where they are none."""
    if fold(part) in _forms(book):
        return "form"
    if _parts_of(book, part):
        return "substance"
    return next((axis for axis in ("frequency", "route") if book.vocabularies[axis].knows(part)), "")


# ---------------------------------------------------------------- its doses


def doses_of(
    book: Book,
    prescribed: Sequence[Prescription],
    moments: Sequence[Instant],
    specimens: Sequence[Instant],
    numbered: int,
) -> list[Dose]:
    """The doses for which prescriptions stand, up to the last specimen; their numbers follow those already given.

    `moments` are those that the prescriptions name, on the clock of the `specimens`. Raises UsageError where one was
    last taken after all of these.
    """
    placed = iter(moments)
    longest = max((within for _, _, within in thresholds(book)), default=DAY)
    found: list[Dose] = []
    for number, one in enumerate(prescribed, numbered + 1):
        last, since = (None if moment is None else next(placed) for moment in (one.last, one.since))
        if one.substance is not None:
            found += _doses(evolve(one, last=last, since=since), specimens, longest, number)
    return found


def _doses(one: Prescription, specimens: Sequence[Instant], longest: int, number: int) -> Iterator[Dose]:
    first = min(specimens, key=lambda time: time.high)
    last = max(specimens, key=lambda time: time.high)
    if one.last is not None and one.last.low > last.high:
        hint = "correct one of them"
        raise UsageError(f"{one.name} was last taken ({one.last.text}) after the specimen ({last.text})", hint=hint)
    if one.since is not None and one.since.low > last.high:
        hint = "correct one of them, or leave it out: it does not bear on an earlier specimen"
        raise UsageError(
            f"{one.name} is prescribed since {one.since.text}, after the specimen ({last.text})", hint=hint
        )
    every = one.interval or _PERHAPS_EVERY
    step = every.seconds * SECOND
    newest = one.last or evolve(last, low=last.high - step, high=last.high, text="as prescribed", kind="time")
    sure = first.high - max(_SURE, 2 * step) if one.since is None else one.since.low
    back = min(sure, newest.low) - longest if one.since is None else one.since.low
    known = 1 + max(0, (newest.low - sure) // step) if one.interval else int(one.last is not None)
    in_all = max(known, 1 + max(0, (newest.low - back) // step))
    yield from _row(one, newest, every, known, number, doubtful=False, skipped=0)
    yield from _row(one, newest, every, in_all - known, number, doubtful=True, skipped=known)


def _row(
    one: Prescription, newest: Instant, every: Duration, count: int, number: int, *, doubtful: bool, skipped: int
) -> Iterator[Dose]:
    """So many doses, the last of them as many before the newest as are `skipped`."""
    if count < 1 or one.question is None:
        return
    moved = (skipped + count - 1) * every.seconds * SECOND
    start = evolve(newest, low=newest.low - moved, high=newest.high - moved)
    regimen = Regimen(every, count) if count > 1 else None
    yield Dose(start, one.question, number, one.route, doubtful=doubtful, regimen=regimen)
