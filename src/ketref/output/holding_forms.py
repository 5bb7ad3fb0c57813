"""What does `ketref show` say of a whole book as JSON: of its substances, its analytes, its panels?"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Grade = Literal["A", "B", "C", "D", "E"]


class OfBook(TypedDict):
    """By which knowledge, and by which version."""

    edition: str
    digest: str
    version: str


class StreetNamesForm(TypedDict):
    """What a substance is called on the street, in a region (empty where it is not known)."""

    names: list[str]
    region: str


class IdentifierForm(TypedDict):
    """What a list of codes calls a substance."""

    scheme: str
    value: str


class SubstanceLine(TypedDict):
    """A substance: how many rules on windows hold in each specimen, and the best and the worst grade behind them.

    Any of its names means it in a question. `classes` are the analytes as which screens report it among others.
    """

    substance: str
    name: str
    synonyms: list[str]
    street: list[StreetNamesForm]
    identifiers: list[IdentifierForm]
    classes: list[str]
    kind: Literal["drug", "exposure"]
    windows: dict[str, int]
    best_grade: Grade | None
    worst_grade: Grade | None


class SubstancesForm(OfBook):
    """`ketref show --format json`."""

    schema: Literal["ketref.substances/1"]
    substances: list[SubstanceLine]


AnalyteLine = TypedDict("AnalyteLine", {"analyte": str, "label": str, "class": bool, "comes_of": list[str]})
"""An analyte, whether it is a class, and the substances of which it comes."""


class ItemForm(TypedDict):
    """`ketref show ID --format json`: the `data` of a substance, a section of one, a rule, a fact or a source.

    `also` is the analyte that the name of a substance means too, null where it means none.
    """

    schema: Literal["ketref.item/1"]
    kind: str
    data: dict[str, Any] | list[dict[str, Any]]
    also: AnalyteLine | None


class AnalytesForm(OfBook):
    """`ketref show analyte --format json`."""

    schema: Literal["ketref.analytes/1"]
    analytes: list[AnalyteLine]


GivenForm = TypedDict(
    "GivenForm",
    {
        "substance": str,
        "as": str,
        "role": str | None,
        "matrix": list[str],
        "route": list[str],
        "says": str,
        "source": str,
    },
)
"""A substance that gives an analyte: itself, or `as` another one that counts for it, in which role."""

PanelTestForm = TypedDict(
    "PanelTestForm",
    {
        "panel": str,
        "matrix": str,
        "analyte": str,
        "stage": Literal["screen", "confirmation", "report"],
        "cutoff": str,
        "method": str | None,
        "from": str | None,
        "until": str | None,
        "says": str,
        "sources": list[str],
    },
)
"""One test of a panel; `from` and `until` are days, where it was not always so."""


class AnalyteForm(OfBook):
    """`ketref show analyte ANALYTE --format json`.

    `assays` are what tests for it answer to and miss, `answered_by` the tests for something else that it makes positive
    or does not, both as in reactivities.toml.
    """

    schema: Literal["ketref.analyte/1"]
    analyte: str
    label: str
    synonyms: list[str]
    parent: str | None
    parts: list[str]
    reported_as: str | None
    members: list[str]
    member_of: list[str]
    endogenous: list[dict[str, Any]]
    comes_of: list[GivenForm]
    panels: list[PanelTestForm]
    assays: list[dict[str, Any]]
    answered_by: list[dict[str, Any]]


class PanelLine(TypedDict):
    """A panel, and the analytes that it tests for."""

    panel: str
    name: str
    authority: str
    jurisdiction: str
    matrix: str
    analytes: list[str]


class PanelsForm(OfBook):
    """`ketref show panel --format json`."""

    schema: Literal["ketref.panels/1"]
    panels: list[PanelLine]


class PanelForm(OfBook):
    """`ketref show panel PANEL --format json`."""

    schema: Literal["ketref.panel/1"]
    panel: str
    name: str
    authority: str
    jurisdiction: str
    matrix: str
    synonyms: list[str]
    tests: list[PanelTestForm]


SHOWN: dict[str, type] = {
    "show": SubstancesForm,
    "show ID": ItemForm,
    "show analyte": AnalytesForm,
    "show analyte ID": AnalyteForm,
    "show panel": PanelsForm,
    "show panel ID": PanelForm,
}
"""The form of what is shown of a whole book, by the words that ask for it."""
