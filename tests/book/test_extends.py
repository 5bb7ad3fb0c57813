"""What does a laboratory's own folder on top of the shipped one change?"""

from __future__ import annotations

import pytest

import ketref
from ketref.book.loading import load_texts, shipped
from ketref.review.check import check_findings, check_folder
from support.faults import rule

EDITION = 'edition = "2026.12.0"\nformat = 1\nname = "lab of the north"\nextends = "shipped"\n'
OWN_SOURCE = (
    '[[source]]\nid = "north"\nkind = "laboratory"\ntitle = "Our validation"\ngrade = "C"\nseen = "full text"\n'
)
URINE = 'matrix = "urine", analyte = "any"'


def lab(*rules, **files):
    """The laboratory's files; `files` maps the stems of further files to their text."""
    own = {"edition.toml": EDITION, "sources.toml": OWN_SOURCE, "ketamine/windows.toml": "".join(rules)}
    return own | {f"ketamine/{stem}.toml": text for stem, text in files.items()}


CLOSES = rule("NORTH-1", f'{URINE}, pattern = "single"', {"detectable_until": '{ latest = "5 d" }'}, source="north")


@pytest.fixture
def book():
    return load_texts(lab(CLOSES))


def detect(book, **question):
    return ketref.detect("ketamine", matrix="urine", rules=book, **question)


def test_an_own_window_governs_the_end_that_it_states_and_no_other(book):
    answer = detect(book, since="6 d").to_dict()
    assert answer["status"] == "not_expected"
    assert answer["detectable_until"] == ["1 d", "5 d"]
    assert answer["detectable_from"] == [None, "2 h"]
    assert {entry["id"]: entry["ends"] for entry in answer["rules"]} == {
        "NORTH-1": ["detectable_until.latest"],
        "KET-W006": ["detectable_until.earliest"],
        "KET-W001": ["detectable_from.latest"],
    }


def test_an_own_window_governs_where_a_shipped_one_is_narrower():
    book = load_texts(lab(rule("NORTH-2", URINE, {"detectable_until": '{ latest = "5 d" }'}, source="north")))
    answer = detect(book, method="gc-ms", cutoff="25 ng/mL")
    assert answer.rule == "NORTH-2"
    assert answer.to_dict()["detectable_until"] == ["1 d", "5 d"]


def test_where_no_own_rule_matches_the_shipped_ones_answer(book):
    question = {"pattern": "chronic", "method": "lc-ms", "cutoff": "1 ng/mL", "since": "14 d"}
    own, shipped = detect(book, **question).to_dict(), detect(None, **question).to_dict()
    assert {key for key in own if own[key] != shipped[key]} == {"edition", "digest"}


def test_an_answer_says_whose_rule_governs(book):
    answer = detect(book, since="6 d")
    assert {entry["id"]: entry["owner"] for entry in answer.rules} == {
        "NORTH-1": "lab of the north",
        "KET-W006": "ketref",
        "KET-W001": "ketref",
    }
    assert answer.rule == "NORTH-1"
    assert "NORTH-1 of lab of the north" in str(answer)


def test_the_edition_names_both_and_the_digest_is_its_own(book):
    data = detect(book, since="6 d").to_dict()
    shipped = detect(None, since="6 d").to_dict()
    assert data["edition"] == f"2026.12.0 on {shipped['edition']}"
    assert data["digest"] != shipped["digest"]
    assert data["digest"] != load_texts(lab(CLOSES + "\n")).digest


def test_shipped_sources_may_be_cited_and_own_ones_added(book):
    cited = load_texts(lab(CLOSES.replace('"north"', '"mayo-ketau"')))
    assert {e["source"]: e["grade"] for e in detect(cited, since="6 d").evidence}["mayo-ketau"] == "C"
    assert {e["source"]: e["grade"] for e in detect(book, since="6 d").evidence}["north"] == "C"


