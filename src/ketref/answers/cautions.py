"""Who should not have it, what is to be watched, for how long, and which authority says so?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from ketref.answers.answer import Answer, best, end_of_administration, no_verdict
from ketref.answers.evidence import evidence_forms, rules_of
from ketref.answers.question import Question, understand
from ketref.answers.standing import Standing, counts_from_end, standing
from ketref.book.loading import Book, Rules, chosen, kept
from ketref.book.tables import caution_tables
from ketref.engine.conditions import completed
from ketref.engine.course import OPEN
from ketref.engine.table import End, Row, Table
from ketref.errors import UsageError
from ketref.model.front_matter import DrugTerm
from ketref.model.rules import Caution
from ketref.model.units import duration_of
from ketref.model.vocabulary import fold
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output import forms


def cautions(
    substance: str, condition: str | None = None, *, route: str | None = None, rules: Rules = None
) -> CautionsAnswer:
    """Who should not have it, and what to watch: what each authority says, of one `condition` or of all.

    Raises UsageError where something is not understood. A condition that no caution names is not thereby safe.
    """
    book = chosen(rules)
    question = understand(book, substance, route=route)
    if condition is not None and not (isinstance(condition, str) and condition.strip()):
        raise UsageError("the condition is empty", value=condition, hint='such as "head injury"')

    return CautionsAnswer(book, question, caution_tables(book, question.substance), condition)


def _drug(book: Book, condition: str | None) -> DrugTerm | None:
    """The drug that a condition names."""
    if condition is None or not book.drugs.knows(condition):
        return None
    return book.drugs.terms[book.drugs.resolve(condition)]


@kept
def about_both(book: Book, substance: str, other: str) -> list[dict[str, str]]:
    """What is said of one substance beside another one, as a drug of its own name or classes: by each authority."""
    found = CautionsAnswer(book, understand(book, substance), caution_tables(book, substance), other).cautions
    keys = ("id", "kind", "condition", "instruction", "authority", "jurisdiction", "source", "grade")
    return [{key: cast("dict[str, Any]", one)[key] for key in keys} for one in found if one["kind"] == _TOGETHER]


_TOGETHER = "interaction"


class CautionsAnswer(Answer):
    """Who should not have it and what to watch, by each authority; of one condition where one is asked."""

    _inner = frozenset({"drug"})

    def __init__(self, book: Book, question: Question, tables: Sequence[Table], condition: str | None) -> None:
        super().__init__(book, question)
        self.condition = condition
        self._all = tables
        self.drug = _drug(book, condition)
        names = () if condition is None else (condition, *((self.drug.id, *self.drug.classes) if self.drug else ()))
        self._asked = [table for table in tables if not names or any(_speaks_of(table, name) for name in names)]

    @cached_property
    def cautions(self) -> list[forms.CautionForm]:
        """The cautions, what to do first, then who should not have it."""
        return caution_forms(self, self._asked)

    @property
    def found(self) -> bool:
        """Whether any caution speaks of it. False says nothing about safety."""
        return bool(self.cautions)

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted: how words were read, which drug is asked about, and of which classes."""
        read = list(self.question.assumes)
        if self.drug is None or self.condition is None:
            return read
        same = fold(self.condition) == fold(self.drug.id)
        if not self.drug.classes:
            return read if same or not self.found else [*read, f"{self.condition} is {self.drug.id}"]
        name = self.condition if same else f"{self.condition} ({self.drug.id})"
        classes = " and of the ".join(self.drug.classes)
        return [*read, f"{name} is one of the {classes} [{self.drug.source} {self._grade(self.drug.source)}]"]

    @property
    def conditions(self) -> list[str]:
        """Every condition that a caution names, and what else one can ask about."""
        return sorted({rule.condition or rule.kind for table in self._all for rule in _cautions(table)})

    def to_dict(self) -> forms.CautionsForm:
        """The JSON form `ketref.cautions/1`."""
        asked = {"condition": self.condition} if self.condition is not None else {}
        return {
            "schema": "ketref.cautions/1",
            "question": {**self.question.to_dict(), **asked},
            "assumes": self.assumes,
            "found": self.found,
            "cautions": self.cautions,
            "conditions": self.conditions,
            **self._identity(),
        }

    def __repr__(self) -> str:
        return shown(f"<CautionsAnswer {self.question.substance}: {len(self.cautions)} cautions>")


