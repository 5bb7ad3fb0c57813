"""Are the rows of a column of durations what each of them is alone, also where nearly all of them differ?"""

from __future__ import annotations

import pyarrow as pa
import pytest

from ketref.answers.question import length, since_range
from ketref.bulk.columns import durations
from ketref.bulk.columns.distinct import BAD, NONE
from ketref.bulk.columns.durations import Durations
from ketref.bulk.frames import Column
from ketref.errors import UsageError

PLAIN = [f"{number} {unit}" for number in range(1, 201) for unit in ("min", "h")]
ODD = (
    *("0 h", "007 h", "36h", "36  h", " 36 h", "36 H", "2 Days", "1 day 12 hours", "1.5 h", "1,5 h", "1,000 h"),
    *("PT36H", "-3 h", "+3 h", "3", "h", "", " ", "12 5 h", "3 months", "3 fortnights", "24 h to 36 h", "2-3 d"),
    *("36 h to 24 h", "about 3 h", "0x10 h", "\u0663 h", "3 \u00b5s", "999999999 wk", "99999999999999999999 h", "NA"),
)


def alone(text: str | None, ranges: bool) -> tuple[int, int]:
    if text is None:
        return NONE, NONE
    try:
        return since_range(text) if ranges else (length(text, "since").seconds,) * 2
    except UsageError:
        return BAD, BAD


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_texts_that_nearly_all_differ_are_read_as_each_alone(kind, ranges):
    texts = [*PLAIN, *ODD, None, *PLAIN]
    read = Durations(Column("since", (pa.array(texts, kind),)), ranges)
    for start, stop in ((0, len(texts)), (0, len(PLAIN)), (len(PLAIN) - 3, len(texts) - 3)):
        found = zip(*(ends.tolist() for ends in read.read(start, stop)), strict=True)
        assert list(found) == [alone(text, ranges) for text in texts[start:stop]]


def test_what_says_nothing_is_not_said():
    texts = [*PLAIN, "NA", "soon"]
    read = Durations(Column("since", (pa.array(texts),), silent=lambda text: text == "NA"))
    assert read.read(len(PLAIN), len(texts))[0].tolist() == [NONE, BAD]


def test_a_whole_number_and_its_unit_become_no_python_object(monkeypatch):
    read = Durations(Column("since", (pa.array(PLAIN),)))
    asked = []
    monkeypatch.setattr(durations, "length", lambda text, name: asked.append(text) or length(text, name))
    assert read.read(0, len(PLAIN))[0][:2].tolist() == [60, 3600]
    assert sorted(asked) == ["1 h", "1 min"]
