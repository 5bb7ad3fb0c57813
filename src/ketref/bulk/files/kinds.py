"""Of which kind is a file, and how is it compressed: what is said, else what its suffixes tell?"""

from __future__ import annotations

import os
from pathlib import Path

from ketref import csv_text
from ketref.errors import UsageError

FORMATS = ("csv", "jsonl", "parquet")
READ_ONLY = ("json", "xpt")
"""Those that are read and not written: JSON documents, and SAS transport files."""
CALLED = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet", "json": "JSON", "xpt": "SAS transport (XPT)"}
HINT = "write CSV with a header, one JSON object a line, or Parquet; the kind is told by the suffix or by --format"
_READ_AS = {**dict.fromkeys((*csv_text.SUFFIXES, "txt"), "csv"), "ndjson": "jsonl", "pq": "parquet"}
_WRITTEN_AS = {"ndjson": "jsonl"}
_COMPRESSED = {"gz": "gzip", "zst": "zstd", "bz2": "bz2", "lz4": "lz4"}


def kind_of(name: str, said: str | None, written: bool = False, suffix_first: bool = False) -> str:
    """The format of a file that is read or `written`: what is said, else its suffix before that of a compression.

    A folder is one of Parquet files. The `suffix_first` counts of a file that is read where what is said speaks of
    another one. Raises UsageError where nothing tells it.
    """
    suffix = _suffixes(name)[0]
    told = (_WRITTEN_AS if written else _READ_AS).get(suffix, suffix)
    kind = told if suffix_first and told in {*FORMATS, *READ_ONLY} else said or told
    if kind not in FORMATS and not written and os.path.isdir(name):
        return "parquet"
    if kind not in FORMATS and (written or kind not in READ_ONLY):
        raise UsageError(
            f"`{name}` has no suffix that tells its kind", value=name, hint=f"--format {'|'.join(FORMATS)}"
        )
    return kind


def compression_of(name: str, kind: str) -> str | None:
    """How a text file is compressed, as its last suffix tells; Parquet has a compression of its own."""
    return None if kind == "parquet" else _COMPRESSED.get(_suffixes(name)[1])


def _suffixes(name: str) -> tuple[str, str]:
    """The suffix that tells the kind, and the one that tells the compression; empty where there is none."""
    path = Path(name)
    last = path.suffix.lower().removeprefix(".")
    if last in _COMPRESSED:
        return Path(path.stem).suffix.lower().removeprefix("."), last
    return last, ""
