"""When is a substance found in each specimen, as a table?"""

from __future__ import annotations

from typing import Any, Unpack

from ketref.answers.detect import detect
from ketref.book.loading import Rules
from ketref.model.said import Amount, Factors, Length


def windows(
    substance: str,
    *,
    analyte: str | None = None,
    method: str | None = None,
    pattern: str | None = None,
    route: str | None = None,
    dose: Amount | None = None,
    infusion: Length | None = None,
    library: str | None = None,
    rules: Rules = None,
    **factors: Unpack[Factors],
) -> Any:
    """The windows of a substance, a row for each specimen that rules name; for plots and reports.

        ketref.windows("ketamine")[["matrix", "detectable_until_latest_s", "best_grade"]]

    Times are seconds since the start of administration, null where no rule states one. `library` is "pandas",
    "polars" or "pyarrow", default the one in use; the other arguments are as in `detect`. Raises UsageError.
    """
    answer = detect(
        substance,
        analyte=analyte,
        method=method,
        pattern=pattern,
        route=route,
        dose=dose,
        infusion=infusion,
        rules=rules,
        **factors,
    )
    return answer.to_frame(library)
