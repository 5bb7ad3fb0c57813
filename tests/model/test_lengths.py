"""How do people write ranges and calendar months?"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest

from ketref.model.lengths import ends_of_range, in_days


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2-3 d", ("2 d", "3 d")),
        ("2 - 3 days", ("2 days", "3 days")),
        ("2\u20133 d", ("2 d", "3 d")),
        ("2 to 3 d", ("2 d", "3 d")),
        ("24 h to 36 h", ("24 h", "36 h")),
        ("1,5 to 2,5 h", ("1,5 h", "2,5 h")),
        ("12 h - 2 d", ("12 h", "2 d")),
        ("between 2 and 3 days", ("2 days", "3 days")),
        ("1 day 12 hours to 2 days", ("1 day 12 hours", "2 days")),
    ],
)
def test_a_range_has_two_ends_and_the_unit_may_stand_once(text, ends):
    assert ends_of_range(text) == ends


@pytest.mark.parametrize("text", ["36 h", "1 day and 12 hours", "PT36H", "-2 d", "", "to 3 d", "between 2 d", "3 d to"])
def test_other_texts_are_no_range(text):
    assert ends_of_range(text) is None


@pytest.mark.parametrize("months", [1, 2, 3, 6, 12, 24])
def test_months_are_as_many_days_as_the_calendar_gives_them(months):
    lengths = set()
    for first in range(12 * 8):
        day = date(2000 + first // 12, first % 12 + 1, 1)
        begun = day
        for _ in range(months):
            day += timedelta(days=monthrange(day.year, day.month)[1])
        lengths.add((day - begun).days)
    assert f'"{min(lengths)} d to {max(lengths)} d"' in in_days(f"{months} months")


@pytest.mark.parametrize("text", ["3 d", "months", "3 months 2 d", "0 months"])
def test_other_texts_name_no_months(text):
    assert in_days(text) == ""
