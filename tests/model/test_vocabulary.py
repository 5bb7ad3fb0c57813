"""Which term does a word mean?"""

from __future__ import annotations

import re

import pytest

import ketref
from ketref import UsageError
from ketref.book.loading import load_texts
from ketref.model.front_matter import RouteTerm
from ketref.model.vocabulary import Vocabulary

# ---------------------------------------------------------------- the words of the field


@pytest.mark.parametrize(
    ("axis", "word", "term"),
    [
        ("matrix", "saliva", "oral-fluid"),
        ("matrix", "Oral Fluid", "oral-fluid"),
        ("matrix", "whole blood", "whole-blood"),
        ("matrix", "URINE", "urine"),
        ("matrix", "breast milk", "breast-milk"),
        ("method", "LC-MS/MS", "lc-ms-ms"),
        ("method", "lcmsms", "lc-ms-ms"),
        ("method", "GC/MS", "gc-ms"),
        ("method", "ELISA", "immunoassay"),
        ("route", "IV", "intravenous"),
        ("route", "i.v.", "intravenous"),
        ("route", "iv", "intravenous"),
        ("route", "IM", "intramuscular"),
        ("route", "PO", "oral"),
        ("route", "p.o.", "oral"),
        ("route", "IN", "nasal"),
        ("route", "Nasal Spray", "nasal-spray"),
        ("route", "snorted", "insufflated"),
        ("analyte", "DHNK", "dehydronorketamine"),
        ("pattern", "daily", "chronic"),
    ],
)
def test_a_question_may_use_the_words_of_the_field(book, axis, word, term):
    assert book.vocabularies[axis].resolve(word) == term


@pytest.mark.parametrize(
    ("axis", "word", "term"),
    [
        ("matrix", "BLOOD", "blood"),
        ("matrix", "SALIVA", "oral-fluid"),
        ("route", "SUBCUTANEOUS", "subcutaneous"),
        ("route", "INTRAVENOUS BOLUS", "intravenous-bolus"),
        ("route", "INTRAVENOUS DRIP", "intravenous-infusion"),
        ("route", "RESPIRATORY (INHALATION)", "inhaled"),
    ],
)
def test_a_question_may_use_the_names_of_cdisc(book, axis, word, term):
    assert book.vocabularies[axis].resolve(word) == term


@pytest.mark.parametrize(
    ("axis", "word", "term"),
    [
        ("matrix", "UR", "urine"),
        ("matrix", "SER", "serum"),
        ("matrix", "PLAS", "plasma"),
        ("matrix", "SAL", "oral-fluid"),
        ("matrix", "SWT", "sweat"),
        ("route", "SC", "subcutaneous"),
        ("route", "SL", "sublingual"),
        ("route", "PR", "rectal"),
    ],
)
def test_a_question_may_use_the_codes_of_hl7(book, axis, word, term):
    assert book.vocabularies[axis].resolve(word) == term


@pytest.mark.parametrize("word", ["Ketamine", "KETAMINE", "ketamine hydrochloride"])
def test_a_substance_is_found_by_any_of_its_names(book, word):
    assert book.substance(word).id == "ketamine"


@pytest.mark.parametrize("word", ["S-ketamine", "(S)-Ketamine", "Spravato", "esketamine"])
def test_s_ketamine_is_not_ketamine(book, word):
    assert book.substance(word).id == "esketamine"


@pytest.mark.parametrize("axis", ["matrix", "analyte", "method", "route", "pattern", "factor"])
def test_every_word_of_the_shipped_vocabularies_means_its_own_term(book, axis):
    vocabulary = book.vocabularies[axis]
    words = {word: term.id for term in vocabulary.terms.values() for word in (term.id, term.label, *term.synonyms)}
    words.pop("", None)
    known = {word: term for word, term in words.items() if word != vocabulary.terms[term].label}
    assert {word: vocabulary.resolve(word) for word in known} == known


# ---------------------------------------------------------------- words that nobody knows


