"""Are ends that are not known, known to a day, or a little off read in tables as they are in a history?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref

pytest.importorskip("numpy")
pytest.importorskip("pyarrow")

COLUMNS = ["status", "rule", "pattern", "dose", "elapsed_s", "elapsed_longest_s", "next_change_s", "reject"]


def evaluated(doses: list[dict[str, Any]], at: Any, matrix: str = "blood", **more: Any) -> tuple[dict[str, Any], Any]:
    """The answer to one sample of one subject, and what was told; the same as the history of these doses says."""
    told: list[str] = []
    names = list(dict.fromkeys(name for dose in doses for name in dose))
    table = {"subject": ["A"] * len(doses), **{name: [dose.get(name) for dose in doses] for name in names}}
    samples = {"subject": ["A"], "test": ["ketamine"], "matrix": [matrix], "time": [at]}
    found = ketref.evaluate(table, samples, COLUMNS, on_error="reject", notes=told.append, **more)
    answer = {name: values.tolist()[0] for name, values in found.items()}
    try:
        test = ketref.history(doses, at=at, matrix=matrix, test="ketamine", **more).tests[0]
    except ketref.UsageError:
        assert answer["status"] == "unknown"
        return answer, told
    assert (answer["status"], answer["rule"]) == (test["status"], test["rule"])
    change = test["next_change"]
    assert answer["next_change_s"] == (change and change["in_s"])
    return answer, told


def row(**more: Any) -> dict[str, Any]:
    return {"substance": "ketamine", "route": "nasal", "start": "2026-03-01T12:00Z", **more}


# ---------------------------------------------------------------- regimens


@pytest.mark.parametrize(
    ("end", "elapsed", "notes"),
    [("2026-03-16T08:45Z", 3600, 1), ("2026-03-16T09:00Z", 3600, 0), ("2026-03-14T15:00Z", 7 * 86_400 + 3600, 0)],
)
def test_an_end_a_little_before_a_dose_is_the_time_of_that_dose(end, elapsed, notes):
    weekly = row(start="2026-03-02T09:00Z", frequency="QW", end=end)
    answer, told = evaluated([weekly], "2026-03-16T10:00Z")
    assert answer["elapsed_s"] == elapsed
    assert len([note for note in told if "nearly due" in note and note.endswith("such as row 0")]) == notes


# ---------------------------------------------------------------- given without a break


def test_continuous_with_an_end_is_one_administration():
    lasted = {"route": "IV infusion", "end": "2026-03-03T12:00Z"}
    answer, told = evaluated([row(frequency="CONTINUOUS", **lasted)], "2026-03-04T12:00Z")
    assert (answer, told) == evaluated([row(**lasted)], "2026-03-04T12:00Z")
    assert answer["reject"] is None


@pytest.mark.parametrize("more", [{}, {"end": "2026-02-01Z"}, {"end": None, "infusion": None}])
def test_continuous_without_an_end_is_refused(more):
    dose = row(route="IV infusion", frequency="CONTINUOUS", **more)
    answer, _ = evaluated([dose], "2026-03-04T12:00Z")
    assert "not until when" in answer["reject"]
    with pytest.raises(ketref.UsageError, match="`CONTINUOUS`, and not until when") as error:
        ketref.history([dose], at="2026-03-04T12:00Z", matrix="blood")
    assert "leave `frequency` out" in error.value.hint


def test_a_bolus_is_not_given_without_a_break():
    dose = row(route="IV push", frequency="CONTINUOUS", end="2026-03-01T13:00Z")
    assert "has no duration" in evaluated([dose], "2026-03-04T12:00Z")[0]["reject"]
