"""What do authorities and laboratories test for, from which cutoffs, and what do their assays answer to and miss?

None of these belongs to one substance: the files lie at the top of a book.
"""

from datetime import date
from typing import Literal

from ketref.model.factors import FactEvidence
from ketref.model.rules import record
from ketref.model.units import Quantity


@record
class PanelTest:
    """One test of a panel: a screen or a confirmation, from a day on; `until` is the first day when it is no longer.

    Several `sources` may say so: one the cutoff, another one from which day on it holds.
    """

    analyte: str
    stage: Literal["screen", "confirmation", "report"]
    cutoff: Quantity
    method: str | None = None
    from_: date | None = None
    until: date | None = None
    says: str = ""
    sources: tuple[str, ...]
    claims: tuple[str, ...] = ()


@record
class Panel:
    """The tests that an authority or a laboratory does on a specimen, each with its cutoff."""

    id: str
    name: str
    authority: str
    jurisdiction: str = ""
    matrix: str
    synonyms: tuple[str, ...] = ()
    test: tuple[PanelTest, ...]


@record
class Panels:
    """panels.toml."""

    panel: tuple[Panel, ...] = ()


@record
class Reactivity:
    """What an assay for `tests` (an analyte or a class) answers to, or does not.

    `cause` is what was in the specimen, in words; `of` is its substance, analyte or drug where the book has it. `at` is
    the concentration from which it answers, in words of the source.
    """

    id: str
    assay: str
    tests: str
    matrix: str = "urine"
    method: str = "immunoassay"
    cause: str
    of: tuple[str, ...] = ()
    result: Literal["finds", "false positive", "misses", "does not react"]
    at: str = ""
    says: str = ""
    evidence: tuple[FactEvidence, ...]


@record
class Reactivities:
    """reactivities.toml."""

    reactivity: tuple[Reactivity, ...] = ()