@pytest.mark.parametrize(
    ("axis", "word", "near"),
    [
        ("matrix", "urin", "urine"),
        ("matrix", "plazma", "plasma"),
        ("route", "intravenus", "intravenous"),
        ("method", "gcmss", "gc-ms"),
        ("pattern", "cronic", "chronic"),
        ("analyte", "norketamin", "norketamine"),
    ],
)
def test_a_misspelt_word_is_refused_with_what_was_meant(book, axis, word, near):
    with pytest.raises(UsageError, match=f"unknown {axis} `{word}`") as refusal:
        book.vocabularies[axis].resolve(word)
    assert refusal.value.candidates[0] == near
    assert f"did you mean `{near}`" in refusal.value.hint


def test_a_word_like_none_is_refused_with_all_that_are_known(book):
    with pytest.raises(UsageError) as refusal:
        book.vocabularies["matrix"].resolve("bone")
    assert set(refusal.value.candidates) == set(book.vocabularies["matrix"].terms)
    assert "did you mean" not in refusal.value.hint


@pytest.mark.parametrize("word", [None, 5, "", " ", "...", b"urine", ["urine"], float("nan")], ids=repr)
def test_what_is_no_word_is_a_usage_error(book, word):
    with pytest.raises(UsageError, match="unknown matrix"):
        book.vocabularies["matrix"].resolve(word)


# ---------------------------------------------------------------- ambiguity and the tree


def test_a_word_that_two_terms_claim_is_reported_with_both():
    routes = [RouteTerm(id="oral", synonyms=("P.O.",)), RouteTerm(id="buccal", synonyms=("po",))]
    assert Vocabulary("route", routes).clashes == [("po", "oral", "buccal")]


@pytest.mark.parametrize(
    ("axis", "term", "line"),
    [
        ("matrix", "serum", ("serum", "blood")),
        ("matrix", "blood", ("blood",)),
        ("route", "intravenous-infusion", ("intravenous-infusion", "intravenous")),
        ("route", "insufflated", ("insufflated", "nasal")),
        ("method", "lc-ms-ms", ("lc-ms-ms", "lc-ms", "mass-spectrometry")),
        ("method", "gc-ms", ("gc-ms", "mass-spectrometry")),
    ],
)
def test_rules_at_a_term_or_above_it_hold_for_it(book, axis, term, line):
    assert book.vocabularies[axis].line(term) == line


def test_a_rule_of_a_term_answers_for_those_below_it_and_not_above():
    asked = {"route": "intravenous-infusion", "dose": "0.5 mg/kg", "since": "1 h"}
    rules = {
        matrix: {rule["id"] for rule in ketref.detect("ketamine", matrix=matrix, **asked).rules}
        for matrix in ("blood", "plasma")
    }
    assert "KET-W019" in rules["blood"] & rules["plasma"]  # that of blood
    assert "KET-W022" in rules["plasma"] - rules["blood"]  # that of plasma


# ---------------------------------------------------------------- codes and laboratories' words

BOOK = ketref.load()


@pytest.mark.parametrize(
    ("axis", "word", "term"),
    [
        ("matrix", "Urine, random", "urine"),
        ("matrix", "RANDU", "urine"),
        ("matrix", "Plasma EDTA", "plasma"),
        ("matrix", "plas", "plasma"),
        ("matrix", "Hair, head", "hair"),
        ("method", "LC-QTOF", "lc-hrms"),
        ("method", "UHPLC-MS/MS", "lc-ms-ms"),
        ("method", "EMIT", "immunoassay"),
        ("route", "Intravenous (IV)", "intravenous"),
        ("route", "IVPB", "intravenous-infusion"),
        ("route", "INTRAVENOUS DRIP", "intravenous-infusion"),
        ("route", "c38276", "intravenous"),
        ("route", "SNOMED CT 47625008", "intravenous"),
        ("route", "SNOMED: 47625008", "intravenous"),
        ("route", "troche", "oromucosal"),
        ("route", "TRANSDERMAL", "transdermal"),
        ("analyte", "5,6-DHNK", "dehydronorketamine"),
        ("analyte", "35211-10-0", "norketamine"),
        ("analyte", "PubChem CID 123767", "norketamine"),
    ],
)
def test_the_words_and_codes_of_laboratories_mean_terms(axis, word, term):
    assert BOOK.vocabularies[axis].resolve(word) == term
    assert BOOK.vocabularies[axis].knows(word)


