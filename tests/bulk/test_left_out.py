"""Are rows that are not asked about left out, and subjects that do not go together told?"""

from __future__ import annotations

import unicodedata
import warnings
from typing import Any

import pytest

import ketref

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")

START, LATER = "2026-03-01T10:00Z", "2026-03-01T14:00Z"


def evaluated(doses: list[dict[str, Any]], subjects: list[Any], **options: Any) -> tuple[dict[Any, str], list[str]]:
    """The status of each subject in urine, and what was told."""
    told: list[str] = []
    samples = {"subject": subjects, "matrix": "urine", "time": LATER}
    table = pd.DataFrame([{"start": START, **dose} for dose in doses])
    found = ketref.evaluate(table, samples, ["sample", "status"], on_error="reject", notes=told.append, **options)
    statuses = dict(
        zip(np.array(subjects)[np.asarray(found["sample"])].tolist(), found["status"].tolist(), strict=True)
    )
    return statuses, told


def taken(subject: Any, substance: Any = "ketamine", **more: Any) -> dict[str, Any]:
    return {"subject": subject, "substance": substance, **more}


# ---------------------------------------------------------------- other drugs


def test_other_substances_are_left_out_and_counted_whatever_they_are():
    doses = [taken("A"), taken("A", "cefazolin"), taken("B", "cefazolin", route="??"), taken("C", "memantine")]
    found, told = evaluated([{"route": None, **dose} for dose in doses], ["A", "B", "C"], only=["Ketamine"])
    assert found == {"A": "expected", "B": "no_dose", "C": "no_dose"}
    assert told == [
        "3 rows of the doses were left out: 2 of `cefazolin`, which is not asked for, "
        "1 of `memantine`, which is not asked for"
    ]


@pytest.mark.parametrize("only", ["ketamine", "esketamine"])
@pytest.mark.parametrize("word", ["Spravato", "Ketalar"])
def test_what_yields_a_substance_that_is_asked_for_is_not_left_out(only, word):
    found, told = evaluated([taken("A", word)], ["A"], only=only)
    assert (found, [text for text in told if "left out" in text]) == ({"A": "expected"}, [])
    doses = [{"substance": word, "start": START}]
    result = {"matrix": "urine", "time": LATER, "outcome": "positive", "test": only}
    assert ketref.infer([result], doses=doses, only=only).results[0]["verdict"] == "explained"
    test = ketref.history(doses, at=LATER, matrix="urine", test=only, only=only).tests[0]
    assert test["status"] == "expected"


def test_every_word_that_is_left_out_is_told_up_to_twenty():
    words = [f"drug {letter}" for letter in "abcdefghijklmnopqrstuv"]
    _, told = evaluated([taken("A"), *(taken("A", word) for word in [*words, *words[:20]])], ["A"], only="ketamine")
    assert all(f"2 of `{word}`, which is not asked for" in told[0] for word in words[:20])
    assert told[0].endswith(", and 2 more (2 rows)")
    doses = [{"substance": word, "start": START} for word in ["ketamine", *words]]
    notes = ketref.history(doses, at=LATER, only="ketamine").notes
    assert [word for word in words if any(f"`{word}`" in note for note in notes)] == words[:20]
    assert notes[-1] == "2 rows of the doses are left out: for 2 more reasons (rows 22, 23)"


@pytest.mark.parametrize("word", ["KETAMINE HCL INJ 50MG/ML", "ketamin", "Ketmaine", "K", "DHNK", None])
def test_what_may_be_a_substance_that_is_asked_for_is_not_left_out(word):
    found, told = evaluated([taken("A", word), taken("B")], ["A", "B"], only=["ketamine"])
    assert (found["A"], told) == ("unknown", [])


def test_a_known_drug_that_no_rule_speaks_of_is_left_out():
    found, told = evaluated([taken("A"), taken("A", "Placebo"), taken("B", "placebo")], ["A", "B"])
    assert found == {"A": "expected", "B": "no_dose"}
    assert told == ["2 rows of the doses were left out: 2 of `placebo`, a drug that no rule covers"]


def test_a_dose_that_is_left_out_needs_no_subject_and_no_time():
    doses = pd.DataFrame([taken("A", start=START), taken(None, "placebo", start="2026-03-01T10:00")])
    samples = {"subject": ["A"], "matrix": "urine", "time": LATER}
    with pytest.warns(ketref.Note, match="1 row of the doses was left out"):
        assert ketref.evaluate(doses, samples)["status"].tolist() == ["expected"]


@pytest.mark.parametrize("only", ["", ",", [], ["ketamine", None]])
def test_what_is_asked_for_must_be_named(only):
    with pytest.raises(ketref.UsageError, match=r"names no substance|unknown substance"):
        evaluated([taken("A")], ["A"], only=only)


