"""Does a table of results say of each one what `infer` says, whatever its columns are made of?"""

from __future__ import annotations

from typing import Any

import pytest
from test_many import as_rows

import ketref
from ketref.book.loading import load_texts
from support.strategies import DAY, SUBSTANCE, texts

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

NOON, LATER, MUCH_LATER = "2026-03-01T12:00Z", "2026-03-01T16:00Z", "2026-08-01T12:00Z"
TAKEN = {"subject": ["A", "B"], "substance": "ketamine", "start": NOON}


def verdicts(doses: Any, results: Any, **more: Any) -> list[str | None]:
    found = ketref.evaluate(doses, results, ["verdict"], keys="exact", notes=[].append, **more)
    return [row["verdict"] for row in as_rows(found)]


def alone(doses: list[dict[str, Any]], results: list[dict[str, Any]], **more: Any) -> list[str | None]:
    return [ketref.infer([result], doses=doses, **more).results[0]["verdict"] for result in results]


def results(*outcomes: Any, **more: Any) -> dict[str, Any]:
    return {"subject": "A", "matrix": "urine", "time": LATER, "outcome": list(outcomes), **more}


def test_where_there_is_an_outcome_there_is_a_verdict():
    found = ketref.evaluate(TAKEN, pd.DataFrame(results("positive", "negative")))
    assert list(found.columns) == ["sample", "substance", "status", "dose", "rule", "verdict"]
    assert found["verdict"].tolist() == ["explained", "not_explained"]
    assert "verdict" not in ketref.evaluate(TAKEN, {"subject": ["A"], "matrix": "urine", "time": LATER})


@pytest.mark.parametrize("bad", ["perhaps", "7", None])
def test_an_outcome_that_is_not_understood_refuses_its_row_alone(bad):
    asked = pd.DataFrame(results("positive", bad, "negative"))
    with pytest.raises(ketref.RowsError) as error:
        verdicts(TAKEN, asked)
    assert error.value.rows == [1]
    found = as_rows(ketref.evaluate(TAKEN, asked, ["verdict"], on_error="reject"))
    assert [row["verdict"] for row in found] == ["explained", "unknown", "not_explained"]
    assert (bad or "`outcome` is missing") in found[1]["reject"]
    assert not found[0]["reject"]


def test_what_was_found_is_not_read_where_no_verdict_is_asked_for():
    asked = results("perhaps", value="much")
    assert ketref.evaluate(TAKEN, asked, ["status"])["status"].tolist() == ["expected"]


def test_columns_named_as_those_of_results_are_left_alone_where_there_is_no_outcome():
    asked = {"subject": ["A"], "matrix": "urine", "time": LATER, "Value": "much", "LOD": "?", "panel": 7}
    assert ketref.evaluate(TAKEN, asked, ["status"])["status"].tolist() == ["expected"]
    with pytest.raises(ketref.UsageError, match="column `Value` is not read"):
        ketref.evaluate(TAKEN, {**asked, "outcome": "positive"})


def test_a_value_decides_where_no_outcome_is_said():
    cutoff = {"cutoff": "25 ng/mL"}
    rows = [
        {"value": "130 ng/mL", **cutoff},
        {"value": "12 ng/mL", **cutoff},
        {"value": "None Detected"},
        {"value": "QNS"},
        {"outcome": "negative", "value": "500 ng/mL"},
        {"outcome": "negative?"},
    ]
    listed = [{"matrix": "urine", "time": LATER, **row} for row in rows]
    asked = pd.DataFrame([{"subject": "A", **row} for row in listed])
    doses = [{"substance": "ketamine", "start": NOON}]
    assert verdicts(TAKEN, asked) == alone(doses, listed)
    unsaid = asked[:4].drop(columns="outcome")
    assert list(ketref.evaluate(TAKEN, unsaid).columns)[-1] == "verdict"
    assert verdicts(TAKEN, unsaid) == alone(doses, listed[:4])
    (found,) = as_rows(ketref.evaluate(TAKEN, unsaid[:1].drop(columns="cutoff"), ["verdict"], on_error="reject"))
    assert found["verdict"] == "unknown"
    assert "give the `cutoff`" in found["reject"]


@pytest.mark.parametrize(
    "outcomes",
    [
        np.array([True, False]),
        pd.array([True, False]),
        pd.Categorical(["POS", "neg"]),
        pa.array(["Positive (A)", "ND"]).dictionary_encode(),
        [True, "negative"],
    ],
)
def test_outcomes_are_words_or_truths_of_any_kind(outcomes):
    assert verdicts(TAKEN, {**results(), "outcome": outcomes}) == ["explained", "not_explained"]


