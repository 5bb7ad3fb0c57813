"""How do files of many rows become a file of answers: in memory, sorted in step, or sorted by DuckDB first?

Every way gives the same rows. Rows that are asked one by one are answered batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from ketref.bulk import questions as asking
from ketref.bulk.answer_columns import Progress
from ketref.bulk.columns.distinct import Array
from ketref.bulk.files.batches import CARRIED, Batch, File
from ketref.bulk.noted import Notes, Told
from ketref.bulk.numbering import WHOLE, Numbering
from ketref.bulk.refusals import Listing, Refusal
from ketref.bulk.runs.output import Counts, Output, Place
from ketref.bulk.runs.parts import ORDERS, ROW, SUBJECT, Order, Part, UnsortedError, in_step, refuse_two_kinds
from ketref.bulk.runs.sorting import sorted_rows
from ketref.bulk.timelines.evaluate import Asked, Evaluator
from ketref.bulk.timelines.rows import DOSES
from ketref.bulk.timelines.zones import clock_of
from ketref.errors import InputError
from ketref.places import replaced

_LEAST = 1 << 26  # bytes that a sort takes at least
_HELD = 6  # times that what is worked on takes the room of the rows
LISTED = 20  # refused rows of each table that are told of
BY_ROW, IN_MEMORY, IN_STEP, SORTED = "row by row", "in memory", "sorted by subject, in step", "sorted by DuckDB first"
"""The ways that can be taken."""


@frozen(eq=False)
class Run:
    """What a run over files did: which `way` it took, how many rows of each table it read and refused.

    `written` is the number of rows of the answers.
    """

    way: str
    counts: Mapping[str, Counts]
    written: int
    output: str

    @property
    def refused(self) -> int:
        """How many rows of all tables were refused."""
        return sum(counts.refused for counts in self.counts.values())


@frozen(kw_only=True)
class Room:
    """How many bytes of memory a run may take, and in which folder it keeps what does not fit there.

    So many `rows` are read together.
    """

    memory: int = 10**9
    temp_dir: str | None = None
    rows: int = 3 << 14


# ---------------------------------------------------------------- row by row


def answer_file(
    questions: File,
    asked: asking.Asked,
    place: Place,
    room: Room,
    notes: Notes,
    progress: Progress | None = None,
) -> Run:
    """Answer each row of a file of questions. Raises UsageError and InputError; then nothing is written."""
    what = "questions"
    broken: dict[int, Refusal] = {}
    listing = Listing({what: questions.lines}, {what: broken})
    told = Told()
    with Output(place, {what: questions}, listing, LISTED, progress) as output:
        for batch in questions.batches(2 * room.rows):  # what each batch costs besides its rows is halved so
            broken |= batch.broken
            listing.numbers = {what: Numbering(batch.first)}
            found = asking.answers(batch.rows, asked, told, progress, listing)
            output.write(batch.rows, found, f"{asked.prefix}reject")
            output.counts[what].read += batch.rows.num_rows
            output.list_refused({what: (batch.rows, listing.numbering(what))})
            broken.clear()
        output.commit()
    return _told(BY_ROW, output, place, told, notes)


def _told(way: str, output: Output, place: Place, told: Told, notes: Notes) -> Run:
    for text in told.texts():
        notes(text)
    return Run(way, output.counts, output.written, place.name)


# ---------------------------------------------------------------- over doses


def evaluate_files(
    doses: File, samples: File, asked: Asked, place: Place, room: Room, notes: Notes, progress: Progress | None = None
) -> Run:
    """Answer the samples of a file over the doses of another one; `asked` are all columns that the answers have.

    The way is the first that can be taken: in memory, where both fit; in step, where both are sorted by subject; sorted
    by DuckDB. Raises UsageError and InputError; then nothing is written.
    """
    over = _Over(doses, samples, asked, place, room, progress)
    if way_by_size(doses, samples, room) == IN_MEMORY:
        return over.run(IN_MEMORY, over.in_memory, notes)
    unsorted = ""
    for order in ORDERS:
        try:
            if not replaced(place.name):  # what is written to a pipe stays written
                over.verify(order)
            return over.run(IN_STEP, partial(over.in_step, order), notes)
        except UnsortedError as error:
            unsorted = unsorted or over.told(error)
    notes(f"{unsorted}; DuckDB sorts both files")
    return over.run(SORTED, over.sorted, notes)


def way_by_size(doses: File, samples: File, room: Room) -> str:
    """The way that is taken first, by the sizes of two files; where one of them says no subject, nothing is sorted."""
    small = (doses.bytes + samples.bytes) * _HELD <= room.memory
    return IN_MEMORY if small or not all(map(_says_subjects, (doses, samples))) else IN_STEP


def _says_subjects(file: File) -> bool:
    return SUBJECT in file.names and not pa.types.is_null(file.schema.field(SUBJECT).type)


class _Over:
    """The samples of a file over the doses of another one."""

    def __init__(
        self, doses: File, samples: File, asked: Asked, place: Place, room: Room, progress: Progress | None
    ) -> None:
        self._doses, self._samples, self._place, self._room = doses, samples, place, room
        self._progress = progress
        self._number, self._reject = f"{asked.prefix}sample", f"{asked.prefix}reject"
        self._numbered = asked.columns is not None and "sample" in asked.columns
        self._asked = evolve(asked, columns=["sample", *(asked.columns or ())])

    def told(self, error: UnsortedError) -> str:
        """Which row of which file is not sorted."""
        file = self._doses if error.what == "doses" else self._samples
        line = file.lines([error.row]).get(error.row)
        where = f"row {error.row}" if line is None else f"line {line}"
        return f"`{file.name}` is not sorted by subject: in {where} {error}"

    def verify(self, order: Order) -> None:
        """Raise UnsortedError where one of the files is not sorted by subject."""
        doses, samples = (
            (batch.rows.select([SUBJECT]) for batch in file.batches(self._room.rows))
            for file in (self._doses, self._samples)
        )
        for _ in in_step(doses, samples, order):
            pass

    def run(self, way: str, answering: Callable[[_Parts], Iterator[tuple[pa.Table, pa.Table]]], notes: Notes) -> Run:
        """Take one way, which gives rows of samples and the answers to them. Raises UnsortedError where it cannot."""
        files = {"doses": self._doses, "samples": self._samples}
        parts = _Parts(files, self._asked, self._room.rows, whole=way == IN_MEMORY)
        with Output(self._place, files, parts.listing, LISTED, self._progress) as output:
            parts.output = output
            for rows, answers in answering(parts):
                shown = answers if self._numbered else answers.drop_columns(self._number)
                output.write(rows, shown, self._reject)
                _ = self._progress and self._progress(rows.num_rows)
            parts.evaluator.close()
            output.commit()
        return _told(way, output, self._place, parts.evaluator.told, notes)

    # ------------------------------------------------------------ the ways

    def in_memory(self, parts: _Parts) -> Iterator[tuple[pa.Table, pa.Table]]:
        """All rows together."""
        doses, samples = (pa.concat_tables(parts.read(what)) for what in ("doses", "samples"))
        yield from self._taken(parts.answered([Part(doses, samples, WHOLE, WHOLE)]))

    def in_step(self, order: Order, parts: _Parts) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Two files that are sorted by subject, side by side."""
        yield from self._taken(parts.answered(in_step(parts.read("doses"), parts.read("samples"), order)))

    def _taken(self, answered: Iterable[tuple[Part, pa.Table]]) -> Iterator[tuple[pa.Table, pa.Table]]:
        for part, found in answered:
            rows = part.samples
            if len(found) > len(rows):  # each has an answer, and some have several
                rows = rows.take(pc.subtract(found[self._number], part.of_samples.first))
            yield rows, found
            pa.default_memory_pool().release_unused()  # which else grows with the number of parts

    def sorted(self, parts: _Parts) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Both files sorted by subject, and the answers to them sorted as the samples were."""
        memory, rows = max((self._room.memory - _LOADED) // _SORTING, _LEAST), self._room.rows
        doses, samples = (
            sorted_rows(parts.read(what, known), [SUBJECT, ROW], rows, memory, self._room.temp_dir)
            for what, known in (("doses", DOSES), ("samples", self._asked.read_of_samples()))
        )
        answered = parts.answered(in_step(doses, samples, ORDERS[0]))
        # all answers to a sample come in one part
        placed = (answers.append_column(ROW, pa.array(np.arange(len(answers)))) for _, answers in answered)
        found = sorted_rows(placed, [self._number, ROW], rows, memory, self._room.temp_dir)
        for tested, answers in beside(self._samples.batches(rows), found, self._number):
            yield tested, answers.drop_columns(ROW)


_SORTING = 6  # twice the sorts that are at work together: each takes more than it is told to, by some 100 MB
_LOADED = 340 * 10**6  # bytes that are taken beside the sorts


class _Parts:
    """The parts of two files, read and answered one after the other."""

    output: Output

    def __init__(self, files: Mapping[str, File], asked: Asked, rows: int, whole: bool) -> None:
        self._files, self._rows = files, rows
        self._broken: dict[str, dict[int, Refusal]] = {what: {} for what in files}
        self.listing = Listing({what: file.lines for what, file in files.items()}, self._broken)
        doses, samples = files["doses"], files["samples"]
        clock = None
        if not whole:
            Evaluator(asked).answers(doses.schema.empty_table(), samples.schema.empty_table())  # is the question sound?
            refuse_two_kinds(doses.schema, samples.schema)
            read = {what: (batch.rows for batch in file.batches(rows)) for what, file in files.items()}
            times = (("time",), "time_latest", read["samples"]), (("start", "taken"), "start_latest", read["doses"])
            clock = clock_of(*times, asked.book, asked.notation)
        self.evaluator = Evaluator(asked, self.listing, whole=whole, clock=clock)

    def read(self, what: str, known: Collection[str] | None = None) -> Iterator[pa.Table]:
        """The rows of a file; or of those columns that are `known` or carried alone, and `ROW`, the number of each."""
        for batch in self._files[what].batches(self._rows):
            self._broken[what] |= batch.broken
            self.output.counts[what].read += batch.rows.num_rows
            if known is None:
                yield batch.rows
            else:
                names = (name for name in batch.rows.column_names if name in known or name.startswith(CARRIED))
                rows = batch.rows.select(list(names))
                yield rows.append_column(ROW, pa.array(np.arange(batch.first, batch.first + len(rows))))

    def answered(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pa.Table]]:
        """Each part, with the answers to its samples."""
        for part in parts:
            self._refuse_strangers(part)
            self.listing.numbers = {"doses": part.of_doses, "samples": part.of_samples}
            found = self.evaluator.answers(part.doses, part.samples)
            tables = {"doses": (part.doses, part.of_doses), "samples": (part.samples, part.of_samples)}
            self.output.list_refused(tables)
            for what, (table, numbering) in tables.items():
                self._forget(what, numbering.of(np.arange(len(table))))
            yield part, found

    def _forget(self, what: str, rows: Array) -> None:
        """Keep nothing of broken rows that were answered."""
        broken = self._broken[what]
        for row in set(broken).intersection(rows.tolist()) if broken else ():
            del broken[row]

    def _refuse_strangers(self, part: Part) -> None:
        """Refuse a broken row of the doses that does not name a subject of the samples: it may be anyone's."""
        broken = self._broken["doses"]
        if not broken:
            return
        numbers = part.of_doses.of(np.arange(len(part.doses))).tolist()
        here = {row: number for row, number in enumerate(numbers) if number in broken}
        known = set(part.samples[SUBJECT].unique().to_pylist()) - {None} if here else set()
        for row, number in here.items():
            if part.doses[SUBJECT][row].as_py() not in known:
                doses = self._files["doses"]
                message = f"`{doses.name}`, line {doses.lines([number])[number]}: {broken[number].reason}"
                message += ", and whose dose it is cannot be told"
                raise InputError(message, path=doses.name, hint="mend that line")


def beside(batches: Iterable[Batch], answers: Iterator[pa.Table], number: str) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The rows of a file beside the answers to them, which are sorted by the `number` of the row."""
    waiting = next(answers, None)
    for batch in batches:
        stop = batch.first + batch.rows.num_rows
        found: list[pa.Table] = []
        while waiting is not None:
            cut = int(np.searchsorted(waiting[number].to_numpy(), stop))
            found.append(waiting[:cut])
            if cut < len(waiting):
                waiting = waiting[cut:]
                break
            waiting = next(answers, None)
        if found:
            here = pa.concat_tables(found)
            yield batch.rows.take(pc.subtract(here[number], batch.first)), here
