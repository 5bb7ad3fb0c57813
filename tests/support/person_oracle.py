"""What does a list of doses, as people keep it, make of a sample? Worked out in the plainest way there is.

Written from the text of what records mean and from nothing else, on top of `support.oracle`, which knows one dose:
rows are understood, left out, written out, joined and asked one by one. No cache, no cleverness.

A row of doses is a plain dict; what it leaves out, or gives as None, is unsaid:
    subject, substance          whom, what
    start                       whole seconds
    end, duration               seconds: a moment, or a length; a regimen's `end` is the last moment of a start
    route, dose, dose_per_kg, weight    as the oracle of one dose is asked
    status                      "given", "not-given" or "perhaps-given"
    interval, count             a regimen: seconds between doses, and how many (or until `end`)

A sample is a plain dict: subject, time (whole seconds), `test` (a substance or an analyte), and matrix, analyte,
method, cutoff as the oracle of one dose is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from support import oracle

Row = Mapping[str, Any]
Dose = dict[str, Any]
Sample = Mapping[str, Any]

ASKED = ("route", "dose", "dose_per_kg", "weight", "duration")  # what a dose says of a question
NO_LENGTH = "intravenous-bolus"  # a route that cannot have a duration
UNKNOWN_END = 250_000_000_000  # seconds from which on an end lies in the year 9999


@dataclass(frozen=True)
class World:
    """What the book says, as far as histories need it. Rules are those of windows, by substance."""

    rules: Mapping[str, Sequence[oracle.Rule]]
    yields: Mapping[str, Sequence[str]]  # substance -> analytes
    parents: oracle.Parents
    thresholds: Mapping[str, tuple[int, int]]
    joins_within: Mapping[str, int] = field(default_factory=dict)  # route -> seconds, inherited from the route above
    reported_as: Mapping[str, str] = field(default_factory=dict)  # analyte -> what a method that is blind calls it
    chiral: Sequence[str] = ()  # methods that tell mirror forms apart
    other: Sequence[str] = ("placebo",)  # drugs that no test of the book finds
    only: Sequence[str] | None = None  # substances that were asked about; None: all
    clock: str = oracle.ADMINISTRATION


def statuses(world: World, rows: Sequence[Row], samples: Iterable[Sample]) -> list[str]:
    """The status of each sample. A sample without `test` is of a subject that took one substance at most."""
    return [status(world, rows, sample) for sample in samples]


def status(world: World, rows: Sequence[Row], sample: Sample) -> str:
    """`no_record`, `no_dose`, or the highest status over all readings of all doses that the test covers."""
    mine = [row for row in rows if row["subject"] == sample["subject"]]
    if not mine:
        return "no_record"
    best = None
    for substance in sorted({row["substance"] for row in mine if counts(world, row)}):
        cap = covering(world, sample, substance)
        if cap is None:
            continue
        taken = [row for row in mine if counts(world, row) and row["substance"] == substance]
        for found in readings(world, taken, sample):
            best = oracle.combined([one for one in (best, capped(found) if cap else found) if one is not None])
    return best or "no_dose"


# ------------------------------------------------------------------------ rows that are no dose


def counts(world: World, row: Row) -> bool:
    """Is this row a dose, or at least perhaps one?"""
    if row.get("status") == "not-given":
        return False
    if row.get("dose") == 0 or row.get("dose_per_kg") == 0:
        return False
    if row["substance"] in world.other:
        return False
    return world.only is None or row["substance"] in world.only


def doubtful(row: Row) -> bool:
    return bool(row.get("status") == "perhaps-given")


def capped(status: str) -> str:
    """At most `possible`: what is not sure to have been given makes no positive sure."""
    return "possible" if status == "expected" else status


# ------------------------------------------------------------------------ what was tested


def covering(world: World, sample: Sample, substance: str) -> bool | None:
    """Is what this substance makes of the test capped at `possible`? None: the test does not cover it."""
    test, analyte = sample.get("test"), analyte_of(world, sample)
    yielded = world.yields[substance]
    if test is not None and test not in world.yields:  # an analyte, named as a laboratory does
        return None if test not in yielded else False
    if analyte not in (None, "any"):
        if analyte not in yielded:
            return None
    elif test is not None and not set(yielded) & set(world.yields[test]):
        return None
    if test is None or test == substance:
        return False
    return not set(own_analytes(world, test, sample.get("method"))) & set(yielded)


def own_analytes(world: World, substance: str, method: str | None) -> list[str]:
    """The analyte of the substance's name, and what a method that cannot tell mirror forms apart reports it as."""
    if method in world.chiral or substance not in world.reported_as:
        return [substance]
    return [substance, world.reported_as[substance]]


