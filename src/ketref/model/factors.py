"""What may lengthen or shorten, in which direction, and who says so?

No factor changes an answer's time; each is shown with its sources.
"""

from typing import Literal

from ketref.model.rules import record


@record
class Applies:
    """For which given values of a factor a statement speaks: a range, or each `value`; for all, where it names none."""

    min: float | None = None
    max: float | None = None
    value: tuple[str, ...] = ()


@record
class FactEvidence:
    """Who says so, and where."""

    source: str
    locator: str
    figure: str = ""
    says: str = ""
    claims: tuple[str, ...] = ()


@record
class Factor:
    """What may lengthen or shorten: a direction with its source, never an invented number."""

    id: str
    factor: str
    affects: str
    direction: Literal["lengthens", "may lengthen", "shortens", "may shorten", "no effect", "mixed", "varies"]
    says: str
    applies: Applies = Applies()
    analyte: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()
    evidence: tuple[FactEvidence, ...]


@record
class Factors:
    """factors.toml."""

    factor: tuple[Factor, ...] = ()
