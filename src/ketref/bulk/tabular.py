"""How does a file of many rows become a table, and a table a file: CSV, JSON lines or Parquet?

Of CSV every value stays the text that it is: what it means is asked where a question is understood.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
from attrs import frozen

from ketref.bulk.files.kinds import kind_of
from ketref.bulk.files.reading import Reading, opened_file
from ketref.bulk.files.writing import fit, sink
from ketref.bulk.refusals import Lines, Refusal

__all__ = ["Source", "fit", "kind_of", "source", "write"]

_TOGETHER = 1 << 18  # rows that are read together


@frozen(eq=False)
class Source:
    """What was read of a file: its rows, in which `lines` they stand, and which are `broken`."""

    rows: pa.Table
    lines: Lines
    broken: Mapping[int, Refusal] = {}


def source(name: str, kind: str, known: Collection[str], skip: int = 0, rejecting: bool = False) -> Source:
    """What a file holds, `-` for standard input. Raises InputError where there is no table.

    Above the header of a CSV file, which has some `known` columns, `skip` lines are passed over. A row of it with too
    few or too many values is one `broken` row where that is `rejecting`.
    """
    found = opened_file(name, kind, Reading(skip=skip), known, rejecting)
    batches = list(found.batches(_TOGETHER))
    broken = {row: refusal for batch in batches for row, refusal in batch.broken.items()}
    return Source(pa.concat_tables([batch.rows for batch in batches]), found.lines, broken)


def write(found: pa.Table, name: str, kind: str) -> None:
    """Write a table to a file, all of it or nothing; `-` is standard output. Raises InputError where that cannot be."""
    with sink(name, kind, True) as out:
        out.write(found)
        out.commit()
