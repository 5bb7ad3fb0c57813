"""Do rows that are spread over workers get the same answers as those of one machine?"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

import ketref
from ketref.book.loading import Book, chosen, load_texts
from ketref.errors import UsageError
from ketref.model.kinds import WINDOW
from ketref.model.times import PLAIN, notation

pa = pytest.importorskip("pyarrow")
pytest.importorskip("numba")

from ketref.bulk import questions as asking  # noqa: E402
from ketref.bulk.runs import spread  # noqa: E402
from ketref.bulk.timelines.evaluate import Asked  # noqa: E402
from ketref.bulk.timelines.zones import Clock, clock_of  # noqa: E402
from support.timelines import Rows, drawn  # noqa: E402

COLUMNS = ["sample", "substance", "status", "dose", "rule", "pattern", "elapsed_s", "next_change_s"]


def numbered(rows: Rows, first: int, step: int) -> Any:
    return pa.Table.from_pylist([{"row": first + step * number, **row} for number, row in enumerate(rows)])


def together(doses: Any, samples: Any) -> Rows:
    """The rows of both tables, as they are spread."""
    of_doses = ({"dose": row, "sample": None} for row in doses.to_pylist())
    of_samples = ({"dose": None, "sample": row} for row in samples.to_pylist())
    return [*of_doses, *of_samples]


def key(row: dict[str, Any]) -> tuple[bool, Any, int]:
    said = row["dose"] or row["sample"]
    return said["subject"] is not None, said["subject"] or 0, said["row"]


def shares(doses: Any, samples: Any, count: int, batch: int) -> Iterator[Iterator[Any]]:
    """What each of some workers gets: all rows of its subjects, sorted, so many at a time."""
    form = pa.schema([("dose", pa.struct(doses.schema)), ("sample", pa.struct(samples.schema))])
    rows = sorted(together(doses, samples), key=key)
    for worker in range(count):
        own = [row for row in rows if hash(key(row)[1]) % count == worker]
        yield iter(pa.Table.from_pylist(own, form).to_batches(batch))


def sent(what: Any) -> Any:
    """What another process has of it."""
    return pickle.loads(pickle.dumps(what))  # noqa: S301


def spoken(dose: re.Match[str]) -> str:
    return str(5 + 3 * int(dose[0]))


def clock(doses: Any, samples: Any) -> Clock:
    """The clock of all times, as an engine tells it to its workers: a share may hold days alone."""
    firsts = [spread.FirstTime(what, chosen(None), PLAIN) for what in ("samples", "doses")]
    return clock_of(
        *(first.of([table]) for first, table in zip(firsts, (samples, doses), strict=True)), chosen(None), PLAIN
    )


def asked(**said: Any) -> Asked:
    return Asked(**{"book": chosen(None), "columns": COLUMNS, "notation": PLAIN, "on_error": "reject", **said})


def answered(answering: Any, given: Iterator[Iterator[Any]]) -> Rows:
    """What all workers give together, each of which gets what answers as it travels."""
    rows = [row for share in given for found in sent(answering)(share) for row in found.to_pylist()]
    order = sorted(range(len(rows)), key=lambda place: rows[place]["row"])
    return [rows[place] for place in order]


@given(
    seed=st.integers(0, 10**9),
    rows=st.sampled_from([1, 7, 40]),
    count=st.sampled_from([1, 3]),
    batch=st.sampled_from([1, 5, 64]),
    subjects=st.sampled_from([[1, 2, 10, 30], ["A-1", "A-2", "Z"], [7], [7, 7, 7, 1, 2, 3]]),
)
@example(seed=2257, rows=1, count=1, batch=1, subjects=[1, 2, 10, 30])  # days alone
@pytest.mark.filterwarnings("ignore::ketref.Note")
def test_workers_give_what_one_machine_gives(seed: int, rows: int, count: int, batch: int, subjects: list[Any]) -> None:
    taken, tested = drawn(seed, subjects, rows)
    doses, samples = numbered(taken, 5, 3), numbered(tested, -2, 7)
    alone = ketref.evaluate(doses, samples, COLUMNS, on_error="reject", keys="exact", notes=lambda _: None)
    answering = spread.Samples.of(asked(keys="exact"), "row", doses.schema, samples.schema, lambda _: None)
    answering = evolve(answering, zoneless=clock(doses, samples).zoneless)
    with mock.patch.object(spread, "ROWS", 16):
        found = answered(answering, shares(doses, samples, count, batch))
    beside = samples.take(alone["sample"])
    expected = [
        {**row, **answer, "sample": row["row"], "dose": None if answer["dose"] is None else 5 + 3 * answer["dose"]}
        for row, answer in zip(beside.to_pylist(), alone.to_pylist(), strict=True)
    ]
    for answer in expected:
        answer["reject"] = answer["reject"] and re.sub(r"(?<=dose row )[0-9]+", spoken, answer["reject"])
    assert found == expected


@given(seed=st.integers(0, 10**9), batch=st.sampled_from([1, 5, 64]))
def test_questions_are_answered_as_in_one_table(seed: int, batch: int) -> None:
    doses, samples = drawn(seed, [1], 20)
    rows = [
        {"row": number, "substance": dose["substance"], "matrix": sample["matrix"], "since": f"{number} h"}
        for number, (dose, sample) in enumerate(zip(doses, samples, strict=True))
    ]
    table = pa.Table.from_pylist(rows)
    columns = ["status", "rule", "next_change_s", "earliest_stage"]
    alone = ketref.detect_many(table, columns, on_error="reject")
    asked = asking.Asked(kind=WINDOW, book=chosen(None), columns=columns, notation=PLAIN, on_error="reject")
    answering = spread.Questions.of(asked, table.schema, lambda _: None)
    with mock.patch.object(spread, "ROWS", 16):
        found = answered(answering, iter([iter(table.to_batches(batch))]))
    assert found == [{**row, **answer} for row, answer in zip(rows, alone.to_pylist(), strict=True)]


def test_a_share_of_nothing_has_no_answers() -> None:
    doses, samples = drawn(1, [1], 3)
    schemas = [numbered(rows, 0, 1).schema for rows in (doses, samples)]
    answering = spread.Samples.of(asked(), "row", *schemas, lambda _: None)
    assert list(answering(iter([]))) == []


def test_moments_are_read_in_utc_wherever_an_engine_shows_them() -> None:
    shown = pa.timestamp("us", "America/New_York")
    midnight = 1772323200_000_000  # 2026-03-01T00:00Z, a day in UTC alone
    form = notation(None, None, "day")
    doses = pa.table({"row": [0], "subject": [1], "substance": ["ketamine"], "start": pa.array([midnight], shown)})
    later = pa.array([midnight + 3 * 3600_000_000], shown)
    samples = pa.table({"row": [0], "subject": [1], "matrix": ["urine"], "time": later})
    columns = ["elapsed_s", "elapsed_longest_s"]
    answering = spread.Samples.of(
        asked(notation=form, columns=columns), "row", doses.schema, samples.schema, lambda _: None
    )
    (found,) = answered(answering, shares(doses, samples, 1, 5))
    assert (found["elapsed_s"], found["elapsed_longest_s"]) == (-21 * 3600, 3 * 3600)
    assert found["time"] == later[0].as_py()  # as it came


@pytest.mark.parametrize(
    ("numbers", "said"), [([1, 1], "the row 1 is there twice"), ([1, None], "the column `row` is null in a row")]
)
def test_numbers_that_do_not_tell_rows_apart_are_refused(numbers: list[int | None], said: str) -> None:
    taken, tested = drawn(3, [1], 2)
    doses = numbered(taken, 0, 1)
    samples = numbered(tested, 0, 1).set_column(0, "row", pa.array(numbers, pa.int64()))
    samples = samples.set_column(samples.column_names.index("subject"), "subject", pa.array([1, 1]))
    answering = spread.Samples.of(asked(), "row", doses.schema, samples.schema, lambda _: None)
    form = pa.schema([("dose", pa.struct(doses.schema)), ("sample", pa.struct(samples.schema))])
    with pytest.raises(UsageError, match=said):
        list(answering(iter(pa.Table.from_pylist(together(doses, samples), form).to_batches())))


@pytest.mark.parametrize(("kind", "said"), [(None, "is missing"), (pa.string(), "holds no whole numbers")])
def test_tables_say_which_column_numbers_their_rows(kind: Any, said: str) -> None:
    doses, samples = (numbered(rows, 0, 1) for rows in drawn(3, [1], 2))
    samples = samples.drop_columns("row")
    if kind is not None:
        samples = samples.append_column("row", pa.nulls(2, kind))
    with pytest.raises(UsageError, match=f"the column `row` of the samples {said}"):
        spread.Samples.of(asked(), "row", doses.schema, samples.schema, lambda _: None)


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    ("times", "zoneless"),
    [
        (["2026-03-01", "2026-03-01T08:30", "2026-03-01T08:30Z"], True),
        ([None, "2026-03-01T08:30Z"], False),
        (["2026-03-01", "now"], None),
    ],
)
def test_the_first_time_of_day_tells_the_clock(times: list[str | None], zoneless: bool | None) -> None:
    first = spread.FirstTime("samples", chosen(None), PLAIN)
    found = [row for batch in first(iter(pa.table({"time": times}).to_batches(1))) for row in batch.to_pylist()]
    assert found == ([] if zoneless is None else [{"timed": True, "zoneless": zoneless}])


def test_types_tell_the_clock_too() -> None:
    first = spread.FirstTime("doses", chosen(None), PLAIN)
    local = spread.FirstTime("doses", chosen(None), notation("Europe/Berlin", None, None))
    for kind, told in ((pa.timestamp("us"), True), (pa.timestamp("us", "UTC"), False), (pa.date32(), None)):
        assert first.by_type(pa.schema([("start", kind)])) is told
    assert local.by_type(pa.schema([("start", pa.timestamp("us"))])) is False
    with pytest.raises(UsageError, match="the times of the samples have no time zone, those of the doses have one"):
        spread.refuse_two_clocks(samples=True, doses=False)


# ---------------------------------------------------------------- the book travels


def test_a_book_travels_as_its_texts_and_is_made_once() -> None:
    book = Book(chosen(None).texts)
    extending = load_texts({"edition.toml": 'edition = "1"\nformat = 1\nname = "Ours"\nextends = "shipped"\n'})
    assert sent(chosen(None)) is chosen(None)
    for own in (book, extending):
        found = sent(own)
        assert found.digest == own.digest
        assert sent(own) is found