def test_the_folder_works_from_the_shell(run, folder):
    path = folder(lab(CLOSES))
    assert run("check", path).code == 0
    ran = run("detect", "ketamine", "--matrix=urine", "--since=6 d", "--rules", path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{detect(ketref.load(path), since='6 d')}\n"


def test_an_own_substance_stands_beside_the_shipped_ones():
    own = {
        "edition.toml": EDITION,
        "xamine/substance.toml": 'id = "xamine"\nname = "Xamine"\nyields = ["ketamine"]\n',
        "xamine/windows.toml": rule("X-W1", URINE, {"detectable_until": '["1 d", "4 d"]'}, source="mayo-ketau"),
    }
    book = load_texts(own)
    assert ketref.detect("Xamine", matrix="urine", since="12 h", rules=book).rule == "X-W1"
    assert detect(book, since="20 d").status == "possible"
    assert set(book.substances) == {"xamine", *shipped().substances}


def test_own_phases_effects_cautions_and_factors_are_used_too():
    phase = rule("NORTH-P", 'route = "rectal"', {"onset": '["5 min", "9 min"]'}, kind="phase", source="north")
    factor = (
        '[[factor]]\nid = "NORTH-F"\nfactor = "sex"\naffects = "detection time"\ndirection = "varies"\nsays = "Ours."\n'
        '[[factor.evidence]]\nsource = "north"\nlocator = "page 1"\n'
    )
    book = load_texts(lab(CLOSES, phases=phase, factors=factor))
    answer = ketref.effects("ketamine", route="rectal", since="1 min", rules=book)
    assert (answer.phases, answer.phase_rule) == (["before_onset"], "NORTH-P")
    assert "Ours." in {entry["says"] for entry in answer.factors}


def test_an_own_window_of_ketamine_is_lent_to_esketamine_too(book):
    answer = ketref.detect("esketamine", matrix="urine", since="6 d", rules=book)
    assert (answer.status, answer.rule) == ("not_expected", "NORTH-1")


# ---------------------------------------------------------------- refusals


def found(texts):
    try:
        return [(f.file, f.code) for f in ketref.check_findings(load_texts(texts))]
    except ketref.RulesError as error:
        return [(f.file, f.code) for f in error.findings]


def test_a_sound_folder_has_no_findings():
    assert found(lab(CLOSES)) == []


@pytest.mark.parametrize(
    "name", ["KET-W006", "KET-P001", "KET-F001", "ESK-C001"], ids=["window", "phase", "factor", "another substance"]
)
def test_the_id_of_a_shipped_rule_is_taken(name):
    assert found(lab(CLOSES.replace("NORTH-1", name))) == [("ketamine/windows.toml", "duplicate-id")]


def test_the_id_of_a_shipped_source_is_taken():
    texts = lab(CLOSES)
    texts["sources.toml"] += OWN_SOURCE.replace('"north"', '"psilolab-2023"').replace('"C"', '"A"')
    assert found(texts) == [("sources.toml", "duplicate-id")]


def test_the_name_of_a_shipped_substance_is_taken():
    texts = lab(CLOSES) | {"x/substance.toml": 'id = "x"\nname = "Spravato"\nyields = ["ketamine"]\n'}
    assert [code for _, code in found(texts)] == ["ambiguous-word"]


def test_the_record_of_a_shipped_substance_is_not_replaced_in_silence():
    texts = lab(CLOSES) | {"esketamine/substance.toml": 'id = "esketamine"\nname = "S"\nyields = ["ketamine"]\n'}
    assert [file for file, _ in found(texts)] == ["esketamine/substance.toml"]


TERMS = """
unsaid = ["k.A."]

[[matrix]]
id = "urine"
synonyms = ["Urin"]
codes = { north = "U1" }

[[matrix]]
id = "tear"
concentration = "pg/mg"

[[route]]
id = "depot"
parent = "intramuscular"

[[method]]
id = "north-screen"
parent = "immunoassay"
"""


DBS = '[[matrix]]\nid = "dbs"\nconcentration = "ng/mL"\nparent = "{}"'


def test_terms_of_an_extending_book_add_words_and_terms_to_those_behind_it(folder):
    book = ketref.load(folder(lab(CLOSES) | {"terms.toml": TERMS}))
    asked = {"since": "1 h", "rules": book}
    assert book.vocabularies["matrix"].resolve("urin") == book.vocabularies["matrix"].resolve("u1") == "urine"
    assert book.vocabularies["matrix"].resolve("UR") == "urine"
    assert book.vocabularies["route"].line("depot") == ("depot", "intramuscular")
    assert (book.limits, book.terms.hinting) == (shipped().limits, shipped().terms.hinting)
    answer = ketref.detect("ketamine", matrix="Urin", route="k.a.", method="north screen", **asked)
    assert (answer.question.matrix, answer.question.route, answer.question.method) == ("urine", None, "north-screen")
    assert ketref.detect("ketamine", matrix="tear", **asked).status == "unknown"
    with pytest.raises(ketref.UsageError):
        ketref.detect("ketamine", matrix="Urin", since="1 h")
    assert book.digest != load_texts(lab(CLOSES)).digest
    assert check_findings(book) == check_findings(load_texts(lab(CLOSES)))


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ('[[route]]\nid = "oral"\nparent = "nasal"', "redefined-term"),
        ('[[route]]\nid = "oral"\nlongest = "2 d"', "redefined-term"),
        ('[[matrix]]\nid = "urine"\nconcentration = "pg/mg"', "redefined-term"),
        ('[[matrix]]\nid = "urine"\ncodes = { hl7-specimen-type = "PLAS" }', "redefined-term"),
        ('[[pattern]]\nid = "chronic"\ndose_days = 3', "redefined-term"),
        ('[[frequency]]\nid = "bid"\ninterval = "8 h"', "redefined-term"),
        ('[[bounds]]\nunit = "mg"\nmost = 1', "redefined-term"),
        ("[plausible]\ntimes = 2", "redefined-term"),
        ('[[method]]\nid = "lc-ms-ms"\nparent = "immunoassay"', "redefined-term"),
        ('[[method]]\nid = "lc-ms-ms"\nchiral = true', "redefined-term"),
        ('[[route]]\nid = "intraosseous"\nparent = "intravenous"\nlongest = "2 d"', "redefined-term"),
        (DBS.format("blood"), "ambiguous-word"),
        ('[[method]]\nid = "elisa"\nparent = "gc-ms"', "ambiguous-word"),
        ('[[outcome]]\nid = "doubtful"\nsynonyms = ["borderline"]', "ambiguous-word"),
        ('[[route]]\nid = "intraosseous"\nparent = "x"\n[[route]]\nid = "x"\nparent = "intraosseous"', "unknown-term"),
        ('[[matrix]]\nid = "urine"\nsynonyms = ["plasma"]', "ambiguous-word"),
        ('[[matrix]]\nid = "tear"\nconcentration = "pg/mg"\nsynonyms = ["hair"]', "ambiguous-word"),
        ('[[matrix]]\nid = "tear"', "missing-key"),
        ('[[matrix]]\nid = "tear"\nconcentration = "pg/mg"\nparent = "finger"', "unknown-term"),
        ('[[analyte]]\nid = "x"\nmolar_mass = 200.0\nsource = "nobody"', "missing-source"),
        ('[[matrix]]\nid = "tear"\nconcentration = "ng/mL"\ndensity = 1.0', "missing-key"),
        ('[[matrix]]\nid = "tear"\nconcentration = "ng/mL"\ndensity = 9.0\nsource = "jones2024units"', "bad-unit"),
        ('[[matrix]]\nid = "tear"\nconcentration = "ng/mL"\ndensity = 1.0\nsource = "nobody"', "missing-source"),
    ],
)
def test_terms_of_an_extending_book_never_change_what_a_known_term_is(terms, code):
    assert {found_code for _, found_code in found(lab(CLOSES) | {"terms.toml": terms})} == {code}


