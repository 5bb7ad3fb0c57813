"""How is a file of any size read: as a stream of rows, again and again, in which every value of text stays text?"""

from __future__ import annotations

from collections.abc import Collection

from ketref import csv_text
from ketref.bulk.files.batches import Batch, File, Reading, told
from ketref.bulk.files.csv_blocks import CsvBlocks
from ketref.bulk.files.held_rows import json_rows_of, transport_rows
from ketref.bulk.files.json_blocks import JsonBlocks
from ketref.bulk.files.kinds import compression_of
from ketref.bulk.files.parquet_blocks import ParquetFiles
from ketref.bulk.files.streams import held
from ketref.csv_text import checked_encoding
from ketref.model.mappings import Table

__all__ = ["Batch", "File", "Reading", "opened_file"]


def opened_file(
    name: str,
    kind: str,
    reading: Reading | None = None,
    known: Collection[str] = (),
    rejecting: bool = False,
    table: Table | None = None,
) -> File:
    """A file of that kind, `-` for standard input, to be read as often as one likes.

    Its header, or what tells its columns, is read at once: of JSON lines all of them. The name is that of a local file,
    or of a folder of Parquet files; text may be compressed, as a further suffix tells. Above the header of CSV, which
    has some `known` columns, lines may be passed over. A row of it with too few or too many values, or a JSON line that
    is none, is a broken one where that is `rejecting`. `table` tells where in a JSON document the rows are. Raises
    InputError where it cannot be read, UsageError where `reading` cannot be meant.
    """
    reading = reading or Reading()
    encoding = checked_encoding(reading.encoding)
    csv_text.sign_of(reading.delimiter)
    with told(name, kind, rejecting):
        if kind == "parquet":
            return ParquetFiles(name, reading.temp_dir)
        if kind == "xpt":
            return transport_rows(name)
        source = held(name, reading.temp_dir)
        compression = compression_of(name, kind)
        if kind == "csv":
            return CsvBlocks(name, source, compression, encoding, reading, known, rejecting)
        if kind == "json" or (table is not None and table.nested):
            return json_rows_of(name, kind, source, compression, encoding, table or Table())
        return JsonBlocks(name, source, compression, encoding, rejecting)
