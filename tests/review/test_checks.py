"""What in a book is sound, and yet hardly true?"""

from __future__ import annotations

from pathlib import Path

import pytest

import ketref
from ketref.book.loading import load_texts
from ketref.errors import Finding
from ketref.review.checks import pharmacology, slips
from ketref.review.checks.pharmacology import CHECKS
from support.faults import SOUND, Fault

ROOT = Path(__file__).parents[2]
BLOOD = '[[matrix]]\nid = "blood"\nconcentration = "ng/mL"\n\n[[matrix]]\nid = "hair"'
IN_BLOOD = """
[[window]]
id = "X-W4"
when = { matrix = "blood", analyte = "any" }
detectable_from = { latest = "1 h" }
detectable_until = { latest = "3 d" }
reviewed = 2026-11-23

[[window.evidence]]
source = "study"
locator = "line 5"
reports = { detectable_from = { latest = "1 h" }, detectable_until = { latest = "3 d" } }
"""
METABOLITE = """
[[window]]
id = "X-W5"
when = { matrix = "urine", analyte = "nor-xam", cutoff = "25 ng/mL" }
detectable_from = { latest = "1 h" }
detectable_until = { latest = "2 d" }
reviewed = 2026-11-23

[[window.evidence]]
source = "study"
locator = "line 6"
reports = { detectable_from = { latest = "1 h" }, detectable_until = { latest = "2 d" } }
"""
NARROWER = """
[[effect]]
id = "X-E2"
name = "nausea"
kind = "gastrointestinal"
when = { route = "oral", dose = { min = "10 mg", max = "90 mg" } }
resolves = { latest = "3 h" }
reviewed = 2026-11-23

[[effect.evidence]]
source = "study"
locator = "table 5"
reports = { resolves = { latest = "3 h" } }

[[effect]]
id = "X-E3"
name = "nausea"
kind = "gastrointestinal"
when = { route = "oral", dose = { min = "10 mg", max = "50 mg" } }
resolves = { latest = "3 h" }
reviewed = 2026-11-23

[[effect.evidence]]
source = "study"
locator = "table 5"
reports = { resolves = { latest = "3 h" } }

[[effect]]
id = "X-E4"
name = "nausea"
kind = "gastrointestinal"
when = { route = "oral", dose = { min = "50 mg", max = "90 mg" } }
resolves = { latest = "3 h" }
reviewed = 2026-11-23

[[effect.evidence]]
source = "study"
locator = "table 5"
reports = { resolves = { latest = "3 h" } }
"""
CHRONIC = """
[[window]]
id = "X-W6"
when = { matrix = "urine", analyte = "any", pattern = "chronic" }
detectable_from = { latest = "1 h" }
detectable_until = { latest = "2 d" }
reviewed = 2026-11-23

[[window.evidence]]
source = "study"
locator = "line 7"
reports = { detectable_from = { latest = "1 h" }, detectable_until = { latest = "2 d" } }
"""
IN_CHRONIC_USE = """
[[window]]
id = "X-W7"
when = { matrix = "urine", analyte = "any", pattern = "chronic" }
detectable_until = { latest = "40 d" }
reviewed = 2026-11-23

[[window.evidence]]
source = "study"
locator = "line 8"
reports = { detectable_until = { latest = "40 d" } }
"""
ROLES = """
[[yields]]
analyte = "xam"
role = "parent"
source = "page"

[[yields]]
analyte = "nor-xam"
role = "metabolite"
source = "page"
"""
NOR_XAM = '[[analyte]]\nid = "xam"\n\n[[analyte]]\nid = "nor-xam"'
PANEL = """
[[panel]]
id = "lab-urine"
name = "Screen"
authority = "a laboratory"
matrix = "urine"

[[panel.test]]
analyte = "{}"
stage = "screen"
cutoff = "25 ng/mL"
sources = ["page"]
"""
TEST = """
[[panel.test]]
analyte = "xam"
stage = "{}"
cutoff = "{}"
sources = ["page"]
"""
LONE = """
[[window]]
id = "X-W9"
when = { matrix = "hair", analyte = "any" }
detectable_until = { latest = "9 d" }
confidence = "low"
reviewed = 2026-11-23
waive = { no-opening = "the page gives none" }

[[window.evidence]]
source = "page"
locator = "line 9"
reports = { detectable_until = { latest = "9 d" } }
"""
REACTIVITY = """
[[reactivity]]
id = "X-R1"
assay = "kit"
method = "lc-ms"
tests = "xam"
cause = "{}"
result = "false positive"
says = "Written by a test."
[[reactivity.evidence]]
source = "study"
locator = "p. 1"
"""
FAR = """
[[pharmacokinetic]]
id = "X-K2"
parameter = "half-life"
analyte = "xam"
route = "oral"
value = 3500
unit = "h"
origin = "secondary"

[[pharmacokinetic.evidence]]
source = "page"
locator = "line 8"
"""


