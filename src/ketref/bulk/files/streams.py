"""Which bytes are in a file, from its beginning, again and again, and is it still the file that it was?

A regular file is kept open, so that it stays the same one even where another takes its name. What can be read only
once, such as a pipe, is copied to memory, or to an unnamed temporary file where it is large.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterator
from itertools import chain
from threading import Lock
from typing import Any

import pyarrow as pa

from ketref.csv_text import breaks
from ketref.errors import InputError

BLOCK = 1 << 22  # bytes that are read together: more take more memory, and no less time
_IN_MEMORY = 1 << 26  # bytes of what can be read only once
_UTF_8 = "utf-8"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_OFTEN = "cp1252"


class TextError(ValueError):
    """Bytes that are no text in the encoding that is expected; `hint` says what to do."""

    def __init__(self, text: str, hint: str = f"say which encoding it has, such as --encoding {_OFTEN}") -> None:
        super().__init__(text)
        self.hint = hint


class Held:
    """The bytes of a file, which is kept open."""

    def __init__(self, name: str, file: Any = None, descriptor: int = -1) -> None:
        """What holds them is a file of Python's, which only this reads, or the descriptor of a regular file."""
        self.name = name
        self._file, self._descriptor = file, descriptor
        self._lock = Lock()
        if file is None:
            weakref.finalize(self, os.close, descriptor)
            self.size, self._written = self._state()
        else:
            weakref.finalize(self, file.close)
            self.size, self._written = file.seek(0, os.SEEK_END), 0

    def _state(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns

    def check(self) -> None:
        """Raise InputError where the file is not what it was when it was opened."""
        if self._file is None and self._state() != (self.size, self._written):
            hint = "begin again when nothing writes to it, or read a copy of it"
            raise InputError(f"`{self.name}` was changed while it was read", path=self.name, hint=hint)

    def read(self, begin: int, size: int) -> bytes:
        """At most so many bytes from a place in the file; fewer only at its end."""
        parts: list[bytes] = []
        while size > 0 and (part := self._some(begin, size)):
            parts.append(part)
            begin, size = begin + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, begin: int, size: int) -> bytes:
        if self._file is None and hasattr(os, "pread"):
            return os.pread(self._descriptor, size, begin)
        with self._lock:
            if self._file is None:
                os.lseek(self._descriptor, begin, os.SEEK_SET)
                return os.read(self._descriptor, size)
            self._file.seek(begin)
            found: bytes = self._file.read(size)
            return found

    def opened(self) -> io.RawIOBase:
        """The bytes as a file of Python's that has a place of its own."""
        return _Window(self)


class _Window(io.RawIOBase):
    """A place in what is held, from which it is read on."""

    def __init__(self, held: Held) -> None:
        self._held, self._at = held, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._held.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        found = self._held.read(self._at, self._held.size - self._at if size < 0 else size)
        self._at += len(found)
        return found


def held(name: str, temp_dir: str | None = None) -> Held:
    """The bytes of a file, `-` for standard input. Raises OSError or InputError where they cannot be had."""
    if name == "-":
        if sys.stdin is None:
            raise InputError("`-` cannot be read: standard input is closed", path=name)
        descriptor = _of_a_file(sys.stdin)
        if descriptor is not None:
            return Held(name, descriptor=os.dup(descriptor))
        return Held(name, _copied(sys.stdin.buffer, temp_dir))
    if os.path.isdir(name):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with open(name, "rb", buffering=0) as found:
        if stat.S_ISREG(os.fstat(found.fileno()).st_mode):
            return Held(name, descriptor=os.dup(found.fileno()))
        return Held(name, _copied(found, temp_dir))


def _of_a_file(stream: Any) -> int | None:
    """The descriptor of a stream that is a regular file, of which nothing was read; None: it is not."""
    try:
        descriptor: int = stream.fileno()
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return descriptor if regular and os.lseek(descriptor, 0, os.SEEK_CUR) == 0 else None
    except (AttributeError, OSError):
        return None


def _copied(found: Any, temp_dir: str | None) -> Any:
    copy = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=temp_dir)  # noqa: SIM115
    try:
        while part := found.read(1 << 20):
            copy.write(part)
    except BaseException:
        copy.close()
        raise
    return copy


# ---------------------------------------------------------------- text


def pieces(source: Held, compression: str | None, encoding: str = _UTF_8, size: int = BLOCK) -> Iterator[bytes]:
    """The text of a file as UTF-8, decompressed, a piece at a time, without a mark at its beginning.

    Raises TextError, which names the line, where it is not in that encoding: of UTF-8 that is left to who reads it.
    """
    raw = _raw(source, compression, size)
    if encoding == _UTF_8:
        yield from _unmarked(raw)
    else:
        yield from _recoded(raw, encoding)


def marked(source: Held) -> int:
    """How many bytes of a mark stand before a text of UTF-8."""
    mark = codecs.BOM_UTF8
    return len(mark) if source.read(0, len(mark)) == mark else 0


def _raw(source: Held, compression: str | None, size: int) -> Iterator[bytes]:
    source.check()
    if compression is None:
        at = 0
        while piece := source.read(at, size):
            at += len(piece)
            yield piece
    else:
        with pa.CompressedInputStream(pa.PythonFile(source.opened(), "r"), compression) as stream:
            while piece := stream.read(size):
                yield piece
    source.check()


def _unmarked(raw: Iterator[bytes]) -> Iterator[bytes]:
    first = True
    for piece in raw:
        if first and (other := next((name for mark, name in _MARKS.items() if piece.startswith(mark)), None)):
            raise TextError(f"it is not UTF-8, and its first bytes are those of {other}", f"--encoding {other}")
        yield piece.removeprefix(codecs.BOM_UTF8) if first else piece
        first = False


def _recoded(raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    ended = 0
    for piece in chain(raw, (None,)):
        try:
            text = decoder.decode(piece or b"", piece is None)
        except UnicodeDecodeError as error:
            ended += breaks(error.object[: error.start].decode(encoding, "replace").encode())
            raise TextError(f"line {ended + 1} is not {encoding}", "say which encoding it has: --encoding") from None
        found = text.encode()
        ended += breaks(found)
        if found:
            yield found
