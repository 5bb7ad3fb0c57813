"""Which rows stand for many doses, and do they say what these doses say as rows of their own?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketref
from conftest import Run
from ketref.book.loading import shipped
from ketref.engine.course import STATUSES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MATRICES = ("urine", "blood", "hair")


def row(**more: Any) -> dict[str, Any]:
    return {"substance": "ketamine", "route": "nasal", "dose": "50 mg", "start": NOON, **more}


def asked(*doses: dict[str, Any], at: Any = NOON + 10 * DAY, matrix: Any = "urine", **more: Any) -> Any:
    return ketref.history(doses, at=at, matrix=matrix, **more)


def numberless(forms: Any) -> list[dict[str, Any]]:
    return [{**form, "dose": None} for form in forms]


def same(one: ketref.HistoryAnswer, other: ketref.HistoryAnswer) -> None:
    """Two answers say the same, but for the numbers of doses and the phases of the earlier ones."""
    assert numberless(one.tests) == numberless(other.tests)
    assert numberless(one.effects) == numberless(other.effects)
    assert numberless(one.cautions) == numberless(other.cautions)
    assert one.patterns == other.patterns
    changes = [[change for change in answer.changes if change["kind"] != "phase"] for answer in (one, other)]
    assert numberless(changes[0]) == numberless(changes[1])


def taken(answer: ketref.HistoryAnswer) -> tuple[int, str | None]:
    """How many doses the first row was by then, and when the last of them was."""
    return answer.doses[0]["doses"], answer.doses[0]["last"]


# ---------------------------------------------------------------- what a row says


def test_an_end_a_little_before_a_dose_is_the_time_of_that_dose_and_is_told():
    weekly = {"frequency": "QW", "start": "2026-03-02T09:00Z", "end": "2026-03-16T08:45Z"}
    answer = asked(row(**weekly), at="2026-03-17T09:00Z", matrix="blood")
    assert taken(answer) == (3, "2026-03-16T09:00+00:00")
    assert [note for note in answer.notes if "nearly due" in note and "row 1" in note]
    assert not asked(row(**{**weekly, "end": "2026-03-16T09:00Z"})).notes
    result = {"matrix": "blood", "time": "2026-03-17T09:00Z", "outcome": "positive"}
    assert ketref.infer([result], doses=[row(**weekly)]).notes == answer.notes


@pytest.mark.parametrize(
    ("said", "doses", "last"),
    [
        ({"frequency": "QD", "count": 15}, 11, "2026-03-11T12:00+00:00"),
        ({"frequency": "qd", "count": "3"}, 3, "2026-03-03T12:00+00:00"),
        ({"frequency": "BID", "count": 3.0}, 3, "2026-03-02T12:00+00:00"),
        ({"frequency": "Q4H", "end": "2026-03-02Z"}, 9, "2026-03-02T20:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-05T12:00Z"}, 5, "2026-03-05T12:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-05T11:59Z"}, 5, "2026-03-05T12:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-05T06:01Z"}, 5, "2026-03-05T12:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-05T06:00Z"}, 4, "2026-03-04T12:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-05T12:01Z"}, 5, "2026-03-05T12:00+00:00"),
        ({"frequency": "QD", "end": "2026-03-04T18:00Z/2026-03-05T11:00Z"}, 4, "2026-03-04T12:00+00:00"),
        ({"frequency": "every other day", "end": "2026-03-06Z"}, 3, "2026-03-05T12:00+00:00"),
        ({"frequency": "EVERY 2 WEEKS", "count": 2}, 1, "2026-03-01T12:00+00:00"),
        ({"interval": "36 h", "count": 2}, 2, "2026-03-03T00:00+00:00"),
        ({"interval": timedelta(days=2), "count": 2}, 2, "2026-03-03T12:00+00:00"),
        ({"interval": "P1D", "addl": 1}, 2, "2026-03-02T12:00+00:00"),
        ({"ii": 24, "addl": 2}, 3, "2026-03-03T12:00+00:00"),
        ({"ii": "12", "addl": "2"}, 3, "2026-03-02T12:00+00:00"),
        ({"ii": "0.5", "addl": "1"}, 2, "2026-03-01T12:30+00:00"),
        ({"ii": "2 d", "addl": 1}, 2, "2026-03-03T12:00+00:00"),
        ({"ii": 0, "addl": 0}, 1, "2026-03-01T12:00+00:00"),
        ({"addl": 0}, 1, "2026-03-01T12:00+00:00"),
        ({"frequency": "ONCE"}, 1, "2026-03-01T12:00+00:00"),
        ({"frequency": "ONCE", "end": "2026-03-01T12:30Z"}, 1, "2026-03-01T12:00+00:00"),
        ({"frequency": None, "count": None, "addl": ""}, 1, "2026-03-01T12:00+00:00"),
    ],
)
def test_a_row_stands_for_so_many_doses(said, doses, last):
    answer = asked(row(**said))
    assert taken(answer) == (doses, last)
    assert [form["number"] for form in answer.doses] == [1]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"frequency": "PRN", "count": 3}, "`PRN` is not a fixed interval"),
        ({"frequency": "as needed", "count": 3}, "not a fixed interval"),
        ({"frequency": "CONTINUOUS"}, "`CONTINUOUS` is not a fixed interval"),
        ({"frequency": "INTERMITTENT", "count": 3}, "not a fixed interval"),
        ({"frequency": "UNKNOWN", "count": 3}, "not a fixed interval"),
        ({"frequency": "2 TIMES PER WEEK", "count": 3}, "not a fixed interval"),
        ({"frequency": "QM", "count": 3}, "not a fixed interval"),
        ({"frequency": "often", "count": 3}, "unknown frequency `often`"),
        ({"frequency": "QD"}, "a dose every 24 h, and not until when"),
        ({"frequency": "QD", "end": "9999-12-31"}, "and not until when"),
        ({"frequency": "QD", "end": "2026-02-01Z"}, "and not until when"),
        ({"frequency": "QD", "interval": "24 h", "count": 3}, "two ways to say the same"),
        ({"frequency": "QD", "count": 3, "addl": 2}, "two ways to say the same"),
        ({"frequency": "QD", "count": 3, "end": "2026-03-05Z"}, "two ways to say the same"),
        ({"frequency": "ONCE", "count": 3}, "3 doses, and not how often"),
        ({"count": 3}, "3 doses, and not how often"),
        ({"addl": 2}, "3 doses, and not how often"),
        ({"interval": 24, "count": 3}, "`interval` is a bare number"),
        ({"interval": "30 s", "count": 3}, "shorter than a minute"),
        ({"interval": "1 d", "count": 0}, "`count` is not a number of doses"),
        ({"interval": "1 d", "addl": -1}, "`addl` is not a number of doses"),
        ({"interval": "1 d", "count": "few"}, "`count` is not a number of doses"),
        ({"interval": "1 min", "count": 100_001}, "stands for 100001 doses, more than 100000"),
        ({"interval": "1 min", "end": "2036-03-01Z"}, "more than 100000"),
    ],
)
def test_what_says_no_number_of_doses_is_refused(said, why):
    with pytest.raises(ketref.UsageError, match=why) as error:
        asked(row(), row(**said))
    assert str(error.value).startswith("dose 2: ")


def test_the_cdisc_terms_of_an_interval_are_all_known():
    known = shipped().vocabularies["frequency"]
    for term, hours in {
        **{f"Q{hours}H": hours for hours in (*range(1, 25), 36, 48, 72)},
        "QD": 24,
        "BID": 12,
        "TID": 8,
        "QID": 6,
        "QOD": 48,
        "QH": 1,
        "QAM": 24,
        "QPM": 24,
        "QHS": 24,
        "QN": 24,
        **{f"Q{days}D": 24 * days for days in (2, 3, 4, 5, 6, 7)},
        "EVERY WEEK": 168,
        "QW": 168,
        "1 TIME PER WEEK": 168,
        "EVERY 2 WEEKS": 336,
        "Q2W": 336,
        "EVERY 8 WEEKS": 1344,
        "6 TIMES PER DAY": 4,
        "8 TIMES PER DAY": 3,
    }.items():
        found = known.terms[known.resolve(term)]
        assert found.fixed
        assert found.interval is not None
        assert found.interval.seconds == hours * 3600, term


def test_how_long_each_dose_took_is_said_apart():
    answer = asked(row(frequency="QD", count=20, duration="30 min", route="IV"))
    assert answer.doses[0]["infusion"] == "30 min"
    same(answer, asked(*(row(start=NOON + DAY * day, infusion="30 min", route="IV") for day in range(20))))


# ---------------------------------------------------------------- what it says is what its doses say


starts = st.integers(0, 24 * 20).map(lambda hours: NOON + HOUR * hours)
intervals = st.sampled_from([MINUTE * 20, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 25 * HOUR])
regimen = st.fixed_dictionaries(
    {
        "start": starts,
        "interval": intervals,
        "count": st.integers(1, 40),
        "substance": st.sampled_from(["ketamine", "ketamine", "esketamine"]),
        "status": st.sampled_from([None, None, "on-hold"]),
        "route": st.sampled_from(["oral", "intravenous-bolus", None]),
    }
)


def written_out(form: dict[str, Any]) -> list[dict[str, Any]]:
    """The doses of a regimen as rows."""
    once = {key: value for key, value in form.items() if key not in {"interval", "count"}}
    return [{**once, "start": form["start"] + form["interval"] * k} for k in range(form["count"])]


@given(st.lists(regimen, min_size=1, max_size=3), st.integers(0, 24 * 60), st.none() | st.integers(0, 24 * 30))
@settings(max_examples=30)
def test_a_regimen_says_what_its_doses_say_as_rows(forms, sample, since):
    forms = [{**form, "start": form["start"] + MINUTE * number} for number, form in enumerate(forms)]  # none is joined
    at = NOON + HOUR * sample
    more = {} if since is None else {"known_since": at - HOUR * since}
    rows = [dose for form in forms for dose in written_out(form)]
    same(asked(*forms, at=at, matrix=MATRICES, **more), asked(*rows, at=at, matrix=MATRICES, **more))


@given(regimen, st.integers(0, 24 * 90), st.sampled_from(["positive", "negative"]))
@settings(max_examples=20)
def test_results_are_explained_as_by_rows(form, sample, outcome):
    result = {"matrix": "urine", "time": NOON + HOUR * sample, "outcome": outcome}
    one, rows = (ketref.infer([result], doses=doses, midnight="exact") for doses in ([form], written_out(form)))
    keys = ("verdict", "status", "pattern", "rule", "substance", "supposed")
    assert [one.results[0][key] for key in keys] == [rows.results[0][key] for key in keys]


@pytest.mark.parametrize("hours", [6, 12, 24])
def test_days_are_moved_as_ranges(hours):
    """A start that is known to the day is, of each later dose, a range as long."""
    days = {"start": "2026-03-01Z", "interval": f"{hours} h", "count": 5}
    ranges = [
        {"start": NOON - 12 * HOUR + HOUR * hours * k, "start_latest": NOON + 12 * HOUR + HOUR * hours * k - MINUTE}
        for k in range(5)
    ]
    for at in (NOON, NOON + DAY, NOON + 20 * DAY):
        one = asked(row(**days), at=at)
        rows = asked(*(row(**each) for each in ranges), at=at, midnight="exact")
        assert [test["status"] for test in one.tests] == [test["status"] for test in rows.tests]


def test_a_day_of_an_end_counts_whole():
    dates = {"start": "2026-03-01Z", "end": "2026-03-15Z", "frequency": "QD"}
    assert asked(row(**dates), at="2026-04-01Z").doses[0]["doses"] == 15
    assert asked(row(**{**dates, "end": "2026-03-01Z"}), at="2026-04-01Z").doses[0]["doses"] == 1
    assert asked(row(**{**dates, "frequency": "BID"}), at="2026-04-01Z").doses[0]["doses"] == 30


def test_daily_use_is_no_single_dose_of_two_weeks():
    spray = {"substance": "esketamine", "route": "nasal", "dose": "56 mg", "frequency": "QD"}
    regimen = {**spray, "start": "2026-01-02T08:00Z", "end": "2026-01-16T08:00Z"}
    (test,) = asked(regimen, at="2026-01-16T20:00Z").tests
    assert (test["status"], test["pattern"]) == ("expected", "repeated")


def test_a_regimen_is_one_line_of_the_text():
    text = " ".join(str(asked(row(frequency="QD", count=15), at=NOON + 10 * DAY + HOUR)).split())
    assert "after 11 doses" in text
    assert "dose 1: 2026-03-01T12:00+00:00 ketamine nasal 50 mg every 24 h, 11 doses by then, the last 1 h ago" in text


def test_doses_to_come_do_not_count():
    answer = asked(row(frequency="QD", count=15), at=NOON - DAY)
    assert taken(answer) == (0, None)
    assert answer.doses[0]["planned"]
    assert answer.tests[0]["status"] == "no_dose"


# ---------------------------------------------------------------- no last day


def test_without_a_last_day_doses_go_on_until_the_moment_where_that_is_said():
    answer = asked(row(frequency="QD"), ongoing="now")
    assert answer.doses[0]["doses"] == 11
    assert "doses without a last day went on until the time you are asking about" in answer.assumes
    same(answer, asked(row(frequency="QD", count=11)))


def test_without_a_last_day_only_the_first_dose_is_sure_where_that_is_unknown():
    answer = asked(row(frequency="QD"), ongoing="unknown")
    (test,) = answer.tests
    assert (test["status"], test["doubtful"]) == ("possible", True)
    assert any("perhaps taken" in assumed for assumed in answer.assumes)
    doubted = [row(), *(row(start=NOON + DAY * day, status="unknown") for day in range(1, 11))]
    same(answer, asked(*doubted))


@given(regimen, st.integers(0, 24 * 60))
@settings(max_examples=20)
def test_not_knowing_how_long_it_went_on_lies_between(form, sample):
    """The first dose alone, perhaps more, all of them: never lower, and what is in doubt is `possible` at most."""
    at = NOON + HOUR * sample
    form = {**form, "status": None, "count": None}

    def ranks(answer: Any) -> list[int]:
        return [-1 if t["status"] == "no_dose" else STATUSES.index(t["status"]) for t in answer.tests]

    once = {**form, "interval": None}
    found = [once, form, form]
    said = [None, "unknown", "now"]
    first, perhaps, all_of_them = (
        ranks(asked(dose, at=at, matrix=MATRICES, ongoing=ongoing)) for dose, ongoing in zip(found, said, strict=True)
    )
    possible = STATUSES.index("possible")
    for low, middle, high in zip(first, perhaps, all_of_them, strict=True):
        assert low <= middle <= high
        assert middle <= max(low, possible)


def test_ongoing_is_one_of_two_words():
    with pytest.raises(ketref.UsageError, match="ongoing"):
        asked(row(frequency="QD"), ongoing="maybe")


def test_of_the_doses_before_a_result_those_count_that_went_on_until_it():
    result = {"matrix": "urine", "time": NOON + 60 * DAY + HOUR, "outcome": "positive", "substance": "ketamine"}
    once, ongoing = (
        ketref.infer([result], doses=[row(**more)], known_since=NOON - 400 * DAY, ongoing=said).results[0]["verdict"]
        for more, said in (({}, None), ({"frequency": "QD"}, "now"))
    )
    assert once == "not_explained"
    assert ongoing in {"explained", "possible"}


def test_how_long_it_went_on_is_said_on_the_command_line(run: Run, tmp_path):
    (tmp_path / "doses.csv").write_text("substance,start,frequency\nketamine,2026-03-01T12:00Z,QD\n")
    asking = ("history", str(tmp_path / "doses.csv"), "--at", "2026-03-11T12:00Z", "--matrix", "urine")
    refused = run(*asking)
    assert refused.code == 2
    assert "--ongoing" in refused.err
    told = run(*asking, "--ongoing", "now")
    assert told.code == 0
    assert "11 doses by then" in " ".join(told.out.split())
    result = tmp_path / "results.csv"
    result.write_text("matrix,time,outcome\nurine,2026-03-11T12:00Z,positive\n")
    ran = run("infer", result, "--doses", tmp_path / "doses.csv", "--ongoing", "unknown")
    assert ran.code == 0
    assert "perhaps taken" in " ".join(ran.out.split())
