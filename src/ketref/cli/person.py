"""Which question about one person does a command line ask: history, infer, interpret?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketref.cli.flags import add_counting, add_mapping, add_notation, add_plot, add_text, said_of_tables
from ketref.cli.printing import ANSWERED, add_parts, complain, print_answer, print_text
from ketref.errors import UsageError
from ketref.model.axes import OF_ONE_DOSE, OF_SPECIMEN, with_units

if TYPE_CHECKING:
    from ketref.cli.inputs import Records
    from ketref.model.theirs import Said
    from ketref.person.history import HistoryAnswer
    from ketref.person.infer import InferAnswer

_FILE_HELP = "CSV, JSON or TOML; - for standard input"


def _history_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_history)
    columns = ", ".join(with_units(OF_ONE_DOSE))
    command.epilog = (
        f"Columns of DOSES: substance, start; and where known status, start_latest, end, {columns}; where a row stands"
        " for many doses frequency or interval (ii), with count (addl) or end."
    )
    command.add_argument("doses", metavar="DOSES", help=f"the doses of one person: {_FILE_HELP}")
    command.add_argument("--at", metavar="T", default="now", help="the time you are asking about (default: now)")
    command.add_argument(
        "--matrix", "--specimen", metavar="M", action="append", help="a specimen; may be given again (default: all)"
    )
    command.add_argument(
        "--test", metavar="S", help="what the tests are for (if omitted: each substance that was taken)"
    )
    command.add_argument(
        "--analyte", metavar="A", help="what the laboratory measures (if omitted: the test as a whole)"
    )
    command.add_argument("--method", metavar="X", help="immunoassay, gc-ms, lc-ms, lc-ms-ms")
    command.add_argument("--cutoff", metavar="C", help='concentration from which a test is positive, "25 ng/mL"')
    for keyword, (metavar, says) in OF_SPECIMEN.items():
        command.add_argument(f"--{keyword}", metavar=metavar, help=says)
    command.add_argument(
        "--known-since", metavar="T", help="before it nothing is known (if omitted: these are all doses)"
    )
    command.add_argument("--calculated", action="store_true", help="tell beside it what pharmacokinetic models say")
    add_text(command)
    about = {"substance": "what was taken, where DOSES does not say it"}
    add_mapping(command, {**about, "route": "how it was taken, where DOSES does not say it"})
    add_notation(command, midnight=True)
    add_counting(command, until="the time you are asking about")
    add_parts(command, "full")
    add_plot(command)


def _history(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.cli.inputs import naming_lines
    from ketref.person.history import history

    doses = doses_alone(asked, "known_since")
    since = _since(asked, doses)
    with naming_lines({"dose": doses}):
        said = _said(asked, "matrix", "test", "analyte", "method", "cutoff", *OF_SPECIMEN)
        answer = history(doses.rows, known_since=since, calculated=asked.calculated, **said)
    return _print_noted(asked, answer)


def _today_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_today)
    command.epilog = "Columns of DOSES: as in history, and `subject`, which names the person."
    command.add_argument("doses", metavar="DOSES", help=f"the doses of several people: {_FILE_HELP}")
    command.add_argument("--at", metavar="T", default="now", help="the time you are asking about (default: now)")
    add_text(command)
    about = {"substance": "what was taken, where DOSES does not say it"}
    add_mapping(command, {**about, "route": "how it was taken, where DOSES does not say it"})
    add_notation(command, midnight=True)
    add_counting(command, until="the time you are asking about")
    add_parts(command, "full")


def _today(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.cli.inputs import naming_lines
    from ketref.person.today import today

    doses = doses_alone(asked)
    with naming_lines({"dose": doses}):
        answer = today(doses.rows, **_said(asked))
    return print_answer(asked, answer)


def _infer_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_infer)
    command.epilog = (
        "Columns of RESULTS: matrix, time, outcome (or a value that decides); and where known id, test, time_latest,"
        " analyte, method, cutoff, cutoff_unit, value, comparator, lod, loq, segment, panel."
        " Those of DOSES are as in history."
    )
    command.add_argument("results", metavar="RESULTS", help=f"the test results of one person: {_FILE_HELP}")
    command.add_argument("--doses", metavar="DOSES", help=f"the doses that the person declared: {_FILE_HELP}")
    command.add_argument(
        "--substance", metavar="S", help="what may have been taken (if omitted: whatever the tests find)"
    )
    command.add_argument("--pattern", metavar="P", default="unknown", help="single, repeated, chronic, unknown")
    command.add_argument("--route", metavar="R", help="how the one dose in question was taken: intravenous, nasal, ...")
    command.add_argument("--dose", metavar="D", help='its amount, "84 mg", "0.5 mg/kg"')
    command.add_argument("--weight", metavar="W", help='body weight, "70 kg"')
    command.add_argument("--infusion", metavar="DUR", help='how long its administration took, "40 min"')
    command.add_argument(
        "--known-since", metavar="T", help="before it nothing is known (default: before the first row of DOSES)"
    )
    add_counting(command, until="the time you are asking about")
    command.add_argument("--at", metavar="T", help="when a further test may be taken (default: the last result)")
    about = "tell beside each result what pharmacokinetic models say, and narrow the times of a dose by them"
    command.add_argument("--calculated", action="store_true", help=about)
    add_text(command)
    add_mapping(command, {"matrix": "the specimen, where RESULTS does not say it"})
    add_notation(command, midnight=True)
    add_parts(command, "full")
    add_plot(command)


def _infer(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.cli.inputs import naming_lines
    from ketref.person.infer import infer

    found, doses, since = _results_and_doses(asked, asked.results)
    with naming_lines({"result": found, "dose": doses}):
        said = _said(asked, "substance", "pattern", "route", "dose", "weight", "infusion", "calculated")
        answer = infer(found.rows, doses=None if doses is None else doses.rows, known_since=since, **said)
    return _print_noted(asked, answer)


def _results_and_doses(asked: argparse.Namespace, results_file: str) -> tuple[Records, Records | None, Any]:
    """The results of a file and the declared doses of another, with since when these are all."""
    from ketref.book.loading import chosen
    from ketref.book.mappings import chosen_mapping
    from ketref.model.fitting import refuse_silent, refuse_unknown
    from ketref.person import doses as dosed
    from ketref.person import results

    mapping = chosen_mapping(chosen(asked.rules), asked.mapping)
    refuse_silent(mapping, ["samples", *(["doses"] if asked.doses else [])])
    theirs = {column.name for column in mapping.doses.column}
    lacking = [name for name in ("substance", "route") if asked.mapping and theirs and name not in theirs]
    told = said_of_tables(asked, ("matrix", *lacking))
    found = _read(asked, told, "samples", results_file, "result", "results", _columns(results))
    doses = None if asked.doses is None else _doses(asked, told, "known_since")
    since = asked.known_since if doses is None else _since(asked, doses)
    tables = {"samples": (found.named, _columns(results)), "doses": (doses.named if doses else (), _columns(dosed))}
    refuse_unknown(told, tables)
    return found, doses, since


def _interpret_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_interpret)
    command.epilog = (
        "Columns of REPORT: matrix, analyte (or test), outcome (or a value that decides); and where known time, id,"
        " time_latest, method, cutoff, cutoff_unit, value, comparator, lod, loq, segment, panel. A row whose analyte is"
        " a measure of the specimen (creatinine, pH ...) has a value. Columns of DOSES: as in history."
    )
    command.add_argument("report", metavar="REPORT", help=f"the results of one person: {_FILE_HELP}")
    command.add_argument("--doses", metavar="DOSES", help=f"the doses that the person declared: {_FILE_HELP}")
    about = (
        'what is prescribed: drug, dose, route, how often ("10 mg oral QID"), "last taken T", or a file with a row for'
        " each (substance, dose, route, frequency, last, since); may be given again"
    )
    command.add_argument("--prescribed", metavar="TEXT", action="append", help=about)
    command.add_argument("--pattern", metavar="P", default="unknown", help="single, repeated, chronic, unknown")
    command.add_argument(
        "--known-since", metavar="T", help="before it nothing is known (default: before the first row of DOSES)"
    )
    about = "what a frequency in DOSES without an end means: on until the last result, or nobody knows how long"
    command.add_argument("--ongoing", choices=("now", "unknown"), help=about)
    about = (
        "when a further test may be taken (default: the last result), and any specimen of a REPORT without times was"
    )
    command.add_argument("--at", metavar="T", help=about)
    about = "tell beside each result what pharmacokinetic models say after DOSES"
    command.add_argument("--calculated", action="store_true", help=about)
    add_parts(command, "full")
    command.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    add_text(command)
    add_mapping(command, {"matrix": "the specimen, where REPORT does not say it"})
    add_notation(command, midnight=True)


def _interpret(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.cli.inputs import naming_lines
    from ketref.person.interpret import interpret

    found, doses, since = _results_and_doses(asked, asked.report)
    names = ("prescribed", "pattern", "at", "ongoing", "calculated", "tz", "dates", "midnight", "rules")
    with naming_lines({"result": found, "dose": doses}):
        said = {name: getattr(asked, name) for name in names} | {"prescribed": _prescribed(asked)}
        answer = interpret(found.rows, doses=None if doses is None else doses.rows, known_since=since, **said)
    for note in answer.notes:
        complain(f"ketref: {note}")
    if asked.format == "csv":
        print_text(answer.to_csv())
        return ANSWERED
    return print_answer(asked, answer)


def _prescribed(asked: argparse.Namespace) -> list[Any]:
    """What is prescribed: texts, and the rows of files of which a name stands in the place of one."""
    from ketref.cli.inputs import Wanted, records
    from ketref.person import prescribed

    found: list[Any] = []
    for text in asked.prescribed or ():
        if Path(text).suffix.lower() in {".csv", ".tsv", ".json", ".jsonl", ".toml"}:
            found += records(Wanted(text, "prescription", "prescriptions", prescribed.KEYS)).rows
        else:
            found.append(text)
    return found


def _print_noted(asked: argparse.Namespace, answer: HistoryAnswer | InferAnswer) -> int:
    """Print an answer, tell on standard error what was left out, not read or joined, and return the exit code."""
    for note in answer.notes:
        complain(f"ketref: {note}")
    return print_answer(asked, answer)


def _said(asked: argparse.Namespace, *names: str) -> dict[str, Any]:
    """What the flags of some names say, and those that both commands have."""
    shared = ("at", "only", "ongoing", "tz", "dates", "midnight", "rules")
    return {name: getattr(asked, name) for name in (*names, *shared)}


def _columns(of: Any) -> tuple[str, ...]:
    """The columns that are read of doses, or of results."""
    return (*of.KEYS, *of.ALSO)


def doses_alone(asked: argparse.Namespace, *also: str) -> Records:
    """The doses of a file, where a command reads no other; `also` is what the file may say of all of them."""
    from ketref.book.loading import chosen
    from ketref.book.mappings import chosen_mapping
    from ketref.model.fitting import refuse_silent, refuse_unknown
    from ketref.person import doses as dosed

    refuse_silent(chosen_mapping(chosen(asked.rules), asked.mapping), ["doses"])
    told = said_of_tables(asked, ("substance", "route"))
    found = _doses(asked, told, *also)
    refuse_unknown(told, {"doses": (found.named, _columns(dosed))})
    return found


def _doses(asked: argparse.Namespace, said: Said, *also: str) -> Records:
    from ketref.person import doses as dosed

    return _read(asked, said, "doses", asked.doses, "dose", "doses", _columns(dosed), also)


def _since(asked: argparse.Namespace, doses: Records) -> Any:
    """Since when doses are all that there were, as their file or the command line says."""
    if asked.known_since and "known_since" in doses.said:
        hint = "give it once"
        raise UsageError(f"`known_since` is in `{asked.doses}` and on the command line", hint=hint)
    return asked.known_since or doses.said.get("known_since")


def _read(
    asked: argparse.Namespace,
    said: Said,
    what: str,
    name: str,
    one: str,
    several: str,
    known: tuple[str, ...],
    also: tuple[str, ...] = (),
) -> Records:
    """The records of a file, as the command line says that it is written; what a mapping did is told."""
    from ketref import csv_text
    from ketref.book.loading import chosen
    from ketref.book.mappings import chosen_mapping
    from ketref.cli.inputs import Wanted, records

    found = records(
        Wanted(
            name,
            one,
            several,
            known,
            also,
            skip=asked.skip_lines,
            sign=csv_text.sign_of(asked.delimiter),
            encoding=asked.encoding,
            what=what,
            mapping=chosen_mapping(chosen(asked.rules), asked.mapping),
            said=said,
        )
    )
    for note in found.notes:
        complain(f"ketref: {note}")
    return found


FLAGS = {"history": _history_flags, "infer": _infer_flags, "interpret": _interpret_flags, "today": _today_flags}
"""What adds the flags of each command."""
