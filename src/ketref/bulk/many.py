"""Which answers does a book give to many questions at once?

What answers them needs the packages of the extra `bulk`, and is imported when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, TypeGuard, TypeVar, Unpack, overload

from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError
from ketref.extras import needing
from ketref.model import times
from ketref.model.kinds import PHASE, WINDOW, Kind, columns_of
from ketref.model.said import Midnight, Moment, Order, Zone
from ketref.model.vocabulary import UNKNOWN_PATTERN
from ketref.person.regimens import Ongoing

if TYPE_CHECKING:
    from ketref.bulk.runs.jobs import Files
    from ketref.bulk.runs.run import Run

OnError = Literal["raise", "reject"]
Keys = Literal["alike", "exact"]


class Frame(Protocol):
    """A table in memory, of pandas, Polars, pyarrow or any other library that has these two words for it."""

    @property
    def columns(self) -> Any:
        """The columns, or their names."""

    @property
    def shape(self) -> Any:
        """How many rows and columns."""


class Stream(Protocol):
    """What hands out its rows as Arrow does; the answers to it are a table of pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        """The rows."""


Arrays = Mapping[str, object]
"""Arrays, lists and scalars by the names of the columns; the answers to them are arrays of NumPy by theirs."""
Records = Sequence[Mapping[str, object]]
"""A list of mappings, one a row; so are the answers to them."""
Tabular = Arrays | Records | Frame | Stream
FrameT = TypeVar("FrameT", bound=Frame)


FilePath = str | PathLike[str]
MEMORY = "1 GB"
"""What a run over files may take where nothing is said."""


class FileOptions(TypedDict, total=False):
    """What many questions of files take besides: `output` is the file of the answers, which has to be said.

    `rejects` is that of refused rows, more than `max_rejects` of which end the run; files that are there are written
    over by `force` alone. `delimiter`, `encoding`, `skip_lines`, `decimal` ("comma" or "point") and `null` (words that
    mean nothing) say how text is written; `memory_limit`, such as "2 GB", what may be used, and `temp_dir` where the
    rest is kept. `mapping` is a convention of the book or a file of one, `rename` has their name for ours, `units` the
    unit of a column, `constants` the `substance`, `route` or `matrix` of all rows, and `time_zero` is the moment from
    which a mapping counts times.
    """

    output: FilePath
    rejects: FilePath | None
    max_rejects: int | None
    force: bool
    delimiter: str | None
    encoding: str
    skip_lines: int
    memory_limit: str
    temp_dir: FilePath | None
    mapping: FilePath | None
    rename: Mapping[str, str]
    units: Mapping[str, str]
    constants: Mapping[str, str]
    decimal: Literal["comma", "point"] | None
    null: Sequence[str]
    time_zero: str | None


class Options(TypedDict, total=False):
    """What many questions take besides."""

    tz: Zone | None
    dates: Order | None
    midnight: Midnight | None
    rules: Rules
    on_error: OnError
    progress: Callable[[int], object] | None
    prefix: str
    notes: Callable[[str], object] | None


class TestOptions(Options, total=False):
    """What many tests take besides."""

    calculated: bool


class DoseOptions(TestOptions, total=False):
    """What many samples after many doses take besides."""

    only: str | Iterable[str] | None
    ongoing: Ongoing | None
    known_since: Moment | None
    keys: Keys


class ReportOptions(TypedDict, total=False):
    """What many reports take besides."""

    doses: Tabular | None
    prescribed: Tabular | None
    pattern: str
    tz: Zone | None
    dates: Order | None
    midnight: Midnight | None
    rules: Rules


class FileRunOptions(Options, FileOptions, total=False):
    """What a file of many questions takes besides."""


class TestFileOptions(TestOptions, FileOptions, total=False):
    """What a file of many tests takes besides."""


class DoseFileOptions(DoseOptions, FileOptions, total=False):
    """What files of many doses and samples take besides."""


