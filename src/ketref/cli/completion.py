"""How does a shell complete a command line of ketref, and what does its manual page say?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ketref.cli.printing import ANSWERED, print_text
from ketref.extras import needing
from ketref.version import __version__

_SHELLS = ("bash", "fish", "tcsh", "zsh")
_MANUAL = "man"


def _flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_print, format="text")
    about = "the shell, or `man` for the manual page"
    command.add_argument("kind", choices=(*_SHELLS, _MANUAL), metavar="SHELL", help=f"{about}: {', '.join(_SHELLS)}")


def _print(asked: argparse.Namespace, _: list[str]) -> int:
    parser: argparse.ArgumentParser = asked.every()
    with needing("shell", "completion and the manual page need"):
        if asked.kind == _MANUAL:
            from argparse_manpage.manpage import Manpage

            data = {"project_name": "ketref", "version": __version__, "manual_title": "ketref"}
            print_text(str(Manpage(parser, _data={**data, "description": parser.description})))
        else:
            import shtab

            _offer(parser, asked.rules)
            print_text(shtab.complete(parser, asked.kind))
    return ANSWERED


def _offer(parser: argparse.ArgumentParser, rules: Path | None) -> None:
    """Let every flag that takes words of the book be completed by these, and one that takes a path by files."""
    import shtab

    from ketref.book.loading import chosen

    book = chosen(rules)
    words = {name: [*vocabulary.terms] for name, vocabulary in book.vocabularies.items()}
    words["substance"] = [*book.folders]
    for action in _actions(parser):
        if action.choices is None and action.dest in words:
            action.choices = words[action.dest]
        elif action.choices is None and action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every flag of every command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
        else:
            yield action


FLAGS = {"completion": _flags}
"""What adds the flags of each command."""
