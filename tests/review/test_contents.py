"""Does `contents.json` say what the rules say, and is it left alone where they were changed?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ketref.book import contents as described_contents
from ketref.book.loading import Book, shipped, shipped_folder
from ketref.book.names import Names
from ketref.review.check import check_folder
from ketref.review.contents import contents, read
from support.faults import SOUND


def vars_of(names: Names) -> list[object]:
    return [names.names, names.codes, names.street]


@pytest.fixture(scope="module")
def whole() -> Book:
    """The shipped book, read without its contents."""
    return read(shipped_folder())


def test_the_contents_are_fresh(whole: Book) -> None:
    made = contents(whole)
    kept = (shipped_folder() / "contents.json").read_text("utf-8")
    assert kept == made, "python -m ketref.review.contents"


def test_a_book_read_by_its_contents_is_the_book(whole: Book) -> None:
    quick = shipped()
    assert quick.digest == whole.digest
    assert quick.folders == whole.folders
    assert {name: quick.yields(name) for name in quick.folders} == {n: whole.yields(n) for n in whole.folders}
    assert {name: vars(source) for name, source in quick.sources.items()} == {
        name: vars(source) for name, source in whole.sources.items()
    }
    assert vars_of(quick.names) == vars_of(whole.names)
    assert [vars(quick.coverage(name)) for name in quick.folders] == [vars(whole.coverage(n)) for n in whole.folders]


@pytest.mark.parametrize("change", ["longer", "other"])
def test_a_changed_folder_is_not_answered_from_old_contents(change: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(shipped_folder(), folder)
    path = folder / "terms.toml"
    text = path.read_text("utf-8")
    path.write_text(
        text + "# one more\n" if change == "longer" else text.replace("ketref's own", "ketref's OWN"), "utf-8"
    )
    known = described_contents.described(folder)
    if change == "longer":
        assert known is None
        return
    assert known is not None
    book = Book(known[0], contents=known[1])
    assert book.terms
    assert book.digest == read(folder).digest


def test_contents_that_are_not_made_of_the_rules_are_found(tmp_path: Path) -> None:
    """Regression: `ketref check` took the word of whatever stood there."""
    texts = {"edition.toml": 'edition = "1"\nformat = 1\nname = "ours"\n', **SOUND}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    path = tmp_path / "contents.json"
    path.write_text(contents(read(tmp_path)), "utf-8", newline="\n")
    assert check_folder(tmp_path) == []
    path.write_text(path.read_text("utf-8").replace('{"xam":null}', '{"nor-xam":null}'), "utf-8")
    (found,) = check_folder(tmp_path)
    assert (found.file, found.code, found.level) == ("contents.json", "stale-contents", "error")
