"""Is what a file of a convention means said to the commands in one way, and do they all read it alike?"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "mappings"
SDTM = DATA / "sdtm"
STUDY = ["--mapping", "sdtm", "-o", "-", "--columns", "status,verdict"]
NONMEM = [
    *("--mapping", "nonmem", "--time-zero", "2026-03-01T08:00Z", "--substance", "ketamine", "--route", "iv"),
    *("--unit", "dose=mg"),
]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def of_one(name, subject, folder):
    """A file with the rows of one subject."""
    lines = (SDTM / name).read_text().splitlines()
    path = folder / name
    path.write_text("\n".join([lines[0], *(line for line in lines if subject in line)]) + "\n")
    return path


def test_a_study_is_evaluated_by_its_mapping(run):
    ran = run("evaluate", SDTM / "ex.csv", SDTM / "pc.csv", *STUDY)
    assert ran.code == 0, ran.err
    found = rows_of(ran.out)
    assert [row["status"] for row in found] == ["possible", "no_dose", "no_dose", "possible", "possible"]
    assert found[0]["verdict"] == "possible"
    assert "2 rows of the doses were left out" in ran.err
    assert "substance is EXTRT" in ran.err


@pytest.mark.parametrize("said", [["--memory-limit", "1 GB"], ["--memory-limit", "1 kB"]])
def test_answers_stand_beside_the_cells_of_the_file(run, tmp_path, said):
    """Regression: what a mapping made of the cells was written in their place, under other names."""
    samples = tmp_path / "lis.csv"
    samples.write_text(
        "id;Probe;Befund;Wert;Einheit;Datum;Status\n"
        "B;Urin;negativ;0,5;ng/mL;01.03.2026;frei\n"
        "B;Urin;positiv;9;ng/mL;01.03.2026;storniert\n"
        "A;Urin;positiv;1.200,5;ng/mL;01.03.2026;frei\n"
        "A;Haar;unklar;1,5;ng/mg;02.03.2026;frei\n"
    )
    doses = tmp_path / "d.csv"
    doses.write_text("subject,substance,start\nB,ketamine,01.01.2026\nA,ketamine,01.02.2026\n")
    words = {
        "matrix": ("Probe", '{ Urin = "urine", Haar = "hair" }'),
        "outcome": ("Befund", '{ positiv = "positive", negativ = "negative" }'),
        "value": ("Wert", "{}"),
        "cutoff_unit": ("Einheit", "{}"),
        "time": ("Datum", "{}"),
    }
    (tmp_path / "lab.toml").write_text(
        'says = "a laboratory"\n[[samples.left_out]]\ntheirs = "Status"\nwords = ["storniert"]\nsays = "cancelled"\n'
        + "".join(
            f'[[samples.column]]\nname = "{name}"\ntheirs = ["{theirs}"]\nwords = {known}\n'
            for name, (theirs, known) in words.items()
        )
    )
    asked = ["--mapping", tmp_path / "lab.toml", "--rename", "subject=id", "--decimal", "comma", "--dates", "dmy"]
    rejects = tmp_path / "rejects.csv"
    ran = run("evaluate", doses, samples, *asked, *said, "-o", "-", "--columns", "status,verdict", "--rejects", rejects)
    lines = [line.split(";") for line in samples.read_text().splitlines()]
    assert ran.code == 1, ran.err
    found = rows_of(ran.out)
    assert [list(row.values())[:-2] for row in found] == [lines[1], lines[3]]
    assert list(found[0]) == ["subject", *lines[0][1:], "status", "verdict"]
    (refused,) = rows_of(rejects.read_text())
    assert (refused["line"], refused["column"], refused["raw"]) == ("5", "Befund", "unklar")


@pytest.mark.parametrize("said", [["--memory-limit", "1 GB"], ["--memory-limit", "1 kB"]])
def test_a_steady_state_is_refused_by_the_name_of_its_column(run, tmp_path, said):
    """Regression: the message spoke of a `status`, which the file has not."""
    events, rejects = DATA / "nonmem.csv", tmp_path / "rejects.csv"
    asked = [*NONMEM, "--matrix", "plasma", "-o", "-", "--rejects", rejects, *said]
    assert run("evaluate", events, events, *asked).code == 1
    of_dose = rows_of(rejects.read_text())[0]
    assert (of_dose["column"], of_dose["raw"]) == ("SS", "1")
    assert "SS 1" in of_dose["message"]


def test_laboratory_results_are_read_by_the_same_mapping(run):
    ran = run("evaluate", SDTM / "ex.csv", SDTM / "lb.csv", *STUDY)
    assert [row["verdict"] for row in rows_of(ran.out)] == ["explained", "possible", "says_nothing"]


@pytest.mark.parametrize("subject", ["S1-001", "S1-003", "S1-004", "S1-005"])
def test_one_person_is_read_as_many_are(run, tmp_path, subject):
    doses, samples = of_one("ex.csv", subject, tmp_path), of_one("pc.csv", subject, tmp_path)
    many = run("evaluate", doses, samples, "--mapping", "sdtm", "-o", "-", "--columns", "status,verdict")
    (row,) = rows_of(many.out)
    alone = run("infer", samples, "--doses", doses, "--mapping", "sdtm", "--format", "json")
    assert alone.json["results"][0]["verdict"] == row["verdict"]
    at = row["PCDTC"] if not row["PCENDTC"] else f"{row['PCDTC']}/{row['PCENDTC']}"
    asked = ["--at", at, "--matrix", row["PCSPEC"], "--analyte", row["PCTEST"], "--method", row["PCMETHOD"]]
    asked += ["--cutoff", f"{row['PCLLOQ']} {row['PCSTRESU']}"]
    history = run("history", doses, "--mapping", "sdtm", *asked, "--format", "json")
    found = history.json["tests"]
    assert [test["status"] for test in found] == [row["status"]] or (not found and row["status"] == "no_dose")


def test_events_are_doses_and_samples_of_one_file(run):
    events = DATA / "nonmem.csv"
    ran = run("evaluate", events, events, *NONMEM, "--matrix", "plasma", "-o", "-")
    assert ran.code == 1
    assert [row["status"] for row in rows_of(ran.out)] == ["expected", "not_expected", "possible", "unknown"]
    assert "3 rows of the samples were left out" in ran.err
    assert "steady state" in ran.err


def test_events_of_one_person(run, tmp_path):
    lines = (DATA / "nonmem.csv").read_text().splitlines()
    events = tmp_path / "one.csv"
    events.write_text("\n".join([lines[0], *(line for line in lines if line.startswith("2,"))]) + "\n")
    ran = run("history", events, *NONMEM, "--at", "2026-03-03T00:00Z", "--matrix", "plasma", "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.json["tests"][0]["status"] == "possible"


def test_a_bundle_is_both_tables(run):
    bundle = DATA / "bundle.json"
    ran = run("evaluate", bundle, bundle, "--mapping", "fhir", "-o", "-", "-f", "csv", "--input-format", "json")
    assert ran.code == 0, ran.err
    (row,) = rows_of(ran.out)
    assert (row["status"], row["verdict"]) == ("expected", "explained")
    assert "entered-in-error" in ran.err or "not given" in ran.err


@pytest.mark.parametrize("said", [["--rename", "subject=who"], ["--columns", "status,subject=who"]])
def test_a_column_may_be_called_otherwise(run, tmp_path, said):
    doses, samples = tmp_path / "d.csv", tmp_path / "s.csv"
    doses.write_text("subject,substance,start\nA,ketamine,2026-03-01T10:00Z\n")
    samples.write_text("who,matrix,time\nA,urine,2026-03-01T14:00Z\n")
    ran = run("evaluate", doses, samples, "-o", "-", *said)
    assert rows_of(ran.out)[0] | {"subject": "A", "status": "expected"} == rows_of(ran.out)[0]


def test_words_that_mean_nothing_are_said(run, tmp_path):
    doses = tmp_path / "d.csv"
    doses.write_text("substance,start,route\nketamine,2026-03-01T10:00Z,-99\n")
    refused = run("history", doses, "--at", "2026-03-01T14:00Z")
    assert refused.code == 2
    assert run("history", doses, "--at", "2026-03-01T14:00Z", "--null=-99,x").code == 0


@pytest.mark.parametrize(
    ("said", "err"),
    [
        (["--mapping", "sdmt"], "did you mean"),
        (["--mapping", "none.toml"], "cannot be read"),
        (["--rename", "subject"], "what is what"),
        (["--rename", "subject=a", "--rename", "subject=b"], "said twice"),
        (["--rename", "subjekt=id"], "unknown column"),
        (["--rename", "subject=id"], "is not a column of the file"),
        (["--unit", "matrix=mg"], "column of numbers"),
        (["--delimiter", "ab"], "cannot be the sign"),
        (["--encoding", "klingon"], "unknown encoding"),
    ],
)
@pytest.mark.parametrize("command", ["history", "evaluate"])
def test_what_cannot_be_meant_is_refused(run, tmp_path, said, err, command):
    doses = tmp_path / "d.csv"
    doses.write_text("subject,substance,start\nA,ketamine,2026-03-01T10:00Z\n")
    rest = ["--at", "2026-03-02T10:00Z"] if command == "history" else [doses, "-o", "-"]
    ran = run(command, doses, *rest, *said)
    assert ran.code in {2, 4}
    assert err in " ".join(ran.err.split())


def test_one_person_may_be_in_a_file_that_is_no_text(run, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    doses = tmp_path / "ex.parquet"
    found = {"EXTRT": ["KETAMINE"], "EXDOSE": [35.0], "EXDOSU": ["mg"], "EXSTDTC": ["2026-03-01T10:00Z"]}
    parquet.write_table(pa.table(found), doses)
    asked = ["--at", "2026-03-01T14:00Z", "--matrix", "urine", "--mapping", "sdtm", "--format", "json"]
    ran = run("history", doses, *asked)
    assert ran.code == 0, ran.err
    assert ran.json["tests"][0]["status"] == "expected"
    assert ran.json["doses"][0]["dose"] == "35 mg"


def test_a_document_may_come_from_standard_input(run):
    bundle = (DATA / "bundle.json").read_text()
    asked = ["--mapping", "fhir", "--at", "2026-03-01T14:00Z", "--matrix", "urine", "--format", "json"]
    ran = run("history", "-", *asked, stdin=bundle)
    assert ran.json["tests"][0]["status"] == "expected"


def test_a_mapping_that_says_nothing_of_a_table_is_refused(run, tmp_path):
    questions = tmp_path / "q.csv"
    questions.write_text("substance,matrix,since\nketamine,urine,36 h\n")
    for words in (
        ["detect-many", questions, "--mapping", "sdtm", "-o", "-"],
        ["infer", questions, "--mapping", "journal"],
    ):
        ran = run(*words)
        assert ran.code == 2
        assert "the mapping says nothing of" in ran.err


@pytest.mark.parametrize("words", [["history", "--at", "2026-03-02T10:00Z"], ["evaluate", "-o", "-"]])
def test_a_document_without_a_row_is_refused(run, tmp_path, words):
    bundle = tmp_path / "b.json"
    bundle.write_text('{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}')
    files = [bundle] if words[0] == "history" else [bundle, bundle]
    ran = run(words[0], *files, *words[1:], "--mapping", "fhir")
    assert ran.code == 4
    assert "no row with resourceType MedicationAdministration" in ran.err


def test_what_is_nested_is_no_text(run, tmp_path):
    doses = tmp_path / "d.jsonl"
    doses.write_text(
        '{"USUBJID": "A", "EXTRT": "ketamine", "EXSTDTC": "2026-03-01", "EXDOSE": {"a": 1}, "EXDOSTXT": "x"}\n'
    )
    ran = run("evaluate", doses, SDTM / "pc.csv", *STUDY)
    assert ran.code == 2
    assert "is not text" in ran.err


def test_where_nothing_tells_events_apart_an_amount_tells_a_dose(run, tmp_path):
    """Regression: the row of a dose was answered as a sample."""
    events = tmp_path / "events.csv"
    events.write_text("ID,TIME,AMT,DV\n1,0,50,.\n1,2.5,.,12.5\n1,4,0,9\n")
    ran = run("evaluate", events, events, "-o", "-", "-f", "csv", *NONMEM, "--matrix", "plasma")
    assert ran.code == 0, ran.err
    assert [row["TIME"] for row in rows_of(ran.out)] == ["2.5", "4"]
    assert "1 row of the samples was left out: they are doses" in ran.err


def test_well_known_headings_are_read_where_no_mapping_is_said(run, tmp_path):
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text("Patient ID,Drug,route,dose,start\nA,ketamine,iv,35 mg,2026-03-01T10:00\n")
    samples.write_text("patient,Specimen type,method,time,outcome\nA,urine,lc-ms-ms,2026-03-01T14:00,positive\n")
    ran = run("evaluate", doses, samples, "-o", "-", "--columns", "status")
    assert ran.code == 0, ran.err
    assert list(rows_of(ran.out)[0])[:2] == ["patient", "Specimen type"]
    assert "subject is Patient ID, substance is Drug" in ran.err
    assert "subject is patient, matrix is Specimen type" in ran.err
    ran = run("today", doses, "--at", "2026-03-01T11:00")
    assert (ran.code, "subject is Patient ID" in ran.err) == (0, True), ran.err
    questions = tmp_path / "questions.csv"
    questions.write_text("medication,matrix,since\nketamine,urine,4 h\n")
    ran = run("detect-many", questions, "-o", "-")
    assert (ran.code, "substance is medication" in ran.err) == (0, True), ran.err


def test_a_column_that_is_ours_goes_before_a_heading(run, tmp_path):
    doses = tmp_path / "doses.csv"
    doses.write_text("patient,subject,substance,route,start\nAnn,S-1,ketamine,iv,2026-03-01T10:00\n")
    ran = run("today", doses, "--at", "2026-03-01T11:00", "--format", "json")
    assert [person["subject"] for person in ran.json["people"]] == ["S-1"]
    assert "subject is" not in ran.err


@pytest.mark.parametrize(
    ("command", "header", "flag"),
    [
        (["today"], "patient,drug,route,time\nA,ketamine,iv,2026-03-01T10:00\n", "--rename start=time"),
        (["today"], "MRN,drug,route,start\nA,ketamine,iv,2026-03-01T10:00\n", "--rename subject=MRN"),
        (["history"], "product,start\nketamine,2026-03-01T10:00\n", "--rename substance=product"),
        (["infer"], "specimen,time,outcome\nurine,2026-03-01T10:00,negative\n", "--rename matrix=specimen"),
        (["detect-many", "-o", "-"], "agent,matrix,since\nketamine,urine,4 h\n", "--rename substance=agent"),
    ],
)
def test_a_column_that_is_missing_is_told_with_the_one_that_perhaps_says_it(run, tmp_path, command, header, flag):
    file = tmp_path / "file.csv"
    file.write_text(header)
    ran = run(*command, file)
    assert ran.code == 2
    assert flag in ran.err


def test_of_two_tables_the_one_is_told_that_lacks_the_column(run, tmp_path):
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text("subject,substance,start\nA,ketamine,2026-03-01T10:00\n")
    samples.write_text("donor,matrix,time\nA,urine,2026-03-01T14:00\n")
    ran = run("evaluate", doses, samples, "-o", "-")
    assert (ran.code, "--rename subject=donor" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("columns", "cells", "value", "outcome"),
    [
        ("LBORRES,LBORRESU,LBSTRESC,LBLLOQ,LBSTRESU", "0.13,ug/mL,130,25,ng/mL", "130 ng/mL", "positive"),
        ("LBORRES,LBORRESU,LBSTRESC,cutoff", "130,ng/mL,130,25 ng/mL", "130 ng/mL", "positive"),
        ("LBORRES,LBORRESU,LBSTRESC,cutoff", "<0.02,ug/mL,20,25 ng/mL", "<0.02 ug/mL", "negative"),  # not 20 of none
        ("LBORRES,LBORRESU,LBSTRESC,cutoff", "POS,,POSITIVE,25 ng/mL", "POSITIVE", "positive"),
    ],
)
def test_a_number_goes_with_the_unit_beside_it(run, tmp_path, columns, cells, value, outcome):
    samples = tmp_path / "lb.csv"
    head = "USUBJID,LBTEST,LBSPEC,LBMETHOD,LBDTC"
    samples.write_text(f"{head},{columns}\nS,Ketamine,URINE,LC-MS/MS,2026-03-01T14:00,{cells}\n")
    ran = run("infer", samples, "--mapping", "sdtm", "--format", "json")
    (result,) = ran.json["results"]
    assert (result["value"], result["outcome"]) == (value, outcome)


def test_all_that_a_number_lacks_is_told_at_once(run, tmp_path):
    results = tmp_path / "results.csv"
    results.write_text("matrix,test,time,value\nurine,ketamine,2026-03-01T14:00,130\n")
    ran = run("infer", results)
    assert ran.code == 2
    assert "needs a unit" in ran.err
    assert "nor a cutoff that would decide" in ran.err


def test_numbers_of_programs_may_have_a_power_of_ten(run, tmp_path):
    """Regression: a table in which a program wrote 33 as 3.3E+01 was refused."""
    events = tmp_path / "events.csv"
    events.write_text("ID,TIME,AMT,DV,LLOQ\n1,0.0,5.0E+01,.,.\n1,1E+00,.,3.3E+01,1\n1,2.5,.,5e-01,1\n")
    asked = [
        "--unit",
        "value=ng/mL",
        "--unit",
        "cutoff=ng/mL",
        "--columns",
        "status,verdict",
        "--matrix",
        "plasma",
        "-o",
        "-",
    ]
    ran = run("evaluate", events, events, *NONMEM, *asked)
    assert ran.code == 0, ran.err
    assert [(row["DV"], row["verdict"]) for row in rows_of(ran.out)] == [("3.3E+01", "possible"), ("5e-01", "possible")]


@pytest.mark.parametrize("mapping", ["nonmem", "omop"])
def test_what_is_told_not_to_be_read_is_told_once(run, tmp_path, mapping):
    """Regression: of a column that the mapping tells of, a second line said that it seems to matter."""
    samples = DATA / "nonmem.csv"
    doses = samples
    asked = [*NONMEM, "--matrix", "plasma"]
    if mapping == "omop":
        doses, samples = tmp_path / "de.csv", tmp_path / "me.csv"
        doses.write_text(
            "person_id,drug_source_value,drug_exposure_start_date,drug_exposure_end_date,route_concept_id\n"
            "42,ketamine,2026-03-01,2026-03-01,4171047\n"
        )
        samples.write_text(
            "person_id,measurement_concept_id,measurement_date,unit_concept_id\n42,3015529,2026-03-02,8842\n"
        )
        asked = ["--mapping", "omop"]
    ran = run("evaluate", doses, samples, *asked, "-o", "-")
    assert "is not read: it is " in ran.err or "is not read: unit" in ran.err
    assert "to matter" not in ran.err
    assert list(rows_of(ran.out)[0])[: len(samples.read_text().splitlines()[0].split(","))] == (
        samples.read_text().splitlines()[0].split(",")
    )


def test_a_result_of_which_is_said_why_there_is_none_says_nothing(run, tmp_path):
    """Regression: it was refused, since its outcome was missing; so was `Serum specimen`."""
    resources = [
        '{"resourceType": "MedicationAdministration", "status": "completed", "medicationCodeableConcept": '
        '{"text": "ketamine"}, "subject": {"reference": "Patient/1"}, "effectivePeriod": '
        '{"start": "2026-03-01T10:00Z", "end": "2026-03-01T10:40Z"}, '
        '"dosage": {"rateQuantity": {"value": 40, "unit": "min"}}}',
        '{"resourceType": "Observation", "status": "final", "code": {"text": "ketamine"}, "subject": '
        '{"reference": "Patient/1"}, "effectiveDateTime": "2026-03-01T12:00Z", "specimen": {"reference": "#s"}, '
        '"contained": [{"resourceType": "Specimen", "id": "s", "type": {"coding": [{"display": "Serum specimen"}]}}], '
        '"dataAbsentReason": {"coding": [{"code": "not-performed"}]}}',
    ]
    file = tmp_path / "all.ndjson"
    file.write_text("\n".join(resources))
    asked = ["--mapping", "fhir", "-o", "-", "--columns", "status,verdict", "-f", "csv", "--input-format", "json"]
    ran = run("evaluate", file, file, *asked)
    assert ran.code == 0, ran.err
    (row,) = rows_of(ran.out)
    assert (row["status"], row["verdict"]) == ("possible", "says_nothing")


def test_an_amount_in_a_unit_of_ones_own_is_a_dose_of_unknown_amount(run, tmp_path):
    """Regression: a bump among the doses of a journal ended the run."""
    journal = tmp_path / "journal.json"
    taken = (
        '{{"substanceName": "Ketamine", "time": {}, "administrationRoute": "INSUFFLATED", "dose": {}, "units": "{}"}}'
    )
    doses = (taken.format(1772397000000, 40, "mg"), taken.format(1772400600000, 2, "bump"))
    journal.write_text(f'{{"experiences": [{{"ingestions": [{", ".join(doses)}]}}]}}')
    asked = ["--mapping", "journal", "--at", "2026-03-02T12:00Z", "--matrix", "urine", "--format", "json"]
    ran = run("history", journal, *asked)
    assert ran.code == 0, ran.err
    assert [dose.get("dose") for dose in ran.json["doses"]] == ["40 mg", None]
    assert ran.json["tests"][0]["status"] == "expected"