@overload
def detect_many(questions: Arrays, columns: Sequence[str] = ..., **options: Unpack[TestOptions]) -> dict[str, Any]: ...
@overload
def detect_many(
    questions: Records, columns: Sequence[str] = ..., **options: Unpack[TestOptions]
) -> list[dict[str, Any]]: ...
@overload
def detect_many(questions: FrameT, columns: Sequence[str] = ..., **options: Unpack[TestOptions]) -> FrameT: ...
@overload
def detect_many(questions: Stream, columns: Sequence[str] = ..., **options: Unpack[TestOptions]) -> Any: ...
@overload
def detect_many(questions: FilePath, columns: Sequence[str] = ..., **options: Unpack[TestFileOptions]) -> Run: ...
def detect_many(
    questions: Tabular | FilePath,
    columns: Sequence[str] = ("status", "rule"),
    *,
    calculated: bool = False,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    on_error: OnError = "raise",
    progress: Callable[[int], object] | None = None,
    prefix: str = "",
    notes: Callable[[str], object] | None = None,
    **files: Unpack[FileOptions],
) -> Any:
    """Is each of many tests expected to be positive, so long after a dose?

    `questions` has one question a row: a pandas, Polars or pyarrow table, any other eager one, a mapping of arrays and
    scalars, or a list of mappings, one a row. Its columns are named as the arguments of `detect`: `substance`,
    `matrix`, `since` or `taken` and `at`; and, where known, `analyte`, `method`, `cutoff`, `segment`, `route`,
    `pattern`, `dose`, `weight`, `infusion`.
    Numbers need a column of units, `cutoff_unit` or `dose_unit`; a weight without one is in kg. A `panel`, with the
    `stage` of its test, fills in what a row does not say of the test, the matrix too. Null is unsaid. Other columns are
    left alone.

    Gives a table of the same kind and as many rows in the same order, with the `columns` that are asked for ("all":
    every one, but those of `calculated`): `status` and `rule` (categories), `earliest_stage` and `latest_stage` (0
    before, 1 detectable, 2 cleared) and `next_change_s` (seconds until the status changes; null: never). And, each
    distinct question asked once: the ends of the window in seconds (`detectable_from_earliest_s`,
    `detectable_from_latest_s`, `detectable_until_earliest_s`, `detectable_until_latest_s`; null: no rule states it),
    `confidence` (categories) and `sources_disagree`, for which another time is another question. Each row is answered
    as `detect` answers the question alone. With `calculated`, or by its name, there is what pharmacokinetic models say
    beside the status: `calculated` (`expected`, `possible`, `not_expected`, `unknown`), `calculated_share_low` and
    `calculated_share_high` (of persons at or above the cutoff), `calculated_models`, and in `calculated_why` why others
    do not speak.

    `tz` is the zone of times without one, `dates` the order of dates such as 01.03.2026 ("dmy", "mdy", "ymd");
    `midnight="day"`: each time at 00:00:00 is that whole day. Where a column of times holds nothing else and this is
    not said, a `ketref.Note` is warned of. A day without a zone may be that day anywhere beside a time with one.

    Rows that cannot be understood raise RowsError, which lists them. With `on_error="reject"` they get the status
    `unknown`, null elsewhere, and the column `reject` says why (null: answered). `progress` is told of rows done.
    `prefix` comes before the name of each column of the answers. `notes` is told, in a sentence each, of columns whose
    name may change what a row means and that are not read, and of rows that lie far outside everything that the book
    speaks of, which are answered all the same; without it they are warnings of the class Note.
    Raises UsageError where a column is missing or is of a kind that it cannot be.
    """
    columns = columns_of(WINDOW, columns, calculated)
    return _each(WINDOW, questions, columns, (tz, dates, midnight), rules, on_error, progress, prefix, notes, files)


