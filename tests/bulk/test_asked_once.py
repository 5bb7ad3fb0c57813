"""Are the ends, the confidence and the disagreement of many rows those of each row asked alone?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine_properties import books
from test_many import Rows, as_rows, columns, fits, rows_of_words

import ketref
from ketref.bulk.asked_once import ASKED_ONCE
from support.strategies import SUBSTANCE, asked, questions, times

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


def alone(row: dict[str, Any], book: Any = None) -> dict[str, Any]:
    """What the single question says for the columns."""
    form = ketref.detect(**row, rules=book).to_dict()
    ends = [*form["detectable_from_s"], *form["detectable_until_s"]]
    return dict(zip(ASKED_ONCE, (*ends, form["confidence"], form["sources_disagree"]), strict=True))


@given(rows_of_words)
@settings(max_examples=40)
def test_each_row_says_what_it_says_alone(rows: Rows) -> None:
    assert as_rows(ketref.detect_many(columns(rows), ASKED_ONCE)) == [alone(row) for row in rows]


ROWS = st.fixed_dictionaries(
    {
        "substance": st.sampled_from(["ketamine", "cocaine", "cannabis", "fentanyl"]),
        "matrix": st.sampled_from(["urine", "hair", "oral-fluid"]),
        "method": st.sampled_from([None, "gc-ms", "immunoassay"]),
        "pattern": st.sampled_from([None, "single", "chronic"]),
        "cutoff": st.sampled_from([None, *(f"{n} ng/mL" for n in (1, 2, 5, 10, 15, 20, 25, 50, 100, 150, 300, 1000))]),
        "dose": st.sampled_from([None, "1 mg", "25 mg", "60 mg", "0.5 mg/kg"]),
        "since": st.sampled_from(["1 h", "20 h", "36 h", "3 d", "5 d", "10 d", "40 d", "24 h to 6 d"]),
    }
).filter(fits)


@given(st.lists(ROWS, min_size=1, max_size=12))
@settings(max_examples=40)
def test_what_the_sources_alone_tell_apart_is_told_apart(rows: Rows) -> None:
    assert as_rows(ketref.detect_many(columns(rows), ASKED_ONCE)) == [alone(row) for row in rows]


@given(st.data())
@settings(max_examples=40)
def test_rules_of_any_kind_are_answered_as_alone(data: st.DataObject) -> None:
    book, rules = data.draw(books())
    drawn = data.draw(st.lists(questions(rules), min_size=1, max_size=5))
    rows = [
        {"substance": SUBSTANCE, **asked(one), "since": dt.timedelta(seconds=data.draw(times(rules, one)))}
        for one in drawn
    ]
    assert as_rows(ketref.detect_many(columns(rows), ASKED_ONCE, rules=book)) == [alone(row, book) for row in rows]


@pytest.mark.parametrize("column", ASKED_ONCE)
def test_each_column_can_be_asked_for_alone(column: str) -> None:
    rows: Rows = [{"substance": "ketamine", "matrix": matrix, "since": "36 h"} for matrix in ("urine", "hair", "urine")]
    found = as_rows(ketref.detect_many(columns(rows), [column, "status"]))
    assert [row[column] for row in found] == [alone(row)[column] for row in rows]


def test_infusions_count_from_their_end() -> None:
    rows: Rows = [
        {"substance": "ketamine", "matrix": "urine", "route": "intravenous", "since": "36 h", "infusion": f"{n} min"}
        for n in (20, 40, 40, 120)
    ]
    assert as_rows(ketref.detect_many(columns(rows), ASKED_ONCE)) == [alone(row) for row in rows]


def test_a_refused_row_says_nothing() -> None:
    table = {"substance": ["ketamin", "ketamine"], "matrix": "urine", "since": "36 h"}
    refused, other = as_rows(ketref.detect_many(table, ASKED_ONCE, on_error="reject"))
    assert {refused[name] for name in ASKED_ONCE} == {None}
    assert {name: other[name] for name in ASKED_ONCE} == alone(
        {"substance": "ketamine", "matrix": "urine", "since": "36 h"}
    )


def test_each_distinct_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from ketref.bulk.questions import Questions

    seen: list[int] = []
    ask = Questions.alone
    monkeypatch.setattr(Questions, "alone", lambda self, row: seen.append(row) or ask(self, row))
    since = np.array([1, 2, 3, 4] * 500, "m8[D]")
    table = {"substance": "ketamine", "matrix": np.array(["urine", "hair"] * 1000, object), "since": since}
    ketref.detect_many(table, ["confidence", "detectable_until_latest_s"])
    assert len(seen) == 2
    seen.clear()
    ketref.detect_many(table, ["sources_disagree"])
    assert len(seen) == 4


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_no_rows_have_no_answers(frame: Any) -> None:
    none = {"substance": pl.Series([], dtype=pl.String), "matrix": pl.Series([], dtype=pl.String)}
    table = pl.DataFrame({**none, "since": pl.Series([], dtype=pl.Duration)})
    asked_of = table if frame is pl.DataFrame else table.to_pandas()
    assert list(ketref.detect_many(asked_of, ASKED_ONCE).columns) == list(ASKED_ONCE)
