"""Is a site whole, is every text in it text, and does it read without a script?"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag

import pytest

import ketref
from ketref.book.loading import Book, load_texts
from ketref.site import ask
from ketref.site.ask import Field, ask_page, engine
from ketref.site.build import write
from ketref.site.guides import guides
from ketref.site.markup import Html, joined, listed, tag
from ketref.site.memory import MEMORY
from ketref.site.pages import pages
from support.faults import SOUND

pytest.importorskip("markdown_it")
COMMANDS = [("detect", "Is it?")]
FIELDS = [Field("substance", "what", ("detect",), word=True), Field("matrix", "where", ("detect",))]
VOID = {"br", "img", "input", "link", "meta"}
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>", "&lt;b&gt;", "a' b=\"c"]


class Read(HTMLParser):
    """What a browser reads in a page: its elements in their order, its links and its anchors; it is well nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.words = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.names.append(name)
        assert not [key for key in said if key.startswith("on") or key == "style"]
        if "id" in said:
            self.anchors.append(str(said["id"]))
        self.links += [str(said[key]) for key in ("href", "src") if said.get(key)]
        if name not in VOID and name not in {"path", "hr"}:
            self.open.append(name)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)
        if self.open and self.open[-1] == name:
            self.open.pop()

    def handle_endtag(self, name: str) -> None:
        if name != "path":
            assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write(load_texts(SOUND), folder, COMMANDS, FIELDS)
    return folder


@pytest.fixture(scope="module")
def shipped(book: Book) -> dict[str, str]:
    """The pages of the shipped rules."""
    return dict(pages(book))


def whole(texts: dict[str, str]) -> dict[str, str]:
    return dict(pages(load_texts(texts)))


def targets(place: str, page: str) -> Iterator[tuple[str, str]]:
    """Where the links of a page lead within the site: a page and an anchor."""
    for link in Read(page).links:
        if link.startswith(("https://", "http://", "data:")):
            continue
        to, anchor = urldefrag(link)
        path = PurePosixPath(place).parent.joinpath(unquote(to.split("?")[0])) if to else PurePosixPath(place)
        parts: list[str] = []
        for part in path.parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        yield "/".join(parts), unquote(anchor)


def test_every_link_of_a_site_leads_somewhere(site: Path) -> None:
    texts = {str(file.relative_to(site)): file.read_text("utf-8") for file in site.rglob("*.html")}
    assert {"index.html", "ask.html", "sources.html", "substances/xamine.html"} <= texts.keys()
    anchors = {name: Read(text).anchors for name, text in texts.items()}
    for name, text in texts.items():
        for to, anchor in targets(name, text):
            assert (site / to).is_file(), (name, to)
            assert not anchor or anchor in anchors[to], (name, to, anchor)


def test_the_shipped_rules_make_a_page_for_each_substance_analyte_and_panel(
    book: Book, shipped: dict[str, str]
) -> None:
    made = shipped
    assert {f"substances/{name}.html" for name in book.folders} <= made.keys()
    assert {f"analytes/{name}.html" for name in book.vocabularies["analyte"].terms} <= made.keys()
    for name in ("index.html", "substances/ketamine.html", "analytes/norketamine.html"):
        read = Read(made[name])
        assert len(read.anchors) == len(set(read.anchors)), name
        assert read.names.count("h1") == 1
    ketamine = Read(made["substances/ketamine.html"])
    assert {"windows", "phases", "KET-W004", "windows-chart-title"} <= set(ketamine.anchors)
    for words in ("positive expected from 2 h until just over 24 h", "Mayo", "urine"):
        assert words in ketamine.words
    index = Read(made["index.html"])
    found = json.loads(re.findall(r'type="application/json">(.*?)</script>', made["index.html"])[0])
    assert {"ketamine.html"} <= {one["to"].split("/")[-1] for one in found}
    assert "substances/ketamine.html" in index.links  # without a script too
    words = {word for one in found if one["name"] == "ketamine" for word in one["words"]}
    assert {"Ketalar", "CAS 6740-88-1"} <= words


DOCS = Path(__file__).parents[2] / "docs"


