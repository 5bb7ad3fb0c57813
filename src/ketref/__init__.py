"""Drug detection windows and pharmacology, each figure with its source, asked by time since dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketref.version import __version__

_PUBLIC = {
    "Book": "book.loading",
    "CautionsAnswer": "answers.cautions",
    "ConcentrationAnswer": "person.modelled",
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
    "TodayAnswer": "person.today",
    "plot": "pictures.plot",
}
__all__ = ["__version__", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from ketref.answers.cautions import CautionsAnswer as CautionsAnswer
    from ketref.answers.cautions import cautions as cautions
    from ketref.answers.detect import DetectAnswer as DetectAnswer
    from ketref.answers.detect import detect as detect
    from ketref.answers.effects import EffectsAnswer as EffectsAnswer
    from ketref.answers.effects import effects as effects
    from ketref.answers.flips import flips as flips
    from ketref.book.loading import Book as Book
    from ketref.book.loading import load as load
    from ketref.bulk.concentrations import concentration_many as concentration_many
    from ketref.bulk.many import detect_many as detect_many
    from ketref.bulk.many import effects_many as effects_many
    from ketref.bulk.many import evaluate as evaluate
    from ketref.bulk.many import interpret_many as interpret_many
    from ketref.errors import Finding as Finding
    from ketref.errors import InputError as InputError
    from ketref.errors import KetrefError as KetrefError
    from ketref.errors import Note as Note
    from ketref.errors import RowsError as RowsError
    from ketref.errors import RulesError as RulesError
    from ketref.errors import UsageError as UsageError
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


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module `ketref` has no attribute `{name}`")
    from importlib import import_module

    found = getattr(import_module(f"ketref.{_PUBLIC[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
