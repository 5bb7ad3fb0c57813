"""Is each of many reports read as it is alone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ketref
from ketref.errors import UsageError

AT = "2026-11-01T08:00Z"
PANEL = {
    "morphine": "100 ng/mL",
    "codeine": "100 ng/mL",
    "6-acetylmorphine": "10 ng/mL",
    "hydromorphone": "50 ng/mL",
    "oxycodone": "50 ng/mL",
    "benzoylecgonine": "100 ng/mL",
    "nordiazepam": "50 ng/mL",
}
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def row(specimen: int, analyte: str, outcome: str | None, **more: Any) -> dict[str, Any]:
    said = {"matrix": "urine", "time": AT, "analyte": analyte, "method": "lc-ms-ms", "cutoff": PANEL.get(analyte)}
    return {"specimen": specimen, **said, "outcome": outcome, "value": None, **more}


@st.composite
def rows_of(draw: st.DrawFn, specimen: int) -> list[dict[str, Any]]:
    """A report of some results, some with values, screens and measures among them."""
    found = []
    for analyte in draw(st.permutations(list(PANEL)))[: draw(st.integers(1, 6))]:
        outcome = draw(st.sampled_from(["positive", "negative", "negative", "QNS"]))
        least = float(PANEL[analyte].split()[0])
        value = None
        if outcome == "positive" and draw(st.booleans()):
            value = f"{least * draw(st.sampled_from([1, 2, 7, 20, 60])):g} ng/mL"
        time = draw(st.sampled_from([AT] * 6 + ["2026-11-02"]))
        cutoff = draw(st.sampled_from([PANEL[analyte], PANEL[analyte], None]))
        found.append(row(specimen, analyte, outcome, value=value, time=time, cutoff=cutoff))
    if draw(st.booleans()):
        found.append(row(specimen, "opiates", "positive", method="immunoassay", cutoff="300 ng/mL"))
    if draw(st.booleans()):
        creatinine = draw(st.sampled_from(["95 mg/dL", "12 mg/dL"]))
        found.append(row(specimen, "creatinine", None, method=None, cutoff=None, value=creatinine))
    return found


def one_by_one(rows: Sequence[dict[str, Any]], **asked: Any) -> list[tuple[str | None, str, str]]:
    """What `interpret` tells of the rows of one report."""
    given = [{key: value for key, value in one.items() if key != "specimen"} for one in rows]
    answer = ketref.interpret(given, **asked)
    verdicts = {one["number"]: one["verdict"] for one in answer.results}
    causes = {
        one["number"]: list(dict.fromkeys(cause["substance"] for cause in one["explained_by"]))
        for one in answer.results
    }
    return [
        (
            verdicts.get(number),
            ";".join(causes.get(number, [])),
            ";".join(one["id"] for one in answer.statements if number in one["results"]),
        )
        for number in range(1, len(rows) + 1)
    ]


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [one[name] for one in rows] for name in rows[0]}


def told(answers: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(list(answers[name]) for name in ("verdict", "explained_by", "statements")), strict=True))


@given(
    data=st.data(), texts=st.sampled_from([[], ["morphine 10 mg oral QID"], ["oxycodone 5 mg, last taken 2026-10-31"]])
)
@few
def test_many_reports_are_read_as_each_is_alone(data: st.DataObject, texts: list[str]) -> None:
    reports = [data.draw(rows_of(number)) for number in range(4)]
    rows = [one for report in reports for one in report]
    regimens = {"specimen": [0] * len(texts), "prescribed": texts} if texts else None
    found = told(ketref.interpret_many(columns(rows), prescribed=regimens))
    expected = [one for n, report in enumerate(reports) for one in one_by_one(report, prescribed=[] if n else texts)]
    assert found == expected


REGIMENS = [
    "morphine 10 mg oral QID",
    "oxycodone 5 mg BID; diazepam 5 mg daily",
    "diazepam 10 mg PRN",
    "gabapentin 300 mg TID",
    "Percocet 5/325 mg q6h",
    "lisinopril 10 mg daily",
    "foozepam 3 mg",
    "bupropion 150 mg daily",
    "codeine 30 mg QID; foozepam",
]


@given(data=st.data())
@few
def test_what_is_prescribed_beside_changes_what_it_changes_alone(data: st.DataObject) -> None:
    report = data.draw(rows_of(0))
    texts = data.draw(st.lists(st.lists(st.sampled_from(REGIMENS), max_size=4, unique=True), min_size=3, max_size=5))
    rows = [{**one, "specimen": number} for number in range(len(texts)) for one in report]
    regimens = [(number, text) for number, own in enumerate(texts) for text in own]
    table = {"specimen": [number for number, _ in regimens], "prescribed": [text for _, text in regimens]}
    found = told(ketref.interpret_many(columns(rows), prescribed=table if regimens else None))
    assert found == [one for own in texts for one in one_by_one(report, prescribed=own)]


def test_declared_doses_belong_to_their_report() -> None:
    rows = [row(number, "benzoylecgonine", "positive") for number in (1, 2)]
    doses = {"specimen": [2], "substance": ["coca-tea"], "start": ["2026-10-31T20:00Z"]}
    first, second = told(ketref.interpret_many(columns(rows), doses=doses))
    assert first == one_by_one(rows[:1])[0]
    declared = [{"substance": "coca-tea", "start": "2026-10-31T20:00Z"}]
    assert second == one_by_one(rows[1:], doses=declared)[0] != first


def test_a_report_that_is_not_understood_is_named() -> None:
    rows = [row(7, "morphine", "positive"), row(8, "morphine", "perhaps so")]
    with pytest.raises(UsageError, match="specimen 8: result 1: unknown outcome"):
        ketref.interpret_many(columns(rows))
    with pytest.raises(UsageError, match="no column `specimen`"):
        ketref.interpret_many({"matrix": ["urine"]})
