"""Is each record of a file sound in itself and among its neighbours, as far as the text alone can tell?

The rules have a module of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ketref.book import additions
from ketref.book.references import Context, concentrations, duplicates, fact_evidence, known_source, known_terms
from ketref.book.rule_validation import rule_problems
from ketref.book.structuring import Path, Problem
from ketref.engine import course
from ketref.model import front_matter
from ketref.model.axes import SAID_BY, TERM_AXES
from ketref.model.files import FACT_TABLES
from ketref.model.front_matter import VOCABULARIES
from ketref.model.kinds import OF_FILE
from ketref.model.vocabulary import ALWAYS_KNOWN, Term, Vocabulary, fold

if TYPE_CHECKING:
    from ketref.model import cases, factors, facts, panels
    from ketref.model.wording import Wording


def problems(record: Any, name: str, context: Context) -> Iterator[Problem]:
    """Every problem of the record of the file with this name."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".toml")
    if stem in OF_FILE:
        yield from rule_problems(record, OF_FILE[stem], context)
    elif stem == "substance":
        yield from _substance(record, folder, context)
    elif stem in _OF_STEM:
        yield from _OF_STEM[stem](record, context)


def _terms(terms: front_matter.Terms, context: Context) -> Iterator[Problem]:
    behind = context.behind or front_matter.Terms()
    for index, analyte in enumerate(terms.analyte):
        yield from _sourced_number(("analyte", index), analyte, "molar_mass", 1, _HEAVIEST, "a molar mass in g/mol")
        if context.behind and analyte.source:
            yield from known_source(("analyte", index, "source"), analyte.source, context)
    shipped_matrices = {entry.id for entry in getattr(behind, "matrix", ())}
    for index, matrix in enumerate(terms.matrix):
        if matrix.concentration is None and matrix.id not in shipped_matrices:
            yield ("matrix", index), "missing-key", "missing key `concentration`", "ng/mL, or pg/mg"
        if matrix.growth is not None:
            yield from _growth_problems(("matrix", index, "growth"), matrix.growth, context)
        yield from _sourced_number(("matrix", index), matrix, "density", 0.5, 2, "a density of a specimen in g/mL")
        if context.behind and matrix.source:
            yield from known_source(("matrix", index, "source"), matrix.source, context)
    for axis in VOCABULARIES:
        entries = getattr(terms, axis)
        yield from duplicates(axis, [entry.id for entry in entries])
        known = {entry.id for entry in (*entries, *getattr(behind, axis))}
        tree = additions.together(entries, getattr(behind, axis), partial(context.named, axis))
        parents = {entry.id: getattr(entry, "parent", None) for entry in tree}
        cycle = next((entry for entry in entries if _is_own_ancestor(entry.id, parents)), None)
        for index, entry in enumerate(entries):
            named = {fold(entry.id), *map(fold, entry.synonyms)}
            for word in entry.loses:
                if fold(word) not in named:
                    hint = "it tells which of the synonyms say more than the term"
                    yield (axis, index, "loses"), "unknown-term", f"`{word}` is not a synonym of `{entry.id}`", hint
            parent = getattr(entry, "parent", None)
            shared = getattr(entry, "reported_as", None)
            for member in getattr(entry, "members", ()):
                if member not in known - {entry.id}:
                    yield (axis, index, "members"), "unknown-term", f"no other {axis} has the id `{member}`", ""
            if shared is not None and shared not in known - {entry.id}:
                yield (axis, index, "reported_as"), "unknown-term", f"no other {axis} has the id `{shared}`", ""
            if parent is not None and parent not in known:
                yield (axis, index, "parent"), "unknown-term", f"no {axis} has the id `{parent}`", ""
            elif cycle is not None and entry.id == cycle.id:
                yield (axis, index, "parent"), "unknown-term", f"`{entry.id}` is its own parent, or above it", ""
        if axis in TERM_AXES and not known:
            yield (axis,), "missing-key", f"missing key `{axis}`", "a rule set has terms of each axis"
        for needed in sorted(set(ALWAYS_KNOWN.get(axis, ())) - known):
            yield (axis,), "missing-key", f"no {axis} has the id `{needed}`", "questions that leave it out mean it"
        words = Vocabulary(axis, tree)
        if context.behind is None:
            for word, first, second in words.clashes:
                yield (axis,), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", "a word has one meaning"
        yield from _hint_problems(terms, words)
    seen: set[str] = set()
    for index, bounds in enumerate(terms.bounds):
        if bounds.unit in seen:
            yield ("bounds", index, "unit"), "duplicate-id", f"`{bounds.unit}` has bounds already", "one table a unit"
        seen.add(bounds.unit)
    if context.behind is not None:
        yield from additions.problems(terms, context.behind, context.named)


