"""Does a document have the shape of its record? Nothing is coerced, and every problem has its line."""

from __future__ import annotations

import pytest

from ketref.book import structuring
from ketref.book.loading import load_texts
from ketref.model import rules
from support.faults import SOUND, WINDOWS, Fault

FAULTS = [
    # -------------------------------------------------------------- keys
    Fault("unknown-key", "windows.toml", "[[window]]", "colour = 1\n[[window]]"),
    Fault("unknown-key", "windows.toml", "confidence", "confidance"),
    Fault("unknown-key", "windows.toml", "when = {", 'when = { colour = "red",'),
    Fault("unknown-key", "windows.toml", '{ latest = "2 d" }', '{ last = "2 d" }'),
    Fault("unknown-key", "windows.toml", '{ max = "50 mg" }', '{ most = "50 mg" }'),
    Fault("unknown-key", "windows.toml", "figure", "figures"),
    Fault("unknown-key", "windows.toml", "positive_at", "seen_at"),
    Fault("unknown-key", "windows.toml", "id =", '"odd key" = 1\nid ='),
    Fault("unknown-key", "phases.toml", "[[phase]]", "[[phases]]\n[[phase]]"),
    Fault("unknown-key", "phases.toml", "onset", 'appears = { latest = "1 h" }\nonset'),
    Fault("unknown-key", "edition.toml", "format", 'license = "MIT"\nformat'),
    Fault("unknown-key", "sources.toml", "seen", 'link = "x"\nseen'),
    Fault("unknown-key", "terms.toml", "dose_days", "dosedays"),
    Fault("unknown-key", "terms.toml", "[[factor]]", "[[person]]\n[[factor]]"),
    Fault("unknown-key", "substance.toml", "yields", "gives = 1\nyields"),
    Fault("unknown-key", "factors.toml", '{ value = ["severe"] }', '{ from = "severe" }'),
    Fault("unknown-key", "cases.toml", "locator", "where = 1\nlocator"),
    Fault("missing-key", "edition.toml", "format = 1\n", "", "edition"),
    Fault("missing-key", "sources.toml", 'grade = "A"\n', "", "[[source]]"),
    Fault("missing-key", "substance.toml", 'yields = ["xam"]\n', "", "id"),
    Fault("missing-key", "windows.toml", 'id = "X-W1"\n', "", "[[window]]"),
    Fault("missing-key", "windows.toml", 'source = "study"\n', "", "[[window.evidence]]"),
    Fault("missing-key", "windows.toml", '{ max = "50 mg" }', "{}"),
    Fault("missing-key", "effects.toml", 'kind = "gastrointestinal"\n', "", "[[effect]]"),
    Fault("missing-key", "cautions.toml", 'jurisdiction = "US"\n', "", "[[caution]]"),
    Fault("missing-key", "cases.toml", 'ask = "detect"\n', "", "[[case]]"),
    Fault("missing-key", "facts.toml", 'set_by = "a laboratory"\n', "", "[[cutoff]]"),
    # -------------------------------------------------------------- types
    Fault("wrong-type", "windows.toml", '"X-W1"', "1"),
    Fault("wrong-type", "windows.toml", '"X-W1"', '"X-W1 "'),
    Fault("wrong-type", "windows.toml", '"X-W1"', '["X-W1"]'),
    Fault("wrong-type", "windows.toml", "2026-11-23", '"2026-11-23"'),
    Fault("wrong-type", "windows.toml", "2026-11-23", "2026-11-23T00:00:00"),
    Fault("wrong-type", "windows.toml", "2026-11-23", "20261123"),
    Fault("wrong-type", "windows.toml", '["1 d", "4 d"]', '["1 d"]'),
    Fault("wrong-type", "windows.toml", '["1 d", "4 d"]', '["1 d", "2 d", "4 d"]'),
    Fault("wrong-type", "windows.toml", '["1 d", "4 d"]', '["1 d", 345600]'),
    Fault("wrong-type", "windows.toml", '["1 d", "4 d"]', '"4 d"'),
    Fault("wrong-type", "windows.toml", 'matrix = "urine"', "matrix = 5"),
    Fault("wrong-type", "windows.toml", 'analyte = "any"', "analyte = []"),
    Fault("wrong-type", "windows.toml", '"25 ng/mL"', "25"),
    Fault("wrong-type", "windows.toml", '{ max = "50 mg" }', '"50 mg"'),
    Fault("wrong-type", "phases.toml", '["40 min", "60 min"]', '["40 min"]'),
    Fault("wrong-type", "effects.toml", "n = 40", 'n = "40"'),
    Fault("wrong-type", "effects.toml", "n = 40", "n = 40.0"),
    Fault("wrong-type", "effects.toml", "n = 40", "n = true"),
    Fault("wrong-type", "effects.toml", "[10, 12.5]", "nan"),
    Fault("wrong-type", "effects.toml", "[10, 12.5]", "[10, inf]"),
    Fault("wrong-type", "effects.toml", "[10, 12.5]", '"10"'),
    Fault("wrong-type", "effects.toml", "[10, 12.5]", "[1, 2, 3]"),
    Fault("wrong-type", "effects.toml", "[10, 12.5]", "true"),
    Fault("wrong-type", "terms.toml", "infusion = true", 'infusion = "true"'),
    Fault("wrong-type", "terms.toml", "infusion = true", "infusion = 1"),
    Fault("wrong-type", "terms.toml", '["PO"]', '"PO"'),
    Fault("wrong-type", "substance.toml", "[[identifier]]", "[identifier]"),
    Fault("wrong-type", "factors.toml", '{ value = ["severe"] }', '"severe"'),
    Fault("wrong-type", "cases.toml", '"12 h"', "12"),
    Fault("wrong-type", "facts.toml", "[2, 3.5]", '["2 h", 3.5]'),
    # -------------------------------------------------------------- words
    Fault("unknown-term", "windows.toml", '"high"', '"High"'),
    Fault("unknown-term", "edition.toml", "format = 1", "format = 2"),
    Fault("unknown-term", "edition.toml", "format = 1", "format = true"),
    Fault("unknown-term", "edition.toml", "format = 1", 'extends = "other"\nformat = 1'),
    Fault("unknown-term", "sources.toml", '"A"', '"F"'),
    Fault("unknown-term", "effects.toml", '"gastrointestinal"', '"stomach"'),
    Fault("unknown-term", "cases.toml", '"detect"', '"infer"'),
    Fault("unknown-term", "facts.toml", '"legal"', '"law"'),
    # -------------------------------------------------------------- units
    Fault("bad-unit", "windows.toml", '"4 d"', '"4 days"'),
    Fault("bad-unit", "windows.toml", '"4 d"', '"1 month"'),
    Fault("bad-unit", "windows.toml", '"4 d"', '"4"'),
    Fault("bad-unit", "windows.toml", '"4 d"', '"4.5 d"'),
    Fault("bad-unit", "windows.toml", '"4 d"', '"PT96H"'),
    Fault("bad-unit", "windows.toml", '"30 h"', '"30"'),
    Fault("bad-unit", "windows.toml", '"25 ng/mL"', '"25"'),
    Fault("bad-unit", "windows.toml", '"25 ng/mL"', '"25 mg"'),
    Fault("bad-unit", "windows.toml", '{ max = "50 mg" }', '{ max = "1 mg/kg" }'),
    Fault("bad-unit", "windows.toml", '"28 mg"', '"28 ml"'),
    Fault("bad-unit", "terms.toml", '"30 d"', '"1 month"'),
    Fault("bad-unit", "facts.toml", '"25 ng/mL"', '"25"'),
    # -------------------------------------------------------------- order
    Fault("reversed-range", "windows.toml", '["1 d", "4 d"]', '["4 d", "1 d"]'),
    Fault("reversed-range", "windows.toml", '["1 d", "4 d"]', '{ latest = "1 d", earliest = "4 d" }'),
    Fault("reversed-range", "windows.toml", 'min = "28 mg", max = "84 mg"', 'min = "84 mg", max = "28 mg"'),
    Fault("reversed-range", "phases.toml", '["40 min", "60 min"]', '["60 min", "40 min"]'),
    Fault("reversed-range", "facts.toml", "[2, 3.5]", "[3.5, 2]"),
    Fault("reversed-range", "effects.toml", "[10, 12.5]", "[12.5, 10]"),
]


