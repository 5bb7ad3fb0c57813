"""Which bytes are in a folder, and what TOML do they hold? Reading is bounded, and nothing is ever a traceback."""

from __future__ import annotations

import os

import pytest

import ketref
from ketref.book import reading
from ketref.review.check import check_folder
from support.faults import SOUND, WINDOWS

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
        ('analyte = "any" }', 'analyte = "any" # of all\n}'),
    ],
    ids=["line end in an inline table", "last comma", "escape", "remark in an inline table"],
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


@pytest.mark.parametrize("key", ["a", '"b.c"', "'d'", "e "])
@pytest.mark.parametrize("text", ["[{}]", "[[{}]]", "{} = 1", "x = {{ {} = 1 }}", "x = {{ y = 1, {} = 2 }}"])
def test_a_key_of_many_parts_is_not_parsed(folder, monkeypatch, key, text):
    monkeypatch.setattr(reading.tomli, "loads", lambda text: pytest.fail("parsed") if key in text else {})
    deep = text.format(".".join([key] * (reading.DEEPEST_KEY + 1)))
    finding = reading.parse(FILE, f"# fine\n{deep}\n".encode())
    assert (finding.line, finding.code) == (2, "broken-toml")
    assert str(reading.DEEPEST_KEY) in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "[{}]".format(".".join(["a"] * reading.DEEPEST_KEY)),
        'a = "{}"'.format(". ".join(["Smith"] * 50)),
        "# {}".format(".".join(["a"] * 50)),
        "a = [{}]".format(", ".join(["1.5"] * 50)),
    ],
)
def test_many_dots_alone_are_no_matter(text):
    assert isinstance(reading.parse(FILE, text.encode()), dict)


def test_a_byte_order_mark_is_named_with_what_to_do(folder):
    (finding,) = check_folder(folder({**SOUND, FILE: b"\xef\xbb\xbf" + WINDOWS.encode()}))
    assert (finding.file, finding.line, finding.code) == (FILE, 1, "broken-toml")
    assert "byte order mark" in finding.message
    assert "without" in finding.hint


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


EXTENDS = {"edition.toml": 'edition = "1"\nformat = 1\nname = "lab"\nextends = "shipped"\n'}


def make_pipe(path):
    os.mkfifo(path)


def make_link(path):
    path.symlink_to("/etc/hostname")


def make_large(path):
    with path.open("wb") as file:
        file.truncate(reading.LARGEST_FILE + 1)


NAMES = ["other/substance.toml", "other/windows.toml", "ketamine/substance.toml", "wording.toml"]


@pytest.mark.parametrize(
    ("book", "make", "name"),
    [
        *((SOUND, make, name) for make in (make_pipe, make_link, make_large) for name in NAMES),
        *((EXTENDS, make_link, name) for name in NAMES),  # of these what is shipped is asked each time
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_wherever_it_lies(folder, run, book, make, name):
    path = folder({file: text for file, text in book.items() if file != name})
    (path / name).parent.mkdir(exist_ok=True)
    make(path / name)
    ran = run("check", path, "--format=json")
    assert ran.code == 1
    assert [(f["file"], f["line"], f["code"]) for f in ran.json["findings"]] == [(name, 1, "unreadable-file")]
    assert run("detect", "ketamine", "--matrix=urine", "--rules", path).code == 3


@pytest.mark.parametrize("name", [b"xamine/windows\xff.toml", b"x\xffmine/substance.toml"])
def test_a_name_that_is_not_utf_8_is_a_finding(sound, run, name):
    path = os.path.join(os.fsencode(sound), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").close()
    shown = name.decode("ascii", "backslashreplace")
    assert codes(sound) == [(shown, 1, "unreadable-file")]
    assert shown in run("check", sound).out
    ran = run("detect", "xamine", "--matrix=urine", "--rules", sound)
    assert (ran.code, shown in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("xamine/WINDOWS.TOML", "windows.toml"),
        ("xamine/Windows.toml", "windows.toml"),
        ("EDITION.toml", "edition.toml"),
        ("xamine/extra/windows.toml", "move"),
        ("xamine/extra/deeper/Substance.toml", "move"),
        ("xamine/window.TOML", "files:"),
    ],
)
def test_a_file_that_looks_like_one_of_rules_and_is_not_read_is_told(sound, name, says):
    (sound / name).parent.mkdir(parents=True, exist_ok=True)
    (sound / name).touch()
    (finding,) = check_folder(sound)
    assert (finding.file, finding.code) == (name, "unknown-file")
    assert says in finding.hint
    with pytest.raises(ketref.RulesError, match="unknown-file"):
        ketref.load(sound)


def test_a_folder_with_very_many_files_is_not_looked_through(sound, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ENTRIES", 50)
    (sound / ".git").mkdir()
    for folder, count in ((sound / ".git", 60), (sound / "xamine" / "texts", 60)):
        assert codes(sound) == []
        folder.mkdir(exist_ok=True)
        for n in range(count):
            (folder / str(n)).touch()
    with pytest.raises(ketref.InputError, match="more than 50 files"):
        ketref.load(sound)


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


class Folder:
    """What has a path and is neither a text nor a `Path`."""

    def __init__(self, path: object) -> None:
        self.path = path

    def __fspath__(self) -> object:
        return self.path


def test_a_folder_is_named_by_whatever_has_a_path(rules):
    asked = {"matrix": "urine", "since": "36 h"}
    assert ketref.detect("ketamine", **asked, rules=Folder(str(rules))).rule == ketref.detect("ketamine", **asked).rule
    with pytest.raises(ketref.UsageError, match="is not a folder"):
        ketref.load(Folder(b"rules"))


def test_the_cases_of_a_folder_without_a_substance_are_a_finding(folder):
    asked = 'ask = "detect"\nquestion = { matrix = "urine" }\nsources = ["study"]\n'
    texts = {**SOUND, "other/cases.toml": f'[[case]]\n{asked}locator = "1"\nstatus = ["possible"]\n'}
    assert "missing-file" in {finding.code for finding in check_folder(folder(texts))}
