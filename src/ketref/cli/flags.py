"""Which flags have several commands in common: how times are written, which doses count, how are tables written?"""

from __future__ import annotations

import argparse


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
