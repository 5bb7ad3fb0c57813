"""How does an answer about one substance read at a glance?

A dozen lines, made of the JSON form alone: the answer, its window as a line and as a bar, why it is wide, what would
narrow it, and where the rest is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ketref.model.units import duration
from ketref.output.bar import NOW, PHASE_LETTERS, WIDTH, WINDOW_KEY, axis_of, marks, phase_bar, window_bar
from ketref.output.page import Page
from ketref.output.text import (
    CAUTION_WORDS,
    INSTRUCTING,
    STATUS_WORDS,
    calculated,
    cautions_text,
    changes_section,
    conditions_section,
    effects_head,
    elapsed_of,
    elapsed_range,
    factors_section,
    found_as_words,
    indifferent_words,
    is_timed,
    moment,
    percentage,
    phase_words,
    reopening,
    rule_names,
    segment_line,
    share_words,
    since_words,
    sources_section,
    specimens_head,
    tested_words,
    unanswered_section,
    uncovered,
    warn,
    why_words,
)
from ketref.output.window_text import excluding, window_line

if TYPE_CHECKING:
    from ketref.output import forms, person_forms

    _Caution = forms.CautionForm | person_forms.StandingCautionForm | person_forms.InteractionForm

_BOXED = "boxed-warning"
_WEAK = frozenset("DE")
_MOST = 4  # how many values, effects or causes are named before they are counted


# ---------------------------------------------------------------- detect


def detect_brief(form: forms.DetectForm, *, sources: bool = False, factors: bool = False) -> str:
    """The answer to `ketref detect` at a glance; with its `sources` and its `factors` in full where they are wanted."""
    page = Page()
    head = f"{STATUS_WORDS[form['status']]}{why_words(form)}: " if form["status"] else "the window of "
    page.say(f"{head}{tested_words(form)}")
    warn(page, form["warnings"])
    if "source" in form["question"]:
        about = ", which states no time for these conditions" if form["status"] == "unknown" else ""
        page.say(f"by the source `{form['question']['source']}` alone{about}", 2, 4)
    silent = "source" in form["question"] and form["status"] == "unknown"
    if form["covered"] and not silent:
        unanswered_section(page, form)
    elif not silent:
        _window(page, form)
        _narrower(page, form)
    if "calculated" in form:
        page.say(f"calculated, not measured: {calculated(form['calculated'])}", 2, 4)
    if "segment" in form:
        page.say(segment_line(form["segment"], form["question"]), 2, 4)
    if "flips" in form:
        changes_section(page, form["flips"])
    _kept(page, form, sources=sources, factors=factors)
    close(page, form)
    return str(page)


def _window(page: Page, form: forms.DetectForm) -> None:
    """The window in a line and as a bar, and upon which sources its closing rests."""
    confidence = f" (confidence {form['confidence']})" if form["confidence"] and _has_end(form) else ""
    untold = ", so no confidence is told" if not _has_end(form) else ""
    page.say(f"{window_line(form)}{untold}{confidence}", 2)
    opens, closes = form["detectable_from_s"], form["detectable_until_s"]
    elapsed = elapsed_of(form)
    if axis := axis_of([(opens, closes)], elapsed, min(WIDTH, page.columns - 4)):
        page.draw(marks(axis, [*opens, *closes]))
        page.draw(window_bar(axis, opens, closes, elapsed))
        now = f"  {NOW} {since_words(form)}" if elapsed is not None else ""
        page.say(f"{WINDOW_KEY}{now}", 2)
    if said := [*_grounds(form), *_spoken(form)]:
        page.say(f"closes: {'; '.join(said)}", 2, 4)
    if counted := _counted(form):
        page.say(f"of such tests then: {'; '.join(counted)}", 2, 4)
    reopening(page, form)


def _has_end(form: forms.DetectForm | forms.SpecimenForm) -> bool:
    """Whether a time is known of the window."""
    return any((*form["detectable_from_s"], *form["detectable_until_s"]))


def _grounds(form: forms.DetectForm) -> list[str]:
    """For each end of the closing who says so, the best grade first, and where that is a weak source alone."""
    said: dict[str, list[str]] = {}
    for end, name in zip(form["detectable_until"], ("earliest", "latest"), strict=True):
        place = f"detectable_until.{name}"
        setting = sorted({(e["grade"], e["source"]): e for e in form["evidence"] if place in e["sets"]}.items())
        if end is None or not setting:
            continue
        (grade, source), best = setting[0]
        more = f" and {len(setting) - 1} more" if len(setting) > 1 else ""
        weak = ", no better source" if grade in _WEAK else ""
        said.setdefault(f"{source} (grade {grade}{_differing(best)}){more}{weak}", []).append(end)
    return [f"{' to '.join(ends)} by {by}" for by, ends in said.items()]


def _differing(entry: forms.EvidenceForm) -> str:
    """The conditions of a source that speaks of others than those asked about, and that they are others."""
    named = "" if entry["applies"] else ", ".join(entry["conditions"].values())
    return f"{'; of other conditions: ' if entry['differs'] else '; '}{named}" if named else ""


def _spoken(form: forms.DetectForm) -> list[str]:
    """What sources say of just the question that does not close the window; that none does where others close it."""
    closing = [entry for entry in form["evidence"] if _CLOSED in entry["sets"]]
    if form["status"] not in {"possible", None} or any(entry["applies"] for entry in closing):
        return []
    speaking = [entry for entry in form["evidence"] if entry["applies"] and entry["bounds"] and not _opens(entry)]
    said = dict.fromkeys(f"{e['source']} {e['figure']} (grade {e['grade']})" for e in speaking if e["figure"])
    without = ["no rule says when for all"] if form["detectable_until"][1] is None else []
    if not speaking:
        others = len({entry["source"] for entry in form["evidence"]})
        none = (
            f"no source covers exactly this, {others} cover{'s' if others == 1 else ''} other conditions"
            if others
            else ""
        )
        return [*without, none] if none and (without or any(entry["differs"] for entry in closing)) else []
    if not said or not (without or excluding(form)):
        return []
    first = list(said)[:_MOST]
    more = f", {len(said) - len(first)} more" if len(said) > len(first) else ""
    return [*without, f"of just this say, without closing it: {', '.join(first)}{more}"]


_CLOSED = "detectable_until.latest"


def _opens(entry: forms.EvidenceForm) -> bool:
    """Whether all that a source says of just the question is when a test turns positive."""
    return bool(entry["speaks_of"]) and all(end.startswith("detectable_from.") for end in entry["speaks_of"])


def _counted(form: forms.DetectForm) -> list[str]:
    """How many of just such tests sources saw positive at the time asked about, counted from the last use."""
    if form["elapsed_s"] is None:
        return []
    soonest, longest = elapsed_range(form["elapsed_s"])
    said = {
        f"{share_words(share)} by {entry['source']} (grade {entry['grade']})": None
        for entry in form["evidence"]
        if entry["clock"] in {None, "last use"}
        for share in entry["share"]
        if (share["from"] is None or duration(share["from"]).seconds <= longest)
        and (share["until"] is None or soonest <= duration(share["until"]).seconds)
    }
    return list(said)


def _narrower(page: Page, form: forms.DetectForm) -> None:
    """Which details would change the answer, as flags to copy."""
    flags = []
    for one in form["narrower"]:
        named = " | ".join(one["values"][:_MOST]) + (" | ..." if len(one["values"]) > _MOST else "")
        flags.append(f"--{one['axis']} ({named})")
    if flags:
        page.say(f"would change with: {', '.join(flags)}", 2, 4)
    if form["ignores"]:
        page.say(f"the same without: {', '.join(indifferent_words(form))}", 2, 4)
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2, 4)


def grade_words(grades: Iterable[str]) -> str:
    """The grades of sources, of which there are some, in words."""
    *others, last = sorted(set(grades))
    return f"grades {', '.join(others)} and {last}" if others else f"grade {last}"


def _kept(page: Page, form: forms.DetectForm, *, sources: bool, factors: bool) -> None:
    """Where the rest is: the rules, and how many sources and factors there are, or those themselves."""
    count = len({entry["source"] for entry in form["evidence"]})
    known = len({one["factor"] for one in form["factors"]})
    parts = [f"rules {rule_names(form['rules'])}" if form["rules"] else "no rule applies"]
    if count:
        grades = grade_words(entry["grade"] for entry in form["evidence"])
        disagree = ", which disagree" if form["sources_disagree"] else ""
        parts.append(f"{count} source{'s' if count > 1 else ''}, {grades}{disagree} (--sources)")
    if known:
        parts.append(f"{known} factor{'s' if known > 1 else ''} (--factors)")
    page.say("; ".join(parts), 2, 4)
    given = [one for one in form["factors"] if one["given"] is not None]
    if sources:
        sources_section(page, "Sources:", form["evidence"], verdicts=True)
    if factors:
        factors_section(page, form["factors"])
    elif given:
        factors_section(page, given)


def close(page: Page, form: forms.Identity) -> None:
    """With which knowledge an answer was made, what it is not, and where the whole of it is."""
    edition = f"edition {form['edition']} ({form['digest'].removeprefix('sha256:')[:8]})"
    page.say(f"{form['notice'].partition(':')[0]}. All of it: --full; {edition}.", 0, 0)


def specimens_brief(form: forms.SpecimensForm) -> str:
    """The answer to `ketref detect` without a specimen: a line and a bar for each, on one axis."""
    page = Page()
    page.say(specimens_head(form))
    bars(page, form)
    page.say("one specimen in more detail: --matrix", 2)
    close(page, form)
    return str(page)


def bars(page: Page, form: forms.SpecimensForm) -> None:
    """A line and a bar for each specimen, on one axis."""
    elapsed = elapsed_of(form)
    known = [(one["detectable_from_s"], one["detectable_until_s"]) for one in form["specimens"]]
    name = max((len(one["matrix"]) for one in form["specimens"]), default=0)
    axis = axis_of(known, elapsed, max(20, min(WIDTH, page.columns - name - 4)))
    ends = [end for opens, closes in known for end in (*opens, *closes)]
    if axis:
        page.draw(" " * (name + 2) + marks(axis, ends))
    for matrices, one in _alike(form["specimens"]):
        opens, closes = one["detectable_from_s"], one["detectable_until_s"]
        bar = window_bar(axis, opens, closes, elapsed) if axis and _has_end(one) else "no time is stated"
        for matrix in matrices[:-1]:
            page.draw(f"{matrix},")
        page.draw(f"{matrices[-1]:{name}}  {bar}")
        grade = f", grade {one['best_grade']}" if one["best_grade"] else ""
        disagree = ", sources disagree" if one["sources_disagree"] else ""
        status = f"{STATUS_WORDS[one['status']]}; " if one["status"] else ""
        found = found_as_words(one, form["question"]["substance"])
        page.say(f"{status}{window_line(one)}{found} [{one['rule'] or 'no rule'}{grade}{disagree}]", name + 4, 0)
    if axis and form["specimens"]:
        now = f"  {NOW} now" if elapsed is not None else ""
        page.say(f"{WINDOW_KEY}{now}", 2)
    if not form["specimens"]:
        page.say("no rule covers any specimen", 2)


def _alike(specimens: Sequence[forms.SpecimenForm]) -> list[tuple[list[str], forms.SpecimenForm]]:
    """Specimens of which the same is said, each time with what that is."""
    found: list[tuple[list[str], forms.SpecimenForm]] = []
    for one in specimens:
        same = next((matrices for matrices, other in found if {**other, "matrix": one["matrix"]} == one), None)
        if same is None:
            found.append(([one["matrix"]], one))
        else:
            same.append(one["matrix"])
    return found


# ---------------------------------------------------------------- effects


PLACES = {
    "Leave": ("observation", "discharge"),
    "Drive": ("driving",),
    "Watch": ("monitoring",),
}
"""What is asked first after a dose, and the kinds of cautions that answer it."""


def effects_brief(form: forms.EffectsForm, *, sources: bool = False, factors: bool = False) -> str:
    """The answer to `ketref effects` at a glance: leave, drive, watch; the phase; the most frequent effects now."""
    page = Page()
    page.say(effects_head(form))
    warn(page, form["warnings"])
    for name, kinds in PLACES.items():
        found = [one for one in form["cautions"] if one["kind"] in kinds]
        if found:
            _instructions(page, name, found)
        else:
            page.say(f"{name}: {_no_instruction(form, kinds)}", 2, 4)
    _phase(page, form)
    effects_now(page, form["effects"])
    if left := sum(one["status"] == "unknown" for one in form["effects"]):
        page.say(f"and {left} effects that no source times (--full)", 2, 4)
    boxed = dict.fromkeys(c["condition"] or c["instruction"] for c in form["cautions"] if c["kind"] == _BOXED)
    if boxed:
        page.say(f"Boxed warnings: {'; '.join(boxed)}", 2, 4)
    if not form["cautions"]:
        page.say("no safety text was read; this does not mean that it is safe", 2, 4)
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2, 4)
    if form["ignores"]:
        page.say(f"ignores {', '.join(form['ignores'])}: no rule that applies here uses it", 2, 4)
    others = len({c["id"] for c in form["cautions"]} - {c["id"] for c in form["cautions"] if c["kind"] in INSTRUCTING})
    count = len({entry["source"] for entry in form["phase_evidence"]})
    parts = [f"rules of the phases: {rule_names(form['phase_rules'])}"] if form["phase_rules"] else []
    parts += [f"{count} sources (--sources)"] if count else []
    parts += [f"{others} other cautions (ketref cautions {form['question']['substance']})"] if others else []
    known = len({one["factor"] for one in form["factors"]})
    parts += [f"{known} factors (--factors)"] if known else []
    page.say("; ".join(parts), 2, 4)
    if sources:
        sources_section(page, "Sources of the phases:", form["phase_evidence"], verdicts=False)
        conditions_section(page, form)
    given = form["factors"] if factors else [one for one in form["factors"] if one["given"] is not None]
    if given:
        factors_section(page, given)
    close(page, form)
    return str(page)


def _instructions(page: Page, name: str, cautions: Sequence[forms.CautionForm]) -> None:
    """What the best sources say of leaving, driving or watching, and how many more there are.

    A limit of the law and a finding of a study stand here only where nothing tells what to do, and as what they are.
    """
    best = min(cautions, key=precedence)
    lifted = f" ({CAUTION_WORDS['lifted']})" if best["status"] == "lifted" else ""
    more = f"; {len(cautions) - 1} more: --full" if len(cautions) > 1 else ""
    page.say(f"{name}: {ONLY[best['tells']]}{limit(best) or told(best)}{lifted} {cited(best)}{more}", 2, 4)


def precedence(one: forms.CautionForm | person_forms.StandingCautionForm) -> tuple[bool, bool, bool, str, str]:
    """In which order cautions about one thing count: what tells what to do, what is still in force, the best source."""
    return one["status"] == "lifted", one["tells"] != "to_do", one["status"] == "possible", one["grade"], one["id"]


ONLY = {
    "to_do": "",
    "limit": "no instruction was read, only a legal limit: ",
    "finding": "no instruction was read, only a finding: ",
}
"""What is said before a caution that does not tell what to do."""


def _no_instruction(form: forms.EffectsForm, kinds: Sequence[str]) -> str:
    """That nothing was read of some kinds of cautions, and, of what is to be watched, what is warned of."""
    warned = [one for one in form["cautions"] if one["kind"] in _WARNING] if kinds == PLACES["Watch"] else []
    about = list(dict.fromkeys(one["condition"] or one["instruction"] for one in warned if one["kind"] != _BOXED))
    if warned and not about:
        return "no monitoring instruction was read; boxed warnings below"
    if not warned:
        return "no caution about it is known for this route; this does not mean that it is safe"
    more = f"; {len(about) - _MOST} more: ketref cautions {form['question']['substance']}" if about[_MOST:] else ""
    return f"no monitoring instruction was read; warnings: {'; '.join(about[:_MOST])}{more}"


_WARNING = frozenset({_BOXED, "warning", "precaution"})


def limit(caution: forms.CautionForm) -> str:
    """The time that has to pass and the event that has to come, of a caution that states a time."""
    earliest, latest = caution["until"]
    parts = [f"not before {earliest} after {caution['counts_from']}"] if earliest else []
    parts += [f"for nearly all from {latest} after {caution['counts_from']}"] if latest else []
    parts += [f"and only after {caution['until_event']}"] if parts and caution["until_event"] else []
    return ", ".join(parts)


def told(one: _Caution) -> str:
    """What a caution says: what to do, or else of which condition it is."""
    return one["instruction"] or one["condition"]


def cited(one: _Caution) -> str:
    """Which caution it is, of whom, with the grade of its best source."""
    return f"[{one['id']}, {one['authority']}, grade {one['grade']}]"


def _phase(page: Page, form: forms.EffectsForm) -> None:
    """The phase of the psychoactive effect, as words and as a bar on the clock since the dose."""
    if form["covered"]:
        page.say(f"Phase: unknown; {uncovered(form['covered'], 'the phases of this drug')}", 2, 4)
        return
    if form["phases"]:
        change = form["next_change"]
        turning = f"; {phase_words(change['phases'])} from {moment(change['at_s'])} after the start" if change else ""
        confidence = f" (confidence {form['confidence']})" if is_timed(form["phases"]) else ""
        page.say(f"Phase: {phase_words(form['phases'])}{turning}{confidence}", 2, 4)
    elapsed = elapsed_of(form)
    if drawn := phase_bar(form["boundaries_s"], elapsed, min(WIDTH, page.columns - 4)):
        bar, above = drawn
        page.draw(above)
        page.draw(bar)
        letters = (f"{letter} {name.replace('_', ' ')}" for name, letter in PHASE_LETTERS.items() if letter in bar)
        now = f", {NOW} now" if elapsed is not None else ""
        page.say(
            f"{', '.join(letters)}{', ' if any(map(bar.count, PHASE_LETTERS.values())) else ''}- either{now}", 4, 0
        )


def effects_now(page: Page, effects: Sequence[forms.EffectForm] | Sequence[person_forms.PresentEffectForm]) -> None:
    """The most frequent effects that are or may be in their window; of a question without a time, the most frequent."""
    for status, words in (("expected", "Effects now"), ("possible", "Possible now"), (None, "Effects")):
        found = [one for one in effects if one["status"] == status]
        if found:
            named = "; ".join(f"{one['name']}{percentage(one)}" for one in found[:_MOST])
            more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
            page.say(f"{words}: {named}{more}", 2, 4)


# ---------------------------------------------------------------- cautions


def cautions_brief(form: forms.CautionsForm) -> str:
    """The answer to `ketref cautions` at a glance: of one condition each authority; of all what each kind names."""
    if form["question"].get("condition") or not form["cautions"]:
        return cautions_text(form, brief=True)
    page = Page()
    page.say(f"{form['question']['substance']}: who should not have it, and what to watch")
    for assumed in form["assumes"]:
        page.say(assumed, 2)
    kinds: dict[str, list[str]] = {}
    for one in form["cautions"]:
        kinds.setdefault(one["kind"], []).append(one["condition"] or one["instruction"])
    for kind, about in kinds.items():
        page.say(f"{kind}: {'; '.join(dict.fromkeys(about))}", 2, 4)
    close(page, form)
    return str(page)