CAUTION_ORDER = (
    "observation",
    "discharge",
    "driving",
    "monitoring",
    "boxed-warning",
    "contraindication",
    "not-recommended",
    "not-approved",
    "warning",
    "precaution",
    "interaction",
    "access",
)


def caution_forms(answer: Answer, tables: Iterable[Table]) -> list[forms.CautionForm]:
    """The cautions of some tables that hold for the question of an answer; without a route, those of every route."""
    made = []
    for table in tables:
        row = row_for(table, answer.question)
        if row.matched:
            made.append(caution_form(answer, table, row))
    return sorted(made, key=lambda form: (CAUTION_ORDER.index(form["kind"]), form["id"]))


def row_for(table: Table, question: Question) -> Row:
    """The row of a question; of what holds unless denied, where it names no route, that of any route.

    What else a rule asks for and the question leaves unsaid is taken to be so too; what the question says stays.
    """
    row = table.row(question.cell)
    if not table.kind.holds_unless_denied or row.matched or question.route is not None:
        return row
    said = question.cell if "pattern" in question.said else question.cell._replace(pattern=None)
    rows = (table.row(completed(said, atom.conditions)) for atom in table.atoms)
    return next((other for other in rows if other.matched), row)


def caution_form(answer: Answer, table: Table, row: Row) -> forms.CautionForm:
    """One caution, as its narrowest rule has it."""
    ranked = rules_of(row)[0]
    rule = cast("Caution", ranked.rule)
    where = standing(row, answer.question)
    source = best((e.source for e in rule.evidence), answer.book)
    ends, question = where.course.stated[0], answer.question
    from_end = all(counts_from_end(end, question) for end in ends if end)
    return {
        "id": rule.id,
        "kind": rule.kind,
        "condition": rule.condition,
        "instruction": rule.instruction,
        "tells": rule.tells,
        "status": _caution_status(where),
        "until_s": where.seconds(0),
        "until": [_written(end, question, from_end) for end in ends],
        "counts_from": end_of_administration(answer.book, question) if any(ends) and from_end else _START,
        "until_event": rule.until_event or None,
        "authority": rule.authority,
        "jurisdiction": rule.jurisdiction,
        "source": source,
        "grade": answer.book.sources[source].grade,
        "owner": ranked.owner,
        "evidence": evidence_forms(answer.book, table, row, answer.question, no_verdict),
    }


_START = "the start of the dose"


def _written(end: End | None, question: Question, from_end: bool) -> str | None:
    """An end as its rule writes it; one that alone counts from the end of the administration, from its start."""
    if end is None or end.text is None:
        return None
    at = end.at(question.duration)
    return str(end.text if from_end or at is None or at == end.moment[0] else duration_of(at))


def _caution_status(where: Standing) -> Literal["in_force", "possible", "lifted"] | None:
    stages = where.now()
    if stages is None:  # without a time, only what time never lifts is known to be in force
        earliest = where.course.stated[0][0]
        return "in_force" if earliest and earliest.moment[0] == OPEN else None
    if stages[0] != stages[1]:
        return "possible"
    return "in_force" if stages[0] == 0 else "lifted"


def _cautions(table: Table) -> Iterable[Caution]:
    return (cast("Caution", atom.ranked.rule) for atom in table.atoms)


def _speaks_of(table: Table, condition: str) -> bool:
    """Whether a caution is about a condition: its words are in a phrase of the caution, or the other way round."""
    asked = _words(condition)
    if asked and any(asked <= _words(rule.instruction) for rule in _cautions(table)):
        return True
    phrases = [_words(p) for rule in _cautions(table) for p in (rule.condition, *rule.synonyms, rule.kind)]
    return bool(asked) and any(phrase and (asked <= phrase or phrase <= asked) for phrase in phrases)


_EMPTY_WORDS = frozenset({"a", "an", "and", "at", "by", "for", "in", "is", "of", "on", "or", "the", "to", "with"})


def _words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() else " " for c in text.casefold()).split()) - _EMPTY_WORDS
