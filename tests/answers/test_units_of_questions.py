"""What do rates, molar cutoffs and words that say nothing mean in a question?"""

from __future__ import annotations

import pytest

import ketref
from ketref import UsageError
from ketref.book.loading import shipped
from ketref.model.axes import MAY_BE_UNSAID


def ask(**said):
    return ketref.detect("ketamine", **{"matrix": "urine", "since": "36 h", **said})


def test_a_molar_cutoff_is_one_of_mass_by_the_molar_mass_of_its_analyte():
    molar = ask(analyte="ketamine", cutoff="100 nmol/L")
    assert str(molar.question.cutoff) == "23.77 ng/mL"
    assert molar.status == ask(analyte="ketamine", cutoff="23.77 ng/mL").status
    (shown,) = [text for text in molar.assumes if "nmol/L" in text]
    assert shown.startswith("100 nmol/L of ketamine read as 23.77 ng/mL (molar mass 237.7 g/mol, ")
    assert str(ask(analyte="norketamine", cutoff="100 nmol/L").question.cutoff) == "22.37 ng/mL"


@pytest.mark.parametrize("said", [{}, {"analyte": "any"}])
def test_a_molar_cutoff_asks_for_its_analyte(said):
    with pytest.raises(UsageError, match="of which analyte") as refusal:
        ask(cutoff="100 nmol/L", **said)
    assert "name the analyte" in refusal.value.hint


def test_every_molar_mass_of_the_shipped_book_names_a_source_of_it():
    book = shipped()
    masses = [term for term in book.terms.analyte if term.molar_mass]
    assert masses
    assert {term.source for term in masses} <= set(book.sources)


def test_a_rate_with_a_duration_is_a_dose_and_says_so():
    rate = ketref.effects(
        "ketamine", route="iv", dose="0.75 mg/kg/h", infusion="40 min", since="50 min", weight="70 kg"
    )
    dose = ketref.effects("ketamine", route="iv", dose="0.5 mg/kg", infusion="40 min", since="50 min", weight="70 kg")
    assert (str(rate.question.dose_per_kg), str(rate.question.dose)) == ("0.5 mg/kg", "35 mg")
    assert rate.phases == dose.phases
    assert set(rate.assumes) - set(dose.assumes) == {"0.75 mg/kg/h over 40 min read as 0.5 mg/kg"}


def test_a_rate_without_a_duration_says_what_is_missing():
    with pytest.raises(UsageError, match="is a rate: how long was it given") as refusal:
        ketref.effects("ketamine", dose="0.75 mg/kg/h")
    assert "infusion" in refusal.value.hint


def test_a_rate_in_a_record_takes_the_length_of_its_row():
    row = {"substance": "ketamine", "start": "2026-03-01T10:00Z", "end": "2026-03-01T10:40Z", "dose": "0.75 mg/kg/h"}
    answer = ketref.history([row], at="2026-03-01T12:00Z")
    assert "0.75 mg/kg/h over 40 min read as 0.5 mg/kg" in answer.assumes
    with pytest.raises(UsageError, match="is a rate"):
        ketref.history([{**row, "end": "UNK"}], at="2026-03-01T12:00Z")


@pytest.mark.parametrize("word", ["unknown", "UNK", "NA", "n/a", ".", "Not Known", "not  applicable", "UNASSIGNED"])
def test_a_word_that_says_nothing_is_as_null_where_that_is_allowed(word):
    silent = dict.fromkeys(("route", "method", "analyte", "dose", "weight", "infusion", "cutoff"), word)
    assert ask(**silent).to_dict() == ask().to_dict()
    assert ask(age=word).to_dict() == ask().to_dict()


def test_a_word_of_a_vocabulary_means_its_term_first():
    assert ask(pattern="unknown").question.pattern == "unknown"


@pytest.mark.parametrize("said", [{"matrix": "NA"}, {"matrix": "ND"}, {"since": "NA"}, {"route": "ND"}])
def test_where_something_must_be_said_such_a_word_is_refused_and_an_outcome_is_none(said):
    with pytest.raises(UsageError):
        ask(**said)
    assert "matrix" not in MAY_BE_UNSAID


@pytest.mark.parametrize(
    ("matrix", "written", "understood"),
    [
        ("breath", "0.08 g/210L", "0.08 g/210L"),
        ("breath", "0.08 g/210 L", "0.08 g/210L"),
        ("breath", "0.08 g per 210 L", "0.08 g/210L"),
        ("breath", "80 mg/210l", "0.08 g/210L"),
        ("whole-blood", "0.5 per mille", "0.5 g/kg"),
        ("whole-blood", "0.5 \u2030", "0.5 g/kg"),
        ("whole-blood", "0.5\u2030", "0.5 g/kg"),
        ("blood", "0.5 Promille", "0.5 g/kg"),
        ("blood", "0.5 g/kg", "0.5 g/kg"),
        ("blood", "0.05 g/dL", "500000 ng/mL"),
    ],
)
def test_alcohol_is_asked_about_in_its_units_each_of_its_kind(matrix: str, written: str, understood: str) -> None:
    """Regression: these were no numbers with a unit."""
    answer = ketref.detect("ethanol", matrix=matrix, cutoff=written, since="1 h")
    assert str(answer.question.cutoff) == understood
    table = {"substance": "ethanol", "matrix": matrix, "since": "1 h", "cutoff": [written]}
    assert ketref.detect_many(table, ("status",))["status"].tolist() == [answer.status]


@pytest.mark.parametrize(
    ("matrix", "written"), [("blood", "0.08 g/210L"), ("breath", "0.5 per mille"), ("urine", "1 \u2030")]
)
def test_a_unit_of_one_specimen_is_none_of_another(matrix: str, written: str) -> None:
    with pytest.raises(ketref.UsageError, match=r"is not a number with a unit|is mass per"):
        ketref.detect("ethanol", matrix=matrix, cutoff=written, since="1 h")


@pytest.mark.parametrize("dose", ["6 drinks", "1 standard drink", "2 glasses", "3 tablets"])
def test_a_dose_in_drinks_or_tablets_is_told_why_it_is_none(dose: str) -> None:
    with pytest.raises(ketref.UsageError, match="what one holds differs") as refusal:
        ketref.effects("ethanol", route="oral", dose=dose)
    assert "40 g" in str(refusal.value.hint)


def test_grams_are_told_as_grams() -> None:
    assert "single 40 g dose" in " ".join(
        str(ketref.detect("ethanol", matrix="blood", dose="40 g", since="1 h")).split()
    )
    assert "ethanol, oral, 40 g" in str(ketref.effects("ethanol", route="oral", dose="40 g"))
    assert "84 mg" in str(ketref.effects("esketamine", route="nasal", dose="84 mg"))


def test_a_street_name_of_two_substances_lists_both() -> None:
    with pytest.raises(ketref.UsageError, match="means several substances") as refusal:
        ketref.detect("speed", matrix="urine")
    assert sorted(refusal.value.candidates) == ["amphetamine", "methamphetamine"]
