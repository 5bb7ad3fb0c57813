"""How does an answer on concentrations look as a table?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import narwhals as nw

Backend = Literal["pandas", "polars", "pyarrow"]


def frame(form: Mapping[str, Any], backend: Backend) -> Any:
    """One row for each model and moment, of pandas, polars or pyarrow."""
    columns: dict[str, list[Any]] = {name: [] for name in ("model", "at_s", "median", "p5", "p95", "unit", "source")}
    for model in form["models"]:
        for place, second in enumerate(form["at_s"]):
            ends = (None if model[end] is None else model[end][place] for end in ("p5", "p95"))
            row = (model["id"], second, model["median"][place], *ends, form["unit"], model["source"])
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    kinds = {"at_s": nw.Int64(), **dict.fromkeys(("median", "p5", "p95"), nw.Float64())}
    schema = {name: kinds.get(name, nw.String()) for name in columns}
    return nw.from_dict(columns, schema, backend=backend).to_native()
