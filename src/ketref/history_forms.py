"""What do the answers about one person look like as JSON?

Moments are ISO 8601 texts with their offset from UTC, without one where the doses have no zone. Where `day` is true the
source, or the time of the dose, tells the day only.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from ketref.forms import Identity, Seconds, Shown, Status

HistoryStatus = Literal["not_yet", "possible", "expected", "not_expected", "unknown", "no_dose"]
Force = Literal["in_force", "possible", "lifted"]


class DoseForm(TypedDict):
    """A dose as understood: `number` counts from 1, `phases` are those that it may be in.

    Where it is `planned`, it does not count.
    """

    number: int
    planned: bool
    substance: str
    start: str
    route: str | None
    dose: str | None
    weight: str | None
    infusion: str | None
    elapsed_s: Seconds
    patterns: list[str]
    phases: list[str]
    phase_rule: str | None


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
    day: bool
    in_s: int
    status: Status


class VerdictForm(TypedDict):
    """What one source alone would say."""

    source: str
    grade: str
    status: Status


class TestForm(TypedDict):
    """A test after all doses.

    `dose` is the number of the one that governs, asked as `pattern`; null where it is a dose that nobody knows of.
    `supposed`: only what is not known of the history gives this status.
    """

    substance: str
    matrix: str
    analyte: str
    method: str | None
    cutoff: str | None
    status: HistoryStatus
    supposed: bool
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
    status: Force
    dose: int
    not_before: str | None
    lifted_by: str | None
    until: list[str | None]
    counts_from: str
    until_event: str | None
    authority: str
    jurisdiction: str
    source: str
    grade: str


class ChangeForm(TypedDict):
    """What changes next: of a test, the phase of a dose, an effect or a caution, from what to what."""

    at: str
    day: bool
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
    known_since: str | None
    doses: list[DoseForm]
    patterns: list[PatternForm]
    tests: list[TestForm]
    effects: list[PresentEffectForm]
    cautions: list[StandingCautionForm]
    changes: list[ChangeForm]
    assumes: list[str]


ANSWERS: dict[str, type] = {"history": HistoryForm}
