"""A Polars timeline of a trial: every dose and every sample of its subjects; where is no positive expected?

It needs `pip install -c constraints.txt -e ".[bulk]" polars`.
"""

from datetime import datetime, timedelta, timezone

import polars as pl

import ketref

START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)

doses = pl.DataFrame(
    [
        {
            "subject": f"S{subject:03}",
            "substance": "esketamine",
            "route": "nasal",
            "dose": dose,
            "dose_unit": "mg",
            "start": START + timedelta(days=day + subject % 5, minutes=7 * subject % 120),
        }
        for subject in range(200)
        for day, dose in ((0, 56), (3, 56), (7, 84), (10, 84), (14, 84), (17, 84), (21, 84))
    ]
)
samples = pl.DataFrame(
    [
        {"subject": f"S{subject:03}", "matrix": matrix, "time": START + timedelta(days=day, hours=5)}
        for subject in range(210)  # ten of them took nothing
        for day, matrix in ((-1, "urine"), (8, "urine"), (22, "blood"), (28, "urine"), (130, "urine"))
    ]
).with_columns(method=pl.when(pl.col("matrix") == "urine").then(pl.lit("lc-ms-ms")))

answers = ketref.evaluate(doses, samples, columns=["status", "pattern", "elapsed_s", "rule"])
timeline = pl.concat([samples, answers], how="horizontal")

day = (pl.col("time") - START).dt.total_days().alias("day")
status = pl.col("status").cast(pl.String)
table = timeline.group_by(day, "matrix", status).len("samples").sort("day", "matrix", "status")
for row in table.iter_rows(named=True):
    print(f"day {row['day']:>3} {row['matrix']:<6} {row['status']:<13} {row['samples']:>4}")

print("no positive is expected of", timeline.filter(status == "not_expected").height, "samples")
print("A reference: individuals and laboratories differ.")
