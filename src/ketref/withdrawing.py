"""What would rules claim if one of their sources had said nothing?

A claim lies within what its evidence reports. Without a source it lies within what the others report: it stays what it
is as far as they carry it, moves to the nearest value that they report, and falls where they report none.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ketref.loading import Ranked
from ketref.model import BOUNDARIES, SIDES, Rule, Span, spans
from ketref.table import Table
from ketref.units import Duration


def withdrawn(table: Table, source: str) -> Table:
    """The rules of a table as all the other sources carry them."""
    ranked = {id(atom.ranked): atom.ranked for atom in table.atoms}.values()
    return Table(table.kind, [_ranked_without(r, source) for r in ranked], table.vocabularies)


def pivotal(rule: Rule) -> tuple[str, ...]:
    """The sources without which some end of a rule would be another or none."""
    sources = dict.fromkeys(entry.source for entry in rule.evidence)
    return tuple(source for source in sources if _carried(rule, source) != spans(rule, type(rule)))


def _carried(rule: Rule, without: str) -> tuple[Span, ...]:
    """The boundaries of a rule as all sources but one carry them."""
    return tuple(Span(*(_end(rule, b, side, without) for side in SIDES)) for b in range(len(BOUNDARIES[type(rule)])))


def _ranked_without(ranked: Ranked, source: str) -> Ranked:
    rule: Any = ranked.rule
    if all(entry.source != source for entry in rule.evidence):
        return ranked
    left = tuple(entry for entry in rule.evidence if entry.source != source)
    ends = dict(zip(BOUNDARIES[type(rule)], _carried(rule, source), strict=True))
    return evolve(ranked, rule=evolve(rule, evidence=left, **ends))


def _end(rule: Rule, boundary: int, side: str, without: str) -> Duration | None:
    """An end of a rule's boundary, by the evidence of the other sources; None where it falls."""
    claim: Duration | None = getattr(spans(rule, type(rule))[boundary], side)
    others = [entry.reports for entry in rule.evidence if entry.source != without]
    reported: list[Duration] = [said for other in others if (said := getattr(spans(other, type(rule))[boundary], side))]
    if claim is None or not reported:
        return None
    lowest, highest = min(reported, key=_seconds), max(reported, key=_seconds)
    end = max(lowest, min(claim, highest, key=_seconds), key=_seconds)
    if BOUNDARIES[type(rule)][boundary] == "detectable_until" and side == "latest":
        seen = (getattr(other, "positive_at", None) for other in others)
        if any(at and at.seconds > end.seconds for at in seen):
            return None  # somebody was still positive then: the others leave it open
    return end


def _seconds(duration: Duration) -> int:
    return duration.seconds
