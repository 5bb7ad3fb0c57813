"""How does a file of some convention become one with our columns: renamed, in our words, without rows that are none?

What is told of it, such as how many rows were left out, is of the last time that all of it was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve

from ketref.bulk.columns.distinct import is_text
from ketref.bulk.files.batches import CARRIED, Batch, File, Written, regrouped
from ketref.errors import UsageError
from ketref.model.fitting import Fitted, Made
from ketref.model.theirs import GROUPED, text_of, unclear

_BETWEEN = "\x1f"  # two values of a row


class Mapped(File):
    """A file of which the rows are read in our words; rows that are left out are none of it.

    Beside our columns its batches hold those of the file that they are made of, so that its own cells can be given.
    """

    def __init__(self, file: File, fit: Fitted, nested: bool = False, rename: Mapping[str, str] = {}) -> None:
        """Of what is `nested` the rows have no cells of their own: what is read of them is ours.

        By `rename` columns of the file are given under our names.
        """
        self.name, self.kind, self.bytes = file.name, file.kind, file.bytes
        self.rows = None if fit.left_out else file.rows
        self.left: Counter[str] = Counter()
        """How many rows were left out, by why."""
        self.told = fit.told
        self._file, self._fit = file, fit
        self._kept: list[np.ndarray[Any, Any]] = []  # the numbers, in the file, of the rows of each batch
        self._columns = fit.columns(len(file.names))
        plain = {one.sources[0].at: at for at, one in enumerate(self._columns) if isinstance(one, Made) and one.plain}
        kept = {one: at for at, one in enumerate(self._columns) if isinstance(one, int)}
        self._beside = [] if nested else sorted(fit.read - plain.keys())  # columns of the file that are not among ours
        beside = {place: len(self._columns) + at for at, place in enumerate(self._beside)}
        places = {**plain, **kept, **beside}
        made = {one.name for one in fit.made}
        given = {theirs: ours for ours, theirs in rename.items() if ours in made}
        self._own = None if nested else [(given.get(name, name), places[at]) for at, name in enumerate(file.names)]
        self.schema = self._made(file.schema.empty_table()).schema

    @property
    def names(self) -> list[str]:  # noqa: D102
        found: list[str] = self.schema.names[: len(self._columns)]
        return found

    def own(self, rows: pa.Table) -> pa.Table:  # noqa: D102
        if self._own is None:
            return rows
        return pa.Table.from_arrays([rows.column(at) for _, at in self._own], names=[name for name, _ in self._own])

    def cell(self, rows: pa.Table, at: int, column: str) -> tuple[str, str] | None:  # noqa: D102
        made = next((one for one in self._fit.made if one.name == column), None)
        names = self._file.names
        if made is not None and made.plain:
            text = text_of(rows[column][at].as_py())
            return None if text is None else (names[made.sources[0].at], text)
        for source in made.sources if made is not None and self._beside else ():
            text, over = (
                None if place is None else text_of(rows[f"{CARRIED}{place}"][at].as_py())
                for place in (source.at, source.over)
            )
            if text is not None and source.say(text, over) is not None:
                return names[source.at], text
        return None

    def batches(self, rows: int) -> Iterator[Batch]:  # noqa: D102
        if not self._fit.left_out:
            return (evolve(batch, rows=self._made(batch.rows)) for batch in self._file.batches(rows))
        return regrouped(self._counted(rows), rows)

    def written(self, rows: Collection[int]) -> dict[int, Written]:  # noqa: D102
        if not self._fit.left_out:
            return self._file.written(rows)
        kept = np.concatenate([np.zeros(0, np.int64), *self._kept])
        of = {int(kept[row]): row for row in rows if row < len(kept)}
        return {of[number]: found for number, found in self._file.written(list(of)).items()}

    def _counted(self, rows: int) -> Iterator[Batch]:
        """The rows that are none of those left out, numbered anew."""
        self.left, self._kept, first = Counter(), [], 0
        for batch in self._file.batches(rows):
            left = self._left(batch)
            kept = np.flatnonzero(~left)
            numbers = kept + batch.first
            self._kept.append(numbers)
            broken = {}
            if batch.broken:
                broken = {first + at: batch.broken[n] for at, n in enumerate(numbers.tolist()) if n in batch.broken}
            yield Batch(self._made(batch.rows.take(pa.array(kept))), first, broken)
            first += len(kept)

    def _left(self, batch: Batch) -> np.ndarray[Any, Any]:
        left = np.zeros(batch.rows.num_rows, bool)
        for at, words, why in self._fit.left_out:
            coded = _dictionary(_text(batch.rows.column(at)))
            said = (" ".join((text or "").split()).casefold() for text in coded.dictionary.to_pylist())
            of = np.array([why.leaves(word, words) for word in said])
            codes = coded.indices.fill_null(-1).to_numpy()
            here = (np.append(of, False)[codes]) & ~left if len(of) else np.zeros_like(left)
            for number in batch.broken:
                here[number - batch.first] = False
            if here.any():
                self.left[why.says] += int(here.sum())
            left |= here
        return left

    def _made(self, rows: pa.Table) -> pa.Table:
        names: list[str] = []
        columns: list[pa.ChunkedArray] = []
        for one in self._columns:
            names.append(rows.column_names[one] if isinstance(one, int) else one.name)
            if isinstance(one, int) or one.plain:
                columns.append(rows.column(one if isinstance(one, int) else one.sources[0].at))
            else:
                columns.append(_column(rows, one))
        for at in self._beside:
            names.append(f"{CARRIED}{at}")
            columns.append(rows.column(at))
        return pa.Table.from_arrays(columns, names=names)


def _column(rows: pa.Table, made: Made) -> pa.ChunkedArray:
    """One of our columns, as text."""
    if not made.sources:
        return pa.chunked_array([pa.repeat(pa.scalar(made.unsaid, pa.string()), rows.num_rows)])
    parts = []
    for source in made.sources:
        text = _text(rows.column(source.at))
        over = None if source.over is None else _text(rows.column(source.over))
        coded = _dictionary(text if over is None else pc.binary_join_element_wise(text, over.fill_null(""), _BETWEEN))
        words = []
        for value in coded.dictionary.to_pylist():
            own, _, other = value.partition(_BETWEEN) if over is not None else (value, "", "")
            words.append(source.say(own, other or None))
        parts.append(pa.array(words, pa.string()).take(coded.indices))
    found = parts[0] if len(parts) == 1 else pc.coalesce(*parts)
    return pa.chunked_array([found if made.unsaid is None else found.fill_null(made.unsaid)])


def _text(column: pa.ChunkedArray) -> pa.Array:
    """A column as text; a whole number has no point."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type) or pa.types.is_boolean(column.type) or pa.types.is_decimal(column.type):
        coded = _dictionary(_one(column))
        words = [text_of(value) for value in coded.dictionary.to_pylist()]
        return pa.array(words, pa.string()).take(coded.indices)
    try:
        return _one(column).cast(pa.string())
    except pa.ArrowException:
        hint = "give texts or numbers, or a mapping that names paths in what is nested"
        raise UsageError(f"a column that the mapping reads holds {column.type}, which is not text", hint=hint) from None


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _dictionary(column: pa.Array) -> pa.DictionaryArray:
    return column.dictionary_encode()


