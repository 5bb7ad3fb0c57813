"""Drug detection windows and pharmacology, each figure with its source, asked by time since dose.

    >>> import ketref
    >>> answer = ketref.detect("ketamine", matrix="urine", since="36 h", method="GC-MS", cutoff="25 ng/mL")
    >>> answer.status
    'possible'
    >>> print(answer.detectable_until)
    1 d to 2 d

`print(answer)` shows the answer in a dozen lines, `answer.text(full=True)` all of it, `answer.to_dict()` is its JSON
form and `answer.to_frame()` a table. Many questions are asked at once with `detect_many`, doses of one person with
`history`, test results with `infer`. `help(ketref.detect)` tells what a question takes.

A status is `not_yet`, `possible`, `expected`, `not_expected` or `unknown`; `unknown` is never "no". Answers are a
reference, not medical or legal advice: individuals, doses and laboratories differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketref.version import __version__

_PUBLIC = {
    "Book": "book.loading",
    "CautionsAnswer": "answers.cautions",
    "ConcentrationAnswer": "person.modelled",
    "Confidence": "model.rules",
    "DetectAnswer": "answers.detect",
    "EffectsAnswer": "answers.effects",
    "Finding": "errors",
    "Flip": "output.forms",
    "HistoryAnswer": "person.history",
    "InferAnswer": "person.infer",
    "InputError": "errors",
    "InterpretAnswer": "person.interpret",
    "KetrefError": "errors",
    "Note": "errors",
    "RowsError": "errors",
    "RulesError": "errors",
    "SpecimensAnswer": "answers.detect",
    "Status": "engine.course",
    "TodayAnswer": "person.today",
    "UsageError": "errors",
    "answer_line": "review.asking",
    "cautions": "answers.cautions",
    "check_findings": "review.check",
    "concentration": "person.concentration",
    "concentration_many": "bulk.concentrations",
    "detect": "answers.detect",
    "detect_many": "bulk.many",
    "effects": "answers.effects",
    "effects_many": "bulk.many",
    "evaluate": "bulk.many",
    "flips": "answers.flips",
    "history": "person.history",
    "infer": "person.infer",
    "interpret": "person.interpret",
    "interpret_many": "bulk.many",
    "load": "book.loading",
    "today": "person.today",
    "plot": "pictures.plot",
    "windows": "answers.windows",
}
__all__ = ["__version__", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from ketref.answers.cautions import CautionsAnswer as CautionsAnswer
    from ketref.answers.cautions import cautions as cautions
    from ketref.answers.detect import DetectAnswer as DetectAnswer
    from ketref.answers.detect import SpecimensAnswer as SpecimensAnswer
    from ketref.answers.detect import detect as detect
    from ketref.answers.effects import EffectsAnswer as EffectsAnswer
    from ketref.answers.effects import effects as effects
    from ketref.answers.flips import flips as flips
    from ketref.answers.windows import windows as windows
    from ketref.book.loading import Book as Book
    from ketref.book.loading import load as load
    from ketref.bulk.concentrations import concentration_many as concentration_many
    from ketref.bulk.many import detect_many as detect_many
    from ketref.bulk.many import effects_many as effects_many
    from ketref.bulk.many import evaluate as evaluate
    from ketref.bulk.many import interpret_many as interpret_many
    from ketref.engine.course import Status as Status
    from ketref.errors import Finding as Finding
    from ketref.errors import InputError as InputError
    from ketref.errors import KetrefError as KetrefError
    from ketref.errors import Note as Note
    from ketref.errors import RowsError as RowsError
    from ketref.errors import RulesError as RulesError
    from ketref.errors import UsageError as UsageError
    from ketref.model.rules import Confidence as Confidence
    from ketref.output.forms import Flip as Flip
    from ketref.person.concentration import concentration as concentration
    from ketref.person.history import HistoryAnswer as HistoryAnswer
    from ketref.person.history import history as history
    from ketref.person.infer import InferAnswer as InferAnswer
    from ketref.person.infer import infer as infer
    from ketref.person.interpret import InterpretAnswer as InterpretAnswer
    from ketref.person.interpret import interpret as interpret
    from ketref.person.modelled import ConcentrationAnswer as ConcentrationAnswer
    from ketref.person.today import TodayAnswer as TodayAnswer
    from ketref.person.today import today as today
    from ketref.pictures.plot import plot as plot
    from ketref.review.asking import answer_line as answer_line
    from ketref.review.check import check_findings as check_findings


if not TYPE_CHECKING:  # to a type checker every other name would then be one too

    def __getattr__(name: str) -> Any:
        if name not in _PUBLIC:
            from difflib import get_close_matches

            near = "".join(f"; did you mean `{match}`?" for match in get_close_matches(name, _PUBLIC, n=1))
            raise AttributeError(f"module `ketref` has no attribute `{name}`{near}")
        from importlib import import_module

        found = getattr(import_module(f"ketref.{_PUBLIC[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return __all__
