"""What does `interpret` say of a whole report to those who read it?"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ketref
from conftest import Run
from ketref.errors import UsageError
from ketref.review import schemas

AT = "2026-11-01T08:00Z"
Answer = Any


def row(analyte: str, outcome: str = "positive", cutoff: str = "50 ng/mL", **more: Any) -> dict[str, Any]:
    return {
        "matrix": "urine", "time": AT, "analyte": analyte, "method": "lc-ms-ms", "cutoff": cutoff, "outcome": outcome,
        **more,
    }  # fmt: skip


def screen(analyte: str, outcome: str = "positive", **more: Any) -> dict[str, Any]:
    return row(analyte, outcome, method="immunoassay", **{"cutoff": "300 ng/mL", **more})


def measure(name: str, value: str) -> dict[str, Any]:
    return {"matrix": "urine", "time": AT, "analyte": name, "value": value}


def names(explained: Any) -> list[str]:
    return [one["substance"] for one in explained]


OPIATES = [row("morphine"), row("codeine"), row("6-acetylmorphine", cutoff="10 ng/mL")]


# ------------------------------------------------------------------------ results


def test_a_positive_names_every_substance_that_gives_it_and_how_the_nearest_first() -> None:
    morphine, codeine, marker = ketref.interpret(OPIATES).results
    assert {"morphine", "codeine", "heroin", "poppy-seeds"} <= set(names(morphine["explained_by"]))
    assert names(morphine["explained_by"])[0] == "morphine"
    assert names(codeine["explained_by"])[0] == "codeine"
    ways = {one["substance"]: one["way"] for one in morphine["explained_by"]}
    assert (ways["morphine"], ways["codeine"], ways["poppy-seeds"]) == ("itself", "metabolite", "exposure")
    assert names(marker["explained_by"]) == ["heroin"]


def test_without_anything_declared_a_positive_is_possible_and_so_is_a_negative() -> None:
    answer = ketref.interpret([row("benzoylecgonine"), row("oxycodone", "negative")])
    assert [one["verdict"] for one in answer.results] == ["possible", "possible"]
    assert [one["declared"] for one in answer.results] == [None, None]


def test_a_verdict_is_that_of_infer() -> None:
    doses = [{"substance": "cocaine", "start": "2026-10-31T20:00Z"}]
    rows = [row("benzoylecgonine"), row("oxycodone"), row("thc-cooh", "negative", "15 ng/mL")]
    ours = ketref.interpret(rows, doses=doses).results
    theirs = ketref.infer(rows, doses=doses).results
    for key in ("verdict", "declared", "status", "rule"):
        assert [one[key] for one in ours] == [one[key] for one in theirs], key


def test_a_negative_that_would_be_expected_rules_a_substance_out_and_is_told() -> None:
    test = {"matrix": "urine", "test": "ketamine"}
    rows = [{**test, "time": AT, "outcome": "positive"}, {**test, "time": "2026-10-31T08:00Z", "outcome": "negative"}]
    (one, _) = ketref.interpret(rows, pattern="single").results
    (ketamine,) = [cause for cause in one["explained_by"] if cause["substance"] == "ketamine"]
    assert [against["result"] for against in ketamine["against"]] == [2]


def test_a_screen_stays_presumptive_and_names_what_it_answers_to_the_prescribed_first() -> None:
    (one,) = ketref.interpret([screen("amphetamines")], prescribed=["bupropion 150 mg daily"]).results
    first = one["explained_by"][0]
    assert (first["substance"], first["way"], first["declared"]) == ("bupropion", "cross-reactivity", True)
    assert one["confirmed"] is None
    assert "Presumptive" in one["confirmation"]
    assert ketref.interpret([screen("amphetamines")]).sets == []


def test_a_screen_is_borne_out_by_a_confirmation_or_is_not() -> None:
    borne = ketref.interpret([screen("opiates"), row("morphine")]).results[0]
    assert borne["confirmed"] is True
    assert "result 2" in borne["confirmation"]
    alone = ketref.interpret([screen("opiates"), row("morphine", "negative"), row("codeine", "negative")]).results[0]
    assert alone["confirmed"] is False
    assert "not borne out" in alone["confirmation"]


def test_a_result_without_a_finding_says_nothing_and_excludes_nothing() -> None:
    answer = ketref.interpret([row("morphine"), row("codeine", "QNS")])
    assert answer.results[1]["verdict"] == "says_nothing"
    assert answer.results[0]["explained_by"] == ketref.interpret([row("morphine")]).results[0]["explained_by"]


def test_an_analyte_that_no_substance_gives_stays_in_the_report_and_says_nothing() -> None:
    answer = ketref.interpret([row("morphine"), row("tapentadol")])
    assert answer.results[1]["verdict"] == "says_nothing"
    assert [one["substances"] for one in answer.sets] == [
        one["substances"] for one in ketref.interpret([row("morphine")]).sets
    ]


# ------------------------------------------------------------------------ sets


def test_the_smallest_sets_explain_every_confirmed_positive() -> None:
    answer = ketref.interpret(OPIATES)
    assert answer.sets[0]["substances"] == ["heroin"]
    assert answer.sets[0]["undeclared"] == ["heroin"]
    assert all("heroin" in one["substances"] for one in answer.sets)


def test_what_is_declared_comes_first_though_it_takes_more() -> None:
    rows = [row("morphine"), row("oxycodone"), row("codeine")]
    first = ketref.interpret(rows).sets[0]["substances"]
    assert len(first) == 2
    told = ketref.interpret(rows, prescribed=["morphine 10 mg PO BID", "codeine 30 mg PO QID", "oxycodone 5 mg PO"])
    assert set(told.sets[0]["substances"]) <= {"morphine", "codeine", "oxycodone"}
    assert told.sets[0]["undeclared"] == []


def test_a_minor_metabolite_never_stands_before_the_drug_itself() -> None:
    answer = ketref.interpret([row("hydromorphone")])
    assert answer.sets[0]["substances"] == ["hydromorphone"]
    assert names(answer.results[0]["explained_by"])[0] == "hydromorphone"


@pytest.mark.parametrize("declared", [[], ["cocaine"], ["cocaine", "ethanol"]])
def test_what_a_substance_gives_only_with_another_takes_both(declared: list[str]) -> None:
    answer = ketref.interpret([row("cocaethylene"), row("benzoylecgonine")], prescribed=declared)
    marker, metabolite = (
        {one["substance"]: one["needs"] for one in result["explained_by"]} for result in answer.results
    )
    assert marker == {"cocaine": ["ethanol"]}
    assert metabolite["cocaine"] == []
    assert [(one["substances"], one["undeclared"]) for one in answer.sets] == [
        (["cocaine", "ethanol"], [name for name in ("cocaine", "ethanol") if name not in declared])
    ]
    assert ketref.interpret([row("benzoylecgonine")]).sets[0]["substances"] == ["cocaine"]


@pytest.mark.parametrize(
    ("ways", "members", "held"),
    [
        ([{"a"}, {"b", "c"}], {"a"}, True),
        ([{"a"}, {"b", "c"}], {"b", "c"}, True),
        ([{"a"}, {"b", "c"}], {"b"}, False),
        ([], {"a"}, False),
    ],
)
def test_a_set_with_one_of_each_holds_all_of_one_way(ways: list[set[str]], members: set[str], held: bool) -> None:
    from ketref.person.sets import one_of_each

    assert all(members & each for each in one_of_each([[frozenset(way) for way in ways]])) is held


def test_a_gap_in_the_rules_excludes_nothing() -> None:
    rows = [row("hydromorphone"), row("morphine", "negative")]
    (one, _) = ketref.interpret(rows).results
    assert "morphine" in names(one["explained_by"]) or "morphine" in names(one["excluded"])
    assert all(each["results"] for each in one["excluded"])


# ------------------------------------------------------------------------ prescribed


def test_what_is_prescribed_is_found_or_not_found_or_not_tested() -> None:
    answer = ketref.interpret(
        [row("oxycodone", "negative"), row("morphine")],
        prescribed=["oxycodone 10 mg oral QID", "morphine 15 mg PO BID", "gabapentin 300 mg TID", "lisinopril 10 mg"],
    )
    found = {one["substance"]: one["found"] for one in answer.prescribed}
    assert found == {"oxycodone": False, "morphine": True, "gabapentin": None, "lisinopril": None}
    missed = answer.prescribed[0]
    assert "not found (result 1)" in missed["says"]
    assert missed["otherwise"]
    assert "no rule" in answer.prescribed[3]["says"]


def test_not_found_never_becomes_not_taken() -> None:
    doses = [{"substance": "ketamine", "start": "2026-11-01T00:00Z", "route": "intravenous", "dose": "50 mg"}]
    rows = [row("norketamine", "negative", "1 ng/mL", method="lc-ms")]
    (missed,) = ketref.interpret(rows, doses=doses).prescribed
    assert missed["found"] is False
    assert "not taken" not in str(missed["says"]).replace("does not by itself show that it was not taken", "")


@pytest.mark.parametrize(
    ("text", "substance", "dose", "route", "interval"),
    [
        ("oxycodone 10 mg oral QID", "oxycodone", "10 mg", "oral", "6 h"),
        ("Oxycodone 10mg PO every 6 hours", "oxycodone", "10 mg", "oral", "6 h"),
        ("morphine 15 mg PO BID", "morphine", "15 mg", "oral", "12 h"),
        ("methadone 60 mg daily", "methadone", "60 mg", None, "24 h"),
        ("tramadol 50 mg as needed", "tramadol", "50 mg", None, None),
        ("diazepam", "diazepam", None, None, None),
    ],
)
def test_a_prescription_is_read(text: str, substance: str, dose: Any, route: Any, interval: Any) -> None:
    from ketref.model.times import PLAIN
    from ketref.person.prescribed import understood_prescriptions

    (found,) = understood_prescriptions(ketref.load(), [text], PLAIN)
    assert (found.name, found.route, found.interval and str(found.interval)) == (substance, route, interval)
    assert found.question is not None
    assert (None if found.question.dose is None else found.question.dose.text) == dose
    assert found.unread == ()


def prescriptions(*texts: str) -> list[Any]:
    from ketref.model.times import PLAIN
    from ketref.person.prescribed import understood_prescriptions

    return understood_prescriptions(ketref.load(), texts, PLAIN)


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("MS Contin 30 mg BID", {"morphine": "30 mg"}),
        ("Kadian 20 mg daily", {"morphine": "20 mg"}),
        ("Percocet 5/325 mg q6h", {"oxycodone": "5 mg", "acetaminophen": None}),
        ("Norco 10-325 mg TID PRN", {"hydrocodone": "10 mg", "acetaminophen": None}),
        ("buprenorphine/naloxone 8 mg/2 mg SL daily", {"buprenorphine": "8 mg", "naloxone": "2 mg"}),
        ("Suboxone 8/2 mg SL daily", {"buprenorphine": "8 mg", "naloxone": "2 mg"}),
        ("acetaminophen-codeine 300-30 mg", {"acetaminophen": None, "codeine": "30 mg"}),
        ("Tylenol #3 QID", {"codeine": None, "acetaminophen": None}),
        ("Tylenol w/ codeine, 1 tab q6h", {"codeine": None, "acetaminophen": None}),
        ("Tylenol 500 mg PRN", {"acetaminophen": None}),
        ("Roxicodone 15 mg QID", {"oxycodone": "15 mg"}),
        ("Opana ER 20 mg BID", {"oxymorphone": "20 mg"}),
        ("Nucynta 50 mg QID", {"tapentadol": None}),
        ("oxycodone ER 20 mg 3 times a day", {"oxycodone": "20 mg"}),
        ("oxycodone 5 mg 2 tabs every 6 hours", {"oxycodone": "10 mg"}),
        ("Adderall XR 20 mg daily, 1 cap", {"amphetamine": "20 mg"}),
        ("oxycodone 10 mg QID; alprazolam 0.5 mg TID", {"oxycodone": "10 mg", "alprazolam": "0.5 mg"}),
        ("oxycodone 10 mg QID\nalprazolam 0.5 mg TID", {"oxycodone": "10 mg", "alprazolam": "0.5 mg"}),
        ("none", {}),
    ],
)
def test_a_prescription_stands_for_all_that_it_names(text: str, doses: dict[str, Any]) -> None:
    found = prescriptions(text)
    assert {one.name: one.question and one.question.dose and one.question.dose.text for one in found} == doses
    assert all(one.understood and not one.unread for one in found)


def test_as_needed_stays_so_beside_how_often_at_most() -> None:
    assert [one.interval for one in prescriptions("oxycodone 10 mg TID PRN", "oxycodone 10 mg PRN q6h")] == [None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oxycodone 10 mg, morphine 15 mg", "two drugs in one prescription: oxycodone and morphine"),
        ("oxycodone 10 mg daily BID", "two words for the frequency: daily and BID"),
        ("bupropoin 150 mg", "unknown substance `bupropoin`"),
    ],
)
def test_what_of_a_prescription_would_be_lost_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prescriptions(text)


def test_a_range_of_doses_is_no_dose_and_is_told() -> None:
    (found,) = prescriptions("oxycodone 5-10 mg q4h")
    assert (found.question.dose, found.unread) == (None, ("5-10 mg",))


@pytest.mark.parametrize(
    ("text", "names", "unread"),
    [
        ("fentanyl patch 25 mcg/h q72h", ["fentanyl"], ("25 mcg/h",)),
        ("Duragesic 50mcg/hr every 3 days", ["fentanyl"], ("50mcg/hr",)),
        ("nicotine patch 21 mg/24h", ["nicotine"], ("21 mg/24h",)),
        ("Norco 10/325 q6h prn", ["hydrocodone", "acetaminophen"], ("10/325",)),
        ("oxycodone-APAP 10/325 1 tab PRN", ["oxycodone", "acetaminophen"], ("10/325",)),
        ("Percocet 5-325 BID", ["oxycodone", "acetaminophen"], ("5-325",)),
        ("tramadol 50 mg 1-2 tabs q6h prn", ["tramadol"], ("1-2",)),
        ("oxycodone 5 mg/5 mL q4h", ["oxycodone"], ("5 mg/5 mL",)),
    ],
)
def test_a_drug_is_read_whose_dose_is_not_and_that_is_told(text: str, names: list[str], unread: Any) -> None:
    found = prescriptions(text)
    assert [(one.name, one.unread, one.understood) for one in found] == [(name, unread, True) for name in names]
    assert all(one.question is None or one.question.dose is None for one in found)
    (note,) = ketref.interpret([row("morphine")], prescribed=[text]).notes
    assert note == f'of "{text}" is not read: {", ".join(unread)}; how much is taken at once stays unknown'


def test_a_dose_beside_what_is_in_a_volume_is_read() -> None:
    (found,) = prescriptions("methadone 10 mg/5 mL 40 mg daily")
    assert (found.question.dose.text, found.unread, found.has_no_dose) == ("40 mg", ("10 mg/5 mL",), False)


def test_what_was_not_understood_of_the_prescriptions_may_explain_what_the_others_do_not() -> None:
    rows = [row("oxycodone"), row("alprazolam")]
    told = ketref.interpret(rows, prescribed=["Xtampza 18 mg BID", "alprazolam 1 mg TID"])
    assert told.not_understood == ["Xtampza 18 mg BID"]
    assert told.results[0]["verdict"] == "unknown"
    assert "not understood" in str(told.results[0]["says"])
    assert ketref.interpret(rows, prescribed=["alprazolam 1 mg TID"]).results[0]["verdict"] == "not_explained"
    lines = str(told).split("\n")
    assert lines[1] == "Not understood of what is prescribed: Xtampza 18 mg BID"
    assert "not prescribed" not in str(told)


@pytest.mark.parametrize(
    ("text", "analyte"),
    [
        ("Vyvanse 40 mg daily", "amphetamine"),
        ("Marinol 5 mg BID", "thc-cooh"),
        ("Sativex daily", "thc-cooh"),
        ("Ultram 50 mg TID", "o-desmethyltramadol"),
        ("Subutex 8 mg daily", "norbuprenorphine"),
        ("Ambien 10 mg QHS", "zolpidem"),
    ],
)
def test_what_is_found_and_prescribed_is_not_told_as_not_prescribed(text: str, analyte: str) -> None:
    answer = ketref.interpret([row(analyte)], prescribed=[text])
    (told,) = answer.prescribed
    assert told["found"] is True
    assert f"Found, and not prescribed or declared: {'nothing'}" in str(answer)
    assert f"Fits what is prescribed or declared: {told['substance']}" in str(answer)


def test_an_answer_begins_with_what_fits_what_is_besides_and_what_is_missing() -> None:
    rows = [row("oxycodone", cutoff="100 ng/mL"), row("alprazolam", "negative"), screen("amphetamines")]
    answer = ketref.interpret(rows, prescribed=["oxycodone 10 mg QID", "Xanax 0.5 mg TID", "gabapentin 300 mg TID"])
    assert str(answer).split("\n")[:4] == [
        "3 results of one person, 2 of them positive",
        "Fits what is prescribed or declared: oxycodone",
        "Found, and not prescribed or declared: amphetamines (3, a screen)",
        "Prescribed or declared, and not found: alprazolam",
    ]
    assert [one["conclusion"] for one in answer.prescribed] == [
        "consistent with what is prescribed",
        "prescribed, not found; no rule says when it must be found",
        "prescribed; not tested for here",
    ]


def test_a_negative_of_a_dilute_specimen_was_tested_and_excludes_nothing() -> None:
    rows = [row("oxycodone", "negative"), measure("creatinine", "14 mg/dL"), measure("specific gravity", "1.002")]
    (told,) = ketref.interpret(rows, prescribed=["oxycodone 10 mg QID"]).prescribed
    assert (told["found"], told["verdict"], [one["result"] for one in told["analytes"]]) == (False, "says_nothing", [1])
    assert told["conclusion"] == "tested, negative; the specimen is dilute, so that the negative excludes nothing"
    assert any("its negatives exclude nothing" in one for one in told["otherwise"])
    assert "no result of this report speaks of it" not in str(told)


def test_a_measure_that_would_decide_on_the_specimen_is_missed() -> None:
    def told(*measures: Any) -> str:
        return " ".join(ketref.interpret([row("oxycodone", "negative"), *measures]).warnings)

    assert "dilute or invalid is not known: specific-gravity was not measured" in told(
        measure("creatinine", "14 mg/dL")
    )
    assert "substituted or invalid is not known" in told(measure("creatinine", "1 mg/dL"))
    assert "is not known" not in told(measure("creatinine", "95 mg/dL"))
    assert "is not known" not in told(measure("creatinine", "14 mg/dL"), measure("specific gravity", "1.002"))


def test_a_report_of_measures_alone_tells_what_the_specimen_is() -> None:
    rows = [measure("creatinine", "1.2 mg/dL"), measure("specific gravity", "1.0005")]
    untimed = [{key: value for key, value in one.items() if key != "time"} for one in rows]
    doses = [{"substance": "ketamine", "start": "2026-10-31T20:00Z"}]
    for asked in ({"results": rows, "doses": doses}, {"results": untimed, "prescribed": ["oxycodone 10 mg QID"]}):
        answer = ketref.interpret(**asked)
        assert "substituted" in {one["verdict"] for one in answer.validity}
        assert (answer.results, answer.sets, [one["found"] for one in answer.prescribed]) == ([], [], [None])
        assert "specimen: substituted" in str(answer)
    with pytest.raises(UsageError, match="no results"):
        ketref.interpret([])


def test_an_authority_does_not_call_a_specimen_invalid_and_acceptable() -> None:
    measures = [measure("creatinine", "100 mg/dL"), measure("specific gravity", "1.000"), measure("pH", "6")]
    assert [one["verdict"] for one in ketref.interpret([row("morphine"), *measures]).validity] == ["invalid"]


def test_an_impurity_stands_behind_and_makes_nothing_found() -> None:
    alone = ketref.interpret([row("methamphetamine", value="3000 ng/mL")], prescribed=["Adderall 20 mg daily"])
    assert alone.prescribed[0]["found"] is None
    assert "impurity" in alone.prescribed[0]["says"]
    assert alone.sets[0]["substances"] == ["methamphetamine"]
    assert "1 as an impurity" in alone.text(full=True)
    beside = [row("methamphetamine", value="60 ng/mL"), row("amphetamine", value="9000 ng/mL")]
    trace = ketref.interpret(beside, prescribed=["Adderall 20 mg daily"])
    assert (trace.sets[0]["substances"], trace.prescribed[0]["found"]) == (["amphetamine"], True)


def test_a_prescribed_cause_of_a_screen_that_no_confirmation_bears_out_is_told_as_that() -> None:
    told = ketref.interpret([screen("amphetamines"), row("amphetamine", "negative")], prescribed=["bupropion 150 mg"])
    assert "bupropion is known to cause such a screen (result 1)" in told.prescribed[0]["says"]
    assert "amphetamines (1, a screen that is not borne out)" in " ".join(str(told).split())


@pytest.mark.parametrize(("noroxycodone", "told"), [("negative", True), ("positive", False)])
def test_a_prescribed_drug_without_any_metabolite_that_was_tested_for_is_told(noroxycodone: str, told: bool) -> None:
    rows = [row("oxycodone", value="15000 ng/mL"), row("noroxycodone", noroxycodone)]
    notes = ketref.interpret(rows, prescribed=["oxycodone 10 mg QID"]).notes
    assert any("without noroxycodone" in note for note in notes) is told


def test_what_a_substance_is_turned_into_decides_nothing_against_it() -> None:
    told = ketref.interpret([row("morphine", value="900 ng/mL"), row("codeine", value="120 ng/mL")]).deciders
    by_analyte = {one["analyte"]: one["substance"] for one in told if one["kind"] == "analyte"}
    assert by_analyte["6-acetylmorphine"] == "heroin"
    assert "hydromorphone" not in by_analyte, "heroin and codeine are turned into morphine, which gives it"


@pytest.mark.parametrize(
    ("name", "method", "analyte", "read"),
    [
        ("Opiates screen", None, "opiates", "immunoassay"),
        ("Opiates (EIA)", None, "opiates", "immunoassay"),
        ("PCP Screen", None, "phencyclidine", "immunoassay"),
        ("Benzodiazepines, Screening", None, "benzodiazepines", "immunoassay"),
        ("Morphine (LC-MS/MS)", None, "morphine", "lc-ms-ms"),
        ("Morphine by GC-MS", None, "morphine", "gc-ms"),
        ("Codeine Confirmation", "lc-ms-ms", "codeine", "lc-ms-ms"),
        ("THC-COOH confirmation", None, "thc-cooh", "mass-spectrometry"),
        ("Morphine screen", "lc-ms-ms", "Morphine screen", "lc-ms-ms"),
        ("foozepam screen", None, "foozepam screen", None),
    ],
)
def test_a_name_that_tells_the_method_is_read_as_the_analyte_by_it(
    name: str, method: str | None, analyte: str, read: str | None
) -> None:
    answer = ketref.interpret([row(name, method=method)])
    (found,) = answer.results
    assert (found["analyte"], found["method"]) == (analyte, read)
    assert any(one.startswith(f"`{name}` is read as {analyte}") for one in answer.assumes) is (analyte != name)


def test_an_analyte_that_is_a_slip_is_told_as_one() -> None:
    told = ketref.interpret([row("morphin", value="300 ng/mL"), row("foozepam"), row("morphine")]).warnings
    assert [("is it morphine?" in one, "result 2" in one) for one in told] == [(True, False), (False, True)]


def test_an_analyte_that_the_book_does_not_know_is_no_screen_where_nobody_says_so() -> None:
    unsaid, by_screen = ketref.interpret([{**row("foozepam"), "method": None}, screen("barzolam")]).results
    assert (unsaid["confirmed"], unsaid["confirmation"]) == (None, None)
    assert "Presumptive" in str(by_screen["confirmation"])
    told = str(ketref.interpret([{**row("foozepam"), "method": None}]))
    assert "Found: foozepam (1)\n" in told
    assert "screen" not in told


@pytest.mark.parametrize(
    ("outcome", "found", "verdict"), [("positive", True, "unknown"), ("negative", False, "unknown")]
)
@pytest.mark.parametrize("analyte", ["tapentadol", "Nucynta"])
def test_a_drug_without_rules_that_was_tested_by_its_name_was_tested(
    analyte: str, outcome: str, found: bool, verdict: str
) -> None:
    answer = ketref.interpret([row(analyte, outcome), row("morphine", "negative")], prescribed=["Nucynta 50 mg QID"])
    (told,) = answer.prescribed
    assert (told["found"], told["verdict"], [one["result"] for one in told["analytes"]]) == (found, verdict, [1])
    assert names(answer.results[0]["explained_by"]) == (["tapentadol"] if found else [])
    assert answer.results[0]["verdict"] == "says_nothing"
    assert "not tested for here" not in str(answer)
    assert "Found, and not prescribed or declared: nothing" in str(answer)
    assert answer.sets == []


def test_a_negative_by_name_of_a_spoilt_specimen_excludes_nothing() -> None:
    rows = [row("tapentadol", "negative"), measure("creatinine", "14 mg/dL"), measure("specific gravity", "1.002")]
    (told,) = ketref.interpret(rows, prescribed=["Nucynta 50 mg QID"]).prescribed
    assert (told["found"], told["verdict"]) == (False, "says_nothing")


def test_beside_a_declared_drug_a_further_one_stands_before_its_mere_impurity() -> None:
    rows = [row("amphetamine", value="2600 ng/mL"), row("methamphetamine", value="900 ng/mL")]
    told = ketref.interpret(rows, prescribed=["Adderall 20 mg BID"])
    assert told.sets[0]["substances"] == ["amphetamine", "methamphetamine"]
    assert told.sets[0]["undeclared"] == ["methamphetamine"]
    assert "but see INT-STI-002" in str(told)
    trace = ketref.interpret([{**rows[0], "value": "90000 ng/mL"}, rows[1]], prescribed=["Adderall 20 mg BID"])
    assert trace.sets[0]["substances"] == ["amphetamine"], "a trace of 1 % is what such a product may hold"


def test_a_minor_metabolite_of_more_than_its_parent_is_not_taken_for_what_is_prescribed() -> None:
    def told(hydromorphone: str) -> Any:
        rows = [row("hydromorphone", value=hydromorphone), row("morphine", value="300 ng/mL", cutoff="100 ng/mL")]
        return ketref.interpret(rows, prescribed=["morphine 30 mg BID"])

    much, little = told("5000 ng/mL"), told("80 ng/mL")
    assert much.sets[0]["substances"] == ["morphine", "hydromorphone"]
    assert much.sets[0]["undeclared"] == ["hydromorphone"]
    assert "Found, and not prescribed or declared: hydromorphone (1)" in str(much)
    assert little.sets[0]["substances"] == ["morphine"], "two statements differ: neither decides"
    assert "Found, and not prescribed or declared: nothing" in str(little)


def test_an_amount_that_no_source_judges_is_told_as_not_judged() -> None:
    rows = [row("noroxymorphone", value="900 ng/mL"), row("oxycodone", value="60 ng/mL")]
    answer = ketref.interpret(rows, prescribed=["oxycodone 10 mg QID"])
    assert any("noroxymorphone (result 1)" in note and "not judged" in note for note in answer.notes)


def test_a_declared_drug_whose_doses_do_not_fit_is_not_first_as_all_declared() -> None:
    answer = ketref.interpret(
        [row("morphine", cutoff="300 ng/mL", value="500 ng/mL")],
        prescribed=["morphine 15 mg QID last taken 2025-06-01"],
    )
    assert answer.results[0]["verdict"] == "not_explained"
    assert "morphine (all declared; not as declared: 1)" in answer.text(full=True)
    assert "morphine (1, not from the doses that are said)" in " ".join(str(answer).split())
    assert not any("taken as prescribed" in one for one in answer.assumes), "it is said when it was last taken"


def test_mirror_forms_that_are_read_as_both_are_told() -> None:
    rows = [row("l-methamphetamine"), row("d-methamphetamine", "negative")]
    notes = " ".join(ketref.interpret(rows).notes)
    assert "result 1 is on l-methamphetamine and read as methamphetamine" in notes
    assert "result 2" in notes
    assert not ketref.interpret([{**one, "method": "chiral-lc-ms-ms"} for one in rows]).notes


def test_prescriptions_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    report, listed = tmp_path / "report.json", tmp_path / "prescribed.csv"
    report.write_text(json.dumps(OPIATES))
    listed.write_text("substance,dose,frequency\nPercocet,5/325 mg,q6h\nMS Contin,30 mg,BID\n")
    told = json.loads(run("interpret", str(report), "--prescribed", str(listed), "--format=json").out)
    assert [one["substance"] for one in told["prescribed"]] == ["oxycodone", "acetaminophen", "morphine"]


def test_a_brand_that_only_the_list_of_drugs_knows_is_its_substance() -> None:
    (found,) = ketref.interpret([row("morphine")], prescribed=["MS Contin 30 mg BID"]).prescribed
    assert (found["substance"], found["found"], found["verdict"]) == ("morphine", True, "possible")


def test_each_part_of_a_combination_of_the_book_is_known_to_it() -> None:
    book = ketref.load()
    parts = {part for drug in book.drugs.terms.values() for part in drug.contains}
    assert {"oxycodone", "acetaminophen"} <= parts
    assert all(part in book.folders or part in book.drugs for part in parts)


def test_a_prescription_that_began_after_the_specimen_is_refused() -> None:
    with pytest.raises(UsageError, match="prescribed since 2026-12-01, after the specimen"):
        ketref.interpret([row("oxycodone")], prescribed=["oxycodone 10 mg oral QID since 2026-12-01"])


def test_a_value_that_no_declared_dose_explains_is_told() -> None:
    doses = [{"substance": "cocaine", "start": "2026-09-01T09:00Z", "dose": "50 mg", "route": "nasal"}]
    found = {**row("ketamine", value="60 ng/mL"), "cutoff": None, "time": "2026-11-02T09:00Z"}
    for answer in (ketref.infer, ketref.interpret):
        (told,) = answer([found], doses=doses).results
        assert told["verdict"] == "not_explained"
        assert "the value does not, after any of them" in str(told["says"])


def test_a_prescription_that_looks_like_a_slip_is_refused() -> None:
    with pytest.raises(UsageError, match="prescription 2: unknown substance"):
        ketref.interpret([row("morphine")], prescribed=["morphine 10 mg", "oxycodonne 10 mg QID"])


def test_when_it_was_last_taken_places_the_doses() -> None:
    rows = [row("benzoylecgonine", "negative", "150 ng/mL")]
    told = ketref.interpret(rows, prescribed=["cocaine 4 mg nasal daily, last taken 2026-10-20 08:00+00:00"])
    assert max(dose.start.text for dose in told.reading.declared.doses).startswith("2026-10-20")
    with pytest.raises(UsageError, match="after the specimen"):
        ketref.interpret(rows, prescribed=["cocaine 4 mg nasal daily, last taken 2026-12-20 08:00+00:00"])


# ------------------------------------------------------------------------ forms


def test_a_report_without_times_is_read_and_tells_none() -> None:
    timeless = [{key: value for key, value in one.items() if key != "time"} for one in OPIATES]
    answer = ketref.interpret(timeless, prescribed=["morphine 10 mg QID"])
    assert answer.sets[0]["substances"] == ketref.interpret(OPIATES).sets[0]["substances"]
    assert answer.to_dict()["at"] is None
    assert {one["time"] for one in answer.results} == {None}
    assert str(answer) == str(ketref.interpret(timeless, prescribed=["morphine 10 mg QID"]))
    with pytest.raises(UsageError, match="`time` is missing"):
        ketref.interpret(timeless, doses=[{"substance": "morphine", "start": "2026-10-31T08:00Z"}])


def test_the_json_form_keeps_its_schema_and_the_table_has_a_row_a_result() -> None:
    answer = ketref.interpret(
        [*OPIATES, screen("amphetamines"), measure("creatinine", "95 mg/dL")],
        prescribed=["oxycodone 10 mg oral QID"],
        doses=[{"substance": "cocaine", "start": "2026-10-30T20:00Z"}],
    )
    form = json.loads(json.dumps(answer.to_dict()))
    jsonschema.validate(form, schemas.schemas()["interpret.answer.schema.json"])
    table = list(csv.DictReader(io.StringIO(answer.to_csv())))
    assert [line["number"] for line in table] == ["1", "2", "3", "4"]
    assert table[2]["explained_by"] == "heroin"
    assert table[2]["statements"]
    for full in (False, True):
        text = " ".join(answer.text(full=full).split())
        assert "not medical or legal advice" in text
        assert "oxycodone" in text


def test_no_sentence_says_what_a_person_did() -> None:
    from ketref.book.loading import shipped

    words = shipped().interpret_wording
    for name, text in vars(words).items():
        assert not any(said in text for said in (" used ", " abused", "the patient", "will pass", "will fail")), name


def test_the_command_asks_the_same(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(OPIATES))
    told = run("interpret", str(report), "--prescribed", "morphine 10 mg QID", "--format=json")
    assert told.code == 0
    answer = ketref.interpret(OPIATES, prescribed=["morphine 10 mg QID"])
    assert json.loads(told.out) == json.loads(json.dumps(answer.to_dict()))
    assert run("interpret", str(report), "--format=csv").out.startswith("number,id,matrix,analyte")
    refused = run("interpret", str(report), "--prescribed", "oxycodonne 10 mg")
    assert (refused.code, refused.out) == (2, "")
    assert "did you mean" in refused.err
