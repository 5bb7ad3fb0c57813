"""What does `ketref.spark.evaluate` cost beside doing nothing with the same rows after the same shuffle?

`nox -s spark -- --measure` runs it, and writes benchmarks/results/spark.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from machine import load, machine, versions
from pyspark.sql import DataFrame, SparkSession

import ketref.spark

RESULT = Path(__file__).parent / "results" / "spark.json"
AIM = 1.5
YEAR = 365 * 86_400
EPOCH = 1_767_225_600  # 2026-01-01 in UTC


def write(folder: Path, subjects: int, each: int) -> None:
    """So many doses, and samples, of each of some subjects, over a year, in no order."""
    random = np.random.default_rng(20261128)
    rows = subjects * each
    for name, column, words in (("doses", "route", ["nasal", "intravenous"]), ("samples", "matrix", ["urine", "hair"])):
        moments = EPOCH + random.integers(0, YEAR, rows)
        table = {
            "row": np.arange(rows),
            "subject": pa.array([f"S{number:08}" for number in range(subjects)]).take(
                pa.array(random.integers(0, subjects, rows))
            ),
            "substance": pa.array(["ketamine"]).take(pa.array(np.zeros(rows, np.int64))),
            column: pa.array(words).take(pa.array(random.integers(0, 2, rows))),
            "start" if name == "doses" else "time": pa.array(moments * 1_000_000).cast(pa.timestamp("us", "UTC")),
        }
        pq.write_table(pa.table(table), folder / f"{name}.parquet", row_group_size=1 << 17)


def nothing(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches."""
    return batches


def seconds(frame: DataFrame) -> float:
    """How long it takes to compute all of it, and keep nothing."""
    began = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - began


def shuffle_bytes(spark: SparkSession) -> int:
    """How many bytes went through the shuffles of all jobs so far, as Spark wrote them."""
    context = spark.sparkContext
    nothing_more = context._gateway.new_array(context._jvm.double, 0), context._jvm.java.util.ArrayList()
    stages = context._jsc.sc().statusStore().stageList(None, False, False, *nothing_more)
    return sum(stages.apply(number).shuffleWriteBytes() for number in range(stages.size()))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--result", type=Path, default=RESULT)
    said = parser.parse_args(arguments)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4", "spark.driver.memory": "4g"}
    building = SparkSession.builder.master("local[2]").appName("ketref")
    for name, value in settings.items():
        building = building.config(name, value)
    spark = building.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), said.subjects, said.each)
        doses, samples = (spark.read.parquet(f"{folder}/{name}.parquet") for name in ("doses", "samples"))
        shuffled = ketref.spark.shuffled(doses, samples, "row", "alike")
        asked = {
            "nothing": shuffled.mapInArrow(nothing, shuffled.schema),
            "status, dose, rule": ketref.spark.evaluate(doses, samples),
        }
        taken: dict[str, list[float]] = {name: [] for name in asked}
        moved = 0
        for _ in range(
            said.repeats + 1
        ):  # in turn, so that other work on the machine bears on both; the first warms up
            for name, frame in asked.items():
                taken[name].append(seconds(frame))
                moved = moved or shuffle_bytes(spark)
        stored = sum(path.stat().st_size for path in Path(folder).glob("*.parquet"))
    spark.stop()
    best = {name: min(times[1:]) for name, times in taken.items()}
    median = {name: statistics.median(times[1:]) for name, times in taken.items()}
    events = 2 * said.subjects * said.each
    ratio = best["status, dose, rule"] / best["nothing"]
    found: dict[str, Any] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "command": "nox -s spark -- --measure",
        "machine": machine(),
        "versions": versions("ketref", "pyspark", "pyarrow", "numpy", "numba"),
        "load_before": round(before, 2),
        "events": events,
        "subjects": said.subjects,
        "stored_bytes_an_event": round(stored / events, 1),
        "shuffled_bytes_an_event": round(moved / events, 1),
        "first_s": {name: round(times[0], 2) for name, times in taken.items()},
        "best_s": {name: round(value, 3) for name, value in best.items()},
        "median_s": {name: round(value, 3) for name, value in median.items()},
        "ratio_of_best": round(ratio, 3),
        "aim": AIM,
    }
    said.result.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    return 0 if ratio <= AIM else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
