"""Which flags have several commands in common: how times are written, which doses count, how are tables written?"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ketref.errors import UsageError

if TYPE_CHECKING:
    from ketref.model.theirs import Said


def add_skip(command: argparse.ArgumentParser) -> None:
    """Add the flag for lines above the header of a CSV file."""
    about = "lines of a title above the header of a CSV file; a file that begins with its header keeps it"
    command.add_argument("--skip-lines", metavar="N", type=int, default=0, help=about)


def add_text(command: argparse.ArgumentParser) -> None:
    """Add the flags that say how a text file is written."""
    add_skip(command)
    about = "what is between the values of a CSV file, such as ';' or tab (default: as its header tells)"
    command.add_argument("--delimiter", metavar="SIGN", help=about)
    about = "how a text file is encoded: utf-8, cp1252, utf-16, ... (default: utf-8)"
    command.add_argument("--encoding", metavar="NAME", default="utf-8", help=about)
    about = "which sign begins the decimals of numbers; the other one then parts thousands"
    command.add_argument("--decimal", choices=("point", "comma"), type=_called, help=about)
    about = "further words that mean nothing, as an empty cell does: --null=-99,unread"
    command.add_argument("--null", metavar="W,...", help=about)


_COLUMN = "COLUMN=UNIT"


def _called(mark: str) -> str:
    """The name of a decimal mark, which may be said by its sign."""
    return {",": "comma", ".": "point"}.get(mark, mark)


def add_mapping(command: argparse.ArgumentParser, constants: Mapping[str, str], units: str = "") -> None:
    """Add the flags that say which column is which, and flags for what `constants` are, each with its help.

    `units` is what a unit alone means, where it is not that of a column.
    """
    about = "a convention of columns and words: fhir, journal, nonmem, omop, plain, sdtm, or a TOML file of your own"
    command.add_argument("--mapping", metavar="NAME|FILE", help=about)
    about = "the column of a name is called otherwise in the file: --rename subject=patient; may be given again"
    command.add_argument("--rename", metavar="NAME=THEIRS", action="append", default=[], help=about)
    about = "the unit of a column of numbers without one: --unit cutoff=ng/mL; may be given again"
    metavar, about = (f"U|{_COLUMN}", f"{units}; {about}") if units else (_COLUMN, about)
    command.add_argument("--unit", metavar=metavar, action="append", default=[], help=about)
    about = "the moment from which a mapping counts times (nonmem): 2026-03-01T08:00Z"
    command.add_argument("--time-zero", metavar="T", help=about)
    for name, about in constants.items():
        command.add_argument(f"--{name}", metavar=name[0].upper(), help=about)


def said_of_tables(asked: argparse.Namespace, constants: Iterable[str] = (), renamed: Iterable[str] = ()) -> Said:
    """What the flags of `add_text` and `add_mapping` say; `renamed` are further names for columns."""
    from ketref.model.theirs import Said

    given = {name: getattr(asked, name, None) for name in constants}
    return Said(
        rename=_pairs([*asked.rename, *renamed], "--rename subject=patient"),
        units=_pairs(asked.unit, "--unit cutoff=ng/mL"),
        constants={name: word for name, word in given.items() if word is not None},
        null=tuple(asked.null.split(",")) if asked.null else (),
        decimal=asked.decimal,
        zero=asked.time_zero,
    )


def _pairs(given: Iterable[str], such: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, word = (part.strip() for part in text.partition("="))
        if not (name and sign and word):
            raise UsageError(f"`{text}` does not say what is what", value=text, hint=f"such as {such}")
        if name in found:
            raise UsageError(f"`{name}` is said twice", value=text, hint="say it once")
        found[name] = word
    return found


def add_counting(command: argparse.ArgumentParser, until: str) -> None:
    """Add the flags that say which doses count, and `until` when one goes on of which no end is said."""
    command.add_argument(
        "--only",
        metavar="S,...",
        help="the substances that count, and what yields them (esketamine yields ketamine); others are left out",
    )
    command.add_argument(
        "--ongoing",
        choices=("now", "unknown"),
        help=f"what a frequency without an end means: on until {until}, or nobody knows how long",
    )


def add_notation(command: argparse.ArgumentParser, midnight: bool = False) -> None:
    """Add the flags that say how times are written."""
    command.add_argument("--tz", metavar="ZONE", help="the zone of times without one: Europe/Berlin, +01:00")
    command.add_argument("--dates", metavar="dmy|mdy|ymd", help="the order of dates such as 01.03.2026 or 3/1/2026")
    if midnight:
        command.add_argument(
            "--midnight", metavar="day|exact", help="what a time at 00:00:00 is: that whole day, or that moment"
        )


def add_plot(command: argparse.ArgumentParser) -> None:
    """Add the flag that draws the answer too."""
    about = "draw the answer into this file too: .svg, .png or .pdf (needs the extra `plot`)"
    command.add_argument("--plot", metavar="FILE", help=about)
