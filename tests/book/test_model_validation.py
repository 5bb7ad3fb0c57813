"""Is a pharmacokinetic model that cannot be right refused, with the line and what is wrong?"""

from __future__ import annotations

import pytest

from ketref.book.loading import load_texts

SOUND = """
[[model]]
id = "M-1"
fitted_to = "12 healthy adults"
source = "otto-file"
compartments = ["gut", "central"]
parameter = [
  { name = "ka", value = 1.0, unit = "1/h", spread = "lognormal", variance = 0.1 },
  { name = "CL", value = 5.0, unit = "L/h", spread = "lognormal", variance = 0.2, times = "(weight/70[kg])**0.75" },
  { name = "V", value = 50.0, unit = "L" },
]
covariance = [{ between = ["ka", "CL"], covariance = 0.1 }]
covariate = [{ name = "weight", factor = "weight", unit = "kg", typical = 70.0 }]
derive = [{ name = "ke", formula = "CL/V", unit = "1/h" }]
flow = [{ from = "gut", to = "central", rate = "ka" }, { from = "central", rate = "ke" }]

[[model.input]]
when = { route = "oral" }
parts = [{ into = "gut", fraction = "0.5" }]

[[model.output]]
analyte = "ketamine"
matrix = "plasma"
of = [{ compartment = "central", volume = "V" }]
"""


def _findings(text: str) -> list[tuple[str, str]]:
    texts = {
        "edition.toml": 'edition = "1"\nformat = 1\nname = "own"\nextends = "shipped"\n',
        "ketamine/models.toml": text,
    }
    try:
        load_texts(texts)
    except Exception as error:
        return [(finding.code, finding.message) for finding in error.findings]  # type: ignore[attr-defined]
    return []


def test_a_sound_model() -> None:
    assert _findings(SOUND) == []


@pytest.mark.parametrize(
    ("was", "now", "code", "says"),
    [
        ('source = "otto-file"', 'source = "nobody"', "missing-source", "no source has the id `nobody`"),
        ('unit = "L/h"', 'unit = "L"', "bad-unit", "`CL/V` is not a rate"),
        ('unit = "L/h"', 'unit = "L/hr"', "bad-unit", "`L/hr` is not a unit"),
        ('rate = "ka"', 'rate = "ka*V"', "bad-unit", "`ka*V` is not a rate"),
        ('rate = "ka"', 'rate = "k_a"', "bad-unit", "`k_a` is not a parameter"),
        ('volume = "V"', 'volume = "CL"', "bad-unit", "`CL` is not a volume"),
        ('fraction = "0.5"', 'fraction = "ka"', "bad-unit", "`ka` is not a pure number"),
        ("(weight/70[kg])**0.75", "weight/70", "bad-unit", "is not a pure number"),
        ('into = "gut"', 'into = "nose"', "unknown-term", "no compartment is called `nose`"),
        ('route = "oral"', 'route = "by spoon"', "unknown-term", "unknown route `by spoon`"),
        ('analyte = "ketamine"', 'analyte = "ketamin"', "unknown-term", "unknown analyte"),
        ('matrix = "plasma"', 'matrix = "hair"', "bad-unit", "a model gives mass by volume"),
        ('factor = "weight"', 'factor = "mood"', "unknown-term", "unknown factor `mood`"),
        ("covariance = 0.1", "covariance = 0.2", "wrong-type", "too large"),
        ('between = ["ka", "CL"]', 'between = ["ka", "V"]', "unknown-term", "are not two parameters with a spread"),
        ("variance = 0.1 ", "variance = -0.1 ", "wrong-type", "is not more than 0"),
        ('spread = "lognormal", variance = 0.1 ', 'spread = "lognormal" ', "missing-key", "belong together"),
        ('name = "V"', 'name = "CL"', "duplicate-id", "`CL` is there already"),
        ('{ from = "central", rate = "ke" }', '{ from = "central" }', "missing-key", "a flow has a `rate`"),
        ('id = "M-1"', 'id = "M-1"\nhalf_life = 3', "unknown-key", "half_life"),
        ("value = 50.0", 'value = "50"', "wrong-type", "a number is wanted"),
    ],
)
def test_what_is_not_sound(was: str, now: str, code: str, says: str) -> None:
    assert was in SOUND
    found = _findings(SOUND.replace(was, now, 1))
    assert any(kind == code and says in message for kind, message in found), found
