"""What would decide between substances that explain the same results: which analyte, and which test until when?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ketref.book.loading import Book, kept
from ketref.person import deciders as further_tests
from ketref.person.explanations import Explanation
from ketref.person.infer import InferAnswer
from ketref.person.phrases import either

if TYPE_CHECKING:
    from ketref.output import interpret_forms as forms

Say = Callable[..., str]
MOST_TESTS = 6


def named(book: Book, analyte: str) -> str:
    """An analyte in words."""
    term = book.vocabularies["analyte"].terms.get(analyte)
    return (term.label if term else "") or analyte


@kept
def may_give(book: Book, substance: str) -> frozenset[str]:
    """The analytes after a substance, and after every substance of the book that it is turned into."""
    names = [substance]
    for name in names:
        yielded = [one.analyte for one in book.record_of(name).yields]
        names += [analyte for analyte in dict.fromkeys(yielded) if analyte in book.folders and analyte not in names]
    return frozenset().union(*(book.analytes_after(name) for name in names))


def deciders(
    reading: InferAnswer,
    explained: Mapping[int, Sequence[Explanation]],
    open_: Collection[str],
    timed: bool,
    say: Say,
) -> list[forms.FurtherForm]:
    """Further analytes of the same specimens, then further tests, where `timed`; for what is still `open_` alone."""
    analytes = _analytes(reading, explained, open_, say)
    found = {(form["substance"], form["matrix"], form["analyte"]): form for form in analytes}
    tests = list(_tests(reading, explained, open_)) if timed else []
    return [*found.values(), *tests[:MOST_TESTS]]


def _analytes(
    reading: InferAnswer, explained: Mapping[int, Sequence[Explanation]], open_: Collection[str], say: Say
) -> Iterator[forms.FurtherForm]:
    """Analytes that one substance gives and another that explains the same result does not."""
    book = reading.book
    known = book.vocabularies["analyte"]
    for result in (one for one in reading.found if one.number in explained):
        seen = {
            each
            for one in reading.found
            if one.matrix == result.matrix and one.analyte in known
            for each in known.line(one.analyte)
        }
        names = [one.substance for one in explained[result.number] if one.substance in open_]
        for name in names:
            for one in book.record_of(name).yields:
                specimens = book.vocabularies["matrix"].line(result.matrix)
                if one.analyte in seen or (one.matrix and not set(one.matrix) & set(specimens)):
                    continue
                others = [other for other in names if one.analyte not in may_give(book, other)]
                if others:
                    values = {"analyte": named(book, one.analyte), "matrix": result.matrix, "substance": name}
                    yield {
                        "kind": "analyte",
                        "substance": name,
                        "against": others,
                        "matrix": result.matrix,
                        "analyte": one.analyte,
                        "cutoff": None,
                        "outcome": "positive",
                        "begin": None,
                        "end": None,
                        "end_unit": None,
                        "rule": None,
                        "says": say("analyte_decides", others=either(others), **values),
                    }


def _tests(
    reading: InferAnswer, explained: Mapping[int, Sequence[Explanation]], open_: Collection[str]
) -> Iterator[forms.FurtherForm]:
    """Tests that decide on the times at which a dose of a substance would explain a positive, as `infer` tells them."""
    told: set[str] = set()
    negatives = [one.number for one in reading.found if not one.positive]
    for number, among in explained.items():
        for one in among:
            if one.substance not in open_ or one.substance not in reading.times_of:
                continue
            for interval in reading.times_of[one.substance].intervals([number, *negatives]):
                dose = reading.asked[one.substance]
                for test in further_tests.deciders(reading.book, dose, interval, reading.at.high):
                    form = reading.decider_form([one.substance], interval, test)
                    if form is None or form["says"] in told:
                        continue
                    told.add(form["says"])
                    yield {
                        "kind": "test",
                        "substance": one.substance,
                        "against": [],
                        "matrix": form["matrix"],
                        "analyte": form["analyte"],
                        "cutoff": form["cutoff"],
                        "outcome": form["outcome"],
                        "begin": form["begin"],
                        "end": form["end"],
                        "end_unit": form["end_unit"],
                        "rule": form["rule"],
                        "says": f"{one.substance}: {form['says']}",
                    }
