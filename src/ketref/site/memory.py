"""What does the engine hold in memory once it has begun and has answered, so that a browser need not do so again?

Python compiles its library and ketref each time that it begins in a browser, which takes most of the time to a first
answer. Node.js can begin it where the site is made; the browser then goes on from there.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

from ketref.errors import Note

MEMORY = "wheels/memory.gz"
"""The memory of the engine in a site."""
_HERE = Path(__file__).parent
_BEGINS = ("memory.mjs", "static/engine.mjs")
_LATER = "so that the engine begins anew in each browser, which takes some seconds longer"
_LONGEST = 600.0  # seconds, after which a program hangs rather than works


def remembered(files: Mapping[str, bytes], wheels: list[str], book: str) -> bytes | None:
    """The memory of the engine that `files` make; `wheels` and `book` are names of some of them.

    None, with a note that says why, where there is no Node.js or it cannot begin the engine.
    """
    node = shutil.which("node")
    if node is None:
        warnings.warn(f"there is no program `node` (Node.js, 20 or later), {_LATER}", Note, stacklevel=2)
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            place = Path(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        for name in _BEGINS:
            shutil.copy(_HERE / name, folder)
        command = [node, str(Path(folder, "memory.mjs")), " ".join(wheels), book, MEMORY]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_LONGEST)  # noqa: S603
            return Path(folder, MEMORY).read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            said = [line for line in (getattr(error, "stderr", None) or str(error)).splitlines() if "Error" in line]
            why = said[0].strip() if said else str(error)
            warnings.warn(f"`node` could not begin the engine ({why}), {_LATER}", Note, stacklevel=2)
            return None