STATEMENT = """
[[interpretation]]
id = "X-I1"
says = "It is consistent with xamine."

[[interpretation.when]]
{}

[[interpretation.evidence]]
source = "page"
locator = "line 9"
"""
REPORT = """
[[case]]
results = [{}]
{} = ["X-I1"]
source = "page"
locator = "line 9"
"""


def found_in(analyte: str, outcome: str, value: str = "") -> str:
    """A result of a case."""
    said = f', value = "{value} ng/mL"' if value else ""
    return f'{{ matrix = "urine", analyte = "{analyte}", outcome = "{outcome}"{said} }}'


def stated(condition: str, *cases: tuple[str, str], terms: str = '[[analyte]]\nid = "xam"') -> dict[str, str]:
    """The sound book with a statement, and cases that show it or do not: the results of each, and what it demands."""
    reports = "".join(REPORT.format(results, demand) for results, demand in cases)
    texts = {"interpretations.toml": STATEMENT.format(condition), "interpretation-cases.toml": reports}
    found = changed("terms.toml", '[[analyte]]\nid = "xam"', terms) | texts
    return found | {"terms.toml": found["terms.toml"] + OUTCOMES}


SHOWN, NOT_SHOWN = "statements", "not_statements"
OUTCOMES = '\n[[outcome]]\nid = "positive"\n\n[[outcome]]\nid = "negative"\n'


def changed(file: str, old: str, new: str, **appended: str) -> dict[str, str]:
    """The sound book with one text replaced, and texts appended to its files."""
    texts = dict(Fault("", file, old, new).texts)
    for name, text in appended.items():
        texts[f"xamine/{name}.toml"] += text
    return texts


def odd(texts: dict[str, str]) -> list[tuple[str, str, str]]:
    """What the checks find: file, code, and the rule or source that is named first; no case that fails for it too."""
    found = [finding for finding in ketref.check_findings(load_texts(texts)) if finding.code != "case-fails"]
    return [
        (f.file, f.code, f.message.split("`")[1]) for f in found if f.code != "untested-rule" or "X-W1" in f.message
    ]


