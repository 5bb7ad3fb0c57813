"""Do files get the same rows by whichever way they are answered: in memory, side by side, or sorted by DuckDB?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketref
from ketref.book.loading import chosen
from ketref.errors import UsageError
from ketref.model.times import notation

pa = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
from pyarrow import parquet  # noqa: E402

from ketref.bulk.files.batches import Reading  # noqa: E402
from ketref.bulk.files.reading import opened_file  # noqa: E402
from ketref.bulk.runs import run as runs  # noqa: E402
from ketref.bulk.runs.output import Place, TooManyError  # noqa: E402
from ketref.bulk.timelines.evaluate import Asked  # noqa: E402
from support.timelines import Rows, drawn  # noqa: E402

COLUMNS = ["sample", "substance", "status", "dose", "rule", "pattern", "elapsed_s", "next_change_s", "reject"]


def written(folder: Path, name: str, rows: Rows, kind: str) -> str:
    path = folder / f"{name}.{kind}"
    table = pa.Table.from_pylist(rows)
    if kind == "parquet":
        parquet.write_table(table, path, row_group_size=3)
    else:
        texts = [["" if value is None else str(value) for value in row.values()] for row in rows]
        path.write_text("\n".join(",".join(line) for line in [list(rows[0]), *texts]) + "\n")
    return str(path)


def ran(folder: Path, doses: str, samples: str, memory: int, rows: int, **more: Any) -> tuple[Any, Rows, list[str]]:
    """What a run says that it did, the rows that it wrote, and what it told of."""
    kind = doses.rpartition(".")[2]
    asked = Asked(book=chosen(None), columns=COLUMNS, notation=notation(None, None, None), on_error="reject")
    files = [opened_file(name, kind, Reading(), (), rejecting=True) for name in (doses, samples)]
    place = Place(name=str(folder / "out.parquet"), kind="parquet", force=True, **more)
    notes: list[str] = []
    done = runs.evaluate_files(*files, asked, place, runs.Room(memory=memory, rows=rows), notes.append)
    return done, parquet.read_table(place.name).to_pylist(), notes


@given(
    seed=st.integers(0, 10**9),
    rows=st.sampled_from([1, 7, 40]),
    together=st.sampled_from([1, 5, 64]),
    kind=st.sampled_from(["parquet", "csv"]),
    subjects=st.sampled_from([[1, 2, 10, 30], ["A-1", "A-2", "Z"], ["9", "10", "011"], [7]]),
    is_sorted=st.booleans(),
)
def test_every_way_gives_the_same_rows(tmp_path_factory, seed, rows, together, kind, subjects, is_sorted):
    folder = tmp_path_factory.mktemp("ways")
    doses, samples = drawn(seed, subjects, rows)
    if is_sorted:
        doses.sort(key=lambda row: row["subject"])
        samples.sort(key=lambda row: (row["subject"] is None, row["subject"]))
    names = [written(folder, name, table, kind) for name, table in (("doses", doses), ("samples", samples))]
    try:
        in_memory, expected, told = ran(folder, *names, 10**9, together)
    except UsageError as error:  # the tables do not go together
        with pytest.raises(type(error), match=re.escape(str(error).splitlines()[0])):
            ran(folder, *names, 0, together)
        return
    assert in_memory.way == runs.IN_MEMORY
    other, found, also_told = ran(folder, *names, 0, together)
    says_subjects = any(row["subject"] is not None for row in samples)
    assert other.way in {runs.IN_STEP, runs.SORTED} or not says_subjects
    assert found == expected
    refused = {what: counts.refused for what, counts in other.counts.items()}
    assert refused == {what: counts.refused for what, counts in in_memory.counts.items()}
    assert set(told) <= set(also_told) or other.way == runs.SORTED
    assert {counts.read for counts in other.counts.values()} == {rows}


def test_frames_get_what_files_get(tmp_path):
    doses, samples = drawn(3, ["A", "B", "C"], 60)
    names = [written(tmp_path, name, table, "parquet") for name, table in (("doses", doses), ("samples", samples))]
    _, found, _ = ran(tmp_path, *names, 0, 8)
    tables = [pa.Table.from_pylist(rows) for rows in (doses, samples)]
    answers = ketref.evaluate(*tables, COLUMNS, on_error="reject", notes=lambda _: None).to_pylist()
    assert [{name: row[name] for name in COLUMNS} for row in found] == answers
    assert [samples[row["sample"]]["note"] for row in answers] == [row["note"] for row in found]


def test_files_sorted_as_texts_or_as_numbers_are_gone_through_side_by_side(tmp_path):
    for subjects in (["10", "9"], ["9", "10"], [9, 10]):
        doses = [{"subject": one, "substance": "ketamine", "start": "2026-03-01T08:00Z"} for one in subjects]
        samples = [{"subject": one, "matrix": "urine", "time": "2026-03-02T08:00Z"} for one in subjects]
        names = [written(tmp_path, name, rows, "parquet") for name, rows in (("doses", doses), ("samples", samples))]
        done, found, notes = ran(tmp_path, *names, 0, 1)
        assert (done.way, len(found), notes) == (runs.IN_STEP, 2, [])


def test_where_a_file_is_not_sorted_is_told_by_its_line(tmp_path):
    doses = [{"subject": one, "substance": "ketamine", "start": "2026-03-01T08:00Z"} for one in ("A", "C", "B")]
    samples = [{"subject": one, "matrix": "urine", "time": "2026-03-02T08:00Z"} for one in ("A", "B")]
    names = [written(tmp_path, name, rows, "csv") for name, rows in (("doses", doses), ("samples", samples))]
    done, _, notes = ran(tmp_path, *names, 0, 2)
    assert done.way == runs.SORTED
    assert notes == [f"`{names[0]}` is not sorted by subject: in line 4 `B` comes after `C`; DuckDB sorts both files"]


@pytest.mark.parametrize("memory", [0, 10**9])
def test_rows_in_are_rows_out_and_refused_ones(tmp_path, memory):
    doses, samples = drawn(5, ["A", "B", "C", "D"], 80)
    names = [written(tmp_path, name, rows, "csv") for name, rows in (("doses", doses), ("samples", samples))]
    rejects = tmp_path / "rejects.csv"
    done, found, _ = ran(tmp_path, *names, memory, 9, rejects=str(rejects))
    refused = rejects.read_text().count("samples.csv")
    assert len({row["sample"] for row in found}) + refused == len(samples)
    assert done.counts["samples"].refused == refused > 0
    assert all("reject" not in row for row in found)


@pytest.mark.parametrize("memory", [0, 10**9])
def test_too_many_refused_rows_end_a_run_and_write_nothing(tmp_path, memory):
    doses, samples = drawn(5, ["A", "B", "C", "D"], 80)
    names = [written(tmp_path, name, rows, "csv") for name, rows in (("doses", doses), ("samples", samples))]
    with pytest.raises(TooManyError, match="more than 2 rows were refused"):
        ran(tmp_path, *names, memory, 9, most=2)
    assert not (tmp_path / "out.parquet").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("subjects", "times", "said"),
    [
        ((["A", "B"], ["C", "D"]), ("T08:00Z", "T08:00Z"), "not one subject of the samples is among the doses"),
        ((["A", "B"], ["A", "b"]), ("T08:00Z", "T08:00Z"), "`b` .* have `B`"),
        ((["A-1", "B"], ["A-1", "B", "a-1"]), ("T08:00Z", "T08:00Z"), "`a-1` .* only in case|which have `A-1`"),
        (([1, 2], ["1", "2"]), ("T08:00Z", "T08:00Z"), "holds numbers and texts"),
        ((["A"], ["A"]), ("T08:00", "T08:00Z"), "the times of the doses have no time zone"),
    ],
)
@pytest.mark.parametrize("memory", [0, 10**9])
def test_tables_that_do_not_go_together_are_refused_whole(tmp_path, memory, subjects, times, said):
    taken, tested = subjects
    doses = [{"subject": one, "substance": "ketamine", "start": f"2026-03-01{times[0]}"} for one in taken]
    samples = [{"subject": one, "matrix": "urine", "time": f"2026-03-02{times[1]}"} for one in tested]
    names = [written(tmp_path, name, rows, "parquet") for name, rows in (("doses", doses), ("samples", samples))]
    with pytest.raises(UsageError, match=said):
        ran(tmp_path, *names, memory, 1)
    assert not (tmp_path / "out.parquet").exists()


def test_paths_in_python_are_answered_as_on_the_command_line(tmp_path):
    doses, samples = drawn(8, ["A", "B"], 30)
    names = [written(tmp_path, name, rows, "csv") for name, rows in (("doses", doses), ("samples", samples))]
    out = tmp_path / "out.parquet"
    done = ketref.evaluate(*names, output=out, rejects=tmp_path / "rejects.csv", notes=lambda _: None)
    assert done.written == parquet.read_metadata(out).num_rows > 0
    with pytest.raises(UsageError, match="is there already"):
        ketref.evaluate(*names, output=out)
    with pytest.raises(UsageError, match="`output` is missing"):
        ketref.evaluate(*names)
    with pytest.raises(UsageError, match="one is a file"):
        ketref.evaluate(names[0], pa.table({}), output=out)
    with pytest.raises(UsageError, match="`output` is about files"):
        ketref.evaluate(pa.table({}), pa.table({}), output=out)


@pytest.mark.parametrize("memory", ["1 kB", "1 GB"])
@pytest.mark.parametrize("numbered", ["doses", "samples"])
def test_whole_numbers_are_compared_with_texts_as_texts(tmp_path, memory, numbered):
    """Regression: a file of Parquet, whose subjects are numbers, could not be asked beside one of CSV."""
    doses = [{"subject": one, "substance": "ketamine", "start": "2026-03-01T08:00Z"} for one in (1, 2, 10)]
    samples = [{"subject": one, "matrix": "urine", "time": "2026-03-02T08:00Z"} for one in (10, 2, 3)]
    tables = {"doses": doses, "samples": samples}
    names = [written(tmp_path, what, rows, "parquet" if what == numbered else "csv") for what, rows in tables.items()]
    out = tmp_path / "out.parquet"
    ketref.evaluate(*names, ["status"], output=out, memory_limit=memory, notes=lambda _: None)
    found = parquet.read_table(out)
    assert found["status"].to_pylist() == ["expected", "expected", "no_record"]
    assert [str(one) for one in found["subject"].to_pylist()] == ["10", "2", "3"]
    assert (found.schema.field("subject").type == pa.int64()) == (numbered == "samples")


def test_numbers_that_are_not_whole_say_what_to_do(tmp_path):
    doses = [{"subject": 1.0, "substance": "ketamine", "start": "2026-03-01T08:00Z"}]
    samples = [{"subject": "1", "matrix": "urine", "time": "2026-03-02T08:00Z"}]
    names = [written(tmp_path, "doses", doses, "parquet"), written(tmp_path, "samples", samples, "csv")]
    with pytest.raises(UsageError, match="numbers and texts") as error:
        ketref.evaluate(*names, output=tmp_path / "out.parquet")
    assert "as text" in error.value.hint


def test_refused_rows_come_in_one_order_by_every_way(tmp_path):
    """Regression: sorted by DuckDB they came by subject, and the notes named other rows."""
    doses, samples = drawn(5, ["A", "B", "C", "D"], 80)
    doses = [{**dose, "dose": "9000 mg"} for dose in reversed(doses)]
    names = [written(tmp_path, name, rows, "csv") for name, rows in (("doses", doses), ("samples", samples[::-1]))]
    found = []
    for memory in (0, 10**9):
        done, _, notes = ran(tmp_path, *names, memory, 9, rejects=str(tmp_path / "rejects.csv"))
        listed = {what: [row[:2] for row in counts.first] for what, counts in done.counts.items()}
        text = (tmp_path / "rejects.csv").read_text()
        found.append((text, listed, [note for note in notes if "sorts both" not in note]))
    assert found[0] == found[1]
    assert len(found[0][0].splitlines()) > 2
