"""What was a concentration some time before it was measured, where it fell by the same amount every hour?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from ketref.answers.calculated import NEED, by_volume, in_mg_per_litre, model_form, unit_of
from ketref.answers.models import SilentError, Speaking, person_of
from ketref.answers.question import Question, concentration, length, possible
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.extras import needing
from ketref.model.units import FLUID, PER_MILLE, SECONDS, Duration, Quantity, duration_of, written_quantity
from ketref.person.modelled import ConcentrationAnswer

if TYPE_CHECKING:
    from ketref.model.kinetics import Model
    from ketref.output.concentration_forms import ModelForm


def earlier(
    book: Book,
    question: Question,
    of: tuple[str, str],
    measured: object,
    before: object,
    cutoff: Quantity | None,
    unit: str | None,
) -> EarlierAnswer:
    """The concentration so long before it was measured, by each model that knows how fast it falls.

    Raises UsageError where what is needed is not said, or where practice refuses it: while absorption may go on.
    """
    analyte, matrix = of
    if measured is None or before is None or question.elapsed is None:
        missing = "measured" if measured is None else "before" if before is None else "since"
        hint = "give `measured`, how long `before` it is asked about, and `since` the last dose it was measured"
        raise UsageError(f"`{missing}` is missing", hint=hint)
    value = possible(book, concentration(book, matrix, analyte, measured, "measured"), "cutoff")
    value = evolve(by_volume(book, matrix, value), text=str(measured).strip())
    unit = unit if unit is not None else _own_unit(book, matrix, value)
    back = length(before, "before")
    found: list[Speaking] = []
    silent: list[str] = []
    for model in book.models(question.substance):
        try:
            found.append(_speaking(model, question, of, value, back))
        except SilentError as why:
            silent.append(f"{model.id} does not cover it: {why}")
    if not found:
        raise UsageError(f"no model of {question.substance} tells what it was before", hint="; ".join(silent))
    return EarlierAnswer(book, question, of, (value, back), found, cutoff, unit, silent)


def _own_unit(book: Book, matrix: str, measured: Quantity) -> str | None:
    """The unit in which it was measured, where answers have it."""
    written = measured.text.lstrip("0123456789., ")
    try:
        one = unit_of(book, matrix, written)
    except UsageError:
        return None
    return one.base if one.base == PER_MILLE else written


def _speaking(model: Model, question: Question, of: tuple[str, str], value: Quantity, back: Duration) -> Speaking:
    if model.back is None:
        raise SilentError("how fast it falls is not the same at every height")
    outputs = [output for output in model.output if (output.analyte, output.matrix) == of and not output.form]
    if not outputs or of[1] not in model.back.matrix:
        raise SilentError(f"it tells how fast {of[0]} falls in {', '.join(model.back.matrix)}")
    shortest = (question.elapsed or (0, 0))[0] - back.seconds
    if shortest < model.back.after.seconds:
        left = f"{duration_of(shortest)} after the last dose" if shortest >= 0 else "before the last dose"
        raise SilentError(f"that is {left}, and absorption may go on until {model.back.after} after it")
    person = dict(person_of(model, question, whole=False))
    with needing("kinetics", NEED):
        from ketref.kinetics.summary import usual_ratio
    least = written_quantity(model.back.above, FLUID).value * usual_ratio(model, outputs[0], person)
    if value.value <= least:
        raise SilentError(f"under {model.back.above} in {model.back.matrix[0]} it no longer falls evenly")
    return Speaking(model, outputs[0], (), person)


class EarlierAnswer(ConcentrationAnswer):
    """What a concentration was before it was measured; its one moment is that before, below 0."""

    def __init__(
        self,
        book: Book,
        question: Question,
        of: tuple[str, str],
        measured: tuple[Quantity, Duration],
        speaking: list[Speaking],
        cutoff: Quantity | None,
        unit: str | None,
        silent: list[str],
    ) -> None:
        super().__init__(book, question, of, [-measured[1].seconds], speaking, cutoff, unit, silent)
        self.measured, self.before = measured

    def _limits(self) -> list[Quantity]:
        """What is said in concentrations."""
        return [self.measured, *super()._limits()]

    @property
    def said_besides(self) -> dict[str, str]:
        """What is asked besides what any question says."""
        return {"measured": self.measured.text, "before": str(self.before), **super().said_besides}

    def _model(self, one: Speaking) -> ModelForm:
        """What one model says, in `unit`."""
        with needing("kinetics", NEED):
            from ketref.kinetics.summary import before
        rate = "" if one.model.back is None else one.model.back.rate
        hours = self.before.seconds / SECONDS["h"]
        limit = None if self.cutoff is None else in_mg_per_litre(self.cutoff)
        said = before(one.model, one.output, rate, one.person, in_mg_per_litre(self.measured), hours, limit)
        return model_form(self.book, one, said, self.unit)

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        backs = [one.model.back for one in self.speaking if one.model.back is not None]
        said = [
            f"nothing was taken after the last dose, and absorption was over {back.after} after it" for back in backs
        ]
        return [*said, *(back.says for back in backs if back.says), *super().assumes]
