"""Which table has the JSON form of an answer: a row for each source, specimen, effect, interval or change?

The columns and their kinds follow from the classes of the forms, so they do not depend on what an answer holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from ketref.output import forms, interpret_forms, person_forms

Columns = dict[str, tuple[type, list[Any]]]
"""Columns by name: of which type the values are, and the values; None is null."""

_ROWS: Mapping[str, tuple[str, type]] = {
    "ketref.detect/1": ("evidence", forms.EvidenceForm),
    "ketref.specimens/1": ("specimens", forms.SpecimenForm),
    "ketref.effects/1": ("effects", forms.EffectForm),
    "ketref.cautions/1": ("cautions", forms.CautionForm),
    "ketref.history/1": ("changes", person_forms.ChangeForm),
    "ketref.infer/1": ("intervals", person_forms.IntervalForm),
    "ketref.interpret/1": ("results", interpret_forms.InterpretedForm),
}
"""Of which list of an answer its table is made."""
_PAIRS: Mapping[object, tuple[type, str, str]] = {
    forms.Ends: (int, "earliest", "latest"),
    forms.Texts: (str, "earliest", "latest"),
    forms.Percent: (float, "least", "most"),
}
"""What has two values, in a column each."""


def columns_of(form: Mapping[str, Any]) -> Columns:
    """The table of an answer; of one about many people their changes, with the person first."""
    if form["schema"] == "ketref.today/1":
        name, kind = _ROWS["ketref.history/1"]
        people = [(person["subject"], row) for person in form["people"] for row in person["history"][name]]
        return {"subject": (str, [subject for subject, _ in people]), **_columns(kind, [row for _, row in people])}
    if form["schema"] == "ketref.concentration/1":
        return _concentrations(form)
    name, kind = _ROWS[form["schema"]]
    return _columns(kind, form[name])


def _concentrations(form: Mapping[str, Any]) -> Columns:
    """A row for each model and moment."""
    kinds = {"model": str, "at_s": int, "median": float, "p5": float, "p95": float, "unit": str, "source": str}
    found: Columns = {name: (kind, []) for name, kind in kinds.items()}
    for model in form["models"]:
        for place, second in enumerate(form["at_s"]):
            ends = (None if model[end] is None else model[end][place] for end in ("p5", "p95"))
            row = (model["id"], second, model["median"][place], *ends, form["unit"], model["source"])
            for (_, values), value in zip(found.values(), row, strict=True):
                values.append(value)
    return found


def _columns(kind: type, rows: Iterable[Mapping[str, Any]]) -> Columns:
    found: Columns = {}
    for key, hint in get_type_hints(kind).items():
        values = [row.get(key) for row in rows]
        if hint in _PAIRS:
            of, *ends = _PAIRS[hint]
            for place, end in enumerate(ends):
                name = f"{key.removesuffix('_s')}_{end}{'_s' if key.endswith('_s') else ''}"
                found[name] = (of, [value[place] if isinstance(value, list) else value for value in values])
        else:
            of, cell = _cell(hint)
            found[key] = (of, [None if value is None else cell(value) for value in values])
    return found


def _cell(hint: Any) -> tuple[type, Callable[[Any], Any]]:
    """Of which type the cells of a column are, and what makes one of a value; what is nested is text."""
    kinds = [one for one in get_args(hint) if one is not NoneType]
    if hint in (bool, int, float, str):
        return hint, hint
    if get_origin(hint) is list:
        return (str, "; ".join) if get_args(hint) == (str,) else (str, _nested)
    if get_origin(hint) is dict:
        return str, lambda said: "; ".join(f"{key} {value}" for key, value in said.items())
    if len(kinds) == 1 and NoneType in get_args(hint):
        return _cell(kinds[0])
    if kinds and all(isinstance(one, str) or get_args(one) or one is str for one in kinds):
        return str, str  # words
    return str, _nested


def _nested(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
