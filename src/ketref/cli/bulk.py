"""Which many questions does a command line ask: detect-many, effects-many, evaluate, and warm before all of these?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ketref.book.loading import chosen
from ketref.bulk.many import extra
from ketref.cli.inputs import add_counting, add_notation, add_skip
from ketref.cli.printing import ANSWERED, FINDINGS, complain, print_text
from ketref.errors import InputError, UsageError
from ketref.model.axes import OF_DOSE, OF_ONE_DOSE, OF_TEST, with_units
from ketref.model.kinds import PHASE, WINDOW
from ketref.model.times import Notation, notation
from ketref.places import place
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.bulk.refusals import Listing, Refusal
    from ketref.bulk.tabular import Source

ROWS_LISTED = 20  # of those that are refused
_TOLD = 100_000  # rows from which on progress is told
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
    add_notation(command, midnight=True)
    command.add_argument(
        "--rejects", metavar="FILE", help="write each row that is refused, with its line and cell, to this CSV file"
    )
    command.add_argument("--prefix", metavar="TEXT", default="", help="begins the names of the answers' columns")
    add_skip(command)
    command.add_argument(
        *("--format", "-f"),
        choices=("suffix", "csv", "jsonl", "parquet"),
        default="suffix",
        help="the format of all files (default: told by each suffix)",
    )


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
    with extra():
        from ketref.bulk.questions import READ, answered
        from ketref.bulk.refusals import Listing
        from ketref.bulk.tabular import fit, source
    kind = WINDOW if asked.command == "detect-many" else PHASE
    read, to = _kinds(asked, asked.questions)
    _refuse_overwriting(asked, asked.questions)
    columns = asked.columns.split(",") if asked.columns else _DEFAULTS[asked.command]
    found = source(asked.questions, read, READ[kind], asked.skip_lines, bool(asked.rejects))
    questions = found.rows
    _refuse_taken(asked, columns, questions.column_names, "questions")
    fit(questions.column_names, to)
    listing = Listing({"questions": found.lines}, {"questions": found.broken})
    with _compiling(), _progress(questions.num_rows) as progress:
        book, written = chosen(asked.rules), _notation(asked)
        answers = answered(kind, questions, columns, book, written, "reject", progress, asked.prefix, _note, listing)
    _write(asked, questions, answers, to)
    return _list(asked, listing, {"questions": (asked.questions, questions.num_rows)})


def _evaluate(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.bulk.refusals import Listing
        from ketref.bulk.tabular import fit, source
        from ketref.bulk.timelines.evaluate import by_default, evaluated
        from ketref.bulk.timelines.rows import DOSES, RESULTS, SAMPLES
    of_doses, of_samples, to = _kinds(asked, asked.doses, asked.samples)
    if asked.doses == asked.samples == "-":
        raise UsageError("standard input holds one table", value="-", hint="name a file for the doses or the samples")
    _refuse_overwriting(asked, asked.doses, asked.samples)
    doses, samples = (
        source(name, kind, known, asked.skip_lines, bool(asked.rejects))
        for name, kind, known in ((asked.doses, of_doses, DOSES), (asked.samples, of_samples, SAMPLES | RESULTS))
    )
    _refuse_strangers(asked, doses, samples)
    columns = asked.columns.split(",") if asked.columns else ["substance", *by_default(samples.rows.column_names)]
    if "substance" in samples.rows.column_names:  # then it is that of the sample
        columns = [column for column in columns if column != "substance"]
    _refuse_taken(asked, columns, samples.rows.column_names, "samples")
    fit(samples.rows.column_names, to)
    listing = Listing(
        {"doses": doses.lines, "samples": samples.lines}, {"doses": doses.broken, "samples": samples.broken}
    )
    with _compiling(), _progress(samples.rows.num_rows) as progress:
        answers = evaluated(
            doses.rows,
            samples.rows,
            ["sample", *columns],
            chosen(asked.rules),
            _notation(asked),
            "reject",
            progress,
            only=asked.only,
            ongoing=asked.ongoing,
            known_since=asked.known_since,
            keys=asked.keys,
            prefix=asked.prefix,
            notes=_note,
            listing=listing,
        )
    number = f"{asked.prefix}sample"
    shown = answers if "sample" in columns else answers.drop_columns(number)
    _write(asked, samples.rows.take(answers[number]), shown, to)
    tables = {"doses": (asked.doses, doses.rows.num_rows), "samples": (asked.samples, samples.rows.num_rows)}
    return _list(asked, listing, tables)


def _warm(_: argparse.Namespace, __: list[str]) -> int:
    with extra():
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


def _refuse_strangers(asked: argparse.Namespace, doses: Source, samples: Source) -> None:
    """Refuse a row of the doses that is broken where it does not name a subject of the samples: it may be anyone's."""
    if not doses.broken or "subject" not in {*doses.rows.column_names} & {*samples.rows.column_names}:
        return
    known = {value for value in samples.rows["subject"].to_pylist() if value is not None}
    named = doses.rows["subject"].take(list(doses.broken)).to_pylist()
    for row, subject in zip(doses.broken, named, strict=True):
        if subject not in known:
            line, reason = doses.lines([row])[row], doses.broken[row].reason
            message = f"`{asked.doses}`, line {line}: {reason}, and whose dose it is cannot be told"
            raise InputError(message, path=asked.doses, hint="mend that line")


