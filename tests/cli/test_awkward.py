"""Does every public function refuse what it cannot use by a KetrefError, and long texts without reading them?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import ketref
from ketref import KetrefError, UsageError
from ketref.person.records import unsaid

pytest.importorskip("numba")
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa


class Specimen(Enum):
    URINE = "urine"


class Text(str):
    __slots__ = ()


class Incomparable:
    __hash__ = None

    def __eq__(self, other):
        raise TypeError("cannot be compared")

    def __bool__(self):
        raise TypeError("is neither")


class Unwritable:
    def __repr__(self):
        raise RuntimeError("cannot be written")


class Nowhere(tzinfo):
    def utcoffset(self, moment):
        return None


class Broken(tzinfo):
    def utcoffset(self, moment):
        raise RuntimeError("no such zone")


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


MISSING = [
    None,
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    np.timedelta64("NaT"),
    float("nan"),
    np.float64("nan"),
    Decimal("NaN"),
]
NUMBERS = [
    0,
    -1,
    70,
    10**5000,
    True,
    1.5,
    float("inf"),
    1j,
    Decimal("sNaN"),
    Decimal("1e999999"),
    Fraction(1, 3),
    np.int64(3),
]
TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "\x1b[31m",
    "urine",
    "36 h",
    "1 d to 2 d",
    "now",
    "2026 ± 3000000 d",
    "± 1 h",
    "9" * 10**4,
]
TEXTS += ["2026-03-01T10:00[" + "A/" * 600 + "A]", "2026-03-01T10:00[A/A/A/A]", "2026-03-01T10:00[Europe]", b"urine"]
MOMENTS = [datetime.min, datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))), date.max, time(3), timedelta.max]
MOMENTS += [
    timedelta(-1),
    pd.Timestamp.max,
    pd.Timestamp("2026-03-01", tz="Europe/Berlin"),
    pd.Timedelta.min,
    pd.Period("2026-03"),
]
MOMENTS += [
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=Nowhere()),
    datetime(2026, 3, 1, tzinfo=Broken()),
]
ARRAYS = [
    np.array([]),
    np.array(5),
    np.array(["urine", "blood"]),
    np.ma.masked,
    pd.Series(["urine"]),
    pd.Series([1, 2]),
]
ARRAYS += [
    pd.DataFrame({"matrix": ["urine"]}),
    pl.Series(["urine"]),
    pl.DataFrame({"a": [1]}),
    pl.col("a"),
    pa.scalar(None),
]
ARRAYS += [pa.array([1]), pa.table({"a": [1]})]
SEVERAL = [
    [],
    ["urine", 5],
    [None],
    ("1 h", "2 h"),
    ("2 h", None),
    (1, 2, 3),
    {"urine"},
    {},
    {"a": 1},
    {1: 2},
    range(3),
]
SEVERAL += [nested(10**5), [Unwritable()], [Incomparable()], [{"substance": "ketamine"}]]
OBJECTS = [
    object(),
    int,
    len,
    ...,
    Specimen.URINE,
    Path("x"),
    ValueError("x"),
    Text("urine"),
    Unwritable(),
    Incomparable(),
    sys,
]
AWKWARD = [*MISSING, *NUMBERS, *TEXTS, *MOMENTS, *ARRAYS, *SEVERAL, *OBJECTS]

ASKED = {"matrix": "urine", "since": "36 h"}
TIMED = {"matrix": "urine", "taken": "2026-03-01T10:00Z", "at": "2026-03-02T10:00Z"}
DOSE = {"substance": "ketamine", "start": "2026-03-01T10:00Z", "dose": 50, "dose_unit": "mg"}
RESULT = {"matrix": "urine", "time": "2026-03-02T10:00Z", "outcome": "positive", "cutoff": 25, "cutoff_unit": "ng/mL"}
HOW = ("route", "dose", "weight", "infusion", "pattern", "rules", "age", "liver")
TEST = ("matrix", "analyte", "method", "cutoff", "source")
AT = {"at": "2026-03-03T10:00Z"}


def asking() -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Each public function that answers one question or one person, with one argument left open."""

    def keyword(ask: Callable[..., Any], name: str, given: dict[str, Any]) -> tuple[str, Callable[[Any], Any]]:
        return f"{ask.__name__}({name})", lambda value: ask(**{**given, name: value})

    for name in ("substance", *TEST, *HOW, "since", "taken", "at"):
        given = {"substance": "ketamine", **(TIMED if name in TIMED and name != "matrix" else ASKED)}
        yield keyword(ketref.detect, name, given)
        yield f"flips({{{name}}})", lambda value, name=name, given=given: ketref.flips({**given, name: value})
        if name not in TEST:
            timed = {key: value for key, value in given.items() if key != "matrix"}
            yield keyword(ketref.effects, name, {**timed, "route": "nasal"})
    yield "flips", ketref.flips
    for name in ("substance", "condition", "route", "rules"):
        yield keyword(ketref.cautions, name, {"substance": "esketamine"})
    for name in ("doses", "at", "test", *TEST[:-1], "known_since", "rules"):
        yield keyword(ketref.history, name, {"doses": [DOSE], "matrix": "urine", **AT})
    yield "history([dose])", lambda value: ketref.history([value], **AT)
    for name in ("subject", *DOSE, "start_latest", "end", "infusion", "route", "weight"):
        yield (
            f"history([{{{name}}}])",
            lambda value, name=name: ketref.history([{**DOSE, name: value}], matrix="urine", **AT),
        )
    for name in ("results", "doses", "substance", "known_since", "at", *HOW[:6]):
        yield keyword(ketref.infer, name, {"results": [RESULT], "doses": [DOSE]})
    yield "infer([result])", lambda value: ketref.infer([value])
    for name in (
        "test",
        "comparator",
        "lod",
        "loq",
        "subject",
        "id",
        "substance",
        *RESULT,
        "analyte",
        "method",
        "time_latest",
        "value",
        "panel",
    ):
        yield f"infer([{{{name}}}])", lambda value, name=name: ketref.infer([{**RESULT, name: value}])
    yield "load", ketref.load
    yield "check_findings", lambda value: ketref.check_findings(value)


