"""Is each record of a file sound in itself and among its neighbours, as far as the text alone can tell?

The rules have a module of their own; so have facts and golden cases, which is read where a file of them is.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ketref import catalogue, factors
from ketref.files import RULE_FILES
from ketref.model import TERM_AXES
from ketref.references import Context, duplicates, fact_evidence, known_source, known_terms
from ketref.rule_validation import rule_problems
from ketref.structuring import Path, Problem
from ketref.terms import ALWAYS_KNOWN, Vocabulary

if TYPE_CHECKING:
    from ketref.wording import Wording

_ELSEWHERE = {"facts": "fact_validation", "cases": "case_validation"}


def problems(record: Any, name: str, context: Context) -> Iterator[Problem]:
    """Every problem of the record of the file with this name."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".toml")
    if stem in RULE_FILES:
        yield from rule_problems(record, RULE_FILES[stem], context)
    elif stem in _ELSEWHERE:
        yield from import_module(f"ketref.{_ELSEWHERE[stem]}").problems(record, context)
    elif stem == "terms":
        yield from _terms(record)
    elif stem == "wording":
        yield from _wording(record)
    elif stem == "sources":
        yield from duplicates("source", [source.id for source in record.source])
    elif stem == "substance":
        yield from _substance(record, folder, context)
    elif stem == "factors":
        yield from _factors(record, context)


def _terms(terms: catalogue.Terms) -> Iterator[Problem]:
    for axis in (*TERM_AXES, "factor"):
        entries = getattr(terms, axis)
        yield from duplicates(axis, [entry.id for entry in entries])
        known = {entry.id for entry in entries}
        cycle = next((entry for entry in entries if _is_own_ancestor(entry.id, entries)), None)
        for index, entry in enumerate(entries):
            parent = getattr(entry, "parent", None)
            if parent is not None and parent not in known:
                yield (axis, index, "parent"), "unknown-term", f"no {axis} has the id `{parent}`", ""
            elif cycle is not None and entry.id == cycle.id:
                yield (axis, index, "parent"), "unknown-term", f"`{entry.id}` is its own parent, or above it", ""
        for needed in sorted(set(ALWAYS_KNOWN.get(axis, ())) - known):
            yield (axis,), "missing-key", f"no {axis} has the id `{needed}`", "questions that leave it out mean it"
        for word, first, second in Vocabulary(axis, entries).clashes:
            yield (axis,), "ambiguous-word", f"`{word}` means `{first}` and `{second}`", "a word has one meaning"


def _is_own_ancestor(term: str, entries: Any) -> bool:
    parents = {entry.id: getattr(entry, "parent", None) for entry in entries}
    above, seen = parents[term], set()
    while above is not None and above != term and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == term


def _wording(words: Wording) -> Iterator[Problem]:
    from ketref.wording import faults

    for name, said, hint in faults(words.infer):
        yield ("infer", name), "bad-placeholder", said, hint


def _substance(substance: catalogue.Substance, folder: str, context: Context) -> Iterator[Problem]:
    if substance.id != folder:
        yield ("id",), "wrong-folder", f"`{substance.id}` lies in the folder `{folder}`", "name the folder by the id"
    yield from known_terms(("yields",), "analyte", substance.yields, context)
    if substance.windows_of and substance.windows_of not in context.substances:
        yield ("windows_of",), "unknown-term", f"no substance `{substance.windows_of}`", ""
    for key in ("identifier", "formulation"):
        for index, entry in enumerate(getattr(substance, key)):
            yield from known_source((key, index, "source"), entry.source, context)


def _factors(file: factors.Factors, context: Context) -> Iterator[Problem]:
    yield from duplicates("factor", [factor.id for factor in file.factor])
    for index, factor in enumerate(file.factor):
        path: Path = ("factor", index)
        yield from known_terms((*path, "analyte"), "analyte", factor.analyte, context)
        yield from known_terms((*path, "matrix"), "matrix", factor.matrix, context)
        yield from fact_evidence(path, factor, context)
        term = context.vocabularies["factor"].terms.get(factor.factor)
        values = term.values if term else ()
        applies = factor.applies
        if applies.value is not None and applies.value not in values:
            allowed = f"one of {', '.join(values)}" if values else "terms.toml lists the values of a factor"
            yield (*path, "applies"), "unknown-term", f"`{applies.value}` is no value of it", allowed
        if values and (applies.min is not None or applies.max is not None):
            yield (*path, "applies"), "wrong-type", f"`{factor.factor}` is no number", f"one of {', '.join(values)}"
