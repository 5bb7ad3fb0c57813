"""What does the answer to one question have, and with which knowledge is any answer made?

An answer holds its question and the rows that govern it; everything else is made when it is asked for. The answers
about one person, of `history` and `infer`, rest on many questions and share the `identity` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from ketref.answers.evidence import evidence_forms, factors
from ketref.answers.plausibility import implausible
from ketref.answers.question import Question
from ketref.answers.standing import Standing, counts_from_end
from ketref.book.loading import Book
from ketref.engine.table import Row, Sides, Table

if TYPE_CHECKING:
    from ketref.output import forms, review_forms


NOTICE = (
    "A reference, not medical or legal advice. Individuals, doses and laboratories differ: this is what the sources"
    " named here say, not what any one test will show."
)


class Readable:
    """What has a JSON form, and reads in words: at a glance by default.

    Two answers are equal where their JSON forms are: the same question, asked of the same rules.
    """

    _inner: ClassVar[frozenset[str]] = frozenset()
    """What an answer holds to be made of, which is not shown to who completes a name."""

    def __dir__(self) -> list[str]:
        shown = (name for name in object.__dir__(self) if not name.startswith("_") and name not in self._inner)
        return sorted(shown)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Readable):
            return NotImplemented
        return self is other or (type(self) is type(other) and bool(self.to_dict() == other.to_dict()))

    def __hash__(self) -> int:
        return hash(repr(self))  # which equal answers have in common

    def to_dict(self) -> Any:
        """The JSON form."""
        raise NotImplementedError

    def text(self, *, full: bool = False, **wanted: bool) -> str:
        """The answer in words, in `full` or else in a dozen lines.

        `sources=True` and `factors=True` add those, where the answer has them, to the dozen lines.
        """
        from ketref.output.reading import read

        return read(self.to_dict(), full=full, **wanted)

    def to_frame(self, library: str | None = None) -> Any:
        """The table that the answer holds: a row for each source, specimen, effect, caution, interval or change.

        `library` is "pandas", "polars" or "pyarrow", default the one in use. Raises UsageError where there is none.
        """
        from ketref.framed import framed
        from ketref.output.rows import columns_of

        return framed(columns_of(self.to_dict()), library)

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer at a glance, its bars and its sources."""
        from ketref.output.notebook import html_of

        return html_of(self.to_dict())

    def __str__(self) -> str:
        return self.text()


class Answer(Readable):
    """What the answer to one question has: the question, and the knowledge with which it was made."""

    def __init__(self, book: Book, question: Question) -> None:
        self.book = book
        self.question = question

    @property
    def elapsed(self) -> tuple[int, int] | None:
        """Whole seconds since the start of administration, shortest and longest; None without a time."""
        return self.question.elapsed

    @cached_property
    def factors(self) -> list[forms.FactorForm]:
        """What may lengthen or shorten, with its direction and sources; first what the asker gave."""
        return factors(self.book, self.question)

    @cached_property
    def warnings(self) -> list[str]:
        """What in the question lies far outside everything that the book speaks of, a sentence each."""
        return implausible(self.book, self.question)

    def _identity(self) -> forms.Identity:
        return identity(self.book)

    def _evidence(self, table: Table, row: Row, status: Any) -> list[forms.EvidenceForm]:
        return evidence_forms(self.book, table, row, self.question, status)

    def _grade(self, source: str) -> str:
        return self.book.sources[source].grade


def identity(book: Book) -> forms.Identity:
    """With which knowledge, and by which version, an answer is made."""
    from ketref.version import __version__

    header = (book.base or book).header  # a laboratory's own rules are its own matter
    return {
        "edition": book.edition,
        "digest": book.digest,
        "version": __version__,
        "notice": NOTICE,
        "licence": header.licence,
        "attribution": header.licence and f"{header.name}, edition {header.edition}, {header.licence}",
    }


def book_form(book: Book) -> review_forms.BookForm:
    """Which book is asked."""
    return {"name": book.header.name, "edition": book.edition, "digest": book.digest}


def best(sources: Iterable[str], book: Book) -> str:
    """The source of the best grade, of several the first by id."""
    return min(sources, key=lambda source: (book.sources[source].grade, source))


def no_verdict(_: Standing) -> None:
    """For rules whose sources are not asked one by one."""
    return


def written_ends(book: Book, question: Question, sides: Sides) -> forms.Texts:
    """Both ends of a boundary as its rules write them, from what they count where it is not the start of the dose."""
    return [
        None
        if end is None or end.text is None
        else f"{end.text} after {end_of_administration(book, question)}"
        if counts_from_end(end, question)
        else str(end.text)
        for end in sides
    ]


def end_of_administration(book: Book, question: Question) -> str:
    """What the end of the administration is called, for the route of the question."""
    routes = book.vocabularies["route"]
    line = routes.line(question.route) if question.route else ()
    named = (routes.terms[route].ends for route in line)
    return next((name for name in named if name), "the end of administration")


def seconds(elapsed: tuple[int, int] | None) -> forms.Seconds:
    """A time, or a range of times, for the JSON form."""
    if elapsed is None:
        return None
    return elapsed[0] if elapsed[0] == elapsed[1] else list(elapsed)