def test_substances_may_be_named_in_one_text():
    found, _ = evaluated([taken("A"), taken("B", "x")], ["A", "B"], only="Ketamine, esketamine")
    assert found == {"A": "expected", "B": "no_dose"}


def test_what_is_asked_for_must_be_known():
    with pytest.raises(ketref.UsageError, match="unknown substance `cefazolin`"):
        evaluated([taken("A")], ["A"], only=["cefazolin"])


# ---------------------------------------------------------------- subjects


@pytest.mark.parametrize(
    ("dosed", "tested"),
    [
        ("A-1", "a-1"),
        ("A-1", "A-1 "),
        ("A-1", "A-\N{NO-BREAK SPACE}1"),
        ("A-1", "A-001"),
        ("7", "007"),
        (unicodedata.normalize("NFC", "Zoé"), unicodedata.normalize("NFD", "Zoé")),
    ],
)
@pytest.mark.parametrize("kind", ["text", "view", "category", "object"])
def test_subjects_that_differ_only_in_how_they_are_spelt_are_refused(dosed, tested, kind):
    def column(values: list[str]) -> Any:
        if kind == "text":
            return pa.array(values)
        if kind == "view":
            return pa.array(values, pa.string_view())
        return pd.Categorical(values) if kind == "category" else pd.Series(values, dtype=object)

    doses = {"subject": column([dosed, "Q"]), "substance": "ketamine", "start": START}
    samples = {"subject": column([tested, "Q"]), "matrix": "urine", "time": LATER}
    with pytest.raises(ketref.UsageError) as error:
        ketref.evaluate(doses, samples)
    assert (error.value.value, error.value.candidates) == (tested, (dosed,))
    assert 'keys="exact"' in error.value.hint
    assert len(ketref.evaluate(doses, samples, ["status"], keys="exact")["status"]) == 2


@pytest.mark.parametrize(("one", "other"), [("0001", "1"), ("AB-1", "ab-1 "), ("P 7", "p07"), ("01-001", "1-1")])
@pytest.mark.parametrize("told", ["doses", "samples", "both"])
@pytest.mark.parametrize("kind", ["text", "category", "object"])
def test_one_subject_in_two_spellings_within_a_table_is_refused(one, other, told, kind):
    def column(values: list[str]) -> Any:
        if kind == "text":
            return pa.array(values)
        return pd.Categorical(values) if kind == "category" else pd.Series(values, dtype=object)

    twice, once = ["Q", one, other, one], ["Q", "Q1", "Q01x", "1.05"]
    doses = {"subject": column(once if told == "samples" else twice), "substance": "ketamine", "start": START}
    samples = {"subject": column(once if told == "doses" else twice), "matrix": "urine", "time": LATER}
    with pytest.raises(ketref.UsageError) as error:
        ketref.evaluate(doses, samples)
    assert (error.value.value, error.value.candidates) == (other, (one,))
    where = "samples" if told == "samples" else "doses"
    assert f"the subjects `{one}` and `{other}` of the {where} differ" in str(error.value)
    assert len(ketref.evaluate(doses, samples, ["status"], keys="exact")["status"]) == 4


@pytest.mark.parametrize("subjects", [(["P1"], ["S1"]), ([1, 2], [10**9, 4]), ([1.5], [2.5])])
def test_tables_without_one_common_subject_are_refused(subjects):
    doses = {"subject": subjects[0], "substance": "ketamine", "start": START}
    samples = {"subject": subjects[1], "matrix": "urine", "time": LATER}
    said = f"the samples have `{subjects[1][0]}`, the doses `{subjects[0][0]}`"
    with pytest.raises(ketref.UsageError, match=said):
        ketref.evaluate(doses, samples)
    assert len(ketref.evaluate(doses, samples, ["status"], keys="exact")["status"]) == len(subjects[1])


def test_subjects_that_are_two_are_no_fault():
    found, told = evaluated([taken("P1"), taken("P10"), taken("1.05")], ["P1", "P2", "1.5"])
    assert (found["P1"], told) == ("expected", [])
    assert ketref.evaluate(
        {"subject": [], "substance": [], "start": []}, {"subject": ["A"], "matrix": "urine", "time": LATER}
    )


# ---------------------------------------------------------------- columns


