"""What does the answer from test results look like as JSON?

Moments are ISO 8601 texts with their offset from UTC, without one where the results have no zone; null is open. Where
`from_day` or `until_day` is true the rule, or the time of the result, tells the day only. Results and doses are
numbered from 1, in the given order.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from ketref.forms import Identity

Verdict = Literal["explained", "possible", "not_explained", "unknown", "says_nothing"]

IntervalForm = TypedDict(  # `from` is a word of Python's own
    "IntervalForm",
    {
        "substances": list[str],
        "from": str | None,
        "until": str | None,
        "from_day": bool,
        "until_day": bool,
        "from_rule": str | None,
        "until_rule": str | None,
        "from_result": int | None,
        "until_result": int | None,
        "from_says": str | None,
        "until_says": str | None,
    },
)
IntervalForm.__doc__ = """Times of one dose of any of the `substances`, both ends included, and what sets each end.

An end that is open has neither rule nor result; one that is the sample's own time has no rule.
"""


class ConflictForm(TypedDict):
    """The smallest set of results that no single dose of any of these substances agrees with."""

    substances: list[str]
    results: list[int]
    says: str


class SaidSourceForm(TypedDict):
    """A source and its grade."""

    source: str
    grade: str


class FalsePositiveForm(TypedDict):
    """What the book holds on false positives, or on what a screen answers to."""

    id: str
    topic: str
    says: str
    sources: list[SaidSourceForm]


class NoDoseForm(TypedDict):
    """Whether no dose at all agrees with the results, and why."""

    consistent: bool
    why: list[str]
    false_positives: list[FalsePositiveForm]


class ResultForm(TypedDict):
    """A result as understood, and what the declared doses make of it.

    `substances` are those that may be behind it; `excludes` says whether it excludes any time of a dose. `verdict` is
    null where no doses are declared and the result says something. `status` is what the rules expect after them. `dose`
    is the number of the one that governs, asked as `pattern`; null where it is one that nobody declared. `supposed`:
    only what is not known of the history gives this status. `undeclared` holds the times of one undeclared dose that
    would explain it.
    """

    number: int
    id: str | None
    time: str
    outcome: Literal["positive", "negative"]
    matrix: str
    analyte: str
    method: str | None
    cutoff: str | None
    value: str | None
    panel: str | None
    substances: list[str]
    excludes: bool
    verdict: Verdict | None
    status: str | None
    substance: str | None
    dose: int | None
    pattern: str | None
    supposed: bool
    rule: str | None
    says: str | None
    undeclared: list[IntervalForm]


class DeciderForm(TypedDict):
    """A further test: what it would decide with this outcome, sampled from when until when (null: no end)."""

    substances: list[str]
    interval: int
    outcome: Literal["positive", "negative"]
    matrix: str
    analyte: str
    method: str | None
    cutoff: str | None
    begin: str
    end: str | None
    rule: str
    says: str


class RuleForm(TypedDict):
    """A rule behind the answer, with its sources."""

    id: str
    confidence: str
    sources: list[SaidSourceForm]


class InferForm(Identity):
    """`ketref infer ... --format json`."""

    schema: Literal["ketref.infer/1"]
    at: str
    pattern: str
    substances: list[str]
    known_since: str | None
    conclusions: list[str]
    intervals: list[IntervalForm]
    conflicts: list[ConflictForm]
    no_dose: NoDoseForm
    results: list[ResultForm]
    deciders: list[DeciderForm]
    rules: list[RuleForm]
    assumes: list[str]


ANSWERS: dict[str, type] = {"infer": InferForm}
