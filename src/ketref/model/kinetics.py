"""What is a pharmacokinetic model of a book: parameters with their spread, compartments with their flows?

A model is data. Its formulas are read by `formulas`; `book.model_validation` proves that their units fit, and the wing
`kinetics` reckons with it. Amounts in compartments are in mass of what was taken, so that mass is kept; what is
measured is turned into its own mass by the molar masses.
"""

from typing import Literal

from attrs import field

from ketref.model.rules import When, record
from ketref.model.units import Duration

SpreadKind = Literal["lognormal", "logit-normal", "normal"]
OF_LOGIT: SpreadKind = "logit-normal"


@record
class Parameter:
    """A number of the model: its typical `value`, and between persons the `variance` of its logarithm, logit or itself.

    A normal one stays from `least` to `most`. `times` is a formula of covariates by which it is multiplied. It is
    `derived` where no source states it.
    """

    name: str
    value: float
    unit: str
    spread: SpreadKind | None = None
    variance: float | None = None
    least: float | None = None
    most: float | None = None
    times: str | None = None
    derived: bool = False
    says: str = ""


@record
class Covariance:
    """How the deviations of two parameters go together."""

    between: tuple[str, ...]
    covariance: float


@record
class Derived:
    """A value that follows from others."""

    name: str
    formula: str
    unit: str


@record
class Level:
    """The number that stands for a `word` of a factor, and which `share` of those it was fitted to it is."""

    word: str
    number: float
    share: float | None = None


@record
class Covariate:
    """What the model knows of a person, by a `factor` of the book: a number in `unit`, or one for each of its `levels`.

    `typical` stands where it is not said, or the levels by their share; outside of `least` to `most` the model does not
    speak. One that is `needed` must be said; of words besides its levels it does not speak where it knows them `only`,
    and else they change nothing.
    """

    name: str
    factor: str
    unit: str = "1"
    typical: float
    least: float | None = None
    most: float | None = None
    needed: bool = False
    only: bool = False
    levels: tuple[Level, ...] = ()


@record
class Flow:
    """What goes from one compartment to another, or out of the body.

    By a `rate`; or up to the `most` in a time, half of it at the concentration `half`; or always as much as `constant`
    as long as there is any.
    """

    from_: str
    to: str | None = None
    rate: str | None = None
    most: str | None = None
    half: str | None = None
    constant: str | None = None


@record
class Part:
    """Which `fraction` of a dose goes `into` a compartment: after `lag`, and evenly `over` some time or at once.

    `amount` stands instead of the dose.
    """

    into: str
    fraction: str = "1"
    lag: str | None = None
    over: str | None = None
    amount: str | None = None


@record
class Input:
    """How a dose comes in, `when` it is taken so; a dose is in mg of `dose_of`, of which `base` is what the model has.

    Where several match and no `formulation` is said, the first is taken. What is `infused` comes in evenly as long as
    its administration took; else one that takes time is refused, unless it `lasts` as long as that of the model. Before
    `starts` after a dose the model does not speak.
    """

    when: When = field(factory=When)
    formulation: str = ""
    dose_of: str = ""
    base: float = 1.0
    infused: bool = False
    lasts: Duration | None = None
    starts: Duration | None = None
    parts: tuple[Part, ...]


@record
class Measure:
    """A part of a concentration: what is in a compartment, by its volume."""

    compartment: str
    volume: str


@record
class Output:
    """What a laboratory finds: an analyte in a specimen, as the sum of `of`.

    `mass` is its molar mass by that of what was taken, `times` a ratio. A `form` is one of several that a laboratory
    would have to tell apart; questions ask for all together. Answers are in `unit` unless they are asked in another.
    """

    analyte: str
    matrix: str
    of: tuple[Measure, ...]
    mass: float = 1.0
    times: str | None = None
    form: str = ""
    unit: str = "ng/mL"
    says: str = ""


@record
class Said:
    """What is said of a factor of a person."""

    factor: str
    value: str


@record
class Check:
    """A value that was computed from the parameters elsewhere: `after` a dose, for a person with these covariates.

    `person` gives factors as an asker does. With `percent` it is that percentile of persons.
    """

    id: str
    analyte: str
    matrix: str | None = None
    form: str = ""
    dose: str | None = None
    route: str | None = None
    formulation: str = ""
    after: Duration
    value: float
    unit: str
    percent: float | None = None
    within: float = 1.0
    person: tuple[Said, ...] = ()


@record
class Measured:
    """What was measured after a dose: whether the model `fits` it, with 90 % of persons around it, and if not why."""

    id: str
    analyte: str
    route: str
    dose: str
    after: Duration | None = None
    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    n: int | None = None
    person: tuple[Said, ...] = ()
    fits: bool
    says: str = ""
    source: str


@record
class Back:
    """How much the concentration in a specimen falls by the hour once all is absorbed, wherever it stands.

    That holds from `after` the last dose on, and `above` a concentration. It is told of the first `matrix`, and holds
    of the others by the ratio of their outputs.
    """

    rate: str
    after: Duration
    above: str
    matrix: tuple[str, ...]
    says: str = ""


@record
class Serving:
    """A usual portion of what is taken, as a `country` counts it: so many mg of it."""

    id: str
    country: str
    mg: float
    source: str


@record
class Model:
    """A published model, as far as it was read; what it does not say is not known.

    `fitted_to` tells whom it was fitted to, `n` how many, `valid_until` until when they were sampled. Where its spread
    between persons is not to be believed, `no_spread` tells why.
    """

    id: str
    fitted_to: str
    n: int | None = None
    valid_until: Duration | None = None
    source: str
    sources: tuple[str, ...] = ()
    derived: bool = False
    no_spread: str = ""
    says: str = ""
    parameter: tuple[Parameter, ...]
    covariance: tuple[Covariance, ...] = ()
    derive: tuple[Derived, ...] = ()
    covariate: tuple[Covariate, ...] = ()
    compartments: tuple[str, ...]
    flow: tuple[Flow, ...]
    input: tuple[Input, ...]
    output: tuple[Output, ...]
    back: Back | None = None
    check: tuple[Check, ...] = ()
    measured: tuple[Measured, ...] = ()


@record
class Unbuilt:
    """A model that is known, and cannot be reckoned with from what was read: `why`."""

    id: str
    why: str
    source: str


@record
class Models:
    """models.toml."""

    serving: tuple[Serving, ...] = ()
    model: tuple[Model, ...] = ()
    unbuilt: tuple[Unbuilt, ...] = ()
