"""Do the subjects of two tables go together, or is one of them spelt in two ways?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.bulk.columns.distinct import Array, is_text, of_cells
from ketref.bulk.compiling import compiled
from ketref.bulk.frames import Column
from ketref.errors import UsageError, quoted

KEYS = ("alike", "exact")
_HINT = 'spell each subject alike wherever it stands; where they do differ, say `--keys exact` (`keys="exact"`)'


class Spellings:
    """The subjects of two tables, which may come in parts: each subject is in one part alone."""

    def __init__(self) -> None:
        self._met = Met()
        self._example: dict[str, str] = {}  # of a subject of each table
        self._common = False

    def meet(self, columns: Sequence[Column], of_doses: Array, of_samples: Array, count: int) -> None:
        """Refuse subjects that were hardly meant to differ: the numbers are those of the subjects of doses and samples.

        Raises UsageError where two of them, of whichever table, differ only in their case, their blanks or leading
        zeros.
        """
        dosed, sampled = (_there(numbers, count) for numbers in (of_doses, of_samples))
        taken, tested = columns
        of_dosed = _texts(taken, of_doses, np.flatnonzero(dosed))
        others = _texts(tested, of_samples, np.flatnonzero(sampled & ~dosed))
        texts = pa.concat_arrays([of_dosed, others])
        folded = _folded(texts)
        alike = _alike(texts, folded)
        if alike is not None:
            one, two = (f"`{quoted(text)}`" for text, _ in alike)
            (other, first), (text, second) = alike
            if first < len(of_dosed) <= second:
                message = f"the subject {two} of the samples is not among the doses, which have {one}"
            else:
                what = "doses" if second < len(of_dosed) else "samples"
                message = f"the subjects {one} and {two} of the {what} differ only in case, blanks or leading zeros"
            raise UsageError(message, value=text, candidates=[other], hint=_HINT, column="subject")
        again = self._met.again(folded)
        if again is not None:
            text = texts[again].as_py()
            message = f"the subject `{quoted(text)}` differs from another one only in case, blanks or leading zeros"
            raise UsageError(message, value=text, hint=_HINT, column="subject")
        self._common |= bool((sampled & dosed).any())
        for what, column, numbers, there in (
            ("doses", taken, of_doses, dosed),
            ("samples", tested, of_samples, sampled),
        ):
            if what not in self._example and there.any():
                self._example[what] = _example(column, numbers)

    def close(self) -> None:
        """Raises UsageError where none of the subjects of the samples is among those of the doses."""
        if len(self._example) > 1 and not self._common:
            text, other = self._example["samples"], self._example["doses"]
            message = "not one subject of the samples is among the doses: the samples have"
            raise UsageError(f"{message} `{text}`, the doses `{other}`", value=text, hint=_HINT, column="subject")


class Met:
    """Texts that were met, by numbers made of them: many of them take little room."""

    def __init__(self) -> None:
        self._known: list[Array] = []  # sorted, each longer than all after it together

    def again(self, texts: pa.Array) -> int | None:
        """Meet some texts that differ; the place of the first that was met before."""
        found = hashes_of(texts)
        for known in self._known:
            places = np.searchsorted(known, found)
            met = np.append(known, 0)[places] == found
            if met.any():
                return int(np.argmax(met))
        found = np.sort(found)
        while self._known and len(self._known[-1]) <= len(found):
            found = np.sort(np.concatenate([self._known.pop(), found]))
        if len(found):
            self._known.append(found)
        return None


def hashes_of(texts: pa.Array) -> Array:
    """A number of 64 bits for each of some texts, none of them null; two texts hardly ever have one."""
    found = np.zeros(len(texts), np.uint64)
    if len(texts):
        _, offsets, data = texts.cast(pa.large_string()).buffers()
        begins = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        compiled(hashes)(begins, np.frombuffer(data or b"", np.uint8), found)
    return found


def hashes(begins: Array, data: Array, found: Array) -> None:
    """Write a number for the bytes from each begin to the next one (FNV-1a, mixed once more)."""
    for i in range(len(found)):
        number = np.uint64(14695981039346656037)
        for at in range(begins[i], begins[i + 1]):
            number = (number ^ np.uint64(data[at])) * np.uint64(1099511628211)
        number ^= number >> np.uint64(29)
        number *= np.uint64(13787848793156543929)
        found[i] = number ^ (number >> np.uint64(32))


def _alike(texts: pa.Array, folded: pa.Array) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """The first two of some different texts that are one as they are folded, and their places."""
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
    if column.values is None and not is_text(of_cells(kind)):
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
    """Texts without case, blanks and leading zeros."""
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    close = pc.replace_substring_regex(plain, pattern=r"[\s\pZ\p{Cf}]+", replacement="")
    return pc.replace_substring_regex(close, pattern=r"(^|[^0-9.])0+([0-9])", replacement=r"\1\2")
