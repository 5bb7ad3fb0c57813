"""What does a book hold at a glance: its substances and how well each is covered, its analytes, its panels?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ketref.book.export import plain
from ketref.book.loading import Book
from ketref.book.panels import find_panel, known_panel, panels_of
from ketref.model.panels import Panel, PanelTest
from ketref.version import __version__

if TYPE_CHECKING:
    from datetime import date

    from ketref.output import holding_forms as forms


def held(book: Book, what: str | None, which: str | None = None) -> Any:
    """What a word, or two, ask of a whole book; None where they ask for one of its entries, or for a substance.

    Nothing asks for the substances, `analyte` and `panel` for all of these, or for `which` of them, and so do their
    plurals. Raises UsageError.
    """
    if what is None or what == "substances":
        return substances(book)
    if (kind := what.removesuffix("s")) in _LISTED:
        every, one = _LISTED[kind]
        return every(book) if which is None else one(book, which)
    if which is None and what not in book.folders and book.named_by(what) is None:
        if book.vocabularies["analyte"].knows(what):
            return analyte(book, what)
        if find_panel(book, what):
            return panel(book, what)
    return None


def substances(book: Book) -> forms.SubstancesForm:
    """The substances of a book, and how well each is covered."""
    listed = [substance_line(book, name) for name in book.folders]
    return {"schema": "ketref.substances/1", "substances": listed, **_of(book)}


def substance_line(book: Book, name: str) -> forms.SubstanceLine:
    """What a substance is called, and how well it is covered."""
    covered, record = book.coverage(name), book.record_of(name)
    terms = book.vocabularies["analyte"].terms
    return {
        "substance": name,
        "name": covered.name,
        "synonyms": [*record.synonyms],
        "street": [{"names": [*called.names], "region": called.region} for called in record.street],
        "identifiers": [{"scheme": one.scheme, "value": one.value} for one in record.identifier if one.analyte is None],
        "classes": sorted(analyte for analyte in book.analytes_after(name) if terms[analyte].members),
        "kind": covered.kind,
        "windows": dict(covered.windows),
        "best_grade": covered.best,
        "worst_grade": covered.worst,
    }


# ---------------------------------------------------------------- analytes


def analytes(book: Book) -> forms.AnalytesForm:
    """The analytes of a book, and what each comes of."""
    listed = [_line(book, name) for name in book.vocabularies["analyte"].terms]
    return {"schema": "ketref.analytes/1", "analytes": listed, **_of(book)}


def meant_too(book: Book, kind: str, data: Any) -> forms.AnalyteLine | None:
    """The analyte that the name of a substance means too, None where it means none or something else was named."""
    known = book.vocabularies["analyte"]
    if kind != "substance" or not known.knows(name := data["substance"]["id"]):
        return None
    return _line(book, known.resolve(name))


def _line(book: Book, name: str) -> forms.AnalyteLine:
    term = book.vocabularies["analyte"].terms[name]
    return {"analyte": name, "label": term.label or name, "class": bool(term.members), "comes_of": book.comes_of(name)}


def analyte(book: Book, word: object) -> forms.AnalyteForm:
    """What a book holds on one analyte. Raises UsageError."""
    vocabulary = book.vocabularies["analyte"]
    name = vocabulary.resolve(word)
    term = vocabulary.terms[name]
    kin = {each for each in vocabulary.terms if name in vocabulary.line(each)}
    every = vocabulary.terms.values()
    kin |= {*vocabulary.line(name), *term.members, *(each.id for each in every if each.reported_as == name)}
    return {
        "schema": "ketref.analyte/1",
        "analyte": name,
        "label": term.label or name,
        "synonyms": list(term.synonyms),
        "parent": term.parent,
        "parts": [each.id for each in every if each.parent == name],
        "reported_as": term.reported_as,
        "members": list(term.members),
        "member_of": [each.id for each in every if name in each.members],
        "endogenous": plain(term.endogenous),
        "comes_of": [_given(one, given) for one in book.comes_of(name) for given in _yields(book, one, kin)],
        "panels": [_tested(panel, test) for panel in panels_of(book) for test in panel.test if test.analyte == name],
        "assays": [plain(one) for one in book.listed_in("reactivities", "reactivity") if name == one.tests],
        "answered_by": [plain(one) for one in book.listed_in("reactivities", "reactivity") if name in one.of],
        **_of(book),
    }


def _yields(book: Book, substance: str, kin: set[str]) -> list[Any]:
    """How a substance gives an analyte: what it yields of that and its kin, or what makes it positive otherwise."""
    given = book.record_of(substance).yields
    return [one for one in given if one.analyte in kin] or [one for one in given if _leads(book, one.analyte, kin)]


def _leads(book: Book, yielded: str, kin: set[str]) -> bool:
    """Whether what is yielded stands below or above some kin of an analyte."""
    vocabulary = book.vocabularies["analyte"]
    return any(yielded in vocabulary.line(each) or each in vocabulary.line(yielded) for each in kin)


def _given(substance: str, given: Any) -> Any:
    return {
        "substance": substance,
        "as": given.analyte,
        "role": given.role,
        "matrix": list(given.matrix),
        "route": list(given.route),
        "says": given.says,
        "source": given.source,
    }


# ---------------------------------------------------------------- panels


def panels(book: Book) -> forms.PanelsForm:
    """The panels of a book."""
    listed: list[forms.PanelLine] = [
        {
            "panel": panel.id,
            "name": panel.name,
            "authority": panel.authority,
            "jurisdiction": panel.jurisdiction,
            "matrix": panel.matrix,
            "analytes": list(dict.fromkeys(test.analyte for test in panel.test)),
        }
        for panel in panels_of(book)
    ]
    return {"schema": "ketref.panels/1", "panels": listed, **_of(book)}


def panel(book: Book, word: object) -> forms.PanelForm:
    """One panel with its tests. Raises UsageError."""
    found = known_panel(book, word)
    return {
        "schema": "ketref.panel/1",
        "panel": found.id,
        "name": found.name,
        "authority": found.authority,
        "jurisdiction": found.jurisdiction,
        "matrix": found.matrix,
        "synonyms": list(found.synonyms),
        "tests": [_tested(found, test) for test in found.test],
        **_of(book),
    }


def _tested(of: Panel, test: PanelTest) -> Any:
    return {
        "panel": of.id,
        "matrix": of.matrix,
        "analyte": test.analyte,
        "stage": test.stage,
        "cutoff": str(test.cutoff),
        "method": test.method,
        "from": _day(test.from_),
        "until": _day(test.until),
        "says": test.says,
        "sources": list(test.sources),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _of(book: Book) -> forms.OfBook:
    return {"edition": book.edition, "digest": book.digest, "version": __version__}


_LISTED: dict[str, tuple[Callable[[Book], Any], Callable[[Book, str], Any]]] = {
    "analyte": (analytes, analyte),
    "panel": (panels, panel),
}