# ---------------------------------------------------------------- decimals


class Unambiguous(File):
    """A file in whose columns of numbers no point may part thousands where commas begin decimals."""

    def __init__(self, file: File, numbers: Mapping[str, str]) -> None:
        """`numbers` has our names of columns of numbers by those of the file."""
        self.name, self.kind, self.bytes, self.rows = file.name, file.kind, file.bytes, file.rows
        self.schema = file.schema
        self._file, self._numbers = file, _texts_of_numbers(file, numbers)

    def batches(self, rows: int) -> Iterator[Batch]:  # noqa: D102
        numbers = dict(self._numbers)
        for batch in self._file.batches(rows):
            for name, at in list(numbers.items()):
                column = batch.rows.column(at)
                commas = pc.match_substring_regex(column, r"\d,\d") if _any(pc.match_substring(column, ",")) else None
                if commas is not None and _any(commas):
                    self._refuse_points(name, at, _example(column, commas), rows)
                    del numbers[name]  # asked once
            yield batch

    def written(self, rows: Collection[int]) -> dict[int, Written]:  # noqa: D102
        return self._file.written(rows)

    def _refuse_points(self, name: str, at: int, comma: str, rows: int) -> None:
        for batch in self._file.batches(rows):
            column = batch.rows.column(at)
            points = pc.match_substring_regex(column, GROUPED)
            if _any(points):
                raise unclear(name, comma, _example(column, points))


def has_numbers(file: File, numbers: Mapping[str, str]) -> bool:
    """Whether a file has columns of numbers that are text."""
    return bool(_texts_of_numbers(file, numbers))


def _texts_of_numbers(file: File, numbers: Mapping[str, str]) -> dict[str, int]:
    """Where each column of numbers stands that is text."""
    return {one.name: at for at, one in enumerate(file.schema) if one.name in numbers and is_text(one.type)}


def _any(found: pa.ChunkedArray) -> bool:
    return pc.any(found).as_py() is True


def _example(column: pa.ChunkedArray, found: pa.ChunkedArray) -> str:
    text: str = column.filter(found)[0].as_py()
    return text
