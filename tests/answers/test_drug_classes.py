"""Do cautions answer for a drug by the class that it is of?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.loading import load_texts, shipped
from ketref.model.vocabulary import fold

BOOK = shipped()


@pytest.mark.parametrize(
    ("drug", "meant", "kind", "caution"),
    [
        ("lorazepam", "lorazepam", "benzodiazepines", "ESK-C029"),
        ("Xanax", "Xanax (alprazolam)", "benzodiazepines", "ESK-C029"),
        ("Adderall", "Adderall (amphetamine)", "psychostimulants", "ESK-C030"),
        ("phenelzine", "phenelzine", "monoamine oxidase inhibitors", "ESK-C031"),
        ("Flonase", "Flonase (fluticasone)", "nasal corticosteroids", "ESK-C032"),
        ("zolpidem", "zolpidem", "sedatives", "ESK-C029"),
        ("oxycodone", "oxycodone", "opioids", "ESK-C029"),
    ],
)
def test_a_drug_is_answered_by_its_class_and_that_is_said(drug, meant, kind, caution):
    answer = ketref.cautions("esketamine", drug)
    assert caution in {form["id"] for form in answer.cautions}
    (said,) = answer.assumes
    assert said.startswith(f"{meant} is one of the {kind}")
    assert said in " ".join(answer.text(full=True).split())


@pytest.mark.parametrize("word", ["cystitis", "nasal congestion", "ibuprofen", "placebo"])
def test_what_no_caution_and_no_class_names_stays_unknown(word):
    answer = ketref.cautions("esketamine", word)
    assert (answer.found, answer.assumes) == (False, [])


@pytest.mark.parametrize(
    ("word", "drug", "caution"),
    [("ethanol", "alcohol", "KET-C022"), ("EtOH", "alcohol", "KET-C021"), ("GBL", "gbl", "KET-C022")],
)
def test_a_drug_under_another_name_is_answered_as_the_drug(word, drug, caution):
    answer = ketref.cautions("ketamine", word)
    assert caution in {form["id"] for form in answer.cautions}
    assert answer.assumes == ([] if word == "GBL" else [f"{word} is {drug}"])
    assert answer.cautions == ketref.cautions("ketamine", drug).cautions


def test_every_drug_that_a_factor_names_is_known_among_doses():
    named = BOOK.vocabularies["factor"].terms["comedication"].values
    assert named
    drugs = [name for name in named if not name.startswith("cyp")]  # inhibitors and inducers of an enzyme are no dose
    assert drugs
    assert [drug for drug in drugs if not BOOK.drugs.knows(drug)] == []


@pytest.mark.parametrize(
    "word",
    ["diphenhydramine", "quetiapine", "rifampin", "theophylline", "opioid", "Benzodiazepine"],
)
def test_a_drug_that_a_caution_or_a_fact_names_is_left_out_of_the_doses(word):
    doses = [{"substance": name, "start": "2026-03-01T10:00Z"} for name in ("ketamine", word)]
    answer = ketref.history(doses, at="2026-03-01T14:00Z", matrix="urine")
    assert answer.tests[0]["status"] == "expected"
    assert "1 row of the doses is left out" in answer.notes[0]


def test_machinery_in_the_words_of_a_nurse_is_the_machines_of_the_label():
    assert ketref.cautions("esketamine", "heavy machinery").found
    assert ketref.cautions("esketamine", "use of machines").found


def test_every_class_of_a_drug_is_a_word_that_a_caution_knows():
    classes = {kind for drug in BOOK.drugs.terms.values() for kind in drug.classes}
    assert classes
    for kind in classes:
        assert any(ketref.cautions(name, kind).found for name in BOOK.substances), kind


@pytest.mark.parametrize("word", ["alcohol", "Ethanol", "tramadol", "GHB", "cocaine", "pregabalin", "PCP"])
def test_a_drug_of_the_list_that_is_a_substance_stays_among_the_doses(word):
    doses = [{"substance": word, "start": "2026-03-01T10:00Z"}]
    answer = ketref.history(doses, at="2026-03-01T14:00Z", matrix="urine")
    assert {test["substance"] for test in answer.tests} == {BOOK.substance(word).id}
    assert answer.notes == []


def test_the_words_of_a_drug_of_the_list_mean_at_most_one_substance():
    for drug in BOOK.drugs.terms.values():
        names = BOOK.names.names
        meant = {names[fold(word)] for word in (drug.id, *drug.synonyms) if fold(word) in names}
        assert len(meant) < 2, (drug.id, meant)


def test_a_drug_with_classes_names_its_source():
    texts = {**BOOK.texts, "drugs.toml": b'[[drug]]\nid = "x"\nclasses = ["opioids"]\n'}
    with pytest.raises(ketref.RulesError, match="no `source`"):
        load_texts(texts)
