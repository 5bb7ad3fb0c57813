"""Where is compiled code kept from one process to the next, and may what lies there be run?

Whoever can write such a file can have anything run. So nothing is read from, or written to, a folder that somebody else
than this user and root may write to, or that lies in such a folder. A file that is not as it was written is compiled
anew, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import compiler, serialize

FOLDER = "KETREF_CACHE"  # the environment variable that names another folder to keep compiled code in
_PACKAGE = __name__.partition(".")[0]
_DIGEST = hashlib.sha256().digest_size  # bytes
_rebuilt: Any = compiler.CompileResult._rebuild  # which, as what writes it, numba does not type
_dumps: Any = serialize.dumps


class Cache:
    """The compiled copies of one function, a file for each signature; numba asks it before it compiles."""

    def __init__(self, folder: Path, name: str) -> None:
        self.cache_path = str(folder)
        self._folder = folder
        self._name = name

    def load_overload(self, signature: Any, target: Any) -> Any:
        """What was compiled for a signature, None where that is not kept, or not as it was written."""
        target.refresh()
        asked = signature, target.codegen().magic_tuple()
        try:
            kept = _read(self._file(asked))
            known, parts = (None, ()) if kept is None else pickle.loads(kept)  # noqa: S301
            return _rebuilt(target, *parts) if known == asked else None
        except Exception:  # as it was written, but by a numba that writes otherwise
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled for a signature, where that can be."""
        if result.lifted or result.library.has_dynamic_globals:
            return
        asked = signature, result.codegen.magic_tuple()
        with suppress(OSError):
            _write(self._file(asked), _dumps((asked, result._reduce())))

    def _file(self, asked: Any) -> Path:
        return self._folder / f"{self._name}-{hashlib.sha256(repr(asked).encode()).hexdigest()[:16]}"


def _read(file: Path) -> bytes | None:
    """What was written to a file, None where it is not there, was changed since, or others may write to it."""
    try:
        with file.open("rb") as opened:
            if not _ours(os.fstat(opened.fileno())):
                return None
            digest, kept = opened.read(_DIGEST), opened.read()
    except OSError:
        return None
    return kept if hashlib.sha256(kept).digest() == digest else None


def _write(file: Path, kept: bytes) -> None:
    """Write a file as a whole or not at all, for this user alone. Raises OSError."""
    descriptor, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with open(descriptor, "wb") as opened:
            opened.write(hashlib.sha256(kept).digest() + kept)
        os.replace(unfinished, file)
    except BaseException:
        os.unlink(unfinished)
        raise


# ---------------------------------------------------------------- the folder


def folder() -> Path | None:
    """The folder to keep compiled code in, which is made where it is missing; None where there is none to be used.

    Warns once of each that others may write to.
    """
    named = wanted()
    return None if named is None else _opened(named)


def wanted() -> Path | None:
    """The folder that `KETREF_CACHE` names, or else the one of ketref among the user's own caches."""
    if named := os.environ.get(FOLDER):
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:  # a process without a home
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / _PACKAGE / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / _PACKAGE
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (caches if caches.is_absolute() else home / ".cache") / _PACKAGE


@cache
def _opened(named: Path) -> Path | None:
    if not named.is_absolute():
        _warn(f"`{named}` depends on the working folder")
        return None
    try:
        found = named.resolve()
        for place in (*reversed(found.parents), found):
            if not place.exists():
                with suppress(FileExistsError):
                    place.mkdir(0o700)
            if not _ours(place.lstat(), above=place != found):
                _warn(f"others may write to `{place}`, or it is of another user")
                return None
    except (OSError, RuntimeError, ValueError):  # a loop of links is a RuntimeError, a NUL a ValueError
        return None
    return found


def _ours(status: os.stat_result, above: bool = False) -> bool:
    """Whether nobody but this user and root can put something else in its place.

    In a folder `above` that is shared as `/tmp` is, others may add to what lies there but not replace it.
    """
    if sys.platform == "win32":  # whose files have neither such owners nor such modes
        return True
    others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid in {0, os.geteuid()} and (not others or (above and bool(status.st_mode & stat.S_ISVTX)))


def _warn(why: str) -> None:
    mend = f"name one in {FOLDER} that only you may write to, with its whole path"
    message = f"compiled code is not kept, so that every process waits for the compiler: {why}; {mend}"
    warnings.warn(message, RuntimeWarning, stacklevel=2)