EXAMPLES = {
    "blood-longer": changed("terms.toml", '[[matrix]]\nid = "hair"', BLOOD, windows=IN_BLOOD.replace("3 d", "5 d")),
    "parent-longer": changed(
        "terms.toml",
        '[[analyte]]\nid = "xam"',
        '[[analyte]]\nid = "xam"\n\n[[analyte]]\nid = "nor-xam"',
        windows=METABOLITE,
    )
    | {"xamine/substance.toml": SOUND["xamine/substance.toml"].replace('["xam"]', '["xam", "nor-xam"]')},
    "no-opening": changed("windows.toml", 'waive = { no-opening = "the page gives none" }\n', ""),
    "no-baseline": changed("phases.toml", 'waive = { no-baseline = "the study gives none" }\n', ""),
    "peak-outside": changed("effects.toml", "resolves = [", 'peaks = "4 h"\nresolves = ['),
    "lone-page": changed("windows.toml", "", "", windows=LONE),
    "lost-dash": changed("windows.toml", '"30 h"', '"68 h"'),
    "unit-slip": changed("windows.toml", '{ latest = "4 d" }', '["4 h", "4 d"]'),
    "uncited-source": changed(
        "sources.toml", "", '[[source]]\nid = "left-over"\nkind = "study"\ntitle = "T"\ngrade = "A"\nseen = "table"\n\n'
    ),
    "idle-rule": changed("effects.toml", "", "", effects=NARROWER),
    "untested-rule": changed("cases.toml", 'rules = ["X-W1"]\n', ""),
    "chronic-shorter": changed("windows.toml", "", "", windows=CHRONIC),
    "unknown-narrower": changed("windows.toml", "", "", windows=IN_CHRONIC_USE),
    "no-rule-for-analyte": changed("terms.toml", '[[analyte]]\nid = "xam"', NOR_XAM)
    | {"xamine/substance.toml": SOUND["xamine/substance.toml"].replace('yields = ["xam"]\n', "") + ROLES},
    "no-source-of-analyte": changed("terms.toml", '[[analyte]]\nid = "xam"', NOR_XAM)
    | {"panels.toml": PANEL.format("nor-xam")},
    "cause-not-named": {
        **SOUND,
        "drugs.toml": '[[drug]]\nid = "other"\n',
        "reactivities.toml": REACTIVITY.format("yan and other"),
    },
    "no-reactivity": changed(
        "terms.toml", '[[analyte]]\nid = "xam"', NOR_XAM.replace('nor-xam"', 'xams"\nmembers = ["xam"]')
    )
    | {"panels.toml": PANEL.format("xams")},
    "thousandfold": changed("facts.toml", "", "", facts=FAR),
    "part-longer": changed(
        "terms.toml",
        '[[analyte]]\nid = "xam"',
        NOR_XAM,
        windows=METABOLITE.replace("2 d", "9 d").replace(', cutoff = "25 ng/mL"', ""),
    )
    | {"xamine/substance.toml": SOUND["xamine/substance.toml"].replace('["xam"]', '["xam", "nor-xam"]')},
    "screen-below": {**SOUND, "panels.toml": PANEL.format("xam") + TEST.format("confirmation", "40 ng/mL")},
    "two-tests": {**SOUND, "panels.toml": PANEL.format("xam") + TEST.format("screen", "40 ng/mL")},
    "analyte-not-given": changed("terms.toml", '[[analyte]]\nid = "xam"', NOR_XAM, windows=METABOLITE),
    "statement-untested": stated(
        'analyte = "nor-xam"\nfound = "present"',
        (found_in("nor-xam", "positive"), SHOWN),
        (found_in("nor-xam", "negative"), NOT_SHOWN),
        terms=NOR_XAM,
    )
    | {"panels.toml": PANEL.format("xam")},
    "ratio-swapped": stated(
        'analyte = "xam"\nover = "nor-xam"\nabove = 2',
        (f"{found_in('xam', 'positive', '10')}, {found_in('nor-xam', 'positive', '30')}", SHOWN),
        terms=NOR_XAM,
    ),
    "statement-unexercised": stated('analyte = "xam"\nabove = "9 ng/mL"', (found_in("xam", "positive"), NOT_SHOWN)),
    "factor-not-a-term": changed("factors.toml", 'applies = { value = ["severe"] }\n', "", factors=""),
}
EXAMPLES["peak-outside"]["xamine/effects.toml"] = EXAMPLES["peak-outside"]["xamine/effects.toml"].replace(
    'peaks = "4 h"', 'peaks = { earliest = "4 h" }'
)
EXAMPLES["unit-slip"]["xamine/windows.toml"] = SOUND["xamine/windows.toml"].replace(
    'locator = "line 1"\nfigure = "4 days"\nreports = { detectable_until = { latest = "4 d" } }',
    'locator = "line 1"\nreports = { detectable_until = { latest = "4 d" } }\n\n[[window.evidence]]\nsource = "page"\n'
    'locator = "line 9"\nreports = { detectable_until = { latest = "4 h" } }',
)
NAMED = {
    "blood-longer": "X-W4",
    "parent-longer": "X-W3",
    "no-opening": "X-W2",
    "no-baseline": "X-P1",
    "peak-outside": "X-E1",
    "lone-page": "X-W9",
    "lost-dash": "X-W1",
    "unit-slip": "X-W1",
    "uncited-source": "left-over",
    "idle-rule": "X-E2",
    "untested-rule": "X-W1",
    "chronic-shorter": "X-W6",
    "unknown-narrower": "X-W1",
    "no-rule-for-analyte": "xamine/nor-xam",
    "no-source-of-analyte": "lab-urine",
    "cause-not-named": "X-R1",
    "no-reactivity": "lab-urine",
    "thousandfold": "X-K2",
    "part-longer": "X-W1",
    "screen-below": "lab-urine",
    "two-tests": "lab-urine",
    "analyte-not-given": "X-W5",
    "factor-not-a-term": "X-F1",
    "statement-untested": "X-I1",
    "ratio-swapped": "X-I1",
    "statement-unexercised": "X-I1",
}
EXAMPLES["factor-not-a-term"]["xamine/factors.toml"] = EXAMPLES["factor-not-a-term"]["xamine/factors.toml"].replace(
    '"liver"', '"liver cirrhosis"'
)
OF_NO_RULE = {
    "uncited-source",
    "no-source-of-analyte",
    "cause-not-named",
    "no-reactivity",
    "thousandfold",
    "screen-below",
    "two-tests",
} | {"factor-not-a-term"}
"""The checks whose examples are on what cannot waive them."""


