"""What did a test find: what do its outcome, its value and its limits say of the specimen?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from attrs import evolve, frozen

from ketref.answers.question import concentration, possible
from ketref.book.loading import Book, kept
from ketref.errors import UsageError, quoted
from ketref.model import units
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY, fold
from ketref.person.doses import with_unit

KEYS = ("outcome", "cutoff", "cutoff_unit", "value", "comparator", "lod", "loq")
Outcome = Literal["positive", "negative", "says_nothing"]
Silent = Literal["outcome", "limit"]
"""Why an outcome says nothing: it is no finding, or it is less than a limit that is not said."""
POSITIVE, NEGATIVE, BELOW, NOTHING = "positive", "negative", "below-quantification", "says-nothing"
"""The terms of the outcomes of a book."""
_COMPARATORS = {"": "", "=": "", "<": "<", "<=": "<=", "\u2264": "<=", ">": ">", ">=": ">=", "\u2265": ">="}
_VALUE = re.compile(r"(<=|>=|<|>|=|\u2264|\u2265|)\s*(\S.*)", re.DOTALL)
_FLAGGED = re.compile(r"(.{1,100}?\w)(?:\s+|(?=\W))(\W{0,3}\w{0,20}\W{0,3})", re.DOTALL)
_LEAST = 1  # the step in which concentrations are counted


@frozen
class Said:
    """What a result says: at this cutoff (None: unsaid) the specimen is positive, or it is not."""

    positive: bool
    cutoff: Quantity | None


@frozen
class Found:
    """What a test found.

    `said` begins with its outcome, and a value or a limit says more; it is empty where `silent` tells why it says
    nothing. `value` is what was measured, as written; `read_as` tells how molar concentrations were understood.
    """

    outcome: Outcome
    said: tuple[Said, ...]
    cutoff: Quantity | None = None
    value: str | None = None
    lod: Quantity | None = None
    loq: Quantity | None = None
    silent: Silent | None = None
    read_as: tuple[str, ...] = ()
    between: tuple[Quantity | None, Quantity | None] = (None, None)
    """At least how much there is by the value, and less than how much."""


@frozen
class _Measured:
    """What a value says: the specimen holds at least `low`, and less than `high`; or it is `unquantified`.

    `amount` is the concentration that it names.
    """

    low: Quantity | None = None
    high: Quantity | None = None
    unquantified: bool = False
    amount: Quantity | None = None


def found(book: Book, matrix: str, given: Mapping[str, Any], analyte: str = ANY) -> Found:
    """What the outcome, the value and the limits of a result say, which are a mapping with some of `KEYS`.

    Molar concentrations are those of the `analyte`. Of a negative no value makes a positive: without a cutoff it is one
    at a cutoff above what was measured. What was detected below the limit of quantification is a positive at the limit
    of detection, and a negative at that of quantification. Without an outcome the value decides: a word by itself, a
    number by the cutoff. Raises UsageError where something is not understood, or where one contradicts another.
    """
    value = _value_text(given)
    term = _outcome(book, given["outcome"]) if "outcome" in given else None if value is None else _word(book, value)
    if term is None and value is None:
        hint = "positive or negative, or a `value` with its `cutoff`"
        raise UsageError("`outcome` is missing: what did the test find?", hint=hint, column="outcome")
    if term == NOTHING:
        return Found("says_nothing", (), value=value, silent="outcome")
    cutoff, lod, loq = (_concentration(book, matrix, analyte, name, given) for name in ("cutoff", "lod", "loq"))
    _refuse_limits(lod, loq)
    measured = _measured(book, matrix, analyte, term, value, given)
    if term is None:
        term = _decided(measured, cutoff, value)
    if lod is not None and measured.high is not None and measured.high.value <= lod.value:
        if term == POSITIVE:
            hint = "correct the value, the limit or the outcome"
            message = f"`{value}` contradicts a positive: the limit of detection is {lod}"
            raise UsageError(message, value=value, hint=hint)
        term = NEGATIVE
    amounts = (cutoff, measured.amount, lod, loq)
    read_as = dict.fromkeys(amount.read_as for amount in amounts if amount is not None and amount.read_as)
    return evolve(
        _found(term, value, measured, cutoff, lod, loq), read_as=tuple(read_as), between=(measured.low, measured.high)
    )


def _found(
    term: str,
    value: str | None,
    measured: _Measured,
    cutoff: Quantity | None,
    lod: Quantity | None,
    loq: Quantity | None,
) -> Found:
    if term == BELOW or (term == POSITIVE and _is_unquantified(measured, loq)):
        limit = loq or measured.high
        return _unquantified(term == POSITIVE, value, cutoff, lod, limit)
    if cutoff is not None:
        _refuse_against_cutoff(term == POSITIVE, measured, cutoff, value)
    high = measured.high or (loq if measured.unquantified else None)
    at = cutoff
    if term == NEGATIVE and cutoff is None:  # which then lies above what was measured
        at = high or (None if measured.low is None else _above(measured.low))
    said = [Said(term == POSITIVE, at)]
    if term == POSITIVE and measured.low is not None:
        said.append(Said(True, measured.low))
    if high is not None:
        said.append(Said(False, high))
    if term == NEGATIVE and lod is not None and (at is None or lod.value >= at.value):
        said.append(Said(False, lod))
    return Found("positive" if term == POSITIVE else "negative", tuple(dict.fromkeys(said)), cutoff, value, lod, loq)


def _unquantified(
    detected: bool, value: str | None, cutoff: Quantity | None, lod: Quantity | None, limit: Quantity | None
) -> Found:
    """What lies below the limit of quantification: detected where this is said, or a limit of detection is."""
    above = cutoff is not None and (limit is None or cutoff.value < limit.value)
    less = () if limit is None else (Said(False, limit),)
    if detected or lod is not None:
        first = Said(True, cutoff if above and detected else lod)
        return Found("positive", (first, *less), cutoff, value, lod, limit)
    if limit is None:
        return Found("says_nothing", (), cutoff, value, silent="limit")
    first = Said(False, limit if cutoff is None or above else cutoff)
    return Found("negative", tuple(dict.fromkeys((first, *less))), cutoff, value, lod, limit)


# ---------------------------------------------------------------- words


def _outcome(book: Book, word: object) -> str:
    """The term of an outcome, without the flag that a laboratory put after it. Raises UsageError."""
    text = units.text_of(word)
    return _meant(book, text) or book.vocabularies["outcome"].resolve(text)


def _meant(book: Book, text: str) -> str | None:
    """The term of an outcome, which says nothing where it is doubted; None where no word of it is."""
    known = book.vocabularies["outcome"]
    sure = text
    for doubt in book.terms.outcome_doubts:
        sure = sure.replace(doubt, " ")
    if sure != text:
        return NOTHING if _meant(book, sure) else None
    if not known.knows(text):
        match = _FLAGGED.fullmatch(text.strip())
        if match is None or fold(match[2]) not in _flags(book) or not known.knows(match[1]):
            return None
        text = match[1]
    return known.resolve(text)


@kept
def _flags(book: Book) -> frozenset[str]:
    return frozenset(fold(flag) for flag in book.terms.outcome_flags)


# ---------------------------------------------------------------- values


def _value_text(given: Mapping[str, Any]) -> str | None:
    """The value as written, with the comparator that stands in a column of its own. Raises UsageError."""
    comparator = units.text_of(given.get("comparator", "")).strip()
    if comparator not in _COMPARATORS:
        hint = "one of <, <=, =, >=, >"
        raise UsageError(f"unknown comparator `{quoted(comparator)}`", value=comparator, hint=hint)
    if "value" not in given:
        if _COMPARATORS[comparator]:
            raise UsageError(f"`{comparator}` compares with no value", value=comparator, hint="give the `value` too")
        return None
    text = units.text_of(given["value"]).strip()
    match = _VALUE.fullmatch(text)
    own = match[1] if match else ""
    if own and comparator and _COMPARATORS[own] != _COMPARATORS[comparator]:
        message = f"`{text}` has another comparator than `{comparator}`"
        raise UsageError(message, value=text, hint="give it once: in the value or in `comparator`")
    return text if own or not _COMPARATORS[comparator] else f"{comparator}{text}"


def _measured(
    book: Book, matrix: str, analyte: str, term: str | None, value: str | None, given: Mapping[str, Any]
) -> _Measured:
    """What a value says: a concentration, with a comparator where it has one, or a word as for an outcome."""
    if value is None:
        return _Measured()
    word = _word(book, value)
    if word is not None:
        if word in {POSITIVE, NEGATIVE} and word != term != BELOW:
            hint = "correct the value or the outcome"
            raise UsageError(f"`{value}` contradicts a {term}", value=value, hint=hint)
        return _Measured(unquantified=word == BELOW)
    match = _VALUE.fullmatch(value)
    comparator, amount = (_COMPARATORS[match[1]], match[2]) if match else ("", "")
    amount = _concentration(book, matrix, analyte, "value", {**given, "value": amount})
    if amount is None:
        raise UsageError(f"`value` is not a concentration: {quoted(value)}", value=value)
    if comparator == "<" and amount.value == 0:
        raise UsageError("`value` is less than nothing", value=value, hint="give the limit of the method")
    if term == POSITIVE and amount.value == 0 and comparator in {"", "<="}:
        hint = "give what was measured, or leave it out"
        raise UsageError(f"`{value}` contradicts a positive: there is nothing of it", value=value, hint=hint)
    above = _above(amount)
    low = amount if comparator in {"", ">", ">="} and amount.value else None
    return _Measured(low, {"": above, "<=": above, "<": amount}.get(comparator), amount=amount)


def _above(amount: Quantity) -> Quantity:
    """The least concentration that is more."""
    return units.canonical(Quantity(amount.value + _LEAST, amount.base, ""))


def _decided(measured: _Measured, cutoff: Quantity | None, value: str | None) -> str:
    """The outcome that a concentration is, by the cutoff. Raises UsageError where that does not tell."""
    if cutoff is not None and measured.low is not None and measured.low.value >= cutoff.value:
        return POSITIVE
    if cutoff is not None and measured.high is not None and measured.high.value <= cutoff.value:
        return NEGATIVE
    if cutoff is None:
        message, hint = f"`{value}` has no outcome, and no cutoff that would decide", "give the `cutoff`"
    else:
        message, hint = (
            f"`{value}` does not say on which side of the cutoff of {cutoff} it lies",
            "give what was measured",
        )
    raise UsageError(message, value=value, hint=f"{hint}, or the `outcome`", column="value")


def _word(book: Book, value: str) -> str | None:
    """The outcome that stands where a value should, None where it is none."""
    return _meant(book, value)


def _is_unquantified(measured: _Measured, loq: Quantity | None) -> bool:
    """Whether what was measured is less than the limit of quantification."""
    if measured.unquantified:
        return True
    return loq is not None and measured.high is not None and measured.high.value <= loq.value


def _refuse_limits(lod: Quantity | None, loq: Quantity | None) -> None:
    for name, limit in (("lod", lod), ("loq", loq)):
        if limit is not None and limit.value == 0:
            raise UsageError(f"`{name}` is zero: no method finds nothing", value=str(limit), hint="leave it out")
    if lod is not None and loq is not None and lod.value > loq.value:
        message = f"`lod` {lod} is more than `loq` {loq}"
        raise UsageError(message, value=str(lod), hint="what can be measured can be detected: correct one of them")


def _refuse_against_cutoff(positive: bool, measured: _Measured, cutoff: Quantity, value: str | None) -> None:
    too_little = positive and measured.high is not None and measured.high.value <= cutoff.value
    too_much = not positive and measured.low is not None and measured.low.value >= cutoff.value
    if too_little or too_much:
        message = f"`{value}` contradicts a {'positive' if positive else 'negative'} at a cutoff of {cutoff}"
        hint = "correct the value, the cutoff or the outcome"
        if too_little:
            hint += "; what was detected below the limit of quantification needs that limit, `loq`"
        raise UsageError(message, value=value, hint=hint)


def _concentration(book: Book, matrix: str, analyte: str, name: str, given: Mapping[str, Any]) -> Quantity | None:
    """A concentration; a bare number is in `cutoff_unit`, and, beside the cutoff, in its unit."""
    if name not in given:
        return None
    value, unit = given[name], given.get("cutoff_unit")
    if unit is None and name != "cutoff":
        unit = _unit(given.get("cutoff"))
    base = book.vocabularies["matrix"].terms[matrix].concentration
    text = units.text_of(value if unit is None else with_unit(value, unit))
    if not text.strip()[-1:].isalpha():
        message, hint = f"`{name}` needs a unit: {quoted(value)}", f'write "25 {base}", or `cutoff_unit`'
        if name == "value" and not {"outcome", "cutoff"} & given.keys():  # which is lacking next
            message += ", and there is no outcome, nor a cutoff that would decide"
            hint += "; and give the `cutoff`, or the `outcome`"
        raise UsageError(message, value=value, hint=hint)
    found = concentration(book, matrix, analyte, text, name)
    return possible(book, found, name, zero=name != "cutoff")


def _unit(cutoff: object) -> str | None:
    """The unit in which a cutoff is written."""
    words = units.text_of(cutoff).split() if cutoff is not None else []
    match = re.search(r"[^\W\d].*", words[-1]) if words else None
    return match[0] if match else None
