"""Does the history of one person say of any list of doses what the reference makes of it, row by row?"""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from test_engine_properties import books, detect

import ketref
from support import oracle, person_oracle
from support.records import (
    DAY,
    HOUR,
    NOON,
    asked_of,
    being_given,
    doses,
    known_to_a_range,
    moment,
    samples,
    world_of,
    written_dose,
    written_test,
)
from support.strategies import SUBSTANCE, asked, questions

Data = st.DataObject
Rows = list[dict[str, Any]]
ORDER = ("no_record", "no_dose", *oracle.STATUS_ORDER)
many = settings(max_examples=2 * settings().max_examples)


def status(book: Any, rows: Rows, sample: dict[str, Any]) -> str:
    """The status of one sample by the history of its subject."""
    mine = [written_dose(row) for row in rows if row["subject"] == sample["subject"]]
    answer = ketref.history(mine, at=moment(sample["time"]), rules=book, **written_test(sample))
    found = [test["status"] for test in answer.tests]
    assert len(found) <= 1
    return found[0] if found else "no_dose"


def drawn_case(data: Data, **how: bool) -> tuple[Any, Any, Rows, Rows]:
    """A book, its world, rows of one subject and samples."""
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    rows = data.draw(doses(kinds, **how), "rows")
    asked_about = data.draw(samples(rules, rows, tests), "samples")
    return book, world_of({SUBSTANCE: rules}), rows, asked_about


# ------------------------------------------------------------------------ history and reference


@given(st.data())
@many
def test_a_history_is_what_the_reference_says(data: Data) -> None:
    book, world, rows, asked_about = drawn_case(data)
    right = person_oracle.statuses(world, rows, asked_about)
    event(f"statuses: {sorted(set(right))}")
    assert [status(book, rows, sample) for sample in asked_about] == right


@given(st.data())
def test_rows_without_length_and_far_apart_are_read_as_before(data: Data) -> None:
    """By the clock before this one, too: of such rows nothing has changed."""
    book, world, rows, asked_about = drawn_case(data, lasting=False, close=False, odd=False)
    before = world_of(world.rules, clock=oracle.START)
    right = person_oracle.statuses(before, rows, asked_about)
    assert person_oracle.statuses(world, rows, asked_about) == right
    assert [status(book, rows, sample) for sample in asked_about] == right


@given(st.data())
def test_the_order_of_rows_changes_nothing(data: Data) -> None:
    book, _, rows, asked_about = drawn_case(data)
    rows = data.draw(known_to_a_range(rows) | st.just(rows), "rows known to a range")
    other = data.draw(st.permutations(rows))
    for sample in asked_about:
        assert status(book, list(other), sample) == status(book, rows, sample)


@given(st.data())
def test_a_regimen_is_its_doses_written_out(data: Data) -> None:
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    row = data.draw(doses(kinds, odd=False))[0]
    row = {key: value for key, value in row.items() if key not in ("end", "duration")} | {"start": 0}
    interval, count = data.draw(st.sampled_from([(6 * HOUR, 9), (12 * HOUR, 20), (DAY, 24), (2 * DAY, 5)]))
    said = [{**row, "interval": interval, "count": count}]
    out = [{**row, "start": k * interval} for k in range(count)]
    for sample in data.draw(samples(rules, said, tests)):
        assert status(book, said, sample) == status(book, out, sample)


# ------------------------------------------------------------------------ laws


@given(st.data())
def test_while_a_drug_is_being_given_no_window_excludes_it(data: Data) -> None:
    book, rules = data.draw(books())
    for _ in range(4):
        question, at = data.draw(being_given(rules))
        assert detect(book, question, f"{at} s").status != "not_expected"
        row = {key: question[key] for key in ("route", "dose", "dose_per_kg", "weight", "duration") if key in question}
        row |= {"subject": 0, "substance": SUBSTANCE, "start": 0}
        assert status(book, [row], {**question, "subject": 0, "time": at}) != "not_expected"


@given(st.data())
def test_while_it_is_being_given_its_effect_is_not_going(data: Data) -> None:
    book, rules = data.draw(books("phase"))
    question = data.draw(questions(rules))
    lasts = data.draw(st.integers(61, 60 * DAY))
    question |= {"route": "intravenous", "duration": lasts}
    at = data.draw(st.integers(0, lasts - 1))
    found = ketref.effects(SUBSTANCE, since=f"{at} s", rules=book, **asked(question)).phases
    assert not found or found[0] in ("before_onset", "onset", "peak")


