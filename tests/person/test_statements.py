"""Which statements on several results hold of a report, and what is a specimen called?"""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

import ketref
from ketref.book.loading import Book, shipped
from ketref.book.structuring import structure
from ketref.model.interpretations import Interpretation, Interpretations
from ketref.model.times import PLAIN
from ketref.person.report import specimens, understood_report
from ketref.person.statements import Seen, holds, speaks
from ketref.person.validity import validity

EVIDENCE = '[[{}.evidence]]\nsource = "cone1991heroin"\nlocator = "abstract"\n'


def book_with(interpretations: str = "", validity: str = "") -> Book:
    """A book on top of the shipped one, with statements and rules on validity of a test."""
    texts = {
        "edition.toml": 'edition = "1"\nformat = 1\nname = "test"\nextends = "shipped"\n',
        "interpretations.toml": interpretations,
        "validity.toml": validity,
    }
    return Book({name: text.encode() for name, text in texts.items()}, shipped())


def read(text: str) -> Interpretation:
    """The statement of a file."""
    found: Any = structure(tomllib.loads(text), Interpretations)
    assert isinstance(found, Interpretations), found
    return found.interpretation[0]


def shown(answer: Any) -> list[str]:
    """The statements of a test that an answer shows."""
    return [one["id"] for one in answer.statements if "TST" in one["id"]]


def held_by(text: str, rows: list[Any]) -> set[int] | None:
    """By which results a statement holds of the last specimen of a report."""
    book = shipped()
    report = understood_report(book, rows, (), None, PLAIN)
    found = specimens(report.results, report.measures)
    return holds(read(text), Seen(book, found[-1], found[:-1]))


def statement(*conditions: str, name: str = "INT-TST-001", more: str = "") -> str:
    when = "".join(f"[[interpretation.when]]\n{one}\n" for one in conditions)
    return f'[[interpretation]]\nid = "{name}"\nsays = "It holds."\n{more}\n{when}{EVIDENCE.format("interpretation")}'


def row(analyte: str, value: str = "", outcome: str = "positive", time: str = "2026-11-01T08:00Z", **more: Any) -> Any:
    said = {"matrix": "urine", "time": time, "analyte": analyte, "outcome": outcome, "method": "lc-ms-ms", **more}
    return {**said, "value": value} if value else said


def measure(name: str, value: str, time: str = "2026-11-01T08:00Z") -> Any:
    return {"matrix": "urine", "time": time, "analyte": name, "value": value}


def isomer(form: str, value: str = "", **more: Any) -> Any:
    return row(f"{form}-methamphetamine", value, method="chiral-lc-ms-ms", **more)


