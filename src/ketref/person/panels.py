"""Which test of its panel is a result, so far as it does not say it itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ketref.answers.panels import Days, in_force, kin_of, values
from ketref.answers.question import concentration
from ketref.answers.targets import test_meant
from ketref.book.loading import Book
from ketref.book.panels import find_panel
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.panels import Panel, PanelTest
from ketref.model.units import Quantity
from ketref.person.doses import with_unit


def by_panel(book: Book, given: Mapping[str, Any], sampled: Days | None) -> tuple[Mapping[str, Any], str | None]:
    """What a result says, with what its panel fills in, and that in words; as it is where the panel tells nothing.

    A panel of the book fills in the analyte, the method and the cutoff, where one of its tests alone can be meant by
    what is said. `sampled` are the first and the last day on which the sample may have been taken; where it is None, no
    test is filled in that was once another one. Raises UsageError for a word that is not understood.
    """
    panel = find_panel(book, units.text_of(given["panel"])) if "panel" in given else None
    if panel is None or "matrix" not in given:
        return given, None
    matrix = book.vocabularies["matrix"].resolve(given["matrix"])
    if panel.matrix not in kin_of(book, matrix):
        return given, None
    able = [test for test in panel.test if _may_be(book, matrix, test, given)]
    tests = [test for test in able if in_force(test, sampled)]
    if len(tests) != 1 or (sampled is None and (tests[0].from_ or len(able) > 1)):
        return given, None
    filled = {axis: value for axis, value in values(panel, tests[0]).items() if axis not in given}
    if any(_bare(given[key]) for key in ("value", "lod", "loq") if key in given) and "cutoff_unit" not in given:
        filled.pop("cutoff", None)  # it does not tell in which unit somebody else wrote a number
    return {**given, **filled}, _in_words(panel, filled) if filled else None


def _in_words(panel: Panel, filled: Mapping[str, Any]) -> str:
    return f"panel {panel.id}: {', '.join(f'{axis} {value}' for axis, value in filled.items())}"


def _bare(amount: object) -> bool:
    """Whether an amount is a number without a unit."""
    return units.text_of(amount).strip()[-1:].isdigit()


def _may_be(book: Book, matrix: str, test: PanelTest, given: Mapping[str, Any]) -> bool:
    """Whether a result may be of a test, by what it says of it."""
    return (
        _aims_at(book, test, given)
        and _same_cutoff(book, matrix, test, given)
        and ("method" not in given or _same_method(book, test, given["method"]))
    )


def _aims_at(book: Book, test: PanelTest, given: Mapping[str, Any]) -> bool:
    analytes = book.vocabularies["analyte"]
    if (analyte := given.get("analyte")) is not None:
        return analytes.knows(analyte) and analytes.resolve(analyte) == test.analyte
    if (aim := given.get("test")) is None:
        return True
    if book.is_other_drug(aim):
        return False
    meant = test_meant(book, aim)
    return meant == test.analyte or (meant in book.folders and meant in book.comes_of(test.analyte))


def _same_method(book: Book, test: PanelTest, method: object) -> bool:
    """Whether a test may be by a method: what confirms identifies, and what screens does not."""
    methods = book.vocabularies["method"]
    line = methods.line(methods.resolve(method))
    if test.method is not None:
        return test.method in line
    identifies = any(methods.terms[each].identifies for each in line)
    return test.stage == "report" or identifies == (test.stage == "confirmation")


def _same_cutoff(book: Book, matrix: str, test: PanelTest, given: Mapping[str, Any]) -> bool:
    if (said := given.get("cutoff")) is None:
        return True
    if not isinstance(said, Quantity):
        said = units.text_of(with_unit(said, given["cutoff_unit"]) if "cutoff_unit" in given else said)
    try:
        found = concentration(book, matrix, test.analyte, said, "cutoff")
    except UsageError:
        return False  # why it is none, is told where the result is read
    return (found.value, found.base) == (test.cutoff.value, test.cutoff.base)
