"""What does `import ketref` load and offer?"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import ketref

ARRAYS = {"numpy", "numba", "llvmlite", "narwhals", "pandas", "polars", "pyarrow"}
HEAVY = ARRAYS | {"cattrs", "tomli", "argparse", "zoneinfo", "hypothesis"}


def loaded(code: str) -> set[str]:
    """The top names of the modules that a fresh interpreter has after running some code."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_import_loads_nothing_heavy():
    assert loaded("import ketref") & HEAVY == set()


@pytest.mark.parametrize(
    "code",
    [
        "import ketref; ketref.detect('ketamine', matrix='urine', since='36 h').to_dict()",
        "import ketref; str(ketref.effects('esketamine', route='nasal', since='50 min'))",
        "from ketref.cli.main import main; main(['detect', 'ketamine', '--matrix=urine', '--format=json'])",
    ],
    ids=["detect", "effects", "command"],
)
def test_one_question_loads_no_array_library(code):
    assert loaded(code) & ARRAYS == set()


def test_no_module_bears_the_name_of_a_public_function():
    modules = {module.name for module in pkgutil.iter_modules(ketref.__path__)}
    assert modules & set(ketref.__all__) == set()


@pytest.mark.parametrize("name", sorted(ketref.__all__))
def test_a_public_name_is_there_and_stays_what_it_is(name):
    first = getattr(ketref, name)
    __import__("ketref.book.tables")
    assert getattr(ketref, name) is first
    assert name in dir(ketref)


def test_all_public_names_come_with_a_star_import():
    names: dict[str, object] = {}
    exec("from ketref import *", names)  # noqa: S102
    assert set(ketref.__all__) <= set(names)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="`ketref` has no attribute `nothing`"):
        _ = ketref.nothing


@pytest.mark.parametrize("name", ["InputError", "RulesError", "UsageError"])
def test_every_error_is_an_error_of_ketref(name):
    assert issubclass(getattr(ketref, name), ketref.KetrefError)
