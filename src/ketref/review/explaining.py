"""What does the code of a finding mean, why is it found, and what is to be done instead?

The answers are in `docs/rules.md` and `docs/checks.md`, which are installed with the package.
"""

from __future__ import annotations

import re
from pathlib import Path

from ketref.errors import InputError, unknown_option

_PAGES = ("rules.md", "checks.md")
_ENTRY = re.compile(r"^##+ `(?P<code>[a-z0-9.-]+)`\n(?P<says>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def explained(code: str) -> str:
    """What a code means, in the words of the documentation. Raises UsageError for one that there is not."""
    found = codes()
    if code not in found:
        raise unknown_option("code of a finding", code, found)
    return f"{code}\n\n{found[code]}"


def codes() -> dict[str, str]:
    """What each code means."""
    texts = [(_pages() / page).read_text("utf-8") for page in _PAGES]
    entries = {match["code"]: match["says"] for text in texts for match in _ENTRY.finditer(text)}
    return {code: says.replace("**", "").strip() for code, says in sorted(entries.items())}


def _pages() -> Path:
    """Where the documentation is: in the installed package, or in the checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "docs", package.parents[1] / "docs"):
        if (folder / _PAGES[0]).is_file():
            return folder
    raise InputError("the documentation is missing", path=str(package / "docs"), hint="install ketref again")