def _note(text: str) -> None:
    complain(f"ketref: {shown(text)}")


def _notation(asked: argparse.Namespace) -> Notation:
    """How the times of the files are written."""
    return notation(asked.tz, asked.dates, asked.midnight)


def _kinds(asked: argparse.Namespace, *names: str) -> list[str]:
    """The format of each file that is read, and of OUT: as said, or as its suffix tells; of `-` that of the others."""
    from ketref.bulk.tabular import kind_of

    said = None if asked.format == "suffix" else asked.format
    named = next((name for name in names if name != "-"), None)
    read = kind_of(named or asked.output, said, written=named is None)
    found = [read if name == "-" else kind_of(name, said) for name in names]
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


def _write(asked: argparse.Namespace, found: Any, answers: Any, kind: str) -> None:
    """Write rows beside their answers."""
    from ketref.bulk.tabular import write

    for column in answers.column_names:
        found = found.append_column(column, answers[column])
    write(found, asked.output, kind)


def _list(asked: argparse.Namespace, listing: Listing, tables: Mapping[str, tuple[str, int]]) -> int:
    """Tell of the rows that were refused: of each table its file, and how many rows it has."""
    listed = sorted(listing.refused.items(), key=lambda each: (list(tables).index(each[0][0]), each[0][1]))
    lines = {what: listing.lines(what, {row for (of, row), _ in listed if of == what}) for what in tables}
    if asked.rejects:
        _write_rejects(
            asked.rejects,
            [(tables[what][0], lines[what].get(row), row, *_cell(refusal)) for (what, row), refusal in listed],
        )
    for (what, row), refusal in listed[:ROWS_LISTED] if not asked.rejects else ():
        line = f", line {lines[what][row]}" if row in lines[what] else ""
        cell = f", column `{refusal.column}`" if refusal.column else ""
        if refusal.value and shown(refusal.value) not in refusal.reason:
            cell += f", `{refusal.value}`"
        complain(shown(f"{tables[what][0]}{line}, row {row}{cell}: {refusal.reason}"))
    if listed:
        counts = {what: sum(of == what for (of, _), _ in listed) for what in tables}
        told = " and ".join(f"{count} of {tables[what][1]} {what}" for what, count in counts.items() if count)
        more = f"; the first {ROWS_LISTED} are listed" if len(listed) > ROWS_LISTED and not asked.rejects else ""
        complain(f"ketref: {told} were refused, rows counted from 0{more}")
    if any(of == "doses" and refusal.column == "substance" for (of, _), refusal in listed):
        complain("hint: doses of other drugs are left out with --only SUBSTANCE,...")
    return FINDINGS if listed else ANSWERED


def _cell(refusal: Refusal) -> tuple[str | None, str | None, str]:
    return refusal.column or None, refusal.value or None, refusal.reason


def _write_rejects(name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    from ketref.bulk.tabular import write

    text, number = pa.string(), pa.int64()
    types = {"file": text, "line": number, "row": number, "column": text, "value": text, "reject": text}
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types.values(), strict=True)]
    write(pa.table(arrays, names=list(types)), name, "csv")


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], object] | None]:
    """What is told of rows done: a bar, on a terminal, where `rich` is installed and there is something to wait for."""
    if rows < _TOLD or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ModuleNotFoundError:
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=rows)
        yield lambda done: bar.advance(task, done)


FLAGS = {"detect-many": _detect_flags, "effects-many": _effects_flags, "evaluate": _evaluate_flags, "warm": _warm_flags}
"""What adds the flags of each command."""