BOTH = ["intraosseous", "intrathecal"]


MS = "mass-spectrometry"
SAID_AGAIN = [  # the shipped entry again, in part or as it is
    ('[[method]]\nid = "lc-hrms"\nparent = "lc-ms"\nsynonyms = ["Exact"]', "method", "exact", ["lc-hrms", "lc-ms", MS]),
    ('[[method]]\nid = "gc-ms"\nidentifies = true\nsynonyms = ["GC/MS"]', "method", "GCMS", ["gc-ms", MS]),
    ('[[matrix]]\nid = "urine"\nconcentration = "ng/mL"\nsynonyms = ["Harn"]', "matrix", "harn", ["urine"]),
    ('[[frequency]]\nid = "bid"\ninterval = "12 h"\nsynonyms = ["2x"]', "frequency", "2x", ["bid"]),
    # a parent for what no rule names
    ('[[route]]\nid = "intraosseous"\nparent = "intrathecal"', "route", "intraosseous", BOTH),
    # a word that is a synonym of a shipped term, for one of the laboratory's own: all that was said of it holds
    ('[[method]]\nid = "elisa"\nparent = "immunoassay"', "method", "ELISA", ["elisa", "immunoassay"]),
    (DBS.format("whole-blood"), "matrix", "DBS", ["dbs", "whole-blood", "blood"]),
    ('[[method]]\nid = "qtof"\nparent = "lc-ms"\nsynonyms = ["LC-QTOF"]', "method", "lcqtof", ["qtof", "lc-ms", MS]),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "axis", "word", "line"), SAID_AGAIN)
