"""Which bytes are in a folder of rules, and what TOML do they hold?

Reading is bounded: a folder, a file or a nesting that is too large, a link out of the folder, bytes that are not text
are findings, never a traceback.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli

from ketref.errors import Finding, InputError
from ketref.model.files import FILES

LARGEST_FILE = 4 * 2**20
MOST_FILES = 2000
MOST_ENTRIES = 20 * MOST_FILES  # looked through, whatever they are
DEEPEST_KEY = 16
Document = dict[str, Any]


def read_folder(folder: Path) -> tuple[dict[str, bytes], list[Finding]]:
    """The rule files of a folder and of the folders in it, by relative name, and what could not be read.

    Raises InputError where there is no folder or no rule file in it.
    """
    try:
        known = "" if folder.is_dir() else "is not a folder" if folder.exists() else "does not exist"
    except (OSError, ValueError) as error:  # a name that is too long, or holds a NUL
        known = f"cannot be a folder: {error}"
    if known:
        raise InputError(f"`{str(folder)[:80]}` {known}"[:300], path=str(folder), hint="name a folder of rule files")
    texts: dict[str, bytes] = {}
    findings: list[Finding] = []
    root = folder.resolve()
    for path in _rule_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(name).decode("utf-8", "backslashreplace")
            findings.append(Finding(shown, 1, "unreadable-file", "the name of the file is not UTF-8", "rename it"))
            continue
        try:
            if problem := _unreadable(path, root):
                findings.append(Finding(name, 1, "unreadable-file", *problem))
            else:
                texts[name] = path.read_bytes()
        except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
            findings.append(Finding(name, 1, "unreadable-file", f"cannot be read: {error}"))
    if not texts and not findings:
        raise InputError(
            f"`{folder}` holds no rule files",
            path=str(folder),
            hint="a rule set has at least edition.toml; see docs/rules.md",
        )
    return texts, findings


def _rule_files(folder: Path) -> Iterator[Path]:
    """The TOML files at the top and one folder down, and deeper ones that have the name of a rule file."""
    found = 0
    for path in (*sorted(folder.glob("*")), *sorted(folder.glob("*/*")), *_deeper(folder)):
        if path.name.lower().endswith(".toml"):
            found += 1
            if found > MOST_FILES:
                raise InputError(f"`{folder}` holds more than {MOST_FILES} rule files", path=str(folder))
            yield path


def _deeper(folder: Path) -> Iterator[Path]:
    """What lies too deep to be read and yet has the name of a rule file; hidden folders are none of ketref's."""
    passed = 0
    for where, folders, files in os.walk(folder):
        passed += len(folders) + len(files)
        if passed > MOST_ENTRIES:
            hint = "name a folder that holds rules alone"
            raise InputError(f"`{folder}` holds more than {MOST_ENTRIES} files", path=str(folder), hint=hint)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(Path(where).relative_to(folder).parts) > 1:
            yield from (Path(where, name) for name in sorted(files) if name.lower() in _NAMES)


_NAMES = frozenset(f"{stem}.toml" for stem in FILES)


def _unreadable(path: Path, root: Path) -> tuple[str, str] | None:
    if not path.resolve().is_relative_to(root):
        return "leads out of the folder of rules", "copy the file into the folder"
    if not path.is_file():
        return "is not a file", ""
    if path.stat().st_size > LARGEST_FILE:
        return f"is larger than {LARGEST_FILE // 2**20} MiB", "rule files are written by hand; split it by substance"
    return None


