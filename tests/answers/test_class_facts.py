"""Is what is said of a class shown where nothing better speaks, and does it govern nothing?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.loading import load_texts
from support.faults import SOUND, TERMS, rule, rules_of

CLASS = '[[analyte]]\nid = "xamines"\nmembers = ["xam"]\n\n'


def fact(name, of, more=""):
    return (
        f'[[fact]]\nid = "{name}"\nof = "{of}"\n{more}figure = "1 wk"\nsays = "All of these for a week."\n\n'
        f'[[fact.evidence]]\nsource = "page"\nlocator = "page 3"\n\n'
    )


def book_with(*facts):
    files = {"terms.toml": TERMS.replace('[[analyte]]\nid = "xam"', CLASS + '[[analyte]]\nid = "xam"')}
    window = rule("X-1", 'matrix = "urine", analyte = "any"', {"detectable_until": '["1 d", "3 d"]'})
    return load_texts({**rules_of(window), **files, "classes.toml": "".join(facts)})


def ask(book, **said):
    return ketref.detect("xamine", **{"matrix": "hair", "since": "2 d", **said}, rules=book)


def shown(answer):
    return [form["id"] for form in answer.class_facts]


LISTED = fact("C-1", "drugs-of-abuse", 'substances = ["xamine"]\n')
MEMBER = fact("C-2", "xamines")
OTHER = fact("C-3", "others")


def test_where_no_rule_answers_every_class_of_the_substance_speaks():
    answer = ask(book_with(LISTED, MEMBER, OTHER))
    assert (answer.status, shown(answer)) == ("unknown", ["C-1", "C-2"])
    text = " ".join(answer.text(full=True).split())
    assert "Of drugs of abuse as a class, not of this drug: 1 wk. All of these for a week. [page D, page 3]" in text
    assert "Of xamines as a class, not of this drug:" in text
    assert answer.to_dict()["class_facts"] == answer.class_facts


def test_where_a_rule_answers_no_class_speaks():
    answer = ask(book_with(LISTED, MEMBER), matrix="urine")
    assert (answer.status, shown(answer), "as a class" in str(answer)) == ("possible", [], False)


def test_a_class_that_is_asked_about_speaks_and_the_others_do_not():
    window = rule("X-1", 'matrix = "urine", analyte = "xamines"', {"detectable_until": '["1 d", "3 d"]'})
    texts = {**rules_of(window), "classes.toml": LISTED + MEMBER}
    texts["terms.toml"] = TERMS.replace('[[analyte]]\nid = "xam"', CLASS + '[[analyte]]\nid = "xam"')
    answer = ask(load_texts(texts), matrix="urine", analyte="xamines")
    assert (answer.status, shown(answer)) == ("possible", ["C-2"])


@pytest.mark.parametrize(
    ("more", "said", "speaks"),
    [
        ('matrix = ["hair"]\n', {}, True),
        ('matrix = ["urine"]\n', {}, False),
        ('method = ["lc-ms"]\n', {}, True),
        ('method = ["lc-ms"]\n', {"method": "lc-ms"}, True),
    ],
)
def test_a_statement_of_other_tests_is_not_shown(more, said, speaks):
    assert shown(ask(book_with(fact("C-1", "xamines", more)), **said)) == (["C-1"] if speaks else [])


def test_one_source_alone_says_nothing_of_classes():
    assert shown(ask(book_with(LISTED), source="study")) == []


@pytest.mark.parametrize("matrix", ["urine", "hair"])
def test_what_is_said_of_a_class_governs_nothing(matrix):
    with_facts, without = (
        ask(book_with(LISTED, MEMBER), matrix=matrix).to_dict(),
        ask(book_with(), matrix=matrix).to_dict(),
    )
    for form in (with_facts, without):
        del form["class_facts"], form["digest"]
    assert with_facts == without


def test_a_book_on_top_of_the_shipped_one_adds_its_own():
    own = {
        "edition.toml": 'edition = "2026.11.0"\nformat = 1\nname = "lab"\nextends = "shipped"\n',
        "sources.toml": SOUND["sources.toml"],
        "classes.toml": fact("C-9", "benzodiazepines"),
    }
    answer = ketref.detect(
        "diazepam", matrix="urine", analyte="benzodiazepines", method="immunoassay", since="2 d", rules=load_texts(own)
    )
    assert shown(answer)[0] == "C-9"
    assert len(shown(answer)) > 1


# ---------------------------------------------------------------- how assays answer


def assays(**asked: str) -> set[str]:
    return {one["id"] for one in ketref.detect("oxycodone", matrix="urine", since="1 d", **asked).reactivities}


def test_an_assay_that_misses_a_drug_is_told_of_where_its_class_is_asked_about() -> None:
    answer = ketref.detect("oxycodone", matrix="urine", since="1 d", analyte="opiates")
    assert {"REA-097"} <= {one["id"] for one in answer.reactivities}
    text = " ".join(answer.text(full=True).split())
    assert "How assays answer to it:" in text
    assert "fentanyl, buprenorphine, tramadol: misses. Standard screens find" in text


def test_an_assay_is_told_of_for_what_it_tests_by_its_own_method_alone() -> None:
    assert "REA-097" in assays(analyte="opiates", method="immunoassay")
    assert "REA-097" not in assays(analyte="opiates", method="lc-ms-ms")
    assert "REA-097" not in assays(analyte="amphetamines")


def test_where_a_rule_answers_of_no_class_no_assay_is_told_of() -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="1 d", method="immunoassay")
    assert (answer.status != "unknown", answer.reactivities) == (True, [])
