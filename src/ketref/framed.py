"""How do columns of plain values become a table of the library that the caller uses?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ketref.errors import UsageError, quoted

_LIBRARIES = ("pandas", "polars", "pyarrow")
"""The libraries that make tables, by which is taken where several are there."""
_OF_PANDAS: Mapping[type, str] = {bool: "boolean", int: "Int64", float: "Float64", str: "string"}


def framed(columns: Mapping[str, tuple[type, Sequence[Any]]], library: str | None = None) -> Any:
    """A table of a library: of the one that is named, else of the one in use, else of one that is installed.

    Raises UsageError where there is none, or one cannot make tables.
    """
    name = _chosen(library)
    values = {key: list(cells) for key, (_, cells) in columns.items()}
    kinds = {key: kind for key, (kind, _) in columns.items()}
    if name == "pandas":
        pandas = import_module(name)
        return pandas.DataFrame({key: pandas.array(cells, _OF_PANDAS[kinds[key]]) for key, cells in values.items()})
    try:
        narwhals = import_module("narwhals")
    except ModuleNotFoundError:
        hint = "install narwhals, or ask for pandas"
        raise UsageError(f"a table of {name} needs the package `narwhals`", value=name, hint=hint) from None
    known = {bool: narwhals.Boolean, int: narwhals.Int64, float: narwhals.Float64, str: narwhals.String}
    schema = {key: known[kind] for key, kind in kinds.items()}
    return narwhals.from_dict(values, schema, backend=name).to_native()


def _chosen(library: str | None) -> str:
    if library is None:
        used = [name for name in _LIBRARIES if name in sys.modules]
        found = used or [name for name in _LIBRARIES if find_spec(name)]
        if not found:
            raise UsageError("a table needs pandas, Polars or pyarrow", hint="install one of them")
        return found[0]
    if library not in _LIBRARIES:
        hint = f"known: {', '.join(_LIBRARIES)}"
        raise UsageError(f"`{quoted(library)}` is not a library for tables", value=library, hint=hint)
    if find_spec(library) is None:
        raise UsageError(f"`{library}` is not installed", value=library, hint="install it, or name another library")
    return library
