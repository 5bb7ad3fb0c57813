"""A book with a panel whose cutoff changed on a day."""

from __future__ import annotations

from ketref.book.loading import load_texts

PANEL = """
[[panel]]
id = "ours"
name = "Our panel"
authority = "Ours"
matrix = "urine"
synonyms = ["house panel"]

[[panel.test]]
analyte = "benzoylecgonine"
stage = "confirmation"
method = "gc-ms"
cutoff = "150 ng/mL"
until = 2010-10-01
sources = ["hhs2025"]

[[panel.test]]
analyte = "benzoylecgonine"
stage = "confirmation"
method = "gc-ms"
cutoff = "100 ng/mL"
from = 2010-10-01
sources = ["hhs2025"]
"""
HEAD = 'edition = "1"\nformat = 1\nname = "ours"\nextends = "shipped"\n'
OURS = load_texts({"edition.toml": HEAD, "panels.toml": PANEL})
