"""What does it cost to read a whole report, and many of them?"""

from __future__ import annotations

import random
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

import ketref

PANEL = {
    "morphine": 100,
    "codeine": 100,
    "6-acetylmorphine": 10,
    "oxycodone": 50,
    "oxymorphone": 50,
    "hydrocodone": 50,
    "hydromorphone": 50,
    "benzoylecgonine": 50,
    "amphetamine": 250,
    "methamphetamine": 250,
    "nordiazepam": 50,
    "thc-cooh": 15,
}
SPECIMENS = 100_000


def reports(specimens: int) -> dict[str, list[Any]]:
    """As many reports of twelve results each, of which a fifth is positive, each with a value of its own."""
    drawn = random.Random(1)  # noqa: S311 - nothing is kept secret by it
    columns: dict[str, list[Any]] = {
        "specimen": [],
        "time": [],
        "analyte": [],
        "cutoff": [],
        "outcome": [],
        "value": [],
    }
    for number in range(specimens):
        for analyte, cutoff in PANEL.items():
            positive = drawn.random() < 0.2
            columns["specimen"].append(number)
            columns["time"].append(f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}T08:00Z")
            columns["analyte"].append(analyte)
            columns["cutoff"].append(f"{cutoff} ng/mL")
            columns["outcome"].append("positive" if positive else "negative")
            columns["value"].append(f"{cutoff * (1 + drawn.expovariate(0.2)):.1f} ng/mL" if positive else None)
    return {**columns, "matrix": ["urine"] * len(columns["analyte"]), "method": ["lc-ms-ms"] * len(columns["analyte"])}


PRESCRIBED = ("oxycodone 10 mg QID", "alprazolam 0.5 mg TID", "morphine 30 mg BID", "methadone 80 mg daily")


def regimens(specimens: int) -> dict[str, list[Any]]:
    """What every second person is prescribed: one drug or two."""
    drawn = random.Random(2)  # noqa: S311 - nothing is kept secret by it
    found = [
        (number, text) for number in range(0, specimens, 2) for text in drawn.sample(PRESCRIBED, drawn.choice([1, 2]))
    ]
    return {"specimen": [number for number, _ in found], "prescribed": [text for _, text in found]}


def test_interpret(benchmark: BenchmarkFixture) -> None:
    """A report of twelve results: all that `--format json` prints."""
    columns = reports(1)
    rows = [{key: values[place] for key, values in columns.items() if key != "specimen"} for place in range(len(PANEL))]
    ketref.interpret(rows).to_dict()
    assert benchmark(lambda: ketref.interpret(rows).to_dict())["results"]


def test_interpret_many(benchmark: BenchmarkFixture) -> None:
    """100,000 reports of twelve results."""
    columns = reports(SPECIMENS)
    ketref.interpret_many(reports(10))
    found = benchmark.pedantic(ketref.interpret_many, args=(columns,), rounds=1)
    assert len(found["verdict"]) == SPECIMENS * len(PANEL)


def test_interpret_many_prescribed(benchmark: BenchmarkFixture) -> None:
    """As many, where every second person is prescribed something."""
    columns, prescribed = reports(SPECIMENS), regimens(SPECIMENS)
    ketref.interpret_many(reports(10))
    found = benchmark.pedantic(ketref.interpret_many, args=(columns,), kwargs={"prescribed": prescribed}, rounds=1)
    assert len(found["verdict"]) == SPECIMENS * len(PANEL)
