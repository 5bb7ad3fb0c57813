"""What a user's script looks like to a type checker; `tests/test_types.py` has it read, and runs it."""

import warnings
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_type

import pandas as pd
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ketref

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def one_question(folder: Path | None = None) -> None:
    book = assert_type(ketref.load(folder), ketref.Book)
    ketref.detect("ketamine", matrix="urine", since="36 h", method="gc-ms", cutoff="25 ng/mL", age=70, liver="moderate")
    ketref.detect("ketamine", matrix="urine", since=timedelta(hours=36), rules=book)
    ketref.detect("ketamine", matrix="urine", since=("24 h", timedelta(hours=36)), sex=None)
    ketref.detect("ketamine", matrix="urine", taken=NOON, at=NOON + timedelta(days=1))
    ketref.detect("ketamine", matrix="urine", taken=date(2026, 3, 1), at="2026-03-02")
    answer = ketref.detect("ketamine", matrix="urine", since=["24 h", "36 h"])
    assert_type(answer, ketref.DetectAnswer)
    assert_type(answer.status, ketref.Status | None)
    assert_type(answer.status, Literal["not_yet", "possible", "expected", "not_expected", "unknown"] | None)
    assert_type(answer.confidence, ketref.Confidence | None)
    assert_type(answer.rule, str | None)
    assert_type(answer.elapsed, tuple[int, int] | None)
    assert_type(answer.evidence[0]["status"], ketref.Status | None)
    if latest := answer.detectable_until.latest:
        assert_type(latest.seconds, int)
        ketref.detect("ketamine", matrix="urine", since=latest)
    if change := answer.next_change:
        assert_type(change["status"], ketref.Status)
    assert_type(answer.to_dict()["status"], ketref.Status | None)
    flips = ketref.flips(answer)
    assert_type(flips, list[ketref.Flip])
    assert_type(flips[0]["status"], ketref.Status)
    ketref.flips({"substance": "ketamine", "matrix": "urine", "since": "3 d"})


def every_specimen() -> None:
    answer = assert_type(ketref.detect("ketamine", since="36 h"), ketref.SpecimensAnswer)
    assert_type(answer.answers[0], ketref.DetectAnswer)
    assert_type(ketref.windows("ketamine", method="gc-ms", library="polars"), Any)


if TYPE_CHECKING:  # what a checker finds: an ignore that is not needed is an error

    def slips() -> None:
        ketref.detct("ketamine")  # type: ignore[attr-defined]
        ketref.detect("ketamine", matirx="urine")  # type: ignore[call-overload]
        ketref.detect("ketamine", matrix="urine", cutof="5 ng/mL")  # type: ignore[call-overload]
        ketref.detect("ketamine", matrix=3)  # type: ignore[call-overload]
        ketref.detect("ketamine", matrix="urine", since=36)  # type: ignore[call-overload]
        ketref.effects("ketamine", rout="nasal")  # type: ignore[call-arg]
        of_own_rules: dict[str, Any] = {"hydration": "good"}
        ketref.effects("ketamine", **of_own_rules)
        ketref.detect("ketamine", matrix="urine").status == "posible"  # type: ignore[comparison-overlap]  # noqa: B015


def effects_and_cautions() -> None:
    answer = ketref.effects("esketamine", route="nasal", dose="84 mg", since="50 min")
    assert_type(answer, ketref.EffectsAnswer)
    assert_type(answer.phases, list[str])
    assert_type(answer.confidence, ketref.Confidence | None)
    assert_type(answer.effects[0]["status"], ketref.Status | None)
    found = ketref.cautions("esketamine", "aneurysm")
    assert_type(found, ketref.CautionsAnswer)
    assert_type(found.found, bool)
    assert_type(found.cautions[0]["status"], Literal["in_force", "possible", "lifted"] | None)


