"""Is a word that stands without its flag, or a flag that nobody knows, told with what it may be?"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (["detect", "ketamine", "urine"], "say what it is: --matrix urine"),
        (["detect", "ketamine", "urine", "36h"], "say what it is: --matrix urine --since 36h"),
        (["effects", "ketamine", "IV", "40mg"], "say what it is: --route IV --dose 40mg"),
        (["detect", "THC", "oral fluid", "--since", "2 d"], "say what it is: --matrix 'oral fluid'"),
        (["detect", "ketamine", "moonlight"], "put quotes around a value with spaces"),
        (["detect", "ketamine", "urine", "moonlight"], "put quotes around a value with spaces"),
    ],
)
def test_a_word_without_its_flag_is_told_with_it(line, hint, run):
    ran = run(*line)
    assert ran.code == 2
    assert "is one word too many" in ran.err
    assert hint in ran.err


def test_a_flag_without_a_value_that_is_not_known_is_not_asked_for_one(run):
    ran = run("effects", "Spravato", "--taken", "09:30", "--leave")
    assert ran.code == 2
    assert "unknown flag `--leave`" in ran.err
    assert "needs a value" in run("effects", "Spravato", "--age").err


def test_a_bare_hour_is_told_how_an_hour_is_written(run):
    ran = run("effects", "Spravato", "--taken", "9")
    assert "if it is an hour, write 09:00 (today) or 2026-03-01T09:00" in ran.err
