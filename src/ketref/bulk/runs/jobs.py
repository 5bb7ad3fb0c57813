"""What is to be done with files: are they what they have to be, and where do the answers go?"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

import pyarrow as pa
from attrs import evolve, field, frozen

from ketref.bulk import questions as asking
from ketref.bulk.answer_columns import Progress
from ketref.bulk.columns.distinct import is_text, of_cells
from ketref.bulk.files.batches import File, Reading
from ketref.bulk.files.kinds import CALLED, kind_of
from ketref.bulk.files.mapped import Mapped, Unambiguous, has_numbers
from ketref.bulk.files.reading import opened_file
from ketref.bulk.files.writing import fit
from ketref.bulk.noted import Notes
from ketref.bulk.runs.output import Place
from ketref.bulk.runs.parts import SUBJECT
from ketref.bulk.runs.run import BY_ROW, Room, Run, answer_file, evaluate_files, way_by_size
from ketref.bulk.timelines import evaluate as evaluating
from ketref.bulk.timelines.rows import DOSES, RESULTS, SAMPLES
from ketref.errors import UsageError, quoted
from ketref.model import mappings
from ketref.model.fitting import add_likely, fitted, left_out, refuse_silent, refuse_unknown
from ketref.model.kinds import PHASE, WINDOW, Kind
from ketref.model.theirs import NUMBERS, Said, constants_of
from ketref.places import place as place_of

DEFAULTS: Mapping[Kind, Sequence[str]] = {
    WINDOW: ("status", "rule"),
    PHASE: ("phase_earliest", "phase_latest", "rule"),
}
"""The columns of answers where none are named."""


_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?)(i?)B", re.IGNORECASE)


def bytes_of(size: str) -> int:
    """The bytes that a size such as 500 MB or 2 GiB says. Raises UsageError."""
    found = _SIZE.fullmatch(size.strip()) if isinstance(size, str) else None
    if found is None:
        raise UsageError(f"`{quoted(size)}` is not a size of memory", value=size, hint='such as "500 MB" or "2 GB"')
    number, letter, binary = found.groups()
    each: int = (1024 if binary else 1000) ** " kmgt".index(letter.lower() or " ")
    return round(float(number) * each)


@frozen(kw_only=True)
class Files:
    """Where answers go, and how files are read: `output`, and what `rejects` is refused, are names of files.

    Kinds are told by suffixes where `reads` (of what is read) and `writes` do not say them; what is read and has no
    suffix that tells its kind is as `writes` says.
    """

    output: str
    rejects: str | None = None
    most: int | None = None
    force: bool = False
    safe: bool = False
    reads: str | None = None
    writes: str | None = None
    reading: Reading = field(factory=Reading)
    room: Room = field(factory=Room)
    mapping: mappings.Mapping = field(factory=partial(mappings.Mapping, says=""))
    said: Said = field(factory=Said)

    def opened(self, named: Mapping[str, tuple[str, Collection[str]]]) -> tuple[dict[str, File], Place]:
        """The files that are read, by what their rows are: of each the name, and the columns that are known.

        And the place of the answers. Raises UsageError and InputError.
        """
        refuse_silent(self.mapping, named)
        names = [name for name, _ in named.values()]
        if names.count("-") > 1:
            raise UsageError("standard input holds one table", value="-", hint="name a file for one of them")
        self._refuse_overwriting(names)
        told = next((name for name in names if name != "-"), None)
        said, first = self.reads or self.writes, self.reads is None or "-" in names
        read = kind_of(told or self.output, said, written=told is None)
        kinds = [read if name == "-" else kind_of(name, said, suffix_first=first) for name in names]
        written = kinds[0] if self.output == "-" and not self.writes else None
        to = Place(
            name=self.output,
            kind=written or kind_of(self.output, self.writes, written=True),
            rejects=self.rejects,
            most=self.most,
            force=self.force,
            safe=self.safe,
        )
        reading = evolve(self.reading, temp_dir=self.room.temp_dir)
        found = {
            what: self._opened(what, name, kind, reading, known)
            for (what, (name, known)), kind in zip(named.items(), kinds, strict=True)
        }
        refuse_unknown(self.said, {what: (file.names, named[what][1]) for what, file in found.items()})
        ours = {what: self._mapped(what, file, named[what][1]) for what, file in found.items()}
        for what in numbered_beside_texts(ours):
            ours[what] = self._mapped(what, found[what], named[what][1], as_text=(SUBJECT,))
        return ours, to

    def _opened(self, what: str, name: str, kind: str, reading: Reading, known: Collection[str]) -> File:
        table = self.mapping.table(what)
        named = {*known, *table.theirs, *self.said.rename.values()}
        return opened_file(name, kind, reading, named, self.rejects is not None, table)

    def _mapped(self, what: str, file: File, known: Collection[str], as_text: Collection[str] = ()) -> File:
        """A file in our words, with columns of numbers that are clear; some of ours are `as_text`."""
        said = evolve(self.said, constants=constants_of(self.said, what))
        fit = fitted(self.mapping.table(what), said, what, file.names, known, as_text)
        if said.decimal is None:
            numbers = fit.numbers(file.names) if fit else {name: name for name in NUMBERS if name in known}
            if has_numbers(file, numbers):
                file = Unambiguous(file, numbers)
        return file if fit is None else Mapped(file, fit, self.mapping.table(what).nested, said.rename)

    def _refuse_overwriting(self, read: Sequence[str]) -> None:
        """Refuse to write to one place twice, or to what is read, by whatever names."""
        taken = {place_of(name, 0): f"`{name}`, which is read," for name in read}
        for flag, name in (("-o", self.output), ("--rejects", self.rejects)):
            if name is None:
                continue
            found = place_of(name, 1) or ("-" if name == "-" else None)
            if found and found in taken:
                message = f"{taken[found]} and `{flag} {name}` are one file"
                raise UsageError(message, value=name, hint="name another file, so that nothing is lost")
            taken[found] = f"`{flag} {name}`"


@frozen(eq=False)
class Job:
    """What is to be done: the `files` that are read, what was `understood` of them, in lines, and how to `run` it."""

    files: Mapping[str, File]
    understood: Sequence[str]
    run: Callable[[Notes, Progress | None], Run]

    @property
    def rows(self) -> int | None:
        """How many rows are answered, where that is known."""
        return list(self.files.values())[-1].rows


def answering(questions: str, asked: asking.Asked, files: Files) -> Job:
    """Answer each row of a file of questions. Raises UsageError and InputError."""
    known = asking.READ[asked.kind]
    opened, to = files.opened({"questions": (questions, known)})
    file = opened["questions"]
    names = own_names(file)
    refuse_taken(asked.prefix, asked.columns, names, "questions")
    fit(names, to.kind)
    run = partial(answer_file, file, asked, to, files.room)
    return Job(
        opened, [*_understood(file, known), f"rows are answered {BY_ROW}"], partial(_told, opened, files.mapping, run)
    )


def evaluation(doses: str, samples: str, asked: evaluating.Asked, files: Files) -> Job:
    """Answer the samples of a file over the doses of another one. Raises UsageError and InputError."""
    opened, to = files.opened({"doses": (doses, DOSES), "samples": (samples, SAMPLES | RESULTS)})
    taken, tested = opened["doses"], opened["samples"]
    asked = asked.beside(tested.names)
    names = own_names(tested)
    refuse_taken(asked.prefix, asked.columns or (), names, "samples")
    fit(names, to.kind)
    understood = [*_understood(taken, DOSES), *_understood(tested, asked.read_of_samples())]
    way = f"rows are answered {way_by_size(taken, tested, files.room)}"
    run = partial(evaluate_files, taken, tested, asked, to, files.room)
    return Job(opened, [*understood, way], partial(_told, opened, files.mapping, run))


def numbered_beside_texts(files: Mapping[str, File]) -> list[str]:
    """The tables whose subjects are whole numbers, where those of another one are texts: as texts they compare."""
    kinds = {what: of_cells(file.schema.field(SUBJECT).type) for what, file in files.items() if SUBJECT in file.names}
    texts = any(is_text(kind) for kind in kinds.values())
    return [what for what, kind in kinds.items() if texts and pa.types.is_integer(kind)]


def own_names(file: File) -> list[str]:
    """The names of the columns that stand beside the answers: those of the file itself."""
    found: list[str] = file.own(file.schema.empty_table()).column_names
    return found


def refuse_taken(prefix: str, columns: Iterable[str], taken: Sequence[str], what: str) -> None:
    """Refuse answers whose columns have names that the table has already."""
    for column in (*columns, "reject"):
        name = f"{prefix}{column}"
        if name in taken:
            hint = (
                f"give it another name in the {what}, or those of the answers one with `--prefix ketref_` (`prefix=`)"
            )
            raise UsageError(f"the column `{name}` is there already", value=name, hint=hint)


def _told(
    files: Mapping[str, File],
    mapping: mappings.Mapping,
    run: Callable[[Notes, Progress | None], Run],
    notes: Notes,
    told: Progress | None,
) -> Run:
    """Run, and tell how many rows of each file were left out by the mapping, and what a missing column may be."""
    try:
        found = run(notes, told)
    except UsageError as error:
        for what, file in files.items():
            if len(files) == 1 or f" {what} " in f"{error} ":
                add_likely(error, mapping.table(what), file.names)
        raise
    for what, file in files.items():
        for why, count in file.left.items() if isinstance(file, Mapped) else ():
            notes(left_out(what, count, why))
    return found


def _understood(file: File, known: Collection[str]) -> list[str]:
    """What a file is, which of its columns are read, and which are only kept; and what of it was made ours."""
    read = ", ".join(name for name in file.names if name in known) or "nothing"
    others = ", ".join(name for name in file.names if name not in known)
    kept = f"{file.name}: {CALLED[file.kind]}; reads {read}" + (f"; keeps {others}" if others else "")
    return [kept, f"{file.name}: {file.told}"] if isinstance(file, Mapped) and file.told else [kept]
