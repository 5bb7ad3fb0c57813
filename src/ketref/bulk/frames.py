"""How do the columns of any table come in?

A table is any eager frame that narwhals knows (pandas, Polars, pyarrow, modin ...), anything that speaks the Arrow
PyCapsule interface, or a mapping of arrays, lists and scalars. Every column becomes Arrow arrays, without a copy where
the table holds such; a column of Python objects becomes codes and the list of its distinct values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from ketref.bulk.answer_frames import as_array, as_frame
from ketref.errors import UsageError
from ketref.model.vocabulary import fold

Answers = Mapping[str, pa.Array]
FEWEST = 1 << 14  # rows that a chunk has on average, or the chunks of a column are put together


def _never(_: object) -> bool:
    return False


@frozen(eq=False)
class Column:
    """One column: its `chunks`, in order.

    Where `values` is given, the chunks are of int32 and count into it (null: no value); it then holds whatever objects
    the caller had. A `constant` column has one row, which stands for all.
    """

    name: str
    chunks: tuple[pa.Array, ...]
    values: tuple[Any, ...] | None = None
    constant: bool = False
    silent: Callable[[object], bool] = _never
    """Whether a value that is not null says nothing, as null does."""

    @property
    def type(self) -> pa.DataType | None:
        """The Arrow type of its values, None where they are Python objects."""
        return None if self.values is not None else self.chunks[0].type

    @property
    def whole(self) -> bool:
        """Whether it holds all rows in one chunk."""
        return len(self.chunks) == 1 and not self.constant

    def starts(self) -> Iterator[int]:
        """The row at which each chunk begins, but for those that are the only one."""
        start = 0
        for chunk in self.chunks[:-1]:
            start += len(chunk)
            yield start

    def part(self, start: int, stop: int) -> tuple[int, pa.Array]:
        """The number of the chunk that holds these rows, and the rows; of a constant column its one row."""
        if self.constant:
            return 0, self.chunks[0]
        begin = 0
        for number, chunk in enumerate(self.chunks):
            if start < begin + len(chunk):
                return number, chunk.slice(start - begin, stop - start)
            begin += len(chunk)
        return 0, self.chunks[0].slice(0, 0)

    def value(self, row: int) -> Any:
        """What the caller said in a row, as a Python object; None where nothing."""
        found = self.part(row, row + 1)[1][0].as_py()
        if found is not None and self.values is not None:
            found = self.values[found]
        return None if found is None or self.silent(found) else found


@frozen(eq=False)
class Frame:
    """A table: its `height` in rows, the columns that were asked for, and how to `give` answers of as many rows.

    `others` are the names of the columns that were not asked for.
    """

    height: int
    columns: Mapping[str, Column]
    give: Callable[[Answers], Any]
    others: Sequence[str] = ()

    def heard(self, says_nothing: Callable[[str, object], bool]) -> Frame:
        """The same table, in whose columns what says nothing under their name counts as null."""
        columns = {name: evolve(c, silent=partial(says_nothing, name)) for name, c in self.columns.items()}
        return evolve(self, columns=columns)

    def blocks(self, most: int, names: Iterable[str] | None = None) -> Iterator[tuple[int, int]]:
        """Rows from begin to end, at most so many, such that each block lies in one chunk of every column."""
        columns = [self.columns[name] for name in (self.columns if names is None else names)]
        cuts = sorted({0, self.height, *(start for column in columns for start in column.starts())})
        for begin, end in pairwise(cuts):
            for start in range(begin, end, most):
                yield start, min(start + most, end)


def opened(table: object, known: Collection[str]) -> Frame:
    """The table, with those of its columns that are `known`. Raises UsageError where it cannot be read.

    Other columns are left alone, but for one that is a known one in other letters. Where `known` is a mapping, a column
    is so only beside all columns of one of the groups that it leads to.
    """
    if isinstance(table, Mapping):
        return _of_mapping(table, known)
    if isinstance(table, list | tuple) and table and all(isinstance(row, Mapping) for row in table):
        return _of_records(table, known)
    if isinstance(table, pa.Table):  # others of its columns may bear one name
        others = _others(table.column_names, known)
        return evolve(_of_frame(table.select(_wanted(table.column_names, known)), known, pa.table), others=others)
    if isinstance(table, pa.RecordBatch):
        return _of_frame(pa.table(table), known, lambda given: pa.RecordBatch.from_pydict(dict(given)))
    try:
        found = nw.from_native(cast("Any", table), eager_only=True)
    except TypeError:
        found = None
    except Exception as error:  # what a library says of a table of its own that narwhals does not take
        raise UsageError(f"the table cannot be read: {error}", value=type(table).__name__) from error
    if found is not None:
        return _of_narwhals(found, known)
    if hasattr(table, "collect"):
        raise UsageError("the table is lazy", value=type(table).__name__, hint="call its `collect()` first")
    if hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__"):
        try:
            streamed = pa.table(cast("Any", table))
        except Exception as error:  # a stream of something else than rows, such as a single column
            raise UsageError(f"the table cannot be read: {error}", value=type(table).__name__) from error
        return _of_frame(streamed, known, lambda given: pa.table(dict(given)))
    hint = "give a pandas, Polars or Arrow table, a mapping of arrays, or a list of mappings"
    raise UsageError(f"`{type(table).__name__}` is not a table", value=type(table).__name__, hint=hint)


# ---------------------------------------------------------------- frames


def _of_frame(table: pa.Table, known: Collection[str], give: Callable[[Answers], Any]) -> Frame:
    columns = {name: _chunked(name, table[name]) for name in _wanted(table.column_names, known)}
    return Frame(table.num_rows, columns, give, _others(table.column_names, known))


def _of_narwhals(frame: nw.DataFrame[Any], known: Collection[str]) -> Frame:
    names = _wanted(frame.columns, known)
    columns = {name: _column(name, frame.get_column(name)) for name in names}
    index = nw.maybe_get_index(frame)
    return Frame(
        frame.shape[0],
        columns,
        lambda given: as_frame(pa.table(dict(given)), frame.implementation, index),
        _others(frame.columns, known),
    )


def _column(name: str, series: nw.Series[Any]) -> Column:
    kind = getattr(series.to_native(), "dtype", None)
    if series.dtype == nw.Object or (isinstance(kind, np.dtype) and kind.kind == "O"):
        return _objects(name, series.to_list(), nan_is_null=series.implementation.is_pandas_like())
    if isinstance(kind, np.dtype) and kind.kind in "mM":
        return _from_numpy(name, series.to_numpy())
    if series.implementation.is_pandas_like() and isinstance(series.dtype, nw.Categorical | nw.Enum):
        held = series.to_native().array  # its codes are not copied, as those of `.cat` are
        codes = held.codes
        if len(codes) and codes.min() >= 0:  # no nulls, so that no bitmap of them is made
            words = pa.array(held.categories)
            return Column(name, (pa.DictionaryArray.from_arrays(pa.array(codes), words, safe=False),))
    try:
        chunked = pa.chunked_array(cast("Any", series))
    except Exception as error:
        raise _unreadable(name, error) from error
    return _chunked(name, chunked)


def _chunked(name: str, found: pa.ChunkedArray) -> Column:
    chunks = tuple(chunk for chunk in found.chunks if len(chunk))  # Arrow does not put all empty ones together
    if len(chunks) > 1 and len(found) < FEWEST * len(chunks):
        filled = pa.chunked_array(chunks, found.type)
        combined = (filled.unify_dictionaries() if pa.types.is_dictionary(found.type) else filled).combine_chunks()
        return Column(name, tuple(combined.chunks) if isinstance(combined, pa.ChunkedArray) else (combined,))
    return Column(name, chunks or (pa.nulls(0, found.type),))


def _wanted(columns: Sequence[Any], known: Collection[str]) -> list[str]:
    """The known ones among the columns of a table."""
    known = _known(columns, known)
    meant = {fold(name): name for name in known}
    found = []
    for column in columns:
        if column in known:
            if column in found:
                raise UsageError(f"the column `{column}` is there twice", value=column, hint="keep one of them")
            found.append(column)
        elif isinstance(column, str) and (name := meant.get(fold(column))):
            hint = f"call it `{name}`, or leave it out if it means something else"
            raise UsageError(f"the column `{column}` is not read", value=column, candidates=[name], hint=hint)
    return found


def _others(columns: Sequence[Any], known: Collection[str]) -> list[str]:
    known = _known(columns, known)
    return [column for column in columns if isinstance(column, str) and column not in known]


def _known(columns: Sequence[Any], known: Collection[str]) -> Collection[str]:
    if not isinstance(known, Mapping):
        return known
    there = {fold(column) for column in columns if isinstance(column, str)}
    return {name for name, groups in known.items() if any(there.issuperset(map(fold, group)) for group in groups)}


# ---------------------------------------------------------------- arrays and scalars


def _of_mapping(table: Mapping[Any, Any], known: Collection[str]) -> Frame:
    columns = {name: _given(name, table[name]) for name in _wanted(list(table), known)}
    heights = {name: sum(map(len, column.chunks)) for name, column in columns.items() if not column.constant}
    if len(set(heights.values())) > 1:
        lengths = ", ".join(f"{name} {height}" for name, height in heights.items())
        raise UsageError(
            f"the columns are of different length: {lengths}", hint="give arrays of one length, or scalars"
        )
    height = next(iter(heights.values()), 1)
    return Frame(
        height,
        columns,
        lambda given: {name: as_array(array) for name, array in given.items()},
        _others(list(table), known),
    )


def _of_records(rows: Sequence[Mapping[Any, Any]], known: Collection[str]) -> Frame:
    """A list of mappings, one a row, whose answers are such a list too; a key that a row has not is null."""
    names = dict.fromkeys(name for row in rows for name in row)
    frame = _of_mapping({name: [row.get(name) for row in rows] for name in names}, known)

    def give(given: Answers) -> list[dict[str, Any]]:
        columns = [array.to_pylist() for array in given.values()]
        return [dict(zip(given, values, strict=True)) for values in zip(*columns, strict=True)]

    return evolve(frame, height=len(rows), give=give)


def _given(name: str, value: Any) -> Column:
    """An array, a list, or a scalar that stands for all rows."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.datetime64 | np.timedelta64):
        return Column(name, _from_numpy(name, np.asarray([value])).chunks, constant=True)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return _from_numpy(name, value)
    if isinstance(value, list | range):
        return _objects(name, value)
    if isinstance(value, pa.ChunkedArray | pa.Array):
        return _chunked(name, pa.chunked_array([value]) if isinstance(value, pa.Array) else value)
    try:
        return _column(name, nw.from_native(value, series_only=True))
    except TypeError:
        pass
    if hasattr(value, "__array__"):  # such as a categorical that belongs to no series
        return _objects(name, list(value))
    return _listed(name, [value], constant=True)


