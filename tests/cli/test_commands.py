"""What does a command print, where, and with which exit code?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import ketref
from ketref.cli.main import main
from ketref.output.text import moment
from support.faults import SOUND, Fault

DATA = Path(__file__).parents[1] / "data" / "cli"
ANSWERED, FINDINGS, USAGE, RULES, INPUT, INTERNAL = 0, 1, 2, 3, 4, 70


def process(words: Sequence[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`ketref WORDS...` in a process of its own."""
    env = {**os.environ, "COLUMNS": "80", **environment}
    return subprocess.run([sys.executable, "-m", "ketref", *words], capture_output=True, env=env, check=False)


# ---------------------------------------------------------------- the text of each kind of answer

PINNED = {
    "detect": ["detect", "ketamine", "--matrix=urine", "--since=36 h", "--method=gc-ms", "--cutoff=25 ng/mL"],
    "detect-disagreement": ["detect", "ketamine", "--matrix=blood", "--since=30 h", "--age=70"],
    "detect-window": ["detect", "esketamine", "--matrix=oral-fluid"],
    "detect-unknown": ["detect", "ketamine", "--matrix=breast-milk", "--since=6 h"],
    "detect-full": ["detect", "ketamine", "--matrix=urine", "--since=36 h", "--method=gc-ms", "--full"],
    "detect-sources": ["detect", "ketamine", "--matrix=plasma", "--since=6 h", "--sources", "--factors"],
    "detect-specimens": ["detect", "ketamine", "--since=3 d"],
    "effects": ["effects", "esketamine", "--route=nasal", "--since=50 min", "--dose=84 mg"],
    "effects-full": ["effects", "esketamine", "--route=nasal", "--since=50 min", "--dose=84 mg", "--full"],
    "cautions": ["cautions", "esketamine", "aneurysm"],
    "cautions-unknown": ["cautions", "ketamine", "left-handedness"],
    "show": ["show", "KET-W004"],
}


@pytest.mark.parametrize("name", PINNED)
def test_an_answer_reads_as_pinned(name, run):
    """KETREF_UPDATE=1 pins what is printed now: read the difference before you keep it."""
    ran = run(*PINNED[name])
    out = re.sub(r"digest sha256:\w+", "digest sha256:...", ran.out)
    out = re.sub(r"(edition\s+\S+) \(\w{8}\)", r"\1 (...)", out)
    file = DATA / f"{name}.txt"
    if os.environ.get("KETREF_UPDATE"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(out, encoding="utf-8")
    assert (ran.code, ran.err) == (ANSWERED, "")
    assert out == file.read_text(encoding="utf-8")


def test_the_findings_of_a_book_read_as_pinned(run, folder):
    texts = Fault("", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]').texts
    texts["sources.toml"] += "link = 1\n"
    ran = run("check", folder(texts))
    file = DATA / "check.txt"
    if os.environ.get("KETREF_UPDATE"):
        file.write_text(ran.out, encoding="utf-8")
    assert (ran.code, ran.err) == (FINDINGS, "")
    assert ran.out == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (300, "5 min"),
        (5_400, "1 h 30 min"),
        (86_400, "24 h"),
        (86_401, "just over 24 h"),
        (172_800, "2 d"),
        (176_400, "49 h"),
        (2_592_001, "just over 30 d"),
    ],
)
def test_a_moment_is_written_no_finer_than_it_is(seconds, text):
    assert moment(seconds) == text


