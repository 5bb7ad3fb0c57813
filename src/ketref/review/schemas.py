"""Which JSON Schema does each rule file, and each answer, keep?

Generated from the records of `model` and the forms of `output`, as strict as `structuring` where JSON
Schema can say it: that ends are in order, a term is known, a whole number has no point or a date no quotes, it cannot.
`python -m ketref.review.schemas [FOLDER]` writes them, by default into `schemas/` of the checkout.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import attrs

from ketref.book.structuring import ID, ID_SAYS, LIMIT, key_of
from ketref.model import units
from ketref.model.axes import TERM_AXES, UNITS
from ketref.model.files import FILES, record_of
from ketref.model.front_matter import Yield
from ketref.model.rules import Range, Span, When
from ketref.model.units import Duration, Limit, Quantity
from ketref.output import concentration_forms, error_forms, forms, holding_forms, interpret_forms, person_forms

Schema = dict[str, Any]
ANSWERS: Mapping[str, type] = {
    **forms.ANSWERS,
    **person_forms.HISTORY_ANSWERS,
    **person_forms.INFER_ANSWERS,
    **interpret_forms.INTERPRET_ANSWERS,
    **concentration_forms.CONCENTRATION_ANSWERS,
    **holding_forms.SHOWN,
    **error_forms.ERRORS,
}
"""The form of every answer by its command."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMESPACE = "urn:ketref:schema:"
_PLAIN: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}


def schemas() -> dict[str, Schema]:
    """Every schema by the name of its file: of each rule file, and of each answer."""
    files = {stem: record_of(stem) for stem in (*FILES, "mapping")}
    made = {
        **{f"{stem}.schema.json": _document(f"{stem}.toml", record, written=True) for stem, record in files.items()},
        **{
            f"{command.replace(' ', '-').lower()}.answer.schema.json": _document(
                get_args(get_type_hints(form)["schema"])[0], form, written=False
            )
            for command, form in ANSWERS.items()
        },
    }
    names = {name: f"{NAMESPACE}{name.removesuffix('.schema.json')}" for name in made}
    return {name: {"$schema": DIALECT, "$id": names[name], **schema} for name, schema in made.items()}


