"""How does an answer about one person, or about the people of one day, read at a glance?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ketref.output.brief import PLACES, close
from ketref.output.page import Page
from ketref.output.person_text import VERDICT_WORDS, count_of, dose_lines, lifting, notes_section, outcome_line
from ketref.output.text import dated, moment, percentage, phase_words, warn

if TYPE_CHECKING:
    from ketref.output import person_forms as forms

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
        page.say(f"{name}: {instruction(form, name)}", 2, 4)
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
    _effects(page, form["effects"])
    if form["changes"]:
        first = form["changes"][0]
        page.say(f"the next change: {dated(first['at'], first['at_unit'])}, in {moment(first['in_s'])}", 2, 4)
    notes_section(page, form["notes"])
    if form["assumes"]:
        page.say(f"assumes {'; '.join(form['assumes'])}", 2, 4)
    close(page, form)
    return str(page)


def instruction(form: forms.HistoryForm, name: str) -> str:
    """What the best source says of leaving, driving or watching now, and how many more say something."""
    best = best_caution(form, name)
    if best is None:
        return "no caution about it is in force or known; this does not mean that it is safe"
    said = lifting(best) if best["not_before"] or best["lifted_by"] else best["instruction"] or best["condition"]
    others = sum(one["kind"] in PLACES[name] for one in form["cautions"]) - 1
    more = f"; {others} more: --full" if others else ""
    return f"{said} [{best['id']}, {best['authority']}, grade {best['grade']}]{more}"


def best_caution(form: forms.HistoryForm, name: str) -> forms.StandingCautionForm | None:
    """The caution about leaving, driving or watching of the best source; of equals the one that lasts longest."""
    found = [one for one in form["cautions"] if one["kind"] in PLACES[name]]
    found.sort(key=lambda one: one["not_before"] or "", reverse=True)
    return min(found, key=lambda one: one["grade"], default=None)


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


def _effects(page: Page, effects: Sequence[forms.PresentEffectForm]) -> None:
    for status, words in (("expected", "Effects now"), ("possible", "Possible now")):
        found = [one for one in effects if one["status"] == status]
        if found:
            named = "; ".join(f"{one['name']}{percentage(one)}" for one in found[:_MOST])
            more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
            page.say(f"{words}: {named}{more}", 2, 4)


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
        if result["verdict"] in {"not_explained", "says_nothing"}:
            page.say(result["says"] or "", 6, 0)
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
        grades = sorted({source["grade"] for rule in form["rules"] for source in rule["sources"]})
        named = ", ".join(rule["id"] for rule in form["rules"])
        page.say(f"rules {named}; sources of grade {''.join(grades)} (--full)", 2, 4)
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
        found = (best_caution(one["history"], name) for name in PLACES)
        cited |= {caution["id"]: caution for caution in found if caution}
    for caution in cited.values():
        says = caution["instruction"] or caution["condition"]
        page.say(f"{caution['id']}: {says} [{caution['authority']}, grade {caution['grade']}]", 2, 4)
    notes_section(page, [f"{one['subject']}: {note}" for one in people for note in one["history"]["notes"]])
    page.say("more of one person: ketref history", 2)
    close(page, form)
    return str(page)


def _now(form: forms.HistoryForm) -> str:
    """The last doses, and the phase of each."""
    counted = [dose for dose in form["doses"] if not dose["planned"]]
    if not counted:
        return "no dose yet"
    last = counted[-1]
    elapsed = last["elapsed_s"]
    since = moment((elapsed[1] if isinstance(elapsed, list) else elapsed or 0) // 60 * 60)
    phases = phase_words(last["phases"]) if last["phases"] else "phase not known"
    words = (last["substance"], (last["route"] or "").replace("-", " "), last["dose"])
    return f"{phases}; {since} after {' '.join(word for word in words if word)}"


def _cell(form: forms.HistoryForm, name: str) -> str:
    """What the best source says, as short as a table needs it; its words stand below."""
    found = best_caution(form, name)
    if found is None:
        return "nothing known; this does not mean that it is safe"
    parts = []
    if found["not_before"]:
        at = found["not_before"]
        same = found["not_before_unit"] != "day" and at[:10] == form["at"][:10]
        parts.append(f"not before {at[11:16] if same else dated(at, found['not_before_unit'])}")
    if found["until_event"]:
        parts.append(f"only after {found['until_event']}")
    return f"{' and '.join(parts)} [{found['id']}]" if parts else f"see {found['id']} below"