def test_values_are_numbers_beside_a_unit_or_texts():
    rows = [
        {"matrix": "urine", "time": time, "outcome": "positive", "value": value, "cutoff_unit": "ng/mL", "loq": 5}
        for time in (LATER, MUCH_LATER)
        for value in (2.5, 40, 4000)
    ]
    dose = {"substance": "ketamine", "start": NOON}
    frame = pd.DataFrame(rows).assign(subject="A")
    assert verdicts(TAKEN, frame) == alone([dose], rows)
    assert verdicts(TAKEN, frame.assign(value=frame["value"].astype(str), comparator="=")) == alone([dose], rows)


NO_DOSES = [
    {"substance": "placebo"},
    {"substance": "cefazolin"},
    {"dose": "0 mg"},
    {"status": "not-done"},
]
"""Rows that are left out where only ketamine is asked for."""


@pytest.mark.parametrize("row", NO_DOSES)
@pytest.mark.parametrize("begins", [NOON, "2026-03-01", "2026-06-01T12:00Z", "2026-05-01T12:00", None])
def test_what_was_taken_before_a_record_begins_is_not_known_though_its_rows_are_left_out(row, begins):
    """A record begins with its first row; where none says when, nothing at all is known."""
    row = {"substance": "ketamine", "dose": "50 mg", "status": "completed", "start": begins, **row}
    rows = [
        {"matrix": "urine", "test": "ketamine", "time": time, "outcome": outcome}
        for time in (LATER, "2026-06-20T12:00Z")
        for outcome in ("positive", "negative", "QNS")
    ]
    table = pd.DataFrame([{**row, "subject": "A"}, {"subject": "B", "substance": "ketamine", "start": NOON}])
    samples = pd.DataFrame(rows).assign(subject="A")
    found = ketref.evaluate(table, samples, ["status", "verdict"], only="ketamine", notes=[].append)
    assert found["status"].tolist() == ["no_dose"] * 6
    assert found["verdict"].tolist() == alone([row], rows, only="ketamine")
    assert found["verdict"][0] == "possible"
    late = begins in {NOON, "2026-03-01"}
    assert found["verdict"][3] == ("not_explained" if late else "possible")


def test_a_sample_of_a_placebo_phase_is_judged_from_its_first_row_on():
    rows = [{"substance": "placebo", "start": "2025-03-01"}, {"substance": "ketamine", "start": "2026-03-02T12:00Z"}]
    positive = [{"matrix": "urine", "test": "ketamine", "time": "2026-03-01T12:00Z", "outcome": "positive"}]
    for record, verdict in ((rows, "not_explained"), (rows[1:], "possible")):
        table = pd.DataFrame(record).assign(subject="A")
        assert verdicts(table, pd.DataFrame(positive).assign(subject="A")) == [verdict]
        assert alone(record, positive) == [verdict]


@pytest.mark.parametrize("since", ["2026-03-01T12:00Z", "2025-01-01", "2026-04-01T12:00Z", "2020-01-01T00:00Z"])
def test_since_when_all_doses_are_known_is_said_as_to_infer(since):
    record = [{"substance": "ketamine", "start": NOON}, {"substance": "placebo", "start": "2026-05-01T12:00Z"}]
    rows = [
        {"matrix": matrix, "test": "ketamine", "time": time, "outcome": outcome}
        for matrix in ("urine", "hair", "plasma")
        for time in ("2026-02-20T12:00Z", LATER, "2026-03-20T12:00Z", MUCH_LATER)
        for outcome in ("positive", "negative")
    ]
    table = pd.DataFrame(record).assign(subject="A")
    found = verdicts(table, pd.DataFrame(rows).assign(subject="A"), known_since=since)
    assert found == alone(record, rows, known_since=since)
    assert ("not_explained" in found[:2]) == (since < "2026")


def test_since_when_all_doses_are_known_bears_on_verdicts_and_has_the_zone_of_the_tables():
    with pytest.raises(ketref.UsageError, match="`known_since` bears on verdicts"):
        ketref.evaluate(TAKEN, {"subject": ["A"], "matrix": "urine", "time": LATER}, known_since=NOON)
    with pytest.raises(ketref.UsageError, match="`known_since` has no time zone") as error:
        verdicts(TAKEN, results("positive"), known_since="2026-01-01T12:00")
    assert "--tz" in error.value.hint


def test_a_dose_that_is_not_understood_may_be_where_the_record_begins():
    doses = pd.DataFrame(
        [
            {"subject": "A", "substance": "ketamine", "start": MUCH_LATER, "dose": "1 mg/kg/h"},
            {"subject": "B", "substance": "ketamine", "start": MUCH_LATER, "dose": "50 mg"},
            {"subject": "C", "substance": "ketamin", "start": MUCH_LATER, "dose": "50 mg"},
            {"subject": "D", "substance": "ketamine", "start": "soon", "dose": "50 mg"},
            {"subject": "E", "substance": "ketamine", "start": "2026-03-02T12:00", "dose": "50 mg"},
            {"subject": "F", "substance": "ketamine", "start": "2025-03-02T12:00Z", "dose": "50 mg"},
            {"subject": "F", "substance": "ketamin", "start": MUCH_LATER, "dose": "50 mg"},
        ]
    )
    asked = pd.DataFrame(results(*["positive"] * 6, test="ketamine")).assign(subject=list("ABCDEF"))
    found = ketref.evaluate(doses, asked, ["verdict"], on_error="reject", notes=[].append)
    assert found["verdict"].tolist() == [*["possible"] * 3, "unknown", "unknown", "not_explained"]
    assert [row for row, reject in enumerate(found["reject"]) if isinstance(reject, str)] == [3, 4]
    assert [reject.split(":")[0] for reject in found["reject"][3:5]] == ["dose row 3", "dose row 4"]


