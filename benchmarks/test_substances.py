"""Does a row about one of thirty substances cost more than one about one of two?"""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import ratios

import ketref
from ketref.book.loading import shipped
from ketref.book.tables import specimens

ROWS = 4_000_000  # that share what each combination costs once
FEW, MANY = 2, 30
MATRICES = ("urine", "blood", "oral-fluid", "hair")


def questions(count: int) -> pa.Table:
    """Rows about the first so many substances of which there are windows in urine."""
    book, drawn = shipped(), np.random.default_rng(20261128)
    names = [name for name in book.folders if "urine" in specimens(book, name)][:count]

    def words(among: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(drawn.integers(0, len(among), ROWS, np.int8)), pa.array(among))

    since = pa.array(drawn.exponential(200 * 3600, ROWS).astype("m8[s]"))
    return pa.table({"substance": words(names), "matrix": words([*MATRICES]), "since": since})


def measure(batches: int = ratios.BATCHES) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of what a row among many substances costs, in rows among few."""
    few, many = (partial(ketref.detect_many, questions(count)) for count in (FEW, MANY))
    few()
    return ratios.in_turn(few, many, batches)


def test_every_row_of_many_substances_is_answered() -> None:
    asked = questions(MANY)
    found = ketref.detect_many(asked)
    assert found.num_rows == ROWS
    assert len(asked["substance"].unique()) == MANY


if __name__ == "__main__":
    low, middle, high = measure()
    print(f"a row among {MANY} substances, in rows among {FEW}: {middle:.3f} ({low:.3f} to {high:.3f})")
