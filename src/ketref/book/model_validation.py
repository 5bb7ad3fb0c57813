"""Is a pharmacokinetic model sound: do its names exist, do its units fit, can it be reckoned with?"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping

from ketref.book.references import Context, duplicates, known_source, known_terms
from ketref.book.structuring import Path, Problem
from ketref.model import formulas, units
from ketref.model.formulas import MASS, PURE, TIME, VOLUME, Dimension, FormulaError, times
from ketref.model.kinetics import OF_LOGIT, Covariate, Model, Models, Parameter

PER_TIME, CONCENTRATION, PER_HOUR = times(PURE, TIME, -1), times(MASS, VOLUME, -1), times(MASS, TIME, -1)
OF_PERSON = ("pattern",)
"""What besides factors may be a covariate: how the substance is used."""
_SAYS = {PURE: "a pure number", TIME: "a time", PER_TIME: "a rate, 1/h", MASS: "a mass", VOLUME: "a volume"}
_SAYS |= {CONCENTRATION: "a concentration", PER_HOUR: "a mass in a time"}
Dimensions = Mapping[str, Dimension]


def model_problems(file: Models, context: Context) -> Iterator[Problem]:
    """Every problem of the models of one file."""
    seen: set[str] = set()
    yield from duplicates("model", [model.id for model in file.model], seen)
    yield from duplicates("unbuilt", [model.id for model in file.unbuilt], seen)
    for index, unbuilt in enumerate(file.unbuilt):
        yield from known_source(("unbuilt", index, "source"), unbuilt.source, context)
    yield from duplicates("serving", [serving.id for serving in file.serving], seen)
    for index, serving in enumerate(file.serving):
        yield from known_source(("serving", index, "source"), serving.source, context)
    for index, model in enumerate(file.model):
        path: Path = ("model", index)
        yield from known_source((*path, "source"), model.source, context)
        for place, source in enumerate(model.sources):
            yield from known_source((*path, "sources", place), source, context)
        names = [
            *(p.name for p in model.parameter),
            *(c.name for c in model.covariate),
            *(d.name for d in model.derive),
        ]
        for name in sorted({name for name in names if names.count(name) > 1 or name == "dose"}):
            yield path, "duplicate-id", f"`{name}` is there already in {model.id}", "a value of a model has one name"
        for place, covariate in enumerate(model.covariate):
            yield from _covariate((*path, "covariate", place), covariate, context)
        known = yield from _values(path, model)
        yield from _flows(path, model, known)
        yield from _ways(path, model, known, context)
        if model.back is not None:
            yield from _formula((*path, "back"), model.back.rate, times(CONCENTRATION, TIME, -1), known)
            yield from known_terms((*path, "back", "matrix"), "matrix", model.back.matrix, context)


def _values(path: Path, model: Model) -> Generator[Problem, None, dict[str, Dimension]]:
    """The problems of parameters and of what is derived from them; returns the dimensions of all names."""
    known: dict[str, Dimension] = {}
    for covariate in model.covariate:
        known[covariate.name] = yield from _unit((*path, "covariate"), covariate.unit)
    of_persons = dict(known)
    for index, parameter in enumerate(model.parameter):
        place: Path = (*path, "parameter", index)
        known[parameter.name] = yield from _unit(place, parameter.unit)
        if parameter.times is not None:
            yield from _formula(place, parameter.times, PURE, of_persons)
        yield from _spread(place, parameter)
    for index, each in enumerate(model.covariance):
        spread = {parameter.name: parameter.variance for parameter in model.parameter if parameter.variance}
        found = [spread.get(name) for name in each.between]
        if len(found) != 2 or None in found:
            what = f"`{', '.join(each.between)}` are not two parameters with a spread"
            yield (*path, "covariance", index), "unknown-term", what, "give two parameters that have a `variance`"
        elif each.covariance**2 >= (found[0] or 0) * (found[1] or 0):
            what = f"a covariance of {each.covariance} is too large for these variances"
            yield (*path, "covariance", index), "wrong-type", what, "its square is less than their product"
    for index, derived in enumerate(model.derive):
        dimension = yield from _unit((*path, "derive", index), derived.unit)
        yield from _formula((*path, "derive", index), derived.formula, dimension, known)
        known[derived.name] = dimension
    return known


def _spread(path: Path, parameter: Parameter) -> Iterator[Problem]:
    if (parameter.spread is None) != (parameter.variance is None):
        yield path, "missing-key", "`spread` and `variance` belong together", "give both, or neither"
    if parameter.variance is not None and parameter.variance <= 0:
        yield path, "wrong-type", f"a variance of {parameter.variance} is not more than 0", "leave it out"
    bounded = parameter.least is not None and parameter.most is not None
    if parameter.spread == "normal" and not bounded:
        yield path, "missing-key", "a normal spread has `least` and `most`", "else a value might be below 0"
    if parameter.spread == OF_LOGIT and not 0 < parameter.value < 1:
        yield path, "wrong-type", f"the logit of {parameter.value} is not known", "it is a fraction, from 0 to 1"
    if parameter.spread == "lognormal" and parameter.value <= 0:
        yield path, "wrong-type", f"the logarithm of {parameter.value} is not known", "it is more than 0"


def _covariate(path: Path, covariate: Covariate, context: Context) -> Iterator[Problem]:
    if covariate.factor in OF_PERSON:
        words: Iterable[str] = context.vocabularies[covariate.factor].terms
    elif covariate.factor in context.vocabularies["factor"]:
        words = context.vocabularies["factor"].terms[covariate.factor].values
    else:
        yield (*path, "factor"), "unknown-term", f"unknown factor `{covariate.factor}`", "terms.toml lists them"
        return
    if bool(words) != bool(covariate.levels):
        hint = "a factor of words has `levels`, a factor of numbers has none"
        yield path, "missing-key", f"`levels` do not fit the factor `{covariate.factor}`", hint
    for level in covariate.levels:
        if level.word not in words:
            yield path, "unknown-term", f"`{level.word}` is not a value of `{covariate.factor}`", ", ".join(words)


def _flows(path: Path, model: Model, known: Dimensions) -> Iterator[Problem]:
    places = set(model.compartments)
    otherwise = [flow for flow in model.flow if flow.rate is None]
    for index, flow in enumerate(model.flow):
        place: Path = (*path, "flow", index)
        for name in filter(None, (flow.from_, flow.to)):
            yield from _compartment(place, name, places)
        ways = [flow.rate is not None, flow.constant is not None, flow.most is not None and flow.half is not None]
        if sum(ways) != 1:
            yield (
                place,
                "missing-key",
                "a flow has a `rate`, or `most` and `half`, or is `constant`",
                "give one of them",
            )
        for formula, wanted in (
            (flow.rate, PER_TIME),
            (flow.most, PER_HOUR),
            (flow.half, CONCENTRATION),
            (flow.constant, PER_HOUR),
        ):
            if formula is not None:
                yield from _formula(place, formula, wanted, known)
        if flow.rate is None:
            leaving = [other for other in model.flow if other.from_ == flow.from_]
            into = [part for one in model.input for part in one.parts if part.into == flow.from_]
            if len(otherwise) > 1 or len(leaving) > 1 or into or flow.to is not None:
                hint = "then it leaves the body, nothing else leaves its compartment, and no dose comes in there"
                yield place, "wrong-type", "only one flow of a model may have no fixed rate", hint


def _ways(path: Path, model: Model, known: Dimensions, context: Context) -> Iterator[Problem]:
    places = set(model.compartments)
    with_dose = {**known, "dose": MASS}
    for index, one in enumerate(model.input):
        yield from known_terms((*path, "input", index, "when", "route"), "route", one.when.route, context)
        if not one.parts:
            yield (*path, "input", index), "missing-key", "a dose comes in nowhere", "give `parts`"
        for number, part in enumerate(one.parts):
            place: Path = (*path, "input", index, "parts", number)
            yield from _compartment(place, part.into, places)
            for formula, wanted in ((part.fraction, PURE), (part.lag, TIME), (part.over, TIME), (part.amount, MASS)):
                if formula is not None:
                    yield from _formula(place, formula, wanted, with_dose)
    for index, output in enumerate(model.output):
        place = (*path, "output", index)
        yield from known_terms((*place, "analyte"), "analyte", (output.analyte,), context)
        yield from known_terms((*place, "matrix"), "matrix", (output.matrix,), context)
        matrix = context.vocabularies["matrix"].terms.get(output.matrix)
        if matrix is not None and matrix.concentration != units.FLUID:
            what = f"a model gives mass by volume, and `{output.matrix}` has none"
            yield (*place, "matrix"), "bad-unit", what, f"a specimen in {units.FLUID}"
        if output.times is not None:
            yield from _formula(place, output.times, PURE, known)
        for measure in output.of:
            yield from _compartment(place, measure.compartment, places)
            yield from _formula(place, measure.volume, VOLUME, known)
    for index, measured in enumerate(model.measured):
        place = (*path, "measured", index)
        yield from known_terms((*place, "analyte"), "analyte", (measured.analyte,), context)
        yield from known_terms((*place, "route"), "route", (measured.route,), context)
        yield from known_source((*place, "source"), measured.source, context)
        if not measured.fits and not measured.says:
            yield place, "missing-key", "a value that does not fit says nothing of why", "give `says`"


def _compartment(path: Path, name: str, places: set[str]) -> Iterator[Problem]:
    if name not in places:
        yield path, "unknown-term", f"no compartment is called `{name}`", f"compartments: {', '.join(sorted(places))}"


def _unit(path: Path, unit: str) -> Generator[Problem, None, Dimension]:
    """The problem of a unit; returns its dimension, that of a pure number where there is none."""
    try:
        return formulas.unit(unit)[1]
    except FormulaError as error:
        yield path, "bad-unit", str(error), ""
        return PURE


def _formula(path: Path, formula: str, wanted: Dimension, known: Dimensions) -> Iterator[Problem]:
    try:
        found = formulas.dimension(formula, known)
    except FormulaError as error:
        yield path, "bad-unit", str(error), ""
        return
    if any(abs(one - other) > 1e-9 for one, other in zip(found, wanted, strict=True)):
        what = _SAYS.get(wanted, "what its unit says")
        yield path, "bad-unit", f"`{formula}` is not {what}", "its units do not come out so"
