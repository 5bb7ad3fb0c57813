"""Which command and flags does a command line name, and what is said of one that names others?

All that is wrong with it is told at once, what is near first. Help ends with an example.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from ketref.cli.printing import print_text
from ketref.errors import UsageError, together, unknown_option


class Parser(argparse.ArgumentParser):
    """A parser of one command, or of all, that raises what others print."""

    def __init__(self, **said: Any) -> None:
        super().__init__(allow_abbrev=False, **said)
        self.example = ""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse says."""
        raise _MisuseError(self, message)

    def format_help(self) -> str:
        """The help of argparse, with an example."""
        example = f"\nExample:\n  {self.example}\n" if self.example else ""
        return f"{super().format_help()}{example}"

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002 - help and version, always to stdout
        print_text(message.removesuffix("\n"))


class _MisuseError(Exception):
    """What argparse says of a command line, and the parser that says it."""

    def __init__(self, parser: Parser, message: str) -> None:
        super().__init__(message)
        self.parser = parser
        self.message = message


def understood(
    parser: Parser,
    arguments: Sequence[str],
    factors: Callable[[argparse.Namespace | None], Mapping[str, object] | None],
) -> tuple[argparse.Namespace, list[str]]:
    """What a command line says, and the words and flags that are left.

    `factors` gives the factors that a command understands as further flags, None where it understands none. Raises
    UsageError with all that is wrong.
    """
    words: list[str] | None = words_first(arguments)
    wrong: list[UsageError] = []
    asked: argparse.Namespace | None = None
    extra: list[str] = []
    misused = parser
    while words is not None:
        try:
            asked, extra = parser.parse_known_args(words)
            break
        except _MisuseError as misuse:
            misused = misuse.parser
            wrong.append(_told(misuse))
            words = _without(words, misuse.message)
    if asked is None:
        named = _command(parser, arguments)
        misused, extra = named or misused, _unknown(named or misused, arguments)
    command = _command(parser, arguments) or misused
    also = factors(asked) if wrong or extra else {}
    if wrong or also is None:
        unknown = _unread(command, extra, also or {})
        wrong = [*unknown, *wrong]
    if wrong:
        raise together(wrong)
    assert asked is not None  # noqa: S101 - else something is wrong
    return asked, extra


def words_first(arguments: Sequence[str]) -> list[str]:
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


def _command(parser: Parser, arguments: Sequence[str]) -> Parser | None:
    """The parser of the command that a line names."""
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    named = next((word for word in arguments if not word.startswith("-")), "")
    found: Parser | None = commands.choices.get(named)
    return found


# ---------------------------------------------------------------- what is wrong


_ABOUT = re.compile(r"argument (?P<flags>[^:]+): (?P<what>.*)", re.DOTALL)
_INVALID = re.compile(r"invalid (?:choice|\w+ value): '?(?P<word>.*?)'?(?: \(choose from .*\))?", re.DOTALL)


def _told(misuse: _MisuseError) -> UsageError:
    """What argparse says, in the words of every other error."""
    example = f"such as: {misuse.parser.example}" if misuse.parser.example else "`--help` tells more"
    if match := re.match(r"the following arguments are required: (.*)", misuse.message):
        names = ", ".join(f"`{name.rpartition('/')[2]}`" for name in match[1].split(", "))
        return UsageError(f"{names} {'is' if names.count('`') == 2 else 'are'} missing", hint=example)
    about = _ABOUT.fullmatch(misuse.message)
    if about is None:
        return UsageError(misuse.message, hint=example)
    flag = about["flags"].split("/")[0]
    action = next((one for one in misuse.parser._actions if flag in {*one.option_strings, one.metavar, one.dest}), None)
    invalid = _INVALID.fullmatch(about["what"])
    if invalid and action is not None and action.choices is not None:
        return unknown_option(f"value of `{flag}`", invalid["word"], map(str, action.choices), column=flag)
    if invalid:
        return UsageError(f"`{invalid['word']}` is not a value of `{flag}`", value=invalid["word"], hint=example)
    if about["what"].startswith("expected"):
        says = f"{flag}: {action.help}" if action is not None and action.help else example
        return UsageError(f"`{flag}` needs a value", value=flag, hint=says, column=flag)
    return UsageError(f"`{flag}`: {about['what']}", value=flag, hint=example, column=flag)


def _without(words: Sequence[str], message: str) -> list[str] | None:
    """The words without the flag that argparse refused, and its value; None where it refused no flag."""
    about = _ABOUT.fullmatch(message)
    names = about["flags"].split("/") if about else []
    for place, word in enumerate(words):
        if word.partition("=")[0] in names:
            value = "=" not in word and len(words) > place + 1 and not words[place + 1].startswith("-")
            return [*words[:place], *words[place + 1 + value :]]
    return None


def _unknown(command: Parser, arguments: Sequence[str]) -> list[str]:
    """The flags of a line that a command does not know."""
    return [word for word in arguments if word.startswith("--") and not _known(command, word)]


def _known(command: Parser, word: str) -> bool:
    return word == "--" or word.partition("=")[0] in command._option_string_actions


def _unread(command: Parser, extra: Sequence[str], factors: Mapping[str, object]) -> list[UsageError]:
    """What is said of the words that no flag took."""
    found = []
    for before, word in zip(["", *extra], extra, strict=False):
        name = word.partition("=")[0]
        if word.startswith("--") and word != "--" and name.removeprefix("--") not in factors:
            known = [flag for flag in command._option_string_actions if flag.startswith("--")]
            found.append(unknown_option("flag", name, [*known, *(f"--{factor}" for factor in factors)]))
        elif not word.startswith("--") and not (before.startswith("--") and "=" not in before):
            hint = "put quotes around a value with spaces"
            found.append(UsageError(f"`{word}` is one word too many", value=word, hint=hint))
    return found
