"""Do the scripts that users start from run, and print what they are known to print?

What they print is in `examples/printed/`; `python tests/test_examples.py` writes it anew: read the difference.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


def printed(script: Path, folder: Path) -> str:
    command = [sys.executable, "-X", "utf8", "-W", "error", str(script)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_there_are_examples() -> None:
    assert {script.stem for script in SCRIPTS} == {path.stem for path in (EXAMPLES / "printed").iterdir()} != set()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_example_prints_what_it_is_known_to_print(script: Path, tmp_path: Path) -> None:
    known = EXAMPLES / "printed" / f"{script.stem}.txt"
    assert printed(script, tmp_path) == known.read_text(encoding="utf-8")


if __name__ == "__main__":
    for one in SCRIPTS:
        (EXAMPLES / "printed" / f"{one.stem}.txt").write_text(printed(one, EXAMPLES), encoding="utf-8")
