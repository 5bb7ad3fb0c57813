"""Which answer does a book give to a question?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ketref.detect_answers import DetectAnswer
from ketref.errors import UsageError
from ketref.loading import Book, Ranked, chosen
from ketref.model import Caution, Effect, Phase, Window
from ketref.rule_validation import subject
from ketref.table import Table
from ketref.understanding import understand

if TYPE_CHECKING:
    from ketref.caution_answers import CautionsAnswer
    from ketref.effect_answers import EffectsAnswer


def detect(
    substance: object,
    *,
    matrix: object,
    since: object = None,
    taken: object = None,
    at: object = None,
    route: object = None,
    dose: object = None,
    weight: object = None,
    infusion: object = None,
    analyte: object = None,
    method: object = None,
    cutoff: object = None,
    pattern: object = None,
    source: object = None,
    rules: object = None,
    **factors: object,
) -> DetectAnswer:
    """Is a test expected to be positive, so long after a dose?

    `since` is the time since the start of administration: "36 h", a timedelta, an ISO 8601 duration, or a pair of them
    for a range; or give `taken` and `at`, datetimes or ISO 8601 texts, both with a zone or both without. Without a time
    the answer is the window itself. `dose` is "50 mg" or "0.5 mg/kg", `weight` "70 kg", `cutoff` "25 ng/mL" ("pg/mg" in
    hair). `source` answers by one source alone. `rules` is a book from `ketref.load`, default the shipped one. Any
    further keyword is a factor, such as `age=70` or `liver="moderate"`.

    Raises UsageError where something is not understood, RulesError where rules contradict each other.
    """
    book = chosen(rules)
    question = understand(
        book,
        substance,
        matrix=matrix,
        since=since,
        taken=taken,
        at=at,
        route=route,
        dose=dose,
        weight=weight,
        infusion=infusion,
        analyte=analyte,
        method=method,
        cutoff=cutoff,
        pattern=pattern,
        source=source,
        factors=factors,
    )
    if question.matrix is None:
        raise UsageError("`matrix` is missing: which specimen is tested?", hint='such as matrix="urine"')
    table = window_table(book, question.substance, question.matrix)
    return DetectAnswer(book, question, table, table.row(question.cell))


def effects(
    substance: object,
    *,
    route: object = None,
    since: object = None,
    taken: object = None,
    at: object = None,
    dose: object = None,
    weight: object = None,
    infusion: object = None,
    pattern: object = None,
    rules: object = None,
    **factors: object,
) -> EffectsAnswer:
    """Which phase may a dose be in, which effects are in their window, which cautions are in force?

    Arguments as in `detect`. Raises UsageError where something is not understood.
    """
    book = chosen(rules)
    question = understand(
        book,
        substance,
        since=since,
        taken=taken,
        at=at,
        route=route,
        dose=dose,
        weight=weight,
        infusion=infusion,
        pattern=pattern,
        factors=factors,
    )
    name = question.substance
    from ketref.effect_answers import EffectsAnswer  # only who asks for effects waits for it

    return EffectsAnswer(book, question, phase_table(book, name), effect_tables(book, name), caution_tables(book, name))


def cautions(
    substance: object, condition: str | None = None, *, route: object = None, rules: object = None
) -> CautionsAnswer:
    """Who should not have it, and what to watch: what each authority says, of one `condition` or of all.

    Raises UsageError where something is not understood. A condition that no caution names is not thereby safe.
    """
    book = chosen(rules)
    question = understand(book, substance, route=route)
    if condition is not None and not (isinstance(condition, str) and condition.strip()):
        raise UsageError("the condition is empty", value=condition, hint='such as "head injury"')
    from ketref.caution_answers import CautionsAnswer

    return CautionsAnswer(book, question, caution_tables(book, question.substance), condition)


# ---------------------------------------------------------------- tables


def window_table(book: Book, substance: str, matrix: str) -> Table:
    """The windows of a substance in a specimen."""
    line = book.vocabularies["matrix"].line(matrix)

    def rules() -> Sequence[Ranked]:
        return [r for r in book.ranked(substance, "windows") if set(r.rule.when.matrix) & set(line)]

    return book.compiled(("windows", substance, matrix), lambda: Table(Window, rules(), book.vocabularies))


def phase_table(book: Book, substance: str) -> Table:
    """The phases of a substance."""
    rules = book.ranked(substance, "phases")
    return book.compiled(("phases", substance), lambda: Table(Phase, rules, book.vocabularies))


def effect_tables(book: Book, substance: str) -> Sequence[Table]:
    """The effects of a substance, one table each."""
    return _by_subject(book, substance, "effects", Effect)


def caution_tables(book: Book, substance: str) -> Sequence[Table]:
    """The cautions of a substance, one table each."""
    return _by_subject(book, substance, "cautions", Caution)


def tables(book: Book, substance: str, file: str) -> Iterator[Table]:
    """Every table that the rules of one file make: each specimen that they name, the phases, each effect or caution."""
    if file == "windows":
        named = {term for ranked in book.ranked(substance, file) for term in ranked.rule.when.matrix}
        yield from (window_table(book, substance, matrix) for matrix in sorted(named))
    elif file == "phases":
        yield phase_table(book, substance)
    else:
        yield from {"effects": effect_tables, "cautions": caution_tables}[file](book, substance)


def _by_subject(book: Book, substance: str, file: str, kind: Any) -> Sequence[Table]:
    def tables() -> Sequence[Table]:
        grouped: dict[str, list[Ranked]] = {}
        for ranked in book.ranked(substance, file):
            grouped.setdefault(subject(ranked.rule), []).append(ranked)
        return [Table(kind, rules, book.vocabularies) for rules in grouped.values()]

    return book.compiled((file, substance), tables)
