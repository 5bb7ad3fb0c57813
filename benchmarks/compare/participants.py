"""Who takes part in which workload, and as what?

A `peer` is what somebody who knows the library would write first and then tune. `by hand` is what a specialist would
write who packs the columns into numbers before. A `limit` is no answer at all, but the least that one can cost; the
`referee` says what is right; `row by row` is asked for the first rows only.
"""

from __future__ import annotations

from dataclasses import dataclass

PEER, BY_HAND, LIMIT, REFEREE, ROW_BY_ROW, KETREF, KERNEL = (
    *("peer", "by hand", "limit", "referee", "row by row", "ketref", "ketref's kernel"),
)
TIMELINES = ("T", "T-unsorted")
GROWING = ("T-subjects", "T-doses")
LOOKUPS, ALL_TIMELINES = ("L1", "L1-shipped"), (*TIMELINES, *GROWING, "T-shipped")
STORED = ("T2", "T2-unsorted", "T2-tenth", "F-parquet")
TO_BEAT = ("T2", "T2-unsorted", "F-parquet")


@dataclass(frozen=True)
class Participant:
    """A function of a module, the workloads it takes part in, and what it does; `rows`: only so many are asked."""

    kind: str
    module: str
    function: str
    workloads: tuple[str, ...]
    says: str
    rows: int = 0
    repeats: int = 7

    @property
    def name(self) -> str:
        return f"{self.module.removeprefix('with_')}.{self.function}"


