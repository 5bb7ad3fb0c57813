"""Do many questions at once get the answers that each of them gets alone?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine_properties import books

import ketref
from ketref.engine.course import STATUSES
from support import oracle
from support.strategies import SUBSTANCE, asked, parents, questions, times

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

DETECT = ("status", "rule", "earliest_stage", "latest_stage", "next_change_s")
EFFECTS = ("phase_earliest", "phase_latest", "rule", "earliest_stage", "latest_stage", "next_change_s")
Rows = list[dict[str, Any]]


def alone(book: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The answer to one row, by the single question."""
    answer = ketref.detect(**row, rules=book)
    stages = (None, None) if answer.standing.course.silent else answer.standing.now()
    change = answer.next_change
    return dict(zip(DETECT, (answer.status, answer.rule, *stages, change and change["in_s"]), strict=True))


def phase_alone(book: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The phases of one row, by the single question."""
    answer = ketref.effects(**row, rules=book)
    stages = (None, None) if answer.phase_standing.course.silent else answer.phase_standing.now()
    ends = (answer.phases[0], answer.phases[-1]) if answer.phases else (None, None)
    change = answer.next_change
    return dict(zip(EFFECTS, (*ends, answer.phase_rule, *stages, change and change["in_s"]), strict=True))


def columns(rows: Rows) -> dict[str, list[Any]]:
    """Rows as columns; what a row does not say is None."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def as_rows(answers: Any) -> Rows:
    """Any table as rows of Python values."""
    if isinstance(answers, dict):
        listed = {name: values.tolist() for name, values in answers.items()}
    else:
        listed = pa.table(answers).to_pydict()
    return [dict(zip(listed, row, strict=True)) for row in zip(*listed.values(), strict=True)]


# ---------------------------------------------------------------- one question a row


@given(st.data())
def test_each_row_is_answered_as_alone_and_as_the_oracle_does(data):
    book, rules = data.draw(books())
    drawn = data.draw(st.lists(questions(rules), min_size=1, max_size=5))
    at = [data.draw(times(rules, question)) for question in drawn]
    rows = [
        {"substance": SUBSTANCE, **asked(question), "since": dt.timedelta(seconds=t)}
        for question, t in zip(drawn, at, strict=True)
    ]
    found = as_rows(ketref.detect_many(columns(rows), DETECT, rules=book))
    assert found == [alone(book, row) for row in rows]
    assert [row["status"] for row in found] == [
        oracle.status(rules, question, parents(), t) for question, t in zip(drawn, at, strict=True)
    ]


@given(st.data())
def test_each_dose_is_in_the_phases_that_it_is_in_alone(data):
    book, rules = data.draw(books("phase"))
    drawn = data.draw(st.lists(questions(rules), min_size=1, max_size=5))
    at = [data.draw(times(rules, question)) for question in drawn]
    rows = [{"substance": SUBSTANCE, **asked(q), "since": f"{t} s"} for q, t in zip(drawn, at, strict=True)]
    assert as_rows(ketref.effects_many(columns(rows), EFFECTS, rules=book)) == [phase_alone(book, row) for row in rows]


# ---------------------------------------------------------------- any table, in any order, in any pieces

WORDS: dict[str, list[Any]] = {
    "substance": ["ketamine", "Esketamine", "KETAMINE"],
    "matrix": ["urine", "Saliva", "hair", "plasma", "oral fluid", "breast-milk"],
    "analyte": [None, "any", "NK", "ketamine"],
    "method": [None, "GC-MS", "lc-ms/ms", "immunoassay"],
    "route": [None, "IV", "i.m.", "nasal spray", "oral"],
    "pattern": [None, "single", "chronic", "unknown"],
    "cutoff": [None, None, "25 ng/mL", "0.025 ug/mL"],
    "dose": [None, "84 mg", "0.5 mg/kg", "35000 ug"],
    "weight": [None, "70 kg"],
    "since": ["0 s", "36 h", "P2DT1S", "24 h to 36 h", "2147483649 s", "90 d"],
}


def fits(row: dict[str, Any]) -> bool:
    """A cutoff in ng/mL is none of hair."""
    return row["matrix"] != "hair" or row["cutoff"] is None


rows_of_words = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(words) for name, words in WORDS.items()}).filter(fits),
    min_size=1,
    max_size=12,
)


