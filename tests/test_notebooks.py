"""Do the notebooks that users start from run, and hold what they give?

A cell is run as Jupyter runs it, its last expression being its output; what is kept of an output is its text.
`python tests/test_notebooks.py` writes the outputs anew: read the difference.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.ipynb"))


def run(notebook: dict[str, Any]) -> list[Any]:
    """The values of the code cells in their order, None of a cell that ends in no expression."""
    names: dict[str, Any] = {"__name__": "__main__"}
    values = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), names)  # noqa: S102
        value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names) if last else None  # noqa: S307
        values.append(value)
    return values


def output(value: Any) -> list[dict[str, Any]]:
    """What a cell keeps of its value: the text, as a table is printed in full."""
    if value is None:
        return []
    text = value.to_string() if hasattr(value, "to_string") else repr(value)
    data = {"text/plain": text.splitlines(keepends=True)}
    return [{"data": data, "execution_count": None, "metadata": {}, "output_type": "execute_result"}]


def outputs(path: Path) -> list[list[dict[str, Any]]]:
    return [output(value) for value in run(json.loads(path.read_text(encoding="utf-8")))]


def kept(path: Path) -> list[list[dict[str, Any]]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_what_it_holds(path: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("numba")
    assert outputs(path) == kept(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_one_of_version_4(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert {cell["cell_type"] for cell in notebook["cells"]} == {"markdown", "code"}


if __name__ == "__main__":
    for one in NOTEBOOKS:
        held = json.loads(one.read_text(encoding="utf-8"))
        made = iter(outputs(one))
        for each in held["cells"]:
            if each["cell_type"] == "code":
                each["outputs"] = next(made)
        one.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
