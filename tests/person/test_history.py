"""What holds after all doses of one person, and what changes next?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import ketref
from conftest import Run
from ketref.book.loading import shipped
from ketref.engine.course import STATUSES
from ketref.model.times import instant
from ketref.person.timeline import patterns_of_use
from ketref.review import schemas

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPRAY = {"substance": "esketamine", "route": "nasal", "dose": "84 mg"}
MATRICES = ("urine", "blood", "hair", "oral-fluid", "sweat")
ROUTES = (None, "nasal", "intravenous", "intramuscular", "oral")


def taken(*hours: float, **more: Any) -> list[dict[str, Any]]:
    """Doses of ketamine, so many hours after noon."""
    return [{"substance": "ketamine", "start": NOON + HOUR * hour, **more} for hour in hours]


def statuses(answer: Any) -> dict[tuple[str, str], str]:
    return {(test["substance"], test["matrix"]): test["status"] for test in answer.tests}


def rank(status: str) -> int:
    return -1 if status == "no_dose" else STATUSES.index(status)


def naive(doses: list[dict[str, Any]], at: datetime, matrix: str) -> str:
    """A double loop over doses and patterns, each asked as a single question."""
    known = [dose for dose in doses if dose["start"] <= at]
    patterns = patterns_of_use([instant(dose["start"]) for dose in known], shipped())
    found = ["no_dose"]
    for dose, shown in zip(known, patterns, strict=True):
        for pattern in shown:
            question = {key: value for key, value in dose.items() if key not in {"substance", "start"}}
            answer = ketref.detect(
                dose["substance"], matrix=matrix, taken=dose["start"], at=at, pattern=pattern, **question
            )
            found.append(str(answer.status))
    return max(found, key=rank)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Doses of ketamine over some three months; now and then a daily series."""
    hours = draw(st.lists(st.integers(0, 24 * 90), min_size=1, max_size=8))
    if draw(st.booleans()):
        begin = draw(st.integers(0, 60))
        hours += [24 * day for day in range(begin, begin + draw(st.integers(2, 25)))]
    routes = draw(st.lists(st.sampled_from(ROUTES), min_size=1, max_size=3))
    doses = taken(*hours)
    for index, dose in enumerate(doses):
        if route := routes[index % len(routes)]:
            dose["route"] = route
    return doses


