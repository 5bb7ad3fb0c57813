"""Which subject is each row of two tables about?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap
from typing import Any

import numpy as np
import pyarrow as pa

from ketref.bulk.columns.distinct import NONE, Array, extremes, is_text
from ketref.bulk.frames import Column
from ketref.bulk.timelines.keys import Spellings
from ketref.bulk.timelines.rows import DoseRows, Rows, SampleRows
from ketref.errors import UsageError


class Subjects:
    """The subject of each dose and sample, as a small number; rows without one are refused.

    Raises UsageError where two subjects are hardly meant to differ by their `spellings`.
    """

    def __init__(self, doses: DoseRows, samples: SampleRows, spellings: Spellings | None) -> None:
        tables: tuple[Rows, Rows] = (doses, samples)
        columns = [rows.frame.columns["subject"] for rows in tables]
        of_doses, of_samples, self.count = identified(columns[0], columns[1], [rows.frame.height for rows in tables])
        self.of_doses, self.of_samples = of_doses, of_samples
        if spellings is not None:
            spellings.meet(columns, of_doses, of_samples, self.count)
        for rows, subjects in zip(tables, (of_doses, of_samples), strict=True):
            if extremes(subjects)[0] < 0:
                rows.refused |= subjects < 0
        doses.refused &= ~doses.left


SPARSE = 1 << 10
HINT = (
    "write the subjects of both tables as text, such as those numbers without a point, or of both as whole numbers;"
    ' of a frame: astype("str")'
)
"""What to do where subjects are of different kinds."""


def identified(one: Column, two: Column, heights: Sequence[int]) -> tuple[Array, Array, int]:
    """A small number for the subject of each row of two columns, `NONE` where null, and how many there are.

    Raises UsageError where the columns hold subjects of different kinds.
    """
    whole = list(starmap(_whole, zip((one, two), heights, strict=True)))
    kinds_said = [array.type for array, values in whole if values is None and not pa.types.is_null(array.type)]
    for number, (array, values) in enumerate(whole):
        if values is None and pa.types.is_null(array.type) and kinds_said:
            whole[number] = pa.nulls(len(array), kinds_said[0]), None
    if all(values is None and pa.types.is_integer(array.type) for array, values in whole):
        found = _near([array for array, _ in whole])
        if found is not None:
            return found
    if all(values is None and is_text(array.type) for array, values in whole):
        return _texts([array for array, _ in whole])
    coded = [_coded(array, values) for array, values in whole]
    kinds = {kind for _, distinct in coded for kind in map(_kind, distinct)}
    if len(kinds) > 1:
        names = " and ".join(sorted(kinds))
        raise UsageError(f"the column `subject` holds {names}", value="subject", hint=HINT)
    known: dict[Any, int] = {}
    found_ids = []
    for codes, distinct in coded:
        numbers = [known.setdefault(value, len(known)) if value == value else NONE for value in distinct]
        meaning = np.array([*numbers, NONE], np.int64)
        found_ids.append(meaning[codes])
    return found_ids[0], found_ids[1], len(known)


def _whole(column: Column, height: int) -> tuple[pa.Array, tuple[Any, ...] | None]:
    """All rows of a column as one array."""
    if column.constant:
        return pa.concat_arrays([column.chunks[0]] * height) if height else column.chunks[0][:0], column.values
    if len(column.chunks) == 1:
        return column.chunks[0], column.values
    unified = pa.chunked_array(column.chunks)
    if pa.types.is_dictionary(unified.type):
        unified = unified.unify_dictionaries()
    return pa.concat_arrays(unified.chunks), column.values


def _near(arrays: Sequence[pa.Array]) -> tuple[Array, Array, int] | None:
    """Integers that lie near each other, as far from the least."""
    if any(array.type == pa.uint64() for array in arrays):
        return None
    found = [_numbers(array) for array in arrays]
    spans = [extremes(values) for values in found]
    least, most = min(least for least, _ in spans), max(most for _, most in spans)
    room = SPARSE + 2 * sum(map(len, found))
    if least > 0 and most < room:
        least = 0  # so that they stay what they are
    if most - least > room:
        return None
    for i, array in enumerate(arrays):
        if least != 0:
            found[i] = found[i] - least
        if array.null_count:
            found[i] = np.where(_nulls(array), NONE, found[i])
    return found[0], found[1], most - least + 1


def _texts(arrays: Sequence[pa.Array]) -> tuple[Array, Array, int]:
    """Texts, by their places among the distinct ones of both arrays."""
    both = pa.chunked_array([array.cast(pa.large_string()) for array in arrays]).dictionary_encode()
    chunks = [chunk.indices.fill_null(NONE).to_numpy(zero_copy_only=False) for chunk in both.chunks]  # no empty ones
    codes = np.concatenate([np.zeros(0, np.int64), *chunks])
    return codes[: len(arrays[0])], codes[len(arrays[0]) :], len(both.chunks[-1].dictionary) if chunks else 0


def _numbers(array: pa.Array) -> Array:
    filled = array.fill_null(pa.scalar(0, array.type)) if array.null_count else array
    found: Array = filled.to_numpy(zero_copy_only=False)
    return found if found.dtype == np.int64 else found.astype(np.int64)


def _nulls(array: pa.Array) -> Array:
    found: Array = array.is_null().to_numpy(zero_copy_only=False)
    return found


def _coded(array: pa.Array, values: tuple[Any, ...] | None) -> tuple[Array, list[Any]]:
    """Codes of all rows into the list of distinct values; the code of null is one beyond."""
    if values is not None:
        distinct, codes = list(values), array
    else:
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        distinct, codes = coded.dictionary.to_pylist(), coded.indices
    filled = codes.cast(pa.int64()).fill_null(len(distinct)) if codes.null_count else codes
    return filled.to_numpy(zero_copy_only=False), distinct


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "texts"
    return "numbers" if isinstance(value, int | float) else f"values of type {type(value).__name__}"
