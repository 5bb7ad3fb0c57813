"""Does `ketref check` show what it found where it stands, understand what it is given, and say when all is well?"""

from __future__ import annotations

import sys

import pytest

from ketref.errors import Finding
from ketref.output.finding_text import finding_text
from ketref.review.explaining import codes
from support.faults import SOUND

OURS = 'edition = "1"\nformat = 1\nname = "our laboratory"\nextends = "shipped"\n'
WINDOW = """[[window]]
id = "LAB-W001"
when = { matrix = "urine", analyte = "any" }
detectable_until = { latest = "8 d" }
confidence = "low"
reviewed = 2026-11-28

[[window.evidence]]
source = "page"
locator = "page"
says = "None after eight days."
waive = {}
"""


@pytest.mark.parametrize(
    ("line", "message", "mark"),
    [
        ('until = "8 moons"', "`8 moons` is not a duration", "8 moons"),
        ('until = "8 d"', "a boundary is a table", '"8 d"'),
        ("  [[window]", "Expected `]]`", "[[window]"),
        ('until = ["3 d", "12 d"]', "the end of `until` is `12 d`", "12 d"),
    ],
)
def test_a_mark_stands_below_what_is_wrong(line, message, mark):
    _, shown, below, hint = finding_text(Finding("w.toml", 17, "x-y", message, "do this"), line).split("\n")
    assert shown == f"   17 | {line}"
    assert shown[below.index("^") : below.rindex("^") + 1] == mark
    assert hint == "  hint: do this"


def test_where_there_is_no_line_the_finding_stands_alone():
    finding = Finding("w.toml", 1, "missing-file", "it is missing", "write it")
    assert finding_text(finding, "") == str(finding)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('"low"', "\u201clow\u201d", "word processors"),
        ('"low"', '"low', "one of them is missing"),
        ('"low"', "low", 'between quotes: "..."'),
        ("2026-11-28", "2,5", "write 2.5"),
        ('{ latest = "8 d" }', '"8 d"', '{ latest = "8 d" }'),
        ('"8 d"', '"4,5 h"', '"270 min"'),
    ],
)
def test_a_slip_in_a_file_has_a_hint_and_its_line(old, new, hint, run, folder):
    where = folder(SOUND | {"xamine/windows.toml": WINDOW.replace(old, new)})
    ran = run("check", where)
    assert ran.code == 1
    assert new in ran.out
    assert "^" in ran.out
    assert hint in ran.out


@pytest.mark.parametrize("name", ["Xamine", "stuff"])
def test_a_folder_that_is_of_no_substance_is_a_finding(name, run, folder):
    where = folder(SOUND | {f"{name}/windows.toml": WINDOW})
    ran = run("check", where)
    assert ran.code == 1
    assert f"{name}/substance.toml:1: error[missing-file]" in ran.out
    assert ("name the folder `xamine`" in ran.out) == (name == "Xamine")


def test_a_file_or_a_substance_is_checked_in_its_book_and_the_rest_is_counted(run, folder):
    where = folder(
        SOUND | {"xamine/windows.toml": WINDOW.replace('"8 d"', '"8 moons"'), "other/windows.toml": "odd = 1\n"}
    )
    everything = run("check", where).out
    for inside in ("xamine", "xamine/windows.toml"):
        ran = run("check", where / inside)
        assert ran.code == 1
        assert "8 moons" in ran.out
        assert "other/" not in ran.out
        assert "more in other files" in ran.err
    assert "other/windows.toml" in everything
    other = run("check", where / "edition.toml")
    assert (other.code, other.out) == (1, "")


def test_on_a_terminal_it_says_that_all_is_well_and_in_a_pipe_nothing(run, folder, monkeypatch):
    where = folder({"edition.toml": OURS})
    assert run("check", where).out == ""
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)
    assert "1 file, 0 rules, 0 cases: all is well" in run("check", where).out


def test_every_code_that_a_finding_may_have_is_explained(run):
    assert len(codes()) > 60
    for code in ("missing-file", "blood-longer"):
        ran = run("check", "--explain", code)
        assert ran.code == 0
        assert "What:" in ran.out
        assert "Instead:" in ran.out
