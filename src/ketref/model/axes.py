"""Which axes does a question have: what can be said of a test and of a dose, in which words and units?

An axis is declared once, in `DECLARED`; all that lists axes, or the keywords that speak of them, is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar

from ketref.model.units import CONCENTRATIONS, DOSE, DOSE_PER_KG, WEIGHT

T = TypeVar("T")


class Axis(NamedTuple):
    """An axis: terms of its own vocabulary, concentrations (cutoffs) or amounts, of the test or of the dose.

    `flag` is its metavar and its help; an axis without one is spoken of by other keywords only. `units` are the base
    units of its quantities, `said_by` those keywords besides its own name that speak of it.
    """

    name: str
    kind: Literal["terms", "concentration", "amount"]
    of: Literal["test", "dose"]
    flag: tuple[str, str] | None = None
    units: tuple[str, ...] = ()
    said_by: tuple[str, ...] = ()


DECLARED = (  # those of terms first
    Axis("matrix", "terms", "test", ("M", "the specimen: urine, blood, plasma, hair, ... (if omitted: each)")),
    Axis("analyte", "terms", "test", ("A", "what the laboratory measures (if omitted: the test as a whole)")),
    Axis("method", "terms", "test", ("X", "immunoassay, gc-ms, lc-ms, lc-ms-ms")),
    Axis("route", "terms", "dose", ("R", "intravenous, nasal, oral, ..."), said_by=("infusion",)),
    Axis("pattern", "terms", "dose", ("P", "single (default), repeated, chronic, unknown")),
    Axis(
        *("cutoff", "concentration", "test", ("C", 'concentration from which a test is positive, "25 ng/mL"')),
        units=CONCENTRATIONS,
    ),
    Axis("dose", "amount", "dose", ("D", '"84 mg", "0.5 mg/kg"'), (DOSE,), ("weight",)),
    Axis("dose_per_kg", "amount", "dose", None, (DOSE_PER_KG,), ("dose", "weight")),
)
BESIDES: Mapping[str, tuple[str, str]] = {
    "weight": ("W", 'body weight, "70 kg": turns mg into mg/kg and back'),
    "infusion": ("DUR", 'how long the administration took, "40 min"'),
}
"""Keywords of a dose that are no axes themselves, with metavar and help."""

BARE: Mapping[str, str] = {"weight": WEIGHT}
"""Keywords of which a bare number is understood, as in the rows of tables, each with the one unit that is usual."""
ALIASES: Mapping[str, str] = {"specimen": "matrix"}
"""Further names of keywords."""

OF_PANEL: Mapping[str, tuple[str, str]] = {
    "panel": (
        "ID",
        "a panel of the rule set, such as those of `ketref show panel`: fills in what is not said of the test",
    ),
    "stage": ("S", "which test of the panel: screen, confirmation (default), report"),
}
"""Keywords that name a test by its panel, with metavar and help."""

OF_SPECIMEN: Mapping[str, tuple[str, str]] = {
    "segment": ("L", 'the part of the specimen that is tested, from the scalp end on: "3-6 cm", "0-30 mm" (of hair)'),
}
"""Keywords that tell which part of the specimen is tested, with metavar and help."""

AXES = tuple(axis.name for axis in DECLARED)
TERM_AXES = tuple(axis.name for axis in DECLARED if axis.kind == "terms")
TEST_AXES = tuple(axis.name for axis in DECLARED if axis.of == "test")
DOSE_AXES = tuple(axis.name for axis in DECLARED if axis.of == "dose")
UNITS: Mapping[str, tuple[str, ...]] = {axis.name: axis.units for axis in DECLARED if axis.units}
"""The base units of each axis of quantities."""

FLAGS: Mapping[str, tuple[str, str]] = {
    **{axis.name: axis.flag for axis in DECLARED if axis.flag is not None},
    **BESIDES,
}
"""Every keyword that speaks of an axis, with metavar and help."""
SPEAKS_OF: Mapping[str, tuple[str, ...]] = {
    keyword: tuple(axis.name for axis in DECLARED if keyword in {axis.name, *axis.said_by}) for keyword in FLAGS
}
"""The axes that each keyword speaks of."""
OF_TEST = tuple(keyword for keyword in FLAGS if keyword in TEST_AXES)
OF_DOSE = tuple(keyword for keyword in FLAGS if keyword not in TEST_AXES)
KEYWORDS = (*OF_TEST, *OF_DOSE)
OF_ONE_DOSE = tuple(keyword for keyword in OF_DOSE if keyword != "pattern")
"""What is said of a dose among others, which show the pattern of use themselves."""
TIMES = ("since", "taken", "at")
MAY_BE_UNSAID = frozenset(
    {
        *KEYWORDS,
        *OF_SPECIMEN,
        *("cutoff_unit", "dose_unit", "weight_unit", "duration", "end", "start_latest", "time_latest", "value"),
        *("test", "comparator", "lod", "loq"),
        *("frequency", "interval", "ii", "count", "addl"),
    }
) - {"matrix"}
"""What a question or a record may leave unsaid, so that a word may say that it is."""
NOTATION = ("tz", "dates")
"""Keywords that say how the times of a question are written."""
SAID_BY: Mapping[str, tuple[str, ...]] = {
    "detect": (*TIMES, *OF_DOSE, *OF_TEST, *OF_SPECIMEN, *OF_PANEL, "source"),
    "effects": (*TIMES, *OF_DOSE),
    "cautions": ("condition", "route"),
}
"""The keywords of each question, besides the substance and the factors."""


def with_units(keywords: Iterable[str]) -> tuple[str, ...]:
    """Columns for some keywords, with one of units after each quantity; but a weight is in kg."""
    return tuple(name for word in keywords for name in ((word, f"{word}_unit") if word in UNITS else (word,)))


def a_field_for(axes: Iterable[str], kind: object) -> Callable[[type[T]], type[T]]:
    """What gives a class of records a field of a type, empty by default, for each axis that its text does not name."""

    def extended(record: type[T]) -> type[T]:
        for axis in axes:
            if axis not in record.__annotations__:
                record.__annotations__[axis] = kind
                setattr(record, axis, ())
        return record

    return extended