def test_a_column_whose_name_may_matter_and_that_is_not_read_is_told():
    questions = {"substance": "ketamine", "matrix": "urine", "since": ["36 h"], "note": ["x"], "EVID": [1]}
    with pytest.warns(
        ketref.Note, match="the column `EVID` of the questions was not read, though its name seems to matter"
    ):
        ketref.detect_many(questions)
    told: list[str] = []
    asked = {"substance": "ketamine", "route": "oral", "since": ["1 h"], "Status": ["x"], "unit": ["mg"]}
    ketref.effects_many(asked, notes=told.append)
    assert told == ["the columns `Status`, `unit` of the questions were not read, though their names seem to matter"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ketref.detect_many({"substance": "ketamine", "matrix": "urine", "since": ["36 h"], "note": ["x"]})


def test_the_columns_of_answers_may_have_a_prefix():
    samples = {"subject": ["A"], "matrix": "urine", "time": LATER}
    doses = {"subject": ["A"], "substance": "ketamine", "start": START}
    assert list(ketref.evaluate(doses, samples, ["status"], prefix="ketref_", on_error="reject")) == [
        "ketref_status",
        "ketref_reject",
    ]
    questions = {"substance": "ketamine", "matrix": "urine", "since": ["36 h"]}
    assert list(ketref.detect_many(questions, ["status"], prefix="k_")) == ["k_status"]


def test_a_sample_that_a_dose_spoils_names_it_and_how_many_more():
    doses = pd.DataFrame(
        [
            taken("A", start="2026-03-09T10:00Z", route="sniffed"),
            taken("B", "cefazolin", start=START),
            taken("A", start=START, route="nasally"),
            taken("A", "ketamin", start="soon"),
        ]
    )
    samples = {"subject": ["A", "B", "A"], "matrix": "urine", "time": [LATER, LATER, "2026-03-20T10:00Z"]}
    found = ketref.evaluate(doses, samples, ["sample", "status"], on_error="reject")
    reasons = [str(reason) for reason in found["reject"]]
    assert [str(status) for status in found["status"]] == ["unknown"] * 3
    assert reasons[0].startswith("dose row 2: unknown route `nasally`")
    assert reasons[0].endswith("(and 1 more dose)")
    assert reasons[1].startswith("dose row 1: unknown substance `cefazolin`")
    assert "more dose" not in reasons[1]
    assert reasons[2].startswith("dose row 0: unknown route `sniffed`")
    assert reasons[2].endswith("(and 2 more doses)")


@pytest.mark.parametrize("more", [{}, {"outcome": "positive"}], ids=str)
def test_a_test_for_a_drug_that_no_rule_speaks_of_is_unknown(more):
    doses = {"subject": ["A"], "substance": "ketamine", "start": "2026-03-01T12:00Z"}
    samples = {"subject": ["A", "B"], "matrix": "urine", "time": "2026-03-01T18:00Z", "test": "triazolam", **more}
    found = ketref.evaluate(doses, samples, ["status", "elapsed_s", "reject"], keys="exact", on_error="reject")
    assert found["status"].tolist() == ["unknown", "no_record"]
    assert found["elapsed_s"].mask.all()
    assert found["reject"].tolist() == [None, None]


@pytest.mark.parametrize(
    ("given", "column", "value"),
    [
        ({"frequency": "Q8H"}, "frequency", "Q8H"),
        ({"interval": "8 h"}, "interval", "8 h"),
        ({"dose": "84 mg", "dose_unit": "mg"}, "dose_unit", "mg"),
        ({"weight": "0"}, "weight", "0"),
        ({"dose": "50 mg", "weight": "900"}, "weight", "900"),
        ({"end": "2029-03-02T10:00Z"}, "end", "2029-03-02T10:00Z"),
        ({"infusion": "9999 h"}, "infusion", "9999 h"),
        ({"duration": "9999 h"}, "duration", "9999 h"),
    ],
)
def test_a_refusal_names_the_cell_that_is_to_blame(run, tmp_path, given, column, value):
    columns = {"subject": "A", "substance": "ketamine", "start": "2026-03-01T12:00Z", "route": "iv", **given}
    (tmp_path / "d.csv").write_text(f"{','.join(columns)}\n{','.join(columns.values())}\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("subject,matrix,time\nA,urine,2026-03-02T12:00Z\n", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("d.csv", "s.csv")]
    run("evaluate", *files, "-o", str(tmp_path / "o.csv"), "--rejects", str(tmp_path / "r.csv"))
    rejected = pd.read_csv(tmp_path / "r.csv", dtype=str)
    assert rejected[["line", "column", "raw"]].to_numpy().tolist()[0] == ["2", column, value]


def test_nan_as_text_is_unsaid_as_in_one_question():
    dose = {"substance": "ketamine", "start": "2026-03-01T12:00Z", "dose": "NaN", "dose_unit": "mg"}
    (alone,) = ketref.history([dose], at="2026-03-01T18:00Z", matrix="urine").tests
    samples = {"subject": ["A"], "matrix": "urine", "time": "2026-03-01T18:00Z"}
    for column in ({"dose": ["NaN"], "dose_unit": "mg"}, {"dose": ["50 mg"], "dose_unit": "NaN"}):
        doses = {"subject": ["A"], **dose, **column}
        assert ketref.evaluate(doses, samples, ["status"])["status"].tolist() == [alone["status"]]
