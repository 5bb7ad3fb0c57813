"""Was a declared or prescribed substance found, and where it was not, what else may explain that?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ketref.person.infer import InferAnswer
from ketref.person.phrases import numbered
from ketref.person.results import Result
from ketref.person.validity import Validated

if TYPE_CHECKING:
    from ketref.output import interpret_forms as forms
    from ketref.output.person_forms import Verdict

Say = Callable[..., str]
_OF_FOUND = ("explained", "possible", "unknown", "not_explained")
_OF_MISSED = ("not_explained", "possible", "unknown", "explained")
"""The verdicts on results of one substance, the one that tells for all of them first."""


def prescribed_form(
    reading: InferAnswer, name: str, text: str | None, valid: Sequence[Validated], say: Say
) -> forms.PrescribedForm:
    """Whether a declared or prescribed substance was found; `text` is its prescription, as written."""
    found: forms.PrescribedForm = {
        "substance": name,
        "prescribed": text,
        "found": None,
        "verdict": "says_nothing",
        "analytes": [],
        "says": say("not_tested" if name in reading.book.folders else "no_rule", substance=name),
        "otherwise": [],
    }
    analytes = [_analyte(reading, name, result) for result in reading.found if name in result.covers]
    if not analytes:
        return found
    positive = [one for one in analytes if one["outcome"] == "positive"]
    missed = [one for one in analytes if one["outcome"] == "negative" and one["verdict"] == "not_explained"]
    if positive:
        verdict = min((one["verdict"] for one in positive), key=_OF_FOUND.index)
        return {**found, "found": True, "verdict": verdict, "analytes": analytes, "says": ""}
    verdict = min((one["verdict"] for one in analytes), key=_OF_MISSED.index)
    told = missed or analytes
    values = {
        "substance": name,
        "analytes": ", ".join(dict.fromkeys(one["analyte"] for one in told)),
        "results": numbered([one["result"] for one in told]),
    }
    says = say("not_found", rule=missed[0]["rule"] or "", **values) if missed else say("not_found_open", **values)
    otherwise = list(_otherwise(reading, name, text is not None, valid, say))
    return {
        **found,
        "found": False,
        "verdict": verdict,
        "analytes": analytes,
        "says": says,
        "otherwise": otherwise,
    }


def _analyte(reading: InferAnswer, name: str, result: Result) -> forms.PrescribedAnalyteForm:
    """What one result says of one substance, asked of its own doses alone."""
    own = [one for one in reading.bearings[name] if one.result is result]
    declared: Any = reading.declared
    verdict = declared.verdict(own)
    return {
        "analyte": result.test or result.analyte if result.analyte == "any" else result.analyte,
        "result": result.number,
        "outcome": "positive" if result.positive else "negative",
        "status": verdict.known.status,
        "verdict": cast("Verdict", verdict.declared),
        "rule": verdict.known.placed.row.atoms[0].ranked.rule.id
        if verdict.known.placed and verdict.known.placed.row.atoms
        else None,
    }


def _otherwise(
    reading: InferAnswer, name: str, prescribed: bool, valid: Sequence[Validated], say: Say
) -> Iterator[str]:
    """What else explains that a substance was not found, from what is known of doses, specimen and assays."""
    book = reading.book
    own = [one for one in reading.found if name in one.covers and not one.positive]
    yield say("else_regimen" if prescribed else "else_when")
    if prescribed:
        yield say("else_when")
    for one in valid:
        if one.spoils:
            yield say("else_specimen", rule=one.rule.id, verdict=one.rule.verdict, by=one.rule.by)
    after = {name, *book.analytes_after(name)}
    methods = {method for one in own if one.method for method in book.vocabularies["method"].line(one.method)}
    for one in book.listed_in("reactivities", "reactivity"):
        misses = one.result in {"misses", "does not react"} and after & {*one.of, one.cause}
        if misses and any(one.tests == result.analyte for result in own) and one.method in methods:
            yield say("else_missed", assay=one.assay, cause=one.cause, rule=one.id)
    for result in own:
        if result.cutoff is not None:
            yield say("else_cutoff", analyte=result.analyte, cutoff=str(result.cutoff))
