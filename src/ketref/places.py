"""Which bytes are at a place (a file, a pipe, a device, a standard stream), and how do others reach it whole?

A file is written beside its place and put there when all of it is on the disk, so that nobody ever sees half of it.
What is not a file (a device, a pipe, an open descriptor such as /dev/stdout) is written into and stays what it is.
"""

from __future__ import annotations

import errno
import io
import os
import re
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TextIO

from ketref.errors import InputError, quoted

_PART = ".ketref-part"  # ends the name of a file that is being written: .NAME.PROCESS.ketref-part
_LONGEST = 200  # bytes of NAME that are kept in it, since no file system takes more than some 255
_MOST_LINKS = 40


def put(name: str, content: Any) -> None:
    """Bytes into the place of that name, `-` for standard output; a symbolic link is followed and stays.

    A file has all of them or is left as it was, and keeps its mode and, where that is permitted, its owner. Raises
    OSError where that cannot be.
    """
    with outlet(name) as out:
        out.write(content)
        out.commit()


class Outlet:
    """What is written bit by bit into a place: a context that leaves a file as it was unless all is committed."""

    kept = False
    """Whether something that is to be kept, a file, is replaced by what is committed."""

    def write(self, content: Any) -> int:
        """Write bytes; their number. Raises OSError where that cannot be."""
        raise NotImplementedError

    def commit(self) -> None:
        """Bring all that was written to its place. Raises OSError where that cannot be."""

    def close(self) -> None:
        """End it; what was not committed is gone where it went into a file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def outlet(name: str) -> Outlet:
    """What writes into the place of that name, as `put` does; a file that is there may be read on meanwhile.

    Raises OSError where nothing can be written there.
    """
    descriptor = _descriptor(name)
    if name == "-":
        return _Printed()
    if descriptor is not None:
        return _Poured(descriptor, False)
    there = _status(name)
    if there is not None and not (stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)):
        return _Poured(os.open(name, os.O_WRONLY), True)
    return _Replacing(Path(os.path.realpath(name)), there)


def replaced(name: str) -> bool:
    """Whether what is written to a name comes there as a file at the end, so that it can be taken back until then."""
    there = None if name == "-" else _status(name)
    return name != "-" and _descriptor(name) is None and (there is None or stat.S_ISREG(there.st_mode))


def whole(stream: TextIO) -> TextIO:
    """Standard output, of which nothing is lost where it takes only a part at a time.

    Python itself drops the rest, without a word, where output is not buffered (PYTHONUNBUFFERED) or must not wait.
    """
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.FileIO):
        return stream
    stream.flush()
    buffered = io.BufferedWriter(_Whole(raw))
    return io.TextIOWrapper(buffered, stream.encoding, "backslashreplace", line_buffering=stream.isatty())


def place(name: str, standard: int) -> object:
    """What tells a file from every other, whatever it is called: equal for two names of one; None of a device.

    `standard` is the descriptor that `-` stands for. Raises InputError for what cannot be a name.
    """
    try:
        there = os.fstat(standard) if name == "-" else _status(name)
        if there is None:
            return os.path.realpath(name)
    except ValueError as error:  # a NUL, or what no file system can spell
        raise InputError(f"`{quoted(name)}` cannot be the name of a file: {error}", path=name) from None
    return None if stat.S_ISCHR(there.st_mode) or stat.S_ISSOCK(there.st_mode) else (there.st_dev, there.st_ino)


class _Whole(io.RawIOBase):
    """What writes to a descriptor until all is out."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        return _pour(self.fileno(), content)


def _pour(descriptor: int, content: Any) -> int:
    """Write until all is out, waiting where a pipe is full; the number of bytes."""
    rest = memoryview(content).cast("B")
    size = len(rest)
    while len(rest):
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
    return size


class _Poured(Outlet):
    """What goes into an open descriptor at once, which may be closed at the end."""

    def __init__(self, descriptor: int, closed: bool) -> None:
        self._descriptor, self._closed = descriptor, closed

    def write(self, content: Any) -> int:
        return _pour(self._descriptor, content)

    def close(self) -> None:
        if self._closed:
            os.close(self._descriptor)
            self._closed = False


