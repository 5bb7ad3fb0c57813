"""A small sound book, and every way to break it that ketref knows.

A fault replaces one text of one file by another; what then has to be found is one code on one line, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

EDITION = """\
edition = "2026.11.0"
format = 1
name = "lab"
"""

WORDING = """\
[infer]
one_dose = "One dose of {substances} if taken {times}."
"""

SOURCES = """\
[[source]]
id = "study"
kind = "study"
title = "A study"
grade = "A"
seen = "full text"

[[source]]
id = "page"
kind = "web-page"
title = "A page"
grade = "D"
seen = "full text"
"""

TERMS = """\
[[matrix]]
id = "urine"
concentration = "ng/mL"

[[matrix]]
id = "hair"
concentration = "pg/mg"

[[analyte]]
id = "any"

[[analyte]]
id = "xam"

[[method]]
id = "lc-ms"
synonyms = ["LC/MS"]

[[route]]
id = "oral"
synonyms = ["PO"]

[[route]]
id = "intravenous"

[[route]]
id = "intravenous-infusion"
parent = "intravenous"
infusion = true

[[pattern]]
id = "single"

[[pattern]]
id = "chronic"
dose_days = 20
within = "30 d"

[[pattern]]
id = "unknown"

[[factor]]
id = "age"
unit = "years"

[[factor]]
id = "liver"
values = ["normal", "severe"]
"""

SUBSTANCE = """\
id = "xamine"
name = "Xamine"
yields = ["xam"]
synonyms = ["x"]

[[identifier]]
scheme = "CAS"
value = "1-2-3"
of = "xamine"
source = "page"

[[formulation]]
name = "tablet"
text = "50 mg"
source = "page"
"""

WINDOWS = """\
[[window]]
id = "X-W1"
when = { matrix = "urine", analyte = "any" }
detectable_from = ["1 h", "2 h"]
detectable_until = ["1 d", "4 d"]
confidence = "high"
reviewed = 2026-11-23

[[window.evidence]]
source = "study"
locator = "table 1"
when = { method = "lc-ms", dose = { min = "28 mg", max = "84 mg" } }
reports = { detectable_from = ["1 h", "2 h"], detectable_until = ["1 d", "3 d"], positive_at = "30 h" }

[[window.evidence]]
source = "page"
locator = "line 1"
figure = "4 days"
reports = { detectable_until = { latest = "4 d" } }

[[window]]
id = "X-W2"
when = { matrix = "urine", analyte = "xam", cutoff = "25 ng/mL", dose = { max = "50 mg" } }
detectable_until = { latest = "2 d" }
confidence = "low"
reviewed = 2026-11-23
waive = { no-opening = "the page gives none" }

[[window.evidence]]
source = "page"
locator = "line 2"
reports = { detectable_until = { latest = "2 d" } }

[[window]]
id = "X-W3"
when = { matrix = "urine", analyte = "xam", cutoff = "25 ng/mL" }
detectable_until = { latest = "3 d" }
confidence = "low"
reviewed = 2026-11-23
waive = { no-opening = "the page gives none" }

[[window.evidence]]
source = "page"
locator = "line 3"
reports = { detectable_until = { latest = "3 d" } }
"""

PHASES = """\
[[phase]]
id = "X-P1"
when = { route = "intravenous-infusion" }
onset = ["0 s", "5 min"]
after_effects = ["15 min", "20 min"]
from_end = "after_effects"
infusion = ["40 min", "60 min"]
confidence = "low"
reviewed = 2026-11-23
waive = { no-baseline = "the study gives none" }

[[phase.evidence]]
source = "study"
locator = "abstract"
reports = { onset = ["0 s", "5 min"], after_effects = ["15 min", "20 min"] }
"""

EFFECTS = """\
[[effect]]
id = "X-E1"
name = "nausea"
kind = "gastrointestinal"
when = { route = "oral" }
appears = { latest = "1 h" }
resolves = ["2 h", "3 h"]
confidence = "low"
reviewed = 2026-11-23

[[effect.evidence]]
source = "study"
locator = "table 2"
reports = { appears = { latest = "1 h" }, resolves = ["2 h", "3 h"] }

[[effect.frequency]]
source = "study"
locator = "table 3"
percent = [10, 12.5]
n = 40
"""

CAUTIONS = """\
[[caution]]
id = "X-C1"
kind = "observation"
authority = "label"
jurisdiction = "US"
instruction = "Stay."
until = { earliest = "2 h" }
until_event = "assessment"
reviewed = 2026-11-23

[[caution.evidence]]
source = "study"
locator = "section 5"
reports = { until = ["2 h", "4 h"] }
"""

FACTORS = """\
[[factor]]
id = "X-F1"
factor = "liver"
affects = "detection time"
direction = "may lengthen"
says = "Seen once."
applies = { value = ["severe"] }
matrix = ["urine"]

[[factor.evidence]]
source = "study"
locator = "page 2"
"""

FACTS = """\
[[fact]]
id = "X-F2"
topic = "legal"
says = "Nobody forbids it."

