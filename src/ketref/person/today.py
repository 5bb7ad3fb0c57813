"""Of many people of one day: what holds now, and when may each leave and drive?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ketref.answers.answer import Readable, identity
from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError
from ketref.model.said import Midnight, Moment, Order, Record, Zone
from ketref.model.units import text_of
from ketref.person.history import HistoryAnswer, history
from ketref.person.records import fields, list_of, unsaid
from ketref.person.regimens import Ongoing

if TYPE_CHECKING:
    from ketref.output import person_forms as forms


def today(
    doses: Iterable[Record],
    *,
    at: Moment = "now",
    only: str | Iterable[str] | None = None,
    ongoing: Ongoing | None = None,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
) -> TodayAnswer:
    """What holds at a moment for each of several people, in the order in which they are first named.

    Each dose is as in `history`, with a `subject` that names the person; so are the other arguments. Raises UsageError
    where something is not understood, with the person whose dose it is.
    """
    book = chosen(rules)
    by_person: dict[str, list[Any]] = {}
    for number, record in enumerate(list_of(doses) or [], 1):
        subject = fields(record, ("subject",), {}).get("subject")
        if unsaid(subject):
            message = f"dose {number}: `subject` is missing: whose dose is it?"
            raise UsageError(message, hint="one column names the person", column="subject")
        by_person.setdefault(text_of(subject), []).append(record)
    if not by_person:
        raise UsageError("there are no doses", value=doses, hint="give one at least")
    told = {"at": at, "only": only, "ongoing": ongoing, "tz": tz, "dates": dates, "midnight": midnight, "rules": book}
    return TodayAnswer(book, {name: _of(name, records, told) for name, records in by_person.items()})


def _of(name: str, records: list[Any], told: dict[str, Any]) -> HistoryAnswer:
    """The history of one person. Raises UsageError with the name."""
    try:
        return history(records, **told)
    except UsageError as error:
        raise UsageError(f"{name}: {error}", value=error.value, hint=error.hint, column=error.column) from error


class TodayAnswer(Readable):
    """What holds now for each of several people; `people` are their histories."""

    def __init__(self, book: Book, people: dict[str, HistoryAnswer]) -> None:
        self.book = book
        self.people = people

    def to_dict(self) -> forms.TodayForm:
        """The JSON form `ketref.today/1`."""
        people: list[forms.PatientForm] = [
            {"subject": name, "history": answer.to_dict()} for name, answer in self.people.items()
        ]
        first = people[0]["history"]
        return {
            "schema": "ketref.today/1",
            "at": first["at"],
            "zoned": first["zoned"],
            "people": people,
            **identity(self.book),
        }

    def __repr__(self) -> str:
        return f"<TodayAnswer of {len(self.people)} people>"
