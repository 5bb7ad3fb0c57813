"""Which concentration does a command line ask for?"""

from __future__ import annotations

import argparse

from ketref.cli.flags import add_notation, add_plot
from ketref.cli.printing import complain, print_answer
from ketref.cli.questions import factors_of, flags_for, given_of
from ketref.model.axes import NOTATION


def _concentration_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_concentration)
    command.epilog = (
        "What is known of the person may be given too, such as --age 70 --sex female: it narrows the answer."
    )
    command.add_argument("substance", help="what was taken, such as esketamine")
    command.add_argument("--analyte", metavar="A", help="what is measured (unsaid: what was taken)")
    command.add_argument("--matrix", metavar="M", help="plasma, whole-blood, ... (unsaid: that of the models)")
    command.add_argument("--since", metavar="DUR", help='time since the start of the dose: "4 h", "0 h to 24 h"')
    command.add_argument("--every", metavar="DUR", help="a curve over such a range, a figure each time")
    command.add_argument("--taken", metavar="T", help="when the dose was started: 2026-03-01T14:30+01:00")
    command.add_argument("--at", metavar="T", help='the moment asked about, in the same way; "now" is understood')
    command.add_argument("--doses", metavar="FILE", help="all doses of one person, as in history, instead of one dose")
    flags_for(command, _OF_DOSE)
    command.add_argument("--formulation", metavar="F", help='one that a model knows, "extended release"')
    command.add_argument("--drinks", metavar="N", help="standard drinks instead of a dose, as --country counts them")
    command.add_argument("--country", metavar="C", help='of the drinks: "United States", Austria, ...')
    command.add_argument("--limit", metavar="L", help="a legal limit instead of a cutoff: Scotland, ...")
    command.add_argument("--measured", metavar="V", help='what was measured, "90 mg/dL", --since the last dose')
    command.add_argument("--before", metavar="DUR", help="how long before that the concentration is asked about")
    command.add_argument("--unit", metavar="U", help="of the answer: ng/mL, mg/L, mg/dL, g/L, per mille (g/kg)")
    command.add_argument("--ongoing", choices=("now", "unknown"), help="until when doses without a last day went on")
    add_notation(command)
    add_plot(command)


_OF_DOSE = ("route", "dose", "weight", "infusion", "pattern", "cutoff")
_OF_DRINKS = ("drinks", "country", "limit", "measured", "before")
_SAID = (
    "analyte",
    "matrix",
    "since",
    "every",
    "taken",
    "at",
    "formulation",
    "unit",
    "ongoing",
    *_OF_DOSE,
    *_OF_DRINKS,
    *NOTATION,
)


def _concentration(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.person.concentration import concentration

    given = given_of(asked, *_SAID) | factors_of(asked, extra)
    if asked.doses is None:
        return print_answer(asked, concentration(asked.substance, rules=asked.rules, **given))
    from ketref.cli.inputs import naming_lines
    from ketref.cli.person import plain_doses

    found = plain_doses(asked.doses)
    with naming_lines({"dose": found}):
        answer = concentration(asked.substance, rules=asked.rules, doses=found.rows, **given)
    for note in found.notes:
        complain(f"ketref: {note}")
    return print_answer(asked, answer)


FLAGS = {"concentration": _concentration_flags}
"""What adds the flags of each command."""
