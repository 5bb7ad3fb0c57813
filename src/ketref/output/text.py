"""How does an answer read?

The text is made of the JSON form alone: first the answer in a sentence, then what changes when, then who says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ketref.model.units import SECONDS, duration_of
from ketref.model.vocabulary import ANY, SINGLE
from ketref.output.page import Page

if TYPE_CHECKING:
    from ketref.output import forms


STATUS_WORDS = {
    "expected": "positive expected",
    "possible": "positive possible",
    "not_expected": "positive not expected",
    "not_yet": "not yet positive",
    "unknown": "unknown: no rule answers this",
}
EFFECT_WORDS = {
    "expected": "in its window",
    "possible": "possibly in its window",
    "not_expected": "past its window",
    "not_yet": "not yet in its window",
    "unknown": "timing not stated by any source",
}
CAUTION_WORDS = {
    "in_force": "now in force",
    "possible": "that time is over, and lifts nothing alone",
    "lifted": "lifted",
}
STATISTIC_WORDS = {
    "at least": "at least so long, the end was not seen",
    "all negative": "all negative by then",
    "mean": "a mean",
    "median": "a median",
    "last sample": "last sample, still positive",
    "first negative": "first negative, positives may follow",
    "recovery": "how much was recovered",
    "share": "how many were positive",
}
"""What figures of a window are that are no plain one."""
SEGMENT_WORDS = {
    "later": "is later than all of the segment",
    "perhaps": "lies in the segment perhaps",
    "in": "lies in the segment",
    "older": "is older than all of the segment",
}
"""Where a dose lies."""
INSTRUCTING = frozenset({"observation", "discharge", "driving", "monitoring"})


# ---------------------------------------------------------------- detect


def detect_text(form: forms.DetectForm) -> str:
    """The answer to `ketref detect`."""
    page = Page()
    if form["status"] is None:
        page.say(f"the window of {_tested(form)}")
    else:
        page.say(f"{STATUS_WORDS[form['status']]}{_why_possible(form)}: {_tested(form)}")
    warn(page, form["warnings"])
    if "source" in form["question"]:
        page.say(f"by the source `{form['question']['source']}` alone", 2)
    if "source" in form["question"] and form["status"] == "unknown":
        page.say("it states no time for these conditions", 2)
    elif form["covered"]:
        page.say(f"no rule covers this; rules cover {_covered(form['covered'])}", 2)
    else:
        page.say(f"opens:  {_opening(*form['detectable_from'])}", 2, 8)
        page.say(f"closes: {_closing(*form['detectable_until'])}", 2, 8)
        page.say(f"next:   {_next(form)}", 2, 8)
        confidence = f"; confidence {form['confidence']}" if form["confidence"] else ""
        page.say(f"rules:  {_rules(form['rules']) or 'none that governs'}{confidence}", 2, 8)
    if "segment" in form:
        _segment(page, form["segment"], form["question"])
    if "flips" in form:
        _flips(page, form["flips"])
    _evidence(page, "Sources disagree:" if form["sources_disagree"] else "Sources:", form["evidence"], verdicts=True)
    _class_facts(page, form)
    _conditions(page, form)
    _factors(page, form["factors"])
    foot(page, form)
    return str(page)


def _segment(page: Page, form: forms.SegmentForm, question: Mapping[str, Any]) -> None:
    """Which time a segment stands for, where the dose lies, and who says so."""
    (first, last), (usual, until) = ([f"{s // SECONDS['d']} d" for s in form[k]] for k in ("stands_for_s", "usual_s"))
    page.head(f"The segment {form['segment']}:")
    page.say(f"stands for what was taken {first} to {last} before the sample, by the spread of growth", 2, 4)
    page.say(f"at the usual rate of growth for {usual} to {until} before it", 2, 4)
    if form["dose"]:
        says = f": {form['says']}" if form["says"] else ""
        page.say(f"{_place(form, question)}{says}", 2, 4)
    by = "; ".join(f"{said['source']} {said['grade']}, {said['figure']}" for said in form["sources"])
    page.say(f"{form['rule']}: {by}", 2, 4)


def _place(form: forms.SegmentForm, question: Mapping[str, Any]) -> str:
    """Where the dose lies; of several the last."""
    dose = "the dose" if question["pattern"] == SINGLE else "the last dose"
    return f"{dose} {SEGMENT_WORDS[form['dose'] or 'perhaps']}"


def _class_facts(page: Page, form: forms.DetectForm) -> None:
    """What is said of each class, called what it is."""
    facts = form["class_facts"]
    for label in dict.fromkeys(fact["label"] for fact in facts):
        page.head(f"Of {label} as a class, not of this drug:")
        for fact in facts:
            if fact["label"] == label:
                by = ", ".join(f"{said['source']} {said['grade']}, {said['locator']}" for said in fact["sources"])
                page.say(f"{fact['figure'] and fact['figure'] + '. '}{fact['says']} [{by}]", 2, 4)


def specimens_text(form: forms.SpecimensForm) -> str:
    """The answer to `ketref detect` without a specimen."""
    page = Page()
    question = form["question"]
    since = f"{_since(form)} after the start of" if form["elapsed_s"] is not None else "after"
    dose = _dose({"pattern": SINGLE, **question})
    page.say(f"{question['substance']}{tested(question, analyte=' (measured as {})')} by specimen, {since} {dose}")
    for one in form["specimens"]:
        page.head(f"{one['matrix']}: {STATUS_WORDS[one['status']]}" if one["status"] else one["matrix"])
        page.say(f"opens:  {_opening(*one['detectable_from'])}", 2, 8)
        page.say(f"closes: {_closing(*one['detectable_until'])}", 2, 8)
        grade = f"; best source of grade {one['best_grade']}" if one["best_grade"] else ""
        disagree = "; sources disagree" if one["sources_disagree"] else ""
        page.say(f"rule:   {one['rule'] or 'none that governs'}{grade}{disagree}", 2, 8)
    if not form["specimens"]:
        page.say("no rule speaks of any specimen", 2)
    foot(page, form)
    return str(page)


def warn(page: Page, warnings: Iterable[str], indent: int = 2) -> None:
    """What in the question is not plausible."""
    for warning in warnings:
        page.say(f"warning: {warning}", indent, 2)


def tested(test: Mapping[str, object], **words: str) -> str:
    """What is said of a test, each in its `words` and in their order; an analyte that may be any is not."""
    known = {name: value for name, value in test.items() if value and (name, value) != ("analyte", ANY)}
    return "".join(said.format(known[name]) for name, said in words.items() if name in known)


def dated(at: str, unit: str | None) -> str:
    """An instant, or its day where it is known no better."""
    return at[:10] + at[16:] if unit == "day" else at


def _tested(form: forms.DetectForm) -> str:
    question = form["question"]
    measured = tested(question, analyte=" (measured as {})")
    how = tested(question, method=" by {}", cutoff=" at a cutoff of {}")
    since = f"{_since(form)} after the start of" if form["elapsed_s"] is not None else "after"
    part = f" {question['segment']}" if "segment" in question else ""
    return f"{question['substance']}{measured} in {question['matrix']}{part}{how}, {since} {_dose(question)}"


def _dose(question: Mapping[str, Any]) -> str:
    amount = question.get("dose") or question.get("dose_per_kg")
    parts = [amount, question.get("route", "").replace("-", " "), "dose"]
    infusion = f" over {question['infusion']}" if "infusion" in question else ""
    dose = " ".join(part for part in parts if part) + infusion
    pattern = question["pattern"]
    if pattern == SINGLE:
        return f"a single {dose}"
    article = "an" if dose[0] in "aeiou" else "a"
    return f"{article} {dose} in {'an unknown pattern of use' if pattern == 'unknown' else f'{pattern} use'}"


def _why_possible(form: forms.DetectForm) -> str:
    """Whether a possible window is opening or closing, and what no rule states."""
    if form["status"] != "possible" or form["elapsed_s"] is None:
        return ""
    if "segment" in form and form["segment"]["dose"] != "in":
        return f" ({_place(form['segment'], form['question'])})"
    soonest, longest = _range(form["elapsed_s"])
    opens, closes = form["detectable_from_s"][1], form["detectable_until_s"][0]
    why = []
    if closes is None:
        why.append("no rule states until when it is open for all")
    elif longest > closes:
        why.append("closing")
    if opens is None:
        why.append("no rule states by when it opens for all")
    elif soonest < opens:
        why.append("opening")
    if form["sources_disagree"]:
        why.append("disputed")
    return f" (the window: {'; '.join(why)})"


def _opening(earliest: str | None, latest: str | None) -> str:
    if earliest and latest:
        return f"not before {earliest}; open for nearly all by {latest}"
    if earliest:
        return f"not before {earliest}; by when for all, no rule states"
    return f"for nearly all by {latest}" if latest else "no rule states when"


def _closing(earliest: str | None, latest: str | None) -> str:
    if earliest and earliest.startswith("0 "):  # a rule that promises nothing, on purpose
        earliest = None
        if latest is None:
            return "how long it is open for all is not promised; by when it is closed, no rule states"
    if earliest and latest:
        return f"open for nearly all until {earliest}; closed for nearly all {_after(latest)}"
    if earliest:
        return f"open for nearly all until {earliest}; by when it is closed, no rule states"
    if latest:
        return f"closed for nearly all {_after(latest)}; until when it is open for all, no rule states"
    return "no rule states when"


def _after(end: str) -> str:
    """After an end, which may say itself from what it counts."""
    return end if " after " in end else f"after {end}"


def _next(form: forms.DetectForm) -> str:
    change = form["next_change"]
    if change and isinstance(form["elapsed_s"], list):
        return f"{STATUS_WORDS[change['status']]} in {moment(change['in_s'])}"
    if change:
        return f"{STATUS_WORDS[change['status']]} from {moment(change['at_s'])} after the start of the dose"
    return "no further change is stated" if form["status"] else "give the time since the dose for an answer"


def _flips(page: Page, flips: Sequence[forms.Flip]) -> None:
    """Which change of one input turns the status, and to what."""
    page.head("What would turn it:")
    withheld = [flip for flip in flips if flip["direction"] == "without"]
    for flip in flips:
        direction, what = flip["direction"], flip["text"]
        if direction == "without":
            what = f"{'only ' if len(withheld) == 1 else ''}{what} says so; without it"
        elif direction:
            what += f" {direction}" if direction == "alone" else f" ({direction})"
        rule = f" [{flip['rule']}]" if flip["rule"] else ""
        page.say(f"{flip['axis']}: {what} -> {STATUS_WORDS[flip['status']]}{rule}", 2, 4)
    if not flips:
        page.say("no change of one input alone, as far as rules tell", 2)


# ---------------------------------------------------------------- effects


def effects_text(form: forms.EffectsForm) -> str:
    """The answer to `ketref effects`."""
    page = Page()
    question = form["question"]
    parts = [question["substance"], question.get("route", "").replace("-", " "), question.get("dose")]
    taken = ", ".join(part for part in parts if part)
    over = f" over {question['infusion']}" if "infusion" in question else ""
    when = f", {_since(form)} after the start" if form["elapsed_s"] is not None else ""
    page.say(f"{taken}{over}{when}")
    warn(page, form["warnings"])
    _phases(page, form)
    instructing = [caution for caution in form["cautions"] if caution["kind"] in INSTRUCTING]
    _cautions(page, "What to watch:", instructing, brief=True)
    if not instructing:
        page.head("What to watch:")
        boxed = any(caution["kind"] == "boxed-warning" for caution in form["cautions"])
        warned = " (boxed warnings stand below)" if boxed else "" if form["cautions"] else ": no safety text was read"
        page.say(
            f"no caution about observation, leaving or driving is known for this route{warned}; that is no clearance", 2
        )
    _effects(page, form["effects"])
    _named_cautions(page, [caution for caution in form["cautions"] if caution["kind"] not in INSTRUCTING])
    _evidence(page, "Sources of the phases:", form["phase_evidence"], verdicts=False)
    _conditions(page, form)
    _factors(page, form["factors"])
    foot(page, form)
    return str(page)


def _phases(page: Page, form: forms.EffectsForm) -> None:
    page.head("Phase of the psychoactive effect:")
    if form["covered"]:
        page.say(f"unknown: no rule covers this; rules cover {_covered(form['covered'])}", 2)
        return
    if form["phases"]:
        page.say(_either(form["phases"]), 2)
    for name, text in form["boundaries"].items():
        page.say(f"{name.replace('_', ' ')} begins: {text}", 4)
    if change := form["next_change"]:
        ranged = isinstance(form["elapsed_s"], list)
        when = f"in {moment(change['in_s'])}" if ranged else f"from {moment(change['at_s'])} after the start"
        page.say(f"next: {_either(change['phases'])}, {when}", 2)
    page.say(f"rules: {_rules(form['phase_rules'])}; confidence {form['confidence']}", 2)


def _either(phases: Iterable[str]) -> str:
    return " or ".join(phase.replace("_", " ") for phase in phases)


def _effects(page: Page, effects: Sequence[forms.EffectForm]) -> None:
    if effects:
        page.head("Effects (the window says when, the percentage how often):")
    for status in dict.fromkeys(effect["status"] for effect in effects):
        found = [effect for effect in effects if effect["status"] == status]
        if status is not None:
            page.say(f"{EFFECT_WORDS[status]}:", 2)
        if status in {"expected", "possible", None}:
            for effect in found:
                page.say(f"{effect['name']}{frequency_text(effect)} [{effect['source']} {effect['grade']}]", 4)
        else:
            page.say(", ".join(f"{effect['name']}{percentage(effect)}" for effect in found), 4, 0)


def frequency_text(effect: forms.Shown) -> str:
    """How often, against what; or the category."""
    if effect["percent"] is None:
        return f": {effect['category']}" if effect["category"] else ""
    against = f" with {effect['comparator']}" if effect["comparator_percent"] is not None else ""
    return f":{percentage(effect)}{against}"


def percentage(effect: forms.Shown) -> str:
    """How often, and how often with the comparator."""
    if effect["percent"] is None:
        return ""
    comparator = effect["comparator_percent"]
    return f" {_number(effect['percent'])} %" + (f" against {_number(comparator)} %" if comparator is not None else "")


def _number(value: forms.Percent) -> str:
    return " to ".join(f"{v:g}" for v in value) if isinstance(value, list) else f"{value:g}"


# ---------------------------------------------------------------- cautions


def cautions_text(form: forms.CautionsForm) -> str:
    """The answer to `ketref cautions`."""
    page = Page()
    name, condition = form["question"]["substance"], form["question"].get("condition")
    if condition is None:
        page.say(f"{name}: who should not have it, and what to watch")
    elif form["found"]:
        page.say(f"{name} and {condition}: what each authority says")
    else:
        page.say(f"{name} and {condition}: unknown. No caution in this book speaks of it; that is no clearance.")
        page.say(f"conditions that cautions name: {'; '.join(form['conditions'])}", 2)
    for assumed in form["assumes"]:
        page.say(assumed, 2)
    if condition is None and not form["cautions"]:
        page.say("no safety text was read; that is no clearance", 2)
    _cautions(page, "Cautions:", form["cautions"], brief=False)
    foot(page, form)
    return str(page)


def _cautions(page: Page, title: str, cautions: Sequence[forms.CautionForm], brief: bool) -> None:
    """Each caution in full by its authority, and, unless `brief`, what each of its sources says."""
    if cautions:
        page.head(title)
    for caution in cautions:
        about = " - ".join(text for text in (caution["condition"], caution["instruction"]) if text)
        page.say(f"{caution['kind']} ({caution['authority']}, {caution['jurisdiction']}): {about}", 2, 4)
        if timing := _timing(caution):
            page.say(timing, 6, 0)
        sources = ", ".join(dict.fromkeys(f"{e['source']} {e['grade']}" for e in caution["evidence"]))
        page.say(f"[{caution['id']}{_owner(caution['owner'])}: {sources}]", 6, 0)
        for evidence in caution["evidence"]:
            if evidence["says"] and not brief:
                page.say(f"{evidence['source']}, {evidence['locator']}: {evidence['says']}", 8, 0)


def _named_cautions(page: Page, cautions: Sequence[forms.CautionForm]) -> None:
    if cautions:
        page.head("Cautions, by kind:")
    for kind in dict.fromkeys(caution["kind"] for caution in cautions):
        about = [c["condition"] or c["instruction"] for c in cautions if c["kind"] == kind]
        page.say(f"{kind}: {'; '.join(dict.fromkeys(about))}", 2, 4)
    if cautions:
        page.say("by authority and source: `ketref cautions`", 2)


def _timing(caution: forms.CautionForm) -> str:
    """Until when it is in force, and what lifts it."""
    earliest, latest = caution["until"]
    parts = []
    if earliest:
        leave = "may leave: " if caution["kind"] == "observation" else ""
        parts.append(f"{leave}not before {earliest} after {caution['counts_from']}")
    if latest:
        parts.append(f"lifted for nearly all {latest} after {caution['counts_from']}")
    if caution["until_event"]:
        parts.append(f"{'and ' if parts else ''}only after {caution['until_event']}")
    if not parts:
        return ""
    now = f" ({CAUTION_WORDS[caution['status']]})" if caution["status"] else ""
    return ", ".join(parts) + now


# ---------------------------------------------------------------- shared


def moment(seconds: int) -> str:
    """A time since the dose: days stay days, and a closed end is `just over` it."""
    if seconds > 1 and seconds % 60 == 1:
        return f"just over {moment(seconds - 1)}"
    if seconds >= 2 * SECONDS["d"] and seconds % SECONDS["d"] == 0:
        return f"{seconds // SECONDS['d']} d"
    if seconds >= SECONDS["h"] and seconds % 60 == 0:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return str(duration_of(seconds))


def _range(elapsed: forms.Seconds) -> tuple[int, int]:
    if isinstance(elapsed, list):
        return elapsed[0], elapsed[1]
    return elapsed or 0, elapsed or 0


def _since(form: forms.DetectForm | forms.EffectsForm | forms.SpecimensForm) -> str:
    if "since" in form["question"]:
        return str(form["question"]["since"])
    soonest, longest = _range(form["elapsed_s"])
    if soonest == longest:
        return moment(longest)
    until = f"just under {moment(longest + 1)}" if longest % 60 == 59 else moment(longest)
    return f"{moment(max(soonest, 0))} to {until}"


def _rules(rules: Sequence[forms.GoverningRule]) -> str:
    return ", ".join(f"{rule['id']}{_owner(rule['owner'])}" for rule in rules)


def _owner(owner: str) -> str:
    return "" if owner == "ketref" else f" of {owner}"


def _covered(covered: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{axis}: {', '.join(values)}" for axis, values in covered.items())


def _evidence(page: Page, title: str, evidence: Sequence[forms.EvidenceForm], verdicts: bool) -> None:
    """Each source with its grade and verdict, and under it what it says where."""
    said: dict[str, dict[str, None]] = {}
    for form in evidence:
        verdict = "speaks of other conditions" if not form["applies"] else (form["status"] or "").replace("_", " ")
        source = f"{form['source']} (grade {form['grade']})" + (f" -> {verdict}" if verdicts and verdict else "")
        conditions = ", ".join(f"{axis} {value}" for axis, value in form["conditions"].items())
        figure = f"{form['figure']}. " if form["figure"] and form["says"] else form["figure"]
        entry = f"{form['locator']}: {figure}{form['says']}" + (f" [{conditions}]" if conditions else "")
        said.setdefault(source, {})[entry + _nature(form) + _shares(form["share"])] = None
    if said:
        page.head(title)
    for source, entries in said.items():
        page.say(source, 2)
        for entry in entries:
            page.say(entry, 6, 0)


def _nature(form: forms.EvidenceForm) -> str:
    """What the figures are where they are no plain window, and whether an end may rest on them."""
    kinds = [STATISTIC_WORDS[form["statistic"]]] if form["statistic"] in STATISTIC_WORDS else []
    if form["clock"] not in {None, "last use"}:
        kinds.append(f"counted from {form['clock']}")
    return f" ({', '.join(kinds)}{'' if form['bounds'] else ': sets no end'})" if kinds else ""


def _shares(shares: Sequence[forms.ShareForm]) -> str:
    """How many were positive when, one sentence each."""
    return "".join(f" {_share(share)}." for share in shares)


def _share(share: forms.ShareForm) -> str:
    whom = f"{share['n']} {share['of']}" if share["n"] is not None else f"the {share['of']}"
    begin, end = share["from"], share["until"]
    if begin == end:
        when = f" at {begin}" if begin else ""
    else:
        when = (f" from {begin}" if begin else "") + (f" {'to' if begin else 'until'} {end}" if end else " on")
    return f"{share['percent']:g} % of {whom} were positive{when}"


def _conditions(page: Page, form: forms.DetectForm | forms.EffectsForm) -> None:
    if not (form["assumes"] or form["ignores"] or form["narrower"]):
        return
    page.head("Conditions:")
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2)
    if form["ignores"]:
        page.say(f"ignores {', '.join(form['ignores'])}: no rule that governs here uses it", 2)
    for narrower in form["narrower"]:
        page.say(f"would change with {narrower['axis']}: {', '.join(narrower['values'])}", 2)


def _factors(page: Page, factors: Sequence[forms.FactorForm]) -> None:
    """In full what the asker gave, and in brief what else may be given."""
    if factors:
        page.head("Factors (directions only; no time above is adjusted):")
    others: dict[str, dict[str, None]] = {}
    for form in factors:
        if form["given"] is not None:
            sources = ", ".join(f"{source['source']} {source['grade']}" for source in form["sources"])
            by = f" [{sources}; on {form['affects']}]" if sources else ""
            page.say(f"{form['factor']} {form['given']}: {form['direction']}. {form['says']}{by}", 2)
        elif form["askable"]:
            others.setdefault(form["factor"], {})[form["direction"]] = None
    if others:
        brief = (f"{name} ({' / '.join(directions)})" for name, directions in others.items())
        page.say("not given: " + "; ".join(brief), 2)


def foot(page: Page, form: forms.Identity) -> None:
    """With which knowledge an answer was made, and what it is not."""
    page.head(f"Edition {form['edition']}, digest {form['digest'][:19]}, ketref {form['version']}.")
    page.say(form["notice"], 0, 0)
