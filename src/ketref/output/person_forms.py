"""What do the answers about one person look like as JSON?"""

from __future__ import annotations

from typing import Literal, TypedDict

from ketref.model.rules import Tells
from ketref.output.forms import CalculatedForm, Identity, Seconds, Shown, Status

HistoryStatus = Literal["not_yet", "possible", "expected", "not_expected", "unknown", "no_dose"]
Force = Literal["in_force", "possible", "lifted"]
Unit = Literal["minute", "day"]
"""To which unit an instant is known."""


class DoseForm(TypedDict):
    """A row that is a dose as understood: `number` is its own, from 1; where it is `planned`, it does not count.

    With an `interval` it stands for many `doses`: so many by the moment, the `last` of them so long ago. `joined` are
    the numbers of the rows that are one administration with it, itself among them, of `joined_dose` and over
    `joined_infusion`. `phases` are those that it, or the whole, may be in. A `doubtful` dose was perhaps given.
    """

    number: int
    planned: bool
    doubtful: bool
    substance: str
    start: str
    route: str | None
    dose: str | None
    weight: str | None
    infusion: str | None
    interval: str | None
    doses: int
    last: str | None
    elapsed_s: Seconds
    patterns: list[str]
    joined: list[int]
    joined_dose: str | None
    joined_infusion: str | None
    phases: list[str]
    phase_rule: str | None
    warnings: list[str]


class PatternForm(TypedDict):
    """A pattern of use that doses show: how many of them, the last of these, and by which threshold of the book."""

    substance: str
    pattern: str
    doses: int
    last: str
    why: str


class TurnForm(TypedDict):
    """The next change of a status: to what, when, and how long until then."""

    at: str
    at_unit: Unit
    in_s: int
    status: Status


class VerdictForm(TypedDict):
    """What one source alone would say."""

    source: str
    grade: str
    status: Status


class CalculatedTest(TypedDict, total=False):
    """What is there of a test, or of a result, only where it is asked for."""

    calculated: CalculatedForm


class TestForm(CalculatedTest):
    """A test after all doses.

    `dose` is the number of the one that governs, asked as `pattern`; null where it is a dose that nobody knows of.
    `supposed`: only what is not known of the history gives this status. `doubtful`: the dose that governs, or one that
    makes its pattern, was perhaps given. `test` is what it is for where that was said; then the substance is that of
    the dose which governs, of all that the test finds; null where none does and the test names none. Of a drug that no
    rule speaks of the status is `unknown`.
    """

    test: str | None
    substance: str | None
    matrix: str
    segment: str | None
    analyte: str
    method: str | None
    cutoff: str | None
    status: HistoryStatus
    supposed: bool
    doubtful: bool
    dose: int | None
    pattern: str | None
    rule: str | None
    rules: list[str]
    next_change: TurnForm | None
    sources_disagree: bool
    sources: list[VerdictForm]


class PresentEffectForm(Shown):
    """An effect that may be present now, after which dose; `until` is when that changes.

    `unknown`: no source states a time, and the dose may not be over.
    """

    substance: str
    id: str
    name: str
    kind: str
    status: Status
    dose: int
    until: TurnForm | None


class StandingCautionForm(TypedDict):
    """A caution that is not lifted, counted from which dose.

    `not_before` is the earliest moment at which time lifts it, `lifted_by` the latest; where `until_event` is said,
    time alone lifts it never.
    """

    substance: str
    id: str
    kind: str
    condition: str
    instruction: str
    tells: Tells
    status: Force
    dose: int
    not_before: str | None
    not_before_unit: Unit | None
    lifted_by: str | None
    lifted_by_unit: Unit | None
    until: list[str | None]
    counts_from: str
    until_event: str | None
    authority: str
    jurisdiction: str
    source: str
    grade: str


class InteractionForm(TypedDict):
    """A caution about one `substance` `beside` another drug that the person took too, whenever that was."""

    substance: str
    beside: str
    id: str
    kind: str
    condition: str
    instruction: str
    authority: str
    jurisdiction: str
    source: str
    grade: str