def test_what_is_shipped_may_be_said_again_and_made_narrower(terms, axis, word, line):
    vocabulary = load_texts(lab(CLOSES) | {"terms.toml": terms}).vocabularies[axis]
    assert list(vocabulary.line(vocabulary.resolve(word))) == line


def test_nothing_is_found_in_what_is_shipped_and_said_again():
    terms = "\n\n".join(terms for terms, *_ in SAID_AGAIN)
    assert found(lab(CLOSES) | {"terms.toml": terms}) == found(lab(CLOSES))


def test_a_shipped_id_that_is_written_otherwise_is_told_as_it_is():
    with pytest.raises(ketref.RulesError, match="its id is `lc-hrms`"):
        load_texts(lab(CLOSES) | {"terms.toml": '[[method]]\nid = "LC-HRMS"\nparent = "lc-ms"\n'})


def test_a_route_below_one_that_is_there_may_last_as_that_may():
    texts = lab(CLOSES) | {"terms.toml": '[[route]]\nid = "intraosseous"\nparent = "intravenous"'}
    book = load_texts(texts)
    asked = {"route": "IO", "infusion": "72 h", "since": "48 h", "rules": book}
    assert ketref.detect("ketamine", matrix="plasma", **asked).status != "not_expected"
    given = {"since": "2 min", "rules": book}
    below, above = (ketref.effects("ketamine", route=route, **given).phase_rule for route in ("intraosseous", "iv"))
    assert below == above is not None
    assert ketref.effects("ketamine", route="intraosseous", since="2 min").phase_rule is None  # not by the shipped book


def test_check_lists_what_is_wrong_with_terms_and_drugs_as_it_lists_all_else(run, folder):
    path = folder(lab(CLOSES) | {"terms.toml": '[[method]]\nid = "lc-ms-ms"\nparent = "immunoassay"\n'})
    ran = run("check", path)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("terms.toml:3: error[redefined-term]: `lc-ms-ms` is there already")


def test_drugs_of_an_extending_book_may_say_again_what_is_shipped():
    same = '[[drug]]\nid = "lorazepam"\nclasses = ["benzodiazepines"]\nsource = "bipolarworld-benzo"\n'
    same += 'synonyms = ["Tavor"]\n'
    assert load_texts(lab(CLOSES) | {"drugs.toml": same}).drugs.resolve("tavor") == "lorazepam"


def test_drugs_of_an_extending_book_add_words_and_drugs():
    own = '[[drug]]\nid = "placebo"\nsynonyms = ["Leermittel"]\n\n[[drug]]\nid = "aspirin"\n'
    drugs = load_texts(lab(CLOSES) | {"drugs.toml": own}).drugs
    assert [drugs.resolve(word) for word in ("Leermittel", "PBO", "Aspirin")] == ["placebo", "placebo", "aspirin"]
    clash = lab(CLOSES) | {"drugs.toml": '[[drug]]\nid = "aspirin"\nsynonyms = ["PBO"]\n'}
    assert [code for _, code in found(clash)] == ["ambiguous-word"]


def test_an_own_window_that_contradicts_a_shipped_one_is_found_at_the_own_one(folder):
    early = rule("NORTH-3", f'{URINE}, pattern = "single"', {"detectable_until": '{ latest = "1 h" }'}, source="north")
    own = folder(lab("# the first one\n\n" + early))
    findings = check_folder(own)
    assert {(f.file, f.line, f.code) for f in findings} == {("ketamine/windows.toml", 3, "contradicting-rules")}
    assert all("`NORTH-3`" in f.message for f in findings)
    with pytest.raises(ketref.RulesError) as met:
        ketref.detect("ketamine", matrix="urine", rules=own)
    assert set(met.value.findings) <= set(findings)


def test_without_extends_a_folder_stands_alone():
    texts = lab(CLOSES) | {"edition.toml": EDITION.replace('extends = "shipped"\n', "")}
    assert ("terms.toml", "missing-file") in found(texts)