@overload
def effects_many(questions: Arrays, columns: Sequence[str] = ..., **options: Unpack[Options]) -> dict[str, Any]: ...
@overload
def effects_many(
    questions: Records, columns: Sequence[str] = ..., **options: Unpack[Options]
) -> list[dict[str, Any]]: ...
@overload
def effects_many(questions: FrameT, columns: Sequence[str] = ..., **options: Unpack[Options]) -> FrameT: ...
@overload
def effects_many(questions: Stream, columns: Sequence[str] = ..., **options: Unpack[Options]) -> Any: ...
@overload
def effects_many(questions: FilePath, columns: Sequence[str] = ..., **options: Unpack[FileRunOptions]) -> Run: ...
def effects_many(
    questions: Tabular | FilePath,
    columns: Sequence[str] = ("phase_earliest", "phase_latest", "rule"),
    *,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    on_error: OnError = "raise",
    progress: Callable[[int], object] | None = None,
    prefix: str = "",
    notes: Callable[[str], object] | None = None,
    **files: Unpack[FileOptions],
) -> Any:
    """Which phase of its psychoactive effect may each of many doses be in?

    As `detect_many`, with the columns that `effects` takes. The columns of the answer: `phase_earliest` and
    `phase_latest` (categories; all phases from the one to the other are possible; null: no rule tells), `rule`,
    `earliest_stage` and `latest_stage` (0 `before_onset` to 5 `baseline`), `next_change_s`.
    """
    return _each(
        PHASE,
        questions,
        columns_of(PHASE, columns),
        (tz, dates, midnight),
        rules,
        on_error,
        progress,
        prefix,
        notes,
        files,
    )


