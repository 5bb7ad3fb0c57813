"""Which lists of doses and samples are worth asking, and how are they written for the engine?

Rows are drawn in the shape of `support.person_oracle`: seconds and micrograms. They lie close enough to be joined, or
not; last nothing, a moment, or days; are sure, doubtful or no dose; some stand for many.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from support import oracle
from support.person_oracle import NO_LENGTH, World
from support.strategies import (
    DAY,
    HOUR,
    MINUTE,
    SUBSTANCE,
    UNITS,
    Question,
    Rule,
    amount,
    duration,
    moments_of,
    parents,
    questions,
    terms_text,
)

Rows = list[dict[str, Any]]

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TEST = ("matrix", "analyte", "method", "cutoff")
CAN_LAST_DAYS = (None, "intravenous", "intravenous-infusion")
LASTING = [None, 0, 30, MINUTE, MINUTE + 1, 10 * MINUTE, 40 * MINUTE, 6 * HOUR, 3 * DAY]
SHORT = [None, None, 0, MINUTE, 10 * MINUTE, HOUR]
APART = [0, 0, MINUTE, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE + 1, HOUR, 6 * HOUR, DAY, DAY, 3 * DAY, 20 * DAY]
WORDS = {"given": "completed", "not-given": "not-done", "perhaps-given": "on-hold"}


# ------------------------------------------------------------------------ what a book says of histories


def seconds_of(text: str) -> int:
    number, unit = text.split()
    return int(number) * UNITS[unit]


def world_of(rules: Mapping[str, Sequence[Rule]], **more: Any) -> World:
    """The world of a drawn book, whose terms are the project's own. Substances yield what drawn books say."""
    terms = tomllib.loads(terms_text())
    return World(
        rules=rules,
        yields=more.pop("yields", dict.fromkeys(rules, ("ketamine", "norketamine"))),
        parents=parents(),
        thresholds={
            pattern["id"]: (pattern["dose_days"], seconds_of(pattern["within"]))
            for pattern in terms["pattern"]
            if "dose_days" in pattern
        },
        joins_within={
            route["id"]: seconds_of(route["joins_within"]) for route in terms["route"] if "joins_within" in route
        },
        **more,
    )


# ------------------------------------------------------------------------ drawing


@st.composite
def doses(
    draw: st.DrawFn,
    kinds: Sequence[Question],
    subjects: int = 1,
    lasting: bool = True,
    close: bool = True,
    odd: bool = True,
    substances: Sequence[str] = (SUBSTANCE,),
) -> Rows:
    """Rows of a few subjects, in any order. `lasting`: with lengths; `close`: some near enough to be joined; `odd`:
    some doubtful, some no dose, some regimens."""
    rows: Rows = []
    for subject in range(subjects):
        at = draw(st.integers(0, 5)) * HOUR
        for _ in range(draw(st.integers(1, 6))):
            kind = draw(st.sampled_from(kinds))
            row = {axis: kind[axis] for axis in ("route", "dose", "dose_per_kg", "weight") if axis in kind}
            row |= {"subject": subject, "substance": draw(st.sampled_from(substances)), "start": at}
            if lasting:
                row |= draw(lengths(row))
            if odd:
                row |= draw(oddities(row))
            rows.append(row)
            at += draw(st.sampled_from(APART if close else [gap for gap in APART if gap >= HOUR]))
    return list(draw(st.permutations(rows)))


@st.composite
def lengths(draw: st.DrawFn, row: Mapping[str, Any]) -> dict[str, int]:
    """How long it took: as a length, as an end, as an end that cannot be, or not at all."""
    route = row.get("route")
    if route == NO_LENGTH:
        lasts = draw(st.sampled_from([None, None, 0, MINUTE]))
    else:
        lasts = draw(st.sampled_from(LASTING if route in CAN_LAST_DAYS else SHORT))
    if lasts is None:
        return draw(st.sampled_from([{}, {}, {}, {"end": row["start"] - HOUR}]))
    return draw(st.sampled_from([{"duration": lasts}, {"end": row["start"] + lasts}]))


