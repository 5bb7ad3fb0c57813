"""What does the reading of a whole report look like as JSON?"""

from __future__ import annotations

from typing import Literal, TypedDict

from ketref.output.forms import Identity
from ketref.output.person_forms import CalculatedTest, RuleForm, SaidSourceForm, Unit, Verdict

Way = Literal[
    "itself", "metabolite", "marker", "unspecified", "minor metabolite", "impurity", "exposure", "cross-reactivity"
]


class AgainstForm(TypedDict):
    """What speaks against an explanation: a negative result by its number, or a statement by its id."""

    result: int | None
    statement: str | None
    says: str


class ExplanationForm(TypedDict):
    """A substance that can explain a positive, in which way.

    `status` is the highest that the rules give at a time of a dose that contradicts no negative, null for what a screen
    answers to besides; `known` is false for a cause that is no substance of the book, which then stands in its words.
    `exceeded` is the statement by which there is more than the substance alone gives, null where none says so.
    It gives the analyte only together with the substances that it `needs`.
    """

    substance: str
    way: Way
    status: str | None
    rule: str | None
    declared: bool
    known: bool
    needs: list[str]
    exceeded: str | None
    says: str
    against: list[AgainstForm]


class ExcludedForm(TypedDict):
    """A substance that gives what was found, but at no time of a dose agrees with these results together."""

    substance: str
    way: Way
    results: list[int]


class InterpretedForm(CalculatedTest):
    """A result, what it fits, and what the declared and prescribed doses make of it.

    `confirmed` is, of a positive screen, whether a confirmation of the report bears it out, null where none speaks of
    it; of a positive that names its analyte itself, true. `confirmation` says so in words.

    `declared` is the verdict on what is declared or prescribed
    alone, whatever was taken before it is known; null where nothing is.
    """

    number: int
    id: str | None
    time: str | None
    matrix: str
    test: str | None
    analyte: str
    method: str | None
    cutoff: str | None
    value: str | None
    outcome: Literal["positive", "negative", "says_nothing"]
    confirmed: bool | None
    confirmation: str | None
    verdict: Verdict
    declared: Verdict | None
    status: str | None
    rule: str | None
    says: list[str]
    explained_by: list[ExplanationForm]
    excluded: list[ExcludedForm]


class PrescribedAnalyteForm(TypedDict):
    """What a result says of a declared or prescribed substance, of which it alone is asked.

    `exceeded` is the statement by which there is more than the substance alone gives.
    """

    analyte: str
    result: int
    outcome: Literal["positive", "negative"]
    status: str
    verdict: Verdict
    rule: str | None
    impurity: bool
    exceeded: str | None


class PrescribedForm(TypedDict):
    """A declared or prescribed substance: whether it was `found` (null: nothing of it was tested), and what that says.

    It is not `understood` where the book does not know the drug. `conclusion` is the verdict in a few words,
    `otherwise` what else explains that it was not found. An impurity of it, and more than it
    alone gives, do not make it found.
    """

    substance: str
    prescribed: str | None
    understood: bool
    found: bool | None
    verdict: Verdict
    conclusion: str
    analytes: list[PrescribedAnalyteForm]
    says: str
    otherwise: list[str]


class WayForm(TypedDict):
    """By which of its members a set explains a positive, in which way."""

    result: int
    substance: str
    way: Way


class SetForm(TypedDict):
    """A smallest set of substances that explain every confirmed positive; `undeclared` of them were not said."""

    substances: list[str]
    undeclared: list[str]
    ways: list[WayForm]
    says: str


class UnexplainedForm(TypedDict):
    """A confirmed positive that no substance explains: by the smallest of the results that leave it none."""

    result: int
    results: list[int]
    substances: list[str]
    says: str


class StatementForm(TypedDict):
    """A statement that holds of these results; others that it contradicts and that are shown too, by their ids."""

    id: str
    says: str
    holds_for: str
    pattern: list[str]
    supports: list[str]
    against: list[str]
    contradicts: list[str]
    confidence: str
    results: list[int]
    sources: list[SaidSourceForm]


class ValidityForm(TypedDict):
    """What an authority calls a specimen, and what that does to its negatives; with all of its rows by number."""

    id: str
    by: str
    matrix: str
    verdict: Literal["acceptable", "dilute", "substituted", "invalid", "adulterated"]
    says: str
    negatives: str
    results: list[int]
    sources: list[SaidSourceForm]


class FurtherForm(TypedDict):
    """What would decide: a further `analyte`, or a further `test` until when it still can."""

    kind: Literal["analyte", "test"]
    substance: str
    against: list[str]
    matrix: str
    analyte: str
    cutoff: str | None
    outcome: Literal["positive", "negative"]
    begin: str | None
    end: str | None
    end_unit: Unit | None
    rule: str | None
    says: str


class InterpretForm(Identity):
    """`ketref interpret ... --format json`."""

    schema: Literal["ketref.interpret/1"]
    at: str | None
    pattern: str
    warnings: list[str]
    results: list[InterpretedForm]
    prescribed: list[PrescribedForm]
    not_understood: list[str]
    sets: list[SetForm]
    sets_complete: bool
    unexplained: list[UnexplainedForm]
    statements: list[StatementForm]
    validity: list[ValidityForm]
    deciders: list[FurtherForm]
    rules: list[RuleForm]
    notes: list[str]
    assumes: list[str]


INTERPRET_ANSWERS: dict[str, type] = {"interpret": InterpretForm}
