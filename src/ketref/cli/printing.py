"""How does what is said reach standard output and standard error, as text or as JSON?

Nothing but what is here writes to people: no character that a terminal would obey gets past.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TextIO

from ketref.errors import InputError, KetrefError, RulesError
from ketref.output.colour import emphasised, stands_out
from ketref.output.reading import read
from ketref.visible import shown_json, shown_lines

ANSWERED, FINDINGS, USAGE, RULES, INPUT, INTERNAL = 0, 1, 2, 3, 4, 70
"""The exit codes: answered, findings or differences, wrong usage, rules invalid, input unreadable, internal error."""


def exit_code(error: Exception) -> int:
    """The exit code of a command that ends with an error."""
    if isinstance(error, RulesError):
        return RULES
    if isinstance(error, InputError | OSError):
        return INPUT
    return USAGE if isinstance(error, KetrefError) else INTERNAL


def print_answer(asked: argparse.Namespace, answer: Any, form: Any = None) -> int:
    """Print an answer (its `form`, if omitted), as much as is wanted; draw it for `--plot`; return the exit code."""
    draw_answer(asked, answer)
    wanted = {name: getattr(asked, name, False) for name in PARTS}
    code = print_form(asked, form or answer.to_dict(), partial(read, **wanted))
    _name_models(asked, answer)
    return code


def _name_models(asked: argparse.Namespace, answer: Any) -> None:
    """Say of which substances models may tell more, where they could have been asked and were not."""
    if asked.format != "text" or getattr(asked, "calculated", True):
        return
    if of := getattr(answer, "modelled", []):
        print_text(f"Pharmacokinetic models of {', '.join(of)} are in the rule set: see `--calculated`.")


PARTS = {
    "full": "everything: each source with its words, all factors, all cautions",
    "sources": "with each source and what it says",
    "factors": "with the factors that may lengthen or shorten",
}
"""The parts of an answer that a reader may want beside its dozen lines, and what the help says of each."""


def add_parts(command: argparse.ArgumentParser, *names: str) -> None:
    """The flags that ask for parts of an answer."""
    for name in names:
        command.add_argument(f"--{name}", action="store_true", help=PARTS[name])


def draw_answer(asked: argparse.Namespace, answer: Any) -> None:
    """Draw an answer into the file that `--plot` names."""
    if getattr(asked, "plot", None) is not None:
        from ketref.pictures.plot import plot

        plot(answer, to=asked.plot)


def print_form(asked: argparse.Namespace, form: Any, text: Callable[[Any], str]) -> int:
    """Print a JSON form, or the text made of it, some words of which stand out on a terminal; return the exit code."""
    if asked.format == "json":
        print_text(json_text(form))
    else:
        safe = shown_lines(text(form))
        print(emphasised(safe) if stands_out(sys.stdout) else safe)
    return ANSWERED


def print_text(text: str) -> None:
    """Print to standard output."""
    print(shown_lines(text))


def print_line(data: object) -> None:
    """Print JSON in one line of plain ASCII, at once, for whoever waits for it."""
    import json

    print(json.dumps(data, allow_nan=False), flush=True)


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
