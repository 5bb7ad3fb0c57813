"""Is an answer, as a table of the caller's library, what its JSON form says?"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from test_public_answers import ASK

import ketref
from ketref.output import forms
from ketref.output.rows import columns_of

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
TABLES: dict[str, Any] = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}


def cells(table: Any) -> dict[str, list[Any]]:
    """The columns of any table, None for null."""
    if isinstance(table, pd.DataFrame):
        return {name: [None if pd.isna(value) else value for value in table[name]] for name in table.columns}
    return table.to_dict(as_series=False) if isinstance(table, pl.DataFrame) else table.to_pydict()


@pytest.mark.parametrize("library", TABLES)
@pytest.mark.parametrize("kind", ASK)
def test_every_library_gets_the_same_cells(kind: str, library: str) -> None:
    answer = ASK[kind]()
    table = answer.to_frame(library)
    assert isinstance(table, TABLES[library])
    assert cells(table) == {name: values for name, (_, values) in columns_of(answer.to_dict()).items()}


def test_the_evidence_is_a_row_for_each_source() -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="36 h", method="gc-ms", cutoff="25 ng/mL")
    rows = cells(answer.to_frame("polars"))
    assert list(rows) == list(forms.EvidenceForm.__annotations__)
    for number, said in enumerate(answer.evidence):
        assert {key: rows[key][number] for key in ("source", "grade", "status", "applies")} == {
            key: said[key]  # type: ignore[literal-required]
            for key in ("source", "grade", "status", "applies")
        }
        assert rows["conditions"][number] == "; ".join(f"{key} {value}" for key, value in said["conditions"].items())
        assert json.loads(rows["share"][number]) == said["share"]


def test_the_windows_of_a_substance_are_those_of_each_specimen() -> None:
    rows = cells(ketref.windows("ketamine", method="gc-ms", library="polars"))
    for number, matrix in enumerate(rows["matrix"]):
        answer = ketref.detect("ketamine", matrix=matrix, method="gc-ms")
        ends = answer.to_dict()["detectable_from_s"], answer.to_dict()["detectable_until_s"]
        found = [
            [rows[f"detectable_{boundary}_{end}_s"][number] for end in ("earliest", "latest")]
            for boundary in ("from", "until")
        ]
        assert found == list(ends)
        assert rows["rule"][number] == answer.rule
        assert rows["sources_disagree"][number] == answer.sources_disagree


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_columns_do_not_depend_on_what_an_answer_holds(library: str) -> None:
    some, none = (ketref.windows(name, library=library) for name in ("ketamine", "2c-b"))
    assert (len(none), list(none.columns), list(none.dtypes)) == (0, list(some.columns), list(some.dtypes))


def test_a_range_of_percent_has_both_ends_and_one_figure_twice() -> None:
    rows = cells(ketref.effects("esketamine", route="nasal", dose="84 mg").to_frame("polars"))
    ends = list(zip(rows["percent_least"], rows["percent_most"], strict=True))
    assert all((low is None) == (high is None) for low, high in ends)
    assert any(low == high is not None for low, high in ends)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_library_in_use_is_taken(library: str) -> None:
    code = f"import ketref, {library}; print(type(ketref.windows('ketamine')).__module__)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(library)


def test_a_library_that_makes_no_tables_is_refused() -> None:
    with pytest.raises(ketref.UsageError, match="`numpy` is not a library for tables"):
        ketref.windows("ketamine", library="numpy")


def test_without_any_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ketref.framed._LIBRARIES", ())
    with pytest.raises(ketref.UsageError, match="a table needs pandas, Polars or pyarrow"):
        ketref.windows("ketamine")
