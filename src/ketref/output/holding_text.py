"""How does what a whole book holds read: its substances, its analytes, its panels?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ketref.output.page import Page

if TYPE_CHECKING:
    from ketref.output import holding_forms as forms


def substances_text(form: forms.SubstancesForm) -> str:
    """A line for each substance."""
    page = Page()
    page.say(
        f"{len(form['substances'])} substances: rules on windows in each specimen, best and worst grade behind them"
    )
    for one in form["substances"]:
        exposure = " (exposure)" if one["kind"] == "exposure" else ""
        page.say(f"{one['substance']}{exposure}: {coverage(one)}", 2, 4)
    page.head("`ketref show SUBSTANCE`, `show analyte` and `show panel` show more.")
    return str(page)


def coverage(one: forms.SubstanceLine) -> str:
    """How many rules on windows a substance has in each specimen, and the grades behind them."""
    rules = ", ".join(f"{matrix} {count}" for matrix, count in one["windows"].items())
    grades = "" if one["best_grade"] is None else f"; {_grades(one['best_grade'], one['worst_grade'])}"
    return f"{rules or 'no windows'}{grades}"


def also_an_analyte(page: Page, also: forms.AnalyteLine | None) -> None:
    """That a word means an analyte too, and where that is shown."""
    if also:
        page.head("Also an analyte:")
        page.say(f"it comes from {', '.join(also['comes_of'])} (ketref show analyte {also['analyte']})", 2, 4)


def _grades(best: str, worst: str | None) -> str:
    return f"grade {best}" if best == worst else f"grades {best} to {worst}"


def analytes_text(form: forms.AnalytesForm) -> str:
    """A line for each analyte."""
    page = Page()
    page.say(f"{len(form['analytes'])} analytes, and what each comes from; of a class, after what it finds something")
    for one in form["analytes"]:
        kind = " (class)" if one["class"] else ""
        page.say(f"{one['analyte']}{kind}: {', '.join(one['comes_of']) or 'no substance of the rule set'}", 2, 4)
    return str(page)


def analyte_text(form: forms.AnalyteForm) -> str:
    """What an analyte comes of, its kin, its panels, and what its assays answer to."""
    page = Page()
    page.say(f"analyte {form['analyte']}: {form['label']}")
    kin: Mapping[str, list[str]] = {
        "synonyms": form["synonyms"],
        "part of": [form["parent"]] if form["parent"] else [],
        "parts": form["parts"],
        "reported as": [form["reported_as"]] if form["reported_as"] else [],
        "a class, made positive by": form["members"],
        "member of": form["member_of"],
    }
    for title, words in kin.items():
        if words:
            page.say(f"{title}: {', '.join(words)}", 2, 4)
    for limit in form["endogenous"]:
        says = f": {limit['says']}" if "says" in limit else ""
        page.say(
            f"in people who took nothing: up to {limit['limit']} in {limit['matrix']}{says} ({limit['source']})", 2, 4
        )
    title = "Finds:" if form["members"] else "Comes from:"  # a class is found, and no substance turns into it
    page.head(title if form["comes_of"] else f"{title} no substance of the rule set")
    for given in form["comes_of"]:
        page.say(_given(form["analyte"], given), 2, 6)
    if form["panels"]:
        page.head("Panels:")
        for test in form["panels"]:
            page.say(f"{test['panel']} ({test['matrix']}): {_test(test)}", 2, 6)
    for title, entries in (
        ("Tests for it, and what else makes them positive, and what they miss:", form["assays"]),
        ("What it does to tests for something else:", form["answered_by"]),
    ):
        if entries:
            page.head(title)
            for entry in entries:
                page.say(_reactivity(entry), 2, 6)
    return str(page)


def _given(analyte: str, given: forms.GivenForm) -> str:
    as_other = f" as {given['as']}" if given["as"] != analyte else ""
    where = [*given["matrix"], *given["route"]]
    role = f", {given['role']}" if given["role"] else ""
    only = f" [{', '.join(where)}]" if where else ""
    source = f" ({given['source']})" if given["source"] else ""
    says = f": {given['says']}" if given["says"] else ""
    return f"{given['substance']}{as_other}{role}{only}{says}{source}"


def _reactivity(entry: Mapping[str, Any]) -> str:
    at = f" from {entry['at']}" if entry.get("at") else ""
    sources = ", ".join(said["source"] for said in entry["evidence"])
    about = f"{entry['assay']} for {entry['tests']}, {entry['cause']}: {entry['result']}{at}"
    return f"{about}. {entry.get('says', '')} ({entry['id']}, {sources})"


def panels_text(form: forms.PanelsForm) -> str:
    """A line for each panel."""
    page = Page()
    page.say(f"{len(form['panels'])} panels, and what each tests for")
    for one in form["panels"]:
        page.say(f"{one['panel']} ({one['matrix']}): {', '.join(one['analytes'])}", 2, 4)
    page.head("`ketref show panel ID` shows the cutoffs of one.")
    return str(page)


def panel_text(form: forms.PanelForm) -> str:
    """A panel with its tests."""
    page = Page()
    where = f", {form['jurisdiction']}" if form["jurisdiction"] else ""
    page.say(f"panel {form['panel']}: {form['name']}")
    page.say(f"{form['authority']}{where}; specimen {form['matrix']}", 2)
    if form["synonyms"]:
        page.say(f"also called {', '.join(form['synonyms'])}", 2)
    changed = any(test["until"] for test in form["tests"])
    for past in (False, True):
        for stage in dict.fromkeys(test["stage"] for test in form["tests"] if bool(test["until"]) == past):
            page.head(f"{stage}{', in the past' if past else ', now' if changed else ''}:")
            for test in form["tests"]:
                if test["stage"] == stage and bool(test["until"]) == past:
                    says = f": {test['says']}" if test["says"] else ""
                    who = ", ".join(test["sources"])
                    page.say(f"{test['analyte']}: {_test(test, stage=False)}{says} ({who})", 2, 6)
    return str(page)


_DAYS: Mapping[Literal["from", "until"], str] = {"from": "from {} on", "until": "before {}"}


def _test(test: forms.PanelTestForm, stage: bool = True) -> str:
    days = [text.format(test[key]) for key, text in _DAYS.items() if test[key]]
    by = f" by {test['method']}" if test["method"] else ""
    return ", ".join([f"{test['stage'] + ' ' if stage else ''}at {test['cutoff']}{by}", *days])


TEXTS: Mapping[str, Callable[[Any], str]] = {
    "ketref.substances/1": substances_text,
    "ketref.analytes/1": analytes_text,
    "ketref.analyte/1": analyte_text,
    "ketref.panels/1": panels_text,
    "ketref.panel/1": panel_text,
}
"""The text of each form."""
