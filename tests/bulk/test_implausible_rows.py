"""Are rows told of that lie far outside everything that the book speaks of, as one question is warned of them?"""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref

np = pytest.importorskip("numpy")
pytest.importorskip("numba")

Row = dict[str, Any]
START = "2026-03-01T10:00Z"


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def told_of(ask: Any, *tables: Any, **options: Any) -> list[str]:
    told: list[str] = []
    ask(*tables, on_error="reject", notes=told.append, **options)
    return [text for text in told if "far outside what is known here" in text]


def warned_alone(ask: Any, rows: list[Row]) -> dict[int, list[str]]:
    """What each row is warned of where it is asked alone."""
    found = {}
    for number, row in enumerate(rows):
        try:
            found[number] = ask(**{key: value for key, value in row.items() if value is not None}).warnings
        except ketref.UsageError:
            found[number] = []
    return {number: said for number, said in found.items() if said}


def note(what: str, alone: dict[int, list[str]]) -> list[str]:
    """What is to be told of a table."""
    first: dict[str, int] = {}
    for number, said in alone.items():
        for sentence in said:
            first.setdefault(sentence, number)
    if not alone:
        return []
    lie = f"1 row of the {what} lies" if len(alone) == 1 else f"{len(alone)} rows of the {what} lie"
    told = "; ".join(f"row {number}: {sentence}" for sentence, number in list(first.items())[:5])
    return [f"{lie} far outside what is known here, such as {told}"]


amounts = st.sampled_from(["84 g", "84 mg", "9 ug", "700 mg", "0.5 mg/kg", "700 mg/kg", "40 mg/kg", "0 mg", "1 kg"])
of_doses = {
    "substance": st.sampled_from(["ketamine", "esketamine"]),
    "route": st.sampled_from([None, "iv", "nasal", "oral", "im", "iv bolus", "buccal"]),
    "dose": st.none() | amounts,
    "weight": st.sampled_from([None, "70 kg", "154 kg", "7 kg", "154 lb"]),
    "infusion": st.sampled_from([None, "40 min", "20 d", "3 h", "30 s"]),
}
questions = st.fixed_dictionaries({**of_doses, "since": st.sampled_from(["4 h", "10000 d", "3653 d", "4 h to 9999 d"])})


@given(st.lists(questions, min_size=1, max_size=12))
def test_questions_are_told_of_as_each_is_warned_of_alone(rows):
    alone = warned_alone(ketref.effects, rows)
    assert told_of(ketref.effects_many, columns(rows)) == note("questions", alone)
    tests = [{**row, "matrix": "urine"} for row in rows]
    assert told_of(ketref.detect_many, columns(tests)) == note("questions", warned_alone(ketref.detect, tests))


@given(st.lists(st.fixed_dictionaries(of_doses), min_size=1, max_size=8))
def test_doses_are_told_of_as_a_history_warns_of_them(rows):
    doses = [{**row, "start": f"2026-03-{day:02}T10:00Z"} for day, row in enumerate(rows, 1)]

    def alone(**dose: Any) -> Any:
        return ketref.history([dose], at="2026-04-01T10:00Z", matrix="urine")

    warned = warned_alone(alone, doses)
    said = {number: [text.partition(": ")[2] for text in texts] for number, texts in warned.items()}
    samples = {"subject": ["A"], "matrix": "urine", "time": "2026-04-01T10:00Z"}
    assert told_of(ketref.evaluate, {"subject": "A", **columns(doses)}, samples) == note("doses", said)


DAYS = [f"{year}-{month:02}-11T10:00Z" for year in range(2015, 2030, 2) for month in (1, 3)]
moments = st.sampled_from([*DAYS, "2020-01-11"])
regimens = st.sampled_from([{}, {"frequency": "QD", "count": 400}, {"frequency": "QW", "count": 300}])


@given(
    st.lists(st.tuples(st.sampled_from("AB"), moments, regimens), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from("AB"), moments), min_size=1, max_size=6),
)
def test_samples_years_away_are_told_of_as_a_history_warns_of_them(doses, samples):
    taken = [{"subject": who, "substance": "ketamine", "start": start, **more} for who, start, more in doses]
    asked = [{"subject": who, "matrix": "urine", "time": at} for who, at in samples]
    alone = {}
    for number, (who, at) in enumerate(samples):
        own = [{**dose} for dose in taken if dose["subject"] == who]
        warned = ketref.history(own, at=at, matrix="urine").warnings
        beside = [text for text in warned if "lies far in the future" not in text]  # which is beside now
        if own and beside:
            alone[number] = beside[-1].partition(": ")[2]
    told = told_of(ketref.evaluate, columns(taken), columns(asked), keys="exact")
    assert len(told) == bool(alone)
    if alone:
        number = min(alone)
        assert told[0].startswith(f"{len(alone)} row")
        late = "later than any time" in alone[number]
        assert f"such as row {number}: " in told[0]
        assert alone[number] in told[0] if late else "lies long before the first dose" in told[0]


def test_many_rows_are_counted_and_few_named_and_the_answers_stay():
    rows = {"substance": "esketamine", "route": "nasal", "dose": [f"{n} g" for n in range(80, 380)], "since": "4 h"}
    with pytest.warns(ketref.Note, match="^300 rows of the questions lie far outside") as caught:
        found = ketref.effects_many(rows)
    assert str(caught[0].message).count("check the unit") == 5
    assert found["phase_latest"].tolist() == ["baseline"] * 300


def test_numbers_beside_units_are_told_of_too():
    rows = {"substance": "ketamine", "dose": np.array([50.0, 5e4, 50.0]), "dose_unit": "mg", "since": "4 h"}
    told = told_of(ketref.effects_many, {**rows, "weight": np.array([70, 70, 200])})
    assert told == [
        "2 rows of the questions lie far outside what is known here, such as row 1: 50,000 mg is far outside what any"
        " source here describes, 10 to 500 mg or 0.1 to 13 mg/kg: check the unit; row 2: a weight of 200 kg is unusual,"
        " 30 to 150 kg are usual: check the unit"
    ]


def test_what_lies_inside_is_not_told_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = {"substance": "ketamine", "route": "oral", "dose": ["84 mg"], "weight": "70 kg", "since": "365 d"}
        ketref.effects_many(rows)
