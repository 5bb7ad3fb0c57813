"""What does the answer on calculated concentrations look like as JSON?"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from ketref.output.forms import Identity


class UntilForm(TypedDict):
    """Seconds from which a person stays under the cutoff: the median, and the ends between which 90 % of persons are.

    Null is later than the model speaks, or a model without a spread.
    """

    median: int | None
    p5: int | None
    p95: int | None


class ModelForm(TypedDict):
    """What one model says: at each moment the median, and the 5th and 95th percentile of persons (null: no spread).

    `share_above` holds the least and the greatest share of persons at or over the cutoff, over the asked moments.
    """

    id: str
    median: list[float]
    p5: list[float] | None
    p95: list[float] | None
    share_above: list[float] | None
    until_below_s: UntilForm | None
    fitted_to: str
    valid_until: str | None
    source: str
    grade: str
    misfits: list[str]


class ConcentrationForm(Identity):
    """`ketref concentration ... --format json`: `at_s` are seconds since the start of the first dose."""

    schema: Literal["ketref.concentration/1"]
    question: dict[str, Any]
    unit: str
    at_s: list[int]
    models: list[ModelForm]
    assumes: list[str]
    warnings: list[str]


CONCENTRATION_ANSWERS: dict[str, type] = {"concentration": ConcentrationForm}