# ---------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("detekt ketamine", "detekt"),
        ("detect", "substance"),
        ("detect ketamine --matrix", "--matrix"),
        ("detect ketamine --matr urine", "did you mean `matrix`"),
        ("detect ketamine --matrix urine --format xml", "xml"),
        ("detect ketamine --matrix urine --since", "--since"),
        ("detect ketamine --matrix urine 36", "`36`"),
        ("detect ketamine --matrix urine --substance esketamine", "`--substance` is not a factor"),
        ("detect ketamine --matrix urine -- --rules book", "`--` is one word too many"),
        ("effects ketamine --route oral -- --since=1h", "`--` is one word too many"),
        ("detect ketamine --matrix urine --since 36", "`36` is not a duration"),
        ("detect ketamine --matrix urine --since=-1h", "`-1h` is not a duration"),
        ("detect ketamine --matrix urine --since nan", "`nan` is not a duration"),
        ("detect ketamine --matrix urine --since inf", "`inf` is not a duration"),
        ("detect ketamine --matrix urine --since 1h --taken 2026-03-01", "two ways"),
        ("detect ketamine --matrix urine --at 2026-03-01", "`taken` is missing"),
        ("detect ketamine --matrix urine --taken 2026-03-02 --at 2026-03-01", "before the dose"),
        ("detect ketamine --matrix urine --taken 2026-03-01T10:00+99:00 --at 2026-03-02", "2026-03-01T10:00+99:00"),
        ("detect ketamine --matrix urine --cutoff 25", "`25` is not a number with a unit"),
        ("detect ketamine --matrix hair --cutoff 25ng/mL", "pg/mg"),
        ("detect ketamine --matrix urine --dose 84", "`84` is not a number with a unit"),
        ("detect ketamine --matrix urine --weight 0", "0 kg is not a weight"),
        ("detect ketamine --matrix urine --weight 0kg", "0 kg is not a weight"),
        ("detect ketamine --matrix urine --route intravenous-bolus --infusion 40min", "has no duration"),
        ("detect ketamine --matrix urine --source nobody", "unknown source `nobody`"),
        ("effects ketamine", "--route"),
        ("effects ketamine --route nasal --matrix urine", "`matrix`"),
        ("cautions", "substance"),
        ("cautions ketamine head --age 70", "--age"),
        ("show KET-W999", "unknown substance, rule or source `KET-W999`"),
        ("show ketamine doses", "unknown section `doses`"),
        ("export --format csv", "csv"),
    ],
)
def test_wrong_usage_is_exit_2_with_a_reason_on_stderr_and_nothing_on_stdout(words, said, run):
    ran = run(*words.split())
    assert (ran.code, ran.out) == (USAGE, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_condition_is_wrong_usage(empty, run):
    ran = run("cautions", "ketamine", empty)
    assert (ran.code, ran.out) == (USAGE, "")


@pytest.mark.parametrize(
    ("flag", "word", "hint"),
    [
        ("--matrix", "urin", "did you mean `urine`"),
        ("--route", "intravenus", "did you mean `intravenous`"),
        ("--method", "gsms", "did you mean `gc-ms`"),
        ("--analyte", "norketamin", "did you mean `norketamine`"),
        ("--pattern", "cronic", "did you mean `chronic`"),
        ("--matrix", "tear", "known: blood, breast-milk, breath"),
        ("--smoker", "yes", "known: age, "),
        ("--agee", "70", "did you mean `age`"),
        ("--liver", "sever", "did you mean `severe`"),
        ("--liver", "bad", "known: mild, moderate, normal, severe"),
        ("--age", "old", "a number of years"),
        ("--age", "nan", "a number of years"),
        ("--age", "-5", "a number of years"),
        ("--age", "7_0", "a number of years"),
    ],
)
def test_an_unknown_word_is_answered_with_what_was_meant_or_what_there_is(flag, word, hint, run):
    ran = run("detect", "ketamine", "--matrix=urine", f"{flag}={word}")
    assert (ran.code, ran.out) == (USAGE, "")
    assert hint in ran.err
    assert f"`{word}`" in ran.err or f"`{flag[2:]}`" in ran.err


def test_a_flag_of_another_command_is_not_suggested_to_itself(run):
    assert "did you mean `matrix`" not in run("effects", "ketamine", "--route=nasal", "--matrix=urine").err


def test_an_unknown_substance_is_answered_with_what_was_meant(run):
    ran = run("detect", "ketamin", "--matrix=urine")
    assert (ran.code, ran.out) == (USAGE, "")
    assert ran.err == "ketref: unknown substance `ketamin`\nhint: did you mean `ketamine` or `esketamine`?\n"


COMMANDS = [
    ["detect", "xamine", "--matrix=urine"],
    ["effects", "xamine", "--route=oral"],
    ["cautions", "xamine"],
    ["show", "xamine"],
    ["export"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_unsound_rules_are_exit_3_with_their_findings_on_stderr(command, run, folder):
    path = folder(Fault("", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]').texts)
    ran = run(*command, "--rules", path)
    assert (ran.code, ran.out) == (RULES, "")
    assert "xamine/windows.toml:5: error[claim-outside-evidence]: " in ran.err


@pytest.mark.parametrize("command", [*COMMANDS, ["check"]], ids=lambda command: command[0])
def test_a_missing_folder_is_exit_4(command, run, tmp_path):
    ran = run(*command, "--rules", tmp_path / "nowhere")
    assert (ran.code, ran.out) == (INPUT, "")
    assert "does not exist" in ran.err


@pytest.mark.parametrize("command", [*COMMANDS, ["check"]], ids=lambda command: command[0])
def test_an_own_folder_answers_every_command(command, run, folder):
    ran = run(*command, "--rules", folder(SOUND))
    assert (ran.code, ran.err) == (ANSWERED, "")
    assert bool(ran.out) == (command != ["check"])


def test_check_takes_its_folder_as_an_argument_and_gives_its_findings_as_json(run, folder):
    path = folder(Fault("", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]').texts)
    ran = run("check", path, "--format=json")
    (finding,) = ran.json["findings"]
    assert (ran.code, ran.json["schema"]) == (FINDINGS, "ketref.check/1")
    assert (finding["file"], finding["line"], finding["code"], finding["level"]) == (
        "xamine/windows.toml",
        5,
        "claim-outside-evidence",
        "error",
    )


def test_an_internal_error_is_exit_70_without_a_traceback(run, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("by accident")

    monkeypatch.delenv("KETREF_TRACEBACK", raising=False)
    from ketref.answers import detect

    monkeypatch.setattr(detect, "detect", broken)
    ran = run("detect", "ketamine", "--matrix=urine")
    assert (ran.code, ran.out) == (INTERNAL, "")
    assert "internal error: ZeroDivisionError: by accident" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["detect", "--help"]], ids=" ".join)
def test_help_and_version_are_data(words, run):
    ran = run(*words)
    assert (ran.code, ran.err) == (ANSWERED, "")
    assert "ketref" in ran.out


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    "words",
    [*PINNED.values(), ["check"], ["export"], ["show", "esketamine"], ["show", "ketamine", "windows"]],
    ids=lambda words: " ".join(words[:2]),
)
def test_json_is_one_document_of_plain_json(words, run):
    ran = run(*words, "--format=json")
    assert (ran.code, ran.err) == (ANSWERED, "")
    assert isinstance(ran.json, dict)


@pytest.mark.parametrize("words", [["detect", "ketamine", "--matrix=urine"], ["cautions", "ketamine", "naïveté"]])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_stays_json_on_a_stream_that_is_not_utf_8(words, encoding):
    ran = process([*words, "--format=json"], PYTHONIOENCODING=encoding)
    assert ran.returncode == ANSWERED
    assert json.loads(ran.stdout.decode(encoding))["question"]["substance"] == "ketamine"


# ---------------------------------------------------------------- factors


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("age", "70", "70 years"),
        ("age", "0 years", "0 years"),
        ("bmi", "31.5", "31.5 kg/m2"),
        ("liver", "severe", "severe"),
        ("liver", "Normal", "normal"),
        ("kidney", "mild", "mild"),
        ("sex", "female", "female"),
        ("hair-colour", "black", "black"),
    ],
)
@pytest.mark.parametrize(
    "command", [["detect", "ketamine", "--matrix=urine"], ["effects", "esketamine", "--route=nasal"]]
)
def test_a_given_factor_always_changes_the_output(name, value, shown, command, run):
    asked = [*command, f"--{name}={value}"]
    text, data = run(*asked), run(*asked, "--format=json")
    assert (text.code, data.code) == (ANSWERED, ANSWERED)
    assert text.out != run(*command).out
    assert f"\n  {name} {shown}: " in text.out
    assert {(f["factor"], f["given"]) for f in data.json["factors"] if f["given"] is not None} == {(name, shown)}


def test_a_factor_may_be_given_in_one_word_or_in_two(run):
    detect = ["detect", "ketamine", "--matrix=urine"]
    assert run(*detect, "--age=70").out == run(*detect, "--age", "70").out


def test_a_factor_given_twice_is_used_twice_or_refused(run):
    ran = run("detect", "ketamine", "--matrix=urine", "--comedication=ticlopidine", "--comedication=grapefruit")
    assert ran.code == USAGE or "\n  comedication ticlopidine" in ran.out


@pytest.mark.parametrize("words", [["--age="], ["--age"], ["--liver", ""]])
def test_a_factor_without_a_value_is_refused(words, run):
    assert run("detect", "ketamine", "--matrix=urine", *words).code == USAGE


# ---------------------------------------------------------------- terminals and streams

NARROW = [*PINNED.values(), ["show", "ketamine"], ["show", "esketamine", "effects"], ["cautions", "ketamine"]]


@pytest.mark.parametrize("words", NARROW, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize("columns", [40, 100])
def test_no_line_is_longer_than_the_terminal(words, columns, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    long = [line for line in run(*words).out.splitlines() if len(line) > columns]
    assert [line for line in long if len(line.split()) > 1] == []


@pytest.mark.parametrize("columns", ["1", "0", "-5", "wide", "100000"])
def test_an_odd_terminal_is_no_error(columns, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    ran = run("detect", "ketamine", "--matrix=urine")
    assert ran.code == ANSWERED
    assert max(map(len, ran.out.splitlines())) <= 100


def test_a_reader_that_stops_early_is_no_error():
    command = [sys.executable, "-m", "ketref", "export"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == ANSWERED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("to", [">/dev/full", ">&-"], ids=["full", "closed"])
@pytest.mark.parametrize("words", ["export", "--help", "--version", "detect --help"])
def test_an_output_that_takes_nothing_is_no_bug_of_ketref(words, to):
    shell = ["sh", "-c", f'exec "$0" -m ketref {words} {to}', sys.executable]
    ran = subprocess.run(shell, capture_output=True, check=False)
    assert ran.returncode == INPUT
    assert b"bug" not in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_every_locale_gives_the_same_bytes():
    words = ["effects", "esketamine", "--route=nasal", "--since=50 min"]
    printed = {process(words, LC_ALL=locale, LANG=locale).stdout for locale in ("C", "C.UTF-8", "de_CH.UTF-8")}
    assert len(printed) == 1
    assert b"41 % (control 9 %)" in printed.pop()


def test_the_command_and_the_module_are_the_same(run):
    words = ["detect", "ketamine", "--matrix=urine", "--since=36 h"]
    ran = process(words)
    assert (ran.returncode, ran.stderr) == (ANSWERED, b"")
    assert ran.stdout.decode() == run(*words).out == f"{ketref.detect('ketamine', matrix='urine', since='36 h')}\n"
    assert main.__module__ == "ketref.cli.main"


# ---------------------------------------------------------------- show and export


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("KET-W004", "window KET-W004"),
        ("ket-w004", "window KET-W004"),
        ("ESK-C001", "caution ESK-C001"),
        ("KET-F001", "factor KET-F001"),
        ("psilolab-2023", "source psilolab-2023"),
        ("Spravato", "esketamine (S-ketamine): a drug"),
    ],
)
def test_show_finds_a_rule_a_factor_a_source_or_a_substance(word, shown, run):
    ran = run("show", word)
    assert ran.code == ANSWERED
    assert ran.out.splitlines()[0] == shown


@pytest.mark.parametrize(
    "section", ["windows", "phases", "effects", "cautions", "factors", "identifiers", "formulations"]
)
def test_show_gives_every_section_of_a_substance(section, run):
    ran = run("show", "ketamine", section, "--format=json")
    assert ran.code == ANSWERED
    assert ran.json["data"]
    assert f"{section}: {len(ran.json['data'])}" in run("show", "ketamine", section).out.splitlines()[0]


def test_export_holds_every_rule_and_every_source(run, book):
    data = run("export").json
    sections = [section for substance in data["substances"].values() for section in substance.values()]
    sections += [data["panels"], data["reactivities"], data["classes"], data["interpretations"], data["validity"]]
    rules = {rule["id"] for section in sections if isinstance(section, list) for rule in section}
    assert set(book.owners()) - set(book.sources) <= rules
    assert set(data["sources"]) == set(book.sources)
    assert (data["edition"], data["digest"]) == (book.edition, book.digest)


@pytest.mark.parametrize(
    "text",
    ['"28 mg"', "30 h", "2026-11-23", "1-2-3", "12.5", "Seen once.", "assessment", "tablet", "table 3"],
)
def test_export_loses_nothing_that_the_files_say(text, run, folder):
    assert text.strip('"') in run("export", folder(SOUND)).out


def test_what_is_told_of_a_record_is_on_standard_error_too(run, tmp_path):
    doses, results = tmp_path / "doses.csv", tmp_path / "results.csv"
    doses.write_text("substance,start,SS\nketamine,2026-03-01T10:00Z,1\nbromazepam,2026-03-01T10:00Z,\n")
    results.write_text("matrix,time,outcome,specimen_validity\nurine,2026-03-01T14:00Z,positive,dilute\n")
    history = ("history", doses, "--at", "2026-03-02T10:00Z", "--matrix", "urine")
    infer = ("infer", results, "--doses", doses)
    for asked, columns in ((history, {"SS"}), (infer, {"SS", "specimen_validity"})):
        told = run(*asked, "--format", "json")
        assert told.code == 0
        assert told.err.splitlines() == [f"ketref: {note}" for note in told.json["notes"]]
        assert all(f"`{name}`" in told.err for name in columns)
        assert "left out" in told.err
        assert run(*asked).err == told.err


# ---------------------------------------------------------------- words that were typed in vain


@pytest.mark.parametrize(
    ("words", "flags"),
    [(("help",), ("--help",)), (("help", "detect"), ("detect", "--help")), (("version",), ("--version",))],
)
def test_help_and_version_are_understood_as_words(run, words, flags):
    assert (run(*words).code, run(*words).out) == (0, run(*flags).out)


def test_a_part_of_an_id_of_a_source_brings_the_whole(run):
    ran = run("show", "ketau")
    assert ran.code == 2
    assert "did you mean `mayo-ketau`" in ran.err


def test_a_word_of_laboratories_for_a_substance_is_pointed_to_it(run):
    ran = run("detect", "K", "--matrix", "urine")
    assert ran.code == 2
    assert "did you mean `ketamine`" in ran.err
    assert "analyte" not in ran.err


def test_a_heading_that_is_nearly_a_key_brings_its_rename(run, tmp_path):
    file = tmp_path / "results.csv"
    file.write_text("Analyt;time;outcome\nnorketamine;2026-11-28T08:15Z;ND\n", encoding="utf-8")
    assert "--rename analyte=Analyt" in run("infer", str(file)).err
