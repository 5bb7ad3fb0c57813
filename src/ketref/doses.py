"""Which doses did a person take, when, and how?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from ketref import times
from ketref.errors import UsageError, quoted, unknown_option
from ketref.loading import Book
from ketref.times import Instant
from ketref.understanding import Question, understand
from ketref.units import WEIGHT, Duration, duration_of, text_of

R = TypeVar("R")
T = TypeVar("T")
KEYS = ("subject", "substance", "start", "start_latest", "end", "infusion", "route", "dose", "dose_unit", "weight")
ALSO = {"taken": "start"}
MOST_TOLD = 20
MOST_RECORDS = 5000  # doses of one person, or results


@frozen(eq=False)
class Dose:
    """One administration: when it started, and in `question` what was taken, how, how much and for how long."""

    start: Instant
    question: Question

    @property
    def substance(self) -> str:
        """What was taken."""
        return self.question.substance

    @property
    def by_the_day(self) -> bool:
        """Whether its start is known to the day at best."""
        return self.start.by_the_day


def understood_doses(book: Book, doses: Iterable[object]) -> list[Dose]:
    """The doses of one person, in the given order.

    A dose is a mapping, or an object with such attributes: `substance` and `start` (also `taken`), and where known
    `start_latest`, `end` or `infusion`, `route`, `dose` ("84 mg", or a number with `dose_unit`) and `weight` ("70 kg",
    a number is kg). None, "", NaN, NaT and NA are unsaid. Raises UsageError, which lists every dose that is not
    understood.
    """
    given = of_one_person(doses, "doses", KEYS, ALSO)
    found = understood(given, "dose", lambda dose: understood_dose(book, dose))
    one_kind_of_time(dose.start for dose in found)
    return found


def understood_dose(book: Book, given: Mapping[str, Any]) -> Dose:
    """What one dose means, of which only what is said is given. Raises UsageError."""
    if "start" not in given:
        raise UsageError("`start` is missing: when was the dose?", hint="give a time or a date")
    if "substance" not in given:
        raise UsageError("`substance` is missing: what was taken?", hint=f"one of {', '.join(book.substances)}")
    start = span_of(given["start"], given.get("start_latest"), "start")
    asked = {key: given[key] for key in ("route", "infusion", "dose", "weight") if key in given}
    if "dose_unit" in given:
        asked["dose"] = with_unit(given.get("dose", ""), given["dose_unit"])
        if asked["dose"] is given.get("dose"):
            raise UsageError(f"`{given['dose']}` and `{given['dose_unit']}` are two units", hint="give one of them")
    if "weight" in asked:
        asked["weight"] = with_unit(asked["weight"], WEIGHT)
    if "end" in given:
        if "infusion" in given:
            raise UsageError("`end` and `infusion` are two ways to say the same", hint="give one of them")
        asked["infusion"] = _duration(start, times.instant(given["end"]))
    return Dose(start, understand(book, given["substance"], **asked))


def _duration(start: Instant, end: Instant) -> Duration:
    """How long an administration took, from its start and its end."""
    if start.low != start.high or end.low != end.high:
        hint = "give exact times, or `infusion` with a duration"
        raise UsageError(f"`{start.text}` to `{end.text}` has no exact duration", value=end.text, hint=hint)
    _, seconds = times.elapsed(start, end)
    return duration_of(seconds)


# ---------------------------------------------------------------- records of any kind


def with_unit(value: object, unit: object) -> object:
    """A bare number with the unit that belongs to it; what has a unit as it is."""
    number = f"{value:.12g}" if isinstance(value, float) else text_of(value).strip()
    return value if number[-1:].isalpha() else f"{number} {text_of(unit)}"


def of_one_person(
    records: Iterable[object], what: str, keys: Iterable[str], also: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What each record says under some keys; all are of one `subject`. Raises UsageError."""
    listed = list_of(records)
    if listed is None:
        hint = "such as [{'substance': 'ketamine', 'start': '2026-03-01T14:30+01:00'}]" if what == "doses" else ""
        raise UsageError(f"the {what} are no list: {quoted(records)}", value=records, hint=hint)
    if len(listed) > MOST_RECORDS:
        hint = f"give at most {MOST_RECORDS}; samples of many people are a matter for `ketref evaluate`"
        raise UsageError(f"{len(listed)} {what} of one person", value=len(listed), hint=hint)
    given = [fields(record, keys, also) for record in listed]
    subjects = {text_of(record["subject"]) for record in given if "subject" in record}
    if len(subjects) > 1:
        few = ", ".join(sorted(subjects)[:5])
        raise UsageError(f"the {what} are of {len(subjects)} subjects: {few}", hint="give those of one person")
    return given