def marked(code: str) -> str:
    """The line that says of what an example is found."""
    key, name = ("analyte", NAMED[code].split("/")[1]) if "/" in NAMED[code] else ("id", NAMED[code])
    return f'{key} = "{name}"'


def test_the_sound_book_is_plausible() -> None:
    assert ketref.check_findings(load_texts(SOUND)) == []


def test_every_check_has_an_example() -> None:
    assert set(EXAMPLES) == set(NAMED) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_what_is_hardly_true_is_found_and_nothing_else(code: str) -> None:
    found = odd(EXAMPLES[code])
    assert [(c, named) for _, c, named in found] == [(code, NAMED[code])]


@pytest.mark.parametrize("code", CHECKS)
def test_what_is_hardly_true_is_a_warning_on_the_line_of_its_rule(code: str) -> None:
    texts = EXAMPLES[code]
    (finding,) = [f for f in ketref.check_findings(load_texts(texts)) if f.code == code and NAMED[code] in f.message]
    assert finding.level == "warning"
    assert finding.hint
    below = texts[finding.file].split("\n")[finding.line - 1 :]
    assert marked(code) in below[:2]


@pytest.mark.parametrize("code", sorted(set(CHECKS) - OF_NO_RULE))
def test_a_rule_may_waive_a_warning_with_a_reason(code: str) -> None:
    texts = dict(EXAMPLES[code])
    line = f"{marked(code)}\n"
    for name, text in texts.items():
        if line in text:
            texts[name] = text.replace(line, f'{line}waive = {{ {code} = "the source says so" }}\n')
            if texts[name].count("waive", texts[name].index(line), texts[name].index(line) + 500) > 1:
                start = texts[name].index(line) + len(line)
                head, rest = texts[name][:start], texts[name][start:]
                first, second = rest.split("\n", 1)
                before, after = second.split("waive = { ", 1)
                texts[name] = head + before + first.removesuffix(" }") + ", " + after
    assert not [named for _, found, named in odd(texts) if found == code]


def waived(*rules: str) -> dict[str, str]:
    """The sound book where these rules of effects waive a lost dash."""
    texts = dict(SOUND)
    for rule in rules:
        head = f'id = "{rule}"\n'
        assert head in texts["xamine/effects.toml"]
        waive = f'{head}waive = {{ lost-dash = "the source says so" }}\n'
        texts["xamine/effects.toml"] = texts["xamine/effects.toml"].replace(head, waive)
    return texts


def test_what_is_waived_does_not_hang_on_how_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    anew = Finding("xamine/effects.toml", 1, "lost-dash", "worded anew", level="warning", rules=("X-E1",))
    monkeypatch.setattr(pharmacology, "findings", lambda _: [anew])
    assert anew in ketref.check_findings(load_texts(SOUND))
    assert "lost-dash" not in str(ketref.check_findings(load_texts(waived("X-E1"))))  # nor is the waiver unused


def test_a_rule_that_is_merely_mentioned_waives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, "lost-dash", (lambda _: iter([("X-P1", "looks like that of `X-E1`")]), "look at it"))
    found = ketref.check_findings(load_texts(waived("X-E1")))
    assert [(f.file, f.code, f.rules) for f in found] == [
        ("xamine/effects.toml", "unused-waiver", ("X-E1",)),
        ("xamine/phases.toml", "lost-dash", ("X-P1",)),
    ]


def test_a_waiver_that_nothing_needs_is_an_error() -> None:
    texts = changed("effects.toml", "reviewed = 2026-11-23\n", 'reviewed = 2026-11-23\nwaive = { lost-dash = "no" }\n')
    (finding,) = ketref.check_findings(load_texts(texts))
    assert (finding.file, finding.code, finding.level) == ("xamine/effects.toml", "unused-waiver", "error")
    assert "`X-E1`" in finding.message
    assert "`lost-dash`" in finding.message


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("68", (6, 8)),
        ("1824", (18, 24)),
        ("1012", (10, 12)),
        ("13", (1, 3)),
        ("35", (3, 5)),
        ("610", (6, 10)),
        ("30", None),
        ("96", None),
        ("19", None),
        ("7", None),
        ("250", None),
        ("110", None),
    ],
)
def test_a_lost_dash_is_seen_where_the_halves_make_a_range(text: str, split: tuple[int, int] | None) -> None:
    assert slips._split(text) == split


