"""Which test of a panel do the rows of a table name, and between which changes of the panels was each sample taken?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from itertools import combinations_with_replacement

from ketref.answers.panels import STAGES, Days, known_stage, sampled_on
from ketref.book.loading import Book, kept
from ketref.book.panels import known_panel, panels_of
from ketref.bulk.columns.distinct import Coder, WordCoder
from ketref.bulk.frames import Column
from ketref.model.times import Notation

SAMPLED = "sampled"
_BETWEEN = " to "


def panel_coders(book: Book, columns: Mapping[str, Column], notation: Notation) -> dict[str, Coder]:
    """What reads the columns `panel` and `stage`; and `at`, where tests of a panel have changed over time."""
    found: dict[str, Coder] = {}
    if "panel" in columns:
        panels = tuple(dict.fromkeys(panel.id for panel in panels_of(book)))
        found["panel"] = WordCoder(columns["panel"], panels, lambda word: known_panel(book, word).id)
    if "stage" in columns:
        found["stage"] = WordCoder(columns["stage"], STAGES, known_stage)
    if found and "at" in columns and (changes := _changes(book)):
        days = [date.min.isoformat(), *(day.isoformat() for day in changes)]
        spans = tuple(map(_BETWEEN.join, combinations_with_replacement(days, 2)))

        def span(at: object) -> str:
            told = sampled_on(at, notation) or (date.min, date.min)
            return _BETWEEN.join(days[bisect_right(changes, day)] for day in told)

        found[SAMPLED] = WordCoder(columns["at"], spans, span)
    return found


def sampled_in(said: Mapping[str, str]) -> Days | None:
    """Days on which the panels were as on those of a sample; None where that is not said."""
    if SAMPLED not in said:
        return None
    first, last = map(date.fromisoformat, said[SAMPLED].split(_BETWEEN))
    return first, last


@kept
def _changes(book: Book) -> list[date]:
    """The days from which on a test of any panel is another one."""
    tests = (test for panel in panels_of(book) for test in panel.test)
    return sorted({day for test in tests for day in (test.from_, test.until) if day is not None})
