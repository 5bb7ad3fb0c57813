"""Which question about one person does a command line ask: history?"""

from __future__ import annotations

import argparse

from ketref.errors import UsageError
from ketref.printing import print_answer

_FILE_HELP = "CSV, JSON or TOML; - for standard input"


def _history_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_history)
    command.epilog = (
        "Columns of DOSES: substance, start; and where known start_latest, end, route, dose, dose_unit, weight."
    )
    command.add_argument("doses", metavar="DOSES", help=f"the doses of one person: {_FILE_HELP}")
    command.add_argument("--at", metavar="T", default="now", help="the moment asked about (default: now)")
    command.add_argument("--matrix", metavar="M", action="append", help="a specimen; may be given again (default: all)")
    command.add_argument("--analyte", metavar="A", help="what the laboratory measures (unsaid: the test as a whole)")
    command.add_argument("--method", metavar="X", help="immunoassay, gc-ms, lc-ms, lc-ms-ms")
    command.add_argument("--cutoff", metavar="C", help='concentration from which a test is positive, "25 ng/mL"')
    command.add_argument("--known-since", metavar="T", help="before it nothing is known (unsaid: these are all doses)")


def _history(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.history_answers import history
    from ketref.inputs import records

    doses, said = records(asked.doses, "dose", "doses", also=("known_since",))
    since = asked.known_since or said.get("known_since")
    if asked.known_since and "known_since" in said:
        hint = "give it once"
        raise UsageError(f"`known_since` is in `{asked.doses}` and on the command line", hint=hint)
    answer = history(
        doses,
        at=asked.at,
        matrix=asked.matrix,
        analyte=asked.analyte,
        method=asked.method,
        cutoff=asked.cutoff,
        known_since=since,
        rules=asked.rules,
    )
    return print_answer(asked, answer)


FLAGS = {"history": _history_flags}
"""What adds the flags of each command."""
