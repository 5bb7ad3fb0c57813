"""What is told of a concentration that models expect?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ketref.answers.answer import Readable, identity
from ketref.answers.calculated import by_volume, model_form, summary, unit_of
from ketref.answers.models import Speaking
from ketref.answers.plausibility import implausible
from ketref.answers.question import Question
from ketref.book.loading import Book
from ketref.model.units import Quantity
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.output.concentration_forms import ConcentrationForm, ModelForm


class ConcentrationAnswer(Readable):
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
        return [self._model(one) for one in self.speaking]

    def _model(self, one: Speaking) -> ModelForm:
        """What one model says, in `unit`."""
        return model_form(self.book, one, summary(one, self.moments, self.cutoff), self.unit)

    @property
    def said_besides(self) -> dict[str, str]:
        """What is asked besides what any question says."""
        return {} if self.cutoff is None else {"cutoff": self.cutoff.text}

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        return list(dict.fromkeys(self._assumes()))

    def _limits(self) -> list[Quantity]:
        """What is said in concentrations."""
        return [] if self.cutoff is None else [self.cutoff]

    def _assumes(self) -> Iterator[str]:
        yield from self.question.assumes
        told = [*self._limits(), unit_of(self.book, self.matrix, self.unit)]
        for amount in told:
            if read_as := amount.read_as or by_volume(self.book, self.matrix, amount).read_as:
                yield read_as
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
        return {
            "schema": "ketref.concentration/1",
            "question": {**asked, **self.said_besides},
            "unit": self.unit,
            "at_s": list(self.moments),
            "models": self.models,
            "assumes": self.assumes,
            "warnings": self.warnings,
            **identity(self.book),
        }

    def __repr__(self) -> str:
        return shown(f"<ConcentrationAnswer {self.question.substance}: {len(self.speaking)} models>")