@pytest.mark.parametrize(("name", "ask"), [pytest.param(name, ask, id=name) for name, ask in asking()])
def test_a_question_with_anything_in_it_is_answered_or_refused_by_a_ketref_error(name, ask):
    for value in AWKWARD:
        answer, refusal = alone(ask, value)
        if refusal is not None:
            assert 0 < len(str(refusal)) < 3000
        elif hasattr(answer, "to_dict"):
            json.dumps(answer.to_dict(), allow_nan=False)
            assert str(answer)


def alone(ask: Callable[[Any], Any], value: Any) -> tuple[Any, KetrefError | None]:
    """The answer, or the error that refuses it."""
    try:
        return ask(value), None
    except KetrefError as error:
        return None, error


@pytest.mark.parametrize("name", ["substance", *TEST[:3], "route", "pattern", "infusion", "taken", "at"])
def test_a_column_with_anything_in_it_is_answered_row_by_row_as_each_value_alone(name):
    said = [value for value in AWKWARD if not unsaid(value)]
    given = {"substance": "ketamine", **TIMED}
    answers = ketref.detect_many({**given, name: said}, on_error="reject")
    for value, status, reason in zip(said, answers["status"], answers["reject"], strict=True):
        answer, refusal = alone(lambda value: ketref.detect(**{**given, name: value}), value)
        assert status == (answer.status if answer else "unknown")
        why = str(refusal).encode(errors="backslashreplace").decode()  # a column holds text only
        assert without_now(why) in without_now(reason) if refusal else reason is None


def without_now(text):
    """A refusal without the time of day that it is now."""
    return re.sub(r"T\d\d:\d\d:\d\d\+00:00", "T now", text)


DOSES = {"subject": "a", "substance": "ketamine", "start": "2026-03-01T10:00Z"}
SAMPLES = {"subject": "a", "matrix": "urine", "time": "2026-03-02T10:00Z"}


AMOUNTS = ["cutoff", "cutoff_unit", "dose", "dose_unit", "weight", "weight_unit"]


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_column_of_amounts_with_anything_in_it_refuses_rows_at_most(name):
    number = {name.removesuffix("_unit"): 5} if name.endswith("_unit") else {}
    answers = ketref.detect_many({"substance": "ketamine", **TIMED, **number, name: AWKWARD}, on_error="reject")
    assert len(answers["status"]) == len(AWKWARD)
    assert sum(reason is not None for reason in answers["reject"]) > len(AWKWARD) / 2


@pytest.mark.parametrize("name", [*SAMPLES, "cutoff", "cutoff_unit", "time_latest"])
def test_a_column_of_samples_with_anything_in_it_refuses_rows_at_most(name):
    number = {"cutoff": 5} if name == "cutoff_unit" else {}
    ask = partial(ketref.evaluate, DOSES, on_error="reject")
    answers, refusal = alone(ask, {**SAMPLES, **number, name: AWKWARD})
    if name == "subject":  # of which some are numbers and some texts
        assert "the column `subject` holds" in str(refusal)
    else:
        assert len(answers["status"]) == len(AWKWARD)


@pytest.mark.parametrize("name", [*DOSES, *AMOUNTS[2:], "start_latest", "end", "infusion", "route"])
def test_a_column_of_doses_with_anything_in_it_makes_a_sample_unknown_at_most(name):
    number = {name.removesuffix("_unit"): 5} if name.endswith("_unit") else {}
    doses = {**DOSES, **number, name: AWKWARD}
    asked = partial(ketref.evaluate, samples=SAMPLES, on_error="reject", notes=[].append)  # 0 is not a dose
    answers, refusal = alone(asked, doses)
    assert "`subject`" in str(refusal) if name == "subject" else answers["status"].tolist() == ["unknown"]