@overload
def evaluate(
    doses: Tabular, samples: Arrays, columns: Sequence[str] | None = ..., **options: Unpack[DoseOptions]
) -> dict[str, Any]: ...
@overload
def evaluate(
    doses: Tabular, samples: Records, columns: Sequence[str] | None = ..., **options: Unpack[DoseOptions]
) -> list[dict[str, Any]]: ...
@overload
def evaluate(
    doses: Tabular, samples: FrameT, columns: Sequence[str] | None = ..., **options: Unpack[DoseOptions]
) -> FrameT: ...
@overload
def evaluate(
    doses: Tabular, samples: Stream, columns: Sequence[str] | None = ..., **options: Unpack[DoseOptions]
) -> Any: ...
@overload
def evaluate(
    doses: FilePath, samples: FilePath, columns: Sequence[str] | None = ..., **options: Unpack[DoseFileOptions]
) -> Run: ...
def evaluate(
    doses: Tabular | FilePath,
    samples: Tabular | FilePath,
    columns: Sequence[str] | None = None,
    *,
    calculated: bool = False,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    on_error: OnError = "raise",
    progress: Callable[[int], object] | None = None,
    only: str | Iterable[str] | None = None,
    ongoing: Ongoing | None = None,
    known_since: Moment | None = None,
    keys: Keys = "alike",
    prefix: str = "",
    notes: Callable[[str], object] | None = None,
    **files: Unpack[FileOptions],
) -> Any:
    """Is each of many samples expected to be positive, over all doses that its subject took by then?

    `doses` and `samples` are tables as in `detect_many`, sorted or not. A dose has `subject`, `substance` and `start`;
    where known `start_latest`, `end` or `infusion`, `route`, `dose`, `dose_unit`, `weight` and `status`, and of many
    doses `frequency` or `interval` with `count` or `end` (`ongoing` says what none of these means: "now", "unknown"). A
    sample has `subject`, `matrix` and `time`; where known `test` (what it is for; also `substance`), `time_latest`,
    `analyte`, `method`, `cutoff`, `cutoff_unit` and `segment`, and of what was found `outcome`, `value`, `comparator`,
    `lod`, `loq` and `panel`, as in `infer`. Each moment may be a date, which is a whole day. `start_latest` or
    `time_latest` alone: some time before that. `tz`, `dates` and `midnight` as in `detect_many`; where any time of the
    two tables has a zone, each day without one may be that day anywhere.

    Gives a table of the kind of `samples`, in their order. A sample that says what its test is for has one row; one
    that does not has a row for each substance that the subject took by any dose of the table, in the order of the book,
    and one row where it took none. The `columns` ("all": every one, but those of `calculated`):

    - `sample`: the number of the row of `samples`, from 0; `substance`: what was taken.
    - `status`: as in `history`; `no_dose` where none was taken by then, `no_record` where the subject is in no row.
    - `joined`: the rows of doses that are the one administration that governs (null: it is one row).
    - `dose`: the number of the row of `doses`, from 0, that governs; `rule`, `pattern` (of use), `elapsed_s` and
      `elapsed_longest_s` (whole seconds since it started, the fewest and the most) are of that dose.
    - `next_change_s`: seconds until the status changes, if nothing more is taken (null: never).
    - `verdict`: what the doses make of the `outcome`, as in `infer` of that result alone: `explained`, `possible`,
      `not_explained`, `unknown` or `says_nothing`; null where the subject is in no row of the doses. `known_since` says
      since when all doses of every subject are in the table; default: since its first row, left out or not.
    - With `calculated`, or by its name, what pharmacokinetic models say beside the status, as in `history`, in the
      columns of `detect_many`; no verdict uses it.

    Default: `status`, `dose` and `rule`, first `sample` and `substance` where no column says what tests are for, and
    last `verdict` where there is an `outcome`, or a `value` and a `cutoff`.

    Rows that cannot be understood raise RowsError, which lists them. With `on_error="reject"` samples that cannot be
    understood, and those of a subject whose doses by then cannot, get the status `unknown`, null elsewhere, and the
    column `reject` says why. A dose without a subject is an error in any case. `progress` is told of samples done,
    `prefix` and `notes` are as in `detect_many`; `notes` is also told how many doses were left out, and why.

    Left out are doses of known drugs that no rule speaks of and, where `only` lists substances, of all others that do
    not yield one of these itself; a subject all of whose doses are left out took none. A word that looks like one of
    `only` but is not understood stays refused, as does one for what is found after it. Where not one subject of the
    samples is among the doses, or two of both tables differ only in their case, their blanks or leading zeros, that is
    a UsageError; `keys="exact"` says that it is meant so.
    Raises UsageError where a column is missing or is of a kind that it cannot be.
    """
    book = chosen(rules)
    with needing("bulk"):
        from ketref.bulk.noted import warned
        from ketref.bulk.timelines.evaluate import Asked, evaluated
    if named(doses) != named(samples):
        raise UsageError("of doses and samples one is a file", hint="name files for both, or read the file first")
    asked = Asked(
        book=book,
        columns=columns,
        calculated=calculated,
        notation=times.notation(tz, dates, midnight),
        on_error="reject" if named(doses) else on_error,
        only=only,
        ongoing=ongoing,
        known_since=known_since,
        keys=keys,
        prefix=prefix,
    )
    if named(doses) and named(samples):
        from ketref.bulk.runs.jobs import evaluation

        return evaluation(fspath(doses), fspath(samples), asked, _of_files(files, book)).run(notes or warned, progress)
    _refuse_files(files)
    return evaluated(doses, samples, asked, progress, notes or warned)