PARTICIPANTS = (
    Participant(REFEREE, "with_numba", "loop", ("L1",), "numba: a loop over three columns of codes"),
    Participant(REFEREE, "with_ketref", "arrow_lookups", ("L1-shipped",), "ketref: `detect_many`, an Arrow table"),
    Participant(REFEREE, "with_ketref", "arrow_timelines", ("T-shipped",), "ketref: `evaluate`, Arrow tables"),
    Participant(LIMIT, "with_numba", "the_bytes", ("L1",), "a pass over the same bytes, one thread"),
    Participant(KERNEL, "with_ketref", "kernel", LOOKUPS, "ketref: the kernel, codes and seconds, one thread"),
    Participant(KERNEL, "with_ketref", "kernel_on_all_cores", ("L1",), "ketref: the kernel, on all cores"),
    Participant(KETREF, "with_ketref", "polars_lookups", ("L1", "L2"), "ketref: `detect_many`, a Polars frame"),
    Participant(KETREF, "with_ketref", "pandas_lookups", ("L1", "L2"), "ketref: `detect_many`, a pandas frame"),
    Participant(KETREF, "with_ketref", "arrow_lookups", ("L1", "L2"), "ketref: `detect_many`, an Arrow table"),
    Participant(KETREF, "with_ketref", "arrow_full", ("L1",), "ketref: status, rule, stages and next change, Arrow"),
    Participant(BY_HAND, "with_polars", "gather", ("L1",), "Polars: packed Enum codes gather the ends"),
    Participant(PEER, "with_polars", "join", ("L1", "L2"), "Polars: streaming join, rows in any order"),
    Participant(PEER, "with_polars", "join_in_order", ("L1", "L2"), "Polars: join in memory, rows in order"),
    Participant(PEER, "with_duckdb", "join", ("L1", "L2"), "DuckDB: join, rows in any order"),
    Participant(PEER, "with_pandas", "merge", ("L1", "L2"), "pandas: merge", repeats=3),
    Participant(BY_HAND, "with_numpy", "blocks", ("L1",), "NumPy: blocks of 32,768 rows"),
    Participant(BY_HAND, "with_numpy", "whole", ("L1",), "NumPy: whole columns"),
    Participant(ROW_BY_ROW, "with_rules", "by_dict", ("L1",), "Python: a dict, row by row", rows=100_000, repeats=3),
    Participant(
        ROW_BY_ROW,
        "with_rules",
        "by_detect",
        ("L1", "L1-shipped"),
        "ketref: `detect`, row by row",
        rows=5_000,
        repeats=3,
    ),
    Participant(
        ROW_BY_ROW, "with_rules", "by_zen", ("L1",), "zen-engine: decision table, row by row", rows=1_000, repeats=1
    ),
    Participant(
        ROW_BY_ROW, "with_rules", "by_rule_engine", ("L1",), "rule-engine: 72 rules, row by row", rows=1_000, repeats=1
    ),
    Participant(REFEREE, "with_numba", "loop_strings", ("L2",), "numba: length, first and last eight bytes"),
    Participant(BY_HAND, "with_numpy", "encoded", ("L2",), "pyarrow: dictionary-encode, then NumPy", repeats=3),
    Participant(REFEREE, "with_numba", "referee", (*TIMELINES, *GROWING), "numba: every dose against every sample"),
    Participant(BY_HAND, "with_numba", "looking_back", ("T", *GROWING), "numba: from the latest dose back"),
    Participant(
        KERNEL,
        "with_ketref",
        "timeline_kernel",
        (*TIMELINES, *GROWING, "T-shipped"),
        "ketref: the kernel, rows that are read",
    ),
    Participant(KETREF, "with_ketref", "polars_timelines", (*TIMELINES, *GROWING), "ketref: `evaluate`, Polars frames"),
    Participant(KETREF, "with_ketref", "pandas_timelines", TIMELINES, "ketref: `evaluate`, pandas frames"),
    Participant(KETREF, "with_ketref", "arrow_timelines", TIMELINES, "ketref: `evaluate`, Arrow tables"),
    Participant(
        KETREF, "with_ketref", "arrow_timelines_full", TIMELINES, "ketref: status, dose, rule, elapsed, change, Arrow"
    ),
    Participant(
        PEER, "with_polars", "all_pairs", (*TIMELINES, *GROWING), "Polars: all pairs of a subject, grouped", repeats=3
    ),
    Participant(PEER, "with_polars", "asof", TIMELINES, "Polars: running maxima, `join_asof` by groups", repeats=1),
    Participant(BY_HAND, "with_polars", "asof_packed", TIMELINES, "Polars: the same over one packed number", repeats=3),
    Participant(PEER, "with_duckdb", "all_pairs", (*TIMELINES, *GROWING), "DuckDB: range join, grouped", repeats=3),
    Participant(PEER, "with_duckdb", "asof", TIMELINES, "DuckDB: window functions and ASOF joins", repeats=1),
    Participant(PEER, "with_pandas", "asof", TIMELINES, "pandas: running maxima, `merge_asof` by groups", repeats=1),
    Participant(BY_HAND, "with_pandas", "asof_packed", TIMELINES, "pandas: the same over one packed number", repeats=3),
    Participant(
        ROW_BY_ROW,
        "with_rules",
        "by_timeline",
        ("T", "T-shipped"),
        "ketref: `Timeline.status_of`, sample by sample",
        rows=500,
        repeats=1,
    ),
    Participant(REFEREE, "with_numba", "stored", STORED, "numba: every dose against every sample", repeats=1),
    Participant(KETREF, "with_ketref", "in_files", STORED, "ketref: `evaluate`, two files", repeats=3),
    Participant(KETREF, "with_ketref", "stored", ("T2",), "ketref: `evaluate` over what pyarrow has read", repeats=1),
    Participant(
        KETREF, "with_ketref", "stored_beside", ("F-parquet",), "ketref: `evaluate` between pyarrow's files", repeats=3
    ),
    Participant(PEER, "with_duckdb", "stored_pairs", TO_BEAT, "DuckDB: range join, grouped, limit 1 GB", repeats=1),
    Participant(PEER, "with_duckdb", "stored_asof", TO_BEAT, "DuckDB: ASOF joins, limit 1 GB", repeats=1),
    Participant(PEER, "with_polars", "stored_pairs", TO_BEAT, "Polars: streaming, all pairs, grouped", repeats=1),
    Participant(BY_HAND, "with_polars", "stored_asof", TO_BEAT, "Polars: streaming `join_asof`, packed", repeats=1),
    Participant(
        BY_HAND, "with_batches", "in_step", ("T2", "T2-tenth", "F-parquet"), "numba: batches in step", repeats=3
    ),
    Participant(
        REFEREE, "with_batches", "csv_whole", ("F-csv",), "numba: a loop over what pyarrow has read", repeats=1
    ),
    Participant(KETREF, "with_ketref", "csv_lookups", ("F-csv",), "ketref: `detect_many`, a file", repeats=3),
    Participant(PEER, "with_pandas", "csv_merge", ("F-csv",), "pandas: merge, read by Arrow", repeats=1),
    Participant(PEER, "with_polars", "csv_join", ("F-csv",), "Polars: streaming join, rows in any order", repeats=3),
    Participant(PEER, "with_duckdb", "csv_join", ("F-csv",), "DuckDB: join, rows in any order", repeats=3),
    Participant(BY_HAND, "with_batches", "csv_in_batches", ("F-csv",), "numba: batches of pyarrow's CSV", repeats=3),
)


def of(workload: str) -> list[Participant]:
    """Who takes part, the referee first."""
    return sorted((p for p in PARTICIPANTS if workload in p.workloads), key=lambda p: p.kind != REFEREE)
