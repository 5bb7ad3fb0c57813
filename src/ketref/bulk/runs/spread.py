"""What does a worker answer of tables that are spread over machines, in the share of their rows that it gets?

It gets record batches and gives some, and holds a bounded number of rows, or those of the one subject that has more.
What works travels to it as it is: a book as its texts, of which a process makes it once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from ketref.book.loading import Book
from ketref.bulk import questions as asking
from ketref.bulk.columns.distinct import Array, is_text, of_cells
from ketref.bulk.noted import Notes, Told, warned
from ketref.bulk.numbering import Numbering
from ketref.bulk.refusals import Listing
from ketref.bulk.runs.parts import SUBJECT, as_written, in_one, refuse_two_kinds
from ketref.bulk.timelines import evaluate as evaluating
from ketref.bulk.timelines.rows import DOSES
from ketref.bulk.timelines.zones import Clock, Timed, apart, first_told
from ketref.errors import UsageError
from ketref.model.times import Notation

DOSE, SAMPLE = "dose", "sample"
"""The two columns of a table of doses and samples together: each row has one of them, with the columns of its table."""
ROWS = 1 << 18
"""How many rows are answered together."""
_WRITTEN = 1 << 16  # rows of a batch that is given
TIMES = {"samples": (("time",), "time_latest"), "doses": (("start", "taken"), "start_latest")}
"""Under which names each table has its times, and under which the latest that each may be."""


# ---------------------------------------------------------------- questions


@frozen
class Questions:
    """Answers questions row by row: each batch with the columns of the answers, which are of the types of `form`."""

    asked: asking.Asked
    form: pa.Schema

    @classmethod
    def of(cls, asked: asking.Asked, questions: pa.Schema, notes: Notes) -> Questions:
        """What answers questions of some columns. Raises UsageError; `notes` is told what the columns alone tell."""
        told = Told()
        found = asking.answers(questions.empty_table(), asked, told)
        _tell(told, notes)
        return cls(asked, _form(found.schema))

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows of a share, each with its answer."""
        told = Told()
        known = asking.READ[self.asked.kind]
        for rows in _gathered(batches):
            found = asking.answers(_in_utc(rows, known), self.asked, told)
            yield from _beside(rows, found.cast(self.form))
        _tell(told, warned)


# ---------------------------------------------------------------- samples over doses


