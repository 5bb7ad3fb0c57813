"""Which question about a substance does a command line ask: detect, effects, cautions?"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from ketref.cli.flags import add_notation, add_plot
from ketref.cli.printing import ANSWERED, FINDINGS, add_parts, print_answer, print_form, print_line, print_text
from ketref.errors import UsageError, unknown_option
from ketref.model import axes

_FACTOR_HELP = (
    "Any factor of the rule set may be given too, such as --age 70 --liver moderate: what sources say of it is shown,"
    " no time is adjusted."
)


def _detect_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_detect)
    command.epilog = _FACTOR_HELP
    command.add_argument("substance", help="what was taken, such as ketamine")
    flags_for(command, axes.OF_TEST)
    for keyword, (metavar, says) in (*axes.OF_SPECIMEN.items(), *axes.OF_PANEL.items()):
        command.add_argument(f"--{keyword}", metavar=metavar, help=says)
    _dose_flags(command)
    command.add_argument("--source", metavar="ID", help="answer by this source alone")
    command.add_argument(
        "--changes",
        "--flips",
        action="store_true",
        dest="flips",
        help="show which change of one input would change the answer",
    )
    command.add_argument("--calculated", action="store_true", help="tell beside it what pharmacokinetic models say")
    add_parts(command, "full", "sources", "factors")
    add_plot(command)


def _detect(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.answers.detect import SpecimensAnswer, detect

    given = given_of(asked, *axes.SAID_BY["detect"], *axes.NOTATION)
    if asked.calculated:
        given["calculated"] = True
    answer = detect(asked.substance, rules=asked.rules, **given, **factors_of(asked, extra))
    if not asked.flips:
        return print_answer(asked, answer)
    if isinstance(answer, SpecimensAnswer):
        raise UsageError("`--changes` is for one specimen", hint="give `--matrix`")
    from ketref.answers.flips import flips

    return print_answer(asked, answer, {**answer.to_dict(), "flips": flips(answer)})


def _effects_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_effects)
    command.epilog = _FACTOR_HELP
    command.add_argument("substance", help="what was taken, such as esketamine")
    _dose_flags(command)
    add_parts(command, "full", "sources", "factors")
    add_plot(command)


def _effects(asked: argparse.Namespace, extra: list[str]) -> int:
    from ketref.answers.effects import effects

    given = given_of(asked, *axes.SAID_BY["effects"], *axes.NOTATION)
    answer = effects(asked.substance, rules=asked.rules, **given, **factors_of(asked, extra))
    if answer.question.route is None and "route" not in given:
        from ketref.answers.caveats import covered

        routes = ", ".join(covered(answer.book, answer.phase_table, answer.question).get("route", []))
        hint = f"say `--route`; rules cover {routes}" if routes else "say `--route`, such as --route oral"
        raise UsageError(f"how was {answer.question.substance} taken?", hint=hint, column="route")
    return print_answer(asked, answer)


def _cautions_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_cautions)
    command.add_argument("substance", help="what would be taken")
    command.add_argument("condition", nargs="*", help='a condition to ask about, such as "head injury"')
    command.add_argument("--route", metavar="R", help="only what holds for this route")
    add_parts(command, "full")


def _cautions(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.answers.cautions import cautions

    condition = " ".join(asked.condition) if asked.condition else None
    answer = cautions(asked.substance, condition, route=asked.route, rules=asked.rules)
    return print_answer(asked, answer)


def _answer_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_answer, format="json")
    command.epilog = (
        'A question is an object such as {"ask": "detect", "substance": "ketamine", "matrix": "urine", "since":'
        ' "3 days"}; its keys are those of detect, effects, cautions, history, infer, interpret and today.'
    )
    about = "one question a line, and one answer or error a line, as each comes (default: one question in all)"
    command.add_argument("--jsonl", action="store_true", help=about)


def _answer(asked: argparse.Namespace, _: list[str]) -> int:
    import gc
    import sys

    from ketref.book.loading import chosen
    from ketref.review.asking import answer, answer_line, question_of

    book = chosen(asked.rules)
    if not asked.jsonl:
        return print_form(asked, answer(question_of(sys.stdin.buffer.read()), rules=book), str)
    gc.enable()  # unlike a process that answers one question
    refused = False
    for line in sys.stdin.buffer:
        form = answer_line(line, rules=book)
        refused |= form["schema"] == "ketref.error/1"
        print_line(form)
    return FINDINGS if refused else ANSWERED


def _plot_flags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_plot, format="text")
    command.epilog = (
        "Needs the extra `plot` (Matplotlib). Answers are drawn by --plot of detect, effects, history, infer."
    )
    command.add_argument("substance", help="the substance of which every window is drawn")
    about = "the file to write: .svg, .png or .pdf (default: the substance with .svg, here)"
    command.add_argument("-o", "--output", metavar="FILE", help=about)


def _plot(asked: argparse.Namespace, _: list[str]) -> int:
    from ketref.answers.detect import detect
    from ketref.pictures.plot import plot

    answer = detect(asked.substance, rules=asked.rules)
    name = asked.output or f"{answer.question.substance}.svg"
    plot(answer, to=name)
    print_text(f"wrote {name}")
    return ANSWERED


def _dose_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", metavar="DUR", help='time since the start of the dose: "3 days", "36 h", "2-3 d"')
    command.add_argument("--taken", metavar="T", help="when the dose was started: 09:30 (today), 2026-03-01 14:30")
    command.add_argument("--at", metavar="T", help="the time you are asking about, in the same way (default: now)")
    add_notation(command)
    flags_for(command, axes.OF_DOSE)


def flags_for(command: argparse.ArgumentParser, keywords: Iterable[str]) -> None:
    """Add the flags of some axes, and the other names of these."""
    for keyword in keywords:
        metavar, says = axes.FLAGS[keyword]
        also = [f"--{other}" for other, meant in axes.ALIASES.items() if meant == keyword]
        command.add_argument(f"--{keyword}", *also, metavar=metavar, help=says)


def given_of(asked: argparse.Namespace, *names: str) -> dict[str, Any]:
    """What the flags of some names say, of those that were given."""
    return {name: value for name in names if (value := getattr(asked, name)) is not None}


def factors_of(asked: argparse.Namespace, extra: list[str]) -> dict[str, Any]:
    """Any further `--name value` is a factor of the book: what that may be, the book knows."""
    found: dict[str, str] = {}
    words = iter(extra)
    for word in words:
        if not word.startswith("--") or word == "--":
            raise UsageError(f"`{word}` is one word too many", value=word, hint=_meant_by(asked, [word, *words]))
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = next(words, "")
        if name in vars(asked):
            hint = "the substance is the first word, not a flag"
            raise UsageError(f"`{word}` is not a factor", value=word, hint=hint)
        if name in found:
            raise UsageError(f"`{word}` is given twice", value=word, hint="ask once for each value")
        if not value:
            from ketref.book.loading import chosen

            known = chosen(asked.rules).vocabularies["factor"].terms
            if name not in known:
                raise unknown_option("flag", word, [*(f"--{one}" for one in (*known, *vars(asked)))])
            raise UsageError(f"`{word}` needs a value", value=word, hint="such as --age 70")
        found[name] = value
    return found


def _meant_by(asked: argparse.Namespace, words: Sequence[str]) -> str:
    """What words without a flag may mean: the first flag of the command that takes each."""
    import shlex

    from ketref.answers.question import slips
    from ketref.book.loading import chosen

    book = chosen(asked.rules)
    amounts = [name for name in ("since", "dose", "cutoff") if name in vars(asked)]

    def flag_for(word: str) -> str | None:
        terms = (axis for axis in axes.TERM_AXES if axis in vars(asked) and book.vocabularies[axis].knows(word))
        sizes = (name for name in amounts if not slips(book, asked.substance, matrix="urine", **{name: word}))
        return next(terms, None) or next(sizes, None)

    meant = [(flag_for(word), word) for word in words if not word.startswith("-")]
    if not meant or any(flag is None for flag, _ in meant):
        return "put quotes around a value with spaces; flags stand before any `--`"
    return f"say what it is: {' '.join(f'--{flag} {shlex.quote(word)}' for flag, word in meant)}"


FLAGS = {
    "detect": _detect_flags,
    "effects": _effects_flags,
    "cautions": _cautions_flags,
    "answer": _answer_flags,
    "plot": _plot_flags,
}
"""What adds the flags of each command."""
