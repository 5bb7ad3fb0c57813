"""Which many questions does a command line ask: detect-many, effects-many, evaluate?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ketref.bulk.many import detect_many, effects_many, evaluate, extra
from ketref.cli.printing import ANSWERED, FINDINGS, complain
from ketref.errors import UsageError
from ketref.model.axes import OF_DOSE, OF_ONE_DOSE, OF_TEST, with_units
from ketref.places import place
from ketref.visible import shown

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
    f" time_latest, {', '.join(with_units(_MORE_OF_TEST))}. Columns of the answers: substance,"
    " status, dose (the row of DOSES that governs, from 0), rule, pattern, elapsed_s, elapsed_longest_s,"
    " next_change_s, sample; and `reject`: why it was not understood."
)
_ASKED: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "detect-many": (detect_many, ("status", "rule", "earliest_stage", "latest_stage", "next_change_s")),
    "effects-many": (
        effects_many,
        ("phase_earliest", "phase_latest", "rule", "earliest_stage", "latest_stage", "next_change_s"),
    ),
}
"""What asks for each command, and the columns that it can answer with."""


def _flags(command: argparse.ArgumentParser, run: Callable[..., int], asked: str, which: str) -> None:
    command.set_defaults(run=run)
    command.add_argument(asked.lower(), metavar=asked, help=f"a file with one {which} a row; - for standard input")
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="the file to write; - for standard output"
    )
    command.add_argument(
        "--columns", metavar="C,C", help="the columns of the answers (default: the first two or three)"
    )
    command.add_argument("--rejects", metavar="FILE", help="write the rows that are refused to this CSV file")
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


def _ask(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.bulk.tabular import fit, table
    ask, known = _ASKED[asked.command]
    kind, to = _kinds(asked, asked.questions, asked.output)
    _refuse_overwriting(asked, asked.questions)
    columns = asked.columns.split(",") if asked.columns else known[: known.index("earliest_stage")]
    questions = table(asked.questions, kind)
    _refuse_taken([*columns, "reject"], questions.column_names, "questions")
    fit(questions.column_names, to)
    with _progress(questions.num_rows) as progress:
        answers = ask(questions, columns, rules=asked.rules, on_error="reject", progress=progress)
    return _give(asked, questions, answers, to)


def _evaluate(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.bulk.tabular import fit, table
    of_doses, kind, to = _kinds(asked, asked.doses, asked.samples, asked.output)
    if asked.doses == asked.samples == "-":
        raise UsageError("standard input holds one table", value="-", hint="name a file for the doses or the samples")
    _refuse_overwriting(asked, asked.doses, asked.samples)
    doses, samples = table(asked.doses, of_doses), table(asked.samples, kind)
    columns = asked.columns.split(",") if asked.columns else ["substance", "status", "dose", "rule"]
    if "substance" in samples.column_names:  # then it is that of the sample
        columns = [column for column in columns if column != "substance"]
    _refuse_taken([*columns, "reject"], samples.column_names, "samples")
    fit(samples.column_names, to)
    with _progress(samples.num_rows) as progress:
        asking = ["sample", *(column for column in columns if column != "sample")]
        answers = evaluate(doses, samples, asking, rules=asked.rules, on_error="reject", progress=progress)
    shown = answers if "sample" in columns else answers.drop_columns("sample")
    return _give(asked, samples.take(answers["sample"]), shown, to, answers["sample"].to_pylist())


def _kinds(asked: argparse.Namespace, *names: str) -> list[str]:
    """The format of each file: as said, or as its suffix tells; of standard input and output that of the others."""
    from ketref.bulk.tabular import kind_of

    said = None if asked.format == "suffix" else asked.format
    named = next((name for name in names if name != "-"), "-")
    return [kind_of(named if name == "-" else name, said) for name in names]


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


def _refuse_taken(columns: Iterable[str], taken: Sequence[str], what: str) -> None:
    for column in columns:
        if column in taken:
            hint = f"give it another name in the file of {what}"
            raise UsageError(f"the column `{column}` is there already", value=column, hint=hint)


def _give(asked: argparse.Namespace, found: Any, answers: Any, kind: str, numbers: Sequence[int] | None = None) -> int:
    """Write rows beside their answers, and tell of those that were refused; `numbers` are those of the rows asked."""
    from ketref.bulk.tabular import write

    for column in answers.column_names:
        found = found.append_column(column, answers[column])
    write(found, asked.output, kind)
    reasons = answers["reject"].to_pylist()
    refused = {
        number: reason
        for number, reason in zip(numbers or range(len(reasons)), reasons, strict=True)
        if reason is not None
    }
    if asked.rejects:
        import pyarrow as pa

        rows = pa.array(list(refused), pa.int64()), pa.array(list(refused.values()), pa.string())
        write(pa.table(dict(zip(("row", "reject"), rows, strict=True))), asked.rejects, "csv")
    for row, reason in list(refused.items())[:ROWS_LISTED] if not asked.rejects else ():
        complain(f"row {row}: {shown(reason)}")
    if refused:
        more = f"; the first {ROWS_LISTED} are listed" if len(refused) > ROWS_LISTED and not asked.rejects else ""
        of = len(set(numbers)) if numbers else len(reasons)
        complain(f"ketref: {len(refused)} of {of} rows were refused, counted from 0{more}")
    return FINDINGS if refused else ANSWERED


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


FLAGS = {"detect-many": _detect_flags, "effects-many": _effects_flags, "evaluate": _evaluate_flags}
"""What adds the flags of each command."""
