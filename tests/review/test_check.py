"""Does a book contradict itself, or its golden cases, when it is asked?"""

from __future__ import annotations

from functools import partial
from itertools import product
from math import log

import pytest

import ketref
from ketref.book import loading
from ketref.book.loading import load_texts
from ketref.book.rule_validation import MOST_COMBINATIONS
from ketref.engine import conditions, index, table
from ketref.review import check
from support.faults import SOUND, Fault, rule, rules_of

URINE = 'matrix = "urine", analyte = "any"'
ORAL = f'{URINE}, route = "oral"'


def until(name, when, value, **more):
    return rule(name, when, {"detectable_until": value}, **more)


def pair(code, at_fault, *rules, kind="window"):
    """These two rules, one of which is found at fault."""
    file = f"{kind}s.toml"
    return Fault(code, file, SOUND[f"xamine/{file}"], "".join(rules), f'[[{kind}]]\nid = "{at_fault}"')


FAULTS = [
    pair(
        "contradicting-rules",
        "A",
        until("A", URINE, '{ latest = "1 d" }'),
        until("B", f'{URINE}, route = "oral"', '{ earliest = "2 d" }'),
    ),
    pair(
        "contradicting-rules",
        "B",
        rule("A", URINE, {"detectable_from": '{ latest = "5 h" }'}),
        rule("B", ORAL, {"detectable_until": '{ latest = "4 h" }'}),
    ),
    pair(
        "contradicting-rules",  # one counts from the start, one from the end of the drip
        "B",
        rule("A", 'route = "intravenous"', {"offset": '{ latest = "2 h" }'}, kind="phase"),
        rule(
            "B",
            'route = "intravenous-infusion"',
            {"after_effects": '{ latest = "1 h" }'},
            'from_end = "after_effects"\n',
            kind="phase",
        ),
        kind="phase",
    ),
    pair(
        "cutoff-order",
        "A",
        until("A", f'{URINE}, method = "lc-ms", cutoff = "1 ng/mL"', '{ latest = "2 d" }'),
        until("B", f'{URINE}, method = "lc-ms", cutoff = "50 ng/mL"', '{ latest = "3 d" }'),
    ),
    pair(
        "both-govern",
        "A",
        until("A", ORAL, '{ latest = "2 d" }'),
        until("B", f'{URINE}, method = "lc-ms"', '{ latest = "3 d" }'),
    ),
    Fault("case-fails", "cases.toml", '["expected"]', '["not_expected"]', "[[case]]"),
    Fault("case-fails", "cases.toml", '["X-W1"]', '["X-W2"]', "[[case]]"),
    Fault("case-fails", "cases.toml", '["study"]', '["study", "page"]\ndisagree = true', "[[case]]"),
    Fault("case-fails", "cases.toml", '"12 h"', '"12 months"', "[[case]]"),
]


def without_cases(fault):
    texts = fault.texts
    if fault.code != "case-fails":
        del texts["xamine/cases.toml"]
    return texts


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_only_asking_shows_is_found(fault, findings):
    found = findings(without_cases(fault))
    assert [(f.file, f.line, f.code) for f in found] == [fault.place]


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.code != "case-fails"], ids=str)
def test_a_finding_about_two_rules_names_both(fault, findings):
    (finding,) = findings(without_cases(fault))
    assert set(finding.rules) == {"A", "B"}
    assert {"`A`", "`B`"} <= set(finding.message.replace(",", "").replace(":", "").split())


def test_that_both_govern_is_a_warning_and_the_rest_are_errors(findings):
    levels = {fault.code: findings(without_cases(fault))[0].level for fault in FAULTS}
    assert [code for code, level in levels.items() if level != "error"] == ["both-govern"]


def test_where_both_govern_the_answer_spans_them_and_names_both():
    book = load_texts(
        rules_of(
            until("A", ORAL, '["1 d", "2 d"]'),
            until("B", f'{URINE}, method = "lc-ms"', '["2 d", "3 d"]'),
        )
    )
    answer = ketref.detect("xamine", matrix="urine", route="oral", method="lc-ms", since="36 h", rules=book)
    assert str(answer.detectable_until) == "1 d to 3 d"
    both = ["detectable_until.earliest", "detectable_until.latest"]
    assert {rule["id"]: rule["ends"] for rule in answer.rules} == {"A": both, "B": both}


def test_two_rules_that_give_an_end_alike_are_no_matter(findings):
    other = f'{URINE}, method = "lc-ms"'
    assert findings(rules_of(until("A", ORAL, '{ latest = "3 d" }'), until("B", other, '{ latest = "3 d" }'))) == []


def test_rules_that_contradict_each_other_do_not_answer():
    book = load_texts(rules_of(until("A", URINE, '{ latest = "1 d" }'), until("B", ORAL, '{ earliest = "2 d" }')))
    with pytest.raises(ketref.RulesError, match="contradicting-rules"):
        ketref.detect("xamine", matrix="urine", route="oral", since="36 h", rules=book)
    assert ketref.detect("xamine", matrix="urine", since="36 h", rules=book).status == "not_expected"


