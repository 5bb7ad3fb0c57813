"""Do many questions at once get the answers that each of them gets alone?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
import oracle
from strategies import SUBSTANCE, asked, parents, questions, times
from test_properties import books

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
    stages = (None, None) if answer.standing.silent else answer.standing.now()
    change = answer.next_change
    return dict(zip(DETECT, (answer.status, answer.rule, *stages, change and change["in_s"]), strict=True))


def phase_alone(book: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The phases of one row, by the single question."""
    answer = ketref.effects(**row, rules=book)
    stages = (None, None) if answer.phase_standing.silent else answer.phase_standing.now()
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