def test_a_figure_is_looked_for_in_the_text_of_its_source(tmp_path: Path) -> None:
    book = load_texts(SOUND)
    assert ketref.check_findings(book, tmp_path) == []  # no text, nothing to say
    (tmp_path / "page.txt").write_text("It is found for up to 4\n  Days.")
    assert ketref.check_findings(book, tmp_path) == []
    (tmp_path / "page.txt").write_text("It is found for up to 5 days.")
    (finding,) = ketref.check_findings(book, tmp_path)
    assert (finding.file, finding.code) == ("xamine/windows.toml", "figure-not-in-text")
    assert "`4 days`" in finding.message


def test_a_figure_is_looked_for_in_facts_too_and_each_of_several_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Up to 4 days, and 25 ng per mL.")
    texts = changed("facts.toml", 'locator = "line 4"', 'locator = "line 4"\nfigure = "25 ng; up to 5 d; 4 days"')
    (finding,) = ketref.check_findings(load_texts(texts), tmp_path)
    assert (finding.file, finding.line, finding.code) == ("xamine/facts.toml", 1, "figure-not-in-text")
    assert "`up to 5 d`" in finding.message


def test_a_folder_of_texts_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ketref.InputError, match="is not a folder"):
        ketref.check_findings(load_texts(SOUND), tmp_path / "none")


@pytest.mark.parametrize(
    ("value", "found"), [("25 ug/L", []), ("25 ug/mL", ["X-W3"]), ("25 mg/L", ["X-W3"]), ("50 ng/mL", [])]
)
def test_one_number_in_two_units_is_a_slip_in_cutoffs_too(value: str, found: list[str]) -> None:
    texts = changed("facts.toml", 'value = "25 ng/mL"', f'value = "{value}"')  # a window has 25 ng/mL
    slipped = [f for f in ketref.check_findings(load_texts(texts)) if f.code == "unit-slip"]
    assert [f.message.split("`")[1] for f in slipped] == found
    assert all("X-L1" in f.message for f in slipped)


def test_the_page_of_the_checks_is_fresh_and_complete() -> None:
    page = (ROOT / "docs" / "checks.md").read_text("utf-8")
    assert page == pharmacology.page(), "python -m ketref.review.checks.pharmacology > docs/checks.md"
    for code, (function, _) in CHECKS.items():
        assert f"## `{code}`" in page
        for part in ("Why:", "Example:", "Instead:"):
            assert part in (function.__doc__ or ""), (code, part)


def test_a_rule_for_the_analyte_answers_and_its_waiver_is_not_needed_then() -> None:
    texts = EXAMPLES["no-rule-for-analyte"]
    ruled = texts | {"xamine/windows.toml": texts["xamine/windows.toml"] + METABOLITE.replace("2 d", "3 d")}
    assert "no-rule-for-analyte" not in {code for _, code, _ in odd(ruled)}
    waived = texts["xamine/substance.toml"] + 'waive = { no-rule-for-analyte = "none known" }\n'
    assert odd({**texts, "xamine/substance.toml": waived}) == []
    unused = [(file, code) for file, code, _ in odd({**ruled, "xamine/substance.toml": waived})]
    assert ("xamine/substance.toml", "unused-waiver") in unused


def test_only_a_drug_and_what_the_body_makes_of_it_are_compared() -> None:
    texts = EXAMPLES["parent-longer"] | {
        "xamine/substance.toml": EXAMPLES["no-rule-for-analyte"]["xamine/substance.toml"]
    }
    assert ("xamine/windows.toml", "parent-longer", "X-W3") in odd(texts)
    minor = texts["xamine/substance.toml"].replace('"metabolite"', '"minor metabolite"')
    assert odd({**texts, "xamine/substance.toml": minor}) == []