class ChangeForm(TypedDict):
    """What changes next: of a test, the phase of a dose, an effect or a caution, from what to what."""

    at: str
    at_unit: Unit
    in_s: int
    kind: Literal["test", "phase", "effect", "caution"]
    substance: str
    about: str
    dose: int | None
    before: list[str]
    after: list[str]
    rules: list[str]


class HistoryForm(Identity):
    """`ketref history ... --format json`."""

    schema: Literal["ketref.history/1"]
    at: str
    zoned: bool
    warnings: list[str]
    known_since: str | None
    doses: list[DoseForm]
    patterns: list[PatternForm]
    tests: list[TestForm]
    effects: list[PresentEffectForm]
    cautions: list[StandingCautionForm]
    interactions: list[InteractionForm]
    changes: list[ChangeForm]
    notes: list[str]
    assumes: list[str]


class PatientForm(TypedDict):
    """One person of a day."""

    subject: str
    history: HistoryForm


class TodayForm(Identity):
    """`ketref today ... --format json`."""

    schema: Literal["ketref.today/1"]
    at: str
    zoned: bool
    people: list[PatientForm]


HISTORY_ANSWERS: dict[str, type] = {"history": HistoryForm, "today": TodayForm}


Verdict = Literal["explained", "possible", "not_explained", "unknown", "says_nothing"]

IntervalForm = TypedDict(  # `from` is a word of Python's own
    "IntervalForm",
    {
        "substances": list[str],
        "from": str | None,
        "from_unit": Unit | None,
        "until": str | None,
        "until_unit": Unit | None,
        "from_rule": str | None,
        "until_rule": str | None,
        "from_result": int | None,
        "until_result": int | None,
        "from_says": str | None,
        "until_says": str | None,
    },
)
IntervalForm.__doc__ = """Times of one dose of any of the `substances`, both ends included, and what sets each end.

An end that is open has neither rule nor result; one that is the sample's own time, or that models set, has no rule.
"""


class ConflictForm(TypedDict):
    """The smallest set of results that no single dose of any of these substances agrees with.

    Or opposite results of one test at one minute, whatever was taken.
    """

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


class CrossReactantForm(TypedDict):
    """A declared drug that is known to make a screen positive, by the number of its dose, and what sources say."""

    name: str
    dose: int
    says: list[CrossReactivityForm]


class CrossReactivityForm(TypedDict):
    """What a source says that made an assay positive."""

    id: str
    assay: str
    cause: str
    says: str
    sources: list[SaidSourceForm]


class ResultForm(CalculatedTest):
    """A result as understood, and what the declared doses make of it.

    `substances` are those that may be behind it; `excludes` says whether it excludes any time of a dose. `verdict` is
    null where no doses are declared and the result says something; `declared` is what the declared doses alone make of
    it, whatever was taken before they are known. `status` is what the rules expect after them. `dose`
    is the number of the one that governs, asked as `pattern`; null where it is one that nobody declared. `supposed`:
    only what is not known of the history gives this status. `undeclared` holds the times of one undeclared dose that
    would explain it. `cross_reactants` are the declared drugs that are known to make such a screen positive: a positive
    that nothing else explains is `possible` then.
    """

    number: int
    id: str | None
    time: str
    outcome: Literal["positive", "negative", "says_nothing"]
    matrix: str
    segment: str | None
    test: str | None
    analyte: str
    method: str | None
    cutoff: str | None
    value: str | None
    lod: str | None
    loq: str | None
    panel: str | None
    substances: list[str]
    excludes: bool
    verdict: Verdict | None
    declared: Verdict | None
    status: str | None
    substance: str | None
    dose: int | None
    pattern: str | None
    supposed: bool
    rule: str | None
    says: str | None
    undeclared: list[IntervalForm]
    cross_reactants: list[CrossReactantForm]


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
    begin_unit: Unit
    end: str | None
    end_unit: Unit | None
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
    warnings: list[str]
    substances: list[str]
    known_since: str | None
    conclusions: list[str]
    intervals: list[IntervalForm]
    conflicts: list[ConflictForm]
    no_dose: NoDoseForm
    results: list[ResultForm]
    deciders: list[DeciderForm]
    rules: list[RuleForm]
    notes: list[str]
    assumes: list[str]


INFER_ANSWERS: dict[str, type] = {"infer": InferForm}
