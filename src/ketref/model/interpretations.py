"""What does a report say that no single result says: statements on several results, and validity of the specimen?

None of these belongs to one substance: the files lie at the top of a book. A statement decides no verdict; it is shown
where all of its conditions hold, with its sources.
"""

from collections.abc import Mapping
from typing import Literal

from attrs import field

from ketref.model.factors import FactEvidence
from ketref.model.rules import Confidence, record
from ketref.model.units import Duration, Limit

LIMITS = ("above", "at_least", "at_most", "below")
"""What a figure may be held against: the outer two are strict, the inner two hold at the limit too."""


@record
class Limits:
    """A figure lies between limits, of which at most one is a lower and one an upper one."""

    above: Limit | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None
    below: Limit | None = None

    @property
    def limits(self) -> Mapping[str, Limit]:
        """Those limits that are said."""
        return {name: limit for name in LIMITS if (limit := getattr(self, name)) is not None}


Found = Literal["present", "absent", "not tested"]


@record
class Condition(Limits):
    """What holds of one analyte, or measure, of a specimen: it was `found` so, or a figure lies between limits.

    The figure is its value; or that divided by another's (`over`); or its share of a sum (`among`). With `earlier` it
    is divided by the same figure of a specimen that was taken so long before, and what was `found` was so there.
    `method` speaks of results by these methods, or narrower ones.
    """

    analyte: str
    found: Found | None = None
    over: str | None = None
    among: tuple[str, ...] = ()
    earlier: tuple[Duration, Duration] | None = None
    method: tuple[str, ...] = ()


@record
class Interpretation:
    """A statement on results of one specimen, which is shown where all conditions of `when` hold and none of `unless`.

    It speaks of specimens in `matrix`, of use in one of the `pattern`s and, where it names some, only where one of
    `declared` was declared or prescribed, and none of `undeclared`. `holds_for` says in words whom it holds for. It
    `supports` substances, or speaks `against` them: that by it they do not explain alone what it is about. Statements
    that it `contradicts` say otherwise, and say so too.
    """

    id: str
    says: str
    matrix: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    holds_for: str = ""
    declared: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    confidence: Confidence = "low"
    waive: Mapping[str, str] = field(factory=dict)
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...] = ()
    evidence: tuple[FactEvidence, ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All that it asks about: what must hold, then what must not."""
        return (*self.when, *self.unless)


@record
class Interpretations:
    """interpretations.toml."""

    interpretation: tuple[Interpretation, ...] = ()


# ---------------------------------------------------------------- validity of a specimen


@record
class ValidityCondition(Limits):
    """What holds of one measure of a specimen: it was `found` so, or its value lies between limits."""

    measure: str
    found: Found | None = None


Validness = Literal["acceptable", "dilute", "substituted", "invalid", "adulterated"]
"""What an authority calls a specimen."""


@record
class ValidityRule:
    """What an authority calls a specimen of which all conditions hold, and what that does to its `negatives`."""

    id: str
    by: str
    matrix: str
    verdict: Validness
    says: str
    negatives: str = ""
    when: tuple[ValidityCondition, ...]
    evidence: tuple[FactEvidence, ...]


@record
class Validity:
    """validity.toml."""

    validity: tuple[ValidityRule, ...] = ()


# ---------------------------------------------------------------- golden cases


@record
class InterpretationCase:
    """A report with what its evidence demands of its reading.

    `results` and `doses` are rows as files of records hold them, `prescribed` are regimens. `statements` must be
    shown, `not_statements` must not. `verdicts` are those of the results in their order, `validity` what the specimen
    is called, and each of `sets` must be among the sets of substances that agree.
    """

    results: tuple[Mapping[str, str], ...]
    doses: tuple[Mapping[str, str], ...] = ()
    prescribed: tuple[str, ...] = ()
    pattern: str = ""
    statements: tuple[str, ...] = ()
    not_statements: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    validity: str = ""
    sets: tuple[tuple[str, ...], ...] = ()
    source: str
    locator: str
    why: str = ""


@record
class InterpretationCases:
    """interpretation-cases.toml."""

    case: tuple[InterpretationCase, ...] = ()