moments = st.integers(0, 24 * 200 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


# ---------------------------------------------------------------- laws


@given(histories(), moments, st.sampled_from(MATRICES))
@settings(max_examples=25)
def test_a_history_says_what_a_double_loop_over_single_questions_says(doses, at, matrix):
    assert statuses(ketref.history(doses, at=at, matrix=matrix)) == {("ketamine", matrix): naive(doses, at, matrix)}


@given(st.data(), histories(), moments)
@settings(max_examples=15)
def test_the_order_of_the_doses_does_not_matter(data, doses, at):
    first = ketref.history(doses, at=at, matrix=MATRICES)
    second = ketref.history(data.draw(st.permutations(doses)), at=at, matrix=MATRICES)
    started = {form["number"]: form["start"] for form in second.doses}
    one_at_a_time = len({form["start"] for form in first.doses}) == len(doses)
    for one, other in zip(first.tests, second.tests, strict=True):
        for key in ("status", "supposed", "next_change", "pattern"):
            assert one[key] == other[key]
        if one["dose"]:  # of doses at one instant the first in the file governs
            assert started[other["dose"]] == first.doses[one["dose"] - 1]["start"]
            assert not one_at_a_time or one["rules"] == other["rules"]
    changes = [[{**c, "dose": None} for c in answer.changes if c["kind"] != "phase"] for answer in (first, second)]
    assert changes[0] == changes[1]


@given(histories(), moments, st.sampled_from(MATRICES))
@settings(max_examples=20)
def test_a_change_is_what_is_answered_from_then_on_and_not_before(doses, at, matrix):
    counted = [dose for dose in doses if dose["start"] <= at]
    assume(counted)
    answer = ketref.history(counted, at=at, matrix=matrix)
    for change in answer.changes:
        if change["kind"] != "test":
            continue
        for seconds, expected in ((change["in_s"], change["after"]), (change["in_s"] - 1, change["before"])):
            then = ketref.history(counted, at=at + timedelta(seconds=seconds), matrix=matrix)
            assert list(statuses(then).values()) == expected
    changing = [change for change in answer.changes if change["kind"] == "test"]
    assert all(one["after"] == other["before"] for one, other in pairwise(changing))
    assert (answer.tests[0]["next_change"] or {}).get("in_s") == (changing[0]["in_s"] if changing else None)


@given(histories(), moments, st.integers(1, 24 * 300))
@settings(max_examples=20)
def test_what_is_not_known_never_counts_as_clean(doses, at, hours):
    """Missing history widens: it lowers no status, promises nothing, and more of it never makes an answer narrower."""
    known = ketref.history(doses, at=at, matrix=MATRICES)
    since = at - HOUR * hours
    partly = ketref.history(doses, at=at, matrix=MATRICES, known_since=since)
    less = ketref.history(doses, at=at, matrix=MATRICES, known_since=at - HOUR * (hours // 2))
    for all_known, some, least in zip(known.tests, partly.tests, less.tests, strict=True):
        assert rank(all_known["status"]) <= rank(some["status"]) <= rank(least["status"])
        assert least["status"] in {all_known["status"], "possible", "unknown", "not_expected"}
        assert some["supposed"] == (some["status"] != all_known["status"])


# ---------------------------------------------------------------- time (pitfalls P1 to P4, P30, P37)


@pytest.mark.parametrize("clock", ["2026-02-28T23:39+01:00", "2026-03-01T00:00+01:00", "2026-03-01T00:30+01:00"])
@pytest.mark.parametrize("asked", ["2026-03-01T00:31+01:00", "2026-03-01T12:00:01+01:00"])
def test_a_dose_near_midnight_is_as_old_as_it_is(clock, asked):
    answer = ketref.history([{"substance": "ketamine", "start": clock}], at=asked, matrix="urine")
    age = datetime.fromisoformat(asked) - datetime.fromisoformat(clock)
    assert answer.doses[0]["elapsed_s"] == int(age.total_seconds())


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


@pytest.mark.parametrize("zone", ZONES[1:])
def test_the_same_instants_in_another_zone_are_the_same_answer(zone):
    def answer(name: str) -> dict[str, Any]:
        doses = [{**SPRAY, "start": (NOON - DAY * days).astimezone(ZoneInfo(name))} for days in (0, 3, 9)]
        form = ketref.history(doses, at=(NOON + HOUR).astimezone(ZoneInfo(name))).to_dict()
        text = json.dumps(form)
        written = set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:\d\d", text))
        for clock in written:
            text = text.replace(clock, datetime.fromisoformat(clock).astimezone(UTC).isoformat())
        assert written
        return json.loads(re.sub(r'"(start|last|at)": "\d{4}-\d\d-\d\d[+-]\d\d:\d\d"', r'"\1": "a day"', text))

    assert answer(zone) == answer("UTC")


@pytest.mark.parametrize(("clock", "asked", "hours"), [("2025-03-30T01:30", "2025-03-30T03:30", 1),
                                                       ("2025-10-26T01:30", "2025-10-26T03:30", 3)])  # fmt: skip
def test_clocks_that_are_changed_do_not_change_how_long_ago_it_was(clock, asked, hours):
    answer = ketref.history(
        [{"substance": "ketamine", "start": f"{clock}[Europe/Berlin]"}], at=f"{asked}[Europe/Berlin]"
    )
    assert answer.doses[0]["elapsed_s"] == hours * 3600


def test_a_time_that_the_clocks_show_twice_is_both():
    dose = {"substance": "ketamine", "start": "2025-10-26T02:30[Europe/Berlin]"}
    assert ketref.history([dose], at="2025-10-26T04:30[Europe/Berlin]").doses[0]["elapsed_s"] == [7200, 10800]


def test_every_time_in_the_text_has_its_offset():
    doses = [{**SPRAY, "start": NOON - DAY * days, "infusion": "10 min"} for days in (0, 2, 40)]
    doses.append({"substance": "ketamine", "start": "2026-02-27+00:00"})
    text = ketref.history(doses, at=NOON + HOUR).text(full=True)
    assert re.findall(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?(?![T:\d+-])", text) == []
    assert len(re.findall(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?\+00:00", text)) > 10


def test_without_a_zone_that_is_said_and_no_offset_is_made_up():
    answer = ketref.history([{**SPRAY, "start": "2026-03-01T12:00"}], at="2026-03-01T13:00")
    assert "(no time zone given)" in str(answer).splitlines()[0]
    assert answer.to_dict()["zoned"] is False
    assert "+00:00" not in answer.text(full=True)
    assert any("clocks" in assumed for assumed in answer.assumes)


@pytest.mark.parametrize("locale", ["C", "en_US.UTF-8", "de_CH.UTF-8"])
def test_a_locale_changes_no_byte(locale, tmp_path):
    (tmp_path / "doses.csv").write_text("substance,start,route\nketamine,2026-03-01T10:30+01:00,nasal\n", "utf-8")
    command = [sys.executable, "-m", "ketref", "history", "doses.csv", "--at", "2026-03-01T12:00+01:00"]
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "PYTHONUTF8": "1", "COLUMNS": "80"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert ran.stdout.decode() == str(
        ketref.history([{"substance": "ketamine", "start": "2026-03-01T10:30+01:00", "route": "nasal"}],
                       at="2026-03-01T12:00+01:00")) + "\n"  # fmt: skip


def test_a_date_alone_is_the_whole_day():
    dose = {"substance": "ketamine", "start": "2026-03-01+01:00"}
    answer = ketref.history([dose], at="2026-03-02T12:00+01:00", matrix="urine", method="gc-ms", cutoff="25 ng/mL")
    assert answer.doses[0]["elapsed_s"] == [43200, 129600]
    assert answer.tests[0]["status"] == "possible"
    assert answer.tests[0]["next_change"]["at_unit"] == "day"
    assert answer.tests[0]["next_change"]["at"] == "2026-03-04T00:00+01:00"


@pytest.mark.parametrize("written", ["about 2026-03-01T22:00+01:00 ± 1 h", "2026-03-01T22:00+01:00 +/- 60 min"])
def test_about_a_time_is_as_long_before_and_after_it(written):
    answer = ketref.history([{**SPRAY, "start": written}], at="2026-03-02T00:00+01:00")
    assert answer.doses[0]["elapsed_s"] == [3600, 10800]
    assert written in answer.text(full=True)


def test_an_earliest_and_a_latest_start_are_a_range():
    dose = {**SPRAY, "start": "2026-03-01T21:00+01:00", "start_latest": "2026-03-01T23:00+01:00"}
    assert ketref.history([dose], at="2026-03-02T00:00+01:00").doses[0]["elapsed_s"] == [3600, 10800]


def test_days_stay_days_and_minutes_minutes():
    answer = ketref.history(taken(0), at=NOON + 36 * HOUR, matrix="urine", method="gc-ms", cutoff="25 ng/mL")
    turn = answer.tests[0]["next_change"]
    assert (turn["at"], turn["at_unit"], turn["in_s"]) == ("2026-03-03T12:00+00:00", "day", 12 * 3600 + 1)
    phases = ketref.history([{**SPRAY, "start": NOON}], at=NOON + HOUR / 2).changes
    assert {change["at_unit"] for change in phases if change["kind"] == "phase"} == {"minute"}


# ---------------------------------------------------------------- several doses (P5, P34, P43)


def test_nothing_known_before_a_day_is_said_and_widens():
    dose = taken(0)
    asked = {"at": NOON + 20 * DAY, "matrix": "urine", "method": "gc-ms", "cutoff": "25 ng/mL"}
    assert statuses(ketref.history(dose, **asked)) == {("ketamine", "urine"): "not_expected"}
    partly = ketref.history(dose, known_since="2026-02-20Z", **asked)
    assert statuses(partly) == {("ketamine", "urine"): "possible"}
    test = partly.tests[0]
    assert (test["supposed"], test["dose"], test["pattern"]) == (True, 1, "chronic")
    assert "nothing is known before 2026-02-20Z" in str(partly)
    assert "by dose 1 as chronic use, should what is not known make it so" in partly.text(full=True)
    assert "possible, should what is not known make it so, in urine" in " ".join(str(partly).split())
    unseen = ketref.history(taken(24 * 19.9), known_since="2026-03-19Z", at=NOON + 20 * DAY, matrix="hair")
    assert unseen.tests[0]["status"] == "possible"
    long_known = ketref.history(dose, known_since="2025-01-01Z", **asked)
    assert statuses(long_known) == {("ketamine", "urine"): "not_expected"}


def test_an_old_binge_does_not_vanish_and_a_top_up_does_not_wipe_it_out():
    """Daily use for 25 days, then nothing: residual excretion, whatever is taken on top."""
    daily = taken(*(24 * day for day in range(25)))
    asked = {"at": NOON + 49 * DAY, "matrix": "urine", "method": "lc-ms", "cutoff": "1 ng/mL"}
    alone, topped = ketref.history(daily, **asked), ketref.history([*daily, *taken(24 * 48.5)], **asked)
    assert rank(topped.tests[0]["status"]) >= rank(alone.tests[0]["status"]) >= rank("possible")
    assert alone.tests[0]["pattern"] == "chronic"
    assert [pattern["pattern"] for pattern in alone.patterns] == ["repeated", "chronic"]
    assert "20 or more days with a dose within 30 d" in alone.patterns[1]["why"]


def test_three_weeks_of_daily_doses_day_by_day_and_at_once_agree():
    daily = taken(*(24 * day for day in range(21)))
    whole = ketref.history(daily, at=NOON + 30 * DAY, matrix=MATRICES)
    for matrix in MATRICES:
        assert statuses(whole)["ketamine", matrix] == naive(daily, NOON + 30 * DAY, matrix)
    for day in (0, 1, 13, 20):
        seen = ketref.history(daily, at=NOON + DAY * day, matrix="urine")
        assert sum(not dose["planned"] for dose in seen.doses) == day + 1
        assert seen.tests == ketref.history(daily[: day + 1], at=NOON + DAY * day, matrix="urine").tests


def test_doses_to_come_are_planned_and_do_not_count():
    answer = ketref.history(taken(0, 48), at=NOON + 24 * HOUR, matrix="urine")
    assert [dose["planned"] for dose in answer.doses] == [False, True]
    assert answer.doses[1]["phases"] == []
    assert answer.doses[1]["elapsed_s"] is None
    assert "planned, does not count: dose 2" in str(answer)
    assert {**answer.to_dict(), "doses": 0} == {
        **ketref.history(taken(0), at=NOON + 24 * HOUR, matrix="urine").to_dict(), "doses": 0}  # fmt: skip


def test_a_person_without_a_dose_by_then_is_a_case_of_its_own():
    answer = ketref.history(taken(48), at=NOON, matrix="urine")
    assert answer.tests[0]["status"] == "no_dose"
    assert answer.tests[0]["sources"] == []
    assert "ketamine in urine: no dose that this test finds by then" in " ".join(answer.text(full=True).split())
    assert "none by then" in str(ketref.history([], at=NOON))


def test_two_doses_at_one_instant_count_each():
    answer = ketref.history(taken(0, 0), at=NOON, matrix="urine")
    assert [dose["elapsed_s"] for dose in answer.doses] == [0, 0]
    assert [pattern["pattern"] for pattern in answer.patterns] == ["single"]


# ---------------------------------------------------------------- phases, effects, cautions


def test_the_clinic_session():
    """50 min after the start and 40 after the last of three sprays: which phase, and when may she leave?"""
    session = [{**SPRAY, "start": NOON, "end": NOON + HOUR / 6}]
    answer = ketref.history(session, at=NOON + HOUR * 5 / 6)
    assert answer.doses[0]["phases"] == ketref.effects(**SPRAY, since="50 min", infusion="10 min").phases
    observation = next(caution for caution in answer.cautions if caution["kind"] == "observation")
    assert observation["status"] == "in_force"
    assert observation["not_before"] == "2026-03-01T14:10+00:00"
    assert observation["counts_from"] == "the last spray"
    driving = next(caution for caution in answer.cautions if caution["id"] == "ESK-C003")
    assert (driving["not_before"], driving["until_event"]) == (None, "restful sleep")
    names = [effect["name"] for effect in answer.effects if effect["status"] in {"expected", "possible"}]
    assert {"sedation", "dissociation", "blood pressure increased"} <= set(names)
    possible = [e["percent"] for e in answer.effects if e["status"] == "possible" and e["percent"] is not None]
    assert possible == sorted(possible, reverse=True)


@pytest.mark.parametrize("minutes", [0, 10, 40, 75, 119, 120, 121, 240, 241, 2000])
def test_phases_effects_and_cautions_of_one_dose_are_those_of_a_single_question(minutes):
    answer = ketref.history([{**SPRAY, "start": NOON}], at=NOON + timedelta(minutes=minutes))
    single = ketref.effects(**SPRAY, since=timedelta(minutes=minutes))
    assert answer.doses[0]["phases"] == single.phases
    timed = {e["name"]: e["status"] for e in single.effects if e["status"] in {"expected", "possible"}}
    assert {e["name"]: e["status"] for e in answer.effects if e["status"] != "unknown"} == timed
    standing = {c["id"]: c["status"] for c in single.cautions if c["status"] not in {None, "lifted"}}
    assert {c["id"]: c["status"] for c in answer.cautions} == standing


def test_cautions_of_a_dose_whose_route_is_not_said_are_those_of_any_route():
    ids = {caution["id"] for caution in ketref.history([{"substance": "esketamine", "start": NOON}], at=NOON).cautions}
    assert {"ESK-C001", "ESK-C003"} <= ids


def test_doses_of_two_substances_stand_apart():
    answer = ketref.history([*taken(0), {**SPRAY, "start": NOON}], at=NOON + HOUR, matrix="urine")
    assert set(statuses(answer)) == {("ketamine", "urine"), ("esketamine", "urine")}
    assert {dose["substance"] for dose in answer.doses} == {"ketamine", "esketamine"}


TIMES = {"onset": 5, "peak": 15, "offset": 45, "after_effects": 90, "baseline": 240}
SUBSETS = [names for count in range(1, 6) for names in combinations(TIMES, count)]


@pytest.mark.parametrize("stated", SUBSETS, ids="-".join)
def test_phases_that_no_rule_states_break_no_answer_and_move_no_other(stated, folder, terms):
    """Every subset of the boundaries answers, and never excludes what the full rule leaves possible (P6, P7)."""

    def book(names: tuple[str, ...]) -> ketref.Book:
        ends = "\n".join(f'{name} = ["{TIMES[name]} min", "{TIMES[name] + 5} min"]' for name in names)
        rule = f'[[phase]]\nid = "P1"\n{ends}\nreviewed = 2026-03-31\n[[phase.evidence]]\nsource = "s"\nlocator = "l"\n'
        reports = ", ".join(f'{name} = ["{TIMES[name]} min", "{TIMES[name] + 5} min"]' for name in names)
        return ketref.load(folder({**terms, "x/phases.toml": f"{rule}reports = {{ {reports} }}\n"}))

    for minutes in (0, 4, 7, 20, 48, 93, 250):
        asked = {"at": NOON + timedelta(minutes=minutes)}
        dose = [{"substance": "x", "start": NOON}]
        full = ketref.history(dose, rules=book(tuple(TIMES)), **asked).doses[0]["phases"]
        assert set(full) <= set(ketref.history(dose, rules=book(stated), **asked).doses[0]["phases"])


@pytest.fixture
def terms() -> dict[str, str]:
    return {
        "edition.toml": 'edition = "2026.1"\nformat = 1\nname = "x"\n',
        "sources.toml": '[[source]]\nid = "s"\nkind = "study"\ntitle = "t"\ngrade = "A"\nseen = "full text"\n',
        "terms.toml": "\n".join(
            f'[[{axis}]]\nid = "{term}"' + ('\nconcentration = "ng/mL"' if axis == "matrix" else "")
            for axis, term in (("matrix", "urine"), ("analyte", "any"), ("method", "lc-ms"), ("route", "oral"),
                               ("pattern", "single"), ("pattern", "unknown"))
        ),
        "x/substance.toml": 'id = "x"\nname = "x"\nyields = ["any"]\n',
    }  # fmt: skip


# ---------------------------------------------------------------- what is given


@pytest.mark.parametrize("weight", [70, 70.0, "70", "70 kg", "70000 g"])
def test_a_bare_weight_is_in_kilograms(weight):
    form = ketref.history(taken(0, weight=weight, dose="0.5", dose_unit="mg/kg"), at=NOON).doses[0]
    assert (form["dose"], form["weight"] in {"70 kg", "70000 g"}) == ("35 mg", True)


def test_a_dose_with_two_units_is_refused():
    with pytest.raises(ketref.UsageError, match="two units"):
        ketref.history(taken(0, dose="84 mg", dose_unit="mg"), at=NOON)


def test_a_dose_may_be_an_object():
    dose = SimpleNamespace(substance="ketamine", start=NOON, dose=50, dose_unit="mg", weight=70.0, route="IV")
    form = ketref.history([dose], at=NOON + HOUR).doses[0]
    assert (form["dose"], form["weight"], form["route"]) == ("50 mg", "70 kg", "intravenous")


@pytest.mark.parametrize("unsaid", [None, "", float("nan")])
def test_what_is_empty_is_unsaid(unsaid):
    dose = {"substance": "ketamine", "start": NOON, "route": unsaid, "dose": unsaid, "end": unsaid, "weight": unsaid}
    assert ketref.history([dose], at=NOON + HOUR).doses == ketref.history(taken(0), at=NOON + HOUR).doses


@pytest.mark.parametrize(
    ("doses", "said"),
    [
        ([{"substance": "ketamine"}], "dose 1: `start` is missing"),
        ([{"start": NOON}], "dose 1: `substance` is missing"),
        ([{"substance": "ketamin", "start": NOON}], "dose 1: unknown substance `ketamin`"),
        ([{"substance": "ketamine", "start": NOON, "rute": "IV"}], "unknown key `rute`"),
        ([{"substance": "ketamine", "start": NOON, "dose": 50}], "`dose` needs a unit"),
        ([{"substance": "ketamine", "start": NOON, "end": NOON, "infusion": "1 h"}], "two ways to say the same"),
        ([{"substance": "ketamine", "start": NOON, "taken": NOON}], "two words for the same"),
        ([{"substance": "ketamine", "start": NOON, "start_latest": NOON - HOUR}], "lies before `start`"),
        ([{"substance": "ketamine", "start": NOON, "subject": n} for n in (1, 2)], "of 2 subjects"),
        (
            [{"substance": "ketamine", "start": NOON}, {"substance": "ketamine", "start": "2026-03-01T10:00"}],
            "no time zone",
        ),
        ("ketamine", "not a list"),
        ({"substance": "ketamine"}, "not a list"),
        (17, "not a list"),
        ([17], "`start` is missing"),
    ],
)
def test_a_mistake_is_refused_with_its_place(doses, said):
    with pytest.raises(ketref.UsageError, match=re.escape(said)):
        ketref.history(doses, at=NOON + HOUR)


def test_every_dose_that_is_not_understood_is_listed():
    doses = [{"substance": "ketamine", "start": "then"}, *taken(0), {"substance": "k", "start": NOON, "route": "nose"}]
    with pytest.raises(ketref.UsageError) as error:
        ketref.history(doses, at=NOON)
    assert "2 records are not understood" in str(error.value)
    assert "dose 1: `then` is not a date or time" in str(error.value)
    assert "dose 3: unknown route `nose`" in str(error.value)


def test_more_doses_than_one_person_can_have_are_refused():
    with pytest.raises(ketref.UsageError, match="5001 doses of one person"):
        ketref.history([{"substance": "ketamine", "start": NOON}] * 5001, at=NOON)


@pytest.mark.parametrize(
    "asked",
    [
        {"at": NOON.replace(tzinfo=None)},
        {"known_since": NOON + DAY},
        {"known_since": "2026-01-01T00:00"},
        {"matrix": "tear"},
        {"cutoff": "25 ng/mL"},
        {"matrix": ["urine", 3]},
    ],
)
def test_a_question_that_is_not_understood_is_refused(asked):
    with pytest.raises(ketref.UsageError):
        ketref.history(taken(0), **{"at": NOON, **asked})


# ---------------------------------------------------------------- the command

CSV = """\
substance,start,end,route,dose,dose_unit
esketamine,2026-03-01T14:20+01:00,2026-03-01T14:30+01:00,nasal,84,mg
ketamine,2026-02-27+01:00,,insufflated,,
"""
TOML = """\
known_since = 2026-02-01T00:00:00+01:00

[[dose]]
substance = "ketamine"
start = 2026-02-27T10:00:00+01:00
"""
AT = ("--at", "2026-03-01T15:10+01:00")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_doses_may_come_as_csv(run: Run, tmp_path, separator):
    (tmp_path / "doses.csv").write_text("\ufeff" + CSV.replace(",", separator), encoding="utf-8")
    ran = run("history", str(tmp_path / "doses.csv"), *AT, "--format", "json")
    form = json.loads(ran.out)
    assert [dose["dose"] for dose in form["doses"]] == ["84 mg", None]
    assert form["doses"][0]["infusion"] == "10 min"


def test_doses_may_come_as_json_and_toml(run: Run, tmp_path):
    (tmp_path / "doses.toml").write_text(TOML, encoding="utf-8")
    from_toml = json.loads(run("history", str(tmp_path / "doses.toml"), *AT, "--format", "json").out)
    listed = {"known_since": "2026-02-01T00:00+01:00",
              "doses": [{"substance": "ketamine", "start": "2026-02-27T10:00+01:00"}]}  # fmt: skip
    (tmp_path / "doses.json").write_text(json.dumps(listed), encoding="utf-8")
    from_json = json.loads(run("history", str(tmp_path / "doses.json"), *AT, "--format", "json").out)
    assert from_toml["tests"] == from_json["tests"]
    assert any("nothing is known before" in assumed for assumed in from_toml["assumes"])


@pytest.mark.parametrize("text", [CSV, TOML, '[{"substance": "ketamine", "start": "2026-02-27T10:00+01:00"}]'])
def test_standard_input_is_told_by_its_first_characters(run: Run, text):
    ran = run("history", "-", *AT, "--matrix", "urine", stdin=text)
    assert ran.code == 0
    assert ran.out.startswith("at 2026-03-01T15:10+01:00, after ")


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ("", "is empty", 4),
        ("substance,start\nketamine\n", "line 2: 1 value, the header names 2", 4),
        ("substance,start,start\n", "is there twice", 4),
        ('substance,start\n"ketamine,2026\n', "line 2", 4),
        ("[1, 2]", "no list of doses", 4),
        ("[{]", "is not valid JSON", 4),
        ('{"doses": [], "dosis": 1}', "unknown key `dosis`", 4),
        ("[[dosis]]\n", "no list of doses", 4),
        ("[[dose]\n", "is not valid TOML", 4),
        ("substance,start\nketamine,yesterday\n", "dose 1 (line 2): `yesterday`", 2),
    ],
)
def test_a_file_that_holds_no_doses_is_refused(run: Run, text, said, code):
    ran = run("history", "-", *AT, stdin=text)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_the_json_form_keeps_its_schema():
    form = ketref.history([*taken(0, 24), {**SPRAY, "start": NOON + 30 * DAY}], at=NOON + 2 * DAY).to_dict()
    Draft202012Validator(schemas.schemas()["history.answer.schema.json"]).validate(json.loads(json.dumps(form)))


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_text_fits_the_terminal(run: Run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    ran = run("history", "-", *AT, stdin=CSV)
    assert max(map(len, ran.out.splitlines())) <= max(40, min(100, int(columns)))


def test_a_date_object_is_a_day():
    answer = ketref.history([{"substance": "ketamine", "start": date(2026, 3, 1)}], at=datetime(2026, 3, 2, 12))
    assert answer.doses[0]["elapsed_s"] == [43200, 129600]


def test_another_offset_prints_in_the_zone_of_the_moment_asked():
    zone = timezone(timedelta(hours=-5))
    answer = ketref.history([{**SPRAY, "start": NOON}], at=(NOON + HOUR).astimezone(zone))
    assert answer.doses[0]["start"] == "2026-03-01T07:00-05:00"


def test_a_dose_of_which_only_the_latest_start_is_known_excludes_nothing_that_an_earlier_one_would_not():
    (before,) = ketref.history([{"substance": "ketamine", "start_latest": NOON}], at=NOON + HOUR, matrix="urine").tests
    assert before["status"] == "possible"
    (over,) = ketref.history(
        [{"substance": "ketamine", "start_latest": NOON}], at=NOON + 60 * DAY, matrix="urine"
    ).tests
    assert over["status"] == "not_expected"
    assert "ago or longer" in str(ketref.history([{"substance": "ketamine", "start_latest": NOON}], at=NOON + HOUR))


def test_records_of_which_all_are_at_midnight_are_told_of():
    doses = [{"substance": "ketamine", "start": f"2026-03-0{day}T00:00"} for day in (1, 2)]
    with pytest.warns(ketref.Note, match="00:00:00"):
        ketref.history(doses, at="2026-03-05T10:00")
    answer = ketref.history(doses, at="2026-03-05T10:00", midnight="day")
    assert answer.doses[0]["elapsed_s"] == [3 * 86400 + 10 * 3600 + 0, 4 * 86400 + 10 * 3600]


def test_every_instant_of_an_answer_is_one_that_python_reads() -> None:
    """Of doses that are known to the minute and to the day: `unit` says which, and the text shows days as days."""
    for start, unit in (("2026-03-01T10:00+01:00", "minute"), ("2026-03-01[Europe/Berlin]", "day")):
        dose = {"substance": "esketamine", "route": "nasal", "dose": "84 mg", "start": start}
        form = ketref.history([dose], at="2026-03-01T10:30+01:00").to_dict()
        turns = [*form["changes"], *(t["next_change"] for t in form["tests"] if t["next_change"])]
        turns += [effect["until"] for effect in form["effects"] if effect["until"]]
        assert turns
        assert all(datetime.fromisoformat(turn["at"]).tzinfo for turn in turns)
        assert {turn["at_unit"] for turn in turns} <= {"minute", "day"}
        timed = [caution for caution in form["cautions"] if caution["not_before"]]
        assert timed
        assert {caution["not_before_unit"] for caution in timed} == {unit}
        assert all(datetime.fromisoformat(caution["not_before"]) for caution in timed)


def test_an_answer_of_one_dose_is_shown_as_of_one() -> None:
    answer = ketref.history([{"substance": "ketamine", "start": "2026-03-01T14:30Z"}], at="2026-03-02T00:00Z")
    assert repr(answer).endswith(": 1 dose>")


def test_doses_of_many_are_pointed_to_where_they_are_answered() -> None:
    doses = [{"subject": name, "substance": "ketamine", "start": "2026-03-01T14:30Z"} for name in "AB"]
    with pytest.raises(ketref.UsageError, match="2 subjects") as caught:
        ketref.history(doses, at="2026-03-02T00:00Z")
    assert "ketref today DOSES" in caught.value.hint
