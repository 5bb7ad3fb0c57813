"""Which question does a command line ask, and where does its answer go?

Data goes to stdout, everything else to stderr. Exit codes: 0 answered, 1 findings or differences, 2 wrong usage,
3 rules invalid, 4 input unreadable, 70 internal error.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ketref.cli.printing import ANSWERED, INPUT, INTERNAL, RULES, USAGE, complain, print_text, silence
from ketref.errors import InputError, KetrefError, Note, RulesError
from ketref.places import whole
from ketref.version import __version__
from ketref.visible import shown


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if argv is None:
        gc.disable()  # a process that answers one question ends before there is anything to collect
        _end_in_order()
    arguments = list(sys.argv[1:] if argv is None else argv)
    _hold_streams()
    if sys.stdout is None:
        return _complain(INPUT, "cannot write: the output is closed")
    with redirect_stdout(whole(sys.stdout)):
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        code = _answer(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        silence(sys.stdout)
        return ANSWERED
    except KeyboardInterrupt as stop:
        silence(sys.stdout)
        return 128 + (stop.number if isinstance(stop, _Stopped) else signal.SIGINT)
    except RulesError as error:
        return _complain(RULES, "the rules are not sound", str(error))
    except InputError as error:
        return _complain(INPUT, str(error), error.hint and f"hint: {error.hint}")
    except KetrefError as error:
        return _complain(USAGE, str(error), error.hint and f"hint: {error.hint}")
    except OSError as error:
        silence(sys.stdout)
        return _complain(INPUT, f"cannot write: {shown(error.strerror or str(error))}")
    except Exception as error:
        if os.environ.get("KETREF_TRACEBACK"):
            raise
        hint = "this is a bug in ketref; set KETREF_TRACEBACK=1 to see where, and report it with the command"
        return _complain(INTERNAL, f"internal error: {type(error).__name__}: {shown(str(error))}", f"hint: {hint}")


def _answer(arguments: Sequence[str]) -> int:
    try:
        words = _words_first(arguments)
        parser = _parser(words)
        asked, extra = parser.parse_known_args(words)
        if extra and asked.command not in {"detect", "effects", "concentration"}:
            parser.error(f"unrecognized arguments: {' '.join(extra)}")
        with warnings.catch_warnings():
            warnings.simplefilter("always", Note)
            warnings.showwarning = _note  # type: ignore[assignment]
            code: int = asked.run(asked, extra)
    except SystemExit as stop:  # so argparse ends after help, version and errors
        return stop.code if isinstance(stop.code, int) else USAGE
    return code


def _note(message: Warning | str, *_: object) -> None:
    complain(f"ketref: {shown(str(message))}")


class _Stopped(KeyboardInterrupt):
    """A signal that ends the process, once what is half done is taken back."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _end_in_order() -> None:
    """Let the signals that would end the process at once end it as an interruption from the keyboard does."""

    def stop(number: int, _: FrameType | None) -> None:
        raise _Stopped(number)

    otherwise = sys.unraisablehook

    def again(ignored: sys.UnraisableHookArgs) -> None:
        if isinstance(ignored.exc_value, _Stopped):  # it came where nothing can be raised, as in a destructor
            import _thread
            import threading

            threading.Timer(0.05, _thread.interrupt_main, [ignored.exc_value.number]).start()
        else:
            otherwise(ignored)

    sys.unraisablehook = again
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, stop)


def _hold_streams() -> None:
    """Give what is closed of the standard streams to no file that is opened later."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _words_first(arguments: Sequence[str]) -> list[str]:
    """A command line with its flags last: argparse knows no word that may be left out once a flag was before it.

    What follows `--flag` may be its value, and stays there.
    """
    if "--" in arguments:
        return list(arguments)
    words: list[str] = []
    flags: list[str] = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        follows = before.startswith("-") and before != "-" and "=" not in before
        (flags if follows or (word.startswith("-") and word != "-") else words).append(word)
    return [*words, *flags]


def _complain(code: int, message: str, more: str = "") -> int:
    complain(f"ketref: {message}\n{more}" if more else f"ketref: {message}")
    return code


# ---------------------------------------------------------------- the command line


class _Parser(argparse.ArgumentParser):
    """A parser that says what it has to say as everything else is said."""

    def error(self, message: str) -> NoReturn:
        complain(f"{self.format_usage()}{self.prog}: error: {shown(message)}")
        raise SystemExit(USAGE)

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002 - help and version, always to stdout
        print_text(message.removesuffix("\n"))


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of a command line: of the command that stands first alone, or else of all, which are only named."""
    parser = _Parser(
        prog="ketref",
        description="Drug detection windows and pharmacology, each figure with its source, asked by time since dose.",
        epilog="A reference, not medical or legal advice.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ketref {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name in [asked] if asked in _COMMANDS and asked == arguments[0] else _COMMANDS:
        about, module = _COMMANDS[name]
        command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:], allow_abbrev=False)
        if name == asked:
            import_module(f"ketref.cli.{module}").FLAGS[name](command)
            if name not in _WITHOUT_RULES:
                command.add_argument(
                    "--rules", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
                )
            if command.get_default("format") is None:
                command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    return parser


_COMMANDS: dict[str, tuple[str, str]] = {
    "detect": ("is a test expected to be positive?", "questions"),
    "effects": ("which phase, which effects, which cautions?", "questions"),
    "cautions": ("who should not have it, and what to watch?", "questions"),
    "concentration": ("which concentration is to be expected, by published models?", "calculated"),
    "history": ("what holds now after all doses of one person, and what changes next?", "person"),
    "infer": ("when may a dose have been, by test results, and do declared doses explain them?", "person"),
    "detect-many": ("is each test of a file expected to be positive?", "bulk"),
    "effects-many": ("which phase may each dose of a file be in?", "bulk"),
    "evaluate": ("is each sample of a file expected to be positive, over all doses of its subject?", "bulk"),
    "warm": ("compiles what these three need, once for a machine, before they are asked", "bulk"),
    "show": ("what does the book hold?", "books"),
    "check": ("are the rule files sound? prints the findings, nothing when all is well", "books"),
    "export": ("the whole book as one JSON document", "books"),
    "new": ("a commented book to begin your own rules with", "books"),
    "diff": ("what do two books answer differently?", "books"),
    "gaps": ("which conditions does no rule cover?", "books"),
    "verify": ("would a kept answer be given again today?", "books"),
}
"""What each command answers, and the module that knows its flags."""
_WITHOUT_RULES = ("new", "diff", "warm")  # which name their folders themselves, or need none