@st.composite
def oddities(draw: st.DrawFn, row: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a row doubtful, no dose, or many."""
    odd = draw(st.sampled_from(["", "", "", "", "given", "perhaps-given", "not-given", "zero", "regimen", "regimen"]))
    if odd in WORDS:
        return {"status": odd}
    if odd == "zero" and "dose" in row:
        return {"dose": 0}
    if odd == "regimen" and "end" not in row and row.get("duration", 0) <= HOUR:
        interval = draw(st.sampled_from([6 * HOUR, 12 * HOUR, DAY, 2 * DAY]))
        count = draw(st.sampled_from([1, 2, 3, 15, 26]))
        through = {"end": row["start"] + (count - 1) * interval + draw(st.sampled_from([0, HOUR]))}
        return {"interval": interval, **draw(st.sampled_from([{"count": count}, through]))}
    return {}


@st.composite
def known_to_a_range(draw: st.DrawFn, rows: Rows) -> Rows:
    """The same rows, the start of some known to a range of so many seconds (`wide`): histories and tables alone are
    asked of them, the reference reads moments."""
    ranges = st.sampled_from([None, HOUR, DAY - 1, 20 * DAY])
    return [row if "end" in row or (wide := draw(ranges)) is None else {**row, "wide": wide} for row in rows]


@st.composite
def samples(
    draw: st.DrawFn, rules: Sequence[Rule], rows: Rows, tests: Sequence[Question], at_most: int = 8, beyond: int = 0
) -> Rows:
    """Samples at or beside what changes after a dose. `beyond`: so many subjects that no row tells of."""
    known = sorted({row["subject"] for row in rows})
    subjects = [*known, *known, *known, *(known[-1] + 1 + number for number in range(beyond))]
    found: Rows = []
    for _ in range(draw(st.integers(1, at_most))):
        subject = draw(st.sampled_from(subjects))
        test = draw(st.sampled_from(tests))
        sample = {axis: test[axis] for axis in TEST if axis in test}
        mine = [row for row in rows if row["subject"] == subject] or rows
        row = draw(st.sampled_from(mine))
        asked = {**sample, **{axis: row[axis] for axis in ("route", "duration") if axis in row}}
        moments = [*moments_of(rules, asked), *moments_of(rules, sample), 30 * DAY]
        base = draw(st.sampled_from([row["start"], row["start"] + row.get("duration", 0), last_start(row)]))
        sample |= {"subject": subject, "time": base + draw(st.sampled_from([-1, *moments]))}
        found.append(sample)
    return found


def last_start(row: Mapping[str, Any]) -> int:
    count = row.get("count") or (row["end"] - row["start"]) // row["interval"] + 1 if "interval" in row else 1
    return int(row["start"] + (count - 1) * row.get("interval", 0))


@st.composite
def being_given(draw: st.DrawFn, rules: Sequence[Rule]) -> tuple[Question, int]:
    """A question about a dose that has a length, and a time at which it is still being given: mostly just after the
    window would have closed on a dose without length."""
    question = {axis: said for axis, said in draw(questions(rules)).items() if axis != "duration"}
    if question.get("route") == NO_LENGTH:
        question["route"] = "intravenous"
    longest = 60 * DAY if question.get("route") in CAN_LAST_DAYS else DAY
    at = draw(st.sampled_from([at for at in moments_of(rules, question) if at <= longest]) | st.integers(0, longest))
    lasts = draw(st.sampled_from([at, at + 1, at + HOUR, longest]))
    question["duration"] = min(max(lasts, MINUTE + 1), longest)
    return question, at


@st.composite
def asked_of(draw: st.DrawFn, rules: Sequence[Rule]) -> tuple[list[Question], list[Question]]:
    """Kinds of doses and kinds of tests near these rules."""
    drawn = st.lists(questions(rules), min_size=1, max_size=3)
    return draw(drawn), draw(drawn)


# ------------------------------------------------------------------------ writing


def moment(seconds: int) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def written_dose(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as `history` reads it."""
    said = {key: row[key] for key in ("subject", "substance", "route", "count") if key in row}
    said["start"] = moment(row["start"])
    if "wide" in row:
        said["start_latest"] = moment(row["start"] + row["wide"])
    if "end" in row:
        said["end"] = moment(row["end"])
    if "duration" in row:
        said["infusion"] = f"{row['duration']} s"
    for axis in oracle.RANGES:
        if axis in row:
            said["dose"] = amount(axis, row[axis]) if row[axis] else "0 mg"
    if "weight" in row:
        said["weight"] = f"{row['weight']} kg"
    if "status" in row:
        said["status"] = WORDS[row["status"]]
    if "interval" in row:
        said["interval"] = duration(row["interval"])
    return said


def written_test(sample: Mapping[str, Any]) -> dict[str, Any]:
    """What the sample says of its test, as the engine reads it."""
    said = {key: sample[key] for key in ("matrix", "analyte", "method", "test") if key in sample}
    if "cutoff" in sample:
        said["cutoff"] = f"{sample['cutoff']} ng/mL"
    return said


def written_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The sample as `evaluate` reads it."""
    return {"subject": sample["subject"], "time": moment(sample["time"]), **written_test(sample)}