CREATININE = measure("creatinine", "100 mg/dL")
LATER = "2026-11-02T08:00Z"
AFTER_NEGATIVE = 'analyte = "thc-cooh"\nfound = "absent"\nearlier = ["0 h", "7 d"]'
CASES = [
    ('analyte = "morphine"\nfound = "present"', [row("morphine")], True),
    ('analyte = "morphine"\nfound = "present"', [row("morphine", outcome="negative")], False),
    ('analyte = "morphine"\nfound = "present"', [row("morphine", outcome="QNS")], False),
    ('analyte = "codeine"\nfound = "absent"', [row("morphine"), row("codeine", outcome="negative")], True),
    ('analyte = "codeine"\nfound = "absent"', [row("morphine")], False),
    ('analyte = "codeine"\nfound = "not tested"', [row("morphine")], True),
    ('analyte = "codeine"\nfound = "not tested"', [row("codeine", outcome="negative")], False),
    ('analyte = "morphine"\nabove = "2000 ng/mL"', [row("morphine", "2000 ng/mL")], False),
    ('analyte = "morphine"\nat_least = "2000 ng/mL"', [row("morphine", "2000 ng/mL")], True),
    ('analyte = "morphine"\nabove = "2000 ng/mL"', [row("morphine", ">2000 ng/mL")], False),
    ('analyte = "morphine"\nat_least = "2000 ng/mL"', [row("morphine", ">2000 ng/mL")], True),
    ('analyte = "morphine"\nabove = "2000 ng/mL"', [row("morphine", "2.1 mg/L")], True),
    ('analyte = "morphine"\nabove = "2000 ng/mL"', [row("morphine")], False),
    ('analyte = "morphine"\nbelow = "2000 ng/mL"', [row("morphine", outcome="negative", cutoff="2000 ng/mL")], False),
    (
        'analyte = "morphine"\nover = "codeine"\nabove = 2',
        [row("morphine", "201 ng/mL"), row("codeine", "100 ng/mL")],
        True,
    ),
    (
        'analyte = "morphine"\nover = "codeine"\nabove = 2',
        [row("morphine", "200 ng/mL"), row("codeine", "100 ng/mL")],
        False,
    ),
    ('analyte = "morphine"\nover = "codeine"\nabove = 2', [row("morphine", "200 ng/mL")], False),
    (
        'analyte = "thc-cooh"\nover = "creatinine"\nabove = "15 ng/mg creatinine"',
        [row("thc-cooh", "16 ng/mL"), CREATININE],
        True,
    ),
    (
        'analyte = "thc-cooh"\nover = "creatinine"\nabove = "15 ng/mg creatinine"',
        [row("thc-cooh", "15 ng/mL"), CREATININE],
        False,
    ),
    (
        'analyte = "thc-cooh"\nover = "creatinine"\nabove = "15 ng/mg creatinine"',
        [row("thc-cooh", "16 ng/mg creatinine")],
        True,
    ),
    (
        'analyte = "l-methamphetamine"\namong = ["l-methamphetamine", "d-methamphetamine"]\nabove = 0.8',
        [isomer("l", "90 ng/mL"), isomer("d", "10 ng/mL")],
        True,
    ),
    (
        'analyte = "l-methamphetamine"\namong = ["l-methamphetamine", "d-methamphetamine"]\nabove = 0.8',
        [isomer("l", "80 ng/mL"), isomer("d", "20 ng/mL")],
        False,
    ),
    (
        'analyte = "l-methamphetamine"\namong = ["l-methamphetamine", "d-methamphetamine"]\nabove = 0.8',
        [isomer("l", "90 ng/mL"), isomer("d", outcome="negative", cutoff="10 ng/mL")],
        True,
    ),
    (
        'analyte = "thc-cooh"\nearlier = ["1 h", "24 h"]\nabove = 1.5',
        [row("thc-cooh", "20 ng/mL"), row("thc-cooh", "31 ng/mL", time=LATER)],
        True,
    ),
    (
        'analyte = "thc-cooh"\nearlier = ["1 h", "23 h"]\nabove = 1.5',
        [row("thc-cooh", "20 ng/mL"), row("thc-cooh", "31 ng/mL", time=LATER)],
        False,
    ),
    (AFTER_NEGATIVE, [row("thc-cooh", outcome="negative"), row("thc-cooh", time=LATER)], True),
    (AFTER_NEGATIVE, [row("thc-cooh"), row("thc-cooh", time=LATER)], False),
    (AFTER_NEGATIVE, [row("thc-cooh", outcome="negative")], False),
    (AFTER_NEGATIVE, [row("thc-cooh", outcome="negative"), row("thc-cooh", time="2026-11-09T08:00Z")], False),
    (AFTER_NEGATIVE, [row("morphine"), row("thc-cooh", time=LATER)], False),
    ('analyte = "morphine"\nfound = "present"\nmethod = ["lc-ms"]', [row("morphine")], True),
    (
        'analyte = "morphine"\nfound = "present"\nmethod = ["lc-ms"]',
        [row("morphine", method="immunoassay")],
        False,
    ),
    ('analyte = "specific-gravity"\nbelow = 1.003', [row("morphine"), measure("specific gravity", "1.0029")], True),
    ('analyte = "specific-gravity"\nbelow = 1.003', [row("morphine"), measure("SG", "1.003")], False),
]