def test_the_sound_book_has_no_findings(findings):
    assert findings(SOUND) == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_does_not_fit_is_found_on_its_line_and_nothing_else(fault, findings):
    assert [(f.file, f.line, f.code) for f in findings(fault.texts)] == [fault.place]


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Fault("unknown-key", "windows.toml", "confidence = ", "confidance = "), "did you mean `confidence`?"),
        (Fault("unknown-key", "windows.toml", 'figure = "4 d', 'figures = "4 d'), "did you mean `figure`?"),
        (Fault("unknown-term", "windows.toml", '"high"', '"High"'), "one of `high`, `moderate`, `low`"),
        (Fault("wrong-type", "windows.toml", "reviewed = 2026-11-23", 'reviewed = "2026"'), "2026-11-23"),
        (Fault("bad-unit", "windows.toml", '"4 d"]', '"1 month"]'), "s, min, h, d, wk"),
        (Fault("bad-unit", "windows.toml", '"25 ng/mL"', '"25 ng"'), "ng/mL"),
        (Fault("reversed-range", "windows.toml", '["1 d", "4 d"]', '["4 d", "1 d"]'), "smaller"),
    ],
    ids=lambda value: str(value),
)
def test_a_finding_says_what_to_do(fault, hint, findings):
    (finding,) = (f for f in findings(fault.texts) if f.code == fault.code)
    assert hint in finding.hint
    assert str(finding).startswith(f"{finding.file}:{finding.line}: error[{fault.code}]: ")


