"""May rows be a list of mappings, and may all columns be asked for, in every question about many rows alike?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref.model.kinds import CALCULATED, PHASE, WINDOW, columns_of

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

TESTS: list[dict[str, Any]] = [
    {"substance": "ketamine", "matrix": "urine", "since": "36 h", "method": "gc-ms", "cutoff": "25 ng/mL"},
    {"substance": "cocaine", "matrix": "urine", "since": "3 d"},
    {"matrix": "blood", "substance": "ketamine", "since": "2 d", "route": None, "patient": 7},
]
DOSES = [{"subject": "A", "substance": "ketamine", "start": "2026-03-01T10:00Z"}]
SAMPLES = [
    {"subject": "A", "matrix": "urine", "time": "2026-03-02T10:00Z"},
    {"subject": "B", "time": "2026-03-02T10:00Z", "matrix": "hair"},
]


def records(table: Any) -> list[dict[str, Any]]:
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


@pytest.mark.parametrize("columns", [["status", "rule"], "all"])
def test_tests_as_mappings_have_the_answers_of_the_table(columns):
    found = ketref.detect_many(TESTS, columns)
    assert found == records(ketref.detect_many(pd.DataFrame(TESTS), columns))
    assert [row["status"] for row in found] == [
        ketref.detect(**{name: value for name, value in row.items() if name != "patient"}).status for row in TESTS
    ]


def test_doses_as_mappings_have_the_answers_of_the_table():
    asked = [{"substance": "esketamine", "route": "nasal", "since": "50 min"}, {"substance": "lsd", "since": "1 h"}]
    found = ketref.effects_many(tuple(asked), "all", notes=lambda text: None)
    assert found == records(ketref.effects_many(pd.DataFrame(asked), "all", notes=lambda text: None))
    assert set(found[0]) == set(columns_of(PHASE, "all"))


@pytest.mark.parametrize("outcome", [{}, {"outcome": "positive"}])
def test_samples_as_mappings_have_the_answers_of_the_table(outcome):
    samples = [{**row, **outcome} for row in SAMPLES]
    found = ketref.evaluate(DOSES, samples, "all")
    assert found == records(ketref.evaluate(pd.DataFrame(DOSES), pd.DataFrame(samples), "all"))
    assert ("verdict" in found[0]) == bool(outcome)
    assert {"sample", "substance", "status", "rule", "pattern", "joined"} <= set(found[0])


def test_reports_as_mappings_have_the_answers_of_the_table():
    results = [{"specimen": 1, "matrix": "urine", "analyte": "codeine", "outcome": "positive", "method": "gc-ms"}]
    assert ketref.interpret_many(results) == records(ketref.interpret_many(pd.DataFrame(results)))


def test_all_columns_are_every_one_but_those_of_models_and_these_where_they_are_asked_for():
    assert set(ketref.detect_many(TESTS, "all")[0]) == set(columns_of(WINDOW, "all"))
    assert not set(columns_of(WINDOW, "all")) & set(CALCULATED)
    assert set(columns_of(WINDOW, "all", calculated=True)) >= {*CALCULATED, "confidence", "sources_disagree"}
    assert "reject" in ketref.detect_many(TESTS, "all", on_error="reject")[0]
    with pytest.raises(ketref.UsageError, match="are not a list of names: status"):
        ketref.detect_many(TESTS, "status")


@pytest.mark.parametrize("command", ["detect-many", "evaluate"])
def test_files_give_all_columns_too(command, tmp_path, run):
    names = {"detect-many": {"q": TESTS}, "evaluate": {"d": DOSES, "s": SAMPLES}}[command]
    for name, rows in names.items():
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}.csv", index=False)
    out = tmp_path / "out.csv"
    assert (
        run(command, *(str(tmp_path / f"{name}.csv") for name in names), "-o", str(out), "--columns", "all").code == 0
    )
    found = pd.read_csv(out)
    wanted = columns_of(WINDOW, "all") if command == "detect-many" else ["status", "substance", "pattern", "joined"]
    assert {*wanted} <= {*found.columns}
    assert "verdict" not in found.columns


def test_of_a_table_without_rows_the_kind_is_not_known():
    with pytest.raises(ketref.UsageError) as refused:
        ketref.detect_many([])
    assert "a list of mappings" in refused.value.hint
