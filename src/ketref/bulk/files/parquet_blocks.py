"""Which rows do a Parquet file, or a folder of such, hold?"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from ketref.bulk.files.batches import Batch, File, Written, regrouped, told
from ketref.bulk.files.streams import Held, held
from ketref.errors import InputError

_SUFFIXES = {".parquet", ".pq"}
_PAGES = 1 << 18  # bytes of a column that are read together
_PASSED_OVER = (".", "_")  # what begins the names of files beside the data, such as _SUCCESS


class ParquetFiles(File):
    """Parquet files of the same columns, one after another."""

    def __init__(self, name: str, temp_dir: str | None) -> None:
        """Raises InputError where a file is not sound, or has other columns than the first."""
        self.name, self.kind = name, "parquet"
        self._files = [(path, held(path, temp_dir)) for path in (_within(name) if os.path.isdir(name) else [name])]
        self.bytes = self.rows = 0
        for number, (path, source) in enumerate(self._files):
            with told(path, self.kind):
                found = _opened(source)
            if number == 0:
                self.schema = found.schema_arrow
            self._refuse_other(path, found.schema_arrow)
            self.rows += found.metadata.num_rows
            groups = (found.metadata.row_group(at) for at in range(found.num_row_groups))
            self.bytes += sum(group.total_byte_size for group in groups)

    def batches(self, rows: int) -> Iterator[Batch]:  # noqa: D102
        return regrouped(self._read(rows), rows)

    def written(self, rows: Collection[int]) -> dict[int, Written]:  # noqa: ARG002, D102
        return {}

    def _read(self, rows: int) -> Iterator[Batch]:
        first = 0
        for path, source in self._files:
            with told(path, self.kind):
                source.check()
                for found in _opened(source).iter_batches(rows, use_threads=False):
                    rows_found = pa.Table.from_batches([found])
                    yield Batch(rows_found if rows_found.schema == self.schema else rows_found.cast(self.schema), first)
                    first += found.num_rows
                source.check()
        if not first:
            yield Batch(self.schema.empty_table(), 0)

    def _refuse_other(self, path: str, found: pa.Schema) -> None:
        """Refuse a file with other columns than the first."""
        columns = dict(zip(self.schema.names, self.schema.types, strict=True))
        others = dict(zip(found.names, found.types, strict=True))
        if list(columns.items()) == list(others.items()):
            return
        for column in (*columns, *others):
            if columns.get(column) != others.get(column):
                what = f"its column `{column}` is {others.get(column, 'missing')}"
                what += f", and {columns.get(column, 'missing')} in `{self._files[0][0]}`"
                break
        else:
            what = f"its columns stand in another order than those of `{self._files[0][0]}`"
        hint = "give files of the same columns and types, or each by itself"
        raise InputError(f"`{path}` does not go with the files before it: {what}", path=path, hint=hint)


def _opened(source: Held) -> parquet.ParquetFile:
    """What reads a file some pages at a time: whole groups of rows take more memory, and no less time.

    Nor do threads of Arrow's, which keep some memory each.
    """
    return parquet.ParquetFile(pa.PythonFile(source.opened(), "r"), pre_buffer=False, buffer_size=_PAGES)


def _within(folder: str) -> list[str]:
    """The Parquet files of a folder, by name. Raises InputError where there are none, or others."""
    found = sorted(path for path in Path(folder).iterdir() if not path.name.startswith(_PASSED_OVER))
    hint = "give a folder that holds Parquet files of the same columns, and nothing else"
    for path in found:
        if path.is_dir() or path.suffix.lower() not in _SUFFIXES:
            what = "a folder" if path.is_dir() else "no Parquet file"
            raise InputError(f"`{folder}` holds `{path.name}`, which is {what}", path=folder, hint=hint)
    if not found:
        raise InputError(f"`{folder}` holds no Parquet files", path=folder, hint=hint)
    return [str(path) for path in found]
