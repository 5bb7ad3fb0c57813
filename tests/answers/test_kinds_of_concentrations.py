"""Is a question at a cutoff of one kind answered by no rule, and no source, at a cutoff of another?"""

from __future__ import annotations

import pytest

import ketref
from ketref import UsageError
from ketref.book.loading import load_texts
from support.faults import TERMS, rule, rules_of

TEST = 'matrix = "urine", analyte = "any"'
KINDS = TERMS.replace('concentration = "ng/mL"\n', 'concentration = "ng/mL"\nalso = ["ng/mg creatinine"]\n', 1)
KINDS += '\n[[outcome]]\nid = "positive"\n'
NOW = "2026-03-03T10:00Z"
DOSE = {"substance": "xamine", "start": "2026-03-01T10:00Z"}  # two days before


def book_of(*windows):
    return load_texts({**rules_of(*windows), "terms.toml": KINDS})


BY_VOLUME, BY_CREATININE = "300 ng/mL", "300 ng/mg creatinine"


def until(name, cutoff, ends):
    """A window at a cutoff that is open from the first hour on and until these ends."""
    return rule(name, f'{TEST}, cutoff = "{cutoff}"', {"detectable_from": '["0 s", "1 h"]', "detectable_until": ends})


BOOK = book_of(until("X-1", BY_VOLUME, '["1 h", "1 d"]'), until("X-2", BY_CREATININE, '["4 d", "9 d"]'))


@pytest.mark.parametrize(
    ("cutoff", "status", "rules"),
    [
        (BY_VOLUME, "not_expected", ["X-1"]),
        (BY_CREATININE, "expected", ["X-2"]),
        ("300 ug/g creatinine", "expected", ["X-2"]),
        ("0.3 mg/g creatinine", "expected", ["X-2"]),
        ("0.3 ug/mL", "not_expected", ["X-1"]),
    ],
)
def test_a_cutoff_is_answered_by_rules_of_its_kind(cutoff, status, rules):
    answer = ketref.detect("xamine", matrix="urine", cutoff=cutoff, since="2 d", rules=BOOK)
    assert (answer.status, [found["id"] for found in answer.rules]) == (status, rules)


@pytest.mark.parametrize(("cutoff", "told"), [(BY_VOLUME, False), (BY_CREATININE, True), (None, False)])
def test_an_answer_says_that_its_kind_is_not_the_usual_one(cutoff, told):
    answer = ketref.detect("xamine", matrix="urine", cutoff=cutoff, since="2 d", rules=BOOK)
    says = "ng/mg creatinine does not compare with ng/mL: rules at cutoffs in ng/mL do not answer"
    assert (says in answer.assumes, says in " ".join(answer.text(full=True).split())) == (told, told)


def test_where_all_rules_are_of_another_kind_nothing_is_known():
    book = book_of(rule("X-1", f'{TEST}, cutoff = "300 ng/mL"', {"detectable_until": '["1 h", "1 d"]'}))
    assert ketref.detect("xamine", matrix="urine", cutoff=BY_CREATININE, since="2 d", rules=book).status == "unknown"


def test_a_source_of_another_kind_speaks_of_other_conditions():
    more = (
        '[[window.evidence]]\nsource = "page"\nlocator = "page 2"\nwhen = { cutoff = "300 ng/mg creatinine" }\n'
        'reports = { detectable_until = ["1 h", "1 d"] }\n'
    )
    book = book_of(rule("X-1", f'{TEST}, cutoff = "300 ng/mL"', {"detectable_until": '["1 h", "2 d"]'}) + more)
    answer = ketref.detect("xamine", matrix="urine", cutoff=BY_VOLUME, since="36 h", rules=book)
    assert [(form["applies"], form["status"]) for form in answer.evidence if form["source"] == "page"] == [
        (False, None)
    ]
    assert not answer.sources_disagree


@pytest.mark.parametrize(("cutoff", "status"), [(BY_VOLUME, "not_expected"), (BY_CREATININE, "expected")])
def test_a_history_and_an_inference_keep_kinds_apart(cutoff, status):
    (test,) = ketref.history([DOSE], at=NOW, matrix="urine", cutoff=cutoff, rules=BOOK).tests
    assert test["status"] == status
    result = {"matrix": "urine", "time": NOW, "outcome": "positive", "cutoff": cutoff}
    (found,) = ketref.infer([result], doses=[DOSE], pattern="single", known_since="2026-01-01Z", rules=BOOK).results
    assert found["verdict"] == {"expected": "explained", "not_expected": "not_explained"}[status]


