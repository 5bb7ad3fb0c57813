"""How would one do it in DuckDB?

Everything lies in tables of a database in memory, words as ENUM or VARCHAR. Lookups: a join with the plain table, then
CASE. A join in DuckDB keeps no order, so each row carries its number, and nothing is asked to stay in order.

Timelines: all pairs of a subject by a range join, grouped; or the running maxima of the ends by window functions, found
by ASOF joins.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import task
from task import Task
from thresholds import CODES, KEYS

WORDS = ", ".join(KEYS)


def status(elapsed: str) -> str:
    """The status as a TINYINT, by the four ends of the plain table."""
    return f"""(CASE
        WHEN {elapsed} >= until_latest THEN {CODES["not_expected"]}
        WHEN {elapsed} < from_earliest THEN {CODES["not_yet"]}
        WHEN {elapsed} >= from_latest AND {elapsed} < until_earliest THEN {CODES["expected"]}
        ELSE {CODES["possible"]}
    END)::TINYINT"""


def database(**tables: pa.Table) -> duckdb.DuckDBPyConnection:
    """A database that holds these tables, words in the type in which the data have them."""
    connection = duckdb.connect(":memory:")
    for key, words in KEYS.items():
        connection.execute(f"CREATE TYPE {key}_word AS ENUM ({', '.join(map(repr, words))})")
    as_words = {f.name for t in tables.values() for f in t.schema if pa.types.is_dictionary(f.type)}
    for name, table in tables.items():
        columns = ", ".join(
            f"{column}::{column}_word AS {column}" if column in as_words else column for column in table.column_names
        )
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM given")  # noqa: S608
        connection.unregister("given")
    connection.execute("SET preserve_insertion_order = false")
    return connection


def asked(connection: duckdb.DuckDBPyConnection, query: str) -> Callable[[], pa.Table]:
    return lambda: connection.sql(query).to_arrow_table()


def numbered(found: pa.Table) -> np.ndarray:
    return task.in_order(found["row"].to_numpy(), found["status"].to_numpy())


# ------------------------------------------------------------------------ lookups


def join(folder: Path, rows: int | None) -> Task:
    questions = task.questions(folder, rows=rows)
    connection = database(questions=questions, ends=task.thresholds(folder))
    query = f"SELECT questions.rowid AS row, {status('elapsed')} AS status FROM questions JOIN ends USING ({WORDS})"  # noqa: S608
    return Task(asked(connection, query), numbered, (questions,))


def csv_join(folder: Path, _: int | None) -> Task:
    connection = database(ends=task.thresholds(folder))
    path = folder / "duckdb.csv"
    query = f"""
        SELECT id, {WORDS}, elapsed, since, {status("elapsed")} AS status
        FROM read_csv('{folder / "questions.csv"}') JOIN ends USING ({WORDS})
    """  # noqa: S608

    def work() -> Path:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")
        return path

    return Task(work, lambda path: task.in_order(*map(task.stored(path).column, ("id", "status"))))


# ------------------------------------------------------------------------ timelines


DOSES, SAMPLES = ("subject", "substance", "route", "start_s"), ("subject", "matrix", "time_s")


def timeline(folder: Path, query: str) -> Task:
    doses, samples = task.timeline(folder, DOSES, SAMPLES)
    connection = database(doses=doses, samples=samples, ends=task.thresholds(folder))
    work = asked(connection, query.format(row="samples.rowid"))
    return Task(work, partial(those_found, len(samples)), (doses, samples))


def those_found(rows: int, found: pa.Table) -> np.ndarray:
    """A sample without an earlier dose is in no pair."""
    statuses = np.full(rows, CODES["no_dose"], np.int8)
    statuses[found["row"].to_numpy()] = found["status"].to_numpy()
    return statuses


PAIRS = f"""
    SELECT {{row}} AS row, max({status("time_s - start_s")}) AS status
    FROM samples JOIN doses ON doses.subject = samples.subject AND start_s <= time_s JOIN ends USING ({WORDS})
    GROUP BY 1
"""  # noqa: S608
MEANT = """
    meant AS MATERIALIZED (
        SELECT subject, ends.matrix, start_s, start_s + from_earliest AS opens, start_s + from_latest AS surely,
            start_s + until_earliest AS closing, start_s + until_latest AS closed
        FROM doses JOIN ends USING (substance, route)
    )
"""


def running(name: str, first: str, second: str) -> str:
    """For each moment from which a dose counts the highest of the ends of those that count by then."""
    return f"""{name} AS (
        SELECT subject, matrix, {first}, max({second}) OVER (
            PARTITION BY subject, matrix ORDER BY {first} ROWS UNBOUNDED PRECEDING
        ) AS highest FROM meant
    )"""  # noqa: S608


def before(name: str, first: str) -> str:
    return f"""ASOF LEFT JOIN {name} ON {name}.subject = samples.subject AND {name}.matrix = samples.matrix
        AND {name}.{first} <= time_s"""


ASOF = f"""
    WITH {MEANT}, {running("expected", "surely", "closing")}, {running("possible", "opens", "closed")},
    {running("coming", "start_s", "opens")}
    SELECT {{row}} AS row, (CASE
        WHEN expected.highest > time_s THEN {CODES["expected"]}
        WHEN possible.highest > time_s THEN {CODES["possible"]}
        WHEN coming.highest > time_s THEN {CODES["not_yet"]}
        WHEN coming.highest IS NOT NULL THEN {CODES["not_expected"]}
        ELSE {CODES["no_dose"]}
    END)::TINYINT AS status
    FROM samples {before("expected", "surely")} {before("possible", "opens")} {before("coming", "start_s")}
"""  # noqa: S608


def all_pairs(folder: Path, _: int | None) -> Task:
    return timeline(folder, PAIRS)


def asof(folder: Path, _: int | None) -> Task:
    return timeline(folder, ASOF)


# ------------------------------------------------------------------------ timelines in files


def stored(folder: Path, query: str) -> Task:
    """The files are views, and what does not fit into a gigabyte goes to the disk."""
    connection = database(ends=task.thresholds(folder))
    connection.execute("SET memory_limit = '1GB'")
    connection.execute(f"SET temp_directory = '{folder / 'spilled'}'")
    for name, row in (("doses", "false"), ("samples", "true")):
        files = f"read_parquet('{folder / name}.parquet', file_row_number = {row})"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {files}")  # noqa: S608
    [(rows,)] = connection.execute("SELECT count(*) FROM samples").fetchall()
    path = folder / "duckdb.parquet"

    def work() -> Path:
        connection.execute(f"COPY ({query.format(row='file_row_number')}) TO '{path}' (FORMAT parquet)")
        return path

    return Task(work, lambda path: those_found(rows, pq.read_table(path)))


def stored_pairs(folder: Path, _: int | None) -> Task:
    return stored(folder, PAIRS)


def stored_asof(folder: Path, _: int | None) -> Task:
    return stored(folder, ASOF)
