"""What does it cost to ask row by row: ketref's own single question, a dict, and two engines for rules?

So slow that only the first rows are asked.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import task
from task import Task
from thresholds import CODES, ENDS, KEYS

import ketref
from ketref.answers.question import understand
from ketref.model.times import instant
from ketref.person.doses import understood_doses
from ketref.person.timeline import Timeline

Row = dict[str, Any]


def asked(folder: Path, rows: int | None) -> list[Row]:
    return task.questions(folder, rows=rows).to_pylist()


def statuses(found: list[Any]) -> np.ndarray:
    return np.array([CODES[status] for status in found], np.int8)


# ------------------------------------------------------------------------ plain Python


def by_dict(folder: Path, rows: int | None) -> Task:
    table = task.questions(folder, rows=rows)
    columns = [table[column].to_pylist() for column in table.column_names]
    ends = {
        tuple(row[key] for key in KEYS): tuple(row[end] for end in ENDS) for row in task.thresholds(folder).to_pylist()
    }

    def work() -> list[str]:
        found = []
        for substance, route, matrix, elapsed in zip(*columns, strict=True):
            opens, surely, closing, closed = ends[substance, route, matrix]
            if elapsed >= closed:
                found.append("not_expected")
            elif elapsed < opens:
                found.append("not_yet")
            elif surely <= elapsed < closing:
                found.append("expected")
            else:
                found.append("possible")
        return found

    return Task(work, statuses)


def by_detect(folder: Path, rows: int | None) -> Task:
    book = task.book(folder)
    questions = [
        {**{key: row[key] for key in KEYS}, "since": timedelta(seconds=row["elapsed"])} for row in asked(folder, rows)
    ]
    return Task(lambda: [str(ketref.detect(rules=book, **question).status) for question in questions], statuses)


def by_timeline(folder: Path, rows: int | None) -> Task:
    """The first samples, each with all doses of its subject."""
    book = task.book(folder)
    doses, samples = task.timeline(folder, ("subject", "substance", "route", "start"), ("subject", "matrix", "time"))
    first = samples.slice(0, rows).to_pylist()
    taken: dict[int, list[Row]] = {row["subject"]: [] for row in first}
    substance = doses["substance"][0].as_py()
    for subject, route, start in zip(*(doses[key].to_pylist() for key in ("subject", "route", "start")), strict=True):
        if subject in taken:
            taken[subject].append({"substance": substance, "start": start, "route": route})

    def status(row: Row) -> str:
        timeline = Timeline(book, substance, understood_doses(book, taken[row["subject"]]).rows)
        return timeline.status_of(understand(book, substance, matrix=row["matrix"]), instant(row["time"])).status

    return Task(lambda: [status(row) for row in first], statuses)


# ------------------------------------------------------------------------ engines


def by_zen(folder: Path, rows: int | None) -> Task:
    """A decision table: one row for every stretch of time of each window, the first that matches answers."""
    import zen

    decision = zen.ZenEngine().create_decision(json.dumps(decision_table(folder)))
    questions = asked(folder, rows)
    return Task(lambda: [decision.evaluate(row)["result"]["status"] for row in questions], statuses)


def decision_table(folder: Path) -> Row:
    inputs = [{"id": name, "name": name, "field": name, "type": "expression"} for name in (*KEYS, "elapsed")]
    output = {"id": "status", "name": "status", "field": "status", "type": "expression"}
    rows = [
        {"_id": str(number), **{key: json.dumps(row[key]) for key in KEYS}, "elapsed": span, "status": json.dumps(said)}
        for number, (row, span, said) in enumerate(stretches(folder))
    ]
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": [output], "rules": rows}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def stretches(folder: Path) -> list[tuple[Row, str, str]]:
    """Each window's stretches of time with their status, in the order in which they are to be tried."""
    return [
        stretch
        for row in task.thresholds(folder).to_pylist()
        for stretch in (
            (row, f">= {row['until_latest']}", "not_expected"),
            (row, f"< {row['from_earliest']}", "not_yet"),
            (row, f"[{row['from_latest']}..{row['until_earliest']})", "expected"),
            (row, "", "possible"),
        )
    ]


def by_rule_engine(folder: Path, rows: int | None) -> Task:
    """One rule for every window, tried one after the other; the one that matches has the ends."""
    import rule_engine

    names = {
        **dict.fromkeys(KEYS, rule_engine.DataType.STRING),
        "elapsed": rule_engine.DataType.FLOAT,
    }
    context = rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(names))
    windows = [
        (rule_engine.Rule(" and ".join(f"{key} == {json.dumps(row[key])}" for key in KEYS), context=context), row)
        for row in task.thresholds(folder).to_pylist()
    ]
    questions = asked(folder, rows)
    return Task(partial(by_scanning, windows, questions), statuses)


def by_scanning(windows: list[tuple[Any, Row]], questions: list[Row]) -> list[str]:
    return [status(row, next(window for rule, window in windows if rule.matches(row))) for row in questions]


def status(row: Row, window: Row) -> str:
    if row["elapsed"] >= window["until_latest"]:
        return "not_expected"
    if row["elapsed"] < window["from_earliest"]:
        return "not_yet"
    return "expected" if window["from_latest"] <= row["elapsed"] < window["until_earliest"] else "possible"