@pytest.mark.parametrize(("condition", "rows", "held"), CASES)
def test_a_condition_holds_where_what_was_measured_says_so(condition: str, rows: list[Any], held: bool) -> None:
    assert (held_by(statement(condition), rows) is not None) is held


def test_all_conditions_hold_of_one_specimen() -> None:
    both = statement('analyte = "morphine"\nfound = "present"', 'analyte = "codeine"\nfound = "present"')
    assert held_by(both, [row("morphine"), row("codeine")]) == {1, 2}
    assert held_by(both, [row("morphine"), row("codeine", time=LATER)]) is None


@pytest.mark.parametrize(("hydromorphone", "held"), [("99 ng/mL", True), ("100 ng/mL", False), ("", True)])
def test_a_statement_is_not_shown_where_what_it_excepts_holds(hydromorphone: str, held: bool) -> None:
    text = statement('analyte = "hydromorphone"\nfound = "present"').replace(
        "[[interpretation.evidence]]",
        '[[interpretation.unless]]\nanalyte = "hydromorphone"\nover = "morphine"\nat_least = 1\n'
        "[[interpretation.evidence]]",
    )
    assert (held_by(text, [row("hydromorphone", hydromorphone), row("morphine", "100 ng/mL")]) is not None) is held


def test_a_statement_names_the_results_by_which_it_holds_and_no_others() -> None:
    rows = [row("morphine", outcome="negative", cutoff="300 ng/mL"), row("morphine", cutoff="25 ng/mL")]
    assert held_by(statement('analyte = "morphine"\nfound = "present"'), rows) == {2}
    after = statement('analyte = "thc-cooh"\nfound = "present"', AFTER_NEGATIVE)
    assert held_by(after, [row("thc-cooh", outcome="negative"), row("thc-cooh", time=LATER)]) == {1, 2}


def test_a_confirmation_stands_before_a_screen_of_the_same_analyte() -> None:
    rows = [row("morphine", method="immunoassay"), row("morphine", outcome="negative")]
    assert held_by(statement('analyte = "morphine"\nfound = "present"'), rows) is None


@pytest.mark.parametrize(
    ("more", "declared", "pattern", "speaking"),
    [
        ('matrix = ["hair"]', (), "unknown", False),
        ('matrix = ["urine"]', (), "unknown", True),
        ('declared = ["codeine"]', (), "unknown", False),
        ('declared = ["codeine"]', ("codeine",), "unknown", True),
        ('undeclared = ["codeine"]', (), "unknown", True),
        ('undeclared = ["codeine"]', ("codeine",), "unknown", False),
        ('pattern = ["chronic"]', (), "single", False),
        ('pattern = ["chronic"]', (), "chronic", True),
        ('pattern = ["chronic"]', (), "unknown", True),
    ],
)
def test_a_statement_is_on_some_specimens_some_use_and_what_is_declared(
    more: str, declared: tuple[str, ...], pattern: str, speaking: bool
) -> None:
    report = understood_report(shipped(), [row("morphine")], (), None, PLAIN)
    (specimen,) = specimens(report.results, ())
    one = read(statement('analyte = "morphine"\nfound = "present"', more=more))
    assert speaks(shipped(), one, specimen, declared, pattern) is speaking


def test_a_statement_against_a_substance_stands_there_and_decides_nothing() -> None:
    text = statement('analyte = "morphine"\nfound = "present"', more='against = ["codeine"]')
    told, plain = (ketref.interpret([row("morphine")], rules=book_with(one)) for one in (text, ""))
    (codeine,) = [one for one in told.results[0]["explained_by"] if one["substance"] == "codeine"]
    assert "INT-TST-001" in [one["statement"] for one in codeine["against"]]
    assert [one["substances"] for one in told.sets] == [one["substances"] for one in plain.sets]


