"""Do the examples, and a script that uses every public function, please strict type checkers?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ketref

ROOT = Path(__file__).resolve().parents[1]
USE = ROOT / "tests" / "data" / "typed_use.py"
READ = [str(USE), str(ROOT / "examples")]


def needed(checker: str) -> None:
    """Skip where a checker, or the stubs of pandas that it leans on, are not installed."""
    for name in (checker, "pandas-stubs"):
        if not any((Path(folder) / name).is_dir() for folder in sys.path):
            pytest.skip(f'`{name}` is not installed: pip install -c constraints.txt -e ".[dev]"')


def test_the_script_uses_every_public_name():
    used = set(re.findall(r"ketref\.(\w+)", USE.read_text(encoding="utf-8")))
    assert set(ketref.__all__) - used == {"KetrefError", "RowsError", "__version__"}


def test_the_script_runs():
    subprocess.run([sys.executable, "-W", "error", str(USE)], capture_output=True, check=True)


def test_mypy_finds_nothing(tmp_path: Path):
    needed("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", "--config-file=", *READ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pyright_finds_nothing(tmp_path: Path):
    needed("basedpyright")
    project = tmp_path / "pyrightconfig.json"
    project.write_text(json.dumps({"typeCheckingMode": "strict", "include": READ, "extraPaths": [str(ROOT / "src")]}))
    command = [sys.executable, "-m", "basedpyright", "--project", str(project), "--pythonpath", sys.executable]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