def _hint_problems(terms: front_matter.Terms, known: Vocabulary[Term]) -> Iterator[Problem]:
    """Words that mean no term, by a hint, and mean one."""
    for index, hint in enumerate(terms.hint):
        for number, word in enumerate(hint.words if hint.axis == known.axis else ()):
            if known.knows(word):
                path = ("hint", index, "words", number)
                yield path, "ambiguous-word", f"`{word}` means `{known.resolve(word)}`", "leave it out here"


def _growth_problems(path: Path, growth: front_matter.Growth, context: Context) -> Iterator[Problem]:
    slowest, fastest = growth.um_per_day
    if not 0 < slowest <= growth.um_per_day_usual <= fastest:
        yield (*path, "um_per_day"), "reversed-range", "the usual rate lies between the lowest and the highest", ""
    if growth.um_left < 0 or growth.um_longest <= 0:
        yield path, "bad-unit", "`um_left` is 0 or more, and `um_longest` more than 0", "whole micrometres"
    if context.behind is None:  # sources are not known before the terms of the shipped book are
        return
    yield from fact_evidence(path, growth, context)


def _sourced_number(path: Path, entry: Any, key: str, least: float, most: float, meant: str) -> Iterator[Problem]:
    """What is wrong with a number of a term that a source tells: it lies between ends, and has the source beside it."""
    value = getattr(entry, key)
    if value is not None and not least <= value <= most:
        yield (*path, key), "bad-unit", f"{value:g} is not {meant}", ""
    if (value is not None) != bool(entry.source):
        yield path, "missing-key", f"a `{key}` has a `source`, and a `source` is that of one", ""


_HEAVIEST = 10_000  # g/mol, beyond any small molecule


def _drugs(drugs: front_matter.Drugs, context: Context) -> Iterator[Problem]:
    for index, drug in enumerate(drugs.drug):
        if drug.classes and not drug.source:
            yield ("drug", index), "missing-key", f"`{drug.id}` has classes and no `source`", "name who says so"
        elif drug.source:
            yield from known_source(("drug", index, "source"), drug.source, context)
    yield from duplicates("drug", [drug.id for drug in drugs.drug])
    if context.behind is not None:
        yield from additions.problems(drugs, context.behind, context.named)
        return
    for word, first, second in Vocabulary("drug", drugs.drug).clashes:
        yield ("drug",), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", "a word has one meaning"


def _is_own_ancestor(term: str, parents: Mapping[str, str | None]) -> bool:
    above, seen = parents[term], set()
    while above is not None and above != term and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == term


def _wording(words: Wording, _: Context) -> Iterator[Problem]:
    from ketref.model.wording import faults

    for part in ("infer", "interpret"):
        for name, said, hint in faults(getattr(words, part)):
            yield (part, name), "bad-placeholder", said, hint


def _substance(substance: front_matter.Substance, folder: str, context: Context) -> Iterator[Problem]:
    if substance.id != folder:
        yield ("id",), "wrong-folder", f"`{substance.id}` lies in the folder `{folder}`", "name the folder by the id"
    yield from _yields(substance, context)
    for index, street in enumerate(substance.street):
        yield from known_source(("street", index, "source"), street.source, context)
    if substance.windows_of and substance.windows_of not in context.substances:
        yield ("windows_of",), "unknown-term", f"no substance `{substance.windows_of}`", ""
    for key in ("identifier", "formulation"):
        for index, entry in enumerate(getattr(substance, key)):
            yield from known_source((key, index, "source"), entry.source, context)
    known = {fold(word) for word in (substance.id, substance.name, *substance.synonyms)}
    for index, form in enumerate(substance.formulation):
        yield from known_terms(("formulation", index, "route"), "route", (form.route,) if form.route else (), context)
        for word in form.words:
            if fold(word) not in known:
                hint = "the words of a product are among the synonyms of the substance"
                yield ("formulation", index, "words"), "unknown-term", f"`{word}` is not a name of it", hint
    for index, identifier in enumerate(substance.identifier):
        named = (identifier.analyte,) if identifier.analyte else ()
        yield from known_terms(("identifier", index, "analyte"), "analyte", named, context)


