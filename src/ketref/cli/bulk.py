"""Which many questions does a command line ask: detect-many, effects-many, evaluate, and warm before all of these?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ketref.book.loading import chosen
from ketref.bulk.many import MEMORY
from ketref.cli.flags import add_counting, add_mapping, add_notation, add_text, said_of_tables
from ketref.cli.printing import ANSWERED, FINDINGS, complain, print_text
from ketref.cli.progress import Progress, progress, tell
from ketref.errors import InputError
from ketref.extras import needing
from ketref.model.axes import OF_DOSE, OF_ONE_DOSE, OF_PANEL, OF_SPECIMEN, OF_TEST, with_units
from ketref.model.kinds import ALL, ANSWERS, CALCULATED, PHASE, WINDOW, columns_of
from ketref.model.times import Notation, notation
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.bulk.files.batches import File
    from ketref.bulk.runs.jobs import Files, Job
    from ketref.bulk.runs.run import Run

_MORE_OF_TEST = tuple(keyword for keyword in OF_TEST if keyword != "matrix")
_COLUMNS = (
    "Columns of QUESTIONS: substance, {test}since (or taken and at); and, where known, {axes}. Other"
    " columns are kept. Columns of the answers: {answers}, reject (why a row was not understood)."
)
_TABLES = (
    "Columns of DOSES: subject, substance, start; where known start_latest, end,"
    f" {', '.join(with_units(OF_ONE_DOSE))}. Columns of SAMPLES: subject, matrix, time; where known substance,"
    f" time_latest, {', '.join(with_units((*_MORE_OF_TEST, *OF_SPECIMEN)))}; of a result outcome, value, comparator,"
    " lod, loq, panel. Columns of the answers: substance, status, dose (the row of DOSES that governs, from 0), rule,"
    " pattern, elapsed_s, elapsed_longest_s, next_change_s, sample; verdict (do the doses explain the outcome?); and"
    " `reject`: why it was not understood."
)


_ALL = "where the file does not say it"
_CONSTANTS = {
    "QUESTIONS": {
        "substance": f"what was taken, {_ALL}",
        "route": f"how it was taken, {_ALL}",
        "matrix": f"the specimen, {_ALL}",
    },
    "SAMPLES": {
        "substance": "what was taken, where DOSES does not say it",
        "route": "how it was taken, where DOSES does not say it",
        "matrix": "the specimen, where SAMPLES does not say it",
    },
}


def _flags(command: argparse.ArgumentParser, run: Callable[..., int], asked: str, which: str) -> None:
    command.set_defaults(run=run)
    command.add_argument(asked.lower(), metavar=asked, help=f"a file with one {which} a row; - for standard input")
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="the file to write; - for standard output"
    )
    command.add_argument(
        "--columns",
        metavar="C,C",
        action="append",
        default=[],
        help="the columns of the answers, or `all` (default: the first few); an item NAME=THEIRS is a --rename; may be "
        "given again",
    )
    command.add_argument("--prefix", metavar="TEXT", default="", help="begins the names of the answers' columns")
    add_notation(command, midnight=True)
    add_text(command)
    add_mapping(command, _CONSTANTS[asked])
    command.add_argument(
        *("--format", "-f"),
        choices=("suffix", "csv", "jsonl", "parquet"),
        default="suffix",
        help="the format of OUT, and of files that are read whose suffix tells none (default: told by each suffix; "
        "a folder is one of Parquet files)",
    )
    command.add_argument(
        "--input-format",
        choices=("csv", "jsonl", "parquet", "json", "xpt"),
        help="that of the files that are read, where it differs",
    )
    command.add_argument(
        "--rejects",
        metavar="FILE",
        help="write the rows that are refused, with line, cell and reason, to this CSV file instead of to OUT",
    )
    command.add_argument(
        "--max-rejects", metavar="N", type=int, help="stop, and write nothing, after more than N of them"
    )
    command.add_argument("--force", action="store_true", help="write over files that are there already")
    command.add_argument(
        "--safe-csv", action="store_true", help="put ' before cells that a spreadsheet would take for a formula"
    )
    command.add_argument("--temp-dir", metavar="FOLDER", help="where to keep what does not fit into memory")
    command.add_argument("--dry-run", action="store_true", help="say what was understood of the files, and stop there")
    command.add_argument("--quiet", "-q", action="store_true", help="tell of nothing but of what is wrong")
    command.add_argument("--no-progress", action="store_true", help="do not tell how far the run is")


def _detect_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _COLUMNS.format(
        test="matrix, ",
        axes=", ".join(with_units((*_MORE_OF_TEST, *OF_SPECIMEN, *OF_PANEL, *OF_DOSE))),
        answers=", ".join(ANSWERS[WINDOW]),
    )
    _flags(command, _ask, "QUESTIONS", "question")
    _calculated_flag(command)


def _calculated_flag(command: argparse.ArgumentParser) -> None:
    about = f"tell beside the status what pharmacokinetic models say: {', '.join(CALCULATED)}"
    command.add_argument("--calculated", action="store_true", help=about)


def _effects_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _COLUMNS.format(test="", axes=", ".join(with_units(OF_DOSE)), answers=", ".join(ANSWERS[PHASE]))
    _flags(command, _ask, "QUESTIONS", "question")


def _evaluate_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _TABLES
    command.add_argument("doses", metavar="DOSES", help="a file with one dose a row; - for standard input")
    _flags(command, _evaluate, "SAMPLES", "sample")
    _calculated_flag(command)
    command.add_argument(
        "--memory-limit", metavar="SIZE", default=MEMORY, help=f"how much memory may be used, about (default: {MEMORY})"
    )
    add_counting(command, until="each sample")
    command.add_argument(
        "--known-since",
        metavar="T",
        help="for verdicts: before it nothing is known of any subject (default: before the first row of each)",
    )
    command.add_argument(
        "--keys",
        choices=("alike", "exact"),
        default="alike",
        help="exact: subjects differ that differ only in case, blanks or leading zeros (default: they are refused)",
    )


def _warm_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = "What is compiled is kept in the folder that KETREF_CACHE names, or among your caches."
    command.set_defaults(run=_warm, format="text")


def _ask(asked: argparse.Namespace, _: list[str]) -> int:
    with needing("bulk"):
        from ketref.bulk.questions import Asked
        from ketref.bulk.runs.jobs import DEFAULTS, answering
    kind = WINDOW if asked.command == "detect-many" else PHASE
    words = Asked(
        kind=kind,
        book=chosen(asked.rules),
        columns=columns_of(kind, _columns(asked) or DEFAULTS[kind], kind is WINDOW and asked.calculated),
        notation=_notation(asked),
        on_error="reject",
        prefix=asked.prefix,
    )
    with _compiling():
        return _done(asked, answering(asked.questions, words, _files(asked)))


def _evaluate(asked: argparse.Namespace, _: list[str]) -> int:
    with needing("bulk"):
        from ketref.bulk.runs.jobs import evaluation
        from ketref.bulk.timelines.evaluate import Asked
    words = Asked(
        book=chosen(asked.rules),
        columns=_columns(asked),
        calculated=asked.calculated,
        notation=_notation(asked),
        on_error="reject",
        only=asked.only,
        ongoing=asked.ongoing,
        known_since=asked.known_since,
        keys=asked.keys,
        prefix=asked.prefix,
    )
    with _compiling():
        return _done(asked, evaluation(asked.doses, asked.samples, words, _files(asked, asked.memory_limit)))


def _warm(_: argparse.Namespace, __: list[str]) -> int:
    with needing("bulk"):
        from ketref.bulk.cache import FOLDER, folder, wanted
        from ketref.bulk.warming import warm
    kept_in = folder()
    if kept_in is None:
        hint = f"name a folder in {FOLDER} that only you may write to, with its whole path"
        raise InputError(f"compiled code cannot be kept in `{wanted()}`", path=str(wanted()), hint=hint)
    with _compiling(""):
        warm(chosen(None))
    print_text(f"what questions on many rows need is compiled, and kept in {kept_in}")
    return ANSWERED


@contextmanager
def _compiling(hint: str = " (`ketref warm` does it beforehand)") -> Iterator[None]:
    """Tell of it once, as soon as anything has to be compiled."""
    from ketref.bulk.cache import folder
    from ketref.bulk.compiling import telling

    def tell() -> None:
        lasting = "once for this machine" if folder() else "for this process alone"
        complain(f"ketref: compiling {lasting}, which takes some seconds{hint}")

    with telling(tell):
        yield


def _columns(asked: argparse.Namespace) -> Sequence[str] | None:
    found = [word for word in _items(asked.columns) if "=" not in word]
    return ALL if found == [ALL] else found or None


def _notation(asked: argparse.Namespace) -> Notation:
    """How the times of the files are written."""
    return notation(asked.tz, asked.dates, asked.midnight)


def _items(said: Sequence[str]) -> list[str]:
    """The items of lists with commas."""
    return [word for text in said if text for word in text.split(",")]


def _files(asked: argparse.Namespace, memory: str = MEMORY) -> Files:
    from ketref.book.mappings import chosen_mapping
    from ketref.bulk.files.batches import Reading
    from ketref.bulk.runs.jobs import Files, bytes_of
    from ketref.bulk.runs.run import Room

    said = None if asked.format == "suffix" else asked.format
    renamed = [word for word in _items(asked.columns) if "=" in word]
    return Files(
        output=asked.output,
        rejects=asked.rejects,
        most=asked.max_rejects,
        force=asked.force,
        safe=asked.safe_csv,
        reads=asked.input_format,
        writes=said,
        reading=Reading(delimiter=asked.delimiter, encoding=asked.encoding, skip=asked.skip_lines),
        mapping=chosen_mapping(chosen(asked.rules), asked.mapping),
        said=said_of_tables(asked, ("substance", "route", "matrix"), renamed),
        room=Room(memory=bytes_of(memory), temp_dir=asked.temp_dir),
    )


def _done(asked: argparse.Namespace, job: Job) -> int:
    """Tell what was understood, do it unless that is all, and tell of refused rows and of what was written."""
    zone = f"times without a zone are of {asked.tz}" if asked.tz else "times are as they are written"
    for text in (*job.understood, zone):
        tell(shown(text), asked.quiet)
    if asked.dry_run:
        return ANSWERED
    from ketref.bulk.runs.output import TooManyError

    try:
        with progress(job.rows, asked.quiet or asked.no_progress) as told:
            found = job.run(partial(_note, told), told)
    except TooManyError as error:
        complain(f"ketref: {error}\nhint: {error.hint}")
        return FINDINGS
    return _reported(asked, job.files, found)


def _reported(asked: argparse.Namespace, files: Mapping[str, File], found: Run) -> int:
    """Tell of the rows that were refused and of what was written."""
    for what, counts in found.counts.items():
        for row, line, refusal in counts.first if not asked.rejects else ():
            place = f", line {line}" if line is not None else ""
            cell = f", column `{refusal.column}`" if refusal.column else ""
            if refusal.value and shown(refusal.value) not in refusal.reason:
                cell += f", `{refusal.value}`"
            complain(shown(f"{files[what].name}{place}, row {row}{cell}: {refusal.reason}"))
    if found.refused:
        told = " and ".join(
            f"{counts.refused} of {counts.read} {what}" for what, counts in found.counts.items() if counts.refused
        )
        listed = sum(len(counts.first) for counts in found.counts.values())
        more = f"; the first {listed} are listed" if listed < found.refused and not asked.rejects else ""
        complain(f"ketref: {told} were refused, rows counted from 0{more}")
    doses = found.counts.get("doses")
    if doses is not None and any("--only" in refusal.reason for _, _, refusal in doses.first):
        complain("hint: doses of other drugs are left out with --only SUBSTANCE,...")
    read = ", ".join(f"{counts.read:,} {what}" for what, counts in found.counts.items())
    tell(f"{read} read {found.way}; {found.written:,} rows written, {found.refused:,} refused", asked.quiet)
    return FINDINGS if found.refused else ANSWERED


def _note(told: Progress | None, text: str) -> None:
    if told is not None:
        told.end()
    complain(f"ketref: {shown(text)}")


FLAGS = {"detect-many": _detect_flags, "effects-many": _effects_flags, "evaluate": _evaluate_flags, "warm": _warm_flags}
"""What adds the flags of each command."""
