"""Which of the texts that were met before is each text of a column?

A column of names has few distinct ones. A text is known by its length, its first sixteen and its last eight bytes,
which are read from the Arrow buffers as they lie there; what lies between is compared too where there is more. Only a
text that was never met before becomes a Python object.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from ketref.bulk.compiling import Integer, compiled, sealed

Array = np.ndarray[Any, Any]
Known = tuple[Array, int, Array, Array]
"""Known texts: the slots, what decides in which one a text is, where the bytes of each code begin, and these bytes."""
MOST_TEXTS = 1 << 12  # texts that are recognised; further ones are looked up as Python objects
AT_ONCE, BITS = 8, 8  # bytes that are compared at once, and bits of a byte
WORDS, CODE = 5, 4  # a slot holds the first eight bytes, the next ones, the last, the length, and the code (-1: free)
SEEDS = 16  # ways to spread the texts that are tried
INLINE = 12  # bytes that a view holds itself
LOW_HALF = 0xFFFFFFFF  # of what is compared at once
MASKS = np.array([*((1 << BITS * kept) - 1 for kept in range(AT_ONCE)), -1], np.int64)
MOST_READ = 24  # bytes
_NOTHING = sealed(np.zeros(AT_ONCE, np.uint8))


class Spellings:
    """The distinct texts of a column, each with a code; code 0 is null."""

    def __init__(self) -> None:
        self.values: list[str | None] = [None]
        self._codes: dict[str, int] = {}
        self._known = _none_known()
        self._learning = Lock()

    def codes(self, texts: pa.Array) -> Array:
        """For each text of an Arrow array its place in `values`, as int32."""
        codes = np.empty(len(texts), np.int32)
        missed = self._recognise(texts, codes)
        if missed:
            rows = np.flatnonzero(codes < 0)
            if pa.types.is_string_view(texts.type):
                texts = texts.cast(pa.large_string())
            unknown = texts.take(pa.array(rows)).dictionary_encode()
            codes[rows] = self._learn(unknown.dictionary.to_pylist())[unknown.indices.to_numpy()]
        return codes

    def _recognise(self, texts: pa.Array, codes: Array) -> Integer:
        validity, where, *data = texts.buffers()
        valid = sealed(_NOTHING[:0] if validity is None or not texts.null_count else np.frombuffer(validity, np.uint8))
        if pa.types.is_string_view(texts.type):
            held, begins = _together(data)
            views = np.frombuffer(where, np.int64) if where is not None else np.zeros(0, np.int64)
            return compiled(in_views)(
                sealed(views), held, _eights(held), begins, valid, texts.offset, self._known, codes
            )
        held = _wide(_bytes(data[0]))
        width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
        offsets = np.frombuffer(where, width) if where is not None and where.size else np.zeros(1, width)
        return compiled(in_strings)(sealed(offsets), held, _eights(held), valid, texts.offset, self._known, codes)

    def _learn(self, texts: list[str]) -> Array:
        with self._learning:
            fresh = [text for text in texts if text not in self._codes]
            for text in fresh:
                self._codes[text] = len(self.values)
                self.values.append(text)
            if fresh and len(self._known[0]) < 4 * WORDS * MOST_TEXTS:
                self._known = _table(self.values[1 : MOST_TEXTS + 1])
            return np.array([self._codes[text] for text in texts], np.int32)


def _bytes(buffer: pa.Buffer | None) -> Array:
    return np.frombuffer(buffer, np.uint8) if buffer is not None and buffer.size else _NOTHING[:0]


def _wide(held: Array) -> Array:
    """Some bytes, `MOST_READ` at least, as what is never written."""
    return sealed(held if len(held) >= MOST_READ else np.concatenate([held, np.zeros(MOST_READ, np.uint8)]))


def _eights(held: Array) -> Array:
    """For each byte that seven follow, the eight as one integer, the first the lowest where a machine has it so.

    Where it has it the other way round no text is recognised, and each is looked up as a Python object.
    """
    return np.ndarray((max(len(held) - AT_ONCE + 1, 0),), np.int64, held, strides=(1,))


def _together(buffers: list[pa.Buffer]) -> tuple[Array, Array]:
    """The buffers of views as one array, `MOST_READ` bytes long at least, and where each of them begins in it.

    Of several, the array spans all memory from the first to the last; only what lies in one of them is ever read.
    """
    if len(buffers) > 1 and all(buffer.size >= MOST_READ for buffer in buffers):
        first = min(buffer.address for buffer in buffers)
        size = max(buffer.address + buffer.size for buffer in buffers) - first
        held = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(first))
        return sealed(held), np.array([buffer.address - first for buffer in buffers], np.int64)
    held = np.concatenate([*map(_bytes, buffers), _NOTHING]) if len(buffers) != 1 else _bytes(buffers[0])
    return _wide(held), np.cumsum([0, *(buffer.size for buffer in buffers)], dtype=np.int64)


def _table(texts: list[Any]) -> Known:
    """The slots of these texts, the seed that puts the fewest of them into a slot that is taken, and their bytes."""
    spelled = [text.encode() for text in texts]
    keys = [_key(text) for text in spelled]
    count = 8
    while count < 4 * len(keys):
        count *= 2
    heads, _, tails, sizes = np.array(keys, np.int64).reshape(-1, WORDS - 1).T
    homes = [home(heads, tails, sizes, seed, count).tolist() for seed in range(SEEDS)]
    seed = max(range(SEEDS), key=lambda seed: len(set(homes[seed])))
    slots = np.full((count, WORDS), -1, np.int64)
    for code, (key, slot) in enumerate(zip(keys, homes[seed], strict=True), start=1):
        while slots[slot, CODE] >= 0:
            slot = (slot + 1) % count
        slots[slot] = (*key, code)
    begins = np.cumsum([0, 0, *map(len, spelled)])
    return slots.ravel(), seed, begins, np.frombuffer(b"".join(spelled) + b"\0", np.uint8)


def _key(text: bytes) -> tuple[int, int, int, int]:
    beyond = max(len(text) - AT_ONCE, 0)
    places = (0, min(AT_ONCE, beyond), beyond)
    head, middle, tail = (
        int.from_bytes(text[at : at + AT_ONCE].ljust(AT_ONCE, b"\0"), "little", signed=True) for at in places
    )
    return head, middle, tail, len(text)


@cache
def _none_known() -> Known:
    return _table([])


# ---------------------------------------------------------------- compiled


def in_strings(
    offsets: Array,
    held: Array,
    eights: Array,
    valid: Array,
    skipped: Integer,
    known: Known,
    codes: Array,
) -> Integer:
    """Write the codes of the texts of a string array, -1 for one that is not known; how many those are.

    `offsets` tell where each text begins in the bytes that are `held`, which `eights` reads eight at a time; `valid` is
    the bitmap of what is not null (empty: all), `skipped` the number of rows before the first; the rest is the table of
    known texts. Of the last few bytes eight cannot be read: what stands there is not known.
    """
    missed: Integer = 0
    for i in range(len(codes)):
        row = np.uint64(skipped + i)
        code: Integer = np.int64(0)
        if len(valid) == 0 or bit(valid, skipped + i):
            start: Integer = np.int64(offsets[row])
            size: Integer = np.int64(offsets[row + np.uint64(1)]) - start
            code = np.int64(-1)
            if start + max(size, AT_ONCE) <= len(held):  # else there may be too few bytes after it
                beyond = max(size - AT_ONCE, 0)
                kept = MASKS[np.uint64(min(size, AT_ONCE))]
                head = eights[np.uint64(start)] & kept
                middle = eights[np.uint64(start + min(beyond, AT_ONCE))] & kept
                tail = eights[np.uint64(start + beyond)] & kept
                code = found(head, middle, tail, size, held, start, known)
            missed += code < 0
        codes[i] = code
    return missed


def in_views(
    views: Array,
    held: Array,
    eights: Array,
    begins: Array,
    valid: Array,
    skipped: Integer,
    known: Known,
    codes: Array,
) -> Integer:
    """The same for a string-view array: `views` holds sixteen bytes a text as two integers, `held` the longer ones.

    These lie in buffers, `begins` tells where in `held` each of them does.
    Both places are read for each text, of which one counts: there must be `MOST_READ` bytes held at least.
    """
    missed: Integer = 0
    for i in range(len(codes)):
        row = np.uint64(2 * (skipped + i))
        code: Integer = np.int64(0)
        if len(valid) == 0 or bit(valid, skipped + i):
            one = views[row]
            two = views[row + np.uint64(1)]
            size = one & LOW_HALF
            start = begins[np.uint64(two & LOW_HALF)] + ((two >> 32) & LOW_HALF) if size > INLINE else np.int64(0)
            beyond = size - AT_ONCE if size > INLINE else np.int64(0)
            head = eights[np.uint64(start)]
            middle = eights[np.uint64(start + min(beyond, AT_ONCE))]
            tail = eights[np.uint64(start + beyond)]
            if size <= INLINE:
                spare = BITS * max(size - AT_ONCE, 0)
                head = ((one >> 32) & LOW_HALF) | (two << 32)
                tail = ((head >> spare) & (np.int64(-1) ^ (np.int64(-2) << (63 - spare)))) | (
                    (((two >> 32) & LOW_HALF) << (63 - spare)) << 1
                )
                middle = tail
            code = found(head, middle, tail, size, held, start, known)
            missed += code < 0
        codes[i] = code
    return missed


def found(
    head: Integer,
    middle: Integer,
    tail: Integer,
    size: Integer,
    held: Array,
    start: Integer,
    known: Known,
) -> Integer:
    """The code of a text with this head, middle, tail and size, -1 if it is not known."""
    slots, seed, begins, spelled = known
    count = len(slots) // WORDS
    slot = home(head, tail, size, seed, count)
    while True:
        at = np.uint64(WORDS * slot)
        code = slots[at + np.uint64(CODE)]
        if code < 0:
            return np.int64(-1)
        differs = (slots[at] ^ head) | (slots[at + np.uint64(1)] ^ middle) | (slots[at + np.uint64(2)] ^ tail)
        if differs | (slots[at + np.uint64(3)] ^ size) == 0:
            i = 2 * AT_ONCE
            while i < size - AT_ONCE and held[np.uint64(start + i)] == spelled[np.uint64(begins[np.uint64(code)] + i)]:
                i += 1
            if i >= size - AT_ONCE:
                return code
        slot = (slot + 1) & (count - 1)


def home(head: Integer, tail: Integer, size: Integer, seed: Integer, count: Integer) -> Integer:
    """The slot at which the search for a text begins; the `count` of slots is a power of two."""
    mixed = (head ^ (tail * -7046029254386353131) ^ size) * (-4417276706812531889 + 2 * seed)
    return ((mixed >> 40) ^ (mixed >> 20)) & (count - 1)


def bit(valid: Array, row: Integer) -> Integer:
    """Whether a row is valid, by a bitmap."""
    return (valid[np.uint64(row >> 3)] >> np.uint8(row & 7)) & 1
