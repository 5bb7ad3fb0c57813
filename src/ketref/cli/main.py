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
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType

from ketref.cli.examples import EXAMPLES
from ketref.cli.parsing import Parser, understood, words_first
from ketref.cli.printing import ANSWERED, INPUT, INTERNAL, USAGE, complain, exit_code, json_text, print_text, silence
from ketref.errors import KetrefError, Note, RulesError, unknown_option
from ketref.output.error_forms import error_form, said
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
    except OSError as error:
        silence(sys.stdout)
        return _complain(INPUT, said(error))
    except Exception as error:
        if not isinstance(error, KetrefError) and os.environ.get("KETREF_TRACEBACK"):
            raise
        return _refuse(error, arguments)


def _refuse(error: Exception, arguments: Sequence[str]) -> int:
    """Tell why there is no answer, in the format that was asked for, and return the exit code."""
    if _as_json(arguments):
        print_text(json_text(error_form(error)))
    elif isinstance(error, RulesError):
        complain(f"ketref: {said(error)}\n{error}")
    elif isinstance(error, KetrefError):
        _complain(exit_code(error), said(error), error.hint and f"hint: {error.hint}")
    else:
        hint = "this is a bug in ketref; set KETREF_TRACEBACK=1 to see where, and report it with the command"
        _complain(INTERNAL, said(error), f"hint: {hint}")
    return exit_code(error)


def _as_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, of a command that prints text or JSON."""
    if not arguments or _COMMANDS.get(arguments[0], ("", ""))[1] == "bulk":
        return False
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(word == "--format=json" or (word, value) == ("--format", "json") for word, value in pairs)


def _answer(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in _FLAGS_AS_WORDS:
        arguments = [*arguments[1:], _FLAGS_AS_WORDS[arguments[0]]]
    try:
        parser = _parser(words_first(arguments))
        if not arguments:
            parser.print_help()
            return ANSWERED
        asked, extra = understood(parser, arguments, partial(_factors, arguments[0]))
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

            main, number = threading.main_thread().ident, ignored.exc_value.number
            if hasattr(signal, "pthread_kill") and main is not None:  # it wakes what waits, too
                threading.Timer(0.05, signal.pthread_kill, [main, number]).start()
            else:
                threading.Timer(0.05, _thread.interrupt_main, [number]).start()
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


def _complain(code: int, message: str, more: str = "") -> int:
    complain(f"ketref: {message}\n{more}" if more else f"ketref: {message}")
    return code


# ---------------------------------------------------------------- the command line


def _parser(arguments: Sequence[str], every: bool = False) -> Parser:
    """The parser of a command line: of the command that stands first alone, or else of all, which are only named.

    With `every` all have their flags. Raises UsageError where it names a command that there is not.
    """
    parser = Parser(
        prog="ketref",
        usage="ketref COMMAND ... [--help]",
        description="Drug detection windows and pharmacology, each figure with its source, asked by time since dose.",
        epilog="\n\n".join([*([] if every else [_listed()]), "A reference, not medical or legal advice."]),
        add_help=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-h", "--help", action="help", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"ketref {__version__}", help=argparse.SUPPRESS)
    parser.example = EXAMPLES["detect"]
    commands = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="COMMAND",
        prog="ketref",
        parser_class=Parser,
        help="what is asked" if every else argparse.SUPPRESS,
    )
    asked = next((word for word in arguments if not word.startswith("-")), None)
    if asked is not None and asked not in _COMMANDS:
        raise unknown_option("command", asked, _COMMANDS, column="command")
    for name in [asked] if asked and asked == arguments[0] else _COMMANDS:
        about, module = _COMMANDS[name]
        command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:])
        if every or name == asked:
            import_module(f"ketref.cli.{module}").FLAGS[name](command)
            command.example = EXAMPLES[name]
            if name not in _WITHOUT_RULES:
                command.add_argument(
                    "--rules", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
                )
            if command.get_default("format") is None:
                command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
            if name == "completion":
                command.set_defaults(every=partial(_parser, (), every=True))
    return parser


def _listed() -> str:
    """The commands with what they answer, by group."""
    lines = []
    for title, modules in _GROUPS.items():
        lines.append(f"{title}:")
        lines += [f"    {name:<15}{about}" for name, (about, module) in _COMMANDS.items() if module in modules]
    return "\n".join(
        [*lines, "", "`ketref COMMAND --help` tells the flags of one, `ketref --version` which ketref this is."]
    )


def _factors(command: str, asked: argparse.Namespace | None) -> Mapping[str, object] | None:
    """The factors that a command takes as flags, None where it takes none."""
    if command not in _WITH_FACTORS:
        return None
    from ketref.book.loading import chosen

    return chosen(asked and asked.rules).vocabularies["factor"].terms


_COMMANDS: dict[str, tuple[str, str]] = {
    "detect": ("is a test expected to be positive?", "questions"),
    "effects": ("which phase, which effects, which cautions?", "questions"),
    "cautions": ("who should not have it, and what to watch?", "questions"),
    "today": ("of many people of a day: what holds now, and when may each leave and drive?", "person"),
    "plot": ("a picture of the windows of a substance in every specimen, each source with its own line", "questions"),
    "concentration": ("which concentration is to be expected, by published models?", "calculated"),
    "history": ("what holds now after all doses of one person, and what changes next?", "person"),
    "infer": ("when may a dose have been, by test results, and do declared doses explain them?", "person"),
    "interpret": ("what explains the results of a whole report, and what fits what is prescribed?", "person"),
    "answer": ("which answers do questions in JSON get? for programs in other languages", "questions"),
    "detect-many": ("is each test of a file expected to be positive?", "bulk"),
    "effects-many": ("which phase may each dose of a file be in?", "bulk"),
    "evaluate": ("is each sample of a file expected to be positive, over all doses of its subject?", "bulk"),
    "warm": ("compiles what these three need, once for a machine, before they are asked", "bulk"),
    "show": ("what is in the rule set?", "books"),
    "schema": ("which form has a JSON answer or a rule file? prints its JSON Schema", "books"),
    "check": ("are the rule files valid? prints the findings, or nothing if there are none", "books"),
    "export": ("the whole rule set as one JSON document", "books"),
    "site": ("the whole rule set as a static site, with a search, and the engine to be asked in the browser", "site"),
    "new": ("a commented rule set to begin your own rules with", "books"),
    "diff": ("what do two rule sets answer differently?", "books"),
    "gaps": ("which conditions does no rule cover?", "books"),
    "verify": ("would a kept answer be given again today?", "books"),
    "completion": ("completes command lines in bash, fish, tcsh and zsh; or the manual page", "completion"),
}
"""What each command answers, and the module that knows its flags."""
_FLAGS_AS_WORDS = {"help": "--help", "version": "--version"}
"""What other programs have as commands: `ketref help detect`."""
_GROUPS: Mapping[str, Collection[str]] = {
    "Ask": ("questions", "calculated", "person"),
    "Ask many": ("bulk",),
    "Rules, the shipped ones and your own": ("books", "site"),
    "Your shell": ("completion",),
}
"""The groups of the commands, by the modules that know their flags."""
_WITH_FACTORS = ("detect", "effects", "concentration")
"""Which take any factor of the rules as a flag."""
_WITHOUT_RULES = ("new", "diff", "schema", "warm")  # which name their folders themselves, or need none
