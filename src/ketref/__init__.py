"""Drug detection windows and pharmacology, each figure with its source, asked by time since dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketref.version import __version__

_PUBLIC = {
    "Book": "loading",
    "Finding": "errors",
    "InputError": "errors",
    "KetrefError": "errors",
    "RowsError": "errors",
    "RulesError": "errors",
    "UsageError": "errors",
    "cautions": "questions",
    "check_findings": "audit",
    "detect": "questions",
    "detect_many": "many",
    "effects": "questions",
    "effects_many": "many",
    "evaluate": "many",
    "flips": "turning",
    "history": "history_answers",
    "infer": "infer_answers",
    "load": "loading",
}
__all__ = ["__version__", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from ketref.audit import check_findings as check_findings
    from ketref.errors import Finding as Finding
    from ketref.errors import InputError as InputError
    from ketref.errors import KetrefError as KetrefError
    from ketref.errors import RowsError as RowsError
    from ketref.errors import RulesError as RulesError
    from ketref.errors import UsageError as UsageError
    from ketref.history_answers import history as history
    from ketref.infer_answers import infer as infer
    from ketref.loading import Book as Book
    from ketref.loading import load as load
    from ketref.many import detect_many as detect_many
    from ketref.many import effects_many as effects_many
    from ketref.many import evaluate as evaluate
    from ketref.questions import cautions as cautions
    from ketref.questions import detect as detect
    from ketref.questions import effects as effects
    from ketref.turning import flips as flips


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module `ketref` has no attribute `{name}`")
    from importlib import import_module

    found = getattr(import_module(f"ketref.{_PUBLIC[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