def test_every_guide_is_a_page_and_every_link_between_them_leads_somewhere(book: Book, shipped: dict[str, str]) -> None:
    files = dict(guides(book, DOCS))
    made = {name: content.decode() for name, content in files.items() if name.endswith(".html")}
    assert {f"guides/{file.stem}.html" for file in DOCS.glob("*.md")} | {"guides/README.html"} <= made.keys()
    there = {name: Read(text) for name, text in {**made, **shipped}.items()}
    links = [(name, *link) for name in made for link in targets(name, made[name])]
    pictures = files.keys() - made.keys()
    for name, to, anchor in links:
        if to in pictures | {"ask.html", "style.css"}:
            continue
        assert to in there, (name, to)
        assert not anchor or anchor in there[to].anchors, (name, to, anchor)
    assert ("guides/index.html", "guides/cli.html", "ketref-site") in links
    assert {"guides/README.html", "substances/ketamine.html", "sources.html"} & {to for _, to, _ in links}
    for name, read in there.items():
        assert read.names.count("h1") == 1, name
        assert len(read.anchors) == len(set(read.anchors)), name
    assert "results of the machine" not in there["guides/performance.html"].words  # a comment of its maker


def test_what_a_guide_holds_is_text_and_a_link_out_of_the_site_is_left_as_words(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "other.md").write_text("# Other\n\n## Twice\n\n## Twice\n")
    (tmp_path / "docs" / "a.svg").write_text("<svg/>")
    (tmp_path / "docs" / "index.md").write_text(
        "# First\n\n<script>alert(1)</script>\n\n<!-- a note -->\n\n"
        "See [other](../other.md#twice-1), [code](../src/a.py)"
        " and [one](catalogue/xamine.md), ![a bar](a.svg).\n\n| | a |\n|---|--:|\n| b | c |\n\n```sh\nketref\n```\n"
    )
    made = dict(guides(load_texts(SOUND), tmp_path / "docs"))
    assert made.keys() == {"guides/index.html", "guides/other.html", "guides/a.svg"}
    read = Read(made["guides/index.html"].decode())
    assert read.names.count("script") == 0
    assert "alert(1)" in read.words
    assert "a note" not in read.words
    assert "code and" in read.words
    assert {"other.html#twice-1", "../substances/xamine.html", "a.svg"} <= set(read.links)
    assert not [link for link in read.links if "src" in link]
    assert read.names.count("th") == 1  # a corner heads nothing
    assert '<th class="right">a</th>' in made["guides/index.html"].decode()
    assert {"twice", "twice-1"} <= set(Read(made["guides/other.html"].decode()).anchors)


def test_without_guides_the_page_says_how_to_have_them_and_a_folder_without_an_index_is_refused(
    run, site: Path, tmp_path: Path
) -> None:
    assert "without the guides" in Read((site / "guides" / "index.html").read_text("utf-8")).words
    ran = run("site", tmp_path / "out", "--docs", tmp_path)
    assert (ran.code, ran.out) == (4, "")
    assert "index.md" in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_of_a_book_is_text(text: str) -> None:
    quoted = json.dumps(text)
    texts = dict(SOUND)
    for name in texts:
        for key in ("title", "says", "locator", "figure", "note", "label"):
            texts[name] = re.sub(
                rf'^{key} = "[^"]*"$', lambda _, key=key: f"{key} = {quoted}", texts[name], flags=re.MULTILINE
            )
    sound, hostile = whole(SOUND), whole(texts)
    assert any(text in " ".join(Read(page).words.split()) for page in hostile.values())
    for name, page in hostile.items():
        assert Read(page).names.count("script") == Read(sound[name]).names.count("script")
        assert "img" not in Read(page).names
        assert "b" not in Read(page).names


def test_what_is_written_is_escaped_unless_it_is_html() -> None:
    assert tag("p", '<b>&"', tag("i", "x"), None, class_='"', hidden=True, id=None) == (
        '<p class="&quot;" hidden>&lt;b&gt;&amp;"<i>x</i></p>'
    )
    assert tag("br") == "<br>"
    assert joined(["<", Html("<")]) == "&lt;<"
    assert listed([]) == ""


def test_without_the_engine_the_page_says_so(site: Path) -> None:
    read = Read((site / "ask.html").read_text("utf-8"))
    assert "without the engine" in read.words
    assert "form" not in read.names
    assert not (site / "pyodide").exists()


