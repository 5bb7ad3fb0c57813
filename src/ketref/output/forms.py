"""What does an answer look like as JSON?

Scripts depend on these keys; the JSON Schemas of the answers are generated from these classes. Times are whole seconds
since the start of administration; null is "no rule states it" or "none".
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from ketref.engine.course import Status as Status
from ketref.model.rules import Clock, Statistic, Tells
from ketref.output.review_forms import CheckForm, DiffForm, GapsForm, NewForm, VerifyForm

Origin = Literal["rule"]  # what made the course that answers
CalculatedStatus = Literal["expected", "possible", "not_expected", "unknown"]
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


_SharePeriod = TypedDict("_SharePeriod", {"from": str | None, "until": str | None})


class ShareForm(_SharePeriod):
    """How many `percent` of `n` persons, specimens or administrations were positive from one time on until another."""

    percent: float
    n: int | None
    of: Literal["persons", "specimens", "administrations"]


class EvidenceForm(TypedDict):
    """What one source says; `status` is its own verdict.

    It is null where the source speaks of other conditions (`applies` is false), where it tells no more than how many
    were positive, and without a time. `statistic` is what its figures of a window are, `clock` what they count from
    (null of anything but a window), and `bounds` tells whether an end may rest on them. `speaks_of` names the ends that
    its figures are of under the conditions of the question, `sets` the ends of the answer that are its figures, also
    where it speaks of other conditions, and `differs` the axes on which it names another term or cutoff than the
    question does. `share` holds how many were positive by tests such as the one asked about.
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
    differs: list[str]
    statistic: Statistic | None
    clock: Clock | None
    bounds: bool
    speaks_of: list[str]
    sets: list[str]
    share: list[ShareForm]


class ClassFactForm(TypedDict):
    """What is said of a class of drugs and of none of them alone: `of` is its id, `label` how it is called."""

    id: str
    of: str
    label: str
    figure: str
    says: str
    sources: list[dict[str, str]]


class ReactivityForm(TypedDict):
    """How an `assay` that `tests` for an analyte or a class answers to the substance, or to what comes of it."""

    id: str
    assay: str
    tests: str
    cause: str
    result: Literal["finds", "false positive", "misses", "does not react"]
    at: str
    says: str
    sources: list[dict[str, str]]


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


class Answerable(TypedDict):
    """Where no rule answers: what would have to be said, on one axis or on two, for `rule` to do so.

    A null is an axis that is to be left out.
    """

    changes: dict[str, str | None]
    rule: str


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


class SegmentForm(TypedDict):
    """Which time a `segment` of the specimen stands for, in seconds before the sample, by `rule`, and who says so.

    It was taken up within `stands_for_s`, at the usual rate of growth within `usual_s`. Where the `dose` lies: `later`
    or `older` than all of it, `in` it for sure, or `perhaps`; null without a time. `says` is what a dose later or
    older may still do; one longer ago than `carried_until_s` is not in it.
    """

    segment: str
    stands_for_s: list[int]
    usual_s: list[int]
    carried_until_s: int
    dose: Literal["later", "perhaps", "in", "older"] | None
    says: str
    rule: str
    sources: list[dict[str, str]]


class CalculatedForm(TypedDict):
    """What the `models` of the book say that speak of a question: beside the status, and never in its place.

    `share_above` holds the least and the greatest share of persons at or above the cutoff, over these models and the
    times that are possible; null where no model tells how persons differ.
    """

    status: CalculatedStatus
    share_above: list[float] | None
    models: list[str]
    origin: Literal["calculated"]


class Calculable(TypedDict):
    """Of which analyte, and in which specimen, models of the book calculate the concentration after a stated dose."""

    analyte: str
    matrix: str


class Flipped(TypedDict, total=False):
    """What is in an answer only where it is asked for."""

    flips: list[Flip]
    segment: SegmentForm
    calculated: CalculatedForm


class Identity(TypedDict):
    """With which knowledge, and by which version, an answer was made.

    What it quotes of the rules is under their `licence`, and named with the `attribution`; null where rules say none.
    """

    edition: str
    digest: str
    version: str
    notice: str
    licence: str | None
    attribution: str | None


class DetectForm(Identity, Flipped):
    """`ketref detect ... --format json`."""

    schema: Literal["ketref.detect/1"]
    question: dict[str, Any]
    status: Status | None
    warnings: list[str]
    elapsed_s: Seconds
    detectable_from_s: Ends
    detectable_until_s: Ends
    detectable_from: Texts
    detectable_until: Texts
    next_change: Change | None
    origin: Origin
    rule: str | None
    rules: list[GoverningRule]
    found_as: list[str]
    confidence: Literal["high", "moderate", "low"] | None
    sources_disagree: bool
    reopens: list[dict[str, str]]
    ignores: list[str]
    indifferent_to: dict[str, list[str]]
    narrower: list[Narrower]
    assumes: list[str]
    covered: dict[str, list[str]]
    answerable: list[Answerable]
    calculable: Calculable | None
    evidence: list[EvidenceForm]
    class_facts: list[ClassFactForm]
    reactivities: list[ReactivityForm]
    factors: list[FactorForm]


class SpecimenForm(TypedDict):
    """What is answered for one specimen; `best_grade` is that of the best source that speaks of the question.

    `found_as` are the analytes of which the rules speak, where any may be measured.
    """

    matrix: str
    status: Status | None
    detectable_from: Texts
    detectable_until: Texts
    detectable_from_s: Ends
    detectable_until_s: Ends
    rule: str | None
    found_as: list[str]
    confidence: Literal["high", "moderate", "low"] | None
    best_grade: str | None
    sources_disagree: bool


class SpecimensForm(Identity):
    """`ketref detect SUBSTANCE ... --format json` without a specimen."""

    schema: Literal["ketref.specimens/1"]
    question: dict[str, Any]
    elapsed_s: Seconds
    specimens: list[SpecimenForm]


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

    It `tells` what is to be done, or no more than a `limit` of the law or the `finding` of a study.

    `until_s` counts from the start of administration; `until` is as stated, from what `counts_from` names.
    """

    id: str
    kind: str
    condition: str
    instruction: str
    tells: Tells
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
    warnings: list[str]
    phases: list[str]
    boundaries_s: dict[str, Ends]
    boundaries: dict[str, str]
    next_change: PhaseChange | None
    origin: Origin
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
    assumes: list[str]
    found: bool
    cautions: list[CautionForm]
    conditions: list[str]


ANSWERS: dict[str, type] = {
    "detect": DetectForm,
    "specimens": SpecimensForm,
    "effects": EffectsForm,
    "cautions": CautionsForm,
    "check": CheckForm,
    "diff": DiffForm,
    "gaps": GapsForm,
    "verify": VerifyForm,
    "new": NewForm,
}