def analyte_of(world: World, sample: Sample) -> str | None:
    """What is measured: said as such, or as the name of the test."""
    test = sample.get("test")
    if test is not None and test not in world.yields:
        return str(test)
    return sample.get("analyte")


# ------------------------------------------------------------------------ administrations


def readings(world: World, rows: Sequence[Row], sample: Sample) -> list[str]:
    """What every row alone, and every joined administration, makes of the sample; doubtful ones capped.

    The pattern of use counts the starts of rows. A pattern that only doubtful doses make is a capped reading.
    """
    at = sample["time"]
    doses = [dose for row in rows for dose in written_out(row)]
    begun = [dose for dose in doses if dose["start"] <= at]  # doses after the sample do not count
    sure = [dose["start"] for dose in begun if not doubtful(dose)]
    every = [dose["start"] for dose in begun]
    found = []
    for dose in [*doses, *joined(world, begun)]:
        if dose["start"] > at:
            continue
        asked = question_of(world, sample)
        asked |= {axis: dose[axis] for axis in ASKED if dose.get(axis) is not None}
        patterns = oracle.patterns_of(dose["start"], [dose["start"], *sure], world.thresholds)
        for pattern in oracle.patterns_of(dose["start"], every, world.thresholds):
            of = oracle.course(
                world.rules[dose["substance"]], {**asked, "pattern": pattern}, world.parents, world.clock
            )
            one = oracle.status_of(of, at - dose["start"])
            found.append(capped(one) if doubtful(dose) or pattern not in patterns else one)
    return found


def question_of(world: World, sample: Sample) -> dict[str, Any]:
    asked = {axis: sample[axis] for axis in ("matrix", "method", "cutoff") if sample.get(axis) is not None}
    analyte = analyte_of(world, sample)
    return asked if analyte is None else {**asked, "analyte": analyte}


def written_out(row: Row) -> list[Dose]:
    """The doses that the row stands for, each with its known `duration` or none."""
    if row.get("interval") is None:
        dose = {**row, "single": True}
        end = dose.pop("end", None)
        if end is not None and row["start"] <= end < UNKNOWN_END:
            dose["duration"] = end - row["start"]
        return [dose]
    number = row.get("count") or (row["end"] - row["start"]) // row["interval"] + 1
    dose = {key: value for key, value in row.items() if key not in ("interval", "count", "end")}
    return [{**dose, "start": row["start"] + k * row["interval"], "single": False} for k in range(number)]


def joined(world: World, doses: Sequence[Dose]) -> list[Dose]:
    """The administrations that more than one row tells of, each as one dose."""
    found = []
    candidates = [dose for dose in doses if dose["single"] and not doubtful(dose) and dose.get("route") != NO_LENGTH]
    for route in {dose.get("route") for dose in candidates}:
        group: list[Dose] = []
        same = [dose for dose in candidates if dose.get("route") == route]
        for dose in sorted(same, key=lambda dose: dose["start"]):
            if group and dose["start"] > last_moment(group) + gap(world, route):
                found.append(group)
                group = []
            group.append(dose)
        found.append(group)
    return [as_one(group) for group in found if len(group) > 1]


def gap(world: World, route: str | None) -> int:
    """How far apart rows of this route may be and still are one administration."""
    if route is None:
        return 0
    for term in oracle.at_or_above(route, world.parents):
        if term in world.joins_within:
            return world.joins_within[term]
    return 0


def last_moment(group: Sequence[Dose]) -> int:
    """The latest end that is known, or start."""
    return max(dose["start"] + (dose.get("duration") or 0) for dose in group)


def as_one(group: Sequence[Dose]) -> Dose:
    """The rows as one dose: from the first start to the latest known end, or last start; of their sum."""
    first = group[0]
    one: Dose = {key: first.get(key) for key in ("subject", "substance", "start", "route")}
    one["duration"] = last_moment(group) - first["start"]
    for axis in ("dose", "dose_per_kg"):
        amounts = [dose.get(axis) for dose in group]
        if None not in amounts:
            one[axis] = sum(amounts)
    weights = {dose.get("weight") for dose in group}
    if len(weights) == 1:
        one["weight"] = weights.pop()
    return one
