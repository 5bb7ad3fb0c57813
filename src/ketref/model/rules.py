"""What is a rule: its conditions, the ends of its course, its evidence; and whose rule is it?

One class a table of the files; the field names are the keys of the files. JSON Schemas are generated from these
classes, and nothing but `structuring` makes instances of them from files.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, TypeVar, dataclass_transform

from attrs import field, frozen

from ketref.model.axes import AXES, a_field_for
from ketref.model.units import Duration, Quantity

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(kind: type[T]) -> type[T]:
    """A table of a rule file: frozen, made by keywords, compared by identity, so that its class is made quickly."""
    made = frozen(kw_only=True, eq=False, repr=False, slots=False)(kind)
    made.__repr__ = _shown  # type: ignore[method-assign]
    return made


def _shown(made: object) -> str:
    values = ((name, value) for name, value in vars(made).items() if value not in (None, "", ()))
    return f"{type(made).__name__}({', '.join(f'{name}={value!r}' for name, value in values)})"


Confidence = Literal["high", "moderate", "low"]
CONFIDENCE_NEEDS: Mapping[str, str] = {"high": "A", "moderate": "C", "low": "E"}
"""The worst of the best grades that a confidence may rest on."""


@frozen
class Span:
    """A boundary of a course: `earliest` and `latest` end, None where nothing is stated."""

    earliest: Duration | None = None
    latest: Duration | None = None

    def __str__(self) -> str:
        if self.earliest and self.latest:
            return f"{self.earliest} to {self.latest}" if self.earliest != self.latest else str(self.earliest)
        if self.earliest:
            return f"{self.earliest} or later"
        return f"at most {self.latest}" if self.latest else "not stated"


@frozen
class Range:
    """Amounts from `min` to `max`, both included; None is unbounded."""

    min: Quantity | None = None
    max: Quantity | None = None

    def __str__(self) -> str:
        if self.min and self.max:
            return f"{self.min} to {self.max}" if self.min != self.max else str(self.min)
        return f"{self.min} or more" if self.min else f"up to {self.max}"


@record
@a_field_for(AXES, tuple[Any, ...])
class When:
    """The conditions under which a rule holds; an empty axis holds for all of it, also where it is unsaid."""

    matrix: tuple[str, ...] = ()
    analyte: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    cutoff: tuple[Quantity, ...] = ()
    dose: Range | None = None
    dose_per_kg: Range | None = None


@record
class Evidence:
    """What one source says, with the ends that it `reports` and, in `when`, the conditions of which it speaks."""

    source: str
    locator: str
    says: str = ""
    figure: str = ""
    when: When = field(factory=When)
    claims: tuple[str, ...] = ()


@record
class Timed:
    """What every rule with a course has; `waive` holds the codes of warnings that it answers, each with the reason."""

    id: str
    when: When = field(factory=When)
    from_end: str | None = None
    infusion: tuple[Duration, Duration] | None = None
    confidence: Confidence = "low"
    reviewed: date
    note: str = ""
    waive: Mapping[str, str] = field(factory=dict)


@record
class WindowEnds:
    """before - detectable - cleared."""

    detectable_from: Span = Span()
    detectable_until: Span = Span()


Statistic = Literal[
    "range",
    "stated",
    "up to",
    "at least",
    "all negative",
    "mean",
    "median",
    "last sample",
    "first negative",
    "recovery",
    "share",
]
BOUNDING = frozenset({"range", "stated", "up to", "at least", "all negative"})
"""What may bound an end: figures that tell of everybody who was looked at, or that the source states as the window."""
Clock = Literal[
    "last use", "first use", "start of drinking", "admission", "zero concentration", "period asked about", "delivery"
]
NOT_BEFORE_LAST_USE = frozenset({"last use", "admission", "zero concentration", "delivery"})
"""Clocks that start at the last use or after it: a positive on one of these was at least so long after the last use."""


@record
class Share:
    """How many of those looked at were positive, from one time on until another."""

    percent: float
    n: int | None = None
    of: Literal["persons", "specimens", "administrations"] = "specimens"
    from_: Duration | None = None
    until: Duration | None = None


@record
class WindowReports(WindowEnds):
    """What a source reports of a window; `positive_at`: somebody was positive then.

    `statistic` is what its figures are: one that does not bound a window is shown, and may disagree. `clock` is what
    they count from: what counts from anything but the last use is shown, and neither bounds nor disagrees.
    """

    positive_at: Duration | None = None
    statistic: Statistic = "stated"
    clock: Clock = "last use"
    share: tuple[Share, ...] = ()

    @property
    def bounds(self) -> bool:
        """Whether a rule may lean on its ends."""
        return self.statistic in BOUNDING and self.clock == "last use"

    @property
    def seen(self) -> Duration | None:
        """Somebody was positive at least so long after the last use."""
        return self.positive_at if self.clock in NOT_BEFORE_LAST_USE else None


@record
class WindowEvidence(Evidence):
    """Evidence of a window."""

    reports: WindowReports = WindowReports()


@record
class Window(Timed, WindowEnds):
    """How long an analyte is detectable in a specimen.

    It `reopens` by the sources that saw positives again after a negative, without another dose.
    """

    reopens: tuple[str, ...] = ()
    evidence: tuple[WindowEvidence, ...]


@record
class PhaseEnds:
    """before_onset - onset - peak - offset - after_effects - baseline: when each begins."""

    onset: Span = Span()
    peak: Span = Span()
    offset: Span = Span()
    after_effects: Span = Span()
    baseline: Span = Span()


@record
class PhaseEvidence(Evidence):
    """Evidence of a phase."""

    reports: PhaseEnds = PhaseEnds()


@record
class Phase(Timed, PhaseEnds):
    """The course of the psychoactive effect."""

    evidence: tuple[PhaseEvidence, ...]


@record
class EffectEnds:
    """before - present - gone."""

    appears: Span = Span()
    resolves: Span = Span()
    peaks: Span = Span()


@record
class EffectEvidence(Evidence):
    """Evidence of an effect."""

    reports: EffectEnds = EffectEnds()


@record
class Frequency:
    """How often an effect was seen, in percent or as a category, against a comparator where there was one."""

    source: str
    locator: str
    percent: tuple[float, float] | None = None
    category: Literal["common", "uncommon", "rare", "not quantified"] | None = None
    comparator: str = ""
    comparator_percent: tuple[float, float] | None = None
    n: int | None = None
    comparator_n: int | None = None
    population: str = ""
    dose: str = ""
    note: str = ""
    claims: tuple[str, ...] = ()


EffectKind = Literal[
    "psychiatric",
    "nervous-system",
    "perceptual",
    "cognition",
    "cardiovascular",
    "gastrointestinal",
    "respiratory",
    "urinary",
    "musculoskeletal",
    "hepatic",
    "skin",
    "eye",
    "local",
    "general",
    "therapeutic",
]


@record
class Effect(Timed, EffectEnds):
    """Any other effect: adverse, perceptual, physiological or therapeutic."""

    name: str
    kind: EffectKind
    synonyms: tuple[str, ...] = ()
    evidence: tuple[EffectEvidence, ...] = ()
    frequency: tuple[Frequency, ...] = ()


@record
class CautionEnds:
    """in force - lifted."""

    until: Span = Span()


@record
class CautionEvidence(Evidence):
    """Evidence of a caution."""

    reports: CautionEnds = CautionEnds()


Tells = Literal["to_do", "limit", "finding"]
CautionKind = Literal[
    "contraindication",
    "not-recommended",
    "not-approved",
    "boxed-warning",
    "warning",
    "precaution",
    "interaction",
    "access",
    "observation",
    "discharge",
    "driving",
    "monitoring",
]


@record
class Caution(Timed, CautionEnds):
    """Who should not have it (`condition`), or what to do (`instruction`), for how long, and who says so.

    It `tells` what is to be done, or no more than a `limit` of the law or the `finding` of a study.
    """

    kind: CautionKind
    tells: Tells = "to_do"
    authority: str
    jurisdiction: str
    condition: str = ""
    synonyms: tuple[str, ...] = ()
    instruction: str = ""
    until_event: str = ""
    evidence: tuple[CautionEvidence, ...]


Rule = Window | Phase | Effect | Caution
Entry = WindowEvidence | PhaseEvidence | EffectEvidence | CautionEvidence

SIDES = ("earliest", "latest")


def cited(rule: Rule) -> list[str]:
    """The sources of a rule, one for each of its entries."""
    return [entry.source for entry in (*rule.evidence, *(rule.frequency if isinstance(rule, Effect) else ()))]


# ---------------------------------------------------------------- files of a substance


@record
class Windows:
    """windows.toml."""

    window: tuple[Window, ...] = ()


@record
class Phases:
    """phases.toml."""

    phase: tuple[Phase, ...] = ()


@record
class Effects:
    """effects.toml."""

    effect: tuple[Effect, ...] = ()


@record
class Cautions:
    """cautions.toml."""

    caution: tuple[Caution, ...] = ()


@frozen
class Ranked:
    """A rule, whose it is (`owner`: the name of its book), and its rank: where it matches, a higher rank governs.

    `of` is the substance under which the rule stands, `place` finds the file and the line.
    """

    rule: Rule
    rank: int
    owner: str
    of: str
    place: Callable[[], tuple[str, int]] = field(eq=False)
