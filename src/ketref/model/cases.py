"""What is a golden case: which question, and which answer does the evidence demand?"""

from collections.abc import Mapping
from typing import Literal

from attrs import field

from ketref.model.rules import record


@record
class Case:
    """A question with the answer that the evidence demands.

    `phases` must be possible and `not_phases` not; `effects` must be listed, `effect_status` holds the status of some
    by name; `cautions` are kinds that must be in force, `caution_status` the status of some by id. `rules` and
    `sources` must be behind the answer, `factor_sources` behind its factors; `not_sources` were read as well and must
    not be behind it, since they give no time for the question.
    """

    ask: Literal["detect", "effects", "cautions"]
    question: Mapping[str, str]
    locator: str
    status: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    not_phases: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    effect_status: Mapping[str, str] = field(factory=dict)
    cautions: tuple[str, ...] = ()
    caution_status: Mapping[str, str] = field(factory=dict)
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    not_sources: tuple[str, ...] = ()
    disagree: bool | None = None
    factor_sources: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


@record
class Cases:
    """cases.toml."""

    case: tuple[Case, ...] = ()
