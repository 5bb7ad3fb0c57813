"""Which many questions does a command line ask: detect-many, effects-many?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ketref.errors import UsageError
from ketref.many import detect_many, effects_many, extra
from ketref.printing import ANSWERED, FINDINGS

SHOWN = 20  # refused rows that are listed
_TOLD = 100_000  # rows from which on progress is told
_COLUMNS = (
    "Columns of QUESTIONS: substance, {test}since (or taken and at); and, where known, {axes}route, pattern, dose,"
    " dose_unit, weight, infusion. Other columns are kept. Each row gets the columns of its answer, and `reject`: why"
    " it was not understood."
)
_ASK: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "detect-many": (detect_many, ("status", "rule", "earliest_stage", "latest_stage", "next_change_s")),
    "effects-many": (
        effects_many,
        ("phase_earliest", "phase_latest", "rule", "earliest_stage", "latest_stage", "next_change_s"),
    ),
}
"""What asks for each command, and the columns that it can answer with."""


def _flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_run)
    command.add_argument("questions", metavar="QUESTIONS", help="a file with one question a row; - for standard input")
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
        help="the format of both files (default: told by each suffix)",
    )


def _detect_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _COLUMNS.format(test="matrix, ", axes="analyte, method, cutoff, cutoff_unit, ")
    _flags(command)


def _effects_flags(command: argparse.ArgumentParser) -> None:
    command.epilog = _COLUMNS.format(test="", axes="")
    _flags(command)


def _run(asked: argparse.Namespace, _: list[str]) -> int:
    with extra():
        from ketref.tabular import kind_of, table, write
    ask, known = _ASK[asked.command]
    said = None if asked.format == "suffix" else asked.format
    names = (asked.questions, asked.output)
    kinds = [kind_of(other if name == "-" else name, said) for name, other in zip(names, reversed(names), strict=True)]
    columns = asked.columns.split(",") if asked.columns else known[: known.index("earliest_stage")]
    questions = table(asked.questions, kinds[0])
    for column in (*columns, "reject"):
        if column in questions.column_names:
            hint = "give it another name in the file of questions"
            raise UsageError(f"the column `{column}` is there already", value=column, hint=hint)
    with _progress(questions.num_rows) as progress:
        answers = ask(questions, columns, rules=asked.rules, on_error="reject", progress=progress)
    found = questions
    for column in answers.column_names:
        found = found.append_column(column, answers[column])
    write(found, asked.output, kinds[1])
    refused = [(row, reason) for row, reason in enumerate(answers["reject"].to_pylist()) if reason is not None]
    if asked.rejects:
        import pyarrow as pa

        rows, reasons = [row for row, _ in refused], [reason for _, reason in refused]
        write(
            pa.table({"row": pa.array(rows, pa.int64()), "reject": pa.array(reasons, pa.string())}),
            asked.rejects,
            "csv",
        )
    for row, reason in refused[:SHOWN] if not asked.rejects else ():
        print(f"row {row}: {reason}", file=sys.stderr)
    if refused:
        more = f"; the first {SHOWN} are listed" if len(refused) > SHOWN and not asked.rejects else ""
        kept = f"{len(refused)} of {questions.num_rows} rows were refused, counted from 0{more}"
        print(f"ketref: {kept}", file=sys.stderr)
    return FINDINGS if refused else ANSWERED


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], object] | None]:
    """What is told of rows done: a bar, on a terminal, where `rich` is installed and there is something to wait for."""
    if rows < _TOLD or not sys.stderr.isatty():
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


FLAGS = {"detect-many": _detect_flags, "effects-many": _effects_flags}
"""What adds the flags of each command."""