def test_every_problem_of_a_file_is_found_in_one_run(findings):
    text = WINDOWS.replace('id = "X-W1"', "id = 1").replace("confidence = ", "confidance = ").replace('"3 d"', '"3 m"')
    kinds = {f.code for f in findings({**SOUND, "xamine/windows.toml": text})}
    count = len(findings({**SOUND, "xamine/windows.toml": text}))
    assert (kinds, count) == ({"wrong-type", "unknown-key", "bad-unit"}, 1 + 3 + 3)


# ---------------------------------------------------------------- what fits


def test_an_end_may_be_written_as_a_pair_or_as_a_table():
    pair = structuring.structure({"onset": ["1 h", "2 h"]}, rules.PhaseEnds)
    table = structuring.structure({"onset": {"latest": "2 h", "earliest": "1 h"}}, rules.PhaseEnds)
    assert str(pair.onset) == str(table.onset) == "1 h to 2 h"


def test_one_term_is_a_list_of_one():
    (one,), (listed,) = (structuring.structure({"matrix": given}, rules.When).matrix for given in ("urine", ["urine"]))
    assert one == listed == "urine"


@pytest.mark.parametrize(("given", "pair"), [(10, (10.0, 10.0)), ([10, 12.5], (10.0, 12.5)), (0.3, (0.3, 0.3))])
def test_a_percentage_is_a_number_or_a_range(given, pair):
    row = structuring.structure({"source": "s", "locator": "l", "percent": given}, rules.Frequency)
    assert row.percent == pair


def test_a_file_with_nothing_in_it_is_a_record_with_nothing_in_it():
    assert structuring.structure({}, rules.Windows).window == ()


def test_what_a_sound_book_holds_is_what_its_files_say():
    (window, *_) = load_texts(SOUND).record("xamine/windows.toml", rules.Windows).window
    assert str(window.detectable_until) == "1 d to 4 d"
    assert window.evidence[0].reports.positive_at.seconds == 30 * 3600
    assert str(window.evidence[0].when.dose) == "28 mg to 84 mg"
