"""Which question does a command line ask, and where does its answer go?

Data goes to stdout, everything else to stderr. Exit codes: 0 answered, 1 findings or differences, 2 wrong usage,
3 rules invalid, 4 input unreadable, 70 internal error.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ketref.errors import InputError, KetrefError, RulesError, UsageError
from ketref.version import __version__

ANSWERED, FINDINGS, USAGE, RULES, INPUT, INTERNAL = 0, 1, 2, 3, 4, 70
_AXES = ("matrix", "analyte", "method", "cutoff", "source")
_DOSE = ("since", "taken", "at", "route", "dose", "weight", "infusion", "pattern")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if argv is None:
        gc.disable()  # a process that answers one question ends before there is anything to collect
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:
        return _complain(INPUT, "cannot write: the output is closed")
    try:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        parser = _parser(arguments)
        asked, extra = parser.parse_known_args(arguments)
        if extra and asked.command not in {"detect", "effects"}:
            parser.error(f"unrecognized arguments: {' '.join(extra)}")
        code: int = asked.run(asked, extra)
        sys.stdout.flush()
        return code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    except BrokenPipeError:
        _write_no_more()
        return ANSWERED
    except KeyboardInterrupt:
        return 130
    except RulesError as error:
        return _complain(RULES, "the rules are not sound", str(error))
    except InputError as error:
        return _complain(INPUT, str(error), error.hint and f"hint: {error.hint}")
    except KetrefError as error:
        return _complain(USAGE, str(error), error.hint and f"hint: {error.hint}")
    except OSError as error:
        _write_no_more()
        return _complain(INPUT, f"cannot write: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("KETREF_TRACEBACK"):
            raise
        hint = "this is a bug in ketref; set KETREF_TRACEBACK=1 to see where, and report it with the command"
        return _complain(INTERNAL, f"internal error: {type(error).__name__}: {error}", f"hint: {hint}")


def _write_no_more() -> None:
    """Keep the interpreter from writing what is left to where nothing can be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(code: int, message: str, more: str = "") -> int:
    print(f"ketref: {message}", *([more] if more else []), sep="\n", file=sys.stderr)
    return code


# ---------------------------------------------------------------- commands