def fields(record: object, keys: Iterable[str], also: Mapping[str, str]) -> dict[str, Any]:
    """What a mapping or an object says under some keys, or under other names of them. Raises UsageError."""
    known = (*keys, *also)
    if isinstance(record, Mapping):
        for key in record:
            if key not in known:
                raise unknown_option("key", key, known)
        found = dict(record)
    else:
        found = {key: getattr(record, key) for key in known if hasattr(record, key)}
    said = {key: value for key, value in found.items() if not unsaid(value)}
    for other, key in also.items():
        if other in said:
            if key in said:
                raise UsageError(f"`{other}` and `{key}` are two words for the same", hint="give one of them")
            said[key] = said.pop(other)
    return said


def list_of(given: object) -> list[Any] | None:
    """What a list or something like it holds; None of what is one thing, as a text or a mapping is."""
    if isinstance(given, str | bytes | Mapping):
        return None
    try:
        return list(cast("Iterable[Any]", given))
    except TypeError:
        return None


def unsaid(value: object) -> bool:
    """Whether a value stands for none: "", None, NA, or what differs from itself, as NaN and NaT do."""
    if value is None or isinstance(value, str):
        return not value
    try:
        return type(value).__name__ == "NAType" or bool(value != value)
    except Exception:  # an array, or whatever else cannot be compared, says something, be it no use
        return False


def understood(records: Iterable[R], what: str, meaning: Callable[[R], T]) -> list[T]:
    """What each record means. Raises UsageError, which lists every one that is not understood, counted from 1."""
    found: list[T] = []
    problems: list[UsageError] = []
    for number, record in enumerate(records, 1):
        try:
            found.append(meaning(record))
        except UsageError as error:
            error.args = (f"{what} {number}: {error}",)
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise UsageError(*_told(problems), value=[problem.value for problem in problems])
    return found


def _told(problems: list[UsageError]) -> Iterator[str]:
    yield f"{len(problems)} records are not understood:"
    for problem in problems[:MOST_TOLD]:
        yield f"  {problem}" + (f" ({problem.hint})" if problem.hint else "")
    if len(problems) > MOST_TOLD:
        yield f"  and {len(problems) - MOST_TOLD} more"


def span_of(earliest: object, latest: object, name: str) -> Instant:
    """A moment that is a range where its `latest` is given too."""
    first = times.instant(earliest)
    if latest is None:
        return first
    last = times.instant(latest)
    one_kind_of_time([first, last])
    if last.high < first.low:
        raise UsageError(f"`{name}_latest` lies before `{name}`", value=latest, hint="earliest first")
    return evolve(first, high=max(first.high, last.high), text=f"{first.text} to {last.text}")


def one_kind_of_time(moments: Iterable[Instant]) -> None:
    """Refuse moments of which some have a zone and some have none. Raises UsageError."""
    found = {moment.naive: moment for moment in moments}
    if len(found) > 1:
        hint = f"give all with a zone, or none; `{found[False].text}` has one"
        raise UsageError(f"`{found[True].text}` has no time zone", value=found[True].text, hint=hint)
