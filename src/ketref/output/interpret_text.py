"""How does the reading of a whole report read: on one screen, in full, or as a table?"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from ketref.model.vocabulary import ANY
from ketref.output.page import Page
from ketref.output.person_text import VERDICT_WORDS, sources_text
from ketref.output.text import calculated, dated, foot, warn

if TYPE_CHECKING:
    from ketref.output import interpret_forms as forms

MOST_CAUSES, MOST_SETS, MOST_STATEMENTS, MOST_DECIDERS = 4, 3, 6, 3
"""How many of each one screen tells."""
_VERDICTS = {**VERDICT_WORDS, "not_explained": "not explained by what is prescribed or declared"}
_OTHERWISE = ", not from the doses that are said"
_WAYS = {"impurity": "as an impurity"}
COLUMNS = ("number", "id", "matrix", "analyte", "outcome", "verdict", "explained_by", "statements")


def interpret_brief(form: forms.InterpretForm) -> str:
    """The answer to `ketref interpret` on one screen."""
    return _text(form, full=False)


def interpret_text(form: forms.InterpretForm) -> str:
    """The answer to `ketref interpret`, everything."""
    return _text(form, full=True)


def _text(form: forms.InterpretForm, *, full: bool) -> str:
    page = Page()
    results = form["results"]
    positive = [one for one in results if one["outcome"] == "positive"]
    count = f"{len(results)} {'result' if len(results) == 1 else 'results'}"
    page.say(f"{count} of one person, {len(positive)} of them positive")
    _first(page, form)
    warn(page, form["warnings"])
    _validity(page, form["validity"], full)
    _prescribed(page, form, full)
    others = [one for one in positive if full or not _accounted(one)]
    if others:
        page.head("Found:" if full else _heading(form))
    for one in others:
        _found(page, one, full)
    _calculated(page, results)
    _sets(page, form, full)
    _statements(page, form["statements"], full)
    _deciders(page, form["deciders"], full)
    if full:
        _in_full(page, form)
    notes = [*form["notes"], *(f"Assumes: {one}" for one in form["assumes"] if full)]
    if notes:
        page.head("Notes:")
    for note in notes:
        page.say(note, 2, 4)
    if not full:
        page.head(f"Assumes: {'; '.join(form['assumes'])}.")
        page.say("All of it, with every rule and source: --full")
    foot(page, form)
    return str(page)


def _calculated(page: Page, results: Sequence[forms.InterpretedForm]) -> None:
    """What models say of each result after the declared doses, where that is asked and any speaks."""
    found = [one for one in results if "calculated" in one and one["calculated"]["models"]]
    if found:
        page.head("Calculated after the declared doses, not measured, and in no verdict:")
    for one in found:
        page.say(f"{_name(one)} ({one['number']}): {calculated(one['calculated'])}", 2, 4)


def _first(page: Page, form: forms.InterpretForm) -> None:
    """What fits, what was found besides, and what is missing, in three lines; and what was not understood."""
    if form["not_understood"]:
        page.say(f"Not understood of what is prescribed: {'; '.join(form['not_understood'])}", 0, 2)
    told = form["prescribed"]
    fits = [one["substance"] for one in told if one["found"] and one["verdict"] != "not_explained"]
    if told:
        page.say(f"Fits what is prescribed or declared: {', '.join(fits) or 'nothing'}", 0, 2)
    others = [
        f"{_name(one)} ({one['number']}{_screen(one)}{_OTHERWISE if _given(one) else ''})"
        for one in form["results"]
        if one["outcome"] == "positive" and not _accounted(one)
    ]
    page.say(f"{_heading(form)} {', '.join(others) or 'nothing'}", 0, 2)
    missing = [
        f"{one['substance']}{' (tested; the negative excludes nothing)' if one['verdict'] == 'says_nothing' else ''}"
        for one in told
        if one["found"] is False
    ]
    if told:
        page.say(f"Prescribed or declared, and not found: {', '.join(missing) or 'nothing'}", 0, 2)


def _heading(form: forms.InterpretForm) -> str:
    """What was found and is none of what is prescribed, as far as that was understood."""
    if form["not_understood"]:
        return "Found, and not among what was understood of the prescriptions:"
    return "Found, and not prescribed or declared:" if form["prescribed"] else "Found:"


def _name(result: forms.InterpretedForm) -> str:
    return result["test"] or result["analyte"] if result["analyte"] == ANY else result["analyte"]


def _screen(result: forms.InterpretedForm) -> str:
    """That a positive is of a screen, and whether that is borne out, where it needs to be."""
    if result["confirmed"] is False:
        return ", a screen that is not borne out"
    return ", a screen" if result["confirmed"] is None and result["confirmation"] else ""


def _accounted(result: forms.InterpretedForm) -> bool:
    """Whether what is declared or prescribed can give a positive, and its time may fit."""
    return _given(result) and result["declared"] != "not_explained"


def _given(result: forms.InterpretedForm) -> bool:
    """Whether what is declared or prescribed can give as much at some time, other than as an impurity."""
    ways = [one["way"] for one in result["explained_by"] if one["declared"] and not one["exceeded"]]
    return any(way not in {"impurity", "cross-reactivity"} for way in ways)


def _way(cause: forms.ExplanationForm) -> str:
    """In which way a substance gives what was found, and whether that is more than it gives alone."""
    way = " with ".join([_WAYS.get(cause["way"], cause["way"]), *cause["needs"]])
    return f"{way}; more than it alone gives: {cause['exceeded']}" if cause["exceeded"] else way


def _validity(page: Page, validity: Sequence[forms.ValidityForm], full: bool) -> None:
    for one in validity:
        if full or one["verdict"] != "acceptable":
            page.say(f"specimen: {one['verdict']} ({one['by']}; {one['id']}). {one['negatives'] or one['says']}", 2)


def _prescribed(page: Page, form: forms.InterpretForm, full: bool) -> None:
    titles = {
        True: "Prescribed or declared, and found:",
        False: "Prescribed or declared, and not found:",
        None: "Prescribed or declared, and not tested for here:",
    }
    for found, title in titles.items():
        of_them = [one for one in form["prescribed"] if one["found"] is found]
        if of_them:
            page.head(title)
        for one in of_them:
            tested = ", ".join(
                f"{each['analyte']} {'found' if each['outcome'] == 'positive' else 'not found'} ({each['result']}"
                f"{', as an impurity' if each['impurity'] else ''}"
                f"{', more than it alone gives: ' + each['exceeded'] if each['exceeded'] else ''})"
                for each in one["analytes"]
            )
            results = {part["result"] for part in one["analytes"]}
            statements = [each for each in form["statements"] if one["substance"] in each["against"]]
            against = [each["id"] for each in statements if results.intersection(each["results"])]
            word = f": {one['conclusion']}" if found is not None else ""
            word += f"; but see {', '.join(against)}" if against else ""
            page.say(f"{one['substance']}{word}{f'; {tested}' if tested else ''}", 2, 4)
            if full or found is None or one["verdict"] != "says_nothing":
                page.say(one["says"], 6, 0)
            if found is False:
                page.say(" ".join(one["otherwise"]), 6, 0)


def _found(page: Page, one: forms.InterpretedForm, full: bool) -> None:
    """A positive, and what it fits."""
    value = f" {one['value']}" if one["value"] else ""
    screen = "" if one["confirmed"] else " (screen)" if one["method"] else ""
    causes = sorted(one["explained_by"], key=lambda cause: cause["exceeded"] is not None)
    known = [cause["substance"] for cause in causes if cause["declared"] and not cause["status"]]
    answered = not one["confirmed"] and known
    unsure = "not borne out" if one["confirmed"] is False else "presumptive"
    verdict = f"{unsure}; {known[0]} is known to cause such a screen" if answered else _VERDICTS[one["verdict"]]
    page.say(f"{one['number']}. {one['matrix']} {_name(one)}{value}{screen}: {verdict}", 2, 4)
    shown = causes
    if not full:
        listed = list(dict.fromkeys(f"{cause['substance']} ({_way(cause)})" for cause in causes))
        named = ", ".join(listed[:MOST_CAUSES])
        more = f", and {len(listed) - MOST_CAUSES} more" if len(listed) > MOST_CAUSES else ""
        page.say(f"is consistent with {named}{more}" if named else one["says"][-1], 6, 0)
        page.say(one["confirmation"] or "", 6, 0)
        return
    for text in one["says"]:
        page.say(text, 6, 0)
    for cause in shown:
        rule = f" [{cause['rule']}]" if cause["rule"] else ""
        status = f", {cause['status'].replace('_', ' ')}" if cause["status"] else ""
        said = ", declared" if cause["declared"] else ""
        way = " with ".join([cause["way"], *cause["needs"]])
        page.say(f"{cause['substance']}: {way}{status}{said}{rule} {cause['says']}".rstrip(), 6, 4)
        for against in cause["against"]:
            page.say(f"against: {against['says']}", 10, 2)
    for excluded in one["excluded"]:
        numbers = ", ".join(map(str, excluded["results"]))
        why = f"no time of a dose fits results {numbers}"
        page.say(f"not {excluded['substance']} ({excluded['way']}): {why}", 6, 4)


def _sets(page: Page, form: forms.InterpretForm, full: bool) -> None:
    if form["sets"]:
        page.head("Together consistent with every confirmed positive, and contradicting no negative:")
    shown = form["sets"] if full else form["sets"][:MOST_SETS]
    unfitting = {one["number"] for one in form["results"] if one["declared"] == "not_explained"}
    exceeded = {
        (one["number"], cause["substance"])
        for one in form["results"]
        for cause in one["explained_by"]
        if cause["exceeded"]
    }
    for one in shown:
        word = "not understood as prescribed" if form["not_understood"] else "not declared"
        said = f"{word}: {', '.join(one['undeclared'])}" if one["undeclared"] else "all declared"
        impure = [str(way["result"]) for way in one["ways"] if way["way"] == "impurity"]
        said += f"; {', '.join(impure)} as an impurity" if impure else ""
        much = [str(way["result"]) for way in one["ways"] if (way["result"], way["substance"]) in exceeded]
        said += f"; of {', '.join(much)} more than it alone gives" if much else ""
        odd = [str(way["result"]) for way in one["ways"] if way["result"] in unfitting]
        said += f"; not as declared: {', '.join(odd)}" if odd and not one["undeclared"] else ""
        page.say(f"{' + '.join(one['substances'])} ({said})", 2, 4)
    if len(shown) < len(form["sets"]):
        page.say(f"and {len(form['sets']) - len(shown)} more", 2)
    if form["unexplained"]:
        page.head("No set of substances is:")
    for unexplained in form["unexplained"]:
        page.say(unexplained["says"], 2, 4)


def _statements(page: Page, statements: Sequence[forms.StatementForm], full: bool) -> None:
    if statements:
        page.head("What these results say together:")
    for one in statements if full else statements[:MOST_STATEMENTS]:
        whom = f" Holds for: {one['holds_for']}." if one["holds_for"] else ""
        other = f" Otherwise: {', '.join(one['contradicts'])}." if one["contradicts"] else ""
        page.say(f"{one['says']}{whom}{other} [{one['id']}: {sources_text(one['sources'])}]", 2, 4)
    if not full and len(statements) > MOST_STATEMENTS:
        page.say(f"and {len(statements) - MOST_STATEMENTS} more", 2)


def _deciders(page: Page, deciders: Sequence[forms.FurtherForm], full: bool) -> None:
    if deciders:
        page.head("What would decide:")
    shown = deciders if full else deciders[:MOST_DECIDERS]
    for one in shown:
        until = f" (until {dated(one['end'], one['end_unit'])})" if one["end"] and one["kind"] == "analyte" else ""
        page.say(f"{one['says']}{until}", 2, 4)
    if len(shown) < len(deciders):
        page.say(f"and {len(deciders) - len(shown)} more", 2)


def _in_full(page: Page, form: forms.InterpretForm) -> None:
    """What one screen has no room for: the other results, and the rules with their sources."""
    rest = [one for one in form["results"] if one["outcome"] != "positive"]
    if rest:
        page.head("Other results:")
    for one in rest:
        outcome = "no finding" if one["outcome"] == "says_nothing" else one["outcome"]
        page.say(f"{one['number']}. {one['matrix']} {_name(one)}: {outcome}: {_VERDICTS[one['verdict']]}", 2, 4)
        for text in one["says"]:
            page.say(text, 6, 0)
    if form["rules"]:
        page.head("Rules and their sources:")
    for rule in form["rules"]:
        page.say(f"{rule['id']} (confidence {rule['confidence']}): {sources_text(rule['sources'])}", 2, 4)


def interpret_csv(form: forms.InterpretForm) -> str:
    """A row for each result."""
    speaking = {
        one["number"]: ";".join(each["id"] for each in form["statements"] if one["number"] in each["results"])
        for one in form["results"]
    }
    rows = (
        (
            str(one["number"]),
            one["id"] or "",
            one["matrix"],
            _name(one),
            one["outcome"],
            one["verdict"],
            ";".join(dict.fromkeys(cause["substance"] for cause in one["explained_by"])),
            speaking[one["number"]],
        )
        for one in form["results"]
    )
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows((COLUMNS, *rows))
    return written.getvalue().removesuffix("\n")
