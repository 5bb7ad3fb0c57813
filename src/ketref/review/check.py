"""Does a book contradict itself, or its golden cases, when it is asked?

These checks ask questions; `validation` holds those that the text alone can answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ketref.book.contents import NAME
from ketref.book.loading import Book, open_folder, shipped_folder
from ketref.book.reading import newer_toml
from ketref.errors import Finding, UsageError, quoted
from ketref.review import cases, readings
from ketref.review.checks import pharmacology, registry, slips
from ketref.review.contents import contents
from ketref.review.contradictions import contradictions


def check_folder(folder: Path | None, texts: Path | None = None) -> list[Finding]:
    """Every finding of the book in a folder (None: the shipped one), sorted by place. Raises InputError.

    `texts` is a folder with the texts of sources, in which their figures are looked for.
    """
    where = shipped_folder() if folder is None else Path(folder)
    book = open_folder(where)
    found = check_findings(book, texts)
    if all(finding.level != "error" for finding in found):
        found += _stale(book, where)
    return sorted(found, key=Finding.place)


def _stale(book: Book, where: Path) -> Iterator[Finding]:
    """That the contents of a folder, if it has them, do not say what its rules say."""
    if (where / NAME).exists() and (where / NAME).read_text("utf-8", "replace") != contents(book):
        hint = f"make it anew: python -m ketref.review.contents {where}"
        yield Finding(NAME, 1, "stale-contents", f"{NAME} is not made of these rules: questions may be misled", hint)


def check_findings(book: Book, texts: Path | None = None) -> list[Finding]:
    """Every finding of a book, sorted by place; none when all is well.

    A file whose text is not sound is not asked, and nothing is asked that leans on it: what the other files answer is
    found in the same run.
    """
    if not isinstance(book, Book):
        raise UsageError(f"`{quoted(book)}` is no book of rules", value=book, hint="give ketref.load(...)")
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