def test_with_the_engine_the_form_has_the_flags_of_the_command_line(run, folder, tmp_path: Path) -> None:
    ran = run("site", tmp_path / "out", "--pyodide", pyodide(tmp_path), "--rules", folder(SOUND))
    assert ran.code == 0
    page = (tmp_path / "out" / "ask.html").read_text("utf-8")
    read = Read(page)
    assert {
        f"f-{name}" for name in ("substance", "matrix", "since", "taken", "at", "tz", "cutoff", "condition")
    } <= set(read.anchors)
    assert "f-plot" not in read.anchors
    assert "nothing that you type leaves it" in read.words
    names = re.findall(r'data-wheels="([^"]*)"', page)[0].split()
    assert {name.split("/")[1].split("-")[0] for name in names} >= {"ketref", "attrs", "cattrs", "tomli"}
    assert [name for name in names if not (tmp_path / "out" / name).is_file()] == []


def pyodide(folder: Path, but: str = "") -> Path:
    """A folder with the names of the files of Pyodide."""
    (folder / "package").mkdir()
    for name in ask._PYODIDE:
        if name != but:
            (folder / "package" / name).write_bytes(b"")
    return folder


def test_the_wheel_in_a_site_is_this_package_with_its_rules(tmp_path: Path, book: Book) -> None:
    files = dict(engine(pyodide(tmp_path), book))
    (name,) = [name for name in files if name.startswith("wheels/ketref-")]
    (tmp_path / "wheel").write_bytes(files[name])
    with zipfile.ZipFile(tmp_path / "wheel") as wheel:
        held = set(wheel.namelist())
        home = Path(ketref.__file__).parent
        assert wheel.read("ketref/answers/detect.py") == (home / "answers" / "detect.py").read_bytes()
        assert wheel.read("ketref/rules/terms.toml") == bytes(book.texts["terms.toml"])
    assert {f"ketref/rules/{name}" for name in book.texts} <= held
    assert not [name for name in held if name.endswith((".pyc", ".so"))]
    assert ask.BOOK not in files


def test_rules_of_ones_own_go_into_the_site_beside_the_wheel(tmp_path: Path) -> None:
    files = dict(engine(pyodide(tmp_path), load_texts(SOUND)))
    (tmp_path / "book").write_bytes(files[ask.BOOK])
    with zipfile.ZipFile(tmp_path / "book") as own:
        assert own.read("terms.toml").decode() == SOUND["terms.toml"]
    page = ask_page(load_texts(SOUND), COMMANDS, FIELDS, [*files])
    assert f'data-book="{ask.BOOK}"' in page


def test_a_memory_that_was_kept_is_named_for_the_engine_to_go_on_from() -> None:
    files = ["wheels/ketref-1-py3-none-any.whl"]
    assert "data-memory" not in ask_page(load_texts(SOUND), COMMANDS, FIELDS, files)
    page = ask_page(load_texts(SOUND), COMMANDS, FIELDS, [*files, MEMORY])
    assert f'data-memory="{MEMORY}"' in page
    assert f'data-wheels="{files[0]}"' in page


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "there is no program `node`"),
        ("#!/bin/sh\necho 'TypeError: broken' >&2; exit 1\n", "could not begin the engine (TypeError: broken)"),
    ],
)
def test_a_site_whose_engine_cannot_begin_beforehand_says_what_that_costs(
    run, folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, said: str
) -> None:
    if program:
        (tmp_path / "node").write_text(program)
        (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = run("site", tmp_path / "out", "--pyodide", pyodide(tmp_path), "--rules", folder(SOUND))
    assert ran.code == 0
    assert said in ran.err
    assert "some seconds longer" in ran.err
    assert not (tmp_path / "out" / MEMORY).exists()
    assert "data-memory" not in (tmp_path / "out" / "ask.html").read_text("utf-8")


@pytest.mark.parametrize("but", ["pyodide.mjs", "pyodide.asm.wasm"])
def test_an_engine_that_is_not_whole_is_refused_before_anything_is_written(run, tmp_path: Path, but: str) -> None:
    ran = run("site", tmp_path / "out", "--pyodide", pyodide(tmp_path, but))
    assert (ran.code, ran.out) == (4, "")
    assert but in ran.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_said(run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("site", tmp_path / "file" / "out")
    assert (ran.code, ran.out) == (4, "")
    assert "cannot write" in ran.err
