"""Which JSON Schema is meant by a name?"""

from __future__ import annotations

from typing import Any

from ketref.errors import UsageError, unknown_option
from ketref.review.schemas import Schema, schemas

ANSWER = ".answer"
"""How the name of the schema of an answer ends; that of a rule file ends as the file does."""


def listed() -> list[dict[str, Any]]:
    """Every schema in a line: its name, what it is the schema of, its `$id`, and the `schema` of such an answer."""
    return [
        {
            "name": _name(schema),
            "of": schema["description"].removesuffix("."),
            "id": schema["$id"],
            "schema": schema["title"] if _is_answer(schema) else None,
        }
        for schema in schemas().values()
    ]


def named(name: str) -> Schema:
    """The schema of a name: `detect.answer`, `windows.toml`, its `$id`, or what an answer says as its `schema`.

    Without its ending a name is understood where one schema alone has it. Raises UsageError where it is unknown, or
    both of an answer and of a rule file.
    """
    known = list(schemas().values())
    word = name.strip().removesuffix(".schema.json")
    exact = [schema for schema in known if word in {_name(schema), schema["$id"], schema["title"]}]
    found = exact or [schema for schema in known if word == _stem(schema).removesuffix(ANSWER)]
    if not found:
        raise unknown_option("schema", name, map(_name, known))
    if len(found) > 1:
        names = sorted(map(_name, found))
        hint = f"say which: {' or '.join(f'`{one}`' for one in names)}"
        raise UsageError(f"`{word}` is the name of two schemas", value=name, candidates=names, hint=hint)
    return found[0]


def _name(schema: Schema) -> str:
    return _stem(schema) if _is_answer(schema) else f"{_stem(schema)}.toml"


def _stem(schema: Schema) -> str:
    return str(schema["$id"]).rpartition(":")[2]


def _is_answer(schema: Schema) -> bool:
    return _stem(schema).endswith(ANSWER)
