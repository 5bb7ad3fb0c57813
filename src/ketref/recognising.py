"""Is a text an answer that ketref gave?

A kept answer may have been cut, edited, or never been one: it is held against the form of its schema, key by key,
before anything of it is used. Keys that the form does not know are let be.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from ketref import inputs
from ketref.errors import InputError, UsageError
from ketref.forms import ANSWERS

ASKED = ("detect", "effects", "cautions")
"""The commands whose answers can be asked again."""
_HINT = "keep what `ketref detect`, `effects` or `cautions` prints with --format json, one answer a file"
_NAMES: Mapping[type, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def read_answer(name: str) -> dict[str, Any]:
    """The answer in a file, `-` for standard input.

    Raises InputError where that cannot be read or is no JSON, UsageError where it is no answer to ask again.
    """
    try:
        text = inputs.content(name, _HINT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{name}` is no JSON: {error}"[:300], path=name, hint=_HINT) from None
    kept = inputs.json_value(text, name, _HINT)
    return recognised(kept, name)


def recognised(kept: Any, name: str) -> dict[str, Any]:
    """The answer that some JSON is. Raises UsageError with the first thing that no answer has."""
    schema = kept.get("schema") if isinstance(kept, dict) else None
    command, _, version = str(schema).removeprefix("ketref.").partition("/")
    if not isinstance(schema, str) or not schema.startswith("ketref."):
        raise UsageError(f"`{name}` is no answer of ketref: it has no `schema` of one", value=schema, hint=_HINT)
    if command not in ASKED:
        raise UsageError(f"`{name}` holds `{schema}`, which is no answer to a question", value=schema, hint=_HINT)
    if version != "1":
        hint = "it was kept by a ketref with another form of answers: verify it with that"
        raise UsageError(f"`{name}` holds `{schema}`, which this ketref does not know", value=schema, hint=hint)
    if problem := _problem(kept, ANSWERS[command], ""):
        raise UsageError(f"`{name}` is no answer of ketref: {problem}", value=schema, hint=_HINT)
    return dict(kept)


# ---------------------------------------------------------------- values against their types


def _problem(value: Any, kind: Any, place: str) -> str | None:
    """What is wrong with a value of a form, and where; None where nothing is."""
    if kind is Any:
        return None
    if kind is NoneType:
        return None if value is None else _not(place, "null")
    if kind in _NAMES:
        right = isinstance(value, (int, float) if kind is float else kind)
        return None if right and (kind is bool or not isinstance(value, bool)) else _not(place, _NAMES[kind])
    if is_typeddict(kind):
        return _table_problem(value, kind, place)
    return _generic_problem(value, get_origin(kind), get_args(kind), place)


def _not(place: str, wanted: str) -> str:
    return f"`{place}` is not {wanted}"


def _table_problem(value: Any, kind: Any, place: str) -> str | None:
    if not isinstance(value, dict):
        return _not(place, "an object")
    for key, inner in get_type_hints(kind).items():
        where = f"{place}.{key}" if place else key
        if key not in value:
            problem = f"`{where}` is missing" if key in kind.__required_keys__ else None
        else:
            problem = _problem(value[key], inner, where)
        if problem:
            return problem
    return None


def _generic_problem(value: Any, origin: Any, inner: tuple[Any, ...], place: str) -> str | None:
    if origin in {Union, UnionType}:
        problems = [_problem(value, part, place) for part in inner]
        return None if None in problems else problems[0]
    if origin is Literal:
        return None if isinstance(value, str) and value in inner else _not(place, f"one of {', '.join(inner)}")
    if origin is list:
        if not isinstance(value, list):
            return _not(place, "a list")
        found = (_problem(item, inner[0], f"{place}[{index}]") for index, item in enumerate(value))
    else:
        if not isinstance(value, dict):
            return _not(place, "an object")
        found = (_problem(item, inner[1], f"{place}.{key}") for key, item in value.items())
    return next((problem for problem in found if problem), None)
