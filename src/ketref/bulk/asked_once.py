"""What does the answer to each distinct question of many rows say besides its status: ends, confidence, disagreement?

Each distinct question is asked once, as it is asked alone, and its rows share what it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ketref.answers.detect import DetectAnswer
from ketref.bulk.answer_columns import of_numbers, of_words
from ketref.bulk.columns.distinct import NONE, Array
from ketref.model.kinds import ASKED_ONCE, WINDOW
from ketref.model.rules import SIDES

*_NAMES, CONFIDENCE, DISAGREE = ASKED_ONCE
_PLACES = [(number, place) for number in range(len(WINDOW.boundaries)) for place in range(len(SIDES))]
ENDS = dict(zip(_NAMES, _PLACES, strict=True))
_CONFIDENCES = ("low", "moderate", "high")


class AskedOnce:
    """The rows of a table of questions about windows, by what decides the answer of each; filled block by block."""

    def __init__(self, columns: Sequence[str], rows: int, ask: Callable[[int], DetectAnswer]) -> None:
        """`ask` gives the answer to a row asked alone."""
        self._ask = ask
        self._windows = any(name in columns and name != DISAGREE for name in ASKED_ONCE)
        self._timed = DISAGREE in columns
        self._keys = [np.empty(rows, np.int64) for _ in range((2 + 2 * self._timed) * (self._windows or self._timed))]

    def read(self, start: int, ids: Array, lasted: Array | None, soonest: Array, longest: Array) -> None:
        """Note what decides the answers to a block of rows."""
        given = (ids, 0 if lasted is None else lasted, soonest, longest)
        for key, values in zip(self._keys, given, strict=False):
            key[start : start + len(ids)] = values

    def columns(self, names: Sequence[str], refused: Array) -> dict[str, pa.Array]:
        """Those columns, null where refused."""
        found: dict[str, pa.Array] = {}
        for own, keys in (((*ENDS, CONFIDENCE), self._keys[:2]), ((DISAGREE,), self._keys)):
            if asked := [name for name in names if name in own]:
                found |= self._answered(asked, keys, refused)
        return found

    def _answered(self, names: Sequence[str], keys: Sequence[Array], refused: Array) -> dict[str, pa.Array]:
        rows = len(keys[0])
        there = np.ones(rows, bool)
        there[refused] = False
        first, which = _distinct([key[there] for key in keys])
        answers = [self._ask(row) for row in np.flatnonzero(there)[first].tolist()]
        found = {}
        for name in names:
            of = np.array([*(_value(name, answer) for answer in answers)], np.int64)
            values = np.full(rows, NONE, np.int64)
            values[there] = of[which]
            if name == CONFIDENCE:
                found[name] = of_words(values.astype(np.int8), _CONFIDENCES)
            elif name == DISAGREE:
                found[name] = pa.array(values == 1, mask=values == NONE)
            else:
                found[name] = of_numbers(values, values == NONE)
        return found


def _distinct(keys: Sequence[Array]) -> tuple[Array, Array]:
    """The first row of each distinct combination of some keys, and which of these each row is."""
    which: Array = np.zeros(len(keys[0]), np.int64)
    first: Array = which[:0]
    for key in keys:
        _, codes = np.unique(key, return_inverse=True)
        _, first, which = np.unique(which * (codes.max(initial=0) + 1) + codes, return_index=True, return_inverse=True)
    return first, which


def _value(name: str, answer: DetectAnswer) -> Any:
    """What an answer says for a column, as a number; `NONE` for nothing."""
    if name == DISAGREE:
        return int(answer.sources_disagree)
    if name == CONFIDENCE:
        return NONE if answer.confidence is None else _CONFIDENCES.index(answer.confidence)
    boundary, side = ENDS[name]
    end = answer.standing.seconds(boundary)[side]
    return NONE if end is None else end