@overload
def interpret_many(results: Arrays, **options: Unpack[ReportOptions]) -> dict[str, Any]: ...
@overload
def interpret_many(results: Records, **options: Unpack[ReportOptions]) -> list[dict[str, Any]]: ...
@overload
def interpret_many(results: FrameT, **options: Unpack[ReportOptions]) -> FrameT: ...
@overload
def interpret_many(results: Stream, **options: Unpack[ReportOptions]) -> Any: ...
def interpret_many(
    results: Tabular,
    *,
    doses: Tabular | None = None,
    prescribed: Tabular | None = None,
    pattern: str = UNKNOWN_PATTERN,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
) -> Any:
    """What explains the results of each of many reports?

    `results` is a table as in `detect_many`, whose column `specimen` tells which rows are of one report; its others are
    those of `interpret`. `doses` is a table of such as in `interpret`, and `prescribed` one of texts, each with the
    `specimen` that it belongs to. `tz`, `dates` and `midnight` as in `interpret`.

    Gives a table of the kind of `results`, with a row for each of theirs: the `verdict` (null: a measure of the
    specimen), `explained_by` (the substances, the nearest first, with `;` between them) and the ids of the `statements`
    that hold by it. Each is what `interpret` says of the rows of its report alone.

    Raises UsageError for the first report that is not understood, which it names.
    """
    with needing("bulk"):
        from ketref.bulk.reports import interpreted
    return interpreted(chosen(rules), results, doses, prescribed, pattern, times.notation(tz, dates, midnight))


def _each(
    kind: Kind,
    questions: Tabular | FilePath,
    columns: Sequence[str],
    written: tuple[Zone | None, Order | None, Midnight | None],
    rules: Rules,
    on_error: OnError,
    progress: Callable[[int], object] | None,
    prefix: str,
    notes: Callable[[str], object] | None,
    files: FileOptions,
) -> Any:
    """Answer each row of a table, or of a file, with what rules of one kind say."""
    book = chosen(rules)
    with needing("bulk"):
        from ketref.bulk.noted import warned
        from ketref.bulk.questions import Asked, answered
    notation = times.notation(*written)
    on_error = "reject" if named(questions) else on_error
    asked = Asked(kind=kind, book=book, columns=columns, notation=notation, on_error=on_error, prefix=prefix)
    if named(questions):
        from ketref.bulk.runs.jobs import answering

        return answering(fspath(questions), asked, _of_files(files, book)).run(notes or warned, progress)
    _refuse_files(files)
    return answered(questions, asked, progress, notes or warned)


def named(table: object) -> TypeGuard[FilePath]:
    """Whether a table is the name of a file."""
    return isinstance(table, str | PathLike)


def _of_files(said: FileOptions, book: Book) -> Files:
    """How files are to be read and written. Raises UsageError."""
    from ketref.book.mappings import chosen_mapping
    from ketref.bulk.files.batches import Reading
    from ketref.bulk.runs.jobs import Files, bytes_of
    from ketref.bulk.runs.run import Room
    from ketref.model.theirs import Said

    if (output := said.get("output")) is None:
        raise UsageError("`output` is missing: into which file do the answers go?", value="output")
    rejects, temp_dir = (None if name is None else fspath(name) for name in (said.get("rejects"), said.get("temp_dir")))
    return Files(
        output=fspath(output),
        rejects=rejects,
        most=said.get("max_rejects"),
        force=said.get("force", False),
        reading=Reading(
            delimiter=said.get("delimiter"), encoding=said.get("encoding", "utf-8"), skip=said.get("skip_lines", 0)
        ),
        room=Room(memory=bytes_of(said.get("memory_limit", MEMORY)), temp_dir=temp_dir),
        mapping=chosen_mapping(book, said.get("mapping")),
        said=Said(
            rename=said.get("rename", {}),
            units=said.get("units", {}),
            constants=said.get("constants", {}),
            null=tuple(said.get("null", ())),
            decimal=said.get("decimal"),
            zero=said.get("time_zero"),
        ),
    )


def _refuse_files(said: FileOptions) -> None:
    """Refuse what only files take, of a table. Raises UsageError."""
    for name in said:
        known = name in FileOptions.__annotations__
        message = (
            f"`{name}` is about files, and the table is not the name of one" if known else f"unknown word `{name}`"
        )
        raise UsageError(message, value=name, hint="name files, or leave it out")