def test_a_table_keeps_kinds_apart():
    pytest.importorskip("numpy")
    cutoffs = [BY_VOLUME, BY_CREATININE, BY_VOLUME]
    table = {"substance": ["xamine"] * 3, "matrix": ["urine"] * 3, "cutoff": cutoffs, "since": ["2 d"] * 3}
    answered = ketref.detect_many(table, rules=BOOK)
    assert [str(status) for status in answered["status"]] == ["not_expected", "expected", "not_expected"]


def test_records_of_many_keep_kinds_apart():
    pytest.importorskip("numpy")
    doses = {"subject": ["a", "b"], "substance": ["xamine"] * 2, "start": [DOSE["start"]] * 2}
    samples = {"subject": ["a", "b"], "matrix": ["urine"] * 2, "time": [NOW] * 2, "cutoff": [BY_VOLUME, BY_CREATININE]}
    answered = ketref.evaluate(doses, samples, rules=BOOK)
    assert [str(status) for status in answered["status"]] == ["not_expected", "expected"]


@pytest.mark.parametrize("cutoff", ["300 ng/pad", "300 ng/zz"])
def test_a_unit_of_no_kind_of_the_specimen_gets_those_that_are(cutoff):
    with pytest.raises(UsageError) as refusal:
        ketref.detect("xamine", matrix="urine", cutoff=cutoff, since="2 d", rules=BOOK)
    assert refusal.value.hint.endswith("these are of 2 kinds that do not compare: ng/mL, ng/mg creatinine")


WEEK = """
[[window]]
id = "T-W1"
confidence = "low"
reviewed = 2026-01-01
when = {{ matrix = "urine", analyte = ["any", "ketamine"] }}
detectable_from = ["1 h", "2 h"]
detectable_until = ["1 d", "7 d"]
{evidence}
"""
ENTRY = """
[[window.evidence]]
source = "{source}"
locator = "p. 1"
figure = "see there"
says = "Written by a test."
when = {{ {when} }}
reports = {{ detectable_from = ["1 h", "2 h"], detectable_until = ["1 d", "{end}"] }}
"""


@pytest.mark.parametrize(
    ("entries", "excluded_from"),
    [
        ([('cutoff = "300 ng/mL"', "7 d")], 300),
        ([('cutoff = "300 ng/mL"', "7 d"), ('cutoff = "50 ng/mL"', "5 d")], 50),
        ([('cutoff = "300 ng/mL"', "7 d"), ("", "5 d")], 300),
        ([('cutoff = "300 ng/mL"', "7 d"), ("", "7 d")], 0),
        ([("", "7 d")], 0),
    ],
)
def test_what_was_measured_at_a_cutoff_excludes_nothing_below_it(
    entries: list[tuple[str, str]], excluded_from: int
) -> None:
    """Regression: a week at 300 ng/mL of a rule that names no cutoff excluded a positive at 50 ng/mL."""
    sources = ("mayo-ketau", "psilolab-2023")
    said = [ENTRY.format(source=source, when=w, end=end) for source, (w, end) in zip(sources, entries, strict=False)]
    files = {
        "edition.toml": 'edition = "1"\nformat = 1\nname = "ours"\nextends = "shipped"\n',
        "ours/substance.toml": 'id = "ours"\nname = "ours"\nyields = ["ketamine"]\n',
        "ours/windows.toml": WEEK.format(evidence="".join(said)),
    }
    book = load_texts(files)
    many = {"substance": "ours", "matrix": "urine", "since": "8 d"}
    cutoffs = (300, 49, 1, 1000, 50, 299)
    texts = [f"{cutoff} ng/mL" for cutoff in cutoffs]
    alone = [ketref.detect("ours", matrix="urine", since="8 d", cutoff=text, rules=book).status for text in texts]
    assert [status == "not_expected" for status in alone] == [cutoff >= excluded_from for cutoff in cutoffs]
    assert set(alone) <= {"not_expected", "possible", "unknown"}
    assert ketref.detect("ours", matrix="urine", since="8 d", rules=book).status == "not_expected"
    found = ketref.detect_many({**many, "cutoff": texts}, ("status",), rules=book)
    assert found["status"].tolist() == alone
