"""How does what a keeper of a book asks read: what it holds, what is new, differs, is missing, still stands?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ketref.engine.regions import in_words
from ketref.output.holding_text import also_an_analyte
from ketref.output.page import Page
from ketref.output.review_forms import CHANGES, GAPS
from ketref.output.text import moment

if TYPE_CHECKING:
    from ketref.output import holding_forms, review_forms


def item_text(kind: str, data: Any, also: holding_forms.AnalyteLine | None) -> str:
    """One rule, source or substance, or a section of one; and the analyte that is `also` called so."""
    page = Page()
    if kind == "substance":
        _overview(page, data)
    elif isinstance(data, list):
        page.say(f"{kind}: {len(data)}")
        for entry in data:
            page.lines.append("")
            _record(page, entry)
    else:
        page.say(f"{kind} {data['id']}")
        _record(page, {key: value for key, value in data.items() if key != "id"})
    also_an_analyte(page, also)
    return str(page)


def schemas_text(form: Mapping[str, Any]) -> str:
    """The names of all schemas, those of answers first."""
    page = Page()
    answers = [one for one in form["data"] if one["schema"]]
    page.head("Of answers, with the `schema` that they say:")
    for one in answers:
        page.say(f"{one['name']} ({one['schema']}): {one['of']}", 2, 4)
    page.head("Of rule files:")
    page.say(", ".join(one["name"] for one in form["data"] if not one["schema"]), 2)
    page.head("One of them: ketref schema NAME")
    return str(page)


def _overview(page: Page, data: Mapping[str, Any]) -> None:
    """A substance with its rules, a line each."""
    record = data["substance"]
    page.say(f"substance {record['id']}")
    _record(page, {key: value for key, value in record.items() if key not in {"id", "identifier", "formulation"}})
    for section, entries in data.items():
        if section == "substance" or not entries:
            continue
        page.head(f"{section}: {len(entries)}")
        for entry in entries:
            page.say(f"{entry['id']}  {_brief(entry)}", 2, 10)


_TITLES = ("name", "condition", "instruction", "parameter", "says", "set_by")
_BRIEF = frozenset(
    {
        *("detectable_from", "detectable_until", "onset", "peak", "offset", "after_effects", "baseline"),
        *("appears", "resolves", "peaks", "until", "until_event", "factor", "direction", "affects"),
        *("topic", "verdict", "year", "n", "analyte", "matrix", "method", "route", "value", "unit", "kind"),
    }
)


def _brief(entry: Mapping[str, Any]) -> str:
    about = _inline(next((entry[key] for key in _TITLES if key in entry), ""))
    conditions = ", ".join(f"{axis} {_inline(value)}" for axis, value in entry.get("when", {}).items())
    ends = "; ".join(f"{key} {_inline(value)}" for key, value in entry.items() if key in _BRIEF)
    return " | ".join(part for part in (about, conditions, ends) if part)


def _record(page: Page, record: Mapping[str, Any], indent: int = 2) -> None:
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            page.say(f"{key}:", indent)
            for entry in value:
                head = next((name for name in _HEADS.get(key, ()) if name in entry), "source")
                page.say(f"- {entry.get(head, '')}", indent + 2)
                _record(page, {k: v for k, v in entry.items() if k != head}, indent + 6)
        else:
            page.say(f"{key}: {_inline(value)}", indent, 4)


_HEADS: Mapping[str, tuple[str, ...]] = {"yields": ("analyte",), "test": ("analyte",)}
"""Under what the entries of some lists are told; of the others it is their source."""


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inline(item)}" for key, item in value.items())
    return ", ".join(map(_inline, value)) if isinstance(value, list) else str(value)


def new_text(form: review_forms.NewForm) -> str:
    """What was written, and how to go on."""
    page = Page()
    page.say("written:")
    for name in form["files"]:
        page.quote(name)
    page.head("Start from the examples in them, then:")
    for command in form["next"]:
        page.quote(command)
    return str(page)


# ---------------------------------------------------------------- text


def diff_text(form: review_forms.DiffForm) -> str:
    """What differs, the answers first."""
    page = Page()
    for which in ("old", "new"):
        book = form[which]
        page.say(f"{which}: {book['name']}, edition {book['edition']}, digest {book['digest'][:19]}")
    if form["same"]:
        page.say("the same: every question has the same answer, from the same rules and sources")
    before = ""
    for change in form["answers"]:
        about = " ".join(word for word in (change["substance"], change["kind"], change["about"]) if word)
        if before != (title := f"{about}: {CHANGES[change['change']]}"):
            page.head(title)
        before = title
        for region in change["conditions"]:
            page.say(f"- {in_words(region)}", 2)
        for end in change["ends"]:
            page.say(_end_text(end), 6)
    kinds = dict.fromkeys((record["kind"], record["change"]) for record in form["records"])
    if kinds:
        page.head("Records:")
    for kind, changed in kinds:
        found = [r for r in form["records"] if (r["kind"], r["change"]) == (kind, changed)]
        page.say(f"{kind} {changed}: {'; '.join(map(_record_text, found))}", 2)
    return str(page)


def _end_text(end: review_forms.EndChange) -> str:
    name = f"{end['end'].replace('.', ', ')} end"
    old, new = end["old"] or "not stated", end["new"] or "not stated"
    old_rules, new_rules = (f" ({', '.join(rules)})" if rules else "" for rules in (end["old_rules"], end["new_rules"]))
    if (old, old_rules) == (new, new_rules):
        return f"{name}: {old}{old_rules}"
    return f"{name}: {old}{old_rules} -> {new}{new_rules}"


def _record_text(record: review_forms.RecordChange) -> str:
    return f"{record['id']} ({', '.join(record['keys'])})" if record["keys"] else record["id"]


def gaps_text(form: review_forms.GapsForm) -> str:
    """The gaps of each substance, first where there is no rule at all."""
    page = Page()
    book = form["book"]
    page.say(f"{book['name']}, edition {book['edition']}: what no rule covers")
    if not form["substances"]:
        page.say("the rule set has no substance: a folder with a substance.toml is one", 2)
    elif not form["gaps"]:
        page.say("nothing: every condition has a rule", 2)
    for substance, kind in dict.fromkeys((gap["substance"], gap["kind"]) for gap in form["gaps"]):
        page.head(f"{substance}, {kind}s")
        for gap in (g for g in form["gaps"] if (g["substance"], g["kind"]) == (substance, kind)):
            page.say(f"{GAPS[gap['gap']]}{_detail(gap)}:", 2)
            for region in gap["conditions"]:
                page.say(f"- {in_words(region)}", 4)
    return str(page)


def _detail(gap: review_forms.GapForm) -> str:
    if gap["say"]:
        return f" ({', '.join(gap['say'])})"
    named = [end.replace("_", " ").replace(".", ", ") for end in gap["missing"]]
    return f" (missing: {'; '.join(named)})" if gap["gap"] in {"one end", "no closing"} else ""


# ---------------------------------------------------------------- text


def verify_text(form: review_forms.VerifyForm) -> str:
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


def _identity(kept: review_forms.KeptForm) -> str:
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
