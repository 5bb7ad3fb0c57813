"""Which packages that may be missing does a part of ketref need, and how are they installed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ketref.errors import UsageError

_BULK = ("llvmlite", "narwhals", "numba", "numpy", "pyarrow")
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "bulk": _BULK,
    "kinetics": (*_BULK, "scipy"),
    "plot": ("matplotlib", "numpy", "PIL"),
    "sas": ("pyreadstat",),
    "shell": ("argparse_manpage", "shtab"),
    "site": ("markdown_it",),
    "spark": (*_BULK, "pandas", "pyspark"),
}
"""The packages that each extra of ketref brings, as they are imported."""


def installing(extra: str) -> str:
    """How an extra is installed."""
    return f'in a clone of ketref: pip install ".[{extra}]"'


@contextmanager
def needing(extra: str, what: str = "many questions at once need", instead: str = "") -> Iterator[None]:
    """Import what needs the packages of an extra.

    Raises UsageError where one is missing: it says `what` needs it, and what can be done `instead`.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (package := (error.name or "").partition(".")[0]) not in PACKAGES[extra]:
            raise
        hint = f"install what is missing, {installing(extra)}{'; or ' if instead else ''}{instead}"
        raise UsageError(f"{what} the package `{package}`", hint=hint) from None