@pytest.mark.parametrize(
    ("first", "last", "more"),
    [
        ('{ latest = "1 d" }', '{ earliest = "2 d" }', ""),
        ('{ earliest = "1 d" }', '{ earliest = "2 d" }', 'from_end = "detectable_until"\n'),
    ],
    ids=["out of order", "on two clocks"],
)
def test_a_contradiction_that_a_question_meets_has_the_line_at_which_check_finds_it(first, last, more):
    texts = rules_of(
        until("Z", f'{URINE}, route = "intravenous"', '{ latest = "9 d" }'),
        until("B", ORAL, first),
        rule("A", f'{URINE}, method = "lc-ms"', {"detectable_until": last}, more),
    )
    book = load_texts(texts)
    with pytest.raises(ketref.RulesError) as met:
        ketref.detect("xamine", matrix="urine", route="oral", method="lc-ms", rules=book)
    (finding,) = met.value.findings
    assert finding in ketref.check_findings(book)
    below = texts[finding.file].splitlines()[finding.line]
    assert below == f'id = "{finding.message.split("`")[1]}"'


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [(URINE, ORAL), (f'{URINE}, route = "intravenous"', f'{URINE}, route = "intravenous-infusion"')],
)
def test_the_order_of_the_rules_does_not_change_what_is_found(broad, narrow, findings):
    rules = [until("A", broad, '{ latest = "1 d" }'), until("B", narrow, '{ earliest = "2 d" }')]
    one, other = (findings(rules_of(*order)) for order in (rules, rules[::-1]))
    assert [f.message for f in one] == [f.message for f in other] != []


@pytest.mark.parametrize(("least", "found"), [("50 mg", ["contradicting-rules"]), ("51 mg", [])])
def test_ranges_of_doses_meet_where_they_share_a_dose(least, found, findings):
    texts = rules_of(
        until("A", URINE, '{ latest = "9 d" }'),
        until("B", f'{URINE}, dose = {{ max = "50 mg" }}', '{ earliest = "2 d" }'),
        until("C", f'{URINE}, dose = {{ min = "{least}" }}', '{ latest = "1 d" }'),
    )
    assert [f.code for f in findings(texts)] == found


def routes(count):
    return "".join(f'\n[[route]]\nid = "r{n}"\n' for n in range(count))


def listed(count):
    return ", ".join(f'"r{n}"' for n in range(count))


def test_rules_may_list_as_many_terms_as_a_rule_may_have(findings):
    texts = rules_of(
        until("A", f"{URINE}, route = [{listed(MOST_COMBINATIONS)}]", '{ latest = "5 d" }'),
        until("B", f'{URINE}, method = "lc-ms", route = [{listed(MOST_COMBINATIONS)}]', '{ latest = "6 d" }'),
    )
    texts["terms.toml"] += routes(MOST_COMBINATIONS)
    assert findings(texts) == []


# ---------------------------------------------------------------- how much is asked


def test_what_the_text_of_a_folder_shows_is_looked_for_once(folder, monkeypatch):
    looked = []
    monkeypatch.setattr(loading.Book, "findings", lambda book: looked.append(book) or [])
    check.check_folder(folder(SOUND))
    assert len(looked) == 1


def by_cutoff(count):
    """A whole panel, each rule with a cutoff of its own."""
    return rules_of(
        *(
            until(f"A{n}", f'{URINE}, cutoff = "{n + 1} ng/mL"', f'["{9 * count - 2 * n} h", "{9 * count - n} h"]')
            for n in range(count)
        )
    )


def by_dose(count, open_ended=False):
    """Ranges beside each other, or each within all those before it."""
    highest = "" if open_ended else ', max = "{n}.5 mg"'
    return rules_of(
        until("A", URINE, '["1 h", "2 h"]'),
        *(
            until(f"B{n}", f'{URINE}, dose = {{ min = "{n} mg"{highest.format(n=n)} }}', f'["{2 * n} h", "{3 * n} h"]')
            for n in range(1, count)
        ),
    )


def by_test(count):
    """A rule for each route in each of two specimens, by each of two methods."""
    places = list(product(("urine", "hair"), ("gc-ms", "lc-ms"), range(count // 4)))
    texts = rules_of(
        *(
            until(
                f"A{i}", f'matrix = "{m}", analyte = "any", method = "{how}", route = "r{n}"', f'["{i} h", "{2 * i} h"]'
            )
            for i, (m, how, n) in enumerate(places, 1)
        )
    )
    texts["terms.toml"] += '\n[[method]]\nid = "gc-ms"\n' + routes(count // 4)
    return texts


@pytest.fixture
def operations(monkeypatch):
    """How often rules are compared with each other or with a question in a check, and how many questions are asked."""
    counted = []

    def count(function):
        def counting(*arguments, **more):
            counted.append(function.__name__)
            return function(*arguments, **more)

        return counting

    for module in (conditions, index, table):
        for name in ("matches", "within", "narrower"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, count(getattr(module, name)))
    monkeypatch.setattr(table.Table, "row", count(table.Table.row))
    monkeypatch.setattr(index.Group, "nearest", count(index.Group.nearest))
    monkeypatch.setattr(index.Group, "holds", count(index.Group.holds))

    def of(texts):
        counted.clear()
        assert ketref.check_findings(load_texts(texts)) != []  # they were asked
        return len(counted)

    return of


@pytest.mark.parametrize(
    "rules", [by_cutoff, by_dose, partial(by_dose, open_ended=True), by_test], ids=["cutoff", "dose", "nested", "test"]
)
def test_four_times_the_rules_are_little_more_than_four_times_the_work(rules, operations):
    few, many = operations(rules(100)), operations(rules(400))
    assert many < 4 * few * log(400) / log(100)
