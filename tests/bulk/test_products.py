"""Is a product of one route read by it everywhere alike, in one dose, one record and many rows, and is that told?"""

from __future__ import annotations

import pytest

import ketref

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

WORDS = ["Spravato", "SPRAVATO", "Spravato 84 mg nasal spray", "esketamine", "Ketanest"]
ROUTES = [None, "unknown", "oral", "nasal"]
READ = "`Spravato` read as esketamine by the route nasal-spray (spravato-pi)"


def rows() -> list[dict[str, object]]:
    return [{"substance": word, "route": route} for word in WORDS for route in ROUTES]


@pytest.mark.parametrize("lasted", [{}, {"infusion": "10 min"}])
def test_rows_are_answered_as_each_question_alone(lasted):
    asked = [{**row, **lasted, "since": "50 min"} for row in rows()]
    told: list[str] = []
    columns = ["phase_earliest", "phase_latest", "rule"]
    found = ketref.effects_many(pd.DataFrame(asked), columns, notes=told.append)
    for row, (first, last, rule) in zip(asked, found.itertuples(index=False), strict=True):
        alone = ketref.effects(**row).to_dict()
        assert (alone["phases"][:1], alone["phases"][-1:], alone["phase_rule"]) == (
            [] if pd.isna(first) else [first],
            [] if pd.isna(last) else [last],
            None if pd.isna(rule) else rule,
        ), row
    assert any(f"where a row says no `route`: {READ}" in text for text in told)


def test_tests_of_rows_are_answered_as_each_alone():
    asked = [{**row, "matrix": "urine", "since": "3 d", "dose": "84 mg"} for row in rows()]
    found = ketref.detect_many(pd.DataFrame(asked), ["status", "rule"], notes=lambda text: None)
    alone = [ketref.detect(**row) for row in asked]
    assert list(found.itertuples(index=False, name=None)) == [(one.status, one.rule) for one in alone]


@pytest.mark.parametrize("row", rows())
def test_samples_are_answered_as_the_history_of_their_subject(row):
    dose = {**row, "start": "2026-03-01T08:00Z"}
    samples = {"subject": ["A"], "matrix": "urine", "time": "2026-03-03T08:00Z"}
    told: list[str] = []
    found = ketref.evaluate(pd.DataFrame([{"subject": "A", **dose}]), samples, ["status", "rule"], notes=told.append)
    test = ketref.history([dose], at="2026-03-03T08:00Z", matrix="urine").tests[0]
    assert (found["status"][0], found["rule"][0]) == (test["status"], test["rule"])
    brought = row["substance"] in WORDS[:3] and row["route"] in {None, "unknown"}
    assert bool(told) == brought


def test_a_record_says_the_phase_of_the_product_and_how_it_was_read():
    dose = {"substance": "Spravato", "start": "2026-03-01T08:00Z", "dose": "84 mg"}
    answer = ketref.history([dose], at="2026-03-01T08:50Z").to_dict()
    routed = {"substance": "esketamine", "route": "nasal-spray", "start": "2026-03-01T08:00Z", "dose": "84 mg"}
    same = ketref.history([routed], at="2026-03-01T08:50Z").to_dict()
    assert answer["doses"][0]["phases"] == same["doses"][0]["phases"] != []
    assert READ in answer["assumes"]


def test_results_declared_doses_and_cautions_say_how_a_product_was_read():
    dose = {"substance": "Spravato", "start": "2026-03-01T08:00Z"}
    result = {"matrix": "urine", "time": "2026-03-02T08:00Z", "outcome": "positive", "test": "ketamine"}
    assert READ in ketref.infer([result], doses=[dose]).assumes
    asked = ketref.cautions("Spravato")
    assert (asked.question.route, asked.assumes) == ("nasal-spray", [READ])
    assert ketref.cautions("Spravato", route="oral").assumes == []


def test_several_people_are_read_alike():
    doses = [{"subject": "A", "substance": "Spravato", "start": "2026-03-01T08:00Z"}]
    answer = ketref.today(doses, at="2026-03-01T08:50Z")
    assert answer.people["A"].doses[0]["route"] == "nasal-spray"
    assert answer.people["A"].doses[0]["phases"]