def write(folder: Path) -> None:
    """Write every schema into a folder, which is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(as_text(schema), encoding="utf-8", newline="\n")


def as_text(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


# ---------------------------------------------------------------- documents, tables, types


def _document(title: str, kind: type, written: bool) -> Schema:
    types = _Types(written)
    top = types.table(kind)
    shared = {"$defs": dict(sorted(types.shared.items()))} if types.shared else {}
    return {"title": title, **top, **shared}


class _Types:
    """The schemas of the types of one document; `shared` gathers the named ones, to which the others refer.

    What is `written` by hand is TOML: text is stripped, some types have a spelling of their own, and there is no null.
    """

    def __init__(self, written: bool) -> None:
        self.written = written
        self.shared: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of any type that a record or a form uses."""
        if self.written and kind in _SPELLED:
            name, make = _SPELLED[kind]
            return self.named(name, lambda: make(self))
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if kind is Any:
            return {}
        if attrs.has(kind) or is_typeddict(kind):
            return self.named(kind.__name__, lambda: self.table(kind))
        return self._generic(get_origin(kind), get_args(kind))

    def named(self, name: str, make: Callable[[], Schema]) -> Schema:
        """A reference to a shared schema, which is made when it is first asked for."""
        if name not in self.shared:
            self.shared[name] = {}  # a type may hold itself
            self.shared[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def _generic(self, origin: Any, inner: tuple[Any, ...]) -> Schema:
        if origin is Literal:
            return {"type": _PLAIN[type(inner[0])], "enum": list(inner)}
        if origin in {Union, UnionType}:
            parts = [self.of(part) for part in inner if part is not NoneType or not self.written]
            return parts[0] if len(parts) == 1 else {"anyOf": parts}
        if origin in {dict, Mapping}:
            values = {"type": "string"} if inner[1] is str else self.of(inner[1])  # of these, no text is stripped
            return {"type": "object", "additionalProperties": values}
        items = self.of(inner[0])
        if origin is tuple and inner[-1] is not Ellipsis:
            return {"anyOf": [items, _pair(items)]}
        if origin in {tuple, list}:
            return {"type": "array", "items": items}
        raise TypeError(f"no schema for {origin}[{inner}]")

    def table(self, kind: type) -> Schema:
        """The schema of a record or of a form: its keys, which of them must be there, and of a record no other."""
        hints = get_type_hints(kind)
        if is_typeddict(kind):
            required = [key for key in hints if key in kind.__required_keys__]  # type: ignore[attr-defined]
        else:
            hints = {key_of(field): hints[field.name] for field in attrs.fields(kind)}
            required = [key_of(field) for field in attrs.fields(kind) if field.default is attrs.NOTHING]
        keys = {key: self._id() if self.written and key == "id" else self.of(hint) for key, hint in hints.items()}
        return _table(keys, required, kind.__doc__, closed=self.written)

    def _id(self) -> Schema:
        return self.named("Id", lambda: {"description": ID_SAYS, "type": "string", "pattern": f"^{ID.pattern}$"})


def _table(
    properties: Mapping[str, Schema], required: Iterable[str] = (), says: str | None = None, *, closed: bool = True
) -> Schema:
    needed = list(required)
    return {
        **({"description": " ".join(says.split())} if says else {}),
        "type": "object",
        "properties": dict(properties),
        **({"required": needed} if needed else {}),
        **({"additionalProperties": False} if closed else {}),
    }


def _pair(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 2, "maxItems": 2}


# ---------------------------------------------------------------- values of rule files


def _text(_: _Types) -> Schema:
    return {"description": "Not empty, no space at either end.", "type": "string", "not": {"pattern": r"^\s|\s$|^$"}}


def _date(_: _Types) -> Schema:
    pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
    return {"description": "A date, without quotes: 2026-11-23", "type": "string", "format": "date", "pattern": pattern}


def _duration(_: _Types) -> Schema:
    says = f"A number, one space, and one of {', '.join(units.SECONDS)}: 24 h"
    return {"description": says, "type": "string", "pattern": f"^{_ascii(units.WRITTEN_DURATION.pattern)}$"}


def _span(types: _Types) -> Schema:
    end = types.of(Duration)
    either = {**_table({field.name: end for field in attrs.fields(Span)}), "minProperties": 1}
    return {
        "description": "A boundary: [earliest, latest], or a table where one end is known.",
        "anyOf": [_pair(end), either],
    }


def _yield(types: _Types) -> Schema:
    says = "An analyte: its id alone, or a table that says more of it."
    return {"description": says, "anyOf": [types.of(str), types.named("Yield", lambda: types.table(Yield))]}


def _limit(_: _Types) -> Schema:
    says = "A plain number, or a number with its unit: 2000 ng/mL"
    return {"description": says, "anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{LIMIT.pattern}$"}]}


def _when(types: _Types) -> Schema:
    return _table({axis: types.named(*_axis(axis, types)) for axis in get_type_hints(When)}, says=When.__doc__)


def _axis(axis: str, types: _Types) -> tuple[str, Callable[[], Schema]]:
    """The name and the schema of what may stand on an axis."""
    if axis in TERM_AXES:
        return "Terms", lambda: _one_or_more(types.of(str))
    if axis == "cutoff":
        return "Cutoffs", lambda: _one_or_more(_quantity(*UNITS[axis]))
    end = _quantity(*UNITS[axis])
    name = "Doses" if axis == "dose" else "DosesPerKg"
    return name, lambda: {**_table({field.name: end for field in attrs.fields(Range)}), "minProperties": 1}


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _quantity(*bases: str) -> Schema:
    """A number with a unit, in each of the spellings that `units` takes."""
    spellings = sorted({_spellings(unit) for base in bases for unit in units.UNITS[base]})
    return {"type": "string", "pattern": rf"^[0-9]{{1,12}}(\.[0-9]{{1,12}})? ?({'|'.join(spellings)})$"}


def _spellings(unit: str) -> str:
    return unit.replace("ug", "(u|µ|μ|mc)g").replace("/mL", "/m[lL]").replace("/L", "/[lL]")


def _ascii(pattern: str) -> str:
    """A regular expression whose digits are ASCII for every validator."""
    return pattern.replace(r"\d", "[0-9]")


_SPELLED: Mapping[Any, tuple[str, Callable[[_Types], Schema]]] = {
    str: ("Text", _text),
    date: ("Date", _date),
    Duration: ("Duration", _duration),
    Span: ("Span", _span),
    When: ("When", _when),
    Quantity: ("Concentration", lambda _: _quantity(*units.CONCENTRATIONS)),
    Limit: ("Limit", _limit),
    Yield: ("Yields", _yield),
}
"""What has a spelling of its own in rule files, by the name under which its schema is shared."""


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[3]
    if len(sys.argv) < 2 and not (checkout / "pyproject.toml").is_file():
        sys.exit("this is not a checkout: name the folder to write to")
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else checkout / "schemas")
