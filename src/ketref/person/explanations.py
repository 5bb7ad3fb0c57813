"""Which substances can explain a positive, in which way, and what speaks against each?

A substance can explain a positive where a dose of it at some time makes one possible, by the rules, and no negative
expected to be positive. What the rules say nothing of excludes nothing. A screen may answer to something else besides:
that is known of assays, not of doses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import get_args

from attrs import evolve, frozen

from ketref.answers.targets import test_meant
from ketref.book.loading import Book, kept
from ketref.engine.course import EXPECTED, POSSIBLE, STATUSES
from ketref.errors import UsageError
from ketref.model.front_matter import Yield
from ketref.model.panels import Reactivity
from ketref.model.rules import cited
from ketref.model.vocabulary import ANY, fold
from ketref.output.interpret_forms import Way
from ketref.person.intervals import Bearing, Times
from ketref.person.report import is_confirmed, is_finding
from ketref.person.results import Result

WAYS: tuple[Way, ...] = get_args(Way)
"""In which way a substance makes a positive, the nearest first; `unspecified`: its record does not say in which."""
_OF_ROLE: Mapping[str | None, Way] = {
    "parent": "itself",
    "metabolite": "metabolite",
    "marker": "marker",
    "minor metabolite": "minor metabolite",
    "impurity": "impurity",
    None: "unspecified",
}


@frozen(eq=False)
class Against:
    """What speaks against an explanation: a negative `result` that it would make positive at times, or a statement."""

    says: str
    result: int | None = None
    statement: str | None = None


@frozen(eq=False)
class Explanation:
    """A substance, or another cause that a screen answers to, that can explain a positive.

    `status` is the highest that the rules give at a time that contradicts no negative, None where they are not asked.
    Where it `conflicts`, there is no such time, and these results leave none. It gives what was found only together
    with the substances that it `needs`.
    """

    substance: str
    way: Way
    status: str | None
    rule: str | None
    declared: bool = False
    against: tuple[Against, ...] = ()
    conflicts: tuple[int, ...] = ()
    known: bool = True
    says: str = ""
    needs: frozenset[str] = frozenset()

    @property
    def together(self) -> frozenset[str]:
        """The substance, with those that it needs."""
        return self.needs | {self.substance}

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """The declared ones first, but for impurities of them, then the nearer way, then the higher status."""
        status = STATUSES.index(self.status) if self.status in STATUSES else -1
        return not self.declared or self.way == "impurity", WAYS.index(self.way), -status, self.substance


# ---------------------------------------------------------------- ways


@kept
def way_of(book: Book, substance: str, analyte: str, matrix: str) -> Way:
    """In which way a substance makes an analyte be found; as a test for it as a whole finds it, itself."""
    if book.record_of(substance).kind == "exposure":
        return "exposure"
    of = _found_as(book, analyte)
    if not of and analyte != ANY:
        return "unspecified"
    found = [_OF_ROLE[one.role] for one in _yields(book, substance, analyte, matrix)]
    if substance in of:
        found.append("itself")
    return min(found, key=WAYS.index, default="itself" if analyte == ANY else "unspecified")


@kept
def needs_of(book: Book, substance: str, analyte: str, matrix: str) -> frozenset[str]:
    """What must be taken with a substance if an analyte is to be found, however the substance gives it."""
    needed = [frozenset(one.needs) for one in _yields(book, substance, analyte, matrix)]
    return frozenset.intersection(*needed) if needed else frozenset()


def _yields(book: Book, substance: str, analyte: str, matrix: str) -> Iterator[Yield]:
    """What a substance gives of an analyte, or of the members of a class, in a specimen."""
    of, specimens = _found_as(book, analyte), set(book.vocabularies["matrix"].line(matrix))
    for one in book.record_of(substance).yields:
        if one.analyte in of and (not one.matrix or set(one.matrix) & specimens):
            yield one


@kept
def _found_as(book: Book, analyte: str) -> frozenset[str]:
    """The analytes that a test for one finds: those above it, its members, and mirror forms that are reported as it."""
    known = book.vocabularies["analyte"]
    if analyte not in known:
        return frozenset()
    of = {*known.line(analyte), *(above for member in known.terms[analyte].members for above in known.line(member))}
    return frozenset(of | {one.id for one in known.terms.values() if one.reported_as in of})


# ---------------------------------------------------------------- by doses


def explanations(
    book: Book, positive: Result, results: Sequence[Result], times: Mapping[str, Times]
) -> Iterator[Explanation]:
    """How each substance that a positive speaks of can explain it; or, where it `conflicts`, cannot."""
    counting = [positive.number, *(one.number for one in results if not one.positive)]
    for name in positive.substances:
        if name in times:
            found = explained(times[name], positive, counting)
            yield evolve(
                found,
                substance=name,
                way=way_of(book, name, positive.analyte, positive.matrix),
                needs=needs_of(book, name, positive.analyte, positive.matrix),
                against=tuple(_contrary(times[name], positive, results)),
            )


def explained(times: Times, positive: Result, counting: Sequence[int]) -> Explanation:
    """The highest status of a positive at any time of a dose that no counting result excludes, and its rule."""
    own = [one for one in times.bearings if one.result is positive and one.positive]
    best, rule = -1, None
    for taken in times.moments(counting):
        status, bearing = min(((_status(one, taken), one) for one in own), key=lambda found: found[0])
        if status > best:
            best, rule = status, bearing.rule
        if best == EXPECTED:
            break
    if best < 0:
        least = Times([one for one in times.bearings if one.result.number in counting])
        return Explanation("", "itself", None, None, conflicts=tuple(least.conflict))
    return Explanation("", "itself", STATUSES[best], rule)


def _status(bearing: Bearing, taken: int) -> int:
    status = bearing.after(taken).status(bearing.at)
    return min(status, POSSIBLE) if bearing.capped else status


def _contrary(times: Times, positive: Result, results: Sequence[Result]) -> Iterator[Against]:
    """The negatives that exclude some of the times at which a dose would explain a positive."""
    own = times.excluded.get(positive.number, 0)
    for one in results:
        if not one.positive and times.excluded.get(one.number, 0) & ~own:
            yield Against("", result=one.number)


# ---------------------------------------------------------------- by name


def by_name(book: Book, positive: Result, declared: Sequence[str]) -> Iterator[Explanation]:
    """The declared drugs without rules that a positive is on by its name: no rule says when they are found."""
    for name in declared:
        if names_drug(book, positive, name):
            yield Explanation(name, "itself", "unknown", None, declared=True, known=False)


def names_drug(book: Book, result: Result, drug: str) -> bool:
    """Whether a result that no rule speaks of is on a drug without rules, by a name of that."""
    if drug in book.folders or result.covers or not (is_finding(result) or result.silent == "specimen"):
        return False
    word = result.about
    known = book.drugs.terms[book.drugs.resolve(word)] if book.drugs.knows(word) else None
    meant = (word,) if known is None else known.contains or (known.id,)
    return [fold(name) for name in meant] == [fold(drug)]


# ---------------------------------------------------------------- by what a screen answers to


def cross_reactions(book: Book, positive: Result, declared: Mapping[str, str]) -> Iterator[Explanation]:
    """What else a screen is known to answer to: those that are `declared` (folded names, with their own) first."""
    if is_confirmed(book, positive):
        return
    for one in _answering(book, positive):
        names = [*one.of, one.cause]
        taken = next((declared[fold(name)] for name in names if fold(name) in declared), None)
        substance = taken or next((name for name in one.of if name in book.folders), one.cause)
        yield Explanation(
            substance,
            "cross-reactivity",
            None,
            one.id,
            declared=taken is not None,
            known=substance in book.folders,
            says=one.says,
        )


def _answering(book: Book, positive: Result) -> Iterator[Reactivity]:
    aims = _aims(book, positive)
    specimens = book.vocabularies["matrix"].line(positive.matrix)
    methods = None if positive.method is None else book.vocabularies["method"].line(positive.method)
    for one in book.listed_in("reactivities", "reactivity"):
        answers = one.result in {"finds", "false positive"} and one.tests in aims and one.matrix in specimens
        if answers and (methods is None or one.method in methods):
            yield one


def _aims(book: Book, positive: Result) -> set[str]:
    """What a screen is for, by the words of assays: its analyte, and the classes that have it as a member."""
    aims = {positive.analyte}
    if positive.test is not None:
        with suppress(UsageError):
            aims.add(test_meant(book, positive.test))
    classes = {term.id for term in book.vocabularies["analyte"].terms.values() if aims & set(term.members)}
    return aims | classes


@kept
def grade_of(book: Book, substance: str, rule: str) -> str:
    """The best grade of the sources of a rule on a substance; the last of all where none is known."""
    for ranked in book.ranked(substance, "windows"):
        if ranked.rule.id == rule:
            return min((book.sources[source].grade for source in cited(ranked.rule)), default=_WORST)
    return _WORST


_WORST = "Z"
