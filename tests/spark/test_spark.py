"""Do data frames of Spark get the answers of one machine? Needs `ketref[spark]` and Java: `nox -s spark`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

import ketref
import ketref.spark
from ketref.errors import UsageError
from support.timelines import Rows, drawn

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark", reason="needs pyspark, in an environment of its own: nox -s spark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java 17 or 21", allow_module_level=True)

ZONE = "America/New_York"
COLUMNS = ["substance", "status", "dose", "rule", "pattern", "elapsed_s", "next_change_s"]
pytestmark = pytest.mark.filterwarnings("ignore")  # what Spark's own packages warn of


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.session.timeZone": ZONE,
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50",
        "spark.showConsoleProgress": "false",
    }
    building = SparkSession.builder.master("local[2]").appName("ketref")
    for name, value in settings.items():
        building = building.config(name, value)
    session = building.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    assert session.conf.get("spark.sql.session.timeZone") == ZONE
    session.stop()


def numbered(rows: Rows) -> Any:
    return pa.Table.from_pylist([{"row": number, **row} for number, row in enumerate(rows)])


def quiet(_: str) -> None:
    return None


def by_row(answers: Any) -> Rows:
    """What Spark gives, sorted by row; of one row, as the substances are."""
    found: list[dict[str, Any]] = answers.toArrow().to_pylist()
    return sorted(found, key=lambda row: (row["row"], row.get("substance") or ""))


def alone(doses: Any, samples: Any, columns: list[str], **said: Any) -> Rows:
    """What one machine gives."""
    found = ketref.evaluate(doses, samples, ["sample", *columns], on_error="reject", notes=quiet, **said)
    rows = samples.take(found["sample"]).to_pylist()
    both = [{**row, **answer} for row, answer in zip(rows, found.drop_columns("sample").to_pylist(), strict=True)]
    return sorted(both, key=lambda row: (row["row"], row.get("substance") or ""))


@pytest.mark.parametrize("subjects", [[f"s{number}" for number in range(40)], range(100, 140)])
def test_timelines_get_the_answers_of_one_machine(spark: Any, subjects: Sequence[Any]) -> None:
    doses, samples = map(numbered, drawn(11, list(subjects), 600))
    frames = [spark.createDataFrame(table).repartition(4) for table in (doses, samples)]
    found = ketref.spark.evaluate(*frames, COLUMNS, notes=quiet)
    rows = by_row(found)
    assert found.columns == [*samples.column_names, *COLUMNS, "reject"]
    assert {row["status"] for row in rows} > {"unknown", "possible"}
    assert any(row["reject"] for row in rows)
    assert rows == alone(doses, samples, COLUMNS)


def test_one_subject_may_hold_half_of_the_rows(spark: Any) -> None:
    subjects = ["most"] * 30 + [f"s{number}" for number in range(30)]
    taken, samples = drawn(5, subjects, 800)
    taken = [dose for dose in taken if dose["route"] != "oralish" and "March" not in dose["start"]]
    doses, samples = numbered(taken), numbered(samples)
    frames = [spark.createDataFrame(table) for table in (doses, samples)]
    assert by_row(ketref.spark.evaluate(*frames, notes=quiet)) == alone(
        doses, samples, ["substance", "status", "dose", "rule"]
    )


def test_nothing_is_computed_before_it_is_used(spark: Any) -> None:
    from pyspark.sql import functions

    fails = functions.raise_error(functions.lit("computed")).cast("timestamp")
    constant = {"subject": "A", "substance": "ketamine"}
    words = [functions.lit(word).alias(name) for name, word in constant.items()]
    doses = spark.range(2).select(functions.col("id").alias("row"), *words, fails.alias("start"))
    samples = doses.select(
        "row", "subject", functions.lit("urine").alias("matrix"), functions.col("start").alias("time")
    )
    answers = ketref.spark.evaluate(doses, samples)
    assert dict(answers.dtypes)["dose"] == "bigint"
    with pytest.raises(Exception, match="computed"):
        answers.collect()


@pytest.mark.parametrize("kind", ["timestamp", "timestamp_ntz", "date", "string"])
def test_every_type_of_times_is_understood(spark: Any, kind: str) -> None:
    texts = {"start": "2026-03-01 00:00:00", "time": "2026-03-08 01:30:00"}  # the second, where clocks change
    from pyspark.sql import functions

    spark.conf.set("spark.sql.session.timeZone", "UTC")  # in which the texts are meant
    table = spark.createDataFrame(
        [(0, "A", "ketamine", "urine")], "row long, subject string, substance string, matrix string"
    )
    for name, text in texts.items():
        table = table.withColumn(name, functions.lit(text).cast(kind))
    local = table.toArrow()
    spark.conf.set("spark.sql.session.timeZone", ZONE)
    doses, samples = table.drop("matrix", "time"), table.drop("substance", "start")
    columns = ["status", "elapsed_s", "elapsed_longest_s"]
    (found,) = by_row(ketref.spark.evaluate(doses, samples, columns, midnight="day", notes=quiet))
    (expected,) = alone(
        local.drop_columns(["matrix", "time"]), local.drop_columns(["substance", "start"]), columns, midnight="day"
    )
    assert [found[name] for name in columns] == [expected[name] for name in columns]
    assert found["elapsed_longest_s"] > 6 * 86_400


def test_tables_on_two_clocks_are_refused_before_anything_is_computed(spark: Any) -> None:
    table = spark.createDataFrame(
        [(0, "A", "ketamine", "urine")], "row long, subject string, substance string, matrix string"
    )
    from pyspark.sql import functions

    doses = table.withColumn("start", functions.lit(datetime(2026, 3, 1)).cast("timestamp_ntz"))
    samples = table.drop("substance").withColumn("time", functions.lit("2026-03-02T08:00:00").cast("timestamp"))
    with pytest.raises(UsageError, match="the times of the doses have no time zone"):
        ketref.spark.evaluate(doses, samples)


def test_subjects_that_are_hardly_meant_to_differ_end_the_job(spark: Any) -> None:
    doses = numbered(
        [{"subject": name, "substance": "ketamine", "start": "2026-03-01T08:00Z"} for name in ("S 1", "B")]
    )
    samples = numbered([{"subject": f"s00{n}", "matrix": "urine", "time": "2026-03-02T08:00Z"} for n in range(1, 9)])
    frames = [spark.createDataFrame(table) for table in (doses, samples)]
    with pytest.raises(Exception, match="the subject `s001` of the samples is not among the doses, which have `S 1`"):
        ketref.spark.evaluate(*frames).collect()
    assert ketref.spark.evaluate(*frames, keys="exact").count() == 8


def test_questions_get_the_answers_of_one_machine(spark: Any) -> None:
    doses, samples = drawn(3, [1], 300)
    rows = [
        {
            "row": n,
            "substance": dose["substance"],
            "route": dose["route"],
            "matrix": sample["matrix"],
            "since": f"{n} h",
        }
        for n, (dose, sample) in enumerate(zip(doses, samples, strict=True))
    ]
    table = pa.Table.from_pylist(rows)
    for asked, here in (
        (ketref.spark.detect_many, ketref.detect_many),
        (ketref.spark.effects_many, ketref.effects_many),
    ):
        found = asked(spark.createDataFrame(table).repartition(3), prefix="k_")
        expected = here(table, on_error="reject", prefix="k_").to_pylist()
        assert by_row(found) == [{**row, **answer} for row, answer in zip(rows, expected, strict=True)]
        assert len({row["k_rule"] for row in expected}) > 1


def test_what_the_columns_tell_is_told_at_once(spark: Any) -> None:
    table = spark.createDataFrame(
        [("ketamine", "urine", "3 h", "5")], "substance string, matrix string, since string, dose_mg string"
    )
    told: list[str] = []
    ketref.spark.detect_many(table, notes=told.append)
    assert any("`dose_mg`" in text for text in told)
    with pytest.raises(UsageError, match="the column `matrix` is missing"):
        ketref.spark.detect_many(table.drop("matrix"))
    with pytest.raises(UsageError, match="the column `status` is there already"):
        ketref.spark.detect_many(table.withColumnRenamed("dose_mg", "status"))
    with pytest.raises(UsageError, match="is not a data frame of Spark"):
        ketref.spark.detect_many({"substance": ["ketamine"]})


def test_ones_own_book_goes_along(spark: Any, tmp_path: Any) -> None:
    (tmp_path / "edition.toml").write_text('edition = "1"\nformat = 1\nname = "Ours"\nextends = "shipped"\n')
    table = spark.createDataFrame([("ketamine", "urine", "3 h")], "substance string, matrix string, since string")
    answers = ketref.spark.detect_many(table, rules=tmp_path)
    (tmp_path / "edition.toml").unlink()  # the workers do not read it
    assert answers.first().status == ketref.detect("ketamine", matrix="urine", since="3 h").status