def _detect(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.questions import detect

    given = _given(asked, *_AXES, *_DOSE)
    return _print(asked, detect(asked.substance, rules=asked.rules, **given, **_factors(extra)))


def _effects(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.questions import effects

    return _print(asked, effects(asked.substance, rules=asked.rules, **_given(asked, *_DOSE), **_factors(extra)))


def _cautions(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.questions import cautions

    condition = " ".join(asked.condition) if asked.condition else None
    return _print(asked, cautions(asked.substance, condition, route=asked.route, rules=asked.rules))


def _show(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.exporting import item
    from ketref.loading import chosen
    from ketref.showing import item_text

    kind, data = item(chosen(asked.rules), asked.what, asked.section)
    print(_json({"kind": kind, "data": data}) if asked.format == "json" else item_text(kind, data))
    return ANSWERED


def _check(asked: argparse.Namespace, _: list[str]) -> int:
    import attrs

    from ketref.audit import check_folder

    findings = check_folder(asked.dir or asked.rules, asked.texts)
    if asked.format == "json":
        print(_json({"schema": "ketref.check/1", "findings": [attrs.asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            print(finding)
    return FINDINGS if findings else ANSWERED


def _export(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.exporting import document
    from ketref.loading import chosen

    print(_json(document(chosen(asked.dir or asked.rules))))
    return ANSWERED


def _new(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.starting import new_text, start

    return _print_form(asked, start(asked.dir), new_text)


def _diff(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.comparing import compare_folders, diff_text

    form = compare_folders(asked.old, asked.new)
    _print_form(asked, form, diff_text)
    return ANSWERED if form["same"] else FINDINGS


def _gaps(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.gaps import gaps, gaps_text
    from ketref.loading import chosen

    return _print_form(asked, gaps(chosen(asked.dir or asked.rules)), gaps_text)


def _verify(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.loading import chosen
    from ketref.recognising import read_answer
    from ketref.verifying import verify, verify_text

    form = verify(read_answer(asked.answer), chosen(asked.rules))
    _print_form(asked, form, verify_text)
    return ANSWERED if form["same"] else FINDINGS


def _print(asked: argparse.Namespace, answer: Any) -> int:
    print(_json(answer.to_dict()) if asked.format == "json" else answer)
    return ANSWERED


def _print_form(asked: argparse.Namespace, form: Any, text: Callable[[Any], str]) -> int:
    print(_json(form) if asked.format == "json" else text(form))
    return ANSWERED


def _json(data: object) -> str:
    import json

    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return json.dumps(data, ensure_ascii=plain, indent=2, allow_nan=False)


def _given(asked: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(asked, name)) is not None}


def _factors(extra: list[str]) -> dict[str, str]:
    """Any further `--name value` is a factor of the book: what that may be, the book knows."""
    found: dict[str, str] = {}
    words = iter(extra)
    for word in words:
        if not word.startswith("--"):
            raise UsageError(f"`{word}` is one word too many", value=word, hint="put quotes around a value with spaces")
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = next(words, "")
        if name in found:
            raise UsageError(f"`{word}` is given twice", value=word, hint="ask once for each value")
        if not value:
            raise UsageError(f"`{word}` needs a value", value=word, hint="such as --age 70")
        found[name] = value
    return found


# ---------------------------------------------------------------- the command line


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of a command line; flags are added to the command that is asked, the others are only named."""
    parser = argparse.ArgumentParser(
        prog="ketref",
        description="Drug detection windows and pharmacology, each figure with its source, asked by time since dose.",
        epilog="A reference, not medical or legal advice.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ketref {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, (about, configure) in _COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:], allow_abbrev=False)
        if name == asked:
            configure(command)
            if name not in _WITHOUT_RULES:
                command.add_argument(
                    "--rules", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
                )
            command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    return parser


def _detect_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_detect)
    command.epilog = _FACTOR_HELP
    command.add_argument("substance", help="what was taken, such as ketamine")
    command.add_argument("--matrix", required=True, metavar="M", help="the specimen: urine, blood, plasma, hair, ...")
    _dose_flags(command)
    command.add_argument("--analyte", metavar="A", help="what the laboratory measures (unsaid: the test as a whole)")
    command.add_argument("--method", metavar="X", help="immunoassay, gc-ms, lc-ms, lc-ms-ms")
    command.add_argument("--cutoff", metavar="C", help='concentration from which a test is positive, "25 ng/mL"')
    command.add_argument("--source", metavar="ID", help="answer by this source alone")


def _effects_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_effects)
    command.epilog = _FACTOR_HELP
    command.add_argument("substance", help="what was taken, such as esketamine")
    _dose_flags(command, route=True)


def _cautions_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_cautions)
    command.add_argument("substance", help="what would be taken")
    command.add_argument("condition", nargs="*", help='a condition to ask about, such as "head injury"')
    command.add_argument("--route", metavar="R", help="only what holds for this route")


def _show_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_show)
    command.add_argument("what", metavar="SUBSTANCE | RULE-ID | SOURCE-ID", help="what to show")
    command.add_argument(
        "section", nargs="?", metavar="SECTION", help="windows, phases, effects, cautions, factors, ..."
    )


def _check_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_check)
    command.add_argument("--texts", type=Path, metavar="DIR", help="texts of sources, ID.txt each, to find figures in")
    command.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
    )


def _export_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_export)
    command.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
    )


def _new_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_new)
    command.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")


def _diff_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_diff)
    command.add_argument("old", metavar="OLD", help="a folder of rules, or `shipped`")
    command.add_argument("new", metavar="NEW", help="another")


def _gaps_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_gaps)
    command.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
    )


def _verify_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_verify)
    command.add_argument("answer", metavar="ANSWER.json", help="what detect, effects or cautions printed; - for stdin")


_COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "detect": ("is a test expected to be positive?", _detect_flags),
    "effects": ("which phase, which effects, which cautions?", _effects_flags),
    "cautions": ("who should not have it, and what to watch?", _cautions_flags),
    "show": ("what does the book hold?", _show_flags),
    "check": ("are the rule files sound? prints the findings, nothing when all is well", _check_flags),
    "export": ("the whole book as one JSON document", _export_flags),
    "new": ("a commented book to begin your own rules with", _new_flags),
    "diff": ("what do two books answer differently?", _diff_flags),
    "gaps": ("which conditions does no rule cover?", _gaps_flags),
    "verify": ("would a kept answer be given again today?", _verify_flags),
}
_WITHOUT_RULES = ("new", "diff")  # which name their folders themselves
_FACTOR_HELP = (
    "Any factor of the book may be given too, such as --age 70 --liver moderate: what sources say of it is shown, no"
    " time is adjusted."
)


def _dose_flags(command: argparse.ArgumentParser, route: bool = False) -> None:
    command.add_argument("--since", metavar="DUR", help='time since the start of the dose: "36 h", "2 d", PT36H')
    command.add_argument("--taken", metavar="T", help="when the dose was started: 2026-03-01T14:30+01:00, 2026-03-01")
    command.add_argument("--at", metavar="T", help='the moment asked about, in the same way; "now" is understood')
    command.add_argument("--route", metavar="R", required=route, help="intravenous, nasal, oral, ...")
    command.add_argument("--dose", metavar="D", help='"84 mg", "0.5 mg/kg"')
    command.add_argument("--weight", metavar="W", help='body weight, "70 kg": turns mg into mg/kg and back')
    command.add_argument("--infusion", metavar="DUR", help='how long the administration took, "40 min"')
    command.add_argument("--pattern", metavar="P", help="single (default), repeated, chronic, unknown")
