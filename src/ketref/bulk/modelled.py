"""What do models say beside the statuses of many rows?

What is alike is reckoned once: a model is asked for each distinct test and dose, and at each distinct time. A row has
what it has alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ketref.answers.beside import Said, at_each, of_test
from ketref.answers.models import Taken
from ketref.bulk.alike import distinct_rows, numbered
from ketref.bulk.answer_columns import of_words
from ketref.bulk.columns.distinct import NONE, Array
from ketref.model.axes import TIMES
from ketref.model.kinds import CALCULATED

if TYPE_CHECKING:
    from ketref.answers.question import Question
    from ketref.book.loading import Book
    from ketref.bulk.frames import Frame

STATUS, LOW, HIGH, MODELS, WHY = CALCULATED


def after_one_dose(
    book: Book, frame: Frame, ask: Callable[[int], Question], elapsed: tuple[Array, Array], refused: Array
) -> dict[str, pa.Array]:
    """The columns of what is calculated after one dose in each row, null where refused.

    `ask` tells what a row asks, `elapsed` the shortest and the longest seconds after its dose.
    """
    there = np.ones(frame.height, bool)
    there[refused] = False
    panels = {"panel", "stage"} & set(frame.columns)  # whose tests depend on the day
    apart = [one.numbers[there] for one in numbered(frame, () if panels else TIMES).values()]
    soonest, longest = (seconds[there] for seconds in elapsed)
    kind, first_of_kind = distinct_rows(apart)
    least = min(soonest.min(initial=0), longest.min(initial=0))
    which, firsts = distinct_rows([kind, soonest - least, longest - least])
    rows = np.flatnonzero(there)
    said: dict[int, Said] = {}
    order = np.argsort(kind[firsts], kind="stable")
    begins = np.searchsorted(kind[firsts][order], np.arange(len(first_of_kind) + 1))
    for number, first in enumerate(first_of_kind.tolist()):
        of_kind = order[begins[number] : begins[number + 1]]
        question = ask(int(rows[first]))
        times = [(int(soonest[firsts[one]]), int(longest[firsts[one]])) for one in of_kind]
        said |= zip(of_kind.tolist(), _at_times(book, question, times), strict=True)
    of = np.full(frame.height, NONE)
    of[there] = which
    return columns_of([said[place] for place in range(len(firsts))], of)


def _at_times(book: Book, question: Question, times: Sequence[tuple[int, int]]) -> list[Said]:
    """What models say of one test after one dose, at some times and in some ranges of times."""
    dose = [Taken(0, question)]
    exact = [low for low, high in times if low == high]
    at = dict(zip(exact, at_each(book, question, dose, exact), strict=True))
    return [at[low] if low == high else of_test(book, question, dose, (low, high)) for low, high in times]


def columns_of(said: Sequence[Said], of: Array) -> dict[str, pa.Array]:
    """The columns of what models say, `of` each row by its place; null where that is negative."""
    statuses = [form["status"] for form, _ in said]
    shares = np.array([form["share_above"] or (np.nan, np.nan) for form, _ in said] or np.zeros((0, 2)), float)
    models = [", ".join(form["models"]) or None for form, _ in said]
    why = ["; ".join(whys) or None for _, whys in said]
    told = np.append(shares, [[np.nan, np.nan]], axis=0)[of]  # the last one is nobody's
    found = {name: _words(texts, of) for name, texts in ((STATUS, statuses), (MODELS, models), (WHY, why))}
    ends = {name: pa.array(told[:, side], mask=np.isnan(told[:, side])) for side, name in enumerate((LOW, HIGH))}
    return {name: (found | ends)[name] for name in CALCULATED}


def _words(texts: Sequence[str | None], of: Array) -> pa.Array:
    words = list(dict.fromkeys(text for text in texts if text is not None))
    codes = np.array([*(NONE if text is None else words.index(text) for text in texts), NONE], np.int32)
    return of_words(codes[of], words)
