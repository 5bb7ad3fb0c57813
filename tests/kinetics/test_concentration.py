"""Is a question on a concentration answered by every model that speaks of it, and by no other?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("scipy")

from ketref import ConcentrationAnswer, UsageError, concentration, detect, history
from ketref.cli.main import main

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
INTRAVENOUS = {"route": "intravenous", "dose": "10 mg", "weight": "70 kg"}
MAN = {"sex": "male", "age": 40, "weight": "80 kg", "height": 180}


def _ids(answer: ConcentrationAnswer) -> list[str]:
    return [model["id"] for model in answer.to_dict()["models"]]


def test_the_form_has_its_keys_and_keeps_its_schema() -> None:
    form = concentration("esketamine", **INTRAVENOUS, since="4 h", cutoff="5 ng/mL").to_dict()
    identity = {"edition", "digest", "version", "notice", "licence", "attribution"}
    assert form.keys() == {"schema", "question", "unit", "at_s", "models", "assumes", "warnings", *identity}
    keys = {"id", "median", "p5", "p95", "share_above", "until_below_s"}
    assert form["models"][0].keys() == {*keys, "fitted_to", "valid_until", "source", "grade", "misfits"}
    schema = json.loads((SCHEMAS / "concentration.answer.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(form)), schema)


def test_every_model_that_speaks_answers_and_digits_are_no_finer_than_it() -> None:
    form = concentration("esketamine", **INTRAVENOUS, since="4 h", cutoff="5 ng/mL").to_dict()
    assert [model["id"] for model in form["models"]] == ["PKM-KET-01", "PKM-KET-02"]
    first = form["models"][0]
    assert (first["median"], first["p5"], first["p95"]) == ([6.4], [4.5], [8.6])
    low, high = first["share_above"]
    assert 0.85 <= low < high <= 0.9
    until = first["until_below_s"]
    assert until["p5"] < until["median"] < until["p95"]
    assert concentration("esketamine", **INTRAVENOUS, since="4 h", cutoff="5 ng/mL").to_dict() == form


def test_models_that_disagree_are_told_side_by_side() -> None:
    text = str(concentration("ketamine", route="intravenous", dose="30 mg", since="0 h to 2 h", every="1 h"))
    assert "the models disagree" in text
    assert text.index("PKM-KET-04:") < text.index("PKM-KET-05:")


@pytest.mark.parametrize(
    ("substance", "said", "why"),
    [
        ("ketamine", {"since": "2 h", "matrix": "urine", **INTRAVENOUS}, "no pharmacokinetic model of ketamine gives"),
        ("ketamine", {"since": "30 min", "route": "oral", "dose": "30 mg"}, "speaks from 1 h after a dose on"),
        ("ketamine", {"since": "2 h", "route": "rectal", "dose": "30 mg"}, "not rectal"),
        ("ketamine", {"since": "2 h", "dose": "30 mg"}, "needs the route"),
        ("lsd", {"since": "12 h", "route": "oral", "dose": "100 ug"}, "its samples end 690 min|its samples end 11"),
        ("lsd", {"since": "2 h", "route": "oral", "dose": "200 ug"}, "its doses are"),
        ("lsd", {"since": "2 h", "route": "oral"}, "needs the dose"),
        ("morphine", {"since": "2 h", "route": "oral", "dose": "10 mg", "formulation": "syrup"}, "not syrup"),
        ("morphine", {"since": "2 h", "route": "oral", "dose": "10 mg", "age": 12}, "persons with age from 38"),
        ("heroin", {"since": "2 h", "route": "intramuscular", "dose": "6 mg", "sex": "female"}, "not female"),
        ("heroin", {"since": "10 min", "route": "smoked", "dose": "6 mg"}, "not smoked"),
        ("methadone", {"since": "2 h", "route": "oral", "dose": "10 mg"}, "needs the age"),
        ("ethanol", {"since": "2 h", "route": "oral", "dose": "40 g"}, "needs the sex|needs the weight"),
        ("lsd", {"since": "2 h", "route": "oral", "dose": "100 ug", "pattern": "chronic"}, "chronic use leaves more"),
        ("heroin", {"since": "1 h", "route": "intramuscular", "dose": "6 mg", "infusion": "1 h"}, "given at once"),
        ("fentanyl", {"since": "9 h", "route": "transdermal", "dose": "1.8 mg", "infusion": "9 h"}, "or over 72 h"),
        ("mdma", {"since": "2 h", "route": "oral", "dose": "75 mg"}, "no pharmacokinetic model of mdma"),
        ("lsd", {"route": "oral", "dose": "100 ug"}, "how long after the dose"),
        ("lsd", {"since": "1 h to 2 h", "route": "oral", "dose": "100 ug"}, "is a range"),
        ("lsd", {"since": "1 h", "route": "oral", "dose": "100 ug", "unit": "pg/mg"}, "is not a unit"),
    ],
)
def test_what_no_model_speaks_of_is_refused_with_what_they_are_of(substance: str, said: dict, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        concentration(substance, **said)
    import re

    assert re.search(why, f"{caught.value}; {caught.value.hint}")


def test_all_that_a_model_needs_is_asked_for_at_once_and_in_its_unit() -> None:
    with pytest.raises(UsageError) as caught:
        concentration("ethanol", dose="400 g", since="2 h", weight="80 kg")
    assert "PKM-ETH-03 does not cover it: it needs the route: oral; and the sex, age, height of the person" in str(
        caught.value.hint
    )
    with pytest.raises(UsageError) as caught:
        concentration("ethanol", dose="40 g", since="2 h", weight="80 kg", route="oral")
    assert "it needs the sex, age, height of the person" in str(caught.value.hint)
    assert "its doses are 32 g, not 40 g" in str(caught.value.hint)
    warnings = concentration("ketamine", route="intravenous", dose="35 mg", weight="70 kg", since="1 h").warnings
    assert "PKM-KET-06 does not cover it: its doses are 0.25 mg/kg, not 0.5 mg/kg" in warnings


def test_models_that_do_not_speak_say_why_beside_those_that_do() -> None:
    form = concentration("ketamine", route="intravenous", dose="30 mg", since="2 h").to_dict()
    assert any("PKM-KET-08 does not cover it: it needs the age" in said for said in form["warnings"])


def test_units_go_round_trip() -> None:
    said = {"route": "oral", "dose": "32 g", "since": "1 h", **MAN}
    figures = {unit: concentration("ethanol", **said, unit=unit).models[1]["median"][0] for unit in ("mg/dL", "g/L")}
    assert figures["mg/dL"] == pytest.approx(100 * figures["g/L"])
    assert concentration("ethanol", **said).unit == "mg/dL"


def test_what_is_known_of_the_person_narrows_the_answer() -> None:
    said = {"route": "sublingual", "dose": "16 mg", "since": "1 h"}
    (anyone,) = concentration("buprenorphine", **said).models
    (healthy,) = concentration("buprenorphine", **said, **{"use-disorder": "no"}).models
    assert healthy["p5"][0] > anyone["p5"][0]
    assert any("use-disorder is not said" in words for words in concentration("buprenorphine", **said).assumes)


def test_what_no_model_takes_into_account_is_told() -> None:
    answer = concentration("lsd", route="oral", dose="100 ug", since="2 h", liver="severe")
    assert "liver severe is in none of the models that answer" in answer.warnings


def test_how_long_an_infusion_took_is_needed_and_a_dose_given_at_once_says_so() -> None:
    asked = {"dose": "35 mg", "weight": "70 kg", "since": "1 h"}
    with pytest.raises(UsageError) as refused:
        concentration("ketamine", route="intravenous-infusion", **asked)
    assert "PKM-KET-04 does not cover it: it needs how long the infusion took" in str(refused.value.hint)
    said = concentration("ketamine", route="intravenous", **asked).assumes
    assert sum("it is taken as given at once" in one for one in said) == 1
    for route, infusion in (("intravenous-bolus", None), ("intravenous", "0 min"), ("intravenous", "40 min")):
        told = concentration("ketamine", route=route, infusion=infusion, **asked).assumes
        assert not any("given at once" in one for one in told)


def test_an_infusion_and_a_patch_by_their_rate() -> None:
    at_once = concentration("fentanyl", route="intravenous", dose="100 ug", since="1 h").models[0]["median"][0]
    slowly = concentration("fentanyl", route="intravenous", dose="100 ug/h", infusion="1 h", since="1 h").models
    assert slowly[0]["median"][0] > at_once
    (patch,) = concentration("fentanyl", route="transdermal", dose="25 ug/h", infusion="72 h", since="24 h").models
    assert (
        patch["median"]
        == concentration("fentanyl", route="transdermal", dose="1.8 mg", since="24 h").models[0]["median"]
    )


def test_a_known_misfit_is_shown() -> None:
    (model,) = concentration("ketamine", route="nasal", dose="30 mg", since="2 h", analyte="ketamine").models
    assert any("60.8 ng/mL was measured 14 min after" in said for said in model["misfits"])
    assert model["p5"] is None
    assert model["share_above"] is None


def test_doses_of_one_person_add_up() -> None:
    doses = [
        {"substance": "fentanyl", "start": f"2026-03-01T{hour}:00Z", "route": "intravenous", "dose": "100 ug"}
        for hour in ("08", "09")
    ]
    at = "2026-03-01T10:00Z"
    both = concentration("fentanyl", doses=doses, at=at, weight="70 kg").to_dict()
    each = [
        concentration("fentanyl", route="intravenous", dose="100 ug", weight="70 kg", since=since).models
        for since in ("2 h", "1 h")
    ]
    assert both["at_s"] == [7200]
    assert [model["id"] for model in both["models"]] == ["PKM-FEN-01", "PKM-FEN-03", "PKM-FEN-04"]
    sums = [sum(one[place]["median"][0] for one in each) for place in (1, 2)]
    assert [model["median"][0] for model in both["models"][1:]] == pytest.approx(sums, rel=0.03)


def test_a_weight_that_doses_tell_is_that_of_the_person() -> None:
    dose = {"substance": "esketamine", "start": "2026-03-01T08:00Z", "route": "intravenous", "dose": "10 mg"}
    heavy = {**dose, "weight": "140 kg"}
    at = "2026-03-01T12:00Z"
    alone = concentration("esketamine", route="intravenous", dose="10 mg", weight="140 kg", since="4 h").models
    assert concentration("esketamine", doses=[heavy], at=at).models == alone
    assert concentration("esketamine", doses=[dose], at=at, weight="140 kg").models == alone
    assert concentration("esketamine", doses=[heavy], at=at, weight="70 kg").models != alone
    asked = {"at": at, "matrix": "plasma", "analyte": "esketamine", "cutoff": "5 ng/mL", "calculated": True}
    (test,) = history([heavy], **asked).to_dict()["tests"]
    of_one = detect(
        "esketamine",
        matrix="plasma",
        route="intravenous",
        dose="10 mg",
        weight="140 kg",
        since="4 h",
        analyte="esketamine",
        cutoff="5 ng/mL",
        calculated=True,
    )
    assert test["calculated"] == of_one.to_dict()["calculated"]
    assert of_one.to_dict()["calculated"]["share_above"][1] < 0.5


def test_next_to_nothing_is_not_said_to_be_nothing() -> None:
    said = {"route": "intramuscular", "dose": "100 mg", "since": "20 d"}
    text = str(concentration("ketamine", **said))
    assert "less than 0.000001 ng/mL in a typical person" in text
    assert concentration("ketamine", **said).models[0]["median"][0] > 0


def test_times_of_a_history_count_from_its_first_dose() -> None:
    dose = {"substance": "lsd", "start": "2026-03-01T20:00Z", "route": "oral", "dose": "100 ug"}
    doses = [dose, {**dose, "start": "2026-03-01T21:00Z"}]
    assert "2 h after the first dose of lsd" in str(concentration("lsd", doses=doses, at="2026-03-01T22:00Z"))


def test_a_history_with_what_is_not_known_is_refused() -> None:
    dose = {"substance": "fentanyl", "start": "2026-03-01", "route": "intravenous", "dose": "100 ug"}
    with pytest.raises(UsageError, match="known to the day"):
        concentration("fentanyl", doses=[dose], at="2026-03-02T10:00Z")
    with pytest.raises(UsageError, match="no dose of morphine"):
        concentration("morphine", doses=[{**dose, "start": "2026-03-01T08:00Z"}], at="2026-03-01T10:00Z")


def test_a_table() -> None:
    answer = concentration("lsd", route="oral", dose="100 ug", since="0 h to 4 h", every="2 h")
    frame = answer.to_frame("polars")
    assert frame.columns == ["model", "at_s", "median", "p5", "p95", "unit", "source"]
    assert frame["at_s"].to_list() == [0, 7200, 14400]


class TestOfAlcohol:
    def test_drinks_are_eliminated_together(self) -> None:
        doses = [
            {"substance": "ethanol", "start": f"2026-03-01T{hour}:00Z", "route": "oral", "dose": "20 g"}
            for hour in ("18", "19", "20")
        ]
        form = concentration("ethanol", doses=doses, at="2026-03-01T22:00Z", **MAN, drinker="social").to_dict()
        (model,) = [model for model in form["models"] if model["p5"] is not None]
        assert model["p5"][0] < model["median"][0] < model["p95"][0]
        assert 25 < model["median"][0] < 60

    @pytest.mark.parametrize(("matrix", "ratio"), [("serum", 1.14), ("urine", 1.345), ("breath", 1 / 2407)])
    def test_other_specimens_by_their_ratio(self, matrix: str, ratio: float) -> None:
        said = {"route": "oral", "dose": "60 g", "since": "2 h", "unit": "ug/L", **MAN}
        blood = concentration("ethanol", matrix="whole-blood", **said).models[-1]["median"][0]
        other = concentration("ethanol", matrix=matrix, **said).models[-1]["median"][0]
        assert other == pytest.approx(ratio * blood, rel=0.06)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["concentration", "lsd", "--route", "oral", "--dose", "100 ug", "--since", "2 h", "--cutoff", "1 ng/mL"]
    assert main(words) == 0
    assert "calculated, not measured: lsd in plasma, 2 h after 0.1 mg of lsd, oral" in capsys.readouterr().out
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "ketref.concentration/1"
    doses = tmp_path / "doses.csv"
    doses.write_text("substance,start,route,dose\nlsd,2026-03-01T20:00Z,oral,100 ug\n")
    assert main(["concentration", "lsd", "--doses", str(doses), "--at", "2026-03-01T22:00Z"]) == 0
    assert "PKM-LSD-01" in capsys.readouterr().out
    assert main(["concentration", "lsd", "--since", "2 h", "--route", "oral", "--dose", "9 mg"]) == 2


class TestOfWhatWasMeasured:
    def test_it_was_higher_before(self) -> None:
        form = concentration("ethanol", measured="90 mg/dL", since="5 h", before="2 h").to_dict()
        (model,) = form["models"]
        assert (model["median"], model["p5"], model["p95"]) == ([130.0], [110.0], [140.0])
        assert form["at_s"] == [-7200]
        assert form["question"]["measured"] == "90 mg/dL"
        assert any("nothing was taken after the last dose" in said for said in form["assumes"])
        schema = json.loads((SCHEMAS / "concentration.answer.schema.json").read_text("utf-8"))
        jsonschema.validate(form, schema)

    def test_the_kind_of_drinker_narrows_it(self) -> None:
        asked = {"measured": "90 mg/dL", "since": "8 h", "before": "5 h", "unit": "ng/mL"}
        (anyone,) = concentration("ethanol", **asked).models
        (social,) = concentration("ethanol", **asked, drinker="social").models
        assert social["median"][0] < anyone["median"][0]
        assert social["p95"][0] - social["p5"][0] < anyone["p95"][0] - anyone["p5"][0]

    def test_it_answers_in_the_unit_that_was_measured(self) -> None:
        asked = {"since": "5 h", "before": "2 h"}
        for measured, unit in (("0.9 per mille", "g/kg"), ("0.95 g/L", "g/L"), ("900ug/mL", "ug/mL")):
            assert concentration("ethanol", **asked, measured=measured).unit == unit
        assert concentration("ethanol", **asked, measured="0.9 per mille", unit="mg/dL").unit == "mg/dL"

    def test_a_limit_has_its_share_of_persons(self) -> None:
        asked = {"measured": "30 mg/dL", "since": "5 h", "before": "1 h"}
        answer = concentration("ethanol", **asked, limit="Scotland").to_dict()
        (model,) = answer["models"]
        low, high = model["share_above"]
        assert answer["question"]["cutoff"] == "50 mg/dL"
        assert 0 < low <= high < 1  # beta of 20 mg/dL an hour lies near the middle of drivers
        assert "of persons at or above 50 mg/dL" in str(concentration("ethanol", **asked, limit="Scotland"))

    def test_limits_in_blood_are_of_no_serum(self) -> None:
        asked = {"measured": "90 mg/dL", "since": "5 h", "before": "1 h", "limit": "Germany"}
        for matrix in ("whole-blood", "blood"):
            assert concentration("ethanol", **asked, matrix=matrix).cutoff.text == "50 mg/dL"
        with pytest.raises(UsageError, match="no legal limit of ethanol in serum") as caught:
            concentration("ethanol", **asked, matrix="serum")
        assert "its limits are of whole-blood, breath, urine" in str(caught.value.hint)

    def test_serum_and_breath_fall_by_their_ratios(self) -> None:
        asked = {"since": "5 h", "before": "2 h", "unit": "mg/L"}
        medians = {}
        for matrix, measured in (("whole-blood", "900 mg/L"), ("serum", "1026 mg/L"), ("breath", "0.374 mg/L")):
            (model,) = concentration("ethanol", **asked, matrix=matrix, measured=measured).models
            medians[matrix] = model["median"][0]
        assert medians["serum"] == pytest.approx(1.14 * medians["whole-blood"], rel=0.05)
        assert medians["breath"] == pytest.approx(medians["whole-blood"] / 2407, rel=0.05)
        with pytest.raises(UsageError) as caught:
            concentration("ethanol", **asked, matrix="serum", measured="22 mg/dL")
        assert "under 20 mg/dL in whole-blood" in str(caught.value.hint)

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"since": "3 h", "before": "2 h"}, "absorption may go on until 2 h after it"),
            ({"since": "1 h", "before": "2 h"}, "before the last dose"),
            ({"since": "9 h", "before": "2 h", "measured": "15 mg/dL"}, "under 20 mg/dL"),
            ({"before": "2 h"}, "`since` is missing"),
            ({"since": "9 h"}, "`before` is missing"),
            ({"since": "9 h", "before": "2 h", "matrix": "urine"}, "falls in whole-blood"),
            ({"since": "9 h", "before": "2 h", "dose": "10 g"}, "stands for the doses"),
        ],
    )
    def test_what_practice_refuses(self, said: dict, why: str) -> None:
        with pytest.raises(UsageError) as caught:
            concentration("ethanol", **{"measured": "90 mg/dL", **said})
        assert why in f"{caught.value}; {caught.value.hint}"


class TestOfDrinks:
    def test_they_are_grams_by_country(self) -> None:
        said = {"route": "oral", "since": "2 h", **MAN}
        drunk = concentration("ethanol", drinks=2, country="austria", **said).models
        assert drunk == concentration("ethanol", dose="40 g", **said).models
        assert concentration("ethanol", drinks=2, country="United States", **said).models != drunk

    @pytest.mark.parametrize(
        ("substance", "said", "why"),
        [
            ("ethanol", {"drinks": 2}, "`country` is missing"),
            ("ethanol", {"drinks": 2, "country": "Narnia"}, "unknown country"),
            ("ethanol", {"drinks": "many", "country": "Austria"}, "not a number of drinks"),
            ("ethanol", {"drinks": 2, "country": "Austria", "dose": "10 g"}, "two ways"),
            ("lsd", {"drinks": 2, "country": "Austria"}, "no usual portion"),
            ("ethanol", {"dose": "10 g", "limit": "Narnia"}, "unknown limit"),
            ("ethanol", {"dose": "10 g", "limit": "Scotland", "cutoff": "1 g/L"}, "two ways"),
            ("lsd", {"dose": "100 ug", "limit": "Scotland"}, "no legal limit"),
        ],
    )
    def test_what_is_not_understood(self, substance: str, said: dict, why: str) -> None:
        with pytest.raises(UsageError, match=why):
            concentration(substance, route="oral", since="2 h", **{**MAN, **said})

    def test_a_legal_limit_stands_for_a_cutoff(self) -> None:
        said = {"route": "oral", "since": "2 h", "dose": "60 g", **MAN}
        limited = concentration("ethanol", **said, limit="Scotland").models
        assert limited == concentration("ethanol", **said, cutoff="50 mg/dL").models
        breath = concentration("ethanol", **said, matrix="breath", limit="scotland").to_dict()
        assert breath["question"]["cutoff"] == "0.22 mg/L"


def test_doses_of_a_file_are_read_as_history_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doses = tmp_path / "doses.csv"
    doses.write_text("when;amount;how\n01.03.2026 20:00;0,1;oral\n01.03.2026 22:00;0,1;oral\n")
    words = ["--doses", str(doses), "--rename", "start=when", "--rename", "dose=amount", "--rename", "route=how"]
    words += ["--unit", "dose=mg", "--unit", "mg/L", "--decimal", "comma", "--dates", "dmy", "--tz", "UTC"]
    assert main(["concentration", "lsd", *words, "--at", "02.03.2026 00:00", "--format", "json"]) == 0
    form = json.loads(capsys.readouterr().out)
    taken = [
        {"substance": "lsd", "start": f"2026-03-01T{hour}:00Z", "route": "oral", "dose": "100 ug"} for hour in (20, 22)
    ]
    assert form["models"] == concentration("lsd", doses=taken, at="2026-03-02T00:00Z", unit="mg/L").models
    assert form["unit"] == "mg/L"


def test_what_a_file_of_doses_does_not_say_the_command_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doses = tmp_path / "doses.csv"
    doses.write_text("start,dose\n2026-03-01T20:00Z,100 ug\n")
    words = ["--doses", str(doses), "--route", "oral", "--at", "2026-03-01T22:00Z"]
    assert main(["concentration", "lsd", *words]) == 0
    assert "PKM-LSD-01" in capsys.readouterr().out
    assert main(["concentration", "lsd", *words, "--unit", "mg/L", "--unit", "g/L"]) == 2
