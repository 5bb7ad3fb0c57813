"""What is shown of a whole book: its substances, its analytes, its panels?"""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

import ketref
from ketref.book.loading import load_texts, shipped
from ketref.review import schemas
from support.panels import HEAD, PANEL


def valid(name: str, form: Any) -> Any:
    assert [error.message for error in Draft202012Validator(schemas.schemas()[name]).iter_errors(form)] == []
    return form


def test_alone_it_lists_each_substance_with_its_rules_and_grades(run: Any) -> None:
    form = valid("show.answer.schema.json", run("show", "--format=json").json)
    assert [one["substance"] for one in form["substances"]] == shipped().folders
    (ketamine,) = (one for one in form["substances"] if one["substance"] == "ketamine")
    rules = shipped().ranked("ketamine", "windows")
    assert ketamine["windows"]["urine"] == sum("urine" in each.rule.when.matrix for each in rules)
    grades = {shipped().sources[entry.source].grade for each in rules for entry in each.rule.evidence}
    assert (ketamine["best_grade"], ketamine["worst_grade"]) == (min(grades), max(grades))


def test_a_substance_without_windows_says_so(run: Any) -> None:
    bare = [name for name in shipped().folders if not shipped().ranked(name, "windows")]
    assert bare
    lines = [line.strip() for line in run("show").out.splitlines()]
    assert all(any(line.startswith(name) and line.endswith(": no windows") for line in lines) for name in bare)


def test_the_list_reads_no_rules_where_the_contents_tell_it(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ketref.book.loading.OPENED", {})
    assert run("show").code == 0
    assert not [name for name in shipped()._records if name.endswith("windows.toml")]


def test_an_analyte_tells_what_it_comes_of_its_panels_and_its_assays(run: Any) -> None:
    form = valid("show-analyte-id.answer.schema.json", run("show", "analyte", "morphine", "--format=json").json)
    roles = {(one["substance"], one["role"]) for one in form["comes_of"]}
    assert {("morphine", "parent"), ("heroin", "metabolite"), ("codeine", "metabolite")} <= roles
    assert "opiates" in form["member_of"]
    assert {"panel": "hhs-urine", "stage": "confirmation"}.items() <= form["panels"][0].items()


def test_a_class_is_shown_with_its_members_and_what_its_assays_answer_to(run: Any) -> None:
    ran = run("show", "amphetamines")
    assert ran.out.startswith("analyte amphetamines")
    assert "a class, made positive by: " in ran.out
    assert "bupropion: false positive" in " ".join(ran.out.split())


def test_an_analyte_comes_of_what_gives_a_mirror_form_of_it(run: Any) -> None:
    form = run("show", "analyte", "amphetamine", "--format=json").json
    assert ("lisdexamfetamine", "d-amphetamine") in {(one["substance"], one["as"]) for one in form["comes_of"]}


def test_all_analytes_and_all_panels_are_listed(run: Any) -> None:
    analytes = valid("show-analyte.answer.schema.json", run("show", "analyte", "--format=json").json)
    assert {one["analyte"] for one in analytes["analytes"]} == set(shipped().vocabularies["analyte"].terms)
    panels = valid("show-panel.answer.schema.json", run("show", "panel", "--format=json").json)
    assert {one["panel"] for one in panels["panels"]} == {one.id for one in shipped().listed_in("panels", "panel")}
    assert run("show", "analyte").code == run("show", "panel").code == 0


@pytest.mark.parametrize("words", [["panel", "hhs-urine"], ["panel", "HHS: urine"], ["hhs-urine"]])
def test_a_panel_is_shown_with_its_tests(words: list[str], run: Any) -> None:
    form = valid("show-panel-id.answer.schema.json", run("show", *words, "--format=json").json)
    assert ("benzoylecgonine", "confirmation", "100 ng/mL") in {
        (one["analyte"], one["stage"], one["cutoff"]) for one in form["tests"]
    }
    shown = " ".join(run("show", *words).out.split())
    now, past = shown.split("screen, in the past:")
    assert "screen, now:" in now
    assert "benzoylecgonine: at 150 ng/mL by immunoassay, from 2010-10-01 on" in now
    assert "benzoylecgonine: at 300 ng/mL by immunoassay, before 2010-10-01" in past


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("hhs", "`hhs-urine`"),
        ("samhsa", "`hhs-urine`"),
        ("hhs-federal-workplace-urine", "`hhs-urine`"),
        ("US DOT urine 40.85", "`dot-urine`"),
        ("hss-urine", "`hhs-urine`"),
        ("society of hair", "`soht-hair`"),
    ],
)
def test_an_unknown_panel_is_answered_with_those_whose_names_hold_its_words(word: str, near: str, run: Any) -> None:
    ran = run("show", "panel", word)
    assert ran.code == 2
    assert f"unknown panel `{word}`" in ran.err
    assert near in ran.err
    assert "`ketref show panel` lists the panels" in ran.err


def test_lists_are_found_by_their_plural_too(run: Any) -> None:
    for word in ("panel", "analyte"):
        assert run("show", f"{word}s").out == run("show", word).out
    assert run("show", "panels", "hhs-urine").out == run("show", "panel", "hhs-urine").out
    assert run("show", "substances").out == run("show").out


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('sources = ["hhs2025"]', "sources = []", "no-evidence"),
        ('sources = ["hhs2025"]', 'sources = ["hhs2025", "nobody"]', "missing-source"),
        ("until = 2010-10-01", "from = 2010-10-01\nuntil = 2010-10-01", "reversed-range"),
    ],
)
def test_a_test_without_a_known_source_or_a_day_is_found(old: str, new: str, code: str) -> None:
    texts = {"edition.toml": HEAD, "panels.toml": PANEL.replace(old, new, 1)}
    with pytest.raises(ketref.RulesError) as caught:
        load_texts(texts)
    assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize("name", ["ketamine", "cocaine", "oxazepam", "coca-tea", "naloxone", "ghb"])
def test_a_substance_is_shown_on_two_screens_and_in_full_where_asked(run: Any, name: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    short, full = (run("show", name, *flags).out for flags in ([], ["--full"]))
    assert len(short.splitlines()) <= 50
    bars = "\n".join(run("detect", name).out.splitlines()[1:2])
    assert bars in short
    data = run("show", name, "--format=json").json["data"]
    for section, entries in data.items():
        if section != "substance" and entries:
            assert f"{section} {len(entries)}" in " ".join(short.split())
            assert f"{section}: {len(entries)}" in full
            assert all(entry["id"] in full for entry in entries)


def test_a_substance_is_shown_with_its_names(run: Any) -> None:
    said = run("show", "weed").out.splitlines()
    assert said[0] == "cannabis: a drug"
    assert any(line.strip().startswith("on the street: ") and "weed" in line for line in said)


def test_a_substance_that_is_an_analyte_too_says_what_that_comes_from(run: Any) -> None:
    form = valid("show-id.answer.schema.json", run("show", "oxazepam", "--format=json").json)
    assert {"oxazepam", "diazepam", "temazepam", "chlordiazepoxide"} <= set(form["also"]["comes_of"])
    said = " ".join(run("show", "oxazepam").out.split())
    assert (
        f"Also an analyte: it comes from {', '.join(form['also']['comes_of'])} (ketref show analyte oxazepam)" in said
    )
    for none in ("cannabis", "OXZ-W002"):
        assert run("show", none, "--format=json").json["also"] is None
        assert "Also an analyte" not in run("show", none).out