def _from_numpy(name: str, values: np.ndarray[Any, Any]) -> Column:
    if values.ndim != 1:
        raise UsageError(f"`{name}` has {values.ndim} dimensions", value=name, hint="give one value a row")
    if values.dtype.kind == "O":
        return _objects(name, values.tolist())
    try:
        values = _with_unit(values)
        return Column(name, (_times(values) if _is_times(values) else pa.array(values),))
    except Exception as error:
        raise _unreadable(name, error) from error


def _is_times(values: Any) -> bool:
    """Whether an array holds times in units of Arrow, none of them NaT."""
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "mM" or not len(values):
        return False
    known = np.datetime_data(values.dtype)[0] in {"s", "ms", "us", "ns"} and values.flags.c_contiguous
    return known and int(values.view(np.int64).min()) != np.iinfo(np.int64).min


def _times(values: np.ndarray[Any, Any]) -> pa.Array:
    """Such an array as it lies there: no bitmap of nulls is made."""
    unit = np.datetime_data(values.dtype)[0]
    kind = pa.duration(unit) if values.dtype.kind == "m" else pa.timestamp(unit)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values.view(np.int64))])


def _with_unit(values: np.ndarray[Any, Any]) -> Any:
    """Times in units that Arrow has; a year or a month stays the range that it is."""
    if values.dtype.kind not in "mM":
        return values
    unit = np.datetime_data(values.dtype)[0]
    if values.dtype.kind == "M" and unit in {"Y", "M"}:
        return pa.array(np.datetime_as_string(values).astype(object), mask=np.isnat(values))
    if (unit in {"W", "h", "m"}) or (unit == "D" and values.dtype.kind == "m"):
        coarse = values.astype(f"{values.dtype.kind}8[s]")
        if not np.array_equal(coarse.astype(values.dtype), values, equal_nan=True):
            raise OverflowError("a time is too long")
        return coarse
    return values


