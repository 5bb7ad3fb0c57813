"""Which declared drugs are known to make a screen for something else positive?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref.book.loading import Book, shipped
from ketref.person.cross_reactants import known_causes
from support.small import small_book

SCREEN = {"matrix": "urine", "time": "2026-03-05T22:00Z", "outcome": "positive", "method": "immunoassay"}
SINCE = "2026-03-01T00:00Z"


def asked(test: str, taken: str, **said: Any) -> tuple[dict[str, Any], str]:
    """The result as `infer` has it, and the verdict that `evaluate` gives of the same."""
    doses = [{"substance": taken, "start": said.pop("start", "2026-03-05T10:00Z")}]
    doses.append({"substance": "placebo", "start": SINCE})
    result = {**SCREEN, "test": test, **said}
    (found,) = ketref.infer([result], doses=doses, known_since="1990-01-01T00:00Z").to_dict()["results"]
    many = ketref.evaluate(
        {name: [dose[name] for dose in doses] for name in doses[0]} | {"subject": [1, 1]},
        {name: [value] for name, value in {**result, "subject": 1}.items()},
        ["verdict"],
        notes=lambda text: None,
        known_since="1990-01-01T00:00Z",
    )
    return dict(found), many["verdict"][0]


@pytest.mark.parametrize(
    ("test", "taken", "rules"),
    [
        ("phencyclidine", "dextromethorphan", {"REA-119", "REA-122"}),
        ("phencyclidine", "tramadol", {"REA-095", "REA-096", "REA-118"}),
        ("amphetamines", "bupropion", {"REA-001", "REA-002"}),
        ("amphetamine", "bupropion", {"REA-001", "REA-002"}),
        ("methadone", "diphenhydramine", {"REA-085"}),
        ("opiates", "levofloxacin", {"REA-078", "REA-082"}),
    ],
)
def test_a_known_cause_that_was_declared_is_named_and_a_screen_is_possible(
    test: str, taken: str, rules: set[str]
) -> None:
    found, many = asked(test, taken)
    (one,) = found["cross_reactants"]
    assert (one["name"], one["dose"], {said["id"] for said in one["says"]}) == (taken, 1, rules)
    assert all(said["sources"] for said in one["says"])
    assert found["verdict"] == many == "possible"
    assert taken in found["says"]
    assert min(rules) in found["says"]


@pytest.mark.parametrize(
    ("test", "taken", "said"),
    [
        ("phencyclidine", "dextromethorphan", {"method": "gc-ms"}),
        ("phencyclidine", "bupropion", {}),
        ("phencyclidine", "dextromethorphan", {"start": "2026-03-06T10:00Z"}),
        ("phencyclidine", "dextromethorphan", {"outcome": "negative"}),
        ("phencyclidine", "dextromethorphan", {"matrix": "hair"}),
    ],
)
def test_no_cause_is_named_of_what_identifies_of_another_screen_or_of_a_later_dose(
    test: str, taken: str, said: dict[str, Any]
) -> None:
    found, many = asked(test, taken, **said)
    assert found["cross_reactants"] == []
    assert found["verdict"] == many
    assert "false positives in such screens" not in str(found["says"])


TERMS = """
[[matrix]]
id = "urine"
concentration = "ng/mL"
[[analyte]]
id = "any"
[[analyte]]
id = "xam"
[[analyte]]
id = "yan"
[[method]]
id = "immunoassay"
[[method]]
id = "gc-ms"
identifies = true
[[route]]
id = "oral"
[[pattern]]
id = "single"
[[pattern]]
id = "unknown"
[[outcome]]
id = "positive"
[[outcome]]
id = "negative"
[[dose_status]]
id = "given"
[[dose_status]]
id = "not-given"
"""
REACTIVITIES = """
[[reactivity]]
id = "T-R1"
assay = "kit"
tests = "xam"
cause = "yan, other"
of = ["yan", "other"]
result = "false positive"
says = "Written by a test."
[[reactivity.evidence]]
source = "book"
locator = "p. 1"
"""


@pytest.fixture(scope="module")
def book() -> Book:
    drugs = '[[drug]]\nid = "other"\n[[drug]]\nid = "another"\n'
    yields = {name: [name] for name in ("xam", "yan")}
    return small_book(TERMS, yields, {"reactivities.toml": REACTIVITIES, "drugs.toml": drugs})


@pytest.mark.parametrize(
    ("taken", "said", "verdict"),
    [
        ("yan", {}, "possible"),
        ("other", {}, "possible"),
        ("another", {}, "not_explained"),
        ("yan", {"method": "gc-ms"}, "not_explained"),
        ("yan", {"start": "2026-03-06T10:00Z"}, "not_explained"),
        ("other", {"start": "2026-03-06T10:00Z"}, "not_explained"),
        ("other", {"status": "not-given"}, "not_explained"),
        ("yan", {"outcome": "negative"}, "explained"),
        ("yan", {"value": "5 ng/mL", "cutoff": "1 ng/mL"}, "possible"),
        ("yan", {"method": None}, "possible"),
    ],
)
def test_what_no_rule_explains_is_not_explained_but_for_a_known_cause(
    book: Book, taken: str, said: dict[str, Any], verdict: str
) -> None:
    of_dose = {"start": said.pop("start", "2026-03-05T10:00Z"), "status": said.pop("status", "given")}
    doses = [{"substance": "yan", "start": "2020-03-05T10:00Z", "status": "not-given"}, {"substance": taken, **of_dose}]
    result = {name: value for name, value in {**SCREEN, "test": "xam", **said}.items() if value is not None}
    since = "2020-01-01T00:00Z"
    (found,) = ketref.infer([result], doses=doses, known_since=since, rules=book).results
    many = ketref.evaluate(
        {"subject": [1, 1]} | {name: [dose[name] for dose in doses] for name in doses[0]},
        {name: [value] for name, value in {**result, "subject": 1}.items()},
        ["verdict"],
        known_since=since,
        notes=lambda text: None,
        rules=book,
    )
    assert (found["verdict"], many["verdict"][0]) == (verdict, verdict)
    assert bool(found["cross_reactants"]) == ("named as a cause" in str(found["says"])) == (verdict == "possible")


def test_causes_are_words_of_the_book() -> None:
    causes = known_causes(shipped(), "phencyclidine", "urine", "immunoassay")
    book = shipped()
    assert {"dextromethorphan", "venlafaxine", "tramadol"} <= {*causes}
    known = {*book.folders, *book.drugs.terms, *book.vocabularies["analyte"].terms}
    assert {*causes} <= known
    assert not known_causes(book, "phencyclidine", "urine", "gc-ms")