def _terms_of(path: Path, entry: object, axes: Iterable[str], context: Context) -> Iterator[Problem]:
    """The terms that an entry names on some axes, one or a list of each, that are not known."""
    for axis in axes:
        named = getattr(entry, axis, None) or ()
        yield from known_terms((*path, axis), axis, (named,) if isinstance(named, str) else named, context)


def _yields(substance: front_matter.Substance, context: Context) -> Iterator[Problem]:
    for index, one in enumerate(substance.yields):
        path: Path = ("yields", index)
        for _, code, said, hint in _terms_of(path, one, ("analyte", "matrix", "route"), context):
            yield path, code, said, hint  # which may be written as one word
        for place, name in enumerate(one.needs):
            if name not in context.substances or name == substance.id:
                yield (*path, "needs", place), "unknown-term", f"no other substance `{name}`", ""
        if one.source:
            yield from known_source((*path, "source"), one.source, context)
        elif one.role or one.says:
            yield path, "missing-key", f"what `{one.analyte}` is has no `source`", "name who says so"


def _panels(file: panels.Panels, context: Context) -> Iterator[Problem]:
    yield from duplicates("panel", [panel.id for panel in file.panel])
    for index, panel in enumerate(file.panel):
        yield from _terms_of(("panel", index), panel, ("matrix",), context)
        for number, test in enumerate(panel.test):
            path: Path = ("panel", index, "test", number)
            yield from _terms_of(path, test, ("analyte", "method"), context)
            yield from concentrations((*path, "cutoff"), (panel.matrix,), (test.cutoff,), context)
            if not test.sources:
                yield path, "no-evidence", f"the test for {test.analyte} has no source", "name who says so"
            for place, source in enumerate(test.sources):
                yield from known_source((*path, "sources", place), source, context)
            if test.from_ and test.until and test.from_ >= test.until:
                yield (
                    path,
                    "reversed-range",
                    f"`until` ({test.until}) is not after `from` ({test.from_})",
                    "`until` is the first day on which it is no longer so",
                )


def _reactivities(file: panels.Reactivities, context: Context) -> Iterator[Problem]:
    yield from duplicates("reactivity", [one.id for one in file.reactivity])
    for index, one in enumerate(file.reactivity):
        path: Path = ("reactivity", index)
        yield from known_terms((*path, "tests"), "analyte", (one.tests,), context)
        yield from _terms_of(path, one, ("matrix", "method"), context)
        yield from fact_evidence(path, one, context)


def _classes(file: facts.Classes, context: Context) -> Iterator[Problem]:
    yield from duplicates("fact", [fact.id for fact in file.fact])
    for index, fact in enumerate(file.fact):
        path: Path = ("fact", index)
        yield from _terms_of(path, fact, ("matrix", "method"), context)
        yield from fact_evidence(path, fact, context)
        for name in fact.substances:
            if context.substances and name not in context.substances:
                yield (*path, "substances"), "unknown-term", f"no substance `{name}`", ""


def _factors(file: factors.Factors, context: Context) -> Iterator[Problem]:
    yield from duplicates("factor", [factor.id for factor in file.factor])
    for index, factor in enumerate(file.factor):
        path: Path = ("factor", index)
        yield from _terms_of(path, factor, ("analyte", "matrix"), context)
        yield from fact_evidence(path, factor, context)
        term = context.vocabularies["factor"].terms.get(factor.factor)
        values = term.values if term else ()
        applies = factor.applies
        allowed = f"one of {', '.join(values)}" if values else "terms.toml lists the values of a factor"
        for value in applies.value:
            if value not in values:
                yield (*path, "applies"), "unknown-term", f"`{value}` is not a value of it", allowed
        if values and (applies.min is not None or applies.max is not None):
            yield (*path, "applies"), "wrong-type", f"`{factor.factor}` is not a number", f"one of {', '.join(values)}"


