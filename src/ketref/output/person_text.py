"""How do the answers about one person read?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ketref.model.units import SECONDS
from ketref.output.page import Page
from ketref.output.text import (
    CAUTION_WORDS,
    EFFECT_WORDS,
    INSTRUCTING,
    STATUS_WORDS,
    calculated,
    dated,
    elapsed_range,
    foot,
    frequency_text,
    moment,
    percentage,
    phase_words,
    tested,
    warn,
)

if TYPE_CHECKING:
    from ketref.output import person_forms as forms


MOST_DOSES = 8
MOST_UNTIMED = 6
MOST_CHANGES = 12


def history_text(form: forms.HistoryForm) -> str:
    """The answer to `ketref history`."""
    page = Page()
    planned = [dose for dose in form["doses"] if dose["planned"]]
    counted = [dose for dose in form["doses"] if not dose["planned"]]
    zone = "" if form["zoned"] else " (no time zone given)"
    count = sum(dose["doses"] for dose in counted)
    page.say(f"at {form['at']}{zone}, after {count_of(count, 'dose')} of one person")
    warn(page, form["warnings"])
    for pattern in form["patterns"]:
        last = f"last shown by the dose of {pattern['last']}"
        page.say(f"pattern of use of {pattern['substance']}: {pattern['pattern']} ({pattern['why']}; {last})", 2)
    _tests(page, form["tests"])
    _doses(page, counted, planned)
    _effects(page, form["effects"])
    _cautions(page, form["cautions"])
    if form["interactions"]:
        page.head("What was taken together:")
    for one in form["interactions"]:
        says = one["instruction"] or one["condition"]
        about = f"{one['substance']} beside {one['beside']} ({one['kind']}, {one['authority']}, {one['jurisdiction']})"
        page.say(f"{about}: {says} [{one['id']}: {one['source']} {one['grade']}]", 2, 4)
    _changes(page, form)
    notes_section(page, form["notes"])
    if form["assumes"]:
        page.head(f"Assumes: {'; '.join(form['assumes'])}.")
    foot(page, form)
    return str(page)


def notes_section(page: Page, notes: Sequence[str]) -> None:
    """What was left out, not read, not known or joined."""
    if notes:
        page.head("Notes:")
    for note in notes:
        page.say(note, 2, 4)


def count_of(number: int, name: str) -> str:
    """How many of something, in words."""
    return f"{number} {name}{'' if number == 1 else 's'}"


# ---------------------------------------------------------------- tests


def _tests(page: Page, tests: Sequence[forms.TestForm]) -> None:
    """Each test; specimens in which all is alike stand together."""
    if tests:
        page.head("Tests:")
    alike: dict[tuple[str, ...], list[forms.TestForm]] = {}
    for test in tests:
        status = "no dose that this test finds by then" if test["status"] == "no_dose" else STATUS_WORDS[test["status"]]
        result, said = f"{status}{_next(test)}", calculated_line(test)
        key = (_finds(test), _measured(test), result, _governed(test), _disagreeing(test), said)
        alike.setdefault(key, []).append(test)
    for (substance, measured, result, governed, disagreeing, said), same in alike.items():
        page.say(f"{substance} in {', '.join(test['matrix'] for test in same)}{measured}: {result}", 2)
        page.say(governed, 6, 0)
        page.say(disagreeing, 6, 2)
        page.say(said, 6, 2)


def _finds(test: forms.TestForm) -> str:
    """What a test is for, and after which substance that gives its status."""
    if test["test"] is None or test["test"] == test["substance"]:
        return str(test["substance"])
    return f"test for {test['test']}" + (f", after {test['substance']}," if test["pattern"] else "")


def _measured(test: forms.TestForm) -> str:
    return tested(test, segment=" {}", analyte=" (measured as {})", method=" by {}", cutoff=" at {}")


def _disagreeing(test: forms.TestForm) -> str:
    if not test["sources_disagree"]:
        return ""
    said = (f"{v['source']} ({v['grade']}) {v['status'].replace('_', ' ')}" for v in test["sources"])
    return f"sources disagree: {'; '.join(said)}"


def _next(test: forms.TestForm) -> str:
    if test["next_change"]:
        turn = test["next_change"]
        return f"; {STATUS_WORDS[turn['status']]} from {dated(turn['at'], turn['at_unit'])}"
    return "" if test["status"] in {"unknown", "no_dose"} else "; no further change is stated"


def _governed(test: forms.TestForm) -> str:
    if test["status"] == "no_dose":
        return ""
    rules = f"rules {', '.join(test['rules'])}" if test["rules"] else "no rule"
    if test["pattern"] is None:
        return "no rule covers this drug"
    if test["dose"] is None:
        return f"by a dose that may have been taken before what is known, {rules}"
    supposed = ", should what is not known make it so" if test["supposed"] else ""
    return f"by dose {test['dose']} as {test['pattern']} use{supposed}, {rules}"


# ---------------------------------------------------------------- doses


def _doses(page: Page, counted: Sequence[forms.DoseForm], planned: Sequence[forms.DoseForm]) -> None:
    page.head("Doses, and the phase of the psychoactive effect that each may be in:")
    for line, warnings in dose_lines(counted):
        page.say(line, 2, 4)
        warn(page, warnings, 6)
    for dose in planned:
        page.say(f"planned, does not count: {_taken(dose)}", 2, 4)


def running(doses: Iterable[forms.DoseForm]) -> list[forms.DoseForm]:
    """The last doses that may not be over, the latest first; else the last of all."""
    recent = sorted(doses, key=lambda dose: (elapsed_range(dose["elapsed_s"])[0], -dose["number"]))
    return [dose for dose in recent if dose["phases"] != ["baseline"]][:MOST_DOSES] or recent[:1]


def dose_lines(counted: Sequence[forms.DoseForm]) -> Iterator[tuple[str, list[str]]]:
    """A line for each of the last doses with the phase that it may be in, and its warnings."""
    if not counted:
        yield "none by then", []
    counted = [dose for dose in counted if dose["joined"][:1] in ([], [dose["number"]])]
    shown = running(counted)
    for dose in sorted(shown, key=lambda dose: dose["number"]):
        phases = phase_words(dose["phases"]) if dose["phases"] else "unknown: no rule tells"
        rule = f" [{dose['phase_rule']}]" if dose["phase_rule"] else ""
        yield f"{_taken(dose)}, {_ago(dose)}: {phases}{rule}", dose["warnings"]
    if left := len(counted) - len(shown):
        yield f"and {count_of(left, 'earlier dose')}", []


def _taken(dose: forms.DoseForm) -> str:
    """What a row was; of rows that were joined the first tells what they are together."""
    amount, lasted = dose["dose"], dose["infusion"]
    more = f" every {dose['interval']}" if dose["interval"] else ""
    if dose["joined"]:
        amount, lasted = dose["joined_dose"], dose["joined_infusion"]
        more = f" (doses {', '.join(map(str, dose['joined']))} joined)"
    over = f" over {lasted}" if lasted else ""
    words = (dose["substance"], (dose["route"] or "").replace("-", " "), amount)
    perhaps = ", perhaps given" if dose["doubtful"] else ""
    return f"dose {dose['number']}: {dose['start']} {' '.join(word for word in words if word)}{over}{more}{perhaps}"


MOST_YEARS = 1000 * 365 * SECONDS["d"]  # seconds since a dose that are told


def _ago(dose: forms.DoseForm) -> str:
    elapsed = dose["elapsed_s"]
    last = f"{count_of(dose['doses'], 'dose')} by then, the last " if dose["interval"] else ""
    if isinstance(elapsed, list):
        if elapsed[1] > MOST_YEARS:  # it is only known until when it was
            return f"{last}{coarse(elapsed[0])} ago or longer" if elapsed[0] > 0 else f"{last}some time ago"
        return f"{last}{coarse(max(elapsed[0], 0))} to {coarse(elapsed[1])} ago"
    return f"{last}{coarse(elapsed or 0)} ago"


def coarse(seconds: int) -> str:
    """How long ago, in whole days or minutes."""
    unit = SECONDS["d"] if seconds >= 3 * SECONDS["d"] else SECONDS["min"]
    return moment(seconds // unit * unit)


# ---------------------------------------------------------------- effects and cautions


def _effects(page: Page, effects: Sequence[forms.PresentEffectForm]) -> None:
    if effects:
        page.head("Effects, the most frequent first (the window says when, the percentage how often):")
    for status in dict.fromkeys(effect["status"] for effect in effects):
        found = [effect for effect in effects if effect["status"] == status]
        page.say(f"{EFFECT_WORDS[status]}:", 2)
        if status == "unknown":
            named = "; ".join(f"{effect['name']}{percentage(effect)}" for effect in found[:MOST_UNTIMED])
            page.say(named + (f"; and {len(found) - MOST_UNTIMED} more" if len(found) > MOST_UNTIMED else ""), 4, 0)
            continue
        for effect in found:
            turn = effect["until"]
            until = f"; {EFFECT_WORDS[turn['status']]} from {dated(turn['at'], turn['at_unit'])}" if turn else ""
            source = f"[{effect['source']} {effect['grade']}; dose {effect['dose']}]"
            page.say(f"{effect['name']}{frequency_text(effect)}{until} {source}", 4)


def _cautions(page: Page, cautions: Sequence[forms.StandingCautionForm]) -> None:
    if not cautions:
        return
    page.head("Cautions in force:")
    for caution in cautions:
        if caution["kind"] in INSTRUCTING:
            about = " - ".join(text for text in (caution["condition"], caution["instruction"]) if text)
            page.say(f"{caution['kind']} ({caution['authority']}, {caution['jurisdiction']}): {about}", 2, 4)
            source = f"[{caution['id']}: {caution['source']} {caution['grade']}; dose {caution['dose']}]"
            page.say(f"{lifting(caution)} {source}".strip(), 6, 0)
    others: dict[str, dict[str, None]] = {}
    for caution in cautions:
        if caution["kind"] not in INSTRUCTING:
            others.setdefault(caution["kind"], {})[caution["condition"] or caution["instruction"]] = None
    if others:
        kinds = (f"{len(about)} {kind}" for kind, about in others.items())
        page.say(f"whatever the time: {', '.join(kinds)} (by authority and source: `ketref cautions`)", 2, 4)


def lifting(caution: forms.StandingCautionForm) -> str:
    """When it lifts, counted from what, and after which event."""
    earliest, latest = caution["until"]
    parts = []
    if caution["not_before"]:
        before = dated(caution["not_before"], caution["not_before_unit"])
        parts.append(f"not before {before} ({earliest} after {caution['counts_from']})")
    if caution["lifted_by"]:
        by = dated(caution["lifted_by"], caution["lifted_by_unit"])
        parts.append(f"lifted for nearly all by {by} ({latest} after {caution['counts_from']})")
    if caution["until_event"]:
        parts.append(f"{'and ' if parts else ''}only after {caution['until_event']}")
    over = f"; {CAUTION_WORDS['possible']}" if caution["status"] == "possible" else ""
    return ", ".join(parts) + over


# ---------------------------------------------------------------- changes


def _changes(page: Page, form: forms.HistoryForm) -> None:
    """What changes next, a line a moment."""
    page.head("What changes next, if nothing more is taken:")
    if not form["changes"]:
        page.say("no further change is stated", 2)
    lines: dict[str, list[forms.ChangeForm]] = {}
    for change in form["changes"]:
        lines.setdefault(dated(change["at"], change["at_unit"]), []).append(change)
    for at, changes in list(lines.items())[:MOST_CHANGES]:
        page.say(f"{at}  {'; '.join(_changed(changes))}", 2, 4)
    if (left := len(lines) - MOST_CHANGES) > 0:
        page.say(f"and at {count_of(left, 'later moment')} (all of them: --format json)", 2)


def _changed(changes: Sequence[forms.ChangeForm]) -> list[str]:
    """The changes of one moment; effects that become the same stand together."""
    alike: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        after = change["after"]
        if change["kind"] == "test":
            becomes = STATUS_WORDS[after[0]]
            about = f"{change['substance']} in {change['about']}"
        elif change["kind"] == "effect":
            becomes, about = EFFECT_WORDS[after[0]], change["about"]
        elif change["kind"] == "caution":
            becomes, about = CAUTION_WORDS[after[0]], f"caution {change['about']}"
        else:
            becomes, about = " or ".join(after).replace("_", " "), change["about"]
        alike.setdefault((change["kind"], becomes), []).append(about)
    return [f"{', '.join(about)}: {becomes}" for (_, becomes), about in alike.items()]


VERDICT_WORDS = {
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
    warn(page, form["warnings"])
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
    notes_section(page, form["notes"])
    if form["rules"]:
        page.head("Rules and their sources:")
    for rule in form["rules"]:
        page.say(f"{rule['id']} (confidence {rule['confidence']}): {sources_text(rule['sources'])}", 2, 4)
    page.head(f"Assumes: {'; '.join(form['assumes'])}.")
    foot(page, form)
    return str(page)


def _intervals(page: Page, intervals: Sequence[forms.IntervalForm]) -> None:
    if intervals:
        page.head("When one dose would explain all results:")
    for form in intervals:
        begin = dated(form["from"] or "...", form["from_unit"])
        end = dated(form["until"] or "...", form["until_unit"])
        page.say(f"{begin} to {end} ({' or '.join(form['substances'])})", 2)
        for which, says in (("from", form["from_says"]), ("until", form["until_says"])):
            page.say(f"{which}: {says}" if says else "", 6, 4)


def _false_positives(page: Page, facts: Sequence[forms.FalsePositiveForm]) -> None:
    if facts:
        page.head("What the rules say about false positives:")
    for fact in facts:
        if fact["topic"] == "false-positive":
            page.say(f"{fact['id']}: {fact['says']} [{sources_text(fact['sources'])}]", 2, 4)
    others = [fact["id"] for fact in facts if fact["topic"] != "false-positive"]
    if others:
        page.say(f"on what screens answer to: {', '.join(others)} (`ketref show ID`)", 2, 4)


def _result(page: Page, result: forms.ResultForm) -> None:
    page.say(outcome_line(result), 2, 4)
    page.say(result["says"] or ("" if result["excludes"] else "It excludes no time of a dose."), 6, 0)
    page.say(calculated_line(result), 6, 2)


def calculated_line(result: forms.CalculatedTest) -> str:
    """What models say beside a test or a result, empty where that is not asked."""
    return f"calculated, not measured: {calculated(result['calculated'])}" if "calculated" in result else ""


def outcome_line(result: forms.ResultForm) -> str:
    """A result with its number, its test, what was found and the verdict."""
    test = tested(
        result, matrix="{}", segment=" {}", analyte=" for {}", method=" by {}", cutoff=" at {}", panel=" (panel {})"
    )
    if result["test"] and result["test"] != result["analyte"]:
        test += f" (test for {result['test']})"
    outcome = "no finding" if result["outcome"] == "says_nothing" else result["outcome"]
    value = f", {result['value']}" if result["value"] else ""
    verdict = f": {VERDICT_WORDS[result['verdict']]}" if result["verdict"] else ""
    name = f"{result['number']}" + (f" ({result['id']})" if result["id"] else "")
    return f"{name}. {result['time']} {test}: {outcome}{value}{verdict}"


def sources_text(sources: Sequence[forms.SaidSourceForm]) -> str:
    """Sources, each with its grade."""
    return ", ".join(f"{source['source']} ({source['grade']})" for source in sources)
