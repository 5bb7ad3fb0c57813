"""Does a row of a table ask about its segment of hair as the question alone does?"""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import ketref
from conftest import Run
from ketref.model.kinds import WINDOW

SEGMENTS = ("3-6 cm", "30 mm to 60 mm", "0-1 cm", "12-15 cm", None, "unknown")
AGO = ("1 d", "7 d", "120 d", "500 d", "696 d", "1400 d")
BEFORE, PERHAPS, AFTER = "later", "perhaps", "older"


def rows(**said: Any) -> dict[str, list[Any]]:
    """A table of one question for each substance, segment and time."""
    asked = list(product(("ketamine", "cocaine", "alprazolam"), SEGMENTS, AGO))
    names = ("substance", "segment", "since")
    return {
        **{name: [one[place] for one in asked] for place, name in enumerate(names)},
        **{name: [value] * len(asked) for name, value in {"matrix": "hair", **said}.items()},
    }


def alone(table: dict[str, list[Any]], row: int) -> ketref.DetectAnswer:
    said = {name: values[row] for name, values in table.items() if values[row] is not None}
    return ketref.detect(said.pop("substance"), **said)


@pytest.mark.parametrize(
    "said",
    [{}, {"infusion": "40 min"}, {"infusion": "3 d"}, {"pattern": "chronic"}, {"cutoff": "0.5 ng/mg", "dose": "10 mg"}],
)
def test_each_row_is_answered_as_the_question_alone(said: dict[str, str]) -> None:
    if "infusion" in said:
        said = {**said, "route": "intravenous"}
    table = rows(**said)
    columns = ("status", "rule", "next_change_s", "detectable_until_latest_s", "confidence", "sources_disagree")
    found = ketref.detect_many(pa.table(table), columns).to_pylist()
    for row, answered in enumerate(found):
        answer = alone(table, row)
        change = answer.next_change
        _, until = answer.standing.seconds(WINDOW.boundaries.index("detectable_until"))
        assert answered == {
            "status": answer.status,
            "rule": answer.rule,
            "next_change_s": change and change["in_s"],
            "detectable_until_latest_s": until,
            "confidence": answer.confidence,
            "sources_disagree": answer.sources_disagree,
        }, table["segment"][row]
    assert {answered["status"] for answered in found} >= {"possible", "not_expected"} - {said.get("dose", "possible")}


@pytest.mark.parametrize(
    ("since", "place", "status"),
    [("7 d", BEFORE, "possible"), ("120 d", PERHAPS, "possible"), ("696 d", AFTER, "not_expected")],
)
def test_a_dose_in_before_and_after_a_segment_gets_its_own_answer(since: str, place: str, status: str) -> None:
    (found,) = ketref.detect_many(
        {"substance": ["ketamine"], "matrix": ["hair"], "since": [since], "segment": ["3-6 cm"]}
    )["status"].tolist()
    answer = ketref.detect("ketamine", matrix="hair", segment="3-6 cm", since=since)
    assert answer.segment is not None
    assert (answer.segment["dose"], found) == (place, status)


@pytest.mark.parametrize(
    ("matrix", "segment", "says"),
    [
        ("hair", "6-3 cm", "ends before it begins"),
        ("hair", "0-300 cm", "too long for a segment"),
        ("urine", "3-6 cm", "urine has no segments"),
    ],
)
def test_a_segment_that_cannot_be_is_refused_with_its_row(matrix: str, segment: str, says: str) -> None:
    table = {"substance": ["ketamine"] * 3, "matrix": ["hair", matrix, "urine"], "since": ["7 d"] * 3}
    asked = pa.table({**table, "segment": ["3-6 cm", segment, None]})
    with pytest.raises(ketref.RowsError, match=says) as refused:
        ketref.detect_many(asked)
    assert list(refused.value.rows) == [1]
    found = ketref.detect_many(asked, ("status", "reject"), on_error="reject").to_pylist()
    assert says in found[1]["reject"]
    assert [one["reject"] for one in (found[0], found[2])] == [None, None]
    doses = pa.table({"subject": ["S"], "substance": ["ketamine"], "start": ["2026-03-01T12:00Z"]})
    samples = asked.drop_columns(["substance", "since"])
    samples = samples.append_column("subject", pa.array(["S"] * 3)).append_column("time", pa.array(["2026-06-01"] * 3))
    with pytest.raises(ketref.RowsError, match=says) as refused:
        ketref.evaluate(doses, samples)
    assert list(refused.value.rows) == [1]


