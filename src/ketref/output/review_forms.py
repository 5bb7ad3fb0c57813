"""What do the answers to a keeper of a book look like as JSON?"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class FindingForm(TypedDict):
    """One thing wrong in a rule file."""

    file: str
    line: int
    code: str
    level: Literal["error", "warning"]
    message: str
    hint: str
    rules: list[str]


class CheckForm(TypedDict):
    """`ketref check ... --format json`."""

    schema: Literal["ketref.check/1"]
    findings: list[FindingForm]


class BookForm(TypedDict):
    """Which book was asked."""

    name: str
    edition: str
    digest: str


class EndChange(TypedDict):
    """An end of a boundary, as two books give it, and their rules behind it; null: not stated."""

    end: str
    old: str | None
    new: str | None
    old_rules: list[str]
    new_rules: list[str]


class AnswerChange(TypedDict):
    """What two books answer differently, and under which conditions; `about` names the effect or the caution."""

    substance: str
    kind: Literal["window", "phase", "effect", "caution"]
    about: str
    change: Literal["lost", "won", "changed", "rules"]
    conditions: list[dict[str, list[str]]]
    ends: list[EndChange]


class RecordChange(TypedDict):
    """A record that only one book has, or that two have differently, and then in which `keys`."""

    kind: str
    id: str
    change: Literal["added", "removed", "changed"]
    keys: list[str]


class DiffForm(TypedDict):
    """`ketref diff ... --format json`."""

    schema: Literal["ketref.diff/1"]
    same: bool
    old: BookForm
    new: BookForm
    answers: list[AnswerChange]
    records: list[RecordChange]
    version: str


class GapForm(TypedDict):
    """Conditions that rules do not cover: the ends that are `missing`, and what to `say` to have them."""

    substance: str
    kind: Literal["window", "phase"]
    gap: Literal["no rule", "more must be said", "no closing", "one end", "no opening"]
    missing: list[str]
    say: list[str]
    conditions: list[dict[str, list[str]]]


class GapsForm(TypedDict):
    """`ketref gaps ... --format json`."""

    schema: Literal["ketref.gaps/1"]
    book: BookForm
    substances: list[str]
    gaps: list[GapForm]
    version: str


class KeptForm(TypedDict):
    """With which knowledge, and by which version, an answer was made."""

    edition: str
    digest: str
    version: str


class Difference(TypedDict):
    """What in an answer is not what it was, and the rules and sources that caused it."""

    what: str
    old: Any
    new: Any
    rules: list[str]
    sources: list[str]


class VerifyForm(TypedDict):
    """`ketref verify ... --format json`.

    `refused` says why today's rules do not understand the question; `gone` are rules and sources no longer in them.
    """

    schema: Literal["ketref.verify/1"]
    same: bool
    asked: Literal["detect", "effects", "cautions"]
    question: dict[str, Any]
    refused: str | None
    differences: list[Difference]
    gone: list[str]
    kept: KeptForm
    today: KeptForm


class NewForm(TypedDict):
    """`ketref new ... --format json`: the files written, and the commands to go on with."""

    schema: Literal["ketref.new/1"]
    files: list[str]
    next: list[str]


CHANGES = {"lost": "no longer answered", "won": "newly answered", "changed": "other ends", "rules": "other rules"}


GAPS = {
    "no rule": "no rule at all",
    "more must be said": "no rule, unless more is said",
    "no closing": "when it closes, no rule states",
    "one end": "only one end of when it closes is stated",
    "no opening": "when it opens, no rule states",
}
