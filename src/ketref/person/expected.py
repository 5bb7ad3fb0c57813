"""Was a declared or prescribed substance found, and where it was not, what else may explain that?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ketref.person.explanations import names_drug, way_of
from ketref.person.infer import InferAnswer
from ketref.person.phrases import numbered
from ketref.person.prescribed import Prescription
from ketref.person.results import Result
from ketref.person.validity import Validated

if TYPE_CHECKING:
    from ketref.output import interpret_forms as forms
    from ketref.output.person_forms import Verdict

Say = Callable[..., str]
_OF_FOUND = ("explained", "possible", "unknown", "not_explained")
_OF_MISSED = ("not_explained", "possible", "unknown", "explained")
"""The verdicts on results of one substance, the one that tells for all of them first."""
_FOUND: Mapping[str, str] = {"unknown": "found_unknown", "not_explained": "found_not_fitting"}
_MISSED: Mapping[str, str] = {
    "not_explained": "missed_expected",
    "unknown": "missed_unknown",
    "explained": "missed_fitting",
    "says_nothing": "missed_spoilt",
}
"""How a verdict reads, by the templates; what fits, and what is open, in the other words."""


def prescribed_form(
    reading: InferAnswer,
    name: str,
    prescribed: Sequence[Prescription],
    valid: Sequence[Validated],
    covered: Mapping[int, Collection[str]],
    exceeded: Callable[[str, Result], str | None],
    say: Say,
) -> forms.PrescribedForm:
    """Whether a declared or prescribed substance was found, by its prescriptions.

    `covered` tells which substances each result speaks of, by its number, were its specimen a sound one; `exceeded` by
    which statement a result is more than a substance alone gives.
    """
    said = "prescribed" if prescribed else "declared"
    understood = all(one.understood for one in prescribed)
    known = name in reading.book.folders
    found: forms.PrescribedForm = {
        "substance": name,
        "prescribed": "; ".join(dict.fromkeys(one.text for one in prescribed)) or None,
        "understood": understood,
        "found": None,
        "verdict": "says_nothing",
        "conclusion": say("untested" if understood else "not_understood", said=said),
        "analytes": [],
        "says": say("not_tested" if known else "no_rule", substance=name),
        "otherwise": [],
    }
    told = [
        result
        for result in reading.found
        if name in covered.get(result.number, ()) or names_drug(reading.book, result, name)
    ]
    analytes = [_analyte(reading, name, result, exceeded(name, result)) for result in told]
    if not analytes:
        return found
    own = [one for one in analytes if not (one["impurity"] or one["exceeded"])]
    positive = [one for one in own if one["outcome"] == "positive"]
    if positive:
        found_verdict = min((one["verdict"] for one in positive), key=_OF_FOUND.index)
        conclusion = say(_FOUND.get(found_verdict, "found_fits"), said=said)
        return {
            **found,
            "found": True,
            "verdict": found_verdict,
            "conclusion": conclusion,
            "analytes": analytes,
            "says": "",
        }
    if not own:
        return {**found, "analytes": analytes, "says": say("only_impurity", substance=name, **_values(analytes))}
    sound = [one["verdict"] for one in own if one["verdict"] != "says_nothing"]
    verdict: Verdict = min(sound, key=_OF_MISSED.index, default="says_nothing")
    missed = [one for one in own if one["verdict"] == verdict] if verdict == "not_explained" else []
    values = {"substance": name, **_values(missed or own)}
    spoilt = next((one.rule.verdict for one in valid if one.spoils), "")
    template = {"unknown": "not_found_unknown", "says_nothing": "not_found_spoilt"}.get(verdict, "not_found_open")
    says = (
        say("not_found", rule=missed[0]["rule"] or "", **values) if missed else say(template, verdict=spoilt, **values)
    )
    return {
        **found,
        "found": False,
        "verdict": verdict,
        "conclusion": say(_MISSED.get(verdict, "missed_open"), said=said, verdict=spoilt),
        "analytes": analytes,
        "says": says,
        "otherwise": list(_otherwise(reading, name, prescribed, valid, covered, say)),
    }


def _values(analytes: Sequence[forms.PrescribedAnalyteForm]) -> dict[str, str]:
    return {
        "analytes": ", ".join(dict.fromkeys(one["analyte"] for one in analytes)),
        "results": numbered([one["result"] for one in analytes]),
    }


def _analyte(reading: InferAnswer, name: str, result: Result, exceeded: str | None) -> forms.PrescribedAnalyteForm:
    """What one result says of one substance, asked of its own doses alone; of a spoilt specimen nothing."""
    own = [one for one in reading.bearings.get(name, ()) if one.result is result]
    found: forms.PrescribedAnalyteForm = {
        "analyte": result.about,
        "result": result.number,
        "outcome": "positive" if result.positive else "negative",
        "status": "unknown",
        "verdict": "says_nothing",
        "rule": None,
        "impurity": result.positive
        and name in reading.book.folders
        and way_of(reading.book, name, result.analyte, result.matrix) == "impurity",
        "exceeded": exceeded,
    }
    if not own:
        by_name = result.silent != "specimen" and names_drug(reading.book, result, name)
        return {**found, "verdict": "unknown"} if by_name else found
    declared: Any = reading.declared
    verdict = declared.verdict(own)
    placed = verdict.known.placed
    return {
        **found,
        "status": verdict.known.status,
        "verdict": cast("Verdict", verdict.declared),
        "rule": placed.row.atoms[0].ranked.rule.id if placed and placed.row.atoms else None,
    }


def _otherwise(
    reading: InferAnswer,
    name: str,
    prescribed: Sequence[Prescription],
    valid: Sequence[Validated],
    covered: Mapping[int, Collection[str]],
    say: Say,
) -> Iterator[str]:
    """What else explains that a substance was not found, from what is known of doses, specimen and assays."""
    book = reading.book
    of_it = (one for one in reading.found if name in covered.get(one.number, ()) or names_drug(book, one, name))
    own = [one for one in of_it if not one.positive]
    if prescribed and not any(one.last for one in prescribed):
        yield say("else_regimen")
    yield say("else_when")
    for one in valid:
        if one.spoils:
            yield say("else_specimen", rule=one.rule.id, verdict=one.rule.verdict, by=one.rule.by)
    after = {name, *(book.analytes_after(name) if name in book.folders else ())}
    methods = {method for one in own if one.method for method in book.vocabularies["method"].line(one.method)}
    for one in book.listed_in("reactivities", "reactivity"):
        misses = one.result in {"misses", "does not react"} and after & {*one.of, one.cause}
        if misses and any(one.tests == result.analyte for result in own) and one.method in methods:
            yield say("else_missed", assay=one.assay, cause=one.cause, rule=one.id)
    for result in own:
        if result.cutoff is not None:
            yield say("else_cutoff", analyte=result.analyte, cutoff=str(result.cutoff))
