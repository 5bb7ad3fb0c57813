"""What is known beside rules: facts, studies, pharmacokinetics, cutoffs?

None of these changes an answer's time; each is shown with its sources.
"""

from typing import Literal

from attrs import field

from ketref.model.factors import FactEvidence
from ketref.model.rules import When, record
from ketref.model.units import Quantity

Verdict = Literal["confirmed", "partly", "disagrees", "unverified", "unidentified", "not checked", "not checkable"]
"""How a statement of the article fared against the sources."""


@record
class Fact:
    """A statement; `verdict` where it is the article's: then it says what the sources say instead.

    `panels` are names, as laboratories write them, of panels of tests that by these sources leave the substance out.
    `when` names the doses of which it speaks, and their route; `matrix` and `analyte` the test.
    """

    id: str
    topic: Literal[
        "mechanism",
        "indication",
        "off-label",
        "dosing",
        "formulation",
        "panel",
        "cross-reactivity",
        "false-positive",
        "legal",
        "regulatory",
        "cost",
        "history",
        "definition",
        "classification",
        "safety",
        "efficacy",
        "use",
        "requirement",
        "detection",
        "interpretation",
        "pharmacology",
        "factor",
        "effect",
        "caution",
    ]
    says: str
    verdict: Verdict | None = None
    panels: tuple[str, ...] = ()
    when: When = field(factory=When)
    matrix: tuple[str, ...] = ()
    analyte: tuple[str, ...] = ()
    evidence: tuple[FactEvidence, ...]


@record
class Study:
    """A trial or experiment, with the figures of both arms; `when` names the doses of its intervention."""

    id: str
    name: str
    design: str
    population: str
    intervention: str
    outcome: str
    result: str
    year: int | None = None
    n: int | None = None
    comparator: str = ""
    verdict: Verdict | None = None
    note: str = ""
    when: When = field(factory=When)
    evidence: tuple[FactEvidence, ...]


@record
class Pharmacokinetic:
    """A pharmacokinetic parameter: `value` as [low, high] in `unit`, and where it comes from."""

    id: str
    parameter: str
    analyte: str
    value: tuple[float, float]
    unit: str
    origin: Literal["label", "measured", "population model", "review", "secondary", "calculation"]
    route: str | None = None
    spread: str = ""
    population: str = ""
    n: int | None = None
    says: str = ""
    evidence: tuple[FactEvidence, ...]


@record
class Cutoff:
    """A concentration from which a laboratory, a device or a law calls a test positive, or a limit of a method."""

    id: str
    matrix: str
    analyte: tuple[str, ...]
    value: Quantity
    kind: Literal[
        "reporting",
        "screening",
        "statutory screening",
        "legal limit",
        "proposed",
        "clinical",
        "limit of detection",
        "limit of quantification",
        "confirmation",
        "study threshold",
    ]
    set_by: str
    method: str | None = None
    jurisdiction: str = ""
    says: str = ""
    evidence: tuple[FactEvidence, ...]


@record
class Facts:
    """facts.toml."""

    fact: tuple[Fact, ...] = ()
    study: tuple[Study, ...] = ()
    pharmacokinetic: tuple[Pharmacokinetic, ...] = ()
    cutoff: tuple[Cutoff, ...] = ()


# ---------------------------------------------------------------- classes


@record
class ClassFact:
    """A statement on a class of drugs or analytes (`of`), which governs no test of any one of them."""

    id: str
    of: str
    label: str = ""
    substances: tuple[str, ...] = ()
    says: str
    figure: str = ""
    matrix: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    evidence: tuple[FactEvidence, ...]


@record
class Classes:
    """classes.toml: what is said of classes, shown where nothing better speaks of a substance of theirs."""

    fact: tuple[ClassFact, ...] = ()
