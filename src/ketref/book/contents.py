"""What does a folder of rules hold, as far as a question must know it without reading all of it?

`contents.json` lies beside the rules and is made of them: the size and the digest of every file, the names of the
substances, what they yield and how well each is covered, where in its file each source stands, and the terms in a form
that is read quickly. It says nothing that the rules do not say: where a folder is not the one that it was made of, it
is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen

from ketref.book.names import Names
from ketref.model.front_matter import Role

T = TypeVar("T")
NAME = "contents.json"
TERMS, SOURCES = "terms.toml", "sources.toml"
"""The files that every question needs and that are long: of the one it needs all, of the other few entries."""


@frozen
class Contents:
    """The contents of a folder: `files` has the sizes and digests of its files, `terms` what terms.toml holds.

    `yields` has the closest role of each analyte that a substance yields, `sources` the first byte of each source in
    its file, and the first after it.
    """

    digest: str
    files: Mapping[str, tuple[int, str]]
    names: Names
    yields: Mapping[str, Mapping[str, Role | None]]
    coverage: Mapping[str, Mapping[str, Any]]
    terms: Mapping[str, Any]
    sources: Mapping[str, tuple[int, int]]

    def describes(self, name: str, content: bytes) -> bool:
        """Whether a file is as it was."""
        return self.files.get(name, (0, ""))[1] == hashlib.sha256(content).hexdigest()


class Lazily(Mapping[str, T]):
    """What some names stand for, each made when it is asked for, and then kept."""

    def __init__(self, names: Collection[str], make: Callable[[str], T]) -> None:
        self._names = names
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def described(folder: Path) -> tuple[Mapping[str, bytes], Contents] | None:
    """The files of a folder, each read when it is asked for, and their contents.

    None where it has no contents, or was changed since they were made.
    """
    try:
        said = json.loads((folder / NAME).read_bytes())
        sizes = dict(sorted(_sizes(folder)))
    except (OSError, ValueError):
        return None
    files = {name: (size, digest) for name, (size, digest) in said["files"].items()}
    if sizes != {name: size for name, (size, _) in files.items()}:
        return None
    names = Names(said["names"], said["codes"], said["street"])
    contents = Contents(said["digest"], files, names, said["yields"], said["coverage"], said["terms"], said["sources"])
    return Lazily(sizes, lambda name: (folder / name).read_bytes()), contents


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """The rule files of a folder and of the folders in it, with their sizes."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            inside = (file for file in os.scandir(entry) if file.name.endswith(".toml"))
            yield from ((f"{entry.name}/{file.name}", file.stat().st_size) for file in inside)
        elif entry.name.endswith(".toml"):
            yield entry.name, entry.stat().st_size
