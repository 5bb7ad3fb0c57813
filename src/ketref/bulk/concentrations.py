"""Which concentrations are to be expected after the doses of many rows, each row one dose?

What is alike is reckoned once: a model is asked for each distinct dose and person, and at each distinct time. A row has
what `concentration` says of it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ketref.answers import models
from ketref.answers.beside import by_speaking
from ketref.answers.calculated import per_mg_in_litre, rounded, summary
from ketref.answers.models import Speaking, Taken
from ketref.answers.question import length, understand
from ketref.book.loading import Book, Rules, chosen
from ketref.bulk.many import FrameT
from ketref.errors import UsageError, unknown_option
from ketref.extras import needing
from ketref.model.axes import OF_DOSE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

OF_ROW = ("substance", "analyte", "matrix", "formulation", *OF_DOSE)
"""What a row says besides `since` and the factors."""
FIGURES = ("median_low", "median_high", "p5", "p95")
LINEAR_ALONE = "of many rows only models with fixed rates are reckoned with"


def concentration_many(frame: FrameT, *, unit: str = "ng/mL", rules: Rules = None, **constants: object) -> FrameT:
    """The concentrations after one dose in each row, a table of the same kind with a row for each.

    Columns are `substance`, `since`, `route`, `dose`, `weight`, `infusion`, `pattern`, `analyte`, `matrix`,
    `formulation` and factors, as in `concentration`; `since` and `infusion` are text or columns of durations.
    `constants` are said of all rows. The answer has in `unit` the lowest and the highest median of the models that
    speak of the row, the outermost of their 5th and 95th percentiles (null where none knows a spread), their ids in
    `models`, and in `why` the reasons of those that do not speak.

    Raises UsageError where a column is not known or a value is not understood.
    """
    with needing("kinetics"):
        import narwhals as nw
        import numpy as np
        import pyarrow as pa

        from ketref.bulk.answer_frames import as_frame
    book = chosen(rules)
    native: Any = frame
    table = nw.from_native(native, eager_only=True)
    known = (*OF_ROW, "since", *book.vocabularies["factor"].terms)
    for name in (*table.columns, *constants):
        if name not in known:
            raise unknown_option("column", name, known, column=name)
    size = len(table)
    said = {name: ([value], np.zeros(size, np.int64)) for name, value in constants.items() if value is not None}
    said |= {name: _distinct(table[name].to_arrow()) for name in table.columns}
    if "since" not in said or "substance" not in said:
        raise UsageError("`substance` and `since` are needed", hint="give them as columns, or for all rows")
    times, of_time = said.pop("since")
    seconds = [_seconds(time) for time in times]
    rows, groups = _together([codes for _, codes in said.values()], [len(values) for values, _ in said.values()])
    texts: list[tuple[str, str]] = []
    figures = np.full((len(groups) * len(seconds), len(FIGURES)), np.nan)
    pairs, asked = np.unique(rows * len(seconds) + of_time, return_inverse=True)
    for number, codes in enumerate(groups):
        row = {name: values[code] for (name, (values, _)), code in zip(said.items(), codes, strict=True)}
        here = pairs[pairs // len(seconds) == number]
        answer = _answer(book, row, [seconds[pair % len(seconds)] for pair in here], unit)
        figures[here] = answer.figures
        texts += answer.texts
    columns = {"models": [text[0] for text in texts], "why": [text[1] for text in texts]}
    answers: dict[str, Any] = {"models": pa.array(columns["models"], pa.string()).take(pa.array(asked))}
    for place, name in enumerate(FIGURES):
        found = figures[pairs, place][asked]
        answers[name] = pa.array(found, mask=np.isnan(found))
    answers["unit"] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([unit]))
    answers["why"] = pa.array(columns["why"], pa.string()).take(pa.array(asked))
    index = getattr(frame, "index", None) if table.implementation.is_pandas_like() else None
    made: FrameT = as_frame(pa.table(answers), table.implementation, index)
    return made


def _distinct(column: Any) -> tuple[list[Any], Codes]:
    """The distinct values of a column, and which of them each row has."""
    import numpy as np
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode(null_encoding="encode")
    return column.dictionary.to_pylist(), np.asarray(column.indices.to_numpy(zero_copy_only=False), np.int64)


def _seconds(value: Any) -> int:
    """A time after the dose in whole seconds. Raises UsageError."""
    if value is None:
        raise UsageError("a row has no time after its dose", hint="leave the row out", column="since")
    return length(value, "since").seconds


def _together(columns: Sequence[Codes], sizes: Sequence[int]) -> tuple[Codes, list[tuple[int, ...]]]:
    """The number of the combination that each row has, and the codes of each combination."""
    import numpy as np

    joined = np.zeros(len(columns[0]), np.int64)
    for codes, size in zip(columns, sizes, strict=True):
        joined = joined * size + codes
    found, rows = np.unique(joined, return_inverse=True)
    combinations = []
    for code in found.tolist():
        parts = []
        for size in reversed(sizes):
            code, part = divmod(code, size)
            parts.append(part)
        combinations.append(tuple(reversed(parts)))
    return rows, combinations


@frozen(eq=False)
class _Answer:
    """What is said of the rows that differ in their time alone: `figures`, and the ids of models and why not others."""

    figures: NDArray[np.float64]
    texts: list[tuple[str, str]]


def _answer(book: Book, row: Mapping[str, Any], seconds: Sequence[int], unit: str) -> _Answer:
    """What the models say of one dose at some seconds after it."""
    import numpy as np

    given = {name: value for name, value in row.items() if value is not None and not book.says_nothing(value)}
    of = book.substance(given.pop("substance", None)).id
    words = book.vocabularies
    wanted = {name: words[name].resolve(given.pop(name)) if name in given else None for name in ("analyte", "matrix")}
    analyte, matrix = models.measured(book, of, wanted["matrix"], wanted["analyte"])
    scale = per_mg_in_litre(book, matrix, unit)
    formulation = str(given.pop("formulation", ""))
    dose = {name: given.pop(name) for name in OF_DOSE if name in given}
    question = understand(book, of, **dose, factors=given)
    figures = np.full((len(seconds), len(FIGURES)), np.nan)
    texts = [("", "")] * len(seconds)
    alike = by_speaking(book, [Taken(0, question, formulation)], analyte, matrix, seconds, question)
    for places, found, silent in alike:
        linear = [one for one in found if all(flow.rate is not None for flow in one.model.flow)]
        others = [f"{one.model.id}: {LINEAR_ALONE}" for one in found if one not in linear]
        figures[places] = _figures(linear, [seconds[place] for place in places], scale)
        for place in places:
            texts[place] = (", ".join(one.model.id for one in linear), "; ".join([*others, *silent]))
    return _Answer(figures, texts)


def _figures(found: Sequence[Speaking], seconds: Sequence[int], scale: float) -> NDArray[np.float64]:
    """The figures of a row for each second, of several models the outermost."""
    import numpy as np

    figures = np.full((len(seconds), len(FIGURES)), np.nan)
    for one in found:
        said = summary(one, seconds, None)
        medians = np.array([rounded(scale * value) for value in said.median])
        figures[:, 0] = np.fmin(figures[:, 0], medians)
        figures[:, 1] = np.fmax(figures[:, 1], medians)
        if said.low is not None and said.high is not None:
            figures[:, 2] = np.fmin(figures[:, 2], [rounded(scale * value) for value in said.low])
            figures[:, 3] = np.fmax(figures[:, 3], [rounded(scale * value) for value in said.high])
    return figures
