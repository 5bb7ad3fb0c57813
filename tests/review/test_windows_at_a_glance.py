"""Does the printed table of windows say under which conditions, on which grade, and with which note?"""

from __future__ import annotations

from ketref.book.loading import load_texts
from ketref.review.catalogue import pages
from support.faults import SOUND


def table(*changes: tuple[str, str]) -> dict[str, dict[str, str]]:
    """The cells of the table, by rule and column."""
    windows = SOUND["xamine/windows.toml"]
    for old, new in changes:
        assert old in windows
        windows = windows.replace(old, new, 1)
    texts = {name: text for name, text in SOUND.items() if name != "xamine/cases.toml"}
    page = pages(load_texts({**texts, "xamine/windows.toml": windows}))["xamine.md"]
    lines = [line for line in page.split("\n") if line.startswith("| ")]
    head, *rows = ([cell.strip() for cell in line.replace("\\|", "/").strip("| ").split(" | ")] for line in lines)
    return {row["rule"]: row for row in (dict(zip(head, [*cells, ""], strict=False)) for cells in rows)}


def test_a_rule_of_some_doses_says_which() -> None:
    assert table()["X-W2"]["dose"] == "up to 50 mg"
    assert table()["X-W1"]["dose"] == ""


def test_an_end_has_the_grade_of_the_source_that_sets_it_and_not_the_best_of_its_rule() -> None:
    row = table()["X-W1"]  # a study (A) reports 1 d to 3 d, a page (D) 4 d
    assert (row["all from"], row["all until"], row["none after"]) == ("2 h (A)", "1 d (A)", "4 d (D)")


def test_the_note_of_a_rule_stands_beside_it() -> None:
    row = table(('id = "X-W1"', 'id = "X-W1"\nnote = "Of adults | only."'))["X-W1"]
    assert row["note"] == "Of adults / only."


def test_an_end_that_promises_no_time_is_a_dash() -> None:
    never = ('detectable_from = ["1 h", "2 h"]', 'detectable_from = ["1 h", "2 d"]')
    row = table(never, ('reports = { detectable_from = ["1 h", "2 h"]', 'reports = { detectable_from = ["1 h", "2 d"]'))
    assert (row["X-W1"]["all from"], row["X-W1"]["all until"]) == ("2 d (A)", "\u2013")


def test_every_page_is_in_the_index() -> None:
    found = pages(load_texts(SOUND))
    assert set(found) == {"xamine.md", "index.md", "sources.md"}
    assert "| [Xamine](xamine.md) | drug | urine 3 | A to D |" in found["index.md"]
