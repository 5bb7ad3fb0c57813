"""Does a book contradict itself, or its golden cases, when it is asked?

These checks ask questions; `validation` holds those that the text alone can answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from ketref.book.contents import NAME
from ketref.book.loading import Book, open_folder, shipped_folder
from ketref.book.reading import newer_toml
from ketref.errors import Finding, UsageError, quoted
from ketref.model.kinds import OF_FILE
from ketref.review import cases, readings
from ketref.review.checks import pharmacology, registry, slips
from ketref.review.contents import contents
from ketref.review.contradictions import contradictions


def check_folder(folder: Path | None, texts: Path | None = None) -> list[Finding]:
    """Every finding of the book in a folder (None: the shipped one), sorted by place. Raises InputError.

    `texts` is a folder with the texts of sources, in which their figures are looked for.
    """
    return checked(folder, texts).findings


@frozen(eq=False)
class Checked:
    """What was checked: the `book` in a `folder`, and its `findings`; so many more are `elsewhere` than was asked."""

    folder: Path
    book: Book
    findings: list[Finding]
    elsewhere: int = 0

    def line(self, finding: Finding) -> str:
        """The line of the file that a finding is about, empty where there is none."""
        lines = self.book.texts.get(finding.file, b"").decode("utf-8", "replace").splitlines()
        return lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""

    def counts(self) -> str:
        """How much was checked: "4 files, 1 rule, 1 case"."""
        keys = {kind.key for kind in OF_FILE.values()}
        rules = sum(key in keys for _, _, key, _ in self.book.entries())
        cases = sum(1 for _ in self.book.cases())
        counted = ((len(self.book.texts), "file"), (rules, "rule"), (cases, "case"))
        return ", ".join(f"{count:,} {what}{'s' * (count != 1)}" for count, what in counted)


def checked(folder: Path | None, texts: Path | None = None) -> Checked:
    """The findings of the book in a folder (None: the shipped one), or of one of its files or substances.

    Raises InputError.
    """
    where, inside = _enclosing(shipped_folder() if folder is None else Path(folder))
    book = open_folder(where)
    found = check_findings(book, texts)
    if all(finding.level != "error" for finding in found):
        found += _stale(book, where)
    asked = [finding for finding in found if f"{finding.file}/".startswith(inside)]
    return Checked(where, book, sorted(asked, key=Finding.place), len(found) - len(asked))


def _enclosing(path: Path) -> tuple[Path, str]:
    """The folder of the book in which a rule file, or the folder of a substance, lies; and where in it that is."""
    if (path / EDITION).exists() or not path.exists():
        return path, ""
    at = path.resolve()
    for folder in (at.parent, at.parent.parent):
        if (folder / EDITION).is_file() and (at.is_dir() or at.suffix == ".toml"):
            return folder, f"{at.relative_to(folder).as_posix()}/"
    return path, ""


EDITION = "edition.toml"


def _stale(book: Book, where: Path) -> Iterator[Finding]:
    """That the contents of a folder, if it has them, do not say what its rules say."""
    if (where / NAME).exists() and (where / NAME).read_text("utf-8", "replace") != contents(book):
        hint = f"make it anew: python -m ketref.review.contents {where}"
        yield Finding(NAME, 1, "stale-contents", f"{NAME} is not made of these rules: questions may be misled", hint)


def check_findings(book: Book, texts: Path | None = None) -> list[Finding]:
    """Every finding of a book, sorted by place; none if there are none to find.

    Files with errors in their text, and files that depend on them, are skipped; what the others answer is found in the
    same run.
    """
    if not isinstance(book, Book):
        raise UsageError(f"`{quoted(book)}` is not a folder of rules", value=book, hint="give ketref.load(...)")
    found = [*book.findings(), *(newer for name in book.texts if (newer := _newer(book, name)))]
    odd = [finding for table in registry.all_tables(book) for finding in contradictions(book, table)]
    odd += pharmacology.findings(book)
    odd += slips.missing_figures(book, texts) if texts else []
    found += _unwaived(book, set(odd), bool(texts))
    found += cases.findings(book)
    found += readings.findings(book)
    return sorted(set(found), key=Finding.place)


def _newer(book: Book, name: str) -> Finding | None:
    return newer_toml(name, book.texts[name]) if book.sound(name) else None


def _unwaived(book: Book, findings: Iterable[Finding], with_texts: bool) -> Iterator[Finding]:
    """The findings that no rule waives, and the waivers that nothing needs; what was not looked for may be needed."""
    waivers = set(registry.waivers(book))
    needed = set()
    for finding in findings:
        waiving = {(rule, finding.code) for rule in finding.rules} & waivers
        needed |= waiving
        if not waiving or finding.level == "error":
            yield finding
    unseen = set() if with_texts else {"figure-not-in-text"}
    unseen |= set() if book.sound(*(f"{name}/cases.toml" for name in book.folders)) else {"untested-rule"}
    for rule, code in sorted((rule, code) for rule, code in waivers - needed if code not in unseen):
        message = f"`{rule}` waives `{code}`, which nothing finds"
        yield from registry.told(book, (rule,), "unused-waiver", message, "take the waiver out", "error")
