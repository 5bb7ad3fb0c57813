"""Which pharmacokinetic models of a book speak of a question, and why do others not?

A model speaks within what it was fitted to: its route, formulation, dose and persons, and the time that was sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ketref.answers.question import Question, may_last
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.kinetics import Covariate, Input, Model, Output
from ketref.model.rules import Range
from ketref.model.units import SECONDS, Quantity, duration_of
from ketref.model.vocabulary import ANY, SINGLE, UNKNOWN_PATTERN, fold

if TYPE_CHECKING:
    from ketref.answers.targets import Cover
    from ketref.output import forms

AT_ONCE = "how long a dose took is not said (`infusion`), and it is taken as given at once"


@frozen(eq=False)
class Taken:
    """A dose as a model is asked about it: `at` seconds on the clock of the question, and what is known of it."""

    at: int
    question: Question
    formulation: str = ""


@frozen(eq=False)
class Course:
    """A dose that a model speaks of: `at` seconds, `amount` in mg, the way `by` which it comes in, how long it took.

    `at_once`: nobody said how long, and it is taken to be given at once.
    """

    at: int
    amount: float
    by: Input
    lasted: int = 0
    at_once: bool = False


@frozen(eq=False)
class Speaking:
    """A model that speaks of a question: what is read of it, the doses, and the person; what it `assumes`."""

    model: Model
    output: Output
    doses: tuple[Course, ...]
    person: Mapping[str, float]
    assumes: tuple[str, ...] = ()


class SilentError(Exception):
    """Why a model does not speak of a question."""


def measured(book: Book, substance: str, matrix: str | None, analyte: str | None) -> tuple[str, str]:
    """The analyte and the specimen that models of a substance are asked for. Raises UsageError where none gives it.

    Unsaid, they are the only ones, or the substance itself and the specimen that most models have.
    """
    outputs = [output for model in book.models(substance) for output in model.output if not output.form]
    if not outputs:
        said = "; ".join(f"{one.id}: {one.why}" for one in book.unbuilt(substance))
        with_models = ", ".join(name for name in book.folders if book.has_models(name))
        hint = f"{said}; " if said else ""
        raise UsageError(
            f"no pharmacokinetic model of {substance} is in the rule set",
            value=substance,
            hint=f"{hint}models are of: {with_models}",
            column="substance",
        )
    kinds = list(dict.fromkeys((output.analyte, output.matrix) for output in outputs))
    if analyte is not None and analyte != ANY:
        same = book.vocabularies["analyte"].line
        terms = book.vocabularies["analyte"].terms
        kinds = [
            kind
            for kind in kinds
            if analyte == kind[0] or analyte in same(kind[0]) or analyte == terms[kind[0]].reported_as
        ]
    else:
        first = outputs[0].analyte
        kinds = [kind for kind in kinds if kind[0] == (substance if (substance, kind[1]) in kinds else first)]
    if matrix is not None:
        kinds = [kind for kind in kinds if matrix == kind[1] or matrix in book.vocabularies["matrix"].line(kind[1])]
    if kinds:
        return kinds[0]
    known = "; ".join(
        f"{name} in {', '.join(dict.fromkeys(o.matrix for o in outputs if o.analyte == name))}"
        for name in dict.fromkeys(output.analyte for output in outputs)
    )
    asked = f"{analyte if analyte not in {None, ANY} else substance} in {matrix}" if matrix else str(analyte)
    message = f"no pharmacokinetic model of {substance} gives {asked}"
    raise UsageError(message, value=matrix or analyte, hint=f"its models give {known}", column="matrix")


def calculable(book: Book, substance: str, matrix: str | None, analyte: str | None) -> forms.Calculable | None:
    """The analyte and the specimen of a test that models of the book give a concentration of; None: they give none."""
    if not book.has_models(substance):
        return None
    try:
        analyte, matrix = measured(book, substance, matrix, analyte)
    except UsageError:
        return None
    return {"analyte": analyte, "matrix": matrix}


def modelled(book: Book, doses: Iterable[Question], tests: Iterable[tuple[str, Mapping[str, Cover]]]) -> list[str]:
    """The substances whose doses are known, and of which models give what a test in a specimen covers."""
    known = dict.fromkeys(dose.substance for dose in doses if dose.dose or dose.dose_per_kg)
    found = (
        of
        for matrix, covers in tests
        for of in known
        if of in covers and calculable(book, of, matrix, covers[of].analyte) is not None
    )
    return list(dict.fromkeys(found))


def speaking(
    book: Book, doses: Sequence[Taken], analyte: str, matrix: str, until: tuple[int, int], about: Question
) -> tuple[list[Speaking], list[str]]:
    """The models that speak of the doses of one substance, from one second until another, and why others do not."""
    found: list[Speaking] = []
    silent: list[str] = []
    for model in book.models(about.substance):
        try:
            found.append(_speaking(book, model, doses, analyte, matrix, until, about))
        except SilentError as why:
            silent.append(f"{model.id} does not cover it: {why}")
    return found, silent


def refuse(substance: str, silent: Sequence[str]) -> UsageError:
    """The error for a question that no model speaks of."""
    return UsageError(f"no model of {substance} in the rule set covers this", hint="; ".join(silent))


def _speaking(
    book: Book,
    model: Model,
    doses: Sequence[Taken],
    analyte: str,
    matrix: str,
    until: tuple[int, int],
    about: Question,
) -> Speaking:
    outputs = [
        output for output in model.output if (output.analyte, output.matrix, output.form) == (analyte, matrix, "")
    ]
    if not outputs:
        gives = ", ".join(dict.fromkeys(f"{output.analyte} in {output.matrix}" for output in model.output))
        raise SilentError(f"it gives {gives}")
    if any(dose.question.route is None for dose in doses):
        lacking = _lacking(model, about)
        more = f"; and the {lacking} of the person" if lacking else ""
        raise SilentError(f"it needs the route: {_routes(model)}{more}")
    person = dict(person_of(model, about))
    knows_use = any(covariate.factor == "pattern" for covariate in model.covariate)
    if about.pattern not in {SINGLE, UNKNOWN_PATTERN} and len(doses) == 1 and not knows_use:
        raise SilentError(f"it is asked about one dose, and {about.pattern} use leaves more; give all doses")
    courses = tuple(_course(book, model, dose) for dose in doses)
    first, last = min(dose.at for dose in courses), max(dose.at for dose in courses)
    for dose in courses:
        if dose.by.starts is not None and until[0] < dose.at + dose.by.starts.seconds:
            raise SilentError(f"it speaks from {dose.by.starts} after a dose on")
    if model.valid_until is not None and until[1] - last > model.valid_until.seconds:
        raise SilentError(f"its samples end {model.valid_until} after a dose")
    if len(doses) > 1 and any(part.amount is not None for dose in courses for part in dose.by.parts):
        raise SilentError("it is of one use, of which it draws the amount itself")
    assumes = tuple(dict.fromkeys(_assumes(model, person, courses, until[1] - first)))
    return Speaking(model, outputs[0], courses, person, assumes)


def _assumes(model: Model, person: Mapping[str, float], doses: Sequence[Course], longest: int) -> Iterator[str]:
    for covariate in model.covariate:
        if covariate.name in person or _only_a_limit(model, covariate):
            continue
        if any(level.share is not None for level in covariate.levels):
            yield f"{model.id}: {covariate.factor} is not said, and drawn as among those whom it was fitted to"
        elif covariate.levels:
            words = [level.word for level in covariate.levels]
            none = f"none of {', '.join(words)}"
            usual = next((one.word for one in covariate.levels if one.number == covariate.typical), none)
            yield f"{model.id}: {covariate.factor} is not said, and taken as {usual}"
        else:
            unit = "" if covariate.unit == "1" else f" {covariate.unit}"
            yield f"{model.id}: {covariate.factor} is not said, and taken as {covariate.typical:g}{unit}"
    for said in dict.fromkeys(_of_way(dose.by) for dose in doses):
        if said:
            yield f"{model.id}: {said}"
    if any(dose.at_once for dose in doses):
        yield AT_ONCE
    if model.valid_until is None:
        yield f"{model.id}: until when its persons were sampled is not known"
    elif longest > model.valid_until.seconds:
        yield f"{model.id}: what is left of doses longer ago than {model.valid_until} is reckoned on beyond its samples"


def _only_a_limit(model: Model, covariate: Covariate) -> bool:
    """Whether a covariate only tells whom the model is of, and no value depends on it."""
    from ketref.model.formulas import names

    formulas = [
        *(parameter.times for parameter in model.parameter),
        *(derived.formula for derived in model.derive),
        *(each for flow in model.flow for each in (flow.rate, flow.most, flow.half, flow.constant)),
        *(each for one in model.input for part in one.parts for each in (part.fraction, part.amount, part.over)),
        *(measure.volume for output in model.output for measure in output.of),
    ]
    return not any(formula is not None and covariate.name in names(formula) for formula in formulas)


def _of_way(way: Input) -> str:
    dose = f"the dose is of {way.dose_of}" if way.dose_of else ""
    form = f"the formulation is {way.formulation}" if way.formulation else ""
    return ", and ".join(filter(None, (form, dose)))


# ---------------------------------------------------------------- persons


def person_of(model: Model, about: Question, whole: bool = True) -> Iterator[tuple[str, float]]:
    """What is said of the person, as the numbers of the model; `whole`: all that it needs. Raises SilentError."""
    if whole and (lacking := _lacking(model, about)):
        raise SilentError(f"it needs the {lacking} of the person")
    for covariate in model.covariate:
        given = _said_of(covariate, about)
        if given is None:
            continue
        if covariate.levels:
            numbers = {level.word: level.number for level in covariate.levels}
            if given not in numbers:
                if not covariate.only:
                    continue
                raise SilentError(f"it knows {covariate.factor} {', '.join(numbers)}, not {given}")
            yield covariate.name, numbers[given]
            continue
        number = float(given)
        if (covariate.least is not None and number < covariate.least) or (
            covariate.most is not None and number > covariate.most
        ):
            raise SilentError(f"it is of persons with {covariate.factor} {_range(covariate)}, not {given}")
        yield covariate.name, number


def _routes(model: Model) -> str:
    """The routes of the doses that a model is of."""
    return ", ".join(dict.fromkeys(route for one in model.input for route in one.when.route))


def _lacking(model: Model, about: Question) -> str:
    """What a model needs to know of the person and nobody said."""
    return ", ".join(one.factor for one in model.covariate if one.needed and _said_of(one, about) is None)


def _said_of(covariate: Covariate, about: Question) -> str | None:
    if covariate.factor == "pattern":
        return about.pattern if "pattern" in about.said else None
    return about.factors.get(covariate.factor)


def _range(covariate: Covariate) -> str:
    ends = [f"{word} {end:g}" for word, end in (("from", covariate.least), ("to", covariate.most)) if end is not None]
    return f"{' '.join(ends)}{'' if covariate.unit == '1' else f' {covariate.unit}'}"


# ---------------------------------------------------------------- doses


def _course(book: Book, model: Model, dose: Taken) -> Course:
    """A dose by the way of the model that matches it."""
    question = dose.question
    routes = book.vocabularies["route"]
    route = str(question.route)  # it is said
    ways = [one for one in model.input if set(routes.line(route)) & set(one.when.route)]
    if not ways:
        raise SilentError(f"it is of doses {_routes(model)}, not {route}")
    if dose.formulation:
        asked = fold(dose.formulation)
        known = ", ".join(one.formulation for one in ways if one.formulation) or "no formulation"
        ways = [one for one in ways if asked == fold(one.formulation)]
        if not ways:
            raise SilentError(f"it knows {known}, not {dose.formulation}")
    if all(part.amount is not None for part in ways[0].parts):
        return Course(dose.at, 0.0, ways[0])
    if question.dose is None:
        more = "; of a dose by weight the weight too" if question.dose_per_kg is not None else ""
        raise SilentError(f"it needs the dose{more}")
    fits = [one for one in ways if _within(question.dose, one.when.dose) and _by_weight(question, one.when.dose_per_kg)]
    if not fits:
        raise SilentError(_of_other_doses(ways, question.dose, question.dose_per_kg))
    lasted = 0 if question.infusion is None else question.infusion.seconds
    own = fits[0].lasts
    if lasted and not fits[0].infused and (own is None or own.seconds != lasted):
        raise SilentError(f"its doses are given at once, or over {own}" if own else "its doses are given at once")
    unsaid = fits[0].infused and question.infusion is None and may_last(book, question.route)
    if unsaid and routes.terms[route].infusion:
        raise SilentError("it needs how long the infusion took")
    return Course(dose.at, question.dose.value / units.ONE, fits[0], lasted, unsaid)


def _of_other_doses(ways: Sequence[Input], dose: Quantity, by_weight: Quantity | None) -> str:
    """That the doses of a model are others, in their unit."""
    limits = ", ".join(str(each) for one in ways for each in (one.when.dose or one.when.dose_per_kg,) if each)
    if any(one.when.dose for one in ways):
        return f"its doses are {limits}, not {units.well_read(str(dose))}"
    return f"its doses are {limits}, not {by_weight or dose}"


def _within(amount: Quantity, limits: Range | None) -> bool:
    if limits is None:
        return True
    return not (
        (limits.min is not None and amount.value < limits.min.value)
        or (limits.max is not None and amount.value > limits.max.value)
    )


def _by_weight(question: Question, limits: Range | None) -> bool:
    return limits is None or (question.dose_per_kg is not None and _about(question.dose_per_kg, limits))


def _about(amount: Quantity, limits: Range) -> bool:
    """Whether a dose by weight is within limits, but for what rounding a dose to mg may change."""
    low = 0 if limits.min is None else limits.min.value
    high = units.LARGEST_AMOUNT if limits.max is None else limits.max.value
    return 0.99 * low <= amount.value <= 1.01 * high


def longest(model: Model) -> int:
    """How many seconds after its dose a model is looked at for when a concentration was passed."""
    return SECONDS["d"] * 60 if model.valid_until is None else model.valid_until.seconds


def said_until(model: Model) -> str | None:
    """Until when a model was sampled, in words."""
    return None if model.valid_until is None else str(duration_of(model.valid_until.seconds))
