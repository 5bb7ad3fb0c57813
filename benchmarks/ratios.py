"""How many times what it costs with the shipped rules does it cost with ten times as many?

Both are run in turn, batch after batch, and the ratio is the median of those of the batches: what else the machine does
in the meantime hits both alike, and only time on the CPU counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import quantiles
from time import process_time
from typing import Any

import books
from test_ask import DETECT, EFFECTS

import ketref
from ketref.book.loading import Book

BATCHES = 61
BATCH = 0.01  # seconds
Ask = Callable[[Book], Any]

QUESTIONS: dict[str, Ask] = {
    "detect": lambda book: ketref.detect("ketamine", rules=book, **DETECT),
    "detect_little": lambda book: ketref.detect("ketamine", rules=book, matrix="urine", since="12 h"),
    "detect_evidence": lambda book: ketref.detect("ketamine", rules=book, **DETECT).evidence,
    "detect_whole": lambda book: ketref.detect("ketamine", rules=book, **DETECT).to_dict(),
    "effects": lambda book: ketref.effects("ketamine", rules=book, **EFFECTS).phases,
    "effects_whole": lambda book: ketref.effects("ketamine", rules=book, **EFFECTS).to_dict(),
}


def measure() -> dict[str, tuple[float, float, float]]:
    """Lower quartile, median and upper quartile of each ratio."""
    texts = books.shipped_texts(), books.tenfold_texts()
    few, many = map(books.read, texts)
    found = {name: in_turn(partial(ask, few), partial(ask, many), BATCHES) for name, ask in QUESTIONS.items()}
    found["load"] = in_turn(partial(books.read, texts[0]), partial(books.read, texts[1]), 15)
    return found


def in_turn(one: Callable[[], Any], other: Callable[[], Any], batches: int) -> tuple[float, float, float]:
    other()
    repeat = max(1, int(BATCH / max(batch(one, 1), batch(one, 10) / 10)))
    ratios = []
    for number in range(batches):
        if number % 2:
            first, second = batch(one, repeat), batch(other, repeat)
        else:
            second, first = batch(other, repeat), batch(one, repeat)
        ratios.append(second / first)
    low, middle, high = quantiles(ratios, n=4)
    return low, middle, high


def batch(run: Callable[[], Any], repeat: int) -> float:
    begin = process_time()
    for _ in range(repeat):
        run()
    return process_time() - begin


if __name__ == "__main__":
    for name, (low, middle, high) in measure().items():
        print(f"{name:16} {middle:6.3f}  ({low:.3f} to {high:.3f})")