[[fact.evidence]]
source = "page"
locator = "line 4"

[[study]]
id = "X-S1"
name = "One 2026"
design = "open"
population = "adults"
intervention = "50 mg"
outcome = "nausea"
result = "4 of 40"

[[study.evidence]]
source = "study"
locator = "table 4"

[[pharmacokinetic]]
id = "X-K1"
parameter = "half-life"
analyte = "xam"
route = "oral"
value = [2, 3.5]
unit = "h"
origin = "measured"

[[pharmacokinetic.evidence]]
source = "study"
locator = "table 5"

[[cutoff]]
id = "X-L1"
matrix = "urine"
analyte = ["xam"]
method = "lc-ms"
value = "25 ng/mL"
kind = "reporting"
set_by = "a laboratory"

[[cutoff.evidence]]
source = "page"
locator = "line 5"
"""

CASES = """\
[[case]]
ask = "detect"
question = { matrix = "urine", since = "12 h" }
status = ["expected"]
rules = ["X-W1"]
sources = ["study"]
locator = "table 1"

[[case]]
ask = "detect"
question = { matrix = "urine", analyte = "xam", cutoff = "25 ng/mL", dose = "10 mg", since = "49 h" }
status = ["not_expected"]
rules = ["X-W2"]
sources = ["page"]
locator = "line 2"

[[case]]
ask = "detect"
question = { matrix = "urine", analyte = "xam", cutoff = "25 ng/mL", since = "73 h" }
status = ["not_expected"]
rules = ["X-W3"]
sources = ["page"]
locator = "line 3"

[[case]]
ask = "effects"
question = { route = "intravenous", infusion = "40 min", since = "5 min" }
phases = ["onset"]
not_phases = ["before_onset", "after_effects"]
cautions = ["observation"]
caution_status = { X-C1 = "in_force" }
rules = ["X-P1", "X-C1"]
sources = ["study"]
locator = "abstract"

[[case]]
ask = "effects"
question = { route = "oral", since = "2 h" }
effects = ["nausea"]
effect_status = { nausea = "expected" }
rules = ["X-E1"]
sources = ["study"]
locator = "table 2"
"""

SOUND: dict[str, str] = {
    "edition.toml": EDITION,
    "wording.toml": WORDING,
    "sources.toml": SOURCES,
    "terms.toml": TERMS,
    "xamine/substance.toml": SUBSTANCE,
    "xamine/windows.toml": WINDOWS,
    "xamine/phases.toml": PHASES,
    "xamine/effects.toml": EFFECTS,
    "xamine/cautions.toml": CAUTIONS,
    "xamine/factors.toml": FACTORS,
    "xamine/facts.toml": FACTS,
    "xamine/cases.toml": CASES,
}


@dataclass(frozen=True)
class Fault:
    """`old` becomes `new` in `file`; then `code` is found there, or where a line begins with `at`."""

    code: str
    file: str
    old: str
    new: str
    at: str | None = None

    @property
    def name(self) -> str:
        """The file's name in full."""
        return self.file if self.file in SOUND else f"xamine/{self.file}"

    @property
    def texts(self) -> dict[str, str]:
        """The book with the broken text."""
        assert self.old in SOUND[self.name], f"the sound {self.file} has no `{self.old}`"
        return {**SOUND, self.name: SOUND[self.name].replace(self.old, self.new, 1)}

    @property
    def place(self) -> tuple[str, int, str]:
        """File, line and code of what is to be found."""
        if self.at is None:
            before = SOUND[self.name].partition(self.old)[0]
        else:
            before, found, _ = ("\n" + self.texts[self.name]).partition("\n" + self.at)
            assert found, f"the broken {self.file} has no line that begins with `{self.at}`"
            before += "\n"
        return self.name, before.count("\n") + (self.at is None), self.code

    def __str__(self) -> str:
        return f"{self.code}: {self.new.splitlines()[0] if self.new else f'without {self.old.strip()}'}"


def rule(
    name: str, when: str, ends: dict[str, str], more: str = "", kind: str = "window", source: str = "study"
) -> str:
    """A rule whose one source reports exactly what it claims; `ends` maps boundaries to TOML values."""
    stated = "".join(f"{boundary} = {value}\n" for boundary, value in ends.items())
    reports = ", ".join(f"{boundary} = {value}" for boundary, value in ends.items())
    return (
        f'[[{kind}]]\nid = "{name}"\nwhen = {{ {when} }}\n{stated}{more}confidence = "low"\nreviewed = 2026-11-23\n\n'
        f'[[{kind}.evidence]]\nsource = "{source}"\nlocator = "page 1"\nreports = {{ {reports} }}\n\n'
    )


def rules_of(*rules: str, file: str = "windows") -> dict[str, str]:
    """The sound book with these rules in the place of its own, and without its golden cases."""
    texts = {**SOUND, f"xamine/{file}.toml": "".join(rules)}
    del texts["xamine/cases.toml"]
    return texts