def fact_problems(book: facts.Facts, context: Context) -> Iterator[Problem]:
    """Every problem of the facts of one file."""
    seen: set[str] = set()
    for key in FACT_TABLES:
        entries = getattr(book, key)
        yield from duplicates(key, [entry.id for entry in entries], seen)
        for index, entry in enumerate(entries):
            yield from fact_evidence((key, index), entry, context)
    for key in ("fact", "study"):
        for index, entry in enumerate(getattr(book, key)):
            yield from known_terms((key, index, "when", "route"), "route", entry.when.route, context)
            yield from _terms_of((key, index), entry, ("matrix", "analyte"), context)
    for index, parameter in enumerate(book.pharmacokinetic):
        yield from _terms_of(("pharmacokinetic", index), parameter, ("route",), context)
    for index, cutoff in enumerate(book.cutoff):
        path: Path = ("cutoff", index)
        yield from _terms_of(path, cutoff, ("matrix", "analyte", "method"), context)
        yield from concentrations((*path, "value"), (cutoff.matrix,), (cutoff.value,), context)


def case_problems(file: cases.Cases, context: Context) -> Iterator[Problem]:
    """Every problem of the cases of one file."""
    for index, case in enumerate(file.case):
        for key in _NAMED_SOURCES:
            for source in getattr(case, key):
                yield from known_source(("case", index, key), source, context)
        for status in case.status:
            if status not in course.STATUSES:
                yield (
                    ("case", index, "status"),
                    "unknown-term",
                    f"`{status}` is not a status",
                    ", ".join(course.STATUSES),
                )
        asked, demanded = SAID_BY[case.ask], _MAY_DEMAND[case.ask]
        factors = context.vocabularies["factor"] if case.ask != "cautions" else ()
        for key in case.question:
            if key not in asked and key not in factors:
                hint = f"keys: {', '.join(asked)}{', and factors' if factors else ''}"
                yield ("case", index, "question", key), "unknown-key", f"unknown key `{key}`", hint
        if case.ask == "detect" and "matrix" not in case.question:
            yield ("case", index, "question"), "missing-key", "a test has a `matrix`", ""
        given = [key for key in _DEMANDS if getattr(case, key) not in ((), None, {})]
        if not given:
            yield ("case", index), "missing-key", "the case demands nothing", f"one of {', '.join(demanded)}"
        elif not any(getattr(case, key) for key in _NAMED_SOURCES):
            yield ("case", index), "missing-key", "the case names no source", f"one of {', '.join(_NAMED_SOURCES)}"
        for key in given:
            if key not in demanded:
                yield ("case", index, key), "unknown-key", f"`{case.ask}` answers no `{key}`", ""


_NAMED_SOURCES = ("sources", "not_sources", "factor_sources")
_BEHIND = ("rules", *_NAMED_SOURCES)
_EFFECT_DEMANDS = ("phases", "not_phases", "effects", "effect_status")
_CAUTION_DEMANDS = ("cautions", "caution_status")
_MAY_DEMAND = {
    "detect": ("status", "disagree", *_BEHIND),
    "effects": (*_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND),
    "cautions": (*_CAUTION_DEMANDS, "rules", "sources", "not_sources"),
}
_DEMANDS = ("status", "disagree", *_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND)


def _sources(file: front_matter.Sources, _: Context) -> Iterator[Problem]:
    return duplicates("source", [source.id for source in file.source])


def _by(module: str, name: str) -> Callable[[Any, Context], Iterator[Problem]]:
    """What finds the problems of a file that few questions read, in a module that is imported when one is read."""

    def found(file: Any, context: Context) -> Iterator[Problem]:
        problems: Iterator[Problem] = getattr(import_module(f"ketref.book.{module}"), name)(file, context)
        return problems

    return found


_OF_STEM: Mapping[str, Callable[[Any, Context], Iterator[Problem]]] = {
    "facts": fact_problems,
    "cases": case_problems,
    "terms": _terms,
    "drugs": _drugs,
    "panels": _panels,
    "reactivities": _reactivities,
    "interpretations": _by("interpretation_validation", "interpretation_problems"),
    "validity": _by("interpretation_validation", "validity_problems"),
    "interpretation-cases": _by("interpretation_validation", "interpretation_case_problems"),
    "classes": _classes,
    "wording": _wording,
    "sources": _sources,
    "factors": _factors,
    "models": _by("model_validation", "model_problems"),
}
"""What finds the problems of each file that holds no rules, by its name."""
