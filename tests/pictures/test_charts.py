"""What is drawn of an answer: the same times as the answer itself gives, and each source with its own?"""

from __future__ import annotations

from typing import Any

import pytest

import ketref
from ketref.pictures.axes import limits, ticks
from ketref.pictures.charts import Chart, Lane, Stretch, stretches
from ketref.pictures.plot import chart_of

HOUR, DAY = 3600, 86400


def sure(lane: Lane) -> list[tuple[float | None, float | None]]:
    return [(one.begin, one.end) for one in lane.stretches if one.sure]


def possible(lane: Lane) -> list[tuple[float | None, float | None]]:
    return [(one.begin, one.end) for one in lane.stretches if not one.sure]


def named(chart: Chart) -> dict[str, Lane]:
    return {lane.label: lane for lane in chart.lanes}


@pytest.mark.parametrize("hours", [0, 1, 2, 3, 23, 24, 25, 100, 720, 721, 2000])
@pytest.mark.parametrize("substance", ["ketamine", "cocaine", "mdma"])
def test_a_window_is_drawn_where_the_answer_has_that_status(substance: str, hours: int) -> None:
    answer = ketref.detect(substance, since=f"{hours} h")
    for lane, one in zip(chart_of(answer).lanes, answer.answers, strict=True):
        found = {
            stretch.sure
            for stretch in lane.stretches
            if (stretch.begin or 0) <= hours * HOUR and (stretch.end is None or hours * HOUR < stretch.end)
        }
        status = "expected" if True in found else "possible" if found else None
        assert one.status == status or (status is None and one.status in {"not_yet", "not_expected", "unknown"})


def test_a_source_has_one_line_with_the_ends_that_it_reports() -> None:
    (lane,) = chart_of(ketref.detect("ketamine", matrix="urine", method="gc-ms", cutoff="25 ng/mL")).lanes
    threads = {thread.name: thread for thread in lane.threads}
    assert len(threads) == len(lane.threads)
    assert threads["mayo-ketau C"].ends == (DAY, 2 * DAY)
    assert not threads["mayo-ketau C"].other


def test_what_sets_an_end_under_other_conditions_is_told_apart() -> None:
    (lane,) = chart_of(ketref.detect("ketamine", matrix="urine", since="36 h")).lanes
    other = {thread.name for thread in lane.threads if thread.other}
    assert "mayo-ketau C" in other
    assert "avesta D" not in other


def test_what_no_rule_answers_is_drawn_as_unknown_and_not_as_negative() -> None:
    (lane,) = chart_of(ketref.detect("ketamine", matrix="breast-milk", since="6 h")).lanes
    assert lane.stretches == ()
    assert "unknown" in lane.note


def test_a_window_without_a_stated_end_stays_open() -> None:
    hair = named(chart_of(ketref.detect("ketamine")))["hair"]
    assert hair.stretches[-1].end is None
    assert "no rule says when it closes" in hair.note


def test_phases_are_drawn_where_the_answer_has_them() -> None:
    asked: dict[str, Any] = {"route": "nasal", "dose": "84 mg"}
    chart = chart_of(ketref.effects("esketamine", **asked))
    for minutes in (5, 20, 40, 70, 95, 130, 300):
        at = minutes * 60
        found = [
            lane.label.replace(" ", "_")
            for lane in chart.lanes
            if not lane.note and any((s.begin or 0) <= at and (s.end is None or at < s.end) for s in lane.stretches)
        ]
        phases = ketref.effects("esketamine", since=f"{minutes} min", **asked).phases
        assert found == [phase for phase in phases if phase != "before_onset"]


def test_a_caution_that_takes_an_event_never_ends_by_time_alone() -> None:
    lanes = named(chart_of(ketref.effects("esketamine", route="nasal", dose="84 mg")))
    assert lanes["driving"].stretches[-1].end is None
    assert "only after restful sleep" in lanes["driving"].note
    assert possible(lanes["observation"])[-1][1] is None


def test_a_history_has_the_phases_of_each_dose_on_the_clock() -> None:
    dose = {"substance": "esketamine", "route": "nasal", "dose": "84 mg", "start": "2026-03-01T14:20+01:00"}
    chart = chart_of(ketref.history([dose], at="2026-03-01T15:10+01:00"))
    (begin, end), *_ = sure(named(chart)["onset"])
    assert (chart.written(begin or 0), chart.written(end or 0)) == ("2026-03-01T14:35+01:00", "2026-03-01T14:50+01:00")
    low, high = limits(chart)
    assert "1 Mar" in "".join(text for _, text in ticks(chart, low, high))


def test_an_interval_names_the_result_that_sets_each_end() -> None:
    results = [
        {"matrix": "urine", "time": "2026-03-01T08:00+01:00", "outcome": "positive", "test": "ketamine"},
        {"matrix": "urine", "time": "2026-02-20T08:00+01:00", "outcome": "negative", "test": "ketamine"},
    ]
    answer = ketref.infer(results, pattern="single")
    lanes = [lane for lane in chart_of(answer).lanes if lane.stretches]
    assert len(lanes) == len(answer.intervals)
    for lane, form in zip(lanes, answer.intervals, strict=True):
        for which in ("from", "until"):
            assert f"result {form[f'{which}_result']}" in lane.note  # type: ignore[literal-required]


def test_results_that_no_time_agrees_with_say_so() -> None:
    results = [
        {"matrix": "urine", "time": f"2026-03-01T08:0{minute}+01:00", "outcome": outcome, "test": "ketamine"}
        for minute, outcome in enumerate(("positive", "negative"))
    ]
    chart = chart_of(ketref.infer(results, pattern="single"))
    assert chart.described()[-1] != ""


@pytest.mark.parametrize(
    ("turns", "first", "found"),
    [
        ({10, 20}, 0, [Stretch(10, 20, True)]),
        ({20, 10}, None, [Stretch(10, 20, True)]),
        ({10, 15, 20}, 12, [Stretch(12, 20, True)]),
        ({10}, 0, [Stretch(10, None, True)]),
    ],
)
def test_stretches_join_what_is_alike(turns: set[float], first: float | None, found: list[Stretch]) -> None:
    last = max(turns) if len(turns) > 1 else 99
    seen = stretches(turns, lambda at: "sure" if 10 <= at < last else None, first)
    assert list(seen) == found


@pytest.mark.parametrize("span", [60, 3600, DAY, 5 * DAY, 90 * DAY, 2000 * DAY])
def test_an_axis_has_some_marks_and_not_many(span: int) -> None:
    clocked = chart_of(ketref.history([], at="2026-03-01T15:10+01:00"))
    begin = 1772374200
    found = ticks(clocked, begin, begin + span)
    assert len(found) <= 7
    assert all(begin <= at <= begin + span for at, _ in found)


def test_an_axis_of_time_since_the_dose_begins_with_the_dose() -> None:
    chart = chart_of(ketref.effects("cannabis", route="oral"))
    low, high = limits(chart)
    assert (low, ticks(chart, low, high)[0]) == (0, (0, "0"))


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ketref.UsageError, match="`int` is not an answer"):
        chart_of(3)
