"""Which bytes are in a folder, and what TOML do they hold? Reading is bounded, and nothing is ever a traceback."""

from __future__ import annotations

import os

import pytest

import ketref
from faults import SOUND, WINDOWS
from ketref import reading
from ketref.audit import check_folder

CODES = {"unreadable-file", "not-utf-8", "nul-byte", "broken-toml", "toml-1.1"}
"""The codes that are tested here."""

FILE = "xamine/windows.toml"


@pytest.fixture
def sound(folder):
    """The folder of a sound book."""
    return folder(SOUND)


def codes(path):
    return [(finding.file, finding.line, finding.code) for finding in check_folder(path)]


# ---------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"window = [\n", 2, "broken-toml"),
        (b"\n\nwindow = \n", 3, "broken-toml"),
        (b"a = 1\na = 2\n", 2, "broken-toml"),
        (b"[[window]]\nid = x\n", 2, "broken-toml"),
        (b"a = " + b"9" * 5000, 1, "broken-toml"),
        (b"\xef\xbb\xbfwindow = []\n", 1, "broken-toml"),  # a byte-order mark
        (b"# fine\nid = '\xff'\n", 2, "not-utf-8"),
        ("window = []\n".encode("utf-16"), 1, "not-utf-8"),
        (b"# fine\n\nid = '\0'\n", 3, "nul-byte"),
    ],
    ids=repr,
)
def test_what_is_no_toml_is_found_on_its_line(folder, content, line, code):
    assert (FILE, line, code) in codes(folder({**SOUND, FILE: content}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ matrix = "urine", analyte', '{ matrix = "urine",\nanalyte'),
        ('analyte = "any" }', 'analyte = "any", }'),
        ('"table 1"', '"table\\x201"'),
    ],
    ids=["line end in an inline table", "last comma", "escape"],
)
def test_what_only_toml_1_1_allows_is_found_on_its_line(folder, old, new):
    line = WINDOWS[: WINDOWS.index(old)].count("\n") + 1
    assert codes(folder({**SOUND, FILE: WINDOWS.replace(old, new, 1)})) == [(FILE, line, "toml-1.1")]


@pytest.mark.parametrize("opening", ["[", "{a=", "a."])
@pytest.mark.parametrize("depth", [100, 300, 350, 400, 450, 1000, 50_000])
def test_deep_nesting_is_a_finding_and_no_recursion_error(folder, opening, depth):
    closing = {"[": "]", "{a=": "}", "a.": ""}[opening]
    deep = f"{opening * depth}a = 1" if opening == "a." else f"a = {opening * depth}1{closing * depth}"
    assert {line for _, line, _ in codes(folder({**SOUND, FILE: deep + "\n"}))} == {1}


def test_windows_line_ends_do_not_move_the_lines(folder):
    broken = WINDOWS.replace("confidence", "confidance", 1).replace("\n", "\r\n")
    assert codes(folder({**SOUND, FILE: broken})) == [(FILE, 6, "unknown-key")]


def test_a_large_file_is_refused_before_it_is_read(sound):
    with (sound / FILE).open("r+b") as file:
        file.truncate(2**43)  # more than any memory holds
    assert codes(sound) == [(FILE, 1, "unreadable-file")]


@pytest.mark.parametrize(
    ("record", "problems"), [("key{n} = 1\n", 1), ('[[window]]\nid = "X{n}"\n', 2)], ids=["keys", "rules"]
)
def test_the_time_to_find_problems_grows_with_their_number_only(folder, steps, record, problems):
    def found(records: int) -> int:
        return len(codes(folder({**SOUND, FILE: "".join(record.format(n=n) for n in range(records))})))

    assert found(1500) == 1500 * problems
    some, twice = (steps(lambda records=records: found(records)) for records in (700, 1400))
    assert twice < 2.5 * some


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.toml", "nowhere.toml", "windows.toml"])
def test_a_link_out_of_the_folder_to_nowhere_or_to_itself_is_not_followed(sound, target):
    (sound.parent / "outside.toml").write_text(WINDOWS)
    (sound / FILE).unlink()
    (sound / FILE).symlink_to(target if target != "../outside.toml" else sound.parent / "outside.toml")
    assert codes(sound) == [(FILE, 1, "unreadable-file")]


def test_a_linked_folder_is_not_followed(sound, rules):
    (sound / "ketamine").symlink_to(rules / "ketamine")
    assert {code for _, _, code in codes(sound)} == {"unreadable-file"}


def test_a_link_within_the_folder_is_read(sound):
    (sound / FILE).rename(sound / "xamine" / "text")
    (sound / FILE).symlink_to("text")
    assert codes(sound) == []


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_read(sound, make):
    (sound / FILE).unlink()
    make(sound / FILE)
    assert codes(sound) == [(FILE, 1, "unreadable-file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(sound):
    (sound / FILE).chmod(0)
    assert codes(sound) == [(FILE, 1, "unreadable-file")]


def test_other_files_and_deeper_folders_are_no_rules(sound):
    (sound / "README.md").write_text("not TOML")
    (sound / "xamine" / "notes").mkdir()
    (sound / "xamine" / "notes" / "draft.toml").write_text("not TOML")
    assert codes(sound) == []


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing", "does not exist"), ("empty", "holds no rule files"), ("book/edition.toml", "is not a folder")],
)
def test_a_missing_or_an_empty_folder_is_an_input_error(sound, name, message):
    (sound.parent / "empty").mkdir()
    path = sound.parent / name
    with pytest.raises(ketref.InputError, match=message) as error:
        ketref.load(path)
    assert error.value.path == str(path)


@pytest.mark.parametrize("path", ["a\0b", "a" * 5000, 5, b"rules"], ids=lambda path: repr(path)[:10])
def test_what_is_no_folder_is_an_error_of_ketref(path):
    with pytest.raises(ketref.KetrefError):
        ketref.load(path)


def test_too_many_files_are_refused(sound, monkeypatch):
    monkeypatch.setattr(reading, "MOST_FILES", len(SOUND))
    assert codes(sound) == []
    (sound / "xamine" / "more.toml").touch()
    with pytest.raises(ketref.InputError, match=f"more than {len(SOUND)}"):
        ketref.load(sound)


# ---------------------------------------------------------------- the digest


def digest(texts):
    return reading.digest({name: text.encode() for name, text in texts.items()})


def test_the_digest_does_not_depend_on_the_order_of_files():
    assert digest(SOUND) == digest(dict(reversed(SOUND.items())))


@pytest.mark.parametrize(
    "other",
    [
        {**SOUND, FILE: WINDOWS + "\n"},
        {**SOUND, "xamine/more.toml": ""},
        {name.replace("cases", "phases2"): text for name, text in SOUND.items()},
        {**SOUND, "edition.toml": SOUND["terms.toml"], "terms.toml": SOUND["edition.toml"]},
    ],
    ids=["bytes", "file", "name", "exchange"],
)
def test_the_digest_depends_on_every_name_and_byte(other):
    assert digest(other) != digest(SOUND)
