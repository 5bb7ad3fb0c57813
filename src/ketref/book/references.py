"""Does what an entry of a file names exist, once and in the right unit?"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from attrs import frozen

from ketref.book.structuring import Path, Problem
from ketref.model import front_matter
from ketref.model.units import Quantity


@frozen
class Context:
    """What the records of a file may refer to."""

    vocabularies: front_matter.Vocabularies
    sources: Mapping[str, front_matter.Source] | None  # None: not known, so not looked at
    substances: frozenset[str]
    behind: front_matter.Terms | front_matter.Drugs | None = None  # of terms.toml and drugs.toml: what they add to
    named: Callable[[str], Container[str]] = lambda _: frozenset()  # the terms of an axis that rules behind name


def duplicates(key: str, ids: list[str], seen: set[str] | None = None) -> Iterator[Problem]:
    """Ids that are there twice."""
    seen = set() if seen is None else seen
    for index, name in enumerate(ids):
        if name in seen:
            yield (key, index, "id"), "duplicate-id", f"`{name}` is there already", "ids are never reused"
        seen.add(name)


def known_terms(path: Path, axis: str, given: tuple[str, ...], context: Context) -> Iterator[Problem]:
    """Terms that the vocabulary of an axis does not have."""
    vocabulary = context.vocabularies[axis]
    for index, term in enumerate(given):
        if term not in vocabulary:
            try:
                hint = f"rule files write `{vocabulary.resolve(term)}`"
            except Exception as error:
                hint = getattr(error, "hint", "")
            yield (*path, index), "unknown-term", f"unknown {axis} `{term}`", hint


def known_source(path: Path, source: str, context: Context) -> Iterator[Problem]:
    """A source that sources.toml does not have."""
    if context.sources is not None and source not in context.sources:
        from difflib import get_close_matches

        near = get_close_matches(source, context.sources, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "add it to sources.toml"
        yield path, "missing-source", f"no source has the id `{source}`", hint


def concentrations(
    path: Path, matrices: tuple[str, ...], cutoffs: tuple[Quantity, ...], context: Context
) -> Iterator[Problem]:
    """Cutoffs are concentrations of the specimens that they belong to."""
    known = context.vocabularies["matrix"].terms
    allowed = [known[matrix].concentrations for matrix in matrices if matrix in known]
    for cutoff in cutoffs:
        if not all(cutoff.base in units for units in allowed):
            hint = " and ".join(sorted({unit for units in allowed for unit in units}))
            yield path, "bad-unit", f"`{cutoff}` is not a concentration in {', '.join(matrices)}", hint
    if len({cutoff.base for cutoff in cutoffs}) > 1:
        yield path, "bad-unit", "cutoffs of several kinds of concentration", "write a rule for each"


def fact_evidence(path: Path, entry: Any, context: Context) -> Iterator[Problem]:
    """Evidence that is missing, or whose source is."""
    if not entry.evidence:
        yield path, "no-evidence", f"`{entry.id}` has no evidence", "name who says so"
    for number, evidence in enumerate(entry.evidence):
        yield from known_source((*path, "evidence", number, "source"), evidence.source, context)
