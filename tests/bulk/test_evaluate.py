"""Do all doses of all subjects make of all their samples what the history of each subject alone says?"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine_properties import books
from test_many import as_rows, columns

import ketref
from ketref.answers.question import understand
from ketref.book.loading import shipped
from ketref.book.tables import window_table
from ketref.bulk import compiling
from ketref.bulk.answer_frames import as_array
from ketref.bulk.timelines import shares
from ketref.bulk.timelines.evaluate import COLUMNS
from ketref.engine.course import STATUSES
from ketref.model.times import SECOND
from ketref.person.administrations import administrations
from ketref.person.doses import understood_doses
from ketref.person.records import span_of
from ketref.person.timeline import Placed, Timeline, turns
from support.strategies import SUBSTANCE, asked, moments_of, questions

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WHOLE = ("sample", "substance", "status", "dose", "rule", "pattern", "elapsed_s", "elapsed_longest_s", "next_change_s")
TEST = ("matrix", "analyte", "method", "cutoff")
Rows = list[dict[str, Any]]


def alone(book: Any, doses: Rows, sample: dict[str, Any], number: int) -> Rows:
    """The answers to one sample, by the history of its subject: one for each substance that it took."""
    mine = [(row, dose) for row, dose in enumerate(doses) if dose["subject"] == sample["subject"]]
    known = understood_doses(book, [dose for _, dose in mine]).rows
    taken = [name for name in book.substances if any(dose.substance == name for dose in known)]
    return [_of_one(book, mine, known, sample, number, name) for name in taken or [None]]


def _of_one(book: Any, mine: Any, known: Any, sample: Any, number: int, name: str | None) -> dict[str, Any]:
    status = "no_dose" if mine else "no_record"
    nothing = dict.fromkeys(WHOLE) | {"sample": number, "substance": name, "status": status}
    if name is None:
        return nothing
    at = span_of(sample["time"], sample.get("time_latest"), "time")
    timeline = Timeline(book, name, administrations(book, [d for d in known if d.substance == name], [at.high]))
    test = understand(book, name, **{key: sample[key] for key in TEST if sample.get(key) is not None})
    found = timeline.status_of(test, at)
    if found.answer is None:
        return nothing
    span = (at.low, at.high)
    courses = timeline.placed(window_table(book, name, str(test.matrix)), span, test)
    turn = next(turns(courses, span, Placed.status, max), None)
    shortest, longest = found.placed.reading.elapsed(span)
    return {
        "sample": number,
        "substance": name,
        "status": found.status,
        "dose": mine[found.dose - 1][0],
        "rule": found.answer.rule,
        "pattern": found.pattern,
        "elapsed_s": shortest,
        "elapsed_longest_s": longest,
        "next_change_s": None if turn is None else turn.wait // SECOND,
    }


def naive(book: Any, doses: Rows, samples: Rows) -> Rows:
    """A double loop over samples and doses."""
    return [row for number, sample in enumerate(samples) for row in alone(book, doses, sample, number)]


def found(book: Any, doses: Rows, samples: Rows, **more: Any) -> Rows:
    """The answers: whether every dose is asked or those that lead, with threads or without, and of the status alone."""

    def evaluated(columns: tuple[str, ...]) -> Rows:
        tables = table(doses, DOSE), table(samples, SAMPLE)
        return as_rows(ketref.evaluate(*tables, columns, rules=book, keys="exact", **more))

    def with_few(few: int, alone: int) -> Rows:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shares, "FEW", few)
            patch.setattr(compiling, "ALONE", alone)
            whole, statuses = evaluated(WHOLE), evaluated(("status",))
        assert [row["status"] for row in statuses] == [row["status"] for row in whole]
        return whole

    all_asked, leading = with_few(1000, 0), with_few(0, 1000)
    assert all_asked == leading
    return all_asked


DOSE = ("subject", "substance", "start", "end", "route", "dose", "weight")
SAMPLE = ("subject", "matrix", "time")


def table(rows: Rows, needed: tuple[str, ...] = ()) -> Any:
    """Rows as an Arrow table of texts and moments; empty columns where nothing is said."""
    listed = columns(rows) if rows else {name: [] for name in needed}
    times = ("start", "start_latest", "end", "time", "time_latest")
    kinds = {"subject": pa.int64()} | dict.fromkeys(times, pa.timestamp("us", "UTC"))
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in listed.items()})


# ---------------------------------------------------------------- what is drawn

ROUTES = [None, "nasal", "intravenous", "insufflated", "oral", "sublingual"]


@st.composite
def taken_doses(draw: st.DrawFn, substances: list[str], routes: list[str | None]) -> Rows:
    """Doses of a few subjects over some months, in any order; now and then a daily series, or one dose twice."""
    doses: Rows = []
    for subject in range(draw(st.integers(1, 3))):
        hours = draw(st.lists(st.integers(0, 24 * 90), max_size=6))
        if draw(st.booleans()):
            begin = draw(st.integers(0, 60))
            hours += [24 * day for day in range(begin, begin + draw(st.integers(2, 24)))]
        for hour in hours:
            route = draw(st.sampled_from(routes))
            dose = {"subject": subject, "substance": draw(st.sampled_from(substances)), "route": route}
            dose["start"] = NOON + HOUR * hour
            if route == "intravenous" and draw(st.booleans()):
                dose["end"] = dose["start"] + HOUR * draw(st.sampled_from([0, 1, 30, 100]))
            doses.append(dose)
    return draw(st.permutations(doses))


moments = st.integers(-24 * 60, 24 * 200 * 60).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))
SHIPPED_TESTS = st.sampled_from(
    [
        {"matrix": "urine"},
        {"matrix": "urine", "method": "gc-ms", "cutoff": "25 ng/mL"},
        {"matrix": "urine", "method": "lc-ms-ms", "cutoff": "1 ng/mL", "analyte": "norketamine"},
        {"matrix": "blood"},
        {"matrix": "plasma"},
        {"matrix": "hair"},
        {"matrix": "oral-fluid"},
        {"matrix": "breast-milk"},
    ]
)


@st.composite
def taken_samples(draw: st.DrawFn, tests: st.SearchStrategy[dict[str, Any]]) -> Rows:
    samples = draw(st.lists(st.tuples(st.integers(0, 3), moments, tests), min_size=1, max_size=8))
    return [{"subject": subject, "time": time, **test} for subject, time, test in samples]


# ---------------------------------------------------------------- laws


@given(taken_doses(["ketamine", "esketamine"], ROUTES), taken_samples(SHIPPED_TESTS))
@settings(max_examples=60)
def test_many_subjects_get_what_the_history_of_each_says(doses, samples):
    assert found(shipped(), doses, samples) == naive(shipped(), doses, samples)


@given(st.data())
@settings(max_examples=40)
def test_any_book_is_read_as_by_its_histories(data):
    book, rules = data.draw(books())
    drawn = [asked(data.draw(questions(rules))) for _ in range(3)]
    tests = st.sampled_from([{key: q[key] for key in TEST if key in q} for q in drawn])
    doses = data.draw(taken_doses([SUBSTANCE], [q.get("route") for q in drawn]))
    for dose in doses:
        if "end" in dose and dose["route"] != "intravenous":
            del dose["end"]
        dose |= {key: drawn[0][key] for key in ("dose", "weight") if key in drawn[0]}
    samples = data.draw(taken_samples(tests))
    assert found(book, doses, samples) == naive(book, doses, samples)


SECONDS = [None, None, 0, 3600, 86400, 20 * 86400]
LASTING = [None, None, 0, 1, 2400, 6 * 3600, 3 * 86400]
starts = st.one_of(
    st.lists(st.integers(0, 60 * 24).map(lambda hours: hours * 3600), max_size=8),
    st.tuples(st.integers(0, 9), st.integers(1, 26)).map(lambda b: [(b[0] + day) * 86400 for day in range(b[1])]),
    st.lists(st.integers(0, 40 * 86400), max_size=6),
)


@st.composite
def near_changes(draw: st.DrawFn, ranges: bool) -> tuple[Any, Any, Rows, Rows]:
    """A book, its rules, doses with ranges and durations of all kinds, and samples near what changes after one."""
    book, rules = draw(books())
    kinds, tests = (draw(st.lists(questions(rules), min_size=1, max_size=3)) for _ in range(2))
    lasting, ranged = draw(st.booleans()), draw(st.booleans()) and ranges
    doses: Rows = []
    for subject in range(draw(st.integers(1, 3))):
        for second in draw(starts):
            kind = asked(draw(st.sampled_from(kinds)))
            dose = {key: kind[key] for key in ("route", "dose", "weight") if key in kind}
            dose |= {"subject": subject, "substance": SUBSTANCE, "start": after(second)}
            if ranged and (wide := draw(st.sampled_from(SECONDS))) is not None:
                dose["start_latest"] = after(second + wide)
            if lasting and dose.get("route") in {None, "intravenous", "intravenous-infusion"}:
                lasts = draw(st.sampled_from(LASTING))
                dose |= {} if lasts is None else {"infusion": f"{lasts} s"}
            doses.append(dose)
    changing = sorted({moment for question in (*kinds, *tests) for moment in moments_of(rules, question)})
    samples: Rows = []
    for _ in range(draw(st.integers(1, 8))):
        subject = draw(st.sampled_from([*(dose["subject"] for dose in doses), 3]))
        begun = [(dose["start"] - NOON).total_seconds() for dose in doses if dose["subject"] == subject] or [0]
        when = draw(st.sampled_from(begun)) + draw(st.sampled_from([*changing, -1, 0, 86400, 30 * 86400]))
        test = asked(draw(st.sampled_from(tests)))
        sample = {key: test[key] for key in TEST if key in test} | {"subject": subject, "time": after(when)}
        if ranged and (wide := draw(st.sampled_from(SECONDS))) is not None:
            sample["time_latest"] = after(when + wide)
        samples.append(sample)
    return book, rules, draw(st.permutations(doses)), samples


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


@given(near_changes(ranges=True))
def test_ranges_and_durations_of_any_kind_are_read_as_by_histories(drawn):
    book, _, doses, samples = drawn
    assert found(book, doses, samples) == naive(book, doses, samples)


@given(st.data(), taken_doses(["ketamine"], ROUTES), taken_samples(SHIPPED_TESTS))
@settings(max_examples=30)
def test_rows_in_another_order_get_their_answers_in_that_order(data, doses, samples):
    """Doses in another order, too; of doses at one instant the first in the table governs, so these are left out."""
    doses = list({(dose["subject"], dose["start"]): dose for dose in doses}.values())
    dose_order = data.draw(st.permutations(range(len(doses))))
    order = data.draw(st.permutations(range(len(samples))))
    before = found(None, doses, samples)
    after = found(None, [doses[i] for i in dose_order], [samples[i] for i in order])
    for row in after:
        row["sample"] = order[row["sample"]]
        row["dose"] = None if row["dose"] is None else dose_order[row["dose"]]
    assert sorted(after, key=lambda row: row["sample"]) == before
    assert [order.index(row["sample"]) for row in after] == sorted(order.index(row["sample"]) for row in after)


@given(taken_doses(["ketamine"], ROUTES), taken_samples(SHIPPED_TESTS), st.integers(-(10**6), 10**6))
@settings(max_examples=20)
def test_shifting_all_times_changes_nothing(doses, samples, seconds):
    by = dt.timedelta(seconds=seconds)
    shifted = [{**d, **{key: d[key] + by for key in ("start", "end") if key in d}} for d in doses]
    assert found(None, shifted, [{**s, "time": s["time"] + by} for s in samples]) == found(None, doses, samples)


@given(taken_doses(["ketamine"], ROUTES), taken_samples(SHIPPED_TESTS), st.integers(0, 24 * 150))
@settings(max_examples=30)
def test_from_the_first_dose_on_a_further_dose_never_lowers_a_status(doses, samples, hour):
    order = ("no_record", "no_dose", *STATUSES)
    further = [*doses, {"subject": 0, "substance": "ketamine", "start": NOON + HOUR * hour, "route": None}]
    for before, after in zip(found(None, doses, samples), found(None, further, samples), strict=True):
        assert order.index(after["status"]) >= order.index(before["status"])


def test_instants_in_five_zones_are_the_same_bytes():
    doses = [{"subject": 1, "substance": "ketamine", "start": NOON - DAY * day} for day in (0, 3, 9)]
    samples = [{"subject": 1, "matrix": "urine", "time": NOON + HOUR * hour} for hour in (0, 30, 900)]
    expected = found(None, doses, samples)
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"):
        there = [{**d, "start": d["start"].astimezone(ZoneInfo(zone))} for d in doses]
        then = [{**s, "time": s["time"].astimezone(ZoneInfo(zone))} for s in samples]
        frames = (pd.DataFrame(columns(there)), pd.DataFrame(columns(then)))
        assert as_rows(pa.Table.from_pandas(ketref.evaluate(*frames, WHOLE), preserve_index=False)) == expected
        for row, key in [*((dose, "start") for dose in there), *((sample, "time") for sample in then)]:
            row[key] = row[key].isoformat()
        assert as_rows(ketref.evaluate(*(pa.table(columns(rows)) for rows in (there, then)), WHOLE)) == expected


# ---------------------------------------------------------------- tables and threads

SOME = [
    {"subject": s, "substance": "ketamine", "start": NOON + HOUR * (7 * s + 31 * n), "route": ROUTES[n % 6]}
    for s in range(40)
    for n in range(5)
]
SOME_SAMPLES = [
    {"subject": s, "matrix": ("urine", "blood", "hair")[n % 3], "time": NOON + HOUR * (50 * n)}
    for s in range(42)
    for n in range(4)
]


def test_shares_of_any_size_change_nothing(monkeypatch):
    whole = found(None, SOME, SOME_SAMPLES)
    assert whole == naive(shipped(), SOME, SOME_SAMPLES)
    for events in (1, 7, 100):
        monkeypatch.setattr(shares, "SHARE", events)
        assert found(None, SOME, SOME_SAMPLES) == whole
    monkeypatch.setattr(shares, "threads", lambda _: 1)
    assert found(None, SOME, SOME_SAMPLES) == whole


@pytest.mark.parametrize("events", [1, 40, 10**6])
def test_rows_in_no_order_are_dealt_out_in_parts_of_any_size(monkeypatch, events):
    monkeypatch.setattr(shares, "SHARE", events)
    random = np.random.default_rng(3)
    doses = [*SOME, *({**dose, "substance": "esketamine", "route": "nasal"} for dose in SOME[::3])]
    doses = [doses[i] for i in random.permutation(len(doses))]
    samples = [SOME_SAMPLES[i] for i in random.permutation(len(SOME_SAMPLES))]
    expected = naive(shipped(), doses, samples)
    assert found(None, doses, samples) == expected
    by_subject = sorted(samples, key=lambda sample: -sample["subject"])
    assert found(None, doses, by_subject) == naive(shipped(), doses, by_subject)


def test_a_subject_with_many_rows_in_no_order():
    random = np.random.default_rng(4)
    hours = random.integers(0, 24 * 300, 200)
    doses = [{"subject": 1, "substance": "ketamine", "start": NOON + HOUR * int(hour)} for hour in (*hours, *hours[:9])]
    samples = [
        {"subject": 1, "matrix": ("urine", "hair")[n % 2], "time": NOON + HOUR * int(hour)}
        for n, hour in enumerate(random.integers(0, 24 * 400, 90))
    ]
    assert found(None, doses, samples) == naive(shipped(), doses, samples)


@pytest.mark.parametrize("name", [str, lambda n: f"subject-{n:04}", lambda n: 10**15 * n, lambda n: -n])
def test_subjects_may_be_called_anything(name):
    expected = found(None, SOME, SOME_SAMPLES)
    doses, samples = (
        table(rows).set_column(0, "subject", pa.array([name(row["subject"]) for row in rows]))
        for rows in (SOME, SOME_SAMPLES)
    )
    assert as_rows(ketref.evaluate(doses, samples, WHOLE)) == expected
    categories = [t.set_column(0, "subject", t["subject"].dictionary_encode()) for t in (doses, samples)]
    assert as_rows(ketref.evaluate(*categories, WHOLE)) == expected


@pytest.mark.parametrize("kind", [lambda t: t.to_pandas(), pl.from_arrow, lambda t: t, lambda t: t.to_pydict()])
def test_a_table_of_any_kind_gets_answers_of_that_kind(kind):
    doses, samples = kind(table(SOME)), kind(table(SOME_SAMPLES))
    answers = ketref.evaluate(doses, samples, WHOLE)
    assert isinstance(answers, type(samples))
    if isinstance(answers, dict):
        assert answers["status"].tolist() == [row["status"] for row in found(None, SOME, SOME_SAMPLES)]
        return
    arrow = pa.Table.from_pandas(answers, preserve_index=False) if isinstance(answers, pd.DataFrame) else answers
    assert as_rows(arrow) == found(None, SOME, SOME_SAMPLES)


def test_a_date_is_a_whole_day():
    doses = [{"subject": 1, "substance": "ketamine", "start": dt.date(2026, 3, 1)}]
    samples = [{"subject": 1, "matrix": "urine", "time": dt.date(2026, 3, day)} for day in (1, 2, 30, 31)]
    rows = as_rows(ketref.evaluate(columns(doses), columns(samples), WHOLE))
    assert [(row["elapsed_s"], row["elapsed_longest_s"]) for row in rows[:2]] == [(-86400, 86399), (0, 172799)]
    for row, expected in zip(rows, naive(shipped(), doses, samples), strict=True):
        assert (row["status"], row["rule"], row["elapsed_s"]) == tuple(
            expected[key] for key in ("status", "rule", "elapsed_s")
        )


def test_ranges_of_starts_and_samples_are_read():
    doses = {"subject": [1], "substance": ["ketamine"], "start": [NOON], "start_latest": [NOON + HOUR]}
    samples = {"subject": [1], "matrix": ["urine"], "time": [NOON + 3 * HOUR], "time_latest": [NOON + 5 * HOUR]}
    (row,) = as_rows(ketref.evaluate(doses, samples, WHOLE))
    assert (row["elapsed_s"], row["elapsed_longest_s"]) == (2 * 3600, 5 * 3600)


def test_a_sample_that_names_a_substance_is_one_row():
    doses = [{"subject": 1, "substance": name, "start": NOON} for name in ("ketamine", "esketamine")]
    sample = {"subject": 1, "matrix": "urine", "time": NOON + DAY}
    samples = [{**sample, "substance": name} for name in ("ketamine", "esketamine")]
    rows = found(None, doses, samples)
    assert [row["sample"] for row in rows] == [0, 1]
    both = naive(shipped(), doses, [sample])
    assert {row["status"] for row in rows} == {max((row["status"] for row in both), key=STATUSES.index)}


@pytest.mark.parametrize("doses", [[], SOME[:1]])
@pytest.mark.parametrize("samples", [[], SOME_SAMPLES[:1], SOME_SAMPLES[-1:]])
def test_little_or_nothing(doses, samples):
    assert found(None, doses, samples) == naive(shipped(), doses, samples)


# ---------------------------------------------------------------- what cannot be understood

WRONG_DOSES = {
    "unknown substance": {"substance": "ketamin"},
    "null substance": {"substance": None},
    "null start": {"start": None},
    "unknown route": {"route": "nose"},
    "dose without a unit": {"dose": "84"},
}
WRONG_SAMPLES = {
    "unknown matrix": {"matrix": "tear"},
    "null matrix": {"matrix": None},
    "null time": {"time": None},
    "null subject": {"subject": None},
    "cutoff without a unit": {"cutoff": "25"},
}


@pytest.mark.parametrize("name", WRONG_DOSES)
def test_a_dose_that_cannot_be_understood_withholds_what_it_could_change_and_nothing_else(name):
    doses = [SOME[0], {**SOME[1], **WRONG_DOSES[name]}, *SOME[5:10]]
    with pytest.raises(ketref.UsageError, match=r"1 row of the doses cannot be understood.*\n.*row 1: "):
        found(None, doses, SOME_SAMPLES[:8])
    rows = found(None, doses, SOME_SAMPLES[:8], on_error="reject")
    sound = found(None, [SOME[0], *SOME[5:10]], SOME_SAMPLES[:8])
    for row, right in zip(rows, sound, strict=True):
        assert row["sample"] == right["sample"]
        if row["reject"] is None:
            assert {**right, "dose": 0} == {**{key: row[key] for key in WHOLE}, "dose": 0}
        else:
            assert row["status"] == "unknown"
            assert SOME_SAMPLES[row["sample"]]["subject"] == 0
    assert any(row["reject"] for row in rows)


@pytest.mark.parametrize("name", WRONG_SAMPLES)
def test_a_sample_that_cannot_be_understood_is_refused_and_moves_no_other(name):
    samples = [*SOME_SAMPLES[:2], {**SOME_SAMPLES[2], **WRONG_SAMPLES[name]}, *SOME_SAMPLES[3:6]]
    with pytest.raises(ketref.UsageError, match=r"1 row of the samples cannot be understood.*\n.*row 2: "):
        found(None, SOME, samples)
    rows = found(None, SOME, samples, on_error="reject")
    right = found(None, SOME, SOME_SAMPLES[:6])
    assert len(rows) == len(right)
    for row, other in zip(rows, right, strict=True):
        if row["sample"] == 2:
            assert (row["status"], row["dose"], row["rule"]) == ("unknown", None, None)
            assert row["reject"]
        else:
            assert {key: row[key] for key in WHOLE} == other


def test_times_with_and_without_a_zone_are_not_compared():
    naive_time = [{**s, "time": s["time"].replace(tzinfo=None)} for s in SOME_SAMPLES[:2]]
    with pytest.raises(ketref.UsageError, match="time zone"):
        ketref.evaluate(pd.DataFrame(columns(SOME)), pd.DataFrame(columns(naive_time)), WHOLE)


def test_a_row_whose_time_has_no_zone_where_others_have_one_is_refused():
    doses = {"subject": [1], "substance": ["ketamine"], "start": ["2026-03-01T12:00Z"]}
    samples = {"subject": [1, 1], "matrix": ["urine"] * 2, "time": ["2026-03-02T12:00Z", "2026-03-03T10:00"]}
    rows = as_rows(ketref.evaluate(doses, samples, on_error="reject"))
    assert [row["status"] for row in rows] == ["expected", "unknown"]
    assert rows[1]["reject"].startswith("its time has no time zone, unlike that of other rows; ")


@pytest.mark.parametrize("column", ["test", "substance"])
def test_what_a_test_is_for_may_be_said_to_be_missing(column):
    """Regression: UNK was refused where the column is called `substance`."""
    doses = {"subject": [1], "substance": ["ketamine"], "start": ["2026-03-01T12:00Z"]}
    samples = {"subject": [1], "matrix": ["urine"], "time": ["2026-03-01T14:00Z"]}
    unsaid = ketref.evaluate(doses, samples, ["status"])
    assert ketref.evaluate(doses, {**samples, column: ["UNK"]}, ["status"]) == unsaid


@pytest.mark.parametrize(
    ("doses", "samples", "said"),
    [
        ({"substance": ["ketamine"]}, None, "column `subject` of the doses is missing"),
        (None, {"subject": [1]}, "column `matrix` of the samples is missing"),
        ("doses.csv", None, "one is a file"),
        (None, {"subject": ["a"], "matrix": ["urine"], "time": [NOON]}, "holds numbers and texts"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(doses, samples, said):
    with pytest.raises(ketref.UsageError, match=said):
        ketref.evaluate(doses or table(SOME), samples or table(SOME_SAMPLES))


def test_answers_that_there_are_not_are_refused():
    with pytest.raises(ketref.UsageError, match="unknown column of answers `verdicts`"):
        ketref.evaluate(table(SOME), table(SOME_SAMPLES), ["verdicts"])
    with pytest.raises(ketref.UsageError, match="column `outcome` of the samples is missing"):
        ketref.evaluate(table(SOME), table(SOME_SAMPLES), ["verdict"])
    with pytest.raises(ketref.UsageError, match="on_error"):
        ketref.evaluate(table(SOME), table(SOME_SAMPLES), on_error="ignore")


def test_a_subject_that_is_no_number_is_refused_as_null():
    doses = {"subject": np.array([2.0]), "substance": ["ketamine"], "start": [NOON]}
    samples = {"subject": np.array([np.nan, 2.0]), "matrix": "urine", "time": [NOON + DAY] * 2}
    rows = as_rows(ketref.evaluate(doses, samples, on_error="reject"))
    assert [row["status"] for row in rows] == ["unknown", "expected"]
    assert rows[0]["reject"]


def test_progress_tells_of_every_sample():
    told: list[int] = []
    ketref.evaluate(table(SOME), table(SOME_SAMPLES), progress=told.append)
    assert sum(told) == sum(1 for s in SOME_SAMPLES)


@pytest.mark.parametrize("named", [lambda values: values, lambda values: values.dictionary_encode()])
def test_empty_tables_and_nulls_among_subjects_that_are_texts(named):
    def tables(doses: list[str], samples: list[str | None]):
        start, time = ([moment] * len(names) for moment, names in ((NOON, doses), (NOON + DAY, samples)))
        return (
            pa.table(
                {"subject": named(pa.array(doses, pa.string())), "substance": ["ketamine"] * len(doses), "start": start}
            ),
            pa.table(
                {"subject": named(pa.array(samples, pa.string())), "matrix": ["urine"] * len(samples), "time": time}
            ),
        )

    def dose_of(doses: list[str], samples: list[str | None]):
        return ketref.evaluate(*tables(doses, samples), ("dose",), on_error="reject", keys="exact")["dose"].to_pylist()

    assert dose_of(["a", "b"], ["b", None, "a", "z"]) == [1, None, 0, None]
    none: list[str] = []
    assert dose_of(["a"], none) == []
    assert dose_of(none, none) == []
    untyped = pa.table({name: pa.array([]).dictionary_encode() for name in ("subject", "substance", "start")})
    assert ketref.evaluate(untyped, tables([], ["a"])[1], ("status",))["status"].to_pylist() == ["no_record"]


def test_a_subject_that_is_no_number_is_none():
    doses = {
        "subject": np.array([1.0, 2.0]),
        "substance": "ketamine",
        "start": np.array(["2026-03-01T09"] * 2, "M8[s]"),
    }
    samples = {"subject": np.array([np.nan, 2.0]), "matrix": "urine", "time": np.array(["2026-03-02T09"] * 2, "M8[s]")}
    with pytest.raises(ketref.RowsError, match=r"row 0: `subject` is null"):
        ketref.evaluate(doses, samples)
    with pytest.warns(ketref.Note, match=r"^1 row of the samples: the clocks were not changed .* such as row 1$"):
        answers = ketref.evaluate(doses, samples, ("status", "dose"), on_error="reject")
    assert answers["status"].tolist() == ["unknown", "expected"]
    assert answers["dose"].tolist() == [None, 1]
    with pytest.raises(ketref.RowsError, match="of the doses"):
        ketref.evaluate(samples | {"substance": "ketamine", "start": samples["time"]}, samples, on_error="reject")


@pytest.mark.parametrize("kind", ["mapping", "pandas", "polars", "arrow"])
def test_every_column_of_answers_is_given_in_each_kind_of_table(kind):
    doses = {
        "subject": ["A", "A", "B"],
        "substance": "esketamine",
        "route": "nasal",
        "start": ["2026-03-01T12:00Z", "2026-03-01T12:05Z", "2026-03-01T12:00Z"],
    }
    samples = {"subject": ["A", "B", "C"], "matrix": ["urine"] * 3, "time": ["2026-03-01T18:00Z"] * 3}
    samples["outcome"] = ["positive"] * 3
    asked = {
        "mapping": lambda: samples,
        "pandas": lambda: pd.DataFrame(samples),
        "polars": lambda: pl.DataFrame(samples),
        "arrow": lambda: pa.table(samples),
    }[kind]()
    rows = as_rows(ketref.evaluate(doses, asked, COLUMNS, keys="exact", on_error="reject"))
    expected = as_rows(ketref.evaluate(doses, pa.table(samples), COLUMNS, keys="exact", on_error="reject"))
    assert rows == expected
    for column in COLUMNS:
        if column != "reject":
            assert len(as_rows(ketref.evaluate(doses, asked, [column], keys="exact"))) == len(rows)


@pytest.mark.parametrize("texts", [["0 1", None], ["0 1", "2 3"], [None, None], []], ids=str)
def test_texts_of_answers_are_objects_of_python_in_a_mapping(texts):
    assert as_array(pa.array(texts, pa.string())).tolist() == texts