@pytest.mark.parametrize(("value", "found"), [(3499, []), (3500, ["X-K2"])])
def test_figures_a_thousand_times_apart_are_looked_at(value: int, found: list[str]) -> None:
    texts = changed("facts.toml", "", "", facts=FAR.replace("3500", str(value)))
    assert [named for _, code, named in odd(texts) if code == "thousandfold"] == found


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("", "", ["two-tests"]),
        ("until = 2020-01-01", "from = 2020-01-01", []),
        ("until = 2020-01-02", "from = 2020-01-01", ["two-tests"]),
        ('method = "gc-ms"', 'method = "immunoassay"', []),
        ('method = "gc-ms"', "", ["two-tests"]),
    ],
)
def test_two_tests_of_a_panel_are_told_apart_by_their_days_or_methods(
    first: str, second: str, found: list[str]
) -> None:
    panel = PANEL.format("xam") + first + "\n" + TEST.format("screen", "40 ng/mL") + second + "\n"
    terms = SOUND["terms.toml"]
    for method in ("gc-ms", "immunoassay"):
        terms += "" if f'id = "{method}"' in terms else f'\n[[method]]\nid = "{method}"\n'
    texts = {**SOUND, "terms.toml": terms, "panels.toml": panel}
    assert [code for _, code, _ in odd(texts)] == found


def test_a_cutoff_of_a_panel_a_thousand_times_that_of_another_is_found() -> None:
    other = PANEL.format("xam").replace("lab-urine", "our-urine").replace("Screen", "Ours").replace("25 ng", "25 ug")
    texts = {**SOUND, "panels.toml": PANEL.format("xam") + other}
    assert odd(texts) == [("panels.toml", "thousandfold", "our-urine")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("poor liver function", ["X-F1"]),
        ("Livers", ["X-F1"]),
        ("renal, or hepatic impairment", ["X-F1"]),
        ("liver", []),
        ("delivery", []),
        ("urine dilution", []),
    ],
)
def test_a_factor_in_words_that_name_a_term_is_found(words: str, found: list[str]) -> None:
    factors = SOUND["xamine/factors.toml"].replace('"liver"', f'"{words}"')
    factors = factors if words == "liver" else factors.replace('applies = { value = ["severe"] }\n', "")
    terms = SOUND["terms.toml"].replace('id = "liver"', 'id = "liver"\nsynonyms = ["hepatic"]')
    texts = {**SOUND, "xamine/factors.toml": factors, "terms.toml": terms}
    assert [named for _, code, named in odd(texts) if code == "factor-not-a-term"] == found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('analyte = "any" }', 'analyte = "any", cutoff = "2 pg/mg" }'),
        ('locator = "line 9"', 'locator = "line 9"\nwhen = { cutoff = "2 pg/mg" }'),
        ('source = "page"', 'source = "study"'),
        ('latest = "9 d" }\nconf', 'earliest = "0 h" }\nconf'),
    ],
)
def test_a_cutoff_or_a_study_closes_a_window_and_a_page_that_closes_none_is_fine(old: str, new: str) -> None:
    assert old in LONE
    assert "lone-page" not in [
        code for _, code, _ in odd(changed("windows.toml", "", "", windows=LONE.replace(old, new)))
    ]


def test_one_condition_is_exercised_where_a_case_shows_it() -> None:
    found = odd(stated('analyte = "xam"\nabove = "20 ng/mL"', (found_in("xam", "positive", "30"), SHOWN)))
    assert "statement-unexercised" not in [code for _, code, _ in found]


def test_a_condition_that_no_case_would_miss_is_told() -> None:
    two = 'analyte = "xam"\nfound = "present"\n\n[[interpretation.when]]\nanalyte = "nor-xam"\nfound = "absent"'
    both = f"{found_in('xam', 'positive')}, {found_in('nor-xam', 'negative')}"
    texts = stated(two, (both, SHOWN), (found_in("nor-xam", "negative"), NOT_SHOWN), terms=NOR_XAM)
    (finding,) = [f for f in ketref.check_findings(load_texts(texts)) if f.code == "statement-unexercised"]
    assert "condition 2 dropped" in finding.message
    assert "condition 1 dropped" not in finding.message
    more = (f"{found_in('xam', 'positive')}, {found_in('nor-xam', 'positive')}", NOT_SHOWN)
    whole = stated(two, (both, SHOWN), (found_in("nor-xam", "negative"), NOT_SHOWN), more, terms=NOR_XAM)
    assert "statement-unexercised" not in [code for _, code, _ in odd(whole)]


def test_a_case_that_is_not_read_as_it_demands_is_found() -> None:
    texts = stated('analyte = "xam"\nfound = "present"', (found_in("xam", "negative"), SHOWN))
    (finding,) = [f for f in ketref.check_findings(load_texts(texts)) if f.code == "case-fails"]
    assert (finding.file, finding.message) == ("interpretation-cases.toml", "the statement `X-I1` is not shown")