def arrow(rows: Rows, kind: Any = None) -> Any:
    kind = kind or pa.string()
    return pa.table({name: pa.array(values, pa.string()).cast(kind) for name, values in columns(rows).items()})


def cast_view(rows: Rows) -> Any:
    return pa.table({name: pa.array(values, pa.string_view()) for name, values in columns(rows).items()})


def cut(table: Any, size: int) -> Any:
    """A table in pieces, each with dictionaries of its own."""
    pieces = [table.slice(start, size) for start in range(0, len(table), size)]
    encode = [
        {n: c.combine_chunks().dictionary_encode() for n, c in zip(p.column_names, p.columns, strict=True)}
        for p in pieces
    ]
    return pa.concat_tables([pa.table(piece) for piece in encode])


class Capsule:
    """What knows the Arrow PyCapsule interface and nothing else."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


KINDS = {
    "lists": columns,
    "arrays": lambda rows: {name: np.array(values, object) for name, values in columns(rows).items()},
    "arrow": arrow,
    "large": lambda rows: arrow(rows, pa.large_string()),
    "views": cast_view,
    "dictionaries": lambda rows: arrow(rows, pa.dictionary(pa.int8(), pa.string())),
    "pieces": lambda rows: cut(arrow(rows), 2),
    "batch": lambda rows: arrow(rows).combine_chunks().to_batches()[0],
    "capsule": lambda rows: Capsule(arrow(rows)),
    "polars": lambda rows: pl.DataFrame(arrow(rows)),
    "polars categories": lambda rows: pl.DataFrame(arrow(rows)).with_columns(pl.all().cast(pl.Categorical)),
    "polars enums": lambda rows: pl.DataFrame(
        [pl.Series(n, v, pl.Enum(sorted({*v, "not used"} - {None}))) for n, v in columns(rows).items()]
    ),
    "pandas": lambda rows: pd.DataFrame(columns(rows)),
    "pandas objects": lambda rows: pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in columns(rows).items()}),
    "pandas categories": lambda rows: pd.DataFrame(
        {n: pd.Categorical(v, categories=sorted({*v, "not used"} - {None})) for n, v in columns(rows).items()},
        index=range(7, 7 + len(rows)),
    ),
}
BACK = {"lists": dict, "arrays": dict, "batch": pa.RecordBatch, "capsule": pa.Table}


@pytest.mark.parametrize("kind", KINDS)
@given(rows=rows_of_words)
def test_a_table_of_any_kind_gets_the_same_answers_as_a_table_of_that_kind(kind, rows):
    table = KINDS[kind](rows)
    answers = ketref.detect_many(table, DETECT)
    assert isinstance(answers, BACK.get(kind, type(table)))
    assert as_rows(answers) == [alone(None, row) for row in rows]
    if hasattr(table, "index"):
        assert list(answers.index) == list(table.index)


@given(st.data(), rows_of_words)
def test_rows_in_another_order_get_their_answers_in_that_order(data, rows):
    order = data.draw(st.permutations(range(len(rows))))
    answers = as_rows(ketref.detect_many(columns(rows), DETECT))
    assert as_rows(ketref.detect_many(columns([rows[i] for i in order]), DETECT)) == [answers[i] for i in order]


def test_blocks_change_nothing(monkeypatch):
    n = 1000
    table = {
        "substance": "ketamine",
        "matrix": np.array(["urine", "hair", "plasma"], object)[np.arange(n) % 3],
        "since": np.arange(n).astype("m8[h]"),
    }
    whole = as_rows(ketref.detect_many(table, DETECT))
    monkeypatch.setattr("ketref.bulk.questions.BLOCK", 7)
    monkeypatch.setattr("ketref.bulk.questions.FIRST_BLOCK", 3)
    monkeypatch.setattr("ketref.bulk.compiling.ALONE", 0)  # so few rows are answered by several threads
    seen = []
    assert as_rows(ketref.detect_many(table, DETECT, progress=seen.append)) == whole
    assert sum(seen) == n
    assert whole[999] == alone(None, {"substance": "ketamine", "matrix": "urine", "since": "999 h"})


# ---------------------------------------------------------------- time

ASKED = {"substance": "ketamine", "matrix": "urine"}
MICROSECONDS = st.integers(-(9_200_000_000 * 10**6), 9_200_000_000 * 10**6)  # the years 1678 to 2261


@given(st.lists(st.tuples(MICROSECONDS, MICROSECONDS), min_size=1, max_size=5), st.data())
def test_moments_in_any_unit_are_subtracted_before_they_are_floored(pairs, data):
    units = st.sampled_from(["s", "ms", "us", "ns"])
    read = {}
    for name, values in (("taken", [min(p) for p in pairs]), ("at", [max(p) for p in pairs])):
        read[name] = np.array(values, "M8[us]").astype(f"M8[{data.draw(units)}]")
    rows = [
        {**ASKED, "taken": taken.astype("M8[us]").item(), "at": at.astype("M8[us]").item()}
        for taken, at in zip(read["taken"], read["at"], strict=True)
        if taken <= at
    ]
    kept = read["taken"] <= read["at"]
    table = {**ASKED, **{name: values[kept] for name, values in read.items()}}
    found = ketref.detect_many(table, DETECT, midnight="exact", notes=[].append)  # which may be on clocks
    assert as_rows(found) == [alone(None, row) for row in rows]


def test_the_longest_time_between_two_moments_does_not_overflow():
    taken, at = np.array(["1677-09-22", "2262-04-11"], "M8[ns]")
    answers = ketref.detect_many({**ASKED, "taken": np.array([taken]), "at": np.array([at])}, ("status",))
    assert answers["status"].tolist() == ["not_expected"]


def test_instants_in_five_zones_are_the_same_instants():
    at = pd.date_range("2026-03-28T20:00", periods=40, freq="h", tz="UTC")
    zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    taken = pd.Timestamp("2026-03-28T01:30", tz="Asia/Tokyo")
    found = [
        ketref.detect_many(pd.DataFrame({**ASKED, "taken": taken, "at": at.tz_convert(zone)}), DETECT) for zone in zones
    ]
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other)


def test_a_date_is_a_whole_day():
    taken, at = [dt.date(2026, 3, 1), dt.date(2026, 3, 1)], [dt.date(2026, 3, 1), dt.date(2026, 3, 31)]
    table = pl.DataFrame({"taken": taken, "at": at}).with_columns(substance=pl.lit("ketamine"), matrix=pl.lit("urine"))
    rows = [{**ASKED, "taken": a, "at": b} for a, b in zip(taken, at, strict=True)]
    assert as_rows(ketref.detect_many(table, DETECT, midnight="exact")) == [alone(None, row) for row in rows]


def test_months_and_days_of_numpy_are_the_ranges_that_they_are():
    for unit in ("M8[M]", "M8[D]", "M8[h]"):
        taken, at = np.array(["2026-03-01"], unit), np.array(["2026-05-01"], unit)
        row = {**ASKED, "taken": str(taken[0]), "at": str(at[0])}
        row = {name: f"{value}:00" if unit == "M8[h]" and "T" in value else value for name, value in row.items()}
        found = ketref.detect_many({**ASKED, "taken": taken, "at": at}, DETECT, notes=[].append)
        assert as_rows(found) == [alone(None, row)]


def test_a_column_of_either_way_to_say_the_time_is_read_row_by_row():
    taken, at = "2026-03-01T10:00Z", "2026-03-02T10:00Z"
    rows = [{**ASKED, "since": "36 h"}, {**ASKED, "taken": taken, "at": at}]
    assert as_rows(ketref.detect_many(columns(rows), DETECT)) == [alone(None, row) for row in rows]
    both = {**ASKED, "since": ["36 h"], "taken": taken, "at": at}
    with pytest.raises(ketref.RowsError, match="row 0: `since` and `taken`/`at` are two ways to say the same"):
        ketref.detect_many(both)


# ---------------------------------------------------------------- amounts


def test_numbers_beside_units_are_amounts():
    table = pl.DataFrame(
        {
            "substance": ["esketamine"] * 4,
            "route": ["nasal"] * 4,
            "since": ["50 min"] * 4,
            "dose": [84.0, 0.084, 1.2, None],
            "dose_unit": ["mg", "g", "mg/kg", "mg"],
            "weight": [70, 70, 70, 70],
        }
    )
    said = ["84 mg", "0.084 g", "1.2 mg/kg", None]
    base = {"substance": "esketamine", "route": "nasal", "since": "50 min", "weight": "70 kg"}
    expected = [phase_alone(None, {**base, "dose": dose}) for dose in said]
    assert as_rows(ketref.effects_many(table, EFFECTS)) == expected
    text = table.with_columns(pl.col("dose").cast(pl.String), pl.col("weight").cast(pl.String))
    assert as_rows(ketref.effects_many(text, EFFECTS)) == expected


def test_an_infusion_of_its_own_length_in_each_row():
    lengths = [None, "1 min", "40 min", "3 h"]
    rows = [{"substance": "ketamine", "route": "iv", "since": "50 min", "infusion": each} for each in lengths]
    assert as_rows(ketref.effects_many(columns(rows), EFFECTS)) == [phase_alone(None, row) for row in rows]
    lasted = pl.Series([None, 60, 2400, 10800]).cast(pl.Int64) * 1000
    frame = pl.DataFrame({"since": ["50 min"] * 4, "duration": lasted.cast(pl.Duration("ms"))})
    frame = frame.with_columns(substance=pl.lit("ketamine"), route=pl.lit("iv"))
    assert as_rows(ketref.effects_many(frame, EFFECTS)) == [phase_alone(None, row) for row in rows]


# ---------------------------------------------------------------- what cannot be understood

GOOD = {"substance": "ketamine", "matrix": "urine", "since": "36 h"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown word": ({"matrix": "urin"}, "unknown matrix `urin`; did you mean `urine`"),
    "null": ({"matrix": None}, "`matrix` is null"),
    "null substance": ({"substance": None}, "`substance` is null"),
    "no time": ({"since": None}, "`since` is null"),
    "negative": ({"since": dt.timedelta(seconds=-1)}, "is negative"),
    "a number": ({"since": 36}, "bare number"),
    "nan": ({"since": float("nan")}, "bare number"),
    "overflow": ({"since": "999999999999 d"}, "is longer than"),
    "no cutoff of hair": ({"matrix": "hair", "cutoff": "25 ng/mL"}, "is mass per volume, as of a fluid"),
    "no unit": ({"cutoff": 25}, "needs a unit"),
    "infinite": ({"dose": "inf mg"}, "is not a number with a unit"),
    "no duration of a bolus": ({"route": "intravenous-bolus", "infusion": "5 min"}, "has no duration"),
    "an empty word": ({"route": ""}, "unknown route ``"),
    "a surrogate": ({"route": "\ud800"}, "unknown route"),
    "a list": ({"route": ["iv"]}, "unknown route"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_row_that_cannot_be_understood_is_refused_and_moves_no_other(name):
    wrong, reason = WRONG[name]
    rows = [GOOD, {**GOOD, **wrong}, {**GOOD, "since": "40 d"}]
    with pytest.raises(ketref.RowsError) as caught:
        ketref.detect_many(columns(rows))
    assert list(caught.value.rows) == [1]
    assert reason in str(caught.value)
    assert "row 1: " in str(caught.value)
    found = as_rows(ketref.detect_many(columns(rows), DETECT, on_error="reject"))
    assert [row.pop("reject") is None for row in found] == [True, False, True]
    assert found[1] == {**dict.fromkeys(DETECT), "status": "unknown"}
    assert [found[0], found[2]] == [alone(None, rows[0]), alone(None, rows[2])]


def test_arrow_times_that_are_none_are_refused():
    since = pa.array([5, None, -1, 2**62, 2**31 + 1], pa.duration("s"))
    found = as_rows(ketref.detect_many({**ASKED, "since": since}, ("status",), on_error="reject"))
    assert [row["reject"] is None for row in found] == [True, False, False, False, True]
    assert [row["status"] for row in found] == ["possible", "unknown", "unknown", "unknown", "not_expected"]


def test_not_a_time_is_null():
    for since in (np.array([5, "NaT"], "m8[h]"), pd.Series([pd.Timedelta(hours=5), pd.NaT])):
        with pytest.raises(ketref.RowsError, match="row 1: `since` is null"):
            ketref.detect_many({**ASKED, "since": since})


def test_moments_with_and_without_a_zone_are_not_compared():
    naive, zoned = pd.Series(pd.date_range("2026", periods=2)), pd.Series(pd.date_range("2026", periods=2, tz="UTC"))
    with pytest.raises(ketref.RowsError, match="has no time zone"):
        ketref.detect_many({**ASKED, "taken": naive, "at": zoned}, midnight="exact")
    mixed = [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]
    asked = {**ASKED, "taken": mixed, "at": zoned}
    found = ketref.detect_many(asked, ("status",), midnight="exact", on_error="reject")
    assert [reason is None for reason in found["reject"]] == [False, True]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("since", np.array([36.0])),
        ("since", np.array([True])),
        ("since", pa.array([b"36 h"])),
        ("taken", pa.array([1], pa.time64("us"))),
        ("matrix", np.array([1])),
        ("matrix", pa.array([["urine"]])),
        ("cutoff", np.array([25.0])),
        ("cutoff", pa.array([{"a": 1}])),
        ("since", np.array([[1]], "m8[h]")),
        ("since", np.array([1], "m8[Y]")),
        ("dose", np.array([1j])),
    ],
    ids=str,
)
def test_a_column_of_what_it_never_can_be_is_refused_as_a_whole(column, values):
    with pytest.raises(ketref.UsageError, match=column):
        ketref.detect_many({**GOOD, column: values})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"substance": ["ketamine"], "since": ["1 h"]}, "the column `matrix` is missing"),
        ({"substance": ["ketamine"], "matrix": ["urine"]}, "`since`, or `taken` and `at`, is missing"),
        ({**GOOD, "Matrix": ["urine"]}, "the column `Matrix` is not read"),
        ({**GOOD, "since": ["1 h", "2 h"], "route": ["iv"]}, "of different length: since 2, route 1"),
        (pl.LazyFrame(GOOD), "the table is lazy"),
        ([], "`list` is not a table"),
        ([GOOD, None], "`list` is not a table"),
        (None, "`NoneType` is not a table"),
        ({**GOOD, "infusion": "5 min", "duration": "5 min"}, "two names of one column"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_table_that_cannot_be_read_is_refused(table, said):
    with pytest.raises(ketref.UsageError, match=said):
        ketref.detect_many(table)


def test_answers_that_there_are_not_are_refused():
    with pytest.raises(ketref.UsageError, match="unknown column of answers `statuss`"):
        ketref.detect_many(GOOD, ["statuss"])
    with pytest.raises(ketref.UsageError, match="unknown value of `on_error` `ignore`"):
        ketref.detect_many(GOOD, on_error="ignore")


# ---------------------------------------------------------------- small and large


@pytest.mark.parametrize("kind", ["arrow", "polars", "pandas", "pandas categories", "dictionaries", "lists"])
def test_an_empty_table_gets_no_answers_of_the_right_kind(kind):
    rows = [{"substance": "ketamine", "matrix": "urine", "since": "1 h"}]
    table = KINDS[kind](rows)
    table = {name: values[:0] for name, values in table.items()} if isinstance(table, dict) else table[:0]
    answers = ketref.detect_many(table, DETECT)
    assert as_rows(answers) == []
    assert isinstance(answers, type(table))


def test_scalars_alone_are_one_row():
    assert as_rows(ketref.detect_many({**GOOD, "since": dt.timedelta(hours=36)}, DETECT)) == [alone(None, GOOD)]


def test_more_combinations_than_a_table_could_hold():
    rng = np.random.default_rng(1)
    n = 300
    table = {name: [words[i] for i in rng.integers(0, len(words), n)] for name, words in WORDS.items()}
    table["dose"] = [f"{i}.5 mg" for i in range(n)]
    table["infusion"] = [None] * n
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    rows = [row for row in rows if fits(row)]
    assert as_rows(ketref.detect_many(columns(rows), DETECT)) == [alone(None, row) for row in rows]


def test_more_texts_than_are_recognised(monkeypatch):
    monkeypatch.setattr("ketref.bulk.columns.texts.MOST_TEXTS", 8)
    monkeypatch.setattr("ketref.bulk.questions.BLOCK", 16)
    monkeypatch.setattr("ketref.bulk.compiling.ALONE", 0)
    since = [f"{i} h" for i in range(100)] * 2
    rows = [{**ASKED, "since": each} for each in since]
    assert as_rows(ketref.detect_many(pl.DataFrame(columns(rows)), DETECT)) == [alone(None, row) for row in rows]


@given(st.lists(st.text(max_size=40) | st.sampled_from(["intravenous-infusion", "intravenous-infusiom"]), max_size=30))
def test_every_text_is_told_from_every_other(texts):
    from ketref.bulk.columns.texts import Spellings

    spelled = Spellings()
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        for _ in range(2):
            array = pa.array([None, *texts], kind)[1:] if texts else pa.array([], kind)
            assert [spelled.values[code] for code in spelled.codes(array)] == texts


def test_texts_that_differ_only_in_the_middle_are_two():
    from ketref.bulk.columns.texts import Spellings

    first, second = "x" * 20 + "a" + "y" * 20, "x" * 20 + "b" + "y" * 20
    spelled = Spellings()
    spelled.codes(pa.array([first]))
    assert spelled.values[spelled.codes(pa.array([second]))[0]] == second


@pytest.mark.parametrize("size", [4, 1], ids=["long buffers", "short and empty buffers"])
def test_views_into_several_buffers_are_read_where_they_lie(size):
    from ketref.bulk.columns.texts import Spellings

    texts = ["intravenous-infusion", "oral", "intravenous-bolus", "x" * 40] * 3
    pieces = [pa.array(texts[start : start + size], pa.string_view()) for start in range(0, len(texts), size)]
    buffers = [piece.buffers() for piece in pieces]
    views = np.concatenate([np.frombuffer(each[1], np.int32).reshape(-1, 4).copy() for each in buffers])
    for number in range(len(pieces)):
        rows = slice(size * number, size * number + size)
        views[rows, 2] = np.where(views[rows, 0] > 12, number, views[rows, 2])
    array = pa.Array.from_buffers(
        pa.string_view(),
        len(texts),
        [None, pa.py_buffer(views.tobytes()), *(each[2] if len(each) > 2 else pa.py_buffer(b"") for each in buffers)],
    )
    array.validate(full=True)
    spelled = Spellings()
    for _ in range(2):
        assert [spelled.values[code] for code in spelled.codes(array)] == texts


def test_answers_in_pandas_can_be_written_and_are_null_where_refused():
    questions = pd.DataFrame({"substance": "ketamine", "matrix": ["urine", "urin", "hair"], "since": "36 h"}, [7, 8, 9])
    answers = ketref.detect_many(questions, ["status", "rule", "earliest_stage", "reject"], on_error="reject")
    assert answers.index.tolist() == [7, 8, 9]
    assert answers["status"].cat.categories.tolist() == list(STATUSES)
    assert answers["rule"].isna().tolist() == [False, True, False]
    assert answers["earliest_stage"].isna().tolist() == [False, True, False]
    answers.loc[8, "status"] = "expected"
    assert answers["status"].tolist()[1] == "expected"
    again = ketref.detect_many(questions, on_error="reject")
    assert again["status"].tolist()[1] == "unknown"
    assert ketref.detect_many(questions.iloc[:0])["status"].tolist() == []


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_empty_chunks_that_lie_within_an_array_are_no_rows(kind):
    words = pa.array(["ketamine", "esketamine"]).cast(kind)
    chunks = [words.slice(2, 0), words.slice(1, 1), words.slice(1, 0), words.slice(0, 1), words.slice(2, 0)]
    table = pa.table({"substance": pa.chunked_array(chunks), "matrix": ["urine", "hair"], "since": ["36 h", "2 d"]})
    found = ketref.detect_many(table)["status"].to_pylist()
    alone = [("esketamine", "urine", "36 h"), ("ketamine", "hair", "2 d")]
    assert found == [ketref.detect(name, matrix=matrix, since=since).status for name, matrix, since in alone]
    none = pa.table({name: table[name].slice(2) for name in table.column_names})
    assert ketref.detect_many(none).num_rows == 0


def test_columns_of_one_name_are_refused_only_where_they_are_asked_for():
    columns = [pa.array([word]) for word in ("ketamine", "urine", "36 h", "a", "b")]
    table = pa.table(columns, names=["substance", "matrix", "since", "note", "note"])
    assert ketref.detect_many(table)["status"].to_pylist() == ["possible"]
    with pytest.raises(ketref.UsageError, match="`since` is there twice"):
        ketref.detect_many(pa.table(columns, names=["substance", "matrix", "since", "since", "note"]))


# ---------------------------------------------------------------- what cannot be

IMPOSSIBLE: list[dict[str, Any]] = [
    {"dose": "0 mg"},
    {"dose": "0.0 g"},
    {"dose": "0 mg/kg", "weight": "70 kg"},
    {"dose": "1000000 g"},
    {"dose": "999999999 mg/kg"},
    {"cutoff": "0 ng/mL"},
    {"cutoff": "1 g/mL"},
    {"cutoff": "999999999 ng/mL"},
    {"weight": "0 kg"},
    {"weight": "0.000001 kg"},
    {"weight": "999999 kg"},
    {"since": "1 h 1 h"},
]
POSSIBLE_ALL_THE_SAME: list[dict[str, Any]] = [
    {"dose": "84 g"},
    {"dose": "0.001 mg"},
    {"cutoff": "0.000001 ng/mL"},
    {"weight": "700 kg", "dose": "5 mg/kg"},
    {},
]
KEYS = ("dose", "weight", "cutoff", "since")


def refusal_alone(row: dict[str, Any]) -> str | None:
    """Why the question of a row is refused where it is asked alone."""
    try:
        ketref.detect(**row)
    except ketref.UsageError as error:
        return f"{error}; {error.hint}" if error.hint else str(error)
    return None


def test_what_cannot_be_is_refused_as_alone_and_in_the_same_words():
    rows = [
        {"substance": "ketamine", "matrix": "urine", **{key: {"since": "4 h", **said}.get(key) for key in KEYS}}
        for said in (*IMPOSSIBLE, *POSSIBLE_ALL_THE_SAME)
    ]
    found = as_rows(ketref.detect_many(columns(rows), ("status",), on_error="reject"))
    assert [row["reject"] for row in found] == [refusal_alone(row) for row in rows]
    assert [row["reject"] is not None for row in found] == [row < len(IMPOSSIBLE) for row in range(len(rows))]


@pytest.mark.parametrize(
    ("name", "unit", "numbers"),
    [
        ("dose", "mg", [0, 1e9, 84, 999_999, 1_000_000]),
        ("weight", "kg", [0, 0.2, 0.21, 700, 701]),
        ("cutoff", "ng/mL", [0, 0.000001, 25, 999_999, 1_000_000]),
    ],
)
def test_numbers_that_cannot_be_are_refused_as_texts_are(name, unit, numbers):
    asked = {"substance": "ketamine", "matrix": "urine", "since": "4 h"}
    table = {**asked, name: np.array(numbers, float), f"{name}_unit": unit}
    if name == "weight":
        table.pop("weight_unit")
    found = as_rows(ketref.detect_many(table, ("status",), on_error="reject"))
    alone = [refusal_alone({**asked, name: f"{number:f} {unit}"}) for number in numbers]
    assert [row["reject"] for row in found] == alone
    assert None in alone
    assert any(alone)


def test_a_row_without_a_route_that_has_no_phase_is_told() -> None:
    told: list[str] = []
    rows = {"substance": "ketamine", "since": "2 h", "route": ["iv", None, None]}
    found = ketref.effects_many(rows, ["phase_latest"], notes=told.append)
    assert [phase is None for phase in list(found["phase_latest"])] == [False, True, True]
    assert told == ["2 rows of the questions say no `route`: without one no phase is known, such as row 1"]
