"""How does an answer about one person, or about the people of one day, read at a glance?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ketref.model.units import SECONDS
from ketref.output.brief import ONLY, PLACES, cited, close, effects_now, grade_words, precedence, told
from ketref.output.page import Page
from ketref.output.person_text import (
    VERDICT_WORDS,
    calculated_line,
    coarse,
    count_of,
    dose_lines,
    history_text,
    lifting,
    notes_section,
    outcome_line,
)
from ketref.output.text import dated, elapsed_of, moment, phase_words, warn

if TYPE_CHECKING:
    from ketref.output import person_forms as forms

_TODAY = 2 * SECONDS["d"]  # cautions of doses longer ago are told while their time runs
_SHORT = 90  # characters of a caution that a table has room for
_MOST = 4  # effects, results, intervals or deciders that are told before they are counted


# ---------------------------------------------------------------- history


def history_brief(form: forms.HistoryForm) -> str:
    """The answer to `ketref history` at a glance: leave, drive, watch; the doses; tests; the effects now."""
    page = Page()
    zone = "" if form["zoned"] else " (no time zone given)"
    counted = [dose for dose in form["doses"] if not dose["planned"]]
    page.say(f"at {form['at']}{zone}, after {count_of(sum(dose['doses'] for dose in counted), 'dose')} of one person")
    warn(page, form["warnings"])
    for name in PLACES if counted else ():
        for text in instructions(form, name):
            page.say(f"{name}: {text}", 2, 4)
    for one in form["interactions"]:
        page.say(f"Together: {_together(one)}", 2, 4)
    for line, warnings in dose_lines(counted):
        page.say(line, 2, 4)
        warn(page, warnings, 6)
    if planned := [dose["number"] for dose in form["doses"] if dose["planned"]]:
        page.say(
            f"planned, does not count: {'dose' if len(planned) == 1 else 'doses'} {', '.join(map(str, planned))}", 2, 4
        )
    for pattern in form["patterns"]:
        page.say(f"pattern of use of {pattern['substance']}: {pattern['pattern']} ({pattern['why']})", 2, 4)
    for line in _tests(form["tests"]):
        page.say(line, 2, 4)
    for test in form["tests"]:
        if "calculated" in test and test["calculated"]["models"]:
            page.say(f"{test['test'] or test['substance']} in {test['matrix']} {calculated_line(test)}", 2, 4)
    effects_now(page, form["effects"])
    if form["changes"]:
        first = form["changes"][0]
        page.say(f"the next change: {dated(first['at'], first['at_unit'])}, in {moment(first['in_s'])}", 2, 4)
    notes_section(page, form["notes"])
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2, 4)
    close(page, form)
    return str(page)


def instructions(form: forms.HistoryForm, name: str) -> list[str]:
    """What is said of leaving, driving or watching now: a sentence for each drug."""
    found = leading_cautions(form, name)
    if not found:
        return ["no caution about it is in force or known; this does not mean that it is safe"]
    several = len({one["substance"] for one in form["cautions"]}) > 1
    said = []
    for one in found:
        about = f"{one['substance']}: " if several else ""
        timed = one["not_before"] or one["lifted_by"]
        said.append(f"{about}{ONLY[one['tells']]}{lifting(one) if timed else told(one)} {cited(one)}")
    others = sum(one["kind"] in PLACES[name] for one in form["cautions"]) - len(found)
    return [*said[:-1], f"{said[-1]}; {others} more: --full" if others else said[-1]]


def leading_cautions(form: forms.HistoryForm, name: str) -> list[forms.StandingCautionForm]:
    """Of each drug the caution about leaving, driving or watching that counts first.

    Where one of them tells what to do, limits of the law and findings of studies are left to the full text.
    """
    of_each: dict[str, forms.StandingCautionForm] = {}
    for one in sorted((one for one in form["cautions"] if one["kind"] in PLACES[name]), key=precedence):
        of_each.setdefault(one["substance"], one)
    to_do = [one for one in of_each.values() if one["tells"] == "to_do"]
    return to_do or list(of_each.values())


def _tests(tests: Sequence[forms.TestForm]) -> list[str]:
    """A line for each drug or test: the specimens, by what is expected in them."""
    lines = []
    for about in dict.fromkeys(test["test"] or test["substance"] for test in tests):
        by: dict[str, list[str]] = {}
        for test in tests:
            if (test["test"] or test["substance"]) == about:
                words = "no dose" if test["status"] == "no_dose" else test["status"].replace("_", " ")
                words += ", should what is not known make it so," if test["supposed"] else ""
                by.setdefault(words, []).append(test["matrix"])
        said = "; ".join(f"{words} in {', '.join(dict.fromkeys(matrices))}" for words, matrices in by.items())
        lines.append(f"a positive test for {about}: {said}")
    return lines


# ---------------------------------------------------------------- infer


def infer_brief(form: forms.InferForm) -> str:
    """The answer to `ketref infer` at a glance: what the results say, each verdict, what would decide."""
    page = Page()
    for sentence in form["conclusions"][:_MOST] or ["the results say nothing of a dose"]:
        page.say(sentence)
    warn(page, form["warnings"])
    if more := len(form["conclusions"]) - _MOST:
        page.say(f"and {count_of(more, 'more conclusion')} (--full)" if more > 0 else "", 2)
    for result in form["results"][: 2 * _MOST]:
        page.say(outcome_line(result), 2, 4)
        page.say(result["says"] or "", 6, 0)
        page.say(calculated_line(result), 6, 2)
    if (more := len(form["results"]) - 2 * _MOST) > 0:
        page.say(f"and {count_of(more, 'more result')}: {_counted(form['results'][2 * _MOST :])} (--full)", 2, 4)
    if known := form["no_dose"]["false_positives"]:
        page.say(f"known of false positives: {', '.join(fact['id'] for fact in known)} (--full)", 2, 4)
    for decider in form["deciders"][:2]:
        page.say(f"would decide: {decider['says']}", 2, 4)
    if (more := len(form["deciders"]) - 2) > 0:
        page.say(f"and {count_of(more, 'more test')} that would decide (--full)", 2)
    notes_section(page, form["notes"])
    page.say(f"assumes {'; '.join(form['assumes'])}", 2, 4)
    if form["rules"]:
        grades = grade_words(source["grade"] for rule in form["rules"] for source in rule["sources"])
        named = ", ".join(rule["id"] for rule in form["rules"])
        page.say(f"rules {named}; sources of {grades} (--full)", 2, 4)
    close(page, form)
    return str(page)


def _counted(results: Iterable[forms.ResultForm]) -> str:
    """How many results have which verdict."""
    counts: dict[str, int] = {}
    for result in results:
        words = VERDICT_WORDS[result["verdict"]] if result["verdict"] else result["outcome"]
        counts[words] = counts.get(words, 0) + 1
    return ", ".join(f"{count} {words}" for words, count in counts.items())


# ---------------------------------------------------------------- today


def today_text(form: forms.TodayForm) -> str:
    """The answer to `ketref today`, everything: the history of each person."""
    return "\n\n".join(f"{one['subject']}: {history_text(one['history'])}" for one in form["people"])


def today_brief(form: forms.TodayForm) -> str:
    """The answer to `ketref today`: a row for each person, what to watch, and who says so."""
    page = Page()
    people = form["people"]
    zone = "" if form["zoned"] else " (no time zone given)"
    page.say(f"at {form['at']}{zone}, {len(people)} {'person' if len(people) == 1 else 'people'}")
    rows = [(one["subject"], _now(one["history"]), *(_cell(one["history"], name) for name in PLACES)) for one in people]
    page.table([("", "now", *(name.lower() for name in PLACES)), *rows])
    cited: dict[str, forms.StandingCautionForm] = {}
    for one in people:
        warn(page, [f"{one['subject']}: {text}" for text in one["history"]["warnings"]])
        for together in one["history"]["interactions"]:
            page.say(f"{one['subject']}: {_together(together)}", 2, 4)
        cited |= {found["id"]: found for name in PLACES for found in _of_today(one["history"], name)}
    for caution in cited.values():
        page.say(f"{caution['id']}: {told(caution)} [{caution['authority']}, grade {caution['grade']}]", 2, 4)
    notes_section(page, [f"{one['subject']}: {note}" for one in people for note in one["history"]["notes"]])
    page.say("more of one person: ketref history", 2)
    close(page, form)
    return str(page)


def _together(one: forms.InteractionForm) -> str:
    """What a caution says of one drug beside another that was taken too."""
    return f"{one['substance']} beside {one['beside']}: {told(one)} {cited(one)}"


def _now(form: forms.HistoryForm) -> str:
    """The last dose of each drug that is not over for sure, the latest first, and its phase."""
    latest: dict[str, forms.DoseForm] = {}
    for dose in sorted((dose for dose in form["doses"] if not dose["planned"]), key=lambda dose: elapsed_of(dose) or 0):
        latest.setdefault(dose["substance"], dose)
    if not latest:
        return "no dose yet"
    running = [dose for dose in latest.values() if dose["phases"] != ["baseline"]] or list(latest.values())[:1]
    return "; ".join(map(_phase_of, running))


def _phase_of(dose: forms.DoseForm) -> str:
    phases = phase_words(dose["phases"]) if dose["phases"] else "phase not known"
    amount = dose["joined_dose"] if dose["joined"] else dose["dose"]
    words = (dose["substance"], (dose["route"] or "").replace("-", " "), amount)
    return f"{phases}, {coarse(elapsed_of(dose) or 0)} after {' '.join(word for word in words if word)}"


def _of_today(form: forms.HistoryForm, name: str) -> list[forms.StandingCautionForm]:
    """The leading cautions, but those of doses of days before of which no time runs any more."""
    ago = {dose["number"]: elapsed_of(dose) or 0 for dose in form["doses"]}
    at = form["at"]
    return [
        one
        for one in leading_cautions(form, name)
        if ago.get(one["dose"], 0) < _TODAY or (one["not_before"] or "") > at or (one["lifted_by"] or "") > at
    ]


def _cell(form: forms.HistoryForm, name: str) -> str:
    """What holds of each drug, as short as a table needs it; the words of its cautions stand below."""
    found = _of_today(form, name)
    if not found and leading_cautions(form, name):
        return f"nothing of the last {moment(_TODAY)}"
    if not found:
        return "nothing known; this does not mean that it is safe"
    return "; ".join(_short(one, form["at"]) for one in found)


def _short(one: forms.StandingCautionForm, now: str) -> str:
    at, event = one["not_before"], one["until_event"]
    if at is None or one["status"] != "in_force":
        says = told(one)
        if at is not None and event:
            return f"only after {event} [{one['id']}]"
        return f"{says.rstrip('.')} [{one['id']}]" if len(says) <= _SHORT else f"see {one['id']} below"
    same = one["not_before_unit"] != "day" and at[:10] == now[:10]
    parts = [f"not before {at[11:16] if same else dated(at, one['not_before_unit'])}"]
    return f"{' and '.join([*parts, *([f'only after {event}'] if event else [])])} [{one['id']}]"
