"""Which rows does a CSV file of any size hold?"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
from attrs import evolve

from ketref import csv_text
from ketref.bulk import separated
from ketref.bulk.files.batches import Reading, Written
from ketref.bulk.files.blocks import Blocks, Broken
from ketref.bulk.files.streams import Held
from ketref.bulk.refusals import Refusal
from ketref.csv_text import CsvError
from ketref.errors import quoted


class CsvBlocks(Blocks):
    """A CSV file, of which every value is text."""

    def __init__(
        self,
        name: str,
        held: Held,
        compression: str | None,
        encoding: str,
        reading: Reading,
        known: Collection[str],
        rejecting: bool,
    ) -> None:
        """Raises CsvError where there is no header."""
        super().__init__(name, "csv", held, compression, encoding, rejecting)
        head = next(self._pieces(), b"")
        text = csv_text.opened(head, known, reading.skip, csv_text.sign_of(reading.delimiter))
        if text.begin == len(head) and len(head) >= self._size:
            raise CsvError(f"its header does not end within {len(head) >> 20} MiB")
        self._above = csv_text.breaks(head, text.begin)
        self._begin = text.begin
        self._text = evolve(text, content=b"", begin=0)
        self.schema = pa.schema([(column, pa.string()) for column in text.names[: text.width]])

    def _end(self, content: bytes) -> tuple[int, bool]:
        end, _, spans = separated.row_ends(content, self._text.sign)
        return end, spans

    def _table(self, block: bytes, offset: int, spans: bool | None) -> tuple[pa.Table, Broken]:
        text = evolve(self._text, content=block)
        broken: separated.Broken | None = {} if self._rejecting else None
        try:
            rows = separated.part(text, broken, None if spans is None else (len(block), -1, spans))
            if broken and offset == self._begin and len(broken) == rows.num_rows:
                text.fitting(next(text.rows()))  # then it is the header that is not sound
        except CsvError:
            begun = evolve(text, before=self._lines_before(offset))
            separated.part(begun, {} if self._rejecting else None)
            begun.fitting(next(begun.rows()))
            raise
        refused = {
            row: Refusal(reason, value=quoted(written), code="ragged")
            for row, (reason, written) in (broken or {}).items()
        }
        return rows, refused

    def _breaks(self, block: bytes) -> int:
        return csv_text.breaks(block)

    def _written_in(self, block: bytes, rows: Collection[int], before: int) -> dict[int, Written]:
        found = evolve(self._text, content=block, before=before).found(rows)
        return {row: Written(line, text) for row, (line, text) in found.items()}

    def _refuse_long(self, row: bytes, before: int) -> None:
        _, unclosed, _ = separated.row_ends(row, self._text.sign)
        if unclosed >= 0:  # which is told as that of any row
            list(evolve(self._text, content=row[unclosed:], before=before + csv_text.breaks(row, unclosed)).rows())
        super()._refuse_long(row, before)
