"""Would a kept answer be given again today, and if not, what changed, and which rule or source caused it?

The question that an answer echoes is asked again, of another book or by another ketref.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ketref import units
from ketref.contrasting import differences
from ketref.errors import UsageError
from ketref.loading import Book
from ketref.page import Page
from ketref.questions import cautions, detect, effects
from ketref.rendering import moment

if TYPE_CHECKING:
    from ketref import forms

_DOSE = ("since", "taken", "at", "route", "weight", "infusion", "pattern")
_ECHOED: Mapping[str, Sequence[str]] = {
    "detect": ("matrix", "analyte", "method", "cutoff", "source", *_DOSE),
    "effects": _DOSE,
    "cautions": ("condition", "route"),
}
_NEEDED: Mapping[str, Sequence[str]] = {"detect": ("matrix",), "effects": (), "cautions": ()}
_ASIDE = frozenset({"dose", "dose_per_kg", "factors", "pattern"})
_HINT = "keep answers as they are printed"


def verify(kept: Mapping[str, Any], book: Book) -> forms.VerifyForm:
    """A kept answer beside today's: the JSON form `ketref.verify/1`; `kept` is as `recognised` gives it.

    Raises UsageError where its question is none, RulesError where rules contradict each other.
    """
    asked = str(kept["schema"]).removeprefix("ketref.").removesuffix("/1")
    refused, found = None, list["forms.Difference"]()
    try:
        found = list(differences(kept, _ask(asked, kept["question"], book)))
    except UsageError as error:
        if not error.candidates:  # not a word that the book may have lost, but no question at all
            raise UsageError(f"no question of ketref: {error}", value=error.value, hint=error.hint) from None
        refused = str(error)
    named = {name for difference in found for name in (*difference["rules"], *difference["sources"])}
    return {
        "schema": "ketref.verify/1",
        "same": not (found or refused),
        "asked": cast("Any", asked),
        "question": kept["question"],
        "refused": refused,
        "differences": found,
        "gone": sorted(named - _known(book)),
        "kept": {"edition": kept["edition"], "digest": kept["digest"], "version": kept["version"]},
        "today": _today(book),
    }


def _today(book: Book) -> forms.KeptForm:
    from ketref.version import __version__

    return {"edition": book.edition, "digest": book.digest, "version": __version__}


def _known(book: Book) -> set[str]:
    """The id of every rule, factor and source."""
    return {entry for known in (book, book.base) if known for entry, _, _, _ in known.entries()}


# ---------------------------------------------------------------- asking again


def _ask(asked: str, question: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """The answer that a question gets today."""
    echoed = {"substance", *_ECHOED[asked]}
    given = {key: question[key] for key in echoed & question.keys()}
    factors = question.get("factors", {})
    if odd := question.keys() - {*echoed, *_ASIDE}:
        raise UsageError(f"`{min(odd)}` is no part of a question", hint=_HINT)
    if absent := {"substance", *_NEEDED[asked]} - given.keys():
        raise UsageError(f"its `{min(absent)}` is missing", hint=_HINT)
    if not isinstance(factors, dict) or not all(
        isinstance(value, str) for value in (*given.values(), *factors.values())
    ):
        raise UsageError("its values are no texts", hint=_HINT)
    if "weight" in given:
        factors = {name: value for name, value in factors.items() if name != "weight"}  # it is echoed in both places
    if odd := factors.keys() & {*_ECHOED["detect"], *_ASIDE, "substance", "rules"}:
        raise UsageError(f"`{min(odd)}` is no factor", value=min(odd), hint=_HINT)
    if asked != "cautions" and (dose := _dose(question)) is not None:
        given["dose"] = dose
    ask: Any = {"detect": detect, "effects": effects, "cautions": cautions}[asked]
    answer: dict[str, Any] = json.loads(json.dumps(ask(**given, **factors, rules=book).to_dict()))
    return answer


def _dose(question: Mapping[str, Any]) -> Any:
    """The dose that was given; the other is what the weight made of it."""
    mass, per_kg, weight = (question.get(key) for key in ("dose", "dose_per_kg", "weight"))
    if mass is None or per_kg is None or weight is None:
        return per_kg if mass is None else mass
    body = units.quantity(str(weight), units.WEIGHT)
    made = units.per_kilogram(units.quantity(str(mass), units.DOSE), body) if body.value else None
    return mass if str(made) == per_kg else per_kg


# ---------------------------------------------------------------- text


def verify_text(form: forms.VerifyForm) -> str:
    """Whether it is the same answer, and if not, what changed and why."""
    page = Page()
    factors = form["question"].get("factors", {})
    said = {key: value for key, value in form["question"].items() if key not in {"substance", "factors"}} | factors
    asked = ", ".join([f"{form['asked']} {form['question']['substance']}", *(f"{k} {v}" for k, v in said.items())])
    page.say(f"{'the same answer' if form['same'] else 'no longer the same answer'}: {asked}")
    page.say(f"kept: {_identity(form['kept'])}", 2, 6)
    if form["kept"] != form["today"]:
        page.say(f"now:  {_identity(form['today'])}", 2, 6)
    elif not form["same"]:
        page.say("by the same rules and the same ketref: the kept answer was edited, or this is a bug", 2)
    if form["refused"]:
        page.say(f"today's rules do not understand it: {form['refused']}", 2)
    if form["differences"]:
        page.head("What changed:")
    for difference in form["differences"]:
        what = difference["what"]
        old, new = _unlike(difference["old"], difference["new"])
        page.say(f"{what}: {_shown(what, old)} -> {_shown(what, new)}", 2, 4)
        causes = [
            f"{kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"
            for kind, names in (("rule", difference["rules"]), ("source", difference["sources"]))
            if names
        ]
        if causes:
            page.say(f"by {'; '.join(causes)}", 6, 0)
    if form["gone"]:
        page.say(f"no longer in the rules: {', '.join(form['gone'])}", 2)
    if (form["gone"] or form["refused"]) and form["kept"]["edition"] != form["today"]["edition"]:
        page.say("if it was kept with other rules than these, name their folder: --rules DIR", 2)
    return str(page)


def _identity(kept: forms.KeptForm) -> str:
    return f"edition {kept['edition']}, digest {kept['digest'][:19]}, ketref {kept['version']}"


def _unlike(old: Any, new: Any) -> tuple[Any, Any]:
    """Of two records what they have differently, of other values all."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new) == 1:
        return _unlike(old[0], new[0])
    if not (isinstance(old, dict) and isinstance(new, dict)) or "at_s" in old:
        return old, new
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {key: old[key] for key in keys if key in old}, {key: new[key] for key in keys if key in new}


def _shown(what: str, value: Any) -> str:
    """A value of an answer in a few words."""
    if value in (None, "", [], {}):
        return "none"
    if isinstance(value, int) and what.endswith("_s"):
        return moment(value)
    if isinstance(value, list):
        return "; ".join(_shown(what, item) for item in value)
    if isinstance(value, Mapping) and "at_s" in value:
        return f"{value.get('status') or ' or '.join(value['phases'])} from {moment(value['at_s'])}"
    if isinstance(value, Mapping):
        said = {key: inner for key, inner in value.items() if inner not in (None, "", [], {})}
        return ", ".join(f"{key} {_shown(key, inner)}" for key, inner in said.items())
    return value if isinstance(value, str) else json.dumps(value)
