"""Is what is known of a time the same in a table as in one question?"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import ketref
from ketref.answers.question import understand
from ketref.book.loading import shipped
from ketref.model.times import notation
from ketref.person.doses import understood_doses
from ketref.person.records import span_of
from ketref.person.timeline import Timeline

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

BERLIN = ZoneInfo("Europe/Berlin")
FORMS = [
    *("2026-03-01T08:30", "2026-03-01T00:00", "2026-03-01 00:00:00", "2026-03-01", "2026-03", "2026---15"),
    *("2026-03-01T14", "2026-03-01T-:15", "2026-03-01T24:00", "2026-02-27/2026-03-01", "2026-03-01T8:30"),
    *("2026-03-01 2:30 PM", "01-MAR-2026 14:30", "1.3.2026 14:30", "03/01/2026", "2026/03/01", "46082.6"),
    *("2026-03-01T10:00Z", "20260301T100000Z", "2026-03-01T00:00+01:00", "2026-03-01[Europe/Berlin]", "nonsense"),
    *("2026-03-01T10:00 ± 1 h", "2026-03-01T10:00/2026-03-01T11:00", "2025-10-26T02:30", "2026-03-29T02:30"),
]
MOMENTS = [
    *(dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 14, 30), dt.datetime(2025, 10, 26, 2, 30), dt.date(2026, 3, 1)),
    *(dt.datetime(2026, 3, 29, 2, 30), dt.datetime(2026, 3, 1, tzinfo=BERLIN), dt.datetime(2026, 3, 29)),
]
SAID: list[dict[str, Any]] = [
    {},
    {"tz": "Europe/Berlin"},
    {"tz": "-03:30"},
    {"dates": "dmy"},
    {"midnight": "day"},
    {"tz": "America/New_York", "dates": "mdy", "midnight": "day"},
]
AT = ["2026-03-10T09:00", "2026-03-10T09:00Z", "2026-03-10"]


def alone(taken: Any, at: Any, said: dict[str, Any]) -> Any:
    """The elapsed time of one question, None where it is refused."""
    book = shipped()
    try:
        return understand(book, "ketamine", matrix="urine", taken=taken, at=at, notation=notation(**said))
    except ketref.UsageError:
        return None


def quietly(ask: Any, *given: Any, **said: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ketref.Note)
        return ask(*given, **said)


@pytest.mark.parametrize("said", SAID, ids=str)
@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("held", ["texts", "objects", "one by one"])
def test_a_row_is_understood_as_its_question_alone(said, at, held):
    taken = {"texts": FORMS, "objects": [*MOMENTS, *FORMS[:5]], "one by one": [*FORMS, *MOMENTS]}[held]
    columns = [pd.Series([one]) if held == "one by one" else None for one in taken]
    tables = [{"taken": c} for c in columns] if held == "one by one" else [{"taken": taken}]
    found = [
        row
        for table in tables
        for answers in [
            quietly(
                ketref.detect_many,
                {"substance": "ketamine", "matrix": "urine", "at": at, **table},
                ("status", "next_change_s"),
                on_error="reject",
                **said,
            )
        ]
        for row in zip(answers["status"], answers["next_change_s"].tolist(), strict=True)
    ]
    for value, (status, change) in zip(taken, found, strict=True):
        question = alone(value, at, said)
        if question is None:
            assert (status, change) == ("unknown", None), value
        else:
            soonest, longest = question.elapsed
            since = (f"{max(soonest, 0)} s", f"{longest} s")
            answer = ketref.detect("ketamine", matrix="urine", since=since)
            if soonest >= 0:
                assert (status, change) == (answer.status, answer.next_change and answer.next_change["in_s"]), value


def over(
    doses: list[dict[str, Any]], sample: dict[str, Any], said: dict[str, Any]
) -> tuple[str, int | None, int | None]:
    """The status of a sample and how long ago the dose was, as the history of one person has it."""
    book, how = shipped(), notation(**said)
    at = span_of(sample.get("time"), sample.get("time_latest"), "time", how)
    from ketref.model.times import HORIZON, on_one_clock
    from ketref.person.doses import started

    known = understood_doses(book, doses, notation=how).rows
    at, *starts = on_one_clock([at, *(dose.start for dose in known)])
    timeline = Timeline(book, "ketamine", started(known, starts))
    governing = timeline.status_of(understand(book, "ketamine", matrix="urine"), at)
    elapsed = governing.placed.reading.elapsed(at.span)
    shortest, longest = (None if abs(seconds) >= HORIZON else seconds for seconds in elapsed)
    return governing.status, shortest, longest


DOSES = [
    {"start": "2026-03-01"},
    {"start": "2026-03-01", "start_latest": "2026-03-02"},
    {"start_latest": "2026-03-02T10:00Z"},
    {"start_latest": "2026-03-02"},
    {"start": dt.date(2026, 3, 1)},
    {"start": "2026-03-01T10:00Z"},
    {"start": "2026-03-01", "start_latest": "2026-03-02T10:00Z"},
    {"start": "2026-02/2026-03-01"},
    {"start": "2026-03-01T00:00Z"},
]
SAMPLES = [{"time": "2026-03-04T10:00+01:00"}, {"time_latest": "2026-03-04T10:00Z"}, {"time": "2026-03-04T00:00Z"}]


@pytest.mark.parametrize("said", [SAID[0], SAID[1], SAID[4]], ids=str)
def test_a_sample_is_answered_as_in_the_history_of_its_subject(said):
    pairs = [(dose, sample) for dose in DOSES for sample in SAMPLES]
    doses = [{"subject": n, "substance": "ketamine", **dose} for n, (dose, _) in enumerate(pairs)]
    samples = [{"subject": n, "matrix": "urine", **sample} for n, (_, sample) in enumerate(pairs)]

    def table(rows: list[dict[str, Any]], *names: str) -> dict[str, Any]:
        return {name: [row.get(name) for row in rows] for name in names}

    asked = ("status", "elapsed_s", "elapsed_longest_s")
    found = quietly(
        ketref.evaluate,
        table(doses, "subject", "substance", "start", "start_latest"),
        table(samples, "subject", "matrix", "time", "time_latest"),
        asked,
        **said,
    )
    rows = list(zip(*(found[name].tolist() for name in asked), strict=True))
    assert rows == [over([{"substance": "ketamine", **dose}], sample, said) for dose, sample in pairs]


def test_a_table_of_days_beside_zoned_samples_is_answered():
    doses = {"subject": ["A", "B"], "substance": "ketamine", "start": [dt.date(2026, 3, 1), dt.date(2026, 3, 3)]}
    samples = {"subject": ["A", "B"], "matrix": "urine", "time": "2026-03-03T14:00+01:00"}
    found = ketref.evaluate(doses, samples, ("status", "elapsed_s", "elapsed_longest_s"))
    assert found["elapsed_s"].tolist() == [25 * 3600, -23 * 3600]
    assert found["elapsed_longest_s"].tolist() == [75 * 3600, 27 * 3600]


def test_a_table_of_local_times_beside_zoned_samples_is_refused_with_what_to_say():
    doses = {"subject": ["A"], "substance": "ketamine", "start": ["2026-03-01T10:00"]}
    samples = {"subject": ["A"], "matrix": "urine", "time": "2026-03-03T14:00+01:00"}
    with pytest.raises(ketref.UsageError, match="no time zone") as refusal:
        ketref.evaluate(doses, samples)
    assert "--tz" in refusal.value.hint
    assert ketref.evaluate(doses, samples, ("elapsed_s",), tz="Europe/Berlin")["elapsed_s"].tolist() == [52 * 3600]


@pytest.mark.parametrize(
    "start",
    [
        pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02"])),
        pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02"])).dt.tz_localize("Europe/Berlin"),
        ["2026-03-01T00:00", "2026-03-02T00:00"],
        ["2026-03-01T00:00:00+01:00", None, "2026-03-02T00:00:00+01:00"],
        [dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 2)],
    ],
    ids=["stamps", "zoned stamps", "texts", "texts with an offset", "objects"],
)
def test_a_column_of_midnights_is_warned_of_unless_it_is_said_what_they_are(start):
    doses = {"subject": list(range(len(start))), "substance": "ketamine", "start": start}
    at = "2026-03-05" if start[0] is not None and "+" not in str(start[0]) else "2026-03-05T10:00Z"
    samples = {"subject": [0], "matrix": "urine", "time": at}
    with pytest.warns(ketref.Note, match=r"2 times in `start` is 00:00:00"):
        ketref.evaluate(doses, samples, ("status",), on_error="reject")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for midnight in ("day", "exact"):
            ketref.evaluate(doses, samples, ("status",), on_error="reject", midnight=midnight)


MIXED = ["2026-03-01T00:00", "2026-03-02T00:01", "2026-03-03T00:00:00", "2026-03-04T10:00", "2026-03-04T20:00"]


@pytest.mark.parametrize(
    "start",
    [
        MIXED,
        [f"{text[:16]}Z" for text in MIXED],
        [f"{text[:16]}:00+02:00" for text in MIXED],
        [*MIXED[:4], "2026-03-04"],
        pd.to_datetime(pd.Series(MIXED), format="ISO8601"),
        pd.to_datetime(pd.Series(MIXED), format="ISO8601").dt.tz_localize("Europe/Berlin"),
        pd.to_datetime(pd.Series(MIXED), format="ISO8601").dt.tz_localize("UTC"),
        pd.Series(MIXED, dtype="category"),
        [dt.datetime.fromisoformat(text) for text in MIXED],
    ],
    ids=["texts", "UTC", "offsets", "days", "stamps", "zoned stamps", "stamps in UTC", "categories", "objects"],
)
def test_midnights_among_other_times_are_counted_as_history_counts_them(start):
    doses = {"subject": list(range(5)), "substance": "ketamine", "start": start}
    zoned = any(sign in str(next(iter(start))) for sign in "+Z")
    at = "2026-03-05T10:00Z" if zoned else "2026-03-05T10:00"
    with pytest.warns(ketref.Note, match=r"^2 of 5 times in `start` are 00:00:00"):
        ketref.evaluate(doses, {"subject": [0], "matrix": "urine", "time": at}, ("status",))
    with pytest.warns(ketref.Note, match=r"^2 of 5 times in `start` are 00:00:00"):
        ketref.history([{"substance": "ketamine", "start": one} for one in start], at=at)


def test_less_than_a_fifth_of_midnights_is_not_warned_of():
    few = [*MIXED, *(f"2026-03-04T{hour}:30" for hour in range(11, 17))]
    doses = {"subject": list(range(11)), "substance": "ketamine", "start": few}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ketref.evaluate(doses, {"subject": [0], "matrix": "urine", "time": "2026-03-05T10:00"}, ("status",))
        ketref.history([{"substance": "ketamine", "start": one} for one in few], at="2026-03-05T10:00")


@pytest.mark.parametrize("start", [["2026-03-01T00:00"], ["2026-03-01T00:00", "2026-03-02T00:01"], ["2026-03-01"] * 2])
def test_what_is_no_column_of_midnights_is_not_warned_of(start):
    doses = {"subject": list(range(len(start))), "substance": "ketamine", "start": start}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ketref.evaluate(doses, {"subject": [0], "matrix": "urine", "time": "2026-03-05"}, ("status",))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("tz", ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"])
def test_timestamps_of_a_zone_that_is_said_are_those_of_it(unit, tz):
    stamps = pd.Series(pd.date_range("2025-01-01", "2026-12-31", freq="1801s")).astype(f"datetime64[{unit}]")[::7]
    said = {"tz": tz, "midnight": "day"}
    found = quietly(
        ketref.detect_many,
        {"substance": "ketamine", "matrix": "hair", "taken": stamps, "at": "2027-01-03T00:00:01Z"},
        ("next_change_s", "reject"),
        on_error="reject",
        **said,
    )
    days_of_change = {(3, 8), (3, 9), (3, 29), (3, 30), (4, 5), (4, 6), (10, 4), (10, 5), (10, 25), (10, 26)}
    days_of_change |= {(11, 1), (11, 2)}
    for n, stamp in enumerate(stamps):
        if n % 50 == 0 or (stamp.month, stamp.day) in days_of_change:
            question = alone(stamp.to_pydatetime(), "2027-01-03T00:00:01Z", said)
            assert (found["reject"][n] is None) == (question is not None), stamp
            if question is not None:
                since = tuple(f"{seconds} s" for seconds in question.elapsed)
                answer = ketref.detect("ketamine", matrix="hair", since=since)
                change = answer.next_change and answer.next_change["in_s"]
                assert found["next_change_s"][n] in ([change] if change is not None else [np.ma.masked])


def test_a_column_of_numbers_is_refused_with_what_they_look_like():
    with pytest.raises(ketref.UsageError) as refusal:
        ketref.detect_many({"substance": "ketamine", "matrix": "urine", "taken": np.array([46082.6]), "at": "now"})
    assert "2026-03-01T14:24" in refusal.value.hint
