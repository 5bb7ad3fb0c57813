"""What holds of every answer in JSON, whatever was asked?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

INTERVALS = (("from", "until"), ("begin", "end"), ("not_before", "lifted_by"))
UNITS = {"minute", "day", None}


def assert_times_are_sound(form: Any) -> int:
    """No interval is empty or reversed, no pair of seconds is, and each instant is one that Python reads.

    Gives how many were looked at.
    """
    seen = 0
    for part in parts(form):
        for begin, end in INTERVALS:
            if isinstance(part.get(begin), str) and isinstance(part.get(end), str):
                first, last = datetime.fromisoformat(part[begin]), datetime.fromisoformat(part[end])
                assert first < last or (begin == "not_before" and first == last), part
                seen += 1
        for key, unit in part.items():
            if key.endswith("_unit"):
                instant = part[key.removesuffix("_unit")]
                assert unit in UNITS, part
                assert (instant is None) == (unit is None), part
                assert instant is None or ("T" in instant and datetime.fromisoformat(instant)), part
                seen += 1
            if key.endswith("_s") and isinstance(unit, list) and None not in unit:
                assert unit[0] <= unit[1], part
                seen += 1
    return seen


def parts(form: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of an answer. Pairs of seconds by the name of a boundary are told as keys of their own."""
    if isinstance(form, dict):
        yield {f"{key}_s": value for key, value in form.items()} if _pairs(form) else form
        form = list(form.values())
    if isinstance(form, list):
        for part in form:
            yield from parts(part)


def _pairs(form: Mapping[str, Any]) -> bool:
    """Whether all that an object holds is pairs of seconds; two words of a list are none."""
    return bool(form) and all(
        isinstance(value, list) and len(value) == 2 and all(second is None or type(second) is int for second in value)
        for value in form.values()
    )
