"""Is a file of a convention, or with columns that are called otherwise, read as ours: row by row, nothing lost?"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

import ketref
from ketref.book.loading import shipped
from ketref.book.mappings import chosen_mapping, mappings_of
from ketref.bulk.files.mapped import Mapped, Unambiguous
from ketref.bulk.files.reading import opened_file
from ketref.bulk.timelines.rows import DOSES, RESULTS, SAMPLES
from ketref.errors import InputError, RulesError, UsageError
from ketref.model.fitting import fit_rows, fitted
from ketref.model.theirs import Said

DATA = Path(__file__).parents[2] / "data" / "mappings"
KNOWN = {"doses": DOSES, "samples": SAMPLES | RESULTS}


def read(path, what, mapping=None, rows=100, **said):
    """The rows of a file in our words, in batches of so many, and the file."""
    table = chosen_mapping(shipped(), mapping).table(what)
    kind = path.suffix.removeprefix(".")
    file = opened_file(str(path), kind, known=KNOWN[what], table=table)
    fit = fitted(table, Said(**said), what, file.names, KNOWN[what])
    found = file if fit is None else Mapped(file, fit)
    return pa.concat_tables([batch.rows.select(found.names) for batch in found.batches(rows)]).to_pylist(), found


def test_columns_of_sdtm_become_ours_and_all_others_stay():
    rows, file = read(DATA / "sdtm" / "ex.csv", "doses", "sdtm")
    assert file.names[:4] == ["STUDYID", "DOMAIN", "subject", "EXSEQ"]
    assert rows[0] | {"subject": "S1-001", "start": "2026-03-01T10:00", "frequency": "ONCE", "dose": "35"} == rows[0]
    assert not any(name.startswith("EXD") for name in file.names if name != "EXDOSFRM")
    assert "substance is EXTRT" in file.told


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_of_several_columns_the_first_that_says_something_counts(rows):
    found, file = read(DATA / "sdtm" / "lb.csv", "samples", "sdtm", rows)
    assert [row["outcome"] for row in found] == ["positive", "negative", "NOT DONE"]
    own = [row for batch in file.batches(rows) for row in file.own(pa.table(batch.rows)).to_pylist()]
    assert [row["LBTSTOPO"] for row in own] == ["SCREEN", "SCREEN", "CONFIRM"]  # not read, and kept as it came
    assert file.rows is None or file.rows == 3


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_rows_that_are_left_out_are_counted_and_the_lines_of_the_others_stay_theirs(rows):
    found, file = read(DATA / "nonmem.csv", "samples", "nonmem", rows, zero="2026-03-01T08:00Z")
    assert [row["value"] for row in found] == ["120", "0.8", "12", "12"]
    assert found[0]["time"] == "2026-03-01T09:00:00+00:00"
    assert file.left == {"they are no observations": 3}
    assert file.lines([0, 1, 2, 3]) == {0: 3, 1: 4, 2: 6, 3: 8}
    assert sum(batch.rows.num_rows for batch in file.batches(rows)) == 4
    assert file.left == {"they are no observations": 3}


def test_events_of_nonmem_say_how_long_and_how_often():
    rows, _ = read(DATA / "nonmem.csv", "doses", "nonmem", zero="2026-03-01T08:00")
    assert [row["infusion"] for row in rows if row["dose"] != "0"] == ["2400 s", None, None]
    assert rows[3] | {"ii": "12 h", "addl": "3", "status": "given", "start": "2026-03-01T08:00:00"} == rows[3]
    assert "steady state" in rows[5]["status"]


def test_names_of_columns_count_in_any_case(tmp_path):
    path = tmp_path / "nm.csv"
    path.write_text((DATA / "nonmem.csv").read_text().replace("#ID", "id").lower())
    for what in ("doses", "samples"):
        found, _ = read(path, what, "nonmem", zero="2026-03-01T08:00Z")
        usual, _ = read(DATA / "nonmem.csv", what, "nonmem", zero="2026-03-01T08:00Z")
        assert [list(row.values()) for row in found] == [list(row.values()) for row in usual]
        assert {"subject", "time" if what == "samples" else "start"} <= found[0].keys()


@pytest.mark.parametrize("what", ["doses", "samples"])
def test_a_time_of_the_clock_is_not_taken_for_hours(tmp_path, what):
    path = tmp_path / "nm.csv"
    path.write_text("ID,DATE,TIME,AMT\n1,2026-03-01,9:30,35\n")
    with pytest.raises(UsageError, match="`DATE`: TIME is then one of the clock"):
        read(path, what, "nonmem", zero="2026-03-01T08:00Z")


def test_a_reset_is_no_dose_that_is_understood(tmp_path):
    path = tmp_path / "nm.csv"
    path.write_text("ID,TIME,AMT,EVID\n1,0,35,1\n1,0,35,4\n1,1,0,2\n1,2,0,0\n")
    rows, _ = read(path, "doses", "nonmem", zero="2026-03-01T08:00Z")
    assert [row["status"][:9] for row in rows] == ["given", "EVID 4: a", "not given", "not given"]


@pytest.mark.parametrize("name", ["matrix", "Specimen"])
def test_what_holds_for_all_rows_fills_those_that_do_not_say_it(tmp_path, name):
    path = tmp_path / "s.csv"
    path.write_text(f"subject,{name},time\nA,hair,2026-03-01\nB,,2026-03-01\n")
    rename = {"matrix": name} if name != "matrix" else {}
    rows, _ = read(path, "samples", rename=rename, constants={"matrix": "urine"})
    assert [row["matrix"] for row in rows] == ["hair", "urine"]


def test_counted_times_need_a_moment_to_count_from():
    with pytest.raises(UsageError) as error:
        read(DATA / "nonmem.csv", "doses", "nonmem")
    assert "--time-zero" in error.value.hint
    with pytest.raises(UsageError, match="not a moment"):
        read(DATA / "nonmem.csv", "doses", "nonmem", zero="2026-03-01")


@pytest.mark.parametrize("what", ["doses", "samples"])
def test_references_of_fhir_are_followed(what):
    rows, file = read(DATA / "bundle.json", what, "fhir")
    if what == "doses":
        assert [row["substance"] for row in rows] == ["ketamine", "esketamine"]
        assert rows[0]["route"] == "intravenous"
        assert [row["status"] for row in rows] == ["completed", "entered-in-error"]
    else:
        assert [row["matrix"] for row in rows] == ["UR"]
        assert rows[0]["time"] == "2026-03-01T13:00:00+01:00/2026-03-01T15:00:00+01:00"
        assert rows[0]["outcome"] == "true"
        assert file.left == {"by their status they are no results": 1}


def bundled(tmp_path, *resources, urls=()):
    path = tmp_path / "b.json"
    entries = [{"resource": one} for one in resources]
    for entry, url in zip(entries, urls, strict=False):
        entry["fullUrl"] = url
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    return path


def test_one_subject_of_fhir_is_one_by_whichever_reference(tmp_path):
    """Regression: a fullUrl, a relative and a versioned reference were three subjects."""
    urls = ["urn:uuid:1"]
    patient = {"resourceType": "Patient", "id": "p1"}
    references = ["urn:uuid:1", "Patient/p1", "Patient/p1/_history/2", "http://x.org/fhir/Patient/p1"]
    tests = [
        {"resourceType": "Observation", "id": f"o{n}", "subject": {"reference": one}}
        for n, one in enumerate(references)
    ]
    rows, _ = read(bundled(tmp_path, patient, *tests, urls=urls), "samples", "fhir")
    assert [row["subject"] for row in rows] == ["Patient/p1"] * 4
    assert [row["id"] for row in rows] == ["o0", "o1", "o2", "o3"]
    alone, _ = read(bundled(tmp_path, tests[2]), "samples", "fhir")
    assert alone[0]["subject"] == "Patient/p1"


@pytest.mark.parametrize("contained", [True, False])
def test_a_report_says_of_its_results_what_they_do_not(tmp_path, contained):
    result = {"resourceType": "Observation", "id": "o1", "code": {"text": "ketamine"}, "valueString": "positive"}
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01T14:00Z",
        "specimen": [{"reference": "Specimen/s1"}],
        "result": [{"reference": "#o1" if contained else "Observation/o1"}],
    }
    specimen = {"resourceType": "Specimen", "id": "s1", "type": {"text": "urine"}}
    inside = [{**report, "contained": [result]}] if contained else [report, result]
    rows, _ = read(bundled(tmp_path, *inside, specimen), "samples", "fhir")
    said = {"subject": "Patient/p1", "matrix": "urine", "time": "2026-03-01T14:00Z", "id": "o1", "outcome": "positive"}
    assert [row | said == row for row in rows] == [True]


@pytest.mark.parametrize(
    ("unit", "said"), [("mg/h", {"dose": "20 mg/h"}), ("min", {"infusion": "20 min"}), ("mL/h", {})]
)
def test_a_rate_of_fhir_is_one_or_how_long_it_took(tmp_path, unit, said):
    given = {"resourceType": "MedicationAdministration", "medicationCodeableConcept": {"text": "ketamine"}}
    rows, _ = read(
        bundled(tmp_path, {**given, "dosage": {"rateQuantity": {"value": 20, "unit": unit}}}), "doses", "fhir"
    )
    assert {name: rows[0].get(name) for name in ("dose", "infusion")} == {"dose": None, "infusion": None, **said}


def test_a_day_of_a_study_is_one_where_the_first_is_said(tmp_path):
    path = tmp_path / "lb.csv"
    path.write_text("USUBJID,LBDTC,LBDY\nA,2026-03-05T10:00,5\nA,,1\nA,,-1\nA,,0\n")
    rows, _ = read(path, "samples", "sdtm", zero="2026-03-01T08:00")
    assert [row["time"] for row in rows] == ["2026-03-05T10:00", "2026-03-01", "2026-02-28", "0"]
    rows, _ = read(path, "samples", "sdtm")
    assert [row["time"] for row in rows] == ["2026-03-05T10:00", None, None, None]


def test_measurements_of_omop_are_results_and_what_is_not_read_is_told(tmp_path):
    path = tmp_path / "measurement.csv"
    path.write_text(
        "person_id,measurement_concept_id,measurement_date,value_as_number,value_source_value,unit_source_value\n"
        "7,3015529,2026-03-01,120,<50,ng/mL\n"
    )
    rows, file = read(path, "samples", "omop")
    said = {"subject": "7", "matrix": "urine", "analyte": "ketamine", "time": "2026-03-01", "value": "<50"}
    assert rows[0] | said | {"cutoff_unit": "ng/mL"} == rows[0]
    assert "value_as_number is not read: without its operator" in file.told


def test_a_transport_file_of_sas_is_read_as_others_are(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat", reason="the extra `sas` is not installed")
    import pandas as pd

    columns = {"USUBJID": ["A", "B"], "EXTRT": ["KETAMINE", "PLACEBO"], "EXDOSE": [35.0, 0.0], "EXDOSU": ["mg", "mg"]}
    path = tmp_path / "ex.xpt"
    pyreadstat.write_xport(
        pd.DataFrame({**columns, "EXSTDTC": ["2026-03-01T10:00", ""]}), str(path), file_format_version=5
    )
    rows, _ = read(path, "doses", "sdtm")
    said = {"subject": "A", "substance": "KETAMINE", "dose": "35", "dose_unit": "mg", "start": "2026-03-01T10:00"}
    assert {name: str(value).removesuffix(".0") for name, value in rows[0].items()} == said


def test_codes_of_fhir_go_before_what_is_displayed(tmp_path):
    coded = {"coding": [{"code": "0"}, {"code": "2201625", "display": "56 mg dose"}]}
    given = {"resourceType": "MedicationAdministration", "medicationCodeableConcept": coded}
    path = tmp_path / "b.json"
    path.write_text(json.dumps([{**given, "effectiveDateTime": "2026-03-01T10:00Z"}]))
    rows, _ = read(path, "doses", "fhir")
    assert [row["substance"] for row in rows] == ["esketamine"]


def test_a_journal_tells_who_took_it(tmp_path):
    taken = {"substanceName": "Ketamine", "time": 1772397000000, "dose": None}
    path = tmp_path / "journal.json"
    path.write_text(json.dumps({"experiences": [{"ingestions": [taken, {**taken, "consumerName": "B"}]}]}))
    rows, _ = read(path, "doses", "journal")
    assert [row["subject"] for row in rows] == ["oneself", "B"]
    assert rows[0]["start"] == "2026-03-01T20:30:00+00:00"


def test_resources_of_fhir_may_stand_one_a_line(tmp_path):
    lines = tmp_path / "r.jsonl"
    entries = json.loads((DATA / "bundle.json").read_text())["entry"]
    lines.write_text("".join(json.dumps(entry["resource"]) + "\n" for entry in entries))
    rows, _ = read(lines, "samples", "fhir")
    whole, _ = read(DATA / "bundle.json", "samples", "fhir")
    assert rows == [{**row, "subject": "urn:uuid:p1"} for row in whole]  # nothing tells there whom the name is of


@pytest.mark.parametrize("name", mappings_of(shipped()))
@pytest.mark.parametrize("what", ["doses", "samples"])
def test_every_mapping_makes_columns_that_there_are(name, what):
    made = {column.name for column in chosen_mapping(shipped(), name).table(what).column}
    assert made <= {*KNOWN[what], "id"}


def test_rows_of_one_person_are_read_alike():
    for name, what, mapping in (("sdtm/ex.csv", "doses", "sdtm"), ("sdtm/pc.csv", "samples", "sdtm")):
        rows, _ = read(DATA / name, what, mapping)
        table = arrow_csv.read_csv(DATA / name, convert_options=arrow_csv.ConvertOptions(strings_can_be_null=True))
        names = table.column_names
        fit = fitted(chosen_mapping(shipped(), mapping).table(what), Said(), what, names, KNOWN[what])
        plain = [
            {key: value if value is None else str(value) for key, value in row.items()} for row in table.to_pylist()
        ]
        ours, kept, _ = fit_rows(fit, plain, names)
        assert [list(row) for row in ours] == [list(row) for row in rows]
        assert kept == list(range(len(rows)))
        assert [row["subject"] for row in ours] == [row["subject"] for row in rows]


def test_numbers_of_other_types_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "d.parquet"
    parquet.write_table(pa.table({"who": [1, 2], "EXDOSE": [35.0, 0.5], "gone": pa.array([None, "x"])}), path)
    rows, file = read(path, "doses", "sdtm", rename={"subject": "who"}, null=("0.5",))
    assert [row["dose"] for row in rows] == ["35", None]
    assert file.schema.field("gone").type == pa.string()


def test_a_renamed_column_stays_what_it_is_and_goes_before_the_mapping(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("USUBJID,other,x\nA,B,1\n")
    rows, _ = read(path, "doses", "sdtm", rename={"subject": "other"})
    assert rows == [{"USUBJID": "A", "subject": "B", "x": "1"}]


def test_two_columns_for_one_are_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("USUBJID,subject\nA,B\n")
    with pytest.raises(UsageError, match="have a column `subject`"):
        read(path, "doses", "sdtm")


@pytest.mark.parametrize(
    ("decimal", "text", "says"),
    [
        ("comma", "25,0", "25.0"),
        ("comma", "1.000", "1000"),
        ("comma", "1.234.567,5 mg", "1234567.5 mg"),
        ("comma", "<0,5", "<0.5"),
        ("comma", "1.5", "1.5 (with a point, where decimals follow a comma)"),
        ("point", "1,000", "1000"),
        ("point", "1,000.5", "1000.5"),
        ("point", "25,0", "25,0"),
    ],
)
def test_decimals_are_as_they_are_said_to_be(tmp_path, decimal, text, says):
    path = tmp_path / "d.csv"
    path.write_text(f'subject,dose\nA,"{text}"\n')
    rows, _ = read(path, "doses", decimal=decimal)
    assert rows[0]["dose"] == says


@pytest.mark.parametrize("values", [["1.000", "25,0"], ["25,0", "x", "1.000"], ["2.500,0", "25"]])
@pytest.mark.parametrize("rows", [1, 100])
def test_a_point_that_may_part_thousands_is_refused(tmp_path, values, rows):
    path = tmp_path / "d.csv"
    path.write_text("dose,note\n" + "".join(f'"{value}","1.000 25,0"\n' for value in values))
    file = Unambiguous(opened_file(str(path), "csv"), {"dose": "dose"})
    with pytest.raises(UsageError) as error:
        list(file.batches(rows))
    assert "--decimal" in error.value.hint


@pytest.mark.parametrize("values", [["1.000", "25.5"], ["25,0", "1,5"], ["1.0", "25,0"], ["25"]])
def test_what_is_clear_is_left_alone(tmp_path, values):
    path = tmp_path / "d.csv"
    path.write_text("dose\n" + "".join(f'"{value}"\n' for value in values))
    file = Unambiguous(opened_file(str(path), "csv"), {"dose": "dose"})
    assert [row["dose"] for batch in file.batches(1) for row in batch.rows.to_pylist()] == values


COLUMNS = [{"name": "USUBJID"}, {"name": "EXTRT"}, {"name": "EXDOSE"}]
EX = [["A", "KETAMINE", 35], ["B", "PLACEBO", 0]]


@pytest.mark.parametrize(
    "documents",
    [
        [{"datasetJSONVersion": "1.1.0", "columns": COLUMNS, "rows": EX}],
        [{"clinicalData": {"itemGroupData": {"IG.EX": {"name": "EX", "items": COLUMNS, "itemData": EX}}}}],
        [{"datasetJSONVersion": "1.1.0", "name": "EX"}, {"columns": COLUMNS}, *EX],
        [{"datasetJSONVersion": "1.1.0", "columns": COLUMNS}, *EX],
        [[dict(zip(["USUBJID", "EXTRT", "EXDOSE"], row, strict=True)) for row in EX]],
    ],
)
def test_json_that_is_a_table_is_read_as_one(tmp_path, documents):
    path = tmp_path / "ex.json"
    path.write_text("\n".join(map(json.dumps, documents)) + "\n")
    rows, _ = read(path, "doses", "sdtm")
    assert rows == [
        {"subject": "A", "substance": "KETAMINE", "dose": 35},
        {"subject": "B", "substance": "PLACEBO", "dose": 0},
    ]


@pytest.mark.parametrize(
    "text", ["{", "[1, 2]", '{"a": 1}', "", '{"columns": [{"name": "x"}], "rows": [[1, 2]]}', "NaN"]
)
def test_json_that_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "ex.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is not JSON"):
        read(path, "doses", "sdtm")


def test_a_mapping_is_one_of_the_book_or_a_sound_file(tmp_path):
    with pytest.raises(UsageError, match="unknown mapping `sdmt`") as error:
        chosen_mapping(shipped(), "sdmt")
    assert "sdtm" in error.value.hint
    own = tmp_path / "own.toml"
    own.write_text('says = "x"\n[[doses.column]]\nname = "subject"\ntheir = ["id"]\n')
    with pytest.raises(RulesError, match="their"):
        chosen_mapping(shipped(), own)


def test_files_are_evaluated_by_a_mapping_from_python(tmp_path):
    out = tmp_path / "out.csv"
    told = []
    doses, samples = (str(DATA / "sdtm" / name) for name in ("ex.csv", "pc.csv"))
    run = ketref.evaluate(doses, samples, ["status", "verdict"], output=out, mapping="sdtm", notes=told.append)
    assert (run.refused, run.written) == (0, 5)
    found = arrow_csv.read_csv(out).to_pydict()
    assert found["status"][1:3] == ["no_dose", "no_dose"]
    assert found["verdict"][0] == "possible"
    assert any("left out" in note for note in told)


def test_files_need_columns_that_are_there(tmp_path):
    samples = str(DATA / "sdtm" / "pc.csv")
    with pytest.raises(UsageError, match="`patient`"):
        ketref.evaluate(samples, samples, output=tmp_path / "o.csv", rename={"subject": "patient"})
    with pytest.raises(UsageError, match="column of numbers"):
        ketref.evaluate(samples, samples, output=tmp_path / "o.csv", units={"matrix": "ng/mL"})
