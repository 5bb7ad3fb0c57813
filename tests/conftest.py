"""What tests share: running a command, and turning a question into its flags."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings

import ketref
from ketref.book.loading import Book, load_texts, shipped
from ketref.cli.main import main
from ketref.review import check
from ketref.review.checks.pharmacology import CHECKS

# how busy a machine is decides nothing: no test fails for being slow
_quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=_quiet)
settings.register_profile("deep", max_examples=1_000, deadline=None, suppress_health_check=_quiet)
settings.load_profile(os.environ.get("KETREF_HYPOTHESIS", "fast"))

RULES = Path(__file__).parent.parent / "rules"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON on stdout; NaN and Infinity are no JSON."""
        return json.loads(self.out, parse_constant=pytest.fail)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `ketref WORDS...` in this process, on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def command(*words: object, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def steps() -> Callable[[Callable[[], object]], int]:
    """How many functions are called while something is done: that tells how work grows, on a busy machine too."""

    def count(done: Callable[[], object]) -> int:
        called = 0

        def call(_: object, event: str, __: object) -> None:
            nonlocal called
            called += event in {"call", "c_call"}

        sys.setprofile(call)
        try:
            done()
        finally:
            sys.setprofile(None)
        return called

    return count


@pytest.fixture(scope="session")
def flags() -> Callable[[Mapping[str, str]], list[str]]:
    """A question's keywords as the flags of the command line."""

    def words(question: Mapping[str, str]) -> list[str]:
        return [f"--{key}={value}" for key, value in question.items()]

    return words


@pytest.fixture(scope="session")
def book() -> Book:
    """The shipped book."""
    return shipped()


@pytest.fixture(scope="session")
def rules() -> Path:
    """The folder of the shipped book."""
    return RULES


@pytest.fixture(scope="session", autouse=True)
def _each_book_on_the_shipped_one_is_checked_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """To check the shipped book, or one that extends it, takes seconds: of the same texts it is done once a session.

    The workers of a session share what was found; whatever book was made for a test is checked anew.
    """
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    looked, shipped_digest = check.check_findings, shipped().digest

    def found(book: Book, texts: Path | None = None) -> list[ketref.Finding]:
        if texts or not isinstance(book, Book) or (book.base or book).digest != shipped_digest:
            return looked(book, texts)
        name = sha256(f"{book.digest} {book._unreadable}".encode()).hexdigest()
        kept = shared / f"findings-{name}"
        if not kept.exists():
            fresh = kept.with_name(f"{kept.name}-{os.getpid()}")
            fresh.write_text(json.dumps([attrs.asdict(one) for one in looked(book)]), "utf-8")
            fresh.replace(kept)
        return [ketref.Finding(**{**one, "rules": tuple(one["rules"])}) for one in json.loads(kept.read_text("utf-8"))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "check_findings", found)
        yield


@pytest.fixture
def device(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a device of the memory kind by its number: 3 takes all, 7 is always full.

    Never the one in /dev: a fault in what writes would break it for the whole machine.
    """

    def make(number: int) -> Path:
        path = tmp_path / "device.csv"
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))
            path.open("wb").close()
        except (OSError, AttributeError):
            pytest.skip("only root may make a device, and not in every folder")
        return path

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Writes files by their relative names and gives their folder."""

    def write(texts: Mapping[str, str | bytes]) -> Path:
        for name, text in texts.items():
            path = tmp_path / "book" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path / "book"

    return write


@pytest.fixture(scope="session")
def findings() -> Callable[[Mapping[str, str | bytes]], list[ketref.Finding]]:
    """What is wrong in the book that some files make, in its text and when asked; what is merely odd is left out."""

    def of(texts: Mapping[str, str | bytes]) -> list[ketref.Finding]:
        try:
            return [f for f in ketref.check_findings(load_texts(texts)) if f.code not in CHECKS]
        except ketref.RulesError as error:
            return list(error.findings)

    return of
