"""Do the subjects of two tables go together, or is one of them spelt in two ways?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.bulk.columns.distinct import Array, is_text
from ketref.bulk.frames import Column
from ketref.errors import UsageError, quoted

KEYS = ("alike", "exact")
_HINT = 'spell each subject alike wherever it stands; where they do differ, say `--keys exact` (`keys="exact"`)'


def refuse_unlike(columns: Sequence[Column], of_doses: Array, of_samples: Array, count: int) -> None:
    """Refuse subjects that were hardly meant to differ: the numbers are those of the subjects of doses and samples.

    Raises UsageError where two of them, of whichever table, differ only in their case, their blanks or leading zeros,
    or where none of the samples is among the doses.
    """
    dosed, sampled = (_there(numbers, count) for numbers in (of_doses, of_samples))
    taken, tested = columns
    of_dosed = _texts(taken, of_doses, np.flatnonzero(dosed))
    others = _texts(tested, of_samples, np.flatnonzero(sampled & ~dosed))
    alike = _alike(pa.concat_arrays([of_dosed, others]))
    if alike is not None:
        one, two = (f"`{quoted(text)}`" for text, _ in alike)
        (other, first), (text, second) = alike
        if first < len(of_dosed) <= second:
            message = f"the subject {two} of the samples is not among the doses, which have {one}"
        else:
            what = "doses" if second < len(of_dosed) else "samples"
            message = f"the subjects {one} and {two} of the {what} differ only in case, blanks or leading zeros"
        raise UsageError(message, value=text, candidates=[other], hint=_HINT, column="subject")
    if sampled.any() and dosed.any() and not (sampled & dosed).any():
        text, other = (_example(column, numbers) for column, numbers in ((tested, of_samples), (taken, of_doses)))
        message = "not one subject of the samples is among the doses: the samples have"
        raise UsageError(f"{message} `{text}`, the doses `{other}`", value=text, hint=_HINT, column="subject")


def _alike(texts: pa.Array) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """The first two of some different texts that are one without case, blanks and leading zeros, and their places."""
    folded = _folded(texts)
    if folded.equals(texts) or len(folded.unique()) == len(folded):
        return None
    known: dict[str, int] = {}
    for place, text in enumerate(folded.to_pylist()):
        first = known.setdefault(text, place)
        if first != place:
            return (texts[first].as_py(), first), (texts[place].as_py(), place)
    return None


def _there(numbers: Array, count: int) -> Array:
    """Which subjects occur; a negative number is none."""
    found = np.zeros(count + 1, bool)
    found[numbers] = True
    return found[:-1]


def _example(column: Column, numbers: Array) -> str:
    return quoted(column.value(int(np.argmax(numbers >= 0))))


def _texts(column: Column, numbers: Array, wanted: Array) -> pa.Array:
    """Those of the subjects that are texts."""
    kind = column.chunks[0].type
    if column.values is None and not is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
        return pa.array([], pa.large_string())
    first = np.zeros(int(numbers.max(initial=0)) + 2, np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # what is written last, the first row of each, stays
    return _texts_of(column, first[wanted])


def _texts_of(column: Column, rows: Array) -> pa.Array:
    if column.constant:
        rows = rows[:1] * 0
    found = pa.chunked_array(column.chunks)
    if pa.types.is_dictionary(found.type):
        coded = found.unify_dictionaries().take(rows).combine_chunks()
        found = pa.chunked_array([_takable(coded.dictionary).take(coded.indices)])
    else:
        found = _takable(found).take(rows)
    if column.values is not None:
        values = [column.values[code] for code in found.to_pylist()]
        return pa.array([value for value in values if isinstance(value, str)], pa.large_string())
    return found.cast(pa.large_string()).combine_chunks() if is_text(found.type) else pa.array([], pa.large_string())


def _takable(values: Any) -> Any:
    """Values of which Arrow can take some."""
    return values.cast(pa.large_string()) if pa.types.is_string_view(values.type) else values


def _folded(texts: pa.Array) -> pa.Array:
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    close = pc.replace_substring_regex(plain, pattern=r"[\s\pZ\p{Cf}]+", replacement="")
    return pc.replace_substring_regex(close, pattern=r"(^|[^0-9.])0+([0-9])", replacement=r"\1\2")
