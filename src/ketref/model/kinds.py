"""Which kinds of rules are there, and in what do they differ?"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ketref.model.axes import AXES, DOSE_AXES
from ketref.model.rules import Caution, Effect, Phase, Rule, Span, Window


class Kind(NamedTuple):
    """What is said of all rules of one class.

    A file `FILE.toml` lists them under `key`, which is also what answers call the kind. A course passes through its
    `stages`, which its `boundaries` part; at those of `ending` something ends: they belong to the stage before them. At
    those of `closing` what the drug does wears off: by when at the latest counts from the end of administration.
    """

    rule: type[Rule]
    file: str
    key: str
    stages: tuple[str, ...]
    boundaries: tuple[str, ...]
    closing: frozenset[str]
    ending: frozenset[str] = frozenset()
    axes: tuple[str, ...] = DOSE_AXES
    """The axes that its conditions may name, in the order of `AXES`."""
    must_name: tuple[str, ...] = ()
    """The axes that its conditions must name."""
    told_apart_by: str | None = None
    """The field that says what a rule speaks of; None where all of a substance speak of one thing."""
    listed_when_matched: bool = False
    """Whether a rule is an answer where it merely matches, so that it may be without a time."""
    holds_unless_denied: bool = False
    """Whether a rule holds where a question leaves its conditions unsaid."""
    lasts: bool = False
    """Whether the first stage of a rule without a time lasts until something else than time ends it."""

    def spans(self, record: object) -> tuple[Span, ...]:
        """The boundaries that a rule of this kind, or evidence of one, states."""
        return tuple(getattr(record, boundary) for boundary in self.boundaries)

    def passed(self, earliest: int, latest: int) -> list[str]:
        """Every stage from one to another, both included."""
        return list(self.stages[earliest : latest + 1])

    def __reduce__(self) -> tuple[Any, ...]:
        """A kind stays itself where it travels to another process."""
        return _of_file, (self.file,)


WINDOW = Kind(
    rule=Window,
    file="windows",
    key="window",
    stages=("before", "detectable", "cleared"),
    boundaries=("detectable_from", "detectable_until"),
    closing=frozenset({"detectable_until"}),
    ending=frozenset({"detectable_until"}),
    axes=AXES,
    must_name=("matrix", "analyte"),
)
PHASE = Kind(
    rule=Phase,
    file="phases",
    key="phase",
    stages=("before_onset", "onset", "peak", "offset", "after_effects", "baseline"),
    boundaries=("onset", "peak", "offset", "after_effects", "baseline"),
    closing=frozenset({"offset", "after_effects", "baseline"}),
)
EFFECT = Kind(
    rule=Effect,
    file="effects",
    key="effect",
    stages=("before", "present", "gone"),
    boundaries=("appears", "resolves"),
    closing=frozenset({"resolves"}),
    ending=frozenset({"resolves"}),
    told_apart_by="name",
    listed_when_matched=True,
)
CAUTION = Kind(
    rule=Caution,
    file="cautions",
    key="caution",
    stages=("in_force", "lifted"),
    boundaries=("until",),
    closing=frozenset({"until"}),
    ending=frozenset({"until"}),
    told_apart_by="id",
    listed_when_matched=True,
    holds_unless_denied=True,
    lasts=True,
)

KINDS: Mapping[type[Rule], Kind] = {kind.rule: kind for kind in (WINDOW, PHASE, EFFECT, CAUTION)}
OF_FILE: Mapping[str, Kind] = {kind.file: kind for kind in KINDS.values()}

ASKED_ONCE = (
    *(f"detectable_{end}_{side}_s" for end in ("from", "until") for side in ("earliest", "latest")),
    "confidence",
    "sources_disagree",
)
"""The columns of answers to tests for which each distinct question is asked alone: ends of windows, and who agrees."""
CALCULATED = (
    "calculated",
    "calculated_share_low",
    "calculated_share_high",
    "calculated_models",
    "calculated_why",
)
"""The columns of what models say beside a status: it, the ends of the share of persons, by which, why not by others."""
_OF_ALL = ("earliest_stage", "latest_stage", "next_change_s")
ANSWERS: Mapping[Kind, tuple[str, ...]] = {
    WINDOW: ("status", "rule", *_OF_ALL, *ASKED_ONCE, *CALCULATED),
    PHASE: ("phase_earliest", "phase_latest", "rule", *_OF_ALL),
}
"""The columns of the answers to many questions of a kind, besides why a row was refused."""


ALL = "all"
"""Instead of the names of columns: every one, but those of what models say."""


def columns_of(kind: Kind, columns: Sequence[str], calculated: bool = False) -> Sequence[str]:
    """The columns that are asked for of the answers to questions of a kind."""
    named = isinstance(columns, str) and columns == ALL
    return with_calculated(but_calculated(ANSWERS[kind]) if named else columns, calculated)


def but_calculated(columns: Sequence[str]) -> list[str]:
    """Some columns without those of what models say."""
    return [name for name in columns if name not in CALCULATED]


def with_calculated(columns: Sequence[str], calculated: bool) -> Sequence[str]:
    """The columns that are asked for, and with them, where it is `calculated`, those of what models say."""
    listed = calculated and not isinstance(columns, str)  # which is refused later
    return (*columns, *CALCULATED) if listed else columns


def _of_file(file: str) -> Kind:
    return OF_FILE[file]


def spans(rule: Rule) -> tuple[Span, ...]:
    """The boundaries that a rule states."""
    return KINDS[type(rule)].spans(rule)


def subject(rule: Rule) -> str:
    """What a rule speaks of, within its kind: rules of one subject govern one course together."""
    told_apart_by = KINDS[type(rule)].told_apart_by
    return getattr(rule, told_apart_by) if told_apart_by else ""