def concentrations() -> None:
    answer = ketref.concentration(
        "esketamine", route="nasal-spray", dose="84 mg", since="2 h", cutoff="10 ng/mL", age=40
    )
    assert_type(answer, ketref.ConcentrationAnswer)
    assert_type(answer.unit, str)
    assert_type(answer.warnings, list[str])
    if find_spec("scipy"):
        assert_type(answer.models[0]["median"], list[float])
        frame = pl.DataFrame({"since": ["2 h"], "dose": ["84 mg"]})
        found = ketref.concentration_many(frame, substance="esketamine", route="nasal-spray")
        assert_type(found, pl.DataFrame)


def one_person() -> None:
    doses = [{"substance": "esketamine", "start": NOON, "route": "nasal"}]
    answer = ketref.history(doses, at=NOON + timedelta(hours=2), matrix=["urine", "blood"])
    assert_type(answer, ketref.HistoryAnswer)
    assert_type([test["rule"] for test in answer.tests], list[str | None])
    assert_type(answer.tests[0]["status"], ketref.Status | Literal["no_dose"])
    results = [{"matrix": "urine", "time": NOON + timedelta(days=1), "outcome": "positive"}]
    inferred = ketref.infer(results, doses=doses, known_since=NOON - timedelta(days=60), pattern="single")
    assert_type(inferred, ketref.InferAnswer)
    assert_type(inferred.intervals[0]["until"], str | None)
    assert_type(inferred.conclusions, list[str])
    read = ketref.interpret(results, doses=doses, prescribed=["ketamine 25 mg oral daily"])
    assert_type(read, ketref.InterpretAnswer)
    assert_type([one["substances"] for one in read.sets], list[list[str]])
    assert_type(read.to_csv(), str)
    assert_type(ketref.interpret(results), ketref.InterpretAnswer)
    held = ketref.today([{"subject": "Ann", **dose} for dose in doses], at=NOON)
    assert_type(assert_type(held, ketref.TodayAnswer).people["Ann"], ketref.HistoryAnswer)


def many(book: ketref.Book) -> None:
    asked: dict[str, Any] = {"substance": ["ketamine"], "matrix": ["urine"], "since": ["36 h"]}
    assert_type(ketref.detect_many(asked, rules=book), dict[str, Any])
    assert_type(ketref.detect_many(pd.DataFrame(asked), ["status"], on_error="reject"), pd.DataFrame)
    assert_type(ketref.detect_many(pl.DataFrame(asked), progress=print), pl.DataFrame)
    phases = ketref.effects_many(pl.DataFrame({"substance": ["esketamine"], "route": ["nasal"], "since": ["50 min"]}))
    assert_type(phases, pl.DataFrame)
    doses = pl.DataFrame({"subject": ["S1"], "substance": ["ketamine"], "start": [NOON]})
    samples = pd.DataFrame({"subject": ["S1"], "matrix": ["urine"], "time": [NOON + timedelta(days=1)]})
    assert_type(ketref.evaluate(doses, samples, columns=["status", "rule"]), pd.DataFrame)
    report = samples.assign(specimen=1, analyte="ketamine", outcome="positive").drop(columns="subject")
    assert_type(ketref.interpret_many(report, pattern="single"), pd.DataFrame)
    assert_type(
        ketref.evaluate(doses, samples, only=["ketamine"], keys="exact", prefix="k_", notes=print), pd.DataFrame
    )
    warnings.simplefilter("ignore", ketref.Note)


def pictures() -> None:
    axes = ketref.plot(ketref.detect("ketamine", matrix="urine"), Figure().subplots())
    assert_type(axes, Axes)


def errors(book: ketref.Book) -> None:
    warnings.simplefilter("ignore", ketref.Note)
    assert_type(ketref.answer_line("what?"), dict[str, Any])
    assert_type(ketref.check_findings(book), list[ketref.Finding])
    try:
        ketref.detect("ketamin", matrix="urine")
    except ketref.UsageError as error:
        assert_type(error.hint, str)
    try:
        ketref.load("no-such-folder")
    except (ketref.InputError, ketref.RulesError) as error:
        assert_type(error.hint, str)


if __name__ == "__main__":
    one_question()
    every_specimen()
    effects_and_cautions()
    concentrations()
    one_person()
    many(ketref.load())
    pictures()
    errors(ketref.load())
