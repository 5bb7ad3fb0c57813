"""How is an error written as JSON?"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import attrs

from ketref.errors import InputError, KetrefError, RulesError, UsageError, quoted
from ketref.output.review_forms import FindingForm
from ketref.visible import shown


class MistakeForm(TypedDict):
    """One thing that is wrong: of which `kind`, in words, what was given, what would be understood, what to do."""

    kind: str
    message: str
    value: str | None
    candidates: list[str]
    hint: str


class ErrorForm(TypedDict):
    """The JSON form `ketref.error/1` of what could not be answered.

    Of several mistakes in one question `error` is the first, and `errors` has all; `findings` are those of rules that
    are not sound.
    """

    schema: Literal["ketref.error/1"]
    error: MistakeForm
    errors: list[MistakeForm]
    findings: list[FindingForm]


ERRORS: dict[str, type] = {"error": ErrorForm}
"""The form of an error, by the name of its schema."""


def error_form(error: Exception) -> ErrorForm:
    """The JSON form of an error."""
    slips = [_mistake(one) for one in getattr(error, "slips", ()) or (error,)]
    findings: list[FindingForm] = []
    if isinstance(error, RulesError):
        findings = [attrs.asdict(one) for one in error.findings]  # type: ignore[misc]  # its fields are these keys
    return {"schema": "ketref.error/1", "error": slips[0], "errors": slips, "findings": findings}


def _mistake(error: Exception) -> MistakeForm:
    value: Any = getattr(error, "value", getattr(error, "path", None))
    return {
        "kind": _kind(error),
        "message": said(error),
        "value": None if value is None else quoted(value),
        "candidates": [str(word) for word in getattr(error, "candidates", ())],
        "hint": getattr(error, "hint", ""),
    }


def said(error: Exception) -> str:
    """What is said of an error, without its hint."""
    if isinstance(error, RulesError):
        return "the rules are not sound"
    if isinstance(error, KetrefError):
        return str(error)
    if isinstance(error, OSError):
        return f"cannot write: {shown(error.strerror or str(error))}"
    return f"internal error: {type(error).__name__}: {shown(str(error))}"


def _kind(error: Exception) -> str:
    if isinstance(error, UsageError):
        return error.code
    if isinstance(error, RulesError):
        return "rules-not-sound"
    if isinstance(error, InputError):
        return "not-readable"
    return "cannot-write" if isinstance(error, OSError) else "internal-error"
