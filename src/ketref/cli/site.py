"""How does a command line write a book as a site?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from ketref.cli import questions
from ketref.cli.printing import ANSWERED, print_text
from ketref.model.axes import SAID_BY

_LEFT_OUT = frozenset({"help", "plot"})  # a browser keeps no files


def _flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_write, format="text")
    command.epilog = (
        "A site of plain files: any server of files can serve it. Without --pyodide nothing can be asked in it,"
        " without --docs it has no guides."
    )
    command.add_argument("out", type=Path, metavar="OUT", help="the folder to write into")
    about = "the unpacked npm package pyodide: puts the engine into the site, to be asked in the browser"
    command.add_argument("--pyodide", type=Path, metavar="DIR", help=about)
    about = "the folder docs of a checkout of ketref: puts the guides into the site"
    command.add_argument("--docs", type=Path, metavar="DIR", help=about)


def _write(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.book.loading import chosen
    from ketref.site.ask import Field
    from ketref.site.build import write

    flags: dict[str, argparse.Action] = {}
    having: dict[str, list[str]] = {}
    for name in SAID_BY:
        for action in _actions(name):
            flags.setdefault(action.dest, action)
            having.setdefault(action.dest, []).append(name)
    fields = [
        Field(
            next((flag[2:] for flag in action.option_strings if flag.startswith("--")), name),
            action.help or "",
            tuple(having[name]),
            word=not action.option_strings,
            choice=action.nargs == 0,
        )
        for name, action in flags.items()
    ]
    commands = [(name, _about(name)) for name in SAID_BY]
    count = write(chosen(asked.rules), asked.out, commands, fields, asked.pyodide, asked.docs)
    print_text(f"wrote {count} files into {asked.out}; begin with {asked.out / 'index.html'}")
    return ANSWERED


def _about(name: str) -> str:
    """What a question asks, as the function of its name says."""
    said = getattr(import_module(f"ketref.answers.{name}"), name).__doc__ or ""
    return str(said.strip().splitlines()[0])


def _actions(name: str) -> Iterator[argparse.Action]:
    """The words and flags of a question."""
    parser = argparse.ArgumentParser()
    questions.FLAGS[name](parser)
    yield from (action for action in parser._actions if action.dest not in _LEFT_OUT)


FLAGS = {"site": _flags}
"""What adds the flags of each command."""
