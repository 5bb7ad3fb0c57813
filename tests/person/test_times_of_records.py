"""Is no interval of an answer about a person empty or reversed, and can Python read each instant?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_engine_properties import books

import ketref
from support.laws import assert_times_are_sound
from support.records import DAY, HOUR, asked_of, doses, known_to_a_range, moment, samples, written_dose, written_test

Data = st.DataObject
OUTCOMES = st.sampled_from(["positive", "negative", "negative", "invalid"])
ROUTES = st.sampled_from(["nasal", "intravenous", "intravenous-infusion", "oral", "intramuscular"])


def records_of(data: Data) -> tuple[Any, list[dict[str, Any]], list[dict[str, Any]]]:
    """A book, doses of one person as they are written, some known to a range, and samples."""
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    rows = data.draw(doses(kinds))
    asked_about = data.draw(samples(rules, rows, tests))
    rows = data.draw(known_to_a_range(rows) | st.just(rows))
    return book, [written_dose(row) for row in rows], asked_about


@given(st.data())
def test_no_time_of_a_history_is_unsound(data: Data) -> None:
    book, rows, asked_about = records_of(data)
    for sample in asked_about:
        form = ketref.history(rows, at=moment(sample["time"]), rules=book, **written_test(sample)).to_dict()
        event(f"looked at some: {assert_times_are_sound(form) > 0}")
        assert all(change["in_s"] > 0 for change in form["changes"]), form["changes"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["ketamine", "esketamine"]), ROUTES, st.integers(0, 40 * DAY)), min_size=1, max_size=4
    ),
    st.sampled_from(["84 mg", "0.5 mg/kg", None]),
    st.booleans(),
    st.integers(0, 60 * DAY),
)
def test_no_time_of_a_history_by_the_shipped_rules_is_unsound(
    taken: list[tuple[str, str, int]], dose: str | None, by_the_day: bool, at: int
) -> None:
    """Which have effects and cautions too."""
    rows = [
        {
            "substance": substance,
            "route": route,
            "dose": dose,
            "start": f"{moment(start):%Y-%m-%d}[Europe/Berlin]" if by_the_day else moment(start),
        }
        for substance, route, start in taken
    ]
    form = ketref.history(rows, at=moment(at)).to_dict()
    assert_times_are_sound(form)


@given(st.data())
def test_no_time_of_what_is_inferred_is_unsound(data: Data) -> None:
    """With declared doses, of which each result may be of none, and with one dose in question."""
    book, rows, asked_about = records_of(data)
    results = []
    for sample in asked_about:
        result = {**written_test(sample), "time": moment(sample["time"]), "outcome": data.draw(OUTCOMES)}
        if data.draw(st.booleans()):
            result["time_latest"] = result["time"] + timedelta(seconds=data.draw(st.sampled_from([1, HOUR, DAY])))
        results.append(result)
    if results:
        known = data.draw(st.sampled_from([None, moment(-30 * DAY)]))
        declared = data.draw(st.sampled_from([rows, None]))
        known_since = None if declared is None else known
        form = ketref.infer(results, doses=declared, known_since=known_since, rules=book).to_dict()
        event(f"looked at some: {assert_times_are_sound(form) > 0}")


def test_the_law_looks_at_every_kind_of_time() -> None:
    dose = {"substance": "esketamine", "route": "nasal", "dose": "84 mg", "start": moment(0)}
    assert assert_times_are_sound(ketref.history([dose], at=moment(HOUR)).to_dict()) > 10
    result = {"matrix": "urine", "time": moment(DAY), "outcome": "positive"}
    assert assert_times_are_sound(ketref.infer([result], doses=[dose], substance="ketamine").to_dict()) > 3
    early, late = "2026-03-01T10:00+00:00", "2026-03-02T10:00+00:00"
    for unsound in (
        {"from": late, "until": early},
        {"begin": early, "end": early},
        {"not_before": late, "lifted_by": early},
        {"at": "2026-03-01+00:00", "at_unit": "day"},
        {"at": None, "at_unit": "day"},
        {"until_s": [2, 1]},
        {"boundaries_s": {"onset": [2, 1]}},
    ):
        with pytest.raises((AssertionError, ValueError)):
            assert_times_are_sound([{"deep": [unsound]}])
