"""How does an answer read?

The text is made of the JSON form alone: first the answer in a sentence, then what changes when, then who says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ketref.model.kinds import PHASE
from ketref.model.units import SECONDS, duration_of
from ketref.model.vocabulary import ANY, SINGLE
from ketref.output.page import Page
from ketref.output.window_text import why_possible, window

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
    "possible": "that time is over; this alone does not end the caution",
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
        page.say(f"the window of {tested_words(form)}")
    else:
        page.say(f"{STATUS_WORDS[form['status']]}{why_words(form)}: {tested_words(form)}")
    warn(page, form["warnings"])
    if "source" in form["question"]:
        page.say(f"by the source `{form['question']['source']}` alone", 2)
    if "source" in form["question"] and form["status"] == "unknown":
        page.say("it states no time for these conditions", 2)
    elif form["covered"]:
        unanswered_section(page, form)
    else:
        window(page, form)
        page.say(f"next:   {_next(form)}", 2, 8)
        confidence = f"; confidence {form['confidence']}" if form["confidence"] else ""
        page.say(f"rules:  {rule_names(form['rules']) or 'none applies'}{confidence}", 2, 8)
        reopening(page, form)
    if "calculated" in form:
        page.head("Calculated, not measured:")
        page.say(calculated(form["calculated"]), 2, 4)
    if "segment" in form:
        segment_section(page, form["segment"], form["question"])
    if "flips" in form:
        changes_section(page, form["flips"])
    sources_section(
        page, "Sources disagree:" if form["sources_disagree"] else "Sources:", form["evidence"], verdicts=True
    )
    class_facts_section(page, form)
    reactivities_section(page, form["reactivities"])
    conditions_section(page, form)
    factors_section(page, form["factors"])
    foot(page, form)
    return str(page)


def reopening(page: Page, form: forms.DetectForm) -> None:
    """That one negative does not end a window, and who saw that."""
    if form["reopens"]:
        by = ", ".join(f"{one['source']} (grade {one['grade']})" for one in form["reopens"])
        page.say(
            f"a negative does not end it: without another dose, positives were seen again after one, by {by}", 2, 4
        )


def why_words(form: forms.DetectForm) -> str:
    """Why a positive is no more than possible."""
    if form["status"] != "possible":
        return ""
    if "segment" in form and form["segment"]["dose"] != "in":
        return f" ({_place(form['segment'], form['question'])})"
    return why_possible(form, *elapsed_range(form["elapsed_s"]))


def calculated(form: forms.CalculatedForm) -> str:
    """What models say, beside a status."""
    if not form["models"]:
        return "nothing, and the warnings say why"
    by = f"by {', '.join(form['models'])}"
    if form["share_above"] is None:
        return f"how persons differ is not known {by}"
    low, high = (round(100 * share) for share in form["share_above"])
    share = f"{low} %" if low == high else f"{low} to {high} %"
    return f"{STATUS_WORDS[form['status']]}: {share} of persons at or above the cutoff, {by}"


def segment_section(page: Page, form: forms.SegmentForm, question: Mapping[str, Any]) -> None:
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


def segment_line(form: forms.SegmentForm, question: Mapping[str, Any]) -> str:
    """Which time a segment stands for, and where the dose lies."""
    first, last = (f"{seconds // SECONDS['d']} d" for seconds in form["stands_for_s"])
    dose = f"; {_place(form, question)}" if form["dose"] else ""
    return f"the segment {form['segment']} stands for {first} to {last} before the sample{dose}"


def _place(form: forms.SegmentForm, question: Mapping[str, Any]) -> str:
    """Where the dose lies; of several the last."""
    dose = "the dose" if question["pattern"] == SINGLE else "the last dose"
    return f"{dose} {SEGMENT_WORDS[form['dose'] or 'perhaps']}"


def class_facts_section(page: Page, form: forms.DetectForm) -> None:
    """What is said of each class, called what it is."""
    facts = form["class_facts"]
    for label in dict.fromkeys(fact["label"] for fact in facts):
        page.head(f"Of {label} as a class, not of this drug:")
        for fact in facts:
            if fact["label"] == label:
                page.say(f"{fact['figure'] and fact['figure'] + '. '}{fact['says']} {_by(fact['sources'])}", 2, 4)


def reactivities_section(page: Page, entries: Sequence[forms.ReactivityForm]) -> None:
    """How assays answer to the drug."""
    if entries:
        page.head("How assays answer to it:")
    for one in entries:
        at = f" from {one['at']}" if one["at"] else ""
        about = f"{one['assay']} for {one['tests']}, {one['cause']}: {one['result']}{at}"
        page.say(f"{about}. {one['says']} {_by(one['sources'])}", 2, 4)


def _by(sources: Sequence[Mapping[str, str]]) -> str:
    said = ", ".join(f"{one['source']} {one['grade']}, {one['locator']}" for one in sources)
    return f"[{said}]"


def specimens_head(form: forms.SpecimensForm) -> str:
    """What was asked of every specimen."""
    question = form["question"]
    since = f"{since_words(form)} after the start of" if form["elapsed_s"] is not None else "after"
    dose = dose_words({"pattern": SINGLE, **question})
    return f"{question['substance']}{tested(question, analyte=' (measured as {})')} by specimen, {since} {dose}"


def specimens_text(form: forms.SpecimensForm) -> str:
    """The answer to `ketref detect` without a specimen."""
    page = Page()
    question = form["question"]
    page.say(specimens_head(form))
    for one in form["specimens"]:
        status = f": {STATUS_WORDS[one['status']]}" if one["status"] else ""
        page.head(f"{one['matrix']}{found_as_words(one, question['substance'])}{status}")
        window(page, one)
        grade = f"; best source of grade {one['best_grade']}" if one["best_grade"] else ""
        disagree = "; sources disagree" if one["sources_disagree"] else ""
        page.say(f"rule:   {one['rule'] or 'none applies'}{grade}{disagree}", 2, 8)
    if not form["specimens"]:
        page.say("no rule covers any specimen", 2)
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


def tested_words(form: forms.DetectForm) -> str:
    """The test of a question, and what was taken how long ago."""
    question = form["question"]
    measured = tested(question, analyte=" (measured as {})")
    how = tested(question, method=" by {}", cutoff=" at a cutoff of {}")
    since = f"{since_words(form)} after the start of" if form["elapsed_s"] is not None else "after"
    part = f" {question['segment']}" if "segment" in question else ""
    found = found_as_words(form, question["substance"])
    return (
        f"{question['substance']}{measured} in {question['matrix']}{part}{found}{how}, {since} {dose_words(question)}"
    )


def found_as_words(form: forms.DetectForm | forms.SpecimenForm, substance: str) -> str:
    """As what it is found, where that was not asked and is not the drug alone."""
    found = form["found_as"]
    if found in ([], [substance]):
        return ""
    *others, last = found
    return f" (as {', '.join(others)} or {last})" if others else f" (as {last})"


def readable(amount: str | None) -> str | None:
    """An amount as people write it: many grams are no milligrams."""
    number, _, unit = (amount or "").partition(" ")
    return f"{float(number) / 1000:g} g" if unit == "mg" and float(number) >= _MANY_MG else amount


_MANY_MG = 10_000


def dose_words(question: Mapping[str, Any]) -> str:
    """What was taken."""
    amount = readable(question.get("dose") or question.get("dose_per_kg"))
    parts = [amount, question.get("route", "").replace("-", " "), "dose"]
    infusion = f" over {question['infusion']}" if "infusion" in question else ""
    dose = " ".join(part for part in parts if part) + infusion
    pattern = question["pattern"]
    if pattern == SINGLE:
        return f"a single {dose}"
    article = "an" if dose[0] in "aeiou" else "a"
    return f"{article} {dose} in {'an unknown pattern of use' if pattern == 'unknown' else f'{pattern} use'}"


def _next(form: forms.DetectForm) -> str:
    change = form["next_change"]
    if change and isinstance(form["elapsed_s"], list):
        return f"{STATUS_WORDS[change['status']]} in {moment(change['in_s'])}"
    if change:
        return f"{STATUS_WORDS[change['status']]} from {moment(change['at_s'])} after the start of the dose"
    return "no further change is stated" if form["status"] else "give the time since the dose for an answer"


def changes_section(page: Page, flips: Sequence[forms.Flip]) -> None:
    """Which change of one input turns the status, and to what."""
    page.head("What would change it:")
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


def effects_head(form: forms.EffectsForm) -> str:
    """What was taken, and how long ago."""
    question = form["question"]
    parts = [question["substance"], question.get("route", "").replace("-", " "), readable(question.get("dose"))]
    taken = ", ".join(part for part in parts if part)
    over = f" over {question['infusion']}" if "infusion" in question else ""
    when = f", {since_words(form)} after the start" if form["elapsed_s"] is not None else ""
    return f"{taken}{over}{when}"


def effects_text(form: forms.EffectsForm) -> str:
    """The answer to `ketref effects`."""
    page = Page()
    question = form["question"]
    page.say(effects_head(form))
    warn(page, form["warnings"])
    _phases(page, form)
    instructing = [caution for caution in form["cautions"] if caution["kind"] in INSTRUCTING]
    many = {kind for kind in INSTRUCTING if sum(caution["kind"] == kind for caution in instructing) > _MOST_IN_FULL}
    _cautions(page, "What to watch:", [one for one in instructing if one["kind"] not in many], brief=True)
    for kind in sorted(many):
        _counted(page, question["substance"], [one for one in instructing if one["kind"] == kind])
    if not instructing:
        page.head("What to watch:")
        boxed = any(caution["kind"] == "boxed-warning" for caution in form["cautions"])
        warned = " (boxed warnings stand below)" if boxed else "" if form["cautions"] else ": no safety text was read"
        page.say(
            f"no caution about observation, leaving or driving is known for this route{warned}; this does not"
            " mean that it is safe",
            2,
        )
    _effects(page, form["effects"])
    _named_cautions(page, [caution for caution in form["cautions"] if caution["kind"] not in INSTRUCTING])
    sources_section(page, "Sources of the phases:", form["phase_evidence"], verdicts=False)
    conditions_section(page, form)
    factors_section(page, form["factors"])
    foot(page, form)
    return str(page)


_MOST_IN_FULL = 6
"""How many cautions of one kind are told in full before the effects: of more, where they hold."""


def _counted(page: Page, substance: str, cautions: Sequence[forms.CautionForm]) -> None:
    """Many cautions of one kind in brief."""
    kind = cautions[0]["kind"]
    places = ", ".join(dict.fromkeys(caution["jurisdiction"] for caution in cautions))
    page.head(f"{len(cautions)} cautions about {kind}, each by `ketref cautions {substance}`:")
    page.say(places, 2)


def _phases(page: Page, form: forms.EffectsForm) -> None:
    page.head("Phase of the psychoactive effect:")
    if form["covered"]:
        page.say(f"unknown: {uncovered(form['covered'], 'the phases of this drug')}", 2)
        return
    if form["phases"]:
        page.say(phase_words(form["phases"]), 2)
    for name, text in form["boundaries"].items():
        page.say(f"{name.replace('_', ' ')} begins: {text}", 4)
    if change := form["next_change"]:
        ranged = isinstance(form["elapsed_s"], list)
        when = f"in {moment(change['in_s'])}" if ranged else f"from {moment(change['at_s'])} after the start"
        page.say(f"next: {phase_words(change['phases'])}, {when}", 2)
    page.say(f"rules: {rule_names(form['phase_rules'])}; confidence {form['confidence']}", 2)


def phase_words(phases: Sequence[str]) -> str:
    """The phases of which one holds: their names, or that no source tells them apart."""
    names = [phase.replace("_", " ") for phase in phases]
    if not is_timed(phases):
        return f"anywhere from {names[0]} to {names[-1]} (the sources do not time it)"
    return " or ".join(names)


def is_timed(phases: Sequence[str]) -> bool:
    """Whether any phase that a dose brings is excluded."""
    return len(phases) < len(PHASE.boundaries)


def indifferent_words(form: forms.DetectForm | forms.EffectsForm) -> list[str]:
    """What the question says and the answer would be without; of a window each with what its rules hold for."""
    named: Mapping[str, Sequence[str]] | None = form.get("indifferent_to")  # type: ignore[assignment]
    if not named:
        return form["ignores"]
    return [f"{flag} (these rules hold for {' or '.join(values) or 'any'})" for flag, values in named.items()]


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
    control = effect["comparator_percent"]
    beside = f" ({_number(control)} % with {effect['comparator']})" if control is not None else ""
    return f": {_number(effect['percent'])} %{beside}"


def percentage(effect: forms.Shown) -> str:
    """How often, and how often in the control group."""
    if effect["percent"] is None:
        return ""
    control = effect["comparator_percent"]
    return f" {_number(effect['percent'])} %" + (f" (control {_number(control)} %)" if control is not None else "")


def _number(value: forms.Percent) -> str:
    return " to ".join(f"{v:g}" for v in value) if isinstance(value, list) else f"{value:g}"


# ---------------------------------------------------------------- cautions


def cautions_text(form: forms.CautionsForm, *, brief: bool = False) -> str:
    """The answer to `ketref cautions`."""
    page = Page()
    name, condition = form["question"]["substance"], form["question"].get("condition")
    if condition is None:
        page.say(f"{name}: who should not have it, and what to watch")
    elif form["found"]:
        page.say(f"{name} and {condition}: what each authority says")
    else:
        page.say(
            f"{name} and {condition}: unknown. No caution in this rule set mentions it; this does not mean that it is"
            " safe."
        )
        page.say(f"conditions that cautions name: {'; '.join(form['conditions'])}", 2)
    for assumed in form["assumes"]:
        page.say(assumed, 2)
    if condition is None and not form["cautions"]:
        page.say("no safety text was read; this does not mean that it is safe", 2)
    _cautions(page, "Cautions:", form["cautions"], brief=brief)
    foot(page, form)
    return str(page)


def _cautions(page: Page, title: str, cautions: Sequence[forms.CautionForm], brief: bool) -> None:
    """Each caution in full by its authority, and, unless `brief`, what each of its sources says."""
    if cautions:
        page.head(title)
    for caution in cautions:
        about = " - ".join(text for text in (caution["condition"], caution["instruction"]) if text)
        page.say(f"{caution['kind']} ({caution['authority']}, {caution['jurisdiction']}): {about}", 2, 4)
        if timing := caution_timing(caution):
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


def caution_timing(caution: forms.CautionForm) -> str:
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


def elapsed_range(elapsed: forms.Seconds) -> tuple[int, int]:
    """The shortest and the longest time since the dose."""
    if isinstance(elapsed, list):
        return elapsed[0], elapsed[1]
    return elapsed or 0, elapsed or 0


def elapsed_of(form: Mapping[str, Any]) -> int | None:
    """The longest time since the dose of an answer; None of one without a time."""
    elapsed = form.get("elapsed_s")
    return None if elapsed is None else elapsed_range(elapsed)[1]


def since_words(form: forms.DetectForm | forms.EffectsForm | forms.SpecimensForm) -> str:
    """How long ago the dose was, as it was asked."""
    if "since" in form["question"]:
        return str(form["question"]["since"])
    soonest, longest = elapsed_range(form["elapsed_s"])
    if soonest == longest:
        return moment(longest if longest < SECONDS["h"] else longest // 60 * 60)
    until = f"just under {moment(longest + 1)}" if longest % 60 == 59 else moment(longest)
    return f"{moment(max(soonest, 0))} to {until}"


def rule_names(rules: Sequence[forms.GoverningRule]) -> str:
    """Rules by their ids, and whose they are where they are not ours."""
    return ", ".join(f"{rule['id']}{_owner(rule['owner'])}" for rule in rules)


def _owner(owner: str) -> str:
    return "" if owner == "ketref" else f" of {owner}"


def uncovered(covered: Mapping[str, Sequence[str]], about: str) -> str:
    """What rules cover, where none covers the question."""
    known = "; ".join(f"{axis}: {', '.join(values)}" for axis, values in covered.items() if values)
    return f"no rule covers this; rules cover {known}" if known else f"the rule set has no rule at all on {about}"


def unanswered_section(page: Page, form: forms.DetectForm) -> None:
    """Where no rule answers: with what changed one would, and of what models calculate a concentration."""
    if form["answerable"]:
        _answerable(page, form)
    else:
        page.say(uncovered(form["covered"], "when a test for this drug is positive"), 2)
    if of := form["calculable"]:
        asked = f"{form['question']['substance']} --matrix {of['matrix']} --analyte {of['analyte']} --dose AMOUNT"
        what = f"how long {of['analyte']} is in {of['matrix']} depends on the dose; after one that is said, models"
        page.say(f"{what} calculate its concentration: ketref concentration {asked}", 2, 4)


def _answerable(page: Page, form: forms.DetectForm) -> None:
    """What would have to be said for a rule to answer, a line for each axis or two."""
    many = "one thing" if len(form["answerable"][0]["changes"]) == 1 else "two things"
    page.say(f"no rule covers all of this; rules answer with {many} changed:", 2)
    ways: dict[tuple[str, ...], list[str]] = {}
    for one in form["answerable"]:
        *others, (axis, value) = one["changes"].items()
        also = (f"{_instead(form, *other)} {_named(*other).rstrip()}," for other in others)
        ways.setdefault((*also, _instead(form, axis, value)), []).append(f"{_named(axis, value)}[{one['rule']}]")
    for way, values in ways.items():
        page.say(f"{' '.join(way)} {', '.join(values)}", 4)


def _instead(form: forms.DetectForm, axis: str, value: str | None) -> str:
    """What is to be done on an axis, before its value."""
    said = form["question"].get(axis)
    if value is None:
        return f"without the {axis}"
    return f"give the {axis}:" if said in {None, ANY} else f"another {axis} than {said}:"


def _named(axis: str, value: str | None) -> str:
    """What is to be said on an axis, with a space after it."""
    return "" if value is None else "the test as a whole " if (axis, value) == ("analyte", ANY) else f"{value} "


def sources_section(page: Page, title: str, evidence: Sequence[forms.EvidenceForm], verdicts: bool) -> None:
    """Each source with its grade and verdict, and under it what it says where."""
    said: dict[str, dict[str, None]] = {}
    for form in evidence:
        verdict = (form["status"] or "").replace("_", " ")
        if not form["applies"]:
            verdict = "sets the end; its conditions differ" if form["sets"] else "different conditions"
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
    return "".join(f" {share_words(share)}." for share in shares)


def share_words(share: forms.ShareForm) -> str:
    """How many were positive when."""
    whom = f"{share['n']} {share['of']}" if share["n"] is not None else f"the {share['of']}"
    begin, end = share["from"], share["until"]
    if begin == end:
        when = f" at {begin}" if begin else ""
    else:
        when = (f" from {begin}" if begin else "") + (f" {'to' if begin else 'until'} {end}" if end else " on")
    return f"{share['percent']:g} % of {whom} were positive{when}"


def conditions_section(page: Page, form: forms.DetectForm | forms.EffectsForm) -> None:
    """What is assumed, what is ignored, and what would change the answer."""
    if not (form["assumes"] or form["ignores"] or form["narrower"]):
        return
    page.head("Conditions:")
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2)
    if same := indifferent_words(form):
        page.say(f"the same without: {', '.join(same)}", 2)
    for narrower in form["narrower"] if not form.get("answerable") else ():
        page.say(f"would change with {narrower['axis']}: {', '.join(narrower['values'])}", 2)


def factors_section(page: Page, factors: Sequence[forms.FactorForm]) -> None:
    """In full what the asker gave, and in brief what else may be given."""
    if any(form["given"] is not None or form["askable"] for form in factors):
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
