"""Is each record sound in itself and among its neighbours, as far as the text alone can tell?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import test_characters
import test_check
import test_reading
import test_structuring

import ketref
from ketref.book.loading import load_texts
from ketref.book.rule_validation import MOST_COMBINATIONS
from support.faults import CAUTIONS, EFFECTS, FACTORS, PHASES, SOUND, Fault, rule, rules_of

EARLY = PHASES.replace('["15 min", "20 min"]', '["1 min", "2 min"]')
EARLY = EARLY.replace('from_end = "after_effects"\ninfusion = ["40 min", "60 min"]\n', "")
LATE = PHASES.replace('"5 min"', '"30 min"')  # and a drip may last less than ten minutes
UNTIMED = EFFECTS[EFFECTS.index("appears") :]
DEMANDS = 'status = ["expected"]\nrules = ["X-W1"]\nsources = ["study"]\n'
ASKED = 'ask = "detect"\nquestion = { matrix = "urine", since = "12 h" }\nstatus = ["expected"]\nrules = ["X-W1"]\n'
CUTOFFS = [f"{n} ng/mL" for n in range(1, MOST_COMBINATIONS + 2)]
CYCLE = 'id = "intravenous"\nparent = "intravenous-infusion"'

FAULTS = [
    # -------------------------------------------------------------- words
    Fault("bad-placeholder", "wording.toml", "{times}", "{time}"),
    Fault("bad-placeholder", "wording.toml", "{times}", "{times"),
    Fault("unknown-key", "wording.toml", "one_dose", "two_doses"),
    # -------------------------------------------------------------- references
    Fault("unknown-term", "windows.toml", 'analyte = "any"', 'analyte = "ketamin"'),
    Fault("unknown-term", "windows.toml", 'method = "lc-ms"', 'method = "LC/MS"'),  # a synonym is for questions
    Fault("unknown-term", "windows.toml", 'analyte = "any"', 'analyte = "any", pattern = "unknown"'),
    Fault("unknown-term", "windows.toml", "confidence", 'from_end = "peak"\nconfidence'),
    Fault("unknown-term", "phases.toml", '"intravenous-infusion"', '"PO"'),
    Fault("unknown-term", "terms.toml", 'parent = "intravenous"', 'parent = "vein"'),
    Fault("unknown-term", "substance.toml", '["xam"]', '["yam"]'),
    Fault("unknown-term", "substance.toml", "synonyms", 'windows_of = "yamine"\nsynonyms'),
    Fault("unknown-term", "substance.toml", '["xam"]', '[{ analyte = "xam", needs = ["yamine"] }]'),
    Fault("unknown-term", "substance.toml", '["xam"]', '[{ analyte = "xam", needs = ["xamine"] }]'),
    Fault("unknown-term", "factors.toml", '"severe"', '"bad"'),
    Fault("unknown-term", "factors.toml", '["urine"]', '["nail"]'),
    Fault("unknown-term", "cases.toml", '["expected"]', '["positive"]'),
    Fault("unknown-key", "cases.toml", 'since = "12 h"', 'since = "12 h", smoker = "yes"'),
    Fault("unknown-key", "cases.toml", 'since = "12 h"', 'since = "12 h", rules = "x"'),
    Fault("unknown-key", "cases.toml", 'since = "12 h"', 'since = "12 h", substance = "x"'),
    Fault("unknown-key", "cases.toml", 'status = ["expected"]', 'phases = ["peak"]'),
    Fault("missing-key", "cases.toml", 'matrix = "urine", ', ""),
    Fault("missing-key", "cases.toml", DEMANDS, "", "[[case]]"),
    Fault("missing-key", "cases.toml", 'sources = ["study"]\n', "", "[[case]]"),
    Fault("missing-source", "cases.toml", 'sources = ["study"]', 'not_sources = ["studies"]'),
    Fault(
        "unknown-key", "cases.toml", ASKED, 'ask = "cautions"\nquestion = { age = "70" }\ncautions = ["driving"]\n', "q"
    ),
    Fault("missing-source", "windows.toml", '"page"', '"pages"'),
    Fault("missing-source", "effects.toml", 'source = "study"\nlocator = "table 3"', 'source = "s"\nlocator = "t"'),
    Fault("missing-source", "substance.toml", '"page"', '"pages"'),
    Fault("missing-source", "factors.toml", '"study"', '"studies"'),
    Fault("missing-source", "cases.toml", '["study"]', '["studies"]'),
    Fault("missing-source", "facts.toml", '"page"', '"pages"'),
    Fault("unknown-term", "facts.toml", 'route = "oral"', 'route = "moral"'),
    Fault("unknown-term", "facts.toml", '["xam"]', '["yam"]'),
    Fault("unknown-term", "facts.toml", 'method = "lc-ms"', 'method = "LCMS"'),
    Fault("wrong-folder", "substance.toml", 'id = "xamine"', 'id = "yamine"'),
    # -------------------------------------------------------------- ids and words
    Fault("duplicate-id", "windows.toml", '"X-W2"', '"X-W1"'),
    Fault("duplicate-id", "facts.toml", '"X-S1"', '"X-F2"'),
    Fault("duplicate-id", "sources.toml", '"page"', '"study"'),
    Fault("duplicate-id", "terms.toml", 'id = "hair"', 'id = "urine"'),
    Fault("ambiguous-word", "terms.toml", '["PO"]', '["Intra-Venous"]', "[[route]]"),
    # -------------------------------------------------------------- conditions
    Fault("missing-key", "windows.toml", 'matrix = "urine", ', ""),
    Fault("missing-key", "windows.toml", ', analyte = "any"', ""),
    Fault("unknown-key", "phases.toml", 'route = "intravenous-infusion"', 'matrix = "urine"'),
    Fault("unknown-key", "cautions.toml", "until =", 'when = { cutoff = "25 ng/mL" }\nuntil ='),
    Fault("bad-unit", "windows.toml", '"25 ng/mL"', '"25 pg/mg"'),
    Fault("bad-unit", "windows.toml", 'matrix = "urine", analyte = "xam"', 'matrix = "hair", analyte = "xam"'),
    Fault("bad-unit", "facts.toml", '"25 ng/mL"', '"25 pg/mg"'),
    # -------------------------------------------------------------- the course
    Fault("no-time", "windows.toml", 'detectable_until = { latest = "2 d" }\n', "", '[[window]]\nid = "X-W2"'),
    Fault(
        "no-time", "phases.toml", 'onset = ["0 s", "5 min"]\nafter_effects = ["15 min", "20 min"]\n', "", "[[phase]]"
    ),
    Fault("decreasing-course", "phases.toml", PHASES, EARLY, "after_effects"),
    Fault("decreasing-course", "phases.toml", PHASES, LATE, "after_effects"),
    Fault("idle-clock", "phases.toml", 'from_end = "after_effects"\n', "", "infusion"),
    Fault("idle-clock", "phases.toml", 'from_end = "after_effects"', 'from_end = "baseline"', "from_end"),
    Fault("idle-clock", "effects.toml", "resolves =", 'infusion = ["1 h", "2 h"]\nresolves =', "infusion"),
    Fault("until-event", "cautions.toml", '{ earliest = "2 h" }', '["2 h", "4 h"]'),
    Fault("missing-key", "cautions.toml", 'instruction = "Stay."\n', "", "[[caution]]"),
    Fault("missing-key", "effects.toml", "percent = [10, 12.5]\n", "", "[[effect.frequency]]"),
    # -------------------------------------------------------------- the evidence
    Fault("no-evidence", "effects.toml", UNTIMED, 'confidence = "low"\nreviewed = 2026-11-23', "[[effect]]"),
    Fault("no-evidence", "factors.toml", FACTORS[FACTORS.index("\n[[factor.e") :], "evidence = []", "[[factor]]"),
    Fault(
        "no-evidence",
        "cautions.toml",
        CAUTIONS[CAUTIONS.index("until =") :],
        "reviewed = 2026-11-23\nevidence = []",
        "[[",
    ),
    Fault("bad-number", "effects.toml", "[10, 12.5]", "150"),
    Fault("bad-number", "effects.toml", "[10, 12.5]", "[-5, 10]"),
    Fault("bad-number", "effects.toml", "n = 40", "n = 0"),
    Fault("confidence-above-grade", "windows.toml", 'confidence = "low"', 'confidence = "moderate"'),
    Fault("claim-without-evidence", "windows.toml", '{ latest = "2 d" }', '["1 d", "2 d"]'),
    Fault("claim-without-evidence", "phases.toml", "onset", 'peak = { latest = "6 min" }\nonset'),
    Fault("claim-outside-evidence", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]'),
    Fault("claim-outside-evidence", "windows.toml", '["1 d", "4 d"]', '["23 h", "4 d"]'),
    Fault("claim-outside-evidence", "windows.toml", '"30 h"', '"5 d"', "detectable_until"),
    Fault("too-many-combinations", "windows.toml", 'cutoff = "25 ng/mL"', f"cutoff = {CUTOFFS}"),
    Fault("too-many-combinations", "windows.toml", 'method = "lc-ms", dose', f"cutoff = {CUTOFFS}, dose"),
    # -------------------------------------------------------------- rules among rules
    Fault("same-end-twice", "windows.toml", ', dose = { max = "50 mg" }', "", '[[window]]\nid = "X-W3"'),
    Fault(
        "dose-without-fallback",
        "windows.toml",
        'cutoff = "25 ng/mL" }',
        'method = "lc-ms" }',
        '[[window]]\nid = "X-W2"',
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_is_not_sound_is_found_on_its_line_and_nothing_else(fault, findings):
    assert [(f.file, f.line, f.code) for f in findings(fault.texts)] == [fault.place]


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Fault("unknown-term", "windows.toml", '"any"', '"anyy"'), "did you mean `any`"),
        (Fault("unknown-term", "windows.toml", '"lc-ms"', '"LC/MS"'), "rule files write `lc-ms`"),
        (Fault("missing-source", "windows.toml", '"page"', '"pages"'), "did you mean `page`?"),
        (Fault("bad-unit", "windows.toml", '"25 ng/mL"', '"25 pg/mg"'), "ng/mL"),
        (Fault("confidence-above-grade", "windows.toml", 'confidence = "low"', 'confidence = "moderate"'), "lower"),
    ],
    ids=str,
)
def test_a_finding_says_what_to_do(fault, hint, findings):
    (finding,) = findings(fault.texts)
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (
            Fault("", "windows.toml", ', dose = { max = "50 mg" }', ""),
            ["`X-W3`", "`X-W2`", "latest", "detectable_until"],
        ),
        (Fault("", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]'), ["`5 d`", "`3 d` to `4 d`"]),
        (Fault("", "windows.toml", 'cutoff = "25 ng/mL"', f"cutoff = {CUTOFFS}"), ["`X-W2`", "501 of `cutoff`", "500"]),
        (Fault("", "windows.toml", '"30 h"', '"5 d"'), ["`study`", "`5 d`", "`4 d`"]),
        (Fault("", "terms.toml", '["PO"]', '["Intra-Venous"]'), ["`oral`", "`intravenous`"]),
    ],
    ids=["equal conditions", "claim", "combinations", "positive later", "word"],
)
def test_a_finding_names_all_that_do_not_agree(fault, named, findings):
    (finding,) = findings(fault.texts)
    assert [word for word in named if word not in finding.message] == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("an id of nothing", "factors.toml", '"X-F1"', '""'),
        Fault("a synonym of nothing", "substance.toml", '["x"]', '[""]'),
        Fault("its own parent", "terms.toml", 'parent = "intravenous"', 'parent = "intravenous-infusion"'),
        Fault("its own grandparent", "terms.toml", 'id = "intravenous"', CYCLE, "parent"),
        Fault("a range for nobody", "factors.toml", 'value = ["severe"]', "min = 5, max = 1"),
        Fault("a range of words", "factors.toml", 'value = ["severe"]', "min = 5"),
    ],
    ids=lambda fault: fault.code,
)
def test_nonsense_is_found_where_it_stands(fault, findings):
    assert [(f.file, f.line) for f in findings(fault.texts)] == [fault.place[:2]]


# ---------------------------------------------------------------- several files


def test_every_problem_of_every_file_is_found_in_one_run_sorted_by_place(findings):
    faults = [
        Fault("missing-source", "windows.toml", '"page"', '"pages"'),
        Fault("claim-outside-evidence", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]'),
        Fault("missing-key", "cautions.toml", 'jurisdiction = "US"\n', "", "[[caution]]"),
        Fault("unknown-term", "factors.toml", '"severe"', '"bad"'),
        Fault("unknown-file", "phases.toml", PHASES, PHASES),
    ]
    texts = dict(SOUND)
    for fault in faults:
        texts[fault.name] = texts[fault.name].replace(fault.old, fault.new, 1)
    texts["xamine/stages.toml"] = texts.pop("xamine/phases.toml")
    places = [("xamine/stages.toml", 1, "unknown-file") if f.code == "unknown-file" else f.place for f in faults]
    assert [(f.file, f.line, f.code) for f in findings(texts)] == sorted(places)


def test_a_broken_file_does_not_hide_what_is_wrong_in_the_others(findings):
    texts = Fault("", "windows.toml", '["1 d", "4 d"]', '["1 d", "5 d"]').texts
    texts["sources.toml"] = texts["sources.toml"].replace('"web-page"', '"webpage"')
    assert {(f.file, f.code) for f in findings(texts)} >= {
        ("sources.toml", "unknown-term"),
        ("xamine/windows.toml", "claim-outside-evidence"),
    }


OTHER = {
    "yamine/substance.toml": 'id = "yamine"\nname = "Yamine"\nyields = ["xam"]\n',
    "yamine/windows.toml": SOUND["xamine/windows.toml"].replace("X-W", "Y-W"),
}


def test_two_substances_are_sound_together(findings):
    assert findings({**SOUND, **OTHER}) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "named"),
    [
        ("yamine/windows.toml", '"Y-W1"', '"X-W1"', "duplicate-id", "xamine/windows.toml"),
        ("yamine/windows.toml", '"Y-W1"', '"X-P1"', "duplicate-id", "xamine/phases.toml"),
        ("yamine/windows.toml", '"Y-W1"', '"X-F1"', "duplicate-id", "xamine/factors.toml"),
        ("yamine/substance.toml", '"Yamine"', '"X"', "ambiguous-word", "`xamine` and `yamine`"),
    ],
)
def test_two_files_do_not_share_an_id_or_a_name(file, old, new, code, named, findings):
    other = {**OTHER, file: OTHER[file].replace(old, new)}
    (finding,) = findings({**SOUND, **other})
    assert finding.code == code
    assert named in f"{finding.file} {finding.message}"


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ("edition.toml", "edition.toml"),
        ("terms.toml", "terms.toml"),
        ("xamine/substance.toml", "xamine/substance.toml"),
    ],
)
def test_a_file_that_a_book_needs_is_missed(missing, found, findings):
    texts = {name: text for name, text in SOUND.items() if name != missing}
    assert [(f.file, f.code) for f in findings(texts)] == [(found, "missing-file")]


@pytest.mark.parametrize("term", ['[[analyte]]\nid = "any"\n', '[[pattern]]\nid = "single"\n'])
def test_a_term_that_every_question_leans_on_is_missed(term, findings):
    texts = rules_of(rule("A", 'matrix = "urine", analyte = "xam"', {"detectable_until": '["1 d", "2 d"]'}))
    texts["terms.toml"] = texts["terms.toml"].replace(term, "")
    assert {f.file for f in findings(texts)} == {"terms.toml"}


@pytest.mark.parametrize("name", ["window.toml", "xamine/terms.toml", "xamine/edition.toml", "xamine/doses.toml"])
def test_a_file_that_nobody_would_read_is_found(name, findings):
    assert [(f.file, f.code) for f in findings({**SOUND, name: ""})] == [(name, "unknown-file")]


@pytest.mark.parametrize("name", sorted(set(SOUND) - {"edition.toml", "terms.toml", "xamine/substance.toml"}))
def test_any_other_file_may_be_missing(name):
    texts = {other: text for other, text in SOUND.items() if other != name}
    if name == "sources.toml":
        with pytest.raises(ketref.RulesError, match="missing-source"):
            load_texts(texts)
    else:
        assert load_texts(texts).digest != load_texts(SOUND).digest


# ---------------------------------------------------------------- every code


def codes_of(source: str) -> Iterator[str]:
    """The codes in `Finding(file, line, CODE, ...)`, `told(book, rules, CODE, ...)`, `MismatchError(CODE, ...)` and in
    `yield path, CODE, text, hint`.
    """
    for node in ast.walk(ast.parse(source)):
        candidates: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            position = {"Finding": 2, "MismatchError": 0, "_undecodable": 2, "told": 2}.get(called)
            candidates = node.args[position : position + 1] if position is not None else []
        elif isinstance(node, ast.Tuple) and len(node.elts) == 4:
            candidates = node.elts[1:2]
        yield from (str(c.value) for c in candidates if isinstance(c, ast.Constant) and "-" in str(c.value).strip("-"))


_FAULTS = (FAULTS, test_structuring.FAULTS, test_check.FAULTS, test_characters.FAULTS)


def test_every_code_has_a_test():
    modules = Path(ketref.__file__).parent.rglob("*.py")
    known = {code for module in modules for code in codes_of(module.read_text(encoding="utf-8"))}
    tested = {fault.code for faults in _FAULTS for fault in faults}
    elsewhere = {"missing-file", "unknown-file", "redefined-term", "unused-waiver", "figure-not-in-text"}
    assert known == tested | test_reading.CODES | elsewhere | {"stale-contents"}
