"""What does a command line do with a book: show, schema, check, export, new, diff, gaps, verify?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ketref import places
from ketref.cli import inputs
from ketref.cli.printing import ANSWERED, FINDINGS, complain, json_text, print_form, print_line, print_text
from ketref.errors import InputError
from ketref.review.verify import HOW_TO_KEEP, recognised
from ketref.visible import shown


def _show_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_show)
    command.add_argument(
        "what",
        nargs="?",
        metavar="SUBSTANCE | ANALYTE | RULE-ID | SOURCE-ID | analyte | panel",
        help="what to show (if omitted: the substances, and how well each is covered)",
    )
    command.add_argument(
        "section",
        nargs="?",
        metavar="SECTION | ID",
        help="of a substance: windows, phases, effects, cautions, factors, ...; after `analyte` or `panel`: which one",
    )
    about = "of a substance: every rule, effect, caution, factor and fact, a line each"
    command.add_argument("--full", action="store_true", help=about)


def _show(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.book.loading import chosen
    from ketref.output.holding_text import TEXTS
    from ketref.review.holdings import held, meant_too, substance_line

    book = chosen(asked.rules)
    if form := held(book, asked.what, asked.section):
        return print_form(asked, form, TEXTS[form["schema"]])
    from ketref.book.export import item
    from ketref.output.review_text import item_text

    kind, data = item(book, asked.what, asked.section)
    form = {"schema": "ketref.item/1", "kind": kind, "data": data, "also": meant_too(book, kind, data)}
    if kind == "substance" and not asked.full:
        from ketref.answers.detect import detect
        from ketref.output.substance_brief import substance_brief

        name = data["substance"]["id"]
        windows = detect(name, rules=book).to_dict()
        return print_form(
            asked, form, lambda form: substance_brief(data, substance_line(book, name), windows, form["also"])
        )
    return print_form(asked, form, lambda form: item_text(form["kind"], form["data"], form["also"]))


def _schema_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_schema)
    about = "of an answer (`detect.answer`, `ketref.detect/1`) or a rule file (`windows.toml`); if omitted: lists them"
    command.add_argument("name", nargs="?", metavar="NAME", help=about)


def _schema(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.review.naming import listed, named
    from ketref.review.schemas import as_text

    if asked.name is not None:
        print_text(as_text(named(asked.name)).rstrip("\n"))
        return ANSWERED
    from ketref.output.review_text import schemas_text

    return print_form(asked, {"schema": "ketref.item/1", "kind": "schemas", "data": listed()}, schemas_text)


def _check_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_check)
    command.add_argument("--texts", type=Path, metavar="DIR", help="texts of sources, ID.txt each, to find figures in")
    command.add_argument("--explain", metavar="CODE", help="tell what a finding such as missing-file means, and stop")
    about = "a folder of rules, or a file or a substance of one (default: the shipped rules)"
    command.add_argument("dir", nargs="?", type=Path, metavar="DIR", help=about)


def _check(asked: argparse.Namespace, _: list[str]) -> int:
    import attrs

    from ketref.output.finding_text import finding_text
    from ketref.review.check import checked
    from ketref.review.explaining import explained

    if asked.explain is not None:
        return print_form(
            asked, {"schema": "ketref.item/1", "kind": "code", "data": explained(asked.explain), "also": None}, _data
        )
    found = checked(asked.dir or asked.rules, asked.texts)
    if asked.format == "json":
        form = {"schema": "ketref.check/1", "findings": [attrs.asdict(finding) for finding in found.findings]}
        print_text(json_text(form))
        return FINDINGS if found.findings or found.elsewhere else ANSWERED
    for finding in found.findings:
        print_text(finding_text(finding, found.line(finding)))
    if found.elsewhere:
        complain(f"ketref: {found.elsewhere} more in other files: ketref check {shown(str(found.folder))}")
    elif found.findings and sys.stdout.isatty():
        codes = dict.fromkeys(finding.code for finding in found.findings)
        print_text(f"{len(found.findings)} found; `ketref check --explain {next(iter(codes))}` tells more of one")
    elif sys.stdout.isatty():
        print_text(f"{found.folder.name}: {found.counts()}: all is well")
    return FINDINGS if found.findings or found.elsewhere else ANSWERED


def _data(form: dict[str, Any]) -> str:
    return str(form["data"])


def _export_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_export)
    about = "questions with the answers that their sources demand, one a line, to test another implementation with"
    command.add_argument("--conformance", action="store_true", help=about)
    command.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
    )


def _export(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.book.export import document
    from ketref.book.loading import chosen

    book = chosen(asked.dir or asked.rules)
    if asked.conformance:
        from ketref.review.conformance import kit

        for line in kit(book):
            print_line(line)
        return ANSWERED
    print_text(json_text(document(book)))
    return ANSWERED


def _new_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_new)
    command.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")


def _new(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.output.review_text import new_text
    from ketref.review.new import start

    return print_form(asked, start(asked.dir), new_text)


def _diff_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_diff)
    command.add_argument("old", metavar="OLD", help="a folder of rules, or `shipped`")
    command.add_argument("new", metavar="NEW", help="another")


def _diff(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.output.review_text import diff_text
    from ketref.review.diff import compare_folders

    form = compare_folders(asked.old, asked.new)
    print_form(asked, form, diff_text)
    return ANSWERED if form["same"] else FINDINGS


def _gaps_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_gaps)
    command.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="a folder of rules (default: the shipped one)"
    )


def _gaps(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.book.loading import chosen
    from ketref.output.review_text import gaps_text
    from ketref.review.gaps import gaps

    return print_form(asked, gaps(chosen(asked.dir or asked.rules)), gaps_text)


def _verify_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_verify)
    command.add_argument("answer", metavar="ANSWER.json", help="what detect, effects or cautions printed; - for stdin")


def _verify(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.book.loading import chosen
    from ketref.output.review_text import verify_text
    from ketref.review.verify import verify

    form = verify(read_answer(asked.answer), chosen(asked.rules))
    print_form(asked, form, verify_text)
    return ANSWERED if form["same"] else FINDINGS


FLAGS = {
    "show": _show_flags,
    "schema": _schema_flags,
    "check": _check_flags,
    "export": _export_flags,
    "new": _new_flags,
    "diff": _diff_flags,
    "gaps": _gaps_flags,
    "verify": _verify_flags,
}
"""What adds the flags of each command."""


def read_answer(name: str) -> dict[str, Any]:
    """The answer in a file, `-` for standard input.

    Raises InputError where that cannot be read or is no JSON, UsageError where it is no answer to ask again.
    """
    try:
        text = places.content(name, HOW_TO_KEEP).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{name}` is not valid JSON: {error}"[:300], path=name, hint=HOW_TO_KEEP) from None
    kept = inputs.json_value(text, name, HOW_TO_KEEP)
    return recognised(kept, name)