@pytest.mark.parametrize(
    ("axis", "word"),
    [
        ("route", "47625008"),
        ("analyte", "123767"),
        ("matrix", "vitreous"),
        ("method", "SCREEN"),
        ("method", "HPLC"),
        ("analyte", "ketamine+norketamine"),
    ],
)
def test_bare_numbers_and_words_that_are_something_else_mean_no_term(axis, word):
    assert not BOOK.vocabularies[axis].knows(word)
    with pytest.raises(UsageError):
        BOOK.vocabularies[axis].resolve(word)


@pytest.mark.parametrize(
    ("word", "substance"),
    [
        ("6740-88-1", "ketamine"),
        ("CAS 6740-88-1", "ketamine"),
        ("1867-66-9", "ketamine"),
        ("n01ax03", "ketamine"),
        ("ATC: N06AX27", "esketamine"),
        ("RxNorm 206967", "ketamine"),
        ("Ketanest S", "esketamine"),
    ],
)
def test_identifiers_of_the_book_mean_its_substances(word, substance):
    assert BOOK.substance(word).id == substance


@pytest.mark.parametrize("word", ["206967", "6740881", "35211-10-0", "arketamine"])
def test_a_bare_number_or_the_code_of_something_else_is_no_substance(word):
    with pytest.raises(UsageError, match=r"unknown substance|is not a substance"):
        BOOK.substance(word)


# ---------------------------------------------------------------- words of real files and reports


@pytest.mark.parametrize(
    ("axis", "term", "words"),
    [
        ("matrix", "whole-blood", "Blood, venous|capillary blood|BLDA"),
        ("matrix", "dried-blood-spot", "DBS|blood spot"),
        ("matrix", "plasma", "K2EDTA plasma|Plasma K3-EDTA|sodium heparin plasma|fluoride oxalate plasma"),
        ("matrix", "serum", "SST serum|SER"),
        ("matrix", "urine", "24 hour urine|URINE 24H|Urine, midstream|Urine catheter|first morning urine"),
        ("matrix", "sweat-patch", "sweat patch|Patch, sweat"),
        ("method", "immunoassay", "CLIA|ECLIA|CMIA|HEIA|EMIT II|LFIA|dipstick|Dip card|test cup|strip test"),
        ("method", "gc-ms", "GC-EI-MS|GC/NCI-MS|GC-MS (SIM)|Gas Chromatography-Mass Spectrometry"),
        ("method", "gc-hrms", "GC-TOF|GC-QTOF-MS"),
        ("method", "lc-ms", "LC-ESI-MS|liquid chromatography mass spectrometry"),
        ("method", "lc-ms-ms", "LC-ESI-MS/MS|LC-APCI-MS/MS|LC-MS/MS (MRM)|LC tandem mass spectrometry|LC-QTRAP"),
        ("method", "lc-hrms", "LC-HRAM-MS|LC-Orbitrap-MS|UPLC-QTOF"),
        ("method", "chiral-lc-ms-ms", "chiral LC-MS/MS|enantioselective LC-MS/MS"),
        ("method", "lc-uv", "HPLC-UV|HPLC/DAD|HPLC-PDA"),
        ("route", "intravenous", "IV injection|slow IV push|intravenous route"),
        ("route", "intravenous-infusion", "IV continuous infusion|continuous IV infusion|IV inf"),
        ("route", "subcutaneous", "SC infusion|SubQ injection|under the skin"),
        ("route", "intramuscular", "IM injection|intramuscularly"),
        ("route", "nasal", "nasal drops|intranasally|up the nose"),
        ("route", "oral", "swallowed|ingested"),
        ("route", "rectal", "suppository|enema|boofing"),
        ("route", "inhaled", "nebulized|NEB"),
        ("route", "vaporised", "vaping"),
        ("route", "nasogastric", "NG tube|ORAL GAVAGE|G-tube"),
        ("route", "transdermal", "patch|TD"),
        ("dose_status", "given", "Self-administered|New bag|Taken late"),
        ("dose_status", "not-given", "Refused|omitted|declined|Not given - refused|scheduled"),
        ("outcome", "positive", "++|+++|Presumptive Pos|confirmed pos|DNQ|Detected, <LLOQ|Positive (unexpected)"),
        ("outcome", "negative", "No drugs detected|not detected (ND)|below threshold|<DL"),
        ("outcome", "below-quantification", "<BLQ|<RL|below reporting limit|trace amounts"),
        ("outcome", "says-nothing", "NSQ|hemolyzed|specimen lost|lab error|unable to test|refusal to test|TBD"),
        ("frequency", "bid", "2x/day|BDS|twice per day"),
        ("frequency", "q12h", "q12hr|every 12 hrs|q 12 hours"),
        ("frequency", "every-2-weeks", "every fortnight|Q14D|every other week"),
        ("frequency", "3-times-per-week", "TIW|3x/week"),
        ("frequency", "once", "STAT|single|x1"),
    ],
)  # fmt: skip
def test_the_words_of_real_files_mean_terms(axis, term, words):
    vocabulary = BOOK.vocabularies[axis]
    assert {word: vocabulary.resolve(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), term)