@frozen
class Samples:
    """Answers samples over doses: rows with `DOSE` or `SAMPLE`, sorted by subject and, within it, by number.

    All rows of a subject are in one share. `number` is the column of both tables that numbers their rows, `form` are
    the columns of the answers; `zoneless` is whether the clock of all times has no zone.
    """

    asked: evaluating.Asked
    number: str
    zoneless: bool
    form: pa.Schema

    @classmethod
    def of(cls, asked: evaluating.Asked, number: str, doses: pa.Schema, samples: pa.Schema, notes: Notes) -> Samples:
        """What answers samples over doses of some columns, on a clock with zones.

        Raises UsageError; `notes` is told what the columns alone tell.
        """
        for what, schema in (("doses", doses), ("samples", samples)):
            if number not in schema.names or not pa.types.is_integer(schema.field(number).type):
                is_there = "is missing" if number not in schema.names else "holds no whole numbers"
                hint = "number the rows of both tables, each once, and name that column: `row=`"
                raise UsageError(f"the column `{number}` of the {what} {is_there}", value=number, hint=hint)
        asked = asked.beside(samples.names)
        listing = Listing()
        listing.numbers = dict.fromkeys(("doses", "samples"), Numbering(given=np.zeros(0, np.int64)))
        evaluator = evaluating.Evaluator(asked, listing)
        found = evaluator.answers(doses.empty_table(), samples.empty_table())
        refuse_two_kinds(doses, samples)
        _tell(evaluator.told, notes)
        return cls(asked, number, False, _form(found.schema))

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The samples of a share, each with its answers."""
        number = f"{self.asked.prefix}sample"
        asked = evolve(self.asked, columns=["sample", *(self.asked.columns or ())])
        listing = Listing()
        evaluator = evaluating.Evaluator(asked, listing, clock=Clock(self.zoneless))
        for part in in_one(batches, ROWS, _subjects):
            doses, samples = (_only(part, side) for side in (DOSE, SAMPLE))
            of_doses, of_samples = (_numbers(rows, self.number) for rows in (doses, samples))
            listing.numbers = {"doses": Numbering(given=of_doses), "samples": Numbering(given=of_samples)}
            listing.refused.clear()
            found = evaluator.answers(_in_utc(doses, DOSES), _in_utc(samples, asked.read_of_samples()))
            rows = samples.take(_places(of_samples, found[number].to_numpy()))
            yield from _beside(rows, found.select(self.form.names).cast(self.form))
        _tell(evaluator.told, warned)


def _subjects(table: pa.Table) -> pa.Array:
    """The subject of each row of doses and samples together."""
    both = (pa.chunked_array(pc.struct_field(table[side], SUBJECT)) for side in (DOSE, SAMPLE))
    return pc.coalesce(*map(as_written, both))


def _only(table: pa.Table, side: str) -> pa.Table:
    """The rows of one of the tables."""
    found = table[side].filter(table[side].is_valid()).combine_chunks()
    return pa.Table.from_struct_array(found)


def _numbers(rows: pa.Table, column: str) -> Array:
    """The numbers of rows. Raises UsageError where they do not tell the rows apart."""
    if rows[column].null_count:
        raise UsageError(f"the column `{column}` is null in a row", value=column, hint="number all rows of both tables")
    found: Array = rows[column].cast(pa.int64()).to_numpy()
    ordered = np.sort(found)
    if (twice := ordered[1:][ordered[1:] == ordered[:-1]]).size:
        hint = "number the rows of each table, each once"
        raise UsageError(f"the row {twice[0]} is there twice", value=int(twice[0]), hint=hint, column=column)
    return found


def _places(numbers: Array, found: Array) -> Array:
    """Where, among numbers that differ, some of them are."""
    order = np.argsort(numbers, kind="stable")
    return order[np.searchsorted(numbers[order], found)]


# ---------------------------------------------------------------- clocks


@frozen
class FirstTime:
    """Gives, of a share of the `what` ("doses" or "samples"), a row that tells on which clock its times stand.

    It has the columns `timed` (whether a time of day tells it, else days do) and `zoneless`; where nothing does, there
    is no row.
    """

    what: str
    book: Book
    notation: Notation

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The row, if there is one."""
        zoneless, zoned = first_told(self.of(_in_utc(pa.table(batch)) for batch in batches), self.book, self.notation)
        if zoneless is not None or zoned:
            yield pa.RecordBatch.from_pydict({"timed": [zoneless is not None], "zoneless": [bool(zoneless)]})

    @property
    def names(self) -> set[str]:
        """The columns that tell times."""
        names, latest = TIMES[self.what]
        return {*names, latest}

    def of(self, batches: Iterable[pa.Table]) -> Timed:
        """Batches of the table, beside what is read of them."""
        return *TIMES[self.what], batches

    def by_type(self, schema: pa.Schema) -> bool | None:
        """Whether the types of the columns tell that times have no zone; None where they do not tell."""
        stamps = [field for field in schema if pa.types.is_timestamp(field.type) and field.name in self.names]
        noon = {field.name: pa.array([_NOON], pa.timestamp("us", field.type.tz)) for field in stamps}
        return first_told(self.of([pa.table(noon)]), self.book, self.notation)[0] if noon else None


_NOON = 43_200_000_000  # microseconds


def refuse_two_clocks(samples: bool | None, doses: bool | None) -> None:
    """Raises UsageError where the types of two tables tell that the times of only one of them have no zone."""
    if None not in {samples, doses} and samples != doses:
        raise apart(*(("samples", "doses") if samples else ("doses", "samples")))


# ---------------------------------------------------------------- rows


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows, many together: what answers them pays for each table."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _in_utc(rows: pa.Table, known: Collection[str] | None = None) -> pa.Table:
    """Those columns of rows that are known, their moments in UTC: in which zone an engine shows them says nothing."""
    names = [name for name in rows.column_names if known is None or name in known]
    zoned = [pa.types.is_timestamp(rows.field(name).type) and rows.field(name).type.tz for name in names]
    return pa.table(
        {
            name: rows[name].cast(pa.timestamp(rows.field(name).type.unit, "UTC")) if zone else rows[name]
            for name, zone in zip(names, zoned, strict=True)
        }
    )


def _form(answers: pa.Schema) -> pa.Schema:
    """Answers as any engine takes them: of texts and of whole numbers of 64 bits."""
    plain = map(of_cells, answers.types)
    kinds = [pa.string() if is_text(kind) else pa.int64() for kind in plain]
    return pa.schema([(name, kind) for name, kind in zip(answers.names, kinds, strict=True)])


def _beside(rows: pa.Table, answers: pa.Table) -> Iterator[pa.RecordBatch]:
    """Rows with the answers to them."""
    for name in answers.column_names:
        rows = rows.append_column(name, answers[name])
    yield from rows.combine_chunks().to_batches(_WRITTEN)


def _tell(told: Told, notes: Notes) -> None:
    for text in told.texts():
        notes(text)
