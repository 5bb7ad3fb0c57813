"""Which concentration is to be expected after a dose, or after the doses of one person, by published models?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve

from ketref.answers import models
from ketref.answers.answer import identity
from ketref.answers.calculated import model_form, per_mg_in_litre, summary
from ketref.answers.models import Speaking, Taken
from ketref.answers.plausibility import implausible
from ketref.answers.question import Question, length, possible, understand, written
from ketref.answers.question import concentration as amount_of
from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.said import Amount, Elapsed, FactorValue, Length, Midnight, Moment, Order, Record, Zone
from ketref.model.units import Quantity
from ketref.output.concentration_text import concentration_text
from ketref.person.calculated import doses_by
from ketref.person.doses import started, understood_doses
from ketref.person.regimens import Ongoing
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output.concentration_forms import ConcentrationForm, ModelForm

MOST_MOMENTS = 1000
"""Of a curve."""


def concentration(
    substance: str,
    *,
    analyte: str | None = None,
    matrix: str | None = None,
    since: Elapsed | None = None,
    every: Length | None = None,
    taken: Moment | None = None,
    at: Moment | None = None,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    doses: Iterable[Record] | None = None,
    ongoing: Ongoing | None = None,
    route: str | None = None,
    dose: Amount | None = None,
    weight: Amount | None = None,
    infusion: Length | None = None,
    formulation: str | None = None,
    pattern: str | None = None,
    cutoff: Amount | None = None,
    unit: str | None = None,
    rules: Rules = None,
    **factors: FactorValue,
) -> ConcentrationAnswer:
    """The concentration of an analyte after a dose of a substance, by every model of the book that speaks of it.

    `since` is the time since the start of the dose, or `taken` and `at` are moments, as in `detect`; a pair of times
    with `every` is a curve. `doses` are all doses of one person, as in `history`, and `at` is then the moment asked
    about. `analyte` and `matrix` are what is measured (unsaid: the substance itself, in the specimen of its models).
    `formulation` is one that a model knows ("extended release"). With a `cutoff` the answer tells which share of
    persons is at or above it, and from when on they stay under it. `unit` is one of mass by volume. What is said of the
    person (`weight`, age=70, sex="female", ...) narrows the answer; `pattern` is the use before ("chronic").

    Raises UsageError where something is not understood, and where no model speaks of the question, with what they are
    of; concentrations need the extra `ketref[kinetics]`.
    """
    book = chosen(rules)
    of = book.substance(substance).id
    if unit is not None:
        per_mg_in_litre(unit)  # or it is refused
    words = book.vocabularies
    asked = words["analyte"].resolve(analyte) if analyte is not None else None
    specimen = words["matrix"].resolve(matrix) if matrix is not None else None
    found, where = models.measured(book, of, specimen, asked)
    limit = None if cutoff is None else possible(book, amount_of(book, where, found, cutoff, "cutoff"), "cutoff")
    if limit is not None and isinstance(cutoff, str):
        limit = evolve(limit, text=cutoff.strip())  # in the unit in which it was asked
    said: dict[str, Any] = {"route": route, "dose": dose, "weight": weight, "infusion": infusion, "pattern": pattern}
    notation = written(tz, dates) if midnight is None else times.notation(tz, dates, midnight)
    ends: Elapsed | None = since
    if every is not None and not isinstance(since, tuple | list | str):
        raise UsageError("a curve has a first and a last time", hint='since=("0 h", "24 h"), every="1 h"')
    if doses is None:
        question = understand(book, of, since=ends, taken=taken, at=at, notation=notation, factors=factors, **said)
        moments = _moments(question.elapsed, every)
        given: Sequence[Taken] = [Taken(0, question, formulation or "")]
        notes: list[str] = []
    else:
        if (
            since is not None
            or taken is not None
            or any(said[key] is not None for key in ("route", "dose", "infusion"))
        ):
            raise UsageError("what is said of one dose stands in `doses`", hint="give `doses` and `at`")
        question = understand(book, of, weight=weight, pattern=pattern, factors=factors)
        given, second, notes = _history(book, of, doses, at, ongoing, notation or times.PLAIN, question)
        given = [evolve(one, formulation=formulation or "") for one in given]
        moments = [second]
    speaking, silent = models.speaking(book, given, found, where, (moments[0], moments[-1]), question)
    if not speaking:
        raise models.refuse(of, silent)
    return ConcentrationAnswer(book, question, (found, where), moments, speaking, limit, unit, [*notes, *silent])


def _moments(elapsed: tuple[int, int] | None, every: Length | None) -> list[int]:
    """The asked seconds since the start of the dose. Raises UsageError."""
    if elapsed is None:
        raise UsageError("how long after the dose?", hint='give `since` ("4 h"), or `taken` and `at`')
    first, last = elapsed
    if every is None:
        if first != last:
            hint = 'give one time, or `every` ("1 h") for a curve from the first to the last'
            raise UsageError("the time after the dose is a range", value=f"{first} s to {last} s", hint=hint)
        return [first]
    step = length(every, "every").seconds
    if step < 1 or (last - first) // step >= MOST_MOMENTS:
        raise UsageError(f"a curve of more than {MOST_MOMENTS} moments", value=str(every), hint="make `every` longer")
    return list(range(first, last + 1, step))


def _history(
    book: Book,
    of: str,
    doses: Iterable[Record],
    at: Moment | None,
    ongoing: Ongoing | None,
    notation: times.Notation,
    about: Question,
) -> tuple[list[Taken], int, list[str]]:
    """The doses of one person in seconds since the first of them, the asked second, and what was left out."""
    taken = understood_doses(book, doses, None, ongoing, notation)
    moment, *began = times.on_one_clock(
        [times.instant("now" if at is None else at, notation), *(dose.start for dose in taken.rows)]
    )
    rows = started(taken.rows, began)
    others = sorted({row.substance for row in rows} - {of})
    notes = list(taken.notes)
    if others:
        notes.append(f"doses of {', '.join(others)} are not in it, nor what comes of them")
    found, second = doses_by(rows, of, moment, about)
    return found, second, notes


class ConcentrationAnswer:
    """What each model that speaks of a question says: at `moments`, seconds since the start of the first dose."""

    def __init__(
        self,
        book: Book,
        question: Question,
        measured: tuple[str, str],
        moments: Sequence[int],
        speaking: Sequence[Speaking],
        cutoff: Quantity | None,
        unit: str | None,
        silent: Sequence[str],
    ) -> None:
        self.book = book
        self.question = question
        self.analyte, self.matrix = measured
        self.moments = moments
        self.speaking = speaking
        self.cutoff = cutoff
        self.unit = unit if unit is not None else speaking[0].output.unit
        self.silent = silent

    @cached_property
    def models(self) -> list[ModelForm]:
        """What each model says, in `unit`."""
        return [model_form(self.book, one, summary(one, self.moments, self.cutoff), self.unit) for one in self.speaking]

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        return list(self._assumes())

    def _assumes(self) -> Iterator[str]:
        yield from self.question.assumes
        for one in self.speaking:
            yield from one.assumes
            for says in (one.model.says, one.output.says, one.model.no_spread and f"no spread: {one.model.no_spread}"):
                if says:
                    yield f"{one.model.id}: {says}"

    @property
    def warnings(self) -> list[str]:
        """What in the question is not plausible, which models do not speak of it, and what none takes into account."""
        return [*implausible(self.book, self.question), *self._ignored(), *self.silent]

    def _ignored(self) -> Iterator[str]:
        known = {covariate.factor for one in self.speaking for covariate in one.model.covariate}
        for factor, value in self.question.factors.items():
            if factor not in known:
                yield f"{factor} {value} is in none of the models that answer"

    def to_dict(self) -> ConcentrationForm:
        """The JSON form `ketref.concentration/1`."""
        asked = {**self.question.to_dict(), "analyte": self.analyte, "matrix": self.matrix}
        if self.cutoff is not None:
            asked["cutoff"] = self.cutoff.text
        return {
            "schema": "ketref.concentration/1",
            "question": asked,
            "unit": self.unit,
            "at_s": list(self.moments),
            "models": self.models,
            "assumes": self.assumes,
            "warnings": self.warnings,
            **identity(self.book),
        }

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] = "pandas") -> Any:
        """A table of one row for each model and moment."""
        from ketref.kinetics.frames import frame

        return frame(self.to_dict(), backend)

    def __repr__(self) -> str:
        return shown(f"<ConcentrationAnswer {self.question.substance}: {len(self.speaking)} models>")

    def __str__(self) -> str:
        return concentration_text(self.to_dict())
