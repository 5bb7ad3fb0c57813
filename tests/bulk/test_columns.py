"""Are the rows of a column of moments what each of them is alone?"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketref.bulk.columns.moments import MomentReader, times
from ketref.bulk.frames import Column
from ketref.errors import UsageError
from ketref.model import dates
from ketref.model.times import Notation, instant, notation

moments = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59))
offsets = st.sampled_from(["Z", "+01:00", "-09:30", "+0100", "+01", "+25:00", "-00:00", "", "[Europe/Berlin]"])
STYLES = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d", "%Y-%m")
ODD = (
    "now then",
    "",
    "2026-02-30T10:00",
    "2026-03-01T24:00",
    "2026-03-01T10:60",
    "2026-03-01T10:00:60",
    "0000-01-01T00:00",
)


@st.composite
def columns(draw: st.DrawFn) -> list[str | None]:
    """Mostly texts of one style, as a column has them; now and then others, nulls and what is no moment."""
    style, offset = draw(st.sampled_from(STYLES)), draw(offsets)

    def written(moment: dt.datetime) -> str:
        return f"{moment.year:04}{moment.strftime(style[2:])}{offset}"

    texts: list[str | None] = [written(moment) for moment in draw(st.lists(moments, max_size=6))]
    texts += draw(st.lists(st.one_of(st.none(), st.sampled_from(ODD)), max_size=1))
    return draw(st.permutations(texts))


EXACT = notation(midnight="exact")
"""So that nothing is told where all happen to be at midnight."""


@settings(deadline=None)  # the first time something may be compiled
@given(columns(), st.sampled_from([pa.string(), pa.large_string(), pa.string_view()]))
def test_text_is_read_as_each_alone(texts, kind):
    assert_as_each_alone(texts, kind, EXACT)


def assert_as_each_alone(texts: list[str | None], kind: pa.DataType, notation: Notation) -> None:
    found = MomentReader(Column("at", (pa.array(texts, kind),)), notation).read(0, len(texts))
    for row, text in enumerate(texts):
        null, fine, naive = (
            values[row] if len(values) > 1 else values[0] for values in (found.null, found.fine, found.naive)
        )
        assert null == (text is None)
        if text is None:
            continue
        try:
            alone = instant(text, notation)
        except UsageError:
            assert not fine
            continue
        assert fine
        assert naive == alone.naive
        for seconds, beyond, expected in (
            (found.low, found.low_ns, alone.low),
            (found.high, found.high_ns, alone.high),
        ):
            nanoseconds = beyond[row] if len(beyond) > 1 else beyond[0]
            assert seconds[row] * 10**6 + nanoseconds // 1000 == expected


@pytest.mark.parametrize(
    "text", ["2026-03-01T14:30", "2026-03-01 14:30:05", "2026-03-01T14:30Z", "2026-03-01T14:30:05+01:00"]
)
def test_text_that_arrow_reads_becomes_no_python_object(monkeypatch, text):
    monkeypatch.setattr(times, "instant", None)
    assert MomentReader(Column("at", (pa.array([text, None]),))).read(0, 2).fine.tolist() == [True, False]


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("dmy", "01.03.2026 14:30"),
        ("mdy", "3/1/2026 2:30:05"),
        ("ymd", "2026/3/1 14:30Z"),
        (None, "2026-03-01T14:30:05.250Z"),
        (None, "2026-03-01 14:30:05.250125"),
    ],
)
def test_so_does_text_with_decimals_or_in_an_order_that_is_said(monkeypatch, order, text):
    expected = instant(text, notation(dates=order)).low
    monkeypatch.setattr(times, "instant", None)
    found = MomentReader(Column("at", (pa.array([text, None]),)), notation(dates=order)).read(0, 2)
    assert found.fine.tolist() == [True, False]
    assert found.low[0] * 10**6 + found.low_ns[0] // 1000 == expected


IN_ORDER = ("%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m-%Y %H:%M", "%-m/%-d/%Y %-H:%M")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(moments, max_size=4), st.sampled_from(IN_ORDER), st.sampled_from(["", "Z"]), st.sampled_from(dates.ORDERS)
)
def test_dates_in_an_order_that_is_said_are_read_as_each_alone(found, style, zone, order):
    texts = [f"{moment.strftime(style)}{zone}" for moment in found]
    assert_as_each_alone(texts, pa.string(), notation(dates=order, midnight="exact"))


HOURS = [
    f"2026-{month:02}-{day:02}T{hour:02}:{5 * hour % 60:02}"
    for month in (3, 10)
    for day in range(24, 32)
    for hour in range(24)
]
FEW = ("", "now then", "2026-03", "03/04/2026 5:06", "4.3.2026 05:06", "2026-03-29T02:30:07+01:00", "2026-03-01T24:00")


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("midnight", ["day", "exact"])
@pytest.mark.parametrize("end", ["", "Z", ":00.125Z", "+01:00"])
def test_some_others_among_texts_of_one_form_are_read_as_each_alone(zone, midnight, end):
    texts = [f"{text}{end}" for text in HOURS]
    for place, text in enumerate((*FEW, None)):
        texts.insert(40 * place, text)
    assert_as_each_alone(texts, pa.string(), notation(zone, "dmy", midnight))


def test_those_of_one_form_become_no_python_objects(monkeypatch):
    asked = []
    monkeypatch.setattr(times, "instant", lambda text, said: asked.append(text) or instant(text, said))
    texts = [*HOURS, "about noon", *HOURS, "about noon", None]
    found = MomentReader(Column("at", (pa.array(texts),)), EXACT).read(0, len(texts))
    assert asked == ["about noon"]
    assert found.fine.sum() == 2 * len(HOURS)