def test_statements_that_contradict_each_other_are_both_shown() -> None:
    present = 'analyte = "morphine"\nfound = "present"'
    both = statement(present, more='contradicts = ["INT-TST-002"]') + statement(
        present, name="INT-TST-002", more='contradicts = ["INT-TST-001"]'
    )
    answer = ketref.interpret([row("morphine")], rules=book_with(both))
    assert shown(answer) == ["INT-TST-001", "INT-TST-002"]
    assert [one["contradicts"] for one in answer.statements[:2]] == [["INT-TST-002"], ["INT-TST-001"]]
    assert any("INT-TST-002" in note for note in answer.notes)


# ------------------------------------------------------------------------ what a file may not say


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (statement('analyte = "morphin"\nfound = "present"'), "unknown analyte"),
        (statement('analyte = "morphine"'), "`found` or has limits"),
        (statement('analyte = "morphine"\nfound = "present"\nabove = 1'), "`found` or has limits"),
        (statement('analyte = "morphine"\nabove = 2'), "2"),
        (statement('analyte = "morphine"\nover = "codeine"\nabove = "2 ng/mL"'), "plain number"),
        (statement('analyte = "morphine"\nabove = "9 ng/mL"\nbelow = "8 ng/mL"'), "more than"),
        (statement('analyte = "morphine"\nover = "ph"\nabove = 2'), "divided by"),
        (statement('analyte = "morphine"\nfound = "present"', more='supports = ["morphin"]'), "no substance"),
        (statement('analyte = "morphine"\nfound = "present"', more='contradicts = ["INT-TST-009"]'), "no statement"),
        (statement(), "`when` is missing"),
    ],
)
def test_what_a_file_says_amiss_is_found(text: str, said: str) -> None:
    found = [f"{finding.message} {finding.hint}" for finding in book_with(text).findings()]
    assert any(said in one for one in found), found


# ------------------------------------------------------------------------ validity

DILUTE = (
    '[[validity]]\nid = "VAL-TST"\nby = "HHS"\nmatrix = "urine"\nverdict = "dilute"\nsays = "It is dilute."\n'
    'negatives = "A negative excludes nothing."\n'
    '[[validity.when]]\nmeasure = "creatinine"\nat_least = "2 mg/dL"\nbelow = "20 mg/dL"\n'
    '[[validity.when]]\nmeasure = "specific-gravity"\nabove = 1.001\nbelow = 1.003\n' + EVIDENCE.format("validity")
)


@pytest.mark.parametrize(
    ("creatinine", "gravity", "called"),
    [
        ("15 mg/dL", "1.002", ["dilute"]),
        ("150 mg/L", "1.002", ["dilute"]),
        ("2 mg/dL", "1.002", ["dilute"]),
        ("20 mg/dL", "1.002", []),
        ("15 mg/dL", "1.003", []),
        ("<20 mg/dL", "1.002", []),
    ],
)
def test_a_specimen_is_called_what_all_conditions_say(creatinine: str, gravity: str, called: list[str]) -> None:
    rows = [row("morphine"), measure("creatinine", creatinine), measure("specific gravity", gravity)]
    report = understood_report(shipped(), rows, (), None, PLAIN)
    found = validity(book_with(validity=DILUTE), specimens(report.results, report.measures))
    assert [one.rule.verdict for one in found if one.rule.id == "VAL-TST"] == called


def test_a_negative_of_a_dilute_specimen_excludes_nothing_and_a_positive_stays() -> None:
    rows = [row("morphine"), row("codeine", outcome="negative"), measure("creatinine", "15 mg/dL")]
    spoilt = ketref.interpret([*rows, measure("SG", "1.002")], rules=book_with(validity=DILUTE))
    assert [one["verdict"] for one in spoilt.results] == ["possible", "says_nothing"]
    absent = statement('analyte = "codeine"\nfound = "absent"')
    book = book_with(absent, DILUTE)
    assert shown(ketref.interpret(rows, rules=book))
    assert shown(ketref.interpret([*rows, measure("SG", "1.002")], rules=book)) == ["INT-TST-001"]  # as reported


def test_a_unit_that_a_measure_does_not_have_is_refused() -> None:
    with pytest.raises(ketref.UsageError, match="is not a unit of creatinine"):
        ketref.interpret([row("morphine"), measure("creatinine", "9 mol/furlong")])