@pytest.mark.parametrize("name", ["columns", "on_error", "rules"])
def test_a_table_is_asked_in_any_way_and_refuses_it_at_most(name):
    for value in AWKWARD:
        answers, refusal = alone(
            lambda value: ketref.detect_many({"substance": "ketamine", **ASKED}, **{name: value}), value
        )
        assert refusal or list(answers) in (["status", "rule"], [])  # with no column asked for


def test_what_is_no_table_is_refused():
    for value in AWKWARD:
        assert alone(ketref.detect_many, value)[1]


# ---------------------------------------------------------------- what is missing


@pytest.mark.parametrize("missing", [*MISSING, ""], ids=repr)
def test_what_is_missing_in_a_record_is_unsaid(missing):
    optional = dict.fromkeys(("subject", "start_latest", "end", "infusion", "route", "weight"), missing)
    dose = {"substance": "ketamine", "start": "2026-03-01T10:00Z"}
    plain = ketref.history([dose], matrix="urine", **AT)
    assert ketref.history([{**dose, **optional, "dose": missing}], matrix="urine", **AT).to_dict() == plain.to_dict()
    optional = dict.fromkeys(("id", "substance", "analyte", "method", "time_latest", "value", "panel"), missing)
    assert ketref.infer([{**RESULT, **optional}]).to_dict() == ketref.infer([RESULT]).to_dict()
    with pytest.raises(UsageError, match="`start` is missing"):
        ketref.history([{**dose, "start": missing}])


@pytest.mark.parametrize("name", ["taken", "at"])
def test_not_a_time_is_no_moment(name):
    with pytest.raises(UsageError, match="`NaT` is not a date or time"):
        ketref.detect("ketamine", **{**TIMED, name: pd.NaT})


def test_a_zone_that_tells_no_offset_is_none():
    local = datetime(2026, 3, 1, 10, tzinfo=Nowhere())
    assert ketref.detect("ketamine", matrix="urine", taken=local, at="2026-03-01T12:00").elapsed == (7200, 7200)


# ---------------------------------------------------------------- long texts


LONG = 100_000
LONG_TEXTS = [
    *("1" * LONG, "1s" * LONG, "1.5 h " * LONG, "P" + "1" * LONG + "D", " " * LONG, "±" * LONG, "+-" * LONG),
    *(f"about{' ' * LONG}b", f"a{' ' * LONG}b", f"a{' ' * LONG}± 1 h", "about " * LONG),
    *(f"2026-03-01{' ' * LONG}!", f"2026-03-01{chr(10) * LONG}!", f"2026-03-01T10:00:00.{'1' * LONG}!"),
    *(f"2026-03-01T10:00[{'A/' * LONG}A]", f"2026-03-01T10:00 {'A' * LONG}!", f"1 {'m' * LONG} g", f"> {'a' * LONG} 1"),
]


@pytest.mark.parametrize("name", ["since", "infusion", "taken", "at", "dose", "weight", "cutoff"])
def test_a_text_that_is_longer_than_any_time_or_amount_is_refused_and_cut(name):
    given = {"substance": "ketamine", **(TIMED if name in TIMED else ASKED)}
    for text in LONG_TEXTS:
        with pytest.raises(UsageError, match=f"it has {len(text)} characters, more than 200") as refusal:
            ketref.flips({**given, name: text})
        assert len(str(refusal.value)) + len(refusal.value.value) < 300


def test_the_longest_text_that_is_read_is_read():
    spaces = " " * (200 - len("2026-03-01T10:00Z"))
    assert ketref.detect("ketamine", **{**TIMED, "taken": f"2026-03-01T10:00Z{spaces}"}).status
    with pytest.raises(UsageError, match="it has 201 characters"):
        ketref.detect("ketamine", **{**TIMED, "taken": f"2026-03-01T10:00Z{spaces} "})


READ = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from ketref import UsageError
from ketref.model import times, units
from ketref.person import outcomes
units.MOST_CHARACTERS = 10**9
for text in json.load(sys.stdin):
    patterns = (outcomes._FLAGGED.fullmatch, outcomes._VALUE.fullmatch, outcomes._unit)
    for read in (times.instant, units.duration, lambda text: units.quantity(text, units.DOSE), *patterns):
        try:
            read(text)
        except UsageError:
            pass
print("all")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no limit to the time of a process")
def test_the_time_to_read_a_text_does_not_grow_with_the_square_of_its_length():
    """Though texts of such a length are refused before."""
    ran = subprocess.run([sys.executable, "-c", READ], input=json.dumps(LONG_TEXTS), capture_output=True, text=True)
    assert ran.stdout == "all\n", ran.stderr


@pytest.mark.parametrize(
    "name", ["A/" * 90 + "A", "A/A/A/A/A", "A/A/A/A", "Europe", "A" * 180, "America/__init__", "leapseconds"]
)
def test_what_is_no_zone_is_refused(name):
    for text in (f"2026-03-01T10:00[{name}]", f"2026-03-01T10:00 {name}"):
        with pytest.raises(UsageError):
            ketref.detect("ketamine", **{**TIMED, "taken": text})
