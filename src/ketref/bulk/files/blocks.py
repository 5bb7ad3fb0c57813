"""How is a text of any size read in blocks of whole rows, and in which line does a row stand?

A block ends where a row does. Which row, which byte and which line each one begins with is kept, so that a row is found
again by reading its block alone or, where the text is compressed, by reading on from the block that was last found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice

import pyarrow as pa

from ketref.bulk.files import streams
from ketref.bulk.files.batches import CANNOT, Batch, File, Written, regrouped, told
from ketref.bulk.files.streams import Held
from ketref.bulk.refusals import Refusal

LONGEST = 1 << 26  # bytes of a row
_COMPRESSES = 5  # times that a text is some longer than its compressed bytes

Broken = dict[int, Refusal]
"""Rows, counted from the first of a block, that have too few or too many values, or are no JSON."""


class Blocks(File):
    """A text of which a file holds rows: what there is of blocks, whichever way these are written."""

    def __init__(
        self, name: str, kind: str, held: Held, compression: str | None, encoding: str, rejecting: bool
    ) -> None:
        self.name, self.kind = name, kind
        self.bytes = held.size * (_COMPRESSES if compression else 1)
        self._held, self._compression, self._encoding, self._rejecting = held, compression, encoding, rejecting
        self._size = streams.BLOCK
        self._begin = 0  # the byte that the first row begins with
        self._above = 0  # lines before it
        self._starts = [0]  # the row that each block begins with, so far as it was read
        self._offsets: list[int] = []  # the byte
        self._lines: list[int] = []  # how many lines stand before it
        self._passed = -1  # the last block that was found again, and what comes after it
        self._further: Iterator[bytes] = iter(())

    # what the ways to write rows differ in

    def _end(self, content: bytes) -> tuple[int, bool]:
        """Where the last row of a text ends that has an end, 0 where there is none; may rows of it span lines?"""
        raise NotImplementedError

    def _table(self, block: bytes, offset: int, spans: bool | None) -> tuple[pa.Table, Broken]:
        """The rows of a block, which may span lines (None: not known). Raises what tells the line that is not sound."""
        raise NotImplementedError

    def _written_in(self, block: bytes, rows: Collection[int], before: int) -> dict[int, Written]:
        """Where each of some rows of a block is written, which has so many lines before it."""
        raise NotImplementedError

    def _breaks(self, block: bytes) -> int:
        """How many lines end in a block."""
        raise NotImplementedError

    def _refuse_long(self, row: bytes, before: int) -> None:  # noqa: ARG002
        """Refuse a row, with so many lines before it, that does not end within what may be read at a time."""
        raise ValueError(f"line {before + 1} is longer than {LONGEST >> 20} MiB")

    # what they have in common

    def batches(self, rows: int) -> Iterator[Batch]:  # noqa: D102
        return regrouped(ahead(self._read()), rows)

    def written(self, rows: Collection[int]) -> dict[int, Written]:  # noqa: D102
        wanted = sorted(rows)
        if wanted and wanted[-1] >= self._starts[-1]:
            for _ in self._read():
                pass
        found: dict[int, Written] = {}
        with told(self.name, self.kind):
            for number, here in groupby(wanted, lambda row: bisect_right(self._starts, row) - 1):
                first = self._starts[number]
                within = self._written_in(self._again(number), {row - first for row in here}, self._lines[number])
                found |= {first + row: written for row, written in within.items()}
        return found

    def _again(self, number: int) -> bytes:
        """A block that was read before."""
        offset, *after = self._offsets[number : number + 2]
        self._held.check()
        if self._compression is None and self._encoding == "utf-8":
            at = offset + streams.marked(self._held)
            return self._held.read(at, after[0] - offset if after else self._held.size - at)
        if number <= self._passed:
            self._passed = -1
        if self._passed < 0:
            self._further = (block for _, block, _ in self._blocks())
        block = next(islice(self._further, number - self._passed - 1, None))
        self._passed = number
        return block

    def _read(self) -> Iterator[Batch]:
        """The rows of one block after another."""
        first, lines = 0, self._above
        with told(self.name, self.kind, self._rejecting):
            try:
                for number, (offset, block, spans) in enumerate(self._blocks(), 1):
                    rows, broken = self._table(block, offset, spans)
                    start, first = first, first + rows.num_rows
                    if number == len(self._starts):
                        self._starts.append(first)
                        self._offsets.append(offset)
                        self._lines.append(lines)
                    known = number < len(self._lines)
                    lines = self._lines[number] if known else self._lines[number - 1] + self._breaks(block)
                    yield Batch(rows, start, {start + row: refusal for row, refusal in broken.items()})
                if len(self._starts) == 1:
                    yield Batch(self.schema.empty_table(), 0)
            except CANNOT:
                self._held.check()  # what was changed meanwhile is to blame
                raise

    def _pieces(self) -> Iterator[bytes]:
        return streams.pieces(self._held, self._compression, self._encoding, self._size)

    def _blocks(self) -> Iterator[tuple[int, bytes, bool | None]]:
        """Blocks of whole rows, each with the byte that it begins with, and whether rows of it may span lines."""
        offset, above, rest = self._begin, self._begin, b""
        for piece in self._pieces():
            here, above = piece[above:], max(above - len(piece), 0)
            content = rest + here if rest else here
            end, spans = self._end(content)
            if end:
                yield offset, content[:end], spans
            offset, rest = offset + end, content[end:]
            if len(rest) > LONGEST:
                self._refuse_long(rest, self._lines_before(offset))
        if rest:
            yield offset, rest, None

    def _lines_before(self, offset: int) -> int:
        """How many lines end before a byte that a row begins with."""
        lines, at, last = self._above, self._begin, b""
        skipped = self._begin
        for piece in self._pieces():
            here, skipped = piece[skipped:], max(skipped - len(piece), 0)
            here = here[: offset - at]
            at += len(here)
            lines += self._breaks(last + here) - self._breaks(last)
            last = here[-1:] or last
            if at >= offset:
                break
        return lines


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same, each read while what came before it is worked on."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