def parse(name: str, content: bytes) -> Document | Finding:
    """The TOML document that a file holds, or the finding that says why it is none."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Finding(name, line, "not-utf-8", f"byte {error.start} is not UTF-8", "save the file as UTF-8")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Finding(name, line, "nul-byte", "the file holds a NUL byte", "this is not a text file")
    if text.startswith("\N{BYTE ORDER MARK}"):
        return Finding(name, 1, "broken-toml", "begins with a byte order mark", "save the file as UTF-8 without a BOM")
    if _MANY_PARTS.search(text) and (deep := re.search(_DEEP_KEY, text, re.MULTILINE)):
        line = text.count("\n", 0, deep.start("key")) + 1
        message = f"a key of more than {DEEPEST_KEY} parts"
        return Finding(name, line, "broken-toml", message, "no key of a rule file has more than four")
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return _undecodable(name, text, "broken-toml", error, "")
    except RecursionError:
        return Finding(name, 1, "broken-toml", "nested too deeply", "")
    except ValueError as error:  # a number with thousands of digits
        return Finding(name, 1, "broken-toml", str(error), "")


_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+"""
_NEXT = rf"\.[ \t]*+{_PART}"
_MANY_PARTS = re.compile(rf"{_NEXT}(?:{_NEXT}){{{DEEPEST_KEY - 1}}}")  # in a text too, but quickly looked for
_DEEP_KEY = rf"(?:^|[\[{{,])[ \t]*+(?P<key>{_PART}(?:{_NEXT}){{{DEEPEST_KEY},}}+)[\]=]"
"""A key that would take the parser more time and memory than its length; looked for before anything is parsed."""


_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|#[^\n]*+""")
_NEWER = re.compile(r",[ \t]*+\}|\d:\d\d(?![:\d])")


def _may_be_newer(text: str) -> bool:
    r"""Whether anything in a valid file looks as only TOML 1.1 has it, so that it is worth a slow look.

    That is an escape `\e` or `\x`, a time without seconds, and an inline table with a comma at its end or that goes on
    on another line: on the first such line more braces open than close. Of a string of several lines nothing is told.
    """
    if any(sign in text for sign in ("\\e", "\\x", '"""', "'''")):
        return True
    bare = _QUOTED.sub("", text)
    return bool(_NEWER.search(bare)) or any(line.count("{") != line.count("}") for line in bare.split("\n"))


def newer_toml(name: str, content: bytes) -> Finding | None:
    """The finding for a file that only TOML 1.1 understands; tomli reads that too, other readers of 1.0 do not."""
    text = content.decode("utf-8")
    if not _may_be_newer(text):
        return None
    import tomllib  # slow: written in Python

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _undecodable(name, text, "toml-1.1", error, "rule files are TOML 1.0")
    except RecursionError:
        return Finding(name, 1, "broken-toml", "nested too deeply", "")
    return None


def _undecodable(name: str, text: str, code: str, error: ValueError, hint: str) -> Finding:
    place = re.search(r"\(at line (\d+), column \d+\)", str(error))
    line = int(place[1]) if place else text.count("\n") + 1
    said = re.sub(r" \(at .*\)$", "", str(error))
    return Finding(name, line, code, said, hint or _slip(text.split("\n")[line - 1]))


def _slip(line: str) -> str:
    """What a line looks like that is not valid TOML, as a hint."""
    if odd := re.search("[\u2018-\u201f\u00ab\u00bb]", line):
        return f'`{odd[0]}` is a quote as word processors write them: write "'
    if line.replace('\\"', "").count('"') % 2:
        return 'a text begins and ends with ": one of them is missing'
    if comma := re.search(r"=\s*(\d+),(\d+)\s*(?:#.*)?$", line):
        return f"decimals begin with a point: write {comma[1]}.{comma[2]}"
    if re.match(r"\s*[\w-]+\s*=\s*[A-Za-z]", line):
        return 'a text stands between quotes: "..."'
    return ""


def digest(texts: Mapping[str, bytes]) -> str:
    """One name for the whole content of a folder: `sha256:` over every file's name and bytes."""
    total = hashlib.sha256()
    for name in sorted(texts):
        total.update(f"{name}\0{hashlib.sha256(texts[name]).hexdigest()}\n".encode())
    return f"sha256:{total.hexdigest()}"
