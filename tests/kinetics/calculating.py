"""How a check of a model, or a measured value, is turned into what the engine is asked."""

from __future__ import annotations

from typing import Any

from ketref.answers import models
from ketref.answers.question import understand
from ketref.book.loading import Book
from ketref.kinetics.course import Given
from ketref.model.kinetics import Model, Output


def reckoned(book: Book, folder: str, model: Model, asked: Any) -> tuple[Output, Given, dict[str, float]]:
    """The output, the dose and the person of a check."""
    person = {one.factor: one.value for one in getattr(asked, "person", ())}
    said: dict[str, Any] = {}
    if "weight" in person:
        said["weight"] = f"{person.pop('weight')} kg"
    if "pattern" in person:
        said["pattern"] = person.pop("pattern")
    question = understand(book, folder, route=asked.route, dose=asked.dose, factors=person, **said)
    way = models._course(book, model, models.Taken(0, question, getattr(asked, "formulation", "")))
    form, matrix = getattr(asked, "form", ""), getattr(asked, "matrix", None)
    outputs = [one for one in model.output if (one.analyte, one.form) == (asked.analyte, form)]
    output = next(one for one in outputs if matrix in {None, one.matrix})
    return output, Given(0.0, way.amount, way.by), dict(models.person_of(model, question))
