"""Which concentration does a command line ask for?"""

from __future__ import annotations

import argparse

from ketref.cli.flags import add_mapping, add_notation, add_plot, add_text
from ketref.cli.printing import print_answer
from ketref.cli.questions import factors_of, flags_for, given_of
from ketref.errors import UsageError
from ketref.model.axes import NOTATION


def _concentration_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_concentration)
    command.epilog = (
        "What is known of the person may be given too, such as --age 70 --sex female: it narrows the answer."
    )
    command.add_argument("substance", help="what was taken, such as esketamine")
    command.add_argument("--analyte", metavar="A", help="what is measured (if omitted: what was taken)")
    command.add_argument("--matrix", metavar="M", help="plasma, whole-blood, ... (if omitted: that of the models)")
    command.add_argument("--since", metavar="DUR", help='time since the start of the dose: "4 h", "0 h to 24 h"')
    command.add_argument("--every", metavar="DUR", help="a curve over such a range, a figure each time")
    command.add_argument("--taken", metavar="T", help="when the dose was started: 2026-03-01T14:30+01:00")
    command.add_argument(
        "--at", metavar="T", help='the time you are asking about, in the same way; "now" is understood'
    )
    command.add_argument(
        "--doses", metavar="FILE", help="all doses of one person, a file as in history, instead of one dose"
    )
    flags_for(command, _OF_DOSE)
    command.add_argument("--formulation", metavar="F", help='one that a model knows, "extended release"')
    command.add_argument("--drinks", metavar="N", help="standard drinks instead of a dose, as --country counts them")
    command.add_argument("--country", metavar="C", help='of the drinks: "United States", Austria, ...')
    command.add_argument("--limit", metavar="L", help="a legal limit instead of a cutoff: Scotland, ...")
    command.add_argument("--measured", metavar="V", help='what was measured, "90 mg/dL", --since the last dose')
    command.add_argument("--before", metavar="DUR", help="how long before that the concentration is asked about")
    command.add_argument("--ongoing", choices=("now", "unknown"), help="until when doses without a last day went on")
    add_text(command)
    add_mapping(command, {}, units="that of the answer: ng/mL, mg/L, mg/dL, g/L, per mille (g/kg); or in FILE")
    add_notation(command, midnight=True)
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
    "ongoing",
    "midnight",
    *_OF_DOSE,
    *_OF_DRINKS,
    *NOTATION,
)


def _concentration(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.person.concentration import concentration

    asked.unit, in_unit = [one for one in asked.unit if "=" in one], [one for one in asked.unit if "=" not in one]
    if len(in_unit) > 1:
        raise UsageError("the unit of the answer is said twice", value=in_unit[1], hint="say it once")
    given = given_of(asked, *_SAID) | factors_of(asked, extra)
    if in_unit:
        given["unit"] = in_unit[0]
    if asked.doses is None:
        return print_answer(asked, concentration(asked.substance, rules=asked.rules, **given))
    from ketref.cli.inputs import naming_lines
    from ketref.cli.person import doses_alone

    found = doses_alone(asked)
    given.pop("route", None)  # it is said of the rows that do not say it
    with naming_lines({"dose": found}):
        answer = concentration(asked.substance, rules=asked.rules, doses=found.rows, **given)
    return print_answer(asked, answer)


FLAGS = {"concentration": _concentration_flags}
"""What adds the flags of each command."""
