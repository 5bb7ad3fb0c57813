"""Which part of a specimen that grows does a text such as "3-6 cm" name?

Distances are whole micrometres from where the specimen grows, whose newest part is the nearest.
"""

from __future__ import annotations

import re

from ketref.errors import UsageError, quoted
from ketref.model.units import readable

UM = {"um": 1, "\u00b5m": 1, "\u03bcm": 1, "mm": 1_000, "cm": 10_000}
_NUMBER = r"([0-9]{1,6})(?:\.([0-9]{1,4}))?"
_SEGMENT = re.compile(rf"{_NUMBER} ?([^\W\d_]*) ?(?:-|\u2013|\u2014|\bto\b) ?{_NUMBER} ?([^\W\d_]*)")
_HINT = 'write where it begins and where it ends from the scalp end on, with a unit (cm, mm), such as "3-6 cm"'


def part(text: object) -> tuple[int, int]:
    """The nearer and the farther end of a segment. Raises UsageError."""
    if not isinstance(text, str):
        raise _refused(text, "it is not text")
    match = _SEGMENT.fullmatch(readable(text, "a segment").strip())
    if match is None:
        raise _refused(text, "it does not name two distances")
    unit = match[6] or match[3]
    if not unit:
        raise UsageError(f"`{text}` has no unit", value=text, hint=f'cm, as in "{text.strip()} cm", or mm')
    near = _micrometres(text, match[1], match[2] or "", match[3] or unit)
    far = _micrometres(text, match[4], match[5] or "", unit)
    if near >= far:
        raise _refused(text, "it ends before it begins" if near > far else "it has no length", "the nearer end first")
    return near, far


def _micrometres(text: str, whole: str, parts: str, unit: str) -> int:
    step = UM.get(unit.lower())
    if step is None:
        raise _refused(text, f"`{unit}` is not a unit of it", "cm or mm")
    found, left = divmod(int(whole + parts) * step, int("1" + "0" * len(parts)))
    if left:
        raise _refused(text, "it is finer than a micrometre", "round it")
    return found


def _refused(text: object, why: str, hint: str = _HINT) -> UsageError:
    return UsageError(f"`{quoted(text)}` is not a segment: {why}", value=text, hint=hint, column="segment")