@pytest.mark.parametrize(
    ("axis", "word", "said"),
    [
        ("matrix", "Ser/Plas", "plasma and serum"),
        ("matrix", "EDTA", "whole-blood"),
        ("matrix", "femoral blood", "after death"),
        ("matrix", "Vitreous humor", "no rule here speaks"),
        ("matrix", "oral swab", "oral-fluid"),
        ("method", "SCREEN", "immunoassay"),
        ("method", "CONFIRM", "gc-ms, lc-ms or lc-ms-ms"),
        ("method", "HPLC", "lc-ms-ms"),
        ("method", "MS/MS", "lc-ms-ms"),
        ("method", "POCT", "immunoassay"),
        ("route", "injection", "intramuscular"),
        ("route", "INFUSION", "subcutaneous"),
        ("route", "tablet", "sublingual"),
        ("route", "TRANSMUCOSAL", "buccal"),
        ("route", "spray", "nasal-spray"),
        ("route", "other", "leave it out"),
        ("analyte", "ketamine+norketamine", "as a whole"),
        ("outcome", "See Note", "`positive` or `negative`"),
        ("outcome", "Abnormal", "`positive` or `negative`"),
        ("outcome", "inconsistent", "what was prescribed"),
        ("outcome", "failed", "`invalid`"),
        ("outcome", "unconfirmed", "screen"),
        ("frequency", "OD", "QD"),
        ("frequency", "biweekly", "Q2W"),
        ("frequency", "weekdays", "no fixed interval"),
    ],
)
def test_what_may_mean_several_things_is_refused_with_what_to_say(axis, word, said):
    with pytest.raises(UsageError, match=f"unknown {axis} `{re.escape(word)}`") as refusal:
        BOOK.vocabularies[axis].resolve(word)
    assert said in refusal.value.hint
    assert "did you mean" not in refusal.value.hint


def test_hints_are_data_of_a_book_and_those_of_a_laboratory_count_too():
    texts = {"edition.toml": 'edition = "1"\nformat = 1\nname = "lab"\nextends = "shipped"\n'}
    own = '[[hint]]\naxis = "method"\nwords = ["Schnelltest"]\nsays = "say immunoassay"\n'
    methods = load_texts({**texts, "terms.toml": own}).vocabularies["method"]
    for word, said in (("schnell-test", "say immunoassay; known: "), ("HPLC", "lc-ms-ms")):
        with pytest.raises(UsageError) as refusal:
            methods.resolve(word)
        assert said in refusal.value.hint
    with pytest.raises(ketref.RulesError, match="`GC/MS` means `gc-ms`"):
        load_texts({**texts, "terms.toml": own.replace("Schnelltest", "GC/MS")})
    term = '[[method]]\nid = "hplc"\nparent = "lc-ms"\n'  # its own word means what it says
    assert load_texts({**texts, "terms.toml": term}).vocabularies["method"].resolve("HPLC") == "hplc"
