"""Which many questions does a command line ask: detect-many, effects-many, evaluate?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ketref.book.loading import chosen
from ketref.bulk.many import extra
from ketref.cli.inputs import add_counting, add_notation, add_text, bytes_of
from ketref.cli.printing import ANSWERED, FINDINGS, complain
from ketref.cli.progress import progress, tell
from ketref.errors import UsageError
from ketref.model.axes import OF_DOSE, OF_ONE_DOSE, OF_TEST, with_units
from ketref.model.kinds import PHASE, WINDOW
from ketref.model.times import Notation, notation
from ketref.places import place
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.bulk.files.batches import File, Reading
    from ketref.bulk.runs.output import Place
    from ketref.bulk.runs.run import Run

_MORE_OF_TEST = tuple(keyword for keyword in OF_TEST if keyword != "matrix")
_COLUMNS = (
    "Columns of QUESTIONS: substance, {test}since (or taken and at); and, where known, {axes}. Other"
    " columns are kept. Each row gets the columns of its answer, and `reject`: why it was not understood."
)
_TABLES = (
    "Columns of DOSES: subject, substance, start; where known start_latest, end,"
    f" {', '.join(with_units(OF_ONE_DOSE))}. Columns of SAMPLES: subject, matrix, time; where known substance,"
    f" time_latest, {', '.join(with_units(_MORE_OF_TEST))}; of a result outcome, value, comparator, lod, loq, panel."
    " Columns of the answers: substance, status, dose (the row of DOSES that governs, from 0), rule, pattern,"
    " elapsed_s, elapsed_longest_s, next_change_s, sample; verdict (do the doses explain the outcome?); and `reject`:"
    " why it was not understood."
)
_DEFAULTS = {"detect-many": ("status", "rule"), "effects-many": ("phase_earliest", "phase_latest", "rule")}
"""The columns that each command answers with where none are named."""


def _flags(command: argparse.ArgumentParser, run: Callable[..., int], asked: str, which: str) -> None:
    command.set_defaults(run=run)
    command.add_argument(asked.lower(), metavar=asked, help=f"a file with one {which} a row; - for standard input")
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="the file to write; - for standard output"
    )
    command.add_argument(
        "--columns", metavar="C,C", help="the columns of the answers (default: the first two or three)"
    )
    command.add_argument("--prefix", metavar="TEXT", default="", help="begins the names of the answers' columns")
    add_notation(command, midnight=True)
    add_text(command)
    command.add_argument(
        *("--format", "-f"),
        choices=("suffix", "csv", "jsonl", "parquet"),
        default="suffix",
        help="the format of all files (default: told by each suffix; a folder is one of Parquet files)",
    )
    command.add_argument(
        "--input-format", choices=("csv", "jsonl", "parquet"), help="that of the files that are read, where it differs"
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
    command.epilog = _COLUMNS.format(test="matrix, ", axes=", ".join(with_units((*_MORE_OF_TEST, *OF_DOSE))))
    _flags(command, _ask, "QUESTIONS", "question")


def _effects_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _COLUMNS.format(test="", axes=", ".join(with_units(OF_DOSE)))
    _flags(command, _ask, "QUESTIONS", "question")


def _evaluate_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _TABLES
    command.add_argument("doses", metavar="DOSES", help="a file with one dose a row; - for standard input")
    _flags(command, _evaluate, "SAMPLES", "sample")
    command.add_argument(
        "--memory-limit", metavar="SIZE", default="1 GB", help="how much memory may be used, about (default: 1 GB)"
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


def _ask(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.bulk.files.reading import opened_file
        from ketref.bulk.files.writing import fit
        from ketref.bulk.questions import READ, Asked
        from ketref.bulk.runs.run import BY_ROW, answer_file
    kind = WINDOW if asked.command == "detect-many" else PHASE
    read, to = _kinds(asked, asked.questions)
    _refuse_overwriting(asked, asked.questions)
    columns = asked.columns.split(",") if asked.columns else _DEFAULTS[asked.command]
    questions = opened_file(asked.questions, read, _reading(asked), READ[kind], bool(asked.rejects))
    _refuse_taken(asked, columns, questions.names, "questions")
    fit(questions.names, to)
    words = Asked(
        kind=kind,
        book=chosen(asked.rules),
        columns=columns,
        notation=_notation(asked),
        on_error="reject",
        prefix=asked.prefix,
    )
    _tell_understood(asked, {"questions": (questions, READ[kind])}, BY_ROW)
    if asked.dry_run:
        return ANSWERED
    with progress(questions.rows, asked.quiet or asked.no_progress) as done:
        return _reported(
            asked, {"questions": questions}, lambda: answer_file(questions, words, _place(asked, to), _note, done)
        )


def _evaluate(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.bulk.files.reading import opened_file
        from ketref.bulk.files.writing import fit
        from ketref.bulk.runs.run import Room, evaluate_files, way_by_size
        from ketref.bulk.timelines.evaluate import Asked, by_default
        from ketref.bulk.timelines.rows import DOSES, RESULTS, SAMPLES
    of_doses, of_samples, to = _kinds(asked, asked.doses, asked.samples)
    if asked.doses == asked.samples == "-":
        raise UsageError("standard input holds one table", value="-", hint="name a file for the doses or the samples")
    _refuse_overwriting(asked, asked.doses, asked.samples)
    doses, samples = (
        opened_file(name, kind, _reading(asked), known, bool(asked.rejects))
        for name, kind, known in ((asked.doses, of_doses, DOSES), (asked.samples, of_samples, SAMPLES | RESULTS))
    )
    columns = asked.columns.split(",") if asked.columns else ["substance", *by_default(samples.names)]
    if "substance" in samples.names:  # then it is that of the sample
        columns = [column for column in columns if column != "substance"]
    _refuse_taken(asked, columns, samples.names, "samples")
    fit(samples.names, to)
    words = Asked(
        book=chosen(asked.rules),
        columns=columns,
        notation=_notation(asked),
        on_error="reject",
        only=asked.only,
        ongoing=asked.ongoing,
        known_since=asked.known_since,
        keys=asked.keys,
        prefix=asked.prefix,
    )
    room = Room(memory=bytes_of(asked.memory_limit), temp_dir=asked.temp_dir)
    files = {"doses": doses, "samples": samples}
    known = {"doses": DOSES, "samples": words.read_of_samples()}
    _tell_understood(
        asked, {what: (file, known[what]) for what, file in files.items()}, way_by_size(doses, samples, room)
    )
    if asked.dry_run:
        return ANSWERED
    with progress(samples.rows, asked.quiet or asked.no_progress) as done:
        run = partial(evaluate_files, doses, samples, words, _place(asked, to), room, _note, done)
        return _reported(asked, files, run)


def _reading(asked: argparse.Namespace) -> Reading:
    from ketref.bulk.files.batches import Reading

    return Reading(delimiter=asked.delimiter, encoding=asked.encoding, skip=asked.skip_lines, temp_dir=asked.temp_dir)


def _place(asked: argparse.Namespace, kind: str) -> Place:
    from ketref.bulk.runs.output import Place

    return Place(
        name=asked.output,
        kind=kind,
        rejects=asked.rejects,
        most=asked.max_rejects,
        force=asked.force,
        safe=asked.safe_csv,
    )


def _tell_understood(asked: argparse.Namespace, files: Mapping[str, tuple[File, Collection[str]]], way: str) -> None:
    """Tell what was understood of each file: its kind, and which columns are read and which are left alone."""
    from ketref.bulk.files.kinds import CALLED

    for file, known in files.values():
        read = ", ".join(name for name in file.names if name in known) or "nothing"
        others = ", ".join(name for name in file.names if name not in known)
        told = f"{file.name}: {CALLED[file.kind]}; reads {read}" + (f"; keeps {others}" if others else "")
        tell(shown(told), asked.quiet)
    zone = f"times without a zone are of {asked.tz}" if asked.tz else "times are as they are written"
    tell(f"{zone}; rows are answered {way}", asked.quiet)


def _reported(asked: argparse.Namespace, files: Mapping[str, File], run: Callable[[], Run]) -> int:
    """Run, and tell of the rows that were refused and of what was written."""
    from ketref.bulk.runs.output import TooManyError

    try:
        found = run()
    except TooManyError as error:
        complain(f"ketref: {error}\nhint: {error.hint}")
        return FINDINGS
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
    if doses is not None and any(refusal.column == "substance" for _, _, refusal in doses.first):
        complain("hint: doses of other drugs are left out with --only SUBSTANCE,...")
    read = ", ".join(f"{counts.read:,} {what}" for what, counts in found.counts.items())
    tell(f"{read} read {found.way}; {found.written:,} rows written, {found.refused:,} refused", asked.quiet)
    return FINDINGS if found.refused else ANSWERED


def _note(text: str) -> None:
    complain(f"ketref: {shown(text)}")


def _notation(asked: argparse.Namespace) -> Notation:
    """How the times of the files are written."""
    return notation(asked.tz, asked.dates, asked.midnight)


def _kinds(asked: argparse.Namespace, *names: str) -> list[str]:
    """The format of each file that is read, and of OUT: as said, or as its suffix tells; of `-` that of the others."""
    from ketref.bulk.files.kinds import kind_of

    said = None if asked.format == "suffix" else asked.format
    of_read = asked.input_format or said
    named = next((name for name in names if name != "-"), None)
    read = kind_of(named or asked.output, of_read, written=named is None)
    found = [read if name == "-" else kind_of(name, of_read) for name in names]
    return [*found, found[0] if asked.output == "-" else kind_of(asked.output, said, written=True)]


def _refuse_overwriting(asked: argparse.Namespace, *read: str) -> None:
    """Refuse to write to one place twice, or to what is read, by whatever names."""
    taken = {place(name, 0): f"`{name}`, which is read," for name in read}
    for flag, name in (("-o", asked.output), ("--rejects", asked.rejects)):
        if name is None:
            continue
        found = place(name, 1) or ("-" if name == "-" else None)
        if found and found in taken:
            message = f"{taken[found]} and `{flag} {name}` are one file"
            raise UsageError(message, value=name, hint="name another file, so that nothing is lost")
        taken[found] = f"`{flag} {name}`"


def _refuse_taken(asked: argparse.Namespace, columns: Iterable[str], taken: Sequence[str], what: str) -> None:
    for column in (*columns, "reject"):
        name = f"{asked.prefix}{column}"
        if name in taken:
            hint = f"give it another name in the file of {what}, or those of the answers one with `--prefix ketref_`"
            raise UsageError(f"the column `{name}` is there already", value=name, hint=hint)


FLAGS = {"detect-many": _detect_flags, "effects-many": _effects_flags, "evaluate": _evaluate_flags}
"""What adds the flags of each command."""
