"""Which record does each file of a book hold?

The classes of a file are made when it is first read: a question waits for no more than it needs.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_MODULES: Mapping[str, str] = {
    "edition": "front_matter",
    "sources": "front_matter",
    "terms": "front_matter",
    "drugs": "front_matter",
    "panels": "panels",
    "reactivities": "panels",
    "classes": "facts",
    "interpretations": "interpretations",
    "validity": "interpretations",
    "interpretation-cases": "interpretations",
    "wording": "wording",
    "substance": "front_matter",
    "windows": "rules",
    "phases": "rules",
    "effects": "rules",
    "cautions": "rules",
    "factors": "factors",
    "facts": "facts",
    "cases": "cases",
    "models": "kinetics",
    "mapping": "mappings",
}
"""The module of each record, which is named as its file is."""
MAPPINGS = "mappings"
"""The folder in which the mappings of a book lie, each in a file of its name."""
LEANING = ("panels", "reactivities", "classes", "interpretations", "validity", "interpretation-cases")
"""Those of the files at the top that name terms, sources and substances."""
BOOK_FILES = ("edition", "sources", "terms", "drugs", *LEANING, "wording")
SUBSTANCE_FILES = tuple(stem for stem in _MODULES if stem not in (*BOOK_FILES, "mapping"))
FILES = (*BOOK_FILES, *SUBSTANCE_FILES)
FACT_TABLES = ("fact", "study", "pharmacokinetic", "cutoff")
"""The keys under which facts.toml lists what it holds."""


def record_of(stem: str) -> Any:
    """The class of what a file holds, by its name without `.toml`."""
    name = "".join(word.capitalize() for word in stem.split("-"))
    return getattr(import_module(f"ketref.model.{_MODULES[stem]}"), name)


def unread(name: str) -> tuple[str, str]:
    """Why a TOML file of a folder is not read, and what to do."""
    folder, _, file = name.rpartition("/")
    if "/" in folder:
        return (
            "lies too deep: the files of a substance lie in a folder of its id, and no deeper",
            "move it, or rename it",
        )
    if file != file.lower() and file.lower().removesuffix(".toml") in FILES:
        return "no rule file has this name", f"names are written in small letters: {file.lower()}"
    return "no rule file has this name", f"files: {', '.join(FILES)}; those of a substance lie in a folder of its id"


def record_in(name: str) -> Any:
    """The class of what a file of a folder holds, None where no rule file has this name."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".toml")
    if folder == MAPPINGS:
        return record_of("mapping")
    if "/" in folder or stem not in (SUBSTANCE_FILES if folder else BOOK_FILES):
        return None
    return record_of(stem)