DOSES = [
    {"subject": "S", "substance": "ketamine", "start": "2024-03-01T12:00Z"},
    {"subject": "S", "substance": "cocaine", "start": "2026-01-01T12:00Z"},
]


def test_a_sample_is_asked_of_its_segment_as_a_history_is() -> None:
    parts = (None, "0-1 cm", "3-6 cm", "12-15 cm", "40-50 cm")
    at = "2026-06-01T12:00Z"
    samples = pa.table(
        {"subject": ["S"] * 5, "matrix": ["hair"] * 5, "time": [at] * 5, "segment": pa.array(parts, pa.string())}
    )
    found = ketref.evaluate(pa.Table.from_pylist(DOSES), samples, ("status", "rule", "next_change_s")).to_pylist()
    expected = []
    for part in parts:
        for test in ketref.history(DOSES, at=at, matrix="hair", **({"segment": part} if part else {})).tests:
            change = test["next_change"]
            expected.append((test["substance"], test["status"], test["rule"], change and change["in_s"]))
    in_order = ("cocaine", "ketamine")  # that of the book
    expected.sort(key=lambda one: in_order.index(str(one[0])))
    found = [found[row] for name in (0, 1) for row in range(name, len(found), 2)]
    assert [tuple(one.values()) for one in found] == [one[1:] for one in expected]
    assert len(set(expected)) > len(in_order)


def test_a_verdict_is_that_of_the_result_alone() -> None:
    parts = ("0-3 cm", "12-15 cm", None)
    results = [
        {"subject": "S", "test": "ketamine", "matrix": "hair", "time": "2026-06-01T12:00Z", "method": "lc-ms"}
        | {"outcome": outcome}
        | ({"segment": part} if part else {})
        for part in parts
        for outcome in ("positive", "negative")
    ]
    found = ketref.evaluate(
        pa.Table.from_pylist(DOSES),
        pa.Table.from_pylist([{"segment": None, **one} for one in results]),
        ("verdict",),
        known_since="2020-01-01T00:00Z",
    ).column("verdict")
    alone = [ketref.infer([one], doses=DOSES, known_since="2020-01-01T00:00Z").results[0]["verdict"] for one in results]
    assert found.to_pylist() == alone
    assert {"not_explained", "possible"} <= set(alone)


def test_a_table_of_reports_reads_segments_as_one_report_does() -> None:
    results = [
        {"matrix": "hair", "analyte": "ketamine", "outcome": "positive", "segment": part}
        for part in ("0-3 cm", "3-6 cm")
    ]
    found = ketref.interpret_many(pa.Table.from_pylist([{"specimen": "A", **one} for one in results]))
    answer = ketref.interpret(results)
    assert found.column("verdict").to_pylist() == [one["verdict"] for one in answer.results]
    with pytest.raises(ketref.UsageError, match=r"specimen A: .*ends before it begins"):
        ketref.interpret_many(pa.Table.from_pylist([{"specimen": "A", **results[0], "segment": "6-3 cm"}]))


def test_the_commands_read_a_column_of_segments(run: Run, tmp_path: Path) -> None:
    def answered(command: str, *tables: str, columns: str) -> list[dict[str, str]]:
        files = [tmp_path / f"{command}-{place}.csv" for place in range(len(tables) + 1)]
        for file, text in zip(files, tables, strict=False):
            file.write_text(text)
        done = run(command, *map(str, files[:-1]), "-o", str(files[-1]), "--columns", columns)
        found = list(csv.DictReader(files[-1].read_text().splitlines()))
        assert done.code == any(row.get("reject") for row in found)
        return found

    questions = (
        "substance,matrix,since,segment\nketamine,hair,7 d,3-6 cm\nketamine,hair,696 d,3-6 cm\n"
        "ketamine,hair,7 d,6-3 cm\nketamine,hair,7 d,\n"
    )
    found = answered("detect-many", questions, columns="status,reject")
    assert [row["status"] for row in found] == ["possible", "not_expected", "unknown", "possible"]
    assert "ends before it begins" in found[2]["reject"]
    doses = "subject,substance,start\nS,ketamine,2024-03-01T12:00Z\n"
    samples = "subject,matrix,time,segment\nS,hair,2026-06-01T12:00Z,0-3 cm\nS,hair,2026-06-01T12:00Z,12-15 cm\n"
    found = answered("evaluate", doses, samples, columns="status")
    assert [row["status"] for row in found] == ["not_expected", "possible"]
