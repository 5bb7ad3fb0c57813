"""Which files does a book have, and what do those hold that are neither rules nor facts?

One class a table of the files; the field names are the keys of the files. JSON Schemas are generated from these
classes, and nothing but `structuring` makes instances of them from files.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import field

from ketref.model.axes import TERM_AXES, a_field_for
from ketref.model.rules import Confidence, record
from ketref.model.units import Duration, Quantity
from ketref.model.vocabulary import Term, Vocabulary

Grade = Literal["A", "B", "C", "D", "E"]


# ---------------------------------------------------------------- edition, sources, terms


@record
class Edition:
    """edition.toml: which knowledge this is."""

    edition: str
    format: Literal[1]
    name: str
    extends: Literal["shipped"] | None = None
    licence: str | None = None


@record
class Source:
    """Something that was read."""

    id: str
    kind: Literal[
        "label",
        "study",
        "review",
        "guideline",
        "regulation",
        "laboratory",
        "manufacturer",
        "reference-work",
        "database",
        "model",
        "web-page",
        "calculation",
    ]
    title: str
    grade: Grade
    seen: Literal["full text", "abstract", "excerpt", "table", "record", "secondary", "calculation"]
    authors: str = ""
    year: int | None = None
    publisher: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    set_id: str = ""
    url: str = ""
    note: str = ""


@record
class _Term:
    id: str
    label: str = ""
    synonyms: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()
    """Those synonyms that say more than the term: an answer tells how it read them."""
    codes: Mapping[str, str] = field(factory=dict)


Concentration = Literal["ng/mL", "pg/mg", "ng/mg creatinine", "ng/patch", "ng/pad", "g/kg", "g/210L"]


@record
class GrowthEvidence:
    """What a source says of how a specimen grows."""

    source: str
    locator: str
    figure: str = ""
    says: str = ""


@record
class Growth:
    """How a specimen grows, so that a segment of it stands for a time.

    It grows by the lowest to the highest of `um_per_day` (micrometres), as a rule by `um_per_day_usual`. What was taken
    `emerges` so long after the dose, up to `um_left` stays behind where it is cut, and what is not growing may carry
    it on for the time `carried`. `later` and `older` say what a dose may do to a segment that grew before it, or after
    it. No segment reaches farther than `um_longest`.
    """

    id: str
    um_per_day: tuple[int, int]
    um_per_day_usual: int
    emerges: tuple[Duration, Duration]
    um_left: int
    carried: Duration
    um_longest: int
    later: str
    older: str
    confidence: Confidence
    evidence: tuple[GrowthEvidence, ...]


@record
class MatrixTerm(_Term):
    """A specimen; `concentration` is the unit in which its cutoffs are compared, which only a known one leaves out.

    Cutoffs in one of `also` are concentrations of another kind: rules of the one kind do not answer for the other. With
    the `density`, in g/mL as `source` has it, what is calculated can be told by mass. One of which the `growth` is
    known can be cut into segments.
    """

    concentration: Concentration | None = None
    also: tuple[Concentration, ...] = ()
    density: float | None = None
    source: str = ""
    parent: str | None = None
    growth: Growth | None = None

    @property
    def concentrations(self) -> tuple[str, ...]:
        """The base unit of each kind of its cutoffs, the usual one first."""
        return (str(self.concentration), *self.also)


@record
class Endogenous:
    """The concentration of an analyte below which it is found in people who took nothing."""

    matrix: str
    limit: Quantity
    source: str
    says: str = ""
    claims: tuple[str, ...] = ()


@record
class AnalyteTerm(_Term):
    """What the laboratory measures; one of two mirror forms is `reported_as` both by a method that is not chiral.

    With the `molar_mass`, in g/mol as `source` has it, a molar unit is one of mass. The free one and the sum after
    hydrolysis have a common `parent`. What a screen reports as a class has `members`: the analytes that make it
    positive. What the body makes itself has a limit in people who took nothing: `endogenous`.
    """

    molar_mass: float | None = None
    source: str = ""
    reported_as: str | None = None
    parent: str | None = None
    members: tuple[str, ...] = ()
    endogenous: tuple[Endogenous, ...] = ()


@record
class MethodTerm(_Term):
    """How it measures, and so do the methods below it.

    A method that `identifies` the analyte gives no positive without it; a `chiral` one tells mirror forms apart. Words
    `in_names` mean it after the name of an analyte alone, as in "opiates screen".
    """

    parent: str | None = None
    identifies: bool = False
    chiral: bool = False
    in_names: tuple[str, ...] = ()


@record
class RouteTerm(_Term):
    """How the dose was taken; an `infusion` is what its parent becomes by having a duration.

    `ends` names the end of the administration, as in "2 h after the last spray". Rows of one administration lie at most
    `joins_within` apart, from the end of one to the start of the next, no administration takes longer than `longest`,
    and of one longer than `usual` an answer warns: conventions, which hold for the terms below too where these say
    nothing.
    """

    parent: str | None = None
    infusion: bool = False
    ends: str = ""
    joins_within: Duration | None = None
    longest: Duration | None = None
    usual: Duration | None = None


@record
class PatternTerm(_Term):
    """A pattern of use: at least `dose_days` days with a dose in the span `within` that ends with a dose."""

    dose_days: int | None = None
    within: Duration | None = None


@record
class WordTerm(_Term):
    """What words of a record mean: of the status of a dose, or of the outcome of a test."""


@record
class FrequencyTerm(_Term):
    """How often a dose is taken: one every `interval`, once where there is none; not `fixed`: at no such interval.

    What is `continuous` is one administration, of which it is known how long it took.
    """

    interval: Duration | None = None
    fixed: bool = True
    continuous: bool = False


@record
class MeasureUnit:
    """A unit in which a measure may be given: so many `times` that of the measure itself, and so much more (`plus`)."""

    unit: str
    times: float
    plus: float = 0.0


@record
class MeasureTerm(_Term):
    """What a laboratory measures of a specimen itself, to know whether it is one: no drug is found by it.

    Its values are plain numbers, or stand in `unit` or one of the `units` besides. Concentrations divided by one that
    `normalises` are in that unit. `usual` is its range in most specimens, in words of `source`.
    """

    unit: str = ""
    units: tuple[MeasureUnit, ...] = ()
    normalises: Concentration | None = None
    usual: str = ""
    source: str = ""


@record
class FactorTerm(_Term):
    """Something about the person or sample that a user may give: a number in `unit`, or one of `values`.

    A number lies from `least` to `most`: conventions, beyond which it is refused.
    """

    unit: str = ""
    values: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 1000.0


@record
class Hint:
    """What is said of words that mean no term of an axis: they may mean several, or what no rule speaks of."""

    axis: Literal["matrix", "analyte", "method", "route", "pattern", "outcome", "frequency"]
    words: tuple[str, ...]
    says: str


@record
class Bounds:
    """What amounts in a `unit` can be: more than `above` and at most `most`; what is not `usual` is warned of.

    Conventions: no source fixes them.
    """

    unit: Literal["ng/mL", "pg/mg", "mg", "mg/kg", "kg"]
    above: float = 0.0
    most: float
    usual: tuple[float, float] | None = None


@record
class Plausible:
    """How far from all that the rules speak of a question has to lie for its answer to warn.

    A dose: so many `times` the largest that rules, facts and studies name, or so small a part of the smallest. A
    cutoff: the same by `cutoff_times`, of those that rules, facts and panels name for the analyte in the specimen. A
    time after the dose: longer than any rule speaks of, and than `after`. Among records, the time of a sample: so long
    after the last dose by then, but more than `apart`; or more than `before` in front of the first. Any time: more than
    `ahead` of now. Conventions: no source fixes them.
    """

    times: float | None = None
    cutoff_times: float | None = None
    after: Duration | None = None
    apart: Duration | None = None
    before: Duration | None = None
    ahead: Duration | None = None


@record
@a_field_for(TERM_AXES, tuple[_Term, ...])
class Terms:
    """terms.toml."""

    matrix: tuple[MatrixTerm, ...] = ()
    analyte: tuple[AnalyteTerm, ...] = ()
    method: tuple[MethodTerm, ...] = ()
    route: tuple[RouteTerm, ...] = ()
    pattern: tuple[PatternTerm, ...] = ()
    factor: tuple[FactorTerm, ...] = ()
    dose_status: tuple[WordTerm, ...] = ()
    outcome: tuple[WordTerm, ...] = ()
    outcome_flags: tuple[str, ...] = ()
    """What laboratories put after an outcome and adds nothing to it."""
    outcome_doubts: tuple[str, ...] = ()
    """What makes an outcome doubtful, so that it says nothing."""
    frequency: tuple[FrequencyTerm, ...] = ()
    measure: tuple[MeasureTerm, ...] = ()
    forms: tuple[str, ...] = ()
    """Words of a prescription that tell its form; after a number, how many of them are taken at once."""
    unsaid: tuple[str, ...] = ()
    """Words that say nothing, as null does."""
    hinting: tuple[str, ...] = ()
    """Words in the names of columns that say something of a dose or a result, and should not be passed over."""
    domains: tuple[str, ...] = ()
    """What the names of columns of CDISC tables begin with, before such a word."""
    hint: tuple[Hint, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    plausible: Plausible = field(factory=Plausible)


VOCABULARIES = (*TERM_AXES, "factor", "dose_status", "outcome", "frequency", "measure")
"""The lists of terms that have words of their own."""


@record
class DrugTerm(_Term):
    """A drug that no rule speaks of: of which `classes` it is, by the words of cautions, as `source` has it.

    A combination `contains` substances or drugs, in the order in which its strengths are written.
    """

    classes: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    source: str = ""


@record
class Drugs:
    """drugs.toml: drugs that may stand among doses or be asked about by name, and that no test of this book finds."""

    drug: tuple[DrugTerm, ...] = ()


class Vocabularies(dict[str, Vocabulary[Term]]):
    """The vocabulary of each axis, and that of the factors, each of terms of its own kind."""

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, axis: Literal["matrix"], /) -> Vocabulary[MatrixTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["analyte"], /) -> Vocabulary[AnalyteTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["method"], /) -> Vocabulary[MethodTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["route"], /) -> Vocabulary[RouteTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["factor"], /) -> Vocabulary[FactorTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["measure"], /) -> Vocabulary[MeasureTerm]: ...

        @overload
        def __getitem__(self, axis: Literal["frequency"], /) -> Vocabulary[FrequencyTerm]: ...

        @overload
        def __getitem__(self, axis: str, /) -> Vocabulary[Term]: ...

        def __getitem__(self, axis: str, /) -> Vocabulary[Any]:
            """The vocabulary of an axis."""


@record
class Sources:
    """sources.toml."""

    source: tuple[Source, ...] = ()


# ---------------------------------------------------------------- substances


@record
class Identifier:
    """A code for the substance, its salt or a product (`of`); with `analyte`, for what is measured after it instead."""

    scheme: str
    value: str
    of: str
    source: str
    analyte: str | None = None
    note: str = ""
    claims: tuple[str, ...] = ()


@record
class Formulation:
    """A form in which the substance is supplied.

    One that is given by one `route` alone says it: a question that names it by one of the `words`, which are among the
    synonyms of the substance, and says no route has that.
    """

    name: str
    text: str
    source: str
    route: str | None = None
    words: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


Role = Literal["parent", "metabolite", "minor metabolite", "marker", "impurity"]
ROLES: Mapping[Role | None, int] = {
    "parent": 0,
    "metabolite": 1,
    "marker": 1,
    "minor metabolite": 2,
    None: 3,
    "impurity": 4,
}
"""How closely an analyte belongs to the substance that yields it, by its role: what was taken itself comes first."""


@record
class Yield:
    """An analyte that a substance gives, as what, in which specimens and by which routes; written as a bare id too.

    Where it `needs` other substances, it is there only if these were taken with it.
    `waive` holds the codes of warnings that it answers, each with the reason.
    """

    analyte: str
    role: Role | None = None
    matrix: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    source: str = ""
    locator: str = ""
    says: str = ""
    claims: tuple[str, ...] = ()
    waive: Mapping[str, str] = field(factory=dict)


@record
class StreetNames:
    """What people call it, where: never the word of a rule, and refused where it means several substances."""

    names: tuple[str, ...]
    region: str = ""
    source: str
    claims: tuple[str, ...] = ()


@record
class Substance:
    """substance.toml: what was taken, and which analytes it yields.

    A food or a product that gives an analyte without being a drug is an `exposure`.
    """

    id: str
    name: str
    kind: Literal["drug", "exposure"] = "drug"
    yields: tuple[Yield, ...]
    label: str = ""
    synonyms: tuple[str, ...] = ()
    street: tuple[StreetNames, ...] = ()
    windows_of: str | None = None
    note: str = ""
    identifier: tuple[Identifier, ...] = ()
    formulation: tuple[Formulation, ...] = ()

    @property
    def roles(self) -> Mapping[str, Role | None]:
        """The analytes that it yields, each with the closest role that it has."""
        found: dict[str, Role | None] = {}
        for one in self.yields:
            found[one.analyte] = min(found.get(one.analyte, one.role), one.role, key=ROLES.__getitem__)
        return found


@record
class Coverage:
    """How well a book covers a substance: how many rules on windows hold in each specimen, and on which grades."""

    name: str
    kind: Literal["drug", "exposure"]
    windows: Mapping[str, int]
    best: Grade | None
    worst: Grade | None
