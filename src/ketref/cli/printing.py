"""How does what is said reach standard output and standard error, as text or as JSON?

Nothing but what is here writes to people: no character that a terminal would obey gets past.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from ketref.visible import shown_json, shown_lines

ANSWERED, FINDINGS, USAGE, RULES, INPUT, INTERNAL = 0, 1, 2, 3, 4, 70
"""The exit codes: answered, findings or differences, wrong usage, rules invalid, input unreadable, internal error."""


def print_answer(asked: argparse.Namespace, answer: Any) -> int:
    """Print an answer, draw it where `--plot` asks for that, and return the exit code."""
    draw_answer(asked, answer)
    print_text(json_text(answer.to_dict()) if asked.format == "json" else str(answer))
    return ANSWERED


def draw_answer(asked: argparse.Namespace, answer: Any) -> None:
    """Draw an answer into the file that `--plot` names."""
    if getattr(asked, "plot", None) is not None:
        from ketref.pictures.plot import plot

        plot(answer, to=asked.plot)


def print_form(asked: argparse.Namespace, form: Any, text: Callable[[Any], str]) -> int:
    """Print a JSON form, or the text that is made of it, and return the exit code."""
    print_text(json_text(form) if asked.format == "json" else text(form))
    return ANSWERED


def print_text(text: str) -> None:
    """Print to standard output."""
    print(shown_lines(text))


def complain(text: str) -> None:
    """Print to standard error; where that is closed or full the exit code alone says it."""
    if sys.stderr is None:  # print would turn to standard output, among the data
        return
    try:
        print(shown_lines(text), file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Keep the interpreter from writing what is left to where nothing can be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError):  # a stream that is captured has no descriptor
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def json_text(data: object) -> str:
    """JSON for standard output: plain ASCII where that cannot show all of Unicode."""
    import json

    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return shown_json(json.dumps(data, ensure_ascii=plain, indent=2, allow_nan=False))
