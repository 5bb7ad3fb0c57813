"""Does the wheel, installed away from the checkout, hold its rules and answer?"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.faults import SOUND

ROOT = Path(__file__).parents[2]
QUESTION = ["detect", "ketamine", "--matrix=urine", "--since=36 h", "--format=json"]


def pip(*words: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, words)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip("wheel", "--no-deps", *isolation, "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("ketref-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", folder, wheel)
    return folder


def ask(installed, *words):
    """Runs the installed ketref, from within its folder and with nothing of the checkout on the path."""
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, env=env, cwd=installed)


def test_the_wheel_holds_every_rule_file_every_schema_and_the_mark_of_types(wheel, rules):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"ketref/rules/{file.relative_to(rules).as_posix()}" for file in rules.rglob("*.toml")}
    wanted |= {f"ketref/schemas/{file.name}" for file in (ROOT / "schemas").iterdir()}
    assert wanted | {"ketref/py.typed", "ketref/cli/main.py"} <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"ketref"}
    held = zipfile.ZipFile(wheel)
    assert all(
        held.read(f"ketref/rules/{f.relative_to(rules).as_posix()}") == f.read_bytes() for f in rules.rglob("*.*")
    )


def test_the_installed_wheel_answers_from_its_own_rules(installed, run):
    ran = ask(installed, "-m", "ketref", *QUESTION)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == run(*QUESTION).json
    where = "import ketref, ketref.book.loading; print(ketref.__file__); print(ketref.book.loading.shipped_folder())"
    paths = ask(installed, "-c", where).stdout.split()
    assert [Path(path).is_relative_to(installed.resolve()) for path in paths] == [True, True]


def test_the_installed_wheel_checks_a_folder(installed, folder):
    """The rules in it, which are those of the checkout, are checked there."""
    ran = ask(installed, "-m", "ketref", "check", folder(SOUND))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_the_checkout_finds_the_rules_beside_it(rules):
    from ketref.book.loading import shipped_folder

    assert shipped_folder() == rules.resolve()
