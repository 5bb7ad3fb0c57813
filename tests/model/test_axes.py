"""Is an axis declared in one place?"""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import ketref
from ketref.model.axes import NOTATION, SAID_BY

NINTH = """
import sys
from ketref.model import axes

source = open(axes.__file__, encoding="utf-8").read()
declared = 'Axis("preparation", "terms", "dose", ("N", "solution, crystal")),'
extended = source.replace("    Axis(\\n", "    " + declared + "\\n    Axis(\\n", 1)
exec(compile(extended, axes.__file__, "exec"), vars(axes))
assert len(axes.AXES) == 9

import argparse
from ketref.answers.question import understand
from ketref.book.loading import load_texts
from ketref.bulk.many import detect_many
from ketref.cli.questions import FLAGS
from ketref.engine.conditions import Cell, Conditions
from ketref.book.tables import window_table
from support.faults import rule, rules_of

assert Cell._fields == Conditions._fields == axes.AXES
UNTIL = {"detectable_until": '["1 d", "2 d"]'}
SHORT = {"detectable_until": '["2 h", "4 h"]'}
texts = rules_of(
    rule("ANY", 'matrix = "urine", analyte = "any"', UNTIL),
    rule("CRYSTAL", 'matrix = "urine", analyte = "any", preparation = "crystal"', SHORT),
)
texts["terms.toml"] += '''
[[preparation]]
id = "solution"

[[preparation]]
id = "crystal"
synonyms = ["rock"]
'''
book = load_texts(texts)

def governs(**said):
    question = understand(book, "xamine", matrix="urine", since="1 h", **said)
    row = window_table(book, "xamine", "urine").row(question.cell)
    return question.to_dict().get("preparation"), row.atoms[0].ranked.rule.id

assert governs() == (None, "ANY")
assert governs(preparation="solution") == ("solution", "ANY")
assert governs(preparation="Rock") == ("crystal", "CRYSTAL")

said = {"substance": ["xamine"] * 3, "matrix": ["urine"] * 3, "since": ["1 h"] * 3}
many = detect_many({**said, "preparation": [None, "solution", "rock"]}, ["rule"], rules=book)
assert list(many["rule"]) == ["ANY", "ANY", "CRYSTAL"], many

parser = argparse.ArgumentParser()
FLAGS["detect"](parser)
assert parser.parse_args(["xamine", "--matrix", "urine", "--preparation", "rock"]).preparation == "rock"
"""


def test_a_ninth_axis_is_one_entry_that_is_asked_alone_in_bulk_and_on_the_command_line():
    tests = str(Path(__file__).parent.parent)
    code = f"import sys; sys.path.insert(0, {tests!r})\n{NINTH}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("command", ["detect", "effects"])
def test_the_functions_spell_out_the_keywords_of_the_declaration(command: str):
    spelt = inspect.signature(getattr(ketref, command)).parameters
    assert spelt.keys() - {"substance", "rules", "factors", "calculated", *NOTATION} == set(SAID_BY[command])
