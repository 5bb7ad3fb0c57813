"""In what do two answers to one question differ, and which rule or source caused it?

Compared is what was answered: status, ends, rules, evidence, factors, effects and cautions. Not compared is what could
still be said (`narrower`, `ignores`, `assumes`, `conditions`) or asked back (`warnings`), nor the order of lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from ketref.output import review_forms


_DERIVED = (
    "status",
    "phases",
    "found",
    "origin",
    "rule",
    "phase_rule",
    "confidence",
    "sources_disagree",
    "next_change",
)
_NONE: frozenset[str] = frozenset()


@frozen
class Fact:
    """One thing that an answer says.

    `rules` and `sources` say it; without any, it follows from all else in its `scope`: an effect, a caution, the rest.
    Where one of the facts `within` which it stands comes or goes, that tells it.
    """

    value: Any
    scope: str = ""
    rules: frozenset[str] = _NONE
    sources: frozenset[str] = _NONE
    within: tuple[str, ...] = ()


@frozen
class _Pair:
    """A fact as it was kept and as it is today; None where it is not said."""

    old: Fact | None
    new: Fact | None

    @property
    def either(self) -> Fact:
        return self.old or self.new or Fact(None)

    @property
    def values(self) -> tuple[Any, Any]:
        return self.old and self.old.value, self.new and self.new.value

    @property
    def rules(self) -> frozenset[str]:
        """The rules that came or went; where they are the same, these: they, or their evidence, were changed."""
        old, new = (fact.rules if fact else _NONE for fact in (self.old, self.new))
        return (old ^ new) or old

    @property
    def comes_or_goes(self) -> bool:
        return self.old is None or self.new is None


def differences(kept: Mapping[str, Any], today: Mapping[str, Any]) -> Iterator[review_forms.Difference]:
    """What differs between a kept answer and today's, first what is answered, each with what caused it."""
    old, new = _facts(kept), _facts(today)
    pairs = {name: _Pair(old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])}
    pairs = {name: pair for name, pair in pairs.items() if pair.values[0] != pair.values[1]}
    whole = {name for name, pair in pairs.items() if pair.comes_or_goes}
    told = {name: pair for name, pair in pairs.items() if not whole & {*pair.either.within}}
    for name, pair in told.items():
        if name != (twin := _in_text(name)) and twin in told:
            continue  # seconds, of which the text says as much
        rules, sources = pair.rules, pair.either.sources
        scope = [other for other in told.values() if other.either.scope == pair.either.scope]
        if not (rules or sources):
            rules = _NONE.union(*(other.rules for other in scope))
        if not sources:
            sources = _NONE.union(*(other.either.sources for other in scope if other.rules & rules))
        before, after = pair.values
        yield {"what": name, "old": before, "new": after, "rules": sorted(rules), "sources": sorted(sources)}


# ---------------------------------------------------------------- what an answer says


def _facts(answer: Mapping[str, Any]) -> dict[str, Fact]:
    """Everything that an answer says, by what it is about."""
    found = {key: Fact(answer[key]) for key in (*_DERIVED, "elapsed_s", "covered") if key in answer}
    rules = answer.get("rules", answer.get("phase_rules", ()))
    for name, value in _ends(answer):
        giving = (rule["id"] for rule in rules if any(_is_of(end, _in_text(name)) for end in rule["ends"]))
        found[name] = Fact(value, rules=frozenset(giving))
    for rule in rules:
        governs = {"owner": rule["owner"], "gives": sorted(rule["ends"])}
        found[f"rule {rule['id']}"] = Fact(governs, rules=frozenset({rule["id"]}))
    found |= _said(answer.get("evidence", answer.get("phase_evidence", ())))
    for kind, key in (("effect", "name"), ("caution", "id")):
        for entry in answer.get(f"{kind}s", ()):
            found |= _listed(f"{kind} {entry[key]}", entry)
    for factor in answer.get("factors", ()):
        name = f"factor {factor['factor']}, {factor['affects']}: {factor['says']}"
        found[name] = Fact(factor, name, sources=frozenset(source["source"] for source in factor["sources"]))
    return found


def _ends(answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Both ends of a window, or the boundaries of the phases, as texts and in seconds."""
    for name in ("detectable_from", "detectable_from_s", "detectable_until", "detectable_until_s"):
        yield from zip((f"{name}.earliest", f"{name}.latest"), answer.get(name, ()), strict=False)
    yield from answer.get("boundaries", {}).items()
    yield from ((f"{name}_s", value) for name, value in answer.get("boundaries_s", {}).items())


def _in_text(name: str) -> str:
    """What seconds are called where they are a text."""
    return re.sub(r"_s(?=$|\.)", "", name)


def _is_of(end: str, name: str) -> bool:
    """Whether an end of a rule is that of a name, or one of the two of a boundary."""
    return name in {end, end.split(".")[0]}


def _listed(scope: str, entry: Mapping[str, Any]) -> dict[str, Fact]:
    """An effect or a caution: that it is listed, and key by key what it says."""
    rules = frozenset({entry["id"]})
    found = {scope: Fact("listed", scope, rules)}
    for key, value in entry.items():
        if key in {"evidence", "frequencies"}:
            found |= _said(value, f"{scope}: {key}", scope, rules)
        else:
            found[f"{scope}: {key}"] = Fact(value, scope, rules, within=(scope,))
    return found


def _said(
    entries: Iterable[Mapping[str, Any]], what: str = "evidence", scope: str = "", rules: frozenset[str] = _NONE
) -> dict[str, Fact]:
    """What each source says at each of its places, and, apart from that, its verdict."""
    gathered: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        gathered.setdefault((entry["source"], entry.get("rule", ""), entry["locator"]), []).append(entry)
    found: dict[str, Fact] = {}
    for (source, rule, locator), same in gathered.items():
        name = f"{what} of {source}{' on ' if rule else ''}{rule}, {locator}"
        content = sorted(({k: v for k, v in e.items() if k not in {"status", "applies"}} for e in same), key=str)
        by = frozenset({rule}) if rule else rules
        found[name] = Fact(content, scope, by, frozenset({source}), (scope, f"rule {rule}"))
        if verdicts := [str(entry["status"]) for entry in same if entry.get("status")]:
            found[f"{name}: verdict"] = Fact(sorted(verdicts), scope, within=(scope, f"rule {rule}", name))
    return found
