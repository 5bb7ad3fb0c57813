"""Is everything that is wrong with a command line told at once, what is near first, and in JSON where that is asked?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ketref.cli import main as command_line
from ketref.cli.main import _COMMANDS
from ketref.cli.printing import ANSWERED, FINDINGS, INPUT, RULES, USAGE

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_bare_command_shows_help_with_groups_and_an_example(run):
    ran = run()
    assert (ran.code, ran.err) == (ANSWERED, "")
    assert ran.out == run("--help").out
    assert all(title in ran.out for title in ("Ask:", "Ask many:", "your own:"))
    assert all(f"\n    {name} " in ran.out for name in _COMMANDS)
    assert "Example:" in ran.out


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_help_of_every_command_ends_with_an_example_of_it(command, run):
    ran = run(command, "--help")
    assert ran.code == ANSWERED
    assert ran.out.rstrip().rpartition("Example:\n  ")[2].startswith(f"ketref {command}")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("detct ketamine", "`detect`"),
        ("effect ketamine --route oral", "`effects`"),
        ("show --frmat json", "`--format`"),
        ("detect ketamine --matirx urine", "`matrix`"),
        ("detect ketamine --matirx urine --since", "`--matrix`"),
        ("check --explain missing-fil", "`missing-file`"),
    ],
)
def test_what_is_near_is_offered_first(words, near, run):
    ran = run(*words.split())
    assert (ran.code, ran.out) == (USAGE, "")
    assert f"did you mean {near}" in ran.err


def test_all_slips_of_a_line_are_told_at_once(run):
    ran = run("detect", "ketamine", "--sinc", "3 d", "--format", "xml", "--matrix")
    assert ran.code == USAGE
    assert "3 things cannot be understood" in ran.err
    assert all(f"`{one}`" in ran.err for one in ("--sinc", "--since", "xml", "--matrix"))
    ran = run("detect", "ketamin", "--matrix", "urin", "--since", "3 moons")
    assert all(f"`{one}`" in ran.err for one in ("ketamin", "urin", "3 moons"))


def test_a_factor_is_a_flag_beside_another_slip(run):
    ran = run("detect", "ketamine", "--age", "70", "--format", "xml")
    assert "`xml`" in ran.err
    assert "--age" not in ran.err


def test_specimen_is_another_name_of_matrix(run):
    words = ("detect", "ketamine", "--since", "3 d", "--format", "json")
    assert run(*words, "--specimen", "urine").json == run(*words, "--matrix", "urine").json


def test_a_product_brings_its_route_and_a_substance_is_asked_for_one(run):
    assert run("effects", "Spravato", "--format", "json").json["question"]["route"] == "nasal-spray"
    ran = run("effects", "ketamine")
    assert ran.code == USAGE
    assert "--route" in ran.err
    assert "intramuscular" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "kind", "value"),
    [
        ("detect ketamin --matrix urine", USAGE, "unknown-word", "ketamin"),
        ("detct ketamine", USAGE, "unknown-word", "detct"),
        ("detect ketamine --matrix urine --since", USAGE, "not-understood", "--since"),
        ("detect ketamine --matrix urine --rules nowhere", INPUT, "not-readable", "nowhere"),
        ("check nowhere", INPUT, "not-readable", "nowhere"),
    ],
)
def test_errors_are_json_where_json_is_asked_for_with_the_same_exit_code(words, code, kind, value, run):
    plain = run(*words.split())
    command, *rest = words.split()
    ran = run(command, "--format=json", *rest)
    assert (plain.code, ran.code, ran.err) == (code, code, "")
    form = json.loads(ran.out)
    jsonschema.validate(form, json.loads((SCHEMAS / "error.answer.schema.json").read_text("utf-8")))
    assert (form["schema"], form["error"]["kind"], form["error"]["value"]) == ("ketref.error/1", kind, value)
    assert form["errors"] == [form["error"]]


def test_a_json_error_has_candidates_and_hint_and_every_slip(run):
    form = json.loads(run("detect", "ketamin", "--matrix", "urin", "--format", "json").out)
    assert [one["value"] for one in form["errors"]] == ["ketamin", "urin"]
    assert "ketamine" in form["error"]["candidates"]
    assert "did you mean" in form["error"]["hint"]


def test_rules_that_are_not_sound_are_json_with_their_findings(run, folder):
    where = folder({"edition.toml": 'edition = "1"\nformat = 1\nname = "x"\nextends = "shipped"\nodd = 1\n'})
    ran = run("detect", "ketamine", "--matrix", "urine", "--rules", where, "--format", "json")
    assert ran.code == RULES
    form = json.loads(ran.out)
    jsonschema.validate(form, json.loads((SCHEMAS / "error.answer.schema.json").read_text("utf-8")))
    assert form["error"]["kind"] == "rules-not-sound"
    assert [finding["code"] for finding in form["findings"]] == ["unknown-key"]


def test_an_internal_error_is_json_too(run, monkeypatch):
    monkeypatch.setattr(command_line, "_answer", lambda _: 1 / 0)
    ran = run("show", "--format", "json")
    assert json.loads(ran.out)["error"]["kind"] == "internal-error"
    assert FINDINGS != ran.code != ANSWERED