class _Printed(Outlet):
    """What goes to standard output at once."""

    def write(self, content: Any) -> int:
        sys.stdout.flush()
        try:
            descriptor = sys.stdout.fileno()
        except (AttributeError, OSError):  # captured
            if not hasattr(sys.stdout, "buffer"):
                return sys.stdout.write(bytes(content).decode())
            return sys.stdout.buffer.write(content)
        return _pour(descriptor, content)


def _descriptor(name: str) -> int | None:
    """The open descriptor of this process that a name such as /dev/stdout leads to.

    It may be a file that others write too, and that must be gone on with rather than replaced.
    """
    descriptors = os.path.realpath("/dev/fd")
    path = os.path.abspath(name)
    for _ in range(_MOST_LINKS):
        folder, last = os.path.split(path)
        if last.isdecimal() and os.path.realpath(folder) == descriptors:
            return int(last)
        try:
            path = os.path.join(folder, os.readlink(path))
        except (OSError, ValueError):
            return None
    return None


def _status(name: str) -> os.stat_result | None:
    """What is at a name, or where it leads to, folders that are not there (`none/../x`) passed over; None: nothing."""
    for path in (name, os.path.realpath(name)):
        with suppress(FileNotFoundError, NotADirectoryError):
            return os.stat(path)
    return None


# ---------------------------------------------------------------- files


class _Replacing(Outlet):
    """What is written beside a file, and takes its place when it is committed."""

    def __init__(self, target: Path, before: os.stat_result | None) -> None:
        if before is not None and stat.S_ISDIR(before.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        for debris in _debris(target):
            with suppress(OSError):
                debris.unlink()
        self.kept = before is not None
        self._target, self._before = target, before
        self._part = target.with_name(f".{_shortened(target.name)}.{os.getpid()}{_PART}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._descriptor = -1
        try:
            self._descriptor = os.open(self._part, flags, 0o600 if before else 0o666)
        except BaseException:  # a signal too
            self.close()
            raise

    def write(self, content: Any) -> int:
        return _pour(self._descriptor, content)

    def commit(self) -> None:
        if self._before:
            _keep_access(self._part, self._before)
        os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self._part.replace(self._target)
        _settle(self._target.parent)

    def close(self) -> None:
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1
        with suppress(OSError):  # it is there unless it was committed
            self._part.unlink()


def _keep_access(part: Path, before: os.stat_result) -> None:
    """Give a file the owner, where that is permitted, and the mode of the one whose place it takes."""
    if hasattr(os, "chown"):
        for owner, group in ((before.st_uid, -1), (-1, before.st_gid)):
            with suppress(OSError):
                os.chown(part, owner, group)
    part.chmod(stat.S_IMODE(before.st_mode))


def _settle(folder: Path) -> None:
    """Bring to the disk which files a folder has, where its file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _debris(target: Path) -> Iterator[Path]:
    """What runs that were killed left beside a file while they wrote it."""
    written = re.compile(rf"\.{re.escape(_shortened(target.name))}\.([0-9]{{1,9}}){re.escape(_PART)}")
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            match = written.fullmatch(entry.name)
            if match and not _runs(int(match[1])):
                yield Path(entry.path)


def _runs(process: int) -> bool:
    """Whether another process of that number is there; only where asking does it no harm."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _shortened(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:_LONGEST])


LARGEST_INPUT = 16 * 2**20


def content(name: str, hint: str, largest: int | None = LARGEST_INPUT) -> bytes:
    """The bytes of a file, `-` for standard input; of a pipe all that comes.

    Raises InputError where it cannot be read, or holds more than `largest` bytes.
    """
    if name == "-" and sys.stdin is None:
        raise InputError("`-` cannot be read: standard input is closed", path=name, hint=hint)
    most = -1 if largest is None else largest + 1
    try:
        if name == "-":
            found: bytes = sys.stdin.buffer.read(most)
        else:
            with Path(name).open("rb") as file:
                found = file.read(most)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"`{name[:80]}` cannot be read: {reason}", path=name, hint=hint) from None
    if largest is not None and len(found) > largest:
        raise InputError(f"`{name}` is larger than {largest // 2**20} MiB", path=name, hint=hint)
    return found
