"""Which texts of a column are moments that Arrow reads as ketref does, and which ones?

Such texts nearly all differ, and are far slower to read as Python objects. Arrow is asked only for what is written in
one way: to the minute, the second or decimals of it, without a zone, in UTC or, to the second, with an offset; with the
parts of the date as ISO 8601 orders them or, where that is said, in another order between slashes, points or hyphens.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ketref.model.said import Order
from ketref.model.times import FIRST, LAST, Notation

OFFSET = 25
"""The characters of a text with an offset."""
_LOCAL, _UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")
_LENGTHS = {_LOCAL: (16, 19, 23, 26), _UTC: (17, 20, 24, OFFSET, 27)}
_PART = {"d": "([0-9]{1,2})", "m": "([0-9]{1,2})", "y": "([0-9]{4})"}
_CLOCK = r"[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{3}(?:[0-9]{3})?)?)?Z?)"
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3}([0-9]{3})?)?)?"
_BETWEEN = ("/", r"\.", "-")
_ALONE = r"\b([0-9])([-/.:T ])"
"""A digit that has none before it, where two may stand."""


def all_of(texts: pa.Array, notation: Notation) -> pa.Array | None:
    """Texts as timestamps in microseconds, null where null; None where not all of them are written in one such way."""
    texts = texts.cast(pa.large_string())
    written = texts.drop_null()
    lengths = pc.binary_length(written)
    for kind, known in _LENGTHS.items():
        if notation.midnight_is_day:  # of a text with an offset only the text tells its midnight
            known = tuple(length for length in known if length != OFFSET)
        if pc.all(pc.is_in(lengths, pa.array(np.array(known)).cast(lengths.type))).as_py():
            found = _read(texts, kind)
            if found is not None and (kind == _LOCAL or _told_by_letter(written, lengths)):
                return found
    return _in_order(texts, notation.order)


def most_of(texts: pa.Array, notation: Notation) -> pa.Array | None:
    """The same with null for those that are not written as most of them are; None where most are written otherwise."""
    texts = texts.cast(pa.large_string())
    for end in ("$", "Z$"):
        here = pc.match_substring_regex(texts, f"^{_ISO}{end}").fill_null(False)
        if 2 * pc.sum(here).as_py() > len(texts):
            found = all_of(texts.filter(here), notation)
            return None if found is None else pc.replace_with_mask(pa.nulls(len(texts), found.type), here, found)
    return None


def _told_by_letter(written: pa.Array, lengths: pa.Array) -> bool:
    """Whether all texts but those with an offset of five signs end in a Z."""
    return pc.all(pc.or_(pc.ends_with(written, "Z"), pc.equal(lengths, OFFSET))).as_py() is True


def _in_order(texts: pa.Array, order: Order | None) -> pa.Array | None:
    """The same of dates whose parts stand in an order that is said."""
    if order is None:
        return None
    for between in _BETWEEN:
        form = f"^{between.join(_PART[part] for part in order)}{_CLOCK}$"
        if pc.all(pc.match_substring_regex(texts, form)).as_py():
            year, month, day = (rf"\{order.index(part) + 1}" for part in "ymd")
            padded = pc.replace_substring_regex(texts, _ALONE, r"0\1\2")
            iso = pc.replace_substring_regex(padded, form, rf"{year}-{month}-{day}T\4")
            return next((found for kind in _LENGTHS if (found := _read(iso, kind)) is not None), None)
    return None


def _read(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """What Arrow reads; None where it does not, or where Python cannot hold it."""
    try:
        found = texts.cast(kind)
    except pa.ArrowInvalid:
        return None
    ends = pc.min_max(found.cast(pa.int64())).as_py()
    return found if (ends["min"] or 0) >= FIRST and (ends["max"] or 0) <= LAST else None