def test_of_a_subject_that_is_not_in_the_doses_nothing_is_concluded():
    assert verdicts(TAKEN, {**results("positive", "negative", "QNS"), "subject": "C"}) == [None] * 3


def test_a_dose_that_is_not_understood_leaves_the_verdict_unknown():
    doses = {"subject": ["A", "B"], "substance": ["ketamin", "ketamine"], "start": NOON}
    asked = {**results("positive", "positive"), "subject": ["A", "B"]}
    assert verdicts(doses, asked, on_error="reject") == ["unknown", "explained"]


@pytest.mark.parametrize("ongoing", ["now", "unknown"])
def test_doses_without_a_last_day_are_read_as_is_said(ongoing):
    dose = {"substance": "ketamine", "start": NOON, "frequency": "QD"}
    rows = [
        {"matrix": matrix, "time": f"2026-0{month}-20T12:00Z", "outcome": outcome}
        for matrix in ("urine", "hair", "plasma")
        for month in (2, 3, 6)
        for outcome in ("positive", "negative")
    ]
    found = verdicts({**dose, "subject": ["A"]}, pd.DataFrame(rows).assign(subject="A"), ongoing=ongoing)
    assert found == alone([dose], rows, ongoing=ongoing)


def test_a_sample_with_a_row_for_each_substance_has_one_verdict():
    doses = {"subject": "A", "substance": ["ketamine", "esketamine"], "start": [NOON, MUCH_LATER]}
    found = as_rows(ketref.evaluate(doses, results("positive"), ["substance", "status", "verdict"]))
    assert [row["substance"] for row in found] == ["esketamine", "ketamine"]
    assert [row["verdict"] for row in found] == ["explained", "explained"]


@pytest.mark.parametrize("doses", [TAKEN, {"subject": pa.array([], "str"), "substance": [], "start": []}])
@pytest.mark.parametrize("said", [results(), results("QNS"), results("positive")])
def test_tables_without_rows_are_answered(doses, said):
    assert len(verdicts(doses, said)) == len(said["outcome"])


def test_doses_soon_after_the_first_may_be_of_any_pattern_of_use():
    """Two doses ten days apart: chronic use would be seen for twenty days after the second one."""
    closing = {"single": DAY, "repeated": 2 * DAY, "chronic": 20 * DAY}
    rules = [
        {
            "id": f"TST-W00{number}",
            "kind": "window",
            "when": {"matrix": ["urine"], "analyte": ["any"], "pattern": [pattern]},
            "ends": {"detectable_from": (0, 0), "detectable_until": (until, until)},
            "from_end": None,
            "infusion": None,
            "rank": 0,
        }
        for number, (pattern, until) in enumerate(closing.items(), 1)
    ]
    book = load_texts(texts(rules))
    doses = [{"substance": SUBSTANCE, "start": f"2026-03-{day:02}T12:00Z"} for day in (1, 11)]
    days = pd.date_range("2026-03-05T11:00Z", periods=40, freq="D")
    rows = [{"matrix": "urine", "time": day, "outcome": "positive"} for day in days]
    found = verdicts(pd.DataFrame(doses).assign(subject="A"), pd.DataFrame(rows).assign(subject="A"), rules=book)
    assert found == alone(doses, rows, rules=book)
    assert found[20] == "possible"  # 14 days after the second dose
    assert set(found) == {"possible", "explained", "not_explained"}


def test_a_result_at_a_cutoff_of_another_kind_is_judged_by_the_rules_of_that_kind() -> None:
    of_kinds = ["300 ng/mL", "300 ng/mg creatinine", "15 ng/mL", "15 ng/mg creatinine"]
    listed = [
        {"matrix": "urine", "time": time, "outcome": outcome, "cutoff": cutoff}
        for time in ("2026-03-01T18:00Z", "2026-03-20T12:00Z", MUCH_LATER)
        for outcome in ("positive", "negative")
        for cutoff in of_kinds
    ]
    by_hand = alone([{"substance": "cocaine", "start": NOON}], listed)
    doses = {"subject": ["A"], "substance": "cocaine", "start": NOON}
    assert verdicts(doses, pd.DataFrame([{"subject": "A", **row} for row in listed])) == by_hand
    assert by_hand[0::2] != by_hand[1::2]  # the kinds are told apart
