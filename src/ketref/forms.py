"""What does an answer look like as JSON?

Scripts depend on these keys; the JSON Schemas of the answers are generated from these classes. Times are whole seconds
since the start of administration; null is "no rule states it" or "none".
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Status = Literal["not_yet", "possible", "expected", "not_expected", "unknown"]
Seconds = int | list[int] | None
Ends = list[int | None]
Texts = list[str | None]
Percent = float | list[float] | None


class Change(TypedDict):
    """The next moment at which the status changes; `in_s` is how long until then."""

    at_s: int
    in_s: int
    status: Status


class PhaseChange(TypedDict):
    """The next moment at which the possible phases change."""

    at_s: int
    in_s: int
    phases: list[str]


class GoverningRule(TypedDict):
    """A rule behind the answer, whose it is, and the ends that it gives."""

    id: str
    owner: str
    ends: list[str]


class EvidenceForm(TypedDict):
    """What one source says; `status` is its own verdict.

    It is null where the source speaks of other conditions (`applies` is false), and without a time.
    """

    source: str
    rule: str
    grade: str
    locator: str
    figure: str
    says: str
    applies: bool
    status: Status | None
    conditions: dict[str, str]


class FactorForm(TypedDict):
    """What may lengthen or shorten; `given` is the asker's own value, `askable` says whether there can be one."""

    factor: str
    given: str | None
    askable: bool
    direction: str
    affects: str
    says: str
    sources: list[dict[str, str]]


class Narrower(TypedDict):
    """Conditions which, if said, would change the answer."""

    axis: str
    values: list[str]


_FromTo = TypedDict("_FromTo", {"from": Seconds | str, "to": Seconds | str})  # `from` is no name in Python


class Flip(_FromTo):
    """A change of one input that turns the status, the nearest where inputs have an order; `text` says `to` in words.

    Of the axis `source` it is a source `alone`, or all sources `without` it. `rule` gives the end that is crossed, or
    is the narrowest that would govern.
    """

    axis: Literal["elapsed", "cutoff", "method", "analyte", "pattern", "route", "dose", "source"]
    text: str
    direction: Literal["earlier", "later", "lower", "higher", "alone", "without"] | None
    status: Status
    rule: str | None


class Flipped(TypedDict, total=False):
    """What is in an answer only where it is asked for."""

    flips: list[Flip]


class Identity(TypedDict):
    """With which knowledge, and by which version, an answer was made."""

    edition: str
    digest: str
    version: str
    notice: str


class DetectForm(Identity, Flipped):
    """`ketref detect ... --format json`."""

    schema: Literal["ketref.detect/1"]
    question: dict[str, Any]
    status: Status | None
    elapsed_s: Seconds
    detectable_from_s: Ends
    detectable_until_s: Ends
    detectable_from: Texts
    detectable_until: Texts
    next_change: Change | None
    rule: str | None
    rules: list[GoverningRule]
    confidence: Literal["high", "moderate", "low"] | None
    sources_disagree: bool
    ignores: list[str]
    narrower: list[Narrower]
    assumes: list[str]
    covered: dict[str, list[str]]
    evidence: list[EvidenceForm]
    factors: list[FactorForm]


class FrequencyForm(TypedDict):
    """How often an effect was seen."""

    source: str
    grade: str
    locator: str
    percent: Percent
    category: str | None
    comparator: str
    comparator_percent: Percent
    n: int | None
    comparator_n: int | None
    population: str
    dose: str


class Shown(TypedDict):
    """The frequency that is shown of an effect: that of `source`."""

    percent: Percent
    comparator_percent: Percent
    comparator: str
    category: str | None
    n: int | None
    source: str
    grade: str


class EffectForm(Shown):
    """One effect: `status` says whether it is in its window.

    `id` is the narrowest of `rules`, which lists every rule that holds for it.
    """

    id: str
    rules: list[str]
    name: str
    kind: str
    status: Status | None
    appears_s: Ends
    resolves_s: Ends
    peaks: str | None
    frequencies: list[FrequencyForm]
    evidence: list[EvidenceForm]


class CautionForm(TypedDict):
    """One caution: who should not have it, or what to do, for how long, and who says so.

    `until_s` counts from the start of administration; `until` is as stated, from what `counts_from` names.
    """

    id: str
    kind: str
    condition: str
    instruction: str
    status: Literal["in_force", "possible", "lifted"] | None
    until_s: Ends
    until: Texts
    counts_from: str
    until_event: str | None
    authority: str
    jurisdiction: str
    source: str
    grade: str
    owner: str
    evidence: list[EvidenceForm]


class EffectsForm(Identity):
    """`ketref effects ... --format json`."""

    schema: Literal["ketref.effects/1"]
    question: dict[str, Any]
    elapsed_s: Seconds
    phases: list[str]
    boundaries_s: dict[str, Ends]
    boundaries: dict[str, str]
    next_change: PhaseChange | None
    phase_rule: str | None
    phase_rules: list[GoverningRule]
    confidence: Literal["high", "moderate", "low"] | None
    phase_evidence: list[EvidenceForm]
    ignores: list[str]
    narrower: list[Narrower]
    assumes: list[str]
    covered: dict[str, list[str]]
    effects: list[EffectForm]
    cautions: list[CautionForm]
    factors: list[FactorForm]


class CautionsForm(Identity):
    """`ketref cautions ... --format json`."""

    schema: Literal["ketref.cautions/1"]
    question: dict[str, Any]
    found: bool
    cautions: list[CautionForm]
    conditions: list[str]


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


ANSWERS: dict[str, type] = {
    "detect": DetectForm,
    "effects": EffectsForm,
    "cautions": CautionsForm,
    "check": CheckForm,
    "diff": DiffForm,
    "gaps": GapsForm,
    "verify": VerifyForm,
    "new": NewForm,
}
