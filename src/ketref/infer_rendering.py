"""How does the answer from test results read?

The text is made of the JSON form alone: the conclusions first, then the times, each result, and what would decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketref.page import Page
from ketref.rendering import foot, tested

if TYPE_CHECKING:
    from ketref import infer_forms as forms

_VERDICT_WORDS = {
    "explained": "explained",
    "possible": "possible",
    "not_explained": "NOT explained",
    "unknown": "unknown",
    "says_nothing": "says nothing",
}


def infer_text(form: forms.InferForm) -> str:
    """The answer to `ketref infer`."""
    page = Page()
    results = form["results"]
    page.say(f"{len(results)} {'result' if len(results) == 1 else 'results'} of one person")
    for sentence in form["conclusions"]:
        page.say(sentence, 2, 2)
    _intervals(page, form["intervals"])
    _false_positives(page, form["no_dose"]["false_positives"])
    page.head("Results:")
    for result in results:
        _result(page, result)
    if form["deciders"]:
        page.head("What would decide:")
    for decider in form["deciders"]:
        page.say(decider["says"], 2, 4)
    if form["rules"]:
        page.head("Rules and their sources:")
    for rule in form["rules"]:
        page.say(f"{rule['id']} (confidence {rule['confidence']}): {_sources(rule['sources'])}", 2, 4)
    page.head(f"Assumes: {'; '.join(form['assumes'])}.")
    foot(page, form)
    return str(page)


def _intervals(page: Page, intervals: Sequence[forms.IntervalForm]) -> None:
    if intervals:
        page.head("When one dose agrees with all results:")
    for form in intervals:
        page.say(f"{form['from'] or '...'} to {form['until'] or '...'} ({' or '.join(form['substances'])})", 2)
        for end, says in (("from", form["from_says"]), ("until", form["until_says"])):
            page.say(f"{end}: {says}" if says else "", 6, 4)


def _false_positives(page: Page, facts: Sequence[forms.FalsePositiveForm]) -> None:
    if facts:
        page.head("What the book holds on false positives:")
    for fact in facts:
        if fact["topic"] == "false-positive":
            page.say(f"{fact['id']}: {fact['says']} [{_sources(fact['sources'])}]", 2, 4)
    others = [fact["id"] for fact in facts if fact["topic"] != "false-positive"]
    if others:
        page.say(f"on what screens answer to: {', '.join(others)} (`ketref show ID`)", 2, 4)


def _result(page: Page, result: forms.ResultForm) -> None:
    test = tested(result, matrix="{}", analyte=" for {}", method=" by {}", cutoff=" at {}", panel=" (panel {})")
    value = f", {result['value']}" if result["value"] else ""
    verdict = f": {_VERDICT_WORDS[result['verdict']]}" if result["verdict"] else ""
    name = f"{result['number']}" + (f" ({result['id']})" if result["id"] else "")
    page.say(f"{name}. {result['time']} {test}: {result['outcome']}{value}{verdict}", 2, 4)
    page.say(result["says"] or ("" if result["excludes"] else "It excludes no time of a dose."), 6, 0)


def _sources(sources: Sequence[forms.SaidSourceForm]) -> str:
    return ", ".join(f"{source['source']} ({source['grade']})" for source in sources)