def _objects(name: str, values: Sequence[Any], nan_is_null: bool = False) -> Column:
    """Python objects: text becomes Arrow text, anything else codes and distinct values."""
    if all(value is None or isinstance(value, str) for value in values):
        try:
            return Column(name, (pa.array(values, pa.large_string()),))
        except (pa.ArrowException, UnicodeError):
            pass  # a lone surrogate: no text, and no word of any book
    return _listed(name, values, nan_is_null)


def _listed(name: str, values: Iterable[Any], nan_is_null: bool = False, constant: bool = False) -> Column:
    known: dict[Any, int] = {}
    distinct: list[Any] = []
    codes: list[int | None] = []
    for value in values:
        if _missing(value, nan_is_null):
            codes.append(None)
            continue
        try:
            code = known.setdefault((type(value), value, getattr(value, "fold", 0)), len(distinct))
        except Exception:  # what cannot be hashed or compared is a value of its own
            code = len(distinct)
        if code == len(distinct):
            distinct.append(value)
        codes.append(code)
    return Column(name, (pa.array(codes, pa.int32()),), tuple(distinct), constant)


def _missing(value: Any, nan_is_null: bool) -> bool:
    """Whether a value is none: None, NaT or NA; and NaN, in tables that write it for null."""
    if value is None or isinstance(value, str):
        return value is None
    if isinstance(value, float):
        return nan_is_null and math.isnan(value)
    return type(value).__name__ in {"NaTType", "NAType"} or (
        isinstance(value, np.datetime64 | np.timedelta64) and bool(np.isnat(value))
    )


def _unreadable(name: str, error: Exception) -> UsageError:
    return UsageError(f"the column `{name}` cannot be read: {error}", value=name, hint="give values of one kind")