@given(
    st.sampled_from([("ketamine", "intravenous"), ("ketamine", "subcutaneous"), ("esketamine", "nasal")]),
    st.integers(61, DAY),
    st.data(),
)
def test_while_it_is_being_given_no_effect_is_over_and_no_caution_lifted(
    taken: tuple[str, str], lasts: int, data: Data
) -> None:
    at = data.draw(st.sampled_from([lasts - 1, lasts // 2]) | st.integers(0, lasts - 1))
    substance, route = taken
    found = ketref.effects(substance, route=route, infusion=f"{lasts} s", since=f"{at} s").to_dict()
    assert "not_expected" not in {effect["status"] for effect in found["effects"]}
    assert "lifted" not in {caution["status"] for caution in found["cautions"]}


@given(st.data())
def test_a_bolus_by_any_writing_is_one_answer(data: Data) -> None:
    """A length of a minute at most is no length: as if it were not said, but that it is no infusion."""
    book, rules = data.draw(books())
    question = {key: said for key, said in data.draw(questions(rules)).items() if key != "duration"}
    at = data.draw(st.integers(0, 60 * DAY))
    bolus = detect(book, {**question, "route": "intravenous-bolus"}, f"{at} s").status
    for lasts in (0, 1, 30, 60):
        assert detect(book, {**question, "route": "intravenous", "duration": lasts}, f"{at} s").status == bolus


SHIPPED_TESTS = st.sampled_from(
    [
        {"matrix": "urine"},
        {"matrix": "urine", "method": "gc-ms", "cutoff": "25 ng/mL"},
        {"matrix": "plasma"},
        {"matrix": "oral-fluid"},
        {"matrix": "hair"},
    ]
)


@st.composite
def rows_for_the_shipped_book(draw: st.DrawFn) -> Rows:
    """Devices, drips and regimens of ketamine, near enough to be joined now and then."""
    kinds = [
        {},
        {"route": "nasal", "dose": 28_000},
        {"route": "intravenous", "dose": 35_000},
        {"route": "intravenous-infusion", "dose": 35_000},
        {"route": "oral"},
    ]
    return draw(doses(kinds, substances=("ketamine",)))


def shipped_status(rows: Rows, test: dict[str, str], at: int) -> str:
    found = ketref.history([written_dose(row) for row in rows], at=moment(at), **test).tests
    return found[0]["status"] if found else "no_dose"


@given(rows_for_the_shipped_book(), rows_for_the_shipped_book(), SHIPPED_TESTS, st.integers(0, 60 * 24))
@many
def test_a_further_row_never_lowers_a_status(rows: Rows, further: Rows, test: dict[str, str], hour: int) -> None:
    at = hour * HOUR
    before = ORDER.index(shipped_status(rows, test, at))
    assert ORDER.index(shipped_status([*rows, further[0]], test, at)) >= before


@given(rows_for_the_shipped_book(), SHIPPED_TESTS, st.integers(0, 60 * 24))
def test_doubtful_rows_alone_make_nothing_certain(rows: Rows, test: dict[str, str], hour: int) -> None:
    doubtful = [{**row, "status": "perhaps-given"} for row in rows]
    assert shipped_status(doubtful, test, hour * HOUR) != "expected"


@given(rows_for_the_shipped_book(), SHIPPED_TESTS, st.integers(0, 60 * 24))
def test_rows_that_are_no_dose_change_nothing(rows: Rows, test: dict[str, str], hour: int) -> None:
    none = [
        {"subject": 0, "substance": "ketamine", "start": 0, "status": "not-given"},
        {"subject": 0, "substance": "ketamine", "start": HOUR, "dose": 0},
        {"subject": 0, "substance": "placebo", "start": HOUR, "dose": 84_000},
    ]
    assert shipped_status([*none, *rows], test, hour * HOUR) == shipped_status(rows, test, hour * HOUR)
    assert shipped_status(none, test, hour * HOUR) == "no_dose"


def test_what_was_left_out_is_told_with_its_number() -> None:
    rows = [
        {"substance": "ketamine", "start": NOON, "dose": "0 mg"},
        {"substance": "ketamine", "start": NOON},
        {"substance": "ketamine", "start": NOON, "status": "not-done"},
    ]
    notes = " ".join(ketref.history(rows, at=moment(HOUR), matrix="urine").notes)
    assert "left out" in notes
    assert "1" in notes
    assert "3" in notes
